/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a caller wants of a signature
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "client-sign.h"

#include <string.h>

#include "pena-stamp-file.h"
#include "pena-text.h"

enum {
    PROP_FORMAT = 1,
    PROP_LEVEL,
    PROP_CREDENTIAL,
    PROP_REASON,
    PROP_LOCATION,
    PROP_FIELD,
    PROP_DIGEST,
    PROP_PADDING,
    PROP_LOCK,
    PROP_STAMP,
    PROP_PAGE,
    PROP_RECT,
    PROP_ANCHOR,
    PROP_NAME,
    PROP_STAMP_FILE,
    PROP_REPLACE,
    PROP_REPAIR,
    PROP_ALLOW_LOWER,
    PROP_ATTACHED,
    PROP_ONE_OF_MANY,
    PROP_CERTIFY,
    PROP_STAMP_FIELDS
};

/* The strings, in the order of their property numbers. */
static const gchar *const string_names[] = {"format", "level",  "credential", "reason", "location",
                                            "field",  "digest", "padding",    "lock",   "stamp",
                                            "page",   "rect",   "anchor",     "name",   "stamp-file"};

/* The booleans, in the order of their property numbers. */
static const gchar *const flag_names[] = {"replace", "repair", "allow-lower", "attached", "one-of-many"};
#define N_FLAGS G_N_ELEMENTS (flag_names)

struct _PenaSignOptions {
    GObject parent_instance;
    gchar *strings[G_N_ELEMENTS (string_names)];
    gboolean flags[N_FLAGS];
    guint certify;
    gchar **stamp_fields;
};

G_DEFINE_FINAL_TYPE (PenaSignOptions, pena_sign_options, G_TYPE_OBJECT)

static void
pena_sign_options_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    PenaSignOptions *self = PENA_SIGN_OPTIONS (object);
    if (id == PROP_CERTIFY)
        g_value_set_uint (value, self->certify);
    else if (id == PROP_STAMP_FIELDS)
        g_value_set_boxed (value, self->stamp_fields);
    else if (id >= PROP_REPLACE)
        g_value_set_boolean (value, self->flags[id - PROP_REPLACE]);
    else
        g_value_set_string (value, self->strings[id - PROP_FORMAT]);
}

static void
pena_sign_options_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    PenaSignOptions *self = PENA_SIGN_OPTIONS (object);
    if (id == PROP_CERTIFY) {
        self->certify = g_value_get_uint (value);
        return;
    }
    if (id == PROP_STAMP_FIELDS) {
        g_strfreev (self->stamp_fields);
        self->stamp_fields = g_value_dup_boxed (value);
        return;
    }
    if (id >= PROP_REPLACE) {
        self->flags[id - PROP_REPLACE] = g_value_get_boolean (value);
        return;
    }
    g_free (self->strings[id - PROP_FORMAT]);
    self->strings[id - PROP_FORMAT] = g_value_dup_string (value);
}

static void
pena_sign_options_finalize (GObject *object)
{
    PenaSignOptions *self = PENA_SIGN_OPTIONS (object);
    for (guint i = 0; i < G_N_ELEMENTS (self->strings); i++)
        g_free (self->strings[i]);
    g_strfreev (self->stamp_fields);
    G_OBJECT_CLASS (pena_sign_options_parent_class)->finalize (object);
}

