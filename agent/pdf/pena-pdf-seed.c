/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the author of a form asks of a signature
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-seed.h"

#include <openssl/x509v3.h>
#include <string.h>

#include "pena-text.h"

/* Bits of /Ff in a seed value dictionary (table 237): the constraint is a must. */
#define MUST_FILTER (1 << 0)
#define MUST_SUB_FILTER (1 << 1)
#define MUST_VERSION (1 << 2)
#define MUST_REASONS (1 << 3)
#define MUST_LEGAL (1 << 4)
#define MUST_REVOCATION (1 << 5)
#define MUST_DIGEST (1 << 6)
#define MUST_LOCK (1 << 7)
#define MUST_APPEARANCE (1 << 8)

/* Bits of /Ff in a certificate seed value dictionary (table 238). */
#define MUST_SUBJECT (1 << 0)
#define MUST_ISSUER (1 << 1)
#define MUST_POLICY (1 << 2)
#define MUST_SUBJECT_DN (1 << 3)
#define MUST_KEY_USAGE (1 << 5)

#define MAX_SHOWN 3
#define MAX_LETTERS 40
/* Of a seed value dictionary that says which handler it needs: what the standard describes today. */
#define KNOWN_VERSION 3

typedef struct {
    PenaPdf *pdf;
    qpdf_oh seeds;
    const PenaPdfSignOptions *options;
} Demand;

static qpdf_oh
seed (const Demand *self, const gchar *key)
{
    return pena_pdf_get (self->pdf, self->seeds, key);
}

static gboolean
array_has_name (PenaPdf *pdf, qpdf_oh array, const gchar *name)
{
    gint n = pena_pdf_n_items (pdf, array);

    for (gint i = 0; i < n; i++)
        if (pena_pdf_name_is (pdf, qpdf_oh_get_array_item (pdf->qpdf, array, i), name))
            return TRUE;
    return FALSE;
}

/* Digests are names by the standard, and strings in the forms that there are. */
static gchar *
dup_word (PenaPdf *pdf, qpdf_oh item)
{
    gchar *name = pena_pdf_dup_name (pdf, item);

    return name != NULL ? name : pena_pdf_dup_text (pdf, item);
}

static gboolean
array_has_text (PenaPdf *pdf, qpdf_oh array, const gchar *text)
{
    gint n = pena_pdf_n_items (pdf, array);

    for (gint i = 0; i < n; i++) {
        g_autofree gchar *item = dup_word (pdf, qpdf_oh_get_array_item (pdf->qpdf, array, i));
        if (item != NULL && g_ascii_strcasecmp (item, text) == 0)
            return TRUE;
    }
    return FALSE;
}

/* Who is to give it as it is sees that this is not all of it. */
static void
append_beginning (GString *out, const gchar *text)
{
    gboolean whole = g_utf8_strlen (text, -1) <= MAX_LETTERS;

    g_string_append_len (out, text, whole ? -1 : g_utf8_offset_to_pointer (text, MAX_LETTERS) - text);
    if (!whole)
        g_string_append (out, "…");
}

/* The first few of what would be accepted, for people. */
static gchar *
list_texts (PenaPdf *pdf, qpdf_oh array)
{
    GString *out = g_string_new (NULL);
    gint n = pena_pdf_n_items (pdf, array);

    for (gint i = 0; i < MIN (n, MAX_SHOWN); i++) {
        g_autofree gchar *item = dup_word (pdf, qpdf_oh_get_array_item (pdf->qpdf, array, i));
        g_string_append (out, i > 0 ? ", " : "");
        append_beginning (out, item != NULL ? item : "");
    }
    if (n > MAX_SHOWN)
        g_string_append (out, ", …");
    return g_string_free (out, FALSE);
}

static gchar *
unmet (const gchar *key)
{
    return g_strdup_printf (_ ("a field whose seed value %s cannot be met"), key);
}

/* An empty list, or one with a lone full stop, forbids a reason (table 237). */
static gchar *
check_reason (const Demand *self)
{
    PenaPdf *pdf = self->pdf;
    qpdf_oh reasons = seed (self, "/Reasons");
    const gchar *reason = self->options->reason;
    gint n = pena_pdf_n_items (pdf, reasons);

    if (n == 0 || (n == 1 && array_has_text (pdf, reasons, ".")))
        return reason == NULL ? NULL : g_strdup (_ ("the field allows no reason"));
    for (gint i = 0; reason != NULL && i < n; i++) {
        g_autofree gchar *item = pena_pdf_dup_text (pdf, qpdf_oh_get_array_item (pdf->qpdf, reasons, i));
        if (g_strcmp0 (item, reason) == 0)
            return NULL;
    }
    g_autofree gchar *list = list_texts (pdf, reasons);
    return g_strdup_printf (_ ("the field allows these reasons only: %s"), list);
}

