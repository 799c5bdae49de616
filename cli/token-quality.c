/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: which passphrases are good enough for new ones
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "token-quality.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-text.h"

/* --- classes of characters --- */

typedef enum { LETTER, DIGIT, OTHER } Class;

static const struct {
    const gchar *name; /* in the configuration */
    const gchar *missing;
} classes[] = {
    [LETTER] = {"letter", N_ ("it has no letter")},
    [DIGIT] = {"digit", N_ ("it has no digit")},
    [OTHER] = {"other", N_ ("it has only letters and digits")},
};

static Class
class_of (guint8 byte)
{
    return g_ascii_isalpha (byte) ? LETTER : g_ascii_isdigit (byte) ? DIGIT : OTHER;
}

gboolean
pena_token_rules_configure (PenaTokenRules *self, const PenaConfig *config, GError **error)
{
    self->own_min = config->passphrase_min_length;
    self->different = (guint)config->passphrase_different;
    self->no_dates = config->passphrase_refuse_dates;
    self->needed = 0;
    for (guint i = 0; config->passphrase_need[i] != NULL; i++) {
        guint class = 0;
        while (class < G_N_ELEMENTS (classes) &&
               strcmp (classes[class].name, config->passphrase_need[i]) != 0)
            class ++;
        if (class == G_N_ELEMENTS (classes)) {
            GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_CONFIG_INVALID, "need");
            pena_error_set_string (made, "reason",
                                   _ ("[passphrase] need is a list of letter, digit and other"));
            g_propagate_error (error, made);
            return FALSE;
        }
        self->needed |= 1u << class;
    }
    return TRUE;
}

/* --- what is easily guessed --- */

/* Each character is the one before it plus `step`. */
static gboolean
is_run (const PenaSecret *secret, gint step)
{
    for (gsize i = 1; i < secret->length; i++)
        if (secret->data[i] - secret->data[i - 1] != step)
            return FALSE;
    return TRUE;
}

/* A shorter one over and over, the last time perhaps cut off. */
static gboolean
is_repeated (const PenaSecret *secret)
{
    for (gsize period = 2; period <= secret->length / 2; period++)
        if (memcmp (secret->data, secret->data + period, secret->length - period) == 0)
            return TRUE;
    return FALSE;
}

static guint
count_different (const PenaSecret *secret)
{
    gboolean seen[256] = {FALSE};
    guint count = 0;

    for (gsize i = 0; i < secret->length; i++) {
        count += seen[secret->data[i]] ? 0 : 1;
        seen[secret->data[i]] = TRUE;
    }
    return count;
}

/* Digits from `at` on as a number. */
static guint
number_at (const PenaSecret *secret, gsize at, gsize digits)
{
    guint number = 0;

    for (gsize i = at; i < at + digits; i++)
        number = 10 * number + (secret->data[i] - '0');
    return number;
}

/* Of somebody who is alive, or of what happened to him. */
static gboolean
is_year (const PenaSecret *secret, gsize at, gsize digits)
{
    guint year = number_at (secret, at, digits);

    return digits == 2 || (year >= 1900 && year < 2100);
}

/* Day, month and year in one of the orders that people write them in, the year with two digits or four. */
static gboolean
is_date (const PenaSecret *secret)
{
    enum { SHORT = 6, LONG = 8 };
    gsize year = secret->length - 4;
    static const struct {
        gboolean year_first;
        guint day, month; /* offsets among the four digits beside the year */
    } orders[] = {{FALSE, 0, 2}, {FALSE, 2, 0}, {TRUE, 2, 0}, {TRUE, 0, 2}};

    if (secret->length != SHORT && secret->length != LONG)
        return FALSE;
    for (gsize i = 0; i < secret->length; i++)
        if (class_of (secret->data[i]) != DIGIT)
            return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS (orders); i++) {
        gsize beside = orders[i].year_first ? year : 0;
        guint day = number_at (secret, beside + orders[i].day, 2);
        guint month = number_at (secret, beside + orders[i].month, 2);
        if (day >= 1 && day <= 31 && month >= 1 && month <= 12 &&
            is_year (secret, orders[i].year_first ? 0 : 4, year))
            return TRUE;
    }
    return FALSE;
}

static const gchar *
find_missing (const PenaSecret *secret, guint needed)
{
    for (gsize i = 0; i < secret->length; i++)
        needed &= ~(1u << class_of (secret->data[i]));
    for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
        if (needed & 1u << i)
            return _ (classes[i].missing);
    return NULL;
}

static const gchar *
find_weakness (const PenaSecret *secret, const PenaTokenRules *rules)
{
    if (is_run (secret, 0))
        return _ ("all its characters are the same");
    if (is_run (secret, 1) || is_run (secret, -1))
        return _ ("it only counts up or down, as 123456 does");
    if (is_repeated (secret))
        return _ ("it is something shorter over and over");
    if (count_different (secret) < rules->different)
        return _ ("it has too few different characters");
    if (rules->no_dates && is_date (secret))
        return _ ("it can be read as a date");
    return find_missing (secret, rules->needed);
}

const gchar *
pena_token_judge_passphrase (const PenaSecret *secret, const PenaTokenRules *rules, const PenaSecret *old)
{
    if (secret->length < rules->min)
        return _ ("it is too short for this token");
    if (secret->length > rules->max)
        return _ ("it is too long for this token");
    if (secret->length < MIN (rules->own_min, rules->max)) /* what a token cannot have is not asked of it */
        return _ ("it is shorter than the configuration allows");
    if (old != NULL && old->length == secret->length &&
        pena_equal_constant_time (old->data, secret->data, old->length))
        return _ ("it is the one that is to be replaced");
    return find_weakness (secret, rules);
}
