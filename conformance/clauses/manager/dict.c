/* SPDX-License-Identifier: MIT */
/*
 * M-02, M-03, M-06: a dict of a manager; one call is one step; copies.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_manager.h"
#include "conformance/harness/users.h"

/* ---- M-02 ---- */

enum { USERS = 10, APPENDS = 100 };

/* What the users share; in shared memory. */
struct common {
	struct ipcm_proxy *dict, *lock, *list;
	_Atomic int users;
};

/* One step under the lock, and appends without. */
static void count_down_and_append(void *argument)
{
	struct common *common = argument;
	int user = atomic_fetch_add(&common->users, 1);
	char text[20];

	CHECK_OK(ipcm_shared_lock_acquire(common->lock, hang_ns()));
	count_set(common->dict, "a", count_get(common->dict, "a") - 1);
	CHECK_OK(ipcm_shared_lock_release(common->lock));
	for (int i = 0; i < APPENDS; i++) {
		(void)snprintf(text, sizeof(text), "%d", user * APPENDS + i);
		text_append(common->list, text);
	}
}

/* A value has no NUL behind it: what stands there is other memory. */
static int number_of(const struct ipcm_pair *pair)
{
	char text[20];
	int number;

	(void)snprintf(text, sizeof(text), "%.*s", (int)pair->value_bytes,
		       (const char *)pair->value);
	return sscanf(text, "%d", &number) == 1 ? number : -1;
}

/* Each of 0 .. count - 1 is there once. */
static void check_all_there(struct ipcm_snapshot *snapshot, int count)
{
	bool *seen = memory((size_t)count * sizeof(*seen));
	struct ipcm_pair pair;
	int number;

	CHECK_EQUAL(count, ipcm_snapshot_count(snapshot), "values");
	for (int i = 0; i < count; i++) {
		CHECK_OK(ipcm_snapshot_get(snapshot, (size_t)i, &pair));
		number = number_of(&pair);
		CHECK(number >= 0 && number < count, "value %d is damaged", i);
		CHECK(!seen[number], "value %d is there twice", number);
		seen[number] = true;
	}
	free(seen);
}

static void each_call_is_one_step(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = manager_started(backend);
	struct common *common = share(sizeof(*common));
	struct ipcm_snapshot *snapshot = NULL;

	common->dict = dict_make(manager);
	common->lock = shared_lock_make(manager);
	common->list = list_make(manager);
	count_set(common->dict, "a", 100);
	users_run(USERS - 4, 4, count_down_and_append, common);
	CHECK_EQUAL(100 - USERS, count_get(common->dict, "a"), "the number");
	CHECK_OK(ipcm_list_slice(common->list, 0, INT64_MAX, 1, &snapshot));
	check_all_there(snapshot, USERS * APPENDS);
	ipcm_snapshot_free(snapshot);
	ipcm_proxy_free(common->list);
	ipcm_proxy_free(common->lock);
	ipcm_proxy_free(common->dict);
	manager_end(manager);
}

/* ---- M-03 ---- */

static bool contains(struct ipcm_proxy *dict, const char *key)
{
	bool answer = false;

	CHECK_OK(ipcm_dict_contains(dict, key, strlen(key), &answer));
	return answer;
}

static void pop_expect(struct ipcm_proxy *dict, const char *key,
		       const char *value)
{
	char got[20] = "";
	size_t size = 0;

	CHECK_OK(ipcm_dict_pop(dict, key, strlen(key), got, sizeof(got) - 1,
			       &size));
	CHECK(size == strlen(value) && strcmp(got, value) == 0, "\"%s\"", got);
}

static void setdefault_expect(struct ipcm_proxy *dict, const char *key,
			      const char *value, const char *wanted)
{
	char got[20] = "";
	size_t size = 0;

	CHECK_OK(ipcm_dict_setdefault(dict, key, strlen(key), value,
				      strlen(value), got, sizeof(got) - 1,
				      &size));
	CHECK(size == strlen(wanted) && strcmp(got, wanted) == 0, "\"%s\"",
	      got);
}

