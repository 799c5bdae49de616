/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the password of an encrypted document
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "password.h"

#include "pena-text.h"
#include "secret.h"

static gboolean
give_line (PenaClient *client, const PenaSecret *line, GError **error)
{
    return pena_client_set_document_password (client, (const gchar *)line->data, error);
}

gboolean
pena_cli_read_document_password (PenaClient *client, const gchar *path, GError **error)
{
    g_autoptr (PenaSecret) line = pena_cli_read_secret ("--document-password-file", path, error);

    return line != NULL && give_line (client, line, error);
}

gboolean
pena_cli_ask_document_password (PenaCli *cli, PenaClient *client, const gchar *document,
                                const GError *failure)
{
    gboolean wrong = g_error_matches (failure, PENA_ERROR, PENA_ERROR_DOCUMENT_PASSWORD_WRONG);
    g_autofree gchar *shown = g_filename_display_name (document);
    g_autofree gchar *name = pena_cli_clean (shown);
    g_autoptr (PenaSecret) line = NULL;

    if (!(wrong || g_error_matches (failure, PENA_ERROR, PENA_ERROR_DOCUMENT_PASSWORD_NEEDED)) || cli->json ||
        !cli->talkative)
        return FALSE;
    g_autofree gchar *question =
        g_strdup_printf (wrong ? _ ("That was not it. Password of the document %s (not the token's): ")
                               : _ ("Password of the document %s (not the token's): "),
                         name);
    return pena_cli_ask_line (cli, question, TRUE, &line) == PENA_CLI_ANSWERED &&
           give_line (client, line, NULL);
}
