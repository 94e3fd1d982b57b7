/* SPDX-License-Identifier: MIT */
/* Queue, JoinableQueue and SimpleQueue: see module.h. */
#include "module.h"

struct queue {
	PyObject_HEAD struct ipcm_queue *queue;
};

/* Queue(maxsize, joinable, with a feeder) */
static int queue_init(PyObject *object, PyObject *arguments, PyObject *keywords)
{
	struct queue *self = (struct queue *)object;
	const struct ipcm_backend *backend = backend_in_use();
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	int joinable, feeder;
	long long maxsize;
	enum ipcm_status status;

	(void)keywords;
	if (!backend ||
	    !PyArg_ParseTuple(arguments, "Lpp", &maxsize, &joinable, &feeder))
		return -1;
	options.maxsize = maxsize;
	options.flags = (joinable ? (unsigned)IPCM_QUEUE_JOINABLE : 0u) |
			(feeder ? (unsigned)IPCM_QUEUE_FEEDER : 0u);
	status = ipcm_queue_create(backend, &options, &self->queue);
	if (status)
		(void)raise_status(status);
	return status ? -1 : 0;
}

static void queue_dealloc(PyObject *object)
{
	struct queue *self = (struct queue *)object;
	PyThreadState *thread = PyEval_SaveThread();

	/* may wait for its feeder */
	ipcm_queue_free(self->queue);
	PyEval_RestoreThread(thread);
	Py_TYPE(object)->tp_free(object);
}

static PyObject *raise_queue(enum ipcm_status status)
{
	if (status == IPCM_CLOSED)
		return raise_as(PyExc_ValueError, status);
	return raise_status(status);
}

/* _put(bytes, timeout) */
static PyObject *queue_put(PyObject *object, PyObject *arguments)
{
	struct queue *self = (struct queue *)object;
	Py_buffer item;
	enum ipcm_status status;
	int64_t ns;

	if (!PyArg_ParseTuple(arguments, "y*O&", &item, timeout_convert, &ns))
		return NULL;
	status = BLOCKING(
		ipcm_queue_put(self->queue, item.buf, (size_t)item.len, ns));
	PyBuffer_Release(&item);
	if (status)
		return raise_queue(status);
	Py_RETURN_NONE;
}

/* _get(timeout): bytes */
static PyObject *queue_get(PyObject *object, PyObject *timeout)
{
	struct queue *self = (struct queue *)object;
	struct incoming incoming = {0};
	enum ipcm_status status;
	int64_t ns;

	if (!timeout_convert(timeout, &ns))
		return NULL;
	do {
		size_t bytes;
		char *buffer = incoming_buffer(&incoming, &bytes);

		status = BLOCKING(ipcm_queue_get(self->queue, buffer, bytes, ns,
						 &incoming.size));
	} while (status == IPCM_TOOSMALL && incoming_grow(&incoming));
	if (!status)
		return incoming_take(&incoming);
	incoming_drop(&incoming);
	return raise_queue(status);
}

static PyObject *queue_qsize(PyObject *object, PyObject *unused)
{
	size_t items = 0;
	enum ipcm_status status =
		ipcm_queue_qsize(((struct queue *)object)->queue, &items);

	(void)unused;
	return status ? raise_queue(status) : PyLong_FromSize_t(items);
}

static PyObject *queue_empty(PyObject *object, PyObject *unused)
{
	bool empty = false;
	enum ipcm_status status =
		ipcm_queue_empty(((struct queue *)object)->queue, &empty);

	(void)unused;
	return status ? raise_queue(status) : PyBool_FromLong(empty);
}

static PyObject *queue_full(PyObject *object, PyObject *unused)
{
	bool full = false;
	enum ipcm_status status =
		ipcm_queue_full(((struct queue *)object)->queue, &full);

	(void)unused;
	return status ? raise_queue(status) : PyBool_FromLong(full);
}

static PyObject *queue_task_done(PyObject *object, PyObject *unused)
{
	struct queue *self = (struct queue *)object;

	(void)unused;
	return none_or_raise(BLOCKING(ipcm_queue_task_done(self->queue)));
}

static PyObject *queue_join(PyObject *object, PyObject *unused)
{
	struct queue *self = (struct queue *)object;

	(void)unused;
	return none_or_raise(
		BLOCKING(ipcm_queue_join(self->queue, IPCM_FOREVER)));
}

static PyObject *queue_close(PyObject *object, PyObject *unused)
{
	(void)unused;
	return none_or_raise(ipcm_queue_close(((struct queue *)object)->queue));
}

