/* SPDX-License-Identifier: MIT */
/*
 * Several machines: one chart for each main question, in it one block for each
 * back-end with one dot for each machine. No ratio is formed between machines.
 */
#include <math.h>

#include "dot_plot.h"
#include "reports/model/hosts.h"
#include "reports/model/sweeps.h"

struct host_question {
	enum role role;
	const char *placement;
	int64_t point;
	const char *what;
	const char *slug;
};

static const struct host_question questions[] = {
	{ROLE_MESSAGES, "2cpu", 64, "messages per second", "messages_2cpu"},
	{ROLE_MESSAGES, "1cpu", 64, "messages per second", "messages_1cpu"},
	{ROLE_MESSAGES, "2cpu", 65536, "messages per second", "large_2cpu"},
	{ROLE_ROUND_TRIP, "2cpu", 64, "round-trip time", "round_trip_2cpu"},
	{ROLE_ROUND_TRIP, "1cpu", 64, "round-trip time", "round_trip_1cpu"},
	{ROLE_LOCK_TIME, NULL, -1, "uncontended acquire and release", "lock"},
	{ROLE_LOCK_RATE, NULL, 2, "acquires per second", "lock_rate"},
	{ROLE_LOAD, NULL, 80, "latency under load", "open_loop"},
};

/* A machine's marker, by its place. */
static unsigned marker_of(size_t host)
{
	static const unsigned markers[] = {7, 6, 5, 4, 9, 8, 13, 12};

	return markers[host % (sizeof(markers) / sizeof(markers[0]))];
}

struct block {
	struct script *script;
	const struct hosts *hosts;
	const struct host_question *question;
	const struct group *group;
	int64_t point;
	struct dot_plot dot_plot;
};

static const struct metric *figure(const struct block *block, size_t host,
				   const char *name)
{
	const struct model *model = block->hosts->list[host].model;
	const struct group *own = hosts_same_group(model, block->group);
	const struct backend *backend = model_backend(model, name);
	const struct cell *cell =
		own && backend ? query_cell(model, own, backend, block->point)
			       : NULL;

	return cell ? cell->role[block->question->role] : NULL;
}

/* @return how many machines have a figure */
static size_t add_backend(struct block *block, const struct backend *backend)
{
	struct mem_pool *mem_pool = block->script->model->mem_pool;
	size_t count = 0;

	for (size_t h = 0; h < block->hosts->count; h++) {
		struct dot *dot = &block->dot_plot.list[block->dot_plot.count];
		const char *letter = block->hosts->list[h].letter;

		if (!dot_of(block->script, figure(block, h, backend->name),
			    dot))
			continue;
		dot->name = count ? letter
				  : pool_print(mem_pool, "%s, %s",
					       backend->name, letter);
		dot->colour = script_colour(backend);
		dot->point = marker_of(h);
		dot->apart = count == 0 && block->dot_plot.count;
		block->dot_plot.count++;
		count++;
	}
	return count;
}

static const char *title_of(const struct block *block)
{
	struct mem_pool *mem_pool = block->script->model->mem_pool;

	if (block->point < 0)
		return pool_print(mem_pool, "%s: %s", block->group->title,
				  block->question->what);
	return pool_print(mem_pool, "%s, %s: %s", block->group->title,
			  sweep_phrase(mem_pool, block->group->example->sweep,
				       block->point),
			  block->question->what);
}

/* Where one size was measured, it is nearest to the small and to the large
 * one. */
static bool is_drawn_before(const struct model *model,
			    const struct host_question *question,
			    const struct group *group)
{
	int64_t point = query_near_size(model, group, question->point);

	for (const struct host_question *q = questions; q < question; q++)
		if (query_main_group(model, q->role, q->placement) == group &&
		    query_near_size(model, group, q->point) == point)
			return true;
	return false;
}

static void draw(struct script *script, const struct hosts *hosts,
		 const struct host_question *question)
{
	const struct model *model = hosts->list[0].model;
	const struct group *group =
		query_main_group(model, question->role, question->placement);
	struct block block = {.script = script,
			      .hosts = hosts,
			      .question = question,
			      .group = group,
			      .dot_plot = {.mark = (double)NAN}};
	const struct backend *const *list;
	size_t width = query_ranked(model, &list), most = 0;

	if (!group || is_drawn_before(model, question, group))
		return;
	block.point = query_near_size(model, group, question->point);
	block.dot_plot.unit = group->example->role[question->role]->unit;
	block.dot_plot.list =
		pool_alloc(model->mem_pool,
			   (width * hosts->count + 1) * sizeof(struct dot));
	for (size_t b = 0; b < width; b++) {
		size_t count = add_backend(&block, list[b]);

		most = count > most ? count : most;
	}
	/* A machine alone has charts in its own report. */
	if (most > 1)
		script_dot_plot(
			script,
			(struct chart){
				.kind = "hosts",
				.name = pool_print(model->mem_pool, "hosts_%s",
						   question->slug),
				.caption = pool_print(
					model->mem_pool,
					"%s. The markers are the machines, "
					"named at the left. The bar is the "
					"interval of the median.",
					title_of(&block))},
			title_of(&block), &block.dot_plot);
}

void chart_hosts(struct script *script, const struct hosts *hosts)
{
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		draw(script, hosts, &questions[i]);
}
