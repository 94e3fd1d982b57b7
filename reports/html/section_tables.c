/* SPDX-License-Identifier: MIT */
/* Sections that are one table each. */
#include "page.h"

static bool put_table(struct page *page, const struct table *table)
{
	if (page->out && table)
		page_table(page->out, table);
	return table != NULL;
}

bool slot_references(struct page *page)
{
	return put_table(page, reference_table(page->model));
}

bool slot_ratios(struct page *page)
{
	return put_table(page, ratios_table(page->model));
}

bool slot_features(struct page *page)
{
	return put_table(page, features_table(page->model));
}

bool slot_environment(struct page *page)
{
	return put_table(page, environment_table(page->model));
}

bool slot_rows(struct page *page)
{
	return put_table(page, cells_table(page->model));
}
