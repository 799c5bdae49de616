/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: signing and verifying through the agent, and what may go wrong on the way
 * Copyright (C) 2026 the Pena authors */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent-rig.h"
#include "pdf-builder.h"

#define SIGN_PDF "/pena/v1/sign?format=pades&name=surat.pdf"

static void
assert_verdict (const AgentRig *rig, const gchar *target, GBytes *body, const gchar *verdict)
{
    g_autoptr (AgentAnswer) answer = agent_post (rig, target, body);
    g_autofree gchar *wanted = g_strdup_printf ("\"verdict\":\"%s\"", verdict);
    gsize length;
    const gchar *text = g_bytes_get_data (answer->body, &length);

    if (answer->status != 200 || g_strstr_len (text, (gssize)length, wanted) == NULL)
        g_error ("expected %s, got: %s%.*s", verdict, answer->header, (gint)length, text);
}

static GBytes *
join (GBytes *a, GBytes *b)
{
    GByteArray *all = g_byte_array_new ();

    g_byte_array_append (all, g_bytes_get_data (a, NULL), (guint)g_bytes_get_size (a));
    g_byte_array_append (all, g_bytes_get_data (b, NULL), (guint)g_bytes_get_size (b));
    return g_byte_array_free_to_bytes (all);
}

static void
test_pades (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) letter = pdf_make_letter ();
    gsize size = g_bytes_get_size (letter);
    g_autoptr (AgentAnswer) whole = agent_post (rig, SIGN_PDF, letter);

    g_assert_cmpuint (whole->status, ==, 200);
    g_assert_nonnull (strstr (whole->header, "Content-Type: application/pdf"));
    g_assert_nonnull (strstr (whole->header, "Pena-Level: B-B"));
    g_assert_nonnull (strstr (whole->header, "Pena-Signature-Id: 0"));
    g_assert_nonnull (strstr (whole->header, "Pena-Document-SHA256: "));
    g_assert_cmpuint (g_bytes_get_size (whole->body), >, size);
    g_assert_cmpmem (g_bytes_get_data (whole->body, NULL), size, g_bytes_get_data (letter, NULL), size);
    assert_verdict (rig, "/pena/v1/verify", whole->body, "valid");
    assert_verdict (rig, "/pena/v1/verify", letter, "unsigned");

    /* again, over the signed one, only the update this time */
    g_autoptr (AgentAnswer) update = agent_post (rig, SIGN_PDF "&return=update&reason=Setuju", whole->body);
    g_assert_cmpuint (update->status, ==, 200);
    g_autoptr (GBytes) twice = join (whole->body, update->body);
    assert_verdict (rig, "/pena/v1/verify", twice, "valid");
}

static void
test_changed (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) letter = pdf_make_letter ();
    g_autoptr (AgentAnswer) whole = agent_post (rig, SIGN_PDF, letter);
    gsize length;
    guint8 *data;

    g_assert_cmpuint (whole->status, ==, 200);
    data = g_bytes_unref_to_data (g_bytes_ref (whole->body), &length);
    /* a digit of the page's size */
    gchar *box = g_strstr_len ((gchar *)data, (gssize)length, "MediaBox");
    g_assert_nonnull (box);
    gchar *digit = strpbrk (box, "0123456789");
    *digit = *digit == '1' ? '2' : '1';
    g_autoptr (GBytes) changed = g_bytes_new_take (data, length);
    assert_verdict (rig, "/pena/v1/verify", changed, "invalid");
}

