/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: vtoken-personalise: makes a virtual token for the invented official, with certificates of a
 * development CA Copyright (C) 2026 the Pena authors */
#include "vtoken.h"

#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <stdlib.h>

typedef struct {
    gchar *state, *card, *key, *devca, *devca_program, *admin_key;
    gchar **slots;
    gboolean blank;
    VtokenAlgorithm algorithm;
} Options;

static void
options_clear (Options *self)
{
    g_free (self->state);
    g_free (self->card);
    g_free (self->key);
    g_free (self->devca);
    g_free (self->devca_program);
    g_free (self->admin_key);
    g_strfreev (self->slots);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const struct {
    const gchar *name;
    VtokenAlgorithm algorithm;
} admin_algorithms[] = {
    {"3des", VTOKEN_ALGORITHM_3DES},
    {"aes128", VTOKEN_ALGORITHM_AES128},
    {"aes192", VTOKEN_ALGORITHM_AES192},
    {"aes256", VTOKEN_ALGORITHM_AES256},
};

static gboolean
fail (GError **error, const gchar *text)
{
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, text);
    return FALSE;
}

static gboolean
read_options (Options *self, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"state", 0, 0, G_OPTION_ARG_FILENAME, &self->state, "The state file; made when it is not there",
         "FILE"},
        {"card", 0, 0, G_OPTION_ARG_STRING, &self->card,
         "Kind of a new card: piv (when not given), openpgp, \"piv openpgp\", pkcs15, pkcs15-two-pins, ... "
         "(tests/vtoken/p15.c)",
         "KIND"},
        {"key", 0, 0, G_OPTION_ARG_STRING, &self->key,
         "Kind of key: rsa2048, rsa3072, rsa4096, p256, p384, ed25519", "KIND"},
        {"slot", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->slots,
         "Slot to fill: 9a, 9c, 9d, 9e; may be repeated (9a 9c)", "SLOT"},
        {"devca", 0, 0, G_OPTION_ARG_FILENAME, &self->devca, "Folder of the development CA", "DIR"},
        {"devca-program", 0, 0, G_OPTION_ARG_FILENAME, &self->devca_program, "The program pena-devca",
         "PATH"},
        {"blank", 0, 0, G_OPTION_ARG_NONE, &self->blank, "Only make a new card with nothing on it", NULL},
        {"admin-key", 0, 0, G_OPTION_ARG_STRING, &self->admin_key,
         "Management key of a new card: 3des (when not given), aes128, aes192, aes256", "KIND"},
        {NULL},
    };
    g_autoptr (GOptionContext) context = g_option_context_new (NULL);

    g_option_context_set_summary (context, "Makes keys and certificates on a virtual token. For tests.");
    g_option_context_add_main_entries (context, entries, NULL);
    if (!g_option_context_parse (context, &argc, &argv, error))
        return FALSE;
    if (argc != 1 || self->state == NULL)
        return fail (error, "--state FILE is needed");
    if (!self->blank && (self->key == NULL || self->devca == NULL || self->devca_program == NULL))
        return fail (error, "--key KIND, --devca DIR and --devca-program PATH are needed");
    if (!self->blank && !vtoken_algorithm_from_name (self->key, &self->algorithm))
        return fail (error, "--key: no such kind");
    if (self->slots == NULL)
        self->slots = g_strsplit ("9a 9c", " ", 0);
    return TRUE;
}

static Vtoken *
make_kind (const gchar *kind)
{
    return g_str_has_prefix (kind, "pkcs15") ? vtoken_new_pkcs15 (kind) : vtoken_new_with (kind);
}

static Vtoken *
make_blank (const Options *options, GError **error)
{
    g_autoptr (Vtoken) card = make_kind (options->card != NULL ? options->card : "piv");
    gboolean found = options->admin_key == NULL;

    if (card == NULL) {
        fail (error, "--card: no such kind");
        return NULL;
    }

    for (guint i = 0; i < G_N_ELEMENTS (admin_algorithms); i++)
        if (g_strcmp0 (options->admin_key, admin_algorithms[i].name) == 0) {
            vtoken_set_admin_algorithm (card, admin_algorithms[i].algorithm);
            found = TRUE;
        }
    if (!found) {
        fail (error, "--admin-key: no such kind");
        return NULL;
    }
    return vtoken_save_to (card, options->state, error) ? g_steal_pointer (&card) : NULL;
}

static Vtoken *
open_card (const Options *options, GError **error)
{
    if (!g_file_test (options->state, G_FILE_TEST_EXISTS))
        return make_blank (options, error);
    if (options->blank || options->admin_key != NULL) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "%s exists already; it is not made anew",
                     options->state);
        return NULL;
    }
    return vtoken_new_from_file (options->state, error);
}

