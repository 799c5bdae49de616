/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the agent's network against servers that are honest, slow, lying, too talkative or not there
 * Copyright (C) 2026 the Pena authors */
#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <openssl/ocsp.h>
#include <pena/pena-error.h>
#include <string.h>
#include <unistd.h>

#include "ades-trust.h"
#include "pena-certificate.h"
#include "pena-network.h"
#include "pena-tsp.h"

typedef struct {
    gchar *url; /* of the server */
    SoupServer *server;
    GHashTable *visits;   /* path -> how often */
    gchar *authorization; /* of the last request */
    GSList *waiting;      /* messages that are never answered */

    PkiEntity root, issuing, signer, tsa, responder;
    TsaSpec tsa_spec;
    OcspSpec ocsp_spec;
    const PkiEntity *crl_issuer;
    X509 *crl_revoked;
    gint64 crl_age;

    PenaConfig *config;
    PenaNetwork *network;
    PenaTrust *trust;
} World;

/* ---- the server ---- */

static void
respond (SoupServerMessage *message, GBytes *body)
{
    soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
    soup_server_message_set_response (message, "application/octet-stream", SOUP_MEMORY_COPY,
                                      g_bytes_get_data (body, NULL), g_bytes_get_size (body));
}

static GBytes *
make_body (World *self, const gchar *path, GBytes *question)
{
    if (g_str_equal (path, "/tsa"))
        return trust_tsa_answer (&self->tsa, question, &self->tsa_spec);
    if (g_str_equal (path, "/ocsp"))
        return trust_ocsp_answer (&self->responder, self->signer.certificate, self->issuing.certificate,
                                  &self->ocsp_spec);
    if (g_str_equal (path, "/list"))
        return pki_crl (self->crl_issuer, self->crl_revoked, -1, pki_now () - self->crl_age,
                        pki_now () - self->crl_age + PKI_DAY);
    if (g_str_equal (path, "/issuing.cer"))
        return pki_der (self->issuing.certificate);
    if (g_str_equal (path, "/large"))
        return g_bytes_new_take (g_malloc0 (1024 * 1024), 1024 * 1024);
    return g_bytes_new_static ("<html>welcome</html>", 20);
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const gchar *path, GHashTable *query,
            gpointer user_data)
{
    World *self = user_data;
    SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
    guint count = GPOINTER_TO_UINT (g_hash_table_lookup (self->visits, path));

    g_hash_table_insert (self->visits, g_strdup (path), GUINT_TO_POINTER (count + 1));
    g_free (self->authorization);
    self->authorization = g_strdup (soup_message_headers_get_one (headers, "Authorization"));
    g_assert_null (soup_message_headers_get_one (headers, "Cookie"));
    if (g_str_equal (path, "/slow")) {
        soup_server_message_pause (message);
        self->waiting = g_slist_prepend (self->waiting, g_object_ref (message));
        return;
    }
    if (g_str_equal (path, "/loop"))
        soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, "/loop");
    else if (g_str_equal (path, "/away"))
        soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, "file:///etc/passwd");
    else if (g_str_equal (path, "/moved"))
        soup_server_message_set_redirect (message, SOUP_STATUS_MOVED_PERMANENTLY, "/issuing.cer");
    else if (g_str_equal (path, "/error"))
        soup_server_message_set_status (message, SOUP_STATUS_SERVICE_UNAVAILABLE, NULL);
    else {
        g_autoptr (GBytes) question =
            soup_message_body_flatten (soup_server_message_get_request_body (message));
        g_autoptr (GBytes) body = make_body (self, path, question);
        respond (message, body);
        soup_message_headers_append (soup_server_message_get_response_headers (message), "Set-Cookie",
                                     "a=b; path=/");
    }
}

/* ---- the world ---- */

static PkiEntity
new_signer (World *self, const gchar *ocsp, const gchar *list, const gchar *issuer)
{
    g_autofree gchar *access =
        g_strdup_printf ("OCSP;URI:%s%s,caIssuers;URI:%s%s", self->url, ocsp, self->url, issuer);
    g_autofree gchar *points = g_strdup_printf ("URI:%s%s", self->url, list);
    const PkiSpec spec = {.access = access, .points = points};
    return pki_issue (&self->issuing, "p256", &spec);
}

