/* SPDX-License-Identifier: MIT */
/*
 * See content.h. An item is a piece of one long random text, so it differs from
 * its neighbours, and at each of its bytes, and is compared at the speed of
 * memcmp.
 */
#include "content.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* one changed in 1000, at random, escapes 6000 once in 400 runs */
	ITEMS = 6000,
	SMALLEST = 4097,
	USUAL = 5000,
	TEXT_BYTES = 1 << 18,
	/* a step that is no multiple of any size of a frame */
	STEP_BYTES = 3989,
	HEADERS_MOST = 72,
};

/* Where mechanisms and the library begin another frame. */
static const size_t borders[] = {8192, 16384, 32768, 65536};

struct content {
	const struct content_calls *calls;
	void *object;
	unsigned char *text;
};

static size_t size_of(unsigned i)
{
	size_t border = borders[i / 16 % (sizeof(borders) / sizeof(*borders))];

	if (i % 16 == 0)
		return border - HEADERS_MOST + i / 64 % (HEADERS_MOST + 2);
	return SMALLEST + i * 37 % USUAL;
}

static const unsigned char *item_of(const struct content *content, unsigned i)
{
	return content->text + (size_t)i * STEP_BYTES % TEXT_BYTES;
}

static void put_all(void *argument)
{
	const struct content *content = argument;

	for (unsigned i = 0; i < ITEMS; i++)
		content->calls->put(content->object, item_of(content, i),
				    size_of(i));
}

void content_pass(const struct content_calls *calls, void *object)
{
	size_t most = borders[sizeof(borders) / sizeof(*borders) - 1] + 2;
	struct content content = {calls, object, memory(TEXT_BYTES + most)};
	unsigned char *got = memory(most);
	struct peer peer;

	pattern_fill(content.text, TEXT_BYTES + most, random_next());
	peer = peer_start(put_all, &content);
	for (unsigned i = 0; i < ITEMS; i++) {
		size_t bytes = calls->get(object, got, most);

		CHECK_EQUAL(size_of(i), bytes, "bytes of an item");
		CHECK(memcmp(got, item_of(&content, i), bytes) == 0,
		      "item %u of %zu bytes is damaged", i, bytes);
	}
	peer_join(&peer);
	free(content.text);
	free(got);
}
