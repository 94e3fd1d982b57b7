/* SPDX-License-Identifier: MIT */
/* Connection, Listener, wait: see module.h. */
#include "module.h"

#include <stdlib.h>

struct connection {
	PyObject_HEAD struct ipcm_connection *end;
	bool closed;
};

static void connection_dealloc(PyObject *object)
{
	struct connection *self = (struct connection *)object;

	ipcm_connection_free(self->end);
	Py_TYPE(object)->tp_free(object);
}

/* A new object of this class, or of one made from it; owns the end. */
static PyObject *connection_make(PyTypeObject *type,
				 struct ipcm_connection *end)
{
	PyObject *object = type->tp_alloc(type, 0);

	if (object)
		((struct connection *)object)->end = end;
	else
		ipcm_connection_free(end);
	return object;
}

/* Connection.pipe(duplex): two ends. */
static PyObject *connection_pipe(PyObject *class, PyObject *duplex)
{
	const struct ipcm_backend *backend = backend_in_use();
	struct ipcm_pipe_options options = IPCM_PIPE_OPTIONS_INIT;
	struct ipcm_connection *end[2];
	PyObject *first, *second;
	enum ipcm_status status;

	options.duplex = PyObject_IsTrue(duplex) == 1;
	if (!backend)
		return NULL;
	status = ipcm_pipe_create(backend, &options, &end[0], &end[1]);
	if (status)
		return raise_status(status);
	first = connection_make((PyTypeObject *)class, end[0]);
	second = connection_make((PyTypeObject *)class, end[1]);
	if (first && second)
		return Py_BuildValue("(NN)", first, second);
	Py_XDECREF(first);
	Py_XDECREF(second);
	return NULL;
}

/* Connection.connect(address, key) */
static PyObject *connection_connect(PyObject *class, PyObject *arguments)
{
	const struct ipcm_backend *backend = backend_in_use();
	struct ipcm_connection *end = NULL;
	const char *address, *key;
	Py_ssize_t key_bytes;
	enum ipcm_status status;

	if (!backend ||
	    !PyArg_ParseTuple(arguments, "sy#", &address, &key, &key_bytes))
		return NULL;
	status = BLOCKING(ipcm_client_connect(
		backend, address, key, (size_t)key_bytes, IPCM_FOREVER, &end));
	if (status)
		return raise_status(status);
	return connection_make((PyTypeObject *)class, end);
}

/* A wrong direction is no wrong value. */
static PyObject *raise_for(const struct connection *self, bool has_direction,
			   enum ipcm_status status)
{
	if (status == IPCM_INVALID && !self->closed && !has_direction)
		return raise_as(PyExc_OSError, status);
	return raise_status(status);
}

static PyObject *raise_receiving(const struct connection *self,
				 enum ipcm_status status)
{
	return raise_for(self, ipcm_connection_readable(self->end), status);
}

/* send_bytes(buffer, offset, size or None) */
static PyObject *connection_send(PyObject *object, PyObject *arguments)
{
	struct connection *self = (struct connection *)object;
	Py_buffer buffer;
	long long offset, size = 0;
	PyObject *how_much;
	enum ipcm_status status;

	if (!PyArg_ParseTuple(arguments, "y*LO", &buffer, &offset, &how_much))
		return NULL;
	if (how_much != Py_None)
		size = PyLong_AsLongLong(how_much);
	else if (offset >= 0 && offset <= buffer.len)
		size = buffer.len - offset;
	if (size == -1 && PyErr_Occurred()) {
		PyBuffer_Release(&buffer);
		return NULL;
	}
	status = BLOCKING(ipcm_connection_send_slice(self->end, buffer.buf,
						     (size_t)buffer.len, offset,
						     size, IPCM_FOREVER));
	PyBuffer_Release(&buffer);
	if (status)
		return raise_for(self, ipcm_connection_writable(self->end),
				 status);
	Py_RETURN_NONE;
}

static enum ipcm_status receive(struct ipcm_connection *end, char *buffer,
				size_t bytes, PyObject *maxlength,
				size_t *ret_size)
{
	long long most = 0;

	if (maxlength == Py_None)
		return BLOCKING(ipcm_connection_recv(end, buffer, bytes,
						     IPCM_FOREVER, ret_size));
	most = PyLong_AsLongLong(maxlength);
	if (most == -1 && PyErr_Occurred())
		return IPCM_INTR;
	return BLOCKING(ipcm_connection_recv_max(end, buffer, bytes, most,
						 IPCM_FOREVER, ret_size));
}

