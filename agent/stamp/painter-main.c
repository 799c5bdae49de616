/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena-stamp-painter: draws one stamp for pena-agent
 * Copyright (C) 2026 the Pena authors */
#include <fcntl.h>
#include <gio/gio.h>
#include <pena/pena-error.h>
#include <unistd.h>

#include "ipc-process.h"
#include "pena-sandbox.h"
#include "pena-stamp-draw.h"
#include "pena-stamp-fields.h"
#include "pena-stamp-fonts.h"
#include "pena-stamp-job.h"
#include "pena-text.h"

/* A template and its images come from whoever asks for the signature. So a painter draws one stamp and ends, sees no
 * document and no token, reads no file but fonts, and when it decodes an image nothing at all. */

#define MAX_SECONDS 10

static GVariant *
read_job (GError **error)
{
    GByteArray *bytes = g_byte_array_new ();
    guint8 piece[16384];
    gssize n;

    while ((n = read (STDIN_FILENO, piece, sizeof piece)) > 0 && bytes->len <= PENA_STAMP_MAX_JOB)
        g_byte_array_append (bytes, piece, (guint)n);
    g_autoptr (GBytes) all = g_byte_array_free_to_bytes (bytes);
    g_autoptr (GVariant) job =
        g_variant_ref_sink (g_variant_new_from_bytes (PENA_STAMP_JOB_TYPE, all, FALSE));
    if (n == 0 && g_bytes_get_size (all) <= PENA_STAMP_MAX_JOB && g_variant_is_normal_form (job))
        return g_steal_pointer (&job);
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, PENA_IPC_NOT_ALONE);
    return NULL;
}

static GHashTable *
read_values (GVariant *job, const gchar *key)
{
    GHashTable *values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr (GVariant) list = g_variant_lookup_value (job, key, G_VARIANT_TYPE ("a{ss}"));
    const gchar *name, *value;
    GVariantIter iter;

    if (list == NULL)
        return values;
    g_variant_iter_init (&iter, list);
    while (g_variant_iter_next (&iter, "{&s&s}", &name, &value))
        g_hash_table_insert (values, g_strdup (name), g_strdup (value));
    return values;
}

static void
add_own (GHashTable *values, GHashTable *own)
{
    GHashTableIter iter;
    gpointer name, value;

    g_hash_table_iter_init (&iter, own);
    while (g_hash_table_iter_next (&iter, &name, &value))
        g_hash_table_insert (values, g_strdup (name), g_strdup (value));
}

/* No file can be opened any more but fonts and what is known of them. */
static gboolean
go_inside (const gchar *const *folders, GError **error)
{
    g_autoptr (GStrvBuilder) readable = g_strv_builder_new ();

    (void)pena_text (N_ ("it cannot be read")); /* loads the catalogue */
    g_strv_builder_addv (readable, (const char **)folders);
    g_strv_builder_add (readable, PENA_STAMP_FONT_CACHE);
    g_auto (GStrv) all = g_strv_builder_end (readable);
    return pena_sandbox_close_files ((const gchar *const *)all, error);
}

/* The rehearsal opens every font that the texts need; before the first image is decoded the sandbox closes for good. */
static GBytes *
paint (const PenaStampTemplate *template, const PenaStampFacts *facts, gint null, GError **error)
{
    g_autoptr (GBytes) rehearsal = pena_stamp_draw (template, facts, FALSE, error);
    g_autoptr (GBytes) filter = rehearsal != NULL ? pena_sandbox_make_filter (error) : NULL;

    if (filter == NULL || !pena_sandbox_filter_calls (filter, null, error))
        return NULL;
    return pena_stamp_draw (template, facts, TRUE, error);
}

static GVariant *
describe (const PenaStampTemplate *template)
{
    GVariantBuilder canvases;

    g_variant_builder_init (&canvases, PENA_STAMP_CANVASES_TYPE);
    for (guint i = 0; i < PENA_STAMP_N_CANVASES; i++) {
        const PenaStampCanvas *canvas = &template->canvases[i];
        if (canvas->present)
            g_variant_builder_add (&canvases, "(bddiudu)", i == PENA_STAMP_FOOTER, canvas->size[0],
                                   canvas->size[1], canvas->page, canvas->place, canvas->margin,
                                   canvas->anchor);
    }
    return g_variant_builder_end (&canvases);
}

static GVariant *
work (GVariant *job, gint null, GError **error)
{
    const gchar *text = "", *language = NULL;
    g_autofree const gchar **folders = NULL;
    g_autoptr (GHashTable) values = read_values (job, "fields"), own = read_values (job, "own");
    gint32 utc_offset = 0;
    PenaStampFacts facts = {.values = values};

    g_variant_lookup (job, "language", "&s", &language);
    pena_text_set_language (language);
    g_variant_lookup (job, "template", "&s", &text);
    g_variant_lookup (job, "time", "x", &facts.time);
    if (g_variant_lookup (job, "utc-offset", "i", &utc_offset))
        facts.utc_offset = utc_offset;
    g_variant_lookup (job, "fonts", "^a&s", &folders);
    if (folders == NULL || !go_inside (folders, error) || !pena_stamp_fonts_init (folders, error))
        return NULL;
    g_autoptr (PenaStampTemplate) template = pena_stamp_template_parse (text, strlen (text), error);
    if (template == NULL || !pena_stamp_check_own (template, own, error))
        return NULL;
    add_own (values, own);
    g_autoptr (GBytes) pdf = paint (template, &facts, null, error);
    if (pdf == NULL)
        return NULL;
    return g_variant_new ("(sa{sv}@ay@" PENA_STAMP_CANVASES ")", "", NULL,
                          g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, pdf, TRUE),
                          describe (template));
}

static GVariant *
describe_failure (const GError *error)
{
    g_autoptr (GVariant) facts = pena_error_dup_facts (error);

    if (pena_error_code (error) == PENA_ERROR_INTERNAL)
        g_printerr ("pena-stamp-painter: %s\n", error->message);
    return g_variant_new ("(s@a{sv}@ay@" PENA_STAMP_CANVASES ")", pena_error_name (pena_error_code (error)),
                          facts, g_variant_new_array (G_VARIANT_TYPE_BYTE, NULL, 0),
                          g_variant_new_array (G_VARIANT_TYPE (PENA_STAMP_CANVAS), NULL, 0));
}

static gboolean
answer (gint fd, GVariant *value)
{
    g_autoptr (GVariant) owned = g_variant_ref_sink (value);
    const guint8 *data = g_variant_get_data (owned);
    gsize left = g_variant_get_size (owned);

    while (left > 0) {
        gssize n = write (fd, data, left);
        if (n <= 0)
            return FALSE;
        data += n;
        left -= (gsize)n;
    }
    return TRUE;
}

int
main (int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) job = NULL;
    GVariant *result = NULL;
    gint null = open ("/dev/null", O_RDWR | O_CLOEXEC);

    pena_text_init ();
    /* Standard output will lead nowhere: the answer goes another way. */
    gint out = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (out >= 0 && pena_process_harden (TRUE, &error) && pena_sandbox_limit (MAX_SECONDS, &error))
        job = read_job (&error);
    if (job == NULL) {
        g_printerr ("pena-stamp-painter: %s\n", error != NULL ? error->message : g_strerror (errno));
        return PENA_EXIT_BUG;
    }
    result = work (job, null, &error);
    return answer (out, result != NULL ? result : describe_failure (error)) ? PENA_EXIT_DONE : PENA_EXIT_BUG;
}
