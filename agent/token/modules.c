/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 modules that p11-kit has registered
 * Copyright (C) 2026 the Pena authors */
#include "modules.h"

#include <p11-kit/p11-kit.h>
#include <pena/pena-error.h>
#include <stdlib.h>

#include "pena-text.h"

#define OWN_NAME "pena"

struct _PenaModules {
    CK_FUNCTION_LIST **loaded; /* all, also those not used */
    GPtrArray *used;           /* of PenaModule, initialised */
};

static void
module_free (PenaModule *module)
{
    p11_kit_module_finalize (module->functions);
    g_free (module->name);
    g_free (module);
}

static gboolean
option_is_yes (CK_FUNCTION_LIST *functions, const gchar *option)
{
    char *value = p11_kit_config_option (functions, option); /* malloc's */
    gboolean yes = value != NULL && g_str_equal (value, "yes");

    free (value);
    return yes;
}

static gboolean
is_wanted (CK_FUNCTION_LIST *functions, const gchar *name, const gchar *const *names)
{
    if (names != NULL && names[0] != NULL)
        return g_strv_contains (names, name);
    /* The system's store of CA certificates: large, and never with a key. */
    return !option_is_yes (functions, "trust-policy");
}

static gboolean
check_no_logging (GError **error)
{
    GError *refused;

    if (!option_is_yes (NULL, "log-calls"))
        return TRUE;
    refused = g_error_new_literal (PENA_ERROR, PENA_ERROR_CONFIG_INVALID, "p11-kit is set to log-calls");
    pena_error_set_string (refused, "reason", _ ("log-calls of pkcs11.conf(5) would print passphrases"));
    g_propagate_error (error, refused);
    return FALSE;
}

static gint
own_first (gconstpointer a, gconstpointer b)
{
    const PenaModule *left = *(PenaModule *const *)a;
    const PenaModule *right = *(PenaModule *const *)b;
    gboolean left_own = g_str_equal (left->name, OWN_NAME);
    gboolean right_own = g_str_equal (right->name, OWN_NAME);

    return left_own != right_own ? right_own - left_own : g_strcmp0 (left->name, right->name);
}

static void
start_module (PenaModules *self, CK_FUNCTION_LIST *functions, const gchar *name)
{
    CK_RV rv = p11_kit_module_initialize (functions);

    if (rv != CKR_OK) {
        g_warning ("PKCS#11 module '%s' does not start: %s", name, p11_kit_strerror (rv));
        return;
    }
    PenaModule *module = g_new0 (PenaModule, 1);
    module->name = g_strdup (name);
    module->functions = functions;
    g_ptr_array_add (self->used, module);
}

PenaModules *
pena_modules_new (const gchar *const *names, GError **error)
{
    g_autoptr (PenaModules) self = g_new0 (PenaModules, 1);

    self->used = g_ptr_array_new_with_free_func ((GDestroyNotify)module_free);
    p11_kit_be_quiet ();
    self->loaded = p11_kit_modules_load (NULL, 0);
    if (self->loaded == NULL) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "p11-kit cannot load its modules: %s",
                     p11_kit_message ());
        return NULL;
    }
    if (!check_no_logging (error))
        return NULL;
    for (CK_FUNCTION_LIST **functions = self->loaded; *functions != NULL; functions++) {
        char *name = p11_kit_module_get_name (*functions); /* malloc's */
        if (name != NULL && is_wanted (*functions, name, names))
            start_module (self, *functions, name);
        free (name);
    }
    g_ptr_array_sort (self->used, own_first);
    return g_steal_pointer (&self);
}

void
pena_modules_free (PenaModules *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->used);
    if (self->loaded != NULL)
        p11_kit_modules_release (self->loaded);
    g_free (self);
}

const GPtrArray *
pena_modules_get (const PenaModules *self)
{
    return self->used;
}
