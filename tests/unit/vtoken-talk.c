/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the virtual token: talking to it in hexadecimal
 * Copyright (C) 2026 the Pena authors */
#include "vtoken-talk.h"

#include <openssl/evp.h>
#include <string.h>

GByteArray *
talk_bytes (const gchar *text)
{
    GByteArray *bytes = g_byte_array_new ();

    while (*text != '\0') {
        if (*text == ' ') {
            text++;
            continue;
        }
        guint8 byte = (guint8)(g_ascii_xdigit_value (text[0]) << 4 | g_ascii_xdigit_value (text[1]));
        g_byte_array_append (bytes, &byte, 1);
        text += 2;
    }
    return bytes;
}

gchar *
talk_hex (const guint8 *data, gsize length)
{
    GString *text = g_string_new (NULL);
    for (gsize i = 0; i < length; i++)
        g_string_append_printf (text, "%02X", data[i]);
    return g_string_free (text, FALSE);
}

gchar *
talk_once (Vtoken *card, const gchar *command)
{
    g_autoptr (GByteArray) apdu = talk_bytes (command);
    g_autofree guint8 *answer = g_malloc (VTOKEN_ANSWER_MAX);
    gsize length = VTOKEN_ANSWER_MAX;

    if (vtoken_transmit (card, apdu->data, apdu->len, answer, &length) != VTOKEN_OK)
        return g_strdup ("removed");
    return talk_hex (answer, length);
}

gchar *
talk (Vtoken *card, const gchar *command)
{
    g_autoptr (GString) all = g_string_new (NULL);
    g_autofree gchar *part = talk_once (card, command);

    for (;;) {
        gsize length = strlen (part);
        if (length < 4 || strncmp (part + length - 4, "61", 2) != 0)
            break;
        g_autofree gchar *more = g_strdup_printf ("00C00000%s", part + length - 2);
        g_string_append_len (all, part, (gssize)length - 4);
        g_free (part);
        part = talk_once (card, more);
    }
    g_string_append (all, part);
    return g_string_free (g_steal_pointer (&all), FALSE);
}

/* By the external way, which only encrypts. */
void
talk_admin (Vtoken *card)
{
    static const guint8 key[24] = {1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8};
    g_autofree gchar *challenge = talk (card, "0087039B047C028100");
    g_autoptr (GByteArray) bytes = talk_bytes (challenge);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new ();
    guint8 block[16];
    int length = 0;

    g_assert_cmpuint (bytes->len, ==, 4 + 8 + 2);
    EVP_EncryptInit_ex2 (ctx, EVP_des_ede3_ecb (), key, NULL, NULL);
    EVP_EncryptUpdate (ctx, block, &length, bytes->data + 4, 8);
    EVP_CIPHER_CTX_free (ctx);
    g_autofree gchar *encrypted = talk_hex (block, 8);
    g_autofree gchar *response = g_strdup_printf ("0087039B0C7C0A8208%s", encrypted);
    assert_talk (card, response, "9000");
}
