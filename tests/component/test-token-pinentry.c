/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the token helper with the real pinentry-curses on a pseudo-terminal
 * Copyright (C) 2026 the Pena authors */
#include <fcntl.h>
#include <glib-unix.h>
#include <pena/pena-error.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "token-rig.h"

#define KEYS (TOKEN_RIG_PIN "\r")

static TokenRig rig;

#define PROMPTS_MAX 2

/* A person at a terminal: waits for a text, types, and keeps what was shown. */
typedef struct {
    guint64 documents; /* signed one after the other; 0: one */
    gint terminal;
    const gchar *await;
    const gchar *keys; /* typed at each prompt; NULL: the program that asked for the signature gives up */
    guint prompts;
    gchar *programs[PROMPTS_MAX]; /* that showed them */
    GString *screen;
    gsize seen; /* of it, up to the last prompt */
    TokenRigJobs jobs;
} Person;

/* The processes that the helper has started and not waited for: "1234 ". */
static gchar *
children_of_helper (void)
{
    g_autofree gchar *tasks = g_strdup_printf ("/proc/%s/task", g_subprocess_get_identifier (rig.helper));
    g_autoptr (GDir) folder = g_dir_open (tasks, 0, NULL);
    GString *all = g_string_new (NULL);

    for (const gchar *task; (task = g_dir_read_name (folder)) != NULL;) {
        g_autofree gchar *file = g_build_filename (tasks, task, "children", NULL);
        g_autofree gchar *text = NULL;
        if (g_file_get_contents (file, &text, NULL, NULL))
            g_string_append (all, text);
    }
    return g_string_free (all, FALSE);
}

static gboolean
on_shown (gint fd, GIOCondition condition, gpointer data)
{
    Person *person = data;
    gchar piece[4096];
    gssize length = read (fd, piece, sizeof piece);

    if (length > 0)
        g_string_append_len (person->screen, piece, length);
    if (person->prompts >= PROMPTS_MAX || strstr (person->screen->str + person->seen, person->await) == NULL)
        return G_SOURCE_CONTINUE;
    person->seen = person->screen->len;
    person->programs[person->prompts++] = children_of_helper ();
    if (person->keys != NULL)
        g_assert_cmpint (write (fd, person->keys, strlen (person->keys)), ==, (gssize)strlen (person->keys));
    else
        token_rig_cancel (&rig, 1);
    return G_SOURCE_CONTINUE;
}

