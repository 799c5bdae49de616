/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: fuzz target: what a time-stamp authority answers, and tokens in signatures
 * Copyright (C) 2026 the Pena authors */
#include "fuzz.h"
#include "pena-tsp.h"

static const PenaTimeStampQuery *
any_query (void)
{
    static PenaTimeStampQuery *query;
    static const guint8 digest[32];

    if (query == NULL) {
        g_autoptr (GBytes) imprint = g_bytes_new_static (digest, sizeof digest);
        query = pena_time_stamp_query_new ("sha256", imprint, NULL, NULL);
        g_assert_nonnull (query);
    }
    return query;
}

/* Whoever reads a token asks it for all of this. */
static void
look_at (PenaTimeStamp *stamp)
{
    g_autofree gchar *serial = pena_time_stamp_dup_serial (stamp);
    g_autofree gchar *policy = pena_time_stamp_dup_policy (stamp);
    g_autoptr (GPtrArray) certificates = pena_time_stamp_dup_certificates (stamp);
    g_autoptr (GPtrArray) crls = pena_time_stamp_dup_crls (stamp);
    g_autoptr (GPtrArray) ocsps = pena_time_stamp_dup_ocsps (stamp);

    g_assert_cmpuint (certificates->len, >, 0);
    g_assert_cmpint (pena_time_stamp_get_accuracy (stamp), >=, 0);
    g_assert_true (g_utf8_validate (serial, -1, NULL) && g_utf8_validate (policy, -1, NULL));
    pena_time_stamp_is_strong (stamp);
    pena_time_stamp_is_strict (stamp);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
    g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
    g_autoptr (GError) error = NULL, other = NULL;
    g_autoptr (PenaTimeStamp) answer = pena_time_stamp_answer_read (bytes, any_query (), 1790000000,
                                                                    PENA_TIME_STAMP_CLOCK_DIFFERENCE, &error);
    g_autoptr (PenaTimeStamp) token = pena_time_stamp_parse (bytes, NULL, &other);

    /* nobody can know the random number */
    g_assert_null (answer);
    fuzz_check_error (error);
    if (token != NULL)
        look_at (token);
    else
        fuzz_check_error (other);
    return 0;
}
