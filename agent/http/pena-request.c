/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading what a request asks for
 * Copyright (C) 2026 the Pena authors */
#include "pena-request.h"

#include <pena/pena-error.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "pena-text.h"

#define NAME_MAX_SHOWN 255
#define PASSWORD_MAX 255

gboolean
pena_request_invalid (GError **error, const gchar *format, ...)
{
    va_list args;

    va_start (args, format);
    g_autofree gchar *reason = g_strdup_vprintf (format, args);
    va_end (args);
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_REQUEST_INVALID, reason);
    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}

static gboolean
is_our_name (const gchar *host)
{
    static const gchar *const names[] = {"", "pena", "localhost"};

    for (guint i = 0; host != NULL && i < G_N_ELEMENTS (names); i++)
        if (g_ascii_strcasecmp (host, names[i]) == 0)
            return TRUE;
    return host == NULL;
}

gboolean
pena_request_check_client (const gchar *origin, const gchar *host, const gchar *uri_host, GError **error)
{
    if (origin == NULL && is_our_name (host) && is_our_name (uri_host))
        return TRUE;
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CLIENT_REFUSED,
                         origin != NULL ? "a web page" : "addressed by another name");
    return FALSE;
}

gboolean
pena_request_take_text (GHashTable *query, const gchar *name, glong max, gchar **ret_value, GError **error)
{
    const gchar *value = query != NULL ? g_hash_table_lookup (query, name) : NULL;

    if (value == NULL || *value == '\0')
        return TRUE;
    if (!g_utf8_validate (value, -1, NULL))
        return pena_request_invalid (error, _ ("parameter '%s' is not UTF-8"), name);
    if (g_utf8_strlen (value, -1) > max)
        return pena_request_invalid (error, _ ("parameter '%s' is longer than %ld characters"), name, max);
    for (const gchar *at = value; *at != '\0'; at = g_utf8_next_char (at))
        if (g_unichar_iscntrl (g_utf8_get_char (at)))
            return pena_request_invalid (error, _ ("parameter '%s' holds control characters"), name);
    *ret_value = g_strdup (value);
    return TRUE;
}

gboolean
pena_request_take_wish (GHashTable *query, const gchar *name, glong max, gchar **ret_value, GError **error)
{
    const gchar *value = query != NULL ? g_hash_table_lookup (query, name) : NULL;

    if (value != NULL && *value == '\0')
        return pena_request_invalid (error, _ ("parameter '%s' is empty"), name);
    return pena_request_take_text (query, name, max, ret_value, error);
}

/* A file name can hold anything; what cannot be shown as it is becomes U+FFFD. */
gchar *
pena_request_clean_name (const gchar *name)
{
    g_autofree gchar *valid = g_utf8_make_valid (name, -1);
    GString *out = g_string_new (NULL);
    guint length = 0;

    for (const gchar *at = valid; *at != '\0' && length < NAME_MAX_SHOWN;
         at = g_utf8_next_char (at), length++) {
        gunichar c = g_utf8_get_char (at);
        gboolean plain = g_unichar_isprint (c) && g_unichar_type (c) != G_UNICODE_FORMAT;
        g_string_append_unichar (out, plain ? c : 0xfffd);
    }
    return g_string_free (out, FALSE);
}

gboolean
pena_request_take_number (GHashTable *query, const gchar *name, guint64 max, guint64 *ret_value,
                          GError **error)
{
    const gchar *value = query != NULL ? g_hash_table_lookup (query, name) : NULL;

    if (value == NULL)
        return TRUE;
    if (!g_ascii_string_to_unsigned (value, 10, 1, max, ret_value, NULL))
        return pena_request_invalid (error, _ ("parameter '%s' must be a number from 1 to %lu"), name,
                                     (gulong)max);
    return TRUE;
}

gboolean
pena_request_check_query (const gchar *raw, GHashTable *query, GError **error)
{
    g_auto (GStrv) pairs = g_strsplit (raw != NULL ? raw : "", "&", -1);
    guint given = 0;

    for (guint i = 0; pairs[i] != NULL; i++)
        given += *pairs[i] != '\0' ? 1 : 0;
    if (given != (query != NULL ? g_hash_table_size (query) : 0))
        return pena_request_invalid (error, _ ("a parameter comes twice or cannot be decoded"));
    if (raw != NULL && strstr (raw, "%00") != NULL)
        return pena_request_invalid (error, _ ("a parameter holds a zero byte"));
    return TRUE;
}

/* A name in the list that ends with a full stop stands for all that begin with it. */
static gboolean
is_listed (const gchar *const *names, const gchar *name)
{
    for (; *names != NULL; names++)
        if (g_str_has_suffix (*names, ".") ? g_str_has_prefix (name, *names) : g_str_equal (name, *names))
            return TRUE;
    return FALSE;
}