static void check_dict_order(struct ipcm_proxy *d)
{
	SNAPSHOT_EXPECT(ipcm_dict_keys(d, &snapshot), "3 1 2");
	SNAPSHOT_EXPECT(ipcm_dict_values(d, &snapshot), "c a b");
	SNAPSHOT_EXPECT(ipcm_dict_items(d, &snapshot), "3=c 1=a 2=b");
	text_set(d, "3", "cc");
	SNAPSHOT_EXPECT(ipcm_dict_items(d, &snapshot), "3=cc 1=a 2=b");
}

static void check_missing_key(struct ipcm_proxy *d)
{
	char got = 'x';
	size_t size = 77;

	CHECK_STATUS(IPCM_NOTFOUND, ipcm_dict_get(d, "9", 1, &got, 1, &size));
	CHECK_STATUS(IPCM_NOTFOUND, ipcm_dict_pop(d, "9", 1, &got, 1, &size));
	CHECK_STATUS(IPCM_NOTFOUND, ipcm_dict_delete(d, "9", 1));
	CHECK(!contains(d, "9"), "it contains a missing key");
	CHECK(got == 'x' && size == 77, "a call that failed wrote a result");
}

/* A value that is longer than the buffer stays. */
static void check_small_buffer(struct ipcm_proxy *d)
{
	char got[3] = "zz";
	size_t size = 0;

	text_set(d, "long", "value");
	CHECK_STATUS(IPCM_TOOSMALL, ipcm_dict_get(d, "long", 4, got, 3, &size));
	CHECK_EQUAL(5, size, "bytes that are needed");
	size = 0;
	CHECK_STATUS(IPCM_TOOSMALL, ipcm_dict_pop(d, "long", 4, got, 3, &size));
	CHECK_EQUAL(5, size, "bytes that are needed");
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_dict_setdefault(d, "long", 4, "x", 1, got, 3, &size));
	CHECK(strcmp(got, "zz") == 0, "a call that failed wrote the buffer");
	pop_expect(d, "long", "value");
}

/* Keys and values are bytes: empty, with zeros, large. */
static void check_bytes(struct ipcm_proxy *d)
{
	enum { LARGE = 3 << 20 };
	char *value = memory(LARGE), *got = memory(LARGE);
	size_t size = 77;

	pattern_fill(value, LARGE, 1);
	CHECK_OK(ipcm_dict_set(d, "\0a", 2, value, LARGE));
	CHECK_OK(ipcm_dict_set(d, "\0b", 2, NULL, 0));
	CHECK_OK(ipcm_dict_get(d, "\0a", 2, got, LARGE, &size));
	CHECK(size == LARGE && memcmp(got, value, LARGE) == 0,
	      "%zu bytes, or damaged", size);
	CHECK_OK(ipcm_dict_get(d, "\0b", 2, NULL, 0, &size));
	CHECK_EQUAL(0, size, "bytes of an empty value");
	CHECK_OK(ipcm_dict_set(d, value, 1000, value, 1000));
	CHECK_OK(ipcm_dict_get(d, value, 1000, got, LARGE, NULL));
	CHECK_OK(ipcm_dict_set(d, NULL, 0, "e", 1));
	CHECK_OK(ipcm_dict_get(d, "", 0, got, 1, &size));
	CHECK_EQUAL(4, dict_length(d), "length");
	free(value);
	free(got);
}

/* The calls of a child; what is left is the clause's. */
static void use_dict(void *argument)
{
	static const struct ipcm_pair pairs[] = {{"3", 1, "ccc", 3},
						 {"8", 1, "h", 1}};
	struct ipcm_proxy *d = argument;

	text_expect(d, "1", "a");
	check_missing_key(d);
	check_dict_order(d);
	pop_expect(d, "1", "a");
	CHECK(contains(d, "3") && !contains(d, "1"), "contains is wrong");
	setdefault_expect(d, "7", "new", "new");
	setdefault_expect(d, "7", "other", "new");
	check_small_buffer(d);
	CHECK_OK(ipcm_dict_delete(d, "2", 1));
	CHECK_OK(ipcm_dict_update(d, pairs, 2));
	CHECK_OK(ipcm_dict_update(d, NULL, 0));
}

