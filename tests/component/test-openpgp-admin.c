/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: administration of OpenPGP cards on the virtual token: what changes, and what faults leave behind
 * Copyright (C) 2026 the Pena authors */
#include "openpgp-fixture.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)

static gboolean
generate (Fixture *f, guint place, PenaKeyAlgorithm algorithm, EVP_PKEY **ret_key, GError **error)
{
    const PenaKeySpec spec = {.place = place_at (f, place), .algorithm = algorithm};

    return pena_card_generate_key (f->card, &spec, ret_key, error);
}

/* Made, known by its own word, used; what it replaces is gone. */
static void
make_and_use (Fixture *f, guint place, PenaKeyAlgorithm algorithm)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (EVP_PKEY) key = NULL;

    authenticate (f);
    generate (f, place, algorithm, &key, &error);
    g_assert_no_error (error);
    pena_card_release (f->card);
    g_assert_true (pena_card_need_keys (f->card, &error));
    g_assert_cmpint (EVP_PKEY_eq (key, key_at (f, place)->public_key), ==, 1);
    g_assert_cmpint (key_at (f, place)->algorithm, ==, algorithm);
    g_assert_cmpint (key_at (f, place)->origin, ==, PENA_KEY_ORIGIN_GENERATED);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_true (place == 1 ? decipher (f, &error) : sign (f, place, NULL, &error));
}

static void
test_generate (Fixture *f, gconstpointer data)
{
    open_card (f);
    make_and_use (f, 0, PENA_ALGORITHM_RSA2048);
    make_and_use (f, 0, PENA_ALGORITHM_P256);
    make_and_use (f, 0, PENA_ALGORITHM_ED25519);
    make_and_use (f, 1, PENA_ALGORITHM_X25519);
    make_and_use (f, 1, PENA_ALGORITHM_P384);
    make_and_use (f, 2, PENA_ALGORITHM_P384);
    make_and_use (f, 2, PENA_ALGORITHM_RSA2048);
}

static void
assert_refused (Fixture *f, const PenaKeySpec *spec, gint code)
{
    g_autoptr (GError) error = NULL;
    EVP_PKEY *key = NULL;

    g_assert_false (pena_card_generate_key (f->card, spec, &key, &error));
    g_assert_error (error, PENA_ERROR, code);
    g_assert_null (key);
}

/* Nothing is changed by what cannot be. */
static void
test_refused (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    assert_refused (f, &(PenaKeySpec){.place = place_at (f, 0), .algorithm = PENA_ALGORITHM_P256},
                    PENA_ERROR_ADMIN_REQUIRED);
    authenticate (f);
    assert_refused (f, &(PenaKeySpec){.place = place_at (f, 0), .algorithm = PENA_ALGORITHM_X25519},
                    PENA_ERROR_KEY_UNSUPPORTED);
    assert_refused (f, &(PenaKeySpec){.place = place_at (f, 1), .algorithm = PENA_ALGORITHM_ED25519},
                    PENA_ERROR_KEY_UNSUPPORTED);
    assert_refused (f, &(PenaKeySpec){.place = place_at (f, 2), .algorithm = PENA_ALGORITHM_P521},
                    PENA_ERROR_KEY_UNSUPPORTED);
    assert_refused (f,
                    &(PenaKeySpec){.place = place_at (f, 1),
                                   .algorithm = PENA_ALGORITHM_RSA2048,
                                   .pin = PENA_KEY_PIN_ALWAYS},
                    PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED);
    pena_card_release (f->card);
    g_assert_true (pena_card_reload (f->card, &error));
    g_assert_cmpuint (pena_card_get_contents (f->card)->keys->len, ==, 3);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_true (sign (f, 0, NULL, &error));
    g_assert_true (decipher (f, &error));
}

