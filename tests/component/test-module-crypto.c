/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 module: encryption, recovery, messages, agreement, and objects that sessions make
 * Copyright (C) 2026 the Pena authors */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <string.h>

#include "module-world.h"

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

static CK_SESSION_HANDLE
begin (VtokenAlgorithm algorithm)
{
    module_world_set_up (algorithm, NULL);
    CK_SESSION_HANDLE session = module_world_open (0);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    return session;
}

static CK_OBJECT_HANDLE
own (CK_SESSION_HANDLE session, CK_OBJECT_CLASS class)
{
    CK_OBJECT_HANDLE object = module_world_find (session, class, 1);

    g_assert_cmpuint (object, !=, CK_INVALID_HANDLE);
    return object;
}

static CK_FUNCTION_LIST_3_0 *
functions_3_0 (void)
{
    CK_INTERFACE *interface;
    CK_VERSION version = {3, 0};

    g_assert_cmphex (C_GetInterface ((CK_UTF8CHAR *)"PKCS 11", &version, &interface, 0), ==, CKR_OK);
    return interface->pFunctionList;
}

/* --- encrypting and decrypting --- */

static CK_RSA_PKCS_OAEP_PARAMS oaep_sha1 = {CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0};
static CK_RSA_PKCS_OAEP_PARAMS oaep_label = {CKM_SHA256, CKG_MGF1_SHA384, CKZ_DATA_SPECIFIED, (void *)"label",
                                             5};

/* Back comes what was encrypted; in parts as well. */
static void
round_trip (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, gsize length)
{
    CK_BYTE plain[256] = {0}, sealed[256], opened[256];
    CK_ULONG sealed_length = sizeof sealed, opened_length = sizeof opened, none = 9;

    memset (plain + 1, 0x5A, length - 1);
    g_assert_cmphex (p11->C_EncryptInit (session, mechanism, own (session, CKO_PUBLIC_KEY)), ==, CKR_OK);
    g_assert_cmphex (p11->C_Encrypt (session, plain, length, sealed, &sealed_length), ==, CKR_OK);
    g_assert_cmpuint (sealed_length, ==, 256);
    g_assert_cmphex (p11->C_DecryptInit (session, mechanism, own (session, CKO_PRIVATE_KEY)), ==, CKR_OK);
    g_assert_cmphex (p11->C_Decrypt (session, sealed, sealed_length, opened, &opened_length), ==, CKR_OK);
    g_assert_cmpmem (opened, opened_length, plain, length);
    g_assert_cmphex (p11->C_DecryptInit (session, mechanism, own (session, CKO_PRIVATE_KEY)), ==, CKR_OK);
    for (guint i = 0; i < 4; i++)
        g_assert_cmphex (p11->C_DecryptUpdate (session, sealed + 64 * i, 64, opened, &none), ==, CKR_OK);
    g_assert_cmpuint (none, ==, 0);
    opened_length = 0;
    g_assert_cmphex (p11->C_DecryptFinal (session, NULL, &opened_length), ==, CKR_OK);
    g_assert_cmpuint (opened_length, >=, length);
    opened_length = sizeof opened;
    g_assert_cmphex (p11->C_DecryptFinal (session, opened, &opened_length), ==, CKR_OK);
    g_assert_cmpmem (opened, opened_length, plain, length);
    g_assert_cmphex (p11->C_DecryptFinal (session, opened, &opened_length), ==,
                     CKR_OPERATION_NOT_INITIALIZED);
}

