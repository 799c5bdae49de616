/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: transactions on a card; only for what all kinds have in common
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-card-driver.h"

/* Ends the transaction at the end of its scope, unless it is to be held. */
typedef struct {
    PenaCard *card;
} PenaCardGuard;

void pena_card_guard_clear (PenaCardGuard *guard);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaCardGuard, pena_card_guard_clear)

/* Begins a transaction, or takes over the one that is held; card->fresh tells which. The application is selected
 * as far as one command can tell. */
gboolean pena_card_begin (PenaCard *self, PenaCardGuard *guard, GError **error);
/* The same before this PIN is sent: beyond doubt, and its tries are known. */
gboolean pena_card_begin_for_pin (PenaCard *self, guint index, PenaCardGuard *guard, GError **error);
/* The same for a command that does no harm elsewhere: nothing is looked at. */
gboolean pena_card_begin_unchecked (PenaCard *self, PenaCardGuard *guard, gboolean *ret_reset,
                                    GError **error);
/* Inside a transaction that was held: it stays so, for what comes next needs no check. For a key that wants its PIN
 * each time it has to be sent again. */
void pena_card_hold_on (PenaCard *self);
/* Inside a transaction: the application is selected anew, and of the PINs and the administrator nothing is left
 * but what the card says. */
gboolean pena_card_select_again (PenaCard *self, GError **error);
gboolean pena_card_ask_pin (PenaCard *self, guint index, GError **error);

/* The PIN of that role; FALSE when the card has none. */
gboolean pena_card_find_pin (PenaCard *self, PenaCardRole role, guint *ret_index);
/* Inside a transaction: verifies without any check before. */
gboolean pena_card_verify_now (PenaCard *self, guint index, const guint8 *pin, gsize length,
                               PenaVerifyFlags flags, GError **error);

/* pena-card-contents.c */
void pena_card_contents_init (PenaCardContents *self);
void pena_card_contents_clear (PenaCardContents *self);
/* Inside a transaction: reads everything; on failure the contents are as they were. */
gboolean pena_card_read_anew (PenaCard *self, gboolean with_keys, GError **error);

/* The same for the first time, from the cache when that has it. */
gboolean pena_card_read_first (PenaCard *self, GError **error);

/* pena-card-store.c; all inside a transaction. Nothing happens to a card that is not cached. */
gboolean pena_card_learn_identity (PenaCard *self, GError **error);
void pena_card_store (PenaCard *self);
void pena_card_forget_stored (PenaCard *self);
/* Of the user's PIN, as pena_card_pin_is_low() sees them: remembered from one program to the next. */
void pena_card_note_lost_tries (PenaCard *self, gboolean lost);
/* Fills the contents, which are empty, from the cache; FALSE when it has none, or none that make sense. */
gboolean pena_card_restore (PenaCard *self);

/* Inside a transaction: whether the key's certificate, when it came from the cache, is the card's. Asks the card
 * once; an answer that is not as expected is asked for again after SELECT. */
gboolean pena_card_confirm (PenaCard *self, const PenaCardKey *key, gboolean *ret_true, GError **error);
gboolean pena_card_is_confirmed (PenaCard *self, const PenaCardKey *key);

/* The card has no such function. FALSE, for returning. */
gboolean pena_card_unsupported (const gchar *doing, GError **error);
