/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a fuzz input that is a certificate, its issuer and what somebody says of it
 * Copyright (C) 2026 the Pena authors */
#include "fuzz-trio.h"

#include "pena-certificate.h"

#define HEAD 4

gboolean
fuzz_trio_init (FuzzTrio *self, const guint8 *data, size_t size)
{
    if (size < HEAD)
        return FALSE;
    size_t one = (size_t)data[0] << 8 | data[1], two = (size_t)data[2] << 8 | data[3];
    if (size - HEAD < one + two)
        return FALSE;
    g_autoptr (GBytes) certificate = g_bytes_new (data + HEAD, one);
    g_autoptr (GBytes) issuer = g_bytes_new (data + HEAD + one, two);
    self->certificate = pena_certificate_parse (certificate, NULL);
    self->issuer = self->certificate != NULL ? pena_certificate_parse (issuer, NULL) : NULL;
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
