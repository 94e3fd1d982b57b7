/* SPDX-License-Identifier: MIT */
/*
 * The threads of a clause that may sleep in the library, for the rule that no
 * call sleeps beside what it waits for (X-WAK). Which threads sleep, and since
 * when, is written down around every sleep of the library (mutation/sleep.c).
 *
 * The clause is made so that at any moment one of its parties can go on. If all
 * of them have slept for over half a slice, the one that can go on was not
 * woken. This is exact on a loaded machine: a thread that was woken and has no
 * CPU yet is runnable, not asleep, and no test counts the time that it waits
 * for one. Nothing is compared with the time that a call took.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_STEPPING_SLEEPERS_H
#define IPCMARK_CONFORMANCE_HARNESS_STEPPING_SLEEPERS_H

#include "conformance/harness/check.h"

enum { SLEEPERS_MOST = 16 };

/** A thread, in shared memory. */
struct sleeper {
	/** 0: it has not joined; -1: it has left. */
	_Alignas(64) _Atomic int thread;
	/** When its sleep began; 0: it does not sleep. */
	_Atomic int64_t since_ns;
	/**
	 * When the first sleep of its call began, if all of them ended because
	 * their time was over.
	 */
	int64_t first_ns;
	/** Does it say when its calls begin? */
	bool steps;
	/** Sleeps that a wake-up ended. */
	_Atomic unsigned woken;
};

struct sleepers {
	/** Of the clause; threads that the library starts come by themselves.
	 */
	int parties;
	/** Is the rule in force? Not while the parties get ready. */
	_Atomic bool armed;
	_Atomic int count;
	const char *what;
	struct sleeper sleeper[SLEEPERS_MOST];
};

/** The calling process's sleeps are written down from now on. */
void sleepers_join(struct sleepers *all);
/** This thread has done its part. */
void sleepers_leave(void);
/**
 * This thread's next call begins: one that sleeps often, for a short time each,
 * sleeps since its first sleep.
 */
void sleepers_step(void);
/** How many sleeps of this thread were ended by a wake-up. */
unsigned sleepers_woken(void);

/**
 * Sleep until the word differs from seen: for parties that wait for each
 * other beside the library's calls. They count as asleep.
 */
void sleepers_idle(_Atomic uint32_t *word, uint32_t seen);
/** Increment the word and wake all who idle on it. */
void sleepers_call(_Atomic uint32_t *word);

/**
 * Return when all the others sleep in the library, or have left. The caller
 * does not count as asleep meanwhile.
 */
void sleepers_await_others(struct sleepers *all);

/** The clause fails if all sleep and one of them should have been woken. */
void sleepers_check(struct sleepers *all);

/** How a sleep ended. */
enum sleep_end {
	SLEEP_WOKEN,
	SLEEP_OVER, /**< its time was over */
	SLEEP_NONE  /**< it did not sleep, or something else ended it */
};
/** Before and after a sleep of this thread in the library. */
void sleep_begins(void);
void sleep_ends(enum sleep_end end, int64_t deadline_ns);

#endif
