/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PIV application: its commands, and what it keeps
 * Copyright (C) 2026 the Pena authors */
#include "piv.h"

#include "pena-tlv.h"

#include <openssl/evp.h>
#include <string.h>

/* SP 800-73-4 part 2, table 2. What is not here may be one of the vendor's. */
static const struct {
    guint8 ins;
    PivCommand run;
} commands[] = {
    {0x20, piv_verify},   {0x24, piv_change_reference},     {0x2C, piv_reset_retry_counter},
    {0x47, piv_generate}, {0x87, piv_general_authenticate}, {0xCB, piv_get_data},
    {0xDB, piv_put_data},
};

static guint16
run_command (gpointer app, const VtokenCommand *command, GByteArray *answer)
{
    for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
        if (commands[i].ins == command->ins)
            return commands[i].run (app, command, answer);
    return piv_vendor_command (app, command, answer);
}

/* The application property template: the PIX, the authority that names applications so, and a label. */
static guint16
select_piv (gpointer app, const VtokenCommand *command, GByteArray *answer)
{
    const VtokenApplication *piv = &vtoken_application_piv;
    g_autoptr (GByteArray) authority = g_byte_array_new ();
    g_autoptr (GByteArray) template = g_byte_array_new ();
    static const gchar label[] = "Pena virtual token";

    pena_tlv_append (authority, 0x4F, piv->aid, 5);
    pena_tlv_append (template, 0x4F, piv->aid + 5, piv->aid_length - 5);
    pena_tlv_append (template, 0x79, authority->data, authority->len);
    pena_tlv_append (template, 0x50, label, sizeof label - 1);
    pena_tlv_append (answer, 0x61, template->data, template->len);
    return SW_OK;
}

static void
end_session (gpointer app)
{
    Piv *self = app;
    self->pin_verified = FALSE;
    self->pin_sequence = 0;
    self->admin_authenticated = FALSE;
    self->admin_step = PIV_ADMIN_IDLE;
}

void
piv_key_free (PivKey *key)
{
    EVP_PKEY_free (key->key);
    g_free (key);
}

gboolean
piv_is_key_slot (guint8 slot)
{
    return slot == 0x9A || (slot >= 0x9C && slot <= 0x9E) || (slot >= 0x82 && slot <= 0x95);
}

void
piv_put_key (Piv *self, guint8 slot, PivKey *key)
{
    g_hash_table_replace (self->keys, GUINT_TO_POINTER (slot), key);
}

PivKey *
piv_get_key (Piv *self, guint8 slot)
{
    return g_hash_table_lookup (self->keys, GUINT_TO_POINTER (slot));
}

void
piv_remove_key (Piv *self, guint8 slot)
{
    g_hash_table_remove (self->keys, GUINT_TO_POINTER (slot));
}

guint16
piv_save_change (Piv *self)
{
    return vtoken_persist (self->card) ? SW_OK : SW_MEMORY_FAILURE;
}

/* Discovery object (SP 800-73-4 part 1, 3.3.2): the AID; 5F2F 40 00: the application's own PIN is the only
 * one. */
static void
store_discovery (Piv *self)
{
    static const guint8 policy[] = {0x40, 0x00};
    const VtokenApplication *piv = &vtoken_application_piv;
    g_autoptr (GByteArray) discovery = g_byte_array_new ();

    pena_tlv_append (discovery, 0x4F, piv->aid, piv->aid_length);
    pena_tlv_append (discovery, 0x5F2F, policy, sizeof policy);
    piv_object_store (self, 0x7E, discovery->data, discovery->len);
}

void
piv_make_blank (Piv *self)
{
    g_hash_table_remove_all (self->objects);
    g_hash_table_remove_all (self->keys);
    self->objects_size = 0;
    piv_reference_set (&self->pin, VTOKEN_PIN, 3);
    piv_reference_set (&self->puk, VTOKEN_PUK, 3);
    piv_admin_set_default (self, VTOKEN_ALGORITHM_3DES);
    store_discovery (self);
    piv_attest_make_signer (self);
    end_session (self);
}

static gpointer
create (Vtoken *card)
{
    Piv *self = g_new0 (Piv, 1);
    self->card = card;
    self->objects = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_bytes_unref);
    self->keys = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)piv_key_free);
    piv_make_blank (self);
    return self;
}

static void
destroy (gpointer app)
{
    Piv *self = app;
    g_hash_table_unref (self->objects);
    g_hash_table_unref (self->keys);
    g_free (self);
}

static GVariant *
bytes_variant (gconstpointer data, gsize length)
{
    return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, length, 1);
}

static GVariant *
save_reference (const PivReference *reference)
{
    return g_variant_new ("(@ayyy)", bytes_variant (reference->value, sizeof reference->value),
                          reference->tries, reference->total);
}

static GVariant *
save_objects (Piv *self)
{
    GVariantBuilder builder;
    GHashTableIter iter;
    gpointer tag, value;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{uay}"));
    g_hash_table_iter_init (&iter, self->objects);
    while (g_hash_table_iter_next (&iter, &tag, &value))
        g_variant_builder_add (&builder, "{u@ay}", GPOINTER_TO_UINT (tag),
                               bytes_variant (g_bytes_get_data (value, NULL), g_bytes_get_size (value)));
    return g_variant_builder_end (&builder);
}

