/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a token helper with a key in memory, for tests of the agent
 * Copyright (C) 2026 the Pena authors */
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <pena/pena-error.h>
#include <signal.h>
#include <unistd.h>

#include "ades-pki.h"
#include "ipc-child.h"
#include "ipc-error.h"
#include "pena-token-dbus.h"

/* $XDG_RUNTIME_DIR/mode says what the next Sign does: "sign" (also when there is no such file), "cancel",
 * "write-and-cancel" (after having begun to write surat.pdf there),
 * "hang" (until there is a file "release"), "die", "garbage", or "no-token"; and what ListTokens lists: "no-token", "two" that
 * can sign, or one. $XDG_RUNTIME_DIR/asked gets a line for each prompt, $XDG_RUNTIME_DIR/listed for each ListTokens. */

static PkiEntity root, signer;

/* The Sign that hangs. */
static GDBusMethodInvocation *hanging;
static GVariant *hanging_data;

static gchar *
path_of (const gchar *name)
{
    return g_build_filename (g_getenv ("XDG_RUNTIME_DIR"), name, NULL);
}

static gchar *
read_mode (void)
{
    g_autofree gchar *path = path_of ("mode");
    gchar *mode = NULL;

    return g_file_get_contents (path, &mode, NULL, NULL) ? g_strstrip (mode) : g_strdup ("sign");
}

static void
note (const gchar *name, const gchar *text)
{
    g_autofree gchar *path = path_of (name);
    FILE *file = fopen (path, "a");

    g_assert_nonnull (file);
    fprintf (file, "%s\n", text);
    fclose (file);
}

#define ID "00112233445566778899aabbccddeeff"

static GVariant *
describe_credential (const gchar *id)
{
    g_autoptr (GBytes) der = pki_der (signer.certificate);
    GVariantDict credential;

    g_variant_dict_init (&credential, NULL);
    g_variant_dict_insert (&credential, "id", "s", id);
    g_variant_dict_insert (&credential, "label", "s", "SIGN");
    g_variant_dict_insert (&credential, "key", "s", "rsa2048");
    g_variant_dict_insert (&credential, "can-sign", "b", TRUE);
    g_variant_dict_insert_value (&credential, "certificate",
                                 g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, der, TRUE));
    return g_variant_dict_end (&credential);
}

static gboolean
on_list (PenaDbusTokenHelper1 *object, GDBusMethodInvocation *invocation, gpointer user_data)
{
    g_autofree gchar *mode = read_mode ();
    GVariantBuilder tokens, credentials;
    GVariantDict token;

    note ("listed", mode);
    g_variant_builder_init (&tokens, G_VARIANT_TYPE ("aa{sv}"));
    if (!g_str_equal (mode, "no-token")) {
        g_variant_builder_init (&credentials, G_VARIANT_TYPE ("aa{sv}"));
        g_variant_builder_add_value (&credentials, describe_credential (ID));
        if (g_str_equal (mode, "two"))
            g_variant_builder_add_value (&credentials, describe_credential ("ff" ID));
        g_variant_dict_init (&token, NULL);
        g_variant_dict_insert (&token, "label", "s", "Fake");
        g_variant_dict_insert (&token, "tries-left", "i", 3);
        g_variant_dict_insert_value (&token, "credentials", g_variant_builder_end (&credentials));
        g_variant_builder_add_value (&tokens, g_variant_dict_end (&token));
    }
    pena_dbus_token_helper1_complete_list_tokens (object, invocation, g_variant_builder_end (&tokens));
    return TRUE;
}

static void
sign (PenaDbusTokenHelper1 *object, GDBusMethodInvocation *invocation, GVariant *to_be_signed,
      gboolean garbage)
{
    g_autoptr (GBytes) data = g_variant_get_data_as_bytes (to_be_signed);
    g_autoptr (GBytes) value = pki_sign_value (signer.key, data);
    g_autoptr (GBytes) wrong = g_bytes_new_static ("not a signature", 15);

    pena_dbus_token_helper1_complete_sign (
        object, invocation,
        g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, garbage ? wrong : value, TRUE));
}

/* Whoever has promised that the file stays is told, and not waited for. */
static void
begin_writing (void)
{
    g_autofree gchar *path = path_of ("surat.pdf");

    g_assert_cmpint (open (path, O_WRONLY | O_NONBLOCK | O_CLOEXEC), <, 0);
}

