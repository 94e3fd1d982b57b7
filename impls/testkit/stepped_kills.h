/* SPDX-License-Identifier: MIT */
/*
 * Stepped kills: a child runs one call under ptrace, instruction by
 * instruction, and is killed behind the k-th one, for k = 0, 1, 2 ... This
 * finds every hole, where random kills find the wide ones.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_STEPPED_KILLS_H
#define IPCMARK_IMPLS_TESTKIT_STEPPED_KILLS_H

#include "check.h"

/** What is stepped, and what stands around it. */
struct stepped {
	const char *name;
	/** In the parent: makes the objects, which both sides then know. */
	void (*prepare)(const struct ipcm_backend *backend);
	/** In the child: before, not stepped, may be NULL; then the call,
	 * whose status does not matter: the parent looks at what it left. */
	void (*before)(void);
	enum ipcm_status (*call)(void);
	/** In the parent, behind the kill: do all get on? Drops the objects. */
	void (*survive)(void);
};

/**
 * Kill it everywhere, about `points` times, other ones in each run; 0: behind
 * every instruction. Stops at the first failed check. Ends the program with 77
 * where ptrace is not allowed.
 */
void stepped_kill(const struct ipcm_backend *backend,
		  const struct stepped *what, unsigned long points);

#endif
