/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: findings, as doctor and demo tell them
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "check.h"

#include "pena-text.h"

void
pena_check_free (PenaCheck *self)
{
    if (self == NULL)
        return;
    g_free (self->text);
    g_free (self->next);
    g_free (self);
}

/* The name of a home folder is mostly that of a person. */
static gchar *
hide_home (gchar *take_text)
{
    g_autofree gchar *text = take_text;
    g_autofree gchar *home = g_strconcat (g_get_home_dir (), "/", NULL);
    g_auto (GStrv) pieces = g_strsplit (text, home, -1);

    return home[1] != '\0' ? g_strjoinv ("~/", pieces) : g_steal_pointer (&text);
}

static PenaCheck *
new_check (const gchar *name, PenaCheckStatus status, PenaErrorCode code, gchar *text, gchar *next)
{
    PenaCheck *self = g_new0 (PenaCheck, 1);
    *self = (PenaCheck){
        .name = name, .status = status, .code = code, .text = hide_home (text), .next = hide_home (next)};
    return self;
}

PenaCheck *
pena_check_ok (const gchar *name, gchar *text)
{
    return new_check (name, PENA_CHECK_OK, PENA_ERROR_INTERNAL, text, g_strdup (""));
}

PenaCheck *
pena_check_note (const gchar *name, gchar *text, gchar *next)
{
    return new_check (name, PENA_CHECK_NOTE, PENA_ERROR_INTERNAL, text, next);
}

PenaCheck *
pena_check_problem (const gchar *name, PenaErrorCode code, gchar *text, gchar *next)
{
    return new_check (name, PENA_CHECK_PROBLEM, code, text, next);
}

PenaCheck *
pena_check_error (const gchar *name, const GError *error)
{
    return pena_check_problem (name, pena_error_code (error), pena_error_describe (error),
                               pena_error_next_step (error));
}

gchar *
pena_check_render (const PenaCheck *self, gboolean colour)
{
    static const PenaCliStyle styles[] = {PENA_CLI_GOOD, PENA_CLI_DOUBT, PENA_CLI_BAD};
    const gchar *words[] = {_ ("OK"), _ ("NOTE"), _ ("PROBLEM")};
    const gchar *word = words[self->status];
    g_autofree gchar *text = pena_cli_clean (self->text), *next = pena_cli_clean (self->next);
    GString *out = g_string_new (NULL);

    pena_cli_append_styled (out, colour, styles[self->status], word);
    g_string_append_printf (out, "%*s%-15s %s\n", (int)MAX (9 - g_utf8_strlen (word, -1), 1), "", self->name,
                            text);
    if (*next != '\0')
        g_string_append_printf (out, "%*s%s\n", PENA_CHECK_HANG, "", next);
    return g_string_free (out, FALSE);
}

JsonObject *
pena_check_to_json (const PenaCheck *self)
{
    static const gchar *const names[] = {"ok", "note", "problem"};
    JsonObject *object = json_object_new ();

    json_object_set_string_member (object, "name", self->name);
    json_object_set_string_member (object, "status", names[self->status]);
    if (self->status == PENA_CHECK_PROBLEM)
        json_object_set_string_member (object, "code", pena_error_name (self->code));
    json_object_set_string_member (object, "text", self->text);
    json_object_set_string_member (object, "next_step", self->next);
    return object;
}

gint
pena_checks_exit_status (GPtrArray *checks)
{
    for (guint i = 0; i < checks->len; i++) {
        const PenaCheck *check = checks->pdata[i];
        if (check->status == PENA_CHECK_PROBLEM)
            return (gint)pena_error_exit_status (check->code);
    }
    return PENA_EXIT_DONE;
}
