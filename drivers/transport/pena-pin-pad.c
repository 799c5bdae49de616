/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: readers on which the PIN is typed (PC/SC part 10, 2.6)
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-pin-pad.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-tlv.h"

enum {
    SECONDS_FOR_FIRST_KEY = 30, /* a reader without an answer by then gives up: 6400 */
    UNITS_ARE_BYTES = 0x80,
    POSITION_SHIFT = 3,
    FORMAT_BCD = 0x01,
    FORMAT_ASCII = 0x02,
    LENGTH_OF_FOUR_BITS = 0x40,
    LENGTH_AT_BIT_FOUR = 0x04,
    ON_VALIDATION_KEY = 0x02, /* entry ends with the OK key, not by length or time */
    DEFAULT_MESSAGES = 0xFF,
    ENGLISH = 0x0409,
    CONFIRM_NEW = 0x01,
    ASK_CURRENT = 0x02,

    ISO_9564_BLOCK = 8,
    ISO_9564_DIGITS = 12,
    ISO_9564_CONTROL = 0x20,

    FEATURE_VERIFY_PIN_DIRECT = 0x06,
    FEATURE_MODIFY_PIN_DIRECT = 0x07,

    SW_TIMED_OUT = 0x6400,
    SW_CANCELLED = 0x6401,
    SW_DIFFERENT = 0x6402,
    SW_BAD_LENGTH = 0x6403,
    SW_BAD_REQUEST = 0x6B80,
};

typedef struct {
    guint8 *at;
    gsize room;
    gsize length;
} Out;

static void
put (Out *out, guint8 byte)
{
    if (out->length < out->room)
        out->at[out->length++] = byte;
}

static void
put_u16 (Out *out, guint value)
{
    put (out, (guint8)value);
    put (out, (guint8)(value >> 8));
}

static void
put_u32 (Out *out, gsize value)
{
    put_u16 (out, value & 0xFFFF);
    put_u16 (out, (value >> 16) & 0xFFFF);
}

static gsize
block_size (const PenaPinPadRequest *request)
{
    return request->format.encoding == PENA_PIN_ISO_9564_1 ? ISO_9564_BLOCK : request->format.stored;
}

static gboolean
makes_sense (const PenaPinPadRequest *request, guint blocks)
{
    gsize room = block_size (request);
    gsize least = request->format.encoding == PENA_PIN_BYTES ? request->max : (request->max + 1) / 2;

    if (request->min > request->max || request->max == 0 || request->format.encoding == PENA_PIN_HALF_BCD)
        return FALSE;
    if (request->format.encoding == PENA_PIN_ISO_9564_1 && request->max > ISO_9564_DIGITS)
        return FALSE;
    /* Two PINs of no fixed size cannot be put apart by a reader. */
    return room == 0 ? blocks == 1 : room >= least && room <= 15;
}

/* bmFormatString, bmPINBlockString, bmPINLengthFormat. */
static void
put_format (Out *out, const PenaPinPadRequest *request)
{
    switch (request->format.encoding) {
    case PENA_PIN_ISO_9564_1: /* BCD behind one byte, which has the length in its lower half */
        put (out, UNITS_ARE_BYTES | 1 << POSITION_SHIFT | FORMAT_BCD);
        put (out, LENGTH_OF_FOUR_BITS | (ISO_9564_BLOCK - 1));
        put (out, LENGTH_AT_BIT_FOUR);
        break;
    case PENA_PIN_BCD:
        put (out, UNITS_ARE_BYTES | FORMAT_BCD);
        put (out, request->format.stored);
        put (out, 0);
        break;
    default:
        put (out, UNITS_ARE_BYTES | FORMAT_ASCII);
        put (out, request->format.stored);
        put (out, 0);
    }
}

/* The command with room where the reader puts the digits. */
static void
put_command (Out *out, const PenaPinPadRequest *request, guint blocks)
{
    gsize block = block_size (request);
    gboolean iso = request->format.encoding == PENA_PIN_ISO_9564_1;

    put_u32 (out, 5 + blocks * block);
    put (out, 0x00);
    put (out, request->ins);
    put (out, request->p1);
    put (out, request->p2);
    put (out, (guint8)(blocks * block));
    for (guint i = 0; i < blocks * block; i++)
        put (out, !iso ? request->format.padding : i % block == 0 ? ISO_9564_CONTROL : 0xFF);
}

gboolean
pena_pin_pad_build_verify (const PenaPinPadRequest *request, guint8 *out, gsize *ret_length)
{
    Out bytes = {out, PENA_PIN_PAD_REQUEST_MAX, 0};

    if (!makes_sense (request, 1))
        return FALSE;
    put (&bytes, SECONDS_FOR_FIRST_KEY);
    put (&bytes, SECONDS_FOR_FIRST_KEY); /* after it */
    put_format (&bytes, request);
    put_u16 (&bytes, (guint)request->min << 8 | request->max);
    put (&bytes, ON_VALIDATION_KEY);
    put (&bytes, DEFAULT_MESSAGES);
    put_u16 (&bytes, ENGLISH);
    put (&bytes, 0);     /* first message */
    put_u16 (&bytes, 0); /* T=1 prologue, which nobody needs */
    put (&bytes, 0);
    put_command (&bytes, request, 1);
    *ret_length = bytes.length;
    return TRUE;
}

