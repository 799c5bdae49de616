/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#15 cards: using keys by the commands of the standard (ISO/IEC 7816-4, 7.5.11; 7816-8)
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <openssl/ecdsa.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-tlv.h"
#include "pkcs15.h"

enum {
    INS_MANAGE_SECURITY_ENVIRONMENT = 0x22,
    INS_PERFORM_SECURITY_OPERATION = 0x2A,
    SET_FOR_USE = 0x41,
    TEMPLATE_SIGNATURE = 0xB6,
    TEMPLATE_CONFIDENTIALITY = 0xB8,
    TAG_ALGORITHM = 0x80,
    TAG_FILE = 0x81,
    TAG_KEY = 0x84,
    PADDING_INDICATOR = 0x00,

    OID = 0x06,
    OCTETS = 0x04,
    SEQUENCE = 0x30,

    KEY_ANSWER = 1024,
    FIELD_MAX = 66,
};

/* What a mechanism of PKCS#11, by which AlgorithmInfo names an algorithm, means for the command. Those with a hash take
 * the hash value: the card would have to be given the whole document otherwise. */
static const struct {
    guint32 mechanism;
    PenaKeyOperation sign, decipher;
    gsize hash;      /* bytes of the input; 0: any */
    const gchar *id; /* of the hash in a DigestInfo; NULL: the input goes as it is */
} mechanisms[] = {
    {0x0001, PENA_KEY_RSA_PKCS1_SIGN, PENA_KEY_RSA_PKCS1_DECRYPT, 0, NULL},           /* CKM_RSA_PKCS */
    {0x0003, PENA_KEY_RSA_RAW, PENA_KEY_RSA_RAW, 0, NULL},                            /* CKM_RSA_X_509 */
    {0x0006, PENA_KEY_RSA_PKCS1_SIGN, 0, 20, "\x2B\x0E\x03\x02\x1A"},                 /* CKM_SHA1_RSA_PKCS */
    {0x0040, PENA_KEY_RSA_PKCS1_SIGN, 0, 32, "\x60\x86\x48\x01\x65\x03\x04\x02\x01"}, /* SHA-256 */
    {0x0041, PENA_KEY_RSA_PKCS1_SIGN, 0, 48, "\x60\x86\x48\x01\x65\x03\x04\x02\x02"}, /* SHA-384 */
    {0x0042, PENA_KEY_RSA_PKCS1_SIGN, 0, 64, "\x60\x86\x48\x01\x65\x03\x04\x02\x03"}, /* SHA-512 */
    {0x1041, PENA_KEY_ECDSA, 0, 0, NULL},                                             /* CKM_ECDSA */
    {0x1044, PENA_KEY_ECDSA, 0, 32, NULL},                                            /* CKM_ECDSA_SHA256 */
    {0x1045, PENA_KEY_ECDSA, 0, 48, NULL},
    {0x1046, PENA_KEY_ECDSA, 0, 64, NULL},
};

static gint
find_mechanism (guint32 mechanism)
{
    for (guint i = 0; i < G_N_ELEMENTS (mechanisms); i++)
        if (mechanisms[i].mechanism == mechanism)
            return (gint)i;
    return -1;
}

PenaKeyOperation
pena_p15_algorithm_operations (const PenaP15Algorithm *algorithm)
{
    gint row = find_mechanism (algorithm->mechanism);
    PenaKeyOperation operations = 0;

    if (row < 0 || algorithm->card_reference < 0)
        return 0;
    if ((algorithm->operations & PENA_P15_CAN_SIGN) != 0)
        operations |= mechanisms[row].sign;
    if ((algorithm->operations & PENA_P15_CAN_DECIPHER) != 0)
        operations |= mechanisms[row].decipher;
    return operations;
}

