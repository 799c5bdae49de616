/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the client object
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <libintl.h>
#include <pena/pena-client.h>
#include <string.h>

#include "client-answer.h"
#include "client-body.h"
#include "client-file.h"
#include "client-lend.h"
#include "client-sign.h"
#include "client-transport.h"
#include "pena-text.h"

/* Reports and lists are text; a document with ten thousand signatures still fits. */
#define JSON_LIMIT (32 * 1024 * 1024)
#define SIGNATURE_LIMIT (16 * 1024 * 1024)
#define PASSWORD_LIMIT 255

enum {
    PROP_LANGUAGE = 1,
    PROP_PROMPT_TTY,
    PROP_PROMPT_TERM,
    PROP_PROMPT_DISPLAY,
    PROP_ONE_OF_MANY,
    PROP_ONLINE
};

static const gchar *const property_names[] = {"language", "prompt-tty", "prompt-term", "prompt-display"};

struct _PenaClient {
    GObject parent_instance;
    gchar *socket_path;
    gchar *strings[G_N_ELEMENTS (property_names)];
    gboolean one_of_many, online;
    PenaSecret *document_password;
};

G_DEFINE_FINAL_TYPE (PenaClient, pena_client, G_TYPE_OBJECT)

static void
pena_client_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    PenaClient *self = PENA_CLIENT (object);

    if (id == PROP_ONE_OF_MANY)
        g_value_set_boolean (value, self->one_of_many);
    else if (id == PROP_ONLINE)
        g_value_set_boolean (value, self->online);
    else
        g_value_set_string (value, self->strings[id - PROP_LANGUAGE]);
}

static void
pena_client_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    PenaClient *self = PENA_CLIENT (object);

    if (id == PROP_ONE_OF_MANY || id == PROP_ONLINE) {
        gboolean *flag = id == PROP_ONLINE ? &self->online : &self->one_of_many;
        *flag = g_value_get_boolean (value);
        return;
    }
    g_free (self->strings[id - PROP_LANGUAGE]);
    self->strings[id - PROP_LANGUAGE] = g_value_dup_string (value);
}

static void
pena_client_finalize (GObject *object)
{
    PenaClient *self = PENA_CLIENT (object);
    g_free (self->socket_path);
    for (guint i = 0; i < G_N_ELEMENTS (self->strings); i++)
        g_free (self->strings[i]);
    pena_secret_free (self->document_password);
    G_OBJECT_CLASS (pena_client_parent_class)->finalize (object);
}

