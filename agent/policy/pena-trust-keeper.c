/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the configuration trusts, read once for many documents
 * Copyright (C) 2026 the Pena authors */
#include "pena-trust-keeper.h"

struct _PenaTrustKeeper {
    const PenaConfig *config;
    guint seconds;
    PenaTrust *kept; /* or NULL */
    guint letting_go;
};

PenaTrustKeeper *
pena_trust_keeper_new (const PenaConfig *config, guint kept)
{
    PenaTrustKeeper *self = g_new0 (PenaTrustKeeper, 1);

    self->config = config;
    self->seconds = kept;
    return self;
}

void
pena_trust_keeper_free (PenaTrustKeeper *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id (&self->letting_go, g_source_remove);
    g_clear_pointer (&self->kept, pena_trust_unref);
    g_free (self);
}

static gboolean
on_let_go (gpointer user_data)
{
    PenaTrustKeeper *self = user_data;

    self->letting_go = 0;
    g_clear_pointer (&self->kept, pena_trust_unref);
    return G_SOURCE_REMOVE;
}

PenaTrust *
pena_trust_keeper_get (PenaTrustKeeper *self, GError **error)
{
    if (self->kept == NULL || !pena_trust_is_current (self->kept)) {
        g_clear_pointer (&self->kept, pena_trust_unref);
        self->kept = pena_trust_load (self->config, error);
    }
    g_clear_handle_id (&self->letting_go, g_source_remove);
    if (self->kept == NULL)
        return NULL;
    self->letting_go = g_timeout_add_seconds (self->seconds, on_let_go, self);
    return pena_trust_ref (self->kept);
}
