/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the rehearsal of document workers
 * Copyright (C) 2026 the Pena authors */
#include <openssl/err.h>

#include "ades-pki.h"
#include "pena-certificate-memo.h"
#include "pena-text.h"
#include "worker.h"

static guint
count_descriptors (void)
{
    g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
    guint count = 0;

    g_assert_nonnull (dir);
    while (g_dir_read_name (dir) != NULL)
        count++;
    return count;
}

static void
rehearse (void)
{
    g_autoptr (GError) error = NULL;
    gboolean done = worker_rehearse (&error);

    g_assert_no_error (error);
    g_assert_true (done);
}

/* Signing and judging, with the keys that there are. */
static void
test_succeeds (void)
{
    rehearse ();
    rehearse ();
}

/* What the first document could meet of it. */
static void
test_leaves_nothing (void)
{
    g_autoptr (Pki) pki = pki_new ("p256");
    g_autoptr (GBytes) der = pki_der (pki->root.certificate);
    guint descriptors = count_descriptors ();

    ERR_clear_error ();
    pena_certificate_memo_keep (der, pki->root.certificate);
    rehearse ();
    g_assert_null (pena_certificate_memo_find (der));
    g_assert_cmpuint (ERR_peek_error (), ==, 0);
    g_assert_cmpstr (pena_text_get_language (), ==, "en");
    g_assert_cmpuint (count_descriptors (), ==, descriptors);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/document/rehearsal/succeeds", test_succeeds);
    g_test_add_func ("/document/rehearsal/leaves-nothing", test_leaves_nothing);
    return g_test_run ();
}
