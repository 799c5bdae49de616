/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the fault table of the PKCS#11 module tries: cards, operations, and how all is well again
 * Copyright (C) 2026 the Pena authors */
#include "fault-bench.h"

#include <string.h>

#include "remove-tree.h"

FaultBench fault_bench;

#define bench fault_bench
#define NEW_PIN ((CK_UTF8CHAR *)"87654321")
#define NEW_PIN_LENGTH 8
#define PUK ((CK_UTF8CHAR *)VTOKEN_PUK)
#define PUK_LENGTH 8
#define NEW_PUK ((CK_UTF8CHAR *)"11223344")
#define PIV_OFFICER "010203040506070801020304050607080102030405060708"
#define NEW_PIV_OFFICER "A10203040506070801020304050607080102030405060708"
#define SELECT_PIV "00A4040009A00000030800001000"
#define SELECT_OPENPGP "00A4040006D27600012401"
#define SELECT_PKCS15 "00A404000CA000000063504B43532D3135"

/* --- cards --- */

static Vtoken *
make_piv (void)
{
    return vtoken_world_make_card (VTOKEN_ALGORITHM_P256, NULL);
}

static Vtoken *
make_piv_rsa (void)
{
    return vtoken_world_make_card (VTOKEN_ALGORITHM_RSA2048, NULL);
}

static Vtoken *
make_openpgp (void)
{
    return vtoken_world_make_openpgp (VTOKEN_ALGORITHM_P256);
}

static Vtoken *
make_openpgp_rsa (void)
{
    return vtoken_world_make_openpgp (VTOKEN_ALGORITHM_RSA2048);
}

static Vtoken *
make_pkcs15 (void)
{
    return vtoken_world_make_pkcs15 ("pkcs15", VTOKEN_ALGORITHM_P256);
}

static Vtoken *
make_pkcs15_rsa (void)
{
    return vtoken_world_make_pkcs15 ("pkcs15", VTOKEN_ALGORITHM_RSA2048);
}

#define UNTOUCHED_PIV                                                                                        \
    {                                                                                                        \
        {SELECT_PIV, 0x9000},                                                                                \
        {                                                                                                    \
            "00200080", 0x63C3                                                                               \
        }                                                                                                    \
    }
#define UNTOUCHED_OPENPGP                                                                                    \
    {                                                                                                        \
        {SELECT_OPENPGP, 0x9000}, {"00200081", 0x63C3},                                                      \
        {                                                                                                    \
            "00200083", 0x63C3                                                                               \
        }                                                                                                    \
    }
#define UNTOUCHED_PKCS15                                                                                     \
    {                                                                                                        \
        {SELECT_PKCS15, 0x9000},                                                                             \
        {                                                                                                    \
            "00200001", 0x63C3                                                                               \
        }                                                                                                    \
    }

const FaultKind fault_kinds[] = {
    {"piv", FAULT_PIV, make_piv, 1, 2, 1, 3, PIV_OFFICER, 3, UNTOUCHED_PIV},
    {"piv-rsa", FAULT_PIV_RSA, make_piv_rsa, 1, 2, 1, 3, PIV_OFFICER, 3, UNTOUCHED_PIV},
    {"openpgp", FAULT_OPENPGP, make_openpgp, 3, 1, 2, 2, VTOKEN_PUK, 0, UNTOUCHED_OPENPGP},
    {"openpgp-rsa", FAULT_OPENPGP_RSA, make_openpgp_rsa, 3, 1, 2, 2, VTOKEN_PUK, 0, UNTOUCHED_OPENPGP},
    {"pkcs15", FAULT_PKCS15, make_pkcs15, 1, 2, 0, 0, NULL, 3, UNTOUCHED_PKCS15},
    {"pkcs15-rsa", FAULT_PKCS15_RSA, make_pkcs15_rsa, 1, 2, 1, 0, NULL, 3, UNTOUCHED_PKCS15},
};
const guint n_fault_kinds = G_N_ELEMENTS (fault_kinds);

static gboolean
is_rsa (void)
{
    return (bench.kind->kind & (FAULT_PIV_RSA | FAULT_OPENPGP_RSA | FAULT_PKCS15_RSA)) != 0;
}

/* --- what operations are made of --- */

static CK_RV
log_in (CK_USER_TYPE user)
{
    return p11->C_Login (bench.session, user, MODULE_PIN, MODULE_PIN_LENGTH);
}

static CK_RV
log_in_officer (void)
{
    return p11->C_Login (bench.session, CKU_SO, (CK_UTF8CHAR *)bench.kind->officer,
                         strlen (bench.kind->officer));
}

