/* SPDX-License-Identifier: MIT */
/*
 * Nothing outlives its registry entry: whoever makes or frees what the kernel
 * keeps (System V ids, POSIX queue names) may die at any instruction, and the
 * next collector finds it; who sees the registry but not the object touches
 * neither; an object that was made although the call failed goes too.
 *
 * usage: test_ledger [POINTS]; about POINTS kills a call, 0 for every
 * instruction. Exit code 77 where namespaces of one's own are not allowed.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "impls/testkit/named_objects.h"
#include "impls/testkit/ipc_namespace.h"
#include "impls/testkit/stepped_kills.h"

#define POINTS_DEFAULT 10
#define SHM_KILOBYTES  8192

static unsigned long points = POINTS_DEFAULT;
static const struct ipcm_backend *backend;

/* ---- mq_open, as the linker hands it to the library (--wrap) ---- */

static bool mq_open_fails;

mqd_t __real_mq_open(const char *name, int flags, ...);
mqd_t __wrap_mq_open(const char *name, int flags, ...);

/*
 * The kernel makes the queue before it opens it: without a file to open it
 * with (ENFILE) the call fails, and the queue stays.
 */
mqd_t __wrap_mq_open(const char *name, int flags, ...)
{
	struct mq_attr *attributes;
	mqd_t queue;
	va_list rest;
	mode_t mode;

	if (!(flags & O_CREAT))
		return __real_mq_open(name, flags);
	va_start(rest, flags);
	mode = va_arg(rest, mode_t);
	attributes = va_arg(rest, struct mq_attr *);
	va_end(rest);
	queue = __real_mq_open(name, flags, mode, attributes);
	if (queue >= 0 && mq_open_fails) {
		(void)mq_close(queue);
		errno = ENFILE;
		return -1;
	}
	return queue;
}

static void made_although_it_failed(void)
{
	struct ipcm_queue *queue;

	if (!backend || !backend->queue)
		return;
	mq_open_fails = true;
	CHECK_IS(ipcm_queue_create(backend, NULL, &queue), IPCM_LIMIT);
	mq_open_fails = false;
	CHECK(ipc_namespace_objects() == 0);
}

/* ---- death in create and free ---- */

static void nothing(const struct ipcm_backend *unused)
{
	(void)unused;
}

static void expect_nothing(void)
{
	expect_nothing_left("registry");
	CHECK(ipc_namespace_objects() == 0);
}

static enum ipcm_status queue_comes_and_goes(void)
{
	struct ipcm_queue *queue;
	enum ipcm_status status = ipcm_queue_create(backend, NULL, &queue);

	if (!status)
		ipcm_queue_free(queue);
	return status;
}

static enum ipcm_status lock_comes_and_goes(void)
{
	struct ipcm_lock *lock;
	enum ipcm_status status = ipcm_lock_create(backend, &lock);

	if (!status)
		ipcm_lock_free(lock);
	return status;
}

static enum ipcm_status name_comes_and_goes(void)
{
	return try_any(backend, QUEUE, "registry", &make_or_open);
}

static void death_leaves_nothing(void)
{
	const struct stepped calls[] = {
		{"queue", nothing, NULL, queue_comes_and_goes, expect_nothing},
		{"lock", nothing, NULL, lock_comes_and_goes, expect_nothing},
		{"named queue", nothing, NULL, name_comes_and_goes,
		 expect_nothing},
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		stepped_kill(backend, &calls[i], points);
}

/* ---- who sees the registry, but not the objects ---- */

static int make_and_die(void *argument)
{
	static const char *const names[KINDS] = {"one", "two", "three"};
	void *object;

	(void)argument;
	for (enum kind kind = 0; kind < KINDS; kind++)
		CHECK_OK(open_any(backend, kind, names[kind], &make_only,
				  &object));
	if (!check_failures())
		(void)raise(SIGKILL);
	return 1;
}

static int collect_elsewhere(void *argument)
{
	(void)argument;
	if (unshare(CLONE_NEWIPC))
		return 1;
	(void)ipcm_collect();
	return 0;
}

/* Two that share /dev/shm but no System V ids, two containers for one. */
static void elsewhere_is_not_here(void)
{
	unsigned before = ipc_namespace_objects();

	CHECK(!child_ok(child_start(make_and_die, NULL)));
	CHECK(ipc_namespace_objects() > before);
	CHECK(child_ok(child_start(collect_elsewhere, NULL)));
	(void)ipcm_collect();
	CHECK(ipc_namespace_objects() == before);
}

static void run(const char *name)
{
	char why[200];

	backend = ipcm_backend_find(name);
	if (!backend || backend->probe(why, sizeof(why)))
		return;
	check_subject(name, "registry");
	elsewhere_is_not_here();
	death_leaves_nothing();
}

int main(int argc, char **argv)
{
	if (argc > 1)
		points = strtoul(argv[1], NULL, 10);
	if (!ipc_namespace_enter(SHM_KILOBYTES)) {
		printf("skip: no namespaces of one's own here\n");
		return 77;
	}
	run("sysv_msg");
	run("posix_mq");
	made_although_it_failed();
	return check_failures() ? 1 : 0;
}
