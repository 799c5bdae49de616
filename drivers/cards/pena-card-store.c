/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a card's contents to the cache and back
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <string.h>

#include "pena-card-cache.h"
#include "pena-card-private.h"

enum { OBJECTS_MAX = 256 };

#define CERTIFICATE "(aysuayb)" /* id, label, place, DER, of a CA */
#define KEY "(aysuayuuuuuu)"    /* id, label, place, SubjectPublicKeyInfo, and its numbers */
#define CONTENTS "(bbbssssuta" CERTIFICATE "a" KEY "mv)"

/* --- out --- */

static GVariant *
bytes_variant (gconstpointer data, gsize length)
{
    return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, length, 1);
}

static GVariant *
certificates_variant (PenaCard *self)
{
    GPtrArray *all = self->contents.certificates;
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a" CERTIFICATE));
    for (guint i = 0; i < all->len; i++) {
        const PenaCardCertificate *one = all->pdata[i];
        g_variant_builder_add (
            &builder, "(@aysu@ayb)", bytes_variant (one->id.bytes, one->id.length), one->label, one->place,
            bytes_variant (g_bytes_get_data (one->der, NULL), g_bytes_get_size (one->der)), one->authority);
    }
    return g_variant_builder_end (&builder);
}

static GVariant *
keys_variant (PenaCard *self)
{
    GPtrArray *all = self->contents.keys;
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a" KEY));
    for (guint i = 0; i < all->len; i++) {
        const PenaCardKey *key = all->pdata[i];
        guint8 *der = NULL;
        int length = i2d_PUBKEY (key->public_key, &der);
        g_variant_builder_add (&builder, "(@aysu@ayuuuuuu)", bytes_variant (key->id.bytes, key->id.length),
                               key->label, key->place, bytes_variant (der, (gsize)MAX (length, 0)),
                               (guint32)key->operations, (guint32)key->usage, (guint32)key->pin,
                               key->pin_index, (guint32)key->touch, (guint32)key->origin);
        OPENSSL_free (der);
    }
    return g_variant_builder_end (&builder);
}

static GVariant *
contents_variant (PenaCard *self)
{
    const PenaCardContents *contents = &self->contents;
    GVariant *own = PENA_CARD_OP (self, save) != NULL ? PENA_CARD_OP (self, save) (self) : NULL;

    return g_variant_new (
        "(bbbssssut@a" CERTIFICATE "@a" KEY "@mv)", self->have_keys, self->have_serial, self->have_label,
        contents->label, contents->serial, contents->version, contents->device_serial,
        (guint32)contents->abilities, contents->algorithms, certificates_variant (self), keys_variant (self),
        g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, own != NULL ? g_variant_new_variant (own) : NULL));
}

/* --- and back --- */

static gboolean
take_id (GVariant *tuple, PenaCardId *ret_id)
{
    g_autoptr (GVariant) saved = g_variant_get_child_value (tuple, 0);
    gsize length;
    gconstpointer bytes = g_variant_get_fixed_array (saved, &length, 1);

    if (length > PENA_CARD_ID_MAX)
        return FALSE;
    memcpy (ret_id->bytes, bytes, length);
    ret_id->length = length;
    return TRUE;
}

static gboolean
take_certificate (PenaCard *self, GVariant *tuple)
{
    g_autoptr (GVariant) saved = g_variant_get_child_value (tuple, 3);
    PenaCardCertificate template = {0};
    gsize length;
    const guint8 *der = g_variant_get_fixed_array (saved, &length, 1);

    g_variant_get (tuple, "(@ay&su@ayb)", NULL, &template.label, &template.place, NULL, &template.authority);
    return length <= PENA_CARD_OBJECT_MAX && take_id (tuple, &template.id) &&
           pena_card_add_certificate (self, &template, der, length) != NULL;
}

/* The numbers are the card's own, so one that is out of its range tells that the entry is not. */
static gboolean
take_key (PenaCard *self, GVariant *tuple)
{
    g_autoptr (GVariant) saved = g_variant_get_child_value (tuple, 3);
    PenaCardKey template = {0};
    guint32 operations, usage, pin, touch, origin;
    gsize length;
    const guint8 *der = g_variant_get_fixed_array (saved, &length, 1);

    g_variant_get (tuple, "(@ay&su@ayuuuuuu)", NULL, &template.label, &template.place, NULL, &operations,
                   &usage, &pin, &template.pin_index, &touch, &origin);
    if (!take_id (tuple, &template.id) || length > PENA_CARD_OBJECT_MAX || pin > PENA_KEY_PIN_ALWAYS ||
        pin == PENA_KEY_PIN_DEFAULT || touch > PENA_KEY_TOUCH_CACHED || origin > PENA_KEY_ORIGIN_IMPORTED ||
        usage > (PENA_KEY_SIGN | PENA_KEY_DECRYPT) ||
        (pin != PENA_KEY_PIN_NEVER && template.pin_index >= self->contents.n_pins))
        return FALSE;
    template.operations = operations;
    template.usage = usage;
    template.pin = pin;
    template.touch = touch;
    template.origin = origin;
    EVP_PKEY *public_key = d2i_PUBKEY (NULL, &der, (long)length);
    if (public_key == NULL)
        return FALSE;
    PenaCardKey *key = pena_card_add_key (self, &template, public_key);
    /* A key without a certificate of its own may share its place with that of another. */
    if (key->certificate != NULL &&
        EVP_PKEY_eq (X509_get0_pubkey (key->certificate->x509), key->public_key) != 1)
        g_clear_pointer (&key->certificate, pena_card_certificate_unref);
    return TRUE;
}

