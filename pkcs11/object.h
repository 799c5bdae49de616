/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a token shows: certificates and keys and their attributes
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "module.h"

typedef struct {
    CK_OBJECT_CLASS class;
    PenaCard *card;
    const PenaCardKey *key; /* NULL for the PIN's object */
    GHashTable *attributes; /* CK_ATTRIBUTE_TYPE -> GBytes */
} PenaModObject;

/* All objects of a card; an index + 1 is the handle. */
GPtrArray *pena_mod_objects_new (PenaCard *card);

/* NULL when there is none with this handle, or it is private and nobody has logged in. */
PenaModObject *pena_mod_find_object (GPtrArray *objects, CK_OBJECT_HANDLE handle, gboolean logged_in);
/* Whether all attributes of the template are the object's. */
gboolean pena_mod_object_matches (PenaModObject *self, const CK_ATTRIBUTE *template, CK_ULONG count);
/* C_GetAttributeValue. */
CK_RV pena_mod_object_get (PenaModObject *self, CK_ATTRIBUTE *template, CK_ULONG count);
/* FALSE when the attribute is not there. */
gboolean pena_mod_object_is (PenaModObject *self, CK_ATTRIBUTE_TYPE type);
