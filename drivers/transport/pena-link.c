/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: links to cards, and what becomes of one whose card does not answer
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>

#include "pena-atr.h"
#include "pena-link-private.h"

/* --- readers in which something is late --- */

/* Of the whole process: what is late outlives the link, the transport and C_Finalize(). */
static struct {
    GMutex lock;
    GHashTable *calls; /* name of reader -> how many are late; NULL: none ever was */
} late;

void
pena_transport_forget_late (void)
{
    g_mutex_init (&late.lock);
    late.calls = NULL;
}

/* Whoever gives up adds one, the thread takes it away, whichever comes first. */
static void
count_late (const gchar *reader, gint change)
{
    g_debug ("reader '%s': %s", reader, change > 0 ? "no answer in time" : "an answer too late");
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&late.lock);

    if (late.calls == NULL)
        late.calls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    gint now = GPOINTER_TO_INT (g_hash_table_lookup (late.calls, reader)) + change;
    if (now != 0)
        g_hash_table_replace (late.calls, g_strdup (reader), GINT_TO_POINTER (now));
    else
        g_hash_table_remove (late.calls, reader);
}

static gboolean
is_anything_late (const gchar *reader)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&late.lock);

    return late.calls != NULL && g_hash_table_lookup (late.calls, reader) != NULL;
}

static gboolean
fail_silent (GError **error)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card or its reader does not answer");
    return FALSE;
}

/* --- making links --- */

typedef struct {
    PenaTransport *transport;
    gchar *reader;
    PenaLink *link;
    GError *error;
} Connecting;

static void
run_connect (gpointer data)
{
    Connecting *self = data;

    self->link = self->transport->ops->connect (self->transport, self->reader, &self->error);
}

static void
note_connected (gpointer data)
{
    count_late (((Connecting *)data)->reader, -1);
}

static void
connecting_free (gpointer data)
{
    Connecting *self = data;

    if (self->link != NULL)
        self->link->ops->disconnect (self->link);
    g_clear_error (&self->error);
    pena_transport_unref (self->transport);
    g_free (self->reader);
    g_free (self);
}

/* Takes over what connecting has made. */
static PenaLink *
complete_link (Connecting *connecting, PenaRunner *runner, GError **error)
{
    PenaLink *self = g_steal_pointer (&connecting->link);

    self->transport = connecting->transport;
    pena_transport_ref (self->transport);
    self->reader = g_strdup (connecting->reader);
    self->runner = runner;
    self->extended = !self->t0 && pena_atr_says_extended (self->atr, self->atr_length);
    connecting_free (connecting);
    self->command = pena_secret_new (PENA_LINK_COMMAND_MAX, FALSE, error);
    if (self->command != NULL)
        self->answer = pena_secret_new (PENA_LINK_ANSWER_MAX, FALSE, error);
    if (self->answer == NULL)
        g_clear_pointer (&self, pena_link_free);
    return self;
}

PenaLink *
pena_transport_connect (PenaTransport *self, const gchar *reader, GError **error)
{
    if (is_anything_late (reader)) {
        fail_silent (error);
        return NULL;
    }
    PenaRunner *runner = pena_transport_new_runner (self);
    Connecting *connecting = g_new0 (Connecting, 1);
    *connecting = (Connecting){.transport = self, .reader = g_strdup (reader)};
    pena_transport_ref (self);
    gboolean done = pena_runner_do (runner, run_connect, note_connected, connecting,
                                    pena_patience_milliseconds (PENA_PATIENCE_CARD)) == PENA_RUN_DONE;
    if (done && connecting->link != NULL)
        return complete_link (connecting, runner, error);
    if (done) {
        g_propagate_error (error, g_steal_pointer (&connecting->error));
    } else {
        count_late (reader, 1);
        fail_silent (error);
    }
    pena_transport_end_runner (self, runner, connecting_free, connecting);
    return NULL;
}

static void
run_free (gpointer data)
{
    PenaLink *self = data;
    PenaTransport *transport = self->transport;

    pena_secret_free (self->command);
    pena_secret_free (self->answer);
    g_clear_error (&self->error);
    g_free (self->reader);
    self->ops->disconnect (self);
    pena_transport_unref (transport);
}

void
pena_link_free (PenaLink *self)
{
    if (self == NULL)
        return;
    pena_link_end (self);
    pena_transport_end_runner (self->transport, self->runner, run_free, self);
}

/* --- calls --- */

gboolean
pena_link_check (PenaLink *self, GError **error)
{
    if (!self->lost)
        return TRUE;
    if (self->silent)
        return fail_silent (error);
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_REMOVED, "the card is gone");
    return FALSE;
}

/* In the thread, after a call that nobody waits for any more. */
static void
put_away (PenaLink *self)
{
    pena_secret_clear (self->command);
    pena_secret_clear (self->answer);
    g_clear_error (&self->error);
    count_late (self->reader, -1);
}

/* A PIN that was verified, or a key that was asked for, is for nobody: whatever came of the call, for a card may have
 * verified before its answer was lost. */
static void
undo (gpointer data)
{
    PenaLink *self = data;

    if (self->open) {
        self->ops->reset (self, NULL);
        self->ops->end (self);
    }
    put_away (self);
}

static void
undo_begin (gpointer data)
{
    PenaLink *self = data;

    if (self->done)
        self->ops->end (self);
    put_away (self);
}

