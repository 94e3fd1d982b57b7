/* SPDX-License-Identifier: MIT */
/*
 * Other processes that take part in a clause: start one, wait for it with a
 * deadline, and watch one blocking call of it from outside.
 *
 * No sleep proves that a call blocks. A call is blocked when the peer said
 * that it is about to call, the kernel says that it sleeps, a grace time
 * passed, and it has not returned (call_check_blocked).
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_PEER_H
#define IPCMARK_CONFORMANCE_HARNESS_PEER_H

#include <signal.h>

#include "check.h"

/** A child process in the clause's process group. */
struct peer {
	/** Its parent's; other processes know it by its id only. */
	struct ipcm_process *process;
	pid_t pid;
};

/** Start a process that runs the function and exits with 0. */
struct peer peer_start(void (*run)(void *argument), void *argument);
/** Wait until it has exited with 0; anything else fails the clause. */
void peer_join(struct peer *peer);
/** The same for several. */
void peers_start(struct peer *peers, int count, void (*run)(void *argument),
		 void *argument);
void peers_join(struct peer *peers, int count);
/**
 * Wait for its end; false if it lives on at the timeout.
 * @param ret_code as ipcm_process_exitcode; may be NULL
 */
bool peer_reap(struct peer *peer, int64_t timeout_ns, int *ret_code);
/** SIGKILL, and reap it. */
void peer_kill(struct peer *peer);
void peer_signal(const struct peer *peer, int signal_number);
/** Wait until its main thread sleeps ('S') or is stopped ('T'). */
void peer_await_state(const struct peer *peer, char state);
/** It is a zombie: it has ended and was not reaped. */
bool peer_has_ended(const struct peer *peer);
/** Does its main thread sleep now? Looks once. */
bool peer_is_asleep(const struct peer *peer);
/** User plus system time of a process so far. */
int64_t peer_cpu_ns(pid_t pid);

/** Wait until a shared word has at least this value. */
void flag_await(_Atomic int *flag, int at_least);
/** flag_await without the failure; false at the timeout. */
bool flag_reaches(_Atomic int *flag, int at_least, int64_t timeout_ns);

/** What a watched call may be. */
enum call_kind {
	CALL_GET,
	CALL_PUT,
	CALL_GET_MANY,
	CALL_PUT_MANY,
	CALL_JOIN,
	CALL_PEEK,	 /**< and release */
	CALL_RESERVE,	 /**< and commit */
	CALL_SIMPLE_GET, /**< no timeout */
	CALL_SIMPLE_PUT, /**< until one blocks; number counts, ready ends it */
	CALL_RECEIVE,
	CALL_RECEIVE_MAX,
	CALL_RECEIVE_INTO,
	CALL_RECEIVE_FD,
	CALL_SEND,
	CALL_SEND_LARGE, /**< in a row of its own: more than a channel holds */
	CALL_SEND_SLICE,
	CALL_SEND_FD,
	CALL_POLL,
	CALL_WAIT, /**< for one end */
	CALL_ACCEPT,
	CALL_CONNECT, /**< with CALL_KEY; the object is a call_address */
	CALL_ACQUIRE,
	CALL_RLOCK,		/**< acquire; the peer ends with it */
	CALL_SEMAPHORE,		/**< acquire */
	CALL_CONDITION,		/**< acquire the lock, wait, release the lock */
	CALL_WAIT_FOR,		/**< the same, until ready is set */
	CALL_CONDITION_ACQUIRE, /**< the peer ends with it */
	CALL_VALUE,		/**< acquire; the peer ends with it */
	CALL_ARRAY,		/**< acquire; the peer ends with it */
	CALL_PROCESS,		/**< join of a child of the caller's own */
	CALL_EVENT,		/**< wait */
	CALL_BARRIER,		/**< wait; number becomes the index */
	/* the same of a manager's objects */
	CALL_SHARED_GET,
	CALL_SHARED_PUT,
	CALL_SHARED_JOIN,
	CALL_SHARED_ACQUIRE, /**< the peer ends with it */
	CALL_SHARED_CONDITION,
	CALL_SHARED_WAIT_FOR,
	CALL_SHARED_EVENT,
	CALL_SHARED_BARRIER,
	CALL_POOL_CREATE, /**< these in the peer's own pool: call_pool.h */
	CALL_POOL_APPLY,
	CALL_POOL_MAP,
	CALL_POOL_STARMAP,
	CALL_POOL_JOIN,
	CALL_POOL_NEXT, /**< of an iterator */
	CALL_ASYNC_WAIT,
	CALL_ASYNC_GET,
	/** Any other one, as a function: call_start_function. */
	CALL_FUNCTION
};

/** Bytes of an item of CALL_SIMPLE_PUT, which is pattern 1. */
enum { CALL_SIMPLE_BYTES = 50000 };

/** The object of CALL_CONNECT. */
struct call_address {
	const struct ipcm_backend *backend;
	const char *address;
};
#define CALL_KEY "the key of a watched connect"

/** One call that a peer makes; in shared memory. */
struct call {
	enum call_kind kind;
	void *object;
	/** What the peer makes for the call; its own memory. */
	void *own;
	/** Of CALL_FUNCTION; gets the object. */
	enum ipcm_status (*function)(void *object);
	/** Its name in messages. */
	const char *name;
	int64_t timeout_ns;
	/** Item to put or send, or what was taken; 8 bytes. */
	uint64_t number;
	/** Length of what to put or send if not 8; it is a pattern then. */
	size_t bytes;
	/** 0 not begun, 1 about to call, 2 returned. */
	_Atomic int phase;
	enum ipcm_status status;
	bool ready;
	int64_t begun_ns, ended_ns;
	struct peer peer;
};

/** A call that was not made yet; call_run makes it, in any thread. */
struct call *call_prepare(enum call_kind kind, void *object, uint64_t number,
			  size_t bytes, int64_t timeout_ns);
void call_run(void *call);
/** Fork a peer that makes the call and exits. object: queue, end, lock ... */
struct call *call_start(enum call_kind kind, void *object, uint64_t number,
			int64_t timeout_ns);
/** call_start for an item of bytes bytes, pattern_fill(number). */
struct call *call_start_large(enum call_kind kind, void *object,
			      uint64_t number, size_t bytes,
			      int64_t timeout_ns);
/**
 * call_start_large with a limit that ends during the clause: the call was seen
 * asleep. The limit is 150 ms, or longer where processes start slowly.
 */
struct call *call_start_impatient(enum call_kind kind, void *object,
				  uint64_t number, size_t bytes);
/** Fork a peer that calls the function once; name is for messages. */
struct call *call_start_function(enum ipcm_status (*function)(void *object),
				 void *object, const char *name);
/** It has begun, sleeps, and has not returned after the grace time. */
void call_check_blocked(struct call *call);
/** It has begun and sleeps. */
void call_await_asleep(struct call *call);
/** It returns with this status, within the hang limit; the peer ends. */
void call_check_returns(struct call *call, enum ipcm_status wanted);
/**
 * Signal it, again and again, until it returns: a handler ends a sleep only if
 * the call sleeps just then. The peer has inherited the handler: one that it
 * sets itself may come too late.
 */
void call_interrupt(struct call *call, int signal_number);
/** Has it returned by now? */
bool call_returned(const struct call *call);
/** For messages: "get", "semaphore acquire" ... */
const char *call_name(const struct call *call);
/** How long the call took. */
int64_t call_duration_ns(const struct call *call);
/** SIGKILL the peer in its call. */
void call_kill(struct call *call);

#endif
