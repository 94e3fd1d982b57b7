/* SPDX-License-Identifier: MIT */
/*
 * A scenario is one kind of measurement: one row of a table at the end of one C
 * file. Everything that the rest of the program has to know about it is a field
 * of the row. Read README.md, "How to add a scenario", first.
 *
 * A scenario's run function is called once a sample, in the parent. It makes
 * the object, starts the workers on it (context_run), frees the object and
 * leaves the numbers in the sample. The object exists before the fork and is
 * freed after the workers have ended, however they ended.
 */
#ifndef IPCMARK_BENCH_SCENARIOS_SCENARIO_H
#define IPCMARK_BENCH_SCENARIOS_SCENARIO_H

#include "baseline_sets.h"
#include "bench/stats/metrics.h"
#include "bench/workers/task.h"
#include "sweep.h"

/** Which message sizes a scenario is crossed with. */
enum scenario_sizes {
	SIZES_NONE, /**< it sends no messages */
	SIZES_ALL,
	/** A message has to fit into the smallest channel whole, because no
	 *  process receives while it is sent. */
	SIZES_SMALL,
	SIZES_FEW, /**< one in the quick selection, five in the full one */
	SIZES_64,  /**< 64 B */
	/** 64 B; others of 8 B and more, if --size names them. */
	SIZES_USUALLY_64,
	/** One in the quick selection, four in the full one, from 4 KiB. */
	SIZES_LARGE,
	/** Three in the quick selection, five in the full one. */
	SIZES_SPREAD,
};

/** Where its processes can run, and where they run unless --pin says more. */
enum scenario_places {
	PLACES_ALL,
	PLACES_PINNED,	    /**< not free, unless --pin asks for it */
	PLACES_USUALLY_ONE, /**< on one CPU, unless --pin names others */
	PLACES_USUALLY_TWO,
	PLACES_ALONE, /**< one process, one CPU */
	PLACES_TURNS, /**< two processes that take turns on one CPU */
	PLACES_APART, /**< both sides spin: a CPU each */
};

struct scenario {
	enum iface iface;
	const char *name;
	/** One line for --list -v and the README. */
	const char *summary;
	/** The metric that a cell is judged by; its direction and the words
	 *  for it are in the table of metrics. */
	enum metric headline;
	sample_function *run;
	/** Number of processes that send and receive. */
	unsigned producers, consumers;

	/* what follows may be left out */

	/** One cell, for this mechanism or library; NULL: one a back-end. */
	const char *mechanism;
	enum scenario_sizes sizes;
	enum scenario_places places;
	/** An axis of its own. */
	const struct sweep *sweep;
	/** What its cells are compared with; NULL: nothing. */
	const struct baseline_set *baselines;
	/** Why its system calls are not counted; NULL: they are. */
	const char *not_counted;
	/** Seconds of the shortest sample, where operations are long; and of
	 *  what has to be started for each sample. For estimates. */
	double least_s, start_s;
	bool has_depth : 1;   /**< a bound in items applies */
	bool has_batches : 1; /**< messages a call is an axis */
	bool has_waits : 1;   /**< blocking or spinning is an axis */
	/** Not in the quick selection, unless --scenario names it. */
	bool only_full : 1;
	/** One long sample, however many repetitions. */
	bool once : 1;
	/** Counted by --counts=few, at 64 B on one CPU. */
	bool counted_few : 1;
	/** Only for back-ends that write and read in place. */
	bool zero_copy : 1;
	/** A baseline: other cells are compared with it. It is measured when
	 *  they are, and takes no part in the choice of back-ends and waits. */
	bool is_baseline : 1;
};

/** Reasons of not_counted that several files share. */
extern const char not_counted_waits[], not_counted_forks[];

/** A scenario file's table; all of them are listed in scenarios.c. */
struct scenario_table {
	const struct scenario *entry;
	size_t count;
};

#define SCENARIO_TABLE(rows)                                                   \
	{                                                                      \
		rows, sizeof(rows) / sizeof((rows)[0])                         \
	}

/** All rows in the order of the plan; NULL after the last one. */
const struct scenario *scenario_at(size_t number);

/**
 * The row of a scenario.
 * @param mechanism NULL: any
 * @return NULL: there is none
 */
const struct scenario *scenario_find(enum iface iface, const char *mechanism,
				     const char *name);

/** What is wrong with a row, or NULL; for the test of all of them. */
const char *scenario_flaw(const struct scenario *scenario);

/** "queue", "raw" ... as in the id of a cell. */
const char *iface_name(enum iface iface);

/** Does a back-end offer this kind of object? */
bool iface_offered(enum iface iface, const struct ipcm_backend *backend);

#endif
