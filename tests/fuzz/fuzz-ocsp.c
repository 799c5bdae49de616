/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: fuzz target: what an OCSP responder answers
 * Copyright (C) 2026 the Pena authors */
#include "fuzz-trio.h"
#include "fuzz.h"
#include "pena-ocsp.h"

static void
look_at (PenaOcspAnswer *answer, GBytes *nonce)
{
    const PenaRevocation *revocation = pena_ocsp_answer_get_revocation (answer);
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (revocation->state, <=, PENA_REVOCATION_REVOKED);
    g_assert_true (pena_ocsp_answer_get_responder (answer) != NULL ||
                   !pena_ocsp_answer_needs_responder_check (answer));
    if (!pena_ocsp_answer_check_current (answer, 1790000000, &error))
        fuzz_check_error (error);
    g_clear_error (&error);
    if (!pena_ocsp_answer_check_nonce (answer, nonce, &error))
        fuzz_check_error (error);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
    FuzzTrio trio = {0};
    g_autoptr (GError) error = NULL;

    if (!fuzz_trio_init (&trio, data, size))
        return 0;
    g_autoptr (GBytes) nonce = g_bytes_new_static ("0123456789abcdef", 16);
    g_autoptr (GBytes) request = pena_ocsp_request_new (trio.certificate, trio.issuer, nonce, NULL);
    g_autoptr (PenaOcspAnswer) answer =
        pena_ocsp_answer_read (trio.rest, trio.certificate, trio.issuer, &error);
    g_assert_true (request == NULL || g_bytes_get_size (request) > 0);
    if (answer != NULL)
        look_at (answer, nonce);
    else
        fuzz_check_error (error);
    fuzz_trio_clear (&trio);
    return 0;
}
