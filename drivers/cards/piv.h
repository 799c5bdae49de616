/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PIV cards, between the driver's files
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-card-private.h"
#include "pena-tlv.h"

enum {
    PIV_INS_GET_DATA = 0xCB,
    PIV_INS_PUT_DATA = 0xDB,
    PIV_INS_GENERAL_AUTHENTICATE = 0x87,
    PIV_INS_GENERATE = 0x47,
    /* YubiKey's own, which others have taken up */
    PIV_INS_MOVE_KEY = 0xF6,
    PIV_INS_GET_METADATA = 0xF7,
    PIV_INS_GET_SERIAL = 0xF8,
    PIV_INS_ATTEST = 0xF9,
    PIV_INS_RESET = 0xFB,
    PIV_INS_GET_VERSION = 0xFD,
    PIV_INS_IMPORT = 0xFE,
    PIV_INS_SET_ADMIN_KEY = 0xFF,

    PIV_PIN_APPLICATION = 0x80, /* key references, part 1, 5.1 */
    PIV_PIN_GLOBAL = 0x00,
    PIV_PUK = 0x81,
    PIV_ADMIN_KEY = 0x9B,
    PIV_PIN_LENGTH_MIN = 6,
    PIV_PIN_LENGTH = 8,
    PIV_PIN_PADDING = 0xFF,

    PIV_OBJECT_DISCOVERY = 0x7E,
    PIV_OBJECT_CHUID = 0x5FC102,
    PIV_OBJECT_PRINTED = 0x5FC109,
    PIV_OBJECT_KEY_HISTORY = 0x5FC10C,
    PIV_OBJECT_ATTESTATION = 0x5FFF01,
    PIV_OBJECT_ADMIN_DATA = 0x5FFF00,

    PIV_TAG_OBJECT_NAME = 0x5C,
    PIV_TAG_OBJECT = 0x53,
    PIV_TAG_CERTIFICATE = 0x70,
    PIV_TAG_CERTIFICATE_INFO = 0x71,
    PIV_TAG_END = 0xFE,
    PIV_CERTIFICATE_PACKED = 0x01,

    PIV_TAG_DYNAMIC_AUTHENTICATION = 0x7C,
    PIV_TAG_WITNESS = 0x80,
    PIV_TAG_CHALLENGE = 0x81,
    PIV_TAG_RESPONSE = 0x82,
    PIV_TAG_EXPONENTIATION = 0x85,

    PIV_TAG_PUBLIC_KEY = 0x7F49,
    PIV_TAG_MODULUS = 0x81,
    PIV_TAG_EXPONENT = 0x82,
    PIV_TAG_POINT = 0x86,

    PIV_RETIRED_KEYS = 20,
    PIV_RETIRED_PLACE = 0x82,
    PIV_SMALL_ANSWER = 256,
    PIV_KEY_ANSWER = 1024,
};

/* What is known of this card beside its contents. */
typedef struct {
    enum { PIV_METADATA_UNKNOWN, PIV_METADATA_THERE, PIV_METADATA_MISSING } metadata;
    guint32 retired;         /* bit n: there is something in the nth retired place, though no certificate */
    gboolean have_discovery; /* it is known which of the PINs is the holder's */
    gboolean global;         /* it is the global one */
    guint8
        version[3]; /* of a YubiKey or what behaves like one; zeros: it does not tell, or was not asked yet */
    guint32 serial; /* likewise, as printed on it */
    GHashTable *made; /* place -> EVP_PKEY made there, which a card without metadata does not tell again */
} PivData;

#define PIV_PLACES 24
/* Ends with name NULL. */
extern const PenaCardPlace pena_piv_places[PIV_PLACES + 1];
#define PIV_ALL_OPERATIONS (PENA_KEY_RSA_RAW | PENA_KEY_ECDSA | PENA_KEY_ECDH | PENA_KEY_EDDSA)

