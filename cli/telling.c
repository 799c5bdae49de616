/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a verification found, in words for a citizen
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "telling.h"

#include "pena-text.h"
#include "report-json.h"

/* X.520 allows a name 64 characters; one that goes on and on would be read as the sentence. */
#define NAME_WIDEST 64

/* ---- parts ---- */

static void
row_free (PenaCliRow *self)
{
    g_free (self->label);
    g_free (self->value);
    g_free (self);
}

static void
part_free (PenaCliPart *self)
{
    g_free (self->title);
    g_free (self->word);
    g_free (self->sentence);
    g_free (self->advice);
    g_ptr_array_unref (self->rows);
    g_free (self);
}

/* Takes the sentence. */
static PenaCliPart *
part_new (PenaCliStyle style, const gchar *word, gchar *sentence)
{
    PenaCliPart *self = g_new0 (PenaCliPart, 1);

    self->style = style;
    self->word = g_strdup (word);
    self->sentence = sentence;
    self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify)row_free);
    return self;
}

/* Nothing without a value. */
static void
add_styled (PenaCliPart *self, PenaCliStyle style, const gchar *label, const gchar *value)
{
    if (value == NULL || *value == '\0')
        return;
    PenaCliRow *row = g_new0 (PenaCliRow, 1);
    row->label = g_strdup (label);
    row->value = g_strdup (value);
    row->style = style;
    g_ptr_array_add (self->rows, row);
}

static void
add_row (PenaCliPart *self, const gchar *label, const gchar *value)
{
    add_styled (self, PENA_CLI_PLAIN, label, value);
}

static void
add_member (PenaCliPart *self, const gchar *label, JsonObject *object, const gchar *member)
{
    g_autofree gchar *value = pena_cli_dup_member (object, member);
    add_row (self, label, value);
}

/* Among the rows from this one on. */
static gboolean
has_value (const PenaCliPart *self, guint first, const gchar *value)
{
    for (guint i = first; i < self->rows->len; i++)
        if (g_str_equal (((const PenaCliRow *)self->rows->pdata[i])->value, value))
            return TRUE;
    return FALSE;
}

/* What several revisions have in common is told once. */
static void
add_texts (PenaCliPart *self, PenaCliStyle style, const gchar *label, JsonObject *object, const gchar *member)
{
    JsonArray *texts = pena_cli_get_array (object, member);
    guint first = self->rows->len;

    for (guint i = 0; i < pena_cli_get_length (texts); i++) {
        JsonNode *node = json_array_get_element (texts, i);
        if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
            continue;
        g_autofree gchar *clean = pena_cli_clean_words (json_node_get_string (node));
        if (!has_value (self, first, clean))
            add_styled (self, style, label, clean);
    }
}

/* ---- the sentence of a signature ---- */

static gboolean
is_time_stamp (JsonObject *signature)
{
    return pena_cli_member_is (signature, "format", "RFC3161");
}

static gchar *
dup_name (JsonObject *signature)
{
    g_autofree gchar *known = pena_cli_dup_member (pena_cli_get_object (signature, "signer"), "name");
    return known != NULL && *known != '\0' ? pena_cli_shorten (known, NAME_WIDEST, FALSE)
                                           : g_strdup (_ ("an unknown signer"));
}

/* The number of a civil servant is named only when the certificate holds it. */
static gchar *
dup_name_and_number (JsonObject *signature)
{
    g_autofree gchar *name = dup_name (signature);
    g_autofree gchar *number = pena_cli_dup_member (pena_cli_get_object (signature, "signer"), "nip");

    return number != NULL && *number != '\0' ? g_strdup_printf ("%s, NIP %s", name, number)
                                             : g_steal_pointer (&name);
}

static const gchar *
say_changes (JsonObject *signature)
{
    JsonObject *coverage = pena_cli_get_object (signature, "coverage");

    if (pena_cli_member_is (coverage, "changes_after", "none"))
        return _ ("the document was not changed afterwards");
    if (pena_cli_member_is (coverage, "changes_after", "signatures"))
        return _ ("afterwards only further signatures or time-stamps were added");
    return _ ("afterwards only changes were made that are allowed");
}

