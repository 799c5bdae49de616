/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a signing, signed: the result is made, verified and raised to its level
 * Copyright (C) 2026 the Pena authors */
#include "pena-signing.h"

#include "pena-archive.h"
#include "pena-raising.h"

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (PenaSigning) self = user_data;
    GError *error = NULL;

    if (pena_signing_is_over (self))
        return;
    g_autoptr (GVariant) done = pena_worker_call_finish (result, &error);
    if (done != NULL)
        pena_signing_advance (self, PENA_JOB_EVENT_VERIFIED);
    else
        pena_signing_fail (self, error);
}

static void
check (PenaSigning *self)
{
    GError *error = NULL;
    GVariantDict options;

    pena_progress_tell (&self->request->progress, "checking");
    self->output =
        self->plan != NULL ? pena_plan_fill (self->plan, self->cms, &error) : g_bytes_ref (self->cms);
    if (self->output == NULL) {
        pena_signing_fail (self, error);
        return;
    }
    g_variant_dict_init (&options, NULL);
    pena_signing_insert_bytes (&options, "cms", self->cms);
    pena_signing_insert_bytes (&options, "digest", self->digest);
    pena_signing_insert_string (&options, "digest-algorithm", self->document->digest);
    pena_signing_insert_signer (self, &options, "signer");
    g_variant_dict_insert (&options, "time", "x", self->time);
    pena_worker_call_async (self->worker, "Check", g_variant_new ("(@a{sv})", g_variant_dict_end (&options)),
                            self->cancellable, on_checked, pena_signing_ref (self));
}

/* A token that is too large for the room in the PDF is thrown away: a document time-stamp, which has a place of its own,
 * serves as well, and the holder need not be asked for a second signature. */
static void
use_stamp (PenaSigning *self, GBytes *token, GError **error)
{
    g_autoptr (GBytes) stamped = pena_cms_with_time_stamp (self->cms, token, error);

    if (stamped == NULL || 2 * g_bytes_get_size (stamped) + 2 > self->plan->gap_length)
        return;
    g_bytes_unref (self->cms);
    self->cms = g_steal_pointer (&stamped);
    self->level = PENA_LEVEL_T;
}

static void
on_stamped (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (PenaSigning) self = user_data;
    GError *error = NULL;

    if (pena_network_answer_finish (result, &error))
        use_stamp (self, ((PenaNeed *)self->needs->pdata[0])->answer, &error);
    if (pena_signing_is_over (self)) {
        g_clear_error (&error);
        return;
    }
    if (error != NULL && self->request->allow_lower && pena_raising_is_outage (error))
        self->reason = g_steal_pointer (&error);
    if (error != NULL)
        pena_signing_fail (self, error);
    else
        check (self);
}

void
pena_signing_finish (PenaSigning *self)
{
    GError *error = NULL;

    self->cms = pena_ades_draft_finish (self->draft, self->value, &error);
    if (self->cms == NULL) {
        pena_signing_fail (self, error);
        return;
    }
    /* Nothing can be put into a PDF's signature later: /Contents is covered by whatever comes after it. */
    if (self->plan == NULL || self->request->level < PENA_LEVEL_T) {
        check (self);
        return;
    }
    g_autoptr (GBytes) imprint = pena_cms_signature_imprint (self->cms, self->document->digest);
    pena_progress_tell (&self->request->progress, "time-stamping");
    self->needs = pena_needs_new ();
    g_ptr_array_add (self->needs, pena_need_time_stamp_new (self->document->digest, imprint));
    pena_network_answer_async (self->services->network, self->needs, self->trust, self->cancellable,
                               on_stamped, pena_signing_ref (self));
}

static void
on_raised (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (PenaSigning) self = user_data;
    GError *error = NULL;
    g_autoptr (PenaRaised) raised = pena_raising_run_finish (result, &error);

    if (pena_signing_is_over (self)) {
        g_clear_error (&error);
        return;
    }
    if (raised == NULL) {
        pena_signing_fail (self, error);
        return;
    }
    g_bytes_unref (self->output);
    self->output = g_steal_pointer (&raised->output);
    self->level = raised->level;
    self->reason = g_steal_pointer (&raised->reason);
    pena_signing_advance (self, PENA_JOB_EVENT_RAISED);
}

void
pena_signing_raise (PenaSigning *self)
{
    if (self->level >= self->request->level || self->reason != NULL) {
        pena_signing_advance (self, PENA_JOB_EVENT_RAISED);
        return;
    }
    if (self->chain == NULL)
        self->chain = pena_signing_build_chain (self);
    const PenaRaisingInput input = {.network = self->services->network,
                                    .worker = self->worker,
                                    .document = self->document,
                                    .trust = self->trust,
                                    .certificates = self->chain,
                                    .pades = self->request->pades,
                                    .ours = TRUE,
                                    .stamped = self->level >= PENA_LEVEL_T,
                                    .output = self->output,
                                    .target = self->request->level,
                                    .allow_lower = self->request->allow_lower,
                                    .progress = self->request->progress};
    pena_raising_run_async (&input, self->cancellable, on_raised, pena_signing_ref (self));
}
