/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a signing token in memory: command APDUs in, answers out
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A smart card with real keys and one or more applications. It lives in memory or in a state file; every change is on disk before the command that made it is answered. For tests
 * only: the keys are not protected. Not thread-safe: one owner at a time. */
typedef struct Vtoken Vtoken;

#define VTOKEN_PIN "123456"
#define VTOKEN_PUK "12345678"
#define VTOKEN_PIN2 "654321" /* of the signing key on cards where that has one of its own */
/* No answer is longer, status word included. */
#define VTOKEN_ANSWER_MAX 65538

/* The algorithms as PIV numbers them (SP 800-78-4, table 6-2; RSA-3072 of SP 800-78-5). */
typedef enum {
    VTOKEN_ALGORITHM_3DES = 0x03,
    VTOKEN_ALGORITHM_RSA3072 = 0x05,
    VTOKEN_ALGORITHM_RSA2048 = 0x07,
    VTOKEN_ALGORITHM_AES128 = 0x08,
    VTOKEN_ALGORITHM_AES192 = 0x0A,
    VTOKEN_ALGORITHM_AES256 = 0x0C,
    VTOKEN_ALGORITHM_P256 = 0x11,
    VTOKEN_ALGORITHM_P384 = 0x14,
    VTOKEN_ALGORITHM_RSA4096 = 0x16, /* from here on as YubiKeys number them */
    VTOKEN_ALGORITHM_ED25519 = 0xE0,
    VTOKEN_ALGORITHM_X25519 = 0xE1,
} VtokenAlgorithm;

/* "rsa2048", "rsa3072", "rsa4096", "p256", "p384", "ed25519", "x25519". FALSE, nothing changed, for any other name. */
gboolean vtoken_algorithm_from_name (const gchar *name, VtokenAlgorithm *ret_algorithm);

/* An empty card in memory with these applications, their names with a blank between: "piv", "openpgp", "pkcs15";
 * NULL when there is none of a name. OpenPGP has PW1 and PW3 of the values of PIN and PUK. */
Vtoken *vtoken_new_with (const gchar *names);
gboolean vtoken_has (Vtoken *self, const gchar *name);
/* An empty card with PIN, PUK and the well-known management key 0102...08 three times over (AES-192). In
 * memory. */
Vtoken *vtoken_new_blank (void);
/* An empty PKCS#15 card of one of the layouts of p15.c, the first of which is "pkcs15"; NULL when there is none
 * of that name. In memory. */
Vtoken *vtoken_new_pkcs15 (const gchar *layout);
/* The card that a state file holds; what it changes goes back there. G_IO_ERROR_INVALID_DATA when the file is
 * not a whole and unharmed state file. */
Vtoken *vtoken_new_from_file (const gchar *path, GError **error);
/* A card just like it, freshly plugged in and in memory. */
Vtoken *vtoken_copy (Vtoken *self);
/* From now on the card lives in this file, which is written at once. */
gboolean vtoken_save_to (Vtoken *self, const gchar *path, GError **error);
void vtoken_free (Vtoken *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Vtoken, vtoken_free)

/* 3DES or AES-128/192/256 for the management key, which keeps its well-known value (cut or lengthened to the
 * size). */
void vtoken_set_admin_algorithm (Vtoken *self, VtokenAlgorithm algorithm);

/* Borrowed for the life of the card. */
const guint8 *vtoken_get_atr (Vtoken *self, gsize *ret_length);
guint32 vtoken_get_serial (Vtoken *self);

typedef enum {
    VTOKEN_OK,      /* *length bytes of answer */
    VTOKEN_REMOVED, /* the card is not there (any more); *length is 0 */
    VTOKEN_SILENT,  /* by a fault: the answer is not to be given as long as the card is in */
} VtokenResult;

/* One command. out takes *length bytes, VTOKEN_ANSWER_MAX is always enough; *length becomes the size of the
 * answer, which only a fault makes shorter than 2. Blocks for as long as the operation, or a slow fault,
 * takes. */
