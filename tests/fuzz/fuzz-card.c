/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: fuzz target: cards that answer whatever they like, to every driver and operation
 * Copyright (C) 2026 the Pena authors */
#include "fuzz-world.h"
#include "fuzz.h"

#include <string.h>

#include "pena-card.h"

#define READER "Virtual reader 00 00"
#define OPERATIONS_MAX 12
static const guint8 *const pin = (const guint8 *)VTOKEN_PIN;
static const guint8 *const puk = (const guint8 *)VTOKEN_PUK;

typedef struct {
    VtokenWorld world;
    PenaTransport *transport;
    PenaCard *card;
    guint8 choice; /* which of several */
} Run;

typedef gboolean (*Operation) (Run *run, GError **error);

static gboolean
need_all (Run *run, GError **error)
{
    return pena_card_need_keys (run->card, error) && pena_card_need_device (run->card, error) &&
           pena_card_need_serial (run->card, error);
}

static PenaVerifyFlags
flags (const Run *run)
{
    return (run->choice & 1 ? PENA_VERIFY_HOLD : 0) | (run->choice & 2 ? PENA_VERIFY_SPEND_LAST_TRY : 0);
}

static gboolean
log_in (Run *run, GError **error)
{
    return pena_card_get_contents (run->card)->n_pins == 0 ||
           pena_card_verify (run->card, PENA_CARD_PIN_USER, pin, 6, flags (run), error);
}

static gboolean
verify_any (Run *run, GError **error)
{
    guint n_pins = pena_card_get_contents (run->card)->n_pins;

    return n_pins == 0 || pena_card_verify (run->card, run->choice / 4 % n_pins, puk, 4 + run->choice % 5,
                                            flags (run), error);
}

