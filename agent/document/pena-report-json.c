/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the report of a verification (schema VerifyReport of docs/agent-api.yaml)
 * Copyright (C) 2026 the Pena authors */
#include "pena-report-json.h"

#include <json-glib/json-glib.h>
#include <pena/pena-error.h>

#include "pena-span.h"
#include "pena-text.h"

static const gchar *const changes_names[] = {
    [PENA_PDF_CHANGES_OTHER] = "other",
    [PENA_PDF_CHANGES_SIGNATURES] = "signatures",
    [PENA_PDF_CHANGES_NONE] = "none",
};

static void
add_string (JsonBuilder *builder, const gchar *name, const gchar *value)
{
    json_builder_set_member_name (builder, name);
    if (value == NULL) {
        json_builder_add_null_value (builder);
        return;
    }
    g_autofree gchar *valid = g_utf8_make_valid (value, -1);
    json_builder_add_string_value (builder, valid);
}

static void
add_int (JsonBuilder *builder, const gchar *name, gint64 value)
{
    json_builder_set_member_name (builder, name);
    json_builder_add_int_value (builder, value);
}

static void
add_time (JsonBuilder *builder, const gchar *name, gint64 time)
{
    g_autoptr (GDateTime) date = time != G_MININT64 ? g_date_time_new_from_unix_utc (time) : NULL;
    g_autofree gchar *text = date != NULL ? g_date_time_format (date, "%Y-%m-%dT%H:%M:%SZ") : NULL;

    add_string (builder, name, text);
}

static void
add_strings (JsonBuilder *builder, const gchar *name, GPtrArray *values)
{
    json_builder_set_member_name (builder, name);
    json_builder_begin_array (builder);
    for (guint i = 0; values != NULL && i < values->len; i++) {
        g_autofree gchar *valid = g_utf8_make_valid (values->pdata[i], -1);
        json_builder_add_string_value (builder, valid);
    }
    json_builder_end_array (builder);
}

static void
add_signer (JsonBuilder *builder, const PenaCertificateInfo *info)
{
    json_builder_set_member_name (builder, "signer");
    if (info == NULL) {
        json_builder_add_null_value (builder);
        return;
    }
    json_builder_begin_object (builder);
    add_string (builder, "name", info->common_name);
    add_string (builder, "nip", info->nip);
    add_string (builder, "title", info->title);
    add_string (builder, "unit", info->unit);
    add_string (builder, "organization", info->organization);
    add_string (builder, "subject", info->subject);
    add_string (builder, "issuer", info->issuer);
    add_string (builder, "serial", info->serial);
    add_string (builder, "key", info->key);
    add_time (builder, "not_before", info->not_before);
    add_time (builder, "not_after", info->not_after);
    json_builder_end_object (builder);
}

/* pdf is NULL for a detached signature, which always covers the whole document. */
static void
add_coverage (JsonBuilder *builder, const PenaPdfSignature *pdf)
{
    json_builder_set_member_name (builder, "coverage");
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "byte_range");
    if (pdf == NULL) {
        json_builder_add_null_value (builder);
        json_builder_set_member_name (builder, "revision");
        json_builder_add_null_value (builder);
    } else {
        json_builder_begin_array (builder);
        for (guint i = 0; i < G_N_ELEMENTS (pdf->ranges); i++)
            json_builder_add_int_value (builder, (gint64)MIN (pdf->ranges[i], (guint64)G_MAXINT64));
        json_builder_end_array (builder);
        add_int (builder, "revision", pdf->revision);
    }
    json_builder_set_member_name (builder, "whole_file");
    json_builder_add_boolean_value (builder, pdf == NULL || pdf->changes == PENA_PDF_CHANGES_NONE);
    add_string (builder, "changes_after", changes_names[pdf != NULL ? pdf->changes : PENA_PDF_CHANGES_NONE]);
    json_builder_end_object (builder);
}

static void
add_signature (JsonBuilder *builder, const PenaSignatureReport *report, const PenaPdfSignature *pdf)
{
    gint64 time = report->claimed_time;

    if (time == G_MININT64 && pdf != NULL)
        time = pdf->time;
    json_builder_begin_object (builder);
    add_string (builder, "field", pdf != NULL ? pdf->field : NULL);
    add_string (builder, "verdict", pena_verdict_name (report->verdict));
    add_string (builder, "sub_indication", pena_sub_indication_name (report->sub));
    add_string (builder, "format", report->format);
    add_string (builder, "level", report->level);
    add_signer (builder, report->info);
    add_time (builder, "claimed_time", time);
    add_string (builder, "digest", report->digest);
    json_builder_set_member_name (builder, "revocation_checked");
    json_builder_add_boolean_value (builder, report->revocation_checked);
    add_string (builder, "reason", pdf != NULL ? pdf->reason : NULL);
    add_string (builder, "location", pdf != NULL ? pdf->location : NULL);
    add_coverage (builder, pdf);
    add_strings (builder, "problems", report->problems);
    add_strings (builder, "notes", report->notes);
    json_builder_end_object (builder);
}

