/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: X.509 certificate validation of the signer (EN 319 102-1, 5.2.6), and the certificates beside the chain
 * Copyright (C) 2026 the Pena authors */
#include "pena-path.h"
#include "pena-judgement.h"
#include "pena-text.h"

/* Nothing signs the set of certificates as a whole. One that is not of the chain, such as a time-stamp
 * authority's, is an oddity as long as another one at hand made it, or it itself: then it is as its issuer
 * wrote it. One that nobody vouches for is a changed one, or of no use: the judge does not pass what it
 * cannot explain. */
static void
check_beside_chain (PenaJudgement *self, PenaX509Stack *chain)
{
    for (int i = 0; i < sk_X509_num (self->embedded); i++) {
        X509 *certificate = sk_X509_value (self->embedded, i);
        if (pena_certificates_contain (chain, certificate))
            continue;
        g_autofree gchar *name = pena_certificate_display_name (certificate);
        if (pena_certificates_find_issuer (self->pool->certificates, certificate) == NULL &&
            pena_certificates_find_issuer (chain, certificate) == NULL)
            pena_judgement_problem (
                self, PENA_SUB_CHAIN_CONSTRAINTS_FAILURE,
                g_strdup_printf (_ ("The signature holds a certificate (%s) that nobody at hand has issued."),
                                 name));
        else if (self->report->stamps->len == 0)
            pena_judgement_note (
                self,
                g_strdup_printf (
                    _ ("The signature also holds the certificate of %s, which it does not need."), name));
    }
}

gboolean
pena_block_x509 (PenaJudgement *self)
{
    const PenaPathQuestion question = {.certificate = self->signer,
                                       .proved = pena_judgement_proved (self),
                                       .context = &self->context,
                                       .pool = self->pool};

    g_autoptr (PenaPathAnswer) answer = pena_path_judge (&question);
    pena_judgement_take (self, answer->findings);
    if (!pena_certificate_can_sign (self->signer)) {
        g_autofree gchar *name = pena_certificate_display_name (self->signer);
        pena_judgement_problem (
            self, PENA_SUB_CHAIN_CONSTRAINTS_FAILURE,
            g_strdup_printf (_ ("The certificate of %s is not meant for signing documents."), name));
    }
    self->report->revocation_checked = answer->checked;
    self->complete = answer->chain != NULL && pena_path_is_complete (&question);
    if (answer->chain != NULL)
        check_beside_chain (self, answer->chain);
    return TRUE;
}
