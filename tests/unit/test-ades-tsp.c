/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of time-stamp queries and answers, true and false ones
 * Copyright (C) 2026 the Pena authors */
#include <openssl/ts.h>
#include <pena/pena-error.h>
#include <string.h>

#include "ades-trust.h"
#include "pena-certificate.h"
#include "pena-tsp.h"

typedef struct {
    Pki *pki;
    PkiEntity tsa;
    GBytes *imprint;
    PenaTimeStampQuery *query;
} Fixture;

static void
set_up (Fixture *self, gconstpointer key_kind)
{
    self->pki = pki_new ("p256");
    self->tsa = trust_new_tsa (&self->pki->root, key_kind);
    self->imprint = pki_sha256 ("signature", 9);
    self->query = pena_time_stamp_query_new ("sha256", self->imprint, NULL, NULL);
    g_assert_nonnull (self->query);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
    pki_free (self->pki);
    pki_entity_clear (&self->tsa);
    g_bytes_unref (self->imprint);
    pena_time_stamp_query_free (self->query);
}

static PenaTimeStamp *
ask (Fixture *self, const TsaSpec *spec, GError **error)
{
    g_autoptr (GBytes) answer =
        trust_tsa_answer (&self->tsa, pena_time_stamp_query_get_der (self->query), spec);
    return pena_time_stamp_answer_read (answer, self->query, PKI_NOW, PENA_TIME_STAMP_CLOCK_DIFFERENCE,
                                        error);
}

static void
test_query (Fixture *self, gconstpointer unused)
{
    gsize length;
    const guint8 *at = g_bytes_get_data (pena_time_stamp_query_get_der (self->query), &length);
    g_autoptr (PenaTimeStampQuery) other = pena_time_stamp_query_new ("sha256", self->imprint, "1.2.3", NULL);
    TS_REQ *request = d2i_TS_REQ (NULL, &at, (long)length);

    g_assert_nonnull (request);
    g_assert_cmpint (TS_REQ_get_version (request), ==, 1);
    g_assert_cmpint (TS_REQ_get_cert_req (request), ==, 1);
    g_assert_null (TS_REQ_get_policy_id (request));
    g_assert_cmpint (ASN1_STRING_length (TS_REQ_get_nonce (request)), >=, 8);
    TS_REQ_free (request);
    /* another nonce, and a policy */
    g_assert_false (
        g_bytes_equal (pena_time_stamp_query_get_der (other), pena_time_stamp_query_get_der (self->query)));
}

static void
test_query_refuses (Fixture *self, gconstpointer unused)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (pena_time_stamp_query_new ("sha384", self->imprint, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_INTERNAL);
    g_clear_error (&error);
    g_assert_null (pena_time_stamp_query_new ("sha256", self->imprint, "not.an.oid", &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CONFIG_INVALID);
}

static void
test_good (Fixture *self, gconstpointer unused)
{
    const TsaSpec spec = {.time = PKI_NOW + 2, .issuer = &self->pki->root};
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaTimeStamp) stamp = ask (self, &spec, &error);
    g_assert_no_error (error);
    g_autofree gchar *serial = pena_time_stamp_dup_serial (stamp);
    g_autofree gchar *policy = pena_time_stamp_dup_policy (stamp);
    g_autoptr (GPtrArray) certificates = pena_time_stamp_dup_certificates (stamp);
    g_autoptr (GPtrArray) crls = pena_time_stamp_dup_crls (stamp);
    g_autoptr (GBytes) tsa = pki_der (self->tsa.certificate);

    g_assert_cmpint (pena_time_stamp_get_time (stamp), ==, PKI_NOW + 2);
    g_assert_cmpint (pena_time_stamp_get_accuracy (stamp), ==, 0xABCD * (gint64)G_USEC_PER_SEC);
    g_assert_cmpstr (serial, ==, "abcd");
    g_assert_cmpstr (policy, ==, "1.2.3.4.1");
    g_assert_true (pena_certificate_equal (pena_time_stamp_get_signer (stamp), self->tsa.certificate));
    g_assert_cmpuint (certificates->len, ==, 2);
    g_assert_true (g_bytes_equal (g_ptr_array_index (certificates, 0), tsa));
    g_assert_cmpuint (crls->len, ==, 0);
    /* the same token as it stands in a signature */
    g_autoptr (PenaTimeStamp) again = pena_time_stamp_parse (pena_time_stamp_get_der (stamp), NULL, &error);
    g_assert_no_error (error);
    g_assert_true (pena_time_stamp_is_over (again, self->imprint));
}