/* What PIV calls the algorithm; FALSE when it has none such. */
gboolean pena_piv_algorithm_id (PenaKeyAlgorithm algorithm, guint8 *ret_id);
PenaKeyAlgorithm pena_piv_algorithm_of_id (guint8 id);

/* piv-read.c */
guint32 pena_piv_object_of_place (guint place);
/* An object that is not there leaves *ret_found FALSE; a deleted one is there and empty. `answer` receives
 * the whole answer, of which *ret_value is a part: what 53, or the object's own tag, holds. One that is
 * malformed twice is as good as none: it must not keep the holder from what else is on the card. */
gboolean pena_piv_get_object (PenaCard *card, guint32 object, PenaSecret *answer, PenaTlv *ret_value,
                              gboolean *ret_found, GError **error);
/* FALSE in *ret_there: there is no such key or PIN, or the card has no metadata, which card->data then says. */
gboolean pena_piv_get_metadata (PenaCard *card, guint8 reference, PenaSecret *answer, gboolean *ret_there,
                                GError **error);
/* From 7F49's value, or the same in metadata. NULL when it makes no sense. */
EVP_PKEY *pena_piv_public_key (PenaKeyAlgorithm algorithm, const guint8 *value, gsize length);
/* The certificate in an object, unpacked. NULL when there is none. */
GBytes *pena_piv_certificate (const PenaTlv *object);
/* Which PIN the holder has, once. */
gboolean pena_piv_need_discovery (PenaCard *card, GError **error);
gboolean pena_piv_identify (PenaCard *card, GByteArray *identity, GError **error);
gboolean pena_piv_read (PenaCard *card, GError **error);
gboolean pena_piv_read_keys (PenaCard *card, GError **error);
/* What tokens that take YubiKey's commands tell of themselves, into card->data. */
gboolean pena_piv_read_device (PenaCard *card, GError **error);
gboolean pena_piv_confirm (PenaCard *card, const PenaCardCertificate *certificate, gboolean *ret_true,
                           GError **error);

/* piv-key.c */
gboolean pena_piv_use_key (PenaCard *card, const PenaCardKey *key, PenaKeyOperation operation,
                           const guint8 *input, gsize length, PenaSecret *output, GError **error);
gboolean pena_piv_generate_key (PenaCard *card, const PenaKeySpec *spec, EVP_PKEY **ret_public,
                                GError **error);
gboolean pena_piv_import_key (PenaCard *card, const PenaKeySpec *spec, EVP_PKEY *key, GError **error);
gboolean pena_piv_delete_key (PenaCard *card, const PenaCardPlace *place, GError **error);
gboolean pena_piv_attest (PenaCard *card, const PenaCardKey *key, GBytes **ret_statement,
                          GBytes **ret_intermediate, GError **error);

/* piv-label.c */
gboolean pena_piv_make_serial (PenaCard *card, GError **error);
gboolean pena_piv_read_label (PenaCard *card, GError **error);
gboolean pena_piv_set_label (PenaCard *card, const gchar *label, GError **error);

/* piv-admin.c */
/* Puts what `content` has where 53 holds it; nothing deletes the object. */
gboolean pena_piv_put_object (PenaCard *card, guint32 object, const guint8 *content, gsize length,
                              const gchar *doing, GError **error);
gboolean pena_piv_authenticate (PenaCard *card, const guint8 *secret, gsize length, GError **error);
gboolean pena_piv_put_certificate (PenaCard *card, const PenaCardPlace *place, GBytes *der, GError **error);
gboolean pena_piv_delete_certificate (PenaCard *card, const PenaCardPlace *place, GError **error);
gboolean pena_piv_set_admin_key (PenaCard *card, PenaAdminKeyAlgorithm algorithm, const PenaSecret *key,
                                 gboolean protect, PenaSecret *ret_key, GError **error);
gboolean pena_piv_factory_reset (PenaCard *card, GError **error);
