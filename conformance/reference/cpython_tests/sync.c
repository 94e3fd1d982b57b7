/* SPDX-License-Identifier: MIT */
/* Condition, Event, Barrier: see module.h. */
#include "module.h"

struct condition {
	PyObject_HEAD struct ipcm_condition *condition;
	/* the lock it was made over, kept alive; NULL: its own */
	PyObject *semlock;
};

/* Condition(semlock or None) */
static int condition_init(PyObject *object, PyObject *arguments,
			  PyObject *keywords)
{
	struct condition *self = (struct condition *)object;
	const struct ipcm_backend *backend = backend_in_use();
	struct ipcm_lock *lock = NULL;
	struct ipcm_rlock *rlock = NULL;
	PyObject *semlock;
	enum ipcm_status status;

	(void)keywords;
	if (!backend || !PyArg_ParseTuple(arguments, "O", &semlock))
		return -1;
	if (semlock != Py_None) {
		if (!PyObject_TypeCheck(semlock, &semlock_type)) {
			PyErr_SetString(PyExc_TypeError, "no SemLock");
			return -1;
		}
		semlock_locks(semlock, &lock, &rlock);
		Py_INCREF(semlock);
		self->semlock = semlock;
	}
	status = ipcm_condition_create(backend, lock, rlock, &self->condition);
	if (status)
		(void)raise_status(status);
	return status ? -1 : 0;
}

static void condition_dealloc(PyObject *object)
{
	struct condition *self = (struct condition *)object;

	ipcm_condition_free(self->condition);
	Py_XDECREF(self->semlock);
	Py_TYPE(object)->tp_free(object);
}

/* As for the locks alone: a holder that died is not told. */
static enum ipcm_status recovered(struct condition *self,
				  enum ipcm_status status)
{
	if (status == IPCM_OWNERDEAD)
		return ipcm_condition_recover(self->condition);
	return status;
}

/* _acquire(timeout) */
static PyObject *condition_acquire(PyObject *object, PyObject *timeout)
{
	struct condition *self = (struct condition *)object;
	enum ipcm_status status;
	int64_t ns;

	if (!timeout_convert(timeout, &ns))
		return NULL;
	status = BLOCKING(ipcm_condition_acquire(self->condition, ns));
	return bool_or_raise(recovered(self, status));
}

static PyObject *condition_release(PyObject *object, PyObject *unused)
{
	struct condition *self = (struct condition *)object;

	(void)unused;
	return none_or_raise(BLOCKING(ipcm_condition_release(self->condition)));
}

/* _wait(timeout) */
static PyObject *condition_wait(PyObject *object, PyObject *timeout)
{
	struct condition *self = (struct condition *)object;
	enum ipcm_status status;
	int64_t ns;

	if (!timeout_convert(timeout, &ns))
		return NULL;
	status = BLOCKING(ipcm_condition_wait(self->condition, ns));
	return bool_or_raise(recovered(self, status));
}

/* An exception ends the waiting as a fulfilled predicate does. */
static bool predicate_holds(void *argument)
{
	PyGILState_STATE state = PyGILState_Ensure();
	PyObject *answer = PyObject_CallNoArgs(argument);
	bool holds = !answer || PyObject_IsTrue(answer) != 0;

	Py_XDECREF(answer);
	PyGILState_Release(state);
	return holds;
}

/* _wait_for(predicate, timeout) */
static PyObject *condition_wait_for(PyObject *object, PyObject *arguments)
{
	struct condition *self = (struct condition *)object;
	PyObject *predicate;
	enum ipcm_status status;
	bool holds = false;
	int64_t ns;

	if (!PyArg_ParseTuple(arguments, "OO&", &predicate, timeout_convert,
			      &ns))
		return NULL;
	status = BLOCKING(ipcm_condition_wait_for(
		self->condition, predicate_holds, predicate, ns, &holds));
	status = recovered(self, status);
	if (status || PyErr_Occurred())
		return raise_status(status);
	return PyBool_FromLong(holds);
}

/* _notify(count) */
static PyObject *condition_notify(PyObject *object, PyObject *count)
{
	struct condition *self = (struct condition *)object;
	size_t number = PyLong_AsSize_t(count);

	if (number == (size_t)-1 && PyErr_Occurred())
		return NULL;
	return none_or_raise(
		BLOCKING(ipcm_condition_notify(self->condition, number)));
}