/* recv_bytes(maxlength or None) */
static PyObject *connection_recv(PyObject *object, PyObject *maxlength)
{
	struct connection *self = (struct connection *)object;
	struct incoming incoming = {0};
	enum ipcm_status status;

	do {
		size_t bytes;
		char *buffer = incoming_buffer(&incoming, &bytes);

		status = receive(self->end, buffer, bytes, maxlength,
				 &incoming.size);
	} while (status == IPCM_TOOSMALL && incoming_grow(&incoming));
	if (!status)
		return incoming_take(&incoming);
	incoming_drop(&incoming);
	return raise_receiving(self, status);
}

/* CPython hands over in the exception what was too long. */
static PyObject *raise_too_short(PyObject *object)
{
	PyObject *whole = connection_recv(object, Py_None);

	if (whole)
		PyErr_SetObject(buffer_too_short, whole);
	Py_XDECREF(whole);
	return NULL;
}

/* recv_bytes_into(buffer, offset) */
static PyObject *connection_recv_into(PyObject *object, PyObject *arguments)
{
	struct connection *self = (struct connection *)object;
	Py_buffer buffer;
	long long offset;
	size_t size = 0;
	enum ipcm_status status;

	if (!PyArg_ParseTuple(arguments, "w*L", &buffer, &offset))
		return NULL;
	status = BLOCKING(ipcm_connection_recv_into(self->end, buffer.buf,
						    (size_t)buffer.len, offset,
						    IPCM_FOREVER, &size));
	PyBuffer_Release(&buffer);
	if (status == IPCM_TOOSMALL)
		return raise_too_short(object);
	if (status)
		return raise_receiving(self, status);
	return PyLong_FromSize_t(size);
}

/* poll(timeout) */
static PyObject *connection_poll(PyObject *object, PyObject *timeout)
{
	struct connection *self = (struct connection *)object;
	enum ipcm_status status;
	bool ready = false;
	int64_t ns;

	if (!timeout_convert(timeout, &ns))
		return NULL;
	status = BLOCKING(ipcm_connection_poll(self->end, ns, &ready));
	if (status)
		return raise_receiving(self, status);
	return PyBool_FromLong(ready);
}

static PyObject *connection_fileno(PyObject *object, PyObject *unused)
{
	struct connection *self = (struct connection *)object;
	int fd = -1;
	enum ipcm_status status = ipcm_connection_fileno(self->end, &fd);

	(void)unused;
	return status ? raise_receiving(self, status) : PyLong_FromLong(fd);
}

/* _send_fd(descriptor) */
static PyObject *connection_send_fd(PyObject *object, PyObject *descriptor)
{
	struct connection *self = (struct connection *)object;
	int fd = PyObject_AsFileDescriptor(descriptor);

	if (fd < 0)
		return NULL;
	return none_or_raise(
		BLOCKING(ipcm_connection_send_fd(self->end, fd, IPCM_FOREVER)));
}

static PyObject *connection_recv_fd(PyObject *object, PyObject *unused)
{
	struct connection *self = (struct connection *)object;
	int fd = -1;
	enum ipcm_status status =
		BLOCKING(ipcm_connection_recv_fd(self->end, IPCM_FOREVER, &fd));

	(void)unused;
	return status ? raise_status(status) : PyLong_FromLong(fd);
}

static PyObject *connection_close(PyObject *object, PyObject *unused)
{
	struct connection *self = (struct connection *)object;

	(void)unused;
	self->closed = true;
	return none_or_raise(ipcm_connection_close(self->end));
}

static PyObject *connection_closed(PyObject *object, void *unused)
{
	(void)unused;
	return PyBool_FromLong(((struct connection *)object)->closed);
}

static PyObject *connection_readable(PyObject *object, void *unused)
{
	struct connection *self = (struct connection *)object;

	(void)unused;
	return PyBool_FromLong(ipcm_connection_readable(self->end));
}

static PyObject *connection_writable(PyObject *object, void *unused)
{
	struct connection *self = (struct connection *)object;

	(void)unused;
	return PyBool_FromLong(ipcm_connection_writable(self->end));
}

static PyMethodDef connection_methods[] = {
	{"pipe", connection_pipe, METH_O | METH_CLASS, NULL},
	{"connect", connection_connect, METH_VARARGS | METH_CLASS, NULL},
	{"_send_bytes", connection_send, METH_VARARGS, NULL},
	{"_recv_bytes", connection_recv, METH_O, NULL},
	{"_recv_bytes_into", connection_recv_into, METH_VARARGS, NULL},
	{"_poll", connection_poll, METH_O, NULL},
	{"_send_fd", connection_send_fd, METH_O, NULL},
	{"_recv_fd", connection_recv_fd, METH_NOARGS, NULL},
	{"fileno", connection_fileno, METH_NOARGS, NULL},
	{"close", connection_close, METH_NOARGS, NULL},
	{NULL, NULL, 0, NULL},
};

