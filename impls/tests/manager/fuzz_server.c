/* SPDX-License-Identifier: MIT */
/*
 * The coverage-guided fuzzer of the manager's server: whatever bytes clients
 * send, the server stays in order. Each input is played to a server of its own,
 * by four clients of three processes, with an object of each kind. Then an
 * honest client must be served, and nothing may be left (AddressSanitizer).
 *
 *     cmake --preset fuzz && cmake --build --preset fuzz
 *     build-fuzz/impls/tests/fuzz_seeds corpus
 *     build-fuzz/impls/tests/fuzz_server -max_len=4096 corpus
 */
#include <stdlib.h>
#include <string.h>

#include "impls/objects/manager/server/server_core.h"
#include "fuzz_input.h"

#define FRAME_BYTES 256

struct fake {
	struct core_client core;
	/** Requests that were asked, less the replies. */
	unsigned asked, replies;
	bool broken;
	struct reply_header last;
};

static struct server_core core;
static uint64_t objects[SHARED_KINDS];

static void require(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static bool fake_send(struct core_client *client, const void *frame,
		      size_t bytes)
{
	struct fake *fake = (struct fake *)client;

	require(bytes <= FRAME_BYTES && !client->dead);
	require(++fake->replies <= fake->asked);
	if (fake->broken)
		return false;
	if (bytes >= sizeof(fake->last))
		memcpy(&fake->last, frame, sizeof(fake->last));
	return true;
}

static bool request(struct fake *fake, uint32_t op,
		    const struct fuzz_head *head, uint64_t object,
		    const void *arguments, size_t size)
{
	const struct request_header header = {.op = op,
					      .flags = head ? head->flags : 0,
					      .object = object,
					      .thread = head ? head->thread : 0,
					      .total = sizeof(header) + size};
	uint8_t bytes[sizeof(header) + 256];

	memcpy(bytes, &header, sizeof(header));
	if (size)
		memcpy(bytes + sizeof(header), arguments, size);
	fake->asked++;
	return core_receive(&fake->core, bytes, (size_t)header.total);
}

static struct fake *join(unsigned which)
{
	struct {
		uint64_t size;
		uint8_t token[PROCESS_TOKEN_BYTES];
		uint64_t instance;
	} hello = {.size = PROCESS_TOKEN_BYTES};
	struct fake *fake = calloc(1, sizeof(*fake));

	hello.token[0] = (uint8_t)(which / 2 ? which : 0);
	fake->core.send = fake_send;
	fake->core.frame_bytes = FRAME_BYTES;
	require(core_client_add(&core, &fake->core));
	require(request(fake, OP_HELLO, NULL, 0, &hello, sizeof(hello)));
	return fake;
}

static void leave(struct fake *fake)
{
	core_client_remove(&fake->core);
	free(fake);
}

/* An object of each kind that there is. */
static void open_all(struct fake *fake)
{
	for (uint64_t kind = 1; kind < SHARED_KINDS; kind++) {
		/* maxsize, value, parties: 2; an initial value: 2 bytes */
		uint64_t arguments[] = {kind, 0, 2, 0};
		size_t size = 3 * sizeof(arguments[0]);

		if (!shared_kind_find(kind))
			continue;
		if (kind == SHARED_VALUE)
			size += 2;
		require(request(fake, OP_OPEN, NULL, 0, arguments, size));
		/* kinds without parameters say that these are too many */
		if (fake->last.status == IPCM_CORRUPT)
			require(request(fake, OP_OPEN, NULL, 0, arguments,
					2 * sizeof(arguments[0])));
		require(fake->last.status == IPCM_OK);
		objects[kind] = fake->last.number;
	}
}

static bool play(struct fake *fake, const struct fuzz_head *head,
		 const uint8_t *bytes)
{
	static uint8_t piece[PIECE_BYTES];
	bool ok;

	switch (head->action % FUZZ_ACTIONS) {
	case FUZZ_RAW:
		fake->asked++;
		return core_receive(&fake->core, bytes, head->size_bytes);
	case FUZZ_PIECE:
		fake->asked++;
		memcpy(piece, bytes, head->size_bytes);
		ok = core_receive(&fake->core, piece, sizeof(piece));
		memset(piece, 0, head->size_bytes);
		return ok;
	case FUZZ_REQUEST:
		return request(fake, head->op[0] | (uint32_t)head->op[1] << 8,
			       head, objects[head->object % SHARED_KINDS],
			       bytes, head->size_bytes);
	case FUZZ_BREAK:
		fake->broken = true;
		return true;
	default:
		return false;
	}
}

/* Kinds reply to other clients, too: those may be dead. */
static void drop_dead(struct fake *fakes[FUZZ_CLIENTS])
{
	struct core_client *dead;

	while ((dead = core_next_dead(&core)))
		for (unsigned i = 0; i < FUZZ_CLIENTS; i++)
			if (&fakes[i]->core == dead) {
				leave(fakes[i]);
				fakes[i] = join(i);
			}
}

static void check_honest(void)
{
	static const uint8_t pair[] = {1, 0, 0, 0, 0, 0, 0, 0, 'k',
				       1, 0, 0, 0, 0, 0, 0, 0, 'v'};
	struct fake *fake = join(FUZZ_CLIENTS);
	uint64_t name[] = {SHARED_DICT, 0};

	require(request(fake, OP_OPEN, NULL, 0, name, sizeof(name)));
	require(fake->last.status == IPCM_OK);
	require(request(fake, OP_DICT_SET, NULL, fake->last.number, pair,
			sizeof(pair)));
	require(fake->last.status == IPCM_OK);
	leave(fake);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fake *fakes[FUZZ_CLIENTS];
	struct fuzz_head head;

	core = (struct server_core){.instance = 1};
	for (unsigned i = 0; i < FUZZ_CLIENTS; i++)
		fakes[i] = join(i);
	open_all(fakes[0]);
	while (size >= sizeof(head)) {
		unsigned which;

		memcpy(&head, data, sizeof(head));
		data += sizeof(head);
		size -= sizeof(head);
		if (head.size_bytes > size)
			break;
		which = head.client % FUZZ_CLIENTS;
		if (!play(fakes[which], &head, data)) {
			leave(fakes[which]);
			fakes[which] = join(which);
		}
		drop_dead(fakes);
		data += head.size_bytes;
		size -= head.size_bytes;
	}
	check_honest();
	for (unsigned i = 0; i < FUZZ_CLIENTS; i++)
		leave(fakes[i]);
	require(!core.clients && !core.processes && !core.dead);
	core_free(&core);
	return 0;
}
