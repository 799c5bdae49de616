/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: cards by way of pcscd
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-transport.h"

/* Connects to pcscd when first used, and again after it was restarted. Never fails. */
PenaTransport *pena_pcsc_new (void);

/* What a return code of PC/SC means; a row for each that is known, PENA_ERROR_TOKEN_FAILED for the rest. */
gint pena_pcsc_error_code (glong code);
