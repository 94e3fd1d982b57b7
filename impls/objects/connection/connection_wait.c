/* SPDX-License-Identifier: MIT */
/*
 * Waiting for the channel, and for the end of it.
 *
 * Where the port can wait, it does. Else the bell of the direction: the waiter
 * sets bit 0, tries once more, sleeps on the word; whoever moved a frame looks
 * at the bit, and if it is set clears it, counts the word up and wakes. Each
 * side writes, fences, then reads what the other writes, so at least one of
 * them sees the other: the waiter's second try the frame, or the mover the
 * bit. While nobody sleeps the word is only read and its line stays in both
 * caches.
 *
 * The doorbell is the same for those who poll a descriptor: they ask, look once
 * more, poll; the sender looks whether somebody asked, in the same cache line.
 *
 * Where the port has no end of file, the lifeline is the truth. Asking it is a
 * system call, so it is asked when there is a reason: a copy was closed
 * (closings), a slice passed in silence, a try form is about to say "empty",
 * or frames go out and nobody takes any.
 */
#include <limits.h>
#include <sys/socket.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "impls/core/sync/poll.h"
#include "connection_internal.h"

#define WAKEUP_SLEEPER UINT32_C(1)
#define WAKEUP_STEP    UINT32_C(2)
#define POLLED_ASKED   UINT32_C(1)

/*
 * A program that tries in a tight loop pays for the lifeline at its first
 * tries, and then at every 64th.
 */
#define EMPTY_TRIES_ASKED 16u
#define ASK_EVERY	  64u

int connection_port_fd(const struct ipcm_connection *end)
{
	return end->port->fileno ? end->port->fileno(end->state) : -1;
}

static struct connection_direction *outgoing(struct ipcm_connection *end)
{
	return &end->map->shared->direction[end->index];
}

static struct connection_direction *incoming(struct ipcm_connection *end)
{
	return &end->map->shared->direction[1 - end->index];
}

static void wakeup_wake(struct connection_wakeup *wakeup, uint32_t seen)
{
	uint32_t next;

	do {
		next = (seen + WAKEUP_STEP) & ~WAKEUP_SLEEPER;
	} while (!atomic_compare_exchange_weak_explicit(
		&wakeup->word, &seen, next, memory_order_relaxed,
		memory_order_relaxed));
	if (seen & WAKEUP_SLEEPER)
		futex_wake(&wakeup->word, INT_MAX);
}

/*
 * Ring the doorbell, then say so: killed in between, it only rings twice. A
 * full socket rings already, and a peer that is gone needs no bell.
 */