/* ---- judging ---- */

typedef struct {
    PenaSpan *span;
    const PenaReportInput *input;
    const PenaPdfSignature *pdf; /* NULL: detached */
} Content;

static GBytes *
content_digest (const gchar *algorithm, gpointer user_data, GError **error)
{
    const Content *self = user_data;

    if (self->pdf == NULL) {
        if (self->input->sha256 != NULL && g_str_equal (algorithm, "sha256"))
            return g_bytes_ref (self->input->sha256);
        return pena_span_digest (self->span, algorithm, pena_pdf_bytes_size (self->input->bytes), 0, 0,
                                 error);
    }
    if (!self->pdf->ranges_sound) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_SIGNATURE_DAMAGED, "ByteRange");
        return NULL;
    }
    return pena_span_digest (self->span, algorithm, self->pdf->ranges[1], self->pdf->ranges[2],
                             self->pdf->ranges[3], error);
}

static void
worsen (PenaSignatureReport *report, PenaVerdict verdict, PenaSubIndication sub, gchar *problem)
{
    if (report->verdict == PENA_VERDICT_PASSED ||
        (report->verdict == PENA_VERDICT_INDETERMINATE && verdict == PENA_VERDICT_FAILED)) {
        report->verdict = verdict;
        report->sub = sub;
    }
    g_ptr_array_add (report->problems, problem);
}

static void
add_all (GPtrArray *to, GPtrArray *from)
{
    for (guint i = 0; from != NULL && i < from->len; i++)
        g_ptr_array_add (to, g_strdup (from->pdata[i]));
}

/* What the PDF around a CMS adds to its verdict. */
static void
judge_place (PenaSignatureReport *report, const PenaPdfSignature *pdf)
{
    if (!pdf->ranges_sound)
        worsen (report, PENA_VERDICT_FAILED, PENA_SUB_FORMAT_FAILURE,
                g_strdup_printf (_ ("The signature does not say properly what it covers: %s"),
                                 pdf->ranges_problem != NULL ? pdf->ranges_problem : "ByteRange"));
    if (pdf->changes == PENA_PDF_CHANGES_OTHER) {
        worsen (report, PENA_VERDICT_INDETERMINATE, PENA_SUB_SIG_CONSTRAINTS_FAILURE,
                g_strdup (_ ("The document was changed after this signature.")));
        add_all (report->problems, pdf->change_notes);
    } else {
        add_all (report->notes, pdf->change_notes);
    }
    if (pdf->has_cert_key)
        g_ptr_array_add (report->notes,
                         g_strdup (_ ("The signature dictionary has a Cert entry, which PAdES forbids.")));
}

static PenaSignatureReport *
judge_pdf (Content *content, const PenaPdfSignature *pdf)
{
    const PenaReportInput *input = content->input;

    content->pdf = pdf;
    PenaSignatureReport *report =
        pena_validate_cms (pdf->contents, PENA_ADES_PADES, TRUE, content_digest, content, &input->context);
    judge_place (report, pdf);
    return report;
}

static gboolean
is_time_stamp (const PenaPdfSignature *pdf)
{
    return g_strcmp0 (pdf->sub_filter, "ETSI.RFC3161") == 0;
}

/* A document time-stamp is not a signature of anyone; this version does not judge it. */
static PenaSignatureReport *
skip_time_stamp (const PenaPdfSignature *pdf)
{
    PenaSignatureReport *report = g_new0 (PenaSignatureReport, 1);

    report->verdict = PENA_VERDICT_INDETERMINATE;
    report->sub = PENA_SUB_NONE;
    report->format = "RFC3161";
    report->claimed_time = G_MININT64;
    report->problems = g_ptr_array_new_with_free_func (g_free);
    report->notes = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_add (report->problems,
                     g_strdup (_ ("This is a document time-stamp; this version does not judge it.")));
    judge_place (report, pdf);
    return report;
}

/* How bad for the document: unsigned is told apart by the caller. */
static const gchar *const overall_names[] = {[PENA_VERDICT_PASSED] = "valid",
                                             [PENA_VERDICT_FAILED] = "invalid",
                                             [PENA_VERDICT_INDETERMINATE] = "indeterminate"};

static const gchar *
worst (const gchar *so_far, PenaVerdict verdict)
{
    if (verdict == PENA_VERDICT_FAILED || g_str_equal (so_far, "invalid"))
        return "invalid";
    if (verdict == PENA_VERDICT_INDETERMINATE || g_str_equal (so_far, "indeterminate"))
        return "indeterminate";
    return overall_names[verdict];
}

/* Whoever signs later may show something on a page, and it may cover what was signed before. That is as good as
 * their signature. */
