/* SPDX-License-Identifier: MIT */
/* Shared memory of a sample. */
#include "shared_state.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

void *board_map(size_t bytes, struct verdict *verdict)
{
	/* populated: no page fault of ours inside what is timed */
	void *board = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (board != MAP_FAILED)
		return board;
	verdict_set(verdict, OUTCOME_HOST_LIMIT,
		    "no shared memory for the sample (%s)", strerror(errno));
	return NULL;
}

void board_unmap(void *board, size_t bytes)
{
	if (board)
		munmap(board, bytes);
}
