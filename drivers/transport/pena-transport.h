/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the way to cards: readers, connections, transactions
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

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

/* What a reader with keys of its own does with a PIN. */
typedef enum { PENA_PIN_PAD_VERIFY, PENA_PIN_PAD_MODIFY } PenaPinPadAction;

/* How a transport is written. One thread at a time calls list, connect and free; a link belongs to one thread
 * at a time, but several links, and the transport itself, may be in use at once. wait and cancel may be called
 * from any thread at any time. */
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

/* Implementations put these first in their own struct. */
struct _PenaTransport {
    const PenaTransportOps *ops;
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
    gboolean open;                       /* a transaction is */
    PenaSecret *command;
    PenaSecret *answer;
    PenaLinkTrace trace;
    gpointer trace_data;
};

GPtrArray *pena_transport_list (PenaTransport *self, GError **error);
gboolean pena_transport_wait (PenaTransport *self, GPtrArray *known);
void pena_transport_cancel (PenaTransport *self);
void pena_transport_free (PenaTransport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaTransport, pena_transport_free)

/* The link borrows the transport, which must outlive it. */
PenaLink *pena_transport_connect (PenaTransport *self, const gchar *reader, GError **error);
void pena_link_free (PenaLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaLink, pena_link_free)

gboolean pena_link_begin (PenaLink *self, gboolean *ret_reset, GError **error);
void pena_link_end (PenaLink *self);
gboolean pena_link_reset (PenaLink *self, GError **error);
void pena_link_set_trace (PenaLink *self, PenaLinkTrace trace, gpointer data);

/* Sends the bytes in self->command; the answer comes to stand in self->answer without its status word. An
 * answer that has none means that the card is gone: PC/SC reports a card that dies in mid-command as success
 * with no bytes. */
gboolean pena_link_transmit (PenaLink *self, guint16 *ret_sw, GError **error);

/* The reader's PIN pad; see pena-pin-pad.h, which is how to use it. *ret_sw is the card's status word or the
 * reader's own. */
gboolean pena_link_pin_pad (PenaLink *self, PenaPinPadAction action, const guint8 *request, gsize length,
                            guint16 *ret_sw, GError **error);
