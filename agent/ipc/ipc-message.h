/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the agent's processes say to each other; private
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

/* A message is its length (guint64, as this machine writes it) and a GVariant: one word, which is a method or signal of the interface or
 * one of the two below; a number, by which an answer tells what it answers; and what is said. Unlike a D-Bus message it is
 * looked at where it lies: a message of a hundred megabytes costs its hundred megabytes, and as much again while it is looked
 * whether it is sound, whatever it is made of. For that the types of variants are as short as D-Bus has them, they are not
 * nested deeper, there are not too many parts, and only bytes and texts are long. */
#define PENA_IPC_MESSAGE_HEAD 8
#define PENA_IPC_MESSAGE_MAX (128 * 1024 * 1024)

#define PENA_IPC_ANSWER ""       /* says the tuple of what the interface has going out */
#define PENA_IPC_FAILURE "error" /* says what pena_ipc_error_to_variant() does */

typedef enum {
    PENA_IPC_ARGUMENTS, /* of a call of a method */
    PENA_IPC_RESULT,    /* of a method */
    PENA_IPC_NOTICE,    /* of a signal */
} PenaIpcPart;

/* The whole message with its head. Takes a floating value. NULL: it is larger than one may be. */
GBytes *pena_ipc_message_pack (const gchar *word, guint64 number, GVariant *value);
/* How many bytes follow the head; 0: nothing that a message could be. */
gsize pena_ipc_message_length (const guint8 *head);
/* Of what follows the head. Value and word are transfer full. trusted: the broker made it, and the reader is what the broker has
 * power over. Else a stranger may have made it; NULL: it is not what it should be to the last bit. */
GVariant *pena_ipc_message_unpack (GBytes *body, gboolean trusted, gchar **ret_word, guint64 *ret_number);

/* Whether that is the tuple which the interface has for this method or signal. */
gboolean pena_ipc_message_fits (GVariant *value, const GDBusInterfaceInfo *interface, const gchar *word,
                                PenaIpcPart part);
