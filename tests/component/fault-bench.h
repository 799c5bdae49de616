/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the fault table of the PKCS#11 module tries: cards, operations, and how all is well again
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "module-world.h"

/* Kinds of cards, as bits; a kind with RSA keys is another one. */
typedef enum {
    FAULT_PIV = 1 << 0,
    FAULT_PIV_RSA = 1 << 1,
    FAULT_OPENPGP = 1 << 2,
    FAULT_OPENPGP_RSA = 1 << 3,
    FAULT_PKCS15 = 1 << 4,
    FAULT_PKCS15_RSA = 1 << 5,
} FaultKinds;

typedef struct {
    const gchar *name;
    FaultKinds kind;
    Vtoken *(*make) (void);
    CK_BYTE once,
        always;    /* ids of keys: of one for signatures after a login, of one that wants its own PIN */
    CK_BYTE agree; /* of one that deciphers or derives; 0: none */
    CK_BYTE empty; /* of a place for a new key; 0: none */
    const gchar *officer; /* what the administrator gives; NULL: there is none */
    CK_ULONG reset_tries; /* of PUK or resetting code */
    /* Commands of another program, each with the status word that says that no try is lost; ends with NULL. */
    struct {
        const gchar *command;
        guint16 status;
    } untouched[4];
} FaultKind;

extern const FaultKind fault_kinds[];
extern const guint n_fault_kinds;

/* What an operation works with; each gets a card, a session and keys of its own. */
typedef struct {
    const FaultKind *kind;
    const PENA_VENDOR_FUNCTIONS *vendor;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE once, always, agree, public_once, public_agree, certificate;
    CK_BYTE der[2048]; /* of the certificate */
    CK_ULONG der_length;
    gboolean emptied; /* by the operation, or perhaps */
} FaultBench;

extern FaultBench fault_bench;

typedef struct {
    const gchar *name;
    FaultKinds kinds;
    void (*prepare) (void); /* without faults; NULL: there is nothing to prepare, and it needs no session */
    CK_RV (*act) (void);
    enum {
        FAULT_QUIET = 1 << 0,       /* a failure of the card is nobody's business: it is over in any case */
        FAULT_ADMINISTERS = 1 << 1, /* changes what is on the card, and may find it changed */
        FAULT_BLOCKS = 1 << 2,      /* spends the tries: that is how the card is reset */
    } is;
} FaultOperation;

extern const FaultOperation fault_operations[];
extern const guint n_fault_operations;

/* A card of the kind in the reader, its cache empty, the module initialized; module_world_tear_down() ends it. */
void fault_bench_set_up (const FaultKind *kind);
/* As the user can who empties the folder, and time does. */
void fault_bench_forget_cached (void);
/* Frees the cards and folders of all. */
void fault_bench_end (void);
/* The card is put in again and pcscd runs: everything works for the process that saw the fault, and no try of a PIN is
 * lost. */
void fault_bench_check_recovery (const FaultOperation *operation);
