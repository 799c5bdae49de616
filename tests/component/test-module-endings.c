/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 module: what is left of a login when it ends, by whatever way
 * Copyright (C) 2026 the Pena authors */
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "api.h"
#include "module-world.h"

enum { INS_VERIFY = 0x20 };

static CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};

static CK_RV
log_in (CK_SESSION_HANDLE session)
{
    return p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH);
}

static CK_RV
sign_now (CK_SESSION_HANDLE session)
{
    CK_BYTE signature[64] = {1};
    CK_ULONG length = sizeof signature;

    return p11->C_Sign (session, signature, 32, signature, &length);
}

static CK_RV
sign (CK_SESSION_HANDLE session, CK_BYTE id)
{
    CK_RV rv = p11->C_SignInit (session, &ecdsa, module_world_find (session, CKO_PRIVATE_KEY, id));
    return rv == CKR_OK ? sign_now (session) : rv;
}

/* --- looking for a PIN in our own memory --- */

#define CANARY_LENGTH 8
#define REGION_MAX (64UL << 20) /* larger ones are a sanitizer's */

/* What is looked for must itself not be found, so it is kept the other way round. */
static const guint8 hidden[CANARY_LENGTH] = {'7' ^ 0xFF, 'q' ^ 0xFF, 'Z' ^ 0xFF, '1' ^ 0xFF,
                                             'k' ^ 0xFF, 'W' ^ 0xFF, '8' ^ 0xFF, 'm' ^ 0xFF};

static guint
count_in (const guint8 *bytes, gsize length)
{
    guint found = 0;

    for (gsize i = 0; i + CANARY_LENGTH <= length; i++) {
        gsize same = 0;
        while (same < CANARY_LENGTH && (bytes[i + same] ^ hidden[same]) == 0xFF)
            same++;
        found += same == CANARY_LENGTH;
    }
    return found;
}

/* By way of the kernel, for a region may go while it is read. */
static guint
count_in_region (gulong from, gulong to)
{
    static guint8 bytes[1 << 16];
    guint found = 0;

    for (gulong at = from; at < to; at += sizeof bytes - CANARY_LENGTH + 1) {
        struct iovec local = {bytes, MIN (sizeof bytes, to - at)};
        struct iovec remote = {(gpointer)at, local.iov_len}; /* NOLINT: an address out of a list of regions */
        gssize got = process_vm_readv (getpid (), &local, 1, &remote, 1, 0);
        if (got > 0)
            found += count_in (bytes, (gsize)got);
    }
    pena_wipe (bytes, sizeof bytes);
    return found;
}

/* How often the canary is anywhere in memory. */
static guint
count_canaries (void)
{
    g_autofree gchar *maps = NULL;
    guint found = 0;

    g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
    g_auto (GStrv) lines = g_strsplit (maps, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        gulong from, to;
        gchar access[5];
        if (sscanf (lines[i], "%lx-%lx %4s", &from, &to, access) == 3 && access[0] == 'r' &&
            access[1] == 'w' && to - from <= REGION_MAX)
            found += count_in_region (from, to);
    }
    return found;
}

/* A card that takes the canary for its PIN and does not keep it. */
static void
forgetful (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    if (command[1] == INS_VERIFY && command_length > 4) {
        memcpy (answer, "\x90\x00", 2);
        *length = 2;
        return;
    }
    vtoken_transmit (world->card, command, command_length, answer, length);
}

static CK_RV
log_in_with_canary (CK_SESSION_HANDLE session, CK_USER_TYPE user)
{
    CK_UTF8CHAR pin[CANARY_LENGTH];

    for (guint i = 0; i < CANARY_LENGTH; i++)
        pin[i] = hidden[i] ^ 0xFF;
    CK_RV rv = p11->C_Login (session, user, pin, CANARY_LENGTH);
    pena_wipe (pin, sizeof pin);
    return rv;
}

