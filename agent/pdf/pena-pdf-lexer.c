/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the tokens of a PDF
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-lexer.h"

#include <string.h>

#define MAX_DEPTH 100

gboolean
pena_pdf_is_space (guint8 byte)
{
    return byte == 0 || byte == '\t' || byte == '\n' || byte == '\f' || byte == '\r' || byte == ' ';
}

gboolean
pena_pdf_is_regular (guint8 byte)
{
    return !pena_pdf_is_space (byte) && strchr ("()<>[]{}/%", byte) == NULL;
}

static void
skip_space (PenaPdfLexer *self)
{
    while (self->at < self->size) {
        if (self->data[self->at] == '%')
            while (self->at < self->size && self->data[self->at] != '\n' && self->data[self->at] != '\r')
                self->at++;
        else if (pena_pdf_is_space (self->data[self->at]))
            self->at++;
        else
            return;
    }
}

static gboolean
skip_literal_string (PenaPdfLexer *self)
{
    guint64 depth = 0;

    for (; self->at < self->size; self->at++) {
        guint8 byte = self->data[self->at];
        if (byte == '\\')
            self->at++;
        else if (byte == '(')
            depth++;
        else if (byte == ')' && --depth == 0) {
            self->at++;
            return TRUE;
        }
    }
    self->at = self->size;
    return FALSE;
}

static gboolean
skip_hex_string (PenaPdfLexer *self)
{
    for (self->at++; self->at < self->size; self->at++) {
        guint8 byte = self->data[self->at];
        if (byte == '>') {
            self->at++;
            return TRUE;
        }
        if (!g_ascii_isxdigit (byte) && !pena_pdf_is_space (byte))
            return FALSE;
    }
    return FALSE;
}

static gboolean
doubled (const PenaPdfLexer *self)
{
    return self->at + 1 < self->size && self->data[self->at + 1] == self->data[self->at];
}

static PenaPdfTokenKind
delimiter (PenaPdfLexer *self)
{
    switch (self->data[self->at]) {
    case '(':
        return skip_literal_string (self) ? PENA_PDF_TOKEN_STRING : PENA_PDF_TOKEN_END;
    case '<':
        if (doubled (self)) {
            self->at += 2;
            return PENA_PDF_TOKEN_DICT_OPEN;
        }
        return skip_hex_string (self) ? PENA_PDF_TOKEN_STRING : PENA_PDF_TOKEN_END;
    case '>':
        if (!doubled (self))
            return PENA_PDF_TOKEN_END;
        self->at += 2;
        return PENA_PDF_TOKEN_DICT_CLOSE;
    case '[':
        self->at++;
        return PENA_PDF_TOKEN_ARRAY_OPEN;
    case ']':
        self->at++;
        return PENA_PDF_TOKEN_ARRAY_CLOSE;
    case '/':
        for (self->at++; self->at < self->size && pena_pdf_is_regular (self->data[self->at]);)
            self->at++;
        return PENA_PDF_TOKEN_NAME;
    default:
        return PENA_PDF_TOKEN_END;
    }
}

/* At most 18 digits, so that no sum of two can overflow. */
static gboolean
parse_integer (PenaPdfToken *token)
{
    gsize at = token->length > 0 && (token->text[0] == '+' || token->text[0] == '-');
    gint64 value = 0;

    if (at == token->length || token->length - at > 18)
        return FALSE;
    for (; at < token->length; at++) {
        if (!g_ascii_isdigit (token->text[at]))
            return FALSE;
        value = value * 10 + (token->text[at] - '0');
    }
    token->integer = token->text[0] == '-' ? -value : value;
    return TRUE;
}

PenaPdfToken
pena_pdf_lexer_next (PenaPdfLexer *self)
{
    PenaPdfToken token = {PENA_PDF_TOKEN_END, NULL, 0, 0};

    skip_space (self);
    if (self->at >= self->size)
        return token;
    gsize start = self->at;
    token.text = self->data + start;
    if (!pena_pdf_is_regular (*token.text)) {
        token.kind = delimiter (self);
        token.length = self->at - start;
        return token;
    }
    while (self->at < self->size && pena_pdf_is_regular (self->data[self->at]))
        self->at++;
    token.length = self->at - start;
    token.kind = parse_integer (&token) ? PENA_PDF_TOKEN_INTEGER : PENA_PDF_TOKEN_KEYWORD;
    return token;
}

gboolean
pena_pdf_token_is (const PenaPdfToken *token, PenaPdfTokenKind kind, const gchar *text)
{
    return token->kind == kind && token->length == strlen (text) &&
           memcmp (token->text, text, token->length) == 0;
}