static void dict_calls(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = manager_started(backend);
	struct ipcm_proxy *dict = dict_make(manager);
	struct peer peer;

	text_set(dict, "3", "c");
	text_set(dict, "1", "a");
	text_set(dict, "2", "b");
	peer = peer_start(use_dict, dict);
	peer_join(&peer);
	SNAPSHOT_EXPECT(ipcm_dict_items(dict, &snapshot), "3=ccc 7=new 8=h");
	CHECK_EQUAL(3, dict_length(dict), "length");
	CHECK_OK(ipcm_dict_clear(dict));
	CHECK_EQUAL(0, dict_length(dict), "length after clear");
	SNAPSHOT_EXPECT(ipcm_dict_items(dict, &snapshot), "");
	check_bytes(dict);
	ipcm_proxy_free(dict);
	manager_end(manager);
}

/* ---- M-06 ---- */

static void append_to_nested(void *argument)
{
	char name[IPCM_NAME_MAX + 1] = "";
	struct ipcm_manager *manager = ((void **)argument)[0];
	struct ipcm_proxy *outer = ((void **)argument)[1], *inner = NULL;

	CHECK_OK(ipcm_dict_get(outer, "nested", 6, name, IPCM_NAME_MAX, NULL));
	CHECK_OK(ipcm_manager_list(manager, name, &inner));
	text_append(inner, "two");
	ipcm_proxy_free(inner);
}

/* The name of a shared object, stored in another, leads to it. */
static void nested_is_live(struct ipcm_manager *manager,
			   struct ipcm_proxy *outer)
{
	struct ipcm_proxy *inner = list_make(manager), *wrong = NULL;
	void *both[] = {manager, outer};
	struct peer peer;

	text_append(inner, "one");
	text_set(outer, "nested", proxy_name(inner));
	peer = peer_start(append_to_nested, both);
	peer_join(&peer);
	words_expect(inner, "one two");
	CHECK_STATUS(IPCM_EXISTS,
		     ipcm_manager_dict(manager, proxy_name(inner), &wrong));
	CHECK(!wrong, "a dict that is a list");
	CHECK_OK(ipcm_manager_remove(manager, proxy_name(inner)));
	CHECK_STATUS(IPCM_REMOVED, ipcm_list_clear(inner));
	ipcm_proxy_free(inner);
}

static void values_are_copies(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = manager_started(backend);
	struct ipcm_proxy *dict = dict_make(manager);
	struct ipcm_snapshot *snapshot = NULL;
	char value[] = "12", key[] = "a";

	CHECK_OK(ipcm_dict_set(dict, key, 1, value, 2));
	value[1] = '3';
	key[0] = 'b';
	text_expect(dict, "a", "12");
	text_expect(dict, "b", NULL);
	CHECK_OK(ipcm_dict_items(dict, &snapshot));
	text_set(dict, "a", value);
	text_set(dict, "c", "4");
	snapshot_expect(snapshot, "a=12");
	text_expect(dict, "a", "13");
	nested_is_live(manager, dict);
	ipcm_proxy_free(dict);
	manager_end(manager);
}

static const struct clause table[] = {
	{"M-02", LEVEL_CORE, OBJECT_MANAGER,
	 "6 processes and 4 threads count down in a dict, reading and writing "
	 "under a shared lock, and append 100 values each to a list.",
	 "100 becomes 90; every value is in the list, once.",
	 "multiprocessing, Managers; seed article's example of a shared dict",
	 0, false, each_call_is_one_step},
	{"M-03", LEVEL_CORE, OBJECT_MANAGER,
	 "Each call of a dict, from a child; missing keys, small buffers, "
	 "keys and values of any bytes.",
	 "Insertion order; NOTFOUND, TOOSMALL; a call that failed changes "
	 "nothing.",
	 "CPython tests _TestContainers.test_dict, "
	 "TestSyncManagerTypes.test_dict",
	 0, false, dict_calls},
	{"M-06", LEVEL_CORE, OBJECT_MANAGER,
	 "Change what was stored, and what was read; store the name of a "
	 "list in a dict and open it in a child.",
	 "The stored value stays until it is stored again; the nested list is "
	 "the same, live one.",
	 "multiprocessing.managers, Proxy Objects; CPython test "
	 "_TestContainers.test_dict_proxy_nested",
	 0, false, values_are_copies},
};

CLAUSE_LIST(clauses_manager_dict, table);
