/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the time-stamps in a signature, and what they prove (EN 319 102-1, 5.5 and 5.6)
 * Copyright (C) 2026 the Pena authors */
#include "pena-archive.h"
#include "pena-carried.h"
#include "pena-hash-index.h"
#include "pena-judgement.h"
#include "pena-stamp.h"
#include "pena-text.h"
#include "pena-time-stamp.h"

/* Each costs signatures to check; real ones have one for every few years. */
#define MAX_STAMPS 32

typedef struct {
    PenaJudgement *judgement;
    PenaAttribute attribute;
    GBytes *token;
    gint64 time;        /* G_MAXINT64 when it cannot be read */
    GBytes *hash_index; /* of the third version, once it fits */
    GPtrArray
        *later; /* of the second version (of GBytes): this token, and those of later archive time-stamps */
} Archive;

typedef struct {
    PenaJudgement *judgement;
    PenaAttribute attribute;
} References;

static GBytes *
signature_imprint (const gchar *algorithm, gpointer user_data, GError **error)
{
    const PenaJudgement *self = user_data;

    return pena_signature_imprint (self->signer_parts, algorithm);
}

static GBytes *
archive_imprint (const gchar *algorithm, gpointer user_data, GError **error)
{
    const Archive *archive = user_data;
    const PenaJudgement *self = archive->judgement;
    g_autoptr (GBytes) content = self->content_digest (algorithm, self->user_data, error);

    if (content == NULL || archive->hash_index == NULL)
        return NULL;
    return pena_archive_imprint (self->parts, self->signer_parts, algorithm, content, archive->hash_index);
}

static GBytes *
archive_v2_imprint_as (const gchar *algorithm, const Archive *archive, gboolean bare, GError **error)
{
    const PenaJudgement *self = archive->judgement;
    g_autoptr (PenaDigest) front = self->context.front_digest != NULL
                                       ? self->context.front_digest (algorithm, self->user_data, error)
                                       : NULL;

    return front != NULL ? pena_archive_v2_imprint (front, self->signer_parts, archive->later, bare) : NULL;
}

static GBytes *
archive_v2_imprint (const gchar *algorithm, gpointer archive, GError **error)
{
    return archive_v2_imprint_as (algorithm, archive, FALSE, error);
}

static GBytes *
former_archive_v2_imprint (const gchar *algorithm, gpointer archive, GError **error)
{
    return archive_v2_imprint_as (algorithm, archive, TRUE, error);
}

static GBytes *
references_imprint (const gchar *algorithm, gpointer user_data, GError **error)
{
    const References *references = user_data;

    return pena_references_imprint (references->judgement->signer_parts, references->attribute, algorithm);
}

/* That one time-stamp proves the signature says nothing of another one, unless it is over that too: anybody can put one
 * in later, and a key that was stolen from an authority makes it as old as the thief likes. */
static PenaStampReport *
judge (PenaJudgement *self, const gchar *kind, GBytes *token, PenaContentDigestFunc imprint,
       PenaContentDigestFunc former_imprint, gpointer user_data)
{
    const PenaStampQuestion question = {.kind = kind,
                                        .token = token,
                                        .imprint = imprint,
                                        .former_imprint = former_imprint,
                                        .user_data = user_data,
                                        .proved = pena_proofs_since (self->proofs, token, self->whole_proved),
                                        .context = &self->context,
                                        .pool = self->pool,
                                        .proofs = self->proofs};
    PenaStampReport *report = pena_stamp_judge (&question);

    g_ptr_array_add (self->report->stamps, report);
    return report;
}

/* A time-stamp that is over something else than is here, or whose signature is not right, was put there by nobody who meant
 * well. One whose authority is not trusted, or is none, only proves nothing. */
static void
tell (PenaJudgement *self, const PenaStampReport *report)
{
    const gchar *first = report->problems->len > 0 ? report->problems->pdata[0] : "";

    if (report->broken)
        pena_judgement_doubt (self,
                              g_strdup_printf (_ ("A time-stamp in the signature is not valid: %s"), first));
    else if (report->verdict != PENA_VERDICT_PASSED)
        pena_judgement_note (self,
                             g_strdup_printf (_ ("A time-stamp in the signature proves nothing: %s"), first));
}

/* One of this very second moves no time (5.5.4), but it is what proves it. */
static void
believe (PenaJudgement *self, const PenaStampReport *report)
{
    if (report->verdict == PENA_VERDICT_PASSED && report->time <= pena_judgement_proved (self))
        self->context.proved = report->time;
}

static void
prove_all (PenaJudgement *self, const GPtrArray *covered, gint64 time)
{
    for (guint i = 0; i < covered->len; i++)
        pena_proofs_add (self->proofs, covered->pdata[i], time);
}

/* ---- archive time-stamps ---- */

/* Evidence in attributes is as old as the attributes; in signed ones it is older still. */
static gboolean
covers_values (PenaJudgement *self, const GPtrArray *covered)
{
    g_autoptr (GPtrArray) values =
        pena_signer_parts_dup_values (self->signer_parts, PENA_ATTRIBUTE_REVOCATION_VALUES);
    gboolean found = values->len == 0;

    for (guint i = 0; i < covered->len && !found; i++)
        found = g_bytes_equal (covered->pdata[i], values->pdata[0]);
    return found;
}