static void
test_cades (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) document = g_bytes_new_static ("anggaran", 8);
    g_autoptr (GBytes) other = g_bytes_new_static ("Anggaran", 8);
    g_autoptr (AgentAnswer) answer = agent_post (rig, "/pena/v1/sign?name=anggaran.txt", document);

    g_assert_cmpuint (answer->status, ==, 200);
    g_assert_nonnull (strstr (answer->header, "Content-Type: application/pkcs7-signature"));
    g_autoptr (GBytes) both = join (answer->body, document);
    g_autoptr (GBytes) wrong = join (answer->body, other);
    g_autofree gchar *target =
        g_strdup_printf ("/pena/v1/verify?signature-size=%" G_GSIZE_FORMAT, g_bytes_get_size (answer->body));
    assert_verdict (rig, target, both, "valid");
    assert_verdict (rig, target, wrong, "invalid");
}

/* More than fits into memory, so by way of a file; and more than one answer's piece. */
static void
test_large (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    g_autofree gchar *filler = g_strnfill (12 * 1024 * 1024, ' ');
    g_autofree gchar *object =
        g_strdup_printf ("<< /Length %d >>\nstream\n%s\nendstream", 12 * 1024 * 1024, filler);

    pdf_builder_letter (builder, "", "");
    pdf_builder_object (builder, 9, object);
    pdf_builder_table (builder, "");
    g_autoptr (GBytes) letter = g_bytes_new (builder->bytes->data, builder->bytes->len);
    g_autoptr (AgentAnswer) whole = agent_post (rig, SIGN_PDF, letter);
    g_assert_cmpuint (whole->status, ==, 200);
    g_assert_cmpmem (g_bytes_get_data (whole->body, NULL), g_bytes_get_size (letter),
                     g_bytes_get_data (letter, NULL), g_bytes_get_size (letter));
    assert_verdict (rig, "/pena/v1/verify", whole->body, "valid");
    /* nothing is left behind */
    g_autofree gchar *cache = g_build_filename (rig->dir, "cache", "pena", NULL);
    g_autoptr (GDir) dir = g_dir_open (cache, 0, NULL);
    const gchar *name;
    while ((name = g_dir_read_name (dir)) != NULL)
        g_assert_false (g_str_has_prefix (name, "intake"));
}

static void
test_refusals (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) letter = pdf_make_letter ();
    g_autoptr (GBytes) text = g_bytes_new_static ("no PDF", 6);
    g_autoptr (AgentAnswer) kind = agent_post (rig, SIGN_PDF, text);
    g_autoptr (AgentAnswer) credential = agent_post (rig, SIGN_PDF "&credential=ffff", letter);

    agent_assert_refused (kind, 422, "document-not-pdf");
    agent_assert_refused (credential, 404, "credential-unknown");
    agent_rig_write (rig, "mode", "cancel");
    g_autoptr (AgentAnswer) cancelled = agent_post (rig, SIGN_PDF, letter);
    agent_assert_refused (cancelled, 403, "user-cancelled");
    agent_rig_write (rig, "mode", "garbage");
    g_autoptr (AgentAnswer) garbage = agent_post (rig, SIGN_PDF, letter);
    agent_assert_refused (garbage, 500, "self-check-failed");
    agent_rig_write (rig, "mode", "no-token");
    g_autoptr (AgentAnswer) none = agent_post (rig, SIGN_PDF, letter);
    agent_assert_refused (none, 503, "token-missing");
    g_autoptr (AgentAnswer) both = agent_post (rig, SIGN_PDF, text);
    agent_assert_refused (both, 422, "document-not-pdf");
}

static void
test_tokens (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) letter = pdf_make_letter ();
    g_autoptr (AgentAnswer) first =
        agent_post (rig, SIGN_PDF, letter); /* writes the root that the agent trusts */
    g_autoptr (AgentAnswer) answer = agent_request (rig, "GET", "/pena/v1/tokens", NULL, NULL, 0);
    g_autofree gchar *text =
        g_strndup (g_bytes_get_data (answer->body, NULL), g_bytes_get_size (answer->body));

    g_assert_cmpuint (first->status, ==, 200);
    g_assert_cmpuint (answer->status, ==, 200);
    g_assert_nonnull (strstr (text, "\"status\":\"ok\""));
    g_assert_nonnull (strstr (text, "\"nip\":\"197803152005012003\""));
    g_assert_nonnull (strstr (text, "\"tries_left\":3"));
}

