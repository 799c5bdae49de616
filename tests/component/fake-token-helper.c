/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a token helper with a key in memory, for tests of the agent
 * Copyright (C) 2026 the Pena authors */
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <pena/pena-error.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "ades-pki.h"
#include "ipc-child.h"
#include "pena-token-interface.h"

/* $XDG_RUNTIME_DIR/mode says what the next Sign does: "sign" (also when there is no such file), "cancel", "write-and-cancel" (after
 * having begun to write surat.pdf there), "hang" (until there is a file "release"), "die", "garbage", or "no-token"; and what
 * ListTokens lists: "no-token", "two" that can sign, or one; with "late-list" that one only after what is asked next.
 * $XDG_RUNTIME_DIR/asked gets a line for each prompt, $XDG_RUNTIME_DIR/listed for each ListTokens. */

static PkiEntity root, signer;

static PenaIpcPeer *agent;
static guint64 hanging; /* the Sign that hangs, or 0 */
static GVariant *hanging_data;
static guint64 late_list; /* the ListTokens that is answered late, or 0 */

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

static void
answer_list (guint64 call, const gchar *mode)
{
    GVariantBuilder tokens, credentials;
    GVariantDict token;

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
    pena_ipc_peer_answer (agent, call, g_variant_new ("(@aa{sv})", g_variant_builder_end (&tokens)));
}

static void
answer_late_list (void)
{
    if (late_list != 0)
        answer_list (late_list, "");
    late_list = 0;
}

static void
on_list (guint64 call)
{
    g_autofree gchar *mode = read_mode ();

    note ("listed", mode);
    if (g_str_equal (mode, "late-list")) {
        late_list = call;
        return;
    }
    answer_list (call, mode);
    answer_late_list ();
}

static void
sign (guint64 call, GVariant *to_be_signed, gboolean garbage)
{
    g_autoptr (GBytes) data = g_variant_get_data_as_bytes (to_be_signed);
    g_autoptr (GBytes) value = pki_sign_value (signer.key, data);
    g_autoptr (GBytes) wrong = g_bytes_new_static ("not a signature", 15);

    pena_ipc_peer_answer (agent, call,
                          g_variant_new ("(@ay)", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING,
                                                                            garbage ? wrong : value, TRUE)));
}

/* Whoever has promised that the file stays is told, and not waited for. */
static void
begin_writing (void)
{
    g_autofree gchar *path = path_of ("surat.pdf");

    g_assert_cmpint (open (path, O_WRONLY | O_NONBLOCK | O_CLOEXEC), <, 0);
}

static void
on_sign (guint64 call, GVariant *arguments)
{
    g_autofree gchar *mode = read_mode ();
    g_autoptr (GVariant) to_be_signed = NULL, prompt = NULL;
    const gchar *document = "";
    guint64 job;

    if (g_str_equal (mode, "no-token")) {
        pena_ipc_peer_fail (agent, call, g_error_new (PENA_ERROR, PENA_ERROR_TOKEN_MISSING, "gone"));
        answer_late_list ();
        return;
    }
    g_variant_get (arguments, "(tss@ay@a{sv})", &job, NULL, NULL, &to_be_signed, &prompt);
    g_variant_lookup (prompt, "document", "&s", &document);
    note ("asked", document);
    if (g_str_equal (mode, "die"))
        raise (SIGKILL);
    if (g_str_equal (mode, "write-and-cancel"))
        begin_writing ();
    if (g_str_has_suffix (mode, "cancel")) {
        pena_ipc_peer_fail (agent, call, g_error_new (PENA_ERROR, PENA_ERROR_USER_CANCELLED, "no"));
    } else if (g_str_equal (mode, "hang")) {
        hanging = call;
        hanging_data = g_variant_ref (to_be_signed);
    } else {
        pena_ipc_peer_tell (agent, "Progress", g_variant_new ("(ts)", job, "signing"));
        sign (call, to_be_signed, g_str_equal (mode, "garbage"));
    }
}

static void
on_cancel (guint64 call)
{
    note ("asked", "cancelled");
    if (hanging != 0)
        pena_ipc_peer_fail (agent, hanging, g_error_new (PENA_ERROR, PENA_ERROR_CANCELLED, "taken away"));
    hanging = 0;
    pena_ipc_peer_answer (agent, call, g_variant_new ("()"));
}

static void
on_call (guint64 number, const gchar *method, GVariant *arguments, gpointer user_data)
{
    if (g_str_equal (method, "ListTokens"))
        on_list (number);
    else if (g_str_equal (method, "Sign"))
        on_sign (number, arguments);
    else
        on_cancel (number);
}

static gboolean
on_look (gpointer user_data)
{
    g_autofree gchar *path = path_of ("release");

    if (hanging != 0 && g_file_test (path, G_FILE_TEST_EXISTS)) {
        sign (hanging, hanging_data, FALSE);
        hanging = 0;
        g_clear_pointer (&hanging_data, g_variant_unref);
    }
    return G_SOURCE_CONTINUE;
}

static void
on_closed (gpointer user_data)
{
    exit (0);
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
    static const PenaIpcPeerEvents events = {on_call, NULL, on_closed};
    g_autoptr (GError) error = NULL;

    g_assert_true (pena_process_harden (TRUE, NULL));
    make_pki ();
    agent = pena_ipc_child_connect (&pena_token_helper1_interface, &events, NULL, &error);
    g_assert_no_error (error);
    g_timeout_add (20, on_look, NULL);
    g_main_loop_run (loop);
    return 0;
}
