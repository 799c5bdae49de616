/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: proofs of existence (ETSI EN 319 102-1, 5.6.2.3): since when something is known to have been there
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

typedef struct _PenaProofs PenaProofs;

PenaProofs *pena_proofs_new (void);
void pena_proofs_free (PenaProofs *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaProofs, pena_proofs_free)

/* All that the other one (may be NULL) knows. Transfer full. */
PenaProofs *pena_proofs_copy (const PenaProofs *other);
/* These bytes existed at `time` (seconds since 1970 UTC): a valid time-stamp covers them. The earliest proof counts. */
void pena_proofs_add (PenaProofs *self, GBytes *what, gint64 time);
/* The earliest time that is proved, `otherwise` when none is. self may be NULL. */
gint64 pena_proofs_since (const PenaProofs *self, GBytes *what, gint64 otherwise);