static GVariant *
save_keys (Piv *self)
{
    GVariantBuilder builder;
    GHashTableIter iter;
    gpointer slot, value;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{y(yyyyay)}"));
    g_hash_table_iter_init (&iter, self->keys);
    while (g_hash_table_iter_next (&iter, &slot, &value)) {
        const PivKey *key = value;
        g_autoptr (GBytes) der = vtoken_key_save (key->key);
        g_variant_builder_add (&builder, "{y(yyyy@ay)}", (guint8)GPOINTER_TO_UINT (slot),
                               (guint8)key->algorithm, (guint8)key->pin_policy, key->touch_policy,
                               (guint8)key->origin,
                               bytes_variant (g_bytes_get_data (der, NULL), g_bytes_get_size (der)));
    }
    return g_variant_builder_end (&builder);
}

#define SAVED_TYPE "((ayyy)(ayyy)yaya{uay}a{y(yyyyay)})"

static GVariant *
save (gpointer app)
{
    Piv *self = app;
    return g_variant_new ("(@(ayyy)@(ayyy)y@ay@a{uay}@a{y(yyyyay)})", save_reference (&self->pin),
                          save_reference (&self->puk), (guint8)self->admin_algorithm,
                          bytes_variant (self->admin_key, sizeof self->admin_key), save_objects (self),
                          save_keys (self));
}

/* Copies an array of bytes that must have just this length. */
static gboolean
load_bytes (GVariant *from, void *out, gsize length)
{
    gsize found;
    gconstpointer data = g_variant_get_fixed_array (from, &found, 1);

    if (found != length)
        return FALSE;
    memcpy (out, data, length);
    return TRUE;
}

static gboolean
load_reference (GVariant *tuple, guint child, PivReference *reference)
{
    g_autoptr (GVariant) saved = g_variant_get_child_value (tuple, child);
    g_autoptr (GVariant) value = g_variant_get_child_value (saved, 0);

    g_variant_get (saved, "(@ayyy)", NULL, &reference->tries, &reference->total);
    return load_bytes (value, reference->value, sizeof reference->value) &&
           reference->tries <= reference->total && reference->total <= 15;
}

static void
load_objects (Piv *self, GVariant *saved)
{
    GVariantIter iter;
    GVariant *value;
    guint32 tag;

    g_variant_iter_init (&iter, saved);
    while (g_variant_iter_loop (&iter, "{u@ay}", &tag, &value))
        piv_object_store (self, tag, g_variant_get_data (value), g_variant_get_size (value));
}

static gboolean
load_keys (Piv *self, GVariant *saved)
{
    GVariantIter iter;
    GVariant *value;
    guint8 slot, algorithm, pin, touch, origin;

    g_variant_iter_init (&iter, saved);
    while (g_variant_iter_loop (&iter, "{y(yyyy@ay)}", &slot, &algorithm, &pin, &touch, &origin, &value)) {
        g_autoptr (GBytes) der = g_variant_get_data_as_bytes (value);
        PivKey *key = g_new0 (PivKey, 1);
        *key = (PivKey){.algorithm = algorithm, .pin_policy = pin, .touch_policy = touch, .origin = origin};
        key->key = vtoken_key_load (der);
        piv_put_key (self, slot, key);
        if (key->key == NULL || (!piv_is_key_slot (slot) && slot != PIV_KEY_ATTESTATION)) {
            g_variant_unref (value);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
load (gpointer app, GVariant *saved)
{
    Piv *self = app;
    guint8 algorithm;

    if (!g_variant_is_of_type (saved, G_VARIANT_TYPE (SAVED_TYPE)))
        return FALSE;
    g_autoptr (GVariant) admin_key = g_variant_get_child_value (saved, 3);
    g_autoptr (GVariant) objects = g_variant_get_child_value (saved, 4);
    g_autoptr (GVariant) keys = g_variant_get_child_value (saved, 5);
    g_variant_get_child (saved, 2, "y", &algorithm);
    self->admin_algorithm = algorithm;
    if (piv_admin_key_length (algorithm) == 0 ||
        !load_bytes (admin_key, self->admin_key, sizeof self->admin_key))
        return FALSE;
    load_objects (self, objects);
    return load_reference (saved, 0, &self->pin) && load_reference (saved, 1, &self->puk) &&
           load_keys (self, keys);
}

const VtokenApplication vtoken_application_piv = {
    .name = "piv",
    .aid = {0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00},
    .aid_length = 11,
    .aid_least = 5,
    .create = create,
    .destroy = destroy,
    .save = save,
    .load = load,
    .end_session = end_session,
    .select = select_piv,
    .command = run_command,
};

void
vtoken_set_admin_algorithm (Vtoken *self, VtokenAlgorithm algorithm)
{
    g_return_if_fail (piv_admin_key_length (algorithm) > 0);
    piv_admin_set_default (vtoken_get_app (self, &vtoken_application_piv), algorithm);
}
