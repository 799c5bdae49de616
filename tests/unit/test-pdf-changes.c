/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of what is said of a revision after a signature: a sample for each row of docs/validation-changes.md
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "pdf-builder.h"
#include "pena-pdf-edit.h"
#include "pena-pdf-reader.h"

/* A form with one of everything. The first signature is object 31, its field 32; updates begin with 33. Objects 25 and
 * 30 nobody refers to, 29 is lacking. */
#define LOOK "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 10 >>\nstream\n0 0 9 9 re\nendstream"
#define XMP "<< /Type /Metadata /Subtype /XML /Length 4 >>\nstream\n"
static const gchar *const form[] = {
    "1 << /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R /Metadata 20 0 R /OCProperties 21 0 R /Names 22 0 R "
    "/StructTreeRoot 23 0 R /OutputIntents [24 0 R] /Outlines 26 0 R >>",
    "2 << /Type /Pages /Kids 7 0 R /Count 2 /MediaBox [0 0 595 842] >>",
    "3 << /Type /Page /Parent 2 0 R /Annots 8 0 R /Contents 9 0 R /Resources << /Font << /F1 11 0 R >> >> >>",
    "4 << /Type /Page /Parent 2 0 R >>",
    "5 << /Fields 6 0 R /DR << /Font << /Helv 10 0 R >> >> /DA (/Helv 10 Tf) >>",
    "6 [13 0 R 14 0 R 15 0 R 28 0 R]",
    "7 [3 0 R 4 0 R]",
    "8 [13 0 R 14 0 R 15 0 R 16 0 R 17 0 R]",
    "9 << /Length 33 >>\nstream\nBT /F1 12 Tf (Rp 1.000.000) Tj ET\nendstream",
    "10 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    "11 << /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>",
    "12 << /Title (Surat) /ModDate (D:2026) >>",
    "13 << /Subtype /Widget /FT /Tx /T (Nama) /Rect [9 9 99 29] >>",
    "14 << /Subtype /Widget /FT /Tx /T (Jumlah) /V (1000) /Rect [9 39 99 59] /AP << /N 18 0 R >> >>",
    "15 << /Subtype /Widget /FT /Btn /Ff 65536 /T (Cetak) /Rect [9 69 99 89] /AP << /N 19 0 R >> >>",
    "16 << /Subtype /Text /Rect [0 0 9 9] /Contents (Catatan) >>",
    "17 << /Subtype /Stamp /Rect [0 0 9 9] /AP << /N 27 0 R >> >>",
    "18 " LOOK,
    "19 " LOOK,
    "20 " XMP "<a/>\nendstream",
    "21 << /OCGs [] /D << >> >>",
    "22 << /EmbeddedFiles << /Names [] >> /JavaScript << /Names [] >> /Dests << /Names [] >> >>",
    "23 << /Type /StructTreeRoot >>",
    "24 << /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (x) >>",
    "25 (nobody refers to it)",
    "26 << /Type /Outlines /X 29 0 R >>",
    "27 " LOOK,
    "28 << /FT /Sig /T (Kosong) >>",
    "30 << /FT /Tx /T (Rahasia) /V (x) >>",
    NULL,
};

/* What is signed with, by the letter that the tables name it by. */
static const gchar allowances[] = "a123";

typedef enum {
    END_TABLE,
    END_STREAM,
    END_HYBRID,
    END_SIGNED,  /* a second signature follows, in the field "Kedua" or a new one */
    END_STAMPED, /* a time-stamp of the document follows */
} End;

typedef struct {
    const gchar *code; /* what is told of it */
    const gchar *by;   /* the allowances by which it is allowed */
    /* "13 << … >>": that object; "6 + 33 0 R": what it is, and that inside it; else bytes behind the end */
    const gchar *update[6];
    const gchar *trailer;
    End end;
    const gchar *field; /* of the edit */
    guint page;
    gboolean twice; /* it is signed once more before the update */
} Row;

#define KEDUA "33 << /FT /Sig /T (Kedua) >>"

