/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the OpenPGP driver on the virtual token: what it reads, sends, counts and refuses
 * Copyright (C) 2026 the Pena authors */
#include "openpgp-fixture.h"

static void
test_contents (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    const PenaCardContents *contents = pena_card_get_contents (f->card);
    g_assert_cmpstr (contents->manufacturer, ==, "test card");
    g_assert_cmpstr (contents->version, ==, "3.4");
    g_assert_cmpuint (strlen (contents->serial), ==, 12);
    g_assert_true (g_str_has_prefix (contents->serial, "ffff"));
    g_assert_cmpuint (contents->certificates->len, ==, 3);
    g_assert_cmpuint (contents->keys->len, ==, 3);
    g_assert_true (pena_card_need_keys (f->card, &error));
    for (guint place = 0; place < 3; place++) {
        const PenaCardKey *key = key_at (f, place);
        g_assert_cmpuint (key->id.bytes[0], ==, place + 1);
        g_assert_nonnull (key->certificate);
        g_assert_cmpint (key->origin, ==, PENA_KEY_ORIGIN_GENERATED);
        g_assert_cmpint (key->touch, ==, PENA_KEY_TOUCH_NEVER);
    }
    g_assert_cmpint (key_at (f, 0)->pin, ==, PENA_KEY_PIN_ALWAYS);
    g_assert_cmpint (key_at (f, 1)->pin, ==, PENA_KEY_PIN_ONCE);
    g_assert_cmpuint (contents->algorithms, ==,
                      1 << PENA_ALGORITHM_RSA2048 | 1 << PENA_ALGORITHM_RSA3072 |
                          1 << PENA_ALGORITHM_RSA4096 | 1 << PENA_ALGORITHM_P256 | 1 << PENA_ALGORITHM_P384 |
                          1 << PENA_ALGORITHM_ED25519 | 1 << PENA_ALGORITHM_X25519);
}

/* Keys that nobody has certified are there, and useful. */
static void
test_without_certificates (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    for (guint8 slot = 1; slot <= 3; slot++)
        vtoken_personalise_openpgp (f->world.card, VTOKEN_ALGORITHM_ED25519, slot, NULL, NULL, &error);
    g_assert_no_error (error);
    open_card (f);
    g_assert_cmpuint (pena_card_get_contents (f->card)->keys->len, ==, 0);
    g_assert_true (pena_card_need_keys (f->card, &error));
    g_assert_cmpuint (pena_card_get_contents (f->card)->keys->len, ==, 3);
    g_assert_null (key_at (f, 0)->certificate);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_true (sign (f, 0, NULL, &error));
    g_assert_true (sign (f, 2, NULL, &error));
    g_assert_true (decipher (f, &error));
}

