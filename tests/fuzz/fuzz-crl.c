/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: fuzz target: revocation lists, and the addresses in certificates where they are to be had
 * Copyright (C) 2026 the Pena authors */
#include "fuzz-trio.h"
#include "fuzz.h"
#include "pena-certificate.h"
#include "pena-crl.h"

static void
check_urls (GStrv urls)
{
    for (guint i = 0; urls[i] != NULL; i++)
        g_assert_true (g_ascii_strncasecmp (urls[i], "http", 4) == 0 && g_str_is_ascii (urls[i]));
    g_strfreev (urls);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
    FuzzTrio trio = {0};
    PenaRevocation revocation = {.state = PENA_REVOCATION_UNKNOWN};
    g_autoptr (GError) error = NULL;

    if (!fuzz_trio_init (&trio, data, size))
        return 0;
    check_urls (pena_certificate_dup_crl_urls (trio.certificate));
    check_urls (pena_certificate_dup_ocsp_urls (trio.certificate));
    check_urls (pena_certificate_dup_issuer_urls (trio.certificate));
    if (pena_crl_read (trio.rest, trio.certificate, trio.issuer, &revocation, &error))
        g_assert_cmpint (revocation.state, !=, PENA_REVOCATION_UNKNOWN);
    else
        fuzz_check_error (error);
    g_autoptr (GPtrArray) lists = g_ptr_array_new ();
    g_ptr_array_add (lists, trio.rest);
    g_autoptr (PenaCrls) all = pena_crls_new (lists, trio.certificate);
    g_clear_error (&error);
    if (!pena_crls_check (all, 1790000000, &error))
        fuzz_check_error (error);
    g_autoptr (PenaX509Stack) bundle = pena_certificates_from_bundle (trio.rest);
    g_assert_nonnull (bundle);
    fuzz_trio_clear (&trio);
    return 0;
}
