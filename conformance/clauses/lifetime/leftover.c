/* SPDX-License-Identifier: MIT */
/*
 * X-LEK and X-FRK: what remains of an object, and what fork does to it.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/leak.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/calls/objects.h"
#include "conformance/harness/users.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each loss of a cycle is seen; more cycles show rarer ones. */
enum { CYCLES = 150, WARM_UP = 50 };

static void use_everything_once(const struct ipcm_backend *backend)
{
	struct objects all;

	objects_make(&all, backend);
	objects_use(&all);
	objects_free(&all);
}

static void cycles_leave_nothing(const struct ipcm_backend *backend)
{
	struct leak_snapshot *before;
	unsigned mappings;
	long resident_kb;

	for (int i = 0; i < WARM_UP; i++)
		use_everything_once(backend);
	before = leak_snapshot_take();
	mappings = leak_mappings();
	resident_kb = leak_resident_kb();
	for (int i = 0; i < CYCLES; i++)
		use_everything_once(backend);
	check_nothing_left(before, "after all cycles");
	CHECK(leak_mappings() <= mappings + 8, "%u mappings, %u before",
	      leak_mappings(), mappings);
	/* less than a page a cycle may be the allocator's own business; the
	 * address sanitizer keeps freed memory, and counts leaks itself */
	CHECK(leak_is_counted() ||
		      leak_resident_kb() - resident_kb < CYCLES * 4,
	      "resident memory grew from %ld to %ld KiB", resident_kb,
	      leak_resident_kb());
	leak_snapshot_free(before);
}

struct everything {
	const struct ipcm_backend *backend;
	struct objects objects;
	_Atomic int busy;
};

static void be_busy(void *argument)
{
	struct everything *all = argument;

	atomic_fetch_add(&all->busy, 1);
	for (;;)
		objects_stress(&all->objects);
}

/* Creates, uses with two children, and is killed together with them. */
static void whole_family(void *argument)
{
	struct everything *all = argument;
	struct peer children[2];

	if (setpgid(0, 0))
		check_harness_error("setpgid: %s", strerror(errno));
	objects_make(&all->objects, all->backend);
	peers_start(children, 2, be_busy, all);
	be_busy(all);
}

static void killed_family_is_cleaned_up(const struct ipcm_backend *backend)
{
	struct leak_snapshot *before = leak_snapshot_take();

	for (int round = 0; round < 5; round++) {
		struct everything *all = share(sizeof(*all));
		struct peer parent;

		all->backend = backend;
		parent = peer_start(whole_family, all);
		flag_await(&all->busy, 3);
		pause_ns((int64_t)random_below(3000) * US);
		if (kill(-parent.pid, SIGKILL))
			check_harness_error("kill of the group: %s",
					    strerror(errno));
		CHECK(peer_reap(&parent, hang_ns(), NULL), "it lives on");
	}
	/* the orphans' own end is awaited by the snapshot's patience */
	pause_ns(20 * MS);
	(void)ipcm_collect();
	check_nothing_left(before, "after SIGKILL and collect");
	leak_snapshot_free(before);
}

/* One line a descriptor that exec would hand on. */
static unsigned inheritable(char *text, size_t bytes)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *each;
	unsigned count = 0;

	text[0] = '\0';
	while (directory && (each = readdir(directory))) {
		int fd = atoi(each->d_name);
		char target[128] = "";

		if (each->d_name[0] == '.' || fd <= 2 ||
		    fd == dirfd(directory) || (fcntl(fd, F_GETFD) & FD_CLOEXEC))
			continue;
		if (readlinkat(dirfd(directory), each->d_name, target,
			       sizeof(target) - 1) < 0)
			continue;
		count++;
		(void)snprintf(text, bytes, "descriptor %d (%s)", fd, target);
	}
	if (directory)
		(void)closedir(directory);
	return count;
}

