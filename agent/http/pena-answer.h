/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the answer that brings a signature: as it is, or line by line with what is being done
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-exchange.h"

/* Before the work begins. A client that accepts application/x-ndjson gets the header of its answer now, and what is told from
 * here on as lines of JSON (docs/agent-api.yaml, ProgressLine); to others nothing is told. */
void pena_answer_begin (PenaExchange *exchange);
/* A PenaProgressFunc; user_data: the exchange. */
void pena_answer_tell (const gchar *stage, gpointer exchange);
/* What came of it, of this type: head and output, and the document between them unless without_document. Takes these out of the
 * result. */
void pena_answer_finish (PenaExchange *exchange, const gchar *type, gboolean without_document,
                         PenaSignResult *result);
