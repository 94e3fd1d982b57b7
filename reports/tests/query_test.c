/* SPDX-License-Identifier: MIT */
/*
 * Which back-end is best: intervals decide, a failed CORE clause excludes, a
 * difference that the cache state of the CPUs explains does not count.
 */
#include <string.h>

#include "impls/testkit/check.h"
#include "reports/model/query.h"
#include "test_model.h"

struct row {
	const char *backend;
	double low, median, high;
	const char *state;
	const char *status;
};

static json_t *make_cell(const struct row *row, const char *iface)
{
	json_t *cell = test_cell(iface, row->backend, "messages_per_s",
				 "higher", row->median);
	json_t *summary = json_object_get(test_metric(cell), "summary");

	json_object_set_new(summary, "ci_lo", json_real(row->low));
	json_object_set_new(summary, "ci_hi", json_real(row->high));
	json_object_set_new(summary, "ci_level",
			    json_real(row->state && !strcmp(row->state, "few")
					      ? 0.875
					      : 0.9375));
	json_object_set_new(cell, "state",
			    json_string(row->state ? row->state : ""));
	if (row->status)
		json_object_set_new(cell, "status", json_string(row->status));
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
	return test_model(cells, cases, 1);
}

static struct ranking rank(struct model *model, query_filter *filter)
{
	const struct group *group =
		query_main_group(model, ROLE_MESSAGES, NULL);
	struct ranking none = {0};

	return group ? query_rank(model, group, 64, filter) : none;
}

static void the_highest_rate_is_best_if_no_interval_reaches_it(void)
{
	static const struct row rows[] = {{"a", 1, 2, 3, NULL, NULL},
					  {"b", 8, 9, 10, NULL, NULL},
					  {"c", 5, 6, 7, NULL, NULL}};
	struct model *model = make_model(rows, 3, "queue", NULL);
	struct ranking ranking = rank(model, query_any);

	CHECK(ranking.count == 3 && ranking.tied == 1);
	CHECK(!strcmp(ranking.places[0].backend->name, "b"));
	CHECK(!strcmp(ranking.places[2].backend->name, "a"));
	CHECK(query_advantage(ranking.places[0].metric,
			      ranking.places[2].metric) == 4.5);
	model_free(model);
}

static void overlapping_intervals_share_the_first_place(void)
{
	static const struct row rows[] = {{"a", 8, 9, 11, NULL, NULL},
					  {"b", 9, 10, 11, NULL, NULL},
					  {"c", 5, 6, 7, NULL, NULL}};
	struct model *model = make_model(rows, 3, "queue", NULL);

	CHECK(rank(model, query_any).tied == 2);
	model_free(model);
}

static void less_than_three_per_cent_are_no_distance(void)
{
	static const struct row rows[] = {
		{"a", 9.999, 10, 10.001, NULL, NULL},
		{"b", 10.279, 10.28, 10.281, NULL, NULL},
		{"c", 9.899, 9.9, 9.901, NULL, NULL}};
	struct model *model = make_model(rows, 3, "queue", NULL);
	struct ranking ranking = rank(model, query_any);

	CHECK(ranking.count == 3 && ranking.tied == 2);
	CHECK(!strcmp(ranking.places[0].backend->name, "b"));
	CHECK(!strcmp(ranking.places[1].backend->name, "a"));
	model_free(model);
}

/* A wide interval reaches the first place from behind a narrow one. */
static void tied_rows_stand_before_those_apart(void)
{
	static const struct row rows[] = {{"a", 9, 10, 11, NULL, NULL},
					  {"b", 7, 8, 8.5, NULL, NULL},
					  {"c", 3, 7, 12, NULL, NULL}};
	struct model *model = make_model(rows, 3, "queue", NULL);
	struct ranking ranking = rank(model, query_any);

	CHECK(ranking.tied == 2);
	CHECK(!strcmp(ranking.places[1].backend->name, "c"));
	CHECK(!strcmp(ranking.places[2].backend->name, "b"));
	CHECK(!query_is_best(&ranking, ranking.places[2].backend));
	model_free(model);
}

