/* SPDX-License-Identifier: MIT */
/*
 * A manager's server without connections: the tests call an object as clients
 * would, and see what it answers and when. A user is a thread of a client
 * process, with one call at a time; PROCESS_USERS users are one process.
 */
#ifndef IPCMARK_IMPLS_TESTS_MANAGER_FAKE_CALLS_H
#define IPCMARK_IMPLS_TESTS_MANAGER_FAKE_CALLS_H

#include "impls/objects/manager/kinds/shared_kinds.h"
#include "impls/testkit/check.h"

#define USERS	      12
#define PROCESS_USERS 2
#define PROCESSES     (USERS / PROCESS_USERS)

/** What a user's last call got, beside a status. */
enum {
	/** It waits. */
	PENDING = -1,
	/** The connection was gone. */
	GONE = -2,
};

/** Users 0 and 1 are one process, 2 and 3 the next. */
enum { A, A2, B, B2, C, C2, D };
enum { PROCESS_A, PROCESS_B, PROCESS_C };

/** Of the test: made by fake_make, or by itself with fake_create. */
extern struct shared_object *object;

/** Calls without arguments, to that object. */
#define ASK(user, op)	  fake_call(object, (user), (op), true, NULL, 0)
#define TRY(user, op)	  fake_call(object, (user), (op), false, NULL, 0)
#define EXPECT(got, want) CHECK((got) == (int)(want), "%d", (int)(got))

/** An argument: a number, or bytes if data is not NULL. */
struct fake_argument {
	uint64_t number;
	const void *data;
};
#define NUMBER(value)	   ((struct fake_argument){.number = (value)})
#define BYTES(text, bytes) ((struct fake_argument){(bytes), (text)})

/** Zeroed memory with its kind; NULL: create refused with *ret_status. */
struct shared_object *fake_create(const struct shared_kind *kind,
				  const struct fake_argument *arguments,
				  size_t count, enum ipcm_status *ret_status);
/** `object`, made without arguments; must work. */
void fake_make(const struct shared_kind *kind);
/** `object`, made with a number; what create says. */
enum ipcm_status fake_make_with(const struct shared_kind *kind,
				uint64_t number);
/** A second open. */
enum ipcm_status fake_agrees(struct shared_object *to,
			     const struct fake_argument *arguments,
			     size_t count);
/** All calls that wait get IPCM_REMOVED; then it is freed, with all it had. */
void fake_remove(struct shared_object *to);

/** Call: a status, or PENDING. arguments: count of them. */
int fake_call(struct shared_object *to, unsigned user, uint32_t op,
	      bool may_wait, const struct fake_argument *arguments,
	      size_t count);
/** A call to `object` that must work: the number it gives. */
uint64_t fake_ask(unsigned user, uint32_t op);
/** With three bytes, which are no argument. */
int fake_call_short(struct shared_object *to, unsigned user, uint32_t op);
/** The user's call gives up: its answer, or PENDING if it comes later. */
int fake_cancel(struct shared_object *to, unsigned user,
		enum shared_cancel why);
/** A user's connection is gone, and a process, which is all of its users. */
void fake_gone(struct shared_object *to, unsigned user);
void fake_process_gone(struct shared_object *to, unsigned process);

/** Status, PENDING or GONE of the user's last call; its number and bytes. */
int fake_status(unsigned user);
uint64_t fake_number(unsigned user);
const void *fake_bytes(unsigned user, size_t *ret_size);
/** Forget all answers and who is gone. */
void fake_reset(void);

#endif
