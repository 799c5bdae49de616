/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#15 cards: what their directory files say (ISO/IEC 7816-15, 8)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <openssl/evp.h>

#include "pena-card.h"

/* The files are a stranger's. Whatever is malformed in one entry leaves out that entry; what cannot be told apart into
 * entries ends the list. Nothing here recurses, nothing follows a path. */

/* As many entries of one kind are looked at; a token that has more shows its first ones. */
#define PENA_P15_OBJECTS_MAX 64
#define PENA_P15_PATH_MAX 16
#define PENA_P15_ALGORITHMS_MAX 16

/* Bits as the standard counts them, from the left of a BIT STRING. */
#define PENA_P15_BIT(n) (1u << (31 - (n)))

enum {
    PENA_P15_USE_ENCRYPT = PENA_P15_BIT (0),
    PENA_P15_USE_DECRYPT = PENA_P15_BIT (1),
    PENA_P15_USE_SIGN = PENA_P15_BIT (2),
    PENA_P15_USE_SIGN_RECOVER = PENA_P15_BIT (3),
    PENA_P15_USE_UNWRAP = PENA_P15_BIT (5),
    PENA_P15_USE_NON_REPUDIATION = PENA_P15_BIT (9),

    PENA_P15_PIN_NEEDS_PADDING = PENA_P15_BIT (5),
    PENA_P15_PIN_UNBLOCKING = PENA_P15_BIT (6),
    PENA_P15_PIN_SO = PENA_P15_BIT (7),
    PENA_P15_PIN_PROTECTED = PENA_P15_BIT (9) | PENA_P15_BIT (10), /* wants secure messaging */
    PENA_P15_PIN_CHANGE_DISABLED = PENA_P15_BIT (2),
    PENA_P15_PIN_UNBLOCK_DISABLED = PENA_P15_BIT (3),
    PENA_P15_PIN_INITIALIZED = PENA_P15_BIT (4),

    PENA_P15_CAN_SIGN = PENA_P15_BIT (1),
    PENA_P15_CAN_DECIPHER = PENA_P15_BIT (5),
};

typedef struct {
    guint8 bytes[PENA_P15_PATH_MAX];
    gsize length; /* 0: there is none */
    gsize offset; /* into the file */
    gsize size;   /* of the object there; 0: to the end of the file */
} PenaP15Path;

typedef enum {
    PENA_P15_PRIVATE_KEYS = 0xA0,
    PENA_P15_PUBLIC_KEYS = 0xA1,
    PENA_P15_TRUSTED_PUBLIC_KEYS = 0xA2,
    PENA_P15_SECRET_KEYS = 0xA3,
    PENA_P15_CERTIFICATES = 0xA4,
    PENA_P15_TRUSTED_CERTIFICATES = 0xA5,
    PENA_P15_USEFUL_CERTIFICATES = 0xA6,
    PENA_P15_DATA = 0xA7,
    PENA_P15_AUTHENTICATION = 0xA8,
} PenaP15Kind;

/* A line of the object directory: entries in another file, or right here. */
typedef struct {
    PenaP15Kind kind;
    PenaP15Path path;
    GBytes *objects; /* NULL: at path */
} PenaP15Directory;

/* What all objects have. */
typedef struct {
    gchar *label;       /* valid UTF-8, printable; may be empty */
    PenaCardId auth_id; /* length 0: none */
    guint consent;      /* 0: no; else as often it may be used before the PIN is wanted again */
} PenaP15Common;

typedef enum {
    PENA_P15_RSA,
    PENA_P15_EC,
    PENA_P15_OTHER,
} PenaP15KeyType;

typedef struct {
    PenaP15Common common;
    PenaP15KeyType type;
    PenaCardId id;
    guint32 usage;
    gboolean native;
    gint reference; /* -1: none */
    guint8 algorithms[PENA_P15_ALGORITHMS_MAX];
    guint n_algorithms; /* 0: it does not say */
    PenaP15Path path;   /* of private keys only the path counts */
    GBytes *value;      /* of public keys: the key itself; NULL: at path */
} PenaP15Key;

typedef struct {
    PenaP15Common common;
    PenaCardId id;
    gboolean authority;
    PenaP15Path path;
    GBytes *value; /* DER; NULL: at path */
} PenaP15Certificate;

typedef enum {
    PENA_P15_PIN_BCD = 0,
    PENA_P15_PIN_ASCII = 1,
    PENA_P15_PIN_UTF8 = 2,
    PENA_P15_PIN_HALF_NIBBLE = 3,
    PENA_P15_PIN_ISO9564 = 4,
} PenaP15PinType;

typedef struct {
    PenaP15Common common; /* common.auth_id is that of what unblocks it */
    PenaCardId auth_id;
    guint32 flags;
    PenaP15PinType type;
    guint min, stored, max; /* characters, bytes, characters */
    guint8 reference;
    gint pad; /* -1: none */
    PenaP15Path path;
} PenaP15Pin;

/* How the card computes something (AlgorithmInfo). */
typedef struct {
    guint8 reference;    /* by which keys name it */
    guint32 mechanism;   /* as PKCS#11 numbers them */
    guint32 operations;  /* PENA_P15_CAN_ */
    gint card_reference; /* for MANAGE SECURITY ENVIRONMENT; -1: it does not say */
} PenaP15Algorithm;

typedef struct {
    gchar *serial; /* hex digits; "" when there is none */
    gchar *label;
    gchar *manufacturer;
    gboolean dated; /* tells when it was changed last */
    PenaP15Algorithm algorithms[PENA_P15_ALGORITHMS_MAX];
    guint n_algorithms;
} PenaP15TokenInfo;

/* Where the application is and its files, as EF.DIR has it. */
typedef struct {
    PenaP15Path path;
    PenaP15Path odf, token_info; /* length 0: at the usual place */
} PenaP15Application;

/* FALSE when none of the templates that stand side by side is about PKCS#15. */
gboolean pena_p15_parse_dir (const guint8 *data, gsize length, PenaP15Application *ret_application);
gboolean pena_p15_parse_token_info (const guint8 *data, gsize length, PenaP15TokenInfo *ret_info);
/* Each gives a transfer full array of pointers to the structs. */
GPtrArray *pena_p15_parse_odf (const guint8 *data, gsize length);
GPtrArray *pena_p15_parse_keys (const guint8 *data, gsize length);
GPtrArray *pena_p15_parse_certificates (const guint8 *data, gsize length);
GPtrArray *pena_p15_parse_pins (const guint8 *data, gsize length);

/* RSAPublicKey, a point in an OCTET STRING (curve by its size), or SubjectPublicKeyInfo; NULL for anything else. */
EVP_PKEY *pena_p15_parse_public_key (const guint8 *data, gsize length);

void pena_p15_token_info_clear (PenaP15TokenInfo *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaP15TokenInfo, pena_p15_token_info_clear)
