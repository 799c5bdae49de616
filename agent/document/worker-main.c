/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena-document-worker: reads one document, which may be hostile, for pena-agent
 * Copyright (C) 2026 the Pena authors */
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <pena/pena-error.h>
#include <unistd.h>

#include "ipc-error.h"
#include "ipc-nursery.h"
#include "pena-sandbox.h"
#include "pena-self-check.h"
#include "pena-stamp-input.h"
#include "pena-text.h"
#include "worker.h"

#define OBJECT_PATH "/org/pena/DocumentWorker"

void
worker_out_of_turn (GDBusMethodInvocation *invocation)
{
    pena_ipc_return_error (invocation,
                           g_error_new_literal (PENA_ERROR, PENA_ERROR_INTERNAL, "call out of turn"));
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

/* ---- Open ---- */

static gboolean
open_document (Worker *self, GUnixFDList *fds, gint index, gboolean pades, GError **error)
{
    self->fd = fds != NULL ? g_unix_fd_list_get (fds, index, error) : -1;
    if (self->fd < 0)
        return FALSE;
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

static gboolean
on_open (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, GUnixFDList *fds,
         GVariant *document, GVariant *options, Worker *self)
{
    const gchar *format = NULL, *language = NULL;
    GError *error = NULL;
    GVariantDict facts;

    g_variant_lookup (options, "format", "&s", &format);
    g_variant_lookup (options, "language", "&s", &language);
    pena_text_set_language (language);
    if (self->judged)
        close_document (self);
    if (self->fd >= 0) {
        worker_out_of_turn (invocation);
        return TRUE;
    }
    self->password = lookup_password (options);
    if (!open_document (self, fds, g_variant_get_handle (document), g_strcmp0 (format, "pades") == 0,
                        &error)) {
        if (error == NULL)
            error = g_error_new_literal (PENA_ERROR, PENA_ERROR_INTERNAL, "no document came");
        pena_ipc_return_error (invocation, error);
        return TRUE;
    }
    g_variant_dict_init (&facts, NULL);
    g_variant_dict_insert (&facts, "size", "t", (guint64)pena_pdf_bytes_size (self->bytes));
    g_variant_dict_insert (&facts, "kind", "s", self->pdf != NULL ? "pdf" : "other");
    if (self->pdf != NULL)
        g_variant_dict_insert (&facts, "pages", "u", pena_pdf_get_n_pages (self->pdf));
    pena_dbus_document_worker1_complete_open (object, invocation, NULL, g_variant_dict_end (&facts));
    return TRUE;
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

static gboolean
on_prepare (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, GVariant *options,
            Worker *self)
{
    GError *error = NULL;

    if (self->pdf == NULL || self->update != NULL || self->verifier) {
        worker_out_of_turn (invocation);
        return TRUE;
    }
    self->update = prepare (self, options, &error);
    if (self->update == NULL)
        pena_ipc_return_error (invocation, error);
    else
        pena_dbus_document_worker1_complete_prepare (object, invocation, worker_describe_plan (self->update));
    return TRUE;
}

static gboolean
on_check (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, GVariant *options, Worker *self)
{
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
    GError *error = NULL;

    if (self->bytes == NULL || (self->pdf != NULL) != (self->update != NULL) || self->verifier) {
        worker_out_of_turn (invocation);
        return TRUE;
    }
    g_variant_lookup (options, "time", "x", &check.time);
    g_variant_lookup (options, "digest-algorithm", "&s", &check.digest_algorithm);
    self->checked = pena_self_check (&check, &error);
    if (self->checked)
        pena_dbus_document_worker1_complete_check (object, invocation);
    else
        pena_ipc_return_error (invocation, error);
    return TRUE;
}

/* ---- Repair ---- */

static gboolean
on_repair (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, GUnixFDList *fds,
           GVariant *output, Worker *self)
{
    GError *error = NULL;

    if (self->bytes == NULL || self->update != NULL || self->verifier) {
        worker_out_of_turn (invocation);
        return TRUE;
    }
    gint fd = fds != NULL ? g_unix_fd_list_get (fds, g_variant_get_handle (output), &error) : -1;
    if (fd < 0 || !pena_pdf_repair (self->fd, self->password, fd, &error)) {
        if (error == NULL)
            error = g_error_new_literal (PENA_ERROR, PENA_ERROR_INTERNAL, "no output came");
        pena_ipc_return_error (invocation, error);
    } else
        pena_dbus_document_worker1_complete_repair (object, invocation, NULL);
    if (fd >= 0)
        close (fd);
    return TRUE;
}

/* ---- the process ---- */

static void
on_closed (GDBusConnection *connection, gboolean peer_vanished, GError *error, gpointer user_data)
{
    g_main_loop_quit (user_data);
}

static gboolean
serve (GDBusConnection *connection, GError **error)
{
    Worker self = {.fd = -1};
    g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
    g_autoptr (PenaDbusDocumentWorker1) object = pena_dbus_document_worker1_skeleton_new ();

    g_signal_connect (object, "handle-open", G_CALLBACK (on_open), &self);
    g_signal_connect (object, "handle-repair", G_CALLBACK (on_repair), &self);
    g_signal_connect (object, "handle-prepare", G_CALLBACK (on_prepare), &self);
    g_signal_connect (object, "handle-check", G_CALLBACK (on_check), &self);
    worker_verify_serve (object, &self);
    worker_raise_serve (object, &self);
    if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (object), connection, OBJECT_PATH,
                                           error))
        return FALSE;
    g_signal_connect (connection, "closed", G_CALLBACK (on_closed), loop);
    g_dbus_connection_start_message_processing (connection);
    g_main_loop_run (loop);
    return TRUE;
}

/* One document's process, fresh from the nursery. Files are closed before there are threads, which the
 * connection brings; calls are filtered when it stands. */
static gboolean
be_worker (gint null, GError **error)
{
    if (!pena_sandbox_close_files (NULL, error))
        return FALSE;
    g_autoptr (GDBusConnection) connection = pena_ipc_child_connect (error);
    return connection != NULL && pena_sandbox_filter_calls (null, error) && serve (connection, error);
}

/* Types that every worker's connection needs; classes only, for an object would bring a main context. */
static void
preload_types (void)
{
    const GType types[] = {PENA_DBUS_TYPE_DOCUMENT_WORKER1_SKELETON,
                           G_TYPE_DBUS_CONNECTION,
                           G_TYPE_DBUS_MESSAGE,
                           G_TYPE_DBUS_METHOD_INVOCATION,
                           G_TYPE_SOCKET,
                           G_TYPE_UNIX_FD_LIST};

    for (guint i = 0; i < G_N_ELEMENTS (types); i++)
        g_type_class_ref (types[i]); /* for good */
}

int
main (int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    gint null = open ("/dev/null", O_RDWR | O_CLOEXEC);
    gboolean born = FALSE;

    pena_text_init ();
    if (pena_process_harden (TRUE, &error)) {
        pena_sandbox_preload ();
        preload_types ();
        born = pena_ipc_nursery_serve (argv, &error);
    }
    if (born)
        be_worker (null, &error);
    if (error == NULL)
        return PENA_EXIT_DONE;
    g_printerr ("pena-document-worker: %s\n", error->message);
    return PENA_EXIT_BUG;
}
