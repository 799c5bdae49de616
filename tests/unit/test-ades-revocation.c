/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of OCSP and of single revocation lists, true and false answers
 * Copyright (C) 2026 the Pena authors */
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <pena/pena-error.h>
#include <string.h>

#include "ades-trust.h"
#include "pena-certificate.h"
#include "pena-ocsp.h"

typedef struct {
    Pki *pki;
    PkiEntity responder;
} Fixture;

static void
set_up (Fixture *self, gconstpointer key_kind)
{
    self->pki = pki_new (key_kind);
    self->responder = trust_new_responder (&self->pki->issuing, key_kind, TRUE);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
    pki_free (self->pki);
    pki_entity_clear (&self->responder);
}

static PenaOcspAnswer *
ask (Fixture *self, const PkiEntity *signer, const OcspSpec *spec, GError **error)
{
    X509 *certificate = self->pki->signer.certificate, *issuer = self->pki->issuing.certificate;
    g_autoptr (GBytes) answer = trust_ocsp_answer (signer, certificate, issuer, spec);
    return pena_ocsp_answer_read (answer, certificate, issuer, error);
}

static void
assert_refused (Fixture *self, const PkiEntity *signer, const OcspSpec *spec, PenaErrorCode code,
                const gchar *reason)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaOcspAnswer) answer = ask (self, signer, spec, &error);

    g_assert_null (answer);
    g_assert_error (error, PENA_ERROR, (gint)code);
    g_assert_nonnull (strstr (error->message, reason));
}

static void
test_request (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) nonce = g_bytes_new_static ("0123456789abcdef", 16);
    g_autoptr (GBytes) der =
        pena_ocsp_request_new (self->pki->signer.certificate, self->pki->issuing.certificate, nonce, NULL);
    g_autoptr (GBytes) plain =
        pena_ocsp_request_new (self->pki->signer.certificate, self->pki->issuing.certificate, NULL, NULL);
    gsize length;
    const guint8 *at = g_bytes_get_data (der, &length);
    OCSP_REQUEST *request = d2i_OCSP_REQUEST (NULL, &at, (long)length);
    OCSP_CERTID *wanted =
        OCSP_cert_to_id (EVP_sha1 (), self->pki->signer.certificate, self->pki->issuing.certificate);

    g_assert_cmpint (OCSP_request_onereq_count (request), ==, 1);
    g_assert_cmpint (OCSP_id_cmp (wanted, OCSP_onereq_get0_id (OCSP_request_onereq_get0 (request, 0))), ==,
                     0);
    g_assert_cmpint (OCSP_REQUEST_get_ext_by_NID (request, NID_id_pkix_OCSP_Nonce, -1), >=, 0);
    g_assert_cmpuint (g_bytes_get_size (plain), <, length);
    OCSP_CERTID_free (wanted);
    OCSP_REQUEST_free (request);
}

static void
test_good (Fixture *self, gconstpointer unused)
{
    const OcspSpec spec = {.status = V_OCSP_CERTSTATUS_GOOD};
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaOcspAnswer) answer = ask (self, &self->responder, &spec, &error);
    g_assert_no_error (error);
    const PenaRevocation *revocation = pena_ocsp_answer_get_revocation (answer);

    g_assert_cmpint (revocation->state, ==, PENA_REVOCATION_GOOD);
    g_assert_cmpint (revocation->this_update, ==, PKI_NOW);
    g_assert_cmpint (revocation->next_update, ==, PKI_NOW + PKI_DAY);
    g_assert_cmpint (pena_ocsp_answer_get_produced_at (answer), ==, PKI_NOW);
    g_assert_true (
        pena_certificate_equal (pena_ocsp_answer_get_responder (answer), self->responder.certificate));
    g_assert_false (pena_ocsp_answer_needs_responder_check (answer));
    g_assert_true (pena_ocsp_answer_check_current (answer, PKI_NOW + 60, NULL));
}

