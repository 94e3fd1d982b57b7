/* SPDX-License-Identifier: MIT */
/*
 * Named objects: strangers, conflicts, rights, unlinking. What becomes of them
 * in races and deaths is in test_names_death.c.
 */
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "impls/core/naming/file_lock.h"
#include "impls/testkit/named_objects.h"

/* Another user. */
#define NOBODY 65534

static uint8_t large[LARGE_BYTES + 16];

/* ---- strangers ---- */

static void unrelated_queue(const struct ipcm_backend *backend)
{
	const struct ipcm_queue_options options = {20, 0, IPCM_QUEUE_JOINABLE,
						   0};
	struct ipcm_queue *queue, *answers;
	char name[NAME_BYTES], other[NAME_BYTES + 8];
	pid_t unrelated;
	size_t size;

	name_of("pump", name);
	(void)snprintf(other, sizeof(other), "%s.back", name);
	if (!CHECK_IS(ipcm_queue_open(backend, name, &make_only, &options,
				      &queue),
		      IPCM_OK) ||
	    !CHECK_IS(
		    ipcm_queue_open(backend, other, &make_only, NULL, &answers),
		    IPCM_OK))
		return;
	unrelated = unrelated_start(backend->name, "pump", name);
	for (uint32_t i = 0; i < PUMPED; i++) {
		fill(large, size_of(i), i);
		CHECK_IS(ipcm_queue_put(queue, large, size_of(i), HANG),
			 IPCM_OK);
	}
	CHECK_IS(ipcm_queue_join(queue, HANG), IPCM_OK);
	CHECK(child_ok(unrelated));
	for (uint32_t i = 0; i < PUMPED; i++) {
		CHECK_IS(ipcm_queue_get(answers, large, sizeof(large), IPCM_TRY,
					&size),
			 IPCM_OK);
		CHECK(size == size_of(i) && is_filled(large, size, i));
	}
	ipcm_queue_free(queue);
	ipcm_queue_free(answers);
	CHECK(names_left(name) == 0);
}

static void unrelated_lock(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore;
	struct ipcm_lock *lock;
	char name[NAME_BYTES];
	pid_t unrelated;
	int64_t value;

	name_of("stranger", name);
	if (!CHECK_IS(ipcm_lock_open(backend, name, &make_only, &lock),
		      IPCM_OK))
		return;
	CHECK_IS(ipcm_lock_acquire(lock, IPCM_TRY), IPCM_OK);
	unrelated = unrelated_start(backend->name, "lock", name);
	pause_ms(100);
	CHECK_IS(ipcm_lock_release(lock), IPCM_OK);
	CHECK(!child_ok(unrelated));
	CHECK_IS(ipcm_lock_acquire(lock, HANG), IPCM_OWNERDEAD);
	CHECK_IS(ipcm_lock_recover(lock), IPCM_OK);
	CHECK_IS(ipcm_lock_release(lock), IPCM_OK);
	ipcm_lock_free(lock);
	if (!CHECK_IS(ipcm_semaphore_open(backend, name, &make_only, NULL,
					  &semaphore),
		      IPCM_OK))
		return;
	CHECK_IS(ipcm_semaphore_acquire(semaphore, IPCM_TRY), IPCM_OK);
	unrelated = unrelated_start(backend->name, "semaphore", name);
	pause_ms(50);
	CHECK_IS(ipcm_semaphore_release(semaphore), IPCM_OK);
	CHECK(child_ok(unrelated));
	CHECK_IS(ipcm_semaphore_value(semaphore, &value), IPCM_OK);
	CHECK(value == 2);
	ipcm_semaphore_free(semaphore);
}

static void unrelated(const struct ipcm_backend *backend)
{
	char name[NAME_BYTES];

	if (!has_names(backend)) {
		for (enum kind kind = 0; kind < KINDS; kind++)
			CHECK_IS(try_any(backend, kind, name_of("x", name),
					 &make_or_open),
				 IPCM_NOTSUP);
		CHECK_IS(ipcm_unlink(backend, name), IPCM_NOTSUP);
		return;
	}
	unrelated_queue(backend);
	unrelated_lock(backend);
}

/* ---- who gets what ---- */