/* ---- the tokens that are listed for many documents ---- */

#define SIGN_ONE_OF_MANY SIGN_PDF "&one-of-many=1"

static gsize
count_listings (const AgentRig *rig)
{
    g_autofree gchar *listed = agent_rig_read (rig, "listed");
    g_auto (GStrv) lines = g_strsplit (listed != NULL ? listed : "", "\n", -1);

    return g_strv_length (lines);
}

static void
assert_signed (const AgentRig *rig, const gchar *target)
{
    g_autoptr (GBytes) letter = pdf_make_letter ();
    g_autoptr (AgentAnswer) answer = agent_post (rig, target, letter);

    g_assert_cmpuint (answer->status, ==, 200);
}

/* Where a second is too short for two signatures there is nothing to see. */
static void
test_list_spared (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    gsize before = 0, after = 1;

    for (guint i = 0; i < 20 && after > before; i++) {
        before = count_listings (rig);
        assert_signed (rig, SIGN_ONE_OF_MANY);
        after = count_listings (rig);
    }
    if (after > before)
        g_test_skip ("signing takes too long here");
}

/* Who signs one document is shown what is there now, and so is who looks. */
static void
test_list_anew (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);

    assert_signed (rig, SIGN_ONE_OF_MANY);
    gsize before = count_listings (rig);
    assert_signed (rig, SIGN_PDF);
    g_assert_cmpuint (count_listings (rig), ==, before + 1);
    agent_rig_write (rig, "mode", "no-token");
    g_autoptr (AgentAnswer) answer = agent_request (rig, "GET", "/pena/v1/tokens", NULL, NULL, 0);
    g_autofree gchar *text =
        g_strndup (g_bytes_get_data (answer->body, NULL), g_bytes_get_size (answer->body));
    g_assert_nonnull (strstr (text, "\"tokens\":[]"));
}

/* What was missing, or one too many, a moment ago is not held against what is there now. */
static void
test_list_refuses_anew (void)
{
    static const struct {
        const gchar *mode, *code;
        guint status;
    } before[] = {{"no-token", "token-missing", 503}, {"two", "token-ambiguous", 409}};
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) letter = pdf_make_letter ();

    for (guint i = 0; i < G_N_ELEMENTS (before); i++) {
        agent_rig_write (rig, "mode", before[i].mode);
        g_autoptr (AgentAnswer) refused = agent_post (rig, SIGN_PDF, letter);
        agent_assert_refused (refused, before[i].status, before[i].code);
        agent_rig_write (rig, "mode", "sign");
        assert_signed (rig, SIGN_ONE_OF_MANY);
    }
}

/* Pulled a moment after it was listed, and put back. */
static void
test_list_gone (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) letter = pdf_make_letter ();

    assert_signed (rig, SIGN_ONE_OF_MANY);
    agent_rig_write (rig, "mode", "no-token");
    for (guint i = 0; i < 2; i++) {
        gsize before = count_listings (rig);
        g_autoptr (AgentAnswer) gone = agent_post (rig, SIGN_ONE_OF_MANY, letter);
        agent_assert_refused (gone, 503, "token-missing");
        if (i > 0) /* what was listed before it went is not used a second time */
            g_assert_cmpuint (count_listings (rig), ==, before + 1);
    }
    agent_rig_write (rig, "mode", "sign");
    assert_signed (rig, SIGN_ONE_OF_MANY);
}