gboolean
pena_pin_pad_build_modify (const PenaPinPadRequest *request, guint8 *out, gsize *ret_length)
{
    Out bytes = {out, PENA_PIN_PAD_REQUEST_MAX, 0};
    guint blocks = request->ask_current ? 2 : 1;

    if (!makes_sense (request, blocks))
        return FALSE;
    put (&bytes, SECONDS_FOR_FIRST_KEY);
    put (&bytes, SECONDS_FOR_FIRST_KEY);
    put_format (&bytes, request);
    put (&bytes, 0); /* where the old PIN goes, then the new one */
    put (&bytes, request->ask_current ? (guint8)block_size (request) : 0);
    put_u16 (&bytes, (guint)request->min << 8 | request->max);
    put (&bytes, CONFIRM_NEW | (request->ask_current ? ASK_CURRENT : 0));
    put (&bytes, ON_VALIDATION_KEY);
    put (&bytes, DEFAULT_MESSAGES);
    put_u16 (&bytes, ENGLISH);
    for (guint8 message = 0; message < 3; message++)
        put (&bytes, message);
    put_u16 (&bytes, 0);
    put (&bytes, 0);
    put_command (&bytes, request, blocks);
    *ret_length = bytes.length;
    return TRUE;
}

void
pena_pin_pad_parse_features (const guint8 *answer, gsize length, guint32 *ret_verify, guint32 *ret_modify)
{
    PenaReader reader = pena_reader_new (answer, length);
    guint32 verify = 0, modify = 0;

    while (pena_reader_left (&reader) > 0) {
        guint8 tag = pena_reader_u8 (&reader);
        guint8 size = pena_reader_u8 (&reader);
        PenaReader value = pena_reader_new (pena_reader_take (&reader, size), size);
        if (reader.failed)
            break;
        if (size != 4)
            continue;
        if (tag == FEATURE_VERIFY_PIN_DIRECT)
            verify = pena_reader_u32be (&value);
        else if (tag == FEATURE_MODIFY_PIN_DIRECT)
            modify = pena_reader_u32be (&value);
    }
    *ret_verify = verify;
    *ret_modify = modify;
}

/* What only a reader says; none of it was seen by the card. */
static gboolean
check_reader (guint16 sw, GError **error)
{
    static const struct {
        guint16 sw;
        PenaErrorCode code;
        const gchar *text;
    } rows[] = {
        {SW_TIMED_OUT, PENA_ERROR_PROMPT_TIMEOUT, "no PIN was typed at the reader"},
        {SW_CANCELLED, PENA_ERROR_USER_CANCELLED, "cancelled at the reader"},
        {SW_DIFFERENT, PENA_ERROR_PIN_INVALID, "the new PIN was typed in two ways"},
        {SW_BAD_LENGTH, PENA_ERROR_PIN_INVALID, "the PIN typed is too short or too long"},
        {SW_BAD_REQUEST, PENA_ERROR_TOKEN_FAILED, "the reader does not take this kind of PIN"},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        if (rows[i].sw == sw) {
            g_set_error_literal (error, PENA_ERROR, (gint)rows[i].code, rows[i].text);
            return FALSE;
        }
    return TRUE;
}

typedef gboolean (*Build) (const PenaPinPadRequest *request, guint8 *out, gsize *ret_length);

static gboolean
run (PenaLink *link, gboolean present, PenaPinPadAction action, Build build, const PenaPinPadRequest *request,
     guint16 *ret_sw, GError **error)
{
    guint8 bytes[PENA_PIN_PAD_REQUEST_MAX];
    gsize length;
    guint16 sw;

    if (!present || !build (request, bytes, &length)) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED,
                     "this PIN cannot be typed at the reader");
        return FALSE;
    }
    if (!pena_link_pin_pad (link, action, bytes, length, &sw, error) || !check_reader (sw, error))
        return FALSE;
    *ret_sw = sw;
    return TRUE;
}

gboolean
pena_pin_pad_verify (PenaLink *link, const PenaPinPadRequest *request, guint16 *ret_sw, GError **error)
{
    return run (link, link->pad_verifies, PENA_PIN_PAD_VERIFY, pena_pin_pad_build_verify, request, ret_sw,
                error);
}

gboolean
pena_pin_pad_modify (PenaLink *link, const PenaPinPadRequest *request, guint16 *ret_sw, GError **error)
{
    return run (link, link->pad_modifies, PENA_PIN_PAD_MODIFY, pena_pin_pad_build_modify, request, ret_sw,
                error);
}
