/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#15 cards: reading their files (ISO/IEC 7816-4, 7.1 to 7.3)
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-tlv.h"
#include "pkcs15.h"

enum {
    INS_SELECT = 0xA4,
    INS_READ_BINARY = 0xB0,
    INS_READ_RECORD = 0xB2,

    SELECT_ID = 0x00,
    SELECT_PATH = 0x08,
    SELECT_RELATIVE_PATH = 0x09,
    SELECT_ANSWER_MAX = 256,
    SHORT_IDENTIFIER = 0x80,
    RECORD_BY_NUMBER = 0x04,

    TAG_FCP = 0x62,
    TAG_FCI = 0x6F,
    TAG_SIZE = 0x80,
    TAG_SIZE_ALL = 0x81,

    SW_FILE_ENDS = 0x6282,
    SW_NOT_TRANSPARENT = 0x6981,
    SW_WRONG_PARAMETERS = 0x6A86,
    SW_UNSUPPORTED = 0x6A81,
    SW_WRONG_OFFSET = 0x6B00,

    SHORT_CHUNK = 256,
    RECORDS_MAX = 32,
    /* More than any token that people sign with has, and some seconds of reading. */
    FILES_MAX = 200,
    BYTES_MAX = 512 * 1024,
};

static const guint8 mf[] = {0x3F, 0x00};

/* Whatever a card says of a file that it does not have or does not let us read, and what cards without files say until
 * one was read. */
static gboolean
says_no (const PenaP15 *self, guint16 sw)
{
    if (sw == 0x6D00 || sw == 0x6E00)
        return !self->has_files;
    return sw == PENA_SW_NOT_VERIFIED || (sw & 0xFFF0) == 0x6A80 || sw == 0x6985 || sw == 0x6986 ||
           sw == SW_NOT_TRANSPARENT || sw == 0x6700 || sw == 0x6900 || sw == 0x6999;
}

static gboolean
send_select (PenaCard *card, guint8 how, const guint8 *path, gsize length, PenaSecret *answer,
             guint16 *ret_sw, GError **error)
{
    const PenaApdu apdu = {.ins = INS_SELECT, .p1 = how, .data = path, .length = length};

    return pena_apdu_exchange (card->link, &apdu, answer, ret_sw, error);
}

/* From the MF, one identifier after the other: for cards that know no paths. */
static gboolean
select_stepwise (PenaCard *card, const guint8 *path, gsize length, PenaSecret *answer, guint16 *ret_sw,
                 GError **error)
{
    if (!send_select (card, SELECT_ID, mf, sizeof mf, answer, ret_sw, error))
        return FALSE;
    for (gsize at = 0; *ret_sw == PENA_SW_OK && at + 2 <= length; at += 2)
        if (!send_select (card, SELECT_ID, path + at, 2, answer, ret_sw, error))
            return FALSE;
    return TRUE;
}

/* path without the MF's identifier. */
static gboolean
select_absolute (PenaCard *card, const guint8 *path, gsize length, PenaSecret *answer, guint16 *ret_sw,
                 GError **error)
{
    PenaP15 *self = card->data;

    if (length == 0)
        return send_select (card, SELECT_ID, mf, sizeof mf, answer, ret_sw, error);
    if (!self->stepwise && !send_select (card, SELECT_PATH, path, length, answer, ret_sw, error))
        return FALSE;
    if (!self->stepwise && *ret_sw != SW_WRONG_PARAMETERS && *ret_sw != SW_UNSUPPORTED)
        return TRUE;
    self->stepwise = TRUE;
    return select_stepwise (card, path, length, answer, ret_sw, error);
}

static gboolean
is_absolute (const PenaP15Path *path)
{
    return path->length >= 2 && memcmp (path->bytes, mf, sizeof mf) == 0;
}

static gboolean
select_path (PenaCard *card, const PenaP15Path *path, PenaSecret *answer, guint16 *ret_sw, GError **error)
{
    const PenaP15 *self = card->data;
    guint8 whole[2 * PENA_P15_PATH_MAX];
    const PenaP15Path *df = &self->app.path;

    if (is_absolute (path))
        return select_absolute (card, path->bytes + 2, path->length - 2, answer, ret_sw, error);
    if (path->length % 2 != 0) /* its last byte says how it is to be selected */
        return send_select (card, path->bytes[path->length - 1], path->bytes, path->length - 1, answer,
                            ret_sw, error);
    if (df->length == 0)
        return send_select (card, path->length == 2 ? SELECT_ID : SELECT_RELATIVE_PATH, path->bytes,
                            path->length, answer, ret_sw, error);
    gsize skipped = is_absolute (df) ? 2 : 0;
    memcpy (whole, df->bytes + skipped, df->length - skipped);
    memcpy (whole + df->length - skipped, path->bytes, path->length);
    return select_absolute (card, whole, df->length - skipped + path->length, answer, ret_sw, error);
}

gboolean
pena_p15_select (PenaCard *card, const PenaP15Path *path, gboolean *ret_found, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (SELECT_ANSWER_MAX, FALSE, error);
    guint16 sw;

    if (answer == NULL || !select_path (card, path, answer, &sw, error))
        return FALSE;
    *ret_found = sw == PENA_SW_OK;
    if (*ret_found || says_no (card->data, sw))
        return TRUE;
    pena_sw_set_error (card->driver->sw, sw, "selecting a file", error);
    return FALSE;
}

