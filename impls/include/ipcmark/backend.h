/* SPDX-License-Identifier: MIT */
/*
 * The back-end interface: what a mechanism must tell the library about itself.
 * Users of queues, pipes and locks need only the registry at the end.
 *
 * A back-end is one const descriptor with three tables, one an object:
 *
 *   queue  a port (the mechanism carries frames) or a store (the mechanism is
 *          memory that both sides see)
 *   pipe   a port
 *   lock   tokens (the mechanism holds them), or a word in memory
 *
 * A back-end does only what its mechanism does: move a frame, say "full" or
 * "empty", wait in the mechanism's own way. Bounds in items, large items,
 * order, counting, time limits, crash safety are written once, in
 * impls/objects, for all back-ends. impls/README.md is the recipe;
 * impls/backends/null.c the template.
 *
 * Rules for every operation, unless its comment says otherwise:
 * - returns an enum ipcm_status, never an errno, never prints, never exits;
 * - state memory belongs to the core: state_size zeroed bytes, aligned to 64,
 *   private to the process, copied by fork();
 * - send, receive, give and take NEVER block; only the waits do;
 * - EINTR is handled inside (waits excepted); descriptors are close-on-exec; no
 * signal reaches the application (SIGPIPE);
 * - non-blocking mode is set at creation and never toggled (G-OFD-01);
 * - each may give IPCM_PERM if its mechanism checks rights at every call and
 *   the process has changed its user since (System V; see name.h).
 */
#ifndef IPCMARK_BACKEND_H
#define IPCMARK_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/status.h"

struct ipcm_item; /* queue.h */

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Version of the structures below; ipcm_backend_validate refuses a back-end
 * that was built for another one. Version 2 renamed the operations of stores
 * and of handles; in version 3 fileno has a direction, and
 * reports_space_late is new; version 4 added fileno and call to tokens,
 * version 5 write_many and read_many to stores.
 */
#define IPCM_BACKEND_ABI 5u

/** Capacity that the core requests; the back-end grants what it can. */
struct ipcm_channel_request {
	/** Items to hold, > 0; IPCM_QUEUE_MAX_ITEMS when unlimited. */
	uint64_t items;
	/** Bytes of a usual item with the core's frame header, > 0. */
	size_t item_bytes;
	/** export_handle will be called for the second port of the pipe. */
	bool portable;
};

/**
 * Which kernel object belongs to a name. Only the back-end interprets it; the
 * core keeps it in the named object's file, where every opener finds it.
 */
struct ipcm_object_key {
	/** Whose resource registry has it: effective uid of the creator, or
	 * the owner that it had set (ipcm_set_owner). */
	uint32_t uid;
	/** Unique in that registry; 0 is none. */
	uint32_t key;
	/** Permission bits, umask applied. */
	uint32_t mode;
};

/** What another process needs to use a port. */
struct ipcm_port_handle {
	/** Descriptors; when exported they still belong to the port. */
	int fd[4];
	unsigned fd_count;
	/** Other data of the back-end. */
	uint64_t word[8];
};

/** What the mechanism granted. */
struct ipcm_channel_limits {
	/** Largest frame one send takes whole, in bytes, >= 128. */
	size_t frame_bytes;
	/** Most bytes one receive can ever return; sizes its buffer. */
	size_t receive_bytes;
	/**
	 * Capacity in bytes; 0 if the mechanism has no such figure. The core
	 * takes it that channel_bytes / frame_bytes - 1 frames always fit into
	 * an empty channel. Of a pipe's end: of the channel that it sends to.
	 */
	uint64_t channel_bytes;
	/** Capacity in frames, which always fit; 0 if the mechanism counts
	 * bytes. */
	uint64_t channel_frames;
};

/** What a wait is for. */
enum ipcm_direction {
	IPCM_TO_RECEIVE, /**< until a frame, or end of file, can be received */
	IPCM_TO_SEND,	 /**< until a frame can be sent, or never can be */
};

/** What ipcm_port_ops.queued counts. */
enum ipcm_unit {
	IPCM_UNIT_NONE,	 /**< the mechanism cannot tell */
	IPCM_UNIT_BYTES, /**< bytes of all frames inside */
	IPCM_UNIT_FRAMES /**< frames inside */
};

/**
 * A mechanism that carries frames: bounded, in order, each frame whole or not
 * at all. One receive may return several frames (a byte stream) but always
 * whole ones, given a buffer of receive_bytes. The first 8 bytes of a frame
 * are a positive number in native byte order, so that a frame can be a
 * System V msgbuf as it is. Required unless marked optional.
 */
