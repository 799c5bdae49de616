/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#15 cards: what the contents cache keeps of them
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <string.h>

#include "pkcs15.h"

/* Path, offset, size. */
#define PATH "(ayuu)"
/* role, reference, min, max, encoding, stored, padding, DF, flags, authId. */
#define PIN "(yyuuyyy" PATH "uay)"
/* reference, path, algorithms: mechanism, operations, card's reference. */
#define KEY "(i" PATH "a(uui))"
/* Row of names, stepwise; application, ODF, TokenInfo; label, manufacturer, serial; abilities; PINs; keys. */
#define SAVED "(ub" PATH PATH PATH "sssua" PIN "a" KEY ")"

/* --- writing --- */

static GVariant *
bytes_variant (gconstpointer data, gsize length)
{
    return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, length, 1);
}

static GVariant *
path_variant (const PenaP15Path *path)
{
    return g_variant_new ("(@ayuu)", bytes_variant (path->bytes, path->length), (guint32)path->offset,
                          (guint32)path->size);
}

static GVariant *
pins_variant (PenaCard *card)
{
    const PenaP15 *self = card->data;
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a" PIN));
    for (guint i = 0; i < card->contents.n_pins; i++) {
        const PenaCardPin *pin = &card->contents.pins[i];
        const PenaP15PinPlace *place = &self->pins[i];
        g_variant_builder_add (&builder, "(yyuuyyy@" PATH "u@ay)", (guint8)pin->role, pin->reference,
                               pin->min, pin->max, (guint8)place->format.encoding, place->format.stored,
                               place->format.padding, path_variant (&place->df), place->flags,
                               bytes_variant (place->auth_id.bytes, place->auth_id.length));
    }
    return g_variant_builder_end (&builder);
}

static GVariant *
keys_variant (const PenaP15 *self)
{
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a" KEY));
    for (guint i = 0; i < self->keys->len; i++) {
        const PenaP15KeyPlace *place = &g_array_index (self->keys, PenaP15KeyPlace, i);
        GVariantBuilder algorithms;
        g_variant_builder_init (&algorithms, G_VARIANT_TYPE ("a(uui)"));
        for (guint j = 0; j < place->n_algorithms; j++)
            g_variant_builder_add (&algorithms, "(uui)", place->algorithms[j].mechanism,
                                   place->algorithms[j].operations, place->algorithms[j].card_reference);
        g_variant_builder_add (&builder, "(i@" PATH "a(uui))", place->reference, path_variant (&place->path),
                               &algorithms);
    }
    return g_variant_builder_end (&builder);
}

GVariant *
pena_p15_save (PenaCard *card)
{
    const PenaP15 *self = card->data;

    return g_variant_new ("(ub@" PATH "@" PATH "@" PATH "sssu@a" PIN "@a" KEY ")", self->name, self->stepwise,
                          path_variant (&self->app.path), path_variant (&self->app.odf),
                          path_variant (&self->app.token_info), card->contents.label, self->manufacturer,
                          card->contents.serial, (guint32)card->contents.abilities, pins_variant (card),
                          keys_variant (self));
}

/* --- reading: the file is a stranger's, too --- */

static gboolean
load_path (GVariant *saved, PenaP15Path *path)
{
    g_autoptr (GVariant) bytes = g_variant_get_child_value (saved, 0);
    gsize length = g_variant_get_size (bytes);
    guint32 offset, size;

    g_variant_get (saved, "(@ayuu)", NULL, &offset, &size);
    if (length > sizeof path->bytes || offset > G_MAXUINT16 || size > PENA_CARD_OBJECT_MAX)
        return FALSE;
    *path = (PenaP15Path){.length = length, .offset = offset, .size = size};
    if (length > 0)
        memcpy (path->bytes, g_variant_get_data (bytes), length);
    return TRUE;
}

static gboolean
load_path_child (GVariant *tuple, gsize index, PenaP15Path *path)
{
    g_autoptr (GVariant) saved = g_variant_get_child_value (tuple, index);
    return load_path (saved, path);
}

static gboolean
load_pin (PenaCard *card, PenaP15 *self, GVariant *saved)
{
    g_autoptr (GVariant) auth_id = g_variant_get_child_value (saved, 9);
    gsize length = g_variant_get_size (auth_id);
    PenaCardPin pin = {0};
    PenaP15PinPlace place = {0};
    guint8 role, encoding;

    g_variant_get (saved, "(yyuuyyy@" PATH "u@ay)", &role, &pin.reference, &pin.min, &pin.max, &encoding,
                   &place.format.stored, &place.format.padding, NULL, &place.flags, NULL);
    if ((role != PENA_ROLE_USER && role != PENA_ROLE_RESET) || encoding > PENA_PIN_ISO_9564_1 ||
        pin.max > PENA_CARD_PIN_MAX || place.format.stored > PENA_CARD_PIN_MAX ||
        length > sizeof place.auth_id.bytes || card->contents.n_pins == PENA_CARD_PINS_MAX ||
        !load_path_child (saved, 7, &place.df))
        return FALSE;
    pin.role = role;
    pin.label = role == PENA_ROLE_USER ? PENA_P15_LABEL_PIN : PENA_P15_LABEL_PUK;
    place.format.encoding = encoding;
    place.auth_id.length = length;
    if (length > 0)
        memcpy (place.auth_id.bytes, g_variant_get_data (auth_id), length);
    self->pins[pena_card_add_pin (card, &pin)] = place;
    return TRUE;
}

