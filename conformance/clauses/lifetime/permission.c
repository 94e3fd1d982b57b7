/* SPDX-License-Identifier: MIT */
/*
 * X-PRM-01: which users may open a named object, and what a restricted handle
 * may do. X-PRM-02: objects that root makes for the user that it will become.
 * Another user is a child that gives up root.
 */
#include "conformance/harness/calls/objects.h"
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_named.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The user "nobody"; any user that is not root will do. */
enum { OTHER_USER = 65534 };

static void *make_with(const struct ipcm_backend *backend, enum named_kind kind,
		       const char *name, mode_t mask, unsigned mode)
{
	const struct ipcm_access access = {
		IPCM_ACCESS_CREATE | IPCM_ACCESS_EXCLUSIVE, mode};
	mode_t before = umask(mask);
	enum ipcm_status status;
	void *object = NULL;

	status = named_try(backend, kind, name, &access, &object);
	(void)umask(before);
	CHECK(status == IPCM_OK, "%s_open gave %s", named_word(kind),
	      ipcm_status_name(status));
	return object;
}

/* What another user tries; in shared memory. */
struct visit {
	const struct ipcm_backend *backend;
	enum named_kind kind;
	char name[NAMED_BYTES];
	bool welcome;
};

static void become_another_user(void)
{
	if (setgroups(0, NULL) ||
	    setresgid(OTHER_USER, OTHER_USER, OTHER_USER) ||
	    setresuid(OTHER_USER, OTHER_USER, OTHER_USER))
		check_harness_error("giving up root: %s", strerror(errno));
}

static void visit_run(void *argument)
{
	const struct ipcm_access open = {0, 0};
	const struct ipcm_access create = IPCM_ACCESS_INIT;
	struct visit *visit = argument;
	enum ipcm_status wanted = visit->welcome ? IPCM_OK : IPCM_PERM;
	const struct ipcm_access *ways[] = {&open, &create};

	become_another_user();
	for (int i = 0; i < 2; i++) {
		void *object = NULL;
		enum ipcm_status status =
			named_try(visit->backend, visit->kind, visit->name,
				  ways[i], &object);

		CHECK(status == wanted, "%s_open by another user gave %s",
		      named_word(visit->kind), ipcm_status_name(status));
		if (!object)
			continue;
		named_use(visit->kind, object);
		named_free(visit->kind, object);
	}
	CHECK_STATUS(IPCM_PERM, ipcm_unlink(visit->backend, visit->name));
}

static void visit(const struct ipcm_backend *backend, enum named_kind kind,
		  const char *name, bool welcome)
{
	struct visit *visit = share(sizeof(*visit));
	struct peer peer;

	visit->backend = backend;
	visit->kind = kind;
	visit->welcome = welcome;
	memcpy(visit->name, name, NAMED_BYTES);
	peer = peer_start(visit_run, visit);
	peer_join(&peer);
}

static void modes(const struct ipcm_backend *backend, enum named_kind kind)
{
	static const struct {
		mode_t mask;
		unsigned mode;
		bool welcome;
	} cases[] = {
		{022, 0600, false},			/* the default */
		{0, 0666, true},    {022, 0666, false}, /* write is masked */
		{0, 0660, false},   {0, 0644, false},	{0, 0622, false},
	};
	char name[NAMED_BYTES];

	named_name("modes", name);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		void *object = make_with(backend, kind, name, cases[i].mask,
					 cases[i].mode);

		visit(backend, kind, name, cases[i].welcome);
		named_use(kind, object);
		named_free(kind, object);
	}
}

struct masked {
	const struct ipcm_backend *backend;
	enum named_kind kind;
	char name[NAMED_BYTES];
};

/* As a user that has made nothing yet. */
static void make_under_a_mask(void *argument)
{
	struct masked *masked = argument;

	become_another_user();
	for (int i = 0; i < 2; i++) {
		void *object = make_with(masked->backend, masked->kind,
					 masked->name, i ? 022 : 0700, 0600);

		named_expect(IPCM_OK, masked->backend, masked->kind,
			     masked->name, 0);
		named_use(masked->kind, object);
		named_free(masked->kind, object);
	}
	any_status(ipcm_collect());
}

/* An umask that takes the owner's own rights does not lock the owner out. */
static void owner_is_not_masked(const struct ipcm_backend *backend,
				enum named_kind kind)
{
	struct masked *masked = share(sizeof(*masked));
	struct peer peer;

	masked->backend = backend;
	masked->kind = kind;
	named_name("masked", masked->name);
	peer = peer_start(make_under_a_mask, masked);
	peer_join(&peer);
}

