/* SPDX-License-Identifier: MIT */
/*
 * What a report is made from: the bundle's documents, read into plain
 * structures that all outputs share. No output reads JSON for itself, so that
 * they cannot disagree. A number that does not exist is NAN here.
 */
#ifndef IPCMARK_REPORTS_MODEL_MODEL_H
#define IPCMARK_REPORTS_MODEL_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem_pool.h"

/** What a row is about; decides where it may appear. */
enum standing {
	STANDING_RANKED,    /**< a back-end: compared and recommended */
	STANDING_FAKE,	    /**< the null back-end: the cost of the harness */
	STANDING_REFERENCE, /**< a raw mechanism, a baseline, a competitor */
};

/** What varies inside a group of rows, except the back-end. */
enum sweep {
	SWEEP_SIZE,
	SWEEP_PROCESSES,  /**< producers and consumers */
	SWEEP_LOAD,	  /**< per cent of the capacity */
	SWEEP_DEPTH,	  /**< items a queue holds */
	SWEEP_IDLE,	  /**< nanoseconds without a message before one */
	SWEEP_CONTENDERS, /**< processes that want one object */
	SWEEP_TASKS,	  /**< tasks of a map */
};

/** Which question a metric answers. */
enum role {
	ROLE_ROUND_TRIP, /**< time of a message there and back */
	ROLE_MESSAGES,	 /**< messages a second, one way */
	ROLE_PAIR,	 /**< time of a put and a get by one process */
	ROLE_LOCK_TIME,	 /**< time of an uncontended acquire and release */
	ROLE_LOCK_RATE,	 /**< acquires a second, contended */
	ROLE_PROCESSES,	 /**< messages a second, many processes */
	ROLE_CONSUMERS,	 /**< how evenly consumers got messages */
	ROLE_PRODUCERS,	 /**< how evenly producers got rid of them */
	ROLE_LOAD,	 /**< latency from the intended start */
	ROLE_SERVICE,	 /**< the same from the actual start */
	ROLE_DEPTH,	 /**< messages a second by depth */
	ROLE_IDLE,	 /**< latency of a message after idle time */
	ROLE_RECOVERY,	 /**< time until another process goes on after a kill */
	ROLE_LEAST,	 /**< what the least served contender got */
	ROLE_EVEN,	 /**< how evenly all contenders were served */
	ROLE_REQUEST,	 /**< time of a request to a manager */
	ROLE_TASKS,	 /**< tasks a second of a pool's map */
	ROLE_START,	 /**< time to start and join a process */
	ROLE_COUNT
};

struct feature {
	const char *name;
	bool native;
	const char *how;
};

struct backend {
	const char *name;
	const char *summary;
	/** Why it was not built; NULL if it was. */
	const char *reason;
	const char *not_offered;
	enum standing standing;
	/** Its place among the ranked ones, in tables, charts and colours; from
	 *  0. */
	unsigned order;
	bool pollable;
	/** Its data lie in memory that both sides map. */
	bool memory;
	const struct feature *features;
	size_t feature_count;
	/** How many CORE cases speak against it. */
	unsigned core_red;
};

/** The least level of an interval that counts: five repetitions have 0.9375.
 *  With fewer a row has no interval and is not ranked. */
#define INTERVAL_LEVEL	     0.93
#define INTERVAL_LEVEL_WORDS "93 %"
#define INTERVAL_REPETITIONS 5

/** One value that went into a summary, or was discarded. */
struct sample {
	int64_t repetition;
	/** Its place in the order of the whole run. */
	int64_t sequence;
	double value;
	/** NAN unless it belongs to the metric a row is judged by. */
	double iterations, t0_ns, probe_before_ns, probe_after_ns;
	/** "shared_cache", "separate_cache", "changed" or "". */
	const char *state;
};

struct metric {
	const char *name;
	const char *unit;
	const char *kind;
	bool higher_is_better;
	/** Why there is no figure; "" if there is one. */
	const char *why;
	size_t n;
	/** The interval is NAN if its level is below INTERVAL_LEVEL: all
	 *  intervals of a report have one level. */
	double median, ci_lo, ci_hi, min, max;
	/** As the file has them, whatever their level. */
	double file_lo, file_hi, ci_level;
	double p50, p90, p99, p999, p9999;
	/** The longest single trip; max is the worst repetition. */
	double trip_max;
	/** How many trips the percentiles rest on. */
	double trips;
	/** Median in the other state of the CPUs, or NAN. */
	double other_median;
	/** Its name; "" if there is none. */
	const char *other_state;
	/** What it is in a few words; its name if the file does not say. */
	const char *title;
	/** Trips are too short for the clock: timed in blocks, or a mean. */
	bool block_timed, mean_timed;
	/** Its median is one of single values, not of repetitions. */
	bool single_values;
	/** None if all were alike, or if a page did not keep them. */
	const struct sample *samples;
	size_t sample_count;
};

struct cell;

/** All rows of a group, in the order of the file. */
struct bucket {
	const struct cell **list;
	size_t count;
};

