/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: tests of the agent's configuration, choice of credential and turns
 * Copyright (C) 2026 the Pena authors */
#include <errno.h>
#include <glib/gstdio.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-choice.h"
#include "pena-config.h"
#include "pena-turns.h"

/* ---- configuration ---- */

static PenaConfig *
load (const gchar *first, const gchar *second, GError **error)
{
    g_autofree gchar *dir = g_dir_make_tmp ("pena-config-XXXXXX", NULL);
    g_autofree gchar *a = g_build_filename (dir, "a.conf", NULL);
    g_autofree gchar *b = g_build_filename (dir, "b.conf", NULL);
    const gchar *paths[] = {a, b, NULL};

    if (first != NULL)
        g_assert_true (g_file_set_contents (a, first, -1, NULL));
    if (second != NULL)
        g_assert_true (g_file_set_contents (b, second, -1, NULL));
    PenaConfig *config = pena_config_load_files (paths, error);
    g_remove (a);
    g_remove (b);
    g_rmdir (dir);
    return config;
}

static void
test_config_defaults (void)
{
    g_autoptr (PenaConfig) config = load (NULL, NULL, NULL);

    g_assert_cmpuint (config->max_document_size, ==, 4ull << 30);
    g_assert_cmpuint (config->max_connections, ==, 16);
    g_assert_cmpuint (config->header_timeout, ==, 5);
    g_assert_cmpuint (config->idle_timeout, ==, 30);
    g_assert_cmpuint (g_strv_length (config->anchors), ==, 0);
    g_assert_cmpuint (g_strv_length (config->denial_delays), ==, 3);
    g_assert_null (config->crls);
}

static void
test_config_later_wins (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaConfig) config =
        load ("[agent]\nmax-connections=4\nidle-timeout=10\n[trust]\ncrls=/a\n",
              "[agent]\nmax-connections=5\n[trust]\nanchors=/x;/y\n[prompt]\ndenial-delays=\n", &error);

    g_assert_no_error (error);
    g_assert_cmpuint (config->max_connections, ==, 5);
    g_assert_cmpuint (config->idle_timeout, ==, 10);
    g_assert_cmpstr (config->crls, ==, "/a");
    g_assert_cmpuint (g_strv_length (config->anchors), ==, 2);
    g_assert_cmpuint (g_strv_length (config->denial_delays), ==, 0);
}

static void
test_config_refused (void)
{
    static const gchar *const texts[] = {"[agent]\nmax-conections=4\n",
                                         "[agnt]\nmax-connections=4\n",
                                         "[agent]\nmax-connections=0\n",
                                         "[agent]\nmax-connections=-1\n",
                                         "[agent]\nidle-timeout=ten\n",
                                         "[agent]\nmax-document-size=99999G\n",
                                         "[prompt]\ndenial-delays=5;x\n",
                                         "[time-stamp]\nservers=https://a/tsr;ftp://b/tsr\n",
                                         "[stamp]\nurl=tte.example/{id}\n",
                                         "[stamp]\nurl=https://tte.example/{nip}\n",
                                         "no key file"};

    for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autoptr (GError) error = NULL;
        g_assert_null (load (texts[i], NULL, &error));
        g_assert_error (error, PENA_ERROR, PENA_ERROR_CONFIG_INVALID);
    }
}

static void
test_config_numbers (void)
{
    guint64 value = 7;

    g_assert_true (pena_config_parse_number ("0", &value));
    g_assert_cmpuint (value, ==, 0);
    g_assert_true (pena_config_parse_number ("3K", &value));
    g_assert_cmpuint (value, ==, 3072);
    g_assert_true (pena_config_parse_number ("2G", &value));
    g_assert_cmpuint (value, ==, 2ull << 30);
    g_assert_false (pena_config_parse_number ("", &value));
    g_assert_false (pena_config_parse_number ("K", &value));
    g_assert_false (pena_config_parse_number (" 1", &value));
    g_assert_false (pena_config_parse_number ("1KK", &value));
    g_assert_false (pena_config_parse_number ("18446744073709551616", &value));
    g_assert_false (pena_config_parse_number ("18446744073709551615K", &value));
    g_assert_cmpuint (value, ==, 2ull << 30);
}

