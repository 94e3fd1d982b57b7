/* SPDX-License-Identifier: MIT */
/*
 * Lock, RLock and Semaphore behind the one type that CPython's synchronize.py
 * builds on, so that all of that file runs over our objects. A lock is ours
 * where CPython takes a semaphore of one permit that begins with one.
 */
#include "module.h"

/* Numbers of synchronize.py. */
enum { RECURSIVE_MUTEX = 0, SEMAPHORE = 1 };

struct semlock {
	PyObject_HEAD struct ipcm_lock *lock;
	struct ipcm_rlock *rlock;
	struct ipcm_semaphore *semaphore;
	int kind;
	long long maxvalue;
	/* how often this process acquired more than it released, and the
	 * thread that did so last: what _is_mine means */
	long long count;
	unsigned long owner;
};

void semlock_locks(PyObject *semlock, struct ipcm_lock **ret_lock,
		   struct ipcm_rlock **ret_rlock)
{
	*ret_lock = ((struct semlock *)semlock)->lock;
	*ret_rlock = ((struct semlock *)semlock)->rlock;
}

static enum ipcm_status semlock_create(struct semlock *self, long long value)
{
	const struct ipcm_backend *backend = backend_in_use();
	struct ipcm_semaphore_options options = IPCM_SEMAPHORE_OPTIONS_INIT;

	if (!backend)
		return IPCM_INVALID;
	if (self->kind == RECURSIVE_MUTEX)
		return ipcm_rlock_create(backend, &self->rlock);
	if (value == 1 && self->maxvalue == 1)
		return ipcm_lock_create(backend, &self->lock);
	options.initial = value;
	if (value == self->maxvalue)
		options.flags = IPCM_SEMAPHORE_BOUNDED;
	return ipcm_semaphore_create(backend, &options, &self->semaphore);
}

/* SemLock(kind, value, maxvalue, name, unlink): the name is not used, a child
 * inherits it. */
static int semlock_init(PyObject *object, PyObject *arguments,
			PyObject *keywords)
{
	struct semlock *self = (struct semlock *)object;
	PyObject *name, *unlink;
	long long value;
	enum ipcm_status status;

	(void)keywords;
	if (!PyArg_ParseTuple(arguments, "iLLOO", &self->kind, &value,
			      &self->maxvalue, &name, &unlink))
		return -1;
	status = semlock_create(self, value);
	if (status)
		(void)raise_status(status);
	return status ? -1 : 0;
}

static void semlock_dealloc(PyObject *object)
{
	struct semlock *self = (struct semlock *)object;

	ipcm_lock_free(self->lock);
	ipcm_rlock_free(self->rlock);
	ipcm_semaphore_free(self->semaphore);
	Py_TYPE(object)->tp_free(object);
}

/* CPython does not tell that a holder died; it would block for ever. */
static enum ipcm_status acquire(struct semlock *self, int64_t ns)
{
	enum ipcm_status status;

	if (self->semaphore)
		return BLOCKING(ipcm_semaphore_acquire(self->semaphore, ns));
	if (self->rlock) {
		status = BLOCKING(ipcm_rlock_acquire(self->rlock, ns));
		return status == IPCM_OWNERDEAD
			       ? ipcm_rlock_recover(self->rlock)
			       : status;
	}
	status = BLOCKING(ipcm_lock_acquire(self->lock, ns));
	return status == IPCM_OWNERDEAD ? ipcm_lock_recover(self->lock)
					: status;
}

/* _acquire(timeout) */
static PyObject *semlock_acquire(PyObject *object, PyObject *timeout)
{
	struct semlock *self = (struct semlock *)object;
	enum ipcm_status status;
	int64_t ns;

	if (!timeout_convert(timeout, &ns))
		return NULL;
	status = acquire(self, ns);
	if (!status) {
		self->count++;
		self->owner = PyThread_get_thread_ident();
	}
	return bool_or_raise(status);
}

