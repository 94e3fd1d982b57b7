/* SPDX-License-Identifier: MIT */
/*
 * The first inputs of the fuzzer: for each kind of object, each operation with
 * some arguments of all shapes; a wait that is cancelled, one whose client goes,
 * a request in pieces.
 * fuzz_seeds FOLDER
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "impls/objects/manager/manager_protocol.h"
#include "fuzz_input.h"

static FILE *seed;

static void record(unsigned action, unsigned client, unsigned object,
		   unsigned op, const void *bytes, size_t size)
{
	const struct fuzz_head head = {
		.action = (uint8_t)action,
		.client = (uint8_t)client,
		.size_bytes = (uint8_t)size,
		.thread = (uint8_t)client,
		.object = (uint8_t)object,
		.op = {(uint8_t)op, (uint8_t)(op >> 8)}};

	(void)fwrite(&head, sizeof(head), 1, seed);
	if (size)
		(void)fwrite(bytes, size, 1, seed);
}

/* Arguments in four shapes: none, a number, bytes and more. */
static void operation(unsigned client, unsigned kind, unsigned number)
{
	static const uint8_t pair[] = {1, 0, 0, 0, 0, 0, 0, 0, 'k', 2,
				       0, 0, 0, 0, 0, 0, 0, 'v', 'w'};
	const uint64_t numbers[] = {1, 100, 1};
	unsigned op = kind << 8 | number;

	record(FUZZ_REQUEST, client, kind, op, NULL, 0);
	record(FUZZ_REQUEST, client + 1, kind, op, numbers, 8);
	record(FUZZ_REQUEST, client + 2, kind, op, numbers, 16);
	record(FUZZ_REQUEST, client + 3, kind, op, numbers, 24);
	record(FUZZ_REQUEST, client, kind, op, pair, 9);
	record(FUZZ_REQUEST, client + 1, kind, op, pair, sizeof(pair));
}

static void seed_open(const char *folder, unsigned number)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/seed-%03u", folder, number);
	seed = fopen(path, "w");
	if (!seed) {
		perror(path);
		exit(1);
	}
}

static void seed_close(void)
{
	if (fclose(seed)) {
		perror("fuzz_seeds");
		exit(1);
	}
}

/* The beginning of a request in pieces, and its end. */
static void pieces(void)
{
	struct {
		struct request_header header;
		uint64_t key;
		uint64_t value;
	} start = {.header = {.op = OP_LIST_APPEND,
			      .object = UINT64_C(1) << 32 | 1,
			      .total = PIECE_BYTES + 64}};
	static const uint8_t rest[64];

	start.key = PIECE_BYTES + 64 - sizeof(start.header) - sizeof(start.key);
	record(FUZZ_PIECE, 0, 0, 0, &start, sizeof(start));
	record(FUZZ_RAW, 0, 0, 0, rest, sizeof(rest));
}

int main(int argc, char **argv)
{
	unsigned count = 0;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: fuzz_seeds FOLDER\n");
		return 2;
	}
	(void)mkdir(argv[1], 0777); /* or it is there */
	for (unsigned kind = 0; kind < SHARED_KINDS; kind++) {
		for (unsigned number = 0; number < 16; number++) {
			seed_open(argv[1], count++);
			operation(0, kind, number);
			operation(2, kind, number);
			record(FUZZ_REQUEST, 0, 0, OP_CANCEL, NULL, 0);
			record(FUZZ_REPLACE, 1, 0, 0, NULL, 0);
			seed_close();
		}
		seed_open(argv[1], count++);
		for (unsigned number = 0; number < 16; number++)
			operation(number, kind, number);
		seed_close();
	}
	seed_open(argv[1], count);
	pieces();
	seed_close();
	return 0;
}