static void existence(const struct ipcm_backend *backend)
{
	char name[NAME_BYTES];

	if (!has_names(backend))
		return;
	name_of("there", name);
	for (enum kind kind = 0; kind < KINDS; kind++) {
		void *object = NULL;

		CHECK_IS(try_any(backend, kind, name, &open_only),
			 IPCM_NOTFOUND);
		if (!CHECK_IS(
			    open_any(backend, kind, name, &make_only, &object),
			    IPCM_OK))
			continue;
		CHECK_IS(try_any(backend, kind, name, &make_only), IPCM_EXISTS);
		CHECK_IS(try_any(backend, kind, name, &open_only), IPCM_OK);
		CHECK_IS(try_any(backend, kind, name, &make_or_open), IPCM_OK);
		CHECK_IS(try_any(backend, (kind + 1) % KINDS, name, &open_only),
			 IPCM_INVALID);
		CHECK_IS(try_any(backend, (kind + 1) % KINDS, name, &make_only),
			 IPCM_EXISTS);
		use_any(kind, object);
		free_any(kind, object);
		CHECK_IS(try_any(backend, kind, name, &open_only),
			 IPCM_NOTFOUND);
	}
	expect_nothing_left(name);
}

static void illegal_names(const struct ipcm_backend *backend)
{
	static const char *const names[] = {NULL, "",	 "/",  "a/b", ".a",
					    "-a", "a b", "a*", "\x80"};
	static const struct ipcm_access odd[] = {
		{IPCM_ACCESS_EXCLUSIVE, 0600},
		{IPCM_ACCESS_GET_ONLY | IPCM_ACCESS_PUT_ONLY, 0},
		{1u << 20, 0},
		{IPCM_ACCESS_CREATE, 010600},
	};
	char name[IPCM_NAME_MAX + 2];

	for (enum kind kind = 0; kind < KINDS; kind++) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			CHECK_IS(
				try_any(backend, kind, names[i], &make_or_open),
				IPCM_INVALID);
		for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
			CHECK_IS(try_any(backend, kind, "x", &odd[i]),
				 IPCM_INVALID);
		CHECK_IS(try_any(backend, kind, "x", NULL), IPCM_INVALID);
		memset(name, 'n', sizeof(name));
		name[IPCM_NAME_MAX + 1] = '\0';
		CHECK_IS(try_any(backend, kind, name, &make_or_open),
			 IPCM_INVALID);
		name[IPCM_NAME_MAX] = '\0';
		CHECK_IS(try_any(backend, kind, name, &make_or_open),
			 has_names(backend) ? IPCM_OK : IPCM_NOTSUP);
	}
	CHECK_IS(ipcm_unlink(backend, "a/b"), IPCM_INVALID);
}

