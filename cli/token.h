/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the commands of 'pena token' share
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <signal.h>

#include "cli.h"
#include "token-module.h"

extern const PenaCliCommand pena_token_command_list;
extern const PenaCliCommand pena_token_command_show;
extern const PenaCliCommand pena_token_command_change_passphrase;
extern const PenaCliCommand pena_token_command_unblock;
extern const PenaCliCommand pena_token_command_generate;
extern const PenaCliCommand pena_token_command_import_certificate;
extern const PenaCliCommand pena_token_command_export_certificate;
extern const PenaCliCommand pena_token_command_attest;
extern const PenaCliCommand pena_token_command_reset;
extern const PenaCliCommand pena_token_command_init;

/* NULL-terminated; their names begin so. */
#define PENA_TOKEN_NAME_PREFIX "token "
extern const PenaCliCommand *const pena_token_commands[];

/* --- token-run.c: one command from its arguments to its answer --- */

/* All options that there are; each command takes its own. */
typedef struct {
    gchar *token, *label, *place, *algorithm, *pin_policy, *touch_policy, *output, *serial;
    gchar *passphrase_file, *new_passphrase_file, *puk_file, *new_puk_file, *management_key_file,
        *new_admin_file;
    gboolean force, spend_last_try;
} PenaTokenArguments;

#define PENA_TOKEN_OPTION_TOKEN(run)                                                                         \
    {                                                                                                        \
        "token", 't', 0, G_OPTION_ARG_STRING, &(run).arguments.token,                                        \
            N_ ("Which token, when there are several"), N_ ("NAME")                                          \
    }
#define PENA_TOKEN_OPTION_PLACE(run, text)                                                                   \
    {                                                                                                        \
        "place", 'p', 0, G_OPTION_ARG_STRING, &(run).arguments.place, text, N_ ("PLACE")                     \
    }
#define PENA_TOKEN_OPTION_OUTPUT(run)                                                                        \
    {                                                                                                        \
        "output", 'o', 0, G_OPTION_ARG_FILENAME, &(run).arguments.output, N_ ("Where the PEM goes"),         \
            N_ ("FILE")                                                                                      \
    }
#define PENA_TOKEN_OPTION_FORCE(run, text)                                                                   \
    {                                                                                                        \
        "force", 'f', 0, G_OPTION_ARG_NONE, &(run).arguments.force, text, NULL                               \
    }
