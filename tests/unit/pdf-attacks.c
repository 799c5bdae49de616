/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: published attacks on signed PDFs, made from samples of our own
 * Copyright (C) 2026 the Pena authors */
#include "pdf-attacks.h"

#include <string.h>

/* The signature's value and its field in signed_pdf_letter, and in the letters below. */
#define VALUE 11
#define FIELD 12

#define EVIL "<< /Length 33 >>\nstream\nBT /F1 12 Tf (Rp 9.000.000) Tj ET\nendstream"
#define LOOK "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 10 >>\nstream\n0 0 9 9 re\nendstream"
#define PAGES "2 << /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>"
#define TEXT "9 << /Length 33 >>\nstream\nBT /F1 12 Tf (Rp 1.000.000) Tj ET\nendstream"
#define FONT "10 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
#define TRAILER "/Size 20 /Root 1 0 R"
#define CHANGED "INDETERMINATE & SIG_CONSTRAINTS_FAILURE & "
#define UNSOUND "TOTAL-FAILED & "

/* ---- how an attack goes on behind the signature ---- */

static void
append_table (PdfBuilder *builder, const PdfAttack *self, G_GNUC_UNUSED const PdfAttackWorld *world)
{
    signed_pdf_append (builder, self->update);
    pdf_builder_table (builder, "");
}

static void
append_hybrid (PdfBuilder *builder, const PdfAttack *self, G_GNUC_UNUSED const PdfAttackWorld *world)
{
    signed_pdf_append (builder, self->update);
    pdf_builder_hybrid (builder, "");
}

/* The key of the other section is written so that whoever looks for the letters does not find it. */
static void
append_disguised_hybrid (PdfBuilder *builder, const PdfAttack *self,
                         G_GNUC_UNUSED const PdfAttackWorld *world)
{
    const gchar key[] = "/XRefStm", disguised[] = "/XRefSt#6d", room[] = "   ";

    signed_pdf_append (builder, self->update);
    pdf_builder_hybrid (builder, room);
    gchar *at = g_strrstr_len ((gchar *)builder->bytes->data, builder->bytes->len, key);
    const gchar *end = strstr (at, room);
    memmove (at + strlen (disguised), at + strlen (key), (gsize)(end - at) - strlen (key));
    memcpy (at, disguised, strlen (disguised));
}

static void
append_stream (PdfBuilder *builder, const PdfAttack *self, G_GNUC_UNUSED const PdfAttackWorld *world)
{
    signed_pdf_append (builder, self->update);
    pdf_builder_stream (builder, "");
}

static void
append_text (PdfBuilder *builder, const PdfAttack *self, G_GNUC_UNUSED const PdfAttackWorld *world)
{
    pdf_builder_text (builder, self->update[0]);
}

static void
append_rows (PdfBuilder *builder, const PdfAttack *self, G_GNUC_UNUSED const PdfAttackWorld *world)
{
    pdf_builder_rows (builder, self->update[0], TRAILER);
}

static void
append_signed (PdfBuilder *builder, const PdfAttack *self, const Pki *pki)
{
    const PenaPdfSignOptions options = {.field = "Kedua"};

    signed_pdf_append (builder, self->update);
    pdf_builder_table (builder, "");
    signed_pdf_sign (builder, pki, &options);
}

static void
append_signed_by_stranger (PdfBuilder *builder, const PdfAttack *self, const PdfAttackWorld *world)
{
    append_signed (builder, self, world->other);
}

static void
append_signed_by_trusted (PdfBuilder *builder, const PdfAttack *self, const PdfAttackWorld *world)
{
    append_signed (builder, self, world->trusted);
}

/* ---- the signature's own dictionary ---- */

static void
forge (PdfBuilder *builder, const PdfAttack *self, G_GNUC_UNUSED const PdfAttackWorld *world)
{
    signed_pdf_forge (builder, VALUE, self->update[0]);
    pdf_builder_object (builder, 9, EVIL);
    pdf_builder_table (builder, "");
}

