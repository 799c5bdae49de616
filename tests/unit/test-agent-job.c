/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: tests of document intake, states, and of what is believed of a worker
 * Copyright (C) 2026 the Pena authors */
#include <errno.h>
#include <fcntl.h>
#include <pena/pena-error.h>
#include <string.h>
#include <unistd.h>

#include "pena-binding.h"
#include "pena-intake.h"
#include "pena-states.h"
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
                             state == PENA_JOB_SIGNED && event == PENA_JOB_EVENT_VERIFIED);
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
    g_autoptr (PenaIntake) intake = pena_intake_new (64 * 1024 * 1024, expected, &error);
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
    g_autoptr (PenaIntake) intake = pena_intake_new (10, -1, NULL);
    g_autoptr (PenaIntake) empty = pena_intake_new (10, 0, NULL);

    g_assert_null (pena_intake_new (10, 11, &error));
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
    g_autoptr (PenaIntake) intake = pena_intake_new (100, -1, NULL);
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

#define CONTENT_TYPE                                                                                         \
    0x30, 0x18, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03, 0x31, 0x0b, 0x06, 0x09,    \
        0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01
#define DIGEST_OF(byte)                                                                                      \
    0x30, 0x12, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04, 0x31, 0x05, 0x04, 0x03, 1, \
        2, byte

static gboolean
attributes_pass (const guint8 *data, gsize length)
{
    static const guint8 digest[] = {1, 2, 3};
    g_autoptr (GBytes) attributes = g_bytes_new (data, length);
    g_autoptr (GBytes) expected = g_bytes_new_static (digest, sizeof digest);
    g_autoptr (GError) error = NULL;
    gboolean passed = pena_binding_check_attributes (attributes, expected, &error);

    if (!passed)
        g_assert_error (error, PENA_ERROR, PENA_ERROR_WORKER_FAILED);
    return passed;
}

static void
test_binding_attributes (void)
{
    static const guint8 good[] = {0x31, 46, CONTENT_TYPE, DIGEST_OF (3)};
    static const guint8 other[] = {0x31, 46, CONTENT_TYPE, DIGEST_OF (4)};
    static const guint8 twice[] = {0x31, 66, CONTENT_TYPE, DIGEST_OF (3), DIGEST_OF (3)};
    static const guint8 both[] = {0x31, 66, CONTENT_TYPE, DIGEST_OF (3), DIGEST_OF (4)};
    static const guint8 no_type[] = {0x31, 20, DIGEST_OF (3)};
    static const guint8 after[] = {0x31, 46, CONTENT_TYPE, DIGEST_OF (3), 0};
    static const guint8 sequence[] = {0x30, 46, CONTENT_TYPE, DIGEST_OF (3)};

    g_assert_true (attributes_pass (good, sizeof good));
    g_assert_false (attributes_pass (other, sizeof other));
    g_assert_false (attributes_pass (twice, sizeof twice));
    g_assert_false (attributes_pass (both, sizeof both));
    g_assert_false (attributes_pass (no_type, sizeof no_type));
    g_assert_false (attributes_pass (after, sizeof after));
    g_assert_false (attributes_pass (sequence, sizeof sequence));
    for (gsize length = 0; length < sizeof good; length++)
        g_assert_false (attributes_pass (good, length));
}

static void
test_binding_update (void)
{
    static const struct {
        const gchar *update;
        gboolean passes;
    } rows[] = {{"head<00aF>tail", TRUE},   {"Head<00aF>tail", FALSE}, {"head<00aF>tai", FALSE},
                {"head<00aF>tail ", FALSE}, {"head<00a >tail", FALSE}, {"head(00aF>tail", FALSE},
                {"head<00aF)tail", FALSE},  {"head<0>aF>tail", FALSE}};
    g_autoptr (GBytes) head = g_bytes_new_static ("head", 4);
    g_autoptr (GBytes) tail = g_bytes_new_static ("tail", 4);

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GBytes) update = g_bytes_new_static (rows[i].update, strlen (rows[i].update));
        g_autoptr (GError) error = NULL;
        g_assert_cmpint (pena_binding_check_update (update, head, 6, tail, &error), ==, rows[i].passes);
        g_assert_cmpint (error == NULL, ==, rows[i].passes);
    }
}

static void
test_report (void)
{
    g_autofree gchar *deep = g_strnfill (100000, '[');
    g_autofree gchar *braces = g_strdup_printf ("{\"a\":\"%s\"}", deep);
    g_autofree gchar *good = pena_verify_rewrite_report (" { \"verdict\" : \"valid\" } ", NULL);
    g_autofree gchar *quoted = pena_verify_rewrite_report (braces, NULL);
    static const gchar *const bad[] = {"", "[]", "null", "{", "\"text\"", "{\"a\":1"};

    g_assert_cmpstr (good, ==, "{\"verdict\":\"valid\"}");
    g_assert_nonnull (quoted);
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
        g_assert_null (pena_verify_rewrite_report (bad[i], NULL));
    g_assert_null (pena_verify_rewrite_report (deep, NULL));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/states/table", test_states_table);
    g_test_add_func ("/agent/states/single-use", test_states_single_use);
    g_test_add_func ("/agent/intake/memory", test_intake_memory);
    g_test_add_func ("/agent/intake/file", test_intake_file);
    g_test_add_func ("/agent/intake/limits", test_intake_limits);
    g_test_add_func ("/agent/intake/continue", test_intake_continue);
    g_test_add_func ("/agent/binding/attributes", test_binding_attributes);
    g_test_add_func ("/agent/binding/update", test_binding_update);
    g_test_add_func ("/agent/report/rewrite", test_report);
    return g_test_run ();
}
