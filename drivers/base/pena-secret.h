/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: memory for passphrases, card answers and whatever else must not leak
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A buffer of fixed capacity between guard pages: locked in RAM, left out of core dumps, wiped in a forked child and when
 * freed, never reallocated. There is deliberately no way to print one. Not thread-safe: one owner at a time. */
typedef struct {
    guint8 *data; /* capacity bytes; those past length are zero */
    gsize length;
    gsize capacity;
    gsize mapped; /* with the guard pages */
    gboolean locked;
    gboolean writable;
} PenaSecret;

/* NULL and PENA_ERROR_INTERNAL when the memory cannot be had or, with require_lock, cannot be locked (RLIMIT_MEMLOCK):
 * the caller decides whether to go on without. An unlocked one is kept out of core dumps and wiped all the same. */
PenaSecret *pena_secret_new (gsize capacity, gboolean require_lock, GError **error);
void pena_secret_free (PenaSecret *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaSecret, pena_secret_free)

/* FALSE, nothing changed, when it does not fit. */
gboolean pena_secret_append (PenaSecret *self, gconstpointer data, gsize length);
/* Zeroes the contents and sets length to 0. */
void pena_secret_clear (PenaSecret *self);

/* Zeroes memory in a way that the compiler keeps. NULL with length 0 is fine. */
void pena_wipe (gpointer data, gsize length);
/* TRUE when equal, in a time that depends on length only. */
gboolean pena_equal_constant_time (gconstpointer a, gconstpointer b, gsize length);

/* A stack buffer that is wiped when its scope ends:  PenaScrubbed256 block PENA_SCRUB = {0}; */
typedef struct {
    guint8 bytes[256];
} PenaScrubbed256;
static inline void
pena_scrub_256 (PenaScrubbed256 *buffer)
{
    pena_wipe (buffer->bytes, sizeof buffer->bytes);
}
#define PENA_SCRUB __attribute__ ((cleanup (pena_scrub_256)))

G_END_DECLS
