/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 module with a card, a reader or a pcscd that does not answer
 * Copyright (C) 2026 the Pena authors */
#include <sys/wait.h>
#include <unistd.h>

#include "module-world.h"

/* Only the silent ones wait for a clock, which is not the test's: the virtual reader tells when it is silent. */

static CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};

static CK_RV
sign (CK_SESSION_HANDLE session)
{
    CK_BYTE hash[32] = {1}, signature[64];
    CK_ULONG length = sizeof signature;
    CK_RV rv = p11->C_SignInit (session, &ecdsa, module_world_find (session, CKO_PRIVATE_KEY, 1));

    return rv == CKR_OK ? p11->C_Sign (session, hash, sizeof hash, signature, &length) : rv;
}

static CK_RV
log_in (CK_SESSION_HANDLE session)
{
    return p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH);
}

/* Whose rights only a reset of the card ends. */
static void
log_in_officer (CK_SESSION_HANDLE session)
{
    static CK_UTF8CHAR key[] = "010203040506070801020304050607080102030405060708";

    g_assert_cmphex (p11->C_Logout (session), ==, CKR_OK);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, key, sizeof key - 1), ==, CKR_OK);
}

static CK_SESSION_HANDLE
begin (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (log_in (session), ==, CKR_OK);
    g_assert_cmphex (sign (session), ==, CKR_OK);
    return session;
}

static CK_RV
ask (void)
{
    CK_TOKEN_INFO info;

    return p11->C_GetTokenInfo (0, &info);
}

/* Nothing more is sent, others work, and the card's own calls fail without waiting. */
static void
check_refused (void)
{
    CK_SLOT_INFO slot;
    CK_SESSION_HANDLE session;
    CK_ULONG count = 0;
    guint commands = vtoken_get_count (module_world.card);

    g_assert_true (module_world.silent);
    for (guint i = 0; i < 20; i++) {
        g_assert_cmphex (ask (), ==, CKR_DEVICE_ERROR);
        g_assert_cmphex (p11->C_OpenSession (0, CKF_SERIAL_SESSION, NULL, NULL, &session), ==,
                         CKR_DEVICE_ERROR);
    }
    g_assert_cmphex (p11->C_GetSlotList (CK_TRUE, NULL, &count), ==, CKR_OK);
    g_assert_cmpuint (count, ==, 1);
    g_assert_cmphex (p11->C_GetSlotInfo (0, &slot), ==, CKR_OK);
    g_assert_cmpuint (vtoken_get_count (module_world.card), ==, commands);
    g_assert_cmpuint (module_world.silences, ==, 1);
}

/* All is as if the card had just been put in; and nobody is logged in on it. */
static void
check_recovered (void)
{
    CK_SESSION_INFO info;

    module_world_await_late ();
    CK_SESSION_HANDLE session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (p11->C_GetSessionInfo (session, &info), ==, CKR_OK);
    g_assert_cmpuint (info.state, ==, CKS_RW_PUBLIC_SESSION);
    g_assert_cmphex (log_in (session), ==, CKR_OK);
    g_assert_cmphex (sign (session), ==, CKR_OK);
}

static void
exchange_card (void)
{
    vtoken_world_pull (&module_world);
    vtoken_world_insert (&module_world);
}

static void
speak (void)
{
    vtoken_world_speak (&module_world);
}

static void (*const endings[]) (void) = {speak, exchange_card};

/* Of a signature: looks whether the card is as it was, and signs. */
static void
test_command (void)
{
    for (guint nth = 1; nth <= 2; nth++)
        for (guint i = 0; i < G_N_ELEMENTS (endings); i++) {
            CK_SESSION_HANDLE session = begin ();
            vtoken_fault_at (module_world.card, VTOKEN_FAULT_SILENT, nth, 0);
            g_assert_cmphex (sign (session), ==, CKR_DEVICE_ERROR);
            check_refused ();
            endings[i]();
            check_recovered ();
            module_world_tear_down ();
        }
}

/* What it said too late counts for nothing, nor what it did without being heard: the PIN is not verified on the card. */
static void
test_late_verify (gconstpointer fails)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    module_world.late_fails = fails != NULL;
    CK_SESSION_HANDLE session = module_world_open (0);
    ask ();
    vtoken_fault_at (module_world.card, VTOKEN_FAULT_SILENT, 2, 0);
    g_assert_cmphex (log_in (session), ==, CKR_DEVICE_ERROR);
    check_refused ();
    speak ();
    module_world_await_late ();
    p11->C_CloseAllSessions (0);
    g_assert_cmphex (vtoken_world_send (&module_world, "00A4040009A00000030800001000"), ==, 0x9000);
    g_assert_cmphex (vtoken_world_send (&module_world, "00200080"), ==, 0x63C3);
    check_recovered ();
    module_world_tear_down ();
}

