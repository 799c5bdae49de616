/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the building blocks after the format (EN 319 102-1, 5.2.3, 5.2.4, 5.2.7 and 5.2.8)
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "ades-blocks.h"
#include "pena-der.h"

static struct {
    Pki *pki;
    PenaValidationContext *context;
} world;

/* ---- identification of the signing certificate ---- */

static void
take_certificates (PenaSignedParts *parts, PenaAttribute unused)
{
    g_ptr_array_set_size (parts->certificates, 0);
}

/* The issuer in another type of string: UTF8String becomes PrintableString. */
static void
spell_issuer (PenaSignedParts *parts, PenaAttribute unused)
{
    gsize size;
    g_autofree guint8 *sid = g_bytes_unref_to_data (g_steal_pointer (&parts->signer.sid), &size);
    guint8 *name = memmem (sid, size, "\x06\x03\x55\x04\x03\x0C", 6);

    g_assert_nonnull (name);
    name[5] = 0x13;
    parts->signer.sid = g_bytes_new (sid, size);
}

static void
test_identify (void)
{
    static const struct {
        const gchar *name;
        BlockChange change;
        PenaAttribute attribute;
        gboolean goes_on;
        BlockPlace place;
        PenaSubIndication sub;
        const gchar *text;
    } rows[] = {
        {"sound", NULL, 0, TRUE, NOTHING, PENA_SUB_NONE, ""},
        {"no certificate", take_certificates, 0, FALSE, PROBLEM, PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND,
         "is not in the signature"},
        {"reference of junk", block_make_a_number, PENA_ATTRIBUTE_SIGNING_CERTIFICATE_V2, FALSE, PROBLEM,
         PENA_SUB_FORMAT_FAILURE, "binds the certificate cannot be read"},
        {"no reference", block_drop, PENA_ATTRIBUTE_SIGNING_CERTIFICATE_V2, TRUE, NOTE, PENA_SUB_NONE,
         "does not bind the certificate"},
        {"issuer spelled otherwise", spell_issuer, 0, TRUE, PROBLEM, PENA_SUB_SIG_CONSTRAINTS_FAILURE,
         "spells the issuer"},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GBytes) cms = block_make (world.pki, PADES, rows[i].change, rows[i].attribute);
        g_auto (PenaJudgement) judgement;
        block_begin (&judgement, world.context, PADES, cms);
        g_assert_true (pena_block_format (&judgement));
        block_forget (&judgement); /* of the block before */
        g_assert_cmpint (pena_block_identify (&judgement), ==, rows[i].goes_on);
        block_assert_found (&judgement, rows[i].name, rows[i].place, rows[i].sub, rows[i].text);
        g_assert_cmpint (judgement.signer != NULL, ==, rows[i].goes_on);
    }
}

/* ---- the reference to the certificate ---- */

static void
append_der (GByteArray *out, guint8 *der, int length)
{
    g_autoptr (GBytes) bytes = pena_take_der (der, length);

    pena_der_append_bytes (out, bytes);
}

/* IssuerSerial { SEQUENCE { [4] Name }, serialNumber } */
static void
append_issuer_serial (GByteArray *out, X509 *certificate)
{
    g_autoptr (GByteArray) inside = g_byte_array_new ();
    guint8 *name = NULL, *serial = NULL;
    int length = i2d_X509_NAME (X509_get_issuer_name (certificate), &name);

    append_der (inside, name, length);
    for (guint i = 0; i < 2; i++) {
        g_autoptr (GBytes) around = pena_der_wrap (i == 0 ? 0xA4 : PENA_DER_SEQUENCE, inside);
        g_byte_array_set_size (inside, 0);
        pena_der_append_bytes (inside, around);
    }
    length = i2d_ASN1_INTEGER (X509_get0_serialNumber (certificate), &serial);
    append_der (inside, serial, length);
    pena_der_append (out, PENA_DER_SEQUENCE, inside->data, inside->len);
}

