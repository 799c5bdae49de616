/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a fuzz input that is a certificate, its issuer and what somebody says of it
 * Copyright (C) 2026 the Pena authors */
#include "fuzz-trio.h"

#include "pena-certificate.h"

#define HEAD 4
static X509 *
read_certificate (const guint8 *data, size_t size)
{
    g_autoptr (GBytes) der = g_bytes_new (data, size);

    return pena_certificate_parse (der, NULL);
}

gboolean
fuzz_trio_init (FuzzTrio *self, const guint8 *data, size_t size)
{
    if (size < HEAD)
        return FALSE;
    size_t one = (size_t)data[0] << 8 | data[1], two = (size_t)data[2] << 8 | data[3];
    if (size - HEAD < one + two)
        return FALSE;
    self->certificate = read_certificate (data + HEAD, one);
    self->issuer = self->certificate != NULL ? read_certificate (data + HEAD + one, two) : NULL;
    self->rest = g_bytes_new (data + HEAD + one + two, size - HEAD - one - two);
    if (self->issuer != NULL)
        return TRUE;
    fuzz_trio_clear (self);
    return FALSE;
}

void
fuzz_trio_clear (FuzzTrio *self)
{
    g_clear_pointer (&self->certificate, X509_free);
    g_clear_pointer (&self->issuer, X509_free);
    g_clear_pointer (&self->rest, g_bytes_unref);
}