static void nothing_passes_exec(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = NULL;
	struct objects all;
	char text[CELL_TEXT_BYTES];
	unsigned before = inheritable(text, sizeof(text)), after;

	objects_make(&all, backend);
	if (backend->queue) {
		queue = queue_make(backend, 4);
		/* with an overflow buffer: more than the channel holds */
		for (unsigned i = 0; i < 4; i++)
			pattern_put(queue, i, 300000);
	}
	after = inheritable(text, sizeof(text));
	CHECK(after == before, "an executed program would inherit %s", text);
	ipcm_queue_free(queue);
	objects_free(&all);
}

/* A handle that is not freed is still known to its process. */
static volatile struct objects kept;

static void use_and_exit(void *argument)
{
	struct everything *all = argument;

	kept = all->objects;
	objects_use(&all->objects);
	if (atomic_fetch_add(&all->busy, 1) % 2)
		exit(0); /* with exit handlers, without free */
	objects_free(&all->objects);
}

static void child_exit_destroys_nothing(const struct ipcm_backend *backend)
{
	struct everything *all = share(sizeof(*all));
	struct ipcm_queue *queue;
	struct call *waiter = NULL;

	objects_make(&all->objects, backend);
	for (int i = 0; i < 6; i++) {
		struct peer child = peer_start(use_and_exit, all);

		peer_join(&child);
	}
	queue = all->objects.object[KIND_QUEUE];
	if (queue) {
		waiter = call_start(CALL_GET, queue, 0, hang_ns());
		call_await_asleep(waiter);
		number_put(queue, 2);
		call_check_returns(waiter, IPCM_OK);
	}
	objects_use(&all->objects);
	objects_free(&all->objects);
}

enum { FORKS = 30, THREADS = 3 };

/* The queue's threads count, so that an item that fork doubles is seen. */
struct balanced {
	struct ipcm_queue *queue;
	_Atomic int stop;
	/** Put minus taken by the parent's threads. */
	_Atomic int64_t balance;
};

static void *put_and_get(void *argument)
{
	struct balanced *balanced = argument;
	uint64_t number = 1;

	while (!atomic_load(&balanced->stop)) {
		if (ipcm_queue_put(balanced->queue, &number, 8, MS) == IPCM_OK)
			atomic_fetch_add(&balanced->balance, 1);
		if (ipcm_queue_get(balanced->queue, &number, 8, MS, NULL) ==
		    IPCM_OK)
			atomic_fetch_sub(&balanced->balance, 1);
	}
	return NULL;
}

static void put_and_get_soon(void *queue)
{
	object_kinds[KIND_QUEUE]->ready(queue, hang_ns());
}