/* What was asked for before it went does not count either when it is told only afterwards. */
static void
test_list_overtaken (void)
{
    const gchar *request = "GET /pena/v1/tokens HTTP/1.1\r\nHost: pena\r\n\r\n";
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) letter = pdf_make_letter ();

    assert_signed (rig, SIGN_ONE_OF_MANY);
    agent_rig_write (rig, "mode", "late-list");
    gint looking = agent_connect (rig);
    g_assert_true (agent_send (looking, request, strlen (request)));
    agent_rig_await (rig, "listed", "late-list");
    agent_rig_write (rig, "mode", "no-token");
    g_autoptr (AgentAnswer) gone = agent_post (rig, SIGN_ONE_OF_MANY, letter);
    agent_assert_refused (gone, 503, "token-missing");
    g_autoptr (AgentAnswer) seen = agent_receive (looking);
    g_assert_cmpuint (seen->status, ==, 200);
    gsize before = count_listings (rig);
    g_autoptr (AgentAnswer) again = agent_post (rig, SIGN_ONE_OF_MANY, letter);
    agent_assert_refused (again, 503, "token-missing");
    g_assert_cmpuint (count_listings (rig), ==, before + 1);
}

static void
test_helper_dies (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) letter = pdf_make_letter ();

    agent_rig_write (rig, "mode", "die");
    g_autoptr (AgentAnswer) answer = agent_post (rig, SIGN_PDF, letter);
    agent_assert_refused (answer, 503, "token-failed");
    agent_rig_write (rig, "mode", "sign");
    g_autoptr (AgentAnswer) again = agent_post (rig, SIGN_PDF, letter);
    g_assert_cmpuint (again->status, ==, 200);
}

static GBytes *
make_body (gsize size)
{
    return g_bytes_new_take (g_strnfill (size, 'x'), size);
}

/* Told before the body is sent when its size is known, and in the middle of it when not. */
static void
test_disk_full (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autofree gchar *cache = g_build_filename (rig->dir, "cache", "pena", NULL);
    g_autoptr (GBytes) body = make_body (20 * 1024 * 1024);

    g_assert_cmpint (g_mkdir_with_parents (cache, 0700), ==, 0);
    if (mount ("tmpfs", cache, "tmpfs", MS_NOSUID | MS_NODEV, "size=9m,mode=0700") != 0) {
        g_test_skip ("a small file system cannot be mounted here");
        return;
    }
    g_autoptr (AgentAnswer) announced = agent_post (rig, "/pena/v1/sign", body);
    g_autofree gchar *head = g_strdup_printf ("POST /pena/v1/sign HTTP/1.1\r\nHost: pena\r\n"
                                              "Transfer-Encoding: chunked\r\n\r\n%x\r\n",
                                              20 * 1024 * 1024);
    gint fd = agent_connect (rig);
    agent_send (fd, head, strlen (head));
    agent_send (fd, g_bytes_get_data (body, NULL), g_bytes_get_size (body));
    agent_send (fd, "\r\n0\r\n\r\n", 7);
    g_autoptr (AgentAnswer) chunked = agent_receive (fd);
    g_assert_cmpint (umount2 (cache, MNT_DETACH), ==, 0);
    agent_assert_refused (announced, 507, "disk-full");
    agent_assert_refused (chunked, 507, "disk-full");
}

/* ---- while something hangs ---- */

typedef struct {
    const AgentRig *rig;
    GBytes *letter;
} Call;

static gpointer
call_sign (gpointer user_data)
{
    Call *call = user_data;

    return agent_post (call->rig, SIGN_PDF, call->letter);
}

static GThread *
start_sign (Call *call)
{
    return g_thread_new ("client", call_sign, call);
}

static void
signal_workers (const AgentRig *rig, gint number)
{
    g_autoptr (GArray) workers = agent_rig_workers (rig);

    for (guint i = 0; i < workers->len; i++)
        kill (g_array_index (workers, pid_t, i), number);
}

/* Bounded: until the agent keeps a spare one. */
static void
await_workers (const AgentRig *rig, guint count)
{
    for (guint i = 0; i < 3000; i++) {
        g_autoptr (GArray) workers = agent_rig_workers (rig);
        if (workers->len >= count)
            return;
        g_usleep (10000);
    }
    g_error ("no worker is kept ready");
}

