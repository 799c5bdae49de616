/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 module: the administrator, keys and certificates that come and go, PINs
 * Copyright (C) 2026 the Pena authors */
/* The programs that have engines still use them this way. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ec.h>
#include <openssl/engine.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "module-world.h"

#define OFFICER ((CK_UTF8CHAR *)"010203040506070801020304050607080102030405060708")
#define OFFICER_LENGTH 48
#define PUK ((CK_UTF8CHAR *)VTOKEN_PUK)

static CK_BBOOL yes = CK_TRUE;
static CK_BYTE p256[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};

static CK_SESSION_HANDLE
begin (CK_USER_TYPE user)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = module_world_open (CKF_RW_SESSION);
    if (user == CKU_SO)
        g_assert_cmphex (p11->C_Login (session, CKU_SO, OFFICER, OFFICER_LENGTH), ==, CKR_OK);
    else
        g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    return session;
}

static CK_RV
generate (CK_SESSION_HANDLE session, CK_BYTE id, CK_OBJECT_HANDLE *public, CK_OBJECT_HANDLE *private)
{
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_ATTRIBUTE template[] = {{CKA_TOKEN, &yes, 1}, {CKA_EC_PARAMS, p256, sizeof p256}, {CKA_ID, &id, 1}};

    return p11->C_GenerateKeyPair (session, &mechanism, template, id != 0 ? 3 : 2, template, 1, public,
                                   private);
}

static CK_RV
put_certificate (CK_SESSION_HANDLE session, CK_BYTE id, const guint8 *der, gsize length,
                 CK_OBJECT_HANDLE *ret_object)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_CERTIFICATE_TYPE, &type, sizeof type},
                               {CKA_TOKEN, &yes, 1},
                               {CKA_VALUE, (void *)der, length},
                               {CKA_ID, &id, 1}};

    return p11->C_CreateObject (session, template, id != 0 ? 5 : 4, ret_object);
}

/* A certificate of nobody for a key. */
static gsize
issue (EVP_PKEY *key, guint8 *der)
{
    EVP_PKEY *ca = EVP_EC_gen ("P-256");
    X509 *certificate = X509_new ();

    X509_set_pubkey (certificate, key);
    X509_gmtime_adj (X509_getm_notBefore (certificate), 0);
    X509_gmtime_adj (X509_getm_notAfter (certificate), 3600);
    g_assert_cmpint (X509_sign (certificate, ca, EVP_sha256 ()), >, 0);
    gsize length = (gsize)i2d_X509 (certificate, &der);
    X509_free (certificate);
    EVP_PKEY_free (ca);
    return length;
}

static EVP_PKEY *
read_public (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    CK_BYTE der[500];
    const guint8 *at = der;
    CK_ATTRIBUTE wanted = {CKA_PUBLIC_KEY_INFO, der, sizeof der};

    g_assert_cmphex (p11->C_GetAttributeValue (session, object, &wanted, 1), ==, CKR_OK);
    return d2i_PUBKEY (NULL, &at, (long)wanted.ulValueLen);
}

static CK_RV
sign (CK_SESSION_HANDLE session, CK_BYTE id)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_BYTE hash[32] = {1}, signature[64];
    CK_ULONG length = sizeof signature;
    CK_RV rv = p11->C_SignInit (session, &mechanism, module_world_find (session, CKO_PRIVATE_KEY, id));

    return rv == CKR_OK ? p11->C_Sign (session, hash, 32, signature, &length) : rv;
}

/* --- the administrator --- */

