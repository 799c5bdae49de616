/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a worker hands out is held against what the broker knows
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* A worker may have been taken over by its document. The broker cannot see what a document says, but it can
 * see to it that the token signs nothing but attributes over the digest that the broker itself computed, and
 * that what is handed out is what that digest covers. */

/* Signed attributes (DER SET OF) of content type id-data with exactly this message digest. WORKER_FAILED. */
gboolean pena_binding_check_attributes (GBytes *to_be_signed, GBytes *digest, GError **error);
/* head, '<' hex digits '>' of gap_length bytes in all, tail. WORKER_FAILED. */
gboolean pena_binding_check_update (GBytes *update, GBytes *head, gsize gap_length, GBytes *tail,
                                    GError **error);
