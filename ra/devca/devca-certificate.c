/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the certificates of a development CA
 * Copyright (C) 2026 the Pena authors */
#include "devca-certificate.h"

#include "pena-text.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>

#define REQUEST_MAX 65536
#define ATTRIBUTES_MAX 16
#define VALUE_MAX 128 /* characters; X.520 allows most attributes 64, names of units may be longer */

typedef struct {
    const gchar *name;
    const gchar *key_usage; /* of RSA keys */
    const gchar *key_usage_ec;
    const gchar *extended; /* NULL: none */
} Profile;

static const Profile profiles[] = {
    [DEVCA_SIGNING] = {"signing", "critical,nonRepudiation", "critical,nonRepudiation", NULL},
    [DEVCA_AUTHENTICATION] = {"authentication", "critical,digitalSignature", "critical,digitalSignature",
                              "clientAuth"},
    [DEVCA_ENCRYPTION] = {"encryption", "critical,keyEncipherment", "critical,keyAgreement", NULL},
};

gboolean
devca_profile_parse (const gchar *name, DevcaProfile *ret_profile)
{
    for (guint i = 0; i < G_N_ELEMENTS (profiles); i++)
        if (g_str_equal (profiles[i].name, name)) {
            *ret_profile = (DevcaProfile)i;
            return TRUE;
        }
    return FALSE;
}

const EVP_MD *
devca_digest_for (EVP_PKEY *key)
{
    return EVP_PKEY_is_a (key, "EC") && EVP_PKEY_get_bits (key) > 256 ? EVP_sha384 () : EVP_sha256 ();
}

gchar *
devca_serial_hex (const ASN1_INTEGER *serial)
{
    g_autoptr (BIGNUM) number = ASN1_INTEGER_to_BN (serial, NULL);
    char *hex = number != NULL ? BN_bn2hex (number) : NULL;
    gchar *copy = g_strdup (hex);
    OPENSSL_free (hex);
    return copy;
}

gboolean
devca_add_extension (X509 *issuer, X509 *certificate, X509_CRL *list, int nid, const gchar *value)
{
    X509V3_CTX context;

    X509V3_set_ctx (&context, issuer, certificate, NULL, list, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
    gboolean ok = extension != NULL && (certificate != NULL ? X509_add_ext (certificate, extension, -1)
                                                            : X509_CRL_add_ext (list, extension, -1));
    X509_EXTENSION_free (extension);
    return ok;
}

/* 127 random bits: positive in DER without a further byte, and never 0 in practice. */
static gboolean
set_serial (X509 *certificate)
{
    guint8 bytes[16];

    if (RAND_bytes (bytes, sizeof bytes) != 1)
        return FALSE;
    bytes[0] = (bytes[0] & 0x7F) | 0x40;
    g_autoptr (BIGNUM) number = BN_bin2bn (bytes, sizeof bytes, NULL);
    return number != NULL && BN_to_ASN1_INTEGER (number, X509_get_serialNumber (certificate)) != NULL;
}

/* From a minute ago, for clocks that differ a little; not longer than the issuer itself. */
static gboolean
set_validity (X509 *certificate, X509 *issuer, guint days)
{
    gint64 now = g_get_real_time () / G_USEC_PER_SEC;

    if (X509_time_adj_ex (X509_getm_notBefore (certificate), 0, -60, &(time_t){now}) == NULL ||
        X509_time_adj_ex (X509_getm_notAfter (certificate), (int)days, -60, &(time_t){now}) == NULL)
        return FALSE;
    if (issuer != NULL &&
        ASN1_TIME_compare (X509_get0_notAfter (issuer), X509_get0_notAfter (certificate)) < 0)
        return X509_set1_notAfter (certificate, X509_get0_notAfter (issuer));
    return TRUE;
}

/* Everything but the subject and the extensions of its kind. */
static X509 *
new_certificate (EVP_PKEY *key, X509 *issuer, guint days)
{
    g_autoptr (X509) certificate = X509_new ();

    if (certificate == NULL || !X509_set_version (certificate, X509_VERSION_3) || !set_serial (certificate) ||
        !X509_set_pubkey (certificate, key) || !set_validity (certificate, issuer, days))
        return NULL;
    return g_steal_pointer (&certificate);
}

static gboolean
fail_openssl (GError **error, const gchar *what)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "%s: %s", what,
                 ERR_reason_error_string (ERR_peek_last_error ()));
    ERR_clear_error ();
    return FALSE;
}

