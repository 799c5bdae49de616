/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: every fault at every command of every operation of the PKCS#11 module
 * Copyright (C) 2026 the Pena authors */
#include <glib/gstdio.h>
#include <string.h>

#include "module-world.h"

/* What an operation works with; each gets a card, a session and keys of its own. */
typedef struct {
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE sign, always, public;
} Bench;

static Bench bench;
static CK_RV act_sign_rsa (void);
static CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};
static CK_UTF8CHAR new_pin[] = "87654321";

static CK_RV
log_in (CK_USER_TYPE user)
{
    return p11->C_Login (bench.session, user, MODULE_PIN, MODULE_PIN_LENGTH);
}

/* What is given out is right, whatever the card did. */
static CK_RV
sign (CK_OBJECT_HANDLE key, CK_OBJECT_HANDLE public)
{
    CK_BYTE hash[32] = {1, 2, 3}, signature[64];
    CK_ULONG length = sizeof signature;
    CK_RV rv = p11->C_SignInit (bench.session, &ecdsa, key);

    if (rv == CKR_OK && key == bench.always)
        rv = log_in (CKU_CONTEXT_SPECIFIC);
    if (rv == CKR_OK)
        rv = p11->C_Sign (bench.session, hash, sizeof hash, signature, &length);
    if (rv != CKR_OK || public == CK_INVALID_HANDLE)
        return rv;
    g_assert_cmphex (p11->C_VerifyInit (bench.session, &ecdsa, public), ==, CKR_OK);
    g_assert_cmphex (p11->C_Verify (bench.session, hash, sizeof hash, signature, length), ==, CKR_OK);
    return CKR_OK;
}

/* --- preparing: without faults --- */

static void
prepare_nothing (void)
{
}

static void
prepare_session (void)
{
    bench.session = module_world_open (CKF_RW_SESSION);
}

static void
prepare_login (void)
{
    prepare_session ();
    g_assert_cmphex (log_in (CKU_USER), ==, CKR_OK);
    bench.sign = module_world_find (bench.session, CKO_PRIVATE_KEY, 1);
    bench.always = module_world_find (bench.session, CKO_PRIVATE_KEY, 2);
    bench.public = module_world_find (bench.session, CKO_PUBLIC_KEY, 1);
    /* Uses up what the login holds. */
    g_assert_cmphex (sign (bench.always, CK_INVALID_HANDLE), ==, CKR_OK);
}

