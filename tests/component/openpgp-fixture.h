/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: an OpenPGP card in the virtual reader, for the component tests of its driver
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <pena/pena-error.h>
#include <string.h>

#include "pena-card.h"
#include "vtoken-transport.h"

#define READER "Virtual reader 00 00"
#define SELECT_OPENPGP "00A4040006D27600012401"
/* As contents->pins has them. */
enum {
    PIN_USER,
    PIN_SIGN,
    PIN_CODE,
    PIN_ADMIN,
};

typedef struct {
    VtokenWorld world;
    PenaTransport *transport;
    PenaCard *card;
} Fixture;

/* data: VtokenAlgorithm of the keys, 0 for a card without any. */
void set_up (Fixture *f, gconstpointer data);
void tear_down (Fixture *f, gconstpointer data);
/* Aborts when it does not succeed; the count of commands is 0 after. */
void open_card (Fixture *f);
const PenaCardKey *key_at (Fixture *f, guint place); /* NULL: none */
const PenaCardPlace *place_at (Fixture *f, guint place);
gboolean verify (Fixture *f, guint index, const gchar *pin, PenaVerifyFlags flags, GError **error);
void log_in (Fixture *f, PenaVerifyFlags flags);
void authenticate (Fixture *f);
/* Signs a hash (or message) with the key in that place; PENA_ERROR_TOKEN_FAILED when what comes is not right. */
gboolean sign (Fixture *f, guint place, const gchar *pin, GError **error);
/* The same for deciphering. */
gboolean decipher (Fixture *f, GError **error);
/* Tries of PW1, resetting code and PW3, asked by another program: hundreds, tens, ones. */
guint tries (Fixture *f);