static void
pena_client_class_init (PenaClientClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);
    const gchar *locale_dir = g_getenv ("PENA_LOCALE_DIR");

    object_class->get_property = pena_client_get_property;
    object_class->set_property = pena_client_set_property;
    object_class->finalize = pena_client_finalize;
    for (guint i = 0; i < G_N_ELEMENTS (property_names); i++)
        g_object_class_install_property (object_class, PROP_LANGUAGE + i,
                                         g_param_spec_string (property_names[i], NULL, NULL, NULL,
                                                              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
    g_object_class_install_property (
        object_class, PROP_ONE_OF_MANY,
        g_param_spec_boolean ("one-of-many", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
    g_object_class_install_property (
        object_class, PROP_ONLINE,
        g_param_spec_boolean ("online", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
    /* So that errors are described in the language of whatever program loaded us. */
    bindtextdomain (GETTEXT_PACKAGE, locale_dir != NULL ? locale_dir : PENA_LOCALEDIR);
    bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
}

static void
pena_client_init (PenaClient *self)
{
    const gchar *wayland = g_getenv ("WAYLAND_DISPLAY"), *x11 = g_getenv ("DISPLAY");
    /* Both: many a pinentry runs on Wayland, but looks for X11's to know that there is a display at all. */
    self->strings[PROP_PROMPT_DISPLAY - PROP_LANGUAGE] = wayland != NULL && x11 != NULL
                                                             ? g_strdup_printf ("%s %s", wayland, x11)
                                                             : g_strdup (wayland != NULL ? wayland : x11);
}

PenaClient *
pena_client_new (const gchar *socket_path)
{
    PenaClient *self = g_object_new (PENA_TYPE_CLIENT, NULL);
    const gchar *named = socket_path != NULL ? socket_path : g_getenv ("PENA_SOCKET");

    self->socket_path = named != NULL && *named != '\0'
                            ? g_strdup (named)
                            : g_build_filename (g_get_user_runtime_dir (), "pena", "agent.sock", NULL);
    return self;
}

const gchar *
pena_client_get_socket_path (PenaClient *self)
{
    g_return_val_if_fail (PENA_IS_CLIENT (self), NULL);
    return self->socket_path;
}

gboolean
pena_client_set_document_password (PenaClient *self, const gchar *password, GError **error)
{
    gsize length = password != NULL ? strlen (password) : 0;
    g_autoptr (PenaSecret) secret = NULL;

    g_return_val_if_fail (PENA_IS_CLIENT (self), FALSE);
    if (length > PASSWORD_LIMIT || (length > 0 && !g_utf8_validate (password, (gssize)length, NULL))) {
        pena_client_fail (error, PENA_ERROR_REQUEST_INVALID, "reason",
                          _ ("the document's password is too long or not UTF-8"));
        return FALSE;
    }
    if (length > 0) {
        secret = pena_secret_new (length, FALSE, error);
        if (secret == NULL)
            return FALSE;
        pena_secret_append (secret, password, length);
    }
    pena_secret_free (self->document_password);
    self->document_password = g_steal_pointer (&secret);
    return TRUE;
}

static PenaClientEndpoint
endpoint_of (PenaClient *self)
{
    return (PenaClientEndpoint){
        .socket_path = self->socket_path,
        .language = self->strings[PROP_LANGUAGE - PROP_LANGUAGE],
        .tty = self->strings[PROP_PROMPT_TTY - PROP_LANGUAGE],
        .term = self->strings[PROP_PROMPT_TERM - PROP_LANGUAGE],
        .display = self->strings[PROP_PROMPT_DISPLAY - PROP_LANGUAGE],
        .document_password = self->document_password,
    };
}

/* Sends a request whose answer is a JSON object, and gives its text. */
static gchar *
ask_for_json (PenaClient *self, PenaClientRequest *request, GCancellable *cancellable, GError **error)
{
    PenaClientEndpoint endpoint = endpoint_of (self);

    request->answer_limit = JSON_LIMIT;
    g_autoptr (PenaClientAnswer) answer = pena_client_transport_send (&endpoint, request, cancellable, error);
    if (answer == NULL)
        return NULL;
    g_autoptr (JsonNode) root = pena_client_parse_object (answer->body, JSON_LIMIT, error);
    if (root == NULL)
        return NULL;
    gsize length;
    const gchar *text = g_bytes_get_data (answer->body, &length);
    return g_strndup (text, length);
}

PenaSignResult *
pena_client_tell_sign_file (PenaClient *self, const gchar *input_path, const gchar *output_path,
                            PenaSignOptions *options, GMainContext *context, GCancellable *cancellable,
                            GError **error)
{
    g_return_val_if_fail (PENA_IS_CLIENT (self), NULL);
    g_return_val_if_fail (input_path != NULL && output_path != NULL, NULL);
    g_return_val_if_fail (options == NULL || PENA_IS_SIGN_OPTIONS (options), NULL);

    g_autoptr (PenaSignOptions) used = options != NULL ? g_object_ref (options) : pena_sign_options_new ();
    PenaClientEndpoint endpoint = endpoint_of (self);
    return pena_client_do_sign_file (&endpoint, input_path, output_path, used, context, cancellable, error);
}

PenaSignResult *
pena_client_sign_file (PenaClient *self, const gchar *input_path, const gchar *output_path,
                       PenaSignOptions *options, GCancellable *cancellable, GError **error)
{
    return pena_client_tell_sign_file (self, input_path, output_path, options, NULL, cancellable, error);
}

PenaSignResult *
pena_client_tell_sign_stream (PenaClient *self, GInputStream *document, gint64 size, GOutputStream *output,
                              PenaSignOptions *options, GMainContext *context, GCancellable *cancellable,
                              GError **error)
{
    g_return_val_if_fail (PENA_IS_CLIENT (self), NULL);
    g_return_val_if_fail (G_IS_INPUT_STREAM (document) && G_IS_OUTPUT_STREAM (output), NULL);
    g_return_val_if_fail (options == NULL || PENA_IS_SIGN_OPTIONS (options), NULL);

    g_autoptr (PenaSignOptions) used = options != NULL ? g_object_ref (options) : pena_sign_options_new ();
    PenaClientEndpoint endpoint = endpoint_of (self);
    return pena_client_do_sign_stream (&endpoint, document, size, output, used, context, cancellable, error);
}

PenaSignResult *
pena_client_sign_stream (PenaClient *self, GInputStream *document, gint64 size, GOutputStream *output,
                         PenaSignOptions *options, GCancellable *cancellable, GError **error)
{
    return pena_client_tell_sign_stream (self, document, size, output, options, NULL, cancellable, error);
}

/* The bytes of a detached signature; they are sent before the document. */
static GBytes *
read_signature (const gchar *path, GCancellable *cancellable, GError **error)
{
    g_autoptr (PenaClientInput) input = pena_client_input_open (path, error);
    if (input == NULL)
        return NULL;
    if (input->stat.st_size > SIGNATURE_LIMIT) {
        pena_client_fail (error, PENA_ERROR_DOCUMENT_TOO_LARGE, NULL, NULL);
        return NULL;
    }
    g_autoptr (GInputStream) stream = pena_client_input_stream (input);
    return g_input_stream_read_bytes (stream, (gsize)input->stat.st_size, cancellable, error);
}

PenaSignResult *
pena_client_tell_extend_file (PenaClient *self, const gchar *document_path, const gchar *signature_path,
                              const gchar *output_path, PenaSignOptions *options, GMainContext *context,
                              GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail (PENA_IS_CLIENT (self), NULL);
    g_return_val_if_fail (document_path != NULL && output_path != NULL, NULL);

    g_autoptr (GBytes) signature = NULL;
    if (signature_path != NULL) {
        signature = read_signature (signature_path, cancellable, error);
        if (signature == NULL)
            return NULL;
    }
    g_autoptr (PenaSignOptions) used = options != NULL ? g_object_ref (options) : pena_sign_options_new ();
    PenaClientEndpoint endpoint = endpoint_of (self);
    return pena_client_do_extend_file (&endpoint, document_path, signature, output_path, used, context,
                                       cancellable, error);
}

PenaSignResult *
pena_client_extend_file (PenaClient *self, const gchar *document_path, const gchar *signature_path,
                         const gchar *output_path, PenaSignOptions *options, GCancellable *cancellable,
                         GError **error)
{
    return pena_client_tell_extend_file (self, document_path, signature_path, output_path, options, NULL,
                                         cancellable, error);
}

/* before: length of the signature that comes before the document. */
static gchar *
verify_uri (PenaClient *self, gsize before, gboolean attached)
{
    GString *uri = g_string_new ("http://pena/pena/v1/verify?");

    if (before > 0)
        g_string_append_printf (uri, "signature-size=%" G_GSIZE_FORMAT "&", before);
    if (attached)
        g_string_append (uri, "attached=1&");
    if (self->one_of_many)
        g_string_append (uri, "one-of-many=1&");
    if (self->online)
        g_string_append (uri, "online=1&");
    g_string_truncate (uri, uri->len - 1); /* the ? or & that nothing follows */
    return g_string_free (uri, FALSE);
}

gchar *
pena_client_verify_file (PenaClient *self, const gchar *document_path, const gchar *signature_path,
                         GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail (PENA_IS_CLIENT (self), NULL);
    g_return_val_if_fail (document_path != NULL, NULL);

    g_autoptr (GBytes) signature = NULL;
    if (signature_path != NULL) {
        signature = read_signature (signature_path, cancellable, error);
        if (signature == NULL)
            return NULL;
    }
    g_autoptr (PenaClientInput) input = pena_client_input_open (document_path, error);
    if (input == NULL)
        return NULL;
    gsize before = signature != NULL ? g_bytes_get_size (signature) : 0;
    gboolean attached = before == 0 && pena_client_is_enclosing_name (document_path);
    g_auto (PenaClientRequest) request = {
        .method = "POST",
        .uri = verify_uri (self, before, attached),
        .content_type = before > 0 || attached ? "application/octet-stream" : "application/pdf",
        .body = pena_client_body_new (signature, input->fd, -1, (guint64)input->stat.st_size),
        .size = (gint64)before + input->stat.st_size,
    };
    if (pena_client_is_worth_lending ((guint64)input->stat.st_size))
        pena_client_lend (&request, input->fd, signature);
    return ask_for_json (self, &request, cancellable, error);
}

gchar *
pena_client_list_tokens (PenaClient *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail (PENA_IS_CLIENT (self), NULL);

    g_auto (PenaClientRequest) request = {.method = "GET", .uri = g_strdup ("http://pena/pena/v1/tokens")};
    return ask_for_json (self, &request, cancellable, error);
}

gchar *
pena_client_get_info (PenaClient *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail (PENA_IS_CLIENT (self), NULL);

    g_auto (PenaClientRequest) request = {
        .method = "POST",
        .uri = g_strdup ("http://pena/csc/v2/info"),
        .content_type = "application/json",
        .body = g_memory_input_stream_new_from_data ("{}", 2, NULL),
        .size = 2,
    };
    return ask_for_json (self, &request, cancellable, error);
}