static void
make_pki (World *self)
{
    static const PkiSpec root = {.common_name = "Root",
                                 .key_usage = "critical,keyCertSign,cRLSign",
                                 .basic_constraints = "critical,CA:TRUE"};
    static const PkiSpec issuing = {.common_name = "Issuing CA",
                                    .key_usage = "critical,keyCertSign,cRLSign",
                                    .basic_constraints = "critical,CA:TRUE,pathlen:0"};
    pki_set_now (g_get_real_time () / G_USEC_PER_SEC);
    self->root = pki_issue (NULL, "p256", &root);
    self->issuing = pki_issue (&self->root, "p256", &issuing);
    self->tsa = trust_new_tsa (&self->root, "p256");
    self->responder = trust_new_responder (&self->issuing, "p256", TRUE);
    self->crl_issuer = &self->issuing;
    self->signer = new_signer (self, "/ocsp", "/list", "/issuing.cer");
}

static void
set_list (gchar ***list, const gchar *first, const gchar *second)
{
    const gchar *const items[] = {first, second, NULL};
    g_strfreev (*list);
    *list = g_strdupv ((gchar **)items);
}

/* The configuration is read once, when the network begins. */
static void
begin_network (World *self)
{
    g_autoptr (GError) error = NULL;

    g_clear_pointer (&self->network, pena_network_free);
    self->network = pena_network_new (self->config, NULL, &error);
    g_assert_no_error (error);
}

static void
set_servers (World *self, const gchar *first, const gchar *second)
{
    g_autofree gchar *one = g_strconcat (self->url, first, NULL);
    g_autofree gchar *two = second != NULL ? g_strconcat (self->url, second, NULL) : NULL;
    set_list (&self->config->tsa_servers, one, two);
}

