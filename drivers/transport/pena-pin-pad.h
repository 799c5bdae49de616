/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: readers on which the PIN is typed (PC/SC part 10, 2.6)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-transport.h"

#define PENA_PIN_PAD_REQUEST_MAX 128

/* How a PIN goes to the card (ISO/IEC 7816-15 has these words). */
typedef enum {
    PENA_PIN_BYTES,      /* ASCII or UTF-8, as typed */
    PENA_PIN_BCD,        /* decimal digits, two in a byte */
    PENA_PIN_HALF_BCD,   /* each digit in the lower half of a byte of its own, the upper half F */
    PENA_PIN_ISO_9564_1, /* format 2: a byte with 2 and the number of digits, then BCD; 8 bytes in all */
} PenaPinEncoding;

typedef struct {
    PenaPinEncoding encoding;
    guint8 stored;  /* padded to so many bytes; 0: not padded */
    guint8 padding; /* with this */
} PenaPinFormat;

/* How the reader is to put what is typed into the command. */
typedef struct {
    guint8 ins, p1, p2;   /* CLA is 00 */
    guint8 min, max;      /* digits or characters that are typed */
    gboolean ask_current; /* for a change: the old PIN is typed first and goes first */
    PenaPinFormat format;
} PenaPinPadRequest;

/* The structures PIN_VERIFY_STRUCTURE and PIN_MODIFY_STRUCTURE, as bytes, into out, which has room for
 * PENA_PIN_PAD_REQUEST_MAX; little endian as the standard wants. FALSE when the request makes no sense. */
gboolean pena_pin_pad_build_verify (const PenaPinPadRequest *request, guint8 *out, gsize *ret_length);
gboolean pena_pin_pad_build_modify (const PenaPinPadRequest *request, guint8 *out, gsize *ret_length);

/* Finds the control codes of the features that a reader's answer to CM_IOCTL_GET_FEATURE_REQUEST lists (tag,
 * length 4, code in big endian); 0 for one that it does not have. The reader is not trusted. */
void pena_pin_pad_parse_features (const guint8 *answer, gsize length, guint32 *ret_verify,
                                  guint32 *ret_modify);

/* Has the PIN typed and sent, inside a transaction. TRUE when the card has answered; *ret_sw is its status
 * word. PENA_ERROR_USER_CANCELLED (6401), PENA_ERROR_PROMPT_TIMEOUT (6400), PENA_ERROR_PIN_INVALID (6402: the
 * two new ones differ, 6403: too short or long); in none of them was anything sent to the card. */
gboolean pena_pin_pad_verify (PenaLink *link, const PenaPinPadRequest *request, guint16 *ret_sw,
                              GError **error);
gboolean pena_pin_pad_modify (PenaLink *link, const PenaPinPadRequest *request, guint16 *ret_sw,
                              GError **error);