static gboolean
wants_pin (CK_OBJECT_HANDLE key)
{
    CK_BBOOL always = CK_FALSE;
    CK_ATTRIBUTE wanted = {CKA_ALWAYS_AUTHENTICATE, &always, sizeof always};

    return p11->C_GetAttributeValue (bench.session, key, &wanted, 1) == CKR_OK && always;
}

/* What is given out is right, whatever the card did. */
static CK_RV
sign (CK_OBJECT_HANDLE key, CK_OBJECT_HANDLE public)
{
    CK_MECHANISM mechanism = {is_rsa () ? CKM_SHA256_RSA_PKCS : CKM_ECDSA, NULL, 0};
    CK_BYTE hash[32] = {1, 2, 3}, signature[256];
    CK_ULONG length = sizeof signature;
    CK_RV rv = p11->C_SignInit (bench.session, &mechanism, key);

    if (rv == CKR_OK && wants_pin (key))
        rv = log_in (CKU_CONTEXT_SPECIFIC);
    if (rv == CKR_OK)
        rv = p11->C_Sign (bench.session, hash, sizeof hash, signature, &length);
    if (rv != CKR_OK || public == CK_INVALID_HANDLE)
        return rv;
    g_assert_cmphex (p11->C_VerifyInit (bench.session, &mechanism, public), ==, CKR_OK);
    g_assert_cmphex (p11->C_Verify (bench.session, hash, sizeof hash, signature, length), ==, CKR_OK);
    return CKR_OK;
}

static CK_ULONG
get_attribute (CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_BYTE *out, CK_ULONG size)
{
    CK_ATTRIBUTE wanted = {type, out, size};

    g_assert_cmphex (p11->C_GetAttributeValue (bench.session, object, &wanted, 1), ==, CKR_OK);
    return wanted.ulValueLen;
}

static CK_RV
put_certificate (CK_BYTE id)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_CERTIFICATE_TYPE, &type, sizeof type},
                               {CKA_TOKEN, &yes, 1},
                               {CKA_VALUE, bench.der, bench.der_length},
                               {CKA_ID, &id, 1}};

    return p11->C_CreateObject (bench.session, template, G_N_ELEMENTS (template), &bench.certificate);
}

/* --- preparing --- */

/* What is known of the card comes from the cache, which the first reading has filled. */
static void
prepare_known (void)
{
    bench.session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (log_in (CKU_USER), ==, CKR_OK);
    g_assert_cmphex (p11->C_CloseAllSessions (0), ==, CKR_OK);
    vtoken_world_pull (&module_world);
    vtoken_world_insert (&module_world);
}

static void
prepare_session (void)
{
    bench.session = module_world_open (CKF_RW_SESSION);
}

static void
find_keys (void)
{
    bench.once = module_world_find (bench.session, CKO_PRIVATE_KEY, bench.kind->once);
    bench.public_once = module_world_find (bench.session, CKO_PUBLIC_KEY, bench.kind->once);
    bench.always = module_world_find (bench.session, CKO_PRIVATE_KEY, bench.kind->always);
    if (bench.kind->agree == 0)
        return;
    bench.agree = module_world_find (bench.session, CKO_PRIVATE_KEY, bench.kind->agree);
    bench.public_agree = module_world_find (bench.session, CKO_PUBLIC_KEY, bench.kind->agree);
}

static void
prepare_login (void)
{
    prepare_session ();
    g_assert_cmphex (log_in (CKU_USER), ==, CKR_OK);
    find_keys ();
    /* Uses up what the login holds. */
    g_assert_cmphex (sign (bench.always, CK_INVALID_HANDLE), ==, CKR_OK);
}

/* An administrator, and a place without a certificate. */
static void
prepare_officer (void)
{
    CK_OBJECT_HANDLE there;

    prepare_session ();
    there = module_world_find (bench.session, CKO_CERTIFICATE, bench.kind->once);
    bench.der_length = get_attribute (there, CKA_VALUE, bench.der, sizeof bench.der);
    g_assert_cmphex (log_in_officer (), ==, CKR_OK);
    there = module_world_find (bench.session, CKO_CERTIFICATE, bench.kind->empty);
    if (there != CK_INVALID_HANDLE)
        g_assert_cmphex (p11->C_DestroyObject (bench.session, there), ==, CKR_OK);
}

static void
prepare_certificate (void)
{
    prepare_officer ();
    g_assert_cmphex (put_certificate (bench.kind->empty), ==, CKR_OK);
}

/* --- operations --- */

static CK_RV
act_token_info (void)
{
    CK_TOKEN_INFO info;
    return p11->C_GetTokenInfo (0, &info);
}

