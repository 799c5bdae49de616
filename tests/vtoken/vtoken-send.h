/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token: sending it commands, for personalising
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-tlv.h"
#include "vtoken.h"

/* Sends one command of extended length, header as CLA INS P1 P2; the data of its answer (transfer full), or NULL
 * when the status word is not 9000. */
GByteArray *vtoken_send (Vtoken *card, guint32 header, gconstpointer data, gsize length, GError **error);
/* The same when the answer has no data that matter. */
gboolean vtoken_send_quietly (Vtoken *card, guint32 header, gconstpointer data, gsize length, GError **error);
/* What the template outer in the answer holds as inner. */
gboolean vtoken_find_inside (const GByteArray *answer, guint32 outer, guint32 inner, PenaTlv *ret_tlv,
                             GError **error);
