/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: X.509 certificate validation (EN 319 102-1, 5.2.6 and 5.6.2.1)
 * Copyright (C) 2026 the Pena authors */
#include "pena-path.h"

#include <openssl/x509_vfy.h>

#include "pena-chain.h"
#include "pena-standing.h"
#include "pena-text.h"

#define MAX_DEPTH 8

static const struct {
    int error;
    PenaSubIndication sub;
    const gchar *reason;
} outcomes[] = {
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND,
     N_ ("no chain leads from it to a trusted root")},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND,
     N_ ("no chain leads from it to a trusted root")},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND,
     N_ ("no chain leads from it to a trusted root")},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND,
     N_ ("it vouches only for itself")},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND,
     N_ ("it ends the chain and is not a trusted root")},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND,
     N_ ("the signature on it is wrong")},
};

void
pena_path_answer_free (PenaPathAnswer *self)
{
    if (self == NULL)
        return;
    pena_x509_stack_free (self->chain);
    g_ptr_array_unref (self->findings);
    g_free (self);
}

/* ---- building ---- */

static void
does_not_count (PenaPathAnswer *self, X509 *certificate, PenaSubIndication sub, const gchar *reason)
{
    g_autofree gchar *name = pena_certificate_display_name (certificate);

    pena_findings_add (self->findings, sub,
                       g_strdup_printf (_ ("The certificate of %s does not count: %s."), name, reason));
}

static void
report_outcome (PenaPathAnswer *self, const PenaChainFailure *failure, X509 *certificate)
{
    PenaSubIndication sub = PENA_SUB_CHAIN_CONSTRAINTS_FAILURE;
    const gchar *reason = X509_verify_cert_error_string (failure->error);

    for (guint i = 0; i < G_N_ELEMENTS (outcomes); i++)
        if (outcomes[i].error == failure->error) {
            sub = outcomes[i].sub;
            reason = pena_text (outcomes[i].reason);
        }
    does_not_count (self, failure->at != NULL ? failure->at : certificate, sub, reason);
}

/* Names, keys and constraints; who was valid when is judged apart. */
static gboolean
build (PenaPathAnswer *self, const PenaPathQuestion *question)
{
    g_auto (PenaChainFailure) failure = {0};

    self->chain =
        pena_chain_build_prospective (question->certificate, question->pool->certificates,
                                      question->context->anchors, question->context->time, &failure);
    if (self->chain == NULL)
        report_outcome (self, &failure, question->certificate);
    return self->chain != NULL;
}

/* ---- judging what was built ---- */

const PenaCryptoPolicy *
pena_context_policy (const PenaValidationContext *context)
{
    return context->policy != NULL ? context->policy : pena_crypto_policy_default ();
}

PenaSubIndication
pena_path_algorithm_sub (gint64 until, gint64 at)
{
    if (at <= until)
        return PENA_SUB_NONE;
    return until == G_MININT64 ? PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE
                               : PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE;
}

static void
check_algorithms (PenaPathAnswer *self, const PenaPathQuestion *question, int depth)
{
    const PenaCryptoPolicy *policy = pena_context_policy (question->context);
    X509 *certificate = sk_X509_value (self->chain, depth);
    EVP_PKEY *key = X509_get0_pubkey (certificate);
    gint64 key_until = key != NULL ? pena_crypto_policy_key_until (policy, key) : G_MININT64;
    PenaSubIndication sub = pena_path_algorithm_sub (key_until, question->proved);

    if (sub != PENA_SUB_NONE)
        does_not_count (self, certificate, sub, _ ("its key is too weak"));
    if (depth == sk_X509_num (self->chain) - 1)
        return; /* an anchor is trusted as it is, whatever signed it */
    sub =
        pena_path_algorithm_sub (pena_crypto_policy_signature_until (policy, certificate), question->proved);
    if (sub != PENA_SUB_NONE)
        does_not_count (self, certificate, sub, _ ("it is signed with a digest that is too weak"));
}

typedef enum { VALID, VALID_THEN, NOT_YET_VALID, EXPIRED } Validity;

/* Now, or when what was signed is proved to have existed. */
static Validity
validity_of (X509 *certificate, const PenaPathQuestion *question)
{
    gint64 now = question->context->time, from = G_MAXINT64, until = G_MININT64;

    pena_time_from_asn1 (X509_get0_notBefore (certificate), &from);
    pena_time_from_asn1 (X509_get0_notAfter (certificate), &until);
    if (now < from)
        return NOT_YET_VALID;
    if (now <= until)
        return VALID;
    return question->proved < now && question->proved <= until ? VALID_THEN : EXPIRED;
}

/* Authorities tell nothing of certificates that have expired: what is not known by then is not learnt any more. */
static void
check_validity (PenaPathAnswer *self, const PenaPathQuestion *question, int depth,
                const PenaStanding *standing)
{
    X509 *certificate = sk_X509_value (self->chain, depth);

    switch (validity_of (certificate, question)) {
    case NOT_YET_VALID:
        does_not_count (self, certificate, PENA_SUB_OUT_OF_BOUNDS_NO_POE,
                        _ ("it is not valid yet; check the date of this computer"));
        return;
    case EXPIRED:
        does_not_count (self, certificate,
                        depth == 0 && standing->known ? PENA_SUB_OUT_OF_BOUNDS_NOT_REVOKED
                                                      : PENA_SUB_OUT_OF_BOUNDS_NO_POE,
                        _ ("it has expired, and nothing proves that the signature is older"));
        return;
    case VALID_THEN:
        if (standing->state == PENA_REVOCATION_UNKNOWN)
            does_not_count (self, certificate, PENA_SUB_OUT_OF_BOUNDS_NO_POE,
                            _ ("it has expired, and nothing tells whether it was revoked before"));
        return;
    default:
        return;
    }
}