static void
test_encrypt (void)
{
    CK_SESSION_HANDLE session = begin (VTOKEN_ALGORITHM_RSA2048);
    CK_MECHANISM pkcs1 = {CKM_RSA_PKCS, NULL, 0};
    CK_MECHANISM raw = {CKM_RSA_X_509, NULL, 0};
    CK_MECHANISM sha1 = {CKM_RSA_PKCS_OAEP, &oaep_sha1, sizeof oaep_sha1};
    CK_MECHANISM label = {CKM_RSA_PKCS_OAEP, &oaep_label, sizeof oaep_label};
    CK_BYTE block[256] = {1}, out[256];
    CK_ULONG length = sizeof out;

    round_trip (session, &pkcs1, 245);
    round_trip (session, &raw, 256);
    round_trip (session, &sha1, 32);
    round_trip (session, &label, 190);
    /* Another label is another padding, and too much is too much. */
    g_assert_cmphex (p11->C_EncryptInit (session, &label, own (session, CKO_PUBLIC_KEY)), ==, CKR_OK);
    g_assert_cmphex (p11->C_Encrypt (session, block, 191, out, &length), ==, CKR_DATA_LEN_RANGE);
    g_assert_cmphex (p11->C_EncryptInit (session, &sha1, own (session, CKO_PUBLIC_KEY)), ==, CKR_OK);
    g_assert_cmphex (p11->C_Encrypt (session, block, 8, out, &length), ==, CKR_OK);
    g_assert_cmphex (p11->C_DecryptInit (session, &label, own (session, CKO_PRIVATE_KEY)), ==, CKR_OK);
    g_assert_cmphex (p11->C_Decrypt (session, out, 256, block, &length), ==, CKR_ENCRYPTED_DATA_INVALID);
    oaep_label.source_data = NULL;
    g_assert_cmphex (p11->C_DecryptInit (session, &label, own (session, CKO_PRIVATE_KEY)), ==,
                     CKR_MECHANISM_PARAM_INVALID);
    oaep_label.source_data = (void *)"label";
    module_world_tear_down ();
}

static void
test_recover (void)
{
    CK_SESSION_HANDLE session = begin (VTOKEN_ALGORITHM_RSA2048);
    CK_MECHANISM pkcs1 = {CKM_RSA_PKCS, NULL, 0};
    CK_BYTE data[] = "naskah", signature[256], back[256];
    CK_ULONG length = sizeof signature, back_length = sizeof back;

    g_assert_cmphex (p11->C_SignRecoverInit (session, &pkcs1, own (session, CKO_PRIVATE_KEY)), ==, CKR_OK);
    g_assert_cmphex (p11->C_SignRecover (session, data, sizeof data, signature, &length), ==, CKR_OK);
    g_assert_cmphex (p11->C_VerifyRecoverInit (session, &pkcs1, own (session, CKO_PUBLIC_KEY)), ==, CKR_OK);
    g_assert_cmphex (p11->C_VerifyRecover (session, signature, length, back, &back_length), ==, CKR_OK);
    g_assert_cmpmem (back, back_length, data, sizeof data);
    signature[9] ^= 1;
    g_assert_cmphex (p11->C_VerifyRecoverInit (session, &pkcs1, own (session, CKO_PUBLIC_KEY)), ==, CKR_OK);
    g_assert_cmphex (p11->C_VerifyRecover (session, signature, length, back, &back_length), ==,
                     CKR_SIGNATURE_INVALID);
    module_world_tear_down ();
}

/* --- messages --- */

static void
verify_message (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_BYTE *signature, CK_ULONG length)
{
    CK_FUNCTION_LIST_3_0 *f = functions_3_0 ();
    CK_BYTE text[] = "surat keputusan";

    g_assert_cmphex (f->C_MessageVerifyInit (session, mechanism, own (session, CKO_PUBLIC_KEY)), ==, CKR_OK);
    g_assert_cmphex (f->C_VerifyMessage (session, NULL, 0, text, sizeof text, signature, length), ==, CKR_OK);
    g_assert_cmphex (f->C_VerifyMessageBegin (session, NULL, 0), ==, CKR_OK);
    g_assert_cmphex (f->C_VerifyMessageNext (session, NULL, 0, text, 5, NULL, 0), ==, CKR_OK);
    g_assert_cmphex (f->C_VerifyMessageNext (session, NULL, 0, text + 5, sizeof text - 5, signature, length),
                     ==, CKR_OK);
    text[0] ^= 1;
    g_assert_cmphex (f->C_VerifyMessage (session, NULL, 0, text, sizeof text, signature, length), ==,
                     CKR_SIGNATURE_INVALID);
    g_assert_cmphex (f->C_MessageVerifyFinal (session), ==, CKR_OK);
}