gboolean
pena_pdf_lexer_expect (PenaPdfLexer *self, const gchar *keyword)
{
    PenaPdfToken token = pena_pdf_lexer_next (self);
    return pena_pdf_token_is (&token, PENA_PDF_TOKEN_KEYWORD, keyword);
}

gboolean
pena_pdf_lexer_number (PenaPdfLexer *self, guint64 *ret_number)
{
    PenaPdfToken token = pena_pdf_lexer_next (self);
    if (token.kind != PENA_PDF_TOKEN_INTEGER || token.integer < 0)
        return FALSE;
    *ret_number = (guint64)token.integer;
    return TRUE;
}

/* "5 0 R" after its first number. Stays where it is when that is no reference. */
static gboolean
skip_rest_of_reference (PenaPdfLexer *self)
{
    PenaPdfLexer ahead = *self;
    guint64 generation;

    if (!pena_pdf_lexer_number (&ahead, &generation) || !pena_pdf_lexer_expect (&ahead, "R"))
        return FALSE;
    *self = ahead;
    return TRUE;
}

/* After the opening bracket of an array or dictionary: passes over all up to the one that closes it. `integers` may be NULL. */
static gboolean
skip_nested (PenaPdfLexer *self, GArray *integers)
{
    for (guint depth = 1; depth > 0;) {
        PenaPdfToken token = pena_pdf_lexer_next (self);
        switch (token.kind) {
        case PENA_PDF_TOKEN_END:
            return FALSE;
        case PENA_PDF_TOKEN_INTEGER:
            if (integers != NULL && depth == 1)
                g_array_append_val (integers, token.integer);
            break;
        case PENA_PDF_TOKEN_DICT_OPEN:
        case PENA_PDF_TOKEN_ARRAY_OPEN:
            if (++depth > MAX_DEPTH)
                return FALSE;
            break;
        case PENA_PDF_TOKEN_DICT_CLOSE:
        case PENA_PDF_TOKEN_ARRAY_CLOSE:
            depth--;
            break;
        default:
            break;
        }
    }
    return TRUE;
}

/* Any byte of a name can be written as "#" and two digits (7.3.5): "/Pre#76" is "/Prev". */
static gboolean
name_is (const PenaPdfToken *token, const gchar *name)
{
    gsize at = 0;

    for (; at < token->length && *name != '\0'; name++) {
        gint high = at + 2 < token->length ? g_ascii_xdigit_value ((gchar)token->text[at + 1]) : -1;
        gint low = high >= 0 ? g_ascii_xdigit_value ((gchar)token->text[at + 2]) : -1;
        gboolean escaped = token->text[at] == '#' && low >= 0;
        if ((escaped ? high << 4 | low : token->text[at]) != (guint8)*name)
            return FALSE;
        at += escaped ? 3 : 1;
    }
    return at == token->length && *name == '\0';
}

static gboolean
entry_value (PenaPdfLexer *self, const PenaPdfWanted *wanted)
{
    PenaPdfToken value = pena_pdf_lexer_next (self);

    switch (value.kind) {
    case PENA_PDF_TOKEN_INTEGER:
        if (!skip_rest_of_reference (self) && wanted->ret_value != NULL)
            *wanted->ret_value = value.integer;
        return TRUE;
    case PENA_PDF_TOKEN_ARRAY_OPEN:
        return skip_nested (self, wanted->ret_integers);
    case PENA_PDF_TOKEN_DICT_OPEN:
        return skip_nested (self, NULL);
    case PENA_PDF_TOKEN_NAME:
    case PENA_PDF_TOKEN_STRING:
    case PENA_PDF_TOKEN_KEYWORD:
        return TRUE;
    default:
        return FALSE;
    }
}

static const PenaPdfWanted *
find_wanted (const PenaPdfToken *key, const PenaPdfWanted *wanted, gsize n_wanted)
{
    static const PenaPdfWanted nothing = {0};

    for (gsize i = 0; i < n_wanted; i++)
        if (name_is (key, wanted[i].key))
            return &wanted[i];
    return &nothing;
}

gboolean
pena_pdf_lexer_dictionary (PenaPdfLexer *self, const PenaPdfWanted *wanted, gsize n_wanted)
{
    if (pena_pdf_lexer_next (self).kind != PENA_PDF_TOKEN_DICT_OPEN)
        return FALSE;
    for (;;) {
        PenaPdfToken key = pena_pdf_lexer_next (self);
        if (key.kind == PENA_PDF_TOKEN_DICT_CLOSE)
            return TRUE;
        if (key.kind != PENA_PDF_TOKEN_NAME || !entry_value (self, find_wanted (&key, wanted, n_wanted)))
            return FALSE;
    }
}
