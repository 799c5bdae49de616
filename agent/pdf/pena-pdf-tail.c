/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the cross-reference sections of a PDF
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-tail.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-pdf-lexer.h"
#include "pena-text.h"

/* Where qpdf and other readers look, so that all agree on what the file is. */
#define HEADER_WINDOW 1024
#define TRAILER_WINDOW 1054
#define MAX_SECTIONS 10000
/* Entries that are read in the time that is needed to find and begin a section. */
#define SECTION_LOAD 6
/* For what may stand between a section and its startxref. A comment could be as long as the file, and begin behind
 * many sections. */
#define END_WINDOW 4096

typedef struct {
    PenaPdfXrefKind kind;
    gint64 previous; /* -1 when there is none */
    gsize end;       /* behind the trailer dictionary, or behind endobj */
    gboolean twice;  /* it lists an object more than once */
    guint64 load;    /* what reading it takes */
} Section;

/* Numbers of objects in a row. */
typedef struct {
    guint64 first, end;
} Run;

static gboolean
fail (GError **error, const gchar *reason)
{
    g_autoptr (GError) failure =
        g_error_new (PENA_ERROR, PENA_ERROR_DOCUMENT_DAMAGED, "cross-reference: %s", reason);
    pena_error_set_string (failure, "reason", reason);
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
}

/* "%PDF-" and a version, as qpdf finds it. */
static gboolean
is_header (const guint8 *data, gsize size, gsize at)
{
    if (size - at < 8 || memcmp (data + at, "%PDF-", 5) != 0 || !g_ascii_isdigit (data[at + 5]))
        return FALSE;
    for (at += 6; at < size && g_ascii_isdigit (data[at]);)
        at++;
    return size - at >= 2 && data[at] == '.' && g_ascii_isdigit (data[at + 1]);
}

gboolean
pena_pdf_find_header (const guint8 *data, gsize size, gsize *ret_shift, GError **error)
{
    if (size == 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_EMPTY, "no bytes");
        return FALSE;
    }
    for (gsize at = 0; at < MIN (size, HEADER_WINDOW); at++)
        if (is_header (data, size, at)) {
            *ret_shift = at;
            return TRUE;
        }
    g_set_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_NOT_PDF, "no %%PDF- header");
    return FALSE;
}

/* The last "startxref" that a number follows. */
static gboolean
find_startxref (const guint8 *data, gsize size, guint64 *ret_offset)
{
    const gsize length = strlen ("startxref");
    gsize start = size > TRAILER_WINDOW ? size - TRAILER_WINDOW : 0;

    for (gsize at = size >= length ? size - length + 1 : 0; at-- > start;) {
        if (memcmp (data + at, "startxref", length) != 0)
            continue;
        PenaPdfLexer lexer = {data, size, at + length};
        if (pena_pdf_lexer_number (&lexer, ret_offset))
            return TRUE;
    }
    return FALSE;
}

/* Offset, generation and kind. Like other readers, cares for nothing more on that line. */
static gboolean
skip_entry (PenaPdfLexer *lexer)
{
    guint64 number;

    if (!pena_pdf_lexer_number (lexer, &number) || !pena_pdf_lexer_number (lexer, &number) ||
        pena_pdf_lexer_next (lexer).kind != PENA_PDF_TOKEN_KEYWORD)
        return FALSE;
    while (lexer->at < lexer->size && lexer->data[lexer->at] != '\n' && lexer->data[lexer->at] != '\r')
        lexer->at++;
    return TRUE;
}

static gint
compare_runs (gconstpointer a, gconstpointer b)
{
    const Run *left = a, *right = b;
    return left->first < right->first ? -1 : left->first > right->first;
}

static void
add_run (GArray *runs, guint64 first, guint64 count)
{
    Run run = {first, first + count};

    if (count > 0)
        g_array_append_val (runs, run);
}

/* What the section lists. */
static void
take_runs (Section *section, GArray *runs)
{
    g_array_sort (runs, compare_runs);
    for (guint i = 0; i < runs->len; i++) {
        const Run *run = &g_array_index (runs, Run, i);
        section->load += MIN (run->end - run->first, G_MAXUINT32);
        section->twice = section->twice || (i > 0 && run->first < g_array_index (runs, Run, i - 1).end);
    }
}

