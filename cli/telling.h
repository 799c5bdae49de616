/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a verification found, in words for a citizen
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <json-glib/json-glib.h>

#include "cli.h"

/* "certificate": "0a". */
typedef struct {
    gchar *label, *value;
    PenaCliStyle style; /* of the value */
} PenaCliRow;

/* A verdict in one sentence, what to do about it, and the details. */
typedef struct {
    gchar *title;       /* "Signature 1 of 2"; NULL: of the document */
    PenaCliStyle style; /* GOOD, BAD or DOUBT */
    gchar *word;        /* "VALID" */
    gchar *sentence;    /* goes on after "VALID: " */
    gchar *advice;      /* NULL when there is nothing to be done */
    GPtrArray *rows;    /* of PenaCliRow; of the document: what was asked over the network */
} PenaCliPart;

/* What became of a document. */
typedef enum {
    PENA_CLI_VALID, /* every signature is, and there is at least one */
    PENA_CLI_NOT_VALID,
    PENA_CLI_NOT_CONFIRMED,
    PENA_CLI_NOT_SIGNED,
    PENA_CLI_NOT_EXAMINED,
    PENA_CLI_N_OUTCOMES
} PenaCliOutcome;

/* The document as a whole, and each signature and document time-stamp in it. */
typedef struct {
    PenaCliOutcome outcome;
    PenaCliPart *head;
    GPtrArray *parts; /* of PenaCliPart; the head's sentence may be that of the first */

    /* For one line of a table, of the first signature; each may be NULL. */
    gchar *signers;          /* "Sari Wulandari", "Sari Wulandari +1" */
    gchar *time;             /* "2026-11-21 14:00" */
    gboolean time_is_proved; /* by a time-stamp */
    gchar *level;            /* "B-LT" */
} PenaCliTelling;

/* What a VerifyReport (docs/agent-api.yaml) says, in the language in force. Members that are missing or of a wrong type are
 * passed over; what strangers wrote is made safe for a terminal. Times are shown in the local time zone. Transfer full. */
PenaCliTelling *pena_cli_telling_new (JsonObject *report);
/* The same for a document that could not be examined. Transfer full. */
PenaCliTelling *pena_cli_telling_new_error (const GError *error);
void pena_cli_telling_free (PenaCliTelling *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCliTelling, pena_cli_telling_free)

/* Whether a part says the same as the head, so that it needs not be said again. */
gboolean pena_cli_telling_repeats (const PenaCliTelling *self, const PenaCliPart *part);

/* --- words.c --- */

/* A sub-indication of EN 319 102-1 in plain words. */
typedef struct {
    const gchar *sub;
    const gchar *signature; /* what is wrong, "%s" is the signer; N_ */
    const gchar *advice;    /* N_ */
    const gchar *asked;     /* the advice when the network was asked already, N_; NULL: the same */
} PenaCliIndication;

/* Never NULL: the last one is for what is not known. */
const PenaCliIndication *pena_cli_find_indication (const gchar *sub);
/* What a baseline level means; NULL for none. */
const gchar *pena_cli_explain_level (const gchar *level);
/* "21 November 2026, 14:00:05 WIB"; NULL when there is no such time. Transfer full. */
gchar *pena_cli_dup_time_in_words (JsonObject *object, const gchar *member);
/* "A", "A and B", "A, B and 3 others". names: of gchar*. Transfer full. */
gchar *pena_cli_join_names (GPtrArray *names);
