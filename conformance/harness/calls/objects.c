/* SPDX-License-Identifier: MIT */
/*
 * The table of objects; see objects.h.
 */
#include "objects.h"

#include <stdlib.h>

#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_sync.h"

#define REFUSED(call) CHECK_STATUS(wanted, call)

/* Functions of the library with a void pointer for the handle. */
#define HANDLE(kind)                                                           \
	static enum ipcm_status kind##_close(void *object)                     \
	{                                                                      \
		return ipcm_##kind##_close(object);                            \
	}                                                                      \
	static void kind##_free(void *object)                                  \
	{                                                                      \
		ipcm_##kind##_free(object);                                    \
	}

#define RECOVER(kind)                                                          \
	static enum ipcm_status call_##kind##_recover(void *object)            \
	{                                                                      \
		return ipcm_##kind##_recover(object);                          \
	}

/* Objects without options. */
#define MAKE(kind)                                                             \
	static void *make_##kind(const struct ipcm_backend *backend)           \
	{                                                                      \
		return kind##_make(backend);                                   \
	}

#define STRESS_LOCK(kind)                                                      \
	static void kind##_stress(void *lock)                                  \
	{                                                                      \
		enum ipcm_status status =                                      \
			ipcm_##kind##_acquire(lock, 10 * MS);                  \
                                                                               \
		if (status == IPCM_OWNERDEAD)                                  \
			status = ipcm_##kind##_recover(lock);                  \
		if (status == IPCM_OK)                                         \
			any_status(ipcm_##kind##_release(lock));               \
	}

HANDLE(queue)
HANDLE(lock)
HANDLE(rlock)
HANDLE(semaphore)
HANDLE(condition)
HANDLE(event)
HANDLE(barrier)
HANDLE(value)
HANDLE(array)
RECOVER(lock)
RECOVER(rlock)
RECOVER(condition)
RECOVER(value)
MAKE(lock)
MAKE(rlock)
MAKE(event)
STRESS_LOCK(value)
STRESS_LOCK(lock)
STRESS_LOCK(rlock)

/* Of a semaphore; users that are killed lose one each. */
enum { PERMITS = 2, KILLED = 2 };

static bool has_queue(const struct ipcm_backend *backend)
{
	return backend->queue;
}

static void *make_queue(const struct ipcm_backend *backend)
{
	return queue_make(backend, 8);
}

static void queue_ready(void *queue, int64_t timeout_ns)
{
	uint64_t number = 1;

	CHECK_OK(ipcm_queue_put(queue, &number, 8, timeout_ns));
	CHECK_OK(ipcm_queue_get(queue, &number, 8, timeout_ns, NULL));
}

static void queue_use(void *queue)
{
	numbers_put(queue, 1, 3);
	numbers_expect(queue, 1, 3);
	queue_expect_drained(queue);
}

static void queue_stress(void *queue)
{
	uint64_t number = 1;

	any_status(ipcm_queue_put(queue, &number, 8, MS));
	any_status(ipcm_queue_get(queue, &number, 8, MS, NULL));
}

static void queue_refuse(void *queue, enum ipcm_status wanted)
{
	uint64_t number = 0;
	struct ipcm_item item = {&number, 8};
	size_t size;
	bool answer;

	REFUSED(ipcm_queue_put(queue, &number, 8, IPCM_TRY));
	REFUSED(ipcm_queue_get(queue, &number, 8, IPCM_TRY, NULL));
	REFUSED(ipcm_queue_get(queue, &number, 8, IPCM_FOREVER, NULL));
	REFUSED(ipcm_queue_put_many(queue, &item, 1, IPCM_TRY, &size));
	REFUSED(ipcm_queue_get_many(queue, &number, 8, &item, 1, IPCM_TRY,
				    &size));
	REFUSED(ipcm_queue_qsize(queue, &size));
	REFUSED(ipcm_queue_empty(queue, &answer));
	REFUSED(ipcm_queue_full(queue, &answer));
	if (wanted == IPCM_CLOSED)
		return;
	/* what a closed queue still allows */
	REFUSED(ipcm_queue_task_done(queue));
	REFUSED(ipcm_queue_join(queue, IPCM_TRY));
	REFUSED(ipcm_queue_join_thread(queue));
	REFUSED(ipcm_queue_close(queue));
}

static bool has_pipe(const struct ipcm_backend *backend)
{
	return backend->pipe;
}

static void *make_pipe(const struct ipcm_backend *backend)
{
	struct pair *pair = memory(sizeof(*pair));

	*pair = pipe_make(backend, true);
	return pair;
}

static void pipe_ready(void *object, int64_t timeout_ns)
{
	struct pair *pair = object;
	uint64_t number = 1;
	bool ready = false;

	CHECK_OK(ipcm_connection_send(pair->second, &number, 8, timeout_ns));
	CHECK_OK(ipcm_connection_poll(pair->first, timeout_ns, &ready));
	CHECK(ready, "poll says not ready with a message inside");
	CHECK_OK(ipcm_connection_recv(pair->first, &number, 8, timeout_ns,
				      NULL));
}

static void pipe_use(void *object)
{
	struct pair *pair = object;

	message_send(pair->first, 1, 100);
	message_expect(pair->second, 1, 100);
	message_send(pair->second, 2, 100);
	message_expect(pair->first, 2, 100);
}

static void pipe_refuse(void *object, enum ipcm_status wanted)
{
	struct ipcm_connection *end = ((struct pair *)object)->first;
	char text[8];
	bool ready;
	int fd;

	REFUSED(ipcm_connection_send(end, "x", 1, IPCM_TRY));
	REFUSED(ipcm_connection_recv(end, text, 8, IPCM_FOREVER, NULL));
	REFUSED(ipcm_connection_poll(end, IPCM_TRY, &ready));
	REFUSED(ipcm_connection_fileno(end, &fd));
	if (wanted == IPCM_CLOSED)
		return;
	REFUSED(ipcm_connection_close(end));
	CHECK(!ipcm_connection_readable(end), "a bad handle is readable");
	CHECK(!ipcm_connection_writable(end), "a bad handle is writable");
}

static enum ipcm_status pipe_close(void *object)
{
	struct pair *pair = object;
	enum ipcm_status status = ipcm_connection_close(pair->first);

	return status ? status : ipcm_connection_close(pair->second);
}

static void pipe_free(void *object)
{
	if (object)
		pair_free(object);
	free(object);
}

static bool has_lock(const struct ipcm_backend *backend)
{
	return backend->lock;
}

/* A lock that other users hold now and then is not ready. */
static void lock_ready(void *lock, int64_t timeout_ns)
{
	CHECK_OK(ipcm_lock_acquire(lock, timeout_ns));
	CHECK_OK(ipcm_lock_release(lock));
}

static void lock_use(void *lock)
{
	lock_expect_free(lock);
}

/* What acquire gave after a death: OWNERDEAD is recovered, else OK. */
static void check_recovered(const char *what, enum ipcm_status acquired,
			    enum ipcm_status (*recover)(void *object),
			    void *object)
{
	if (acquired == IPCM_OWNERDEAD)
		acquired = recover(object);
	CHECK(acquired == IPCM_OK, "%s after a death: %s", what,
	      ipcm_status_name(acquired));
}

static void lock_recover(void *lock)
{
	check_recovered("lock", ipcm_lock_acquire(lock, hang_ns()),
			call_lock_recover, lock);
	CHECK_OK(ipcm_lock_release(lock));
	lock_expect_free(lock);
}

static void lock_refuse(void *lock, enum ipcm_status wanted)
{
	bool locked;

	REFUSED(ipcm_lock_acquire(lock, IPCM_FOREVER));
	REFUSED(ipcm_lock_release(lock));
	REFUSED(ipcm_lock_recover(lock));
	REFUSED(ipcm_lock_locked(lock, &locked));
	if (wanted == IPCM_INVALID)
		REFUSED(ipcm_lock_close(lock));
}

static void rlock_ready(void *lock, int64_t timeout_ns)
{
	CHECK_OK(ipcm_rlock_acquire(lock, timeout_ns));
	CHECK_OK(ipcm_rlock_acquire(lock, timeout_ns));
	CHECK_EQUAL(2, rlock_depth(lock), "depth");
	CHECK_OK(ipcm_rlock_release(lock));
	CHECK_OK(ipcm_rlock_release(lock));
}

static void rlock_use(void *lock)
{
	rlock_ready(lock, hang_ns());
	rlock_expect_free(lock);
}

static void rlock_recover(void *lock)
{
	check_recovered("RLock", ipcm_rlock_acquire(lock, hang_ns()),
			call_rlock_recover, lock);
	CHECK_EQUAL(1, rlock_depth(lock), "depth");
	CHECK_OK(ipcm_rlock_release(lock));
	rlock_expect_free(lock);
}

static void rlock_refuse(void *lock, enum ipcm_status wanted)
{
	unsigned depth;
	bool locked;

	REFUSED(ipcm_rlock_acquire(lock, IPCM_FOREVER));
	REFUSED(ipcm_rlock_release(lock));
	REFUSED(ipcm_rlock_recover(lock));
	REFUSED(ipcm_rlock_locked(lock, &locked));
	REFUSED(ipcm_rlock_depth(lock, &depth));
	if (wanted == IPCM_INVALID)
		REFUSED(ipcm_rlock_close(lock));
}

static void *make_semaphore(const struct ipcm_backend *backend)
{
	return semaphore_make(backend, PERMITS);
}

static void semaphore_ready(void *semaphore, int64_t timeout_ns)
{
	CHECK_OK(ipcm_semaphore_acquire(semaphore, timeout_ns));
	CHECK_OK(ipcm_semaphore_release(semaphore));
}

static void semaphore_use(void *semaphore)
{
	semaphore_expect(semaphore, PERMITS);
}

static void semaphore_stress(void *semaphore)
{
	if (ipcm_semaphore_acquire(semaphore, MS) == IPCM_OK)
		any_status(ipcm_semaphore_release(semaphore));
}

/* Each killed user may have had one permit, not more. */
static void semaphore_recover(void *semaphore)
{
	int64_t value = -1;

	CHECK_OK(ipcm_semaphore_value(semaphore, &value));
	CHECK(value >= PERMITS - KILLED && value <= PERMITS,
	      "value %lld after the death of %d users of one permit each",
	      (long long)value, KILLED);
	semaphore_expect(semaphore, value);
	for (; value < PERMITS; value++)
		CHECK_OK(ipcm_semaphore_release(semaphore));
}

static void semaphore_refuse(void *semaphore, enum ipcm_status wanted)
{
	int64_t number;

	REFUSED(ipcm_semaphore_acquire(semaphore, IPCM_FOREVER));
	REFUSED(ipcm_semaphore_release(semaphore));
	REFUSED(ipcm_semaphore_value(semaphore, &number));
	REFUSED(ipcm_semaphore_maximum(semaphore, &number));
	if (wanted == IPCM_INVALID)
		REFUSED(ipcm_semaphore_close(semaphore));
}

static void *make_condition(const struct ipcm_backend *backend)
{
	return condition_make(backend, NULL, NULL);
}

/* A wait ends with a notify of another user, or in vain. */
static void condition_ready(void *condition, int64_t timeout_ns)
{
	enum ipcm_status status;

	CHECK_OK(ipcm_condition_acquire(condition, timeout_ns));
	status = ipcm_condition_wait(condition,
				     timeout_ns < MS ? timeout_ns : MS);
	CHECK(status == IPCM_OK || status == IPCM_WOULDBLOCK ||
		      status == IPCM_TIMEDOUT,
	      "a condition's wait gave %s", ipcm_status_name(status));
	CHECK_OK(ipcm_condition_notify_all(condition));
	CHECK_OK(ipcm_condition_release(condition));
}

static void condition_use(void *condition)
{
	CHECK_OK(ipcm_condition_acquire(condition, hang_ns()));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_condition_wait(condition, IPCM_TRY));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_condition_wait(condition, 100 * US));
	CHECK_OK(ipcm_condition_notify_all(condition));
	CHECK_OK(ipcm_condition_release(condition));
}

