/* SPDX-License-Identifier: MIT */
/*
 * X-LEK and X-FRK: what remains of an object, and what fork does to it.
 */
#include "conformance/harness/clause.h"
#include "conformance/clauses/general/general_sync.h"
#include "conformance/harness/leak.h"
#include "conformance/harness/fixtures.h"
#include "conformance/harness/fixtures_sync.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { CYCLES = 400, WARM_UP = 50 };

static void use_everything_once(const struct ipcm_backend *backend)
{
	struct sync_set set;

	if (backend->queue) {
		struct ipcm_queue *queue = queue_make(backend, 4);

		number_put(queue, 1);
		number_put(queue, 2);
		numbers_expect(queue, 1, 1);
		ipcm_queue_free(queue);
	}
	if (backend->pipe) {
		struct pair pair = pipe_make(backend, true);

		message_send(pair.first, 1, 100);
		message_expect(pair.second, 1, 100);
		pair_free(&pair);
	}
	if (backend->lock) {
		struct ipcm_lock *lock = lock_make(backend);

		lock_expect_free(lock);
		ipcm_lock_free(lock);
	}
	sync_set_make(&set, backend);
	sync_set_use(&set);
	sync_set_free(&set);
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
	struct ipcm_queue *queue;
	struct ipcm_lock *lock;
	struct sync_set sync;
	_Atomic int busy;
};

static void be_busy(void *argument)
{
	struct everything *all = argument;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	atomic_fetch_add(&all->busy, 1);
	for (uint64_t i = 0;; i++) {
		if (all->queue) {
			any_status(ipcm_queue_put(all->queue, &i, 8, MS));
			any_status(ipcm_queue_get(all->queue, &i, 8, MS, NULL));
		}
		if (all->lock &&
		    ipcm_lock_acquire(all->lock, hang_ns()) == IPCM_OK)
			any_status(ipcm_lock_release(all->lock));
		sync_set_stress(&all->sync);
	}
}

/* Creates, uses with two children, and is killed together with them. */
static void whole_family(void *argument)
{
	struct everything *all = argument;

	if (setpgid(0, 0))
		check_engine("setpgid: %s", strerror(errno));
	all->queue = all->backend->queue ? queue_make(all->backend, 4) : NULL;
	all->lock = all->backend->lock ? lock_make(all->backend) : NULL;
	sync_set_make(&all->sync, all->backend);
	for (int i = 0; i < 2; i++) {
		if (fork() == 0) {
			be_busy(all);
			_exit(0);
		}
	}
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
			check_engine("kill of the group: %s", strerror(errno));
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
	struct ipcm_lock *lock = NULL;
	struct pair pair = {NULL, NULL};
	struct sync_set set;
	char text[CELL_TEXT_BYTES];
	unsigned before = inheritable(text, sizeof(text)), after;

	if (backend->queue) {
		queue = queue_make(backend, 4);
		/* a spill, too: more than the channel holds */
		for (unsigned i = 0; i < 4; i++)
			pattern_put(queue, i, 300000);
	}
	if (backend->pipe)
		pair = pipe_make(backend, true);
	if (backend->lock)
		lock = lock_make(backend);
	sync_set_make(&set, backend);
	after = inheritable(text, sizeof(text));
	CHECK(after == before, "an executed program would inherit %s", text);
	ipcm_queue_free(queue);
	pair_free(&pair);
	ipcm_lock_free(lock);
	sync_set_free(&set);
}

/* A handle that is not freed is still known to its process. */
static struct ipcm_queue *volatile kept_queue;
static struct ipcm_lock *volatile kept_lock;
static volatile struct sync_set kept_set;

static void use_and_exit(void *argument)
{
	struct everything *all = argument;

	kept_queue = all->queue;
	kept_lock = all->lock;
	kept_set = all->sync;
	if (all->queue)
		number_put(all->queue, 1);
	if (all->lock)
		lock_expect_free(all->lock);
	sync_set_use(&all->sync);
	if (atomic_fetch_add(&all->busy, 1) % 2)
		exit(0); /* with exit handlers, without free */
	ipcm_queue_free(all->queue);
	ipcm_lock_free(all->lock);
	sync_set_free(&all->sync);
}

static void child_exit_destroys_nothing(const struct ipcm_backend *backend)
{
	struct everything *all = share(sizeof(*all));
	struct call *waiter = NULL;

	all->queue = backend->queue ? queue_make(backend, 20) : NULL;
	all->lock = backend->lock ? lock_make(backend) : NULL;
	sync_set_make(&all->sync, backend);
	for (int i = 0; i < 6; i++) {
		struct peer child = peer_start(use_and_exit, all);

		peer_join(&child);
	}
	if (all->queue) {
		for (int i = 0; i < 6; i++)
			CHECK_EQUAL(1, number_get(all->queue), "number");
		waiter = call_start(CALL_GET, all->queue, 0, hang_ns());
		call_await_asleep(waiter);
		number_put(all->queue, 2);
		call_check_returns(waiter, IPCM_OK);
	}
	if (all->lock)
		lock_expect_free(all->lock);
	sync_set_use(&all->sync);
	ipcm_queue_free(all->queue);
	ipcm_lock_free(all->lock);
	sync_set_free(&all->sync);
}

enum { FORKS = 60, HAMMERS = 4 };

struct forge {
	struct ipcm_queue *queue;
	_Atomic int stop;
	/** Put minus taken by the parent's threads. */
	_Atomic int64_t balance;
};

