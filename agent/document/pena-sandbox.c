/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a program can no longer do once it sees what a stranger made
 * Copyright (C) 2026 the Pena authors */
#include "pena-sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <pena/pena-error.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "pena-text.h"

#define MAX_SPACE (1024 * 1024 * 1024)
#define MAX_FILES 64

/* What OpenSSL looks for when it reads a key and checks a signature with it. */
static void
preload_keys (void)
{
    static const gchar *const kinds[] = {"RSA", "EC"};

    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
        EVP_PKEY *key = NULL;
        OSSL_DECODER_CTX_free (OSSL_DECODER_CTX_new_for_pkey (&key, "DER", "SubjectPublicKeyInfo", kinds[i],
                                                              EVP_PKEY_PUBLIC_KEY, NULL, NULL));
    }
    EVP_SIGNATURE_free (EVP_SIGNATURE_fetch (NULL, "RSA", NULL));
    EVP_SIGNATURE_free (EVP_SIGNATURE_fetch (NULL, "ECDSA", NULL));
}

void
pena_sandbox_preload (void)
{
    static const gchar *const digests[] = {"SHA1", "SHA256", "SHA384", "SHA512"};
    static const gchar *const languages[] = {"id", "en"};

    OPENSSL_init_crypto (OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_CIPHERS |
                             OPENSSL_INIT_ADD_ALL_DIGESTS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
                         NULL);
    for (guint i = 0; i < G_N_ELEMENTS (digests); i++)
        EVP_MD_free (EVP_MD_fetch (NULL, digests[i], NULL));
    preload_keys ();
    tzset ();
    for (guint i = 0; i < G_N_ELEMENTS (languages); i++) {
        pena_text_set_language (languages[i]);
        (void)pena_text (N_ ("The document is empty."));
    }
    pena_text_set_language (NULL);
}

gboolean
pena_sandbox_limit (guint seconds, GError **error)
{
    const struct rlimit processor = {seconds, seconds}, files = {MAX_FILES, MAX_FILES};
    gboolean done = setrlimit (RLIMIT_CPU, &processor) == 0 && setrlimit (RLIMIT_NOFILE, &files) == 0;
#if !defined(__SANITIZE_ADDRESS__) /* its shadow is terabytes of address space */
    const struct rlimit space = {MAX_SPACE, MAX_SPACE};
    done = done && setrlimit (RLIMIT_AS, &space) == 0;
#endif
    if (!done)
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "limits: %s", g_strerror (errno));
    return done;
}

/* The rights that each version of the interface (the index) added; asking for one that the kernel does not
 * know fails. */
static guint64
known_rights (glong abi)
{
    guint64 rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1; /* all of version 1 */

    if (abi >= 2)
        rights |= 1ull << 13; /* REFER */
    if (abi >= 3)
        rights |= 1ull << 14; /* TRUNCATE */
    if (abi >= 5)
        rights |= 1ull << 15; /* IOCTL_DEV */
    return rights;
}

static gboolean
allow_reading (gint ruleset, const gchar *folder)
{
    struct landlock_path_beneath_attr rule = {.allowed_access =
                                                  LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
                                              .parent_fd = open (folder, O_PATH | O_DIRECTORY | O_CLOEXEC)};

    if (rule.parent_fd < 0)
        return TRUE;
    gboolean done = syscall (SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    close (rule.parent_fd);
    return done;
}

gboolean
pena_sandbox_close_files (const gchar *const *readable, GError **error)
{
    struct landlock_ruleset_attr attributes = {0};
    glong abi = syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (abi < 0) {
        g_debug ("no Landlock here: %s", g_strerror (errno));
        return TRUE;
    }
    attributes.handled_access_fs = known_rights (abi);
    gint ruleset =
        (gint)syscall (SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0);
    gboolean done = ruleset >= 0;
    for (; done && readable != NULL && *readable != NULL; readable++)
        done = allow_reading (ruleset, *readable);
    done = done && syscall (SYS_landlock_restrict_self, ruleset, 0) == 0;
    if (!done)
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "Landlock: %s", g_strerror (errno));
    if (ruleset >= 0)
        close (ruleset);
    return done;
}

