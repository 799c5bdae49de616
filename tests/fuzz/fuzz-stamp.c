/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: fuzz target: a stamp template, what fills it and the images in it
 * Copyright (C) 2026 the Pena authors */
#include "fuzz.h"
#include "pena-stamp-draw.h"
#include "pena-stamp-fields.h"

/* Texts are not drawn: to lay one out takes far longer than all else. */
static gboolean
has_text (const PenaStampTemplate *template)
{
    for (guint i = 0; i < PENA_STAMP_N_CANVASES; i++)
        for (guint k = 0; template->canvases[i].present && k < template->canvases[i].elements->len; k++)
            if (((const PenaStampElement *)template->canvases[i].elements->pdata[k])->kind == PENA_STAMP_TEXT)
                return TRUE;
    return FALSE;
}

static GHashTable *
make_values (void)
{
    static const gchar *const fields[][2] = {
        {"name", "Sari Wulandari, S.Sos., M.Si."},
        {"nip", "197803152005012003"},
        {"jabatan", "Kepala Dinas"},
        {"unit", "Dinas Kearsipan"},
        {"id", "01M8BZN8N22DASBGD7RHAPWKXX"},
        {"url", "https://tte.example/x"},
        {"reason", ""},
        {"location", "Jakarta"},
    };
    GHashTable *values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

    for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
        g_hash_table_insert (values, g_strdup (fields[i][0]), g_strdup (fields[i][1]));
    return values;
}

/* Each element by itself, so that one that cannot be filled does not hide the others. */
static void
expand_all (const PenaStampTemplate *template, GHashTable *values)
{
    for (guint i = 0; i < PENA_STAMP_N_CANVASES; i++)
        for (guint k = 0; template->canvases[i].present && k < template->canvases[i].elements->len; k++) {
            const PenaStampElement *element = template->canvases[i].elements->pdata[k];
            g_autoptr (GError) error = NULL;
            if (element->text == NULL)
                continue;
            g_autofree gchar *text = pena_stamp_expand (template, element, element->text, values, &error);
            if (text == NULL)
                fuzz_check_error (error);
            else
                g_assert_true (g_utf8_validate (text, -1, NULL));
        }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaStampTemplate) template = pena_stamp_template_parse ((const gchar *)data, size, &error);

    if (template == NULL) {
        fuzz_check_error (error);
        return 0;
    }
    g_autoptr (GHashTable) values = make_values ();
    pena_stamp_put_time (values, 1790000000, 7 * 3600, 0);
    expand_all (template, values);
    if (has_text (template))
        return 0;
    const PenaStampFacts facts = {.values = values, .time = 1790000000, .utc_offset = 7 * 3600};
    g_autoptr (GBytes) pdf = pena_stamp_draw (template, &facts, TRUE, &error);
    if (pdf == NULL)
        fuzz_check_error (error);
    return 0;
}
