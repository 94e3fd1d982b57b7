/* SPDX-License-Identifier: MIT */
/*
 * From the bundle to the model: runs, and what follows from having several
 * files. Back-ends, cells and cases have files of their own.
 */
#include "model.h"

#include "reports/result/verdict_words.h"

#include <math.h>
#include <string.h>

const char *json_text(const json_t *object, const char *key,
		      const char *fallback)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : fallback;
}

double json_figure(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void read_run(struct run *run, const json_t *document)
{
	const json_t *source = json_object_get(document, "run");

	run->verb = json_text(source, "verb", "?");
	run->command = json_text(source, "command", "");
	run->seed = json_text(source, "seed", "");
	run->tool_version = json_text(source, "tool_version", "?");
	run->started = json_text(source, "started", "?");
	run->finished = json_text(source, "finished", "");
	run->id = json_text(source, "id", "");
	run->complete = json_is_true(json_object_get(source, "complete"));
	run->env = json_object_get(document, "env");
	run->build = json_object_get(document, "build");
	run->quality = json_object_get(document, "quality");
	run->warnings = json_object_get(document, "warnings");
	run->mutant = json_is_string(json_object_get(
			      json_object_get(document, "method"), "mutant")) ||
		      strstr(run->command, " --mutant");
}

static void add_note(struct model *model, const char *text)
{
	model->notes[model->note_count++] = text;
}

/* Equal fingerprints mean: same machine, kernel, limits and compiler. */
static void note_different_hosts(struct model *model)
{
	for (size_t i = 1; i < model->run_count; i++)
		if (strcmp(json_text(model->runs[0].env, "fingerprint", ""),
			   json_text(model->runs[i].env, "fingerprint", ""))) {
			add_note(model,
				 "The files come from different machines, "
				 "kernels, limits or builds: their figures "
				 "must not be compared with each other.");
			return;
		}
}

/* Returns how many rows a later file replaced. */
static size_t drop_replaced_cells(struct model *model)
{
	size_t kept = 0, count = model->cell_count;
	json_t *last = json_object();

	for (size_t i = 0; i < count; i++)
		json_object_set_new(last, model->cells[i].id,
				    json_integer((json_int_t)i));
	for (size_t i = 0; i < count; i++) {
		const json_t *place = json_object_get(last, model->cells[i].id);

		if (json_integer_value(place) == (json_int_t)i)
			model->cells[kept++] = model->cells[i];
	}
	json_decref(last);
	model->cell_count = kept;
	return count - kept;
}

static size_t drop_replaced_cases(struct model *model)
{
	size_t kept = 0, count = model->case_count;

	for (size_t i = 0; i < count; i++) {
		const struct outcome *a = &model->cases[i];
		bool replaced = false;

		for (size_t j = i + 1; j < count && !replaced; j++)
			replaced = a->backend == model->cases[j].backend &&
				   !strcmp(a->id, model->cases[j].id);
		if (!replaced)
			model->cases[kept++] = *a;
	}
	model->case_count = kept;
	return count - kept;
}

static void drop_replaced(struct model *model)
{
	size_t cells = drop_replaced_cells(model);
	size_t cases = drop_replaced_cases(model);

	if (cells + cases > 0)
		add_note(model,
			 pool_print(model->mem_pool,
				    "%zu rows and %zu clauses occur more "
				    "than once: the last one read counts.",
				    cells, cases));
}

static void count_core_red(struct model *model)
{
	for (size_t i = 0; i < model->case_count; i++) {
		const struct outcome *c = &model->cases[i];
		struct backend *b = model_backend(model, c->backend->name);

		if (!strcmp(c->level, "CORE") &&
		    verdict_find(c->verdict)->kind == VERDICT_BAD)
			b->core_red++;
	}
}

/* One allocation for all documents' rows: pointers to them stay valid. */
static void make_room(struct model *model, const json_t *documents)
{
	size_t cells = 0, cases = 0, targets = 0, count, i;
	const json_t *document;

	count = json_array_size(documents);
	for (i = 0; i < count; i++) {
		document = json_array_get(documents, i);
		cells += json_array_size(json_object_get(document, "cells"));
		cases += json_array_size(json_object_get(document, "cases"));
		targets += json_array_size(
			json_object_get(document, "performance_targets"));
	}
	model->runs = pool_alloc(model->mem_pool, count * sizeof(struct run));
	model->cells = pool_alloc(model->mem_pool, cells * sizeof(struct cell));
	model->cases =
		pool_alloc(model->mem_pool, cases * sizeof(struct outcome));
	model->targets = pool_alloc(
		model->mem_pool, targets * sizeof(struct performance_target));
	model->notes = pool_alloc(model->mem_pool, 8 * sizeof(char *));
	/* Every row could name a back-end of its own. */
	model->backends = pool_alloc(
		model->mem_pool,
		(cells + cases +
		 json_array_size(json_object_get(model->bundle, "backends"))) *
			sizeof(struct backend *));
}

struct model *model_create(json_t *bundle)
{
	struct mem_pool *mem_pool = pool_create();
	struct model *model = pool_alloc(mem_pool, sizeof(*model));
	const json_t *documents = json_object_get(bundle, "documents");

	model->mem_pool = mem_pool;
	model->bundle = bundle;
	make_room(model, documents);
	model_read_backends(model);
	for (size_t i = 0; i < json_array_size(documents); i++) {
		const json_t *document = json_array_get(documents, i);

		read_run(&model->runs[model->run_count++], document);
		model_read_cells(model, document);
		model_read_cases(model, document);
		model_read_targets(model, document);
	}
	model_read_reference(model);
	note_different_hosts(model);
	drop_replaced(model);
	model_index_cells(model);
	count_core_red(model);
	return model;
}

void model_free(struct model *model)
{
	if (!model)
		return;
	json_decref(model->bundle);
	json_decref(model->cell_ids);
	pool_free(model->mem_pool);
}
