/* SPDX-License-Identifier: MIT */
/*
 * A fault back-end is the real descriptor with one operation replaced: send of
 * a port, write of a store. State and all other operations stay the real ones.
 */
#include "fault_backends.h"

#include <fcntl.h>
#include <mqueue.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"

enum { SLOTS = 8, COPIED_MAX = 1 << 16, LEAK_BYTES = 13, LEAKS_MAX = 4096 };
/* Sends; so many descriptors of a process. */
enum { LEAK_FD_EVERY = 1024, LEAK_FD_MOST = 256 };

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
	/** Who removes what was leaked. */
	pid_t owner;
} injected;

struct spins {
	_Atomic int64_t count, ns;
	/** What was left behind: the kind, and the id or the process. */
	_Atomic unsigned leaks;
	struct {
		enum injection kind;
		int id;
	} leak[LEAKS_MAX];
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

/* ---- what is left behind ---- */

union semun {
	int val;
};

/* Of the queue and the file of a process. */
static void leak_name(char name[32], int process)
{
	(void)snprintf(name, 32, "/ipcmark-injected-%d", process);
}

/* It has been used by this process, so that it can be told whose it is. */
static int leak_message_queue(void)
{
	struct {
		long type;
		char text[LEAK_BYTES];
	} message = {1, ""};
	int id = msgget(IPC_PRIVATE, 0600);

	if (id >= 0)
		(void)msgsnd(id, &message, LEAK_BYTES, IPC_NOWAIT);
	return id;
}

static int leak_semaphores(void)
{
	int id = semget(IPC_PRIVATE, 1, 0600);

	if (id >= 0)
		(void)semctl(id, 0, SETVAL, (union semun){.val = 1});
	return id;
}

static int leak_named(enum injection kind)
{
	/* of the default size nine would be all that a user may have */
	struct mq_attr small = {.mq_maxmsg = 1, .mq_msgsize = 1};
	char name[32];
	int fd;

	leak_name(name, getpid());
	if (kind == INJECT_LEAK_MQ)
		fd = (int)mq_open(name, O_CREAT | O_RDWR, 0600, &small);
	else
		fd = shm_open(name, O_CREAT | O_RDWR, 0600);
	if (fd >= 0)
		(void)close(fd);
	return fd < 0 ? -1 : getpid();
}

static void leak(enum injection kind)
{
	unsigned place;
	int id = -1;

	switch (kind) {
	case INJECT_LEAK:
		id = leak_message_queue();
		break;
	case INJECT_LEAK_SEM:
		id = leak_semaphores();
		break;
	case INJECT_LEAK_SEGMENT:
		id = shmget(IPC_PRIVATE, LEAK_BYTES, 0600);
		break;
	case INJECT_LEAK_MQ:
	case INJECT_LEAK_FILE:
		id = leak_named(kind);
		break;
	default:
		/* it ends with the process */
		(void)open("/dev/null", O_RDONLY | O_CLOEXEC);
		break;
	}
	if (id < 0 || !injected.spins)
		return;
	place = atomic_fetch_add_explicit(&injected.spins->leaks, 1,
					  memory_order_relaxed);
	if (place >= LEAKS_MAX)
		return;
	injected.spins->leak[place].kind = kind;
	injected.spins->leak[place].id = id;
}

static void remove_leak(enum injection kind, int id)
{
	char name[32];

	leak_name(name, id);
	switch (kind) {
	case INJECT_LEAK:
		(void)msgctl(id, IPC_RMID, NULL);
		return;
	case INJECT_LEAK_SEM:
		(void)semctl(id, 0, IPC_RMID);
		return;
	case INJECT_LEAK_SEGMENT:
		(void)shmctl(id, IPC_RMID, NULL);
		return;
	case INJECT_LEAK_MQ:
		(void)mq_unlink(name);
		return;
	case INJECT_LEAK_FILE:
		(void)shm_unlink(name);
		return;
	default:
		return;
	}
}

void inject_clean(void)
{
	unsigned count;

	if (!injected.spins || getpid() != injected.owner)
		return;
	/* the processes that leaked have been waited for */
	count = atomic_exchange_explicit(&injected.spins->leaks, 0,
					 memory_order_relaxed);
	for (unsigned i = 0; i < count && i < LEAKS_MAX; i++)
		remove_leak(injected.spins->leak[i].kind,
			    injected.spins->leak[i].id);
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
	case INJECT_LEAK_SEM:
	case INJECT_LEAK_SEGMENT:
	case INJECT_LEAK_MQ:
	case INJECT_LEAK_FILE:
		if (injected.sends++ == 0)
			leak(injected.act);
		return;
	case INJECT_LEAK_FD:
		/* what is opened before the messages that count is no leak:
		 * one in as many sends as a long pass counts */
		if (injected.sends++ % LEAK_FD_EVERY == 0 &&
		    injected.sends < LEAK_FD_EVERY * LEAK_FD_MOST)
			leak(injected.act);
		return;
	case INJECT_COUNTED:
		if (injected.sends++ == 0)
			leak(INJECT_LEAK);
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
	injected.owner = getpid();
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
		[INJECT_NOTHING] = "nothing",
		[INJECT_GETPID] = "getpid",
		[INJECT_MALLOC] = "malloc",
		[INJECT_COPY] = "copy",
		[INJECT_LEAK] = "leak",
		[INJECT_COUNTED] = "counted",
		[INJECT_LEAK_SEM] = "leak-sem",
		[INJECT_LEAK_SEGMENT] = "leak-segment",
		[INJECT_LEAK_MQ] = "leak-mq",
		[INJECT_LEAK_FILE] = "leak-file",
		[INJECT_LEAK_FD] = "leak-fd",
	};
	char *end;

	injected.owner = getpid();
	if (!strncmp(text, "spin=", 5)) {
		inject(INJECT_SPIN, strtol(text + 5, &end, 10));
		return end > text + 5 && !*end;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i] && !strcmp(names[i], text)) {
			inject((enum injection)i, 0);
			(void)atexit(inject_clean);
			return true;
		}
	return false;
}
