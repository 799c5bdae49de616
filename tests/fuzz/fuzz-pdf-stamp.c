/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: fuzz target: finding the place of a stamp in a PDF, and putting it there
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "fuzz.h"

static const gchar drawing[] = "%PDF-1.4\n"
                               "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
                               "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
                               "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 50] /Contents 4 0 R "
                               "/Resources << >> >>\nendobj\n"
                               "4 0 obj\n<< /Length 15 >>\nstream\n0 0 100 50 re f\nendstream\nendobj\n"
                               "xref\n0 5\n0000000000 65535 f \n"
                               "0000000009 00000 n \n"
                               "0000000058 00000 n \n"
                               "0000000115 00000 n \n"
                               "0000000218 00000 n \n"
                               "trailer\n<< /Root 1 0 R /Size 5 >>\nstartxref\n283\n%%EOF\n";

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
    g_autoptr (GBytes) pdf = g_bytes_new_static (drawing, strlen (drawing));
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