static PyGetSetDef connection_properties[] = {
	{"closed", connection_closed, NULL, NULL, NULL},
	{"readable", connection_readable, NULL, NULL, NULL},
	{"writable", connection_writable, NULL, NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject connection_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "ipcmark_cpython.Connection",
	.tp_basicsize = sizeof(struct connection),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
	.tp_dealloc = connection_dealloc,
	.tp_methods = connection_methods,
	.tp_getset = connection_properties,
};

struct listener {
	PyObject_HEAD struct ipcm_listener *listener;
};

/* Listener(address, key) */
static int listener_init(PyObject *object, PyObject *arguments,
			 PyObject *keywords)
{
	struct listener *self = (struct listener *)object;
	const struct ipcm_backend *backend = backend_in_use();
	const char *address, *key;
	Py_ssize_t key_bytes;
	enum ipcm_status status;

	(void)keywords;
	if (!backend ||
	    !PyArg_ParseTuple(arguments, "sy#", &address, &key, &key_bytes))
		return -1;
	status = ipcm_listener_create(backend, address, key, (size_t)key_bytes,
				      &self->listener);
	if (status)
		(void)raise_status(status);
	return status ? -1 : 0;
}

static void listener_dealloc(PyObject *object)
{
	ipcm_listener_free(((struct listener *)object)->listener);
	Py_TYPE(object)->tp_free(object);
}

/* _accept(class of the connection) */
static PyObject *listener_accept(PyObject *object, PyObject *class)
{
	struct listener *self = (struct listener *)object;
	struct ipcm_connection *end = NULL;
	enum ipcm_status status = BLOCKING(
		ipcm_listener_accept(self->listener, IPCM_FOREVER, &end));

	if (status)
		return raise_status(status);
	return connection_make((PyTypeObject *)class, end);
}

static PyObject *listener_close(PyObject *object, PyObject *unused)
{
	struct listener *self = (struct listener *)object;

	(void)unused;
	return none_or_raise(ipcm_listener_close(self->listener));
}

static PyMethodDef listener_methods[] = {
	{"_accept", listener_accept, METH_O, NULL},
	{"close", listener_close, METH_NOARGS, NULL},
	{NULL, NULL, 0, NULL},
};

PyTypeObject listener_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "ipcmark_cpython.Listener",
	.tp_basicsize = sizeof(struct listener),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
	.tp_new = PyType_GenericNew,
	.tp_init = listener_init,
	.tp_dealloc = listener_dealloc,
	.tp_methods = listener_methods,
};

static bool waitable_of(PyObject *thing, struct ipcm_waitable *ret_waitable)
{
	*ret_waitable = (struct ipcm_waitable){0};
	if (PyObject_TypeCheck(thing, &connection_type)) {
		ret_waitable->end = ((struct connection *)thing)->end;
		return true;
	}
	ret_waitable->fd = PyObject_AsFileDescriptor(thing);
	return ret_waitable->fd >= 0;
}

static PyObject *ready_ones(PyObject *things,
			    const struct ipcm_waitable *states)
{
	PyObject *list = PyList_New(0);

	for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(things); i++)
		if (states[i].ready &&
		    PyList_Append(list, PyList_GET_ITEM(things, i)))
			Py_CLEAR(list);
	return list;
}

/* wait(list, timeout): those that are ready. */
static PyObject *module_wait(PyObject *module, PyObject *arguments)
{
	PyObject *things, *answer = NULL;
	struct ipcm_waitable *states;
	enum ipcm_status status;
	size_t count;
	int64_t ns;

	(void)module;
	if (!PyArg_ParseTuple(arguments, "O!O&", &PyList_Type, &things,
			      timeout_convert, &ns))
		return NULL;
	count = (size_t)PyList_GET_SIZE(things);
	states = calloc(count + 1, sizeof(*states));
	if (!states)
		return PyErr_NoMemory();
	for (size_t i = 0; i < count; i++)
		if (!waitable_of(PyList_GET_ITEM(things, i), &states[i]))
			goto end;
	status = BLOCKING(ipcm_wait(states, count, ns, NULL));
	if (!status || status == IPCM_TIMEDOUT || status == IPCM_WOULDBLOCK)
		answer = ready_ones(things, states);
	else
		(void)raise_status(status);
end:
	free(states);
	return answer;
}

PyMethodDef connection_functions[] = {
	{"wait", module_wait, METH_VARARGS, NULL},
	{NULL, NULL, 0, NULL},
};
