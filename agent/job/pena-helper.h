/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the token helper, started when it is first needed and again when it died
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

#include "pena-config.h"

typedef struct _PenaHelper PenaHelper;

/* config is borrowed: modules and prompt. */
PenaHelper *pena_helper_new (const PenaConfig *config);
void pena_helper_free (PenaHelper *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaHelper, pena_helper_free)

/* aa{sv} as agent/ipc/token-helper.xml says. Transfer full. */
void pena_helper_list_async (PenaHelper *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);
GVariant *pena_helper_list_finish (GAsyncResult *result, GError **error);

/* How old a listing may be that another one is spared for, in microseconds. */
#define PENA_HELPER_RECENT G_USEC_PER_SEC

/* The last listing, when it was asked for not longer ago than that and no signature has failed since; else NULL. It serves to choose
 * what signs, which the helper looks for anew before anybody is asked; that something cannot be had only a listing of now may say.
 * Transfer full. */
GVariant *pena_helper_dup_recent_list (const PenaHelper *self);

/* One approval, one signature. */
typedef struct {
    const gchar *credential;
    const gchar *scheme;
    GBytes *to_be_signed;
    GVariant *prompt; /* a{sv}; floating is fine */
} PenaHelperSigning;

/* stage: "waiting", "asking", "signing". */
typedef void (*PenaHelperProgressFunc) (const gchar *stage, gpointer user_data);

/* progress may be called until the callback is. When cancelled the prompt is taken away. Transfer full. */
void pena_helper_sign_async (PenaHelper *self, const PenaHelperSigning *signing,
                             PenaHelperProgressFunc progress, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
GBytes *pena_helper_sign_finish (GAsyncResult *result, GError **error);
