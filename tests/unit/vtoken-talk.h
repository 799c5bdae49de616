/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the virtual token: talking to it in hexadecimal
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "vtoken.h"

#define SELECT_PIV "00A4040009A00000030800001000"
#define VERIFY "0020008008313233343536FFFF"
#define VERIFY_WRONG "0020008008393939393939FFFF"

/* The command (blanks are passed over) and its whole answer, followed to its end by GET RESPONSE; transfer
 * full. */
gchar *talk (Vtoken *card, const gchar *command);
/* The same without GET RESPONSE; "removed" when the card is not there. */
gchar *talk_once (Vtoken *card, const gchar *command);
/* Bytes and digits; transfer full. */
GByteArray *talk_bytes (const gchar *text);
gchar *talk_hex (const guint8 *data, gsize length);
/* Authenticates with the well-known management key. */
void talk_admin (Vtoken *card);

#define assert_talk(card, command, expected)                                                                 \
    G_STMT_START                                                                                             \
    {                                                                                                        \
        g_autofree gchar *got_ = talk (card, command);                                                       \
        g_assert_cmpstr (got_, ==, expected);                                                                \
    }                                                                                                        \
    G_STMT_END
