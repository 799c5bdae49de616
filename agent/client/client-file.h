/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the caller's file, which is only read, and the output, which appears whole or not at all
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>
#include <sys/stat.h>

typedef struct {
    gint fd; /* read-only */
    struct stat stat;
} PenaClientInput;

/* Opens a regular file. DOCUMENT_MISSING with "reason", or DOCUMENT_EMPTY. */
PenaClientInput *pena_client_input_open (const gchar *path, GError **error);
void pena_client_input_free (PenaClientInput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaClientInput, pena_client_input_free)
/* Whether a document is called as a CAdES signature is, which then has to hold it: ".p7m", but also ".p7s". */
gboolean pena_client_is_enclosing_name (const gchar *path);
/* FALSE and DOCUMENT_CHANGED when the file is not as it was when it was opened. */
gboolean pena_client_input_check_unchanged (const PenaClientInput *self, GError **error);
/* Reads the file from its start; the input must outlive the stream. Transfer full. */
GInputStream *pena_client_input_stream (const PenaClientInput *self);

typedef struct {
    gint fd;
    gint folder;      /* of the target */
    gchar *path;      /* for people */
    gchar *name;      /* the target's name in its folder */
    gchar *temporary; /* name in the folder; NULL while the file has no name */
    gboolean replace;
} PenaClientOutput;

/* Begins a file that has no name yet (or a temporary one where the file system cannot do that) in the target's folder. It can be
 * read by those who can read the input; without one (NULL), as the umask says. OUTPUT_EXISTS with "path" (with replace: only when
 * it is neither a file nor a link to one), OUTPUT_FAILED with "reason", REQUEST_INVALID when the target is the input itself. */
PenaClientOutput *pena_client_output_open (const gchar *path, const PenaClientInput *input, gboolean replace,
                                           GError **error);
/* Whether anybody can write the file by way of us; it begins TRUE. The descriptor keeps its number. OUTPUT_FAILED. */
gboolean pena_client_output_set_writable (PenaClientOutput *self, gboolean writable, GError **error);
/* Appends. DISK_FULL or OUTPUT_FAILED. */
gboolean pena_client_output_append (PenaClientOutput *self, gconstpointer data, gsize length, GError **error);
/* Brings everything to the disk and only then gives the file its name: OUTPUT_EXISTS when somebody made one
 * meanwhile. */
gboolean pena_client_output_publish (PenaClientOutput *self, GError **error);
/* What was not published is gone. */
void pena_client_output_free (PenaClientOutput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaClientOutput, pena_client_output_free)

/* Sets DISK_FULL or OUTPUT_FAILED from errno. */
void pena_client_fail_write (GError **error, gint saved_errno);
