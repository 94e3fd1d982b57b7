/* SPDX-License-Identifier: MIT */
/*
 * ipcm_set_owner: objects that root makes for a user are that user's, on every
 * back-end; the maker or the user removes them, and nothing is left, whoever is
 * the last one, and at whatever instruction a maker is killed. What another
 * user puts into its own directory gives it no right over foreign objects.
 *
 * In System V ids, message queues and a /dev/shm of its own.
 *
 * usage: test_owner [POINTS]; about POINTS kills a call, 0 for every
 * instruction. Exit code 77 where it is not root, or may not have these.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "impls/core/naming/registry_folder.h"
#include "impls/testkit/ipc_namespace.h"
#include "impls/testkit/named_objects.h"
#include "impls/testkit/stepped_kills.h"

/* Any users that are not root will do. */
enum { USER = 65534, OTHER = 65533 };
#define POINTS	      8
#define SHM_KILOBYTES 65536

#define KEEP_UID ((uid_t)-1)
#define KEEP_GID ((gid_t)-1)

static const struct ipcm_backend *backend;
static unsigned long points = POINTS;

static void become(uid_t user)
{
	CHECK(!setgroups(0, NULL));
	CHECK(!setresgid(user, user, user));
	CHECK(!setresuid(user, user, user));
}

/* ---- what is left ---- */

/* In a /dev/shm of our own, which has one more: the message queues' names. */
static unsigned files_left(void)
{
	DIR *list = opendir("/dev/shm");
	unsigned count = 0;

	while (list && readdir(list))
		count++;
	CHECK(list && count >= 3);
	if (list)
		(void)closedir(list);
	return count - 3;
}

static void expect_clean(const char *when)
{
	CHECK(ipc_namespace_objects() == 0, "%s: %u objects", when,
	      ipc_namespace_objects());
	CHECK(files_left() == 0, "%s: %u files", when, files_left());
}

/* ---- one of everything ---- */

struct all {
	struct ipcm_queue *queue, *plain;
	struct ipcm_connection *end[2];
	struct ipcm_lock *lock;
	struct ipcm_semaphore *semaphore;
	struct ipcm_event *event;
	struct ipcm_condition *condition;
	struct ipcm_simple_queue *simple;
	void *named[KINDS];
};

static bool has_names(void)
{
	return backend->capabilities & IPCM_CAP_NAMED;
}

static void all_make(struct all *all)
{
	struct ipcm_semaphore_options three = IPCM_SEMAPHORE_OPTIONS_INIT;
	static const char *const names[KINDS] = {"one", "two", "three"};

	memset(all, 0, sizeof(*all));
	three.initial = 3;
	CHECK_OK(ipcm_queue_create(backend, NULL, &all->queue));
	CHECK_OK(ipcm_queue_create(backend, NULL, &all->plain));
	CHECK_OK(ipcm_pipe_create(backend, NULL, &all->end[0], &all->end[1]));
	CHECK_OK(ipcm_lock_create(backend, &all->lock));
	CHECK_OK(ipcm_semaphore_create(backend, &three, &all->semaphore));
	CHECK_OK(ipcm_event_create(backend, &all->event));
	CHECK_OK(ipcm_condition_create(backend, NULL, NULL, &all->condition));
	CHECK_OK(ipcm_simple_queue_create(backend, &all->simple));
	for (enum kind kind = 0; has_names() && kind < KINDS; kind++)
		CHECK_OK(open_any(backend, kind, names[kind], &make_only,
				  &all->named[kind]));
}

static void all_use(struct all *all)
{
	static uint8_t large[LARGE_BYTES];
	char text[8];
	size_t bytes;

	use_any(QUEUE, all->queue);
	CHECK_OK(ipcm_queue_put(all->queue, large, LARGE_BYTES, HANG));
	CHECK_OK(ipcm_queue_get(all->queue, large, LARGE_BYTES, HANG, NULL));
	for (int i = 0; i < 2; i++) {
		CHECK_OK(ipcm_connection_send(all->end[i], "answer", 7, HANG));
		CHECK_OK(ipcm_connection_recv(all->end[!i], text, sizeof(text),
					      HANG, &bytes));
	}
	use_any(LOCK, all->lock);
	use_any(SEMAPHORE, all->semaphore);
	CHECK_OK(ipcm_condition_acquire(all->condition, HANG));
	CHECK_OK(ipcm_condition_notify(all->condition, 1));
	CHECK_OK(ipcm_condition_release(all->condition));
	CHECK_OK(ipcm_event_set(all->event));
	CHECK_OK(ipcm_simple_queue_put(all->simple, "simple", 7));
	CHECK_OK(
		ipcm_simple_queue_get(all->simple, text, sizeof(text), &bytes));
	for (enum kind kind = 0; has_names() && kind < KINDS; kind++)
		use_any(kind, all->named[kind]);
}