static void
test_use (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    g_assert_true (pena_card_need_keys (f->card, &error));
    g_assert_false (sign (f, 2, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED);
    g_clear_error (&error);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_true (sign (f, 0, NULL, &error)); /* the login was good for one */
    g_assert_true (sign (f, 0, VTOKEN_PIN, &error));
    g_assert_false (sign (f, 0, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED);
    g_clear_error (&error);
    g_assert_true (sign (f, 2, NULL, &error));
    g_assert_true (sign (f, 2, NULL, &error));
    g_assert_true (decipher (f, &error));
    g_assert_true (pena_card_logout (f->card, &error));
    g_assert_false (decipher (f, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED);
    g_assert_cmpuint (tries (f), ==, 303);
}

static guint
count_and_reset (Fixture *f)
{
    guint count = vtoken_get_count (f->world.card);

    vtoken_reset_count (f->world.card);
    return count;
}

/* Each command counts: facts of the specification's smallest, and what is sent for safety. */
static void
test_counts (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    f->card = pena_card_open (f->transport, READER, &error);
    g_assert_no_error (error);
    /* 4F in vain, SELECT, 6E, and each certificate is selected and read. */
    g_assert_cmpuint (count_and_reset (f), ==, 3 + 3 * 2);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_cmpuint (count_and_reset (f), ==, 2 + 2); /* C4, F9; 82, 81 */
    g_assert_true (sign (f, 0, NULL, &error));
    g_assert_cmpuint (count_and_reset (f), ==, 1);
    g_assert_true (sign (f, 0, VTOKEN_PIN, &error));
    g_assert_cmpuint (count_and_reset (f), ==, 1 + 2);
    g_assert_true (sign (f, 2, NULL, &error));
    g_assert_cmpuint (count_and_reset (f), ==, 1 + 1);
    g_assert_true (pena_card_logout (f->card, &error));
    g_assert_cmpuint (count_and_reset (f), ==, 2);
}

/* C4 begins with 01: one login is good for all signatures. */
static void
test_several_signatures (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    guint count = 0;

    vtoken_world_send (&f->world, SELECT_OPENPGP);
    vtoken_world_send (&f->world, "00200083083132333435363738");
    g_assert_cmphex (vtoken_world_send (&f->world, "00DA00C40101"), ==, 0x9000);
    vtoken_world_reset (&f->world);
    open_card (f);
    g_assert_cmpint (key_at (f, 0)->pin, ==, PENA_KEY_PIN_ONCE);
    log_in (f, PENA_VERIFY_NORMAL);
    vtoken_reset_count (f->world.card);
    g_assert_true (sign (f, 0, NULL, &error));
    g_assert_true (sign (f, 0, NULL, &error));
    g_assert_cmpuint (count_and_reset (f), ==, 2 * 2);
    g_assert_true (decipher (f, &error));
    g_assert_true (pena_card_count_signatures (f->card, &count, &error));
    g_assert_cmpuint (count, ==, 2 + 1); /* one for the certificate request */
    g_assert_true (pena_card_logout (f->card, &error));
    g_assert_false (sign (f, 0, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED);
}

static void
assert_only_logged_in (Fixture *f)
{
    g_assert_cmphex (vtoken_world_send (&f->world, "00200081"), ==, 0x63C3);
    g_assert_cmphex (vtoken_world_send (&f->world, "00200082"), ==, 0x9000);
}

/* What a login has verified for a signature that never came is worth nothing to others. */
static void
test_unused_login (Fixture *f, gconstpointer data)
{
    open_card (f);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_true (pena_card_is_held_for (f->card, PIN_SIGN));
    pena_card_release (f->card);
    assert_only_logged_in (f);
}

/* Neither is it when something else came in the signature's place. */
static void
test_other_use (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_true (pena_card_need_keys (f->card, &error));
    g_assert_true (decipher (f, &error));
    assert_only_logged_in (f);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_true (pena_card_need_device (f->card, &error));
    assert_only_logged_in (f);
    count_and_reset (f);
    g_assert_true (decipher (f, &error));
    g_assert_cmpuint (count_and_reset (f), ==, 1 + 1); /* nothing to take back */
}

/* filter_data of the next: what a command begins with that the card does not get, and the answer to it. */
typedef struct {
    guint8 begin[4];
    gsize length;
    guint8 status[2];
} Refusal;

static void
refuse (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    const Refusal *self = world->filter_data;

    if (memcmp (command, self->begin, self->length) == 0)
        memcpy (answer, self->status, *length = sizeof self->status);
    else
        g_assert_cmpint (vtoken_transmit (world->card, command, command_length, answer, length), ==,
                         VTOKEN_OK);
}

/* Nor when it came to nothing: nobody touched the token in time. */
static void
test_failed_signature (Fixture *f, gconstpointer data)
{
    static const gchar *const pins[] = {NULL, VTOKEN_PIN};
    static Refusal untouched = {{0x00, 0x2A, 0x9E, 0x9A}, 4, {0x66, 0x00}};
    g_autoptr (GError) error = NULL;

    open_card (f);
    log_in (f, PENA_VERIFY_HOLD);
    f->world.filter_data = &untouched;
    for (guint i = 0; i < G_N_ELEMENTS (pins); i++) {
        f->world.filter = refuse;
        g_assert_false (sign (f, 0, pins[i], &error));
        g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_UNTOUCHED);
        g_clear_error (&error);
        f->world.filter = NULL;
        assert_only_logged_in (f);
    }
    g_assert_true (sign (f, 0, VTOKEN_PIN, &error));
}

/* Older cards know no VERIFY with P1 FF. Then the login is the price, once: the next one is for no signature. */
static void
test_no_forgetting (Fixture *f, gconstpointer data)
{
    static Refusal no_forgetting = {{0x00, 0x20, 0xFF}, 3, {0x6B, 0x00}};
    g_autoptr (GError) error = NULL;

    f->world.filter = refuse;
    f->world.filter_data = &no_forgetting;
    open_card (f);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_true (decipher (f, &error));
    g_assert_cmphex (vtoken_world_send (&f->world, "00200081"), ==, 0x63C3);
    g_assert_false (decipher (f, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED);
    g_clear_error (&error);
    log_in (f, PENA_VERIFY_HOLD);
    for (guint i = 0; i < 2; i++) {
        g_assert_true (decipher (f, &error));
        assert_only_logged_in (f);
    }
    g_assert_true (sign (f, 0, VTOKEN_PIN, &error));
    assert_only_logged_in (f);
    g_assert_true (pena_card_logout (f->card, &error));
    g_assert_cmphex (vtoken_world_send (&f->world, "00200082"), ==, 0x63C3);
}

static void
assert_left (GError *error, gint code, gint left)
{
    gint64 told;

    g_assert_error (error, PENA_ERROR, code);
    g_assert_true (pena_error_get_int (error, "attempts_left", &told));
    g_assert_cmpint (told, ==, left);
}

static void
test_wrong_pin (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    g_assert_false (verify (f, PIN_USER, "12345", PENA_VERIFY_NORMAL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_INVALID);
    g_clear_error (&error);
    for (gint left = 2; left >= 1; left--) {
        g_assert_false (verify (f, PIN_USER, "999999", PENA_VERIFY_NORMAL, &error));
        assert_left (error, PENA_ERROR_PIN_WRONG, left);
        g_clear_error (&error);
    }
    g_assert_false (verify (f, PIN_USER, VTOKEN_PIN, PENA_VERIFY_NORMAL, &error));
    assert_left (error, PENA_ERROR_PIN_LAST_TRY, 1);
    g_clear_error (&error);
    g_assert_false (
        verify (f, PIN_SIGN, VTOKEN_PIN, PENA_VERIFY_NORMAL, &error)); /* it is the same counter */
    assert_left (error, PENA_ERROR_PIN_LAST_TRY, 1);
    g_clear_error (&error);
    g_assert_cmpuint (tries (f), ==, 103);
    g_assert_false (verify (f, PIN_USER, "999999", PENA_VERIFY_SPEND_LAST_TRY, &error));
    assert_left (error, PENA_ERROR_PIN_BLOCKED, 0);
    g_clear_error (&error);
    g_assert_false (verify (f, PIN_USER, VTOKEN_PIN, PENA_VERIFY_SPEND_LAST_TRY, &error));
    assert_left (error, PENA_ERROR_PIN_BLOCKED, 0);
    g_assert_cmpuint (tries (f), ==, 3);
}

/* One passphrase costs at most one try, however many references it is for. */
static void
test_one_try (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    g_assert_false (verify (f, PIN_USER, "999999", PENA_VERIFY_HOLD, &error));
    g_assert_cmpuint (tries (f), ==, 203);
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_cmpuint (tries (f), ==, 303);
}

static gboolean
change (Fixture *f, guint index, const gchar *before, const gchar *after, GError **error)
{
    return pena_card_change_pin (f->card, index, (const guint8 *)before, strlen (before),
                                 (const guint8 *)after, strlen (after), PENA_VERIFY_NORMAL, error);
}

static void
test_change_pins (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    g_assert_false (change (f, PIN_USER, "999999", "654321", &error));
    assert_left (error, PENA_ERROR_PIN_WRONG, 2);
    g_clear_error (&error);
    g_assert_true (change (f, PIN_USER, VTOKEN_PIN, "rahasia sekali", &error));
    g_assert_true (verify (f, PIN_USER, "rahasia sekali", PENA_VERIFY_HOLD, &error));
    g_assert_true (sign (f, 0, NULL, &error));
    g_assert_true (change (f, PIN_ADMIN, VTOKEN_PUK, "admin yang baru", &error));
    g_assert_false (
        pena_card_authenticate (f->card, (const guint8 *)VTOKEN_PUK, 8, PENA_VERIFY_NORMAL, &error));
    assert_left (error, PENA_ERROR_ADMIN_WRONG, 2);
    g_clear_error (&error);
    g_assert_true (
        pena_card_authenticate (f->card, (const guint8 *)"admin yang baru", 15, PENA_VERIFY_NORMAL, &error));
}

static gboolean
unblock (Fixture *f, PenaCardRole role, const gchar *secret, const gchar *after, GError **error)
{
    return pena_card_unblock (f->card, role, (const guint8 *)secret, secret != NULL ? strlen (secret) : 0,
                              (const guint8 *)after, strlen (after), PENA_VERIFY_NORMAL, error);
}

static void
test_unblock (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    g_assert_false (unblock (f, PENA_ROLE_RESET, "kode pemulihan", "654321", &error));
    assert_left (error, PENA_ERROR_PIN_BLOCKED, 0); /* there is none */
    g_clear_error (&error);
    g_assert_false (unblock (f, PENA_ROLE_ADMIN, NULL, "654321", &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_ADMIN_REQUIRED);
    g_clear_error (&error);
    g_assert_false (pena_card_set_reset_code (f->card, (const guint8 *)"kode pemulihan", 14, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_ADMIN_REQUIRED);
    g_clear_error (&error);
    authenticate (f);
    g_assert_true (pena_card_set_reset_code (f->card, (const guint8 *)"kode pemulihan", 14, &error));
    pena_card_release (f->card);
    g_assert_false (unblock (f, PENA_ROLE_RESET, "kode yang salah", "654321", &error));
    assert_left (error, PENA_ERROR_PIN_WRONG, 2);
    g_clear_error (&error);
    g_assert_true (unblock (f, PENA_ROLE_RESET, "kode pemulihan", "654321", &error));
    g_assert_true (verify (f, PIN_USER, "654321", PENA_VERIFY_NORMAL, &error));
    authenticate (f);
    g_assert_true (unblock (f, PENA_ROLE_ADMIN, NULL, VTOKEN_PIN, &error));
    g_assert_true (pena_card_set_reset_code (f->card, NULL, 0, &error));
    pena_card_release (f->card);
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_cmpuint (tries (f), ==, 303);
}

/* Another program sets the key derivation up, which makes the PINs what they were at first; the next login knows.
 * The hash is over the salt 3031323334353637 and the PIN (or PW3), over and over, 1,024 bytes in all. */
static void
test_kdf (Fixture *f, gconstpointer data)
{
    static const gchar salts[] = "84083031323334353637 85083031323334353637 86083031323334353637";
    g_autoptr (GError) error = NULL;
    g_autoptr (GString) input = g_string_new (NULL);
    g_autoptr (GString) command = g_string_new ("00DA00F9 6E 810103 820108 830400000400 ");
    const gchar *passwords[] = {VTOKEN_PIN, VTOKEN_PUK};

    g_string_append (command, salts);
    for (guint i = 0; i < 2; i++) {
        g_autofree gchar *once = g_strconcat ("01234567", passwords[i], NULL);
        g_string_truncate (input, 0);
        while (input->len < 1024)
            g_string_append (input, once);
        g_autofree gchar *sum =
            g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)input->str, 1024);
        g_string_append_printf (command, "%02X20%s", 0x87 + i, sum);
    }
    g_string_replace (command, " ", "", 0);
    open_card (f);
    vtoken_world_send (&f->world, "00200083083132333435363738");
    g_assert_cmphex (vtoken_world_send (&f->world, command->str), ==, 0x9000);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_true (sign (f, 0, NULL, &error));
    g_assert_true (pena_card_get_pin (f->card, PIN_USER)->no_pad);
    g_assert_true (change (f, PIN_USER, VTOKEN_PIN, "rahasia sekali", &error));
    g_assert_true (verify (f, PIN_USER, "rahasia sekali", PENA_VERIFY_NORMAL, &error));
    authenticate (f);
    g_assert_true (unblock (f, PENA_ROLE_ADMIN, NULL, VTOKEN_PIN, &error));
    pena_card_release (f->card);
    g_assert_cmpuint (tries (f), ==, 303);
}

/* --- others on the card --- */

static void
test_others (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    log_in (f, PENA_VERIFY_NORMAL);
    vtoken_world_send (&f->world, SELECT_OPENPGP); /* ends what was verified */
    g_assert_false (decipher (f, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED);
    g_clear_error (&error);
    log_in (f, PENA_VERIFY_NORMAL);
    vtoken_world_reset (&f->world);
    g_assert_false (decipher (f, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED);
    g_clear_error (&error);
    vtoken_world_reset (&f->world);
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_true (decipher (f, &error));
}

/* Another program that opens the card, or looks at it, does not end our login. */
static void
test_another_of_us (Fixture *f, gconstpointer data)
{
    PenaTransport *transport = vtoken_transport_new (&f->world);
    g_autoptr (GError) error = NULL;
    PenaCard *other;

    open_card (f);
    log_in (f, PENA_VERIFY_NORMAL);
    other = pena_card_open (transport, READER, &error);
    g_assert_no_error (error);
    g_assert_true (pena_card_need_keys (other, &error));
    g_assert_true (pena_card_need_pin (other, PIN_USER, &error));
    g_assert_true (decipher (f, &error));
    g_assert_true (pena_card_reload (other, &error));
    g_assert_true (decipher (f, &error));
    pena_card_free (other);
    pena_transport_free (transport);
}

/* --- faults at every APDU of every operation: whatever comes of them, no try is lost --- */

typedef gboolean (*Operation) (Fixture *f, GError **error);

static gboolean
do_open (Fixture *f, GError **error)
{
    g_clear_pointer (&f->card, pena_card_free);
    f->card = pena_card_open (f->transport, READER, error);
    return f->card != NULL;
}

static gboolean
do_read (Fixture *f, GError **error)
{
    return pena_card_need_keys (f->card, error);
}

static gboolean
do_log_in (Fixture *f, GError **error)
{
    return verify (f, PIN_USER, VTOKEN_PIN, PENA_VERIFY_NORMAL, error);
}

static gboolean
do_sign_held (Fixture *f, GError **error)
{
    return verify (f, PIN_USER, VTOKEN_PIN, PENA_VERIFY_HOLD, error) && sign (f, 0, NULL, error);
}

static gboolean
do_sign (Fixture *f, GError **error)
{
    return do_log_in (f, error) && sign (f, 0, VTOKEN_PIN, error) && sign (f, 2, NULL, error);
}

static gboolean
do_decipher (Fixture *f, GError **error)
{
    return do_log_in (f, error) && decipher (f, error);
}

static gboolean
do_log_out (Fixture *f, GError **error)
{
    return do_log_in (f, error) && pena_card_logout (f->card, error);
}

static gboolean
do_change (Fixture *f, GError **error)
{
    return change (f, PIN_USER, VTOKEN_PIN, VTOKEN_PIN, error);
}

static gboolean
do_unblock (Fixture *f, GError **error)
{
    return pena_card_authenticate (f->card, (const guint8 *)VTOKEN_PUK, 8, PENA_VERIFY_HOLD, error) &&
           unblock (f, PENA_ROLE_ADMIN, NULL, VTOKEN_PIN, error);
}

static gboolean
do_random (Fixture *f, GError **error)
{
    guint8 bytes[300];
    return pena_card_random (f->card, bytes, sizeof bytes, error);
}

static gboolean
do_count (Fixture *f, GError **error)
{
    guint count;
    return pena_card_count_signatures (f->card, &count, error);
}

static const Operation operations[] = {do_open,    do_read,   do_log_in,  do_sign_held, do_sign, do_decipher,
                                       do_log_out, do_change, do_unblock, do_random,    do_count};

static const struct {
    VtokenFault fault;
    guint argument;
} faults[] = {{VTOKEN_FAULT_PULL, 0},        {VTOKEN_FAULT_RESET, 0},       {VTOKEN_FAULT_STATUS, 0x6581},
              {VTOKEN_FAULT_STATUS, 0x6982}, {VTOKEN_FAULT_STATUS, 0x6A82}, {VTOKEN_FAULT_STATUS, 0x6D00},
              {VTOKEN_FAULT_STATUS, 0x6285}, {VTOKEN_FAULT_STATUS, 0x61FF}, {VTOKEN_FAULT_STATUS, 0x6C10},
              {VTOKEN_FAULT_STATUS, 0x63C1}, {VTOKEN_FAULT_SHORT, 0},       {VTOKEN_FAULT_GARBAGE, 0},
              {VTOKEN_FAULT_ONE_BYTE, 0},    {VTOKEN_FAULT_EMPTY, 0}};

/* FALSE once the fault comes too late to be met. */
static gboolean
try_fault (Fixture *f, guint operation, guint fault, guint nth)
{
    g_autoptr (GError) error = NULL;

    g_assert_true (do_open (f, &error));
    vtoken_reset_count (f->world.card);
    vtoken_fault_at (f->world.card, faults[fault].fault, nth, faults[fault].argument);
    gboolean done = operations[operation](f, &error);
    gboolean met = vtoken_get_count (f->world.card) >= nth;
    g_assert_true (done == (error == NULL));
    g_assert_true (done || error->domain == PENA_ERROR);
    g_assert_true (met || done);
    g_clear_error (&error);
    vtoken_fault_clear (f->world.card);
    g_clear_pointer (&f->card, pena_card_free);
    vtoken_world_insert (&f->world);
    g_assert_cmpuint (tries (f), ==, 303);
    return met;
}

static void
test_faults (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    guint cases = 0;

    for (guint operation = 0; operation < G_N_ELEMENTS (operations); operation++)
        for (guint fault = 0; fault < G_N_ELEMENTS (faults); fault++)
            for (guint nth = 1; try_fault (f, operation, fault, nth); nth++)
                cases++;
    g_test_message ("%u faults", cases);
    g_assert_cmpuint (cases, >, 700);
    g_assert_true (do_open (f, &error) && do_sign (f, &error) && do_decipher (f, &error));
}

#define ADD(path, algorithm, test)                                                                           \
    g_test_add ("/openpgp/" path, Fixture, GUINT_TO_POINTER (algorithm), set_up, test, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("contents", VTOKEN_ALGORITHM_P256, test_contents);
    ADD ("without-certificates", 0, test_without_certificates);
    ADD ("use/rsa2048", VTOKEN_ALGORITHM_RSA2048, test_use);
    ADD ("use/p256", VTOKEN_ALGORITHM_P256, test_use);
    ADD ("use/p384", VTOKEN_ALGORITHM_P384, test_use);
    ADD ("use/ed25519", VTOKEN_ALGORITHM_ED25519, test_use);
    ADD ("counts", VTOKEN_ALGORITHM_RSA2048, test_counts);
    ADD ("several-signatures", VTOKEN_ALGORITHM_P256, test_several_signatures);
    ADD ("unused-login", VTOKEN_ALGORITHM_P256, test_unused_login);
    ADD ("other-use", VTOKEN_ALGORITHM_P256, test_other_use);
    ADD ("failed-signature", VTOKEN_ALGORITHM_P256, test_failed_signature);
    ADD ("no-forgetting", VTOKEN_ALGORITHM_P256, test_no_forgetting);
    ADD ("pin/wrong", VTOKEN_ALGORITHM_P256, test_wrong_pin);
    ADD ("pin/one-try", VTOKEN_ALGORITHM_P256, test_one_try);
    ADD ("pin/change", VTOKEN_ALGORITHM_P256, test_change_pins);
    ADD ("pin/unblock", VTOKEN_ALGORITHM_P256, test_unblock);
    ADD ("pin/kdf", VTOKEN_ALGORITHM_P256, test_kdf);
    ADD ("others", VTOKEN_ALGORITHM_P256, test_others);
    ADD ("another-of-us", VTOKEN_ALGORITHM_P256, test_another_of_us);
    ADD ("faults", VTOKEN_ALGORITHM_P256, test_faults);
    return g_test_run ();
}
