/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token, between the card and its applications
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "vtoken.h"

/* Status words (ISO/IEC 7816-4, 5.6; SP 800-73-4 part 2, table 2). */
enum {
    SW_OK = 0x9000,
    SW_MORE = 0x6100,
    SW_TRIES_LEFT = 0x63C0,
    SW_MEMORY_FAILURE = 0x6581,
    SW_WRONG_LENGTH = 0x6700,
    SW_CHANNEL_UNSUPPORTED = 0x6881,
    SW_SECURE_MESSAGING_UNSUPPORTED = 0x6882,
    SW_SECURITY_STATUS = 0x6982,
    SW_BLOCKED = 0x6983,
    SW_CONDITIONS = 0x6985,
    SW_WRONG_DATA = 0x6A80,
    SW_NOT_FOUND = 0x6A82,
    SW_NO_ROOM = 0x6A84,
    SW_WRONG_P1P2 = 0x6A86,
    SW_REFERENCE_NOT_FOUND = 0x6A88,
    SW_WRONG_INS = 0x6D00,
    SW_WRONG_CLA = 0x6E00,
};

enum {
    INS_SELECT = 0xA4,
    INS_GET_RESPONSE = 0xC0,
};

/* A whole command: of a chain, the last link with the data of all. */
typedef struct {
    guint8 cla, ins, p1, p2;
    const guint8 *data;
    gsize length;
    gsize le;          /* bytes wanted; when the field is absent, as for 00 */
    gboolean extended; /* lengths of two bytes */
    guint sequence;    /* how many whole commands came before in this session */
} VtokenCommand;

/* An application of the card. The functions get what create gave. */
typedef struct {
    const gchar *name; /* in the state file */
    guint8 aid[16];
    gsize aid_length;
    gsize aid_least; /* as many of its bytes still select it */
    /* In place of the three above, for an application that has several names. */
    gboolean (*has_name) (gpointer app, const guint8 *name, gsize length);
    gboolean has_files; /* SELECT of files is for it, and it is there without being selected */
    const guint8 *atr;  /* of a card that has nothing else; NULL: the virtual token's own */
    gsize atr_length;

    gpointer (*create) (Vtoken *card);
    void (*destroy) (gpointer app);
    /* What it keeps, for the state file (floating); and back, FALSE when that makes no sense. */
    GVariant *(*save) (gpointer app);
    gboolean (*load) (gpointer app, GVariant *saved);
    /* Another application was selected, or power was lost. */
    void (*end_session) (gpointer app);
    /* Both append the answer's data and return the status word. */
    guint16 (*select) (gpointer app, const VtokenCommand *command, GByteArray *answer);
    guint16 (*command) (gpointer app, const VtokenCommand *command, GByteArray *answer);
} VtokenApplication;

extern const VtokenApplication vtoken_application_openpgp;
extern const VtokenApplication vtoken_application_piv;
extern const VtokenApplication vtoken_application_pkcs15;

/* An application on a card. */
typedef struct {
    const VtokenApplication *kind;
    gpointer self;
} VtokenInstance;

typedef struct {
    VtokenFault kind;
    guint at; /* the command's number */
    guint argument;
} VtokenArmedFault;

struct Vtoken {
    guint32 serial;
    gchar *path;               /* NULL: in memory */
    VtokenInstance *instances; /* one for each application there is */
    guint n_instances;

    gboolean present;
    const VtokenInstance *selected; /* NULL when none is */
    GByteArray *chain;
    guint8 chain_header[3]; /* INS P1 P2 */
    GByteArray *pending;    /* what GET RESPONSE still has to give */
    guint sequence;

    guint count;
    int log_fd;
    GArray *faults; /* of VtokenArmedFault */
};

/* NULL when the card does not have it. */
gpointer vtoken_get_app (Vtoken *self, const VtokenApplication *application);

/* vtoken-state.c. Applications call it after every change that must last; FALSE: answer SW_MEMORY_FAILURE. */
gboolean vtoken_persist (Vtoken *self);

/* vtoken-faults.c. What strikes at this command is taken out of the list; FALSE when nothing does. */
gboolean vtoken_fault_take (Vtoken *self, VtokenArmedFault *ret_fault);
void vtoken_fault_spoil (const VtokenArmedFault *fault, GByteArray *answer);
/* answer is NULL when the card was pulled. */
void vtoken_log_command (Vtoken *self, const guint8 *apdu, gsize length, const GByteArray *answer);