static void all_free(struct all *all)
{
	ipcm_queue_free(all->queue);
	ipcm_queue_free(all->plain);
	ipcm_connection_free(all->end[0]);
	ipcm_connection_free(all->end[1]);
	ipcm_lock_free(all->lock);
	ipcm_semaphore_free(all->semaphore);
	ipcm_event_free(all->event);
	ipcm_condition_free(all->condition);
	ipcm_simple_queue_free(all->simple);
	for (enum kind kind = 0; kind < KINDS; kind++)
		if (all->named[kind])
			free_any(kind, all->named[kind]);
}

/* ---- the users ---- */

/* The process itself changes: it is the last user of everything. */
static int change_and_free(void *argument)
{
	struct all all;

	(void)argument;
	CHECK_OK(ipcm_set_owner(USER, USER));
	all_make(&all);
	all_use(&all);
	become(USER);
	all_use(&all);
	all_free(&all);
	/* and it makes new ones */
	all_make(&all);
	all_use(&all);
	all_free(&all);
	return 0;
}

static int worker(void *argument)
{
	struct all *all = argument;
	char text[8];
	size_t bytes;

	become(USER);
	CHECK_OK(ipcm_queue_get(all->plain, text, sizeof(text), HANG, &bytes));
	all_use(all);
	CHECK_OK(ipcm_queue_put(all->plain, "done", 5, HANG));
	all_free(all);
	return 0;
}

/* Opens the names, and is the last one. */
static int visitor(void *argument)
{
	static const char *const names[KINDS] = {"one", "two", "three"};
	void *object[KINDS];
	struct all *all = argument;

	become(USER);
	for (enum kind kind = 0; kind < KINDS; kind++) {
		CHECK_OK(open_any(backend, kind, names[kind], &open_only,
				  &object[kind]));
		use_any(kind, object[kind]);
	}
	all_free(all);
	for (enum kind kind = 0; kind < KINDS; kind++)
		free_any(kind, object[kind]);
	return 0;
}

static int other_visitor(void *argument)
{
	(void)argument;
	become(OTHER);
	CHECK_IS(try_any(backend, QUEUE, "one", &open_only), IPCM_PERM);
	return 0;
}

/* Root stays; its worker changes. Root is the last one. */
static int root_and_worker(void *argument)
{
	struct ipcm_process *child;
	struct all all;
	char text[8];
	size_t bytes;

	(void)argument;
	CHECK_OK(ipcm_set_owner(USER, USER));
	all_make(&all);
	child = child_start(worker, &all);
	CHECK_OK(ipcm_queue_put(all.plain, "work", 5, HANG));
	CHECK(child_ok(child));
	CHECK_OK(ipcm_queue_get(all.plain, text, sizeof(text), HANG, &bytes));
	all_use(&all);
	if (has_names()) {
		CHECK(child_ok(child_start(other_visitor, NULL)));
		CHECK(child_ok(child_start(visitor, &all)));
	}
	/* objects keep the owner that they were made with */
	CHECK_OK(ipcm_set_owner(KEEP_UID, KEEP_GID));
	all_use(&all);
	all_free(&all);
	return 0;
}

/* As before, but the user is the last one. */
static int root_leaves(void *argument)
{
	struct ipcm_process *child;
	struct all all;

	(void)argument;
	CHECK_OK(ipcm_set_owner(USER, USER));
	all_make(&all);
	child = child_start(worker, &all);
	CHECK_OK(ipcm_queue_put(all.plain, "work", 5, HANG));
	all_free(&all);
	CHECK(child_ok(child));
	return 0;
}

/* Killed with everything in use: a create of the user finds it. */
static int make_and_die(void *argument)
{
	struct all all;

	(void)argument;
	CHECK_OK(ipcm_set_owner(USER, USER));
	all_make(&all);
	if (!check_failures())
		(void)raise(SIGKILL);
	return 1;
}

static int collect_as_user(void *argument)
{
	(void)argument;
	become(USER);
	(void)ipcm_collect();
	return 0;
}

static int collect_as_root(void *argument)
{
	(void)argument;
	CHECK_OK(ipcm_set_owner(USER, USER));
	(void)ipcm_collect();
	return 0;
}

static void users(void)
{
	CHECK(child_ok(child_start(change_and_free, NULL)));
	expect_clean("changed");
	CHECK(child_ok(child_start(root_and_worker, NULL)));
	expect_clean("root last");
	CHECK(child_ok(child_start(root_leaves, NULL)));
	expect_clean("user last");
	CHECK(child_code(child_start(make_and_die, NULL)) == -SIGKILL);
	CHECK(files_left() > 0);
	CHECK(child_ok(child_start(collect_as_user, NULL)));
	expect_clean("killed, user collects");
	CHECK(child_code(child_start(make_and_die, NULL)) == -SIGKILL);
	CHECK(child_ok(child_start(collect_as_root, NULL)));
	expect_clean("killed, root collects");
}

