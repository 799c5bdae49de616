/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: tests of document intake, states, and of what is believed of a worker
 * Copyright (C) 2026 the Pena authors */
#include <errno.h>
#include <fcntl.h>
#include <pena/pena-error.h>
#include <string.h>
#include <unistd.h>

#include "ades-pki.h"
#include "pena-intake.h"
#include "pena-plan.h"
#include "pena-stamping.h"
#include "pena-states.h"
#include "pena-text.h"
#include "pena-verify-job.h"

/* ---- states ---- */

static void
test_states_table (void)
{
    for (guint state = 0; state < PENA_JOB_N_STATES; state++)
        for (guint event = 0; event < PENA_JOB_N_EVENTS; event++) {
            PenaJobState next = PENA_JOB_N_STATES;
            gboolean over = state == PENA_JOB_FINISHED || state == PENA_JOB_FAILED;
            gboolean may = pena_job_next (state, event, &next);
            g_assert_false (over && may);
            if (!may)
                g_assert_cmpuint (next, ==, PENA_JOB_N_STATES);
            else if (event == PENA_JOB_EVENT_ERROR)
                g_assert_cmpuint (next, ==, PENA_JOB_FAILED);
            else
                g_assert_cmpuint (next, >, state);
            /* nothing is finished but what was verified after it was signed */
            g_assert_cmpint (may && next == PENA_JOB_FINISHED, ==,
                             state == PENA_JOB_VERIFIED && event == PENA_JOB_EVENT_RAISED);
            if (!over && event == PENA_JOB_EVENT_ERROR)
                g_assert_true (may);
        }
}

static void
test_states_single_use (void)
{
    PenaJobState state = PENA_JOB_PREPARED;

    g_assert_true (pena_job_next (state, PENA_JOB_EVENT_SIGNATURE, &state));
    g_assert_false (pena_job_next (state, PENA_JOB_EVENT_SIGNATURE, &state));
    g_assert_false (pena_job_next (state, PENA_JOB_EVENT_APPROVED, &state));
    g_assert_cmpstr (pena_job_state_name (state), ==, "signed");
}

/* ---- intake ---- */

static PenaDocument *
take_in (gsize size, gsize piece, gint64 expected)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaIntake) intake = pena_intake_new (64 * 1024 * 1024, expected, "sha256", &error);
    g_autofree guint8 *data = g_malloc (size);

    g_assert_no_error (error);
    for (gsize i = 0; i < size; i++)
        data[i] = (guint8)(i * 31 >> 3);
    for (gsize done = 0; done < size; done += MIN (piece, size - done))
        g_assert_true (pena_intake_write (intake, data + done, MIN (piece, size - done), NULL));
    PenaDocument *document = pena_intake_finish (intake, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (document->size, ==, size);
    g_autofree guint8 *back = g_malloc (size);
    g_assert_cmpint (pread (document->fd, back, size, 0), ==, (gssize)size);
    g_assert_cmpmem (back, size, data, size);
    g_autofree gchar *hex = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, size);
    const guint8 *sha256 = g_bytes_get_data (document->sha256, NULL);
    for (guint i = 0; i < 32; i++)
        g_assert_cmpuint (
            sha256[i], ==,
            (guint)(g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1])));
    return document;
}

static gint
seals (const PenaDocument *document)
{
    return fcntl (document->fd, F_GET_SEALS);
}

static void
test_intake_memory (void)
{
    static const gsize sizes[] = {1, 8191, 256 * 1024, 256 * 1024 + 1, PENA_INTAKE_MEMORY_MAX};

    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
        g_autoptr (PenaDocument) document = take_in (sizes[i], 8192, -1);
        g_assert_cmpint (seals (document) & (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL), ==,
                         F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
        g_assert_cmpint (write (document->fd, "x", 1), ==, -1);
    }
}

static void
test_intake_file (void)
{
    g_autofree gchar *dir = g_dir_make_tmp ("pena-intake-XXXXXX", NULL);
    static const gint64 expected[] = {-1, PENA_INTAKE_MEMORY_MAX + 5};

    g_setenv ("XDG_CACHE_HOME", dir, TRUE);
    for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
        g_autoptr (PenaDocument) document = take_in (PENA_INTAKE_MEMORY_MAX + 5, 100000, expected[i]);
        g_assert_cmpint (fcntl (document->fd, F_GETFL) & O_ACCMODE, ==, O_RDONLY);
        g_assert_cmpint (write (document->fd, "x", 1), ==, -1);
    }
    g_autofree gchar *folder = g_build_filename (dir, "pena", NULL);
    g_assert_cmpint (rmdir (folder), ==, 0); /* nothing in it */
    rmdir (dir);
}

