/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of what is asked before a signature is judged, with authorities that live in the test
 * Copyright (C) 2026 the Pena authors */
#include <openssl/ocsp.h>
#include <pena/pena-error.h>

#include "ades-trust.h"
#include "pena-archive.h"
#include "pena-certificate.h"
#include "pena-inquiry.h"
#include "pena-need.h"
#include "pena-signed-parts.h"
#include "pena-tsp.h"
#include "signed-pdf.h"

typedef struct {
    Pki *pki;
    GPtrArray *anchors, *nothing;
    GBytes *cms;
    PenaInquiry *inquiry;
} World;

static GPtrArray *
new_list (void)
{
    return g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
}

/* trusted: the root of the signer is; complete: the signature holds its issuer. */
static World *
world_new (gboolean trusted, gboolean complete)
{
    World *self = g_new0 (World, 1);
    g_autoptr (GError) error = NULL;

    self->pki = pki_new ("p256");
    self->anchors = new_list ();
    self->nothing = new_list ();
    if (trusted)
        g_ptr_array_add (self->anchors, pki_der (self->pki->root.certificate));
    self->cms = pki_make_cms (self->pki, PENA_ADES_CADES);
    if (!complete) {
        gsize length;
        const guint8 *data = g_bytes_get_data (self->cms, &length);
        g_autoptr (PenaSignedParts) parts = pena_signed_parts_new (data, length, NULL, &error);
        g_assert_no_error (error);
        g_autoptr (GBytes) issuer = pki_der (self->pki->issuing.certificate);
        guint index;
        g_assert_true (g_ptr_array_find_with_equal_func (parts->certificates, issuer,
                                                         (GEqualFunc)g_bytes_equal, &index));
        g_ptr_array_remove_index (parts->certificates, index);
        g_bytes_unref (self->cms);
        self->cms = pena_signed_parts_encode_detached (parts);
    }
    const PenaInquiryInput input = {
        .signature = self->cms, .anchors = self->anchors, .certificates = self->nothing, .time = PKI_NOW};
    self->inquiry = pena_inquiry_new (&input, &error);
    g_assert_no_error (error);
    return self;
}

