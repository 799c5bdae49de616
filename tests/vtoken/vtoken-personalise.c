/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token: personalising its PIV application, by commands
 * Copyright (C) 2026 the Pena authors */
#include "piv.h"
#include "vtoken-request.h"
#include "vtoken-send.h"

#include "pena-tlv.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)

#define TAG_CHUID 0x5FC102
#define TAG_CCC 0x5FC107

typedef struct {
    Vtoken *card;
    VtokenAlgorithm algorithm;
    guint8 slot;
} Work;

/* External authentication with the well-known key, of whatever algorithm the card says. */
static gboolean
authenticate_admin (Vtoken *card, GError **error)
{
    static const guint8 ask[] = {0x7C, 0x02, 0x81, 0x00};
    const guint8 key[32] = {1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
                            1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8};
    g_autoptr (GByteArray) metadata = vtoken_send (card, 0x00F7009B, NULL, 0, error);
    g_autoptr (GByteArray) inner = g_byte_array_new ();
    g_autoptr (GByteArray) outer = g_byte_array_new ();
    guint8 block[16];
    PenaTlv algorithm, challenge;

    if (metadata == NULL || !pena_tlv_find (metadata->data, metadata->len, 0x01, &algorithm))
        return FALSE;
    guint32 header = 0x0087009B | (guint32)algorithm.value[0] << 8;
    g_autoptr (GByteArray) answer = vtoken_send (card, header, ask, sizeof ask, error);
    if (answer == NULL || !vtoken_find_inside (answer, 0x7C, 0x81, &challenge, error))
        return FALSE;
    piv_admin_encrypt (algorithm.value[0], key, challenge.value, block);
    pena_tlv_append (inner, 0x82, block, challenge.length);
    pena_tlv_append (outer, 0x7C, inner->data, inner->len);
    return vtoken_send_quietly (card, header, outer->data, outer->len, error);
}

static gboolean
put_object (Vtoken *card, guint32 tag, const GByteArray *object, GError **error)
{
    const guint8 name[3] = {(guint8)(tag >> 16), (guint8)(tag >> 8), (guint8)tag};
    g_autoptr (GByteArray) data = g_byte_array_new ();

    pena_tlv_append (data, 0x5C, name, sizeof name);
    pena_tlv_append (data, 0x53, object->data, object->len);
    return vtoken_send_quietly (card, 0x00DB3FFF, data->data, data->len, error);
}

static gboolean
has_object (Vtoken *card, guint32 tag)
{
    const guint8 name[5] = {0x5C, 3, (guint8)(tag >> 16), (guint8)(tag >> 8), (guint8)tag};
    return vtoken_send_quietly (card, 0x00CB3FFF, name, sizeof name, NULL);
}

/* Card holder unique identifier: the FASC-N of a card that no agency issued, a random GUID, an expiry date
 * far away. */
static gboolean
put_chuid (Vtoken *card, GError **error)
{
    static const guint8 fasc_n[25] = {0xD4, 0xE7, 0x39, 0xDA, 0x73, 0x9C, 0xED, 0x39, 0xCE,
                                      0x73, 0x9D, 0x83, 0x68, 0x58, 0x21, 0x08, 0x42, 0x10,
                                      0x84, 0x21, 0xC8, 0x42, 0x10, 0xC3, 0xEB};
    g_autoptr (GByteArray) chuid = g_byte_array_new ();
    guint8 guid[16];

    RAND_bytes (guid, sizeof guid);
    guid[6] = (guid[6] & 0x0F) | 0x40;
    guid[8] = (guid[8] & 0x3F) | 0x80;
    pena_tlv_append (chuid, 0x30, fasc_n, sizeof fasc_n);
    pena_tlv_append (chuid, 0x34, guid, sizeof guid);
    pena_tlv_append (chuid, 0x35, "20491231", 8);
    pena_tlv_append (chuid, 0x3E, NULL, 0);
    pena_tlv_append (chuid, 0xFE, NULL, 0);
    return put_object (card, TAG_CHUID, chuid, error);
}

/* Card capability container: a random card identifier, and the fixed values of SP 800-73-4 part 1, appendix
 * A, table 7. */
