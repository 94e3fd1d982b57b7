/* SPDX-License-Identifier: MIT */
/*
 * The objects of a manager under calls, cancels and deaths in any order, beside
 * a second implementation: arrays of users, and none of the code of the first.
 * After each step every user must have got, or wait for, the same answer.
 *   test_shared_random [SEED [STEPS]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_calls.h"

#define STEPS 60000

/* Users in the order in which they came. */
struct line {
	unsigned user[USERS];
	unsigned count;
};

/* What each user must have got; the rest of a waiting user. */
static int want[USERS];
static uint64_t want_number[USERS];
static bool has_number[USERS];
static uint64_t depth_of[USERS];
static int outcome_of[USERS]; /* GONE: it acquires, and does not return */
static size_t capacity_of[USERS];
static unsigned char item_of[USERS];

static uint32_t seed;

static unsigned below(unsigned limit)
{
	return random_next(&seed) % limit;
}

static void set(unsigned user, int status)
{
	want[user] = status;
	has_number[user] = false;
}

static void set_number(unsigned user, uint64_t number)
{
	want[user] = IPCM_OK;
	want_number[user] = number;
	has_number[user] = true;
}

/* ---- lines ---- */

static void line_add(struct line *line, unsigned user)
{
	line->user[line->count++] = user;
}

static bool line_remove(struct line *line, unsigned user)
{
	unsigned at = 0;

	while (at < line->count && line->user[at] != user)
		at++;
	if (at == line->count)
		return false;
	line->count--;
	memmove(&line->user[at], &line->user[at + 1],
		(line->count - at) * sizeof(line->user[0]));
	return true;
}

static unsigned line_first(struct line *line)
{
	unsigned user = line->user[0];

	(void)line_remove(line, user);
	return user;
}

/* ---- what a kind's model does ---- */

struct model {
	const char *name;
	const struct shared_kind *kind;
	/* Its argument, below this; 0: it has none. */
	unsigned arguments;
	void (*begin)(uint64_t argument);
	/* A random call of this user. */
	void (*call)(unsigned user, bool may_wait);
	void (*cancel)(unsigned user, enum shared_cancel why);
	void (*gone)(unsigned process);
};

static void ask(unsigned user, uint32_t op, bool may_wait)
{
	(void)fake_call(object, user, op, may_wait, NULL, 0);
}

static void ask_number(unsigned user, uint32_t op, bool may_wait,
		       uint64_t number)
{
	(void)fake_call(object, user, op, may_wait, &NUMBER(number), 1);
}

/* ---- lock, rlock, condition ---- */

enum { NOBODY = -1, THE_DEAD = -2, LOST = -3 };

static int holder;
static uint64_t depth;
static bool inconsistent;
static struct line lock_line, notify_line;

static void lock_begin(uint64_t argument)
{
	(void)argument;
	holder = NOBODY;
	depth = 0;
	inconsistent = false;
	lock_line.count = notify_line.count = 0;
}

static void lock_give(unsigned user)
{
	int outcome = outcome_of[user] == GONE ? IPCM_OK : outcome_of[user];

	inconsistent |= holder == THE_DEAD;
	set(user, holder == THE_DEAD ? IPCM_OWNERDEAD : outcome);
	holder = (int)user;
	depth = depth_of[user];
}

/* The holder has gone, in one way or another. */
static void lock_next(int left)
{
	holder = left;
	depth = 0;
	if (left == LOST) {
		while (lock_line.count)
			set(line_first(&lock_line), IPCM_NOTRECOVERABLE);
		while (notify_line.count)
			set(line_first(&notify_line), IPCM_NOTRECOVERABLE);
	} else if (lock_line.count) {
		lock_give(line_first(&lock_line));
	}
}