static gboolean
take_all (PenaCard *self, GVariant *saved, guint child, gboolean (*take) (PenaCard *, GVariant *))
{
    g_autoptr (GVariant) list = g_variant_get_child_value (saved, child);
    gsize count = g_variant_n_children (list);

    if (count > OBJECTS_MAX)
        return FALSE;
    for (gsize i = 0; i < count; i++) {
        g_autoptr (GVariant) tuple = g_variant_get_child_value (list, i);
        if (!take (self, tuple))
            return FALSE;
    }
    return TRUE;
}

static gboolean
take_own (PenaCard *self, GVariant *saved)
{
    g_autoptr (GVariant) maybe = g_variant_get_child_value (saved, 11);
    g_autoptr (GVariant) boxed = g_variant_get_maybe (maybe);
    g_autoptr (GVariant) own = boxed != NULL ? g_variant_get_variant (boxed) : NULL;

    if (PENA_CARD_OP (self, load) == NULL)
        return own == NULL;
    return own != NULL && PENA_CARD_OP (self, load) (self, own);
}

static void
take_text (GVariant *saved, guint child, gchar **text)
{
    g_free (*text);
    g_variant_get_child (saved, child, "s", text);
}

/* self->contents is empty and described. */
static gboolean
take_contents (PenaCard *self, GVariant *saved)
{
    PenaCardContents *contents = &self->contents;
    guint32 abilities;

    if (!take_own (self, saved) || !take_all (self, saved, 9, take_certificate) ||
        !take_all (self, saved, 10, take_key))
        return FALSE;
    g_variant_get_child (saved, 0, "b", &self->have_keys);
    g_variant_get_child (saved, 1, "b", &self->have_serial);
    g_variant_get_child (saved, 2, "b", &self->have_label);
    take_text (saved, 3, &contents->label);
    take_text (saved, 4, &contents->serial);
    take_text (saved, 5, &contents->version);
    take_text (saved, 6, &contents->device_serial);
    g_variant_get_child (saved, 7, "u", &abilities);
    g_variant_get_child (saved, 8, "t", &contents->algorithms);
    contents->abilities = abilities;
    return TRUE;
}

/* --- with the cache --- */

static PenaCardCacheKey
cache_key (PenaCard *self)
{
    return (PenaCardCacheKey){.kind = self->driver->name,
                              .atr = self->link->atr,
                              .atr_length = self->link->atr_length,
                              .identity = self->identity->data,
                              .identity_length = self->identity->len};
}

gboolean
pena_card_learn_identity (PenaCard *self, GError **error)
{
    g_autoptr (GByteArray) identity = g_byte_array_new ();

    if (PENA_CARD_OP (self, identify) == NULL)
        return TRUE;
    if (!PENA_CARD_OP (self, identify) (self, identity, error))
        return FALSE;
    g_clear_pointer (&self->identity, g_byte_array_unref);
    if (identity->len == 0)
        return TRUE;
    self->identity = g_steal_pointer (&identity);
    const PenaCardCacheKey key = cache_key (self);
    if (self->tries_lost)
        pena_card_cache_mark (&key, TRUE); /* it was not known before whose they are */
    else
        self->tries_lost = pena_card_cache_is_marked (&key);
    return TRUE;
}

void
pena_card_note_lost_tries (PenaCard *self, gboolean lost)
{
    if (lost == self->tries_lost)
        return;
    self->tries_lost = lost;
    if (self->identity == NULL)
        return;
    const PenaCardCacheKey key = cache_key (self);
    pena_card_cache_mark (&key, lost);
}

/* What was read before the last change may be what that has replaced. */
void
pena_card_store (PenaCard *self)
{
    if (self->identity == NULL || self->stale || pena_card_cache_get_last_change () != self->last_change)
        return;
    const PenaCardCacheKey key = cache_key (self);
    pena_card_cache_save (&key, contents_variant (self));
}

void
pena_card_forget_stored (PenaCard *self)
{
    if (self->identity == NULL)
        return;
    const PenaCardCacheKey key = cache_key (self);
    pena_card_cache_drop (&key);
}

gboolean
pena_card_restore (PenaCard *self)
{
    if (self->identity == NULL)
        return FALSE;
    const PenaCardCacheKey key = cache_key (self);
    g_autoptr (GVariant) saved = pena_card_cache_load (&key, G_VARIANT_TYPE (CONTENTS));
    if (saved == NULL)
        return FALSE;
    if (PENA_CARD_OP (self, describe) != NULL)
        PENA_CARD_OP (self, describe) (self);
    if (take_contents (self, saved)) {
        for (guint i = 0; i < self->contents.certificates->len; i++)
            g_hash_table_add (self->unconfirmed, self->contents.certificates->pdata[i]);
        return TRUE;
    }
    pena_card_contents_clear (&self->contents);
    pena_card_contents_init (&self->contents);
    self->have_keys = self->have_device = self->have_serial = self->have_label = FALSE;
    return FALSE;
}

/* --- trust --- */

gboolean
pena_card_is_confirmed (PenaCard *self, const PenaCardKey *key)
{
    return key->certificate == NULL || PENA_CARD_OP (self, confirm) == NULL ||
           !g_hash_table_contains (self->unconfirmed, key->certificate);
}

gboolean
pena_card_confirm (PenaCard *self, const PenaCardKey *key, gboolean *ret_true, GError **error)
{
    gboolean is_true = TRUE;

    if (!pena_card_is_confirmed (self, key)) {
        if (!PENA_CARD_OP (self, confirm) (self, key->certificate, &is_true, error))
            return FALSE;
        if (!is_true && (!pena_card_select_again (self, error) ||
                         !PENA_CARD_OP (self, confirm) (self, key->certificate, &is_true, error)))
            return FALSE;
    }
    if (is_true)
        g_hash_table_remove (self->unconfirmed, key->certificate);
    *ret_true = is_true;
    return TRUE;
}
