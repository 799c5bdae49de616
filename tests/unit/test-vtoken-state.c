/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the virtual token: what a state file keeps, and whether it survives
 * Copyright (C) 2026 the Pena authors */
#include "vtoken-talk.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    gchar *folder, *path;
} Place;

static void
place_init (Place *self, gconstpointer unused)
{
    self->folder = g_dir_make_tmp ("vtoken-state-XXXXXX", NULL);
    self->path = g_build_filename (self->folder, "card.state", NULL);
}

static void
place_clear (Place *self, gconstpointer unused)
{
    g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
    const gchar *name;

    while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
        g_autofree gchar *path = g_build_filename (self->folder, name, NULL);
        g_unlink (path);
    }
    g_rmdir (self->folder);
    g_free (self->folder);
    g_free (self->path);
}

static Vtoken *
reopen (const Place *place)
{
    g_autoptr (GError) error = NULL;
    Vtoken *card = vtoken_new_from_file (place->path, &error);
    g_assert_no_error (error);
    g_free (talk (card, SELECT_PIV));
    return card;
}

static void
make_file (const Place *place)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (Vtoken) card = vtoken_new_blank ();
    vtoken_save_to (card, place->path, &error);
    g_assert_no_error (error);
}

static void
test_round_trip (Place *place, gconstpointer unused)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (Vtoken) card = vtoken_new_blank ();

    g_assert_true (vtoken_save_to (card, place->path, NULL));
    vtoken_personalise (card, VTOKEN_ALGORITHM_P256, 0x9A, vtoken_issue_test, NULL, &error);
    g_assert_no_error (error);
    g_autoptr (Vtoken) again = reopen (place);
    g_free (talk (card, SELECT_PIV));
    g_assert_cmpuint (vtoken_get_serial (card), ==, vtoken_get_serial (again));
    static const gchar *const asked[] = {"00F7009A", "00CB3FFF055C035FC105", "00CB3FFF055C035FC102",
                                         "00F70080", "00F7009B"};
    for (guint i = 0; i < G_N_ELEMENTS (asked); i++) {
        g_autofree gchar *first = talk (card, asked[i]);
        assert_talk (again, asked[i], first);
        g_assert_true (g_str_has_suffix (first, "9000"));
    }
}

/* Runs in a child that is killed as soon as the card has answered. */
static void
run_and_die (const Place *place, const gchar *command)
{
    int status;
    pid_t child = fork ();

    if (child == 0) {
        Vtoken *card = vtoken_new_from_file (place->path, NULL);
        g_free (talk (card, SELECT_PIV));
        g_free (talk (card, command));
        raise (SIGKILL);
    }
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
}

static void
test_tries_survive_a_kill (Place *place, gconstpointer unused)
{
    make_file (place);
    run_and_die (place, VERIFY_WRONG);
    run_and_die (place, VERIFY_WRONG);
    g_autoptr (Vtoken) card = reopen (place);
    assert_talk (card, "00200080", "63C1");
}

/* The try must be spent before the PIN is looked at: when it cannot be written down, even the right PIN does
 * not verify. */
static void
test_try_is_spent_first (Place *place, gconstpointer unused)
{
    make_file (place);
    g_autoptr (Vtoken) card = reopen (place);
    g_unlink (place->path);
    g_rmdir (place->folder);
    g_test_expect_message (NULL, G_LOG_LEVEL_WARNING, "vtoken: *");
    assert_talk (card, VERIFY, "6581");
    g_test_assert_expected_messages ();
    g_assert_cmpint (g_mkdir (place->folder, 0700), ==, 0);
    assert_talk (card, "00200080", "63C2");
}

/* Whenever the card is killed while it writes, the file is whole. */
static void
test_kill_while_writing (Place *place, gconstpointer unused)
{
    make_file (place);
    for (guint round = 0; round < 10; round++) {
        int status;
        pid_t child = fork ();
        if (child == 0) {
            Vtoken *card = vtoken_new_from_file (place->path, NULL);
            g_free (talk (card, SELECT_PIV));
            for (;;)
                g_free (talk (card, VERIFY));
        }
        g_usleep (2000 + 1300 * round);
        kill (child, SIGKILL);
        g_assert_cmpint (waitpid (child, &status, 0), ==, child);
        g_autoptr (Vtoken) card = reopen (place);
        g_autofree gchar *tries = talk (card, "00200080");
        g_assert_true (g_str_equal (tries, "63C3") || g_str_equal (tries, "63C2"));
        assert_talk (card, VERIFY, "9000");
    }
}

static void
check_refused (const Place *place, const gchar *contents, gsize length)
{
    g_autoptr (GError) error = NULL;
    g_assert_true (g_file_set_contents (place->path, contents, (gssize)length, NULL));
    g_autoptr (Vtoken) card = vtoken_new_from_file (place->path, &error);
    g_assert_null (card);
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    g_assert_nonnull (strstr (error->message, place->path));
}

static void
test_damage_is_refused (Place *place, gconstpointer unused)
{
    g_autofree gchar *contents = NULL;
    gsize length;

    make_file (place);
    g_assert_true (g_file_get_contents (place->path, &contents, &length, NULL));
    check_refused (place, contents, 0);
    check_refused (place, contents, 10);
    check_refused (place, contents, length - 1);
    for (gsize at = 0; at < length; at += 7) {
        contents[at] ^= 0x40;
        check_refused (place, contents, length);
        contents[at] ^= 0x40;
    }
}

static void
test_missing_file (Place *place, gconstpointer unused)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (Vtoken) card = vtoken_new_from_file (place->path, &error);
    g_assert_null (card);
    g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

static void
add (const gchar *path, void (*test) (Place *, gconstpointer))
{
    g_test_add (path, Place, NULL, place_init, test, place_clear);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("/vtoken/state/round-trip", test_round_trip);
    add ("/vtoken/state/tries-survive-a-kill", test_tries_survive_a_kill);
    add ("/vtoken/state/try-is-spent-first", test_try_is_spent_first);
    add ("/vtoken/state/kill-while-writing", test_kill_while_writing);
    add ("/vtoken/state/damage-is-refused", test_damage_is_refused);
    add ("/vtoken/state/missing-file", test_missing_file);
    return g_test_run ();
}