static gchar *
check_digest (const Demand *self)
{
    qpdf_oh digests = seed (self, "/DigestMethod");

    if (array_has_text (self->pdf, digests, self->options->digest != NULL ? self->options->digest : "SHA256"))
        return NULL;
    g_autofree gchar *list = list_texts (self->pdf, digests);
    return g_strdup_printf (_ ("the field allows these digests only: %s"), list);
}

/* /P 0: an approval; 1 to 3: a certification of that level. */
static gchar *
check_kind (const Demand *self)
{
    gint64 level = pena_pdf_get_int (self->pdf, seed (self, "/MDP"), "/P", -1);

    if (level < 0 || level == (gint64)self->options->certify)
        return NULL;
    if (level == 0)
        return g_strdup (_ ("the field is not for a certification"));
    return g_strdup_printf (_ ("the field is for a certification of level %d"), (gint)MIN (level, 9));
}

static gchar *
check_time_stamp (const Demand *self)
{
    gboolean must = (pena_pdf_get_int (self->pdf, seed (self, "/TimeStamp"), "/Ff", 0) & 1) != 0;

    return must && !self->options->time_stamped ? g_strdup (_ ("the field asks for a time-stamp (level B-T)"))
                                                : NULL;
}

/* ---- the certificate ---- */

static X509 *
parse (const guint8 *der, gsize length)
{
    return d2i_X509 (NULL, &der, (long)length);
}

/* The signer, or a certificate that has issued it, is one of the list. */
static gboolean
is_listed (PenaPdf *pdf, qpdf_oh list, GBytes *signer, gboolean as_issuer)
{
    gsize length;
    const guint8 *der = g_bytes_get_data (signer, &length);
    X509 *certificate = as_issuer ? parse (der, length) : NULL;
    gint n = pena_pdf_n_items (pdf, list);
    gboolean found = FALSE;

    for (gint i = 0; !found && i < n; i++) {
        const char *bytes;
        size_t size;
        if (!qpdf_oh_get_value_as_string (pdf->qpdf, qpdf_oh_get_array_item (pdf->qpdf, list, i), &bytes,
                                          &size))
            continue;
        if (!as_issuer) {
            found = size == length && memcmp (bytes, der, length) == 0;
            continue;
        }
        X509 *issuer = parse ((const guint8 *)bytes, size);
        found = issuer != NULL && certificate != NULL &&
                X509_check_issued (issuer, certificate) == X509_V_OK &&
                X509_verify (certificate, X509_get0_pubkey (issuer)) == 1;
        X509_free (issuer);
    }
    X509_free (certificate);
    return found;
}

/* "1": must be set, "0": must not, "X": all the same; in the order of RFC 5280, 4.2.1.3. */
static gboolean
usage_fits (const gchar *pattern, guint32 usage)
{
    static const guint32 bits[] = {KU_DIGITAL_SIGNATURE, KU_NON_REPUDIATION, KU_KEY_ENCIPHERMENT,
                                   KU_DATA_ENCIPHERMENT, KU_KEY_AGREEMENT,   KU_KEY_CERT_SIGN,
                                   KU_CRL_SIGN,          KU_ENCIPHER_ONLY,   KU_DECIPHER_ONLY};

    for (guint i = 0; i < G_N_ELEMENTS (bits) && pattern[i] != '\0'; i++)
        if ((pattern[i] == '1' && (usage & bits[i]) == 0) || (pattern[i] == '0' && (usage & bits[i]) != 0))
            return FALSE;
    return TRUE;
}

static gboolean
any_usage_fits (PenaPdf *pdf, qpdf_oh patterns, GBytes *signer)
{
    gsize length;
    const guint8 *der = g_bytes_get_data (signer, &length);
    X509 *certificate = parse (der, length);
    guint32 usage = certificate != NULL ? X509_get_key_usage (certificate) : 0;
    gint n = pena_pdf_n_items (pdf, patterns);
    gboolean fits = FALSE;

    for (gint i = 0; certificate != NULL && !fits && i < n; i++) {
        g_autofree gchar *pattern = pena_pdf_dup_text (pdf, qpdf_oh_get_array_item (pdf->qpdf, patterns, i));
        fits = pattern != NULL && usage_fits (pattern, usage);
    }
    X509_free (certificate);
    return fits;
}

