/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a signature needs from the network, and the answers
 * Copyright (C) 2026 the Pena authors */
#include "pena-need.h"

static PenaNeed *
new_need (PenaNeedKind kind, GBytes *certificate)
{
    PenaNeed *self = g_new0 (PenaNeed, 1);
    self->kind = kind;
    self->since = G_MININT64;
    self->certificate = certificate != NULL ? g_bytes_ref (certificate) : NULL;
    return self;
}

PenaNeed *
pena_need_time_stamp_new (const gchar *digest, GBytes *imprint)
{
    PenaNeed *self = new_need (PENA_NEED_TIME_STAMP, NULL);
    self->digest = g_strdup (digest);
    self->imprint = g_bytes_ref (imprint);
    return self;
}

PenaNeed *
pena_need_revocation_new (GBytes *certificate, GBytes *issuer)
{
    PenaNeed *self = new_need (PENA_NEED_REVOCATION, certificate);
    self->issuer = g_bytes_ref (issuer);
    return self;
}

PenaNeed *
pena_need_issuer_new (GBytes *certificate)
{
    return new_need (PENA_NEED_ISSUER, certificate);
}

void
pena_need_free (PenaNeed *self)
{
    if (self == NULL)
        return;
    g_free (self->digest);
    g_free (self->host);
    g_clear_pointer (&self->imprint, g_bytes_unref);
    g_clear_pointer (&self->certificate, g_bytes_unref);
    g_clear_pointer (&self->issuer, g_bytes_unref);
    g_clear_pointer (&self->answer, g_bytes_unref);
    g_clear_error (&self->error);
    g_free (self);
}

GPtrArray *
pena_needs_new (void)
{
    return g_ptr_array_new_with_free_func ((GDestroyNotify)pena_need_free);
}

void
pena_need_answer (PenaNeed *self, PenaAnswerKind kind, GBytes *answer)
{
    g_return_if_fail (self->answer_kind == PENA_ANSWER_NONE && self->error == NULL);
    self->answer_kind = kind;
    self->answer = g_bytes_ref (answer);
}

void
pena_need_fail (PenaNeed *self, GError *error)
{
    g_return_if_fail (self->answer_kind == PENA_ANSWER_NONE && self->error == NULL);
    self->error = error;
}
