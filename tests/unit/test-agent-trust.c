/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: tests of what the configuration trusts, and of keeping it
 * Copyright (C) 2026 the Pena authors */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ades-pki.h"
#include "pena-local.h"
#include "pena-trust-keeper.h"

static PenaConfig *
load (const gchar *text)
{
    g_autofree gchar *path = NULL;
    gint fd = g_file_open_tmp ("pena-config-XXXXXX", &path, NULL);
    const gchar *paths[] = {path, NULL};

    g_assert_true (g_file_set_contents (path, text, -1, NULL));
    PenaConfig *config = pena_config_load_files (paths, NULL);
    close (fd);
    g_remove (path);
    return config;
}

static void
test_missing (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaConfig) config = load ("[trust]\nanchors=/nonexistent/root.pem\n");

    g_assert_null (pena_trust_load (config, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CONFIG_INVALID);
    g_assert_nonnull (strstr (error->message, g_strerror (ENOENT)));
}

/* Lists and OCSP answers lie in one folder, whatever their names; what is neither is passed over. */
static void
test_revocation_data (void)
{
    static const struct {
        const gchar *name, *data;
        gsize length;
        guint lists, answers;
    } files[] = {
        {"list.crl", "\x30\x02\x30\x00", 4, 1, 0},
        {"answer.ors", "\x30\x03\x0A\x01\x00", 5, 0, 1},
        {"long.der", "\x30\x81\x03\x0A\x01\x00", 6, 0, 1},
        {"pem.crl", "-----BEGIN X509 CRL-----\nMAIwAA==\n-----END X509 CRL-----\n", 58, 1, 0},
        {"README", "text", 4, 0, 0},
        {"short", "\x30\x82\x0A", 3, 1, 0},
        {"empty", "", 0, 0, 0},
    };
    g_autofree gchar *folder = g_dir_make_tmp ("pena-trust-XXXXXX", NULL);
    g_autofree gchar *text = g_strdup_printf ("[trust]\ncrls=%s\n", folder);
    g_autoptr (PenaConfig) config = load (text);
    guint lists = 0, answers = 0;

    for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
        g_autofree gchar *path = g_build_filename (folder, files[i].name, NULL);
        g_assert_true (g_file_set_contents (path, files[i].data, (gssize)files[i].length, NULL));
        lists += files[i].lists;
        answers += files[i].answers;
        g_autoptr (PenaTrust) trust = pena_trust_load (config, NULL);
        g_assert_nonnull (trust);
        g_assert_cmpuint (trust->crls->len, ==, lists);
        g_assert_cmpuint (trust->ocsps->len, ==, answers);
    }
    for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
        g_autofree gchar *path = g_build_filename (folder, files[i].name, NULL);
        g_assert_cmpint (g_remove (path), ==, 0);
    }
    g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* ---- trust that is kept ---- */

#define LIST "\x30\x02\x30\x00"
#define OTHER_LIST "\x30\x02\x31\x00"

static void
write_in_place (const gchar *folder, const gchar *data)
{
    g_autofree gchar *path = g_build_filename (folder, "a.crl", NULL);
    gint fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    g_assert_cmpint (write (fd, data, 4), ==, 4);
    close (fd);
}

static void
rewrite (const gchar *folder)
{
    write_in_place (folder, OTHER_LIST);
}

