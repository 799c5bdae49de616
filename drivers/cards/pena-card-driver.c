/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the kinds of cards, and how one is chosen
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-card-driver.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-atr.h"

const PenaCardDriver *const pena_card_drivers[] = {
    &pena_card_driver_openpgp,
    &pena_card_driver_piv,
    &pena_card_driver_pkcs15,
    NULL,
};

/* Slow cards need more than seconds for longer RSA keys. */
enum { SOON_BITS_MAX = 2048 };

/* The ATR row that fits best; NULL when none does. */
static const PenaAtrMatch *
find_atr (const PenaCardDriver *driver, const guint8 *atr, gsize length)
{
    gsize size = 0;
    const guint8 *historical = pena_atr_historical (atr, length, &size);
    const PenaAtrMatch *best = NULL;

    for (const PenaAtrMatch *row = driver->atrs; row != NULL && row->historical != NULL; row++) {
        gsize wanted = row->length != 0 ? row->length : strlen (row->historical);
        if (historical != NULL && wanted <= size && memcmp (historical, row->historical, wanted) == 0 &&
            (best == NULL || row->score > best->score))
            best = row;
    }
    return best;
}

typedef struct {
    const PenaCardDriver *driver;
    guint score;
} Ranked;

static gint
compare_ranked (gconstpointer a, gconstpointer b)
{
    const Ranked *x = a;
    const Ranked *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return strcmp (x->driver->name, y->driver->name);
}

GPtrArray *
pena_card_rank_drivers (const PenaCardDriver *const *drivers, const guint8 *atr, gsize length)
{
    g_autoptr (GArray) ranked = g_array_new (FALSE, FALSE, sizeof (Ranked));
    GPtrArray *result = g_ptr_array_new ();

    for (; *drivers != NULL; drivers++) {
        const PenaAtrMatch *row = find_atr (*drivers, atr, length);
        Ranked entry = {*drivers, (*drivers)->score + (row != NULL ? row->score : 0)};
        g_array_append_val (ranked, entry);
    }
    g_array_sort (ranked, compare_ranked);
    for (guint i = 0; i < ranked->len; i++)
        g_ptr_array_add (result, (gpointer)g_array_index (ranked, Ranked, i).driver);
    return result;
}

gboolean
pena_card_driver_knows_extended (const PenaCardDriver *driver, const guint8 *atr, gsize length)
{
    const PenaAtrMatch *row = find_atr (driver, atr, length);
    return row != NULL && row->extended;
}

gboolean
pena_card_driver_knows_atr (const PenaCardDriver *driver, const guint8 *atr, gsize length)
{
    return find_atr (driver, atr, length) != NULL;
}

PenaPatience
pena_card_key_patience (PenaCard *card, const PenaCardKey *key)
{
    const PenaAtrMatch *match = find_atr (card->driver, card->link->atr, card->link->atr_length);
    gboolean touched = key->touch == PENA_KEY_TOUCH_DEFAULT ? match != NULL && match->button
                                                            : key->touch != PENA_KEY_TOUCH_NEVER;

    return touched || key->bits > SOON_BITS_MAX ? PENA_PATIENCE_PERSON : PENA_PATIENCE_CARD;
}

gboolean
pena_card_command (PenaCard *card, const PenaApdu *apdu, PenaSecret *answer, const gchar *doing,
                   GError **error)
{
    guint16 sw;

    if (!pena_apdu_exchange (card->link, apdu, answer, &sw, error)) {
        g_prefix_error (error, "%s: ", doing);
        return FALSE;
    }
    if (sw == PENA_SW_OK)
        return TRUE;
    pena_sw_set_error (card->driver->sw, sw, doing, error);
    return FALSE;
}

gboolean
pena_card_admin_command (PenaCard *card, const PenaApdu *apdu, PenaSecret *answer, const gchar *doing,
                         GError **error)
{
    static const PenaSwRow rows[] = {
        {PENA_SW_NOT_VERIFIED, 0xFFFF, PENA_ERROR_ADMIN_REQUIRED, "the administrator is not authenticated"},
        {0x6700, 0xFFFF, PENA_ERROR_TOKEN_FULL, "the card takes no more than so much"},
        {0x6A80, 0xFFFF, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED, "the card does not take that"},
        {0x6A81, 0xFFFF, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED, "the card cannot do that"},
        {0x6A86, 0xFFFF, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED, "the card has no such place or algorithm"},
        {0x6D00, 0xFFFF, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED, "the card has no such command"},
        {0x6E00, 0xFFFF, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED, "the card has no such command"},
        {0, 0, PENA_ERROR_TOKEN_FAILED, NULL},
    };
    guint16 sw;

    if (!pena_apdu_exchange (card->link, apdu, answer, &sw, error)) {
        g_prefix_error (error, "%s: ", doing);
        return FALSE;
    }
    if (sw == PENA_SW_OK)
        return TRUE;
    pena_sw_set_error (rows, sw, doing, error);
    return FALSE;
}
