/* SPDX-License-Identifier: MIT */
/*
 * What the storms over a queue and over a lock share: the cast of processes
 * that are killed and born again, and how a storm reports.
 */
#ifndef CONFORMANCE_STORM_INTERNAL_H
#define CONFORMANCE_STORM_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "conformance/harness/check.h"
#include "crash_stress.h"

enum { CAST_MOST = 8, COMPLAINT_BYTES = 2048 };

/** Shared by the parent and everybody in the cast. */
struct stage {
	/** 0 play, 1 first part of the cast leaves, 2 everybody leaves. */
	_Atomic int curtain;
	/** Grows with every success of anybody. */
	_Atomic uint64_t progress;
	/** 0 none, 1 being written, 2 written: the first fault anybody saw. */
	_Atomic int complained;
	char complaint[COMPLAINT_BYTES];
};

/** One place in the cast. */
struct role {
	/** Runs in the child until the curtain falls. */
	void (*play)(void *storm, unsigned life);
	pid_t pid;
	/** Which life this process is; counted over the whole cast. */
	unsigned life;
};

struct cast {
	struct stage *stage;
	void *storm;
	struct role roles[CAST_MOST];
	unsigned count, lives;
	uint64_t random;
	int64_t machine_factor;
};

/** Zeroed memory that all children share; pages come when touched. */
void *stage_memory(size_t bytes);
/** A fault: the first one is kept. printf format. */
void stage_complain(struct stage *stage, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** Fork a child into a role, under a new life. */
bool cast_enter(struct cast *cast, unsigned role);
/**
 * Kill members at random moments of 0 .. 3 ms, and bring them back, until
 * kills happened, somebody complained, nothing moves any more, or Ctrl-C.
 * @param killed is told the role of each victim
 */
void cast_kill_loop(struct cast *cast, unsigned kills,
		    void (*killed)(void *storm, unsigned role));
/** Wait until roles from .. to - 1 have left by themselves. */
void cast_await_exit(struct cast *cast, unsigned from, unsigned to);
/** SIGKILL to all that is left. */
void cast_end(struct cast *cast);
/** Next number of a sequence. */
uint64_t cast_random(uint64_t *state);

/** The two storms. Each prints its line. */
int storm_queue(const struct ipcm_backend *backend,
		const struct storm_options *options);
int storm_lock(const struct ipcm_backend *backend,
	       const struct storm_options *options);

/** "pipe queue 30 kills ... ok", or what went wrong. @return an exit code */
int storm_verdict(const struct ipcm_backend *backend, const char *object,
		  const struct cast *cast, const struct storm_options *options,
		  const char *figures);

#endif
