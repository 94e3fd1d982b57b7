/* SPDX-License-Identifier: MIT */
/* The bundle inside a page. "<", ">" and "&" can only stand inside strings
 * of a JSON text, where the escape \u00xx means the same. */
#include "embed_json.h"

#include "dedupe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EMBED_FLAGS (JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(12))

json_t *embed_json_settle(json_t *bundle)
{
	char *text = json_dumps(bundle, EMBED_FLAGS);
	json_t *settled = text ? json_loads(text, 0, NULL) : NULL;

	free(text);
	json_decref(bundle);
	return settled;
}

char *embed_json_text(const json_t *bundle)
{
	json_t *packed = dedupe_pack(bundle);
	char *plain = json_dumps(packed, EMBED_FLAGS), *text = NULL;
	size_t bytes;
	FILE *out = plain ? open_memstream(&text, &bytes) : NULL;

	for (const char *at = plain; out && *at; at++)
		if (strchr("<>&", *at))
			fprintf(out, "\\u%04x", (unsigned)*at);
		else
			fputc(*at, out);
	json_decref(packed);
	free(plain);
	if (!out)
		return NULL;
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

json_t *embed_json_find(const char *page)
{
	const char *begin = strstr(page, EMBED_OPEN), *end;
	json_t *packed, *bundle;

	if (!begin)
		return NULL;
	begin += strlen(EMBED_OPEN);
	end = strstr(begin, EMBED_CLOSE);
	if (!end)
		return NULL;
	packed = json_loadb(begin, (size_t)(end - begin), 0, NULL);
	/* Pages of earlier versions are not packed. */
	bundle = json_object_get(packed, "packed") ? dedupe_unpack(packed)
						   : json_incref(packed);
	json_decref(packed);
	if (json_is_array(json_object_get(bundle, "documents")) &&
	    json_is_array(json_object_get(bundle, "backends")))
		return bundle;
	json_decref(bundle);
	return NULL;
}