static void restricted_handles(const struct ipcm_backend *backend)
{
	const struct ipcm_access get_only = {IPCM_ACCESS_GET_ONLY, 0};
	const struct ipcm_access put_only = {IPCM_ACCESS_PUT_ONLY, 0};
	struct ipcm_queue *queue, *getter = NULL, *putter = NULL;
	struct ipcm_item item;
	uint64_t number = 5;
	char name[NAMED_BYTES];
	size_t done;

	named_name("restricted", name);
	queue = named_queue_make(backend, name, 3, IPCM_QUEUE_JOINABLE);
	CHECK_OK(ipcm_queue_open(backend, name, &get_only, NULL, &getter));
	CHECK_OK(ipcm_queue_open(backend, name, &put_only, NULL, &putter));
	number_put(putter, 5);
	item = (struct ipcm_item){&number, 8};
	CHECK_STATUS(IPCM_PERM, ipcm_queue_put(getter, &number, 8, IPCM_TRY));
	CHECK_STATUS(IPCM_PERM,
		     ipcm_queue_put_many(getter, &item, 1, IPCM_TRY, &done));
	CHECK_STATUS(IPCM_PERM, ipcm_queue_shutdown(getter, true));
	CHECK_STATUS(IPCM_PERM,
		     ipcm_queue_get(putter, &number, 8, IPCM_TRY, NULL));
	CHECK_STATUS(IPCM_PERM, ipcm_queue_get_many(putter, &number, 8, &item,
						    1, IPCM_TRY, &done));
	CHECK_STATUS(IPCM_PERM, ipcm_queue_task_done(putter));
	CHECK_EQUAL(1, queue_size(getter), "items");
	CHECK_EQUAL(1, queue_size(putter), "items");
	numbers_expect(getter, 5, 1);
	CHECK_OK(ipcm_queue_task_done(getter));
	ipcm_queue_free(getter);
	ipcm_queue_free(putter);
	ipcm_queue_free(queue);
}

static void modes_and_handles(const struct ipcm_backend *backend)
{
	named_or_leave(backend);
	if (backend->queue)
		restricted_handles(backend);
	if (geteuid() != 0)
		check_limit("restricted handles hold; other users can only be "
			    "tried as root: run with sudo");
	for (enum named_kind kind = 0; kind < NAMED_KINDS; kind++) {
		if (!named_has(backend, kind))
			continue;
		modes(backend, kind);
		owner_is_not_masked(backend, kind);
	}
}

/* One of everything, but for managed objects, which are their server's. */
static void owned_make(struct objects *all, const struct ipcm_backend *backend)
{
	memset(all, 0, sizeof(*all));
	CHECK_OK(ipcm_set_owner(OTHER_USER, OTHER_USER));
	for (int i = 0; i < OBJECT_KINDS; i++)
		if (!object_kinds[i]->managed &&
		    object_kinds[i]->offered(backend))
			all->object[i] = object_kinds[i]->make(backend);
}

static void owner_becomes(void *argument)
{
	struct objects all;

	owned_make(&all, argument);
	objects_use(&all);
	become_another_user();
	objects_use(&all);
	objects_free(&all);
}

static void worker_becomes(void *argument)
{
	struct objects *all = argument;

	become_another_user();
	objects_use(all);
	objects_free(all);
}

/* The owner opens what no other user may, and removes its name. */
static void owner_opens(void *argument)
{
	const struct ipcm_access open = {0, 0};
	struct visit *visit = argument;
	void *object = NULL;

	become_another_user();
	CHECK_OK(named_try(visit->backend, visit->kind, visit->name, &open,
			   &object));
	named_use(visit->kind, object);
	named_free(visit->kind, object);
	CHECK_OK(ipcm_unlink(visit->backend, visit->name));
}

static void name_of_owner(const struct ipcm_backend *backend,
			  enum named_kind kind)
{
	struct visit *visit = share(sizeof(*visit));
	struct peer peer;
	void *object;

	visit->backend = backend;
	visit->kind = kind;
	named_name("owner", visit->name);
	object = make_with(backend, kind, visit->name, 022, 0600);
	peer = peer_start(owner_opens, visit);
	peer_join(&peer);
	named_use(kind, object);
	named_free(kind, object);
}

static void objects_of_an_owner(const struct ipcm_backend *backend)
{
	struct objects all;
	struct peer peer;

	if (geteuid() != 0)
		check_limit("only root makes objects for another user: run "
			    "with sudo");
	peer = peer_start(owner_becomes, (void *)(uintptr_t)backend);
	peer_join(&peer);
	owned_make(&all, backend);
	peer = peer_start(worker_becomes, &all);
	peer_join(&peer);
	objects_use(&all);
	objects_free(&all);
	for (enum named_kind kind = 0; kind < NAMED_KINDS; kind++)
		if (backend->capabilities & IPCM_CAP_NAMED &&
		    named_has(backend, kind))
			name_of_owner(backend, kind);
}

static const struct clause table[] = {
	{"X-PRM-01", LEVEL_BEYOND, OBJECT_ALL,
	 "Modes 0600 to 0666 with umasks, tried as another user; get-only and "
	 "put-only handles.",
	 "PERM without rights on open, unlink, put and get; else it works.",
	 "mq_open(3); Open POSIX mq_open 7, 8, 10, 22; LTP msgget02, msgrcv02",
	 0, false, modes_and_handles},
	{"X-PRM-02", LEVEL_BEYOND, OBJECT_ALL,
	 "Root names another user as owner and makes one of everything; then "
	 "it, or its worker, becomes that user.",
	 "Both use everything; the owner opens and removes names of mode 0600.",
	 "sysvipc(7); msgctl(2) and semctl(2), IPC_SET; chown(2)", 0, false,
	 objects_of_an_owner},
};

CLAUSE_LIST(clauses_permission, table);
