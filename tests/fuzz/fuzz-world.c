/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the fuzz targets with a card share: a virtual token whose answers the input spoils
 * Copyright (C) 2026 the Pena authors */
#include "fuzz-world.h"

#include <string.h>

guint8
fuzz_input_u8 (FuzzInput *self)
{
    return self->at < self->size ? self->data[self->at++] : 0;
}

const guint8 *
fuzz_input_take (FuzzInput *self, gsize length, gsize *ret_length)
{
    const guint8 *at = self->data + self->at;

    *ret_length = MIN (length, self->size - self->at);
    self->at += *ret_length;
    return at;
}

FuzzInput
fuzz_input_split (FuzzInput *self, gsize length)
{
    FuzzInput part = {0};

    part.data = fuzz_input_take (self, length, &part.size);
    return part;
}

/* --- cards --- */

static const struct {
    const gchar *kind;
    VtokenAlgorithm algorithm;
} kinds[] = {
    {"piv", VTOKEN_ALGORITHM_P256},     {"pkcs15", VTOKEN_ALGORITHM_P256},
    {"openpgp", VTOKEN_ALGORITHM_P256}, {"pkcs15-records", VTOKEN_ALGORITHM_RSA2048},
    {"piv", VTOKEN_ALGORITHM_RSA2048},  {"pkcs15-two-pins", VTOKEN_ALGORITHM_P256},
};

static Vtoken *
make_card (guint row)
{
    const gchar *kind = kinds[row].kind;

    if (g_str_has_prefix (kind, "pkcs15"))
        return vtoken_world_make_pkcs15 (kind, kinds[row].algorithm);
    if (g_str_equal (kind, "openpgp"))
        return vtoken_world_make_openpgp (kinds[row].algorithm);
    return vtoken_world_make_card (kinds[row].algorithm, NULL);
}

/* Each is made once; what runs get are copies. */
static Vtoken *
get_card (guint number)
{
    static Vtoken *cards[G_N_ELEMENTS (kinds)];
    guint row = number % G_N_ELEMENTS (kinds);

    if (cards[row] == NULL)
        cards[row] = make_card (row);
    return vtoken_copy (cards[row]);
}

/* --- answers --- */

typedef struct {
    FuzzInput *input;
    guint8 *answer;
    gsize *length; /* with the status word */
} Spoiler;

static void
set_status (Spoiler *self, guint8 sw1, guint8 sw2)
{
    self->answer[*self->length - 2] = sw1;
    self->answer[*self->length - 1] = sw2;
}

static void
keep (Spoiler *self, gsize length)
{
    guint8 sw[2];

    if (*self->length < 2)
        return;
    memcpy (sw, self->answer + *self->length - 2, 2);
    *self->length = MIN (length, *self->length - 2) + 2;
    set_status (self, sw[0], sw[1]);
}

static void
make_up (Spoiler *self, gsize length)
{
    gsize got;
    const guint8 *bytes = fuzz_input_take (self->input, length, &got);

    memcpy (self->answer, bytes, got);
    *self->length = got + 2;
    set_status (self, 0x90, 0x00);
}

static void
change_bytes (Spoiler *self, guint count)
{
    while (count-- > 0) {
        gsize at = fuzz_input_u8 (self->input);
        at = at << 8 | fuzz_input_u8 (self->input);
        guint8 value = fuzz_input_u8 (self->input);
        if (*self->length > 0)
            self->answer[at % *self->length] = value;
    }
}

static void
spoil (VtokenWorld *world, Spoiler *self, guint8 how)
{
    if (how < 160)
        return;
    if (how < 180)
        change_bytes (self, how % 4 + 1);
    else if (how < 190)
        keep (self, fuzz_input_u8 (self->input));
    else if (how < 230)
        make_up (self, how % 2 == 0 ? fuzz_input_u8 (self->input) : fuzz_input_u8 (self->input) * 16u);
    else if (how < 236) {
        keep (self, 0);
        make_up (self, 0);
    } else if (how == 236)
        *self->length = 0;
    else if (how == 237)
        *self->length = MIN (*self->length, 1);
    else if (how == 238)
        vtoken_pull (world->card); /* the world is locked while a card answers */
    else if (how == 239) {
        vtoken_reset (world->card);
        world->reset = TRUE;
    } else if (how == 240) {
        memset (self->answer, 0, VTOKEN_ANSWER_MAX);
        *self->length = VTOKEN_ANSWER_MAX;
    }
    if (how >= 230 && how != 236 && how != 237 && *self->length >= 2) {
        guint8 sw1 = fuzz_input_u8 (self->input);
        set_status (self, sw1, fuzz_input_u8 (self->input));
    }
}

/* RSA keys take seconds to make, and teach nothing. */
static gboolean
takes_too_long (const guint8 *command, gsize length)
{
    gboolean piv = command[1] == 0x47 && command[2] == 0x00 && length > 9 &&
                   (command[9] == VTOKEN_ALGORITHM_RSA2048 || command[9] == VTOKEN_ALGORITHM_RSA3072 ||
                    command[9] == VTOKEN_ALGORITHM_RSA4096);
    gboolean openpgp = command[1] == 0xDA && command[2] == 0x00 && command[3] >= 0xC1 && command[3] <= 0xC3 &&
                       length > 5 && command[5] == 0x01;

    return piv || openpgp;
}

static void
filter (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    Spoiler spoiler = {world->filter_data, answer, length};

    if (takes_too_long (command, command_length)) {
        *length = 2;
        set_status (&spoiler, 0x69, 0x85);
        return;
    }
    vtoken_transmit (world->card, command, command_length, answer, length);
    spoil (world, &spoiler, fuzz_input_u8 (spoiler.input));
}

void
fuzz_world_set_up (VtokenWorld *world, guint8 number, FuzzInput *spoiling)
{
    *world = (VtokenWorld){.card = get_card (number), .filter = filter, .filter_data = spoiling};
    world->silent_atr = (number & 0x80) != 0;
}

void
fuzz_world_tear_down (VtokenWorld *world)
{
    g_assert_false (world->in_transaction);
    vtoken_free (world->card);
}