static void
test_granted_with_mods (Fixture *self, gconstpointer unused)
{
    const TsaSpec spec = {.status = 1};
    g_autoptr (PenaTimeStamp) stamp = ask (self, &spec, NULL);
    g_assert_nonnull (stamp);
}

static void
assert_refused (Fixture *self, const TsaSpec *spec, PenaErrorCode code, const gchar *reason)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaTimeStamp) stamp = ask (self, spec, &error);

    g_assert_null (stamp);
    g_assert_error (error, PENA_ERROR, (gint)code);
    g_assert_nonnull (strstr (error->message, reason));
}

static void
test_lies (Fixture *self, gconstpointer unused)
{
    static const struct {
        TsaSpec spec;
        const gchar *reason;
    } lies[] = {
        {{.other_imprint = TRUE}, "other data"},
        {{.other_nonce = TRUE}, "random number"},
        {{.no_nonce = TRUE}, "random number"},
        {{.time = PKI_NOW - 3600}, "2025-12-31T23:00:00Z"},
        {{.time = PKI_NOW + 3600}, "2026-01-01T01:00:00Z"},
        {{.no_binding = TRUE}, "bound"},
        {{.no_certificate = TRUE}, "is not in it"},
        {{.critical_extension = TRUE}, "critical"},
        {{.other_type = TRUE}, "not a time-stamp"},
        {{.damaged = TRUE}, "signature is wrong"},
    };

    for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
        assert_refused (self, &lies[i].spec, PENA_ERROR_TSA_ANSWER_INVALID, lies[i].reason);
}

static void
test_weak_digest (Fixture *self, gconstpointer unused)
{
    const TsaSpec spec = {.digest = EVP_sha1 ()};
    assert_refused (self, &spec, PENA_ERROR_TSA_ANSWER_INVALID, "too weak");
}

static void
test_other_policy (Fixture *self, gconstpointer unused)
{
    pena_time_stamp_query_free (self->query);
    self->query = pena_time_stamp_query_new ("sha256", self->imprint, "1.2.3.4.9", NULL);
    const TsaSpec other = {.policy = "1.2.3.4.1"}, right = {.policy = "1.2.3.4.9"};
    g_autoptr (PenaTimeStamp) stamp = ask (self, &right, NULL);

    g_assert_nonnull (stamp);
    assert_refused (self, &other, PENA_ERROR_TSA_ANSWER_INVALID, "policy");
}

static void
test_refusals (Fixture *self, gconstpointer unused)
{
    const TsaSpec policy = {.status = 2, .failure = 15},
                  words = {.status = 2, .failure = 25, .text = "off\x1b[2J"},
                  sentence = {.status = 2, .failure = 25, .text = "Out of order."}, bare = {.status = 5};
    g_autoptr (GError) error = NULL;

    assert_refused (self, &policy, PENA_ERROR_TSA_REFUSED, "unacceptedPolicy");
    /* a terminal must not obey a stranger */
    assert_refused (self, &words, PENA_ERROR_TSA_REFUSED, "systemFailure: off\xef\xbf\xbd[2J");
    assert_refused (self, &bare, PENA_ERROR_TSA_REFUSED, "status 5");
    g_assert_null (ask (self, &sentence, &error));
    g_assert_cmpstr (error->message, ==, "refused: systemFailure: Out of order");
}

