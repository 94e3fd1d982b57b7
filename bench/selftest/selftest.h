/* SPDX-License-Identifier: MIT */
/*
 * `ipcmark selftest bench`: are the figures of the benchmarks right? Known
 * amounts and known faults are injected, and the results are compared with
 * them. A line a check; what follows from them is in selftest.c.
 */
#ifndef IPCMARK_BENCH_SELFTEST_SELFTEST_H
#define IPCMARK_BENCH_SELFTEST_SELFTEST_H

#include "bench/counters/count.h"
#include "bench/scenarios/scenario.h"
#include "bench/workers/worker_group.h"
#include "fault_backends.h"
#include "reports/cliutil/filters.h"

enum selftest_mark {
	SELFTEST_OK,
	SELFTEST_FAILED,
	/** A control, the same thing twice, differed as much: no verdict. */
	SELFTEST_BUSY,
	/** This host does not allow it. */
	SELFTEST_UNABLE,
	SELFTEST_MARKS
};

struct selftest {
	bool quick;
	/** Of the titles of checks. */
	struct filters filters;
	/** Samples of a column. */
	unsigned rounds;
	struct worker_group *group;
	struct count_state *shared;
	struct cpu_pair cpus;
	uint64_t seed;
	/** How many checks ended in which way. */
	unsigned marks[SELFTEST_MARKS];
};

/** A cell of the self-test: one CPU, 64 B. Cleared axes are filled by the rest.
 */
struct selftest_cell {
	const struct scenario *scenario;
	const struct ipcm_backend *backend;
	struct axes axes;
};

/**
 * Find a cell. mechanism is a back-end's name; a raw cell has no back-end.
 * @return false if this build or this host has it not
 */
bool selftest_cell_find(enum iface iface, const char *mechanism,
			const char *scenario, struct selftest_cell *ret_cell);

/** "queue/pipe/oneway". */
const char *selftest_cell_name(const struct selftest_cell *cell, char *text,
			       size_t bytes);

struct task selftest_task(const struct selftest *selftest,
			  const struct selftest_cell *cell);

/** One sample, or with verify the proof. */
struct sample selftest_sample(const struct selftest *selftest,
			      const struct selftest_cell *cell,
			      uint64_t iterations, bool verify);

/** What share of the time the workers of the last sample had a CPU, all
 *  together: on one CPU nearly 1, unless other processes had it. */
double selftest_cpu_share(const struct selftest *selftest,
			  const struct sample *sample);

/** Below this share a sample is taken again; too many, and it is too busy. */
#define SELFTEST_CPU_SHARE 0.97

/** Is a check of this title wanted? */
bool selftest_wants(const struct selftest *selftest, const char *title);

/** The line of a check. */
__attribute__((format(printf, 4, 5))) void selftest_say(
	struct selftest *selftest, enum selftest_mark mark, const char *title,
	const char *format, ...);

/** Attempts that must miss before a check of times fails: one may be chance,
 *  and a busy one says nothing. */
#define SELFTEST_FAILURES 2

/** What follows from the last attempt and the number of those that missed:
 *  none can miss in which rounds were dropped, for what runs beside us takes
 *  more than the CPU. */
enum selftest_mark selftest_conclude(enum selftest_mark last, unsigned failed);

/* The groups of checks, in the order of selftest.c. */
void selftest_check_numbers(struct selftest *selftest);
void selftest_check_faults(struct selftest *selftest);
void selftest_check_counts(struct selftest *selftest);
void selftest_check_delays(struct selftest *selftest);
void selftest_check_same(struct selftest *selftest);
void selftest_check_cross_checks(struct selftest *selftest);

#define SELFTEST_COLUMNS    3
#define SELFTEST_ROUNDS_MAX 41

/** The same cell in columns that differ in the fault. */
struct selftest_columns {
	enum injection act[SELFTEST_COLUMNS];
	int64_t amount[SELFTEST_COLUMNS];
	double value[SELFTEST_COLUMNS][SELFTEST_ROUNDS_MAX];
	/** What the spins of the last column took on average, by the clock. */
	double spun_ns[SELFTEST_ROUNDS_MAX];
	unsigned rounds;
	/** Rounds in which other processes had the CPU: not counted. */
	unsigned dropped;
	/** There were too many of those. */
	bool disturbed;
	uint64_t iterations;
	/** Of the first sample that was not OK. */
	struct verdict verdict;
};

/** Iterations that take about so long without a fault, plus
 *  extra_ns each. */
uint64_t selftest_iterations(const struct selftest *selftest,
			     const struct selftest_cell *cell,
			     int64_t sample_ns, int64_t extra_ns);

/** `ipcmark-bench selftest bench ...`; argv[0] is "selftest". */
int selftest_main(int argc, char **argv);

#endif
