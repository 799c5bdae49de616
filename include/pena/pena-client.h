/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: signing and verifying through the signing agent
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>
#include <pena/pena-api.h>

G_BEGIN_DECLS

/* How to use it, in short:
 *
 *   g_autoptr (PenaClient) client = pena_client_new (NULL);
 *   g_autoptr (PenaSignResult) result = pena_client_sign_file (client, "surat.pdf", "surat-signed.pdf", NULL, NULL, &error);
 *
 * The agent asks the person for the passphrase of the token; a program never sees it, and no call takes one. A signing therefore lasts
 * as long as the person needs. Cancelling the GCancellable takes the prompt away.
 *
 * Errors are of PENA_ERROR, with the facts that the agent gave: pena_error_describe() and pena_error_next_step() put them
 * into words.
 *
 * Threads: each call that has no _async in its name blocks the thread that makes it and may be made from any thread,
 * several at once, on one client; the properties of a client and of the options of a call under way must not be changed
 * meanwhile. The _async calls work in a thread of their own and answer in the thread-default main context of the caller. */

#define PENA_TYPE_SIGN_OPTIONS (pena_sign_options_get_type ())
/**
 * PenaSignOptions:
 *
 * What a caller wants of a signature. Every property is a UTF-8 string or %NULL, unless said otherwise:
 * - "format": "pades" (in the PDF) or "cades" (beside the file); %NULL: pades when the file's name ends in ".pdf"
 * - "level": baseline level: "B-B", "B-T", "B-LT" or "B-LTA"; %NULL: "B-B", and when extending "B-LTA"
 * - "attached": boolean; with "format" "cades": the signature holds the document, instead of standing beside it
 * - "allow-lower": boolean; whether a lower level is made when a time-stamp authority or a revocation service cannot be asked
 * - "credential": the "id" of a certificate that pena_client_list_tokens() lists; %NULL when only one can sign
 * - "reason", "location": written into a PDF signature
 * - "field": an existing empty signature field of the PDF; %NULL makes a new one
 * - "digest": "sha256", "sha384" or "sha512"; %NULL: "sha256"
 * - "padding": with an RSA key, "pkcs1" or "pss" (which not every token can); %NULL: "pkcs1"
 * - "stamp": name of an installed stamp template (pena-stamp(5)) that makes the signature visible, or "none"; %NULL: what the
 *   agent's configuration says
 * - "stamp-file": path of a template, in the encoding of file names, instead of a name; it and its images are read when signing
 *   begins
 * - "page": page of the stamp: a number from 1, "last" or "all"; %NULL: what the template says
 * - "rect": place of the stamp: "x,y" or "x,y,width,height" in points, from the lower left of the page as it is shown
 * - "anchor": text on a page whose place the stamp takes, such as "${ttd}" or "#"; not together with "rect"
 * - "stamp-fields": %NULL-terminated array of "field=value" for fields that the template declares
 * - "name": the document's name as the prompt shows it; %NULL: the name of the file
 * - "certify": unsigned; 1, 2 or 3 makes a PDF's first signature a certification, after which nothing may change (1), or it
 *   may only be filled in and signed (2), or commented too (3); 0: an approval, which may come at any time
 * - "lock": the form fields of a PDF that are locked from now on: "all", "include:FIELD,FIELD" or "exclude:FIELD,FIELD"
 * - "repair": boolean; when a PDF is damaged and holds no signature, whether a repaired copy is signed instead of being refused
 * - "one-of-many": boolean; while the person is asked about another document this one is made ready, and asked about only when that
 *   one was signed, else it fails with "busy"; for several calls at once of which the first that is refused ends all
 * - "replace": boolean; whether an existing output may be replaced (it is, atomically, once all has gone well)
 *
 * Signal "progress" (PenaSignOptions *options, const gchar *stage, guint64 done, guint64 total): what a call with these options is at.
 * Stages are "sending" (done of total bytes, in some steps; total 0: not known), "preparing", "waiting" (another prompt is open),
 * "asking" (the person is being asked, maybe on "prompt-tty": do not write to it before the next stage), "signing", "checking",
 * "time-stamping", "collecting" (validation data) and "returning"; "collecting" and "time-stamping" may come more than once, others
 * not at all, and later versions may have more. A call that blocks emits it in the thread that made the call, an _async call in the
 * thread-default main context of its caller, before it answers. Connect before the call.
 */
