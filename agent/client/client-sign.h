/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: signing, inside libpena
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <pena/pena-client.h>

#include "client-answer.h"
#include "client-transport.h"

/* What the options come to for one document. */
typedef struct {
    const gchar *format;  /* borrowed of the options: "pades", "cades" or what the caller wrote */
    gchar *query;         /* owned: of the URI */
    gboolean whole;       /* all of the output comes back, not only what is to be added to a copy */
    gboolean repair;      /* the whole document comes back, and need not begin with the one that was sent */
    gboolean digest_only; /* the agent needs the document for nothing else */
    GBytes *prefix;       /* owned: what is sent before the document; or NULL */
} PenaSignWish;
void pena_sign_wish_clear (PenaSignWish *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaSignWish, pena_sign_wish_clear)

/* file_name (UTF-8 or NULL) is used where the options name none. REQUEST_INVALID, STAMP_UNKNOWN, STAMP_INVALID; *ret_wish is to
 * be cleared either way. */
gboolean pena_sign_options_resolve (PenaSignOptions *self, const gchar *file_name, PenaSignWish *ret_wish,
                                    GError **error);
gboolean pena_sign_options_get_replace (PenaSignOptions *self);

/* Of /pena/v1/extend: what of the options is for that. Transfer full. */
gchar *pena_sign_options_query_extend (PenaSignOptions *self);

/* Takes the strings of `from`. Transfer full. */
PenaSignResult *pena_sign_result_new (const gchar *format, PenaClientSigned *from);

/* The blocking work behind the public calls; options are not NULL. context: where their signal is emitted; NULL: in this
 * thread. */
PenaSignResult *pena_client_do_sign_file (const PenaClientEndpoint *endpoint, const gchar *input_path,
                                          const gchar *output_path, PenaSignOptions *options,
                                          GMainContext *context, GCancellable *cancellable, GError **error);
/* signature: the bytes of the detached one, or NULL: input_path is a PDF with its own, or (".p7m") a signature that holds its
 * document. */
PenaSignResult *pena_client_do_extend_file (const PenaClientEndpoint *endpoint, const gchar *input_path,
                                            GBytes *signature, const gchar *output_path,
                                            PenaSignOptions *options, GMainContext *context,
                                            GCancellable *cancellable, GError **error);
PenaSignResult *pena_client_do_sign_stream (const PenaClientEndpoint *endpoint, GInputStream *document,
                                            gint64 size, GOutputStream *output, PenaSignOptions *options,
                                            GMainContext *context, GCancellable *cancellable, GError **error);

/* As the public calls without "tell_": context as above. */
PenaSignResult *pena_client_tell_sign_file (PenaClient *self, const gchar *input_path,
                                            const gchar *output_path, PenaSignOptions *options,
                                            GMainContext *context, GCancellable *cancellable, GError **error);
PenaSignResult *pena_client_tell_sign_stream (PenaClient *self, GInputStream *document, gint64 size,
                                              GOutputStream *output, PenaSignOptions *options,
                                              GMainContext *context, GCancellable *cancellable,
                                              GError **error);
PenaSignResult *pena_client_tell_extend_file (PenaClient *self, const gchar *document_path,
                                              const gchar *signature_path, const gchar *output_path,
                                              PenaSignOptions *options, GMainContext *context,
                                              GCancellable *cancellable, GError **error);
