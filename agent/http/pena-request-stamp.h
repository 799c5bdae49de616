/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading what a request asks for of a stamp
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-stamping.h"

typedef struct {
    gchar *name;         /* of an installed template; NULL: none was named */
    guint64 size;        /* of the template that begins the body; 0: none does */
    gboolean any_detail; /* a place or a field was given, which needs a stamp */
    PenaStampWish wish;  /* without template */
} PenaStampQuery;
void pena_stamp_query_clear (PenaStampQuery *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaStampQuery, pena_stamp_query_clear)

/* The parameters stamp, stamp-size, page, rect, anchor and stamp.FIELD; query may be NULL. REQUEST_INVALID. */
gboolean pena_request_parse_stamp (GHashTable *query, PenaStampQuery *ret_stamp, GError **error);
/* Takes the wish and loads the template that is named, or by default (may be NULL) used. REQUEST_INVALID for details without a
 * stamp, STAMP_UNKNOWN, STAMP_INVALID. */
gboolean pena_request_choose_stamp (PenaStampQuery *stamp, const gchar *by_default, PenaStampWish *ret_wish,
                                    GError **error);
/* The template that began the body. STAMP_INVALID when it is no text. */
gboolean pena_request_take_template (const guint8 *data, gsize length, PenaStampWish *wish, GError **error);