/* Only the time that nobody can set tells. */
static void
rewrite_and_set_back (const gchar *folder)
{
    g_autofree gchar *path = g_build_filename (folder, "a.crl", NULL);
    struct stat before;

    g_assert_cmpint (stat (path, &before), ==, 0);
    write_in_place (folder, OTHER_LIST);
    const struct timespec times[] = {before.st_atim, before.st_mtim};
    g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

static void
replace (const gchar *folder)
{
    g_autofree gchar *path = g_build_filename (folder, "a.crl", NULL);

    g_assert_true (g_file_set_contents (path, OTHER_LIST, 4, NULL));
}

static void
add (const gchar *folder)
{
    g_autofree gchar *path = g_build_filename (folder, "b.crl", NULL);

    g_assert_true (g_file_set_contents (path, OTHER_LIST, 4, NULL));
}

static void
take_away (const gchar *folder)
{
    g_autofree gchar *path = g_build_filename (folder, "a.crl", NULL);

    g_assert_cmpint (g_remove (path), ==, 0);
}

static void
exchange_folder (const gchar *folder)
{
    g_autofree gchar *aside = g_strconcat (folder, ".aside", NULL);

    g_assert_cmpint (g_rename (folder, aside), ==, 0);
    g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
    write_in_place (folder, OTHER_LIST);
    take_away (aside);
    g_assert_cmpint (g_rmdir (aside), ==, 0);
}

typedef struct {
    void (*change) (const gchar *folder);
    gchar *folder;
    PenaConfig *config;
    PenaTrustKeeper *keeper;
} Keeping;

static void
keeping_begin (Keeping *self)
{
    self->folder = g_dir_make_tmp ("pena-trust-XXXXXX", NULL);
    g_autofree gchar *text = g_strdup_printf ("[trust]\ncrls=%s\n", self->folder);

    write_in_place (self->folder, LIST);
    self->config = load (text);
    self->keeper = pena_trust_keeper_new (self->config, PENA_TRUST_KEPT);
}

static void
keeping_end (Keeping *self)
{
    g_autofree gchar *a = g_build_filename (self->folder, "a.crl", NULL);
    g_autofree gchar *b = g_build_filename (self->folder, "b.crl", NULL);

    g_remove (a);
    g_remove (b);
    g_assert_cmpint (g_rmdir (self->folder), ==, 0);
    pena_trust_keeper_free (self->keeper);
    pena_config_free (self->config);
    g_free (self->folder);
}

static gboolean
is_local (const gchar *path)
{
    gint fd = open (path, O_PATH | O_CLOEXEC);
    gboolean local = pena_local_is (fd);

    close (fd);
    return local;
}

static gboolean
nothing_is_kept (void)
{
    gboolean local = is_local (g_get_tmp_dir ());

    if (!local)
        g_test_skip ("nothing is kept of what is on this file system");
    return !local;
}

/* What was written just now is read again each time: until its times are old enough to tell the next change. */
static PenaTrust *
await_kept (PenaTrustKeeper *keeper)
{
    PenaTrust *before = pena_trust_keeper_get (keeper, NULL);

    for (guint i = 0; i < 200; i++) {
        PenaTrust *trust = pena_trust_keeper_get (keeper, NULL);
        gboolean kept = trust == before;
        g_assert_nonnull (trust);
        pena_trust_unref (before);
        if (kept)
            return trust;
        before = trust;
        g_usleep (G_USEC_PER_SEC / 20);
    }
    g_error ("it is read again and again");
}

static void
test_kept (void)
{
    Keeping all[] = {{.change = rewrite},   {.change = rewrite_and_set_back},
                     {.change = replace},   {.change = add},
                     {.change = take_away}, {.change = exchange_folder}};

    if (nothing_is_kept ())
        return;
    for (guint i = 0; i < G_N_ELEMENTS (all); i++)
        keeping_begin (&all[i]);
    for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
        g_autoptr (PenaTrust) before = await_kept (all[i].keeper);
        all[i].change (all[i].folder);
        g_autoptr (PenaTrust) after = pena_trust_keeper_get (all[i].keeper, NULL);
        g_autoptr (PenaTrust) fresh = pena_trust_load (all[i].config, NULL);
        g_assert_false (pena_trust_equal (before, after));
        g_assert_true (pena_trust_equal (after, fresh));
    }
    for (guint i = 0; i < G_N_ELEMENTS (all); i++)
        keeping_end (&all[i]);
}

/* Twice within what a file system's times can tell. */
static void
test_just_changed (void)
{
    Keeping self = {0};

    keeping_begin (&self);
    for (guint i = 0; i < 100; i++) {
        write_in_place (self.folder, i % 2 == 0 ? OTHER_LIST : LIST);
        g_autoptr (PenaTrust) trust = pena_trust_keeper_get (self.keeper, NULL);
        g_assert_cmpmem (g_bytes_get_data (trust->crls->pdata[0], NULL), 4, i % 2 == 0 ? OTHER_LIST : LIST,
                         4);
    }
    keeping_end (&self);
}

