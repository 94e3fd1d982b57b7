/* SPDX-License-Identifier: MIT */
/* Packed and unpacked JSON is the same to the byte; damage is rejected. */
#include <stdlib.h>
#include <string.h>

#include "impls/testkit/check.h"
#include "reports/bundle/dedupe.h"

static void same_again(const char *text)
{
	json_t *plain = json_loads(text, JSON_DECODE_ANY, NULL);
	json_t *packed = dedupe_pack(plain), *again = dedupe_unpack(packed);
	char *before = json_dumps(plain, JSON_ENCODE_ANY | JSON_COMPACT);
	char *after = json_dumps(again, JSON_ENCODE_ANY | JSON_COMPACT);

	CHECK(before && after && !strcmp(before, after));
	free(before);
	free(after);
	json_decref(plain);
	json_decref(packed);
	json_decref(again);
}

static void texts_objects_and_arrays_survive(void)
{
	same_again("{}");
	same_again("[]");
	same_again("{\"a\":[],\"b\":{},\"c\":null,\"d\":[true,false]}");
	same_again(
		"[{\"a\":1,\"b\":2.5},{\"a\":3,\"b\":-1},{\"b\":1,\"a\":2}]");
	same_again(
		"[\"~1\",\"~\",\"~~x\",\"a longer text\",\"a longer text\"]");
	same_again("[-1,[-1,[0]],\"\",\"\",{\"\":\"\"}]");
	same_again("{\"a\":{\"a\":{\"a\":[[[1]]]}},\"~0\":\"~0\"}");
}

static void repetitions_are_written_once(void)
{
	json_t *list = json_array();
	char *plain, *packed;
	json_t *value;

	for (int i = 0; i < 100; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:i}", "requirement",
					"the same long sentence", "n", i));
	value = dedupe_pack(list);
	plain = json_dumps(list, JSON_COMPACT);
	packed = json_dumps(value, JSON_COMPACT);
	CHECK(plain && packed && strlen(packed) * 3 < strlen(plain));
	free(plain);
	free(packed);
	json_decref(list);
	json_decref(value);
}

static void the_most_frequent_has_the_shortest_number(void)
{
	json_t *list = json_pack("[s, s, s, s, s]", "seldom", "seldom", "often",
				 "often", "often");
	json_t *packed = dedupe_pack(list);
	const json_t *texts = json_object_get(packed, "texts");

	CHECK(json_array_size(texts) == 2);
	CHECK(!strcmp(json_string_value(json_array_get(texts, 0)), "often"));
	json_decref(packed);
	json_decref(list);
}

static void rejected(const char *text)
{
	json_t *packed = json_loads(text, 0, NULL);

	CHECK(packed && !dedupe_unpack(packed));
	json_decref(packed);
}

static void damage_is_rejected(void)
{
	rejected("{\"value\":[-1]}");
	rejected("{\"packed\":1,\"shapes\":[],\"texts\":[],\"value\":[0]}");
	rejected("{\"packed\":1,\"shapes\":[[\"a\"]],\"texts\":[],"
		 "\"value\":[0]}");
	rejected("{\"packed\":1,\"shapes\":[[\"a\"]],\"texts\":[],"
		 "\"value\":[0,\"~3\"]}");
	rejected("{\"packed\":1,\"shapes\":[[1]],\"texts\":[],"
		 "\"value\":[0,1]}");
}

int main(void)
{
	texts_objects_and_arrays_survive();
	repetitions_are_written_once();
	the_most_frequent_has_the_shortest_number();
	damage_is_rejected();
	return check_failures() ? 1 : 0;
}