/* Where "/Contents <" of the signed dictionary is followed by its digits, and where its ">" is passed. */
static void
find_gap (const PdfBuilder *builder, gsize *ret_first, gsize *ret_second)
{
    const guint8 *data = builder->bytes->data;
    const guint8 *at = memmem (data, builder->bytes->len, "/Contents <3", 12);

    *ret_first = (gsize)(at - data) + 10;
    *ret_second = (gsize)((const guint8 *)memchr (at, '>', builder->bytes->len) - data) + 1;
}

static void
put_at (GString *out, guint base, GArray *rows, gint number, const gchar *object)
{
    guint at = base + (guint)out->len;

    g_array_append_val (rows, number);
    g_array_append_val (rows, at);
    g_string_append_printf (out, "%d 0 obj\n%s\nendobj\n", number, object);
}

/* The second signed part, with its startxref, moves behind what the attacker put into the gap. What startxref points to then
 * lies among the attacker's bytes: a table of theirs, with another dictionary for the signature. update[0] comes in front of
 * that one's entries: "" or a second /Contents. */
static void
wrap (PdfBuilder *builder, const PdfAttack *self, G_GNUC_UNUSED const PdfAttackWorld *world)
{
    const guint moved = 60000, table = (guint)builder->startxref, objects = table + 1000;
    g_autofree gchar *contents = signed_pdf_hex_contents (builder);
    g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint));
    g_autoptr (GString) text = g_string_new (NULL), head = g_string_new ("xref\n");
    const gchar *trailer = g_strrstr_len ((const gchar *)builder->bytes->data, builder->bytes->len, "/Prev ");
    guint64 previous = g_ascii_strtoull (trailer + strlen ("/Prev "), NULL, 10);
    gsize first, second;

    find_gap (builder, &first, &second);
    gsize rest = builder->bytes->len - second;
    g_autofree guint8 *copy = g_memdup2 (builder->bytes->data + second, rest);
    g_autofree gchar *value = g_strdup_printf (
        "<< %s /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Contents <%s> "
        "/ByteRange [0 %" G_GSIZE_FORMAT " %u %" G_GSIZE_FORMAT "] >>",
        self->update[0], contents, first, moved, rest);
    put_at (text, objects, rows, 6, "[12 0 R]");
    put_at (text, objects, rows, 9, EVIL);
    put_at (text, objects, rows, VALUE, value);
    put_at (text, objects, rows, FIELD, "<< /FT /Sig /T (Signature1) /V 11 0 R /Rect [0 0 0 0] >>");
    for (guint i = 0; i < rows->len; i += 2)
        g_string_append_printf (head, "%d 1\n%010d 00000 n \n", g_array_index (rows, gint, i),
                                g_array_index (rows, gint, i + 1));
    g_string_append_printf (head, "trailer\n<< /Size 13 /Root 1 0 R /Prev %" G_GUINT64_FORMAT " >>\n",
                            previous);
    g_byte_array_set_size (builder->bytes, (guint)second);
    g_byte_array_set_size (builder->bytes, moved);
    memset (builder->bytes->data + second, '\n', moved - second);
    memcpy (builder->bytes->data + table, head->str, head->len);
    memcpy (builder->bytes->data + objects, text->str, text->len);
    g_byte_array_append (builder->bytes, copy, (guint)rest);
}

/* A dictionary with the signed contents whose range leaves out update[0] too, a comment behind them. */
static void
comment_in_gap (PdfBuilder *builder, const PdfAttack *self, G_GNUC_UNUSED const PdfAttackWorld *world)
{
    g_autofree gchar *contents = signed_pdf_hex_contents (builder);
    g_autofree gchar *value =
        g_strdup_printf ("<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Contents "
                         "<%s>%s\n/ByteRange [0 %010u %010u %010u] >>",
                         contents, self->update[0], 0u, 0u, 0u);
    gsize start = builder->bytes->len;

    pdf_builder_object (builder, VALUE, value);
    pdf_builder_table (builder, "");
    guint8 *gap =
        memmem (builder->bytes->data + start, builder->bytes->len - start, contents, strlen (contents));
    gsize first = (gsize)(gap - builder->bytes->data) - 1;
    gsize second = first + strlen (contents) + 2 + strlen (self->update[0]);
    g_autofree gchar *range =
        g_strdup_printf ("[0 %010" G_GSIZE_FORMAT " %010" G_GSIZE_FORMAT " %010" G_GSIZE_FORMAT "]", first,
                         second, builder->bytes->len - second);
    memcpy (memmem (builder->bytes->data + second, builder->bytes->len - second, "[0 ", 3), range,
            strlen (range));
}

