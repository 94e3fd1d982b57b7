/* SPDX-License-Identifier: MIT */
/*
 * `ipcmark selftest meter`: is what the benchmarks say true? Known amounts and
 * known faults are put in, and what comes out is held against them. A line a
 * check; what follows from them is in selftest.c.
 */
#ifndef IPCMARK_BENCH_METER_H
#define IPCMARK_BENCH_METER_H

#include <regex.h>

#include "bench/counters/count.h"
#include "fault_backends.h"

enum meter_mark {
	METER_OK,
	METER_FAILED,
	/** A control, the same thing twice, was as far off: no verdict. */
	METER_BUSY,
	/** This host does not allow it. */
	METER_UNABLE,
	METER_MARKS
};

struct meter {
	bool quick;
	/** Only checks whose title matches; a leading - takes the others. */
	bool filtered, negated;
	regex_t filter;
	/** Samples of a column. */
	unsigned rounds;
	struct team *team;
	struct count_board *board;
	struct cpu_pair cpus;
	uint64_t seed;
	/** How many checks ended in which way. */
	unsigned marks[METER_MARKS];
};

/** A cell of the meter: one CPU, 64 B. Cleared axes are filled by the rest. */
struct meter_cell {
	const struct scenario *scenario;
	const struct ipcm_backend *backend;
	struct axes axes;
};

/**
 * Find a cell. mechanism is a back-end's name; iface "raw" has no back-end.
 * @return false if this build or this host has it not
 */
bool meter_cell_find(const char *iface, const char *mechanism,
		     const char *scenario, struct meter_cell *ret_cell);

/** "queue/pipe/oneway". */
const char *meter_cell_name(const struct meter_cell *cell, char *text,
			    size_t bytes);

struct task meter_task(const struct meter *meter,
		       const struct meter_cell *cell);

/** One sample, or with verify the proof. */
struct sample meter_sample(const struct meter *meter,
			   const struct meter_cell *cell, uint64_t iterations,
			   bool verify);

/** What share of the time the members of the last sample had a CPU, all
 *  together: on one CPU nearly 1, unless others took it away. */
double meter_cpu_share(const struct meter *meter, const struct sample *sample);

/** Below this share a sample is taken again; too many, and it is too busy. */
#define METER_CPU_SHARE 0.97

/** Is a check of this title wanted? */
bool meter_wants(const struct meter *meter, const char *title);

/** The line of a check. */
__attribute__((format(printf, 4, 5))) void meter_say(struct meter *meter,
						     enum meter_mark mark,
						     const char *title,
						     const char *format, ...);

/** Attempts that must miss before a check of times fails: one may be chance,
 *  and a busy one says nothing. */
#define METER_FAILURES 2

/** What follows from the last attempt and the number of those that missed. */
enum meter_mark meter_conclude(enum meter_mark last, unsigned failed);

/* The groups of checks, in the order of selftest.c. */
void meter_check_numbers(struct meter *meter);
void meter_check_faults(struct meter *meter);
void meter_check_counts(struct meter *meter);
void meter_check_delays(struct meter *meter);
void meter_check_same(struct meter *meter);
void meter_check_books(struct meter *meter);

#define METER_COLUMNS	 3
#define METER_ROUNDS_MAX 41

/** The same cell in columns that differ in what the fake does. */
struct meter_columns {
	enum fake_act act[METER_COLUMNS];
	int64_t amount[METER_COLUMNS];
	double value[METER_COLUMNS][METER_ROUNDS_MAX];
	unsigned rounds;
	/** Samples were wanted: those in which others had the CPU are dropped.
	 */
	bool disturbed;
	uint64_t iterations;
	/** Of the first sample that was not OK. */
	struct verdict verdict;
};

/** Take the samples, in turns and in changing order; ns a pair or a trip. */
void meter_columns_take(const struct meter *meter,
			const struct meter_cell *cell,
			struct meter_columns *columns);

/** Iterations that take about so long without the fake doing anything, plus
 *  extra_ns each. */
uint64_t meter_iterations(const struct meter *meter,
			  const struct meter_cell *cell, int64_t sample_ns,
			  int64_t extra_ns);

/** `ipcmark-bench selftest meter ...`; argv[0] is "selftest". */
int meter_main(int argc, char **argv);

#endif
