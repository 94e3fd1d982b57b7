/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the manager's server without connections: requests by hand, cut
 * at every byte, with every operation, and at random. A client that breaks the
 * protocol is dropped or gets an error, and another one is served after each.
 */
#include <stdlib.h>
#include <string.h>

#include "impls/testkit/check.h"
#include "impls/objects/manager/server/server_core.h"

#define FRAME_BYTES 4080

struct fake {
	struct core_client core;
	struct reply_header reply;
	unsigned replies;
};

static bool fake_send(struct core_client *core, const void *frame, size_t bytes)
{
	struct fake *fake = (struct fake *)core;

	CHECK(bytes <= FRAME_BYTES);
	if (bytes >= sizeof(fake->reply))
		memcpy(&fake->reply, frame, sizeof(fake->reply));
	fake->replies++;
	return true;
}

struct message {
	uint8_t bytes[1024];
	size_t size;
};

static void add(struct message *message, const void *data, size_t size)
{
	memcpy(message->bytes + message->size, data, size);
	message->size += size;
}

static void add_number(struct message *message, uint64_t number)
{
	add(message, &number, sizeof(number));
}

static void add_bytes(struct message *message, const char *text)
{
	add_number(message, strlen(text));
	add(message, text, strlen(text));
}

static struct message request(uint32_t op, uint64_t object)
{
	const struct request_header header = {.op = op, .object = object};
	struct message message = {.size = 0};

	add(&message, &header, sizeof(header));
	return message;
}

static bool tell(struct fake *fake, struct message *message)
{
	struct request_header header;

	memcpy(&header, message->bytes, sizeof(header));
	header.total = message->size;
	memcpy(message->bytes, &header, sizeof(header));
	return core_receive(&fake->core, message->bytes, message->size);
}

static struct fake *join(struct server_core *core, char who)
{
	struct message hello = request(OP_HELLO, 0);
	struct fake *fake = calloc(1, sizeof(*fake));
	char token[PROCESS_TOKEN_BYTES + 1] = "processprocessp";

	token[PROCESS_TOKEN_BYTES - 1] = who;
	fake->core.frame_bytes = FRAME_BYTES;
	fake->core.send = fake_send;
	CHECK(core_client_add(core, &fake->core));
	add_bytes(&hello, token);
	add_number(&hello, 0);
	CHECK(tell(fake, &hello));
	return fake;
}

static void leave(struct fake *fake)
{
	core_client_remove(&fake->core);
	free(fake);
}

static uint64_t open_object(struct fake *fake, enum shared_kind_id kind)
{
	struct message message = request(OP_OPEN, 0);

	add_number(&message, kind);
	add_bytes(&message, kind == SHARED_DICT ? "d" : "l");
	CHECK(tell(fake, &message));
	CHECK(fake->reply.status == IPCM_OK);
	return fake->reply.number;
}

/* The server works: an honest client is served. */
static void check_alive(struct fake *fake, uint64_t dict)
{
	struct message message = request(OP_DICT_SET, dict);
	unsigned before = fake->replies;

	add_bytes(&message, "key");
	add_bytes(&message, "value");
	CHECK(tell(fake, &message));
	CHECK(fake->replies == before + 1 && fake->reply.status == IPCM_OK);
}

/* Cut at every byte, the length in the header right or wrong. */
static void test_cut(struct server_core *core, struct fake *honest,
		     uint64_t dict)
{
	struct message whole = request(OP_DICT_SET, dict);

	add_bytes(&whole, "key");
	add_bytes(&whole, "value");
	for (size_t size = 0; size < whole.size; size++) {
		struct fake *fake = join(core, 'x');
		struct message cut = whole;

		cut.size = size;
		if (size >= sizeof(struct request_header) && tell(fake, &cut))
			CHECK(fake->reply.status == IPCM_CORRUPT);
		leave(fake);
		fake = join(core, 'x');
		memcpy(cut.bytes, whole.bytes, whole.size);
		((struct request_header *)(void *)cut.bytes)->total =
			whole.size;
		CHECK(!core_receive(&fake->core, cut.bytes, size));
		leave(fake);
		check_alive(honest, dict);
	}
}

/* Every operation and object, arguments at random. */
static void test_random(struct server_core *core, struct fake *honest,
			uint64_t dict)
{
	struct fake *fake = join(core, 'x');
	uint32_t state = 7;

	for (int i = 0; i < 200000; i++) {
		uint32_t op = random_next(&state) % (SHARED_KINDS + 1) << 8 |
			      random_next(&state) % 16;
		struct message message =
			request(op, random_next(&state) % 4
					    ? UINT64_C(1) << 32 |
						      random_next(&state) % 4
					    : 0);
		unsigned arguments = random_next(&state) % 5;

		for (unsigned j = 0; j < arguments; j++)
			add_number(&message, random_next(&state) % 3
						     ? random_next(&state) % 9
						     : random_next(&state));
		message.size -= random_next(&state) % 16 ? 0 : 3;
		if (!tell(fake, &message)) {
			leave(fake);
			fake = join(core, 'x');
		}
		if (i % 1000 == 0)
			check_alive(honest, dict);
	}
	leave(fake);
}

