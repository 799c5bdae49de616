/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: putting keys and certificates on a token, and taking them off
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "provision.h"

#include <openssl/x509.h>

#include "login.h"
#include "pena-card-driver.h"

/* --- places --- */

static PenaModObject *
find_at (PenaModSlot *slot, CK_OBJECT_CLASS class, guint place)
{
    for (guint i = 0; i < slot->objects->len; i++) {
        PenaModObject *object = slot->objects->pdata[i];
        if (object->class == class && object->place == place)
            return object;
    }
    return NULL;
}

static gboolean
is_id_of (const PenaCardPlace *place, const CK_ATTRIBUTE *id)
{
    return id->ulValueLen == 1 && *(const guint8 *)id->pValue == place->id;
}

static gboolean
is_free (PenaModSlot *slot, const PenaCardPlace *place)
{
    return find_at (slot, CKO_CERTIFICATE, place->place) == NULL &&
           find_at (slot, CKO_PRIVATE_KEY, place->place) == NULL;
}

/* An EVP_PKEY of what is at the place; NULL when nothing is. Borrowed. */
static EVP_PKEY *
key_at (PenaModSlot *slot, const PenaCardPlace *place)
{
    const PenaModObject *object = find_at (slot, CKO_PRIVATE_KEY, place->place);
    GPtrArray *certificates = pena_card_get_contents (slot->card)->certificates;

    if (object != NULL)
        return object->public_key;
    for (guint i = 0; i < certificates->len; i++) {
        const PenaCardCertificate *certificate = certificates->pdata[i];
        if (certificate->place == place->place)
            return X509_get0_pubkey (certificate->x509);
    }
    return NULL;
}

/* Where something goes: to the place that the template names; else where this key is already, or for a NULL key
 * where nothing is. */
static CK_RV
choose_place (PenaModSlot *slot, const PenaModTemplate *template, EVP_PKEY *key,
              const PenaCardPlace **ret_place)
{
    const PenaCardPlace *places = pena_card_get_contents (slot->card)->places;
    const CK_ATTRIBUTE *id = pena_mod_template_find (template, CKA_ID);

    if (places == NULL)
        return CKR_TOKEN_WRITE_PROTECTED;
    for (const PenaCardPlace *place = places; place->name != NULL; place++) {
        EVP_PKEY *there = key_at (slot, place);
        gboolean fits = id != NULL    ? is_id_of (place, id)
                        : key != NULL ? there != NULL && EVP_PKEY_eq (there, key) == 1
                                      : is_free (slot, place);
        if (!fits)
            continue;
        *ret_place = place;
        return CKR_OK;
    }
    if (id != NULL)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    return key != NULL ? CKR_TEMPLATE_INCOMPLETE : CKR_DEVICE_MEMORY;
}

/* What every change needs: a session that may write, the administrator, and to know what is there. */
static CK_RV
prepare (PenaMod *mod, PenaModSession *session, PenaCardAbilities ability)
{
    PenaModSlot *slot = session->slot;

    if (!session->read_write)
        return CKR_SESSION_READ_ONLY;
    CK_RV rv = pena_mod_need_device (mod, slot);
    if (rv != CKR_OK)
        return rv;
    if ((pena_card_get_contents (slot->card)->abilities & ability) == 0)
        return CKR_TOKEN_WRITE_PROTECTED;
    return pena_mod_need_administrator (mod, slot);
}

/* --- keys --- */

/* What no key on a token is must not be asked for. */
static CK_RV
check_key_template (const PenaModTemplate *template)
{
    static const struct {
        CK_ATTRIBUTE_TYPE type;
        gboolean value;
    } wanted[] = {{CKA_TOKEN, TRUE}, {CKA_SENSITIVE, TRUE}, {CKA_EXTRACTABLE, FALSE}};
    gboolean value;

    for (guint i = 0; i < G_N_ELEMENTS (wanted); i++) {
        CK_RV rv = pena_mod_template_get_bool (template, wanted[i].type, wanted[i].value, &value);
        if (rv != CKR_OK)
            return rv;
        if (value != wanted[i].value)
            return CKR_TEMPLATE_INCONSISTENT;
    }
    return CKR_OK;
}

