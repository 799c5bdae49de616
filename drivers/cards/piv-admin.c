/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PIV cards: the management key, certificates, reset
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "piv.h"

#include <openssl/rand.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-unpack.h"

enum {
    TAG_METADATA_ALGORITHM = 0x01,
    TAG_ON_CARD_CERTIFICATES = 0xC1,
    TAG_OFF_CARD_CERTIFICATES = 0xC2,
    TAG_KEYS_URL = 0xF3,

    /* How YubiKeys' tools keep the management key on the card. */
    TAG_PROTECTED = 0x88,
    TAG_PROTECTED_KEY = 0x89,
    TAG_ADMIN_DATA = 0x80,
    TAG_ADMIN_FLAGS = 0x81,
    ADMIN_KEY_IS_PROTECTED = 0x02,

    KEY_MAX = 32,
    BLOCK_MAX = 16,
    OBJECT_ANSWER = 4096,
    TRIES_MAX = 255, /* that a PIN can have */
    WITHOUT_TOUCH = 0xFF,
};

typedef struct {
    PenaAdminKeyAlgorithm algorithm;
    guint8 id;
    gsize key_length, block;
    const EVP_CIPHER *(*cipher) (void);
} Cipher;

static const Cipher ciphers[] = {
    {PENA_ADMIN_KEY_3DES, 0x03, 24, 8, EVP_des_ede3_ecb},
    {PENA_ADMIN_KEY_AES128, 0x08, 16, 16, EVP_aes_128_ecb},
    {PENA_ADMIN_KEY_AES192, 0x0A, 24, 16, EVP_aes_192_ecb},
    {PENA_ADMIN_KEY_AES256, 0x0C, 32, 16, EVP_aes_256_ecb},
};

static gboolean
malformed (GError **error)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card's answer is malformed");
    return FALSE;
}

/* --- who is the administrator --- */

/* The algorithm that the card tells; NULL in *ret_cipher when it does not. */
static gboolean
ask_cipher (PenaCard *card, const Cipher **ret_cipher, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (PIV_SMALL_ANSWER, FALSE, error);
    PenaTlv algorithm;
    gboolean there;

    *ret_cipher = NULL;
    if (answer == NULL || !pena_piv_get_metadata (card, PIV_ADMIN_KEY, answer, &there, error))
        return FALSE;
    if (!there || !pena_tlv_find (answer->data, answer->length, TAG_METADATA_ALGORITHM, &algorithm) ||
        algorithm.length != 1)
        return TRUE;
    for (guint i = 0; i < G_N_ELEMENTS (ciphers); i++)
        if (ciphers[i].id == algorithm.value[0])
            *ret_cipher = &ciphers[i];
    return TRUE;
}

static gboolean
run_cipher (const Cipher *cipher, const guint8 *key, gboolean encrypt, const guint8 *in, guint8 *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new ();
    int length = 0;
    gboolean done =
        context != NULL && EVP_CipherInit_ex2 (context, cipher->cipher (), key, NULL, encrypt, NULL) == 1 &&
        EVP_CIPHER_CTX_set_padding (context, 0) == 1 &&
        EVP_CipherUpdate (context, out, &length, in, (int)cipher->block) == 1 && length == (int)cipher->block;

    EVP_CIPHER_CTX_free (context);
    return done;
}

/* One step of GENERAL AUTHENTICATE with the management key; *ret_value is what `wanted` holds in the answer. */
static gboolean
exchange (PenaCard *card, const Cipher *cipher, const GByteArray *inner, PenaSecret *answer, guint32 wanted,
          PenaTlv *ret_value, guint16 *ret_sw, GError **error)
{
    g_autoptr (GByteArray) request = g_byte_array_new ();
    PenaApdu apdu = {.ins = PIV_INS_GENERAL_AUTHENTICATE, .p1 = cipher->id, .p2 = PIV_ADMIN_KEY};
    PenaTlv outer;

    pena_tlv_append (request, PIV_TAG_DYNAMIC_AUTHENTICATION, inner->data, inner->len);
    apdu.data = request->data;
    apdu.length = request->len;
    if (!pena_apdu_exchange (card->link, &apdu, answer, ret_sw, error))
        return FALSE;
    return *ret_sw != PENA_SW_OK ||
           (pena_tlv_find (answer->data, answer->length, PIV_TAG_DYNAMIC_AUTHENTICATION, &outer) &&
            pena_tlv_find (outer.value, outer.length, wanted, ret_value) &&
            ret_value->length == cipher->block) ||
           malformed (error);
}