#ifdef PENA_SANITIZED
/* Sanitizers read /proc and map memory in their own ways, and so all is allowed; what they find is to be read. That there is a
 * filter tells tests that a worker is ready. */
static const gboolean strict = FALSE;
#else
static const gboolean strict = TRUE;
#endif

/* Needed without conditions: memory, descriptors that are open already, threads waiting for each other, time.
 */
static const gint allowed[] = {
    SCMP_SYS (read),
    SCMP_SYS (write),
    SCMP_SYS (readv),
    SCMP_SYS (writev),
    SCMP_SYS (pread64),
    SCMP_SYS (close),
    SCMP_SYS (fstat),
    SCMP_SYS (lseek),
    SCMP_SYS (munmap),
    SCMP_SYS (mlock),
    SCMP_SYS (madvise),
    SCMP_SYS (mremap),
    SCMP_SYS (brk),
    SCMP_SYS (futex),
    SCMP_SYS (poll),
    SCMP_SYS (ppoll),
    SCMP_SYS (eventfd2),
    SCMP_SYS (recvmsg),
    SCMP_SYS (getpid),
    SCMP_SYS (gettid),
    SCMP_SYS (getuid),
    SCMP_SYS (geteuid),
    SCMP_SYS (rt_sigaction),
    SCMP_SYS (rt_sigprocmask),
    SCMP_SYS (rt_sigreturn),
    SCMP_SYS (sigaltstack),
    SCMP_SYS (clock_gettime),
    SCMP_SYS (clock_nanosleep),
    SCMP_SYS (gettimeofday),
    SCMP_SYS (getrandom),
    SCMP_SYS (exit),
    SCMP_SYS (exit_group),
    SCMP_SYS (dup),
    SCMP_SYS (dup3),
    SCMP_SYS (set_robust_list),
    SCMP_SYS (rseq),
    SCMP_SYS (sched_yield),
    SCMP_SYS (sched_getaffinity),
    SCMP_SYS (restart_syscall),
    SCMP_SYS (shutdown),
};

/* What libraries try and can do without: they are told no instead of being ended. */
static const struct {
    gint call, error;
} refused[] = {
    {SCMP_SYS (openat), EACCES},     {SCMP_SYS (open), EACCES},       {SCMP_SYS (stat), EACCES},
    {SCMP_SYS (lstat), EACCES},      {SCMP_SYS (statx), EACCES},      {SCMP_SYS (access), EACCES},
    {SCMP_SYS (faccessat), EACCES},  {SCMP_SYS (faccessat2), EACCES}, {SCMP_SYS (readlink), EACCES},
    {SCMP_SYS (readlinkat), EACCES}, {SCMP_SYS (statfs), EACCES},     {SCMP_SYS (fstatfs), EACCES},
    {SCMP_SYS (ioctl), ENOTTY},      {SCMP_SYS (clone3), ENOSYS},     {SCMP_SYS (prlimit64), EPERM},
    {SCMP_SYS (getrlimit), EPERM},   {SCMP_SYS (sysinfo), EPERM},
};

/* What is allowed with one argument of this value only. */
typedef struct {
    gint call;
    guint argument;
    guint64 mask, value;
} Condition;

/* Memory may be writable or executable, never both and never changed to executable; new threads but no
 * processes; fstat, which glibc makes of newfstatat (a path could be named that way too, so that a file's size
 * can be learnt, but nothing of what is in it). Descriptors cannot be told to send signals (F_SETOWN),
 * nor can the wish to end with the agent be taken back (PR_SET_PDEATHSIG). */
