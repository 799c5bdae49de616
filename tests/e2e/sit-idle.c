/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a program that has a token open and does nothing with it
 * Copyright (C) 2026 the Pena authors */
#include <dlfcn.h>
#include <glib.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* sit-idle MODULE PIN: logs in, has a thread wait for events, and says "idle" once what a login holds for a moment is over.
 * A line of input later it says how often any thread but the first has been awake since ("0 wake-ups"), and then, when the
 * waiting thread has heard of an event, "woken". */

static CK_FUNCTION_LIST *p11;
static pid_t waiter;

static void
must (CK_RV rv, const gchar *what)
{
    if (rv != CKR_OK)
        g_error ("%s: 0x%lx", what, rv);
}

static gpointer
wait_for_event (gpointer unused)
{
    CK_SLOT_ID slot;

    g_atomic_int_set (&waiter, gettid ());
    must (p11->C_WaitForSlotEvent (0, &slot, NULL), "C_WaitForSlotEvent");
    return NULL;
}

/* Of the thread with this name in /proc: how often it has slept and gone on, or was made to wait for its turn. */
static guint64
count_switches (const gchar *thread)
{
    g_autofree gchar *path = g_build_filename ("/proc/self/task", thread, "status", NULL);
    g_autofree gchar *text = NULL;
    guint64 count = 0;

    if (!g_file_get_contents (path, &text, NULL, NULL))
        return 0;
    const gchar *line = strstr (text, "\nvoluntary_ctxt_switches:");
    if (line == NULL || sscanf (line, "\nvoluntary_ctxt_switches: %" G_GUINT64_FORMAT, &count) != 1)
        g_error ("the kernel does not count switches");
    return count;
}

/* What is there before its first command is a wake-up too: a thread that comes counts all that it has. */
static guint64
count_all (void)
{
    g_autoptr (GDir) threads = g_dir_open ("/proc/self/task", 0, NULL);
    g_autofree gchar *first = g_strdup_printf ("%d", getpid ());
    const gchar *name;
    guint64 count = 0;

    while ((name = g_dir_read_name (threads)) != NULL)
        if (!g_str_equal (name, first))
            count += 1 + count_switches (name);
    return count;
}

static CK_SESSION_HANDLE
open_and_log_in (const gchar *pin)
{
    CK_SLOT_ID slots[4];
    CK_ULONG count = G_N_ELEMENTS (slots);
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE objects[32];

    must (p11->C_GetSlotList (CK_TRUE, slots, &count), "C_GetSlotList");
    must (p11->C_OpenSession (slots[0], CKF_SERIAL_SESSION, NULL, NULL, &session), "C_OpenSession");
    must (p11->C_Login (session, CKU_USER, (CK_UTF8CHAR *)pin, strlen (pin)), "C_Login");
    must (p11->C_FindObjectsInit (session, NULL, 0), "C_FindObjectsInit");
    must (p11->C_FindObjects (session, objects, G_N_ELEMENTS (objects), &count), "C_FindObjects");
    must (p11->C_FindObjectsFinal (session), "C_FindObjectsFinal");
    return session;
}

static void
say (const gchar *text)
{
    printf ("%s\n", text);
    fflush (stdout);
}

int
main (int argc, char **argv)
{
    gchar line[16];
    void *module = argc == 3 ? dlopen (argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    CK_C_GetFunctionList get =
        module != NULL ? (CK_C_GetFunctionList)dlsym (module, "C_GetFunctionList") : NULL;

    if (get == NULL || get (&p11) != CKR_OK)
        g_error ("cannot load the module");
    must (p11->C_Initialize (NULL), "C_Initialize");
    open_and_log_in (argv[2]);
    GThread *thread = g_thread_new ("waiter", wait_for_event, NULL);
    while (g_atomic_int_get (&waiter) == 0)
        g_usleep (1000);
    sleep (3);
    guint64 before = count_all ();
    say ("idle");
    if (fgets (line, sizeof line, stdin) == NULL)
        return 1;
    printf ("%" G_GUINT64_FORMAT " wake-ups\n", count_all () - before);
    fflush (stdout);
    g_thread_join (thread);
    say ("woken");
    must (p11->C_Finalize (NULL), "C_Finalize");
    return 0;
}
