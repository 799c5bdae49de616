/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#15 cards: from their files to what a card shows
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-tlv.h"
#include "pkcs15.h"

/* What was read, until all of it is there. */
typedef struct {
    PenaCard *card;
    PenaP15TokenInfo info;
    GBytes *info_file;                            /* NULL: still to be read */
    GPtrArray *directories;                       /* of PenaP15Directory */
    GPtrArray *certificates, *trusted;            /* of PenaP15Certificate */
    GPtrArray *private_keys, *public_keys, *pins; /* of PenaP15Key, PenaP15Key, PenaP15Pin */
} Reading;

static void
reading_clear (Reading *self)
{
    pena_p15_token_info_clear (&self->info);
    g_clear_pointer (&self->info_file, g_bytes_unref);
    g_clear_pointer (&self->directories, g_ptr_array_unref);
    g_clear_pointer (&self->certificates, g_ptr_array_unref);
    g_clear_pointer (&self->trusted, g_ptr_array_unref);
    g_clear_pointer (&self->private_keys, g_ptr_array_unref);
    g_clear_pointer (&self->public_keys, g_ptr_array_unref);
    g_clear_pointer (&self->pins, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, reading_clear)

static gboolean
same_id (const PenaCardId *a, const PenaCardId *b)
{
    return a->length == b->length && memcmp (a->bytes, b->bytes, a->length) == 0;
}

/* --- directory files --- */

static gboolean
read_at (PenaCard *card, const PenaP15Path *path, guint16 usual, GByteArray *out, gboolean *ret_found,
         GError **error)
{
    const PenaP15Path at_usual = {.bytes = {(guint8)(usual >> 8), (guint8)usual}, .length = 2};

    return pena_p15_read (card, path->length > 0 ? path : &at_usual, out, ret_found, error);
}

gboolean
pena_p15_read_token_info (PenaCard *card, GByteArray *out, GError **error)
{
    PenaP15 *self = card->data;
    gboolean found;

    return read_at (card, &self->app.token_info, 0x5032, out, &found, error);
}

static gboolean
read_object_directory (Reading *self, GError **error)
{
    PenaP15 *data = self->card->data;
    g_autoptr (GByteArray) file = g_byte_array_new ();
    gboolean found;

    if (!read_at (self->card, &data->app.odf, 0x5031, file, &found, error))
        return FALSE;
    /* Without it there would be nothing on the card at all: whoever says so has not understood. */
    if (!found) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED,
                     "the card's object directory cannot be read");
        return FALSE;
    }
    self->directories = pena_p15_parse_odf (file->data, file->len);
    return TRUE;
}

static gboolean
read_token_information (Reading *self, GError **error)
{
    g_autoptr (GByteArray) file = g_byte_array_new ();

    if (self->info_file != NULL)
        g_byte_array_append (file, g_bytes_get_data (self->info_file, NULL),
                             (guint)g_bytes_get_size (self->info_file));
    else if (!pena_p15_read_token_info (self->card, file, error))
        return FALSE;
    if (!pena_p15_parse_token_info (file->data, file->len, &self->info))
        self->info = (PenaP15TokenInfo){
            .serial = g_strdup (""), .label = g_strdup (""), .manufacturer = g_strdup ("")};
    return TRUE;
}

typedef GPtrArray *(*ParseFile) (const guint8 *data, gsize length);

static void
move_all (GPtrArray *from, GPtrArray *into)
{
    while (from->len > 0 && into->len < PENA_P15_OBJECTS_MAX)
        g_ptr_array_add (into, g_ptr_array_steal_index (from, 0));
}

