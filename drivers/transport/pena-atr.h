/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what an answer to reset tells (ISO/IEC 7816-3, 8.2; 7816-4, 8.1.1)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* The historical bytes, borrowed from atr. NULL when there are none or the ATR is malformed. */
const guint8 *pena_atr_historical (const guint8 *atr, gsize length, gsize *ret_length);
/* Whether the card capabilities among the historical bytes say that extended lengths work. */
gboolean pena_atr_says_extended (const guint8 *atr, gsize length);