struct ipcm_port_ops {
	/** Bytes of private state a port needs. */
	size_t state_size;
	/** What queued counts. */
	enum ipcm_unit unit;
	/**
	 * Does receive report IPCM_EOF, and send IPCM_BROKEN, when every copy
	 * of the other end is closed or its holder dead? If false the core
	 * emulates it.
	 */
	bool native_eof;
	/**
	 * Does a wait, or poll(2), for space end later than send would find
	 * some? A Unix socket is writable only when three quarters of its
	 * buffer are free. If true a sender waits in the mechanism for a
	 * moment only, and then for a word that the receiver moves. Only for
	 * mechanisms whose receive is a system call.
	 */
	bool reports_space_late;

	/**
	 * Make a channel whose frames come out where they went in: any process
	 * that inherits the port sends and receives. Queue only; NULL if the
	 * back-end has no queue. Leaves nothing behind on failure.
	 * May return IPCM_LIMIT, IPCM_NOMEM, IPCM_PERM.
	 */
	enum ipcm_status (*open_queue)(
		void *port, const struct ipcm_channel_request *requested,
		struct ipcm_channel_limits *ret_granted);
	/**
	 * Make two connected ports. duplex: each sends to the other; else only
	 * second sends, to first. Pipe only; NULL if the back-end has none.
	 */
	enum ipcm_status (*open_pipe)(
		void *first, void *second, bool duplex,
		const struct ipcm_channel_request *requested,
		struct ipcm_channel_limits *ret_granted);
	/**
	 * open_queue for a channel that unrelated processes find by a key.
	 * Optional: NULL if the mechanism has no names (IPCM_NOTSUP).
	 * @param create make it, with key->mode, and write key->uid and
	 *        key->key; else open the one that the key names
	 * As open_queue; opening: IPCM_NOTFOUND, IPCM_PERM.
	 */
	enum ipcm_status (*open_named)(
		void *port, struct ipcm_object_key *key, bool create,
		const struct ipcm_channel_request *requested,
		struct ipcm_channel_limits *ret_granted);
	/**
	 * Drop this process's use of the port; the last user's close, or death,
	 * makes the kernel object go away. Called once an opened port.
	 */
	void (*close)(void *port);
	/**
	 * Send one frame of 1 .. frame_bytes bytes.
	 * IPCM_OK, IPCM_FULL, IPCM_BROKEN, IPCM_REMOVED, IPCM_NOMEM.
	 */
	enum ipcm_status (*send)(void *port, const void *frame, size_t bytes);
	/**
	 * Receive into buffer, which has receive_bytes bytes.
	 * IPCM_OK with ret_bytes > 0, IPCM_EMPTY, IPCM_EOF, IPCM_REMOVED.
	 */
	enum ipcm_status (*receive)(void *port, void *buffer, size_t bytes,
				    size_t *ret_bytes);
	/**
	 * Wait, in the mechanism, without consuming anything. Optional: NULL
	 * if the mechanism cannot wait with a time limit; the core then
	 * emulates the waiting (futex).
	 * @param deadline_ns CLOCK_MONOTONIC; IPCM_FOREVER waits without limit
	 * IPCM_OK (try again now), IPCM_TIMEDOUT, IPCM_REMOVED; IPCM_INTR if
	 * a signal handler ended it: the core goes on, or gives up if the
	 * thread wants that (status.h).
	 */
	enum ipcm_status (*wait)(void *port, enum ipcm_direction direction,
				 int64_t deadline_ns);
	/**
	 * How much is inside, in `unit`s. Optional; without it and without
	 * fileno a thread may not wait on an end beside one that receives.
	 */
	enum ipcm_status (*queued)(void *port, uint64_t *ret_units);
	/**
	 * A descriptor to poll for input (POLLIN) or for space (POLLOUT), or
	 * -1; it shows what wait waits for. With native_eof poll(2) reports
	 * POLLERR or POLLHUP on the one for space when send gives IPCM_BROKEN.
	 * Optional; a pipe without one for input gets one from the core if the
	 * back-end has IPCM_CAP_POLLABLE.
	 */
	int (*fileno)(const void *port, enum ipcm_direction direction);
	/**
	 * Describe the second port of a duplex pipe, opened as portable, so
	 * that a process which did not inherit it can import it. The core sends
	 * the descriptors by SCM_RIGHTS (unix(7)). Optional, both or none:
	 * Listener and Client need them.
	 */
	enum ipcm_status (*export_handle)(const void *port,
					  struct ipcm_port_handle *ret_handle);
	/**
	 * Make a port of a handle; on success the port owns the descriptors.
	 * The handle is not trusted: IPCM_CORRUPT if anything in it is wrong.
	 */
	enum ipcm_status (*import_handle)(
		void *port, const struct ipcm_port_handle *handle,
		struct ipcm_channel_limits *ret_granted);
	/**
	 * send with a descriptor attached, and receive with the one that came
	 * along (-1: none did). A frame with a descriptor is received alone;
	 * receive drops the descriptor. Both may give IPCM_LIMIT, having moved
	 * nothing. Optional, both or none (P-FDS-01).
	 */
	enum ipcm_status (*send_fd)(void *port, const void *frame, size_t bytes,
				    int fd);
	enum ipcm_status (*receive_fd)(void *port, void *buffer, size_t bytes,
				       size_t *ret_bytes, int *ret_fd);
};

