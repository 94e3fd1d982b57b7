/* SPDX-License-Identifier: MIT */
/*
 * Waiting for the channel, and for the end of it.
 *
 * Where the port can wait, it does. A port that reports space late makes a
 * sender sleep beside space that is there: it polls for a moment only, in which
 * a receiver in full flow frees as much as the port reports, so that one
 * wake-up is for many messages. Else, and after that moment, the direction's
 * wake-up word is used: the waiter sets bit 0, tries once more, and sleeps on
 * the word; the process that sent or received a frame reads the bit, and if it
 * is set clears it, increments the word and wakes the waiter. Each side writes,
 * fences, then reads what the other side writes, so at least one of them sees
 * the other: the waiter's second try finds the frame, or the other process
 * finds the bit. While no thread sleeps the word is only read, and its cache
 * line stays shared by both CPUs.
 *
 * A poll wake-up works in the same way for threads that poll a descriptor: they
 * set the poll word, check once more, and poll; the sender reads the poll word,
 * which lies in the same cache line.
 *
 * Where the port has no end of file, the death fd decides whether the peer is
 * alive. Checking it is a system call, so it is done only for a reason: a copy
 * was closed (closes), a slice passed without a wake-up, a try form is about to
 * return "empty", or frames are sent and none is received.
 */
#include "connection_wait.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <time.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "impls/core/sync/poll.h"

#define WAKEUP_SLEEPER UINT32_C(1)
#define WAKEUP_STEP    UINT32_C(2)
#define POLL_ARMED     UINT32_C(1)
/* Of a wake-up for which the kernel lacks memory, a millisecond each. */
#define WAKEUP_TRIES 1000

/*
 * A program that tries in a tight loop checks the death fd in its first tries,
 * and then in every 64th.
 */
#define EMPTY_TRIES_CHECKED 16u
#define CHECK_EVERY	    64u

/* How long a sender polls where poll reports space late. */
#define LATE_SPACE_NS NS_PER_MS

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
 * Send the byte, then record that: a death in between only sends it twice. A
 * full socket is readable already, and a peer that is gone needs no wake-up.
 */
