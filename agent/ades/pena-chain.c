/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: from a certificate to somebody who is trusted (RFC 5280, 6)
 * Copyright (C) 2026 the Pena authors */
#include "pena-chain.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#define MAX_DEPTH 8
#define ANY_STRENGTH 0
#define STRONG 2 /* 112 bits: RSA-2048, SHA-256 */

void
pena_chain_failure_clear (PenaChainFailure *self)
{
    g_clear_pointer (&self->at, X509_free);
}

static X509_STORE *
make_store (GPtrArray *anchors, gint64 time, int level)
{
    g_autoptr (PenaX509Stack) trusted = pena_certificates_parse (anchors);
    X509_STORE *store = X509_STORE_new ();
    X509_VERIFY_PARAM *rules = X509_STORE_get0_param (store);

    for (int i = 0; i < sk_X509_num (trusted); i++)
        X509_STORE_add_cert (store, sk_X509_value (trusted, i));
    X509_VERIFY_PARAM_set_time (rules, (time_t)time);
    X509_VERIFY_PARAM_set_depth (rules, MAX_DEPTH);
    X509_VERIFY_PARAM_set_auth_level (rules, level);
    X509_VERIFY_PARAM_set_flags (rules, X509_V_FLAG_PARTIAL_CHAIN);
    return store;
}

static PenaX509Stack *
build (X509 *certificate, PenaX509Stack *helpers, X509_STORE *store, PenaChainFailure *ret_failure)
{
    g_autoptr (X509_STORE_CTX) verifier = X509_STORE_CTX_new ();
    PenaX509Stack *chain = NULL;

    X509_STORE_CTX_init (verifier, store, certificate, helpers);
    if (X509_verify_cert (verifier) == 1)
        chain = X509_STORE_CTX_get1_chain (verifier);
    else {
        ret_failure->error = X509_STORE_CTX_get_error (verifier);
        ret_failure->at = X509_STORE_CTX_get_current_cert (verifier);
        if (ret_failure->at != NULL)
            X509_up_ref (ret_failure->at);
    }
    ERR_clear_error ();
    return chain;
}

PenaX509Stack *
pena_chain_build (X509 *certificate, PenaX509Stack *helpers, GPtrArray *anchors, gint64 time,
                  PenaChainFailure *ret_failure)
{
    g_autoptr (X509_STORE) store = make_store (anchors, time, STRONG);

    return build (certificate, helpers, store, ret_failure);
}

PenaX509Stack *
pena_chain_build_of_any_strength (X509 *certificate, PenaX509Stack *helpers, GPtrArray *anchors, gint64 time,
                                  PenaChainFailure *ret_failure)
{
    g_autoptr (X509_STORE) store = make_store (anchors, time, ANY_STRENGTH);

    return build (certificate, helpers, store, ret_failure);
}