/** Where a stored item lies: at most two pieces, at a wrap. */
struct ipcm_store_view {
	const void *piece[2];
	size_t piece_bytes[2];
	/** Position just behind the item. */
	uint32_t next;
	/** For the store's own use, from read to release. */
	uint64_t cookie;
};

/**
 * A mechanism that is memory: items are written at positions the core chooses
 * and are read from there. Positions run free, in units of 16 bytes, modulo
 * 2^32. The core calls write only under the producers' lock and read and
 * release only under the consumers' lock, and publishes a position with the
 * right memory order; the store needs no atomics for its data.
 */
struct ipcm_store_ops {
	size_t state_size;
	/** Make the memory; the state is inherited by fork(). */
	enum ipcm_status (*open)(void *store,
				 const struct ipcm_channel_request *requested,
				 struct ipcm_channel_limits *ret_granted);
	/** As ipcm_port_ops.open_named. Optional. */
	enum ipcm_status (*open_named)(
		void *store, struct ipcm_object_key *key, bool create,
		const struct ipcm_channel_request *requested,
		struct ipcm_channel_limits *ret_granted);
	/** Unmap; the memory goes with its last user. */
	void (*close)(void *store);
	/**
	 * Write an item at `at`. What lies in [head, at) must stay untouched.
	 * @param head oldest position in use
	 * @param items number of items in [head, at)
	 * @param number low bits of the item's number; read checks them
	 * IPCM_OK with the position behind it; IPCM_NOMEM.
	 */
	enum ipcm_status (*write)(void *store, uint32_t head, uint32_t at,
				  uint32_t items, uint32_t number,
				  const void *data, size_t bytes,
				  uint32_t *ret_next);
	/**
	 * Find the item at `at`; [at, tail) is in use.
	 * IPCM_OK, or IPCM_CORRUPT if the memory makes no sense.
	 */
	enum ipcm_status (*read)(void *store, uint32_t at, uint32_t tail,
				 uint32_t number,
				 struct ipcm_store_view *ret_view);
	/**
	 * The item that read found, and all before it, were taken: free what
	 * write allocated elsewhere for them. Called for items whose cookie is
	 * not 0. A second call for the same item must do no harm. Optional.
	 */
	void (*release)(void *store, const struct ipcm_store_view *view);
	/**
	 * Zero-copy. The address at which an item of `bytes` bytes written at
	 * `at` would lie, in one piece; the caller fills it, then calls write
	 * with data NULL, which copies nothing. Parameters and statuses of
	 * write. Optional; if given, read returns one piece.
	 */
	enum ipcm_status (*space)(void *store, uint32_t head, uint32_t at,
				  uint32_t items, size_t bytes,
				  void **ret_space);
	/**
	 * Does the memory that is there have space for such an item now? True
	 * also for an item that never fits, which need not wait. For puts that
	 * wait for space (feeder, SimpleQueue). Optional: NULL means always
	 * true.
	 */
	bool (*can_write)(const void *store, uint32_t head, uint32_t at,
			  uint32_t items, size_t bytes);
	/**
	 * Write several items, each as write would, with data; stop at the
	 * first that is not usual (it needs more memory, for example), which
	 * the core then gives to write. Optional, for speed; so is read_many.
	 * @param at where the first goes; receives the position behind the last
	 * @return how many were written
	 */
	size_t (*write_many)(void *store, uint32_t head, uint32_t *at,
			     uint32_t items, uint32_t number,
			     const struct ipcm_item *from, size_t count);
	/**
	 * Copy several items into the buffer, one behind the other at multiples
	 * of 8 bytes; stop at the first that is not usual, or does not fit,
	 * which the core then asks read for. None of them has a cookie.
	 * @param at where the first lies; receives the position behind the last
	 * @param ret_items receive the copies: address and size
	 * @param max at most so many, all in [at, tail)
	 * @return how many were copied
	 */
	size_t (*read_many)(void *store, uint32_t *at, uint32_t tail,
			    uint32_t number, void *buffer, size_t buffer_bytes,
			    struct ipcm_item *ret_items, size_t max);
};

