/* SPDX-License-Identifier: MIT */
/*
 * The bundle inside a page. Result files repeat the same keys and texts, and
 * figures have few digits, so that compression takes nine tenths away.
 */
#include "embed_json.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define EMBED_FLAGS (JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(12))

enum {
	VARIANT = sodium_base64_VARIANT_ORIGINAL,
	CHUNK_BYTES = 65536,
	/* Of JSON in a page: far more than results have, less than memory. */
	PLAIN_BYTES_MAX = 1 << 30,
};

json_t *embed_json_settle(json_t *bundle)
{
	char *text = json_dumps(bundle, EMBED_FLAGS);
	json_t *settled = text ? json_loads(text, 0, NULL) : NULL;

	free(text);
	json_decref(bundle);
	return settled;
}

static char *base64_of(const unsigned char *data, size_t bytes)
{
	size_t room = sodium_base64_encoded_len(bytes, VARIANT);
	char *text = malloc(room);

	if (text)
		sodium_bin2base64(text, room, data, bytes, VARIANT);
	return text;
}

char *embed_json_text(const json_t *bundle)
{
	char *plain = json_dumps(bundle, EMBED_FLAGS), *text = NULL;
	uLong bytes = plain ? (uLong)strlen(plain) : 0;
	uLongf packed_bytes = compressBound(bytes);
	unsigned char *packed = plain ? malloc(packed_bytes) : NULL;

	if (packed && compress2(packed, &packed_bytes, (unsigned char *)plain,
				bytes, Z_BEST_COMPRESSION) == Z_OK)
		text = base64_of(packed, packed_bytes);
	free(packed);
	free(plain);
	return text;
}

/* Append all that comes out. @return false: damaged, too much, or no memory */
static bool inflate_all(z_stream *stream, FILE *out)
{
	unsigned char chunk[CHUNK_BYTES];
	int status = Z_OK;

	while (status == Z_OK) {
		stream->next_out = chunk;
		stream->avail_out = sizeof(chunk);
		status = inflate(stream, Z_NO_FLUSH);
		(void)fwrite(chunk, 1, sizeof(chunk) - stream->avail_out, out);
		if (stream->total_out > PLAIN_BYTES_MAX)
			return false;
	}
	return status == Z_STREAM_END;
}

static json_t *json_unpack_zlib(unsigned char *data, size_t bytes)
{
	z_stream stream = {.next_in = data, .avail_in = (uInt)bytes};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	json_t *json = NULL;
	bool whole;

	if (!out)
		return NULL;
	whole = inflateInit(&stream) == Z_OK && inflate_all(&stream, out);
	(void)inflateEnd(&stream);
	if (!fclose(out) && whole)
		json = json_loadb(text, size, 0, NULL);
	free(text);
	return json;
}

static json_t *bundle_of(const char *text, size_t length)
{
	unsigned char *packed = malloc(length + 1);
	json_t *bundle = NULL;
	size_t bytes;

	if (packed && !sodium_base642bin(packed, length, text, length, " \n\r",
					 &bytes, NULL, VARIANT))
		bundle = json_unpack_zlib(packed, bytes);
	free(packed);
	return bundle;
}

json_t *embed_json_find(const char *page)
{
	const char *begin = strstr(page, EMBED_OPEN), *end;
	json_t *bundle;

	if (!begin)
		return NULL;
	begin += strlen(EMBED_OPEN);
	end = strstr(begin, EMBED_CLOSE);
	if (!end)
		return NULL;
	bundle = bundle_of(begin, (size_t)(end - begin));
	if (json_is_array(json_object_get(bundle, "documents")) &&
	    json_is_array(json_object_get(bundle, "backends")))
		return bundle;
	json_decref(bundle);
	return NULL;
}
