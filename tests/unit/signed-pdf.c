/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PDFs with real signatures for tests, and what Pena says of them
 * Copyright (C) 2026 the Pena authors */
#include "signed-pdf.h"

#include <json-glib/json-glib.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-der.h"
#include "pena-hex.h"
#include "pena-report-json.h"
#include "pena-tsp.h"

#define OLD_CONTENTS 600 /* room for the value of a key of up to 4096 bits */

const gchar *const signed_pdf_letter[] = {
    "1 << /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R >>",
    "2 << /Type /Pages /Kids 7 0 R /Count 2 /MediaBox [0 0 595 842] /Resources << /Font << /F1 10 0 R >> >> "
    ">>",
    "3 << /Type /Page /Parent 2 0 R /Annots 8 0 R /Contents 9 0 R >>",
    "4 << /Type /Page /Parent 2 0 R >>",
    "5 << /Fields 6 0 R /DR << /Font << /Helv 10 0 R >> >> /DA (/Helv 10 Tf) >>",
    "6 [ ]",
    "7 [3 0 R 4 0 R]",
    "8 [ ]",
    "9 << /Length 33 >>\nstream\nBT /F1 12 Tf (Rp 1.000.000) Tj ET\nendstream",
    "10 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    NULL,
};

PdfBuilder *
signed_pdf_start (const gchar *const *objects)
{
    PdfBuilder *builder = pdf_builder_new ("%PDF-1.7\n");

    signed_pdf_append (builder, objects);
    return builder;
}

void
signed_pdf_append (PdfBuilder *builder, const gchar *const *objects)
{
    for (; *objects != NULL; objects++) {
        gchar *text;
        gint number = (gint)g_ascii_strtoll (*objects, &text, 10);
        pdf_builder_object (builder, number, text + 1);
    }
}

static GBytes *
digest_of (const PdfBuilder *builder, const PenaPdfUpdate *update)
{
    g_autoptr (GByteArray) all = g_byte_array_new ();
    gsize after = update->gap_offset + update->gap_length;

    g_byte_array_append (all, builder->bytes->data, builder->bytes->len);
    g_byte_array_append (all, update->bytes->data, (guint)update->gap_offset);
    g_byte_array_append (all, update->bytes->data + after, update->bytes->len - (guint)after);
    return pki_sha256 (all->data, all->len);
}

static void
append_update (PdfBuilder *builder, PenaPdfUpdate *update, GBytes *contents)
{
    g_autoptr (GByteArray) whole = g_byte_array_new ();
    g_autoptr (GError) error = NULL;
    gsize length;
    gconstpointer data = g_bytes_get_data (contents, &length);

    g_assert_true (pena_pdf_update_set_contents (update, data, length, &error));
    g_byte_array_append (whole, builder->bytes->data, builder->bytes->len);
    g_byte_array_append (whole, update->bytes->data, update->bytes->len);
    pdf_builder_set_bytes (builder, whole->data, whole->len);
}

void
signed_pdf_sign (PdfBuilder *builder, const Pki *pki, const PenaPdfSignOptions *options)
{
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);
    g_autoptr (GPtrArray) chain = pki_chain (pki);
    const PenaAdesOptions ades = {
        .format = PENA_ADES_PADES, .chain = chain, .digest = "sha256", .time = PKI_NOW};
    PenaPdfSignOptions all = *options;
    g_autoptr (GError) error = NULL;

    g_autoptr (PenaAdesDraft) draft = pena_ades_draft_new (&ades, &error);
    g_assert_no_error (error);
    all.time = options->time != 0 ? options->time : PKI_NOW;
    all.contents_capacity = pena_ades_draft_get_capacity (draft);
    g_autoptr (PenaPdfUpdate) update = pena_pdf_prepare (document->pdf, &all, &error);
    g_assert_no_error (error);
    g_autoptr (GBytes) digest = digest_of (builder, update);
    g_autoptr (GBytes) attributes = pena_ades_draft_get_to_be_signed (draft, digest, &error);
    g_assert_no_error (error);
    g_autoptr (GBytes) value = pki_sign_value (pki->signer.key, attributes);
    g_autoptr (GBytes) cms = pena_ades_draft_finish (draft, value, &error);
    g_assert_no_error (error);
    append_update (builder, update, cms);
}