static void doorbell_ring(struct ipcm_connection *end, uint32_t polled)
{
	_Atomic uint32_t *word = &outgoing(end)->sent.polled;

	(void)send(end->life, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* fails if the receiver asked anew meanwhile: the next one rings */
	(void)atomic_compare_exchange_strong_explicit(word, &polled, polled + 1,
						      memory_order_relaxed,
						      memory_order_relaxed);
}

/*
 * Odd numbers ask; each asking has its own, so that a sender that was stopped
 * for long cannot take back a question that came after it rang.
 */
void connection_doorbell_arm(struct ipcm_connection *end, bool rung)
{
	_Atomic uint32_t *word = &incoming(end)->sent.polled;
	uint32_t seen = atomic_load_explicit(word, memory_order_relaxed);
	char bytes[64];

	if (!(seen & POLLED_ASKED) || rung) {
		while (recv(end->life, bytes, sizeof(bytes), MSG_DONTWAIT) ==
		       (ssize_t)sizeof(bytes))
			;
		while (!atomic_compare_exchange_weak_explicit(
			word, &seen, (seen + 1) | POLLED_ASKED,
			memory_order_relaxed, memory_order_relaxed))
			;
	}
	/* the question before, the next look behind; pairs with wakeup_ring */
	atomic_thread_fence(memory_order_seq_cst);
}

static void wakeup_ring(struct connection_wakeup *wakeup)
{
	uint32_t seen;

	/* the frame before, the bit behind; pairs with the one in wakeup_arm */
	atomic_thread_fence(memory_order_seq_cst);
	seen = atomic_load_explicit(&wakeup->word, memory_order_relaxed);
	if (__builtin_expect(seen & WAKEUP_SLEEPER, 0))
		wakeup_wake(wakeup, seen);
}

/* @return the word to sleep on, once another try found nothing */
static uint32_t wakeup_arm(_Atomic uint32_t *word)
{
	uint32_t seen = atomic_fetch_or_explicit(word, WAKEUP_SLEEPER,
						 memory_order_relaxed);

	/* the bit before, the next try behind; pairs with wakeup_ring */
	atomic_thread_fence(memory_order_seq_cst);
	return seen | WAKEUP_SLEEPER;
}

void connection_sent(struct ipcm_connection *end)
{
	struct connection_wakeup *wakeup;
	uint32_t seen, polled;

	if (!end->map || (end->port->wait && !end->doorbell))
		return;
	wakeup = &outgoing(end)->sent;
	/* as in wakeup_ring; both words lie in one line */
	atomic_thread_fence(memory_order_seq_cst);
	seen = atomic_load_explicit(&wakeup->word, memory_order_relaxed);
	polled = atomic_load_explicit(&wakeup->polled, memory_order_relaxed);
	if (__builtin_expect(seen & WAKEUP_SLEEPER, 0))
		wakeup_wake(wakeup, seen);
	if (__builtin_expect(polled & POLLED_ASKED, 0))
		doorbell_ring(end, polled);
}

void connection_took(struct ipcm_connection *end)
{
	_Atomic uint32_t *takes;

	if (!end->map)
		return;
	/* a store: one process at a time takes out of a direction */
	takes = &incoming(end)->takes;
	atomic_store_explicit(
		takes, atomic_load_explicit(takes, memory_order_relaxed) + 1,
		memory_order_relaxed);
	if (!end->port->wait)
		wakeup_ring(&incoming(end)->taken);
}

void connection_left(struct ipcm_connection *end)
{
	/* release: whoever sees the hint finds the lifeline already cut */
	(void)atomic_fetch_add_explicit(&end->map->shared->closings[end->index],
					1, memory_order_release);
	wakeup_ring(&outgoing(end)->sent);
	wakeup_ring(&incoming(end)->taken);
}

static bool peer_death_seen(struct ipcm_connection *end)
{
	if (!end->peer_gone && end->life >= 0)
		/* no events asked for: only a hang-up counts */
		end->peer_gone = poll_one(end->life, 0, 0) == IPCM_OK;
	return end->peer_gone;
}

/* Was a copy of the other end closed since we last looked? */
static bool closing_hinted(struct ipcm_connection *end)
{
	/* acquire: pairs with connection_left */
	uint32_t now = atomic_load_explicit(
		&end->map->shared->closings[1 - end->index],
		memory_order_acquire);

	if (now == end->closings_seen)
		return false;
	end->closings_seen = now;
	return true;
}

/*
 * Frames that the peer takes prove that it was there. Without that proof ask
 * at the 1st, 2nd, 4th ... and every 64th frame: a send to a peer that left
 * without a word fails at the latest at the second call (P-SND-04), and one
 * to a slow peer costs nothing to speak of.
 */
static bool unanswered_long(struct ipcm_connection *end)
{
	uint32_t takes = atomic_load_explicit(&outgoing(end)->takes,
					      memory_order_relaxed);
	unsigned count;

	if (takes != end->takes_seen) {
		end->takes_seen = takes;
		end->unanswered = 0;
		return false;
	}
	count = ++end->unanswered;
	return !(count & (count - 1)) || count % ASK_EVERY == 0;
}

bool connection_send_broken(struct ipcm_connection *end, bool sure)
{
	if (end->port->native_eof)
		return false;
	if (end->peer_gone)
		return true;
	if (closing_hinted(end) || sure || unanswered_long(end))
		return peer_death_seen(end);
	return false;
}

bool connection_recv_ended(struct ipcm_connection *end, bool sure)
{
	if (end->port->native_eof)
		return false;
	if (end->peer_gone)
		return true;
	return (closing_hinted(end) || sure) && peer_death_seen(end);
}

struct connection_wait connection_wait_begin(struct ipcm_connection *end,
					     enum ipcm_direction direction,
					     int64_t timeout_ns)
{
	struct connection_wait wait = {.direction = direction,
				       .timeout_ns = timeout_ns};

	if (timeout_ns <= 0 && direction == IPCM_TO_RECEIVE) {
		unsigned tries = end->empty_tries++;

		wait.sure = tries < EMPTY_TRIES_ASKED || tries % ASK_EVERY == 0;
	}
	return wait;
}

static enum ipcm_status wait_on_wakeup(struct ipcm_connection *end,
				       struct connection_wait *wait)
{
	_Atomic uint32_t *word = wait->direction == IPCM_TO_RECEIVE
					 ? &incoming(end)->sent.word
					 : &outgoing(end)->taken.word;

	wait->sure = false;
	wait->armed = !wait->armed;
	if (wait->armed) {
		wait->wakeup_seen = wakeup_arm(word);
		return IPCM_OK;
	}
	(void)futex_wait(word, wait->wakeup_seen,
			 clock_slice(wait->deadline_ns, WAIT_SLICE_NS));
	wait->sure = atomic_load_explicit(word, memory_order_relaxed) ==
		     wait->wakeup_seen;
	return interrupted() ? IPCM_INTR : IPCM_OK;
}

/* The port's descriptor and the lifeline in one system call. */
static enum ipcm_status wait_on_both(struct ipcm_connection *end, int fd,
				     int64_t deadline_ns)
{
	struct pollfd set[2] = {{.fd = fd, .events = POLLIN},
				{.fd = end->life}};
	enum ipcm_status status = poll_until(set, 2, deadline_ns);

	if (!status && set[1].revents)
		end->peer_gone = true;
	/* one more try also when time is over: the deadline ends the loop */
	return status == IPCM_INTR ? status : IPCM_OK;
}

static enum ipcm_status wait_on_port(struct ipcm_connection *end,
				     struct connection_wait *wait)
{
	int64_t until = wait->deadline_ns;
	enum ipcm_status status;
	int fd;

	if (!end->port->native_eof) {
		fd = connection_port_fd(end);
		if (wait->direction == IPCM_TO_RECEIVE && fd >= 0)
			return wait_on_both(end, fd, until);
		until = clock_slice(until, WAIT_SLICE_NS);
	}
	status = interrupt_settle(
		end->port->wait(end->state, wait->direction, until));
	wait->sure = status == IPCM_TIMEDOUT;
	return status == IPCM_TIMEDOUT ? IPCM_OK : status;
}

enum ipcm_status connection_wait_on(struct ipcm_connection *end,
				    struct connection_wait *wait)
{
	if (!wait->begun) {
		wait->deadline_ns = clock_deadline(wait->timeout_ns);
		wait->begun = true;
	}
	if (clock_past(wait->deadline_ns))
		return timeout_status(wait->timeout_ns);
	if (end->port->wait)
		return wait_on_port(end, wait);
	return wait_on_wakeup(end, wait);
}