gboolean
pena_request_check_names (GHashTable *query, const gchar *const *names, GError **error)
{
    GHashTableIter iter;
    gpointer key;

    if (query == NULL)
        return TRUE;
    g_hash_table_iter_init (&iter, query);
    while (g_hash_table_iter_next (&iter, &key, NULL))
        if (!is_listed (names, key)) {
            g_autofree gchar *shown = g_utf8_make_valid (key, -1);
            return pena_request_invalid (error, _ ("unknown parameter '%.32s'"), shown);
        }
    return TRUE;
}

/* One byte, percent-encoded or as it is; -1 when it is neither, and then *at stays: the text may end there. */
static gint
decode_byte (const gchar **at)
{
    gint high, low;

    if (**at != '%')
        return (guint8) * (*at)++;
    high = g_ascii_xdigit_value ((*at)[1]);
    low = high >= 0 ? g_ascii_xdigit_value ((*at)[2]) : -1;
    if (low < 0)
        return -1;
    *at += 3;
    return high << 4 | low;
}

/* Straight into locked memory. A zero byte would end the password early. */
gboolean
pena_request_take_password (const gchar *header, PenaSecret **ret_password, GError **error)
{
    g_autoptr (PenaSecret) password = NULL;
    gint byte = 1;

    if (header == NULL || *header == '\0')
        return TRUE;
    password = pena_secret_new (PASSWORD_MAX + 1, FALSE, error);
    if (password == NULL)
        return FALSE;
    for (const gchar *at = header; byte > 0 && *at != '\0';) {
        byte = decode_byte (&at);
        guint8 value = (guint8)MAX (byte, 0);
        if (password->length == PASSWORD_MAX)
            return pena_request_invalid (error, _ ("the document's password is longer than %d bytes"),
                                         PASSWORD_MAX);
        pena_secret_append (password, &value, 1);
    }
    if (byte <= 0 || !g_utf8_validate ((const gchar *)password->data, (gssize)password->length, NULL))
        return pena_request_invalid (error, _ ("Pena-Document-Password is not percent-encoded UTF-8"));
    *ret_password = g_steal_pointer (&password);
    return TRUE;
}

static gboolean
is_pdf_type (const gchar *content_type)
{
    gsize length = strlen ("application/pdf");

    return content_type != NULL && g_ascii_strncasecmp (content_type, "application/pdf", length) == 0 &&
           (content_type[length] == '\0' || content_type[length] == ';' || content_type[length] == ' ');
}

/* Only a plain media type; curl's default says nothing about the document. */
static gchar *
document_type (const gchar *content_type)
{
    if (content_type == NULL || strlen (content_type) > 127 ||
        g_ascii_strncasecmp (content_type, "application/x-www-form-urlencoded", 33) == 0)
        return NULL;
    for (const gchar *at = content_type; *at != '\0'; at++)
        if (!g_ascii_isalnum (*at) && strchr ("/.+-", *at) == NULL)
            return NULL;
    return strchr (content_type, '/') != NULL ? g_strdup (content_type) : NULL;
}

static gboolean
take_choice (GHashTable *query, const gchar *name, const gchar *const *choices, guint *ret_index,
             GError **error)
{
    const gchar *value = query != NULL ? g_hash_table_lookup (query, name) : NULL;

    if (value == NULL)
        return TRUE;
    for (guint i = 0; choices[i] != NULL; i++)
        if (g_ascii_strcasecmp (value, choices[i]) == 0) {
            *ret_index = i;
            return TRUE;
        }
    g_autofree gchar *all = g_strjoinv (", ", (gchar **)choices);
    return pena_request_invalid (error, _ ("parameter '%s' must be one of: %s"), name, all);
}

static gboolean
take_level (GHashTable *query, PenaLevel *ret_level, gboolean *ret_allow_lower, GError **error)
{
    g_autofree gchar *level = NULL;
    guint64 allow_lower = 0;

    if (!pena_request_take_wish (query, "level", 16, &level, error) ||
        !pena_request_take_number (query, "allow-lower", 1, &allow_lower, error))
        return FALSE;
    *ret_allow_lower = allow_lower == 1;
    if (level == NULL || pena_level_parse (level, ret_level))
        return TRUE;
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_LEVEL_UNSUPPORTED, "level");
    pena_error_set_string (made, "level", level);
    g_propagate_error (error, made);
    return FALSE;
}

/* What only a PDF can be asked for. */
static gboolean
take_pdf_wishes (GHashTable *query, PenaSignRequest *self, gboolean update_only, GError **error)
{
    guint64 repair = 0, certify = 0;

    if (!pena_request_take_text (query, "reason", 1024, &self->reason, error) ||
        !pena_request_take_text (query, "location", 1024, &self->location, error) ||
        !pena_request_take_wish (query, "field", 255, &self->field, error) ||
        !pena_request_take_wish (query, "lock", 4096, &self->lock, error) ||
        !pena_request_take_number (query, "certify", 3, &certify, error) ||
        !pena_request_take_number (query, "repair", 1, &repair, error))
        return FALSE;
    self->certify = (guint)certify;
    self->repair = repair == 1;
    if (self->repair && update_only)
        return pena_request_invalid (error, _ ("with repair=1 the whole document comes back, not an update"));
    if (!self->pades && (self->reason != NULL || self->location != NULL || self->field != NULL ||
                         self->lock != NULL || certify != 0 || self->repair || update_only))
        return pena_request_invalid (
            error,
            _ ("reason, location, field, lock, certify, repair and return=update are for format=pades"));
    return TRUE;
}

