/* SPDX-License-Identifier: MIT */
/*
 * X-NAM: unrelated processes that find an object by its name, what its opener
 * is told, and what a name may look like. Races and unlink are in name_race.c.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_named.h"
#include "conformance/harness/fixtures/unrelated_process.h"

#include <string.h>

static void unrelated_at_a_queue(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue, *back;
	struct unrelated unrelated;
	char name[NAMED_BYTES];

	named_name("queue.back", name);
	back = named_queue_make(backend, name, 2, 0);
	named_name("queue", name);
	queue = named_queue_make(backend, name, UNRELATED_MAXSIZE,
				 IPCM_QUEUE_JOINABLE);
	numbers_put(queue, UNRELATED_FIRST, 2);
	pattern_put(queue, 7, UNRELATED_LARGE);
	unrelated = unrelated_start(backend, "queue", name);
	/* it says that all is done; then it waits, or soon will, in get */
	while (ipcm_queue_join(queue, 50 * MS) != IPCM_OK)
		unrelated_check_running(&unrelated);
	CHECK_EQUAL(0, queue_size(queue), "items that the other process left");
	pause_ns(grace_ns());
	number_put(queue, UNRELATED_FIRST);
	/* and we wait for it */
	CHECK_EQUAL(UNRELATED_ANSWER, number_get(back), "the answer");
	pattern_expect(back, 8, UNRELATED_LARGE);
	unrelated_join(&unrelated);
	queue_expect_drained(queue);
	queue_expect_room(queue, UNRELATED_MAXSIZE);
	ipcm_queue_free(queue);
	ipcm_queue_free(back);
}

static void unrelated_at_a_lock(const struct ipcm_backend *backend)
{
	struct unrelated unrelated;
	struct ipcm_lock *lock;
	char name[NAMED_BYTES];

	named_name("lock", name);
	lock = named_lock_make(backend, name);
	CHECK_OK(ipcm_lock_acquire(lock, IPCM_TRY));
	unrelated = unrelated_start(backend, "lock", name);
	unrelated_go_on(&unrelated);
	pause_ns(grace_ns());
	CHECK(!peer_reap(&unrelated.peer, 0, NULL),
	      "the other process did not wait for the lock");
	CHECK_OK(ipcm_lock_release(lock));
	unrelated_join_killed(&unrelated);
	/* it took the lock with it */
	CHECK_STATUS(IPCM_OWNERDEAD, ipcm_lock_acquire(lock, hang_ns()));
	CHECK_OK(ipcm_lock_recover(lock));
	CHECK_OK(ipcm_lock_release(lock));
	lock_expect_free(lock);
	ipcm_lock_free(lock);
}

static void unrelated_at_a_semaphore(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore;
	struct unrelated unrelated;
	char name[NAMED_BYTES];

	named_name("semaphore", name);
	semaphore = named_semaphore_make(backend, name, 1);
	CHECK_OK(ipcm_semaphore_acquire(semaphore, IPCM_TRY));
	unrelated = unrelated_start(backend, "semaphore", name);
	unrelated_go_on(&unrelated);
	pause_ns(grace_ns());
	CHECK_OK(ipcm_semaphore_release(semaphore));
	unrelated_join(&unrelated);
	CHECK_EQUAL(2, semaphore_value(semaphore), "value");
	ipcm_semaphore_free(semaphore);
}

static void unrelated_processes_use_it_fully(const struct ipcm_backend *backend)
{
	named_or_leave(backend);
	if (backend->queue)
		unrelated_at_a_queue(backend);
	if (!backend->lock)
		return;
	unrelated_at_a_lock(backend);
	unrelated_at_a_semaphore(backend);
}

/* Opening with options: what agrees, and what does not. */
static void conflict(const struct ipcm_backend *backend, const char *name,
		     int64_t maxsize, unsigned flags, enum ipcm_status wanted)
{
	const struct ipcm_access access = IPCM_ACCESS_INIT;
	const struct ipcm_queue_options options = {maxsize, 2048, flags, 0};
	struct ipcm_queue *queue = NULL;

	CHECK_STATUS(wanted,
		     ipcm_queue_open(backend, name, &access, &options, &queue));
	CHECK((wanted == IPCM_OK) == (queue != NULL), "status and handle");
	ipcm_queue_free(queue);
}