/* The subsections of a table and the word behind them. */
static gboolean
read_subsections (PenaPdfLexer *lexer, Section *ret_section)
{
    g_autoptr (GArray) runs = g_array_new (FALSE, FALSE, sizeof (Run));

    for (;;) {
        PenaPdfToken first = pena_pdf_lexer_next (lexer);
        guint64 count;
        if (pena_pdf_token_is (&first, PENA_PDF_TOKEN_KEYWORD, "trailer"))
            break;
        if (first.kind != PENA_PDF_TOKEN_INTEGER || first.integer < 0 ||
            !pena_pdf_lexer_number (lexer, &count) || count > G_MAXINT64)
            return FALSE;
        add_run (runs, (guint64)first.integer, count);
        for (; count > 0; count--)
            if (!skip_entry (lexer))
                return FALSE;
    }
    take_runs (ret_section, runs);
    return TRUE;
}

/* Subsections and trailer, after the word "xref". */
static gboolean
read_table (PenaPdfLexer *lexer, Section *ret_section)
{
    gint64 xref_stream = -1;
    const PenaPdfWanted wanted[] = {{"/Prev", &ret_section->previous, NULL},
                                    {"/XRefStm", &xref_stream, NULL}};

    if (!read_subsections (lexer, ret_section))
        return FALSE;
    if (!pena_pdf_lexer_dictionary (lexer, wanted, G_N_ELEMENTS (wanted)))
        return FALSE;
    ret_section->kind = xref_stream >= 0 ? PENA_PDF_XREF_HYBRID : PENA_PDF_XREF_TABLE;
    ret_section->end = lexer->at;
    return TRUE;
}

/* Passes over the data of a stream whose dictionary has just been read. */
static gboolean
skip_stream_data (PenaPdfLexer *lexer, gint64 length)
{
    const guint8 *data = lexer->data;

    if (!pena_pdf_lexer_expect (lexer, "stream") || length < 0)
        return FALSE;
    if (lexer->at < lexer->size && data[lexer->at] == '\r')
        lexer->at++;
    if (lexer->at < lexer->size && data[lexer->at] == '\n')
        lexer->at++;
    if ((guint64)length > lexer->size - lexer->at)
        return FALSE;
    lexer->at += (gsize)length;
    return pena_pdf_lexer_expect (lexer, "endstream") && pena_pdf_lexer_expect (lexer, "endobj");
}

/* /Index of a stream: pairs of a first number and how many follow. Without it there is one run. */
static void
take_index (Section *section, const GArray *index, gint64 size)
{
    g_autoptr (GArray) runs = g_array_new (FALSE, FALSE, sizeof (Run));

    for (guint i = 0; i + 1 < index->len; i += 2) {
        gint64 first = g_array_index (index, gint64, i), count = g_array_index (index, gint64, i + 1);
        if (first >= 0 && count >= 0)
            add_run (runs, (guint64)first, (guint64)count);
    }
    if (index->len == 0 && size > 0)
        add_run (runs, 0, (guint64)size);
    take_runs (section, runs);
}

/* "5 0 obj << … >> stream … endstream endobj", after its first number. */
static gboolean
read_stream (PenaPdfLexer *lexer, Section *ret_section)
{
    guint64 generation;
    gint64 length = -1, size = -1;
    g_autoptr (GArray) index = g_array_new (FALSE, FALSE, sizeof (gint64));
    const PenaPdfWanted wanted[] = {{"/Prev", &ret_section->previous, NULL},
                                    {"/Length", &length, NULL},
                                    {"/Size", &size, NULL},
                                    {"/Index", NULL, index}};

    if (!pena_pdf_lexer_number (lexer, &generation) || !pena_pdf_lexer_expect (lexer, "obj") ||
        !pena_pdf_lexer_dictionary (lexer, wanted, G_N_ELEMENTS (wanted)))
        return FALSE;
    ret_section->kind = PENA_PDF_XREF_STREAM;
    take_index (ret_section, index, size);
    ret_section->end = lexer->at;
    /* With /Length elsewhere the end is not known here; then the section just ends no revision. */
    if (skip_stream_data (lexer, length))
        ret_section->end = lexer->at;
    return TRUE;
}

