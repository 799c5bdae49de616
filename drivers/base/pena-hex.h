/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: bytes as people compare them
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Two small hexadecimal digits a byte; "" for none. Transfer full. */
gchar *pena_hex (const guint8 *bytes, gsize length);