static gboolean
ask_witness (PenaCard *card, const Cipher *cipher, guint8 *witness, guint16 *ret_sw, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (PIV_SMALL_ANSWER, FALSE, error);
    g_autoptr (GByteArray) inner = g_byte_array_new ();
    PenaTlv value;

    pena_tlv_append (inner, PIV_TAG_WITNESS, NULL, 0);
    if (answer == NULL || !exchange (card, cipher, inner, answer, PIV_TAG_WITNESS, &value, ret_sw, error))
        return FALSE;
    if (*ret_sw == PENA_SW_OK)
        memcpy (witness, value.value, cipher->block);
    return TRUE;
}

/* The witness in clear proves that we have the key; that the card has it is proved by our challenge coming back
 * encrypted: a false card cannot have anything put on it. */
static gboolean
prove (PenaCard *card, const Cipher *cipher, const guint8 *key, const guint8 *witness, guint16 *ret_sw,
       GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (PIV_SMALL_ANSWER, FALSE, error);
    g_autoptr (GByteArray) inner = g_byte_array_new ();
    guint8 clear[BLOCK_MAX], challenge[BLOCK_MAX], expected[BLOCK_MAX];
    PenaTlv value;

    if (answer == NULL)
        return FALSE;
    if (!run_cipher (cipher, key, FALSE, witness, clear) || RAND_bytes (challenge, (int)cipher->block) != 1 ||
        !run_cipher (cipher, key, TRUE, challenge, expected)) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "the management key's cipher fails");
        return FALSE;
    }
    pena_tlv_append (inner, PIV_TAG_WITNESS, clear, cipher->block);
    pena_tlv_append (inner, PIV_TAG_CHALLENGE, challenge, cipher->block);
    pena_tlv_append (inner, PIV_TAG_RESPONSE, NULL, 0);
    if (!exchange (card, cipher, inner, answer, PIV_TAG_RESPONSE, &value, ret_sw, error))
        return FALSE;
    if (*ret_sw != PENA_SW_OK || pena_equal_constant_time (value.value, expected, cipher->block))
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_ADMIN_WRONG, "the card does not know its management key");
    return FALSE;
}

/* *ret_suits is FALSE when the card has no key of this algorithm. */
static gboolean
authenticate_with (PenaCard *card, const Cipher *cipher, const guint8 *key, gboolean *ret_suits,
                   GError **error)
{
    guint8 witness[BLOCK_MAX];
    guint16 sw;

    *ret_suits = FALSE;
    if (!ask_witness (card, cipher, witness, &sw, error))
        return FALSE;
    if (sw == 0x6A80 || sw == 0x6A86 || sw == 0x6A88)
        return TRUE;
    *ret_suits = TRUE;
    if (sw == PENA_SW_OK && !prove (card, cipher, key, witness, &sw, error))
        return FALSE;
    if (sw == PENA_SW_OK)
        return TRUE;
    if (sw == PENA_SW_NOT_VERIFIED || sw == 0x6300 || sw == 0x6A80 || (sw & 0xFFF0) == 0x63C0)
        g_set_error (error, PENA_ERROR, PENA_ERROR_ADMIN_WRONG, "the management key is wrong (%04X)", sw);
    else
        pena_sw_set_error (NULL, sw, "authenticating with the management key", error);
    return FALSE;
}

