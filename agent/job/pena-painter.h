/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: having a stamp drawn, by a process of its own
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

/* What goes onto a stamp. All borrowed for the call. */
typedef struct {
    const gchar *template;     /* pena-stamp(5), images included */
    GHashTable *fields;        /* gchar* -> gchar* */
    GHashTable *own;           /* likewise: the caller's; may be NULL */
    gint64 time;               /* seconds since 1970 UTC */
    gint utc_offset;           /* seconds east */
    const gchar *language;     /* of errors; may be NULL */
    const gchar *const *fonts; /* folders */
} PenaPainting;

/* A stamp that was drawn. Whoever drew it saw a stranger's template, so it is for a document worker to read. */
typedef struct {
    GBytes *pdf;        /* a page for each canvas */
    GVariant *canvases; /* PENA_STAMP_CANVASES */
} PenaStampPicture;
void pena_stamp_picture_free (PenaStampPicture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaStampPicture, pena_stamp_picture_free)

/* seconds: that it may take. STAMP_INVALID, CONFIG_INVALID, WORKER_FAILED, CANCELLED. */
void pena_painter_run_async (const PenaPainting *painting, guint seconds, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
PenaStampPicture *pena_painter_run_finish (GAsyncResult *result, GError **error);
