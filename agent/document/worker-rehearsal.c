/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a document worker does, gone through once before the first document
 * Copyright (C) 2026 the Pena authors */
#include <openssl/err.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ipc-message.h"
#include "pena-certificate-memo.h"
#include "pena-certificate.h"
#include "pena-digest.h"
#include "pena-text.h"
#include "pena-validate.h"
#include "worker.h"

/* OpenSSL, GLib, gettext and others look up or make many things when they are needed for the first time. A worker lives as long
 * as one document, for which all is the first time; what the nursery has met before, its copies know. */

#define TIME G_GINT64_CONSTANT (1767225600) /* 2026-01-01 */
#define DAY (24 * 60 * 60)
#define AUTHORITY "Authority"

static const gchar letter[] =
    "%PDF-1.7\n"
    "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
    "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>\nendobj\n"
    "4 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n"
    "xref\n0 5\n"
    "0000000000 65535 f \n"
    "0000000009 00000 n \n"
    "0000000058 00000 n \n"
    "0000000115 00000 n \n"
    "0000000202 00000 n \n"
    "trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n251\n%%EOF\n";

/* Making an RSA key takes too long. This certificate vouches for itself; its key was never kept. */
static const gchar rsa_certificate[] =
    "MIIDGzCCAgOgAwIBAgIUDK6rs+alGnXZqg6WvJ+oQw/BTIgwDQYJKoZIhvcNAQELBQAwFDESMBAGA1UEAwwJUmVoZWFyc2Fs"
    "MCAXDTI2MTEyNjIwNDI0OVoYDzIxMjYxMTAyMjA0MjQ5WjAUMRIwEAYDVQQDDAlSZWhlYXJzYWwwggEiMA0GCSqGSIb3DQEB"
    "AQUAA4IBDwAwggEKAoIBAQCWy2ILuUzXVPeyBVgUc4NKDxlQAWIvA13qPadqMlfO9WhbjHDNAeXbpiU6T9znT4+B7k9WH8pV"
    "EOt/h4gNtSqwhC6HEopZF9ySdmw5pyQi7Ik+9OTIKr+OChddThIict2riUmlyQQVFsRzeMvxbSASbEEApZakPl4YxZpIu0Yf"
    "WLzmM2mlCLfklX7d8XKbV1gVhwV5T/QjEGqv0QUvNM7AYHm//LJ0fsPmMTBpaXOzfd1BurzmlesqkCJxaNKtzoB1U3L9jwee"
    "hHWB+dHymr0aWybiYzjonTf6xb+CAqwrNRMRobfBolzjEuYBDMB5TQiKGZSgQG/eABoqo+6dYhDnAgMBAAGjYzBhMB0GA1Ud"
    "DgQWBBRwPnki+giQFc6GLSIXxQ6oj8ixBzAfBgNVHSMEGDAWgBRwPnki+giQFc6GLSIXxQ6oj8ixBzAOBgNVHQ8BAf8EBAMC"
    "AQYwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAZwYKeGwK/l09d0GdV3ro1iouWJi1HxKbcBgeikNZDQTQ"
    "lBqO8Su2GumcQ+apP3uV0fFjZ7tyGOvioNVFamQdIyUTRNvzD37boBC5K1nx5/L9vc5hecY5mE5bvdOqmGgVh9p7SJNpgkEG"
    "JsLWxyjt5xL//cZuAYaD0gYuicx/WXkWOwX8et5IJ2JdKWq6XcYpPCsJX458xLi54YZtzMkd3ofzEgbkn0nC8qoOfGnBovuY"
    "cZVZytNxudWwjsu33GvGGn5lMx9R8DrTpb1MwE8qnJUlRY+omSgEHP4TMwXAvEnJm4jrY0yJVTYHGY5RXXNtejg/xrfbMDRg"
    "3gUTCMlJrg==";

typedef struct {
    EVP_PKEY *key;    /* of a moment, and trusted by nobody else */
    GPtrArray *chain; /* of GBytes: signer, authority */
    GBytes *rsa;
    GBytes *document;
} Sample;

static void
sample_clear (Sample *self)
{
    EVP_PKEY_free (self->key);
    g_clear_pointer (&self->chain, g_ptr_array_unref);
    g_clear_pointer (&self->rsa, g_bytes_unref);
    g_clear_pointer (&self->document, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sample, sample_clear)

static gboolean
fail (const gchar *what, GError **error)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "the rehearsal: %s", what);
    return FALSE;
}

/* ---- the sample ---- */

