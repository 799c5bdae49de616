/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token: private keys and what a card does with them
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "vtoken.h"

typedef struct evp_pkey_st EVP_PKEY;

/* Functions that return GBytes give NULL when the key cannot do it with this input: the card says "wrong
 * data". */

gboolean vtoken_algorithm_is_rsa (VtokenAlgorithm algorithm);
gboolean vtoken_algorithm_is_ec (VtokenAlgorithm algorithm); /* NIST's curves */
/* Bytes of the modulus or of a coordinate. */
gsize vtoken_algorithm_size (VtokenAlgorithm algorithm);

EVP_PKEY *vtoken_key_generate (VtokenAlgorithm algorithm);
/* From the CRT values p, q, dP, dQ, qInv with the exponent 65537; NULL when they do not fit together or the
 * modulus is not of the algorithm's size. */
EVP_PKEY *vtoken_key_from_crt (VtokenAlgorithm algorithm, GBytes *const crt[5]);
/* From the two primes and the exponent alone. */
EVP_PKEY *vtoken_key_from_primes (VtokenAlgorithm algorithm, GBytes *e, GBytes *p, GBytes *q);
/* EC: the scalar; Ed25519 and X25519: the bytes of RFC 8032 and RFC 7748. */
EVP_PKEY *vtoken_key_from_scalar (VtokenAlgorithm algorithm, GBytes *scalar);

GBytes *vtoken_key_save (EVP_PKEY *key);
EVP_PKEY *vtoken_key_load (GBytes *saved);

/* 81 modulus, 82 exponent, or 86 point: what goes into 7F49. */
GBytes *vtoken_key_public_part (EVP_PKEY *key);
/* The other way. */
EVP_PKEY *vtoken_key_from_public_part (VtokenAlgorithm algorithm, gconstpointer data, gsize length);

/* RSA: input as large as the modulus, answer likewise. EC: up to a coordinate's size of hash, answer SEQUENCE
 * (r, s). Ed25519: the message. */
GBytes *vtoken_key_sign (EVP_PKEY *key, VtokenAlgorithm algorithm, gconstpointer data, gsize length);
/* RSA where the card pads (PKCS#1 v1.5): a DigestInfo signed, or the message that a cryptogram hides. */
GBytes *vtoken_key_sign_padded (EVP_PKEY *key, gconstpointer data, gsize length);
GBytes *vtoken_key_decrypt_padded (EVP_PKEY *key, gconstpointer data, gsize length);
/* ECDH with 04 X Y; answer the X coordinate. X25519: 32 bytes each. */
GBytes *vtoken_key_agree (EVP_PKEY *key, gconstpointer point, gsize length);
