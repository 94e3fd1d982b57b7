/* SPDX-License-Identifier: MIT */
/*
 * Who may be called the best: intervals decide, a failed CORE clause excludes,
 * a difference that the distance of the CPUs explains proves nothing.
 */
#include <stdio.h>
#include <string.h>

#include "reports/model/query.h"

static unsigned failures;

#define EXPECT(condition)                                                      \
	do {                                                                   \
		if (!(condition)) {                                            \
			failures++;                                            \
			printf("%s:%d: not so: %s\n", __func__, __LINE__,      \
			       #condition);                                    \
		}                                                              \
	} while (0)

struct row {
	const char *backend;
	double low, median, high;
	const char *state;
	const char *status;
};

static json_t *make_cell(const struct row *row, const char *iface)
{
	json_t *cell = json_pack(
		"{s:o, s:s, s:n, s:s?, s:{s:{s:s, s:s, s:s, s:{s:i, s:f, s:f, "
		"s:f}}}, s:{s:s, s:s, s:s, s:i, s:s, s:i}}",
		"id", json_sprintf("%s/%s", iface, row->backend), "status",
		row->status ? row->status : "ok", "reason", "state", row->state,
		"metrics", "messages_per_s", "unit", "1/s", "better", "higher",
		"kind", "rate", "summary", "n", 5, "median", row->median,
		"ci_lo", row->low, "ci_hi", row->high, "axes", "iface", iface,
		"backend", row->backend, "scenario", "oneway", "size_bytes", 64,
		"placement", "2cpu", "depth", 1024);

	return cell;
}

static struct model *make_model(const struct row *rows, size_t count,
				const char *iface, const char *failing)
{
	json_t *cells = json_array(), *cases = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(cells, make_cell(&rows[i], iface));
	if (failing)
		json_array_append_new(cases, json_pack("{s:s, s:s, s:s, s:s}",
						       "id", "Q-1", "backend",
						       failing, "level", "CORE",
						       "verdict", "F"));
	return model_create(json_pack(
		"{s:[{s:{}, s:{}, s:{}, s:{}, s:o, s:o, s:[], s:[]}], "
		"s:[{s:s}, {s:s, s:b}, {s:s}, {s:s, s:b}]}",
		"documents", "run", "env", "build", "quality", "cells", cells,
		"cases", cases, "performance_targets", "warnings", "backends",
		"name", "a", "name", "b", "pollable", 1, "name", "c", "name",
		"fake", "fake", 1));
}

static struct ranking rank(struct model *model, query_filter *filter)
{
	const struct group *group =
		query_main_group(model, ROLE_MESSAGES, NULL);
	struct ranking none = {0};

	return group ? query_rank(model, group, 64, filter) : none;
}

static void the_highest_rate_wins_if_no_interval_reaches_it(void)
{
	static const struct row rows[] = {{"a", 1, 2, 3, NULL, NULL},
					  {"b", 8, 9, 10, NULL, NULL},
					  {"c", 5, 6, 7, NULL, NULL}};
	struct model *model = make_model(rows, 3, "queue", NULL);
	struct ranking ranking = rank(model, query_any);

	EXPECT(ranking.count == 3 && ranking.tied == 1);
	EXPECT(!strcmp(ranking.places[0].backend->name, "b"));
	EXPECT(!strcmp(ranking.places[2].backend->name, "a"));
	EXPECT(query_advantage(ranking.places[0].metric,
			       ranking.places[2].metric) == 4.5);
	model_free(model);
}

static void overlapping_intervals_share_the_first_place(void)
{
	static const struct row rows[] = {{"a", 8, 9, 11, NULL, NULL},
					  {"b", 9, 10, 11, NULL, NULL},
					  {"c", 5, 6, 7, NULL, NULL}};
	struct model *model = make_model(rows, 3, "queue", NULL);

	EXPECT(rank(model, query_any).tied == 2);
	model_free(model);
}

static void a_failed_core_clause_excludes(void)
{
	static const struct row rows[] = {{"a", 8, 9, 10, NULL, NULL},
					  {"b", 1, 2, 3, NULL, NULL}};
	struct model *model = make_model(rows, 2, "queue", "a");
	struct ranking ranking = rank(model, query_any);

	EXPECT(ranking.count == 1);
	EXPECT(!strcmp(ranking.places[0].backend->name, "b"));
	model_free(model);
}

static void a_void_row_and_a_fake_take_no_place(void)
{
	static const struct row rows[] = {{"a", 8, 9, 10, NULL, "invalid"},
					  {"fake", 98, 99, 100, NULL, NULL},
					  {"b", 1, 2, 3, NULL, NULL}};
	struct model *model = make_model(rows, 3, "queue", NULL);
	struct ranking ranking = rank(model, query_any);

	EXPECT(ranking.count == 1);
	EXPECT(!strcmp(ranking.places[0].backend->name, "b"));
	EXPECT(model->cells[0].metric_count == 0);
	model_free(model);
}

static void a_raw_mechanism_is_no_backend(void)
{
	static const struct row rows[] = {{"a", 8, 9, 10, NULL, NULL}};
	struct model *model = make_model(rows, 1, "raw", NULL);

	EXPECT(rank(model, query_any).count == 0);
	EXPECT(model->cells[0].standing == STANDING_REFERENCE);
	model_free(model);
}

static void near_and_far_are_not_told_apart_by_less_than_six(void)
{
	static const struct row rows[] = {
		{"a", 19, 20, 21, "shared_cache", NULL},
		{"b", 4, 5, 6, "separate_cache", NULL},
		{"c", 1.9, 2, 2.1, "separate_cache", NULL}};
	struct model *model = make_model(rows, 3, "queue", NULL);

	EXPECT(rank(model, query_any).tied == 2);
	model_free(model);
}

static void a_filter_leaves_out(void)
{
	static const struct row rows[] = {{"a", 8, 9, 10, NULL, NULL},
					  {"b", 1, 2, 3, NULL, NULL}};
	struct model *model = make_model(rows, 2, "queue", NULL);
	struct ranking ranking = rank(model, query_pollable);

	EXPECT(ranking.count == 1);
	EXPECT(!strcmp(ranking.places[0].backend->name, "b"));
	model_free(model);
}

static void the_last_of_equal_rows_counts(void)
{
	static const struct row rows[] = {{"a", 8, 9, 10, NULL, NULL},
					  {"a", 1, 2, 3, NULL, NULL}};
	struct model *model = make_model(rows, 2, "queue", NULL);

	EXPECT(model->cell_count == 1 && model->note_count == 1);
	EXPECT(model->cells[0].role[ROLE_MESSAGES]->median == 2);
	model_free(model);
}

int main(void)
{
	the_highest_rate_wins_if_no_interval_reaches_it();
	overlapping_intervals_share_the_first_place();
	a_failed_core_clause_excludes();
	a_void_row_and_a_fake_take_no_place();
	a_raw_mechanism_is_no_backend();
	near_and_far_are_not_told_apart_by_less_than_six();
	a_filter_leaves_out();
	the_last_of_equal_rows_counts();
	printf("query: %u failures\n", failures);
	return failures ? 1 : 0;
}