static CK_SESSION_HANDLE
begin_with_canary (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    module_world.filter = forgetful;
    CK_SESSION_HANDLE session = module_world_open (0);
    g_assert_cmphex (log_in_with_canary (session, CKU_USER), ==, CKR_OK);
    g_assert_cmphex (p11->C_SignInit (session, &ecdsa, module_world_find (session, CKO_PRIVATE_KEY, 2)), ==,
                     CKR_OK);
    g_assert_cmphex (log_in_with_canary (session, CKU_CONTEXT_SPECIFIC), ==, CKR_OK);
    if (count_canaries () == 0)
        g_test_skip ("own memory cannot be read here");
    return session;
}

static void
end_with_logout (CK_SESSION_HANDLE session)
{
    g_assert_cmphex (p11->C_Logout (session), ==, CKR_OK);
}

static void
end_with_close (CK_SESSION_HANDLE session)
{
    g_assert_cmphex (p11->C_CloseSession (session), ==, CKR_OK);
}

static void
end_with_close_all (CK_SESSION_HANDLE session)
{
    g_assert_cmphex (p11->C_CloseAllSessions (0), ==, CKR_OK);
}

static void
end_with_finalize (CK_SESSION_HANDLE session)
{
    g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_OK);
}

static void
end_with_pull (CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;

    vtoken_world_pull (&module_world);
    g_assert_cmphex (p11->C_GetSessionInfo (session, &info), ==, CKR_DEVICE_REMOVED);
}

/* The signature takes the operation's PIN with it, the end of the hold the other one. */
static void
end_with_time (CK_SESSION_HANDLE session)
{
    g_assert_cmphex (pena_mod_session_cancel (session, CKF_SIGN), ==, CKR_OK);
    for (guint i = 0; i < 500 && g_atomic_int_get (&module_world.in_transaction); i++)
        g_usleep (20 * 1000);
    g_assert_false (g_atomic_int_get (&module_world.in_transaction));
    CK_SLOT_INFO info;
    g_assert_cmphex (p11->C_GetSlotInfo (0, &info), ==, CKR_OK); /* the keeper has let go of the lock */
}

static void
test_memory (gconstpointer data)
{
    void (*end) (CK_SESSION_HANDLE session) = *(void (*const *) (CK_SESSION_HANDLE))data;
    CK_SESSION_HANDLE session = begin_with_canary ();

    end (session);
    g_assert_cmpuint (count_canaries (), ==, 0);
    module_world.filter = NULL;
    module_world_tear_down ();
}

static void
forgetful_and_silent (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer,
                      gsize *length)
{
    forgetful (world, command, command_length, answer, length);
    if (command[1] == INS_VERIFY && command_length > 4)
        world->silent_call = VTOKEN_CALL_TRANSMIT;
}

/* The call that carries the PIN comes back when its caller has long gone. */
static void
test_memory_late (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    module_world.filter = forgetful_and_silent;
    CK_SESSION_HANDLE session = module_world_open (0);
    g_assert_cmphex (log_in_with_canary (session, CKU_USER), ==, CKR_DEVICE_ERROR);
    if (count_canaries () == 0)
        g_test_skip ("own memory cannot be read here");
    vtoken_world_speak (&module_world);
    module_world_await_late ();
    g_assert_cmpuint (count_canaries (), ==, 0);
    module_world.filter = NULL;
    module_world_tear_down ();
}

/* --- what a login does not outlive --- */