/* The signature's object is copied into the update along with what is changed. */
static void
copy_signature (PdfBuilder *builder, const PdfAttack *self, G_GNUC_UNUSED const PdfAttackWorld *world)
{
    const gchar *from = memmem (builder->bytes->data, builder->bytes->len, "11 0 obj\n", 9);
    const gchar *to = strstr (from, "\nendobj");
    g_autofree gchar *copy = g_strndup (from + 9, (gsize)(to - from) - 9);

    pdf_builder_object (builder, VALUE, copy);
    append_table (builder, self, world);
}

/* ---- the file ---- */

static void
change_signed_bytes (PdfBuilder *builder, const PdfAttack *self, G_GNUC_UNUSED const PdfAttackWorld *world)
{
    gchar *at = memmem (builder->bytes->data, builder->bytes->len, self->update[0], strlen (self->update[0]));

    memcpy (at, self->update[1], strlen (self->update[1]));
}

static void
put_junk_in_front (PdfBuilder *builder, const PdfAttack *self, G_GNUC_UNUSED const PdfAttackWorld *world)
{
    g_byte_array_prepend (builder->bytes, (const guint8 *)self->update[0], (guint)strlen (self->update[0]));
}

/* An earlier version of object 9 that lies in the signed file takes its place again. */
static void
point_back (PdfBuilder *builder, G_GNUC_UNUSED const PdfAttack *self,
            G_GNUC_UNUSED const PdfAttackWorld *world)
{
    const guint8 *first = memmem (builder->bytes->data, builder->bytes->len, "\n9 0 obj", 8);
    g_autofree gchar *row =
        g_strdup_printf ("9 1\n%010u 00000 n \n", (guint)(first - builder->bytes->data) + 1);

    pdf_builder_rows (builder, row, TRAILER);
}

static void
list_twice (PdfBuilder *builder, G_GNUC_UNUSED const PdfAttack *self,
            G_GNUC_UNUSED const PdfAttackWorld *world)
{
    g_autofree gchar *rows = g_strdup_printf ("13 1\n%010u 00000 n \n13 1\n%010u 00000 n \n",
                                              builder->bytes->len, builder->bytes->len + 22);

    pdf_builder_text (builder, "13 0 obj\n(a)\nendobj\n\n\n13 0 obj\n(b)\nendobj\n");
    pdf_builder_rows (builder, rows, TRAILER);
}

static void
shadow_in_stream (PdfBuilder *builder, const PdfAttack *self, G_GNUC_UNUSED const PdfAttackWorld *world)
{
    signed_pdf_shadow_in_stream (builder, self->update[0]);
}

/* Two ends, the second of which counts and says nothing. */
static void
append_two_sections (PdfBuilder *builder, const PdfAttack *self, G_GNUC_UNUSED const PdfAttackWorld *world)
{
    guint64 before = builder->startxref;

    append_table (builder, self, world);
    builder->startxref = before;
    pdf_builder_rows (builder, "0 0\n", TRAILER);
}

static void
append_loop (PdfBuilder *builder, G_GNUC_UNUSED const PdfAttack *self,
             G_GNUC_UNUSED const PdfAttackWorld *world)
{
    builder->startxref = builder->bytes->len;
    append_rows (builder, self, world);
}

/* ---- letters that were prepared before they were signed ---- */

