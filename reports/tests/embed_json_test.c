/* SPDX-License-Identifier: MIT */
/* The data of a page are the same to the byte again; damage is rejected. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impls/testkit/check.h"
#include "reports/bundle/embed_json.h"

static char *page_of(const char *data)
{
	char *page = NULL;

	CHECK(asprintf(&page,
		       "<p>before</p>" EMBED_OPEN "%s" EMBED_CLOSE
		       "<p>after</p>",
		       data) > 0);
	return page;
}

/* So many documents, each with what HTML must not see. */
static json_t *bundle_make(int documents)
{
	json_t *list = json_array();

	for (int i = 0; i < documents; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:i, s:f}", "text",
						"</script> <b> & \"the same\"",
						"n", i, "figure", i / 7.0));
	return embed_json_settle(json_pack("{s:o, s:[s]}", "documents", list,
					   "backends", "pipe"));
}

static void a_bundle_survives(int documents)
{
	json_t *bundle = bundle_make(documents), *again;
	char *text = embed_json_text(bundle), *page = page_of(text);

	CHECK(!strpbrk(text, "<>&"));
	again = embed_json_find(page);
	CHECK(json_equal(bundle, again));
	json_decref(again);
	json_decref(bundle);
	free(page);
	free(text);
}

static void repetitions_cost_little(void)
{
	json_t *bundle = bundle_make(1000);
	char *plain = json_dumps(bundle, JSON_COMPACT);
	char *text = embed_json_text(bundle);

	CHECK(strlen(text) * 3 < strlen(plain));
	free(text);
	free(plain);
	json_decref(bundle);
}

static void rejected(const char *data)
{
	char *page = page_of(data);

	CHECK(!embed_json_find(page));
	free(page);
}

static void damage_is_rejected(void)
{
	json_t *bundle = bundle_make(1000), *other = json_pack("{s:i}", "a", 1);
	char *text = embed_json_text(bundle), *foreign = embed_json_text(other);
	size_t middle = strlen(text) / 2;

	rejected("");
	rejected("not base64!");
	rejected("AAAA");
	rejected(foreign); /* JSON, but no bundle */
	/* all of the JSON, without the checksum behind it */
	text[strlen(text) / 4 * 4 - 8] = '\0';
	rejected(text);
	text[middle] = text[middle] == 'A' ? 'B' : 'A';
	rejected(text);
	CHECK(!embed_json_find("<p>a page without data</p>"));
	free(foreign);
	free(text);
	json_decref(other);
	json_decref(bundle);
}

int main(void)
{
	a_bundle_survives(0);
	a_bundle_survives(1);
	a_bundle_survives(5000);
	repetitions_cost_little();
	damage_is_rejected();
	return 0;
}
