/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: passwords for time-stamp authorities
 * Copyright (C) 2026 the Pena authors */
#include "pena-credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pena-text.h"

#define MAX_FILE 16384
#define MAX_LOGIN 512 /* user, colon, password */

static gboolean
invalid (GError **error, const gchar *path, const gchar *why)
{
    g_autofree gchar *reason = g_strdup_printf ("%s: %s", path, why);
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_CONFIG_INVALID, reason);

    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}

static gboolean
read_all (gint file, const gchar *path, PenaSecret *into, GError **error)
{
    struct stat status;

    if (fstat (file, &status) != 0)
        return invalid (error, path, g_strerror (errno));
    if (!S_ISREG (status.st_mode) || status.st_uid != geteuid () || (status.st_mode & 077) != 0)
        return invalid (error, path, _ ("it must be a file of this user's, closed to others (mode 0600)"));
    while (into->length < into->capacity) {
        gssize got = read (file, into->data + into->length, into->capacity - into->length);
        if (got == 0)
            return TRUE;
        if (got > 0)
            into->length += (gsize)got;
        else if (errno != EINTR)
            return invalid (error, path, g_strerror (errno));
    }
    return invalid (error, path, _ ("the file is too large"));
}

static PenaSecret *
load (const gchar *path, GError **error)
{
    g_autoptr (PenaSecret) text = pena_secret_new (MAX_FILE, FALSE, error);
    gint file = text != NULL ? open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;

    if (file < 0) {
        if (text != NULL)
            invalid (error, path, g_strerror (errno));
        return NULL;
    }
    gboolean ok = read_all (file, path, text, error);
    close (file);
    return ok ? g_steal_pointer (&text) : NULL;
}

typedef struct {
    const gchar *at, *end;
} Word;

/* The next word before end; one of no length when there is none. */
static Word
next_word (const gchar **at, const gchar *end)
{
    Word word;

    while (*at < end && (**at == ' ' || **at == '\t' || **at == '\r'))
        (*at)++;
    word.at = *at;
    while (*at < end && **at != ' ' && **at != '\t' && **at != '\r')
        (*at)++;
    word.end = *at;
    return word;
}

static gboolean
word_is (const Word *word, const gchar *text)
{
    gsize length = (gsize)(word->end - word->at);
    return strlen (text) == length && memcmp (word->at, text, length) == 0;
}

/* RFC 7617: base64 of user:password */
static PenaSecret *
encode (const Word *user, const Word *password, GError **error)
{
    g_autoptr (PenaSecret) login = pena_secret_new (MAX_LOGIN, FALSE, error);
    g_autoptr (PenaSecret) value =
        login != NULL ? pena_secret_new (sizeof "Basic " + (MAX_LOGIN + 2) / 3 * 4, FALSE, error) : NULL;

    if (value == NULL)
        return NULL;
    if (!pena_secret_append (login, user->at, (gsize)(user->end - user->at)) ||
        !pena_secret_append (login, ":", 1) ||
        !pena_secret_append (login, password->at, (gsize)(password->end - password->at))) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CONFIG_INVALID,
                             "a password for a TSA is too long");
        return NULL;
    }
    pena_secret_append (value, "Basic ", 6);
    value->length += (gsize)EVP_EncodeBlock (value->data + value->length, login->data, (int)login->length);
    return g_steal_pointer (&value);
}

gboolean
pena_credentials_find (const gchar *path, const gchar *server, PenaSecret **ret_authorization, GError **error)
{
    g_autoptr (PenaSecret) text = load (path, error);
    const gchar *at = text != NULL ? (const gchar *)text->data : NULL;
    const gchar *end = text != NULL ? at + text->length : NULL;

    if (text == NULL)
        return FALSE;
    for (guint line = 1; at < end; line++) {
        const gchar *line_end = memchr (at, '\n', (gsize)(end - at));
        if (line_end == NULL)
            line_end = end;
        Word address = next_word (&at, line_end), user = next_word (&at, line_end),
             password = next_word (&at, line_end), more = next_word (&at, line_end);
        if (word_is (&address, server)) {
            g_autofree gchar *why =
                g_strdup_printf (_ ("line %u is not an address, a user name and a password"), line);
            if (password.at == password.end || more.at < more.end)
                return invalid (error, path, why);
            *ret_authorization = encode (&user, &password, error);
            return *ret_authorization != NULL;
        }
        at = line_end + 1;
    }
    *ret_authorization = NULL;
    return TRUE;
}