static void lock_want(unsigned user, uint64_t to_depth, int outcome,
		      bool may_wait)
{
	depth_of[user] = to_depth;
	outcome_of[user] = outcome;
	if (holder == LOST)
		set(user, IPCM_NOTRECOVERABLE);
	else if (holder < 0)
		lock_give(user);
	else if (!may_wait)
		set(user, IPCM_WOULDBLOCK);
	else
		line_add(&lock_line, user);
}

static void model_acquire(unsigned user, bool recursive, bool may_wait)
{
	if (recursive && holder == (int)user) {
		depth++;
		set(user, IPCM_OK);
	} else {
		lock_want(user, 1, GONE, may_wait);
	}
}

static void model_release(unsigned user, bool recursive)
{
	if (recursive && holder != (int)user) {
		set(user, IPCM_NOTOWNER);
	} else if (holder == NOBODY || holder == LOST) {
		set(user, IPCM_INVALID);
	} else {
		set(user, IPCM_OK);
		if (depth > 1)
			depth--;
		else
			lock_next(inconsistent ? LOST : NOBODY);
	}
}

static void model_recover(unsigned user)
{
	if (!inconsistent || holder == LOST)
		set(user, IPCM_INVALID);
	else if (holder != (int)user)
		set(user, IPCM_NOTOWNER);
	else
		set(user, IPCM_OK);
	if (want[user] == IPCM_OK)
		inconsistent = false;
}

static void lock_call(unsigned user, bool may_wait)
{
	bool recursive = object->kind != &shared_lock;

	switch (below(recursive ? 8 : 7)) {
	case 0:
	case 1:
	case 2:
		ask(user, OP_LOCK_ACQUIRE, may_wait);
		model_acquire(user, recursive, may_wait);
		break;
	case 3:
	case 4:
		/* the holder's more often */
		if (holder >= 0 && want[holder] != PENDING)
			user = (unsigned)holder;
		ask(user, OP_LOCK_RELEASE, may_wait);
		model_release(user, recursive);
		break;
	case 5:
		if (holder >= 0 && want[holder] != PENDING)
			user = (unsigned)holder;
		ask(user, OP_LOCK_RECOVER, may_wait);
		model_recover(user);
		break;
	case 6:
		ask(user, OP_LOCK_LOCKED, may_wait);
		set_number(user, holder >= 0 || holder == THE_DEAD);
		break;
	default:
		ask(user, OP_LOCK_DEPTH, may_wait);
		set_number(user, holder == (int)user ? depth : 0);
	}
}

static void lock_cancel(unsigned user, enum shared_cancel why)
{
	(void)why;
	(void)line_remove(&lock_line, user);
	set(user, IPCM_WOULDBLOCK);
}

static void lock_gone(unsigned process)
{
	if (holder >= 0 && holder / PROCESS_USERS == (int)process)
		lock_next(THE_DEAD);
}

static void model_wait(unsigned user, bool may_wait)
{
	uint64_t had = depth;

	if (holder != (int)user) {
		set(user, IPCM_NOTOWNER);
		return;
	}
	if (may_wait) {
		depth_of[user] = had;
		line_add(&notify_line, user);
	}
	lock_next(inconsistent ? LOST : NOBODY);
	if (!may_wait)
		lock_want(user, had, IPCM_WOULDBLOCK, true);
}

static void model_notify(unsigned count)
{
	for (; count && notify_line.count; count--) {
		unsigned first = line_first(&notify_line);

		lock_want(first, depth_of[first], IPCM_OK, true);
	}
}

static void condition_call(unsigned user, bool may_wait)
{
	unsigned count = below(4);

	if (below(2)) {
		lock_call(user, may_wait);
		return;
	}
	if (holder >= 0 && want[holder] != PENDING && below(8))
		user = (unsigned)holder;
	if (below(2)) {
		want[user] = PENDING;
		ask(user, OP_CONDITION_WAIT, may_wait);
		model_wait(user, may_wait);
	} else if (below(3)) {
		ask_number(user, OP_CONDITION_NOTIFY, may_wait, count);
		set(user, holder == (int)user ? IPCM_OK : IPCM_NOTOWNER);
		if (holder == (int)user)
			model_notify(count);
	} else {
		ask(user, OP_CONDITION_WAITERS, may_wait);
		set_number(user, notify_line.count);
	}
}