static void condition_stress(void *condition)
{
	enum ipcm_status status = ipcm_condition_acquire(condition, 10 * MS);

	if (status == IPCM_OWNERDEAD)
		status = ipcm_condition_recover(condition);
	if (status != IPCM_OK)
		return;
	/* another user may be killed with the lock meanwhile */
	if (ipcm_condition_wait(condition, 100 * US) == IPCM_OWNERDEAD)
		any_status(ipcm_condition_recover(condition));
	any_status(ipcm_condition_notify(condition, 1));
	any_status(ipcm_condition_release(condition));
}

static void condition_recover(void *condition)
{
	check_recovered("condition",
			ipcm_condition_acquire(condition, hang_ns()),
			call_condition_recover, condition);
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_condition_wait(condition, MS));
	CHECK_OK(ipcm_condition_release(condition));
	CHECK_EQUAL(0, condition_waiters(condition), "waiters");
}

static void condition_refuse(void *condition, enum ipcm_status wanted)
{
	size_t waiters;

	REFUSED(ipcm_condition_acquire(condition, IPCM_FOREVER));
	REFUSED(ipcm_condition_wait(condition, IPCM_FOREVER));
	REFUSED(ipcm_condition_notify(condition, 1));
	REFUSED(ipcm_condition_notify_all(condition));
	REFUSED(ipcm_condition_waiters(condition, &waiters));
	REFUSED(ipcm_condition_release(condition));
	REFUSED(ipcm_condition_recover(condition));
	if (wanted == IPCM_INVALID)
		REFUSED(ipcm_condition_close(condition));
}

