/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: several files verified at once, told of in their order
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "cli.h"

/* What became of one file. */
typedef struct {
    const gchar *path; /* as it was named; borrowed */
    PenaCliPair pair;  /* nothing in it when no document with a signature was found */
    gchar *report;     /* JSON, or NULL with error */
    GError *error;
} PenaCliVerified;

/* FALSE when there is no point in going on with the others. */
typedef gboolean (*PenaCliVerifiedFunc) (PenaCliVerified *file, gpointer user_data);

/* Tells of each file (paths in filename encoding, NULL-terminated) once, in their order, however long each takes. What is
 * told of stays the engine's. While it is told of a file whose password is missing or wrong no other is on its way, so that
 * the client may be given another password. named_signature goes with one file; or NULL. Ends early when cli->signal is set,
 * after the first file that this has cost its verdict. */
void pena_cli_verify_many (PenaCli *cli, PenaClient *client, gchar *const *paths,
                           const gchar *named_signature, PenaCliVerifiedFunc tell, gpointer user_data);
