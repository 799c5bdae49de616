/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a signing card, whatever its kind
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "pena-secret.h"
#include "pena-transport.h"

/* All calls on a card block, for as long as the card computes (RSA keys take minutes to make), but not for ever: a card
 * that does not answer in time is lost, with PENA_ERROR_TOKEN_FAILED, and one that another program keeps is
 * PENA_ERROR_TOKEN_BUSY (pena-transport.h). One thread at a time. Errors are of PENA_ERROR. Whatever fails, the transaction is ended
 * and the card stays usable, unless a call says otherwise. */
typedef struct _PenaCard PenaCard;

/* The longest PIN that any card takes, and the longest secret of its administrator. */
#define PENA_CARD_PIN_MAX 64
#define PENA_CARD_PINS_MAX 8
#define PENA_CARD_ID_MAX 32
/* Bytes of a card's name, which is what CK_TOKEN_INFO has room for. */
#define PENA_CARD_LABEL_MAX 32
/* Certificates larger than this are refused, packed or not. */
#define PENA_CARD_OBJECT_MAX (16 * 1024)

/* What the card itself computes; a key may have several. Whatever else a mechanism wants (hashing, padding) is
 * the caller's. */
typedef enum {
    PENA_KEY_RSA_RAW = 1 << 0,           /* the private-key operation on a block as long as the modulus */
    PENA_KEY_RSA_PKCS1_SIGN = 1 << 1,    /* over a DigestInfo, which the card pads (EMSA-PKCS1-v1_5) */
    PENA_KEY_RSA_PKCS1_DECRYPT = 1 << 2, /* of a cryptogram; the card takes the padding off */
    PENA_KEY_ECDSA = 1 << 3,             /* over a hash value; gives r and s side by side */
    PENA_KEY_EDDSA = 1 << 4,             /* Ed25519 over the message itself; gives R and S side by side */
    PENA_KEY_ECDH = 1 << 5, /* with the other's point (04 X Y; X25519: 32 bytes); gives the X coordinate */
} PenaKeyOperation;

typedef enum {
    PENA_ALGORITHM_UNKNOWN, /* a key that no driver can use; its certificate is shown all the same */
    PENA_ALGORITHM_RSA1024, /* is only used; never made */
    PENA_ALGORITHM_RSA2048,
    PENA_ALGORITHM_RSA3072,
    PENA_ALGORITHM_RSA4096,
    PENA_ALGORITHM_RSA_OTHER, /* another modulus of 1024 to 4096 bits; is only used */
    PENA_ALGORITHM_P256,
    PENA_ALGORITHM_P384,
    PENA_ALGORITHM_P521,
    PENA_ALGORITHM_ED25519,
    PENA_ALGORITHM_X25519,
    PENA_N_ALGORITHMS
} PenaKeyAlgorithm;

/* What the key is for. Decrypting is agreeing, too, for keys that do that. */
typedef enum {
    PENA_KEY_SIGN = 1 << 0,
    PENA_KEY_DECRYPT = 1 << 1,
} PenaKeyUsage;

typedef enum {
    PENA_KEY_PIN_DEFAULT, /* only when a key is made: as the card has it for the place */
    PENA_KEY_PIN_NEVER,
    PENA_KEY_PIN_ONCE,
    PENA_KEY_PIN_ALWAYS, /* each use right after its own VERIFY */
} PenaKeyPin;

typedef enum {
    PENA_KEY_TOUCH_DEFAULT, /* also: the card does not tell */
    PENA_KEY_TOUCH_NEVER,
    PENA_KEY_TOUCH_ALWAYS,
    PENA_KEY_TOUCH_CACHED, /* holds for some seconds */
} PenaKeyTouch;

typedef enum {
    PENA_KEY_ORIGIN_UNKNOWN,
    PENA_KEY_ORIGIN_GENERATED, /* on this card: it is nowhere else */
    PENA_KEY_ORIGIN_IMPORTED,
} PenaKeyOrigin;

/* Ids tie a key and its certificate together and are what PKCS#11 calls CKA_ID. Where the card has none of its
 * own (PIV, OpenPGP) an id is one byte, the same on every card of this kind, counted from 1 in the order of
 * the places; where it has (PKCS#15) it is the card's, and one that is longer than PENA_CARD_ID_MAX its
 * SHA-256. Labels are the card's own where it has them, else the name of the place; UTF-8, never NULL. */
typedef struct {
    guint8 bytes[PENA_CARD_ID_MAX];
    gsize length;
} PenaCardId;

