/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: cards by way of pcscd
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-pcsc.h"

#include <PCSC/reader.h>
#include <PCSC/winscard.h>
#include <PCSC/wintypes.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-pcsc-wait.h"
#include "pena-pin-pad.h"

typedef struct {
    PenaTransport parent;
    SCARDCONTEXT context;
    gboolean connected;
    guint32 epoch; /* how often pcscd was connected to: its own counts begin anew each time */
    PenaPcscWait *wait;
} Pcsc;

typedef struct {
    PenaLink parent;
    SCARDCONTEXT context; /* its own: libpcsclite keeps a context locked for as long as a card is at work */
    gchar *reader;
    DWORD changes; /* as pcscd counts: of the card that this is a link to */
    SCARDHANDLE handle;
    DWORD protocol;
    gboolean reset;     /* to be told at the next begin */
    guint32 control[2]; /* of the PIN pad, by PenaPinPadAction; 0: it cannot do that */
} PcscLink;

/* pcscd has 16 readers at most. */
enum { READERS_MAX = 16, RECONNECTS_MAX = 4, FEATURES_MAX = 256 };

static const struct {
    LONG pcsc;
    PenaErrorCode code;
} codes[] = {
    {SCARD_E_NO_SERVICE, PENA_ERROR_READER_SERVICE_DOWN},
    {SCARD_E_SERVICE_STOPPED, PENA_ERROR_READER_SERVICE_DOWN},
    {SCARD_E_INVALID_HANDLE, PENA_ERROR_READER_SERVICE_DOWN}, /* of a pcscd that was restarted */
    {SCARD_F_COMM_ERROR, PENA_ERROR_READER_SERVICE_DOWN},
    {SCARD_E_NO_SMARTCARD, PENA_ERROR_TOKEN_MISSING},
    {SCARD_E_NO_READERS_AVAILABLE, PENA_ERROR_TOKEN_MISSING},
    {SCARD_E_UNKNOWN_READER, PENA_ERROR_TOKEN_MISSING},
    {SCARD_W_REMOVED_CARD, PENA_ERROR_TOKEN_REMOVED},
    {SCARD_W_RESET_CARD, PENA_ERROR_TOKEN_REMOVED},
    {SCARD_E_READER_UNAVAILABLE, PENA_ERROR_TOKEN_REMOVED},
    {SCARD_E_NOT_TRANSACTED, PENA_ERROR_TOKEN_REMOVED}, /* the card died in mid-command */
    {SCARD_E_SHARING_VIOLATION, PENA_ERROR_TOKEN_BUSY},
    {SCARD_W_UNPOWERED_CARD, PENA_ERROR_TOKEN_FAILED},
    {SCARD_W_UNRESPONSIVE_CARD, PENA_ERROR_TOKEN_FAILED},
    {SCARD_W_UNSUPPORTED_CARD, PENA_ERROR_TOKEN_UNSUPPORTED},
    {SCARD_E_PROTO_MISMATCH, PENA_ERROR_TOKEN_UNSUPPORTED},
    {SCARD_E_INSUFFICIENT_BUFFER, PENA_ERROR_TOKEN_FAILED},
    {SCARD_E_NO_MEMORY, PENA_ERROR_INTERNAL},
    {SCARD_E_INVALID_PARAMETER, PENA_ERROR_INTERNAL},
};

gint
pena_pcsc_error_code (glong code)
{
    for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
        if ((guint32)codes[i].pcsc == (guint32)code)
            return codes[i].code;
    return PENA_ERROR_TOKEN_FAILED;
}

static gboolean
check (LONG rv, const gchar *doing, GError **error)
{
    if (rv == SCARD_S_SUCCESS)
        return TRUE;
    g_set_error (error, PENA_ERROR, pena_pcsc_error_code (rv), "%s: PC/SC 0x%08lx", doing,
                 (gulong)(guint32)rv);
    return FALSE;
}

static void
drop_context (Pcsc *self)
{
    if (self->connected)
        SCardReleaseContext (self->context);
    self->connected = FALSE;
}

static gboolean
ensure_context (Pcsc *self, GError **error)
{
    if (self->connected && SCardIsValidContext (self->context) == SCARD_S_SUCCESS)
        return TRUE;
    drop_context (self);
    LONG rv = SCardEstablishContext (SCARD_SCOPE_SYSTEM, NULL, NULL, &self->context);
    if (!check (rv, "cannot reach the smart card service", error))
        return FALSE;
    self->connected = TRUE;
    self->epoch++;
    return TRUE;
}