static void poll_wakeup_send(struct ipcm_connection *end, uint32_t poll_word)
{
	_Atomic uint32_t *word = &end->outgoing->sent.poll_word;
	const struct timespec rest = {0, NS_PER_MS};

	/* the kernel lacks memory: no other wake-up may come, so try again */
	for (int i = 0;
	     send(end->death_fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0;) {
		if (errno == ENOBUFS || errno == ENOMEM) {
			if (++i == WAKEUP_TRIES)
				return;
			(void)nanosleep(&rest, NULL);
		} else if (errno != EINTR) {
			break;
		}
	}
	/* fails if the receiver armed it again: the next frame sends one */
	(void)atomic_compare_exchange_strong_explicit(
		word, &poll_word, poll_word + 1, memory_order_relaxed,
		memory_order_relaxed);
}

static void poll_drain(const struct ipcm_connection *end)
{
	char bytes[64];

	while (recv(end->death_fd, bytes, sizeof(bytes), MSG_DONTWAIT) ==
	       (ssize_t)sizeof(bytes))
		;
}

/*
 * Odd numbers are requests. Each request has a number of its own, so that a
 * sender that was stopped for long cannot clear a request that came after its
 * byte.
 */
static void poll_request(_Atomic uint32_t *word, uint32_t seen)
{
	while (!atomic_compare_exchange_weak_explicit(
		word, &seen, (seen + 1) | POLL_ARMED, memory_order_relaxed,
		memory_order_relaxed))
		;
}

void connection_poll_arm(struct ipcm_connection *end, bool woken)
{
	_Atomic uint32_t *word = &end->incoming->sent.poll_word;
	uint32_t seen = atomic_load_explicit(word, memory_order_relaxed);

	if (!(seen & POLL_ARMED) || woken) {
		poll_drain(end);
		poll_request(word, seen);
	}
	/* request, fence, next check; pairs with connection_notify_sent */
	atomic_thread_fence(memory_order_seq_cst);
}

void connection_poll_rearm(struct ipcm_connection *end, bool woken)
{
	_Atomic uint32_t *word = &end->incoming->sent.poll_word;
	uint32_t seen = atomic_load_explicit(word, memory_order_relaxed);

	if (!(seen & POLL_ARMED) || woken)
		poll_request(word, seen);
	/* as in connection_poll_arm */
	atomic_thread_fence(memory_order_seq_cst);
}

static void wakeup_send(struct connection_wakeup *wakeup)
{
	uint32_t seen;

	/* frame, fence, load of the bit; pairs with the fence in wakeup_arm */
	atomic_thread_fence(memory_order_seq_cst);
	seen = atomic_load_explicit(&wakeup->word, memory_order_relaxed);
	if (__builtin_expect(seen & WAKEUP_SLEEPER, 0))
		wakeup_wake(wakeup, seen);
}

/*
 * The same after a receive that was a system call. There the kernel gives space
 * back by an atomic operation on its count of the buffer, which is a barrier on
 * x86 (sock_wfree: a locked instruction); and so before this load.
 */
static void wakeup_send_after_system_call(struct connection_wakeup *wakeup)
{
#ifdef __x86_64__
	uint32_t seen;

	atomic_signal_fence(memory_order_seq_cst);
	seen = atomic_load_explicit(&wakeup->word, memory_order_relaxed);
	if (__builtin_expect(seen & WAKEUP_SLEEPER, 0))
		wakeup_wake(wakeup, seen);
#else
	wakeup_send(wakeup);
#endif
}

/* @return the value to sleep on once another try has found nothing */
static uint32_t wakeup_arm(_Atomic uint32_t *word)
{
	uint32_t seen = atomic_fetch_or_explicit(word, WAKEUP_SLEEPER,
						 memory_order_relaxed);

	/* bit, fence, next try; pairs with the fence in wakeup_send */
	atomic_thread_fence(memory_order_seq_cst);
	return seen | WAKEUP_SLEEPER;
}

void connection_notify_sent(struct ipcm_connection *end)
{
	struct connection_wakeup *wakeup;
	uint32_t seen, poll_word;

	if (!end->wakes_receiver)
		return;
	wakeup = &end->outgoing->sent;
	/* as in wakeup_send; both words lie in one cache line */
	atomic_thread_fence(memory_order_seq_cst);
	seen = atomic_load_explicit(&wakeup->word, memory_order_relaxed);
	poll_word =
		atomic_load_explicit(&wakeup->poll_word, memory_order_relaxed);
	if (__builtin_expect(seen & WAKEUP_SLEEPER, 0))
		wakeup_wake(wakeup, seen);
	if (__builtin_expect(poll_word & POLL_ARMED, 0))
		poll_wakeup_send(end, poll_word);
}

void connection_notify_received(struct ipcm_connection *end)
{
	_Atomic uint32_t *receives;

	if (end->reports_receives) {
		/* a store: one process at a time receives from a direction */
		receives = &end->incoming->receives;
		atomic_store_explicit(
			receives,
			atomic_load_explicit(receives, memory_order_relaxed) +
				1,
			memory_order_relaxed);
	}
	if (!end->wakes_sender)
		return;
	if (end->port->reports_space_late)
		wakeup_send_after_system_call(&end->incoming->received);
	else
		wakeup_send(&end->incoming->received);
}

void connection_notify_closed(struct ipcm_connection *end)
{
	/* release: a process that sees the hint finds the death fd closed */
	(void)atomic_fetch_add_explicit(&end->map->shared->closes[end->index],
					1, memory_order_release);
	wakeup_send(&end->outgoing->sent);
	wakeup_send(&end->incoming->received);
}

/* Never cleared: another thread may have seen it hung up meanwhile. */
static bool peer_death_check(struct ipcm_connection *end)
{
	if (!end->peer_gone && end->death_fd >= 0 &&
	    poll_one(end->death_fd, 0, 0) == IPCM_OK)
		/* no events requested: only a hang-up counts */
		end->peer_gone = true;
	return end->peer_gone;
}

/* The hint counts as seen after the check: another thread that waits on the end
 * must not find it gone before that. */
static bool peer_check(struct ipcm_connection *end, uint32_t closes)
{
	if (peer_death_check(end))
		return true;
	atomic_store_explicit(&end->closes_seen, closes, memory_order_relaxed);
	return false;
}

/*
 * Check the death fd for a reason: asked for, or a copy of the other end was
 * closed since the last check.
 */
static inline bool peer_gone_now(struct ipcm_connection *end, bool check_peer)
{
	/* acquire: pairs with connection_notify_closed */
	uint32_t closes =
		atomic_load_explicit(&end->map->shared->closes[1 - end->index],
				     memory_order_acquire);

	if (__builtin_expect(!check_peer, 1) &&
	    closes == atomic_load_explicit(&end->closes_seen,
					   memory_order_relaxed))
		return false;
	return peer_check(end, closes);
}

/*
 * Frames that the peer receives prove that it is alive. Without that proof
 * check at the 1st, 2nd, 4th ... and every 64th frame: a send to a peer that
 * was killed fails at the second call at the latest (P-SND-04), and the cost
 * with a slow peer is negligible.
 */
static bool check_due(struct ipcm_connection *end)
{
	uint32_t receives = atomic_load_explicit(&end->outgoing->receives,
						 memory_order_relaxed);
	unsigned count;

	if (receives != end->receives_seen) {
		end->receives_seen = receives;
		end->unacknowledged = 0;
		return false;
	}
	count = ++end->unacknowledged;
	return !(count & (count - 1)) || count % CHECK_EVERY == 0;
}

bool connection_send_broken(struct ipcm_connection *end, bool check_peer)
{
	if (end->port->native_eof)
		return false;
	if (end->peer_gone)
		return true;
	return peer_gone_now(end, check_peer || check_due(end));
}

bool connection_recv_ended(struct ipcm_connection *end, bool check_peer)
{
	if (end->port->native_eof)
		return false;
	if (end->peer_gone)
		return true;
	return peer_gone_now(end, check_peer);
}

struct connection_wait connection_wait_begin(struct ipcm_connection *end,
					     enum ipcm_direction direction,
					     int64_t timeout_ns)
{
	struct connection_wait wait = {.direction = direction,
				       .timeout_ns = timeout_ns};

	if (timeout_ns <= 0 && direction == IPCM_TO_RECEIVE) {
		unsigned tries = end->empty_tries++;

		wait.check_peer =
			tries < EMPTY_TRIES_CHECKED || tries % CHECK_EVERY == 0;
	}
	return wait;
}

static enum ipcm_status wait_on_wakeup(struct ipcm_connection *end,
				       struct connection_wait *wait)
{
	_Atomic uint32_t *word = wait->direction == IPCM_TO_RECEIVE
					 ? &end->incoming->sent.word
					 : &end->outgoing->received.word;

	wait->check_peer = false;
	wait->armed = !wait->armed;
	if (wait->armed) {
		wait->wakeup_seen = wakeup_arm(word);
		return IPCM_OK;
	}
	(void)futex_wait(word, wait->wakeup_seen,
			 wait_slice(wait->deadline_ns));
	wait->check_peer = atomic_load_explicit(word, memory_order_relaxed) ==
			   wait->wakeup_seen;
	wait->polled = false;
	return interrupted() ? IPCM_INTR : IPCM_OK;
}

/* The port's descriptor and the death fd in one system call. */
static enum ipcm_status wait_on_both(struct ipcm_connection *end, int fd,
				     short events, int64_t deadline_ns)
{
	struct pollfd set[2] = {{.fd = fd, .events = events},
				{.fd = end->death_fd}};
	enum ipcm_status status = poll_until(set, 2, deadline_ns);

	if (!status && set[1].revents)
		end->peer_gone = true;
	/* one more try even if time is over: the deadline ends the loop */
	return status == IPCM_INTR ? status : IPCM_OK;
}

static enum ipcm_status wait_on_port(struct ipcm_connection *end,
				     struct connection_wait *wait)
{
	int64_t until = wait->deadline_ns;
	enum ipcm_status status;
	int fd;

	if (wait->direction == IPCM_TO_SEND && end->port->reports_space_late) {
		wait->polled = true;
		until = clock_slice(until, LATE_SPACE_NS);
	}
	if (!end->port->native_eof) {
		fd = connection_port_fd(end, wait->direction);
		if (fd >= 0)
			return wait_on_both(end, fd,
					    wait->direction == IPCM_TO_SEND
						    ? POLLOUT
						    : POLLIN,
					    until);
		until = wait_slice(until);
	}
	interrupt_note(false); /* of an earlier sleep */
	status = interrupt_settle(
		end->port->wait(end->state, wait->direction, until));
	wait->check_peer = status == IPCM_TIMEDOUT;
	return status == IPCM_TIMEDOUT ? IPCM_OK : status;
}

/*
 * The number of the last message that the peer has begun to send: a hint, since
 * it is stored when the first frame has gone.
 */
static uint32_t begun_by_peer(const struct ipcm_connection *end)
{
	return atomic_load_explicit(&end->incoming->number,
				    memory_order_relaxed);
}

void connection_let_peer_work(struct ipcm_connection *end)
{
	uint32_t number = begun_by_peer(end);
	struct peer_yield_start start;

	if (number != end->inbox->number ||
	    atomic_load_explicit(&end->incoming->sender_cpu,
				 memory_order_relaxed) != peer_yield_cpu() ||
	    !peer_yield(&end->yield, &start))
		return;
	peer_yield_learn(&end->yield, start, begun_by_peer(end) != number);
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
	if (end->port->wait && !wait->polled)
		return wait_on_port(end, wait);
	return wait_on_wakeup(end, wait);
}
