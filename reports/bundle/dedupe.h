/* SPDX-License-Identifier: MIT */
/*
 * A JSON document with its repetitions taken out: the keys of objects that
 * have the same ones are written once, and so is a text that occurs again.
 * Thousands of rows are alike in both; a page has to stay small.
 */
#ifndef IPCMARK_REPORTS_BUNDLE_DEDUPE_H
#define IPCMARK_REPORTS_BUNDLE_DEDUPE_H

#include <jansson.h>

/** New document, or NULL without memory. */
json_t *dedupe_pack(const json_t *plain);

/** What was packed, in the same order of keys; NULL if it is not that. */
json_t *dedupe_unpack(const json_t *packed);

#endif
