/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what is on a card, and how a driver puts it together
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-card-cache.h"
#include "pena-card-private.h"
#include "pena-tlv.h"

/* --- kinds of keys --- */

static const struct {
    const gchar *group; /* of OpenSSL; NULL: not a curve of that family */
    gint type;
    guint bits;
    PenaKeyOperation operations;
} algorithms[PENA_N_ALGORITHMS] = {
    [PENA_ALGORITHM_RSA1024] = {NULL, EVP_PKEY_RSA, 1024, 0},
    [PENA_ALGORITHM_RSA2048] = {NULL, EVP_PKEY_RSA, 2048, 0},
    [PENA_ALGORITHM_RSA3072] = {NULL, EVP_PKEY_RSA, 3072, 0},
    [PENA_ALGORITHM_RSA4096] = {NULL, EVP_PKEY_RSA, 4096, 0},
    [PENA_ALGORITHM_RSA_OTHER] = {NULL, EVP_PKEY_RSA, 0, 0},
    [PENA_ALGORITHM_P256] = {"prime256v1", EVP_PKEY_EC, 256, PENA_KEY_ECDSA | PENA_KEY_ECDH},
    [PENA_ALGORITHM_P384] = {"secp384r1", EVP_PKEY_EC, 384, PENA_KEY_ECDSA | PENA_KEY_ECDH},
    [PENA_ALGORITHM_P521] = {"secp521r1", EVP_PKEY_EC, 521, PENA_KEY_ECDSA | PENA_KEY_ECDH},
    [PENA_ALGORITHM_ED25519] = {NULL, EVP_PKEY_ED25519, 256, PENA_KEY_EDDSA},
    [PENA_ALGORITHM_X25519] = {NULL, EVP_PKEY_X25519, 256, PENA_KEY_ECDH},
};

enum {
    RSA_BITS_MIN = 1024,
    RSA_BITS_MAX = 4096,
    POINT_MAX = 133, /* of P-521 */
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OID = 0x06,
    DER_SEQUENCE = 0x30,
    RSA_OPERATIONS = PENA_KEY_RSA_RAW | PENA_KEY_RSA_PKCS1_SIGN | PENA_KEY_RSA_PKCS1_DECRYPT,
};

static PenaKeyAlgorithm
rsa_algorithm (guint bits)
{
    for (guint i = PENA_ALGORITHM_RSA1024; i <= PENA_ALGORITHM_RSA4096; i++)
        if (algorithms[i].bits == bits)
            return i;
    return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX ? PENA_ALGORITHM_RSA_OTHER : PENA_ALGORITHM_UNKNOWN;
}

PenaKeyAlgorithm
pena_key_algorithm (EVP_PKEY *key)
{
    gint type = EVP_PKEY_get_base_id (key);
    gchar group[32] = "";
    gsize length;

    if (type == EVP_PKEY_RSA)
        return rsa_algorithm ((guint)EVP_PKEY_get_bits (key));
    EVP_PKEY_get_group_name (key, group, sizeof group, &length);
    for (guint i = PENA_ALGORITHM_P256; i < PENA_N_ALGORITHMS; i++)
        if (algorithms[i].type == type &&
            (algorithms[i].group == NULL || g_str_equal (algorithms[i].group, group)))
            return i;
    return PENA_ALGORITHM_UNKNOWN;
}

guint
pena_key_algorithm_bits (PenaKeyAlgorithm algorithm)
{
    return algorithms[algorithm].bits;
}

gboolean
pena_key_algorithm_is_rsa (PenaKeyAlgorithm algorithm)
{
    return algorithms[algorithm].type == EVP_PKEY_RSA;
}

static PenaKeyOperation
operations_of (PenaKeyAlgorithm algorithm)
{
    return pena_key_algorithm_is_rsa (algorithm) ? RSA_OPERATIONS : algorithms[algorithm].operations;
}

/* OpenSSL's way to make a key from its numbers is closed in programs that have an engine for RSA or EC (ours, by
 * way of engine-pkcs11, say): there, as everywhere, keys can be read as certificates have them. */
static EVP_PKEY *
key_from_parts (const GByteArray *algorithm, const GByteArray *value)
{
    const guint8 no_bits_unused = 0;
    g_autoptr (GByteArray) bits = g_byte_array_new ();
    g_autoptr (GByteArray) body = g_byte_array_new ();
    g_autoptr (GByteArray) der = g_byte_array_new ();

    g_byte_array_append (bits, &no_bits_unused, 1);
    g_byte_array_append (bits, value->data, value->len);
    pena_tlv_append (body, DER_SEQUENCE, algorithm->data, algorithm->len);
    pena_tlv_append (body, DER_BIT_STRING, bits->data, bits->len);
    pena_tlv_append (der, DER_SEQUENCE, body->data, body->len);
    const guint8 *at = der->data;
    return d2i_PUBKEY (NULL, &at, (long)der->len);
}

