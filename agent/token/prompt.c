/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a dialogue with pinentry
 * Copyright (C) 2026 the Pena authors */
#include "prompt.h"

#include <assuan.h>
#include <fcntl.h>
#include <pena/pena-error.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "locked-heap.h"
#include "pena-text.h"
#include "prompt-text.h"

/* A program that does not even greet in this time is no pinentry. */
#define START_MAX 20
#define FLAVOR_MAX 64
/* pinentry keeps the time itself; this much later it is taken for hung. */
#define TIMEOUT_GRACE 3
/* After BYE it has this long to end, then it is asked, then it is made to. */
#define EXIT_ASK_US 300000
#define EXIT_MAKE_US 1000000

/* Shared with the time-out and with whoever cancels, which come from other threads. */
typedef struct {
    GMutex lock;
    GPid pid;    /* 0 when it is gone */
    gint socket; /* a duplicate: shutting it down wakes the thread that reads */
    gboolean timed_out;
} Process;

struct _PenaPrompt {
    Process *process;
    assuan_context_t assuan;
    guint timeout;
    gboolean homeless; /* no display and no terminal is known to show it on */
    GCancellable *cancellable;
    gulong cancelled_id;
};

static void
process_clear (gpointer data)
{
    Process *process = data;

    close (process->socket);
    g_mutex_clear (&process->lock);
}

static void
process_end (Process *process)
{
    g_mutex_lock (&process->lock);
    if (process->pid != 0) {
        kill (process->pid, SIGTERM);
        shutdown (process->socket, SHUT_RDWR);
    }
    g_mutex_unlock (&process->lock);
}

static void
process_release (gpointer data)
{
    g_atomic_rc_box_release_full (data, process_clear);
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
    process_end (data);
}

static gboolean
on_timeout (gpointer data)
{
    Process *process = data;

    g_mutex_lock (&process->lock);
    process->timed_out = TRUE;
    g_mutex_unlock (&process->lock);
    process_end (process);
    return G_SOURCE_REMOVE;
}

/* However long a pinentry keeps silent, at whatever moment: it ends the process, which wakes who reads. */
static GSource *
timer_start (Process *process, guint seconds)
{
    GSource *timer = g_timeout_source_new_seconds (seconds);

    g_source_set_callback (timer, on_timeout, g_atomic_rc_box_acquire (process), process_release);
    g_source_attach (timer, NULL);
    return timer;
}

static void
timer_end (GSource *timer)
{
    g_source_destroy (timer);
    g_source_unref (timer);
}

static gboolean
has_timed_out (Process *process)
{
    g_mutex_lock (&process->lock);
    gboolean timed_out = process->timed_out;
    g_mutex_unlock (&process->lock);
    return timed_out;
}

static void
reap (Process *process)
{
    GPid pid = process->pid;

    if (pid == 0)
        return;
    for (gulong waited = 0, step = 500; waitpid (pid, NULL, WNOHANG) == 0;
         waited += step, step = MIN (2 * step, 50000)) {
        if (waited > EXIT_ASK_US)
            kill (pid, waited > EXIT_MAKE_US ? SIGKILL : SIGTERM);
        g_usleep (step);
    }
    g_mutex_lock (&process->lock);
    process->pid = 0;
    g_mutex_unlock (&process->lock);
}

void
pena_prompt_close (PenaPrompt *self)
{
    if (self == NULL)
        return;
    if (self->assuan != NULL)
        assuan_release (self->assuan); /* says BYE and closes */
    g_cancellable_disconnect (self->cancellable, self->cancelled_id);
    if (self->process != NULL) {
        reap (self->process);
        process_release (self->process);
    }
    g_clear_object (&self->cancellable);
    g_free (self);
}