/* SHAKE256 has 64 octets in a CMS (RFC 8419, 2.3), and not as many as libcrypto gives unasked. */
static guint
digest_certificate (X509 *certificate, const EVP_MD *md, guint8 *hash)
{
    g_autoptr (GBytes) der = pki_der (certificate);
    g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
    guint length = 64;

    g_assert_cmpint (EVP_DigestInit_ex (context, md, NULL), ==, 1);
    g_assert_cmpint (EVP_DigestUpdate (context, g_bytes_get_data (der, NULL), g_bytes_get_size (der)), ==, 1);
    if ((EVP_MD_get_flags (md) & EVP_MD_FLAG_XOF) != 0)
        g_assert_cmpint (EVP_DigestFinalXOF (context, hash, length), ==, 1);
    else
        g_assert_cmpint (EVP_DigestFinal_ex (context, hash, &length), ==, 1);
    return length;
}

/* SEQUENCE { SEQUENCE { SEQUENCE { algorithm, hash, issuerSerial } } }; algorithm and named may be NULL. */
static GBytes *
make_reference (const gchar *algorithm, const EVP_MD *md, X509 *certificate, X509 *named)
{
    g_autoptr (GByteArray) id = g_byte_array_new ();
    guint8 hash[EVP_MAX_MD_SIZE], *der = NULL;

    if (algorithm != NULL) {
        g_autoptr (GByteArray) oid = g_byte_array_new ();
        g_autoptr (ASN1_OBJECT) type = OBJ_txt2obj (algorithm, 1);
        int size = i2d_ASN1_OBJECT (type, &der);
        append_der (oid, der, size);
        pena_der_append (id, PENA_DER_SEQUENCE, oid->data, oid->len);
    }
    pena_der_append (id, PENA_DER_OCTET_STRING, hash, digest_certificate (certificate, md, hash));
    if (named != NULL)
        append_issuer_serial (id, named);
    for (guint i = 0; i < 2; i++) {
        g_autoptr (GBytes) around = pena_der_wrap (PENA_DER_SEQUENCE, id);
        g_byte_array_set_size (id, 0);
        pena_der_append_bytes (id, around);
    }
    return pena_der_wrap (PENA_DER_SEQUENCE, id);
}

static void
test_reference (void)
{
    X509 *own = world.pki->signer.certificate, *other = world.pki->issuing.certificate;
    const struct {
        const gchar *name;
        PenaAttribute kind;
        const gchar *algorithm;
        const EVP_MD *md;
        X509 *certificate, *named;
        gboolean goes_on;
        BlockPlace place;
        const gchar *text;
    } rows[] = {
#define V1 PENA_ATTRIBUTE_SIGNING_CERTIFICATE
#define V2 PENA_ATTRIBUTE_SIGNING_CERTIFICATE_V2
        {"default", V2, NULL, EVP_sha256 (), own, own, TRUE, NOTHING, ""},
        {"sha384", V2, "2.16.840.1.101.3.4.2.2", EVP_sha384 (), own, NULL, TRUE, NOTHING, ""},
        {"shake256", V2, "2.16.840.1.101.3.4.2.12", EVP_shake256 (), own, NULL, TRUE, NOTHING, ""},
        {"sha1", V2, "1.3.14.3.2.26", EVP_sha1 (), own, NULL, TRUE, NOTE, "old hash"},
        {"version 1", V1, NULL, EVP_sha1 (), own, own, TRUE, NOTE, "old hash"},
        {"md5", V2, "1.2.840.113549.2.5", EVP_md5 (), own, NULL, TRUE, NOTE, "old hash (md5)"},
        {"unknown hash", V2, "1.2.3.4", EVP_sha256 (), own, NULL, FALSE, PROBLEM, "unknown hash"},
        {"a hash in version 1", V1, "1.3.14.3.2.26", EVP_sha1 (), own, NULL, FALSE, PROBLEM, "unknown hash"},
        {"another certificate", V2, NULL, EVP_sha256 (), other, NULL, FALSE, PROBLEM, "not the one that"},
        {"another one in version 1", V1, NULL, EVP_sha1 (), other, NULL, FALSE, PROBLEM, "not the one that"},
        {"another hash", V2, NULL, EVP_sha1 (), own, NULL, FALSE, PROBLEM, "not the one that"},
        {"another issuer", V2, NULL, EVP_sha256 (), own, other, TRUE, NOTE, "its issuer or number"},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GBytes) cms = pki_make_cms (world.pki, PADES);
        g_autoptr (GBytes) value =
            make_reference (rows[i].algorithm, rows[i].md, rows[i].certificate, rows[i].named);
        gsize size;
        const guint8 *data = g_bytes_get_data (cms, &size);
        g_autoptr (PenaSignedParts) parts = pena_signed_parts_new (data, size, NULL, NULL);
        block_drop (parts, V2);
        block_set_value (parts, rows[i].kind, value);
        g_autoptr (GBytes) changed = pena_signed_parts_encode_detached (parts);
        g_auto (PenaJudgement) judgement;
        block_begin (&judgement, world.context, PADES, changed);
        g_assert_true (pena_block_format (&judgement));
        block_forget (&judgement); /* the order of the attributes */
        g_assert_cmpint (pena_block_identify (&judgement), ==, rows[i].goes_on);
        block_assert_found (&judgement, rows[i].name, rows[i].place,
                            rows[i].goes_on ? PENA_SUB_NONE : PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND,
                            rows[i].text);
    }
}

