/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the agent against document workers that were taken over: no job but theirs may suffer
 * Copyright (C) 2026 the Pena authors */
#include <stdlib.h>
#include <string.h>

#include "agent-rig.h"
#include "pena-validate.h"

#define SIGN_PDF "/pena/v1/sign?format=pades&name=surat.pdf"
#define SIGN_OTHER "/pena/v1/sign?format=cades&name=surat.odt"
/* What a broker may have grown by: two messages of the largest kind and what is made of them. */
#define MEMORY_MAX_KIB (700 * 1024)

static GBytes *
document (void)
{
    static const gchar text[] = "Surat Keputusan";

    return g_bytes_new_static (text, strlen (text));
}

static AgentAnswer *
post (const AgentRig *rig, const gchar *target)
{
    g_autoptr (GBytes) body = document ();
    gsize length;
    gconstpointer data = g_bytes_get_data (body, &length);

    return agent_request (rig, "POST", target, NULL, data, length);
}

static guint64
memory_kib (const AgentRig *rig)
{
    g_autofree gchar *path = g_strdup_printf ("/proc/%d/status", (gint)rig->pid);
    g_autofree gchar *status = NULL;

    g_assert_true (g_file_get_contents (path, &status, NULL, NULL));
    const gchar *peak = strstr (status, "VmHWM:");
    g_assert_nonnull (peak);
    return g_ascii_strtoull (peak + strlen ("VmHWM:") + strspn (peak + strlen ("VmHWM:"), " \t"), NULL, 10);
}

/* One attack: its own job ends in time, another client is served meanwhile and afterwards. */
static void
assert_contained (const AgentRig *rig, const gchar *target, const gchar *mode)
{
    agent_rig_write (rig, "worker-mode", mode);
    g_autoptr (AgentAnswer) attacked = post (rig, target);
    agent_assert_refused (attacked, 500, "worker-failed");
    agent_rig_write (rig, "worker-mode", "none");
    g_autoptr (AgentAnswer) after = post (rig, SIGN_OTHER);
    if (after->status != 200)
        g_error ("after %s: %s", mode, after->header);
    g_assert_cmpuint (memory_kib (rig), <, MEMORY_MAX_KIB);
}

static void
test_answers (void)
{
    static const gchar *const modes[] = {
        "open-type",          "open-error-type",  "open-error-long",     "open-error-deep", "prepare-type",
        "prepare-error-deep", "prepare-small",    "prepare-gap",         "prepare-long",    "prepare-empty",
        "check-type",         "check-error-type", "check-error-internal"};
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);

    for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
        assert_contained (rig, SIGN_PDF, modes[i]);
}

static void
test_reports (void)
{
    static const gchar *const modes[] = {"verify-bomb", "verify-long", "verify-type"};
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (AgentAnswer) first = post (rig, SIGN_OTHER); /* writes the root that the agent trusts */

    g_assert_cmpuint (first->status, ==, 200);
    for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
        assert_contained (rig, "/pena/v1/verify", modes[i]);
}

static void
test_connection (void)
{
    static const gchar *const modes[] = {"exit",   "close",   "silence", "signals", "calls",
                                         "unread", "answers", "large",   "noise"};
    static const gchar *const calls[] = {"open", "prepare", "check"};
    g_autoptr (AgentRig) rig = agent_rig_new ("[agent]\nworker-timeout=2\n");

    for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
        g_autofree gchar *mode = g_strdup_printf ("%s-%s", calls[i % G_N_ELEMENTS (calls)], modes[i]);
        assert_contained (rig, SIGN_PDF, mode);
    }
}

/* ---- says yes to everything ---- */

static GBytes *
sha256_of (GBytes *a, GBytes *b, GBytes *c)
{
    GBytes *const parts[] = {a, b, c};
    g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize length = sizeof digest;

    for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
        if (parts[i] != NULL)
            g_checksum_update (sum, g_bytes_get_data (parts[i], NULL), (gssize)g_bytes_get_size (parts[i]));
    g_checksum_get_digest (sum, digest, &length);
    return g_bytes_new (digest, length);
}

static GBytes *
give (const gchar *algorithm, gpointer user_data, GError **error)
{
    return g_bytes_ref (user_data);
}

/* Everything but the chain, which is nobody's here. */
static void
assert_signature (GBytes *cms, PenaAdesFormat format, gboolean padded, GBytes *digest)
{
    const PenaValidationContext context = {.time = g_get_real_time () / G_USEC_PER_SEC};
    g_autoptr (PenaSignatureReport) report = pena_validate_cms (cms, format, padded, give, digest, &context);

    g_assert_cmpint (report->sub, ==, PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND);
    g_assert_cmpstr (report->level, ==, "B-B");
}

static void
test_yes_beside (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (AgentAnswer) answer = post (rig, SIGN_OTHER);
    g_autoptr (GBytes) body = document ();
    g_autoptr (GBytes) digest = sha256_of (body, NULL, NULL);

    g_assert_cmpuint (answer->status, ==, 200);
    assert_signature (answer->body, PENA_ADES_CADES, FALSE, digest);
}

static GBytes *
from_hex (const gchar *text, gsize digits)
{
    GByteArray *bytes = g_byte_array_new ();

    for (gsize i = 0; i + 1 < digits; i += 2) {
        guint8 byte = (guint8)(g_ascii_xdigit_value (text[i]) << 4 | g_ascii_xdigit_value (text[i + 1]));
        g_byte_array_append (bytes, &byte, 1);
    }
    return g_byte_array_free_to_bytes (bytes);
}

/* Document, head, gap, tail: with a signature over all but the gap in it, whatever the worker says. */
static void
test_yes_inside (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (AgentAnswer) answer = post (rig, SIGN_PDF);
    g_autoptr (GBytes) body = document ();
    g_autoptr (GBytes) piece = g_bytes_new_static ("hhhhhhhhhh", 10);
    g_autoptr (GBytes) digest = sha256_of (body, piece, piece);
    gsize before = g_bytes_get_size (body) + 10, gap = 64 * 1024;

    g_assert_cmpuint (answer->status, ==, 200);
    g_assert_cmpuint (g_bytes_get_size (answer->body), ==, before + gap + 10);
    const gchar *data = g_bytes_get_data (answer->body, NULL);
    g_assert_cmpint (data[before], ==, '<');
    g_assert_cmpint (data[before + gap - 1], ==, '>');
    g_autoptr (GBytes) cms = from_hex (data + before + 1, gap - 2);
    assert_signature (cms, PENA_ADES_PADES, TRUE, digest);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/worker/answers", test_answers);
    g_test_add_func ("/agent/worker/reports", test_reports);
    g_test_add_func ("/agent/worker/connection", test_connection);
    g_test_add_func ("/agent/worker/yes-beside", test_yes_beside);
    g_test_add_func ("/agent/worker/yes-inside", test_yes_inside);
    return g_test_run ();
}
