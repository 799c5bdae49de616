/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token: sending it commands, for personalising
 * Copyright (C) 2026 the Pena authors */
#include "vtoken-send.h"

#include <string.h>

GByteArray *
vtoken_send (Vtoken *card, guint32 header, gconstpointer data, gsize length, GError **error)
{
    guint8 start[7] = {
        (guint8)(header >> 24), (guint8)(header >> 16), (guint8)(header >> 8), (guint8)header, 0,
        (guint8)(length >> 8),  (guint8)length};
    g_autoptr (GByteArray) apdu = g_byte_array_new ();
    g_autoptr (GByteArray) answer = g_byte_array_new ();
    gsize got = VTOKEN_ANSWER_MAX;

    g_byte_array_append (apdu, start, length > 0 ? 7 : 5);
    if (length > 0)
        g_byte_array_append (apdu, data, (guint)length);
    g_byte_array_append (apdu, (const guint8 *)"\0\0", 2);
    g_byte_array_set_size (answer, VTOKEN_ANSWER_MAX);
    if (vtoken_transmit (card, apdu->data, apdu->len, answer->data, &got) != VTOKEN_OK || got < 2 ||
        memcmp (answer->data + got - 2, "\x90\x00", 2) != 0) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                     "virtual token: command %08X is answered by %02X%02X", header,
                     got >= 2 ? answer->data[got - 2] : 0, got >= 2 ? answer->data[got - 1] : 0);
        return NULL;
    }
    g_byte_array_set_size (answer, (guint)got - 2);
    return g_steal_pointer (&answer);
}

gboolean
vtoken_send_quietly (Vtoken *card, guint32 header, gconstpointer data, gsize length, GError **error)
{
    g_autoptr (GByteArray) answer = vtoken_send (card, header, data, length, error);
    return answer != NULL;
}

gboolean
vtoken_find_inside (const GByteArray *answer, guint32 outer, guint32 inner, PenaTlv *ret_tlv, GError **error)
{
    PenaTlv template;

    if (pena_tlv_find (answer->data, answer->len, outer, &template) &&
        pena_tlv_find (template.value, template.length, inner, ret_tlv))
        return TRUE;
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "virtual token: %X is missing in an answer", inner);
    return FALSE;
}
