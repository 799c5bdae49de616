/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a dialogue with pinentry
 * Copyright (C) 2026 the Pena authors */
#include "prompt.h"

#include <assuan.h>
#include <fcntl.h>
#include <pena/pena-error.h>
#include <unistd.h>

#include "locked-heap.h"
#include "pena-text.h"
#include "prompt-process.h"
#include "prompt-text.h"

/* A program that does not even greet in this time is no pinentry. */
#define START_MAX 20
/* A kept one that does not even answer RESET in this time is given up. */
#define RESUME_MAX 2
#define FLAVOR_MAX 64
/* pinentry keeps the time itself; this much later it is taken for hung. */
#define TIMEOUT_GRACE 3

struct _PenaPrompt {
    PenaPromptProcess *process;
    /* Where it was started */
    gchar *program, *tty, *term;
    gchar **environment;
    guint timeout;
    gboolean homeless; /* no display and no terminal is known to show it on */
    /* While nobody has kept it */
    assuan_context_t assuan;
    gint line; /* of assuan */
    GCancellable *cancellable;
    gulong cancelled_id;
};

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
    pena_prompt_process_end (data);
}

static void
release (gpointer data)
{
    pena_prompt_process_unref (data);
}

/* From here on it is ended when `cancellable` is cancelled. */
static void
heed (PenaPrompt *self, GCancellable *cancellable)
{
    self->cancellable = g_object_ref (cancellable);
    self->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled),
                                                pena_prompt_process_ref (self->process), release);
}

static void
stop_heeding (PenaPrompt *self)
{
    g_cancellable_disconnect (self->cancellable, self->cancelled_id);
    g_clear_object (&self->cancellable);
}

void
pena_prompt_close (PenaPrompt *self)
{
    if (self == NULL)
        return;
    if (self->assuan != NULL)
        assuan_release (self->assuan); /* says BYE and closes */
    else if (self->process != NULL)
        pena_prompt_process_hang_up (self->process);
    stop_heeding (self);
    if (self->process != NULL)
        pena_prompt_process_wait (self->process);
    g_clear_pointer (&self->process, pena_prompt_process_unref);
    g_free (self->program);
    g_free (self->tty);
    g_free (self->term);
    g_strfreev (self->environment);
    g_free (self);
}

static gboolean
is_named (const gchar *value)
{
    return value != NULL && *value != '\0';
}

static gboolean
has_display (const PenaPromptPlace *place)
{
    return is_named (place->display) || is_named (g_getenv ("DISPLAY")) ||
           is_named (g_getenv ("WAYLAND_DISPLAY"));
}

/* The child's environment is ours, which the agent has reduced, with the place of this prompt instead of our
 * own. */
static gchar **
make_environment (const PenaPromptPlace *place)
{
    gchar **result = g_get_environ ();
    g_auto (GStrv) displays = g_strsplit (place->display != NULL ? place->display : "", " ", 4);

    for (guint i = 0; displays[i] != NULL; i++)
        if (*displays[i] != '\0')
            result = g_environ_setenv (
                result, strchr (displays[i], ':') != NULL ? "DISPLAY" : "WAYLAND_DISPLAY", displays[i], TRUE);
    if (is_named (place->term))
        result = g_environ_setenv (result, "TERM", place->term, TRUE);
    result = g_environ_setenv (result, "LC_ALL", "C.UTF-8", TRUE);
    return g_environ_setenv (result, "LANGUAGE", pena_text_get_language (), TRUE);
}

/* The lines that carry the passphrase live in the context, and so in locked memory. What is waited for is the greeting, or in its
 * place the answer to RESET: either is an OK. */
static gboolean
connect_assuan (PenaPrompt *self, GError **error)
{
    static struct assuan_malloc_hooks hooks = {pena_locked_malloc, pena_locked_realloc, pena_locked_free};
    gpg_error_t failed = assuan_new_ext (&self->assuan, GPG_ERR_SOURCE_USER_1, &hooks, NULL, NULL);

    if (failed != 0)
        return pena_prompt_fail_unavailable (error, "locked memory for the passphrase",
                                             gpg_strerror (failed));
    self->line = pena_prompt_process_open_line (self->process);
    assuan_set_flag (self->assuan, ASSUAN_NO_LOGGING, 1);
    assuan_set_flag (self->assuan, ASSUAN_CONFIDENTIAL, 1);
    failed = assuan_socket_connect_fd (self->assuan, self->line, 0);
    if (failed == 0)
        return TRUE;
    if (g_cancellable_set_error_if_cancelled (self->cancellable, NULL)) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CANCELLED, "cancelled while pinentry started");
        return FALSE;
    }
    g_autofree gchar *reason =
        g_strdup_printf (_ ("%s does not answer as a prompt program does"), self->program);
    return pena_prompt_fail_unavailable (error, "pinentry does not greet", reason);
}