static void
pena_sign_options_class_init (PenaSignOptionsClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->get_property = pena_sign_options_get_property;
    object_class->set_property = pena_sign_options_set_property;
    object_class->finalize = pena_sign_options_finalize;
    for (guint i = 0; i < G_N_ELEMENTS (string_names); i++)
        g_object_class_install_property (object_class, PROP_FORMAT + i,
                                         g_param_spec_string (string_names[i], NULL, NULL, NULL,
                                                              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
    for (guint i = 0; i < N_FLAGS; i++)
        g_object_class_install_property (object_class, PROP_REPLACE + i,
                                         g_param_spec_boolean (flag_names[i], NULL, NULL, FALSE,
                                                               G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
    g_signal_new ("progress", PENA_TYPE_SIGN_OPTIONS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                  G_TYPE_STRING, G_TYPE_UINT64, G_TYPE_UINT64);
    g_object_class_install_property (object_class, PROP_STAMP_FIELDS,
                                     g_param_spec_boxed ("stamp-fields", NULL, NULL, G_TYPE_STRV,
                                                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
    g_object_class_install_property (
        object_class, PROP_CERTIFY,
        g_param_spec_uint ("certify", NULL, NULL, 0, 3, 0, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
}

static void
pena_sign_options_init (PenaSignOptions *self)
{
}

PenaSignOptions *
pena_sign_options_new (void)
{
    return g_object_new (PENA_TYPE_SIGN_OPTIONS, NULL);
}

gboolean
pena_sign_options_get_replace (PenaSignOptions *self)
{
    return self->flags[PROP_REPLACE - PROP_REPLACE];
}

/* Without a wish, the name decides: what is called a PDF must be one. */
static const gchar *
choose_format (PenaSignOptions *self, const gchar *name)
{
    const gchar *wanted = self->strings[PROP_FORMAT - PROP_FORMAT];
    if (wanted != NULL)
        return wanted;
    gsize length = name != NULL ? strlen (name) : 0;
    return length >= 4 && g_ascii_strcasecmp (name + length - 4, ".pdf") == 0 ? "pades" : "cades";
}

static void
append_parameter (GString *query, const gchar *name, const gchar *value)
{
    g_string_append_printf (query, "%s%s=", query->len > 0 ? "&" : "", name);
    g_string_append_uri_escaped (query, value, NULL, FALSE);
}

static gboolean
append_fields (GString *query, gchar **fields, GError **error)
{
    for (; fields != NULL && *fields != NULL; fields++) {
        const gchar *equals = strchr (*fields, '=');
        if (equals == NULL || equals == *fields) {
            pena_client_fail (error, PENA_ERROR_REQUEST_INVALID, "reason",
                              _ ("a field of a stamp is given as name=value"));
            return FALSE;
        }
        g_autofree gchar *bare = g_strndup (*fields, (gsize)(equals - *fields));
        g_autofree gchar *name = g_strconcat ("stamp.", bare, NULL);
        append_parameter (query, name, equals + 1);
    }
    return TRUE;
}

/* The template goes before the document. */
static gboolean
read_stamp (PenaSignOptions *self, GString *query, GBytes **ret_prefix, GError **error)
{
    const gchar *path = self->strings[PROP_STAMP_FILE - PROP_FORMAT];
    gchar *text = path != NULL ? pena_stamp_file_read (path, error) : NULL;

    if (path == NULL)
        return TRUE;
    if (text == NULL)
        return FALSE;
    gsize length = strlen (text);
    g_string_append_printf (query, "&stamp-size=%" G_GSIZE_FORMAT, length);
    *ret_prefix = g_bytes_new_take (text, length);
    return TRUE;
}

static gboolean
is_lowest_level (PenaSignOptions *self)
{
    const gchar *level = self->strings[PROP_LEVEL - PROP_FORMAT];

    return level == NULL || g_str_equal (level, "B-B");
}

gboolean
pena_sign_options_resolve (PenaSignOptions *self, const gchar *file_name, PenaSignWish *ret_wish,
                           GError **error)
{
    g_autoptr (GString) query = g_string_new (NULL);
    const gchar *name = self->strings[PROP_NAME - PROP_FORMAT];

    if (name == NULL)
        name = file_name;
    *ret_wish = (PenaSignWish){.format = choose_format (self, name)};
    append_parameter (query, "format", ret_wish->format);
    if (name != NULL)
        append_parameter (query, "name", name);
    for (guint id = PROP_LEVEL; id <= PROP_ANCHOR; id++)
        if (self->strings[id - PROP_FORMAT] != NULL)
            append_parameter (query, string_names[id - PROP_FORMAT], self->strings[id - PROP_FORMAT]);
    if (self->certify != 0)
        g_string_append_printf (query, "&certify=%u", self->certify);
    ret_wish->repair = self->flags[PROP_REPAIR - PROP_REPLACE] && g_str_equal (ret_wish->format, "pades");
    if (ret_wish->repair)
        append_parameter (query, "repair", "1");
    if (self->flags[PROP_ALLOW_LOWER - PROP_REPLACE])
        append_parameter (query, "allow-lower", "1");
    if (self->flags[PROP_ONE_OF_MANY - PROP_REPLACE])
        append_parameter (query, "one-of-many", "1");
    ret_wish->whole = ret_wish->repair || self->flags[PROP_ATTACHED - PROP_REPLACE];
    if (self->flags[PROP_ATTACHED - PROP_REPLACE])
        append_parameter (query, "attached", "1");
    ret_wish->digest_only =
        g_str_equal (ret_wish->format, "cades") && !ret_wish->whole && is_lowest_level (self);
    if (!append_fields (query, self->stamp_fields, error) ||
        !read_stamp (self, query, &ret_wish->prefix, error))
        return FALSE;
    ret_wish->query = g_string_free (g_steal_pointer (&query), FALSE);
    return TRUE;
}

gchar *
pena_sign_options_query_extend (PenaSignOptions *self)
{
    g_autoptr (GString) query = g_string_new (NULL);
    const gchar *level = self->strings[PROP_LEVEL - PROP_FORMAT];

    g_string_append (query, "level=");
    g_string_append_uri_escaped (query, level != NULL ? level : "B-LTA", NULL, FALSE);
    if (self->flags[PROP_ALLOW_LOWER - PROP_REPLACE])
        g_string_append (query, "&allow-lower=1");
    return g_string_free (g_steal_pointer (&query), FALSE);
}
