/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: findings, as doctor and demo tell them
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "cli.h"

typedef enum { PENA_CHECK_OK, PENA_CHECK_NOTE, PENA_CHECK_PROBLEM } PenaCheckStatus;

/* One finding. Strings are owned; next is "" when there is nothing to do. */
typedef struct {
    const gchar *name; /* stable, kebab-case */
    PenaCheckStatus status;
    PenaErrorCode code; /* of a problem: gives the exit status */
    gchar *text;
    gchar *next;
} PenaCheck;

void pena_check_free (PenaCheck *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCheck, pena_check_free)

/* Each takes text and next over. */
PenaCheck *pena_check_ok (const gchar *name, gchar *text);
PenaCheck *pena_check_note (const gchar *name, gchar *text, gchar *next);
PenaCheck *pena_check_problem (const gchar *name, PenaErrorCode code, gchar *text, gchar *next);
/* A problem in the words of the error, which is borrowed. */
PenaCheck *pena_check_error (const gchar *name, const GError *error);

/* Where the text begins. */
#define PENA_CHECK_HANG 25
/* One or more lines: verdict, name, text, next step. Transfer full. */
gchar *pena_check_render (const PenaCheck *self, gboolean colour);
JsonObject *pena_check_to_json (const PenaCheck *self);
/* The exit status of the first problem; DONE when there is none. checks: of PenaCheck*. */
gint pena_checks_exit_status (GPtrArray *checks);
