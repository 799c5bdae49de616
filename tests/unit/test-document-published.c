/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of what is said of published attacks on signed PDFs
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "pdf-attacks.h"

static PdfAttackWorld world;

static void
check_attack (gconstpointer user_data)
{
    const PdfAttack *attack = user_data;
    g_autoptr (PdfBuilder) builder = pdf_attack_make (attack, &world);
    g_autofree gchar *told =
        signed_pdf_tell (builder->bytes->data, builder->bytes->len, world.trusted, "Signature1");
    g_auto (GStrv) words = g_strsplit (attack->expected, " & ", -1);

    g_test_message ("%s", told);
    if (g_str_has_prefix (told, "TOTAL-PASSED"))
        g_test_fail_printf ("believed: %s", told);
    for (guint i = 0; words[i] != NULL; i++)
        if (strstr (told, words[i]) == NULL)
            g_test_fail_printf ("no '%s' in: %s", words[i], told);
}

/* Without an attack each of the letters passes: what is found is the attack's. */
static void
check_untouched (gconstpointer user_data)
{
    const PdfAttack *attack = user_data;
    const PenaPdfSignOptions options = {.certify = attack->certify};
    g_autoptr (PdfBuilder) builder =
        signed_pdf_start (attack->letter != NULL ? attack->letter : signed_pdf_letter);

    pdf_builder_table (builder, "");
    signed_pdf_sign (builder, world.trusted, &options);
    g_autofree gchar *told =
        signed_pdf_tell (builder->bytes->data, builder->bytes->len, world.trusted, "Signature1");
    g_assert_cmpstr (told, ==, "TOTAL-PASSED none");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    world.trusted = pki_new ("p256");
    world.other = pki_new ("p256");
    for (gsize i = 0; i < n_pdf_attacks; i++) {
        g_autofree gchar *name = g_strdup (pdf_attacks[i].name);
        g_strdelimit (name, "/", '.');
        g_autofree gchar *path = g_strdup_printf ("/document/published/%s/%s", pdf_attacks[i].family, name);
        g_autofree gchar *untouched = g_strconcat (path, "/untouched", NULL);
        g_test_add_data_func (path, &pdf_attacks[i], check_attack);
        g_test_add_data_func (untouched, &pdf_attacks[i], check_untouched);
    }
    gint result = g_test_run ();
    pki_free (world.trusted);
    pki_free (world.other);
    return result;
}