static gchar *
say_valid (JsonObject *signature)
{
    g_autofree gchar *who = dup_name_and_number (signature);
    g_autofree gchar *claimed = pena_cli_dup_time_in_words (signature, "claimed_time");
    g_autofree gchar *proved = pena_cli_dup_time_in_words (signature, "proved_time");

    if (is_time_stamp (signature))
        return g_strdup_printf (_ ("time-stamp of the document by %s, %s"), who,
                                claimed != NULL ? claimed : "?");
    if (proved != NULL)
        return g_strdup_printf (_ ("signed by %s, on %s (proved by a time-stamp); %s"), who, proved,
                                say_changes (signature));
    if (claimed != NULL)
        return g_strdup_printf (_ ("signed by %s, on %s (by the signer's own clock); %s"), who, claimed,
                                say_changes (signature));
    return g_strdup_printf (_ ("signed by %s, at a time that is not told; %s"), who, say_changes (signature));
}

/* Changes after signing are what keeps the signature from passing. */
static gboolean
is_changed_after (JsonObject *signature, const gchar *sub)
{
    return g_strcmp0 (sub, "SIG_CONSTRAINTS_FAILURE") == 0 &&
           pena_cli_member_is (pena_cli_get_object (signature, "coverage"), "changes_after", "other");
}

static gchar *
say_not_valid (JsonObject *signature, const gchar *sub)
{
    g_autofree gchar *name = dup_name (signature);

    if (is_time_stamp (signature))
        return g_strdup_printf (pena_cli_member_is (signature, "verdict", "TOTAL-FAILED")
                                    ? _ ("the time-stamp of %s is broken or must not be trusted")
                                    : _ ("time-stamp by %s, but this could not be confirmed"),
                                name);
    if (is_changed_after (signature, sub))
        return g_strdup_printf (_ ("the document was changed after %s signed it"), name);
    if (sub == NULL && pena_cli_member_is (signature, "verdict", "TOTAL-FAILED"))
        return g_strdup_printf (_ ("the signature of %s is broken or must not be trusted"), name);
    g_auto (GStrv) around = g_strsplit (pena_text (pena_cli_find_indication (sub)->signature), "%s", 2);
    return g_strjoinv (name, around);
}

static const gchar *
say_advice (JsonObject *signature, const gchar *sub, gboolean online)
{
    const PenaCliIndication *indication = pena_cli_find_indication (sub);

    if (is_changed_after (signature, sub))
        return _ ("Do not rely on what it shows now; ask the signer for the file as it was signed.");
    return pena_text (online && indication->asked != NULL ? indication->asked : indication->advice);
}

static PenaCliPart *
new_verdict (JsonObject *signature, gboolean online)
{
    g_autofree gchar *sub = pena_cli_dup_member (signature, "sub_indication");

    if (pena_cli_member_is (signature, "verdict", "TOTAL-PASSED"))
        return part_new (PENA_CLI_GOOD, _ ("VALID"), say_valid (signature));
    gchar *sentence = say_not_valid (signature, sub);
    PenaCliPart *part = pena_cli_member_is (signature, "verdict", "TOTAL-FAILED")
                            ? part_new (PENA_CLI_BAD, _ ("NOT VALID"), sentence)
                            : part_new (PENA_CLI_DOUBT, _ ("NOT CONFIRMED"), sentence);
    part->advice = g_strdup (say_advice (signature, sub, online));
    return part;
}

/* ---- the details of a signature ---- */

static void
add_signer (PenaCliPart *self, JsonObject *signer)
{
    g_autofree gchar *unit = pena_cli_dup_member (signer, "unit");
    g_autofree gchar *organization = pena_cli_dup_member (signer, "organization");
    g_autofree gchar *office =
        unit != NULL && organization != NULL ? g_strdup_printf ("%s, %s", unit, organization) : NULL;

    add_member (self, _ ("post"), signer, "title");
    add_row (self, _ ("office"), office != NULL ? office : unit != NULL ? unit : organization);
    add_member (self, "NIP", signer, "nip");
}

