/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena token import-certificate and pena token export-certificate
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "pena-text.h"
#include "token.h"

/* More than any card has room for. */
#define FILE_MAX 65536

/* --- import --- */

static X509 *
parse_certificate (const gchar *bytes, gsize length)
{
    const guint8 *at = (const guint8 *)bytes;
    BIO *bio = BIO_new_mem_buf (bytes, (int)length);
    X509 *x509 = PEM_read_bio_X509 (bio, NULL, NULL, NULL);

    BIO_free (bio);
    return x509 != NULL ? x509 : d2i_X509 (NULL, &at, (glong)length);
}

static X509 *
read_certificate (const gchar *path, GError **error)
{
    g_autofree gchar *bytes = NULL;
    g_autofree gchar *shown = g_filename_display_name (path);
    g_autoptr (GError) failed = NULL;
    gsize length = 0;
    gboolean readable = g_file_get_contents (path, &bytes, &length, &failed);

    X509 *x509 = readable && length <= FILE_MAX ? parse_certificate (bytes, length) : NULL;
    if (x509 == NULL) {
        g_autofree gchar *reason = readable ? g_strdup_printf (_ ("%s is no certificate (PEM or DER)"), shown)
                                            : g_strdup (failed->message);
        pena_token_fail_request (reason, error);
    }
    return x509;
}

static gboolean
fail_mismatch (GError **error)
{
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_MISMATCH, "no such key");
    return FALSE;
}

static gboolean
is_key_of (const PenaToken *token, CK_OBJECT_HANDLE object, X509 *x509)
{
    g_autoptr (GBytes) der = pena_token_get_attribute (token, object, CKA_PUBLIC_KEY_INFO);
    gsize length = 0;
    const guint8 *at = der != NULL ? g_bytes_get_data (der, &length) : NULL;
    EVP_PKEY *key = at != NULL ? d2i_PUBKEY (NULL, &at, (glong)length) : NULL;
    gboolean same = key != NULL && EVP_PKEY_eq (key, X509_get0_pubkey (x509)) == 1;

    EVP_PKEY_free (key);
    return same;
}

/* The place whose key the certificate is for, which must be the one that was named. Transfer full. */
static GBytes *
find_place (const PenaTokenRun *run, X509 *x509, GError **error)
{
    const PenaToken *token = run->token;
    g_autoptr (GArray) keys = pena_token_find_all (token, CKO_PUBLIC_KEY, error);

    for (guint i = 0; keys != NULL && i < keys->len; i++) {
        CK_OBJECT_HANDLE object = g_array_index (keys, CK_OBJECT_HANDLE, i);
        g_autoptr (GBytes) id = pena_token_get_attribute (token, object, CKA_ID);
        if (id == NULL || !is_key_of (token, object, x509))
            continue;
        g_autofree gchar *name = pena_token_place_name (token->model, id);
        if (run->arguments.place == NULL || g_ascii_strcasecmp (name, run->arguments.place) == 0)
            return g_steal_pointer (&id);
    }
    if (keys != NULL)
        fail_mismatch (error);
    return NULL;
}

/* A certificate that is there may be in use: another one only with --force. */
static gboolean
check_replaced (const PenaTokenRun *run, GBytes *id, GError **error)
{
    const guint8 *bytes = g_bytes_get_data (id, NULL);
    CK_OBJECT_HANDLE there;

    if (!pena_token_find (run->token, CKO_CERTIFICATE, bytes[0], &there, error))
        return FALSE;
    if (there == CK_INVALID_HANDLE || run->arguments.force)
        return TRUE;
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_KEY_PLACE_TAKEN, "has a certificate");
    return FALSE;
}

static gboolean
put_certificate (const PenaTokenRun *run, X509 *x509, GBytes *id, GError **error)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL yes = CK_TRUE;
    CK_OBJECT_HANDLE made;
    guint8 *der = NULL;
    gint length = i2d_X509 (x509, &der);
    gsize id_length;
    gconstpointer id_bytes = g_bytes_get_data (id, &id_length);
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_CERTIFICATE_TYPE, &type, sizeof type},
                               {CKA_TOKEN, &yes, sizeof yes},
                               {CKA_VALUE, der, length > 0 ? (CK_ULONG)length : 0},
                               {CKA_ID, (void *)id_bytes, id_length}};

    CK_RV rv = run->token->module->p11->C_CreateObject (run->token->session, template,
                                                        G_N_ELEMENTS (template), &made);
    OPENSSL_free (der);
    return pena_token_check (run->token, rv, PENA_TOKEN_ADMIN, error);
}

