/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: every C_ function with NULL and with values out of range
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "module-world.h"

#define NONE 0xFFFFFFFFUL

static CK_SESSION_HANDLE session;

static void
set_up (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
}

/* The functions of the list are many and of many types, but all of them take words and return one. */
typedef CK_RV (*AnyFunction) (gulong a, gulong b, gulong c, gulong d, gulong e, gulong f, gulong g, gulong h);

#define FIRST_FUNCTION(list) ((gpointer *)&(list)->C_Initialize)

static guint
n_functions (void)
{
    return (guint)((sizeof (CK_FUNCTION_LIST) - G_STRUCT_OFFSET (CK_FUNCTION_LIST, C_Initialize)) /
                   sizeof (gpointer));
}

static gboolean
is_start_or_end (gpointer function)
{
    return function == (gpointer)p11->C_Initialize || function == (gpointer)p11->C_Finalize ||
           function == (gpointer)p11->C_GetFunctionList;
}

static AnyFunction
function_at (guint index)
{
    AnyFunction call;

    memcpy (&call, &FIRST_FUNCTION (p11)[index], sizeof call);
    return call;
}

/* A first argument that is no session and no slot, NULL for all others. C_GetInfo alone begins with a
 * pointer. */
static void
test_all_null (void)
{
    set_up ();
    for (guint i = 0; i < n_functions (); i++) {
        gpointer function = FIRST_FUNCTION (p11)[i];
        if (is_start_or_end (function))
            continue;
        g_assert_cmphex (function_at (i) (0, 0, 0, 0, 0, 0, 0, 0), !=, CKR_GENERAL_ERROR);
        if (function != (gpointer)p11->C_GetInfo)
            g_assert_cmphex (function_at (i) (NONE, 0, 0, 0, 0, 0, 0, 0), !=, CKR_GENERAL_ERROR);
    }
    module_world_tear_down ();
}

static void
test_session_and_null (void)
{
    set_up ();
    /* C_CloseSession comes in the middle and takes the session, so each function gets one of its own. */
    for (guint i = 0; i < n_functions (); i++) {
        CK_SESSION_HANDLE own = module_world_open (CKF_RW_SESSION);
        gpointer function = FIRST_FUNCTION (p11)[i];
        if (is_start_or_end (function) || function == (gpointer)p11->C_GetInfo)
            continue;
        g_assert_cmphex (function_at (i) (own, 0, 0, 0, 0, 0, 0, 0), !=, CKR_GENERAL_ERROR);
    }
    module_world_tear_down ();
}

static void
test_not_initialized (void)
{
    set_up ();
    g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_OK);
    for (guint i = 0; i < n_functions (); i++)
        if (!is_start_or_end (FIRST_FUNCTION (p11)[i]))
            g_assert_cmphex (function_at (i) (0, 0, 0, 0, 0, 0, 0, 0), ==, CKR_CRYPTOKI_NOT_INITIALIZED);
    g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_CRYPTOKI_NOT_INITIALIZED);
    vtoken_free (module_world.card);
}

static void
test_no_function_missing (void)
{
    CK_INTERFACE *interface;

    set_up ();
    for (guint i = 0; i < n_functions (); i++)
        g_assert_nonnull (FIRST_FUNCTION (p11)[i]);
    g_assert_cmphex (C_GetInterface (NULL, NULL, &interface, 0), ==, CKR_OK);
    gpointer *all = (gpointer *)&((CK_FUNCTION_LIST_3_0 *)interface->pFunctionList)->base.C_Initialize;
    for (guint i = 0; i < n_functions () + 24; i++)
        g_assert_nonnull (all[i]);
    module_world_tear_down ();
}

static void
test_initialize (void)
{
    CK_C_INITIALIZE_ARGS args = {.pReserved = &args};

    set_up ();
    g_assert_cmphex (p11->C_Initialize (NULL), ==, CKR_CRYPTOKI_ALREADY_INITIALIZED);
    g_assert_cmphex (p11->C_Finalize (&args), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_OK);
    g_assert_cmphex (p11->C_Initialize (&args), ==, CKR_ARGUMENTS_BAD);
    args = (CK_C_INITIALIZE_ARGS){.LockMutex = (CK_LOCKMUTEX)p11->C_Finalize};
    g_assert_cmphex (p11->C_Initialize (&args), ==, CKR_ARGUMENTS_BAD);
    args = (CK_C_INITIALIZE_ARGS){.flags = CKF_OS_LOCKING_OK};
    g_assert_cmphex (p11->C_Initialize (&args), ==, CKR_OK);
    module_world_tear_down ();
}