/* A document time-stamp's time is its authority's word, a signature's the signer's own. */
static void
add_time (PenaCliPart *self, JsonObject *signature)
{
    g_autofree gchar *claimed = pena_cli_dup_time_in_words (signature, "claimed_time");
    g_autofree gchar *proved = pena_cli_dup_time_in_words (signature, "proved_time");
    g_autofree gchar *by_signer =
        claimed != NULL ? g_strdup_printf (_ ("%s (by the signer's own clock)"), claimed) : NULL;
    g_autofree gchar *by_stamp =
        proved != NULL ? g_strdup_printf (_ ("%s at the latest (a time-stamp proves it)"), proved) : NULL;

    if (is_time_stamp (signature)) {
        add_row (self, _ ("made at"), claimed);
        return;
    }
    add_row (self, _ ("signed at"), by_signer);
    add_row (self, _ ("proved"), by_stamp);
}

static const gchar *
say_verdict_of_stamp (JsonObject *stamp)
{
    if (pena_cli_member_is (stamp, "verdict", "TOTAL-PASSED"))
        return _ ("valid");
    return pena_cli_member_is (stamp, "verdict", "TOTAL-FAILED") ? _ ("not valid") : _ ("not confirmed");
}

static void
add_stamps (PenaCliPart *self, JsonObject *signature)
{
    JsonArray *stamps = pena_cli_get_array (signature, "time_stamps");

    for (guint i = 0; i < pena_cli_get_length (stamps); i++) {
        JsonObject *stamp = pena_cli_get_element (stamps, i);
        g_autofree gchar *time = pena_cli_dup_time_in_words (stamp, "time");
        g_autofree gchar *authority = pena_cli_dup_member (stamp, "authority");
        g_autofree gchar *value =
            g_strdup_printf (_ ("%s: %s, by %s"), say_verdict_of_stamp (stamp), time != NULL ? time : "?",
                             authority != NULL ? authority : "?");
        add_row (self, _ ("time-stamp"), value);
        add_texts (self, PENA_CLI_DOUBT, _ ("problem"), stamp, "problems");
    }
}

/* Of a broken signature only what it was meant for is told: what its own list of revisions says of changes
 * proves nothing. */
static const gchar *
say_coverage (JsonObject *signature)
{
    JsonObject *coverage = pena_cli_get_object (signature, "coverage");
    gboolean whole = pena_cli_get_boolean (coverage, "whole_file");

    if (pena_cli_member_is (signature, "verdict", "TOTAL-FAILED"))
        return whole ? _ ("the whole file") : _ ("the file as it was then");
    if (pena_cli_member_is (coverage, "changes_after", "none"))
        return whole ? _ ("the whole file; nothing was changed afterwards")
                     : _ ("nothing was changed afterwards");
    if (pena_cli_member_is (coverage, "changes_after", "signatures"))
        return _ ("the file as it was then; after it only further signatures or time-stamps were added");
    if (pena_cli_member_is (signature, "verdict", "TOTAL-PASSED"))
        return _ ("the file as it was then; after it only changes were made that are allowed");
    return _ ("the file as it was then; IT WAS CHANGED AFTER SIGNING");
}

static const gchar *
say_revocation (JsonObject *signature)
{
    g_autofree gchar *indication = pena_cli_dup_member (signature, "sub_indication");

    if (indication != NULL && g_str_has_prefix (indication, "REVOKED"))
        return _ ("checked: THE CERTIFICATE OR ONE ABOVE IT WAS REVOKED");
    return pena_cli_get_boolean (signature, "revocation_checked")
               ? _ ("checked: not on the list of revoked certificates")
               : _ ("not checked: no current list of revoked certificates");
}

static void
add_certificate (PenaCliPart *self, JsonObject *signature, JsonObject *signer)
{
    g_autofree gchar *from = pena_cli_dup_time_in_words (signer, "not_before");
    g_autofree gchar *until = pena_cli_dup_time_in_words (signer, "not_after");

    add_member (self, _ ("certificate"), signer, "serial");
    add_member (self, _ ("issued by"), signer, "issuer");
    add_row (self, _ ("valid from"), from);
    add_row (self, _ ("valid until"), until);
    if (signer != NULL)
        add_row (self, _ ("revocation"), say_revocation (signature));
}

