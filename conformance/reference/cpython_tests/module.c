/* SPDX-License-Identifier: MIT */
/* The Python module itself; module.h says what it is for. */
#include "module.h"

#include <errno.h>
#include <math.h>

PyObject *broken_barrier_error, *buffer_too_short;
static PyObject *queue_empty, *queue_full, *authentication_error;
static const struct ipcm_backend *in_use;
static bool without_stop;

const struct ipcm_backend *backend_in_use(void)
{
	if (!in_use)
		PyErr_SetString(PyExc_RuntimeError, "call use() first");
	return in_use;
}

/* Did a handler of a signal raise an exception? Asked by the library while a
 * call of ours waits. */
static bool is_asked_to_stop(void *context)
{
	PyGILState_STATE state = PyGILState_Ensure();
	bool raised = PyErr_Occurred() || PyErr_CheckSignals() < 0;

	(void)context;
	PyGILState_Release(state);
	return raised;
}

void call_begin(struct call *ret_call)
{
	struct ipcm_stop stop = {without_stop ? NULL : is_asked_to_stop, NULL};

	ret_call->thread = PyEval_SaveThread();
	ret_call->former = ipcm_set_stop(stop);
}

void call_end(const struct call *call)
{
	(void)ipcm_set_stop(call->former);
	PyEval_RestoreThread(call->thread);
}

int timeout_convert(PyObject *seconds, void *ret_ns)
{
	int64_t *ns = ret_ns;
	double value;

	*ns = IPCM_FOREVER;
	if (seconds == Py_None)
		return 1;
	value = PyFloat_AsDouble(seconds);
	if (value == -1.0 && PyErr_Occurred())
		return 0;
	if (value <= 0)
		*ns = IPCM_TRY;
	else if (value < 9e9)
		*ns = (int64_t)ceil(value * 1e9);
	return 1;
}

struct meaning {
	PyObject **type;
	int error;
};

/* An OSError has a number, the others have none. */
static const struct meaning meanings[IPCM_STATUS_COUNT] = {
	[IPCM_FULL] = {&queue_full, 0},
	[IPCM_EMPTY] = {&queue_empty, 0},
	[IPCM_CLOSED] = {&PyExc_OSError, EBADF},
	[IPCM_EOF] = {&PyExc_EOFError, 0},
	[IPCM_BROKEN] = {&PyExc_OSError, EPIPE},
	[IPCM_INVALID] = {&PyExc_ValueError, 0},
	[IPCM_NOTOWNER] = {&PyExc_AssertionError, 0},
	[IPCM_OVERFLOW] = {&PyExc_ValueError, 0},
	[IPCM_LIMIT] = {&PyExc_OSError, EMFILE},
	[IPCM_NOMEM] = {&PyExc_OSError, ENOMEM},
	[IPCM_TOOBIG] = {&PyExc_OSError, EMSGSIZE},
	[IPCM_NOTSUP] = {&PyExc_OSError, EOPNOTSUPP},
	[IPCM_EXISTS] = {&PyExc_OSError, EADDRINUSE},
	[IPCM_NOTFOUND] = {&PyExc_OSError, ECONNREFUSED},
	[IPCM_PERM] = {&PyExc_OSError, EACCES},
	[IPCM_AUTH] = {&authentication_error, 0},
	[IPCM_CORRUPT] = {&PyExc_OSError, EBADMSG},
	[IPCM_SYSTEM] = {&PyExc_OSError, EIO},
};

PyObject *raise_as(PyObject *type, enum ipcm_status status)
{
	/* a signal handler's own is the one to see */
	if (!PyErr_Occurred())
		PyErr_SetString(type, ipcm_status_text(status));
	return NULL;
}

PyObject *raise_status(enum ipcm_status status)
{
	const struct meaning *meaning = &meanings[status];
	PyObject *arguments;

	if (PyErr_Occurred())
		return NULL;
	if (!meaning->type)
		return PyErr_Format(PyExc_RuntimeError, "ipcmark: %s",
				    ipcm_status_name(status));
	if (!meaning->error)
		return raise_as(*meaning->type, status);
	arguments =
		Py_BuildValue("is", meaning->error, ipcm_status_text(status));
	if (arguments)
		PyErr_SetObject(*meaning->type, arguments);
	Py_XDECREF(arguments);
	return NULL;
}

PyObject *none_or_raise(enum ipcm_status status)
{
	if (status)
		return raise_status(status);
	Py_RETURN_NONE;
}

PyObject *bool_or_raise(enum ipcm_status status)
{
	if (status == IPCM_WOULDBLOCK || status == IPCM_TIMEDOUT)
		Py_RETURN_FALSE;
	if (status)
		return raise_status(status);
	Py_RETURN_TRUE;
}

char *incoming_buffer(struct incoming *incoming, size_t *ret_bytes)
{
	if (!incoming->bytes) {
		*ret_bytes = sizeof(incoming->small);
		return incoming->small;
	}
	*ret_bytes = (size_t)PyBytes_GET_SIZE(incoming->bytes);
	return PyBytes_AS_STRING(incoming->bytes);
}