static void
test_intake_limits (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaIntake) intake = pena_intake_new (10, -1, "sha256", NULL);
    g_autoptr (PenaIntake) empty = pena_intake_new (10, 0, "sha256", NULL);

    g_assert_null (pena_intake_new (10, 11, "sha256", &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_TOO_LARGE);
    g_clear_error (&error);
    g_assert_true (pena_intake_write (intake, "0123456789", 10, NULL));
    g_assert_false (pena_intake_write (intake, "x", 1, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_TOO_LARGE);
    g_clear_error (&error);
    g_assert_null (pena_intake_finish (empty, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_EMPTY);
}

static void
test_intake_continue (void)
{
    g_autoptr (PenaIntake) intake = pena_intake_new (100, -1, "sha256", NULL);
    g_autoptr (GBytes) head = g_bytes_new_static ("head", 4);
    g_autoptr (GBytes) tail = g_bytes_new_static ("tail", 4);

    g_assert_true (pena_intake_write (intake, "body", 4, NULL));
    g_autoptr (PenaDocument) document = pena_intake_finish (intake, NULL);
    for (guint twice = 0; twice < 2; twice++) {
        g_autoptr (GBytes) digest = pena_document_digest_with (document, head, tail);
        GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
        guint8 wanted[32];
        gsize length = sizeof wanted;
        g_checksum_update (sum, (const guchar *)"bodyheadtail", 12);
        g_checksum_get_digest (sum, wanted, &length);
        g_checksum_free (sum);
        g_assert_cmpmem (g_bytes_get_data (digest, NULL), g_bytes_get_size (digest), wanted, length);
    }
}

/* ---- what a worker says ---- */

static GVariant *
make_answer (const gchar *head, gsize gap, const gchar *tail)
{
    GVariantDict answer;

    g_variant_dict_init (&answer, NULL);
    g_variant_dict_insert_value (&answer, "head",
                                 g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, head, strlen (head), 1));
    g_variant_dict_insert_value (&answer, "tail",
                                 g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, tail, strlen (tail), 1));
    g_variant_dict_insert (&answer, "gap-length", "t", (guint64)gap);
    return g_variant_ref_sink (g_variant_dict_end (&answer));
}

static PenaErrorCode
plan_refusal (GVariant *answer)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaPlan) plan = pena_plan_new (answer, &error);

    g_assert_null (plan);
    return pena_error_code (error);
}

static void
test_plan_bounds (void)
{
    static const gsize gaps[] = {0, 1, 1024 * 1024 + 1, G_MAXSIZE};
    g_autofree gchar *large = g_strnfill (16 * 1024 * 1024, 'x');
    g_autoptr (GVariant) nothing = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
    g_autoptr (GVariant) no_head = make_answer ("", 10, "tail");
    g_autoptr (GVariant) no_tail = make_answer ("head", 10, "");
    g_autoptr (GVariant) too_large = make_answer (large, 10, "tail");

    g_assert_cmpint (plan_refusal (nothing), ==, PENA_ERROR_WORKER_FAILED);
    g_assert_cmpint (plan_refusal (no_head), ==, PENA_ERROR_WORKER_FAILED);
    g_assert_cmpint (plan_refusal (no_tail), ==, PENA_ERROR_WORKER_FAILED);
    g_assert_cmpint (plan_refusal (too_large), ==, PENA_ERROR_WORKER_FAILED);
    for (guint i = 0; i < G_N_ELEMENTS (gaps); i++) {
        g_autoptr (GVariant) answer = make_answer ("head", gaps[i], "tail");
        g_assert_cmpint (plan_refusal (answer), ==, PENA_ERROR_WORKER_FAILED);
    }
}

static void
test_plan_fill (void)
{
    static const guint8 der[] = {0x30, 0x01, 0xaf};
    g_autoptr (GVariant) answer = make_answer ("head", 10, "tail");
    g_autoptr (GVariant) small = make_answer ("head", 7, "tail");
    g_autoptr (PenaPlan) plan = pena_plan_new (answer, NULL);
    g_autoptr (PenaPlan) too_small = pena_plan_new (small, NULL);
    g_autoptr (GBytes) cms = g_bytes_new_static (der, sizeof der);
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) filled = pena_plan_fill (plan, cms, NULL);

    g_assert_cmpmem (g_bytes_get_data (filled, NULL), g_bytes_get_size (filled), "head<3001af00>tail", 18);
    g_assert_null (pena_plan_fill (too_small, cms, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_WORKER_FAILED);
}