static void
test_officer (void)
{
    CK_SESSION_INFO info;
    CK_SESSION_HANDLE other;
    CK_UTF8CHAR wrong[] = "710203040506070801020304050607080102030405060708";

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE reading = module_world_open (0);
    CK_SESSION_HANDLE session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, OFFICER, OFFICER_LENGTH), ==,
                     CKR_SESSION_READ_ONLY_EXISTS);
    g_assert_cmphex (p11->C_CloseSession (reading), ==, CKR_OK);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, wrong, OFFICER_LENGTH), ==, CKR_PIN_INCORRECT);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, (CK_UTF8CHAR *)"no key", 6), ==, CKR_PIN_LEN_RANGE);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, OFFICER, OFFICER_LENGTH), ==, CKR_OK);
    g_assert_cmphex (p11->C_GetSessionInfo (session, &info), ==, CKR_OK);
    g_assert_cmpuint (info.state, ==, CKS_RW_SO_FUNCTIONS);
    g_assert_cmphex (p11->C_OpenSession (0, CKF_SERIAL_SESSION, NULL, NULL, &other), ==,
                     CKR_SESSION_READ_WRITE_SO_EXISTS);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, 6), ==, CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
    g_assert_cmphex (sign (session, 1), ==, CKR_USER_NOT_LOGGED_IN); /* the keys are the user's */
    g_assert_cmphex (p11->C_Logout (session), ==, CKR_OK);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, 6), ==, CKR_OK);
    g_assert_cmphex (sign (session, 1), ==, CKR_OK);
    module_world_tear_down ();
}

static void
test_only_officer (void)
{
    CK_OBJECT_HANDLE public, private;
    guint8 der[1024];
    EVP_PKEY *key = EVP_EC_gen ("P-256");
    gsize length = issue (key, der);

    CK_SESSION_HANDLE session = begin (CKU_USER);
    g_assert_cmphex (generate (session, 3, &public, &private), ==, CKR_USER_NOT_LOGGED_IN);
    g_assert_cmphex (put_certificate (session, 3, der, length, &public), ==, CKR_USER_NOT_LOGGED_IN);
    g_assert_cmphex (p11->C_DestroyObject (session, module_world_find (session, CKO_CERTIFICATE, 1)), ==,
                     CKR_USER_NOT_LOGGED_IN);
    g_assert_cmphex (generate (module_world_open (0), 3, &public, &private), ==, CKR_SESSION_READ_ONLY);
    EVP_PKEY_free (key);
    module_world_tear_down ();
}

/* --- keys and certificates --- */

static void
test_generate (void)
{
    CK_OBJECT_HANDLE public, private, certificate;
    guint8 der[1024];

    CK_SESSION_HANDLE session = begin (CKU_SO);
    CK_OBJECT_HANDLE old = module_world_find (session, CKO_CERTIFICATE, 1);
    g_assert_cmphex (generate (session, 1, &public, &private), ==, CKR_ACTION_PROHIBITED);
    g_assert_cmphex (generate (session, 99, &public, &private), ==, CKR_ATTRIBUTE_VALUE_INVALID);
    g_assert_cmphex (generate (session, 0, &public, &private), ==, CKR_OK); /* where nothing is */
    g_assert_cmpuint (module_world_find (session, CKO_PUBLIC_KEY, 3), ==, public);
    EVP_PKEY *key = read_public (session, public);
    gsize length = issue (key, der);
    /* The certificate finds its key by itself. */
    g_assert_cmphex (put_certificate (session, 0, der, length, &certificate), ==, CKR_OK);
    g_assert_cmpuint (module_world_find (session, CKO_CERTIFICATE, 3), ==, certificate);
    g_assert_cmpuint (module_world_find (session, CKO_CERTIFICATE, 1), ==, old); /* handles stay */
    g_assert_cmphex (p11->C_DestroyObject (session, certificate), ==, CKR_OK);
    g_assert_cmpuint (module_world_find (session, CKO_CERTIFICATE, 3), ==, CK_INVALID_HANDLE);
    g_assert_cmphex (p11->C_DestroyObject (session, public), ==, CKR_ACTION_PROHIBITED);
    der[length / 2] ^= 0xFF;
    g_assert_cmphex (put_certificate (session, 3, der, length - 1, &certificate), ==,
                     CKR_ATTRIBUTE_VALUE_INVALID);
    EVP_PKEY_free (key);
    module_world_tear_down ();
}

