/* SPDX-License-Identifier: MIT */
/*
 * Tables of rows that have several figures each and no sweep worth a chart. A
 * line is a metric of a kind of row, a column is a back-end. Which rows and
 * metrics belong to a table is decided by the names of metrics; a table without
 * rows does not exist.
 */
#include <math.h>
#include <string.h>

#include "analysis.h"
#include "reports/model/sweeps.h"
#include "reports/model/units.h"

/* The size that the cost of a message is about. */
#define MAIN_BYTES 64

struct shown {
	const char *metric;
	const char *words;
};

/* Synchronisation: everything that carries no message. */
static const struct shown sync_metrics[] = {
	{"pair_ns", "a pair of calls"},
	{"acquires_per_s", "acquires per second, total"},
	{"handoff_rtt_ns", "lock hand-off, round trip"},
	{"round_ns", "a round of all processes"},
	{NULL, NULL},
};

static const struct shown life_metrics[] = {
	{"create_ns", "create"},
	{"first_message_ns", "first message of a new process"},
	{"free_ns", "free"},
	{"recovery_ns", "time to recover after a kill"},
	{NULL, NULL},
};

static const struct shown endurance_metrics[] = {
	{"drift_percent_per_min", "drift of the rate"},
	{"drift_lo_percent_per_min", "drift at least"},
	{"drift_hi_percent_per_min", "drift at most"},
	{"rss_begin_kib", "memory of a process, first"},
	{"rss_end_kib", "memory of a process, last"},
	{"shared_begin_kib", "shared memory, first"},
	{"shared_end_kib", "shared memory, last"},
	{"descriptors_begin", "descriptors, first"},
	{"descriptors_end", "descriptors, last"},
	{NULL, NULL},
};

static const struct shown cost_metrics[] = {
	/* The kernel splits user and system time by ticks: in a short sample
	 * the split is chance, so the table has the sums. */
	{"cpu_ns_per_message_send", "CPU time of the sender"},
	{"cpu_ns_per_message_recv", "CPU time of the receiver"},
	{"syscalls_per_message", "system calls"},
	{"user_instructions_per_message", "user instructions"},
	{"allocations_per_message", "allocations"},
	{"voluntary_switches_per_message", "context switches, voluntary"},
	{"involuntary_switches_per_message", "context switches, involuntary"},
	{"page_faults_per_message", "page faults"},
	{"shared_memory_bytes", "shared memory of the object"},
	{NULL, NULL},
};

static bool has_any(const struct cell *cell, const struct shown *metrics)
{
	for (; metrics->metric; metrics++)
		if (cell_metric(cell, metrics->metric))
			return true;
	return false;
}

static bool takes_sync(const struct model *model, const struct cell *cell)
{
	(void)model;
	return cell->size_bytes < 0 && has_any(cell, sync_metrics);
}

static bool takes_life(const struct model *model, const struct cell *cell)
{
	(void)model;
	return has_any(cell, life_metrics);
}

static bool takes_endurance(const struct model *model, const struct cell *cell)
{
	(void)model;
	return cell_metric(cell, "drift_percent_per_min") != NULL;
}

/* How many back-ends have a row of the group at the main size. */
static size_t width_of(const struct model *model, const struct group *group)
{
	const struct bucket *rows = group->example->alike;
	int64_t point = query_near_size(model, group, MAIN_BYTES);
	size_t width = 0;

	for (size_t i = 0; i < rows->count; i++)
		width += rows->list[i]->point == point && rows->list[i]->ok &&
			 rows->list[i]->standing == STANDING_RANKED;
	return width;
}

/* On one CPU nothing but the message costs, unless more back-ends were measured
 * elsewhere. */
const struct group *cost_group(const struct model *model)
{
	const struct group *one =
		query_main_group(model, ROLE_MESSAGES, "1cpu");
	const struct group *any = query_main_group(model, ROLE_MESSAGES, NULL);

	return one && width_of(model, one) >= width_of(model, any) ? one : any;
}

/* The cost of a message at the main size. */
static bool takes_cost(const struct model *model, const struct cell *cell)
{
	const struct group *group = cost_group(model);

	return group && !strcmp(cell->group, group->key) &&
	       cell->point == query_near_size(model, group, MAIN_BYTES);
}

