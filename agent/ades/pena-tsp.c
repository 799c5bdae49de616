/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the question to a time-stamp authority and its answer (RFC 3161, 2.4)
 * Copyright (C) 2026 the Pena authors */
#include "pena-tsp.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-certificate.h"
#include "pena-text.h"
#include "pena-time-stamp.h"

/* A token with a chain and its revocation lists stays below; agent/net stops reading earlier. */
#define MAX_ANSWER (1024 * 1024)
#define NONCE_LENGTH 16
#define MAX_POLICY 128 /* characters of a dotted OID */
#define MAX_REMARK 160 /* characters of a stranger's text that people are shown */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TS_REQ, TS_REQ_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TS_MSG_IMPRINT, TS_MSG_IMPRINT_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TS_STATUS_INFO, TS_STATUS_INFO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_INTEGER, ASN1_INTEGER_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_free)

struct _PenaTimeStampQuery {
    const PenaDigestAlgorithm *digest;
    GBytes *imprint;
    ASN1_INTEGER *nonce;
    ASN1_OBJECT *policy; /* NULL: any */
    GBytes *der;
};

static TS_MSG_IMPRINT *
new_imprint (const PenaTimeStampQuery *self)
{
    g_autoptr (TS_MSG_IMPRINT) imprint = TS_MSG_IMPRINT_new ();
    g_autoptr (X509_ALGOR) algorithm = X509_ALGOR_new ();
    gsize length;
    const guint8 *data = g_bytes_get_data (self->imprint, &length);

    if (imprint == NULL || algorithm == NULL ||
        X509_ALGOR_set0 (algorithm, OBJ_nid2obj (self->digest->nid), V_ASN1_NULL, NULL) != 1 ||
        TS_MSG_IMPRINT_set_algo (imprint, algorithm) != 1 ||
        TS_MSG_IMPRINT_set_msg (imprint, (guint8 *)data, (int)length) != 1)
        return NULL;
    return g_steal_pointer (&imprint);
}

static ASN1_INTEGER *
new_nonce (void)
{
    guint8 bytes[NONCE_LENGTH];

    if (RAND_bytes (bytes, sizeof bytes) != 1)
        return NULL;
    g_autoptr (BIGNUM) number = BN_bin2bn (bytes, sizeof bytes, NULL);
    return number != NULL ? BN_to_ASN1_INTEGER (number, NULL) : NULL;
}

static GBytes *
encode_query (const PenaTimeStampQuery *self)
{
    g_autoptr (TS_REQ) request = TS_REQ_new ();
    g_autoptr (TS_MSG_IMPRINT) imprint = new_imprint (self);
    guint8 *der = NULL;

    if (request == NULL || imprint == NULL || TS_REQ_set_version (request, 1) != 1 ||
        TS_REQ_set_msg_imprint (request, imprint) != 1 || TS_REQ_set_nonce (request, self->nonce) != 1 ||
        (self->policy != NULL && TS_REQ_set_policy_id (request, self->policy) != 1) ||
        TS_REQ_set_cert_req (request, 1) != 1)
        return NULL;
    int length = i2d_TS_REQ (request, &der);
    return pena_take_der (der, length);
}

static ASN1_OBJECT *
parse_policy (const gchar *policy, GError **error)
{
    ASN1_OBJECT *object =
        strlen (policy) <= MAX_POLICY && g_ascii_isdigit (policy[0]) ? OBJ_txt2obj (policy, 1) : NULL;
    if (object != NULL)
        return object;
    ERR_clear_error ();
    GError *made = g_error_new (PENA_ERROR, PENA_ERROR_CONFIG_INVALID, "not an OID: %.128s", policy);
    pena_error_set_string (made, "reason", _ ("the policy of a time-stamp must be a dotted number (OID)"));
    g_propagate_error (error, made);
    return NULL;
}

PenaTimeStampQuery *
pena_time_stamp_query_new (const gchar *digest, GBytes *imprint, const gchar *policy, GError **error)
{
    g_autoptr (PenaTimeStampQuery) self = g_new0 (PenaTimeStampQuery, 1);

    self->digest = pena_digest_algorithm_by_name (digest);
    if (self->digest == NULL || !self->digest->strong ||
        g_bytes_get_size (imprint) != (gsize)EVP_MD_get_size (self->digest->md ())) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "no imprint to time-stamp: %s", digest);
        return NULL;
    }
    self->imprint = g_bytes_ref (imprint);
    if (policy != NULL && (self->policy = parse_policy (policy, error)) == NULL)
        return NULL;
    self->nonce = new_nonce ();
    self->der = self->nonce != NULL ? encode_query (self) : NULL;
    if (self->der == NULL) {
        ERR_clear_error ();
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "libcrypto: time-stamp query");
        return NULL;
    }
    return g_steal_pointer (&self);
}

