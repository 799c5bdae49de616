/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the one table of errors
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-text.h"

typedef struct {
    const gchar *name; /* stable, on the wire */
    const gchar *csc;  /* error of the CSC API (v2, section 'Error handling') */
    guint http;
    PenaExitStatus exit;
    const gchar *text; /* what happened */
    const gchar *next; /* what the reader can do; "" for nothing */
} ErrorRow;

#define REQUEST "invalid_request"
#define DENIED "access_denied"
#define SERVER "server_error"
#define LATER "temporarily_unavailable"

static const ErrorRow rows[PENA_N_ERRORS] = {
    [PENA_ERROR_INTERNAL] = {"internal", SERVER, 500, PENA_EXIT_BUG, N_ ("Pena met an error of its own."),
                             N_ ("Please report it with the output of 'pena doctor'.")},

    [PENA_ERROR_TOKEN_MISSING] = {"token-missing", LATER, 503, PENA_EXIT_TOKEN,
                                  N_ ("No signing token is plugged in."),
                                  N_ ("Plug in the token and try again; 'pena tokens' shows what is seen.")},
    [PENA_ERROR_TOKEN_AMBIGUOUS] = {"token-ambiguous", REQUEST, 409, PENA_EXIT_TOKEN,
                                    N_ ("There is more than one certificate that could sign."),
                                    N_ ("Name one with --credential; 'pena tokens' lists them.")},
    [PENA_ERROR_TOKENS_SEVERAL] =
        {"tokens-several", REQUEST, 409, PENA_EXIT_TOKEN, N_ ("Several tokens are plugged in."),
         N_ ("Name one by its serial or label with --token; 'pena token list' lists them.")},
    [PENA_ERROR_TOKEN_UNKNOWN] = {"token-unknown", REQUEST, 404, PENA_EXIT_TOKEN,
                                  N_ ("No token that is plugged in has the serial or label {name}."),
                                  N_ ("'pena token list' lists those that are plugged in.")},
    [PENA_ERROR_TOKEN_REMOVED] = {"token-removed", LATER, 503, PENA_EXIT_TOKEN,
                                  N_ ("The token was pulled out or was reset before it was done."),
                                  N_ ("Nothing was signed. Plug it in again and repeat.")},
    [PENA_ERROR_TOKEN_UNSUPPORTED] =
        {"token-unsupported", REQUEST, 503, PENA_EXIT_TOKEN,
         N_ ("The token is of a kind that Pena does not know."),
         N_ ("Install the maker's PKCS#11 module, or have its file registered with p11-kit.")},
    [PENA_ERROR_TOKEN_FAILED] =
        {"token-failed", SERVER, 503, PENA_EXIT_TOKEN, N_ ("The token did not do what was asked."),
         N_ ("Pull it out, plug it in again and repeat; if it stays so, see 'pena doctor'.")},
    [PENA_ERROR_TOKEN_BUSY] =
        {"token-busy", LATER, 503, PENA_EXIT_TOKEN, N_ ("Another program keeps the token for itself."),
         N_ ("End that program (a browser, gpg) or let it release the token, and repeat.")},
    [PENA_ERROR_TOKEN_CHANGED] = {"token-changed", LATER, 503, PENA_EXIT_TOKEN,
                                  N_ ("The token's contents have changed since it was last read."),
                                  N_ ("Repeat; it is read again.")},
    [PENA_ERROR_TOKEN_FULL] =
        {"token-full", REQUEST, 422, PENA_EXIT_TOKEN, N_ ("The token has no room for that."),
         N_ ("Delete a certificate that is not needed any more, or use a smaller one.")},
    [PENA_ERROR_TOKEN_UNTOUCHED] = {"token-untouched", DENIED, 403, PENA_EXIT_TOKEN,
                                    N_ ("The token wants to be touched, and nobody did in time."),
                                    N_ ("Repeat, and touch the token when it blinks.")},
    [PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED] =
        {"token-operation-unsupported", REQUEST, 422, PENA_EXIT_TOKEN,
         N_ ("This kind of token cannot do that."),
         N_ ("See which kinds of tokens can in the manual page pena-token(1).")},
    [PENA_ERROR_READER_SERVICE_DOWN] = {"reader-service-down", LATER, 503, PENA_EXIT_TOKEN,
                                        N_ ("The smart card service (pcscd) is not running."),
                                        N_ ("Start it with 'sudo systemctl start pcscd.socket'.")},
    [PENA_ERROR_PIN_REQUIRED] = {"pin-required", DENIED, 403, PENA_EXIT_TOKEN,
                                 N_ ("The token wants the passphrase first."),
                                 N_ ("Another program may have used the token in between; repeat.")},
    [PENA_ERROR_PIN_WRONG] = {"pin-wrong", DENIED, 403, PENA_EXIT_TOKEN,
                              N_ ("The passphrase is wrong. Tries left: {attempts_left}."),
                              N_ ("Try again with care: after the last try the token is blocked.")},
    [PENA_ERROR_PIN_BLOCKED] = {"pin-blocked", DENIED, 403, PENA_EXIT_TOKEN,
                                N_ ("The token is blocked: the passphrase was wrong too many times."),
                                N_ ("Ask the registration authority (RA) to unblock it.")},
    [PENA_ERROR_PIN_LAST_TRY] =
        {"pin-last-try", DENIED, 403, PENA_EXIT_REFUSED,
         N_ ("Only one try is left and it was not confirmed, so it was not spent."),
         N_ ("If you are not sure of the passphrase, ask the registration authority (RA).")},
    [PENA_ERROR_PIN_INVALID] =
        {"pin-invalid", REQUEST, 403, PENA_EXIT_TOKEN,
         N_ ("A passphrase of this length or with these characters cannot be right; no try was spent."),
         N_ ("Type it again.")},
    [PENA_ERROR_PUK_WRONG] =
        {"puk-wrong", DENIED, 403, PENA_EXIT_TOKEN, N_ ("The PUK is wrong. Tries left: {attempts_left}."),
         N_ ("Check what was noted when the token was set up: after the last try only a reset helps.")},
    [PENA_ERROR_PUK_BLOCKED] = {"puk-blocked", DENIED, 403, PENA_EXIT_TOKEN,
                                N_ ("The PUK is blocked: it was wrong too many times, or none was ever set."),
                                N_ ("Only 'pena token reset' helps when the passphrase is blocked as well; "
                                    "it deletes everything on the token.")},
    [PENA_ERROR_PASSPHRASE_WEAK] = {"passphrase-weak", REQUEST, 422, PENA_EXIT_USAGE,
                                    N_ ("The new passphrase or PUK is refused: {reason}."),
                                    N_ ("Choose another one; nothing was changed.")},
    [PENA_ERROR_ADMIN_REQUIRED] =
        {"admin-required", DENIED, 403, PENA_EXIT_TOKEN, N_ ("The token wants its administrator first."),
         N_ ("Give the management key or the administrator's passphrase, and repeat.")},
    [PENA_ERROR_ADMIN_WRONG] =
        {"admin-wrong", DENIED, 403, PENA_EXIT_TOKEN,
         N_ ("The management key or the administrator's passphrase is wrong."),
         N_ ("Check it before you try again: some tokens block the administrator after a few tries.")},
    [PENA_ERROR_ADMIN_BLOCKED] =
        {"admin-blocked", DENIED, 403, PENA_EXIT_TOKEN,
         N_ ("The token's administrator is blocked: the passphrase was wrong too many times."),
         N_ ("Only 'pena token reset' helps now; it deletes everything on the token.")},
    [PENA_ERROR_CREDENTIAL_MISSING] = {"credential-missing", REQUEST, 404, PENA_EXIT_TOKEN,
                                       N_ ("The token holds no certificate that can sign."),
                                       N_ ("Ask your IT staff to provision the token.")},
    [PENA_ERROR_CREDENTIAL_UNKNOWN] =
        {"credential-unknown", REQUEST, 404, PENA_EXIT_TOKEN,
         N_ ("No token that is plugged in holds the certificate that was asked for."),
         N_ ("'pena tokens' lists the certificates.")},
    [PENA_ERROR_KEY_UNSUPPORTED] =
        {"key-unsupported", REQUEST, 422, PENA_EXIT_TOKEN,
         N_ ("The key of this certificate cannot sign in the way that was asked for."),
         N_ ("Use RSA of 2048 to 4096 bits, P-256 or P-384; PSS needs RSA and a token that can make it.")},
    [PENA_ERROR_KEY_PLACE_TAKEN] =
        {"key-place-taken", REQUEST, 409, PENA_EXIT_TOKEN,
         N_ ("That place on the token holds a key or a certificate already; it was left as it is."),
         N_ ("Choose another place; 'pena token show' tells what is where.")},
    [PENA_ERROR_CERTIFICATE_MISMATCH] = {"certificate-mismatch", REQUEST, 422, PENA_EXIT_TOKEN,
                                         N_ ("The certificate is for another key than the one on the token."),
                                         N_ ("Use the certificate that was issued for this token's key; "
                                             "'pena token show' tells which keys there are.")},

    [PENA_ERROR_CERTIFICATE_EXPIRED] = {"certificate-expired", REQUEST, 403, PENA_EXIT_TOKEN,
                                        N_ ("The certificate expired on {date}."),
                                        N_ ("Ask the RA for a renewal.")},
    [PENA_ERROR_CERTIFICATE_NOT_YET_VALID] = {"certificate-not-yet-valid", REQUEST, 403, PENA_EXIT_TOKEN,
                                              N_ ("The certificate is valid only from {date}."),
                                              N_ ("Check the date of this computer.")},
    [PENA_ERROR_CERTIFICATE_USAGE] = {"certificate-usage", REQUEST, 403, PENA_EXIT_TOKEN,
                                      N_ ("The certificate is not meant for signing documents."),
                                      N_ ("Choose another one; 'pena tokens' lists them.")},
    [PENA_ERROR_CERTIFICATE_REVOKED] = {"certificate-revoked", DENIED, 403, PENA_EXIT_REFUSED,
                                        N_ ("The certificate was revoked on {revoked_at}."),
                                        N_ ("It can never be used again; apply for a new one.")},
    [PENA_ERROR_CERTIFICATE_INVALID] = {"certificate-invalid", REQUEST, 422, PENA_EXIT_TOKEN,
                                        N_ ("The certificate on the token cannot be read."),
                                        N_ ("Ask your IT staff to provision the token again.")},

    [PENA_ERROR_USER_CANCELLED] = {"user-cancelled", DENIED, 403, PENA_EXIT_REFUSED,
                                   N_ ("Signing was cancelled at the prompt."), ""},
    [PENA_ERROR_NOT_CONFIRMED] = {"not-confirmed", DENIED, 403, PENA_EXIT_REFUSED,
                                  N_ ("It was not confirmed, so nothing was done."),
                                  N_ ("Repeat, and confirm it as asked.")},
    [PENA_ERROR_PROMPT_UNAVAILABLE] =
        {"prompt-unavailable", LATER, 503, PENA_EXIT_REFUSED,
         N_ ("The passphrase cannot be asked for: {reason}."),
         N_ ("Install pinentry-gnome3, pinentry-qt or pinentry-curses, and sign from a desktop session or in "
             "the foreground of a terminal.")},
    [PENA_ERROR_PROMPT_TIMEOUT] = {"prompt-timeout", DENIED, 403, PENA_EXIT_REFUSED,
                                   N_ ("Nobody answered the prompt in time."), N_ ("Try again.")},
    [PENA_ERROR_CLIENT_REFUSED] = {"client-refused", DENIED, 403, PENA_EXIT_REFUSED,
                                   N_ ("The agent serves only programs of its own user, and no web pages."),
                                   ""},
    [PENA_ERROR_POLICY_REFUSED] = {"policy-refused", DENIED, 403, PENA_EXIT_REFUSED,
                                   N_ ("The configuration does not allow this."),
                                   N_ ("See pena-agent.conf(5), or ask your IT staff.")},
    [PENA_ERROR_BUSY] = {"busy", LATER, 429, PENA_EXIT_REFUSED,
                         N_ ("The agent is busy with other requests of this program."),
                         N_ ("Answer the open prompt, or try again in a moment.")},

    [PENA_ERROR_DOCUMENT_MISSING] = {"document-missing", REQUEST, 400, PENA_EXIT_DOCUMENT,
                                     N_ ("The file cannot be opened: {reason}."),
                                     N_ ("Check its name and its permissions.")},
    [PENA_ERROR_DOCUMENT_EMPTY] = {"document-empty", REQUEST, 422, PENA_EXIT_DOCUMENT,
                                   N_ ("The document is empty."),
                                   N_ ("Check that the right file was given.")},
    [PENA_ERROR_DOCUMENT_TOO_LARGE] = {"document-too-large", REQUEST, 413, PENA_EXIT_DOCUMENT,
                                       N_ ("The document is larger than the agent accepts."),
                                       N_ ("The limit is 'max-document-size' in pena-agent.conf(5).")},
    [PENA_ERROR_DOCUMENT_NOT_PDF] =
        {"document-not-pdf", REQUEST, 422, PENA_EXIT_DOCUMENT, N_ ("The file is not a PDF."),
         N_ ("Ask for the PDF again; a file that is none is signed with --format cades.")},
    [PENA_ERROR_DOCUMENT_DAMAGED] = {"document-damaged", REQUEST, 422, PENA_EXIT_DOCUMENT,
                                     N_ ("The PDF is damaged: {reason}."),
                                     N_ ("Ask for the file again or export it again; if that cannot be, "
                                         "'pena sign --repair' signs a repaired copy.")},
    [PENA_ERROR_DOCUMENT_UNREPAIRABLE] =
        {"document-unrepairable", REQUEST, 422, PENA_EXIT_DOCUMENT,
         N_ ("The PDF is damaged and cannot be repaired: {reason}."),
         N_ ("Ask for the file again, or export it again from the program that made it.")},
    [PENA_ERROR_DOCUMENT_CHANGED] =
        {"document-changed", REQUEST, 409, PENA_EXIT_DOCUMENT,
         N_ ("Another program changed the file while it was being signed; nothing was written."),
         N_ ("Close it in the other program and sign it again.")},
    [PENA_ERROR_DOCUMENT_ENCRYPTED] =
        {"document-encrypted", REQUEST, 422, PENA_EXIT_DOCUMENT,
         N_ ("The PDF is encrypted in a way that Pena cannot add to: {reason}."),
         N_ ("Save it without encryption and sign that file.")},
    [PENA_ERROR_DOCUMENT_PASSWORD_NEEDED] =
        {"document-password-needed", REQUEST, 422, PENA_EXIT_DOCUMENT,
         N_ ("The PDF opens with a password only."),
         N_ ("Sign it at a terminal, where the password is asked for, or give --document-password-file.")},
    [PENA_ERROR_DOCUMENT_PASSWORD_WRONG] = {"document-password-wrong", REQUEST, 422, PENA_EXIT_DOCUMENT,
                                            N_ ("The password given does not open the PDF."),
                                            N_ ("Ask the sender for the password of the document; it is not "
                                                "the token's passphrase.")},
    [PENA_ERROR_DOCUMENT_RESTRICTED] =
        {"document-restricted", REQUEST, 422, PENA_EXIT_DOCUMENT,
         N_ ("The author of the PDF does not allow this signature to those who do not have the owner's "
             "password."),
         N_ ("Give the owner's password, or ask the author for a version that allows signatures.")},
    [PENA_ERROR_DOCUMENT_NO_PAGES] = {"document-no-pages", REQUEST, 422, PENA_EXIT_DOCUMENT,
                                      N_ ("The PDF has no page on which a stamp could be seen."),
                                      N_ ("Sign it without a stamp, or export it again from the program that "
                                          "made it.")},
    [PENA_ERROR_DOCUMENT_CERTIFIED] = {"document-certified", REQUEST, 422, PENA_EXIT_DOCUMENT,
                                       N_ ("The author of the PDF has certified it against this kind of "
                                           "change; a further signature would break theirs."),
                                       N_ ("Ask the author for a version that allows signatures.")},
    [PENA_ERROR_DOCUMENT_LOCKED] = {"document-locked", REQUEST, 422, PENA_EXIT_DOCUMENT,
                                    N_ ("An earlier signature locks the field {field}."),
                                    N_ ("Sign in another field, or ask the earlier signer.")},
    [PENA_ERROR_DOCUMENT_XFA] = {"document-xfa", REQUEST, 422, PENA_EXIT_DOCUMENT,
                                 N_ ("The PDF is a dynamic XFA form, whose pages exist only in one viewer."),
                                 N_ ("Print it to a plain PDF and sign that.")},
    [PENA_ERROR_DOCUMENT_UNSUPPORTED] = {"document-unsupported", REQUEST, 422, PENA_EXIT_DOCUMENT,
                                         N_ ("The PDF uses something that Pena does not sign: {reason}."),
                                         N_ ("Export it again as a plain PDF.")},
    [PENA_ERROR_STAMP_UNKNOWN] = {"stamp-unknown", REQUEST, 404, PENA_EXIT_USAGE,
                                  N_ ("There is no stamp template named {name}."),
                                  N_ ("pena-stamp(5) says which there are and where to put others.")},
    [PENA_ERROR_STAMP_INVALID] = {"stamp-invalid", REQUEST, 422, PENA_EXIT_USAGE,
                                  N_ ("The stamp cannot be drawn from this template: {reason}."),
                                  N_ ("Correct the template as pena-stamp(5) says, or choose another one.")},
    [PENA_ERROR_ANCHOR_MISSING] =
        {"anchor-missing", REQUEST, 422, PENA_EXIT_DOCUMENT,
         N_ ("The text that marks the place of the stamp is not on the pages: {anchor}."),
         N_ ("Check the letter for it, or place the stamp with --page and --rect.")},
    [PENA_ERROR_ANCHOR_AMBIGUOUS] =
        {"anchor-ambiguous", REQUEST, 422, PENA_EXIT_DOCUMENT,
         N_ ("The text that marks the place of the stamp is on the pages {count} times: {anchor}."),
         N_ ("Name the page with --page, or choose a text that comes only once.")},
    [PENA_ERROR_SIGNATURE_MISSING] =
        {"signature-missing", REQUEST, 422, PENA_EXIT_NOT_VALID, N_ ("The document bears no signature."),
         N_ ("Have it signed with 'pena sign'; a signature that stands in a file of "
             "its own is named with --signature.")},
    [PENA_ERROR_SIGNATURE_BROKEN] =
        {"signature-broken", REQUEST, 422, PENA_EXIT_NOT_VALID,
         N_ ("The signature is not sound, so that nothing is added to it ({reason})."),
         N_ ("See what 'pena verify' says of it, and ask the signer for the file again.")},
    [PENA_ERROR_SIGNATURE_DAMAGED] = {"signature-damaged", REQUEST, 422, PENA_EXIT_NOT_VALID,
                                      N_ ("The signature cannot be read: {reason}."),
                                      N_ ("Ask the sender for the file again.")},
    [PENA_ERROR_OUTPUT_EXISTS] = {"output-exists", REQUEST, 409, PENA_EXIT_DOCUMENT,
                                  N_ ("{path} exists already and was left as it is."),
                                  N_ ("Choose another name, or replace it with --force.")},
    [PENA_ERROR_OUTPUT_FAILED] = {"output-failed", SERVER, 500, PENA_EXIT_DOCUMENT,
                                  N_ ("The output cannot be written: {reason}."),
                                  N_ ("Check the folder and its permissions; the original is untouched.")},
    [PENA_ERROR_DISK_FULL] = {"disk-full", SERVER, 507, PENA_EXIT_DOCUMENT, N_ ("The disk is full."),
                              N_ ("Make room and repeat; the original is untouched.")},

    [PENA_ERROR_AGENT_UNREACHABLE] = {"agent-unreachable", LATER, 503, PENA_EXIT_TOKEN,
                                      N_ ("The signing agent is not running ({reason})."),
                                      N_ ("Start it with 'systemctl --user start pena-agent.socket'.")},
    [PENA_ERROR_REQUEST_INVALID] = {"request-invalid", REQUEST, 400, PENA_EXIT_USAGE,
                                    N_ ("The request cannot be carried out: {reason}."),
                                    N_ ("Correct that and try again; 'pena --help' and pena(1) tell more.")},
    [PENA_ERROR_REQUEST_TIMEOUT] = {"request-timeout", REQUEST, 408, PENA_EXIT_REFUSED,
                                    N_ ("The request did not arrive in time."), N_ ("Try again.")},
    [PENA_ERROR_RESOURCE_UNKNOWN] = {"resource-unknown", REQUEST, 404, PENA_EXIT_USAGE,
                                     N_ ("The agent has no such resource."), N_ ("See docs/agent-api.yaml.")},
    [PENA_ERROR_METHOD_UNSUPPORTED] = {"method-unsupported", REQUEST, 405, PENA_EXIT_USAGE,
                                       N_ ("This resource does not take that HTTP method."),
                                       N_ ("See docs/agent-api.yaml.")},
    [PENA_ERROR_LEVEL_UNSUPPORTED] = {"level-unsupported", REQUEST, 422, PENA_EXIT_USAGE,
                                      N_ ("Signatures of level {level} are not made by this version."),
                                      N_ ("Use B-B, B-T, B-LT or B-LTA.")},
    [PENA_ERROR_CANCELLED] = {"cancelled", DENIED, 499, PENA_EXIT_REFUSED,
                              N_ ("It was interrupted before it was done."), ""},
    [PENA_ERROR_WORKER_FAILED] =
        {"worker-failed", SERVER, 500, PENA_EXIT_DOCUMENT,
         N_ ("The document made its reader fail, which was stopped. Nothing was signed."),
         N_ ("The file may be hostile; export it again from the program that made it.")},
    [PENA_ERROR_SELF_CHECK_FAILED] =
        {"self-check-failed", SERVER, 500, PENA_EXIT_BUG,
         N_ ("The signature was made but did not pass Pena's own check, so it was thrown away."),
         N_ ("Please report it with the output of 'pena doctor'.")},
    [PENA_ERROR_CA_EXISTS] = {"ca-exists", REQUEST, 409, PENA_EXIT_NETWORK,
                              N_ ("{path} is there already and is not empty; it was left as it is."),
                              N_ ("Use the CA that is there, or name another folder.")},
    [PENA_ERROR_CA_MISSING] = {"ca-missing", REQUEST, 404, PENA_EXIT_NETWORK,
                               N_ ("{path} holds no CA that can be used: {reason}."),
                               N_ ("Make one with 'pena-devca init'.")},
    [PENA_ERROR_CSR_INVALID] = {"csr-invalid", REQUEST, 422, PENA_EXIT_DOCUMENT,
                                N_ ("The certificate request is refused: {reason}."),
                                N_ ("Make a new request with the key on the token.")},
    [PENA_ERROR_CERTIFICATE_UNKNOWN] = {"certificate-unknown", REQUEST, 404, PENA_EXIT_NETWORK,
                                        N_ ("This CA has not issued a certificate with the number {serial}."),
                                        N_ ("Check the number and the folder of the CA.")},
    [PENA_ERROR_CONFIG_INVALID] = {"config-invalid", SERVER, 500, PENA_EXIT_USAGE,
                                   N_ ("The configuration is not valid: {reason}."),
                                   N_ ("See pena-agent.conf(5).")},

    [PENA_ERROR_NETWORK_UNREACHABLE] = {"network-unreachable", LATER, 502, PENA_EXIT_NETWORK,
                                        N_ ("{host} cannot be reached: {reason}."),
                                        N_ ("Check the network connection and the address, and try again.")},
    [PENA_ERROR_NETWORK_TIMEOUT] = {"network-timeout", LATER, 504, PENA_EXIT_NETWORK,
                                    N_ ("{host} did not answer in time."),
                                    N_ ("Try again later; the limit is 'timeout' in pena-agent.conf(5).")},
    [PENA_ERROR_NETWORK_TOO_LARGE] =
        {"network-too-large", SERVER, 502, PENA_EXIT_NETWORK,
         N_ ("{host} answered with more than Pena accepts."),
         N_ ("Check the address in pena-agent.conf(5), or tell those who run that server.")},
    [PENA_ERROR_NETWORK_ANSWER_INVALID] =
        {"network-answer-invalid", SERVER, 502, PENA_EXIT_NETWORK,
         N_ ("{host} did not answer as it should: {reason}."),
         N_ ("Check the address in pena-agent.conf(5), or tell those who run that server.")},
    [PENA_ERROR_NETWORK_ADDRESS_REFUSED] =
        {"network-address-refused", DENIED, 403, PENA_EXIT_NETWORK,
         N_ ("The configuration does not allow asking {host}."),
         N_ ("See [network] in pena-agent.conf(5), or ask your IT staff.")},
    [PENA_ERROR_TSA_MISSING] = {"tsa-missing", REQUEST, 422, PENA_EXIT_NETWORK,
                                N_ ("No time-stamp authority (TSA) is configured."),
                                N_ ("Name one in [time-stamp] of pena-agent.conf(5), or use level B-B.")},
    [PENA_ERROR_TSA_UNREACHABLE] =
        {"tsa-unreachable", LATER, 502, PENA_EXIT_NETWORK, N_ ("No time-stamp could be had: {reason}"),
         N_ ("Try again later, or sign with --allow-lower and use 'pena extend' later.")},
    [PENA_ERROR_TSA_REFUSED] =
        {"tsa-refused", LATER, 502, PENA_EXIT_NETWORK,
         N_ ("The time-stamp authority (TSA) refused: {reason}."),
         N_ ("Ask those who run it; check policy and password in pena-agent.conf(5).")},
    [PENA_ERROR_TSA_ANSWER_INVALID] =
        {"tsa-answer-invalid", SERVER, 502, PENA_EXIT_NETWORK, N_ ("The time-stamp is not valid: {reason}."),
         N_ ("Check the date of this computer; use another TSA, or tell those who run this one.")},
    [PENA_ERROR_TSA_UNTRUSTED] =
        {"tsa-untrusted", SERVER, 502, PENA_EXIT_NETWORK,
         N_ ("The time-stamp is from {name}, which is not trusted: {reason}."),
         N_ ("Add the root certificate of the TSA to the trusted ones (pena-agent.conf(5)).")},
    [PENA_ERROR_OCSP_REFUSED] = {"ocsp-refused", LATER, 502, PENA_EXIT_NETWORK,
                                 N_ ("The OCSP responder refused: {reason}."),
                                 N_ ("Try again later, or ask those who run it.")},
    [PENA_ERROR_OCSP_ANSWER_INVALID] =
        {"ocsp-answer-invalid", SERVER, 502, PENA_EXIT_NETWORK,
         N_ ("The OCSP answer is not valid: {reason}."),
         N_ ("Check the date of this computer, or tell those who run the responder.")},
    [PENA_ERROR_CRL_INVALID] = {"crl-invalid", SERVER, 502, PENA_EXIT_NETWORK,
                                N_ ("The revocation list is not valid: {reason}."),
                                N_ ("Check the date of this computer, or tell those who run the CA.")},
    [PENA_ERROR_REVOCATION_UNAVAILABLE] =
        {"revocation-unavailable", LATER, 502, PENA_EXIT_NETWORK,
         N_ ("Whether the certificate of {name} was revoked cannot be found out: {reason}"),
         N_ ("Try again later, or sign with --allow-lower and use 'pena extend' later.")},
    [PENA_ERROR_ISSUER_UNAVAILABLE] =
        {"issuer-unavailable", LATER, 502, PENA_EXIT_NETWORK,
         N_ ("The certificate of the authority that issued the one of {name} cannot be found: {reason}"),
         N_ ("Add it to 'certificates' in pena-agent.conf(5), or try again later.")},
};

