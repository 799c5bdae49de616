/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token behind the transport table, in process
 * Copyright (C) 2026 the Pena authors */
#include "vtoken-transport.h"

#include <openssl/crypto.h>
#include <pena/pena-error.h>
#include <string.h>

#define READER "Virtual reader 00 00"
#define READER_BESIDE "Virtual reader 01 00"

typedef struct {
    PenaTransport parent;
    VtokenWorld *world;
} Transport;

typedef struct {
    PenaLink parent;
    VtokenWorld *world;
    guint64 changes; /* of the world when it was made: a link is to one card */
} Link;

Vtoken *
vtoken_world_make_card (VtokenAlgorithm algorithm, const guint8 *slots)
{
    static const guint8 usual[] = {0x9A, 0x9C, 0};
    g_autoptr (GError) error = NULL;
    Vtoken *card = vtoken_new_blank ();

    for (slots = slots != NULL ? slots : usual; *slots != 0; slots++) {
        vtoken_personalise (card, algorithm, *slots, vtoken_issue_test, NULL, &error);
        g_assert_no_error (error);
    }
    vtoken_reset (card);
    vtoken_reset_count (card);
    return card;
}

Vtoken *
vtoken_world_make_openpgp (VtokenAlgorithm algorithm)
{
    Vtoken *card = vtoken_new_with ("openpgp");
    g_autoptr (GError) error = NULL;

    for (guint8 slot = 1; slot <= 3; slot++) {
        vtoken_personalise_openpgp (card, algorithm, slot, vtoken_issue_test, NULL, &error);
        g_assert_no_error (error);
    }
    return card;
}

Vtoken *
vtoken_world_make_pkcs15 (const gchar *layout, VtokenAlgorithm algorithm)
{
    Vtoken *card = vtoken_new_pkcs15 (layout);
    g_autoptr (GError) error = NULL;

    for (guint8 reference = 1; reference <= 2; reference++) {
        vtoken_pkcs15_personalise (card, algorithm, reference, vtoken_issue_test, NULL, &error);
        g_assert_no_error (error);
    }
    return card;
}

/* A pull that was a fault of the card's own counts once it is seen. */
static void
note_presence (VtokenWorld *world)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&world->presence);
    gboolean present = vtoken_is_present (world->card);

    if (present != world->was_present)
        world->changes++;
    world->was_present = present;
}

/* Until the card speaks. Those who wait must not find it out by the clock. */
static void
keep_silent (VtokenWorld *world, PenaTransport *transport)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&world->silence);

    world->silent = TRUE;
    world->silences++;
    if (transport != NULL)
        pena_transport_give_up (transport);
    while (world->silent)
        g_cond_wait (&world->spoken, &world->silence);
}

/* TRUE when it was. */
static gboolean
maybe_keep_silent (VtokenWorld *world, PenaTransport *transport, VtokenCall call)
{
    if (world->silent_call != call)
        return FALSE;
    world->silent_call = VTOKEN_CALL_NONE;
    keep_silent (world, transport);
    return TRUE;
}

void
vtoken_world_speak (VtokenWorld *world)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&world->silence);

    world->silent = FALSE;
    g_cond_broadcast (&world->spoken);
}

void
vtoken_world_insert (VtokenWorld *world)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&world->working);

    note_presence (world);
    vtoken_insert (world->card);
    note_presence (world);
}

void
vtoken_world_pull (VtokenWorld *world)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&world->working);

    vtoken_pull (world->card);
    note_presence (world);
    vtoken_world_speak (world);
}

void
vtoken_world_reset (VtokenWorld *world)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&world->working);

    vtoken_reset (world->card);
    world->reset = TRUE;
}

/* It counts anew, and every link to the one before is dead. */
void
vtoken_world_start_service (VtokenWorld *world)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&world->presence);

    if (world->service_down)
        world->changes++;
    world->service_down = FALSE;
    world->service_ends_at = 0;
}

guint16
vtoken_world_send (VtokenWorld *world, const gchar *hex)
{
    g_autofree guint8 *answer = g_malloc (VTOKEN_ANSWER_MAX);
    g_autoptr (GByteArray) apdu = g_byte_array_new ();
    gsize length = VTOKEN_ANSWER_MAX;

    g_assert_false (world->in_transaction);
    for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
        guint8 byte = (guint8)(g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));
        g_byte_array_append (apdu, &byte, 1);
    }
    g_assert_cmpint (vtoken_transmit (world->card, apdu->data, apdu->len, answer, &length), ==, VTOKEN_OK);
    g_assert_cmpuint (length, >=, 2);
    return (guint16)(answer[length - 2] << 8 | answer[length - 1]);
}

static gboolean
fail (GError **error, PenaErrorCode code)
{
    g_set_error (error, PENA_ERROR, code, "virtual reader: %s", pena_error_name (code));
    return FALSE;
}

