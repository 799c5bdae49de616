/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one building block of a judgement at a time, on signatures in which one thing was changed
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "ades-pki.h"
#include "pena-judgement.h"

#define CADES PENA_ADES_CADES
#define PADES PENA_ADES_PADES

/* Where a block says what it finds. */
typedef enum { NOTHING, PROBLEM, DOUBT, NOTE } BlockPlace;

/* attribute: what is changed, where that is an attribute */
typedef void (*BlockChange) (PenaSignedParts *parts, PenaAttribute attribute);

/* A signature of the PKI with this change (NULL for none). */
GBytes *block_make (const Pki *pki, PenaAdesFormat format, BlockChange change, PenaAttribute attribute);

/* Ready for the first block. */
void block_begin (PenaJudgement *self, const PenaValidationContext *context, PenaAdesFormat format,
                  GBytes *bytes);
void block_end (PenaJudgement *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaJudgement, block_end)
/* Forgets what the blocks before have found. */
void block_forget (PenaJudgement *self);

/* The text stands in its place and nothing of more weight does; with NOTHING, nothing does at all. */
void block_assert_found (const PenaJudgement *self, const gchar *name, BlockPlace place,
                         PenaSubIndication sub, const gchar *text);

/* Changes of the signed attributes. */
GPtrArray *block_list_attributes (const PenaSignerParts *signer);
void block_put_attributes (PenaSignerParts *signer, GPtrArray *list);
void block_drop (PenaSignedParts *parts, PenaAttribute attribute);
void block_double (PenaSignedParts *parts, PenaAttribute attribute);
void block_sign_no_attributes (PenaSignedParts *parts, PenaAttribute unused);
void block_make_a_number (PenaSignedParts *parts, PenaAttribute attribute);
/* What stands there already is dropped. */
void block_set_value (PenaSignedParts *parts, PenaAttribute attribute, GBytes *value);
