/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: needs and their answers between a worker that has them and the broker that can ask
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-need.h"

/* aa{sv}: "kind" s ("revocation", "issuer"), "certificate" ay, "issuer" ay, "since" x. Time-stamps travel otherwise: the
 * broker computes what they are over itself. Floating. */
GVariant *pena_needs_to_variant (GPtrArray *needs);
/* What a worker needs next; *rounds counts how often it asked. NULL, WORKER_FAILED, when that is not well-formed, too much or
 * was asked more than `most` times. Transfer full. */
GPtrArray *pena_needs_from_variant (GVariant *variant, guint *rounds, guint most, GError **error);

/* aa{sv}, in the order of the needs: "kind" s ("ocsp", "crl", "issuer", or "none"), "answer" ay. Floating. */
GVariant *pena_answers_to_variant (GPtrArray *needs);
/* Gives the answers to needs that have none. INTERNAL when they do not fit. */
gboolean pena_answers_apply (GVariant *variant, GPtrArray *needs, GError **error);
