/* SPDX-License-Identifier: MIT */
/* Lists of sizes and names. */
#include "lists.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static bool refuse(
	char why[LIST_WHY_BYTES], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, LIST_WHY_BYTES, format, arguments);
	va_end(arguments);
	return false;
}

/* One number with its suffix. @return what follows, NULL if it is none */
static const char *read_size(const char *text, size_t *ret_value)
{
	unsigned long long value, unit = 1;
	char *end;

	if (!isdigit((unsigned char)*text))
		return NULL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (*end == 'K' || *end == 'k')
		unit = 1024, end++;
	else if (*end == 'M' || *end == 'm')
		unit = 1048576, end++;
	if (errno || value > SIZE_MAX / unit)
		return NULL;
	*ret_value = (size_t)(value * unit);
	return end;
}

static bool append_size(struct size_list *list, size_t value, size_t low,
			size_t high, char why[LIST_WHY_BYTES])
{
	if (value < low || value > high)
		return refuse(why, "%zu is outside %zu .. %zu", value, low,
			      high);
	if (list->count && size_list_holds(list, value))
		return true;
	if (list->count == LIST_MAX)
		return refuse(why, "more than %d values", LIST_MAX);
	list->value[list->count++] = value;
	return true;
}

/* "A..B*F" from behind the dots. */
static const char *append_range(struct size_list *list, const char *text,
				size_t first, size_t low, size_t high,
				char why[LIST_WHY_BYTES])
{
	size_t last, factor = 2;

	text = read_size(text, &last);
	if (text && *text == '*')
		text = read_size(text + 1, &factor);
	if (!text || factor < 2 || last < first || first == 0) {
		refuse(why, "a range is written 1K..64K*4");
		return NULL;
	}
	for (size_t value = first;; value *= factor) {
		if (!append_size(list, value, low, high, why))
			return NULL;
		if (value > last / factor)
			return text;
	}
}

bool size_list_parse(struct size_list *list, const char *text, size_t low,
		     size_t high, char why[LIST_WHY_BYTES])
{
	for (;;) {
		const char *end;
		size_t value;

		end = read_size(text, &value);
		if (!end)
			return refuse(why,
				      "\"%s\" is no number such as 64 "
				      "or 16K",
				      text);
		if (end[0] == '.' && end[1] == '.')
			end = append_range(list, end + 2, value, low, high,
					   why);
		else if (!append_size(list, value, low, high, why))
			return false;
		if (!end)
			return false;
		if (*end == '\0')
			return true;
		if (*end != ',')
			return refuse(why, "\"%s\" cannot follow a number",
				      end);
		text = end + 1;
	}
}

bool name_list_parse(struct name_list *list, const char *text,
		     char why[LIST_WHY_BYTES])
{
	for (;;) {
		size_t length = strcspn(text, ",");

		if (length == 0)
			return refuse(why, "a name is missing");
		if (list->count == LIST_MAX)
			return refuse(why, "more than %d names", LIST_MAX);
		list->name[list->count] = strndup(text, length);
		if (!list->name[list->count])
			return refuse(why, "no memory");
		list->count++;
		if (text[length] == '\0')
			return true;
		text += length + 1;
	}
}

bool name_list_holds(const struct name_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->name[i], name))
			return true;
	return list->count == 0;
}

bool size_list_holds(const struct size_list *list, size_t value)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->value[i] == value)
			return true;
	return list->count == 0;
}