static void
world_free (World *self)
{
    pena_inquiry_free (self->inquiry);
    pki_free (self->pki);
    g_ptr_array_unref (self->anchors);
    g_ptr_array_unref (self->nothing);
    g_bytes_unref (self->cms);
    g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

static GPtrArray *
needs (World *self)
{
    g_autoptr (GError) error = NULL;
    GPtrArray *found = pena_inquiry_dup_needs (self->inquiry, &error);

    g_assert_no_error (error);
    return found;
}

static void
offer (World *self, GPtrArray *answered)
{
    g_autoptr (GError) error = NULL;

    pena_inquiry_offer (self->inquiry, answered, &error);
    g_assert_no_error (error);
}

static void
answer_ocsp (World *self, PenaNeed *need, int status)
{
    const OcspSpec spec = {.status = status, .since = PKI_NOW - PKI_DAY};
    g_autoptr (X509) certificate = pena_certificate_parse (need->certificate, NULL);
    gboolean by_root = pena_certificate_equal (certificate, self->pki->issuing.certificate);
    const PkiEntity *issuer = by_root ? &self->pki->root : &self->pki->issuing;
    g_autoptr (GBytes) answer = trust_ocsp_answer (issuer, certificate, issuer->certificate, &spec);

    pena_need_answer (need, PENA_ANSWER_OCSP, answer);
}

/* Both certificates of the chain are asked about; what the answers say is the judge's. */
static void
test_every_certificate_is_asked_about (void)
{
    static const int states[] = {V_OCSP_CERTSTATUS_GOOD, V_OCSP_CERTSTATUS_REVOKED};

    for (guint i = 0; i < G_N_ELEMENTS (states); i++) {
        g_autoptr (World) world = world_new (TRUE, TRUE);
        g_autoptr (GPtrArray) first = needs (world);
        g_assert_cmpuint (first->len, ==, 2);
        for (guint k = 0; k < first->len; k++) {
            g_assert_cmpint (((PenaNeed *)first->pdata[k])->kind, ==, PENA_NEED_REVOCATION);
            answer_ocsp (world, first->pdata[k], states[i]);
        }
        offer (world, first);
        g_autoptr (GPtrArray) second = needs (world);
        g_assert_cmpuint (second->len, ==, 0);
        g_assert_cmpuint (pena_inquiry_get_ocsps (world->inquiry)->len, ==, 2);
        g_assert_cmpuint (pena_inquiry_get_crls (world->inquiry)->len, ==, 0);
    }
}

/* Whoever does not answer is not asked again, and the others are. */
static void
test_silence_is_no_error (void)
{
    g_autoptr (World) world = world_new (TRUE, TRUE);
    g_autoptr (GPtrArray) first = needs (world);

    pena_need_fail (first->pdata[0],
                    g_error_new_literal (PENA_ERROR, PENA_ERROR_REVOCATION_UNAVAILABLE, "silent"));
    answer_ocsp (world, first->pdata[1], V_OCSP_CERTSTATUS_GOOD);
    offer (world, first);
    g_autoptr (GPtrArray) second = needs (world);
    g_assert_cmpuint (second->len, ==, 0);
    g_assert_cmpuint (pena_inquiry_get_ocsps (world->inquiry)->len, ==, 1);
}

/* First who issued it; when that leads to an anchor, the rest. */
static void
test_missing_issuer (void)
{
    g_autoptr (World) world = world_new (TRUE, FALSE);
    g_autoptr (GPtrArray) first = needs (world);
    g_autoptr (GBytes) issuer = pki_der (world->pki->issuing.certificate);

    g_assert_cmpuint (first->len, ==, 1);
    g_assert_cmpint (((PenaNeed *)first->pdata[0])->kind, ==, PENA_NEED_ISSUER);
    pena_need_answer (first->pdata[0], PENA_ANSWER_ISSUER, issuer);
    offer (world, first);
    g_autoptr (GPtrArray) second = needs (world);
    g_assert_cmpuint (second->len, ==, 2);
    g_assert_cmpint (((PenaNeed *)second->pdata[0])->kind, ==, PENA_NEED_REVOCATION);
    g_assert_cmpuint (pena_inquiry_get_certificates (world->inquiry)->len, ==, 1);

    g_autoptr (World) other = world_new (TRUE, FALSE);
    g_autoptr (GPtrArray) asked = needs (other);
    pena_need_fail (asked->pdata[0],
                    g_error_new_literal (PENA_ERROR, PENA_ERROR_ISSUER_UNAVAILABLE, "silent"));
    offer (other, asked);
    g_autoptr (GPtrArray) after = needs (other);
    g_assert_cmpuint (after->len, ==, 0);
}

/* A stranger's certificates must not make us visit the addresses in them. */
static void
test_strangers_are_not_asked_about (void)
{
    g_autoptr (World) world = world_new (FALSE, TRUE);
    g_autoptr (GPtrArray) none = needs (world);

    for (guint i = 0; i < none->len; i++)
        g_assert_cmpint (((PenaNeed *)none->pdata[i])->kind, ==, PENA_NEED_ISSUER);
}

static void
test_no_signature (void)
{
    g_autoptr (GBytes) rubbish = g_bytes_new_static ("rubbish", 7);
    g_autoptr (GPtrArray) nothing = new_list ();
    const PenaInquiryInput input = {.signature = rubbish, .anchors = nothing, .certificates = nothing};
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaInquiry) inquiry = pena_inquiry_new (&input, &error);
    g_autoptr (GPtrArray) none = pena_inquiry_dup_needs (inquiry, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (none->len, ==, 0);
}

/* A PKCS#1 signature in a PDF has its certificates beside it. */
static void
test_certificates_beside (void)
{
    g_autoptr (Pki) pki = pki_new ("rsa");
    g_autoptr (PdfBuilder) builder = signed_pdf_start (signed_pdf_letter);
    g_autoptr (GPtrArray) anchors = new_list (), nothing = new_list ();
    g_autoptr (GBytes) signer = pki_der (pki->signer.certificate);
    g_autoptr (GError) error = NULL;

    pdf_builder_table (builder, "");
    signed_pdf_sign_old (builder, pki);
    g_ptr_array_add (anchors, pki_der (pki->root.certificate));
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);
    const PenaInquiryInput input = {
        .pdf = document->pdf, .anchors = anchors, .certificates = nothing, .time = PKI_NOW};
    g_autoptr (PenaInquiry) inquiry = pena_inquiry_new (&input, &error);
    g_assert_no_error (error);
    g_autoptr (GPtrArray) found = pena_inquiry_dup_needs (inquiry, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (found->len, ==, 2);
    for (guint i = 0; i < found->len; i++)
        g_assert_cmpint (((PenaNeed *)found->pdata[i])->kind, ==, PENA_NEED_REVOCATION);
    g_assert_true (g_bytes_equal (((PenaNeed *)found->pdata[0])->certificate, signer));
}

/* ---- documents whose author would rather not have the signer asked about ---- */

static PenaSignedParts *
take_apart (World *self)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (self->cms, &length);
    PenaSignedParts *parts = pena_signed_parts_new (data, length, NULL, NULL);

    g_assert_nonnull (parts);
    return parts;
}

