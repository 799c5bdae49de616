/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a development CA answers when it is asked
 * Copyright (C) 2026 the Pena authors */
#include "devca-answer.h"

#include "devca-certificate.h"
#include "devca-crl.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/rand.h>
#include <openssl/ts.h>

#define HOUR G_GINT64_CONSTANT (3600)
#define ASKED_MAX 64 /* certificates in one OCSP request */
/* Below the arc that IANA keeps for examples (RFC 5612). */
#define TSA_POLICY "1.3.6.1.4.1.32473.1"

DEVCA_OPENSSL_AUTOPTR (OCSP_REQUEST)
DEVCA_OPENSSL_AUTOPTR (OCSP_BASICRESP)
DEVCA_OPENSSL_AUTOPTR (OCSP_CERTID)
DEVCA_OPENSSL_AUTOPTR (OCSP_RESPONSE)
DEVCA_OPENSSL_AUTOPTR (TS_RESP)
DEVCA_OPENSSL_AUTOPTR (ASN1_OBJECT)

typedef struct {
    GBytes *der;
    gchar *version; /* of the index that it tells of */
    gint64 made_at; /* monotonic */
} List;

struct _DevcaDesk {
    gchar *path;
    DevcaFamily *family;
    List lists[2]; /* root, issuing */
    TS_RESP_CTX *tsa;
};

static GBytes *
take_der (guint8 *der, int length, GError **error)
{
    if (length <= 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "encoding an answer: %s",
                     ERR_reason_error_string (ERR_peek_last_error ()));
        ERR_clear_error ();
        return NULL;
    }
    GBytes *bytes = g_bytes_new (der, (gsize)length);
    OPENSSL_free (der);
    return bytes;
}

/* ---- OCSP ---- */

/* Which of the two has issued what is asked about; FALSE when neither has. */
static gboolean
find_issuer (DevcaDesk *self, OCSP_CERTID *id, DevcaRole *ret_role)
{
    ASN1_OBJECT *hash = NULL;
    OCSP_id_get0_info (NULL, &hash, NULL, NULL, id);
    const EVP_MD *md = EVP_get_digestbyobj (hash);

    for (guint role = DEVCA_ROOT; md != NULL && role <= DEVCA_ISSUING; role++) {
        g_autoptr (OCSP_CERTID) own = OCSP_cert_to_id (md, NULL, self->family->of[role]->certificate);
        if (own != NULL && OCSP_id_issuer_cmp (own, id) == 0) {
            *ret_role = (DevcaRole)role;
            return TRUE;
        }
    }
    return FALSE;
}

typedef struct {
    int status, reason;
    gint64 since;
} Status;

static gboolean
look_up (DevcaDesk *self, DevcaRole role, OCSP_CERTID *id, Status *status, GError **error)
{
    ASN1_INTEGER *serial = NULL;
    g_autoptr (DevcaStore) store = devca_store_open (self->path, error);
    g_autoptr (GPtrArray) entries = store != NULL ? devca_store_read_index (store, role, error) : NULL;

    if (entries == NULL)
        return FALSE;
    OCSP_id_get0_info (NULL, NULL, NULL, &serial, id);
    g_autofree gchar *hex = devca_serial_hex (serial);
    const DevcaEntry *entry = hex != NULL ? devca_index_find (entries, hex) : NULL;
    status->status = entry != NULL ? V_OCSP_CERTSTATUS_GOOD : V_OCSP_CERTSTATUS_UNKNOWN;
    if (entry != NULL && devca_entry_get_revocation (entry, &status->since, &status->reason))
        status->status = V_OCSP_CERTSTATUS_REVOKED;
    return TRUE;
}

static gboolean
add_status (DevcaDesk *self, OCSP_BASICRESP *answer, OCSP_CERTID *id, DevcaRole role, GError **error)
{
    Status status = {V_OCSP_CERTSTATUS_UNKNOWN, -1, 0};
    g_autoptr (ASN1_TIME) now = X509_gmtime_adj (NULL, 0);
    g_autoptr (ASN1_TIME) next = X509_gmtime_adj (NULL, HOUR);

    if (!look_up (self, role, id, &status, error))
        return FALSE;
    g_autoptr (ASN1_TIME) since = ASN1_TIME_set (NULL, (time_t)status.since);
    if (OCSP_basic_add1_status (answer, id, status.status, status.reason, since, now, next) != NULL)
        return TRUE;
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "OCSP status");
    return FALSE;
}

