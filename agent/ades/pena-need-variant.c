/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: needs and their answers between a worker that has them and the broker that can ask
 * Copyright (C) 2026 the Pena authors */
#include "pena-need-variant.h"

#include <pena/pena-error.h>

/* More certificates than these in one round are no chain of anybody's. */
#define MAX_NEEDS 256
#define MAX_CERTIFICATE (64 * 1024)

static const gchar *const answer_names[] = {
    [PENA_ANSWER_NONE] = "none", [PENA_ANSWER_TIME_STAMP] = "none", [PENA_ANSWER_OCSP] = "ocsp",
    [PENA_ANSWER_CRL] = "crl",   [PENA_ANSWER_ISSUER] = "issuer",
};

static void
insert_bytes (GVariantDict *dictionary, const gchar *key, GBytes *bytes)
{
    if (bytes != NULL)
        g_variant_dict_insert_value (dictionary, key,
                                     g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE));
}

static GBytes *
lookup_bytes (GVariant *dictionary, const gchar *key)
{
    g_autoptr (GVariant) value = g_variant_lookup_value (dictionary, key, G_VARIANT_TYPE_BYTESTRING);
    return value != NULL ? g_variant_get_data_as_bytes (value) : NULL;
}

GVariant *
pena_needs_to_variant (GPtrArray *needs)
{
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
    for (guint i = 0; i < needs->len; i++) {
        const PenaNeed *need = needs->pdata[i];
        GVariantDict one;
        g_variant_dict_init (&one, NULL);
        g_variant_dict_insert (&one, "kind", "s",
                               need->kind == PENA_NEED_REVOCATION ? "revocation" : "issuer");
        g_variant_dict_insert (&one, "since", "x", need->since);
        insert_bytes (&one, "certificate", need->certificate);
        insert_bytes (&one, "issuer", need->issuer);
        g_variant_builder_add_value (&builder, g_variant_dict_end (&one));
    }
    return g_variant_builder_end (&builder);
}

static PenaNeed *
need_from_variant (GVariant *one)
{
    g_autoptr (GBytes) certificate = lookup_bytes (one, "certificate");
    g_autoptr (GBytes) issuer = lookup_bytes (one, "issuer");
    const gchar *kind = "";

    g_variant_lookup (one, "kind", "&s", &kind);
    if (certificate == NULL || g_bytes_get_size (certificate) > MAX_CERTIFICATE)
        return NULL;
    if (g_str_equal (kind, "issuer"))
        return pena_need_issuer_new (certificate);
    if (!g_str_equal (kind, "revocation") || issuer == NULL || g_bytes_get_size (issuer) > MAX_CERTIFICATE)
        return NULL;
    PenaNeed *need = pena_need_revocation_new (certificate, issuer);
    g_variant_lookup (one, "since", "x", &need->since);
    return need;
}

GPtrArray *
pena_needs_from_variant (GVariant *variant, guint *rounds, guint most, GError **error)
{
    g_autoptr (GPtrArray) needs = pena_needs_new ();
    gsize n = g_variant_n_children (variant);

    if (++*rounds > most) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_WORKER_FAILED, "needs without end");
        return NULL;
    }
    for (gsize i = 0; i < n && n <= MAX_NEEDS; i++) {
        g_autoptr (GVariant) one = g_variant_get_child_value (variant, i);
        PenaNeed *need = need_from_variant (one);
        if (need == NULL)
            break;
        g_ptr_array_add (needs, need);
    }
    if (needs->len == n)
        return g_steal_pointer (&needs);
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_WORKER_FAILED, "the needs are not well-formed");
    return NULL;
}

GVariant *
pena_answers_to_variant (GPtrArray *needs)
{
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
    for (guint i = 0; needs != NULL && i < needs->len; i++) {
        const PenaNeed *need = needs->pdata[i];
        GVariantDict one;
        g_variant_dict_init (&one, NULL);
        g_variant_dict_insert (&one, "kind", "s", answer_names[need->answer_kind]);
        insert_bytes (&one, "answer", need->answer);
        g_variant_builder_add_value (&builder, g_variant_dict_end (&one));
    }
    return g_variant_builder_end (&builder);
}

gboolean
pena_answers_apply (GVariant *variant, GPtrArray *needs, GError **error)
{
    if (g_variant_n_children (variant) != needs->len) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "answers to other needs");
        return FALSE;
    }
    for (guint i = 0; i < needs->len; i++) {
        g_autoptr (GVariant) one = g_variant_get_child_value (variant, i);
        g_autoptr (GBytes) answer = lookup_bytes (one, "answer");
        const gchar *kind = "none";
        g_variant_lookup (one, "kind", "&s", &kind);
        for (guint k = PENA_ANSWER_OCSP; answer != NULL && k < G_N_ELEMENTS (answer_names); k++)
            if (g_str_equal (answer_names[k], kind))
                pena_need_answer (needs->pdata[i], (PenaAnswerKind)k, answer);
    }
    return TRUE;
}