static void
test_issuer_answers (Fixture *self, gconstpointer unused)
{
    const OcspSpec spec = {.status = V_OCSP_CERTSTATUS_GOOD, .no_certificate = TRUE};
    g_autoptr (PenaOcspAnswer) answer = ask (self, &self->pki->issuing, &spec, NULL);

    g_assert_nonnull (answer);
    g_assert_null (pena_ocsp_answer_get_responder (answer));
    g_assert_false (pena_ocsp_answer_needs_responder_check (answer));
}

static void
test_states (Fixture *self, gconstpointer unused)
{
    const OcspSpec revoked = {.status = V_OCSP_CERTSTATUS_REVOKED,
                              .reason = OCSP_REVOKED_STATUS_KEYCOMPROMISE},
                   hold = {.status = V_OCSP_CERTSTATUS_REVOKED,
                           .reason = OCSP_REVOKED_STATUS_CERTIFICATEHOLD},
                   unknown = {.status = V_OCSP_CERTSTATUS_UNKNOWN};
    g_autoptr (PenaOcspAnswer) first = ask (self, &self->responder, &revoked, NULL);
    g_autoptr (PenaOcspAnswer) second = ask (self, &self->responder, &hold, NULL);
    g_autoptr (PenaOcspAnswer) third = ask (self, &self->responder, &unknown, NULL);

    g_assert_cmpint (pena_ocsp_answer_get_revocation (first)->state, ==, PENA_REVOCATION_REVOKED);
    g_assert_cmpint (pena_ocsp_answer_get_revocation (first)->reason, ==, OCSP_REVOKED_STATUS_KEYCOMPROMISE);
    g_assert_cmpint (pena_ocsp_answer_get_revocation (first)->since, ==, PKI_NOW - PKI_DAY);
    g_assert_cmpint (pena_ocsp_answer_get_revocation (second)->state, ==, PENA_REVOCATION_ON_HOLD);
    g_assert_cmpint (pena_ocsp_answer_get_revocation (third)->state, ==, PENA_REVOCATION_UNKNOWN);
}

static void
test_wrong_responders (Fixture *self, gconstpointer unused)
{
    static const PkiSpec no_purpose = {.common_name = "Anyone", .key_usage = "critical,digitalSignature"};
    const OcspSpec good = {.status = V_OCSP_CERTSTATUS_GOOD},
                   bare = {.status = V_OCSP_CERTSTATUS_GOOD, .no_certificate = TRUE};
    PkiEntity plain = pki_issue (&self->pki->issuing, "p256", &no_purpose);
    /* a true responder, of another authority */
    PkiEntity other = trust_new_responder (&self->pki->root, "p256", TRUE);

    assert_refused (self, &plain, &good, PENA_ERROR_OCSP_ANSWER_INVALID, "Anyone may not answer");
    assert_refused (self, &other, &good, PENA_ERROR_OCSP_ANSWER_INVALID, "may not answer");
    assert_refused (self, &self->pki->root, &good, PENA_ERROR_OCSP_ANSWER_INVALID, "may not answer");
    assert_refused (self, &self->responder, &bare, PENA_ERROR_OCSP_ANSWER_INVALID, "is not in it");
    pki_entity_clear (&plain);
    pki_entity_clear (&other);
}

static void
test_lies (Fixture *self, gconstpointer unused)
{
    PkiEntity neighbour = pki_issue (&self->pki->issuing, "p256", &(PkiSpec){.common_name = "Neighbour"});
    const OcspSpec other = {.about = neighbour.certificate}, damaged = {.damaged = TRUE},
                   critical = {.critical_extension = TRUE}, weak = {.digest = EVP_sha1 ()},
                   early = {.produced_at = PKI_NOW - 200 * PKI_DAY};

    assert_refused (self, &self->responder, &other, PENA_ERROR_OCSP_ANSWER_INVALID, "says nothing");
    assert_refused (self, &self->responder, &damaged, PENA_ERROR_OCSP_ANSWER_INVALID, "signature is wrong");
    assert_refused (self, &self->responder, &critical, PENA_ERROR_OCSP_ANSWER_INVALID, "not an OCSP answer");
    assert_refused (self, &self->responder, &weak, PENA_ERROR_OCSP_ANSWER_INVALID, "too weak");
    assert_refused (self, &self->responder, &early, PENA_ERROR_OCSP_ANSWER_INVALID, "not valid then");
    pki_entity_clear (&neighbour);
}

