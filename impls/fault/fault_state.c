/* SPDX-License-Identifier: MIT */
/*
 * What the wrapped tables share: the count of calls, the header in front of a
 * state, and the faults of opening. See fault_internal.h.
 */
#include "fault_internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fault.h"

/* Over all processes: calls since the last restart, strikes in all. */
static struct counts {
	_Atomic uint64_t calls, strikes;
} * counts;

void fault_restart(void)
{
	if (counts)
		atomic_store(&counts->calls, 0);
}

uint64_t fault_strike_count(void)
{
	return counts ? atomic_load(&counts->strikes) : 0;
}

bool fault_count_calls(void)
{
	void *memory;

	if (counts)
		return true;
	/* shared: processes forked later count together */
	memory = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return false;
	counts = memory;
	return true;
}

bool fault_strikes(const struct header *header, enum fault fault)
{
	if (header->fault_wrapper->fault != fault ||
	    (atomic_fetch_add(&counts->calls, 1) + 1) %
		    header->fault_wrapper->every)
		return false;
	(void)atomic_fetch_add(&counts->strikes, 1);
	return true;
}

void fault_state_begin(void *state, struct fault_wrapper *fault_wrapper,
		       size_t real_size)
{
	struct header *header = state;

	header->fault_wrapper = fault_wrapper;
	header->kept =
		(uint8_t *)state + HEADER_BYTES + fault_rounded(real_size);
}

void fault_keep(struct header *header, const void *data, size_t bytes)
{
	header->has_kept = bytes <= KEEP_BYTES;
	header->kept_bytes = bytes;
	if (header->has_kept && bytes)
		memcpy(header->kept, data, bytes);
}

/* ---- faults of opening ---- */

int fault_next_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)close(fd);
	return fd;
}

static void make_inheritable(int from)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *each;

	while (directory && (each = readdir(directory))) {
		int fd = atoi(each->d_name);

		if (each->d_name[0] != '.' && fd >= from &&
		    fd != dirfd(directory))
			(void)fcntl(fd, F_SETFD, 0);
	}
	if (directory)
		(void)closedir(directory);
}

enum ipcm_status fault_opened(const struct header *header,
			      enum ipcm_status status, int first_fd)
{
	if (status != IPCM_OK)
		return status;
	if (fault_strikes(header, FAULT_NO_CLOEXEC))
		make_inheritable(first_fd);
	if (fault_strikes(header, FAULT_LEAK_DESCRIPTOR))
		(void)!open("/dev/null", O_RDONLY | O_CLOEXEC);
	return IPCM_OK;
}