static void
test_wrong_certificates (Fixture *self, gconstpointer unused)
{
    static const PkiSpec plain = {.common_name = "No TSA", .key_usage = "critical,digitalSignature"};
    static const PkiSpec weak = {.key_usage = "critical,digitalSignature",
                                 .extended_key_usage = "timeStamping"};
    static const PkiSpec both = {.key_usage = "critical,digitalSignature",
                                 .extended_key_usage = "critical,timeStamping,clientAuth"};
    static const PkiSpec old = {.key_usage = "critical,digitalSignature",
                                .extended_key_usage = "critical,timeStamping",
                                .not_after = PKI_NOW - PKI_DAY};
    static const struct {
        const PkiSpec *spec;
        const gchar *reason;
    } wrong[] = {{&plain, "No TSA"}, {&weak, "not one for"}, {&both, "not one for"}, {&old, "not valid"}};
    const TsaSpec spec = {0};

    for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
        pki_entity_clear (&self->tsa);
        self->tsa = pki_issue (&self->pki->root, "p256", wrong[i].spec);
        assert_refused (self, &spec, PENA_ERROR_TSA_ANSWER_INVALID, wrong[i].reason);
    }
}

/* No byte of an answer can be changed without being noticed: all of it is status, or checked by the signature. The
 * certificates are bound by their hash, so a change there is noticed as well. */
static void
test_flipped_and_cut (Fixture *self, gconstpointer unused)
{
    const TsaSpec spec = {0};
    g_autoptr (GBytes) answer =
        trust_tsa_answer (&self->tsa, pena_time_stamp_query_get_der (self->query), &spec);
    gsize size = g_bytes_get_size (answer);
    g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (answer, NULL), size);

    for (gsize at = 0; at < size; at++) {
        copy[at] ^= (guint8)(1u << at % 8);
        g_autoptr (GBytes) flipped = g_bytes_new (copy, size);
        g_autoptr (PenaTimeStamp) stamp = pena_time_stamp_answer_read (
            flipped, self->query, PKI_NOW, PENA_TIME_STAMP_CLOCK_DIFFERENCE, NULL);
        copy[at] ^= (guint8)(1u << at % 8);
        /* granted and grantedWithMods differ by one bit */
        if (stamp != NULL)
            g_assert_cmpuint (at, <, 10);
    }
    for (gsize cut = 0; cut < size; cut++) {
        g_autoptr (GBytes) part = g_bytes_new (copy, cut);
        g_assert_null (
            pena_time_stamp_answer_read (part, self->query, PKI_NOW, PENA_TIME_STAMP_CLOCK_DIFFERENCE, NULL));
    }
}

static void
test_certificate_from_outside (Fixture *self, gconstpointer unused)
{
    const TsaSpec spec = {.no_certificate = TRUE};
    g_autoptr (GBytes) token =
        trust_tsa_token (&self->tsa, pena_time_stamp_query_get_der (self->query), &spec);
    g_autoptr (GPtrArray) others = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    g_autoptr (GError) error = NULL;

    g_assert_null (pena_time_stamp_parse (token, NULL, NULL));
    g_ptr_array_add (others, pki_der (self->tsa.certificate));
    g_autoptr (PenaTimeStamp) stamp = pena_time_stamp_parse (token, others, &error);
    g_assert_no_error (error);
    g_assert_true (pena_time_stamp_is_strong (stamp) && pena_time_stamp_is_strict (stamp));
}

int
main (int argc, char **argv)
{
    static const struct {
        const gchar *path;
        void (*run) (Fixture *self, gconstpointer key_kind);
    } tests[] = {
        {"query", test_query},
        {"query/refuses", test_query_refuses},
        {"answer/good", test_good},
        {"answer/granted-with-mods", test_granted_with_mods},
        {"answer/lies", test_lies},
        {"answer/weak", test_weak_digest},
        {"answer/policy", test_other_policy},
        {"answer/refusals", test_refusals},
        {"answer/certificates", test_wrong_certificates},
        {"answer/flipped", test_flipped_and_cut},
        {"token/certificate-from-outside", test_certificate_from_outside},
    };

    g_test_init (&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree gchar *p256 = g_strdup_printf ("/ades/tsp/%s", tests[i].path);
        g_test_add (p256, Fixture, "p256", set_up, tests[i].run, tear_down);
    }
    g_test_add ("/ades/tsp/answer/good-rsa", Fixture, "rsa2048", set_up, test_good, tear_down);
    return g_test_run ();
}