/* A picture covers the text until it is taken away. */
static const gchar *const covered_letter[] = {
    "1 << /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R /OCProperties 7 0 R >>",
    PAGES,
    "3 << /Type /Page /Parent 2 0 R /Annots [6 0 R] /Contents 9 0 R /Resources << /Font << /F1 10 0 R >> "
    "/XObject << /X 8 0 R >> >> >>",
    "5 << /Fields [] >>",
    "6 << /Subtype /Stamp /Rect [0 0 99 99] /AP << /N 8 0 R >> >>",
    "7 << /OCGs [4 0 R] /D << >> >>",
    "4 << /Type /OCG /Name (Lapis) >>",
    "8 " LOOK,
    TEXT,
    FONT,
    NULL,
};

/* A field whose value and appearance can be exchanged, and things that nobody refers to. */
static const gchar *const form_letter[] = {
    "1 << /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R >>",
    PAGES,
    "3 << /Type /Page /Parent 2 0 R /Annots 4 0 R /Contents 9 0 R /Resources << /Font << /F1 10 0 R >> >> >>",
    "4 [6 0 R]",
    "5 << /Fields [6 0 R] >>",
    "6 << /Subtype /Widget /FT /Tx /T (Jumlah) /V (1000) /Rect [0 0 99 99] /AP << /N 8 0 R >> >>",
    "7 << /Subtype /FreeText /Rect [0 0 99 99] /Contents (Lunas) >>",
    "8 " LOOK,
    TEXT,
    FONT,
    NULL,
};

/* The page's content was another before. */
static const gchar *const twofold_letter[] = {
    "1 << /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R >>",
    PAGES,
    "3 << /Type /Page /Parent 2 0 R /Contents 9 0 R >>",
    "5 << /Fields [] >>",
    "9 " EVIL,
    FONT,
    NULL,
};
static const gchar *const second_version[] = {TEXT, NULL};

#define FORM_FIELD "6 << /Subtype /Widget /FT /Tx /T (Jumlah) /V "
#define SEEN "13 << /Subtype /Widget /FT /Sig /T (Kedua) /Rect [9 9 99 99] /AP << /N 14 0 R >> >>"

