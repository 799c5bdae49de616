/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: asking a responder whether a certificate was revoked (RFC 6960)
 * Copyright (C) 2026 the Pena authors */
#include "pena-ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-algorithm.h"
#include "pena-certificate.h"
#include "pena-text.h"

/* Real answers are 0.5 to 4 KiB; what a stranger sends is bounded here. */
#define MAX_ANSWER (256 * 1024)
#define MAX_SINGLES 64
#define MAX_CERTIFICATES 16
#define MAX_NONCE 32

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OCSP_REQUEST, OCSP_REQUEST_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OCSP_CERTID, OCSP_CERTID_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OCSP_RESPONSE, OCSP_RESPONSE_free)

struct _PenaOcspAnswer {
    OCSP_BASICRESP *basic;
    PenaRevocation revocation;
    gint64 produced_at;
    X509 *responder; /* NULL: the issuer itself */
};

static gboolean
invalid (GError **error, const gchar *reason)
{
    GError *made = g_error_new (PENA_ERROR, PENA_ERROR_OCSP_ANSWER_INVALID, "OCSP: %s", reason);
    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}

static gboolean
add_nonce (OCSP_REQUEST *request, GBytes *nonce)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (nonce, &length);
    return length >= 1 && length <= MAX_NONCE &&
           OCSP_request_add1_nonce (request, (guint8 *)data, (int)length) == 1;
}

GBytes *
pena_ocsp_request_new (X509 *certificate, X509 *issuer, GBytes *nonce, GError **error)
{
    g_autoptr (OCSP_REQUEST) request = OCSP_REQUEST_new ();
    g_autoptr (OCSP_CERTID) id = OCSP_cert_to_id (EVP_sha1 (), certificate, issuer);
    guint8 *der = NULL;

    if (request != NULL && id != NULL && OCSP_request_add0_id (request, id) != NULL) {
        id = NULL; /* the request's now */
        int length = nonce == NULL || add_nonce (request, nonce) ? i2d_OCSP_REQUEST (request, &der) : 0;
        if (length > 0)
            return pena_take_der (der, length);
    }
    ERR_clear_error ();
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "libcrypto: OCSP request");
    return NULL;
}

static const struct {
    int status;
    const gchar *name; /* RFC 6960, 4.2.1 */
} refusals[] = {
    {OCSP_RESPONSE_STATUS_MALFORMEDREQUEST, "malformedRequest"},
    {OCSP_RESPONSE_STATUS_INTERNALERROR, "internalError"},
    {OCSP_RESPONSE_STATUS_TRYLATER, "tryLater"},
    {OCSP_RESPONSE_STATUS_SIGREQUIRED, "sigRequired"},
    {OCSP_RESPONSE_STATUS_UNAUTHORIZED, "unauthorized"},
};

static OCSP_BASICRESP *
read_basic (GBytes *answer, GError **error)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (answer, &length), *at = data;
    g_autoptr (OCSP_RESPONSE) response =
        length > 0 && length <= MAX_ANSWER ? d2i_OCSP_RESPONSE (NULL, &at, (long)length) : NULL;

    if (response == NULL || at != data + length) {
        invalid (error, _ ("it is not an OCSP answer"));
        return NULL;
    }
    int status = OCSP_response_status (response);
    for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
        if (refusals[i].status == status) {
            GError *made = g_error_new (PENA_ERROR, PENA_ERROR_OCSP_REFUSED, "OCSP: %s", refusals[i].name);
            pena_error_set_string (made, "reason", refusals[i].name);
            g_propagate_error (error, made);
            return NULL;
        }
    OCSP_BASICRESP *basic =
        status == OCSP_RESPONSE_STATUS_SUCCESSFUL ? OCSP_response_get1_basic (response) : NULL;
    if (basic == NULL || OCSP_resp_count (basic) > MAX_SINGLES ||
        sk_X509_num (OCSP_resp_get0_certs (basic)) > MAX_CERTIFICATES) {
        OCSP_BASICRESP_free (basic);
        invalid (error, _ ("it is not an OCSP answer"));
        return NULL;
    }
    return basic;
}

static gboolean
is_for_ocsp (X509 *certificate)
{
    return (X509_get_extension_flags (certificate) & (EXFLAG_INVALID | EXFLAG_XKUSAGE)) == EXFLAG_XKUSAGE &&
           (X509_get_extended_key_usage (certificate) & XKU_OCSP_SIGN) != 0 &&
           (X509_get_key_usage (certificate) & KU_DIGITAL_SIGNATURE) != 0;
}

