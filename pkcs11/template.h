/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading templates, which the caller may have filled with anything
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "module.h"

typedef struct {
    const CK_ATTRIBUTE *attributes;
    CK_ULONG count;
} PenaModTemplate;

/* Bounds what is read through the caller's pointers. CKR_ARGUMENTS_BAD for a NULL where bytes should be. */
CK_RV pena_mod_template_check (const PenaModTemplate *self);
/* NULL when it is not there. */
const CK_ATTRIBUTE *pena_mod_template_find (const PenaModTemplate *self, CK_ATTRIBUTE_TYPE type);
/* `fallback` when it is not there; CKR_ATTRIBUTE_VALUE_INVALID when it has another size. */
CK_RV pena_mod_template_get_bool (const PenaModTemplate *self, CK_ATTRIBUTE_TYPE type, gboolean fallback,
                                  gboolean *ret_value);
CK_RV pena_mod_template_get_ulong (const PenaModTemplate *self, CK_ATTRIBUTE_TYPE type, CK_ULONG fallback,
                                   CK_ULONG *ret_value);
/* What the template of a new object must have. */
CK_RV pena_mod_template_get_class (const PenaModTemplate *self, CK_OBJECT_CLASS *ret_class);
/* The kind of key that CKA_EC_PARAMS name; PENA_ALGORITHM_UNKNOWN for others. */
PenaKeyAlgorithm pena_mod_template_curve (const PenaModTemplate *self);
/* From CKA_MODULUS and CKA_PUBLIC_EXPONENT, or CKA_EC_PARAMS and CKA_EC_POINT. */
CK_RV pena_mod_template_get_public_key (const PenaModTemplate *self, EVP_PKEY **ret_key);
/* A private key with all its numbers, which cards can be given. */
CK_RV pena_mod_template_get_private_key (const PenaModTemplate *self, EVP_PKEY **ret_key);
