/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: texts that people read, in Indonesian and English
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define N_(text) text
#define _(text) pena_text (text)

/* Binds the catalogue (the build's own when PENA_LOCALE_DIR names it) and takes the user's language. Call once at start. */
void pena_text_init (void);

/* Makes texts come in `language` ("id", "en", or an Accept-Language value such as "id-ID,id;q=0.9") until the next call;
 * NULL or one that is not known goes back to the user's own. Main thread only: catalogues are the process's. */
void pena_text_set_language (const gchar *language);

/* The language in force: "id" or "en". Static. */
const gchar *pena_text_get_language (void);

/* The text in the language in force. Static. */
const gchar *pena_text (const gchar *text) G_GNUC_FORMAT (1);

G_END_DECLS
