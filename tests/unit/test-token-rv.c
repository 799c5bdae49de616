/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the answers of PKCS#11 modules
 * Copyright (C) 2026 the Pena authors */
#include "rv.h"

#include <pena/pena-pkcs11.h>
#include <string.h>

static void
test_meanings (void)
{
    static const struct {
        CK_RV rv;
        const gchar *name;
    } wanted[] = {
        {CKR_PIN_INCORRECT, "pin-wrong"},
        {CKR_PIN_LOCKED, "pin-blocked"},
        {CKR_PIN_LEN_RANGE, "pin-invalid"},
        {CKR_FUNCTION_CANCELED, "user-cancelled"},
        {CKR_DEVICE_REMOVED, "token-removed"},
        {CKR_SESSION_HANDLE_INVALID, "token-removed"},
        {CKR_TOKEN_NOT_RECOGNIZED, "token-unsupported"},
        {CKR_MECHANISM_INVALID, "key-unsupported"},
        {CKR_DEVICE_ERROR, "token-failed"},
        {CKR_GENERAL_ERROR, "token-failed"},
        {CKR_FUNCTION_REJECTED, "pin-last-try"},
        {CKR_PENA_READER_SERVICE_DOWN, "reader-service-down"},
        {CKR_HOST_MEMORY, "internal"},
    };

    for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
        g_assert_cmpstr (pena_error_name (pena_rv_code (wanted[i].rv)), ==, wanted[i].name);
}

static void
test_unknown_codes_are_failures (void)
{
    g_assert_cmpint (pena_rv_code (CKR_VENDOR_DEFINED | 0x1234), ==, PENA_ERROR_TOKEN_FAILED);
    for (CK_RV rv = 0; rv < 0x300; rv++)
        g_assert_nonnull (pena_error_name (pena_rv_code (rv)));
}

static void
test_check (void)
{
    g_autoptr (GError) error = NULL;

    g_assert_true (pena_rv_check (CKR_OK, "C_Sign", &error));
    g_assert_no_error (error);
    g_assert_false (pena_rv_check (CKR_DEVICE_REMOVED, "C_Sign", &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_REMOVED);
    g_assert_true (g_str_has_prefix (error->message, "C_Sign: "));
}

gint
main (gint argc, gchar **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/token/rv/meanings", test_meanings);
    g_test_add_func ("/token/rv/unknown", test_unknown_codes_are_failures);
    g_test_add_func ("/token/rv/check", test_check);
    return g_test_run ();
}
