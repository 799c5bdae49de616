/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: many threads sign with all tokens that there are, while somebody pulls them out and puts them in again
 * Copyright (C) 2026 the Pena authors */
#include <dlfcn.h>
#include <glib.h>
#include <openssl/ecdsa.h>
#include <openssl/x509.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* sign-often MODULE PIN THREADS SIGNATURES: each thread makes so many signatures, whatever happens to the
 * tokens meanwhile, and checks each with the certificate's key. Prints what came in between; fails on a wrong
 * signature, on an answer that a pulled token does not explain, and when nothing goes on for a minute. */

enum { TOKENS_MAX = 8, PATIENCE_SECONDS = 60, PAUSE_MICROSECONDS = 20 * 1000 };

static CK_FUNCTION_LIST *p11;
static gchar *pin;
static guint wanted;
static gint made, interrupted, last_progress;

static void
load (const gchar *path)
{
    void *module = dlopen (path, RTLD_NOW | RTLD_LOCAL);
    CK_C_GetFunctionList get =
        module != NULL ? (CK_C_GetFunctionList)dlsym (module, "C_GetFunctionList") : NULL;

    if (get == NULL || get (&p11) != CKR_OK || p11->C_Initialize (NULL) != CKR_OK)
        g_error ("cannot load %s", path);
}

static CK_OBJECT_HANDLE
find (CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, CK_RV *rv)
{
    CK_BYTE id = 1;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, &id, sizeof id}};
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CK_ULONG count = 0;

    *rv = p11->C_FindObjectsInit (session, template, G_N_ELEMENTS (template));
    if (*rv == CKR_OK)
        *rv = p11->C_FindObjects (session, &object, 1, &count);
    if (*rv == CKR_OK)
        *rv = p11->C_FindObjectsFinal (session);
    if (*rv == CKR_OK && count == 0)
        *rv = CKR_USER_NOT_LOGGED_IN; /* by then somebody had pulled it out */
    return object;
}

static CK_RV
get_certificate (CK_SESSION_HANDLE session, X509 **ret_certificate)
{
    guint8 value[4096];
    const guint8 *at = value;
    CK_ATTRIBUTE attribute = {CKA_VALUE, value, sizeof value};
    CK_RV rv;
    CK_OBJECT_HANDLE object = find (session, CKO_CERTIFICATE, &rv);

    if (rv == CKR_OK)
        rv = p11->C_GetAttributeValue (session, object, &attribute, 1);
    if (rv == CKR_OK)
        *ret_certificate = d2i_X509 (NULL, &at, (long)attribute.ulValueLen);
    return rv;
}

static gboolean
verify_ecdsa (EVP_PKEY *key, const guint8 *hash, const guint8 *signature, gsize length)
{
    ECDSA_SIG *sig = ECDSA_SIG_new ();
    guint8 *der = NULL;

    ECDSA_SIG_set0 (sig, BN_bin2bn (signature, (int)length / 2, NULL),
                    BN_bin2bn (signature + length / 2, (int)length / 2, NULL));
    int size = i2d_ECDSA_SIG (sig, &der);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new (key, NULL);
    gboolean right =
        EVP_PKEY_verify_init (context) == 1 && EVP_PKEY_verify (context, der, (gsize)size, hash, 32) == 1;
    EVP_PKEY_CTX_free (context);
    OPENSSL_free (der);
    ECDSA_SIG_free (sig);
    return right;
}

/* One signature over a text of its own. */
static CK_RV
sign (CK_SESSION_HANDLE session)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    guint8 hash[32], signature[256];
    CK_ULONG length = sizeof signature;
    X509 *certificate = NULL;
    CK_RV rv;

    CK_OBJECT_HANDLE key = find (session, CKO_PRIVATE_KEY, &rv);
    for (guint i = 0; i < sizeof hash; i++)
        hash[i] = (guint8)g_random_int ();
    if (rv == CKR_OK)
        rv = get_certificate (session, &certificate);
    if (rv == CKR_OK)
        rv = p11->C_SignInit (session, &mechanism, key);
    if (rv == CKR_OK)
        rv = p11->C_Sign (session, hash, sizeof hash, signature, &length);
    if (rv == CKR_OK && !verify_ecdsa (X509_get0_pubkey (certificate), hash, signature, length))
        g_error ("a wrong signature");
    X509_free (certificate);
    return rv;
}

static CK_RV
sign_on (CK_SLOT_ID slot)
{
    CK_SESSION_HANDLE session;
    CK_RV rv = p11->C_OpenSession (slot, CKF_SERIAL_SESSION, NULL, NULL, &session);

    if (rv != CKR_OK)
        return rv;
    rv = p11->C_Login (session, CKU_USER, (CK_UTF8CHAR *)pin, strlen (pin));
    if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
        rv = sign (session);
    p11->C_CloseSession (session);
    return rv;
}

/* What a token that is pulled out, or that the other process or thread logs out of, explains. */
static gboolean
is_explained (CK_RV rv)
{
    return rv == CKR_DEVICE_REMOVED || rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_SESSION_HANDLE_INVALID ||
           rv == CKR_USER_NOT_LOGGED_IN || rv == CKR_TOKEN_NOT_RECOGNIZED || rv == CKR_DEVICE_ERROR ||
           rv == CKR_KEY_HANDLE_INVALID || rv == CKR_OBJECT_HANDLE_INVALID;
}

static gpointer
work (gpointer data)
{
    CK_SLOT_ID slots[TOKENS_MAX];
    guint turn = GPOINTER_TO_UINT (data);

    for (guint done = 0; done < wanted;) {
        CK_ULONG count = TOKENS_MAX;
        CK_RV rv = p11->C_GetSlotList (CK_TRUE, slots, &count);
        if (rv == CKR_OK)
            rv = count > 0 ? sign_on (slots[turn++ % count]) : CKR_TOKEN_NOT_PRESENT;
        if (rv == CKR_OK) {
            done++;
            g_atomic_int_inc (&made);
            g_atomic_int_set (&last_progress, (gint)(g_get_monotonic_time () / G_USEC_PER_SEC));
            continue;
        }
        if (!is_explained (rv))
            g_error ("unexpected: 0x%lx", rv);
        g_atomic_int_inc (&interrupted);
        if (g_get_monotonic_time () / G_USEC_PER_SEC - g_atomic_int_get (&last_progress) > PATIENCE_SECONDS)
            g_error ("nothing goes on any more: 0x%lx", rv);
        g_usleep (PAUSE_MICROSECONDS);
    }
    return NULL;
}

int
main (int argc, char **argv)
{
    if (argc != 5)
        return 2;
    load (argv[1]);
    pin = argv[2];
    guint n_threads = (guint)atoi (argv[3]);
    wanted = (guint)atoi (argv[4]);
    g_autofree GThread **threads = g_new (GThread *, n_threads);
    last_progress = (gint)(g_get_monotonic_time () / G_USEC_PER_SEC);
    for (guint i = 0; i < n_threads; i++)
        threads[i] = g_thread_new ("signer", work, GUINT_TO_POINTER (i));
    for (guint i = 0; i < n_threads; i++)
        g_thread_join (threads[i]);
    if (p11->C_Finalize (NULL) != CKR_OK)
        g_error ("C_Finalize");
    printf ("%d signatures, all right; %d times a token was gone\n", made, interrupted);
    return 0;
}
