/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena doctor
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "doctor-checks.h"
#include "pena-text.h"

/* In the order in which a person would go about it: what an earlier one finds explains the later ones. */
static PenaCheck *(*const checks_in_order[]) (PenaCli *cli, PenaClient *client) = {
    pena_doctor_check_version, pena_doctor_check_trust,          pena_doctor_check_socket,
    pena_doctor_check_agent,   pena_doctor_check_reader_service, pena_doctor_check_usb,
    pena_doctor_check_module,  pena_doctor_check_tokens,         pena_doctor_check_prompt,
    pena_doctor_check_clock,
};

/* A problem that an earlier check has found already: telling it again would only hide which one to mend. */
static gboolean
is_known (GPtrArray *checks, const PenaCheck *check)
{
    for (guint i = 0; check->status == PENA_CHECK_PROBLEM && i < checks->len; i++) {
        const PenaCheck *earlier = checks->pdata[i];
        if (earlier->status == PENA_CHECK_PROBLEM && earlier->code == check->code)
            return TRUE;
    }
    return FALSE;
}

static gint
doctor_run (PenaCli *cli, gchar **argv)
{
    g_auto (GStrv) files = NULL;
    g_autoptr (GPtrArray) checks = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_check_free);
    gint status;

    if (!pena_cli_parse (cli, &pena_cli_command_doctor, NULL, argv, &files, &status))
        return status;
    if (files[0] != NULL)
        return pena_cli_fail_usage (cli, &pena_cli_command_doctor, _ ("this command takes no file"));
    g_autoptr (PenaClient) client = pena_cli_new_client ();
    JsonArray *told = json_array_new ();
    for (guint i = 0; i < G_N_ELEMENTS (checks_in_order) && cli->signal == 0; i++) {
        PenaCheck *check = checks_in_order[i](cli, client);
        if (is_known (checks, check)) {
            pena_check_free (check);
            continue;
        }
        g_ptr_array_add (checks, check);
        json_array_add_object_element (told, pena_check_to_json (check));
        g_autofree gchar *line = pena_check_render (check, cli->colour);
        if (!cli->json)
            pena_cli_print_wrapped (stdout, line, PENA_CHECK_HANG);
    }
    status = pena_checks_exit_status (checks);
    JsonObject *object = json_object_new ();
    json_object_set_boolean_member (object, "ok", status == PENA_EXIT_DONE);
    json_object_set_array_member (object, "checks", told);
    if (cli->json)
        pena_cli_print_json (object);
    else
        json_object_unref (object);
    return status;
}

const PenaCliCommand pena_cli_command_doctor = {
    .name = "doctor",
    .summary = N_ ("Find out why something does not work, and what to do"),
    .arguments = "",
    .details = N_ ("Looks at the agent, the smart card service, readers, tokens, the passphrase\n"
                   "prompt, trust anchors and the clock. Changes nothing. What it prints holds no\n"
                   "personal data and can be sent to whoever helps you.\n"
                   "\n"
                   "Examples:\n"
                   "  pena doctor\n"
                   "  pena doctor --json"),
    .run = doctor_run,
};
