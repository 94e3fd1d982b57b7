/* SPDX-License-Identifier: MIT */
/* The module `team` of loops.py. A process has one post, so it is static. */
#include "cpython_module.h"

#include "bench/loops/lock_loop.h"
#include "bench/loops/stream.h"

static struct {
	struct post *post;
	const struct task *task;
	unsigned char *message;
	size_t bytes;
	/* End of the last trip. */
	int64_t before_ns;
	/* Lock: how often this member counted since its start. */
	uint64_t counted;
	bool started;
	struct warmup warm;
	bool first_ended;
} member;

void cpython_team_enter(struct post *post, const struct task *task)
{
	member.post = post;
	member.task = task;
	member.bytes = task->axes->size_bytes;
	member.message = post_buffer(post, member.bytes);
}

/* @return -1 with an exception */
static int number_of(PyObject *object, uint64_t *ret_number)
{
	*ret_number = PyLong_AsUnsignedLongLong(object);
	return *ret_number == UINT64_MAX && PyErr_Occurred() ? -1 : 0;
}

static PyObject *message_object(void)
{
	return PyBytes_FromStringAndSize((const char *)member.message,
					 (Py_ssize_t)member.bytes);
}

/* mark(seq): a message for a timed pass, as new bytes */
static PyObject *team_mark(PyObject *self, PyObject *argument)
{
	uint64_t seq;

	(void)self;
	if (number_of(argument, &seq))
		return NULL;
	payload_mark(member.message, member.bytes, seq);
	post_progress(member.post, seq);
	return message_object();
}

/* fill(seq): a message of which every byte follows from its number */
static PyObject *team_fill(PyObject *self, PyObject *argument)
{
	uint64_t seq;

	(void)self;
	if (number_of(argument, &seq))
		return NULL;
	payload_fill(member.message, member.bytes, member.task->seed, seq);
	post_progress(member.post, seq);
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
	    (size_t)PyBytes_GET_SIZE(item) != member.bytes)
		stream_call_failed(member.post, "receive", *ret_seq,
				   wire_wrong_size);
	return (const unsigned char *)PyBytes_AS_STRING(item);
}

static const unsigned char *checked(PyObject *const *arguments,
				    Py_ssize_t count, uint64_t *ret_seq)
{
	const unsigned char *item = item_of(arguments, count, ret_seq);

	if (item && !payload_marked(item, member.bytes, *ret_seq))
		stream_mismatch(member.post, item, member.bytes, *ret_seq);
	if (item)
		post_progress(member.post, *ret_seq + 1);
	return item;
}

/* check(item, seq): is it the message with this number? */
static PyObject *team_check(PyObject *self, PyObject *const *arguments,
			    Py_ssize_t count)
{
	uint64_t seq;

	(void)self;
	if (!checked(arguments, count, &seq))
		return NULL;
	Py_RETURN_NONE;
}

/* trip(item, seq): check it, note the time since the last one */
static PyObject *team_trip(PyObject *self, PyObject *const *arguments,
			   Py_ssize_t count)
{
	uint64_t seq;
	int64_t now;

	(void)self;
	if (!checked(arguments, count, &seq))
		return NULL;
	now = clock_now();
	hist_add(&member.post->team->trips, (uint64_t)(now - member.before_ns));
	member.before_ns = now;
	Py_RETURN_NONE;
}

/* expect(): every message of the pass shall arrive at this member */
static PyObject *team_expect(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	tally_begin(&member.post->self->tally, member.task->iterations);
	Py_RETURN_NONE;
}

/* take(item, seq): compare all its bytes, note faults; returns the number that
 * it bears */
static PyObject *team_take(PyObject *self, PyObject *const *arguments,
			   Py_ssize_t count)
{
	const unsigned char *item;
	uint64_t seq;

	(void)self;
	item = item_of(arguments, count, &seq);
	if (!item)
		return NULL;
	tally_take(&member.post->self->tally, item, member.bytes,
		   member.task->seed);
	post_progress(member.post, seq + 1);
	return PyLong_FromUnsignedLongLong(
		payload_number(item, member.bytes, seq));
}

/* alive(done): the parent shall see that something moves */
static PyObject *team_alive(PyObject *self, PyObject *argument)
{
	uint64_t done;

	(void)self;
	if (number_of(argument, &done))
		return NULL;
	post_progress(member.post, done);
	Py_RETURN_NONE;
}

