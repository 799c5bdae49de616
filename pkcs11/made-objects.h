/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: objects that sessions make, which the token never sees
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "session.h"
#include "template.h"

/* Adds it to what the session has made and gives its handle. Public and secret keys, certificates and data; no
 * private keys, which belong on tokens. */
CK_RV pena_mod_make_object (PenaMod *mod, PenaModSession *session, const PenaModTemplate *template,
                            CK_OBJECT_HANDLE *ret_handle);
/* A secret key of these bytes, which a derivation or an unwrapping gave. */
CK_RV pena_mod_make_secret_key (PenaMod *mod, PenaModSession *session, const PenaModTemplate *template,
                                const guint8 *value, gsize length, CK_OBJECT_HANDLE *ret_handle);
/* C_SetAttributeValue of such an object. */
CK_RV pena_mod_change_made_object (PenaModObject *object, const PenaModTemplate *template);
