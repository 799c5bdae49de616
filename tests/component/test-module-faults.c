/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one fault at every APDU from plug-in to signature
 * Copyright (C) 2026 the Pena authors */
#include "module-world.h"

/* More than any run takes. */
#define RUN_MAX 60

static CK_RV
sign (CK_SESSION_HANDLE session, CK_BYTE id)
{
    CK_MECHANISM mechanism = {CKM_ECDSA_SHA256, NULL, 0};
    CK_BYTE data[] = "surat keputusan";
    CK_BYTE signature[64];
    CK_ULONG length = sizeof signature;
    CK_OBJECT_HANDLE private_key = module_world_find (session, CKO_PRIVATE_KEY, id);

    CK_RV rv = p11->C_SignInit (session, &mechanism, private_key);
    if (rv == CKR_OK && id == 2)
        rv = p11->C_Login (session, CKU_CONTEXT_SPECIFIC, MODULE_PIN, MODULE_PIN_LENGTH);
    if (rv == CKR_OK)
        rv = p11->C_Sign (session, data, sizeof data, signature, &length);
    if (rv != CKR_OK)
        return rv;
    /* What is given out is right, whatever the card did. */
    g_assert_cmphex (p11->C_VerifyInit (session, &mechanism, module_world_find (session, CKO_PUBLIC_KEY, id)),
                     ==, CKR_OK);
    g_assert_cmphex (p11->C_Verify (session, data, sizeof data, signature, length), ==, CKR_OK);
    return CKR_OK;
}

/* What module_world_find() then has at hand. */
static CK_RV
read_keys (CK_SESSION_HANDLE session)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
    CK_RV rv = p11->C_FindObjectsInit (session, &template, 1);

    return rv == CKR_OK ? p11->C_FindObjectsFinal (session) : rv;
}

/* Plug-in, list, login, three signatures with and without a PIN of their own; stops at the first failure. */
static CK_RV
run (void)
{
    CK_TOKEN_INFO info;
    CK_SESSION_HANDLE session;

    CK_RV rv = p11->C_GetTokenInfo (0, &info);
    if (rv == CKR_OK)
        rv = p11->C_OpenSession (0, CKF_SERIAL_SESSION, NULL, NULL, &session);
    if (rv != CKR_OK)
        return rv;
    rv = p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH);
    if (rv == CKR_OK)
        rv = read_keys (session);
    if (rv == CKR_OK)
        rv = sign (session, 2);
    if (rv == CKR_OK)
        rv = sign (session, 1);
    if (rv == CKR_OK)
        rv = sign (session, 2);
    if (rv == CKR_OK)
        rv = p11->C_Logout (session);
    p11->C_CloseAllSessions (0);
    return rv;
}

/* Any other failure would be one without a name. */
static gboolean
is_named (CK_RV rv)
{
    static const CK_RV named[] = {
        CKR_OK,
        CKR_DEVICE_REMOVED,
        CKR_DEVICE_ERROR,
        CKR_TOKEN_NOT_PRESENT,
        CKR_TOKEN_NOT_RECOGNIZED,
        CKR_USER_NOT_LOGGED_IN,
        CKR_SESSION_HANDLE_INVALID,
        CKR_KEY_HANDLE_INVALID, /* the certificate could not be read */
    };

    for (guint i = 0; i < G_N_ELEMENTS (named); i++)
        if (named[i] == rv)
            return TRUE;
    return FALSE;
}

typedef struct {
    VtokenFault fault;
    guint argument;
    gboolean silent_atr;
    gboolean always_fails; /* no APDU can be spared */
} Case;

/* FALSE once the fault comes too late to be met. */
static gboolean
try_fault (const Case *c, guint nth)
{
    vtoken_world_pull (&module_world);
    vtoken_world_insert (&module_world);
    vtoken_reset_count (module_world.card);
    vtoken_fault_at (module_world.card, c->fault, nth, c->argument);
    CK_RV rv = run ();
    gboolean met = vtoken_get_count (module_world.card) >= nth;
    g_test_message ("APDU %u: 0x%lx", nth, rv);
    g_assert_true (is_named (rv));
    g_assert_true (met ? rv != CKR_OK || !c->always_fails : rv == CKR_OK);
    vtoken_fault_clear (module_world.card);
    /* Plugged in again, all is as it was: also for the process that saw the fault. */
    vtoken_world_pull (&module_world);
    vtoken_world_insert (&module_world);
    g_assert_cmphex (run (), ==, CKR_OK);
    g_assert_cmphex (vtoken_world_send (&module_world, "00A4040009A00000030800001000"), ==, 0x9000);
    g_assert_cmphex (vtoken_world_send (&module_world, "00200080"), ==, 0x63C3);
    return met;
}

static void
test_fault (gconstpointer data)
{
    const Case *c = data;
    guint nth = 1;

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    module_world.silent_atr = c->silent_atr;
    while (nth < RUN_MAX && try_fault (c, nth))
        nth++;
    g_assert_cmpuint (nth, >, 12);
    g_assert_cmpuint (nth, <, RUN_MAX);
    g_test_message ("%u cases", nth - 1);
    module_world_tear_down ();
}

/* A signature with the card of another holder in the reader than the one that was logged in to. */
static void
test_exchanged (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = module_world_open (0);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    CK_MECHANISM mechanism = {CKM_ECDSA_SHA256, NULL, 0};
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, module_world_find (session, CKO_PRIVATE_KEY, 1)),
                     ==, CKR_OK);
    vtoken_world_pull (&module_world);
    vtoken_free (module_world.card);
    module_world.card = vtoken_world_make_card (VTOKEN_ALGORITHM_P256, NULL);
    vtoken_pull (module_world.card);
    vtoken_world_insert (&module_world);
    CK_BYTE signature[64];
    CK_ULONG length = sizeof signature;
    g_assert_cmphex (p11->C_Sign (session, signature, 1, signature, &length), ==, CKR_DEVICE_REMOVED);
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, 1), ==, CKR_SESSION_HANDLE_INVALID);
    g_assert_cmphex (run (), ==, CKR_OK);
    module_world_tear_down ();
}

int
main (int argc, char **argv)
{
    static const struct {
        const gchar *path;
        Case c;
    } cases[] = {
        {"/module/fault/pulled", {VTOKEN_FAULT_PULL, 0, FALSE, TRUE}},
        {"/module/fault/pulled-short", {VTOKEN_FAULT_PULL, 0, TRUE, TRUE}},
        {"/module/fault/silent", {VTOKEN_FAULT_EMPTY, 0, FALSE, TRUE}},
        {"/module/fault/one-byte", {VTOKEN_FAULT_ONE_BYTE, 0, FALSE, TRUE}},
        {"/module/fault/garbage", {VTOKEN_FAULT_GARBAGE, 0, FALSE, FALSE}},
        {"/module/fault/cut-off", {VTOKEN_FAULT_SHORT, 0, FALSE, FALSE}},
        {"/module/fault/status-6f00", {VTOKEN_FAULT_STATUS, 0x6F00, FALSE, FALSE}},
        {"/module/fault/status-6581", {VTOKEN_FAULT_STATUS, 0x6581, TRUE, FALSE}},
        {"/module/fault/status-6982", {VTOKEN_FAULT_STATUS, 0x6982, FALSE, FALSE}},
        {"/module/fault/reset", {VTOKEN_FAULT_RESET, 0, FALSE, FALSE}},
    };

    g_test_init (&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
        g_test_add_data_func (cases[i].path, &cases[i].c, test_fault);
    g_test_add_func ("/module/fault/exchanged", test_exchanged);
    return g_test_run ();
}