static void
test_messages (void)
{
    CK_SESSION_HANDLE session = begin (VTOKEN_ALGORITHM_P256);
    CK_MECHANISM mechanism = {CKM_ECDSA_SHA256, NULL, 0};
    CK_BYTE text[] = "surat keputusan", signature[64];
    CK_ULONG length = sizeof signature;
    CK_FUNCTION_LIST_3_0 *f = functions_3_0 ();

    g_assert_cmphex (f->C_SignMessage (session, NULL, 0, text, 1, signature, &length), ==,
                     CKR_OPERATION_NOT_INITIALIZED);
    g_assert_cmphex (f->C_MessageSignInit (session, &mechanism, own (session, CKO_PRIVATE_KEY)), ==, CKR_OK);
    for (guint i = 0; i < 3; i++) {
        g_assert_cmphex (f->C_SignMessage (session, NULL, 0, text, sizeof text, signature, &length), ==,
                         CKR_OK);
        verify_message (session, &mechanism, signature, length);
    }
    g_assert_cmphex (f->C_SignMessageBegin (session, NULL, 0), ==, CKR_OK);
    g_assert_cmphex (f->C_SignMessage (session, NULL, 0, text, 1, signature, &length), ==,
                     CKR_OPERATION_ACTIVE);
    g_assert_cmphex (f->C_SignMessageNext (session, NULL, 0, text, 7, NULL, NULL), ==, CKR_OK);
    g_assert_cmphex (f->C_SignMessageNext (session, NULL, 0, text + 7, sizeof text - 7, signature, &length),
                     ==, CKR_OK);
    verify_message (session, &mechanism, signature, length);
    g_assert_cmphex (f->C_MessageSignFinal (session), ==, CKR_OK);
    g_assert_cmphex (f->C_MessageSignFinal (session), ==, CKR_OPERATION_NOT_INITIALIZED);
    g_assert_cmphex (f->C_MessageEncryptInit (session, &mechanism, 1), ==, CKR_FUNCTION_NOT_SUPPORTED);
    module_world_tear_down ();
}

/* Each message wants the PIN anew when the key does. */
static void
test_messages_pin_always (void)
{
    CK_SESSION_HANDLE session = begin (VTOKEN_ALGORITHM_P256);
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_BYTE hash[32] = {1}, signature[64];
    CK_ULONG length = sizeof signature;
    CK_FUNCTION_LIST_3_0 *f = functions_3_0 ();
    CK_OBJECT_HANDLE key = module_world_find (session, CKO_PRIVATE_KEY, 2);

    g_assert_cmphex (f->C_MessageSignInit (session, &mechanism, key), ==, CKR_OK);
    for (guint i = 0; i < 2; i++) {
        g_assert_cmphex (f->base.C_Login (session, CKU_CONTEXT_SPECIFIC, MODULE_PIN, 6), ==, CKR_OK);
        g_assert_cmphex (f->C_SignMessage (session, NULL, 0, hash, 32, signature, &length), ==, CKR_OK);
    }
    g_assert_cmphex (f->C_SignMessage (session, NULL, 0, hash, 32, signature, &length), ==,
                     CKR_USER_NOT_LOGGED_IN);
    module_world_tear_down ();
}

/* --- agreement --- */

static void
get_point (EVP_PKEY *key, guint8 **ret_point, gsize *ret_length)
{
    *ret_length = EVP_PKEY_get1_encoded_public_key (key, ret_point);
    g_assert_cmpuint (*ret_length, >, 0);
}

