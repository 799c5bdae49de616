/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a SoftHSM token, the token helper and a scripted prompt, for tests
 * Copyright (C) 2026 the Pena authors */
#include "token-rig.h"

#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <p11-kit/p11-kit.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/socket.h>

#include "ipc-error.h"
#include "pena-token-interface.h"

#define MODULE "softhsm2" /* p11-kit's name */

static gchar *
path (TokenRig *self, const gchar *name)
{
    return g_build_filename (self->folder, name, NULL);
}

static void
run (const gchar *const *argv)
{
    g_autoptr (GError) error = NULL;
    gint status;

    g_spawn_sync (NULL, (gchar **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                  NULL, NULL, &status, &error);
    g_assert_no_error (error);
    g_assert_true (g_spawn_check_wait_status (status, NULL));
}

/* ---- the token ---- */

static X509 *
make_certificate (EVP_PKEY *key, const gchar *name)
{
    X509 *certificate = X509_new ();
    X509_NAME *subject = X509_get_subject_name (certificate);

    X509_set_version (certificate, 2);
    ASN1_INTEGER_set (X509_get_serialNumber (certificate), 1);
    X509_gmtime_adj (X509_getm_notBefore (certificate), -3600);
    X509_gmtime_adj (X509_getm_notAfter (certificate), 86400);
    X509_NAME_add_entry_by_txt (subject, "CN", MBSTRING_UTF8, (const guchar *)name, -1, -1, 0);
    X509_NAME_add_entry_by_txt (subject, "title", MBSTRING_UTF8, (const guchar *)"Kepala Dinas", -1, -1, 0);
    X509_set_issuer_name (certificate, subject);
    X509_set_pubkey (certificate, key);
    g_assert_cmpint (X509_sign (certificate, key, EVP_sha256 ()), >, 0);
    return certificate;
}

static void
import_key (TokenRig *self, EVP_PKEY *key, const gchar *id)
{
    g_autofree gchar *file = path (self, "key.pem");
    FILE *stream = fopen (file, "w");

    g_assert_nonnull (stream);
    g_assert_cmpint (PEM_write_PKCS8PrivateKey (stream, key, NULL, NULL, 0, NULL, NULL), ==, 1);
    fclose (stream);
    const gchar *argv[] = {"softhsm2-util", "--import", file, "--token", "Token Uji",   "--label",
                           "kunci",         "--id",     id,   "--pin",   TOKEN_RIG_PIN, NULL};
    run (argv);
    g_unlink (file);
}

static void
import_certificate (CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, X509 *certificate, guint8 id)
{
    CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    gchar label[] = "sertifikat";
    CK_OBJECT_HANDLE handle;
    guint8 *der = NULL, *name = NULL;
    gint length = i2d_X509 (certificate, &der);
    gint name_length = i2d_X509_NAME (X509_get_subject_name (certificate), &name);
    CK_ATTRIBUTE attributes[] = {
        {CKA_CLASS, &object_class, sizeof object_class},
        {CKA_CERTIFICATE_TYPE, &type, sizeof type},
        {CKA_TOKEN, &yes, sizeof yes},
        {CKA_PRIVATE, &no, sizeof no},
        {CKA_ID, &id, sizeof id},
        {CKA_SUBJECT, name, (gulong)name_length},
        {CKA_VALUE, der, (gulong)length},
        {CKA_LABEL, label, sizeof label - 1},
    };

    g_assert_cmpuint (f->C_CreateObject (session, attributes, G_N_ELEMENTS (attributes), &handle), ==,
                      CKR_OK);
    OPENSSL_free (der);
    OPENSSL_free (name);
}

static gchar *
credential_id (X509 *certificate)
{
    guint8 *der = NULL;
    gint length = i2d_X509 (certificate, &der);
    gchar *id = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, (gsize)length);

    OPENSSL_free (der);
    id[32] = '\0';
    return id;
}

static void
fill_token (TokenRig *self, CK_FUNCTION_LIST *f)
{
    X509 *rsa = make_certificate (self->rsa, "Sari Wulandari, S.Sos., M.Si.");
    X509 *ec = make_certificate (self->ec, "Sari Wulandari");
    CK_SLOT_ID slots[4];
    CK_ULONG count = G_N_ELEMENTS (slots);
    CK_SESSION_HANDLE session;

    import_key (self, self->rsa, "01");
    import_key (self, self->ec, "02");
    g_assert_cmpuint (p11_kit_module_initialize (f), ==, CKR_OK);
    g_assert_cmpuint (f->C_GetSlotList (CK_TRUE, slots, &count), ==, CKR_OK);
    g_assert_cmpuint (f->C_OpenSession (slots[0], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session),
                      ==, CKR_OK);
    g_assert_cmpuint (f->C_Login (session, CKU_USER, (guchar *)TOKEN_RIG_PIN, strlen (TOKEN_RIG_PIN)), ==,
                      CKR_OK);
    import_certificate (f, session, rsa, 1);
    import_certificate (f, session, ec, 2);
    p11_kit_module_finalize (f);
    self->rsa_id = credential_id (rsa);
    self->ec_id = credential_id (ec);
    X509_free (rsa);
    X509_free (ec);
}