static gboolean
import (PenaTokenRun *run, JsonObject *answer, GError **error)
{
    X509 *x509 = run->subject;
    g_autoptr (GBytes) id = find_place (run, x509, error);

    if (id == NULL || !check_replaced (run, id, error) || !pena_token_become_administrator (run, error))
        return FALSE;
    pena_token_run_hold_signals (run);
    if (!put_certificate (run, x509, id, error))
        return FALSE;
    g_autofree gchar *name = pena_token_place_name (run->token->model, id);
    json_object_set_string_member (answer, "place", name);
    return TRUE;
}

static gint
import_run (PenaCli *cli, gchar **argv)
{
    g_auto (PenaTokenRun) run = {.cli = cli};
    const GOptionEntry entries[] = {
        PENA_TOKEN_OPTION_TOKEN (run),
        PENA_TOKEN_OPTION_PLACE (run, N_ ("Where it must go (default: to its key)")),
        PENA_TOKEN_OPTION_FORCE (run, N_ ("Replace the certificate that is there")),
        PENA_TOKEN_OPTION_PASSPHRASE (run),
        PENA_TOKEN_OPTION_MANAGEMENT_KEY (run),
        PENA_TOKEN_OPTION_LAST_TRY (run),
        G_OPTION_ENTRY_NULL,
    };
    GError *error = NULL;
    gint status;

    if (!pena_token_run_parse (&run, &pena_token_command_import_certificate, entries, argv, 1, &status))
        return status;
    X509 *x509 = read_certificate (run.files[0], &error);
    if (x509 == NULL)
        return pena_cli_fail (cli, NULL, error);
    run.subject = x509;
    status = pena_token_run_do (&run, import, _ ("The certificate is on the token."));
    X509_free (x509);
    return status;
}

const PenaCliCommand pena_token_command_import_certificate = {
    .name = "token import-certificate",
    .summary = N_ ("Put a certificate on a token"),
    .arguments = N_ ("FILE"),
    .details = N_ ("It goes to the key that it was issued for; one for another key is refused.\n"
                   "\n"
                   "Examples:\n"
                   "  pena token import-certificate certificate.pem\n"
                   "  pena token import-certificate --force renewed.pem"),
    .run = import_run,
};

/* --- export --- */

static GBytes *
choose_certificate (const PenaTokenRun *run, GError **error)
{
    const PenaToken *token = run->token;
    const gchar *place = run->arguments.place;
    g_autoptr (GArray) objects = pena_token_find_all (token, CKO_CERTIFICATE, error);
    CK_OBJECT_HANDLE found = CK_INVALID_HANDLE;
    guint matches = 0;

    if (objects == NULL)
        return NULL;
    for (guint i = 0; i < objects->len; i++) {
        CK_OBJECT_HANDLE object = g_array_index (objects, CK_OBJECT_HANDLE, i);
        g_autoptr (GBytes) id = pena_token_get_attribute (token, object, CKA_ID);
        g_autofree gchar *name = id != NULL ? pena_token_place_name (token->model, id) : g_strdup ("");
        if (place != NULL && g_ascii_strcasecmp (name, place) != 0)
            continue;
        found = object;
        matches++;
    }
    g_autoptr (GBytes) der = matches == 1 ? pena_token_get_attribute (token, found, CKA_VALUE) : NULL;
    if (der == NULL)
        pena_token_fail_request (matches == 0 ? _ ("there is no certificate at this place")
                                              : _ ("there are several certificates; name one with --place"),
                                 error);
    return g_steal_pointer (&der);
}

static gboolean export(PenaTokenRun *run, JsonObject *answer, GError **error)
{
    g_autoptr (GBytes) der = choose_certificate (run, error);

    return der != NULL && pena_token_run_reserve_output (run, error) &&
           pena_token_run_give_pem (run, "CERTIFICATE", &der, 1, answer, error);
}

static gint
export_run (PenaCli *cli, gchar **argv)
{
    g_auto (PenaTokenRun) run = {.cli = cli};
    const GOptionEntry entries[] = {
        PENA_TOKEN_OPTION_TOKEN (run),
        PENA_TOKEN_OPTION_PLACE (run, N_ ("Which certificate: 9a, 9c, sig…")),
        PENA_TOKEN_OPTION_OUTPUT (run),
        PENA_TOKEN_OPTION_FORCE (run, N_ ("Replace an existing output")),
        G_OPTION_ENTRY_NULL,
    };
    gint status;

    if (!pena_token_run_parse (&run, &pena_token_command_export_certificate, entries, argv, 0, &status))
        return status;
    return pena_token_run_do (&run, export, _ ("The certificate was read."));
}

const PenaCliCommand pena_token_command_export_certificate = {
    .name = "token export-certificate",
    .summary = N_ ("Write a certificate of a token as PEM"),
    .arguments = "",
    .details = N_ ("Asks for nothing: certificates are public.\n"
                   "\n"
                   "Examples:\n"
                   "  pena token export-certificate --output certificate.pem\n"
                   "  pena token export-certificate --place 9a"),
    .run = export_run,
};
