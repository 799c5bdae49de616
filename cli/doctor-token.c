/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: doctor looks at the way to the token: pcscd, USB, PKCS#11 module, token
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "doctor-checks.h"
#include "pena-device.h"
#include "pena-text.h"
#include "tokens.h"

PenaCheck *
pena_doctor_check_reader_service (PenaCli *cli, PenaClient *client)
{
    const gchar *named = g_getenv ("PCSCLITE_CSOCK_NAME");
    const gchar *path = named != NULL ? named : "/run/pcscd/pcscd.comm";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    gboolean reached = FALSE;

    if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) < sizeof address.sun_path) {
        gint fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        reached = fd >= 0 && connect (fd, (struct sockaddr *)&address, sizeof address) == 0;
        if (fd >= 0)
            close (fd);
    }
    if (reached)
        return pena_check_ok ("reader-service", g_strdup_printf (_ ("pcscd answers at %s"), path));
    g_autoptr (GError) error =
        g_error_new_literal (PENA_ERROR, PENA_ERROR_READER_SERVICE_DOWN, "cannot connect");
    return pena_check_error ("reader-service", error);
}

static gchar *
read_attribute (const gchar *folder, const gchar *device, const gchar *name)
{
    g_autofree gchar *path = g_build_filename (folder, device, name, NULL);
    g_autofree gchar *text = NULL;

    if (!g_file_get_contents (path, &text, NULL, NULL))
        return NULL;
    g_strstrip (text);
    return pena_cli_clean (text);
}

/* For a token that Pena has no driver for: what it is, and the module that does. Transfer full; "" for others. */
static gchar *
name_module (const gchar *vendor_id, const gchar *product_id)
{
    guint64 vendor, product;
    const PenaDevice *device = NULL;

    if (vendor_id != NULL && product_id != NULL &&
        g_ascii_string_to_unsigned (vendor_id, 16, 0, G_MAXUINT16, &vendor, NULL) &&
        g_ascii_string_to_unsigned (product_id, 16, 0, G_MAXUINT16, &product, NULL))
        device = pena_device_find ((guint16)vendor, (guint16)product);
    if (device == NULL || device->module == NULL)
        return g_strdup ("");
    return g_strdup_printf (_ ("; %s: needs the PKCS#11 module %s"), device->name, device->module);
}

/* "1-2:1.0" is an interface of the device "1-2". */
static gchar *
name_device (const gchar *folder, const gchar *interface)
{
    const gchar *colon = strchr (interface, ':');
    g_autofree gchar *device = g_strndup (interface, (gsize)(colon - interface));
    g_autofree gchar *maker = read_attribute (folder, device, "manufacturer");
    g_autofree gchar *product = read_attribute (folder, device, "product");
    g_autofree gchar *vendor_id = read_attribute (folder, device, "idVendor");
    g_autofree gchar *product_id = read_attribute (folder, device, "idProduct");

    g_autofree gchar *needs = name_module (vendor_id, product_id);

    return g_strdup_printf ("%s %s (%s:%s%s)", maker != NULL ? maker : "?", product != NULL ? product : "?",
                            vendor_id != NULL ? vendor_id : "?", product_id != NULL ? product_id : "?",
                            needs);
}

GPtrArray *
pena_doctor_list_usb (const gchar *folder)
{
    GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

    for (const gchar *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL;
         name = g_dir_read_name (dir)) {
        g_autofree gchar *class =
            strchr (name, ':') != NULL ? read_attribute (folder, name, "bInterfaceClass") : NULL;
        if (g_strcmp0 (class, "0b") == 0)
            g_ptr_array_add (found, name_device (folder, name));
    }
    return found;
}

PenaCheck *
pena_doctor_check_usb (PenaCli *cli, PenaClient *client)
{
    g_autoptr (GPtrArray) found = pena_doctor_list_usb ("/sys/bus/usb/devices");

    if (found->len == 0)
        return pena_check_note ("usb", g_strdup (_ ("no USB token or smart card reader is plugged in")),
                                g_strdup (""));
    g_ptr_array_add (found, NULL);
    return pena_check_ok ("usb", g_strjoinv (", ", (gchar **)found->pdata));
}

