/* SPDX-License-Identifier: MIT */
/* The module `group` of loops.py. A process has one worker, so it is static. */
#include "cpython_module.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bench/loops/lock_loop.h"
#include "bench/loops/stream.h"

static struct {
	struct worker_context *worker;
	const struct task *task;
	unsigned char *message;
	size_t bytes;
	/* End of the last trip. */
	int64_t before_ns;
	/* Lock: how often this worker counted since its start. */
	uint64_t counted;
	/* Items checked. */
	uint64_t checked;
	bool started;
	struct warmup warm;
	bool first_ended;
} current;

void cpython_module_enter(struct worker_context *worker,
			  const struct task *task)
{
	current.worker = worker;
	current.task = task;
	current.bytes = task->axes->size_bytes;
	current.message = worker_buffer(worker, current.bytes);
}

/* @return -1 with an exception */
static int number_of(PyObject *object, uint64_t *ret_number)
{
	*ret_number = PyLong_AsUnsignedLongLong(object);
	return *ret_number == UINT64_MAX && PyErr_Occurred() ? -1 : 0;
}

static PyObject *message_object(void)
{
	return PyBytes_FromStringAndSize((const char *)current.message,
					 (Py_ssize_t)current.bytes);
}

/* mark(seq): a message for a timed pass, as new bytes */
static PyObject *worker_group_mark(PyObject *self, PyObject *argument)
{
	uint64_t seq;

	(void)self;
	if (number_of(argument, &seq))
		return NULL;
	payload_mark(current.message, current.bytes, seq);
	worker_progress(current.worker, seq);
	return message_object();
}

/* fill(seq): a message of which every byte follows from its number */
static PyObject *worker_group_fill(PyObject *self, PyObject *argument)
{
	uint64_t seq;

	(void)self;
	if (number_of(argument, &seq))
		return NULL;
	payload_fill(current.message, current.bytes, current.task->seed, seq);
	worker_progress(current.worker, seq);
	return message_object();
}

/* The bytes and the number of (item, seq); gives up if it is no message. */
static const unsigned char *item_of(PyObject *const *arguments,
				    Py_ssize_t count, uint64_t *ret_seq)
{
	PyObject *item;

	if (count != 2) {
		PyErr_SetString(PyExc_TypeError, "an item and its number");
		return NULL;
	}
	item = arguments[0];
	if (number_of(arguments[1], ret_seq))
		return NULL;
	if (!PyBytes_CheckExact(item) ||
	    (size_t)PyBytes_GET_SIZE(item) != current.bytes)
		stream_call_failed(current.worker, "receive", *ret_seq,
				   channel_wrong_size);
	return (const unsigned char *)PyBytes_AS_STRING(item);
}

static const unsigned char *checked(PyObject *const *arguments,
				    Py_ssize_t count, uint64_t *ret_seq)
{
	const unsigned char *item = item_of(arguments, count, ret_seq);

	if (item && !payload_marked(item, current.bytes, *ret_seq))
		stream_mismatch(current.worker, item, current.bytes, *ret_seq);
	if (item)
		worker_progress(current.worker, ++current.checked);
	return item;
}

/* check(item, seq): is it the message with this number? */
static PyObject *worker_group_check(PyObject *self, PyObject *const *arguments,
				    Py_ssize_t count)
{
	uint64_t seq;

	(void)self;
	if (!checked(arguments, count, &seq))
		return NULL;
	Py_RETURN_NONE;
}

/* trip(item, seq): check it, note the time since the last one */
static PyObject *worker_group_trip(PyObject *self, PyObject *const *arguments,
				   Py_ssize_t count)
{
	uint64_t seq;
	int64_t now;

	(void)self;
	if (!checked(arguments, count, &seq))
		return NULL;
	now = clock_now();
	/* of many clients the first one's */
	if (current.worker->index == 0)
		hist_add(&current.worker->group->trips,
			 (uint64_t)(now - current.before_ns));
	current.before_ns = now;
	Py_RETURN_NONE;
}