static void
set_up (World *self, gconstpointer unused)
{
    const gchar *const none[] = {NULL};
    g_autoptr (GError) error = NULL;

    self->server = soup_server_new (NULL, NULL);
    soup_server_add_handler (self->server, NULL, on_request, self, NULL);
    g_assert_true (soup_server_listen_local (self->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
    GSList *uris = soup_server_get_uris (self->server);
    self->url = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
    g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
    self->visits = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    make_pki (self);
    self->config = pena_config_load_files (none, NULL);
    self->config->network_timeout = 20;
    set_list (&self->config->hosts, "127.0.0.1", NULL);
    set_servers (self, "/tsa", NULL);
    begin_network (self);
    self->trust = pena_trust_load (self->config, NULL);
    g_ptr_array_add (self->trust->anchors, pki_der (self->root.certificate));
}

static void
tear_down (World *self, gconstpointer unused)
{
    pena_network_free (self->network);
    pena_config_free (self->config);
    for (GSList *at = self->waiting; at != NULL; at = at->next)
        soup_server_message_unpause (at->data);
    g_slist_free_full (self->waiting, g_object_unref);
    soup_server_disconnect (self->server);
    g_object_unref (self->server);
    PkiEntity *const all[] = {&self->root, &self->issuing, &self->signer, &self->tsa, &self->responder};
    for (guint i = 0; i < G_N_ELEMENTS (all); i++)
        pki_entity_clear (all[i]);
    pena_trust_unref (self->trust);
    g_hash_table_unref (self->visits);
    g_free (self->authorization);
    g_free (self->url);
}

static guint
visits (World *self, const gchar *path)
{
    return GPOINTER_TO_UINT (g_hash_table_lookup (self->visits, path));
}

static guint
all_visits (World *self)
{
    return visits (self, "/ocsp") + visits (self, "/list") + visits (self, "/issuing.cer");
}

/* ---- asking ---- */

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
    *(GAsyncResult **)user_data = g_object_ref (result);
}

static gboolean
ask_all (World *self, GPtrArray *needs, GCancellable *cancellable, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    pena_network_answer_async (self->network, needs, self->trust, cancellable, keep_result, &result);
    g_assert_null (result);
    while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
    return pena_network_answer_finish (result, error);
}

static GPtrArray *
one (PenaNeed *need)
{
    GPtrArray *needs = pena_needs_new ();
    g_ptr_array_add (needs, need);
    return needs;
}

static PenaNeed *
stamp_need (void)
{
    g_autoptr (GBytes) imprint = pki_sha256 ("signature", 9);
    return pena_need_time_stamp_new ("sha256", imprint);
}

static PenaNeed *
revocation_need (World *self)
{
    g_autoptr (GBytes) certificate = pki_der (self->signer.certificate);
    g_autoptr (GBytes) issuer = pki_der (self->issuing.certificate);
    return pena_need_revocation_new (certificate, issuer);
}

static PenaNeed *
issuer_need (World *self)
{
    g_autoptr (GBytes) certificate = pki_der (self->signer.certificate);
    return pena_need_issuer_new (certificate);
}

static const gchar *
fact (const GError *error, const gchar *key)
{
    static gchar *last;
    g_autoptr (GVariant) facts = pena_error_dup_facts (error);
    const gchar *value = NULL;

    g_free (last);
    last = g_variant_lookup (facts, key, "&s", &value) ? g_strdup (value) : NULL;
    return last;
}

/* code < 0: answered. cause: the fact of that name, or NULL. */
static void
assert_outcome (World *self, PenaNeed *need, gint code, const gchar *cause)
{
    g_autoptr (GPtrArray) needs = one (need);
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (ask_all (self, needs, NULL, &error), ==, code < 0);
    if (code < 0) {
        g_assert_nonnull (need->answer);
        return;
    }
    g_assert_error (error, PENA_ERROR, code);
    g_assert_error (need->error, PENA_ERROR, code);
    g_assert_cmpint (pena_error_exit_status ((PenaErrorCode)code), ==,
                     code == PENA_ERROR_CERTIFICATE_REVOKED ? PENA_EXIT_REFUSED : PENA_EXIT_NETWORK);
    if (cause != NULL)
        g_assert_cmpstr (fact (error, "cause"), ==, cause);
    g_autofree gchar *text = pena_error_describe (error);
    g_assert_null (strchr (text, '?')); /* every fact of the text is there */
}

/* ---- time-stamps ---- */

static void
test_stamp (World *self, gconstpointer unused)
{
    g_autoptr (GPtrArray) needs = one (stamp_need ());
    const PenaNeed *need = g_ptr_array_index (needs, 0);
    g_autoptr (GError) error = NULL;

    g_assert_true (ask_all (self, needs, NULL, &error));
    g_assert_no_error (error);
    g_assert_cmpint (need->answer_kind, ==, PENA_ANSWER_TIME_STAMP);
    g_autoptr (PenaTimeStamp) stamp = pena_time_stamp_parse (need->answer, NULL, &error);
    g_assert_no_error (error);
    g_assert_true (pena_time_stamp_is_over (stamp, need->imprint));
    g_assert_null (self->authorization);
}

static void
test_stamp_lies (World *self, gconstpointer unused)
{
    const TsaSpec lies[] = {{.other_imprint = TRUE}, {.other_nonce = TRUE},    {.time = pki_now () - 7200},
                            {.damaged = TRUE},       {.no_certificate = TRUE}, {.no_binding = TRUE}};

    for (guint i = 0; i < G_N_ELEMENTS (lies); i++) {
        self->tsa_spec = lies[i];
        assert_outcome (self, stamp_need (), PENA_ERROR_TSA_ANSWER_INVALID, NULL);
    }
    self->tsa_spec = (TsaSpec){.status = 2, .failure = 2};
    assert_outcome (self, stamp_need (), PENA_ERROR_TSA_REFUSED, NULL);
}

static void
test_stamp_untrusted (World *self, gconstpointer unused)
{
    g_ptr_array_set_size (self->trust->anchors, 0);
    assert_outcome (self, stamp_need (), PENA_ERROR_TSA_UNTRUSTED, NULL);
}

static void
test_stamp_bad_servers (World *self, gconstpointer unused)
{
    static const struct {
        const gchar *path;
        gint code;
        const gchar *cause;
    } rows[] = {
        {"/garbage", PENA_ERROR_TSA_ANSWER_INVALID, NULL},
        {"/large", PENA_ERROR_TSA_UNREACHABLE, "network-too-large"},
        {"/error", PENA_ERROR_TSA_UNREACHABLE, "network-answer-invalid"},
        {"/loop", PENA_ERROR_TSA_UNREACHABLE, "network-answer-invalid"},
        {"/moved", PENA_ERROR_TSA_UNREACHABLE, "network-answer-invalid"}, /* a POST is not sent elsewhere */
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        set_servers (self, rows[i].path, NULL);
        assert_outcome (self, stamp_need (), rows[i].code, rows[i].cause);
    }
    self->config->network_timeout = 1;
    set_servers (self, "/slow", NULL);
    assert_outcome (self, stamp_need (), PENA_ERROR_TSA_UNREACHABLE, "network-timeout");
    set_list (&self->config->tsa_servers, "http://127.0.0.1:1/tsa", NULL);
    assert_outcome (self, stamp_need (), PENA_ERROR_TSA_UNREACHABLE, "network-unreachable");
    set_list (&self->config->tsa_servers, "ftp://127.0.0.1/tsa", NULL);
    assert_outcome (self, stamp_need (), PENA_ERROR_TSA_UNREACHABLE, "network-address-refused");
    set_list (&self->config->tsa_servers, NULL, NULL);
    assert_outcome (self, stamp_need (), PENA_ERROR_TSA_MISSING, NULL);
}

/* The second one helps out, and is asked first for a while when the first was not there. */
static void
test_stamp_falls_back (World *self, gconstpointer unused)
{
    set_servers (self, "/error", "/tsa");
    assert_outcome (self, stamp_need (), -1, NULL);
    g_assert_cmpuint (visits (self, "/error"), ==, 1);
    assert_outcome (self, stamp_need (), -1, NULL);
    g_assert_cmpuint (visits (self, "/error"), ==, 1);
    g_assert_cmpuint (visits (self, "/tsa"), ==, 2);
}

static void
test_stamp_password (World *self, gconstpointer unused)
{
    g_autofree gchar *dir = g_dir_make_tmp ("pena-network-XXXXXX", NULL);
    self->config->tsa_credentials = g_build_filename (dir, "credentials", NULL);
    g_autofree gchar *line = g_strdup_printf ("%s/tsa Aladdin open-sesame\n", self->url);

    g_assert_true (g_file_set_contents_full (self->config->tsa_credentials, line, -1,
                                             G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    assert_outcome (self, stamp_need (), -1, NULL);
    g_assert_cmpstr (self->authorization, ==, "Basic QWxhZGRpbjpvcGVuLXNlc2FtZQ==");
    /* nobody else gets it */
    assert_outcome (self, revocation_need (self), -1, NULL);
    g_assert_null (self->authorization);
    g_assert_cmpint (remove (self->config->tsa_credentials), ==, 0);
    g_assert_cmpint (remove (dir), ==, 0);
}

static gboolean
cancel (gpointer cancellable)
{
    g_cancellable_cancel (cancellable);
    return G_SOURCE_REMOVE;
}

static void
test_cancelled (World *self, gconstpointer unused)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GPtrArray) needs = one (stamp_need ());
    g_autoptr (GError) error = NULL;

    g_ptr_array_add (needs, stamp_need ());
    set_servers (self, "/slow", "/tsa");
    g_timeout_add (50, cancel, cancellable);
    g_assert_false (ask_all (self, needs, cancellable, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CANCELLED);
    g_assert_cmpuint (visits (self, "/tsa"), ==, 0);
}

/* ---- revocation ---- */

static void
test_ocsp (World *self, gconstpointer unused)
{
    g_autoptr (GPtrArray) needs = one (revocation_need (self));
    const PenaNeed *need = g_ptr_array_index (needs, 0);

    g_assert_true (ask_all (self, needs, NULL, NULL));
    g_assert_cmpint (need->answer_kind, ==, PENA_ANSWER_OCSP);
    /* kept: the next one is not asked for, unless it has to be fresh */
    assert_outcome (self, revocation_need (self), -1, NULL);
    g_assert_cmpuint (visits (self, "/ocsp"), ==, 1);
    PenaNeed *fresh = revocation_need (self);
    fresh->since = pki_now () + 1;
    assert_outcome (self, fresh, -1, NULL);
    g_assert_cmpuint (visits (self, "/ocsp"), ==, 2);
}

/* Whether what is kept answers; nobody is asked for it. */
static gboolean
recall (World *self, PenaNeed *need)
{
    g_autoptr (GPtrArray) needs = one (need);
    g_autoptr (GAsyncResult) result = NULL;
    guint asked = all_visits (self);

    pena_network_recall_async (self->network, needs, self->trust, NULL, keep_result, &result);
    while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
    g_assert_cmpuint (all_visits (self), ==, asked);
    return pena_network_answer_finish (result, NULL);
}

static void
test_recall (World *self, gconstpointer unused)
{
    g_assert_false (pena_network_has_kept (self->network));
    g_assert_false (recall (self, revocation_need (self)));
    g_assert_false (recall (self, issuer_need (self)));
    assert_outcome (self, revocation_need (self), -1, NULL);
    assert_outcome (self, issuer_need (self), -1, NULL);
    g_assert_true (pena_network_has_kept (self->network));
    g_assert_true (recall (self, revocation_need (self)));
    g_assert_true (recall (self, issuer_need (self)));
}

static void
test_recall_list (World *self, gconstpointer unused)
{
    self->ocsp_spec = (OcspSpec){.response_status = OCSP_RESPONSE_STATUS_TRYLATER};
    g_assert_false (recall (self, revocation_need (self)));
    assert_outcome (self, revocation_need (self), -1, NULL);
    g_assert_true (recall (self, revocation_need (self)));
}

static void
test_revoked (World *self, gconstpointer unused)
{
    self->ocsp_spec =
        (OcspSpec){.status = V_OCSP_CERTSTATUS_REVOKED, .reason = OCSP_REVOKED_STATUS_KEYCOMPROMISE};
    assert_outcome (self, revocation_need (self), PENA_ERROR_CERTIFICATE_REVOKED, NULL);
    g_assert_cmpuint (visits (self, "/list"), ==, 0);
    /* and what was learnt once stays */
    self->ocsp_spec = (OcspSpec){0};
    assert_outcome (self, revocation_need (self), PENA_ERROR_CERTIFICATE_REVOKED, NULL);
    g_assert_cmpuint (visits (self, "/ocsp"), ==, 1);
}

static void
test_bad_responders_then_list (World *self, gconstpointer unused)
{
    PkiEntity stranger = trust_new_responder (&self->root, "p256", TRUE);
    g_autoptr (GBytes) other_nonce = g_bytes_new_static ("0123456789abcdef", 16);
    const OcspSpec bad[] = {
        {.response_status = OCSP_RESPONSE_STATUS_TRYLATER},
        {.status = V_OCSP_CERTSTATUS_UNKNOWN},
        {.damaged = TRUE},
        {.nonce = other_nonce},
        {.this_update = pki_now () - 3 * PKI_DAY, .next_update = pki_now () - 2 * PKI_DAY}};

    self->config->cache_age = 0;
    begin_network (self);
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autoptr (GPtrArray) needs = one (revocation_need (self));
        self->ocsp_spec = bad[i];
        g_assert_true (ask_all (self, needs, NULL, NULL));
        g_assert_cmpint (((PenaNeed *)g_ptr_array_index (needs, 0))->answer_kind, ==, PENA_ANSWER_CRL);
        g_assert_cmpuint (visits (self, "/list"), ==, i + 1);
    }
    pki_entity_clear (&self->responder);
    self->responder = stranger;
    self->ocsp_spec = (OcspSpec){0};
    assert_outcome (self, revocation_need (self), -1, NULL);
    g_assert_cmpuint (visits (self, "/list"), ==, G_N_ELEMENTS (bad) + 1);
}

static void
test_list_revokes (World *self, gconstpointer unused)
{
    self->ocsp_spec = (OcspSpec){.response_status = OCSP_RESPONSE_STATUS_TRYLATER};
    self->crl_revoked = self->signer.certificate;
    self->crl_age = 3 * PKI_DAY; /* outdated, and true all the same */
    assert_outcome (self, revocation_need (self), PENA_ERROR_CERTIFICATE_REVOKED, NULL);
}

static void
test_bad_lists (World *self, gconstpointer unused)
{
    static const gchar *const paths[] = {"/garbage", "/large", "/error", "/loop", "/away", "/slow"};

    self->ocsp_spec = (OcspSpec){.response_status = OCSP_RESPONSE_STATUS_TRYLATER};
    self->crl_age = 3 * PKI_DAY;
    assert_outcome (self, revocation_need (self), PENA_ERROR_REVOCATION_UNAVAILABLE, "ocsp-refused");
    self->crl_age = 0;
    self->crl_issuer = &self->root;
    assert_outcome (self, revocation_need (self), PENA_ERROR_REVOCATION_UNAVAILABLE, "ocsp-refused");
    self->config->max_crl_size = 100000;
    self->config->network_timeout = 1;
    for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
        pki_entity_clear (&self->signer);
        self->signer = new_signer (self, "/ocsp", paths[i], "/issuing.cer");
        assert_outcome (self, revocation_need (self), PENA_ERROR_REVOCATION_UNAVAILABLE, "ocsp-refused");
    }
    g_assert_cmpuint (visits (self, "/loop"), ==, 4); /* the first one and three redirections */
}

