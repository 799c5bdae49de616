/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: sessions and what goes on in them
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "session.h"

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

CK_RV
pena_mod_close_session (PenaMod *self, PenaModSession *session)
{
    PenaModSlot *slot = session->slot;
    CK_ULONG left, writing;

    g_hash_table_remove (self->sessions, GSIZE_TO_POINTER (session->handle));
    pena_mod_count_sessions (self, slot, &left, &writing);
    if (left == 0 && slot->logged_in)
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
}

void
pena_mod_end_private_operations (PenaMod *self, PenaModSlot *slot)
{
    GHashTableIter iter;
    PenaModSession *session;

    g_hash_table_iter_init (&iter, self->sessions);
    while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&session)) {
        if (session->slot != slot)
            continue;
        g_clear_pointer (&session->operations[PENA_MOD_SIGN], pena_mod_operation_free);
        g_clear_pointer (&session->operations[PENA_MOD_DECRYPT], pena_mod_operation_free);
    }
}

void
pena_mod_fill_session_info (PenaModSession *session, CK_SESSION_INFO *info)
{
    gboolean logged_in = session->slot->logged_in;

    info->slotID = session->slot->id;
    if (session->read_write)
        info->state = logged_in ? CKS_RW_USER_FUNCTIONS : CKS_RW_PUBLIC_SESSION;
    else
        info->state = logged_in ? CKS_RO_USER_FUNCTIONS : CKS_RO_PUBLIC_SESSION;
    info->flags = CKF_SERIAL_SESSION | (session->read_write ? CKF_RW_SESSION : 0);
    info->ulDeviceError = 0;
}