static void
test_worker_dies_idle (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) letter = pdf_make_letter ();

    await_workers (rig, 1);
    signal_workers (rig, SIGKILL);
    /* seen at once, or at its first call: never more than one request is lost, and with the right name */
    g_autoptr (AgentAnswer) next = agent_post (rig, SIGN_PDF, letter);
    if (next->status != 200)
        agent_assert_refused (next, 500, "worker-failed");
    g_autoptr (AgentAnswer) after = agent_post (rig, SIGN_PDF, letter);
    g_assert_cmpuint (after->status, ==, 200);
}

static void
test_worker_dies_opening (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) letter = pdf_make_letter ();
    Call call = {rig, letter};

    await_workers (rig, 1);
    signal_workers (rig, SIGSTOP);
    GThread *client = start_sign (&call);
    await_workers (rig, 2);
    signal_workers (rig, SIGKILL);
    g_autoptr (AgentAnswer) answer = g_thread_join (client);
    agent_assert_refused (answer, 500, "worker-failed");
    g_autoptr (AgentAnswer) after = agent_post (rig, SIGN_PDF, letter);
    g_assert_true (after->status == 200 || after->status == 500);
    g_autoptr (AgentAnswer) last = agent_post (rig, SIGN_PDF, letter);
    g_assert_cmpuint (last->status, ==, 200);
}

static void
test_worker_stands_still (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new ("[agent]\nworker-timeout=1\n");
    g_autoptr (GBytes) letter = pdf_make_letter ();

    await_workers (rig, 1);
    signal_workers (rig, SIGSTOP);
    g_autoptr (AgentAnswer) answer = agent_post (rig, SIGN_PDF, letter);
    agent_assert_refused (answer, 500, "worker-failed");
    g_autoptr (AgentAnswer) after = agent_post (rig, SIGN_PDF, letter);
    g_assert_cmpuint (after->status, ==, 200);
}

/* Killed while the holder is asked, and while the result is being made. */
static void
test_worker_dies_later (void)
{
    for (guint stopped = 0; stopped < 2; stopped++) {
        g_autoptr (AgentRig) rig = agent_rig_new (NULL);
        g_autoptr (GBytes) letter = pdf_make_letter ();
        Call call = {rig, letter};
        agent_rig_write (rig, "mode", "hang");
        GThread *client = start_sign (&call);
        agent_rig_await (rig, "asked", "surat.pdf");
        signal_workers (rig, stopped ? SIGSTOP : SIGKILL);
        agent_rig_write (rig, "release", "");
        if (stopped) {
            g_usleep (300000); /* so that Finish is likely on its way; the answer is the same in any case */
            signal_workers (rig, SIGKILL);
        }
        g_autoptr (AgentAnswer) answer = g_thread_join (client);
        agent_assert_refused (answer, 500, "worker-failed");
    }
}

/* A signing whose holder is being asked; its answer is still to come. headers: complete lines. */
static gint
begin_sign (const AgentRig *rig, const gchar *headers)
{
    g_autoptr (GBytes) letter = pdf_make_letter ();
    gsize length;
    gconstpointer data = g_bytes_get_data (letter, &length);
    g_autofree gchar *head = g_strdup_printf ("POST " SIGN_PDF " HTTP/1.1\r\nHost: pena\r\n%s"
                                              "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                                              headers, length);

    agent_rig_write (rig, "mode", "hang");
    gint fd = agent_connect (rig);
    g_assert_true (agent_send (fd, head, strlen (head)) && agent_send (fd, data, length));
    agent_rig_await (rig, "asked", "surat.pdf");
    return fd;
}

#define LINES "Accept: application/x-ndjson\r\n"

static void
test_client_leaves (gconstpointer headers)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) letter = pdf_make_letter ();

    close (begin_sign (rig, headers));
    agent_rig_await (rig, "asked", "cancelled");
    agent_rig_write (rig, "mode", "sign");
    g_autoptr (AgentAnswer) after = agent_post (rig, SIGN_PDF, letter);
    g_assert_cmpuint (after->status, ==, 200);
}