/* What the other side computes with its private key and our public one. */
static gsize
agree_in_software (CK_SESSION_HANDLE session, EVP_PKEY *peer, guint8 *secret)
{
    CK_BYTE point[256];
    CK_ATTRIBUTE wanted = {CKA_EC_POINT, point, sizeof point};
    gsize length = 64;

    g_assert_cmphex (p11->C_GetAttributeValue (session, own (session, CKO_PUBLIC_KEY), &wanted, 1), ==,
                     CKR_OK);
    EVP_PKEY *ours = EVP_PKEY_new ();
    g_assert_cmpint (EVP_PKEY_copy_parameters (ours, peer), ==, 1);
    g_assert_cmpint (EVP_PKEY_set1_encoded_public_key (ours, point + 2, wanted.ulValueLen - 2), ==, 1);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new (peer, NULL);
    g_assert_cmpint (EVP_PKEY_derive_init (context), ==, 1);
    g_assert_cmpint (EVP_PKEY_derive_set_peer (context, ours), ==, 1);
    g_assert_cmpint (EVP_PKEY_derive (context, secret, &length), ==, 1);
    EVP_PKEY_CTX_free (context);
    EVP_PKEY_free (ours);
    return length;
}

static void
derive (CK_SESSION_HANDLE session, CK_ECDH1_DERIVE_PARAMS *params, CK_ULONG wanted_length, CK_BYTE *value,
        CK_ULONG *length)
{
    CK_MECHANISM mechanism = {CKM_ECDH1_DERIVE, params, sizeof *params};
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_GENERIC_SECRET;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_KEY_TYPE, &type, sizeof type},
                               {CKA_SENSITIVE, &no, 1},
                               {CKA_EXTRACTABLE, &yes, 1},
                               {CKA_VALUE_LEN, &wanted_length, sizeof wanted_length}};
    CK_OBJECT_HANDLE secret;
    CK_ATTRIBUTE wanted = {CKA_VALUE, value, 128};

    g_assert_cmphex (p11->C_DeriveKey (session, &mechanism, own (session, CKO_PRIVATE_KEY), template,
                                       wanted_length > 0 ? 5 : 4, &secret),
                     ==, CKR_OK);
    g_assert_cmphex (p11->C_GetAttributeValue (session, secret, &wanted, 1), ==, CKR_OK);
    *length = wanted.ulValueLen;
    g_assert_cmphex (p11->C_DestroyObject (session, secret), ==, CKR_OK);
    g_assert_cmphex (p11->C_GetAttributeValue (session, secret, &wanted, 1), ==, CKR_OBJECT_HANDLE_INVALID);
}

static void
test_agree (gconstpointer data)
{
    gboolean p384 = GPOINTER_TO_UINT (data) == VTOKEN_ALGORITHM_P384;
    CK_SESSION_HANDLE session = begin (GPOINTER_TO_UINT (data));
    EVP_PKEY *peer = EVP_EC_gen (p384 ? "P-384" : "P-256");
    guint8 expected[64], value[128], block[64];
    guint8 *point;
    gsize point_length, size = agree_in_software (session, peer, expected);
    CK_ULONG length;

    get_point (peer, &point, &point_length);
    CK_ECDH1_DERIVE_PARAMS params = {.kdf = CKD_NULL, .public_data = point, .public_data_len = point_length};
    derive (session, &params, 0, value, &length);
    g_assert_cmpmem (value, length, expected, size);
    /* The end of it when less is wanted. */
    derive (session, &params, 16, value, &length);
    g_assert_cmpmem (value, length, expected + size - 16, 16);
    /* X9.63: SHA-256 (Z || 00000001 || shared). */
    params.kdf = CKD_SHA256_KDF;
    params.shared_data = (CK_BYTE *)"info";
    params.shared_data_len = 4;
    derive (session, &params, 0, value, &length);
    EVP_MD_CTX *sha = EVP_MD_CTX_new ();
    EVP_DigestInit_ex (sha, EVP_sha256 (), NULL);
    EVP_DigestUpdate (sha, expected, size);
    EVP_DigestUpdate (sha, "\0\0\0\1info", 8);
    EVP_DigestFinal_ex (sha, block, NULL);
    EVP_MD_CTX_free (sha);
    g_assert_cmpmem (value, length, block, 32);
    /* A point that is none, or too short. */
    CK_MECHANISM mechanism = {CKM_ECDH1_DERIVE, &params, sizeof params};
    CK_OBJECT_HANDLE secret;
    params.public_data_len--;
    g_assert_cmphex (p11->C_DeriveKey (session, &mechanism, own (session, CKO_PRIVATE_KEY), NULL, 0, &secret),
                     ==, CKR_MECHANISM_PARAM_INVALID);
    OPENSSL_free (point);
    EVP_PKEY_free (peer);
    module_world_tear_down ();
}