struct kind {
	/** Is a smaller figure a better back-end? The parts of a cost are not
	 *  ranked: the kernel may book time on the other part. */
	bool ranked;
	const char *id;
	const char *caption;
	const struct shown *metrics;
	bool (*takes)(const struct model *model, const struct cell *cell);
};

static const struct kind kinds[METRIC_TABLE_COUNT] = {
	[METRIC_TABLE_SYNC] = {true, "sync",
			       "Synchronisation objects, by operation",
			       sync_metrics, takes_sync},
	[METRIC_TABLE_LIFE] = {true, "life",
			       "From create to free, and after a kill",
			       life_metrics, takes_life},
	[METRIC_TABLE_ENDURANCE] = {false, "endurance",
				    "First and last part of a long run",
				    endurance_metrics, takes_endurance},
	[METRIC_TABLE_COST] = {false, "cost", "Per message", cost_metrics,
			       takes_cost},
};

/* "semaphore uncontended, one CPU, 4 processes" */
static const char *row_text(const struct model *model, const struct cell *cell)
{
	const char *place = query_placement_text(cell->placement);
	const char *text = pool_print(model->mem_pool, "%s, %s", cell->iface,
				      query_scenario_text(cell->scenario));

	if (*place)
		text = pool_print(model->mem_pool, "%s, %s", text, place);
	if (cell->size_bytes >= 0)
		text = pool_print(model->mem_pool, "%s, %s", text,
				  unit_size(model->mem_pool, cell->size_bytes));
	if (cell->sweep == SWEEP_CONTENDERS)
		text = pool_print(
			model->mem_pool, "%s, %s processes", text,
			sweep_point(model->mem_pool, cell->sweep, cell->point));
	return text;
}

static bool is_first_of_its_kind(const struct model *model,
				 const struct kind *kind, size_t index)
{
	const struct cell *cell = &model->cells[index];
	const struct bucket *rows = cell->alike;

	for (size_t i = 0; i < rows->count && rows->list[i] < cell; i++)
		if (rows->list[i]->point == cell->point &&
		    rows->list[i]->standing == STANDING_RANKED &&
		    kind->takes(model, rows->list[i]))
			return false;
	return cell->standing == STANDING_RANKED && kind->takes(model, cell);
}

static bool any_has(const struct cell *same, const char *metric)
{
	const struct bucket *rows = same->alike;

	for (size_t i = 0; i < rows->count; i++)
		if (rows->list[i]->point == same->point &&
		    rows->list[i]->standing == STANDING_RANKED &&
		    cell_metric(rows->list[i], metric))
			return true;
	return false;
}

static void add_lines(const struct model *model, struct table *table,
		      const struct kind *kind, const struct cell *example)
{
	const struct group group = {.key = example->group, .example = example};
	const struct backend *const *list;
	size_t count = query_ranked(model, &list);

	for (const struct shown *shown = kind->metrics; shown->metric;
	     shown++) {
		struct ranking ranking =
			query_rank_metric(model, &group, example->point,
					  query_any, shown->metric);
		struct entry *row;

		if (!any_has(example, shown->metric))
			continue;
		if (!kind->ranked)
			ranking.tied = 0;
		row = table_row(table);
		row[0] = entry_text(row_text(model, example));
		row[1] = entry_text(shown->words);
		for (size_t b = 0; b < count; b++) {
			const struct cell *cell = query_cell(
				model, &group, list[b], example->point);

			row[b + 2] = entry_figure(
				model, cell,
				cell ? cell_metric(cell, shown->metric) : NULL,
				&ranking);
		}
	}
}

static const char *const *heads_of(const struct model *model)
{
	static const char *const first[] = {"Row", "What", NULL};

	return backend_heads(model, first);
}

struct table *metric_table_table(const struct model *model,
				 enum metric_table metric_table)
{
	const struct kind *kind = &kinds[metric_table];
	struct table *table = table_create(
		model->mem_pool,
		pool_print(model->mem_pool, "metrics_%s", kind->id),
		kind->caption, heads_of(model));

	for (size_t i = 0; i < model->cell_count; i++)
		if (is_first_of_its_kind(model, kind, i))
			add_lines(model, table, kind, &model->cells[i]);
	table_drop_empty(table, "not measured");
	return table->rows ? table : NULL;
}