PENA_API
G_DECLARE_FINAL_TYPE (PenaSignOptions, pena_sign_options, PENA, SIGN_OPTIONS, GObject)

/**
 * pena_sign_options_new:
 *
 * Properties are set with g_object_set().
 *
 * Returns: (transfer full): options that all have their defaults
 */
PENA_API PenaSignOptions *pena_sign_options_new (void);

#define PENA_TYPE_SIGN_RESULT (pena_sign_result_get_type ())
/**
 * PenaSignResult:
 *
 * What was signed, and with what. Immutable.
 */
PENA_API
G_DECLARE_FINAL_TYPE (PenaSignResult, pena_sign_result, PENA, SIGN_RESULT, GObject)

/**
 * pena_sign_result_get_format:
 * @self: a result
 *
 * Returns: (transfer none): "pades" or "cades"
 */
PENA_API const gchar *pena_sign_result_get_format (PenaSignResult *self);

/**
 * pena_sign_result_get_signature_id:
 * @self: a result
 *
 * The number of the signature (a ULID, 26 characters), which is also on its stamp.
 *
 * Returns: (transfer none): the ID; belongs to @self
 */
PENA_API const gchar *pena_sign_result_get_signature_id (PenaSignResult *self);

/**
 * pena_sign_result_get_level:
 * @self: a result
 *
 * Returns: (transfer none): the baseline level that was made, such as "B-B"
 */
PENA_API const gchar *pena_sign_result_get_level (PenaSignResult *self);

/**
 * pena_sign_result_get_level_reason:
 * @self: a result
 *
 * Returns: (transfer none) (nullable): the name of the error (as pena_error_name() gives it) that kept the signature below the
 *   level that was asked for, as only the option "allow-lower" permits; %NULL when the level is what was asked for
 */
PENA_API const gchar *pena_sign_result_get_level_reason (PenaSignResult *self);

/**
 * pena_sign_result_get_level_description:
 * @self: a result
 *
 * Returns: (transfer none) (nullable): the same reason for people, in the client's "language"
 */
PENA_API const gchar *pena_sign_result_get_level_description (PenaSignResult *self);

/**
 * pena_sign_result_get_note:
 * @self: a result
 *
 * Returns: (transfer none) (nullable): what people had better look at, in the client's "language", such as a stamp for which the page
 *   had no blank place; %NULL when there is nothing
 */
PENA_API const gchar *pena_sign_result_get_note (PenaSignResult *self);

/**
 * pena_sign_result_get_credential:
 * @self: a result
 *
 * Returns: (transfer none) (nullable): the "id" of the certificate that signed; %NULL when a signature was extended
 */
PENA_API const gchar *pena_sign_result_get_credential (PenaSignResult *self);

/**
 * pena_sign_result_get_document_sha256:
 * @self: a result
 *
 * Returns: (transfer none): the SHA-256 of the document as it was before it was signed, 64 lower-case hex digits
 */
PENA_API const gchar *pena_sign_result_get_document_sha256 (PenaSignResult *self);

/**
 * pena_sign_result_get_repaired_sha256:
 * @self: a result
 *
 * Returns: (transfer none) (nullable): the SHA-256 of the repaired copy that was signed instead of the damaged document, 64 lower-case
 *   hex digits; %NULL when the document itself was signed, as is always so without the option "repair"
 */
PENA_API const gchar *pena_sign_result_get_repaired_sha256 (PenaSignResult *self);

/**
 * pena_sign_result_get_document_size:
 * @self: a result
 *
 * Returns: the size in bytes of the document as it was before it was signed
 */