static const Row rows[] = {
    {"signature-added", "a23", {NULL}, .end = END_SIGNED, .field = "Signature2"},
    {"time-stamp-added", "a123", {NULL}, .end = END_STAMPED},
    {"signature-field-added", "a23", {"6 + 33 0 R", KEDUA}, .field = "Kedua"},
    {"signature-field-added", "a23", {"6 + 33 0 R", KEDUA}, .end = END_SIGNED, .field = "Kedua"},
    {"validation-data-added", "a123", {"1 + /DSS 33 0 R", "33 << /Certs [34 0 R] >>", "34 " LOOK}},
    {"version-raised", "a123", {"1 + /Version /2.0"}},
    {"version-raised", "a123", {"1 + /Extensions << /ESIC << /BaseVersion /1.7 /ExtensionLevel 5 >> >>"}},
    {"form-set-up",
     "a123",
     {"5 << /Fields 6 0 R /SigFlags 3 /DR << /Font << /Helv 10 0 R /New 10 0 R >> >> "
      "/DA (/Helv 10 Tf) >>"}},
    {"dates-noted", "a123", {"12 << /Title (Surat) /ModDate (D:2027) >>"}, "/Info 12 0 R"},
    {"metadata-written", "a123", {"20 " XMP "<b/>\nendstream"}},
    {"metadata-written", "a123", {"1 = /Metadata 20 0 R|/Metadata 33 0 R", "33 " XMP "<b/>\nendstream"}},
    {"field-filled",
     "a23",
     {"13 << /Subtype /Widget /FT /Tx /T (Nama) /Rect [9 9 99 29] /V (Sari) /AP << /N 33 0 R >> >>",
      "33 " LOOK},
     .field = "Nama"},
    {"field-value-replaced",
     "23",
     {"14 << /Subtype /Widget /FT /Tx /T (Jumlah) /V (9000) /Rect [9 39 99 59] /AP << /N 18 0 R >> >>"},
     .field = "Jumlah"},
    {"field-value-replaced",
     "23",
     {"14 << /Subtype /Widget /FT /Tx /T (Jumlah) /V () /Rect [9 39 99 59] /AP << /N 18 0 R >> >>"},
     .field = "Jumlah"},
    {"field-redrawn",
     "23",
     {"14 << /Subtype /Widget /FT /Tx /T (Jumlah) /V (1000) /Rect [9 39 99 59] /AP << /N 33 0 R >> >>",
      "33 " LOOK},
     .field = "Jumlah"},
    {"comment-added", "3", {"8 + 33 0 R", "33 << /Subtype /Highlight /Rect [0 0 99 99] >>"}, .page = 1},
    {"comment-added",
     "3",
     {"4 << /Type /Page /Parent 2 0 R /Annots [33 0 R] >>", "33 << /Subtype /Text /Rect [0 0 9 9] >>"},
     .page = 2},
    {"comment-changed", "3", {"16 << /Subtype /Text /Rect [0 0 9 9] /Contents (Lain) >>"}, .page = 1},
    {"comment-removed", "3", {"8 [13 0 R 14 0 R 15 0 R 17 0 R 32 0 R]"}, .page = 1},
    {"annotation-over-content", "", {"8 + 33 0 R", "33 << /Subtype /FreeText /Rect [0 0 9 9] >>"}, .page = 1},
    {"annotation-over-content", "", {"8 + 33 0 R", "33 << /Subtype /Stamp /Rect [0 0 9 9] >>"}, .page = 1},
    {"annotation-over-content", "", {"8 + 33 0 R", "33 << /Subtype /Redact /Rect [0 0 9 9] >>"}, .page = 1},
    {"annotation-over-content", "", {"8 + << /Subtype /Square /Rect [0 0 9 9] >>"}, .page = 1},
    {"annotation-over-content", "", {"8 + 33 0 R", "33 << /Subtype /Widget /FT /Tx /T (x) >>"}, .page = 1},
    {"annotation-over-content", "", {"8 + 33 0 R", "33 << /Subtype /Text /OC 21 0 R >>"}, .page = 1},
    {"annotation-changed", "", {"17 << /Subtype /Stamp /Rect [0 0 99 99] /AP << /N 27 0 R >> >>"}, .page = 1},
    {"annotation-changed",
     "",
     {"16 << /Subtype /FreeText /Rect [0 0 9 9] /Contents (Catatan) >>"},
     .page = 1},
    {"annotation-removed", "", {"8 [13 0 R 14 0 R 15 0 R 16 0 R 32 0 R]"}, .page = 1},
    {"annotations-reordered", "", {"8 [13 0 R 14 0 R 15 0 R 17 0 R 16 0 R 32 0 R]"}, .page = 1},
    {"unsound-signature-added",
     "",
     {"6 + 33 0 R", "33 << /FT /Sig /T (Kedua) /V << /Type /Sig /Contents <00> /ByteRange [0 1 2 3] >> >>"},
     .field = "Kedua"},
    {"visible-field-added",
     "",
     {"6 + 33 0 R", "8 + 33 0 R",
      "33 << /Subtype /Widget /FT /Sig /T (Kedua) /Rect [0 0 9 9] /AP << /N 34 0 R >> >>", "34 " LOOK},
     .field = "Kedua"},
    {"signature-field-misused",
     "",
     {"6 + 33 0 R", "33 << /FT /Sig /T (Kedua) /AA << /K << /S /JavaScript /JS (x) >> >> >>"},
     .field = "Kedua"},
    {"signature-changed", "", {"32 + /TU (Lain)"}, .field = "Signature1"},
    {"signature-appearance-changed", "", {"32 + /AP << /N 33 0 R >>", "33 " LOOK}, .field = "Signature1"},
    {"signature-removed",
     "",
     {"6 [13 0 R 14 0 R 15 0 R 28 0 R 32 0 R]"},
     .field = "Signature2",
     .twice = TRUE},
    {"field-added", "", {"6 + 33 0 R", "33 << /FT /Tx /T (Baru) /V (x) >>"}, .field = "Baru"},
    {"field-removed", "", {"6 [13 0 R 14 0 R 28 0 R 32 0 R]"}, .field = "Cetak"},
    {"field-changed",
     "",
     {"13 << /Subtype /Widget /FT /Tx /T (Nama) /Rect [0 0 595 842] /V (Sari) >>"},
     .field = "Nama"},
    {"field-changed",
     "",
     {"13 << /Subtype /Widget /FT /Tx /T (Nama) /Rect [9 9 99 29] /V (Sari) /AP << /N 33 0 R >> >>",
      "33 << /Subtype /Form /Length 10 >>\nstream\n0 0 9 9 re\nendstream"},
     .field = "Nama"},
    {"field-changed",
     "",
     {"15 << /Subtype /Widget /FT /Btn /Ff 65536 /T (Cetak) /Rect [9 69 99 89] /AP << /N 33 0 R >> >>",
      "33 " LOOK},
     .field = "Cetak"},
    {"form-changed", "", {"5 << /Fields 6 0 R /DR << /Font << /Helv 11 0 R >> >> /DA (/Helv 10 Tf) >>"}},
    {"form-changed", "", {"5 + /NeedAppearances true"}},
    {"form-changed", "", {"6 [14 0 R 13 0 R 15 0 R 28 0 R 32 0 R]"}},
    {"xfa-changed", "", {"5 + /XFA (x)"}},
    {"page-content", "", {"9 << /Length 1 >>\nstream\n \nendstream"}, .page = 1},
    {"page-content", "", {"4 << /Type /Page /Parent 2 0 R /Contents 33 0 R >>", "33 " LOOK}, .page = 2},
    {"page-resources", "", {"11 << /Type /Font /Subtype /Type1 /BaseFont /Symbol >>"}, .page = 1},
    {"page-resources", "", {"4 << /Type /Page /Parent 2 0 R /Resources << >> >>"}, .page = 2},
    {"page-changed", "", {"4 << /Type /Page /Parent 2 0 R /Rotate 180 >>"}, .page = 2},
    {"page-tree", "", {"7 [4 0 R 3 0 R]"}},
    {"page-tree", "", {"7 [3 0 R 4 0 R 33 0 R]", "33 << /Type /Page /Parent 2 0 R >>"}},
    {"catalog-changed", "", {"1 + /PageLayout /TwoColumnLeft"}},
    {"catalog-changed", "", {"26 << /Type /Outlines /First 3 0 R >>"}},
    {"action", "", {"1 + /OpenAction [3 0 R /Fit]"}},
    {"action",
     "",
     {"22 << /EmbeddedFiles << /Names [] >> /JavaScript << /Names [(x) 33 0 R] >> "
      "/Dests << /Names [] >> >>",
      "33 << /S /JavaScript /JS (x) >>"}},
    {"action",
     "",
     {"8 + 33 0 R", "33 << /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (x) >> >>"},
     .page = 1},
    {"names",
     "",
     {"22 << /EmbeddedFiles << /Names [] >> /JavaScript << /Names [] >> /Dests << /Names [(x) 3] >> >>"}},
    {"embedded-files",
     "",
     {"22 << /EmbeddedFiles << /Names [(x) 33 0 R] >> /JavaScript << /Names [] >> "
      "/Dests << /Names [] >> >>",
      "33 << /Type /Filespec >>"}},
    {"layers", "", {"21 << /OCGs [] /D << /OFF [3 0 R] >> >>"}},
    {"structure", "", {"23 << /Type /StructTreeRoot /K 3 0 R >>"}},
    {"output-intents", "", {"24 << /Type /OutputIntent /S /GTS_PDFX >>"}},
    {"permissions", "", {"1 + /Legal << >>"}},
    {"validation-data-changed", "", {"1 + /DSS 33 0 R", "33 << /Certs [] /Kids [] >>"}},
    {"metadata-changed", "", {"1 = /Metadata 20 0 R|/Metadata 9 0 R"}},
    {"info", "", {"12 << /Title (Lain) /ModDate (D:2026) >>"}, "/Info 12 0 R"},
    {"unused-object-replaced", "", {"25 (somebody might)"}},
    {"hidden-object-shown", "", {"8 + 25 0 R"}, .page = 1},
    {"hidden-object-shown", "", {"6 + 30 0 R"}},
    {"missing-object-added", "", {"29 (x)"}},
    {"object-left-behind", "a123", {"33 (nothing refers to it)"}},
    {"unused-object-added",
     "",
     {"13 << /Subtype /Widget /FT /Tx /T (Nama) /Rect [9 9 99 29] /V (Sari) /I [33 0 R] >>", "33 (x)"}},
    {"hybrid-update", "", {"33 (x)"}, .end = END_HYBRID},
    {"bytes-after-end", "", {"behind it all"}},
    {"empty-update", "", {"25 (nobody refers to it)"}},
};