/* One key is the authority's and the signer's. */
static GBytes *
make_certificate (EVP_PKEY *key, const gchar *name, const gchar *usage)
{
    g_autoptr (X509) certificate = X509_new ();
    const struct {
        int kind;
        const gchar *value;
    } extensions[] = {
        {NID_key_usage, usage},
        {NID_basic_constraints, g_str_equal (name, AUTHORITY) ? "critical,CA:TRUE" : "CA:FALSE"}};

    X509_set_version (certificate, X509_VERSION_3);
    ASN1_INTEGER_set (X509_get_serialNumber (certificate), 1);
    X509_NAME_add_entry_by_txt (X509_get_subject_name (certificate), "CN", MBSTRING_UTF8,
                                (const guint8 *)name, -1, -1, 0);
    X509_NAME_add_entry_by_txt (X509_get_issuer_name (certificate), "CN", MBSTRING_UTF8,
                                (const guint8 *)AUTHORITY, -1, -1, 0);
    ASN1_TIME_set (X509_getm_notBefore (certificate), TIME - DAY);
    ASN1_TIME_set (X509_getm_notAfter (certificate), TIME + DAY);
    X509_set_pubkey (certificate, key);
    for (guint i = 0; i < G_N_ELEMENTS (extensions); i++) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, NULL, extensions[i].kind, extensions[i].value);
        X509_add_ext (certificate, extension, -1);
        X509_EXTENSION_free (extension);
    }
    X509_sign (certificate, key, EVP_sha256 ());
    return pena_certificate_encode (certificate);
}

static gboolean
make_sample (Sample *self, GError **error)
{
    gsize length;
    guint8 *rsa = g_base64_decode (rsa_certificate, &length);

    self->rsa = g_bytes_new_take (rsa, length);
    self->document = g_bytes_new_static (letter, sizeof letter - 1);
    self->chain = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    self->key = EVP_EC_gen ("P-256");
    if (self->key == NULL)
        return fail ("no key", error);
    g_ptr_array_add (self->chain, make_certificate (self->key, "Signer", "critical,nonRepudiation"));
    g_ptr_array_add (self->chain, make_certificate (self->key, AUTHORITY, "critical,keyCertSign"));
    return TRUE;
}

/* ---- the broker's part ---- */

typedef GVariant *(*Method) (gpointer worker, GVariant *arguments, gint fd, GError **error);

/* There and back again as messages. Takes the floating value. */
static GVariant *
convey (GVariant *value)
{
    g_autoptr (GBytes) message = pena_ipc_message_pack (PENA_IPC_ANSWER, 0, value);
    g_autoptr (GBytes) body = g_bytes_new_from_bytes (message, PENA_IPC_MESSAGE_HEAD,
                                                      g_bytes_get_size (message) - PENA_IPC_MESSAGE_HEAD);
    g_autofree gchar *word = NULL;
    guint64 number;

    return pena_ipc_message_unpack (body, &word, &number);
}

/* Takes the floating arguments. Transfer full. */
static GVariant *
ask (Worker *worker, Method method, GVariant *arguments, gint fd, GError **error)
{
    g_autoptr (GVariant) asked = convey (arguments);
    GVariant *answer = method (worker, asked, fd, error);

    return answer != NULL ? convey (answer) : NULL;
}

static gboolean
open_document (Worker *worker, GBytes *document, GError **error)
{
    gsize length;
    gconstpointer data = g_bytes_get_data (document, &length);
    gint fd = memfd_create ("rehearsal", MFD_CLOEXEC);
    gboolean written = fd >= 0 && write (fd, data, length) == (gssize)length;
    GVariantDict options;

    g_variant_dict_init (&options, NULL);
    g_variant_dict_insert (&options, "format", "s", "pades");
    g_variant_dict_insert (&options, "language", "s", "id");
    g_autoptr (GVariant) facts =
        ask (worker, worker_open, g_variant_new ("(h@a{sv})", 0, g_variant_dict_end (&options)), fd, error);
    if (fd >= 0)
        close (fd);
    return facts != NULL && (written || fail ("no memory", error));
}

static void
insert_bytes (GVariantDict *options, const gchar *key, GBytes *bytes)
{
    g_variant_dict_insert_value (options, key, worker_bytes_variant (bytes));
}

static gboolean
prepare (Worker *worker, const Sample *sample, gsize capacity, GError **error)
{
    GVariantDict options;

    g_variant_dict_init (&options, NULL);
    insert_bytes (&options, "signer", sample->chain->pdata[0]);
    g_variant_dict_insert (&options, "time", "x", TIME);
    g_variant_dict_insert (&options, "capacity", "t", (guint64)capacity);
    g_autoptr (GVariant) plan =
        ask (worker, worker_prepare, g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), -1, error);
    return plan != NULL;
}

static gboolean
check (Worker *worker, const Sample *sample, GBytes *cms, GBytes *digest, GError **error)
{
    GVariantDict options;

    g_variant_dict_init (&options, NULL);
    insert_bytes (&options, "cms", cms);
    insert_bytes (&options, "digest", digest);
    insert_bytes (&options, "signer", sample->chain->pdata[0]);
    g_variant_dict_insert (&options, "time", "x", TIME);
    g_autoptr (GVariant) done =
        ask (worker, worker_check, g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), -1, error);
    return done != NULL;
}