typedef struct {
    GVariantDict *facts; /* NULL until the first fact */
} PenaErrorPrivate;

/* Where GLib keeps the private part: before the error, rounded up to twice the size of gsize (see
 * GErrorInitFunc). */
static PenaErrorPrivate *
private_of (const GError *error)
{
    const gsize unit = 2 * sizeof (gsize);
    const gsize room = (sizeof (PenaErrorPrivate) + unit - 1) / unit * unit;
    return (PenaErrorPrivate *)((guint8 *)error - room);
}

static void
private_init (GError *error)
{
    private_of (error)->facts = NULL;
}

static void
private_copy (const GError *from, GError *to)
{
    GVariantDict *facts = private_of (from)->facts;

    private_of (to)->facts = NULL;
    if (facts == NULL)
        return;
    /* A dictionary can only be read by ending it, so it is ended and begun again from its own value. */
    g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_dict_end (facts));
    g_variant_dict_init (facts, value);
    private_of (to)->facts = g_variant_dict_new (value);
}

static void
private_clear (GError *error)
{
    g_clear_pointer (&private_of (error)->facts, g_variant_dict_unref);
}

/* A program that loads our PKCS#11 module has this layer twice, and GLib wants a domain registered once: the
 * copy that comes second takes a name of its own. Errors never pass from one copy to the other. */
