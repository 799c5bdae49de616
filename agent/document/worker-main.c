/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena-document-worker: reads one document, which may be hostile, for pena-agent
 * Copyright (C) 2026 the Pena authors */
#include <fcntl.h>
#include <pena/pena-error.h>
#include <unistd.h>

#include "ipc-line.h"
#include "ipc-nursery.h"
#include "pena-crypto-policy.h"
#include "pena-sandbox.h"
#include "pena-self-check.h"
#include "pena-stamp-input.h"
#include "pena-text.h"
#include "pena-worker-interface.h"
#include "worker.h"

GVariant *
worker_out_of_turn (GError **error)
{
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "call out of turn");
    return NULL;
}

GPtrArray *
worker_lookup_bytes_list (GVariant *options, const gchar *key)
{
    g_autoptr (GVariant) list = g_variant_lookup_value (options, key, G_VARIANT_TYPE_BYTESTRING_ARRAY);
    GPtrArray *result = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);

    for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++) {
        g_autoptr (GVariant) one = g_variant_get_child_value (list, i);
        g_ptr_array_add (result, g_variant_get_data_as_bytes (one));
    }
    return result;
}

GBytes *
worker_lookup_bytes (GVariant *options, const gchar *key)
{
    g_autoptr (GVariant) value = g_variant_lookup_value (options, key, G_VARIANT_TYPE_BYTESTRING);

    return value != NULL ? g_variant_get_data_as_bytes (value) : NULL;
}

GVariant *
worker_bytes_variant (GBytes *bytes)
{
    return g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE);
}

/* ---- Open ---- */

static gboolean
open_document (Worker *self, gint fd, gboolean pades, GError **error)
{
    self->fd = fcntl (fd, F_DUPFD_CLOEXEC, 0);
    if (self->fd < 0) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "no document came");
        return FALSE;
    }
    self->bytes = pena_pdf_bytes_new (self->fd, NULL, error);
    if (self->bytes == NULL)
        return FALSE;
    if (pades)
        self->pdf = pena_pdf_open_with_password (self->bytes, self->password, error);
    return !pades || self->pdf != NULL;
}

/* What was judged goes, so that the next document meets nothing of it. */
static void
close_document (Worker *self)
{
    g_clear_pointer (&self->inquiry, pena_inquiry_free);
    g_clear_pointer (&self->needs, g_ptr_array_unref);
    g_clear_pointer (&self->pdf, pena_pdf_free);
    g_clear_pointer (&self->bytes, pena_pdf_bytes_free);
    g_clear_pointer (&self->password, pena_secret_free);
    close (self->fd);
    self->fd = -1;
    self->judged = FALSE;
}

/* As a C string too. */
static PenaSecret *
lookup_password (GVariant *options)
{
    g_autoptr (GBytes) given = worker_lookup_bytes (options, "password");
    gsize length = 0;
    gconstpointer data = given != NULL ? g_bytes_get_data (given, &length) : NULL;
    PenaSecret *password =
        length > 0 && length <= PENA_PDF_MAX_PASSWORD ? pena_secret_new (length + 1, FALSE, NULL) : NULL;

    if (password != NULL)
        pena_secret_append (password, data, length);
    return password;
}

static GVariant *
on_open (gpointer worker, GVariant *arguments, gint fd, GError **error)
{
    Worker *self = worker;
    g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 1);
    const gchar *format = NULL, *language = NULL;
    GVariantDict facts;

    g_variant_lookup (options, "format", "&s", &format);
    g_variant_lookup (options, "language", "&s", &language);
    pena_text_set_language (language);
    if (self->judged)
        close_document (self);
    if (self->fd >= 0)
        return worker_out_of_turn (error);
    self->password = lookup_password (options);
    if (!open_document (self, fd, g_strcmp0 (format, "pades") == 0, error))
        return NULL;
    g_variant_dict_init (&facts, NULL);
    g_variant_dict_insert (&facts, "size", "t", (guint64)pena_pdf_bytes_size (self->bytes));
    g_variant_dict_insert (&facts, "kind", "s", self->pdf != NULL ? "pdf" : "other");
    if (self->pdf != NULL)
        g_variant_dict_insert (&facts, "pages", "u", pena_pdf_get_n_pages (self->pdf));
    return g_variant_new ("(@a{sv})", g_variant_dict_end (&facts));
}

/* ---- Prepare, Check ---- */

static GVariant *
bytes_variant (gconstpointer data, gsize length)
{
    return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, length, 1);
}

GVariant *
worker_describe_plan (const PenaPdfUpdate *update)
{
    gsize after = update->gap_offset + update->gap_length;
    GVariantDict plan;

    g_variant_dict_init (&plan, NULL);
    g_variant_dict_insert (&plan, "gap-length", "t", (guint64)update->gap_length);
    g_variant_dict_insert_value (&plan, "head", bytes_variant (update->bytes->data, update->gap_offset));
    g_variant_dict_insert_value (&plan, "tail",
                                 bytes_variant (update->bytes->data + after, update->bytes->len - after));
    g_variant_dict_insert (&plan, "covers", "b", update->covers);
    return g_variant_dict_end (&plan);
}