/* The key that the card keeps behind the holder's PIN. */
static gboolean
read_protected_key (PenaCard *card, PenaSecret *ret_key, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (OBJECT_ANSWER, FALSE, error);
    PenaTlv object, outer, key;
    gboolean found;

    if (answer == NULL)
        return FALSE;
    if (!card->contents.pins[PENA_CARD_PIN_USER].verified) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED, "the management key is behind the PIN");
        return FALSE;
    }
    if (!pena_piv_get_object (card, PIV_OBJECT_PRINTED, answer, &object, &found, error))
        return FALSE;
    if (found && pena_tlv_find (object.value, object.length, TAG_PROTECTED, &outer) &&
        pena_tlv_find (outer.value, outer.length, TAG_PROTECTED_KEY, &key) &&
        pena_secret_append (ret_key, key.value, key.length))
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_ADMIN_REQUIRED, "the card does not keep its management key");
    return FALSE;
}

static gboolean
authenticate_by_length (PenaCard *card, const guint8 *key, gsize length, GError **error)
{
    const Cipher *told;

    if (!ask_cipher (card, &told, error))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS (ciphers); i++) {
        gboolean suits = FALSE;
        if (ciphers[i].key_length != length || (told != NULL && told != &ciphers[i]))
            continue;
        if (!authenticate_with (card, &ciphers[i], key, &suits, error))
            return FALSE;
        if (suits)
            return TRUE;
    }
    g_set_error (error, PENA_ERROR, PENA_ERROR_ADMIN_WRONG,
                 "the card's management key is not of this length or kind");
    return FALSE;
}

gboolean
pena_piv_authenticate (PenaCard *card, const guint8 *secret, gsize length, GError **error)
{
    g_autoptr (PenaSecret) kept = NULL;

    if (secret != NULL)
        return authenticate_by_length (card, secret, length, error);
    kept = pena_secret_new (KEY_MAX, FALSE, error);
    return kept != NULL && read_protected_key (card, kept, error) &&
           authenticate_by_length (card, kept->data, kept->length, error);
}

/* --- objects --- */

gboolean
pena_piv_put_object (PenaCard *card, guint32 object, const guint8 *content, gsize length, const gchar *doing,
                     GError **error)
{
    const guint8 name[] = {PIV_TAG_OBJECT_NAME, 3, (guint8)(object >> 16), (guint8)(object >> 8),
                           (guint8)object};
    g_autoptr (PenaSecret) data = pena_secret_new (length + sizeof name + 6, FALSE, error);
    const guint8 head[] = {PIV_TAG_OBJECT, 0x82, (guint8)(length >> 8), (guint8)length};
    const guint8 nothing[] = {PIV_TAG_OBJECT, 0};
    PenaApdu apdu = {.ins = PIV_INS_PUT_DATA, .p1 = 0x3F, .p2 = 0xFF};

    g_return_val_if_fail (length <= G_MAXUINT16, FALSE);
    if (data == NULL)
        return FALSE;
    pena_secret_append (data, name, sizeof name);
    if (length == 0)
        pena_secret_append (data, nothing, sizeof nothing);
    else
        pena_secret_append (data, head, sizeof head);
    pena_secret_append (data, content, length);
    apdu.data = data->data;
    apdu.length = data->length;
    return pena_card_admin_command (card, &apdu, NULL, doing, error);
}

static gboolean
put_der (PenaCard *card, const PenaCardPlace *place, GBytes *der, gboolean packed, GError **error)
{
    g_autoptr (GByteArray) content = g_byte_array_new ();
    guint8 info = packed ? PIV_CERTIFICATE_PACKED : 0;

    pena_tlv_append (content, PIV_TAG_CERTIFICATE, g_bytes_get_data (der, NULL), g_bytes_get_size (der));
    pena_tlv_append (content, PIV_TAG_CERTIFICATE_INFO, &info, 1);
    pena_tlv_append (content, PIV_TAG_END, NULL, 0);
    return pena_piv_put_object (card, pena_piv_object_of_place (place->place), content->data, content->len,
                                "writing the certificate", error);
}

