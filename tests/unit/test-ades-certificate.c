/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of reading and judging the signer's certificate
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "ades-pki.h"
#include "pena-certificate.h"
#include "pena-crl.h"
#include "pena-digest.h"

static void
test_info (void)
{
    g_autoptr (Pki) pki = pki_new ("p256");
    g_autoptr (GBytes) der = pki_der (pki->signer.certificate);
    g_autoptr (PenaCertificateInfo) info = pena_certificate_info_new (der, NULL);

    g_assert_cmpstr (info->common_name, ==, "Sari Wulandari, S.Sos., M.Si.");
    g_assert_cmpstr (info->nip, ==, PKI_NIP);
    g_assert_cmpstr (info->title, ==, "Kepala Dinas Kearsipan dan Perpustakaan");
    g_assert_cmpstr (info->unit, ==, "Dinas Kearsipan dan Perpustakaan");
    g_assert_cmpstr (info->organization, ==, "Pemerintah Kabupaten Tirta Kencana");
    g_assert_cmpstr (info->email, ==, "sari@tirtakencana.example");
    g_assert_cmpstr (info->issuer, ==, "CN=Issuing CA,O=Pemerintah Kabupaten Tirta Kencana,C=ID");
    g_assert_true (g_str_has_prefix (info->subject, "CN=Sari Wulandari\\, S.Sos.\\, M.Si.,"));
    g_assert_cmpstr (info->key, ==, "p256");
    g_assert_cmpint (info->not_before, ==, PKI_NOW - 100 * PKI_DAY);
    g_assert_cmpint (info->not_after, ==, PKI_NOW + 600 * PKI_DAY);
    g_assert_true (info->can_sign);
}

static void
test_info_shows_no_control_characters (void)
{
    static const PkiSpec spec = {.common_name = "Sari\n\x1b[2J\xe2\x80\xae"
                                                "x"};
    PkiEntity signer = pki_issue (NULL, "p256", &spec);
    g_autoptr (GBytes) der = pki_der (signer.certificate);
    g_autoptr (PenaCertificateInfo) info = pena_certificate_info_new (der, NULL);

    g_assert_cmpstr (info->common_name, ==, "Sari\xef\xbf\xbd\xef\xbf\xbd[2J\xef\xbf\xbdx");
    g_assert_null (strpbrk (info->subject, "\n\x1b"));
    pki_entity_clear (&signer);
}

static void
test_truncated_and_flipped_certificates (void)
{
    g_autoptr (Pki) pki = pki_new ("p256");
    g_autoptr (GBytes) der = pki_der (pki->signer.certificate);
    gsize size;
    g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (der, &size), g_bytes_get_size (der));

    for (gsize cut = 0; cut < size; cut++) {
        g_autoptr (GBytes) part = g_bytes_new (copy, cut);
        g_assert_null (pena_certificate_info_new (part, NULL));
    }
    for (gsize at = 0; at < size * 8; at++) {
        copy[at / 8] ^= (guint8)(1u << at % 8);
        g_autoptr (GBytes) flipped = g_bytes_new (copy, size);
        g_autoptr (PenaCertificateInfo) info = pena_certificate_info_new (flipped, NULL);
        g_assert_true (info == NULL || g_utf8_validate (info->subject, -1, NULL));
        copy[at / 8] ^= (guint8)(1u << at % 8);
    }
}

static void
assert_check (const PkiSpec *spec, const gchar *key_kind, gint64 now, gint code)
{
    PkiEntity signer = pki_issue (NULL, key_kind, spec);
    g_autoptr (GBytes) der = pki_der (signer.certificate);
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (pena_ades_check_signer (der, now, &error), ==, code < 0);
    if (code >= 0)
        g_assert_error (error, PENA_ERROR, code);
    pki_entity_clear (&signer);
}

