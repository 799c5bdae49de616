/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of what is said of a signed PDF that was damaged, cut off, continued or put together from others
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "signed-pdf.h"

typedef struct {
    Pki *trusted, *other;
    PkiEntity tsa, strange_tsa;
} World;

static World world;

static PdfBuilder *
start (const Pki *pki, guint certify)
{
    const PenaPdfSignOptions options = {.certify = certify};
    PdfBuilder *builder = signed_pdf_start (signed_pdf_letter);

    pdf_builder_table (builder, "");
    signed_pdf_sign (builder, pki, &options);
    return builder;
}

static gchar *
tell (const guint8 *data, gsize size, const gchar *field)
{
    return signed_pdf_tell (data, size, world.trusted, field);
}

/* All of the words, separated by " & ". */
static void
assert_told (const gchar *name, const gchar *told, const gchar *expected)
{
    g_auto (GStrv) words = g_strsplit (expected, " & ", -1);

    for (guint i = 0; words[i] != NULL; i++)
        if (strstr (told, words[i]) == NULL)
            g_error ("%s: no '%s' in: %s", name, words[i], told);
}

/* ---- bits ---- */

/* Where the text stands, from `since` on. */
static gsize
find (const PdfBuilder *builder, gsize since, const gchar *text)
{
    const guint8 *at =
        memmem (builder->bytes->data + since, builder->bytes->len - since, text, strlen (text));

    g_assert_nonnull (at);
    return (gsize)(at - builder->bytes->data);
}

static void
test_bits_of_regions (void)
{
    static const struct {
        const gchar *after,
            *expected; /* the byte behind this text, in the signed revision when it is there */
        guint8 bit;
    } cases[] = {
        {"%PDF-1.", "TOTAL-FAILED & HASH_FAILURE", 1},
        {"(Rp ", "TOTAL-FAILED & HASH_FAILURE", 1},
        {"/BaseFont /", "TOTAL-FAILED & HASH_FAILURE", 1},
        {"/MediaBox [0 0 5", "TOTAL-FAILED & HASH_FAILURE", 1},
        {"0000000000 6553", "TOTAL-FAILED & HASH_FAILURE", 1},
        /* it is told first */
        {"/ByteRange [",
         "TOTAL-FAILED FORMAT_FAILURE other | The signature does not say properly what it covers: "
         "/ByteRange does not start at "
         "the beginning of the file | ",
         1},
        {"/ByteRange [0 ", "TOTAL-FAILED & FORMAT_FAILURE", 1},
        {"/SubFilter /ETSI.CAdE", "TOTAL-FAILED & HASH_FAILURE", 1},
        {"/Contents <308", "TOTAL-FAILED & FORMAT_FAILURE", 4},
        {"/Contents 9 0 ", "refused", 1},
        {"/FT /Si", "no signature", 1},
        {"/Type /Catalo", "TOTAL-FAILED & HASH_FAILURE", 1},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = start (world.trusted, 0);
        gsize at = find (builder, 0, cases[i].after) + strlen (cases[i].after);
        builder->bytes->data[at] ^= cases[i].bit;
        g_autofree gchar *told = tell (builder->bytes->data, builder->bytes->len, "Signature1");
        assert_told (cases[i].after, told, cases[i].expected);
    }
}

/* Letters among hexadecimal digits have the same value in both cases. */
static gboolean
is_same_digit (guint8 was, guint8 now)
{
    return g_ascii_isxdigit (was) && g_ascii_xdigit_value ((gchar)was) == g_ascii_xdigit_value ((gchar)now);
}

static void
test_bits_everywhere (void)
{
    g_autoptr (PdfBuilder) builder = start (world.trusted, 2);
    guint8 *data = builder->bytes->data;
    gsize first = find (builder, 0, "/Contents <3") + strlen ("/Contents "),
          second = find (builder, first, ">");

    for (gsize at = 0; at < builder->bytes->len; at += at < first || at > second ? 1 : 23) {
        guint8 was = data[at];
        data[at] ^= (guint8)(1 << (at % 8));
        if (at < first || at > second || !is_same_digit (was, data[at])) {
            g_autofree gchar *told = tell (data, builder->bytes->len, "Signature1");
            if (g_str_has_prefix (told, "TOTAL-PASSED"))
                g_error ("byte %" G_GSIZE_FORMAT " was 0x%02x: %s", at, was, told);
        }
        data[at] = was;
    }
}

/* ---- lengths ---- */

static void
test_cut_off (void)
{
    g_autoptr (PdfBuilder) builder = start (world.trusted, 0);
    gsize size = builder->bytes->len, unsigned_end = find (builder, 0, "%%EOF") + strlen ("%%EOF\n");

    for (gsize length = 1; length < size; length += 61) {
        g_autofree gchar *told = tell (builder->bytes->data, length, "Signature1");
        g_assert_false (g_str_has_prefix (told, "TOTAL-PASSED"));
    }
    g_autofree gchar *before = tell (builder->bytes->data, unsigned_end, "Signature1");
    g_assert_cmpstr (before, ==, "no signature");
    g_autofree gchar *end = tell (builder->bytes->data, size - 1, "Signature1");
    assert_told ("the last byte", end, "TOTAL-FAILED & FORMAT_FAILURE & out of the file");
}

