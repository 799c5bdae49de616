/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: how a kind of card is described; for drivers only
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-apdu.h"
#include "pena-card.h"
#include "pena-pin-pad.h"
#include "pena-sw.h"

typedef struct {
    const gchar *historical; /* what the historical bytes of the ATR begin with */
    guint score;             /* added to the driver's */
    gboolean extended;       /* extended lengths work although the ATR does not say so */
    gsize length;            /* of historical; 0: up to its NUL */
    gboolean button;         /* keys may want a touch, and the card does not tell which */
} PenaAtrMatch;

typedef struct {
    gboolean known; /* the answer was one about a PIN; the rest counts only then */
    gboolean verified;
    guint tries; /* when not verified */
} PenaPinStatus;

/* A kind of card. Functions that are NULL are taken from pena_card_driver_iso7816; where that has none either,
 * the card cannot do it and the caller hears PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED. All run inside a
 * transaction, and all but `select` with the application selected as far as is known. Only what a function says
 * that it changes may it change; on failure nothing of it. */
typedef struct {
    const gchar *name;
    const guint8 *aid; /* what SELECT takes */
    gsize aid_length;
    guint score;              /* of a card that has the application, whatever its ATR */
    const PenaAtrMatch *atrs; /* ends with historical NULL; may be NULL */
    const PenaSwRow *sw;      /* rows that go before the common ones; may be NULL */
    const PenaSwRow *pin_sw;  /* the same for commands that carry a PIN; may be NULL */

    /* Makes the application the selected one. *ret_found is FALSE when the card does not have it. May be called
     * again and again; may set card->data when that is NULL, and leaves it NULL when nothing is found. */
    gboolean (*select) (PenaCard *card, gboolean *ret_found, GError **error);
    /* Frees card->data; may be NULL. */
    void (*free_data) (PenaCard *card);

    /* --- what is on it --- */

    /* Appends bytes that are this card's alone and change whenever the card lets somebody see that its
     * contents have changed; right after select. None: the card cannot be told from others, nothing of it is
     * cached. NULL: never cached. */
    gboolean (*identify) (PenaCard *card, GByteArray *identity, GError **error);
    /* Fills card->contents, which is empty (and card->data, when it is NULL), by pena_card_add_certificate()
     * and pena_card_add_key(). Texts, PINs, places and abilities that are the same on all cards of the kind
     * go into `describe`. */
    gboolean (*read) (PenaCard *card, GError **error);
    /* The rest of pena_card_need_keys(): may set anything of the keys in contents, add and remove some. NULL:
     * read does it all. */
    gboolean (*read_keys) (PenaCard *card, GError **error);
    /* The rest of pena_card_need_device(), which `describe` and `load` put back from card->data; they set card->have_device
     * when nothing is missing. NULL: read does it all. */
    gboolean (*read_device) (PenaCard *card, GError **error);
    /* contents->serial comes by a command of its own, which is identify's; else read sets it. */
    gboolean serial_apart;
    /* contents->label, once the serial is known, by pena_card_take_label(); nothing was looked at before. NULL: read does it. */
    gboolean (*read_label) (PenaCard *card, GError **error);
    /* Before read, and before contents are taken from the cache: all that no command is needed for. */
    void (*describe) (PenaCard *card);
    /* card->data for the cache, and back: FALSE when that makes no sense. NULL: there is nothing to keep. */
    GVariant *(*save) (PenaCard *card);
    gboolean (*load) (PenaCard *card, GVariant *saved);
    /* Whether the certificate, which came from the cache, is still what the card has, by one command. An answer
     * that is no certificate is *ret_true FALSE as well. NULL: what identify gave tells enough. */
    gboolean (*confirm) (PenaCard *card, const PenaCardCertificate *certificate, gboolean *ret_true,
                         GError **error);

    /* --- PINs --- */

    /* The state of the PIN. *ret_status untouched (known FALSE) when the answer is not about one: then another
     * application is likely to be selected. One command. */
    gboolean (*ask_pin) (PenaCard *card, guint index, PenaPinStatus *ret_status, GError **error);
    /* Right before a PIN is sent: makes sure beyond doubt that the application is selected, selecting it when
     * need be, and tells how many tries are left. As few commands as that takes. */
    gboolean (*prepare_pin) (PenaCard *card, guint index, PenaPinStatus *ret_status, GError **error);
    /* How the PIN is written; const data. */
    const PenaPinFormat *(*pin_format) (PenaCard *card, guint index);
    /* Appends the PIN in the form that the card takes; PENA_ERROR_PIN_INVALID when it cannot be one. */
    gboolean (*format_pin) (PenaCard *card, guint index, const guint8 *pin, gsize length, PenaSecret *out,
                            GError **error);
    /* formatted is NULL for the pin pad. With index PENA_CARD_PIN_USER other references that want the same
     * passphrase may be verified after the first one was, with no more risk: their state is noted by
     * pena_card_note_pin(), and the last of them is card->fresh_pin. */
    gboolean (*verify) (PenaCard *card, guint index, const PenaSecret *formatted, GError **error);
    /* old and new each in the card's form; both NULL for the pin pad. */
    gboolean (*change_pin) (PenaCard *card, guint index, const PenaSecret *old_pin, const PenaSecret *new_pin,
                            GError **error);
    /* secret (in the form of the PIN with PENA_ROLE_RESET) is NULL when the administrator does it. */
    gboolean (*unblock) (PenaCard *card, PenaCardRole role, const PenaSecret *secret,
                         const PenaSecret *new_pin, GError **error);
    /* Makes the card forget the user's PINs; *ret_done is FALSE when it cannot, or when another application
     * answers. */
    gboolean (*forget_pin) (PenaCard *card, gboolean *ret_done, GError **error);
    /* Any command that ends the validity of a PIN for keys that want it each time. */
    void (*spoil_pin) (PenaCard *card);
    /* That validity outlives other commands: spoil_pin ends each transaction, and sends nothing where there is none. */
    gboolean consent_lasts;

    /* --- keys --- */

    gboolean (*use_key) (PenaCard *card, const PenaCardKey *key, PenaKeyOperation operation,
                         const guint8 *input, gsize length, PenaSecret *output, GError **error);

    /* --- administration: see pena-card.h for what each does and promises --- */

    /* For cards whose administrator has a key. Others: NULL, the PIN with PENA_ROLE_ADMIN is verified. */
    gboolean (*authenticate) (PenaCard *card, const guint8 *secret, gsize length, GError **error);
    gboolean (*generate_key) (PenaCard *card, const PenaKeySpec *spec, EVP_PKEY **ret_public, GError **error);
    gboolean (*import_key) (PenaCard *card, const PenaKeySpec *spec, EVP_PKEY *key, GError **error);
    gboolean (*put_certificate) (PenaCard *card, const PenaCardPlace *place, GBytes *der, GError **error);
    gboolean (*delete_certificate) (PenaCard *card, const PenaCardPlace *place, GError **error);
    gboolean (*delete_key) (PenaCard *card, const PenaCardPlace *place, GError **error);
    gboolean (*set_label) (PenaCard *card, const gchar *label, GError **error); /* which is sound */
    /* For cards that come without one. */
    gboolean (*make_serial) (PenaCard *card, GError **error);
    gboolean (*set_admin_key) (PenaCard *card, PenaAdminKeyAlgorithm algorithm, const PenaSecret *key,
                               gboolean protect, PenaSecret *ret_key, GError **error);
    gboolean (*factory_reset) (PenaCard *card, GError **error);
    /* formatted is NULL to take it away. */
    gboolean (*set_reset_code) (PenaCard *card, const PenaSecret *formatted, GError **error);
    gboolean (*count_signatures) (PenaCard *card, guint *ret_count, GError **error);
    gboolean (*random) (PenaCard *card, guint8 *out, gsize length, GError **error);
    gboolean (*attest) (PenaCard *card, const PenaCardKey *key, GBytes **ret_statement,
                        GBytes **ret_intermediate, GError **error);
} PenaCardDriver;

