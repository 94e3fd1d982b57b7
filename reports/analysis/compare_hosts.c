/* SPDX-License-Identifier: MIT */
/* Several machines side by side. */
#include "compare_hosts.h"

#include <math.h>
#include <string.h>

#include "reports/model/sweeps.h"
#include "reports/model/units.h"
#include "reports/model/verdicts.h"

/* Heads: a first one, then "A", "B" with a further word each. */
static const char *const *host_heads(const struct hosts *hosts,
				     const char *first)
{
	const char **heads = pool_alloc(hosts->mem_pool,
					(hosts->count + 2) * sizeof(*heads));

	heads[0] = first;
	for (size_t h = 0; h < hosts->count; h++)
		heads[h + 1] = hosts->list[h].letter;
	return heads;
}

/* The row of that name in a table; NULL if there is none. */
static const struct entry *find_line(const struct table *table,
				     const char *name)
{
	for (size_t r = 0; table && r < table->rows; r++)
		if (!strcmp(table_entry(table, r, 0)->text, name))
			return table_entry(table, r, 0);
	return NULL;
}

static bool is_same_line(struct table *const *tables, size_t count,
			 const char *name)
{
	const struct entry *first = find_line(tables[0], name);

	for (size_t h = 1; h < count; h++) {
		const struct entry *other = find_line(tables[h], name);

		if (!first || !other || strcmp(first[1].text, other[1].text))
			return false;
	}
	return first != NULL;
}

/* Facts that are different in every run of the same machine. */
static bool is_noise(const char *name)
{
	return !strcmp(name, "fingerprint") || strstr(name, "read_cost") ||
	       strstr(name, "smallest_step") || strstr(name, "load") ||
	       strstr(name, "source.commit") || strstr(name, "free_bytes");
}

static void add_difference(const struct hosts *hosts, struct table *table,
			   struct table *const *tables, const char *name)
{
	struct entry *row;

	if (is_noise(name) || find_line(table, name) ||
	    is_same_line(tables, hosts->count, name))
		return;
	row = table_row(table);
	row[0] = entry_text(name);
	for (size_t h = 0; h < hosts->count; h++) {
		const struct entry *line = find_line(tables[h], name);

		row[h + 1] = line ? line[1] : entry_text("–");
	}
}

struct table *hosts_differences(const struct hosts *hosts)
{
	struct table **tables = pool_alloc(
		hosts->mem_pool, hosts->count * sizeof(struct table *));
	struct table *table = table_create(hosts->mem_pool, "differences",
					   "Facts on which the machines differ",
					   host_heads(hosts, "Fact"));

	for (size_t h = 0; h < hosts->count; h++)
		tables[h] = environment_table(hosts->list[h].model);
	for (size_t h = 0; h < hosts->count; h++)
		for (size_t r = 0; tables[h] && r < tables[h]->rows; r++)
			add_difference(hosts, table, tables,
				       table_entry(tables[h], r, 0)->text);
	return table->rows ? table : NULL;
}

void hosts_summaries(const struct hosts *hosts, struct sentences *ret)
{
	for (size_t h = 0; h < hosts->count; h++) {
		const struct host *host = &hosts->list[h];
		struct summary summary;

		summary_compose(host->model, &summary);
		say(host->model, ret, "%s (%s): %s", host->letter, host->label,
		    summary.headline);
	}
}

void hosts_caveats(const struct hosts *hosts, struct sentences *ret)
{
	for (size_t h = 0; h < hosts->count; h++) {
		const struct host *host = &hosts->list[h];
		struct sentences reasons = {0};

		caveats_trust(host->model, &reasons);
		for (size_t i = 0; i < reasons.count; i++)
			say(host->model, ret, "%s: %s", host->letter,
			    reasons.list[i]);
	}
}

static void add_need(const struct hosts *hosts, struct table *table,
		     struct table *const *recommendation, const char *need)
{
	struct entry *row;

