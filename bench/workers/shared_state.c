/* SPDX-License-Identifier: MIT */
/* Shared memory of a sample. */
#include "shared_state.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

void *shared_state_map(size_t bytes, struct verdict *verdict)
{
	/* populated: no page fault of ours inside what is timed */
	void *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (shared != MAP_FAILED)
		return shared;
	verdict_set(verdict, OUTCOME_HOST_LIMIT,
		    "no shared memory for the sample (%s)", strerror(errno));
	return NULL;
}

void shared_state_unmap(void *shared, size_t bytes)
{
	if (shared)
		munmap(shared, bytes);
}
