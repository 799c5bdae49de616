/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 module with the virtual token in its only reader
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <pena/pena-pkcs11.h>

#include "vtoken-transport.h"

/* What the module's transport looks at. */
extern VtokenWorld module_world;
extern CK_FUNCTION_LIST *p11;

#define MODULE_PIN ((CK_UTF8CHAR *)VTOKEN_PIN)
#define MODULE_PIN_LENGTH 6

/* A card, and the module initialized. NULL for the usual slots. */
void module_world_set_up (VtokenAlgorithm algorithm, const guint8 *slots);
/* With this card, which is taken. */
void module_world_set_up_with (Vtoken *card);
void module_world_tear_down (void);

/* Until an answer that is late has come, and the card can be used again. */
void module_world_await_late (void);

const PENA_VENDOR_FUNCTIONS *module_world_get_vendor (void);
CK_SESSION_HANDLE module_world_open (CK_FLAGS flags);
/* CK_INVALID_HANDLE when there is none: the id is that of the PIV driver, 1 for 9A and so on. */
CK_OBJECT_HANDLE module_world_find (CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, CK_BYTE id);
