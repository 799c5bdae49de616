/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: fuzz target: opening a PDF and preparing a signature
 * Copyright (C) 2026 the Pena authors */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "pena-pdf-field.h"

static const PenaPdfSignOptions options = {
    .reason = "Persetujuan",
    .location = "Tirta (Kencana)\\",
    .name = "Sari Wulandari",
    .time = 1790000000,
    .utc_offset = 7 * 3600,
    .contents_capacity = 64,
};

/* What the agent would refuse to hand out is only a loss; what it takes for sound must be. */
static void
read_again (const FuzzDocument *document, PenaPdfUpdate *update)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) tail = g_bytes_new (update->bytes->data, update->bytes->len);
    g_autoptr (PenaPdfBytes) bytes = pena_pdf_bytes_new (document->fd, tail, &error);
    g_assert_no_error (error);
    g_autoptr (PenaPdf) pdf = pena_pdf_open (bytes, &error);
    g_autoptr (GPtrArray) signatures = pdf != NULL ? pena_pdf_list_signatures (pdf, &error) : NULL;

    if (signatures == NULL) {
        fuzz_check_error (error);
        return;
    }
    for (guint i = 0; i < signatures->len; i++) {
        const PenaPdfSignature *one = g_ptr_array_index (signatures, i);
        if (one->changes == PENA_PDF_CHANGES_NONE)
            g_assert_cmpuint (one->ranges[2] + one->ranges[3], ==, pena_pdf_bytes_size (bytes));
    }
}

static void
sign (const FuzzDocument *document, const PenaPdfSignOptions *wanted)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaPdfUpdate) update = pena_pdf_prepare (document->pdf, wanted, &error);

    if (update == NULL) {
        fuzz_check_error (error);
        return;
    }
    g_assert_true (pena_pdf_update_set_contents (update, "\x30\x03\x02\x01\x05", 5, NULL));
    read_again (document, update);
}

/* In the first empty field, with all that can be asked for. */
static void
sign_in_field (const FuzzDocument *document)
{
    g_autoptr (PenaPdfForm) form = pena_pdf_form_new (document->pdf, NULL);
    PenaPdfSignOptions wanted = options;

    wanted.certify = 2;
    for (guint i = 0; form != NULL && i < form->signatures->len; i++) {
        const PenaPdfField *field = g_ptr_array_index (form->signatures, i);
        if (pena_pdf_field_is_signed (document->pdf, field))
            continue;
        wanted.field = field->name;
        sign (document, &wanted);
        return;
    }
    wanted.lock = "all";
    sign (document, &wanted);
}

/* What a repair writes is a document like any other. */
static void
repair (const FuzzDocument *damaged)
{
    gint fd = memfd_create ("repaired", MFD_CLOEXEC);
    g_autoptr (GError) error = NULL;

    if (pena_pdf_repair (damaged->fd, NULL, fd, &error)) {
        g_autoptr (FuzzDocument) copy = fuzz_document_open (fd);
        g_assert_cmpuint (pena_pdf_bytes_size (copy->bytes), <=,
                          pena_pdf_repair_max_size (pena_pdf_bytes_size (damaged->bytes)));
        if (copy->pdf != NULL)
            sign (copy, &options);
    } else {
        fuzz_check_error (error);
        close (fd);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
    g_autoptr (FuzzDocument) document = fuzz_document_new (data, size);

    if (document->pdf == NULL) {
        repair (document);
        return 0;
    }
    sign (document, &options);
    sign_in_field (document);
    return 0;
}
