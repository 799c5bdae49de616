/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a signing, received: the document is opened, or repaired, and the signer chosen
 * Copyright (C) 2026 the Pena authors */
#include "pena-signing.h"

#include "pena-choice.h"
#include "pena-repair.h"

static void on_worker (GObject *source, GAsyncResult *result, gpointer user_data);

static gboolean
is_damage (const GError *error)
{
    return g_error_matches (error, PENA_ERROR, PENA_ERROR_DOCUMENT_DAMAGED) ||
           g_error_matches (error, PENA_ERROR, PENA_ERROR_DOCUMENT_NOT_PDF);
}

/* Takes the error. What was no PDF is still best called that. */
static void
fail_repair (PenaSigning *self, GError *error)
{
    g_autoptr (GError) owned = error;
    gboolean is_about_document =
        is_damage (error) || g_error_matches (error, PENA_ERROR, PENA_ERROR_DOCUMENT_UNREPAIRABLE);

    if (is_about_document && !g_error_matches (self->damage, PENA_ERROR, PENA_ERROR_DOCUMENT_DAMAGED)) {
        pena_signing_fail (self, g_steal_pointer (&self->damage));
        return;
    }
    if (is_damage (error)) {
        g_autoptr (GVariant) facts = pena_error_dup_facts (error);
        const gchar *reason = NULL;
        owned = g_error_new_literal (PENA_ERROR, PENA_ERROR_DOCUMENT_UNREPAIRABLE, error->message);
        g_variant_lookup (facts, "reason", "&s", &reason);
        pena_error_set_string (owned, "reason", reason != NULL ? reason : error->message);
        g_error_free (error);
    }
    pena_signing_fail (self, g_steal_pointer (&owned));
}

/* The copy is opened by another worker, as if it had been received. */
static void
on_repaired (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (PenaSigning) self = user_data;
    GError *error = NULL;
    g_autoptr (PenaDocument) copy = pena_repair_run_finish (result, &error);

    if (pena_signing_is_over (self)) {
        g_clear_error (&error);
        return;
    }
    if (copy == NULL) {
        fail_repair (self, error);
        return;
    }
    self->received = self->document;
    self->document = g_steal_pointer (&copy);
    self->opened = FALSE;
    g_clear_pointer (&self->worker, pena_worker_free);
    g_clear_pointer (&self->credential, g_variant_unref);
    g_clear_pointer (&self->draft, pena_ades_draft_free);
    g_clear_pointer (&self->signature_id, g_free);
    g_clear_pointer (&self->picture, pena_stamp_picture_free);
    pena_worker_pool_take_async (self->services->workers, self->cancellable, on_worker,
                                 pena_signing_ref (self));
}

void
pena_signing_fail_or_repair (PenaSigning *self, GError *error)
{
    if (self->received != NULL)
        fail_repair (self, error);
    else if (!self->request->repair || !is_damage (error))
        pena_signing_fail (self, error);
    else {
        self->damage = error;
        pena_repair_run_async (self->worker, self->document, self->services->config->max_document_size,
                               self->cancellable, on_repaired, pena_signing_ref (self));
    }
}

static GError *
check_usable (GBytes *certificate, gpointer user_data)
{
    const PenaSigning *self = user_data;
    GError *error = NULL;

    pena_trust_keeper_check_signer (self->services->trust_keeper, certificate, &error);
    return error;
}

static void choose_when_ready (PenaSigning *self);

static void
on_tokens (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (PenaSigning) self = user_data;

    self->tokens = pena_helper_list_finish (result, &self->tokens_error);
    if (!pena_signing_is_over (self))
        choose_when_ready (self);
}

static void
list_tokens (PenaSigning *self)
{
    self->tokens_are_recent = FALSE;
    g_clear_pointer (&self->tokens, g_variant_unref);
    pena_helper_list_async (self->services->helper, self->cancellable, on_tokens, pena_signing_ref (self));
}

/* Of many documents each is most likely signed with the token of the one before. */
static void
begin_tokens (PenaSigning *self)
{
    if (self->request->one_of_many)
        self->tokens = pena_helper_dup_recent_list (self->services->helper);
    self->tokens_are_recent = self->tokens != NULL;
    if (!self->tokens_are_recent)
        list_tokens (self);
}

/* Only tokens as they are now refuse. */
static void
choose (PenaSigning *self)
{
    g_autoptr (GError) error = NULL;

    self->credential =
        pena_choice_credential (self->tokens, self->request->credential, check_usable, self, &error);
    if (self->credential != NULL)
        pena_signing_prepare (self);
    else if (self->tokens_are_recent)
        list_tokens (self);
    else
        pena_signing_fail (self, g_steal_pointer (&error));
}

/* Goes on when both the document is open and the tokens are listed; what is wrong with the document is told
 * first. */
static void
choose_when_ready (PenaSigning *self)
{
    GError *error = NULL;

    if (!self->opened || (self->tokens == NULL && self->tokens_error == NULL))
        return;
    if (self->tokens_error != NULL) {
        pena_signing_fail (self, g_steal_pointer (&self->tokens_error));
        return;
    }
    g_clear_pointer (&self->trust, pena_trust_unref);
    self->trust = pena_trust_keeper_get (self->services->trust_keeper, &error);
    if (self->trust == NULL)
        pena_signing_fail (self, error);
    else
        choose (self);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (PenaSigning) self = user_data;
    GError *error = NULL;

    if (pena_signing_is_over (self))
        return;
    g_autoptr (GVariant) facts = pena_worker_call_finish (result, &error);
    if (error != NULL) {
        pena_signing_fail_or_repair (self, error);
        return;
    }
    g_variant_lookup (facts, "pages", "u", &self->pages);
    self->opened = TRUE;
    choose_when_ready (self);
}

static void
on_worker (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (PenaSigning) self = user_data;
    GError *error = NULL;
    g_autoptr (PenaWorker) worker = pena_worker_pool_take_finish (result, &error);

    if (worker == NULL) {
        pena_signing_fail (self, error);
        return;
    }
    if (pena_signing_is_over (self))
        return;
    self->worker = g_steal_pointer (&worker);
    const PenaOpening opening = {
        .document = self->document,
        .format = self->request->pades ? "pades" : "cades",
        .language = self->request->language,
        .password = self->request->document_password,
        .output_max = self->request->repair ? pena_repair_max_output (self->document->size) : 0};
    pena_worker_open_async (self->worker, &opening, self->cancellable, on_opened, pena_signing_ref (self));
}

/* Without an authority in the configuration no time-stamp will ever come. */
static gboolean
lacks_authority (const PenaSigning *self)
{
    gchar **servers = self->services->config->tsa_servers;

    return self->request->level >= PENA_LEVEL_T && !self->request->allow_lower &&
           (servers == NULL || servers[0] == NULL);
}

void
pena_signing_receive (PenaSigning *self)
{
    if (lacks_authority (self)) {
        pena_signing_fail_with (self, PENA_ERROR_TSA_MISSING, "no TSA");
        return;
    }
    pena_progress_tell (&self->request->progress, "preparing");
    begin_tokens (self);
    pena_worker_pool_take_async (self->services->workers, self->cancellable, on_worker,
                                 pena_signing_ref (self));
}