/* The hash value in a DigestInfo, when it is the one that the mechanism is for. */
static gboolean
take_hash (guint row, const guint8 *input, gsize length, PenaTlv *ret_hash)
{
    PenaTlv info, algorithm, id, hash;
    PenaReader whole = pena_reader_new (input, length);

    if (!pena_tlv_next (&whole, &info) || info.tag != SEQUENCE || !pena_reader_at_end (&whole))
        return FALSE;
    PenaReader reader = pena_tlv_enter (&info);
    if (!pena_tlv_next (&reader, &algorithm) || algorithm.tag != SEQUENCE ||
        !pena_tlv_find (algorithm.value, algorithm.length, OID, &id) || !pena_tlv_next (&reader, &hash) ||
        hash.tag != OCTETS || !pena_reader_at_end (&reader))
        return FALSE;
    if (id.length != strlen (mechanisms[row].id) || memcmp (id.value, mechanisms[row].id, id.length) != 0 ||
        hash.length != mechanisms[row].hash)
        return FALSE;
    *ret_hash = hash;
    return TRUE;
}

/* What is to go to the card, by the first of its algorithms that does it. */
typedef struct {
    const PenaP15Algorithm *algorithm;
    gboolean decipher;
    const guint8 *input;
    gsize length;
} Plan;

static gboolean
fits (const PenaP15Algorithm *algorithm, PenaKeyOperation operation, const guint8 *input, gsize length,
      Plan *ret_plan)
{
    gint row = find_mechanism (algorithm->mechanism);
    PenaTlv hash = {.value = input, .length = length};

    if (row < 0 || (pena_p15_algorithm_operations (algorithm) & operation) == 0)
        return FALSE;
    if (mechanisms[row].id != NULL ? !take_hash ((guint)row, input, length, &hash)
                                   : mechanisms[row].hash != 0 && mechanisms[row].hash != length)
        return FALSE;
    ret_plan->algorithm = algorithm;
    ret_plan->decipher =
        (algorithm->operations & PENA_P15_CAN_SIGN) == 0 || mechanisms[row].sign != operation;
    ret_plan->input = hash.value;
    ret_plan->length = hash.length;
    return TRUE;
}

static gboolean
make_plan (const PenaP15KeyPlace *place, PenaKeyOperation operation, const guint8 *input, gsize length,
           Plan *ret_plan, GError **error)
{
    for (guint i = 0; i < place->n_algorithms; i++)
        if (fits (&place->algorithms[i], operation, input, length, ret_plan))
            return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_KEY_UNSUPPORTED, "the card signs no hash of this kind");
    return FALSE;
}

static gboolean
set_environment (PenaCard *card, const PenaP15KeyPlace *place, const Plan *plan, GError **error)
{
    g_autoptr (GByteArray) template = g_byte_array_new ();
    const guint8 algorithm = (guint8)plan->algorithm->card_reference;
    const guint8 reference = (guint8)place->reference;
    PenaApdu apdu = {.ins = INS_MANAGE_SECURITY_ENVIRONMENT, .p1 = SET_FOR_USE};

    apdu.p2 = plan->decipher ? TEMPLATE_CONFIDENTIALITY : TEMPLATE_SIGNATURE;
    pena_tlv_append (template, TAG_ALGORITHM, &algorithm, 1);
    if (place->reference >= 0)
        pena_tlv_append (template, TAG_KEY, &reference, 1);
    else
        pena_tlv_append (template, TAG_FILE, place->path.bytes, place->path.length);
    apdu.data = template->data;
    apdu.length = template->len;
    return pena_card_command (card, &apdu, NULL, "choosing the key", error);
}

