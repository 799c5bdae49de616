/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the fonts of stamps
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Where fontconfig keeps what it knows of the fonts. */
#define PENA_STAMP_FONT_CACHE "/var/cache/fontconfig"

/* Makes the fonts in these folders the only ones of this process, with a configuration of our own: that of the system or
 * the user would have stamps look different from one machine to the next. To be called before anything else of
 * fontconfig. CONFIG_INVALID when there is no font at all. */
gboolean pena_stamp_fonts_init (const gchar *const *folders, GError **error);
