/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a SoftHSM token, the token helper and a scripted prompt, for tests
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <openssl/evp.h>

#include "ipc-peer.h"

/* The passphrase of the token: what a percent-escaping protocol and UTF-8 can go wrong with is in it. */
#define TOKEN_RIG_PIN "12%34 \xC3\xA9%41\\z"

typedef struct {
    gchar *folder;
    EVP_PKEY *rsa, *ec;
    gchar *rsa_id, *ec_id; /* credentials */
    GSubprocess *helper;
    PenaIpcPeer *peer;
    void (*on_progress) (guint64 job, const gchar *stage, gpointer progress_data); /* or NULL */
    gpointer progress_data;
} TokenRig;

/* FALSE when SoftHSM is not installed. */
gboolean token_rig_set_up (TokenRig *self);
/* (Re)starts the helper with these further arguments, NULL-terminated. */
void token_rig_start (TokenRig *self, const gchar *const *arguments);
/* With this pinentry, NULL for the scripted one, and so many seconds for each answer. */
void token_rig_restart (TokenRig *self, const gchar *program, const gchar *timeout);
void token_rig_stop (TokenRig *self);
void token_rig_tear_down (TokenRig *self);

/* What the prompt answers next; see tests/rig/pinentry-scripted. */
void token_rig_answer (TokenRig *self, const gchar *lines);
/* What was shown so far. Transfer full. */
gchar *token_rig_shown (TokenRig *self);
/* The process that showed this line of it. */
pid_t token_rig_pid (const gchar *shown);
gboolean token_rig_is_running (pid_t pid);
/* Until a dialog is shown; the process that shows it. */
pid_t token_rig_await_prompt (TokenRig *self);
/* A prompt as the agent sends it. Floating. */
GVariant *token_rig_prompt (const gchar *document);

/* Signatures that are asked for at the same time. */
typedef struct {
    guint left, made;
    GBytes *signature; /* the last that was made */
    GError *error;     /* of the last that was not, as the helper sent it, or TOKEN_FAILED */
} TokenRigJobs;
/* One more, of TOKEN_RIG_TEXT; the prompt is taken when floating. */
void token_rig_begin (TokenRig *self, TokenRigJobs *jobs, guint64 number, const gchar *credential,
                      const gchar *scheme, GVariant *prompt);
void token_rig_cancel (TokenRig *self, guint64 number);
/* Until all were made or failed. */
void token_rig_await (const TokenRigJobs *jobs);
void token_rig_jobs_clear (TokenRigJobs *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TokenRigJobs, token_rig_jobs_clear)
/* One alone, about "surat.pdf"; NULL and its error. Transfer full. */
GBytes *token_rig_sign (TokenRig *self, guint64 job, const gchar *credential, const gchar *scheme,
                        GError **error);
/* What ListTokens says. Transfer full. */
GVariant *token_rig_list (TokenRig *self, GError **error);
#define TOKEN_RIG_TEXT "to be signed"
