/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a building block finds
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-validate.h"

typedef struct {
    PenaSubIndication sub; /* NONE: a note, which changes no verdict */
    gchar *text;           /* for people */
} PenaFinding;

/* Of PenaFinding, in the order in which they were found. Transfer full. */
GPtrArray *pena_findings_new (void);
/* Takes the text. */
void pena_findings_add (GPtrArray *self, PenaSubIndication sub, gchar *text);
