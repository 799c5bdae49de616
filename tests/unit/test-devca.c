/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the development CA
 * Copyright (C) 2026 the Pena authors */
#include "devca-certificate.h"
#include "devca-crl.h"

#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>

DEVCA_OPENSSL_AUTOPTR (ASN1_ENUMERATED)

typedef struct {
    gchar *dir;
    gchar *ca;  /* below dir */
    gchar *csr; /* below dir */
    DevcaFamily *family;
    const DevcaAuthority *issuing; /* of family */
} Fixture;

static void
set_up (Fixture *self, gconstpointer unused)
{
    self->dir = g_dir_make_tmp ("devca-XXXXXX", NULL);
    self->ca = g_build_filename (self->dir, "ca", NULL);
    self->csr = g_build_filename (self->dir, "request.csr", NULL);
    self->family = devca_family_new ("p256", NULL, NULL);
    self->issuing = self->family->of[DEVCA_ISSUING];
    g_assert_true (devca_store_create (self->ca, self->family, NULL, NULL));
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
    const gchar *const paths[] = {self->ca, self->dir};

    for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
        g_autoptr (GDir) dir = g_dir_open (paths[i], 0, NULL);
        const gchar *name;
        while ((name = g_dir_read_name (dir)) != NULL) {
            g_autofree gchar *file = g_build_filename (paths[i], name, NULL);
            g_unlink (file);
        }
        g_rmdir (paths[i]);
    }
    devca_family_free (self->family);
    g_free (self->dir);
    g_free (self->ca);
    g_free (self->csr);
}

/* A request with the key; its signature is that of the key `signer`. */
static X509_REQ *
build_request (EVP_PKEY *key, EVP_PKEY *signer, const gchar *common_name)
{
    X509_REQ *request = X509_REQ_new ();
    X509_NAME *name = X509_REQ_get_subject_name (request);

    X509_NAME_add_entry_by_txt (name, "C", MBSTRING_UTF8, (const guchar *)"ID", -1, -1, 0);
    if (common_name != NULL)
        X509_NAME_add_entry_by_NID (name, NID_commonName, MBSTRING_UTF8, (guchar *)common_name, -1, -1, 0);
    X509_REQ_set_pubkey (request, key);
    g_assert_cmpint (X509_REQ_sign (request, signer, EVP_sha256 ()), >, 0);
    return request;
}

static X509_REQ *
save_and_load (Fixture *self, X509_REQ *request, GError **error)
{
    g_autoptr (BIO) bio = BIO_new_file (self->csr, "w");

    g_assert_true (PEM_write_bio_X509_REQ (bio, request));
    BIO_flush (bio);
    return devca_request_load (self->csr, error);
}

static X509 *
issue (Fixture *self, const gchar *kind, const DevcaTerms *terms)
{
    g_autoptr (EVP_PKEY) key = g_str_equal (kind, "EC") ? EVP_PKEY_Q_keygen (NULL, NULL, "EC", "P-256")
                                                        : EVP_PKEY_Q_keygen (NULL, NULL, "RSA", (size_t)2048);
    g_autoptr (X509_REQ) request = build_request (key, key, "Sari Wulandari, S.Sos., M.Si.");
    g_autoptr (X509_REQ) loaded = save_and_load (self, request, NULL);
    g_assert_nonnull (loaded);
    X509 *certificate = devca_certificate_issue (self->issuing, loaded, terms, NULL);
    g_assert_nonnull (certificate);
    return certificate;
}

static void
test_folder_is_private (Fixture *self, gconstpointer unused)
{
    const gchar *const secret[] = {"root.key", "issuing.key", "index.txt"};
    GStatBuf info;

    g_assert_cmpint (g_stat (self->ca, &info), ==, 0);
    g_assert_cmpint (info.st_mode & 0777, ==, 0700);
    for (guint i = 0; i < G_N_ELEMENTS (secret); i++) {
        g_autofree gchar *path = g_build_filename (self->ca, secret[i], NULL);
        g_assert_cmpint (g_stat (path, &info), ==, 0);
        g_assert_cmpint (info.st_mode & 0777, ==, 0600);
    }
}

