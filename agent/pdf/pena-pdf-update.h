/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: writing an incremental update (ISO 32000-1, 7.5.6)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-reader.h"

/* In an encrypted document, strings and streams are encrypted on the way; what is given is plain. */
typedef struct {
    PenaPdf *pdf;
    GByteArray *bytes;
    GArray *entries;
    gint next_number;
    GArray *dangling; /* of gint: numbers that must stay without an object; may be NULL */
    gboolean clash;   /* an object was written twice: the document uses it for two things */
    PenaPdfRef open;  /* the object that is being written; number 0 between objects */
    GError *failure;  /* told when it is finished */
} PenaPdfWriter;

/* pdf is borrowed. */
PenaPdfWriter *pena_pdf_writer_new (PenaPdf *pdf);
void pena_pdf_writer_free (PenaPdfWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPdfWriter, pena_pdf_writer_free)

/* A number that no object has, and that nothing refers to. */
PenaPdfRef pena_pdf_writer_reserve (PenaPdfWriter *self);
/* One object; an existing one keeps its generation. */
void pena_pdf_writer_begin (PenaPdfWriter *self, PenaPdfRef ref);
/* A piece of it. No string may begin in one piece and end in another. */
void pena_pdf_writer_put (PenaPdfWriter *self, const gchar *text);
/* As it is, for what is never encrypted: /Contents of a signature dictionary. */
void pena_pdf_writer_put_raw (PenaPdfWriter *self, const gchar *text);
void pena_pdf_writer_end (PenaPdfWriter *self);
void pena_pdf_writer_add (PenaPdfWriter *self, PenaPdfRef ref, const gchar *text);
/* A stream; `entries` are those of its dictionary but /Length. */
void pena_pdf_writer_add_stream (PenaPdfWriter *self, PenaPdfRef ref, const gchar *entries,
                                 const guint8 *data, gsize length);
/* Where the next byte will stand in the file. */
guint64 pena_pdf_writer_position (const PenaPdfWriter *self);

/* Cross-reference section of the kind that the file ends with, trailer and %%EOF. */
gboolean pena_pdf_writer_finish (PenaPdfWriter *self, PenaPdf *pdf, GError **error);

/* A copy of a dictionary in which the value of some keys is replaced, added or (NULL) left out. */
typedef struct {
    const gchar *key;
    const gchar *value;
} PenaPdfChange;
gchar *pena_pdf_dict_with (PenaPdf *pdf, qpdf_oh dict, const PenaPdfChange *changes, gsize n_changes);
/* A copy of an array with one more item. Anything that is no array counts as an empty one. */
gchar *pena_pdf_array_with (PenaPdf *pdf, qpdf_oh array, const gchar *item);
