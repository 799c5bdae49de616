/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: sessions and what goes on in them
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "session.h"

#include "login.h"

void
pena_mod_session_free (PenaModSession *self)
{
    for (guint kind = 0; kind < PENA_MOD_N_KINDS; kind++)
        pena_mod_operation_free (self->operations[kind]);
    if (self->found != NULL)
        g_array_unref (self->found);
    g_free (self);
}

PenaModSession *
pena_mod_find_session (PenaMod *self, CK_SESSION_HANDLE handle)
{
    return g_hash_table_lookup (self->sessions, GSIZE_TO_POINTER (handle));
}

CK_RV
pena_mod_enter_session (PenaMod *self, CK_SESSION_HANDLE handle, PenaModSession **ret_session)
{
    for (;;) {
        PenaModSession *session = pena_mod_find_session (self, handle);
        if (session == NULL)
            return CKR_SESSION_HANDLE_INVALID;
        if (!session->slot->busy) {
            *ret_session = session;
            return CKR_OK;
        }
        if (!pena_mod_await_idle ())
            return CKR_CRYPTOKI_NOT_INITIALIZED;
    }
}

CK_RV
pena_mod_open_session (PenaMod *self, PenaModSlot *slot, gboolean read_write, CK_SESSION_HANDLE *ret_handle)
{
    CK_RV rv = pena_mod_need_token (self, slot);

    if (rv != CKR_OK)
        return rv;
    if (!read_write && slot->user == PENA_MOD_OFFICER)
        return CKR_SESSION_READ_WRITE_SO_EXISTS;
    PenaModSession *session = g_new0 (PenaModSession, 1);
    session->handle = ++self->last_session;
    session->slot = slot;
    session->read_write = read_write;
    g_hash_table_insert (self->sessions, GSIZE_TO_POINTER (session->handle), session);
    *ret_handle = session->handle;
    return CKR_OK;
}

void
pena_mod_count_sessions (PenaMod *self, PenaModSlot *slot, CK_ULONG *ret_all, CK_ULONG *ret_read_write)
{
    GHashTableIter iter;
    PenaModSession *session;

    *ret_all = *ret_read_write = 0;
    g_hash_table_iter_init (&iter, self->sessions);
    while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&session)) {
        if (session->slot != slot)
            continue;
        ++*ret_all;
        *ret_read_write += session->read_write ? 1 : 0;
    }
}

gboolean
pena_mod_has_read_only_session (PenaMod *self, PenaModSlot *slot)
{
    CK_ULONG all, writing;

    pena_mod_count_sessions (self, slot, &all, &writing);
    return all > writing;
}

static void
forget_made (PenaModSlot *slot, CK_SESSION_HANDLE owner)
{
    for (guint i = slot->made->len; i > 0; i--)
        if (((PenaModObject *)slot->made->pdata[i - 1])->owner == owner)
            g_ptr_array_remove_index (slot->made, i - 1);
}

CK_RV
pena_mod_close_session (PenaMod *self, PenaModSession *session)
{
    PenaModSlot *slot = session->slot;
    CK_ULONG left, writing;

    forget_made (slot, session->handle);
    g_hash_table_remove (self->sessions, GSIZE_TO_POINTER (session->handle));
    pena_mod_count_sessions (self, slot, &left, &writing);
    if (left == 0 && slot->user != PENA_MOD_NOBODY)
        pena_mod_logout (self, slot);
    return CKR_OK;
}

void
pena_mod_close_sessions (PenaMod *self, PenaModSlot *slot)
{
    GHashTableIter iter;
    PenaModSession *session;

    g_hash_table_iter_init (&iter, self->sessions);
    while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&session))
        if (session->slot == slot)
            g_hash_table_iter_remove (&iter);
    g_ptr_array_set_size (slot->made, 0);
}

static void
end_private (PenaModSession *session)
{
    static const PenaModKind kinds[] = {PENA_MOD_SIGN, PENA_MOD_DECRYPT, PENA_MOD_SIGN_RECOVER,
                                        PENA_MOD_MESSAGE_SIGN};

    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
        g_clear_pointer (&session->operations[kinds[i]], pena_mod_operation_free);
}

void
pena_mod_end_private_operations (PenaMod *self, PenaModSlot *slot)
{
    GHashTableIter iter;
    PenaModSession *session;

    g_hash_table_iter_init (&iter, self->sessions);
    while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&session))
        if (session->slot == slot)
            end_private (session);
    for (guint i = slot->made->len; i > 0; i--)
        if (pena_mod_object_is (slot->made->pdata[i - 1], CKA_PRIVATE))
            g_ptr_array_remove_index (slot->made, i - 1);
}

void
pena_mod_fill_session_info (PenaModSession *session, CK_SESSION_INFO *info)
{
    static const CK_STATE states[][2] = {
        [PENA_MOD_NOBODY] = {CKS_RO_PUBLIC_SESSION, CKS_RW_PUBLIC_SESSION},
        [PENA_MOD_USER] = {CKS_RO_USER_FUNCTIONS, CKS_RW_USER_FUNCTIONS},
        [PENA_MOD_OFFICER] = {CKS_RW_SO_FUNCTIONS, CKS_RW_SO_FUNCTIONS},
    };

    info->slotID = session->slot->id;
    info->state = states[session->slot->user][session->read_write ? 1 : 0];
    info->flags = CKF_SERIAL_SESSION | (session->read_write ? CKF_RW_SESSION : 0);
    info->ulDeviceError = 0;
}
