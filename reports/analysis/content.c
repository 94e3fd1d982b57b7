/* SPDX-License-Identifier: MIT */
/* Content of a section. */
#include "content.h"

void content_add(struct content *content, struct item item)
{
	content->list = pool_grow(content->hosts->mem_pool, content->list,
				  content->count, &content->room,
				  sizeof(*content->list));
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
