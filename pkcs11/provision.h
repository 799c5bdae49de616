/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: putting keys and certificates on a token, and taking them off
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "session.h"
#include "template.h"

/* All need the administrator, see pena_mod_need_administrator(), and a session that may write.
 *
 * CKA_ID names the place, as the objects that are there have it. Without one a new key goes where there is
 * neither key nor certificate, and a certificate or key from outside to the key or certificate that it belongs
 * to. A place whose certificate is still there is never given another key: CKR_ACTION_PROHIBITED until the
 * certificate has been destroyed, so that nobody loses a key that is in use by a slip. */

/* mechanism is one of those that generate. */
CK_RV pena_mod_generate_key_pair (PenaMod *mod, PenaModSession *session, const PenaMechanism *mechanism,
                                  const PenaModTemplate *public, const PenaModTemplate *private,
                                  CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private);
/* A certificate or a private key, with CKA_TOKEN. */
CK_RV pena_mod_create_token_object (PenaMod *mod, PenaModSession *session, const PenaModTemplate *template,
                                    CK_OBJECT_HANDLE *ret_handle);
CK_RV pena_mod_destroy_token_object (PenaMod *mod, PenaModSession *session, const PenaModObject *object);