/* What the operation takes of the key. */
static gsize
make_input (const PenaCardKey *key, PenaKeyOperation operation, guint8 *input)
{
    static const guint8 digest_info[51] = {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                           0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    guint8 *point = NULL;
    gsize length;

    switch (operation) {
    case PENA_KEY_RSA_RAW:
    case PENA_KEY_RSA_PKCS1_DECRYPT:
        memset (input, 1, 512);
        return MIN ((key->bits + 7) / 8, 512);
    case PENA_KEY_RSA_PKCS1_SIGN:
        memcpy (input, digest_info, sizeof digest_info);
        return sizeof digest_info;
    case PENA_KEY_ECDH:
        length = EVP_PKEY_get1_encoded_public_key (key->public_key, &point);
        memcpy (input, point, MIN (length, 512));
        OPENSSL_free (point);
        return MIN (length, 512);
    default:
        memset (input, 7, 32);
        return 32;
    }
}

static gboolean
use_key (Run *run, GError **error)
{
    GPtrArray *keys = pena_card_get_contents (run->card)->keys;
    const PenaCardKey *key = keys->len > 0 ? keys->pdata[run->choice % keys->len] : NULL;
    g_autoptr (PenaSecret) secret = pena_secret_new (PENA_CARD_PIN_MAX, FALSE, NULL);
    g_autoptr (PenaSecret) output = pena_secret_new (1024, FALSE, NULL);
    guint8 input[512];

    pena_secret_append (secret, pin, 6);
    for (guint bit = 0; key != NULL && bit < 6; bit++) {
        PenaKeyOperation operation = 1u << bit;
        if ((key->operations & operation) == 0)
            continue;
        gsize length = make_input (key, operation, input);
        return pena_card_use_key (run->card, key, operation, input, length, run->choice & 8 ? secret : NULL,
                                  output, error);
    }
    return TRUE;
}

static gboolean
change_pin (Run *run, GError **error)
{
    return pena_card_get_contents (run->card)->n_pins == 0 ||
           pena_card_change_pin (run->card, PENA_CARD_PIN_USER, pin, 6, pin, 6, flags (run), error);
}

static gboolean
unblock (Run *run, GError **error)
{
    return pena_card_unblock (run->card, run->choice & 1 ? PENA_ROLE_RESET : PENA_ROLE_ADMIN, puk, 8, pin, 6,
                              PENA_VERIFY_NORMAL, error);
}

static gboolean
authenticate (Run *run, GError **error)
{
    static const guint8 key[24] = {1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8};
    gboolean by_pin = g_str_equal (pena_card_get_kind (run->card), "openpgp");

    return pena_card_authenticate (run->card, by_pin ? puk : key, by_pin ? 8 : sizeof key, flags (run),
                                   error);
}

static const PenaCardPlace *
pick_place (const Run *run)
{
    const PenaCardPlace *places = pena_card_get_contents (run->card)->places;

    return places != NULL && places->name != NULL ? &places[0] : NULL;
}

static gboolean
generate (Run *run, GError **error)
{
    const PenaKeySpec spec = {.place = pick_place (run), .algorithm = PENA_ALGORITHM_P256};
    EVP_PKEY *public_key = NULL;
    gboolean done = spec.place == NULL || pena_card_generate_key (run->card, &spec, &public_key, error);

    EVP_PKEY_free (public_key);
    return done;
}

static gboolean
write_certificate (Run *run, GError **error)
{
    GPtrArray *certificates = pena_card_get_contents (run->card)->certificates;
    const PenaCardPlace *place = pick_place (run);

    if (place == NULL || certificates->len == 0)
        return TRUE;
    if (run->choice & 1)
        return pena_card_delete_certificate (run->card, place, error);
    g_autoptr (GBytes) der = g_bytes_ref (((PenaCardCertificate *)certificates->pdata[0])->der);
    return pena_card_put_certificate (run->card, place, der, error);
}

static gboolean
make_random (Run *run, GError **error)
{
    guint8 out[40];
    return pena_card_random (run->card, out, run->choice % sizeof out, error);
}

static gboolean
attest (Run *run, GError **error)
{
    GPtrArray *keys = pena_card_get_contents (run->card)->keys;
    GBytes *statement = NULL, *intermediate = NULL;
    gboolean done = keys->len == 0 || pena_card_attest (run->card, keys->pdata[run->choice % keys->len],
                                                        &statement, &intermediate, error);

    g_clear_pointer (&statement, g_bytes_unref);
    g_clear_pointer (&intermediate, g_bytes_unref);
    return done;
}

static gboolean
set_label (Run *run, GError **error)
{
    return pena_card_set_label (run->card, "Tirta Kencana", error);
}

static gboolean
reload (Run *run, GError **error)
{
    if (run->choice & 1)
        pena_card_distrust (run->card);
    return pena_card_reload (run->card, error);
}

static gboolean
log_out (Run *run, GError **error)
{
    return pena_card_logout (run->card, error);
}

static gboolean
release (Run *run, GError **error)
{
    pena_card_release (run->card);
    return TRUE;
}

/* What others do to the card between two calls. */
static gboolean
meddle (Run *run, GError **error)
{
    pena_card_release (run->card);
    if (run->choice % 3 == 0)
        vtoken_world_reset (&run->world);
    else if (run->choice % 3 == 1)
        vtoken_world_insert (&run->world);
    else if (vtoken_is_present (run->world.card))
        vtoken_reset (run->world.card);
    return TRUE;
}

static gboolean
reset_all (Run *run, GError **error)
{
    return pena_card_factory_reset (run->card, error);
}

static const Operation operations[] = {need_all,    log_in,  use_key,      use_key,  verify_any,
                                       change_pin,  unblock, authenticate, generate, write_certificate,
                                       make_random, attest,  set_label,    reload,   log_out,
                                       release,     meddle,  reset_all};

/* A failure is told with a code of ours, and nothing stays open that nobody has asked to hold. */
static void
step (Run *run, guint8 what)
{
    g_autoptr (GError) error = NULL;

    run->choice = what / G_N_ELEMENTS (operations);
    if (!operations[what % G_N_ELEMENTS (operations)](run, &error))
        fuzz_check_error (error);
    else
        g_assert_no_error (error);
    g_assert_true (run->world.in_transaction == pena_card_is_held (run->card) ||
                   pena_card_is_lost (run->card));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
    FuzzInput input = {data, size, 0};
    guint8 number = fuzz_input_u8 (&input);
    FuzzInput script = fuzz_input_split (&input, OPERATIONS_MAX);
    g_autoptr (GError) error = NULL;
    Run run = {0};

    fuzz_world_set_up (&run.world, number, &input);
    run.transport = vtoken_transport_new (&run.world);
    run.transport->may_thread = FALSE;
    run.card = pena_card_open (run.transport, READER, &error);
    if (run.card == NULL)
        fuzz_check_error (error);
    while (run.card != NULL && script.at < script.size)
        step (&run, fuzz_input_u8 (&script));
    pena_card_free (run.card);
    pena_transport_free (run.transport);
    fuzz_world_tear_down (&run.world);
    return 0;
}