/* ---- death in a create ---- */

static bool dies_in_set;

int __real_msgctl(int id, int command, struct msqid_ds *queue);
int __wrap_msgctl(int id, int command, struct msqid_ds *queue);

/* As the linker hands it to the library (--wrap). */
int __wrap_msgctl(int id, int command, struct msqid_ds *queue)
{
	if (dies_in_set && command == IPC_SET)
		(void)raise(SIGKILL);
	return __real_msgctl(id, command, queue);
}

/* The id is root's still: so must its entry be, or no user removes both. */
static int die_before_set(void *argument)
{
	struct ipcm_queue *queue;

	(void)argument;
	CHECK_OK(ipcm_set_owner(USER, USER));
	dies_in_set = true;
	CHECK_OK(
		ipcm_queue_create(ipcm_backend_find("sysv_msg"), NULL, &queue));
	return 1;
}

static int killed_before_set(void *argument)
{
	(void)argument;
	CHECK(child_code(child_start(die_before_set, NULL)) == -SIGKILL);
	CHECK(ipc_namespace_objects() == 1);
	CHECK(child_ok(child_start(collect_as_user, NULL)));
	CHECK(ipc_namespace_objects() == 1);
	(void)ipcm_collect();
	return 0;
}

static void set_user(const struct ipcm_backend *unused)
{
	(void)unused;
	CHECK_OK(ipcm_set_owner(USER, USER));
}

static enum ipcm_status owner_set_again(void)
{
	return ipcm_set_owner(USER, USER);
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
	return try_any(backend, QUEUE, "owner", &make_or_open);
}

/* A directory that was not given away yet is the next maker's. */
static void expect_collected(void)
{
	CHECK_OK(ipcm_set_owner(USER, USER));
	(void)ipcm_collect();
	expect_clean("killed in a call");
}

static int die_in_calls(void *argument)
{
	const struct stepped calls[] = {
		{"lock", set_user, NULL, lock_comes_and_goes, expect_collected},
		{"named queue", set_user, NULL, name_comes_and_goes,
		 expect_collected},
	};

	(void)argument;
	for (size_t i = 0; i < (has_names() ? 2 : 1); i++)
		stepped_kill(backend, &calls[i], points);
	return 0;
}

static int die_in_set_owner(void *argument)
{
	const struct stepped call = {"set_owner", set_user, NULL,
				     owner_set_again, expect_collected};

	(void)argument;
	stepped_kill(NULL, &call, points);
	return 0;
}

/* ---- what a user may not have ---- */

static int entry_make(enum resource_kind kind, uint32_t key)
{
	char path[REGISTRY_PATH_BYTES];
	int fd;

	registry_path("/dev/shm", geteuid(), kind, key, path);
	fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	return fd < 0 ? -1 : close(fd);
}

/* Entries without users, for the keys of objects that are not the user's. */
static int forge(void *argument)
{
	const uint32_t *key = argument;

	become(USER);
	CHECK(registry_make() != NULL);
	CHECK(!entry_make(RESOURCE_MSG, *key));
	CHECK(!entry_make(RESOURCE_SEM, *key));
	CHECK(!entry_make(RESOURCE_MQ, *key));
	return 0;
}

static int forgotten(void *argument)
{
	const uint32_t *key = argument;
	char path[REGISTRY_PATH_BYTES];

	become(USER);
	for (enum resource_kind kind = RESOURCE_MSG; kind <= RESOURCE_MQ;
	     kind++) {
		registry_path("/dev/shm", USER, kind, *key, path);
		(void)unlink(path);
	}
	(void)ipcm_collect();
	return 0;
}

/* Root, who may remove everything, cleans the user's directory. */
static int foreign_objects_stay(void *argument)
{
	uint32_t key = 0x4f776e31;
	int queue = msgget((key_t)key, IPC_CREAT | IPC_EXCL | 0600);
	int set = semget((key_t)key, 1, IPC_CREAT | IPC_EXCL | 0600);
	char name[32];
	mqd_t mq;

	(void)argument;
	(void)snprintf(name, sizeof(name), "/ipcmark-%08x", (unsigned)key);
	mq = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, NULL);
	CHECK(queue >= 0 && set >= 0 && mq >= 0);
	CHECK(child_ok(child_start(forge, &key)));
	CHECK_OK(ipcm_set_owner(USER, USER));
	(void)ipcm_collect();
	CHECK(ipc_namespace_objects() == 3, "%u", ipc_namespace_objects());
	CHECK(!msgctl(queue, IPC_RMID, NULL));
	CHECK(!semctl(set, 0, IPC_RMID));
	CHECK(!mq_unlink(name) && !mq_close(mq));
	CHECK(child_ok(child_start(forgotten, &key)));
	return 0;
}

