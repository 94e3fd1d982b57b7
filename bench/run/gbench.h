/* SPDX-License-Identifier: MIT */
/*
 * The C face of Google Benchmark: one measurement at a time, timed by the
 * caller. Google Benchmark chooses how many iterations a measurement takes
 * (or is told), repeats it and hands the result back; it
 * prints nothing. Works with 1.6 and later; its flags from the command line
 * and from BENCHMARK_* variables have no effect here.
 */
#ifndef IPCMARK_BENCH_RUN_GBENCH_H
#define IPCMARK_BENCH_RUN_GBENCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GBENCH_COUNTERS_MAX 48

/** A measurement that is going on; lives during one callback. */
struct gbench_state;

/** How many iterations this callback has to do. */
uint64_t gbench_iterations(const struct gbench_state *state);

/** How long they took. Call it exactly once, unless gbench_skip is called. */
void gbench_set_time(struct gbench_state *state, uint64_t elapsed_ns);

/** Attach a number to the measurement. The name is copied. */
void gbench_set_counter(struct gbench_state *state, const char *name,
			double value);

/** Give this measurement up, with a reason; it is copied. */
void gbench_skip(struct gbench_state *state, const char *reason);

/** Does gbench_iterations iterations; may be called several times with more
 *  and more of them while Google Benchmark looks for the right number. */
typedef void gbench_function(struct gbench_state *state, void *arg);

struct gbench_counter {
	const char *name;
	double value;
};

/** One repetition, as Google Benchmark reports it; lives during the sink. */
struct gbench_run {
	const char *name;
	uint64_t iterations;
	/** All iterations together. */
	double elapsed_s;
	double ns_per_iteration;
	/** Reason of gbench_skip, else NULL. */
	const char *skipped;
	size_t counter_count;
	struct gbench_counter counters[GBENCH_COUNTERS_MAX];
};

typedef void gbench_sink(const struct gbench_run *run, void *arg);

struct gbench_order {
	const char *name;
	/** 0: as many as take min_time_s. */
	uint64_t iterations;
	double min_time_s;
	/** At least 1. */
	unsigned repetitions;
};

/**
 * Register the function under the name, run it, report each repetition to the
 * sink, forget it again.
 * @return 0, or -1 if Google Benchmark failed inside or ran nothing
 * Not thread safe. May fork inside the function: no thread is started.
 */
int gbench_measure(const struct gbench_order *order, gbench_function *function,
		   void *arg, gbench_sink *sink, void *sink_arg);

/** One iteration, for gbench_time. */
typedef void gbench_step(void *arg);

/**
 * Let Google Benchmark's own clock time a step, in this process and for about
 * min_time_s: a second opinion about what we time ourselves.
 * @return 0, or -1 if it failed inside
 */
int gbench_time(gbench_step *step, void *arg, double min_time_s,
		double *ret_ns_per_step);

#ifdef __cplusplus
}
#endif

#endif
