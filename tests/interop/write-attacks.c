/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: writes published attacks on signed PDFs to files, for programs of others to judge
 * Copyright (C) 2026 the Pena authors */
#include <openssl/pem.h>
#include <stdio.h>

#include "pdf-attacks.h"

static void
write_file (const gchar *folder, const gchar *name, gconstpointer data, gsize size)
{
    g_autofree gchar *path = g_build_filename (folder, name, NULL);
    g_autoptr (GError) error = NULL;

    if (!g_file_set_contents (path, data, (gssize)size, &error))
        g_error ("%s", error->message);
}

static void
write_root (const gchar *folder, const Pki *pki)
{
    BIO *out = BIO_new (BIO_s_mem ());
    char *data;

    PEM_write_bio_X509 (out, pki->root.certificate);
    long size = BIO_get_mem_data (out, &data);
    write_file (folder, "root.pem", data, (gsize)size);
    BIO_free (out);
}

/* write-attacks FOLDER: a PDF for each attack, the root of whom is trusted, and on standard output a line each: file, family,
 * name, what Pena says. */
int
main (int argc, char **argv)
{
    if (argc != 2)
        return 2;
    const PdfAttackWorld world = {pki_new ("p256"), pki_new ("p256")};
    write_root (argv[1], world.trusted);
    for (gsize i = 0; i < n_pdf_attacks; i++) {
        const PdfAttack *attack = &pdf_attacks[i];
        g_autoptr (PdfBuilder) builder = pdf_attack_make (attack, &world);
        g_autofree gchar *name = g_strdup_printf ("%03" G_GSIZE_FORMAT ".pdf", i);
        g_autofree gchar *told =
            signed_pdf_tell (builder->bytes->data, builder->bytes->len, world.trusted, "Signature1");
        write_file (argv[1], name, builder->bytes->data, builder->bytes->len);
        printf ("%s\t%s\t%s\t%s\n", name, attack->family, attack->name, told);
    }
    pki_free (world.trusted);
    pki_free (world.other);
    return 0;
}