/* Names of all readers, one after the other, each with its NUL. */
static LONG
list_names (Pcsc *self, GPtrArray *names)
{
    g_autofree gchar *all = NULL;
    DWORD length = 0;

    LONG rv = SCardListReaders (self->context, NULL, NULL, &length);
    if (rv == SCARD_E_NO_READERS_AVAILABLE)
        return SCARD_S_SUCCESS;
    if (rv != SCARD_S_SUCCESS)
        return rv;
    all = g_malloc0 (length + 2);
    rv = SCardListReaders (self->context, NULL, all, &length);
    if (rv == SCARD_E_NO_READERS_AVAILABLE)
        return SCARD_S_SUCCESS;
    if (rv != SCARD_S_SUCCESS)
        return rv;
    for (const gchar *at = all; *at != '\0' && names->len < READERS_MAX; at += strlen (at) + 1)
        g_ptr_array_add (names, g_strdup (at));
    return SCARD_S_SUCCESS;
}

static LONG
read_states (Pcsc *self, GPtrArray *names, GPtrArray *ret_readers)
{
    SCARD_READERSTATE states[READERS_MAX] = {0};

    if (names->len == 0)
        return SCARD_S_SUCCESS;
    for (guint i = 0; i < names->len; i++)
        states[i].szReader = names->pdata[i];
    LONG rv = SCardGetStatusChange (self->context, 0, states, names->len);
    if (rv != SCARD_S_SUCCESS)
        return rv;
    for (guint i = 0; i < names->len; i++) {
        PenaCardReader *reader = g_new0 (PenaCardReader, 1);
        DWORD state = states[i].dwEventState;
        reader->name = g_strdup (names->pdata[i]);
        reader->present = (state & SCARD_STATE_PRESENT) != 0;
        reader->changes = (guint64)self->epoch << 32 | PENA_PCSC_CHANGES (state);
        g_ptr_array_add (ret_readers, reader);
    }
    return SCARD_S_SUCCESS;
}

static GPtrArray *
pcsc_list (PenaTransport *transport, GError **error)
{
    Pcsc *self = (Pcsc *)transport;
    LONG rv = SCARD_S_SUCCESS;

    /* A reader that is pulled out between the two calls, or a pcscd that was restarted, is worth a second
     * look. */
    for (guint attempt = 0; attempt < 2; attempt++) {
        g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
        g_autoptr (GPtrArray) readers =
            g_ptr_array_new_with_free_func ((GDestroyNotify)pena_card_reader_free);
        if (!ensure_context (self, error))
            return NULL;
        rv = list_names (self, names);
        if (rv == SCARD_S_SUCCESS)
            rv = read_states (self, names, readers);
        if (rv == SCARD_S_SUCCESS)
            return g_steal_pointer (&readers);
        if (rv != SCARD_E_UNKNOWN_READER)
            drop_context (self);
    }
    check (rv, "cannot list the readers", error);
    return NULL;
}

static void
pcsc_free (PenaTransport *transport)
{
    Pcsc *self = (Pcsc *)transport;

    drop_context (self);
    pena_pcsc_wait_free (self->wait);
    g_free (self);
}

static gboolean
pcsc_wait (PenaTransport *transport, GPtrArray *known)
{
    return pena_pcsc_wait (((Pcsc *)transport)->wait, known);
}

static void
pcsc_cancel (PenaTransport *transport)
{
    pena_pcsc_wait_cancel (((Pcsc *)transport)->wait);
}

/* How often a card has come or gone. */
static LONG
count_changes (SCARDCONTEXT context, const gchar *reader, DWORD *ret_changes)
{
    SCARD_READERSTATE state = {.szReader = reader, .dwCurrentState = SCARD_STATE_UNAWARE};
    LONG rv = SCardGetStatusChange (context, 0, &state, 1);

    if (rv == SCARD_S_SUCCESS)
        *ret_changes = PENA_PCSC_CHANGES (state.dwEventState);
    return rv;
}

/* Asks the reader, not the card. A reader that does not answer has no pad. */
static void
find_pin_pad (PcscLink *link)
{
    guint8 features[FEATURES_MAX];
    DWORD length = 0;

    if (SCardControl (link->handle, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, features, sizeof features,
                      &length) != SCARD_S_SUCCESS)
        return;
    pena_pin_pad_parse_features (features, MIN (length, sizeof features), &link->control[PENA_PIN_PAD_VERIFY],
                                 &link->control[PENA_PIN_PAD_MODIFY]);
    link->parent.pad_verifies = link->control[PENA_PIN_PAD_VERIFY] != 0;
    link->parent.pad_modifies = link->control[PENA_PIN_PAD_MODIFY] != 0;
}

static void
pcsc_disconnect (PenaLink *link)
{
    PcscLink *self = (PcscLink *)link;

    if (self->handle != 0)
        SCardDisconnect (self->handle, SCARD_LEAVE_CARD);
    SCardReleaseContext (self->context);
    g_free (self->reader);
    g_free (self);
}

