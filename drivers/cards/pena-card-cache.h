/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: contents of cards, kept in the user's cache folder
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* $XDG_CACHE_HOME/pena/cards (else ~/.cache/pena/cards), one file for each card, of public things only: what
 * anybody reads who has the card. Nothing here fails loudly: what cannot be read, or is not wholly what this
 * user has written (owner, mode, kind, size, checksum, age), is not there; what cannot be written is not kept.
 * A process with more rights than its user (setuid) has no cache. */

/* What a card is known by. */
typedef struct {
    const gchar *kind; /* the driver's name */
    const guint8 *atr;
    gsize atr_length;
    const guint8 *identity; /* of the card and the state of its contents */
    gsize identity_length;
} PenaCardCacheKey;

/* Entries older than that are read anew: tools that change a card without any sign of it are noticed then, if
 * not before. */
#define PENA_CARD_CACHE_SECONDS (12 * 3600)

/* Whether there may be an entry for a card of this kind and ATR, whoever's it is. */
gboolean pena_card_cache_may_have (const gchar *kind, const guint8 *atr, gsize atr_length);
/* NULL when there is none that can be trusted to be what was saved. Not floating. */
GVariant *pena_card_cache_load (const PenaCardCacheKey *key, const GVariantType *type);
/* Replaces the entry as a whole; takes a floating reference. */
void pena_card_cache_save (const PenaCardCacheKey *key, GVariant *contents);
void pena_card_cache_drop (const PenaCardCacheKey *key);

/* A sign for the other processes of this user that what is on a card, whichever, is not what it was. */
void pena_card_cache_tell_change (void);
/* Which such sign is the last: another number after each, 0 as long as there was none. */
guint64 pena_card_cache_get_last_change (void);

/* Beside the entry, and longer than that: there was something to warn of about the tries of the user's PIN when last
 * somebody saw them. */
void pena_card_cache_mark (const PenaCardCacheKey *key, gboolean marked);
/* TRUE also where nothing can be kept. */
gboolean pena_card_cache_is_marked (const PenaCardCacheKey *key);