static void
append_integer (GByteArray *out, const guint8 *bytes, gsize length)
{
    g_autoptr (GByteArray) value = g_byte_array_new ();
    const guint8 zero = 0;

    while (length > 0 && bytes[0] == 0) {
        bytes++;
        length--;
    }
    if (length == 0 || (bytes[0] & 0x80) != 0)
        g_byte_array_append (value, &zero, 1);
    if (length > 0)
        g_byte_array_append (value, bytes, (guint)length);
    pena_tlv_append (out, DER_INTEGER, value->data, value->len);
}

EVP_PKEY *
pena_key_new_rsa (const guint8 *modulus, gsize modulus_length, const guint8 *exponent, gsize exponent_length)
{
    static const guint8 rsa[] = {0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7,
                                 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00};
    gsize max = RSA_BITS_MAX / 8 + 1; /* a zero may go before */
    g_autoptr (GByteArray) algorithm = g_byte_array_new ();
    g_autoptr (GByteArray) numbers = g_byte_array_new ();
    g_autoptr (GByteArray) value = g_byte_array_new ();
    EVP_PKEY *key;

    if (modulus_length > max || exponent_length > max)
        return NULL;
    g_byte_array_append (algorithm, rsa, sizeof rsa);
    append_integer (numbers, modulus, modulus_length);
    append_integer (numbers, exponent, exponent_length);
    pena_tlv_append (value, DER_SEQUENCE, numbers->data, numbers->len);
    key = key_from_parts (algorithm, value);
    if (key != NULL && EVP_PKEY_get_bits (key) < RSA_BITS_MIN)
        g_clear_pointer (&key, EVP_PKEY_free);
    return key;
}

EVP_PKEY *
pena_key_new_point (PenaKeyAlgorithm algorithm, const guint8 *point, gsize length)
{
    static const guint8 ec[] = {0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01};
    const ASN1_OBJECT *curve =
        algorithms[algorithm].group != NULL ? OBJ_nid2obj (OBJ_sn2nid (algorithms[algorithm].group)) : NULL;
    g_autoptr (GByteArray) parts = g_byte_array_new ();
    g_autoptr (GByteArray) value = g_byte_array_new ();

    if (algorithm == PENA_ALGORITHM_ED25519 || algorithm == PENA_ALGORITHM_X25519)
        return EVP_PKEY_new_raw_public_key (algorithms[algorithm].type, NULL, point, length);
    if (curve == NULL || length == 0 || length > POINT_MAX)
        return NULL;
    g_byte_array_append (parts, ec, sizeof ec);
    pena_tlv_append (parts, DER_OID, OBJ_get0_data (curve), OBJ_length (curve));
    g_byte_array_append (value, point, (guint)length);
    return key_from_parts (parts, value);
}

/* --- certificates and keys --- */

static void
certificate_clear (gpointer data)
{
    PenaCardCertificate *self = data;

    g_free (self->label);
    g_bytes_unref (self->der);
    X509_free (self->x509);
}

PenaCardCertificate *
pena_card_certificate_ref (PenaCardCertificate *self)
{
    return g_atomic_rc_box_acquire (self);
}

void
pena_card_certificate_unref (PenaCardCertificate *self)
{
    g_atomic_rc_box_release_full (self, certificate_clear);
}

static void
key_clear (gpointer data)
{
    PenaCardKey *self = data;

    g_free (self->label);
    EVP_PKEY_free (self->public_key);
    if (self->certificate != NULL)
        pena_card_certificate_unref (self->certificate);
}

PenaCardKey *
pena_card_key_ref (PenaCardKey *self)
{
    return g_atomic_rc_box_acquire (self);
}

void
pena_card_key_unref (PenaCardKey *self)
{
    g_atomic_rc_box_release_full (self, key_clear);
}

static gboolean
same_id (const PenaCardId *a, const PenaCardId *b)
{
    return a->length == b->length && memcmp (a->bytes, b->bytes, a->length) == 0;
}