/* Whether a p11-kit module file names our module; *ret_missing when it names one that is not there. */
static gboolean
names_module (const gchar *path, gboolean *ret_missing)
{
    g_autofree gchar *text = NULL;

    if (!g_file_get_contents (path, &text, NULL, NULL))
        return FALSE;
    g_auto (GStrv) lines = g_strsplit (text, "\n", 1000);
    for (guint i = 0; lines[i] != NULL; i++) {
        const gchar *line = g_strstrip (lines[i]);
        const gchar *colon = strchr (line, ':');
        if (!g_str_has_prefix (line, "module") || colon == NULL || strstr (colon, "pena-pkcs11") == NULL)
            continue;
        g_autofree gchar *module = g_strstrip (g_strdup (colon + 1));
        g_autofree gchar *full = g_path_is_absolute (module)
                                     ? g_strdup (module)
                                     : g_build_filename (P11_MODULE_PATH, module, NULL);
        *ret_missing = !g_file_test (full, G_FILE_TEST_EXISTS);
        return TRUE;
    }
    return FALSE;
}

/* The module file that registers our module in a folder; NULL when there is none. Transfer full. */
static gchar *
find_registration (const gchar *folder, gboolean *ret_missing)
{
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

    for (const gchar *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL;
         name = g_dir_read_name (dir)) {
        g_autofree gchar *path = g_build_filename (folder, name, NULL);
        if (g_str_has_suffix (name, ".module") && names_module (path, ret_missing))
            return g_steal_pointer (&path);
    }
    return NULL;
}

PenaCheck *
pena_doctor_check_module (PenaCli *cli, PenaClient *client)
{
    g_autofree gchar *own = g_build_filename (g_get_user_config_dir (), "pkcs11", "modules", NULL);
    const gchar *folders[] = {own, "/etc/pkcs11/modules", P11_MODULE_CONFIGS};

    for (guint i = 0; i < G_N_ELEMENTS (folders); i++) {
        gboolean missing = FALSE;
        g_autofree gchar *path = find_registration (folders[i], &missing);
        if (path != NULL && missing)
            return pena_check_problem ("pkcs11-module", PENA_ERROR_TOKEN_UNSUPPORTED,
                                       g_strdup_printf (_ ("%s names a module that is not there"), path),
                                       g_strdup (_ ("Install Pena again.")));
        if (path != NULL)
            return pena_check_ok ("pkcs11-module", g_strdup (path));
    }
    return pena_check_note (
        "pkcs11-module", g_strdup (_ ("pena-pkcs11.so is not registered with p11-kit")),
        g_strdup (_ ("Install Pena again, unless the token comes with a module of its own.")));
}

PenaCheck *
pena_doctor_judge_tokens (const gchar *json)
{
    guint n_tokens, n_usable;
    PenaErrorCode code;
    const gchar *status;
    PenaCliReadiness readiness = pena_cli_judge_tokens (json, &code, &status);

    pena_cli_count_tokens (json, &n_tokens, &n_usable);
    if (readiness == PENA_CLI_READY)
        return pena_check_ok (
            "tokens", g_strdup_printf (_ ("tokens: %u, certificates that can sign: %u"), n_tokens, n_usable));
    g_autoptr (GError) error = g_error_new_literal (PENA_ERROR, (gint)code, "found in the list of tokens");
    gchar *next = pena_error_next_step (error), *text;
    if (status != NULL)
        text = g_strdup_printf (_ ("no certificate on the token can sign: %s"), status);
    else if (code == PENA_ERROR_PIN_LAST_TRY)
        text = g_strdup (_ ("only one try for the passphrase is left on a token"));
    else
        text = pena_error_describe (error);
    return readiness == PENA_CLI_WARNING ? pena_check_note ("tokens", text, next)
                                         : pena_check_problem ("tokens", code, text, next);
}

PenaCheck *
pena_doctor_check_tokens (PenaCli *cli, PenaClient *client)
{
    g_autoptr (GError) error = NULL;
    g_autofree gchar *json = pena_cli_list_tokens (cli, client, &error);

    return json != NULL ? pena_doctor_judge_tokens (json) : pena_check_error ("tokens", error);
}
