/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the way to cards: readers, connections, transactions
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

#include "pena-runner.h"
#include "pena-secret.h"

typedef struct _PenaTransport PenaTransport;
typedef struct _PenaLink PenaLink;

#define PENA_ATR_MAX 33
/* What one answer may hold; more comes by GET RESPONSE. */
#define PENA_LINK_ANSWER_MAX 4098
#define PENA_LINK_COMMAND_MAX 4112

/* A reader as it is now. */
typedef struct {
    gchar *name;
    gboolean present;
    guint64 changes; /* another number whenever a card has come or gone in between */
} PenaCardReader;

void pena_card_reader_free (PenaCardReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCardReader, pena_card_reader_free)

/* How long an answer is waited for: neither a card nor pcscd has to give one, ever. */
typedef enum {
    PENA_PATIENCE_CARD, /* what a card does at once: 4.5 seconds */
    PENA_PATIENCE_PERSON, /* what somebody has to touch the token for, or computes with a long key: 30 seconds */
    PENA_PATIENCE_LONG, /* making a key, typing PINs at the reader: 10 minutes */
} PenaPatience;

/* What a reader with keys of its own does with a PIN. */
typedef enum { PENA_PIN_PAD_VERIFY, PENA_PIN_PAD_MODIFY } PenaPinPadAction;

/* How a transport is written. One thread at a time calls list and free; a link belongs to one thread at a time, but
 * several links, and the transport itself, may be in use and made at once. wait and cancel may be called from any thread at
 * any time. All others may take as long as they like: who called does not wait for ever (PenaRunner), and what comes
 * late is put away. */
typedef struct {
    const gchar *name;
    /* Readers and what is in them, as an array of PenaCardReader (transfer full). Does not touch a card, does
     * not wait. */
    GPtrArray *(*list) (PenaTransport *self, GError **error);
    /* A shared connection to the card in the reader, PENA_ERROR_TOKEN_MISSING when there is none. */
    PenaLink *(*connect) (PenaTransport *self, const gchar *reader, GError **error);
    void (*free) (PenaTransport *self);
    /* Blocks, without a wake-up in between, until the readers or what is in them may not be as `known` (what
     * list gave; NULL: it failed) any more. FALSE at once when cancel was ever called. */
    gboolean (*wait) (PenaTransport *self, GPtrArray *known);
    /* Ends all waiting, for good; may have to be called again until all have noticed. */
    void (*cancel) (PenaTransport *self);

    /* Waits until no other program uses the card and keeps them all out. *ret_reset: somebody has reset the
     * card since the last time, nothing of its state is left. */
    gboolean (*begin) (PenaLink *link, gboolean *ret_reset, GError **error);
    void (*end) (PenaLink *link);
    /* One APDU. *length is the room in answer, then what came. */
    gboolean (*transmit) (PenaLink *link, const guint8 *command, gsize command_length, guint8 *answer,
                          gsize *length, GError **error);
    /* Has a PIN typed at the reader and sent, by a structure of PC/SC part 10; the answer is a status word.
     * Blocks until it was typed. NULL when no reader of this transport can; else connect says which can. */
    gboolean (*pin_pad) (PenaLink *link, PenaPinPadAction action, const guint8 *request, gsize length,
                         guint8 answer[2], gsize *ret_length, GError **error);
    /* Resets the card inside a transaction; all that it knew of us is gone. */
    gboolean (*reset) (PenaLink *link, GError **error);
    void (*disconnect) (PenaLink *link);
} PenaTransportOps;

/* Implementations put these first in their own struct, and begin with pena_transport_init(). */
struct _PenaTransport {
    const PenaTransportOps *ops;
    gint refs;           /* of who has made it, of each link and of a list that is late */
    gboolean may_thread; /* to be set before the first use; without threads everything waits for ever */
    PenaRunner *runner;  /* for list */
    PenaRunner *canceller;
    GPtrArray *readers; /* what list gave */
    GError *error;
    GMutex lock;
    GPtrArray *runners; /* of all links, borrowed; with lock */
};

/* Sees every APDU and none of its data: header, length of the whole command, of the answer's data, status
 * word. */
typedef void (*PenaLinkTrace) (const guint8 header[4], gsize length, gsize answered, guint16 sw,
                               gpointer data);

struct _PenaLink {
    const PenaTransportOps *ops;
    guint8 atr[PENA_ATR_MAX];
    gsize atr_length;
    gboolean t0;                         /* protocol T=0: no Le beside data */
    gboolean extended;                   /* extended length works, as far as is known */
    gboolean pad_verifies, pad_modifies; /* the reader has a PIN pad for that; set by connect */
    gboolean lost;                       /* the card is gone; every call fails from now on */
    gboolean silent;                     /* lost because it did not answer */
    gboolean open;                       /* a transaction is */
    PenaSecret *command;
    PenaSecret *answer;
    PenaLinkTrace trace;
    gpointer trace_data;

    PenaTransport *transport;
    gchar *reader;
    PenaRunner *runner;
    /* What it is to do, and what came of it. */
    PenaPinPadAction action;
    gboolean done;
    gboolean reset; /* somebody has reset the card, and nobody was told yet */
    gsize length;
    GError *error;
};

void pena_transport_init (PenaTransport *self, const PenaTransportOps *ops);
/* PENA_ERROR_READER_SERVICE_DOWN also when pcscd does not answer. */
GPtrArray *pena_transport_list (PenaTransport *self, GError **error);
gboolean pena_transport_wait (PenaTransport *self, GPtrArray *known);
void pena_transport_cancel (PenaTransport *self);
/* From any thread: whatever is waited for now is late; who waits for readers to change hears FALSE. */
void pena_transport_give_up (PenaTransport *self);
void pena_transport_free (PenaTransport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaTransport, pena_transport_free)

/* A forked child has none of the threads that its parent waits for. */
void pena_transport_forget_late (void);

/* In the transport and the link functions PENA_ERROR_TOKEN_FAILED may mean that the card has not answered in time, and
 * PENA_ERROR_TOKEN_BUSY that its transaction did not begin in time. As long as the call that is late has not come back,
 * every use of the reader in this process fails at once. What it then says is of no use to anybody: the card is reset, so that
 * nothing is left verified. */
PenaLink *pena_transport_connect (PenaTransport *self, const gchar *reader, GError **error);
void pena_link_free (PenaLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaLink, pena_link_free)

/* FALSE once the card is gone or has not answered in time: then the buffers below are not the caller's to write to. */
gboolean pena_link_check (PenaLink *self, GError **error);
gboolean pena_link_begin (PenaLink *self, gboolean *ret_reset, GError **error);
void pena_link_end (PenaLink *self);
gboolean pena_link_reset (PenaLink *self, GError **error);
void pena_link_set_trace (PenaLink *self, PenaLinkTrace trace, gpointer data);

/* Sends the bytes in self->command, put there after pena_link_check(); the answer comes to stand in self->answer without its status word. An
 * answer that has none means that the card is gone: PC/SC reports a card that dies in mid-command as success
 * with no bytes. */
gboolean pena_link_transmit (PenaLink *self, PenaPatience patience, guint16 *ret_sw, GError **error);

/* The reader's PIN pad; see pena-pin-pad.h, which is how to use it. *ret_sw is the card's status word or the
 * reader's own. */
gboolean pena_link_pin_pad (PenaLink *self, PenaPinPadAction action, const guint8 *request, gsize length,
                            guint16 *ret_sw, GError **error);
