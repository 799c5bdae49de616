/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#15 cards: what their directory files say (ISO/IEC 7816-15, 8)
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pkcs15-asn1.h"

#include <openssl/sha.h>
#include <openssl/x509.h>
#include <string.h>

#include "pena-card-driver.h"
#include "pena-hex.h"
#include "pena-tlv.h"

enum {
    BOOLEAN = 0x01,
    INTEGER = 0x02,
    BIT_STRING = 0x03,
    OCTETS = 0x04,
    ENUMERATED = 0x0A,
    UTF8 = 0x0C,
    SEQUENCE = 0x30,

    DIR_ENTRY = 0x61,
    DIR_AID = 0x4F,
    DIR_PATH = 0x51,
    DIR_DDO = 0x73,

    FILLER_ZERO = 0x00,
    FILLER_ERASED = 0xFF,
    DIR_ENTRIES_MAX = 32,
    LABEL_MAX = 255,
    INTEGER_BYTES_MAX = 4,
};

/* --- the types --- */

static gboolean
read_integer (const PenaTlv *tlv, guint32 *ret_value)
{
    guint32 value = 0;
    gsize length = tlv->length;
    const guint8 *at = tlv->value;

    for (; length > 1 && *at == 0; length--)
        at++;
    if (length == 0 || length > INTEGER_BYTES_MAX)
        return FALSE;
    for (gsize i = 0; i < length; i++)
        value = value << 8 | at[i];
    *ret_value = value;
    return TRUE;
}

/* References are bytes; one with its top bit set may be written as a negative number. */
static gboolean
read_reference (const PenaTlv *tlv, guint8 *ret_value)
{
    guint32 value;

    if (!read_integer (tlv, &value) || value > G_MAXUINT8)
        return FALSE;
    *ret_value = (guint8)value;
    return TRUE;
}

/* The first 32 bits. */
static guint32
read_bits (const PenaTlv *tlv)
{
    guint32 bits = 0;

    for (gsize i = 1; i < tlv->length && i <= 4; i++)
        bits |= (guint32)tlv->value[i] << (32 - 8 * i);
    return bits;
}

/* Long ones are told apart by their hash. */
static void
read_id (const PenaTlv *tlv, PenaCardId *id)
{
    G_STATIC_ASSERT (PENA_CARD_ID_MAX >= SHA256_DIGEST_LENGTH);
    *id = (PenaCardId){0};
    if (tlv->length > sizeof id->bytes) {
        SHA256 (tlv->value, tlv->length, id->bytes);
        id->length = SHA256_DIGEST_LENGTH;
        return;
    }
    memcpy (id->bytes, tlv->value, tlv->length);
    id->length = tlv->length;
}

/* Valid, and without what could play tricks on a terminal. */
static gchar *
read_text (const PenaTlv *tlv)
{
    gchar *text = g_utf8_make_valid ((const gchar *)tlv->value, (gssize)MIN (tlv->length, LABEL_MAX));

    for (gchar *at = text; *at != '\0'; at = g_utf8_next_char (at))
        if (g_unichar_iscntrl (g_utf8_get_char (at)))
            memset (at, ' ', (gsize)(g_utf8_next_char (at) - at));
    return g_strchomp (text);
}

static void
set_text (gchar **text, const PenaTlv *tlv)
{
    g_free (*text);
    *text = read_text (tlv);
}

/* Path: OCTET STRING, index INTEGER, length [0]. FALSE when the place cannot be one. */
static gboolean
read_path (const PenaTlv *sequence, PenaP15Path *ret_path)
{
    PenaReader reader = pena_tlv_enter (sequence);
    PenaP15Path path = {0};
    guint32 number;
    PenaTlv tlv;

    while (pena_tlv_next (&reader, &tlv)) {
        if (tlv.tag == OCTETS && tlv.length <= sizeof path.bytes) {
            memcpy (path.bytes, tlv.value, tlv.length);
            path.length = tlv.length;
        } else if (tlv.tag == OCTETS) {
            return FALSE;
        } else if ((tlv.tag == INTEGER || tlv.tag == 0x80) && read_integer (&tlv, &number)) {
            *(tlv.tag == INTEGER ? &path.offset : &path.size) = number;
        }
    }
    if (reader.failed || path.offset > G_MAXUINT16 || path.size > PENA_CARD_OBJECT_MAX)
        return FALSE;
    *ret_path = path;
    return TRUE;
}

/* --- lists of entries --- */