/** One row of a benchmark. */
struct cell {
	const char *id;
	const char *iface;
	const char *scenario;
	const struct backend *backend;
	/** A raw mechanism bears a back-end's name but is a reference. */
	enum standing standing;
	/** "2cpu", "1cpu", "free" or "". */
	const char *placement;
	/** -1 if the row has no size. */
	int64_t size_bytes;
	enum sweep sweep;
	/** Where in its sweep: the size, the load; -1 if there is none. */
	int64_t point;
	/** Every axis but back-end and those of the sweep as "k=v k=v": what
	 *  is alike. */
	const char *group;
	/** The rows of that group, itself included. */
	const struct bucket *alike;
	const char *status;
	const char *reason;
	bool ok;
	/** "shared_cache", "separate_cache": where the two CPUs ran; or "". */
	const char *state;
	/** Samples left out because that distance changed. */
	size_t discarded;
	/** Samples that count, how many of them were much shorter than planned,
	 *  how many began before the warm-up had settled; 0 in older files. */
	size_t taken, short_samples, unsettled;
	/** Operations of a sample; 0 in older files. */
	int64_t iterations;
	/** Single readings of the clock below this are refused; or NAN. */
	double single_limit_ns;
	/** What it is compared with; none in older files (baselines.h). */
	const struct baseline *baselines;
	size_t baseline_count;
	const struct metric *metrics;
	size_t metric_count;
	/** The metric that answers each question, or NULL. */
	const struct metric *role[ROLE_COUNT];
	/** Of a failed row: the questions that it was to answer, and the name
	 * of the metric it was to be judged by, or NULL. */
	bool failed[ROLE_COUNT];
	const char *failed_headline;
	/** The metric a row is judged by; NULL if the row is not ok. */
	const struct metric *headline;
	const json_t *axes;
	/** What a counting pass saw, or NULL: system calls by side and name. */
	const json_t *counts;
};

/** One clause on one back-end. */
struct outcome {
	const char *id;
	const struct backend *backend;
	const char *level;
	const char *verdict;
	/** Never NULL; "" if not stated. */
	const char *title, *requirement, *source;
	const char *expected, *observed, *reason, *reproduce, *seed;
	double duration_ns;
	/** With --repeat; 0 if it was not repeated. */
	unsigned runs, passes;
};

struct performance_target {
	const char *name;
	const char *what;
	const char *unit;
	bool higher_is_better;
	double value, ci_lo, ci_hi, wanted;
	/** 1 met, 0 not met, -1 cannot tell. */
	int met;
	/** Never NULL; of the CPUs, "" if it has none. */
	const char *reason, *state;
};

struct run {
	/** Faults were planted on purpose: no figure of it counts. */
	bool mutant;
	const char *verb, *command, *seed, *tool_version, *started, *finished;
	const char *id;
	bool complete;
	const json_t *env, *build, *quality, *warnings;
};

/** A rule as CPython's multiprocessing does it; it judges no back-end. */
struct reference_rule {
	const char *id;
	/** Letters of a case, and d: differs, as wanted. */
	const char *verdict;
	const char *expected, *observed, *reason;
	/** Why it differs; "" if that is not listed. */
	const char *deviation;
};

/** A class of CPython's own tests of multiprocessing over our objects. */
struct python_tests {
	/** Which of its modules are ours; see conformance/README.md. */
	const char *way;
	const char *name;
	const char *backend;
	unsigned passed, failed, not_applicable;
};

struct model {
	struct mem_pool *mem_pool;
	json_t *bundle;
	struct run *runs;
	size_t run_count;
	/** In their fixed order, then unknown ones as they come. */
	struct backend **backends;
	size_t backend_count;
	struct cell *cells;
	size_t cell_count;
	/** The groups of rows, in the order of the file. */
	struct bucket *buckets;
	size_t bucket_count;
	/** Id of a row to its index. */
	json_t *cell_ids;
	/** What queries found already, by role (query.h). */
	struct groups *groups_known;
	struct outcome *cases;
	size_t case_count;
	/** "CPython 3.11.7"; NULL without a reference column. */
	const char *reference_name;
	struct reference_rule *reference;
	size_t reference_count;
	/** A row a class and back-end. */
	struct python_tests *python_tests;
	size_t python_tests_count;
	struct performance_target *targets;
	size_t target_count;
	/** What the reader of several files has to know; sentences. */
	const char **notes;
	size_t note_count;
};

/** Build the model. Steals the bundle. */
struct model *model_create(json_t *bundle);
void model_free(struct model *model);

/** The reference column's rule, or NULL. */
const struct reference_rule *model_reference(const struct model *model,
					     const char *id);

/** The row of that id, or NULL. */
const struct cell *model_cell(const struct model *model, const char *id);

/** Half of its samples or more were too short to count: marked, not ranked. */
bool cell_is_short(const struct cell *cell);

/** By name, or NULL. */
struct backend *model_backend(const struct model *model, const char *name);

/** Text of a member; the fallback if it is absent, null or no text. */
const char *json_text(const json_t *object, const char *key,
		      const char *fallback);
/** Number of a member, or NAN. */
double json_figure(const json_t *object, const char *key);

/* Parts of model_create, one file each. */
void model_read_backends(struct model *model);
/** The back-end of that name, added as a reference if it is not known. */
struct backend *model_take_backend(struct model *model, const char *name);
void model_read_cells(struct model *model, const json_t *document);
/** Sort the rows by id and group, once they are all there. */
void model_index_cells(struct model *model);
void model_read_cases(struct model *model, const json_t *document);
void model_read_targets(struct model *model, const json_t *document);
void model_read_reference(struct model *model);
/** The metric of that name, or NULL. */
const struct metric *cell_metric(const struct cell *cell, const char *name);
/** Find out what varies in the row's group. */
void cell_assign_sweep(struct cell *cell);
/** Find the metric that answers each question, and the one that counts most;
 *  headline: its name if the file says so, or NULL. */
void cell_assign_roles(struct cell *cell, const char *headline);

#endif
