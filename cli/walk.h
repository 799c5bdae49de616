/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what there is to verify in a folder
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* What was left out, and why. */
typedef struct {
    guint others;     /* neither a PDF nor a signature */
    guint links;      /* symbolic links: where they lead may be anywhere, or back */
    guint unreadable; /* folders that cannot be read, or lie too deep */
} PenaCliSkipped;

/* Adds (filename encoding) every PDF and every signature in a folder and the folders in it, in the order of their names; a
 * document and the signature beside it once. skipped is added to. FALSE with REQUEST_INVALID when there are more than anyone
 * verifies in one go, or DOCUMENT_MISSING when it cannot be read. Blocks. */
gboolean pena_cli_walk (const gchar *folder, GPtrArray *paths, PenaCliSkipped *skipped, GError **error);