/* What the time-stamp has shown to be older than itself. */
static void
learn_from_archive (const Archive *archive, const PenaStampReport *report, const GPtrArray *covered)
{
    PenaJudgement *self = archive->judgement;

    tell (self, report);
    believe (self, report);
    if (report->verdict != PENA_VERDICT_PASSED)
        return;
    prove_all (self, covered, report->time);
    if (covers_values (self, covered))
        pena_carried_take (self->info, NULL, self->proofs, report->time);
}

/* Of the third version: it names what it covers. */
static void
judge_archive_v3 (Archive *archive)
{
    PenaJudgement *self = archive->judgement;
    g_autoptr (GBytes) hash_index = pena_archive_token_dup_hash_index (archive->token);
    g_autoptr (GPtrArray) covered = NULL;

    if (hash_index != NULL && pena_hash_index_check (hash_index, self->parts, self->signer_parts, &covered))
        archive->hash_index = hash_index;
    PenaStampReport *report = judge (self, "archive", archive->token, archive_imprint, NULL, archive);
    if (archive->hash_index == NULL) {
        report->broken = TRUE;
        g_ptr_array_add (report->problems,
                         g_strdup (_ ("Something that it covers was taken away or changed.")));
        pena_verdict_worsen (&report->verdict, &report->sub, PENA_SUB_HASH_FAILURE);
    }
    learn_from_archive (archive, report, covered);
}

/* Of the second version: it covers all that was there. */
static void
judge_archive_v2 (Archive *archive)
{
    static const PenaAttribute kinds[] = {
        PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP,  PENA_ATTRIBUTE_COMPLETE_TIME_STAMP,
        PENA_ATTRIBUTE_REFERENCES_TIME_STAMP, PENA_ATTRIBUTE_REVOCATION_VALUES,
        PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP,    PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V2};
    PenaJudgement *self = archive->judgement;
    g_autoptr (GPtrArray) covered = pena_signed_parts_dup_crls (self->parts);
    guint position;

    g_ptr_array_extend_and_steal (covered, pena_signed_parts_dup_ocsps (self->parts));
    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
        g_ptr_array_extend_and_steal (covered, pena_signer_parts_dup_values (self->signer_parts, kinds[i]));
    for (guint i = 0; i < archive->later->len; i++)
        while (g_ptr_array_find_with_equal_func (covered, archive->later->pdata[i], (GEqualFunc)g_bytes_equal,
                                                 &position))
            g_ptr_array_remove_index_fast (covered, position);
    PenaStampReport *report =
        judge (self, "archive", archive->token, archive_v2_imprint, former_archive_v2_imprint, archive);
    learn_from_archive (archive, report, covered);
}

/* As it is judged: its certificate may stand elsewhere, and one that proves nothing has its time all the same. */
static gint64
peek_time (const PenaJudgement *self, GBytes *token)
{
    PenaSubIndication sub;
    g_autoptr (PenaTimeStamp) stamp = pena_time_stamp_read (token, self->pool->ders, &sub, NULL);

    return stamp != NULL ? pena_time_stamp_get_time (stamp) : G_MAXINT64;
}

static gint
compare_newest_first (gconstpointer a, gconstpointer b)
{
    gint64 first = (*(Archive *const *)a)->time, second = (*(Archive *const *)b)->time;

    return first > second ? -1 : first < second;
}

static GPtrArray *
list_tokens (PenaJudgement *self, PenaAttribute attribute)
{
    GPtrArray *tokens = pena_signer_parts_dup_values (self->signer_parts, attribute);

    if (tokens->len > MAX_STAMPS) {
        pena_judgement_doubt (self, g_strdup (_ ("The signature holds too many time-stamps.")));
        g_ptr_array_set_size (tokens, MAX_STAMPS);
    }
    return tokens;
}

static void
archive_free (Archive *self)
{
    g_bytes_unref (self->token);
    g_ptr_array_unref (self->later);
    g_free (self);
}

static void
add_archives (GPtrArray *archives, PenaJudgement *self, PenaAttribute attribute)
{
    g_autoptr (GPtrArray) tokens = list_tokens (self, attribute);

    for (guint i = 0; i < tokens->len; i++) {
        Archive *archive = g_new0 (Archive, 1);
        archive->judgement = self;
        archive->attribute = attribute;
        archive->token = g_bytes_ref (tokens->pdata[i]);
        archive->time = peek_time (self, archive->token);
        archive->later = g_ptr_array_new ();
        g_ptr_array_add (archives, archive);
    }
}

/* None of the same second can have been over the other. */
static void
find_later (Archive *archive, const GPtrArray *archives)
{
    for (guint i = 0; i < archives->len; i++) {
        Archive *other = archives->pdata[i];
        if (other->time >= archive->time)
            g_ptr_array_add (archive->later, other->token);
    }
}