static void
test_local_last_resort (World *self, gconstpointer unused)
{
    static const OcspSpec good;

    self->ocsp_spec = (OcspSpec){.response_status = OCSP_RESPONSE_STATUS_TRYLATER};
    self->crl_issuer = &self->root;
    g_ptr_array_add (self->trust->crls, pki_crl (&self->issuing, NULL, -1, pki_now (), pki_now () + PKI_DAY));
    assert_outcome (self, revocation_need (self), -1, NULL);
    g_ptr_array_set_size (self->trust->crls, 0);
    g_ptr_array_add (self->trust->ocsps, trust_ocsp_answer (&self->issuing, self->signer.certificate,
                                                            self->issuing.certificate, &good));
    assert_outcome (self, revocation_need (self), -1, NULL);
}

static void
test_no_address (World *self, gconstpointer unused)
{
    pki_entity_clear (&self->signer);
    self->signer = pki_issue (&self->issuing, "p256", &(PkiSpec){0});
    assert_outcome (self, revocation_need (self), PENA_ERROR_REVOCATION_UNAVAILABLE, NULL);
    assert_outcome (self, issuer_need (self), PENA_ERROR_ISSUER_UNAVAILABLE, NULL);
}

/* What a certificate names is not asked on this computer unless the configuration says so. */
static void
test_private_addresses (World *self, gconstpointer unused)
{
    g_autofree gchar *by_name =
        g_strdup_printf ("OCSP;URI:http://localhost%s/ocsp", strrchr (self->url, ':'));
    const PkiSpec named = {.access = by_name};

    set_list (&self->config->hosts, "*", NULL);
    assert_outcome (self, revocation_need (self), PENA_ERROR_REVOCATION_UNAVAILABLE,
                    "network-address-refused");
    set_list (&self->config->hosts, "ca.example", NULL);
    assert_outcome (self, revocation_need (self), PENA_ERROR_REVOCATION_UNAVAILABLE,
                    "network-address-refused");
    set_list (&self->config->hosts, "*", NULL);
    pki_entity_clear (&self->signer);
    self->signer = pki_issue (&self->issuing, "p256", &named);
    assert_outcome (self, revocation_need (self), PENA_ERROR_REVOCATION_UNAVAILABLE,
                    "network-address-refused");
    g_assert_cmpuint (g_hash_table_size (self->visits), ==, 0);
    /* the administrator's own servers may be anywhere */
    assert_outcome (self, stamp_need (), -1, NULL);
}