/* Each call of the way to the card that is neither a command nor one that can be tried again. */
static void
test_call (gconstpointer data)
{
    for (guint i = 0; i < G_N_ELEMENTS (endings); i++) {
        CK_SESSION_HANDLE session = begin ();
        if (*(const VtokenCall *)data == VTOKEN_CALL_RESET)
            log_in_officer (session);
        module_world.silent_call = *(const VtokenCall *)data;
        CK_RV rv = p11->C_Logout (session);
        g_assert_true (rv == CKR_DEVICE_ERROR || rv == CKR_DEVICE_REMOVED);
        check_refused ();
        endings[i]();
        check_recovered ();
        module_world_tear_down ();
    }
}

static void
test_connect (void)
{
    for (guint i = 0; i < G_N_ELEMENTS (endings); i++) {
        module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
        module_world.silent_call = VTOKEN_CALL_CONNECT;
        g_assert_cmphex (ask (), ==, CKR_DEVICE_ERROR);
        check_refused ();
        endings[i]();
        check_recovered ();
        module_world_tear_down ();
    }
}

/* Another program keeps the card: sessions and login are there still when it lets go. */
static void
test_begin (void)
{
    CK_SESSION_INFO info;
    CK_SESSION_HANDLE session = begin ();

    module_world.silent_call = VTOKEN_CALL_BEGIN;
    for (guint i = 0; i < 20; i++)
        g_assert_cmphex (sign (session), ==, CKR_DEVICE_ERROR);
    g_assert_cmpuint (module_world.silences, ==, 1);
    g_assert_cmphex (p11->C_GetSessionInfo (session, &info), ==, CKR_OK);
    speak ();
    CK_RV rv = CKR_DEVICE_ERROR;
    for (guint i = 0; i < 5000 && rv == CKR_DEVICE_ERROR; i++) {
        rv = sign (session);
        g_usleep (1000);
    }
    g_assert_cmphex (rv, ==, CKR_OK);
    module_world_tear_down ();
}

/* It has reset the card as well, which is not forgotten. */
static void
test_begin_after_reset (void)
{
    CK_SESSION_HANDLE session = begin ();

    module_world.silent_call = VTOKEN_CALL_BEGIN;
    g_assert_cmphex (sign (session), ==, CKR_DEVICE_ERROR);
    vtoken_world_reset (&module_world);
    speak ();
    CK_RV rv = CKR_DEVICE_ERROR;
    for (guint i = 0; i < 5000 && rv == CKR_DEVICE_ERROR; i++) {
        rv = sign (session);
        g_usleep (1000);
    }
    g_assert_cmphex (rv, ==, CKR_USER_NOT_LOGGED_IN);
    g_assert_cmphex (log_in (session), ==, CKR_OK);
    module_world_tear_down ();
}

static void
test_pin_pad (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    module_world.has_pad = TRUE;
    module_world.typed = VTOKEN_PIN;
    CK_SESSION_HANDLE session = module_world_open (0);
    module_world.silent_call = VTOKEN_CALL_PIN_PAD;
    g_assert_cmphex (p11->C_Login (session, CKU_USER, NULL, 0), ==, CKR_DEVICE_ERROR);
    check_refused ();
    speak ();
    check_recovered ();
    module_world_tear_down ();
}

/* pcscd itself: there are no readers then. */
static void
test_list (void)
{
    CK_ULONG count = 1;
    CK_SESSION_HANDLE session = begin ();

    module_world.silent_call = VTOKEN_CALL_LIST;
    for (guint i = 0; i < 20; i++) {
        g_assert_cmphex (p11->C_GetSlotList (CK_TRUE, NULL, &count), ==, CKR_OK);
        g_assert_cmpuint (count, ==, 0);
        g_assert_cmphex (p11->C_Logout (session), ==, CKR_SESSION_HANDLE_INVALID);
    }
    g_assert_cmpuint (module_world.silences, ==, 1);
    speak ();
    for (guint i = 0; i < 5000 && count == 0; i++) {
        p11->C_GetSlotList (CK_TRUE, NULL, &count);
        g_usleep (1000);
    }
    check_recovered ();
    module_world_tear_down ();
}

/* The module ends and begins anew while the card is silent still, and the card speaks when there is no module. */
static void
test_finalize (void)
{
    for (guint again = 0; again < 2; again++) {
        CK_SESSION_HANDLE session = begin ();
        vtoken_fault_at (module_world.card, VTOKEN_FAULT_SILENT, 2, 0);
        g_assert_cmphex (sign (session), ==, CKR_DEVICE_ERROR);
        g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_OK);
        if (!again)
            speak ();
        g_assert_cmphex (p11->C_Initialize (NULL), ==, CKR_OK);
        if (again) {
            check_refused ();
            speak ();
        }
        check_recovered ();
        module_world_tear_down ();
    }
}

static gpointer
sign_in_thread (gpointer data)
{
    return GSIZE_TO_POINTER (sign (GPOINTER_TO_SIZE (data)));
}

