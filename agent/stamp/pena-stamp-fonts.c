/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the fonts of stamps
 * Copyright (C) 2026 the Pena authors */
#include "pena-stamp-fonts.h"

#include <fontconfig/fontconfig.h>
#include <pena/pena-error.h>

#include "pena-text.h"

/* Names that templates use, and the free fonts that take their place, of the same widths where there are any. */
static const struct {
    const gchar *name, *fonts[3];
} aliases[] = {
    {"Sans", {"Liberation Sans", "DejaVu Sans"}},
    {"Serif", {"Liberation Serif", "DejaVu Serif"}},
    {"Monospace", {"Liberation Mono", "DejaVu Sans Mono"}},
    {"Arial", {"Liberation Sans", "DejaVu Sans"}},
    {"Helvetica", {"Liberation Sans", "DejaVu Sans"}},
    {"Times New Roman", {"Liberation Serif", "DejaVu Serif"}},
    {"Courier New", {"Liberation Mono", "DejaVu Sans Mono"}},
};

static gchar *
make_configuration (const gchar *const *folders)
{
    GString *xml =
        g_string_new ("<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"fonts.dtd\"><fontconfig>"
                      "<cachedir>" PENA_STAMP_FONT_CACHE "</cachedir>");

    for (; *folders != NULL; folders++) {
        g_autofree gchar *folder = g_markup_escape_text (*folders, -1);
        g_string_append_printf (xml, "<dir>%s</dir>", folder);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (aliases); i++) {
        g_string_append_printf (xml, "<alias binding=\"same\"><family>%s</family><accept>", aliases[i].name);
        for (gsize k = 0; aliases[i].fonts[k] != NULL; k++)
            g_string_append_printf (xml, "<family>%s</family>", aliases[i].fonts[k]);
        g_string_append (xml, "</accept></alias>");
    }
    g_string_append (xml, "</fontconfig>");
    return g_string_free (xml, FALSE);
}

gboolean
pena_stamp_fonts_init (const gchar *const *folders, GError **error)
{
    g_autofree gchar *xml = make_configuration (folders);
    FcConfig *config = FcConfigCreate ();
    gboolean ok = FcConfigParseAndLoadFromMemory (config, (const FcChar8 *)xml, FcTrue) &&
                  FcConfigBuildFonts (config) && FcConfigSetCurrent (config);
    const FcFontSet *fonts = ok ? FcConfigGetFonts (config, FcSetSystem) : NULL;

    FcConfigDestroy (config);
    if (fonts != NULL && fonts->nfont > 0)
        return TRUE;
    const gchar *reason = _ ("there are no fonts in the folders of [stamp] fonts");
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_CONFIG_INVALID, reason);
    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}
