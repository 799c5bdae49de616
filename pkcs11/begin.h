/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the entry points that use keys have in common
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "session.h"

/* C_SignInit and all of its kind. */
CK_RV pena_mod_begin (CK_SESSION_HANDLE handle, PenaModKind kind, const CK_MECHANISM *mechanism,
                      CK_OBJECT_HANDLE key);
/* The key for an operation of that kind, when it may be used for it. */
CK_RV pena_mod_find_key (PenaModSession *session, PenaModKind kind, const PenaMechanism *mechanism,
                         CK_OBJECT_HANDLE handle, PenaModObject **ret_object);
/* The CKF_ of mechanisms, and of C_SessionCancel, for that kind. */
CK_FLAGS pena_mod_kind_flag (PenaModKind kind);

/* Both ways in which C_Sign and friends only tell a size, after which the operation goes on. */
gboolean pena_mod_tells_size (gsize size, const guint8 *out, CK_ULONG *out_length, CK_RV *ret_rv);

/* Looks at a caller's mechanism before anything else does. */
CK_RV pena_mod_check_mechanism (const CK_MECHANISM *mechanism);
