/* SPDX-License-Identifier: MIT */
/* Shared memory of a sample. */
#include "shared_state.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE_BYTES = 4096 };

/* What is mapped now; a child has its parent's list. */
static struct {
	unsigned char *memory;
	size_t bytes;
} mapped[SHARED_STATES_MAX];

static bool list_add(void *memory, size_t bytes)
{
	for (size_t i = 0; i < SHARED_STATES_MAX; i++) {
		if (mapped[i].memory)
			continue;
		mapped[i].memory = memory;
		mapped[i].bytes = bytes;
		return true;
	}
	return false;
}

void *shared_state_map(size_t bytes, struct verdict *verdict)
{
	void *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (shared == MAP_FAILED) {
		verdict_set(verdict, OUTCOME_HOST_LIMIT,
			    "no %zu B of shared memory for the sample (%s)",
			    bytes, strerror(errno));
		return NULL;
	}
	if (list_add(shared, bytes))
		return shared;
	munmap(shared, bytes);
	verdict_set(verdict, OUTCOME_ERROR,
		    "more than %d pieces of shared memory in a sample",
		    SHARED_STATES_MAX);
	return NULL;
}

void shared_state_unmap(void *shared, size_t bytes)
{
	for (size_t i = 0; shared && i < SHARED_STATES_MAX; i++) {
		if (mapped[i].memory == shared)
			mapped[i].memory = NULL;
	}
	if (shared)
		munmap(shared, bytes);
}

static void pages_touch(void *memory, size_t bytes)
{
	unsigned char *byte = memory;

	/* a write that changes nothing, also while others write there */
	for (size_t at = 0; at < bytes; at += PAGE_BYTES)
		(void)__atomic_fetch_or(byte + at, 0, __ATOMIC_RELAXED);
}

void shared_state_touch(void)
{
	for (size_t i = 0; i < SHARED_STATES_MAX; i++) {
		if (mapped[i].memory)
			pages_touch(mapped[i].memory, mapped[i].bytes);
	}
}
