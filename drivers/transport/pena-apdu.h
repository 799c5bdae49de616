/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: commands to a card and their answers (ISO/IEC 7816-3, 12; 7816-4, 5)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-transport.h"

#define PENA_APDU_DATA_MAX 4096

/* One command; data is borrowed. */
typedef struct {
    guint8 cla, ins, p1, p2;
    const guint8 *data;
    gsize length;
    PenaPatience patience;
} PenaApdu;

/* Sends the command and collects the answer, inside a transaction.
 *
 * Lengths over 255 go as one extended APDU when the card can do that and they are not over
 * PENA_APDU_DATA_MAX, else as a chain; a card that refuses
 * the extended one with 6700 or 6D00 has not run it and gets the chain. 61xx and 6Cxx are followed. The
 * answer goes to `answer`, replacing what was there; NULL when none is expected. More than its capacity is
 * PENA_ERROR_TOKEN_FAILED.
 *
 * TRUE means that the card answered; *ret_sw says what it thinks. */
gboolean pena_apdu_exchange (PenaLink *link, const PenaApdu *apdu, PenaSecret *answer, guint16 *ret_sw,
                             GError **error);

/* Sends one short command and takes the first piece of what it answers, at most 256 bytes: 61xx is not followed,
 * and what else there is never asked for. 6Cxx is. */
gboolean pena_apdu_peek (PenaLink *link, const PenaApdu *apdu, PenaSecret *answer, guint16 *ret_sw,
                         GError **error);

/* Puts one APDU as bytes into `out`, replacing what was there: data of at most 255 bytes (65,535 with
 * extended), le of 0 for none, at most 256 (65,536). FALSE when it does not fit. */
gboolean pena_apdu_build (PenaSecret *out, const PenaApdu *apdu, gsize le, gboolean extended);
