/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PIV application: statements about its keys, as YubiKeys make them
 * Copyright (C) 2026 the Pena authors */
#include "piv.h"

#include "pena-tlv.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_NAME, X509_NAME_free)

#define OBJECT_ATTESTATION 0x5FFF01
#define OID_FIRMWARE "1.3.6.1.4.1.41482.3.3"
#define OID_SERIAL "1.3.6.1.4.1.41482.3.7"
#define OID_POLICY "1.3.6.1.4.1.41482.3.8"

static X509_NAME *
make_name (const gchar *text)
{
    X509_NAME *name = X509_NAME_new ();

    X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guint8 *)text, -1, -1, 0);
    return name;
}

static GBytes *
sign_certificate (X509 *certificate, const gchar *subject, EVP_PKEY *public_key, EVP_PKEY *signer)
{
    g_autoptr (X509_NAME) issuer = make_name ("Pena virtual token attestation");
    g_autoptr (X509_NAME) name = make_name (subject);
    guint64 serial = 0;
    guint8 *der = NULL;

    RAND_bytes ((guint8 *)&serial, sizeof serial);
    X509_set_version (certificate, X509_VERSION_3);
    ASN1_INTEGER_set_uint64 (X509_get_serialNumber (certificate), serial >> 1);
    X509_set_issuer_name (certificate, issuer);
    X509_set_subject_name (certificate, name);
    X509_gmtime_adj (X509_getm_notBefore (certificate), -3600);
    X509_gmtime_adj (X509_getm_notAfter (certificate), 3650L * 86400);
    X509_set_pubkey (certificate, public_key);
    X509_sign (certificate, signer, EVP_sha256 ());
    int length = i2d_X509 (certificate, &der);
    GBytes *bytes = g_bytes_new (der, (gsize)MAX (length, 0));
    OPENSSL_free (der);
    return bytes;
}

void
piv_attest_make_signer (Piv *self)
{
    g_autoptr (X509) certificate = X509_new ();
    g_autoptr (GByteArray) object = g_byte_array_new ();
    PivKey *key = g_new0 (PivKey, 1);

    *key = (PivKey){.algorithm = VTOKEN_ALGORITHM_P256,
                    .pin_policy = PIV_PIN_NEVER,
                    .touch_policy = 1,
                    .origin = PIV_ORIGIN_IMPORTED,
                    .key = vtoken_key_generate (VTOKEN_ALGORITHM_P256)};
    X509_EXTENSION *authority =
        X509V3_EXT_conf_nid (NULL, NULL, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    X509_add_ext (certificate, authority, -1);
    X509_EXTENSION_free (authority);
    g_autoptr (GBytes) der =
        sign_certificate (certificate, "Pena virtual token attestation", key->key, key->key);
    pena_tlv_append (object, 0x70, g_bytes_get_data (der, NULL), g_bytes_get_size (der));
    pena_tlv_append (object, 0x71, "\0", 1);
    pena_tlv_append (object, 0xFE, NULL, 0);
    piv_object_store (self, OBJECT_ATTESTATION, object->data, object->len);
    piv_put_key (self, PIV_KEY_ATTESTATION, key);
}

static void
add_extension (X509 *certificate, const gchar *oid, const guint8 *value, gsize length)
{
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new ();
    ASN1_OBJECT *object = OBJ_txt2obj (oid, 1);

    ASN1_OCTET_STRING_set (octets, value, (int)length);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ (NULL, object, 0, octets);
    X509_add_ext (certificate, extension, -1);
    X509_EXTENSION_free (extension);
    ASN1_OBJECT_free (object);
    ASN1_OCTET_STRING_free (octets);
}

/* P1 is the slot. Only what was made here can be vouched for. */
guint16
piv_attest (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    const PivKey *key = piv_get_key (self, command->p1);
    const PivKey *signer = piv_get_key (self, PIV_KEY_ATTESTATION);
    guint32 serial = GUINT32_TO_BE (vtoken_get_serial (self->card));
    guint8 number[7] = {0x02, 5, 0};

    if (command->p2 != 0 || !piv_is_key_slot (command->p1))
        return SW_WRONG_P1P2;
    if (key == NULL)
        return SW_REFERENCE_NOT_FOUND;
    if (key->origin != PIV_ORIGIN_GENERATED)
        return SW_WRONG_DATA;
    g_autofree gchar *subject = g_strdup_printf ("YubiKey PIV Attestation %02x", command->p1);
    g_autoptr (X509) certificate = X509_new ();
    const guint8 policy[2] = {(guint8)key->pin_policy, key->touch_policy};
    memcpy (number + 3, &serial, sizeof serial);
    add_extension (certificate, OID_FIRMWARE, piv_version, sizeof piv_version);
    add_extension (certificate, OID_SERIAL, number, sizeof number);
    add_extension (certificate, OID_POLICY, policy, sizeof policy);
    g_autoptr (GBytes) der = sign_certificate (certificate, subject, key->key, signer->key);
    g_byte_array_append (answer, g_bytes_get_data (der, NULL), (guint)g_bytes_get_size (der));
    return SW_OK;
}
