/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the time-stamps in a signature, and what they prove (EN 319 102-1, 5.5 and 5.6)
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>

#include "pena-archive.h"
#include "pena-carried.h"
#include "pena-hash-index.h"
#include "pena-judgement.h"
#include "pena-stamp.h"
#include "pena-text.h"
#include "pena-tsp.h"

/* Each costs signatures to check; real ones have one for every few years. */
#define MAX_STAMPS 32

typedef struct {
    PenaJudgement *judgement;
    GBytes *hash_index;
} Archive;

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

/* That one time-stamp proves the signature says nothing of another one, unless it is over that too: anybody can put one
 * in later, and a key that was stolen from an authority makes it as old as the thief likes. */
static PenaStampReport *
judge (PenaJudgement *self, const gchar *kind, GBytes *token, PenaContentDigestFunc imprint,
       gpointer user_data)
{
    const PenaStampQuestion question = {.kind = kind,
                                        .token = token,
                                        .imprint = imprint,
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

/* Evidence in attributes is as old as the attributes; in signed ones it is older still. */
static gboolean
covers_values (PenaJudgement *self, const GPtrArray *covered)
{
    g_autoptr (GPtrArray) values =
        pena_signer_parts_dup_unsigned (self->signer_parts, PENA_ATTRIBUTE_REVOCATION_VALUES);
    gboolean found = values->len == 0;

    for (guint i = 0; i < covered->len && !found; i++)
        found = g_bytes_equal (covered->pdata[i], values->pdata[0]);
    return found;
}

static void
judge_archive (PenaJudgement *self, GBytes *token)
{
    g_autoptr (GBytes) hash_index = pena_archive_token_dup_hash_index (token);
    g_autoptr (GPtrArray) covered = NULL;
    Archive archive = {self, NULL};

    if (hash_index != NULL && pena_hash_index_check (hash_index, self->parts, self->signer_parts, &covered))
        archive.hash_index = hash_index;
    PenaStampReport *report = judge (self, "archive", token, archive_imprint, &archive);
    if (archive.hash_index == NULL) {
        report->broken = TRUE;
        g_ptr_array_add (report->problems,
                         g_strdup (_ ("Something that it covers was taken away or changed.")));
        pena_verdict_worsen (&report->verdict, &report->sub, PENA_SUB_HASH_FAILURE);
    }
    tell (self, report);
    believe (self, report);
    for (guint i = 0; report->verdict == PENA_VERDICT_PASSED && i < covered->len; i++)
        pena_proofs_add (self->proofs, covered->pdata[i], report->time);
    if (report->verdict == PENA_VERDICT_PASSED && covers_values (self, covered))
        pena_carried_take (self->info, NULL, self->proofs, report->time);
}

static gint64
peek_time (GBytes *token)
{
    g_autoptr (PenaTimeStamp) stamp = pena_time_stamp_parse (token, NULL, NULL);

    return stamp != NULL ? pena_time_stamp_get_time (stamp) : G_MAXINT64;
}

static gint
compare_newest_first (gconstpointer a, gconstpointer b)
{
    gint64 first = peek_time (*(GBytes *const *)a), second = peek_time (*(GBytes *const *)b);

    return first > second ? -1 : first < second;
}

static GPtrArray *
list_tokens (PenaJudgement *self, PenaAttribute attribute)
{
    GPtrArray *tokens = pena_signer_parts_dup_unsigned (self->signer_parts, attribute);

    if (tokens->len > MAX_STAMPS) {
        pena_judgement_doubt (self, g_strdup (_ ("The signature holds too many time-stamps.")));
        g_ptr_array_set_size (tokens, MAX_STAMPS);
    }
    return tokens;
}

/* Newest first: each may prove that the one before was made in time. */
static void
judge_archives (PenaJudgement *self)
{
    g_autoptr (GPtrArray) tokens = list_tokens (self, PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP);

    g_ptr_array_sort (tokens, compare_newest_first);
    for (guint i = 0; i < tokens->len; i++)
        judge_archive (self, tokens->pdata[i]);
}

static void
judge_signature_stamps (PenaJudgement *self)
{
    g_autoptr (GPtrArray) tokens = list_tokens (self, PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP);

    for (guint i = 0; i < tokens->len; i++) {
        PenaStampReport *report = judge (self, "signature", tokens->pdata[i], signature_imprint, self);
        tell (self, report);
        believe (self, report);
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
    judge_archives (self);
    judge_signature_stamps (self);
    if (self->context.proved != 0)
        self->report->proved_time = self->context.proved;
    return TRUE;
}