static void
test_gone (void)
{
    Keeping self = {0};
    g_autoptr (GError) error = NULL;

    if (nothing_is_kept ())
        return;
    keeping_begin (&self);
    g_autoptr (PenaTrust) before = await_kept (self.keeper);
    take_away (self.folder);
    g_assert_cmpint (g_rmdir (self.folder), ==, 0);
    g_assert_null (pena_trust_keeper_get (self.keeper, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CONFIG_INVALID);
    g_assert_cmpint (g_mkdir (self.folder, 0700), ==, 0);
    write_in_place (self.folder, LIST);
    g_autoptr (PenaTrust) after = pena_trust_keeper_get (self.keeper, NULL);
    g_assert_true (pena_trust_equal (before, after));
    keeping_end (&self);
}

/* Times tell nothing there. */
static void
test_not_local (void)
{
    g_autoptr (PenaConfig) config = load ("[trust]\ncrls=/proc/self/fdinfo\n");
    g_autoptr (PenaTrustKeeper) keeper = pena_trust_keeper_new (config, PENA_TRUST_KEPT);
    g_autoptr (PenaTrust) first = pena_trust_keeper_get (keeper, NULL);
    g_autoptr (PenaTrust) second = pena_trust_keeper_get (keeper, NULL);

    g_assert_false (is_local ("/proc/self/fdinfo"));
    g_assert_true (first != second);
}

/* What nobody asks for is not kept for ever. */
static void
test_let_go (void)
{
    g_autoptr (PenaConfig) config = load ("");
    g_autoptr (PenaTrustKeeper) keeper = pena_trust_keeper_new (config, 0);
    g_autoptr (PenaTrust) first = pena_trust_keeper_get (keeper, NULL);
    g_autoptr (PenaTrust) second = pena_trust_keeper_get (keeper, NULL);

    g_assert_true (first == second);
    g_main_context_iteration (NULL, TRUE);
    g_autoptr (PenaTrust) later = pena_trust_keeper_get (keeper, NULL);
    g_assert_true (later != first);
}

/* The signer is judged by the lists that there are now. */
static void
test_signer (void)
{
    g_autoptr (Pki) pki = pki_new ("p256");
    Keeping self = {0};
    g_autoptr (GError) error = NULL;

    if (nothing_is_kept ())
        return;
    keeping_begin (&self);
    gint64 now = g_get_real_time () / G_USEC_PER_SEC;
    const PkiSpec spec = {.not_before = now - PKI_DAY, .not_after = now + PKI_DAY};
    PkiEntity signer = pki_issue (&pki->issuing, "p256", &spec);
    g_autoptr (GBytes) der = pki_der (signer.certificate);
    g_autoptr (GBytes) revoking = pki_crl (&pki->issuing, signer.certificate, 1, now, now + PKI_DAY);
    g_autofree gchar *path = g_build_filename (self.folder, "b.crl", NULL);
    g_autoptr (PenaTrust) before = await_kept (self.keeper);
    for (guint i = 0; i < 2; i++)
        g_assert_true (pena_trust_keeper_check_signer (self.keeper, der, NULL));
    g_assert_true (g_file_set_contents (path, g_bytes_get_data (revoking, NULL),
                                        (gssize)g_bytes_get_size (revoking), NULL));
    g_autoptr (PenaTrust) after = pena_trust_keeper_get (self.keeper, NULL);
    for (guint i = 0; i < 2; i++) {
        g_assert_false (pena_trust_keeper_check_signer (self.keeper, der, &error));
        g_assert_error (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_REVOKED);
        g_clear_error (&error);
    }
    pki_entity_clear (&signer);
    keeping_end (&self);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/trust/missing", test_missing);
    g_test_add_func ("/agent/trust/revocation-data", test_revocation_data);
    g_test_add_func ("/agent/trust/kept", test_kept);
    g_test_add_func ("/agent/trust/just-changed", test_just_changed);
    g_test_add_func ("/agent/trust/gone", test_gone);
    g_test_add_func ("/agent/trust/not-local", test_not_local);
    g_test_add_func ("/agent/trust/let-go", test_let_go);
    g_test_add_func ("/agent/trust/signer", test_signer);
    return g_test_run ();
}
