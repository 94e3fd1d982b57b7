/* SPDX-License-Identifier: MIT */
/*
 * Q-MSG: content, length and size of items.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/content.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <stdlib.h>
#include <string.h>

/* Items made to look like what a transport writes of its own. */
static size_t make_disguise(unsigned kind, unsigned char *item, size_t room)
{
	uint64_t words[8];
	size_t bytes = sizeof(words);

	memset(words, 0, sizeof(words));
	switch (kind % 6) {
	case 0: /* all zero, all ones */
		memset(words, kind & 8 ? 0xff : 0, sizeof(words));
		break;
	case 1: /* a frame header: number, offset, total, check */
		words[0] = UINT64_C(1) << 32 | kind;
		words[1] = 0;
		words[2] = sizeof(words);
		break;
	case 2: /* lengths that lie */
		for (int i = 0; i < 8; i++)
			words[i] = UINT64_C(0x7fffffff00000000) >> (4 * i);
		break;
	case 3: /* small positive numbers, as System V types */
		for (int i = 0; i < 8; i++)
			words[i] = (uint64_t)i + 1;
		break;
	case 4:
		for (int i = 0; i < 8; i++)
			words[i] = random_next();
		bytes = 1 + (size_t)random_below(sizeof(words));
		break;
	default:
		memcpy(words,
		       "\r\n.\r\n\x00\x04"
		       "EOF\x1a",
		       11);
		break;
	}
	memcpy(item, words, bytes < room ? bytes : room);
	return bytes;
}

enum { DISGUISES = 240 };

static void content_put(void *queue, const void *item, size_t bytes)
{
	CHECK_OK(ipcm_queue_put(queue, item, bytes, hang_ns()));
}

static size_t content_get(void *queue, void *buffer, size_t bytes)
{
	size_t size = 0;

	CHECK_OK(ipcm_queue_get(queue, buffer, bytes, hang_ns(), &size));
	return size;
}

static void content_arrives_unchanged(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 20);
	unsigned char sent[20][64], got[64];
	size_t lengths[20], size;

	for (unsigned round = 0; round < DISGUISES / 20; round++) {
		for (unsigned i = 0; i < 20; i++) {
			lengths[i] = make_disguise(round * 20 + i, sent[i], 64);
			CHECK_OK(ipcm_queue_put(queue, sent[i], lengths[i],
						hang_ns()));
		}
		for (unsigned i = 0; i < 20; i++) {
			CHECK_OK(ipcm_queue_get(queue, got, 64, hang_ns(),
						&size));
			CHECK_EQUAL(lengths[i], size, "bytes of an item");
			CHECK(memcmp(got, sent[i], size) == 0,
			      "item %u of round %u is damaged", i, round);
		}
	}
	for (unsigned i = 0; i < 60; i++) {
		size_t bytes = (size_t)random_below(20000);

		pattern_put(queue, i, bytes);
		pattern_expect(queue, i, bytes);
	}
	content_pass(&(struct content_calls){content_put, content_get}, queue);
	ipcm_queue_free(queue);
}

static void empty_items_count(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 40);

	for (unsigned i = 0; i < 40; i++)
		pattern_put(queue, i, i % 3 ? 0 : 1);
	CHECK(queue_is_full(queue), "40 items with empty ones are not full");
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put_nowait(queue, NULL, 0));
	for (unsigned i = 0; i < 40; i++)
		pattern_expect(queue, i, i % 3 ? 0 : 1);
	queue_expect_drained(queue);
	CHECK_OK(ipcm_queue_put_nowait(queue, NULL, 0));
	CHECK(!queue_is_empty(queue), "an empty item does not count");
	CHECK_OK(ipcm_queue_get_nowait(queue, NULL, 0, NULL));
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

struct echo {
	struct ipcm_queue *there, *back;
	size_t bytes;
	int items;
};

