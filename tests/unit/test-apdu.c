/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: APDUs as bytes, chains, GET RESPONSE, and answers that must not be trusted
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "pena-apdu.h"

/* A link that must be sent what the script says and answers what stands there; both in hex. */
typedef struct {
    const gchar *command; /* "*N": any of N bytes */
    const gchar *answer;
} Step;

typedef struct {
    PenaLink parent;
    const Step *steps;
} Script;

static GByteArray *
from_hex (const gchar *hex)
{
    GByteArray *bytes = g_byte_array_new ();

    for (; hex[0] != '\0'; hex += 2) {
        guint8 byte = (guint8)(g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));
        g_byte_array_append (bytes, &byte, 1);
    }
    return bytes;
}

static gchar *
to_hex (const guint8 *bytes, gsize length)
{
    GString *out = g_string_new (NULL);

    for (gsize i = 0; i < length; i++)
        g_string_append_printf (out, "%02X", bytes[i]);
    return g_string_free (out, FALSE);
}

static gboolean
script_transmit (PenaLink *link, const guint8 *command, gsize command_length, guint8 *answer, gsize *length,
                 GError **error)
{
    Script *self = (Script *)link;
    const Step *step = self->steps++;
    g_autofree gchar *sent = to_hex (command, command_length);

    g_assert_nonnull (step->command);
    if (step->command[0] == '*')
        g_assert_cmpuint (command_length, ==, g_ascii_strtoull (step->command + 1, NULL, 10));
    else
        g_assert_cmpstr (sent, ==, step->command);
    g_autoptr (GByteArray) bytes = from_hex (step->answer);
    if (bytes->len > 0)
        memcpy (answer, bytes->data, bytes->len);
    *length = bytes->len;
    return TRUE;
}

static void
script_disconnect (PenaLink *link)
{
    g_free (link);
}

static const Step *next_steps;

static PenaLink *
script_connect (PenaTransport *transport, const gchar *reader, GError **error)
{
    Script *self = g_new0 (Script, 1);

    self->parent.ops = transport->ops;
    self->steps = next_steps;
    return &self->parent;
}

static void
script_free (PenaTransport *transport)
{
    g_free (transport);
}

static const PenaTransportOps script_ops = {.name = "script",
                                            .connect = script_connect,
                                            .free = script_free,
                                            .transmit = script_transmit,
                                            .disconnect = script_disconnect};

static Script *
script_new (const Step *steps)
{
    PenaTransport *transport = g_new0 (PenaTransport, 1);

    next_steps = steps;
    pena_transport_init (transport, &script_ops);
    PenaLink *link = pena_transport_connect (transport, "script", NULL);
    g_assert_nonnull (link);
    pena_transport_free (transport);
    return (Script *)link;
}

static const guint8 zeros[PENA_APDU_DATA_MAX];

static void
assert_built (gsize data, gsize le, gboolean extended, const gchar *expected)
{
    g_autoptr (PenaSecret) out = pena_secret_new (300, FALSE, NULL);
    const PenaApdu apdu = {.cla = 0x00, .ins = 0xCB, .p1 = 0x3F, .p2 = 0xFF, .data = zeros, .length = data};

    g_assert_true (pena_apdu_build (out, &apdu, le, extended));
    g_autofree gchar *hex = to_hex (out->data, out->length);
    g_assert_cmpstr (hex, ==, expected);
}

/* The cases of ISO/IEC 7816-3, 12.1.3. */
static void
test_build (void)
{
    assert_built (0, 0, FALSE, "00CB3FFF");
    assert_built (0, 256, FALSE, "00CB3FFF00");
    assert_built (0, 5, FALSE, "00CB3FFF05");
    assert_built (2, 0, FALSE, "00CB3FFF020000");
    assert_built (2, 256, FALSE, "00CB3FFF02000000");
    assert_built (0, 65536, TRUE, "00CB3FFF000000");
    assert_built (2, 0, TRUE, "00CB3FFF0000020000");
    assert_built (2, 4096, TRUE, "00CB3FFF00000200001000");
}