static void
test_import (void)
{
    EVP_PKEY *key = EVP_EC_gen ("P-256"), *public;
    BIGNUM *number = NULL;
    CK_BYTE value[32], id = 4;
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_KEY_TYPE type = CKK_EC;
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof class},  {CKA_KEY_TYPE, &type, sizeof type}, {CKA_TOKEN, &yes, 1},
        {CKA_EC_PARAMS, p256, sizeof p256}, {CKA_VALUE, value, sizeof value},   {CKA_ID, &id, 1}};
    CK_OBJECT_HANDLE object;

    g_assert_cmpint (EVP_PKEY_get_bn_param (key, "priv", &number), ==, 1);
    BN_bn2binpad (number, value, sizeof value);
    BN_clear_free (number);
    CK_SESSION_HANDLE session = begin (CKU_SO);
    g_assert_cmphex (p11->C_CreateObject (session, template, G_N_ELEMENTS (template), &object), ==, CKR_OK);
    public = read_public (session, module_world_find (session, CKO_PUBLIC_KEY, 4));
    g_assert_cmpint (EVP_PKEY_eq (public, key), ==, 1);
    CK_ATTRIBUTE secret = {CKA_VALUE, value, sizeof value};
    g_assert_cmphex (p11->C_GetAttributeValue (session, object, &secret, 1), ==, CKR_ATTRIBUTE_SENSITIVE);
    template[4].ulValueLen = 0;
    g_assert_cmphex (p11->C_CreateObject (session, template, G_N_ELEMENTS (template), &object), ==,
                     CKR_ATTRIBUTE_VALUE_INVALID);
    EVP_PKEY_free (public);
    EVP_PKEY_free (key);
    module_world_tear_down ();
}

/* Takes all RSA and EC keys of the program for itself, as the engine for PKCS#11 tokens does. */
static int
give_methods (ENGINE *engine, EVP_PKEY_METHOD **method, const int **nids, int nid)
{
    static const int all[] = {EVP_PKEY_RSA, EVP_PKEY_EC};

    if (method == NULL) {
        *nids = all;
        return G_N_ELEMENTS (all);
    }
    *method = (EVP_PKEY_METHOD *)EVP_PKEY_meth_find (nid);
    return *method != NULL;
}

static CK_RV
import_rsa (CK_SESSION_HANDLE session, EVP_PKEY *key, CK_BYTE id)
{
    static const struct {
        CK_ATTRIBUTE_TYPE type;
        const gchar *name;
    } numbers[] = {{CKA_MODULUS, "n"},
                   {CKA_PUBLIC_EXPONENT, "e"},
                   {CKA_PRIVATE_EXPONENT, "d"},
                   {CKA_PRIME_1, "rsa-factor1"},
                   {CKA_PRIME_2, "rsa-factor2"},
                   {CKA_EXPONENT_1, "rsa-exponent1"},
                   {CKA_EXPONENT_2, "rsa-exponent2"},
                   {CKA_COEFFICIENT, "rsa-coefficient1"}};
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_KEY_TYPE type = CKK_RSA;
    CK_BYTE values[G_N_ELEMENTS (numbers)][256];
    CK_ATTRIBUTE template[4 + G_N_ELEMENTS (numbers)] = {{CKA_CLASS, &class, sizeof class},
                                                         {CKA_KEY_TYPE, &type, sizeof type},
                                                         {CKA_TOKEN, &yes, 1},
                                                         {CKA_ID, &id, 1}};
    CK_OBJECT_HANDLE object;

    for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
        BIGNUM *number = NULL;
        g_assert_cmpint (EVP_PKEY_get_bn_param (key, numbers[i].name, &number), ==, 1);
        template[4 + i] = (CK_ATTRIBUTE){numbers[i].type, values[i], (CK_ULONG)BN_bn2bin (number, values[i])};
        BN_clear_free (number);
    }
    return p11->C_CreateObject (session, template, G_N_ELEMENTS (template), &object);
}

/* The card is in the same process, and is none of the engine's business. */
static void
answer_without_engine (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer,
                       gsize *length)
{
    ENGINE_unregister_pkey_meths (world->filter_data);
    vtoken_transmit (world->card, command, command_length, answer, length);
    g_assert_cmpint (ENGINE_register_pkey_meths (world->filter_data), ==, 1);
}