static void attributes_of_a_queue(const struct ipcm_backend *backend)
{
	struct ipcm_queue_options seen;
	struct ipcm_queue *queue, *opened;
	char name[NAMED_BYTES];

	named_name("attributes", name);
	queue = named_queue_make(backend, name, 5, IPCM_QUEUE_JOINABLE);
	for (unsigned i = 0; i < 3; i++)
		pattern_put(queue, i, 1024);
	conflict(backend, name, 9, IPCM_QUEUE_JOINABLE, IPCM_INVALID);
	conflict(backend, name, 5, 0, IPCM_INVALID);
	conflict(backend, name, 0, IPCM_QUEUE_JOINABLE, IPCM_INVALID);
	conflict(backend, name, 5, IPCM_QUEUE_JOINABLE, IPCM_OK);
	conflict(backend, name, 5, IPCM_QUEUE_JOINABLE | IPCM_QUEUE_FEEDER,
		 IPCM_OK);
	opened = named_queue_open(backend, name);
	CHECK_OK(ipcm_queue_get_options(opened, &seen));
	CHECK_EQUAL(5, seen.maxsize, "maxsize in force");
	CHECK_EQUAL(IPCM_QUEUE_JOINABLE, seen.flags, "flags in force");
	CHECK_EQUAL(3, queue_size(opened), "items");
	for (unsigned i = 0; i < 3; i++)
		pattern_expect(opened, i, 1024);
	queue_expect_room(opened, 5);
	/* two handles of one process are two users of one object */
	CHECK_OK(ipcm_queue_close(opened));
	numbers_expect(queue, 0, 5);
	ipcm_queue_free(opened);
	ipcm_queue_free(queue);
}

static void attributes_of_a_semaphore(const struct ipcm_backend *backend)
{
	const struct ipcm_access access = IPCM_ACCESS_INIT;
	struct ipcm_semaphore_options options = {9, 0};
	struct ipcm_semaphore *semaphore, *opened = NULL;
	char name[NAMED_BYTES];

	named_name("attributes", name);
	semaphore = named_semaphore_make(backend, name, 3);
	CHECK_OK(ipcm_semaphore_acquire(semaphore, IPCM_TRY));
	CHECK_OK(
		ipcm_semaphore_open(backend, name, &access, &options, &opened));
	CHECK_EQUAL(2, semaphore_value(opened), "value after open");
	ipcm_semaphore_free(opened);
	opened = NULL;
	options.flags = IPCM_SEMAPHORE_BOUNDED;
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_open(backend, name, &access,
						       &options, &opened));
	CHECK(!opened, "INVALID, yet a handle");
	CHECK_EQUAL(2, semaphore_value(semaphore), "value");
	/* the same name, another kind of object */
	named_expect(IPCM_INVALID, backend, NAMED_LOCK, name, 0);
	named_expect(IPCM_INVALID, backend, NAMED_LOCK, name,
		     IPCM_ACCESS_CREATE);
	if (backend->queue)
		named_expect(IPCM_INVALID, backend, NAMED_QUEUE, name, 0);
	CHECK_EQUAL(2, semaphore_value(semaphore), "value");
	ipcm_semaphore_free(semaphore);
}

static void open_changes_nothing(const struct ipcm_backend *backend)
{
	named_or_leave(backend);
	if (backend->queue)
		attributes_of_a_queue(backend);
	if (backend->lock)
		attributes_of_a_semaphore(backend);
}

static const char *const illegal[] = {
	NULL,	"",    "/",    "a/b",  "/abc",	       "abc/",
	".",	"..",  ".abc", "-abc", "a b",	       "a\nb",
	"a\\b", "a:b", "a*",   "~",    "na\xc3\xafve", "\x01",
};

static const char *const legal[] = {
	"x", "X9", "a.b_c-d", "_", "0.", "a..b",
};

