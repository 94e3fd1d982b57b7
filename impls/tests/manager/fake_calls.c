/* SPDX-License-Identifier: MIT */
/* See fake_calls.h. Linked with --wrap, so that answers come here. */
#include "fake_calls.h"

#include <stdlib.h>
#include <string.h>

#include "impls/objects/manager/server/server_core.h"
#include "impls/testkit/check.h"

#define ARGUMENTS_BYTES 256

struct shared_object *object;

struct user {
	struct shared_call call; /* first: found by its address */
	int status;
	uint64_t number;
	struct shared_bytes *bytes;
	uint8_t arguments[ARGUMENTS_BYTES];
};

/* Blocks that are allocated: none is left behind. */
static int blocks;
static int blocks_before;

static struct user users[USERS];
static struct shared_process processes[PROCESSES];

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size)
{
	blocks++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	blocks++;
	return __real_calloc(count, size);
}

void __wrap_free(void *block)
{
	blocks -= block != NULL;
	__real_free(block);
}

/* The one place in which a call ends; a second answer is a mistake. */
static void answer(struct shared_call *call, enum ipcm_status status,
		   uint64_t number, struct shared_bytes *bytes)
{
	struct user *user = (struct user *)call;

	CHECK(user->status == PENDING, "a second answer");
	call_undefer(call);
	user->status = (int)status;
	user->number = number;
	user->bytes = bytes;
	shared_bytes_drop(call->item);
	call->item = NULL;
}

void __wrap_call_reply(struct shared_call *call, enum ipcm_status status,
		       uint64_t number);
void __wrap_call_reply_bytes(struct shared_call *call, enum ipcm_status status,
			     uint64_t number, struct shared_bytes *bytes);
void __wrap_call_reply_copy(struct shared_call *call, enum ipcm_status status,
			    uint64_t number, const void *data, size_t size);
void __wrap_call_reply_value(struct shared_call *call,
			     struct shared_bytes *value, uint64_t capacity);

void __wrap_call_reply(struct shared_call *call, enum ipcm_status status,
		       uint64_t number)
{
	answer(call, status, number, NULL);
}

void __wrap_call_reply_bytes(struct shared_call *call, enum ipcm_status status,
			     uint64_t number, struct shared_bytes *bytes)
{
	answer(call, status, number, shared_bytes_use(bytes));
}

void __wrap_call_reply_copy(struct shared_call *call, enum ipcm_status status,
			    uint64_t number, const void *data, size_t size)
{
	answer(call, status, number, shared_bytes_new(data, size));
}

void __wrap_call_reply_value(struct shared_call *call,
			     struct shared_bytes *value, uint64_t capacity)
{
	if (value->size > capacity)
		answer(call, IPCM_TOOSMALL, value->size, NULL);
	else
		answer(call, IPCM_OK, value->size, shared_bytes_use(value));
}

/* As the wire has them: each begins with a uint64_t. */
static void arguments_set(struct shared_call *call, uint8_t *room,
			  const struct fake_argument *arguments, size_t count)
{
	uint8_t *at = room;

	for (size_t i = 0; i < count; i++) {
		memcpy(at, &arguments[i].number, sizeof(uint64_t));
		at += sizeof(uint64_t);
		if (!arguments[i].data)
			continue;
		memcpy(at, arguments[i].data, arguments[i].number);
		at += arguments[i].number;
	}
	call->at = room;
	call->end = at;
}

struct shared_object *fake_create(const struct shared_kind *kind,
				  const struct fake_argument *arguments,
				  size_t count, enum ipcm_status *ret_status)
{
	struct shared_object *made;
	uint8_t room[ARGUMENTS_BYTES];
	struct shared_call call = {0};

	blocks_before = blocks;
	made = calloc(1, kind->object_bytes);
	if (!made)
		abort();
	made->kind = kind;
	arguments_set(&call, room, arguments, count);
	*ret_status = kind->create ? kind->create(made, &call) : IPCM_OK;
	if (!*ret_status)
		return made;
	free(made);
	return NULL;
}