static void event_ready(void *event, int64_t timeout_ns)
{
	CHECK_OK(ipcm_event_set(event));
	CHECK_OK(ipcm_event_wait(event, timeout_ns));
	CHECK_OK(ipcm_event_wait(event, timeout_ns));
}

static void event_use(void *event)
{
	CHECK_OK(ipcm_event_clear(event));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_event_wait(event, IPCM_TRY));
	event_ready(event, IPCM_TRY);
}

static void event_stress(void *event)
{
	any_status(ipcm_event_set(event));
	any_status(ipcm_event_wait(event, MS));
	any_status(ipcm_event_clear(event));
}

static void event_recover(void *event)
{
	CHECK_OK(ipcm_event_clear(event));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_event_wait(event, MS));
	event_ready(event, hang_ns());
}

static void event_refuse(void *event, enum ipcm_status wanted)
{
	bool set;

	REFUSED(ipcm_event_set(event));
	REFUSED(ipcm_event_clear(event));
	REFUSED(ipcm_event_is_set(event, &set));
	REFUSED(ipcm_event_wait(event, IPCM_FOREVER));
	if (wanted == IPCM_INVALID)
		REFUSED(ipcm_event_close(event));
}

/* Of one party, which never waits. */
static void *make_barrier(const struct ipcm_backend *backend)
{
	return barrier_make(backend, 1);
}

