/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: everything that libpena offers
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <pena/pena-client.h>
#include <pena/pena-error.h>
