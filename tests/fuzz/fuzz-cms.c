/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: fuzz target: judging a CMS
 * Copyright (C) 2026 the Pena authors */
#include "fuzz.h"
#include "pena-validate.h"

static GBytes *
same_digest (const gchar *algorithm, gpointer user_data, GError **error)
{
    static const guint8 zeros[64];
    gsize length =
        g_str_equal (algorithm, "sha1") ? 20 : (gsize)g_ascii_strtoull (algorithm + 3, NULL, 10) / 8;

    g_assert_cmpuint (length, <=, sizeof zeros);
    return g_bytes_new_static (zeros, length);
}

static PenaDigest *
front_digest (const gchar *algorithm, gpointer user_data, GError **error)
{
    return pena_digest_new (algorithm, error);
}

static void
check_report (const PenaSignatureReport *report)
{
    /* without an anchor nobody is trusted */
    g_assert_cmpint (report->verdict, !=, PENA_VERDICT_PASSED);
    g_assert_cmpuint (report->problems->len, >, 0);
    for (guint i = 0; i < report->problems->len; i++)
        g_assert_true (g_utf8_validate (g_ptr_array_index (report->problems, i), -1, NULL));
    for (guint i = 0; i < report->notes->len; i++)
        g_assert_true (g_utf8_validate (g_ptr_array_index (report->notes, i), -1, NULL));
}

/* The whole input also serves as certificate and CRL, which untrusted ones may be. */
static void
judge (GBytes *cms, PenaAdesFormat format)
{
    g_autoptr (GPtrArray) some = g_ptr_array_new ();
    g_ptr_array_add (some, cms);
    const PenaValidationContext context = {
        .crls = some, .certificates = some, .time = 1790000000, .front_digest = front_digest};
    g_autoptr (PenaSignatureReport) report =
        pena_validate_cms (cms, format, format == PENA_ADES_PADES, same_digest, NULL, &context);

    check_report (report);
}

/* As the value and as its certificate. */
static void
judge_pkcs1 (GBytes *bytes)
{
    g_autoptr (GPtrArray) some = g_ptr_array_new ();
    const PenaValidationContext context = {.time = 1790000000};

    g_ptr_array_add (some, bytes);
    g_autoptr (PenaSignatureReport) report = pena_validate_pkcs1 (bytes, some, same_digest, NULL, &context);
    check_report (report);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
    g_autoptr (GBytes) cms = g_bytes_new_static (data, size);

    judge (cms, PENA_ADES_PADES);
    judge (cms, PENA_ADES_CADES);
    judge_pkcs1 (cms);
    return 0;
}