static const gchar *
profile_of_slot (guint8 slot)
{
    if (slot == 0x9C)
        return "signing";
    return slot == 0x9A || slot == 0x9E ? "authentication" : "encryption";
}

static gboolean
write_request (const gchar *path, GBytes *request, GError **error)
{
    BIO *bio = BIO_new_file (path, "w");
    gboolean done =
        bio != NULL && PEM_write_bio (bio, PEM_STRING_X509_REQ, "", g_bytes_get_data (request, NULL),
                                      (long)g_bytes_get_size (request)) > 0;

    if (BIO_free (bio) != 1 || !done)
        return fail (error, "the certificate request cannot be written");
    return TRUE;
}

static GBytes *
read_certificate (const gchar *path, GError **error)
{
    BIO *bio = BIO_new_file (path, "r");
    X509 *certificate = bio != NULL ? PEM_read_bio_X509 (bio, NULL, NULL, NULL) : NULL;
    guint8 *der = NULL;
    int length = certificate != NULL ? i2d_X509 (certificate, &der) : -1;
    GBytes *bytes = length > 0 ? g_bytes_new (der, (gsize)length) : NULL;

    if (bytes == NULL)
        fail (error, "the development CA has written no certificate");
    OPENSSL_free (der);
    X509_free (certificate);
    BIO_free (bio);
    return bytes;
}

/* A VtokenIssue. */
static GBytes *
issue_by_devca (GBytes *request, guint8 slot, gpointer data, GError **error)
{
    const Options *options = data;
    g_autofree gchar *folder = g_dir_make_tmp ("vtoken-XXXXXX", error);
    g_autofree gchar *csr = folder != NULL ? g_build_filename (folder, "request.pem", NULL) : NULL;
    g_autofree gchar *out = folder != NULL ? g_build_filename (folder, "certificate.pem", NULL) : NULL;
    GBytes *certificate = NULL;

    if (folder == NULL)
        return NULL;
    if (write_request (csr, request, error)) {
        g_autoptr (GSubprocess) devca = g_subprocess_new (
            G_SUBPROCESS_FLAGS_STDOUT_SILENCE, error, options->devca_program, "issue", options->devca,
            "--csr", csr, "--out", out, "--profile", profile_of_slot (slot), NULL);
        if (devca != NULL && g_subprocess_wait_check (devca, NULL, error))
            certificate = read_certificate (out, error);
    }
    g_unlink (csr);
    g_unlink (out);
    g_rmdir (folder);
    return certificate;
}

/* The development CA issues nothing for Ed25519: there, the keys come without certificates. */
static gboolean
fill_openpgp (Vtoken *card, const Options *options, GError **error)
{
    VtokenIssue issue = options->algorithm != VTOKEN_ALGORITHM_ED25519 ? issue_by_devca : NULL;

    for (guint8 slot = 1; slot <= 3; slot++)
        if (!vtoken_personalise_openpgp (card, options->algorithm, slot, issue, (gpointer)options, error))
            return FALSE;
    return TRUE;
}

static gboolean
fill_slots (Vtoken *card, const Options *options, GError **error)
{
    guint64 slot;

    if (vtoken_has (card, "openpgp") && !fill_openpgp (card, options, error))
        return FALSE;
    if (vtoken_has (card, "pkcs15"))
        return vtoken_pkcs15_personalise (card, options->algorithm, 1, issue_by_devca, (gpointer)options,
                                          error) &&
               vtoken_pkcs15_personalise (card, options->algorithm, 2, issue_by_devca, (gpointer)options,
                                          error);
    for (gchar **at = options->slots; vtoken_has (card, "piv") && *at != NULL; at++)
        if (!g_ascii_string_to_unsigned (*at, 16, 0x82, 0x9E, &slot, error) ||
            !vtoken_personalise (card, options->algorithm, (guint8)slot, issue_by_devca, (gpointer)options,
                                 error))
            return FALSE;
    return TRUE;
}

int
main (int argc, char **argv)
{
    g_auto (Options) options = {0};
    g_autoptr (GError) error = NULL;

    if (!read_options (&options, argc, argv, &error)) {
        g_printerr ("vtoken-personalise: %s\n", error->message);
        return 2;
    }
    g_autoptr (Vtoken) card = open_card (&options, &error);
    if (card == NULL || (!options.blank && !fill_slots (card, &options, &error))) {
        g_printerr ("vtoken-personalise: %s\n", error->message);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