/* All that the object directory has of this kind, in one list. A file that is not there has nothing in it. */
static gboolean
read_kind (Reading *self, PenaP15Kind kind, ParseFile parse, GPtrArray **list, GError **error)
{
    for (guint i = 0; i < self->directories->len; i++) {
        const PenaP15Directory *directory = self->directories->pdata[i];
        g_autoptr (GByteArray) file = g_byte_array_new ();
        gboolean found;
        if (directory->kind != kind)
            continue;
        if (directory->objects != NULL)
            g_byte_array_append (file, g_bytes_get_data (directory->objects, NULL),
                                 (guint)g_bytes_get_size (directory->objects));
        else if (!pena_p15_read (self->card, &directory->path, file, &found, error))
            return FALSE;
        g_autoptr (GPtrArray) parsed = parse (file->data, file->len);
        if (*list == NULL)
            *list = g_steal_pointer (&parsed);
        else
            move_all (parsed, *list);
    }
    if (*list == NULL)
        *list = parse (NULL, 0);
    return TRUE;
}

static gboolean
read_directories (Reading *self, GError **error)
{
    return read_object_directory (self, error) && read_token_information (self, error) &&
           read_kind (self, PENA_P15_CERTIFICATES, pena_p15_parse_certificates, &self->certificates, error) &&
           read_kind (self, PENA_P15_TRUSTED_CERTIFICATES, pena_p15_parse_certificates, &self->trusted,
                      error) &&
           read_kind (self, PENA_P15_USEFUL_CERTIFICATES, pena_p15_parse_certificates, &self->trusted,
                      error) &&
           read_kind (self, PENA_P15_PRIVATE_KEYS, pena_p15_parse_keys, &self->private_keys, error) &&
           (self->private_keys->len == 0 ||
            read_kind (self, PENA_P15_AUTHENTICATION, pena_p15_parse_pins, &self->pins, error));
}

/* --- certificates --- */

/* direct [0] may hold the certificate whole, or without its own tag. */
static void
add_certificate (PenaCard *card, const PenaCardCertificate *template, const guint8 *der, gsize length)
{
    g_autoptr (GByteArray) whole = g_byte_array_new ();

    if (pena_card_add_certificate (card, template, der, length) != NULL)
        return;
    pena_tlv_append (whole, 0x30, der, length);
    pena_card_add_certificate (card, template, whole->data, whole->len);
}

static gboolean
read_certificate (PenaCard *card, const PenaP15Certificate *entry, gboolean authority, GError **error)
{
    const PenaCardCertificate template = {
        .id = entry->id,
        .place = card->contents.certificates->len,
        .label = entry->common.label,
        .authority = authority || entry->authority,
    };
    g_autoptr (GByteArray) file = g_byte_array_new ();
    gboolean found = TRUE;

    if (entry->value != NULL) {
        add_certificate (card, &template, g_bytes_get_data (entry->value, NULL),
                         g_bytes_get_size (entry->value));
        return TRUE;
    }
    if (entry->path.length == 0)
        return TRUE;
    if (!pena_p15_read (card, &entry->path, file, &found, error))
        return FALSE;
    if (file->len > 0 && file->len <= PENA_CARD_OBJECT_MAX)
        pena_card_add_certificate (card, &template, file->data, file->len);
    return TRUE;
}

static gboolean
read_certificates (PenaCard *card, const GPtrArray *entries, gboolean authority, GError **error)
{
    for (guint i = 0; i < entries->len; i++)
        if (!read_certificate (card, entries->pdata[i], authority, error))
            return FALSE;
    return TRUE;
}

/* --- PINs --- */

static const PenaP15Pin *
find_pin (const Reading *self, const PenaCardId *auth_id)
{
    for (guint i = 0; self->pins != NULL && auth_id->length > 0 && i < self->pins->len; i++) {
        const PenaP15Pin *pin = self->pins->pdata[i];
        if (same_id (&pin->auth_id, auth_id))
            return pin;
    }
    return NULL;
}

/* Whether everything is said that a PIN needs to be written as the card wants it: a guess would cost a try. */
static gboolean
is_usable_pin (const PenaP15Pin *pin)
{
    gboolean padded = (pin->flags & PENA_P15_PIN_NEEDS_PADDING) != 0;

    return (pin->flags & PENA_P15_PIN_PROTECTED) == 0 && pin->stored > 0 &&
           pin->stored <= PENA_CARD_PIN_MAX &&
           (!padded || pin->pad >= 0 || pin->type == PENA_P15_PIN_ISO9564);
}

