/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: logging in, one signature, logging out
 * Copyright (C) 2026 the Pena authors */
#include "card-use.h"

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <string.h>

#include "credentials.h"
#include "rv.h"

#define SIGNATURE_MAX 1024 /* RSA of 8192 bits */
#define COORDINATE_MAX 66  /* P-521 */

static CK_RV
login (const PenaCardUse *use, CK_USER_TYPE user)
{
    const PenaSession *session = &use->token->session;
    guint8 *pin = use->passphrase != NULL ? use->passphrase->data : NULL;
    gsize length = use->passphrase != NULL ? use->passphrase->length : 0;
    CK_RV rv = session->functions->C_Login (session->handle, user, pin, length);

    /* Somebody's login would let any passphrase through. */
    if (rv == CKR_USER_ALREADY_LOGGED_IN && user == CKU_USER) {
        session->functions->C_Logout (session->handle);
        rv = session->functions->C_Login (session->handle, user, pin, length);
    }
    return rv;
}

static gboolean
find_pss (const PenaSigningScheme *scheme, CK_RSA_PKCS_PSS_PARAMS *ret_params)
{
    static const struct {
        const gchar *digest;
        CK_RSA_PKCS_PSS_PARAMS params; /* the salt is as long as the hash */
    } rows[] = {
        {"sha256", {CKM_SHA256, CKG_MGF1_SHA256, 32}},
        {"sha384", {CKM_SHA384, CKG_MGF1_SHA384, 48}},
        {"sha512", {CKM_SHA512, CKG_MGF1_SHA512, 64}},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        if (g_str_equal (rows[i].digest, scheme->digest)) {
            *ret_params = rows[i].params;
            return TRUE;
        }
    return FALSE;
}

static CK_RV
sign_init (const PenaCardUse *use)
{
    const PenaSession *session = &use->token->session;
    CK_RSA_PKCS_PSS_PARAMS pss;
    CK_MECHANISM mechanism = {0, NULL, 0};

    if (!pena_credential_mechanism (use->credential->key, &mechanism.mechanism))
        return CKR_MECHANISM_INVALID;
    if (use->scheme->padding == RSA_PKCS1_PSS_PADDING) {
        if (!find_pss (use->scheme, &pss))
            return CKR_MECHANISM_INVALID;
        mechanism = (CK_MECHANISM){CKM_RSA_PKCS_PSS, &pss, sizeof pss};
    }
    return session->functions->C_SignInit (session->handle, &mechanism, use->credential->private_key);
}

/* A private key that had been hidden shows itself now. */
static CK_RV
find_private_key (const PenaCardUse *use)
{
    PenaCredential *credential = use->credential;
    const PenaSession *session = &use->token->session;

    if (credential->private_key != CK_INVALID_HANDLE)
        return CKR_OK;
    g_autoptr (GArray) keys = pena_objects_find_class (session, CKO_PRIVATE_KEY, credential->key_id, NULL);
    if (keys == NULL || keys->len == 0)
        return CKR_KEY_HANDLE_INVALID;
    credential->private_key = g_array_index (keys, CK_OBJECT_HANDLE, 0);
    pena_object_get_bool (session, credential->private_key, CKA_ALWAYS_AUTHENTICATE,
                          &credential->always_authenticate);
    return CKR_OK;
}

/* A key that wants the passphrase for each use may need no other login: that spares the card one VERIFY.
 * FALSE: the module wants the login of the user first. */
static gboolean
authenticate_for_key_only (const PenaCardUse *use, const gchar **ret_doing, CK_RV *ret_rv)
{
    if (use->credential->private_key == CK_INVALID_HANDLE || !use->credential->always_authenticate)
        return FALSE;
    *ret_doing = "C_SignInit";
    *ret_rv = sign_init (use);
    if (*ret_rv == CKR_USER_NOT_LOGGED_IN)
        return FALSE;
    if (*ret_rv == CKR_OK) {
        *ret_doing = "C_Login for the key";
        *ret_rv = login (use, CKU_CONTEXT_SPECIFIC);
    }
    if (*ret_rv != CKR_USER_NOT_LOGGED_IN && *ret_rv != CKR_OPERATION_NOT_INITIALIZED)
        return TRUE;
    return !pena_token_reopen (use->token, NULL);
}

static CK_RV
authenticate (const PenaCardUse *use, const gchar **ret_doing)
{
    CK_RV rv;

    if (authenticate_for_key_only (use, ret_doing, &rv))
        return rv;
    *ret_doing = "C_Login";
    rv = login (use, CKU_USER);
    if (rv != CKR_OK)
        return rv;
    *ret_doing = "finding the private key";
    rv = find_private_key (use);
    if (rv != CKR_OK)
        return rv;
    *ret_doing = "C_SignInit";
    rv = sign_init (use);
    if (rv != CKR_OK || !use->credential->always_authenticate)
        return rv;
    *ret_doing = "C_Login for the key";
    return login (use, CKU_CONTEXT_SPECIFIC);
}

/* What goes into the mechanism: the bare hash, or with PKCS#1 1.5 the DigestInfo around it. */
static GBytes *
make_input (const PenaCardUse *use)
{
    const PenaDigestAlgorithm *digest = pena_digest_algorithm_by_name (use->scheme->digest);
    guint8 value[EVP_MAX_MD_SIZE];
    guint value_length = 0;
    gsize length;
    const guint8 *data = g_bytes_get_data (use->to_be_signed, &length);

    if (EVP_Digest (data, length, value, &value_length, digest->md (), NULL) != 1)
        return NULL;
    return use->scheme->padding == RSA_PKCS1_PADDING ? pena_digest_info_new (use->scheme, value, value_length)
                                                     : g_bytes_new (value, value_length);
}

GBytes *
pena_ecdsa_to_der (const guint8 *raw, gsize length)
{
    guint8 *der = NULL;
    GBytes *result = NULL;

    if (length == 0 || length % 2 != 0 || length > 2 * COORDINATE_MAX)
        return NULL;
    gint half = (gint)length / 2;
    ECDSA_SIG *signature = ECDSA_SIG_new ();
    ECDSA_SIG_set0 (signature, BN_bin2bn (raw, half, NULL), BN_bin2bn (raw + half, half, NULL));
    gint size = i2d_ECDSA_SIG (signature, &der);
    if (size > 0)
        result = g_bytes_new (der, (gsize)size);
    OPENSSL_free (der);
    ECDSA_SIG_free (signature);
    return result;
}

static GBytes *
compute (const PenaCardUse *use, GError **error)
{
    const PenaSession *session = &use->token->session;
    guint8 output[SIGNATURE_MAX];
    CK_ULONG length = sizeof output;
    g_autoptr (GBytes) input = make_input (use);
    GBytes *result;
    gsize input_length = 0;
    CK_RV rv = CKR_HOST_MEMORY;

    if (input != NULL) {
        CK_BYTE *data = (CK_BYTE *)g_bytes_get_data (input, &input_length);
        rv = session->functions->C_Sign (session->handle, data, input_length, output, &length);
    }
    if (!pena_rv_check (rv, "C_Sign", error))
        return NULL;
    length = MIN (length, sizeof output);
    result = use->scheme->padding != 0 ? g_bytes_new (output, length) : pena_ecdsa_to_der (output, length);
    if (result == NULL)
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "an ECDSA signature of %lu bytes", length);
    return result;
}

GBytes *
pena_card_use (const PenaCardUse *use, GError **error)
{
    const PenaSession *session = &use->token->session;
    gboolean hidden = use->credential->private_key == CK_INVALID_HANDLE;
    const gchar *doing = "";
    GBytes *signature = NULL;

    if (pena_rv_check (authenticate (use, &doing), doing, error)) {
        use->progress ("signing", use->user_data);
        signature = compute (use, error);
    }
    session->functions->C_Logout (session->handle);
    if (hidden) /* the handle ends with the login */
        use->credential->private_key = CK_INVALID_HANDLE;
    /* What was begun and failed would stand in the way of the next try. */
    if (signature == NULL)
        pena_token_reopen (use->token, NULL);
    return signature;
}