static gboolean
connect_card (PcscLink *self, GError **error)
{
    DWORD name_length = 0;
    DWORD state;
    DWORD atr_length = PENA_ATR_MAX;

    LONG rv = count_changes (self->context, self->reader, &self->changes);
    if (rv == SCARD_S_SUCCESS)
        rv = SCardConnect (self->context, self->reader, SCARD_SHARE_SHARED,
                           SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &self->handle, &self->protocol);
    if (!check (rv, "cannot connect to the card", error))
        return FALSE;
    rv = SCardStatus (self->handle, NULL, &name_length, &state, &self->protocol, self->parent.atr,
                      &atr_length);
    self->parent.atr_length = MIN (atr_length, PENA_ATR_MAX);
    self->parent.t0 = self->protocol == SCARD_PROTOCOL_T0;
    if (!check (rv, "cannot read the card's ATR", error))
        return FALSE;
    find_pin_pad (self);
    return TRUE;
}

static PenaLink *
pcsc_connect (PenaTransport *transport, const gchar *reader, GError **error)
{
    SCARDCONTEXT context;
    LONG rv = SCardEstablishContext (SCARD_SCOPE_SYSTEM, NULL, NULL, &context);

    if (!check (rv, "cannot reach the smart card service", error))
        return NULL;
    PcscLink *link = g_new0 (PcscLink, 1);
    link->parent.ops = transport->ops;
    link->context = context;
    link->reader = g_strdup (reader);
    if (connect_card (link, error))
        return &link->parent;
    pcsc_disconnect (&link->parent);
    return NULL;
}

/* pcscd remembers one event only: a card that went, and another that came and was reset by somebody, look
 * like a reset alone. Whoever holds the transaction can tell. */
static LONG
check_same_card (PcscLink *self)
{
    DWORD changes;
    LONG rv = count_changes (self->context, self->reader, &changes);

    return rv == SCARD_S_SUCCESS && changes != self->changes ? SCARD_W_REMOVED_CARD : rv;
}

static LONG
reconnect (PcscLink *self, DWORD initialization)
{
    return SCardReconnect (self->handle, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                           initialization, &self->protocol);
}

static gboolean
pcsc_begin (PenaLink *link, gboolean *ret_reset, GError **error)
{
    PcscLink *self = (PcscLink *)link;
    LONG rv = SCardBeginTransaction (self->handle);

    for (guint i = 0; rv == SCARD_W_RESET_CARD && i < RECONNECTS_MAX; i++) {
        self->reset = TRUE;
        rv = reconnect (self, SCARD_LEAVE_CARD);
        if (rv == SCARD_S_SUCCESS)
            rv = SCardBeginTransaction (self->handle);
    }
    if (rv == SCARD_S_SUCCESS && self->reset) {
        rv = check_same_card (self);
        if (rv != SCARD_S_SUCCESS)
            SCardEndTransaction (self->handle, SCARD_LEAVE_CARD);
    }
    if (!check (rv, "cannot begin to use the card", error))
        return FALSE;
    *ret_reset = self->reset;
    self->reset = FALSE;
    return TRUE;
}

static void
pcsc_end (PenaLink *link)
{
    SCardEndTransaction (((PcscLink *)link)->handle, SCARD_LEAVE_CARD);
}

static gboolean
pcsc_transmit (PenaLink *link, const guint8 *command, gsize command_length, guint8 *answer, gsize *length,
               GError **error)
{
    PcscLink *self = (PcscLink *)link;
    DWORD room = *length;
    const SCARD_IO_REQUEST *request = self->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;

    LONG rv = SCardTransmit (self->handle, request, command, command_length, NULL, answer, &room);
    if (!check (rv, "the card did not answer", error))
        return FALSE;
    *length = room;
    return TRUE;
}

static gboolean
pcsc_pin_pad (PenaLink *link, PenaPinPadAction action, const guint8 *request, gsize length, guint8 answer[2],
              gsize *ret_length, GError **error)
{
    PcscLink *self = (PcscLink *)link;
    DWORD answered = 0;

    LONG rv = SCardControl (self->handle, self->control[action], request, length, answer, 2, &answered);
    if (!check (rv, "the reader did not take the PIN", error))
        return FALSE;
    *ret_length = answered;
    return TRUE;
}

static gboolean
pcsc_reset (PenaLink *link, GError **error)
{
    return check (reconnect ((PcscLink *)link, SCARD_RESET_CARD), "cannot reset the card", error);
}

static const PenaTransportOps pcsc_ops = {
    .name = "pcsc",
    .list = pcsc_list,
    .connect = pcsc_connect,
    .free = pcsc_free,
    .wait = pcsc_wait,
    .cancel = pcsc_cancel,
    .begin = pcsc_begin,
    .end = pcsc_end,
    .transmit = pcsc_transmit,
    .pin_pad = pcsc_pin_pad,
    .reset = pcsc_reset,
    .disconnect = pcsc_disconnect,
};

PenaTransport *
pena_pcsc_new (void)
{
    Pcsc *self = g_new0 (Pcsc, 1);

    pena_transport_init (&self->parent, &pcsc_ops);
    self->wait = pena_pcsc_wait_new ();
    return &self->parent;
}