static CK_RV
act_open (void)
{
    return p11->C_OpenSession (0, CKF_SERIAL_SESSION, NULL, NULL, &bench.session);
}

static CK_RV
act_list (void)
{
    CK_OBJECT_HANDLE objects[32];
    CK_ULONG count;
    CK_RV rv = p11->C_FindObjectsInit (bench.session, NULL, 0);

    if (rv == CKR_OK)
        rv = p11->C_FindObjects (bench.session, objects, G_N_ELEMENTS (objects), &count);
    return rv == CKR_OK ? p11->C_FindObjectsFinal (bench.session) : rv;
}

static CK_RV
act_open_and_list (void)
{
    CK_RV rv = act_open ();

    return rv == CKR_OK ? act_list () : rv;
}

static CK_RV
act_login (void)
{
    return log_in (CKU_USER);
}

static CK_RV
act_login_and_sign (void)
{
    CK_RV rv = log_in (CKU_USER);

    if (rv == CKR_OK)
        rv = act_list (); /* reads the keys */
    return rv != CKR_OK ? rv
                        : sign (module_world_find (bench.session, CKO_PRIVATE_KEY, bench.kind->always),
                                CK_INVALID_HANDLE);
}

static CK_RV
act_sign (void)
{
    return sign (bench.once, bench.public_once);
}

static CK_RV
act_sign_always (void)
{
    return sign (bench.always, CK_INVALID_HANDLE);
}

static CK_RV
act_derive (void)
{
    CK_BYTE point[100];
    CK_ECDH1_DERIVE_PARAMS params = {.kdf = CKD_NULL, .public_data = point};
    CK_MECHANISM mechanism = {CKM_ECDH1_DERIVE, &params, sizeof params};
    CK_OBJECT_HANDLE secret;

    params.public_data_len = get_attribute (bench.public_agree, CKA_EC_POINT, point, sizeof point);
    return p11->C_DeriveKey (bench.session, &mechanism, bench.agree, NULL, 0, &secret);
}

/* Where the card takes the padding off, nobody can tell whether what it gives is right. */
static CK_RV
act_decrypt (void)
{
    CK_MECHANISM pkcs1 = {CKM_RSA_PKCS, NULL, 0};
    CK_BYTE cryptogram[256], plain[256];
    CK_ULONG length = sizeof cryptogram;

    g_assert_cmphex (p11->C_EncryptInit (bench.session, &pkcs1, bench.public_agree), ==, CKR_OK);
    g_assert_cmphex (p11->C_Encrypt (bench.session, (CK_BYTE *)"rahasia", 7, cryptogram, &length), ==,
                     CKR_OK);
    CK_RV rv = p11->C_DecryptInit (bench.session, &pkcs1, bench.agree);
    if (rv == CKR_OK) {
        CK_ULONG size = sizeof plain;
        rv = p11->C_Decrypt (bench.session, cryptogram, length, plain, &size);
        if (rv == CKR_OK && bench.kind->kind == FAULT_PIV_RSA)
            g_assert_cmpmem (plain, size, "rahasia", 7);
    }
    return rv;
}

static CK_RV
act_change_pin (void)
{
    return p11->C_SetPIN (bench.session, MODULE_PIN, MODULE_PIN_LENGTH, NEW_PIN, NEW_PIN_LENGTH);
}

static CK_RV
act_tries (void)
{
    CK_ULONG tries;
    return bench.vendor->get_tries (0, PENA_PIN_RESET, &tries);
}

static CK_RV
act_random (void)
{
    CK_BYTE bytes[32];
    return p11->C_GenerateRandom (bench.session, bytes, sizeof bytes);
}

static CK_RV
act_logout (void)
{
    return p11->C_Logout (bench.session);
}

static CK_RV
act_close (void)
{
    return p11->C_CloseAllSessions (0);
}

static CK_RV
act_mechanisms (void)
{
    CK_ULONG count;
    return p11->C_GetMechanismList (0, NULL, &count);
}

/* --- administration --- */

static CK_RV
act_login_officer (void)
{
    return log_in_officer ();
}

static CK_BYTE p256[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};

static CK_RV
act_generate (void)
{
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_BBOOL yes = CK_TRUE;
    CK_BYTE id = bench.kind->empty;
    CK_ATTRIBUTE public[] = {{CKA_TOKEN, &yes, 1}, {CKA_EC_PARAMS, p256, sizeof p256}, {CKA_ID, &id, 1}};
    CK_OBJECT_HANDLE public_key, private_key;

    return p11->C_GenerateKeyPair (bench.session, &mechanism, public, 3, public, 1, &public_key,
                                   &private_key);
}