static void attributes(const struct ipcm_backend *backend)
{
	struct ipcm_queue_options options = {5, 0, IPCM_QUEUE_JOINABLE, 0};
	struct ipcm_queue *queue, *other;
	char name[NAME_BYTES];
	size_t items;

	if (!has_names(backend) ||
	    !CHECK_IS(ipcm_queue_open(backend, name_of("5", name), &make_only,
				      &options, &queue),
		      IPCM_OK))
		return;
	for (uint32_t i = 0; i < 3; i++)
		CHECK_IS(ipcm_queue_put(queue, &i, 4, IPCM_TRY), IPCM_OK);
	options.maxsize = 9;
	CHECK_IS(
		ipcm_queue_open(backend, name, &make_or_open, &options, &other),
		IPCM_INVALID);
	options = (struct ipcm_queue_options){5, 0, 0, 0};
	CHECK_IS(ipcm_queue_open(backend, name, &open_only, &options, &other),
		 IPCM_INVALID);
	if (!CHECK_IS(
		    ipcm_queue_open(backend, name, &make_or_open, NULL, &other),
		    IPCM_OK))
		return;
	CHECK_IS(ipcm_queue_get_options(other, &options), IPCM_OK);
	CHECK(options.maxsize == 5 && options.flags == IPCM_QUEUE_JOINABLE);
	CHECK_IS(ipcm_queue_qsize(other, &items), IPCM_OK);
	CHECK(items == 3);
	CHECK_IS(ipcm_queue_put(other, &items, 4, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_queue_put(queue, &items, 4, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_queue_put(other, &items, 4, IPCM_TRY), IPCM_FULL);
	/* the maker's handle goes: the object stays, and its name */
	ipcm_queue_free(queue);
	CHECK_IS(try_any(backend, QUEUE, name, &open_only), IPCM_OK);
	for (uint32_t i = 0, got; i < 3; i++) {
		CHECK_IS(ipcm_queue_get(other, &got, 4, IPCM_TRY, NULL),
			 IPCM_OK);
		CHECK(got == i);
	}
	ipcm_queue_free(other);
	CHECK_IS(try_any(backend, QUEUE, name, &open_only), IPCM_NOTFOUND);
}

static void unlinked(const struct ipcm_backend *backend)
{
	char name[NAME_BYTES];

	if (!has_names(backend))
		return;
	name_of("gone", name);
	CHECK_IS(ipcm_unlink(backend, name), IPCM_NOTFOUND);
	for (enum kind kind = 0; kind < KINDS; kind++) {
		void *old = NULL, *fresh = NULL;

		CHECK_IS(open_any(backend, kind, name, &make_only, &old),
			 IPCM_OK);
		CHECK_IS(ipcm_unlink(backend, name), IPCM_OK);
		CHECK_IS(ipcm_unlink(backend, name), IPCM_NOTFOUND);
		CHECK_IS(try_any(backend, kind, name, &open_only),
			 IPCM_NOTFOUND);
		CHECK_IS(open_any(backend, kind, name, &make_only, &fresh),
			 IPCM_OK);
		use_any(kind, old);
		use_any(kind, fresh);
		if (kind == QUEUE) {
			CHECK_IS(ipcm_queue_put(old, "o", 1, IPCM_TRY),
				 IPCM_OK);
			CHECK_IS(
				ipcm_queue_get(fresh, &name, 1, IPCM_TRY, NULL),
				IPCM_EMPTY);
		}
		free_any(kind, old);
		/* the old one's end does not take the new one's name along */
		CHECK_IS(try_any(backend, kind, name, &open_only), IPCM_OK);
		free_any(kind, fresh);
	}
	expect_nothing_left(name);
}

/* ---- rights ---- */

static void handles(const struct ipcm_backend *backend)
{
	const struct ipcm_access get_only = {IPCM_ACCESS_GET_ONLY, 0};
	const struct ipcm_access put_only = {
		IPCM_ACCESS_PUT_ONLY | IPCM_ACCESS_CREATE, 0600};
	const struct ipcm_queue_options options = {3, 0, IPCM_QUEUE_JOINABLE,
						   0};
	struct ipcm_queue *getter, *putter;
	struct ipcm_item item = {&item, 4};
	char name[NAME_BYTES];
	size_t done;

	if (!has_names(backend) ||
	    !CHECK_IS(ipcm_queue_open(backend, name_of("part", name), &put_only,
				      &options, &putter),
		      IPCM_OK))
		return;
	CHECK_IS(ipcm_queue_open(backend, name, &get_only, NULL, &getter),
		 IPCM_OK);
	CHECK_IS(ipcm_queue_put(putter, "a", 1, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_queue_put(getter, "b", 1, IPCM_TRY), IPCM_PERM);
	CHECK_IS(ipcm_queue_put_many(getter, &item, 1, IPCM_TRY, &done),
		 IPCM_PERM);
	CHECK_IS(ipcm_queue_task_done(putter), IPCM_PERM);
	CHECK_IS(ipcm_queue_shutdown(getter, false), IPCM_PERM);
	CHECK_IS(ipcm_queue_get(putter, name, 8, IPCM_TRY, NULL), IPCM_PERM);
	CHECK_IS(
		ipcm_queue_get_many(putter, name, 8, &item, 1, IPCM_TRY, &done),
		IPCM_PERM);
	CHECK_IS(ipcm_queue_get(getter, name, 8, IPCM_TRY, NULL), IPCM_OK);
	CHECK_IS(ipcm_queue_task_done(getter), IPCM_OK);
	ipcm_queue_free(getter);
	ipcm_queue_free(putter);
}

static struct visit {
	const struct ipcm_backend *backend;
	enum kind kind;
	const char *name;
	enum ipcm_status wanted;
	bool last;
} visit;

static int visitor(void *argument)
{
	void *object = NULL;

	(void)argument;
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		return 3;
	CHECK_IS(try_any(visit.backend, visit.kind, visit.name, &open_only),
		 visit.wanted);
	CHECK_IS(try_any(visit.backend, visit.kind, visit.name, &make_only),
		 IPCM_EXISTS);
	CHECK_IS(ipcm_unlink(visit.backend, visit.name), IPCM_PERM);
	CHECK_IS(open_any(visit.backend, visit.kind, visit.name, &make_or_open,
			  &object),
		 visit.wanted);
	if (!object)
		return 0;
	use_any(visit.kind, object);
	if (visit.last)
		pause_ms(200); /* our maker leaves meanwhile */
	use_any(visit.kind, object);
	free_any(visit.kind, object);
	return 0;
}

static void other_users(const struct ipcm_backend *backend)
{
	static const struct {
		mode_t mask;
		unsigned mode;
		bool welcome;
	} cases[] = {{0, 0600, false}, {0, 0666, true},	   {022, 0666, false},
		     {0, 0660, false}, {027, 0666, false}, {0, 0644, false},
		     {0, 0606, true}};
	char name[NAME_BYTES];

	if (!has_names(backend))
		return;
	if (geteuid() != 0) {
		printf("skip other users on %s: needs root\n", backend->name);
		return;
	}
	name_of("mode", name);
	for (size_t i = 0; i < KINDS * sizeof(cases) / sizeof(cases[0]); i++) {
		size_t which = i / KINDS;
		struct ipcm_access access = make_only;
		mode_t before = umask(cases[which].mask);
		void *object = NULL;
		pid_t child;

		access.mode = cases[which].mode;
		visit = (struct visit){backend, (enum kind)(i % KINDS), name,
				       cases[which].welcome ? IPCM_OK
							    : IPCM_PERM,
				       cases[which].mode == 0606};
		CHECK_IS(open_any(backend, visit.kind, name, &access, &object),
			 IPCM_OK);
		(void)umask(before);
		child = child_start(visitor, NULL);
		if (visit.last)
			pause_ms(100);
		else
			CHECK(child_ok(child));
		if (object) {
			use_any(visit.kind, object);
			free_any(visit.kind, object);
		}
		if (visit.last)
			CHECK(child_ok(child));
	}
	expect_nothing_left(name);
}

/*
 * An umask that takes the owner's own rights keeps nobody out of what he makes,
 * nor, later, out of what he made it in. As a user without a directory yet.
 */
static int masked_maker(void *argument)
{
	static const mode_t masks[] = {0700, 022};
	const struct ipcm_backend *backend = argument;
	char name[NAME_BYTES];

	if (geteuid() == 0)
		CHECK(setgid(54321) == 0 && setuid(54321) == 0);
	(void)name_of("masked", name);
	for (size_t i = 0; i < KINDS * 2; i++) {
		enum kind kind = (enum kind)(i / 2);
		void *object = NULL;

		(void)umask(masks[i % 2]);
		CHECK_IS(open_any(backend, kind, name, &make_only, &object),
			 IPCM_OK);
		if (!object)
			continue;
		CHECK_IS(try_any(backend, kind, name, &open_only), IPCM_OK);
		free_any(kind, object);
	}
	(void)ipcm_collect();
	return 0;
}

static void masked(const struct ipcm_backend *backend)
{
	if (has_names(backend))
		CHECK(child_ok(
			child_start(masked_maker, (void *)(uintptr_t)backend)));
}

/* ---- what lies under a name may be anything ---- */

static void intruders(const struct ipcm_backend *backend)
{
	char name[NAME_BYTES], path[128];
	int fd;

	if (!has_names(backend))
		return;
	(void)snprintf(path, sizeof(path), "/dev/shm/ipcmark.%s.%s",
		       backend->name, name_of("odd", name));
	CHECK(symlink("/etc/hostname", path) == 0);
	CHECK_IS(try_any(backend, LOCK, name, &make_or_open), IPCM_PERM);
	CHECK_IS(try_any(backend, LOCK, name, &make_only), IPCM_EXISTS);
	CHECK(unlink(path) == 0);
	CHECK(mkfifo(path, 0600) == 0);
	CHECK_IS(try_any(backend, QUEUE, name, &open_only), IPCM_PERM);
	CHECK(unlink(path) == 0);
	CHECK(mkdir(path, 0700) == 0);
	CHECK_IS(try_any(backend, QUEUE, name, &open_only), IPCM_PERM);
	CHECK(rmdir(path) == 0);
	/* a file that nobody uses is a leftover; one in use is not ours */
	fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && write(fd, name, 10) == 10);
	CHECK(file_lock(fd, LOCK_USERS, F_RDLCK));
	CHECK_IS(try_any(backend, QUEUE, name, &make_or_open), IPCM_INVALID);
	(void)close(fd);
	CHECK_IS(try_any(backend, QUEUE, name, &make_or_open), IPCM_OK);
	expect_nothing_left(name);
}

int main(int argc, char **argv)
{
	if (argc == 4)
		return unrelated_main(argv);
	each_backend(NEEDS_QUEUE, "existence", existence);
	each_backend(NEEDS_QUEUE, "illegal names", illegal_names);
	each_backend(NEEDS_QUEUE, "strangers", unrelated);
	each_backend(NEEDS_QUEUE, "attributes", attributes);
	each_backend(NEEDS_QUEUE, "unlinked", unlinked);
	each_backend(NEEDS_QUEUE, "handles", handles);
	each_backend(NEEDS_QUEUE, "other users", other_users);
	each_backend(NEEDS_QUEUE, "masked", masked);
	each_backend(NEEDS_QUEUE, "intruders", intruders);
	return check_failures() ? 1 : 0;
}
