/* SPDX-License-Identifier: MIT */
/*
 * A scenario: one kind of measurement, in one C file with a table at its end.
 * Read README.md, "How to add a scenario", first.
 *
 * A scenario's run function is called once a sample, in the parent. It makes
 * the object, starts a team on it (context_run), frees the object and leaves
 * the numbers in the sample. The object exists before the fork and is freed
 * after the members have ended, however they ended.
 */
#ifndef IPCMARK_BENCH_SCENARIOS_SCENARIO_H
#define IPCMARK_BENCH_SCENARIOS_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/ipcmark.h"
#include "endurance.h"
#include "bench/stats/metrics.h"
#include "bench/workers/worker_group.h"

/** What a scenario needs, and which axes it has. */
enum scenario_needs {
	NEEDS_QUEUE = 1u << 0,	     /**< a back-end with a queue table */
	NEEDS_PIPE = 1u << 1,	     /**< a back-end with a pipe table */
	NEEDS_LOCK = 1u << 2,	     /**< a back-end with a lock table */
	NEEDS_TWO_CPUS = 1u << 3,    /**< both sides spin */
	NEEDS_COMPETITORS = 1u << 4, /**< asked for with --peers */
	HAS_SIZES = 1u << 5,	     /**< message size is an axis */
	HAS_BATCHES = 1u << 6,	     /**< messages a call is an axis */
	HAS_WAITS = 1u << 7,	     /**< blocking or spinning is an axis */
	IS_ALONE = 1u << 8,	     /**< one process, one CPU */
	HAS_DEPTH = 1u << 9,	     /**< a bound in items applies */
	ONLY_64B = 1u << 10,	     /**< one size: 64 B */
	/** A message has to fit into the smallest channel whole, because nobody
	 *  receives while it is sent. */
	ONLY_SMALL = 1u << 11,
	/** Not in the quick selection, unless --scenario names it. */
	ONLY_FULL = 1u << 12,
	/** One long sample, however many repetitions. */
	RUNS_ONCE = 1u << 13,
	/** In this placement only, unless --pin names others. */
	USUALLY_ONE_CPU = 1u << 14,
	USUALLY_TWO_CPUS = 1u << 15,
	/** Pinned only, unless --pin asks for more. */
	USUALLY_PINNED = 1u << 16,
	/** What other cells are held against (baseline_rules.h): it comes along
	 * with them, and takes no part in the choice of back-ends and waits. */
	IS_BASELINE = 1u << 20,
	/** Two processes that take turns on one CPU. */
	NEEDS_ONE_CPU = 1u << 21,
	/** A size in the quick selection and five in the full one. */
	FEW_SIZES = 1u << 17,
};

/** How a blocking call waits. */
enum wait_kind {
	WAIT_BLOCK, /**< the default of the library */
	WAIT_SPIN,  /**< ipcm_queue_options.spin_ns = WAIT_SPIN_NS */
	WAIT_POLL,  /**< never sleeps: tries again and again */
	WAIT_NONE,  /**< nothing to wait for, or the mechanism only spins */
};

/** Longer than a wake-up between CPUs takes, or it would not help. */
#define WAIT_SPIN_NS 50000

/** Axes that a scenario of its own has; their values are part of the id. */
enum axes_named {
	NAMES_DEPTH = 1u << 0,
	NAMES_LOAD = 1u << 1,
	NAMES_GAP = 1u << 2,
};

/** The point of measurement of a cell. */
struct axes {
	const char *iface;
	const char *backend;
	const char *scenario;
	/** 0: the scenario has no sizes. */
	size_t size_bytes;
	unsigned producers;
	unsigned consumers;
	/** 0: the scenario has no depth. */
	unsigned depth;
	unsigned batch;
	enum wait_kind wait;
	enum placement placement;
	/** Number of the point in the scenario's sweep, 0: it has none. */
	unsigned point;
	/** Bits of enum axes_named. */
	unsigned named;
	/** Messages offered, in percent of the capacity; with NAMES_LOAD. */
	unsigned load_percent;
	/** Pause before a message; with NAMES_GAP. */
	int64_t gap_ns;
};

