/* SPDX-License-Identifier: MIT */
/* Conformance cases and performance targets of the model. */
#include "model.h"

#include <math.h>
#include <string.h>

/* The command that runs this clause on this back-end alone. */
static const char *command_for(const struct model *model,
			       const struct outcome *outcome,
			       const json_t *source)
{
	const json_t *seed = json_object_get(source, "seed");
	char *command = pool_print(model->mem_pool,
				   "ipcmark check --backend %s --filter '^%s$'",
				   outcome->backend->name, outcome->id);

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

static void read_case(struct model *model, struct outcome *outcome,
		      const json_t *source)
{
	outcome->id = json_text(source, "id", "?");
	outcome->backend =
		model_take_backend(model, json_text(source, "backend", "?"));
	outcome->level = json_text(source, "level", "CORE");
	outcome->verdict = json_text(source, "verdict", "N");
	outcome->title = json_text(source, "title", "");
	outcome->requirement = json_text(source, "requirement", "");
	outcome->source = json_text(source, "source", "");
	outcome->expected = json_text(source, "expected", "");
	outcome->observed = json_text(source, "observed", "");
	outcome->reason = json_text(source, "reason", "");
	outcome->reproduce = json_text(source, "reproduce", NULL);
	if (!outcome->reproduce)
		outcome->reproduce = command_for(model, outcome, source);
	outcome->seed = seed_of(model, source);
	outcome->runs =
		(unsigned)json_integer_value(json_object_get(source, "runs"));
	outcome->passes =
		(unsigned)json_integer_value(json_object_get(source, "passes"));
	outcome->duration_ns = json_figure(source, "duration_ns");
}

void model_read_cases(struct model *model, const json_t *document)
{
	const json_t *list = json_object_get(document, "cases");

	for (size_t i = 0; i < json_array_size(list); i++)
		read_case(model, &model->cases[model->case_count++],
			  json_array_get(list, i));
}

static void read_target(struct performance_target *target, const json_t *source)
{
	const json_t *met = json_object_get(source, "met");

	target->name = json_text(source, "name", json_text(source, "id", "?"));
	target->what = json_text(source, "what", "");
	target->unit = json_text(source, "unit", "1");
	target->higher_is_better =
		strcmp(json_text(source, "better", "higher"), "lower") != 0;
	target->value = json_figure(source, "value");
	target->ci_lo = json_figure(source, "ci_lo");
	target->ci_hi = json_figure(source, "ci_hi");
	target->wanted = json_figure(source, "target");
	target->reason = json_text(source, "reason", "");
	target->state = json_text(source, "state", "");
	target->met = json_is_boolean(met) ? json_is_true(met) : -1;
}

void model_read_targets(struct model *model, const json_t *document)
{
	const json_t *list = json_object_get(document, "performance_targets");

	for (size_t i = 0; i < json_array_size(list); i++)
		read_target(&model->targets[model->target_count++],
			    json_array_get(list, i));
}
