/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: identification of the signing certificate (EN 319 102-1, 5.2.3)
 * Copyright (C) 2026 the Pena authors */
#include "pena-judgement.h"
#include "pena-text.h"

static gboolean
not_found (PenaJudgement *self, const gchar *text)
{
    pena_judgement_problem (self, PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND, g_strdup (text));
    return FALSE;
}

/* The certificate that SignerInfo.sid names, among those in the signature; one that is spelled exactly wins.
 */
static X509 *
find_named (PenaJudgement *self, gboolean *ret_exact)
{
    X509 *found = NULL;

    *ret_exact = FALSE;
    for (int i = 0; i < sk_X509_num (self->embedded) && !*ret_exact; i++) {
        X509 *candidate = sk_X509_value (self->embedded, i);
        gboolean exact = FALSE;
        if (pena_sid_names (self->info->sid, candidate, &exact) && (found == NULL || exact)) {
            found = candidate;
            *ret_exact = exact;
        }
    }
    return found;
}

/* The signed attribute binds the certificate to the signature: without it another certificate for the same
 * key, with another name in it, could be put in its place. */
static gboolean
check_binding (PenaJudgement *self, X509 *certificate)
{
    gboolean v2 = pena_judgement_has_signed (self, PENA_ATTRIBUTE_SIGNING_CERTIFICATE_V2);
    PenaAttribute kind = v2 ? PENA_ATTRIBUTE_SIGNING_CERTIFICATE_V2 : PENA_ATTRIBUTE_SIGNING_CERTIFICATE;
    const ASN1_TYPE *value = pena_attributes_get (self->info->signed_attributes, pena_attribute_type (kind));
    g_autoptr (PenaEss) ess = value != NULL ? pena_ess_parse (value) : NULL;

    if (ess == NULL) {
        pena_judgement_problem (self, PENA_SUB_FORMAT_FAILURE,
                                g_strdup (_ ("The attribute that binds the certificate cannot be read.")));
        return FALSE;
    }
    const PenaEssCertId *id = sk_PenaEssCertId_value (ess->certificates, 0);
    const PenaDigestAlgorithm *algorithm = pena_digest_algorithm_by_name (v2 ? "sha256" : "sha1");
    if (id->hash_algorithm != NULL)
        algorithm = v2 ? pena_digest_algorithm_from (id->hash_algorithm) : NULL;
    if (algorithm == NULL)
        return not_found (self, _ ("The certificate is bound to the signature by an unknown hash."));
    if (!pena_certificate_has_digest (certificate, algorithm, id->hash))
        return not_found (self, _ ("The certificate in the signature is not the one that was signed with."));
    if (!algorithm->strong)
        pena_judgement_note (
            self, g_strdup_printf (_ ("The certificate is bound to the signature by an old hash (%s)."),
                                   algorithm->nid == NID_sha1 ? "SHA-1" : algorithm->name));
    if (!pena_ess_issuer_serial_matches (id, certificate))
        pena_judgement_note (
            self,
            g_strdup (_ ("The signed reference to the certificate spells its issuer or number otherwise.")));
    return TRUE;
}

gboolean
pena_block_identify (PenaJudgement *self)
{
    gboolean exact = FALSE;
    X509 *found = find_named (self, &exact);

    if (found == NULL)
        return not_found (self, _ ("The certificate of the signer is not in the signature."));
    if (g_str_equal (self->report->format, "PKCS#7"))
        pena_judgement_note (
            self,
            g_strdup (_ ("The signature does not bind the certificate of the signer (an older format).")));
    else if (!check_binding (self, found))
        return FALSE;
    if (!exact)
        pena_judgement_problem (self, PENA_SUB_SIG_CONSTRAINTS_FAILURE,
                                g_strdup (_ ("The signature spells the issuer of the signer's certificate "
                                             "otherwise than the certificate.")));

    X509_up_ref (found);
    self->signer = found;
    self->report->signer = pena_certificate_encode (found);
    self->report->info = pena_certificate_info_from_x509 (found, NULL);
    if (self->report->info == NULL)
        return not_found (self, _ ("The certificate of the signer cannot be read."));
    return TRUE;
}