static void
test_build_too_long (void)
{
    g_autoptr (PenaSecret) out = pena_secret_new (16, FALSE, NULL);
    const PenaApdu apdu = {.data = zeros, .length = 16};

    g_assert_false (pena_apdu_build (out, &apdu, 0, FALSE));
}

/* Exchanges with a script; returns the status word. An error code is asserted when one is given. */
static guint16
exchange (Script *script, gsize data, gsize room, const gchar *expected, gint code)
{
    g_autoptr (PenaSecret) answer = room > 0 ? pena_secret_new (room, FALSE, NULL) : NULL;
    const PenaApdu apdu = {.ins = 0x87, .p1 = 0x07, .p2 = 0x9C, .data = zeros, .length = data};
    g_autoptr (GError) error = NULL;
    guint16 sw = 0;

    gboolean done = pena_apdu_exchange (&script->parent, &apdu, answer, &sw, &error);
    g_assert_true (done == (code < 0));
    if (!done)
        g_assert_error (error, PENA_ERROR, code);
    if (done)
        g_assert_null (script->steps->command);
    if (expected != NULL) {
        g_autofree gchar *hex = to_hex (answer->data, answer->length);
        g_assert_cmpstr (hex, ==, expected);
    }
    return sw;
}

static void
test_get_response (void)
{
    const Step steps[] = {
        {"0087079C00", "01026102"}, {"00C0000002", "03046100"}, {"00C0000000", "059000"}, {0}};
    g_autoptr (PenaLink) link = &script_new (steps)->parent;

    g_assert_cmphex (exchange ((Script *)link, 0, 256, "0102030405", -1), ==, 0x9000);
}

static void
test_wrong_le (void)
{
    const Step steps[] = {{"0087079C00", "6C03"}, {"0087079C03", "0102039000"}, {0}};
    g_autoptr (PenaLink) link = &script_new (steps)->parent;

    g_assert_cmphex (exchange ((Script *)link, 0, 256, "010203", -1), ==, 0x9000);
}

/* A card that says 6Cxx for ever gets one second chance. */
static void
test_wrong_le_for_ever (void)
{
    const Step steps[] = {{"0087079C00", "6C03"}, {"0087079C03", "6C03"}, {0}};
    g_autoptr (PenaLink) link = &script_new (steps)->parent;

    g_assert_cmphex (exchange ((Script *)link, 0, 256, "", -1), ==, 0x6C03);
}

static void
test_chain (void)
{
    const Step steps[] = {{"*260", "9000"}, {"*260", "9000"}, {"*16", "9000"}, {0}};
    g_autoptr (PenaLink) link = &script_new (steps)->parent;

    g_assert_cmphex (exchange ((Script *)link, 520, 256, NULL, -1), ==, 0x9000);
}

static void
test_chain_refused (void)
{
    const Step steps[] = {{"*260", "6884"}, {0}};
    g_autoptr (PenaLink) link = &script_new (steps)->parent;

    g_assert_cmphex (exchange ((Script *)link, 266, 256, NULL, -1), ==, 0x6884);
}

static void
test_extended (void)
{
    const Step steps[] = {{"*275", "9000"}, {0}}; /* 7 + 266 + 2 */
    g_autoptr (PenaLink) link = &script_new (steps)->parent;

    link->extended = TRUE;
    g_assert_cmphex (exchange ((Script *)link, 266, 1024, NULL, -1), ==, 0x9000);
    g_assert_true (link->extended);
}

static void
test_extended_refused (void)
{
    static const gchar *const refusals[] = {"6700", "6D00"};

    for (guint i = 0; i < G_N_ELEMENTS (refusals); i++) {
        const Step steps[] = {{"*275", refusals[i]}, {"*260", "9000"}, {"*17", "9000"}, {0}};
        g_autoptr (PenaLink) link = &script_new (steps)->parent;
        link->extended = TRUE;
        g_assert_cmphex (exchange ((Script *)link, 266, 1024, NULL, -1), ==, 0x9000);
        g_assert_false (link->extended);
    }
}

