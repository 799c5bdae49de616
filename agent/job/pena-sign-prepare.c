/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a signing, received: what is to be signed is made and fixed
 * Copyright (C) 2026 the Pena authors */
#include "pena-signing.h"

#include "pena-choice.h"
#include "pena-foresight.h"
#include "pena-raising.h"
#include "pena-ulid.h"

/* For a time-stamp in a PDF signature, bytes: a token with its chain takes some 6 KiB. */
#define STAMP_ROOM (12 * 1024)

static void
on_foreseen (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (PenaSigning) self = user_data;
    g_autoptr (GError) error = NULL;
    gboolean good = pena_foresight_run_finish (result, &error);

    if (pena_signing_is_over (self))
        return;
    if (good || (self->request->allow_lower && pena_raising_is_outage (error)))
        pena_signing_advance (self, PENA_JOB_EVENT_PREPARED);
    else
        pena_signing_fail (self, g_steal_pointer (&error));
}

/* Nobody is asked for a signature that could then not be raised to the level that is wanted. */
static void
look_ahead (PenaSigning *self)
{
    if (self->request->level < PENA_LEVEL_LT) {
        pena_signing_advance (self, PENA_JOB_EVENT_PREPARED);
        return;
    }
    pena_progress_tell (&self->request->progress, "collecting");
    self->chain = pena_signing_build_chain (self);
    pena_foresight_run_async (self->services->network, self->trust, self->chain, self->cancellable,
                              on_foreseen, pena_signing_ref (self));
}

/* The octets to sign are made here, from our own digest: no worker has a part in them. */
static void
fix_to_be_signed (PenaSigning *self)
{
    GError *error = NULL;

    self->digest = self->plan != NULL
                       ? pena_document_digest_with (self->document, self->plan->head, self->plan->tail)
                       : pena_digest_get (self->document->state);
    self->to_be_signed = pena_ades_draft_get_to_be_signed (self->draft, self->digest, &error);
    if (self->to_be_signed == NULL)
        pena_signing_fail (self, error);
    else
        look_ahead (self);
}

static void
on_prepared (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (PenaSigning) self = user_data;
    GError *error = NULL;

    if (pena_signing_is_over (self))
        return;
    g_autoptr (GVariant) answer = pena_worker_call_finish (result, &error);
    if (answer != NULL)
        self->plan = pena_plan_new (answer, &error);
    if (error != NULL)
        pena_signing_fail_or_repair (self, error);
    else
        fix_to_be_signed (self);
}

/* Room for the signature as it will be, from its real certificates, and for the time-stamp in it. */
static guint64
find_capacity (const PenaSigning *self)
{
    guint64 stamp = self->request->level >= PENA_LEVEL_T ? STAMP_ROOM : 0;

    return pena_ades_draft_get_capacity (self->draft) + stamp;
}

static void
prepare_update (PenaSigning *self)
{
    const PenaSignRequest *request = self->request;
    GVariantDict options;

    g_variant_dict_init (&options, NULL);
    pena_signing_insert_string (&options, "reason", request->reason);
    pena_signing_insert_string (&options, "location", request->location);
    pena_signing_insert_string (&options, "field", request->field);
    pena_signing_insert_string (&options, "lock", request->lock);
    pena_signing_insert_string (&options, "digest", request->digest);
    g_variant_dict_insert (&options, "certify", "u", request->certify);
    g_variant_dict_insert (&options, "time-stamped", "b", request->level >= PENA_LEVEL_T);
    g_variant_dict_insert (&options, "archived", "b", request->level >= PENA_LEVEL_LTA);
    g_variant_dict_insert (&options, "time", "x", self->time);
    g_variant_dict_insert (&options, "utc-offset", "i", (gint32)self->utc_offset);
    if (self->picture != NULL)
        pena_stamping_insert (&options, &self->request->stamp, self->picture);
    g_variant_dict_insert (&options, "capacity", "t", find_capacity (self));
    pena_signing_insert_signer (self, &options, "signer");
    pena_worker_call_async (self->worker, "Prepare",
                            g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), self->cancellable,
                            on_prepared, pena_signing_ref (self));
}

static void
on_drawn (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (PenaSigning) self = user_data;
    GError *error = NULL;
    g_autoptr (PenaStampPicture) picture = pena_painter_run_finish (result, &error);

    if (picture == NULL) {
        pena_signing_fail (self, error);
        return;
    }
    if (pena_signing_is_over (self))
        return;
    self->picture = g_steal_pointer (&picture);
    prepare_update (self);
}

static void
draw_stamp (PenaSigning *self)
{
    const PenaSignRequest *request = self->request;
    g_autoptr (GBytes) certificate = pena_choice_dup_certificate (self->credential);
    const PenaStampContext context = {.config = self->services->config,
                                      .signature_id = self->signature_id,
                                      .document = request->name,
                                      .reason = request->reason,
                                      .location = request->location,
                                      .language = request->language,
                                      .certificate = certificate,
                                      .time = self->time,
                                      .utc_offset = self->utc_offset};

    pena_stamping_draw_async (&request->stamp, &context, self->cancellable, on_drawn,
                              pena_signing_ref (self));
}

void
pena_signing_prepare (PenaSigning *self)
{
    g_autoptr (GDateTime) now = g_date_time_new_now_local ();
    g_autoptr (GPtrArray) chain = pena_signing_build_chain (self);
    GError *error = NULL;

    self->time = g_date_time_to_unix (now);
    self->utc_offset = (gint)(g_date_time_get_utc_offset (now) / G_USEC_PER_SEC);
    self->signature_id = pena_ulid_new (g_get_real_time () / 1000);
    const PenaAdesOptions options = {.format = self->request->pades ? PENA_ADES_PADES : PENA_ADES_CADES,
                                     .chain = chain,
                                     .digest = self->request->digest,
                                     .time = self->time,
                                     .mime_type = self->request->mime_type,
                                     .pss = self->request->pss};
    self->draft = pena_ades_draft_new (&options, &error);
    if (self->draft == NULL)
        pena_signing_fail (self, error);
    else if (self->signature_id == NULL)
        pena_signing_fail_with (self, PENA_ERROR_INTERNAL, "no random bytes");
    else if (self->request->pades && self->request->stamp.template != NULL)
        draw_stamp (self);
    else if (self->request->pades)
        prepare_update (self);
    else
        fix_to_be_signed (self);
}