static GBytes *
encode_response (int status, OCSP_BASICRESP *answer, GError **error)
{
    g_autoptr (OCSP_RESPONSE) response = OCSP_response_create (status, answer);
    guint8 *der = NULL;
    int length = response != NULL ? i2d_OCSP_RESPONSE (response, &der) : 0;
    return take_der (der, length, error);
}

/* The first certificate says who is asked; those of another issuer are not known to him (RFC 6960, 2.2). */
static GBytes *
answer_request (DevcaDesk *self, OCSP_REQUEST *request, GError **error)
{
    g_autoptr (OCSP_BASICRESP) answer = OCSP_BASICRESP_new ();
    DevcaRole role = DEVCA_ISSUING, other;

    if (!find_issuer (self, OCSP_onereq_get0_id (OCSP_request_onereq_get0 (request, 0)), &role))
        return encode_response (OCSP_RESPONSE_STATUS_UNAUTHORIZED, NULL, error);
    for (int i = 0; i < OCSP_request_onereq_count (request); i++) {
        OCSP_CERTID *id = OCSP_onereq_get0_id (OCSP_request_onereq_get0 (request, i));
        if (!find_issuer (self, id, &other) || other != role)
            return encode_response (OCSP_RESPONSE_STATUS_UNAUTHORIZED, NULL, error);
        if (!add_status (self, answer, id, role, error))
            return NULL;
    }
    const DevcaAuthority *responder = self->family->of[role == DEVCA_ROOT ? DEVCA_ROOT_OCSP : DEVCA_OCSP];
    if (OCSP_copy_nonce (answer, request) < 0 ||
        OCSP_basic_sign (answer, responder->certificate, responder->key, devca_digest_for (responder->key),
                         NULL, 0) != 1)
        return encode_response (OCSP_RESPONSE_STATUS_INTERNALERROR, NULL, error);
    return encode_response (OCSP_RESPONSE_STATUS_SUCCESSFUL, answer, error);
}

GBytes *
devca_answer_ocsp (DevcaDesk *self, GBytes *request, GError **error)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (request, &length), *at = data;
    g_autoptr (OCSP_REQUEST) parsed = length > 0 ? d2i_OCSP_REQUEST (NULL, &at, (long)length) : NULL;
    int count = parsed != NULL && at == data + length ? OCSP_request_onereq_count (parsed) : 0;

    ERR_clear_error ();
    if (count < 1 || count > ASKED_MAX)
        return encode_response (OCSP_RESPONSE_STATUS_MALFORMEDREQUEST, NULL, error);
    return answer_request (self, parsed, error);
}

/* ---- time-stamps ---- */

static ASN1_INTEGER *
next_number (TS_RESP_CTX *context, void *unused)
{
    guint8 bytes[8];

    if (RAND_bytes (bytes, sizeof bytes) != 1)
        return NULL;
    g_autoptr (BIGNUM) number = BN_bin2bn (bytes, sizeof bytes, NULL);
    return number != NULL ? BN_to_ASN1_INTEGER (number, NULL) : NULL;
}

static TS_RESP_CTX *
new_tsa (const DevcaAuthority *authority)
{
    TS_RESP_CTX *context = TS_RESP_CTX_new ();
    g_autoptr (ASN1_OBJECT) policy = OBJ_txt2obj (TSA_POLICY, 1);
    const EVP_MD *digest = devca_digest_for (authority->key);

    if (context != NULL && TS_RESP_CTX_set_signer_cert (context, authority->certificate) == 1 &&
        TS_RESP_CTX_set_signer_key (context, authority->key) == 1 &&
        TS_RESP_CTX_set_signer_digest (context, digest) == 1 &&
        TS_RESP_CTX_set_ess_cert_id_digest (context, EVP_sha256 ()) == 1 &&
        TS_RESP_CTX_set_def_policy (context, policy) == 1 &&
        TS_RESP_CTX_add_md (context, EVP_sha256 ()) == 1 &&
        TS_RESP_CTX_add_md (context, EVP_sha384 ()) == 1 &&
        TS_RESP_CTX_add_md (context, EVP_sha512 ()) == 1 &&
        TS_RESP_CTX_set_accuracy (context, 1, 0, 0) == 1) {
        TS_RESP_CTX_set_serial_cb (context, next_number, NULL);
        return context;
    }
    TS_RESP_CTX_free (context);
    return NULL;
}