static void
put_object (PdfBuilder *builder, const gchar *row)
{
    gchar *text;
    gint number = (gint)g_ascii_strtoll (row, &text, 10);
    g_autoptr (GString) out = g_string_new (NULL);
    g_autofree gchar *was = NULL;

    g_assert_cmpint (number, >, 0);
    text++;
    if (g_str_has_prefix (text, "+ ") || g_str_has_prefix (text, "= ")) {
        g_autoptr (PdfDocument) document = pdf_builder_open (builder);
        was = pena_pdf_unparse_resolved (document->pdf,
                                         pena_pdf_object (document->pdf, (PenaPdfRef){number, 0}));
    }
    g_string_assign (out, was != NULL ? was : text);
    if (*text == '+') {
        gsize end = was[strlen (was) - 1] == ']' ? 1 : 2;
        g_string_insert (out, (gssize)(strlen (was) - end), text + 2);
    } else if (*text == '=') {
        g_auto (GStrv) parts = g_strsplit (text + 2, "|", 2);
        g_string_replace (out, parts[0], parts[1], 0);
    }
    pdf_builder_object (builder, number, out->str);
}

static PdfBuilder *
start (const PenaPdfSignOptions *options)
{
    PdfBuilder *builder = pdf_builder_new ("%PDF-1.7\n");

    for (const gchar *const *object = form; *object != NULL; object++)
        put_object (builder, *object);
    pdf_builder_table (builder, "/Info 12 0 R");
    pdf_builder_sign (builder, options);
    return builder;
}