void
pena_time_stamp_query_free (PenaTimeStampQuery *self)
{
    if (self == NULL)
        return;
    g_clear_pointer (&self->imprint, g_bytes_unref);
    g_clear_pointer (&self->der, g_bytes_unref);
    ASN1_INTEGER_free (self->nonce);
    ASN1_OBJECT_free (self->policy);
    g_free (self);
}

GBytes *
pena_time_stamp_query_get_der (const PenaTimeStampQuery *self)
{
    return self->der;
}

/* A TLV from the front of *at, whole; FALSE when there is none of that tag. */
static gboolean
take_sequence (const guint8 **at, const guint8 *end, gboolean enter, GBytes **ret_whole)
{
    const guint8 *content = *at;
    long length;
    int tag, class;
    int outcome = ASN1_get_object (&content, &length, &tag, &class, end - *at);

    /* 0x80: error; 1: indefinite length, which is not DER */
    if ((outcome & 0x81) != 0 || tag != V_ASN1_SEQUENCE || class != V_ASN1_UNIVERSAL ||
        (outcome & V_ASN1_CONSTRUCTED) == 0)
        return FALSE;
    if (!enter)
        *ret_whole = g_bytes_new (*at, (gsize)(content + length - *at));
    else if (content + length != end)
        return FALSE;
    *at = enter ? content : content + length;
    return TRUE;
}

/* TimeStampResp ::= SEQUENCE { status, token OPTIONAL }. The token is cut out as it stands: decoding and encoding it
 * again could change bytes that are signed or stamped later. */
static gboolean
take_apart (GBytes *answer, TS_STATUS_INFO **ret_status, GBytes **ret_token)
{
    gsize length;
    const guint8 *at = g_bytes_get_data (answer, &length);
    const guint8 *end = at + length;
    g_autoptr (GBytes) status = NULL;
    g_autoptr (GBytes) token = NULL;

    if (length == 0 || length > MAX_ANSWER || !take_sequence (&at, end, TRUE, NULL) ||
        !take_sequence (&at, end, FALSE, &status) ||
        (at != end && (!take_sequence (&at, end, FALSE, &token) || at != end)))
        return FALSE;
    const guint8 *der = g_bytes_get_data (status, &length);
    const guint8 *begin = der;
    g_autoptr (TS_STATUS_INFO) info = d2i_TS_STATUS_INFO (NULL, &der, (long)length);
    if (info == NULL || der != begin + length)
        return FALSE;
    *ret_status = g_steal_pointer (&info);
    *ret_token = g_steal_pointer (&token);
    return TRUE;
}

static const struct {
    int bit;
    const gchar *name; /* RFC 3161, 2.4.2 */
} failures[] = {
    {0, "badAlg"},
    {2, "badRequest"},
    {5, "badDataFormat"},
    {14, "timeNotAvailable"},
    {15, "unacceptedPolicy"},
    {16, "unacceptedExtension"},
    {17, "addInfoNotAvailable"},
    {25, "systemFailure"},
};

static void
append_failures (GString *out, const ASN1_BIT_STRING *info)
{
    for (guint i = 0; info != NULL && i < G_N_ELEMENTS (failures); i++)
        if (ASN1_BIT_STRING_get_bit (info, failures[i].bit))
            g_string_append_printf (out, "%s%s", out->len > 0 ? ", " : "", failures[i].name);
}

/* What the TSA says in its own words goes to a terminal: printable characters, and not many. */
static void
append_remark (GString *out, const STACK_OF (ASN1_UTF8STRING) * texts)
{
    if (sk_ASN1_UTF8STRING_num (texts) < 1)
        return;
    const ASN1_UTF8STRING *first = sk_ASN1_UTF8STRING_value (texts, 0);
    g_autofree gchar *text = g_utf8_make_valid ((const gchar *)ASN1_STRING_get0_data (first),
                                                MIN (ASN1_STRING_length (first), MAX_REMARK * 4));
    guint count = 0;

    if (*text != '\0')
        g_string_append (out, out->len > 0 ? ": " : "");
    for (const gchar *at = text; *at != '\0' && count++ < MAX_REMARK; at = g_utf8_next_char (at)) {
        gunichar character = g_utf8_get_char (at);
        g_string_append_unichar (out, g_unichar_isprint (character) ? character : 0xFFFD);
    }
    if (g_str_has_suffix (out->str, ".")) /* it becomes a part of our sentence */
        g_string_truncate (out, out->len - 1);
}

