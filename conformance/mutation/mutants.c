/* SPDX-License-Identifier: MIT */
/*
 * Choosing and injecting a fault; see mutants.h. Which clause must find which
 * fault is in mutants.tsv, and selftest mutants checks it.
 */
#include "mutants.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/harness/check.h"
#include "conformance/harness/process.h"
#include "impls/core/sync/futex.h"
#include "mutants_internal.h"
#include "impls/fault/fault.h"

static const struct {
	const char *name;
	unsigned every;
	const char *summary;
} interface_faults[INJECT_COUNT] = {
#define FAULT(id, name, every, summary) [INJECT_##id] = {name, every, summary},
#include "interface_faults.def"
#undef FAULT
};

struct inject_shared *inject_shared;
static enum inject injected;
/* Name of a back-end fault; NULL if none is injected. */
static const char *back_end_fault;
static unsigned strikes_every;
/* Of an interface fault, over all cells. */
static _Atomic uint64_t *strike_count;
static volatile sig_atomic_t signals_caught;
/* ipcm_collect of the runner itself is never faulty. */
static bool inside_a_cell;

const char *mutants_name(size_t index)
{
	size_t back_end = 0;

	while (fault_name(back_end))
		back_end++;
	if (index < back_end)
		return fault_name(index);
	index = index - back_end + 1;
	return index < INJECT_COUNT ? interface_faults[index].name : NULL;
}

const char *mutants_summary(size_t index)
{
	size_t back_end = 0;

	while (fault_name(back_end))
		back_end++;
	if (index < back_end)
		return fault_summary(index);
	index = index - back_end + 1;
	return index < INJECT_COUNT ? interface_faults[index].summary : NULL;
}

/* What the processes of a cell share, as it is at first. */
static bool share_state(void)
{
	pthread_mutexattr_t how;

	inject_shared = process_share(sizeof(*inject_shared));
	if (!inject_shared)
		return false;
	(void)pthread_mutexattr_init(&how);
	(void)pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
	(void)pthread_mutex_init(&inject_shared->big_lock, &how);
	(void)pthread_mutexattr_destroy(&how);
	return true;
}

static bool inject_interface(enum inject inject, unsigned every)
{
	strike_count = process_share(sizeof(*strike_count));
	if (!strike_count || !share_state())
		return false;
	injected = inject;
	strikes_every = every ? every : interface_faults[inject].every;
	return true;
}

/* Former name and name. */
static const char *const former[][2] = {
#define FORMER(old, name) {old, name},
#include "former_names.def"
#undef FORMER
};

#define FORMER_COUNT (sizeof(former) / sizeof(former[0]))

const char *mutants_former_name(const char *name)
{
	for (size_t i = 0; i < FORMER_COUNT; i++) {
		if (strcmp(former[i][1], name) == 0)
			return former[i][0];
	}
	return NULL;
}

/* The name that replaces a former one; says so in a line. */
static const char *current_name(const char *name)
{
	for (size_t i = 0; i < FORMER_COUNT; i++) {
		if (strcmp(former[i][0], name) != 0)
			continue;
		(void)fprintf(stderr,
			      "ipcmark check: the fault \"%s\" is called "
			      "\"%s\" now\n",
			      name, former[i][1]);
		return former[i][1];
	}
	return name;
}

bool mutants_inject(const char *name, unsigned every)
{
	unsigned back_end = fault_default_every(name);

	name = current_name(name);
	if (back_end) {
		back_end_fault = name;
		strikes_every = every ? every : back_end;
		return true;
	}
	for (int i = INJECT_NONE + 1; i < INJECT_COUNT; i++) {
		if (strcmp(interface_faults[i].name, name) == 0)
			return inject_interface((enum inject)i, every);
	}
	(void)fprintf(stderr,
		      "ipcmark check: no fault is called \"%s\"; "
		      "--list-mutants shows all of them\n",
		      name);
	return false;
}

unsigned mutants_every(void)
{
	return strikes_every;
}

const struct ipcm_backend *mutants_wrap(const struct ipcm_backend *backend,
					char *why, size_t why_bytes)
{
	if (!back_end_fault)
		return backend;
	return fault_wrap(backend, back_end_fault, strikes_every, why,
			  why_bytes);
}

bool mutants_struck(void)
{
	return (strike_count && atomic_load(strike_count)) ||
	       fault_strike_count();
}

void mutants_restart(void)
{
	inside_a_cell = true;
	fault_restart();
	if (!inject_shared)
		return;
	/* the processes of the last cell may have left anything there */
	if (!share_state())
		check_harness_error("no memory for a fault");
}

