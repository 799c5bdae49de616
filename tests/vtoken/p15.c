/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PKCS#15 application: its commands, and what it keeps
 * Copyright (C) 2026 the Pena authors */
#include "p15.h"

#include <openssl/evp.h>
#include <string.h>

/* The commands of the first are those of IsoApplet, a file system applet that anybody can have; its name and
 * version are what makes OpenSC take the card for one. */
static const P15Layout layouts[] = {
    {.name = "pkcs15", .pin_type = P15_PIN_ASCII, .stored_length = 16, .pad = 0x00},
    {.name = "pkcs15-two-pins", .two_pins = TRUE, .pin_type = P15_PIN_UTF8},
    {.name = "pkcs15-records",
     .records = TRUE,
     .by_path = TRUE,
     .hashes = TRUE,
     .raw_ecdsa = TRUE,
     .direct = TRUE,
     .lists = TRUE,
     .no_aid = TRUE,
     .pin_type = P15_PIN_BCD,
     .stored_length = 8,
     .pad = 0xFF},
    {.name = "pkcs15-half-nibble", .pin_type = P15_PIN_HALF_NIBBLE, .stored_length = 8, .pad = 0xFF},
    {.name = "pkcs15-mute", .mute = TRUE, .pin_type = P15_PIN_ASCII, .stored_length = 8, .pad = 0xFF},
    {.name = "pkcs15-vendor", .vendor = TRUE, .pin_type = P15_PIN_ASCII, .stored_length = 8, .pad = 0xFF},
};

static const guint8 applet_name[] = {0xF2, 0x76, 0xA2, 0x88, 0xBC, 0xFB, 0xA6, 0x9D, 0x34, 0xF3, 0x10, 0x01};
static const guint8 df_name[] = {0xA0, 0x00, 0x00, 0x00, 0x63, 'P', 'K', 'C', 'S', '-', '1', '5'};

static const struct {
    guint8 ins;
    P15Command run;
} commands[] = {
    {0x20, p15_verify},
    {0x22, p15_manage_security_environment},
    {0x24, p15_change_reference},
    {0x2A, p15_perform_security_operation},
    {0x2C, p15_reset_retry_counter},
    {0x84, p15_get_challenge},
    {0xA4, p15_select},
    {0xB0, p15_read_binary},
    {0xB2, p15_read_record},
};

const P15Layout *
p15_layout_find (const gchar *name)
{
    for (guint i = 0; i < G_N_ELEMENTS (layouts); i++)
        if (g_strcmp0 (layouts[i].name, name) == 0)
            return &layouts[i];
    return NULL;
}

/* Between a VERIFY and the one use that it allows, nothing may come but what the use needs. */
static gboolean
ends_consent (guint8 ins)
{
    return ins != 0x20 && ins != 0x22 && ins != 0x2A && ins != 0xA4;
}

static guint16
run_command (gpointer app, const VtokenCommand *command, GByteArray *answer)
{
    P15 *self = app;

    for (guint i = 0; ends_consent (command->ins) && i < P15_PINS; i++)
        self->pins[i].fresh = FALSE;
    for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
        if (commands[i].ins == command->ins)
            return commands[i].run (self, command, answer);
    return SW_WRONG_INS;
}

static gboolean
has_name (gpointer app, const guint8 *name, gsize length)
{
    P15 *self = app;

    if (self->layout->no_aid)
        return FALSE;
    return (length == sizeof df_name && memcmp (name, df_name, length) == 0) ||
           (!self->layout->vendor && length == sizeof applet_name && memcmp (name, applet_name, length) == 0);
}

/* The applet tells its version (0.6) and that it can do extended lengths, random numbers and curves; the DF
 * what files tell. */
static guint16
select_p15 (gpointer app, const VtokenCommand *command, GByteArray *answer)
{
    P15 *self = app;
    static const guint8 path[] = {P15_DF_ID >> 8, P15_DF_ID & 0xFF};
    static const guint8 version[] = {0x00, 0x06, 0x07};
    const VtokenCommand by_path = {.p1 = 0x08, .p2 = command->p2, .data = path, .length = sizeof path};

    self->df = P15_MF;
    self->ef = 0;
    if (memcmp (command->data, df_name, sizeof df_name) == 0)
        return p15_select (self, &by_path, answer);
    g_byte_array_append (answer, version, sizeof version);
    return SW_OK;
}

static void
end_session (gpointer app)
{
    P15 *self = app;

    for (guint i = 0; i < P15_PINS; i++)
        self->pins[i].verified = self->pins[i].fresh = FALSE;
    self->df = P15_MF;
    self->ef = 0;
    self->template = 0;
    self->key = NULL;
}

static void
key_free (P15Key *key)
{
    EVP_PKEY_free (key->key);
    g_clear_pointer (&key->certificate, g_bytes_unref);
    g_free (key);
}

static void
use_layout (P15 *self, const P15Layout *layout)
{
    self->layout = layout;
    p15_pins_set_default (self);
    p15_build_files (self);
    end_session (self);
}

static gpointer
create (Vtoken *card)
{
    P15 *self = g_new0 (P15, 1);

    self->card = card;
    self->keys = g_ptr_array_new_with_free_func ((GDestroyNotify)key_free);
    self->files = g_ptr_array_new_with_free_func ((GDestroyNotify)p15_file_free);
    self->updated = g_strdup ("20260101000000Z");
    use_layout (self, &layouts[0]);
    return self;
}