static void
test_check_signer (void)
{
    static const PkiSpec usual = {0};
    static const PkiSpec digital = {.key_usage = "critical,digitalSignature"};
    static const PkiSpec mail = {.key_usage = "digitalSignature", .extended_key_usage = "emailProtection"};
    static const PkiSpec login = {.key_usage = "digitalSignature", .extended_key_usage = "clientAuth"};
    static const PkiSpec cipher = {.key_usage = "keyEncipherment"};

    assert_check (&usual, "p256", PKI_NOW, -1);
    assert_check (&digital, "p256", PKI_NOW, -1);
    assert_check (&mail, "p256", PKI_NOW, -1);
    assert_check (&login, "p256", PKI_NOW, PENA_ERROR_CERTIFICATE_USAGE);
    assert_check (&cipher, "p256", PKI_NOW, PENA_ERROR_CERTIFICATE_USAGE);
    assert_check (&usual, "p384", PKI_NOW, -1);
    assert_check (&usual, "p224", PKI_NOW, PENA_ERROR_KEY_UNSUPPORTED);
    assert_check (&usual, "p256", PKI_NOW - 101 * PKI_DAY, PENA_ERROR_CERTIFICATE_NOT_YET_VALID);
    assert_check (&usual, "p256", PKI_NOW + 601 * PKI_DAY, PENA_ERROR_CERTIFICATE_EXPIRED);
}

static gint
check_lists (GPtrArray *ders, X509 *certificate, gint64 now)
{
    g_autoptr (PenaCrls) crls = pena_crls_new (ders, certificate);
    g_autoptr (GError) error = NULL;

    if (pena_crls_check (crls, now, &error))
        return -1;
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_REVOKED);
    g_autoptr (GVariant) facts = pena_error_dup_facts (error);
    const gchar *revoked_at = NULL;
    g_assert_true (g_variant_lookup (facts, "revoked_at", "&s", &revoked_at));
    g_assert_cmpstr (revoked_at, ==, "2026-01-01T00:00:00Z");
    return PENA_ERROR_CERTIFICATE_REVOKED;
}

/* An old list still revokes, but does not hold. */
static void
test_revoked (void)
{
    enum { HOLD = 6, REVOKED = 1 };
    g_autoptr (Pki) pki = pki_new ("p256");
    X509 *signer = pki->signer.certificate;
    g_autoptr (GPtrArray) crls = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);

    g_ptr_array_add (crls, pki_crl (&pki->issuing, pki->issuing.certificate, -1, PKI_NOW, PKI_NOW + PKI_DAY));
    g_ptr_array_add (crls, pki_crl (&pki->root, signer, REVOKED, PKI_NOW, PKI_NOW + PKI_DAY));
    g_ptr_array_add (crls, g_bytes_new_static ("garbage", 7));
    g_assert_cmpint (check_lists (crls, signer, PKI_NOW), ==, -1);
    g_ptr_array_add (crls, pki_crl (&pki->issuing, signer, HOLD, PKI_NOW, PKI_NOW + PKI_DAY));
    g_assert_cmpint (check_lists (crls, signer, PKI_NOW), ==, PENA_ERROR_CERTIFICATE_REVOKED);
    g_assert_cmpint (check_lists (crls, signer, PKI_NOW + 2 * PKI_DAY), ==, -1);
    g_ptr_array_add (crls, pki_crl (&pki->issuing, signer, REVOKED, PKI_NOW, PKI_NOW + PKI_DAY));
    g_assert_cmpint (check_lists (crls, signer, PKI_NOW), ==, PENA_ERROR_CERTIFICATE_REVOKED);
    g_assert_cmpint (check_lists (crls, signer, PKI_NOW + 2 * PKI_DAY), ==, PENA_ERROR_CERTIFICATE_REVOKED);
}

static void
test_expiry_names_the_date (void)
{
    static const PkiSpec usual = {0};
    PkiEntity signer = pki_issue (NULL, "p256", &usual);
    g_autoptr (GBytes) der = pki_der (signer.certificate);
    g_autoptr (GError) error = NULL;

    g_assert_false (pena_ades_check_signer (der, PKI_NOW + 700 * PKI_DAY, &error));
    g_autofree gchar *text = pena_error_describe (error);
    g_assert_nonnull (strstr (text, "2027-08-24"));
    pki_entity_clear (&signer);
}

