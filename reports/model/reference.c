/* SPDX-License-Identifier: MIT */
/* The reference column: what CPython does where the clauses were run. */
#include "model.h"

#include <string.h>

/* The first file that has one: it is the same everywhere. */
static const json_t *find_column(const struct model *model)
{
	const json_t *documents = json_object_get(model->bundle, "documents");

	for (size_t i = 0; i < json_array_size(documents); i++) {
		const json_t *column = json_object_get(
			json_array_get(documents, i), "reference");

		if (json_array_size(json_object_get(column, "cases")))
			return column;
	}
	return NULL;
}

static unsigned number(const json_t *source, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(source, key));

	return value > 0 && value < 1000000 ? (unsigned)value : 0;
}

static void read_python_tests(struct model *model, const json_t *classes)
{
	size_t count = json_array_size(classes);

	if (!count)
		return;
	model->python_tests = pool_alloc(model->mem_pool,
					 count * sizeof(*model->python_tests));
	model->python_tests_count = count;
	for (size_t i = 0; i < count; i++) {
		const json_t *source = json_array_get(classes, i);

		model->python_tests[i] = (struct python_tests){
			.way = json_text(source, "way", "?"),
			.name = json_text(source, "class", "?"),
			.backend = json_text(source, "backend", "?"),
			.passed = number(source, "passed"),
			.failed = number(source, "failed"),
			.not_applicable = number(source, "not_applicable"),
		};
	}
}

void model_read_reference(struct model *model)
{
	const json_t *column = find_column(model);
	const json_t *cases = json_object_get(column, "cases");
	size_t count = json_array_size(cases);

	if (!count)
		return;
	read_python_tests(model, json_object_get(column, "own_tests"));
	model->reference =
		pool_alloc(model->mem_pool, count * sizeof(*model->reference));
	model->reference_count = count;
	model->reference_name = json_text(column, "name", "CPython");
	for (size_t i = 0; i < count; i++) {
		const json_t *source = json_array_get(cases, i);

		model->reference[i] = (struct reference_rule){
			.id = json_text(source, "id", "?"),
			.verdict = json_text(source, "verdict", "N"),
			.expected = json_text(source, "expected", ""),
			.observed = json_text(source, "observed", ""),
			.reason = json_text(source, "reason", ""),
			.deviation = json_text(source, "deviation", ""),
		};
	}
}

const struct reference_rule *model_reference(const struct model *model,
					     const char *id)
{
	for (size_t i = 0; i < model->reference_count; i++)
		if (!strcmp(model->reference[i].id, id))
			return &model->reference[i];
	return NULL;
}
