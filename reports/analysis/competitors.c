/* SPDX-License-Identifier: MIT */
/* Versions of the competitors: a row for each library and run. */
#include "analysis.h"

static void add_competitor(struct table *table, const json_t *competitor)
{
	struct entry *row = table_row(table);
	const char *version = json_text(competitor, "version", NULL);

	row[0] = entry_text(json_text(competitor, "name", "?"));
	row[0].mark = "mono";
	row[1] = entry_text(version ? version : "not installed");
	if (!version) {
		row[1].mark = "missing";
		row[1].note = json_text(competitor, "reason", NULL);
	}
	row[2] = entry_text(json_text(competitor, "bound", "–"));
}

struct table *competitors_table(const struct model *model)
{
	static const char *const heads[] = {"Competitor", "Version",
					    "Capacity in messages", NULL};
	const json_t *documents = json_object_get(model->bundle, "documents");
	struct table *table =
		table_create(model->mem_pool, "competitor_versions",
			     "Competitors: other libraries, each in a program "
			     "of its own",
			     heads);

	for (size_t d = 0; d < json_array_size(documents); d++) {
		const json_t *competitors = json_object_get(
			json_array_get(documents, d), "competitors");

		for (size_t i = 0; i < json_array_size(competitors); i++)
			add_competitor(table, json_array_get(competitors, i));
	}
	return table->rows ? table : NULL;
}
