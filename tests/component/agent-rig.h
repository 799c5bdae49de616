/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a pena-agent of a test's own, and a client that says whatever it likes
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef struct {
    gchar *dir; /* runtime and configuration; the cache is below */
    gchar *socket;
    GPid pid;
} AgentRig;

/* Starts an agent beside the real worker and the fake token helper. config: further lines of agent.conf, or
 * NULL. */
AgentRig *agent_rig_new (const gchar *config);
/* The same, but expects it to end at once; returns its exit status. socket: --socket, or NULL. */
gint agent_rig_try (const AgentRig *self, const gchar *socket, gchar **ret_stderr);
/* Ends the agent (SIGTERM), asserts that it exits with 0, and removes everything. */
void agent_rig_free (AgentRig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AgentRig, agent_rig_free)

void agent_rig_write (const AgentRig *self, const gchar *name, const gchar *text);
/* NULL when there is no such file. */
gchar *agent_rig_read (const AgentRig *self, const gchar *name);
/* The agent's document workers that are connected to it: pid_t. */
GArray *agent_rig_workers (const AgentRig *self);
/* Waits (bounded) until `text` stands in the file. */
void agent_rig_await (const AgentRig *self, const gchar *name, const gchar *text);

/* ---- the client ---- */

gint agent_connect (const AgentRig *self);
/* FALSE when the agent does not take all of it. */
gboolean agent_send (gint fd, gconstpointer data, gsize length);
/* A byte, and a descriptor with it. */
void agent_send_descriptor (gint line, gint fd, gchar byte);
/* Everything until the agent closes or 30 seconds have passed; closes fd. */
GByteArray *agent_receive_all (gint fd);

typedef struct {
    guint status; /* 0: no answer */
    gchar *header;
    GBytes *body;
} AgentAnswer;
void agent_answer_free (AgentAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AgentAnswer, agent_answer_free)
/* Reads one whole answer of a connection that ends after it; closes fd. */
AgentAnswer *agent_receive (gint fd);

/* A whole request and its answer. headers: complete lines, or NULL. */
AgentAnswer *agent_request (const AgentRig *self, const gchar *method, const gchar *target,
                            const gchar *headers, gconstpointer body, gsize length);
/* A document and what comes of it. */
AgentAnswer *agent_post (const AgentRig *self, const gchar *target, GBytes *document);
/* Asserts status and "code" of an error. */
void agent_assert_refused (const AgentAnswer *answer, guint status, const gchar *code);
