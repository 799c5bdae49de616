/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PIV application (SP 800-73-4), between its files
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "vtoken-key.h"
#include "vtoken-private.h"

#define PIV_KEY_PIN 0x80
#define PIV_KEY_PUK 0x81
#define PIV_KEY_ADMIN 0x9B
#define PIV_KEY_ATTESTATION 0xF9
#define PIV_PIN_LENGTH 8

typedef enum {
    PIV_PIN_NEVER = 1,
    PIV_PIN_ONCE = 2,
    PIV_PIN_ALWAYS = 3,
} PivPinPolicy;

/* The numbers of the vendor's metadata command. */
typedef enum {
    PIV_ORIGIN_GENERATED = 1,
    PIV_ORIGIN_IMPORTED = 2,
} PivOrigin;

typedef struct {
    VtokenAlgorithm algorithm;
    PivPinPolicy pin_policy;
    guint8 touch_policy; /* kept and told, but there is nobody to touch */
    PivOrigin origin;
    EVP_PKEY *key;
} PivKey;

/* PIN or PUK. */
typedef struct {
    guint8 value[PIV_PIN_LENGTH];
    guint8 tries, total;
} PivReference;

/* What the host was last given to prove that it holds the management key. */
typedef enum {
    PIV_ADMIN_IDLE,
    PIV_ADMIN_CHALLENGED, /* challenge in clear; the host answers with it encrypted */
    PIV_ADMIN_WITNESSED,  /* witness encrypted; the host answers with it in clear */
} PivAdminStep;

typedef struct {
    Vtoken *card;

    GHashTable *objects; /* tag -> GBytes, the value inside 53 (or 7E, 7F61) */
    gsize objects_size;
    GHashTable *keys; /* slot -> PivKey */
    PivReference pin, puk;
    VtokenAlgorithm admin_algorithm;
    guint8 admin_key[32];

    gboolean pin_verified;
    guint pin_sequence; /* the command that verified it */
    gboolean admin_authenticated;
    PivAdminStep admin_step;
    guint8 admin_challenge[16];
} Piv;

typedef guint16 (*PivCommand) (Piv *self, const VtokenCommand *command, GByteArray *answer);

/* piv.c */
void piv_make_blank (Piv *self);
guint16 piv_save_change (Piv *self);
gboolean piv_is_key_slot (guint8 slot);
void piv_put_key (Piv *self, guint8 slot, PivKey *key);
PivKey *piv_get_key (Piv *self, guint8 slot);
void piv_key_free (PivKey *key);
void piv_remove_key (Piv *self, guint8 slot);

/* piv-object.c */
void piv_object_store (Piv *self, guint32 tag, gconstpointer data, gsize length);
guint16 piv_get_data (Piv *self, const VtokenCommand *command, GByteArray *answer);
guint16 piv_put_data (Piv *self, const VtokenCommand *command, GByteArray *answer);

/* piv-pin.c */
void piv_reference_set (PivReference *self, const gchar *text, guint8 tries);
guint16 piv_verify (Piv *self, const VtokenCommand *command, GByteArray *answer);
guint16 piv_change_reference (Piv *self, const VtokenCommand *command, GByteArray *answer);
guint16 piv_reset_retry_counter (Piv *self, const VtokenCommand *command, GByteArray *answer);

/* piv-auth.c */
guint16 piv_general_authenticate (Piv *self, const VtokenCommand *command, GByteArray *answer);

/* piv-admin.c */
gsize piv_admin_key_length (VtokenAlgorithm algorithm); /* 0: not one for the management key */
/* One block. */
void piv_admin_encrypt (VtokenAlgorithm algorithm, const guint8 *key, const guint8 *in, guint8 *out);
void piv_admin_set_default (Piv *self, VtokenAlgorithm algorithm);
gboolean piv_admin_is_default (Piv *self);
guint16 piv_admin_authenticate (Piv *self, const VtokenCommand *command, GByteArray *answer);

/* piv-attest.c. The key that vouches for others is there from the start, and after a reset another one. */
void piv_attest_make_signer (Piv *self);
guint16 piv_attest (Piv *self, const VtokenCommand *command, GByteArray *answer);

/* piv-generate.c */
gboolean piv_resolve_policies (guint8 slot, gconstpointer data, gsize length, PivKey *key);
guint16 piv_generate (Piv *self, const VtokenCommand *command, GByteArray *answer);

/* piv-vendor.c */
extern const guint8 piv_version[3];
guint16 piv_vendor_command (Piv *self, const VtokenCommand *command, GByteArray *answer);