/* A certificate, whether or not its key is on the card. Counted references. */
typedef struct {
    PenaCardId id;
    guint place; /* where it is, as the driver counts */
    gchar *label;
    GBytes *der;
    X509 *x509;         /* the same, parsed */
    gboolean authority; /* of a CA, not of the holder */
} PenaCardCertificate;

/* A private key on the card. Counted references: one that is held stays valid, though useless, when the
 * contents are read anew. */
typedef struct {
    PenaCardId id;
    guint place; /* where it is, as the driver counts */
    gchar *label;
    EVP_PKEY *public_key;             /* from the certificate or from the card */
    PenaCardCertificate *certificate; /* NULL: none with this id is on the card (yet) */
    PenaKeyAlgorithm algorithm;
    guint bits;                  /* of modulus or curve */
    PenaKeyOperation operations; /* 0: nothing that the card does with it is known */
    PenaKeyUsage usage;
    PenaKeyPin pin;
    guint pin_index; /* which of the card's PINs it wants; means nothing when `pin` is PENA_KEY_PIN_NEVER */
    PenaKeyTouch touch;
    PenaKeyOrigin origin;
} PenaCardKey;

PenaCardKey *pena_card_key_ref (PenaCardKey *self);
void pena_card_key_unref (PenaCardKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCardKey, pena_card_key_unref)
PenaCardCertificate *pena_card_certificate_ref (PenaCardCertificate *self);
void pena_card_certificate_unref (PenaCardCertificate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCardCertificate, pena_card_certificate_unref)

/* Whose PIN it is, and who may authorise something. */
typedef enum {
    PENA_ROLE_NONE,
    PENA_ROLE_USER,
    PENA_ROLE_RESET, /* PUK, reset code: gives the user a new PIN and nothing else */
    PENA_ROLE_ADMIN, /* management key, PW3, SO PIN */
} PenaCardRole;

#define PENA_CARD_TRIES_UNKNOWN (-1)
#define PENA_CARD_PIN_USER 0

/* A PIN, and what is known about it without asking the card again. */
typedef struct {
    PenaCardRole role;
    guint8 reference;   /* P2 of VERIFY */
    const gchar *label; /* static */
    guint min, max;     /* bytes that a person types */
    gboolean no_pad;   /* a reader's pin pad cannot be used: the card wants something computed from the PIN */
    gboolean known;    /* the card has been asked; the rest counts only then */
    gboolean verified; /* the card said so last, whoever verified it */
    gint tries_left;   /* PENA_CARD_TRIES_UNKNOWN: it does not tell */
    gint tries_max;    /* the most that was ever seen */
} PenaCardPin;

/* A place for a key. */
typedef struct {
    guint place;       /* as the driver counts */
    guint8 id;         /* of key and certificate there */
    const gchar *name; /* what people type: "9c", "sig" */
    const gchar *label;
    PenaKeyUsage usage;
    PenaKeyPin pin; /* unless a key says otherwise */
} PenaCardPlace;

/* What this card can do beyond using keys. */
typedef enum {
    PENA_CARD_GENERATE = 1 << 0,
    PENA_CARD_IMPORT = 1 << 1,
    PENA_CARD_PUT_CERTIFICATE = 1 << 2, /* and delete one */
    PENA_CARD_DELETE_KEY = 1 << 3,
    PENA_CARD_SET_LABEL = 1 << 4,
    PENA_CARD_CHANGE_PIN = 1 << 5,
    PENA_CARD_UNBLOCK = 1 << 6,
    PENA_CARD_SET_ADMIN_KEY = 1 << 7, /* the administrator has a key, not a PIN */
    PENA_CARD_RESET = 1 << 8,
    PENA_CARD_RANDOM = 1 << 9,
    PENA_CARD_ATTEST = 1 << 10,
    PENA_CARD_PIN_POLICY = 1 << 11, /* keys can be made with another policy than their place has */
    PENA_CARD_TOUCH_POLICY = 1 << 12,
    PENA_CARD_RESET_CODE = 1 << 13, /* the administrator can give the user a reset code */
    PENA_CARD_COUNT = 1 << 14,      /* counts its signatures */
} PenaCardAbilities;

/* What was read. Certificates are there from pena_card_open() on; pena_card_need_keys(), pena_card_need_device()
 * and pena_card_need_serial() add what costs more commands. The arrays and all that they hold stay the same until
 * a call that says that it reads anew; `generation` tells. */