static PenaP15PinPlace
place_of_pin (const PenaP15Pin *pin)
{
    static const PenaPinEncoding encodings[] = {
        [PENA_P15_PIN_BCD] = PENA_PIN_BCD,
        [PENA_P15_PIN_ASCII] = PENA_PIN_BYTES,
        [PENA_P15_PIN_UTF8] = PENA_PIN_BYTES,
        [PENA_P15_PIN_HALF_NIBBLE] = PENA_PIN_HALF_BCD,
        [PENA_P15_PIN_ISO9564] = PENA_PIN_ISO_9564_1,
    };
    gboolean padded = (pin->flags & PENA_P15_PIN_NEEDS_PADDING) != 0;
    PenaP15PinPlace place = {
        .format = {.encoding = encodings[pin->type],
                   .stored = padded ? (guint8)pin->stored : 0,
                   .padding = pin->pad >= 0 ? (guint8)pin->pad : 0xFF},
        .df = pin->path,
        .flags = pin->flags,
        .auth_id = pin->auth_id,
    };

    return place;
}

static guint
longest_pin (const PenaP15Pin *pin)
{
    guint room = pin->stored * (pin->type == PENA_P15_PIN_BCD ? 2 : 1);

    return MIN (pin->max > 0 ? MIN (pin->max, room) : room, PENA_CARD_PIN_MAX);
}

/* The PIN's index, which it gets when it has none yet. FALSE: it cannot be used. */
static gboolean
use_pin (PenaCard *card, PenaP15 *data, const PenaP15Pin *pin, PenaCardRole role, const gchar *label,
         guint *ret_index)
{
    const PenaCardPin one = {
        .role = role, .reference = pin->reference, .label = label, .min = pin->min, .max = longest_pin (pin)};

    for (guint i = 0; i < card->contents.n_pins; i++)
        if (same_id (&data->pins[i].auth_id, &pin->auth_id)) {
            *ret_index = i;
            return card->contents.pins[i].role == role;
        }
    if (!is_usable_pin (pin) || card->contents.n_pins == PENA_CARD_PINS_MAX)
        return FALSE;
    *ret_index = pena_card_add_pin (card, &one);
    data->pins[*ret_index] = place_of_pin (pin);
    return TRUE;
}

/* --- keys --- */

static gboolean
does (const PenaP15Key *key, const PenaP15Algorithm *algorithm)
{
    for (guint i = 0; i < key->n_algorithms; i++)
        if (key->algorithms[i] == algorithm->reference)
            return TRUE;
    return key->n_algorithms == 0;
}

static PenaKeyOperation
operations_of (const PenaP15Key *key)
{
    switch (key->type) {
    case PENA_P15_RSA:
        return PENA_KEY_RSA_RAW | PENA_KEY_RSA_PKCS1_SIGN | PENA_KEY_RSA_PKCS1_DECRYPT;
    case PENA_P15_EC:
        return PENA_KEY_ECDSA;
    case PENA_P15_OTHER:
        break;
    }
    return 0;
}

/* How the card is told to use the key: by what TokenInfo says, else by what is known of cards of this name. Anything
 * else would be a guess. */
static PenaKeyOperation
plan_key (const Reading *self, const PenaP15Key *key, PenaP15KeyPlace *place)
{
    const PenaP15Algorithm *algorithms = self->info.algorithms;
    guint n_algorithms = self->info.n_algorithms;
    PenaKeyOperation operations = 0;

    *place = (PenaP15KeyPlace){.reference = key->reference, .path = key->path};
    if (!key->native || (key->reference < 0 && key->path.length == 0))
        return 0;
    for (guint source = 0; source < 2 && operations == 0; source++) {
        for (guint i = 0; i < n_algorithms && place->n_algorithms < PENA_P15_ALGORITHMS_MAX; i++) {
            PenaKeyOperation more = pena_p15_algorithm_operations (&algorithms[i]) & operations_of (key);
            if (more == 0 || (source == 0 && !does (key, &algorithms[i])))
                continue;
            place->algorithms[place->n_algorithms++] = algorithms[i];
            operations |= more;
        }
        algorithms = pena_p15_known_algorithms (self->card->data, &n_algorithms);
    }
    return operations;
}