/* So that others, who only look at so many as the key history counts, find the certificate. */
static gboolean
extend_key_history (PenaCard *card, guint count, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (OBJECT_ANSWER, FALSE, error);
    g_autoptr (GByteArray) content = g_byte_array_new ();
    PenaTlv history, on_card, off_card, url;
    guint8 none = 0, counted = (guint8)count;
    gboolean found;

    if (answer == NULL ||
        !pena_piv_get_object (card, PIV_OBJECT_KEY_HISTORY, answer, &history, &found, error))
        return FALSE;
    gboolean has_count =
        found && pena_tlv_find (history.value, history.length, TAG_ON_CARD_CERTIFICATES, &on_card);
    if (has_count && on_card.length == 1 && on_card.value[0] >= count)
        return TRUE;
    gboolean has_off =
        found && pena_tlv_find (history.value, history.length, TAG_OFF_CARD_CERTIFICATES, &off_card);
    gboolean has_url = found && pena_tlv_find (history.value, history.length, TAG_KEYS_URL, &url);
    pena_tlv_append (content, TAG_ON_CARD_CERTIFICATES, &counted, 1);
    pena_tlv_append (content, TAG_OFF_CARD_CERTIFICATES, has_off ? off_card.value : &none,
                     has_off ? off_card.length : 1);
    pena_tlv_append (content, TAG_KEYS_URL, has_url ? url.value : NULL, has_url ? url.length : 0);
    pena_tlv_append (content, PIV_TAG_END, NULL, 0);
    return pena_piv_put_object (card, PIV_OBJECT_KEY_HISTORY, content->data, content->len,
                                "counting the certificate", error);
}

/* What is too large for the card may have room when packed. */
gboolean
pena_piv_put_certificate (PenaCard *card, const PenaCardPlace *place, GBytes *der, GError **error)
{
    g_autoptr (GError) local = NULL;
    g_autoptr (GBytes) packed = NULL;
    gboolean done = put_der (card, place, der, FALSE, &local);

    if (!done && g_error_matches (local, PENA_ERROR, PENA_ERROR_TOKEN_FULL)) {
        packed = pena_pack (g_bytes_get_data (der, NULL), g_bytes_get_size (der));
        if (packed != NULL && g_bytes_get_size (packed) < g_bytes_get_size (der)) {
            g_clear_error (&local);
            done = put_der (card, place, packed, TRUE, &local);
        }
    }
    if (!done) {
        g_propagate_error (error, g_steal_pointer (&local));
        return FALSE;
    }
    if (place->place < PIV_RETIRED_PLACE || place->place >= PIV_RETIRED_PLACE + PIV_RETIRED_KEYS)
        return TRUE;
    return extend_key_history (card, place->place - PIV_RETIRED_PLACE + 1, error);
}

gboolean
pena_piv_delete_certificate (PenaCard *card, const PenaCardPlace *place, GError **error)
{
    return pena_piv_put_object (card, pena_piv_object_of_place (place->place), NULL, 0,
                                "deleting the certificate", error);
}

/* --- another management key --- */

/* 80 { 81 flags, ... }: a flag says that the key is to be found behind the PIN. What else is there stays. */
static gboolean
put_flag (PenaCard *card, gboolean protect, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (OBJECT_ANSWER, FALSE, error);
    g_autoptr (GByteArray) inner = g_byte_array_new ();
    g_autoptr (GByteArray) content = g_byte_array_new ();
    PenaTlv object, outer, item;
    guint8 flags = 0;
    gboolean found;

    if (answer == NULL || !pena_piv_get_object (card, PIV_OBJECT_ADMIN_DATA, answer, &object, &found, error))
        return FALSE;
    found = found && pena_tlv_find (object.value, object.length, TAG_ADMIN_DATA, &outer);
    if (!found && !protect)
        return TRUE;
    if (found && pena_tlv_find (outer.value, outer.length, TAG_ADMIN_FLAGS, &item) && item.length == 1)
        flags = item.value[0];
    flags = protect ? flags | ADMIN_KEY_IS_PROTECTED : flags & ~ADMIN_KEY_IS_PROTECTED;
    pena_tlv_append (inner, TAG_ADMIN_FLAGS, &flags, 1);
    PenaReader reader = found ? pena_tlv_enter (&outer) : pena_reader_new (NULL, 0);
    while (pena_tlv_next (&reader, &item))
        if (item.tag != TAG_ADMIN_FLAGS)
            pena_tlv_append (inner, item.tag, item.value, item.length);
    pena_tlv_append (content, TAG_ADMIN_DATA, inner->data, inner->len);
    return pena_piv_put_object (card, PIV_OBJECT_ADMIN_DATA, content->data, content->len,
                                "noting where the key is", error);
}