static CK_RV
choose_pin (const PenaModTemplate *template, PenaKeyPin *ret_pin)
{
    gboolean always;
    CK_RV rv = pena_mod_template_get_bool (template, CKA_ALWAYS_AUTHENTICATE, FALSE, &always);

    *ret_pin = pena_mod_template_find (template, CKA_ALWAYS_AUTHENTICATE) == NULL ? PENA_KEY_PIN_DEFAULT
               : always                                                           ? PENA_KEY_PIN_ALWAYS
                                                                                  : PENA_KEY_PIN_ONCE;
    return rv;
}

static CK_RV
choose_touch (const PenaCardContents *contents, const PenaModTemplate *template, PenaKeyTouch *ret_touch)
{
    static const PenaKeyTouch touches[] = {[PENA_TOUCH_NEVER] = PENA_KEY_TOUCH_NEVER,
                                           [PENA_TOUCH_ALWAYS] = PENA_KEY_TOUCH_ALWAYS,
                                           [PENA_TOUCH_CACHED] = PENA_KEY_TOUCH_CACHED};
    CK_ULONG touch;
    CK_RV rv = pena_mod_template_get_ulong (template, CKA_PENA_TOUCH, PENA_TOUCH_NEVER, &touch);

    *ret_touch = PENA_KEY_TOUCH_DEFAULT;
    if (rv != CKR_OK || pena_mod_template_find (template, CKA_PENA_TOUCH) == NULL)
        return rv;
    if (touch < PENA_TOUCH_NEVER || touch > PENA_TOUCH_CACHED)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    if ((contents->abilities & PENA_CARD_TOUCH_POLICY) == 0 && touch != PENA_TOUCH_NEVER)
        return CKR_FUNCTION_NOT_SUPPORTED;
    *ret_touch = touches[touch];
    return CKR_OK;
}

/* The key that is to be there; a place in use is refused. */
static CK_RV
fill_spec (PenaModSlot *slot, const PenaModTemplate *template, const PenaCardPlace *place,
           PenaKeyAlgorithm algorithm, PenaKeySpec *ret_spec)
{
    const PenaCardContents *contents = pena_card_get_contents (slot->card);
    PenaKeyPin pin = PENA_KEY_PIN_DEFAULT;
    PenaKeyTouch touch = PENA_KEY_TOUCH_DEFAULT;
    CK_RV rv = choose_pin (template, &pin);

    if (rv == CKR_OK)
        rv = choose_touch (contents, template, &touch);
    if (rv == CKR_OK)
        rv = check_key_template (template);
    if (rv != CKR_OK)
        return rv;
    if ((contents->algorithms & (G_GUINT64_CONSTANT (1) << algorithm)) == 0)
        return pena_key_algorithm_is_rsa (algorithm) ? CKR_KEY_SIZE_RANGE : CKR_CURVE_NOT_SUPPORTED;
    if (find_at (slot, CKO_CERTIFICATE, place->place) != NULL)
        return CKR_ACTION_PROHIBITED;
    *ret_spec = (PenaKeySpec){.place = place, .algorithm = algorithm, .pin = pin, .touch = touch};
    return CKR_OK;
}

static CK_RV
choose_algorithm (const PenaMechanism *mechanism, const PenaModTemplate *public,
                  PenaKeyAlgorithm *ret_algorithm)
{
    CK_ULONG bits;

    *ret_algorithm = PENA_ALGORITHM_UNKNOWN;
    if (mechanism->key_type != CKK_RSA) {
        if (pena_mod_template_find (public, CKA_EC_PARAMS) == NULL)
            return CKR_TEMPLATE_INCOMPLETE;
        PenaKeyAlgorithm curve = pena_mod_template_curve (public);
        CK_KEY_TYPE type = curve == PENA_ALGORITHM_ED25519  ? CKK_EC_EDWARDS
                           : curve == PENA_ALGORITHM_X25519 ? CKK_EC_MONTGOMERY
                                                            : CKK_EC;
        *ret_algorithm = curve;
        return curve != PENA_ALGORITHM_UNKNOWN && type == mechanism->key_type ? CKR_OK
                                                                              : CKR_CURVE_NOT_SUPPORTED;
    }
    if (pena_mod_template_find (public, CKA_MODULUS_BITS) == NULL)
        return CKR_TEMPLATE_INCOMPLETE;
    CK_RV rv = pena_mod_template_get_ulong (public, CKA_MODULUS_BITS, 0, &bits);
    for (guint i = PENA_ALGORITHM_RSA2048; rv == CKR_OK && i <= PENA_ALGORITHM_RSA4096; i++)
        if (pena_key_algorithm_bits (i) == bits)
            *ret_algorithm = i;
    return rv == CKR_OK && *ret_algorithm == PENA_ALGORITHM_UNKNOWN ? CKR_KEY_SIZE_RANGE : rv;
}

