/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: which certificate signs
 * Copyright (C) 2026 the Pena authors */
#include "pena-choice.h"

#include <pena/pena-error.h>

GBytes *
pena_choice_dup_certificate (GVariant *credential)
{
    g_autoptr (GVariant) value =
        g_variant_lookup_value (credential, "certificate", G_VARIANT_TYPE_BYTESTRING);

    return value != NULL ? g_variant_get_data_as_bytes (value) : NULL;
}

static gboolean
can_sign (GVariant *credential)
{
    gboolean result = FALSE;

    return g_variant_lookup (credential, "can-sign", "b", &result) && result;
}

static GPtrArray *
all_credentials (GVariant *tokens)
{
    GPtrArray *result = g_ptr_array_new_with_free_func ((GDestroyNotify)g_variant_unref);
    GVariantIter iter;
    GVariant *token;

    g_variant_iter_init (&iter, tokens);
    while ((token = g_variant_iter_next_value (&iter)) != NULL) {
        g_autoptr (GVariant) list = g_variant_lookup_value (token, "credentials", G_VARIANT_TYPE ("aa{sv}"));
        for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++)
            g_ptr_array_add (result, g_variant_get_child_value (list, i));
        g_variant_unref (token);
    }
    return result;
}

static GError *
ask_usable (GVariant *credential, PenaUsableFunc usable, gpointer user_data)
{
    g_autoptr (GBytes) certificate = pena_choice_dup_certificate (credential);

    if (certificate == NULL)
        return g_error_new_literal (PENA_ERROR, PENA_ERROR_CERTIFICATE_INVALID, "no certificate");
    return usable (certificate, user_data);
}

static GVariant *
find (GPtrArray *credentials, const gchar *id)
{
    for (guint i = 0; i < credentials->len; i++) {
        const gchar *own = NULL;
        if (g_variant_lookup (credentials->pdata[i], "id", "&s", &own) && g_ascii_strcasecmp (own, id) == 0)
            return credentials->pdata[i];
    }
    return NULL;
}

static GVariant *
choose_named (GPtrArray *credentials, const gchar *id, PenaUsableFunc usable, gpointer user_data,
              GError **error)
{
    GVariant *found = find (credentials, id);
    GError *why;

    if (found == NULL) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CREDENTIAL_UNKNOWN, "no such credential");
        return NULL;
    }
    why = ask_usable (found, usable, user_data);
    if (why == NULL && !can_sign (found))
        why = g_error_new_literal (PENA_ERROR, PENA_ERROR_KEY_UNSUPPORTED,
                                   "the token cannot sign with this key");
    if (why != NULL) {
        g_propagate_error (error, why);
        return NULL;
    }
    return g_variant_ref (found);
}

/* That a certificate is for other things says nothing; that the one for signing has expired says it all. */
static gboolean
tells_more (const GError *why, const GError *than)
{
    return than == NULL || (g_error_matches (than, PENA_ERROR, PENA_ERROR_CERTIFICATE_USAGE) &&
                            !g_error_matches (why, PENA_ERROR, PENA_ERROR_CERTIFICATE_USAGE));
}

/* Certificates that may not sign do not make the choice ambiguous; when none may, the answer is the reason of the
 * first one with a key that is meant for signing. */
static GVariant *
choose_only (GPtrArray *credentials, PenaUsableFunc usable, gpointer user_data, GError **error)
{
    g_autoptr (GError) best = NULL;
    GVariant *only = NULL;

    for (guint i = 0; i < credentials->len; i++) {
        if (!can_sign (credentials->pdata[i]))
            continue;
        g_autoptr (GError) why = ask_usable (credentials->pdata[i], usable, user_data);
        if (why != NULL) {
            if (tells_more (why, best)) {
                g_clear_error (&best);
                best = g_steal_pointer (&why);
            }
        } else if (only != NULL) {
            g_set_error_literal (error, PENA_ERROR, PENA_ERROR_TOKEN_AMBIGUOUS,
                                 "several credentials can sign");
            return NULL;
        } else {
            only = credentials->pdata[i];
        }
    }
    if (only != NULL)
        return g_variant_ref (only);
    if (best != NULL)
        g_propagate_error (error, g_steal_pointer (&best));
    else
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CREDENTIAL_MISSING, "no credential can sign");
    return NULL;
}

GVariant *
pena_choice_credential (GVariant *tokens, const gchar *id, PenaUsableFunc usable, gpointer user_data,
                        GError **error)
{
    g_return_val_if_fail (g_variant_is_of_type (tokens, G_VARIANT_TYPE ("aa{sv}")), NULL);

    if (g_variant_n_children (tokens) == 0) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_TOKEN_MISSING, "no token");
        return NULL;
    }
    g_autoptr (GPtrArray) credentials = all_credentials (tokens);
    return id != NULL ? choose_named (credentials, id, usable, user_data, error)
                      : choose_only (credentials, usable, user_data, error);
}
