/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 module's calls for provisioning (pena-pkcs11.h)
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "module-world.h"

#define OFFICER ((CK_UTF8CHAR *)"010203040506070801020304050607080102030405060708")
#define OFFICER_LENGTH 48
#define PUK ((CK_UTF8CHAR *)VTOKEN_PUK)
#define OTHER ((CK_UTF8CHAR *)"48151623")
#define MAKERS_PIN ((CK_UTF8CHAR *)"123456")
#define KEY_ROOM 64

static const PENA_VENDOR_FUNCTIONS *vendor;

static CK_SESSION_HANDLE
begin (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    vendor = module_world_get_vendor ();
    return module_world_open (CKF_RW_SESSION);
}

static CK_ULONG
tries (CK_ULONG whose)
{
    CK_ULONG left = 99;

    g_assert_cmphex (vendor->get_tries (0, whose, &left), ==, CKR_OK);
    return left;
}

static CK_RV
log_in (CK_SESSION_HANDLE session, CK_UTF8CHAR *pin, CK_ULONG length)
{
    CK_RV rv = p11->C_Login (session, CKU_USER, pin, length);

    if (rv == CKR_OK)
        g_assert_cmphex (p11->C_Logout (session), ==, CKR_OK);
    return rv;
}

static void
test_puk (void)
{
    CK_SESSION_HANDLE session = begin ();
    CK_ULONG full = tries (PENA_PIN_RESET);

    g_assert_cmphex (vendor->set_puk (session, OTHER, 8, OTHER, 8, 0), ==, CKR_PIN_INCORRECT);
    g_assert_cmphex (vendor->set_puk (session, NULL, 0, OTHER, 8, 0), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (vendor->set_puk (session, PUK, 8, OTHER, 80, 0), ==, CKR_PIN_LEN_RANGE);
    g_assert_cmphex (vendor->set_puk (session, PUK, 8, OTHER, 8, 0), ==, CKR_OK);
    g_assert_cmphex (vendor->unblock_pin (session, PUK, 8, OTHER, 8, 0), ==, CKR_PIN_INCORRECT);
    g_assert_cmphex (vendor->unblock_pin (session, OTHER, 8, OTHER, 8, 0), ==, CKR_OK);
    g_assert_cmphex (log_in (session, OTHER, 8), ==, CKR_OK);
    CK_ULONG now = tries (PENA_PIN_RESET);
    g_assert_true (now == full || now == CK_UNAVAILABLE_INFORMATION);
    module_world_tear_down ();
}

/* A token that has none, and one that has: only the administrator, only once. */
static void
test_serial (void)
{
    CK_TOKEN_INFO before, after;
    CK_SESSION_HANDLE session;

    module_world_set_up_with (vtoken_new_blank ());
    vendor = module_world_get_vendor ();
    session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (p11->C_GetTokenInfo (0, &before), ==, CKR_OK);
    g_assert_cmpint (before.serialNumber[0], ==, ' ');
    g_assert_cmphex (vendor->give_serial (session), ==, CKR_USER_NOT_LOGGED_IN);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, OFFICER, OFFICER_LENGTH), ==, CKR_OK);
    g_assert_cmphex (vendor->give_serial (session), ==, CKR_OK);
    g_assert_cmphex (p11->C_GetTokenInfo (0, &before), ==, CKR_OK);
    g_assert_true (g_ascii_isxdigit (before.serialNumber[0]) && g_ascii_isxdigit (before.serialNumber[15]));
    g_assert_cmphex (vendor->give_serial (session), ==, CKR_OK);
    vtoken_world_pull (&module_world);
    vtoken_world_insert (&module_world);
    g_assert_cmphex (p11->C_GetTokenInfo (0, &after), ==, CKR_OK);
    g_assert_cmpmem (before.serialNumber, 16, after.serialNumber, 16);
    g_assert_cmphex (vendor->set_reset_code (module_world_open (CKF_RW_SESSION), PUK, 8), ==,
                     CKR_USER_NOT_LOGGED_IN);
    module_world_tear_down ();
}

/* The serial that was given goes with all the rest; the token may be given another one. */
static void
test_serial_reset (void)
{
    CK_TOKEN_INFO before, after;
    CK_SESSION_HANDLE session = begin ();

    g_assert_cmphex (p11->C_GetTokenInfo (0, &before), ==, CKR_OK);
    g_assert_true (g_ascii_isxdigit (before.serialNumber[0]));
    g_assert_cmphex (p11->C_CloseSession (session), ==, CKR_OK);
    g_assert_cmphex (vendor->reset_token (0), ==, CKR_OK);
    g_assert_cmphex (p11->C_GetTokenInfo (0, &after), ==, CKR_OK);
    g_assert_cmpint (after.serialNumber[0], ==, ' ');
    session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, OFFICER, OFFICER_LENGTH), ==, CKR_OK);
    g_assert_cmphex (vendor->give_serial (session), ==, CKR_OK);
    g_assert_cmphex (p11->C_GetTokenInfo (0, &after), ==, CKR_OK);
    g_assert_true (g_ascii_isxdigit (after.serialNumber[0]));
    g_assert_cmpint (memcmp (before.serialNumber, after.serialNumber, 16), !=, 0);
    module_world_tear_down ();
}

