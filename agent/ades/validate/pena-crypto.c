/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: cryptographic verification (EN 319 102-1, 5.2.7) and the strength of what was used
 * Copyright (C) 2026 the Pena authors */
#include "pena-crypto.h"

#include <string.h>

#include "pena-path.h"
#include "pena-judgement.h"
#include "pena-text.h"

/* RFC 6211: the algorithms as the signer meant them. */
static void
check_algorithm_protection (PenaJudgement *self)
{
    const ASN1_OBJECT *type = pena_attribute_type (PENA_ATTRIBUTE_ALGORITHM_PROTECTION);
    const ASN1_TYPE *value = pena_attributes_get (self->info->signed_attributes, type);

    if (value == NULL)
        return;
    g_autoptr (PenaAlgorithmProtection) protection = pena_algorithm_protection_parse (value);
    if (protection == NULL || protection->signature_algorithm == NULL || protection->mac_algorithm != NULL ||
        !pena_algorithm_equal (protection->digest_algorithm, self->info->digest_algorithm) ||
        !pena_algorithm_equal (protection->signature_algorithm, self->info->signature_algorithm))
        pena_judgement_problem (
            self, PENA_SUB_SIG_CRYPTO_FAILURE,
            g_strdup (_ ("The algorithms in the signature are not those that were signed.")));
}

void
pena_crypto_check_content (PenaJudgement *self, const PenaDigestAlgorithm *digest,
                           const ASN1_OCTET_STRING *signed_digest)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) content = self->content_digest (digest->name, self->user_data, &error);
    gsize length = 0;
    const guint8 *actual = content != NULL ? g_bytes_get_data (content, &length) : NULL;

    if (actual == NULL)
        pena_judgement_problem (self, PENA_SUB_SIGNED_DATA_NOT_FOUND,
                                g_strdup (_ ("The document that was signed cannot be read.")));
    else if (signed_digest != NULL && (ASN1_STRING_length (signed_digest) != (int)length ||
                                       memcmp (ASN1_STRING_get0_data (signed_digest), actual, length) != 0))
        pena_judgement_problem (self, PENA_SUB_HASH_FAILURE,
                                g_strdup (_ ("The document was changed after it was signed.")));
}

/* NULL when nothing is signed but the content itself. */
static const ASN1_OCTET_STRING *
get_signed_digest (const PenaJudgement *self)
{
    if (self->info->signed_attributes == NULL)
        return NULL;
    return pena_attributes_get (self->info->signed_attributes,
                                pena_attribute_type (PENA_ATTRIBUTE_MESSAGE_DIGEST))
        ->value.octet_string;
}

/* What the signature value is over: the signed attributes, or without any the content itself. */
static gboolean
value_fits (PenaJudgement *self, const PenaSignatureScheme *scheme)
{
    EVP_PKEY *key = X509_get0_pubkey (self->signer);

    if (self->info->signed_attributes == NULL) {
        g_autoptr (GBytes) content = self->content_digest (scheme->digest->name, self->user_data, NULL);
        /* that the content is missing has been told */
        return content == NULL || pena_signature_verify_digest (scheme, key, content, self->info->signature);
    }
    g_autoptr (GBytes) attributes = pena_attributes_encode (self->info->signed_attributes);
    return attributes != NULL && pena_signature_verify (scheme, key, attributes, self->info->signature);
}

static void
check_value (PenaJudgement *self, const PenaSignatureScheme *scheme, const PenaDigestAlgorithm *digest)
{
    if (!value_fits (self, scheme))
        pena_judgement_problem (
            self, PENA_SUB_SIG_CRYPTO_FAILURE,
            g_strdup (
                _ ("The signature value is wrong: the signature was changed or belongs to another key.")));
    if (scheme->digest != digest)
        pena_judgement_note (
            self, g_strdup_printf (_ ("The document is hashed with %s and the signature made with %s."),
                                   digest->name, scheme->digest->name));
}

static void
check_digest_strength (PenaJudgement *self, const PenaDigestAlgorithm *digest)
{
    gint64 until = pena_crypto_policy_digest_until (pena_context_policy (&self->context), digest->name);
    PenaSubIndication sub = pena_path_algorithm_sub (until, pena_judgement_proved (self));

    if (sub != PENA_SUB_NONE)
        pena_judgement_problem (
            self, sub,
            g_strdup_printf (_ ("The digest algorithm %s is too weak to prove anything."), digest->name));
}

static void
check_key_strength (PenaJudgement *self)
{
    gint64 until =
        pena_crypto_policy_key_until (pena_context_policy (&self->context), X509_get0_pubkey (self->signer));
    PenaSubIndication sub = pena_path_algorithm_sub (until, pena_judgement_proved (self));

    if (sub != PENA_SUB_NONE)
        pena_judgement_problem (
            self, sub,
            g_strdup_printf (_ ("The key of the signer (%s) is too weak or of an unknown kind."),
                             self->report->info->key));
}

void
pena_crypto_check_strength (PenaJudgement *self, const PenaDigestAlgorithm *digest)
{
    check_digest_strength (self, digest);
    check_key_strength (self);
}

static const PenaDigestAlgorithm *
find_digest (PenaJudgement *self)
{
    gboolean odd = FALSE;
    const PenaDigestAlgorithm *digest =
        pena_digest_algorithm_of_signer (self->info->digest_algorithm, self->info->signature_algorithm, &odd);
    g_autofree gchar *name = pena_algorithm_describe (self->info->digest_algorithm);

    if (digest == NULL)
        pena_judgement_problem (self, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE,
                                g_strdup_printf (_ ("The digest algorithm %s is not accepted."), name));
    else if (odd)
        pena_judgement_note (self,
                             g_strdup_printf (_ ("The signature names %s where a digest belongs."), name));
    return digest;
}

/* FALSE, with the problem reported, when nothing can be said about the value. */
static gboolean
find_scheme (PenaJudgement *self, const PenaDigestAlgorithm *digest, PenaSignatureScheme *scheme)
{
    gboolean known = pena_signature_scheme_from (self->info->signature_algorithm, digest, scheme);

    /* EdDSA is over the octets themselves (RFC 8419), and of a document only the digest is here. */
    if (known && (scheme->kind != PENA_SIGNATURE_EDDSA || self->info->signed_attributes != NULL))
        return TRUE;
    g_autofree gchar *name = pena_algorithm_describe (self->info->signature_algorithm);
    pena_judgement_problem (
        self, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE,
        known ? g_strdup_printf (
                    _ ("A signature of the algorithm %s without signed attributes cannot be checked."), name)
              : g_strdup_printf (_ ("The signature algorithm %s is not known."), name));
    return FALSE;
}

gboolean
pena_block_crypto (PenaJudgement *self)
{
    const PenaDigestAlgorithm *digest = find_digest (self);
    PenaSignatureScheme scheme;

    if (digest == NULL)
        return TRUE;
    self->report->digest = g_strdup (digest->name);
    pena_crypto_check_content (self, digest, get_signed_digest (self));
    check_algorithm_protection (self);
    pena_crypto_check_strength (self, digest);
    if (!find_scheme (self, digest, &scheme))
        return TRUE;
    check_value (self, &scheme, digest);
    if (scheme.digest != digest)
        check_digest_strength (self, scheme.digest);
    return TRUE;
}
