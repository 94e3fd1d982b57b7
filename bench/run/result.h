/* SPDX-License-Identifier: MIT */
/*
 * What a run has gathered about its cells, and how they are sorted by the
 * distance of the CPUs: the distance of two CPUs is probed before and after
 * each 2cpu sample; samples of one state are summarized together, never with
 * those of the other; samples in which the state changed are discarded and
 * counted.
 */
#ifndef IPCMARK_BENCH_RUN_RESULT_H
#define IPCMARK_BENCH_RUN_RESULT_H

#include "bench/plan/plan.h"
#include "bench/competitors/competitor_list.h"
#include "bench/stats/stats.h"
#include "bench/stats/clock_resolution.h"

enum cache_state {
	STATE_NONE, /**< not probed: one CPU, or the scheduler decides */
	STATE_SHARED_CACHE,
	STATE_SEPARATE_CACHE,
	STATE_CHANGED, /**< in between or during the sample */
	STATE_COUNT
};

/** A sample with its place in the run. */
struct taken {
	unsigned repetition;
	/** Number of the sample in the order of execution of the whole run. */
	unsigned sequence;
	enum cache_state state;
	struct sample sample;
};

struct counts;

struct result {
	const struct plan_cell *cell;
	/** OK until something is known against it. */
	struct verdict verdict;
	/** Of one sample, as Google Benchmark chose it, or more if the first
	 *  samples were short all the same. */
	uint64_t iterations;
	/** How often it was chosen again. */
	unsigned chosen_again;
	/** Seconds of a sample with everything around it: estimated, then as
	 *  the calibration went. */
	double sample_s;
	struct taken *taken;
	size_t count;
	/** Of the counting passes; NULL if they were not wanted. */
	struct counts *counts;
	/** Round trips by state, or latencies from the intended sending; NULL
	 *  until the first. */
	struct hist *trips[STATE_COUNT];
	/** Latencies from the actual sending. */
	struct hist *service[STATE_COUNT];
};

/** Everything about a run that the outputs need. */
struct run_facts {
	struct plan plan;
	struct result *result; /* plan.count of them */
	struct timer_facts timer;
	struct cpu_pair cpus;
	unsigned repetitions_wanted;
	unsigned repetitions_done;
	int64_t sample_ns;
	int64_t begun_ns;
	uint64_t seed;
	const char *mode;
	/** All cells were to be counted: which are not says why. */
	bool counts_all;
	/** What is known of the competitors in the plan. */
	struct competitor_fact competitor[COMPETITOR_MAX];
	size_t competitor_count;
	/** Name of the mutant, or NULL. */
	const char *mutant;
};

enum cache_state cache_state_of(double before_ns, double after_ns);
/** "shared_cache", "separate_cache", "changed"; NULL for STATE_NONE. */
const char *cache_state_name(enum cache_state state);

/** The state whose samples are summarized: the one with more of them. */
enum cache_state result_state(const struct result *result);

/** The other one, or STATE_CHANGED if it has no sample. */
enum cache_state result_other_state(const struct result *result);

/** How many samples a state has. */
size_t result_count(const struct result *result, enum cache_state state);

/**
 * Values of a metric in one state, in order of execution, without NANs.
 * @param values room for result->count
 */
size_t result_values(const struct result *result, enum metric metric,
		     enum cache_state state, bool block_timed, double *values);

/** The histogram behind a metric in the result's state, NULL if it has none. */
const struct hist *result_hist(const struct result *result, enum metric metric);

/** Value of a metric in one sample. block_timed: not the median of single
 *  values, but what stands in for it. */
double sample_value(const struct sample *sample, enum metric metric,
		    bool block_timed);

/** Is a metric that has a histogram too close to the clock's resolution for
 *  single values to be used? Blocks or the mean stand in for the median. */
bool result_block_timed(const struct result *result, enum metric metric,
			const struct timer_facts *timer);

/**
 * Is a metric that is one reading an event (a creation, a kill, the first
 * message), with nothing that could stand in for it, too close to the clock's
 * resolution? Then it has no summary.
 */
bool result_refused(const struct result *result, enum metric metric,
		    const struct timer_facts *timer);

/** In how many samples the warm-up was given up while its rounds differed. */
size_t result_unsettled(const struct result *result);

/**
 * Is a sample too short to count: less than half of the planned time, or fewer
 * than 100 operations where the plan meant more? One stall decides it then.
 * @param planned_ns 0: the number of operations was given, no time is too short
 */
bool sample_is_short(const struct sample *sample, int64_t planned_ns);

/** How many samples of the result's state are that short. */
size_t result_short(const struct result *result, int64_t planned_ns);

/** The metric a cell is judged by. */
enum metric result_headline(const struct result *result);

/** Summary of a metric in the result's state. n is 0 if there is none. */
struct stats_summary result_summary(const struct result *result,
				    enum metric metric,
				    const struct timer_facts *timer);

/** Summary of the same metric in another state. */
struct stats_summary result_summary_in(const struct result *result,
				       enum metric metric,
				       enum cache_state state,
				       const struct timer_facts *timer);

/** The cell with this id, or NULL. */
const struct result *result_find(const struct run_facts *facts, const char *id);

#endif
