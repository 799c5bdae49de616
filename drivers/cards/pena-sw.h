/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what status words mean (ISO/IEC 7816-4, 5.6)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

#define PENA_SW_OK 0x9000
#define PENA_SW_NOT_VERIFIED 0x6982
#define PENA_SW_BLOCKED 0x6983
#define PENA_SW_NOT_FOUND 0x6A82

typedef struct {
    guint16 sw;
    guint16 mask; /* bits of the status word that count; 0 ends a table */
    gint code;    /* of PENA_ERROR */
    const gchar *text;
} PenaSwRow;

/* Sets the error that a status word other than 9000 stands for: the first row of `overrides` (may be NULL)
 * that fits, else of the common table. "doing" goes before the text. 63Cx and 6983 carry the fact
 * attempts_left. */
void pena_sw_set_error (const PenaSwRow *overrides, guint16 sw, const gchar *doing, GError **error);

/* TRUE for 63Cx and 6983: how many tries the PIN has left. */
gboolean pena_sw_tries (guint16 sw, guint *ret_tries);

/* The ways in which cards say that they have no such application: not found, wrong parameters, no such command or
 * class, and 6999 of Java cards. */
gboolean pena_sw_says_absent (guint16 sw);

/* For the test that walks it. */
const PenaSwRow *pena_sw_common (void);