/* A second request before the reply, a piece that is no piece ... */
static void test_order(struct server_core *core, struct fake *honest,
		       uint64_t dict)
{
	struct fake *fake = join(core, 'x');
	struct message message = request(OP_PULL, 0);

	add_number(&message, 0);
	add_number(&message, 1);
	CHECK(!tell(fake, &message)); /* nothing to pull */
	leave(fake);
	fake = calloc(1, sizeof(*fake));
	fake->core.frame_bytes = FRAME_BYTES;
	fake->core.send = fake_send;
	CHECK(core_client_add(core, &fake->core));
	message = request(OP_DICT_LENGTH, dict);
	CHECK(!tell(fake, &message)); /* without a hello */
	leave(fake);
	fake = join(core, 'x');
	message = request(OP_CANCEL, 0);
	CHECK(tell(fake, &message)); /* nothing waits: no reply */
	CHECK(fake->replies == 0);
	leave(fake);
	check_alive(honest, dict);
}

/* A request in pieces: whole at the end, dropped in the middle. */
static void test_pieces(struct server_core *core, struct fake *honest,
			uint64_t dict)
{
	const size_t size = 2 * PIECE_BYTES + 5;
	struct message message = request(OP_DICT_SET, dict);
	struct request_header *header = (void *)message.bytes;
	size_t total = sizeof(*header) + 8 + 3 + 8 + size;
	uint8_t *bytes = calloc(1, total);
	struct fake *fake;

	add_bytes(&message, "big");
	add_number(&message, size);
	header->total = total;
	memcpy(bytes, message.bytes, message.size);
	for (size_t stop = 1; stop <= 3; stop++) {
		size_t at = 0;

		fake = join(core, 'x');
		for (size_t i = 0; i < stop; i++) {
			size_t part = total - at < PIECE_BYTES ? total - at
							       : PIECE_BYTES;

			CHECK(core_receive(&fake->core, bytes + at, part));
			at += part;
		}
		CHECK(fake->replies == (stop == 3));
		leave(fake);
		check_alive(honest, dict);
	}
	fake = join(core, 'x');
	CHECK(core_receive(&fake->core, bytes, PIECE_BYTES));
	CHECK(core_receive(&fake->core, bytes, PIECE_BYTES));
	CHECK(!core_receive(&fake->core, bytes, PIECE_BYTES));
	leave(fake);
	free(bytes);
	check_alive(honest, dict);
}

static bool pull(struct fake *fake, uint64_t offset, uint64_t frames)
{
	struct message message = request(OP_PULL, 0);

	add_number(&message, offset);
	add_number(&message, frames);
	fake->replies = 0;
	return tell(fake, &message);
}

/* A client with a window of 2 that has asked for a value of 3 frames and 1. */
static struct fake *getter(struct server_core *core, uint64_t dict)
{
	struct fake *fake = join(core, 'x');
	struct message message = request(OP_DICT_GET, dict);

	fake->core.window = 2;
	add_bytes(&message, "frames");
	add_number(&message, 4 * FRAME_BYTES);
	CHECK(tell(fake, &message));
	CHECK(fake->reply.status == IPCM_OK);
	CHECK(fake->reply.flags == (REPLY_PULL | 2u << REPLY_WINDOW_SHIFT));
	return fake;
}

/* As many frames as were asked for, never more than the window. */
static void test_pull(struct server_core *core, struct fake *honest,
		      uint64_t dict)
{
	static const uint64_t refused[][2] = {
		{0, 0}, {0, 3}, {3 * FRAME_BYTES + 1, 1}, {0, UINT64_MAX}};
	const size_t size = 3 * FRAME_BYTES + 1;
	struct message message = request(OP_DICT_SET, dict);
	uint8_t *bytes = calloc(1, sizeof(message.bytes) + size);
	struct fake *fake;

	add_bytes(&message, "frames");
	add_number(&message, size);
	memcpy(bytes, message.bytes, message.size);
	((struct request_header *)(void *)bytes)->total = message.size + size;
	CHECK(core_receive(&honest->core, bytes, message.size + size));
	free(bytes);
	fake = getter(core, dict);
	CHECK(pull(fake, 0, 2) && fake->replies == 2);
	CHECK(pull(fake, 2 * FRAME_BYTES, 2) && fake->replies == 2);
	CHECK(!pull(fake, 0, 1) && !fake->replies); /* it has had all */
	leave(fake);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		fake = getter(core, dict);
		CHECK(!pull(fake, refused[i][0], refused[i][1]));
		CHECK(!fake->replies);
		leave(fake);
	}
	check_alive(honest, dict);
}

int main(void)
{
	struct server_core core = {.instance = 1};
	struct fake *honest = join(&core, 'h');
	uint64_t dict = open_object(honest, SHARED_DICT);

	(void)open_object(honest, SHARED_LIST);
	test_cut(&core, honest, dict);
	test_order(&core, honest, dict);
	test_pieces(&core, honest, dict);
	test_pull(&core, honest, dict);
	test_random(&core, honest, dict);
	leave(honest);
	CHECK(!core.clients && !core.processes);
	core_free(&core);
	return check_failures() ? 1 : 0;
}
