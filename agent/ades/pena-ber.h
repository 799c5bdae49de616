/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the freedoms of BER (X.690, 8), taken back
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* One element of BER, from the front of the memory, as it would be with definite lengths, each written as short as it can be,
 * and with strings of octets in one piece; all else stays as it is. NULL when it is malformed or deeper
 * than PENA_PART_MAX_DEPTH. Transfer full. */
GBytes *pena_ber_straighten (const guint8 *data, gsize length);
