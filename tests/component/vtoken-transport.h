/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token behind the transport table, in process
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-transport.h"
#include "vtoken.h"

typedef struct _VtokenWorld VtokenWorld;

/* Answers a command in place of the card, which it may ask: *length is VTOKEN_ANSWER_MAX, then what came. */
typedef void (*VtokenFilter) (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer,
                              gsize *length);

/* A call of the transport that does not come back. */
typedef enum {
    VTOKEN_CALL_NONE,
    VTOKEN_CALL_LIST,
    VTOKEN_CALL_CONNECT,
    VTOKEN_CALL_BEGIN,
    VTOKEN_CALL_END,
    VTOKEN_CALL_TRANSMIT,
    VTOKEN_CALL_PIN_PAD,
    VTOKEN_CALL_RESET,
    VTOKEN_CALL_DISCONNECT,
    VTOKEN_CALL_CANCEL,
} VtokenCall;

/* A world of one reader, or of two, which outlives the transports that look at it. */
struct _VtokenWorld {
    VtokenWorld
        *beside;  /* with the second reader; of that world only the card and what is noted of it count */
    Vtoken *card; /* may be exchanged while pulled */
    guint64 changes;
    gboolean was_present;
    gboolean silent_atr;   /* the ATR does not tell that extended lengths work */
    gboolean service_down; /* as if pcscd were not running */
    guint service_ends_at; /* at which command from now pcscd ends before it is carried out; 0: never */
    gboolean in_transaction;
    gboolean reset; /* somebody else has reset the card */
    guint transactions;
    GMutex presence;    /* changes, was_present, card and service_down, which several threads look at */
    GMutex working;     /* the card answers one at a time, and is pulled only between two commands */
    gboolean cancelled; /* waiting is over */
    gint waiting;       /* how many still look for a change, also when nobody waits for them any more */
    gboolean has_pad;   /* the reader has a PIN pad */
    const gchar *typed, *changed; /* what is typed there, and for a change what comes second */
    guint16 pad_says;             /* in place of the card, to which nothing is sent then; 0: nothing */
    guint pad_uses;
    VtokenCall silent_call; /* does not come back the next time; VTOKEN_FAULT_SILENT is for one command */
    gboolean silent;        /* something has not come back; whoever waits for it is told to give up */
    gboolean late_fails;    /* a command that comes back late does so without its answer */
    guint silences;
    GMutex silence;
    GCond spoken;
    VtokenFilter filter; /* NULL: the card answers for itself */
    gpointer filter_data;
};

/* Fresh and personalised, in 9A and 9C unless slots (ends with 0) says otherwise; aborts when that fails. */
Vtoken *vtoken_world_make_card (VtokenAlgorithm algorithm, const guint8 *slots);
/* The same with all three keys, and with both; these two are left as the last command left them. */
Vtoken *vtoken_world_make_openpgp (VtokenAlgorithm algorithm);
Vtoken *vtoken_world_make_pkcs15 (const gchar *layout, VtokenAlgorithm algorithm);

PenaTransport *vtoken_transport_new (VtokenWorld *world);

void vtoken_world_insert (VtokenWorld *world);
void vtoken_world_pull (VtokenWorld *world);
/* What has not come back does so, with what it would have said; so it does when the card is pulled. */
void vtoken_world_speak (VtokenWorld *world);
/* What another program does that resets the card. */
void vtoken_world_reset (VtokenWorld *world);
/* pcscd is there again after it was not. */
void vtoken_world_start_service (VtokenWorld *world);
/* What another program sends; the status word that it gets. */
guint16 vtoken_world_send (VtokenWorld *world, const gchar *hex);