GQuark
pena_error_quark (void)
{
    static gsize quark;

    if (g_once_init_enter (&quark)) {
        g_autofree gchar *name = g_strdup ("pena-error-quark");
        if (g_quark_try_string (name) != 0) {
            g_free (name);
            name = g_strdup_printf ("pena-error-quark-%p", (gconstpointer)rows);
        }
        g_once_init_leave (&quark, g_error_domain_register (name, sizeof (PenaErrorPrivate), private_init,
                                                            private_copy, private_clear));
    }
    return (GQuark)quark;
}

static PenaErrorPrivate *
error_facts (const GError *error)
{
    if (error == NULL || error->domain != PENA_ERROR)
        return NULL;
    return private_of (error);
}

const gchar *
pena_error_name (PenaErrorCode code)
{
    g_return_val_if_fail ((guint)code < PENA_N_ERRORS, "internal");
    return rows[code].name;
}

gboolean
pena_error_from_name (const gchar *name, PenaErrorCode *ret_code)
{
    for (guint i = 0; i < PENA_N_ERRORS; i++)
        if (g_strcmp0 (rows[i].name, name) == 0) {
            *ret_code = (PenaErrorCode)i;
            return TRUE;
        }
    return FALSE;
}

const gchar *
pena_error_csc (PenaErrorCode code)
{
    g_return_val_if_fail ((guint)code < PENA_N_ERRORS, SERVER);
    return rows[code].csc;
}