/** A queue over a port or over a store: exactly one of them is set. */
struct ipcm_queue_ops {
	const struct ipcm_port_ops *port;
	const struct ipcm_store_ops *store;
	/**
	 * How many more channels this process can make within a limit that it
	 * shares with other processes. Optional: NULL if there is no such
	 * limit, the number of open files aside. Tests of a back-end that has
	 * it do not run side by side.
	 */
	uint64_t (*remaining)(void);
};

/** A pipe over a port. */
struct ipcm_pipe_ops {
	const struct ipcm_port_ops *port;
};

/**
 * A mechanism that holds tokens: one for a lock, the permits of a semaphore.
 * Each token is inside the mechanism or with a process that took it.
 */
struct ipcm_token_ops {
	size_t state_size;
	/**
	 * Make it, with `tokens` tokens inside and room for `most`, >= 1.
	 * @param ret_most receives how many it can hold at any time, whatever
	 *        was taken and given before; may be less or more than asked
	 * Leaves nothing on failure. IPCM_LIMIT if not even `tokens` fit.
	 */
	enum ipcm_status (*open)(void *token, uint32_t tokens, uint32_t most,
				 uint32_t *ret_most);
	/** As ipcm_port_ops.open_named, for open. Optional. */
	enum ipcm_status (*open_named)(void *token, struct ipcm_object_key *key,
				       bool create, uint32_t tokens,
				       uint32_t most, uint32_t *ret_most);
	/** Drop this process's use of it. */
	void (*close)(void *token);
	/** Take one out without waiting: IPCM_OK, IPCM_WOULDBLOCK,
	 * IPCM_REMOVED. */
	enum ipcm_status (*take)(void *token);
	/** Put one back: IPCM_OK, IPCM_FULL, IPCM_REMOVED. */
	enum ipcm_status (*give)(void *token);
	/** Wait until one is inside; do not take it. As ipcm_port_ops.wait. */
	enum ipcm_status (*wait)(void *token, int64_t deadline_ns);
	/** How many are inside? Exact while no other call runs. */
	enum ipcm_status (*count)(void *token, uint32_t *ret_tokens);
	/**
	 * A descriptor that is readable while a token is inside; it shows what
	 * wait waits for. The core polls it beside one of its own, by which a
	 * close wakes the threads that wait. Optional, else call is used.
	 */
	int (*fileno)(const void *token);
	/**
	 * End every wait that runs now, in any process, with IPCM_OK, and
	 * change no token: for a close. Optional; without fileno and call a
	 * thread that waits sees a close after a slice (100 ms).
	 */
	void (*call)(void *token);
};

/**
 * A lock (one token) and a semaphore (several) over tokens, or, with token
 * NULL, over a word in shared memory.
 */
struct ipcm_lock_ops {
	const struct ipcm_token_ops *token;
};

/** Capability bits: what a user of the back-end can rely on. */
enum ipcm_capability {
	/** For tests and baselines: never ranked, not checked by default. */
	IPCM_CAP_FAKE = 1u << 0,
	/** ipcm_connection_fileno works. */
	IPCM_CAP_POLLABLE = 1u << 1,
	/** When put returned, try-get succeeds everywhere (Q-GET-08). */
	IPCM_CAP_SYNC_PUT = 1u << 2,
	/** Order holds between producers too (Q-ORD-02). */
	IPCM_CAP_GLOBAL_FIFO = 1u << 3,
	/** Unrelated processes open objects by name (X-NAM-01). */
	IPCM_CAP_NAMED = 1u << 4,
	/** ipcm_queue_reserve and ipcm_queue_peek work. */
	IPCM_CAP_ZERO_COPY = 1u << 5,
	/** Several processes may send on one end of a pipe (P-SND-05). */
	IPCM_CAP_SHARED_END = 1u << 6,
	/** Descriptors travel through a connection (P-FDS-01). */
	IPCM_CAP_SEND_FD = 1u << 7,
	/** Listener and Client (P-LSN-01). */
	IPCM_CAP_LISTENER = 1u << 8,
};

/** What the mechanism does itself ("native") or the library ("emulated"). */
struct ipcm_feature {
	/** For example "queue.blocking"; NULL ends the table. */
	const char *name;
	bool native;
	/** How, in a few words. */
	const char *how;
};

