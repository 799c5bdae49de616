/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: descriptors over sockets; private
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* One descriptor and one number over a socket that keeps messages apart. Never blocks; FALSE when it cannot be sent. */
gboolean pena_ipc_descriptor_send (gint line, gint fd, gint32 number);
/* Blocks until one comes. The descriptor, closed on exec; -1 when the other side has gone or sent something
 * else. */
gint pena_ipc_descriptor_receive (gint line, gint32 *ret_number);

/* As send(2) with these flags, on a stream: the descriptor goes with the first byte. */
gssize pena_ipc_descriptor_send_with (gint socket, gconstpointer data, gsize count, gint flags, gint fd);
/* As recv(2) with these flags: what is there of a stream, and in *ret_fd the descriptor that came with its first byte, closed on
 * exec; else that is untouched. Further ones are thrown away. */
gssize pena_ipc_descriptor_receive_with (gint socket, gpointer buffer, gsize count, gint flags, gint *ret_fd);