static void
add_reader (GPtrArray *readers, const gchar *name, VtokenWorld *world)
{
    PenaCardReader *reader = g_new0 (PenaCardReader, 1);

    note_presence (world);
    reader->name = g_strdup (name);
    reader->present = world->was_present;
    reader->changes = world->changes;
    g_ptr_array_add (readers, reader);
}

static GPtrArray *
world_list (PenaTransport *transport, GError **error)
{
    VtokenWorld *world = ((Transport *)transport)->world;

    maybe_keep_silent (world, transport, VTOKEN_CALL_LIST);
    if (world->service_down) {
        fail (error, PENA_ERROR_READER_SERVICE_DOWN);
        return NULL;
    }
    GPtrArray *readers = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_card_reader_free);
    add_reader (readers, READER, world);
    if (world->beside != NULL)
        add_reader (readers, READER_BESIDE, world->beside);
    return readers;
}

static gboolean
check_same_card (Link *link, GError **error)
{
    if (link->world->service_down)
        return fail (error, PENA_ERROR_READER_SERVICE_DOWN);
    note_presence (link->world);
    return (link->world->was_present && link->world->changes == link->changes) ||
           fail (error, PENA_ERROR_TOKEN_REMOVED);
}

static PenaLink *
world_connect (PenaTransport *transport, const gchar *reader, GError **error)
{
    VtokenWorld *world = ((Transport *)transport)->world;
    static const guint8 silent[] = {0x3B, 0x00};
    gsize length = sizeof silent;

    if (g_str_equal (reader, READER_BESIDE))
        world = world->beside;
    else
        g_assert_cmpstr (reader, ==, READER);
    maybe_keep_silent (world, transport, VTOKEN_CALL_CONNECT);
    note_presence (world);
    if (world->service_down) {
        fail (error, PENA_ERROR_READER_SERVICE_DOWN);
        return NULL;
    }
    if (!world->was_present) {
        fail (error, PENA_ERROR_TOKEN_MISSING);
        return NULL;
    }
    Link *link = g_new0 (Link, 1);
    const guint8 *atr = world->silent_atr ? silent : vtoken_get_atr (world->card, &length);
    link->parent.ops = transport->ops;
    memcpy (link->parent.atr, atr, MIN (length, PENA_ATR_MAX));
    link->parent.atr_length = MIN (length, PENA_ATR_MAX);
    link->parent.pad_verifies = link->parent.pad_modifies = world->has_pad;
    link->world = world;
    link->changes = world->changes;
    return &link->parent;
}

static gboolean
world_begin (PenaLink *parent, gboolean *ret_reset, GError **error)
{
    Link *link = (Link *)parent;

    maybe_keep_silent (link->world, parent->transport, VTOKEN_CALL_BEGIN);
    g_assert_false (link->world->in_transaction);
    if (!check_same_card (link, error))
        return FALSE;
    link->world->in_transaction = TRUE;
    link->world->transactions++;
    *ret_reset = link->world->reset;
    link->world->reset = FALSE;
    return TRUE;
}

static void
world_end (PenaLink *parent)
{
    VtokenWorld *world = ((Link *)parent)->world;

    maybe_keep_silent (world, parent->transport, VTOKEN_CALL_END);
    g_assert_true (world->in_transaction);
    world->in_transaction = FALSE;
}

/* The card's answer, or a filter's. */
static void
run_command (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *out, gsize *size)
{
    if (world->filter != NULL)
        world->filter (world, command, command_length, out, size);
    else if (vtoken_transmit (world->card, command, command_length, out, size) == VTOKEN_SILENT)
        world->silent_call = VTOKEN_CALL_TRANSMIT;
}

static gboolean
carry_out (Link *link, const guint8 *command, gsize command_length, guint8 *out, gsize *size, GError **error)
{
    VtokenWorld *world = link->world;
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&world->working);

    g_assert_true (world->in_transaction);
    if (world->service_ends_at > 0 && --world->service_ends_at == 0)
        world->service_down = TRUE;
    if (!check_same_card (link, error))
        return FALSE;
    run_command (world, command, command_length, out, size);
    /* The thread may still be there when the test ends, and its random numbers with it: that would count as a leak. */
    OPENSSL_thread_stop ();
    return TRUE;
}

/* As PC/SC: a card that goes in mid-command answers nothing, and that is called a success. */
static gboolean
world_transmit (PenaLink *parent, const guint8 *command, gsize command_length, guint8 *answer, gsize *length,
                GError **error)
{
    Link *link = (Link *)parent;
    g_autofree guint8 *out = g_malloc (VTOKEN_ANSWER_MAX);
    gsize size = VTOKEN_ANSWER_MAX;

    if (!carry_out (link, command, command_length, out, &size, error))
        return FALSE;
    gboolean late = maybe_keep_silent (link->world, parent->transport, VTOKEN_CALL_TRANSMIT);
    if (size > *length || (late && link->world->late_fails))
        return fail (error, PENA_ERROR_TOKEN_FAILED);
    memcpy (answer, out, size);
    *length = size;
    return TRUE;
}