/* Metrics that this machine cannot measure, each once. */
static void remark_unmeasured(const struct model *model,
			      const struct kind *kind, struct sentences *ret)
{
	for (const struct shown *shown = kind->metrics; shown->metric; shown++)
		for (size_t i = 0; i < model->cell_count; i++) {
			const struct cell *cell = &model->cells[i];
			const struct metric *m =
				cell_metric(cell, shown->metric);

			if (!m || !*m->why ||
			    cell->standing != STANDING_RANKED ||
			    !kind->takes(model, cell))
				continue;
			say_once(model, ret,
				 pool_print(model->mem_pool, "No %s: %s.",
					    shown->words, m->why));
		}
}

/* A line for a system call of a side, unless the table has it. */
static void add_call(const struct model *model, struct table *table,
		     const struct group *group, const char *side,
		     const char *name)
{
	const struct backend *const *list;
	size_t count = query_ranked(model, &list);
	const char *words = !strcmp(side, "send") ? "sender" : "receiver";
	struct entry *row;

	for (size_t r = 0; r < table->rows; r++)
		if (!strcmp(table_entry(table, r, 0)->text, name) &&
		    !strcmp(table_entry(table, r, 1)->text, words))
			return;
	row = table_row(table);
	row[0] = entry_text(name);
	row[1] = entry_text(words);
	for (size_t b = 0; b < count; b++) {
		const struct cell *cell = query_cell(model, group, list[b],
						     group->example->point);
		double calls = json_figure(
			json_object_get(cell ? cell->counts : NULL, side),
			name);

		row[b + 2] = !cell || !cell->counts ? entry_text("–")
			     : isfinite(calls)
				     ? entry_number(unit_value(model->mem_pool,
							       calls, "1"),
						    calls)
				     : entry_number("0", 0);
	}
}

struct table *calls_table(const struct model *model)
{
	static const char *const sides[] = {"send", "recv"};
	struct table *table = table_create(model->mem_pool, "calls",
					   "System calls per message, by name",
					   heads_of(model));

	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];
		const struct group group = {.key = cell->group,
					    .example = cell};

		if (!cell->counts || cell->standing != STANDING_RANKED ||
		    !takes_cost(model, cell))
			continue;
		for (size_t s = 0; s < 2; s++) {
			json_t *calls = json_object_get(cell->counts, sides[s]);
			const char *name;
			json_t *value;

			json_object_foreach(calls, name, value)
				add_call(model, table, &group, sides[s], name);
		}
	}
	table_drop_empty(table, "not counted");
	return table->rows ? table : NULL;
}

/* Would it stand in the table, had it not failed? Of a cost: rows one way at
 * the main size, if all of these failed. */
static bool takes_failed(const struct model *model,
			 enum metric_table metric_table,
			 const struct cell *failed)
{
	const struct group group = {.example = failed};
	const struct metric metric = {.name = failed->failed_headline};
	struct cell measured = *failed;

	if (!failed->failed_headline)
		return false;
	if (metric_table == METRIC_TABLE_COST)
		return !cost_group(model) && failed->failed[ROLE_MESSAGES] &&
		       failed->point ==
			       query_near_size(model, &group, MAIN_BYTES);
	measured.metrics = &metric;
	measured.metric_count = 1;
	return kinds[metric_table].takes(model, &measured);
}

/* Does the table have a line of its group, or would it itself make one? */
static bool is_missed(const struct model *model, enum metric_table metric_table,
		      const struct cell *failed)
{
	const struct bucket *rows = failed->alike;

	for (size_t i = 0; i < rows->count; i++)
		if (kinds[metric_table].takes(model, rows->list[i]))
			return true;
	return takes_failed(model, metric_table, failed);
}

void metric_table_remarks(const struct model *model,
			  enum metric_table metric_table, struct sentences *ret)
{
	remark_unmeasured(model, &kinds[metric_table], ret);
	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];

		if (!cell->ok && cell->standing == STANDING_RANKED &&
		    is_missed(model, metric_table, cell))
			say(model, ret, "%s, %s: %s", row_text(model, cell),
			    cell->backend->name, missing_reason(model, cell));
	}
}
