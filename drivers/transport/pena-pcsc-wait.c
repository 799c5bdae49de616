/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: waiting for readers and cards to come and go
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-pcsc-wait.h"

#include <PCSC/winscard.h>
#include <PCSC/wintypes.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "pena-transport.h"

/* pcscd has 16 readers at most; one more stands for readers that come and go. */
enum { READERS_MAX = 16, STATES_MAX = READERS_MAX + 1, NAMES_MAX = READERS_MAX * MAX_READERNAME + 1 };

#define READERS_THEMSELVES "\\\\?PnP?\\Notification"

struct _PenaPcscWait {
    GMutex lock;
    gboolean cancelled;
    GArray *contexts; /* SCARDCONTEXT of each thread that waits with pcscd */
    int ended;        /* eventfd: readable once cancelled, for those that wait for pcscd itself */
};

PenaPcscWait *
pena_pcsc_wait_new (void)
{
    PenaPcscWait *self = g_new0 (PenaPcscWait, 1);

    g_mutex_init (&self->lock);
    self->contexts = g_array_new (FALSE, FALSE, sizeof (SCARDCONTEXT));
    self->ended = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
    return self;
}

void
pena_pcsc_wait_free (PenaPcscWait *self)
{
    g_mutex_clear (&self->lock);
    g_array_unref (self->contexts);
    if (self->ended >= 0)
        close (self->ended);
    g_free (self);
}

/* SCardCancel() reaches only who is already blocked; so who cancels comes again until all have left. */
void
pena_pcsc_wait_cancel (PenaPcscWait *self)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

    self->cancelled = TRUE;
    if (self->ended >= 0)
        eventfd_write (self->ended, 1);
    for (guint i = 0; i < self->contexts->len; i++)
        SCardCancel (g_array_index (self->contexts, SCARDCONTEXT, i));
}

static gboolean
is_cancelled (PenaPcscWait *self)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);
    return self->cancelled;
}

/* --- without pcscd --- */

/* The nearest folder on the way to pcscd's socket that there is: what comes to be there may be pcscd. */
static int
watch_socket (void)
{
    const gchar *path = g_getenv ("PCSCLITE_CSOCK_NAME");
    g_autofree gchar *folder = g_path_get_dirname (path != NULL ? path : "/run/pcscd/pcscd.comm");
    int watch = inotify_init1 (IN_CLOEXEC);

    while (watch >= 0 && inotify_add_watch (watch, folder, IN_CREATE | IN_MOVED_TO | IN_ATTRIB) < 0 &&
           strcmp (folder, "/") != 0) {
        gchar *parent = g_path_get_dirname (folder);
        g_free (folder);
        folder = parent;
    }
    return watch;
}

static gboolean
service_is_up (void)
{
    SCARDCONTEXT context;

    if (SCardEstablishContext (SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
        return FALSE;
    SCardReleaseContext (context);
    return TRUE;
}

/* Looks once more after the watch has begun, so that nothing falls between the two. */
static gboolean
wait_for_service (PenaPcscWait *self)
{
    int watch = watch_socket ();
    struct pollfd ends[] = {{.fd = self->ended, .events = POLLIN}, {.fd = watch, .events = POLLIN}};

    if (!service_is_up ())
        poll (ends, G_N_ELEMENTS (ends), -1);
    if (watch >= 0)
        close (watch);
    return !is_cancelled (self);
}

/* --- with pcscd --- */

/* The readers of `known` and the one that stands for them all. */
static guint
fill_states (GPtrArray *known, SCARD_READERSTATE *states)
{
    guint count = 0;

    for (guint i = 0; i < known->len && count < READERS_MAX; i++)
        states[count++].szReader = ((PenaCardReader *)known->pdata[i])->name;
    states[count++].szReader = READERS_THEMSELVES;
    return count;
}

static gboolean
same_names (SCARDCONTEXT context, GPtrArray *known)
{
    gchar names[NAMES_MAX] = {0};
    DWORD length = sizeof names;
    guint count = 0;

    LONG rv = SCardListReaders (context, NULL, names, &length);
    if (rv == SCARD_E_NO_READERS_AVAILABLE)
        return known->len == 0;
    for (const gchar *at = names; rv == SCARD_S_SUCCESS && *at != '\0'; at += strlen (at) + 1) {
        if (count >= known->len || !g_str_equal (((PenaCardReader *)known->pdata[count])->name, at))
            return FALSE;
        count++;
    }
    return rv == SCARD_S_SUCCESS && count == known->len;
}

static gboolean
same_cards (SCARDCONTEXT context, GPtrArray *known, SCARD_READERSTATE *states, guint count)
{
    if (known->len > 0 && SCardGetStatusChange (context, 0, states, count - 1) != SCARD_S_SUCCESS)
        return FALSE;
    for (guint i = 0; i + 1 < count; i++) {
        const PenaCardReader *reader = known->pdata[i];
        if (reader->present != ((states[i].dwEventState & SCARD_STATE_PRESENT) != 0) ||
            (guint32)reader->changes != PENA_PCSC_CHANGES (states[i].dwEventState))
            return FALSE;
        states[i].dwCurrentState = states[i].dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
    }
    return TRUE;
}

static void
wait_for_change (SCARDCONTEXT context, GPtrArray *known)
{
    SCARD_READERSTATE states[STATES_MAX] = {0};
    guint count = fill_states (known, states);

    if (same_names (context, known) && same_cards (context, known, states, count))
        SCardGetStatusChange (context, INFINITE, states, count);
}

/* FALSE when cancelled. */
static gboolean
enter (PenaPcscWait *self, SCARDCONTEXT context)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

    if (!self->cancelled)
        g_array_append_val (self->contexts, context);
    return !self->cancelled;
}

static gboolean
leave (PenaPcscWait *self, SCARDCONTEXT context)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

    for (guint i = 0; i < self->contexts->len; i++)
        if (g_array_index (self->contexts, SCARDCONTEXT, i) == context) {
            g_array_remove_index_fast (self->contexts, i);
            break;
        }
    return !self->cancelled;
}

gboolean
pena_pcsc_wait (PenaPcscWait *self, GPtrArray *known)
{
    SCARDCONTEXT context;

    if (SCardEstablishContext (SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
        return known != NULL ? !is_cancelled (self) : wait_for_service (self);
    gboolean more = enter (self, context);
    if (more && known != NULL)
        wait_for_change (context, known);
    if (more)
        more = leave (self, context);
    SCardReleaseContext (context);
    return more;
}
