/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the agent's configuration
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-config.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-text.h"

#define MIB (1024 * 1024ull)
#define GIB (1024 * MIB)

typedef enum { KEY_NUMBER, KEY_STRING, KEY_LIST, KEY_YES } KeyKind;

/* Every key there is; pena-agent.conf(5) documents the same ones (a test compares). */
static const struct {
    const gchar *group, *key;
    KeyKind kind;
    gsize offset;
    guint64 fallback, min, max; /* numbers; fallback also of KEY_YES */
    const gchar *list;          /* lists: what holds when the key is absent */
} keys[] = {
    {"agent", "max-document-size", KEY_NUMBER, G_STRUCT_OFFSET (PenaConfig, max_document_size), 4 * GIB, 1024,
     64 * GIB},
    {"agent", "max-connections", KEY_NUMBER, G_STRUCT_OFFSET (PenaConfig, max_connections), 16, 1, 1024},
    {"agent", "header-timeout", KEY_NUMBER, G_STRUCT_OFFSET (PenaConfig, header_timeout), 5, 1, 600},
    {"agent", "idle-timeout", KEY_NUMBER, G_STRUCT_OFFSET (PenaConfig, idle_timeout), 30, 1, 3600},
    {"agent", "prompt-timeout", KEY_NUMBER, G_STRUCT_OFFSET (PenaConfig, prompt_timeout), 120, 5, 3600},
    {"agent", "worker-timeout", KEY_NUMBER, G_STRUCT_OFFSET (PenaConfig, worker_timeout), 30, 1, 3600},
    {"agent", "worker-cpu", KEY_NUMBER, G_STRUCT_OFFSET (PenaConfig, worker_cpu), 300, 1, 86400},
    {"trust", "anchors", KEY_LIST, G_STRUCT_OFFSET (PenaConfig, anchors), .list = ""},
    {"trust", "p11-kit", KEY_YES, G_STRUCT_OFFSET (PenaConfig, system_trust), .fallback = FALSE},
    {"trust", "certificates", KEY_LIST, G_STRUCT_OFFSET (PenaConfig, certificates), .list = ""},
    {"trust", "crls", KEY_STRING, G_STRUCT_OFFSET (PenaConfig, crls)},
    {"validation", "need-revocation", KEY_YES, G_STRUCT_OFFSET (PenaConfig, need_revocation),
     .fallback = TRUE},
    {"validation", "algorithms", KEY_STRING, G_STRUCT_OFFSET (PenaConfig, algorithms)},
    {"time-stamp", "servers", KEY_LIST, G_STRUCT_OFFSET (PenaConfig, tsa_servers), .list = ""},
    {"time-stamp", "policy", KEY_STRING, G_STRUCT_OFFSET (PenaConfig, tsa_policy)},
    {"time-stamp", "credentials", KEY_STRING, G_STRUCT_OFFSET (PenaConfig, tsa_credentials)},
    {"time-stamp", "clock-difference", KEY_NUMBER, G_STRUCT_OFFSET (PenaConfig, clock_difference), 300, 1,
     86400},
    {"network", "timeout", KEY_NUMBER, G_STRUCT_OFFSET (PenaConfig, network_timeout), 10, 1, 600},
    {"network", "max-crl-size", KEY_NUMBER, G_STRUCT_OFFSET (PenaConfig, max_crl_size), 16 * MIB, 1024,
     32 * MIB},
    {"network", "hosts", KEY_LIST, G_STRUCT_OFFSET (PenaConfig, hosts), .list = "*"},
    {"network", "proxy", KEY_STRING, G_STRUCT_OFFSET (PenaConfig, proxy)},
    {"network", "tls-ca", KEY_STRING, G_STRUCT_OFFSET (PenaConfig, tls_ca)},
    {"network", "cache-age", KEY_NUMBER, G_STRUCT_OFFSET (PenaConfig, cache_age), 3600, 0, 30 * 86400},
    {"network", "cache-size", KEY_NUMBER, G_STRUCT_OFFSET (PenaConfig, cache_size), 64 * MIB, 0, GIB},
    {"prompt", "program", KEY_STRING, G_STRUCT_OFFSET (PenaConfig, prompt_program)},
    {"prompt", "denial-delays", KEY_LIST, G_STRUCT_OFFSET (PenaConfig, denial_delays), .list = "5;30;120"},
    {"stamp", "default", KEY_STRING, G_STRUCT_OFFSET (PenaConfig, stamp_default)},
    {"stamp", "url", KEY_STRING, G_STRUCT_OFFSET (PenaConfig, stamp_url)},
    {"stamp", "issuer", KEY_STRING, G_STRUCT_OFFSET (PenaConfig, stamp_issuer)},
    {"stamp", "fonts", KEY_LIST, G_STRUCT_OFFSET (PenaConfig, stamp_fonts),
     .list = "/usr/share/fonts;/usr/local/share/fonts"},
    {"passphrase", "min-length", KEY_NUMBER, G_STRUCT_OFFSET (PenaConfig, passphrase_min_length), 6, 1, 64},
    {"passphrase", "different", KEY_NUMBER, G_STRUCT_OFFSET (PenaConfig, passphrase_different), 3, 1, 16},
    {"passphrase", "refuse-dates", KEY_YES, G_STRUCT_OFFSET (PenaConfig, passphrase_refuse_dates),
     .fallback = TRUE},
    {"passphrase", "need", KEY_LIST, G_STRUCT_OFFSET (PenaConfig, passphrase_need), .list = ""},
    {"token", "modules", KEY_LIST, G_STRUCT_OFFSET (PenaConfig, modules), .list = ""},
};