struct _PenaCard {
    const PenaCardDriver *driver;
    PenaLink *link;
    PenaCardContents contents;
    gpointer data; /* the driver's own; freed by free_data */

    GByteArray *identity;    /* what it is cached by; NULL: not known, or it has none */
    GHashTable *unconfirmed; /* certificates from the cache that the card was not asked about yet */
    gboolean have_keys, have_device, have_serial, have_label; /* of contents, as the need_ functions say */
    gboolean tries_lost;    /* of the user's PIN, when last they were seen */
    gboolean held;          /* a transaction stays open between two calls */
    gboolean spent;         /* in what is held VERIFY was not the last command */
    gboolean selected;      /* within this transaction, by the common way */
    gboolean fresh;         /* within this transaction VERIFY was the last command */
    guint fresh_pin;        /* of this PIN */
    gboolean administrator; /* as far as is known */
    gboolean administering; /* what is held stays so until it is released */
    gboolean stale;         /* contents are not what the card has any more */
    guint64 last_change;    /* pena_card_cache_get_last_change() as it was before the contents were read */
};

/* Common ways of ISO/IEC 7816-4 cards; never matches a card by itself. */
extern const PenaCardDriver pena_card_driver_iso7816;
extern const PenaCardDriver pena_card_driver_openpgp;
extern const PenaCardDriver pena_card_driver_piv;
extern const PenaCardDriver pena_card_driver_pkcs15;

