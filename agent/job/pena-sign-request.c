/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a signing was asked for, and what came of it
 * Copyright (C) 2026 the Pena authors */
#include "pena-sign-job.h"

void
pena_sign_request_free (PenaSignRequest *self)
{
    if (self == NULL)
        return;
    gchar *const all[] = {self->credential, self->name,      self->reason,      self->location,
                          self->field,      self->mime_type, self->tty,         self->term,
                          self->display,    self->language,  self->application, self->application_key,
                          self->lock};
    for (guint i = 0; i < G_N_ELEMENTS (all); i++)
        g_free (all[i]);
    pena_stamp_wish_clear (&self->stamp);
    pena_secret_free (self->document_password);
    g_free (self);
}

void
pena_sign_result_free (PenaSignResult *self)
{
    if (self == NULL)
        return;
    g_free (self->credential);
    g_clear_error (&self->reason);
    g_free (self->signature_id);
    g_clear_pointer (&self->head, g_bytes_unref);
    g_clear_pointer (&self->output, g_bytes_unref);
    pena_document_free (self->document);
    pena_document_free (self->received);
    g_free (self);
}