PenaSignRequest *
pena_request_parse_sign (GHashTable *query, const gchar *content_type, gboolean *ret_update_only,
                         GError **error)
{
    static const gchar *const names[] = {
        "format",     "level",   "credential", "name",    "reason", "location",    "field",    "return",
        "digest",     "padding", "repair",     "certify", "lock",   "allow-lower", "attached", "stamp",
        "stamp-size", "page",    "rect",       "anchor",  "stamp.", "one-of-many", NULL};
    static const gchar *const formats[] = {"cades", "pades", NULL};
    static const gchar *const returns[] = {"document", "update", NULL};
    static const gchar *const digests[] = {"sha256", "sha384", "sha512", NULL};
    static const gchar *const paddings[] = {"pkcs1", "pss", NULL};
    g_autoptr (PenaSignRequest) self = g_new0 (PenaSignRequest, 1);
    const gchar *name = query != NULL ? g_hash_table_lookup (query, "name") : NULL;
    guint format = is_pdf_type (content_type) ? 1 : 0, what = 0, digest = 0, padding = 0;
    guint64 attached = 0, one_of_many = 0;

    if (!pena_request_check_names (query, names, error) ||
        !take_choice (query, "format", formats, &format, error) ||
        !take_choice (query, "return", returns, &what, error) ||
        !take_choice (query, "digest", digests, &digest, error) ||
        !take_choice (query, "padding", paddings, &padding, error) ||
        !take_level (query, &self->level, &self->allow_lower, error) ||
        !pena_request_take_number (query, "attached", 1, &attached, error) ||
        !pena_request_take_number (query, "one-of-many", 1, &one_of_many, error) ||
        !pena_request_take_wish (query, "credential", 64, &self->credential, error))
        return NULL;
    self->pades = format == 1;
    self->digest = digests[digest];
    self->pss = padding == 1;
    self->name = name != NULL && *name != '\0' ? pena_request_clean_name (name) : NULL;
    if (!take_pdf_wishes (query, self, what == 1, error))
        return NULL;
    self->attached = attached == 1;
    self->one_of_many = one_of_many == 1;
    if (self->attached && self->pades) {
        pena_request_invalid (error, _ ("attached is for format=cades"));
        return NULL;
    }
    if (!self->pades && !self->attached)
        self->mime_type = document_type (content_type);
    *ret_update_only = what == 1;
    return g_steal_pointer (&self);
}

PenaExtendRequest *
pena_request_parse_extend (GHashTable *query, gsize *ret_signature_size, gboolean *ret_update_only,
                           GError **error)
{
    static const gchar *const names[] = {"level",          "allow-lower", "return",
                                         "signature-size", "attached",    NULL};
    static const gchar *const returns[] = {"document", "update", NULL};
    g_autoptr (PenaExtendRequest) self = g_new0 (PenaExtendRequest, 1);
    guint what = 0;
    guint64 size = 0, attached = 0;

    self->level = PENA_LEVEL_LTA;
    if (!pena_request_check_names (query, names, error) ||
        !take_level (query, &self->level, &self->allow_lower, error) ||
        !take_choice (query, "return", returns, &what, error) ||
        !pena_request_take_number (query, "signature-size", PENA_REQUEST_SIGNATURE_MAX, &size, error) ||
        !pena_request_take_number (query, "attached", 1, &attached, error))
        return NULL;
    const gchar *mistake = NULL;
    if (self->level == PENA_LEVEL_B)
        mistake = _ ("level must be above B-B");
    else if (size > 0 && attached == 1)
        mistake = _ ("signature-size does not go with attached");
    else if (what == 1 && (size > 0 || attached == 1))
        mistake = _ ("return=update is for a PDF");
    if (mistake != NULL) {
        pena_request_invalid (error, "%s", mistake);
        return NULL;
    }
    self->attached = attached == 1;
    *ret_signature_size = (gsize)size;
    *ret_update_only = what == 1;
    return g_steal_pointer (&self);
}

gboolean
pena_request_is_own_tty (const gchar *path)
{
    struct stat status;

    return path != NULL && g_str_has_prefix (path, "/dev/") && strstr (path, "..") == NULL &&
           strlen (path) < 64 && lstat (path, &status) == 0 && S_ISCHR (status.st_mode) &&
           status.st_uid == geteuid () &&
           ((major (status.st_rdev) >= 136 && major (status.st_rdev) <= 143) || major (status.st_rdev) == 4);
}