PENA_API guint64 pena_sign_result_get_document_size (PenaSignResult *self);

#define PENA_TYPE_CLIENT (pena_client_get_type ())
/**
 * PenaClient:
 *
 * The way to one signing agent. Nothing is connected until a call is made, and no connection is kept. Properties,
 * UTF-8 strings or %NULL unless said otherwise:
 * - "language": in which the agent and its prompt speak, as in Accept-Language ("id", "en"); %NULL: the agent chooses
 * - "prompt-tty": the terminal device on which a prompt may be shown when there is no display ("/dev/pts/3")
 * - "prompt-term": the kind of that terminal ($TERM)
 * - "prompt-display": the displays on which a prompt may be shown, with blanks between; the default is $WAYLAND_DISPLAY and
 *   $DISPLAY
 * - "one-of-many": boolean; whether documents that are verified may share a process of the agent, one after the other. It takes a
 *   fraction of the time, and is for a folder of documents; a document that manages to take that process over could then
 *   lie about those that come after it, so that a single document whose sender is not trusted is better judged without
 * - "online": boolean; whether the authorities that the certificates of a verified document name are asked over the network for
 *   missing certificates and for revocation. They learn that somebody examines that signature. Without, nobody is asked
 */
PENA_API
G_DECLARE_FINAL_TYPE (PenaClient, pena_client, PENA, CLIENT, GObject)

/**
 * pena_client_new:
 * @socket_path: (nullable) (type filename): the agent's socket; %NULL: $PENA_SOCKET, else pena/agent.sock in the user's
 *   runtime folder
 *
 * Returns: (transfer full): a client; never %NULL, and nothing is connected yet
 */
PENA_API PenaClient *pena_client_new (const gchar *socket_path);

/**
 * pena_client_get_socket_path:
 * @self: a client
 *
 * Returns: (transfer none) (type filename): where the agent is expected
 */
PENA_API const gchar *pena_client_get_socket_path (PenaClient *self);

/**
 * pena_client_set_document_password:
 * @self: a client
 * @password: (nullable): opens encrypted PDFs, as their user or their owner: at most 255 bytes of UTF-8; %NULL or "": none. It is
 *   copied into memory that is locked and wiped when it is no longer needed
 * @error: %PENA_ERROR_REQUEST_INVALID when @password is too long or not UTF-8
 *
 * The password of the documents that are signed and verified from now on; documents that are not encrypted are not concerned. It has
 * nothing to do with the passphrase of the token. Does not block.
 *
 * Returns: whether it was taken
 */
PENA_API gboolean pena_client_set_document_password (PenaClient *self, const gchar *password, GError **error);

/**
 * pena_client_sign_file:
 * @self: a client
 * @input_path: (type filename): the document, a regular file; it is only read
 * @output_path: (type filename): where the signed PDF (pades) or the signature (cades) goes; appears whole or not at all
 * @options: (nullable): what is wanted; %NULL: all defaults
 * @cancellable: (nullable): gives up the call
 * @error: of PENA_ERROR; what was at @output_path before is untouched then
 *
 * Signs a file. Blocks while the person is asked. A signed PDF is a copy of the input's own bytes with the signature
 * appended, unless the option "repair" was given and the input was damaged. When another program changes the input meanwhile, PENA_ERROR_DOCUMENT_CHANGED is given and nothing is written.
 *
 * Returns: (transfer full): what was signed, or %NULL with @error
 */
PENA_API PenaSignResult *pena_client_sign_file (PenaClient *self, const gchar *input_path,
                                                const gchar *output_path, PenaSignOptions *options,
                                                GCancellable *cancellable, GError **error);

/**
 * pena_client_sign_file_async:
 * @self: a client
 * @input_path: (type filename): as in pena_client_sign_file(); copied
 * @output_path: (type filename): as in pena_client_sign_file(); copied
 * @options: (nullable): as in pena_client_sign_file()
 * @cancellable: (nullable): gives up the call
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does not block.
 */
