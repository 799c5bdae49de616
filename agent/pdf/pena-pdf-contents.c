/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a signature dictionary holds as its signature
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-contents.h"

#include "pena-pdf-lexer.h"

static gint64
find_place (PenaPdf *pdf, PenaPdfRef ref)
{
    for (guint i = 0; pdf->places != NULL && i < pdf->places->len; i++) {
        const PenaPdfPlace *place = &g_array_index (pdf->places, PenaPdfPlace, i);
        if (place->number == ref.number && place->generation == ref.generation && place->kind == 1)
            return place->place;
    }
    return -1;
}

/* The string of the outermost dictionary's only /Contents. A name that a string follows is a key. */
static gboolean
find_string (PenaPdfLexer *lexer, PenaPdfToken *ret_string)
{
    guint depth = 0, found = 0;
    PenaPdfToken token, last = {PENA_PDF_TOKEN_END, NULL, 0, 0};

    do {
        token = pena_pdf_lexer_next (lexer);
        if (token.kind == PENA_PDF_TOKEN_END)
            return FALSE;
        if (token.kind == PENA_PDF_TOKEN_STRING && depth == 1 &&
            pena_pdf_token_is (&last, PENA_PDF_TOKEN_NAME, "/Contents")) {
            *ret_string = token;
            found++;
        }
        if (token.kind == PENA_PDF_TOKEN_DICT_OPEN || token.kind == PENA_PDF_TOKEN_ARRAY_OPEN)
            depth++;
        else if (token.kind == PENA_PDF_TOKEN_DICT_CLOSE || token.kind == PENA_PDF_TOKEN_ARRAY_CLOSE)
            depth--;
        last = token;
    } while (depth > 0);
    return found == 1;
}

static GBytes *
decode (const PenaPdfToken *token)
{
    g_autoptr (GByteArray) out = g_byte_array_new ();
    gsize end = token->length - 1;

    if (token->text[0] != '<')
        return NULL;
    for (gsize i = 1; i + 1 < end; i += 2) {
        gint high = g_ascii_xdigit_value ((gchar)token->text[i]);
        gint low = g_ascii_xdigit_value ((gchar)token->text[i + 1]);
        if (high < 0 || low < 0)
            return NULL;
        guint8 byte = (guint8)(high << 4 | low);
        g_byte_array_append (out, &byte, 1);
    }
    return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

/* qpdf takes the string for an encrypted one unless the dictionary says /Type /Sig, which it need not. */
static GBytes *
read_from_file (PenaPdf *pdf, PenaPdfRef ref)
{
    PenaPdfToken string;
    guint64 number;

    if (pdf->places == NULL)
        pdf->places = pena_pdf_places_new (pena_pdf_source (pdf));
    gint64 place = find_place (pdf, ref);
    if (place < 0 || (guint64)place >= pdf->size - pdf->tail.shift)
        return NULL;
    PenaPdfLexer lexer = {pdf->data, pdf->size, pdf->tail.shift + (gsize)place};
    if (!pena_pdf_lexer_number (&lexer, &number) || !pena_pdf_lexer_number (&lexer, &number) ||
        !pena_pdf_lexer_expect (&lexer, "obj") || !find_string (&lexer, &string))
        return NULL;
    return decode (&string);
}

GBytes *
pena_pdf_read_contents (PenaPdf *pdf, qpdf_oh value)
{
    if (pdf->encryption == NULL)
        return pena_pdf_get_bytes (pdf, value, "/Contents");
    return read_from_file (pdf, pena_pdf_ref (pdf, value));
}