/* ---- revisions ---- */

static void
test_continued (void)
{
    static const struct {
        guint certify;
        const gchar *update[4], *expected;
    } cases[] = {
        {0,
         {"9 << /Length 1 >>\nstream\n \nendstream"},
         "INDETERMINATE & SIG_CONSTRAINTS_FAILURE & page-content"},
        {2,
         {"9 << /Length 1 >>\nstream\n \nendstream"},
         "INDETERMINATE & SIG_CONSTRAINTS_FAILURE & page-content"},
        {0, {"6 [12 0 R 13 0 R]", "13 << /FT /Sig /T (Kedua) >>"}, "TOTAL-PASSED allowed"},
        {1,
         {"6 [12 0 R 13 0 R]", "13 << /FT /Sig /T (Kedua) >>"},
         "INDETERMINATE & SIG_CONSTRAINTS_FAILURE & signature-field-added"},
        {3, {"8 [12 0 R 13 0 R]", "13 << /Subtype /Text /Rect [0 0 9 9] >>"}, "TOTAL-PASSED allowed"},
        {2,
         {"8 [12 0 R 13 0 R]", "13 << /Subtype /Text /Rect [0 0 9 9] >>"},
         "INDETERMINATE & SIG_CONSTRAINTS_FAILURE & comment-added"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree gchar *name = g_strdup_printf ("continued %" G_GSIZE_FORMAT, i);
        g_autoptr (PdfBuilder) builder = start (world.trusted, cases[i].certify);
        signed_pdf_append (builder, cases[i].update);
        pdf_builder_table (builder, "");
        g_autofree gchar *told = tell (builder->bytes->data, builder->bytes->len, "Signature1");
        assert_told (name, told, cases[i].expected);
    }
}

/* A form that its author certifies, to be filled in: it is, in two steps, and then signed. */
static void
test_certified_form (void)
{
    static const gchar *const form[] = {
        "1 << /Type /Catalog /Pages 2 0 R /AcroForm 4 0 R >>",
        "2 << /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
        "3 << /Type /Page /Parent 2 0 R /Annots [5 0 R 6 0 R] >>",
        "4 << /Fields [5 0 R 6 0 R] >>",
        "5 << /Subtype /Widget /FT /Tx /T (Nama) /Rect [9 9 99 29] >>",
        "6 << /Subtype /Widget /FT /Tx /T (Jumlah) /V (1) /Rect [9 39 99 59] >>",
        NULL};
    static const struct {
        guint certify;
        const gchar *update[2], *expected;
    } steps[] = {
        {2,
         {"5 << /Subtype /Widget /FT /Tx /T (Nama) /V (Sari) /Rect [9 9 99 29] >>"},
         "TOTAL-PASSED allowed"},
        {2,
         {"6 << /Subtype /Widget /FT /Tx /T (Jumlah) /V (2) /Rect [9 39 99 59] >>"},
         "TOTAL-PASSED allowed"},
        {0,
         {"5 << /Subtype /Widget /FT /Tx /T (Nama) /V (Sari) /Rect [9 9 99 29] >>"},
         "TOTAL-PASSED allowed"},
        {0,
         {"6 << /Subtype /Widget /FT /Tx /T (Jumlah) /V (2) /Rect [9 39 99 59] >>"},
         "INDETERMINATE & field-value-replaced"},
        {1,
         {"5 << /Subtype /Widget /FT /Tx /T (Nama) /V (Sari) /Rect [9 9 99 29] >>"},
         "INDETERMINATE & field-filled"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (steps); i++) {
        const PenaPdfSignOptions options = {.certify = steps[i].certify}, approval = {0};
        g_autoptr (PdfBuilder) builder = signed_pdf_start (form);
        pdf_builder_table (builder, "");
        signed_pdf_sign (builder, world.trusted, &options);
        signed_pdf_append (builder, steps[i].update);
        pdf_builder_table (builder, "");
        g_autofree gchar *filled = tell (builder->bytes->data, builder->bytes->len, "Signature1");
        assert_told (steps[i].update[0], filled, steps[i].expected);
        if (steps[i].certify == 1)
            continue;
        signed_pdf_sign (builder, world.trusted, &approval);
        g_autofree gchar *first = tell (builder->bytes->data, builder->bytes->len, "Signature1");
        g_autofree gchar *second = tell (builder->bytes->data, builder->bytes->len, "Signature2");
        assert_told (steps[i].update[0], first, steps[i].expected);
        g_assert_cmpstr (second, ==, "TOTAL-PASSED none");
    }
}

/* ---- certificates ---- */

static void
test_swapped_certificates (void)
{
    Pki grafted = *world.other;
    g_autoptr (PdfBuilder) stranger = start (world.other, 0);

    g_autofree gchar *strange = tell (stranger->bytes->data, stranger->bytes->len, "Signature1");
    assert_told ("signed by a stranger", strange, "INDETERMINATE & NO_CERTIFICATE_CHAIN_FOUND");
    grafted.issuing = world.trusted->issuing;
    grafted.root = world.trusted->root;
    g_autoptr (PdfBuilder) below = start (&grafted, 0);
    g_autofree gchar *chain = tell (below->bytes->data, below->bytes->len, "Signature1");
    assert_told ("a trusted chain above another's certificate", chain, "INDETERMINATE & CHAIN");
}

/* ---- time-stamps ---- */

static void
test_wrong_time_stamps (void)
{
    static const struct {
        const gchar *name;
        TsaSpec spec;
        gboolean strange;
        const gchar *expected, *document;
    } cases[] = {
        {"sound", {0}, FALSE, "TOTAL-PASSED none", "valid"},
        {"of something else", {.other_imprint = TRUE}, FALSE, "TOTAL-FAILED & HASH_FAILURE", "invalid"},
        {"damaged",
         {.damaged = TRUE},
         FALSE,
         "TOTAL-FAILED & SIG_CRYPTO_FAILURE & its signature is wrong",
         "invalid"},
        {"of an authority that nobody knows",
         {0},
         TRUE,
         "INDETERMINATE & NO_CERTIFICATE_CHAIN_FOUND",
         "valid"},
        {"without its certificate's binding",
         {.no_binding = TRUE},
         FALSE,
         "INDETERMINATE & NO_SIGNING_CERTIFICATE_FOUND & not bound",
         "indeterminate"},
        {"of another type", {.other_type = TRUE}, FALSE, "TOTAL-FAILED & FORMAT_FAILURE", "invalid"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = start (world.trusted, 0);
        TsaSpec spec = cases[i].spec;
        spec.issuer = cases[i].strange ? &world.other->issuing : &world.trusted->issuing;
        signed_pdf_stamp (builder, cases[i].strange ? &world.strange_tsa : &world.tsa, &spec);
        g_autofree gchar *stamp = tell (builder->bytes->data, builder->bytes->len, "Signature2");
        g_autofree gchar *signature = tell (builder->bytes->data, builder->bytes->len, "Signature1");
        g_autofree gchar *whole = tell (builder->bytes->data, builder->bytes->len, NULL);
        assert_told (cases[i].name, stamp, cases[i].expected);
        g_assert_cmpstr (whole, ==, cases[i].document);
        g_assert_null (strstr (stamp, "countersignature"));
        g_assert_cmpstr (signature, ==, "TOTAL-PASSED signatures");
    }
}

/* ---- older kinds ---- */

/* adbe.x509.rsa_sha1: a PKCS#1 signature with the certificates in /Cert. */
static void
test_old_x509 (void)
{
    static const struct {
        const gchar *after; /* the byte behind this text is changed; NULL: none is */
        const gchar *expected;
    } cases[] = {
        {NULL, "TOTAL-PASSED none"},
        {"(Rp ", "TOTAL-FAILED & HASH_FAILURE"},
        {"/Cert [<3082", "INDETERMINATE & NO_SIGNING_CERTIFICATE_FOUND"},
        {"/Contents <0", "TOTAL-FAILED & FORMAT_FAILURE"},
        {"/Contents <0482010", "TOTAL-FAILED & SIG_CRYPTO_FAILURE"},
    };
    g_autoptr (Pki) pki = pki_new ("rsa");

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = signed_pdf_start (signed_pdf_letter);
        pdf_builder_table (builder, "");
        signed_pdf_sign_old (builder, pki);
        if (cases[i].after != NULL)
            builder->bytes->data[find (builder, 0, cases[i].after) + strlen (cases[i].after)] ^= 1;
        g_autofree gchar *told =
            signed_pdf_tell (builder->bytes->data, builder->bytes->len, pki, "Signature1");
        assert_told (cases[i].after != NULL ? cases[i].after : "as made", told, cases[i].expected);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    world.trusted = pki_new ("p256");
    world.other = pki_new ("p256");
    world.tsa = trust_new_tsa (&world.trusted->issuing, "p256");
    world.strange_tsa = trust_new_tsa (&world.other->issuing, "p256");
    g_test_add_func ("/document/variants/bits-of-regions", test_bits_of_regions);
    g_test_add_func ("/document/variants/bits-everywhere", test_bits_everywhere);
    g_test_add_func ("/document/variants/cut-off", test_cut_off);
    g_test_add_func ("/document/variants/continued", test_continued);
    g_test_add_func ("/document/variants/certified-form", test_certified_form);
    g_test_add_func ("/document/variants/swapped-certificates", test_swapped_certificates);
    g_test_add_func ("/document/variants/wrong-time-stamps", test_wrong_time_stamps);
    g_test_add_func ("/document/variants/old-x509", test_old_x509);
    gint result = g_test_run ();
    pki_entity_clear (&world.tsa);
    pki_entity_clear (&world.strange_tsa);
    pki_free (world.trusted);
    pki_free (world.other);
    return result;
}
