/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the report of a verification (schema VerifyReport of docs/agent-api.yaml)
 * Copyright (C) 2026 the Pena authors */
#include "pena-report-json.h"

#include <json-glib/json-glib.h>

#include "pena-hex.h"
#include "pena-judge-pdf.h"

static const gchar *const changes_names[] = {
    [PENA_PDF_CHANGES_OTHER] = "other",
    [PENA_PDF_CHANGES_ALLOWED] = "allowed",
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

static void
add_position (JsonBuilder *builder, const gchar *name, gint64 value)
{
    json_builder_set_member_name (builder, name);
    if (value != 0)
        json_builder_add_int_value (builder, value);
    else
        json_builder_add_null_value (builder);
}

static void
add_changes (JsonBuilder *builder, const PenaPdfSignature *pdf)
{
    json_builder_set_member_name (builder, "changes");
    json_builder_begin_array (builder);
    for (guint i = 0; pdf != NULL && i < pdf->edits->len; i++) {
        const PenaPdfEdit *edit = pdf->edits->pdata[i];
        json_builder_begin_object (builder);
        add_string (builder, "kind", edit->code);
        json_builder_set_member_name (builder, "allowed");
        json_builder_add_boolean_value (builder, edit->allowed);
        add_int (builder, "revision", edit->revision);
        add_position (builder, "page", edit->page);
        add_position (builder, "object", edit->object);
        add_string (builder, "field", edit->field);
        add_string (builder, "detail", edit->detail);
        add_string (builder, "text", edit->text);
        json_builder_end_object (builder);
    }
    json_builder_end_array (builder);
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
    add_changes (builder, pdf);
    json_builder_end_object (builder);
}

static void
add_stamps (JsonBuilder *builder, GPtrArray *stamps)
{
    json_builder_set_member_name (builder, "time_stamps");
    json_builder_begin_array (builder);
    for (guint i = 0; i < stamps->len; i++) {
        const PenaStampReport *stamp = stamps->pdata[i];
        json_builder_begin_object (builder);
        add_string (builder, "kind", stamp->kind);
        add_string (builder, "verdict", pena_verdict_name (stamp->verdict));
        add_string (builder, "sub_indication", pena_sub_indication_name (stamp->sub));
        add_time (builder, "time", stamp->time);
        add_string (builder, "authority", stamp->info != NULL ? stamp->info->common_name : NULL);
        add_strings (builder, "problems", stamp->problems);
        add_strings (builder, "notes", stamp->notes);
        json_builder_end_object (builder);
    }
    json_builder_end_array (builder);
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
    add_string (builder, "form", report->form);
    json_builder_set_member_name (builder, "countersigns");
    if (report->countersigns >= 0)
        json_builder_add_int_value (builder, report->countersigns);
    else
        json_builder_add_null_value (builder);
    add_signer (builder, report->info);
    add_time (builder, "claimed_time", time);
    add_time (builder, "proved_time", report->proved_time);
    add_stamps (builder, report->stamps);
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

static const gchar *
add_pdf_signatures (JsonBuilder *builder, const PenaReportInput *input, GPtrArray *signatures,
                    const PenaJudgedBytes *bytes)
{
    g_autoptr (GPtrArray) reports = pena_judge_pdf (input->pdf, signatures, bytes, &input->context);
    const gchar *verdict = "unsigned";

    for (guint i = 0; i < signatures->len; i++) {
        const PenaSignatureReport *report = reports->pdata[i];
        if (!pena_pdf_signature_is_time_stamp (signatures->pdata[i]) || report->broken ||
            report->verdict == PENA_VERDICT_FAILED)
            verdict = worst (verdict, report->verdict);
        add_signature (builder, report, signatures->pdata[i]);
    }
    if (signatures->len > 0 && g_str_equal (verdict, "unsigned"))
        verdict = "indeterminate";
    return verdict;
}

static const gchar *
add_detached (JsonBuilder *builder, const PenaReportInput *input, const PenaJudgedBytes *bytes)
{
    g_autoptr (GPtrArray) reports = pena_judge_detached (input->signature, bytes, &input->context);
    const gchar *verdict = "unsigned";

    for (guint i = 0; i < reports->len; i++) {
        const PenaSignatureReport *report = reports->pdata[i];
        verdict = worst (verdict, report->verdict);
        add_signature (builder, report, NULL);
    }
    return verdict;
}

static gboolean
add_document (JsonBuilder *builder, const PenaReportInput *input, PenaSpan *span, GError **error)
{
    guint64 size = pena_pdf_bytes_size (input->bytes);
    g_autoptr (GBytes) sha256 = input->sha256 != NULL ? g_bytes_ref (input->sha256)
                                                      : pena_span_digest (span, "sha256", size, 0, 0, error);
    gsize length = 0;
    const guint8 *data = sha256 != NULL ? g_bytes_get_data (sha256, &length) : NULL;
    g_autofree gchar *hex = pena_hex (data, length);

    json_builder_set_member_name (builder, "document");
    json_builder_begin_object (builder);
    add_int (builder, "size", (gint64)size);
    add_string (builder, "sha256", hex);
    json_builder_set_member_name (builder, "pages");
    if (input->pdf != NULL)
        json_builder_add_int_value (builder, pena_pdf_get_n_pages (input->pdf));
    else
        json_builder_add_null_value (builder);
    add_int (builder, "revisions", input->pdf != NULL ? pena_pdf_get_n_revisions (input->pdf) : 1);
    json_builder_end_object (builder);
    return sha256 != NULL;
}

gchar *
pena_report_json (const PenaReportInput *input, GError **error)
{
    g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();
    g_autoptr (PenaSpan) span = pena_span_new (input->bytes);
    g_autoptr (GPtrArray) signatures = NULL;
    const PenaJudgedBytes bytes = {span, pena_pdf_bytes_size (input->bytes), input->sha256, input->enclosing};

    if (input->signature == NULL) {
        signatures = pena_pdf_list_signatures (input->pdf, error);
        if (signatures == NULL)
            return NULL;
    }
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "signatures");
    json_builder_begin_array (builder);
    const gchar *verdict = signatures != NULL ? add_pdf_signatures (builder, input, signatures, &bytes)
                                              : add_detached (builder, input, &bytes);
    json_builder_end_array (builder);
    add_string (builder, "verdict", verdict);
    if (!add_document (builder, input, span, error))
        return NULL;
    json_builder_end_object (builder);
    g_autoptr (JsonNode) root = json_builder_get_root (builder);
    return json_to_string (root, FALSE);
}