static void
test_report (void)
{
    g_autofree gchar *deep = g_strnfill (2000000, '[');
    g_autofree gchar *braces = g_strdup_printf ("{\"a\":\"%s\"}", deep);
    g_autofree gchar *good = pena_verify_rewrite_report (" { \"verdict\" : \"valid\" } ", NULL, NULL);
    g_autofree gchar *quoted = pena_verify_rewrite_report (braces, NULL, NULL);
    static const gchar *const bad[] = {"",         "[]",      "null",    "{",          "\"text\"",
                                       "{\"a\":1", "{/* */}", "{'a':1}", "{\"a\":1}//"};
    /* What opens a string for one reader must open it for the other: here a comment, there a quote. */
    g_autofree gchar *comment = g_strconcat ("{\"a\":/*\"*/", deep, NULL);
    g_autofree gchar *line = g_strconcat ("{\"a\"://\"\n", deep, NULL);
    g_autofree gchar *single = g_strconcat ("{\"a\":'\"',\"b\":", deep, NULL);

    g_assert_cmpstr (good, ==, "{\"verdict\":\"valid\"}");
    g_assert_nonnull (quoted);
    g_assert_null (pena_verify_rewrite_report (deep, NULL, NULL));
    g_assert_null (pena_verify_rewrite_report (comment, NULL, NULL));
    g_assert_null (pena_verify_rewrite_report (line, NULL, NULL));
    g_assert_null (pena_verify_rewrite_report (single, NULL, NULL));
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
        g_assert_null (pena_verify_rewrite_report (bad[i], NULL, NULL));
}

/* Only whoever says plainly that all is well goes on to the next document. */
static void
test_report_is_sound (void)
{
    static const struct {
        const gchar *report;
        gboolean sound;
    } rows[] = {
        {"{\"verdict\":\"valid\"}", TRUE},    {"{\"verdict\":\"unsigned\"}", TRUE},
        {"{\"verdict\":\"invalid\"}", FALSE}, {"{\"verdict\":\"VALID\"}", FALSE},
        {"{\"verdict\":null}", FALSE},        {"{\"verdict\":1}", FALSE},
        {"{\"verdict\":[\"valid\"]}", FALSE}, {"{}", FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        gboolean sound = !rows[i].sound;
        g_autofree gchar *report = pena_verify_rewrite_report (rows[i].report, &sound, NULL);
        g_assert_nonnull (report);
        g_assert_true (sound == rows[i].sound);
    }
}

/* ---- what goes onto a stamp ---- */

static void
on_drawn (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_assert_null (pena_painter_run_finish (result, user_data));
}

/* In the language of who asks, whoever else has been talked to meanwhile. */
static void
test_stamp_field (void)
{
    static const struct {
        const gchar *asks, *other, *told;
    } rows[] = {{"id", "en", "tidak boleh diisi"}, {"en", "id", "is not for the caller"}};
    g_autoptr (Pki) pki = pki_new ("p256");
    g_autoptr (GBytes) certificate = pki_der (pki->signer.certificate);
    PenaConfig config = {.stamp_url = (gchar *)"https://contoh.id/{id}"};
    g_autoptr (GHashTable) fields = g_hash_table_new (g_str_hash, g_str_equal);
    const PenaStampWish wish = {.fields = fields};

    pena_text_init ();
    g_hash_table_insert (fields, (gpointer) "serial", (gpointer) "1");
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GError) error = NULL;
        const PenaStampContext context = {.config = &config,
                                          .signature_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV",
                                          .language = rows[i].asks,
                                          .certificate = certificate};
        pena_text_set_language (rows[i].other);
        pena_stamping_draw_async (&wish, &context, NULL, on_drawn, &error);
        while (error == NULL)
            g_main_context_iteration (NULL, TRUE);
        g_assert_error (error, PENA_ERROR, PENA_ERROR_REQUEST_INVALID);
        g_assert_nonnull (strstr (error->message, rows[i].told));
    }
    pena_text_set_language (NULL);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/stamp/field", test_stamp_field);
    g_test_add_func ("/agent/states/table", test_states_table);
    g_test_add_func ("/agent/states/single-use", test_states_single_use);
    g_test_add_func ("/agent/intake/memory", test_intake_memory);
    g_test_add_func ("/agent/intake/file", test_intake_file);
    g_test_add_func ("/agent/intake/limits", test_intake_limits);
    g_test_add_func ("/agent/intake/continue", test_intake_continue);
    g_test_add_func ("/agent/plan/bounds", test_plan_bounds);
    g_test_add_func ("/agent/plan/fill", test_plan_fill);
    g_test_add_func ("/agent/report/rewrite", test_report);
    g_test_add_func ("/agent/verify/report/sound", test_report_is_sound);
    return g_test_run ();
}
