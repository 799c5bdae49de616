/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: where things stand in a key file, which GKeyFile does not tell
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

typedef struct _PenaStampLines PenaStampLines;

/* STAMP_INVALID for a line that is neither comment, group nor key, and for what comes twice. text is UTF-8. */
PenaStampLines *pena_stamp_lines_new (const gchar *text, GError **error);
void pena_stamp_lines_free (PenaStampLines *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaStampLines, pena_stamp_lines_free)

/* From 1; 0 when there is no such thing. key NULL: of the group's own line. */
guint pena_stamp_lines_find (const PenaStampLines *self, const gchar *group, const gchar *key);
