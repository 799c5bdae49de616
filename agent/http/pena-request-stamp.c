/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading what a request asks for of a stamp
 * Copyright (C) 2026 the Pena authors */
#include "pena-request-stamp.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-request.h"
#include "pena-stamps.h"
#include "pena-text.h"

#define TEMPLATE_MAX (2 * 1024 * 1024)
#define PAGE_MAX 1000000
#define COORDINATE_MAX 1000000
#define FIELDS_MAX 32
#define FIELD_PREFIX "stamp."
#define NO_STAMP "none"

void
pena_stamp_query_clear (PenaStampQuery *self)
{
    g_free (self->name);
    pena_stamp_wish_clear (&self->wish);
}

static gboolean
take_page (GHashTable *query, PenaStampQuery *self, GError **error)
{
    const gchar *value = query != NULL ? g_hash_table_lookup (query, "page") : NULL;
    guint64 number;

    if (value == NULL)
        return TRUE;
    if (g_str_equal (value, "all"))
        self->wish.page = G_MAXINT32;
    else if (g_str_equal (value, "last"))
        self->wish.page = -1;
    else if (g_ascii_string_to_unsigned (value, 10, 1, PAGE_MAX, &number, NULL))
        self->wish.page = (gint)number;
    else
        return pena_request_invalid (error, _ ("parameter 'page' must be a number from 1, 'last' or 'all'"));
    self->any_detail = TRUE;
    return TRUE;
}

static gboolean
take_rect (GHashTable *query, PenaStampQuery *self, GError **error)
{
    const gchar *value = query != NULL ? g_hash_table_lookup (query, "rect") : NULL;
    g_auto (GStrv) parts = value != NULL ? g_strsplit (value, ",", 5) : NULL;
    guint n = parts != NULL ? g_strv_length (parts) : 0;
    gboolean sound = n == 2 || n == 4;

    if (value == NULL)
        return TRUE;
    for (guint i = 0; sound && i < n; i++) {
        gchar *end = NULL;
        self->wish.rect[i] = g_ascii_strtod (parts[i], &end);
        sound = end != parts[i] && *end == '\0' && ABS (self->wish.rect[i]) <= COORDINATE_MAX;
    }
    if (!sound)
        return pena_request_invalid (error, _ ("parameter 'rect' must be x,y or x,y,width,height in points"));
    self->wish.n_rect = n;
    self->any_detail = TRUE;
    return TRUE;
}

static gboolean
take_anchor (GHashTable *query, PenaStampQuery *self, GError **error)
{
    if (!pena_request_take_wish (query, "anchor", 128, &self->wish.anchor, error))
        return FALSE;
    self->any_detail |= self->wish.anchor != NULL;
    if (self->wish.anchor != NULL && self->wish.n_rect > 0)
        return pena_request_invalid (error, _ ("parameters 'rect' and 'anchor' exclude each other"));
    return TRUE;
}

static gboolean
take_field (GHashTable *query, const gchar *name, PenaStampQuery *self, GError **error)
{
    g_autofree gchar *value = NULL;
    const gchar *field = name + strlen (FIELD_PREFIX);

    if (*field == '\0' || strlen (field) > 32 ||
        strspn (field, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen (field))
        return pena_request_invalid (error, _ ("a field of a stamp is named with a-z, 0-9 and -"));
    if (g_hash_table_size (self->wish.fields) >= FIELDS_MAX)
        return pena_request_invalid (error, _ ("a stamp has at most %d fields"), FIELDS_MAX);
    if (!pena_request_take_text (query, name, 256, &value, error))
        return FALSE;
    if (value != NULL)
        g_hash_table_insert (self->wish.fields, g_strdup (field), g_steal_pointer (&value));
    self->any_detail = TRUE;
    return TRUE;
}

static gboolean
take_fields (GHashTable *query, PenaStampQuery *self, GError **error)
{
    GHashTableIter iter;
    gpointer name;

    self->wish.fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    if (query == NULL)
        return TRUE;
    g_hash_table_iter_init (&iter, query);
    while (g_hash_table_iter_next (&iter, &name, NULL))
        if (g_str_has_prefix (name, FIELD_PREFIX) && !take_field (query, name, self, error))
            return FALSE;
    return TRUE;
}

gboolean
pena_request_parse_stamp (GHashTable *query, PenaStampQuery *ret_stamp, GError **error)
{
    g_auto (PenaStampQuery) self = {0};

    if (!pena_request_take_wish (query, "stamp", 64, &self.name, error) ||
        !pena_request_take_number (query, "stamp-size", TEMPLATE_MAX, &self.size, error) ||
        !take_page (query, &self, error) || !take_rect (query, &self, error) ||
        !take_anchor (query, &self, error) || !take_fields (query, &self, error))
        return FALSE;
    if (self.name != NULL && self.size > 0)
        return pena_request_invalid (error, _ ("parameters 'stamp' and 'stamp-size' exclude each other"));
    *ret_stamp = self;
    self = (PenaStampQuery){0};
    return TRUE;
}

gboolean
pena_request_choose_stamp (PenaStampQuery *stamp, const gchar *by_default, PenaStampWish *ret_wish,
                           GError **error)
{
    const gchar *name = stamp->name != NULL ? stamp->name : by_default;
    gboolean none = stamp->size == 0 && (name == NULL || g_str_equal (name, NO_STAMP));

    if (none && stamp->any_detail)
        return pena_request_invalid (error,
                                     _ ("page, rect, anchor and stamp.FIELD say how a stamp is to be, and no "
                                        "stamp was named"));
    if (!none && stamp->size == 0) {
        stamp->wish.template = pena_stamps_load (name, error);
        if (stamp->wish.template == NULL)
            return FALSE;
    }
    *ret_wish = stamp->wish;
    stamp->wish = (PenaStampWish){0};
    return TRUE;
}

gboolean
pena_request_take_template (const guint8 *data, gsize length, PenaStampWish *wish, GError **error)
{
    if (!g_utf8_validate ((const gchar *)data, (gssize)length, NULL)) {
        GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_STAMP_INVALID, "not UTF-8");
        pena_error_set_string (made, "reason", _ ("it is no UTF-8 text"));
        g_propagate_error (error, made);
        return FALSE;
    }
    wish->template = g_strndup ((const gchar *)data, length);
    return TRUE;
}