/* Answers that stand still are ended; one that waits for a person does not. */
static void
test_lines_while_one_thinks (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new ("[agent]\nidle-timeout=1\n");
    gint fd = begin_sign (rig, LINES);
    gsize length;

    g_usleep (2500 * 1000);
    agent_rig_write (rig, "release", "");
    g_autoptr (AgentAnswer) answer = agent_receive (fd);
    g_assert_cmpuint (answer->status, ==, 200);
    const gchar *text = g_bytes_get_data (answer->body, &length);
    g_assert_nonnull (g_strstr_len (text, (gssize)length, "{\"stage\":\"preparing\"}\n"));
    g_assert_nonnull (g_strstr_len (text, (gssize)length, "{\"data\":\""));
    g_assert_nonnull (g_strstr_len (text, (gssize)length, "{\"stage\":\"finished\"}\n"));
}

/* The second one of the same program waits for its turn, and both are served. */
static void
test_two_clients (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) letter = pdf_make_letter ();
    Call call = {rig, letter};

    agent_rig_write (rig, "mode", "hang");
    GThread *one = start_sign (&call);
    agent_rig_await (rig, "asked", "surat.pdf");
    agent_rig_write (rig, "mode", "sign");
    GThread *two = start_sign (&call);
    await_workers (rig, 3); /* both have one, and a spare is ready */
    g_autofree gchar *asked = agent_rig_read (rig, "asked");
    g_assert_cmpstr (asked, ==, "surat.pdf\n");
    agent_rig_write (rig, "release", "");
    g_autoptr (AgentAnswer) first = g_thread_join (one);
    g_autoptr (AgentAnswer) second = g_thread_join (two);
    g_assert_cmpuint (first->status, ==, 200);
    g_assert_cmpuint (second->status, ==, 200);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/jobs/pades", test_pades);
    g_test_add_func ("/agent/jobs/changed", test_changed);
    g_test_add_func ("/agent/jobs/cades", test_cades);
    g_test_add_func ("/agent/jobs/large", test_large);
    g_test_add_func ("/agent/jobs/refusals", test_refusals);
    g_test_add_func ("/agent/jobs/tokens", test_tokens);
    g_test_add_func ("/agent/jobs/list/spared", test_list_spared);
    g_test_add_func ("/agent/jobs/list/anew", test_list_anew);
    g_test_add_func ("/agent/jobs/list/refuses-anew", test_list_refuses_anew);
    g_test_add_func ("/agent/jobs/list/gone", test_list_gone);
    g_test_add_func ("/agent/jobs/list/overtaken", test_list_overtaken);
    g_test_add_func ("/agent/jobs/disk-full", test_disk_full);
    g_test_add_func ("/agent/jobs/helper-dies", test_helper_dies);
    g_test_add_func ("/agent/jobs/worker-dies-idle", test_worker_dies_idle);
    g_test_add_func ("/agent/jobs/worker-dies-opening", test_worker_dies_opening);
    g_test_add_func ("/agent/jobs/worker-stands-still", test_worker_stands_still);
    g_test_add_func ("/agent/jobs/worker-dies-later", test_worker_dies_later);
    g_test_add_data_func ("/agent/jobs/client-leaves", "", test_client_leaves);
    g_test_add_func ("/agent/jobs/lines-while-one-thinks", test_lines_while_one_thinks);
    g_test_add_data_func ("/agent/jobs/client-leaves-lines", LINES, test_client_leaves);
    g_test_add_func ("/agent/jobs/two-clients", test_two_clients);
    return g_test_run ();
}