/* expect(total): so many messages shall arrive at this worker */
static PyObject *worker_group_expect(PyObject *self, PyObject *argument)
{
	uint64_t total;

	(void)self;
	if (number_of(argument, &total))
		return NULL;
	tally_begin(&current.worker->self->tally, total);
	Py_RETURN_NONE;
}

/* lap(): note the time since the last one; what it gave is checked apart */
static PyObject *worker_group_lap(PyObject *self, PyObject *unused)
{
	int64_t now = clock_now();

	(void)self;
	(void)unused;
	if (current.worker->index == 0)
		hist_add(&current.worker->group->trips,
			 (uint64_t)(now - current.before_ns));
	current.before_ns = now;
	Py_RETURN_NONE;
}

/* invalid(text): give up, the row is not proved */
static PyObject *worker_group_invalid(PyObject *self, PyObject *argument)
{
	const char *text = PyUnicode_AsUTF8(argument);

	(void)self;
	if (!text)
		return NULL;
	worker_fail(current.worker, OUTCOME_INVALID, "%s", text);
}

/* ran(), in any process below the worker: it has run; runs(): how many have */
static PyObject *worker_group_ran(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	(void)__atomic_fetch_add(&current.worker->group->guarded, 1,
				 __ATOMIC_SEQ_CST);
	Py_RETURN_NONE;
}

static PyObject *worker_group_runs(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	return PyLong_FromUnsignedLongLong(__atomic_load_n(
		&current.worker->group->guarded, __ATOMIC_SEQ_CST));
}

/* client(): the number of this worker */
static PyObject *worker_group_client(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	return PyLong_FromUnsignedLong(current.worker->index);
}

/* tie(parent): end when that process does; in a process that Python starts */
static PyObject *worker_group_tie(PyObject *self, PyObject *parent)
{
	uint64_t pid;

	(void)self;
	if (number_of(parent, &pid))
		return NULL;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if ((uint64_t)getppid() != pid)
		_exit(1);
	Py_RETURN_NONE;
}

/* take(item, seq): compare all its bytes, note faults; returns the number that
 * it bears */
static PyObject *worker_group_take(PyObject *self, PyObject *const *arguments,
				   Py_ssize_t count)
{
	const unsigned char *item;
	uint64_t seq;

	(void)self;
	item = item_of(arguments, count, &seq);
	if (!item)
		return NULL;
	tally_take(&current.worker->self->tally, item, current.bytes,
		   current.task->seed);
	worker_progress(current.worker, seq + 1);
	return PyLong_FromUnsignedLongLong(
		payload_number(item, current.bytes, seq));
}

/* alive(done): the parent shall see that something moves */
static PyObject *worker_group_alive(PyObject *self, PyObject *argument)
{
	uint64_t done;

	(void)self;
	if (number_of(argument, &done))
		return NULL;
	worker_progress(current.worker, done);
	Py_RETURN_NONE;
}

/* count(goal), under the lock: count one more, or return False at the goal.
 * See lock_loop_count_to for the proof. */
static PyObject *worker_group_count(PyObject *self, PyObject *argument)
{
	struct worker_group *group = current.worker->group;
	volatile uint64_t *count = &group->guarded;
	volatile uint64_t *copy = &group->guarded_copy;
	uint64_t goal, now;

	(void)self;
	if (number_of(argument, &goal))
		return NULL;
	now = *count;
	if (now != *copy)
		lock_loop_overlap(current.worker);
	if (now == goal) {
		if (current.started && !group->end_ns)
			group->end_ns = clock_now();
		Py_RETURN_FALSE;
	}
	*count = now + 1;
	*copy = now + 1;
	worker_progress(current.worker, ++current.counted);
	Py_RETURN_TRUE;
}

/* counted(): how often this worker counted since its start */
static PyObject *worker_group_counted(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	return PyLong_FromUnsignedLongLong(current.counted);
}

