/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a document worker that was taken over tries in vain
 * Copyright (C) 2026 the Pena authors */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <pena/pena-error.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc-child.h"
#include "pena-sandbox.h"

#ifdef PENA_SANITIZED /* sanitizers and the filter of calls do not go together */
static const gboolean filtered = FALSE;
#else
static const gboolean filtered = TRUE;
#endif

#define KILLED 1000
#define OPENED 0

/* Each runs in a process of its own that has gone into the sandbox. Returns 0 when it got its way, else errno;
 * most never return. `other` is a process of the same user. */
typedef gint (*Attempt) (pid_t other, gint fd);

static gint
outcome (glong result)
{
    return result < 0 ? errno : OPENED;
}

static gint
open_file (pid_t other, gint fd)
{
    return outcome (open ("/etc/passwd", O_RDONLY));
}

static gint
open_by_handle (pid_t other, gint fd)
{
    return outcome (syscall (SYS_open_by_handle_at, fd, NULL, O_RDONLY));
}

static gint
open_own_fd (pid_t other, gint fd)
{
    return outcome (open ("/proc/self/fd/0", O_RDWR));
}

static gint
list_folder (pid_t other, gint fd)
{
    gchar room[64];

    return outcome (syscall (SYS_getdents64, fd, room, sizeof room));
}

static gint
look_at_file (pid_t other, gint fd)
{
    struct stat status;

    return outcome (stat ("/etc/passwd", &status));
}

static gint
remove_file (pid_t other, gint fd)
{
    return outcome (unlink ("/nonexistent/pena"));
}

static gint
make_socket (pid_t other, gint fd)
{
    return outcome (socket (AF_UNIX, SOCK_STREAM, 0));
}

static gint
make_internet_socket (pid_t other, gint fd)
{
    return outcome (socket (AF_INET, SOCK_DGRAM, 0));
}

static gint
pass_descriptor (pid_t other, gint fd)
{
    struct msghdr parcel = {0};

    return outcome (sendmsg (fd, &parcel, 0));
}

static gint
run_program (pid_t other, gint fd)
{
    gchar *const argv[] = {(gchar *)"/bin/true", NULL};

    return outcome (execv (argv[0], argv));
}

