/* SPDX-License-Identifier: MIT */
/*
 * A fault back-end is the real descriptor with one operation replaced: send of
 * a port, write of a store. State and all other operations stay the real ones.
 */
#include "fault_backends.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"

/* gate_faults_test.sh knows what was left behind by its message of so many
 * bytes, and removes it. */
enum { SLOTS = 8, COPIED_MAX = 1 << 16, LEAK_BYTES = 13 };

struct slot {
	const struct ipcm_backend *real;
	struct ipcm_backend backend;
	struct ipcm_queue_ops queue;
	struct ipcm_pipe_ops pipe;
	struct ipcm_port_ops queue_port, pipe_port;
	struct ipcm_store_ops store;
};

static struct slot slots[SLOTS];

static struct {
	enum injection act;
	int64_t amount;
	/** Of this process. */
	int64_t sends;
	/** Of all processes; NULL without memory. */
	struct spins *spins;
} injected;

struct spins {
	_Atomic int64_t count, ns;
};

static void allocate(void)
{
	void *memory = malloc(32);

	/* the compiler may otherwise leave out the pair */
	__asm__ __volatile__("" : : "r"(memory) : "memory");
	free(memory);
}

static void spin(void)
{
	int64_t begin = clock_now(), now;

	do
		now = clock_now();
	while (now - begin < injected.amount);
	if (!injected.spins)
		return;
	atomic_fetch_add_explicit(&injected.spins->count, 1,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&injected.spins->ns, now - begin,
				  memory_order_relaxed);
}

/* It has been used by this process, so that it can be told whose it is. */
static void leak(void)
{
	struct {
		long type;
		char text[LEAK_BYTES];
	} message = {1, ""};
	int id = msgget(IPC_PRIVATE, 0600);

	if (id >= 0)
		(void)msgsnd(id, &message, LEAK_BYTES, IPC_NOWAIT);
}

static void copy(const void *data, size_t bytes)
{
	static char copied[COPIED_MAX];

	memcpy(copied, data, bytes < COPIED_MAX ? bytes : COPIED_MAX);
	/* nothing reads it, but the compiler must not know */
	__asm__ __volatile__("" : : "r"(copied) : "memory");
}

static void act(const void *data, size_t bytes)
{
	switch (injected.act) {
	case INJECT_NOTHING:
		return;
	case INJECT_SPIN:
		spin();
		return;
	case INJECT_GETPID:
		/* glibc must not answer from memory */
		(void)syscall(SYS_getpid);
		return;
	case INJECT_MALLOC:
		allocate();
		return;
	case INJECT_STALL:
		while (injected.sends++ >= injected.amount)
			(void)pause();
		return;
	case INJECT_COPY:
		copy(data, bytes);
		return;
	case INJECT_LEAK:
		if (injected.sends++ == 0)
			leak();
		return;
	case INJECT_COUNTED:
		if (injected.sends++ == 0)
			leak();
		(void)syscall(SYS_getpid);
		allocate();
		copy(data, bytes);
		return;
	}
}

/* ---- the operations, once a slot ---- */

static enum ipcm_status store_write(const struct slot *slot, void *store,
				    uint32_t head, uint32_t at, uint32_t items,
				    uint32_t number, const void *data,
				    size_t bytes, uint32_t *ret_next)
{
	act(data, bytes);
	return slot->real->queue->store->write(store, head, at, items, number,
					       data, bytes, ret_next);
}

#define OPERATIONS(n)                                                          \
	static enum ipcm_status queue_send_##n(void *port, const void *frame,  \
					       size_t bytes)                   \
	{                                                                      \
		act(frame, bytes);                                             \
		return slots[n].real->queue->port->send(port, frame, bytes);   \
	}                                                                      \
	static enum ipcm_status pipe_send_##n(void *port, const void *frame,   \
					      size_t bytes)                    \
	{                                                                      \
		act(frame, bytes);                                             \
		return slots[n].real->pipe->port->send(port, frame, bytes);    \
	}                                                                      \
	static enum ipcm_status store_write_##n(                               \
		void *store, uint32_t head, uint32_t at, uint32_t items,       \
		uint32_t number, const void *data, size_t bytes,               \
		uint32_t *ret_next)                                            \
	{                                                                      \
		return store_write(&slots[n], store, head, at, items, number,  \
				   data, bytes, ret_next);                     \
	}