static void condition_cancel(unsigned user, enum shared_cancel why)
{
	bool returns;

	if (line_remove(&notify_line, user)) {
		if (why == CANCEL_GONE)
			set(user, IPCM_WOULDBLOCK);
		else
			lock_want(user, depth_of[user], IPCM_WOULDBLOCK, true);
		return;
	}
	returns = outcome_of[user] != GONE;
	if (returns && why != CANCEL_GONE)
		return;
	lock_cancel(user, why);
	if (returns && outcome_of[user] == IPCM_OK)
		model_notify(1);
}

/* ---- semaphores ---- */

static uint64_t permits, most;

static void semaphore_begin(uint64_t argument)
{
	permits = argument;
	most = object->kind == &shared_semaphore ? UINT64_MAX : argument;
	lock_line.count = 0;
}

static void semaphore_call(unsigned user, bool may_wait)
{
	bool take = below(2);

	ask(user, take ? OP_LOCK_ACQUIRE : OP_LOCK_RELEASE, may_wait);
	if (!take) {
		set(user, permits == most ? IPCM_INVALID : IPCM_OK);
		if (lock_line.count && permits != most)
			set(line_first(&lock_line), IPCM_OK);
		else
			permits += permits != most;
	} else if (permits) {
		permits--;
		set(user, IPCM_OK);
	} else if (may_wait) {
		line_add(&lock_line, user);
	} else {
		set(user, IPCM_WOULDBLOCK);
	}
	if (want[user] == PENDING)
		return;
	ask(user, OP_LOCK_VALUE, may_wait);
	set_number(user, permits);
}

/* ---- event ---- */

static bool event_set;

static void event_begin(uint64_t argument)
{
	event_set = argument; /* none: 0 */
	lock_line.count = 0;
}

static void event_call(unsigned user, bool may_wait)
{
	static const uint32_t ops[] = {OP_EVENT_WAIT, OP_EVENT_WAIT,
				       OP_EVENT_SET, OP_EVENT_CLEAR,
				       OP_EVENT_IS_SET};
	uint32_t op = ops[below(5)];

	ask(user, op, may_wait);
	if (op == OP_EVENT_SET || op == OP_EVENT_CLEAR)
		event_set = op == OP_EVENT_SET;
	while (event_set && lock_line.count)
		set(line_first(&lock_line), IPCM_OK);
	if (op == OP_EVENT_IS_SET)
		set_number(user, event_set);
	else if (op != OP_EVENT_WAIT || event_set)
		set(user, IPCM_OK);
	else if (may_wait)
		line_add(&lock_line, user);
	else
		set(user, IPCM_WOULDBLOCK);
}

/* ---- barrier ---- */

static uint64_t parties;
static bool broken;

static void barrier_begin(uint64_t argument)
{
	parties = argument;
	broken = false;
	lock_line.count = 0;
}

static void model_break(void)
{
	while (lock_line.count)
		set(line_first(&lock_line), IPCM_BROKEN);
}

static void barrier_call(unsigned user, bool may_wait)
{
	static const uint32_t ops[] = {OP_BARRIER_WAIT,	 OP_BARRIER_WAIT,
				       OP_BARRIER_WAIT,	 OP_BARRIER_WAIT,
				       OP_BARRIER_RESET, OP_BARRIER_ABORT};
	uint32_t op = ops[below(6)];
	uint64_t index = 0;

	ask(user, op, may_wait);
	if (op != OP_BARRIER_WAIT) {
		model_break();
		broken = op == OP_BARRIER_ABORT;
		set(user, IPCM_OK);
	} else if (broken) {
		set(user, IPCM_BROKEN);
	} else if (lock_line.count + 1 == parties) {
		while (lock_line.count)
			set_number(line_first(&lock_line), index++);
		set_number(user, index);
	} else if (may_wait) {
		line_add(&lock_line, user);
	} else {
		broken = true;
		model_break();
		set(user, IPCM_BROKEN);
	}
}

