/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token: selecting applications, command chaining, long answers
 * Copyright (C) 2026 the Pena authors */
#include "vtoken-apdu.h"

#include <string.h>

#define CLA_CHAIN 0x10
#define CHAIN_MAX 8192
#define SELECT_BY_NAME 0x04

/* T=1. The historical bytes are compact TLV: 73 says that applications are selected by whole or partial name,
 * and that command chaining (80) and extended lengths (40) are understood; 54 is the issuer's own text. */
static const guint8 atr[] = {0x3B, 0xFA, 0x13, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x15, 0x80,
                             0x73, 0xC0, 0x21, 0xC0, 0x54, 'P',  'e',  'n',  'a',  0x0E};

static const VtokenApplication *const applications[] = {&vtoken_application_openpgp, &vtoken_application_piv,
                                                        &vtoken_application_pkcs15};

gpointer
vtoken_get_app (Vtoken *self, const VtokenApplication *application)
{
    for (guint i = 0; i < self->n_instances; i++)
        if (self->instances[i].kind == application)
            return self->instances[i].self;
    return NULL;
}

static const VtokenApplication *
find_kind (const gchar *name)
{
    for (guint i = 0; i < G_N_ELEMENTS (applications); i++)
        if (g_str_equal (applications[i]->name, name))
            return applications[i];
    return NULL;
}

Vtoken *
vtoken_new_with (const gchar *names)
{
    g_auto (GStrv) list = g_strsplit (names, " ", G_N_ELEMENTS (applications));
    g_autoptr (Vtoken) self = g_new0 (Vtoken, 1);

    self->serial = g_random_int () >> 1; /* some clients print it as signed */
    self->present = TRUE;
    self->chain = g_byte_array_new ();
    self->pending = g_byte_array_new ();
    self->log_fd = -1;
    self->faults = g_array_new (FALSE, FALSE, sizeof (VtokenArmedFault));
    self->instances = g_new0 (VtokenInstance, G_N_ELEMENTS (applications));
    for (guint i = 0; list[i] != NULL; i++) {
        const VtokenApplication *kind = find_kind (list[i]);
        if (kind == NULL)
            return NULL;
        self->instances[self->n_instances++] = (VtokenInstance){.kind = kind, .self = kind->create (self)};
    }
    vtoken_reset (self);
    return g_steal_pointer (&self);
}

gboolean
vtoken_has (Vtoken *self, const gchar *name)
{
    for (guint i = 0; i < self->n_instances; i++)
        if (g_str_equal (self->instances[i].kind->name, name))
            return TRUE;
    return FALSE;
}

Vtoken *
vtoken_new_blank (void)
{
    return vtoken_new_with ("piv");
}

void
vtoken_free (Vtoken *self)
{
    if (self == NULL)
        return;
    for (guint i = 0; i < self->n_instances; i++)
        self->instances[i].kind->destroy (self->instances[i].self);
    g_free (self->instances);
    g_byte_array_unref (self->chain);
    g_byte_array_unref (self->pending);
    g_array_unref (self->faults);
    g_free (self->path);
    g_free (self);
}

const guint8 *
vtoken_get_atr (Vtoken *self, gsize *ret_length)
{
    const VtokenApplication *only = self->n_instances == 1 ? self->instances[0].kind : NULL;

    *ret_length = only != NULL && only->atr != NULL ? only->atr_length : sizeof atr;
    return only != NULL && only->atr != NULL ? only->atr : atr;
}

guint32
vtoken_get_serial (Vtoken *self)
{
    return self->serial;
}

void
vtoken_reset (Vtoken *self)
{
    self->selected = NULL;
    for (guint i = 0; i < self->n_instances; i++) {
        self->instances[i].kind->end_session (self->instances[i].self);
        if (self->instances[i].kind->has_files)
            self->selected = &self->instances[i];
    }
    self->sequence = 0;
    g_byte_array_set_size (self->chain, 0);
    g_byte_array_set_size (self->pending, 0);
}

void
vtoken_pull (Vtoken *self)
{
    self->present = FALSE;
}

void
vtoken_insert (Vtoken *self)
{
    vtoken_reset (self);
    self->present = TRUE;
}

gboolean
vtoken_is_present (Vtoken *self)
{
    return self->present;
}

static const VtokenInstance *
find_application (Vtoken *self, const guint8 *aid, gsize length)
{
    for (guint i = 0; i < self->n_instances; i++) {
        const VtokenApplication *kind = self->instances[i].kind;
        if (kind->has_name != NULL ? kind->has_name (self->instances[i].self, aid, length)
                                   : length >= kind->aid_least && length <= kind->aid_length &&
                                         memcmp (aid, kind->aid, length) == 0)
            return &self->instances[i];
    }
    return NULL;
}

/* An application that is not there leaves the selected one and its state alone (SP 800-73-4 part 2, 3.1.1).
 */
static guint16
select_application (Vtoken *self, const VtokenCommand *command, GByteArray *answer)
{
    const VtokenInstance *found;

    if (command->p1 != SELECT_BY_NAME || (command->p2 != 0x00 && command->p2 != 0x04 && command->p2 != 0x0C))
        return SW_WRONG_P1P2;
    found = find_application (self, command->data, command->length);
    if (found == NULL)
        return SW_NOT_FOUND;
    if (self->selected != NULL && self->selected != found)
        self->selected->kind->end_session (self->selected->self);
    self->selected = found;
    return found->kind->select (found->self, command, answer);
}