/* The standard calls what is computed "digital signature" (9E over 9A), or plain value (80) of a cryptogram (86). */
static gboolean
perform (PenaCard *card, const PenaCardKey *key, const Plan *plan, PenaSecret *answer, GError **error)
{
    static const guint8 indicator = PADDING_INDICATOR;
    g_autoptr (PenaSecret) data = pena_secret_new (plan->length + 1, FALSE, error);
    PenaApdu apdu = {.ins = INS_PERFORM_SECURITY_OPERATION,
                     .p1 = 0x9E,
                     .p2 = 0x9A,
                     .patience = pena_card_key_patience (card, key)};

    if (data == NULL)
        return FALSE;
    if (plan->decipher) {
        apdu.p1 = 0x80;
        apdu.p2 = 0x86;
        pena_secret_append (data, &indicator, 1);
    }
    pena_secret_append (data, plan->input, plan->length);
    apdu.data = data->data;
    apdu.length = data->length;
    return pena_card_command (card, &apdu, answer, "using the key", error);
}

/* Both ways in which cards write it: SEQUENCE { r, s }, or the two side by side. */
static gboolean
append_ecdsa (PenaSecret *output, const PenaSecret *answer, gsize size)
{
    const guint8 *at = answer->data;
    guint8 field[FIELD_MAX];
    ECDSA_SIG *signature = d2i_ECDSA_SIG (NULL, &at, (long)answer->length);

    if (signature == NULL || at != answer->data + answer->length) {
        ECDSA_SIG_free (signature);
        return answer->length == 2 * size && pena_secret_append (output, answer->data, answer->length);
    }
    gboolean fits_in = size <= sizeof field &&
                       BN_bn2binpad (ECDSA_SIG_get0_r (signature), field, (int)size) == (int)size &&
                       pena_secret_append (output, field, size) &&
                       BN_bn2binpad (ECDSA_SIG_get0_s (signature), field, (int)size) == (int)size &&
                       pena_secret_append (output, field, size);
    ECDSA_SIG_free (signature);
    return fits_in;
}

static gboolean
take_answer (const PenaCardKey *key, PenaKeyOperation operation, const PenaSecret *answer, PenaSecret *output,
             GError **error)
{
    gsize size = (key->bits + 7) / 8;
    gboolean right;

    pena_secret_clear (output);
    if (operation == PENA_KEY_ECDSA)
        right = append_ecdsa (output, answer, size);
    else if (operation == PENA_KEY_RSA_PKCS1_DECRYPT)
        right = answer->length <= size && pena_secret_append (output, answer->data, answer->length);
    else
        right = answer->length == size && pena_secret_append (output, answer->data, answer->length);
    if (right)
        return TRUE;
    pena_secret_clear (output);
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card's answer is malformed");
    return FALSE;
}

/* Of a key that has its own file the DF is what counts. */
static gboolean
enter_df_of_key (PenaCard *card, const PenaP15KeyPlace *place, GError **error)
{
    const PenaP15 *self = card->data;
    const PenaP15Path *home = &self->app.path;
    PenaP15Path df = place->path;
    gsize known = home->length > 0 ? home->length : 4;

    if (df.length < 4 || df.length % 2 != 0)
        df.length = 0;
    else if (df.length > known)
        df.length -= 2;
    return pena_p15_enter (card, &df, error);
}

gboolean
pena_p15_use_key (PenaCard *card, const PenaCardKey *key, PenaKeyOperation operation, const guint8 *input,
                  gsize length, PenaSecret *output, GError **error)
{
    PenaP15 *self = card->data;
    g_autoptr (PenaSecret) answer = pena_secret_new (KEY_ANSWER, FALSE, error);
    Plan plan;

    g_return_val_if_fail (key->place < self->keys->len, FALSE);
    const PenaP15KeyPlace *place = &g_array_index (self->keys, PenaP15KeyPlace, key->place);
    if (operation == PENA_KEY_ECDSA)
        length =
            MIN (length, (key->bits + 7) / 8); /* the leftmost bytes of a longer hash (FIPS 186-4, 6.4) */
    return answer != NULL && make_plan (place, operation, input, length, &plan, error) &&
           enter_df_of_key (card, place, error) && set_environment (card, place, &plan, error) &&
           perform (card, key, &plan, answer, error) && take_answer (key, operation, answer, output, error);
}