gboolean
token_rig_set_up (TokenRig *self)
{
    CK_FUNCTION_LIST **modules = p11_kit_modules_load (NULL, 0);
    CK_FUNCTION_LIST *softhsm = modules != NULL ? p11_kit_module_for_name (modules, MODULE) : NULL;
    g_autofree gchar *util = g_find_program_in_path ("softhsm2-util");

    if (softhsm == NULL || util == NULL)
        return FALSE;
    self->folder = g_dir_make_tmp ("pena-token-XXXXXX", NULL);
    g_autofree gchar *tokens = path (self, "tokens");
    g_autofree gchar *conf = path (self, "softhsm2.conf");
    g_autofree gchar *text =
        g_strdup_printf ("directories.tokendir = %s\nobjectstore.backend = file\n", tokens);
    g_assert_cmpint (g_mkdir (tokens, 0700), ==, 0);
    g_assert_true (g_file_set_contents (conf, text, -1, NULL));
    g_setenv ("SOFTHSM2_CONF", conf, TRUE);
    const gchar *argv[] = {"softhsm2-util", "--init-token", "--free", "--label",     "Token Uji",
                           "--so-pin",      "12345678",     "--pin",  TOKEN_RIG_PIN, NULL};
    run (argv);
    self->rsa = EVP_RSA_gen (2048);
    self->ec = EVP_EC_gen ("P-256");
    fill_token (self, softhsm);
    p11_kit_modules_release (modules);
    return TRUE;
}

/* ---- the helper ---- */

static void
on_notice (const gchar *name, GVariant *value, gpointer user_data)
{
    TokenRig *self = user_data;
    const gchar *stage;
    guint64 job;

    g_variant_get (value, "(t&s)", &job, &stage);
    if (self->on_progress != NULL)
        self->on_progress (job, stage, self->progress_data);
}

void
token_rig_start (TokenRig *self, const gchar *const *arguments)
{
    static const PenaIpcPeerEvents events = {.on_notice = on_notice};
    g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
    g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
    g_autoptr (GError) error = NULL;
    gint fds[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    g_subprocess_launcher_take_fd (launcher, fds[1], 3);
    g_subprocess_launcher_setenv (launcher, "PENA_RIG_DIR", self->folder, TRUE);
    g_subprocess_launcher_unsetenv (launcher, "PENA_PIN");
    g_strv_builder_add_many (argv, g_getenv ("PENA_TOKEN_HELPER"), "--modules",
                             "one-that-is-not-there," MODULE, NULL);
    g_strv_builder_addv (argv, (const gchar **)arguments);
    g_auto (GStrv) all = g_strv_builder_end (argv);
    self->helper = g_subprocess_launcher_spawnv (launcher, (const gchar *const *)all, &error);
    g_assert_no_error (error);

    self->peer = pena_ipc_peer_new (fds[0], &pena_token_helper1_interface, &events, self);
}

void
token_rig_restart (TokenRig *self, const gchar *program, const gchar *timeout)
{
    const gchar *arguments[] = {"--prompt-program", program != NULL ? program : g_getenv ("PENA_PINENTRY"),
                                "--prompt-timeout", timeout, NULL};

    token_rig_stop (self);
    token_rig_start (self, arguments);
}

void
token_rig_stop (TokenRig *self)
{
    if (self->helper == NULL)
        return;
    g_clear_pointer (&self->peer, pena_ipc_peer_free);
    g_assert_true (g_subprocess_wait (self->helper, NULL, NULL));
    g_clear_object (&self->helper);
}

static void
remove_folder (const gchar *folder)
{
    const gchar *argv[] = {"rm", "-r", folder, NULL};
    run (argv);
}

void
token_rig_tear_down (TokenRig *self)
{
    token_rig_stop (self);
    remove_folder (self->folder);
    EVP_PKEY_free (self->rsa);
    EVP_PKEY_free (self->ec);
    g_free (self->rsa_id);
    g_free (self->ec_id);
    g_free (self->folder);
}

/* ---- the prompt ---- */

void
token_rig_answer (TokenRig *self, const gchar *lines)
{
    g_autofree gchar *file = path (self, "prompts.answers");
    g_autofree gchar *log = path (self, "prompts.log");

    g_assert_true (g_file_set_contents (file, lines, -1, NULL));
    g_unlink (log);
}

gchar *
token_rig_shown (TokenRig *self)
{
    g_autofree gchar *log = path (self, "prompts.log");
    gchar *text = NULL;

    return g_file_get_contents (log, &text, NULL, NULL) ? text : g_strdup ("");
}

pid_t
token_rig_pid (const gchar *shown)
{
    const gchar *pid = strstr (shown, "\"pid\": ");

    g_assert_nonnull (pid);
    return (pid_t)g_ascii_strtoll (pid + strlen ("\"pid\": "), NULL, 10);
}

gboolean
token_rig_is_running (pid_t pid)
{
    g_autofree gchar *stat = g_strdup_printf ("/proc/%d/stat", pid);
    g_autofree gchar *text = NULL;

    return g_file_get_contents (stat, &text, NULL, NULL) && strstr (text, ") Z ") == NULL;
}

pid_t
token_rig_await_prompt (TokenRig *self)
{
    for (;;) {
        g_autofree gchar *shown = token_rig_shown (self);
        if (strchr (shown, '\n') != NULL)
            return token_rig_pid (shown);
        g_main_context_iteration (NULL, FALSE);
    }
}

GVariant *
token_rig_prompt (const gchar *document)
{
    static const guint8 sha256[32] = {0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0};
    GVariantDict prompt;

    g_variant_dict_init (&prompt, NULL);
    g_variant_dict_insert (&prompt, "document", "s", document);
    g_variant_dict_insert (&prompt, "size", "t", (guint64)12345);
    g_variant_dict_insert (&prompt, "pages", "u", 2U);
    g_variant_dict_insert (&prompt, "application", "s", "penguji");
    g_variant_dict_insert (&prompt, "language", "s", "en");
    g_variant_dict_insert (&prompt, "tty", "s", "/dev/pts/77");
    g_variant_dict_insert_value (&prompt, "sha256",
                                 g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, sha256, sizeof sha256, 1));
    return g_variant_dict_end (&prompt);
}