guint
pena_error_http_status (PenaErrorCode code)
{
    g_return_val_if_fail ((guint)code < PENA_N_ERRORS, 500);
    return rows[code].http;
}

PenaExitStatus
pena_error_exit_status (PenaErrorCode code)
{
    g_return_val_if_fail ((guint)code < PENA_N_ERRORS, PENA_EXIT_BUG);
    return rows[code].exit;
}

PenaErrorCode
pena_error_code (const GError *error)
{
    if (error == NULL || error->domain != PENA_ERROR || error->code < 0 || error->code >= PENA_N_ERRORS)
        return PENA_ERROR_INTERNAL;
    return (PenaErrorCode)error->code;
}

static void
set_fact (GError *error, const gchar *key, GVariant *value)
{
    g_autoptr (GVariant) held = g_variant_ref_sink (value);
    PenaErrorPrivate *priv = error_facts (error);
    if (priv == NULL)
        return;
    if (priv->facts == NULL)
        priv->facts = g_variant_dict_new (NULL);
    g_variant_dict_insert_value (priv->facts, key, held);
}

void
pena_error_set_int (GError *error, const gchar *key, gint64 value)
{
    set_fact (error, key, g_variant_new_int64 (value));
}

void
pena_error_set_string (GError *error, const gchar *key, const gchar *value)
{
    g_autofree gchar *valid = g_utf8_make_valid (value != NULL ? value : "", -1);
    set_fact (error, key, g_variant_new_string (valid));
}