static void
test_refusals (Fixture *self, gconstpointer unused)
{
    const OcspSpec later = {.response_status = OCSP_RESPONSE_STATUS_TRYLATER},
                   stranger = {.response_status = OCSP_RESPONSE_STATUS_UNAUTHORIZED};

    assert_refused (self, &self->responder, &later, PENA_ERROR_OCSP_REFUSED, "tryLater");
    assert_refused (self, &self->responder, &stranger, PENA_ERROR_OCSP_REFUSED, "unauthorized");
}

static void
test_times (Fixture *self, gconstpointer unused)
{
    const OcspSpec day = {0}, open = {.next_update = -1}, future = {.this_update = PKI_NOW + PKI_DAY};
    g_autoptr (PenaOcspAnswer) with_end = ask (self, &self->responder, &day, NULL);
    g_autoptr (PenaOcspAnswer) without_end = ask (self, &self->responder, &open, NULL);
    g_autoptr (PenaOcspAnswer) early = ask (self, &self->responder, &future, NULL);
    g_autoptr (GError) error = NULL;

    g_assert_true (pena_ocsp_answer_check_current (with_end, PKI_NOW + PKI_DAY, NULL));
    g_assert_false (pena_ocsp_answer_check_current (with_end, PKI_NOW + PKI_DAY + 301, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_OCSP_ANSWER_INVALID);
    g_assert_true (pena_ocsp_answer_check_current (without_end, PKI_NOW + PKI_DAY, NULL));
    g_assert_false (pena_ocsp_answer_check_current (without_end, PKI_NOW + PKI_DAY + 301, NULL));
    g_assert_false (pena_ocsp_answer_check_current (early, PKI_NOW, NULL));
}

static void
test_nonces (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) nonce = g_bytes_new_static ("0123456789abcdef", 16);
    g_autoptr (GBytes) other = g_bytes_new_static ("0123456789abcdeX", 16);
    const OcspSpec with = {.nonce = nonce}, without = {0};
    g_autoptr (PenaOcspAnswer) repeated = ask (self, &self->responder, &with, NULL);
    g_autoptr (PenaOcspAnswer) prepared = ask (self, &self->responder, &without, NULL);

    g_assert_true (pena_ocsp_answer_check_nonce (repeated, nonce, NULL));
    g_assert_false (pena_ocsp_answer_check_nonce (repeated, other, NULL));
    g_assert_true (pena_ocsp_answer_check_nonce (prepared, nonce, NULL));
}

static void
test_needs_check (Fixture *self, gconstpointer unused)
{
    const OcspSpec spec = {0};
    PkiEntity responder = trust_new_responder (&self->pki->issuing, "p256", FALSE);
    g_autoptr (PenaOcspAnswer) answer = ask (self, &responder, &spec, NULL);

    g_assert_true (pena_ocsp_answer_needs_responder_check (answer));
    pki_entity_clear (&responder);
}

static void
test_hostile (Fixture *self, gconstpointer unused)
{
    const OcspSpec spec = {0};
    X509 *certificate = self->pki->signer.certificate, *issuer = self->pki->issuing.certificate;
    g_autoptr (GBytes) answer = trust_ocsp_answer (&self->responder, certificate, issuer, &spec);
    gsize size = g_bytes_get_size (answer);
    g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (answer, NULL), size);

    for (gsize cut = 0; cut < size; cut++) {
        g_autoptr (GBytes) part = g_bytes_new (copy, cut);
        g_assert_null (pena_ocsp_answer_read (part, certificate, issuer, NULL));
    }
    for (gsize at = 0; at < size; at++) {
        copy[at] ^= (guint8)(1u << at % 8);
        g_autoptr (GBytes) flipped = g_bytes_new (copy, size);
        g_autoptr (PenaOcspAnswer) read = pena_ocsp_answer_read (flipped, certificate, issuer, NULL);
        g_assert_true (read == NULL || pena_ocsp_answer_get_revocation (read)->state == PENA_REVOCATION_GOOD);
        copy[at] ^= (guint8)(1u << at % 8);
    }
}