static void
prepare_login_rsa (void)
{
    prepare_session ();
    g_assert_cmphex (log_in (CKU_USER), ==, CKR_OK);
    bench.sign = module_world_find (bench.session, CKO_PRIVATE_KEY, 1);
    bench.public = module_world_find (bench.session, CKO_PUBLIC_KEY, 1);
    /* Nobody is kept waiting by the login. */
    g_assert_cmphex (act_sign_rsa (), ==, CKR_OK);
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
act_login (void)
{
    return log_in (CKU_USER);
}

static CK_RV
act_login_and_sign (void)
{
    CK_RV rv = log_in (CKU_USER);
    return rv == CKR_OK ? sign (module_world_find (bench.session, CKO_PRIVATE_KEY, 2), CK_INVALID_HANDLE)
                        : rv;
}

static CK_RV
act_sign (void)
{
    return sign (bench.sign, bench.public);
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
    CK_ATTRIBUTE wanted = {CKA_EC_POINT, point, sizeof point};
    CK_ECDH1_DERIVE_PARAMS params = {.kdf = CKD_NULL, .public_data = point};
    CK_MECHANISM mechanism = {CKM_ECDH1_DERIVE, &params, sizeof params};
    CK_OBJECT_HANDLE secret;

    g_assert_cmphex (p11->C_GetAttributeValue (bench.session, bench.public, &wanted, 1), ==, CKR_OK);
    params.public_data_len = wanted.ulValueLen;
    return p11->C_DeriveKey (bench.session, &mechanism, bench.sign, NULL, 0, &secret);
}

/* Of a block that is no ciphertext of anybody's: what it becomes does not matter. */
static CK_RV
act_decrypt (void)
{
    CK_MECHANISM raw = {CKM_RSA_X_509, NULL, 0};
    CK_BYTE block[256] = {0, 2}, plain[256];
    CK_ULONG length = sizeof plain;
    CK_RV rv = p11->C_DecryptInit (bench.session, &raw, bench.sign);

    return rv == CKR_OK ? p11->C_Decrypt (bench.session, block, sizeof block, plain, &length) : rv;
}

static CK_RV
act_sign_rsa (void)
{
    CK_MECHANISM pkcs1 = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_BYTE text[] = "naskah", signature[256];
    CK_ULONG length = sizeof signature;
    CK_RV rv = p11->C_SignInit (bench.session, &pkcs1, bench.sign);

    if (rv == CKR_OK)
        rv = p11->C_Sign (bench.session, text, sizeof text, signature, &length);
    if (rv != CKR_OK)
        return rv;
    g_assert_cmphex (p11->C_VerifyInit (bench.session, &pkcs1, bench.public), ==, CKR_OK);
    g_assert_cmphex (p11->C_Verify (bench.session, text, sizeof text, signature, length), ==, CKR_OK);
    return CKR_OK;
}

static CK_RV
act_change_pin (void)
{
    return p11->C_SetPIN (bench.session, MODULE_PIN, MODULE_PIN_LENGTH, new_pin, 8);
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

typedef struct {
    const gchar *name;
    void (*prepare) (void);
    CK_RV (*act) (void);
    gboolean quiet; /* a failure of the card is nobody's business: it is over in any case */
    gboolean rsa;
} Operation;

static const Operation operations[] = {
    {"token-info", prepare_nothing, act_token_info, FALSE},
    {"open-session", prepare_nothing, act_open, FALSE},
    {"mechanisms", prepare_nothing, act_mechanisms, FALSE},
    {"list", prepare_session, act_list, FALSE},
    {"login", prepare_session, act_login, FALSE},
    {"login-and-sign", prepare_session, act_login_and_sign, FALSE},
    {"sign", prepare_login, act_sign, FALSE},
    {"sign-pin-always", prepare_login, act_sign_always, FALSE},
    {"derive", prepare_login, act_derive, FALSE},
    {"decrypt", prepare_login_rsa, act_decrypt, FALSE, TRUE},
    {"sign-rsa", prepare_login_rsa, act_sign_rsa, FALSE, TRUE},
    {"change-pin", prepare_session, act_change_pin, FALSE},
    {"random", prepare_login, act_random, FALSE},
    {"logout", prepare_login, act_logout, FALSE},
    {"close-all", prepare_login, act_close, TRUE},
};

/* --- faults --- */

enum { GONE = 1 << 0, FAILED = 1 << 1, LOGGED_OUT = 1 << 2, DONE = 1 << 3 };

/* What may come of a fault, as bits; SERVICE is pcscd ending, which the card does not know. */
#define SERVICE ((VtokenFault)-1)
typedef struct {
    const gchar *name;
    VtokenFault fault;
    guint argument;
    guint may;
} Fault;

static const Fault faults[] = {
    {"pulled", VTOKEN_FAULT_PULL, 0, GONE},
    {"silent", VTOKEN_FAULT_EMPTY, 0, GONE},
    {"one-byte", VTOKEN_FAULT_ONE_BYTE, 0, GONE},
    {"pcscd-killed", SERVICE, 0, GONE},
    {"reset-by-others", VTOKEN_FAULT_RESET, 0, DONE | LOGGED_OUT | FAILED},
    {"status-6f00", VTOKEN_FAULT_STATUS, 0x6F00, DONE | LOGGED_OUT | FAILED},
    {"status-6982", VTOKEN_FAULT_STATUS, 0x6982, DONE | LOGGED_OUT | FAILED},
    {"status-6a82", VTOKEN_FAULT_STATUS, 0x6A82, DONE | LOGGED_OUT | FAILED},
    {"status-6d00", VTOKEN_FAULT_STATUS, 0x6D00, DONE | LOGGED_OUT | FAILED},
    {"cut-off", VTOKEN_FAULT_SHORT, 0, DONE | LOGGED_OUT | FAILED},
    {"garbage", VTOKEN_FAULT_GARBAGE, 0, DONE | LOGGED_OUT | FAILED},
    {"slow", VTOKEN_FAULT_SLOW, 5, DONE},
};

static guint
kind_of (CK_RV rv)
{
    switch (rv) {
    case CKR_OK:
        return DONE;
    case CKR_DEVICE_REMOVED:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_SESSION_HANDLE_INVALID:
        return GONE;
    case CKR_USER_NOT_LOGGED_IN:
        return LOGGED_OUT;
    case CKR_DEVICE_ERROR:
    case CKR_TOKEN_NOT_RECOGNIZED:
    case CKR_KEY_HANDLE_INVALID:         /* the key, or its certificate, could not be read */
    case CKR_MECHANISM_INVALID:          /* nor what it can do */
    case CKR_FUNCTION_NOT_SUPPORTED:     /* the card says so */
    case CKR_KEY_FUNCTION_NOT_PERMITTED: /* likewise */
    case CKR_PIN_LEN_RANGE:              /* the card refuses the form of a PIN without looking at it */
        return FAILED;
    default:
        return 0;
    }
}

/* --- one case --- */

/* RSA keys take long to make: one card is written down, and read for each case. */
static gchar *state;

static void
exchange_for_rsa (void)
{
    g_autoptr (GError) error = NULL;

    if (state == NULL) {
        g_autoptr (Vtoken) made = vtoken_world_make_card (VTOKEN_ALGORITHM_RSA2048, NULL);
        state = g_build_filename (g_get_tmp_dir (), "pena-fault-table.XXXXXX", NULL);
        g_assert_nonnull (g_mkdtemp (state));
        gchar *file = g_build_filename (state, "card", NULL);
        g_free (state);
        state = file;
        g_assert_true (vtoken_save_to (made, state, &error));
    }
    p11->C_Finalize (NULL);
    vtoken_free (module_world.card);
    module_world.card = vtoken_new_from_file (state, &error);
    g_assert_no_error (error);
    vtoken_reset (module_world.card);
    module_world.was_present = FALSE;
    g_assert_cmphex (p11->C_Initialize (NULL), ==, CKR_OK);
}

static void
set_up (gboolean rsa)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    bench = (Bench){0};
    if (rsa)
        exchange_for_rsa ();
}

static void
arm (const Fault *fault, guint nth)
{
    if (fault->fault == SERVICE)
        module_world.service_ends_at = nth;
    else
        vtoken_fault_at (module_world.card, fault->fault, nth, fault->argument);
}

/* The card is put in again and pcscd runs: everything works for the process that saw the fault, and no try of
 * the PIN is lost. */
static void
check_recovery (gboolean rsa)
{
    vtoken_fault_clear (module_world.card);
    vtoken_world_start_service (&module_world);
    vtoken_world_pull (&module_world);
    vtoken_world_insert (&module_world);
    p11->C_CloseAllSessions (0); /* a login may still be held */
    g_assert_cmphex (vtoken_world_send (&module_world, "00A4040009A00000030800001000"), ==, 0x9000);
    g_assert_cmphex (vtoken_world_send (&module_world, "00200080"), ==, 0x63C3);
    bench.session = module_world_open (CKF_RW_SESSION);
    CK_RV rv = log_in (CKU_USER);
    if (rv == CKR_PIN_INCORRECT) /* it was changed after all */
        rv = p11->C_Login (bench.session, CKU_USER, new_pin, 8);
    g_assert_cmphex (rv, ==, CKR_OK);
    bench.sign = module_world_find (bench.session, CKO_PRIVATE_KEY, 1);
    bench.public = module_world_find (bench.session, CKO_PUBLIC_KEY, 1);
    g_assert_cmphex (rsa ? act_sign_rsa () : sign (bench.sign, bench.public), ==, CKR_OK);
}

/* FALSE once the fault comes too late to be met. */
static gboolean
try_case (const Operation *operation, const Fault *fault, guint nth)
{
    set_up (operation->rsa);
    operation->prepare ();
    vtoken_reset_count (module_world.card);
    arm (fault, nth);
    CK_RV rv = operation->act ();
    gboolean met =
        fault->fault == SERVICE ? module_world.service_down : vtoken_get_count (module_world.card) >= nth;
    g_test_message ("%s, %s at command %u: 0x%lx", operation->name, fault->name, nth, rv);
    if (!met)
        g_assert_cmphex (rv, ==, CKR_OK);
    else
        g_assert_cmphex (kind_of (rv) & (fault->may | (operation->quiet ? DONE : 0)), !=, 0);
    check_recovery (operation->rsa);
    module_world_tear_down ();
    return met;
}

/* More than any operation takes. */
#define COMMANDS_MAX 60

static guint cases;

static void
test_operation (gconstpointer data)
{
    const Operation *operation = data;

    for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
        guint nth = 1;
        while (nth < COMMANDS_MAX && try_case (operation, &faults[i], nth))
            nth++;
        g_assert_cmpuint (nth, <, COMMANDS_MAX);
        cases += nth - 1;
    }
}