/* ---- issuers ---- */

static void
test_issuer (World *self, gconstpointer unused)
{
    g_autoptr (GPtrArray) needs = one (issuer_need (self));
    const PenaNeed *need = g_ptr_array_index (needs, 0);
    g_autoptr (GBytes) wanted = pki_der (self->issuing.certificate);

    g_assert_true (ask_all (self, needs, NULL, NULL));
    g_assert_cmpint (need->answer_kind, ==, PENA_ANSWER_ISSUER);
    g_assert_true (g_bytes_equal (need->answer, wanted));
    assert_outcome (self, issuer_need (self), -1, NULL);
    g_assert_cmpuint (visits (self, "/issuing.cer"), ==, 1); /* kept */
}

static void
test_issuer_known (World *self, gconstpointer unused)
{
    g_ptr_array_add (self->trust->certificates, pki_der (self->issuing.certificate));
    assert_outcome (self, issuer_need (self), -1, NULL);
    g_assert_cmpuint (visits (self, "/issuing.cer"), ==, 0);
}

static void
test_issuer_moved_or_wrong (World *self, gconstpointer unused)
{
    static const gchar *const paths[] = {"/garbage", "/large", "/error", "/loop", "/away", "/list"};

    pki_entity_clear (&self->signer);
    self->signer = new_signer (self, "/ocsp", "/list", "/moved");
    assert_outcome (self, issuer_need (self), -1, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
        pki_entity_clear (&self->signer);
        self->signer = new_signer (self, "/ocsp", "/list", paths[i]);
        assert_outcome (self, issuer_need (self), PENA_ERROR_ISSUER_UNAVAILABLE, NULL);
    }
}