static PenaKeyUsage
usage_of (const PenaP15Key *key)
{
    PenaKeyUsage usage = 0;

    if (key->usage & (PENA_P15_USE_SIGN | PENA_P15_USE_SIGN_RECOVER | PENA_P15_USE_NON_REPUDIATION))
        usage |= PENA_KEY_SIGN;
    if (key->usage & (PENA_P15_USE_DECRYPT | PENA_P15_USE_UNWRAP))
        usage |= PENA_KEY_DECRYPT;
    return usage;
}

/* A key without a certificate: its public half is in a list of its own, which is read when one is missing. */
static gboolean
read_public_key (Reading *self, const PenaCardId *id, EVP_PKEY **ret_key, GError **error)
{
    g_autoptr (GByteArray) file = g_byte_array_new ();
    gboolean found;

    *ret_key = NULL;
    if (self->public_keys == NULL &&
        !read_kind (self, PENA_P15_PUBLIC_KEYS, pena_p15_parse_keys, &self->public_keys, error))
        return FALSE;
    for (guint i = 0; i < self->public_keys->len; i++) {
        const PenaP15Key *key = self->public_keys->pdata[i];
        if (!same_id (&key->id, id))
            continue;
        if (key->value != NULL)
            g_byte_array_append (file, g_bytes_get_data (key->value, NULL),
                                 (guint)g_bytes_get_size (key->value));
        else if (key->path.length > 0 && !pena_p15_read (self->card, &key->path, file, &found, error))
            return FALSE;
        *ret_key = pena_p15_parse_public_key (file->data, file->len);
        return TRUE;
    }
    return TRUE;
}

static gboolean
has_certificate (PenaCard *card, const PenaCardId *id)
{
    for (guint i = 0; i < card->contents.certificates->len; i++)
        if (same_id (&((PenaCardCertificate *)card->contents.certificates->pdata[i])->id, id))
            return TRUE;
    return FALSE;
}

/* How well a key's PIN does for a login. Whoever logs in means to sign documents; and one login should be enough for
 * as much as can be. */
static guint
rank_for_login (const PenaP15Key *key)
{
    return ((key->usage & PENA_P15_USE_NON_REPUDIATION) != 0 ? 2 : 0) + (key->common.consent == 0 ? 1 : 0) +
           1;
}

/* The PIN that a login verifies. Keys that have another one are asked for it when they are used, each time. */
static const PenaP15Pin *
find_login_pin (const Reading *self)
{
    const PenaP15Pin *best = NULL;
    guint best_rank = 0;

    for (guint i = 0; i < self->private_keys->len; i++) {
        const PenaP15Key *key = self->private_keys->pdata[i];
        const PenaP15Pin *pin = find_pin (self, &key->common.auth_id);
        PenaP15KeyPlace place;
        if (pin == NULL || rank_for_login (key) <= best_rank || plan_key (self, key, &place) == 0)
            continue;
        best = pin;
        best_rank = rank_for_login (key);
    }
    return best;
}

/* A key whose PIN cannot be given cannot be used. */
static void
set_pin_of_key (const Reading *self, PenaP15 *data, const PenaP15Key *entry, PenaCardKey *key)
{
    const PenaP15Pin *pin = find_pin (self, &entry->common.auth_id);

    key->pin = PENA_KEY_PIN_NEVER;
    if (key->operations == 0 || entry->common.auth_id.length == 0)
        return;
    if (pin == NULL ||
        !use_pin (self->card, data, pin, PENA_ROLE_USER, PENA_P15_LABEL_PIN, &key->pin_index)) {
        key->operations = 0;
        key->pin_index = 0;
        return;
    }
    key->pin = entry->common.consent > 0 || key->pin_index != PENA_CARD_PIN_USER ? PENA_KEY_PIN_ALWAYS
                                                                                 : PENA_KEY_PIN_ONCE;
}

