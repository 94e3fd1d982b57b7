/* SPDX-License-Identifier: MIT */
/*
 * Named objects for clauses; see fixtures_named.h.
 */
#include "fixtures_named.h"

#include <stdio.h>
#include <unistd.h>

#include "fixtures.h"

static void check_refusal(const char *call, enum ipcm_status status)
{
	if (status != IPCM_NOTSUP)
		check_undeclared_support(
			"%s gave %s, but NAMED is not declared", call,
			ipcm_status_name(status));
}

void named_or_leave(const struct ipcm_backend *backend)
{
	const struct ipcm_access access = IPCM_ACCESS_INIT;
	char name[NAMED_BYTES];
	void *object = NULL;

	if (backend->capabilities & IPCM_CAP_NAMED)
		return;
	named_name("refused", name);
	for (enum named_kind kind = 0; kind < NAMED_KINDS; kind++)
		check_refusal(named_word(kind),
			      named_try(backend, kind, name, &access, &object));
	check_refusal("unlink", ipcm_unlink(backend, name));
	CHECK(!object, "a refused open wrote the handle");
	check_unsupported("NAMED is not declared; open and unlink give NOTSUP");
}

void named_name(const char *word, char ret_name[NAMED_BYTES])
{
	(void)snprintf(ret_name, NAMED_BYTES, "check.%d.%s", (int)getpid(),
		       word);
}

static const struct ipcm_access make_it = {
	IPCM_ACCESS_CREATE | IPCM_ACCESS_EXCLUSIVE, 0600};
static const struct ipcm_access open_it = {0, 0};

struct ipcm_queue *named_queue_make(const struct ipcm_backend *backend,
				    const char *name, int64_t maxsize,
				    unsigned flags)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue = NULL;

	options.maxsize = maxsize;
	options.flags = flags;
	CHECK_OK(ipcm_queue_open(backend, name, &make_it, &options, &queue));
	return queue;
}

/* Those without options of their own. */
#define OPEN(name, kind, ...)                                                  \
	struct ipcm_##kind *name(const struct ipcm_backend *backend,           \
				 const char *object_name)                      \
	{                                                                      \
		struct ipcm_##kind *object = NULL;                             \
                                                                               \
		CHECK_OK(ipcm_##kind##_open(backend, object_name, __VA_ARGS__, \
					    &object));                         \
		return object;                                                 \
	}
OPEN(named_queue_open, queue, &open_it, NULL)
OPEN(named_lock_make, lock, &make_it)
OPEN(named_lock_open, lock, &open_it)
OPEN(named_semaphore_open, semaphore, &open_it, NULL)

struct ipcm_semaphore *named_semaphore_make(const struct ipcm_backend *backend,
					    const char *name, int64_t initial)
{
	const struct ipcm_semaphore_options options = {initial, 0};
	struct ipcm_semaphore *semaphore = NULL;

	CHECK_OK(ipcm_semaphore_open(backend, name, &make_it, &options,
				     &semaphore));
	return semaphore;
}

int64_t semaphore_value(const struct ipcm_semaphore *semaphore)
{
	int64_t value = -1;

	CHECK_OK(ipcm_semaphore_value(semaphore, &value));
	return value;
}

bool named_has(const struct ipcm_backend *backend, enum named_kind kind)
{
	return kind == NAMED_QUEUE ? backend->queue != NULL
				   : backend->lock != NULL;
}

const char *named_word(enum named_kind kind)
{
	static const char *const words[] = {"queue", "lock", "semaphore"};

	return words[kind];
}

enum ipcm_status named_try(const struct ipcm_backend *backend,
			   enum named_kind kind, const char *name,
			   const struct ipcm_access *access, void **ret_object)
{
	struct ipcm_queue *queue = *ret_object;
	struct ipcm_lock *lock = *ret_object;
	struct ipcm_semaphore *semaphore = *ret_object;
	enum ipcm_status status;

	switch (kind) {
	case NAMED_QUEUE:
		status = ipcm_queue_open(backend, name, access, NULL, &queue);
		*ret_object = queue;
		break;
	case NAMED_LOCK:
		status = ipcm_lock_open(backend, name, access, &lock);
		*ret_object = lock;
		break;
	default:
		status = ipcm_semaphore_open(backend, name, access, NULL,
					     &semaphore);
		*ret_object = semaphore;
		break;
	}
	return status;
}

void named_expect(enum ipcm_status wanted, const struct ipcm_backend *backend,
		  enum named_kind kind, const char *name, unsigned flags)
{
	const struct ipcm_access access = {flags, 0600};
	void *object = NULL;
	enum ipcm_status status =
		named_try(backend, kind, name, &access, &object);

	if (status == IPCM_OK)
		named_free(kind, object);
	CHECK(status == wanted, "%s_open(\"%s\", flags %u) gave %s, not %s",
	      named_word(kind), name ? name : "(null)", flags,
	      ipcm_status_name(status), ipcm_status_name(wanted));
}

void named_use(enum named_kind kind, void *object)
{
	switch (kind) {
	case NAMED_QUEUE:
		number_put(object, 4711);
		CHECK_EQUAL(4711, number_get(object), "number");
		break;
	case NAMED_LOCK:
		lock_expect_free(object);
		break;
	default:
		CHECK_EQUAL(1, semaphore_value(object), "value");
		CHECK_OK(ipcm_semaphore_acquire(object, IPCM_TRY));
		CHECK_STATUS(IPCM_WOULDBLOCK,
			     ipcm_semaphore_acquire(object, IPCM_TRY));
		CHECK_OK(ipcm_semaphore_release(object));
		break;
	}
}

void named_free(enum named_kind kind, void *object)
{
	if (kind == NAMED_QUEUE)
		ipcm_queue_free(object);
	else if (kind == NAMED_LOCK)
		ipcm_lock_free(object);
	else
		ipcm_semaphore_free(object);
}