void
signed_pdf_stamp (PdfBuilder *builder, const PkiEntity *tsa, const TsaSpec *spec)
{
    const PenaPdfSignOptions options = {.time_stamp = TRUE, .contents_capacity = 8192};
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);
    g_autoptr (GError) error = NULL;

    g_autoptr (PenaPdfUpdate) update = pena_pdf_prepare (document->pdf, &options, &error);
    g_assert_no_error (error);
    g_autoptr (GBytes) digest = digest_of (builder, update);
    g_autoptr (PenaTimeStampQuery) query = pena_time_stamp_query_new ("sha256", digest, NULL, &error);
    g_assert_no_error (error);
    g_autoptr (GBytes) token = trust_tsa_token (tsa, pena_time_stamp_query_get_der (query), spec);
    append_update (builder, update, token);
}

static guint8 *
find (const PdfBuilder *builder, const gchar *text)
{
    guint8 *at = memmem (builder->bytes->data, builder->bytes->len, text, strlen (text));

    g_assert_nonnull (at);
    return at;
}

/* The certificates as /Cert has them. */
static gchar *
hex_chain (const Pki *pki)
{
    g_autoptr (GPtrArray) chain = pki_chain (pki);
    GString *out = g_string_new (NULL);

    for (guint i = 0; i < chain->len; i++) {
        gsize size;
        const guint8 *der = g_bytes_get_data (chain->pdata[i], &size);
        g_autofree gchar *hex = pena_hex (der, size);
        g_string_append_printf (out, "<%s>", hex);
    }
    return g_string_free (out, FALSE);
}

/* What is not between these places, signed with SHA-256. */
static GByteArray *
sign_around (const PdfBuilder *builder, gsize first, gsize second, EVP_PKEY *key)
{
    g_autoptr (GByteArray) covered = g_byte_array_new ();
    GByteArray *out = g_byte_array_new ();
    gsize size;

    g_byte_array_append (covered, builder->bytes->data, (guint)first);
    g_byte_array_append (covered, builder->bytes->data + second, builder->bytes->len - (guint)second);
    g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (g_steal_pointer (&covered));
    g_autoptr (GBytes) value = pki_sign_value (key, bytes);
    const guint8 *data = g_bytes_get_data (value, &size);
    pena_der_append (out, PENA_DER_OCTET_STRING, data, size);
    return out;
}

void
signed_pdf_sign_old (PdfBuilder *builder, const Pki *pki)
{
    static const gchar *const field[] = {"6 [12 0 R]", "12 << /FT /Sig /T (Signature1) /V 11 0 R >>", NULL};
    g_autofree gchar *chain = hex_chain (pki);
    g_autofree gchar *room = g_strnfill (2 * OLD_CONTENTS, '0');
    g_autofree gchar *dictionary =
        g_strdup_printf ("<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.x509.rsa_sha1 /Cert [%s] "
                         "/ByteRange [0 %010u %010u %010u] /Contents <%s> >>",
                         chain, 0, 0, 0, room);

    signed_pdf_append (builder, field);
    pdf_builder_object (builder, 11, dictionary);
    pdf_builder_table (builder, "");
    gsize first = (gsize)(find (builder, "/Contents <0") - builder->bytes->data) + strlen ("/Contents ");
    gsize second = first + strlen (room) + 2;
    g_autofree gchar *ranges =
        g_strdup_printf ("/ByteRange [0 %010zu %010zu %010zu]", first, second, builder->bytes->len - second);
    memcpy (find (builder, "/ByteRange [0 0"), ranges, strlen (ranges));
    g_autoptr (GByteArray) value = sign_around (builder, first, second, pki->signer.key);
    g_autofree gchar *hex = pena_hex (value->data, value->len);
    g_assert_cmpuint (value->len, <=, OLD_CONTENTS);
    memcpy (builder->bytes->data + first + 1, hex, strlen (hex));
}

/* ---- what attackers append ---- */

gchar *
signed_pdf_hex_contents (const PdfBuilder *builder)
{
    const gchar *from = memmem (builder->bytes->data, builder->bytes->len, "/Contents <3", 12);
    const gchar *to = strchr (from, '>');

    return g_strndup (from + strlen ("/Contents <"), (gsize)(to - from) - strlen ("/Contents <"));
}

