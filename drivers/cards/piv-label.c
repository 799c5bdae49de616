/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PIV cards: the card holder unique identifier and the card's name
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <openssl/rand.h>
#include <pena/pena-error.h>
#include <string.h>

#include "piv.h"

/* PIV has no place for a name. It goes into an object of those numbers that YubiKeys leave to anybody; and that there is one
 * shows in the GUID of the CHUID, which is read in any case: cards without a name are never asked for it. The CHUID itself
 * stays of the form and length that programs compare it by, and changes with the name, so that whoever keeps what he
 * read under it reads anew. */
enum {
    OBJECT_LABEL = 0x5FFF50,
    TAG_LABEL = 0x50, /* application label, ISO/IEC 7816-4, 12.2.4 */

    TAG_CHUID_FASC_N = 0x30,
    TAG_CHUID_GUID = 0x34,
    TAG_CHUID_EXPIRY = 0x35,
    TAG_CHUID_SIGNATURE = 0x3E,
    CHUID_ANSWER = 4096,
    LABEL_ANSWER = 512,

    GUID = 16,
    GUID_OWN = 8, /* from there on the serial is made of it: it stays */
    GUID_VERSION = 6,
    GUID_VARIANT = 8,
};

/* How a GUID of version 8 (RFC 9562, 5.8: whose content its maker chooses) begins. */
static const guint8 mark[] = {'P', 'e', 'n', 'a'};

static gboolean
draw (guint8 *out, gsize length, GError **error)
{
    if (RAND_bytes (out, (int)length) == 1)
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "there are no random numbers");
    return FALSE;
}

static gboolean
draw_guid (guint8 guid[GUID], guint8 version, GError **error)
{
    if (!draw (guid, GUID, error))
        return FALSE;
    guid[GUID_VERSION] = (guint8)((guid[GUID_VERSION] & 0x0F) | version << 4);
    guid[GUID_VARIANT] = (guid[GUID_VARIANT] & 0x3F) | 0x80;
    return TRUE;
}

/* As SP 800-73-4 (part 1, 3.1.2) wants it of those that no federal agency issues: agency 9999, a UUID, not signed. */
static gboolean
put_new_chuid (PenaCard *card, const guint8 guid[GUID], const gchar *doing, GError **error)
{
    static const guint8 fasc_n[25] = {0xD4, 0xE7, 0x39, 0xDA, 0x73, 0x9C, 0xED, 0x39, 0xCE,
                                      0x73, 0x9D, 0x83, 0x68, 0x58, 0x21, 0x08, 0x42, 0x10,
                                      0x84, 0x21, 0xC8, 0x42, 0x10, 0xC3, 0xEB};
    static const gchar expiry[8] = "20991231"; /* it is the certificates that expire */
    g_autoptr (GByteArray) content = g_byte_array_new ();

    pena_tlv_append (content, TAG_CHUID_FASC_N, fasc_n, sizeof fasc_n);
    pena_tlv_append (content, TAG_CHUID_GUID, guid, GUID);
    pena_tlv_append (content, TAG_CHUID_EXPIRY, (const guint8 *)expiry, sizeof expiry);
    pena_tlv_append (content, TAG_CHUID_SIGNATURE, NULL, 0);
    pena_tlv_append (content, PIV_TAG_END, NULL, 0);
    return pena_piv_put_object (card, PIV_OBJECT_CHUID, content->data, content->len, doing, error);
}

/* A random UUID of version 4. The GUID is where the serial comes from. */
gboolean
pena_piv_make_serial (PenaCard *card, GError **error)
{
    guint8 guid[GUID];

    return draw_guid (guid, 4, error) && put_new_chuid (card, guid, "giving the card a serial", error);
}

/* --- reading --- */

static gboolean
is_marked (const guint8 *chuid, gsize length)
{
    PenaTlv guid;

    return pena_tlv_find (chuid, length, TAG_CHUID_GUID, &guid) && guid.length == GUID &&
           memcmp (guid.value, mark, sizeof mark) == 0 && guid.value[GUID_VERSION] >> 4 == 8;
}

