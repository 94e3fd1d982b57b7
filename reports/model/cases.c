/* SPDX-License-Identifier: MIT */
/* Conformance cases and ratios of the model. */
#include "model.h"

#include <math.h>
#include <string.h>

/* The command that runs this clause on this back-end alone. */
static const char *command_for(const struct model *model,
			       const struct kase *kase, const json_t *source)
{
	const json_t *seed = json_object_get(source, "seed");
	char *command = pool_print(model->mem_pool,
				   "ipcmark check --backend %s --filter '^%s$'",
				   kase->backend->name, kase->id);

	if (!json_is_integer(seed))
		return command;
	return pool_print(model->mem_pool, "%s --seed %llu", command,
			  (unsigned long long)json_integer_value(seed));
}

static const char *seed_of(const struct model *model, const json_t *source)
{
	const json_t *seed = json_object_get(source, "seed");

	if (!json_is_integer(seed))
		return "";
	return pool_print(model->mem_pool, "%llu",
			  (unsigned long long)json_integer_value(seed));
}

static void read_case(struct model *model, struct kase *kase,
		      const json_t *source)
{
	kase->id = json_text(source, "id", "?");
	kase->backend =
		model_take_backend(model, json_text(source, "backend", "?"));
	kase->level = json_text(source, "level", "CORE");
	kase->verdict = json_text(source, "verdict", "N");
	kase->title = json_text(source, "title", "");
	kase->requirement = json_text(source, "requirement", "");
	kase->source = json_text(source, "source", "");
	kase->expected = json_text(source, "expected", "");
	kase->observed = json_text(source, "observed", "");
	kase->reason = json_text(source, "reason", "");
	kase->reproduce = json_text(source, "reproduce", NULL);
	if (!kase->reproduce)
		kase->reproduce = command_for(model, kase, source);
	kase->seed = seed_of(model, source);
	kase->runs =
		(unsigned)json_integer_value(json_object_get(source, "runs"));
	kase->passes =
		(unsigned)json_integer_value(json_object_get(source, "passes"));
	kase->duration_ns = json_figure(source, "duration_ns");
}

void model_read_cases(struct model *model, const json_t *document)
{
	const json_t *list = json_object_get(document, "cases");

	for (size_t i = 0; i < json_array_size(list); i++)
		read_case(model, &model->cases[model->case_count++],
			  json_array_get(list, i));
}

static void read_ratio(struct ratio *ratio, const json_t *source)
{
	const json_t *met = json_object_get(source, "met");

	ratio->name = json_text(source, "name", json_text(source, "id", "?"));
	ratio->what = json_text(source, "what", "");
	ratio->unit = json_text(source, "unit", "1");
	ratio->higher_is_better =
		strcmp(json_text(source, "better", "higher"), "lower") != 0;
	ratio->value = json_figure(source, "value");
	ratio->ci_lo = json_figure(source, "ci_lo");
	ratio->ci_hi = json_figure(source, "ci_hi");
	ratio->target = json_figure(source, "target");
	ratio->reason = json_text(source, "reason", "");
	ratio->met = json_is_boolean(met) ? json_is_true(met) : -1;
}

void model_read_ratios(struct model *model, const json_t *document)
{
	const json_t *list = json_object_get(document, "performance_targets");

	for (size_t i = 0; i < json_array_size(list); i++)
		read_ratio(&model->ratios[model->ratio_count++],
			   json_array_get(list, i));
}