static void barrier_cancel(unsigned user, enum shared_cancel why)
{
	if (why == CANCEL_TIME) {
		broken = true;
		model_break();
	} else {
		lock_cancel(user, why);
	}
}

/* ---- queue ---- */

/* An item is so many bytes, each of that number. */
static unsigned char items[64];
static unsigned item_count, item_limit, unfinished;
static struct line get_line, put_line, join_line;

static void queue_begin(uint64_t argument)
{
	item_limit = argument ? (unsigned)argument : sizeof(items);
	item_count = unfinished = 0;
	get_line.count = put_line.count = join_line.count = 0;
}

static void model_append(unsigned char item)
{
	items[item_count++] = item;
	unfinished++;
}

/* All that can go on, goes on: the rules, not the steps. */
static void model_settle(void)
{
	while (get_line.count && item_count) {
		unsigned user = get_line.user[0];
		unsigned char item = items[0];

		(void)line_first(&get_line);
		if (item > capacity_of[user]) {
			set(user, IPCM_TOOSMALL);
			want_number[user] = item;
			has_number[user] = true;
			continue;
		}
		set(user, IPCM_OK);
		item_of[user] = item;
		memmove(items, items + 1, --item_count);
	}
	while (put_line.count && item_count < item_limit) {
		unsigned user = line_first(&put_line);

		model_append(item_of[user]);
		set(user, IPCM_OK);
	}
	while (join_line.count && !unfinished)
		set(line_first(&join_line), IPCM_OK);
}

/* What does not wait fails if it is still in line. */
static void model_try(struct line *line, unsigned user, bool may_wait)
{
	line_add(line, user);
	model_settle();
	if (!may_wait && line_remove(line, user))
		set(user, IPCM_WOULDBLOCK);
}

static void queue_put(unsigned user, bool may_wait)
{
	unsigned char item = (unsigned char)below(6);
	const unsigned char bytes[6] = {item, item, item, item, item, item};

	if (item_count == sizeof(items))
		return;
	item_of[user] = item;
	(void)fake_call(object, user, OP_QUEUE_PUT, may_wait,
			&BYTES(bytes, item), 1);
	model_try(&put_line, user, may_wait);
	model_settle();
}

static void queue_get(unsigned user, bool may_wait)
{
	capacity_of[user] = below(8) ? 6 : below(6);
	ask_number(user, OP_QUEUE_GET, may_wait, capacity_of[user]);
	model_try(&get_line, user, may_wait);
	model_settle();
	if (fake_status(user) == IPCM_OK && want[user] == IPCM_OK) {
		size_t size;
		const unsigned char *bytes = fake_bytes(user, &size);

		CHECK(size == item_of[user] && (!size || *bytes == size),
		      "an item of %d bytes, not %d", (int)size, item_of[user]);
	}
}

static void queue_call(unsigned user, bool may_wait)
{
	switch (below(9)) {
	case 0:
	case 1:
	case 2:
		queue_put(user, may_wait);
		break;
	case 3:
	case 4:
	case 5:
		queue_get(user, may_wait);
		break;
	case 6:
		ask(user, OP_QUEUE_JOIN, may_wait);
		model_try(&join_line, user, may_wait);
		break;
	case 7:
		ask(user, OP_QUEUE_TASK_DONE, may_wait);
		set(user, unfinished ? IPCM_OK : IPCM_INVALID);
		unfinished -= unfinished != 0;
		model_settle();
		break;
	default:
		ask(user, OP_QUEUE_SIZE, may_wait);
		set_number(user, item_count);
	}
}

static void queue_cancel(unsigned user, enum shared_cancel why)
{
	(void)line_remove(&get_line, user);
	(void)line_remove(&put_line, user);
	(void)line_remove(&join_line, user);
	lock_cancel(user, why);
}

