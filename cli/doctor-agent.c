/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: doctor looks at the agent, its prompt, its trust, and the clock
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "doctor-checks.h"
#include "pena-config.h"
#include "pena-text.h"
#include "pena-trust.h"

PenaCheck *
pena_doctor_check_version (PenaCli *cli, PenaClient *client)
{
    struct utsname name = {0};
    g_autofree gchar *system = g_get_os_info (G_OS_INFO_KEY_PRETTY_NAME);

    uname (&name);
    return pena_check_ok ("version", g_strdup_printf ("Pena %s, %s, Linux %s", PENA_VERSION,
                                                      system != NULL ? system : "?", name.release));
}

/* Connects to a Unix socket; -1 with errno. */
static gint
connect_to (const gchar *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    gint fd;

    if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect (fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    gint saved = errno;
    close (fd);
    errno = saved;
    return -1;
}

/* The program behind the socket: "pena-agent, process 123"; with activation, whoever listens for it. */
static gchar *
name_peer (gint fd)
{
    struct ucred peer = {0};
    socklen_t length = sizeof peer;
    g_autofree gchar *path = NULL, *name = NULL;

    if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
        return g_strdup ("?");
    path = g_strdup_printf ("/proc/%d/comm", peer.pid);
    if (!g_file_get_contents (path, &name, NULL, NULL))
        return g_strdup_printf (_ ("process %d"), peer.pid);
    g_strchomp (name);
    return g_strdup_printf (_ ("%s, process %d"), name, peer.pid);
}

PenaCheck *
pena_doctor_check_socket (PenaCli *cli, PenaClient *client)
{
    const gchar *path = pena_client_get_socket_path (client);
    g_autofree gchar *shown = g_filename_display_name (path);
    gint fd = connect_to (path);

    if (fd >= 0) {
        g_autofree gchar *peer = name_peer (fd);
        close (fd);
        return pena_check_ok ("agent-socket", g_strdup_printf ("%s (%s)", shown, peer));
    }
    g_autoptr (GError) error =
        g_error_new_literal (PENA_ERROR, PENA_ERROR_AGENT_UNREACHABLE, "cannot connect");
    g_autofree gchar *reason = g_strdup_printf ("%s: %s", shown, g_strerror (errno));
    pena_error_set_string (error, "reason", reason);
    return pena_check_error ("agent-socket", error);
}

PenaCheck *
pena_doctor_check_agent (PenaCli *cli, PenaClient *client)
{
    g_autoptr (GError) error = NULL;
    g_autofree gchar *json = pena_client_get_info (client, NULL, &error);
    g_autoptr (JsonNode) root = json != NULL ? json_from_string (json, NULL) : NULL;

    if (root == NULL)
        return error != NULL ? pena_check_error ("agent", error)
                             : pena_check_problem ("agent", PENA_ERROR_INTERNAL,
                                                   g_strdup (_ ("answers nonsense")), g_strdup (""));
    g_autofree gchar *name = pena_cli_dup_member (json_node_get_object (root), "name");
    return pena_check_ok ("agent", g_strdup_printf (_ ("answers (%s)"), name != NULL ? name : "?"));
}

/* "pinentry" is mostly a link; where it leads tells more. */
static gchar *
realpath_of (const gchar *path)
{
    gchar *resolved = realpath (path, NULL);
    gchar *copy = g_strdup (resolved != NULL ? resolved : path);
    free (resolved);
    return copy;
}

static PenaCheck *
prompt_problem (const gchar *program)
{
    g_autoptr (GError) error = g_error_new_literal (PENA_ERROR, PENA_ERROR_PROMPT_UNAVAILABLE, "no pinentry");
    g_autofree gchar *reason = g_strdup_printf (_ ("the program %s is not there"), program);

    pena_error_set_string (error, "reason", reason);
    return pena_check_error ("prompt", error);
}

PenaCheck *
pena_doctor_check_prompt (PenaCli *cli, PenaClient *client)
{
    g_autoptr (PenaConfig) config = pena_config_load (NULL);
    const gchar *named = config != NULL ? config->prompt_program : NULL;
    const gchar *program = named != NULL ? named : "pinentry";
    g_autofree gchar *found = g_find_program_in_path (program);
    g_autofree gchar *real = found != NULL ? realpath_of (found) : NULL;
    g_autofree gchar *display = NULL, *tty = NULL;

    if (found == NULL)
        return prompt_problem (program);
    g_object_get (client, "prompt-display", &display, "prompt-tty", &tty, NULL);
    if (display == NULL && tty == NULL && named == NULL)
        return pena_check_note (
            "prompt", g_strdup_printf (_ ("%s, but there is neither a display nor a terminal here"), real),
            g_strdup (_ ("Sign from a desktop session or a terminal.")));
    return pena_check_ok ("prompt", g_steal_pointer (&real));
}

PenaCheck *
pena_doctor_check_trust (PenaCli *cli, PenaClient *client)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaConfig) config = pena_config_load (&error);
    g_autoptr (PenaTrust) trust = config != NULL ? pena_trust_load (config, &error) : NULL;

    if (trust == NULL)
        return pena_check_error ("trust", error);
    if (trust->anchors->len == 0)
        return pena_check_note (
            "trust", g_strdup (_ ("no trust anchors: no signature can be confirmed")),
            g_strdup (_ ("Name the root certificates in [trust] anchors, see pena-agent.conf(5).")));
    return pena_check_ok ("trust", g_strdup_printf (_ ("trust anchors: %u, revocation lists: %u"),
                                                    trust->anchors->len, trust->crls->len));
}

/* A clock before this release is wrong for certain; one that nobody sets may be. */
PenaCheck *
pena_doctor_check_clock (PenaCli *cli, PenaClient *client)
{
    g_autoptr (GDateTime) now = g_date_time_new_now_local ();
    g_autofree gchar *shown = g_date_time_format (now, "%Y-%m-%d %H:%M:%S %Z");
    struct timex state = {0};

    if (g_date_time_get_year (now) < PENA_RELEASE_YEAR || g_date_time_get_year (now) > PENA_RELEASE_YEAR + 30)
        return pena_check_problem ("clock", PENA_ERROR_CERTIFICATE_NOT_YET_VALID,
                                   g_strdup_printf (_ ("%s cannot be right"), shown),
                                   g_strdup (_ ("Set the clock: signatures bear its time.")));
    if (adjtimex (&state) == TIME_ERROR || (state.status & STA_UNSYNC) != 0)
        return pena_check_note (
            "clock", g_strdup_printf (_ ("%s, not synchronised"), shown),
            g_strdup (_ ("Signatures bear this time; 'timedatectl set-ntp true' keeps it right.")));
    return pena_check_ok ("clock", g_steal_pointer (&shown));
}