static void
finish (PdfBuilder *builder, const Row *row)
{
    PenaPdfSignOptions options = pdf_sign_options;
    gboolean bytes = row->update[0] != NULL && !g_ascii_isdigit (row->update[0][0]);

    for (guint i = 0; row->update[i] != NULL && !bytes; i++)
        put_object (builder, row->update[i]);
    if (bytes)
        pdf_builder_text (builder, row->update[0]);
    else if (row->end == END_HYBRID)
        pdf_builder_hybrid (builder, "/Info 12 0 R");
    else if (row->end == END_STREAM)
        pdf_builder_stream (builder, "/Info 12 0 R");
    else if (row->update[0] != NULL)
        pdf_builder_table (builder, "/Info 12 0 R");
    options.time_stamp = row->end == END_STAMPED;
    options.field = row->update[0] != NULL ? "Kedua" : NULL;
    if (row->end == END_SIGNED || row->end == END_STAMPED)
        pdf_builder_sign (builder, &options);
}

static const PenaPdfSignature *
find_first (GPtrArray *signatures)
{
    for (guint i = 0; i < signatures->len; i++) {
        const PenaPdfSignature *signature = g_ptr_array_index (signatures, i);
        if (g_str_equal (signature->field, "Signature1"))
            return signature;
    }
    g_assert_not_reached ();
}

static const PenaPdfEdit *
find_edit (const PenaPdfSignature *signature, const gchar *code)
{
    for (guint i = 0; i < signature->edits->len; i++) {
        const PenaPdfEdit *edit = g_ptr_array_index (signature->edits, i);
        if (g_str_equal (edit->code, code))
            return edit;
    }
    return NULL;
}

static void
check_row (const Row *row, gchar allowance, const PenaPdfSignature *first)
{
    const PenaPdfEdit *edit = find_edit (first, row->code);
    gboolean allowed = strchr (row->by, allowance) != NULL, any_forbidden = FALSE;

    if (edit == NULL) {
        for (guint i = 0; i < first->edits->len; i++)
            g_test_message ("%s", ((const PenaPdfEdit *)g_ptr_array_index (first->edits, i))->text);
        g_error ("%s of '%s' is not told with %c", row->code, row->update[0], allowance);
    }
    for (guint i = 0; i < first->edits->len; i++)
        any_forbidden = any_forbidden || !((const PenaPdfEdit *)g_ptr_array_index (first->edits, i))->allowed;
    if (edit->allowed != allowed || (allowed && any_forbidden && row->end < END_SIGNED && !row->twice))
        g_error ("%s of '%s' with %c: %s", row->code, row->update[0], allowance, edit->text);
    g_assert_true ((first->changes == PENA_PDF_CHANGES_OTHER) == any_forbidden);
    g_assert_nonnull (edit->text);
    if (row->field != NULL)
        g_assert_cmpstr (edit->field, ==, row->field);
    if (row->page != 0)
        g_assert_cmpuint (edit->page, ==, row->page);
    if (g_str_equal (row->code, "bytes-after-end"))
        g_assert_cmpuint (edit->revision, ==, first->revision);
    else
        g_assert_cmpuint (edit->revision, >, first->revision);
}

