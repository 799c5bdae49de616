/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the baseline levels (EN 319 122-1, 6.1; EN 319 142-1, 6.1)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Each holds all that the one before it does. */
typedef enum {
    PENA_LEVEL_B,   /* signed */
    PENA_LEVEL_T,   /* and a time-stamp says when at the latest */
    PENA_LEVEL_LT,  /* and it carries all that is needed to validate it without asking anybody */
    PENA_LEVEL_LTA, /* and a time-stamp over all that, so that it outlives keys and algorithms */
} PenaLevel;

/* "B-B", "B-T", "B-LT", "B-LTA". Static. */
const gchar *pena_level_name (PenaLevel level);
/* Capital or small letters. FALSE when there is no such level. */
gboolean pena_level_parse (const gchar *name, PenaLevel *ret_level);
