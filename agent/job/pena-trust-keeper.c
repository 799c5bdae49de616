/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the configuration trusts, read once for many documents
 * Copyright (C) 2026 the Pena authors */
#include "pena-trust-keeper.h"

#include "pena-ades.h"
#include "pena-certificate.h"
#include "pena-crl.h"

/* A token holds a few. */
#define SIGNERS_MAX 32

struct _PenaTrustKeeper {
    const PenaConfig *config;
    guint seconds;
    PenaTrust *kept;  /* or NULL */
    GHashTable *said; /* certificate -> PenaCrls: what its lists say of it */
    guint letting_go;
};

PenaTrustKeeper *
pena_trust_keeper_new (const PenaConfig *config, guint kept)
{
    PenaTrustKeeper *self = g_new0 (PenaTrustKeeper, 1);

    self->config = config;
    self->seconds = kept;
    self->said = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
                                        (GDestroyNotify)pena_crls_free);
    return self;
}

static void
let_go (PenaTrustKeeper *self)
{
    g_clear_pointer (&self->kept, pena_trust_unref);
    g_hash_table_remove_all (self->said);
}

void
pena_trust_keeper_free (PenaTrustKeeper *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id (&self->letting_go, g_source_remove);
    let_go (self);
    g_hash_table_unref (self->said);
    g_free (self);
}

static gboolean
on_let_go (gpointer user_data)
{
    PenaTrustKeeper *self = user_data;

    self->letting_go = 0;
    let_go (self);
    return G_SOURCE_REMOVE;
}

PenaTrust *
pena_trust_keeper_get (PenaTrustKeeper *self, GError **error)
{
    if (self->kept == NULL || !pena_trust_is_current (self->kept)) {
        let_go (self);
        self->kept = pena_trust_load (self->config, error);
    }
    g_clear_handle_id (&self->letting_go, g_source_remove);
    if (self->kept == NULL)
        return NULL;
    self->letting_go = g_timeout_add_seconds (self->seconds, on_let_go, self);
    return pena_trust_ref (self->kept);
}

static const PenaCrls *
read_lists (PenaTrustKeeper *self, GBytes *certificate, GError **error)
{
    PenaCrls *said = g_hash_table_lookup (self->said, certificate);
    g_autoptr (X509) parsed = said == NULL ? pena_certificate_parse (certificate, error) : NULL;

    if (said != NULL || parsed == NULL)
        return said;
    if (g_hash_table_size (self->said) >= SIGNERS_MAX)
        g_hash_table_remove_all (self->said);
    said = pena_crls_new (self->kept->crls, parsed);
    g_hash_table_insert (self->said, pena_certificate_encode (parsed), said);
    return said;
}

gboolean
pena_trust_keeper_check_signer (PenaTrustKeeper *self, GBytes *certificate, GError **error)
{
    gint64 now = g_get_real_time () / G_USEC_PER_SEC;

    g_return_val_if_fail (self->kept != NULL, FALSE);
    if (!pena_ades_check_signer (certificate, now, error))
        return FALSE;
    const PenaCrls *said = read_lists (self, certificate, error);
    return said != NULL && pena_crls_check (said, now, error);
}
