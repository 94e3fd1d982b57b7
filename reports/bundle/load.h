/* SPDX-License-Identifier: MIT */
/*
 * Result files into one bundle: {"documents": [...], "backends": [...]}. The
 * bundle is what a page embeds, and all that a report is made from; nothing
 * else (no clock, no host) may influence it. Each function prints one
 * sentence and returns NULL if it cannot do its part.
 */
#ifndef IPCMARK_REPORTS_BUNDLE_LOAD_H
#define IPCMARK_REPORTS_BUNDLE_LOAD_H

#include <jansson.h>
#include <stddef.h>

/**
 * Read result files, or the .jsonl stream that an interrupted run left.
 * @return new bundle with what the linked library says of its back-ends
 */
json_t *load_files(char *const *paths, size_t count);

/** One file, for what embeds no bundle: not printed and read once more, its
 *  numbers have the digits of the file. */
json_t *load_file_once(const char *path);

/** The same with every sample and histogram, for exports. */
json_t *load_files_whole(char *const *paths, size_t count);

/** A bundle of one document, which is not copied. */
json_t *load_bundle(json_t *document);

/** Read the bundle embedded in a page made earlier. */
json_t *load_page(const char *path);

#endif