gboolean
pena_error_get_int (const GError *error, const gchar *key, gint64 *ret_value)
{
    PenaErrorPrivate *priv = error_facts (error);
    return priv != NULL && priv->facts != NULL && g_variant_dict_lookup (priv->facts, key, "x", ret_value);
}

GVariant *
pena_error_dup_facts (const GError *error)
{
    PenaErrorPrivate *priv = error_facts (error);
    if (priv == NULL || priv->facts == NULL)
        return g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
    GVariant *value = g_variant_ref_sink (g_variant_dict_end (priv->facts));
    g_variant_dict_init (priv->facts, value);
    return value;
}

void
pena_error_set_facts (GError *error, GVariant *facts)
{
    GVariantIter iter;
    const gchar *key;
    GVariant *value;

    g_return_if_fail (g_variant_is_of_type (facts, G_VARIANT_TYPE_VARDICT));
    g_variant_iter_init (&iter, facts);
    while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
        if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64) ||
            g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
            set_fact (error, key, value);
}

/* The value of {key}; an unknown key reads as "?" so that a text never shows a brace. */
static void
append_fact (GString *out, GVariant *facts, const gchar *key)
{
    gint64 number;
    const gchar *string;

    if (g_variant_lookup (facts, key, "x", &number))
        g_string_append_printf (out, "%" G_GINT64_FORMAT, number);
    else if (g_variant_lookup (facts, key, "&s", &string))
        g_string_append (out, string);
    else
        g_string_append_c (out, '?');
}

static gchar *
fill_in (const gchar *text, const GError *error)
{
    g_autoptr (GVariant) facts = pena_error_dup_facts (error);
    GString *out = g_string_new (NULL);

    for (const gchar *at = text; *at != '\0';) {
        const gchar *open = strchr (at, '{');
        const gchar *close = open != NULL ? strchr (open, '}') : NULL;
        if (close == NULL) {
            g_string_append (out, at);
            break;
        }
        g_autofree gchar *key = g_strndup (open + 1, (gsize)(close - open - 1));
        g_string_append_len (out, at, open - at);
        append_fact (out, facts, key);
        at = close + 1;
    }
    return g_string_free (out, FALSE);
}

gchar *
pena_error_describe (const GError *error)
{
    return fill_in (pena_text (rows[pena_error_code (error)].text), error);
}

gchar *
pena_error_next_step (const GError *error)
{
    const gchar *next = rows[pena_error_code (error)].next;
    return fill_in (*next != '\0' ? pena_text (next) : "", error);
}