static guint16
run_command (Vtoken *self, VtokenCommand *command, GByteArray *answer)
{
    command->sequence = ++self->sequence;
    if (command->ins == INS_SELECT &&
        (command->p1 == SELECT_BY_NAME || self->selected == NULL || !self->selected->kind->has_files))
        return select_application (self, command, answer);
    if (self->selected == NULL)
        return SW_WRONG_INS;
    return self->selected->kind->command (self->selected->self, command, answer);
}

/* Adds a link to its chain. A link of another command starts anew: the client of the old chain is gone. */
static guint16
add_link (Vtoken *self, const VtokenCommand *command)
{
    const guint8 header[3] = {command->ins, command->p1, command->p2};

    if (self->chain->len > 0 && memcmp (header, self->chain_header, sizeof header) != 0)
        g_byte_array_set_size (self->chain, 0);
    memcpy (self->chain_header, header, sizeof header);
    if (self->chain->len + command->length > CHAIN_MAX) {
        g_byte_array_set_size (self->chain, 0);
        return SW_WRONG_LENGTH;
    }
    if (command->length > 0)
        g_byte_array_append (self->chain, command->data, (guint)command->length);
    return SW_OK;
}

static guint16
run_last_link (Vtoken *self, VtokenCommand *command, GByteArray *answer)
{
    guint16 sw = add_link (self, command);

    if (sw != SW_OK)
        return sw;
    g_autoptr (GByteArray) whole = g_steal_pointer (&self->chain);
    self->chain = g_byte_array_new ();
    command->data = whole->data;
    command->length = whole->len;
    return run_command (self, command, answer);
}

static guint16
dispatch (Vtoken *self, VtokenCommand *command, GByteArray *answer)
{
    if ((command->cla & ~CLA_CHAIN) == 0x0C || (command->cla & ~CLA_CHAIN) == 0x08)
        return SW_SECURE_MESSAGING_UNSUPPORTED;
    if ((command->cla & 0xEC) == 0 && (command->cla & 0x03) != 0)
        return SW_CHANNEL_UNSUPPORTED;
    if ((command->cla & ~CLA_CHAIN) != 0)
        return SW_WRONG_CLA;
    if ((command->cla & CLA_CHAIN) != 0)
        return add_link (self, command);
    return run_last_link (self, command, answer);
}

static void
append_status (GByteArray *out, guint16 sw)
{
    guint8 bytes[2] = {(guint8)(sw >> 8), (guint8)sw};
    g_byte_array_append (out, bytes, sizeof bytes);
}

/* Moves as much as the command wants from what is pending into out, and says how much is left. */
static void
give_pending (Vtoken *self, gsize le, guint16 sw, GByteArray *out)
{
    guint now = (guint)MIN (le, self->pending->len);

    if (now > 0) {
        g_byte_array_append (out, self->pending->data, now);
        g_byte_array_remove_range (self->pending, 0, now);
    }
    if (self->pending->len > 0)
        sw = (guint16)(SW_MORE | (self->pending->len > 0xFF ? 0 : self->pending->len));
    append_status (out, sw);
}

static void
answer_command (Vtoken *self, const guint8 *apdu, gsize length, GByteArray *out)
{
    VtokenCommand command;
    guint16 sw;

    if (!vtoken_apdu_parse (apdu, length, &command)) {
        append_status (out, SW_WRONG_LENGTH);
        return;
    }
    if (command.cla == 0 && command.ins == INS_GET_RESPONSE) {
        if (self->pending->len == 0)
            append_status (out, SW_CONDITIONS);
        else
            give_pending (self, command.le, SW_OK, out);
        return;
    }
    g_byte_array_set_size (self->pending, 0);
    sw = dispatch (self, &command, self->pending);
    if (sw != SW_OK)
        g_byte_array_set_size (self->pending, 0);
    give_pending (self, command.le, sw, out);
}

VtokenResult
vtoken_transmit (Vtoken *self, const guint8 *apdu, gsize apdu_length, guint8 *out, gsize *length)
{
    g_autoptr (GByteArray) answer = g_byte_array_new ();
    VtokenArmedFault fault;
    gboolean faulty;
    gsize capacity = *length;

    *length = 0;
    if (!self->present)
        return VTOKEN_REMOVED;
    self->count++;
    faulty = vtoken_fault_take (self, &fault);
    if (faulty && fault.kind == VTOKEN_FAULT_RESET)
        vtoken_reset (self);
    if (faulty && fault.kind == VTOKEN_FAULT_STATUS)
        append_status (answer, (guint16)fault.argument);
    else
        answer_command (self, apdu, apdu_length, answer);
    if (faulty && fault.kind == VTOKEN_FAULT_PULL) {
        vtoken_pull (self);
        vtoken_log_command (self, apdu, apdu_length, NULL);
        return VTOKEN_REMOVED;
    }
    if (faulty)
        vtoken_fault_spoil (&fault, answer);
    vtoken_log_command (self, apdu, apdu_length, answer);
    g_return_val_if_fail (answer->len <= capacity, VTOKEN_REMOVED);
    if (answer->len > 0)
        memcpy (out, answer->data, answer->len);
    *length = answer->len;
    return faulty && fault.kind == VTOKEN_FAULT_SILENT ? VTOKEN_SILENT : VTOKEN_OK;
}

guint
vtoken_get_count (Vtoken *self)
{
    return self->count;
}

void
vtoken_reset_count (Vtoken *self)
{
    for (guint i = 0; i < self->faults->len; i++)
        g_array_index (self->faults, VtokenArmedFault, i).at -= self->count;
    self->count = 0;
}
