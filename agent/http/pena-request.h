/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading what a request asks for
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

#include "pena-extend-job.h"
#include "pena-sign-job.h"

/* Web pages and whoever was led here under another name are refused: CLIENT_REFUSED. Any may be NULL.
 * origin: what a browser sends along of the page. uri_host is that of a request line with a whole URI. */
gboolean pena_request_check_client (const gchar *origin, const gchar *host, const gchar *uri_host,
                                    GError **error);

/* A parameter of the query, NULL when absent or empty. FALSE and REQUEST_INVALID when it is not UTF-8, longer
 * than `max` characters or holds control characters. */
gboolean pena_request_take_text (GHashTable *query, const gchar *name, glong max, gchar **ret_value,
                                 GError **error);
/* The same of what must say something where it is given: one that a program fills with nothing by mistake would be passed over, and
 * the signature be another than was wanted. */
gboolean pena_request_take_wish (GHashTable *query, const gchar *name, glong max, gchar **ret_value,
                                 GError **error);
/* The name of a document as it can be shown; transfer full. */
gchar *pena_request_clean_name (const gchar *name);
/* A whole number from 1 to max; *ret_value untouched when absent. */
gboolean pena_request_take_number (GHashTable *query, const gchar *name, guint64 max, guint64 *ret_value,
                                   GError **error);
/* REQUEST_INVALID when the raw query does not say the same as what was read from it: a parameter that comes
 * twice, cannot be decoded or holds a zero byte. Both may be NULL. */
gboolean pena_request_check_query (const gchar *raw, GHashTable *query, GError **error);
/* REQUEST_INVALID for a parameter that is not in the list ("stamp." in it: all that begin so). query may be NULL. */
gboolean pena_request_check_names (GHashTable *query, const gchar *const *names, GError **error);

/* The value of a Pena-Document-Password header: percent-encoded UTF-8. NULL when `header` is NULL or stands for nothing. FALSE and
 * REQUEST_INVALID when it is malformed or too long. Transfer full. */
gboolean pena_request_take_password (const gchar *header, PenaSecret **ret_password, GError **error);

/* The parameters of POST /pena/v1/sign; content_type may be NULL. Transfer full. */
PenaSignRequest *pena_request_parse_sign (GHashTable *query, const gchar *content_type,
                                          gboolean *ret_update_only, GError **error);

/* Largest detached signature, bytes: with years of validation data in it. */
#define PENA_REQUEST_SIGNATURE_MAX (16 * 1024 * 1024)
/* The parameters of POST /pena/v1/extend; *ret_signature_size is 0 for a PDF. Transfer full. */
PenaExtendRequest *pena_request_parse_extend (GHashTable *query, gsize *ret_signature_size,
                                              gboolean *ret_update_only, GError **error);

/* TRUE when path is a terminal of our own user. */
gboolean pena_request_is_own_tty (const gchar *path);

gboolean pena_request_invalid (GError **error, const gchar *format, ...) G_GNUC_PRINTF (2, 3);