static void
test_config_documented (void)
{
    g_autofree gchar *path =
        g_test_build_filename (G_TEST_DIST, "..", "..", "docs", "man", "pena-agent.conf.5", NULL);
    g_autofree gchar *page = NULL;
    const gchar *key, *group = NULL;

    g_assert_true (g_file_get_contents (path, &page, NULL, NULL));
    for (guint i = 0; (key = pena_config_get_key (i, &group)) != NULL; i++) {
        g_autofree gchar *item = g_strdup_printf (".It Li %s\n", key);
        g_autofree gchar *section = g_strdup_printf (".Ss [%s]\n", group);
        const gchar *start = strstr (page, section);
        g_assert_nonnull (start);
        const gchar *end = strstr (start + 1, ".Ss [");
        const gchar *found = strstr (start, item);
        if (found == NULL || (end != NULL && found > end))
            g_error ("[%s] %s is not in the manual page", group, key);
    }
}

/* ---- choice ---- */

/* "id:sign" pairs; the certificate is the id itself. */
static GVariant *
make_tokens (const gchar *const *ids)
{
    GVariantBuilder tokens, credentials;
    GVariantDict token;

    g_variant_builder_init (&tokens, G_VARIANT_TYPE ("aa{sv}"));
    g_variant_builder_init (&credentials, G_VARIANT_TYPE ("aa{sv}"));
    for (; *ids != NULL; ids++) {
        GVariantDict one;
        g_variant_dict_init (&one, NULL);
        g_variant_dict_insert (&one, "id", "s", *ids);
        g_variant_dict_insert (&one, "can-sign", "b", !g_str_has_prefix (*ids, "nokey"));
        g_variant_dict_insert_value (&one, "certificate",
                                     g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, *ids, strlen (*ids), 1));
        g_variant_builder_add_value (&credentials, g_variant_dict_end (&one));
    }
    g_variant_dict_init (&token, NULL);
    g_variant_dict_insert_value (&token, "credentials", g_variant_builder_end (&credentials));
    g_variant_builder_add_value (&tokens, g_variant_dict_end (&token));
    return g_variant_ref_sink (g_variant_builder_end (&tokens));
}

static GError *
usable (GBytes *certificate, gpointer user_data)
{
    if (memcmp (g_bytes_get_data (certificate, NULL), "old", 3) == 0)
        return g_error_new_literal (PENA_ERROR, PENA_ERROR_CERTIFICATE_EXPIRED, "old");
    if (memcmp (g_bytes_get_data (certificate, NULL), "ssh", 3) == 0)
        return g_error_new_literal (PENA_ERROR, PENA_ERROR_CERTIFICATE_USAGE, "ssh");
    return NULL;
}

static void
assert_choice (const gchar *const *ids, const gchar *wanted, const gchar *chosen, gint code)
{
    g_autoptr (GVariant) tokens = make_tokens (ids);
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) credential = pena_choice_credential (tokens, wanted, usable, NULL, &error);
    const gchar *id = NULL;

    if (chosen == NULL) {
        g_assert_null (credential);
        g_assert_error (error, PENA_ERROR, code);
        return;
    }
    g_assert_no_error (error);
    g_assert_true (g_variant_lookup (credential, "id", "&s", &id));
    g_assert_cmpstr (id, ==, chosen);
}

static void
test_choice (void)
{
    assert_choice ((const gchar *[]){"aaa", NULL}, NULL, "aaa", 0);
    assert_choice ((const gchar *[]){"aaa", "old", "nokey", NULL}, NULL, "aaa", 0);
    assert_choice ((const gchar *[]){"aaa", "bbb", NULL}, NULL, NULL, PENA_ERROR_TOKEN_AMBIGUOUS);
    assert_choice ((const gchar *[]){"aaa", "bbb", NULL}, "BBB", "bbb", 0);
    assert_choice ((const gchar *[]){"aaa", NULL}, "ccc", NULL, PENA_ERROR_CREDENTIAL_UNKNOWN);
    assert_choice ((const gchar *[]){"aaa", "old", NULL}, "old", NULL, PENA_ERROR_CERTIFICATE_EXPIRED);
    assert_choice ((const gchar *[]){"old", "nokey", NULL}, NULL, NULL, PENA_ERROR_CERTIFICATE_EXPIRED);
    assert_choice ((const gchar *[]){"ssh", "old", NULL}, NULL, NULL, PENA_ERROR_CERTIFICATE_EXPIRED);
    assert_choice ((const gchar *[]){"old", "ssh", NULL}, NULL, NULL, PENA_ERROR_CERTIFICATE_EXPIRED);
    assert_choice ((const gchar *[]){"ssh", NULL}, NULL, NULL, PENA_ERROR_CERTIFICATE_USAGE);
    assert_choice ((const gchar *[]){"nokey", NULL}, NULL, NULL, PENA_ERROR_CREDENTIAL_MISSING);
    assert_choice ((const gchar *[]){"nokey", NULL}, "nokey", NULL, PENA_ERROR_KEY_UNSUPPORTED);
    assert_choice ((const gchar *[]){NULL}, NULL, NULL, PENA_ERROR_CREDENTIAL_MISSING);
}