static gboolean
put_ccc (Vtoken *card, GError **error)
{
    static const guint8 empty[] = {0xF3, 0xF4, 0xF6, 0xF7, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE};
    guint8 identifier[21] = {0xA0, 0x00, 0x00, 0x01, 0x16, 0xFF, 0x02};
    g_autoptr (GByteArray) ccc = g_byte_array_new ();

    RAND_bytes (identifier + 7, sizeof identifier - 7);
    pena_tlv_append (ccc, 0xF0, identifier, sizeof identifier);
    pena_tlv_append (ccc, 0xF1, "\x21", 1);
    pena_tlv_append (ccc, 0xF2, "\x21", 1);
    pena_tlv_append (ccc, 0xF5, "\x10", 1);
    for (guint i = 0; i < sizeof empty; i++)
        pena_tlv_append (ccc, empty[i], NULL, 0);
    return put_object (card, TAG_CCC, ccc, error);
}

static gboolean
put_certificate (const Work *work, GBytes *certificate, GError **error)
{
    static const struct {
        guint8 slot;
        guint32 tag;
    } places[] = {{0x9A, 0x5FC105}, {0x9C, 0x5FC10A}, {0x9D, 0x5FC10B}, {0x9E, 0x5FC101}};
    g_autoptr (GByteArray) object = g_byte_array_new ();
    guint32 tag = 0x5FC10D + (guint32)(work->slot - 0x82); /* retired keys */

    for (guint i = 0; i < G_N_ELEMENTS (places); i++)
        if (places[i].slot == work->slot)
            tag = places[i].tag;
    pena_tlv_append (object, 0x70, g_bytes_get_data (certificate, NULL), g_bytes_get_size (certificate));
    pena_tlv_append (object, 0x71, "\0", 1);
    pena_tlv_append (object, 0xFE, NULL, 0);
    return put_object (work->card, tag, object, error);
}

static EVP_PKEY *
generate (const Work *work, GError **error)
{
    const guint8 request[] = {0xAC, 0x03, 0x80, 0x01, (guint8)work->algorithm};
    PenaTlv public_part;
    g_autoptr (GByteArray) answer =
        vtoken_send (work->card, 0x00470000 | work->slot, request, sizeof request, error);

    if (answer == NULL)
        return NULL;
    EVP_PKEY *key = pena_tlv_find (answer->data, answer->len, 0x7F49, &public_part)
                        ? vtoken_key_from_public_part (work->algorithm, public_part.value, public_part.length)
                        : NULL;
    if (key == NULL)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "virtual token: no public key in the answer");
    return key;
}

static GBytes *
sign_on_card (gconstpointer block, gsize length, gpointer data, GError **error)
{
    const Work *work = data;
    g_autoptr (GByteArray) inner = g_byte_array_new ();
    g_autoptr (GByteArray) outer = g_byte_array_new ();
    PenaTlv signature;

    if (!vtoken_send_quietly (work->card, 0x00200080, VTOKEN_PIN "\xFF\xFF", 8, error))
        return NULL;
    pena_tlv_append (inner, 0x82, NULL, 0);
    pena_tlv_append (inner, 0x81, block, length);
    pena_tlv_append (outer, 0x7C, inner->data, inner->len);
    g_autoptr (GByteArray) answer = vtoken_send (
        work->card, 0x00870000 | (guint32)work->algorithm << 8 | work->slot, outer->data, outer->len, error);
    if (answer == NULL || !vtoken_find_inside (answer, 0x7C, 0x82, &signature, error))
        return NULL;
    return g_bytes_new (signature.value, signature.length);
}

static gboolean
fill_slot (const Work *work, VtokenIssue issue, gpointer data, GError **error)
{
    g_autoptr (EVP_PKEY) key = generate (work, error);
    if (key == NULL)
        return FALSE;
    g_autoptr (GBytes) request =
        vtoken_request_new (work->algorithm, key, sign_on_card, (gpointer)work, error);
    if (request == NULL)
        return FALSE;
    g_autoptr (GBytes) certificate = issue (request, work->slot, data, error);
    return certificate != NULL && put_certificate (work, certificate, error);
}

gboolean
vtoken_personalise (Vtoken *self, VtokenAlgorithm algorithm, guint8 slot, VtokenIssue issue, gpointer data,
                    GError **error)
{
    const VtokenApplication *piv = &vtoken_application_piv;
    const Work work = {self, algorithm, slot};

    vtoken_reset (self);
    gboolean done =
        vtoken_send_quietly (self, 0x00A40400, piv->aid, piv->aid_length, error) &&
        authenticate_admin (self, error) && (has_object (self, TAG_CHUID) || put_chuid (self, error)) &&
        (has_object (self, TAG_CCC) || put_ccc (self, error)) && fill_slot (&work, issue, data, error);
    vtoken_reset (self);
    vtoken_reset_count (self);
    return done;
}
