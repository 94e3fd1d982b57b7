/* SPDX-License-Identifier: MIT */
/*
 * Faults of the interface (interface_faults.def): which one is injected, and
 * what the processes of a cell share for it. Each is a mistake that a real
 * library has made, or that a rule exists to forbid.
 */
#ifndef IPCMARK_CONFORMANCE_MUTATION_MUTANTS_INTERNAL_H
#define IPCMARK_CONFORMANCE_MUTATION_MUTANTS_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/ipcmark.h"

enum inject {
	INJECT_NONE,
#define FAULT(id, name, every, summary) INJECT_##id,
#include "interface_faults.def"
#undef FAULT
	INJECT_COUNT
};

/** Shared by the processes of a cell. */
struct inject_shared {
	_Atomic uint64_t calls;
	_Atomic uintptr_t closed;
	_Atomic int nonblock, putting;
	_Atomic int64_t got, done;
	_Atomic int holder;
	/** Callers inside a wait, killed ones too; permits owed to them. */
	_Atomic int tickets, owed;
	_Atomic int sem_holder, sem_held;
	/** Processes inside a semaphore's acquire; 0 is a free entry. */
	_Atomic int sem_waiter[8];
	/** A queue that was shut down; an unlink; a caller inside send. */
	_Atomic uintptr_t shut;
	_Atomic int removed, sending;
	pthread_mutex_t big_lock;
	/** Waiters that may sleep and miss their wake-up; wake-ups so far. */
	_Atomic uint32_t armed, told;
	/** Items that are not done; moments without any. */
	_Atomic int64_t unfinished, moments;
	/** Parties that came to a barrier. */
	_Atomic unsigned arrived;
};

extern struct inject_shared *inject_shared;

/** Is this fault injected? */
bool inject_is(enum inject inject);
/** Is this fault injected, and does it strike at this call? */
bool inject_strikes(enum inject inject);
/** How many signals handlers have caught in this process. */
unsigned inject_signals(void);
/**
 * Takes a lock that is not robust, if this fault is injected: a process that is
 * killed under it leaves it held. @return false if it is held for too long
 */
bool inject_lock(enum inject inject);
void inject_unlock(enum inject inject);

/**
 * Waiting as in a library that loses wake-ups: the waiter says that it may
 * sleep, and sleeps unless it was told since. What makes
 * it faulty is where the callers look at what is waited for.
 */
uint32_t inject_arm(void);
/** It does not sleep: it found what it waits for. */
void inject_disarm(void);
/** It sleeps for a slice at most, or until it is told; armed no more. */
void inject_sleep(uint32_t seen);
void inject_sleep_until_told(uint32_t seen);
void inject_tell(void);
/** May a waiter sleep? To be asked too early. */
bool inject_is_armed(void);

/** Defines a wrapper of a library function, with its declarations. */
#define WRAP(result, name, ...)                                                \
	result __real_##name(__VA_ARGS__);                                     \
	result __wrap_##name(__VA_ARGS__);                                     \
	result __wrap_##name(__VA_ARGS__)

/** For put and get: was the queue shut down, was it unlinked? */
bool inject_is_shut(const struct ipcm_queue *queue);
bool inject_is_removed(void);
void inject_after_put(struct ipcm_queue *queue);
/** Does the stop callback of this thread say stop? */
bool inject_stop_asked(void);
void inject_after_interruption(struct ipcm_queue *queue, bool put);

/** An item to be sent; of one above 4 KiB it may be a changed copy. */
const void *inject_flipped(const void *item, size_t bytes);

/** The timeout that a fault makes of one. */
int64_t inject_timeout(int64_t timeout_ns);
/** The time limit of the one call that this fault is about. */
int64_t inject_early(enum inject fault, int64_t timeout_ns);

#endif
