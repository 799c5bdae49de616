/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a token shows: certificates, keys, its PIN, its profiles
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "object.h"

/* All objects of a card as far as it has been read. Those that were in `before` (may be NULL) keep their
 * handles, the others get the ones after *last_handle. */
GPtrArray *pena_mod_token_objects_new (PenaCard *card, GPtrArray *before, CK_OBJECT_HANDLE *last_handle);
/* The object of the PIN tells what is known now. */
void pena_mod_token_objects_refresh_pin (GPtrArray *objects, PenaCard *card);
