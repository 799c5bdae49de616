/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the answer of ListTokens
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "tokens.h"

/* aa{sv} as agent/ipc/token-helper.xml says; floating. With the lock held. */
GVariant *pena_tokens_to_variant (const PenaTokens *tokens);
