/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PKCS#15 application (ISO/IEC 7816-15), between its files
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "vtoken-key.h"
#include "vtoken-private.h"

#define P15_MF 0x3F00
#define P15_PIN_BYTES 16
#define P15_PINS 3
#define P15_KEYS_MAX 2

/* How a PIN is written (7816-15, 8.8.2), numbers of the ASN.1. */
typedef enum {
    P15_PIN_BCD = 0,
    P15_PIN_ASCII = 1,
    P15_PIN_UTF8 = 2,
    P15_PIN_HALF_NIBBLE = 3,
} P15PinType;

/* What cards of this kind do differently; the rest is the same on all. */
typedef struct {
    const gchar *name;
    gboolean records;   /* EF.DIR has records */
    gboolean by_path;   /* keys are told by the path of a file, not by a number */
    gboolean hashes;    /* PSO:CDS with RSA takes the hash value and makes the DigestInfo itself */
    gboolean raw_ecdsa; /* gives r and s side by side, not a SEQUENCE */
    gboolean mute;      /* VERIFY without data is not known, and PINs are said to live in the MF */
    gboolean two_pins;  /* the signing key has a PIN of its own */
    gboolean vendor;    /* nothing tells how keys are used, and the standard's commands do not work */
    gboolean direct;    /* certificates stand in the directory file itself */
    gboolean lists;     /* keys say which algorithms they do */
    gboolean no_aid;    /* not to be selected by name; EF.DIR tells where it is */
    P15PinType pin_type;
    guint8 stored_length; /* of a padded PIN; 0: as long as it is */
    guint8 pad;
} P15Layout;

/* NULL when there is none of that name; "pkcs15" is the first. */
const P15Layout *p15_layout_find (const gchar *name);

typedef struct {
    guint8 reference;
    guint8 value[P15_PIN_BYTES]; /* as VERIFY carries it */
    guint8 length;
    guint8 tries, total;
    gboolean verified;
    gboolean fresh; /* for one use of a key that wants consent each time */
} P15Pin;

typedef struct {
    guint8 reference; /* and id, from 1 */
    VtokenAlgorithm algorithm;
    EVP_PKEY *key;
    GBytes *certificate; /* NULL until there is one */
} P15Key;

typedef enum {
    P15_DF,
    P15_TRANSPARENT,
    P15_RECORDS,
    P15_INTERNAL, /* a key: nothing to read */
} P15FileKind;

typedef struct {
    guint16 id, parent;
    P15FileKind kind;
    GByteArray *data;   /* transparent */
    GPtrArray *records; /* of GBytes */
    guint8 reader;      /* reference of the PIN that reading needs; 0: none */
} P15File;

typedef struct {
    Vtoken *card;
    const P15Layout *layout; /* NULL: the card has no such application */
    P15Pin pins[P15_PINS];
    GPtrArray *keys;  /* of P15Key */
    GPtrArray *files; /* of P15File; made from the rest */
    gchar *updated;   /* GeneralizedTime: when it was personalised last */

    guint16 df, ef; /* what is selected; ef is 0 when none is */
    /* Security environment. */
    guint8 template; /* B6, B8 or A4; 0: none set */
    guint8 algorithm;
    const P15Key *key;
} P15;

typedef guint16 (*P15Command) (P15 *self, const VtokenCommand *command, GByteArray *answer);

enum {
    P15_PIN_USER = 0x01,
    P15_PIN_PUK = 0x02,
    P15_PIN_SIGN = 0x03,

    P15_ALGORITHM_RSA = 0x11, /* PKCS#1 v1.5 over a DigestInfo; also deciphers */
    P15_ALGORITHM_RSA_SHA256 = 0x42,
    P15_ALGORITHM_RSA_SHA384 = 0x52,
    P15_ALGORITHM_RSA_SHA512 = 0x62,
    P15_ALGORITHM_ECDSA = 0x21,

    P15_DF_ID = 0x5015,
    P15_KEY_FILE = 0x4B00, /* and the key's reference */
    P15_CERTIFICATE_FILE = 0x3100,
    P15_PUBLIC_FILE = 0x3200,

    SW_NO_CURRENT_EF = 0x6986,
    SW_INCOMPATIBLE_FILE = 0x6981,
    SW_RECORD_NOT_FOUND = 0x6A83,
    SW_WRONG_OFFSET = 0x6B00,
};

/* p15-file.c */
P15File *p15_file_find (P15 *self, guint16 parent, guint16 id);
P15File *p15_file_add (P15 *self, guint16 parent, guint16 id, P15FileKind kind);
void p15_file_free (P15File *file);
/* From the MF, whose id may be left out; NULL when there is no such file. */
P15File *p15_file_walk (P15 *self, guint16 from, const guint8 *path, gsize length);
guint16 p15_select (P15 *self, const VtokenCommand *command, GByteArray *answer);
guint16 p15_read_binary (P15 *self, const VtokenCommand *command, GByteArray *answer);
guint16 p15_read_record (P15 *self, const VtokenCommand *command, GByteArray *answer);

/* p15-pin.c */
void p15_pins_set_default (P15 *self);
P15Pin *p15_pin_find (P15 *self, guint8 reference);
guint16 p15_verify (P15 *self, const VtokenCommand *command, GByteArray *answer);
guint16 p15_change_reference (P15 *self, const VtokenCommand *command, GByteArray *answer);
guint16 p15_reset_retry_counter (P15 *self, const VtokenCommand *command, GByteArray *answer);

/* p15-use.c */
gboolean p15_key_wants_consent (const P15Key *key);
guint8 p15_key_pin (const P15 *self, const P15Key *key);
guint16 p15_manage_security_environment (P15 *self, const VtokenCommand *command, GByteArray *answer);
guint16 p15_perform_security_operation (P15 *self, const VtokenCommand *command, GByteArray *answer);
guint16 p15_get_challenge (P15 *self, const VtokenCommand *command, GByteArray *answer);

/* p15-content.c: what the directory files say, and the files themselves. */
void p15_build_files (P15 *self);

/* p15.c */
guint16 p15_save_change (P15 *self);
