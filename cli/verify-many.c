/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: several files verified at once, told of in their order
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "verify-many.h"

#include "await.h"

/* A few more than processors, so that one always has a document to work on while others come and go. */
#define MOST_ON_THEIR_WAY 8
/* What is done but not yet told of because a file before it takes long. */
#define AHEAD 64

typedef struct _Engine Engine;

typedef struct {
    Engine *engine;
    gboolean done;
    PenaCliVerified file;
} Slot;

struct _Engine {
    PenaCliWait wait;
    PenaClient *client;
    gchar *const *paths; /* the next one to be started */
    const gchar *named_signature;
    PenaCliVerifiedFunc tell;
    gpointer user_data;
    GQueue slots; /* of Slot, in the order of the files, those that were not told of */
    guint on_their_way, most;
    gboolean telling, over;
};

static void
slot_free (Slot *self)
{
    pena_cli_pair_clear (&self->file.pair);
    g_free (self->file.report);
    g_clear_error (&self->file.error);
    g_free (self);
}

static gboolean
is_about_password (const GError *error)
{
    return g_error_matches (error, PENA_ERROR, PENA_ERROR_DOCUMENT_PASSWORD_NEEDED) ||
           g_error_matches (error, PENA_ERROR, PENA_ERROR_DOCUMENT_PASSWORD_WRONG);
}

/* The first of those that were not told of asks for a password, and others are still on their way. */
static gboolean
is_waiting_for_quiet (Engine *self)
{
    Slot *first = g_queue_peek_head (&self->slots);

    return first != NULL && first->done && is_about_password (first->file.error) && self->on_their_way > 0;
}

static void
tell_what_is_done (Engine *self)
{
    Slot *first;

    /* Who is told may run the main loop for a question. */
    if (self->telling)
        return;
    self->telling = TRUE;
    while (!self->over && !is_waiting_for_quiet (self) &&
           (first = g_queue_peek_head (&self->slots)) != NULL && first->done) {
        g_queue_pop_head (&self->slots);
        gboolean wanted = self->tell (&first->file, self->user_data);
        self->over = !wanted || (self->wait.cli->signal != 0 && first->file.error != NULL);
        if (self->over)
            g_cancellable_cancel (self->wait.cancellable);
        slot_free (first);
    }
    self->telling = FALSE;
}

static void go_on (Engine *self);

static void
on_verified (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Slot *slot = user_data;
    Engine *self = slot->engine;

    slot->file.report = pena_client_verify_file_finish (self->client, result, &slot->file.error);
    slot->done = TRUE;
    self->on_their_way--;
    go_on (self);
}

static void
start_one (Engine *self, const gchar *path)
{
    Slot *slot = g_new0 (Slot, 1);

    slot->engine = self;
    slot->file.path = path;
    g_queue_push_tail (&self->slots, slot);
    slot->done = !pena_cli_find_pair (path, self->named_signature, &slot->file.pair, &slot->file.error);
    if (slot->done)
        return;
    self->on_their_way++;
    pena_client_verify_file_async (self->client, slot->file.pair.document, slot->file.pair.signature,
                                   self->wait.cancellable, on_verified, slot);
}

static gboolean
may_start (Engine *self)
{
    return *self->paths != NULL && self->wait.cli->signal == 0 && !self->over && !self->telling &&
           !is_waiting_for_quiet (self) && self->on_their_way < self->most &&
           g_queue_get_length (&self->slots) < AHEAD;
}

static void
go_on (Engine *self)
{
    do {
        tell_what_is_done (self);
        while (may_start (self))
            start_one (self, *self->paths++);
    } while (!self->telling && self->on_their_way == 0 && !g_queue_is_empty (&self->slots) && !self->over);
    if (self->on_their_way == 0 && !self->telling)
        g_main_loop_quit (self->wait.loop);
}

void
pena_cli_verify_many (PenaCli *cli, PenaClient *client, gchar *const *paths, const gchar *named_signature,
                      PenaCliVerifiedFunc tell, gpointer user_data)
{
    Engine self = {.client = client,
                   .paths = paths,
                   .named_signature = named_signature,
                   .tell = tell,
                   .user_data = user_data,
                   .most = MIN (g_get_num_processors () + 2, MOST_ON_THEIR_WAY)};

    g_queue_init (&self.slots);
    pena_cli_wait_begin (&self.wait, cli);
    go_on (&self);
    while (self.on_their_way > 0)
        g_main_loop_run (self.wait.loop);
    pena_cli_wait_end (&self.wait);
    g_queue_clear_full (&self.slots, (GDestroyNotify)slot_free);
}
