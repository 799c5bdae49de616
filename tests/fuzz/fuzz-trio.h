/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a fuzz input that is a certificate, its issuer and what somebody says of it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <openssl/x509.h>

/* Two lengths (big endian, 16 bits each), the two certificates, and the rest. */
typedef struct {
    X509 *certificate, *issuer;
    GBytes *rest;
} FuzzTrio;

/* FALSE when the certificates cannot be read. */
gboolean fuzz_trio_init (FuzzTrio *self, const guint8 *data, size_t size);
void fuzz_trio_clear (FuzzTrio *self);
