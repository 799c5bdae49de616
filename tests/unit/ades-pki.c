/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: certificates, lists and signatures for the tests of agent/ades
 * Copyright (C) 2026 the Pena authors */
#include "ades-pki.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "pena-digest.h"
#include "pena-openssl.h"

static gint64 base = PKI_NOW;

gint64
pki_now (void)
{
    return base;
}

void
pki_set_now (gint64 now)
{
    base = now;
}

EVP_PKEY *
pki_new_key (const gchar *key_kind)
{
    EVP_PKEY *key = NULL;
    if (g_str_has_prefix (key_kind, "rsa"))
        key = EVP_RSA_gen (key_kind[3] != '\0' ? (guint)atoi (key_kind + 3) : 2048u);
    else if (g_str_has_prefix (key_kind, "ed"))
        key = EVP_PKEY_Q_keygen (NULL, NULL, key_kind);
    else if (key_kind[0] == 'p') {
        g_autofree gchar *curve = g_strdup_printf ("P-%s", key_kind + 1);
        key = EVP_EC_gen (curve);
    } else
        key = EVP_EC_gen (key_kind);
    g_assert_nonnull (key);
    return key;
}

static void
add_extension (X509 *certificate, X509 *issuer, int nid, const gchar *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb (&context);
    X509V3_set_ctx (&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
    g_assert_nonnull (extension);
    g_assert_cmpint (X509_add_ext (certificate, extension, -1), ==, 1);
    X509_EXTENSION_free (extension);
}

static void
add_name (X509_NAME *name, const gchar *type, const gchar *value)
{
    g_assert_cmpint (X509_NAME_add_entry_by_txt (name, type, MBSTRING_UTF8, (const guint8 *)value, -1, -1, 0),
                     ==, 1);
}

static void
fill_subject (X509_NAME *name, const PkiSpec *spec, gboolean is_ca)
{
    add_name (name, "C", "ID");
    add_name (name, "O", "Pemerintah Kabupaten Tirta Kencana");
    if (!is_ca) {
        add_name (name, "OU", "Dinas Kearsipan dan Perpustakaan");
        add_name (name, "title", "Kepala Dinas Kearsipan dan Perpustakaan");
        add_name (name, "serialNumber", PKI_NIP);
    }
    add_name (name, "CN", spec->common_name != NULL ? spec->common_name : "Sari Wulandari, S.Sos., M.Si.");
}

PkiEntity
pki_issue (const PkiEntity *issuer, const gchar *key_kind, const PkiSpec *spec)
{
    static long serial = 0x10000;
    PkiEntity made = {X509_new (), spec->key};
    X509 *certificate = made.certificate;
    gboolean is_ca = spec->basic_constraints != NULL;
    const PkiEntity *by = issuer != NULL ? issuer : &made;

    if (made.key != NULL)
        EVP_PKEY_up_ref (made.key);
    else
        made.key = pki_new_key (key_kind);
    X509_set_version (certificate, X509_VERSION_3);
    ASN1_INTEGER_set (X509_get_serialNumber (certificate), serial++);
    ASN1_TIME_set (X509_getm_notBefore (certificate),
                   spec->not_before != 0 ? spec->not_before : base - 100 * PKI_DAY);
    ASN1_TIME_set (X509_getm_notAfter (certificate),
                   spec->not_after != 0 ? spec->not_after : base + 600 * PKI_DAY);
    fill_subject (X509_get_subject_name (certificate), spec, is_ca);
    X509_set_issuer_name (certificate, X509_get_subject_name (by->certificate));
    X509_set_pubkey (certificate, made.key);
    add_extension (certificate, certificate, NID_subject_key_identifier, "hash");
    add_extension (certificate, by->certificate, NID_authority_key_identifier, "keyid:always");
    if (is_ca)
        add_extension (certificate, NULL, NID_basic_constraints, spec->basic_constraints);
    else
        add_extension (certificate, NULL, NID_subject_alt_name,
                       spec->other_name != NULL ? spec->other_name : "email:sari@tirtakencana.example");
    add_extension (certificate, NULL, NID_key_usage,
                   spec->key_usage != NULL ? spec->key_usage : "critical,nonRepudiation");
    if (spec->extended_key_usage != NULL)
        add_extension (certificate, NULL, NID_ext_key_usage, spec->extended_key_usage);
    if (spec->access != NULL)
        add_extension (certificate, NULL, NID_info_access, spec->access);
    if (spec->points != NULL)
        add_extension (certificate, NULL, NID_crl_distribution_points, spec->points);
    g_assert_cmpint (X509_sign (certificate, by->key, spec->digest != NULL ? spec->digest : EVP_sha256 ()), >,
                     0);
    return made;
}

gchar *
pki_pem (const PkiEntity *entity)
{
    BIO *bio = BIO_new (BIO_s_mem ());
    char *text = NULL;

    g_assert_cmpint (PEM_write_bio_X509 (bio, entity->certificate), ==, 1);
    g_assert_cmpint (PEM_write_bio_PrivateKey (bio, entity->key, NULL, NULL, 0, NULL, NULL), ==, 1);
    long length = BIO_get_mem_data (bio, &text);
    gchar *pem = g_strndup (text, (gsize)length);
    BIO_free (bio);
    return pem;
}

void
pki_entity_clear (PkiEntity *entity)
{
    g_clear_pointer (&entity->certificate, X509_free);
    g_clear_pointer (&entity->key, EVP_PKEY_free);
}

Pki *
pki_new (const gchar *key_kind)
{
    static const PkiSpec root = {.common_name = "Root",
                                 .key_usage = "critical,keyCertSign,cRLSign",
                                 .basic_constraints = "critical,CA:TRUE"};
    static const PkiSpec issuing = {.common_name = "Issuing CA",
                                    .key_usage = "critical,keyCertSign,cRLSign",
                                    .basic_constraints = "critical,CA:TRUE,pathlen:0"};
    static const PkiSpec usual = {0};
    Pki *self = g_new0 (Pki, 1);

    self->key_kind = key_kind;
    self->root = pki_issue (NULL, key_kind, &root);
    self->issuing = pki_issue (&self->root, key_kind, &issuing);
    self->signer = pki_issue (&self->issuing, key_kind, &usual);
    return self;
}

void
pki_free (Pki *self)
{
    pki_entity_clear (&self->root);
    pki_entity_clear (&self->issuing);
    pki_entity_clear (&self->signer);
    g_free (self);
}

GBytes *
pki_crl (const PkiEntity *issuer, X509 *revoked, int reason, gint64 this_update, gint64 next_update)
{
    X509_CRL *list = X509_CRL_new ();
    ASN1_TIME *from = ASN1_TIME_set (NULL, this_update);
    ASN1_TIME *until = ASN1_TIME_set (NULL, next_update);
    guint8 *der = NULL;

    X509_CRL_set_version (list, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name (list, X509_get_subject_name (issuer->certificate));
    X509_CRL_set1_lastUpdate (list, from);
    X509_CRL_set1_nextUpdate (list, until);
    if (revoked != NULL) {
        X509_REVOKED *entry = X509_REVOKED_new ();
        X509_REVOKED_set_serialNumber (entry, X509_get_serialNumber (revoked));
        X509_REVOKED_set_revocationDate (entry, from);
        if (reason >= 0) {
            ASN1_ENUMERATED *value = ASN1_ENUMERATED_new ();
            ASN1_ENUMERATED_set (value, reason);
            X509_REVOKED_add1_ext_i2d (entry, NID_crl_reason, value, 0, 0);
            ASN1_ENUMERATED_free (value);
        }
        X509_CRL_add0_revoked (list, entry);
    }
    g_assert_cmpint (X509_CRL_sign (list, issuer->key, EVP_sha256 ()), >, 0);
    int length = i2d_X509_CRL (list, &der);
    ASN1_TIME_free (from);
    ASN1_TIME_free (until);
    X509_CRL_free (list);
    return pena_take_der (der, length);
}

GBytes *
pki_der (X509 *certificate)
{
    guint8 *der = NULL;
    int length = i2d_X509 (certificate, &der);
    return pena_take_der (der, length);
}

GPtrArray *
pki_chain (const Pki *self)
{
    GPtrArray *chain = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add (chain, pki_der (self->signer.certificate));
    g_ptr_array_add (chain, pki_der (self->issuing.certificate));
    g_ptr_array_add (chain, pki_der (self->root.certificate));
    return chain;
}

GBytes *
pki_sha256 (gconstpointer data, gsize length)
{
    g_autoptr (PenaDigest) digest = pena_digest_new ("sha256", NULL);
    pena_digest_update (digest, data, length);
    return pena_digest_get (digest);
}

GBytes *
pki_sign_with (EVP_PKEY *key, const PenaSigningScheme *scheme, GBytes *to_be_signed)
{
    gsize length = 0, size;
    const guint8 *data = g_bytes_get_data (to_be_signed, &size);
    EVP_MD_CTX *context = EVP_MD_CTX_new ();
    EVP_PKEY_CTX *pkey = NULL;
    const EVP_MD *md = pena_digest_algorithm_by_name (scheme->digest)->md ();

    g_assert_cmpint (EVP_DigestSignInit (context, &pkey, md, NULL, key), ==, 1);
    if (scheme->padding != 0)
        g_assert_cmpint (EVP_PKEY_CTX_set_rsa_padding (pkey, scheme->padding), ==, 1);
    if (scheme->padding == RSA_PKCS1_PSS_PADDING)
        g_assert_cmpint (EVP_PKEY_CTX_set_rsa_pss_saltlen (pkey, RSA_PSS_SALTLEN_DIGEST), ==, 1);
    g_assert_cmpint (EVP_DigestSign (context, NULL, &length, data, size), ==, 1);
    g_autofree guint8 *value = g_malloc (length);
    g_assert_cmpint (EVP_DigestSign (context, value, &length, data, size), ==, 1);
    EVP_MD_CTX_free (context);
    return g_bytes_new (value, length);
}

GBytes *
pki_sign_value (EVP_PKEY *key, GBytes *to_be_signed)
{
    return pki_sign_with (key, pena_signing_scheme_for (key, "sha256", FALSE), to_be_signed);
}

GBytes *
pki_make_cms (const Pki *self, PenaAdesFormat format)
{
    return pki_make_cms_with (self, format, "sha256", FALSE);
}

GBytes *
pki_make_cms_with (const Pki *self, PenaAdesFormat format, const gchar *algorithm, gboolean pss)
{
    g_autoptr (GPtrArray) chain = pki_chain (self);
    PenaAdesOptions options = {format, chain, algorithm, PKI_NOW, NULL, pss};
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaAdesDraft) draft = pena_ades_draft_new (&options, &error);
    g_assert_no_error (error);
    g_autoptr (GBytes) content = g_bytes_new_static (PKI_CONTENT, strlen (PKI_CONTENT));
    g_autoptr (GBytes) digest = pki_content_digest (algorithm, content, &error);
    g_autoptr (GBytes) to_be_signed = pena_ades_draft_get_to_be_signed (draft, digest, &error);
    g_assert_no_error (error);
    const PenaSigningScheme *scheme = pena_signing_scheme_by_name (pena_ades_draft_get_scheme (draft));
    g_autoptr (GBytes) value = pki_sign_with (self->signer.key, scheme, to_be_signed);
    GBytes *cms = pena_ades_draft_finish (draft, value, &error);
    g_assert_no_error (error);
    return cms;
}

PenaValidationContext *
pki_context_new (const Pki *self)
{
    PenaValidationContext *context = g_new0 (PenaValidationContext, 1);
    context->anchors = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add (context->anchors, pki_der (self->root.certificate));
    context->crls = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    context->certificates = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    context->time = PKI_NOW;
    return context;
}

void
pki_context_free (PenaValidationContext *context)
{
    g_ptr_array_unref (context->anchors);
    g_ptr_array_unref (context->crls);
    g_ptr_array_unref (context->certificates);
    g_free (context);
}

GBytes *
pki_content_digest (const gchar *algorithm, gpointer content, GError **error)
{
    g_autoptr (PenaDigest) digest = pena_digest_new (algorithm, error);
    gsize length;
    const guint8 *data = g_bytes_get_data (content, &length);

    if (digest == NULL)
        return NULL;
    pena_digest_update (digest, data, length);
    return pena_digest_get (digest);
}