/** One sample to take. */
struct task {
	const struct axes *axes;
	/** NULL for raw mechanisms. */
	const struct ipcm_backend *backend;
	uint64_t iterations;
	/** Compare every byte instead of taking the time. */
	bool verify;
	uint64_t seed;
	struct worker_group *group;
	struct cpu_pair cpus;
	int64_t timeout_ns;
	int64_t stall_ns;
	/** How long a scenario goes on that has RUNS_ONCE. */
	int64_t duration_ns;
	/** Longest warm-up; 0: only its rounds are limited. */
	int64_t warmup_ns;
};

/** What a sample gave. */
struct sample {
	struct verdict verdict;
	uint64_t iterations;
	int64_t start_ns;
	int64_t elapsed_ns;
	/** 0 if not probed. */
	double probe_before_ns;
	double probe_after_ns;
	/** NAN: this scenario does not give it. */
	double value[METRIC_COUNT];
	/** Of a long run, NULL of others; whoever keeps the sample frees it. */
	struct slices *slices;
};

struct scenario {
	/** "queue", "pipe", "lock": one cell a back-end; "raw", "competitor":
	 * one cell, for the mechanism below. */
	const char *iface;
	/** Mechanism of a raw scenario; NULL: every back-end. */
	const char *mechanism;
	const char *name;
	/** One line for --list -v and the README. */
	const char *summary;
	/** Bits of enum scenario_needs. */
	unsigned needs;
	/** Number of processes that send and receive. */
	unsigned producers, consumers;
	void (*run)(const struct task *task, struct sample *ret_sample);
};

/** A scenario file's table; all of them are listed in scenarios.c. */
struct scenario_table {
	const struct scenario *entry;
	size_t count;
};

extern const struct scenario_table scenarios_roundtrip;
extern const struct scenario_table scenarios_oneway;
extern const struct scenario_table scenarios_self_loop;
extern const struct scenario_table scenarios_mpmc;
extern const struct scenario_table scenarios_open_loop;
extern const struct scenario_table scenarios_wake_latency;
extern const struct scenario_table scenarios_lock;
extern const struct scenario_table scenarios_raw;
extern const struct scenario_table scenarios_raw_lock;
extern const struct scenario_table scenarios_sync;
extern const struct scenario_table scenarios_contended;
extern const struct scenario_table scenarios_handoff;
extern const struct scenario_table scenarios_barrier_rounds;
extern const struct scenario_table scenarios_startup;
extern const struct scenario_table scenarios_recovery;
extern const struct scenario_table scenarios_endurance;
extern const struct scenario_table scenarios_baseline;
extern const struct scenario_table scenarios_baseline_alone;
extern const struct scenario_table scenarios_baseline_ring;
extern const struct scenario_table scenarios_competitor;

/** All tables in the order of the plan. */
const struct scenario_table *const *scenario_tables(size_t *ret_count);

/** What the members of a sample get as their argument. */
struct context {
	const struct task *task;
	/** The object under test, as the scenario likes. */
	void *object;
};

/**
 * The members of a sample: firsts + seconds <= WORKER_GROUP_MAX processes. With
 * 2cpu the firsts share the first CPU and the seconds the second one; costs are
 * summed up for each side. Member number i has post->index i, the firsts come
 * first. N alike (contenders) are {f, f, (N + 1) / 2, N / 2}.
 */
struct workers {
	member_function *first;
	member_function *second;
	unsigned firsts, seconds;
};

/**
 * Run a team on a stage and fill in the sample: time, probes, cost per
 * operation, and in a verification pass the tally of each member that began
 * one. After it, look at ret_sample->verdict.
 */
void context_run_group(const struct context *context,
		       const struct workers *workers,
		       struct sample *ret_sample);

/** The same for one member, or for two; second is NULL for one. */
void context_run(const struct context *context, member_function *first,
		 member_function *second, struct sample *ret_sample);

/** A failed create as a verdict: what the host forbids is no error. */
void verdict_from_status(struct verdict *verdict, enum ipcm_status status,
			 const char *what);

#endif