bool inject_is(enum inject inject)
{
	if (injected != inject)
		return false;
	if (inside_a_cell)
		(void)atomic_fetch_add(strike_count, 1);
	return true;
}

bool inject_strikes(enum inject inject)
{
	if (injected != inject ||
	    (atomic_fetch_add(&inject_shared->calls, 1) + 1) % strikes_every)
		return false;
	(void)atomic_fetch_add(strike_count, 1);
	return true;
}

int64_t inject_early(enum inject fault, int64_t timeout_ns)
{
	return timeout_ns > 0 && timeout_ns != IPCM_FOREVER &&
			       inject_strikes(fault)
		       ? timeout_ns / 2
		       : timeout_ns;
}

int64_t inject_timeout(int64_t timeout_ns)
{
	bool timed = timeout_ns > 0 && timeout_ns != IPCM_FOREVER;

	if (timed && inject_strikes(INJECT_EARLY_TIMEOUT))
		return timeout_ns / 2;
	if (timeout_ns <= 0 && inject_strikes(INJECT_TRY_WAITS))
		return 3 * slack_ns() / 2;
	if (timed && inject_strikes(INJECT_TIMEOUT_INT_MS))
		return (int64_t)(int32_t)(uint32_t)(timeout_ns / MS) * MS;
	if (timeout_ns == IPCM_FOREVER &&
	    inject_strikes(INJECT_INFINITE_WAIT_ENDS))
		return 60 * MS;
	return timeout_ns;
}

const void *inject_flipped(const void *item, size_t bytes)
{
	static unsigned char *copy;
	static unsigned strikes;

	if (bytes <= 4096 || bytes > IPCM_ITEM_MAX_BYTES ||
	    !inject_strikes(INJECT_LARGE_FLIPPED))
		return item;
	free(copy);
	copy = memory(bytes);
	memcpy(copy, item, bytes);
	copy[strikes++ * (size_t)2654435761 % bytes] ^= 1;
	return copy;
}

WRAP(unsigned, ipcm_collect, void)
{
	if (inside_a_cell && inject_strikes(INJECT_NO_COLLECT))
		return 0;
	return __real_ipcm_collect();
}

/* Handlers are counted: a faulty library could not tell what woke it. */
static void (*real_handler)(int);

static void count_and_handle(int signal_number)
{
	signals_caught = signals_caught + 1;
	real_handler(signal_number);
}

unsigned inject_signals(void)
{
	return (unsigned)signals_caught;
}

uint32_t inject_arm(void)
{
	(void)atomic_fetch_add(&inject_shared->armed, 1);
	return atomic_load(&inject_shared->told);
}

void inject_disarm(void)
{
	(void)atomic_fetch_sub(&inject_shared->armed, 1);
}

static void sleep_for_a_slice(uint32_t seen)
{
	(void)futex_wait(&inject_shared->told, seen, now_ns() + 100 * MS);
}

void inject_sleep(uint32_t seen)
{
	sleep_for_a_slice(seen);
	inject_disarm();
}

void inject_sleep_until_told(uint32_t seen)
{
	while (atomic_load(&inject_shared->told) == seen)
		sleep_for_a_slice(seen);
	inject_disarm();
}

void inject_tell(void)
{
	(void)atomic_fetch_add(&inject_shared->told, 1);
	futex_wake(&inject_shared->told, INT_MAX);
}

bool inject_is_armed(void)
{
	return atomic_load(&inject_shared->armed);
}

bool inject_lock(enum inject inject)
{
	int64_t until_ns = now_ns() + hang_ns();
	struct timespec until = {until_ns / S, until_ns % S};

	return !inject_is(inject) ||
	       pthread_mutex_clocklock(&inject_shared->big_lock,
				       CLOCK_MONOTONIC, &until) == 0;
}

void inject_unlock(enum inject inject)
{
	if (inject_is(inject))
		(void)pthread_mutex_unlock(&inject_shared->big_lock);
}

WRAP(int, sigaction, int signal_number, const struct sigaction *action,
     struct sigaction *ret_old)
{
	struct sigaction counted;

	if (action && signal_number == SIGINT &&
	    action->sa_handler == SIG_IGN &&
	    inject_is(INJECT_MANAGER_DIES_OF_SIGINT))
		return 0;
	if (!action || !inject_shared || signal_number != SIGUSR1 ||
	    action->sa_handler == SIG_DFL || action->sa_handler == SIG_IGN)
		return __real_sigaction(signal_number, action, ret_old);
	counted = *action;
	real_handler = action->sa_handler;
	counted.sa_handler = count_and_handle;
	return __real_sigaction(signal_number, &counted, ret_old);
}
