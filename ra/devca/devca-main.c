/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena-devca, a certification authority for development
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "devca-certificate.h"
#include "devca-crl.h"
#include "devca-serve.h"
#include "pena-text.h"

#include <openssl/pem.h>
#include <string.h>

/* What the options of all commands fill in; each command lists those that it takes. */
typedef struct {
    gchar *dir; /* the one argument */
    gchar *key;
    gchar *csr;
    gchar *out;
    gchar *profile;
    gchar *url;
    gchar *certificate;
    gchar *serial;
    gchar *reason;
    gchar *ca;
    gchar *port_file;
    gint days;
    gint port;
} Request;

typedef struct {
    const gchar *name;
    const gchar *summary;
    const gchar *const *options; /* long names of those in option_entries() */
    gboolean (*run) (const Request *request, GError **error);
} Command;

static void
request_clear (Request *self)
{
    gchar *all[] = {self->dir,         self->key,    self->csr,    self->out, self->profile,  self->url,
                    self->certificate, self->serial, self->reason, self->ca,  self->port_file};
    for (guint i = 0; i < G_N_ELEMENTS (all); i++)
        g_free (all[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Request, request_clear)

static gboolean
fail_usage (GError **error, const gchar *reason)
{
    return devca_fail (error, PENA_ERROR_REQUEST_INVALID, "reason", reason);
}

static gboolean
require (const gchar *value, const gchar *option, GError **error)
{
    if (value != NULL)
        return TRUE;
    g_autofree gchar *reason = g_strdup_printf (_ ("%s is missing"), option);
    return fail_usage (error, reason);
}

static gboolean
choose_days (const Request *request, guint fallback, guint *ret_days, GError **error)
{
    if (request->days < 0 || request->days > DEVCA_DAYS_MAX) {
        g_autofree gchar *reason = g_strdup_printf (_ ("--days takes 1 to %d"), DEVCA_DAYS_MAX);
        return fail_usage (error, reason);
    }
    *ret_days = request->days > 0 ? (guint)request->days : fallback;
    return TRUE;
}

/* The address without a slash at its end; NULL in *ret_url when none is given. */
static gboolean
choose_url (const Request *request, gchar **ret_url, GError **error)
{
    gsize length;

    if (request->url == NULL)
        return TRUE;
    if (!g_uri_is_valid (request->url, G_URI_FLAGS_NONE, NULL) || strpbrk (request->url, ",;") != NULL)
        return fail_usage (error, _ ("--url takes an address without a comma or semicolon"));
    *ret_url = g_strdup (request->url);
    for (length = strlen (*ret_url); length > 0 && (*ret_url)[length - 1] == '/'; length--)
        (*ret_url)[length - 1] = '\0';
    return TRUE;
}

static gboolean
run_init (const Request *request, GError **error)
{
    g_autofree gchar *url = NULL;

    if (!choose_url (request, &url, error))
        return FALSE;
    g_autoptr (DevcaFamily) family =
        devca_family_new (request->key != NULL ? request->key : "p256", url, error);
    if (family == NULL || !devca_store_create (request->dir, family, url, error))
        return FALSE;
    g_print ("%s/root.pem\n%s/issuing.pem\n", request->dir, request->dir);
    return TRUE;
}

/* The index knows a certificate before anyone else can hold it. */
static gboolean
register_certificate (DevcaStore *store, const X509 *certificate, GError **error)
{
    g_autoptr (GPtrArray) entries = devca_store_read_index (store, DEVCA_ISSUING, error);

    if (entries == NULL)
        return FALSE;
    g_ptr_array_add (entries, devca_entry_new (certificate));
    return devca_store_write_index (store, DEVCA_ISSUING, entries, error);
}

static gboolean
write_certificate (const gchar *path, X509 *certificate, GError **error)
{
    g_autoptr (BIO) pem = BIO_new (BIO_s_mem ());
    g_autofree gchar *serial = devca_serial_hex (X509_get0_serialNumber (certificate));

    if (pem == NULL || !PEM_write_bio_X509 (pem, certificate))
        return devca_fail (error, PENA_ERROR_OUTPUT_FAILED, "reason",
                           _ ("the certificate cannot be encoded"));
    if (!devca_write_bio (path, pem, error))
        return FALSE;
    g_print ("%s\n", serial);
    return TRUE;
}

static gboolean
read_terms (const Request *request, DevcaTerms *terms, GError **error)
{
    if (request->profile != NULL && !devca_profile_parse (request->profile, &terms->profile))
        return fail_usage (error, _ ("--profile takes signing, authentication or encryption"));
    return choose_days (request, DEVCA_DAYS_DEFAULT, &terms->days, error);
}

static gboolean
run_issue (const Request *request, GError **error)
{
    DevcaTerms terms = {0};
    g_autofree gchar *url = NULL;

    if (!require (request->csr, "--csr", error) || !require (request->out, "--out", error) ||
        !read_terms (request, &terms, error) || !choose_url (request, &url, error))
        return FALSE;
    g_autoptr (X509_REQ) csr = devca_request_load (request->csr, error);
    g_autoptr (DevcaStore) store = csr != NULL ? devca_store_open (request->dir, error) : NULL;
    g_autoptr (DevcaAuthority) issuing =
        store != NULL ? devca_store_load_authority (store, DEVCA_ISSUING, error) : NULL;
    if (issuing != NULL)
        terms.url = url != NULL ? url : devca_store_get_url (store);
    g_autoptr (X509) certificate =
        issuing != NULL ? devca_certificate_issue (issuing, csr, &terms, error) : NULL;
    return certificate != NULL && register_certificate (store, certificate, error) &&
           write_certificate (request->out, certificate, error);
}

static gchar *
serial_of_file (const gchar *path, GError **error)
{
    g_autoptr (BIO) bio = BIO_new_file (path, "r");
    g_autoptr (X509) certificate = bio != NULL ? PEM_read_bio_X509 (bio, NULL, NULL, NULL) : NULL;

    if (certificate == NULL) {
        g_autofree gchar *reason = g_strdup_printf (_ ("%s holds no certificate in PEM"), path);
        devca_fail (error, PENA_ERROR_DOCUMENT_MISSING, "reason", reason);
        return NULL;
    }
    return devca_serial_hex (X509_get0_serialNumber (certificate));
}

static gboolean
choose_ca (const Request *request, DevcaRole *ret_role, GError **error)
{
    *ret_role = g_strcmp0 (request->ca, "root") == 0 ? DEVCA_ROOT : DEVCA_ISSUING;
    return *ret_role == DEVCA_ROOT || request->ca == NULL || g_str_equal (request->ca, "issuing") ||
           fail_usage (error, _ ("--ca takes root or issuing"));
}

static gboolean
run_revoke (const Request *request, GError **error)
{
    const gchar *reason = request->reason != NULL ? request->reason : "unspecified";
    DevcaRole role;

    if (!choose_ca (request, &role, error))
        return FALSE;
    if (!devca_reason_is_known (reason)) {
        g_autofree gchar *list = devca_reason_list ();
        g_autofree gchar *text = g_strdup_printf (_ ("--reason takes one of: %s"), list);
        return fail_usage (error, text);
    }
    if ((request->certificate == NULL) == (request->serial == NULL))
        return fail_usage (error, _ ("give one of --certificate and --serial"));
    g_autofree gchar *serial =
        request->serial != NULL ? g_strdup (request->serial) : serial_of_file (request->certificate, error);
    g_autoptr (DevcaStore) store = serial != NULL ? devca_store_open (request->dir, error) : NULL;
    g_autoptr (GPtrArray) entries = store != NULL ? devca_store_read_index (store, role, error) : NULL;
    if (entries == NULL)
        return FALSE;
    DevcaEntry *entry = devca_index_find (entries, serial);
    if (entry == NULL)
        return devca_fail (error, PENA_ERROR_CERTIFICATE_UNKNOWN, "serial", serial);
    return devca_entry_revoke (entry, reason, error) && devca_store_write_index (store, role, entries, error);
}

static gboolean
write_list (DevcaStore *store, DevcaRole role, guint days, const gchar *path, GError **error)
{
    g_autoptr (DevcaAuthority) authority = devca_store_load_authority (store, role, error);
    g_autoptr (GPtrArray) entries = authority != NULL ? devca_store_read_index (store, role, error) : NULL;
    g_autoptr (BIO) der = BIO_new (BIO_s_mem ());
    guint64 number;

    if (entries == NULL || !devca_store_next_crl_number (store, role, &number, error))
        return FALSE;
    g_autoptr (X509_CRL) list = devca_crl_new (authority, entries, number, days, error);
    if (list == NULL)
        return FALSE;
    if (der == NULL || !i2d_X509_CRL_bio (der, list))
        return devca_fail (error, PENA_ERROR_OUTPUT_FAILED, "reason",
                           _ ("the revocation list cannot be encoded"));
    return devca_write_bio (path, der, error);
}

static gboolean
run_crl (const Request *request, GError **error)
{
    DevcaRole role;
    guint days = 0;

    if (!require (request->out, "--out", error) || !choose_ca (request, &role, error) ||
        !choose_days (request, DEVCA_CRL_DAYS_DEFAULT, &days, error))
        return FALSE;
    g_autoptr (DevcaStore) store = devca_store_open (request->dir, error);
    return store != NULL && write_list (store, role, days, request->out, error);
}

static gboolean
run_serve (const Request *request, GError **error)
{
    if (request->port < 0 || request->port > G_MAXUINT16)
        return fail_usage (error, _ ("--port takes 0 to 65535"));
    return devca_serve (request->dir, (guint)request->port, request->port_file, error);
}

static const Command commands[] = {
    {"init", N_ ("makes DIR with a root and an issuing authority"),
     (const gchar *const[]){"key", "url", NULL}, run_init},
    {"issue", N_ ("makes a certificate from a request"),
     (const gchar *const[]){"csr", "out", "profile", "days", "url", NULL}, run_issue},
    {"revoke", N_ ("revokes a certificate"),
     (const gchar *const[]){"certificate", "serial", "reason", "ca", NULL}, run_revoke},
    {"crl", N_ ("writes a revocation list (DER)"), (const gchar *const[]){"out", "ca", "days", NULL},
     run_crl},
    {"serve", N_ ("answers OCSP, time-stamps, lists and certificates over HTTP on this computer"),
     (const gchar *const[]){"port", "port-file", NULL}, run_serve},
};

/* The options of a command, picked from all that there are; the last one is G_OPTION_ENTRY_NULL. */
static void
pick_options (const Command *command, Request *request, GOptionEntry *entries)
{
    const GOptionEntry all[] = {
        {"key", 0, 0, G_OPTION_ARG_STRING, &request->key, N_ ("p256 (default), p384 or rsa3072"), "KIND"},
        {"csr", 0, 0, G_OPTION_ARG_FILENAME, &request->csr, N_ ("the request, PKCS#10 in PEM or DER"),
         "FILE"},
        {"out", 0, 0, G_OPTION_ARG_FILENAME, &request->out,
         N_ ("the file to write; one that exists is replaced"), "FILE"},
        {"profile", 0, 0, G_OPTION_ARG_STRING, &request->profile,
         N_ ("signing (default), authentication or encryption"), "NAME"},
        {"days", 0, 0, G_OPTION_ARG_INT, &request->days,
         N_ ("how long it is valid (certificate 730, list 7)"), "N"},
        {"url", 0, 0, G_OPTION_ARG_STRING, &request->url,
         N_ ("address at which 'serve' will be found; goes into certificates"), "URL"},
        {"certificate", 0, 0, G_OPTION_ARG_FILENAME, &request->certificate, N_ ("the certificate, PEM"),
         "FILE"},
        {"serial", 0, 0, G_OPTION_ARG_STRING, &request->serial, N_ ("its serial number instead"), "HEX"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &request->reason, N_ ("keyCompromise, superseded, ..."),
         "NAME"},
        {"ca", 0, 0, G_OPTION_ARG_STRING, &request->ca, N_ ("issuing (default) or root"), "NAME"},
        {"port", 0, 0, G_OPTION_ARG_INT, &request->port, N_ ("port on 127.0.0.1; 0 (default) for a free one"),
         "N"},
        {"port-file", 0, 0, G_OPTION_ARG_FILENAME, &request->port_file, N_ ("file to write the port to"),
         "FILE"},
    };
    guint count = 0;

    for (guint i = 0; i < G_N_ELEMENTS (all); i++)
        if (g_strv_contains (command->options, all[i].long_name))
            entries[count++] = all[i];
    entries[count] = (GOptionEntry)G_OPTION_ENTRY_NULL;
}

static const gchar *
translate (const gchar *text, gpointer unused)
{
    return _ (text);
}

/* Reads the options and the one argument. --help is answered here and ends the program. */
static gboolean
parse_request (const Command *command, Request *request, gchar ***arguments, GError **error)
{
    GOptionEntry entries[16];
    g_autofree gchar *program = g_strdup_printf ("pena-devca %s", command->name);
    g_autoptr (GOptionContext) context = g_option_context_new ("DIR");
    g_autoptr (GError) local = NULL;

    g_set_prgname (program);
    pick_options (command, request, entries);
    g_option_context_set_summary (context, command->summary);
    g_option_context_set_translate_func (context, (GTranslateFunc)translate, NULL, NULL);
    g_option_context_add_main_entries (context, entries, NULL);
    if (!g_option_context_parse_strv (context, arguments, &local))
        return fail_usage (error, local->message);
    if (g_strv_length (*arguments) != 2)
        return fail_usage (error, _ ("give the folder of the CA, and nothing else"));
    request->dir = g_strdup ((*arguments)[1]);
    return TRUE;
}

static void
print_help (void)
{
    g_print ("%s\n\n", _ ("Usage: pena-devca COMMAND DIR [OPTION...]"));
    g_print ("%s\n\n", _ ("A certification authority for development and tests."));
    for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
        g_print ("  %-8s %s\n", commands[i].name, _ (commands[i].summary));
    g_print ("\n%s\n", _ ("'pena-devca COMMAND --help' lists the options of a command."));
}

static int
report (const GError *error)
{
    g_autofree gchar *text = pena_error_describe (error);
    g_autofree gchar *next = pena_error_code (error) == PENA_ERROR_REQUEST_INVALID
                                 ? g_strdup (_ ("See 'pena-devca --help' or pena-devca(1)."))
                                 : pena_error_next_step (error);

    g_printerr ("pena-devca: %s\n", text);
    if (*next != '\0')
        g_printerr ("  %s\n", next);
    if (pena_error_code (error) == PENA_ERROR_INTERNAL)
        g_printerr ("  (%s)\n", error->message);
    return (int)pena_error_exit_status (pena_error_code (error));
}

static int
run (const Command *command, gchar **argv)
{
    g_auto (Request) request = {0};
    g_autoptr (GError) error = NULL;
    g_auto (GStrv) arguments = g_strdupv (argv); /* GOption takes from it what it knows */

    gboolean ok = parse_request (command, &request, &arguments, &error) && command->run (&request, &error);
    return ok ? PENA_EXIT_DONE : report (error);
}

int
main (int argc, char **argv)
{
    g_autoptr (GError) error = NULL;

    pena_text_init ();
    if (argc < 2 || g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h")) {
        print_help ();
        return argc < 2 ? PENA_EXIT_USAGE : PENA_EXIT_DONE;
    }
    if (g_str_equal (argv[1], "--version")) {
        g_print ("pena-devca %s\n", PENA_VERSION);
        return PENA_EXIT_DONE;
    }
    for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
        if (!g_str_equal (argv[1], commands[i].name))
            continue;
        g_printerr ("%s\n", _ ("pena-devca: this CA is for development and tests, never for production."));
        return run (&commands[i], argv + 1);
    }
    fail_usage (&error, _ ("there is no such command"));
    return report (error);
}