/* --- objects that sessions make --- */

static CK_OBJECT_HANDLE
make_secret (CK_SESSION_HANDLE session, CK_BBOOL *sensitive)
{
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_GENERIC_SECRET;
    CK_BYTE value[16] = "0123456789abcde";
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_KEY_TYPE, &type, sizeof type},
                               {CKA_SENSITIVE, sensitive, 1},
                               {CKA_VALUE, value, sizeof value}};
    CK_OBJECT_HANDLE object = 0;

    g_assert_cmphex (p11->C_CreateObject (session, template, G_N_ELEMENTS (template), &object), ==, CKR_OK);
    return object;
}

static void
test_wrap (void)
{
    CK_SESSION_HANDLE session = begin (VTOKEN_ALGORITHM_RSA2048);
    CK_MECHANISM mechanism = {CKM_RSA_PKCS, NULL, 0};
    CK_OBJECT_HANDLE secret = make_secret (session, &no), back;
    CK_BYTE wrapped[256], value[32];
    CK_ULONG length = sizeof wrapped;
    CK_ATTRIBUTE wanted = {CKA_VALUE, value, sizeof value};

    g_assert_cmphex (
        p11->C_WrapKey (session, &mechanism, own (session, CKO_PUBLIC_KEY), secret, wrapped, &length), ==,
        CKR_OK);
    g_assert_cmphex (p11->C_UnwrapKey (session, &mechanism, own (session, CKO_PRIVATE_KEY), wrapped, length,
                                       NULL, 0, &back),
                     ==, CKR_OK);
    g_assert_cmphex (p11->C_GetAttributeValue (session, back, &wanted, 1), ==, CKR_OK);
    g_assert_cmpmem (value, wanted.ulValueLen, "0123456789abcde", 16);
    /* A key on the token never leaves it. */
    g_assert_cmphex (p11->C_WrapKey (session, &mechanism, own (session, CKO_PUBLIC_KEY),
                                     own (session, CKO_PRIVATE_KEY), wrapped, &length),
                     ==, CKR_KEY_UNEXTRACTABLE);
    g_assert_cmphex (
        p11->C_UnwrapKey (session, &mechanism, own (session, CKO_PRIVATE_KEY), wrapped, 9, NULL, 0, &back),
        ==, CKR_WRAPPED_KEY_LEN_RANGE);
    module_world_tear_down ();
}

