/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the OpenPGP card driver, between its files (functional specification 3.4.1; clauses are of that)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-card-driver.h"

typedef enum {
    OPENPGP_SIGN,
    OPENPGP_DECIPHER,
    OPENPGP_AUTHENTICATE,
    OPENPGP_PLACES,
} OpenpgpPlace;

/* The PINs in contents->pins. PW1 has two references: what is verified for one is not for the other. */
enum {
    OPENPGP_PIN_USER = PENA_CARD_PIN_USER, /* 82: deciphering, authentication */
    OPENPGP_PIN_SIGN,                      /* 81: signatures */
    OPENPGP_PIN_CODE,                      /* resetting code */
    OPENPGP_PIN_ADMIN,                     /* PW3 */
    OPENPGP_PINS,
};

#define OPENPGP_AID_LENGTH 16
#define OPENPGP_ATTRIBUTES_MAX 16
#define OPENPGP_SALT 8
#define OPENPGP_OBJECT_MAX 1024 /* of answers that are lists */
#define OPENPGP_TOUCH_UNKNOWN 0xFF

/* How a password is turned into what the card takes (F9). */
typedef struct {
    gboolean active;
    guint8 hash; /* as OpenPGP numbers them */
    guint32 count;
    guint8 salts[3][OPENPGP_SALT]; /* PW1, resetting code, PW3 */
} OpenpgpKdf;

/* A slot's algorithm attributes as the card has them (C1 to C3). */
typedef struct {
    guint8 bytes[OPENPGP_ATTRIBUTES_MAX];
    gsize length;
} OpenpgpAttributes;

/* card->data: what the application related data say (6E), and what was learned later. */
typedef struct {
    gboolean fresh; /* just read, and nothing was told of it yet: need not be read again */
    gboolean told;  /* described as it is, for read to go on with */
    gboolean terminated;
    guint8 aid[OPENPGP_AID_LENGTH];
    guint8 capabilities; /* first byte of C0 */
    guint challenge_max, certificate_max;
    guint8 life_cycle; /* of the historical bytes */
    OpenpgpAttributes attributes[OPENPGP_PLACES];
    guint8 fingerprints[20 * OPENPGP_PLACES];
    guint8 dates[4 * OPENPGP_PLACES];
    gboolean tells_origin; /* there is a DE */
    guint8 origin[OPENPGP_PLACES];
    guint8 touch[OPENPGP_PLACES];
    gboolean one_signature; /* C4: PW1 is good for one signature only */
    guint8 pin_max[3];      /* PW1, resetting code, PW3 */
    guint8 tries[3];        /* likewise */
    GBytes *algorithms;     /* FA; NULL: not read, or the card has none */
    gboolean knows_kdf;     /* kdf is what the card has, as far as is known */
    gboolean no_forgetting; /* VERIFY with P1 FF is unknown to the card */
    gboolean odd_selection; /* SELECT DATA wants the length once more (YubiKey before 5.4.4) */
    OpenpgpKdf kdf;
} OpenpgpData;

/* First byte of C0 (4.4.3.7). */
enum {
    OPENPGP_CAN_CHALLENGE = 0x40,
    OPENPGP_CAN_IMPORT = 0x20,
    OPENPGP_CAN_CHANGE_STATUS = 0x10,
    OPENPGP_CAN_KEEP_PRIVATE = 0x08,
    OPENPGP_CAN_CHANGE_ATTRIBUTES = 0x04,
    OPENPGP_CAN_KDF = 0x01,
};

/* Data objects. */
enum {
    OPENPGP_DO_ATTRIBUTES = 0xC1, /* and the two that follow */
    OPENPGP_DO_PW_STATUS = 0xC4,
    OPENPGP_DO_FINGERPRINT = 0xC7, /* likewise */
    OPENPGP_DO_DATE = 0xCE,        /* likewise */
    OPENPGP_DO_TOUCH = 0xD6,       /* likewise */
    OPENPGP_DO_KDF = 0xF9,
    OPENPGP_DO_ALGORITHMS = 0xFA,
    OPENPGP_DO_SECURITY_SUPPORT = 0x7A,
    OPENPGP_DO_APPLICATION = 0x6E,
    OPENPGP_DO_CERTIFICATE = 0x7F21,
    OPENPGP_DO_LABEL = 0x0102, /* private use: the administrator writes it, everybody reads it */
};

/* openpgp-data.c */

/* The data of one object, replacing what was in answer; *ret_sw tells. FALSE: no answer. */
gboolean pena_openpgp_get (PenaCard *card, guint tag, PenaSecret *answer, guint16 *ret_sw, GError **error);
/* Reads 6E; on failure card->data is as it was. */
gboolean pena_openpgp_read_data (PenaCard *card, GError **error);
/* From the value of 6E. FALSE when what must be there is not; *ret_data then makes no sense. */
gboolean pena_openpgp_parse_data (const guint8 *bytes, gsize length, OpenpgpData *ret_data);
/* PW status bytes. FALSE: they are none. */
gboolean pena_openpgp_parse_status (const guint8 *bytes, gsize length, OpenpgpData *data);
void pena_openpgp_free_data (PenaCard *card);
gboolean pena_openpgp_read_label (PenaCard *card, GError **error);
const gchar *pena_openpgp_manufacturer (const OpenpgpData *data); /* static */
/* Makes the nth certificate the one that GET DATA and PUT DATA are about. *ret_done FALSE: the card cannot. */
gboolean pena_openpgp_select_certificate (PenaCard *card, OpenpgpPlace place, gboolean *ret_done,
                                          GError **error);

