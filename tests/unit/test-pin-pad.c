/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: tests of PIN pads against structures as readers and other drivers have them
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "pena-pin-pad.h"

typedef struct {
    PenaPinPadRequest request;
    gboolean modify;
    const guint8 *bytes;
    gsize length;
} Case;

/* PIV: eight bytes padded with FF. */
static const guint8 piv_verify[] = {0x1E, 0x1E, 0x82, 0x08, 0x00, 0x08, 0x06, 0x02, 0xFF, 0x09, 0x04,
                                    0x00, 0x00, 0x00, 0x00, 0x0D, 0x00, 0x00, 0x00, 0x00, 0x20, 0x00,
                                    0x80, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
static const guint8 piv_modify[] = {0x1E, 0x1E, 0x82, 0x08, 0x00, 0x00, 0x08, 0x08, 0x06, 0x03, 0x02, 0xFF,
                                    0x09, 0x04, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x15, 0x00, 0x00, 0x00,
                                    0x00, 0x24, 0x00, 0x80, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
/* OpenPGP: as long as it is typed. */
static const guint8 openpgp_verify[] = {0x1E, 0x1E, 0x82, 0x00, 0x00, 0x20, 0x06, 0x02,
                                        0xFF, 0x09, 0x04, 0x00, 0x00, 0x00, 0x00, 0x05,
                                        0x00, 0x00, 0x00, 0x00, 0x20, 0x00, 0x82, 0x00};
/* Format 2 of ISO 9564-1, as national identity cards have it: 89 47 04. */
static const guint8 iso_verify[] = {0x1E, 0x1E, 0x89, 0x47, 0x04, 0x0C, 0x04, 0x02, 0xFF, 0x09, 0x04,
                                    0x00, 0x00, 0x00, 0x00, 0x0D, 0x00, 0x00, 0x00, 0x00, 0x20, 0x00,
                                    0x01, 0x08, 0x20, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

static const PenaPinFormat padded = {PENA_PIN_BYTES, 8, 0xFF};

static void
test_build (gconstpointer data)
{
    const Case *c = data;
    guint8 bytes[PENA_PIN_PAD_REQUEST_MAX];
    gsize length = 0;

    g_assert_true (c->modify ? pena_pin_pad_build_modify (&c->request, bytes, &length)
                             : pena_pin_pad_build_verify (&c->request, bytes, &length));
    g_assert_cmpmem (bytes, length, c->bytes, c->length);
}

/* What no reader could do right is not asked of one. */
static void
test_nonsense (void)
{
    static const PenaPinPadRequest requests[] = {
        {0x20, 0, 0x80, 8, 6, FALSE, {PENA_PIN_BYTES, 8, 0xFF}},       /* least is more than most */
        {0x20, 0, 0x80, 0, 0, FALSE, {PENA_PIN_BYTES, 8, 0xFF}},       /* no PIN at all */
        {0x20, 0, 0x80, 6, 9, FALSE, {PENA_PIN_BYTES, 8, 0xFF}},       /* longer than its room */
        {0x20, 0, 0x80, 6, 13, FALSE, {PENA_PIN_ISO_9564_1, 8, 0xFF}}, /* likewise */
        {0x20, 0, 0x80, 6, 60, FALSE, {PENA_PIN_BYTES, 64, 0}},        /* more than the field can say */
        {0x20, 0, 0x80, 4, 8, FALSE, {PENA_PIN_HALF_BCD, 8, 0xFF}},    /* no reader has that */
    };
    guint8 bytes[PENA_PIN_PAD_REQUEST_MAX];
    gsize length = 7;

    for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
        g_assert_false (pena_pin_pad_build_verify (&requests[i], bytes, &length));
    const PenaPinPadRequest unsplit = {0x24, 0, 0x81, 6, 32, TRUE, {PENA_PIN_BYTES, 0, 0}};
    g_assert_false (pena_pin_pad_build_modify (&unsplit, bytes, &length));
    g_assert_cmpuint (length, ==, 7);
}

static void
test_features (void)
{
    static const guint8 both[] = {0x06, 0x04, 0x42, 0x33, 0x00, 0x06, 0x07, 0x04, 0x42, 0x33, 0x00, 0x07};
    static const guint8 odd[] = {0x12, 0x02, 0x01, 0x02, 0x06, 0x03, 0x01,
                                 0x02, 0x03, 0x07, 0x04, 0x42, 0x33};
    guint32 verify = 1, modify = 1;

    pena_pin_pad_parse_features (both, sizeof both, &verify, &modify);
    g_assert_cmphex (verify, ==, 0x42330006);
    g_assert_cmphex (modify, ==, 0x42330007);
    pena_pin_pad_parse_features (odd, sizeof odd, &verify, &modify);
    g_assert_cmphex (verify, ==, 0);
    g_assert_cmphex (modify, ==, 0);
    pena_pin_pad_parse_features (both, 7, &verify, &modify);
    g_assert_cmphex (verify, ==, 0x42330006);
    g_assert_cmphex (modify, ==, 0);
}

/* --- a reader --- */

static guint16 told;
static gsize told_length;
static PenaPinPadAction done;

static gboolean
answer_pin_pad (PenaLink *link, PenaPinPadAction action, const guint8 *request, gsize length,
                guint8 answer[2], gsize *ret_length, GError **error)
{
    done = action;
    answer[0] = (guint8)(told >> 8);
    answer[1] = (guint8)told;
    *ret_length = told_length;
    return TRUE;
}

static PenaLink *
connect_pad (PenaTransport *transport, const gchar *reader, GError **error)
{
    PenaLink *link = g_new0 (PenaLink, 1);

    link->ops = transport->ops;
    link->pad_verifies = TRUE;
    return link;
}

static void
disconnect_pad (PenaLink *link)
{
    g_free (link);
}

static void
transport_free (PenaTransport *transport)
{
    g_free (transport);
}

static const PenaTransportOps ops = {.name = "pad",
                                     .free = transport_free,
                                     .connect = connect_pad,
                                     .pin_pad = answer_pin_pad,
                                     .disconnect = disconnect_pad};

static void
test_answers (void)
{
    static const struct {
        guint16 sw;
        PenaErrorCode code;
    } rows[] = {{0x6400, PENA_ERROR_PROMPT_TIMEOUT},
                {0x6401, PENA_ERROR_USER_CANCELLED},
                {0x6402, PENA_ERROR_PIN_INVALID},
                {0x6403, PENA_ERROR_PIN_INVALID},
                {0x6B80, PENA_ERROR_TOKEN_FAILED}};
    const PenaPinPadRequest request = {0x20, 0, 0x80, 6, 8, FALSE, padded};
    g_autoptr (GError) error = NULL;
    guint16 sw = 0;

    PenaTransport *made = g_new0 (PenaTransport, 1);
    pena_transport_init (made, &ops);
    g_autoptr (PenaTransport) transport = made;
    g_autoptr (PenaLink) link = pena_transport_connect (transport, "pad", &error);
    g_assert_no_error (error);
    told_length = 2;
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        told = rows[i].sw;
        g_assert_false (pena_pin_pad_verify (link, &request, &sw, &error));
        g_assert_error (error, PENA_ERROR, (gint)rows[i].code);
        g_clear_error (&error);
    }
    told = 0x63C2;
    g_assert_true (pena_pin_pad_verify (link, &request, &sw, &error));
    g_assert_cmphex (sw, ==, 0x63C2);
    g_assert_cmpint (done, ==, PENA_PIN_PAD_VERIFY);
    g_assert_false (pena_pin_pad_modify (link, &request, &sw, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED);
    g_clear_error (&error);
    told_length = 0;
    g_assert_false (pena_pin_pad_verify (link, &request, &sw, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_REMOVED);
    g_assert_true (link->lost);
}

int
main (int argc, char **argv)
{
    static const Case cases[] = {
        {{0x20, 0, 0x80, 6, 8, TRUE, {PENA_PIN_BYTES, 8, 0xFF}}, FALSE, piv_verify, sizeof piv_verify},
        {{0x24, 0, 0x80, 6, 8, TRUE, {PENA_PIN_BYTES, 8, 0xFF}}, TRUE, piv_modify, sizeof piv_modify},
        {{0x20, 0, 0x82, 6, 32, TRUE, {PENA_PIN_BYTES, 0, 0}}, FALSE, openpgp_verify, sizeof openpgp_verify},
        {{0x20, 0, 0x01, 4, 12, TRUE, {PENA_PIN_ISO_9564_1, 8, 0xFF}}, FALSE, iso_verify, sizeof iso_verify},
    };

    g_test_init (&argc, &argv, NULL);
    g_test_add_data_func ("/drivers/pin-pad/piv-verify", &cases[0], test_build);
    g_test_add_data_func ("/drivers/pin-pad/piv-modify", &cases[1], test_build);
    g_test_add_data_func ("/drivers/pin-pad/openpgp-verify", &cases[2], test_build);
    g_test_add_data_func ("/drivers/pin-pad/iso-9564-verify", &cases[3], test_build);
    g_test_add_func ("/drivers/pin-pad/nonsense", test_nonsense);
    g_test_add_func ("/drivers/pin-pad/features", test_features);
    g_test_add_func ("/drivers/pin-pad/answers", test_answers);
    return g_test_run ();
}
