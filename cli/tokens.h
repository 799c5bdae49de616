/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what is plugged in, in words
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* The JSON text of a TokenList as a person reads it; NULL when it is not one. Transfer full. */
gchar *pena_cli_render_tokens (const gchar *json, gboolean colour);

/* The certificates that can sign, each with the option that chooses it; NULL when there is none. Transfer
 * full. */
gchar *pena_cli_render_choices (const gchar *json);

/* How many tokens, and certificates that can sign, a TokenList holds. */
void pena_cli_count_tokens (const gchar *json, guint *ret_tokens, guint *ret_usable);
