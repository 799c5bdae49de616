/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: every fault at every command of every operation of the PKCS#11 module, on every kind of card
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "fault-bench.h"
#include "login.h"

/* --- faults --- */

enum { GONE = 1 << 0, FAILED = 1 << 1, LOGGED_OUT = 1 << 2, DONE = 1 << 3, REFUSED = 1 << 4 };

/* What may come of a fault, as bits; SERVICE is pcscd ending, which the card does not know. */
#define SERVICE ((VtokenFault)-1)
typedef struct {
    const gchar *name;
    VtokenFault fault;
    guint argument;
    guint may;
    FaultKinds
        plausible; /* where a card with less on it would have answered so: it is believed, and that is cached */
} Fault;

#define ANY_KIND ((FaultKinds)~0U)

static const Fault faults[] = {
    {"pulled", VTOKEN_FAULT_PULL, 0, GONE},
    {"silent", VTOKEN_FAULT_EMPTY, 0, GONE},
    {"one-byte", VTOKEN_FAULT_ONE_BYTE, 0, GONE},
    {"pcscd-killed", SERVICE, 0, GONE},
    {"reset-by-others", VTOKEN_FAULT_RESET, 0, DONE | LOGGED_OUT | FAILED, ANY_KIND},
    {"status-6f00", VTOKEN_FAULT_STATUS, 0x6F00, DONE | LOGGED_OUT | FAILED},
    {"status-6982", VTOKEN_FAULT_STATUS, 0x6982, DONE | LOGGED_OUT | FAILED, ANY_KIND},
    {"status-6a82", VTOKEN_FAULT_STATUS, 0x6A82, DONE | LOGGED_OUT | FAILED, ANY_KIND},
    {"status-6d00", VTOKEN_FAULT_STATUS, 0x6D00, DONE | LOGGED_OUT | FAILED},
    {"cut-off", VTOKEN_FAULT_SHORT, 0, DONE | LOGGED_OUT | FAILED, FAULT_PKCS15},
    {"garbage", VTOKEN_FAULT_GARBAGE, 0, DONE | LOGGED_OUT | FAILED, FAULT_PKCS15},
    {"slow", VTOKEN_FAULT_SLOW, 5, DONE},
    {"never-answered", VTOKEN_FAULT_SILENT, 0, GONE | FAILED},
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
    case CKR_TOKEN_WRITE_PROTECTED: /* the card has said that it cannot do it, or what it is */
    case CKR_CURVE_NOT_SUPPORTED:
    case CKR_KEY_TYPE_INCONSISTENT:
    case CKR_ACTION_PROHIBITED:
    case CKR_OBJECT_HANDLE_INVALID: /* and it is not there after all */
    case CKR_DEVICE_MEMORY:
    case CKR_PIN_INCORRECT: /* the management key is told right from wrong by the card's answer */
        return REFUSED;
    default:
        return 0;
    }
}

/* --- one case --- */

static void
arm (const Fault *fault, guint nth)
{
    if (fault->fault == SERVICE)
        module_world.service_ends_at = nth;
    else
        vtoken_fault_at (module_world.card, fault->fault, nth, fault->argument);
}

static void
prepare (const FaultOperation *operation)
{
    if (operation->prepare != NULL)
        operation->prepare ();
}

/* As long as the answer is out the card is not asked again. It comes at last, or the card is pulled. */
static void
end_silence (gboolean pull)
{
    CK_TOKEN_INFO info;
    guint commands = vtoken_get_count (module_world.card);

    g_assert_cmphex (p11->C_GetTokenInfo (0, &info), ==, CKR_DEVICE_ERROR);
    g_assert_cmpuint (vtoken_get_count (module_world.card), ==, commands);
    if (pull)
        vtoken_world_pull (&module_world);
    else
        vtoken_world_speak (&module_world);
}

/* FALSE once the fault comes too late to be met. */
static gboolean
try_case (const FaultKind *kind, const FaultOperation *operation, const Fault *fault, guint nth)
{
    guint may = fault->may;

    if (operation->is & FAULT_QUIET)
        may |= DONE;
    if ((operation->is & FAULT_ADMINISTERS) && (may & FAILED))
        may |= REFUSED;
    fault_bench_set_up (kind);
    prepare (operation);
    vtoken_reset_count (module_world.card);
    arm (fault, nth);
    CK_RV rv = operation->act ();
    gboolean met =
        fault->fault == SERVICE ? module_world.service_down : vtoken_get_count (module_world.card) >= nth;
    g_test_message ("%s, %s at command %u: 0x%lx", operation->name, fault->name, nth, rv);
    if (!met)
        g_assert_cmphex (rv, ==, CKR_OK);
    else
        g_assert_cmphex (kind_of (rv) & may, !=, 0);
    if (module_world.silent)
        end_silence (nth % 2 == 0);
    if (fault->plausible & kind->kind)
        fault_bench_forget_cached ();
    fault_bench_check_recovery (operation);
    module_world_tear_down ();
    return met;
}

/* More than any operation takes. */
#define COMMANDS_MAX 90

static guint cases;

typedef struct {
    const FaultKind *kind;
    const FaultOperation *operation;
} Cell;

static void
test_operation (gconstpointer data)
{
    const Cell *cell = data;

    for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
        guint nth = 1;
        while (nth < COMMANDS_MAX && try_case (cell->kind, cell->operation, &faults[i], nth))
            nth++;
        g_assert_cmpuint (nth, <, COMMANDS_MAX);
        cases += nth - 1;
    }
}