OPERATIONS(0)
OPERATIONS(1)
OPERATIONS(2)
OPERATIONS(3)
OPERATIONS(4)
OPERATIONS(5)
OPERATIONS(6)
OPERATIONS(7)

#define OPERATIONS_OF(n)                                                       \
	{                                                                      \
		queue_send_##n, pipe_send_##n, store_write_##n                 \
	}

static const struct {
	enum ipcm_status (*queue_send)(void *, const void *, size_t);
	enum ipcm_status (*pipe_send)(void *, const void *, size_t);
	enum ipcm_status (*store_write)(void *, uint32_t, uint32_t, uint32_t,
					uint32_t, const void *, size_t,
					uint32_t *);
} operations[SLOTS] = {OPERATIONS_OF(0), OPERATIONS_OF(1), OPERATIONS_OF(2),
		       OPERATIONS_OF(3), OPERATIONS_OF(4), OPERATIONS_OF(5),
		       OPERATIONS_OF(6), OPERATIONS_OF(7)};

static void wrap_queue(struct slot *slot, const struct ipcm_queue_ops *real)
{
	slot->queue = *real;
	slot->backend.queue = &slot->queue;
	if (real->port) {
		slot->queue_port = *real->port;
		slot->queue_port.send = operations[slot - slots].queue_send;
		slot->queue.port = &slot->queue_port;
	}
	if (real->store) {
		slot->store = *real->store;
		slot->store.write = operations[slot - slots].store_write;
		slot->store.write_many = NULL; /* each item passes write */
		slot->queue.store = &slot->store;
	}
}

static void wrap_pipe(struct slot *slot, const struct ipcm_pipe_ops *real)
{
	slot->pipe = *real;
	slot->pipe_port = *real->port;
	slot->pipe_port.send = operations[slot - slots].pipe_send;
	slot->pipe.port = &slot->pipe_port;
	slot->backend.pipe = &slot->pipe;
}

static struct spins *map_spins(void)
{
	void *memory = mmap(NULL, sizeof(struct spins), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

const struct ipcm_backend *fault_backend_around(const struct ipcm_backend *real)
{
	struct slot *slot = slots;

	if (!injected.spins)
		injected.spins = map_spins();
	while (slot < slots + SLOTS && slot->real && slot->real != real)
		slot++;
	if (slot == slots + SLOTS)
		return NULL;
	if (slot->real)
		return &slot->backend;
	slot->real = real;
	slot->backend = *real;
	if (real->queue)
		wrap_queue(slot, real->queue);
	if (real->pipe && real->pipe->port)
		wrap_pipe(slot, real->pipe);
	return &slot->backend;
}

void inject(enum injection what, int64_t amount)
{
	injected.act = what;
	injected.amount = amount;
	injected.sends = 0;
	if (!injected.spins)
		return;
	atomic_store_explicit(&injected.spins->count, 0, memory_order_relaxed);
	atomic_store_explicit(&injected.spins->ns, 0, memory_order_relaxed);
}

double injected_mean_ns(void)
{
	const struct spins *spins = injected.spins;
	/* the processes that spun have been waited for */
	int64_t count = spins ? atomic_load_explicit(&spins->count,
						     memory_order_relaxed)
			      : 0;

	return count ? (double)atomic_load_explicit(&spins->ns,
						    memory_order_relaxed) /
			       (double)count
		     : 0;
}

bool inject_named(const char *text)
{
	static const char *const names[] = {
		[INJECT_NOTHING] = "nothing", [INJECT_GETPID] = "getpid",
		[INJECT_MALLOC] = "malloc",   [INJECT_COPY] = "copy",
		[INJECT_LEAK] = "leak",	      [INJECT_COUNTED] = "counted",
	};
	char *end;

	if (!strncmp(text, "spin=", 5)) {
		inject(INJECT_SPIN, strtol(text + 5, &end, 10));
		return end > text + 5 && !*end;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i] && !strcmp(names[i], text)) {
			inject((enum injection)i, 0);
			return true;
		}
	return false;
}