/* Newest first: each may prove that the one before was made in time. */
static void
judge_archives (PenaJudgement *self)
{
    g_autoptr (GPtrArray) archives = g_ptr_array_new_with_free_func ((GDestroyNotify)archive_free);

    add_archives (archives, self, PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP);
    add_archives (archives, self, PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V2);
    g_ptr_array_sort (archives, compare_newest_first);
    for (guint i = 0; i < archives->len; i++) {
        Archive *archive = archives->pdata[i];
        find_later (archive, archives);
        if (archive->attribute == PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP)
            judge_archive_v3 (archive);
        else
            judge_archive_v2 (archive);
    }
}

/* ---- others ---- */

/* Of CAdES-X: over the references to evidence, and in its first type over the signature and its time-stamps too. */
static void
judge_references (PenaJudgement *self, PenaAttribute attribute)
{
    g_autoptr (GPtrArray) tokens = list_tokens (self, attribute);
    g_autoptr (GPtrArray) covered =
        pena_signer_parts_dup_values (self->signer_parts, PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP);
    References references = {self, attribute};

    for (guint i = 0; i < tokens->len; i++) {
        PenaStampReport *report =
            judge (self, "references", tokens->pdata[i], references_imprint, NULL, &references);
        tell (self, report);
        if (attribute != PENA_ATTRIBUTE_COMPLETE_TIME_STAMP || report->verdict != PENA_VERDICT_PASSED)
            continue;
        believe (self, report);
        prove_all (self, covered, report->time);
    }
}

static void
judge_signature_stamps (PenaJudgement *self)
{
    g_autoptr (GPtrArray) tokens = list_tokens (self, PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP);

    for (guint i = 0; i < tokens->len; i++) {
        PenaStampReport *report = judge (self, "signature", tokens->pdata[i], signature_imprint, NULL, self);
        tell (self, report);
        believe (self, report);
    }
}

/* The signature is younger, so that they prove nothing for it. */
static void
judge_content_stamps (PenaJudgement *self)
{
    g_autoptr (GPtrArray) tokens = list_tokens (self, PENA_ATTRIBUTE_CONTENT_TIME_STAMP);

    for (guint i = 0; i < tokens->len; i++)
        tell (self, judge (self, "content", tokens->pdata[i], self->content_digest, NULL, self->user_data));
}

static void
gather_all (PenaJudgement *self)
{
    static const PenaAttribute kinds[] = {
        PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP,   PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V2,
        PENA_ATTRIBUTE_COMPLETE_TIME_STAMP,  PENA_ATTRIBUTE_REFERENCES_TIME_STAMP,
        PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP, PENA_ATTRIBUTE_CONTENT_TIME_STAMP};

    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
        g_autoptr (GPtrArray) tokens = pena_signer_parts_dup_values (self->signer_parts, kinds[i]);
        for (guint k = 0; k < MIN (tokens->len, MAX_STAMPS); k++)
            pena_stamp_gather (tokens->pdata[k], self->pool);
    }
}

static gboolean
take_apart (PenaJudgement *self)
{
    gsize size;
    const guint8 *data = g_bytes_get_data (self->bytes, &size);

    if (self->countersignature != NULL) {
        self->signer_parts = pena_signer_parts_new (self->countersignature);
        return self->signer_parts != NULL;
    }
    self->parts = pena_signed_parts_new_of_many (data, size, NULL, NULL);
    if (self->parts == NULL || self->signer_index > (gint)self->parts->further->len)
        return FALSE;
    self->signer_parts =
        self->signer_index > 0 ? self->parts->further->pdata[self->signer_index - 1] : &self->parts->signer;
    return TRUE;
}

gboolean
pena_block_stamps (PenaJudgement *self)
{
    if (!take_apart (self)) {
        pena_judgement_problem (self, PENA_SUB_FORMAT_FAILURE,
                                g_strdup (_ ("The signature cannot be read: it is not a CMS SignedData.")));
        return FALSE;
    }
    /* what a signature is countersigned with has no set of its own */
    g_autoptr (GPtrArray) certificates = pena_signed_parts_dup_certificates (self->parts);
    g_autoptr (GPtrArray) crls = pena_signed_parts_dup_crls (self->parts);
    g_autoptr (GPtrArray) ocsps = pena_signed_parts_dup_ocsps (self->parts);
    self->pool = pena_pool_new (&self->context);
    pena_pool_add_certificates (self->pool, certificates, TRUE);
    pena_pool_add_crls (self->pool, crls, TRUE);
    pena_pool_add_ocsps (self->pool, ocsps, TRUE);
    pena_carried_take (self->info, self->pool, NULL, 0);
    gather_all (self);
    judge_archives (self);
    judge_references (self, PENA_ATTRIBUTE_COMPLETE_TIME_STAMP);
    judge_references (self, PENA_ATTRIBUTE_REFERENCES_TIME_STAMP);
    judge_signature_stamps (self);
    judge_content_stamps (self);
    if (self->context.proved != 0)
        self->report->proved_time = self->context.proved;
    return TRUE;
}