/* Nobody tells when to give up but C_Finalize, which does not wait for ever either. */
static void
be_silent (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    world->filter = NULL;
    g_mutex_lock (&world->silence);
    world->silent = TRUE;
    while (world->silent)
        g_cond_wait (&world->spoken, &world->silence);
    g_mutex_unlock (&world->silence);
    vtoken_transmit (world->card, command, command_length, answer, length);
}

static void
test_finalize_during (void)
{
    CK_SESSION_HANDLE session = begin ();

    module_world.filter = be_silent;
    GThread *thread = g_thread_new ("sign", sign_in_thread, GSIZE_TO_POINTER (session));
    while (!g_atomic_int_get (&module_world.silent))
        g_usleep (1000);
    g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_OK);
    g_assert_cmphex (GPOINTER_TO_SIZE (g_thread_join (thread)), ==, CKR_DEVICE_ERROR);
    g_assert_cmphex (p11->C_Initialize (NULL), ==, CKR_OK);
    speak ();
    check_recovered ();
    module_world_tear_down ();
}

static gpointer
wait_in_thread (gpointer data)
{
    CK_SLOT_ID slot;

    g_atomic_int_set ((gint *)data, 1);
    return GSIZE_TO_POINTER (p11->C_WaitForSlotEvent (0, &slot, NULL));
}

/* pcscd does not even say that it has stopped waiting. */
static void
test_finalize_waiting (void)
{
    gint waits = 0;

    begin ();
    module_world.silent_call = VTOKEN_CALL_CANCEL;
    GThread *thread = g_thread_new ("wait", wait_in_thread, &waits);
    while (!g_atomic_int_get (&waits))
        g_usleep (1000);
    g_usleep (20 * 1000);
    g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_OK);
    g_assert_cmphex (GPOINTER_TO_SIZE (g_thread_join (thread)), ==, CKR_CRYPTOKI_NOT_INITIALIZED);
    g_assert_cmpuint (module_world.silences, ==, 1);
    speak ();
    /* The next who begins takes the sign to stop waiting away. */
    while (!g_atomic_int_get (&module_world.cancelled) || g_atomic_int_get (&module_world.waiting) > 0)
        g_usleep (1000);
    g_assert_cmphex (p11->C_Initialize (NULL), ==, CKR_OK);
    check_recovered ();
    module_world_tear_down ();
}

/* The child has a way to the card of its own, and none of the threads. */
static void
test_fork (void)
{
    int status;
    CK_SESSION_HANDLE session = begin ();

    vtoken_fault_at (module_world.card, VTOKEN_FAULT_SILENT, 2, 0);
    g_assert_cmphex (sign (session), ==, CKR_DEVICE_ERROR);
    pid_t child = fork ();
    if (child == 0) {
        module_world.in_transaction = FALSE;
        if (p11->C_Initialize (NULL) != CKR_OK || ask () != CKR_OK)
            _exit (1);
        session = module_world_open (0);
        _exit (log_in (session) == CKR_OK && sign (session) == CKR_OK && p11->C_Finalize (NULL) == CKR_OK
                   ? 0
                   : 2);
    }
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    g_assert_cmpint (status, ==, 0);
    speak ();
    check_recovered ();
    module_world_tear_down ();
}

/* A process may end while a thread still waits. */
static void
test_exit (void)
{
    if (!g_test_subprocess ()) {
        g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
        g_test_trap_assert_passed ();
        return;
    }
    CK_SESSION_HANDLE session = begin ();
    vtoken_fault_at (module_world.card, VTOKEN_FAULT_SILENT, 2, 0);
    g_assert_cmphex (sign (session), ==, CKR_DEVICE_ERROR);
    g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_OK);
    exit (0);
}

int
main (int argc, char **argv)
{
    static const VtokenCall end = VTOKEN_CALL_END, reset = VTOKEN_CALL_RESET;

    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/module/silent/command", test_command);
    g_test_add_data_func ("/module/silent/late-verify", NULL, test_late_verify);
    g_test_add_data_func ("/module/silent/late-verify-unheard", "fails", test_late_verify);
    g_test_add_data_func ("/module/silent/end", &end, test_call);
    g_test_add_data_func ("/module/silent/reset", &reset, test_call);
    g_test_add_func ("/module/silent/connect", test_connect);
    g_test_add_func ("/module/silent/begin", test_begin);
    g_test_add_func ("/module/silent/begin-after-reset", test_begin_after_reset);
    g_test_add_func ("/module/silent/pin-pad", test_pin_pad);
    g_test_add_func ("/module/silent/list", test_list);
    g_test_add_func ("/module/silent/finalize", test_finalize);
    g_test_add_func ("/module/silent/finalize-during", test_finalize_during);
    g_test_add_func ("/module/silent/finalize-waiting", test_finalize_waiting);
    g_test_add_func ("/module/silent/fork", test_fork);
    g_test_add_func ("/module/silent/exit", test_exit);
    return g_test_run ();
}