/* The last try of the PUK takes a word of its own; what it would cost is the token. */
static void
test_last_try (void)
{
    CK_SESSION_HANDLE session = begin ();
    CK_RV rv = CKR_PIN_INCORRECT;
    guint spent = 0;

    for (; rv == CKR_PIN_INCORRECT && spent < 20; spent++)
        rv = vendor->unblock_pin (session, OTHER, 8, OTHER, 8, 0);
    g_assert_cmphex (rv, ==, CKR_FUNCTION_REJECTED);
    g_assert_cmphex (vendor->unblock_pin (session, PUK, 8, OTHER, 8, PENA_SPEND_LAST_TRY), ==, CKR_OK);
    g_assert_cmphex (log_in (session, OTHER, 8), ==, CKR_OK);
    module_world_tear_down ();
}

static void
test_management_key (void)
{
    CK_SESSION_HANDLE session = begin ();
    CK_BYTE key[KEY_ROOM];
    CK_ULONG length = sizeof key;
    GString *hex = g_string_new (NULL);

    g_assert_cmphex (vendor->set_management_key (session, NULL, 0, CK_FALSE, NULL, 0, key, &length), ==,
                     CKR_USER_NOT_LOGGED_IN);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, OFFICER, OFFICER_LENGTH), ==, CKR_OK);
    g_assert_cmphex (vendor->set_management_key (session, NULL, 0, CK_FALSE, NULL, 0, NULL, NULL), ==,
                     CKR_ARGUMENTS_BAD); /* nobody would know it */
    length = 1;
    g_assert_cmphex (vendor->set_management_key (session, NULL, 0, CK_FALSE, NULL, 0, key, &length), ==,
                     CKR_BUFFER_TOO_SMALL);
    length = sizeof key;
    g_assert_cmphex (vendor->set_management_key (session, NULL, 0, CK_FALSE, NULL, 0, key, &length), ==,
                     CKR_OK);
    g_assert_cmphex (p11->C_Logout (session), ==, CKR_OK);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, OFFICER, OFFICER_LENGTH), ==, CKR_PIN_INCORRECT);
    for (CK_ULONG i = 0; i < length; i++)
        g_string_append_printf (hex, "%02x", key[i]);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, (CK_UTF8CHAR *)hex->str, hex->len), ==, CKR_OK);
    g_string_free (hex, TRUE);
    module_world_tear_down ();
}

/* The token keeps it: then the user's PIN is enough for an administrator. */
static void
test_protected_key (void)
{
    CK_SESSION_HANDLE session = begin ();
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_BYTE p256[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE template[] = {{CKA_TOKEN, &yes, 1}, {CKA_EC_PARAMS, p256, sizeof p256}};
    CK_OBJECT_HANDLE public, private;

    g_assert_cmphex (p11->C_Login (session, CKU_SO, OFFICER, OFFICER_LENGTH), ==, CKR_OK);
    g_assert_cmphex (vendor->set_management_key (session, NULL, 0, CK_TRUE, NULL, 0, NULL, NULL), ==,
                     CKR_ARGUMENTS_BAD);
    g_assert_cmphex (
        vendor->set_management_key (session, NULL, 0, CK_TRUE, MODULE_PIN, MODULE_PIN_LENGTH, NULL, NULL), ==,
        CKR_OK);
    g_assert_cmphex (p11->C_Logout (session), ==, CKR_OK);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    g_assert_cmphex (
        p11->C_GenerateKeyPair (session, &mechanism, template, 2, template, 1, &public, &private), ==,
        CKR_OK);
    module_world_tear_down ();
}

static void
test_reset (void)
{
    CK_SESSION_HANDLE session = begin ();

    g_assert_cmphex (vendor->reset_token (0), ==, CKR_SESSION_EXISTS);
    g_assert_cmphex (p11->C_CloseSession (session), ==, CKR_OK);
    g_assert_cmphex (vendor->reset_token (0), ==, CKR_OK);
    session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (module_world_find (session, CKO_CERTIFICATE, 1), ==, CK_INVALID_HANDLE);
    g_assert_cmphex (log_in (session, MAKERS_PIN, 6), ==, CKR_OK);
    module_world_tear_down ();
}

static void
test_attest (void)
{
    CK_SESSION_HANDLE session = begin ();
    CK_BYTE statement[4096], intermediate[4096];
    CK_ULONG length = 0, intermediate_length = 0;
    CK_OBJECT_HANDLE key = module_world_find (session, CKO_PUBLIC_KEY, 1);

    g_assert_cmphex (
        vendor->attest_key (session, CK_INVALID_HANDLE, NULL, &length, NULL, &intermediate_length), ==,
        CKR_KEY_HANDLE_INVALID);
    g_assert_cmphex (vendor->attest_key (session, key, NULL, NULL, NULL, NULL), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (vendor->attest_key (session, key, NULL, &length, NULL, &intermediate_length), ==,
                     CKR_OK);
    g_assert_cmpuint (length, >, 0);
    g_assert_cmpuint (length, <=, sizeof statement);
    /* each statement is signed anew, and not always of the same length */
    length = sizeof statement;
    intermediate_length = sizeof intermediate;
    g_assert_cmphex (
        vendor->attest_key (session, key, statement, &length, intermediate, &intermediate_length), ==,
        CKR_OK);
    g_assert_cmphex (statement[0], ==, 0x30);
    g_assert_cmphex (intermediate[0], ==, 0x30);
    module_world_tear_down ();
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/module/vendor/puk", test_puk);
    g_test_add_func ("/module/vendor/serial", test_serial);
    g_test_add_func ("/module/vendor/serial-reset", test_serial_reset);
    g_test_add_func ("/module/vendor/last-try", test_last_try);
    g_test_add_func ("/module/vendor/management-key", test_management_key);
    g_test_add_func ("/module/vendor/protected-key", test_protected_key);
    g_test_add_func ("/module/vendor/reset", test_reset);
    g_test_add_func ("/module/vendor/attest", test_attest);
    return g_test_run ();
}
