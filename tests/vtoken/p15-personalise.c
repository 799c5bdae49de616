/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PKCS#15 application: keys and their certificates
 * Copyright (C) 2026 the Pena authors */
#include "p15.h"
#include "vtoken-request.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)

/* Cards of this kind get their keys from the manufacturer's own tools, so this goes behind the commands. */
static GBytes *
sign_block (gconstpointer block, gsize length, gpointer data, GError **error)
{
    const P15Key *key = data;
    GBytes *signature = vtoken_key_sign (key->key, key->algorithm, block, length);

    if (signature == NULL)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "virtual token: the key does not sign");
    return signature;
}

gboolean
vtoken_pkcs15_personalise (Vtoken *self, VtokenAlgorithm algorithm, guint8 reference, VtokenIssue issue,
                           gpointer data, GError **error)
{
    P15 *app = vtoken_get_app (self, &vtoken_application_pkcs15);
    g_autoptr (EVP_PKEY) generated = vtoken_key_generate (algorithm);

    g_return_val_if_fail (app != NULL && generated != NULL, FALSE);
    g_return_val_if_fail (reference == app->keys->len + 1 && reference <= P15_KEYS_MAX, FALSE);
    P15Key making = {.reference = reference, .algorithm = algorithm, .key = generated};
    g_autoptr (GBytes) request = vtoken_request_new (algorithm, generated, sign_block, &making, error);
    g_autoptr (GBytes) certificate =
        request != NULL ? issue (request, p15_key_wants_consent (&making) ? 0x9C : 0x9A, data, error) : NULL;
    if (certificate == NULL)
        return FALSE;
    P15Key *key = g_memdup2 (&making, sizeof making);
    key->key = g_steal_pointer (&generated);
    key->certificate = g_steal_pointer (&certificate);
    g_ptr_array_add (app->keys, key);
    g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
    g_free (app->updated);
    app->updated = g_date_time_format (now, "%Y%m%d%H%M%SZ");
    p15_build_files (app);
    vtoken_reset (self);
    vtoken_reset_count (self);
    if (p15_save_change (app) == SW_OK)
        return TRUE;
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "virtual token: its state cannot be written");
    return FALSE;
}
