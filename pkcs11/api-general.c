/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#11 entry points: the library, its interfaces, slots and tokens
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <string.h>

#include "api.h"
#include "operation.h"
#include "session.h"

/* Visible in the module, where the version script lets no other name out. */
#define EXPORTED __attribute__ ((visibility ("default")))

static CK_RV
check_initialize_args (const CK_C_INITIALIZE_ARGS *args)
{
    guint given = (args->CreateMutex != NULL) + (args->DestroyMutex != NULL) + (args->LockMutex != NULL) +
                  (args->UnlockMutex != NULL);

    return args->pReserved == NULL && (given == 0 || given == 4) ? CKR_OK : CKR_ARGUMENTS_BAD;
}

CK_RV
C_Initialize (void *init_args)
{
    const CK_C_INITIALIZE_ARGS *args = init_args;

    if (args != NULL && check_initialize_args (args) != CKR_OK)
        return CKR_ARGUMENTS_BAD;
    return pena_mod_initialize (args);
}

CK_RV
C_Finalize (void *reserved)
{
    return reserved == NULL ? pena_mod_finalize () : CKR_ARGUMENTS_BAD;
}

/* Blank-padded. */
static void
fill (CK_UTF8CHAR *field, gsize size, const gchar *text)
{
    memset (field, ' ', size);
    memcpy (field, text, MIN (size, strlen (text)));
}

CK_RV
C_GetInfo (CK_INFO *info)
{
    PENA_MOD_ENTER (mod);

    if (info == NULL)
        return CKR_ARGUMENTS_BAD;
    memset (info, 0, sizeof *info);
    info->cryptokiVersion = (CK_VERSION){2, 40};
    info->libraryVersion = (CK_VERSION){0, 1};
    fill (info->manufacturerID, sizeof info->manufacturerID, "Pena");
    fill (info->libraryDescription, sizeof info->libraryDescription, "Pena signing tokens");
    return CKR_OK;
}

EXPORTED CK_RV
C_GetFunctionList (CK_FUNCTION_LIST **list)
{
    if (list == NULL)
        return CKR_ARGUMENTS_BAD;
    *list = &pena_mod_functions_2_40;
    return CKR_OK;
}

/* The first is what a caller gets who does not name a version. */
static CK_INTERFACE interfaces[] = {
    {(CK_UTF8CHAR *)"PKCS 11", &pena_mod_functions_3_0, 0},
    {(CK_UTF8CHAR *)"PKCS 11", &pena_mod_functions_2_40, 0},
    {(CK_UTF8CHAR *)PENA_INTERFACE_NAME, &pena_mod_functions_vendor, 0},
};

EXPORTED CK_RV
C_GetInterfaceList (CK_INTERFACE *list, CK_ULONG *count)
{
    if (count == NULL)
        return CKR_ARGUMENTS_BAD;
    gboolean fits = *count >= G_N_ELEMENTS (interfaces);
    *count = G_N_ELEMENTS (interfaces);
    if (list == NULL)
        return CKR_OK;
    if (!fits)
        return CKR_BUFFER_TOO_SMALL;
    memcpy (list, interfaces, sizeof interfaces);
    return CKR_OK;
}

EXPORTED CK_RV
C_GetInterface (CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **interface, CK_FLAGS flags)
{
    if (interface == NULL)
        return CKR_ARGUMENTS_BAD;
    for (guint i = 0; i < G_N_ELEMENTS (interfaces); i++) {
        /* Every function list begins with its version. */
        const CK_VERSION *own = interfaces[i].pFunctionList;
        if ((name != NULL && strcmp ((const char *)name, (const char *)interfaces[i].pInterfaceName) != 0) ||
            (version != NULL && (version->major != own->major || version->minor != own->minor)) ||
            (flags & ~interfaces[i].flags) != 0)
            continue;
        *interface = &interfaces[i];
        return CKR_OK;
    }
    return CKR_FUNCTION_FAILED;
}

/* --- slots --- */