VtokenResult vtoken_transmit (Vtoken *self, const guint8 *apdu, gsize apdu_length, guint8 *out,
                              gsize *length);

/* Power cycle: what the session knew (selected application, verified PIN, chains) is gone. */
void vtoken_reset (Vtoken *self);
void vtoken_pull (Vtoken *self);
void vtoken_insert (Vtoken *self); /* also resets */
gboolean vtoken_is_present (Vtoken *self);

typedef enum {
    VTOKEN_FAULT_PULL,    /* the command runs, but the card is out before it answers */
    VTOKEN_FAULT_STATUS,  /* the command does not run; argument is the status word that is answered */
    VTOKEN_FAULT_SLOW,    /* the answer takes argument milliseconds more */
    VTOKEN_FAULT_GARBAGE, /* the command runs; the answer is as long, but of other bytes, and its status word
                             is 9000 */
    VTOKEN_FAULT_SHORT,   /* the command runs; the answer has lost the second half of its data, not its status
                             word */
    VTOKEN_FAULT_ONE_BYTE,
    VTOKEN_FAULT_EMPTY,  /* no byte, not even a status word: what PC/SC shows of a card that died */
    VTOKEN_FAULT_RESET,  /* somebody else has reset the card just before the command */
    VTOKEN_FAULT_SILENT, /* the command runs, and is never answered */
} VtokenFault;

/* Arms a fault for the nth command from now (1 is the next). Each strikes once; several may be armed. */
void vtoken_fault_at (Vtoken *self, VtokenFault fault, guint nth, guint argument);
void vtoken_fault_clear (Vtoken *self);

/* Commands received since the card was made or the count was set to 0; each APDU counts, chain links and GET
 * RESPONSE too. */
guint vtoken_get_count (Vtoken *self);
void vtoken_reset_count (Vtoken *self);
/* Writes one line a command to fd from now on: number, CLA INS P1 P2, Lc, Le, status word, length of the
 * answer's data. Never any data. fd stays the caller's; -1 ends it. */
void vtoken_log_to (Vtoken *self, int fd);

/* Turns a certificate request (DER) for the key in slot into a certificate (DER, transfer full). */
typedef GBytes *(*VtokenIssue) (GBytes *request, guint8 slot, gpointer data, GError **error);

/* Makes a key in the slot and stores the certificate that issue gives for it, all by commands as a card
 * management system would send them; needs the PIN and the management key as vtoken_new_blank() has them.
 * Also writes CHUID and CCC when there are none. The subject is the invented official of Pena's tests. */
gboolean vtoken_personalise (Vtoken *self, VtokenAlgorithm algorithm, guint8 slot, VtokenIssue issue,
                             gpointer data, GError **error);
/* The same for a PKCS#15 card: its key 1 is for authentication and decryption, its key 2 for signatures and
 * wants consent each time. The first comes first. */
gboolean vtoken_pkcs15_personalise (Vtoken *self, VtokenAlgorithm algorithm, guint8 reference,
                                    VtokenIssue issue, gpointer data, GError **error);
/* The same for the OpenPGP application: slot 1 signature, 2 deciphering, 3 authentication; needs PW1 and PW3
 * as they are on an empty card. Without issue (NULL) there is no certificate. A key for Ed25519 in slot 2 is
 * one for X25519, which gets no certificate since it cannot sign a request. */
gboolean vtoken_personalise_openpgp (Vtoken *self, VtokenAlgorithm algorithm, guint8 slot, VtokenIssue issue,
                                     gpointer data, GError **error);
/* A VtokenIssue for tests in process: every certificate comes from one throwaway CA, made when first used.
 * data is unused. */
GBytes *vtoken_issue_test (GBytes *request, guint8 slot, gpointer data, GError **error);

G_END_DECLS