typedef struct {
    gchar *label;                /* UTF-8, as the card has it or the name of its kind */
    const gchar *manufacturer;   /* static */
    const gchar *model;          /* static */
    gchar *serial;               /* hex digits; "" when the card has none, or it was not asked for yet */
    gchar *version;              /* of the application or of the token's firmware; "" when not known */
    gchar *device_serial;        /* as printed on the token, where that is another one; "" when not known */
    GPtrArray *certificates;     /* of PenaCardCertificate */
    GPtrArray *keys;             /* of PenaCardKey */
    const PenaCardPlace *places; /* static, ends with name NULL; NULL when no key can be made */
    guint64 algorithms;          /* bit (1 << PenaKeyAlgorithm): keys that can be made or imported */
    PenaCardAbilities abilities;
    PenaCardPin pins[PENA_CARD_PINS_MAX]; /* the first is the one that a login verifies */
    guint n_pins;
    guint generation;
} PenaCardContents;

/* Connects, finds the driver and reads the certificates, in one transaction, or takes them from the cache
 * (pena-card-cache.h) when the card is known. PENA_ERROR_TOKEN_MISSING when the reader is empty,
 * PENA_ERROR_TOKEN_UNSUPPORTED when no driver knows the card. */
PenaCard *pena_card_open (PenaTransport *transport, const gchar *reader, GError **error);
void pena_card_free (PenaCard *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCard, pena_card_free)

const PenaCardContents *pena_card_get_contents (PenaCard *self);
/* Whether these bytes can be a card's name: UTF-8 that is printed, and something to see. */
gboolean pena_card_is_label (const guint8 *bytes, gsize length);
/* "piv", "openpgp", "pkcs15". Static. */
const gchar *pena_card_get_kind (PenaCard *self);
/* Completes contents->keys: keys without a certificate, the PIN policies that the card tells. Until then there is
 * a key for each certificate that is not a CA's, with the policies that its kind of card has by itself. Keys are
 * replaced and added, certificates stay; counts `generation` up. Nothing is sent when it is known already. */
gboolean pena_card_need_keys (PenaCard *self, GError **error);
/* Whether the next call would send nothing. */
gboolean pena_card_knows_keys (PenaCard *self);
/* Completes what only administration needs: abilities, algorithms, version and device_serial. Counts `generation` up. */
gboolean pena_card_need_device (PenaCard *self, GError **error);
/* Completes contents->serial likewise, and where that costs nothing label, which else need_device completes. */
gboolean pena_card_need_serial (PenaCard *self, GError **error);
gboolean pena_card_knows_serial (PenaCard *self);
/* Asks the card about the PIN unless that is known. */
gboolean pena_card_need_pin (PenaCard *self, guint pin, GError **error);
/* Whether that would tell something about the user's PIN which is not known: FALSE also when nobody of this user's has
 * seen few tries left since a PIN was last right. They may have been lost elsewhere; no PIN is sent without asking. */
gboolean pena_card_may_have_lost_tries (PenaCard *self);
/* Tries are lost, or few are left, as far as is known. */
gboolean pena_card_pin_is_low (const PenaCardPin *pin);
const PenaCardPin *pena_card_get_pin (PenaCard *self, guint pin);
/* Reads everything anew, past the cache, which gets it. All keys and certificates are other ones after it.
 * When it fails the contents are as they were. */
gboolean pena_card_reload (PenaCard *self, GError **error);
/* Whether another process of this user has changed what is on a card since the contents were read: no command tells, a file
 * does. What is known of the card then may be wrong, who it is included: open it anew. FALSE while a transaction is held. */
gboolean pena_card_is_behind (PenaCard *self);
/* What was cached is not true: it will be read from the card the next time. For use when a signature does not
 * verify. */
void pena_card_distrust (PenaCard *self);
/* The card is gone for good: only freeing it makes sense. */
gboolean pena_card_is_lost (PenaCard *self);
/* Whether the reader has keys of its own for the PIN: `pin` may then be NULL below. */
gboolean pena_card_has_pin_pad (PenaCard *self);
PenaLink *pena_card_get_link (PenaCard *self);

/* --- PINs --- */

typedef enum {
    PENA_VERIFY_NORMAL = 0,
    PENA_VERIFY_SPEND_LAST_TRY = 1 << 0, /* else the last try is refused with PENA_ERROR_PIN_LAST_TRY */
    PENA_VERIFY_HOLD = 1 << 1, /* keep the transaction open, so that a PIN_ALWAYS key can be used at once */
} PenaVerifyFlags;