static void
test_choice_no_token (void)
{
    g_autoptr (GVariant) none = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0));
    g_autoptr (GError) error = NULL;

    g_assert_null (pena_choice_credential (none, NULL, usable, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_MISSING);
}

/* ---- turns ---- */

static gint64 now;

static gint64
clock_of_test (void)
{
    return now;
}

typedef struct {
    gboolean done, granted;
    GError *error;
} Turn;

static void
on_turn (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Turn *turn = user_data;

    turn->granted = pena_turns_take_finish (result, &turn->error);
    turn->done = TRUE;
}

static void
settle (void)
{
    while (g_main_context_iteration (NULL, FALSE))
        ;
}

static void
take (PenaTurns *turns, const gchar *application, GCancellable *cancellable, Turn *turn)
{
    memset (turn, 0, sizeof *turn);
    pena_turns_take_async (turns, application, FALSE, cancellable, on_turn, turn);
    settle ();
}

static void
assert_busy (Turn *turn)
{
    g_assert_true (turn->done);
    g_assert_false (turn->granted);
    g_assert_error (turn->error, PENA_ERROR, PENA_ERROR_BUSY);
    g_clear_error (&turn->error);
}

static void
test_turns_queue (void)
{
    static const gchar *const none[] = {NULL};
    g_autoptr (PenaTurns) turns = pena_turns_new (none, clock_of_test);
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    Turn first, other, waiting, leaving, more[2], refused;

    take (turns, "a", NULL, &first);
    g_assert_true (first.granted);
    take (turns, "b", NULL, &other);
    g_assert_true (other.granted);
    take (turns, "a", NULL, &waiting);
    take (turns, "a", cancellable, &leaving);
    take (turns, "a", NULL, &more[0]);
    take (turns, "a", NULL, &more[1]);
    g_assert_false (waiting.done);
    take (turns, "a", NULL, &refused);
    assert_busy (&refused);
    g_cancellable_cancel (cancellable);
    settle ();
    g_assert_error (leaving.error, PENA_ERROR, PENA_ERROR_CANCELLED);
    g_clear_error (&leaving.error);
    pena_turns_end (turns, "a", PENA_TURN_FAILED);
    settle ();
    g_assert_true (waiting.granted);
    g_assert_false (more[0].done);
    pena_turns_end (turns, "a", PENA_TURN_APPROVED);
    settle ();
    g_assert_true (more[0].granted);
    pena_turns_end (turns, "a", PENA_TURN_APPROVED);
    settle ();
    g_assert_true (more[1].granted);
}

static void
take_one_of_many (PenaTurns *turns, Turn *turn)
{
    memset (turn, 0, sizeof *turn);
    pena_turns_take_async (turns, "a", TRUE, NULL, on_turn, turn);
    settle ();
}

static void
test_turns_one_of_many (void)
{
    static const gchar *const none[] = {NULL};
    const PenaTurnOutcome bad[] = {PENA_TURN_FAILED, PENA_TURN_REFUSED};

    for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autoptr (PenaTurns) turns = pena_turns_new (none, clock_of_test);
        Turn many[3], alone;
        g_assert_false (pena_turns_is_taken (turns, "a"));
        take_one_of_many (turns, &many[0]);
        g_assert_true (many[0].granted);
        g_assert_true (pena_turns_is_taken (turns, "a"));
        take_one_of_many (turns, &many[1]);
        take_one_of_many (turns, &many[2]);
        take (turns, "a", NULL, &alone);
        pena_turns_end (turns, "a", PENA_TURN_APPROVED);
        settle ();
        g_assert_true (many[1].granted);
        pena_turns_end (turns, "a", bad[i]);
        settle ();
        assert_busy (&many[2]);
        g_assert_true (alone.granted);
        pena_turns_end (turns, "a", PENA_TURN_APPROVED);
    }
}