PENA_API void pena_client_sign_file_async (PenaClient *self, const gchar *input_path,
                                           const gchar *output_path, PenaSignOptions *options,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data);

/**
 * pena_client_sign_file_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: of PENA_ERROR
 *
 * Returns: (transfer full): what was signed, or %NULL with @error
 */
PENA_API PenaSignResult *pena_client_sign_file_finish (PenaClient *self, GAsyncResult *result,
                                                       GError **error);

/**
 * pena_client_sign_stream:
 * @self: a client
 * @document: read to its end; not closed
 * @size: how many bytes @document holds, or -1 when that is not known
 * @output: the whole signed PDF (pades) or the signature (cades) is written here; not closed. On an error part of it may
 *   have been written
 * @options: (nullable): what is wanted; "format" %NULL is pades when "name" ends in ".pdf", else cades
 * @cancellable: (nullable): gives up the call
 * @error: of PENA_ERROR
 *
 * Signs what a stream holds. Blocks while the person is asked.
 *
 * Returns: (transfer full): what was signed, or %NULL with @error
 */
PENA_API PenaSignResult *pena_client_sign_stream (PenaClient *self, GInputStream *document, gint64 size,
                                                  GOutputStream *output, PenaSignOptions *options,
                                                  GCancellable *cancellable, GError **error);

/**
 * pena_client_sign_stream_async:
 * @self: a client
 * @document: as in pena_client_sign_stream(); read in another thread
 * @size: as in pena_client_sign_stream()
 * @output: as in pena_client_sign_stream(); written in another thread
 * @options: (nullable): as in pena_client_sign_stream()
 * @cancellable: (nullable): gives up the call
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does not block.
 */
PENA_API void pena_client_sign_stream_async (PenaClient *self, GInputStream *document, gint64 size,
                                             GOutputStream *output, PenaSignOptions *options,
                                             GCancellable *cancellable, GAsyncReadyCallback callback,
                                             gpointer user_data);

/**
 * pena_client_sign_stream_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: of PENA_ERROR
 *
 * Returns: (transfer full): what was signed, or %NULL with @error
 */
PENA_API PenaSignResult *pena_client_sign_stream_finish (PenaClient *self, GAsyncResult *result,
                                                         GError **error);

/**
 * pena_client_extend_file:
 * @self: a client
 * @document_path: (type filename): the document, a regular file; it is only read. One that is called ".p7m" or ".p7s" is a CAdES
 *   signature that holds its document
 * @signature_path: (nullable) (type filename): the detached CAdES signature, which is only read; %NULL when the document is a
 *   signed PDF or in its signature
 * @output_path: (type filename): where the extended PDF or signature goes; appears whole or not at all
 * @options: (nullable): "level", "allow-lower" and "replace" count; %NULL: all defaults
 * @cancellable: (nullable): gives up the call
 * @error: of PENA_ERROR; what was at @output_path before is untouched then
 *
 * Brings every signature of a document to a higher baseline level, "B-LTA" unless "level" names another: with time-stamps and
 * with all that is needed to validate them later. Neither a token nor the person who signed is needed. To ask for "B-LTA" again
 * adds a further archive time-stamp, as should be done before the last one grows weak. A PDF is a copy of the input's own
 * bytes with something appended. Blocks while services on the network are asked.
 *
 * Returns: (transfer full): the level that was reached, or %NULL with @error
 */
PENA_API PenaSignResult *pena_client_extend_file (PenaClient *self, const gchar *document_path,
                                                  const gchar *signature_path, const gchar *output_path,
                                                  PenaSignOptions *options, GCancellable *cancellable,
                                                  GError **error);

/**
 * pena_client_extend_file_async:
 * @self: a client
 * @document_path: (type filename): as in pena_client_extend_file(); copied
 * @signature_path: (nullable) (type filename): as in pena_client_extend_file(); copied
 * @output_path: (type filename): as in pena_client_extend_file(); copied
 * @options: (nullable): as in pena_client_extend_file()
 * @cancellable: (nullable): gives up the call
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does not block.
 */