/* ---- the validation context ---- */

/* After the blocks before it, which have nothing to say. */
static void
begin_identified (PenaJudgement *self, PenaAdesFormat format)
{
    g_autoptr (GBytes) cms = pki_make_cms (world.pki, format);

    block_begin (self, world.context, format, cms);
    g_assert_true (pena_block_format (self) && pena_block_identify (self));
    g_assert_cmpuint (self->report->notes->len, ==, 0);
}

static void
remove_attribute (PenaAttributes *attributes, PenaAttribute attribute)
{
    for (int i = sk_X509_ATTRIBUTE_num (attributes); i-- > 0;)
        if (OBJ_cmp (X509_ATTRIBUTE_get0_object (sk_X509_ATTRIBUTE_value (attributes, i)),
                     pena_attribute_type (attribute)) == 0)
            X509_ATTRIBUTE_free (sk_X509_ATTRIBUTE_delete (attributes, i));
}

static void
add_attribute (PenaAttributes **attributes, PenaAttribute attribute, int type, gconstpointer data, int length)
{
    if (*attributes == NULL)
        *attributes = sk_X509_ATTRIBUTE_new_null ();
    X509_ATTRIBUTE *made =
        X509_ATTRIBUTE_create_by_OBJ (NULL, pena_attribute_type (attribute), type, data, length);
    g_assert_cmpint (sk_X509_ATTRIBUTE_push (*attributes, made), >, 0);
}

static void
add_any (PenaJudgement *self, PenaAttribute attribute)
{
    gboolean is_signed = pena_attribute_rule (attribute)->is_signed;

    add_attribute (is_signed ? &self->info->signed_attributes : &self->info->unsigned_attributes, attribute,
                   V_ASN1_OCTET_STRING, "x", 1);
}

