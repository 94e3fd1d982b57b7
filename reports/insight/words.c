/* SPDX-License-Identifier: MIT */
/* Small tools for sentences. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "insight/insight.h"

void say(const struct model *model, struct sentences *sentences,
	 const char *format, ...)
{
	char text[2048];
	va_list arguments;

	if (sentences->count == sentences->room) {
		size_t room = sentences->room ? 2 * sentences->room : 8;
		const char **more =
			arena_take(model->arena, room * sizeof(*more));

		if (sentences->count)
			memcpy(more, sentences->list,
			       sentences->count * sizeof(*more));
		sentences->list = more;
		sentences->room = room;
	}
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	sentences->list[sentences->count++] = arena_copy(model->arena, text);
}

void say_once(const struct model *model, struct sentences *sentences,
	      const char *text)
{
	for (size_t i = 0; i < sentences->count; i++)
		if (!strcmp(sentences->list[i], text))
			return;
	say(model, sentences, "%s", text);
}

const char *join_names(const struct model *model, const char *const *names,
		       size_t count)
{
	const char *text = count ? names[0] : "none";

	for (size_t i = 1; i < count; i++)
		text = arena_print(model->arena, "%s%s%s", text,
				   i + 1 == count ? " and " : ", ", names[i]);
	return text;
}

const char *count_of(const struct model *model, size_t count, const char *thing)
{
	return arena_print(model->arena, "%zu %s%s", count, thing,
			   count == 1 ? "" : "s");
}