/* T=0 has no Le beside data. */
static void
test_t0 (void)
{
    const Step steps[] = {{"0087079C020000", "6101"}, {"00C0000001", "AA9000"}, {0}};
    g_autoptr (PenaLink) link = &script_new (steps)->parent;

    link->t0 = TRUE;
    g_assert_cmphex (exchange ((Script *)link, 2, 256, "AA", -1), ==, 0x9000);
}

static void
test_too_much (void)
{
    const Step steps[] = {{"0087079C04", "01020304056101"}, {0}};
    g_autoptr (PenaLink) link = &script_new (steps)->parent;

    exchange ((Script *)link, 0, 4, NULL, PENA_ERROR_TOKEN_FAILED);
}

static void
test_unasked (void)
{
    const Step steps[] = {{"0087079C", "019000"}, {0}};
    g_autoptr (PenaLink) link = &script_new (steps)->parent;

    exchange ((Script *)link, 0, 0, NULL, PENA_ERROR_TOKEN_FAILED);
}

static void
test_more_of_nothing (void)
{
    const Step steps[] = {{"0087079C00", "6105"}, {"00C0000005", "6105"}, {0}};
    g_autoptr (PenaLink) link = &script_new (steps)->parent;

    exchange ((Script *)link, 0, 256, NULL, PENA_ERROR_TOKEN_FAILED);
}

/* Fewer than two bytes: PC/SC's way to show a card that died. The link stays dead. */
static void
test_lost (void)
{
    static const gchar *const answers[] = {"", "90"};

    for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
        const Step steps[] = {{"0087079C00", answers[i]}, {0}};
        g_autoptr (PenaLink) link = &script_new (steps)->parent;
        exchange ((Script *)link, 0, 256, NULL, PENA_ERROR_TOKEN_REMOVED);
        exchange ((Script *)link, 0, 256, NULL, PENA_ERROR_TOKEN_REMOVED);
    }
}

/* What went over the link is not left lying about. */
static void
test_wiped (void)
{
    const Step steps[] = {{"0087079C02000008", "AABBCC9000"}, {0}};
    g_autoptr (PenaLink) link = &script_new (steps)->parent;

    exchange ((Script *)link, 2, 8, "AABBCC", -1);
    for (gsize i = 0; i < link->command->capacity; i++)
        g_assert_cmphex (link->command->data[i], ==, 0);
    for (gsize i = 0; i < link->answer->capacity; i++)
        g_assert_cmphex (link->answer->data[i], ==, 0);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/transport/apdu/build", test_build);
    g_test_add_func ("/transport/apdu/build-too-long", test_build_too_long);
    g_test_add_func ("/transport/apdu/get-response", test_get_response);
    g_test_add_func ("/transport/apdu/wrong-le", test_wrong_le);
    g_test_add_func ("/transport/apdu/wrong-le-for-ever", test_wrong_le_for_ever);
    g_test_add_func ("/transport/apdu/chain", test_chain);
    g_test_add_func ("/transport/apdu/chain-refused", test_chain_refused);
    g_test_add_func ("/transport/apdu/extended", test_extended);
    g_test_add_func ("/transport/apdu/extended-refused", test_extended_refused);
    g_test_add_func ("/transport/apdu/t0", test_t0);
    g_test_add_func ("/transport/apdu/too-much", test_too_much);
    g_test_add_func ("/transport/apdu/unasked", test_unasked);
    g_test_add_func ("/transport/apdu/more-of-nothing", test_more_of_nothing);
    g_test_add_func ("/transport/apdu/lost", test_lost);
    g_test_add_func ("/transport/apdu/wiped", test_wiped);
    return g_test_run ();
}
