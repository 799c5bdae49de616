/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: fuzz target: reading a certificate, and starting a signature with it
 * Copyright (C) 2026 the Pena authors */
#include "fuzz.h"
#include "pena-ades.h"

static void
check_text (const gchar *text)
{
    g_assert_true (text == NULL || g_utf8_validate (text, -1, NULL));
}

static void
draft (GBytes *der, PenaAdesFormat format)
{
    g_autoptr (GPtrArray) chain = g_ptr_array_new ();
    g_autoptr (GError) error = NULL;
    static const guint8 zeros[32];
    g_autoptr (GBytes) digest = g_bytes_new_static (zeros, sizeof zeros);

    g_ptr_array_add (chain, der);
    g_ptr_array_add (chain, der);
    const PenaAdesOptions options = {
        .format = format, .chain = chain, .digest = "sha256", .time = 1790000000};
    g_autoptr (PenaAdesDraft) self = pena_ades_draft_new (&options, &error);
    if (self == NULL) {
        fuzz_check_error (error);
        return;
    }
    g_assert_cmpuint (pena_ades_draft_get_capacity (self), >, 2 * g_bytes_get_size (der));
    g_autoptr (GBytes) attributes = pena_ades_draft_get_to_be_signed (self, digest, &error);
    g_assert_nonnull (attributes);
    g_assert_no_error (error);
    g_autoptr (GBytes) cms = pena_ades_draft_finish (self, digest, &error);
    g_assert_null (cms);
    fuzz_check_error (error);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
    g_autoptr (GBytes) der = g_bytes_new_static (data, size);
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaCertificateInfo) info = pena_certificate_info_new (der, &error);

    if (info == NULL) {
        fuzz_check_error (error);
        return 0;
    }
    check_text (info->common_name);
    check_text (info->title);
    check_text (info->subject);
    check_text (info->issuer);
    if (!pena_ades_check_signer (der, 1790000000, &error))
        fuzz_check_error (error);
    draft (der, PENA_ADES_PADES);
    draft (der, PENA_ADES_CADES);
    return 0;
}