static gboolean
add_key (Reading *self, PenaP15 *data, GArray *places, const PenaP15Key *entry, GError **error)
{
    PenaCardKey key = {.id = entry->id, .label = entry->common.label, .usage = usage_of (entry)};
    EVP_PKEY *public_key = NULL;
    PenaP15KeyPlace place;

    key.operations = plan_key (self, entry, &place);
    set_pin_of_key (self, data, entry, &key);
    if (!has_certificate (self->card, &entry->id) && !read_public_key (self, &entry->id, &public_key, error))
        return FALSE;
    key.place = places->len;
    if (pena_card_add_key (self->card, &key, public_key) != NULL)
        g_array_append_val (places, place);
    return TRUE;
}

/* The first PIN, and what unblocks it; nothing when no key can be used, so that no try is ever spent for nothing. */
static void
add_login_pin (Reading *self, PenaP15 *data)
{
    PenaCardContents *contents = &self->card->contents;
    const PenaP15Pin *pin = find_login_pin (self), *puk;
    guint index;

    if (pin == NULL || !use_pin (self->card, data, pin, PENA_ROLE_USER, PENA_P15_LABEL_PIN, &index))
        return;
    if ((pin->flags & PENA_P15_PIN_CHANGE_DISABLED) == 0)
        contents->abilities |= PENA_CARD_CHANGE_PIN;
    puk = find_pin (self, &pin->common.auth_id);
    if (puk != NULL && (puk->flags & PENA_P15_PIN_UNBLOCKING) != 0 &&
        (pin->flags & PENA_P15_PIN_UNBLOCK_DISABLED) == 0 &&
        use_pin (self->card, data, puk, PENA_ROLE_RESET, PENA_P15_LABEL_PUK, &index))
        contents->abilities |= PENA_CARD_UNBLOCK;
}

/* --- all of it --- */

static void
set_texts (Reading *self, PenaP15 *data)
{
    PenaCardContents *contents = &self->card->contents;

    g_free (contents->label);
    contents->label = *self->info.label != '\0' ? g_strdup (self->info.label) : g_strdup ("PKCS#15");
    g_free (contents->serial);
    contents->serial = g_steal_pointer (&self->info.serial);
    g_free (data->manufacturer);
    data->manufacturer = g_steal_pointer (&self->info.manufacturer);
    contents->manufacturer = data->manufacturer;
}

gboolean
pena_p15_read_contents (PenaCard *card, GError **error)
{
    g_auto (Reading) reading = {.card = card};
    g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (PenaP15KeyPlace));
    PenaP15 *data = card->data;
    if (!data->at_home && !pena_p15_go_home (card, error))
        return FALSE;
    reading.info_file = g_steal_pointer (&data->info); /* whatever comes of it, it is not used again */
    data->at_home = FALSE;
    data->files = 0;
    data->bytes = 0;
    if (!read_directories (&reading, error) ||
        !read_certificates (card, reading.certificates, FALSE, error) ||
        !read_certificates (card, reading.trusted, TRUE, error))
        return FALSE;
    PenaP15 fresh = *data;
    add_login_pin (&reading, &fresh);
    for (guint i = 0; i < reading.private_keys->len; i++)
        if (!add_key (&reading, &fresh, places, reading.private_keys->pdata[i], error))
            return FALSE;
    memcpy (data->pins, fresh.pins, sizeof data->pins);
    g_clear_pointer (&data->keys, g_array_unref);
    data->keys = g_steal_pointer (&places);
    set_texts (&reading, data);
    return TRUE;
}
