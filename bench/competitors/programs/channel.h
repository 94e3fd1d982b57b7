/* SPDX-License-Identifier: MIT */
/*
 * What a library must offer to be measured with our messages, our proofs and
 * our clock, one way, there and back, and from many to many: a few functions
 * with C linkage. channel_loops.c runs our loops over them, in a program of its
 * own that ipcmark-bench starts, so that a competitor's libraries never enter
 * our own processes.
 */
#ifndef IPCMARK_BENCH_COMPETITORS_PROGRAMS_CHANNEL_H
#define IPCMARK_BENCH_COMPETITORS_PROGRAMS_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "driver.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is wanted: messages of `bytes`, `depth` of them under way at most. */
struct competitor_setup {
	size_t bytes;
	unsigned depth;
	/** There and back, not one way. */
	bool both_ways;
	/** Processes of each side; one each, but for mpmc. */
	unsigned producers, consumers;
};

/** The library has threads of its own, which need the worker's CPU while it
 *  waits for the others: it must not spin then. */
extern const bool competitor_has_threads;

/** Every producer has a way of its own to each consumer and uses them in turn:
 *  no order over all of them ends a pass of mpmc (bench/loops/mpmc.h). */
extern const bool competitor_has_own_ways;

/** What a receive returns for a message of another length (channel.h): then the
 * row is invalid, where another text is an error. */
extern const char channel_wrong_size[];

/** What a create gives in ret_why for a size or a bound that the library was
 *  not compiled for: then the row is "unsupported", where another text is an
 *  error. */
extern const char competitor_not_offered[];

/**
 * In the parent, before the fork: what the workers inherit. No file may be
 * left behind, however they end.
 * @return NULL on failure, with a text in ret_why
 */
void *competitor_create(const struct competitor_setup *setup,
			const char **ret_why);
void competitor_destroy(void *competitor);

/**
 * In a worker, after the fork: open its end, for what does not survive one.
 * The second side, which receives first, comes first.
 * @param number of the process on its side, from 0
 * @return NULL or a text
 */
const char *competitor_open_second(void *competitor, unsigned number);
const char *competitor_open_first(void *competitor, unsigned number);

/** Send or receive one message, blocking. @return NULL or a text */
const char *competitor_send(void *competitor, const void *message,
			    size_t bytes);
const char *competitor_receive(void *competitor, void *buffer, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