static PyObject *queue_join_thread(PyObject *object, PyObject *unused)
{
	struct queue *self = (struct queue *)object;
	enum ipcm_status status = BLOCKING(ipcm_queue_join_thread(self->queue));

	(void)unused;
	if (status == IPCM_INVALID)
		return raise_as(PyExc_AssertionError, status);
	return none_or_raise(status);
}

static PyObject *queue_cancel_join_thread(PyObject *object, PyObject *unused)
{
	(void)unused;
	return none_or_raise(
		ipcm_queue_cancel_join_thread(((struct queue *)object)->queue));
}

static PyMethodDef queue_methods[] = {
	{"_put", queue_put, METH_VARARGS, NULL},
	{"_get", queue_get, METH_O, NULL},
	{"qsize", queue_qsize, METH_NOARGS, NULL},
	{"empty", queue_empty, METH_NOARGS, NULL},
	{"full", queue_full, METH_NOARGS, NULL},
	{"task_done", queue_task_done, METH_NOARGS, NULL},
	{"join", queue_join, METH_NOARGS, NULL},
	{"close", queue_close, METH_NOARGS, NULL},
	{"join_thread", queue_join_thread, METH_NOARGS, NULL},
	{"cancel_join_thread", queue_cancel_join_thread, METH_NOARGS, NULL},
	{NULL, NULL, 0, NULL},
};

PyTypeObject queue_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "ipcmark_cpython.Queue",
	.tp_basicsize = sizeof(struct queue),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
	.tp_new = PyType_GenericNew,
	.tp_init = queue_init,
	.tp_dealloc = queue_dealloc,
	.tp_methods = queue_methods,
};

struct simple_queue {
	PyObject_HEAD struct ipcm_simple_queue *queue;
};

static int simple_queue_init(PyObject *object, PyObject *arguments,
			     PyObject *keywords)
{
	struct simple_queue *self = (struct simple_queue *)object;
	const struct ipcm_backend *backend = backend_in_use();
	enum ipcm_status status;

	(void)keywords;
	if (!backend || !PyArg_ParseTuple(arguments, ""))
		return -1;
	status = ipcm_simple_queue_create(backend, &self->queue);
	if (status)
		(void)raise_status(status);
	return status ? -1 : 0;
}

static void simple_queue_dealloc(PyObject *object)
{
	ipcm_simple_queue_free(((struct simple_queue *)object)->queue);
	Py_TYPE(object)->tp_free(object);
}

/* _put(bytes) */
static PyObject *simple_queue_put(PyObject *object, PyObject *item)
{
	struct simple_queue *self = (struct simple_queue *)object;
	Py_buffer view;
	enum ipcm_status status;

	if (PyObject_GetBuffer(item, &view, PyBUF_SIMPLE))
		return NULL;
	status = BLOCKING(
		ipcm_simple_queue_put(self->queue, view.buf, (size_t)view.len));
	PyBuffer_Release(&view);
	return none_or_raise(status);
}

/* _get(): bytes */
static PyObject *simple_queue_get(PyObject *object, PyObject *unused)
{
	struct simple_queue *self = (struct simple_queue *)object;
	struct incoming incoming = {0};
	enum ipcm_status status;

	(void)unused;
	do {
		size_t bytes;
		char *buffer = incoming_buffer(&incoming, &bytes);

		status = BLOCKING(ipcm_simple_queue_get(self->queue, buffer,
							bytes, &incoming.size));
	} while (status == IPCM_TOOSMALL && incoming_grow(&incoming));
	if (!status)
		return incoming_take(&incoming);
	incoming_drop(&incoming);
	return raise_status(status);
}

static PyObject *simple_queue_empty(PyObject *object, PyObject *unused)
{
	bool empty = false;
	enum ipcm_status status = ipcm_simple_queue_empty(
		((struct simple_queue *)object)->queue, &empty);

	(void)unused;
	return status ? raise_status(status) : PyBool_FromLong(empty);
}

static PyObject *simple_queue_close(PyObject *object, PyObject *unused)
{
	(void)unused;
	return none_or_raise(ipcm_simple_queue_close(
		((struct simple_queue *)object)->queue));
}

static PyMethodDef simple_queue_methods[] = {
	{"_put", simple_queue_put, METH_O, NULL},
	{"_get", simple_queue_get, METH_NOARGS, NULL},
	{"empty", simple_queue_empty, METH_NOARGS, NULL},
	{"close", simple_queue_close, METH_NOARGS, NULL},
	{NULL, NULL, 0, NULL},
};

PyTypeObject simple_queue_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "ipcmark_cpython.SimpleQueue",
	.tp_basicsize = sizeof(struct simple_queue),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
	.tp_new = PyType_GenericNew,
	.tp_init = simple_queue_init,
	.tp_dealloc = simple_queue_dealloc,
	.tp_methods = simple_queue_methods,
};