/* Without a card, or without pcscd, from the start: for every operation that needs no session. */
static void
test_nothing_there (void)
{
    for (guint i = 0; i < G_N_ELEMENTS (operations); i++) {
        if (operations[i].prepare != prepare_nothing)
            continue;
        for (guint service = 0; service < 2; service++) {
            set_up (FALSE);
            if (service)
                vtoken_world_pull (&module_world);
            act_token_info ();
            module_world.service_down = !service;
            g_assert_cmphex (kind_of (operations[i].act ()), ==, GONE);
            check_recovery (FALSE);
            module_world_tear_down ();
            cases++;
        }
    }
}

static void
test_count (void)
{
    g_print ("# fault table: %u cases of %u operations and %u faults\n", cases,
             (guint)G_N_ELEMENTS (operations), (guint)G_N_ELEMENTS (faults));
    g_assert_cmpuint (cases, >, 300);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (operations); i++) {
        g_autofree gchar *path = g_strdup_printf ("/module/fault-table/%s", operations[i].name);
        g_test_add_data_func (path, &operations[i], test_operation);
    }
    g_test_add_func ("/module/fault-table/nothing-there", test_nothing_there);
    g_test_add_func ("/module/fault-table/count", test_count);
    int status = g_test_run ();
    if (state != NULL) {
        g_autofree gchar *folder = g_path_get_dirname (state);
        g_unlink (state);
        g_rmdir (folder);
        g_free (state);
    }
    return status;
}
