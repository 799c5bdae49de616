/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: how a kind of card is described; for drivers only
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-apdu.h"
#include "pena-card.h"
#include "pena-sw.h"

typedef struct {
    const gchar *historical; /* what the historical bytes of the ATR begin with */
    guint score;             /* added to the driver's */
    gboolean extended;       /* extended lengths work although the ATR does not say so */
} PenaAtrMatch;

typedef struct {
    gboolean known; /* the answer was one about a PIN; the rest counts only then */
    gboolean verified;
    guint tries; /* when not verified */
} PenaPinStatus;

/* A kind of card. Functions that are NULL are taken from pena_card_driver_iso7816. All run inside a
 * transaction. */
typedef struct {
    const gchar *name;
    const guint8 *aid; /* what SELECT takes */
    gsize aid_length;
    guint score;              /* of a card that has the application, whatever its ATR */
    const PenaAtrMatch *atrs; /* ends with historical NULL; may be NULL */
    const PenaSwRow *sw;      /* rows that go before the common ones; may be NULL */
    const PenaSwRow *pin_sw;  /* the same for commands that carry a PIN; may be NULL */
    /* Makes the application the selected one. *ret_found is FALSE when the card does not have it. */
    gboolean (*select) (PenaCard *card, gboolean *ret_found, GError **error);
    /* Fills card->contents and card->pin_reference; right after select. */
    gboolean (*read) (PenaCard *card, GError **error);
    gboolean (*ask_pin) (PenaCard *card, PenaPinStatus *ret_status, GError **error);
    /* Appends the PIN in the form that the card takes; PENA_ERROR_PIN_INVALID when it cannot be one. */
    gboolean (*format_pin) (PenaCard *card, const guint8 *pin, gsize length, PenaSecret *out, GError **error);
    gboolean (*verify) (PenaCard *card, const PenaSecret *formatted, GError **error);
    gboolean (*change_pin) (PenaCard *card, const PenaSecret *old_and_new, GError **error);
    /* Makes the card forget the PIN; *ret_done is FALSE when it cannot, or when another application answers.
     */
    gboolean (*forget_pin) (PenaCard *card, gboolean *ret_done, GError **error);
    /* Any command that ends the validity of a PIN for keys that want it each time. */
    void (*spoil_pin) (PenaCard *card);
    gboolean (*use_key) (PenaCard *card, const PenaCardKey *key, const guint8 *input, gsize length,
                         PenaSecret *output, GError **error);
} PenaCardDriver;

struct _PenaCard {
    const PenaCardDriver *driver;
    PenaLink *link;
    PenaCardContents contents;
    PenaCardPin pin;
    guint8 pin_reference;
    gboolean held;     /* a transaction stays open between two calls */
    gboolean fresh;    /* within this transaction VERIFY was the last command */
    gboolean doubtful; /* a PIN was refused: perhaps it was not our application that did */
};

/* Common ways of ISO/IEC 7816-4 cards; never matches a card by itself. */
extern const PenaCardDriver pena_card_driver_iso7816;
extern const PenaCardDriver pena_card_driver_piv;

/* All that match cards by themselves; ends with NULL. The order means nothing. */
extern const PenaCardDriver *const pena_card_drivers[];

/* A function of the card's driver, or the one it inherits. */
#define PENA_CARD_OP(card, op) ((card)->driver->op != NULL ? (card)->driver->op : pena_card_driver_iso7816.op)

/* Drivers by how well they fit the ATR, best first (transfer container), and whether the ATR row of one says
 * that extended lengths work. */
GPtrArray *pena_card_rank_drivers (const PenaCardDriver *const *drivers, const guint8 *atr, gsize length);
gboolean pena_card_driver_knows_extended (const PenaCardDriver *driver, const guint8 *atr, gsize length);

/* Exchanges an APDU of which only 9000 will do. */
gboolean pena_card_command (PenaCard *card, const PenaApdu *apdu, PenaSecret *answer, const gchar *doing,
                            GError **error);

/* Adds the key and certificate in DER; a certificate that cannot be parsed is passed over, a kind of key that
 * no card has keeps its certificate but gets no operation. Nothing else is checked: certificates are no
 * secret, and whoever uses one checks it. */
void pena_card_add_key (PenaCard *card, const PenaCardKey *template, const guint8 *certificate, gsize length);
