/* SPDX-License-Identifier: MIT */
/*
 * Environment and build as one table: a row for each fact, with the reason
 * where it is unknown. Facts on which the files differ show all their values.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"

static const char *print_array(const struct model *model, const json_t *array);

static const char *print_value(const struct model *model, const json_t *value)
{
	if (json_is_string(value))
		return json_string_length(value) ? json_string_value(value)
						 : "none";
	if (json_is_integer(value))
		return pool_print(model->mem_pool, "%" JSON_INTEGER_FORMAT,
				  json_integer_value(value));
	if (json_is_real(value))
		return pool_print(model->mem_pool, "%.4g",
				  json_real_value(value));
	if (json_is_array(value))
		return print_array(model, value);
	return json_is_true(value) ? "yes" : json_is_false(value) ? "no" : "";
}

static const char *print_array(const struct model *model, const json_t *array)
{
	const char *text = json_array_size(array) ? "" : "none";

	for (size_t i = 0; i < json_array_size(array); i++)
		text = pool_print(model->mem_pool, "%s%s%s", text, i ? " " : "",
				  print_value(model, json_array_get(array, i)));
	return text;
}

/* A fact: what the files say of it, and why it is unknown where it is; each
 * value and each reason once. */
struct fact {
	const char *name;
	struct sentences values, reasons;
};

struct facts {
	struct fact *list;
	size_t count, room;
};

static struct fact *take_fact(const struct model *model, struct facts *facts,
			      const char *name)
{
	for (size_t i = 0; i < facts->count; i++)
		if (!strcmp(facts->list[i].name, name))
			return &facts->list[i];
	facts->list = pool_grow(model->mem_pool, facts->list, facts->count,
				&facts->room, sizeof(*facts->list));
	facts->list[facts->count] = (struct fact){.name = name};
	return &facts->list[facts->count++];
}

static void add_fact(const struct model *model, struct facts *facts,
		     const char *name, const json_t *value, const char *why)
{
	struct fact *fact = take_fact(model, facts, name);

	say_once(model, &fact->values,
		 json_is_null(value) ? "unknown" : print_value(model, value));
	if (json_is_null(value) && why)
		say_once(model, &fact->reasons, why);
}

/* "1; 2"; NULL if there are none. */
static const char *join(const struct model *model,
			const struct sentences *texts)
{
	const char *text = NULL;

	for (size_t i = 0; i < texts->count; i++)
		text = text ? pool_print(model->mem_pool, "%s; %s", text,
					 texts->list[i])
			    : texts->list[i];
	return text;
}

static const struct entry *find_row(const struct table *table, const char *name)
{
	for (size_t i = 0; i < table->rows; i++)
		if (!strcmp(table_entry(table, i, 0)->text, name))
			return table_entry(table, i, 0);
	return NULL;
}

static int compare_keys(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void add_block(const struct model *model, struct facts *facts,
		      const char *prefix, const json_t *block)
{
	json_t *object = (json_t *)(uintptr_t)block;
	const json_t *why = json_object_get(block, "why");
	const char **keys = pool_alloc(
		model->mem_pool, (json_object_size(block) + 1) * sizeof(*keys));
	const char *key;
	json_t *value;
	size_t count = 0;

	json_object_foreach(object, key, value) if (value != why)
		keys[count++] = key;
	qsort(keys, count, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < count; i++) {
		const char *name = pool_print(model->mem_pool, "%s%s%s", prefix,
					      *prefix ? "." : "", keys[i]);

		value = json_object_get(block, keys[i]);
		if (json_is_object(value))
			add_block(model, facts, name, value);
		else
			add_fact(model, facts, name, value,
				 json_text(why, keys[i], NULL));
	}
}

struct table *environment_table(const struct model *model)
{
	static const char *const heads[] = {"Fact", "Value", NULL};
	struct table *table = table_create(model->mem_pool, "environment",
					   "Environment and build", heads);

	struct facts facts = {0};

	for (size_t i = 0; i < model->run_count; i++) {
		add_block(model, &facts, "", model->runs[i].env);
		add_block(model, &facts, "build", model->runs[i].build);
	}
	for (size_t i = 0; i < facts.count; i++) {
		struct entry *row = table_row(table);

		row[0] = entry_text(facts.list[i].name);
		row[1] = entry_text(join(model, &facts.list[i].values));
		row[1].note = join(model, &facts.list[i].reasons);
	}
	return table->rows ? table : NULL;
}

static const struct {
	const char *words, *name;
} machine_facts[] = {
	{"Processor", "cpu.model_name"},
	{"CPUs online", "cpu.count_online"},
	{"Frequency governor", "cpu.governor"},
	{"Idle governor", "cpu.idle_governor"},
	{"Virtual machine", "virt.hypervisor"},
	{"Container", "virt.container"},
	{"Kernel", "kernel.release"},
	{"Clock source", "clock.kernel_clocksource"},
	{"Build type", "build.type"},
	{"Compiler flags", "build.flags"},
	{"Commit", "build.source.commit"},
	{"Modified", "build.source.dirty"},
};

struct table *machine_table(const struct model *model)
{
	static const char *const heads[] = {"Fact", "Value", NULL};
	struct table *all = environment_table(model);
	struct table *table = table_create(model->mem_pool, "machine",
					   "The facts that matter most", heads);

	for (size_t i = 0;
	     all && i < sizeof(machine_facts) / sizeof(machine_facts[0]); i++) {
		const struct entry *fact = find_row(all, machine_facts[i].name);
		struct entry *row;

		if (!fact)
			continue;
		row = table_row(table);
		row[0] = entry_text(machine_facts[i].words);
		row[1] = fact[1];
	}
	return table->rows ? table : NULL;
}