static PenaCardCertificate *
certificate_of_id (PenaCard *card, const PenaCardId *id)
{
    GPtrArray *all = card->contents.certificates;

    for (guint i = 0; i < all->len; i++) {
        PenaCardCertificate *certificate = all->pdata[i];
        if (same_id (&certificate->id, id))
            return certificate;
    }
    return NULL;
}

PenaCardCertificate *
pena_card_add_certificate (PenaCard *card, const PenaCardCertificate *template, const guint8 *der,
                           gsize length)
{
    const guint8 *end = der;
    X509 *x509 = d2i_X509 (NULL, &end, (long)length);
    EVP_PKEY *key = x509 != NULL ? X509_get0_pubkey (x509) : NULL;

    if (key == NULL) {
        X509_free (x509);
        return NULL;
    }
    PenaCardCertificate *self = g_atomic_rc_box_new0 (PenaCardCertificate);
    *self = *template;
    self->x509 = x509;
    self->label = g_strdup (template->label);
    self->der = g_bytes_new (der, (gsize)(end - der));
    g_ptr_array_add (card->contents.certificates, self);
    return self;
}

PenaCardKey *
pena_card_add_key (PenaCard *card, const PenaCardKey *template, EVP_PKEY *public_key)
{
    PenaCardCertificate *certificate = certificate_of_id (card, &template->id);

    if (public_key == NULL && certificate != NULL)
        public_key = X509_get_pubkey (certificate->x509);
    if (public_key == NULL)
        return NULL;
    PenaCardKey *self = g_atomic_rc_box_new0 (PenaCardKey);
    *self = *template;
    self->label = g_strdup (template->label);
    self->public_key = public_key;
    self->certificate = certificate != NULL ? pena_card_certificate_ref (certificate) : NULL;
    self->algorithm = pena_key_algorithm (public_key);
    self->bits = (guint)EVP_PKEY_get_bits (public_key);
    self->operations = template->operations & operations_of (self->algorithm);
    g_ptr_array_add (card->contents.keys, self);
    return self;
}

void
pena_card_remove_key (PenaCard *card, const PenaCardKey *key)
{
    g_ptr_array_remove (card->contents.keys, (gpointer)key);
}

PenaCardKey *
pena_card_find_key (PenaCard *card, guint place)
{
    GPtrArray *keys = card->contents.keys;

    for (guint i = 0; i < keys->len; i++)
        if (((PenaCardKey *)keys->pdata[i])->place == place)
            return keys->pdata[i];
    return NULL;
}

PenaCardCertificate *
pena_card_find_certificate (PenaCard *card, guint place)
{
    GPtrArray *all = card->contents.certificates;

    for (guint i = 0; i < all->len; i++)
        if (((PenaCardCertificate *)all->pdata[i])->place == place)
            return all->pdata[i];
    return NULL;
}

guint
pena_card_add_pin (PenaCard *card, const PenaCardPin *pin)
{
    PenaCardContents *contents = &card->contents;

    g_return_val_if_fail (contents->n_pins < PENA_CARD_PINS_MAX, 0);
    contents->pins[contents->n_pins] = *pin;
    contents->pins[contents->n_pins].tries_left = PENA_CARD_TRIES_UNKNOWN;
    contents->pins[contents->n_pins].tries_max = PENA_CARD_TRIES_UNKNOWN;
    return contents->n_pins++;
}

gboolean
pena_card_pin_is_low (const PenaCardPin *pin)
{
    enum { FEW = 2 };

    return pin->known && !pin->verified && pin->tries_left != PENA_CARD_TRIES_UNKNOWN &&
           (pin->tries_left <= FEW || pin->tries_left < pin->tries_max);
}

void
pena_card_note_pin (PenaCard *card, guint index, const PenaPinStatus *status)
{
    PenaCardPin *pin = &card->contents.pins[index];

    if (!status->known)
        return;
    pin->known = TRUE;
    pin->verified = status->verified;
    if (status->verified) {
        pin->tries_left = pin->tries_max; /* being verified has put the counter back */
    } else {
        pin->tries_left = (gint)status->tries;
        pin->tries_max = MAX (pin->tries_max, pin->tries_left);
    }
    if (index == PENA_CARD_PIN_USER)
        pena_card_note_lost_tries (card, pena_card_pin_is_low (pin));
}

/* --- names --- */