static void barrier_ready(void *barrier, int64_t timeout_ns)
{
	CHECK_OK(ipcm_barrier_wait(barrier, timeout_ns, NULL));
}

static void barrier_use(void *barrier)
{
	barrier_ready(barrier, hang_ns());
}

static void barrier_stress(void *barrier)
{
	any_status(ipcm_barrier_wait(barrier, MS, NULL));
}

static void barrier_recover(void *barrier)
{
	CHECK_EQUAL(0, parties_waiting(barrier), "parties that wait");
	CHECK_OK(ipcm_barrier_reset(barrier));
	barrier_ready(barrier, hang_ns());
}

static void barrier_refuse(void *barrier, enum ipcm_status wanted)
{
	unsigned count;
	bool broken;

	REFUSED(ipcm_barrier_wait(barrier, IPCM_FOREVER, NULL));
	REFUSED(ipcm_barrier_abort(barrier));
	REFUSED(ipcm_barrier_reset(barrier));
	REFUSED(ipcm_barrier_parties(barrier, &count));
	REFUSED(ipcm_barrier_n_waiting(barrier, &count));
	REFUSED(ipcm_barrier_broken(barrier, &broken));
	if (wanted == IPCM_INVALID)
		REFUSED(ipcm_barrier_close(barrier));
}

