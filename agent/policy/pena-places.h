/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: whether files and folders are still as they were when they were read
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

typedef struct _PenaPlaces PenaPlaces;

PenaPlaces *pena_places_new (void);
void pena_places_free (PenaPlaces *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPlaces, pena_places_free)

/* Notes a file, or a folder and the names in it, that is read after this. */
void pena_places_note (PenaPlaces *self, const gchar *path);

/* FALSE when a place is another one now, or may be: also when it had been changed so shortly before it was noted that its
 * times would not tell another change, when it is where others write past this machine, and when there are too many to look at. */
gboolean pena_places_are_unchanged (const PenaPlaces *self);