static EVP_PKEY *
generate_key (const gchar *name, GError **error)
{
    EVP_PKEY *key = NULL;

    if (g_str_equal (name, "rsa3072"))
        key = EVP_PKEY_Q_keygen (NULL, NULL, "RSA", (size_t)3072);
    else if (g_str_equal (name, "p256"))
        key = EVP_PKEY_Q_keygen (NULL, NULL, "EC", "P-256");
    else if (g_str_equal (name, "p384"))
        key = EVP_PKEY_Q_keygen (NULL, NULL, "EC", "P-384");
    else {
        devca_fail (error, PENA_ERROR_REQUEST_INVALID, "reason", _ ("--key takes p256, p384 or rsa3072"));
        return NULL;
    }
    if (key == NULL)
        fail_openssl (error, "making a key");
    return key;
}

/* What each of the family is. */
static const struct {
    const gchar *common_name;
    DevcaRole issuer; /* its own role: self-signed */
    guint days;
    const gchar *constraints, *usage;
    const gchar *extended; /* NULL: none */
    gboolean exempt;       /* from being asked about (id-pkix-ocsp-nocheck) */
} roles[DEVCA_N_ROLES] = {
    [DEVCA_ROOT] = {"Pena Development Root CA", DEVCA_ROOT, 20 * 365, "critical,CA:TRUE",
                    "critical,keyCertSign,cRLSign"},
    [DEVCA_ISSUING] = {"Pena Development Issuing CA", DEVCA_ROOT, 10 * 365, "critical,CA:TRUE,pathlen:0",
                       "critical,keyCertSign,cRLSign"},
    [DEVCA_TSA] = {"Pena Development Time-Stamp Authority", DEVCA_ROOT, 10 * 365, "critical,CA:FALSE",
                   "critical,digitalSignature", .extended = "critical,timeStamping"},
    [DEVCA_OCSP] = {"Pena Development OCSP Responder", DEVCA_ISSUING, 10 * 365, "critical,CA:FALSE",
                    "critical,digitalSignature", .extended = "OCSPSigning", .exempt = TRUE},
    [DEVCA_ROOT_OCSP] = {"Pena Development Root OCSP Responder", DEVCA_ROOT, 10 * 365, "critical,CA:FALSE",
                         "critical,digitalSignature", .extended = "OCSPSigning", .exempt = TRUE},
};

static gboolean
set_authority_name (X509 *certificate, const gchar *common_name)
{
    X509_NAME *name = X509_get_subject_name (certificate);
    return X509_NAME_add_entry_by_txt (name, "C", MBSTRING_UTF8, (const guchar *)"ID", -1, -1, 0) &&
           X509_NAME_add_entry_by_txt (name, "O", MBSTRING_UTF8, (const guchar *)"Pena (not for production)",
                                       -1, -1, 0) &&
           X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guchar *)common_name, -1, -1, 0);
}

static gboolean
add_addresses (X509 *issuer, X509 *certificate, const gchar *url, DevcaRole by)
{
    const gchar *name = by == DEVCA_ROOT ? "root" : "issuing";

    if (url == NULL)
        return TRUE;
    g_autofree gchar *crl = g_strdup_printf ("URI:%s/%s.crl", url, name);
    g_autofree gchar *aia = g_strdup_printf ("caIssuers;URI:%s/%s.cer,OCSP;URI:%s/ocsp", url, name, url);
    return devca_add_extension (issuer, certificate, NULL, NID_crl_distribution_points, crl) &&
           devca_add_extension (issuer, certificate, NULL, NID_info_access, aia);
}

