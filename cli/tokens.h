/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what is plugged in, in words
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <pena/pena-error.h>

/* The JSON text of a TokenList as a person reads it; NULL when it is not one. Transfer full. */
gchar *pena_cli_render_tokens (const gchar *json, gboolean colour);

/* The certificates that can sign, each with the option that chooses it; NULL when there is none. Transfer
 * full. */
gchar *pena_cli_render_choices (const gchar *json);

typedef enum {
    PENA_CLI_READY,
    PENA_CLI_WARNING, /* somebody can sign, but there is something to know */
    PENA_CLI_HOPELESS,
} PenaCliReadiness;

/* Whether somebody can sign with these tokens. Unless it is READY, *ret_code says what is the matter, and *ret_status the
 * same in words when it is the certificate (static, else NULL). */
PenaCliReadiness pena_cli_judge_tokens (const gchar *json, PenaErrorCode *ret_code, const gchar **ret_status);

/* How many tokens, and certificates that can sign, a TokenList holds. */
void pena_cli_count_tokens (const gchar *json, guint *ret_tokens, guint *ret_usable);
