/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of what is asked before a signature is judged, with authorities that live in the test
 * Copyright (C) 2026 the Pena authors */
#include <openssl/ocsp.h>
#include <pena/pena-error.h>

#include "ades-trust.h"
#include "pena-certificate.h"
#include "pena-inquiry.h"
#include "pena-need.h"
#include "pena-signed-parts.h"

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

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/document/inquiry/every-certificate", test_every_certificate_is_asked_about);
    g_test_add_func ("/document/inquiry/silence", test_silence_is_no_error);
    g_test_add_func ("/document/inquiry/issuer", test_missing_issuer);
    g_test_add_func ("/document/inquiry/strangers", test_strangers_are_not_asked_about);
    g_test_add_func ("/document/inquiry/no-signature", test_no_signature);
    return g_test_run ();
}