static gboolean
finish_authority (DevcaRole role, DevcaAuthority *self, const DevcaAuthority *signer, const gchar *url)
{
    X509 *certificate = self->certificate, *issuer = signer->certificate;
    gboolean asked_about = roles[role].issuer != role && !roles[role].exempt;

    return set_authority_name (certificate, roles[role].common_name) &&
           X509_set_issuer_name (certificate, X509_get_subject_name (issuer)) &&
           devca_add_extension (issuer, certificate, NULL, NID_basic_constraints, roles[role].constraints) &&
           devca_add_extension (issuer, certificate, NULL, NID_key_usage, roles[role].usage) &&
           (roles[role].extended == NULL ||
            devca_add_extension (issuer, certificate, NULL, NID_ext_key_usage, roles[role].extended)) &&
           (!roles[role].exempt ||
            devca_add_extension (issuer, certificate, NULL, NID_id_pkix_OCSP_noCheck, "NULL")) &&
           devca_add_extension (issuer, certificate, NULL, NID_subject_key_identifier, "hash") &&
           devca_add_extension (issuer, certificate, NULL, NID_authority_key_identifier, "keyid:always") &&
           add_addresses (issuer, certificate, asked_about ? url : NULL, roles[role].issuer) &&
           X509_sign (certificate, signer->key, devca_digest_for (signer->key)) > 0;
}

static DevcaAuthority *
new_authority (DevcaRole role, const gchar *key, const DevcaFamily *family, const gchar *url, GError **error)
{
    g_autoptr (DevcaAuthority) self = g_new0 (DevcaAuthority, 1);
    const DevcaAuthority *issuer = family->of[roles[role].issuer]; /* NULL for the root itself */

    self->key = generate_key (key, error);
    if (self->key == NULL)
        return NULL;
    self->certificate =
        new_certificate (self->key, issuer != NULL ? issuer->certificate : NULL, roles[role].days);
    if (self->certificate == NULL || !finish_authority (role, self, issuer != NULL ? issuer : self, url)) {
        fail_openssl (error, "making the certificate of an authority");
        return NULL;
    }
    return g_steal_pointer (&self);
}

DevcaFamily *
devca_family_new (const gchar *key, const gchar *url, GError **error)
{
    g_autoptr (DevcaFamily) self = g_new0 (DevcaFamily, 1);

    for (guint role = 0; role < DEVCA_N_ROLES; role++)
        if ((self->of[role] = new_authority ((DevcaRole)role, key, self, url, error)) == NULL)
            return NULL;
    return g_steal_pointer (&self);
}

static gboolean
refuse (GError **error, const gchar *reason)
{
    ERR_clear_error ();
    return devca_fail (error, PENA_ERROR_CSR_INVALID, "reason", reason);
}

static gboolean
check_key (EVP_PKEY *key, GError **error)
{
    gint bits = key != NULL ? EVP_PKEY_get_bits (key) : 0;
    gchar curve[32];

    if (key != NULL && EVP_PKEY_is_a (key, "RSA")) {
        if (bits >= 2048 && bits <= 4096)
            return TRUE;
        return refuse (error, _ ("an RSA key must have 2048 to 4096 bits"));
    }
    if (key != NULL && EVP_PKEY_is_a (key, "EC") &&
        EVP_PKEY_get_group_name (key, curve, sizeof curve, NULL) &&
        (g_str_equal (curve, "prime256v1") || g_str_equal (curve, "secp384r1") ||
         g_str_equal (curve, "secp521r1")))
        return TRUE;
    return refuse (error, _ ("its key must be RSA, P-256, P-384 or P-521"));
}

/* Valid text, not empty, without control characters: it is shown to people who decide by it. */
static gboolean
check_attribute (X509_NAME_ENTRY *entry, GError **error)
{
    unsigned char *text = NULL;
    int length = ASN1_STRING_to_UTF8 (&text, X509_NAME_ENTRY_get_data (entry));
    gboolean good = length > 0 && g_utf8_validate ((const gchar *)text, length, NULL) &&
                    g_utf8_strlen ((const gchar *)text, length) <= VALUE_MAX;

    for (const gchar *at = (const gchar *)text; good && at < (const gchar *)text + length;
         at = g_utf8_next_char (at))
        good = g_unichar_isprint (g_utf8_get_char (at));
    if (good && OBJ_obj2nid (X509_NAME_ENTRY_get_object (entry)) == NID_countryName)
        good = length == 2 && g_ascii_isupper (text[0]) && g_ascii_isupper (text[1]);
    OPENSSL_free (text);
    return good || refuse (error, _ ("its subject holds an empty, overlong or unreadable value"));
}