static void
test_secrets (void)
{
    CK_SESSION_HANDLE session = begin (VTOKEN_ALGORITHM_P256);
    CK_MECHANISM sha = {CKM_SHA256, NULL, 0};
    CK_OBJECT_HANDLE open = make_secret (session, &no), closed = make_secret (session, &yes), copy;
    CK_BYTE value[32];
    CK_ATTRIBUTE wanted = {CKA_VALUE, value, sizeof value};
    CK_ATTRIBUTE label = {CKA_LABEL, (void *)"nama", 4}, sensitive = {CKA_SENSITIVE, &yes, 1};
    CK_ULONG length = sizeof value;

    g_assert_cmphex (p11->C_GetAttributeValue (session, open, &wanted, 1), ==, CKR_OK);
    g_assert_cmphex (p11->C_GetAttributeValue (session, closed, &wanted, 1), ==, CKR_ATTRIBUTE_SENSITIVE);
    g_assert_cmphex (p11->C_SetAttributeValue (session, open, &label, 1), ==, CKR_OK);
    g_assert_cmphex (p11->C_SetAttributeValue (session, open, &sensitive, 1), ==, CKR_OK);
    g_assert_cmphex (p11->C_GetAttributeValue (session, open, &wanted, 1), ==, CKR_ATTRIBUTE_SENSITIVE);
    sensitive.pValue = &no;
    g_assert_cmphex (p11->C_SetAttributeValue (session, open, &sensitive, 1), ==, CKR_ATTRIBUTE_READ_ONLY);
    g_assert_cmphex (p11->C_CopyObject (session, open, NULL, 0, &copy), ==, CKR_ACTION_PROHIBITED);
    g_assert_cmphex (p11->C_DigestInit (session, &sha), ==, CKR_OK);
    g_assert_cmphex (p11->C_DigestKey (session, own (session, CKO_PRIVATE_KEY)), ==, CKR_KEY_INDIGESTIBLE);
    g_assert_cmphex (p11->C_DigestKey (session, closed), ==, CKR_OK);
    g_assert_cmphex (p11->C_DigestFinal (session, value, &length), ==, CKR_OK);
    /* Another session sees it, and it goes with the one that made it. */
    CK_SESSION_HANDLE other = module_world_open (0);
    g_assert_cmphex (p11->C_GetObjectSize (other, open, &length), ==, CKR_OK);
    g_assert_cmphex (p11->C_CloseSession (session), ==, CKR_OK);
    g_assert_cmphex (p11->C_GetObjectSize (other, open, &length), ==, CKR_OBJECT_HANDLE_INVALID);
    module_world_tear_down ();
}

/* The public key of a token, made anew as an object of the session, verifies what the token signs. */
static void
test_public_key (void)
{
    CK_SESSION_HANDLE session = begin (VTOKEN_ALGORITHM_P256);
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_BYTE params[32], point[100], hash[32] = {7}, signature[64];
    CK_ULONG length = sizeof signature;
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_KEY_TYPE type = CKK_EC;
    CK_ATTRIBUTE template[] = {{CKA_EC_PARAMS, params, sizeof params},
                               {CKA_EC_POINT, point, sizeof point},
                               {CKA_CLASS, &class, sizeof class},
                               {CKA_KEY_TYPE, &type, sizeof type}};
    CK_OBJECT_HANDLE made;

    g_assert_cmphex (p11->C_GetAttributeValue (session, own (session, CKO_PUBLIC_KEY), template, 2), ==,
                     CKR_OK);
    g_assert_cmphex (p11->C_CreateObject (session, template, 4, &made), ==, CKR_OK);
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, own (session, CKO_PRIVATE_KEY)), ==, CKR_OK);
    g_assert_cmphex (p11->C_Sign (session, hash, 32, signature, &length), ==, CKR_OK);
    g_assert_cmphex (p11->C_VerifyInit (session, &mechanism, made), ==, CKR_OK);
    g_assert_cmphex (p11->C_Verify (session, hash, 32, signature, length), ==, CKR_OK);
    point[20] ^= 1; /* off the curve */
    g_assert_cmphex (p11->C_CreateObject (session, template, 4, &made), ==, CKR_ATTRIBUTE_VALUE_INVALID);
    g_assert_cmphex (p11->C_CreateObject (session, template + 1, 3, &made), ==, CKR_TEMPLATE_INCOMPLETE);
    params[3] ^= 1;
    g_assert_cmphex (p11->C_CreateObject (session, template, 4, &made), ==, CKR_CURVE_NOT_SUPPORTED);
    class = CKO_PRIVATE_KEY;
    g_assert_cmphex (p11->C_CreateObject (session, template, 4, &made), ==, CKR_TEMPLATE_INCONSISTENT);
    module_world_tear_down ();
}

/* --- the rest --- */