static void
test_context (void)
{
    static const struct {
        const gchar *name, *time; /* the claimed one; NULL for none */
        int type;
        gboolean no_anchors;
        BlockPlace place;
        const gchar *text;
    } rows[] = {
        {"in time", "260101000000Z", V_ASN1_UTCTIME, FALSE, NOTHING, ""},
        {"in time, the long way", "20260101000000Z", V_ASN1_GENERALIZEDTIME, FALSE, NOTHING, ""},
        {"no time", NULL, 0, FALSE, NOTHING, ""},
        {"too early", "150101000000Z", V_ASN1_UTCTIME, FALSE, NOTE, "outside the validity"},
        {"too late", "20510101000000Z", V_ASN1_GENERALIZEDTIME, FALSE, NOTE, "outside the validity"},
        {"no such day", "261301000000Z", V_ASN1_UTCTIME, FALSE, NOTE, "cannot be read"},
        {"a text", "260101000000Z", V_ASN1_UTF8STRING, FALSE, NOTE, "cannot be read"},
        {"nobody to trust", NULL, 0, TRUE, NOTE, "No root certificates"},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GPtrArray) none = g_ptr_array_new ();
        g_auto (PenaJudgement) judgement;
        begin_identified (&judgement, CADES);
        if (rows[i].no_anchors)
            judgement.context.anchors = none;
        remove_attribute (judgement.info->signed_attributes, PENA_ATTRIBUTE_SIGNING_TIME);
        if (rows[i].time != NULL)
            add_attribute (&judgement.info->signed_attributes, PENA_ATTRIBUTE_SIGNING_TIME, rows[i].type,
                           rows[i].time, (int)strlen (rows[i].time));
        g_assert_true (pena_block_context (&judgement));
        block_assert_found (&judgement, rows[i].name, rows[i].place, PENA_SUB_NONE, rows[i].text);
        g_assert_cmpint (judgement.report->claimed_time != G_MININT64, ==,
                         rows[i].time != NULL && strstr (rows[i].text, "read") == NULL);
    }
}

/* ---- cryptographic verification ---- */

/* What nothing can be said about is not called wrong. */
static void
test_unchecked_value (void)
{
    static const struct {
        const gchar *algorithm;
        BlockChange change;
        PenaSubIndication sub;
        const gchar *text;
    } rows[] = {
        {"ED25519", block_sign_no_attributes, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE,
         "without signed attributes"},
        {"ED25519", NULL, PENA_SUB_SIG_CRYPTO_FAILURE, "signature value is wrong"},
        {"1.2.3.4", block_sign_no_attributes, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE, "is not known"},
        {"ecdsa-with-SHA256", block_sign_no_attributes, PENA_SUB_SIG_CRYPTO_FAILURE,
         "signature value is wrong"},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GBytes) cms = block_make (world.pki, PADES, rows[i].change, 0);
        g_autoptr (GBytes) content = g_bytes_new_static (PKI_CONTENT, strlen (PKI_CONTENT));
        g_auto (PenaJudgement) judgement;
        block_begin (&judgement, world.context, PADES, cms);
        judgement.content_digest = pki_content_digest;
        judgement.user_data = content;
        g_assert_true (pena_block_format (&judgement) && pena_block_identify (&judgement));
        remove_attribute (judgement.info->signed_attributes, PENA_ATTRIBUTE_ALGORITHM_PROTECTION);
        X509_ALGOR_set0 (judgement.info->signature_algorithm, OBJ_txt2obj (rows[i].algorithm, 0),
                         V_ASN1_UNDEF, NULL);
        g_assert_true (pena_block_crypto (&judgement));
        block_assert_found (&judgement, rows[i].algorithm, PROBLEM, rows[i].sub, rows[i].text);
    }
}

static GBytes *
no_content (const gchar *algorithm, gpointer content, GError **error)
{
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_SIGNATURE_DAMAGED, "nothing is there");
    return NULL;
}