static void try_illegal(const struct ipcm_backend *backend, const char *name)
{
	for (enum named_kind kind = 0; kind < NAMED_KINDS; kind++) {
		if (!named_has(backend, kind))
			continue;
		named_expect(IPCM_INVALID, backend, kind, name, 0);
		named_expect(IPCM_INVALID, backend, kind, name,
			     IPCM_ACCESS_CREATE);
		named_expect(IPCM_INVALID, backend, kind, name,
			     IPCM_ACCESS_CREATE | IPCM_ACCESS_EXCLUSIVE);
	}
	CHECK(ipcm_unlink(backend, name) == IPCM_INVALID,
	      "unlink of the illegal name \"%s\" is not INVALID",
	      name ? name : "(null)");
}

static void try_legal(const struct ipcm_backend *backend, const char *name)
{
	const struct ipcm_access access = IPCM_ACCESS_INIT;

	for (enum named_kind kind = 0; kind < NAMED_KINDS; kind++) {
		void *object = NULL;
		enum ipcm_status status;

		if (!named_has(backend, kind))
			continue;
		status = named_try(backend, kind, name, &access, &object);
		CHECK(status == IPCM_OK, "%s_open(\"%s\") gave %s",
		      named_word(kind), name, ipcm_status_name(status));
		named_use(kind, object);
		named_free(kind, object);
	}
}

static void names_are_judged_alike(const struct ipcm_backend *backend)
{
	const struct ipcm_access nonsense = {1u << 31, 0600};
	const struct ipcm_access mode = {IPCM_ACCESS_CREATE, 010000};
	const struct ipcm_access exclusive = {IPCM_ACCESS_EXCLUSIVE, 0600};
	const struct ipcm_access both = {
		IPCM_ACCESS_GET_ONLY | IPCM_ACCESS_PUT_ONLY, 0};
	char name[NAMED_BYTES], longest[IPCM_NAME_MAX + 2];
	void *object = NULL;

	named_or_leave(backend);
	for (size_t i = 0; i < sizeof(illegal) / sizeof(illegal[0]); i++)
		try_illegal(backend, illegal[i]);
	memset(longest, 'n', sizeof(longest));
	longest[IPCM_NAME_MAX + 1] = '\0';
	try_illegal(backend, longest);
	longest[IPCM_NAME_MAX] = '\0';
	named_name("alike", name);
	memcpy(longest, name, strlen(name));
	try_legal(backend, longest);
	for (size_t i = 0; i < sizeof(legal) / sizeof(legal[0]); i++) {
		named_name(legal[i], name);
		try_legal(backend, name);
	}
	for (enum named_kind kind = 0; kind < NAMED_KINDS; kind++) {
		if (!named_has(backend, kind))
			continue;
		CHECK_STATUS(IPCM_INVALID, named_try(backend, kind, name,
						     &nonsense, &object));
		CHECK_STATUS(IPCM_INVALID,
			     named_try(backend, kind, name, &mode, &object));
		CHECK_STATUS(IPCM_INVALID, named_try(backend, kind, name,
						     &exclusive, &object));
		CHECK_STATUS(IPCM_INVALID,
			     named_try(backend, kind, name, &both, &object));
		CHECK_STATUS(IPCM_INVALID,
			     named_try(backend, kind, name, NULL, &object));
	}
}

static const struct clause table[] = {
	{"X-NAM-01", LEVEL_BEYOND, OBJECT_ALL,
	 "A program that is executed with a name only uses queue, lock and "
	 "semaphore.",
	 "It takes, waits, is waited for, and its death is told.",
	 "mq_open(3), sem_open(3); Open POSIX mq_open 1, 2, sem_open 14; "
	 "LTP msgget01",
	 0, true, unrelated_processes_use_it_fully},
	{"X-NAM-03", LEVEL_BEYOND, OBJECT_ALL,
	 "Make with 5, open with 5, 9, other flags, as another kind.",
	 "Contents and attributes stay the creator's and are told; a "
	 "conflict is INVALID.",
	 "mq_open(3), sem_open(3); Open POSIX mq_open 11, 19, sem_open 10", 0,
	 false, open_changes_nothing},
	{"X-NAM-05", LEVEL_BEYOND, OBJECT_ALL,
	 "19 illegal and 7 legal names, on every kind and on unlink.",
	 "INVALID or OK, the same on every back-end.",
	 "mq_open(3), unix(7); Open POSIX mq_open 25, 27; CPython test "
	 "test_too_long_name_resource",
	 0, false, names_are_judged_alike},
};

CLAUSE_LIST(clauses_name, table);
