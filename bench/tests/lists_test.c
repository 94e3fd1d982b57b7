/* SPDX-License-Identifier: MIT */
/* Reading the lists of the command line, the good and the bad ones. */
#include "impls/testkit/check.h"
#include "bench/plan/lists.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char why[LIST_WHY_BYTES];

static bool parse(struct size_list *list, const char *text)
{
	list->count = 0;
	return size_list_parse(list, text, 8, 16 << 20, why);
}

static void good_size_lists_are_read(void)
{
	struct size_list list;

	CHECK(parse(&list, "64"), "%s", why);
	CHECK(list.count == 1 && list.value[0] == 64, "64");
	CHECK(parse(&list, "64,1K,64k,1M"), "%s", why);
	CHECK(list.count == 4 && list.value[1] == 1024 &&
		      list.value[2] == 65536 && list.value[3] == 1048576,
	      "suffixes");
	CHECK(parse(&list, "1K..64K*4"), "%s", why);
	CHECK(list.count == 4 && list.value[3] == 65536, "range by 4");
	CHECK(parse(&list, "64..256"), "%s", why);
	CHECK(list.count == 3 && list.value[1] == 128, "range by 2");
	CHECK(parse(&list, "64..100*4"), "%s", why);
	CHECK(list.count == 1, "a range that ends between two steps");
	CHECK(parse(&list, "64,64,8..64*8"), "%s", why);
	CHECK(list.count == 2, "duplicates are dropped, got %zu", list.count);
}

static void bad_size_lists_are_refused_with_a_reason(void)
{
	static const char *const bad[] = {
		"",
		"x",
		"64,",
		"64;65",
		"-64",
		"7",
		"17M",
		"1K..64K*1",
		"1K..",
		"64K..1K",
		"1e3",
		"99999999999999999999",
		"64..1M*",
		" 64",
		"64K*2",
		"0..64",
		"18446744073709551615M",
	};
	struct size_list list;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why[0] = '\0';
		CHECK(!parse(&list, bad[i]), "accepted \"%s\"", bad[i]);
		CHECK(why[0], "no reason for \"%s\"", bad[i]);
	}
}

static void a_list_that_is_too_long_is_refused(void)
{
	struct size_list list = {0};
	char text[512] = "8";

	for (int i = 9; i < 8 + LIST_MAX + 1; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 ",%d", i);
	CHECK(!size_list_parse(&list, text, 8, 1024, why), "accepted");
}

static void names_are_split_at_commas(void)
{
	struct name_list list = {0};

	CHECK(name_list_holds(&list, "pipe"), "an empty list holds all");
	CHECK(name_list_parse(&list, "pipe,shm_ring", why), "%s", why);
	CHECK(name_list_parse(&list, "null", why), "%s", why);
	CHECK(list.count == 3 && !strcmp(list.name[2], "null"), "repeatable");
	CHECK(name_list_holds(&list, "shm_ring"), "holds");
	CHECK(!name_list_holds(&list, "shm"), "holds no part of a name");
	CHECK(!name_list_parse(&list, "a,,b", why), "empty name");
	CHECK(!name_list_parse(&list, "", why), "empty text");
	while (list.count)
		free(list.name[--list.count]);
}

int main(void)
{
	good_size_lists_are_read();
	bad_size_lists_are_refused_with_a_reason();
	a_list_that_is_too_long_is_refused();
	names_are_split_at_commas();
	return check_failures() ? 1 : 0;
}
