/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: X.509 certificate validation (EN 319 102-1, 5.2.6): chain, revocation, the certificates beside the
 * chain Copyright (C) 2026 the Pena authors */
#include <openssl/x509_vfy.h>

#include "pena-chain.h"
#include "pena-crl.h"
#include "pena-judgement.h"
#include "pena-text.h"

static const struct {
    int error;
    PenaSubIndication sub;
    const gchar *reason;
} outcomes[] = {
    {X509_V_ERR_CERT_NOT_YET_VALID, PENA_SUB_OUT_OF_BOUNDS_NO_POE,
     N_ ("it is not valid yet; check the date of this computer")},
    {X509_V_ERR_CERT_HAS_EXPIRED, PENA_SUB_OUT_OF_BOUNDS_NO_POE,
     N_ ("it has expired, and nothing proves that the signature is older")},
    {X509_V_ERR_EE_KEY_TOO_SMALL, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE, N_ ("its key is too weak")},
    {X509_V_ERR_CA_KEY_TOO_SMALL, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE, N_ ("its key is too weak")},
    {X509_V_ERR_CA_MD_TOO_WEAK, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE,
     N_ ("it is signed with a digest that is too weak")},
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

static void
report_outcome (PenaJudgement *self, const PenaChainFailure *failure)
{
    g_autofree gchar *name = pena_certificate_display_name (failure->at != NULL ? failure->at : self->signer);
    PenaSubIndication sub = PENA_SUB_CHAIN_CONSTRAINTS_FAILURE;
    const gchar *reason = X509_verify_cert_error_string (failure->error);

    for (guint i = 0; i < G_N_ELEMENTS (outcomes); i++)
        if (outcomes[i].error == failure->error) {
            sub = outcomes[i].sub;
            reason = pena_text (outcomes[i].reason);
        }
    pena_judgement_problem (self, sub,
                            g_strdup_printf (_ ("The certificate of %s does not count: %s."), name, reason));
}

static PenaX509Stack *
collect_helpers (PenaJudgement *self)
{
    PenaX509Stack *helpers = pena_certificates_parse (self->context->certificates);
    for (int i = 0; i < sk_X509_num (self->embedded); i++)
        X509_add_cert (helpers, sk_X509_value (self->embedded, i), X509_ADD_FLAG_UP_REF);
    return helpers;
}

static gboolean
build_chain (PenaJudgement *self, PenaX509Stack *helpers)
{
    g_auto (PenaChainFailure) failure = {0};

    self->chain =
        pena_chain_build (self->signer, helpers, self->context->anchors, self->context->time, &failure);
    if (self->chain == NULL)
        report_outcome (self, &failure);
    return self->chain != NULL;
}

static gboolean
contains (PenaX509Stack *stack, X509 *certificate)
{
    for (int i = 0; i < sk_X509_num (stack); i++)
        if (pena_certificate_equal (sk_X509_value (stack, i), certificate))
            return TRUE;
    return FALSE;
}

static gboolean
vouched_for (PenaX509Stack *stack, X509 *certificate)
{
    for (int i = 0; i < sk_X509_num (stack); i++)
        if (pena_certificate_issued_by (certificate, sk_X509_value (stack, i)))
            return TRUE;
    return FALSE;
}

/* Nothing signs the set of certificates as a whole. One that is not of the chain, such as a time-stamp
 * authority's, is an oddity as long as another one at hand made it, or it itself: then it is as its issuer
 * wrote it. One that nobody vouches for is a changed one, or of no use: the judge does not pass what it
 * cannot explain. */
static void
check_beside_chain (PenaJudgement *self, PenaX509Stack *helpers)
{
    for (int i = 0; i < sk_X509_num (self->embedded); i++) {
        X509 *certificate = sk_X509_value (self->embedded, i);
        if (contains (self->chain, certificate))
            continue;
        g_autofree gchar *name = pena_certificate_display_name (certificate);
        if (vouched_for (helpers, certificate) || vouched_for (self->chain, certificate))
            pena_judgement_note (
                self,
                g_strdup_printf (
                    _ ("The signature also holds the certificate of %s, which it does not need."), name));
        else
            pena_judgement_problem (
                self, PENA_SUB_CHAIN_CONSTRAINTS_FAILURE,
                g_strdup_printf (_ ("The signature holds a certificate (%s) that nobody at hand has issued."),
                                 name));
    }
}

static void
report_revocation (PenaJudgement *self, int depth, const PenaRevocation *revocation)
{
    g_autofree gchar *name = pena_certificate_display_name (sk_X509_value (self->chain, depth));
    g_autofree gchar *since = pena_time_format (revocation->since);

    if (revocation->state == PENA_REVOCATION_ON_HOLD)
        pena_judgement_problem (
            self, PENA_SUB_TRY_LATER,
            g_strdup_printf (_ ("The certificate of %s is suspended since %s."), name, since));
    else
        pena_judgement_problem (self, depth == 0 ? PENA_SUB_REVOKED_NO_POE : PENA_SUB_REVOKED_CA_NO_POE,
                                g_strdup_printf (_ ("The certificate of %s was revoked at %s, and nothing "
                                                    "proves that the signature is older."),
                                                 name, since));
}

static void
check_revocation (PenaJudgement *self)
{
    g_autoptr (PenaCrls) lists = pena_crls_new (self->context->crls);
    int last = sk_X509_num (self->chain) - 1; /* an anchor is trusted as it is */
    gboolean checked = TRUE;

    for (int depth = 0; depth < last; depth++) {
        PenaRevocation revocation =
            pena_crls_lookup (lists, sk_X509_value (self->chain, depth),
                              sk_X509_value (self->chain, depth + 1), self->context->time);
        if (revocation.state >= PENA_REVOCATION_ON_HOLD)
            report_revocation (self, depth, &revocation);
        if (depth == 0)
            self->report->revocation_checked = revocation.state != PENA_REVOCATION_UNKNOWN;
        if (revocation.state == PENA_REVOCATION_UNKNOWN)
            checked = FALSE;
    }
    if (last == 0 || !self->report->revocation_checked)
        pena_judgement_note (
            self, g_strdup (_ ("Whether the certificate of the signer was revoked could not be checked.")));
    else if (!checked)
        pena_judgement_note (
            self, g_strdup (_ (
                      "Whether a certificate of the issuing authority was revoked could not be checked.")));
}

gboolean
pena_block_x509 (PenaJudgement *self)
{
    g_autoptr (PenaX509Stack) helpers = collect_helpers (self);

    if (!pena_certificate_can_sign (self->signer)) {
        g_autofree gchar *name = pena_certificate_display_name (self->signer);
        pena_judgement_problem (
            self, PENA_SUB_CHAIN_CONSTRAINTS_FAILURE,
            g_strdup_printf (_ ("The certificate of %s is not meant for signing documents."), name));
    }
    if (build_chain (self, helpers)) {
        check_beside_chain (self, helpers);
        check_revocation (self);
    }
    return TRUE;
}