CK_RV
C_GetSlotList (CK_BBOOL token_present, CK_SLOT_ID *list, CK_ULONG *count)
{
    PENA_MOD_ENTER (mod);
    CK_ULONG room, found = 0;

    if (count == NULL)
        return CKR_ARGUMENTS_BAD;
    room = list != NULL ? *count : 0;
    pena_mod_refresh (mod);
    for (guint i = 0; i < mod->slots->len; i++) {
        PenaModSlot *slot = mod->slots->pdata[i];
        if (token_present && !slot->present)
            continue;
        if (found < room)
            list[found] = slot->id;
        found++;
    }
    *count = found;
    return list != NULL && found > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

CK_RV
C_GetSlotInfo (CK_SLOT_ID id, CK_SLOT_INFO *info)
{
    PENA_MOD_ENTER (mod);

    if (info == NULL)
        return CKR_ARGUMENTS_BAD;
    pena_mod_refresh (mod);
    PenaModSlot *slot = pena_mod_find_slot (mod, id);
    if (slot == NULL)
        return CKR_SLOT_ID_INVALID;
    pena_mod_fill_slot_info (slot, info);
    return CKR_OK;
}

CK_RV
C_GetTokenInfo (CK_SLOT_ID id, CK_TOKEN_INFO *info)
{
    PENA_MOD_ENTER_SLOT (mod, slot, id);

    if (info == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = pena_mod_need_token_info (mod, slot);
    if (rv == CKR_OK)
        pena_mod_fill_token_info (mod, slot, info);
    return rv;
}

static gboolean
take_event (PenaMod *mod, CK_SLOT_ID *id)
{
    pena_mod_refresh (mod);
    for (guint i = 0; i < mod->slots->len; i++) {
        PenaModSlot *slot = mod->slots->pdata[i];
        if (!slot->event)
            continue;
        slot->event = FALSE;
        *id = slot->id;
        return TRUE;
    }
    return FALSE;
}

/* FALSE when the module is about to end. */
static gboolean
await_change (PenaMod *mod)
{
    g_autoptr (GPtrArray) known = mod->readers != NULL ? g_ptr_array_ref (mod->readers) : NULL;

    pena_mod_let_in ();
    gboolean more = pena_transport_wait (mod->transport, known);
    return pena_mod_resume () && more;
}

CK_RV
C_WaitForSlotEvent (CK_FLAGS flags, CK_SLOT_ID *id, void *reserved)
{
    PENA_MOD_ENTER (mod);

    if (id == NULL || reserved != NULL)
        return CKR_ARGUMENTS_BAD;
    while (!take_event (mod, id)) {
        if (flags & CKF_DONT_BLOCK)
            return mod->readers != NULL ? CKR_NO_EVENT : CKR_PENA_READER_SERVICE_DOWN;
        if (!await_change (mod))
            return CKR_CRYPTOKI_NOT_INITIALIZED;
    }
    return CKR_OK;
}

/* --- mechanisms --- */

CK_RV
C_GetMechanismList (CK_SLOT_ID id, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
    PENA_MOD_ENTER_SLOT (mod, slot, id);
    CK_ULONG room, found = 0;
    guint known;
    const PenaMechanism *rows = pena_mechanisms (&known);

    if (count == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = pena_mod_need_token (mod, slot);
    if (rv != CKR_OK)
        return rv;
    room = list != NULL ? *count : 0;
    for (guint i = 0; i < known; i++) {
        if (!pena_mod_card_does (slot->card, &rows[i]))
            continue;
        if (found < room)
            list[found] = rows[i].type;
        found++;
    }
    *count = found;
    return list != NULL && found > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

CK_RV
C_GetMechanismInfo (CK_SLOT_ID id, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
    PENA_MOD_ENTER_SLOT (mod, slot, id);
    const PenaMechanism *row = pena_mechanism_find (type);

    if (info == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = pena_mod_need_token (mod, slot);
    if (rv != CKR_OK)
        return rv;
    if (row == NULL || !pena_mod_card_does (slot->card, row))
        return CKR_MECHANISM_INVALID;
    info->ulMinKeySize = row->min;
    info->ulMaxKeySize = row->max;
    info->flags = row->flags;
    return CKR_OK;
}