/* The private key 1: its public point is the base point. */
static CK_RV
act_import (void)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_KEY_TYPE type = CKK_EC;
    CK_BBOOL yes = CK_TRUE;
    CK_BYTE id = bench.kind->empty, scalar[32] = {[31] = 1};
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_KEY_TYPE, &type, sizeof type},
                               {CKA_TOKEN, &yes, 1},
                               {CKA_EC_PARAMS, p256, sizeof p256},
                               {CKA_VALUE, scalar, 32},
                               {CKA_ID, &id, 1}};
    CK_OBJECT_HANDLE key;

    return p11->C_CreateObject (bench.session, template, G_N_ELEMENTS (template), &key);
}

static CK_RV
act_put_certificate (void)
{
    return put_certificate (bench.kind->empty);
}

static CK_RV
act_destroy_certificate (void)
{
    return p11->C_DestroyObject (bench.session, bench.certificate);
}

static CK_RV
act_init_pin (void)
{
    return p11->C_InitPIN (bench.session, NEW_PIN, NEW_PIN_LENGTH);
}

static CK_RV
act_unblock (void)
{
    return bench.vendor->unblock_pin (bench.session, PUK, PUK_LENGTH, NEW_PIN, NEW_PIN_LENGTH, 0);
}

static CK_RV
act_set_puk (void)
{
    return bench.vendor->set_puk (bench.session, PUK, PUK_LENGTH, NEW_PUK, PUK_LENGTH, 0);
}

static CK_RV
act_change_officer (void)
{
    CK_UTF8CHAR *fresh = (CK_UTF8CHAR *)((bench.kind->kind & FAULT_PIV) != 0 ? NEW_PIV_OFFICER : "87654321");

    return p11->C_SetPIN (bench.session, (CK_UTF8CHAR *)bench.kind->officer, strlen (bench.kind->officer),
                          fresh, strlen ((const gchar *)fresh));
}

static CK_RV
act_protect_key (void)
{
    return bench.vendor->set_management_key (bench.session, NULL, 0, CK_TRUE, MODULE_PIN, MODULE_PIN_LENGTH,
                                             NULL, NULL);
}

static CK_RV
act_attest (void)
{
    CK_BYTE statement[4096], intermediate[4096];
    CK_ULONG length = sizeof statement, other = sizeof intermediate;

    return bench.vendor->attest_key (bench.session, bench.once, statement, &length, intermediate, &other);
}

static CK_RV
act_reset (void)
{
    bench.emptied = TRUE;
    return bench.vendor->reset_token (0);
}

#define EVERY                                                                                                \
    (FAULT_PIV | FAULT_PIV_RSA | FAULT_OPENPGP | FAULT_OPENPGP_RSA | FAULT_PKCS15 | FAULT_PKCS15_RSA)
#define CURVES (FAULT_PIV | FAULT_OPENPGP | FAULT_PKCS15)
#define RSA (FAULT_PIV_RSA | FAULT_OPENPGP_RSA | FAULT_PKCS15_RSA)
#define WITH_OFFICER (FAULT_PIV | FAULT_OPENPGP)

const FaultOperation fault_operations[] = {
    {"token-info", CURVES, NULL, act_token_info},
    {"open-session", CURVES, NULL, act_open},
    {"open-known", CURVES, prepare_known, act_open_and_list},
    {"mechanisms", CURVES, NULL, act_mechanisms},
    {"list", CURVES, prepare_session, act_list},
    {"login", CURVES, prepare_session, act_login},
    {"login-and-sign", CURVES, prepare_session, act_login_and_sign},
    {"sign", EVERY, prepare_login, act_sign},
    {"sign-pin-always", CURVES, prepare_login, act_sign_always},
    {"derive", FAULT_PIV | FAULT_OPENPGP, prepare_login, act_derive},
    {"decrypt", RSA, prepare_login, act_decrypt},
    {"change-pin", CURVES, prepare_session, act_change_pin},
    {"tries", CURVES, prepare_session, act_tries},
    {"random", CURVES, prepare_login, act_random},
    {"logout", CURVES, prepare_login, act_logout},
    {"close-all", CURVES, prepare_login, act_close, FAULT_QUIET},
    {"unblock", FAULT_PIV | FAULT_PKCS15, prepare_session, act_unblock},
    {"set-puk", FAULT_PIV | FAULT_PKCS15, prepare_session, act_set_puk},
    {"login-officer", WITH_OFFICER, prepare_session, act_login_officer, FAULT_ADMINISTERS},
    {"generate", WITH_OFFICER, prepare_officer, act_generate, FAULT_ADMINISTERS},
    {"import", WITH_OFFICER, prepare_officer, act_import, FAULT_ADMINISTERS},
    {"put-certificate", WITH_OFFICER, prepare_officer, act_put_certificate, FAULT_ADMINISTERS},
    {"destroy-certificate", WITH_OFFICER, prepare_certificate, act_destroy_certificate, FAULT_ADMINISTERS},
    {"init-pin", FAULT_OPENPGP, prepare_officer, act_init_pin, FAULT_ADMINISTERS},
    {"change-officer", WITH_OFFICER, prepare_officer, act_change_officer, FAULT_ADMINISTERS},
    {"protect-key", FAULT_PIV, prepare_officer, act_protect_key, FAULT_ADMINISTERS},
    {"attest", FAULT_PIV, prepare_login, act_attest, FAULT_ADMINISTERS},
    {"reset", WITH_OFFICER, NULL, act_reset, FAULT_ADMINISTERS | FAULT_BLOCKS},
};
const guint n_fault_operations = G_N_ELEMENTS (fault_operations);

