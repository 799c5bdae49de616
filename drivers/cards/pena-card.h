/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a signing card, whatever its kind
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "pena-secret.h"
#include "pena-transport.h"

typedef struct _PenaCard PenaCard;

/* The longest PIN that any card takes. */
#define PENA_CARD_PIN_MAX 64
/* Certificates larger than this are refused, packed or not. */
#define PENA_CARD_OBJECT_MAX (16 * 1024)

/* What the card itself computes; padding is the caller's. */
typedef enum {
    PENA_KEY_RSA_RAW = 1 << 0, /* the private-key operation on a block as long as the modulus */
    PENA_KEY_ECDSA = 1 << 1,   /* over a hash value; gives r and s side by side */
} PenaKeyOperation;

/* What the key is for. */
typedef enum {
    PENA_KEY_SIGN = 1 << 0,
    PENA_KEY_DECRYPT = 1 << 1,
} PenaKeyUsage;

typedef enum {
    PENA_KEY_PIN_NEVER,
    PENA_KEY_PIN_ONCE,
    PENA_KEY_PIN_ALWAYS, /* each use right after its own VERIFY */
} PenaKeyPin;

/* A private key on the card and the certificate that belongs to it. */
typedef struct {
    guint8 id;        /* the same on every card of this kind; from 1 */
    guint8 reference; /* the card's own name for the key */
    gchar *label;
    GBytes *certificate; /* DER */
    X509 *x509;          /* the same, parsed */
    EVP_PKEY *public_key;
    guint bits;                 /* of modulus or curve */
    PenaKeyOperation operation; /* 0: a key that no driver can use; the certificate is shown all the same */
    PenaKeyUsage usage;
    PenaKeyPin pin;
} PenaCardKey;

/* Read once per card. */
typedef struct {
    const gchar *label;        /* static */
    const gchar *manufacturer; /* static */
    const gchar *model;        /* static */
    gchar *serial;             /* hex digits; "" when the card has none */
    GPtrArray *keys;           /* of PenaCardKey */
    guint pin_min, pin_max;
} PenaCardContents;

#define PENA_CARD_TRIES_UNKNOWN (-1)

/* What is known about the PIN without asking the card again. */
typedef struct {
    gboolean verified; /* the card said so last, whoever verified it */
    gint tries_left;
    gint tries_max; /* the most that was ever seen */
} PenaCardPin;

/* Connects, finds the driver and reads the contents, in one transaction. PENA_ERROR_TOKEN_MISSING when the
 * reader is empty, PENA_ERROR_TOKEN_UNSUPPORTED when no driver knows the card. All calls on a card block; one
 * thread at a time. */
PenaCard *pena_card_open (PenaTransport *transport, const gchar *reader, GError **error);
void pena_card_free (PenaCard *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCard, pena_card_free)

const PenaCardContents *pena_card_get_contents (PenaCard *self);
const PenaCardPin *pena_card_get_pin (PenaCard *self);
/* The card is gone for good: only freeing it makes sense. */
gboolean pena_card_is_lost (PenaCard *self);
PenaLink *pena_card_get_link (PenaCard *self);

typedef enum {
    PENA_VERIFY_NORMAL = 0,
    PENA_VERIFY_SPEND_LAST_TRY = 1 << 0, /* else the last try is refused with PENA_ERROR_PIN_LAST_TRY */
    PENA_VERIFY_HOLD = 1 << 1, /* keep the transaction open, so that a PIN_ALWAYS key can be used at once */
} PenaVerifyFlags;

/* PENA_ERROR_PIN_WRONG and PIN_BLOCKED carry attempts_left. PIN_INVALID: not sent, no try was spent. */
gboolean pena_card_verify (PenaCard *self, const guint8 *pin, gsize length, PenaVerifyFlags flags,
                           GError **error);
/* TRUE while the transaction of a PENA_VERIFY_HOLD is open and the PIN good for one use of a PIN_ALWAYS key.
 */
gboolean pena_card_is_held (PenaCard *self);
/* Ends that transaction; a PIN that was not used up is made worthless to others first. Nothing when none is
 * open. */
void pena_card_release (PenaCard *self);
/* Makes the card forget that the PIN was verified. */
gboolean pena_card_logout (PenaCard *self, GError **error);
gboolean pena_card_change_pin (PenaCard *self, const guint8 *old_pin, gsize old_length, const guint8 *new_pin,
                               gsize new_length, PenaVerifyFlags flags, GError **error);

/* Uses the key. `pin` (may be NULL) is verified right before when the key is PIN_ALWAYS and nothing is held;
 * without it that is PENA_ERROR_PIN_REQUIRED, as is a PIN_ONCE key whose PIN the card does not count as
 * verified (any more). */
gboolean pena_card_use_key (PenaCard *self, const PenaCardKey *key, const guint8 *input, gsize length,
                            const PenaSecret *pin, PenaSecret *output, GError **error);
