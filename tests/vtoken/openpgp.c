/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's OpenPGP application: its commands, and what it keeps
 * Copyright (C) 2026 the Pena authors */
#include "openpgp.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#define CHALLENGE_MAX 2048

guint16
openpgp_save_change (Openpgp *self)
{
    return vtoken_persist (self->card) ? SW_OK : SW_MEMORY_FAILURE;
}

void
openpgp_drop_key (Openpgp *self, OpenpgpUse use)
{
    g_clear_pointer (&self->keys[use].key, EVP_PKEY_free);
    self->keys[use].origin = OPENPGP_ORIGIN_NONE;
}

static void
end_session (gpointer app)
{
    Openpgp *self = app;
    self->sign_verified = self->user_verified = self->admin_verified = FALSE;
    self->occurrence = 0;
    self->decipher_key = OPENPGP_DECIPHER;
    self->authenticate_key = OPENPGP_AUTHENTICATE;
}

static void
make_blank (Openpgp *self)
{
    for (guint i = 0; i < OPENPGP_N_KEYS; i++)
        openpgp_drop_key (self, i);
    self->terminated = FALSE;
    self->pw1_for_several = FALSE;
    self->signatures = 0;
    openpgp_make_objects (self);
    openpgp_reference_set (&self->pw1, VTOKEN_PIN, strlen (VTOKEN_PIN), OPENPGP_TRIES);
    openpgp_reference_set (&self->code, NULL, 0, 0);
    openpgp_reference_set (&self->pw3, VTOKEN_PUK, strlen (VTOKEN_PUK), OPENPGP_TRIES);
    end_session (self);
}

static guint16
get_challenge (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    guint8 bytes[CHALLENGE_MAX];

    if (command->p1 != 0 || command->p2 != 0 || command->le > sizeof bytes)
        return SW_WRONG_LENGTH;
    RAND_bytes (bytes, (int)command->le);
    g_byte_array_append (answer, bytes, (guint)command->le);
    return SW_OK;
}

/* 7.2.16: with PW3, or when there is no way left to come to it. */
static guint16
terminate (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    if (!self->admin_verified && self->pw3.tries > 0)
        return SW_SECURITY_STATUS;
    self->terminated = TRUE;
    end_session (self);
    return openpgp_save_change (self);
}

/* 7.2.17: changes nothing on a card that works. */
static guint16
activate (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    if (!self->terminated)
        return SW_OK;
    make_blank (self);
    return openpgp_save_change (self);
}

static const struct {
    guint8 ins;
    OpenpgpCommand run;
} commands[] = {
    {0x20, openpgp_verify},
    {0x22, openpgp_security_environment},
    {0x24, openpgp_change_reference},
    {0x2A, openpgp_security_operation},
    {0x2C, openpgp_reset_retry_counter},
    {0x44, activate},
    {0x47, openpgp_generate},
    {0x84, get_challenge},
    {0x88, openpgp_internal_authenticate},
    {0xA5, openpgp_select_data},
    {0xCA, openpgp_get_data},
    {0xCC, openpgp_get_next_data},
    {0xDA, openpgp_put_data},
    {0xDB, openpgp_import_key},
    {0xE6, terminate},
};

static guint16
run_command (gpointer app, const VtokenCommand *command, GByteArray *answer)
{
    Openpgp *self = app;

    for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
        if (commands[i].ins == command->ins)
            return self->terminated && commands[i].run != activate ? SW_TERMINATED
                                                                   : commands[i].run (app, command, answer);
    return SW_WRONG_INS;
}

/* The whole AID, or its beginning (7.2.1). */
static gboolean
has_name (gpointer app, const guint8 *name, gsize length)
{
    guint8 aid[16];

    openpgp_aid (app, aid);
    return length >= 5 && length <= sizeof aid && memcmp (name, aid, length) == 0;
}

/* Selecting it again is a new session too: cards differ, and this is the harder way for a host. */
static guint16
select_openpgp (gpointer app, const VtokenCommand *command, GByteArray *answer)
{
    Openpgp *self = app;

    end_session (self);
    return self->terminated ? SW_TERMINATED : SW_OK;
}

static gpointer
create (Vtoken *card)
{
    Openpgp *self = g_new0 (Openpgp, 1);
    self->card = card;
    self->objects = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_bytes_unref);
    make_blank (self);
    return self;
}

static void
destroy (gpointer app)
{
    Openpgp *self = app;
    for (guint i = 0; i < OPENPGP_N_KEYS; i++)
        openpgp_drop_key (self, i);
    g_hash_table_unref (self->objects);
    g_free (self);
}

/* --- the state file --- */

#define SAVED_TYPE "(bbua{uay}(ayy)(ayy)(ayy)a(yyay))"

