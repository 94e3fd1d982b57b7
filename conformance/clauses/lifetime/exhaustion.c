/* SPDX-License-Identifier: MIT */
/*
 * X-LIM-02: what happens when descriptors, queues, memory, file size or a file
 * system run out.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/leak.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_named.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

/* Most sets of objects that are made. */
enum { SETS_MOST = 80 };

/* Objects of every kind until one cannot be made. */
struct heap {
	struct ipcm_queue *queues[SETS_MOST];
	struct pair pairs[SETS_MOST];
	struct ipcm_lock *locks[SETS_MOST];
	struct ipcm_semaphore *semaphores[SETS_MOST];
};

static void one_failed(enum ipcm_status status, const char *what)
{
	CHECK(status == IPCM_OK || status == IPCM_LIMIT || status == IPCM_NOMEM,
	      "%s_create gave %s", what, ipcm_status_name(status));
}

/* @return how many of each there are, at most SETS_MOST */
static unsigned heap_fill(struct heap *heap, const struct ipcm_backend *backend)
{
	enum ipcm_status status = IPCM_OK;
	unsigned count = 0;

	memset(heap, 0, sizeof(*heap));
	for (; count < SETS_MOST && status == IPCM_OK; count++) {
		if (backend->queue)
			status = queue_try(backend, 3, 0, &heap->queues[count]);
		one_failed(status, "queue");
		if (status == IPCM_OK && backend->pipe)
			status = ipcm_pipe_create(backend, NULL,
						  &heap->pairs[count].first,
						  &heap->pairs[count].second);
		one_failed(status, "pipe");
		if (status == IPCM_OK && backend->lock)
			status = ipcm_lock_create(backend, &heap->locks[count]);
		one_failed(status, "lock");
		if (status == IPCM_OK && backend->lock)
			status = ipcm_semaphore_create(
				backend, NULL, &heap->semaphores[count]);
		one_failed(status, "semaphore");
	}
	return count;
}

static void heap_free(struct heap *heap, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		ipcm_queue_free(heap->queues[i]);
		pair_free(&heap->pairs[i]);
		ipcm_lock_free(heap->locks[i]);
		ipcm_semaphore_free(heap->semaphores[i]);
	}
}

/* Under a limit: run out, release, and get as far again. */
static void run_out_twice(const struct ipcm_backend *backend, struct heap *heap,
			  const char *of)
{
	unsigned first = heap_fill(heap, backend), second;

	heap_free(heap, first);
	second = heap_fill(heap, backend);
	heap_free(heap, second);
	/* a set less may be the allocator's doing, or another program's */
	if (second + 2 < first)
		check_doubt();
	CHECK(second + 2 >= first, "%s: %u sets of objects, after release %u",
	      of, first, second);
}

static void use_one_of_each(const struct ipcm_backend *backend)
{
	if (backend->queue) {
		struct ipcm_queue *queue = queue_make(backend, 3);

		queue_expect_room(queue, 3);
		numbers_expect(queue, 0, 3);
		ipcm_queue_free(queue);
	}
	if (backend->lock) {
		struct ipcm_lock *lock = lock_make(backend);

		lock_expect_free(lock);
		ipcm_lock_free(lock);
	}
}

/*
 * Files, memory files included, may not grow beyond a limit. What does not
 * fit must be told by a status; SIGBUS would end the process.
 */
static void small_files(const struct ipcm_backend *backend, rlim_t bytes)
{
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	rlim_t before = limit_set(RLIMIT_FSIZE, bytes);
	size_t item_bytes = 50000;
	void *item = memory(item_bytes);
	struct ipcm_queue *queue = NULL;
	enum ipcm_status status = queue_try(backend, 0, 0, &queue);
	unsigned put = 0;

	pattern_fill(item, item_bytes, 9);
	one_failed(status, "queue");
	for (; status == IPCM_OK && put < 100; put++)
		status = ipcm_queue_put(queue, item, item_bytes, 20 * MS);
	if (queue)
		CHECK(status == IPCM_OK || status == IPCM_NOMEM ||
			      status == IPCM_LIMIT,
		      "put %u gave %s", put, ipcm_status_name(status));
	/* what was accepted is there and whole, and the rest goes again */
	(void)limit_set(RLIMIT_FSIZE, before);
	for (unsigned i = status == IPCM_OK ? 0 : 1; queue && i < put; i++)
		pattern_expect(queue, 9, item_bytes);
	if (queue) {
		queue_expect_drained(queue);
		pattern_put(queue, 3, 100000);
		pattern_expect(queue, 3, 100000);
	}
	ipcm_queue_free(queue);
	free(item);
	(void)signal(SIGXFSZ, handler);
}

/* Processes that see a small tmpfs of their own where names lie. */
struct narrow {
	const struct ipcm_backend *backend;
	bool possible;
};

static bool write_line(const char *path, const char *format, unsigned id)
{
	char line[64];
	int length = snprintf(line, sizeof(line), format, id, id);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, line, (size_t)length) == length;

	if (fd >= 0)
		(void)close(fd);
	return written;
}

/* An ordinary user may do it in a user namespace. There the ids need a map: a
 * file of an id without one cannot be made (EOVERFLOW), and whoever has none
 * is nobody's owner. */