static void
test_policies (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (EVP_PKEY) key = NULL;

    open_card (f);
    authenticate (f);
    const PenaKeySpec spec = {.place = place_at (f, 0),
                              .algorithm = PENA_ALGORITHM_P256,
                              .pin = PENA_KEY_PIN_ONCE,
                              .touch = PENA_KEY_TOUCH_CACHED};
    g_assert_true (pena_card_generate_key (f->card, &spec, &key, &error));
    pena_card_release (f->card);
    g_assert_true (pena_card_need_keys (f->card, &error));
    g_assert_cmpint (key_at (f, 0)->pin, ==, PENA_KEY_PIN_ONCE);
    g_assert_cmpint (key_at (f, 0)->touch, ==, PENA_KEY_TOUCH_CACHED);
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_true (sign (f, 0, NULL, &error));
    g_assert_true (sign (f, 0, NULL, &error));
    /* nobody touches it */
    vtoken_reset_count (f->world.card);
    vtoken_fault_at (f->world.card, VTOKEN_FAULT_STATUS, 2, 0x6600);
    g_assert_false (sign (f, 0, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_UNTOUCHED);
}

static void
import_and_use (Fixture *f, guint place, PenaKeyAlgorithm algorithm, EVP_PKEY *made)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (EVP_PKEY) key = made;
    const PenaKeySpec with = {.place = place_at (f, place), .algorithm = algorithm};

    authenticate (f);
    pena_card_import_key (f->card, &with, key, &error);
    g_assert_no_error (error);
    pena_card_release (f->card);
    g_assert_true (pena_card_need_keys (f->card, &error));
    g_assert_cmpint (EVP_PKEY_eq (key, key_at (f, place)->public_key), ==, 1);
    g_assert_cmpint (key_at (f, place)->origin, ==, PENA_KEY_ORIGIN_IMPORTED);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_true (place == 1 ? decipher (f, &error) : sign (f, place, NULL, &error));
}

static void
test_import (Fixture *f, gconstpointer data)
{
    open_card (f);
    import_and_use (f, 0, PENA_ALGORITHM_RSA2048, EVP_RSA_gen (2048));
    import_and_use (f, 0, PENA_ALGORITHM_P256, EVP_EC_gen ("P-256"));
    import_and_use (f, 2, PENA_ALGORITHM_ED25519, EVP_PKEY_Q_keygen (NULL, NULL, "ED25519"));
    import_and_use (f, 1, PENA_ALGORITHM_X25519, EVP_PKEY_Q_keygen (NULL, NULL, "X25519"));
    import_and_use (f, 1, PENA_ALGORITHM_P256, EVP_EC_gen ("P-256"));
    import_and_use (f, 1, PENA_ALGORITHM_RSA2048, EVP_RSA_gen (2048));
}