static void *make_value(const struct ipcm_backend *backend)
{
	struct ipcm_value *value = NULL;

	CHECK_OK(ipcm_value_create(backend, IPCM_INT64, NULL, NULL, &value));
	return value;
}

static void value_ready(void *value, int64_t timeout_ns)
{
	int64_t number;

	CHECK_OK(ipcm_value_acquire(value, timeout_ns));
	CHECK_OK(ipcm_value_load(value, &number));
	CHECK_OK(ipcm_value_store(value, number + 1));
	CHECK_OK(ipcm_value_release(value));
}

static void value_use(void *value)
{
	value_ready(value, hang_ns());
}

static void value_recover(void *value)
{
	check_recovered("value", ipcm_value_acquire(value, hang_ns()),
			call_value_recover, value);
	CHECK_OK(ipcm_value_release(value));
	value_use(value);
}

static void value_refuse(void *value, enum ipcm_status wanted)
{
	struct ipcm_rlock *rlock;
	struct ipcm_lock *lock;
	int64_t number;
	double real;

	REFUSED(ipcm_value_load(value, &number));
	REFUSED(ipcm_value_store(value, 1));
	REFUSED(ipcm_value_load_double(value, &real));
	REFUSED(ipcm_value_store_double(value, 1));
	REFUSED(ipcm_value_acquire(value, IPCM_FOREVER));
	REFUSED(ipcm_value_release(value));
	REFUSED(ipcm_value_recover(value));
	REFUSED(ipcm_value_get_lock(value, &lock, &rlock));
	if (wanted == IPCM_INVALID)
		REFUSED(ipcm_value_close(value));
}

/* With a lock of its own, as the value; here it is about the numbers. */
static void *make_array(const struct ipcm_backend *backend)
{
	struct ipcm_array *array = NULL;

	CHECK_OK(ipcm_array_create(backend, IPCM_INT32, 4, NULL, NULL, &array));
	return array;
}

static void array_ready(void *array, int64_t timeout_ns)
{
	int32_t numbers[4] = {1, 2, 3, 4};
	int64_t number;

	CHECK_OK(ipcm_array_acquire(array, timeout_ns));
	CHECK_OK(ipcm_array_write(array, 0, 4, numbers));
	CHECK_OK(ipcm_array_load(array, 3, &number));
	CHECK_EQUAL(4, number, "number");
	CHECK_OK(ipcm_array_release(array));
}

static void array_use(void *array)
{
	array_ready(array, hang_ns());
}

static void array_refuse(void *array, enum ipcm_status wanted)
{
	struct ipcm_rlock *rlock;
	struct ipcm_lock *lock;
	int64_t number;
	double real;
	size_t length;

	REFUSED(ipcm_array_length(array, &length));
	REFUSED(ipcm_array_load(array, 0, &number));
	REFUSED(ipcm_array_store(array, 0, 1));
	REFUSED(ipcm_array_load_double(array, 0, &real));
	REFUSED(ipcm_array_store_double(array, 0, 1));
	REFUSED(ipcm_array_read(array, 0, 1, &number));
	REFUSED(ipcm_array_write(array, 0, 1, &number));
	REFUSED(ipcm_array_acquire(array, IPCM_FOREVER));
	REFUSED(ipcm_array_release(array));
	REFUSED(ipcm_array_recover(array));
	REFUSED(ipcm_array_get_lock(array, &lock, &rlock));
	if (wanted == IPCM_INVALID)
		REFUSED(ipcm_array_close(array));
}