static gchar *
check_certificate (const Demand *self)
{
    PenaPdf *pdf = self->pdf;
    qpdf_oh seeds = seed (self, "/Cert");
    gint64 must = pena_pdf_get_int (pdf, seeds, "/Ff", 0);
    GBytes *signer = self->options->signer;

    if ((must & MUST_POLICY) != 0)
        return unmet ("/Cert /OID");
    if ((must & MUST_SUBJECT_DN) != 0)
        return unmet ("/Cert /SubjectDN");
    if ((must & MUST_SUBJECT) != 0 &&
        (signer == NULL || !is_listed (pdf, pena_pdf_get (pdf, seeds, "/Subject"), signer, FALSE)))
        return g_strdup (_ ("a field for other certificates than this one"));
    if ((must & MUST_ISSUER) != 0 &&
        (signer == NULL || !is_listed (pdf, pena_pdf_get (pdf, seeds, "/Issuer"), signer, TRUE)))
        return g_strdup (_ ("a field for certificates of other issuers"));
    if ((must & MUST_KEY_USAGE) != 0 &&
        (signer == NULL || !any_usage_fits (pdf, pena_pdf_get (pdf, seeds, "/KeyUsage"), signer)))
        return g_strdup (_ ("a field for certificates with another key usage"));
    return NULL;
}

/* ---- all of them ---- */

/* What is told by yes or no. */
static gchar *
check_plain (const Demand *self)
{
    PenaPdf *pdf = self->pdf;
    gint64 must = pena_pdf_get_int (pdf, self->seeds, "/Ff", 0);

    if ((must & MUST_LEGAL) != 0)
        return unmet ("/LegalAttestation");
    if ((must & MUST_APPEARANCE) != 0)
        return unmet ("/AppearanceFilter");
    if ((must & MUST_LOCK) != 0 && pena_pdf_name_is (pdf, seed (self, "/LockDocument"), "/true"))
        return unmet ("/LockDocument");
    if ((must & MUST_FILTER) != 0 && !pena_pdf_name_is (pdf, seed (self, "/Filter"), "/Adobe.PPKLite"))
        return unmet ("/Filter");
    if ((must & MUST_SUB_FILTER) != 0 &&
        !array_has_name (pdf, seed (self, "/SubFilter"), "/ETSI.CAdES.detached"))
        return unmet ("/SubFilter");
    if ((must & MUST_VERSION) != 0 && pena_pdf_get_int (pdf, self->seeds, "/V", 1) > KNOWN_VERSION)
        return unmet ("/V");
    if ((must & MUST_REVOCATION) != 0 && pena_pdf_get_bool (pdf, self->seeds, "/AddRevInfo", FALSE))
        return unmet ("/AddRevInfo");
    return NULL;
}

/* Why the first demand that other wishes of the caller would meet is not met; NULL when all are. */
static gchar *
find_wish_to_change (const Demand *self)
{
    gint64 must = pena_pdf_get_int (self->pdf, self->seeds, "/Ff", 0);
    gchar *reason = NULL;

    if ((must & MUST_REASONS) != 0)
        reason = check_reason (self);
    if (reason == NULL && (must & MUST_DIGEST) != 0)
        reason = check_digest (self);
    if (reason == NULL)
        reason = check_kind (self);
    return reason != NULL ? reason : check_time_stamp (self);
}

gboolean
pena_pdf_check_seed (PenaPdf *pdf, const PenaPdfField *field, const PenaPdfSignOptions *options,
                     GError **error)
{
    const Demand demand = {pdf, pena_pdf_get (pdf, field->object, "/SV"), options};
    g_autofree gchar *obstacle = check_plain (&demand);
    g_autofree gchar *wish = find_wish_to_change (&demand);

    if (obstacle == NULL)
        obstacle = check_certificate (&demand);
    if (!pena_pdf_check (pdf, error))
        return FALSE;
    if (obstacle != NULL)
        pena_pdf_set_unsupported (error, obstacle);
    else if (wish != NULL)
        pena_pdf_set_request_invalid (error, "%s", wish);
    return obstacle == NULL && wish == NULL;
}