/* In all of these `index` is one of contents->pins and a PIN of NULL is typed at the reader's pin pad, which
 * blocks until it was, or ends with PENA_ERROR_USER_CANCELLED or PENA_ERROR_PROMPT_TIMEOUT.
 *
 * A PIN is sent only in the transaction in which the card has been made sure to have the right application
 * selected and to have enough tries left; from one passphrase at most one try is spent, also where a card has
 * several references for it. PENA_ERROR_PIN_WRONG and PIN_BLOCKED carry attempts_left when the card tells.
 * PIN_INVALID: not sent, no try was spent. */

/* Verifies the PIN; with PENA_CARD_PIN_USER all that a login should make usable is (OpenPGP: both references of
 * PW1). */
gboolean pena_card_verify (PenaCard *self, guint index, const guint8 *pin, gsize length,
                           PenaVerifyFlags flags, GError **error);
/* TRUE while the transaction of a PENA_VERIFY_HOLD is open and the PIN good for one use of a PIN_ALWAYS key,
 * or for administration. pena_card_need_keys() leaves it open; when that had to ask the card, the first use has to
 * bring the PIN along again, which costs no check. */
gboolean pena_card_is_held (PenaCard *self);
/* The same, and the PIN is this one: a card may verify another with the user's. */
gboolean pena_card_is_held_for (PenaCard *self, guint index);
/* Ends that transaction; a PIN that was not used up is made worthless to others first, and an administrator is
 * forgotten where the card can do that. Nothing when none is open. */
void pena_card_release (PenaCard *self);
/* Makes the card forget that a user's PIN was verified, and the administrator. */
gboolean pena_card_logout (PenaCard *self, GError **error);
/* Also for PUK, PW3 and SO PIN. On failure the old one holds. */
gboolean pena_card_change_pin (PenaCard *self, guint index, const guint8 *old_pin, gsize old_length,
                               const guint8 *new_pin, gsize new_length, PenaVerifyFlags flags,
                               GError **error);
/* Gives the user's PIN a new value and all its tries. With PENA_ROLE_RESET the secret is PUK or reset code,
 * whose own tries it costs when it is wrong (PIN_WRONG and PIN_BLOCKED then are about that); with
 * PENA_ROLE_ADMIN there is none, the administrator must be authenticated. On failure the PIN is as it was. */
gboolean pena_card_unblock (PenaCard *self, PenaCardRole role, const guint8 *secret, gsize secret_length,
                            const guint8 *new_pin, gsize new_length, PenaVerifyFlags flags, GError **error);

/* --- keys --- */

/* Uses the key for the operation, which must be one of its own. `pin` (may be NULL) is verified right before
 * when the key is PIN_ALWAYS and nothing is held; without it that is PENA_ERROR_PIN_REQUIRED, as is a PIN_ONCE
 * key whose PIN the card does not count as verified (any more). PENA_ERROR_CREDENTIAL_MISSING: there is no such
 * key any more; PENA_ERROR_TOKEN_CHANGED: what is known of the key came from the cache and is not what the
 * card has; no PIN was spent, pena_card_reload() puts it right. A PIN_ALWAYS key that only signs is not compared
 * with the card before: whether a signature is that of key->public_key is for the caller to check, and
 * pena_card_distrust() when it is not. */
gboolean pena_card_use_key (PenaCard *self, const PenaCardKey *key, PenaKeyOperation operation,
                            const guint8 *input, gsize length, const PenaSecret *pin, PenaSecret *output,
                            GError **error);

/* --- administration ---
 *
 * Needs the administrator to be authenticated, unless a call says otherwise; else PENA_ERROR_ADMIN_REQUIRED and
 * nothing has happened. With PENA_VERIFY_HOLD at pena_card_authenticate() all calls up to pena_card_release()
 * are one transaction that nobody else can disturb; without it another program may end the authentication in
 * between. PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED: this card cannot do it, nothing was sent or changed. Calls
 * that change keys or certificates read the contents anew (when that fails, so does pena_card_need_keys() until it
 * works) and drop what was cached. PENA_ERROR_TOKEN_REMOVED during one of them leaves open whether the card
 * has done it: read anew to see; it is never half done unless a call says so. */

