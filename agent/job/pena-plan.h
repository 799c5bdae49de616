/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a worker plans, and what becomes of it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* The update that a worker wants to append to a PDF. The worker may have been taken over by its document, and
 * the broker cannot see what a document says. So a worker has no part in the signature itself: the broker
 * hashes, has the token sign, and puts the CMS in. What a worker chooses is these bytes, which the digest
 * covers. */
typedef struct {
    GBytes *head; /* before the gap */
    gsize gap_length;
    GBytes *tail;    /* after it */
    gboolean covers; /* a stamp may lie over what is drawn on its page */
} PenaPlan;

/* From the answer to Prepare (a{sv}). WORKER_FAILED when it is not of sane size. Transfer full. */
PenaPlan *pena_plan_new (GVariant *answer, GError **error);
void pena_plan_free (PenaPlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPlan, pena_plan_free)

/* head, the CMS as a hexadecimal string padded with zeros to the length of the gap, tail. WORKER_FAILED when
 * it does not fit. Transfer full. */
GBytes *pena_plan_fill (const PenaPlan *self, GBytes *cms, GError **error);
