/* SPDX-License-Identifier: MIT */
/* Sentences, lists of names, and the rows that sentences are about. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"

void say(const struct model *model, struct sentences *sentences,
	 const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return;
	va_start(arguments, format);
	vfprintf(out, format, arguments);
	va_end(arguments);
	if (fclose(out))
		return;
	sentences->list =
		pool_grow(model->mem_pool, sentences->list, sentences->count,
			  &sentences->room, sizeof(*sentences->list));
	sentences->list[sentences->count++] = pool_copy(model->mem_pool, text);
	free(text);
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
		text = pool_print(model->mem_pool, "%s%s%s", text,
				  i + 1 == count ? " and " : ", ", names[i]);
	return text;
}

const char *count_of(const struct model *model, size_t count, const char *thing)
{
	return pool_print(model->mem_pool, "%zu %s%s", count, thing,
			  count == 1 ? "" : "s");
}

const char *const *backend_heads(const struct model *model,
				 const char *const *first)
{
	const struct backend *const *list;
	size_t count = query_ranked(model, &list), own = 0;
	const char **heads;

	while (first[own])
		own++;
	heads = pool_alloc(model->mem_pool, (own + count + 1) * sizeof(*heads));
	memcpy(heads, first, own * sizeof(*heads));
	for (size_t i = 0; i < count; i++)
		heads[own + i] = list[i]->name;
	return heads;
}

bool find_answer(const struct model *model, enum role role,
		 const char *placement, int64_t wanted, struct answer *ret)
{
	ret->group = query_main_group(model, role, placement);
	if (!ret->group)
		return false;
	ret->point = query_near_size(model, ret->group, wanted);
	ret->ranking = query_rank(model, ret->group, ret->point, query_any);
	return ret->ranking.count + ret->ranking.left_out > 0;
}
