/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: whether a certificate was revoked, by all revocation data at hand
 * Copyright (C) 2026 the Pena authors */
#include "pena-standing.h"

#include <openssl/x509v3.h>

#include "pena-certificate.h"
#include "pena-ocsp.h"
#include "pena-proofs.h"

typedef struct {
    PenaRevocation revocation;
    gint64 signer_until; /* end of validity of whoever signed it */
    X509 *to_be_checked; /* a responder that may have been revoked; owned */
    gint64 produced_at;  /* by it */
} Word;

static void
word_clear (Word *self)
{
    g_clear_pointer (&self->to_be_checked, X509_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Word, word_clear)

static gint64
valid_until (X509 *certificate)
{
    gint64 until = G_MININT64;

    pena_time_from_asn1 (X509_get0_notAfter (certificate), &until);
    return until;
}

static gboolean
read_ocsp (const PenaPoolItem *item, X509 *certificate, X509 *issuer, Word *word)
{
    g_autoptr (PenaOcspAnswer) answer = pena_ocsp_answer_read (item->der, certificate, issuer, NULL);

    if (answer == NULL)
        return FALSE;
    X509 *responder = pena_ocsp_answer_get_responder (answer);
    word->revocation = *pena_ocsp_answer_get_revocation (answer);
    word->signer_until = valid_until (responder != NULL ? responder : issuer);
    if (pena_ocsp_answer_needs_responder_check (answer)) {
        X509_up_ref (responder);
        word->to_be_checked = responder;
        word->produced_at = pena_ocsp_answer_get_produced_at (answer);
    }
    return TRUE;
}

static gboolean
read_word (PenaPool *pool, PenaPoolItem *item, X509 *certificate, X509 *issuer, Word *word)
{
    if (item->is_ocsp)
        return read_ocsp (item, certificate, issuer, word);
    g_autoptr (X509_CRL) list = pena_pool_read_list (pool, item);
    word->signer_until = valid_until (issuer);
    return pena_crl_read_parsed (list, certificate, issuer, &word->revocation, NULL);
}

/* Whoever has the key of a responder may claim any time for an answer. */
static gboolean
may_be_stolen (int reason)
{
    static const int harmless[] = {CRL_REASON_AFFILIATION_CHANGED, CRL_REASON_SUPERSEDED,
                                   CRL_REASON_CESSATION_OF_OPERATION};

    for (guint i = 0; i < G_N_ELEMENTS (harmless); i++)
        if (reason == harmless[i])
            return FALSE;
    return TRUE;
}

/* From when on what the responder says counts no more, by the issuer's own word; G_MAXINT64 when it always does. */
static gint64
find_end_of_responder (const PenaPathQuestion *question, X509 *responder, X509 *issuer)
{
    gint64 end = G_MAXINT64;

    for (guint i = 0; i < question->pool->items->len; i++) {
        g_auto (Word) word = {.to_be_checked = NULL};
        const PenaRevocation *said = &word.revocation;
        if (!read_word (question->pool, question->pool->items->pdata[i], responder, issuer, &word) ||
            word.to_be_checked != NULL || said->state < PENA_REVOCATION_ON_HOLD)
            continue;
        end = MIN (end, may_be_stolen (said->reason) ? G_MININT64 : said->since);
    }
    return end;
}

/* Each responder is looked up once, however many of its answers a document holds. ends: of GBytes, DER -> gint64. */
static gboolean
responder_revoked (const PenaPathQuestion *question, GHashTable *ends, const Word *answer, X509 *issuer)
{
    if (answer->to_be_checked == NULL)
        return FALSE;
    g_autoptr (GBytes) der = pena_certificate_encode (answer->to_be_checked);
    const gint64 *known = g_hash_table_lookup (ends, der);
    gint64 end = known != NULL ? *known : find_end_of_responder (question, answer->to_be_checked, issuer);

    if (known == NULL)
        g_hash_table_insert (ends, g_bytes_ref (der), g_memdup2 (&end, sizeof end));
    return end <= answer->produced_at;
}

static gboolean
lies_ahead (const PenaPathQuestion *question, const Word *word)
{
    return word->revocation.this_update > question->context->time + PENA_REVOCATION_CLOCK_DIFFERENCE;
}

/* Whoever signs after the end of its certificate's validity counts no more: the data must be proved to be older. */
static gboolean
signed_in_time (const PenaPathQuestion *question, const PenaPoolItem *item, const Word *word)
{
    const PenaValidationContext *context = question->context;

    return pena_proofs_since (context->proofs, item->der, context->time) <= word->signer_until;
}

static gboolean
knows_proved_time (const PenaPathQuestion *question, const Word *word)
{
    return word->revocation.this_update >= question->proved ||
           pena_revocation_is_current (&word->revocation, question->proved);
}

static void
take_good (PenaStanding *self, const PenaPathQuestion *question, const Word *word, X509 *certificate)
{
    if (word->revocation.this_update > valid_until (certificate))
        return;
    self->known = TRUE;
    if (knows_proved_time (question, word) && self->state == PENA_REVOCATION_UNKNOWN)
        self->state = PENA_REVOCATION_GOOD;
}

/* Revocation is for ever: one word is enough, and the earliest date counts. */
static void
take_revoked (PenaStanding *self, const PenaPathQuestion *question, const PenaRevocation *word)
{
    if (word->since > question->proved) {
        self->later = TRUE;
        if (self->state == PENA_REVOCATION_UNKNOWN)
            self->state = PENA_REVOCATION_GOOD;
    } else if (self->state != PENA_REVOCATION_REVOKED || word->since < self->since) {
        self->state = PENA_REVOCATION_REVOKED;
        self->since = word->since;
    }
}

typedef struct {
    PenaRevocation word; /* the newest that says so; state UNKNOWN: none does */
    gint64 good_update;  /* of the newest word that says good */
} Hold;

static void
take (PenaStanding *self, const PenaPathQuestion *question, const Word *word, X509 *certificate, Hold *hold)
{
    const PenaRevocation *revocation = &word->revocation;

    switch (revocation->state) {
    case PENA_REVOCATION_REVOKED:
        take_revoked (self, question, revocation);
        return;
    case PENA_REVOCATION_GOOD:
        take_good (self, question, word, certificate);
        hold->good_update = MAX (hold->good_update, revocation->this_update);
        return;
    case PENA_REVOCATION_ON_HOLD:
        if (hold->word.state == PENA_REVOCATION_UNKNOWN || hold->word.this_update < revocation->this_update)
            hold->word = *revocation;
        return;
    default:
        return;
    }
}

PenaStanding
pena_standing_of (const PenaPathQuestion *question, X509 *certificate, X509 *issuer)
{
    PenaStanding self = {.state = PENA_REVOCATION_UNKNOWN};
    Hold hold = {.word = {.state = PENA_REVOCATION_UNKNOWN}, .good_update = G_MININT64};
    g_autoptr (GHashTable) ends =
        g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, g_free);

    for (guint i = 0; i < question->pool->items->len; i++) {
        PenaPoolItem *item = question->pool->items->pdata[i];
        g_auto (Word) word = {.to_be_checked = NULL};
        if (!read_word (question->pool, item, certificate, issuer, &word) || lies_ahead (question, &word) ||
            responder_revoked (question, ends, &word, issuer))
            continue;
        if (signed_in_time (question, item, &word))
            take (&self, question, &word, certificate, &hold);
        else
            self.outdated = TRUE;
    }
    /* A hold ends when a newer word does not repeat it. */
    if (self.state != PENA_REVOCATION_REVOKED && hold.word.state == PENA_REVOCATION_ON_HOLD &&
        hold.word.this_update >= hold.good_update && hold.word.since <= question->proved) {
        self.state = PENA_REVOCATION_ON_HOLD;
        self.since = hold.word.since;
    }
    return self;
}

gboolean
pena_standing_is_carried (PenaPool *pool, X509 *certificate, X509 *issuer)
{
    for (guint i = 0; i < pool->items->len; i++) {
        PenaPoolItem *item = pool->items->pdata[i];
        g_auto (Word) word = {.to_be_checked = NULL};
        if (item->embedded && read_word (pool, item, certificate, issuer, &word))
            return TRUE;
    }
    return FALSE;
}