/* ---- the run ---- */

static const struct model models[] = {
	{"lock", &shared_lock, 0, lock_begin, lock_call, lock_cancel,
	 lock_gone},
	{"rlock", &shared_rlock, 0, lock_begin, lock_call, lock_cancel,
	 lock_gone},
	{"condition", &shared_condition, 0, lock_begin, condition_call,
	 condition_cancel, lock_gone},
	{"semaphore", &shared_semaphore, 4, semaphore_begin, semaphore_call,
	 lock_cancel, NULL},
	{"bounded semaphore", &shared_bounded_semaphore, 4, semaphore_begin,
	 semaphore_call, lock_cancel, NULL},
	{"event", &shared_event, 0, event_begin, event_call, lock_cancel, NULL},
	{"barrier", &shared_barrier, 5, barrier_begin, barrier_call,
	 barrier_cancel, NULL},
	{"queue", &shared_queue, 4, queue_begin, queue_call, queue_cancel,
	 NULL},
};

static void begin(const struct model *model)
{
	uint64_t argument = 0;
	enum ipcm_status status;

	if (model->arguments)
		argument = model->kind == &shared_barrier
				   ? 1 + below(model->arguments)
				   : below(model->arguments);
	object = fake_create(model->kind, &NUMBER(argument),
			     model->arguments ? 1 : 0, &status);
	CHECK_OK(status);
	for (unsigned user = 0; user < USERS; user++)
		set(user, IPCM_OK);
	model->begin(argument);
}

static void kill_process(const struct model *model, unsigned process)
{
	unsigned first = process * PROCESS_USERS;

	fake_process_gone(object, process);
	for (unsigned user = first; user < first + PROCESS_USERS; user++) {
		if (want[user] == PENDING)
			model->cancel(user, CANCEL_GONE);
		set(user, GONE);
	}
	if (model->gone)
		model->gone(process);
}

static void step(const struct model *model)
{
	enum shared_cancel why = below(2) ? CANCEL_TIME : CANCEL_STOPPED;
	unsigned user = below(USERS);

	if (!below(40)) {
		kill_process(model, below(PROCESSES));
	} else if (want[user] != PENDING) {
		int before = want[user];

		want[user] = PENDING;
		model->call(user, below(4));
		/* another user's call was made in its place */
		if (want[user] == PENDING && fake_status(user) == before)
			want[user] = before;
	} else if (!below(3)) {
		(void)fake_cancel(object, user, why);
		model->cancel(user, why);
	}
}

static bool agree(const struct model *model, unsigned at)
{
	bool same = true;

	for (unsigned user = 0; user < USERS; user++) {
		same &= CHECK(fake_status(user) == want[user],
			      "%s, step %u: user %u has %d, not %d",
			      model->name, at, user, fake_status(user),
			      want[user]);
		if (has_number[user] && want[user] >= 0)
			same &= CHECK(fake_number(user) == want_number[user],
				      "%s, step %u: user %u: %d, not %d",
				      model->name, at, user,
				      (int)fake_number(user),
				      (int)want_number[user]);
	}
	return same;
}

/* A new object now and then: some states are for ever. */
static void run(const struct model *model, unsigned steps)
{
	begin(model);
	for (unsigned at = 0; at < steps; at++) {
		if (!below(300)) {
			fake_remove(object);
			begin(model);
		}
		step(model);
		if (!agree(model, at))
			break;
	}
	fake_remove(object);
}

int main(int argc, char **argv)
{
	unsigned long first = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	unsigned long steps = argc > 2 ? strtoul(argv[2], NULL, 0) : STEPS;

	check_subject("server", "random");
	for (unsigned i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		seed = (uint32_t)first;
		run(&models[i], (unsigned)steps);
	}
	if (check_failures())
		(void)fprintf(stderr, "seed %lu\n", first);
	return check_failures() ? 1 : 0;
}
