/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: fuzz target: listing and judging the signatures of a PDF, as the document worker does
 * Copyright (C) 2026 the Pena authors */
#include "fuzz.h"
#include "pena-report-json.h"

/* What nobody may contradict, whatever the document says. */
static void
check_signature (const FuzzDocument *document, const PenaPdfSignature *one)
{
    guint64 size = pena_pdf_bytes_size (document->bytes);
    const guint64 *r = one->ranges;

    g_assert_true (one->ranges_sound == (one->ranges_problem == NULL));
    if (!one->ranges_sound) {
        g_assert_cmpint (one->changes, ==, PENA_PDF_CHANGES_OTHER);
        return;
    }
    g_assert_cmpuint (r[0], ==, 0);
    g_assert_cmpuint (r[1], <, r[2]);
    g_assert_cmpuint (r[2] + r[3], <=, size);
    g_assert_cmpuint (r[2] - r[1], ==, 2 * g_bytes_get_size (one->contents) + 2);
    g_assert_true ((one->changes == PENA_PDF_CHANGES_NONE) <= (r[2] + r[3] == size));
    g_assert_true (one->changes != PENA_PDF_CHANGES_OTHER || one->edits->len > 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
    g_autoptr (FuzzDocument) document = fuzz_document_new (data, size);
    g_autoptr (GError) error = NULL;

    if (document->pdf == NULL)
        return 0;
    g_autoptr (GPtrArray) signatures = pena_pdf_list_signatures (document->pdf, NULL);
    for (guint i = 0; signatures != NULL && i < signatures->len; i++)
        check_signature (document, g_ptr_array_index (signatures, i));
    const PenaReportInput input = {
        .bytes = document->bytes, .pdf = document->pdf, .context = {.time = 1790000000}};
    g_autofree gchar *report = pena_report_json (&input, &error);
    if (report == NULL)
        fuzz_check_error (error);
    else
        g_assert_true (g_utf8_validate (report, -1, NULL));
    return 0;
}
