/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's OpenPGP application (functional specification 3.4), between its files
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "vtoken-key.h"
#include "vtoken-private.h"

#define OPENPGP_PW_MAX 127
#define OPENPGP_PW1_MIN 6
#define OPENPGP_PW3_MIN 8
#define OPENPGP_CERTIFICATES 3
#define OPENPGP_CERTIFICATE_MAX 3072
#define OPENPGP_TRIES 3

/* Status words of this application alone (7.1). */
enum {
    SW_TERMINATED = 0x6285,
    SW_UNSUPPORTED = 0x6A81,
};

typedef enum {
    OPENPGP_SIGN,
    OPENPGP_DECIPHER,
    OPENPGP_AUTHENTICATE,
    OPENPGP_N_KEYS,
} OpenpgpUse;

/* As the key information DO numbers them (4.4.3.8). */
typedef enum {
    OPENPGP_ORIGIN_NONE,
    OPENPGP_ORIGIN_GENERATED,
    OPENPGP_ORIGIN_IMPORTED,
} OpenpgpOrigin;

typedef struct {
    EVP_PKEY *key; /* NULL: none */
    OpenpgpOrigin origin;
} OpenpgpKey;

/* PW1, resetting code or PW3; length 0: none is set. */
typedef struct {
    guint8 value[OPENPGP_PW_MAX];
    guint8 length, tries;
} OpenpgpReference;

typedef struct {
    Vtoken *card;

    gboolean terminated;
    gboolean pw1_for_several; /* C4[0]: the PIN is good for more than one signature */
    guint32 signatures;
    GHashTable *objects; /* tag -> GBytes */
    OpenpgpKey keys[OPENPGP_N_KEYS];
    OpenpgpReference pw1, code, pw3;

    gboolean sign_verified, user_verified, admin_verified; /* 81, 82, 83 */
    guint occurrence;                                      /* of the certificate */
    OpenpgpUse decipher_key, authenticate_key;             /* what the security environment names */
} Openpgp;

typedef guint16 (*OpenpgpCommand) (Openpgp *self, const VtokenCommand *command, GByteArray *answer);

/* openpgp.c */
guint16 openpgp_save_change (Openpgp *self);
void openpgp_drop_key (Openpgp *self, OpenpgpUse use);

/* openpgp-data.c */
void openpgp_make_objects (Openpgp *self);
GBytes *openpgp_object (Openpgp *self, guint32 tag); /* borrowed; NULL when there is none */
void openpgp_object_store (Openpgp *self, guint32 tag, gconstpointer data, gsize length);
/* FALSE: this application has no such object, or it is not of a size that it may have. */
gboolean openpgp_object_fits (guint32 tag, gsize length);
void openpgp_aid (Openpgp *self, guint8 aid[16]);
guint16 openpgp_get_data (Openpgp *self, const VtokenCommand *command, GByteArray *answer);
guint16 openpgp_get_next_data (Openpgp *self, const VtokenCommand *command, GByteArray *answer);
guint16 openpgp_select_data (Openpgp *self, const VtokenCommand *command, GByteArray *answer);

/* openpgp-put.c */
guint16 openpgp_put_data (Openpgp *self, const VtokenCommand *command, GByteArray *answer);
guint16 openpgp_import_key (Openpgp *self, const VtokenCommand *command, GByteArray *answer);

/* openpgp-algorithm.c */
/* What a slot's algorithm attributes mean; 0 when the slot cannot have them. */
VtokenAlgorithm openpgp_parse_attributes (OpenpgpUse use, gconstpointer data, gsize length);
VtokenAlgorithm openpgp_algorithm (Openpgp *self, OpenpgpUse use);
/* The other way; appends. FALSE when the slot cannot have it. */
gboolean openpgp_write_attributes (OpenpgpUse use, VtokenAlgorithm algorithm, GByteArray *out);
/* The value of the algorithm information DO. */
void openpgp_describe_algorithms (GByteArray *out);

/* openpgp-pin.c */
void openpgp_reference_set (OpenpgpReference *self, gconstpointer value, gsize length, guint8 tries);
guint16 openpgp_verify (Openpgp *self, const VtokenCommand *command, GByteArray *answer);
guint16 openpgp_change_reference (Openpgp *self, const VtokenCommand *command, GByteArray *answer);
guint16 openpgp_reset_retry_counter (Openpgp *self, const VtokenCommand *command, GByteArray *answer);

/* openpgp-key.c */
gboolean openpgp_use_of_template (gconstpointer data, gsize length, OpenpgpUse *ret_use);
guint16 openpgp_generate (Openpgp *self, const VtokenCommand *command, GByteArray *answer);
guint16 openpgp_security_operation (Openpgp *self, const VtokenCommand *command, GByteArray *answer);
guint16 openpgp_internal_authenticate (Openpgp *self, const VtokenCommand *command, GByteArray *answer);
guint16 openpgp_security_environment (Openpgp *self, const VtokenCommand *command, GByteArray *answer);