/* 88 { 89 { key } }, or for NULL nothing. */
static gboolean
put_protected (PenaCard *card, const PenaSecret *key, GError **error)
{
    g_autoptr (PenaSecret) content = pena_secret_new (KEY_MAX + 4, FALSE, error);

    if (content == NULL)
        return FALSE;
    if (key != NULL) {
        const guint8 head[] = {TAG_PROTECTED, (guint8)(key->length + 2), TAG_PROTECTED_KEY,
                               (guint8)key->length};
        pena_secret_append (content, head, sizeof head);
        pena_secret_append (content, key->data, key->length);
    }
    return pena_piv_put_object (card, PIV_OBJECT_PRINTED, content->data, content->length,
                                "keeping the management key", error);
}

static gboolean
send_admin_key (PenaCard *card, const Cipher *cipher, const PenaSecret *key, GError **error)
{
    g_autoptr (PenaSecret) data = pena_secret_new (KEY_MAX + 3, FALSE, error);
    const guint8 head[] = {cipher->id, PIV_ADMIN_KEY, (guint8)cipher->key_length};
    PenaApdu apdu = {.ins = PIV_INS_SET_ADMIN_KEY, .p1 = 0xFF, .p2 = WITHOUT_TOUCH};

    if (data == NULL)
        return FALSE;
    pena_secret_append (data, head, sizeof head);
    pena_secret_append (data, key->data, key->length);
    apdu.data = data->data;
    apdu.length = data->length;
    return pena_card_admin_command (card, &apdu, NULL, "setting the management key", error);
}

static gboolean
find_cipher (PenaCard *card, PenaAdminKeyAlgorithm algorithm, const Cipher **ret_cipher, GError **error)
{
    if (algorithm == PENA_ADMIN_KEY_DEFAULT) {
        if (!ask_cipher (card, ret_cipher, error))
            return FALSE;
        if (*ret_cipher == NULL)
            *ret_cipher = &ciphers[0]; /* before there were metadata there was only 3DES */
        return TRUE;
    }
    for (guint i = 0; i < G_N_ELEMENTS (ciphers); i++)
        if (ciphers[i].algorithm == algorithm)
            *ret_cipher = &ciphers[i];
    return TRUE;
}

static PenaSecret *
choose_key (const Cipher *cipher, const PenaSecret *key, GError **error)
{
    g_autoptr (PenaSecret) chosen = pena_secret_new (KEY_MAX, FALSE, error);

    if (chosen == NULL)
        return NULL;
    if (key != NULL && key->length != cipher->key_length) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_PIN_INVALID,
                     "a management key of this kind has %" G_GSIZE_FORMAT " bytes", cipher->key_length);
        return NULL;
    }
    if (key != NULL) {
        pena_secret_append (chosen, key->data, key->length);
        return g_steal_pointer (&chosen);
    }
    if (RAND_priv_bytes (chosen->data, (int)cipher->key_length) != 1) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "there are no random numbers");
        return NULL;
    }
    chosen->length = cipher->key_length;
    return g_steal_pointer (&chosen);
}

/* What is kept must at no time be worth less than what holds: the new key is written first, and taken back when
 * it could not be set. */
static gboolean
replace_key (PenaCard *card, const Cipher *cipher, const PenaSecret *key, gboolean protect, GError **error)
{
    g_autoptr (PenaSecret) before = pena_secret_new (KEY_MAX, FALSE, error);
    g_autoptr (GError) none = NULL;

    if (before == NULL)
        return FALSE;
    if (protect && !card->contents.pins[PENA_CARD_PIN_USER].verified) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED, "the key is to be kept behind the PIN");
        return FALSE;
    }
    gboolean kept =
        card->contents.pins[PENA_CARD_PIN_USER].verified && read_protected_key (card, before, &none);
    if (none != NULL && !g_error_matches (none, PENA_ERROR, PENA_ERROR_ADMIN_REQUIRED)) {
        g_propagate_error (error, g_steal_pointer (&none));
        return FALSE;
    }
    if (protect && !put_protected (card, key, error))
        return FALSE;
    if (!send_admin_key (card, cipher, key, error)) {
        if (protect)
            put_protected (card, kept ? before : NULL, NULL);
        return FALSE;
    }
    return (protect || !kept || put_protected (card, NULL, error)) && put_flag (card, protect, error);
}

