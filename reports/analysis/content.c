/* SPDX-License-Identifier: MIT */
/* Content of a section. */
#include "content.h"

#include <string.h>

void content_add(struct content *content, struct item item)
{
	if (content->count == content->room) {
		size_t room = content->room ? 2 * content->room : 16;
		struct item *more = pool_alloc(content->hosts->mem_pool,
					       room * sizeof(*more));

		if (content->count)
			memcpy(more, content->list,
			       content->count * sizeof(*more));
		content->list = more;
		content->room = room;
	}
	content->list[content->count++] = item;
}

void content_table(struct content *content, const struct table *table)
{
	if (table)
		content_add(content,
			    (struct item){.kind = ITEM_TABLE, .table = table});
}

void content_folded(struct content *content, const struct table *table)
{
	if (table)
		content_add(content,
			    (struct item){.kind = ITEM_FOLDED, .table = table});
}

void content_sentences(struct content *content, enum item_kind kind,
		       const struct sentences *sentences)
{
	if (sentences->count)
		content_add(content, (struct item){.kind = kind,
						   .sentences = *sentences});
}