/* Sends "COMMAND argument" and forgets the answer: none of what is set this way is needed to ask. */
static void
set_optional (PenaPrompt *self, const gchar *command, const gchar *argument)
{
    if (!is_named (argument))
        return;
    g_autofree gchar *escaped = pena_prompt_escape (argument);
    g_autofree gchar *line = g_strconcat (command, escaped, NULL);
    assuan_transact (self->assuan, line, NULL, NULL, NULL, NULL, NULL, NULL);
}

static void
set_options (PenaPrompt *self)
{
    g_autofree gchar *timeout = g_strdup_printf ("%u", self->timeout);

    set_optional (self, "OPTION ttyname=", self->tty);
    set_optional (self, "OPTION ttytype=", self->term);
    set_optional (self, "OPTION lc-ctype=", "C.UTF-8");
    set_optional (self, "OPTION lc-messages=",
                  g_str_equal (pena_text_get_language (), "id") ? "id_ID.UTF-8" : "C.UTF-8");
    set_optional (self, "SETTITLE ", "Pena");
    set_optional (self, "SETTIMEOUT ", timeout);
}

static gboolean
fail_homeless (GError **error)
{
    return pena_prompt_fail_unavailable (error, "nowhere to show a prompt",
                                         _ ("there is neither a display nor a terminal to show it on"));
}

static gpg_error_t
take_flavor (void *data, const void *buffer, size_t length)
{
    GString *flavor = data;

    if (flavor->len < FLAVOR_MAX)
        g_string_append_len (flavor, buffer, (gssize)MIN (length, FLAVOR_MAX));
    return 0;
}

/* Without a terminal pinentry-tty would show the dialog to us, and take our end of file for the button 'Cancel'. */
static gboolean
check_needs_no_terminal (PenaPrompt *self, GError **error)
{
    g_autoptr (GString) flavor = g_string_new (NULL);

    assuan_transact (self->assuan, "GETINFO flavor", take_flavor, flavor, NULL, NULL, NULL, NULL);
    return g_strcmp0 (flavor->str, "tty") != 0 || fail_homeless (error);
}

/* Whoever is silent for longer than this is ended. */
static gboolean
make_ready (PenaPrompt *self, guint seconds, GError **error)
{
    GSource *timer = pena_prompt_process_limit (self->process, MIN (seconds, self->timeout));
    gboolean ready = connect_assuan (self, error);

    if (ready)
        set_options (self);
    if (ready && self->homeless)
        ready = check_needs_no_terminal (self, error);
    pena_prompt_process_unlimit (timer);
    if (ready && pena_prompt_process_has_timed_out (self->process))
        ready = pena_prompt_fail_unavailable (error, self->program, _ ("it started and does not answer"));
    return ready;
}

static PenaPrompt *
start (const PenaPromptPlace *place, gchar **take_environment, GCancellable *cancellable, GError **error)
{
    g_autoptr (PenaPrompt) self = g_new0 (PenaPrompt, 1);

    self->program = g_strdup (place->program);
    self->tty = g_strdup (place->tty);
    self->term = g_strdup (place->term);
    self->environment = take_environment;
    self->timeout = place->timeout;
    self->homeless = !is_named (place->tty) && !has_display (place);
    self->process =
        pena_prompt_process_start (place->program, (const gchar *const *)self->environment, error);
    if (self->process == NULL)
        return NULL;
    heed (self, cancellable);
    return make_ready (self, START_MAX, error) ? g_steal_pointer (&self) : NULL;
}

/* ---- from one signature to the next ---- */

/* pinentry forgets the texts of the dialog before at RESET. Words that nobody asked for would be read as the answers to what is
 * asked next, approval among them. */
static gboolean
resume (PenaPrompt *self, GCancellable *cancellable)
{
    heed (self, cancellable);
    return pena_prompt_process_is_silent (self->process) &&
           pena_prompt_process_say (self->process, "RESET\n") && make_ready (self, RESUME_MAX, NULL);
}

static gboolean
was_started_at (const PenaPrompt *self, const PenaPromptPlace *place, gchar **environment)
{
    return g_str_equal (self->program, place->program) && g_strcmp0 (self->tty, place->tty) == 0 &&
           g_strcmp0 (self->term, place->term) == 0 && self->timeout == place->timeout &&
           g_strv_equal ((const gchar *const *)self->environment, (const gchar *const *)environment);
}