/* The next entry of a file, whose unused places hold zeros and whose unwritten end may hold FF. */
static gboolean
next_entry (PenaReader *reader, PenaTlv *ret_tlv)
{
    while (pena_reader_left (reader) > 0 && reader->data[reader->offset] == FILLER_ZERO)
        pena_reader_u8 (reader);
    return pena_reader_left (reader) > 0 && reader->data[reader->offset] != FILLER_ERASED &&
           pena_tlv_next (reader, ret_tlv);
}

/* Parses one entry, FALSE when it is none; what it has put into the struct is freed all the same. */
typedef gboolean (*ParseEntry) (const PenaTlv *entry, gpointer object);

static GPtrArray *
parse_list (const guint8 *data, gsize length, gsize size, ParseEntry parse, GDestroyNotify destroy)
{
    GPtrArray *list = g_ptr_array_new_with_free_func (destroy);
    PenaReader reader = pena_reader_new (data, length);
    PenaTlv entry;

    while (list->len < PENA_P15_OBJECTS_MAX && next_entry (&reader, &entry)) {
        gpointer object = g_malloc0 (size);
        if (parse (&entry, object))
            g_ptr_array_add (list, object);
        else
            destroy (object);
    }
    return list;
}

/* The three or four parts of an object: common attributes, those of its class, [0] of the subclass, [1] { SEQUENCE } of
 * the type. */
typedef struct {
    PenaTlv common, class, type;
} Parts;

static gboolean
take_apart (const PenaTlv *entry, Parts *ret_parts)
{
    PenaReader reader = pena_tlv_enter (entry);
    Parts parts;
    PenaTlv tlv;

    if (!pena_tlv_next (&reader, &parts.common) || parts.common.tag != SEQUENCE ||
        !pena_tlv_next (&reader, &parts.class) || parts.class.tag != SEQUENCE)
        return FALSE;
    while (pena_tlv_next (&reader, &tlv))
        if (tlv.tag == 0xA1) {
            PenaReader inside = pena_tlv_enter (&tlv);
            if (!pena_tlv_next (&inside, &parts.type) || parts.type.tag != SEQUENCE)
                return FALSE;
            *ret_parts = parts;
            return TRUE;
        }
    return FALSE;
}

static gboolean
parse_common (const PenaTlv *sequence, PenaP15Common *common)
{
    PenaReader reader = pena_tlv_enter (sequence);
    PenaTlv tlv;

    common->label = g_strdup ("");
    while (pena_tlv_next (&reader, &tlv)) {
        if (tlv.tag == UTF8)
            set_text (&common->label, &tlv);
        else if (tlv.tag == OCTETS)
            read_id (&tlv, &common->auth_id);
        else if (tlv.tag == INTEGER && !read_integer (&tlv, &common->consent))
            return FALSE;
    }
    return !reader.failed;
}

/* Path, or direct [0]. */
static gboolean
parse_value (const PenaTlv *type, PenaP15Path *path, GBytes **value)
{
    PenaReader reader = pena_tlv_enter (type);
    PenaTlv tlv;

    if (!pena_tlv_next (&reader, &tlv))
        return FALSE;
    if (tlv.tag == SEQUENCE)
        return read_path (&tlv, path);
    if (tlv.tag != 0xA0 || tlv.length == 0 || tlv.length > PENA_CARD_OBJECT_MAX)
        return FALSE;
    *value = g_bytes_new (tlv.value, tlv.length);
    return TRUE;
}

/* --- object directory --- */

static void
directory_free (gpointer data)
{
    PenaP15Directory *self = data;
    g_clear_pointer (&self->objects, g_bytes_unref);
    g_free (self);
}

/* [n] { Path }, or [n] { [0] { entries } }. */
static gboolean
parse_directory (const PenaTlv *entry, gpointer object)
{
    PenaP15Directory *self = object;
    PenaReader reader = pena_tlv_enter (entry);
    PenaTlv tlv;

    if (entry->tag < PENA_P15_PRIVATE_KEYS || entry->tag > PENA_P15_AUTHENTICATION ||
        !pena_tlv_next (&reader, &tlv))
        return FALSE;
    self->kind = (PenaP15Kind)entry->tag;
    if (tlv.tag == SEQUENCE)
        return read_path (&tlv, &self->path) && self->path.length > 0;
    if (tlv.tag != 0xA0)
        return FALSE;
    self->objects = g_bytes_new (tlv.value, tlv.length);
    return TRUE;
}

GPtrArray *
pena_p15_parse_odf (const guint8 *data, gsize length)
{
    return parse_list (data, length, sizeof (PenaP15Directory), parse_directory, directory_free);
}

