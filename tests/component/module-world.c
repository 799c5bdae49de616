/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 module with the virtual token in its only reader
 * Copyright (C) 2026 the Pena authors */
#include "module-world.h"

#include "module.h"

VtokenWorld module_world;
CK_FUNCTION_LIST *p11;

PenaTransport *
pena_mod_new_transport (void)
{
    return vtoken_transport_new (&module_world);
}

void
module_world_set_up_with (Vtoken *card)
{
    module_world = (VtokenWorld){.card = card};
    g_assert_cmphex (C_GetFunctionList (&p11), ==, CKR_OK);
    g_assert_cmphex (p11->C_Initialize (NULL), ==, CKR_OK);
}

void
module_world_set_up (VtokenAlgorithm algorithm, const guint8 *slots)
{
    module_world_set_up_with (vtoken_world_make_card (algorithm, slots));
}

void
module_world_tear_down (void)
{
    p11->C_Finalize (NULL);
    g_assert_false (module_world.in_transaction);
    /* Whom the module has left waiting may be looking at the card just now. */
    while (g_atomic_int_get (&module_world.waiting) > 0)
        g_usleep (1000);
    vtoken_free (module_world.card);
}

void
module_world_await_late (void)
{
    CK_TOKEN_INFO info;

    for (guint i = 0; i < 10000 && p11->C_GetTokenInfo (0, &info) == CKR_DEVICE_ERROR; i++)
        g_usleep (1000);
    g_assert_cmphex (p11->C_GetTokenInfo (0, &info), ==, CKR_OK);
}

const PENA_VENDOR_FUNCTIONS *
module_world_get_vendor (void)
{
    CK_VERSION version = {1, 0};
    CK_INTERFACE *interface = NULL;

    g_assert_cmphex (C_GetInterface ((CK_UTF8CHAR *)PENA_INTERFACE_NAME, &version, &interface, 0), ==,
                     CKR_OK);
    return interface->pFunctionList;
}

CK_SESSION_HANDLE
module_world_open (CK_FLAGS flags)
{
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;

    g_assert_cmphex (p11->C_OpenSession (0, CKF_SERIAL_SESSION | flags, NULL, NULL, &session), ==, CKR_OK);
    return session;
}

CK_OBJECT_HANDLE
module_world_find (CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, CK_BYTE id)
{
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, &id, sizeof id}};
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CK_ULONG count = 0;

    g_assert_cmphex (p11->C_FindObjectsInit (session, template, G_N_ELEMENTS (template)), ==, CKR_OK);
    g_assert_cmphex (p11->C_FindObjects (session, &object, 1, &count), ==, CKR_OK);
    g_assert_cmphex (p11->C_FindObjectsFinal (session), ==, CKR_OK);
    return count == 1 ? object : CK_INVALID_HANDLE;
}
