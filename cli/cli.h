/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the commands of the command line tool share
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <json-glib/json-glib.h>
#include <pena/pena.h>
#include <stdio.h>

#include "naming.h"

typedef struct {
    gboolean json;      /* one JSON object on standard output instead of text */
    gboolean colour;    /* standard output is a terminal that takes colours */
    gboolean talkative; /* standard error is a terminal: hints and progress are welcome */
    gint signal;        /* the one that asked us to end, or 0 */
} PenaCli;

typedef struct {
    const gchar *name;
    const gchar *summary;                     /* one line, N_ */
    const gchar *arguments;                   /* what follows the options in the usage line, N_ */
    const gchar *details;                     /* examples, N_ */
    gint (*run) (PenaCli *cli, gchar **argv); /* argv[0] is the command; gives the exit status */
} PenaCliCommand;

extern const PenaCliCommand pena_cli_command_sign;
extern const PenaCliCommand pena_cli_command_verify;
extern const PenaCliCommand pena_cli_command_extend;
extern const PenaCliCommand pena_cli_command_tokens;
extern const PenaCliCommand pena_cli_command_token;
extern const PenaCliCommand pena_cli_command_doctor;
extern const PenaCliCommand pena_cli_command_demo;

/* NULL-terminated. */
extern const PenaCliCommand *const pena_cli_commands[];

/* Runs what argv asks for: the whole program but for its set-up. */
gint pena_cli_run (PenaCli *cli, gchar **argv);

/* The command of a table with this name; NULL when there is none. */
const PenaCliCommand *pena_cli_find_command (const PenaCliCommand *const *commands, const gchar *name);
/* How far what was typed is from the name that may be meant: in letters, and PENA_CLI_UNLIKE or more when it hardly is. */
guint pena_cli_judge_likeness (const gchar *mistyped, const gchar *name);
#define PENA_CLI_UNLIKE 3
/* The one whose name is closest to a mistyped one; NULL when none is close. */
const PenaCliCommand *pena_cli_suggest (const PenaCliCommand *const *commands, const gchar *mistyped);

/* --- options.c --- */

/* Reads the options of a command (and --json and --help) from *argv, which afterwards is untouched; what is
 * no option goes to *ret_files (filename encoding, NULL-terminated, transfer full). FALSE when the command is
 * over already: *ret_status says how (help was shown, or a usage error). */
gboolean pena_cli_parse (PenaCli *cli, const PenaCliCommand *command, const GOptionEntry *entries,
                         gchar **argv, gchar ***ret_files, gint *ret_status);

/* --- output.c --- */

typedef enum { PENA_CLI_PLAIN, PENA_CLI_GOOD, PENA_CLI_BAD, PENA_CLI_DOUBT, PENA_CLI_STRONG } PenaCliStyle;

/* Text that a stranger wrote, safe for a terminal: control characters, those that change the direction of writing and those
 * that nobody sees become U+FFFD. Transfer full. */
gchar *pena_cli_clean (const gchar *text);
/* The same for a name or a sentence: whatever is blank becomes single spaces. Transfer full. */
gchar *pena_cli_clean_words (const gchar *text);
/* Appends text in a style, with escape sequences only when colour. */
void pena_cli_append_styled (GString *out, gboolean colour, PenaCliStyle style, const gchar *text);
void pena_cli_print (const gchar *text);
/* How much room a text takes on a terminal. */
gsize pena_cli_count_columns (const gchar *text);
/* The text in at most so many columns (0: any number): what is cut off at the end, or with head at the beginning, is told by
 * a "…". Transfer full. */
gchar *pena_cli_shorten (const gchar *text, gsize columns, gboolean head);
/* Lines broken between words, or in words that are too wide, so that each fits into width columns; what is broken off goes on below, hang columns to the
 * right. Transfer full. */
gchar *pena_cli_wrap (const gchar *text, gsize width, guint hang);
/* How many columns a terminal has; 0 when the stream leads to none. */
gsize pena_cli_get_width (FILE *stream);
/* The text, wrapped when the stream is a terminal; programs that read it get whole lines. */
void pena_cli_print_wrapped (FILE *stream, const gchar *text, guint hang);
/* How far to the right an error goes on. */
#define PENA_CLI_ERROR_HANG 6
/* "pena: about: what happened" and the next step on standard error; about (filename encoding) may be NULL. */
void pena_cli_print_error (const gchar *about, const GError *error);
/* The same as text. Transfer full. */
gchar *pena_cli_describe_error (const gchar *about, const GError *error);
/* The error as the agent would put it: error, error_description, code, next_step and facts. Transfer full. */
JsonObject *pena_cli_error_to_json (const GError *error);
/* One line of JSON, in which what a terminal would obey is escaped. Takes the object; transfer full. */
gchar *pena_cli_render_json (JsonObject *object);
/* The same on standard output; takes the object. */
void pena_cli_print_json (JsonObject *object);
/* Ends a command that failed as a whole: prints the error as text or JSON, gives its exit status. Frees the
 * error. */
gint pena_cli_fail (PenaCli *cli, const gchar *about, GError *error);
/* A usage error: as pena_cli_fail() with "request-invalid" and this reason. */
gint pena_cli_fail_usage (PenaCli *cli, const PenaCliCommand *command, const gchar *reason);
/* A string member, cleaned as words; NULL when there is none. Transfer full. */
gchar *pena_cli_dup_member (JsonObject *object, const gchar *member);

/* --- await.c --- */

/* A client that speaks the user's language and tells the agent where a prompt may be shown. Transfer full. */
PenaClient *pena_cli_new_client (void);
/* Waits until something can be read from a descriptor. FALSE when it is interrupted: cli->signal is set then. */
gboolean pena_cli_wait_readable (PenaCli *cli, gint fd);
/* Extending the signature of a pair and verifying, which an interrupt (SIGINT, SIGTERM, SIGHUP) gives up: cli->signal is set then
 * and the error is PENA_ERROR_CANCELLED. Signing is in signing.h. */
PenaSignResult *pena_cli_extend (PenaCli *cli, PenaClient *client, const PenaCliPair *pair,
                                 const gchar *output, PenaSignOptions *options, GError **error);
gchar *pena_cli_verify (PenaCli *cli, PenaClient *client, const gchar *document, const gchar *signature,
                        GError **error);
gchar *pena_cli_list_tokens (PenaCli *cli, PenaClient *client, GError **error);
/* Runs a program (argv[0] is looked up in PATH) without a shell, in the C locale, for at most a minute. What
 * it prints, errors included, goes to *ret_output (UTF-8, transfer full, "" when there is nothing). FALSE
 * when it does not exit with 0. */
gboolean pena_cli_run_program (PenaCli *cli, const gchar *const *argv, gchar **ret_output);