static gboolean
was_valid (X509 *certificate, gint64 time)
{
    gint64 from, until;
    return pena_time_from_asn1 (X509_get0_notBefore (certificate), &from) &&
           pena_time_from_asn1 (X509_get0_notAfter (certificate), &until) && from <= time && time <= until;
}

/* RFC 6960, 4.2.2.2: the issuer of the certificate asked about, or a responder with a certificate from that very issuer;
 * no third one, whatever else it may be trusted for. */
static gboolean
authorise (PenaOcspAnswer *self, X509 *issuer, GError **error)
{
    g_autoptr (PenaX509Stack) own = sk_X509_new_null ();
    X509 *signer = NULL;

    X509_add_cert (own, issuer, X509_ADD_FLAG_UP_REF);
    if (OCSP_resp_get0_signer (self->basic, &signer, own) != 1 || X509_get0_pubkey (signer) == NULL)
        return invalid (error, _ ("the certificate of its signer is not in it"));
    if (pena_certificate_equal (signer, issuer))
        return TRUE;
    if (!is_for_ocsp (signer) || !pena_certificate_issued_by (signer, issuer)) {
        g_autofree gchar *name = pena_certificate_display_name (signer);
        g_autofree gchar *reason =
            g_strdup_printf (_ ("its signer %s may not answer for the authority"), name);
        return invalid (error, reason);
    }
    if (!was_valid (signer, self->produced_at))
        return invalid (error, _ ("the certificate of its signer was not valid then"));
    X509_up_ref (signer);
    self->responder = signer;
    return TRUE;
}

static gboolean
check_signature (const PenaOcspAnswer *self, X509 *issuer, GError **error)
{
    X509 *signer = self->responder != NULL ? self->responder : issuer;
    g_autoptr (PenaX509Stack) own = sk_X509_new_null ();

    if (pena_signature_is_weak (OCSP_resp_get0_tbs_sigalg (self->basic)) ||
        !pena_key_is_strong (X509_get0_pubkey (signer)))
        return invalid (error, _ ("its digest or key is too weak"));
    X509_add_cert (own, issuer, X509_ADD_FLAG_UP_REF);
    if (OCSP_basic_verify (self->basic, own, NULL, OCSP_NOVERIFY) != 1)
        return invalid (error, _ ("its signature is wrong"));
    return TRUE;
}

/* Responders may repeat the CertID with another hash than they were asked with. */
static gboolean
is_about (OCSP_SINGLERESP *single, X509 *certificate, X509 *issuer)
{
    ASN1_OBJECT *hash = NULL;
    OCSP_CERTID *id = (OCSP_CERTID *)OCSP_SINGLERESP_get0_id (single);

    OCSP_id_get0_info (NULL, &hash, NULL, NULL, id);
    const EVP_MD *md = EVP_get_digestbyobj (hash);
    g_autoptr (OCSP_CERTID) wanted = md != NULL ? OCSP_cert_to_id (md, certificate, issuer) : NULL;
    return wanted != NULL && OCSP_id_cmp (wanted, id) == 0;
}

static gboolean
read_single (OCSP_SINGLERESP *single, PenaRevocation *ret_revocation)
{
    PenaRevocation found = {.state = PENA_REVOCATION_UNKNOWN, .reason = -1};
    ASN1_GENERALIZEDTIME *since = NULL, *from = NULL, *until = NULL;
    int status = OCSP_single_get0_status (single, &found.reason, &since, &from, &until);

    if (OCSP_SINGLERESP_get_ext_by_critical (single, 1, -1) >= 0 ||
        !pena_time_from_asn1 (from, &found.this_update))
        return FALSE;
    found.next_update = G_MININT64;
    if (until != NULL && !pena_time_from_asn1 (until, &found.next_update))
        return FALSE;
    if (status == V_OCSP_CERTSTATUS_GOOD)
        found.state = PENA_REVOCATION_GOOD;
    else if (status == V_OCSP_CERTSTATUS_REVOKED) {
        found.state = found.reason == OCSP_REVOKED_STATUS_CERTIFICATEHOLD ? PENA_REVOCATION_ON_HOLD
                                                                          : PENA_REVOCATION_REVOKED;
        if (!pena_time_from_asn1 (since, &found.since))
            return FALSE;
    }
    *ret_revocation = found;
    return TRUE;
}

