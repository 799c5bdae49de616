/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what was signed, and with what
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "client-sign.h"

struct _PenaSignResult {
    GObject parent_instance;
    gchar *format;
    PenaClientSigned facts;
};

G_DEFINE_FINAL_TYPE (PenaSignResult, pena_sign_result, G_TYPE_OBJECT)

static void
pena_sign_result_finalize (GObject *object)
{
    PenaSignResult *self = PENA_SIGN_RESULT (object);
    g_free (self->format);
    pena_client_signed_clear (&self->facts);
    G_OBJECT_CLASS (pena_sign_result_parent_class)->finalize (object);
}

static void
pena_sign_result_class_init (PenaSignResultClass *klass)
{
    G_OBJECT_CLASS (klass)->finalize = pena_sign_result_finalize;
}

static void
pena_sign_result_init (PenaSignResult *self)
{
}

PenaSignResult *
pena_sign_result_new (const gchar *format, PenaClientSigned *from)
{
    PenaSignResult *self = g_object_new (PENA_TYPE_SIGN_RESULT, NULL);
    self->format = g_strdup (format);
    self->facts = *from;
    *from = (PenaClientSigned){0};
    return self;
}

const gchar *
pena_sign_result_get_format (PenaSignResult *self)
{
    g_return_val_if_fail (PENA_IS_SIGN_RESULT (self), NULL);
    return self->format;
}

const gchar *
pena_sign_result_get_level (PenaSignResult *self)
{
    g_return_val_if_fail (PENA_IS_SIGN_RESULT (self), NULL);
    return self->facts.level;
}

const gchar *
pena_sign_result_get_signature_id (PenaSignResult *self)
{
    g_return_val_if_fail (PENA_IS_SIGN_RESULT (self), NULL);
    return self->facts.id;
}

const gchar *
pena_sign_result_get_level_reason (PenaSignResult *self)
{
    g_return_val_if_fail (PENA_IS_SIGN_RESULT (self), NULL);
    return self->facts.level_reason;
}

const gchar *
pena_sign_result_get_level_description (PenaSignResult *self)
{
    g_return_val_if_fail (PENA_IS_SIGN_RESULT (self), NULL);
    return self->facts.level_description;
}

const gchar *
pena_sign_result_get_note (PenaSignResult *self)
{
    g_return_val_if_fail (PENA_IS_SIGN_RESULT (self), NULL);
    return self->facts.note;
}

const gchar *
pena_sign_result_get_credential (PenaSignResult *self)
{
    g_return_val_if_fail (PENA_IS_SIGN_RESULT (self), NULL);
    return self->facts.credential;
}

const gchar *
pena_sign_result_get_document_sha256 (PenaSignResult *self)
{
    g_return_val_if_fail (PENA_IS_SIGN_RESULT (self), NULL);
    return self->facts.sha256;
}

const gchar *
pena_sign_result_get_repaired_sha256 (PenaSignResult *self)
{
    g_return_val_if_fail (PENA_IS_SIGN_RESULT (self), NULL);
    return self->facts.repaired;
}

guint64
pena_sign_result_get_document_size (PenaSignResult *self)
{
    g_return_val_if_fail (PENA_IS_SIGN_RESULT (self), 0);
    return self->facts.size;
}
