/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a signing, prepared: the holder is asked, and the token signs
 * Copyright (C) 2026 the Pena authors */
#include "pena-signing.h"

#include "pena-text.h"

static void
on_signature (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (PenaSigning) self = user_data;
    GError *error = NULL;
    g_autoptr (GBytes) value = pena_helper_sign_finish (result, &error);

    g_clear_object (&self->asking);
    if (pena_signing_is_over (self)) {
        pena_signing_end_turn (self, error);
        g_clear_error (&error);
        return;
    }
    if (error != NULL) {
        pena_signing_fail (self, error);
        return;
    }
    pena_signing_end_turn (self, NULL);
    self->value = g_steal_pointer (&value);
    pena_signing_advance (self, PENA_JOB_EVENT_SIGNATURE);
}

static void
on_progress (const gchar *stage, gpointer user_data)
{
    PenaSigning *self = user_data;

    if (!pena_signing_is_over (self))
        pena_progress_tell (&self->request->progress, stage);
    if (g_str_equal (stage, "signing") && self->state == PENA_JOB_PREPARED)
        pena_signing_advance (self, PENA_JOB_EVENT_APPROVED);
}

/* The holder must see that it is not the file as it was received. */
static gchar *
name_for_prompt (PenaSigning *self)
{
    const gchar *name = self->request->name != NULL ? self->request->name : "";

    if (self->received == NULL)
        return g_strdup (self->request->name);
    pena_text_set_language (self->request->language);
    return g_strdup_printf (_ ("%s (repaired copy)"), name);
}

/* The facts are those of the sealed copy and of this request: what is shown is what is signed. */
static GVariant *
build_prompt (PenaSigning *self)
{
    const PenaSignRequest *request = self->request;
    g_autoptr (GVariant) certificate =
        g_variant_lookup_value (self->credential, "certificate", G_VARIANT_TYPE_BYTESTRING);
    g_autofree gchar *name = name_for_prompt (self);
    GVariantDict prompt;

    g_variant_dict_init (&prompt, NULL);
    pena_signing_insert_string (&prompt, "document", name);
    g_variant_dict_insert (&prompt, "size", "t", self->document->size);
    if (request->pades)
        g_variant_dict_insert (&prompt, "pages", "u", self->pages);
    g_variant_dict_insert (&prompt, "certify", "u", request->certify);
    g_variant_dict_insert_value (
        &prompt, "sha256",
        g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, self->document->sha256, TRUE));
    g_variant_dict_insert_value (&prompt, "certificate", certificate);
    pena_signing_insert_string (&prompt, "application", request->application);
    pena_signing_insert_string (&prompt, "language", request->language);
    pena_signing_insert_string (&prompt, "tty", request->tty);
    pena_signing_insert_string (&prompt, "term", request->term);
    pena_signing_insert_string (&prompt, "display", request->display);
    return g_variant_dict_end (&prompt);
}

static void
on_turn (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (PenaSigning) self = user_data;
    GError *error = NULL;
    const gchar *id = NULL;

    self->has_turn = pena_turns_take_finish (result, &error);
    if (!self->has_turn) {
        pena_signing_fail (self, error);
        return;
    }
    if (pena_signing_is_over (self) || g_cancellable_is_cancelled (self->cancellable)) {
        error = g_error_new_literal (PENA_ERROR, PENA_ERROR_CANCELLED, "given up");
        pena_signing_end_turn (self, error);
        pena_signing_fail (self, error);
        return;
    }
    self->asking = g_cancellable_new ();
    g_signal_connect_object (self->cancellable, "cancelled", G_CALLBACK (g_cancellable_cancel), self->asking,
                             G_CONNECT_SWAPPED);
    g_variant_lookup (self->credential, "id", "&s", &id);
    PenaHelperSigning signing = {.credential = id,
                                 .scheme = pena_ades_draft_get_scheme (self->draft),
                                 .to_be_signed = self->to_be_signed,
                                 .prompt = build_prompt (self)};
    pena_helper_sign_async (self->services->helper, &signing, on_progress, self->asking, on_signature,
                            pena_signing_ref (self));
}

void
pena_signing_ask (PenaSigning *self)
{
    const PenaSignRequest *request = self->request;

    if (pena_turns_is_taken (self->services->turns, request->application_key))
        pena_progress_tell (&request->progress, "waiting");
    pena_turns_take_async (self->services->turns, request->application_key, request->one_of_many,
                           self->cancellable, on_turn, pena_signing_ref (self));
}
