/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#15 cards, between the files of the driver
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-card-driver.h"
#include "pkcs15-asn1.h"

/* How a PIN is written, and where it lives. */
typedef struct {
    PenaPinFormat format;
    PenaP15Path df; /* length 0: in the application's own DF */
    guint32 flags;
    PenaCardId auth_id;
} PenaP15PinPlace;

/* A key as MANAGE SECURITY ENVIRONMENT names it, and what the card computes with it. */
typedef struct {
    gint reference; /* -1: it is named by its path */
    PenaP15Path path;
    PenaP15Algorithm algorithms[PENA_P15_ALGORITHMS_MAX];
    guint n_algorithms;
} PenaP15KeyPlace;

/* card->data */
typedef struct {
    guint name;             /* of the rows in pkcs15.c that found it */
    PenaP15Application app; /* path of length 0: it is selected by name */
    guint16 df_id;          /* its identifier, when SELECT by name tells; else 0 */
    gboolean stepwise;      /* the card wants one SELECT for each part of a path */
    gboolean at_home;       /* nothing was sent since the application was selected */
    gboolean away;          /* the last DF that was selected is not the application's */
    gboolean has_files;     /* one was read: the card knows the commands */
    gboolean mute;          /* the card does not tell the state of a PIN */
    gchar *manufacturer;
    PenaP15PinPlace pins[PENA_CARD_PINS_MAX];
    GArray *keys; /* of PenaP15KeyPlace, by place */
    GBytes *
        info; /* TokenInfo, when it has just been read to tell which card it is; used up by reading the rest */

    /* What reading has cost so far; a card that never ends is given up. */
    guint files;
    gsize bytes;
} PenaP15;

/* pkcs15-file.c. Paths are taken as the standard has them: from the MF, from the application's DF, one identifier in it,
 * or a short identifier. *ret_found is FALSE for what is not there or may not be read. */
gboolean pena_p15_select (PenaCard *card, const PenaP15Path *path, gboolean *ret_found, GError **error);
/* Makes the application's DF the current one again. */
gboolean pena_p15_go_home (PenaCard *card, GError **error);
/* Makes this DF the current one, unless it is the application's: then that. */
gboolean pena_p15_enter (PenaCard *card, const PenaP15Path *df, GError **error);
/* What path and its offset and size say, at most PENA_P15_FILE_MAX bytes. */
#define PENA_P15_FILE_MAX 0x8000
gboolean pena_p15_read (PenaCard *card, const PenaP15Path *path, GByteArray *out, gboolean *ret_found,
                        GError **error);
/* EF.DIR, which may consist of records. */
gboolean pena_p15_read_dir (PenaCard *card, GByteArray *out, gboolean *ret_found, GError **error);

/* pkcs15-key.c */
/* The operations that an algorithm of the card stands for. */
PenaKeyOperation pena_p15_algorithm_operations (const PenaP15Algorithm *algorithm);
gboolean pena_p15_use_key (PenaCard *card, const PenaCardKey *key, PenaKeyOperation operation,
                           const guint8 *input, gsize length, PenaSecret *output, GError **error);

/* pkcs15-cache.c: functions of the driver's table. */
GVariant *pena_p15_save (PenaCard *card);
gboolean pena_p15_load (PenaCard *card, GVariant *saved);
gboolean pena_p15_identify (PenaCard *card, GByteArray *identity, GError **error);

/* pkcs15-read.c */
#define PENA_P15_LABEL_PIN "PIN"
#define PENA_P15_LABEL_PUK "PUK"
gboolean pena_p15_read_contents (PenaCard *card, GError **error);
/* The file as it is; nothing when the card has none. */
gboolean pena_p15_read_token_info (PenaCard *card, GByteArray *out, GError **error);
/* The application's own algorithms, for cards that do not tell them in TokenInfo. */
const PenaP15Algorithm *pena_p15_known_algorithms (const PenaP15 *self, guint *ret_count);