static const char user_folder[] = "/dev/shm/ipcmark-65534";
static const char trap[] = "/dev/shm/trap";

static int set_trap(void *argument)
{
	(void)argument;
	become(USER);
	CHECK(!symlink(trap, user_folder));
	return 0;
}

/* A link in the place of the user's directory leads nowhere: no file is made
 * or removed behind it, and none there is given away. */
static int links_lead_nowhere(void *argument)
{
	struct ipcm_lock *lock;
	struct stat info;
	DIR *list;
	unsigned count = 0;

	(void)argument;
	CHECK(!mkdir(trap, 0700) && !chown(trap, USER, USER));
	CHECK(child_ok(child_start(set_trap, NULL)));
	/* it takes the other root */
	CHECK_OK(ipcm_set_owner(USER, USER));
	CHECK_OK(ipcm_lock_create(ipcm_backend_find("sysv_msg"), &lock));
	list = opendir(trap);
	while (list && readdir(list))
		count++;
	CHECK(count == 2, "%u files", count - 2);
	if (list)
		(void)closedir(list);
	ipcm_lock_free(lock);
	CHECK(!stat("/dev/shm", &info) && info.st_uid == 0);
	CHECK(!unlink(user_folder) && !rmdir(trap));
	return 0;
}

static int not_for_all(void *argument)
{
	(void)argument;
	become(OTHER);
	CHECK_IS(ipcm_set_owner(USER, USER), IPCM_PERM);
	CHECK_IS(ipcm_set_owner(KEEP_UID, USER), IPCM_PERM);
	CHECK_OK(ipcm_set_owner(OTHER, OTHER));
	CHECK_OK(ipcm_set_owner(KEEP_UID, KEEP_GID));
	return 0;
}

/* The owner is a third one. */
static int third_user(void *argument)
{
	struct ipcm_lock *lock;

	(void)argument;
	CHECK_OK(ipcm_set_owner(USER, USER));
	become(OTHER);
	CHECK_IS(ipcm_lock_create(ipcm_backend_find("sysv_msg"), &lock),
		 IPCM_PERM);
	CHECK_OK(ipcm_set_owner(KEEP_UID, KEEP_GID));
	CHECK_OK(ipcm_lock_create(ipcm_backend_find("sysv_msg"), &lock));
	ipcm_lock_free(lock);
	return 0;
}

/* Without an owner: the code that name.h names. */
static int no_owner(void *argument)
{
	struct ipcm_queue *queue;

	(void)argument;
	CHECK_OK(ipcm_queue_create(backend, NULL, &queue));
	become(USER);
	CHECK_IS(ipcm_queue_put(queue, "x", 1, IPCM_TRY),
		 strcmp(backend->name, "sysv_msg") ? IPCM_OK : IPCM_PERM);
	ipcm_queue_free(queue);
	return 0;
}

static int root_collects(void *argument)
{
	(void)argument;
	(void)ipcm_collect();
	return 0;
}

static void once(int (*body)(void *argument), const char *what)
{
	check_subject("owner", what);
	CHECK(child_ok(child_start(body, NULL)));
	expect_clean(what);
}

static void run(const struct ipcm_backend *built)
{
	char why[200];

	backend = built;
	if (!backend || backend->capabilities & IPCM_CAP_FAKE)
		return;
	if (backend->probe(why, sizeof(why))) {
		printf("skip %s: %s\n", backend->name, why);
		return;
	}
	check_subject(backend->name, "owner");
	users();
	CHECK(child_ok(child_start(no_owner, NULL)));
	CHECK(child_ok(child_start(root_collects, NULL)));
	expect_clean("no owner");
	/* where there is a limit, objects outlive their users */
	if (!backend->queue || !backend->queue->remaining)
		return;
	CHECK(child_ok(child_start(die_in_calls, NULL)));
	expect_clean("died");
}

int main(int argc, char **argv)
{
	size_t count;
	const struct ipcm_registry_entry *entry = ipcm_registry(&count);

	if (argc > 1)
		points = strtoul(argv[1], NULL, 10);
	if (geteuid() != 0) {
		printf("skip: only root gives objects to another user\n");
		return 77;
	}
	if (!ipc_namespace_enter(SHM_KILOBYTES)) {
		printf("skip: no namespaces of one's own here\n");
		return 77;
	}
	for (size_t i = 0; i < count; i++)
		run(entry[i].backend);
	once(foreign_objects_stay, "foreign objects");
	once(links_lead_nowhere, "links");
	once(not_for_all, "not for all");
	once(third_user, "third user");
	once(killed_before_set, "killed before IPC_SET");
	once(die_in_set_owner, "died in set_owner");
	return check_failures() ? 1 : 0;
}