static void
test_logout_ends_operations (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = module_world_open (0);
    g_assert_cmphex (log_in (session), ==, CKR_OK);
    g_assert_cmphex (p11->C_SignInit (session, &ecdsa, module_world_find (session, CKO_PRIVATE_KEY, 2)), ==,
                     CKR_OK);
    g_assert_cmphex (p11->C_Login (session, CKU_CONTEXT_SPECIFIC, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    g_assert_cmphex (p11->C_Logout (session), ==, CKR_OK);
    g_assert_cmphex (sign_now (session), ==, CKR_OPERATION_NOT_INITIALIZED);
    module_world_tear_down ();
}

/* A wrong PIN for one use ends the login on the card; the right one brings it back. */
static void
test_wrong_pin_for_use (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = module_world_open (0);
    g_assert_cmphex (log_in (session), ==, CKR_OK);
    CK_OBJECT_HANDLE key = module_world_find (session, CKO_PRIVATE_KEY, 2);
    g_assert_cmphex (p11->C_SignInit (session, &ecdsa, key), ==, CKR_OK);
    g_assert_cmphex (p11->C_Login (session, CKU_CONTEXT_SPECIFIC, (CK_UTF8CHAR *)"654321", 6), ==,
                     CKR_PIN_INCORRECT);
    g_assert_cmphex (p11->C_Login (session, CKU_CONTEXT_SPECIFIC, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    g_assert_cmphex (sign_now (session), ==, CKR_OK);
    g_assert_cmphex (sign (session, 1), ==, CKR_OK);
    module_world_tear_down ();
}

/* Asking for the size, or with too small a buffer, uses nothing up. */
static void
test_size_first (void)
{
    CK_BYTE signature[64] = {1};
    CK_ULONG length = 0;

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = module_world_open (0);
    module_world_find (session, CKO_PUBLIC_KEY, 2); /* reads the keys */
    g_assert_cmphex (log_in (session), ==, CKR_OK);
    g_assert_cmphex (p11->C_SignInit (session, &ecdsa, module_world_find (session, CKO_PRIVATE_KEY, 2)), ==,
                     CKR_OK);
    g_assert_cmphex (p11->C_Sign (session, signature, 32, NULL, &length), ==, CKR_OK);
    g_assert_cmpuint (length, ==, 64);
    g_assert_cmphex (p11->C_Login (session, CKU_CONTEXT_SPECIFIC, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    vtoken_reset_count (module_world.card);
    g_assert_cmphex (p11->C_Sign (session, signature, 32, NULL, &length), ==, CKR_OK);
    length = 63;
    g_assert_cmphex (p11->C_Sign (session, signature, 32, signature, &length), ==, CKR_BUFFER_TOO_SMALL);
    g_assert_cmpuint (length, ==, 64);
    g_assert_cmpuint (vtoken_get_count (module_world.card), ==, 0);
    g_assert_cmphex (p11->C_Sign (session, signature, 32, signature, &length), ==, CKR_OK);
    g_assert_cmpuint (vtoken_get_count (module_world.card), ==, 1);
    module_world_tear_down ();
}

/* Without threads a VERIFY cannot be held, so it is made worthless at once; here the card goes with that. */
static void
test_gone_after_verify (void)
{
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_LIBRARY_CANT_CREATE_OS_THREADS};

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_OK);
    g_assert_cmphex (p11->C_Initialize (&args), ==, CKR_OK);
    for (guint context = 0; context < 2; context++) {
        CK_SESSION_HANDLE session = module_world_open (0);
        CK_RV rv = CKR_OK;
        if (context) {
            g_assert_cmphex (log_in (session), ==, CKR_OK);
            g_assert_cmphex (
                p11->C_SignInit (session, &ecdsa, module_world_find (session, CKO_PRIVATE_KEY, 2)), ==,
                CKR_OK);
        }
        vtoken_fault_at (module_world.card, VTOKEN_FAULT_PULL, 3, 0); /* check, VERIFY, GET DATA */
        rv = p11->C_Login (session, context ? CKU_CONTEXT_SPECIFIC : CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH);
        g_assert_cmphex (rv, ==, CKR_DEVICE_REMOVED);
        g_assert_cmphex (p11->C_Logout (session), ==, CKR_SESSION_HANDLE_INVALID);
        g_assert_cmphex (p11->C_CloseAllSessions (0), ==, CKR_OK);
        vtoken_world_insert (&module_world);
    }
    g_assert_cmphex (log_in (module_world_open (0)), ==, CKR_OK);
    module_world_tear_down ();
}

/* The caller's own OpenSSL must not find errors of ours. */
static void
test_error_queue (void)
{
    CK_BYTE bytes[64] = {1};

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = module_world_open (0);
    ERR_raise (ERR_LIB_USER, 77);
    g_assert_cmphex (p11->C_VerifyInit (session, &ecdsa, module_world_find (session, CKO_PUBLIC_KEY, 1)), ==,
                     CKR_OK);
    g_assert_cmphex (p11->C_Verify (session, bytes, 32, bytes, 64), ==, CKR_SIGNATURE_INVALID);
    g_assert_cmpint (ERR_GET_REASON (ERR_get_error ()), ==, 77);
    g_assert_cmpuint (ERR_get_error (), ==, 0);
    module_world_tear_down ();
}

/* --- many threads --- */

static gint stop;

static gpointer
use_anything (gpointer data)
{
    while (!g_atomic_int_get (&stop)) {
        CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
        CK_OBJECT_HANDLE objects[8];
        CK_ULONG count = 0;
        p11->C_OpenSession (0, CKF_SERIAL_SESSION, NULL, NULL, &session);
        log_in (session);
        p11->C_FindObjectsInit (session, NULL, 0);
        p11->C_FindObjects (session, objects, G_N_ELEMENTS (objects), &count);
        p11->C_FindObjectsFinal (session);
        for (CK_ULONG i = 0; i < count; i++)
            if (p11->C_SignInit (session, &ecdsa, objects[i]) == CKR_OK)
                sign_now (session);
        p11->C_CloseSession (session);
    }
    return NULL;
}

/* Seven use the module, an eighth and a ninth end it and begin it anew; all get answers and all end. */
static gpointer
begin_and_end (gpointer data)
{
    for (guint i = 0; i < 60; i++) {
        p11->C_Finalize (NULL);
        g_usleep (2000);
        p11->C_Initialize (NULL);
        g_usleep (5000);
    }
    return NULL;
}

static void
test_threads (void)
{
    GThread *users[7], *enders[2];

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    g_atomic_int_set (&stop, 0);
    for (guint i = 0; i < G_N_ELEMENTS (users); i++)
        users[i] = g_thread_new ("user", use_anything, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (enders); i++)
        enders[i] = g_thread_new ("ender", begin_and_end, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (enders); i++)
        g_thread_join (enders[i]);
    g_atomic_int_set (&stop, 1);
    for (guint i = 0; i < G_N_ELEMENTS (users); i++)
        g_thread_join (users[i]);
    g_assert_cmphex (log_in (module_world_open (0)), ==, CKR_OK);
    module_world_tear_down ();
}

int
main (int argc, char **argv)
{
    static void (*const logout) (CK_SESSION_HANDLE) = end_with_logout;
    static void (*const close_one) (CK_SESSION_HANDLE) = end_with_close;
    static void (*const close_all) (CK_SESSION_HANDLE) = end_with_close_all;
    static void (*const finalize) (CK_SESSION_HANDLE) = end_with_finalize;
    static void (*const pull) (CK_SESSION_HANDLE) = end_with_pull;
    static void (*const expire) (CK_SESSION_HANDLE) = end_with_time;

    g_test_init (&argc, &argv, NULL);
    g_test_add_data_func ("/module/endings/memory/logout", &logout, test_memory);
    g_test_add_data_func ("/module/endings/memory/close", &close_one, test_memory);
    g_test_add_data_func ("/module/endings/memory/close-all", &close_all, test_memory);
    g_test_add_data_func ("/module/endings/memory/finalize", &finalize, test_memory);
    g_test_add_data_func ("/module/endings/memory/pull", &pull, test_memory);
    g_test_add_data_func ("/module/endings/memory/expire", &expire, test_memory);
    g_test_add_func ("/module/endings/memory/late", test_memory_late);
    g_test_add_func ("/module/endings/logout-ends-operations", test_logout_ends_operations);
    g_test_add_func ("/module/endings/wrong-pin-for-use", test_wrong_pin_for_use);
    g_test_add_func ("/module/endings/size-first", test_size_first);
    g_test_add_func ("/module/endings/gone-after-verify", test_gone_after_verify);
    g_test_add_func ("/module/endings/error-queue", test_error_queue);
    g_test_add_func ("/module/endings/threads", test_threads);
    return g_test_run ();
}