static void
test_import_beside_engine (void)
{
    EVP_PKEY *key = EVP_RSA_gen (2048), *public;
    ENGINE *engine = ENGINE_new ();
    CK_SESSION_HANDLE session = begin (CKU_SO);

    ENGINE_set_id (engine, "pena-test");
    ENGINE_set_pkey_meths (engine, give_methods);
    module_world.filter = answer_without_engine;
    module_world.filter_data = engine;
    g_assert_cmpint (ENGINE_register_pkey_meths (engine), ==, 1);
    g_assert_cmphex (import_rsa (session, key, 3), ==, CKR_OK);
    ENGINE_unregister_pkey_meths (engine);
    ENGINE_free (engine);
    module_world.filter = NULL;
    public = read_public (session, module_world_find (session, CKO_PUBLIC_KEY, 3));
    g_assert_cmpint (EVP_PKEY_eq (public, key), ==, 1);
    EVP_PKEY_free (public);
    EVP_PKEY_free (key);
    module_world_tear_down ();
}

static void
test_import_edwards (void)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_KEY_TYPE type = CKK_EC_EDWARDS;
    CK_BYTE seed[32] = {7}, id = 4, curve[] = {0x06, 0x03, 0x2B, 0x65, 0x70};
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof class},    {CKA_KEY_TYPE, &type, sizeof type}, {CKA_TOKEN, &yes, 1},
        {CKA_EC_PARAMS, curve, sizeof curve}, {CKA_VALUE, seed, sizeof seed},     {CKA_ID, &id, 1}};
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key (EVP_PKEY_ED25519, NULL, seed, sizeof seed), *public;
    CK_SESSION_HANDLE session = begin (CKU_SO);
    CK_OBJECT_HANDLE object;

    template[4].ulValueLen = 31;
    g_assert_cmphex (p11->C_CreateObject (session, template, G_N_ELEMENTS (template), &object), ==,
                     CKR_ATTRIBUTE_VALUE_INVALID);
    template[4].ulValueLen = 32;
    g_assert_cmphex (p11->C_CreateObject (session, template, G_N_ELEMENTS (template), &object), ==, CKR_OK);
    public = read_public (session, module_world_find (session, CKO_PUBLIC_KEY, 4));
    g_assert_cmpint (EVP_PKEY_eq (public, key), ==, 1);
    EVP_PKEY_free (public);
    EVP_PKEY_free (key);
    module_world_tear_down ();
}

/* --- PINs --- */

static void
block_pin (CK_SESSION_HANDLE session)
{
    CK_TOKEN_INFO info;

    for (guint i = 0; i < 2; i++)
        g_assert_cmphex (p11->C_Login (session, CKU_USER, (CK_UTF8CHAR *)"654321", 6), ==, CKR_PIN_INCORRECT);
    g_assert_cmphex (p11->C_GetTokenInfo (0, &info), ==, CKR_OK);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, (CK_UTF8CHAR *)"654321", 6), ==, CKR_PIN_LOCKED);
}

static void
test_unblock (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = module_world_open (CKF_RW_SESSION);
    block_pin (session);
    g_assert_cmphex (p11->C_SetPIN (session, (CK_UTF8CHAR *)"87654321", 8, MODULE_PIN, 6), ==,
                     CKR_PIN_INCORRECT);
    g_assert_cmphex (p11->C_SetPIN (session, PUK, 8, (CK_UTF8CHAR *)"112233", 6), ==, CKR_OK);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, (CK_UTF8CHAR *)"112233", 6), ==, CKR_OK);
    g_assert_cmphex (sign (session, 1), ==, CKR_OK);
    module_world_tear_down ();
}

static void
test_officer_pin (void)
{
    CK_UTF8CHAR fresh[] = "A1A2A3A4A5A6A7A8B1B2B3B4B5B6B7B8C1C2C3C4C5C6C7C8";

    CK_SESSION_HANDLE session = begin (CKU_SO);
    g_assert_cmphex (p11->C_SetPIN (session, fresh, 48, fresh, 48), ==, CKR_PIN_INCORRECT);
    g_assert_cmphex (p11->C_Logout (session), ==, CKR_USER_NOT_LOGGED_IN);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, OFFICER, OFFICER_LENGTH), ==, CKR_OK);
    g_assert_cmphex (p11->C_SetPIN (session, OFFICER, 48, fresh, 47), ==, CKR_PIN_LEN_RANGE);
    g_assert_cmphex (p11->C_SetPIN (session, OFFICER, 48, fresh, 48), ==, CKR_OK);
    g_assert_cmphex (p11->C_CloseAllSessions (0), ==, CKR_OK);
    session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, OFFICER, OFFICER_LENGTH), ==, CKR_PIN_INCORRECT);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, fresh, 48), ==, CKR_OK);
    module_world_tear_down ();
}

