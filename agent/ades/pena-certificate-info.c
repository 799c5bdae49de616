/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a person needs to know of a certificate
 * Copyright (C) 2026 the Pena authors */
#include <openssl/bio.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-algorithm.h"
#include "pena-certificate.h"

/* X.520 allows 64 characters for most; whole names are longer. */
#define MAX_ATTRIBUTE 512
#define MAX_NAME 4096

/* What is shown at a prompt must not be able to move the cursor, start a line or turn the reading direction.
 */
static gboolean
is_harmless (gunichar character)
{
    GUnicodeType type = g_unichar_type (character);
    return type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT && type != G_UNICODE_LINE_SEPARATOR &&
           type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

static gchar *
clean_text (const gchar *data, gsize length)
{
    g_autofree gchar *valid = g_utf8_make_valid (data, (gssize)length);
    GString *out = g_string_new (NULL);

    for (const gchar *at = valid; *at != '\0'; at = g_utf8_next_char (at))
        g_string_append_unichar (out, is_harmless (g_utf8_get_char (at)) ? g_utf8_get_char (at) : 0xFFFD);
    return g_string_free (out, FALSE);
}

static gchar *
dup_asn1_text (const ASN1_STRING *string)
{
    guint8 *utf8 = NULL;
    int length = ASN1_STRING_to_UTF8 (&utf8, string);

    if (length < 0)
        return NULL;
    gchar *text =
        length > 0 && length <= MAX_ATTRIBUTE ? clean_text ((const gchar *)utf8, (gsize)length) : NULL;
    OPENSSL_free (utf8);
    return text;
}

static gchar *
dup_attribute (const X509_NAME *name, int nid)
{
    int at = X509_NAME_get_index_by_NID (name, nid, -1);
    return at >= 0 ? dup_asn1_text (X509_NAME_ENTRY_get_data (X509_NAME_get_entry (name, at))) : NULL;
}

static gchar *
dup_name (const X509_NAME *name)
{
    BIO *memory = BIO_new (BIO_s_mem ());
    gchar *data = NULL;

    X509_NAME_print_ex (memory, name, 0, XN_FLAG_RFC2253 & ~(gulong)ASN1_STRFLGS_ESC_MSB);
    long length = BIO_get_mem_data (memory, &data);
    gchar *text = clean_text (data, (gsize)CLAMP (length, 0, MAX_NAME));
    BIO_free (memory);
    return text;
}

static gchar *
dup_nip (const X509_NAME *subject)
{
    g_autofree gchar *number = dup_attribute (subject, NID_serialNumber);
    if (number == NULL || strlen (number) != 18 || strspn (number, "0123456789") != 18)
        return NULL;
    return g_steal_pointer (&number);
}

static gchar *
dup_email (X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i (certificate, NID_subject_alt_name, NULL, NULL);
    gchar *email = NULL;

    for (int i = 0; email == NULL && i < sk_GENERAL_NAME_num (names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value (names, i);
        if (name->type == GEN_EMAIL)
            email = dup_asn1_text (name->d.rfc822Name);
    }
    GENERAL_NAMES_free (names);
    return email != NULL ? email
                         : dup_attribute (X509_get_subject_name (certificate), NID_pkcs9_emailAddress);
}

gchar *
pena_integer_hex (const ASN1_INTEGER *integer)
{
    BIGNUM *number = ASN1_INTEGER_to_BN (integer, NULL);
    gchar *hex = number != NULL ? BN_bn2hex (number) : NULL;
    gchar *text = hex != NULL ? g_ascii_strdown (hex, -1) : g_strdup ("");

    OPENSSL_free (hex);
    BN_free (number);
    return text;
}

gchar *
pena_certificate_display_name (X509 *certificate)
{
    gchar *name = dup_attribute (X509_get_subject_name (certificate), NID_commonName);
    return name != NULL ? name : dup_name (X509_get_subject_name (certificate));
}

PenaCertificateInfo *
pena_certificate_info_from_x509 (X509 *certificate, GError **error)
{
    const X509_NAME *subject = X509_get_subject_name (certificate);
    gint64 not_before, not_after;

    if (!pena_time_from_asn1 (X509_get0_notBefore (certificate), &not_before) ||
        !pena_time_from_asn1 (X509_get0_notAfter (certificate), &not_after)) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_INVALID, "validity cannot be read");
        return NULL;
    }
    PenaCertificateInfo *self = g_new0 (PenaCertificateInfo, 1);
    self->common_name = dup_attribute (subject, NID_commonName);
    self->nip = dup_nip (subject);
    self->title = dup_attribute (subject, NID_title);
    self->unit = dup_attribute (subject, NID_organizationalUnitName);
    self->organization = dup_attribute (subject, NID_organizationName);
    self->email = dup_email (certificate);
    self->subject = dup_name (subject);
    self->issuer = dup_name (X509_get_issuer_name (certificate));
    self->issuer_name = dup_attribute (X509_get_issuer_name (certificate), NID_organizationName);
    if (self->issuer_name == NULL)
        self->issuer_name = dup_attribute (X509_get_issuer_name (certificate), NID_commonName);
    self->serial = pena_integer_hex (X509_get0_serialNumber (certificate));
    self->key = pena_key_name (X509_get0_pubkey (certificate));
    self->not_before = not_before;
    self->not_after = not_after;
    self->can_sign = pena_certificate_can_sign (certificate);
    return self;
}

PenaCertificateInfo *
pena_certificate_info_new (GBytes *certificate, GError **error)
{
    g_autoptr (X509) parsed = pena_certificate_parse (certificate, error);
    return parsed != NULL ? pena_certificate_info_from_x509 (parsed, error) : NULL;
}

void
pena_certificate_info_free (PenaCertificateInfo *self)
{
    if (self == NULL)
        return;
    g_free (self->common_name);
    g_free (self->nip);
    g_free (self->title);
    g_free (self->unit);
    g_free (self->organization);
    g_free (self->email);
    g_free (self->subject);
    g_free (self->issuer);
    g_free (self->issuer_name);
    g_free (self->serial);
    g_free (self->key);
    g_free (self);
}