static GVariant *
text_to_sign (void)
{
    return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, TOKEN_RIG_TEXT, strlen (TOKEN_RIG_TEXT), 1);
}

static GVariant *
finish (GAsyncResult *result, GError **error)
{
    g_autoptr (GVariant) answer = pena_ipc_peer_call_finish (result, error);

    if (answer == NULL)
        pena_ipc_take_error (error, PENA_ERROR_TOKEN_FAILED);
    return answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;
}

static void
on_signed (GObject *source, GAsyncResult *result, gpointer user_data)
{
    TokenRigJobs *jobs = user_data;
    GError *error = NULL;
    g_autoptr (GVariant) signature = finish (result, &error);

    jobs->left--;
    if (signature == NULL) {
        g_clear_error (&jobs->error);
        jobs->error = error;
        return;
    }
    jobs->made++;
    g_clear_pointer (&jobs->signature, g_bytes_unref);
    jobs->signature = g_variant_get_data_as_bytes (signature);
}

void
token_rig_begin (TokenRig *self, TokenRigJobs *jobs, guint64 number, const gchar *credential,
                 const gchar *scheme, GVariant *prompt)
{
    jobs->left++;
    pena_ipc_peer_call_async (
        self->peer, "Sign",
        g_variant_new ("(tss@ay@a{sv})", number, credential, scheme, text_to_sign (), prompt), -1, NULL,
        on_signed, jobs);
}

void
token_rig_cancel (TokenRig *self, guint64 number)
{
    pena_ipc_peer_call_async (self->peer, "Cancel", g_variant_new ("(t)", number), -1, NULL, NULL, NULL);
}

void
token_rig_await (const TokenRigJobs *jobs)
{
    while (jobs->left > 0)
        g_main_context_iteration (NULL, TRUE);
}

void
token_rig_jobs_clear (TokenRigJobs *self)
{
    g_clear_pointer (&self->signature, g_bytes_unref);
    g_clear_error (&self->error);
}

GBytes *
token_rig_sign (TokenRig *self, guint64 job, const gchar *credential, const gchar *scheme, GError **error)
{
    g_auto (TokenRigJobs) jobs = {0};

    token_rig_begin (self, &jobs, job, credential, scheme, token_rig_prompt ("surat.pdf"));
    token_rig_await (&jobs);
    if (jobs.error != NULL)
        g_propagate_error (error, g_steal_pointer (&jobs.error));
    return g_steal_pointer (&jobs.signature);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GAsyncResult **ret_result = user_data;

    *ret_result = g_object_ref (result);
}

GVariant *
token_rig_list (TokenRig *self, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    pena_ipc_peer_call_async (self->peer, "ListTokens", g_variant_new ("()"), -1, NULL, on_listed, &result);
    while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
    return finish (result, error);
}
