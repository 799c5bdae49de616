/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what libpena exports
 * Copyright (C) 2026 the Pena authors */
#pragma once

/* Everything is built with hidden symbols; this marks the ones that programs outside Pena may use. */
#define PENA_API __attribute__ ((visibility ("default")))
