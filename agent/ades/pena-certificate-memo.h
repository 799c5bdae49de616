/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: certificates that were read already
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <openssl/x509.h>

/* OpenSSL takes longer to read a certificate (the public key in it) than to check a signature with it, and one
 * verification meets the same few again and again. The octets decide everything, so what was read from them once can be
 * used again: a certificate is never changed here. Bounded; each thread has its own. */

/* NULL when it is not known. Transfer full. */
X509 *pena_certificate_memo_find (GBytes *der);
/* Of what pena_certificate_memo_find() has not found. Takes a reference. */
void pena_certificate_memo_keep (GBytes *der, X509 *certificate);

/* Whether the signature of the certificate is one by the key of the issuer: X509_verify(), which is asked once of a pair. */
gboolean pena_certificate_memo_verify (X509 *certificate, X509 *issuer);