static PyObject *worker_group_meet(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	Py_BEGIN_ALLOW_THREADS;
	worker_meet(current.worker, NULL);
	Py_END_ALLOW_THREADS;
	Py_RETURN_NONE;
}

/* begin(): meet; the end of the first operation, which is one */
static PyObject *worker_group_begin(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	Py_BEGIN_ALLOW_THREADS;
	current.warm = warmup_begin(current.worker, current.task);
	Py_END_ALLOW_THREADS;
	if (current.worker->index == 0)
		warmup_first_begins(current.worker);
	return PyLong_FromUnsignedLongLong(current.warm.to);
}

/* again(times_first): meet after a round; the bounds of the next one, or None.
 * After the first round, times_first: this worker saw it end. */
static PyObject *worker_group_again(PyObject *self, PyObject *times_first)
{
	bool more;

	(void)self;
	if (times_first == Py_True && !current.first_ended)
		warmup_first_ended(current.worker);
	current.first_ended = true;
	Py_BEGIN_ALLOW_THREADS;
	more = warmup_goes_on(current.worker, &current.warm);
	Py_END_ALLOW_THREADS;
	if (!more)
		Py_RETURN_NONE;
	return Py_BuildValue("KK", (unsigned long long)current.warm.from,
			     (unsigned long long)current.warm.to);
}

static PyObject *worker_group_start(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	Py_BEGIN_ALLOW_THREADS;
	worker_start(current.worker);
	Py_END_ALLOW_THREADS;
	current.started = true;
	current.counted = 0;
	current.before_ns = clock_now();
	Py_RETURN_NONE;
}

/* end(): the clock stops; of the worker that receives the last message */
static PyObject *worker_group_end(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	current.worker->self->end_ns = clock_now();
	current.worker->group->end_ns = current.worker->self->end_ns;
	Py_RETURN_NONE;
}

static PyObject *worker_group_stop(PyObject *self, PyObject *argument)
{
	uint64_t operations;

	(void)self;
	if (number_of(argument, &operations))
		return NULL;
	worker_stop(current.worker, operations);
	Py_RETURN_NONE;
}

static PyObject *worker_group_finish(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	Py_BEGIN_ALLOW_THREADS;
	worker_finish(current.worker);
	Py_END_ALLOW_THREADS;
	Py_RETURN_NONE;
}

#define FAST(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL

static PyMethodDef methods[] = {
	{"mark", worker_group_mark, METH_O, NULL},
	{"fill", worker_group_fill, METH_O, NULL},
	{"check", FAST(worker_group_check), NULL},
	{"trip", FAST(worker_group_trip), NULL},
	{"expect", worker_group_expect, METH_O, NULL},
	{"lap", worker_group_lap, METH_NOARGS, NULL},
	{"invalid", worker_group_invalid, METH_O, NULL},
	{"ran", worker_group_ran, METH_NOARGS, NULL},
	{"runs", worker_group_runs, METH_NOARGS, NULL},
	{"client", worker_group_client, METH_NOARGS, NULL},
	{"tie", worker_group_tie, METH_O, NULL},
	{"take", FAST(worker_group_take), NULL},
	{"alive", worker_group_alive, METH_O, NULL},
	{"count", worker_group_count, METH_O, NULL},
	{"counted", worker_group_counted, METH_NOARGS, NULL},
	{"meet", worker_group_meet, METH_NOARGS, NULL},
	{"begin", worker_group_begin, METH_NOARGS, NULL},
	{"again", worker_group_again, METH_O, NULL},
	{"start", worker_group_start, METH_NOARGS, NULL},
	{"end", worker_group_end, METH_NOARGS, NULL},
	{"stop", worker_group_stop, METH_O, NULL},
	{"finish", worker_group_finish, METH_NOARGS, NULL},
	{NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
	.m_base = PyModuleDef_HEAD_INIT,
	.m_name = "group",
	.m_size = -1,
	.m_methods = methods,
};

PyObject *cpython_module_init(void)
{
	return PyModule_Create(&module);
}