/* "PAdES B-LT: with a time-stamp and ...". */
static void
add_kind (PenaCliPart *self, JsonObject *signature)
{
    g_autofree gchar *format = pena_cli_dup_member (signature, "format");
    g_autofree gchar *level = pena_cli_dup_member (signature, "level");
    const gchar *meaning = pena_cli_explain_level (level);
    g_autofree gchar *kind = NULL;

    if (format != NULL && level != NULL)
        kind = g_strdup_printf ("%s %s%s%s", format, level, meaning != NULL ? ": " : "",
                                meaning != NULL ? meaning : "");
    add_row (self, _ ("kind"), kind != NULL ? kind : format);
}

static void
add_algorithms (PenaCliPart *self, JsonObject *signature)
{
    g_autofree gchar *digest = pena_cli_dup_member (signature, "digest");
    g_autofree gchar *key = pena_cli_dup_member (pena_cli_get_object (signature, "signer"), "key");
    g_autofree gchar *both =
        g_strdup_printf ("%s%s%s", digest != NULL ? digest : "", digest != NULL && key != NULL ? ", " : "",
                         key != NULL ? key : "");
    add_row (self, _ ("algorithms"), both);
}

static void
add_indication (PenaCliPart *self, JsonObject *signature)
{
    g_autofree gchar *verdict = pena_cli_dup_member (signature, "verdict");
    g_autofree gchar *sub = pena_cli_dup_member (signature, "sub_indication");
    g_autofree gchar *both = sub != NULL ? g_strdup_printf ("%s, %s", verdict, sub) : NULL;

    add_row (self, _ ("indication"), both);
}

static PenaCliPart *
new_part (JsonObject *signature, gboolean online)
{
    PenaCliPart *self = new_verdict (signature, online);
    JsonObject *signer = pena_cli_get_object (signature, "signer");

    add_texts (self, self->style, _ ("problem"), signature, "problems");
    add_signer (self, signer);
    add_time (self, signature);
    add_stamps (self, signature);
    add_row (self, _ ("covers"), say_coverage (signature));
    add_member (self, _ ("reason"), signature, "reason");
    add_member (self, _ ("place"), signature, "location");
    add_kind (self, signature);
    add_member (self, _ ("field"), signature, "field");
    add_certificate (self, signature, signer);
    add_algorithms (self, signature);
    add_indication (self, signature);
    add_texts (self, PENA_CLI_PLAIN, _ ("note"), signature, "notes");
    return self;
}

/* ---- the document as a whole ---- */

/* The signatures of a document, and those of them (time-stamps included) with which it stands or falls. */
typedef struct {
    JsonArray *all;
    guint n_signatures;
    JsonObject *first, *last; /* signatures */
    gboolean online;
    GPtrArray *culprits; /* of JsonObject, borrowed: those with the worst verdict */
} Survey;