gboolean
pena_card_is_label (const guint8 *bytes, gsize length)
{
    const gchar *text = (const gchar *)bytes;
    gboolean visible = FALSE;

    if (length > PENA_CARD_LABEL_MAX || !g_utf8_validate_len (text, length, NULL))
        return FALSE;
    for (const gchar *at = text; at < text + length; at = g_utf8_next_char (at)) {
        if (!g_unichar_isprint (g_utf8_get_char (at)))
            return FALSE;
        visible = visible || g_unichar_isgraph (g_utf8_get_char (at));
    }
    return visible;
}

void
pena_card_take_label (PenaCard *card, const guint8 *bytes, gsize length)
{
    if (!pena_card_is_label (bytes, length))
        return;
    g_free (card->contents.label);
    card->contents.label = g_strndup ((const gchar *)bytes, length);
}

/* --- reading --- */

void
pena_card_contents_init (PenaCardContents *self)
{
    *self = (PenaCardContents){
        .label = g_strdup (""),
        .manufacturer = "",
        .model = "",
        .serial = g_strdup (""),
        .version = g_strdup (""),
        .device_serial = g_strdup (""),
        .certificates = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_card_certificate_unref),
        .keys = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_card_key_unref),
    };
}

void
pena_card_contents_clear (PenaCardContents *self)
{
    g_free (self->label);
    g_free (self->serial);
    g_free (self->version);
    g_free (self->device_serial);
    g_ptr_array_unref (self->certificates);
    g_ptr_array_unref (self->keys);
}

/* What the card said of its PINs is so still. */
static void
take_over_pins (PenaCardContents *self, const PenaCardContents *before)
{
    for (guint i = 0; i < self->n_pins && i < before->n_pins; i++) {
        PenaCardPin *pin = &self->pins[i];
        const PenaCardPin *old = &before->pins[i];
        if (pin->known || pin->reference != old->reference || pin->role != old->role)
            continue;
        pin->known = old->known;
        pin->verified = old->verified;
        pin->tries_left = old->tries_left;
        pin->tries_max = old->tries_max;
    }
}

/* Where the same command gives the serial, too, it costs nothing to know the card before it is read. */
static gboolean
identifies_for_nothing (PenaCard *self)
{
    return PENA_CARD_OP (self, identify) != NULL && !self->driver->serial_apart;
}

static gboolean
read_all (PenaCard *self, gboolean with_keys, GError **error)
{
    if (identifies_for_nothing (self) && !pena_card_learn_identity (self, error))
        return FALSE;
    if (PENA_CARD_OP (self, describe) != NULL)
        PENA_CARD_OP (self, describe) (self);
    if (!PENA_CARD_OP (self, read) (self, error))
        return FALSE;
    self->have_serial = !self->driver->serial_apart;
    self->have_label = PENA_CARD_OP (self, read_label) == NULL;
    self->have_keys = PENA_CARD_OP (self, read_keys) == NULL;
    if (!with_keys || self->have_keys)
        return TRUE;
    self->have_keys = PENA_CARD_OP (self, read_keys) (self, error);
    return self->have_keys;
}

static void
exchange (gchar **a, gchar **b)
{
    gchar *kept = *a;

    *a = *b;
    *b = kept;
}

gboolean
pena_card_read_anew (PenaCard *self, gboolean with_keys, GError **error)
{
    PenaCardContents before = self->contents;
    guint64 last_change = pena_card_cache_get_last_change ();
    gboolean had_keys = self->have_keys, had_serial = self->have_serial, had_label = self->have_label;

    pena_card_contents_init (&self->contents);
    if (!read_all (self, with_keys, error)) {
        pena_card_contents_clear (&self->contents);
        self->contents = before;
        self->have_keys = had_keys;
        self->have_serial = had_serial;
        self->have_label = had_label;
        return FALSE;
    }
    take_over_pins (&self->contents, &before);
    if (had_serial && !self->have_serial) {
        exchange (&self->contents.serial, &before.serial);
        self->have_serial = TRUE;
    }
    if (had_label && !self->have_label) {
        exchange (&self->contents.label, &before.label);
        self->have_label = TRUE;
    }
    self->contents.generation = before.generation + 1;
    self->stale = FALSE;
    self->last_change = last_change;
    g_hash_table_remove_all (self->unconfirmed);
    pena_card_contents_clear (&before);
    pena_card_store (self);
    return TRUE;
}

gboolean
pena_card_read_first (PenaCard *self, GError **error)
{
    gboolean may_have =
        PENA_CARD_OP (self, identify) != NULL &&
        pena_card_cache_may_have (self->driver->name, self->link->atr, self->link->atr_length);

    self->last_change = pena_card_cache_get_last_change ();
    if (may_have && !pena_card_learn_identity (self, error))
        return FALSE;
    if (may_have && pena_card_restore (self))
        return TRUE;
    /* What identify has told of the serial holds. */
    self->have_serial = self->identity != NULL && self->driver->serial_apart;
    return pena_card_read_anew (self, FALSE, error);
}