/* Of all but the gap. */
static GBytes *
hash (GBytes *document, const PenaPdfUpdate *update)
{
    g_autoptr (PenaDigest) digest = pena_digest_new ("sha256", NULL);
    gsize after = update->gap_offset + update->gap_length;

    pena_digest_update (digest, g_bytes_get_data (document, NULL), g_bytes_get_size (document));
    pena_digest_update (digest, update->bytes->data, update->gap_offset);
    pena_digest_update (digest, update->bytes->data + after, update->bytes->len - after);
    return pena_digest_get (digest);
}

/* ---- the token's part ---- */

static GBytes *
make_value (EVP_PKEY *key, GBytes *octets)
{
    g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
    guint8 value[128];
    gsize length = sizeof value;

    if (EVP_DigestSignInit (context, NULL, EVP_sha256 (), NULL, key) != 1 ||
        EVP_DigestSign (context, value, &length, g_bytes_get_data (octets, NULL),
                        g_bytes_get_size (octets)) != 1)
        length = 0;
    return g_bytes_new (value, length);
}

/* ---- the rehearsal ---- */

static GBytes *
make_cms (PenaAdesDraft *draft, const Sample *sample, GBytes *digest, GError **error)
{
    g_autoptr (GBytes) octets = pena_ades_draft_get_to_be_signed (draft, digest, error);

    if (octets == NULL)
        return NULL;
    g_autoptr (GBytes) value = make_value (sample->key, octets);
    return pena_ades_draft_finish (draft, value, error);
}

/* What is signed takes the letter's place. */
static gboolean
rehearse_signing (Sample *sample, GError **error)
{
    g_auto (Worker) worker = {.fd = -1};
    const PenaAdesOptions options = {
        .format = PENA_ADES_PADES, .chain = sample->chain, .digest = "sha256", .time = TIME};
    g_autoptr (PenaAdesDraft) draft = pena_ades_draft_new (&options, error);

    if (draft == NULL || !open_document (&worker, sample->document, error) ||
        !prepare (&worker, sample, pena_ades_draft_get_capacity (draft), error))
        return FALSE;
    g_autoptr (GBytes) digest = hash (sample->document, worker.update);
    g_autoptr (GBytes) cms = make_cms (draft, sample, digest, error);
    if (cms == NULL || !check (&worker, sample, cms, digest, error))
        return FALSE;
    GByteArray *whole = g_byte_array_new ();
    g_byte_array_append (whole, g_bytes_get_data (sample->document, NULL),
                         (guint)g_bytes_get_size (sample->document));
    g_byte_array_append (whole, worker.update->bytes->data, worker.update->bytes->len);
    g_bytes_unref (sample->document);
    sample->document = g_byte_array_free_to_bytes (whole);
    return TRUE;
}

static GVariant *
bytes_list (GBytes *one, GBytes *other)
{
    GVariant *const items[] = {worker_bytes_variant (one), worker_bytes_variant (other)};

    return g_variant_new_array (G_VARIANT_TYPE_BYTESTRING, items, G_N_ELEMENTS (items));
}

static gboolean
rehearse_judging (const Sample *sample, GError **error)
{
    g_auto (Worker) worker = {.fd = -1};
    GVariantDict options;
    const gchar *report;

    if (!open_document (&worker, sample->document, error))
        return FALSE;
    g_variant_dict_init (&options, NULL);
    g_variant_dict_insert_value (&options, "anchors", bytes_list (sample->chain->pdata[1], sample->rsa));
    g_variant_dict_insert (&options, "time", "x", TIME);
    g_autoptr (GVariant) answer =
        ask (&worker, worker_verify, g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), -1, error);
    if (answer == NULL)
        return FALSE;
    g_variant_get (answer, "(&s)", &report);
    return strstr (report, pena_verdict_name (PENA_VERDICT_PASSED)) != NULL ||
           fail ("the signature does not pass", error);
}

/* Most certificates have one. */
static gboolean
rehearse_rsa (const Sample *sample, GError **error)
{
    g_autoptr (X509) certificate = pena_certificate_parse (sample->rsa, error);

    return certificate != NULL &&
           (pena_certificate_self_signed (certificate) || fail ("an RSA signature", error));
}

gboolean
worker_rehearse (GError **error)
{
    g_auto (Sample) sample = {0};
    gboolean done = make_sample (&sample, error) && rehearse_rsa (&sample, error) &&
                    rehearse_signing (&sample, error) && rehearse_judging (&sample, error);

    pena_certificate_memo_forget ();
    pena_text_set_language (NULL);
    ERR_clear_error ();
    return done;
}