static PenaRunResult
call (PenaLink *self, PenaRun run, PenaRun late_run, PenaPatience patience)
{
    PenaRunResult result =
        pena_runner_do (self->runner, run, late_run, self, pena_patience_milliseconds (patience));

    if (result == PENA_RUN_LATE)
        count_late (self->reader, 1);
    return result;
}

/* Nothing can go on after this: the link is the thread's. */
static void
lose_silent (PenaLink *self)
{
    self->lost = TRUE;
    self->silent = TRUE;
}

static gboolean
call_or_lose (PenaLink *self, PenaRun run, PenaPatience patience, GError **error)
{
    if (!pena_link_check (self, error))
        return FALSE;
    if (call (self, run, undo, patience) == PENA_RUN_DONE)
        return TRUE;
    lose_silent (self);
    return fail_silent (error);
}

/* What the call came to; after some errors this connection can never work again. */
static gboolean
take_result (PenaLink *self, GError **error)
{
    if (self->done)
        return TRUE;
    if (g_error_matches (self->error, PENA_ERROR, PENA_ERROR_TOKEN_REMOVED) ||
        g_error_matches (self->error, PENA_ERROR, PENA_ERROR_READER_SERVICE_DOWN))
        self->lost = TRUE;
    g_propagate_error (error, g_steal_pointer (&self->error));
    return FALSE;
}

static void
run_begin (gpointer data)
{
    PenaLink *self = data;
    gboolean reset = FALSE;

    self->done = self->ops->begin (self, &reset, &self->error);
    self->reset = self->reset || reset;
}

/* A card that another program keeps is not lost: when the call comes back, however late, it may be tried again. */
gboolean
pena_link_begin (PenaLink *self, gboolean *ret_reset, GError **error)
{
    *ret_reset = FALSE;
    if (!pena_link_check (self, error))
        return FALSE;
    if (call (self, run_begin, undo_begin, PENA_PATIENCE_CARD) != PENA_RUN_DONE) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_BUSY,
                     "another program keeps the card to itself, or the card does not answer it");
        return FALSE;
    }
    if (!take_result (self, error))
        return FALSE;
    *ret_reset = self->reset;
    self->reset = FALSE;
    self->open = TRUE;
    return TRUE;
}

static void
run_end (gpointer data)
{
    PenaLink *self = data;

    self->ops->end (self);
    self->open = FALSE;
}

void
pena_link_end (PenaLink *self)
{
    if (!self->silent && self->open && call (self, run_end, undo, PENA_PATIENCE_CARD) != PENA_RUN_DONE)
        lose_silent (self);
}

static void
run_reset (gpointer data)
{
    PenaLink *self = data;

    self->done = self->ops->reset (self, &self->error);
}

gboolean
pena_link_reset (PenaLink *self, GError **error)
{
    return call_or_lose (self, run_reset, PENA_PATIENCE_CARD, error) && take_result (self, error);
}

void
pena_link_set_trace (PenaLink *self, PenaLinkTrace trace, gpointer data)
{
    self->trace = trace;
    self->trace_data = data;
}

/* An answer of that length, which has a status word, or none. */
static gboolean
check_length (PenaLink *self, gsize least, gsize most, GError **error)
{
    if (self->length >= least && self->length <= most)
        return TRUE;
    self->lost = TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_REMOVED, "%" G_GSIZE_FORMAT " bytes were answered",
                 self->length);
    return FALSE;
}

static void
take_status (PenaLink *self, guint16 *ret_sw)
{
    const guint8 *status = self->answer->data + self->length - 2;

    *ret_sw = (guint16)(status[0] << 8 | status[1]);
    self->answer->length = self->length - 2;
}

static void
run_transmit (gpointer data)
{
    PenaLink *self = data;

    pena_secret_clear (self->answer);
    self->length = self->answer->capacity;
    self->done = self->ops->transmit (self, self->command->data, self->command->length, self->answer->data,
                                      &self->length, &self->error);
}

gboolean
pena_link_transmit (PenaLink *self, PenaPatience patience, guint16 *ret_sw, GError **error)
{
    if (!call_or_lose (self, run_transmit, patience, error))
        return FALSE;
    gboolean answered = take_result (self, error) && check_length (self, 2, self->answer->capacity, error);
    if (answered)
        take_status (self, ret_sw);
    else
        pena_secret_clear (self->answer);
    if (answered && self->trace != NULL)
        self->trace (self->command->data, self->command->length, self->answer->length, *ret_sw,
                     self->trace_data);
    pena_secret_clear (self->command);
    return answered;
}

static void
run_pin_pad (gpointer data)
{
    PenaLink *self = data;

    self->length = 0;
    self->done = self->ops->pin_pad (self, self->action, self->command->data, self->command->length,
                                     self->answer->data, &self->length, &self->error);
}

gboolean
pena_link_pin_pad (PenaLink *self, PenaPinPadAction action, const guint8 *request, gsize length,
                   guint16 *ret_sw, GError **error)
{
    if (!pena_link_check (self, error))
        return FALSE;
    self->action = action;
    pena_secret_clear (self->command);
    pena_secret_clear (self->answer);
    g_return_val_if_fail (pena_secret_append (self->command, request, length), FALSE);
    if (!call_or_lose (self, run_pin_pad, PENA_PATIENCE_LONG, error) || !take_result (self, error) ||
        !check_length (self, 2, 2, error))
        return FALSE;
    take_status (self, ret_sw);
    return TRUE;
}