static void
destroy (gpointer app)
{
    P15 *self = app;

    g_ptr_array_unref (self->keys);
    g_ptr_array_unref (self->files);
    g_free (self->updated);
    g_free (self);
}

guint16
p15_save_change (P15 *self)
{
    return vtoken_persist (self->card) ? SW_OK : SW_MEMORY_FAILURE;
}

static GVariant *
bytes_variant (gconstpointer data, gsize length)
{
    return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, length, 1);
}

#define SAVED_TYPE "(ssa(ayyy)a(yyayay))"

static GVariant *
save (gpointer app)
{
    P15 *self = app;
    GVariantBuilder pins, keys;

    g_variant_builder_init (&pins, G_VARIANT_TYPE ("a(ayyy)"));
    for (guint i = 0; i < P15_PINS; i++)
        g_variant_builder_add (&pins, "(@ayyy)", bytes_variant (self->pins[i].value, self->pins[i].length),
                               self->pins[i].tries, self->pins[i].total);
    g_variant_builder_init (&keys, G_VARIANT_TYPE ("a(yyayay)"));
    for (guint i = 0; i < self->keys->len; i++) {
        const P15Key *key = self->keys->pdata[i];
        g_autoptr (GBytes) der = vtoken_key_save (key->key);
        gsize size = 0;
        gconstpointer certificate =
            key->certificate != NULL ? g_bytes_get_data (key->certificate, &size) : NULL;
        g_variant_builder_add (&keys, "(yy@ay@ay)", key->reference, (guint8)key->algorithm,
                               bytes_variant (g_bytes_get_data (der, NULL), g_bytes_get_size (der)),
                               bytes_variant (certificate, size));
    }
    return g_variant_new ("(ssa(ayyy)a(yyayay))", self->layout->name, self->updated, &pins, &keys);
}

static gboolean
load_pins (P15 *self, GVariant *saved)
{
    if (g_variant_n_children (saved) != P15_PINS)
        return FALSE;
    for (guint i = 0; i < P15_PINS; i++) {
        P15Pin *pin = &self->pins[i];
        g_autoptr (GVariant) one = g_variant_get_child_value (saved, i);
        g_autoptr (GVariant) value = g_variant_get_child_value (one, 0);
        gsize length = g_variant_get_size (value);
        g_variant_get (one, "(@ayyy)", NULL, &pin->tries, &pin->total);
        if (length == 0 || length > sizeof pin->value || pin->tries > pin->total || pin->total > 15)
            return FALSE;
        memcpy (pin->value, g_variant_get_data (value), length);
        pin->length = (guint8)length;
    }
    return TRUE;
}

static gboolean
load_keys (P15 *self, GVariant *saved)
{
    for (gsize i = 0; i < g_variant_n_children (saved); i++) {
        g_autoptr (GVariant) one = g_variant_get_child_value (saved, i);
        g_autoptr (GVariant) der = g_variant_get_child_value (one, 2);
        g_autoptr (GVariant) certificate = g_variant_get_child_value (one, 3);
        g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (der);
        P15Key *key = g_new0 (P15Key, 1);
        guint8 algorithm;
        g_variant_get (one, "(yy@ay@ay)", &key->reference, &algorithm, NULL, NULL);
        key->algorithm = algorithm;
        key->key = vtoken_key_load (bytes);
        if (g_variant_get_size (certificate) > 0)
            key->certificate = g_variant_get_data_as_bytes (certificate);
        g_ptr_array_add (self->keys, key);
        if (key->key == NULL || key->reference == 0 || key->reference > P15_KEYS_MAX)
            return FALSE;
    }
    return TRUE;
}

static gboolean
load (gpointer app, GVariant *saved)
{
    P15 *self = app;
    const gchar *layout;

    if (!g_variant_is_of_type (saved, G_VARIANT_TYPE (SAVED_TYPE)))
        return FALSE;
    g_variant_get_child (saved, 0, "&s", &layout);
    if (p15_layout_find (layout) == NULL)
        return FALSE;
    g_autoptr (GVariant) pins = g_variant_get_child_value (saved, 2);
    g_autoptr (GVariant) keys = g_variant_get_child_value (saved, 3);
    g_free (self->updated);
    g_variant_get_child (saved, 1, "s", &self->updated);
    use_layout (self, p15_layout_find (layout));
    if (!load_pins (self, pins) || !load_keys (self, keys))
        return FALSE;
    p15_build_files (self);
    return TRUE;
}

const VtokenApplication vtoken_application_pkcs15 = {
    .name = "pkcs15",
    .has_name = has_name,
    .has_files = TRUE,
    .create = create,
    .destroy = destroy,
    .save = save,
    .load = load,
    .end_session = end_session,
    .select = select_p15,
    .command = run_command,
};

Vtoken *
vtoken_new_pkcs15 (const gchar *layout)
{
    const P15Layout *found = p15_layout_find (layout);

    if (found == NULL)
        return NULL;
    Vtoken *card = vtoken_new_with ("pkcs15");
    use_layout (vtoken_get_app (card, &vtoken_application_pkcs15), found);
    return card;
}
