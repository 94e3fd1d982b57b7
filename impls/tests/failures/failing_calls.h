/* SPDX-License-Identifier: MIT */
/*
 * One call of the library fails, once. The linker hands every call that can
 * fail to functions here (--wrap), which count it under its place: the call,
 * the address it returns to, the step of the scenario, and whether the process
 * is the scenario's or a child of it. A later run of the same scenario lets the
 * n-th call of one place fail, and the others through.
 *
 * The places are in memory that all processes of a scenario share, so a fault
 * happens in one of them only.
 */
#ifndef IPCMARK_IMPLS_TESTS_FAILURES_FAILING_CALLS_H
#define IPCMARK_IMPLS_TESTS_FAILURES_FAILING_CALLS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "call_errors.h"

#define PLACES_MAX 2048

/** Where calls come from; 0: unused. */
typedef uint64_t place_id;

struct place {
	_Atomic place_id id;
	_Atomic unsigned calls;
};

/** What the processes of a scenario share. */
struct failing_calls {
	struct place places[PLACES_MAX];
	/** The fault: which call of which place, and its errno. */
	place_id target;
	unsigned occurrence;
	int error;
	/** Has it happened? */
	_Atomic bool fired;
	/** The scenario's process; others are its children. */
	_Atomic pid_t main;
};

extern struct failing_calls *failing_calls;

enum call place_call(place_id id);
/** Where it returns to, as an address of the program file. */
uintptr_t place_address(place_id id);
unsigned place_step(place_id id);
bool place_is_child(place_id id);
/** The place without its step. */
place_id place_site(place_id id);

/** Calls of this process are counted, and may fail, from now on or no more. */
void failing_calls_watch(bool watch);
/** From now on none is counted, and none fails, in this process. */
void failing_calls_end(void);
/** The scenario's step that follows in this process, 0 .. 255. */
void failing_calls_step(unsigned step);

/** For the functions that the linker calls: the errno of this call; 0: it is
 * let through, as CALLS always is. */
int failing_call(enum call call, const void *returns_to);

/** Blocks of malloc(3), and bytes of mmap(2), that this process holds. */
extern _Atomic long blocks_held, bytes_mapped;

#endif