static gboolean
fail_unavailable (GError **error, const gchar *doing, const gchar *cause)
{
    GError *failure = g_error_new (PENA_ERROR, PENA_ERROR_PROMPT_UNAVAILABLE, "%s: %s", doing, cause);

    pena_error_set_string (failure, "reason", cause);
    g_propagate_error (error, failure);
    return FALSE;
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

/* In the child. pinentry does not look for the end of its client while it shows a dialog. */
static void
die_with_us (gpointer unused)
{
    prctl (PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    signal (SIGPIPE, SIG_DFL);
}

static gboolean
spawn (PenaPrompt *self, const PenaPromptPlace *place, gint fds[2], GError **error)
{
    g_auto (GStrv) environment = make_environment (place);
    g_autoptr (GError) cause = NULL;
    const gchar *argv[] = {place->program, NULL};
    gboolean started = g_spawn_async_with_pipes_and_fds (
        "/", argv, (const gchar *const *)environment,
        G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, die_with_us, NULL,
        fds[1], fds[1], -1, NULL, NULL, 0, &self->process->pid, NULL, NULL, NULL, &cause);

    if (g_error_matches (cause, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT)) {
        g_autofree gchar *reason = g_strdup_printf (_ ("the program %s is not there"), place->program);
        return fail_unavailable (error, "spawn", reason);
    }
    if (!started)
        fail_unavailable (error, place->program, cause->message);
    return started;
}

/* The lines that carry the passphrase live in the context, and so in locked memory. */
static gboolean
connect_assuan (PenaPrompt *self, gint fd, const gchar *program, GError **error)
{
    static struct assuan_malloc_hooks hooks = {pena_locked_malloc, pena_locked_realloc, pena_locked_free};
    gpg_error_t failed = assuan_new_ext (&self->assuan, GPG_ERR_SOURCE_USER_1, &hooks, NULL, NULL);

    if (failed != 0) {
        close (fd);
        return fail_unavailable (error, "locked memory for the passphrase", gpg_strerror (failed));
    }
    assuan_set_flag (self->assuan, ASSUAN_NO_LOGGING, 1);
    assuan_set_flag (self->assuan, ASSUAN_CONFIDENTIAL, 1);
    failed = assuan_socket_connect_fd (self->assuan, fd, 0);
    if (failed == 0)
        return TRUE;
    if (g_cancellable_set_error_if_cancelled (self->cancellable, NULL)) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CANCELLED, "cancelled while pinentry started");
        return FALSE;
    }
    g_autofree gchar *reason = g_strdup_printf (_ ("%s does not answer as a prompt program does"), program);
    return fail_unavailable (error, "pinentry does not greet", reason);
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
set_options (PenaPrompt *self, const PenaPromptPlace *place)
{
    g_autofree gchar *timeout = g_strdup_printf ("%u", self->timeout);

    set_optional (self, "OPTION ttyname=", place->tty);
    set_optional (self, "OPTION ttytype=", place->term);
    set_optional (self, "OPTION lc-ctype=", "C.UTF-8");
    set_optional (self, "OPTION lc-messages=",
                  g_str_equal (pena_text_get_language (), "id") ? "id_ID.UTF-8" : "C.UTF-8");
    set_optional (self, "SETTITLE ", "Pena");
    set_optional (self, "SETTIMEOUT ", timeout);
}

static gboolean
fail_homeless (GError **error)
{
    return fail_unavailable (error, "nowhere to show a prompt",
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

PenaPrompt *
pena_prompt_open (const PenaPromptPlace *place, GCancellable *cancellable, GError **error)
{
    g_autoptr (PenaPrompt) self = g_new0 (PenaPrompt, 1);
    gint fds[2];

    self->timeout = place->timeout;
    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        fail_unavailable (error, "socketpair", g_strerror (errno));
        return NULL;
    }
    self->process = g_atomic_rc_box_new0 (Process);
    g_mutex_init (&self->process->lock);
    self->process->socket = fcntl (fds[0], F_DUPFD_CLOEXEC, 3);
    gboolean started = spawn (self, place, fds, error);
    close (fds[1]);
    if (!started) {
        close (fds[0]);
        return NULL;
    }
    self->cancellable = g_object_ref (cancellable);
    self->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled),
                                                g_atomic_rc_box_acquire (self->process), process_release);
    self->homeless = !is_named (place->tty) && !has_display (place);
    GSource *timer = timer_start (self->process, MIN (START_MAX, self->timeout));
    gboolean ready = connect_assuan (self, fds[0], place->program, error);
    if (ready)
        set_options (self, place);
    if (ready && self->homeless)
        ready = check_needs_no_terminal (self, error);
    timer_end (timer);
    if (ready && has_timed_out (self->process))
        ready = fail_unavailable (error, place->program, _ ("it started and does not answer"));
    return ready ? g_steal_pointer (&self) : NULL;
}

static gboolean
fail_dialog (PenaPrompt *self, gpg_error_t failed, GError **error)
{
    PenaErrorCode code;

    if (g_cancellable_is_cancelled (self->cancellable))
        code = PENA_ERROR_CANCELLED;
    else if (has_timed_out (self->process) || gpg_err_code (failed) == GPG_ERR_TIMEOUT)
        code = PENA_ERROR_PROMPT_TIMEOUT;
    else if (gpg_err_code (failed) == GPG_ERR_CANCELED || gpg_err_code (failed) == GPG_ERR_FULLY_CANCELED ||
             gpg_err_code (failed) == GPG_ERR_NOT_CONFIRMED)
        code = PENA_ERROR_USER_CANCELLED;
    else if (gpg_err_code (failed) == GPG_ERR_EOF)
        return fail_unavailable (error, "pinentry", _ ("the prompt program ended before it was answered"));
    else if (self->homeless)
        return fail_homeless (error);
    else
        return fail_unavailable (error, "pinentry", gpg_strerror (failed));
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
    GSource *timer = timer_start (self->process, self->timeout + TIMEOUT_GRACE);
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
    timer_end (timer);
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