static void
test_crypto (void)
{
    static const struct {
        const gchar *name;
        PenaContentDigestFunc digest;
        const gchar *content;
        gboolean damaged;
        const gchar *algorithm; /* of the signature, instead of the one that was used */
        const gchar *policy;    /* NULL: the built-in one */
        BlockPlace place;
        PenaSubIndication sub;
        const gchar *text;
    } rows[] = {
        {"sound", pki_content_digest, PKI_CONTENT, .place = NOTHING, .text = ""},
        {"another document", pki_content_digest, "Surat Kuasa\n", .place = PROBLEM,
         .sub = PENA_SUB_HASH_FAILURE, .text = "was changed after it was signed"},
        {"no document", no_content, "", .place = PROBLEM, .sub = PENA_SUB_SIGNED_DATA_NOT_FOUND,
         .text = "cannot be read"},
        {"another value", pki_content_digest, PKI_CONTENT, .damaged = TRUE, .place = PROBLEM,
         .sub = PENA_SUB_SIG_CRYPTO_FAILURE, .text = "signature value is wrong"},
        {"another algorithm than was signed", pki_content_digest, PKI_CONTENT,
         .algorithm = "ecdsa-with-SHA384", .place = PROBLEM, .sub = PENA_SUB_SIG_CRYPTO_FAILURE,
         .text = "are not those that were signed"},
        {"a digest that wore out", pki_content_digest, PKI_CONTENT,
         .policy = "[digest]\nsha256=2025-01-01\n[key]\nec-256=open\n", .place = PROBLEM,
         .sub = PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, .text = "digest algorithm sha256 is too weak"},
        {"a digest that nobody named", pki_content_digest, PKI_CONTENT,
         .policy = "[digest]\nsha512=open\n[key]\nec-256=open\n", .place = PROBLEM,
         .sub = PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE, .text = "digest algorithm sha256 is too weak"},
        {"a key that wore out", pki_content_digest, PKI_CONTENT,
         .policy = "[digest]\nsha256=open\n[key]\nec-256=2025-01-01\n", .place = PROBLEM,
         .sub = PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, .text = "key of the signer"},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GBytes) content = g_bytes_new_static (rows[i].content, strlen (rows[i].content));
        g_autoptr (PenaCryptoPolicy) policy =
            rows[i].policy != NULL ? pena_crypto_policy_parse (rows[i].policy, NULL) : NULL;
        g_auto (PenaJudgement) judgement;
        begin_identified (&judgement, PADES);
        judgement.content_digest = rows[i].digest;
        judgement.user_data = content;
        judgement.context.policy = policy;
        if (rows[i].damaged)
            ((guint8 *)ASN1_STRING_get0_data (judgement.info->signature))[20] ^= 1;
        if (rows[i].algorithm != NULL)
            X509_ALGOR_set0 (judgement.info->signature_algorithm, OBJ_txt2obj (rows[i].algorithm, 0),
                             V_ASN1_UNDEF, NULL);
        g_assert_true (pena_block_crypto (&judgement));
        block_assert_found (&judgement, rows[i].name, rows[i].place, rows[i].sub, rows[i].text);
        g_assert_cmpstr (judgement.report->digest, ==, "sha256");
    }
}

/* ---- signature acceptance ---- */

static void
add_stamp (PenaJudgement *self, const gchar *kind, PenaVerdict verdict, gboolean complete)
{
    PenaStampReport *stamp = g_new0 (PenaStampReport, 1);

    stamp->kind = kind;
    stamp->verdict = verdict;
    stamp->broken = verdict == PENA_VERDICT_FAILED;
    stamp->complete = complete;
    stamp->problems = g_ptr_array_new ();
    stamp->notes = g_ptr_array_new ();
    g_ptr_array_add (self->report->stamps, stamp);
}