static void
try_row (const Row *row, guint level)
{
    PenaPdfSignOptions options = pdf_sign_options;

    options.certify = level;
    if (level == 1 && (row->end >= END_SIGNED || row->twice)) /* Pena itself refuses */
        return;
    g_autoptr (PdfBuilder) builder = start (&options);
    if (row->twice)
        pdf_builder_sign (builder, NULL);
    finish (builder, row);
    g_autoptr (GPtrArray) signatures = pdf_builder_signatures (builder);
    check_row (row, allowances[level], find_first (signatures));
}

/* Every row, under every kind of signature, as a table and as a stream. */
static void
test_rows (void)
{
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
        for (guint level = 0; level < 4; level++) {
            Row stream = rows[i];
            stream.end = END_STREAM;
            try_row (&rows[i], level);
            if (rows[i].end == END_TABLE)
                try_row (&stream, level);
        }
}

/* Every deed has a code of its own, and all but those that no well-formed update can do have a sample above. */
static void
test_all_deeds (void)
{
    static const gchar *const elsewhere[] = {
        "field-locked",         "encryption",          "catalog-replaced",    "object-removed",
        "object-replaced",      "shadowed-entry",      "entry-listed-twice",  "end-not-covered",
        "range-ends-elsewhere", "revision-unreadable", "too-much-to-compare", NULL};

    for (guint deed = 0; deed < PENA_PDF_N_DEEDS; deed++) {
        const gchar *code = pena_pdf_deed_code (deed);
        gboolean sample = g_strv_contains (elsewhere, code);
        g_assert_nonnull (code);
        for (guint other = 0; other < deed; other++)
            g_assert_cmpstr (code, !=, pena_pdf_deed_code (other));
        for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
            sample = sample || g_str_equal (rows[i].code, code);
        if (!sample)
            g_error ("%s has no sample", code);
    }
}

/* Nothing is ever allowed that is for no purpose, and what a stricter certification allows, a looser one does. */
static void
test_table_is_sound (void)
{
    for (guint deed = 0; deed < PENA_PDF_N_DEEDS; deed++)
        for (guint by = 0; by < PENA_PDF_N_ALLOWANCES; by++) {
            gboolean allowed = pena_pdf_deed_is_allowed (deed, by);
            g_assert_true (!allowed || pena_pdf_deed_purpose (deed) != PENA_PDF_FOR_NOTHING);
            if (allowed && by != PENA_PDF_ALLOWS_APPROVAL)
                for (guint looser = by; looser < PENA_PDF_N_ALLOWANCES; looser++)
                    g_assert_true (pena_pdf_deed_is_allowed (deed, looser));
        }
}

/* ---- locks ---- */

#define FILL_NAME "13 << /Subtype /Widget /FT /Tx /T (Nama) /Rect [9 9 99 29] /V (Sari) >>"
#define FILL_SUM "14 << /Subtype /Widget /FT /Tx /T (Jumlah) /V (9) /Rect [9 39 99 59] /AP << /N 18 0 R >> >>"

static void
test_locks (void)
{
    static const struct {
        const gchar *lock, *update, *code;
        guint certify;
    } cases[] = {
        {"include:Nama", FILL_NAME, "field-locked", 0},
        {"include:Nama", FILL_NAME, "field-locked", 2},
        {"include:Nama", FILL_SUM, "field-value-replaced", 2},
        {"include:Kosong", FILL_NAME, "field-filled", 0},
        {"exclude:Nama", FILL_NAME, "field-filled", 0},
        {"exclude:Nama", FILL_SUM, "field-locked", 3},
        {"all", FILL_NAME, "field-locked", 2},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        PenaPdfSignOptions options = pdf_sign_options;
        options.lock = cases[i].lock;
        options.certify = cases[i].certify;
        g_autoptr (PdfBuilder) builder = start (&options);
        put_object (builder, cases[i].update);
        pdf_builder_table (builder, "/Info 12 0 R");
        g_autoptr (GPtrArray) signatures = pdf_builder_signatures (builder);
        const PenaPdfSignature *first = g_ptr_array_index (signatures, 0);
        const PenaPdfEdit *edit = find_edit (first, cases[i].code);
        gboolean locked = g_str_equal (cases[i].code, "field-locked");
        g_assert_nonnull (edit);
        g_assert_cmpint (edit->allowed, ==, !locked);
        g_assert_cmpint (first->changes, ==, locked ? PENA_PDF_CHANGES_OTHER : PENA_PDF_CHANGES_ALLOWED);
    }
}

