/* SPDX-License-Identifier: MIT */
/*
 * A fault back-end is the real descriptor with one operation replaced: send of
 * a port, write of a store. State and all other operations stay the real ones.
 */
#include "fault_backends.h"

#include <stdlib.h>
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
	enum fake_act act;
	int64_t amount;
	/** Of this process. */
	int64_t sends;
} fake;

static void allocate(void)
{
	void *memory = malloc(32);

	/* the compiler may otherwise leave out the pair */
	__asm__ __volatile__("" : : "r"(memory) : "memory");
	free(memory);
}

static void act(void)
{
	int64_t until;

	switch (fake.act) {
	case FAKE_NOTHING:
		return;
	case FAKE_SPIN:
		until = clock_now() + fake.amount;
		while (clock_now() < until)
			;
		return;
	case FAKE_GETPID:
		/* glibc must not answer from memory */
		(void)syscall(SYS_getpid);
		return;
	case FAKE_MALLOC:
		allocate();
		return;
	case FAKE_STALL:
		while (fake.sends++ >= fake.amount)
			(void)pause();
		return;
	}
}

static enum ipcm_status queue_send(void *port, const void *frame, size_t bytes)
{
	act();
	return fake.real->queue->port->send(port, frame, bytes);
}

static enum ipcm_status pipe_send(void *port, const void *frame, size_t bytes)
{
	act();
	return fake.real->pipe->port->send(port, frame, bytes);
}

static enum ipcm_status store_write(void *store, uint32_t head, uint32_t at,
				    uint32_t items, uint32_t number,
				    const void *data, size_t bytes,
				    uint32_t *ret_next)
{
	act();
	return fake.real->queue->store->write(store, head, at, items, number,
					      data, bytes, ret_next);
}

static void fake_queue(const struct ipcm_queue_ops *real)
{
	fake.queue = *real;
	fake.backend.queue = &fake.queue;
	if (real->port) {
		fake.queue_port = *real->port;
		fake.queue_port.send = queue_send;
		fake.queue.port = &fake.queue_port;
	}
	if (real->store) {
		fake.store = *real->store;
		fake.store.write = store_write;
		fake.queue.store = &fake.store;
	}
}

const struct ipcm_backend *fake_around(const struct ipcm_backend *real)
{
	fake.real = real;
	fake.backend = *real;
	if (real->queue)
		fake_queue(real->queue);
	if (real->pipe && real->pipe->port) {
		fake.pipe = *real->pipe;
		fake.pipe_port = *real->pipe->port;
		fake.pipe_port.send = pipe_send;
		fake.pipe.port = &fake.pipe_port;
		fake.backend.pipe = &fake.pipe;
	}
	return &fake.backend;
}

void fake_set(enum fake_act what, int64_t amount)
{
	fake.act = what;
	fake.amount = amount;
	fake.sends = 0;
}
