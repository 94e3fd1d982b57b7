/* SPDX-License-Identifier: MIT */
/*
 * M-04: a list of a manager.
 */
#include <string.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_manager.h"

static void at_expect(struct ipcm_proxy *list, int64_t index, const char *value)
{
	char got[20] = "";
	size_t size = 0;

	CHECK_OK(ipcm_list_get(list, index, got, sizeof(got) - 1, &size));
	CHECK(size == strlen(value) && strcmp(got, value) == 0, "\"%s\" at %d",
	      got, (int)index);
}

static void list_pop_expect(struct ipcm_proxy *list, int64_t index,
			    const char *value)
{
	char got[20] = "";
	size_t size = 0;

	CHECK_OK(ipcm_list_pop(list, index, got, sizeof(got) - 1, &size));
	CHECK(size == strlen(value) && strcmp(got, value) == 0, "\"%s\" at %d",
	      got, (int)index);
}

static void check_bad_index(struct ipcm_proxy *list, int64_t index)
{
	char got = 'x';
	size_t size = 77;

	CHECK_STATUS(IPCM_RANGE, ipcm_list_get(list, index, &got, 1, &size));
	CHECK_STATUS(IPCM_RANGE, ipcm_list_set(list, index, "y", 1));
	CHECK_STATUS(IPCM_RANGE, ipcm_list_delete(list, index));
	CHECK_STATUS(IPCM_RANGE, ipcm_list_pop(list, index, &got, 1, &size));
	CHECK(got == 'x' && size == 77, "a call that failed wrote a result");
}

/* The calls of a child. */
static void use_list(void *argument)
{
	static const struct ipcm_bytes ones[] = {{"1", 1}, {"1", 1}};
	struct ipcm_proxy *l = argument;
	size_t answer = 0;

	text_append(l, "9");
	CHECK_OK(ipcm_list_extend(l, ones, 2));
	CHECK_OK(ipcm_list_insert(l, 1, "4", 1));
	CHECK_OK(ipcm_list_insert(l, -100, "0", 1));
	words_expect(l, "0 5 4 3 9 1 1");
	at_expect(l, 0, "0");
	at_expect(l, -1, "1");
	at_expect(l, -3, "9");
	SNAPSHOT_EXPECT(ipcm_list_slice(l, 1, 4, 2, &snapshot), "5 3");
	SNAPSHOT_EXPECT(ipcm_list_slice(l, -2, 100, 1, &snapshot), "1 1");
	SNAPSHOT_EXPECT(ipcm_list_slice(l, 4, 1, 1, &snapshot), "");
	SNAPSHOT_EXPECT(ipcm_list_slice(l, 4, 1, -1, &snapshot), "9 3 4");
	SNAPSHOT_EXPECT(ipcm_list_slice(l, INT64_MAX, INT64_MIN, -2, &snapshot),
			"1 9 4 0");
	CHECK_OK(ipcm_list_set(l, -1, "2", 1));
	CHECK_OK(ipcm_list_index(l, "3", 1, &answer));
	CHECK_EQUAL(3, answer, "index");
	CHECK_OK(ipcm_list_count(l, "1", 1, &answer));
	CHECK_EQUAL(1, answer, "count");
	list_pop_expect(l, 4, "9");
	CHECK_OK(ipcm_list_remove(l, "4", 1));
	CHECK_OK(ipcm_list_reverse(l));
	words_expect(l, "2 1 3 5 0");
	CHECK_OK(ipcm_list_sort(l, IPCM_SORT_BYTES, false));
	words_expect(l, "0 1 2 3 5");
	CHECK_OK(ipcm_list_sort(l, IPCM_SORT_BYTES, true));
	CHECK_OK(ipcm_list_delete(l, 0));
	list_pop_expect(l, -1, "0");
}

static void check_sort_of_numbers(struct ipcm_proxy *list)
{
	static const int64_t numbers[] = {3, -1, 256, INT64_MIN, 2};
	static const int64_t sorted[] = {INT64_MIN, -1, 2, 3, 256};
	static const double reals[] = {1e300, -0.5, 2};
	int64_t number = 0;
	double real = 0;

	CHECK_OK(ipcm_list_clear(list));
	for (int i = 0; i < 5; i++)
		CHECK_OK(ipcm_list_append(list, &numbers[i], 8));
	CHECK_OK(ipcm_list_sort(list, IPCM_SORT_INT64, false));
	for (int i = 0; i < 5; i++) {
		CHECK_OK(ipcm_list_get(list, i, &number, 8, NULL));
		CHECK_EQUAL(sorted[i], number, "number");
	}
	CHECK_OK(ipcm_list_append(list, "short", 5));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_list_sort(list, IPCM_SORT_INT64, false));
	CHECK_OK(ipcm_list_clear(list));
	for (int i = 0; i < 3; i++)
		CHECK_OK(ipcm_list_append(list, &reals[i], 8));
	CHECK_OK(ipcm_list_sort(list, IPCM_SORT_DOUBLE, true));
	CHECK_OK(ipcm_list_get(list, -1, &real, 8, NULL));
	CHECK(real >= -0.5 && real <= -0.5, "the last is %g", real);
	CHECK_OK(ipcm_list_clear(list));
}

static void list_calls(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = manager_started(backend);
	struct ipcm_proxy *list = list_make(manager);
	struct ipcm_snapshot *snapshot = NULL;
	struct peer peer;
	size_t answer = 77;

	text_append(list, "5");
	text_append(list, "3");
	peer = peer_start(use_list, list);
	peer_join(&peer);
	words_expect(list, "3 2 1");
	CHECK_EQUAL(3, list_length(list), "length");
	check_bad_index(list, 3);
	check_bad_index(list, -4);
	check_bad_index(list, INT64_MAX);
	check_bad_index(list, INT64_MIN);
	CHECK_STATUS(IPCM_NOTFOUND, ipcm_list_index(list, "7", 1, &answer));
	CHECK_STATUS(IPCM_NOTFOUND, ipcm_list_remove(list, "33", 2));
	CHECK_EQUAL(77, answer, "result of a call that failed");
	CHECK_OK(ipcm_list_count(list, "7", 1, &answer));
	CHECK_EQUAL(0, answer, "count of a missing value");
	CHECK_STATUS(IPCM_INVALID, ipcm_list_slice(list, 0, 1, 0, &snapshot));
	CHECK(!snapshot, "a call that failed wrote the handle");
	words_expect(list, "3 2 1");
	check_sort_of_numbers(list);
	check_bad_index(list, 0);
	check_bad_index(list, -1);
	ipcm_proxy_free(list);
	manager_end(manager);
}

static const struct clause table[] = {
	{"M-04", LEVEL_CORE, OBJECT_MANAGER,
	 "Each call of a list, from a child; negative and wrong indices, "
	 "slices, missing values.",
	 "As a list of Python; RANGE, NOTFOUND; a call that failed changes "
	 "nothing.",
	 "CPython tests _TestContainers.test_list, "
	 "TestSyncManagerTypes.test_list",
	 0, false, list_calls},
};

CLAUSE_LIST(clauses_manager_list, table);