static void
test_existing_ca_stays (Fixture *self, gconstpointer unused)
{
    g_autoptr (GError) error = NULL;
    g_autofree gchar *path = g_build_filename (self->ca, "root.pem", NULL);
    g_autofree gchar *before = NULL, *after = NULL;

    g_assert_true (g_file_get_contents (path, &before, NULL, NULL));
    g_assert_false (devca_store_create (self->ca, self->family, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CA_EXISTS);
    g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
    g_assert_cmpstr (before, ==, after);
    g_autoptr (GDir) dir = g_dir_open (self->dir, 0, NULL);
    g_assert_cmpstr (g_dir_read_name (dir), ==, "ca");
    g_assert_null (g_dir_read_name (dir)); /* no half-made folder beside it */
}

static void
test_profiles (Fixture *self, gconstpointer unused)
{
    static const struct {
        DevcaProfile profile;
        const gchar *key;
        guint32 usage;
        guint32 extended;
    } rows[] = {
        {DEVCA_SIGNING, "RSA", KU_NON_REPUDIATION, 0},
        {DEVCA_SIGNING, "EC", KU_NON_REPUDIATION, 0},
        {DEVCA_AUTHENTICATION, "EC", KU_DIGITAL_SIGNATURE, XKU_SSL_CLIENT},
        {DEVCA_ENCRYPTION, "RSA", KU_KEY_ENCIPHERMENT, 0},
        {DEVCA_ENCRYPTION, "EC", KU_KEY_AGREEMENT, 0},
    };
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        DevcaTerms terms = {rows[i].profile, 30, NULL};
        g_autoptr (X509) certificate = issue (self, rows[i].key, &terms);
        guint32 extended = X509_get_extended_key_usage (certificate);
        gint usage_at = X509_get_ext_by_NID (certificate, NID_key_usage, -1);

        g_assert_cmphex (X509_get_key_usage (certificate), ==, rows[i].usage);
        g_assert_true (X509_EXTENSION_get_critical (X509_get_ext (certificate, usage_at)));
        g_assert_cmphex (extended == UINT32_MAX ? 0 : extended, ==, rows[i].extended);
        g_assert_cmpint (X509_check_ca (certificate), ==, 0);
        g_assert_cmpint (X509_check_issued (self->issuing->certificate, certificate), ==, X509_V_OK);
        g_assert_cmpint (X509_verify (certificate, self->issuing->key), ==, 1);
        g_assert_cmpint (X509_get_ext_by_NID (certificate, NID_crl_distribution_points, -1), <, 0);
    }
}

static void
test_addresses_only_when_given (Fixture *self, gconstpointer unused)
{
    DevcaTerms terms = {DEVCA_SIGNING, 30, "http://ca.example.org/pki"};
    g_autoptr (X509) certificate = issue (self, "EC", &terms);
    STACK_OF (OPENSSL_STRING) *addresses = X509_get1_ocsp (certificate);

    g_assert_cmpint (sk_OPENSSL_STRING_num (addresses), ==, 1);
    g_assert_cmpstr (sk_OPENSSL_STRING_value (addresses, 0), ==, "http://ca.example.org/pki/ocsp");
    X509_email_free (addresses);
    g_assert_cmpint (X509_get_ext_by_NID (certificate, NID_info_access, -1), >=, 0);
    g_assert_cmpint (X509_get_ext_by_NID (certificate, NID_crl_distribution_points, -1), >=, 0);
}