/* Where the template of either half says. */
static CK_RV
choose_key_place (PenaModSlot *slot, const PenaModTemplate *public, const PenaModTemplate *private,
                  const PenaCardPlace **ret_place)
{
    gboolean by_private = pena_mod_template_find (private, CKA_ID) != NULL;
    const PenaCardPlace *other = NULL;
    CK_RV rv = choose_place (slot, by_private ? private : public, NULL, ret_place);

    if (rv == CKR_OK && by_private && pena_mod_template_find (public, CKA_ID) != NULL)
        rv = choose_place (slot, public, NULL, &other);
    return rv == CKR_OK && other != NULL && other != *ret_place ? CKR_TEMPLATE_INCONSISTENT : rv;
}

static CK_RV
generate (PenaMod *mod, PenaModSlot *slot, const PenaKeySpec *spec)
{
    g_autoptr (GError) error = NULL;
    EVP_PKEY *key = NULL;

    pena_mod_end_private_operations (mod, slot);
    pena_mod_before_card (mod, slot);
    pena_card_generate_key (slot->card, spec, &key, &error);
    EVP_PKEY_free (key);
    CK_RV rv = pena_mod_after_card (mod, slot, error);
    return rv == CKR_OK ? pena_mod_need_keys (mod, slot) : rv;
}

CK_RV
pena_mod_generate_key_pair (PenaMod *mod, PenaModSession *session, const PenaMechanism *mechanism,
                            const PenaModTemplate *public, const PenaModTemplate *private,
                            CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private)
{
    PenaModSlot *slot = session->slot;
    const PenaCardPlace *place = NULL;
    PenaKeyAlgorithm algorithm;
    PenaKeySpec spec;

    CK_RV rv = choose_algorithm (mechanism, public, &algorithm);
    if (rv == CKR_OK)
        rv = prepare (mod, session, PENA_CARD_GENERATE);
    if (rv == CKR_OK)
        rv = choose_key_place (slot, public, private, &place);
    if (rv == CKR_OK)
        rv = fill_spec (slot, private, place, algorithm, &spec);
    if (rv == CKR_OK)
        rv = generate (mod, slot, &spec);
    if (rv != CKR_OK)
        return rv;
    const PenaModObject *public_key = find_at (slot, CKO_PUBLIC_KEY, place->place);
    const PenaModObject *private_key = find_at (slot, CKO_PRIVATE_KEY, place->place);
    if (public_key == NULL || private_key == NULL)
        return CKR_DEVICE_ERROR;
    *ret_public = public_key->handle;
    *ret_private = private_key->handle;
    return CKR_OK;
}

static CK_RV
import (PenaMod *mod, PenaModSlot *slot, const PenaKeySpec *spec, EVP_PKEY *key)
{
    g_autoptr (GError) error = NULL;

    pena_mod_end_private_operations (mod, slot);
    pena_mod_before_card (mod, slot);
    pena_card_import_key (slot->card, spec, key, &error);
    CK_RV rv = pena_mod_after_card (mod, slot, error);
    return rv == CKR_OK ? pena_mod_need_keys (mod, slot) : rv;
}

/* A place whose certificate is that of this very key is the right one for it. */
static gboolean
belongs (PenaModSlot *slot, const PenaCardPlace *place, EVP_PKEY *key)
{
    EVP_PKEY *there = key_at (slot, place);

    return there != NULL && EVP_PKEY_eq (there, key) == 1;
}

static CK_RV
create_key (PenaMod *mod, PenaModSession *session, const PenaModTemplate *template,
            const PenaCardPlace **ret_place)
{
    PenaModSlot *slot = session->slot;
    EVP_PKEY *key = NULL;
    PenaKeySpec spec;

    CK_RV rv = prepare (mod, session, PENA_CARD_IMPORT);
    if (rv == CKR_OK)
        rv = pena_mod_template_get_private_key (template, &key);
    if (rv == CKR_OK)
        rv = choose_place (slot, template, key, ret_place);
    if (rv == CKR_TEMPLATE_INCOMPLETE && key != NULL)
        rv = choose_place (slot, template, NULL, ret_place);
    if (rv == CKR_OK)
        rv = fill_spec (slot, template, *ret_place, pena_key_algorithm (key), &spec);
    if (rv == CKR_ACTION_PROHIBITED && belongs (slot, *ret_place, key)) {
        spec = (PenaKeySpec){.place = *ret_place, .algorithm = pena_key_algorithm (key)};
        rv = choose_pin (template, &spec.pin);
    }
    if (rv == CKR_OK)
        rv = import (mod, slot, &spec, key);
    EVP_PKEY_free (key);
    return rv;
}

