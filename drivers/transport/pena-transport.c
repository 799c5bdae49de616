/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what all transports have in common
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-transport.h"

#include <pena/pena-error.h>

#include "pena-atr.h"

void
pena_card_reader_free (PenaCardReader *self)
{
    g_free (self->name);
    g_free (self);
}

GPtrArray *
pena_transport_list (PenaTransport *self, GError **error)
{
    return self->ops->list (self, error);
}

gboolean
pena_transport_wait (PenaTransport *self, GPtrArray *known)
{
    return self->ops->wait (self, known);
}

void
pena_transport_cancel (PenaTransport *self)
{
    self->ops->cancel (self);
}

void
pena_transport_free (PenaTransport *self)
{
    if (self != NULL)
        self->ops->free (self);
}

PenaLink *
pena_transport_connect (PenaTransport *self, const gchar *reader, GError **error)
{
    g_autoptr (PenaLink) link = self->ops->connect (self, reader, error);

    if (link == NULL)
        return NULL;
    link->command = pena_secret_new (PENA_LINK_COMMAND_MAX, FALSE, error);
    if (link->command == NULL)
        return NULL;
    link->answer = pena_secret_new (PENA_LINK_ANSWER_MAX, FALSE, error);
    if (link->answer == NULL)
        return NULL;
    link->extended = !link->t0 && pena_atr_says_extended (link->atr, link->atr_length);
    return g_steal_pointer (&link);
}

void
pena_link_free (PenaLink *self)
{
    if (self == NULL)
        return;
    pena_link_end (self);
    pena_secret_free (self->command);
    pena_secret_free (self->answer);
    self->ops->disconnect (self);
}

static gboolean
check_not_lost (PenaLink *self, GError **error)
{
    if (!self->lost)
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_REMOVED, "the card is gone");
    return FALSE;
}

/* An error after which this connection can never work again. */
static gboolean
note_loss (PenaLink *self, const GError *error)
{
    if (g_error_matches (error, PENA_ERROR, PENA_ERROR_TOKEN_REMOVED) ||
        g_error_matches (error, PENA_ERROR, PENA_ERROR_READER_SERVICE_DOWN))
        self->lost = TRUE;
    return FALSE;
}

gboolean
pena_link_begin (PenaLink *self, gboolean *ret_reset, GError **error)
{
    g_autoptr (GError) local = NULL;

    *ret_reset = FALSE;
    if (!check_not_lost (self, error))
        return FALSE;
    if (!self->ops->begin (self, ret_reset, &local)) {
        note_loss (self, local);
        g_propagate_error (error, g_steal_pointer (&local));
        return FALSE;
    }
    self->open = TRUE;
    return TRUE;
}

void
pena_link_end (PenaLink *self)
{
    if (self->open)
        self->ops->end (self);
    self->open = FALSE;
}

gboolean
pena_link_reset (PenaLink *self, GError **error)
{
    g_autoptr (GError) local = NULL;

    if (!check_not_lost (self, error))
        return FALSE;
    if (self->ops->reset (self, &local))
        return TRUE;
    note_loss (self, local);
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
}

void
pena_link_set_trace (PenaLink *self, PenaLinkTrace trace, gpointer data)
{
    self->trace = trace;
    self->trace_data = data;
}

gboolean
pena_link_transmit (PenaLink *self, guint16 *ret_sw, GError **error)
{
    PenaSecret *answer = self->answer;
    g_autoptr (GError) local = NULL;

    if (!check_not_lost (self, error))
        return FALSE;
    pena_secret_clear (answer);
    gsize length = answer->capacity;
    if (!self->ops->transmit (self, self->command->data, self->command->length, answer->data, &length,
                              &local)) {
        note_loss (self, local);
        pena_secret_clear (self->command);
        g_propagate_error (error, g_steal_pointer (&local));
        return FALSE;
    }
    if (length < 2 || length > answer->capacity) {
        self->lost = TRUE;
        pena_secret_clear (self->command);
        pena_secret_clear (answer);
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_REMOVED,
                     "the card answered %" G_GSIZE_FORMAT " bytes", length);
        return FALSE;
    }
    *ret_sw = (guint16)(answer->data[length - 2] << 8 | answer->data[length - 1]);
    answer->length = length - 2;
    if (self->trace != NULL)
        self->trace (self->command->data, self->command->length, answer->length, *ret_sw, self->trace_data);
    pena_secret_clear (self->command);
    return TRUE;
}

gboolean
pena_link_pin_pad (PenaLink *self, PenaPinPadAction action, const guint8 *request, gsize length,
                   guint16 *ret_sw, GError **error)
{
    guint8 answer[2];
    gsize answered = 0;
    g_autoptr (GError) local = NULL;

    if (!check_not_lost (self, error))
        return FALSE;
    if (!self->ops->pin_pad (self, action, request, length, answer, &answered, &local)) {
        note_loss (self, local);
        g_propagate_error (error, g_steal_pointer (&local));
        return FALSE;
    }
    if (answered != sizeof answer) {
        self->lost = TRUE;
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_REMOVED, "the reader answered no status");
        return FALSE;
    }
    *ret_sw = (guint16)(answer[0] << 8 | answer[1]);
    return TRUE;
}
