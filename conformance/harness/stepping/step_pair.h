/* SPDX-License-Identifier: MIT */
/*
 * Two calls in every order: one party is stepped (impls/testkit/single_step.h)
 * and held still before an instruction that others can see the effect of; the
 * other party makes its calls meanwhile, and completes them unless it has to
 * wait for the held one; then both go on. For each such instruction of the
 * held party's calls. What a pair of calls must leave is said in its row.
 *
 * No wake-up may be lost: when every party that is left sleeps, and does not
 * run at all for a while, nothing will wake it but a slice. A slice (100 ms)
 * that ends just then hides the loss of one interleaving, not of all; the
 * library without slices hides nothing.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_STEPPING_STEP_PAIR_H
#define IPCMARK_CONFORMANCE_HARNESS_STEPPING_STEP_PAIR_H

#include "conformance/harness/calls/blocking_calls.h"
#include "conformance/harness/check.h"

/** The parties of a scene, in struct step_scene. */
enum {
	STEP_HELD,
	STEP_OTHER,
	STEP_SLEEPER, /**< the first of them */
	STEP_SLEEPERS_MOST = 2,
	STEP_PARTIES = STEP_SLEEPER + STEP_SLEEPERS_MOST
};

/** A party; in shared memory. */
struct step_party {
	/** 0; 1 prepared; 2 in its calls; 3 through. */
	_Atomic uint32_t phase;
	pid_t pid;
	/** What its function returned. */
	enum ipcm_status status;
	/** For what it got, and the like. */
	uint64_t number[2];
	/** Shared flags and counts of a row's own use. */
	_Atomic int mark;
};

struct step_pair;

/** One run of a pair. */
struct step_scene {
	const struct ipcm_backend *backend;
	const struct step_pair *pair;
	/** For the first calls of a process. */
	struct ipcm_lock *warm;
	/** STEP_PARTIES of them. */
	struct step_party *party;
	/** What prepare made. */
	void *object;
	struct pair ends;
	struct conditioned conditioned;
	struct blocked_call blocked;
	/** The other party was through while the first was held. */
	bool completed;
	/** For what look and look_again saw. */
	bool seen;
	/** As a party's. */
	uint64_t number[2];
};

typedef enum ipcm_status (*step_function)(struct step_scene *scene,
					  struct step_party *me);

/** A row. Functions of the scene run in the clause's process. */
struct step_pair {
	/** "put held while a get completes, a consumer sleeps" */
	const char *name;
	/** false: the back-end does not have it. */
	bool (*prepare)(struct step_scene *scene);
	/** Of the held party; before: not stepped, may be NULL. */
	step_function before, held;
	/** Of the other one. */
	step_function other_before, other;
	/** How many others sleep in a call meanwhile, and the call. */
	unsigned sleepers;
	step_function sleeper;
	/** All have been started; may be NULL. */
	void (*started)(struct step_scene *scene);
	/** Once, when the held one sleeps, and then the sleepers do: wakes it,
	 * so that it is also held behind its sleep; may be NULL. */
	void (*wake)(struct step_scene *scene);
	/** Both see it while it is held: before and after the other's calls;
	 * may be NULL. They must not wait for the held one. */
	void (*look)(struct step_scene *scene);
	void (*look_again)(struct step_scene *scene);
	/** Is all as it must be? NULL: all parties are through. */
	bool (*settled)(struct step_scene *scene);
	/** What ends the parties that may rightly wait; may be NULL. */
	void (*finish)(struct step_scene *scene);
	/** All are through; may be NULL. */
	void (*inspect)(struct step_scene *scene);
	void (*free)(struct step_scene *scene);
	/** A row of blocking_calls, if the pair is about one. */
	const struct blocking_call *row;
	/** The held one's sleep ends by itself. */
	bool timed;
	/** Parties, 1u << STEP_HELD or STEP_OTHER, that wake the one that waits
	 * again and again, until it goes on or for a second. */
	unsigned repeats;
	/** What the waiters wait for is noticed after a slice. */
	bool in_a_slice;
	/** The other party is a thread of the held one's process. */
	bool same_process;
};

/** Is this party through? */
bool step_through(const struct step_scene *scene, unsigned party);
/** How many of the sleepers and the two are still in their calls? */
unsigned step_waiting(const struct step_scene *scene);

/** Every pair at every point, or at a sample of them (struct check_setup); the
 * clause ends with a remark about how many. */
void step_pairs_run(const struct ipcm_backend *backend,
		    const struct step_pair *pairs, size_t count);

#endif