/* Returns the slave, held open so that the terminal outlives the pinentry. */
static gint
open_terminal (Person *person)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};

    person->terminal = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
    g_assert_cmpint (person->terminal, >=, 0);
    g_assert_cmpint (grantpt (person->terminal), ==, 0);
    g_assert_cmpint (unlockpt (person->terminal), ==, 0);
    g_assert_cmpint (ioctl (person->terminal, TIOCSWINSZ, &size), ==, 0);
    return open (ptsname (person->terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static GVariant *
prompt_on (const Person *person, guint64 number)
{
    g_autofree gchar *name = g_strdup_printf ("surat%" G_GUINT64_FORMAT ".pdf", number);
    g_autoptr (GVariant) prompt = g_variant_ref_sink (token_rig_prompt (name));
    GVariantDict dictionary;

    g_variant_dict_init (&dictionary, prompt);
    g_variant_dict_insert (&dictionary, "tty", "s", ptsname (person->terminal));
    g_variant_dict_insert (&dictionary, "term", "s", "xterm");
    return g_variant_dict_end (&dictionary);
}

static void
sit_down (Person *person)
{
    gint slave = open_terminal (person);
    struct termios before, after;
    guint watch = g_unix_fd_add (person->terminal, G_IO_IN, on_shown, person);

    g_assert_cmpint (slave, >=, 0);
    person->screen = g_string_new (NULL);
    for (guint64 number = 1; number <= MAX (person->documents, 1); number++)
        token_rig_begin (&rig, &person->jobs, number, rig.rsa_id, "rsa-pkcs1-sha256",
                         prompt_on (person, number));
    g_assert_cmpint (tcgetattr (slave, &before), ==, 0);
    token_rig_await (&person->jobs);
    g_assert_cmpint (tcgetattr (slave, &after), ==, 0);
    g_assert_cmpuint (after.c_lflag, ==, before.c_lflag);
    g_assert_cmpuint (after.c_iflag, ==, before.c_iflag);
    g_source_remove (watch);
    close (slave);
    close (person->terminal);
}

static void
stand_up (Person *person)
{
    for (guint i = 0; i < person->prompts; i++)
        g_free (person->programs[i]);
    token_rig_jobs_clear (&person->jobs);
    g_string_free (person->screen, TRUE);
}

static void
test_types_the_passphrase (void)
{
    Person person = {.await = "Passphrase:", .keys = KEYS};

    sit_down (&person);
    g_assert_no_error (person.jobs.error);
    g_assert_cmpuint (person.jobs.made, ==, 1);
    g_assert_nonnull (strstr (person.screen->str, "surat1.pdf"));
    g_assert_nonnull (strstr (person.screen->str, "1234 5678 9abc def0"));
    g_assert_null (strstr (person.screen->str, TOKEN_RIG_PIN));
    stand_up (&person);
}

/* The second dialog of the same pinentry is as whole as the first, and leaves the terminal as well as it. */
static void
test_types_it_twice (void)
{
    Person person = {.documents = 2, .await = "Passphrase:", .keys = KEYS};

    sit_down (&person);
    g_assert_no_error (person.jobs.error);
    g_assert_cmpuint (person.jobs.made, ==, 2);
    g_assert_cmpuint (person.prompts, ==, 2);
    g_assert_cmpstr (person.programs[0], !=, "");
    g_assert_cmpstr (person.programs[0], ==, person.programs[1]);
    const gchar *first = strstr (person.screen->str, "surat1.pdf");
    const gchar *second = strstr (person.screen->str, "surat2.pdf");
    g_assert_nonnull (first);
    g_assert_nonnull (second);
    g_assert_null (strstr (second, "surat1.pdf"));
    g_assert_nonnull (strstr (second, "1234 5678 9abc def0"));
    g_assert_null (strstr (person.screen->str, TOKEN_RIG_PIN));
    stand_up (&person);
}

static void
test_chooses_cancel (void)
{
    Person person = {.await = "Passphrase:", .keys = "\t\t\r"};

    sit_down (&person);
    g_assert_nonnull (person.jobs.error);
    g_assert_error (person.jobs.error, PENA_ERROR, PENA_ERROR_USER_CANCELLED);
    stand_up (&person);
}

/* A prompt that is taken away leaves the terminal as it was, too. */
static void
test_is_taken_away (void)
{
    Person person = {.await = "Passphrase:"};

    sit_down (&person);
    g_assert_nonnull (person.jobs.error);
    g_assert_error (person.jobs.error, PENA_ERROR, PENA_ERROR_CANCELLED);
    stand_up (&person);
}

gint
main (gint argc, gchar **argv)
{
    g_autofree gchar *pinentry = g_find_program_in_path ("pinentry-curses");

    g_test_init (&argc, &argv, NULL);
    if (pinentry == NULL || !token_rig_set_up (&rig)) {
        g_print ("1..0 # SKIP pinentry-curses or SoftHSM is not installed\n");
        return 0;
    }
    const gchar *arguments[] = {"--prompt-program", pinentry, "--prompt-timeout", "30", NULL};
    token_rig_start (&rig, arguments);
    g_test_add_func ("/token-pinentry/passphrase", test_types_the_passphrase);
    g_test_add_func ("/token-pinentry/passphrase-twice", test_types_it_twice);
    g_test_add_func ("/token-pinentry/cancel", test_chooses_cancel);
    g_test_add_func ("/token-pinentry/taken-away", test_is_taken_away);
    gint status = g_test_run ();
    token_rig_tear_down (&rig);
    return status;
}
