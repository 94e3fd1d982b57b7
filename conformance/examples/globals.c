/* SPDX-License-Identifier: MIT */
/*
 * A child has its own memory: what it assigns to a global is not seen by its
 * parent. A Value is in memory that both see.
 */
#include "example.h"

static int number = 100;

static int assign(void *argument)
{
	struct ipcm_value *shared = argument;

	number = 3;
	MUST(ipcm_value_store(shared, 3));
	printf("child:  global %d\n", number);
	return 0;
}

int main(int argc, char **argv)
{
	const struct ipcm_backend *backend = example_begin(argc, argv);
	const int32_t initial = 100;
	struct ipcm_value *shared;
	int64_t value;

	MUST(ipcm_value_create(backend, IPCM_INT32, &initial, NULL, &shared));
	example_join(example_start(assign, shared));
	MUST(ipcm_value_load(shared, &value));
	printf("parent: global %d, shared value %d\n", number, (int)value);
	ipcm_value_free(shared);
	return 0;
}
