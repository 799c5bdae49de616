/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token: pulling it and arming faults from outside
 * Copyright (C) 2026 the Pena authors */
#include "control.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    Vtoken *card;
    Vpcd *reader;
} Control;

typedef struct {
    const Control *control;
    GSocketConnection *connection;
    GDataInputStream *lines;
} Client;

/* The faults by name; radix 0: no argument. */
static const struct {
    const gchar *name;
    VtokenFault fault;
    guint radix, maximum;
} faults[] = {
    {"pull-at", VTOKEN_FAULT_PULL, 0, 0},       {"sw-at", VTOKEN_FAULT_STATUS, 16, 0xFFFF},
    {"slow-at", VTOKEN_FAULT_SLOW, 10, 600000}, {"garbage-at", VTOKEN_FAULT_GARBAGE, 0, 0},
    {"short-at", VTOKEN_FAULT_SHORT, 0, 0},     {"one-byte-at", VTOKEN_FAULT_ONE_BYTE, 0, 0},
    {"empty-at", VTOKEN_FAULT_EMPTY, 0, 0},     {"reset-at", VTOKEN_FAULT_RESET, 0, 0},
    {"silent-at", VTOKEN_FAULT_SILENT, 0, 0},
};

static gchar *
arm (gchar **words, guint n_words, Vtoken *card)
{
    guint64 nth, argument = 0;

    for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
        if (!g_str_equal (words[0], faults[i].name))
            continue;
        if (n_words != (faults[i].radix == 0 ? 2 : 3) ||
            !g_ascii_string_to_unsigned (words[1], 10, 1, G_MAXINT, &nth, NULL) ||
            (n_words == 3 &&
             !g_ascii_string_to_unsigned (words[2], faults[i].radix, 0, faults[i].maximum, &argument, NULL)))
            return g_strdup ("error wrong arguments");
        vtoken_fault_at (card, faults[i].fault, (guint)nth, (guint)argument);
        return g_strdup ("ok");
    }
    return g_strdup ("error unknown command");
}

static void
pull (Vtoken *card, Vpcd *reader)
{
    if (reader != NULL)
        vpcd_pull (reader);
    else
        vtoken_pull (card);
}

static void
insert (Vtoken *card, Vpcd *reader)
{
    if (reader != NULL)
        vpcd_insert (reader);
    else
        vtoken_insert (card);
}

gchar *
control_run (const gchar *line, Vtoken *card, Vpcd *reader)
{
    g_auto (GStrv) words = g_strsplit (line, " ", 4);
    guint n_words = g_strv_length (words);

    if (n_words == 0)
        return g_strdup ("error empty line");
    if (n_words > 1)
        return arm (words, n_words, card);
    if (g_str_equal (line, "count"))
        return g_strdup_printf ("ok %u", vtoken_get_count (card));
    if (g_str_equal (line, "pull"))
        pull (card, reader);
    else if (g_str_equal (line, "insert"))
        insert (card, reader);
    else if (g_str_equal (line, "reset"))
        vtoken_reset (card);
    else if (g_str_equal (line, "clear"))
        vtoken_fault_clear (card);
    else
        return arm (words, n_words, card);
    return g_strdup ("ok");
}

static void
client_free (Client *client)
{
    g_object_unref (client->lines);
    g_object_unref (client->connection);
    g_free (client);
}

static void read_next (Client *client);

static void
on_line (GObject *source, GAsyncResult *result, gpointer data)
{
    Client *client = data;
    g_autofree gchar *line = g_data_input_stream_read_line_finish (client->lines, result, NULL, NULL);
    GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (client->connection));

    if (line == NULL) {
        client_free (client);
        return;
    }
    g_autofree gchar *answer = control_run (line, client->control->card, client->control->reader);
    g_autofree gchar *answer_line = g_strconcat (answer, "\n", NULL);
    if (g_output_stream_write_all (out, answer_line, strlen (answer_line), NULL, NULL, NULL))
        read_next (client);
    else
        client_free (client);
}

static void
read_next (Client *client)
{
    g_data_input_stream_read_line_async (client->lines, G_PRIORITY_DEFAULT, NULL, on_line, client);
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *connection, GObject *source, gpointer data)
{
    Client *client = g_new0 (Client, 1);

    client->control = data;
    client->connection = g_object_ref (connection);
    client->lines = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
    read_next (client);
    return TRUE;
}

GSocketService *
control_new (const gchar *path, Vtoken *card, Vpcd *reader, GError **error)
{
    g_autoptr (GSocketService) service = g_socket_service_new ();
    g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
    Control *control = g_new0 (Control, 1);

    *control = (Control){.card = card, .reader = reader};
    g_object_set_data_full (G_OBJECT (service), "control", control, g_free);
    g_signal_connect (service, "incoming", G_CALLBACK (on_incoming), control);
    unlink (path);
    if (!g_socket_listener_add_address (G_SOCKET_LISTENER (service), address, G_SOCKET_TYPE_STREAM,
                                        G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, error))
        return NULL;
    return g_steal_pointer (&service);
}