/* The secret is the management key's bytes (PIV) or the administrator's PIN. NULL: the management key that the
 * card itself keeps, protected by the user's PIN, which must be verified (PENA_ERROR_PIN_REQUIRED;
 * PENA_ERROR_ADMIN_REQUIRED when it keeps none), or the pin pad for cards with an administrator's PIN.
 * PENA_ERROR_ADMIN_WRONG and ADMIN_BLOCKED carry attempts_left when the card tells. */
gboolean pena_card_authenticate (PenaCard *self, const guint8 *secret, gsize length, PenaVerifyFlags flags,
                                 GError **error);
gboolean pena_card_is_administrator (PenaCard *self);

/* What a key is to be. */
typedef struct {
    const PenaCardPlace *place;
    PenaKeyAlgorithm algorithm;
    PenaKeyPin pin;     /* PENA_KEY_PIN_DEFAULT: as the place has it */
    PenaKeyTouch touch; /* PENA_KEY_TOUCH_DEFAULT likewise */
} PenaKeySpec;

/* Makes a key on the card and gives its public part. A key that was there is gone, its certificate stays and no
 * longer fits: put another. On failure before the card began the old key is there still; after
 * PENA_ERROR_TOKEN_REMOVED or TOKEN_FAILED the place may hold the old, a new or no key. */
gboolean pena_card_generate_key (PenaCard *self, const PenaKeySpec *spec, EVP_PKEY **ret_public,
                                 GError **error);
/* The same with a key from outside (with its private part), borrowed. spec->algorithm must be the key's. */
gboolean pena_card_import_key (PenaCard *self, const PenaKeySpec *spec, EVP_PKEY *key, GError **error);
/* DER. On failure the old one is there still, unless the card was pulled out while writing: then it may hold
 * the old, the new or none. PENA_ERROR_TOKEN_FULL: too large for the card. */
gboolean pena_card_put_certificate (PenaCard *self, const PenaCardPlace *place, GBytes *der, GError **error);
gboolean pena_card_delete_certificate (PenaCard *self, const PenaCardPlace *place, GError **error);
/* Its certificate stays. */
gboolean pena_card_delete_key (PenaCard *self, const PenaCardPlace *place, GError **error);
/* Gives the card a name, which must be sound. */
gboolean pena_card_set_label (PenaCard *self, const gchar *label, GError **error);
/* Gives a card that has no serial of its own a random one; nothing is changed where there is one, whatever the administrator
 * is. Others can tell the card from its like by it, and it can be cached. */
gboolean pena_card_give_serial (PenaCard *self, GError **error);
/* Sets another management key of the algorithm's size: `key`, or for NULL a random one, which comes to stand in
 * ret_key (may be NULL only when protected). `protect` keeps it on the card as well, readable with the user's
 * PIN, which must be verified. The new key is written down before it is set; on failure the old one holds,
 * and is what the card keeps, unless the card was pulled out in between: then either may. */
typedef enum {
    PENA_ADMIN_KEY_DEFAULT, /* as it is now */
    PENA_ADMIN_KEY_3DES,
    PENA_ADMIN_KEY_AES128,
    PENA_ADMIN_KEY_AES192,
    PENA_ADMIN_KEY_AES256,
} PenaAdminKeyAlgorithm;
gboolean pena_card_set_admin_key (PenaCard *self, PenaAdminKeyAlgorithm algorithm, const PenaSecret *key,
                                  gboolean protect, PenaSecret *ret_key, GError **error);
/* Makes the application as new: all keys, certificates and PINs are gone, the maker's PINs hold. Needs no
 * administrator: where the card wants its PINs blocked first, that is done. When it fails half way the card
 * may be left blocked with everything still on it; calling again goes on. */
gboolean pena_card_factory_reset (PenaCard *self, GError **error);
/* What the user may then use with PENA_ROLE_RESET; NULL takes it away. On failure it is as it was. */
gboolean pena_card_set_reset_code (PenaCard *self, const guint8 *code, gsize length, GError **error);
/* How many signatures the card has made with its signature key. Needs no administrator. */
gboolean pena_card_count_signatures (PenaCard *self, guint *ret_count, GError **error);
/* From the card's own generator. Needs no administrator. */
gboolean pena_card_random (PenaCard *self, guint8 *out, gsize length, GError **error);
/* The card's statement, as a certificate (DER), that the key was made on it and how it may be used, and the
 * certificate of the key that signs such statements. Needs no administrator. */
gboolean pena_card_attest (PenaCard *self, const PenaCardKey *key, GBytes **ret_statement,
                           GBytes **ret_intermediate, GError **error);