static gboolean
on_sign (PenaDbusTokenHelper1 *object, GDBusMethodInvocation *invocation, guint64 job,
         const gchar *credential, const gchar *scheme, GVariant *to_be_signed, GVariant *prompt,
         gpointer user_data)
{
    g_autofree gchar *mode = read_mode ();
    const gchar *document = "";

    if (g_str_equal (mode, "no-token")) {
        pena_ipc_return_error (invocation, g_error_new (PENA_ERROR, PENA_ERROR_TOKEN_MISSING, "gone"));
        return TRUE;
    }
    g_variant_lookup (prompt, "document", "&s", &document);
    note ("asked", document);
    if (g_str_equal (mode, "die"))
        raise (SIGKILL);
    if (g_str_equal (mode, "write-and-cancel"))
        begin_writing ();
    if (g_str_has_suffix (mode, "cancel")) {
        pena_ipc_return_error (invocation, g_error_new (PENA_ERROR, PENA_ERROR_USER_CANCELLED, "no"));
    } else if (g_str_equal (mode, "hang")) {
        hanging = invocation;
        hanging_data = g_variant_ref (to_be_signed);
    } else {
        pena_dbus_token_helper1_emit_progress (object, job, "signing");
        sign (object, invocation, to_be_signed, g_str_equal (mode, "garbage"));
    }
    return TRUE;
}

static gboolean
on_cancel (PenaDbusTokenHelper1 *object, GDBusMethodInvocation *invocation, guint64 job, gpointer user_data)
{
    note ("asked", "cancelled");
    if (hanging != NULL)
        pena_ipc_return_error (g_steal_pointer (&hanging),
                               g_error_new (PENA_ERROR, PENA_ERROR_CANCELLED, "taken away"));
    pena_dbus_token_helper1_complete_cancel (object, invocation);
    return TRUE;
}

static gboolean
on_look (gpointer user_data)
{
    g_autofree gchar *path = path_of ("release");

    if (hanging != NULL && g_file_test (path, G_FILE_TEST_EXISTS)) {
        sign (user_data, g_steal_pointer (&hanging), hanging_data, FALSE);
        g_clear_pointer (&hanging_data, g_variant_unref);
    }
    return G_SOURCE_CONTINUE;
}

static void
make_pki (void)
{
    gint64 now = g_get_real_time () / G_USEC_PER_SEC;
    const PkiSpec ca = {.common_name = "Root",
                        .key_usage = "critical,keyCertSign,cRLSign",
                        .basic_constraints = "critical,CA:TRUE",
                        .not_before = now - PKI_DAY,
                        .not_after = now + 9 * PKI_DAY};
    const PkiSpec usual = {.not_before = now - PKI_DAY, .not_after = now + PKI_DAY};
    g_autofree gchar *path = path_of ("root.pem");

    root = pki_issue (NULL, "rsa", &ca);
    signer = pki_issue (&root, "rsa", &usual);
    FILE *file = fopen (path, "w");
    g_assert_nonnull (file);
    PEM_write_X509 (file, root.certificate);
    fclose (file);
}

int
main (int argc, char **argv)
{
    g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
    g_autoptr (PenaDbusTokenHelper1) object = pena_dbus_token_helper1_skeleton_new ();
    g_autoptr (GError) error = NULL;

    g_assert_true (pena_process_harden (TRUE, NULL));
    make_pki ();
    g_autoptr (GDBusConnection) connection = pena_ipc_child_connect (&error);
    g_assert_no_error (error);
    g_signal_connect (object, "handle-list-tokens", G_CALLBACK (on_list), NULL);
    g_signal_connect (object, "handle-sign", G_CALLBACK (on_sign), NULL);
    g_signal_connect (object, "handle-cancel", G_CALLBACK (on_cancel), NULL);
    g_assert_true (g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (object), connection,
                                                     "/org/pena/TokenHelper", &error));
    g_timeout_add (20, on_look, object);
    g_dbus_connection_set_exit_on_close (connection, TRUE);
    g_dbus_connection_start_message_processing (connection);
    g_main_loop_run (loop);
    return 0;
}