static PyObject *condition_notify_all(PyObject *object, PyObject *unused)
{
	struct condition *self = (struct condition *)object;

	(void)unused;
	return none_or_raise(
		BLOCKING(ipcm_condition_notify_all(self->condition)));
}

static PyObject *condition_waiters(PyObject *object, PyObject *unused)
{
	struct condition *self = (struct condition *)object;
	size_t waiters = 0;
	enum ipcm_status status =
		ipcm_condition_waiters(self->condition, &waiters);

	(void)unused;
	return status ? raise_status(status) : PyLong_FromSize_t(waiters);
}

static PyMethodDef condition_methods[] = {
	{"_acquire", condition_acquire, METH_O, NULL},
	{"release", condition_release, METH_NOARGS, NULL},
	{"_wait", condition_wait, METH_O, NULL},
	{"_wait_for", condition_wait_for, METH_VARARGS, NULL},
	{"_notify", condition_notify, METH_O, NULL},
	{"notify_all", condition_notify_all, METH_NOARGS, NULL},
	{"_waiters", condition_waiters, METH_NOARGS, NULL},
	{NULL, NULL, 0, NULL},
};

PyTypeObject condition_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "ipcmark_cpython.Condition",
	.tp_basicsize = sizeof(struct condition),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
	.tp_new = PyType_GenericNew,
	.tp_init = condition_init,
	.tp_dealloc = condition_dealloc,
	.tp_methods = condition_methods,
};

struct event {
	PyObject_HEAD struct ipcm_event *event;
};

static int event_init(PyObject *object, PyObject *arguments, PyObject *keywords)
{
	struct event *self = (struct event *)object;
	const struct ipcm_backend *backend = backend_in_use();
	enum ipcm_status status;

	(void)keywords;
	if (!backend || !PyArg_ParseTuple(arguments, ""))
		return -1;
	status = ipcm_event_create(backend, &self->event);
	if (status)
		(void)raise_status(status);
	return status ? -1 : 0;
}

static void event_dealloc(PyObject *object)
{
	ipcm_event_free(((struct event *)object)->event);
	Py_TYPE(object)->tp_free(object);
}

static PyObject *event_set(PyObject *object, PyObject *unused)
{
	(void)unused;
	return none_or_raise(ipcm_event_set(((struct event *)object)->event));
}

static PyObject *event_clear(PyObject *object, PyObject *unused)
{
	(void)unused;
	return none_or_raise(ipcm_event_clear(((struct event *)object)->event));
}

static PyObject *event_is_set(PyObject *object, PyObject *unused)
{
	bool set = false;
	enum ipcm_status status =
		ipcm_event_is_set(((struct event *)object)->event, &set);

	(void)unused;
	return status ? raise_status(status) : PyBool_FromLong(set);
}

/* _wait(timeout) */
static PyObject *event_wait(PyObject *object, PyObject *timeout)
{
	struct event *self = (struct event *)object;
	int64_t ns;

	if (!timeout_convert(timeout, &ns))
		return NULL;
	return bool_or_raise(BLOCKING(ipcm_event_wait(self->event, ns)));
}

static PyMethodDef event_methods[] = {
	{"set", event_set, METH_NOARGS, NULL},
	{"clear", event_clear, METH_NOARGS, NULL},
	{"is_set", event_is_set, METH_NOARGS, NULL},
	{"_wait", event_wait, METH_O, NULL},
	{NULL, NULL, 0, NULL},
};

PyTypeObject event_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "ipcmark_cpython.Event",
	.tp_basicsize = sizeof(struct event),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
	.tp_new = PyType_GenericNew,
	.tp_init = event_init,
	.tp_dealloc = event_dealloc,
	.tp_methods = event_methods,
};

struct barrier {
	PyObject_HEAD struct ipcm_barrier *barrier;
	PyObject *action;
};

/* The action's exception stays set; the other parties find a broken barrier. */
static enum ipcm_status run_action(void *argument)
{
	PyGILState_STATE state = PyGILState_Ensure();
	PyObject *answer = PyObject_CallNoArgs(argument);
	enum ipcm_status status = answer ? IPCM_OK : IPCM_INTR;