/* --- keys --- */

static void
key_free (gpointer data)
{
    PenaP15Key *self = data;
    g_free (self->common.label);
    g_clear_pointer (&self->value, g_bytes_unref);
    g_free (self);
}

static void
parse_algorithm_references (const PenaTlv *list, PenaP15Key *self)
{
    PenaReader reader = pena_tlv_enter (list);
    PenaTlv tlv;

    while (self->n_algorithms < PENA_P15_ALGORITHMS_MAX && pena_tlv_next (&reader, &tlv))
        if (tlv.tag == INTEGER && read_reference (&tlv, &self->algorithms[self->n_algorithms]))
            self->n_algorithms++;
}

/* iD, usage, native, accessFlags, keyReference, ..., algReference [1]. */
static gboolean
parse_key_class (const PenaTlv *sequence, PenaP15Key *self)
{
    PenaReader reader = pena_tlv_enter (sequence);
    gboolean have_usage = FALSE;
    guint8 reference;
    PenaTlv tlv;

    self->native = TRUE;
    self->reference = -1;
    while (pena_tlv_next (&reader, &tlv)) {
        if (tlv.tag == OCTETS)
            read_id (&tlv, &self->id);
        else if (tlv.tag == BIT_STRING && !have_usage) {
            self->usage = read_bits (&tlv);
            have_usage = TRUE;
        } else if (tlv.tag == BOOLEAN && tlv.length == 1)
            self->native = tlv.value[0] != 0;
        else if (tlv.tag == INTEGER && read_reference (&tlv, &reference))
            self->reference = reference;
        else if (tlv.tag == 0xA1)
            parse_algorithm_references (&tlv, self);
    }
    return !reader.failed && self->id.length > 0;
}

static gboolean
parse_key (const PenaTlv *entry, gpointer object)
{
    PenaP15Key *self = object;
    Parts parts;

    self->type = entry->tag == SEQUENCE ? PENA_P15_RSA : entry->tag == 0xA0 ? PENA_P15_EC : PENA_P15_OTHER;
    return take_apart (entry, &parts) && parse_common (&parts.common, &self->common) &&
           parse_key_class (&parts.class, self) && parse_value (&parts.type, &self->path, &self->value);
}

GPtrArray *
pena_p15_parse_keys (const guint8 *data, gsize length)
{
    return parse_list (data, length, sizeof (PenaP15Key), parse_key, key_free);
}

/* --- certificates --- */

static void
certificate_free (gpointer data)
{
    PenaP15Certificate *self = data;
    g_free (self->common.label);
    g_clear_pointer (&self->value, g_bytes_unref);
    g_free (self);
}

static gboolean
parse_certificate (const PenaTlv *entry, gpointer object)
{
    PenaP15Certificate *self = object;
    PenaTlv tlv;
    Parts parts;

    /* X.509 only; the other kinds have context tags. */
    if (entry->tag != SEQUENCE || !take_apart (entry, &parts) || !parse_common (&parts.common, &self->common))
        return FALSE;
    PenaReader reader = pena_tlv_enter (&parts.class);
    while (pena_tlv_next (&reader, &tlv)) {
        if (tlv.tag == OCTETS && self->id.length == 0)
            read_id (&tlv, &self->id);
        else if (tlv.tag == BOOLEAN && tlv.length == 1)
            self->authority = tlv.value[0] != 0;
    }
    return !reader.failed && self->id.length > 0 && parse_value (&parts.type, &self->path, &self->value);
}

GPtrArray *
pena_p15_parse_certificates (const guint8 *data, gsize length)
{
    return parse_list (data, length, sizeof (PenaP15Certificate), parse_certificate, certificate_free);
}

/* --- PINs --- */

static void
pin_free (gpointer data)
{
    PenaP15Pin *self = data;
    g_free (self->common.label);
    g_free (self);
}