	if (find_line(table, need))
		return;
	row = table_row(table);
	row[0] = entry_text(need);
	for (size_t h = 0; h < hosts->count; h++) {
		const struct entry *line = find_line(recommendation[h], need);

		row[h + 1] = line ? line[1] : entry_text("–");
		if (line)
			row[h + 1].note =
				pool_print(hosts->mem_pool, "%s; as good: %s",
					   line[1].note ? line[1].note : "–",
					   line[2].text);
	}
}

struct table *hosts_recommendation(const struct hosts *hosts)
{
	struct table **recommendation = pool_alloc(
		hosts->mem_pool, hosts->count * sizeof(struct table *));
	struct table *table =
		table_create(hosts->mem_pool, "hosts_recommendation",
			     "Which back-end for which need, by machine",
			     host_heads(hosts, "Need"));

	for (size_t h = 0; h < hosts->count; h++)
		recommendation[h] = recommendation_table(hosts->list[h].model);
	for (size_t h = 0; h < hosts->count; h++)
		for (size_t r = 0;
		     recommendation[h] && r < recommendation[h]->rows; r++)
			add_need(hosts, table, recommendation,
				 table_entry(recommendation[h], r, 0)->text);
	return table->rows ? table : NULL;
}

static struct entry conclusion(const struct hosts *hosts,
			       const struct host *host, const char *name)
{
	const struct backend *backend = model_backend(host->model, name);
	struct entry entry;
	struct score score;

	if (!backend || host->model->case_count == 0)
		return entry_text("–");
	score = verdict_score(host->model, backend, "CORE");
	entry = entry_text(verdict_conclusion(host->model, backend));
	entry.note = pool_print(hosts->mem_pool, "CORE: %zu of %zu", score.good,
				score.total);
	entry.mark = score.bad ? "bad" : score.open ? "open" : "good";
	return entry;
}

struct table *hosts_conformance(const struct hosts *hosts)
{
	struct table *table = table_create(hosts->mem_pool, "hosts_conformance",
					   "Conformance, by machine",
					   host_heads(hosts, "Back-end"));
	bool some = false;

	for (size_t h = 0; h < hosts->count; h++) {
		const struct backend *const *list;
		size_t count = query_ranked(hosts->list[h].model, &list);

		some |= hosts->list[h].model->case_count > 0;
		for (size_t b = 0; b < count; b++) {
			struct entry *row;

			if (find_line(table, list[b]->name))
				continue;
			row = table_row(table);
			row[0] = entry_text(list[b]->name);
			for (size_t i = 0; i < hosts->count; i++)
				row[i + 1] = conclusion(hosts, &hosts->list[i],
							list[b]->name);
		}
	}
	return some ? table : NULL;
}

static struct entry figure(const struct host *host, const struct group *group,
			   const char *name, int64_t point)
{
	const struct model *model = host->model;
	const struct group *own = hosts_same_group(model, group);
	const struct backend *backend = model_backend(model, name);
	const struct cell *cell =
		own && backend ? query_cell(model, own, backend, point) : NULL;
	const struct metric *m = cell ? cell->role[own->role] : NULL;
	struct ranking ranking;

	if (!m)
		return entry_figure(model, cell, NULL, NULL);
	ranking = query_rank(model, own, point, query_any);
	return entry_figure(model, cell, m, &ranking);
}

/* Has any machine such a row, with or without a figure? */
static bool has_row(const struct hosts *hosts, const struct group *group,
		    const char *name, int64_t point)
{
	for (size_t h = 0; h < hosts->count; h++) {
		const struct model *model = hosts->list[h].model;
		const struct group *own = hosts_same_group(model, group);
		const struct backend *backend = model_backend(model, name);

		if (own && backend && query_cell(model, own, backend, point))
			return true;
	}
	return false;
}