static gboolean invalid (GError **error, const gchar *path, const gchar *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
invalid (GError **error, const gchar *path, const gchar *format, ...)
{
    va_list args;

    va_start (args, format);
    g_autofree gchar *detail = g_strdup_vprintf (format, args);
    va_end (args);
    g_autofree gchar *reason = g_strdup_printf ("%s: %s", path, detail);
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_CONFIG_INVALID, reason);
    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}

const gchar *
pena_config_get_key (guint index, const gchar **ret_group)
{
    if (index >= G_N_ELEMENTS (keys))
        return NULL;
    *ret_group = keys[index].group;
    return keys[index].key;
}

gboolean
pena_config_parse_number (const gchar *text, guint64 *ret_value)
{
    gchar *end = NULL;
    guint shift = 0;

    if (!g_ascii_isdigit (*text))
        return FALSE;
    errno = 0;
    guint64 value = g_ascii_strtoull (text, &end, 10);
    if (errno != 0)
        return FALSE;
    switch (*end) {
    case 'K':
        shift = 10;
        break;
    case 'M':
        shift = 20;
        break;
    case 'G':
        shift = 30;
        break;
    default:
        break;
    }
    if (shift != 0)
        end++;
    if (*end != '\0' || value > (G_MAXUINT64 >> shift))
        return FALSE;
    *ret_value = value << shift;
    return TRUE;
}

static gboolean
take_value (PenaConfig *self, guint row, GKeyFile *file, const gchar *path, GError **error)
{
    gpointer at = G_STRUCT_MEMBER_P (self, keys[row].offset);
    const gchar *group = keys[row].group, *key = keys[row].key;
    g_autofree gchar *text = g_key_file_get_string (file, group, key, NULL);

    if (text == NULL)
        return TRUE;
    switch (keys[row].kind) {
    case KEY_NUMBER: {
        g_autofree gchar *least = g_strdup_printf ("%" G_GUINT64_FORMAT, keys[row].min);
        g_autofree gchar *most = g_strdup_printf ("%" G_GUINT64_FORMAT, keys[row].max);
        guint64 value;
        if (!pena_config_parse_number (g_strstrip (text), &value) || value < keys[row].min ||
            value > keys[row].max)
            return invalid (error, path, _ ("[%s] %s must be a number from %s to %s"), group, key, least,
                            most);
        *(guint64 *)at = value;
        return TRUE;
    }
    case KEY_YES:
        if (!g_str_equal (g_strstrip (text), "yes") && !g_str_equal (text, "no"))
            return invalid (error, path, _ ("[%s] %s must be yes or no"), group, key);
        *(gboolean *)at = g_str_equal (text, "yes");
        return TRUE;
    case KEY_STRING:
        g_free (*(gchar **)at);
        *(gchar **)at = *text != '\0' ? g_steal_pointer (&text) : NULL;
        return TRUE;
    case KEY_LIST:
    default: {
        gchar **list = g_key_file_get_string_list (file, group, key, NULL, NULL);
        g_strfreev (*(gchar ***)at);
        *(gchar ***)at = list != NULL ? list : g_new0 (gchar *, 1);
        return TRUE;
    }
    }
}

