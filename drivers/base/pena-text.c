/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: texts that people read, in Indonesian and English
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-text.h"

#include <libintl.h>
#include <locale.h>
#include <stdlib.h>

/* gettext's own count of catalogue changes: raising it makes it look at LANGUAGE again. */
extern int _nl_msg_cat_cntr;

static const gchar *const known[] = {"id", "en", NULL};
static const gchar *own_language = "en";
static const gchar *language_in_force = "en";

static const gchar *
find_known (const gchar *wanted)
{
    for (guint i = 0; wanted != NULL && known[i] != NULL; i++)
        if (g_ascii_strncasecmp (wanted, known[i], 2) == 0 && !g_ascii_isalpha (wanted[2]))
            return known[i];
    return NULL;
}

static void
apply (const gchar *language)
{
    language_in_force = language;
    g_setenv ("LANGUAGE", language, TRUE);
    _nl_msg_cat_cntr++;
}

void
pena_text_init (void)
{
    const gchar *dir = g_getenv ("PENA_LOCALE_DIR");

    for (const gchar *const *name = g_get_language_names (); *name != NULL; name++) {
        const gchar *found = find_known (*name);
        if (found != NULL) {
            own_language = found;
            break;
        }
    }
    /* LANGUAGE is ignored in the C locale, and id_ID is rarely generated; C.UTF-8 is always there and is not "C". */
    if (setlocale (LC_ALL, "") == NULL || g_str_equal (setlocale (LC_MESSAGES, NULL), "C"))
        setlocale (LC_MESSAGES, "C.UTF-8");
    bindtextdomain (GETTEXT_PACKAGE, dir != NULL ? dir : PENA_LOCALEDIR);
    bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
    apply (own_language);
}

void
pena_text_set_language (const gchar *language)
{
    const gchar *found = find_known (language);
    apply (found != NULL ? found : own_language);
}

const gchar *
pena_text_get_language (void)
{
    return language_in_force;
}

const gchar *
pena_text (const gchar *text)
{
    return dgettext (GETTEXT_PACKAGE, text);
}
