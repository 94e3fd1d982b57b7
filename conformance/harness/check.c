/* SPDX-License-Identifier: MIT */
/*
 * Failing, numbers, time and memory for clauses; see check.h.
 */
#include "check.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "leak.h"
#include "process.h"

jmp_buf check_home;

static struct check_record *record;
static struct check_setup setup;
static pid_t home_pid;
static pthread_t home_thread;
static uint64_t random_state;
/* Of check_note. */
static char note[256];

static uint64_t mix(uint64_t x)
{
	/* splitmix64: every input bit reaches every output bit */
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

void check_arm(struct check_record *target, const struct check_setup *how,
	       const char *clause_id)
{
	record = target;
	setup = *how;
	home_pid = getpid();
	home_thread = pthread_self();
	note[0] = '\0';
	random_state = setup.seed;
	for (const char *c = clause_id; *c; c++)
		random_state = mix(random_state ^ (unsigned char)*c);
}

/* Leave the clause: home by a jump where that is possible, else by exit. */
static _Noreturn void leave(void)
{
	if (getpid() == home_pid && pthread_equal(pthread_self(), home_thread))
		longjmp(check_home, 1);
	_exit(CHECK_EXIT);
}

/* Another process writes it: ending now might end that one, too early. */
static void record_await(void)
{
	for (int i = 0; i < 1000 && atomic_load(&record->state) != 2; i++)
		pause_ns(MS);
}

static void record_write(enum verdict verdict, const char *expected,
			 const char *observed, const char *reason)
{
	int nothing = 0;

	/* first one wins; the release pairs with the parent's acquire */
	if (!atomic_compare_exchange_strong(&record->state, &nothing, 1)) {
		record_await();
		return;
	}
	record->verdict = verdict;
	(void)snprintf(record->expected, CELL_TEXT_BYTES, "%s", expected);
	(void)snprintf(record->observed, CELL_TEXT_BYTES, "%s", observed);
	(void)snprintf(record->reason, CELL_TEXT_BYTES, "%s", reason);
	atomic_store_explicit(&record->state, 2, memory_order_release);
}

void check_elsewhere(void)
{
	if (atomic_load_explicit(&record->state, memory_order_relaxed) == 2)
		leave();
}

void check_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(note, sizeof(note), format, args);
	va_end(args);
}

void check_remark(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(record->reason, CELL_TEXT_BYTES, format, args);
	va_end(args);
}

enum check_steps check_steps(void)
{
	return setup.steps;
}

unsigned check_step_sample(void)
{
	return setup.step_sample;
}

void check_doubt(void)
{
	record->doubtful = true;
}

void check_nothing_left(const struct leak_snapshot *before, const char *when)
{
	char left[CELL_TEXT_BYTES], observed[CELL_TEXT_BYTES];
	enum leak leak = leak_snapshot_compare(before, left, sizeof(left));

	if (leak == LEAK_NONE)
		return;
	if (leak == LEAK_OF_MACHINE)
		check_doubt();
	(void)snprintf(observed, sizeof(observed), "left %s: %.900s", when,
		       left);
	record_write(VERDICT_FAIL, "nothing is left behind", observed, "");
	leave();
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void fail_at(const char *file, int line, const char *expected,
		    const char *observed)
{
	char place[160 + sizeof(note)];

	(void)snprintf(place, sizeof(place), "%s:%d%s%s%s", base_name(file),
		       line, getpid() == home_pid ? "" : ", in a peer process",
		       note[0] ? "; " : "", note);
	record_write(VERDICT_FAIL, expected, observed, place);
}

void check_fail(const char *file, int line, const char *expected,
		const char *format, ...)
{
	char observed[CELL_TEXT_BYTES];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(observed, sizeof(observed), format, args);
	va_end(args);
	fail_at(file, line, expected, observed);
	leave();
}

void check_status(const char *file, int line, enum ipcm_status wanted,
		  enum ipcm_status got, const char *call)
{
	char expected[CELL_TEXT_BYTES];

	if (got == wanted)
		return;
	(void)snprintf(expected, sizeof(expected), "%s from %s",
		       ipcm_status_name(wanted), call);
	fail_at(file, line, expected, ipcm_status_name(got));
	leave();
}

void check_equal(const char *file, int line, int64_t wanted, int64_t got,
		 const char *what)
{
	char expected[256], observed[256];

	if (got == wanted)
		return;
	(void)snprintf(expected, sizeof(expected), "%s: %lld", what,
		       (long long)wanted);
	(void)snprintf(observed, sizeof(observed), "%lld", (long long)got);
	fail_at(file, line, expected, observed);
	leave();
}

#define LEAVE_WITH(verdict)                                                    \
	do {                                                                   \
		char text[CELL_TEXT_BYTES];                                    \
		va_list args;                                                  \
                                                                               \
		va_start(args, format);                                        \
		(void)vsnprintf(text, sizeof(text), format, args);             \
		va_end(args);                                                  \
		record_write(verdict, "", "", text);                           \
		leave();                                                       \
	} while (0)

void check_unsupported(const char *format, ...)
{
	LEAVE_WITH(VERDICT_UNSUPPORTED);
}

void check_undeclared_support(const char *format, ...)
{
	LEAVE_WITH(VERDICT_UNDECLARED_SUPPORT);
}

void check_limit(const char *format, ...)
{
	LEAVE_WITH(VERDICT_LIMIT);
}

void check_harness_error(const char *format, ...)
{
	LEAVE_WITH(VERDICT_HARNESS_ERROR);
}

void pause_ns(int64_t duration_ns)
{
	struct timespec t = {duration_ns / S, duration_ns % S};

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

int64_t slack_ns(void)
{
	return setup.machine_factor * S;
}

int64_t hang_ns(void)
{
	return 5 * slack_ns();
}

int64_t grace_ns(void)
{
	return 100 * MS;
}

uint64_t random_next(void)
{
	random_state += UINT64_C(0x9e3779b97f4a7c15);
	return mix(random_state);
}

uint64_t random_below(uint64_t below)
{
	return below ? random_next() % below : 0;
}

void random_fork(uint64_t branch)
{
	random_state = mix(random_state ^ mix(branch));
}

void *share(size_t bytes)
{
	void *shared = process_share(bytes);

	if (!shared)
		check_harness_error("mmap of %zu bytes: %s", bytes,
				    strerror(errno));
	return shared;
}

void *memory(size_t bytes)
{
	void *block = calloc(1, bytes ? bytes : 1);

	if (!block)
		check_harness_error("no memory for %zu bytes", bytes);
	return block;
}

static uint64_t pattern_word(uint64_t number, size_t index)
{
	return mix(number * UINT64_C(0x10001) + index);
}

void pattern_fill(void *data, size_t bytes, uint64_t number)
{
	unsigned char *to = data;

	for (size_t at = 0; at < bytes; at += 8) {
		uint64_t word = pattern_word(number, at / 8);
		size_t part = bytes - at < 8 ? bytes - at : 8;

		memcpy(to + at, &word, part);
	}
}

bool pattern_matches(const void *data, size_t bytes, uint64_t number)
{
	const unsigned char *from = data;

	for (size_t at = 0; at < bytes; at += 8) {
		uint64_t word = pattern_word(number, at / 8);
		size_t part = bytes - at < 8 ? bytes - at : 8;

		if (memcmp(from + at, &word, part) != 0)
			return false;
	}
	return true;
}