/* Of several answers about the certificate the worst counts. */
static gboolean
find_single (PenaOcspAnswer *self, X509 *certificate, X509 *issuer, GError **error)
{
    gboolean found = FALSE;

    for (int i = 0; i < OCSP_resp_count (self->basic); i++) {
        OCSP_SINGLERESP *single = OCSP_resp_get0 (self->basic, i);
        PenaRevocation one;
        if (!is_about (single, certificate, issuer))
            continue;
        if (!read_single (single, &one))
            return invalid (error, _ ("it is not an OCSP answer"));
        if (!found || one.state > self->revocation.state)
            self->revocation = one;
        found = TRUE;
    }
    return found || invalid (error, _ ("it says nothing about the certificate that was asked for"));
}

static gboolean
check_extensions (const PenaOcspAnswer *self, GError **error)
{
    for (int at = -1; (at = OCSP_BASICRESP_get_ext_by_critical (self->basic, 1, at)) >= 0;)
        if (OBJ_obj2nid (X509_EXTENSION_get_object (OCSP_BASICRESP_get_ext (self->basic, at))) !=
            NID_id_pkix_OCSP_Nonce)
            return invalid (error, _ ("it holds a critical extension that Pena does not know"));
    return TRUE;
}

PenaOcspAnswer *
pena_ocsp_answer_read (GBytes *answer, X509 *certificate, X509 *issuer, GError **error)
{
    g_autoptr (PenaOcspAnswer) self = g_new0 (PenaOcspAnswer, 1);
    gboolean sound = FALSE;

    self->basic = read_basic (answer, error);
    if (self->basic != NULL) {
        if (!pena_time_from_asn1 (OCSP_resp_get0_produced_at (self->basic), &self->produced_at))
            invalid (error, _ ("it is not an OCSP answer"));
        else
            sound = check_extensions (self, error) && find_single (self, certificate, issuer, error) &&
                    authorise (self, issuer, error) && check_signature (self, issuer, error);
    }
    ERR_clear_error ();
    return sound ? g_steal_pointer (&self) : NULL;
}

void
pena_ocsp_answer_free (PenaOcspAnswer *self)
{
    if (self == NULL)
        return;
    OCSP_BASICRESP_free (self->basic);
    X509_free (self->responder);
    g_free (self);
}

const PenaRevocation *
pena_ocsp_answer_get_revocation (const PenaOcspAnswer *self)
{
    return &self->revocation;
}

gint64
pena_ocsp_answer_get_produced_at (const PenaOcspAnswer *self)
{
    return self->produced_at;
}

X509 *
pena_ocsp_answer_get_responder (const PenaOcspAnswer *self)
{
    return self->responder;
}

gboolean
pena_ocsp_answer_needs_responder_check (const PenaOcspAnswer *self)
{
    return self->responder != NULL && X509_get_ext_by_NID (self->responder, NID_id_pkix_OCSP_noCheck, -1) < 0;
}

/* The extension holds an OCTET STRING; some responders write the bare octets. */
static gboolean
nonce_is (X509_EXTENSION *extension, GBytes *nonce)
{
    const ASN1_STRING *value = X509_EXTENSION_get_data (extension);
    const guint8 *data = ASN1_STRING_get0_data (value);
    int size = ASN1_STRING_length (value);
    gsize length;
    const guint8 *wanted = g_bytes_get_data (nonce, &length);

    if (size == (int)length + 2 && data[0] == V_ASN1_OCTET_STRING && data[1] == (guint8)length) {
        data += 2;
        size -= 2;
    }
    return size == (int)length && memcmp (data, wanted, length) == 0;
}

gboolean
pena_ocsp_answer_check_nonce (const PenaOcspAnswer *self, GBytes *nonce, GError **error)
{
    int at = OCSP_BASICRESP_get_ext_by_NID (self->basic, NID_id_pkix_OCSP_Nonce, -1);

    if (at < 0 || nonce_is (OCSP_BASICRESP_get_ext (self->basic, at), nonce))
        return TRUE;
    return invalid (error, _ ("it does not repeat the random number that was sent"));
}

gboolean
pena_ocsp_answer_check_current (const PenaOcspAnswer *self, gint64 now, GError **error)
{
    if (self->revocation.this_update > now + PENA_REVOCATION_CLOCK_DIFFERENCE ||
        self->produced_at > now + PENA_REVOCATION_CLOCK_DIFFERENCE) {
        g_autofree gchar *time = pena_time_format (MAX (self->revocation.this_update, self->produced_at));
        g_autofree gchar *reason = g_strdup_printf (_ ("it is from %s, which lies in the future"), time);
        return invalid (error, reason);
    }
    if (!pena_revocation_is_current (&self->revocation, now)) {
        g_autofree gchar *time = pena_time_format (self->revocation.this_update);
        g_autofree gchar *reason = g_strdup_printf (_ ("it is outdated: it is from %s"), time);
        return invalid (error, reason);
    }
    return TRUE;
}
