/* SPDX-License-Identifier: MIT */
/*
 * The environment as text: a heading for each block, a line for each fact. No
 * key is named here, so that a new fact appears without a change.
 */
#include "print.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define KEY_COLUMNS 28

static void print_scalar(FILE *out, const json_t *value)
{
	if (json_is_string(value))
		fputs(json_string_length(value) ? json_string_value(value)
						: "none",
		      out);
	else if (json_is_integer(value))
		fprintf(out, "%" JSON_INTEGER_FORMAT,
			json_integer_value(value));
	else if (json_is_real(value))
		fprintf(out, "%.3g", json_real_value(value));
	else
		fputs(json_is_true(value) ? "yes" : "no", out);
}

static void print_array(FILE *out, const json_t *array)
{
	size_t i;
	const json_t *value;

	if (json_array_size(array) == 0)
		fputs("none", out);
	for (i = 0; i < json_array_size(array); i++) {
		value = json_array_get(array, i);
		if (i)
			fputc(' ', out);
		print_scalar(out, value);
	}
}

static void print_fact(FILE *out, const char *key, const json_t *value,
		       const json_t *why)
{
	const char *reason = json_string_value(json_object_get(why, key));

	fprintf(out, "  %-*s ", KEY_COLUMNS, key);
	if (json_is_null(value))
		fprintf(out, "unknown: %s", reason ? reason : "not recorded");
	else if (json_is_array(value))
		print_array(out, value);
	else
		print_scalar(out, value);
	fputc('\n', out);
}

static int compare_keys(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Keys in alphabetical order, as in the file; caller frees the array. */
static const char **sorted_keys(json_t *block, size_t *ret_count)
{
	size_t count = 0;
	const char *key;
	json_t *value;
	const char **keys = calloc(json_object_size(block) + 1, sizeof(*keys));

	if (keys)
		json_object_foreach(block, key, value) keys[count++] = key;
	if (keys)
		qsort(keys, count, sizeof(*keys), compare_keys);
	*ret_count = count;
	return keys;
}

/* Facts first, then blocks within the block under their full name. */
static void print_block(FILE *out, const char *title, json_t *block)
{
	const json_t *why = json_object_get(block, "why");
	size_t count;
	const char **keys = sorted_keys(block, &count);
	char inner[128];

	fprintf(out, "%s\n", title);
	for (size_t i = 0; i < count; i++) {
		json_t *value = json_object_get(block, keys[i]);

		if (!json_is_object(value))
			print_fact(out, keys[i], value, why);
	}
	for (size_t i = 0; i < count; i++) {
		json_t *value = json_object_get(block, keys[i]);

		if (!json_is_object(value) || value == why)
			continue;
		snprintf(inner, sizeof(inner), "%s.%s", title, keys[i]);
		print_block(out, inner, value);
	}
	free(keys);
}

void hostinfo_print(FILE *out, const json_t *env, const json_t *build)
{
	static const char *const blocks[] = {"cpu",   "kernel",	 "virt",
					     "clock", "process", "limits"};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		print_block(out, blocks[i], json_object_get(env, blocks[i]));
	print_block(out, "build", (json_t *)(uintptr_t)build);
	fprintf(out, "fingerprint\n  %s\n",
		json_string_value(json_object_get(env, "fingerprint")));
}