/* Read once, however often it comes, and whatever becomes of the octets that were given; other octets are another one. */
static void
test_read_once (void)
{
    PkiEntity signer = pki_issue (NULL, "p256", &(PkiSpec){.common_name = "Sari"});
    g_autoptr (GBytes) der = pena_certificate_encode (signer.certificate);
    g_autoptr (X509) first = pena_certificate_parse (der, NULL);
    gsize length;
    guint8 *data = g_bytes_unref_to_data (g_steal_pointer (&der), &length);
    g_autoptr (GBytes) same = g_bytes_new (data, length);
    g_autoptr (X509) again = pena_certificate_parse (same, NULL);

    g_assert_nonnull (first);
    g_assert_true (again == first);
    data[length - 1] ^= 1; /* of its signature */
    der = g_bytes_new_take (data, length);
    g_autoptr (X509) other = pena_certificate_parse (der, NULL);
    g_assert_nonnull (other);
    g_assert_true (other != first);
    pki_entity_clear (&signer);
}

static void
test_digest_goes_on (void)
{
    g_autoptr (PenaDigest) digest = pena_digest_new ("sha256", NULL);
    pena_digest_update (digest, "one ", 4);
    g_autoptr (PenaDigest) copy = pena_digest_copy (digest);
    g_autoptr (GBytes) early = pena_digest_get (digest);
    pena_digest_update (copy, "two", 3);
    g_autoptr (GBytes) late = pena_digest_get (copy);
    g_autoptr (GBytes) one = pki_sha256 ("one ", 4);
    g_autoptr (GBytes) both = pki_sha256 ("one two", 7);

    g_assert_true (g_bytes_equal (early, one));
    g_assert_true (g_bytes_equal (late, both));
    g_assert_null (pena_digest_new ("md4", NULL));
}

/* More pairs than are remembered, each asked about twice in a row and again when it may be forgotten; one name, so that the keys
 * alone tell them apart. */
static void
test_issued_by_remembered (void)
{
    static const PkiSpec spec = {
        .common_name = "Root", .key_usage = "critical,keyCertSign", .basic_constraints = "critical,CA:TRUE"};
    PkiEntity roots[40];

    for (guint i = 0; i < G_N_ELEMENTS (roots); i++)
        roots[i] = pki_issue (NULL, "p256", &spec);
    for (guint round = 0; round < 2; round++)
        for (guint i = 0; i < G_N_ELEMENTS (roots); i++) {
            X509 *own = roots[i].certificate, *other = roots[(i + 1) % G_N_ELEMENTS (roots)].certificate;
            for (guint again = 0; again < 2; again++) {
                g_assert_true (pena_certificate_issued_by (own, own));
                g_assert_true (pena_certificate_self_signed (own));
                g_assert_false (pena_certificate_issued_by (own, other));
                g_assert_false (pena_certificate_issued_by (other, own));
            }
        }
    for (guint i = 0; i < G_N_ELEMENTS (roots); i++)
        pki_entity_clear (&roots[i]);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/ades/certificate/info", test_info);
    g_test_add_func ("/ades/certificate/control-characters", test_info_shows_no_control_characters);
    g_test_add_func ("/ades/certificate/hostile", test_truncated_and_flipped_certificates);
    g_test_add_func ("/ades/certificate/check-signer", test_check_signer);
    g_test_add_func ("/ades/certificate/revoked", test_revoked);
    g_test_add_func ("/ades/certificate/check-signer/date", test_expiry_names_the_date);
    g_test_add_func ("/ades/certificate/read-once", test_read_once);
    g_test_add_func ("/ades/digest/goes-on", test_digest_goes_on);
    g_test_add_func ("/ades/certificate/issued-by/remembered", test_issued_by_remembered);
    return g_test_run ();
}