static void echo_run(void *argument)
{
	struct echo *echo = argument;
	void *item = memory(echo->bytes);

	for (int i = 0; i < echo->items; i++) {
		size_t size = 0;

		CHECK_OK(ipcm_queue_get(echo->there, item, echo->bytes,
					4 * hang_ns(), &size));
		CHECK_OK(ipcm_queue_put(echo->back, item, size, 4 * hang_ns()));
	}
}

static void echo_large(const struct ipcm_backend *backend, size_t bytes,
		       int items)
{
	struct echo *echo = share(sizeof(*echo));
	struct peer peer;

	*echo = (struct echo){queue_make(backend, 4), queue_make(backend, 4),
			      bytes, items};
	peer = peer_start(echo_run, echo);
	for (int i = 0; i < items; i++)
		pattern_put(echo->there, (uint64_t)i, bytes);
	for (int i = 0; i < items; i++)
		pattern_expect(echo->back, (uint64_t)i, bytes);
	peer_join(&peer);
	ipcm_queue_free(echo->there);
	ipcm_queue_free(echo->back);
}

static void large_items_pass(const struct ipcm_backend *backend)
{
	echo_large(backend, (size_t)1 << 20, 3);
	echo_large(backend, (size_t)16 << 20, 1);
}

/* Three in a row at the size the rule names, one way. */
static void large_items_in_a_row(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 3);
	struct call *getter[3];

	large_items_pass(backend);
	for (int i = 0; i < 3; i++) {
		getter[i] = call_start_large(CALL_GET, queue, (uint64_t)i,
					     (size_t)16 << 20, 4 * hang_ns());
		pattern_put(queue, (uint64_t)i, (size_t)16 << 20);
		call_check_returns(getter[i], IPCM_OK);
	}
	ipcm_queue_free(queue);
}

static const size_t edges[] = {512, 4096, 8192, 16384, 65536, 212960, 1 << 20};

static void sizes_around_limits(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 0);

	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		/* headers of up to 64 bytes shift the edge downwards */
		for (size_t less = 0; less <= 66; less += less < 2 ? 1 : 8) {
			pattern_put(queue, less, edges[i] + 1 - less);
			pattern_expect(queue, less, edges[i] + 1 - less);
		}
		/* nearly full: small items are in front and behind */
		for (unsigned n = 0; n < 12; n++)
			pattern_put(queue, n, 900);
		for (size_t less = 0; less < 3; less++)
			pattern_put(queue, less, edges[i] + 1 - less);
		pattern_put(queue, 99, 1);
		for (unsigned n = 0; n < 12; n++)
			pattern_expect(queue, n, 900);
		for (size_t less = 0; less < 3; less++)
			pattern_expect(queue, less, edges[i] + 1 - less);
		pattern_expect(queue, 99, 1);
	}
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

enum { MIXERS = 4, MIXED = 25, MIX_MOST = 300 * 1024 };

struct mix {
	struct ipcm_queue *queue;
	_Atomic int producer;
};

/* Each item is filled with its producer's byte. */
static void mix_produce(void *argument)
{
	struct mix *mix = argument;
	int me = atomic_fetch_add(&mix->producer, 1) + 1;
	unsigned char *item = memory(MIX_MOST);

	memset(item, me, MIX_MOST);
	for (int i = 0; i < MIXED; i++) {
		size_t bytes =
			1 + (size_t)random_below(i % 2 ? 2000 : MIX_MOST - 1);

		CHECK_OK(
			ipcm_queue_put(mix->queue, item, bytes, 4 * hang_ns()));
	}
}