/* --- certificates --- */

static CK_RV
put (PenaMod *mod, PenaModSlot *slot, const PenaCardPlace *place, GBytes *der)
{
    g_autoptr (GError) error = NULL;

    pena_mod_before_card (mod, slot);
    pena_card_put_certificate (slot->card, place, der, &error);
    return pena_mod_after_card (mod, slot, error);
}

static CK_RV
create_certificate (PenaMod *mod, PenaModSession *session, const PenaModTemplate *template,
                    const PenaCardPlace **ret_place)
{
    const CK_ATTRIBUTE *value = pena_mod_template_find (template, CKA_VALUE);
    const guint8 *at = value != NULL ? value->pValue : NULL;

    if (value == NULL)
        return CKR_TEMPLATE_INCOMPLETE;
    X509 *x509 = d2i_X509 (NULL, &at, (long)value->ulValueLen);
    if (x509 == NULL || at != (const guint8 *)value->pValue + value->ulValueLen) {
        X509_free (x509);
        return CKR_ATTRIBUTE_VALUE_INVALID;
    }
    CK_RV rv = prepare (mod, session, PENA_CARD_PUT_CERTIFICATE);
    if (rv == CKR_OK)
        rv = choose_place (session->slot, template, X509_get0_pubkey (x509), ret_place);
    X509_free (x509);
    if (rv != CKR_OK)
        return rv;
    g_autoptr (GBytes) der = g_bytes_new (value->pValue, value->ulValueLen);
    return put (mod, session->slot, *ret_place, der);
}

CK_RV
pena_mod_create_token_object (PenaMod *mod, PenaModSession *session, const PenaModTemplate *template,
                              CK_OBJECT_HANDLE *ret_handle)
{
    const PenaCardPlace *place = NULL;
    CK_OBJECT_CLASS class;
    CK_RV rv = pena_mod_template_get_class (template, &class);

    if (rv != CKR_OK)
        return rv;
    if (class == CKO_CERTIFICATE)
        rv = create_certificate (mod, session, template, &place);
    else if (class == CKO_PRIVATE_KEY)
        rv = create_key (mod, session, template, &place);
    else
        rv = CKR_TEMPLATE_INCONSISTENT; /* there is no room for anything else */
    if (rv != CKR_OK)
        return rv;
    const PenaModObject *object = find_at (session->slot, class, place->place);
    if (object == NULL)
        return CKR_DEVICE_ERROR;
    *ret_handle = object->handle;
    return CKR_OK;
}

/* --- taking off --- */

CK_RV
pena_mod_destroy_token_object (PenaMod *mod, PenaModSession *session, const PenaModObject *object)
{
    gboolean (*delete) (PenaCard * card, const PenaCardPlace *place, GError **error) =
        object->class == CKO_CERTIFICATE ? pena_card_delete_certificate : pena_card_delete_key;
    PenaCardAbilities ability =
        object->class == CKO_CERTIFICATE ? PENA_CARD_PUT_CERTIFICATE : PENA_CARD_DELETE_KEY;
    PenaModSlot *slot = session->slot;
    g_autoptr (GError) error = NULL;
    guint place = object->place;

    if (object->class != CKO_CERTIFICATE && object->class != CKO_PRIVATE_KEY)
        return CKR_ACTION_PROHIBITED;
    CK_RV rv = prepare (mod, session, ability);
    if (rv != CKR_OK)
        return rv == CKR_TOKEN_WRITE_PROTECTED ? CKR_ACTION_PROHIBITED : rv;
    const PenaCardPlace *row = pena_card_get_contents (slot->card)->places;
    while (row != NULL && row->name != NULL && row->place != place)
        row++;
    if (row == NULL || row->name == NULL)
        return CKR_ACTION_PROHIBITED;
    pena_mod_end_private_operations (mod, slot);
    pena_mod_before_card (mod, slot);
    delete (slot->card, row, &error);
    return pena_mod_after_card (mod, slot, error);
}
