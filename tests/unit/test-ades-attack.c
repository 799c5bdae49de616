/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of attacks on the judge by whoever makes signatures, lists and answers
 * Copyright (C) 2026 the Pena authors */
#include <openssl/ocsp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <pena/pena-error.h>
#include <string.h>

#include "ades-trust.h"
#include "pena-crl.h"
#include "pena-signed-parts.h"
#include "pena-validate.h"

#define NOT_GIVEN (-1)

typedef struct {
    Pki *pki;
    PenaValidationContext *context;
} Fixture;

static void
set_up (Fixture *self, gconstpointer key_kind)
{
    self->pki = pki_new (key_kind);
    self->context = pki_context_new (self->pki);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
    pki_context_free (self->context);
    pki_free (self->pki);
}

static PenaSignatureReport *
judge (Fixture *self, GBytes *cms, GBytes *content)
{
    return pena_validate_cms (cms, PENA_ADES_CADES, FALSE, pki_content_digest, content, self->context);
}

/* What was signed of a signature are its attributes; without them it would be a signature over a document that consists of
 * them, which nobody has signed. */
static void
test_attributes_as_document (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_CADES);
    gsize length;
    const guint8 *data = g_bytes_get_data (cms, &length);
    g_autoptr (PenaSignedParts) parts = pena_signed_parts_new (data, length, NULL, NULL);
    g_autoptr (GBytes) attributes = g_steal_pointer (&parts->signer.signed_attributes);
    guint8 *document = g_memdup2 (g_bytes_get_data (attributes, &length), g_bytes_get_size (attributes));

    document[0] = V_ASN1_SET | V_ASN1_CONSTRUCTED;
    g_autoptr (GBytes) content = g_bytes_new_take (document, length);
    g_autoptr (GBytes) forged = pena_signed_parts_encode_detached (parts);
    g_autoptr (PenaSignatureReport) report = judge (self, forged, content);
    g_assert_cmpint (report->verdict, ==, PENA_VERDICT_INDETERMINATE);
    g_assert_cmpint (report->sub, ==, PENA_SUB_SIG_CONSTRAINTS_FAILURE);
}

/* ---- a responder whose key was stolen ---- */

static const struct {
    int reason;
    gboolean counts;
} withdrawals[] = {
    {NOT_GIVEN, FALSE},
    {CRL_REASON_KEY_COMPROMISE, FALSE},
    {CRL_REASON_UNSPECIFIED, FALSE},
    {CRL_REASON_SUPERSEDED, TRUE},
    {CRL_REASON_CESSATION_OF_OPERATION, TRUE},
};

/* The thief dates the answer back to before the revocation; the list says nothing else of the signer because it is older. */
static void
test_stolen_responder (Fixture *self, gconstpointer unused)
{
    PkiEntity responder = trust_new_responder (&self->pki->issuing, "p256", FALSE);
    const OcspSpec spec = {.status = V_OCSP_CERTSTATUS_GOOD};
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_CADES);
    g_autoptr (GBytes) content = g_bytes_new_static (PKI_CONTENT, strlen (PKI_CONTENT));

    self->context->ocsps = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add (self->context->ocsps, trust_ocsp_answer (&responder, self->pki->signer.certificate,
                                                              self->pki->issuing.certificate, &spec));
    self->context->time = PKI_NOW + 7200;
    for (guint i = 0; i < G_N_ELEMENTS (withdrawals); i++) {
        g_ptr_array_set_size (self->context->crls, 0);
        g_ptr_array_add (self->context->crls,
                         pki_crl (&self->pki->issuing, responder.certificate, withdrawals[i].reason,
                                  PKI_NOW + 3600, PKI_NOW + 3601));
        g_autoptr (PenaSignatureReport) report = judge (self, cms, content);
        g_test_message ("reason %d", withdrawals[i].reason);
        g_assert_true (report->revocation_checked == withdrawals[i].counts);
    }
    g_ptr_array_unref (self->context->ocsps);
    self->context->ocsps = NULL;
    pki_entity_clear (&responder);
}

/* As many as a document may hold, each of which has its responder looked up in all of them. The test's time-out is for the
 * case that this is done anew for each. */
static void
test_many_answers (Fixture *self, gconstpointer unused)
{
    PkiEntity responder = trust_new_responder (&self->pki->issuing, "p256", FALSE);
    const OcspSpec spec = {.status = V_OCSP_CERTSTATUS_GOOD};
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_CADES);
    g_autoptr (GBytes) content = g_bytes_new_static (PKI_CONTENT, strlen (PKI_CONTENT));
    g_autoptr (GBytes) answer =
        trust_ocsp_answer (&responder, self->pki->signer.certificate, self->pki->issuing.certificate, &spec);
    g_autoptr (GPtrArray) answers = g_ptr_array_new ();

    for (guint i = 0; i < 512; i++)
        g_ptr_array_add (answers, answer);
    self->context->ocsps = answers;
    g_autoptr (PenaSignatureReport) report = judge (self, cms, content);
    g_assert_true (report->revocation_checked);
    self->context->ocsps = NULL;
    pki_entity_clear (&responder);
}

/* ---- digests that are hidden in parameters ---- */

static void
sign_list_again (X509_CRL *list, EVP_PKEY *key, const EVP_MD *digest)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new ();
    EVP_PKEY_CTX *parameters = NULL;

    g_assert_cmpint (EVP_DigestSignInit (context, &parameters, digest, NULL, key), ==, 1);
    g_assert_cmpint (EVP_PKEY_CTX_set_rsa_padding (parameters, RSA_PKCS1_PSS_PADDING), ==, 1);
    g_assert_cmpint (X509_CRL_sign_ctx (list, context), >, 0);
    EVP_MD_CTX_free (context);
}

static void
test_weak_pss_list (Fixture *self, gconstpointer unused)
{
    const EVP_MD *const digests[] = {EVP_sha256 (), EVP_sha1 ()};
    g_autoptr (GBytes) original = pki_crl (&self->pki->issuing, NULL, -1, PKI_NOW, PKI_NOW + PKI_DAY);

    for (guint i = 0; i < G_N_ELEMENTS (digests); i++) {
        const guint8 *at = g_bytes_get_data (original, NULL);
        X509_CRL *list = d2i_X509_CRL (NULL, &at, (long)g_bytes_get_size (original));
        g_autoptr (GError) error = NULL;
        PenaRevocation revocation;
        guint8 *der = NULL;
        sign_list_again (list, self->pki->issuing.key, digests[i]);
        int length = i2d_X509_CRL (list, &der);
        g_autoptr (GBytes) made = g_bytes_new (der, (gsize)length);
        OPENSSL_free (der);
        X509_CRL_free (list);
        gboolean read = pena_crl_read (made, self->pki->signer.certificate, self->pki->issuing.certificate,
                                       &revocation, &error);
        g_assert_true (read == (i == 0));
        g_assert_true (read || strstr (error->message, "too weak") != NULL);
    }
}

#define TEST(path, key, function) g_test_add ("/ades/attack/" path, Fixture, key, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    TEST ("attributes-as-document", "p256", test_attributes_as_document);
    TEST ("stolen-responder", "p256", test_stolen_responder);
    TEST ("many-answers", "p256", test_many_answers);
    TEST ("weak-pss-list", "rsa", test_weak_pss_list);
    return g_test_run ();
}