static void
assert_crl (Fixture *self, GBytes *list, PenaRevocationState state, const gchar *reason)
{
    PenaRevocation revocation = {.state = PENA_REVOCATION_UNKNOWN};
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (pena_crl_read (list, self->pki->signer.certificate, self->pki->issuing.certificate,
                                    &revocation, &error),
                     ==, reason == NULL);
    g_assert_cmpint (revocation.state, ==, state);
    if (reason != NULL) {
        g_assert_error (error, PENA_ERROR, PENA_ERROR_CRL_INVALID);
        g_assert_nonnull (strstr (error->message, reason));
    }
}

/* A list with one more extension, signed again. */
static GBytes *
list_with (Fixture *self, int nid, const gchar *value)
{
    g_autoptr (GBytes) der = pki_crl (&self->pki->issuing, NULL, -1, PKI_NOW, PKI_NOW + PKI_DAY);
    gsize length;
    const guint8 *at = g_bytes_get_data (der, &length);
    X509_CRL *list = d2i_X509_CRL (NULL, &at, (long)length);
    X509V3_CTX context;
    guint8 *made = NULL;

    X509V3_set_ctx (&context, self->pki->issuing.certificate, NULL, NULL, list, 0);
    X509V3_set_ctx_nodb (&context);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
    g_assert_nonnull (extension);
    X509_CRL_add_ext (list, extension, -1);
    X509_EXTENSION_free (extension);
    X509_CRL_sign (list, self->pki->issuing.key, EVP_sha256 ());
    int size = i2d_X509_CRL (list, &made);
    X509_CRL_free (list);
    return pena_take_der (made, size);
}

static void
test_lists (Fixture *self, gconstpointer unused)
{
    const Pki *pki = self->pki;
    g_autoptr (GBytes) empty = pki_crl (&pki->issuing, NULL, -1, PKI_NOW, PKI_NOW + PKI_DAY);
    g_autoptr (GBytes) named =
        pki_crl (&pki->issuing, pki->signer.certificate, 1, PKI_NOW, PKI_NOW + PKI_DAY);
    g_autoptr (GBytes) hold = pki_crl (&pki->issuing, pki->signer.certificate, 6, PKI_NOW, PKI_NOW + PKI_DAY);
    PenaRevocation revocation;

    assert_crl (self, empty, PENA_REVOCATION_GOOD, NULL);
    assert_crl (self, named, PENA_REVOCATION_REVOKED, NULL);
    assert_crl (self, hold, PENA_REVOCATION_ON_HOLD, NULL);
    g_assert_true (
        pena_crl_read (empty, pki->signer.certificate, pki->issuing.certificate, &revocation, NULL));
    g_assert_true (pena_revocation_is_current (&revocation, PKI_NOW));
    g_assert_false (pena_revocation_is_current (&revocation, PKI_NOW + 2 * PKI_DAY));
    g_assert_false (pena_revocation_is_current (&revocation, PKI_NOW - PKI_DAY));
}