static gboolean
read_section (const guint8 *data, gsize size, gsize offset, Section *ret_section)
{
    PenaPdfLexer lexer = {data, size, offset};
    PenaPdfToken token = pena_pdf_lexer_next (&lexer);

    *ret_section = (Section){.previous = -1, .load = SECTION_LOAD};
    if (pena_pdf_token_is (&token, PENA_PDF_TOKEN_KEYWORD, "xref"))
        return read_table (&lexer, ret_section);
    return token.kind == PENA_PDF_TOKEN_INTEGER && read_stream (&lexer, ret_section);
}

/* "startxref N %%EOF" behind a section ends a revision; with N = 0 it is the first half of a linearized file.
 */
static gboolean
read_end (const guint8 *data, gsize size, gsize at, PenaPdfRevisionEnd *ret_end)
{
    PenaPdfLexer lexer = {data, MIN (size, at + END_WINDOW), at};
    guint64 target;

    if (!pena_pdf_lexer_expect (&lexer, "startxref") || !pena_pdf_lexer_number (&lexer, &target) ||
        target == 0)
        return FALSE;
    at = lexer.at;
    while (at < size && pena_pdf_is_space (data[at]))
        at++;
    if (size - at < 5 || memcmp (data + at, "%%EOF", 5) != 0)
        return FALSE;
    at += 5;
    ret_end->end = at;
    if (at < size && data[at] == '\r')
        at++;
    if (at < size && data[at] == '\n')
        at++;
    ret_end->end_with_eol = at;
    return TRUE;
}

static gint
compare_ends (gconstpointer a, gconstpointer b)
{
    const PenaPdfRevisionEnd *left = a, *right = b;
    return left->end < right->end ? -1 : left->end > right->end;
}

static void
remove_duplicates (GArray *revisions)
{
    for (guint i = 1; i < revisions->len;)
        if (g_array_index (revisions, PenaPdfRevisionEnd, i).end ==
            g_array_index (revisions, PenaPdfRevisionEnd, i - 1).end)
            g_array_remove_index (revisions, i);
        else
            i++;
}

/* Follows /Prev from the newest section. A section that cannot be read ends the walk: qpdf has the say on
 * damage. */
static gboolean
walk_sections (PenaPdfTail *self, const guint8 *data, gsize size, GError **error)
{
    guint64 offset = self->startxref;
    Section section;

    for (guint n = 0; n < MAX_SECTIONS; n++) {
        PenaPdfRevisionEnd end;
        if (offset >= size - self->shift ||
            !read_section (data, size, self->shift + (gsize)offset, &section)) {
            if (n == 0)
                return fail (error, _ ("startxref does not point at a cross-reference section"));
            break;
        }
        if (n == 0)
            self->kind = section.kind;
        self->load += section.load;
        if (section.kind == PENA_PDF_XREF_HYBRID)
            self->hybrid_end = MAX (self->hybrid_end, section.end);
        if (section.twice)
            self->twice_end = MAX (self->twice_end, section.end);
        if (read_end (data, size, section.end, &end))
            g_array_append_val (self->revisions, end);
        if (section.previous <= 0 || (guint64)section.previous == offset)
            break;
        offset = (guint64)section.previous;
    }
    return TRUE;
}

gboolean
pena_pdf_tail_read (PenaPdfTail *self, const guint8 *data, gsize size, GError **error)
{
    *self = (PenaPdfTail){0};
    if (!pena_pdf_find_header (data, size, &self->shift, error))
        return FALSE;
    if (!find_startxref (data, size, &self->startxref))
        return fail (error, _ ("it has no startxref at its end"));
    self->revisions = g_array_new (FALSE, FALSE, sizeof (PenaPdfRevisionEnd));
    if (!walk_sections (self, data, size, error)) {
        pena_pdf_tail_clear (self);
        return FALSE;
    }
    if (self->revisions->len == 0) {
        PenaPdfRevisionEnd whole = {size, size};
        g_array_append_val (self->revisions, whole);
    }
    g_array_sort (self->revisions, compare_ends);
    remove_duplicates (self->revisions);
    return TRUE;
}

void
pena_pdf_tail_clear (PenaPdfTail *self)
{
    g_clear_pointer (&self->revisions, g_array_unref);
}

guint
pena_pdf_tail_find_revision (const PenaPdfTail *self, guint64 offset)
{
    for (guint i = 0; i < self->revisions->len; i++) {
        const PenaPdfRevisionEnd *end = &g_array_index (self->revisions, PenaPdfRevisionEnd, i);
        if (offset >= end->end && offset <= end->end_with_eol)
            return i + 1;
    }
    return 0;
}