/* --- one card after the other --- */

/* RSA keys take long to make: each kind is made once, and copied. */
static Vtoken *made[G_N_ELEMENTS (fault_kinds)];
static gchar *cache;

void
fault_bench_forget_cached (void)
{
    g_autofree gchar *own = g_build_filename (cache, "pena", NULL);

    remove_tree (own);
}

void
fault_bench_set_up (const FaultKind *kind)
{
    Vtoken **card = &made[kind - fault_kinds];

    if (cache == NULL) {
        cache = g_dir_make_tmp ("pena-fault-table.XXXXXX", NULL);
        g_assert_nonnull (cache);
        g_setenv ("XDG_CACHE_HOME", cache, TRUE);
    }
    fault_bench_forget_cached ();
    if (*card == NULL)
        *card = kind->make ();
    bench = (FaultBench){.kind = kind};
    module_world_set_up_with (vtoken_copy (*card));
    bench.vendor = module_world_get_vendor ();
}

void
fault_bench_end (void)
{
    for (guint i = 0; i < G_N_ELEMENTS (made); i++)
        if (made[i] != NULL)
            vtoken_free (made[i]);
    if (cache != NULL)
        remove_tree (cache);
    g_free (cache);
}

/* Tries are asked for while no application's PIN is verified; a held login would keep others out. */
static void
check_tries (void)
{
    p11->C_CloseAllSessions (0);
    vtoken_world_pull (&module_world);
    vtoken_world_insert (&module_world);
    for (guint i = 0; bench.kind->untouched[i].command != NULL; i++)
        g_assert_cmphex (vtoken_world_send (&module_world, bench.kind->untouched[i].command), ==,
                         bench.kind->untouched[i].status);
    CK_ULONG tries = 0;
    g_assert_cmphex (bench.vendor->get_tries (0, PENA_PIN_RESET, &tries), ==, CKR_OK);
    g_assert_cmpuint (tries, ==, bench.kind->reset_tries);
}

/* A reset that was begun is finished by repeating it; then it is a card with nothing on it. */
static void
check_reset (void)
{
    g_assert_cmphex (p11->C_CloseAllSessions (0), ==, CKR_OK);
    g_assert_cmphex (bench.vendor->reset_token (0), ==, CKR_OK);
    check_tries ();
    bench.session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (log_in (CKU_USER), ==, CKR_OK);
    g_assert_cmpuint (module_world_find (bench.session, CKO_PRIVATE_KEY, bench.kind->once), ==,
                      CK_INVALID_HANDLE);
}

void
fault_bench_check_recovery (const FaultOperation *operation)
{
    vtoken_fault_clear (module_world.card);
    vtoken_world_start_service (&module_world);
    vtoken_world_pull (&module_world);
    vtoken_world_insert (&module_world);
    module_world_await_late ();
    if ((operation->is & FAULT_BLOCKS) != 0) {
        check_reset ();
        return;
    }
    check_tries ();
    bench.session = module_world_open (CKF_RW_SESSION);
    CK_RV rv = log_in (CKU_USER);
    if (rv == CKR_PIN_INCORRECT) /* it was changed after all */
        rv = p11->C_Login (bench.session, CKU_USER, NEW_PIN, NEW_PIN_LENGTH);
    g_assert_cmphex (rv, ==, CKR_OK);
    find_keys ();
    g_assert_cmphex (sign (bench.once, bench.public_once), ==, CKR_OK);
}
