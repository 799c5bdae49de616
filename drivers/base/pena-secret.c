/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: memory for passphrases, card answers and whatever else must not leak
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-secret.h"

#include <pena/pena-error.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void
pena_wipe (gpointer data, gsize length)
{
    if (length > 0)
        explicit_bzero (data, length);
}

gboolean
pena_equal_constant_time (gconstpointer a, gconstpointer b, gsize length)
{
    const volatile guint8 *x = a;
    const volatile guint8 *y = b;
    guint8 difference = 0;

    for (gsize i = 0; i < length; i++)
        difference |= x[i] ^ y[i];
    return difference == 0;
}

/* Lays the data against the upper guard page, so that running past the end faults at once. */
PenaSecret *
pena_secret_new (gsize capacity, gboolean require_lock, GError **error)
{
    gsize page = (gsize)sysconf (_SC_PAGESIZE);
    gsize inner = MAX ((capacity + page - 1) / page, 1) * page;
    g_autoptr (PenaSecret) self = g_new0 (PenaSecret, 1);

    g_return_val_if_fail (capacity <= 1024 * 1024, NULL);
    guint8 *base = mmap (NULL, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "no memory for a secret: %s",
                     g_strerror (errno));
        return NULL;
    }
    self->mapped = inner + 2 * page;
    self->data = base + page + inner - capacity;
    self->capacity = capacity;
    if (mprotect (base + page, inner, PROT_READ | PROT_WRITE) != 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "no memory for a secret: %s",
                     g_strerror (errno));
        return NULL;
    }
    self->writable = TRUE;
    madvise (base + page, inner, MADV_DONTDUMP);
    madvise (base + page, inner, MADV_WIPEONFORK);
    self->locked = mlock (base + page, inner) == 0;
    if (!self->locked && require_lock) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "memory for a secret cannot be locked: %s",
                     g_strerror (errno));
        return NULL;
    }
    return g_steal_pointer (&self);
}

void
pena_secret_free (PenaSecret *self)
{
    if (self == NULL)
        return;
    if (self->data != NULL) {
        gsize page = (gsize)sysconf (_SC_PAGESIZE);
        guint8 *end = self->data + self->capacity + page;
        if (self->writable)
            pena_wipe (self->data, self->capacity);
        munmap (end - self->mapped, self->mapped);
    }
    g_free (self);
}

gboolean
pena_secret_append (PenaSecret *self, gconstpointer data, gsize length)
{
    if (length > self->capacity - self->length)
        return FALSE;
    if (length > 0)
        memcpy (self->data + self->length, data, length);
    self->length += length;
    return TRUE;
}

void
pena_secret_clear (PenaSecret *self)
{
    pena_wipe (self->data, self->capacity);
    self->length = 0;
}
