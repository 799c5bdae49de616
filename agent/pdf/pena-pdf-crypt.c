/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: encrypting what is added to an encrypted PDF
 * Copyright (C) 2026 the Pena authors */
#define OPENSSL_SUPPRESS_DEPRECATED /* RC4 as a call needs no provider, which the sandbox could not load */
#include "pena-pdf-crypt.h"

#include <openssl/evp.h>
#include <openssl/rc4.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/random.h>

#include "pena-pdf-lexer.h"
#include "pena-pdf-text.h"

#define BLOCK 16

static gboolean
fail (GError **error)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "encrypting for a PDF failed");
    return FALSE;
}

static void
encrypt_rc4 (const guint8 *key, gsize key_length, const guint8 *data, gsize length, GByteArray *out)
{
    RC4_KEY state;

    g_byte_array_set_size (out, (guint)length);
    RC4_set_key (&state, (int)key_length, key);
    RC4 (&state, length, data, out->data);
    pena_wipe (&state, sizeof state);
}

/* The initialisation vector, then whole blocks with PKCS#5 padding (7.6.2). */
static gboolean
encrypt_aes (const guint8 *key, gsize key_length, const guint8 *data, gsize length, GByteArray *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new ();
    int whole = 0, rest = 0;

    g_byte_array_set_size (out, (guint)(length + 2 * BLOCK));
    gboolean done = getrandom (out->data, BLOCK, 0) == BLOCK &&
                    EVP_EncryptInit_ex2 (context, key_length == 32 ? EVP_aes_256_cbc () : EVP_aes_128_cbc (),
                                         key, out->data, NULL) == 1 &&
                    EVP_EncryptUpdate (context, out->data + BLOCK, &whole, data, (int)length) == 1 &&
                    EVP_EncryptFinal_ex (context, out->data + BLOCK + whole, &rest) == 1;
    EVP_CIPHER_CTX_free (context);
    if (done)
        g_byte_array_set_size (out, (guint)(BLOCK + whole + rest));
    return done;
}

static GByteArray *
encrypt (const PenaPdfEncryption *self, PenaPdfCipher cipher, PenaPdfRef ref, const guint8 *data,
         gsize length, GError **error)
{
    g_autoptr (GByteArray) out = g_byte_array_new ();
    guint8 key[PENA_PDF_MAX_KEY];
    gsize key_length;
    gboolean done = length <= G_MAXINT - 2 * BLOCK;

    pena_pdf_object_key (self, ref.number, ref.generation, cipher == PENA_PDF_CIPHER_AES, key, &key_length);
    if (done && cipher == PENA_PDF_CIPHER_AES)
        done = (key_length == 16 || key_length == 32) && encrypt_aes (key, key_length, data, length, out);
    else if (done && cipher == PENA_PDF_CIPHER_RC4)
        encrypt_rc4 (key, key_length, data, length, out);
    else if (done && cipher == PENA_PDF_CIPHER_NONE)
        g_byte_array_append (out, data, (guint)length);
    else
        done = FALSE;
    pena_wipe (key, sizeof key);
    if (!done) {
        fail (error);
        return NULL;
    }
    return g_steal_pointer (&out);
}

/* The string that a token stands for, encrypted, as a hexadecimal one. */
static gboolean
append_encrypted (PenaPdf *pdf, PenaPdfRef ref, const PenaPdfToken *token, GString *out, GError **error)
{
    g_autofree gchar *text = g_strndup ((const gchar *)token->text, token->length);
    qpdf_oh string = qpdf_oh_parse (pdf->qpdf, text);
    const char *value;
    size_t length;

    if (!qpdf_oh_get_value_as_string (pdf->qpdf, string, &value, &length))
        return fail (error);
    g_autoptr (GByteArray) bytes =
        encrypt (pdf->encryption, pdf->encryption->strings, ref, (const guint8 *)value, length, error);
    if (bytes != NULL)
        pena_pdf_append_hex (out, bytes->data, bytes->len);
    pena_pdf_release (pdf, string);
    return bytes != NULL;
}

gchar *
pena_pdf_crypt_text (PenaPdf *pdf, PenaPdfRef ref, const gchar *text, GError **error)
{
    PenaPdfLexer lexer = {(const guint8 *)text, strlen (text), 0};
    g_autoptr (GString) out = g_string_new (NULL);
    gsize copied = 0;

    for (;;) {
        PenaPdfToken token = pena_pdf_lexer_next (&lexer);
        if (token.kind == PENA_PDF_TOKEN_END)
            break;
        if (token.kind != PENA_PDF_TOKEN_STRING)
            continue;
        gsize start = (gsize)(token.text - lexer.data);
        g_string_append_len (out, text + copied, (gssize)(start - copied));
        if (!append_encrypted (pdf, ref, &token, out, error))
            return NULL;
        copied = lexer.at;
    }
    if (lexer.at < lexer.size) {
        fail (error);
        return NULL;
    }
    g_string_append (out, text + copied);
    return g_string_free (g_steal_pointer (&out), FALSE);
}

GByteArray *
pena_pdf_crypt_stream (PenaPdf *pdf, PenaPdfRef ref, const guint8 *data, gsize length, GError **error)
{
    return encrypt (pdf->encryption, pdf->encryption->streams, ref, data, length, error);
}
