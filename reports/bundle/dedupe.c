/* SPDX-License-Identifier: MIT */
/*
 * Packed, an object is [shape, value...], an array [-1, value...]; numbers and
 * words of JSON are themselves. A text is itself, with a "~" in front if it
 * begins with one; "~7" is text number 7 of the list.
 */
#include "dedupe.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A reference is hardly shorter than such a text. */
#define SHORT_BYTES 4
#define DEPTH_MAX   64

struct packer {
	/** Text to how often it occurs, then to its number; -1: not listed. */
	json_t *places;
	json_t *texts;
	/** Keys in one text to the number of their shape. */
	json_t *shape_places;
	json_t *shapes;
};

static void count_texts(json_t *counts, const json_t *value)
{
	json_t *object = (json_t *)(uintptr_t)value, *member;
	const char *key;

	if (json_is_string(value)) {
		key = json_string_value(value);
		json_object_set_new(
			counts, key,
			json_integer(json_integer_value(
					     json_object_get(counts, key)) +
				     1));
	}
	for (size_t i = 0; i < json_array_size(value); i++)
		count_texts(counts, json_array_get(value, i));
	json_object_foreach(object, key, member) count_texts(counts, member);
}

struct listed {
	const char *text;
	json_int_t count;
};

static int compare_listed(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	int order = (x->count < y->count) - (x->count > y->count);

	return order ? order : strcmp(x->text, y->text);
}

/* What occurs most often gets the shortest number. */
static void list_texts(struct packer *packer)
{
	size_t count = 0, most = json_object_size(packer->places);
	struct listed *list = calloc(most + 1, sizeof(*list));
	const char *text;
	json_t *place;

	json_object_foreach(packer->places, text, place)
	{
		json_int_t times = json_integer_value(place);

		json_integer_set(place, -1);
		if (list && times > 1 && strlen(text) > SHORT_BYTES)
			list[count++] = (struct listed){text, times};
	}
	if (count)
		qsort(list, count, sizeof(*list), compare_listed);
	for (size_t i = 0; i < count; i++) {
		json_integer_set(json_object_get(packer->places, list[i].text),
				 (json_int_t)i);
		json_array_append_new(packer->texts, json_string(list[i].text));
	}
	free(list);
}

static json_t *dedupe_text(const struct packer *packer, const char *text)
{
	json_int_t place =
		json_integer_value(json_object_get(packer->places, text));

	if (place >= 0)
		return json_sprintf("~%" JSON_INTEGER_FORMAT, place);
	return *text == '~' ? json_sprintf("~%s", text) : json_string(text);
}

static json_int_t shape_of(struct packer *packer, const json_t *object)
{
	json_t *keys = json_array(), *place, *value;
	const char *key;
	char *name;
	json_int_t number;

	json_object_foreach((json_t *)(uintptr_t)object, key, value)
		json_array_append_new(keys, json_string(key));
	name = json_dumps(keys, JSON_COMPACT);
	place = json_object_get(packer->shape_places, name ? name : "");
	number = place ? json_integer_value(place)
		       : (json_int_t)json_array_size(packer->shapes);
	if (!place) {
		json_object_set_new(packer->shape_places, name ? name : "",
				    json_integer(number));
		json_array_append(packer->shapes, keys);
	}
	free(name);
	json_decref(keys);
	return number;
}

static json_t *dedupe_value(struct packer *packer, const json_t *value)
{
	json_t *list, *member;
	const char *key;

	if (json_is_string(value))
		return dedupe_text(packer, json_string_value(value));
	if (!json_is_object(value) && !json_is_array(value))
		return json_incref((json_t *)(uintptr_t)value);
	list = json_array();
	json_array_append_new(list,
			      json_integer(json_is_array(value)
						   ? -1
						   : shape_of(packer, value)));
	for (size_t i = 0; i < json_array_size(value); i++)
		json_array_append_new(
			list, dedupe_value(packer, json_array_get(value, i)));
	json_object_foreach((json_t *)(uintptr_t)value, key, member)
		json_array_append_new(list, dedupe_value(packer, member));
	return list;
}

json_t *dedupe_pack(const json_t *plain)
{
	struct packer packer = {json_object(), json_array(), json_object(),
				json_array()};
	json_t *value;

	count_texts(packer.places, plain);
	list_texts(&packer);
	value = dedupe_value(&packer, plain);
	json_decref(packer.places);
	json_decref(packer.shape_places);
	return json_pack("{s:i, s:o, s:o, s:o}", "packed", 1, "shapes",
			 packer.shapes, "texts", packer.texts, "value", value);
}

struct unpacker {
	const json_t *shapes, *texts;
	/** Something did not fit: a damaged page. */
	bool damaged;
};

static json_t *unpack_text(struct unpacker *unpacker, const char *text)
{
	const json_t *listed;

	if (*text != '~')
		return json_string(text);
	if (text[1] == '~')
		return json_string(text + 1);
	listed = json_array_get(unpacker->texts,
				(size_t)strtoul(text + 1, NULL, 10));
	unpacker->damaged |= !json_is_string(listed);
	return json_incref((json_t *)(uintptr_t)listed);
}

static json_t *unpack_value(struct unpacker *unpacker, const json_t *value,
			    int depth);

static json_t *unpack_object(struct unpacker *unpacker, const json_t *list,
			     json_int_t number, int depth)
{
	const json_t *keys = json_array_get(unpacker->shapes, (size_t)number);
	json_t *object = json_object();

	if (!json_is_array(keys) ||
	    json_array_size(keys) + 1 != json_array_size(list)) {
		unpacker->damaged = true;
		return object;
	}
	for (size_t i = 0; i < json_array_size(keys); i++) {
		const char *key = json_string_value(json_array_get(keys, i));

		unpacker->damaged |=
			!key ||
			json_object_set_new(
				object, key,
				unpack_value(unpacker,
					     json_array_get(list, i + 1),
					     depth));
	}
	return object;
}

static json_t *unpack_value(struct unpacker *unpacker, const json_t *value,
			    int depth)
{
	json_int_t shape = json_integer_value(json_array_get(value, 0));
	json_t *array;

	if (json_is_string(value))
		return unpack_text(unpacker, json_string_value(value));
	if (!json_is_array(value))
		return json_incref((json_t *)(uintptr_t)value);
	if (depth == DEPTH_MAX) {
		unpacker->damaged = true;
		return json_null();
	}
	if (shape >= 0)
		return unpack_object(unpacker, value, shape, depth + 1);
	array = json_array();
	for (size_t i = 1; i < json_array_size(value); i++)
		json_array_append_new(
			array, unpack_value(unpacker, json_array_get(value, i),
					    depth + 1));
	return array;
}

json_t *dedupe_unpack(const json_t *packed)
{
	struct unpacker unpacker = {.shapes = json_object_get(packed, "shapes"),
				    .texts = json_object_get(packed, "texts")};
	json_t *value;

	if (json_integer_value(json_object_get(packed, "packed")) != 1)
		return NULL;
	value = unpack_value(&unpacker, json_object_get(packed, "value"), 0);
	if (!unpacker.damaged)
		return value;
	json_decref(value);
	return NULL;
}
