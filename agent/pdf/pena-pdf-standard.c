/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what PDF/A and PDF/UA ask of what a signature adds
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-standard.h"

#include "pena-pdf-stream.h"

gboolean
pena_pdf_is_tagged (PenaPdf *pdf)
{
    return pena_pdf_get_bool (pdf, pena_pdf_get (pdf, pdf->root, "/MarkInfo"), "/Marked", FALSE);
}

/* The metadata says that it is a PDF/A: "pdfaid" is the prefix that the standard lays down (ISO 19005-2, 6.6.4). */
static gboolean
is_archival (PenaPdf *pdf)
{
    return pena_pdf_stream_matches (pdf, pena_pdf_get (pdf, pdf->root, "/Metadata"), PENA_PDF_MAX_METADATA,
                                    "pdfaid:part");
}

#define WHITE "/WhitePoint [0.9505 1 1.089]"

const gchar *
pena_pdf_colour_spaces (PenaPdf *pdf)
{
    /* IEC 61966-2-1 (sRGB), but for the shape of its curve. */
    static const gchar spaces[] =
        "/ColorSpace << /DefaultGray [/CalGray << " WHITE " /Gamma 2.2 >>] "
        "/DefaultRGB [/CalRGB << " WHITE " /Gamma [2.2 2.2 2.2] "
        "/Matrix [0.4124 0.2126 0.0193 0.3576 0.7152 0.1192 0.1805 0.722 0.9505] >>] >> ";

    return is_archival (pdf) ? spaces : "";
}

/* PDF/UA wants every widget tagged unless it is outside of the page (ISO 14289-1, 7.18.1); PDF/A wants an appearance even where there is
 * nothing to be seen (ISO 19005-1, 6.9). */
void
pena_pdf_append_invisible (PenaPdfWriter *writer, GString *out)
{
    PenaPdf *pdf = writer->pdf;

    g_string_append (out, pena_pdf_is_tagged (pdf) ? " /Rect [-9999 -9999 -9999 -9999]" : " /Rect [0 0 0 0]");
    if (!is_archival (pdf))
        return;
    PenaPdfRef look = pena_pdf_writer_reserve (writer);
    pena_pdf_writer_add_stream (writer, look, "/Type /XObject /Subtype /Form /BBox [0 0 0 0]", NULL, 0);
    g_string_append_printf (out, " /AP << /N %d 0 R >>", look.number);
}
