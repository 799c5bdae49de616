/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of signatures by several people, of countersignatures, and of the parts that old programs wrote otherwise
 * Copyright (C) 2026 the Pena authors */
#include <openssl/rsa.h>
#include <string.h>

#include "ades-trust.h"
#include "pena-cms-map.h"
#include "pena-der.h"
#include "pena-judge-old.h"
#include "pena-openssl.h"
#include "pena-signed-parts.h"

#define FLAGS (CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP)

typedef struct {
    Pki *pki;
    PkiEntity second;
    PenaValidationContext *context;
} Fixture;

static void
set_up (Fixture *self, gconstpointer unused)
{
    static const PkiSpec second = {.common_name = "Budi"};

    self->pki = pki_new ("p256");
    self->second = pki_issue (&self->pki->issuing, "p256", &second);
    self->context = pki_context_new (self->pki);
    g_ptr_array_add (self->context->certificates, pki_der (self->pki->issuing.certificate));
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
    pki_entity_clear (&self->second);
    pki_context_free (self->context);
    pki_free (self->pki);
}

static GBytes *
encode (CMS_ContentInfo *cms)
{
    guint8 *der = NULL;
    int length = i2d_CMS_ContentInfo (cms, &der);

    CMS_ContentInfo_free (cms);
    return pena_take_der (der, length);
}

/* second may be NULL. */
static GBytes *
sign (const PkiEntity *first, const PkiEntity *second, GBytes *content, guint flags)
{
    BIO *bio = BIO_new_mem_buf (g_bytes_get_data (content, NULL), (int)g_bytes_get_size (content));
    CMS_ContentInfo *cms = CMS_sign (NULL, NULL, NULL, NULL, flags | CMS_PARTIAL);

    g_assert_nonnull (CMS_add1_signer (cms, first->certificate, first->key, EVP_sha256 (), flags));
    if (second != NULL)
        g_assert_nonnull (CMS_add1_signer (cms, second->certificate, second->key, EVP_sha256 (), flags));
    g_assert_cmpint (CMS_final (cms, bio, NULL, flags), ==, 1);
    BIO_free (bio);
    return encode (cms);
}

static GBytes *
document (void)
{
    return g_bytes_new_static (PKI_CONTENT, strlen (PKI_CONTENT));
}

static GPtrArray *
judge (Fixture *self, GBytes *cms, const gchar *content)
{
    g_autoptr (GBytes) bytes = g_bytes_new_static (content, strlen (content));

    return pena_validate_cms_all (cms, pki_content_digest, bytes, self->context);
}

static PenaSignatureReport *
report_at (GPtrArray *reports, guint index)
{
    g_assert_cmpuint (index, <, reports->len);
    return reports->pdata[index];
}

static void
test_two_signers (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) content = document ();
    g_autoptr (GBytes) cms = sign (&self->pki->signer, &self->second, content, FLAGS | CMS_CADES);
    g_autoptr (GPtrArray) reports = judge (self, cms, PKI_CONTENT);
    g_autoptr (GPtrArray) changed = judge (self, cms, "Surat Kuasa\n");
    guint seconds = 0;

    g_assert_cmpuint (reports->len, ==, 2);
    g_assert_cmpuint (changed->len, ==, 2);
    for (guint i = 0; i < 2; i++) {
        g_assert_cmpint (report_at (reports, i)->verdict, ==, PENA_VERDICT_PASSED);
        g_assert_cmpint (report_at (reports, i)->countersigns, ==, -1);
        g_assert_cmpstr (report_at (reports, i)->level, ==, "B-B");
        g_assert_cmpint (report_at (changed, i)->sub, ==, PENA_SUB_HASH_FAILURE);
        seconds += g_strcmp0 (report_at (reports, i)->info->common_name, "Budi") == 0;
    }
    g_assert_cmpuint (seconds, ==, 1);
}

/* ---- countersignatures ---- */

static PenaSignedParts *
take_apart (GBytes *cms)
{
    gsize size;
    const guint8 *data = g_bytes_get_data (cms, &size);
    PenaSignedParts *parts = pena_signed_parts_new (data, size, NULL, NULL);

    g_assert_nonnull (parts);
    return parts;
}

static GBytes *
octets_of (GBytes *string)
{
    PenaPart whole = {0, g_bytes_get_size (string)};
    PenaPart inside = pena_part_inside (g_bytes_get_data (string, NULL), &whole);

    return g_bytes_new_from_bytes (string, inside.offset, inside.length);
}

