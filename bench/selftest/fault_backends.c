/* SPDX-License-Identifier: MIT */
/*
 * A fault back-end is the real descriptor with one operation replaced: send of
 * a port, write of a store. State and all other operations stay the real ones.
 */
#include "fault_backends.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"

static struct {
	struct ipcm_backend backend;
	struct ipcm_queue_ops queue;
	struct ipcm_pipe_ops pipe;
	struct ipcm_port_ops queue_port, pipe_port;
	struct ipcm_store_ops store;
	const struct ipcm_backend *real;
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

static void act(void)
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
	}
}

static enum ipcm_status queue_send(void *port, const void *frame, size_t bytes)
{
	act();
	return injected.real->queue->port->send(port, frame, bytes);
}

static enum ipcm_status pipe_send(void *port, const void *frame, size_t bytes)
{
	act();
	return injected.real->pipe->port->send(port, frame, bytes);
}

static enum ipcm_status store_write(void *store, uint32_t head, uint32_t at,
				    uint32_t items, uint32_t number,
				    const void *data, size_t bytes,
				    uint32_t *ret_next)
{
	act();
	return injected.real->queue->store->write(
		store, head, at, items, number, data, bytes, ret_next);
}

static void injected_queue(const struct ipcm_queue_ops *real)
{
	injected.queue = *real;
	injected.backend.queue = &injected.queue;
	if (real->port) {
		injected.queue_port = *real->port;
		injected.queue_port.send = queue_send;
		injected.queue.port = &injected.queue_port;
	}
	if (real->store) {
		injected.store = *real->store;
		injected.store.write = store_write;
		injected.queue.store = &injected.store;
	}
}

static struct spins *map_spins(void)
{
	void *memory = mmap(NULL, sizeof(struct spins), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

const struct ipcm_backend *fault_backend_around(const struct ipcm_backend *real)
{
	injected.real = real;
	injected.backend = *real;
	if (!injected.spins)
		injected.spins = map_spins();
	if (real->queue)
		injected_queue(real->queue);
	if (real->pipe && real->pipe->port) {
		injected.pipe = *real->pipe;
		injected.pipe_port = *real->pipe->port;
		injected.pipe_port.send = pipe_send;
		injected.pipe.port = &injected.pipe_port;
		injected.backend.pipe = &injected.pipe;
	}
	return &injected.backend;
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