static gboolean
check_status (const TS_STATUS_INFO *info, GError **error)
{
    int64_t status = -1;

    /* granted, grantedWithMods: what the modifications are, the checks of the token find out */
    if (ASN1_INTEGER_get_int64 (&status, TS_STATUS_INFO_get0_status (info)) == 1 &&
        (status == 0 || status == 1))
        return TRUE;
    g_autoptr (GString) reason = g_string_new (NULL);
    append_failures (reason, TS_STATUS_INFO_get0_failure_info (info));
    append_remark (reason, TS_STATUS_INFO_get0_text (info));
    if (reason->len == 0)
        g_string_append_printf (reason, "status %" G_GINT64_FORMAT, (gint64)status);
    GError *made = g_error_new (PENA_ERROR, PENA_ERROR_TSA_REFUSED, "refused: %s", reason->str);
    pena_error_set_string (made, "reason", reason->str);
    g_propagate_error (error, made);
    return FALSE;
}

static gboolean
check_against_query (const PenaTimeStamp *stamp, const PenaTimeStampQuery *query, GError **error)
{
    const ASN1_INTEGER *nonce = TS_TST_INFO_get_nonce (stamp->info);

    if (pena_time_stamp_get_imprint_digest (stamp) != query->digest ||
        !pena_time_stamp_is_over (stamp, query->imprint))
        return pena_time_stamp_invalid (error, _ ("it is over other data than was sent"));
    if (nonce == NULL || ASN1_INTEGER_cmp (nonce, query->nonce) != 0)
        return pena_time_stamp_invalid (error, _ ("it does not repeat the random number that was sent"));
    if (query->policy != NULL && OBJ_cmp (TS_TST_INFO_get_policy_id (stamp->info), query->policy) != 0)
        return pena_time_stamp_invalid (error, _ ("it follows another policy than was asked for"));
    return TRUE;
}

static gboolean
check_time (const PenaTimeStamp *stamp, gint64 now, gint64 clock_difference, GError **error)
{
    gint64 time = pena_time_stamp_get_time (stamp), not_before, not_after;

    if (time < now - clock_difference || time > now + clock_difference) {
        g_autofree gchar *text = pena_time_format (time);
        g_autofree gchar *reason =
            g_strdup_printf (_ ("its time is %s, which is not that of this computer"), text);
        return pena_time_stamp_invalid (error, reason);
    }
    if (!pena_time_from_asn1 (X509_get0_notBefore (stamp->signer), &not_before) ||
        !pena_time_from_asn1 (X509_get0_notAfter (stamp->signer), &not_after) || time < not_before ||
        time > not_after)
        return pena_time_stamp_invalid (error,
                                        _ ("the certificate of the authority was not valid at that time"));
    return TRUE;
}

PenaTimeStamp *
pena_time_stamp_answer_read (GBytes *answer, const PenaTimeStampQuery *query, gint64 now,
                             gint64 clock_difference, GError **error)
{
    g_autoptr (TS_STATUS_INFO) status = NULL;
    g_autoptr (GBytes) token = NULL;

    if (!take_apart (answer, &status, &token)) {
        ERR_clear_error ();
        pena_time_stamp_invalid (error, _ ("it is not a time-stamp (RFC 3161)"));
        return NULL;
    }
    if (!check_status (status, error))
        return NULL;
    if (token == NULL) {
        pena_time_stamp_invalid (error, _ ("it is not a time-stamp (RFC 3161)"));
        return NULL;
    }
    g_autoptr (PenaTimeStamp) stamp = pena_time_stamp_parse (token, NULL, error);
    if (stamp == NULL || !check_against_query (stamp, query, error) ||
        !check_time (stamp, now, clock_difference, error))
        return NULL;
    if (!pena_time_stamp_is_strict (stamp)) {
        pena_time_stamp_invalid (error, _ ("it is not encoded strictly as RFC 5652 and RFC 3161 want it"));
        return NULL;
    }
    if (!pena_time_stamp_is_strong (stamp)) {
        pena_time_stamp_invalid (error, _ ("its digest or key is too weak"));
        return NULL;
    }
    return g_steal_pointer (&stamp);
}
