/* SPDX-License-Identifier: MIT */
/*
 * Questions to the model: which rows are comparable, which back-end is best
 * among them, and is that certain. Only rows that are ok take part.
 */
#ifndef IPCMARK_REPORTS_MODEL_QUERY_H
#define IPCMARK_REPORTS_MODEL_QUERY_H

#include "model.h"

/** Rows that differ only in back-end and in what their sweep varies (mostly
 *  the size), and answer one question. */
struct group {
	const char *key;
	/** For a heading: "Queue, two CPUs". */
	const char *title;
	/** For file names and ids: "queue_2cpu". */
	const char *slug;
	enum role role;
	/** Any row of it; its axes but back-end and size hold for all. */
	const struct cell *example;
};

struct groups {
	const struct group *list;
	size_t count;
};

/** All groups that answer a question, in the order of the file. */
struct groups query_groups(const struct model *model, enum role role);

/** Groups that were to answer a question and of which no row has a figure: each
 *  failed. Their titles tell them from the groups that answer it as well. */
struct groups query_failed_groups(const struct model *model, enum role role);

/** The group a short answer is taken from: a queue before a pipe, two CPUs
 *  (or the placement asked for, if not NULL), one message a call. */
const struct group *query_main_group(const struct model *model, enum role role,
				     const char *placement);

/** Distinct points of a group's sweep (sizes, loads ...) that ranked back-ends
 *  have a row of, ascending; -1 for rows without one. */
size_t query_sizes(const struct model *model, const struct group *group,
		   const int64_t **ret_sizes);

/** The back-ends that may be ranked, in order. */
size_t query_ranked(const struct model *model,
		    const struct backend *const **ret_list);

/** How many ranked back-ends have a figure in the group. */
size_t query_width(const struct model *model, const struct group *group);

/** The point a short answer is about: the wanted one, or the nearest. */
int64_t query_near_size(const struct model *model, const struct group *group,
			int64_t wanted);

/** The row of a back-end at a point, ok or not; NULL if there is none. */
const struct cell *query_cell(const struct model *model,
			      const struct group *group,
			      const struct backend *backend, int64_t point);

/** Which back-ends may be ranked. */
typedef bool query_filter(const struct backend *backend);
bool query_any(const struct backend *backend);
bool query_pollable(const struct backend *backend);
bool query_kernel(const struct backend *backend);

struct place {
	const struct backend *backend;
	const struct cell *cell;
	const struct metric *metric;
	/** Why it is not ranked; NULL if it is. */
	const char *why;
};

struct ranking {
	/** The first and those that share its place, then the others, both best
	 *  first; behind them those that are not ranked. */
	const struct place *places;
	size_t count;
	/** How many at the top cannot be told apart from the first, itself
	 *  included: their medians are less than 3 % apart, or their intervals
	 *  overlap, or one has none, or the CPUs shared a cache for one of them
	 *  only and that alone could explain it. */
	size_t tied;
	/** How many more there are behind the ranked ones: short samples, or no
	 *  interval where others have one. */
	size_t left_out;
};

/** Ranked back-ends that fail no CORE case and pass the filter. */
struct ranking query_rank(const struct model *model, const struct group *group,
			  int64_t point, query_filter *filter);
/** The same by a metric of that name, for rows that answer no question. */
struct ranking query_rank_metric(const struct model *model,
				 const struct group *group, int64_t point,
				 query_filter *filter, const char *name);
/** Is it first, or not to be told apart from the first? */
bool query_is_best(const struct ranking *ranking,
		   const struct backend *backend);

/** How many times better a is than b, by medians. */
double query_advantage(const struct metric *a, const struct metric *b);

/** "host_limit" is "host limit". */
const char *status_text(const char *status);

/** "2cpu" is "two CPUs". */
const char *query_placement_text(const char *placement);

/** "lock_uncontended" is "alone". */
const char *query_scenario_text(const char *scenario);

#endif
