/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the stamp of one signing
 * Copyright (C) 2026 the Pena authors */
#include "pena-stamping.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-ades.h"
#include "pena-text.h"

/* A drawing takes hundredths of a second. */
#define SECONDS 20

void
pena_stamp_wish_clear (PenaStampWish *self)
{
    g_clear_pointer (&self->template, g_free);
    g_clear_pointer (&self->anchor, g_free);
    g_clear_pointer (&self->fields, g_hash_table_unref);
}

static void
put (GHashTable *fields, const gchar *name, const gchar *value)
{
    g_hash_table_insert (fields, g_strdup (name), g_strdup (value != NULL ? value : ""));
}

static gchar *
make_url (const PenaStampContext *context)
{
    g_autoptr (GString) url = g_string_new (context->config->stamp_url);

    g_string_replace (url, "{id}", context->signature_id, 0);
    return g_string_free (g_steal_pointer (&url), FALSE);
}

/* "date" and "time" are the painter's, who knows the template's language. */
static GHashTable *
collect_fields (const PenaStampContext *context, const PenaCertificateInfo *info)
{
    GHashTable *fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    g_autofree gchar *url = make_url (context);

    put (fields, "name", info->common_name);
    put (fields, "nip", info->nip);
    put (fields, "jabatan", info->title);
    put (fields, "unit", info->unit);
    put (fields, "organization", info->organization);
    put (fields, "email", info->email);
    put (fields, "serial", info->serial);
    put (fields, "issuer",
         context->config->stamp_issuer != NULL ? context->config->stamp_issuer : info->issuer_name);
    put (fields, "id", context->signature_id);
    put (fields, "url", url);
    put (fields, "document", context->document);
    put (fields, "reason", context->reason);
    put (fields, "location", context->location);
    put (fields, "date", NULL);
    put (fields, "time", NULL);
    return fields;
}

/* What the certificate says nothing about, the caller may fill in: an official's post may stand in no certificate. */
static gboolean
may_be_given (GHashTable *known, const gchar *name)
{
    static const gchar *const open[] = {"nip", "jabatan", "unit", "organization", "email", NULL};
    const gchar *value = g_hash_table_lookup (known, name);

    return value == NULL || (*value == '\0' && g_strv_contains (open, name));
}

static GError *
check_own (const PenaStampWish *wish, GHashTable *known, const gchar *language)
{
    GHashTableIter iter;
    gpointer name;

    if (wish->fields == NULL)
        return NULL;
    pena_text_set_language (language);
    g_hash_table_iter_init (&iter, wish->fields);
    while (g_hash_table_iter_next (&iter, &name, NULL)) {
        if (may_be_given (known, name))
            continue;
        g_autofree gchar *reason =
            g_strdup_printf (_ ("the field '%s' of a stamp is not for the caller to fill in"), (gchar *)name);
        GError *error = g_error_new_literal (PENA_ERROR, PENA_ERROR_REQUEST_INVALID, reason);
        pena_error_set_string (error, "reason", reason);
        return error;
    }
    return NULL;
}

void
pena_stamping_draw_async (const PenaStampWish *wish, const PenaStampContext *context,
                          GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    GError *error = NULL;
    g_autoptr (PenaCertificateInfo) info = pena_certificate_info_new (context->certificate, &error);
    g_autoptr (GHashTable) fields = info != NULL ? collect_fields (context, info) : NULL;

    if (fields != NULL)
        error = check_own (wish, fields, context->language);
    if (error != NULL) {
        g_task_report_error (NULL, callback, user_data, NULL, error);
        return;
    }
    const PenaPainting painting = {.template = wish->template,
                                   .fields = fields,
                                   .own = wish->fields,
                                   .time = context->time,
                                   .utc_offset = context->utc_offset,
                                   .language = context->language,
                                   .fonts = (const gchar *const *)context->config->stamp_fonts};
    pena_painter_run_async (&painting, SECONDS, cancellable, callback, user_data);
}

void
pena_stamping_insert (GVariantDict *options, const PenaStampWish *wish, const PenaStampPicture *picture)
{
    g_variant_dict_insert_value (options, "stamp",
                                 g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, picture->pdf, TRUE));
    g_variant_dict_insert_value (options, "canvases", picture->canvases);
    g_variant_dict_insert (options, "page", "i", (gint32)wish->page);
    g_variant_dict_insert_value (
        options, "rect",
        g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, wish->rect, wish->n_rect, sizeof (gdouble)));
    if (wish->anchor != NULL)
        g_variant_dict_insert (options, "anchor", "s", wish->anchor);
}