PenaPrompt *
pena_prompt_open (const PenaPromptPlace *place, PenaPrompt *take_kept, GCancellable *cancellable,
                  GError **error)
{
    g_auto (GStrv) environment = make_environment (place);

    if (take_kept != NULL && was_started_at (take_kept, place, environment) &&
        resume (take_kept, cancellable))
        return take_kept;
    pena_prompt_close (take_kept);
    return start (place, g_steal_pointer (&environment), cancellable, error);
}

/* The context, in which the passphrase has been, is wiped. libassuan knows no farewell but BYE, at which pinentry would end: here
 * nobody hears it. */
static gboolean
let_go_of_assuan (PenaPrompt *self)
{
    gint nowhere = open ("/dev/null", O_WRONLY | O_CLOEXEC);
    gboolean unheard = nowhere >= 0 && dup3 (nowhere, self->line, O_CLOEXEC) == self->line;

    if (nowhere >= 0)
        close (nowhere);
    if (unheard)
        g_clear_pointer (&self->assuan, assuan_release);
    return unheard;
}

PenaPrompt *
pena_prompt_keep (PenaPrompt *take_self)
{
    g_autoptr (PenaPrompt) self = take_self;
    gboolean in_step = !assuan_pending_line (self->assuan);

    stop_heeding (self);
    return in_step && let_go_of_assuan (self) ? g_steal_pointer (&self) : NULL;
}

static gboolean
fail_dialog (PenaPrompt *self, gpg_error_t failed, GError **error)
{
    PenaErrorCode code;

    if (g_cancellable_is_cancelled (self->cancellable))
        code = PENA_ERROR_CANCELLED;
    else if (pena_prompt_process_has_timed_out (self->process) || gpg_err_code (failed) == GPG_ERR_TIMEOUT)
        code = PENA_ERROR_PROMPT_TIMEOUT;
    else if (gpg_err_code (failed) == GPG_ERR_CANCELED || gpg_err_code (failed) == GPG_ERR_FULLY_CANCELED ||
             gpg_err_code (failed) == GPG_ERR_NOT_CONFIRMED)
        code = PENA_ERROR_USER_CANCELLED;
    else if (gpg_err_code (failed) == GPG_ERR_EOF)
        return pena_prompt_fail_unavailable (error, "pinentry",
                                             _ ("the prompt program ended before it was answered"));
    else if (self->homeless)
        return fail_homeless (error);
    else
        return pena_prompt_fail_unavailable (error, "pinentry", gpg_strerror (failed));
    g_set_error (error, PENA_ERROR, (gint)code, "pinentry: %s", gpg_strerror (failed));
    return FALSE;
}

typedef struct {
    PenaSecret *into;
    gboolean too_long;
} Typed;

/* Takes what is too long as well, and forgets it: stopping halfway would leave the rest to be read as the answer
 * to the next question. */
static gpg_error_t
take_data (void *data, const void *buffer, size_t length)
{
    Typed *typed = data;

    typed->too_long = typed->too_long || !pena_secret_append (typed->into, buffer, length);
    return 0;
}

static gboolean
run_dialog (PenaPrompt *self, const PenaPromptDialog *dialog, const gchar *command, PenaSecret *into,
            GError **error)
{
    GSource *timer = pena_prompt_process_limit (self->process, self->timeout + TIMEOUT_GRACE);
    Typed typed = {.into = into};

    if (into != NULL) {
        g_autofree gchar *label = g_strconcat (_ ("Passphrase"), ":", NULL);
        set_optional (self, "SETPROMPT ", label);
    }
    set_optional (self, "SETDESC ", dialog->description);
    set_optional (self, "SETERROR ", dialog->error);
    set_optional (self, "SETOK ", dialog->ok);
    set_optional (self, "SETCANCEL ", dialog->cancel);
    gpg_error_t failed = assuan_transact (self->assuan, command, into != NULL ? take_data : NULL, &typed,
                                          NULL, NULL, NULL, NULL);
    pena_prompt_process_unlimit (timer);
    if (into != NULL && (failed != 0 || typed.too_long))
        pena_secret_clear (into);
    if (failed != 0)
        return fail_dialog (self, failed, error);
    if (typed.too_long)
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_PIN_INVALID,
                             "more was typed than any token takes");
    return !typed.too_long;
}

gboolean
pena_prompt_ask (PenaPrompt *self, const PenaPromptDialog *dialog, PenaSecret *ret_passphrase, GError **error)
{
    pena_secret_clear (ret_passphrase);
    return run_dialog (self, dialog, "GETPIN", ret_passphrase, error);
}

/* pinentry cannot be told which button is the default one. That OK may be it does no harm: what is confirmed
 * here still needs the passphrase. */
gboolean
pena_prompt_confirm (PenaPrompt *self, const PenaPromptDialog *dialog, GError **error)
{
    return run_dialog (self, dialog, "CONFIRM", NULL, error);
}
