/* SPDX-License-Identifier: MIT */
/* The bundle inside a page: how it is written, and how it is found again. */
#ifndef IPCMARK_REPORTS_BUNDLE_EMBED_JSON_H
#define IPCMARK_REPORTS_BUNDLE_EMBED_JSON_H

#include <jansson.h>

/** What stands right before and after the bundle in a page. */
#define EMBED_OPEN                                                             \
	"<script type=\"text/plain\" id=\"ipcmark-data\" "                     \
	"data-form=\"JSON zlib base64\">"
#define EMBED_CLOSE "</script>"

/** With the digits and the order of keys that it will have in a page. Steals
 *  the bundle; NULL if there is no memory. */
json_t *embed_json_settle(json_t *bundle);

/**
 * The bundle as JSON, compressed, in base64: text in which no "<", ">" or "&"
 * stands, so that no HTML or XML reader sees anything but text in it. The
 * caller frees; NULL if there is no memory.
 */
char *embed_json_text(const json_t *bundle);

/** The bundle in a page; NULL if there is none, or it is damaged. New
 *  reference. */
json_t *embed_json_find(const char *page);

#endif