gboolean
pena_piv_set_admin_key (PenaCard *card, PenaAdminKeyAlgorithm algorithm, const PenaSecret *key,
                        gboolean protect, PenaSecret *ret_key, GError **error)
{
    g_autoptr (PenaSecret) chosen = NULL;
    const Cipher *cipher = NULL;

    if (!find_cipher (card, algorithm, &cipher, error))
        return FALSE;
    chosen = choose_key (cipher, key, error);
    if (chosen == NULL)
        return FALSE;
    if (ret_key != NULL) {
        pena_secret_clear (ret_key);
        if (!pena_secret_append (ret_key, chosen->data, chosen->length)) {
            g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "no room for the management key");
            return FALSE;
        }
    }
    if (replace_key (card, cipher, chosen, protect, error))
        return TRUE;
    if (ret_key != NULL)
        pena_secret_clear (ret_key);
    return FALSE;
}

/* --- factory reset --- */

/* Eight digits that nobody knows: a wrong PIN, which cards look at closely enough to count it. */
static gboolean
draw_digits (guint8 digits[PIV_PIN_LENGTH], GError **error)
{
    if (RAND_bytes (digits, PIV_PIN_LENGTH) != 1) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "there are no random numbers");
        return FALSE;
    }
    for (guint i = 0; i < PIV_PIN_LENGTH; i++)
        digits[i] = (guint8)('0' + digits[i] % 10);
    return TRUE;
}

/* Spends all tries of the PIN (VERIFY) or of the PUK (RESET RETRY COUNTER). */
static gboolean
block (PenaCard *card, gboolean puk, GError **error)
{
    guint8 digits[2 * PIV_PIN_LENGTH];
    const PenaApdu apdu = {.ins = puk ? 0x2C : 0x20,
                           .p2 = PIV_PIN_APPLICATION,
                           .data = digits,
                           .length = puk ? sizeof digits : PIV_PIN_LENGTH};
    guint16 sw;

    for (guint i = 0; i <= TRIES_MAX; i++) {
        if (!draw_digits (digits, error) || !draw_digits (digits + PIV_PIN_LENGTH, error) ||
            !pena_apdu_exchange (card->link, &apdu, NULL, &sw, error))
            return FALSE;
        if (sw == PENA_SW_BLOCKED || sw == 0x63C0)
            return TRUE;
        if (sw != PENA_SW_OK && (sw & 0xFF00) != 0x6300) {
            pena_sw_set_error (NULL, sw, "blocking the PIN before a reset", error);
            return FALSE;
        }
    }
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card counts no wrong PINs");
    return FALSE;
}

/* Whether the card knows the command must be certain before its PINs are blocked. */
static gboolean
check_vendor (PenaCard *card, GError **error)
{
    const PenaApdu apdu = {.ins = PIV_INS_GET_VERSION};
    g_autoptr (PenaSecret) answer = pena_secret_new (PIV_SMALL_ANSWER, FALSE, error);
    guint16 sw;

    if (answer == NULL || !pena_apdu_exchange (card->link, &apdu, answer, &sw, error))
        return FALSE;
    return (sw == PENA_SW_OK && answer->length == 3) ||
           pena_card_unsupported ("resetting the application", error);
}

gboolean
pena_piv_factory_reset (PenaCard *card, GError **error)
{
    const PenaApdu apdu = {.ins = PIV_INS_RESET, .patience = PENA_PATIENCE_PERSON};
    PivData *data = card->data;

    if (!check_vendor (card, error) || !block (card, FALSE, error) || !block (card, TRUE, error) ||
        !pena_card_admin_command (card, &apdu, NULL, "resetting the application", error))
        return FALSE;
    data->retired = 0;
    g_hash_table_remove_all (data->made);
    return TRUE;
}
