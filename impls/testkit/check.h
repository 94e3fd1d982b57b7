/* SPDX-License-Identifier: MIT */
/*
 * The few helpers of the unit tests: checks that name the line and go on,
 * children with an exit code, and the list of back-ends to run on: those of
 * the library that work here, and the doubles of mock_backend.h.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_CHECK_H
#define IPCMARK_IMPLS_TESTKIT_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ipcmark/ipcmark.h"
#include "impls/core/sync/clock.h"

#define MS INT64_C(1000000)
/** Far longer than any call takes on a busy machine; shorter than ctest's
 * limit. */
#define HANG (300 * INT64_C(1000000000))

/** Says where, and counts, if a condition does not hold; more arguments are a
 * printf format, which begins with a literal, and what it needs. */
#define CHECK(condition, ...)                                                  \
	check_result((condition) || check_failed(#condition, __FILE__,         \
						 __LINE__, " " __VA_ARGS__))
/** The same for a status. */
#define CHECK_IS(call, want)                                                   \
	check_status((call), (want), #call, __FILE__, __LINE__)
/** The same for IPCM_OK. */
#define CHECK_OK(call) check_status((call), IPCM_OK, #call, __FILE__, __LINE__)

/* Lets the compiler accept a CHECK without use of its result. */
static inline bool check_result(bool holds)
{
	return holds;
}
/** Always false. */
bool check_failed(const char *text, const char *file, int line,
		  const char *format, ...)
	__attribute__((format(printf, 4, 5)));
bool check_status(enum ipcm_status got, enum ipcm_status want, const char *text,
		  const char *file, int line);
/** Named in the messages of later checks. */
void check_subject(const char *backend, const char *test);
/** Failed checks of this process so far. */
int check_failures(void);

/** Start a process that runs body(argument) and exits 1 if one of ITS checks
 * failed, else with what body returned. */
struct ipcm_process *child_start(int (*body)(void *argument), void *argument);
pid_t child_pid(const struct ipcm_process *child);
/** Wait for it and free it. @return its exit code, -N after signal N */
int child_code(struct ipcm_process *child);
/** The same; true if it exited with 0. */
bool child_ok(struct ipcm_process *child);
/** SIGKILL, reap and free it. */
void child_kill(struct ipcm_process *child);
/** Wait for a child that another process started; true if it exited with 0. */
bool orphan_ok(void);

/** A child of fork(2), for those who trace it: they wait for its stops, and may
 * wait for no child of the library. */
pid_t traced_start(int (*body)(void *argument), void *argument);
/** SIGKILL and reap. */
void traced_kill(pid_t child);

/** Zeroed memory shared with the children; lives as long as the process. */
void *shared_memory(size_t bytes);

void pause_ms(unsigned ms);
static inline int64_t now_ns(void)
{
	return clock_now();
}

/** xorshift; never returns 0 for a state that is not 0. */
uint32_t random_next(uint32_t *state);

typedef void (*backend_test)(const struct ipcm_backend *backend);
/** Which table or capability of a back-end a test needs. */
enum needs {
	NEEDS_QUEUE,
	NEEDS_NAMED_QUEUE,
	NEEDS_ZERO_COPY,
	NEEDS_PIPE,
	NEEDS_LISTENER,
	NEEDS_LOCK,
};
bool backend_offers(const struct ipcm_backend *backend, enum needs needs);
/** Run a test on every back-end that has it and works here. */
void each_backend(enum needs needs, const char *name, backend_test test);

#endif