bool incoming_grow(struct incoming *incoming)
{
	incoming_drop(incoming);
	incoming->bytes =
		PyBytes_FromStringAndSize(NULL, (Py_ssize_t)incoming->size);
	return incoming->bytes;
}

PyObject *incoming_take(struct incoming *incoming)
{
	PyObject *bytes = incoming->bytes;

	if (!bytes)
		return PyBytes_FromStringAndSize(incoming->small,
						 (Py_ssize_t)incoming->size);
	incoming->bytes = NULL;
	(void)_PyBytes_Resize(&bytes, (Py_ssize_t)incoming->size);
	return bytes;
}

void incoming_drop(struct incoming *incoming)
{
	Py_CLEAR(incoming->bytes);
}

/* use(name): objects made from now on are this back-end's. */
static PyObject *module_use(PyObject *module, PyObject *name)
{
	const char *text = PyUnicode_AsUTF8(name);

	(void)module;
	if (!text)
		return NULL;
	in_use = ipcm_backend_find(text);
	if (!in_use)
		return PyErr_Format(PyExc_ValueError, "no back-end %s", text);
	Py_RETURN_NONE;
}

/* ignore_signals(): from now on no handler in Python runs while a call waits,
 * nor ends it. A library without slices sleeps without them then. */
static PyObject *module_ignore_signals(PyObject *module, PyObject *unused)
{
	(void)module;
	(void)unused;
	without_stop = true;
	Py_RETURN_NONE;
}

/* backends(): [(name, why it cannot work here or None, has it a limit that
 * several processes share)], fakes left out. */
static PyObject *module_backends(PyObject *module, PyObject *unused)
{
	size_t count;
	const struct ipcm_registry_entry *entry = ipcm_registry(&count);
	PyObject *list = PyList_New(0);

	(void)module;
	(void)unused;
	for (size_t i = 0; list && i < count; i++) {
		const struct ipcm_backend *backend = entry[i].backend;
		char why[256] = "";
		PyObject *row;

		if (!backend || (backend->capabilities & IPCM_CAP_FAKE))
			continue;
		row = Py_BuildValue("(szN)", backend->name,
				    backend->probe(why, sizeof(why)) ? why
								     : NULL,
				    PyBool_FromLong(backend->queue &&
						    backend->queue->remaining));
		if (!row || PyList_Append(list, row))
			Py_CLEAR(list);
		Py_XDECREF(row);
	}
	return list;
}

/* semaphore_maximum(): the highest value on the back-end in use. */
static PyObject *module_maximum(PyObject *module, PyObject *unused)
{
	const struct ipcm_backend *backend = backend_in_use();
	struct ipcm_limits limits;
	enum ipcm_status status;

	(void)module;
	(void)unused;
	if (!backend)
		return NULL;
	status = ipcm_backend_limits(backend, &limits);
	if (status)
		return raise_status(status);
	return PyLong_FromUnsignedLongLong(limits.semaphore_value);
}

/* collect(): remove what killed processes left behind. */
static PyObject *module_collect(PyObject *module, PyObject *unused)
{
	(void)module;
	(void)unused;
	return PyLong_FromUnsignedLong(ipcm_collect());
}

static PyMethodDef functions[] = {
	{"use", module_use, METH_O, NULL},
	{"ignore_signals", module_ignore_signals, METH_NOARGS, NULL},
	{"backends", module_backends, METH_NOARGS, NULL},
	{"semaphore_maximum", module_maximum, METH_NOARGS, NULL},
	{"collect", module_collect, METH_NOARGS, NULL},
	{NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
	PyModuleDef_HEAD_INIT,
	.m_name = "ipcmark_cpython",
	.m_size = -1,
	.m_methods = functions,
};

static PyObject *class_of(const char *module, const char *name)
{
	PyObject *loaded = PyImport_ImportModule(module);
	PyObject *found = loaded ? PyObject_GetAttrString(loaded, name) : NULL;

	Py_XDECREF(loaded);
	return found;
}

static bool find_exceptions(void)
{
	queue_empty = class_of("queue", "Empty");
	queue_full = class_of("queue", "Full");
	broken_barrier_error = class_of("threading", "BrokenBarrierError");
	buffer_too_short = class_of("multiprocessing", "BufferTooShort");
	authentication_error =
		class_of("multiprocessing", "AuthenticationError");
	return queue_empty && queue_full && broken_barrier_error &&
	       buffer_too_short && authentication_error;
}

PyMODINIT_FUNC PyInit_ipcmark_cpython(void);
PyMODINIT_FUNC PyInit_ipcmark_cpython(void)
{
	PyTypeObject *const types[] = {
		&connection_type, &listener_type,     &semlock_type,
		&condition_type,  &event_type,	      &barrier_type,
		&queue_type,	  &simple_queue_type,
	};
	PyObject *module;

	if (!find_exceptions())
		return NULL;
	module = PyModule_Create(&definition);
	for (size_t i = 0; module && i < sizeof(types) / sizeof(types[0]); i++)
		if (PyModule_AddType(module, types[i]))
			Py_CLEAR(module);
	if (module && PyModule_AddFunctions(module, connection_functions))
		Py_CLEAR(module);
	return module;
}
