/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: where the agent's socket may be, and what becomes of one that is there already
 * Copyright (C) 2026 the Pena authors */
#include <glib/gstdio.h>
#include <pena/pena-error.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pena-listener.h"

static gchar *
make_folder (void)
{
    gchar *folder = g_dir_make_tmp ("pena-listener-XXXXXX", NULL);

    g_assert_nonnull (folder);
    return folder;
}

static void
remove_folder (const gchar *folder)
{
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    const gchar *name;

    while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
        g_autofree gchar *path = g_build_filename (folder, name, NULL);
        g_unlink (path);
    }
    g_rmdir (folder);
}

static void
assert_refused (const gchar *path, PenaErrorCode code)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (pena_listener_open (path, &error));
    g_assert_error (error, PENA_ERROR, (gint)code);
}

static void
test_bad_path (void)
{
    g_autofree gchar *folder = make_folder ();
    g_autofree gchar *name = g_strnfill (200, 'n');
    g_autofree gchar *inside = g_build_filename (folder, name, NULL);
    g_autofree gchar *path = g_build_filename (inside, "agent.sock", NULL);

    assert_refused (path, PENA_ERROR_CONFIG_INVALID);
    g_assert_false (g_file_test (inside, G_FILE_TEST_EXISTS));
    assert_refused ("agent.sock", PENA_ERROR_CONFIG_INVALID);
    assert_refused ("", PENA_ERROR_CONFIG_INVALID);
    remove_folder (folder);
}

static void
test_open_folder (void)
{
    g_autofree gchar *folder = make_folder ();
    g_autofree gchar *path = g_build_filename (folder, "agent.sock", NULL);

    g_assert_cmpint (chmod (folder, 0750), ==, 0);
    assert_refused (path, PENA_ERROR_CONFIG_INVALID);
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    remove_folder (folder);
}

static void
test_second (void)
{
    g_autofree gchar *folder = make_folder ();
    g_autofree gchar *path = g_build_filename (folder, "agent.sock", NULL);
    struct stat status;

    {
        g_autoptr (PenaListener) first = pena_listener_open (path, NULL);
        g_assert_nonnull (first);
        g_assert_cmpint (stat (path, &status), ==, 0);
        g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
        assert_refused (path, PENA_ERROR_BUSY);
    }
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    remove_folder (folder);
}

/* What a killed agent leaves. */
static void
test_stale (void)
{
    g_autofree gchar *folder = make_folder ();
    g_autofree gchar *path = g_build_filename (folder, "agent.sock", NULL);

    g_assert_true (g_file_set_contents (path, "", 0, NULL));
    g_autoptr (PenaListener) listener = pena_listener_open (path, NULL);
    g_assert_nonnull (listener);
    g_clear_pointer (&listener, pena_listener_free);
    remove_folder (folder);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/listener/bad-path", test_bad_path);
    g_test_add_func ("/agent/listener/open-folder", test_open_folder);
    g_test_add_func ("/agent/listener/second", test_second);
    g_test_add_func ("/agent/listener/stale", test_stale);
    return g_test_run ();
}
