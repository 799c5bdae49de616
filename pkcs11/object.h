/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: objects and their attributes
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "module.h"

typedef struct {
    CK_OBJECT_HANDLE handle; /* the same for as long as the card is in */
    CK_OBJECT_CLASS class;
    guint place;             /* together with the class what tells the token's objects apart */
    CK_SESSION_HANDLE owner; /* the session that made it and takes it along; 0: it is the token's */
    PenaCardKey *key;        /* of private and public keys of the token */
    EVP_PKEY *public_key;    /* of all keys that have one */
    PenaSecret *value;       /* of secret keys */
    CK_KEY_TYPE key_type;
    guint bits;
    GHashTable *attributes; /* CK_ATTRIBUTE_TYPE -> GBytes; all but the value of a secret key */
} PenaModObject;

PenaModObject *pena_mod_object_new (CK_OBJECT_CLASS class);
void pena_mod_object_free (PenaModObject *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaModObject, pena_mod_object_free)

void pena_mod_object_set (PenaModObject *self, CK_ATTRIBUTE_TYPE type, gconstpointer value, gsize length);
void pena_mod_object_set_bool (PenaModObject *self, CK_ATTRIBUTE_TYPE type, gboolean value);
void pena_mod_object_set_ulong (PenaModObject *self, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
/* key_type, bits, public_key (a reference of its own) and all attributes that tell them. FALSE, and nothing
 * set, for a kind of key that PKCS#11 has no words for. */
gboolean pena_mod_object_set_public_key (PenaModObject *self, EVP_PKEY *key);

/* FALSE when the attribute is not there. */
gboolean pena_mod_object_is (const PenaModObject *self, CK_ATTRIBUTE_TYPE type);
/* Whether all attributes of the template are the object's. */
gboolean pena_mod_object_matches (const PenaModObject *self, const CK_ATTRIBUTE *template, CK_ULONG count);
/* C_GetAttributeValue. */
CK_RV pena_mod_object_get (const PenaModObject *self, CK_ATTRIBUTE *template, CK_ULONG count);
/* Bytes of all attributes. */
gsize pena_mod_object_size (const PenaModObject *self);

/* A use of this key needs a PIN of its own besides the login. */
gboolean pena_mod_key_wants_own_pin (const PenaCardKey *key);
