/* SPDX-License-Identifier: MIT */
/*
 * One sample to take, at one point of the axes, and what it gave. Scenarios,
 * loops and counters share these; they know nothing of the plan.
 */
#ifndef IPCMARK_BENCH_WORKERS_TASK_H
#define IPCMARK_BENCH_WORKERS_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ipcmark/ipcmark.h"
#include "bench/stats/metrics.h"
#include "cpus.h"
#include "group_memory.h"

/** What is measured: a kind of object, or what objects are compared with. */
enum iface {
	IFACE_QUEUE,
	IFACE_PIPE,
	IFACE_LOCK,
	IFACE_RLOCK,
	IFACE_SEMAPHORE,
	IFACE_EVENT,
	IFACE_CONDITION,
	IFACE_BARRIER,
	IFACE_MANAGER,
	IFACE_POOL,
	IFACE_RAW,	  /**< a mechanism without the library */
	IFACE_COMPETITOR, /**< another library; asked for with --competitors */
	IFACE_COUNT
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
	NAMES_CLIENTS = 1u << 3,
	NAMES_TASKS = 1u << 4,
};

/** The point of measurement of a cell. */
struct axes {
	enum iface iface;
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
	/** Tasks of a map; with NAMES_TASKS. */
	unsigned tasks;
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
	/** A process that serves the workers, 0: none. While it runs, they may
	 *  sleep without being stuck. */
	pid_t server;
	/** Length of the sample of a scenario that runs `once`. */
	int64_t duration_ns;
	/** Longest warm-up; 0: only its rounds are limited. */
	int64_t warmup_ns;
};

/** Messages a second of a long run, slice by slice; freed with free(). */
struct slices {
	size_t count;
	double rate[];
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
	/** Of a long run, NULL of others; the keeper of the sample frees it. */
	struct slices *slices;
};

/** Take one sample. */
typedef void sample_function(const struct task *task,
			     struct sample *ret_sample);

#endif