/* All that match cards by themselves; ends with NULL. The order means nothing. */
extern const PenaCardDriver *const pena_card_drivers[];

/* A function of the card's driver, or the one it inherits; may be NULL. */
#define PENA_CARD_OP(card, op) ((card)->driver->op != NULL ? (card)->driver->op : pena_card_driver_iso7816.op)

/* Drivers by how well they fit the ATR, best first (transfer container), and whether the ATR row of one says
 * that extended lengths work. */
GPtrArray *pena_card_rank_drivers (const PenaCardDriver *const *drivers, const guint8 *atr, gsize length);
gboolean pena_card_driver_knows_extended (const PenaCardDriver *driver, const guint8 *atr, gsize length);
/* Whether the driver has a row for the ATR. */
gboolean pena_card_driver_knows_atr (const PenaCardDriver *driver, const guint8 *atr, gsize length);

/* How long the card may take to use the key: one that may want to be touched, or is long, is waited for. */
PenaPatience pena_card_key_patience (PenaCard *card, const PenaCardKey *key);

/* Exchanges an APDU of which only 9000 will do. */
gboolean pena_card_command (PenaCard *card, const PenaApdu *apdu, PenaSecret *answer, const gchar *doing,
                            GError **error);

/* The same for administration: a card that wants more rights wants the administrator's. */
gboolean pena_card_admin_command (PenaCard *card, const PenaApdu *apdu, PenaSecret *answer,
                                  const gchar *doing, GError **error);

/* --- filling the contents --- */

/* Adds the certificate in DER at template's place, with its id and label (which is copied); borrowed. One that
 * cannot be parsed is passed over: NULL. Nothing else is checked: certificates are no secret, and whoever uses
 * one checks it. */
PenaCardCertificate *pena_card_add_certificate (PenaCard *card, const PenaCardCertificate *template,
                                                const guint8 *der, gsize length);
/* Adds a key with template's id, label (copied), place, usage, PIN, touch and origin; borrowed. public_key
 * (taken over) may be NULL: the one of the certificate with the same id; NULL when there is none either.
 * template->operations is what cards of this kind do with keys of all algorithms; the key gets those that go
 * with its own. */
PenaCardKey *pena_card_add_key (PenaCard *card, const PenaCardKey *template, EVP_PKEY *public_key);
void pena_card_remove_key (PenaCard *card, const PenaCardKey *key);
PenaCardKey *pena_card_find_key (PenaCard *card, guint place);                 /* NULL: none there */
PenaCardCertificate *pena_card_find_certificate (PenaCard *card, guint place); /* likewise */
/* What the card says is its name; left as it was when that is none that can be shown. */
void pena_card_take_label (PenaCard *card, const guint8 *bytes, gsize length);
/* Adds a PIN and gives its index. */
guint pena_card_add_pin (PenaCard *card, const PenaCardPin *pin);
/* Notes what the card said about a PIN. */
void pena_card_note_pin (PenaCard *card, guint index, const PenaPinStatus *status);

/* What kind of key it is; UNKNOWN when no driver has that. */
PenaKeyAlgorithm pena_key_algorithm (EVP_PKEY *key);
/* Bits of modulus or curve; 0 for those that have no one size. */
guint pena_key_algorithm_bits (PenaKeyAlgorithm algorithm);
gboolean pena_key_algorithm_is_rsa (PenaKeyAlgorithm algorithm);
/* From big-endian numbers and points (04 X Y, or 32 bytes) as cards write them; NULL when that is no key. */
EVP_PKEY *pena_key_new_rsa (const guint8 *modulus, gsize modulus_length, const guint8 *exponent,
                            gsize exponent_length);
EVP_PKEY *pena_key_new_point (PenaKeyAlgorithm algorithm, const guint8 *point, gsize length);
