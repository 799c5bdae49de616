/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token: its state file
 * Copyright (C) 2026 the Pena authors */
#include "vtoken-private.h"

#include <string.h>

/* The file: this line, the SHA-256 of what follows, then a serialised GVariant of this type (serial;
 * application -> what it keeps). It is replaced as a whole and flushed, so that a kill at any moment leaves
 * the old or the new one. */
#define MAGIC "pena vtoken state 1\n"
#define MAGIC_LENGTH (sizeof MAGIC - 1)
#define HASH_LENGTH 32
#define STATE_TYPE G_VARIANT_TYPE ("(ua{sv})")

static void
hash (gconstpointer data, gsize length, guint8 out[HASH_LENGTH])
{
    gsize size = HASH_LENGTH;
    g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
    g_checksum_update (sum, data, (gssize)length);
    g_checksum_get_digest (sum, out, &size);
}

static GVariant *
collect (Vtoken *self)
{
    GVariantBuilder apps;

    g_variant_builder_init (&apps, G_VARIANT_TYPE_VARDICT);
    for (guint i = 0; i < self->n_instances; i++)
        g_variant_builder_add (&apps, "{sv}", self->instances[i].kind->name,
                               self->instances[i].kind->save (self->instances[i].self));
    return g_variant_ref_sink (g_variant_new ("(ua{sv})", self->serial, &apps));
}

static gboolean
write_state (Vtoken *self, GError **error)
{
    g_autoptr (GVariant) state = collect (self);
    g_autoptr (GByteArray) file = g_byte_array_new ();
    guint8 sum[HASH_LENGTH];

    hash (g_variant_get_data (state), g_variant_get_size (state), sum);
    g_byte_array_append (file, (const guint8 *)MAGIC, MAGIC_LENGTH);
    g_byte_array_append (file, sum, sizeof sum);
    g_byte_array_append (file, g_variant_get_data (state), (guint)g_variant_get_size (state));
    return g_file_set_contents_full (self->path, (const gchar *)file->data, file->len,
                                     G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                     error);
}

gboolean
vtoken_persist (Vtoken *self)
{
    g_autoptr (GError) error = NULL;

    if (self->path == NULL || write_state (self, &error))
        return TRUE;
    g_warning ("vtoken: %s", error->message);
    return FALSE;
}

gboolean
vtoken_save_to (Vtoken *self, const gchar *path, GError **error)
{
    g_free (self->path);
    self->path = g_strdup (path);
    return write_state (self, error);
}

/* The state of a whole and unharmed file, else NULL. */
static GVariant *
open_state (const gchar *contents, gsize length)
{
    const gchar *body = contents + MAGIC_LENGTH + HASH_LENGTH;
    guint8 sum[HASH_LENGTH];

    if (length < MAGIC_LENGTH + HASH_LENGTH || memcmp (contents, MAGIC, MAGIC_LENGTH) != 0)
        return NULL;
    length -= MAGIC_LENGTH + HASH_LENGTH;
    hash (body, length, sum);
    if (memcmp (sum, contents + MAGIC_LENGTH, HASH_LENGTH) != 0)
        return NULL;
    g_autoptr (GBytes) bytes = g_bytes_new (body, length);
    GVariant *state = g_variant_ref_sink (g_variant_new_from_bytes (STATE_TYPE, bytes, FALSE));
    if (!g_variant_is_normal_form (state))
        g_clear_pointer (&state, g_variant_unref);
    return state;
}

/* The names of the applications that the state is of. */
static gchar *
list_names (GVariant *state)
{
    g_autoptr (GVariant) apps = g_variant_get_child_value (state, 1);
    g_autoptr (GPtrArray) names = g_ptr_array_new ();
    GVariantIter iter;
    const gchar *name;

    g_variant_iter_init (&iter, apps);
    while (g_variant_iter_next (&iter, "{&sv}", &name, NULL))
        g_ptr_array_add (names, (gpointer)name);
    g_ptr_array_add (names, NULL);
    return g_strjoinv (" ", (gchar **)names->pdata);
}

static Vtoken *
restore (GVariant *state)
{
    g_autofree gchar *names = list_names (state);
    g_autoptr (GVariant) apps = g_variant_get_child_value (state, 1);
    g_autoptr (Vtoken) self = vtoken_new_with (names);

    if (self == NULL)
        return NULL;
    g_variant_get_child (state, 0, "u", &self->serial);
    for (guint i = 0; i < self->n_instances; i++) {
        const VtokenInstance *instance = &self->instances[i];
        g_autoptr (GVariant) saved = g_variant_lookup_value (apps, instance->kind->name, NULL);
        if (saved == NULL || !instance->kind->load (instance->self, saved))
            return NULL;
    }
    return g_steal_pointer (&self);
}

Vtoken *
vtoken_copy (Vtoken *self)
{
    g_autoptr (GVariant) state = collect (self);
    return restore (state);
}

Vtoken *
vtoken_new_from_file (const gchar *path, GError **error)
{
    g_autofree gchar *contents = NULL;
    gsize length;

    if (!g_file_get_contents (path, &contents, &length, error))
        return NULL;
    g_autoptr (GVariant) state = open_state (contents, length);
    Vtoken *self = state != NULL ? restore (state) : NULL;
    if (self == NULL) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s is not a whole virtual token state file",
                     path);
        return NULL;
    }
    self->path = g_strdup (path);
    return self;
}