/* ---- values that are objects of their own ---- */

static void
test_values_apart (void)
{
    static const struct {
        const gchar *type, *before, *after, *code;
    } cases[] = {
        {"/Tx", "(lama)", "(baru)", "field-value-replaced"},
        {"/Tx", "()", "(baru)", "field-filled"},
        {"/Ch", "[(a)]", "[(a) (b)]", "field-value-replaced"},
        {"/Btn", "/Off", "/Ya", "field-filled"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        PenaPdfSignOptions options = pdf_sign_options;
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        g_autofree gchar *field =
            g_strdup_printf ("<< /Subtype /Widget /FT %s /T (Nama) /V 6 0 R >>", cases[i].type);
        g_autofree gchar *dated =
            g_strdup_printf ("<< /Subtype /Widget /FT %s /T (Nama) /V 6 0 R /M (D:2026) >>", cases[i].type);
        options.certify = 2;
        pdf_builder_letter (builder, "/AcroForm << /Fields [5 0 R] >>", "/Annots [5 0 R]");
        pdf_builder_object (builder, 5, field);
        pdf_builder_object (builder, 6, cases[i].before);
        pdf_builder_table (builder, "");
        pdf_builder_sign (builder, &options);
        pdf_builder_object (builder, 5, dated);
        pdf_builder_object (builder, 6, cases[i].after);
        pdf_builder_table (builder, "");
        g_autoptr (GPtrArray) signatures = pdf_builder_signatures (builder);
        const PenaPdfSignature *first = g_ptr_array_index (signatures, 0);
        g_assert_cmpuint (first->edits->len, ==, 1);
        g_assert_nonnull (find_edit (first, cases[i].code));
        g_assert_cmpint (first->changes, ==, PENA_PDF_CHANGES_ALLOWED);
    }
}

/* A widget whose page was taken away, as programs do. */
static void
test_missing_widget (void)
{
    PenaPdfSignOptions options = pdf_sign_options;
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");

    options.certify = 2;
    pdf_builder_letter (builder, "/AcroForm << /Fields [5 0 R] >>", "/Annots [6 0 R]");
    pdf_builder_object (builder, 5, "<< /FT /Tx /T (Nama) /Kids [6 0 R null] >>");
    pdf_builder_object (builder, 6, "<< /Subtype /Widget /Parent 5 0 R /Rect [9 9 99 29] >>");
    pdf_builder_table (builder, "");
    pdf_builder_sign (builder, &options);
    pdf_builder_object (builder, 5, "<< /FT /Tx /T (Nama) /Kids [6 0 R null] /V (Sari) >>");
    pdf_builder_table (builder, "");
    g_autoptr (GPtrArray) signatures = pdf_builder_signatures (builder);
    const PenaPdfSignature *first = g_ptr_array_index (signatures, 0);
    g_assert_cmpuint (first->edits->len, ==, 1);
    g_assert_nonnull (find_edit (first, "field-filled"));
    g_assert_cmpint (first->changes, ==, PENA_PDF_CHANGES_ALLOWED);
}

/* What an annotation refers to is told for what it is. */
static void
test_part_of_annotation (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");

    pdf_builder_letter (builder, "", "/Annots [5 0 R]");
    pdf_builder_object (builder, 5, "<< /Subtype /Stamp /Rect [9 9 99 29] /AP << /N 6 0 R >> /C 7 0 R >>");
    pdf_builder_object (builder, 6, LOOK);
    pdf_builder_object (builder, 7, "[0 0 1]");
    pdf_builder_table (builder, "");
    pdf_builder_sign (builder, NULL);
    pdf_builder_object (builder, 6, "<< /Subtype /Form /BBox [0 0 9 9] /Length 1 >>\nstream\n \nendstream");
    pdf_builder_object (builder, 7, "[1 0 0]");
    pdf_builder_table (builder, "");
    g_autoptr (GPtrArray) signatures = pdf_builder_signatures (builder);
    const PenaPdfSignature *first = g_ptr_array_index (signatures, 0);
    g_assert_cmpint (first->changes, ==, PENA_PDF_CHANGES_OTHER);
    g_assert_cmpuint (first->edits->len, ==, 2);
    for (guint i = 0; i < first->edits->len; i++)
        g_assert_cmpstr (((const PenaPdfEdit *)g_ptr_array_index (first->edits, i))->code, ==,
                         "annotation-changed");
}

/* ---- sections that a builder does not make ---- */

static void
test_sections (void)
{
    static const struct {
        const gchar *code, *rows; /* "%s" is the offset of a new object 4 of generation 1 */
    } cases[] = {
        {"object-removed", "9 1\n0000000000 00001 f \n"},
        {"object-replaced", "4 1\n%s 00001 n \n"},
        {"entry-listed-twice", "9 1\n0000000000 00001 f \n9 1\n0000000000 00001 f \n"},
        {"empty-update", "0 0\n"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = start (NULL);
        g_autofree gchar *place = g_strdup_printf ("%010u", builder->bytes->len);
        g_autoptr (GString) entries = g_string_new (cases[i].rows);
        g_string_replace (entries, "%s", place, 0);
        pdf_builder_text (builder, "4 1 obj\n<< /Type /Page /Parent 2 0 R >>\nendobj\n");
        pdf_builder_rows (builder, entries->str, "/Size 41 /Root 1 0 R /Info 12 0 R");
        g_autoptr (GPtrArray) signatures = pdf_builder_signatures (builder);
        const PenaPdfSignature *first = find_first (signatures);
        g_assert_cmpint (first->changes, ==, PENA_PDF_CHANGES_OTHER);
        if (find_edit (first, cases[i].code) == NULL)
            g_error ("%s is not told, but %s", cases[i].code,
                     ((const PenaPdfEdit *)g_ptr_array_index (first->edits, 0))->code);
    }
}

/* The /Length of an object stream is put to another use as well, which may change. What becomes of the objects in the stream, whose
 * place stays the same, is a change too: here the content of a page was cut off when it was signed. */
static void
test_length_of_container (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");

    pdf_builder_letter (builder, "/AcroForm << /Fields [] >> /DSS << /Certs [5 0 R] >>", "/Contents 7 0 R");
    pdf_builder_object (builder, 5, "34");
    pdf_builder_object (
        builder, 6,
        "<< /Type /ObjStm /N 1 /First 6 /Length 5 0 R >>\nstream\n7 20  \nendstream\nendobj\n  "
        "[8 0 R]\n\nendstream");
    pdf_builder_object (builder, 8, "<< /Length 10 >>\nstream\n0 0 9 9 re\nendstream");
    pdf_builder_table (builder, "");
    g_autofree gchar *section = g_strdup_printf (
        "9 0 obj\n<< /Type /XRef /Size 10 /Root 1 0 R /Prev %" G_GUINT64_FORMAT
        " /W [1 4 1] /Index [7 1 9 1] "
        "/Filter /ASCIIHexDecode /Length 25 >>\nstream\n02000000060001%08x00>\nendstream\nendobj\n"
        "startxref\n%u\n%%%%EOF\n",
        builder->startxref, builder->bytes->len, builder->bytes->len);
    pdf_builder_text (builder, section);
    g_autofree guint8 *copy = g_memdup2 (builder->bytes->data, builder->bytes->len);
    pdf_builder_set_bytes (builder, copy, builder->bytes->len);
    pdf_builder_sign (builder, NULL);
    gchar *length = memmem (builder->bytes->data, builder->bytes->len, "5 0 obj\n34", 10);
    memcpy (length + strlen ("5 0 obj\n"), "06", 2);
    pdf_builder_object (builder, 5, "34");
    pdf_builder_stream (builder, "");
    g_autoptr (GPtrArray) signatures = pdf_builder_signatures (builder);
    const PenaPdfSignature *first = g_ptr_array_index (signatures, 0);
    g_assert_cmpint (first->changes, ==, PENA_PDF_CHANGES_OTHER);
    g_assert_nonnull (find_edit (first, "validation-data-changed"));
}

/* ---- the work ---- */

#define FIELD_TEXT "<< /Subtype /Widget /FT /Tx /T (f%u)"

/* A certified form of so many fields, of which the first is filled in so often; so many objects more are in use. */
static PdfBuilder *
build_large (guint n_fields, guint n_updates, guint n_more)
{
    PenaPdfSignOptions options = pdf_sign_options;
    PdfBuilder *builder = pdf_builder_new ("%PDF-1.7\n");
    g_autoptr (GString) list = g_string_new ("["), more = g_string_new ("[");

    options.certify = 2;
    pdf_builder_letter (builder, "/AcroForm << /Fields 5 0 R >> /PieceInfo 6 0 R", "/Annots 5 0 R");
    for (guint i = 0; i < n_fields + n_more; i++) {
        g_autofree gchar *object = i < n_fields ? g_strdup_printf (FIELD_TEXT " >>", i) : g_strdup ("(more)");
        pdf_builder_object (builder, 10 + (gint)i, object);
        g_string_append_printf (i < n_fields ? list : more, "%u 0 R ", 10 + i);
    }
    g_string_append (list, "]");
    g_string_append (more, "]");
    pdf_builder_object (builder, 5, list->str);
    pdf_builder_object (builder, 6, more->str);
    pdf_builder_table (builder, "");
    pdf_builder_sign (builder, &options);
    for (guint i = 0; i < n_updates; i++) {
        g_autofree gchar *field = g_strdup_printf (FIELD_TEXT " /V (%u) /AP << /N 9 0 R >> >>", 0u, i);
        pdf_builder_object (builder, 9, LOOK);
        pdf_builder_object (builder, 10, field);
        pdf_builder_table (builder, "");
    }
    return builder;
}

/* How much is looked at to compare it. */
static guint64
measure_work (guint n_fields, guint n_updates, guint n_more)
{
    g_autoptr (PdfBuilder) builder = build_large (n_fields, n_updates, n_more);
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);
    g_autoptr (GPtrArray) signatures = pena_pdf_list_signatures (document->pdf, NULL);
    const PenaPdfSignature *first = g_ptr_array_index (signatures, 0);

    g_assert_cmpint (first->changes, ==, PENA_PDF_CHANGES_ALLOWED);
    g_assert_cmpuint (first->n_edits, ==, n_updates);
    g_assert_cmpuint (first->edits->len, ==, MIN (n_updates, PENA_PDF_MAX_EDITS));
    return document->pdf->compared;
}

/* Twice as many fields or twice as many revisions are twice the work, and no more. */
static void
test_work_is_linear (void)
{
    guint64 work = measure_work (500, 20, 0), fields = measure_work (1000, 20, 0),
            revisions = measure_work (500, 40, 0);

    g_assert_cmpuint (work, >, 500);
    g_assert_cmpuint (10 * fields, <, 22 * work);
    g_assert_cmpuint (10 * revisions, <, 22 * work);
}

/* What no revision touches is read once, not once a revision. */
static void
test_objects_are_read_once (void)
{
    guint64 without = measure_work (10, 20, 0), with = measure_work (10, 20, 2000);

    g_assert_cmpuint (with - without, >=, 2000);
    g_assert_cmpuint (with - without, <, 2 * 2000);
}

static void
assert_too_much (PdfDocument *document)
{
    g_autoptr (GPtrArray) signatures = pena_pdf_list_signatures (document->pdf, NULL);
    const PenaPdfSignature *first = g_ptr_array_index (signatures, 0);

    g_assert_cmpint (first->changes, ==, PENA_PDF_CHANGES_OTHER);
    g_assert_nonnull (find_edit (first, "too-much-to-compare"));
}

/* Each revision costs what all sections before it cost: a small file can have very many. */
static void
test_too_many_revisions (void)
{
    g_autoptr (PdfBuilder) builder = build_large (1, 2000, 0);
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);

    assert_too_much (document);
    g_assert_cmpuint (document->pdf->compared, <, 2000);
}