/* Takes the parts. What is needed first for them. */
static GPtrArray *
inquire (World *self, PenaSignedParts *parts)
{
    g_autoptr (GBytes) cms = pena_signed_parts_encode_detached (parts);
    const PenaInquiryInput input = {
        .signature = cms, .anchors = self->anchors, .certificates = self->nothing, .time = PKI_NOW};

    g_clear_pointer (&self->inquiry, pena_inquiry_free);
    self->inquiry = pena_inquiry_new (&input, NULL);
    pena_signed_parts_free (parts);
    return needs (self);
}

/* Takes the parts. TRUE when the first need is word about the signer, and there are not too many. */
static gboolean
asks_about_signer (World *self, PenaSignedParts *parts)
{
    g_autoptr (GBytes) signer = pki_der (self->pki->signer.certificate);
    g_autoptr (GPtrArray) found = inquire (self, parts);
    const PenaNeed *first = found->len > 0 ? found->pdata[0] : NULL;

    g_assert_cmpuint (found->len, <=, 16);
    return first != NULL && first->kind == PENA_NEED_REVOCATION && g_bytes_equal (first->certificate, signer);
}

static void
add_stamp_as (PenaSignedParts *parts, PenaAttribute kind, const PkiEntity *tsa, const TsaSpec *spec)
{
    g_autoptr (GBytes) imprint = pena_signature_imprint (&parts->signer, "sha256");
    g_autoptr (PenaTimeStampQuery) query = pena_time_stamp_query_new ("sha256", imprint, NULL, NULL);
    g_autoptr (GBytes) token = trust_tsa_token (tsa, pena_time_stamp_query_get_der (query), spec);

    pena_signer_parts_add_unsigned (&parts->signer, kind, token);
}

static void
add_stamp (PenaSignedParts *parts, const PkiEntity *tsa, const TsaSpec *spec)
{
    add_stamp_as (parts, PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP, tsa, spec);
}

/* Whoever has made a time-stamp is asked about, whatever kind it is of. */
static void
test_authorities_are_asked_about (void)
{
    static const PenaAttribute kinds[] = {
        PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP, PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP,
        PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V2, PENA_ATTRIBUTE_COMPLETE_TIME_STAMP,
        PENA_ATTRIBUTE_REFERENCES_TIME_STAMP};
    static const TsaSpec spec = {.time = PKI_NOW};

    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
        g_autoptr (World) world = world_new (TRUE, TRUE);
        PkiEntity tsa = trust_new_tsa (&world->pki->issuing, "p256");
        g_autoptr (GBytes) authority = pki_der (tsa.certificate);
        PenaSignedParts *parts = take_apart (world);
        guint asked = 0;
        add_stamp_as (parts, kinds[i], &tsa, &spec);
        g_autoptr (GPtrArray) found = inquire (world, parts);
        for (guint k = 0; k < found->len; k++)
            asked += g_bytes_equal (((PenaNeed *)found->pdata[k])->certificate, authority);
        g_assert_cmpuint (asked, ==, 1);
        pki_entity_clear (&tsa);
    }
}

