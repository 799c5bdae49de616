/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: from a certificate to somebody who is trusted (RFC 5280, 6)
 * Copyright (C) 2026 the Pena authors */
#include "pena-chain.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#define MAX_DEPTH 8
#define MAX_TRIES 16
#define ANY_STRENGTH 0
#define STRONG 2 /* 112 bits: RSA-2048, SHA-256 */

void
pena_chain_failure_clear (PenaChainFailure *self)
{
    g_clear_pointer (&self->at, X509_free);
}

static X509_STORE *
make_store (PenaX509Stack *anchors, gint64 time, int level)
{
    X509_STORE *store = X509_STORE_new ();
    X509_VERIFY_PARAM *rules = X509_STORE_get0_param (store);

    for (int i = 0; i < sk_X509_num (anchors); i++)
        X509_STORE_add_cert (store, sk_X509_value (anchors, i));
    X509_VERIFY_PARAM_set_time (rules, (time_t)time);
    X509_VERIFY_PARAM_set_depth (rules, MAX_DEPTH);
    X509_VERIFY_PARAM_set_auth_level (rules, level);
    X509_VERIFY_PARAM_set_flags (rules, X509_V_FLAG_PARTIAL_CHAIN);
    return store;
}

static gboolean
verify (X509_STORE_CTX *verifier, PenaChainFailure *failure)
{
    gboolean sound = X509_verify_cert (verifier) == 1;

    if (!sound) {
        pena_chain_failure_clear (failure);
        failure->error = X509_STORE_CTX_get_error (verifier);
        failure->at = X509_STORE_CTX_get_current_cert (verifier);
        if (failure->at != NULL)
            X509_up_ref (failure->at);
    }
    ERR_clear_error ();
    return sound;
}

PenaX509Stack *
pena_chain_build (X509 *certificate, PenaX509Stack *helpers, GPtrArray *anchors, gint64 time,
                  PenaChainFailure *ret_failure)
{
    g_autoptr (PenaX509Stack) trusted = pena_certificates_parse (anchors);
    g_autoptr (X509_STORE) store = make_store (trusted, time, STRONG);
    g_autoptr (X509_STORE_CTX) verifier = X509_STORE_CTX_new ();

    X509_STORE_CTX_init (verifier, store, certificate, helpers);
    return verify (verifier, ret_failure) ? X509_STORE_CTX_get1_chain (verifier) : NULL;
}

/* ---- whatever the time and the strength ---- */

/* Of several issuers of the same name the builder still prefers one that is valid at the time. */
static int
pass_over_validity (int outcome, X509_STORE_CTX *verifier)
{
    int error = X509_STORE_CTX_get_error (verifier);

    if (error != X509_V_ERR_CERT_HAS_EXPIRED && error != X509_V_ERR_CERT_NOT_YET_VALID)
        return outcome;
    X509_STORE_CTX_set_error (verifier, X509_V_OK);
    return 1;
}

static gboolean
take_away (PenaX509Stack *stack, X509 *certificate)
{
    gboolean found = FALSE;

    for (int i = sk_X509_num (stack); i-- > 0;)
        if (X509_cmp (sk_X509_value (stack, i), certificate) == 0) {
            X509_free (sk_X509_delete (stack, i));
            found = TRUE;
        }
    return found;
}

/* libcrypto takes an issuer by its name. An authority that has changed its key without a key identifier has several
 * certificates of one name; the one whose key does not fit is taken away, and another one may be tried. */
static gboolean
drop_wrong_issuer (X509_STORE_CTX *verifier, PenaX509Stack *helpers, PenaX509Stack *anchors)
{
    int depth = X509_STORE_CTX_get_error_depth (verifier);
    STACK_OF (X509) *chain = X509_STORE_CTX_get0_chain (verifier);

    if (X509_STORE_CTX_get_error (verifier) != X509_V_ERR_CERT_SIGNATURE_FAILURE || depth < 0 ||
        depth + 1 >= sk_X509_num (chain))
        return FALSE;
    gboolean helper = take_away (helpers, sk_X509_value (chain, depth + 1));
    gboolean anchor = take_away (anchors, sk_X509_value (chain, depth + 1));
    return helper || anchor;
}

PenaX509Stack *
pena_chain_build_prospective (X509 *certificate, PenaX509Stack *helpers, GPtrArray *anchors, gint64 time,
                              PenaChainFailure *ret_failure)
{
    g_autoptr (PenaX509Stack) trusted = pena_certificates_parse (anchors);
    g_autoptr (PenaX509Stack) between = X509_chain_up_ref (helpers);
    gboolean again = TRUE;

    for (guint i = 0; i < MAX_TRIES && again; i++) {
        g_autoptr (X509_STORE) store = make_store (trusted, time, ANY_STRENGTH);
        g_autoptr (X509_STORE_CTX) verifier = X509_STORE_CTX_new ();
        X509_STORE_set_verify_cb (store, pass_over_validity);
        X509_STORE_CTX_init (verifier, store, certificate, between);
        if (verify (verifier, ret_failure))
            return X509_STORE_CTX_get1_chain (verifier);
        again = drop_wrong_issuer (verifier, between, trusted);
    }
    return NULL;
}