PENA_API void pena_client_extend_file_async (PenaClient *self, const gchar *document_path,
                                             const gchar *signature_path, const gchar *output_path,
                                             PenaSignOptions *options, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);

/**
 * pena_client_extend_file_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: of PENA_ERROR
 *
 * Returns: (transfer full): as in pena_client_extend_file(), or %NULL with @error
 */
PENA_API PenaSignResult *pena_client_extend_file_finish (PenaClient *self, GAsyncResult *result,
                                                         GError **error);

/**
 * pena_client_verify_file:
 * @self: a client
 * @document_path: (type filename): the document, a regular file; one that is called ".p7m" or ".p7s" is a CAdES signature that
 *   holds its document
 * @signature_path: (nullable) (type filename): the detached CAdES signature; %NULL when the document is a signed PDF or in its
 *   signature
 * @cancellable: (nullable): gives up the call
 * @error: of PENA_ERROR: the document could not be examined. A signature that is not valid is no error
 *
 * Has every signature judged. Blocks.
 *
 * Returns: (transfer full): the report, a JSON object in UTF-8 as docs/agent-api.yaml describes (VerifyReport), or %NULL
 */
PENA_API gchar *pena_client_verify_file (PenaClient *self, const gchar *document_path,
                                         const gchar *signature_path, GCancellable *cancellable,
                                         GError **error);

/**
 * pena_client_verify_file_async:
 * @self: a client
 * @document_path: (type filename): as in pena_client_verify_file(); copied
 * @signature_path: (nullable) (type filename): as in pena_client_verify_file(); copied
 * @cancellable: (nullable): gives up the call
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does not block.
 */
PENA_API void pena_client_verify_file_async (PenaClient *self, const gchar *document_path,
                                             const gchar *signature_path, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);

/**
 * pena_client_verify_file_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: of PENA_ERROR
 *
 * Returns: (transfer full): the report as in pena_client_verify_file(), or %NULL
 */
PENA_API gchar *pena_client_verify_file_finish (PenaClient *self, GAsyncResult *result, GError **error);

/**
 * pena_client_list_tokens:
 * @self: a client
 * @cancellable: (nullable): gives up the call
 * @error: of PENA_ERROR
 *
 * What is plugged in, and which certificates can sign. Asks for no passphrase. Blocks.
 *
 * Returns: (transfer full): a JSON object in UTF-8 as docs/agent-api.yaml describes (TokenList), or %NULL
 */
PENA_API gchar *pena_client_list_tokens (PenaClient *self, GCancellable *cancellable, GError **error);

/**
 * pena_client_list_tokens_async:
 * @self: a client
 * @cancellable: (nullable): gives up the call
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does not block.
 */
PENA_API void pena_client_list_tokens_async (PenaClient *self, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);

/**
 * pena_client_list_tokens_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: of PENA_ERROR
 *
 * Returns: (transfer full): as in pena_client_list_tokens()
 */
PENA_API gchar *pena_client_list_tokens_finish (PenaClient *self, GAsyncResult *result, GError **error);

/**
 * pena_client_get_info:
 * @self: a client
 * @cancellable: (nullable): gives up the call
 * @error: of PENA_ERROR
 *
 * What the agent is and can do, as the CSC API's "info" tells it. Blocks.
 *
 * Returns: (transfer full): a JSON object in UTF-8, or %NULL
 */
PENA_API gchar *pena_client_get_info (PenaClient *self, GCancellable *cancellable, GError **error);

/**
 * pena_client_get_info_async:
 * @self: a client
 * @cancellable: (nullable): gives up the call
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does not block.
 */
PENA_API void pena_client_get_info_async (PenaClient *self, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);

/**
 * pena_client_get_info_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: of PENA_ERROR
 *
 * Returns: (transfer full): as in pena_client_get_info()
 */
PENA_API gchar *pena_client_get_info_finish (PenaClient *self, GAsyncResult *result, GError **error);

G_END_DECLS