/* A reader that puts PINs into padded blocks (PC/SC part 10, 2.5.2 and 2.5.3). */
static gboolean
world_pin_pad (PenaLink *parent, PenaPinPadAction action, const guint8 *request, gsize length,
               guint8 answer[2], gsize *ret_length, GError **error)
{
    enum { VERIFY_HEAD = 19, MODIFY_HEAD = 24, OFFSET_OLD = 5, OFFSET_NEW = 6, APDU_DATA = 5 };
    VtokenWorld *world = ((Link *)parent)->world;
    gboolean modify = action == PENA_PIN_PAD_MODIFY;
    gsize head = modify ? MODIFY_HEAD : VERIFY_HEAD;
    guint8 apdu[64];
    gsize size = VTOKEN_ANSWER_MAX;
    g_autofree guint8 *out = g_malloc (size);
    guint16 says = world->pad_says;

    maybe_keep_silent (world, parent->transport, VTOKEN_CALL_PIN_PAD);
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&world->working);
    g_assert_true (world->in_transaction);
    if (!check_same_card ((Link *)parent, error))
        return FALSE;
    world->pad_uses++;
    g_assert_cmpuint (length, >=, head + APDU_DATA);
    g_assert_cmpuint (length - head, <=, sizeof apdu);
    memcpy (apdu, request + head, length - head);
    memcpy (apdu + APDU_DATA + (modify ? request[OFFSET_OLD] : 0), world->typed, strlen (world->typed));
    if (modify)
        memcpy (apdu + APDU_DATA + request[OFFSET_NEW], world->changed, strlen (world->changed));
    gsize sent = length - head;
    if (apdu[APDU_DATA - 1] == 0) { /* a PIN that is not padded */
        apdu[APDU_DATA - 1] = (guint8)strlen (world->typed);
        sent = APDU_DATA + strlen (world->typed);
    }
    if (says == 0) {
        vtoken_transmit (world->card, apdu, sent, out, &size);
        says = (guint16)(out[size - 2] << 8 | out[size - 1]);
    }
    answer[0] = (guint8)(says >> 8);
    answer[1] = (guint8)says;
    *ret_length = 2;
    return TRUE;
}

static gboolean
world_reset (PenaLink *parent, GError **error)
{
    Link *link = (Link *)parent;

    maybe_keep_silent (link->world, parent->transport, VTOKEN_CALL_RESET);
    if (!check_same_card (link, error))
        return FALSE;
    vtoken_reset (link->world->card);
    return TRUE;
}

static void
world_disconnect (PenaLink *parent)
{
    maybe_keep_silent (((Link *)parent)->world, NULL, VTOKEN_CALL_DISCONNECT);
    g_free (parent);
}

/* A test's own waiting may look again and again. */
static gboolean
look_for_change (VtokenWorld *world, PenaTransport *transport, GPtrArray *known)
{
    while (!g_atomic_int_get (&world->cancelled)) {
        g_autoptr (GPtrArray) now = world_list (transport, NULL);
        if ((now == NULL) != (known == NULL))
            return TRUE;
        if (now != NULL &&
            ((PenaCardReader *)now->pdata[0])->changes != ((PenaCardReader *)known->pdata[0])->changes)
            return TRUE;
        g_usleep (1000);
    }
    return FALSE;
}

static gboolean
world_wait (PenaTransport *transport, GPtrArray *known)
{
    VtokenWorld *world = ((Transport *)transport)->world;

    g_atomic_int_inc (&world->waiting);
    gboolean changed = look_for_change (world, transport, known);
    g_atomic_int_dec_and_test (&world->waiting);
    return changed;
}

static void
world_cancel (PenaTransport *transport)
{
    VtokenWorld *world = ((Transport *)transport)->world;

    maybe_keep_silent (world, transport, VTOKEN_CALL_CANCEL);
    g_atomic_int_set (&world->cancelled, TRUE);
}

static void
world_free (PenaTransport *transport)
{
    g_free (transport);
}

static const PenaTransportOps ops = {
    .name = "vtoken",
    .list = world_list,
    .connect = world_connect,
    .free = world_free,
    .wait = world_wait,
    .cancel = world_cancel,
    .begin = world_begin,
    .end = world_end,
    .transmit = world_transmit,
    .pin_pad = world_pin_pad,
    .reset = world_reset,
    .disconnect = world_disconnect,
};

PenaTransport *
vtoken_transport_new (VtokenWorld *world)
{
    Transport *self = g_new0 (Transport, 1);

    pena_transport_init (&self->parent, &ops);
    self->world = world;
    world->cancelled = FALSE;
    return &self->parent;
}