/* count(goal), under the lock: count one more, or return False at the goal.
 * See guard_count_to for the proof. */
static PyObject *team_count(PyObject *self, PyObject *argument)
{
	struct team *team = member.post->team;
	volatile uint64_t *count = &team->guarded;
	volatile uint64_t *copy = &team->guarded_copy;
	uint64_t goal, now;

	(void)self;
	if (number_of(argument, &goal))
		return NULL;
	now = *count;
	if (now != *copy)
		guard_overlap(member.post);
	if (now == goal) {
		if (member.started && !team->end_ns)
			team->end_ns = clock_now();
		Py_RETURN_FALSE;
	}
	*count = now + 1;
	*copy = now + 1;
	post_progress(member.post, ++member.counted);
	Py_RETURN_TRUE;
}

/* counted(): how often this member counted since its start */
static PyObject *team_counted(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	return PyLong_FromUnsignedLongLong(member.counted);
}

static PyObject *team_meet(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	Py_BEGIN_ALLOW_THREADS;
	post_meet(member.post, NULL);
	Py_END_ALLOW_THREADS;
	Py_RETURN_NONE;
}

/* begin(): meet; the end of the first operation, which is one */
static PyObject *team_begin(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	Py_BEGIN_ALLOW_THREADS;
	member.warm = warmup_begin(member.post, member.task);
	Py_END_ALLOW_THREADS;
	if (member.post->index == 0)
		warmup_first_begins(member.post);
	return PyLong_FromUnsignedLongLong(member.warm.to);
}

/* again(times_first): meet after a round; the bounds of the next one, or None.
 * After the first round, times_first: this member saw it end. */
static PyObject *team_again(PyObject *self, PyObject *times_first)
{
	bool more;

	(void)self;
	if (times_first == Py_True && !member.first_ended)
		warmup_first_ended(member.post);
	member.first_ended = true;
	Py_BEGIN_ALLOW_THREADS;
	more = warmup_goes_on(member.post, &member.warm);
	Py_END_ALLOW_THREADS;
	if (!more)
		Py_RETURN_NONE;
	return Py_BuildValue("KK", (unsigned long long)member.warm.from,
			     (unsigned long long)member.warm.to);
}

static PyObject *team_start(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	Py_BEGIN_ALLOW_THREADS;
	post_start(member.post);
	Py_END_ALLOW_THREADS;
	member.started = true;
	member.counted = 0;
	member.before_ns = clock_now();
	Py_RETURN_NONE;
}

/* end(): the clock stops; of the member that receives the last message */
static PyObject *team_end(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	member.post->team->end_ns = clock_now();
	Py_RETURN_NONE;
}

static PyObject *team_stop(PyObject *self, PyObject *argument)
{
	uint64_t operations;

	(void)self;
	if (number_of(argument, &operations))
		return NULL;
	post_stop(member.post, operations);
	Py_RETURN_NONE;
}

static PyObject *team_finish(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	Py_BEGIN_ALLOW_THREADS;
	post_finish(member.post);
	Py_END_ALLOW_THREADS;
	Py_RETURN_NONE;
}

#define FAST(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL

static PyMethodDef methods[] = {
	{"mark", team_mark, METH_O, NULL},
	{"fill", team_fill, METH_O, NULL},
	{"check", FAST(team_check), NULL},
	{"trip", FAST(team_trip), NULL},
	{"expect", team_expect, METH_NOARGS, NULL},
	{"take", FAST(team_take), NULL},
	{"alive", team_alive, METH_O, NULL},
	{"count", team_count, METH_O, NULL},
	{"counted", team_counted, METH_NOARGS, NULL},
	{"meet", team_meet, METH_NOARGS, NULL},
	{"begin", team_begin, METH_NOARGS, NULL},
	{"again", team_again, METH_O, NULL},
	{"start", team_start, METH_NOARGS, NULL},
	{"end", team_end, METH_NOARGS, NULL},
	{"stop", team_stop, METH_O, NULL},
	{"finish", team_finish, METH_NOARGS, NULL},
	{NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
	.m_base = PyModuleDef_HEAD_INIT,
	.m_name = "team",
	.m_size = -1,
	.m_methods = methods,
};

PyObject *cpython_team_init(void)
{
	return PyModule_Create(&module);
}