/* Everything is gone but the administrator's key. */
static void
test_init_token (void)
{
    CK_UTF8CHAR label[33] = "Token baru                      ";
    CK_UTF8CHAR fresh[] = "A1A2A3A4A5A6A7A8B1B2B3B4B5B6B7B8C1C2C3C4C5C6C7C8";

    CK_SESSION_HANDLE session = begin (CKU_SO);
    g_assert_cmphex (p11->C_SetPIN (session, OFFICER, 48, fresh, 48), ==, CKR_OK);
    g_assert_cmphex (p11->C_InitToken (0, fresh, 48, label), ==, CKR_SESSION_EXISTS);
    g_assert_cmphex (p11->C_CloseAllSessions (0), ==, CKR_OK);
    g_assert_cmphex (p11->C_InitToken (0, fresh, 48, NULL), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_InitToken (0, OFFICER, 48, label), ==, CKR_PIN_INCORRECT);
    session = module_world_open (CKF_RW_SESSION);
    g_assert_cmpuint (module_world_find (session, CKO_CERTIFICATE, 1), !=, CK_INVALID_HANDLE);
    g_assert_cmphex (p11->C_CloseAllSessions (0), ==, CKR_OK);
    g_assert_cmphex (p11->C_InitToken (0, fresh, 48, label), ==, CKR_OK);
    session = module_world_open (CKF_RW_SESSION);
    g_assert_cmpuint (module_world_find (session, CKO_CERTIFICATE, 1), ==, CK_INVALID_HANDLE);
    CK_OBJECT_HANDLE public, private; /* the administrator is not left behind */
    g_assert_cmphex (generate (session, 1, &public, &private), ==, CKR_USER_NOT_LOGGED_IN);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, fresh, 48), ==, CKR_OK);
    module_world_tear_down ();
}

/* Whether the token must be touched is settled when the key is made, and can be read. */
static void
test_touch (void)
{
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_BYTE id = 3;
    CK_ULONG touch = PENA_TOUCH_CACHED + 1, told = 0;
    CK_ATTRIBUTE public[] = {{CKA_TOKEN, &yes, 1}, {CKA_EC_PARAMS, p256, sizeof p256}, {CKA_ID, &id, 1}};
    CK_ATTRIBUTE private[] = {{CKA_TOKEN, &yes, 1}, {CKA_PENA_TOUCH, &touch, sizeof touch}};
    CK_ATTRIBUTE wanted = {CKA_PENA_TOUCH, &told, sizeof told};
    CK_OBJECT_HANDLE public_key, private_key;
    CK_SESSION_HANDLE session = begin (CKU_SO);

    g_assert_cmphex (
        p11->C_GenerateKeyPair (session, &mechanism, public, 3, private, 2, &public_key, &private_key), ==,
        CKR_ATTRIBUTE_VALUE_INVALID);
    touch = PENA_TOUCH_CACHED;
    g_assert_cmphex (
        p11->C_GenerateKeyPair (session, &mechanism, public, 3, private, 2, &public_key, &private_key), ==,
        CKR_OK);
    g_assert_cmphex (p11->C_GetAttributeValue (session, private_key, &wanted, 1), ==, CKR_OK);
    g_assert_cmpuint (told, ==, PENA_TOUCH_CACHED);
    module_world_tear_down ();
}

/* --- faults --- */

/* One fault at every command while a key is made, its certificate is put and taken off: named answers, and the
 * administrator can always go on. */
static CK_RV
provision (void)
{
    CK_OBJECT_HANDLE public, private, certificate;
    CK_SESSION_HANDLE session;
    guint8 der[1024];
    CK_RV rv = p11->C_OpenSession (0, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session);

    if (rv == CKR_OK)
        rv = p11->C_Login (session, CKU_SO, OFFICER, OFFICER_LENGTH);
    if (rv == CKR_OK)
        rv = generate (session, 3, &public, &private);
    if (rv != CKR_OK)
        return rv;
    EVP_PKEY *key = read_public (session, public);
    gsize length = issue (key, der);
    EVP_PKEY_free (key);
    rv = put_certificate (session, 3, der, length, &certificate);
    if (rv == CKR_OK)
        rv = p11->C_DestroyObject (session, certificate);
    p11->C_CloseAllSessions (0);
    return rv;
}