#define PENA_TOKEN_OPTION_PASSPHRASE(run)                                                                    \
    {                                                                                                        \
        "passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &(run).arguments.passphrase_file,                    \
            N_ ("The passphrase, in a file or -"), N_ ("FILE")                                               \
    }
#define PENA_TOKEN_OPTION_NEW_PASSPHRASE(run)                                                                \
    {                                                                                                        \
        "new-passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &(run).arguments.new_passphrase_file,            \
            N_ ("The new passphrase, in a file or -"), N_ ("FILE")                                           \
    }
#define PENA_TOKEN_OPTION_PUK(run)                                                                           \
    {                                                                                                        \
        "puk-file", 0, 0, G_OPTION_ARG_FILENAME, &(run).arguments.puk_file, N_ ("The PUK, in a file or -"),  \
            N_ ("FILE")                                                                                      \
    }
#define PENA_TOKEN_OPTION_MANAGEMENT_KEY(run)                                                                \
    {                                                                                                        \
        "management-key-file", 0, 0, G_OPTION_ARG_FILENAME, &(run).arguments.management_key_file,            \
            N_ ("Management key (hex) or admin passphrase"), N_ ("FILE")                                     \
    }
#define PENA_TOKEN_OPTION_LAST_TRY(run)                                                                      \
    {                                                                                                        \
        "spend-last-try", 0, 0, G_OPTION_ARG_NONE, &(run).arguments.spend_last_try,                          \
            N_ ("Allow the last try to be spent"), NULL                                                      \
    }

typedef struct {
    PenaCli *cli;
    PenaTokenArguments arguments;
    gchar **files;
    gpointer subject; /* the command's own: what it is about, borrowed */
    PenaTokenModule *module;
    PenaToken *token;  /* of the module */
    CK_FLAGS last_try; /* PENA_SPEND_LAST_TRY once that is settled */
    gboolean reserved; /* the output was made, and is still empty */
    gboolean holding;  /* pena_token_run_hold_signals() was called */
    sigset_t signals;  /* those that were blocked before */
} PenaTokenRun;

void pena_token_run_clear (PenaTokenRun *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaTokenRun, pena_token_run_clear)

/* Reads the options, of which at most one file may be the standard input, and at most `files` other arguments. FALSE when
 * the command is over already, with its exit status. */
gboolean pena_token_run_parse (PenaTokenRun *self, const PenaCliCommand *command, const GOptionEntry *entries,
                               gchar **argv, guint files, gint *ret_status);
/* What a command does to the token; what it found goes into the answer for --json. */
typedef gboolean (*PenaTokenAct) (PenaTokenRun *run, JsonObject *answer, GError **error);
/* From there to the exit status: opens the token, acts, and tells the answer or this text. */
gint pena_token_run_do (PenaTokenRun *self, PenaTokenAct act, const gchar *text);
/* Loads the module, chooses the token and opens a session. */
gboolean pena_token_run_open (PenaTokenRun *self, GError **error);
/* From here on a change is under way: an interrupt ends the program only after the token has answered and the answer was
 * told, so that no key is made whose public half nobody has, and nobody wonders which passphrase holds. */
void pena_token_run_hold_signals (PenaTokenRun *self);
/* Makes the output, so that nothing is done for a file that cannot be; removed again unless it is written. */
gboolean pena_token_run_reserve_output (PenaTokenRun *self, GError **error);
/* DER as PEM with this label to the output, else to standard output; and into the answer for --json. */
gboolean pena_token_run_give_pem (PenaTokenRun *self, const gchar *label, GBytes *const *parts, guint n_parts,
                                  JsonObject *answer, GError **error);
/* A new answer for --json with the token's serial in it. Transfer full. */
JsonObject *pena_token_run_new_answer (const PenaTokenRun *self);
/* Ends a command that is done: the answer (taken), or the text. */
gint pena_token_run_tell (const PenaTokenRun *self, JsonObject *answer, const gchar *text);
/* What REQUEST_INVALID says. FALSE always. */
gboolean pena_token_fail_request (const gchar *reason, GError **error);

/* --- token-login.c: secrets that open a token --- */

/* From the file of an option, or asked for. Transfer full. */
PenaSecret *pena_token_get_secret (PenaTokenRun *run, const gchar *option, const gchar *path,
                                   const gchar *question, GError **error);
/* The same, twice when it is asked for, and judged by what that kind of token wants of whose secret it is. */
PenaSecret *pena_token_get_new_secret (PenaTokenRun *run, PenaTokenSecret whose, const gchar *option,
                                       const gchar *path, const gchar *question, const PenaSecret *old,
                                       GError **error);
/* PASSPHRASE_WEAK when whoever knows the one knows the other. */
gboolean pena_token_check_different (const PenaSecret *puk, const PenaSecret *passphrase, GError **error);
/* pena_token_check() of what gives `new` to whoever knows `old`. A token that does not take the characters of one of them does
 * not say of which: where only the new one has more than digits, it is the new one, PASSPHRASE_WEAK. */
gboolean pena_token_check_new (const PenaToken *token, CK_RV rv, PenaTokenSecret whose, const PenaSecret *old,
                               const PenaSecret *new, GError **error);
/* Whether a try may be spent: FALSE with PIN_BLOCKED and the like when there is none, with PIN_LAST_TRY when the only one is
 * not confirmed. *ret_tries is what a question may tell, -1 when it is not known. */
gboolean pena_token_allow_try (PenaTokenRun *run, PenaTokenSecret whose, gint *ret_tries, GError **error);
/* Whether it is typed at the reader's own keys, because no file gives it. Of a new one nothing is known then, and it is not
 * judged. */
gboolean pena_token_types_at_reader (const PenaTokenRun *run, const gchar *path);
/* Says on standard error what is to be typed there: text has %s for the token. */
void pena_token_tell_reader (const PenaTokenRun *run, const gchar *text, gint tries);
/* The passphrase of the user, with the tries told before it is asked for. Transfer full. */
PenaSecret *pena_token_get_passphrase (PenaTokenRun *run, GError **error);
/* The same with the PUK. */
PenaSecret *pena_token_get_puk (PenaTokenRun *run, GError **error);
/* Logs in as whoever may change what is on the token: with the management key, the administrator's passphrase, or the
 * user's where the token keeps the key for the user. */
gboolean pena_token_become_administrator (PenaTokenRun *run, GError **error);
gboolean pena_token_log_in_officer (PenaTokenRun *run, const PenaSecret *secret, GError **error);

/* --- token-place.c: what people call places --- */

/* CKA_ID of a place, 0 when this kind of token has no such place. */
guint8 pena_token_place_id (const gchar *model, const gchar *name);
/* The name of the place with this CKA_ID; hexadecimal digits where it has no name. Transfer full. */
gchar *pena_token_place_name (const gchar *model, GBytes *id);