static void
judge_shown (GPtrArray *reports, GPtrArray *signatures, guint i)
{
    PenaPdfSignature *pdf = signatures->pdata[i];
    PenaSignatureReport *report = reports->pdata[i];
    gboolean vouched = TRUE;

    for (guint k = 0; k < pdf->shown_later->len; k++) {
        guint later = g_array_index (pdf->shown_later, guint, k);
        vouched = vouched && ((PenaSignatureReport *)reports->pdata[later])->verdict == PENA_VERDICT_PASSED;
    }
    if (pdf->shown_later->len == 0)
        return;
    if (vouched) {
        g_ptr_array_add (report->notes, g_strdup (_ ("A later signature shows something on the pages.")));
        return;
    }
    pdf->changes = PENA_PDF_CHANGES_OTHER;
    worsen (report, PENA_VERDICT_INDETERMINATE, PENA_SUB_SIG_CONSTRAINTS_FAILURE,
            g_strdup (_ ("A later signature that is not valid shows something on the pages.")));
}

static GPtrArray *
judge_signatures (Content *content, GPtrArray *signatures)
{
    GPtrArray *reports = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_signature_report_free);

    for (guint i = 0; i < signatures->len; i++) {
        const PenaPdfSignature *pdf = signatures->pdata[i];
        g_ptr_array_add (reports, is_time_stamp (pdf) ? skip_time_stamp (pdf) : judge_pdf (content, pdf));
    }
    /* The last one first: what becomes of it counts for those before. */
    for (guint i = signatures->len; i-- > 0;)
        judge_shown (reports, signatures, i);
    return reports;
}

static const gchar *
add_pdf_signatures (JsonBuilder *builder, Content *content, GPtrArray *signatures)
{
    g_autoptr (GPtrArray) reports = judge_signatures (content, signatures);
    const gchar *verdict = "unsigned";

    for (guint i = 0; i < signatures->len; i++) {
        const PenaSignatureReport *report = reports->pdata[i];
        if (!is_time_stamp (signatures->pdata[i]) || report->verdict == PENA_VERDICT_FAILED)
            verdict = worst (verdict, report->verdict);
        add_signature (builder, report, signatures->pdata[i]);
    }
    if (signatures->len > 0 && g_str_equal (verdict, "unsigned"))
        verdict = "indeterminate";
    return verdict;
}

static const gchar *
add_detached (JsonBuilder *builder, Content *content)
{
    const PenaReportInput *input = content->input;
    g_autoptr (PenaSignatureReport) report = pena_validate_cms (input->signature, PENA_ADES_CADES, FALSE,
                                                                content_digest, content, &input->context);

    add_signature (builder, report, NULL);
    return overall_names[report->verdict];
}

static gboolean
add_document (JsonBuilder *builder, const PenaReportInput *input, PenaSpan *span, GError **error)
{
    guint64 size = pena_pdf_bytes_size (input->bytes);
    g_autoptr (GBytes) sha256 = input->sha256 != NULL ? g_bytes_ref (input->sha256)
                                                      : pena_span_digest (span, "sha256", size, 0, 0, error);
    GString *hex = g_string_new (NULL);
    gsize length = 0;

    const guint8 *data = sha256 != NULL ? g_bytes_get_data (sha256, &length) : NULL;
    for (gsize i = 0; i < length; i++)
        g_string_append_printf (hex, "%02x", data[i]);
    json_builder_set_member_name (builder, "document");
    json_builder_begin_object (builder);
    add_int (builder, "size", (gint64)size);
    add_string (builder, "sha256", hex->str);
    json_builder_set_member_name (builder, "pages");
    if (input->pdf != NULL)
        json_builder_add_int_value (builder, pena_pdf_get_n_pages (input->pdf));
    else
        json_builder_add_null_value (builder);
    add_int (builder, "revisions", input->pdf != NULL ? pena_pdf_get_n_revisions (input->pdf) : 1);
    json_builder_end_object (builder);
    g_string_free (hex, TRUE);
    return sha256 != NULL;
}

gchar *
pena_report_json (const PenaReportInput *input, GError **error)
{
    g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();
    g_autoptr (PenaSpan) span = pena_span_new (input->bytes);
    g_autoptr (GPtrArray) signatures = NULL;
    Content content = {.span = span, .input = input};

    if (input->signature == NULL) {
        signatures = pena_pdf_list_signatures (input->pdf, error);
        if (signatures == NULL)
            return NULL;
    }
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "signatures");
    json_builder_begin_array (builder);
    const gchar *verdict = signatures != NULL ? add_pdf_signatures (builder, &content, signatures)
                                              : add_detached (builder, &content);
    json_builder_end_array (builder);
    add_string (builder, "verdict", verdict);
    if (!add_document (builder, input, span, error))
        return NULL;
    json_builder_end_object (builder);
    g_autoptr (JsonNode) root = json_builder_get_root (builder);
    return json_to_string (root, FALSE);
}
