/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: malloc for a library through whose hands a passphrase goes
 * Copyright (C) 2026 the Pena authors */
#include "locked-heap.h"

#include "pena-secret.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>

#define LARGEST (64 * 1024)

/* In front of each piece; as large as the strictest alignment. */
typedef union {
    PenaSecret *secret;
    max_align_t alignment;
} Header;

void *
pena_locked_malloc (size_t size)
{
    gsize rounded = (size + alignof (max_align_t) - 1) / alignof (max_align_t) * alignof (max_align_t);
    PenaSecret *secret = NULL;

    if (size <= LARGEST)
        secret = pena_secret_new (sizeof (Header) + rounded, TRUE, NULL);
    if (secret == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    Header *header = (Header *)(gpointer)secret->data;
    header->secret = secret;
    return header + 1;
}

void
pena_locked_free (void *memory)
{
    if (memory != NULL)
        pena_secret_free (((Header *)memory - 1)->secret);
}

void *
pena_locked_realloc (void *memory, size_t size)
{
    void *fresh = pena_locked_malloc (size);

    if (fresh == NULL || memory == NULL)
        return fresh;
    gsize old = ((Header *)memory - 1)->secret->capacity - sizeof (Header);
    memcpy (fresh, memory, MIN (old, size));
    pena_locked_free (memory);
    return fresh;
}
