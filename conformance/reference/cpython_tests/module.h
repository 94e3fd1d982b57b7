/* SPDX-License-Identifier: MIT */
/*
 * The library as a Python module, for CPython's own tests and nothing else:
 * types with the vocabulary of multiprocessing over ipcm_*, which take and give
 * bytes. What is Python's there stays in Python (objects.py): pickling, default
 * arguments, processes. No user needs it, nothing of it is installed.
 *
 * Each call that can block gives up the interpreter's lock and lets a signal
 * handler written in Python run; an exception of the handler ends the call.
 */
#ifndef IPCMARK_CONFORMANCE_REFERENCE_CPYTHON_TESTS_MODULE_H
#define IPCMARK_CONFORMANCE_REFERENCE_CPYTHON_TESTS_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "ipcmark/ipcmark.h"

/** What to restore after a call without the interpreter's lock. */
struct call {
	PyThreadState *thread;
	struct ipcm_stop former;
};

void call_begin(struct call *ret_call);
void call_end(const struct call *call);

/** Make a call that may block; its status. IPCM_INTR: an exception is set. */
#define BLOCKING(expression)                                                   \
	({                                                                     \
		struct call call_;                                             \
		enum ipcm_status status_;                                      \
                                                                               \
		call_begin(&call_);                                            \
		status_ = (expression);                                        \
		call_end(&call_);                                              \
		status_;                                                       \
	})

/** The back-end that use() chose in this process; NULL: an exception is set. */
const struct ipcm_backend *backend_in_use(void);

/** For "O&": None is for ever, else seconds; a negative number is a try. */
int timeout_convert(PyObject *seconds, void *ret_ns);

/** Set the exception that multiprocessing has for it. @return NULL */
PyObject *raise_status(enum ipcm_status status);
/** The same for a class of exceptions that is not the usual one. */
PyObject *raise_as(PyObject *type, enum ipcm_status status);
/** None, or the exception. */
PyObject *none_or_raise(enum ipcm_status status);
/** True; False for a try or time limit that failed; else the exception. */
PyObject *bool_or_raise(enum ipcm_status status);

/** Classes of exceptions from the modules that have them. */
extern PyObject *broken_barrier_error, *buffer_too_short;

/** A message or an item of any size: a small buffer first, then bytes. */
struct incoming {
	PyObject *bytes;
	size_t size;
	char small[4096];
};

/** Where to receive to, and how much has room there. */
char *incoming_buffer(struct incoming *incoming, size_t *ret_bytes);
/** It was too small: make room for incoming->size. False: an exception. */
bool incoming_grow(struct incoming *incoming);
/** What came, as new bytes; NULL: an exception. Frees the rest. */
PyObject *incoming_take(struct incoming *incoming);
void incoming_drop(struct incoming *incoming);

/** The types, one file each. */
extern PyTypeObject connection_type, listener_type, semlock_type,
	condition_type, event_type, barrier_type, queue_type, simple_queue_type;

extern PyMethodDef connection_functions[];

/** A semlock's lock for a condition; both NULL: it has none. */
void semlock_locks(PyObject *semlock, struct ipcm_lock **ret_lock,
		   struct ipcm_rlock **ret_rlock);

#endif
