/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of verifying a folder: what is found, the table, the progress bar
 * Copyright (C) 2026 the Pena authors */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "pena-text.h"
#include "progress.h"
#include "table.h"

/* ---- what is found ---- */

static gchar *
make_folder (void)
{
    g_autoptr (GError) error = NULL;
    gchar *folder = g_dir_make_tmp ("pena-walk-XXXXXX", &error);
    g_assert_no_error (error);
    return folder;
}

static void
put (const gchar *folder, const gchar *name)
{
    g_autofree gchar *path = g_build_filename (folder, name, NULL), *parent = g_path_get_dirname (path);

    g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
    g_assert_true (g_file_set_contents (path, "x", 1, NULL));
}

static void
put_link (const gchar *folder, const gchar *name, const gchar *target)
{
    g_autofree gchar *path = g_build_filename (folder, name, NULL);
    g_assert_cmpint (symlink (target, path), ==, 0);
}

static void
remove_folder (const gchar *folder)
{
    const gchar *const argv[] = {"rm", "-rf", "--", folder, NULL};
    g_assert_true (
        g_spawn_sync (NULL, (gchar **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

/* The names below the folder, with commas between. */
static gchar *
walk (const gchar *folder, PenaCliSkipped *ret_skipped)
{
    g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GString) all = g_string_new (NULL);
    g_autoptr (GError) error = NULL;

    *ret_skipped = (PenaCliSkipped){0};
    pena_cli_walk (folder, paths, ret_skipped, &error);
    g_assert_no_error (error);
    for (guint i = 0; i < paths->len; i++)
        g_string_append_printf (all, "%s%s", i > 0 ? "," : "",
                                (gchar *)paths->pdata[i] + strlen (folder) + 1);
    return g_string_free (g_steal_pointer (&all), FALSE);
}

static void
test_walk_finds_documents_and_signatures_once (void)
{
    static const gchar *const names[] = {"b.pdf",     "a.PDF",          "c.docx",      "c.docx.p7s",
                                         "d.p7m",     "e.txt",          "f.pdf",       "f.pdf.p7s",
                                         "sub/g.pdf", "sub/deep/h.p7s", "sub/deep/.i", "alone.doc.p7s"};
    g_autofree gchar *folder = make_folder ();
    PenaCliSkipped skipped;

    for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        put (folder, names[i]);
    g_autofree gchar *found = walk (folder, &skipped);
    g_assert_cmpstr (found, ==,
                     "a.PDF,alone.doc.p7s,b.pdf,c.docx.p7s,d.p7m,f.pdf.p7s,sub/deep/h.p7s,sub/g.pdf");
    g_assert_cmpuint (skipped.others, ==, 2); /* e.txt and .i; c.docx and f.pdf belong to their signatures */
    g_assert_cmpuint (skipped.links, ==, 0);
    remove_folder (folder);
}

/* A link may lead back up, or to somebody else's files. */
static void
test_walk_follows_no_links (void)
{
    g_autofree gchar *folder = make_folder ();
    g_autofree gchar *itself = g_build_filename (folder, "in", NULL);
    PenaCliSkipped skipped;

    put (folder, "in/a.pdf");
    put_link (folder, "in/back", "..");
    put_link (folder, "in/other.pdf", "a.pdf");
    put_link (folder, "in/nowhere.pdf", "gone.pdf");
    put_link (folder, "named", "in");
    g_autofree gchar *found = walk (itself, &skipped);
    g_assert_cmpstr (found, ==, "a.pdf");
    g_assert_cmpuint (skipped.links, ==, 3);

    /* but one that the user names is meant */
    g_autofree gchar *named = g_build_filename (folder, "named", NULL), *same = walk (named, &skipped);
    g_assert_cmpstr (same, ==, "a.pdf");
    remove_folder (folder);
}

static void
test_walk_goes_only_so_deep (void)
{
    g_autofree gchar *folder = make_folder ();
    g_autoptr (GString) deep = g_string_new ("a.pdf");
    PenaCliSkipped skipped;

    for (guint i = 0; i < 70; i++)
        g_string_prepend (deep, "d/");
    put (folder, deep->str);
    g_autofree gchar *found = walk (folder, &skipped);
    g_assert_cmpstr (found, ==, "");
    g_assert_cmpuint (skipped.unreadable, ==, 1);
    remove_folder (folder);
}

static void
test_walk_names_what_is_not_there (void)
{
    g_autoptr (GPtrArray) paths = g_ptr_array_new ();
    g_autoptr (GError) error = NULL;
    PenaCliSkipped skipped = {0};

    g_assert_false (pena_cli_walk ("/nonexistent/folder", paths, &skipped, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_MISSING);
}

/* ---- the table ---- */

static PenaCliTelling *
tell (const gchar *verdict, const gchar *one)
{
    g_autofree gchar *json = g_strdup_printf (
        "{\"verdict\":\"%s\",\"signatures\":[{\"verdict\":\"%s\",\"sub_indication\":\"TRY_LATER\",\"level\":"
        "\"B-B\","
        "\"signer\":{\"name\":\"Sari Wulandari\"},\"claimed_time\":\"2026-11-21T07:00:00Z\"}]}",
        verdict, one);
    g_autoptr (JsonNode) root = json_from_string (json, NULL);
    return pena_cli_telling_new (json_node_get_object (root));
}

static void
init_table (PenaCliTable *table, const gchar *path, gsize width)
{
    g_autoptr (GPtrArray) paths = g_ptr_array_new ();

    g_ptr_array_add (paths, (gpointer)path);
    pena_cli_table_init (table, paths, FALSE, width);
}

static void
test_table_rows (void)
{
    g_autoptr (PenaCliTelling) good = tell ("valid", "TOTAL-PASSED"),
                               unsure = tell ("indeterminate", "INDETERMINATE");
    PenaCliTable table;

    init_table (&table, "arsip/surat.pdf", 0);
    g_autofree gchar *head = pena_cli_table_render_head (&table);
    g_autofree gchar *first = pena_cli_table_render_row (&table, "arsip/surat.pdf", good);
    g_autofree gchar *second = pena_cli_table_render_row (&table, "b.pdf", unsure);
    g_assert_cmpstr (head, ==, "VERDICT    FILE              DATE         LEVEL  SIGNER\n");
    g_assert_cmpstr (first, ==, "VALID      arsip/surat.pdf   2026-11-21*  B-B    Sari Wulandari\n");
    g_assert_cmpstr (second, ==,
                     "UNSURE     b.pdf             2026-11-21*  B-B    Sari Wulandari\n"
                     "           signed by Sari Wulandari, but it is not known whether the certificate has "
                     "been revoked\n");
}

static void
assert_fits (const gchar *text, glong width)
{
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

    for (guint i = 0; lines[i] != NULL; i++)
        g_assert_cmpint (g_utf8_strlen (lines[i], -1), <=, width);
}

static void
test_table_fits_the_terminal (void)
{
    static const gchar path[] =
        "arsip/2026/dinas/keputusan-kepala-dinas-tentang-pembentukan-tim-nomor-12.pdf";
    static const gchar *const languages[] = {"id", "en"};
    g_autoptr (PenaCliTelling) telling = tell ("indeterminate", "INDETERMINATE");

    for (guint i = 0; i < G_N_ELEMENTS (languages); i++) {
        PenaCliTable table;
        pena_text_set_language (languages[i]);
        init_table (&table, path, 80);
        g_autofree gchar *head = pena_cli_table_render_head (&table);
        g_autofree gchar *row = pena_cli_table_render_row (&table, path, telling);
        assert_fits (head, 80);
        assert_fits (row, 80);
        /* the end of a path tells more than its beginning */
        g_assert_nonnull (strstr (row, "nomor-12.pdf "));
    }
    pena_text_set_language (NULL);
}

static void
test_summary (void)
{
    g_autoptr (PenaCliTelling) good = tell ("valid", "TOTAL-PASSED"), bad = tell ("invalid", "TOTAL-FAILED");
    const PenaCliSkipped skipped = {.others = 3, .links = 1}, nothing = {0};
    const PenaCliSkipped single = {.others = 1, .links = 2, .unreadable = 1};
    PenaCliTable table;

    init_table (&table, "a", 0);
    g_autofree gchar *empty = pena_cli_table_render_summary (&table, &nothing);
    g_assert_cmpstr (empty, ==, "0 PDF files and signatures\n");
    g_free (pena_cli_table_render_row (&table, "a", good));
    g_autofree gchar *one = pena_cli_table_render_summary (&table, &single);
    g_assert_nonnull (strstr (one,
                              "1 PDF file or signature: 1 valid\n"
                              "Skipped: 1 other file, 2 symbolic links, 1 folder that cannot be read\n"));
    g_free (pena_cli_table_render_row (&table, "b", good));
    g_free (pena_cli_table_render_row (&table, "c", bad));
    g_autofree gchar *text = pena_cli_table_render_summary (&table, &skipped);
    g_assert_cmpstr (
        text, ==,
        "3 PDF files and signatures: 2 valid, 1 not valid\nSkipped: 3 other files, 1 symbolic link\n"
        "* by the signer's own clock; no time-stamp proves it\n");
    g_autoptr (JsonObject) json = pena_cli_table_summary_to_json (&table, &skipped);
    g_assert_cmpint (json_object_get_int_member (json, "files"), ==, 3);
    g_assert_cmpint (json_object_get_int_member (json, "valid"), ==, 2);
    g_assert_cmpint (json_object_get_int_member (json, "invalid"), ==, 1);
    g_assert_cmpint (
        json_object_get_int_member (json_object_get_object_member (json, "skipped"), "other_files"), ==, 3);
}

static void
test_shorten (void)
{
    static const struct {
        const gchar *text;
        gsize columns;
        gboolean head;
        const gchar *shortened;
    } rows[] = {
        {"surat.pdf", 9, TRUE, "surat.pdf"}, {"surat.pdf", 8, TRUE, "…rat.pdf"},
        {"surat.pdf", 8, FALSE, "surat.p…"}, {"éééé", 3, FALSE, "éé…"},
        {"表表表", 5, FALSE, "表表…"},       {"表表表", 4, TRUE, "…表"},
        {"surat.pdf", 0, TRUE, "surat.pdf"},
    };
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree gchar *text = pena_cli_shorten (rows[i].text, rows[i].columns, rows[i].head);
        g_assert_cmpstr (text, ==, rows[i].shortened);
    }
}

/* ---- the progress bar ---- */

static void
test_progress (void)
{
    static const struct {
        guint done, all;
        gsize width;
        const gchar *bar;
    } rows[] = {
        {0, 4, 16, "[---------] 0/4"}, {2, 4, 16, "[####-----] 2/4"}, {4, 4, 16, "[#########] 4/4"},
        {5, 4, 16, "[#########] 5/4"}, {1, 2, 3, "[] 1/2"},           {0, 0, 16, "[#########] 0/0"},
    };
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        const PenaCliProgress progress = {.done = rows[i].done, .all = rows[i].all};
        g_autofree gchar *bar = pena_cli_progress_render (&progress, rows[i].width);
        g_assert_cmpstr (bar, ==, rows[i].bar);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_setenv ("LC_ALL", "C", TRUE);
    g_setenv ("TZ", "UTC", TRUE);
    pena_text_init ();
    g_test_add_func ("/cli/walk/finds", test_walk_finds_documents_and_signatures_once);
    g_test_add_func ("/cli/walk/links", test_walk_follows_no_links);
    g_test_add_func ("/cli/walk/depth", test_walk_goes_only_so_deep);
    g_test_add_func ("/cli/walk/missing", test_walk_names_what_is_not_there);
    g_test_add_func ("/cli/table/rows", test_table_rows);
    g_test_add_func ("/cli/table/fits", test_table_fits_the_terminal);
    g_test_add_func ("/cli/table/summary", test_summary);
    g_test_add_func ("/cli/table/shorten", test_shorten);
    g_test_add_func ("/cli/progress/bar", test_progress);
    return g_test_run ();
}