const struct object_kind *const object_kinds[OBJECT_KINDS] = {
	[KIND_QUEUE] =
		&(const struct object_kind){"queue", false, has_queue,
					    make_queue, queue_ready, queue_use,
					    queue_stress, NULL, queue_refuse,
					    queue_close, queue_free},
	[KIND_PIPE] =
		&(const struct object_kind){"pipe", true, has_pipe, make_pipe,
					    pipe_ready, pipe_use, NULL, NULL,
					    pipe_refuse, pipe_close, pipe_free},
	[KIND_LOCK] =
		&(const struct object_kind){"lock", false, has_lock, make_lock,
					    lock_ready, lock_use, lock_stress,
					    lock_recover, lock_refuse,
					    lock_close, lock_free},
	[KIND_RLOCK] = &(const struct object_kind){"rlock", false, has_lock,
						   make_rlock, rlock_ready,
						   rlock_use, rlock_stress,
						   rlock_recover, rlock_refuse,
						   rlock_close, rlock_free},
	[KIND_SEMAPHORE] =
		&(const struct object_kind){"semaphore", false, has_lock,
					    make_semaphore, semaphore_ready,
					    semaphore_use, semaphore_stress,
					    semaphore_recover, semaphore_refuse,
					    semaphore_close, semaphore_free},
	[KIND_CONDITION] =
		&(const struct object_kind){"condition", false, has_lock,
					    make_condition, condition_ready,
					    condition_use, condition_stress,
					    condition_recover, condition_refuse,
					    condition_close, condition_free},
	[KIND_EVENT] = &(const struct object_kind){"event", false, has_lock,
						   make_event, event_ready,
						   event_use, event_stress,
						   event_recover, event_refuse,
						   event_close, event_free},
	[KIND_BARRIER] =
		&(const struct object_kind){
			"barrier", false, has_lock, make_barrier, barrier_ready,
			barrier_use, barrier_stress, barrier_recover,
			barrier_refuse, barrier_close, barrier_free},
	[KIND_VALUE] = &(const struct object_kind){"value", false, has_lock,
						   make_value, value_ready,
						   value_use, value_stress,
						   value_recover, value_refuse,
						   value_close, value_free},
	[KIND_ARRAY] =
		&(const struct object_kind){"array", false, has_lock,
					    make_array, array_ready, array_use,
					    NULL, NULL, array_refuse,
					    array_close, array_free},
	[KIND_MANAGED_QUEUE] = &managed_queue_object,
	[KIND_MANAGED_LOCK] = &managed_lock_object,
	[KIND_MANAGED_RLOCK] = &managed_rlock_object,
	[KIND_MANAGED_SEMAPHORE] = &managed_semaphore_object,
	[KIND_MANAGED_CONDITION] = &managed_condition_object,
	[KIND_MANAGED_EVENT] = &managed_event_object,
	[KIND_MANAGED_BARRIER] = &managed_barrier_object,
	[KIND_MANAGED_VALUE] = &managed_value_object,
};

void objects_make(struct objects *all, const struct ipcm_backend *backend)
{
	*all = (struct objects){0};
	for (int i = 0; i < OBJECT_KINDS; i++) {
		if (object_kinds[i]->offered(backend))
			all->object[i] = object_kinds[i]->make(backend);
	}
}

void objects_use(struct objects *all)
{
	for (int i = 0; i < OBJECT_KINDS; i++) {
		if (all->object[i])
			object_kinds[i]->use(all->object[i]);
	}
}

void objects_stress(struct objects *all)
{
	for (int i = 0; i < OBJECT_KINDS; i++) {
		if (all->object[i] && object_kinds[i]->stress)
			object_kinds[i]->stress(all->object[i]);
	}
}

void objects_close(struct objects *all)
{
	for (int i = 0; i < OBJECT_KINDS; i++) {
		if (all->object[i] && object_kinds[i]->close)
			CHECK_OK(object_kinds[i]->close(all->object[i]));
	}
}

void objects_free(struct objects *all)
{
	for (int i = 0; i < OBJECT_KINDS; i++)
		object_kinds[i]->free(all->object[i]);
}