static gboolean
is_named (CK_RV rv)
{
    return rv == CKR_OK || rv == CKR_DEVICE_REMOVED || rv == CKR_DEVICE_ERROR ||
           rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_TOKEN_NOT_RECOGNIZED || rv == CKR_USER_NOT_LOGGED_IN ||
           rv == CKR_SESSION_HANDLE_INVALID || rv == CKR_KEY_HANDLE_INVALID ||
           rv == CKR_OBJECT_HANDLE_INVALID || rv == CKR_FUNCTION_NOT_SUPPORTED || rv == CKR_PIN_INCORRECT ||
           rv == CKR_ACTION_PROHIBITED || rv == CKR_TOKEN_WRITE_PROTECTED || rv == CKR_DEVICE_MEMORY ||
           rv == CKR_KEY_TYPE_INCONSISTENT || rv == CKR_CURVE_NOT_SUPPORTED;
}

static void
check_still_provisionable (void)
{
    CK_SESSION_HANDLE session;
    CK_RV rv;

    vtoken_fault_clear (module_world.card);
    vtoken_world_start_service (&module_world);
    vtoken_world_pull (&module_world);
    vtoken_world_insert (&module_world);
    session = module_world_open (CKF_RW_SESSION);
    rv = p11->C_Login (session, CKU_SO, OFFICER, OFFICER_LENGTH);
    g_assert_cmphex (rv, ==, CKR_OK);
    CK_OBJECT_HANDLE left = module_world_find (session, CKO_CERTIFICATE, 3);
    if (left != CK_INVALID_HANDLE)
        g_assert_cmphex (p11->C_DestroyObject (session, left), ==, CKR_OK);
    p11->C_CloseAllSessions (0);
    g_assert_cmphex (provision (), ==, CKR_OK);
    g_assert_cmphex (vtoken_world_send (&module_world, "00A4040009A00000030800001000"), ==, 0x9000);
    g_assert_cmphex (vtoken_world_send (&module_world, "00200080"), ==, 0x63C3);
}

static void
test_faults (void)
{
    static const struct {
        VtokenFault fault;
        guint argument;
    } faults[] = {{VTOKEN_FAULT_PULL, 0},        {VTOKEN_FAULT_EMPTY, 0},       {VTOKEN_FAULT_RESET, 0},
                  {VTOKEN_FAULT_STATUS, 0x6F00}, {VTOKEN_FAULT_STATUS, 0x6982}, {VTOKEN_FAULT_SHORT, 0},
                  {VTOKEN_FAULT_GARBAGE, 0}};
    guint cases = 0;

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
        gboolean met = TRUE;
        for (guint nth = 1; met; nth++) {
            vtoken_reset_count (module_world.card);
            vtoken_fault_at (module_world.card, faults[i].fault, nth, faults[i].argument);
            CK_RV rv = provision ();
            met = vtoken_get_count (module_world.card) >= nth;
            g_test_message ("fault %u at command %u: 0x%lx", i, nth, rv);
            g_assert_true (is_named (rv));
            check_still_provisionable ();
            cases += met ? 1 : 0;
            g_assert_cmpuint (nth, <, 200);
        }
    }
    g_print ("# provisioning: %u cases\n", cases);
    g_assert_cmpuint (cases, >, 50);
    module_world_tear_down ();
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/module/provision/officer", test_officer);
    g_test_add_func ("/module/provision/only-officer", test_only_officer);
    g_test_add_func ("/module/provision/generate", test_generate);
    g_test_add_func ("/module/provision/touch", test_touch);
    g_test_add_func ("/module/provision/import", test_import);
    g_test_add_func ("/module/provision/import-beside-engine", test_import_beside_engine);
    g_test_add_func ("/module/provision/import-edwards", test_import_edwards);
    g_test_add_func ("/module/provision/unblock", test_unblock);
    g_test_add_func ("/module/provision/officer-pin", test_officer_pin);
    g_test_add_func ("/module/provision/init-token", test_init_token);
    g_test_add_func ("/module/provision/faults", test_faults);
    return g_test_run ();
}
