/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what an agent's answer says; it is taken for a stranger's until checked
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <pena/pena-error.h>

/* Sets a PENA_ERROR with one fact (key may be NULL). The fact's value is also the message. */
void pena_client_fail (GError **error, PenaErrorCode code, const gchar *key, const gchar *value);

/* Turns a GIO or HTTP error into a PENA_ERROR: cancelled, or the agent cannot be reached. One of PENA_ERROR
 * stays. */
void pena_client_take_io_error (GError **error);

/* The JSON object in `text`: UTF-8, at most max_length bytes, nested at most 32 deep. NULL and INTERNAL when
 * it is not one. Transfer full: free with json_node_unref. */
JsonNode *pena_client_parse_object (GBytes *text, gsize max_length, GError **error);

/* The error that an answer with an HTTP status other than 200 stands for: code and facts of its JSON body;
 * INTERNAL, with the description as message, when the body names no code that is known here. Never NULL. */
GError *pena_client_error_from_answer (guint status, GBytes *body);

/* Header values of an answer to /pena/v1/sign. */
typedef struct {
    gchar *credential; /* NULL where none was used */
    gchar *level;
    gchar *id;                /* of the signature that was made: ULID */
    gchar *level_reason;      /* code of an error; NULL when the level is what was asked for */
    gchar *level_description; /* the same for people */
    gchar *note;              /* for people; NULL when there is nothing to say */
    gchar *sha256;            /* 64 hex digits, lower case */
    gchar *repaired;          /* likewise, of the repaired copy; NULL when what was sent was signed */
    guint64 size;
} PenaClientSigned;
void pena_client_signed_clear (PenaClientSigned *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaClientSigned, pena_client_signed_clear)

/* Looks a header up by name; NULL when it is absent. */
typedef const gchar *(*PenaClientHeaderFunc) (gpointer headers, const gchar *name);

/* FALSE and INTERNAL when a header is missing or not as it must be; *ret_signed is untouched then. */
gboolean pena_client_parse_signed (PenaClientHeaderFunc get, gpointer headers, PenaClientSigned *ret_signed,
                                   GError **error);
/* The same of an answer to /pena/v1/extend, which has no credential. */
gboolean pena_client_parse_extended (PenaClientHeaderFunc get, gpointer headers, PenaClientSigned *ret_signed,
                                     GError **error);