const PdfAttack pdf_attacks[] = {
    /* 1 Trillion Dollar Refund (2019) */
    {"incremental saving",
     "ISA 1, content of a page",
     CHANGED "page-content",
     NULL,
     0,
     append_table,
     {"9 " EVIL}},
    {"incremental saving",
     "ISA 2, no cross-reference",
     CHANGED "bytes-after-end",
     NULL,
     0,
     append_text,
     {"9 0 obj\n" EVIL "\nendobj\n"}},
    {"incremental saving",
     "ISA 3, a trailer only",
     CHANGED "bytes-after-end",
     NULL,
     0,
     append_text,
     {"9 0 obj\n" EVIL "\nendobj\ntrailer\n<< /Size 13 /Root 1 0 R >>\n%%EOF\n"}},
    {"incremental saving",
     "ISA 4, with a copy of the signature",
     CHANGED "page-content",
     NULL,
     0,
     copy_signature,
     {"9 " EVIL}},
    {"signature wrapping",
     "SWA 1, moved range",
     UNSOUND "FORMAT_FAILURE & not exactly /Contents",
     NULL,
     0,
     wrap,
     {""}},
    {"signature wrapping", "SWA 2, second /Contents", "refused", NULL, 0, wrap, {"/Contents <00>"}},
    {"signature wrapping",
     "SWA 3, a comment in the gap",
     UNSOUND "not exactly /Contents",
     NULL,
     0,
     comment_in_gap,
     {"%x"}},
    {"signature wrapping",
     "SWA 4, white space in the gap",
     UNSOUND "not exactly /Contents",
     NULL,
     0,
     comment_in_gap,
     {"  "}},
    {"universal forgery",
     "USF 1, no /ByteRange",
     UNSOUND "not four numbers",
     NULL,
     0,
     forge,
     {"/Contents <%s>"}},
    {"universal forgery",
     "USF 2, /ByteRange null",
     UNSOUND "not four numbers",
     NULL,
     0,
     forge,
     {"/Contents <%s> /ByteRange null"}},
    {"universal forgery",
     "USF 3, /ByteRange empty",
     UNSOUND "not four numbers",
     NULL,
     0,
     forge,
     {"/Contents <%s> /ByteRange []"}},
    {"universal forgery",
     "USF 4, /ByteRange of zeros",
     UNSOUND "not exactly /Contents",
     NULL,
     0,
     forge,
     {"/Contents <%s> /ByteRange [0 0 0 0]"}},
    {"universal forgery",
     "USF 5, /ByteRange negative",
     UNSOUND "not four numbers",
     NULL,
     0,
     forge,
     {"/Contents <%s> /ByteRange [0 -1 -1 -1]"}},
    {"universal forgery",
     "USF 6, /ByteRange of names",
     UNSOUND "not four numbers",
     NULL,
     0,
     forge,
     {"/Contents <%s> /ByteRange [0 /A /B /C]"}},
    {"universal forgery",
     "USF 7, /ByteRange of reals",
     UNSOUND "not four numbers",
     NULL,
     0,
     forge,
     {"/Contents <%s> /ByteRange [0 0.0 1.0 2.0]"}},
    {"universal forgery",
     "USF 8, /ByteRange a stream",
     UNSOUND "not four numbers",
     NULL,
     0,
     forge,
     {"/Contents <%s> /ByteRange 9 0 R"}},
    {"universal forgery",
     "USF 9, /ByteRange beyond the end",
     UNSOUND "out of the file",
     NULL,
     0,
     forge,
     {"/Contents <%s> /ByteRange [0 5 9 99999999999]"}},
    {"universal forgery",
     "USF 10, /ByteRange not from the start",
     UNSOUND "beginning of the file",
     NULL,
     0,
     forge,
     {"/Contents <%s> /ByteRange [9 9 30 9]"}},
    {"universal forgery",
     "USF 11, no /Contents",
     UNSOUND "/Contents is missing",
     NULL,
     0,
     forge,
     {"/ByteRange [0 10 20 30]"}},
    {"universal forgery",
     "USF 12, /Contents null",
     UNSOUND "/Contents is missing",
     NULL,
     0,
     forge,
     {"/ByteRange [0 10 20 30] /Contents null"}},
    {"universal forgery",
     "USF 13, /Contents empty",
     UNSOUND "/Contents is missing",
     NULL,
     0,
     forge,
     {"/ByteRange [0 10 20 30] /Contents <>"}},
    {"universal forgery",
     "USF 14, /Contents zero",
     UNSOUND "not exactly /Contents",
     NULL,
     0,
     forge,
     {"/ByteRange [0 10 20 30] /Contents <00>"}},
    {"universal forgery",
     "USF 15, /Contents a number",
     UNSOUND "/Contents is missing",
     NULL,
     0,
     forge,
     {"/ByteRange [0 10 20 30] /Contents 9"}},
    {"universal forgery", "USF 16, an empty dictionary", UNSOUND "not four numbers", NULL, 0, forge, {""}},
    /* Shadow Attacks (2021) */
    {"shadow, hide",
     "the cover is taken away",
     CHANGED "annotation-removed",
     covered_letter,
     0,
     append_table,
     {"3 << /Type /Page /Parent 2 0 R /Annots [12 0 R] /Contents 9 0 R /Resources << /Font << /F1 10 0 R >> "
      "/XObject << /X 8 0 R >> >> >>"}},
    {"shadow, hide",
     "the picture becomes empty",
     CHANGED "page-resources",
     covered_letter,
     0,
     append_table,
     {"8 << /Type /XObject /Subtype /Form /BBox [0 0 0 0] /Length 0 >>\nstream\nendstream"}},
    {"shadow, hide",
     "the picture is freed",
     CHANGED "object-removed",
     covered_letter,
     0,
     append_rows,
     {"8 1\n0000000000 00001 f \n"}},
    {"shadow, hide",
     "a layer is switched",
     CHANGED "layers",
     covered_letter,
     0,
     append_table,
     {"7 << /OCGs [4 0 R] /D << /OFF [4 0 R] >> >>"}},
    {"shadow, replace",
     "a field's value",
     CHANGED "field-value-replaced",
     form_letter,
     0,
     append_table,
     {FORM_FIELD "(9000) /Rect [0 0 99 99] /AP << /N 8 0 R >> >>"}},
    {"shadow, replace",
     "a field's appearance",
     CHANGED "field-redrawn",
     form_letter,
     0,
     append_table,
     {FORM_FIELD "(1000) /Rect [0 0 99 99] /AP << /N 13 0 R >> >>", "13 " LOOK}},
    {"shadow, replace",
     "a field's appearance in its place",
     CHANGED "field-changed",
     form_letter,
     0,
     append_table,
     {"8 << /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 10 >>\nstream\n0 0 8 8 re\nendstream"}},
    {"shadow, replace",
     "a font",
     CHANGED "page-resources",
     form_letter,
     0,
     append_table,
     {"10 << /Type /Font /Subtype /Type1 /BaseFont /Symbol >>"}},
    {"shadow, hide and replace",
     "an earlier version comes back",
     CHANGED "shadowed-entry",
     twofold_letter,
     0,
     point_back,
     {NULL}},
    {"shadow, hide and replace",
     "a hidden annotation shows",
     CHANGED "hidden-object-shown",
     form_letter,
     0,
     append_table,
     {"4 [6 0 R 12 0 R 7 0 R]"}},
    {"shadow, hide and replace",
     "an unused object is replaced",
     CHANGED "unused-object-replaced",
     form_letter,
     0,
     append_table,
     {"7 << /Subtype /FreeText /Rect [0 0 99 99] /Contents (Belum) >>"}},
    {"shadow, hide and replace",
     "other pages",
     CHANGED "page-tree",
     form_letter,
     0,
     append_table,
     {"2 << /Type /Pages /Kids [13 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
      "13 << /Type /Page /Parent 2 0 R >>"}},
    {"shadow, hide and replace",
     "signed over by somebody trusted",
     CHANGED "page-content",
     NULL,
     0,
     append_signed_by_trusted,
     {"6 [12 0 R 13 0 R]", "13 << /FT /Sig /T (Kedua) >>", "9 " EVIL}},
    /* Breaking the Specification: PDF Certification (2021) */
    {"evil annotation",
     "EAA, FreeText at level 3",
     CHANGED "annotation-over-content",
     NULL,
     3,
     append_table,
     {"8 [12 0 R 13 0 R]", "13 << /Subtype /FreeText /Rect [0 0 99 99] /Contents (Lunas) >>"}},
    {"evil annotation",
     "EAA, Stamp at level 3",
     CHANGED "annotation-over-content",
     NULL,
     3,
     append_table,
     {"8 [12 0 R 13 0 R]", "13 << /Subtype /Stamp /Rect [0 0 99 99] /AP << /N 14 0 R >> >>", "14 " LOOK}},
    {"evil annotation",
     "EAA, Redact at level 3",
     CHANGED "annotation-over-content",
     NULL,
     3,
     append_table,
     {"8 [12 0 R 13 0 R]", "13 << /Subtype /Redact /Rect [0 0 99 99] >>"}},
    {"evil annotation",
     "EAA, Square at level 2",
     CHANGED "annotation-over-content",
     NULL,
     2,
     append_table,
     {"8 [12 0 R 13 0 R]", "13 << /Subtype /Square /Rect [0 0 99 99] /IC [1 1 1] >>"}},
    {"evil annotation",
     "EAA, Highlight at level 2",
     CHANGED "comment-added",
     NULL,
     2,
     append_table,
     {"8 [12 0 R 13 0 R]", "13 << /Subtype /Highlight /Rect [0 0 99 99] >>"}},
    {"evil annotation",
     "EAA, with a script",
     CHANGED "action",
     NULL,
     3,
     append_table,
     {"8 [12 0 R 13 0 R]",
      "13 << /Subtype /Text /Rect [0 0 9 9] /AA << /PO << /S /JavaScript /JS (x) >> >> >>"}},
    {"sneaky signature",
     "SSA, signed by a stranger",
     CHANGED "not valid shows something",
     NULL,
     2,
     append_signed_by_stranger,
     {"6 [12 0 R 13 0 R]", "8 [12 0 R 13 0 R]", SEEN, "14 " LOOK}},
    {"sneaky signature",
     "SSA, signed by nobody",
     CHANGED "visible-field-added",
     NULL,
     2,
     append_table,
     {"6 [12 0 R 13 0 R]", "8 [12 0 R 13 0 R]", SEEN, "14 " LOOK}},
    {"sneaky signature",
     "SSA, at level 1",
     CHANGED "signature-field-added",
     NULL,
     1,
     append_table,
     {"6 [12 0 R 13 0 R]", "13 << /FT /Sig /T (Kedua) >>"}},
    {"sneaky signature",
     "the signature's own appearance",
     CHANGED "signature-appearance-changed",
     NULL,
     2,
     append_table,
     {"12 << /Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /V 11 0 R /Rect [0 0 99 99] /F 132 /P 3 "
      "0 R "
      "/AP << /N 13 0 R >> >>",
      "13 " LOOK}},
    /* where readers differ */
    {"reader confusion",
     "duplicate keys",
     "refused",
     NULL,
     0,
     append_table,
     {"3 << /Type /Page /Parent 2 0 R /Annots 8 0 R /Contents 9 0 R /Contents 13 0 R >>", "13 " EVIL}},
    {"reader confusion", "an entry listed twice", CHANGED "entry-listed-twice", NULL, 0, list_twice, {NULL}},
    {"reader confusion",
     "an entry listed twice in a stream",
     CHANGED "entry-listed-twice",
     NULL,
     0,
     append_stream,
     {"13 (a)", "13 (b)"}},
    {"reader confusion",
     "a hybrid section in disguise",
     CHANGED "hybrid-update",
     NULL,
     0,
     append_disguised_hybrid,
     {"13 (a)"}},
    {"reader confusion", "a hybrid section", CHANGED "hybrid-update", NULL, 0, append_hybrid, {"9 " EVIL}},
    {"reader confusion",
     "an object stream",
     CHANGED "page-changed",
     NULL,
     0,
     shadow_in_stream,
     {"4 0 << /Type /Page /Parent 2 0 R /Rotate 180 >>"}},
    {"reader confusion",
     "two sections, one unused",
     CHANGED "empty-update",
     NULL,
     0,
     append_two_sections,
     {"9 " EVIL}},
    {"reader confusion", "sections in a loop", "refused", NULL, 0, append_loop, {"0 0\n"}},
    {"reader confusion", "a second %%EOF", CHANGED "bytes-after-end", NULL, 0, append_text, {"%%EOF\n"}},
    {"reader confusion", "a second end", "refused", NULL, 0, append_text, {"startxref\n0\n%%EOF\n"}},
    {"reader confusion",
     "junk in front of the header",
     UNSOUND "FORMAT_FAILURE",
     NULL,
     0,
     put_junk_in_front,
     {"GIF89a\n"}},
    {"reader confusion",
     "signed bytes",
     UNSOUND "HASH_FAILURE",
     NULL,
     0,
     change_signed_bytes,
     {"(Rp 1.", "(Rp 9."}},
};

const gsize n_pdf_attacks = G_N_ELEMENTS (pdf_attacks);

PdfBuilder *
pdf_attack_make (const PdfAttack *self, const PdfAttackWorld *world)
{
    const PenaPdfSignOptions options = {.certify = self->certify};
    PdfBuilder *builder = signed_pdf_start (self->letter != NULL ? self->letter : signed_pdf_letter);

    pdf_builder_table (builder, "");
    if (self->letter == twofold_letter) {
        signed_pdf_append (builder, second_version);
        pdf_builder_table (builder, "");
    }
    signed_pdf_sign (builder, world->trusted, &options);
    self->change (builder, self, world);
    return builder;
}
