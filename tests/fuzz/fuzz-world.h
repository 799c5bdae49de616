/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the fuzz targets with a card share: a virtual token whose answers the input spoils
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "vtoken-transport.h"

/* The input, taken from its start; zeros once it is used up. */
typedef struct {
    const guint8 *data;
    gsize size, at;
} FuzzInput;

guint8 fuzz_input_u8 (FuzzInput *self);
/* At most `length` bytes; fewer when there are no more. */
const guint8 *fuzz_input_take (FuzzInput *self, gsize length, gsize *ret_length);
/* The next so many bytes as an input of their own. */
FuzzInput fuzz_input_split (FuzzInput *self, gsize length);

/* A world with one of some personalised cards, picked by number; answers are as `spoiling` says, which must outlive it: a
 * byte for each, most of which leave the card's own answer alone. */
void fuzz_world_set_up (VtokenWorld *world, guint8 number, FuzzInput *spoiling);
void fuzz_world_tear_down (VtokenWorld *world);