static PenaPdfUpdate *
prepare (Worker *self, GVariant *options, GError **error)
{
    g_autoptr (GBytes) signer = worker_lookup_bytes (options, "signer");
    g_autoptr (PenaCertificateInfo) info = pena_certificate_info_new (signer, error);
    g_auto (PenaStampInput) stamp = {0};
    PenaPdfSignOptions pdf = {0};
    guint64 capacity = 0;
    gint32 offset = 0;

    if (info == NULL || !pena_stamp_input_read (&stamp, options, &pdf.stamp, error))
        return NULL;
    pdf.name = info->common_name;
    g_variant_lookup (options, "capacity", "t", &capacity);
    g_variant_lookup (options, "time", "x", &pdf.time);
    g_variant_lookup (options, "utc-offset", "i", &offset);
    g_variant_lookup (options, "field", "&s", &pdf.field);
    g_variant_lookup (options, "reason", "&s", &pdf.reason);
    g_variant_lookup (options, "location", "&s", &pdf.location);
    g_variant_lookup (options, "certify", "u", &pdf.certify);
    g_variant_lookup (options, "lock", "&s", &pdf.lock);
    g_variant_lookup (options, "digest", "&s", &pdf.digest);
    g_variant_lookup (options, "time-stamped", "b", &pdf.time_stamped);
    g_variant_lookup (options, "archived", "b", &pdf.archived);
    pdf.signer = signer;
    pdf.contents_capacity = (gsize)capacity;
    pdf.utc_offset = offset;
    return pena_pdf_prepare (self->pdf, &pdf, error);
}

static GVariant *
on_prepare (gpointer worker, GVariant *arguments, gint fd, GError **error)
{
    Worker *self = worker;
    g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 0);

    if (self->pdf == NULL || self->update != NULL || self->verifier)
        return worker_out_of_turn (error);
    self->update = prepare (self, options, error);
    return self->update != NULL ? g_variant_new ("(@a{sv})", worker_describe_plan (self->update)) : NULL;
}

static GVariant *
on_check (gpointer worker, GVariant *arguments, gint fd, GError **error)
{
    Worker *self = worker;
    g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 0);
    g_autoptr (GBytes) cms = worker_lookup_bytes (options, "cms");
    g_autoptr (GBytes) digest = worker_lookup_bytes (options, "digest");
    g_autoptr (GBytes) signer = worker_lookup_bytes (options, "signer");
    PenaSelfCheck check = {.fd = self->fd,
                           .bytes = self->bytes,
                           .password = self->password,
                           .update = self->update,
                           .cms = cms,
                           .digest = digest,
                           .signer = signer,
                           .digest_algorithm = "sha256"};

    if (self->bytes == NULL || (self->pdf != NULL) != (self->update != NULL) || self->verifier)
        return worker_out_of_turn (error);
    g_variant_lookup (options, "time", "x", &check.time);
    g_variant_lookup (options, "digest-algorithm", "&s", &check.digest_algorithm);
    self->checked = pena_self_check (&check, error);
    return self->checked ? g_variant_new ("()") : NULL;
}

/* ---- Repair ---- */

static GVariant *
on_repair (gpointer worker, GVariant *arguments, gint fd, GError **error)
{
    Worker *self = worker;

    if (self->bytes == NULL || self->update != NULL || self->verifier)
        return worker_out_of_turn (error);
    if (fd >= 0)
        return pena_pdf_repair (self->fd, self->password, fd, error) ? g_variant_new ("()") : NULL;
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "no output came");
    return NULL;
}

/* ---- the process ---- */

static const PenaIpcMethod methods[] = {
    {"Open", on_open},
    {"Repair", on_repair},
    {"Prepare", on_prepare},
    {"Check", on_check},
    {"Raise", worker_raise},
    {"Need", worker_need},
    {"Keep", worker_keep},
    {"PrepareTimeStamp", worker_prepare_time_stamp},
    {"PutTimeStamp", worker_put_time_stamp},
    {"Inquire", worker_inquire},
    {"Verify", worker_verify},
    {NULL},
};

/* One document's process, fresh from the nursery. */
static gboolean
be_worker (GBytes *filter, gint null, GError **error)
{
    Worker self = {.fd = -1};

    return pena_sandbox_close_files (NULL, error) && pena_sandbox_filter_calls (filter, null, error) &&
           pena_ipc_line_serve (&pena_document_worker1_interface, methods, &self, error);
}

int
main (int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) filter = pena_sandbox_make_filter (&error);
    gint null = open ("/dev/null", O_RDWR | O_CLOEXEC);
    gboolean born = FALSE;

    pena_text_init ();
    if (filter != NULL && pena_process_harden (TRUE, &error)) {
        pena_sandbox_preload ();
        pena_ipc_line_preload ();
        pena_crypto_policy_default ();
        born = pena_ipc_nursery_serve (argv, &error);
    }
    if (born)
        be_worker (filter, null, &error);
    if (error == NULL)
        return PENA_EXIT_DONE;
    g_printerr ("pena-document-worker: %s\n", error->message);
    return PENA_EXIT_BUG;
}
