/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a verification report in words for a citizen
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "report.h"

#include "cli.h"
#include "pena-text.h"

#define LABEL_WIDTH (PENA_CLI_REPORT_HANG - 2)

static JsonObject *
get_object (JsonObject *object, const gchar *member)
{
    JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;
    return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonArray *
get_array (JsonObject *object, const gchar *member)
{
    JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;
    return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static gboolean
get_boolean (JsonObject *object, const gchar *member)
{
    JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;
    return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
           json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}

static gboolean
member_is (JsonObject *object, const gchar *member, const gchar *value)
{
    g_autofree gchar *text = pena_cli_dup_member (object, member);
    return g_strcmp0 (text, value) == 0;
}

gboolean
pena_cli_report_is_valid (JsonObject *report)
{
    JsonArray *signatures = get_array (report, "signatures");
    return member_is (report, "verdict", "valid") && signatures != NULL &&
           json_array_get_length (signatures) > 0;
}

/* "2026-11-21T07:00:00Z" as the reader's clock would have shown it. NULL when it is no time. */
static gchar *
dup_local_time (JsonObject *object, const gchar *member)
{
    g_autofree gchar *text = pena_cli_dup_member (object, member);
    g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
    g_autoptr (GDateTime) time = text != NULL ? g_date_time_new_from_iso8601 (text, utc) : NULL;
    g_autoptr (GDateTime) local = time != NULL ? g_date_time_to_local (time) : NULL;
    return local != NULL ? g_date_time_format (local, "%Y-%m-%d %H:%M:%S %Z") : NULL;
}

/* "  label         value"; nothing without a value. */
static void
append_line (GString *out, const gchar *label, const gchar *value)
{
    if (value == NULL || *value == '\0')
        return;
    glong width = g_utf8_strlen (label, -1);
    g_string_append_printf (out, "  %s%*s%s\n", label, (int)MAX (LABEL_WIDTH - width, 1), "", value);
}

static void
append_member (GString *out, const gchar *label, JsonObject *object, const gchar *member)
{
    g_autofree gchar *value = pena_cli_dup_member (object, member);
    append_line (out, label, value);
}

static void
append_texts (GString *out, const gchar *label, JsonObject *object, const gchar *member)
{
    JsonArray *texts = get_array (object, member);
    for (guint i = 0; texts != NULL && i < json_array_get_length (texts); i++) {
        JsonNode *node = json_array_get_element (texts, i);
        if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
            continue;
        g_autofree gchar *clean = pena_cli_clean (json_node_get_string (node));
        append_line (out, label, clean);
    }
}

static gboolean
is_time_stamp (JsonObject *signature)
{
    return member_is (signature, "format", "RFC3161");
}

static void
append_verdict (GString *out, JsonObject *signature, gboolean colour)
{
    g_autofree gchar *known = pena_cli_dup_member (get_object (signature, "signer"), "name");
    const gchar *name = known != NULL && *known != '\0' ? known : _ ("an unknown signer");
    gboolean stamp = is_time_stamp (signature);
    g_autofree gchar *sentence = NULL;

    if (member_is (signature, "verdict", "TOTAL-PASSED")) {
        pena_cli_append_styled (out, colour, PENA_CLI_GOOD, _ ("VALID"));
        sentence = stamp ? g_strdup_printf (_ ("time-stamp of the document by %s"), name)
                         : g_strdup_printf (_ ("signed by %s"), name);
    } else if (member_is (signature, "verdict", "TOTAL-FAILED")) {
        pena_cli_append_styled (out, colour, PENA_CLI_BAD, _ ("NOT VALID"));
        sentence = stamp ? g_strdup_printf (_ ("the time-stamp of %s is broken or must not be trusted"), name)
                         : g_strdup_printf (_ ("the signature of %s is broken or must not be trusted"), name);
    } else {
        pena_cli_append_styled (out, colour, PENA_CLI_DOUBT, _ ("NOT CONFIRMED"));
        sentence = stamp ? g_strdup_printf (_ ("time-stamp by %s, but this could not be confirmed"), name)
                         : g_strdup_printf (_ ("signed by %s, but this could not be confirmed"), name);
    }
    g_string_append_printf (out, ": %s\n", sentence);
}

/* Of a broken signature only what it was meant for is told: what its own list of revisions says of changes
 * proves nothing. */
static const gchar *
say_coverage (JsonObject *coverage, gboolean broken)
{
    if (broken)
        return get_boolean (coverage, "whole_file") ? _ ("the whole file") : _ ("the file as it was then");
    if (member_is (coverage, "changes_after", "none"))
        return get_boolean (coverage, "whole_file") ? _ ("the whole file; nothing was changed after signing")
                                                    : _ ("nothing was changed after signing");
    if (member_is (coverage, "changes_after", "signatures"))
        return _ ("the file as it was then; after it only further signatures were added");
    return _ ("the file as it was then; IT WAS CHANGED AFTER SIGNING");
}

static void
append_signer (GString *out, JsonObject *signer)
{
    g_autofree gchar *unit = pena_cli_dup_member (signer, "unit");
    g_autofree gchar *organization = pena_cli_dup_member (signer, "organization");
    g_autofree gchar *office =
        unit != NULL && organization != NULL ? g_strdup_printf ("%s, %s", unit, organization) : NULL;

    append_member (out, _ ("post"), signer, "title");
    append_line (out, _ ("office"), office != NULL ? office : unit != NULL ? unit : organization);
    append_member (out, "NIP", signer, "nip");
}

static const gchar *
say_revocation (JsonObject *signature)
{
    g_autofree gchar *indication = pena_cli_dup_member (signature, "sub_indication");

    if (indication != NULL && g_str_has_prefix (indication, "REVOKED"))
        return _ ("checked: THE CERTIFICATE OR ONE ABOVE IT WAS REVOKED");
    return get_boolean (signature, "revocation_checked")
               ? _ ("checked: not on the list of revoked certificates")
               : _ ("not checked: no current list of revoked certificates");
}

static void
append_certificate (GString *out, JsonObject *signature, JsonObject *signer)
{
    g_autofree gchar *from = dup_local_time (signer, "not_before"),
                     *until = dup_local_time (signer, "not_after");
    append_member (out, _ ("certificate"), signer, "serial");
    append_member (out, _ ("issued by"), signer, "issuer");
    append_line (out, _ ("valid from"), from);
    append_line (out, _ ("valid until"), until);
    if (signer != NULL)
        append_line (out, _ ("revocation"), say_revocation (signature));
}

/* A document time-stamp's time is its authority's word, a signature's the signer's own. */
static gchar *
dup_time_of_signing (JsonObject *signature, const gchar *time)
{
    g_autofree gchar *proved = dup_local_time (signature, "proved_time");

    if (time == NULL || is_time_stamp (signature))
        return g_strdup (time);
    if (proved != NULL)
        return g_strdup_printf (_ ("%s (a time-stamp proves: not later than %s)"), time, proved);
    return g_strdup_printf (_ ("%s (by the signer's own clock)"), time);
}

static void
append_stamps (GString *out, JsonObject *signature)
{
    JsonArray *stamps = get_array (signature, "time_stamps");

    for (guint i = 0; stamps != NULL && i < json_array_get_length (stamps); i++) {
        JsonNode *node = json_array_get_element (stamps, i);
        if (!JSON_NODE_HOLDS_OBJECT (node))
            continue;
        JsonObject *stamp = json_node_get_object (node);
        g_autofree gchar *time = dup_local_time (stamp, "time");
        g_autofree gchar *authority = pena_cli_dup_member (stamp, "authority");
        g_autofree gchar *line =
            g_strdup_printf (_ ("%s by %s"), time != NULL ? time : "?", authority != NULL ? authority : "?");
        append_line (out, _ ("time-stamp"), line);
        append_texts (out, _ ("problem"), stamp, "problems");
    }
}

static void
append_details (GString *out, JsonObject *signature)
{
    JsonObject *signer = get_object (signature, "signer");
    g_autofree gchar *time = dup_local_time (signature, "claimed_time");
    g_autofree gchar *when = dup_time_of_signing (signature, time);
    g_autofree gchar *format = pena_cli_dup_member (signature, "format");
    g_autofree gchar *level = pena_cli_dup_member (signature, "level");
    g_autofree gchar *kind =
        format != NULL && level != NULL ? g_strdup_printf ("%s %s", format, level) : NULL;

    append_signer (out, signer);
    append_line (out, is_time_stamp (signature) ? _ ("made at") : _ ("signed at"), when);
    append_stamps (out, signature);
    append_line (
        out, _ ("covers"),
        say_coverage (get_object (signature, "coverage"), member_is (signature, "verdict", "TOTAL-FAILED")));
    append_texts (out, _ ("problem"), signature, "problems");
    append_member (out, _ ("reason"), signature, "reason");
    append_member (out, _ ("place"), signature, "location");
    append_line (out, _ ("kind"), kind != NULL ? kind : format);
    append_member (out, _ ("field"), signature, "field");
    append_certificate (out, signature, signer);
    append_member (out, _ ("indication"), signature, "sub_indication");
    append_texts (out, _ ("note"), signature, "notes");
}

/* Time-stamps are nobody's signatures. */
static void
append_count (GString *out, JsonArray *signatures)
{
    guint n_valid = 0, n_signatures = 0;

    for (guint i = 0; i < json_array_get_length (signatures); i++) {
        JsonNode *node = json_array_get_element (signatures, i);
        JsonObject *one = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
        if (one == NULL || is_time_stamp (one))
            continue;
        n_signatures++;
        n_valid += member_is (one, "verdict", "TOTAL-PASSED");
    }
    if (n_signatures < 2)
        return;
    g_string_append_printf (out, _ ("%u signatures, of which %u are valid"), n_signatures, n_valid);
    g_string_append (out, "\n\n");
}

gchar *
pena_cli_render_report (JsonObject *report, gboolean colour)
{
    JsonArray *signatures = get_array (report, "signatures");
    guint length = signatures != NULL ? json_array_get_length (signatures) : 0;
    GString *out = g_string_new (NULL);

    if (length == 0) {
        pena_cli_append_styled (out, colour, PENA_CLI_BAD, _ ("NOT SIGNED"));
        g_string_append_printf (out, ": %s\n", _ ("the document bears no signature"));
    }
    if (length > 1)
        append_count (out, signatures);
    for (guint i = 0; i < length; i++) {
        JsonNode *node = json_array_get_element (signatures, i);
        if (!JSON_NODE_HOLDS_OBJECT (node))
            continue;
        if (i > 0)
            g_string_append_c (out, '\n');
        append_verdict (out, json_node_get_object (node), colour);
        append_details (out, json_node_get_object (node));
    }
    return g_string_free (out, FALSE);
}
