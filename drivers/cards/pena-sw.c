/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what status words mean
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-sw.h"

#include <pena/pena-error.h>

#define EXACTLY 0xFFFF

static const PenaSwRow common[] = {
    {0x6300, EXACTLY, PENA_ERROR_PIN_WRONG, "verification failed"},
    {0x63C0, EXACTLY, PENA_ERROR_PIN_BLOCKED, "no tries left"},
    {0x63C0, 0xFFF0, PENA_ERROR_PIN_WRONG, "verification failed"},
    {0x6581, EXACTLY, PENA_ERROR_TOKEN_FAILED, "memory failure"},
    {0x6700, EXACTLY, PENA_ERROR_TOKEN_FAILED, "wrong length"},
    {0x6882, EXACTLY, PENA_ERROR_TOKEN_FAILED, "secure messaging not supported"},
    {0x6883, EXACTLY, PENA_ERROR_TOKEN_FAILED, "last link of a chain expected"},
    {0x6884, EXACTLY, PENA_ERROR_TOKEN_FAILED, "chaining not supported"},
    {0x6982, EXACTLY, PENA_ERROR_PIN_REQUIRED, "security status not satisfied"},
    {0x6983, EXACTLY, PENA_ERROR_PIN_BLOCKED, "blocked"},
    {0x6985, EXACTLY, PENA_ERROR_TOKEN_FAILED, "conditions of use not satisfied"},
    {0x6A80, EXACTLY, PENA_ERROR_TOKEN_FAILED, "wrong data"},
    {0x6A81, EXACTLY, PENA_ERROR_TOKEN_FAILED, "function not supported"},
    {0x6A82, EXACTLY, PENA_ERROR_TOKEN_FAILED, "not found"},
    {0x6A84, EXACTLY, PENA_ERROR_TOKEN_FULL, "no room"},
    {0x6A86, EXACTLY, PENA_ERROR_TOKEN_FAILED, "wrong parameters"},
    {0x6A88, EXACTLY, PENA_ERROR_TOKEN_FAILED, "reference not found"},
    {0x6D00, EXACTLY, PENA_ERROR_TOKEN_FAILED, "command not supported"},
    {0x6E00, EXACTLY, PENA_ERROR_TOKEN_FAILED, "class not supported"},
    {0, 0, PENA_ERROR_TOKEN_FAILED, "unexpected status"},
};

const PenaSwRow *
pena_sw_common (void)
{
    return common;
}

/* The row that fits, else the one that ends the table. */
static const PenaSwRow *
find_row (const PenaSwRow *rows, guint16 sw)
{
    while (rows->mask != 0 && (sw & rows->mask) != rows->sw)
        rows++;
    return rows;
}

gboolean
pena_sw_tries (guint16 sw, guint *ret_tries)
{
    if (sw == PENA_SW_BLOCKED)
        *ret_tries = 0;
    else if ((sw & 0xFFF0) == 0x63C0)
        *ret_tries = sw & 0x0F;
    else
        return FALSE;
    return TRUE;
}

gboolean
pena_sw_says_absent (guint16 sw)
{
    return (sw & 0xFFF0) == 0x6A80 || sw == 0x6D00 || sw == 0x6E00 || sw == 0x6999;
}

void
pena_sw_set_error (const PenaSwRow *overrides, guint16 sw, const gchar *doing, GError **error)
{
    const PenaSwRow *row = overrides != NULL ? find_row (overrides, sw) : NULL;
    guint tries;

    if (error == NULL)
        return;
    if (row == NULL || row->mask == 0)
        row = find_row (common, sw);
    g_set_error (error, PENA_ERROR, row->code, "%s: %s (%04X)", doing, row->text, sw);
    if (pena_sw_tries (sw, &tries))
        pena_error_set_int (*error, "attempts_left", tries);
}