static void
test_random (void)
{
    CK_SESSION_HANDLE session = begin (VTOKEN_ALGORITHM_P256);
    CK_BYTE one[64] = {0}, other[64] = {0};

    g_assert_cmphex (p11->C_GenerateRandom (session, one, sizeof one), ==, CKR_OK);
    g_assert_cmphex (p11->C_GenerateRandom (session, other, sizeof other), ==, CKR_OK);
    g_assert_cmpint (memcmp (one, other, sizeof one), !=, 0);
    g_assert_cmphex (p11->C_GenerateRandom (session, NULL, 0), ==, CKR_OK);
    g_assert_cmphex (p11->C_SeedRandom (session, one, sizeof one), ==, CKR_OK);
    g_assert_cmphex (p11->C_SeedRandom (session, NULL, 1), ==, CKR_ARGUMENTS_BAD);
    module_world_tear_down ();
}

static guint
count_objects (CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG size)
{
    CK_OBJECT_HANDLE objects[64];
    CK_ULONG count;

    g_assert_cmphex (p11->C_FindObjectsInit (session, template, size), ==, CKR_OK);
    g_assert_cmphex (p11->C_FindObjects (session, objects, G_N_ELEMENTS (objects), &count), ==, CKR_OK);
    g_assert_cmphex (p11->C_FindObjectsFinal (session), ==, CKR_OK);
    return (guint)count;
}

/* Every object has a name that no other has; profiles come to those who ask. */
static void
test_names (void)
{
    CK_SESSION_HANDLE session = begin (VTOKEN_ALGORITHM_P256);
    CK_OBJECT_CLASS class = CKO_PROFILE;
    CK_ULONG profile = CKP_BASELINE_PROVIDER;
    CK_ATTRIBUTE profiles[] = {{CKA_CLASS, &class, sizeof class}, {CKA_PROFILE_ID, &profile, sizeof profile}};
    CK_OBJECT_HANDLE objects[64];
    CK_ULONG count;

    make_secret (session, &no);
    make_secret (session, &no);
    g_assert_cmpuint (count_objects (session, profiles, 2), ==, 1);
    g_assert_cmphex (p11->C_FindObjectsInit (session, NULL, 0), ==, CKR_OK);
    g_assert_cmphex (p11->C_FindObjects (session, objects, G_N_ELEMENTS (objects), &count), ==, CKR_OK);
    g_assert_cmphex (p11->C_FindObjectsFinal (session), ==, CKR_OK);
    g_assert_cmpuint (count, ==, 2 * 3 + 2); /* certificate and both halves of two keys, two secrets */
    for (CK_ULONG i = 0; i < count; i++) {
        CK_BYTE name[128];
        CK_ATTRIBUTE wanted = {CKA_UNIQUE_ID, name, sizeof name};
        g_assert_cmphex (p11->C_GetAttributeValue (session, objects[i], &wanted, 1), ==, CKR_OK);
        g_assert_cmpuint (count_objects (session, &wanted, 1), ==, 1);
    }
    module_world_tear_down ();
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/module/crypto/encrypt", test_encrypt);
    g_test_add_func ("/module/crypto/recover", test_recover);
    g_test_add_func ("/module/crypto/messages", test_messages);
    g_test_add_func ("/module/crypto/messages-pin-always", test_messages_pin_always);
    g_test_add_data_func ("/module/crypto/agree-p256", GUINT_TO_POINTER (VTOKEN_ALGORITHM_P256), test_agree);
    g_test_add_data_func ("/module/crypto/agree-p384", GUINT_TO_POINTER (VTOKEN_ALGORITHM_P384), test_agree);
    g_test_add_func ("/module/crypto/wrap", test_wrap);
    g_test_add_func ("/module/crypto/secrets", test_secrets);
    g_test_add_func ("/module/crypto/public-key", test_public_key);
    g_test_add_func ("/module/crypto/random", test_random);
    g_test_add_func ("/module/crypto/names", test_names);
    return g_test_run ();
}
