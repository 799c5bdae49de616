/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: cryptographic verification (EN 319 102-1, 5.2.7) and the strength of what was used
 * Copyright (C) 2026 the Pena authors */
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

static GBytes *
digest_of (const PenaDigestAlgorithm *algorithm, GBytes *bytes)
{
    guint8 hash[EVP_MAX_MD_SIZE];
    guint length = 0;
    gsize size;
    const guint8 *data = g_bytes_get_data (bytes, &size);

    return EVP_Digest (data, size, hash, &length, algorithm->md (), NULL) == 1 ? g_bytes_new (hash, length)
                                                                               : NULL;
}

/* NULL, with the problem reported, when the document is not to be had. */
static GBytes *
hash_content (PenaJudgement *self, const PenaDigestAlgorithm *digest)
{
    g_autoptr (GError) error = NULL;
    GBytes *content = self->content_digest (digest->name, self->user_data, &error);

    if (content == NULL)
        pena_judgement_problem (self, PENA_SUB_SIGNED_DATA_NOT_FOUND,
                                g_strdup (_ ("The document that was signed cannot be read.")));
    return content;
}

/* What the signature value is over: the signed attributes, or without any the content itself. */
static GBytes *
hash_signed (PenaJudgement *self, const PenaDigestAlgorithm *digest, GBytes *content)
{
    if (self->info->signed_attributes == NULL)
        return content != NULL ? g_bytes_ref (content) : NULL;
    g_autoptr (GBytes) attributes = pena_attributes_encode (self->info->signed_attributes);
    return attributes != NULL ? digest_of (digest, attributes) : NULL;
}

static void
check_content (PenaJudgement *self, GBytes *content)
{
    if (self->info->signed_attributes == NULL || content == NULL)
        return;
    const ASN1_TYPE *value = pena_attributes_get (self->info->signed_attributes,
                                                  pena_attribute_type (PENA_ATTRIBUTE_MESSAGE_DIGEST));
    const ASN1_STRING *claimed = value->value.octet_string;
    gsize length;
    const guint8 *actual = g_bytes_get_data (content, &length);

    if (ASN1_STRING_length (claimed) != (int)length ||
        memcmp (ASN1_STRING_get0_data (claimed), actual, length) != 0)
        pena_judgement_problem (self, PENA_SUB_HASH_FAILURE,
                                g_strdup (_ ("The document was changed after it was signed.")));
}

static void
check_value (PenaJudgement *self, const PenaDigestAlgorithm *digest, GBytes *content)
{
    PenaSignatureScheme scheme;
    g_autoptr (GBytes) hash = hash_signed (self, digest, content);

    if (!pena_signature_scheme_from (self->info->signature_algorithm, digest, &scheme)) {
        g_autofree gchar *name = pena_algorithm_describe (self->info->signature_algorithm);
        pena_judgement_problem (
            self, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE,
            g_strdup_printf (_ ("The signature algorithm %s is not known or does not fit the digest."),
                             name));
    } else if (hash != NULL && !pena_signature_verify (&scheme, digest, X509_get0_pubkey (self->signer), hash,
                                                       self->info->signature)) {
        pena_judgement_problem (
            self, PENA_SUB_SIG_CRYPTO_FAILURE,
            g_strdup (
                _ ("The signature value is wrong: the signature was changed or belongs to another key.")));
    }
}

/* At the time that is proved for the signature: what was reliable then still proves what it did. */
static void
check_strength (PenaJudgement *self, const PenaDigestAlgorithm *digest)
{
    const PenaCryptoPolicy *policy = pena_context_policy (&self->context);
    gint64 at = pena_judgement_proved (self);
    PenaSubIndication sub =
        pena_path_algorithm_sub (pena_crypto_policy_digest_until (policy, digest->name), at);

    if (sub != PENA_SUB_NONE)
        pena_judgement_problem (
            self, sub,
            g_strdup_printf (_ ("The digest algorithm %s is too weak to prove anything."), digest->name));
    sub =
        pena_path_algorithm_sub (pena_crypto_policy_key_until (policy, X509_get0_pubkey (self->signer)), at);
    if (sub != PENA_SUB_NONE)
        pena_judgement_problem (
            self, sub,
            g_strdup_printf (_ ("The key of the signer (%s) is too weak or of an unknown kind."),
                             self->report->info->key));
}

gboolean
pena_block_crypto (PenaJudgement *self)
{
    const PenaDigestAlgorithm *digest = pena_digest_algorithm_from (self->info->digest_algorithm);

    if (digest == NULL) {
        g_autofree gchar *name = pena_algorithm_describe (self->info->digest_algorithm);
        pena_judgement_problem (self, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE,
                                g_strdup_printf (_ ("The digest algorithm %s is not accepted."), name));
        return TRUE;
    }
    self->report->digest = g_strdup (digest->name);
    g_autoptr (GBytes) content = hash_content (self, digest);
    check_content (self, content);
    check_value (self, digest, content);
    check_algorithm_protection (self);
    check_strength (self, digest);
    return TRUE;
}
