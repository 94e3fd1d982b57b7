/* SPDX-License-Identifier: MIT */
/*
 * Sentences and tables of the report, derived from the model alone. The page
 * and the text files only print them; no sentence is written twice.
 */
#ifndef IPCMARK_REPORTS_ANALYSIS_ANALYSIS_H
#define IPCMARK_REPORTS_ANALYSIS_ANALYSIS_H

#include "table_builder.h"
#include "reports/model/model.h"
#include "reports/model/query.h"

/** Sentences in order. */
struct sentences {
	const char **list;
	size_t count;
	size_t room;
};

__attribute__((format(printf, 3, 4))) void say(const struct model *model,
					       struct sentences *sentences,
					       const char *format, ...);

/** Unless it is there already. */
void say_once(const struct model *model, struct sentences *sentences,
	      const char *text);

/** The first sentences of a report. */
struct summary {
	const char *headline;
	struct sentences details;
};
void summary_compose(const struct model *model, struct summary *ret_summary);

/** Caveats: reasons to doubt the figures; empty if there are none. */
void caveats_trust(const struct model *model, struct sentences *ret);
/** What this run does not show, derived from what is missing in it. */
void caveats_limits(const struct model *model, struct sentences *ret);

/** Which back-end for which need; NULL if nothing was measured. */
struct table *recommendation_table(const struct model *model);
/** How often first places hold when the repetitions are drawn again. */
void recommendation_stability(const struct model *model, struct sentences *ret);
/** Needs that a clause answers; NULL if none of these clauses was checked. */
struct table *rules_table(const struct model *model);

/** Was only a part of the clauses checked? Then no verdict follows. */
bool check_is_selection(const struct model *model);
/** "holds the 1 clause selected"; NULL if it was not checked. */
const char *selected_words(const struct model *model,
			   const struct backend *backend);

/** A figure: the median, below it the interval and how many times its baseline
 *  it is, with a mark. The status of the row if it has none; "–" without a row.
 *  ranking: NULL if no figure is the best one */
struct entry entry_figure(const struct model *model, const struct cell *cell,
			  const struct metric *metric,
			  const struct ranking *ranking);
/** The same without its baseline. */
struct entry entry_figure_alone(const struct model *model,
				const struct cell *cell,
				const struct metric *metric,
				const struct ranking *ranking);
/** "< 580 ns": what the clock cannot time one by one in this row's run. */
const char *too_short_text(const struct model *model, const struct cell *cell);
/** "timeout: reason" of a row without figures. */
const char *missing_reason(const struct model *model, const struct cell *cell);
/** "; baseline: memcpy through a ring" of the first row of a group that has
 * one, or "". */
const char *group_baseline_words(const struct model *model,
				 const struct group *group);

/** Scores of each back-end; NULL if nothing was checked. */
struct table *scores_table(const struct model *model);
/** Scores of each section and back-end; NULL if there is one section at most.
 */
struct table *sections_table(const struct model *model);

/** A group's figures: a row for each size, a column for each back-end.
 *  @param what the figures are, for the caption; or NULL */
struct table *group_table(const struct model *model, const struct group *group,
			  const char *what);
/** All groups of a role at one size, a row each: the effect of wait mode, batch
 *  and placement. NULL if there is one at most. */
struct table *modes_table(const struct model *model, enum role role);
/** Why rows of these groups have no figure, and which back-ends are marked. */
void role_remarks(const struct model *model, enum role role,
		  struct sentences *ret);
/** Fewest and most repetitions of some figures. Starts {SIZE_MAX, 0}. */
struct repetitions {
	size_t least, most;
};
void repetitions_note(struct repetitions *repetitions,
		      const struct metric *metric);
/** "median of 5 to 9 repetitions" */
const char *repetitions_text(const struct model *model,
			     const struct repetitions *repetitions);
/** What the figures of a group are: repetitions and interval. */
const char *group_method(const struct model *model, const struct group *group);
/** Percentiles of a group at one point; NULL if there are none. */
struct table *percentile_table(const struct model *model,
			       const struct group *group, int64_t point,
			       const char *what);