/** A back-end. */
struct ipcm_backend {
	/** IPCM_BACKEND_ABI of the header it was built with. */
	uint32_t abi;
	/** Lower case, digits, underscore; the source file's name. */
	const char *name;
	/** One line for `ipcmark list`. */
	const char *summary;
	/** Bits of enum ipcm_capability. */
	uint32_t capabilities;
	/**
	 * Can it work here and now? If not, write one sentence with the limit
	 * and the command that lifts it. Leaves nothing behind. May be called
	 * at any time. Required.
	 */
	enum ipcm_status (*probe)(char *why, size_t why_bytes);
	/** NULL: not offered, for the reason in `not_offered`. */
	const struct ipcm_queue_ops *queue;
	const struct ipcm_pipe_ops *pipe;
	const struct ipcm_lock_ops *lock;
	/** Why a table is NULL; NULL if none is. */
	const char *not_offered;
	/** Table ended by a NULL name; may be NULL. */
	const struct ipcm_feature *features;
};

/** An entry of the registry: built, or the reason why not. */
struct ipcm_registry_entry {
	const char *name;
	/** NULL if it was not built. */
	const struct ipcm_backend *backend;
	/** Why it was not built; NULL if it was. */
	const char *reason;
};

/**
 * All back-ends known at build time, in their fixed order, the fake ones last.
 * @param ret_count receives how many; not NULL
 * @return static table. No system call, thread safe.
 */
IPCM_API const struct ipcm_registry_entry *ipcm_registry(size_t *ret_count);

/**
 * Look a back-end up by name.
 * @return static descriptor, or NULL: unknown or not built. Thread safe.
 */
IPCM_API const struct ipcm_backend *ipcm_backend_find(const char *name);

/**
 * Does a descriptor have everything that is required?
 * @param why receives one sentence that names the missing part; may be NULL
 * @return IPCM_OK or IPCM_INVALID. Checked in every build type.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_backend_validate(
	const struct ipcm_backend *backend, char *why, size_t why_bytes);

/**
 * Load a back-end from a shared object that exports
 * `const struct ipcm_backend ipcm_backend_plugin`. It stays loaded until the
 * process ends; loading the same file again returns the same descriptor.
 * @param path as for dlopen(3); a bare file name is looked for in ./ too
 * @param why receives one sentence on failure; may be NULL
 * @return IPCM_OK; IPCM_NOTFOUND (no such file, or no such symbol);
 *         IPCM_INVALID (refused by ipcm_backend_validate, or its name is that
 *         of a built-in one)
 * Makes system calls; runs the object's constructors. Thread safe.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_backend_load(
	const char *path, const struct ipcm_backend **ret_backend, char *why,
	size_t why_bytes);

/** What a back-end can do on this machine, now (X-LIM-01). */
struct ipcm_limits {
	/** Items a bounded queue can hold. */
	uint64_t queue_items;
	/** Bytes of the largest item of a queue. */
	uint64_t item_bytes;
	/** Bytes of the largest message of a connection. */
	uint64_t message_bytes;
	/** Highest value of a semaphore. */
	uint64_t semaphore_value;
	/**
	 * Queues that this process can have at a time if no other process makes
	 * any; 0: only memory limits it.
	 */
	uint64_t queues;
	/** Bytes and messages a queue's channel holds by default; 0: no such
	 * figure. What does not fit waits in the overflow buffer. */
	uint64_t channel_bytes;
	uint64_t channel_messages;
	/** Largest message that the mechanism carries in one piece, bytes. */
	uint64_t native_message_bytes;
};

/**
 * Read the limits: of the library, of the system (sysctl), of the process
 * (getrlimit(2)). Makes a queue and frees it again.
 * @return IPCM_OK; IPCM_INVALID; what ipcm_queue_create would return
 * Makes system calls, does not wait. Thread safe.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_backend_limits(
	const struct ipcm_backend *backend, struct ipcm_limits *ret_limits);

/**
 * Remove kernel objects that crashed ipcmark processes of this user, or of the
 * owner that it has set (ipcm_set_owner), left behind (System V ids and message
 * queue names outlive their users). Objects in use and objects of other
 * programs are never touched. Every create does this for its own back-end; call
 * it where nothing may remain (X-LEK-02).
 * @return how many objects were removed
 * Makes system calls, does not wait. Thread safe.
 */
IPCM_API unsigned ipcm_collect(void);

#ifdef __cplusplus
}
#endif

#endif