static gboolean
check_subject (const X509_NAME *subject, GError **error)
{
    int count = X509_NAME_entry_count (subject);

    if (X509_NAME_get_index_by_NID (subject, NID_commonName, -1) < 0)
        return refuse (error, _ ("its subject has no common name"));
    if (count > ATTRIBUTES_MAX)
        return refuse (error, _ ("its subject has too many attributes"));
    for (int i = 0; i < count; i++)
        if (!check_attribute (X509_NAME_get_entry (subject, i), error))
            return FALSE;
    return TRUE;
}

static X509_REQ *
parse_request (const gchar *data, gsize length)
{
    g_autoptr (BIO) bio = BIO_new_mem_buf (data, (int)length);

    if (bio == NULL)
        return NULL;
    if (length > 0 && data[0] == 0x30)
        return d2i_X509_REQ_bio (bio, NULL);
    return PEM_read_bio_X509_REQ (bio, NULL, NULL, NULL);
}

X509_REQ *
devca_request_load (const gchar *path, GError **error)
{
    g_autofree gchar *data = NULL;
    gsize length = 0;
    g_autoptr (GError) local = NULL;
    g_autoptr (X509_REQ) request = NULL;

    if (!g_file_get_contents (path, &data, &length, &local)) {
        devca_fail (error, PENA_ERROR_DOCUMENT_MISSING, "reason", local->message);
        return NULL;
    }
    if (length <= REQUEST_MAX)
        request = parse_request (data, length);
    if (request == NULL) {
        refuse (error, _ ("it is not a PKCS#10 request in PEM or DER"));
        return NULL;
    }
    if (!check_key (X509_REQ_get0_pubkey (request), error) ||
        !check_subject (X509_REQ_get_subject_name (request), error))
        return NULL;
    if (X509_REQ_verify (request, X509_REQ_get0_pubkey (request)) != 1) {
        refuse (error, _ ("its own signature is wrong, so whoever made it may not hold the key"));
        return NULL;
    }
    return g_steal_pointer (&request);
}

static gboolean
add_extensions (X509 *issuer, X509 *certificate, const DevcaTerms *terms)
{
    const Profile *profile = &profiles[terms->profile];
    gboolean ec = EVP_PKEY_is_a (X509_get0_pubkey (certificate), "EC");

    return devca_add_extension (issuer, certificate, NULL, NID_basic_constraints, "critical,CA:FALSE") &&
           devca_add_extension (issuer, certificate, NULL, NID_key_usage,
                                ec ? profile->key_usage_ec : profile->key_usage) &&
           (profile->extended == NULL ||
            devca_add_extension (issuer, certificate, NULL, NID_ext_key_usage, profile->extended)) &&
           devca_add_extension (issuer, certificate, NULL, NID_subject_key_identifier, "hash") &&
           devca_add_extension (issuer, certificate, NULL, NID_authority_key_identifier, "keyid:always") &&
           add_addresses (issuer, certificate, terms->url, DEVCA_ISSUING);
}

X509 *
devca_certificate_issue (const DevcaAuthority *issuer, X509_REQ *request, const DevcaTerms *terms,
                         GError **error)
{
    g_autoptr (X509) certificate =
        new_certificate (X509_REQ_get0_pubkey (request), issuer->certificate, terms->days);

    if (certificate == NULL || !X509_set_subject_name (certificate, X509_REQ_get_subject_name (request)) ||
        !X509_set_issuer_name (certificate, X509_get_subject_name (issuer->certificate)) ||
        !add_extensions (issuer->certificate, certificate, terms) ||
        X509_sign (certificate, issuer->key, devca_digest_for (issuer->key)) <= 0) {
        fail_openssl (error, "making a certificate");
        return NULL;
    }
    return g_steal_pointer (&certificate);
}
