/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the steps of a signing share
 * Copyright (C) 2026 the Pena authors */
#include "pena-signing.h"

#include "pena-choice.h"

PenaSigning *
pena_signing_ref (PenaSigning *self)
{
    g_atomic_ref_count_inc (&self->references);
    return self;
}

void
pena_signing_unref (PenaSigning *self)
{
    if (!g_atomic_ref_count_dec (&self->references))
        return;
    pena_worker_free (self->worker);
    pena_document_free (self->document);
    pena_document_free (self->received);
    g_clear_error (&self->damage);
    pena_sign_request_free (self->request);
    g_clear_object (&self->task);
    g_clear_object (&self->asking);
    g_clear_object (&self->cancellable);
    g_clear_error (&self->tokens_error);
    g_clear_pointer (&self->trust, pena_trust_unref);
    g_clear_pointer (&self->tokens, g_variant_unref);
    g_clear_pointer (&self->credential, g_variant_unref);
    g_clear_pointer (&self->draft, pena_ades_draft_free);
    g_clear_pointer (&self->plan, pena_plan_free);
    g_clear_pointer (&self->needs, g_ptr_array_unref);
    g_clear_pointer (&self->chain, g_ptr_array_unref);
    g_clear_error (&self->reason);
    g_clear_pointer (&self->picture, pena_stamp_picture_free);
    g_free (self->signature_id);
    GBytes **const bytes[] = {&self->digest, &self->to_be_signed, &self->value, &self->cms, &self->output};
    for (guint i = 0; i < G_N_ELEMENTS (bytes); i++)
        g_clear_pointer (bytes[i], g_bytes_unref);
    g_free (self);
}

gboolean
pena_signing_is_over (const PenaSigning *self)
{
    return self->state == PENA_JOB_FINISHED || self->state == PENA_JOB_FAILED;
}

void
pena_signing_insert_string (GVariantDict *options, const gchar *key, const gchar *value)
{
    if (value != NULL)
        g_variant_dict_insert (options, key, "s", value);
}

void
pena_signing_insert_bytes (GVariantDict *options, const gchar *key, GBytes *value)
{
    g_variant_dict_insert_value (options, key,
                                 g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, value, TRUE));
}

void
pena_signing_insert_signer (const PenaSigning *self, GVariantDict *options, const gchar *key)
{
    g_autoptr (GVariant) signer =
        g_variant_lookup_value (self->credential, "certificate", G_VARIANT_TYPE_BYTESTRING);

    g_variant_dict_insert_value (options, key, signer);
}

GPtrArray *
pena_signing_build_chain (const PenaSigning *self)
{
    const GPtrArray *known = self->trust->certificates;
    GPtrArray *result = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    g_autoptr (GVariant) chain =
        g_variant_lookup_value (self->credential, "chain", G_VARIANT_TYPE_BYTESTRING_ARRAY);

    g_ptr_array_add (result, pena_choice_dup_certificate (self->credential));
    for (gsize i = 0; chain != NULL && i < g_variant_n_children (chain); i++) {
        g_autoptr (GVariant) one = g_variant_get_child_value (chain, i);
        g_ptr_array_add (result, g_variant_get_data_as_bytes (one));
    }
    for (guint i = 0; i < known->len; i++)
        g_ptr_array_add (result, g_bytes_ref (known->pdata[i]));
    return result;
}
