/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the document worker's methods that raise the level of signatures
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>

#include "pena-need-variant.h"
#include "worker.h"

/* What was signed here is in the update, and only that is raised; a document that was just opened is raised as a whole. */
static PenaRaise *
new_raise (Worker *self, GBytes *beside, GError **error)
{
    GBytes *signature = self->enclosed != NULL ? self->enclosed->signature : beside;
    g_autoptr (GBytes) tail =
        self->update != NULL ? g_bytes_new (self->update->bytes->data, self->update->bytes->len) : NULL;
    const PenaRaiseInput input = {.fd = self->fd,
                                  .pdf = self->pdf != NULL,
                                  .tail = tail,
                                  .password = self->password,
                                  .signature = signature,
                                  .ranges = self->enclosed != NULL ? self->enclosed->parts->content : NULL,
                                  .from = tail != NULL ? pena_pdf_bytes_size (self->bytes) : 0};

    if ((self->pdf == NULL) == (signature != NULL))
        return pena_raise_new (&input, error);
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "the signature is elsewhere");
    return NULL;
}

static gboolean
start (Worker *self, GVariant *options, GError **error)
{
    g_autoptr (GBytes) signature = worker_lookup_bytes (options, "signature");
    gboolean attached = FALSE;
    gint64 time = 0;

    g_variant_lookup (options, "attached", "b", &attached);
    if (attached && self->enclosed == NULL)
        self->enclosed = pena_enclosed_new (self->bytes, error);
    if (attached && self->enclosed == NULL)
        return FALSE;
    self->raise = new_raise (self, signature, error);
    g_variant_lookup (options, "time", "x", &time);
    return self->raise != NULL && (self->checked || pena_raise_check_sound (self->raise, time, error));
}

/* What the broker needs of a signature that holds its document, to put it back around. */
static void
describe_enclosed (const PenaEnclosed *enclosed, GVariantDict *facts)
{
    const PenaContentRange *range = &enclosed->parts->encapsulated;

    g_variant_dict_insert_value (facts, "signature", worker_bytes_variant (enclosed->signature));
    g_variant_dict_insert (facts, "content", "(tt)", (guint64)range->offset, (guint64)range->length);
}

GVariant *
worker_raise (gpointer worker, GVariant *arguments, gint fd, GError **error)
{
    Worker *self = worker;
    g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 0);
    g_autoptr (GPtrArray) anchors = worker_lookup_bytes_list (options, "anchors");
    g_autoptr (GPtrArray) certificates = worker_lookup_bytes_list (options, "certificates");
    GVariantDict facts;

    if (self->bytes == NULL || (self->update != NULL && !self->checked) || self->verifier)
        return worker_out_of_turn (error);
    if ((self->raise == NULL && !start (self, options, error)) ||
        !pena_raise_gather (self->raise, anchors, certificates, error))
        return NULL;
    g_clear_pointer (&self->needs, g_ptr_array_unref);
    g_variant_dict_init (&facts, NULL);
    g_variant_dict_insert (&facts, "time-stamped", "b", pena_raise_is_time_stamped (self->raise));
    g_variant_dict_insert (&facts, "signatures", "u", pena_raise_get_n_signatures (self->raise));
    if (self->enclosed != NULL)
        describe_enclosed (self->enclosed, &facts);
    return g_variant_new ("(@a{sv})", g_variant_dict_end (&facts));
}

static gboolean
take_answers (Worker *self, GVariant *answers, GError **error)
{
    if (self->needs == NULL)
        return TRUE;
    return pena_answers_apply (answers, self->needs, error) &&
           pena_raise_offer (self->raise, self->needs, error);
}

GVariant *
worker_need (gpointer worker, GVariant *arguments, gint fd, GError **error)
{
    Worker *self = worker;
    g_autoptr (GVariant) answers = g_variant_get_child_value (arguments, 0);

    if (self->raise == NULL)
        return worker_out_of_turn (error);
    gboolean taken = take_answers (self, answers, error);
    g_clear_pointer (&self->needs, g_ptr_array_unref);
    if (taken)
        self->needs = pena_raise_dup_needs (self->raise, error);
    return self->needs != NULL ? g_variant_new ("(@aa{sv})", pena_needs_to_variant (self->needs)) : NULL;
}

/* Takes the result, which may be NULL. */
static GVariant *
answer_with (GBytes *take_result)
{
    g_autoptr (GBytes) result = take_result;

    return result != NULL ? g_variant_new ("(@ay)", worker_bytes_variant (result)) : NULL;
}

GVariant *
worker_keep (gpointer worker, GVariant *arguments, gint fd, GError **error)
{
    Worker *self = worker;

    if (self->raise == NULL || self->needs == NULL || self->needs->len > 0)
        return worker_out_of_turn (error);
    return answer_with (pena_raise_keep (self->raise, error));
}

static GVariant *
prepare (Worker *self, GVariant *options, GError **error)
{
    guint64 capacity = 0;
    gboolean archive = FALSE;
    const gchar *digest = "sha256";
    GVariantDict plan;

    g_variant_lookup (options, "capacity", "t", &capacity);
    g_variant_lookup (options, "digest", "&s", &digest);
    g_variant_lookup (options, "archive", "b", &archive);
    if (self->pdf != NULL) {
        PenaPdfUpdate *update = pena_raise_prepare_document_stamp (self->raise, (gsize)capacity, error);
        return update != NULL ? worker_describe_plan (update) : NULL;
    }
    g_autoptr (GBytes) imprint = pena_raise_prepare_stamp (self->raise, digest, archive, error);
    if (imprint == NULL)
        return NULL;
    g_variant_dict_init (&plan, NULL);
    g_variant_dict_insert_value (&plan, "imprint", worker_bytes_variant (imprint));
    return g_variant_dict_end (&plan);
}

GVariant *
worker_prepare_time_stamp (gpointer worker, GVariant *arguments, gint fd, GError **error)
{
    Worker *self = worker;
    g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 0);

    if (self->raise == NULL)
        return worker_out_of_turn (error);
    GVariant *plan = prepare (self, options, error);
    return plan != NULL ? g_variant_new ("(@a{sv})", plan) : NULL;
}

GVariant *
worker_put_time_stamp (gpointer worker, GVariant *arguments, gint fd, GError **error)
{
    Worker *self = worker;
    g_autoptr (GVariant) token = g_variant_get_child_value (arguments, 0);
    g_autoptr (GBytes) der = g_variant_get_data_as_bytes (token);

    if (self->raise == NULL)
        return worker_out_of_turn (error);
    return answer_with (pena_raise_put_stamp (self->raise, der, error));
}