/* One that the card refuses to tell, or that is too long, is as good as none. */
static gboolean
ask_label (PenaCard *card, PenaSecret *answer, PenaTlv *ret_object, gboolean *ret_found, GError **error)
{
    g_autoptr (GError) local = NULL;

    if (pena_piv_get_object (card, OBJECT_LABEL, answer, ret_object, ret_found, &local))
        return TRUE;
    *ret_found = FALSE;
    if (g_error_matches (local, PENA_ERROR, PENA_ERROR_TOKEN_FAILED))
        return TRUE;
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
}

/* What is not there although it must be was asked of another application. */
static gboolean
get_label (PenaCard *card, PenaSecret *answer, PenaTlv *ret_object, gboolean *ret_found, GError **error)
{
    return ask_label (card, answer, ret_object, ret_found, error) &&
           (*ret_found ||
            (pena_card_select_again (card, error) && ask_label (card, answer, ret_object, ret_found, error)));
}

/* What the card is known by is its CHUID. */
gboolean
pena_piv_read_label (PenaCard *card, GError **error)
{
    g_autoptr (PenaSecret) answer = NULL;
    PenaTlv object, label;
    gboolean found;

    if (card->identity == NULL || !is_marked (card->identity->data, card->identity->len))
        return TRUE;
    answer = pena_secret_new (LABEL_ANSWER, FALSE, error);
    if (answer == NULL || !get_label (card, answer, &object, &found, error))
        return FALSE;
    if (found && pena_tlv_find (object.value, object.length, TAG_LABEL, &label))
        pena_card_take_label (card, label.value, label.length);
    return TRUE;
}

/* --- writing --- */

/* The same with this GUID; everything else is the issuer's. */
static gboolean
put_guid (PenaCard *card, const PenaTlv *chuid, const guint8 guid[GUID], GError **error)
{
    g_autoptr (GByteArray) content = g_byte_array_new ();
    PenaReader reader = pena_tlv_enter (chuid);
    PenaTlv item;

    while (pena_tlv_next (&reader, &item))
        if (item.tag == TAG_CHUID_GUID)
            pena_tlv_append (content, item.tag, guid, GUID);
        else
            pena_tlv_append (content, item.tag, item.value, item.length);
    return pena_piv_put_object (card, PIV_OBJECT_CHUID, content->data, content->len, "naming the card",
                                error);
}

/* What an issuer has signed cannot be changed, nor what has no GUID. */
static gboolean
check_chuid (const PenaTlv *chuid, PenaTlv *ret_guid, GError **error)
{
    PenaTlv signature;
    gboolean is_signed =
        pena_tlv_find (chuid->value, chuid->length, TAG_CHUID_SIGNATURE, &signature) && signature.length > 0;

    return (!is_signed && pena_tlv_find (chuid->value, chuid->length, TAG_CHUID_GUID, ret_guid) &&
            ret_guid->length == GUID) ||
           pena_card_unsupported ("naming a card whose identifier its issuer has made", error);
}

static gboolean
put_label (PenaCard *card, const gchar *label, GError **error)
{
    g_autoptr (GByteArray) content = g_byte_array_new ();

    pena_tlv_append (content, TAG_LABEL, (const guint8 *)label, strlen (label));
    pena_tlv_append (content, PIV_TAG_END, NULL, 0);
    return pena_piv_put_object (card, OBJECT_LABEL, content->data, content->len, "naming the card", error);
}

/* The mark comes last: it is not there before what it stands for. */
gboolean
pena_piv_set_label (PenaCard *card, const gchar *label, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (CHUID_ANSWER, FALSE, error);
    guint8 guid[GUID];
    PenaTlv chuid, old;
    gboolean found;

    if (answer == NULL || !pena_piv_get_object (card, PIV_OBJECT_CHUID, answer, &chuid, &found, error) ||
        (found && !check_chuid (&chuid, &old, error)) || !draw_guid (guid, 8, error))
        return FALSE;
    memcpy (guid, mark, sizeof mark);
    if (found)
        memcpy (guid + GUID_OWN, old.value + GUID_OWN, GUID - GUID_OWN);
    return put_label (card, label, error) && (found ? put_guid (card, &chuid, guid, error)
                                                    : put_new_chuid (card, guid, "naming the card", error));
}