static void large_items_never_mix(const struct ipcm_backend *backend)
{
	struct mix *mix = share(sizeof(*mix));
	struct peer peers[MIXERS];
	unsigned char *item = memory(MIX_MOST);
	int count[MIXERS + 1] = {0};

	mix->queue = queue_make(backend, 8);
	peers_start(peers, MIXERS, mix_produce, mix);
	for (int i = 0; i < MIXERS * MIXED; i++) {
		size_t size = 0;

		CHECK_OK(ipcm_queue_get(mix->queue, item, MIX_MOST,
					4 * hang_ns(), &size));
		CHECK(size >= 1 && item[0] >= 1 && item[0] <= MIXERS,
		      "item %d: %zu bytes, first byte %d", i, size, item[0]);
		for (size_t at = 1; at < size; at++)
			CHECK(item[at] == item[0],
			      "bytes of %d inside an item of %d", item[at],
			      item[0]);
		count[item[0]]++;
	}
	for (int i = 0; i < MIXERS; i++) {
		peer_join(&peers[i]);
		CHECK_EQUAL(MIXED, count[i + 1], "items of a producer");
	}
	queue_expect_drained(mix->queue);
	free(item);
	ipcm_queue_free(mix->queue);
}

static void item_larger_than_the_queue(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 2);
	struct call *large, *last;

	pattern_put(queue, 1, 100);
	large = call_start_large(CALL_PUT, queue, 2, 1 << 20, 4 * hang_ns());
	pause_ns(grace_ns() / 2);
	last = call_start_large(CALL_PUT, queue, 3, 100, 4 * hang_ns());
	pause_ns(grace_ns() / 2); /* a slow consumer */
	pattern_expect(queue, 1, 100);
	pause_ns(grace_ns() / 2);
	/* started 50 ms apart, yet nothing promises which put went first */
	for (int i = 0; i < 2; i++) {
		void *item = memory(1 << 20);
		size_t size = 0;

		CHECK_OK(
			ipcm_queue_get(queue, item, 1 << 20, hang_ns(), &size));
		CHECK(size == 100 || size == 1 << 20, "%zu bytes", size);
		CHECK(pattern_matches(item, size, size == 100 ? 3 : 2),
		      "the item of %zu bytes is damaged", size);
		free(item);
	}
	call_check_returns(large, IPCM_OK);
	call_check_returns(last, IPCM_OK);
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

static const struct clause table[] = {
	{"Q-MSG-01", LEVEL_CORE, OBJECT_QUEUE,
	 "Items that look like headers and sentinels; random bytes and sizes; "
	 "6000 items above 4 KiB.",
	 "Content and length arrive unchanged.",
	 "multiprocessing, Connection.send_bytes; CPython test "
	 "_TestConnection.test_connection",
	 0, false, content_arrives_unchanged},
	{"Q-MSG-02", LEVEL_BEYOND, OBJECT_QUEUE,
	 "A mix of empty items and items of 1 byte.",
	 "Empty items are legal, count, and keep their place.",
	 "ipcmark queue.h; LTP mq_timedsend01", 0, false, empty_items_count},
	{"Q-MSG-03", LEVEL_CORE, OBJECT_QUEUE,
	 "Echo of 1 MiB and 16 MiB; three of 16 MiB in a row.",
	 "Large items pass intact with a live consumer.",
	 "CPython test _TestConnection.test_connection (16 MiB); ipcmark "
	 "queue.h",
	 60, false, large_items_in_a_row},
	{"Q-MSG-04", LEVEL_BEYOND, OBJECT_QUEUE,
	 "Sizes around 512, 4 Ki, 8 Ki, 16 Ki, 64 Ki, 212960 and 1 Mi bytes.",
	 "Each is intact, in an empty and in a nearly full queue.",
	 "pipe(7), msgop(2), mq_overview(7), unix(7)", 60, false,
	 sizes_around_limits},
	{"Q-MSG-05", LEVEL_BEYOND, OBJECT_QUEUE,
	 "4 producers put items of 1 B to 300 KiB of their own byte.",
	 "Large items of concurrent producers are never interleaved.",
	 "pipe(7), PIPE_BUF; LTP msgstress01, pipeio", 60, false,
	 large_items_never_mix},
	{"Q-MSG-06", LEVEL_BEYOND, OBJECT_QUEUE,
	 "Queue(2): a small item inside, 1 MiB and another put, slow get.",
	 "An item larger than the mechanism passes; no deadlock.",
	 "ipcmark queue.h", 0, false, item_larger_than_the_queue},
};

CLAUSE_LIST(clauses_queue_message, table);