/* --- from the start --- */

/* Without a card, or without pcscd, for every operation that needs no session. */
static void
test_nothing_there (void)
{
    for (guint i = 0; i < n_fault_operations; i++) {
        if (fault_operations[i].prepare != NULL)
            continue;
        for (guint service = 0; service < 2; service++) {
            CK_SLOT_INFO info;
            fault_bench_set_up (&fault_kinds[0]);
            p11->C_GetSlotInfo (0, &info);
            if (service)
                vtoken_world_pull (&module_world);
            module_world.service_down = !service;
            g_assert_cmphex (kind_of (fault_operations[i].act ()), ==, GONE);
            fault_bench_check_recovery (&fault_operations[i]);
            module_world_tear_down ();
            cases++;
        }
    }
}

/* --- a card that takes its time --- */

static GMutex gate;
static gint behind; /* a command has come to the gate, or there is none to wait for */

/* Only the first command waits. */
static void
wait_at_gate (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    if (!g_atomic_int_get (&behind)) {
        g_atomic_int_set (&behind, 1);
        g_mutex_lock (&gate);
        g_mutex_unlock (&gate);
    }
    vtoken_transmit (world->card, command, command_length, answer, length);
}

static gpointer
act_in_thread (gpointer data)
{
    CK_RV rv = ((const FaultOperation *)data)->act ();

    g_atomic_int_set (&behind, 1);
    return GSIZE_TO_POINTER (rv);
}

/* The operation is under way, and its first answer does not come until the gate is opened. */
static GThread *
begin_slowly (const FaultKind *kind, const FaultOperation *operation)
{
    fault_bench_set_up (kind);
    prepare (operation);
    g_mutex_lock (&gate);
    g_atomic_int_set (&behind, 0);
    module_world.filter = wait_at_gate;
    GThread *thread = g_thread_new ("slow", act_in_thread, (gpointer)operation);
    while (!g_atomic_int_get (&behind))
        g_usleep (200);
    return thread;
}

static void
end_slowly (GThread *thread, const FaultOperation *operation)
{
    g_mutex_unlock (&gate);
    g_assert_cmphex (GPOINTER_TO_SIZE (g_thread_join (thread)), ==, CKR_OK);
    module_world.filter = NULL;
    fault_bench_check_recovery (operation);
    module_world_tear_down ();
    cases++;
}

/* However long the card takes, nobody else is kept waiting: what is called here would not return if it waited for it.
 * What was begun ends as ever. */
static void
test_slow_card (gconstpointer data)
{
    const Cell *cell = data;
    GThread *thread = begin_slowly (cell->kind, cell->operation);
    CK_SLOT_ID id;
    CK_SLOT_INFO slot;
    CK_SESSION_INFO session;
    CK_ULONG count;

    g_assert_cmphex (p11->C_GetSlotList (CK_TRUE, NULL, &count), ==, CKR_OK);
    g_assert_cmpuint (count, ==, 1);
    g_assert_cmphex (p11->C_GetSlotInfo (0, &slot), ==, CKR_OK);
    p11->C_WaitForSlotEvent (CKF_DONT_BLOCK, &id, NULL);
    p11->C_GetSessionInfo (1, &session);
    end_slowly (thread, cell->operation);
}

/* Slower than a verified PIN is kept for its key: it is for this use, and stays good for it. */
static void
test_slower_than_hold (void)
{
    for (guint i = 0; i < n_fault_operations; i++)
        for (guint k = 0; k < n_fault_kinds; k++) {
            if (!g_str_equal (fault_operations[i].name, "login-and-sign") ||
                (fault_operations[i].kinds & fault_kinds[k].kind) == 0)
                continue;
            GThread *thread = begin_slowly (&fault_kinds[k], &fault_operations[i]);
            g_usleep (PENA_MOD_HOLD_MICROSECONDS + G_USEC_PER_SEC / 5);
            end_slowly (thread, &fault_operations[i]);
        }
}

static void
test_count (void)
{
    g_print ("# fault table: %u cases\n", cases);
    g_assert_cmpuint (cases, >, 40);
}

static void
add (const gchar *name, const Cell *cell, GTestDataFunc test)
{
    g_autofree gchar *path =
        g_strdup_printf ("/module/%s/%s/%s", name, cell->kind->name, cell->operation->name);

    g_test_add_data_func_full (path, g_memdup2 (cell, sizeof *cell), test, g_free);
}

static void
add_kind (const FaultKind *kind)
{
    for (guint i = 0; i < n_fault_operations; i++) {
        const Cell cell = {kind, &fault_operations[i]};
        if ((cell.operation->kinds & kind->kind) == 0)
            continue;
        add ("fault-table", &cell, test_operation);
        add ("slow-card", &cell, test_slow_card);
    }
    g_test_add_func ("/whole-table/count", test_count);
}

/* With the name of a kind: that alone; without: what is the same for all. */
int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (guint k = 0; argc > 1 && k < n_fault_kinds; k++)
        if (g_str_equal (fault_kinds[k].name, argv[1]))
            add_kind (&fault_kinds[k]);
    if (argc == 1) {
        g_test_add_func ("/module/nothing-there", test_nothing_there);
        g_test_add_func ("/module/slower-than-hold", test_slower_than_hold);
    }
    int status = g_test_run ();
    fault_bench_end ();
    return status;
}