static bool enter_namespaces(int flags)
{
	unsigned uid = geteuid(), gid = getegid();

	if (uid == 0)
		return unshare(flags) == 0;
	return unshare(flags | CLONE_NEWUSER) == 0 &&
	       write_line("/proc/self/setgroups", "deny", 0) &&
	       write_line("/proc/self/uid_map", "%u %u 1", uid) &&
	       write_line("/proc/self/gid_map", "%u %u 1", gid);
}

/* With ids and queue names of their own: if a death removes the resource
 * registry with the tmpfs, what was written down in it goes, too. */
static bool mount_small_tmpfs(void)
{
	return enter_namespaces(CLONE_NEWNS | CLONE_NEWIPC) &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("ipcmark", "/dev/shm", "tmpfs", 0, "size=160k") == 0;
}

static void fill_file_system(void)
{
	static const char zeroes[4096];
	int fd = open("/dev/shm/filler", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	while (fd >= 0 && write(fd, zeroes, sizeof(zeroes)) > 0)
		;
	(void)close(fd);
}

/* In there: all is ours. */
static unsigned ids_left(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned lines = 0;
	int c;

	while (file && (c = getc(file)) != EOF)
		lines += c == '\n';
	if (file)
		(void)fclose(file);
	return lines ? lines - 1 : 0; /* the heading */
}

static unsigned queue_names_left(void)
{
	struct dirent *each;
	unsigned count = 0;
	DIR *list = NULL;

	if (!mount("ipcmark", "/dev/shm", "mqueue", 0, NULL))
		list = opendir("/dev/shm");
	while (list && (each = readdir(list)))
		count += each->d_name[0] != '.';
	if (list)
		(void)closedir(list);
	return count;
}

static void use_names_there(void *argument)
{
	struct narrow *narrow = argument;
	const struct ipcm_access access = IPCM_ACCESS_INIT;
	struct ipcm_queue *queue = NULL;

	if (!mount_small_tmpfs())
		return;
	narrow->possible = true;
	for (int full = 0; full < 2; full++) {
		for (enum named_kind kind = 0; kind < NAMED_KINDS; kind++) {
			enum ipcm_status status;
			char name[NAMED_BYTES];
			void *object = NULL;

			if (!named_has(narrow->backend, kind))
				continue;
			named_name("narrow", name);
			status = named_try(narrow->backend, kind, name, &access,
					   &object);
			one_failed(status, named_word(kind));
			if (status == IPCM_OK)
				named_use(kind, object);
			if (object)
				named_free(kind, object);
		}
		fill_file_system();
	}
	/* unnamed ones, too, where they need a file there */
	one_failed(queue_try(narrow->backend, 1, 0, &queue), "queue");
	ipcm_queue_free(queue);
	(void)unlink("/dev/shm/filler");
	use_one_of_each(narrow->backend);
	CHECK_EQUAL(0, ids_left("/proc/sysvipc/msg"), "message queues left");
	CHECK_EQUAL(0, ids_left("/proc/sysvipc/sem"), "semaphores left");
	CHECK_EQUAL(0, queue_names_left(), "queue names left");
}

static bool small_file_system(const struct ipcm_backend *backend)
{
	struct narrow *narrow = share(sizeof(*narrow));
	struct peer peer;

	narrow->backend = backend;
	peer = peer_start(use_names_there, narrow);
	peer_join(&peer);
	return narrow->possible;
}

#ifdef IPCMARK_SANITIZED
/* A sanitizer needs terabytes of address space for itself. */
static void small_address_space(const struct ipcm_backend *backend,
				struct heap *heap)
{
	(void)backend;
	(void)heap;
}
#else
static rlim_t address_space(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	if (!file || fscanf(file, "%lu", &pages) != 1)
		check_harness_error("/proc/self/statm cannot be read");
	(void)fclose(file);
	return pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void small_address_space(const struct ipcm_backend *backend,
				struct heap *heap)
{
	rlim_t before = limit_set(RLIMIT_AS, address_space() + (4 << 20));

	run_out_twice(backend, heap, "RLIMIT_AS");
	(void)limit_set(RLIMIT_AS, before);
}
#endif

static void exhaustion_is_told(const struct ipcm_backend *backend)
{
	struct heap *heap = memory(sizeof(*heap));
	rlim_t before;

	before = limit_set(RLIMIT_NOFILE, leak_next_descriptor() + 40);
	run_out_twice(backend, heap, "RLIMIT_NOFILE");
	(void)limit_set(RLIMIT_NOFILE, before);
	before = limit_set(RLIMIT_MSGQUEUE, 100000);
	run_out_twice(backend, heap, "RLIMIT_MSGQUEUE");
	(void)limit_set(RLIMIT_MSGQUEUE, before);
	small_address_space(backend, heap);
	free(heap);
	use_one_of_each(backend);
	if (backend->queue) {
		small_files(backend, 4096);
		small_files(backend, 400000);
	}
	use_one_of_each(backend);
	if (backend->capabilities & IPCM_CAP_NAMED &&
	    !small_file_system(backend))
		check_limit("rlimits hold; a small /dev/shm needs a mount "
			    "namespace: run as root");
}

static const struct clause table[] = {
	{"X-LIM-02", LEVEL_BEYOND, OBJECT_ALL,
	 "Run out of descriptors, queues, memory, file size, file system.",
	 "LIMIT or NOMEM, never a signal; after release it works again.",
	 "mq_open(3), shm_overview(7); Open POSIX mq_open 30; LTP "
	 "msgget03, mq_open01",
	 60, false, exhaustion_is_told},
};

CLAUSE_LIST(clauses_exhaust, table);