/* openpgp-algorithm.c */

PenaKeyAlgorithm pena_openpgp_parse_attributes (OpenpgpPlace place, const guint8 *bytes, gsize length);
/* The attributes with which the card makes or takes keys of that algorithm: one of those that it lists, else the
 * usual ones. FALSE: such keys have no place there. */
gboolean pena_openpgp_find_attributes (const OpenpgpData *data, OpenpgpPlace place,
                                       PenaKeyAlgorithm algorithm, OpenpgpAttributes *ret_attributes);
/* What can be made, as bits 1 << PenaKeyAlgorithm. */
guint64 pena_openpgp_possible_algorithms (const OpenpgpData *data);
/* What 7F49 holds, as a public key; NULL when it makes no sense for the algorithm. */
EVP_PKEY *pena_openpgp_parse_public (PenaKeyAlgorithm algorithm, const guint8 *bytes, gsize length);

/* openpgp-kdf.c */

/* From the value of F9. FALSE when it is malformed, unknown, or wants more work than any PIN is worth. */
gboolean pena_openpgp_kdf_parse (const guint8 *bytes, gsize length, OpenpgpKdf *ret_kdf);
/* Replaces out by what the card is to get for this password; salt 0 PW1, 1 resetting code, 2 PW3. */
gboolean pena_openpgp_kdf_derive (const OpenpgpKdf *kdf, guint salt, const guint8 *password, gsize length,
                                  PenaSecret *out, GError **error);

/* openpgp-pin.c */

gboolean pena_openpgp_ask_pin (PenaCard *card, guint index, PenaPinStatus *ret_status, GError **error);
gboolean pena_openpgp_prepare_pin (PenaCard *card, guint index, PenaPinStatus *ret_status, GError **error);
gboolean pena_openpgp_verify (PenaCard *card, guint index, const PenaSecret *formatted, GError **error);
gboolean pena_openpgp_change_pin (PenaCard *card, guint index, const PenaSecret *old_pin,
                                  const PenaSecret *new_pin, GError **error);
gboolean pena_openpgp_unblock (PenaCard *card, PenaCardRole role, const PenaSecret *secret,
                               const PenaSecret *new_pin, GError **error);
gboolean pena_openpgp_forget_pin (PenaCard *card, gboolean *ret_done, GError **error);
void pena_openpgp_spoil_pin (PenaCard *card);
gboolean pena_openpgp_set_reset_code (PenaCard *card, const PenaSecret *formatted, GError **error);
/* Reads F9 unless the card has none. */
gboolean pena_openpgp_read_kdf (PenaCard *card, GError **error);

/* openpgp.c */

/* By SELECT, whatever is selected: that ends what was verified. */
gboolean pena_openpgp_select_anew (PenaCard *card, gboolean *ret_found, GError **error);
/* Reads FA, unless that is known or there is nothing to choose; and notes what keys can be made. */
gboolean pena_openpgp_need_algorithms (PenaCard *card, GError **error);

/* openpgp-key.c */

/* B6, B8 or A4, empty: which key is meant. */
const guint8 *pena_openpgp_template (OpenpgpPlace place); /* two bytes */
/* GENERATE, to make (80) or to read (81). *ret_public is NULL when there is none. */
gboolean pena_openpgp_public_key (PenaCard *card, OpenpgpPlace place, gboolean make, EVP_PKEY **ret_public,
                                  GError **error);
gboolean pena_openpgp_use_key (PenaCard *card, const PenaCardKey *key, PenaKeyOperation operation,
                               const guint8 *input, gsize length, PenaSecret *output, GError **error);

/* openpgp-admin.c */

gboolean pena_openpgp_generate_key (PenaCard *card, const PenaKeySpec *spec, EVP_PKEY **ret_public,
                                    GError **error);
gboolean pena_openpgp_import_key (PenaCard *card, const PenaKeySpec *spec, EVP_PKEY *key, GError **error);
gboolean pena_openpgp_put_certificate (PenaCard *card, const PenaCardPlace *place, GBytes *der,
                                       GError **error);
gboolean pena_openpgp_delete_certificate (PenaCard *card, const PenaCardPlace *place, GError **error);
gboolean pena_openpgp_delete_key (PenaCard *card, const PenaCardPlace *place, GError **error);
gboolean pena_openpgp_factory_reset (PenaCard *card, GError **error);
gboolean pena_openpgp_set_label (PenaCard *card, const gchar *label, GError **error);
gboolean pena_openpgp_random (PenaCard *card, guint8 *out, gsize length, GError **error);

/* openpgp-import.c */

/* The extended header list (4D) with the private parts, in locked memory where that can be had; NULL and an
 * error when the key does not go with the attributes. */
PenaSecret *pena_openpgp_import_list (OpenpgpPlace place, const OpenpgpAttributes *attributes, EVP_PKEY *key,
                                      GError **error);

/* openpgp-fingerprint.c */

/* The fingerprint of an OpenPGP key of version 4 (RFC 4880, 12.2; RFC 6637; RFC 9580, 5.5.4) that this public key
 * is when made at that time. FALSE when OpenPGP has no such keys. */
gboolean pena_openpgp_fingerprint (EVP_PKEY *key, OpenpgpPlace place, guint32 date, guint8 fingerprint[20]);
