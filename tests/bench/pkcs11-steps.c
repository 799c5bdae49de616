/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: walks a PKCS#11 module through plug-in, login and signatures, a marker and its times a step
 * Copyright (C) 2026 the Pena authors */
#include <dlfcn.h>
#include <glib.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* pkcs11-steps MODULE PIN SIGNATURES [once|always]: the caller counts the card's APDUs between the lines that are printed.
 * With keys of both kinds, or of the one that is named. */

static CK_FUNCTION_LIST *p11;

static void
must (CK_RV rv, const char *what)
{
    if (rv == CKR_OK)
        return;
    fprintf (stderr, "pkcs11-steps: %s: 0x%lx\n", what, rv);
    exit (1);
}

/* Microseconds of processor time, which others who use the machine do not add to as much as to the time on the wall. */
static gint64
get_used (void)
{
    struct rusage usage;

    getrusage (RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

/* Prints "STEP MICROSECONDS PROCESSOR-MICROSECONDS", the latter since the step before, and waits for a line, so that the caller
 * can read the APDU log in between. */
static void
step (const char *name, gint64 started)
{
    static gint64 used_before;
    char line[16];

    printf ("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", name, g_get_monotonic_time () - started,
            get_used () - used_before);
    fflush (stdout);
    if (fgets (line, sizeof line, stdin) == NULL)
        exit (1);
    used_before = get_used ();
}

static void
load (const char *path)
{
    void *module = dlopen (path, RTLD_NOW | RTLD_LOCAL);
    CK_C_GetFunctionList get =
        module != NULL ? (CK_C_GetFunctionList)dlsym (module, "C_GetFunctionList") : NULL;

    if (get == NULL || get (&p11) != CKR_OK) {
        fprintf (stderr, "pkcs11-steps: cannot load %s\n", path);
        exit (1);
    }
}

static CK_SESSION_HANDLE
open_session (void)
{
    CK_SLOT_ID slots[16];
    CK_ULONG count = G_N_ELEMENTS (slots);
    CK_TOKEN_INFO info;
    CK_SESSION_HANDLE session;

    must (p11->C_Initialize (NULL), "C_Initialize");
    must (p11->C_GetSlotList (CK_TRUE, slots, &count), "C_GetSlotList");
    if (count == 0) {
        fprintf (stderr, "pkcs11-steps: no token\n");
        exit (1);
    }
    must (p11->C_GetTokenInfo (slots[0], &info), "C_GetTokenInfo");
    must (p11->C_OpenSession (slots[0], CKF_SERIAL_SESSION, NULL, NULL, &session), "C_OpenSession");
    return session;
}

static CK_ULONG
find (CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *objects, CK_ULONG max)
{
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
    CK_ULONG count = 0;

    must (p11->C_FindObjectsInit (session, &template, 1), "C_FindObjectsInit");
    must (p11->C_FindObjects (session, objects, max, &count), "C_FindObjects");
    must (p11->C_FindObjectsFinal (session), "C_FindObjectsFinal");
    return count;
}

/* Reads every certificate in full, as a browser does to list them. */
static void
list_certificates (CK_SESSION_HANDLE session)
{
    CK_OBJECT_HANDLE objects[32];
    CK_ULONG count = find (session, CKO_CERTIFICATE, objects, G_N_ELEMENTS (objects));

    for (CK_ULONG i = 0; i < count; i++) {
        CK_BYTE value[8192];
        CK_ATTRIBUTE attribute = {CKA_VALUE, value, sizeof value};
        must (p11->C_GetAttributeValue (session, objects[i], &attribute, 1), "C_GetAttributeValue");
    }
}

/* A key and whether every use of it needs the PIN. */
typedef struct {
    CK_OBJECT_HANDLE handle;
    CK_KEY_TYPE type;
    CK_BBOOL always;
} Key;

static gboolean
find_key (CK_SESSION_HANDLE session, CK_BBOOL always, Key *ret_key)
{
    CK_OBJECT_HANDLE objects[32];
    CK_ULONG count = find (session, CKO_PRIVATE_KEY, objects, G_N_ELEMENTS (objects));

    for (CK_ULONG i = 0; i < count; i++) {
        Key key = {.handle = objects[i]};
        CK_BBOOL sign = CK_FALSE;
        CK_ATTRIBUTE wanted[] = {{CKA_KEY_TYPE, &key.type, sizeof key.type}, {CKA_SIGN, &sign, sizeof sign}};
        CK_ATTRIBUTE policy = {CKA_ALWAYS_AUTHENTICATE, &key.always, sizeof key.always};
        must (p11->C_GetAttributeValue (session, objects[i], wanted, 2), "C_GetAttributeValue");
        if (p11->C_GetAttributeValue (session, objects[i], &policy, 1) != CKR_OK)
            key.always = CK_FALSE;
        if (sign && key.always == always) {
            *ret_key = key;
            return TRUE;
        }
    }
    return FALSE;
}

static void
sign (CK_SESSION_HANDLE session, const Key *key, const char *pin)
{
    CK_BYTE digest_info[51] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                               0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    gboolean rsa = key->type == CKK_RSA;
    CK_MECHANISM mechanism = {rsa ? CKM_RSA_PKCS : CKM_ECDSA, NULL, 0};
    CK_BYTE signature[512];
    CK_ULONG length = sizeof signature;

    must (p11->C_SignInit (session, &mechanism, key->handle), "C_SignInit");
    if (key->always)
        must (p11->C_Login (session, CKU_CONTEXT_SPECIFIC, (CK_BYTE *)pin, strlen (pin)),
              "C_Login (context)");
    must (p11->C_Sign (session, rsa ? digest_info : digest_info + 19, rsa ? 51 : 32, signature, &length),
          "C_Sign");
}

/* Less than this a signature cannot take for which the passphrase was asked. A private key may be hidden until then. */
static void
sign_with_login (CK_SESSION_HANDLE session, CK_BBOOL always, const char *pin)
{
    Key key;

    must (p11->C_Login (session, CKU_USER, (CK_BYTE *)pin, strlen (pin)), "C_Login");
    if (find_key (session, always, &key))
        sign (session, &key, pin);
    must (p11->C_Logout (session), "C_Logout");
}

int
main (int argc, char **argv)
{
    if (argc != 4 && argc != 5)
        return 2;
    const char *pin = argv[2];
    gint64 start = g_get_monotonic_time ();
    Key key = {0};

    step ("start", start);
    start = g_get_monotonic_time ();
    load (argv[1]);
    step ("load", start);
    start = g_get_monotonic_time ();
    CK_SESSION_HANDLE session = open_session ();
    list_certificates (session);
    step ("plug-in-to-list", start);
    start = g_get_monotonic_time ();
    must (p11->C_Login (session, CKU_USER, (CK_BYTE *)pin, strlen (pin)), "C_Login");
    step ("login", start);
    for (CK_BBOOL always = CK_FALSE; always <= CK_TRUE; always++) {
        if ((argc == 5 && strcmp (argv[4], always ? "always" : "once") != 0) ||
            !find_key (session, always, &key))
            continue;
        step (always ? "find-key-always" : "find-key-once", start);
        for (int i = 0; i < atoi (argv[3]); i++) {
            start = g_get_monotonic_time ();
            sign (session, &key, pin);
            step (always ? "signature-pin-always" : "signature-pin-once", start);
        }
    }
    start = g_get_monotonic_time ();
    CK_SESSION_INFO info;
    must (p11->C_GetSessionInfo (session, &info), "C_GetSessionInfo");
    step ("poll", start);
    must (p11->C_Logout (session), "C_Logout");
    for (int i = 0; i < atoi (argv[3]); i++) {
        start = g_get_monotonic_time ();
        sign_with_login (session, key.always, pin);
        step ("signature-with-login", start);
    }
    must (p11->C_Finalize (NULL), "C_Finalize");
    return 0;
}