void
signed_pdf_forge (PdfBuilder *builder, gint number, const gchar *entries)
{
    g_autofree gchar *contents = signed_pdf_hex_contents (builder);
    g_autoptr (GString) text = g_string_new (entries);

    g_string_replace (text, "%s", contents, 0);
    g_string_prepend (text, "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached ");
    g_string_append (text, " >>");
    pdf_builder_object (builder, number, text->str);
}

void
signed_pdf_shadow_in_stream (PdfBuilder *builder, const gchar *inner)
{
    guint stream = builder->bytes->len;
    g_autoptr (GString) text = g_string_new (NULL);

    g_string_append_printf (
        text, "13 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Length %zu >>\nstream\n%s\nendstream\nendobj\n",
        strlen (inner), inner);
    guint section = stream + (guint)text->len;
    g_string_append_printf (text,
                            "14 0 obj\n<< /Type /XRef /Size 15 /Root 1 0 R /Prev %" G_GUINT64_FORMAT
                            " /W [1 4 1] /Index [4 1 13 2] /Filter /ASCIIHexDecode /Length 37 >>\nstream\n"
                            "020000000d0001%08x0001%08x00>\nendstream\nendobj\nstartxref\n%u\n%%%%EOF\n",
                            builder->startxref, stream, section, section);
    pdf_builder_text (builder, text->str);
}

/* ---- what is said ---- */

static void
append_member (GString *out, JsonObject *object, const gchar *member)
{
    JsonNode *node = json_object_get_member (object, member);

    if (!JSON_NODE_HOLDS_NULL (node))
        g_string_append_printf (out, " %s", json_node_get_string (node));
}

static gchar *
tell_signature (JsonObject *signature)
{
    GString *out = g_string_new (json_object_get_string_member (signature, "verdict"));
    JsonObject *coverage = json_object_get_object_member (signature, "coverage");
    JsonArray *changes = json_object_get_array_member (coverage, "changes");
    JsonArray *problems = json_object_get_array_member (signature, "problems");

    append_member (out, signature, "sub_indication");
    append_member (out, coverage, "changes_after");
    for (guint i = 0; i < json_array_get_length (changes); i++) {
        JsonObject *change = json_array_get_object_element (changes, i);
        if (!json_object_get_boolean_member (change, "allowed"))
            append_member (out, change, "kind");
    }
    if (!json_object_get_null_member (signature, "countersigns"))
        g_string_append (out, " | a countersignature");
    for (guint i = 0; i < json_array_get_length (problems); i++)
        g_string_append_printf (out, " | %s", json_array_get_string_element (problems, i));
    return g_string_free (out, FALSE);
}

static gchar *
tell_refusal (const GError *error)
{
    g_autofree gchar *text = pena_error_describe (error);
    return g_strdup_printf ("refused: %s", text);
}

gchar *
signed_pdf_tell (gconstpointer data, gsize size, const Pki *trusted, const gchar *field)
{
    g_autoptr (PdfDocument) document = pdf_document_load (data, size);
    g_autoptr (PenaValidationContext) context = pki_context_new (trusted);
    g_autoptr (GError) error = NULL;

    document->pdf = pena_pdf_open (document->bytes, &error);
    const PenaReportInput input = {.bytes = document->bytes, .pdf = document->pdf, .context = *context};
    g_autofree gchar *text = document->pdf != NULL ? pena_report_json (&input, &error) : NULL;
    if (text == NULL)
        return tell_refusal (error);
    g_autoptr (JsonNode) root = json_from_string (text, &error);
    g_assert_no_error (error);
    if (field == NULL)
        return g_strdup (json_object_get_string_member (json_node_get_object (root), "verdict"));
    JsonArray *signatures = json_object_get_array_member (json_node_get_object (root), "signatures");
    for (guint i = 0; i < json_array_get_length (signatures); i++) {
        JsonObject *one = json_array_get_object_element (signatures, i);
        if (g_strcmp0 (json_object_get_string_member (one, "field"), field) == 0)
            return tell_signature (one);
    }
    return g_strdup ("no signature");
}