static void fork_inside_put_and_get(const struct ipcm_backend *backend)
{
	struct balanced *balanced = share(sizeof(*balanced));
	pthread_t threads[THREADS + 1];

	balanced->queue = queue_make(backend, 8);
	for (int i = 0; i <= THREADS; i++)
		threads[i] = thread_start(put_and_get, balanced);
	for (int i = 0; i < 2 * FORKS; i++) {
		struct peer child =
			peer_start(put_and_get_soon, balanced->queue);

		peer_join(&child);
	}
	atomic_store(&balanced->stop, 1);
	for (int i = 0; i <= THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	CHECK_EQUAL(balanced->balance, queue_size(balanced->queue),
		    "items put and not taken");
	ipcm_queue_free(balanced->queue);
}

struct hammered {
	const struct object_kind *kind;
	void *object;
	_Atomic int stop;
};

static void *hammer(void *argument)
{
	struct hammered *hammered = argument;

	while (!atomic_load(&hammered->stop))
		hammered->kind->stress(hammered->object);
	return NULL;
}

/* What the parent's threads hold, they give back soon. */
static void use_soon(void *argument)
{
	struct hammered *hammered = argument;

	hammered->kind->ready(hammered->object, hang_ns());
}

static void fork_inside_calls(const struct object_kind *kind,
			      const struct ipcm_backend *backend)
{
	struct hammered *hammered = share(sizeof(*hammered));
	pthread_t threads[THREADS];

	hammered->kind = kind;
	hammered->object = kind->make(backend);
	for (int i = 0; i < THREADS; i++)
		threads[i] = thread_start(hammer, hammered);
	for (int i = 0; i < FORKS; i++) {
		struct peer child = peer_start(use_soon, hammered);

		peer_join(&child);
	}
	atomic_store(&hammered->stop, 1);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	if (kind->recover)
		kind->recover(hammered->object);
	kind->free(hammered->object);
}

static void fork_inside_all_calls(const struct ipcm_backend *backend)
{
	if (backend->queue)
		fork_inside_put_and_get(backend);
	for (int i = KIND_QUEUE + 1; i < OBJECT_KINDS; i++) {
		if (object_kinds[i]->stress &&
		    object_kinds[i]->offered(backend))
			fork_inside_calls(object_kinds[i], backend);
	}
}

static void close_all(void *argument)
{
	struct everything *all = argument;

	objects_close(&all->objects);
}

static void use_after_parents_close(void *argument)
{
	struct everything *all = argument;

	flag_await(&all->busy, 1);
	objects_use(&all->objects);
}

static void receive_the_rest(void *argument)
{
	struct pair *pair = argument;

	message_expect(pair->first, 2, 50);
}

/* One message is taken here, the next one by a child. */
static void next_message_in_child(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct peer child;

	message_send(pair.second, 1, 50);
	message_expect(pair.first, 1, 50);
	child = peer_start(receive_the_rest, &pair);
	message_send(pair.second, 2, 50);
	peer_join(&child);
	pair_free(&pair);
}

static void closed_flag_is_private(const struct ipcm_backend *backend)
{
	struct everything *all = share(sizeof(*all));
	struct peer child;

	objects_make(&all->objects, backend);
	child = peer_start(close_all, all);
	peer_join(&child);
	child = peer_start(use_after_parents_close, all);
	objects_use(&all->objects);
	objects_close(&all->objects);
	atomic_store(&all->busy, 1);
	peer_join(&child);
	objects_free(&all->objects);
	if (backend->pipe)
		next_message_in_child(backend);
}

static const struct clause table[] = {
	{"X-LEK-01", LEVEL_CORE, OBJECT_ALL, "150 cycles of create, use, free.",
	 "No descriptor, id, name, thread, mapping or memory remains.",
	 "CPython test BaseMixin.tearDownClass, TestResourceTracker", 60, false,
	 cycles_leave_nothing},
	{"X-LEK-02", LEVEL_BEYOND, OBJECT_ALL,
	 "5 times: SIGKILL to every user of every object; collect.",
	 "Nothing remains.",
	 "CPython test TestResourceTracker.test_resource_tracker", 60, true,
	 killed_family_is_cleaned_up},
	{"X-LEK-03", LEVEL_CORE, OBJECT_ALL,
	 "Look for descriptors that exec would hand on.", "There is none.",
	 "CPython test TestCloseFds; LTP pipe2_02, socketpair02", 0, false,
	 nothing_passes_exec},
	{"X-LEK-04", LEVEL_CORE, OBJECT_ALL,
	 "Children use the objects and exit in two ways.",
	 "The creator's objects are alive.", "CPython process.py, _after_fork",
	 0, false, child_exit_destroys_nothing},
	{"X-FRK-01", LEVEL_CORE, OBJECT_ALL,
	 "60 forks while 4 threads are inside put and get, 30 while 3 are "
	 "inside the calls of each other object.",
	 "The child can use the objects at once.",
	 "CPython queues.py, Queue._after_fork; CPython test "
	 "TestForkAwareThreadLock",
	 60, false, fork_inside_all_calls},
	{"X-FRK-02", LEVEL_CORE, OBJECT_ALL,
	 "Close in the child, use in the parent; and reversed.",
	 "Handle state is private to the process.",
	 "CPython test _TestQueue.test_fork", 0, false, closed_flag_is_private},
};

CLAUSE_LIST(clauses_leftover, table);