static void
test_certificates (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree guint8 *large = g_malloc0 (4000);
    g_autoptr (GBytes) too_large = g_bytes_new (large, 4000);

    open_card (f);
    const PenaCardContents *contents = pena_card_get_contents (f->card);
    g_autoptr (GBytes) of_third =
        g_bytes_ref (((PenaCardCertificate *)contents->certificates->pdata[2])->der);
    authenticate (f);
    g_assert_false (pena_card_put_certificate (f->card, place_at (f, 0), too_large, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FULL);
    g_clear_error (&error);
    g_assert_true (pena_card_delete_certificate (f->card, place_at (f, 0), &error));
    g_assert_cmpuint (contents->certificates->len, ==, 2);
    g_assert_true (pena_card_put_certificate (f->card, place_at (f, 1), of_third, &error));
    pena_card_release (f->card);
    g_assert_true (pena_card_need_keys (f->card, &error));
    g_assert_cmpuint (contents->certificates->len, ==, 2);
    g_assert_cmpuint (contents->keys->len, ==, 3);
    g_assert_null (key_at (f, 0)->certificate);
    g_assert_null (key_at (f, 1)->certificate); /* it is of another key */
    g_assert_nonnull (key_at (f, 2)->certificate);
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_true (decipher (f, &error));
}

static void
test_delete_key (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    authenticate (f);
    g_assert_true (pena_card_delete_key (f->card, place_at (f, 1), &error));
    pena_card_release (f->card);
    g_assert_true (pena_card_need_keys (f->card, &error));
    g_assert_null (key_at (f, 1));
    g_assert_cmpuint (pena_card_get_contents (f->card)->certificates->len, ==, 3);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_true (sign (f, 0, NULL, &error));
}

static void
test_factory_reset (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    g_assert_true (pena_card_factory_reset (f->card, &error));
    g_assert_cmpuint (pena_card_get_contents (f->card)->certificates->len, ==, 0);
    g_assert_cmpuint (tries (f), ==, 303);
    g_assert_true (pena_card_reload (f->card, &error));
    g_assert_cmpuint (pena_card_get_contents (f->card)->keys->len, ==, 0);
    log_in (f, PENA_VERIFY_NORMAL);
    make_and_use (f, 0, PENA_ALGORITHM_P256);
}

/* A card that somebody terminated, or that was pulled out before it was activated again, can be made as new. */
static void
test_terminated (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    g_assert_cmphex (vtoken_world_send (&f->world, SELECT_OPENPGP), ==, 0x9000);
    g_assert_cmphex (vtoken_world_send (&f->world, "00200083083132333435363738"), ==, 0x9000);
    g_assert_cmphex (vtoken_world_send (&f->world, "00E60000"), ==, 0x9000);
    open_card (f);
    const PenaCardContents *contents = pena_card_get_contents (f->card);
    g_assert_cmpuint (contents->abilities, ==, PENA_CARD_RESET);
    g_assert_true (pena_card_need_keys (f->card, &error));
    g_assert_cmpuint (contents->keys->len, ==, 0);
    g_assert_false (verify (f, PIN_USER, VTOKEN_PIN, PENA_VERIFY_NORMAL, &error));
    g_clear_error (&error);
    g_assert_true (pena_card_factory_reset (f->card, &error));
    g_assert_true (pena_card_reload (f->card, &error));
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_cmpuint (tries (f), ==, 303);
}

/* A card without a life cycle to speak of must not be blocked in vain. */
static void
no_life_cycle (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    static const guint8 historical[] = {0x5F, 0x52, 0x0A, 0x00, 0x31, 0xF5, 0x73, 0xC0, 0x01, 0xE0, 0x05};

    vtoken_transmit (world->card, command, command_length, answer, length);
    for (gsize i = 0; i + sizeof historical <= *length; i++)
        if (memcmp (answer + i, historical, sizeof historical) == 0)
            answer[i + sizeof historical - 1] = 0x00;
}

static void
test_no_life_cycle (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    f->world.filter = no_life_cycle;
    open_card (f);
    g_assert_cmpuint (pena_card_get_contents (f->card)->abilities & PENA_CARD_RESET, ==, 0);
    g_assert_false (pena_card_factory_reset (f->card, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED);
    f->world.filter = NULL;
    g_assert_cmpuint (tries (f), ==, 303);
}

static void
test_random (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    guint8 bytes[1000] = {0}, others[1000];

    open_card (f);
    g_assert_true (pena_card_random (f->card, bytes, sizeof bytes, &error));
    g_assert_true (pena_card_random (f->card, others, sizeof others, &error));
    g_assert_true (memcmp (bytes, others, sizeof bytes) != 0);
    g_assert_true (bytes[999] != 0 || bytes[998] != 0 || bytes[997] != 0);
}

/* --- faults at every APDU: the card can be used after them, and no try is lost --- */

typedef gboolean (*Operation) (Fixture *f, GError **error);

static gboolean
be_administrator (Fixture *f, GError **error)
{
    return pena_card_authenticate (f->card, (const guint8 *)VTOKEN_PUK, 8, PENA_VERIFY_HOLD, error);
}

static gboolean
do_generate (Fixture *f, GError **error)
{
    g_autoptr (EVP_PKEY) key = NULL;
    return be_administrator (f, error) && generate (f, 2, PENA_ALGORITHM_P384, &key, error);
}

static gboolean
do_import (Fixture *f, GError **error)
{
    g_autoptr (EVP_PKEY) key = EVP_EC_gen ("P-256");
    const PenaKeySpec spec = {.place = place_at (f, 2), .algorithm = PENA_ALGORITHM_P256};
    return be_administrator (f, error) && pena_card_import_key (f->card, &spec, key, error);
}

static gboolean
do_put (Fixture *f, GError **error)
{
    g_autoptr (GBytes) der = g_bytes_new_static ("\x30\x03\x02\x01\x00", 5);
    return be_administrator (f, error) && pena_card_put_certificate (f->card, place_at (f, 2), der, error);
}

static gboolean
do_delete (Fixture *f, GError **error)
{
    return be_administrator (f, error) && pena_card_delete_certificate (f->card, place_at (f, 2), error) &&
           pena_card_delete_key (f->card, place_at (f, 2), error);
}

static gboolean
do_reset_code (Fixture *f, GError **error)
{
    return be_administrator (f, error) &&
           pena_card_set_reset_code (f->card, (const guint8 *)"kode pemulihan", 14, error);
}

static const Operation operations[] = {do_generate, do_import, do_put, do_delete, do_reset_code};

static const struct {
    VtokenFault fault;
    guint argument;
} faults[] = {{VTOKEN_FAULT_PULL, 0},        {VTOKEN_FAULT_RESET, 0},       {VTOKEN_FAULT_STATUS, 0x6581},
              {VTOKEN_FAULT_STATUS, 0x6982}, {VTOKEN_FAULT_STATUS, 0x6A88}, {VTOKEN_FAULT_STATUS, 0x6D00},
              {VTOKEN_FAULT_STATUS, 0x6285}, {VTOKEN_FAULT_SHORT, 0},       {VTOKEN_FAULT_GARBAGE, 0},
              {VTOKEN_FAULT_ONE_BYTE, 0},    {VTOKEN_FAULT_EMPTY, 0}};

static gboolean
try_fault (Fixture *f, guint operation, guint fault, guint nth)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
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
    guint left = tries (f);
    g_assert_cmpuint (left / 100, ==, 3);
    g_assert_cmpuint (left % 10, ==, 3);
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
    g_assert_cmpuint (cases, >, 400);
    open_card (f);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_true (sign (f, 0, NULL, &error)); /* the keys that were not touched work still */
    g_assert_true (decipher (f, &error));
    pena_card_release (f->card);
    make_and_use (f, 2, PENA_ALGORITHM_P256);
}

/* A factory reset that was broken off goes on when it is called again. */
static void
test_broken_reset (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    for (guint nth = 1;; nth++) {
        open_card (f);
        vtoken_fault_at (f->world.card, VTOKEN_FAULT_PULL, nth, 0);
        if (pena_card_factory_reset (f->card, &error))
            break;
        g_clear_error (&error);
        vtoken_fault_clear (f->world.card);
        g_clear_pointer (&f->card, pena_card_free);
        vtoken_world_insert (&f->world);
        open_card (f);
        pena_card_factory_reset (f->card, &error);
        g_assert_no_error (error);
        g_clear_pointer (&f->card, pena_card_free);
        vtoken_world_insert (&f->world);
        g_assert_cmpuint (tries (f), ==, 303);
        g_assert_cmpuint (nth, <, 60);
    }
}

#define ADD(path, algorithm, test)                                                                           \
    g_test_add ("/openpgp/admin/" path, Fixture, GUINT_TO_POINTER (algorithm), set_up, test, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("generate", 0, test_generate);
    ADD ("refused", VTOKEN_ALGORITHM_P256, test_refused);
    ADD ("policies", 0, test_policies);
    ADD ("import", 0, test_import);
    ADD ("certificates", VTOKEN_ALGORITHM_P256, test_certificates);
    ADD ("delete-key", VTOKEN_ALGORITHM_P256, test_delete_key);
    ADD ("factory-reset", VTOKEN_ALGORITHM_P256, test_factory_reset);
    ADD ("terminated", VTOKEN_ALGORITHM_P256, test_terminated);
    ADD ("no-life-cycle", VTOKEN_ALGORITHM_P256, test_no_life_cycle);
    ADD ("random", 0, test_random);
    ADD ("faults", VTOKEN_ALGORITHM_P256, test_faults);
    ADD ("broken-reset", VTOKEN_ALGORITHM_P256, test_broken_reset);
    return g_test_run ();
}
