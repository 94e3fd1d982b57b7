/* SPDX-License-Identifier: MIT */
/*
 * The kernel mechanisms as they are: what the raw scenarios run on. One
 * direction each; a round trip takes two. Default limits of the host, no
 * attempt to enlarge anything. Not the back-ends: nothing here is shared with
 * them, so that a mistake cannot flatter both sides of a ratio.
 */
#ifndef IPCMARK_BENCH_BASELINES_RAW_CHANNEL_H
#define IPCMARK_BENCH_BASELINES_RAW_CHANNEL_H

#include <stddef.h>

#include "bench/stats/cell_status.h"
#include "bench/loops/channel.h"

/** Both ends of one direction, as descriptors or ids. */
struct raw_channel {
	/** Descriptor, or System V id, or message queue descriptor. */
	int send;
	int receive;
};

/** One kernel mechanism: how to open a channel and how to close it. */
struct raw_mechanism {
	const char *name;
	/** @return 0, or -1 after setting the verdict */
	int (*open)(struct raw_channel *ret_channel, size_t bytes,
		    struct verdict *verdict);
	void (*close)(struct raw_channel *line);
};

extern const struct raw_mechanism raw_pipe, raw_socketpair, raw_sysv_msg,
	raw_posix_mq;

#endif