static void add_point(const struct hosts *hosts, struct table *table,
		      const struct host *first, const struct group *group,
		      int64_t point)
{
	const struct backend *const *list;
	size_t count = query_ranked(first->model, &list);

	for (size_t b = 0; b < count; b++) {
		struct entry *row;

		if (!has_row(hosts, group, list[b]->name, point))
			continue;
		row = table_row(table);
		row[0] = entry_text(pool_print(
			hosts->mem_pool, "%s%s%s: %s", group->title,
			point < 0 ? "" : ", ",
			point < 0 ? ""
				  : sweep_phrase(hosts->mem_pool,
						 group->example->sweep, point),
			list[b]->name));
		for (size_t h = 0; h < hosts->count; h++)
			row[h + 1] = figure(&hosts->list[h], group,
					    list[b]->name, point);
	}
}

/* The next point of the table, of all machines together: a small and a large
 * one of each, where there are sizes; else every point.
 * @return false if there is none beyond */
static bool next_point(const struct hosts *hosts, const struct group *group,
		       int64_t beyond, int64_t *ret_point)
{
	bool found = false;

	for (size_t h = 0; h < hosts->count; h++) {
		const struct model *model = hosts->list[h].model;
		const struct group *own = hosts_same_group(model, group);
		const int64_t *points;
		size_t count = own ? query_sizes(model, own, &points) : 0;

		for (size_t i = 0; i < count; i++) {
			if (own->example->sweep == SWEEP_SIZE &&
			    points[i] != query_near_size(model, own, 64) &&
			    points[i] != query_near_size(model, own, 65536))
				continue;
			if (points[i] <= beyond ||
			    (found && points[i] >= *ret_point))
				continue;
			*ret_point = points[i];
			found = true;
		}
	}
	return found;
}

static void add_group(const struct hosts *hosts, struct table *table,
		      const struct host *host, const struct group *group)
{
	int64_t point = INT64_MIN;

	while (next_point(hosts, group, point, &point))
		add_point(hosts, table, host, group, point);
}

struct table *hosts_figures(const struct hosts *hosts, enum role role)
{
	static const char *const captions[ROLE_COUNT] = {
		[ROLE_ROUND_TRIP] = "Round-trip time",
		[ROLE_MESSAGES] = "Messages per second",
		[ROLE_PAIR] = "Put and get in one process",
		[ROLE_LOCK_TIME] = "Uncontended lock",
		[ROLE_LOCK_RATE] = "Contended lock",
		[ROLE_PROCESSES] = "Messages per second of many processes",
		[ROLE_CONSUMERS] = "Fairness between consumers",
		[ROLE_PRODUCERS] = "Fairness between producers",
		[ROLE_LOAD] = "Latency under load, from the intended start",
		[ROLE_SERVICE] = "Latency under load, from the actual start",
		[ROLE_DEPTH] = "Messages per second by queue depth",
		[ROLE_IDLE] = "Wake-up latency after idle",
		[ROLE_RECOVERY] = "Time to recover after a kill",
		[ROLE_LEAST] = "Share of the least served contender",
		[ROLE_EVEN] = "Fairness between contenders",
		[ROLE_REQUEST] = "Requests to a manager",
		[ROLE_TASKS] = "Tasks per second of a pool",
		[ROLE_START] = "Start and join of a process",
	};
	struct table *table = table_create(
		hosts->mem_pool,
		pool_print(hosts->mem_pool, "hosts_figures_%d", (int)role),
		captions[role], host_heads(hosts, "Row"));

	for (size_t h = 0; h < hosts->count; h++) {
		const struct model *model = hosts->list[h].model;
		struct groups groups = query_groups(model, role);

		for (size_t i = 0; i < groups.count; i++) {
			bool earlier = false;

			for (size_t e = 0; e < h && !earlier; e++)
				earlier = hosts_same_group(hosts->list[e].model,
							   &groups.list[i]);
			if (!earlier)
				add_group(hosts, table, &hosts->list[h],
					  &groups.list[i]);
		}
	}
	return table->rows ? table : NULL;
}