static void too_few_repetitions_are_not_ranked(void)
{
	static const struct row rows[] = {{"a", 8, 9, 10, "few", NULL},
					  {"b", 1, 2, 3, NULL, NULL},
					  {"c", 4, 5, 6, NULL, NULL}};
	struct model *model = make_model(rows, 3, "queue", NULL);
	struct ranking ranking = rank(model, query_any);

	CHECK(ranking.count == 2 && ranking.left_out == 1);
	CHECK(!strcmp(ranking.places[0].backend->name, "c"));
	CHECK(!strcmp(ranking.places[2].backend->name, "a"));
	CHECK(!strcmp(ranking.places[2].why, "too few repetitions"));
	model_free(model);
}

static void a_failed_core_clause_excludes(void)
{
	static const struct row rows[] = {{"a", 8, 9, 10, NULL, NULL},
					  {"b", 1, 2, 3, NULL, NULL}};
	struct model *model = make_model(rows, 2, "queue", "a");
	struct ranking ranking = rank(model, query_any);

	CHECK(ranking.count == 1);
	CHECK(!strcmp(ranking.places[0].backend->name, "b"));
	model_free(model);
}

static void invalid_rows_and_fakes_are_not_ranked(void)
{
	static const struct row rows[] = {{"a", 8, 9, 10, NULL, "invalid"},
					  {"fake", 98, 99, 100, NULL, NULL},
					  {"b", 1, 2, 3, NULL, NULL}};
	struct model *model = make_model(rows, 3, "queue", NULL);
	struct ranking ranking = rank(model, query_any);

	CHECK(ranking.count == 1);
	CHECK(!strcmp(ranking.places[0].backend->name, "b"));
	CHECK(model->cells[0].metric_count == 0);
	model_free(model);
}

static void a_raw_mechanism_is_not_a_backend(void)
{
	static const struct row rows[] = {{"a", 8, 9, 10, NULL, NULL}};
	struct model *model = make_model(rows, 1, "raw", NULL);

	CHECK(rank(model, query_any).count == 0);
	CHECK(model->cells[0].standing == STANDING_REFERENCE);
	model_free(model);
}

static void cache_states_are_not_distinguished_below_a_factor_of_six(void)
{
	static const struct row rows[] = {
		{"a", 19, 20, 21, "shared_cache", NULL},
		{"b", 4, 5, 6, "separate_cache", NULL},
		{"c", 1.9, 2, 2.1, "separate_cache", NULL}};
	struct model *model = make_model(rows, 3, "queue", NULL);

	CHECK(rank(model, query_any).tied == 2);
	model_free(model);
}

static void a_filter_leaves_out(void)
{
	static const struct row rows[] = {{"a", 8, 9, 10, NULL, NULL},
					  {"b", 1, 2, 3, NULL, NULL}};
	struct model *model = make_model(rows, 2, "queue", NULL);
	struct ranking ranking = rank(model, query_pollable);

	CHECK(ranking.count == 1);
	CHECK(!strcmp(ranking.places[0].backend->name, "b"));
	model_free(model);
}

static void the_last_of_equal_rows_counts(void)
{
	static const struct row rows[] = {{"a", 8, 9, 10, NULL, NULL},
					  {"a", 1, 2, 3, NULL, NULL}};
	struct model *model = make_model(rows, 2, "queue", NULL);

	CHECK(model->cell_count == 1 && model->note_count == 1);
	CHECK(model->cells[0].role[ROLE_MESSAGES]->median == 2);
	model_free(model);
}

int main(void)
{
	the_highest_rate_is_best_if_no_interval_reaches_it();
	overlapping_intervals_share_the_first_place();
	less_than_three_per_cent_are_no_distance();
	tied_rows_stand_before_those_apart();
	too_few_repetitions_are_not_ranked();
	a_failed_core_clause_excludes();
	invalid_rows_and_fakes_are_not_ranked();
	a_raw_mechanism_is_not_a_backend();
	cache_states_are_not_distinguished_below_a_factor_of_six();
	a_filter_leaves_out();
	the_last_of_equal_rows_counts();
	return check_failures() ? 1 : 0;
}
