/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 module with a reader on which the PIN is typed
 * Copyright (C) 2026 the Pena authors */
#include "module-world.h"

static CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};

static CK_SESSION_HANDLE
begin (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    module_world.has_pad = TRUE;
    module_world.typed = VTOKEN_PIN;
    return module_world_open (CKF_RW_SESSION);
}

static CK_RV
sign (CK_SESSION_HANDLE session, CK_BYTE id, gboolean context)
{
    CK_BYTE hash[32] = {1}, signature[64];
    CK_ULONG length = sizeof signature;
    CK_RV rv = p11->C_SignInit (session, &ecdsa, module_world_find (session, CKO_PRIVATE_KEY, id));

    if (rv == CKR_OK && context)
        rv = p11->C_Login (session, CKU_CONTEXT_SPECIFIC, NULL, 0);
    return rv == CKR_OK ? p11->C_Sign (session, hash, 32, signature, &length) : rv;
}

static void
test_login (void)
{
    CK_TOKEN_INFO info;

    CK_SESSION_HANDLE session = begin ();
    g_assert_cmphex (p11->C_GetTokenInfo (0, &info), ==, CKR_OK);
    g_assert_true (info.flags & CKF_PROTECTED_AUTHENTICATION_PATH);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, NULL, 6), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, NULL, 0), ==, CKR_OK);
    g_assert_cmpuint (module_world.pad_uses, ==, 1);
    g_assert_cmphex (sign (session, 1, FALSE), ==, CKR_OK);
    module_world_tear_down ();
}

/* A key that wants the PIN each time: typed once for the login and the first use, then for each. */
static void
test_pin_always (void)
{
    CK_SESSION_HANDLE session = begin ();

    g_assert_cmphex (p11->C_Login (session, CKU_USER, NULL, 0), ==, CKR_OK);
    g_assert_cmphex (sign (session, 2, TRUE), ==, CKR_OK);
    g_assert_cmpuint (module_world.pad_uses, ==, 1);
    g_assert_cmphex (sign (session, 2, TRUE), ==, CKR_OK);
    g_assert_cmpuint (module_world.pad_uses, ==, 2);
    g_assert_cmphex (sign (session, 2, FALSE), ==, CKR_USER_NOT_LOGGED_IN);
    module_world_tear_down ();
}

static void
test_not_typed (void)
{
    CK_TOKEN_INFO info;

    CK_SESSION_HANDLE session = begin ();
    module_world.pad_says = 0x6401; /* the red key */
    g_assert_cmphex (p11->C_Login (session, CKU_USER, NULL, 0), ==, CKR_FUNCTION_CANCELED);
    module_world.pad_says = 0x6400; /* nobody there */
    g_assert_cmphex (p11->C_Login (session, CKU_USER, NULL, 0), ==, CKR_FUNCTION_CANCELED);
    module_world.pad_says = 0;
    module_world.typed = "999999";
    g_assert_cmphex (p11->C_Login (session, CKU_USER, NULL, 0), ==, CKR_PIN_INCORRECT);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, NULL, 0), ==, CKR_PIN_INCORRECT);
    /* The last try is not asked for before it was seen to be the last. */
    g_assert_cmphex (p11->C_Login (session, CKU_USER, NULL, 0), ==, CKR_FUNCTION_REJECTED);
    g_assert_cmpuint (module_world.pad_uses, ==, 4);
    module_world.typed = VTOKEN_PIN;
    g_assert_cmphex (p11->C_GetTokenInfo (0, &info), ==, CKR_OK);
    g_assert_true (info.flags & CKF_USER_PIN_FINAL_TRY);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, NULL, 0), ==, CKR_OK);
    module_world_tear_down ();
}

static void
test_change (void)
{
    CK_SESSION_HANDLE session = begin ();

    module_world.changed = "11223344";
    g_assert_cmphex (p11->C_SetPIN (session, NULL, 0, MODULE_PIN, 6), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_SetPIN (session, NULL, 0, NULL, 0), ==, CKR_OK);
    module_world.typed = "11223344";
    g_assert_cmphex (p11->C_Login (session, CKU_USER, NULL, 0), ==, CKR_OK);
    module_world_tear_down ();
}

/* The administrator of an OpenPGP card has a passphrase, which can be typed there; a key cannot. */
static void
test_officer (void)
{
    CK_UTF8CHAR label[33] = "Token baru                      ";

    module_world_set_up_with (vtoken_world_make_openpgp (VTOKEN_ALGORITHM_P256));
    module_world.has_pad = TRUE;
    module_world.typed = VTOKEN_PUK;
    CK_SESSION_HANDLE session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, NULL, 0), ==, CKR_OK);
    g_assert_cmpuint (module_world.pad_uses, ==, 1);
    g_assert_cmphex (module_world_get_vendor ()->set_label (session, label, 10), ==, CKR_OK);
    g_assert_cmphex (p11->C_InitPIN (session, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    /* A new passphrase for the user cannot be typed there, and nothing is sent. */
    g_assert_cmphex (p11->C_InitPIN (session, NULL, 0), ==, CKR_FUNCTION_NOT_SUPPORTED);
    g_assert_cmphex (p11->C_Logout (session), ==, CKR_OK);
    module_world.pad_says = 0x6401;
    g_assert_cmphex (p11->C_Login (session, CKU_SO, NULL, 0), ==, CKR_FUNCTION_CANCELED);
    module_world.pad_says = 0;
    module_world.typed = "99999999";
    g_assert_cmphex (p11->C_Login (session, CKU_SO, NULL, 0), ==, CKR_PIN_INCORRECT);
    g_assert_cmphex (p11->C_CloseAllSessions (0), ==, CKR_OK);
    g_assert_cmphex (p11->C_InitToken (0, NULL, 0, label), ==, CKR_ARGUMENTS_BAD);
    module_world_tear_down ();
}

static void
test_officer_key (void)
{
    CK_SESSION_HANDLE session = begin ();

    g_assert_cmphex (p11->C_Login (session, CKU_SO, NULL, 0), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmpuint (module_world.pad_uses, ==, 0);
    module_world_tear_down ();
}

/* Typing at the keyboard goes on to work, and without a pad NULL is a mistake of the caller's. */
static void
test_both_ways (void)
{
    CK_SESSION_HANDLE session = begin ();

    g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    g_assert_cmpuint (module_world.pad_uses, ==, 0);
    g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_OK);
    module_world.has_pad = FALSE;
    g_assert_cmphex (p11->C_Initialize (NULL), ==, CKR_OK);
    session = module_world_open (0);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, NULL, 0), ==, CKR_ARGUMENTS_BAD);
    module_world_tear_down ();
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/module/pad/login", test_login);
    g_test_add_func ("/module/pad/pin-always", test_pin_always);
    g_test_add_func ("/module/pad/not-typed", test_not_typed);
    g_test_add_func ("/module/pad/change", test_change);
    g_test_add_func ("/module/pad/officer", test_officer);
    g_test_add_func ("/module/pad/officer-key", test_officer_key);
    g_test_add_func ("/module/pad/both-ways", test_both_ways);
    return g_test_run ();
}