/* Many at once, some of them answered without asking. */
static void
test_batch (World *self, gconstpointer unused)
{
    g_autoptr (GPtrArray) needs = pena_needs_new ();
    g_autoptr (GPtrArray) none = pena_needs_new ();
    g_autoptr (GError) error = NULL;

    for (guint i = 0; i < 10; i++) {
        g_ptr_array_add (needs, stamp_need ());
        g_ptr_array_add (needs, revocation_need (self));
        g_ptr_array_add (needs, issuer_need (self));
    }
    g_ptr_array_add (self->trust->certificates, pki_der (self->issuing.certificate));
    g_assert_true (ask_all (self, needs, NULL, &error));
    g_assert_no_error (error);
    for (guint i = 0; i < needs->len; i++)
        g_assert_nonnull (((PenaNeed *)g_ptr_array_index (needs, i))->answer);
    g_assert_true (ask_all (self, none, NULL, NULL));
}

/* ---- TLS ---- */

typedef struct {
    PkiEntity root, host;
    SoupServer *server;
    gchar *url, *root_file;
} TlsHost;

static void
tls_host_start (TlsHost *self, World *world, const gchar *other_name)
{
    const PkiSpec root = {.common_name = "Web Root",
                          .key_usage = "critical,keyCertSign,cRLSign",
                          .basic_constraints = "critical,CA:TRUE"};
    const PkiSpec host = {.common_name = "TSA",
                          .key_usage = "critical,digitalSignature",
                          .extended_key_usage = "serverAuth",
                          .other_name = other_name};
    g_autoptr (GError) error = NULL;

    self->root = pki_issue (NULL, "p256", &root);
    self->host = pki_issue (&self->root, "p256", &host);
    g_autofree gchar *pem = pki_pem (&self->host), *root_pem = pki_pem (&self->root);
    g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_pem (pem, -1, &error);
    g_assert_no_error (error);
    self->server = soup_server_new ("tls-certificate", certificate, NULL);
    soup_server_add_handler (self->server, NULL, on_request, world, NULL);
    g_assert_true (soup_server_listen_local (
        self->server, 0, SOUP_SERVER_LISTEN_HTTPS | SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
    GSList *uris = soup_server_get_uris (self->server);
    self->url = g_strdup_printf ("https://127.0.0.1:%d/tsa", g_uri_get_port (uris->data));
    g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
    gint fd = g_file_open_tmp ("pena-root-XXXXXX.pem", &self->root_file, &error);
    g_assert_no_error (error);
    close (fd);
    g_assert_true (g_file_set_contents (self->root_file, root_pem, -1, NULL));
}

static void
tls_host_end (TlsHost *self)
{
    soup_server_disconnect (self->server);
    g_object_unref (self->server);
    pki_entity_clear (&self->host);
    pki_entity_clear (&self->root);
    g_remove (self->root_file);
    g_free (self->root_file);
    g_free (self->url);
}

/* Only the CA that the configuration names, and only for a server of that name. */
static void
test_tls (World *self, gconstpointer unused)
{
    static const struct {
        const gchar *other_name;
        gboolean trusted;
        gint code;
    } cases[] = {{"IP:127.0.0.1", TRUE, -1},
                 {"IP:127.0.0.1", FALSE, PENA_ERROR_TSA_UNREACHABLE},
                 {"IP:127.0.0.2", TRUE, PENA_ERROR_TSA_UNREACHABLE},
                 {"DNS:tsa.example", TRUE, PENA_ERROR_TSA_UNREACHABLE}};

    if (!g_tls_backend_supports_tls (g_tls_backend_get_default ())) {
        g_test_skip ("GLib has no TLS here");
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        TlsHost host = {{NULL}};
        gchar *servers[] = {NULL, NULL};
        tls_host_start (&host, self, cases[i].other_name);
        servers[0] = host.url;
        g_strfreev (self->config->tsa_servers);
        self->config->tsa_servers = g_strdupv (servers);
        self->config->tls_ca = cases[i].trusted ? g_strdup (host.root_file) : NULL;
        begin_network (self);
        guint before = visits (self, "/tsa");
        assert_outcome (self, stamp_need (), cases[i].code, NULL);
        g_assert_cmpuint (visits (self, "/tsa"), ==, before + (cases[i].code < 0 ? 1 : 0));
        g_clear_pointer (&self->config->tls_ca, g_free);
        tls_host_end (&host);
    }
}

static void
test_configuration (World *self, gconstpointer unused)
{
    g_autoptr (GError) error = NULL;

    self->config->tls_ca = g_strdup ("/nonexistent.pem");
    g_assert_null (pena_network_new (self->config, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CONFIG_INVALID);
    g_clear_error (&error);
    g_clear_pointer (&self->config->tls_ca, g_free);
    self->config->proxy = g_strdup ("proxy:port");
    g_assert_null (pena_network_new (self->config, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CONFIG_INVALID);
}

/* The environment's proxy is not asked; the configured one is. */
static void
test_proxies (World *self, gconstpointer unused)
{
    assert_outcome (self, stamp_need (), -1, NULL); /* main() has set http_proxy to a dead end */
    self->config->proxy = g_strdup ("http://127.0.0.1:1");
    begin_network (self);
    assert_outcome (self, stamp_need (), PENA_ERROR_TSA_UNREACHABLE, "network-unreachable");
}

int
main (int argc, char **argv)
{
    static const struct {
        const gchar *path;
        void (*run) (World *self, gconstpointer unused);
    } tests[] = {
        {"time-stamp/good", test_stamp},
        {"time-stamp/lies", test_stamp_lies},
        {"time-stamp/untrusted", test_stamp_untrusted},
        {"time-stamp/bad-servers", test_stamp_bad_servers},
        {"time-stamp/falls-back", test_stamp_falls_back},
        {"time-stamp/password", test_stamp_password},
        {"cancelled", test_cancelled},
        {"revocation/ocsp", test_ocsp},
        {"revocation/recall", test_recall},
        {"revocation/recall-list", test_recall_list},
        {"revocation/revoked", test_revoked},
        {"revocation/bad-responders", test_bad_responders_then_list},
        {"revocation/list-revokes", test_list_revokes},
        {"revocation/bad-lists", test_bad_lists},
        {"revocation/local", test_local_last_resort},
        {"revocation/no-address", test_no_address},
        {"private-addresses", test_private_addresses},
        {"issuer/fetched", test_issuer},
        {"issuer/known", test_issuer_known},
        {"issuer/moved-or-wrong", test_issuer_moved_or_wrong},
        {"batch", test_batch},
        {"tls", test_tls},
        {"configuration", test_configuration},
        {"proxies", test_proxies},
    };

    g_setenv ("http_proxy", "http://127.0.0.1:1", TRUE);
    /* GIO loads the desktop's proxy settings before it is told that they are not wanted */
    g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
    g_test_init (&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree gchar *path = g_strdup_printf ("/network/%s", tests[i].path);
        g_test_add (path, World, NULL, set_up, tests[i].run, tear_down);
    }
    return g_test_run ();
}
