/* SPDX-License-Identifier: MIT */
/*
 * A name for a socket in the abstract namespace: no file, gone with the socket.
 * It is unique in the network namespace, where process ids need not be.
 */
#ifndef IPCMARK_BENCH_COMPETITORS_PROGRAMS_ENDPOINT_H
#define IPCMARK_BENCH_COMPETITORS_PROGRAMS_ENDPOINT_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>

#define ENDPOINT_BYTES 64

/** @return 0, or -1 if there is no randomness yet */
static inline int endpoint_name(char ret_name[ENDPOINT_BYTES],
				const char *scheme)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -1;
	snprintf(ret_name, ENDPOINT_BYTES, "%sipcmark-competitor-%016" PRIx64,
		 scheme, number);
	return 0;
}

#endif