/* The SignerInfo that signs these octets, as DER. */
static GBytes *
countersign (const PkiEntity *signer, GBytes *octets)
{
    g_autoptr (GBytes) cms = sign (signer, NULL, octets, FLAGS | CMS_NOATTR);
    gsize size;
    const guint8 *data = g_bytes_get_data (cms, &size);
    PenaCmsMap map;

    g_assert_true (pena_cms_map (data, size, &map, NULL));
    return g_bytes_new_from_bytes (cms, map.signer_info.offset, map.signer_info.length);
}

static void
test_countersignature (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_CADES);
    g_autoptr (PenaSignedParts) parts = take_apart (cms);
    g_autoptr (GBytes) value = octets_of (parts->signer.signature);
    g_autoptr (GBytes) right = countersign (&self->second, value);
    g_autoptr (GBytes) other = document ();
    g_autoptr (GBytes) wrong = countersign (&self->second, other);
    g_autoptr (GBytes) certificate = pki_der (self->second.certificate);

    pena_signed_parts_add_certificate (parts, certificate);
    pena_signer_parts_add_unsigned (&parts->signer, PENA_ATTRIBUTE_COUNTER_SIGNATURE, right);
    pena_signer_parts_add_unsigned (&parts->signer, PENA_ATTRIBUTE_COUNTER_SIGNATURE, wrong);
    g_autoptr (GBytes) both = pena_signed_parts_encode_detached (parts);
    g_autoptr (GPtrArray) reports = judge (self, both, PKI_CONTENT);

    g_assert_cmpuint (reports->len, ==, 3);
    g_assert_cmpint (report_at (reports, 0)->verdict, ==, PENA_VERDICT_PASSED);
    g_assert_cmpint (report_at (reports, 1)->verdict, ==, PENA_VERDICT_PASSED);
    g_assert_cmpint (report_at (reports, 1)->countersigns, ==, 0);
    g_assert_cmpstr (report_at (reports, 1)->info->common_name, ==, "Budi");
    g_assert_cmpint (report_at (reports, 2)->sub, ==, PENA_SUB_SIG_CRYPTO_FAILURE);
    g_assert_cmpint (report_at (reports, 2)->countersigns, ==, 0);
}

static void
test_countersigned_by_nothing (Fixture *self, gconstpointer unused)
{
    static const guint8 junk[] = {0x30, 0x03, 0x02, 0x01, 0x01};
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_CADES);
    g_autoptr (PenaSignedParts) parts = take_apart (cms);
    g_autoptr (GBytes) value = g_bytes_new_static (junk, sizeof junk);

    pena_signer_parts_add_unsigned (&parts->signer, PENA_ATTRIBUTE_COUNTER_SIGNATURE, value);
    g_autoptr (GBytes) changed = pena_signed_parts_encode_detached (parts);
    g_autoptr (GPtrArray) reports = judge (self, changed, PKI_CONTENT);
    g_assert_cmpuint (reports->len, ==, 2);
    g_assert_cmpint (report_at (reports, 1)->sub, ==, PENA_SUB_FORMAT_FAILURE);
}

/* ---- older ways ---- */

static void
test_key_identifier (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) content = document ();
    g_autoptr (GBytes) cms = sign (&self->pki->signer, NULL, content, FLAGS | CMS_CADES | CMS_USE_KEYID);
    gsize size;
    g_autofree guint8 *old = g_memdup2 (g_bytes_get_data (cms, &size), g_bytes_get_size (cms));
    PenaCmsMap map;

    g_assert_true (pena_cms_map (old, g_bytes_get_size (cms), &map, NULL));
    g_assert_cmpuint (old[map.version.offset + 2], ==, 3);
    old[map.version.offset + 2] = old[map.signer_version.offset + 2] = 1;
    g_autoptr (GBytes) bytes = g_bytes_new (old, g_bytes_get_size (cms));
    g_autoptr (GPtrArray) reports = judge (self, bytes, PKI_CONTENT);
    g_assert_cmpint (report_at (reports, 0)->verdict, ==, PENA_VERDICT_PASSED);
}