GBytes *
devca_answer_time_stamp (DevcaDesk *self, GBytes *request, GError **error)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (request, &length);
    g_autoptr (BIO) bio = BIO_new_mem_buf (data, (int)length);
    g_autoptr (TS_RESP) answer = bio != NULL ? TS_RESP_create_response (self->tsa, bio) : NULL;
    guint8 *der = NULL;

    int size = answer != NULL ? i2d_TS_RESP (answer, &der) : 0;
    GBytes *made = take_der (der, size, error);
    ERR_clear_error (); /* a request that was refused leaves its reason there */
    return made;
}

/* ---- certificates and lists ---- */

GBytes *
devca_answer_certificate (DevcaDesk *self, DevcaRole role, GError **error)
{
    guint8 *der = NULL;
    int length = i2d_X509 (self->family->of[role]->certificate, &der);
    return take_der (der, length, error);
}

static GBytes *
new_list (DevcaDesk *self, DevcaStore *store, DevcaRole role, GError **error)
{
    g_autoptr (GPtrArray) entries = devca_store_read_index (store, role, error);
    guint64 number;
    guint8 *der = NULL;

    if (entries == NULL || !devca_store_next_crl_number (store, role, &number, error))
        return NULL;
    g_autoptr (X509_CRL) list =
        devca_crl_new (self->family->of[role], entries, number, DEVCA_CRL_DAYS_DEFAULT, error);
    int length = list != NULL ? i2d_X509_CRL (list, &der) : 0;
    return list != NULL ? take_der (der, length, error) : NULL;
}

GBytes *
devca_answer_list (DevcaDesk *self, DevcaRole role, GError **error)
{
    List *last = &self->lists[role];
    g_autoptr (DevcaStore) store = devca_store_open (self->path, error);

    if (store == NULL)
        return NULL;
    g_autofree gchar *version = devca_store_index_version (store, role);
    gint64 now = g_get_monotonic_time ();
    if (last->der != NULL && g_str_equal (version, last->version) &&
        now - last->made_at < HOUR * G_USEC_PER_SEC)
        return g_bytes_ref (last->der);
    GBytes *der = new_list (self, store, role, error);
    if (der == NULL)
        return NULL;
    g_clear_pointer (&last->der, g_bytes_unref);
    g_free (last->version);
    last->der = g_bytes_ref (der);
    last->version = g_steal_pointer (&version);
    last->made_at = now;
    return der;
}

DevcaDesk *
devca_desk_new (const gchar *path, GError **error)
{
    g_autoptr (DevcaDesk) self = g_new0 (DevcaDesk, 1);
    g_autoptr (DevcaStore) store = devca_store_open (path, error);

    if (store == NULL)
        return NULL;
    self->path = g_strdup (path);
    self->family = g_new0 (DevcaFamily, 1);
    for (guint role = 0; role < DEVCA_N_ROLES; role++)
        if ((self->family->of[role] = devca_store_load_authority (store, (DevcaRole)role, error)) == NULL)
            return NULL;
    self->tsa = new_tsa (self->family->of[DEVCA_TSA]);
    if (self->tsa == NULL) {
        ERR_clear_error ();
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "time-stamp authority");
        return NULL;
    }
    return g_steal_pointer (&self);
}

void
devca_desk_free (DevcaDesk *self)
{
    if (self == NULL)
        return;
    for (guint i = 0; i < G_N_ELEMENTS (self->lists); i++) {
        g_clear_pointer (&self->lists[i].der, g_bytes_unref);
        g_free (self->lists[i].version);
    }
    devca_family_free (self->family);
    TS_RESP_CTX_free (self->tsa);
    g_free (self->path);
    g_free (self);
}