static gboolean
is_known (const gchar *group, const gchar *key)
{
    for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
        if (g_str_equal (keys[i].group, group) && g_str_equal (keys[i].key, key))
            return TRUE;
    return FALSE;
}

/* A key that nobody reads is a slip of the pen, and silently not having a limit is worse than not starting.
 */
static gboolean
refuse_unknown (GKeyFile *file, const gchar *path, GError **error)
{
    g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

    for (guint i = 0; groups[i] != NULL; i++) {
        g_auto (GStrv) names = g_key_file_get_keys (file, groups[i], NULL, NULL);
        for (guint j = 0; names != NULL && names[j] != NULL; j++)
            if (!is_known (groups[i], names[j]))
                return invalid (error, path, _ ("there is no key '%s' in [%s]"), names[j], groups[i]);
    }
    return TRUE;
}

static gboolean
check_delays (PenaConfig *self, const gchar *path, GError **error)
{
    guint64 value;

    for (guint i = 0; self->denial_delays[i] != NULL; i++)
        if (!pena_config_parse_number (g_strstrip (self->denial_delays[i]), &value) || value > 86400)
            return invalid (error, path, _ ("[prompt] denial-delays must be a list of seconds"));
    return TRUE;
}

static gboolean
is_address (const gchar *text)
{
    return g_str_has_prefix (text, "http://") || g_str_has_prefix (text, "https://");
}

/* What is printed on letters shall not turn out to lead nowhere. */
static gboolean
check_addresses (PenaConfig *self, const gchar *path, GError **error)
{
    g_autoptr (GString) url = g_string_new (self->stamp_url);

    for (guint i = 0; self->tsa_servers[i] != NULL; i++)
        if (!is_address (g_strstrip (self->tsa_servers[i])))
            return invalid (error, path, _ ("[time-stamp] servers must be addresses (http or https)"));
    g_string_replace (url, "{id}", "", 0);
    if (self->stamp_url != NULL && (!is_address (url->str) || strpbrk (url->str, "{}") != NULL))
        return invalid (error, path,
                        _ ("[stamp] url must be an address (http or https) with no field but {id}"));
    return TRUE;
}

static gboolean
read_file (PenaConfig *self, const gchar *path, GError **error)
{
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_autoptr (GError) local = NULL;

    if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &local)) {
        if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return TRUE;
        return invalid (error, path, "%s", local->message);
    }
    for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
        if (!take_value (self, i, file, path, error))
            return FALSE;
    return refuse_unknown (file, path, error) && check_delays (self, path, error) &&
           check_addresses (self, path, error);
}

PenaConfig *
pena_config_load_files (const gchar *const *paths, GError **error)
{
    g_autoptr (PenaConfig) self = g_new0 (PenaConfig, 1);

    for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
        gpointer at = G_STRUCT_MEMBER_P (self, keys[i].offset);
        if (keys[i].kind == KEY_NUMBER)
            *(guint64 *)at = keys[i].fallback;
        else if (keys[i].kind == KEY_YES)
            *(gboolean *)at = keys[i].fallback != 0;
        else if (keys[i].kind == KEY_LIST)
            *(gchar ***)at = g_strsplit (keys[i].list, ";", -1);
    }
    for (; *paths != NULL; paths++)
        if (!read_file (self, *paths, error))
            return NULL;
    return g_steal_pointer (&self);
}

PenaConfig *
pena_config_load (GError **error)
{
    g_autofree gchar *own = g_build_filename (g_get_user_config_dir (), "pena", "agent.conf", NULL);
    const gchar *paths[] = {PENA_SYSCONFDIR "/pena/agent.conf", own, NULL};

    return pena_config_load_files (paths, error);
}

void
pena_config_free (PenaConfig *self)
{
    if (self == NULL)
        return;
    g_strfreev (self->anchors);
    g_strfreev (self->certificates);
    g_free (self->crls);
    g_strfreev (self->tsa_servers);
    g_free (self->tsa_policy);
    g_free (self->tsa_credentials);
    g_strfreev (self->hosts);
    g_free (self->proxy);
    g_free (self->tls_ca);
    g_free (self->prompt_program);
    g_strfreev (self->denial_delays);
    g_free (self->stamp_default);
    g_free (self->stamp_url);
    g_free (self->stamp_issuer);
    g_strfreev (self->stamp_fonts);
    g_strfreev (self->passphrase_need);
    g_strfreev (self->modules);
    g_free (self);
}
