/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one signature before the judge; the building blocks of EN 319 102-1, clause 5.2
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-algorithm.h"
#include "pena-certificate.h"
#include "pena-cms.h"
#include "pena-finding.h"
#include "pena-pool.h"
#include "pena-profile.h"
#include "pena-signed-parts.h"
#include "pena-validate.h"

/* What the blocks find out, one after the other. */
typedef struct {
    PenaAdesFormat format;
    gboolean padded;
    GBytes *bytes;
    PenaContentDigestFunc content_digest;
    gpointer user_data;
    PenaValidationContext context; /* of our own: time-stamps in the signature add to what is proved */
    PenaProofs *proofs;            /* the context's */
    gint64 whole_proved; /* when all of bytes is proved to have existed, time-stamps in them included */
    gint signer_index;   /* which SignerInfo; -1: the only one there may be */

    PenaCms *cms;                  /* format */
    PenaSignerInfo *info;          /* of cms, or the countersignature */
    GBytes *countersignature;      /* SignerInfo, DER; NULL when it is a signature of the document */
    PenaX509Stack *embedded;       /* the certificates in cms */
    gboolean may_be_baseline;      /* encoding and content type do not speak against it */
    X509 *signer;                  /* identify */
    PenaSignedParts *parts;        /* stamps */
    PenaSignerParts *signer_parts; /* of parts, or the countersignature's */
    PenaPool *pool;                /* stamps */
    gboolean complete; /* x509: what came with the document is enough to check the signer's chain */
    GPtrArray *doubts; /* of PenaFinding: told last, after what the standard asks first */
    PenaSignatureReport *report;
} PenaJudgement;

/* Each looks at its part and reports what it finds. FALSE: what comes after has nothing to go on. */
typedef gboolean (*PenaBlock) (PenaJudgement *self);
gboolean pena_block_format (PenaJudgement *self); /* 5.2.2 */
gboolean pena_block_format_countersignature (PenaJudgement *self);
gboolean pena_block_identify (PenaJudgement *self);   /* 5.2.3 */
gboolean pena_block_crypto (PenaJudgement *self);     /* 5.2.7 */
gboolean pena_block_context (PenaJudgement *self);    /* 5.2.4 */
gboolean pena_block_stamps (PenaJudgement *self);     /* 5.5, 5.6 */
gboolean pena_block_x509 (PenaJudgement *self);       /* 5.2.6 */
gboolean pena_block_acceptance (PenaJudgement *self); /* 5.2.8, and the baseline level */

/* All of it for a PKCS#1 signature, with the certificates beside it (of GBytes, DER), the signer's first. */
void pena_judge_pkcs1 (PenaJudgement *self, GPtrArray *certificates);

/* Texts are in the language in force; both take ownership. The verdict follows from the sub-indication, a
 * total failure outweighs what is indeterminate, and among equals the first counts. */
void pena_judgement_problem (PenaJudgement *self, PenaSubIndication sub, gchar *text);
void pena_judgement_note (PenaJudgement *self, gchar *text);
/* What keeps a signature from passing although nothing in the standard's order of questions does
 * (SIG_CONSTRAINTS_FAILURE). */
void pena_judgement_doubt (PenaJudgement *self, gchar *text);
/* Reports all of PenaFinding; the texts are copied. */
void pena_judgement_take (PenaJudgement *self, GPtrArray *findings);
/* When the signature is proved to have existed; the time of validation when nothing proves it. */
gint64 pena_judgement_proved (const PenaJudgement *self);

/* FALSE without signed attributes or with none of this kind. */
gboolean pena_judgement_has_signed (const PenaJudgement *self, PenaAttribute attribute);
gboolean pena_judgement_has_unsigned (const PenaJudgement *self, PenaAttribute attribute);
