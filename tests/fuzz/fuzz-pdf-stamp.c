/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: fuzz target: finding the place of a stamp in a PDF, and putting it there
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "fuzz.h"
#include "pdf-drawing.h"

static const PenaPdfCanvas canvas = {.width = 100, .height = 50, .page = -1, .place = 8, .margin = 20};

static void
sign (const FuzzDocument *document, const PenaPdfStamp *stamp)
{
    const PenaPdfSignOptions options = {.name = "Sari", .stamp = stamp, .contents_capacity = 64};
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaPdfUpdate) update = pena_pdf_prepare (document->pdf, &options, &error);

    if (update == NULL)
        fuzz_check_error (error);
    else
        g_assert_cmpuint (update->gap_offset + update->gap_length, <, update->bytes->len);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
    static const gchar *const anchors[] = {"#", "${ttd}", "i"};
    g_autoptr (FuzzDocument) document = fuzz_document_new (data, size);
    g_autoptr (GBytes) pdf = g_bytes_new_static (pdf_drawing, strlen (pdf_drawing));
    PenaPdfStamp stamp = {.pdf = pdf, .canvases = &canvas, .n_canvases = 1};

    if (document->pdf == NULL)
        return 0;
    sign (document, &stamp);
    stamp.page = PENA_PDF_ALL_PAGES;
    sign (document, &stamp);
    stamp.page = 0;
    for (guint i = 0; i < G_N_ELEMENTS (anchors); i++) {
        stamp.anchor = anchors[i];
        sign (document, &stamp);
    }
    return 0;
}