static void
check_not_before (PenaPathAnswer *self, const PenaPathQuestion *question)
{
    gint64 from;

    if (question->proved >= question->context->time ||
        !pena_time_from_asn1 (X509_get0_notBefore (question->certificate), &from) || question->proved >= from)
        return;
    g_autofree gchar *name = pena_certificate_display_name (question->certificate);
    g_autofree gchar *time = pena_time_format (question->proved);
    pena_findings_add (
        self->findings, PENA_SUB_NOT_YET_VALID,
        g_strdup_printf (_ ("The certificate of %s was not valid yet at %s, which is proved to be the time "
                            "of the signature."),
                         name, time));
}

static void
report_revoked (PenaPathAnswer *self, int depth, const PenaStanding *standing, gboolean proved)
{
    g_autofree gchar *name = pena_certificate_display_name (sk_X509_value (self->chain, depth));
    g_autofree gchar *since = pena_time_format (standing->since);
    PenaSubIndication sub = depth == 0 ? PENA_SUB_REVOKED_NO_POE : PENA_SUB_REVOKED_CA_NO_POE;

    if (standing->state == PENA_REVOCATION_ON_HOLD)
        pena_findings_add (self->findings, PENA_SUB_TRY_LATER,
                           g_strdup_printf (_ ("The certificate of %s is suspended since %s."), name, since));
    else if (proved)
        pena_findings_add (
            self->findings, sub,
            g_strdup_printf (_ ("The certificate of %s was revoked at %s, before the time that is "
                                "proved for the signature."),
                             name, since));
    else
        pena_findings_add (self->findings, sub,
                           g_strdup_printf (_ ("The certificate of %s was revoked at %s, and nothing "
                                               "proves that the signature is older."),
                                            name, since));
}

static void
report_unknown (PenaPathAnswer *self, const PenaPathQuestion *question, int depth,
                const PenaStanding *standing)
{
    g_autofree gchar *name = pena_certificate_display_name (sk_X509_value (self->chain, depth));
    PenaSubIndication sub =
        standing->outdated ? PENA_SUB_REVOCATION_OUT_OF_BOUNDS_NO_POE : PENA_SUB_TRY_LATER;

    pena_findings_add (
        self->findings, question->context->need_revocation ? sub : PENA_SUB_NONE,
        g_strdup_printf (_ ("Whether the certificate of %s was revoked could not be checked."), name));
}

static void
check_revoked (PenaPathAnswer *self, const PenaPathQuestion *question, int depth,
               const PenaStanding *standing)
{
    if (standing->state >= PENA_REVOCATION_ON_HOLD)
        report_revoked (self, depth, standing, question->proved < question->context->time);
    else if (standing->state == PENA_REVOCATION_GOOD && standing->later)
        pena_findings_add (self->findings, PENA_SUB_NONE,
                           g_strdup (_ ("The certificate was revoked later, which changes nothing.")));
}

static void
check_known (PenaPathAnswer *self, const PenaPathQuestion *question, int depth, const PenaStanding *standing)
{
    if (standing->state == PENA_REVOCATION_UNKNOWN)
        report_unknown (self, question, depth, standing);
    if (depth == 0)
        self->checked = standing->state != PENA_REVOCATION_UNKNOWN;
}

/* That somebody was revoked says more than that somebody has expired, and that says more than that nothing is known. An
 * anchor is trusted as it is, expired or not (RFC 5280, 6.1.1 d), until the administrator takes it away. */
static void
check_times (PenaPathAnswer *self, const PenaPathQuestion *question)
{
    static void (*const checks[]) (PenaPathAnswer *, const PenaPathQuestion *, int,
                                   const PenaStanding *) = {check_revoked, check_validity, check_known};
    int last = sk_X509_num (self->chain) - 1;
    g_autofree PenaStanding *standings = g_new0 (PenaStanding, (gsize)last + 1);

    for (int depth = 0; depth < last; depth++)
        standings[depth] = pena_standing_of (question, sk_X509_value (self->chain, depth),
                                             sk_X509_value (self->chain, depth + 1));
    for (guint i = 0; i < G_N_ELEMENTS (checks); i++)
        for (int depth = 0; depth < last; depth++)
            checks[i](self, question, depth, &standings[depth]);
}

/* ---- what the document carries along ---- */

/* Level B-LT is about what is there, up to whoever is trusted or vouches for itself; whether it proves anything today is
 * for the verdict to say. */
gboolean
pena_path_is_complete (const PenaPathQuestion *question)
{
    g_autoptr (PenaX509Stack) anchors = pena_certificates_parse (question->context->anchors);
    X509 *at = question->certificate;

    for (guint depth = 0; depth < MAX_DEPTH && at != NULL; depth++) {
        if (pena_certificates_contain (anchors, at) || pena_certificate_self_signed (at))
            return TRUE;
        X509 *issuer = pena_certificates_find_issuer (question->pool->certificates, at);
        if (issuer == NULL)
            issuer = pena_certificates_find_issuer (anchors, at);
        if (issuer == NULL || !pena_pool_has_embedded (question->pool, at) ||
            !pena_standing_is_carried (question->pool, at, issuer))
            return FALSE;
        at = issuer;
    }
    return FALSE;
}

PenaPathAnswer *
pena_path_judge (const PenaPathQuestion *question)
{
    PenaPathAnswer *self = g_new0 (PenaPathAnswer, 1);

    self->findings = pena_findings_new ();
    if (!build (self, question))
        return self;
    check_algorithms (self, question, 0);
    check_not_before (self, question);
    check_times (self, question);
    for (int depth = 1; depth < sk_X509_num (self->chain); depth++)
        check_algorithms (self, question, depth);
    return self;
}