static void
test_wrong_lists (Fixture *self, gconstpointer unused)
{
    const Pki *pki = self->pki;
    PkiEntity forger = pki_issue (&pki->root, "p256",
                                  &(PkiSpec){.common_name = "Issuing CA",
                                             .key_usage = "critical,keyCertSign,cRLSign",
                                             .basic_constraints = "critical,CA:TRUE"});
    g_autoptr (GBytes) other = pki_crl (&pki->root, NULL, -1, PKI_NOW, PKI_NOW + PKI_DAY);
    g_autoptr (GBytes) forged = pki_crl (&forger, NULL, -1, PKI_NOW, PKI_NOW + PKI_DAY);
    g_autoptr (GBytes) garbage = g_bytes_new_static ("garbage", 7);
    g_autoptr (GBytes) delta = list_with (self, NID_delta_crl, "critical,DER:02:01:05");
    g_autoptr (GBytes) comment = list_with (self, NID_netscape_comment, "critical,x");

    assert_crl (self, other, PENA_REVOCATION_UNKNOWN, "another authority");
    assert_crl (self, forged, PENA_REVOCATION_UNKNOWN, "not that of the authority");
    assert_crl (self, garbage, PENA_REVOCATION_UNKNOWN, "not a revocation list");
    assert_crl (self, delta, PENA_REVOCATION_UNKNOWN, "delta");
    assert_crl (self, comment, PENA_REVOCATION_UNKNOWN, "other certificates");
    pki_entity_clear (&forger);
}

static void
test_addresses (Fixture *self, gconstpointer unused)
{
    PkiEntity made = pki_issue (&self->pki->issuing, "p256", &(PkiSpec){.common_name = "Addresses"});
    X509_EXTENSION *access = X509V3_EXT_conf_nid (
        NULL, NULL, NID_info_access,
        "caIssuers;URI:http://a.example/ca.cer,caIssuers;URI:ldap://a.example/x,OCSP;URI:HTTPS://o.example,"
        "OCSP;URI:file:///etc/passwd,OCSP;URI:http://1,OCSP;URI:http://2,OCSP;URI:http://3,OCSP;URI:http://"
        "4");
    X509_EXTENSION *points = X509V3_EXT_conf_nid (NULL, NULL, NID_crl_distribution_points,
                                                  "URI:http://c.example/a b,URI:http://c.example/l");
    X509_add_ext (made.certificate, access, -1);
    X509_add_ext (made.certificate, points, -1);
    g_auto (GStrv) issuers = pena_certificate_dup_issuer_urls (made.certificate);
    g_auto (GStrv) responders = pena_certificate_dup_ocsp_urls (made.certificate);
    g_auto (GStrv) lists = pena_certificate_dup_crl_urls (made.certificate);
    g_auto (GStrv) none = pena_certificate_dup_crl_urls (self->pki->signer.certificate);

    g_assert_true (g_strv_equal ((const gchar *const *)issuers,
                                 (const gchar *const[]){"http://a.example/ca.cer", NULL}));
    g_assert_cmpuint (g_strv_length (responders), ==, 4);
    g_assert_cmpstr (responders[0], ==, "HTTPS://o.example");
    g_assert_true (
        g_strv_equal ((const gchar *const *)lists, (const gchar *const[]){"http://c.example/l", NULL}));
    g_assert_cmpuint (g_strv_length (none), ==, 0);
    X509_EXTENSION_free (access);
    X509_EXTENSION_free (points);
    pki_entity_clear (&made);
}

int
main (int argc, char **argv)
{
    static const struct {
        const gchar *path;
        void (*run) (Fixture *self, gconstpointer key_kind);
    } tests[] = {
        {"ocsp/request", test_request},
        {"ocsp/good", test_good},
        {"ocsp/issuer", test_issuer_answers},
        {"ocsp/states", test_states},
        {"ocsp/responders", test_wrong_responders},
        {"ocsp/lies", test_lies},
        {"ocsp/refusals", test_refusals},
        {"ocsp/times", test_times},
        {"ocsp/nonces", test_nonces},
        {"ocsp/needs-check", test_needs_check},
        {"ocsp/hostile", test_hostile},
        {"crl/states", test_lists},
        {"crl/wrong", test_wrong_lists},
        {"addresses", test_addresses},
    };

    g_test_init (&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree gchar *path = g_strdup_printf ("/ades/revocation/%s", tests[i].path);
        g_test_add (path, Fixture, "p256", set_up, tests[i].run, tear_down);
    }
    g_test_add ("/ades/revocation/ocsp/good-rsa", Fixture, "rsa2048", set_up, test_good, tear_down);
    return g_test_run ();
}