/** The 99th percentile of a group's role at its points; NULL if there is none.
 */
struct table *tail_table(const struct model *model, const struct group *group,
			 const char *what);

/** Tables whose lines are metrics of rows. */
enum metric_table {
	METRIC_TABLE_NONE,
	METRIC_TABLE_SYNC,	/**< synchronisation objects */
	METRIC_TABLE_LIFE,	/**< start-up, shut-down, recovery */
	METRIC_TABLE_ENDURANCE, /**< first and last part of a long run */
	METRIC_TABLE_COST,	/**< calls, switches, memory per message */
	METRIC_TABLE_COUNT
};
/** NULL if the run has no rows for it. */
struct table *metric_table_table(const struct model *model,
				 enum metric_table metric_table);
/** The group whose costs are shown: on one CPU, unless more back-ends were
 *  measured elsewhere near 64 B; NULL if there is none. */
const struct group *cost_group(const struct model *model);
/** System calls by name, where they were counted; NULL if nowhere. */
struct table *calls_table(const struct model *model);
/** Why rows of it have no figure. */
void metric_table_remarks(const struct model *model,
			  enum metric_table metric_table,
			  struct sentences *ret);

/** Back-ends against their raw mechanisms; NULL if none was measured. */
struct table *overhead_table(const struct model *model);

/** Processes, managers and pools beside what they are made of and CPython's;
 *  NULL if none was measured. */
struct table *process_table(const struct model *model);
/** Why processes have no figure. */
void process_remarks(const struct model *model, struct sentences *ret);
struct table *manager_table(const struct model *model);
struct table *manager_rates_table(const struct model *model);
struct table *pool_tasks_table(const struct model *model);
struct table *pool_task_table(const struct model *model);

/** Competitors, and how many times as good back-ends are; NULL if none. */
struct table *competitors_compared(const struct model *model);
/** Why competitors have no figure. */
void competitors_remarks(const struct model *model, struct sentences *ret);

/** How evenly contenders, producers and consumers were served; NULL if that
 *  was not measured. */
struct table *fairness_table(const struct model *model);

/** What disturbed the run; NULL if nothing was measured. */
struct table *noise_table(const struct model *model);

/** Raw mechanisms, limits, competitors, the fake back-end; NULL if none. */
struct table *reference_table(const struct model *model);
/** Versions of the competitors; NULL if the run had none. */
struct table *competitors_table(const struct model *model);
/** Features by back-end; NULL if unknown. */
struct table *features_table(const struct model *model);
/** CPython's own tests of multiprocessing over our objects: sums, and a row a
 *  class of tests; NULL if they were not run. */
struct table *python_tests_sums(const struct model *model);
struct table *python_tests_table(const struct model *model);
struct table *ratios_table(const struct model *model);
/** Every row and metric of the files. */
struct table *cells_table(const struct model *model);
/** Facts of the environment and the build; all values where the files differ.
 */
struct table *environment_table(const struct model *model);
/** The few facts that change figures most. */
struct table *machine_table(const struct model *model);

/** The main group of a role at the point nearest to the wanted one. */
struct answer {
	const struct group *group;
	int64_t point;
	struct ranking ranking;
};
/** placement: NULL takes any. @return false if no back-end has a figure that
 *  may be ranked */
bool find_answer(const struct model *model, enum role role,
		 const char *placement, int64_t wanted, struct answer *ret);

/** Names joined as in a sentence: "a", "a and b", "a, b and c". */
const char *join_names(const struct model *model, const char *const *names,
		       size_t count);
/** "1 clause", "2 clauses". */
const char *count_of(const struct model *model, size_t count,
		     const char *thing);

/** Heads of a table: the first ones, ended by NULL, then the names of the
 *  back-ends that may be ranked. */
const char *const *backend_heads(const struct model *model,
				 const char *const *first);

#endif