static PyObject *semlock_release(PyObject *object, PyObject *unused)
{
	struct semlock *self = (struct semlock *)object;
	enum ipcm_status status;

	(void)unused;
	if (self->semaphore)
		status = BLOCKING(ipcm_semaphore_release(self->semaphore));
	else if (self->rlock)
		status = BLOCKING(ipcm_rlock_release(self->rlock));
	else
		status = BLOCKING(ipcm_lock_release(self->lock));
	if (!status)
		self->count--;
	return none_or_raise(status);
}

static long long count_of(const struct semlock *self)
{
	unsigned depth = 0;

	if (!self->rlock)
		return self->count;
	return ipcm_rlock_depth(self->rlock, &depth) ? 0 : depth;
}

static PyObject *semlock_count(PyObject *object, PyObject *unused)
{
	(void)unused;
	return PyLong_FromLongLong(count_of((struct semlock *)object));
}

static PyObject *semlock_is_mine(PyObject *object, PyObject *unused)
{
	const struct semlock *self = (struct semlock *)object;
	bool mine = count_of(self) > 0;

	(void)unused;
	if (mine && !self->rlock)
		mine = self->owner == PyThread_get_thread_ident();
	return PyBool_FromLong(mine);
}

static enum ipcm_status value_of(const struct semlock *self, int64_t *ret_value)
{
	bool locked = false;
	enum ipcm_status status;

	if (self->semaphore)
		return ipcm_semaphore_value(self->semaphore, ret_value);
	status = self->rlock ? ipcm_rlock_locked(self->rlock, &locked)
			     : ipcm_lock_locked(self->lock, &locked);
	*ret_value = !locked;
	return status;
}

static PyObject *semlock_get_value(PyObject *object, PyObject *unused)
{
	int64_t value = 0;
	enum ipcm_status status = value_of((struct semlock *)object, &value);

	(void)unused;
	return status ? raise_status(status) : PyLong_FromLongLong(value);
}

static PyObject *semlock_is_zero(PyObject *object, PyObject *unused)
{
	int64_t value = 0;
	enum ipcm_status status = value_of((struct semlock *)object, &value);

	(void)unused;
	return status ? raise_status(status) : PyBool_FromLong(value == 0);
}

static PyObject *semlock_after_fork(PyObject *object, PyObject *unused)
{
	(void)unused;
	((struct semlock *)object)->count = 0;
	Py_RETURN_NONE;
}

static PyObject *semlock_kind(PyObject *object, void *unused)
{
	(void)unused;
	return PyLong_FromLong(((struct semlock *)object)->kind);
}

static PyObject *semlock_maxvalue(PyObject *object, void *unused)
{
	(void)unused;
	return PyLong_FromLongLong(((struct semlock *)object)->maxvalue);
}

static PyMethodDef semlock_methods[] = {
	{"_acquire", semlock_acquire, METH_O, NULL},
	{"release", semlock_release, METH_NOARGS, NULL},
	{"_count", semlock_count, METH_NOARGS, NULL},
	{"_is_mine", semlock_is_mine, METH_NOARGS, NULL},
	{"_get_value", semlock_get_value, METH_NOARGS, NULL},
	{"_is_zero", semlock_is_zero, METH_NOARGS, NULL},
	{"_after_fork", semlock_after_fork, METH_NOARGS, NULL},
	{NULL, NULL, 0, NULL},
};

static PyGetSetDef semlock_properties[] = {
	{"kind", semlock_kind, NULL, NULL, NULL},
	{"maxvalue", semlock_maxvalue, NULL, NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject semlock_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "ipcmark_cpython.SemLock",
	.tp_basicsize = sizeof(struct semlock),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
	.tp_new = PyType_GenericNew,
	.tp_init = semlock_init,
	.tp_dealloc = semlock_dealloc,
	.tp_methods = semlock_methods,
	.tp_getset = semlock_properties,
};
