/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the tokens of a PDF (ISO 32000-1, 7.2)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Just enough to read cross-reference sections and trailers; objects are qpdf's business. */
typedef enum {
    PENA_PDF_TOKEN_END, /* of the bytes, or something that is no token: nothing follows it */
    PENA_PDF_TOKEN_INTEGER,
    PENA_PDF_TOKEN_NAME,
    PENA_PDF_TOKEN_STRING,
    PENA_PDF_TOKEN_KEYWORD, /* reals too */
    PENA_PDF_TOKEN_DICT_OPEN,
    PENA_PDF_TOKEN_DICT_CLOSE,
    PENA_PDF_TOKEN_ARRAY_OPEN,
    PENA_PDF_TOKEN_ARRAY_CLOSE,
} PenaPdfTokenKind;

typedef struct {
    PenaPdfTokenKind kind;
    const guint8 *text; /* borrowed */
    gsize length;
    gint64 integer;
} PenaPdfToken;

typedef struct {
    const guint8 *data;
    gsize size;
    gsize at;
} PenaPdfLexer;

gboolean pena_pdf_is_space (guint8 byte);
gboolean pena_pdf_is_regular (guint8 byte);

PenaPdfToken pena_pdf_lexer_next (PenaPdfLexer *self);
gboolean pena_pdf_token_is (const PenaPdfToken *token, PenaPdfTokenKind kind, const gchar *text);
/* The next token is this keyword. It is passed over either way. */
gboolean pena_pdf_lexer_expect (PenaPdfLexer *self, const gchar *keyword);
/* The next token is an integer of 0 or more. */
gboolean pena_pdf_lexer_number (PenaPdfLexer *self, guint64 *ret_number);

/* Passes over a dictionary and takes what whole numbers the keys asked for have (names with their slash, however they are
 * written): one, or those that stand directly in an array. Values that are absent, of another kind or references stay
 * untouched. FALSE when it is no dictionary or is malformed. */
typedef struct {
    const gchar *key;
    gint64 *ret_value;    /* NULL: not wanted */
    GArray *ret_integers; /* of gint64; NULL likewise */
} PenaPdfWanted;
gboolean pena_pdf_lexer_dictionary (PenaPdfLexer *self, const PenaPdfWanted *wanted, gsize n_wanted);