static void
test_validity (Fixture *self, gconstpointer unused)
{
    DevcaTerms terms = {DEVCA_SIGNING, DEVCA_DAYS_DEFAULT, NULL};
    g_autoptr (X509) certificate = issue (self, "EC", &terms);
    gint days, seconds;

    g_assert_true (ASN1_TIME_diff (&days, &seconds, X509_get0_notBefore (certificate),
                                   X509_get0_notAfter (certificate)));
    g_assert_cmpint (days, ==, DEVCA_DAYS_DEFAULT);
    terms.days = 20 * 365; /* longer than the issuer lives */
    g_autoptr (X509) longer = issue (self, "EC", &terms);
    g_assert_cmpint (
        ASN1_TIME_compare (X509_get0_notAfter (longer), X509_get0_notAfter (self->issuing->certificate)), ==,
        0);
}

static void
assert_refused (Fixture *self, EVP_PKEY *key, EVP_PKEY *signer, const gchar *common_name)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (X509_REQ) request = build_request (key, signer, common_name);
    g_autoptr (X509_REQ) loaded = save_and_load (self, request, &error);

    g_assert_null (loaded);
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CSR_INVALID);
}

static void
test_bad_requests (Fixture *self, gconstpointer unused)
{
    g_autoptr (EVP_PKEY) key = EVP_PKEY_Q_keygen (NULL, NULL, "EC", "P-256");
    g_autoptr (EVP_PKEY) other = EVP_PKEY_Q_keygen (NULL, NULL, "EC", "P-256");
    g_autoptr (EVP_PKEY) weak = EVP_PKEY_Q_keygen (NULL, NULL, "RSA", (size_t)1024);
    g_autoptr (EVP_PKEY) foreign = EVP_PKEY_Q_keygen (NULL, NULL, "EC", "secp256k1");
    g_autoptr (GError) error = NULL;

    assert_refused (self, key, other, "someone else's key");
    assert_refused (self, weak, weak, "short key");
    assert_refused (self, foreign, foreign, "odd curve");
    assert_refused (self, key, key, NULL);
    assert_refused (self, key, key, "two\nlines");
    g_assert_true (g_file_set_contents (self->csr, "no request", -1, NULL));
    g_assert_null (devca_request_load (self->csr, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CSR_INVALID);
}

static DevcaEntry *
new_entry (const gchar *serial)
{
    DevcaEntry *entry = g_new0 (DevcaEntry, 1);
    entry->status = 'V';
    entry->not_after = devca_time_format (2000000000);
    entry->revoked = g_strdup ("");
    entry->serial = g_strdup (serial);
    entry->subject = g_strdup ("/CN=x");
    return entry;
}

static void
test_index_read_back (Fixture *self, gconstpointer unused)
{
    g_autoptr (DevcaStore) store = devca_store_open (self->ca, NULL);
    g_autoptr (GPtrArray) entries = devca_store_read_index (store, DEVCA_ISSUING, NULL);
    gint64 time;

    g_assert_cmpuint (entries->len, ==, 0);
    g_ptr_array_add (entries, new_entry ("0A01"));
    g_ptr_array_add (entries, new_entry ("0A02"));
    g_assert_true (devca_entry_revoke (g_ptr_array_index (entries, 1), "keyCompromise", NULL));
    g_assert_true (devca_store_write_index (store, DEVCA_ISSUING, entries, NULL));

    g_autoptr (GPtrArray) again = devca_store_read_index (store, DEVCA_ISSUING, NULL);
    g_assert_cmpuint (again->len, ==, 2);
    DevcaEntry *second = devca_index_find (again, "a02");
    g_assert_true (second == g_ptr_array_index (again, 1));
    g_assert_cmpint (second->status, ==, 'R');
    g_assert_true (g_str_has_suffix (second->revoked, ",keyCompromise"));
    g_assert_true (devca_time_parse (second->not_after, &time));
    g_assert_cmpint (time, ==, 2000000000);
    g_assert_null (devca_index_find (again, "0A03"));
}

static void
test_damaged_folder (Fixture *self, gconstpointer unused)
{
    g_autofree gchar *index = g_build_filename (self->ca, "index.txt", NULL);
    g_autofree gchar *key = g_build_filename (self->ca, "issuing.key", NULL);
    g_autoptr (DevcaStore) store = devca_store_open (self->ca, NULL);
    g_autoptr (GError) error = NULL;

    g_assert_true (g_file_set_contents (index, "V\tnonsense\n", -1, NULL));
    g_assert_null (devca_store_read_index (store, DEVCA_ISSUING, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CA_MISSING);
    g_clear_error (&error);
    g_assert_true (g_file_set_contents (key, "", -1, NULL));
    g_assert_null (devca_store_load_authority (store, DEVCA_ISSUING, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CA_MISSING);
    g_clear_error (&error);
    g_assert_null (devca_store_open (self->dir, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CA_MISSING);
}

static void
test_hold_can_become_final (Fixture *self, gconstpointer unused)
{
    g_autoptr (DevcaEntry) entry = new_entry ("01");
    g_autoptr (GError) error = NULL;

    g_assert_true (devca_entry_revoke (entry, "certificateHold", NULL));
    g_autofree gchar *since = g_strndup (entry->revoked, strcspn (entry->revoked, ","));
    g_assert_true (devca_entry_revoke (entry, "keyCompromise", NULL));
    g_autofree gchar *wanted = g_strconcat (since, ",keyCompromise", NULL);
    g_assert_cmpstr (entry->revoked, ==, wanted);
    g_assert_false (devca_entry_revoke (entry, "superseded", &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_REVOKED);
    g_assert_cmpstr (entry->revoked, ==, wanted);
}

static void
test_list (Fixture *self, gconstpointer unused)
{
    g_autoptr (DevcaStore) store = devca_store_open (self->ca, NULL);
    g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify)devca_entry_free);
    guint64 first, second;

    g_assert_true (devca_store_next_crl_number (store, DEVCA_ISSUING, &first, NULL));
    g_assert_true (devca_store_next_crl_number (store, DEVCA_ISSUING, &second, NULL));
    g_assert_cmpuint (second, ==, first + 1);
    g_ptr_array_add (entries, new_entry ("01"));
    g_ptr_array_add (entries, new_entry ("02"));
    g_assert_true (devca_entry_revoke (g_ptr_array_index (entries, 1), "keyCompromise", NULL));
    g_autoptr (X509_CRL) list = devca_crl_new (self->issuing, entries, second, 7, NULL);
    g_assert_nonnull (list);

    STACK_OF (X509_REVOKED) *revoked = X509_CRL_get_REVOKED (list);
    g_assert_cmpint (sk_X509_REVOKED_num (revoked), ==, 1);
    g_autoptr (ASN1_ENUMERATED) reason =
        X509_REVOKED_get_ext_d2i (sk_X509_REVOKED_value (revoked, 0), NID_crl_reason, NULL, NULL);
    g_autoptr (ASN1_INTEGER) number = X509_CRL_get_ext_d2i (list, NID_crl_number, NULL, NULL);
    g_assert_cmpint (ASN1_ENUMERATED_get (reason), ==, CRL_REASON_KEY_COMPROMISE);
    g_assert_cmpint (ASN1_INTEGER_get (number), ==, (glong)second);
    g_assert_cmpint (X509_CRL_verify (list, self->issuing->key), ==, 1);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("/devca/init/private", test_folder_is_private);
    ADD ("/devca/init/existing-stays", test_existing_ca_stays);
    ADD ("/devca/issue/profiles", test_profiles);
    ADD ("/devca/issue/addresses", test_addresses_only_when_given);
    ADD ("/devca/issue/validity", test_validity);
    ADD ("/devca/issue/bad-requests", test_bad_requests);
    ADD ("/devca/index/read-back", test_index_read_back);
    ADD ("/devca/index/damaged", test_damaged_folder);
    ADD ("/devca/revoke/hold-then-final", test_hold_can_become_final);
    ADD ("/devca/crl/content", test_list);
    return g_test_run ();
}
