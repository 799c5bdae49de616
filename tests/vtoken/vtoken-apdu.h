/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token: taking command APDUs apart
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "vtoken-private.h"

/* Fills all but sequence; data is borrowed. FALSE when the lengths contradict each other (ISO/IEC
 * 7816-3, 12.1.3). */
gboolean vtoken_apdu_parse (const guint8 *apdu, gsize length, VtokenCommand *ret_command);