/* pinFlags, pinType, minLength, storedLength, maxLength, [0] pinReference, padChar, lastPinChange, path. */
static gboolean
parse_pin_type (const PenaTlv *sequence, PenaP15Pin *self)
{
    PenaReader reader = pena_tlv_enter (sequence);
    guint *const lengths[] = {&self->min, &self->stored, &self->max};
    guint n_lengths = 0;
    gboolean typed = FALSE;
    guint8 type;
    PenaTlv tlv;

    self->pad = -1;
    while (pena_tlv_next (&reader, &tlv)) {
        if (tlv.tag == BIT_STRING)
            self->flags = read_bits (&tlv);
        else if (tlv.tag == ENUMERATED && read_reference (&tlv, &type) && type <= PENA_P15_PIN_ISO9564) {
            self->type = type;
            typed = TRUE;
        } else if (tlv.tag == INTEGER && n_lengths < G_N_ELEMENTS (lengths)) {
            if (!read_integer (&tlv, lengths[n_lengths++]))
                return FALSE;
        } else if (tlv.tag == 0x80 && !read_reference (&tlv, &self->reference))
            return FALSE;
        else if (tlv.tag == OCTETS && tlv.length == 1)
            self->pad = tlv.value[0];
        else if (tlv.tag == SEQUENCE && !read_path (&tlv, &self->path))
            return FALSE;
    }
    return !reader.failed && typed && n_lengths >= 2;
}

static gboolean
parse_pin (const PenaTlv *entry, gpointer object)
{
    PenaP15Pin *self = object;
    PenaTlv tlv;
    Parts parts;

    /* A PIN; biometry and keys have context tags. */
    if (entry->tag != SEQUENCE || !take_apart (entry, &parts) ||
        !parse_common (&parts.common, &self->common) ||
        !pena_tlv_find (parts.class.value, parts.class.length, OCTETS, &tlv))
        return FALSE;
    read_id (&tlv, &self->auth_id);
    return self->auth_id.length > 0 && parse_pin_type (&parts.type, self);
}

GPtrArray *
pena_p15_parse_pins (const guint8 *data, gsize length)
{
    return parse_list (data, length, sizeof (PenaP15Pin), parse_pin, pin_free);
}

/* --- token information --- */

/* reference, algorithm, parameters, supportedOperations, algId, algRef. */
static gboolean
parse_algorithm (const PenaTlv *sequence, PenaP15Algorithm *ret_algorithm)
{
    PenaReader reader = pena_tlv_enter (sequence);
    PenaP15Algorithm algorithm = {.card_reference = -1};
    gboolean known = FALSE;
    guint8 card_reference;
    PenaTlv tlv;

    if (!pena_tlv_next (&reader, &tlv) || tlv.tag != INTEGER ||
        !read_reference (&tlv, &algorithm.reference) || !pena_tlv_next (&reader, &tlv) ||
        tlv.tag != INTEGER || !read_integer (&tlv, &algorithm.mechanism) ||
        !pena_tlv_next (&reader, &tlv)) /* the parameters, of any type */
        return FALSE;
    while (pena_tlv_next (&reader, &tlv)) {
        if (tlv.tag == BIT_STRING && !known) {
            algorithm.operations = read_bits (&tlv);
            known = TRUE;
        } else if (tlv.tag == INTEGER && read_reference (&tlv, &card_reference)) {
            algorithm.card_reference = card_reference;
        }
    }
    if (reader.failed || !known)
        return FALSE;
    *ret_algorithm = algorithm;
    return TRUE;
}

static void
parse_algorithms (const PenaTlv *list, PenaP15TokenInfo *info)
{
    PenaReader reader = pena_tlv_enter (list);
    PenaTlv tlv;

    while (info->n_algorithms < PENA_P15_ALGORITHMS_MAX && pena_tlv_next (&reader, &tlv))
        if (tlv.tag == SEQUENCE && parse_algorithm (&tlv, &info->algorithms[info->n_algorithms]))
            info->n_algorithms++;
}

static void
parse_info_field (const PenaTlv *tlv, PenaP15TokenInfo *info)
{
    switch (tlv->tag) {
    case OCTETS:
        g_free (info->serial);
        info->serial = pena_hex (tlv->value, MIN (tlv->length, PENA_CARD_ID_MAX));
        break;
    case UTF8:
        set_text (&info->manufacturer, tlv);
        break;
    case 0x80:
        set_text (&info->label, tlv);
        break;
    case 0xA2:
        parse_algorithms (tlv, info);
        break;
    case 0x85:
    case 0xA5:
        info->dated = tlv->length > 0;
        break;
    default:
        break;
    }
}

gboolean
pena_p15_parse_token_info (const guint8 *data, gsize length, PenaP15TokenInfo *ret_info)
{
    PenaReader file = pena_reader_new (data, length);
    g_auto (PenaP15TokenInfo) info = {0};
    PenaTlv outer, tlv;

    if (!pena_tlv_next (&file, &outer) || outer.tag != SEQUENCE)
        return FALSE;
    info.serial = g_strdup ("");
    info.label = g_strdup ("");
    info.manufacturer = g_strdup ("");
    PenaReader reader = pena_tlv_enter (&outer);
    if (!pena_tlv_next (&reader, &tlv) || tlv.tag != INTEGER)
        return FALSE;
    while (pena_tlv_next (&reader, &tlv))
        parse_info_field (&tlv, &info);
    if (reader.failed)
        return FALSE;
    *ret_info = info;
    memset (&info, 0, sizeof info);
    return TRUE;
}