static gint
make_process (pid_t other, gint fd)
{
    return outcome (syscall (SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
}

static gint
signal_process (pid_t other, gint fd)
{
    return outcome (kill (other, SIGKILL));
}

static gint
signal_thread (pid_t other, gint fd)
{
    return outcome (syscall (SYS_tgkill, other, other, SIGKILL));
}

/* What a failed assertion does: a crash like any other. */
static gint
give_up (pid_t other, gint fd)
{
    abort ();
}

static gint
signal_by_descriptor (pid_t other, gint fd)
{
    return outcome (fcntl (fd, F_SETOWN, other));
}

static gint
choose_signal (pid_t other, gint fd)
{
    return outcome (fcntl (fd, F_SETSIG, SIGKILL));
}

static gint
outlive_agent (pid_t other, gint fd)
{
    return outcome (prctl (PR_SET_PDEATHSIG, 0));
}

static gint
become_dumpable (pid_t other, gint fd)
{
    return outcome (prctl (PR_SET_DUMPABLE, 1));
}

static gint
trace_process (pid_t other, gint fd)
{
    return outcome (ptrace (PTRACE_ATTACH, other, NULL, NULL));
}

static gint
read_memory (pid_t other, gint fd)
{
    return outcome (syscall (SYS_process_vm_readv, other, NULL, 0, NULL, 0, 0));
}

static gint
take_descriptor (pid_t other, gint fd)
{
    return outcome (syscall (SYS_pidfd_getfd, fd, 0, 0));
}

static gint
map_executable (pid_t other, gint fd)
{
    gpointer map = mmap (NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return map == MAP_FAILED ? errno : OPENED;
}

static gint
make_executable (pid_t other, gint fd)
{
    gpointer map = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return outcome (mprotect (map, 4096, PROT_READ | PROT_EXEC));
}

static gint
push_into_terminal (pid_t other, gint fd)
{
    return outcome (ioctl (fd, TIOCSTI, "x"));
}

static gint
raise_limits (pid_t other, gint fd)
{
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};

    return outcome (setrlimit (RLIMIT_CPU, &none));
}

static gint
use_uring (pid_t other, gint fd)
{
    return outcome (syscall (SYS_io_uring_setup, 1, NULL));
}

static gint
load_filter (pid_t other, gint fd)
{
    return outcome (syscall (SYS_bpf, 0, NULL, 0));
}

static const struct {
    const gchar *name;
    Attempt attempt;
    gint expected; /* KILLED, or the error */
} rows[] = {
    {"open-file", open_file, EACCES},
    {"open-by-handle", open_by_handle, KILLED},
    {"open-own-fd", open_own_fd, EACCES},
    {"list-folder", list_folder, KILLED},
    {"look-at-file", look_at_file, EACCES},
    {"remove-file", remove_file, KILLED},
    {"make-socket", make_socket, KILLED},
    {"make-internet-socket", make_internet_socket, KILLED},
    {"pass-descriptor", pass_descriptor, KILLED},
    {"run-program", run_program, KILLED},
    {"make-process", make_process, KILLED},
    {"signal-process", signal_process, KILLED},
    {"signal-thread", signal_thread, KILLED},
    {"give-up", give_up, KILLED},
    {"signal-by-descriptor", signal_by_descriptor, KILLED},
    {"choose-signal", choose_signal, KILLED},
    {"outlive-agent", outlive_agent, KILLED},
    {"become-dumpable", become_dumpable, KILLED},
    {"trace-process", trace_process, KILLED},
    {"read-memory", read_memory, KILLED},
    {"take-descriptor", take_descriptor, KILLED},
    {"map-executable", map_executable, KILLED},
    {"make-executable", make_executable, KILLED},
    {"push-into-terminal", push_into_terminal, ENOTTY},
    {"raise-limits", raise_limits, EPERM},
    {"use-uring", use_uring, KILLED},
    {"load-filter", load_filter, KILLED},
};

static void
go_inside (gint null)
{
    g_autoptr (GBytes) filter = pena_sandbox_make_filter (NULL);

    if (filter == NULL || !pena_process_harden (TRUE, NULL) || !pena_sandbox_close_files (NULL, NULL) ||
        !pena_sandbox_filter_calls (filter, null, NULL))
        _exit (255);
}

static void
test_attempt (gconstpointer data)
{
    const guint row = GPOINTER_TO_UINT (data);
    gint null = open ("/dev/null", O_RDWR | O_CLOEXEC), status = 0;
    gint fd = open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    pid_t other = getpid ();
    pid_t child = fork ();

    g_assert_cmpint (child, >=, 0);
    if (child == 0) {
        go_inside (null);
        _exit (rows[row].attempt (other, fd));
    }
    close (null);
    close (fd);
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    if (rows[row].expected == KILLED) {
        g_assert_true (WIFSIGNALED (status));
        g_assert_cmpint (WTERMSIG (status), ==, SIGSYS);
    } else {
        g_assert_true (WIFEXITED (status));
        g_assert_cmpint (WEXITSTATUS (status), ==, rows[row].expected);
    }
}

/* Landlock alone, as the filter of calls would hide whether it is there. */
static void
test_files_closed (void)
{
    gint status = 0;
    pid_t child = fork ();

    if (syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 0) {
        if (child == 0)
            _exit (0);
        waitpid (child, NULL, 0);
        g_test_skip ("this kernel has no Landlock");
        return;
    }
    if (child == 0) {
        if (!pena_process_harden (TRUE, NULL) || !pena_sandbox_close_files (NULL, NULL))
            _exit (255);
        _exit (outcome (open ("/etc/passwd", O_RDONLY)));
    }
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    g_assert_true (WIFEXITED (status));
    g_assert_cmpint (WEXITSTATUS (status), ==, EACCES);
}

/* What a document makes a worker say reaches nobody. */
static void
test_silence (void)
{
    gint null = open ("/dev/null", O_RDWR | O_CLOEXEC), status = 0, pipes[2];
    gchar heard[16];

    g_assert_cmpint (pipe (pipes), ==, 0);
    pid_t child = fork ();
    if (child == 0) {
        dup2 (pipes[1], STDERR_FILENO);
        close (pipes[1]);
        go_inside (null);
        gboolean wrote = write (STDERR_FILENO, "rahasia", 7) == 7 && write (STDOUT_FILENO, "x", 1) == 1;
        _exit (wrote ? 0 : 1);
    }
    close (pipes[1]);
    g_assert_cmpint (read (pipes[0], heard, sizeof heard), ==, 0);
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    g_assert_cmpint (status, ==, 0);
    close (pipes[0]);
    close (null);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/sandbox/files-closed", test_files_closed);
    if (!filtered)
        return g_test_run ();
    g_test_add_func ("/sandbox/silence", test_silence);
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree gchar *path = g_strdup_printf ("/sandbox/attempt/%s", rows[i].name);
        g_test_add_data_func (path, GUINT_TO_POINTER (i), test_attempt);
    }
    return g_test_run ();
}
