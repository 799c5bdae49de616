/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: fuzz target: the directory files of PKCS#15 cards
 * Copyright (C) 2026 the Pena authors */
#include "fuzz.h"
#include "pkcs15-asn1.h"

static void
check_path (const PenaP15Path *path)
{
    g_assert_cmpuint (path->length, <=, sizeof path->bytes);
    g_assert_cmpuint (path->size, <=, PENA_CARD_OBJECT_MAX);
    g_assert_cmpuint (path->offset, <=, G_MAXUINT16);
}

static void
check_text (const gchar *text)
{
    g_assert_nonnull (text);
    g_assert_true (g_utf8_validate (text, -1, NULL));
    for (; *text != '\0'; text = g_utf8_next_char (text))
        g_assert_false (g_unichar_iscntrl (g_utf8_get_char (text)));
}

static void
check_common (const PenaP15Common *common)
{
    check_text (common->label);
    g_assert_cmpuint (common->auth_id.length, <=, PENA_CARD_ID_MAX);
}

static void
check_key (gpointer object, gpointer data)
{
    const PenaP15Key *key = object;

    check_common (&key->common);
    check_path (&key->path);
    g_assert_true (key->id.length > 0 && key->id.length <= PENA_CARD_ID_MAX);
    g_assert_true (key->reference >= -1 && key->reference <= G_MAXUINT8);
    g_assert_cmpuint (key->n_algorithms, <=, PENA_P15_ALGORITHMS_MAX);
}

static void
check_certificate (gpointer object, gpointer data)
{
    const PenaP15Certificate *certificate = object;

    check_common (&certificate->common);
    check_path (&certificate->path);
    g_assert_true (certificate->value == NULL ||
                   g_bytes_get_size (certificate->value) <= PENA_CARD_OBJECT_MAX);
}

static void
check_pin (gpointer object, gpointer data)
{
    const PenaP15Pin *pin = object;

    check_common (&pin->common);
    check_path (&pin->path);
    g_assert_true (pin->type <= PENA_P15_PIN_ISO9564 && pin->auth_id.length > 0);
    g_assert_true (pin->pad >= -1 && pin->pad <= G_MAXUINT8);
}

static void
check_directory (gpointer object, gpointer data)
{
    const PenaP15Directory *directory = object;

    check_path (&directory->path);
    g_assert_true ((directory->objects != NULL) != (directory->path.length > 0));
}

static void
check_list (GPtrArray *list, GFunc check)
{
    g_assert_cmpuint (list->len, <=, PENA_P15_OBJECTS_MAX);
    g_ptr_array_foreach (list, check, NULL);
    g_ptr_array_unref (list);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
    g_auto (PenaP15TokenInfo) info = {0};
    PenaP15Application application;

    if (pena_p15_parse_dir (data, size, &application))
        check_path (&application.path);
    if (pena_p15_parse_token_info (data, size, &info)) {
        check_text (info.label);
        check_text (info.manufacturer);
        check_text (info.serial);
        g_assert_cmpuint (info.n_algorithms, <=, PENA_P15_ALGORITHMS_MAX);
    }
    check_list (pena_p15_parse_odf (data, size), check_directory);
    check_list (pena_p15_parse_keys (data, size), check_key);
    check_list (pena_p15_parse_certificates (data, size), check_certificate);
    check_list (pena_p15_parse_pins (data, size), check_pin);
    EVP_PKEY_free (pena_p15_parse_public_key (data, size));
    return 0;
}