static void
test_too_long (void)
{
    g_autoptr (PdfBuilder) builder = build_large (1, 2, 0);
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);

    document->pdf->patience = -1;
    assert_too_much (document);
}

/* Many fields that share one list of widgets are no many lists. */
static void
test_shared_list (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    g_autoptr (GString) fields = g_string_new ("["), kids = g_string_new ("[");
    g_autoptr (GError) error = NULL;

    for (guint i = 0; i < 3000; i++) {
        g_string_append_printf (fields, "<< /FT /Tx /T (f%u) /Kids 6 0 R >> ", i);
        g_string_append (kids, "3 0 R ");
    }
    g_string_append (fields, "]");
    g_string_append (kids, "]");
    pdf_builder_letter (builder, "/AcroForm << /Fields 5 0 R >>", "");
    pdf_builder_object (builder, 5, fields->str);
    pdf_builder_object (builder, 6, kids->str);
    pdf_builder_table (builder, "");
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);
    g_autoptr (GPtrArray) signatures = pena_pdf_list_signatures (document->pdf, &error);
    g_assert_null (signatures);
    g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_UNSUPPORTED);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/pdf/changes/rows", test_rows);
    g_test_add_func ("/pdf/changes/all-deeds", test_all_deeds);
    g_test_add_func ("/pdf/changes/table-is-sound", test_table_is_sound);
    g_test_add_func ("/pdf/changes/locks", test_locks);
    g_test_add_func ("/pdf/changes/values-apart", test_values_apart);
    g_test_add_func ("/pdf/changes/missing-widget", test_missing_widget);
    g_test_add_func ("/pdf/changes/part-of-annotation", test_part_of_annotation);
    g_test_add_func ("/pdf/changes/sections", test_sections);
    g_test_add_func ("/pdf/changes/length-of-container", test_length_of_container);
    g_test_add_func ("/pdf/changes/work-is-linear", test_work_is_linear);
    g_test_add_func ("/pdf/changes/objects-are-read-once", test_objects_are_read_once);
    g_test_add_func ("/pdf/changes/too-many-revisions", test_too_many_revisions);
    g_test_add_func ("/pdf/changes/too-long", test_too_long);
    g_test_add_func ("/pdf/changes/shared-list", test_shared_list);
    return g_test_run ();
}
