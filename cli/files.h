/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a command that does the same to each of several files
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "cli.h"

typedef struct PenaCliFiles PenaCliFiles;

/* What a command is. Texts are N_. */
typedef struct {
    /* Does it to one file: adds to its entry, prints what came of it unless the user wants JSON. Called again when the document's
     * password was wrong and the user gave another. */
    gboolean (*work) (PenaCliFiles *self, const gchar *path, JsonObject *entry, GError **error);
    /* What else there is to say of a failure; may be NULL. */
    void (*advise) (PenaCliFiles *self, const GError *error);
    /* FALSE when after this failure it makes no sense to go on with the others; NULL: it always does. */
    gboolean (*may_go_on) (const GError *error);
    /* After the last file, or the last that was worked on; may be NULL. */
    void (*end) (PenaCliFiles *self);
    const gchar *summary; /* the last line when there were several files, with {done} and {all} */
} PenaCliFilesCommand;

struct PenaCliFiles {
    PenaCli *cli;
    PenaClient *client;
    const PenaCliFilesCommand *command;
    gconstpointer arguments; /* of the command */
    gchar **rest;            /* the files after the one that is worked on */
    gpointer current;        /* the command's own: what it is doing, or NULL */
    GQueue ahead;            /* the command's own: what it has begun of the first of the rest */
    GHashTable *written;     /* the outputs of those that are done */
    guint n, n_done;
    gint status; /* of the first failure */
};

/* Does it to all of them until one interrupts it; files that were left out are told as skipped. password_file: of encrypted
 * documents; NULL: the user is asked where that can be. Gives the exit status. */
gint pena_cli_files_run (PenaCli *cli, const PenaCliFilesCommand *command, gconstpointer arguments,
                         const gchar *password_file, gchar **files);

/* NULL, or why --output makes no sense for these files. */
const gchar *pena_cli_files_find_mistake (const gchar *output, gchar **files);

/* Whether they are one file, as far as the names tell. */
gboolean pena_cli_files_is_same (const gchar *path, const gchar *other);

/* What this run has made it does not replace, whatever --force says. */
gboolean pena_cli_files_may_replace (const PenaCliFiles *self, const gchar *output, gboolean force);

/* Into the entry, and for --json nothing more; else the line "Signed: a -> b (details)". Texts are translated. */
void pena_cli_files_tell_output (PenaCliFiles *self, const gchar *path, const gchar *output,
                                 JsonObject *entry, PenaSignResult *result, const gchar *done,
                                 const gchar *details);