static void
test_level (void)
{
    static const struct {
        PenaAdesFormat format;
        const gchar *level;
        struct {
            const gchar *kind;
            PenaVerdict verdict;
            gboolean complete;
        } stamps[3]; /* newest first */
        guint document_stamps;
        gboolean complete;
    } rows[] = {
#define GOOD PENA_VERDICT_PASSED
#define WRONG PENA_VERDICT_FAILED
#define UNKNOWN PENA_VERDICT_INDETERMINATE
        {CADES, "B-B", {{NULL}}, 0, TRUE},
        {CADES, "B-B", {{"signature", WRONG, TRUE}}, 0, TRUE},
        {CADES, "B-B", {{"archive", GOOD, TRUE}}, 0, TRUE},
        {CADES, "B-T", {{"signature", GOOD, TRUE}}, 0, FALSE},
        {CADES, "B-T", {{"signature", GOOD, FALSE}}, 0, TRUE},
        {CADES, "B-LT", {{"signature", GOOD, TRUE}}, 0, TRUE},
        {CADES, "B-LT", {{"signature", UNKNOWN, TRUE}}, 0, TRUE},
        {CADES, "B-LT", {{"archive", WRONG, TRUE}, {"signature", GOOD, TRUE}}, 0, TRUE},
        {CADES, "B-LTA", {{"archive", GOOD, TRUE}, {"signature", GOOD, TRUE}}, 0, TRUE},
        {CADES, "B-LTA", {{"archive", GOOD, FALSE}, {"signature", GOOD, TRUE}}, 0, TRUE},
        {CADES, "B-T", {{"archive", GOOD, FALSE}, {"signature", GOOD, TRUE}}, 0, FALSE},
        {CADES,
         "B-T",
         {{"archive", GOOD, TRUE}, {"archive", GOOD, FALSE}, {"signature", GOOD, TRUE}},
         0,
         TRUE},
        {PADES, "B-B", {{NULL}}, 0, TRUE},
        {PADES, "B-T", {{NULL}}, 1, FALSE},
        {PADES, "B-LT", {{"signature", GOOD, TRUE}}, 0, TRUE},
        {PADES, "B-LTA", {{NULL}}, 1, TRUE},
        {PADES, "B-LTA", {{"signature", GOOD, TRUE}}, 1, TRUE},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_auto (PenaJudgement) judgement;
        begin_identified (&judgement, rows[i].format);
        for (guint k = 0; k < G_N_ELEMENTS (rows[i].stamps) && rows[i].stamps[k].kind != NULL; k++)
            add_stamp (&judgement, rows[i].stamps[k].kind, rows[i].stamps[k].verdict,
                       rows[i].stamps[k].complete);
        judgement.context.document_stamps = rows[i].document_stamps;
        judgement.complete = rows[i].complete;
        g_assert_true (pena_block_acceptance (&judgement));
        if (g_strcmp0 (judgement.report->level, rows[i].level) != 0 || judgement.report->form != NULL)
            g_error ("row %u: %s, not %s", i, judgement.report->level, rows[i].level);
    }
}

/* What is of no level, because it is not of the baseline. */
static void
test_form (void)
{
    static const struct {
        PenaAttribute attribute; /* added to what lacks its signing-time */
        const gchar *form;
        guint document_stamps;
    } rows[] = {
        {PENA_ATTRIBUTE_CONTENT_HINTS, "BES", 0},        {PENA_ATTRIBUTE_CONTENT_HINTS, "T", 1},
        {PENA_ATTRIBUTE_SIGNATURE_POLICY, "EPES", 0},    {PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP, "T", 0},
        {PENA_ATTRIBUTE_CERTIFICATE_REFERENCES, "C", 0}, {PENA_ATTRIBUTE_REVOCATION_REFERENCES, "C", 0},
        {PENA_ATTRIBUTE_COMPLETE_TIME_STAMP, "X", 0},    {PENA_ATTRIBUTE_REFERENCES_TIME_STAMP, "X", 0},
        {PENA_ATTRIBUTE_CERTIFICATE_VALUES, "X-L", 0},   {PENA_ATTRIBUTE_REVOCATION_VALUES, "X-L", 0},
        {PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP, "A", 0},     {PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V1, "A", 0},
        {PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V2, "A", 0},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_auto (PenaJudgement) judgement;
        begin_identified (&judgement, CADES);
        remove_attribute (judgement.info->signed_attributes, PENA_ATTRIBUTE_SIGNING_TIME);
        add_any (&judgement, rows[i].attribute);
        judgement.context.document_stamps = rows[i].document_stamps;
        g_assert_true (pena_block_acceptance (&judgement));
        g_assert_cmpstr (judgement.report->form, ==, rows[i].form);
        g_assert_null (judgement.report->level);
    }
}

/* The requirements of EN 319 122-1 and 319 142-1, 6.3, on level B-B; '+' shall be present, '-' shall not be; then whether it is a signed
 * attribute. */