gboolean
pena_card_reload (PenaCard *self, GError **error)
{
    g_auto (PenaCardGuard) guard = {0};

    return pena_card_begin (self, &guard, error) && pena_card_read_anew (self, TRUE, error);
}

gboolean
pena_card_is_behind (PenaCard *self)
{
    return !self->held && pena_card_cache_get_last_change () != self->last_change;
}

static gpointer
ref_key (gconstpointer key, gpointer unused)
{
    return pena_card_key_ref ((PenaCardKey *)key);
}

gboolean
pena_card_knows_keys (PenaCard *self)
{
    return self->have_keys && !self->stale;
}

gboolean
pena_card_need_keys (PenaCard *self, GError **error)
{
    g_auto (PenaCardGuard) guard = {0};
    gboolean held = self->held;

    if (pena_card_knows_keys (self))
        return TRUE;
    if (!pena_card_begin (self, &guard, error))
        return FALSE;
    if (self->stale)
        return pena_card_read_anew (self, TRUE, error);
    g_autoptr (GPtrArray) before = g_ptr_array_copy (self->contents.keys, ref_key, NULL);
    if (!PENA_CARD_OP (self, read_keys) (self, error)) {
        g_ptr_array_unref (self->contents.keys);
        self->contents.keys = g_steal_pointer (&before);
        return FALSE;
    }
    self->have_keys = TRUE;
    self->contents.generation++;
    pena_card_store (self);
    /* What was typed at the reader nobody can send again. */
    if (held && self->contents.pins[self->fresh_pin].verified && !pena_card_has_pin_pad (self))
        pena_card_hold_on (self);
    return TRUE;
}

/* A name that costs a command of its own is not asked for before somebody wants to know more than the serial. */
static gboolean
lacks_label (PenaCard *self, gboolean with_serial)
{
    return !self->have_label && self->driver->serial_apart == with_serial;
}

static gboolean
read_label (PenaCard *self, gboolean with_serial, GError **error)
{
    if (!lacks_label (self, with_serial))
        return TRUE;
    self->have_label = PENA_CARD_OP (self, read_label) (self, error);
    return self->have_label;
}

gboolean
pena_card_need_device (PenaCard *self, GError **error)
{
    g_auto (PenaCardGuard) guard = {0};
    gboolean lacks_device = !self->have_device && PENA_CARD_OP (self, read_device) != NULL;

    if (!lacks_device && !lacks_label (self, FALSE))
        return TRUE;
    if (!pena_card_begin (self, &guard, error) ||
        (lacks_device && !PENA_CARD_OP (self, read_device) (self, error)) || !read_label (self, FALSE, error))
        return FALSE;
    self->have_device = TRUE;
    self->contents.generation++;
    pena_card_store (self);
    return TRUE;
}

gboolean
pena_card_knows_serial (PenaCard *self)
{
    return self->have_serial && !lacks_label (self, TRUE);
}

/* A serial is as good a sign as any that the right application is asked: only when none comes it is made sure. */
static gboolean
find_serial (PenaCard *self, GError **error)
{
    g_autoptr (GError) local = NULL;

    if (pena_card_learn_identity (self, &local) && self->contents.serial[0] != '\0')
        return TRUE;
    if (local != NULL && !g_error_matches (local, PENA_ERROR, PENA_ERROR_TOKEN_FAILED)) {
        g_propagate_error (error, g_steal_pointer (&local));
        return FALSE;
    }
    return pena_card_select_again (self, error) && pena_card_learn_identity (self, error);
}

gboolean
pena_card_need_serial (PenaCard *self, GError **error)
{
    g_auto (PenaCardGuard) guard = {0};
    gboolean reset;

    if (pena_card_knows_serial (self))
        return TRUE;
    if (!pena_card_begin_unchecked (self, &guard, &reset, error) ||
        (reset && !pena_card_select_again (self, error)) ||
        (!self->have_serial && !find_serial (self, error)))
        return FALSE;
    self->have_serial = TRUE;
    if (!read_label (self, TRUE, error))
        return FALSE;
    pena_card_store (self);
    return TRUE;
}

void
pena_card_distrust (PenaCard *self)
{
    self->stale = TRUE;
    pena_card_forget_stored (self);
}