static void *hammer(void *argument)
{
	struct forge *forge = argument;
	uint64_t number = 1;

	while (!atomic_load(&forge->stop)) {
		if (ipcm_queue_put(forge->queue, &number, 8, MS) == IPCM_OK)
			atomic_fetch_add(&forge->balance, 1);
		if (ipcm_queue_get(forge->queue, &number, 8, MS, NULL) ==
		    IPCM_OK)
			atomic_fetch_sub(&forge->balance, 1);
	}
	return NULL;
}

static void put_and_get_soon(void *argument)
{
	struct forge *forge = argument;
	uint64_t number = 1;

	CHECK_STATUS(IPCM_OK,
		     ipcm_queue_put(forge->queue, &number, 8, hang_ns()));
	CHECK_STATUS(IPCM_OK,
		     ipcm_queue_get(forge->queue, &number, 8, hang_ns(), NULL));
}

static void fork_inside_calls(const struct ipcm_backend *backend)
{
	struct forge *forge = share(sizeof(*forge));
	pthread_t threads[HAMMERS];

	forge->queue = queue_make(backend, 8);
	for (int i = 0; i < HAMMERS; i++) {
		if (pthread_create(&threads[i], NULL, hammer, forge))
			check_engine("pthread_create failed");
	}
	for (int i = 0; i < FORKS; i++) {
		struct peer child = peer_start(put_and_get_soon, forge);

		peer_join(&child);
	}
	atomic_store(&forge->stop, 1);
	for (int i = 0; i < HAMMERS; i++)
		(void)pthread_join(threads[i], NULL);
	CHECK_EQUAL(forge->balance, queue_size(forge->queue),
		    "items put and not taken");
	ipcm_queue_free(forge->queue);
}

static void fork_inside_all_calls(const struct ipcm_backend *backend)
{
	if (backend->queue)
		fork_inside_calls(backend);
	fork_inside_sync(backend);
}

static void close_all(void *argument)
{
	struct everything *all = argument;

	if (all->queue)
		CHECK_STATUS(IPCM_OK, ipcm_queue_close(all->queue));
	if (all->lock)
		CHECK_STATUS(IPCM_OK, ipcm_lock_close(all->lock));
	sync_set_close(&all->sync);
}

static void use_after_parents_close(void *argument)
{
	struct everything *all = argument;

	flag_await(&all->busy, 1);
	if (all->queue) {
		numbers_put(all->queue, 1, 3);
		numbers_expect(all->queue, 1, 3);
	}
	if (all->lock)
		lock_expect_free(all->lock);
	sync_set_use(&all->sync);
}

static void receive_the_rest(void *argument)
{
	struct pair *pair = argument;

	message_expect(pair->first, 2, 50);
}

static void closed_flag_is_private(const struct ipcm_backend *backend)
{
	struct everything *all = share(sizeof(*all));
	struct peer child;

	all->queue = backend->queue ? queue_make(backend, 4) : NULL;
	all->lock = backend->lock ? lock_make(backend) : NULL;
	sync_set_make(&all->sync, backend);
	child = peer_start(close_all, all);
	peer_join(&child);
	child = peer_start(use_after_parents_close, all);
	if (all->queue) {
		number_put(all->queue, 9);
		numbers_expect(all->queue, 9, 1);
	}
	if (all->lock)
		lock_expect_free(all->lock);
	sync_set_use(&all->sync);
	close_all(all);
	atomic_store(&all->busy, 1);
	peer_join(&child);
	ipcm_queue_free(all->queue);
	ipcm_lock_free(all->lock);
	sync_set_free(&all->sync);
	if (backend->pipe) {
		/* one message taken here, the next one by a child */
		struct pair pair = pipe_make(backend, false);

		message_send(pair.second, 1, 50);
		message_expect(pair.first, 1, 50);
		child = peer_start(receive_the_rest, &pair);
		message_send(pair.second, 2, 50);
		peer_join(&child);
		pair_free(&pair);
	}
}

static const struct clause table[] = {
	{"X-LEK-01", LEVEL_CORE, OBJECT_ALL, "400 cycles of create, use, free.",
	 "No descriptor, id, name, thread, mapping or memory remains.",
	 "T BaseMixin.tearDownClass; TestResourceTracker", 60, false,
	 cycles_leave_nothing},
	{"X-LEK-02", LEVEL_BEYOND, OBJECT_ALL,
	 "5 times: SIGKILL to every user of every object; collect.",
	 "Nothing remains.", "T TestResourceTracker.test_resource_tracker", 60,
	 true, killed_family_is_cleaned_up},
	{"X-LEK-03", LEVEL_CORE, OBJECT_ALL,
	 "Look for descriptors that exec would hand on.", "There is none.",
	 "T TestCloseFds; LTP pipe2_02, socketpair02", 0, false,
	 nothing_passes_exec},
	{"X-LEK-04", LEVEL_CORE, OBJECT_ALL,
	 "Children use the objects and exit in two ways.",
	 "The creator's objects are alive.", "IMP process._after_fork", 0,
	 false, child_exit_destroys_nothing},
	{"X-FRK-01", LEVEL_CORE, OBJECT_ALL,
	 "60 forks while 4 threads are inside put and get, 30 while 3 are "
	 "inside the calls of the rest.",
	 "The child can use the objects at once.",
	 "IMP Queue._after_fork; T TestForkAwareThreadLock", 60, false,
	 fork_inside_all_calls},
	{"X-FRK-02", LEVEL_CORE, OBJECT_ALL,
	 "Close in the child, use in the parent; and reversed.",
	 "Handle state is private to the process.",
	 "T _TestQueue.test_fork; IMP", 0, false, closed_flag_is_private},
};

CLAUSE_LIST(clauses_leftover, table);
