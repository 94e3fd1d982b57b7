/* SPDX-License-Identifier: MIT */
/*
 * The first inputs of the fuzzer: for each kind of object, each operation with
 * some arguments of all shapes; a wait that is cancelled, one whose client
 * goes, a request in pieces; and operations that need others before them.
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
	const struct fuzz_head head = {.action = (uint8_t)action,
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
	static const uint8_t pair[] = {1, 0, 0, 0, 0, 0, 0, 0,	 'k', 2,
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

/* Operations of clients on one kind, with numbers as arguments. */
struct step {
	unsigned client, op, count;
	uint64_t numbers[6];
};

static void steps(const char *folder, unsigned *count, const struct step *step)
{
	seed_open(folder, (*count)++);
	for (; step->op; step++)
		record(FUZZ_REQUEST, step->client,
		       step->op < 256 ? 0 : step->op >> 8, step->op,
		       step->numbers, step->count * sizeof(step->numbers[0]));
	seed_close();
}

/* A lock's operations go to a condition: its number is in the head. */
static void condition_steps(const char *folder, unsigned *count)
{
	const uint64_t one = 1;

	seed_open(folder, (*count)++);
	for (unsigned client = 0; client < 3; client++) {
		record(FUZZ_REQUEST, client, SHARED_CONDITION, OP_LOCK_ACQUIRE,
		       NULL, 0);
		record(FUZZ_REQUEST, client, SHARED_CONDITION,
		       OP_CONDITION_WAIT, NULL, 0);
	}
	record(FUZZ_REQUEST, 3, SHARED_CONDITION, OP_LOCK_ACQUIRE, NULL, 0);
	record(FUZZ_REQUEST, 3, SHARED_CONDITION, OP_CONDITION_NOTIFY, &one,
	       sizeof(one));
	record(FUZZ_REQUEST, 1, 0, OP_CANCEL, NULL, 0);
	record(FUZZ_REQUEST, 3, SHARED_CONDITION, OP_LOCK_RELEASE, NULL, 0);
	record(FUZZ_REQUEST, 0, SHARED_CONDITION, OP_LOCK_RELEASE, NULL, 0);
	record(FUZZ_REPLACE, 2, 0, 0, NULL, 0);
	seed_close();
}

static const struct step list_steps[] = {
	{0, OP_LIST_APPEND, 2, {8, 5}},
	{1, OP_LIST_APPEND, 2, {8, 3}},
	{2, OP_LIST_EXTEND, 5, {2, 8, 9, 8, 1}},
	{0, OP_LIST_SORT, 2, {0, 0}},
	{0, OP_LIST_SORT, 2, {1, 1}},
	{0, OP_LIST_SORT, 2, {2, 0}},
	{0, OP_LIST_SLICE, 3, {0, 100, 1}},
	{0, OP_LIST_REMOVE, 2, {8, 3}},
	{0, OP_LIST_POP, 2, {0, 100}},
	{0, OP_LIST_SET, 3, {0, 8, 7}},
	{0, OP_LIST_REVERSE, 0, {0}},
	{0, 0, 0, {0}}};

/* Keys of 8 bytes; the snapshot is larger than a frame of the fuzzer. */
static const struct step dict_steps[] = {
	{0, OP_DICT_SET, 4, {8, 1, 8, 2}},
	{0, OP_DICT_UPDATE, 5, {1, 8, 2, 8, 3}},
	{0, OP_DICT_UPDATE, 5, {1, 8, 3, 8, 4}},
	{0, OP_DICT_UPDATE, 5, {1, 8, 1, 8, 5}},
	{0, OP_DICT_SET, 4, {8, 4, 8, 2}},
	{0, OP_DICT_SET, 4, {8, 5, 8, 2}},
	{0, OP_DICT_SET, 4, {8, 6, 8, 2}},
	{0, OP_DICT_SET, 4, {8, 7, 8, 2}},
	{0, OP_DICT_SET, 4, {8, 8, 8, 2}},
	{0, OP_DICT_ITEMS, 0, {0}},
	{0, OP_PULL, 2, {0, 1}},
	{0, OP_DICT_POP, 3, {8, 1, 100}},
	{0, OP_DICT_KEYS, 0, {0}},
	{0, OP_DICT_CLEAR, 0, {0}},
	{0, 0, 0, {0}}};

/* Open what there is once more, and remove it: its name is "~" and a number. */
static void open_steps(const char *folder, unsigned *count)
{
	for (uint64_t kind = 1; kind < SHARED_KINDS; kind++) {
		seed_open(folder, (*count)++);
		for (unsigned number = 1; number < 2 * SHARED_KINDS; number++) {
			uint8_t open[64] = {(uint8_t)kind};
			int size =
				snprintf((char *)open + 16, 8, "~%u", number);
			size_t end = 16 + (size_t)size;

			open[8] = (uint8_t)size;
			open[end] = 2; /* maxsize, value, parties; or a size */
			record(FUZZ_REQUEST, 0, 0, OP_OPEN, open, end);
			record(FUZZ_REQUEST, 0, 0, OP_OPEN, open, end + 8);
			record(FUZZ_REQUEST, 0, 0, OP_OPEN, open, end + 10);
			if (number % 3 == 0)
				record(FUZZ_REQUEST, 0, 0, OP_REMOVE, open + 8,
				       end - 8);
		}
		record(FUZZ_BREAK, 0, 0, 0, NULL, 0);
		record(FUZZ_REQUEST, 0, 0, OP_PID, NULL, 0);
		seed_close();
	}
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
	seed_open(argv[1], count++);
	pieces();
	seed_close();
	steps(argv[1], &count, list_steps);
	steps(argv[1], &count, dict_steps);
	condition_steps(argv[1], &count);
	open_steps(argv[1], &count);
	return 0;
}