/* What the file control parameters say of the size; G_MAXSIZE when nothing. */
static gsize
size_of_file (const PenaSecret *answer)
{
    PenaTlv template, size;

    if (!pena_tlv_find (answer->data, answer->length, TAG_FCI, &template) &&
        !pena_tlv_find (answer->data, answer->length, TAG_FCP, &template))
        return G_MAXSIZE;
    if ((!pena_tlv_find (template.value, template.length, TAG_SIZE, &size) &&
         !pena_tlv_find (template.value, template.length, TAG_SIZE_ALL, &size)) ||
        size.length == 0 || size.length > 3)
        return G_MAXSIZE;
    gsize bytes = 0;
    for (gsize i = 0; i < size.length; i++)
        bytes = bytes << 8 | size.value[i];
    return bytes;
}

static gboolean
count_reading (PenaP15 *self, gsize bytes, GError **error)
{
    self->bytes += bytes;
    if (self->files <= FILES_MAX && self->bytes <= BYTES_MAX)
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card has more on it than is read");
    return FALSE;
}

/* One READ BINARY. *ret_ended: there is no more. */
static gboolean
read_chunk (PenaCard *card, gsize offset, guint8 short_id, gsize size, GByteArray *out, gboolean *ret_found,
            gboolean *ret_ended, GError **error)
{
    gsize chunk = MIN (size, card->link->extended ? PENA_LINK_ANSWER_MAX - 2 : SHORT_CHUNK);
    g_autoptr (PenaSecret) answer = pena_secret_new (chunk, FALSE, error);
    PenaApdu apdu = {.ins = INS_READ_BINARY, .p1 = (guint8)(offset >> 8), .p2 = (guint8)offset};
    guint16 sw;

    if (short_id != 0)
        apdu.p1 = SHORT_IDENTIFIER | short_id;
    if (answer == NULL || !pena_apdu_exchange (card->link, &apdu, answer, &sw, error))
        return FALSE;
    *ret_found = sw == PENA_SW_OK || sw == SW_FILE_ENDS || sw == SW_WRONG_OFFSET;
    *ret_ended = sw != PENA_SW_OK || answer->length < chunk;
    if (!*ret_found && !says_no (card->data, sw)) {
        pena_sw_set_error (card->driver->sw, sw, "reading a file", error);
        return FALSE;
    }
    if (*ret_found && answer->length > 0) {
        g_byte_array_append (out, answer->data, (guint)answer->length);
        ((PenaP15 *)card->data)->has_files = TRUE;
    }
    return count_reading (card->data, answer->length, error);
}

/* The selected file from offset on, or the one with the short identifier. */
static gboolean
read_on (PenaCard *card, gsize offset, guint8 short_id, gsize size, GByteArray *out, gboolean *ret_found,
         GError **error)
{
    gsize end = offset + MIN (size, PENA_P15_FILE_MAX);
    gboolean ended = FALSE;

    *ret_found = TRUE;
    for (gsize at = offset; !ended && *ret_found && at < end && at < PENA_P15_FILE_MAX;) {
        guint before = out->len;
        if (!read_chunk (card, at, at == offset ? short_id : 0, end - at, out, ret_found, &ended, error))
            return FALSE;
        at += out->len - before;
    }
    return TRUE;
}

gboolean
pena_p15_read (PenaCard *card, const PenaP15Path *path, GByteArray *out, gboolean *ret_found, GError **error)
{
    PenaP15 *self = card->data;
    g_autoptr (PenaSecret) answer = pena_secret_new (SELECT_ANSWER_MAX, FALSE, error);
    gsize size = path->size > 0 ? path->size : G_MAXSIZE;
    guint16 sw;

    self->files++;
    if (answer == NULL || !count_reading (self, 0, error))
        return FALSE;
    if (path->length == 1) /* five bits of short identifier */
        return path->offset > 0 || path->bytes[0] >> 3 == 0
                   ? (*ret_found = FALSE, TRUE)
                   : read_on (card, 0, path->bytes[0] >> 3, size, out, ret_found, error);
    if (!select_path (card, path, answer, &sw, error))
        return FALSE;
    *ret_found = sw == PENA_SW_OK;
    if (!*ret_found) {
        if (says_no (card->data, sw))
            return TRUE;
        pena_sw_set_error (card->driver->sw, sw, "selecting a file", error);
        return FALSE;
    }
    gsize whole = size_of_file (answer);
    if (whole <= path->offset)
        return TRUE;
    return read_on (card, path->offset, 0, MIN (size, whole - path->offset), out, ret_found, error);
}

static gboolean
read_records (PenaCard *card, GByteArray *out, gboolean *ret_found, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (SHORT_CHUNK, FALSE, error);
    guint16 sw = PENA_SW_OK;

    if (answer == NULL)
        return FALSE;
    for (guint8 number = 1; number <= RECORDS_MAX; number++) {
        const PenaApdu apdu = {.ins = INS_READ_RECORD, .p1 = number, .p2 = RECORD_BY_NUMBER};
        if (!pena_apdu_exchange (card->link, &apdu, answer, &sw, error))
            return FALSE;
        if (sw != PENA_SW_OK)
            break;
        g_byte_array_append (out, answer->data, (guint)answer->length);
    }
    *ret_found = out->len > 0;
    return TRUE;
}

gboolean
pena_p15_read_dir (PenaCard *card, GByteArray *out, gboolean *ret_found, GError **error)
{
    static const PenaP15Path dir = {.bytes = {0x3F, 0x00, 0x2F, 0x00}, .length = 4};
    gboolean selected;

    if (!pena_p15_read (card, &dir, out, ret_found, error))
        return FALSE;
    if (*ret_found && out->len > 0)
        return TRUE;
    /* Not there, or not a transparent file. */
    return pena_p15_select (card, &dir, &selected, error) &&
           (!selected || read_records (card, out, ret_found, error));
}
