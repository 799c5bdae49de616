/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token: what goes wrong when it is told to, and the log
 * Copyright (C) 2026 the Pena authors */
#include "vtoken-apdu.h"

#include <string.h>
#include <unistd.h>

void
vtoken_fault_at (Vtoken *self, VtokenFault fault, guint nth, guint argument)
{
    VtokenArmedFault armed = {.kind = fault, .at = self->count + nth, .argument = argument};
    g_return_if_fail (nth > 0);
    g_array_append_val (self->faults, armed);
}

void
vtoken_fault_clear (Vtoken *self)
{
    g_array_set_size (self->faults, 0);
}

gboolean
vtoken_fault_take (Vtoken *self, VtokenArmedFault *ret_fault)
{
    for (guint i = 0; i < self->faults->len; i++)
        if (g_array_index (self->faults, VtokenArmedFault, i).at == self->count) {
            *ret_fault = g_array_index (self->faults, VtokenArmedFault, i);
            g_array_remove_index (self->faults, i);
            return TRUE;
        }
    return FALSE;
}

static void
fill_with_garbage (GByteArray *answer)
{
    for (guint i = 0; i + 2 < answer->len; i++)
        answer->data[i] ^= (guint8)(0xA5 + i);
    if (answer->len >= 2)
        memcpy (answer->data + answer->len - 2, "\x90\x00", 2);
}

static void
lose_second_half (GByteArray *answer)
{
    guint data = answer->len >= 2 ? answer->len - 2 : 0;
    if (data > 0)
        g_byte_array_remove_range (answer, data / 2, data - data / 2);
}

void
vtoken_fault_spoil (const VtokenArmedFault *fault, GByteArray *answer)
{
    switch (fault->kind) {
    case VTOKEN_FAULT_SLOW:
        g_usleep ((gulong)fault->argument * 1000);
        break;
    case VTOKEN_FAULT_GARBAGE:
        fill_with_garbage (answer);
        break;
    case VTOKEN_FAULT_SHORT:
        lose_second_half (answer);
        break;
    case VTOKEN_FAULT_ONE_BYTE:
        g_byte_array_set_size (answer, 1);
        break;
    case VTOKEN_FAULT_EMPTY:
        g_byte_array_set_size (answer, 0);
        break;
    case VTOKEN_FAULT_PULL:
    case VTOKEN_FAULT_STATUS:
    case VTOKEN_FAULT_RESET:
    case VTOKEN_FAULT_SILENT:
        break;
    }
}

void
vtoken_log_to (Vtoken *self, int fd)
{
    self->log_fd = fd;
}

/* One write a line, so that a line is whole or absent whenever the process ends. */
void
vtoken_log_command (Vtoken *self, const guint8 *apdu, gsize length, const GByteArray *answer)
{
    VtokenCommand command = {0};
    g_autoptr (GString) line = g_string_new (NULL);
    gboolean parsed = vtoken_apdu_parse (apdu, length, &command);

    if (self->log_fd < 0)
        return;
    g_string_append_printf (line, "%u", self->count);
    for (gsize i = 0; i < MIN (length, 4); i++)
        g_string_append_printf (line, " %02X", apdu[i]);
    if (parsed)
        g_string_append_printf (line, " Lc=%" G_GSIZE_FORMAT " Le=%" G_GSIZE_FORMAT "%s", command.length,
                                command.le, command.extended ? " extended" : "");
    else
        g_string_append_printf (line, " malformed=%" G_GSIZE_FORMAT, length);
    if (answer == NULL)
        g_string_append (line, " removed\n");
    else if (answer->len < 2)
        g_string_append_printf (line, " answer=%u\n", answer->len);
    else
        g_string_append_printf (line, " SW=%02X%02X Lr=%u\n", answer->data[answer->len - 2],
                                answer->data[answer->len - 1], answer->len - 2);
    if (write (self->log_fd, line->str, line->len) != (gssize)line->len)
        g_warning ("vtoken: the APDU log cannot be written");
}
