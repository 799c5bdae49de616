/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: hashing a document while it comes in
 * Copyright (C) 2026 the Pena authors */
#include "pena-digest.h"

#include <openssl/evp.h>
#include <pena/pena-error.h>

#include "pena-algorithm.h"

struct _PenaDigest {
    EVP_MD_CTX *context;
    gsize output_size; /* as PenaDigestAlgorithm */
};

/* Hashing with OpenSSL's own software digests fails only without memory; then GLib aborts too. */
static void
must (int outcome)
{
    g_assert (outcome == 1);
}

PenaDigest *
pena_digest_new (const gchar *algorithm, GError **error)
{
    const PenaDigestAlgorithm *row = pena_digest_algorithm_by_name (algorithm);
    if (row == NULL) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "no digest '%s'", algorithm);
        return NULL;
    }
    PenaDigest *self = g_new0 (PenaDigest, 1);
    self->output_size = row->output_size;
    self->context = EVP_MD_CTX_new ();
    must (self->context != NULL && EVP_DigestInit_ex (self->context, row->md (), NULL));
    return self;
}

PenaDigest *
pena_digest_copy (const PenaDigest *self)
{
    PenaDigest *copy = g_new0 (PenaDigest, 1);
    copy->output_size = self->output_size;
    copy->context = EVP_MD_CTX_new ();
    must (copy->context != NULL && EVP_MD_CTX_copy_ex (copy->context, self->context));
    return copy;
}

void
pena_digest_free (PenaDigest *self)
{
    if (self == NULL)
        return;
    EVP_MD_CTX_free (self->context);
    g_free (self);
}

void
pena_digest_update (PenaDigest *self, gconstpointer data, gsize length)
{
    must (EVP_DigestUpdate (self->context, data, length));
}

GBytes *
pena_digest_get (const PenaDigest *self)
{
    g_autoptr (PenaDigest) copy = pena_digest_copy (self);
    guint8 value[EVP_MAX_MD_SIZE];
    guint length = 0;

    if (self->output_size != 0) {
        length = (guint)self->output_size;
        must (EVP_DigestFinalXOF (copy->context, value, length));
    } else
        must (EVP_DigestFinal_ex (copy->context, value, &length));
    return g_bytes_new (value, length);
}
