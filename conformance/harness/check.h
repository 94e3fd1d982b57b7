/* SPDX-License-Identifier: MIT */
/*
 * What a clause checks with. A check that fails writes expected and observed
 * into the cell's record, which lies in shared memory, and ends the clause:
 * the main thread jumps back to the engine, any other thread or peer process
 * ends itself. The first failure of a cell wins. Nothing here decides: the
 * runner's parent process reads the record.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_CHECK_H
#define IPCMARK_CONFORMANCE_HARNESS_CHECK_H

#include <setjmp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ipcmark/ipcmark.h"
#include "impls/core/sync/clock.h"
#include "verdict.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

/** How a process that failed a check exits; the record has the details. */
enum { CHECK_EXIT = 9 };

/** Shared by the runner's parent and all processes of the cell. */
struct check_record {
	/** 0 nothing yet, 1 being written, 2 complete. */
	_Atomic int state;
	/** What failed may be another program's doing: see leak.h. */
	bool doubtful;
	enum verdict verdict;
	char expected[CELL_TEXT_BYTES];
	char observed[CELL_TEXT_BYTES];
	char reason[CELL_TEXT_BYTES];
};

/** Where a call that is stepped is held (step_pair.h). */
enum check_steps {
	CHECK_STEPS_FEW,     /**< a sample of the visible ones */
	CHECK_STEPS_VISIBLE, /**< where others can see the difference */
	CHECK_STEPS_ALL	     /**< before every instruction */
};

/** What holds for a whole run of the program. */
struct check_setup {
	uint64_t seed;
	/** How many times slower than the reference this machine is, >= 1. */
	int64_t machine_factor;
	/** Which points of a call the stepping clauses take. */
	enum check_steps steps;
	/** CHECK_STEPS_FEW: about so many of each pair of calls. */
	unsigned step_sample;
};

/** Engine only: arm this process for one clause. */
void check_arm(struct check_record *record, const struct check_setup *setup,
	       const char *clause_id);
/** Engine only: where the main thread's failed checks jump to. */
extern jmp_buf check_home;

/**
 * Is the condition true? If not the clause fails; the rest is a printf format
 * and tells what was observed.
 */
#define CHECK(condition, ...)                                                  \
	do {                                                                   \
		if (!(condition))                                              \
			check_fail(__FILE__, __LINE__, #condition,             \
				   __VA_ARGS__);                               \
	} while (0)

/** Does the call return this status? */
#define CHECK_STATUS(wanted, call)                                             \
	check_status(__FILE__, __LINE__, (wanted), (call), #call)

/** Does the call return IPCM_OK? */
#define CHECK_OK(call) check_status(__FILE__, __LINE__, IPCM_OK, (call), #call)

/** Are two numbers equal? what is a word for the second. */
#define CHECK_EQUAL(wanted, got, what)                                         \
	check_equal(__FILE__, __LINE__, (int64_t)(wanted), (int64_t)(got),     \
		    (what))

_Noreturn void check_fail(const char *file, int line, const char *expected,
			  const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void check_status(const char *file, int line, enum ipcm_status wanted,
		  enum ipcm_status got, const char *call);
void check_equal(const char *file, int line, int64_t wanted, int64_t got,
		 const char *what);

/** Ends the clause here too if it has failed elsewhere: for loops that wait. */
void check_elsewhere(void);

/** What a failure's place says beside the line, from here on in this process
 * and its later children. */
void check_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** What a cell that passes says about itself. */
void check_remark(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/** Of struct check_setup. */
enum check_steps check_steps(void);
unsigned check_step_sample(void);

/** The next failure of this process is doubtful: repeat before judging. */
void check_doubt(void);

/** The feature is not there, and the call was seen to refuse: verdict U. */
_Noreturn void check_unsupported(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/** Declared unsupported, yet it works or silently does nothing: D. */
_Noreturn void check_undeclared_support(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/** This host's limits do not let the clause run: verdict L. */
_Noreturn void check_limit(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/** The suite itself failed (fork, mmap): verdict E. */
_Noreturn void check_harness_error(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/** Whatever it says is fine here: the caller says why. */
static inline void any_status(enum ipcm_status status)
{
	(void)status;
}

/** Nanoseconds on the monotonic clock. */
static inline int64_t now_ns(void)
{
	return clock_now();
}
/** Sleep; signals do not shorten it. */
void pause_ns(int64_t duration_ns);
/**
 * The slack of late bounds: 1 s on the reference machine, more on a slow one.
 * "At once" means: within this.
 */
int64_t slack_ns(void);
/** A generous limit for what must happen soon: 5 times the slack. */
int64_t hang_ns(void);
/** How long a caller must stay blocked to count as blocked. */
int64_t grace_ns(void);

/** Next number of this process's sequence; same seed, same numbers. */
uint64_t random_next(void);
/** Uniform enough in 0 .. below - 1. */
uint64_t random_below(uint64_t below);
/** Start another sequence of the same seed, for peers. */
void random_fork(uint64_t branch);

struct leak_snapshot;
/** Is nothing left since the snapshot? When: "after a failed creation". */
void check_nothing_left(const struct leak_snapshot *before, const char *when);

/** Memory that this process and its later children share; zeroed. */
void *share(size_t bytes);
/** malloc that cannot fail. */
void *memory(size_t bytes);

/** Bytes that depend on the number: fill, and compare. */
void pattern_fill(void *data, size_t bytes, uint64_t number);
/** @return true if data is what pattern_fill wrote for number */
bool pattern_matches(const void *data, size_t bytes, uint64_t number);

#endif