static void
survey_clear (Survey *self)
{
    g_clear_pointer (&self->culprits, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Survey, survey_clear)

static void
survey (JsonObject *report, const gchar *worst, Survey *ret_survey)
{
    *ret_survey = (Survey){.all = pena_cli_get_array (report, "signatures"),
                           .online = pena_cli_get_array (report, "online") != NULL,
                           .culprits = g_ptr_array_new ()};
    for (guint i = 0; i < pena_cli_get_length (ret_survey->all); i++) {
        JsonObject *one = pena_cli_get_element (ret_survey->all, i);
        if (one == NULL)
            continue;
        if (pena_cli_member_is (one, "verdict", worst))
            g_ptr_array_add (ret_survey->culprits, one);
        if (is_time_stamp (one))
            continue;
        ret_survey->n_signatures++;
        ret_survey->first = ret_survey->first != NULL ? ret_survey->first : one;
        ret_survey->last = one;
    }
}

static gchar *
join_signers (const Survey *found)
{
    g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

    for (guint i = 0; i < pena_cli_get_length (found->all); i++) {
        JsonObject *one = pena_cli_get_element (found->all, i);
        g_autofree gchar *name = one != NULL && !is_time_stamp (one) ? dup_name (one) : NULL;
        if (name != NULL && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
            g_ptr_array_add (names, g_steal_pointer (&name));
    }
    return pena_cli_join_names (names);
}

static PenaCliPart *
new_head_of_valid (const Survey *found)
{
    if (found->n_signatures == 1)
        return new_verdict (found->first, found->online);
    g_autofree gchar *names = join_signers (found);
    return part_new (PENA_CLI_GOOD, _ ("VALID"),
                     g_strdup_printf (_ ("%u signatures, by %s; %s"), found->n_signatures, names,
                                      say_changes (found->last)));
}

static PenaCliPart *
new_head_of_not_valid (const Survey *found, gboolean broken)
{
    if (found->culprits->len == 1)
        return new_verdict (found->culprits->pdata[0], found->online);
    if (found->n_signatures == 1 && g_ptr_array_find (found->culprits, found->first, NULL))
        return new_verdict (found->first, found->online); /* its time-stamps fall with it */
    g_autofree gchar *names = join_signers (found);
    gchar *sentence =
        broken
            ? g_strdup_printf (_ ("%u of the signatures and time-stamps are broken or must not be trusted"),
                               found->culprits->len)
            : g_strdup_printf (_ ("%u signatures, by %s, of which some could not be confirmed"),
                               found->n_signatures, names);
    return part_new (broken ? PENA_CLI_BAD : PENA_CLI_DOUBT, broken ? _ ("NOT VALID") : _ ("NOT CONFIRMED"),
                     sentence);
}

static PenaCliPart *
new_head_of_unsigned (gboolean time_stamped)
{
    PenaCliPart *self =
        part_new (PENA_CLI_BAD, _ ("NOT SIGNED"),
                  g_strdup (time_stamped ? _ ("the document bears a time-stamp, but no signature")
                                         : _ ("the document bears no signature")));
    self->advice = g_strdup (_ ("Ask the sender for the signed file."));
    return self;
}

static PenaCliPart *
new_head (JsonObject *report, PenaCliOutcome *ret_outcome)
{
    gboolean valid = pena_cli_member_is (report, "verdict", "valid");
    gboolean broken = pena_cli_member_is (report, "verdict", "invalid");
    g_auto (Survey) found = {0};

    survey (report, valid ? "TOTAL-PASSED" : broken ? "TOTAL-FAILED" : "INDETERMINATE", &found);
    if (pena_cli_get_length (found.all) == 0 || (found.n_signatures == 0 && !broken)) {
        *ret_outcome = PENA_CLI_NOT_SIGNED;
        return new_head_of_unsigned (pena_cli_get_length (found.all) > 0);
    }
    *ret_outcome = valid ? PENA_CLI_VALID : broken ? PENA_CLI_NOT_VALID : PENA_CLI_NOT_CONFIRMED;
    return valid ? new_head_of_valid (&found) : new_head_of_not_valid (&found, broken);
}

/* ---- what was asked over the network ---- */

static gchar *
say_asked (JsonObject *entry)
{
    g_autofree gchar *name = pena_cli_dup_member (entry, "certificate");
    g_autofree gchar *answer = pena_cli_dup_member (entry, "answer");
    g_autofree gchar *host = pena_cli_dup_member (entry, "host");
    g_autofree gchar *problem = pena_cli_dup_member (entry, "problem");
    const gchar *of = name != NULL ? name : "?";

    if (answer == NULL)
        return problem != NULL ? g_steal_pointer (&problem) : g_strdup_printf (_ ("%s: no answer"), of);
    if (pena_cli_member_is (entry, "about", "issuer"))
        return host != NULL ? g_strdup_printf (_ ("%s: its issuer's certificate came from %s"), of, host)
                            : g_strdup_printf (_ ("%s: its issuer's certificate was at hand"), of);
    g_autofree gchar *kind = g_ascii_strup (answer, -1);
    return host != NULL
               ? g_strdup_printf (_ ("%s: whether it was revoked was answered by %s (%s)"), of, host, kind)
               : g_strdup_printf (_ ("%s: whether it was revoked was at hand (%s)"), of, kind);
}

static void
add_asked (PenaCliPart *self, JsonArray *online)
{
    if (online != NULL && pena_cli_get_length (online) == 0)
        add_row (self, _ ("online"), _ ("there was nothing to ask"));
    for (guint i = 0; i < pena_cli_get_length (online); i++) {
        JsonObject *entry = pena_cli_get_element (online, i);
        g_autofree gchar *value = entry != NULL ? say_asked (entry) : NULL;
        g_autofree gchar *problem = pena_cli_dup_member (entry, "problem");
        add_styled (self, problem != NULL ? PENA_CLI_DOUBT : PENA_CLI_PLAIN, _ ("online"), value);
    }
}

/* ---- for one line of a table ---- */

static void
summarize (PenaCliTelling *self, JsonObject *report)
{
    g_auto (Survey) found = {0};

    survey (report, "", &found);
    if (found.first == NULL)
        return;
    g_autofree gchar *name = dup_name (found.first);
    g_autoptr (GDateTime) proved = pena_cli_dup_local_time (found.first, "proved_time");
    g_autoptr (GDateTime) claimed = pena_cli_dup_local_time (found.first, "claimed_time");
    GDateTime *time = proved != NULL ? proved : claimed;
    self->signers = found.n_signatures > 1 ? g_strdup_printf ("%s +%u", name, found.n_signatures - 1)
                                           : g_steal_pointer (&name);
    if (time != NULL)
        self->time = g_date_time_format (time, "%Y-%m-%d %H:%M");
    self->time_is_proved = proved != NULL;
    self->level = pena_cli_dup_member (found.first, "level");
}

/* index counts the signatures before this one. */
static gchar *
say_title (JsonObject *signature, guint index, guint n_signatures)
{
    if (is_time_stamp (signature))
        return g_strdup (_ ("Time-stamp of the document"));
    return n_signatures > 1 ? g_strdup_printf (_ ("Signature %u of %u"), index + 1, n_signatures)
                            : g_strdup (_ ("Signature"));
}

static void
add_parts (PenaCliTelling *self, JsonObject *report)
{
    g_auto (Survey) found = {0};
    guint index = 0;

    survey (report, "", &found);
    for (guint i = 0; i < pena_cli_get_length (found.all); i++) {
        JsonObject *one = pena_cli_get_element (found.all, i);
        if (one == NULL)
            continue;
        PenaCliPart *part = new_part (one, found.online);
        part->title = say_title (one, index, found.n_signatures);
        index += !is_time_stamp (one);
        g_ptr_array_add (self->parts, part);
    }
}

PenaCliTelling *
pena_cli_telling_new (JsonObject *report)
{
    PenaCliTelling *self = g_new0 (PenaCliTelling, 1);

    self->parts = g_ptr_array_new_with_free_func ((GDestroyNotify)part_free);
    add_parts (self, report);
    self->head = new_head (report, &self->outcome);
    add_asked (self->head, pena_cli_get_array (report, "online"));
    summarize (self, report);
    return self;
}

PenaCliTelling *
pena_cli_telling_new_error (const GError *error)
{
    PenaCliTelling *self = g_new0 (PenaCliTelling, 1);
    g_autofree gchar *text = pena_error_describe (error), *next = pena_error_next_step (error);

    self->parts = g_ptr_array_new_with_free_func ((GDestroyNotify)part_free);
    self->outcome = PENA_CLI_NOT_EXAMINED;
    self->head = part_new (PENA_CLI_BAD, _ ("NOT EXAMINED"), pena_cli_clean (text));
    self->head->advice = *next != '\0' ? pena_cli_clean (next) : NULL;
    return self;
}

void
pena_cli_telling_free (PenaCliTelling *self)
{
    if (self == NULL)
        return;
    part_free (self->head);
    g_ptr_array_unref (self->parts);
    g_free (self->signers);
    g_free (self->time);
    g_free (self->level);
    g_free (self);
}

gboolean
pena_cli_telling_repeats (const PenaCliTelling *self, const PenaCliPart *part)
{
    return g_str_equal (part->sentence, self->head->sentence) && g_str_equal (part->word, self->head->word);
}