static void
test_general (void)
{
    CK_ULONG count = 1;
    CK_INTERFACE interfaces[1];
    CK_INTERFACE *interface;
    CK_VERSION unknown = {4, 0};

    set_up ();
    g_assert_cmphex (p11->C_GetInfo (NULL), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (C_GetFunctionList (NULL), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (C_GetInterfaceList (NULL, NULL), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (C_GetInterfaceList (interfaces, &count), ==, CKR_BUFFER_TOO_SMALL);
    g_assert_cmpuint (count, ==, 3);
    g_assert_cmphex (C_GetInterface (NULL, NULL, NULL, 0), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (C_GetInterface (NULL, &unknown, &interface, 0), ==, CKR_FUNCTION_FAILED);
    g_assert_cmphex (C_GetInterface ((CK_UTF8CHAR *)"Vendor", NULL, &interface, 0), ==, CKR_FUNCTION_FAILED);
    g_assert_cmphex (C_GetInterface (NULL, NULL, &interface, CKF_INTERFACE_FORK_SAFE), ==,
                     CKR_FUNCTION_FAILED);
    module_world_tear_down ();
}

static void
test_slots (void)
{
    CK_SLOT_INFO slot;
    CK_TOKEN_INFO token;
    CK_MECHANISM_INFO mechanism;
    CK_MECHANISM_TYPE types[1];
    CK_SLOT_ID id;
    CK_ULONG count = 0;

    set_up ();
    g_assert_cmphex (p11->C_GetSlotList (CK_FALSE, NULL, NULL), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_GetSlotList (CK_FALSE, &id, &count), ==, CKR_BUFFER_TOO_SMALL);
    g_assert_cmpuint (count, ==, 1);
    g_assert_cmphex (p11->C_GetSlotInfo (NONE, &slot), ==, CKR_SLOT_ID_INVALID);
    g_assert_cmphex (p11->C_GetSlotInfo (0, NULL), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_GetTokenInfo (1, &token), ==, CKR_SLOT_ID_INVALID);
    g_assert_cmphex (p11->C_GetTokenInfo (0, NULL), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_GetMechanismList (1, NULL, &count), ==, CKR_SLOT_ID_INVALID);
    g_assert_cmphex (p11->C_GetMechanismList (0, NULL, NULL), ==, CKR_ARGUMENTS_BAD);
    count = 1;
    g_assert_cmphex (p11->C_GetMechanismList (0, types, &count), ==, CKR_BUFFER_TOO_SMALL);
    g_assert_cmphex (p11->C_GetMechanismInfo (0, CKM_RSA_PKCS, NULL), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_GetMechanismInfo (1, CKM_RSA_PKCS, &mechanism), ==, CKR_SLOT_ID_INVALID);
    g_assert_cmphex (p11->C_GetMechanismInfo (0, NONE, &mechanism), ==, CKR_MECHANISM_INVALID);
    g_assert_cmphex (p11->C_WaitForSlotEvent (CKF_DONT_BLOCK, NULL, NULL), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_WaitForSlotEvent (CKF_DONT_BLOCK, &id, &id), ==, CKR_ARGUMENTS_BAD);
    module_world_tear_down ();
}

static void
test_sessions (void)
{
    CK_SESSION_HANDLE other;
    CK_SESSION_INFO info;

    set_up ();
    g_assert_cmphex (p11->C_OpenSession (0, CKF_SERIAL_SESSION, NULL, NULL, NULL), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_OpenSession (NONE, CKF_SERIAL_SESSION, NULL, NULL, &other), ==,
                     CKR_SLOT_ID_INVALID);
    g_assert_cmphex (p11->C_OpenSession (0, 0, NULL, NULL, &other), ==, CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    g_assert_cmphex (p11->C_CloseSession (NONE), ==, CKR_SESSION_HANDLE_INVALID);
    g_assert_cmphex (p11->C_CloseAllSessions (NONE), ==, CKR_SLOT_ID_INVALID);
    g_assert_cmphex (p11->C_GetSessionInfo (session, NULL), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_GetSessionInfo (NONE, &info), ==, CKR_SESSION_HANDLE_INVALID);
    g_assert_cmphex (p11->C_Login (session, NONE, MODULE_PIN, 6), ==, CKR_USER_TYPE_INVALID);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, NULL, 6), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, 6), ==, CKR_USER_ALREADY_LOGGED_IN);
    g_assert_cmphex (p11->C_Login (session, CKU_CONTEXT_SPECIFIC, MODULE_PIN, 6), ==,
                     CKR_OPERATION_NOT_INITIALIZED);
    g_assert_cmphex (p11->C_Logout (NONE), ==, CKR_SESSION_HANDLE_INVALID);
    g_assert_cmphex (p11->C_SetPIN (session, NULL, 6, MODULE_PIN, 6), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_SetPIN (session, MODULE_PIN, 6, MODULE_PIN, G_MAXULONG), ==, CKR_PIN_LEN_RANGE);
    g_assert_cmphex (p11->C_SetPIN (module_world_open (0), MODULE_PIN, 6, MODULE_PIN, 6), ==,
                     CKR_SESSION_READ_ONLY);
    module_world_tear_down ();
}

static void
test_objects (void)
{
    CK_ATTRIBUTE hollow = {CKA_LABEL, NULL, 5};
    CK_OBJECT_HANDLE object;
    CK_ULONG count;

    set_up ();
    g_assert_cmphex (p11->C_FindObjectsInit (session, NULL, 1), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_FindObjectsInit (session, &hollow, 1), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_FindObjects (session, &object, 1, &count), ==, CKR_OPERATION_NOT_INITIALIZED);
    g_assert_cmphex (p11->C_FindObjectsFinal (session), ==, CKR_OPERATION_NOT_INITIALIZED);
    g_assert_cmphex (p11->C_FindObjectsInit (session, NULL, 0), ==, CKR_OK);
    g_assert_cmphex (p11->C_FindObjectsInit (session, NULL, 0), ==, CKR_OPERATION_ACTIVE);
    g_assert_cmphex (p11->C_FindObjects (session, NULL, 1, &count), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_FindObjects (session, &object, 1, NULL), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_GetAttributeValue (session, NONE, &hollow, 1), ==, CKR_OBJECT_HANDLE_INVALID);
    g_assert_cmphex (p11->C_GetAttributeValue (session, 0, &hollow, 1), ==, CKR_OBJECT_HANDLE_INVALID);
    g_assert_cmphex (p11->C_GetAttributeValue (session, 1, NULL, 1), ==, CKR_ARGUMENTS_BAD);
    module_world_tear_down ();
}

static void
test_operations (void)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_BYTE bytes[64] = {0};
    CK_ULONG length = 64;

    set_up ();
    CK_OBJECT_HANDLE key = module_world_find (session, CKO_PRIVATE_KEY, 1);
    g_assert_cmphex (p11->C_SignInit (session, NULL, key), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, NONE), ==, CKR_KEY_HANDLE_INVALID);
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, 0), ==, CKR_KEY_HANDLE_INVALID);
    g_assert_cmphex (p11->C_Sign (session, bytes, 32, bytes, &length), ==, CKR_OPERATION_NOT_INITIALIZED);
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, key), ==, CKR_OK);
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, key), ==, CKR_OPERATION_ACTIVE);
    g_assert_cmphex (p11->C_Sign (session, NULL, 32, bytes, &length), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, key), ==, CKR_OK);
    g_assert_cmphex (p11->C_Sign (session, bytes, 32, bytes, NULL), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, key), ==, CKR_OK);
    g_assert_cmphex (p11->C_SignUpdate (session, NULL, 5), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, key), ==, CKR_OK);
    g_assert_cmphex (p11->C_Sign (session, bytes, G_MAXULONG, bytes, &length), ==, CKR_DATA_LEN_RANGE);
    mechanism.mechanism = CKM_RSA_PKCS;
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, key), ==, CKR_KEY_TYPE_INCONSISTENT);
    g_assert_cmphex (p11->C_DecryptInit (session, &mechanism, key), ==, CKR_KEY_TYPE_INCONSISTENT);
    mechanism.mechanism = NONE;
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, key), ==, CKR_MECHANISM_INVALID);
    mechanism = (CK_MECHANISM){CKM_RSA_PKCS_PSS, NULL, 0};
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, key), ==, CKR_MECHANISM_PARAM_INVALID);
    mechanism = (CK_MECHANISM){CKM_ECDSA, NULL, 4};
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, key), ==, CKR_ARGUMENTS_BAD);
    mechanism = (CK_MECHANISM){CKM_ECDSA, bytes, 4};
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, key), ==, CKR_MECHANISM_PARAM_INVALID);
    g_assert_cmphex (p11->C_GenerateRandom (session, NULL, 1), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (p11->C_CreateObject (session, NULL, 0, NULL), ==, CKR_ARGUMENTS_BAD);
    module_world_tear_down ();
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/module/arguments/all-null", test_all_null);
    g_test_add_func ("/module/arguments/session-and-null", test_session_and_null);
    g_test_add_func ("/module/arguments/not-initialized", test_not_initialized);
    g_test_add_func ("/module/arguments/no-function-missing", test_no_function_missing);
    g_test_add_func ("/module/arguments/initialize", test_initialize);
    g_test_add_func ("/module/arguments/general", test_general);
    g_test_add_func ("/module/arguments/slots", test_slots);
    g_test_add_func ("/module/arguments/sessions", test_sessions);
    g_test_add_func ("/module/arguments/objects", test_objects);
    g_test_add_func ("/module/arguments/operations", test_operations);
    return g_test_run ();
}