/* One whose authority's certificate is beside it instead of in it, and a broken one. */
static void
test_odd_time_stamps_hide_nobody (void)
{
    static const TsaSpec specs[] = {{.no_certificate = TRUE}, {.damaged = TRUE}};

    for (guint i = 0; i < G_N_ELEMENTS (specs); i++) {
        g_autoptr (World) world = world_new (TRUE, TRUE);
        PkiEntity tsa = trust_new_tsa (&world->pki->issuing, "p256");
        PenaSignedParts *parts = take_apart (world);
        g_ptr_array_add (parts->certificates, pki_der (tsa.certificate));
        add_stamp (parts, &tsa, &specs[i]);
        g_assert_true (asks_about_signer (world, parts));
        pki_entity_clear (&tsa);
    }
}

static void
test_many_time_stamps_hide_nobody (void)
{
    static const TsaSpec spec = {.time = PKI_NOW};
    g_autoptr (World) world = world_new (TRUE, TRUE);
    g_autoptr (Pki) stranger = pki_new ("p256");
    PenaSignedParts *parts = take_apart (world);

    for (guint i = 0; i < 40; i++) {
        PkiEntity tsa = trust_new_tsa (&stranger->issuing, "p256");
        add_stamp (parts, &tsa, &spec);
        pki_entity_clear (&tsa);
    }
    g_assert_true (asks_about_signer (world, parts));
}

/* Name and key of the authority, signed by nobody who is trusted. */
static void
test_counterfeit_authority_hides_nobody (void)
{
    g_autoptr (World) world = world_new (TRUE, TRUE);
    g_autoptr (Pki) stranger = pki_new ("p256");
    g_autoptr (X509) counterfeit = X509_dup (world->pki->issuing.certificate);
    PenaSignedParts *parts = take_apart (world);

    X509_sign (counterfeit, stranger->root.key, EVP_sha256 ());
    g_ptr_array_insert (parts->certificates, 0, pki_der (counterfeit));
    g_assert_true (asks_about_signer (world, parts));
}

/* The name of the signer's issuer, spelled otherwise, and the signer's number. */
static void
test_double_hides_nobody (void)
{
    g_autoptr (World) world = world_new (TRUE, TRUE);
    g_autoptr (Pki) stranger = pki_new ("p256");
    g_autoptr (X509) twin = X509_dup (world->pki->signer.certificate);
    X509_NAME *name = X509_NAME_dup (X509_get_issuer_name (twin));
    PenaSignedParts *parts = take_apart (world);

    X509_NAME_ENTRY_free (X509_NAME_delete_entry (name, X509_NAME_entry_count (name) - 1));
    X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guint8 *)"ISSUING CA", -1, -1, 0);
    X509_set_issuer_name (twin, name);
    g_assert_cmpint (X509_NAME_cmp (name, X509_get_issuer_name (world->pki->signer.certificate)), ==, 0);
    X509_NAME_free (name);
    X509_sign (twin, stranger->root.key, EVP_sha256 ());
    g_ptr_array_insert (parts->certificates, 0, pki_der (twin));
    g_assert_true (asks_about_signer (world, parts));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/document/inquiry/every-certificate", test_every_certificate_is_asked_about);
    g_test_add_func ("/document/inquiry/silence", test_silence_is_no_error);
    g_test_add_func ("/document/inquiry/issuer", test_missing_issuer);
    g_test_add_func ("/document/inquiry/strangers", test_strangers_are_not_asked_about);
    g_test_add_func ("/document/inquiry/no-signature", test_no_signature);
    g_test_add_func ("/document/inquiry/certificates-beside", test_certificates_beside);
    g_test_add_func ("/document/inquiry/authorities", test_authorities_are_asked_about);
    g_test_add_func ("/document/inquiry/hiding/odd-time-stamps", test_odd_time_stamps_hide_nobody);
    g_test_add_func ("/document/inquiry/hiding/many-time-stamps", test_many_time_stamps_hide_nobody);
    g_test_add_func ("/document/inquiry/hiding/counterfeit-authority",
                     test_counterfeit_authority_hides_nobody);
    g_test_add_func ("/document/inquiry/hiding/double", test_double_hides_nobody);
    return g_test_run ();
}
