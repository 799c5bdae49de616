/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: who is at the other end of a connection, by what the kernel knows
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef struct {
    pid_t pid;
    gint pidfd; /* -1 when the kernel gives none */
    gchar
        *label; /* short and printable; what the system says, which a program of the same user can imitate */
    gchar *key; /* tells applications apart for turns at the prompt */
} PenaPeer;

/* CLIENT_REFUSED unless the peer runs as our own user (not even root is served). Transfer full. */
PenaPeer *pena_peer_new (gint fd, GError **error);
void pena_peer_free (PenaPeer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPeer, pena_peer_free)

/* The name to show, from what was found out; any may be NULL. Never NULL, at most 64 characters, one line, no
 * controls, no characters that change the direction of writing. Transfer full. */
gchar *pena_peer_make_label (const gchar *flatpak_info, const gchar *exe, const gchar *cgroup);
