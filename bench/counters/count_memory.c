/* SPDX-License-Identifier: MIT */
/*
 * Memory: the peak from /proc/self/status, and by mincore(2) what is resident
 * of shared mappings. A process's own resident size would show only the pages
 * that it has touched itself.
 */
#include "count_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Pages asked for in one call of mincore. */
#define PAGES_A_CALL 4096

static int read_peak(uint64_t *ret_bytes)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	uint64_t kib;
	int error = ENODATA;

	if (!file)
		return errno;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "VmHWM: %" SCNu64 " kB", &kib) == 1) {
			*ret_bytes = kib * 1024;
			error = 0;
		}
	}
	(void)fclose(file);
	return error;
}

static uint64_t resident(uintptr_t from, uintptr_t to)
{
	static unsigned char page[PAGES_A_CALL];
	uintptr_t bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
	uint64_t count = 0;

	while (from < to) {
		uintptr_t part = to - from;

		if (part > PAGES_A_CALL * bytes)
			part = PAGES_A_CALL * bytes;
		/* what the map calls an address is one */
		if (mincore((void *)from, part, page))
			return count * bytes;
		for (size_t i = 0; i < part / bytes; i++)
			count += page[i] & 1;
		from += part;
	}
	return count * bytes;
}

static bool holds(uintptr_t from, uintptr_t to, const void *address)
{
	return (uintptr_t)address >= from && (uintptr_t)address < to;
}

int count_memory(const void *const except[2], uint64_t *ret_shared_bytes,
		 uint64_t *ret_peak_rss_bytes)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[512], rights[8];
	uintptr_t from, to;

	if (!file)
		return errno;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &from, &to,
			   rights) != 3 ||
		    !strchr(rights, 's') || holds(from, to, except[0]) ||
		    holds(from, to, except[1]))
			continue;
		*ret_shared_bytes += resident(from, to);
	}
	(void)fclose(file);
	return read_peak(ret_peak_rss_bytes);
}
