/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: an agent that says what a test wants
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

typedef enum {
    FAKE_ANSWER,       /* reads the whole request, then answers */
    FAKE_REFUSE_EARLY, /* answers once it has the head of the request, reads no body */
    FAKE_REFUSE_LOAN,  /* will not have a document lent; what is then sent it reads, and answers */
    FAKE_CLOSE,        /* reads the whole request and closes without a word */
    FAKE_HANG,         /* reads the whole request and answers only by waiting for the client to hang up */
} FakeBehaviour;

typedef struct _FakeAgent FakeAgent;

/* Listens in `folder` and serves one connection at a time in a thread of its own. The answer is sent as it
 * is. */
FakeAgent *fake_agent_new (const gchar *folder, FakeBehaviour behaviour, gconstpointer answer, gsize length);
/* Ends the thread; whoever is still connected is hung up on. */
void fake_agent_free (FakeAgent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeAgent, fake_agent_free)

const gchar *fake_agent_get_path (FakeAgent *self);
/* Called in the agent's thread when the head of a request has come. */
void fake_agent_on_head (FakeAgent *self, void (*call) (gpointer user_data), gpointer user_data);
/* Of the last request; the document is the body too when it was lent. Only after the client has its answer, or is known to have failed after the agent was
 * done. */
const gchar *fake_agent_get_head (FakeAgent *self);
GByteArray *fake_agent_get_body (FakeAgent *self);
/* Waits until the client of FAKE_HANG has hung up; FALSE when it has not in ten seconds. */
gboolean fake_agent_wait_hang_up (FakeAgent *self);
