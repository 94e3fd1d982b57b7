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
 *   lock   a token (the mechanism holds one token), or a word in memory
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
 * - EINTR is handled inside; descriptors are close-on-exec; no signal reaches
 *   the application (SIGPIPE);
 * - non-blocking mode is set at creation and never toggled (G-OFD-01).
 */
#ifndef IPCMARK_BACKEND_H
#define IPCMARK_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the structures below; tables only grow at the end. */
#define IPCM_BACKEND_ABI 1u

/** Room the core would like to have; the back-end gives what it can. */
struct ipcm_channel_request {
	/** Items to hold, > 0; IPCM_QUEUE_MAX_ITEMS when unlimited. */
	uint64_t items;
	/** Bytes of a usual item with the core's frame header, > 0. */
	size_t item_bytes;
};

/** What the mechanism really gave. */
struct ipcm_channel_limits {
	/** Largest frame one send takes whole, in bytes, >= 128. */
	size_t frame_bytes;
	/** Most bytes one receive can ever return; sizes its buffer. */
	size_t receive_bytes;
	/** Capacity in bytes; 0 if the mechanism has no such figure. */
	uint64_t channel_bytes;
	/** Capacity in frames; 0 if the mechanism counts bytes. */
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
	 * supplies it.
	 */
	bool native_eof;

	/**
	 * Make a channel whose frames come out where they went in: any process
	 * that inherits the port sends and receives. Queue only; NULL if the
	 * back-end has no queue. Leaves nothing behind on failure.
	 * May return IPCM_LIMIT, IPCM_NOMEM, IPCM_PERM.
	 */
	enum ipcm_status (*open_queue)(void *port,
				       const struct ipcm_channel_request *want,
				       struct ipcm_channel_limits *ret_got);
	/**
	 * Make two connected ports. duplex: each sends to the other; else only
	 * second sends, to first. Pipe only; NULL if the back-end has none.
	 */
	enum ipcm_status (*open_pipe)(void *first, void *second, bool duplex,
				      const struct ipcm_channel_request *want,
				      struct ipcm_channel_limits *ret_got);
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
	 * supplies the waiting (futex).
	 * @param deadline_ns CLOCK_MONOTONIC; IPCM_FOREVER waits without limit
	 * IPCM_OK (try again now), IPCM_TIMEDOUT, IPCM_REMOVED.
	 */
	enum ipcm_status (*wait)(void *port, enum ipcm_direction direction,
				 int64_t deadline_ns);
	/** How much is inside, in `unit`s. Optional. */
	enum ipcm_status (*queued)(void *port, uint64_t *ret_units);
	/** A descriptor to poll for input, or -1. Optional. */
	int (*fileno)(const void *port);
};

/** Where a stored item lies: at most two pieces, at a wrap. */
struct ipcm_store_view {
	const void *piece[2];
	size_t piece_bytes[2];
	/** Position just behind the item. */
	uint32_t next;
	/** For the store's own use, from fetch to drop. */
	uint64_t cookie;
};

/**
 * A mechanism that is memory: items are placed at positions the core chooses
 * and are fetched from there. Positions run free, in units of 16 bytes, modulo
 * 2^32. The core calls place only under the producers' lock and fetch/drop
 * only under the consumers' lock, and publishes a position with the right
 * memory order; the store needs no atomics for its data.
 */
struct ipcm_store_ops {
	size_t state_size;
	/** Make the memory; the state is inherited by fork(). */
	enum ipcm_status (*open)(void *store,
				 const struct ipcm_channel_request *want,
				 struct ipcm_channel_limits *ret_got);
	/** Unmap; the memory goes with its last user. */
	void (*close)(void *store);
	/**
	 * Write an item at `at`. What lies in [head, at) must stay untouched.
	 * @param head oldest position in use
	 * @param items number of items in [head, at)
	 * @param number low bits of the item's number; fetch checks them
	 * IPCM_OK with the position behind it; IPCM_NOMEM.
	 */
	enum ipcm_status (*place)(void *store, uint32_t head, uint32_t at,
				  uint32_t items, uint32_t number,
				  const void *data, size_t bytes,
				  uint32_t *ret_next);
	/**
	 * Find the item at `at`; [at, tail) is in use.
	 * IPCM_OK, or IPCM_CORRUPT if the memory makes no sense.
	 */
	enum ipcm_status (*fetch)(void *store, uint32_t at, uint32_t tail,
				  uint32_t number,
				  struct ipcm_store_view *ret_view);
	/**
	 * The item that fetch found, and all before it, were taken: give back
	 * what place took elsewhere for them. Called for items whose cookie is
	 * not 0. Must be harmless if done twice. Optional.
	 */
	void (*drop)(void *store, const struct ipcm_store_view *view);
};

/** A queue over a port or over a store: exactly one of them is set. */
struct ipcm_queue_ops {
	const struct ipcm_port_ops *port;
	const struct ipcm_store_ops *store;
};

/** A pipe over a port. */
struct ipcm_pipe_ops {
	const struct ipcm_port_ops *port;
};

/** A mechanism that holds one token; it is in there, or somebody has it. */
struct ipcm_token_ops {
	size_t state_size;
	/** Make it, with the token inside. Leaves nothing on failure. */
	enum ipcm_status (*open)(void *token);
	/** Drop this process's use of it. */
	void (*close)(void *token);
	/** Take the token out now: IPCM_OK, IPCM_WOULDBLOCK, IPCM_REMOVED. */
	enum ipcm_status (*take)(void *token);
	/** Put the token back: IPCM_OK, IPCM_REMOVED. */
	enum ipcm_status (*give)(void *token);
	/** Wait until it is inside; do not take it. As ipcm_port_ops.wait. */
	enum ipcm_status (*wait)(void *token, int64_t deadline_ns);
	/** Is it inside? For repair after a death. */
	enum ipcm_status (*present)(void *token, bool *ret_present);
};

/** A lock over a token, or, with token NULL, a word in shared memory. */
struct ipcm_lock_ops {
	const struct ipcm_token_ops *token;
};

/** Capability bits: what a user of the back-end can rely on. */
enum ipcm_capability {
	/** For tests and floors only: never ranked, not checked by default. */
	IPCM_CAP_FAKE = 1u << 0,
	/** ipcm_connection_fileno works. */
	IPCM_CAP_POLLABLE = 1u << 1,
	/** When put returned, try-get succeeds everywhere (Q-GET-08). */
	IPCM_CAP_SYNC_PUT = 1u << 2,
	/** Order holds between producers too (Q-ORD-02). */
	IPCM_CAP_GLOBAL_FIFO = 1u << 3,
};

/** Who does what: the mechanism itself ("native") or the library. */
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
 * Remove kernel objects that crashed ipcmark processes of this user left
 * behind (System V ids and message queue names live on without users). Objects
 * in use and foreign objects are never touched. Every create does this for
 * its own back-end; call it where nothing may remain (X-LEK-02).
 * @return how many objects were removed
 * Makes system calls, does not wait. Thread safe.
 */
IPCM_API unsigned ipcm_collect(void);

#ifdef __cplusplus
}
#endif

#endif
