/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token: taking command APDUs apart
 * Copyright (C) 2026 the Pena authors */
#include "vtoken-apdu.h"

#include "pena-reader.h"

static gsize
read_length (PenaReader *reader, gboolean extended)
{
    return extended ? pena_reader_u16be (reader) : pena_reader_u8 (reader);
}

/* The header is read; what is left is one of Le, Lc data, Lc data Le. */
static void
parse_body (PenaReader *reader, VtokenCommand *command)
{
    gsize width = command->extended ? 2 : 1;
    gsize all = command->extended ? 65536 : 256;
    gsize le = 0;

    if (pena_reader_left (reader) > width) {
        command->length = read_length (reader, command->extended);
        if (command->length == 0)
            pena_reader_fail (reader);
        command->data = pena_reader_take (reader, command->length);
    }
    if (pena_reader_left (reader) > 0)
        le = read_length (reader, command->extended);
    command->le = le == 0 ? all : le;
}

gboolean
vtoken_apdu_parse (const guint8 *apdu, gsize length, VtokenCommand *ret_command)
{
    PenaReader reader = pena_reader_new (apdu, length);
    VtokenCommand command = {.le = 256};

    command.cla = pena_reader_u8 (&reader);
    command.ins = pena_reader_u8 (&reader);
    command.p1 = pena_reader_u8 (&reader);
    command.p2 = pena_reader_u8 (&reader);
    if (length >= 7 && apdu[4] == 0) {
        command.extended = TRUE;
        pena_reader_u8 (&reader);
    }
    if (length > 4)
        parse_body (&reader, &command);
    if (!pena_reader_at_end (&reader))
        return FALSE;
    *ret_command = command;
    return TRUE;
}