static const Condition conditions[] = {
    {SCMP_SYS (mmap), 2, PROT_EXEC, 0},
    {SCMP_SYS (mprotect), 2, PROT_EXEC, 0},
    {SCMP_SYS (clone), 0, CLONE_THREAD, CLONE_THREAD},
    {SCMP_SYS (newfstatat), 3, G_MAXUINT32, AT_EMPTY_PATH},
    {SCMP_SYS (fcntl), 1, G_MAXUINT32, F_GETFD},
    {SCMP_SYS (fcntl), 1, G_MAXUINT32, F_SETFD},
    {SCMP_SYS (fcntl), 1, G_MAXUINT32, F_GETFL},
    {SCMP_SYS (fcntl), 1, G_MAXUINT32, F_SETFL},
    {SCMP_SYS (fcntl), 1, G_MAXUINT32, F_DUPFD_CLOEXEC},
    {SCMP_SYS (prctl), 0, G_MAXUINT32, PR_SET_NAME},
};

static gint
add_conditions (scmp_filter_ctx filter)
{
    gint result = 0;

    for (guint i = 0; result == 0 && i < G_N_ELEMENTS (conditions); i++) {
        const Condition *one = &conditions[i];
        const struct scmp_arg_cmp compare = {one->argument, SCMP_CMP_MASKED_EQ, one->mask, one->value};
        result = seccomp_rule_add_array (filter, SCMP_ACT_ALLOW, one->call, 1, &compare);
    }
    /* A path instead of an empty one is told no, as with the other calls that open. */
    if (result == 0)
        result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (EACCES), SCMP_SYS (newfstatat), 1,
                                   SCMP_A3 (SCMP_CMP_NE, AT_EMPTY_PATH));
    return result;
}

/* Signals are not among it: who calls abort() is ended by the filter. The kernel asks the filter about every call that there
 * is when it is put in force, which takes half the time when the rules are a tree. */
static gint
fill (scmp_filter_ctx filter)
{
    gint result = seccomp_attr_set (filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);

    for (guint i = 0; result == 0 && i < G_N_ELEMENTS (allowed); i++)
        result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (guint i = 0; result == 0 && i < G_N_ELEMENTS (refused); i++)
        result = seccomp_rule_add (filter, SCMP_ACT_ERRNO ((guint)refused[i].error), refused[i].call, 0);
    if (result == 0)
        result = add_conditions (filter);
    return result;
}

/* What libseccomp writes; it gives it to a descriptor only. */
static gint
write_program (scmp_filter_ctx filter, GBytes **ret_program)
{
    gint fd = memfd_create ("filter", MFD_CLOEXEC);
    gint result = fd >= 0 ? seccomp_export_bpf (filter, fd) : -errno;
    off_t length = result == 0 ? lseek (fd, 0, SEEK_END) : 0;
    g_autofree gpointer program = g_malloc ((gsize)MAX (length, 0));

    if (result == 0 && pread (fd, program, (gsize)length, 0) != length)
        result = -EIO;
    if (fd >= 0)
        close (fd);
    if (result == 0)
        *ret_program = g_bytes_new_take (g_steal_pointer (&program), (gsize)length);
    return result;
}

static gboolean
fail_filter (gint number, GError **error)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "seccomp: %s", g_strerror (number));
    return FALSE;
}

GBytes *
pena_sandbox_make_filter (GError **error)
{
    scmp_filter_ctx filter = seccomp_init (strict ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW);
    GBytes *program = NULL;
    gint result = filter != NULL ? 0 : -ENOMEM;

    if (result == 0 && strict)
        result = fill (filter);
    if (result == 0)
        result = write_program (filter, &program);
    seccomp_release (filter);
    if (result != 0)
        fail_filter (-result, error);
    return program;
}

/* A positive answer is the number of a thread that could not be put under it. */
gboolean
pena_sandbox_filter_calls (GBytes *filter, gint null, GError **error)
{
    gsize length;
    struct sock_filter *program = (gpointer)g_bytes_get_data (filter, &length);
    const struct sock_fprog all = {(gushort)(length / sizeof *program), program};
    glong result = syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &all);

    if (result != 0)
        return fail_filter (result < 0 ? errno : ESRCH, error);
    return !strict ||
           (dup3 (null, STDOUT_FILENO, O_CLOEXEC) >= 0 && dup3 (null, STDERR_FILENO, O_CLOEXEC) >= 0) ||
           fail_filter (errno, error);
}