static void
test_turns_more_of_many (void)
{
    static const gchar *const none[] = {NULL};
    g_autoptr (PenaTurns) turns = pena_turns_new (none, clock_of_test);
    Turn many[17], refused;

    for (guint i = 0; i < G_N_ELEMENTS (many); i++)
        take_one_of_many (turns, &many[i]);
    g_assert_true (many[0].granted);
    g_assert_false (many[16].done);
    take_one_of_many (turns, &refused);
    assert_busy (&refused);
    take (turns, "a", NULL, &refused);
    assert_busy (&refused);
    pena_turns_end (turns, "a", PENA_TURN_FAILED);
    settle ();
    for (guint i = 1; i < G_N_ELEMENTS (many); i++)
        assert_busy (&many[i]);
    g_assert_false (pena_turns_is_taken (turns, "a"));
}

/* Three runs of several: those that wait for one of their own run leave the first of the others its room. */
static void
test_turns_first_of_many (void)
{
    static const gchar *const none[] = {NULL};
    g_autoptr (PenaTurns) turns = pena_turns_new (none, clock_of_test);
    Turn live, many[4], first[4], refused;

    take (turns, "a", NULL, &live);
    for (guint i = 0; i < G_N_ELEMENTS (many); i++)
        take_one_of_many (turns, &many[i]);
    for (guint i = 0; i < G_N_ELEMENTS (first); i++)
        take (turns, "a", NULL, &first[i]);
    g_assert_false (first[3].done);
    take (turns, "a", NULL, &refused);
    assert_busy (&refused);
    pena_turns_end (turns, "a", PENA_TURN_REFUSED);
    settle ();
    for (guint i = 0; i < G_N_ELEMENTS (many); i++)
        assert_busy (&many[i]);
    g_assert_true (first[0].granted);
    g_assert_false (first[1].done);
}

static void
test_turns_pause (void)
{
    static const gchar *const delays[] = {"5", "30", NULL};
    g_autoptr (PenaTurns) turns = pena_turns_new (delays, clock_of_test);
    Turn turn, waiting;
    gint64 after = 0;

    now = 1000 * G_USEC_PER_SEC;
    take (turns, "a", NULL, &turn);
    take (turns, "a", NULL, &waiting);
    pena_turns_end (turns, "a", PENA_TURN_REFUSED);
    settle ();
    assert_busy (&waiting); /* those in the queue are not let through either */
    take (turns, "a", NULL, &turn);
    g_assert_true (pena_error_get_int (turn.error, "retry_after", &after));
    g_assert_cmpint (after, ==, 5);
    assert_busy (&turn);
    now += 5 * G_USEC_PER_SEC;
    take (turns, "a", NULL, &turn);
    g_assert_true (turn.granted);
    pena_turns_end (turns, "a", PENA_TURN_REFUSED);
    now += 29 * G_USEC_PER_SEC;
    take (turns, "a", NULL, &turn);
    assert_busy (&turn);
    take (turns, "b", NULL, &turn);
    g_assert_true (turn.granted); /* another application does not suffer */
    now += G_USEC_PER_SEC;
    take (turns, "a", NULL, &turn);
    g_assert_true (turn.granted);
    pena_turns_end (turns, "a", PENA_TURN_APPROVED);
    take (turns, "a", NULL, &turn);
    pena_turns_end (turns, "a", PENA_TURN_REFUSED);
    now += 5 * G_USEC_PER_SEC; /* counted from the start again */
    take (turns, "a", NULL, &turn);
    g_assert_true (turn.granted);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/config/defaults", test_config_defaults);
    g_test_add_func ("/agent/config/later-wins", test_config_later_wins);
    g_test_add_func ("/agent/config/refused", test_config_refused);
    g_test_add_func ("/agent/config/numbers", test_config_numbers);
    g_test_add_func ("/agent/config/documented", test_config_documented);
    g_test_add_func ("/agent/choice/rows", test_choice);
    g_test_add_func ("/agent/choice/no-token", test_choice_no_token);
    g_test_add_func ("/agent/turns/queue", test_turns_queue);
    g_test_add_func ("/agent/turns/one-of-many", test_turns_one_of_many);
    g_test_add_func ("/agent/turns/more-of-many", test_turns_more_of_many);
    g_test_add_func ("/agent/turns/first-of-many", test_turns_first_of_many);
    g_test_add_func ("/agent/turns/pause", test_turns_pause);
    return g_test_run ();
}