void
pena_p15_token_info_clear (PenaP15TokenInfo *self)
{
    g_free (self->serial);
    g_free (self->label);
    g_free (self->manufacturer);
    memset (self, 0, sizeof *self);
}

/* --- EF.DIR --- */

static gboolean
is_our_name (const PenaTlv *aid)
{
    static const guint8 names[][12] = {{0xA0, 0x00, 0x00, 0x00, 0x63, 'P', 'K', 'C', 'S', '-', '1', '5'},
                                       {0xE8, 0x28, 0xBD, 0x08, 0x0F}};
    static const gsize lengths[] = {12, 5};

    for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        if (aid->length >= lengths[i] && memcmp (aid->value, names[i], lengths[i]) == 0)
            return TRUE;
    return FALSE;
}

/* The discretionary data: odfPath, [0] tokenInfoPath. */
static void
parse_ddo (const PenaTlv *ddo, PenaP15Application *application)
{
    PenaReader reader = pena_tlv_enter (ddo);
    PenaTlv tlv;

    while (pena_tlv_next (&reader, &tlv))
        if (tlv.tag == SEQUENCE)
            read_path (&tlv, &application->odf);
        else if (tlv.tag == 0xA0)
            read_path (&tlv, &application->token_info);
}

static gboolean
parse_dir_entry (const PenaTlv *entry, PenaP15Application *ret_application)
{
    PenaP15Application application = {0};
    PenaTlv aid, path, ddo;

    if (!pena_tlv_find (entry->value, entry->length, DIR_AID, &aid) || !is_our_name (&aid))
        return FALSE;
    if (pena_tlv_find (entry->value, entry->length, DIR_PATH, &path)) {
        if (path.length > sizeof application.path.bytes)
            return FALSE;
        memcpy (application.path.bytes, path.value, path.length);
        application.path.length = path.length;
    }
    if (pena_tlv_find (entry->value, entry->length, DIR_DDO, &ddo))
        parse_ddo (&ddo, &application);
    *ret_application = application;
    return TRUE;
}

gboolean
pena_p15_parse_dir (const guint8 *data, gsize length, PenaP15Application *ret_application)
{
    PenaReader reader = pena_reader_new (data, length);
    PenaTlv entry;

    for (guint i = 0; i < DIR_ENTRIES_MAX && next_entry (&reader, &entry); i++)
        if (entry.tag == DIR_ENTRY && parse_dir_entry (&entry, ret_application))
            return TRUE;
    return FALSE;
}

/* --- public keys --- */

static EVP_PKEY *
parse_rsa_public_key (const guint8 *data, gsize length)
{
    PenaTlv outer, modulus, exponent;
    PenaReader file = pena_reader_new (data, length);

    if (!pena_tlv_next (&file, &outer) || outer.tag != SEQUENCE)
        return NULL;
    PenaReader reader = pena_tlv_enter (&outer);
    if (!pena_tlv_next (&reader, &modulus) || modulus.tag != INTEGER || !pena_tlv_next (&reader, &exponent) ||
        exponent.tag != INTEGER)
        return NULL;
    return pena_key_new_rsa (modulus.value, modulus.length, exponent.value, exponent.length);
}

static EVP_PKEY *
parse_point (const guint8 *data, gsize length)
{
    static const struct {
        gsize length;
        PenaKeyAlgorithm algorithm;
    } rows[] = {{65, PENA_ALGORITHM_P256}, {97, PENA_ALGORITHM_P384}, {133, PENA_ALGORITHM_P521}};
    PenaReader file = pena_reader_new (data, length);
    PenaTlv point;

    if (!pena_tlv_next (&file, &point) || point.tag != OCTETS)
        return NULL;
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        if (point.length == rows[i].length)
            return pena_key_new_point (rows[i].algorithm, point.value, point.length);
    return NULL;
}

EVP_PKEY *
pena_p15_parse_public_key (const guint8 *data, gsize length)
{
    const guint8 *at = data;
    EVP_PKEY *key = d2i_PUBKEY (NULL, &at, (long)length);

    if (key == NULL)
        key = parse_rsa_public_key (data, length);
    return key != NULL ? key : parse_point (data, length);
}