	Py_XDECREF(answer);
	PyGILState_Release(state);
	return status;
}

/* Barrier(parties, action or None, timeout or None) */
static int barrier_init(PyObject *object, PyObject *arguments,
			PyObject *keywords)
{
	struct barrier *self = (struct barrier *)object;
	const struct ipcm_backend *backend = backend_in_use();
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	long long parties;
	PyObject *action;
	enum ipcm_status status;

	(void)keywords;
	if (!backend || !PyArg_ParseTuple(arguments, "LOO&", &parties, &action,
					  timeout_convert, &options.timeout_ns))
		return -1;
	options.parties = parties;
	if (action != Py_None) {
		Py_INCREF(action);
		self->action = action;
		options.action = run_action;
		options.argument = action;
	}
	status = ipcm_barrier_create(backend, &options, &self->barrier);
	if (status)
		(void)raise_status(status);
	return status ? -1 : 0;
}

static void barrier_dealloc(PyObject *object)
{
	struct barrier *self = (struct barrier *)object;

	ipcm_barrier_free(self->barrier);
	Py_XDECREF(self->action);
	Py_TYPE(object)->tp_free(object);
}

/* _wait(timeout; None: the barrier's own) */
static PyObject *barrier_wait(PyObject *object, PyObject *timeout)
{
	struct barrier *self = (struct barrier *)object;
	enum ipcm_status status;
	unsigned index = 0;
	int64_t ns;

	if (!timeout_convert(timeout, &ns))
		return NULL;
	if (timeout == Py_None)
		ns = IPCM_BARRIER_DEFAULT;
	status = BLOCKING(ipcm_barrier_wait(self->barrier, ns, &index));
	if (status == IPCM_BROKEN)
		return raise_as(broken_barrier_error, status);
	return status ? raise_status(status) : PyLong_FromUnsignedLong(index);
}

static PyObject *barrier_abort(PyObject *object, PyObject *unused)
{
	struct barrier *self = (struct barrier *)object;

	(void)unused;
	return none_or_raise(BLOCKING(ipcm_barrier_abort(self->barrier)));
}

static PyObject *barrier_reset(PyObject *object, PyObject *unused)
{
	struct barrier *self = (struct barrier *)object;

	(void)unused;
	return none_or_raise(BLOCKING(ipcm_barrier_reset(self->barrier)));
}

static PyObject *barrier_parties(PyObject *object, void *unused)
{
	unsigned parties = 0;
	enum ipcm_status status = ipcm_barrier_parties(
		((struct barrier *)object)->barrier, &parties);

	(void)unused;
	return status ? raise_status(status) : PyLong_FromUnsignedLong(parties);
}

static PyObject *barrier_n_waiting(PyObject *object, void *unused)
{
	unsigned waiting = 0;
	enum ipcm_status status = ipcm_barrier_n_waiting(
		((struct barrier *)object)->barrier, &waiting);

	(void)unused;
	return status ? raise_status(status) : PyLong_FromUnsignedLong(waiting);
}

static PyObject *barrier_broken(PyObject *object, void *unused)
{
	bool broken = false;
	enum ipcm_status status = ipcm_barrier_broken(
		((struct barrier *)object)->barrier, &broken);

	(void)unused;
	return status ? raise_status(status) : PyBool_FromLong(broken);
}

static PyMethodDef barrier_methods[] = {
	{"_wait", barrier_wait, METH_O, NULL},
	{"abort", barrier_abort, METH_NOARGS, NULL},
	{"reset", barrier_reset, METH_NOARGS, NULL},
	{NULL, NULL, 0, NULL},
};

static PyGetSetDef barrier_properties[] = {
	{"parties", barrier_parties, NULL, NULL, NULL},
	{"n_waiting", barrier_n_waiting, NULL, NULL, NULL},
	{"broken", barrier_broken, NULL, NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject barrier_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "ipcmark_cpython.Barrier",
	.tp_basicsize = sizeof(struct barrier),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
	.tp_new = PyType_GenericNew,
	.tp_init = barrier_init,
	.tp_dealloc = barrier_dealloc,
	.tp_methods = barrier_methods,
	.tp_getset = barrier_properties,
};