static GVariant *
bytes_variant (gconstpointer data, gsize length)
{
    return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, length, 1);
}

static GVariant *
save_reference (const OpenpgpReference *reference)
{
    return g_variant_new ("(@ayy)", bytes_variant (reference->value, reference->length), reference->tries);
}

static GVariant *
save_objects (Openpgp *self)
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
save_keys (Openpgp *self)
{
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(yyay)"));
    for (guint i = 0; i < OPENPGP_N_KEYS; i++) {
        if (self->keys[i].key == NULL)
            continue;
        g_autoptr (GBytes) der = vtoken_key_save (self->keys[i].key);
        g_variant_builder_add (&builder, "(yy@ay)", (guint8)i, (guint8)self->keys[i].origin,
                               bytes_variant (g_bytes_get_data (der, NULL), g_bytes_get_size (der)));
    }
    return g_variant_builder_end (&builder);
}

static GVariant *
save (gpointer app)
{
    Openpgp *self = app;
    return g_variant_new ("(bbu@a{uay}@(ayy)@(ayy)@(ayy)@a(yyay))", self->terminated, self->pw1_for_several,
                          self->signatures, save_objects (self), save_reference (&self->pw1),
                          save_reference (&self->code), save_reference (&self->pw3), save_keys (self));
}

static gboolean
load_reference (GVariant *tuple, guint child, OpenpgpReference *reference)
{
    g_autoptr (GVariant) saved = g_variant_get_child_value (tuple, child);
    g_autoptr (GVariant) value = g_variant_get_child_value (saved, 0);
    guint8 tries;

    g_variant_get_child (saved, 1, "y", &tries);
    if (g_variant_get_size (value) > OPENPGP_PW_MAX || tries > OPENPGP_TRIES)
        return FALSE;
    openpgp_reference_set (reference, g_variant_get_data (value), g_variant_get_size (value), tries);
    return TRUE;
}

static gboolean
load_objects (Openpgp *self, GVariant *saved)
{
    GVariantIter iter;
    GVariant *value;
    guint32 tag;

    g_variant_iter_init (&iter, saved);
    while (g_variant_iter_next (&iter, "{u@ay}", &tag, &value)) {
        gboolean fits = openpgp_object_fits (tag, g_variant_get_size (value));
        if (fits)
            openpgp_object_store (self, tag, g_variant_get_data (value), g_variant_get_size (value));
        g_variant_unref (value);
        if (!fits)
            return FALSE;
    }
    return TRUE;
}

static gboolean
load_keys (Openpgp *self, GVariant *saved)
{
    GVariantIter iter;
    GVariant *value;
    guint8 use, origin;

    g_variant_iter_init (&iter, saved);
    while (g_variant_iter_next (&iter, "(yy@ay)", &use, &origin, &value)) {
        g_autoptr (GBytes) der = g_variant_get_data_as_bytes (value);
        g_variant_unref (value);
        if (use >= OPENPGP_N_KEYS || self->keys[use].key != NULL)
            return FALSE;
        self->keys[use] = (OpenpgpKey){vtoken_key_load (der), origin};
        if (self->keys[use].key == NULL)
            return FALSE;
    }
    return TRUE;
}

static gboolean
load (gpointer app, GVariant *saved)
{
    Openpgp *self = app;

    if (!g_variant_is_of_type (saved, G_VARIANT_TYPE (SAVED_TYPE)))
        return FALSE;
    g_autoptr (GVariant) objects = g_variant_get_child_value (saved, 3);
    g_autoptr (GVariant) keys = g_variant_get_child_value (saved, 7);
    g_variant_get_child (saved, 0, "b", &self->terminated);
    g_variant_get_child (saved, 1, "b", &self->pw1_for_several);
    g_variant_get_child (saved, 2, "u", &self->signatures);
    return load_objects (self, objects) && load_reference (saved, 4, &self->pw1) &&
           load_reference (saved, 5, &self->code) && load_reference (saved, 6, &self->pw3) &&
           load_keys (self, keys);
}

/* The ATR of the cards that OpenPGP 3.x is sold on. */
static const guint8 atr[] = {0x3B, 0xDA, 0x18, 0xFF, 0x81, 0xB1, 0xFE, 0x75, 0x1F, 0x03, 0x00,
                             0x31, 0xF5, 0x73, 0xC0, 0x01, 0x60, 0x00, 0x90, 0x00, 0x1C};

const VtokenApplication vtoken_application_openpgp = {
    .name = "openpgp",
    .has_name = has_name,
    .atr = atr,
    .atr_length = sizeof atr,
    .create = create,
    .destroy = destroy,
    .save = save,
    .load = load,
    .end_session = end_session,
    .select = select_openpgp,
    .command = run_command,
};