static gboolean
load_key (PenaP15 *self, GVariant *saved)
{
    g_autoptr (GVariant) algorithms = g_variant_get_child_value (saved, 2);
    PenaP15KeyPlace place = {0};

    g_variant_get_child (saved, 0, "i", &place.reference);
    if (place.reference < -1 || place.reference > G_MAXUINT8 || !load_path_child (saved, 1, &place.path) ||
        g_variant_n_children (algorithms) > G_N_ELEMENTS (place.algorithms) ||
        self->keys->len == PENA_P15_OBJECTS_MAX)
        return FALSE;
    for (; place.n_algorithms < g_variant_n_children (algorithms); place.n_algorithms++) {
        PenaP15Algorithm *algorithm = &place.algorithms[place.n_algorithms];
        g_variant_get_child (algorithms, place.n_algorithms, "(uui)", &algorithm->mechanism,
                             &algorithm->operations, &algorithm->card_reference);
        if (algorithm->card_reference < 0 || algorithm->card_reference > G_MAXUINT8)
            return FALSE;
    }
    g_array_append_val (self->keys, place);
    return TRUE;
}

static gboolean
load_lists (PenaCard *card, PenaP15 *self, GVariant *saved)
{
    g_autoptr (GVariant) pins = g_variant_get_child_value (saved, 9);
    g_autoptr (GVariant) keys = g_variant_get_child_value (saved, 10);

    for (gsize i = 0; i < g_variant_n_children (pins); i++) {
        g_autoptr (GVariant) pin = g_variant_get_child_value (pins, i);
        if (!load_pin (card, self, pin))
            return FALSE;
    }
    for (gsize i = 0; i < g_variant_n_children (keys); i++) {
        g_autoptr (GVariant) key = g_variant_get_child_value (keys, i);
        if (!load_key (self, key))
            return FALSE;
    }
    return TRUE;
}

static void
load_texts (PenaCard *card, PenaP15 *self, GVariant *saved)
{
    guint32 abilities;

    g_free (card->contents.label);
    g_free (card->contents.serial);
    g_free (self->manufacturer);
    g_variant_get_child (saved, 5, "s", &card->contents.label);
    g_variant_get_child (saved, 6, "s", &self->manufacturer);
    g_variant_get_child (saved, 7, "s", &card->contents.serial);
    g_variant_get_child (saved, 8, "u", &abilities);
    card->contents.manufacturer = self->manufacturer;
    card->contents.abilities |= abilities & (PENA_CARD_CHANGE_PIN | PENA_CARD_UNBLOCK | PENA_CARD_RANDOM);
}

/* How the card was found is known from finding it just now, and must be the same. */
gboolean
pena_p15_load (PenaCard *card, GVariant *saved)
{
    PenaP15 *self = card->data;
    PenaP15Path app, odf, token_info;
    guint32 name;
    gboolean stepwise;

    if (!g_variant_is_of_type (saved, G_VARIANT_TYPE (SAVED)))
        return FALSE;
    g_variant_get_child (saved, 0, "u", &name);
    g_variant_get_child (saved, 1, "b", &stepwise);
    if (name != self->name || !load_path_child (saved, 2, &app) || !load_path_child (saved, 3, &odf) ||
        !load_path_child (saved, 4, &token_info) || app.length != self->app.path.length ||
        memcmp (app.bytes, self->app.path.bytes, app.length) != 0)
        return FALSE;
    g_array_set_size (self->keys, 0);
    card->contents.n_pins = 0;
    if (!load_lists (card, self, saved)) {
        g_array_set_size (self->keys, 0);
        card->contents.n_pins = 0;
        return FALSE;
    }
    self->stepwise = stepwise;
    g_clear_pointer (&self->info, g_bytes_unref); /* nothing more will be read now that it belongs to */
    load_texts (card, self, saved);
    return TRUE;
}

/* --- telling cards apart --- */

static gboolean
is_zero (const gchar *digits)
{
    return strspn (digits, "0") == strlen (digits);
}

static gboolean
read_token_info (PenaCard *card, GByteArray *file, GError **error)
{
    PenaP15 *self = card->data;

    if (!self->at_home && !pena_p15_go_home (card, error))
        return FALSE;
    self->files = 0;
    self->bytes = 0;
    return pena_p15_read_token_info (card, file, error);
}

/* TokenInfo, when it has a serial number and says when something was changed last: whoever changes something is to
 * write that anew (7816-15, 8.10). */
gboolean
pena_p15_identify (PenaCard *card, GByteArray *identity, GError **error)
{
    PenaP15 *self = card->data;
    g_autoptr (GByteArray) file = g_byte_array_new ();
    g_auto (PenaP15TokenInfo) info = {0};

    if (self->info != NULL)
        g_byte_array_append (file, g_bytes_get_data (self->info, NULL), (guint)g_bytes_get_size (self->info));
    else if (!read_token_info (card, file, error))
        return FALSE;
    if (pena_p15_parse_token_info (file->data, file->len, &info) && info.dated && !is_zero (info.serial))
        g_byte_array_append (identity, file->data, file->len);
    g_clear_pointer (&self->info, g_bytes_unref);
    self->info = g_byte_array_free_to_bytes (g_steal_pointer (&file));
    return TRUE;
}
