/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the stamp of one signing: what is on it, and where the worker is to put it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-config.h"
#include "pena-painter.h"

/* What a client asked for of a stamp. */
typedef struct {
    gchar *template;    /* pena-stamp(5), images included; NULL: the signature is invisible */
    gint page;          /* 0: not given; 1 is the first, -1 the last; G_MAXINT32: all */
    guint n_rect;       /* numbers in rect: 0, 2 or 4 */
    gdouble rect[4];    /* x, y, width, height: points from the lower left of the page as it is shown */
    gchar *anchor;      /* or NULL */
    GHashTable *fields; /* gchar* -> gchar*: of the template's own; or NULL */
} PenaStampWish;
void pena_stamp_wish_clear (PenaStampWish *self);

/* What is known of the signature. All borrowed; NULL where there is nothing. */
typedef struct {
    const PenaConfig *config;
    const gchar *signature_id, *document, *reason, *location, *language;
    GBytes *certificate;
    gint64 time;
    gint utc_offset;
} PenaStampContext;

/* REQUEST_INVALID, told in the context's language, when the caller gives a field that the certificate or Pena itself fills; else as
 * pena_painter_run_finish, with which it is finished. */
void pena_stamping_draw_async (const PenaStampWish *wish, const PenaStampContext *context,
                               GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/* Into the options of Prepare (document-worker.xml). */
void pena_stamping_insert (GVariantDict *options, const PenaStampWish *wish, const PenaStampPicture *picture);