/* The list that adbe-revocationInfoArchival holds speaks as one in the file. */
static void
test_adobe_revocation (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) list = pki_crl (&self->pki->issuing, self->pki->signer.certificate, -1,
                                       PKI_NOW - PKI_DAY, PKI_NOW + PKI_DAY);
    g_autoptr (GByteArray) value = g_byte_array_new ();
    gsize size;
    gconstpointer data = g_bytes_get_data (list, &size);
    CMS_ContentInfo *cms = CMS_sign (NULL, NULL, NULL, NULL, FLAGS | CMS_PARTIAL);
    CMS_SignerInfo *info =
        CMS_add1_signer (cms, self->pki->signer.certificate, self->pki->signer.key, EVP_sha256 (), FLAGS);
    const guint head[] = {(guint)size + 8, (guint)size + 4, (guint)size};
    const guint8 tags[] = {0x30, 0xA0, 0x30};

    for (guint i = 0; i < G_N_ELEMENTS (tags); i++) {
        const guint8 bytes[] = {tags[i], 0x82, (guint8)(head[i] >> 8), (guint8)head[i]};
        g_byte_array_append (value, bytes, sizeof bytes);
    }
    g_byte_array_append (value, data, (guint)size);
    CMS_signed_add1_attr_by_txt (info, "1.2.840.113583.1.1.8", V_ASN1_SEQUENCE, value->data, (int)value->len);
    BIO *bio = BIO_new_mem_buf (PKI_CONTENT, (int)strlen (PKI_CONTENT));
    g_assert_cmpint (CMS_final (cms, bio, NULL, FLAGS), ==, 1);
    BIO_free (bio);
    g_autoptr (GBytes) bytes = encode (cms);
    g_autoptr (GPtrArray) reports = judge (self, bytes, PKI_CONTENT);
    g_assert_cmpint (report_at (reports, 0)->sub, ==, PENA_SUB_REVOKED_NO_POE);
}

/* adbe.pkcs7.sha1: whole, over another document, and without what it should hold. */
static void
test_old_sha1 (Fixture *self, gconstpointer unused)
{
    guint8 hash[20];
    g_autoptr (GBytes) content = document (), other = g_bytes_new_static ("Surat Kuasa\n", 12);

    EVP_Digest (PKI_CONTENT, strlen (PKI_CONTENT), hash, NULL, EVP_sha1 (), NULL);
    g_autoptr (GBytes) digest = g_bytes_new (hash, sizeof hash);
    g_autoptr (GBytes) cms = sign (&self->pki->signer, NULL, digest, CMS_BINARY | CMS_NOSMIMECAP);
    g_autoptr (GBytes) detached = sign (&self->pki->signer, NULL, digest, FLAGS);
    const struct {
        GBytes *cms, *content;
        PenaSubIndication sub;
    } rows[] = {{cms, content, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE},
                {cms, other, PENA_SUB_HASH_FAILURE},
                {detached, content, PENA_SUB_HASH_FAILURE}};

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (PenaSignatureReport) report =
            pena_judge_old_sha1 (rows[i].cms, pki_content_digest, rows[i].content, self->context);
        g_assert_cmpstr (pena_sub_indication_name (report->sub), ==, pena_sub_indication_name (rows[i].sub));
        g_assert_cmpstr (report->format, ==, "PKCS#7");
    }
}

/* adbe.x509.rsa_sha1 */

typedef struct {
    GBytes *value, *content;
    GPtrArray *certificates;
} OldSignature;

static void
old_signature_clear (OldSignature *self)
{
    g_bytes_unref (self->value);
    g_bytes_unref (self->content);
    g_ptr_array_unref (self->certificates);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OldSignature, old_signature_clear)

/* md NULL: no DigestInfo around the digest */
static void
old_sign (OldSignature *self, const Pki *pki, const EVP_MD *md)
{
    g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (pki->signer.key, NULL);
    guint8 hash[EVP_MAX_MD_SIZE], value[512];
    guint length = 0;
    gsize size = sizeof value;

    self->content = document ();
    EVP_Digest (PKI_CONTENT, strlen (PKI_CONTENT), hash, &length, md != NULL ? md : EVP_sha256 (), NULL);
    g_assert_cmpint (EVP_PKEY_sign_init (context), ==, 1);
    g_assert_cmpint (EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING), ==, 1);
    if (md != NULL)
        g_assert_cmpint (EVP_PKEY_CTX_set_signature_md (context, md), ==, 1);
    g_assert_cmpint (EVP_PKEY_sign (context, value, &size, hash, length), ==, 1);
    g_autoptr (GByteArray) der = g_byte_array_new ();
    pena_der_append (der, PENA_DER_OCTET_STRING, value, size);
    g_byte_array_append (der, (const guint8 *)"\0\0\0", 3);
    self->value = g_byte_array_free_to_bytes (g_steal_pointer (&der));
    self->certificates = pki_chain (pki);
}