static void
test_presence (void)
{
    static const struct {
        PenaAttribute attribute;
        const gchar *rule;
    } rows[] = {
        {PENA_ATTRIBUTE_CONTENT_TYPE, "++s"},           {PENA_ATTRIBUTE_MESSAGE_DIGEST, "++s"},
        {PENA_ATTRIBUTE_SIGNING_TIME, "+-s"},           {PENA_ATTRIBUTE_MIME_TYPE, " -s"},
        {PENA_ATTRIBUTE_CONTENT_HINTS, " -s"},          {PENA_ATTRIBUTE_SIGNER_LOCATION, " -s"},
        {PENA_ATTRIBUTE_COUNTER_SIGNATURE, " -u"},      {PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP, "  u"},
        {PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP, " -u"},     {PENA_ATTRIBUTE_SIGNATURE_POLICY, "  s"},
        {PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V1, "--u"},  {PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V2, "--u"},
        {PENA_ATTRIBUTE_CERTIFICATE_VALUES, "--u"},     {PENA_ATTRIBUTE_REVOCATION_VALUES, "--u"},
        {PENA_ATTRIBUTE_CERTIFICATE_REFERENCES, "--u"}, {PENA_ATTRIBUTE_HASH_INDEX, "--u"},
    };

    for (guint i = 0; i < 2 * G_N_ELEMENTS (rows); i++) {
        PenaAdesFormat format = i % 2 == 0 ? CADES : PADES;
        PenaAttribute attribute = rows[i / 2].attribute;
        gchar rule = rows[i / 2].rule[i % 2];
        const gchar *name = pena_attribute_rule (attribute)->name;
        g_autofree gchar *text = rule == '+' ? g_strdup_printf ("attribute %s is missing", name)
                                             : g_strdup_printf ("attribute %s must not be there", name);
        g_auto (PenaJudgement) judgement;
        begin_identified (&judgement, format);
        g_assert_cmpint (pena_attribute_rule (attribute)->is_signed, ==, rows[i / 2].rule[2] == 's');
        if (rule == '+')
            remove_attribute (judgement.info->signed_attributes, attribute);
        else
            add_any (&judgement, attribute);
        g_assert_true (pena_block_acceptance (&judgement));
        if (rule != ' ')
            block_assert_found (&judgement, name, NOTE, PENA_SUB_NONE, text);
        if ((judgement.report->level == NULL) != (rule != ' '))
            g_error ("%s, %s: %s", name, judgement.report->format, judgement.report->level);
    }
}

static void
test_notes (void)
{
    static const struct {
        PenaAttribute attribute; /* added */
        gboolean leaves_level;
        const gchar *text;
    } rows[] = {
        {PENA_ATTRIBUTE_SIGNING_CERTIFICATE, FALSE, "referred to twice"},
        {PENA_ATTRIBUTE_SIGNING_TIME, FALSE, "signed attribute is there twice"},
        {PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V1, FALSE, "what the attribute archive-time-stamp proves"},
        {PENA_ATTRIBUTE_EVIDENCE_RECORD, TRUE, "what the attribute evidence record proves"},
        {PENA_ATTRIBUTE_EVIDENCE_RECORD_EXTERNAL, TRUE, "what the attribute external evidence record proves"},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_auto (PenaJudgement) judgement;
        begin_identified (&judgement, CADES);
        add_any (&judgement, rows[i].attribute);
        g_assert_true (pena_block_acceptance (&judgement));
        block_assert_found (&judgement, rows[i].text, NOTE, PENA_SUB_NONE, rows[i].text);
        g_assert_cmpint (judgement.report->level != NULL, ==, rows[i].leaves_level);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    world.pki = pki_new ("p256");
    world.context = pki_context_new (world.pki);
    g_test_add_func ("/ades/identify/rules", test_identify);
    g_test_add_func ("/ades/identify/reference", test_reference);
    g_test_add_func ("/ades/context/rules", test_context);
    g_test_add_func ("/ades/crypto/unchecked", test_unchecked_value);
    g_test_add_func ("/ades/crypto/rules", test_crypto);
    g_test_add_func ("/ades/acceptance/level", test_level);
    g_test_add_func ("/ades/acceptance/form", test_form);
    g_test_add_func ("/ades/acceptance/presence", test_presence);
    g_test_add_func ("/ades/acceptance/notes", test_notes);
    gint result = g_test_run ();
    pki_context_free (world.context);
    pki_free (world.pki);
    return result;
}