void fake_make(const struct shared_kind *kind)
{
	enum ipcm_status status;

	object = fake_create(kind, NULL, 0, &status);
	CHECK_OK(status);
}

enum ipcm_status fake_make_with(const struct shared_kind *kind, uint64_t number)
{
	const struct fake_argument argument = NUMBER(number);
	enum ipcm_status status;

	object = fake_create(kind, &argument, 1, &status);
	return status;
}

enum ipcm_status fake_agrees(struct shared_object *to,
			     const struct fake_argument *arguments,
			     size_t count)
{
	uint8_t room[ARGUMENTS_BYTES];
	struct shared_call call = {0};

	arguments_set(&call, room, arguments, count);
	return to->kind->agrees(to, &call);
}

void fake_remove(struct shared_object *to)
{
	for (unsigned i = 0; i < USERS; i++) {
		if (users[i].call.list)
			answer(&users[i].call, IPCM_REMOVED, 0, NULL);
	}
	if (to->kind->destroy)
		to->kind->destroy(to);
	free(to);
	fake_reset();
	CHECK(blocks == blocks_before, "%d blocks are left",
	      blocks - blocks_before);
}

static void user_begin(struct user *user, uint32_t op, bool may_wait)
{
	unsigned number = (unsigned)(user - users);

	CHECK(user->status != PENDING, "user %u has a call already", number);
	shared_bytes_drop(user->bytes);
	user->bytes = NULL;
	user->status = PENDING;
	user->call = (struct shared_call){
		.op = op,
		.may_wait = may_wait,
		.process = &processes[number / PROCESS_USERS],
		.thread = 1 + number % PROCESS_USERS,
	};
}

static int serve(struct shared_object *to, struct user *user)
{
	struct shared_call *call = &user->call;

	to->kind->serve(to, call);
	CHECK(call->list || user->status != PENDING, "no answer");
	CHECK(!call->list || call->may_wait || call->op == OP_CONDITION_WAIT,
	      "a try waits");
	return user->status;
}

int fake_call(struct shared_object *to, unsigned user, uint32_t op,
	      bool may_wait, const struct fake_argument *arguments,
	      size_t count)
{
	user_begin(&users[user], op, may_wait);
	arguments_set(&users[user].call, users[user].arguments, arguments,
		      count);
	return serve(to, &users[user]);
}

uint64_t fake_ask(unsigned user, uint32_t op)
{
	EXPECT(ASK(user, op), IPCM_OK);
	return fake_number(user);
}

int fake_call_short(struct shared_object *to, unsigned user, uint32_t op)
{
	user_begin(&users[user], op, false);
	users[user].call.at = users[user].arguments;
	users[user].call.end = users[user].arguments + 3;
	return serve(to, &users[user]);
}

int fake_cancel(struct shared_object *to, unsigned user, enum shared_cancel why)
{
	struct shared_call *call = &users[user].call;

	/* too late: as the server does */
	if (!call->list)
		return users[user].status;
	if (to->kind->cancel)
		to->kind->cancel(to, call, why);
	else
		answer(call, IPCM_WOULDBLOCK, 0, NULL);
	return users[user].status;
}

void fake_gone(struct shared_object *to, unsigned user)
{
	(void)fake_cancel(to, user, CANCEL_GONE);
	CHECK(!users[user].call.list, "a call without a client waits");
	users[user].status = GONE;
}

void fake_process_gone(struct shared_object *to, unsigned process)
{
	for (unsigned i = 0; i < PROCESS_USERS; i++)
		fake_gone(to, process * PROCESS_USERS + i);
	if (to->kind->process_gone)
		to->kind->process_gone(to, &processes[process]);
}

int fake_status(unsigned user)
{
	return users[user].status;
}

uint64_t fake_number(unsigned user)
{
	return users[user].number;
}

const void *fake_bytes(unsigned user, size_t *ret_size)
{
	*ret_size = users[user].bytes ? users[user].bytes->size : 0;
	return users[user].bytes ? users[user].bytes->data : NULL;
}

void fake_reset(void)
{
	for (unsigned i = 0; i < USERS; i++) {
		shared_bytes_drop(users[i].bytes);
		users[i] = (struct user){0};
	}
}