static void
damage_byte (OldSignature *self, gssize at)
{
    gsize size;
    guint8 *data = g_bytes_unref_to_data (g_steal_pointer (&self->value), &size);

    data[at < 0 ? (gssize)size + at : at] ^= 1;
    self->value = g_bytes_new_take (data, size);
}

static void
damage_value (OldSignature *self, Fixture *fixture)
{
    damage_byte (self, 20);
}

static void
damage_tag (OldSignature *self, Fixture *fixture)
{
    damage_byte (self, 0);
}

static void
damage_padding (OldSignature *self, Fixture *fixture)
{
    damage_byte (self, -1);
}

static void
take_value (OldSignature *self, Fixture *fixture)
{
    g_bytes_unref (self->value);
    self->value = g_bytes_new_static ("", 0);
}

static void
change_document (OldSignature *self, Fixture *fixture)
{
    g_bytes_unref (self->content);
    self->content = g_bytes_new_static ("Surat Kuasa\n", 12);
}

static void
take_certificates (OldSignature *self, Fixture *fixture)
{
    g_ptr_array_set_size (self->certificates, 0);
}

static void
put_first (OldSignature *self, GBytes *certificate)
{
    g_ptr_array_insert (self->certificates, 0, certificate);
}

static void
put_junk_first (OldSignature *self, Fixture *fixture)
{
    put_first (self, g_bytes_new_static ("\x30\x03\x02\x01\x05", 5));
}

/* With a key on a curve. */
static void
put_another_first (OldSignature *self, Fixture *fixture)
{
    put_first (self, pki_der (fixture->second.certificate));
}

static void
test_old_x509 (Fixture *self, gconstpointer unused)
{
    const struct {
        const gchar *name;
        const EVP_MD *md;
        void (*change) (OldSignature *self, Fixture *fixture);
        PenaSubIndication sub;
    } rows[] = {
        {"SHA-256", EVP_sha256 (), NULL, PENA_SUB_NONE},
        {"SHA-1", EVP_sha1 (), NULL, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE},
        {"RIPEMD-160", EVP_ripemd160 (), NULL, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE},
        {"a digest that is not known", EVP_sha512_256 (), NULL, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE},
        {"no DigestInfo", NULL, NULL, PENA_SUB_SIG_CRYPTO_FAILURE},
        {"another document", EVP_sha256 (), change_document, PENA_SUB_HASH_FAILURE},
        {"another document, SHA-1", EVP_sha1 (), change_document, PENA_SUB_HASH_FAILURE},
        {"damaged value", EVP_sha256 (), damage_value, PENA_SUB_SIG_CRYPTO_FAILURE},
        {"another tag", EVP_sha256 (), damage_tag, PENA_SUB_FORMAT_FAILURE},
        {"something after it", EVP_sha256 (), damage_padding, PENA_SUB_FORMAT_FAILURE},
        {"nothing", EVP_sha256 (), take_value, PENA_SUB_FORMAT_FAILURE},
        {"no certificate", EVP_sha256 (), take_certificates, PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND},
        {"junk", EVP_sha256 (), put_junk_first, PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND},
        {"another certificate", EVP_sha256 (), put_another_first, PENA_SUB_SIG_CRYPTO_FAILURE},
    };
    g_autoptr (Pki) pki = pki_new ("rsa");

    g_ptr_array_add (self->context->anchors, pki_der (pki->root.certificate));
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_auto (OldSignature) old = {NULL};
        old_sign (&old, pki, rows[i].md);
        if (rows[i].change != NULL)
            rows[i].change (&old, self);
        g_autoptr (PenaSignatureReport) report =
            pena_validate_pkcs1 (old.value, old.certificates, pki_content_digest, old.content, self->context);
        g_test_message ("%s", rows[i].name);
        g_assert_cmpstr (pena_sub_indication_name (report->sub), ==, pena_sub_indication_name (rows[i].sub));
        g_assert_cmpint (report->problems->len > 0, ==, rows[i].sub != PENA_SUB_NONE);
        g_assert_cmpstr (report->format, ==, "PKCS#1");
        g_assert_null (report->level);
        g_assert_null (report->form);
    }
}

#define TEST(path, function) g_test_add ("/ades/signers/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    TEST ("two", test_two_signers);
    TEST ("countersignature", test_countersignature);
    TEST ("countersignature/none", test_countersigned_by_nothing);
    TEST ("key-identifier", test_key_identifier);
    TEST ("adobe-revocation", test_adobe_revocation);
    TEST ("old-sha1", test_old_sha1);
    TEST ("old-x509", test_old_x509);
    return g_test_run ();
}
