/* SPDX-License-Identifier: MIT */
/*
 * N producers and M consumers over one queue. Each message carries its
 * producer and its number there. Every consumer checks that the numbers of a
 * producer rise; what all consumers together saw of it must be everything it
 * sent, once: in a timed pass by count and by a sum of mixed numbers, in the
 * verification pass by the tallies, laid over each other.
 *
 * A pass ends with a mark for each consumer, sent by the producer that is done
 * last; the queue keeps its order, so nothing comes after it.
 */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bench/stats/fairness.h"
#include "objects.h"
#include "bench/loops/stream.h"

/* The high bits of a number name the producer. */
#define PRODUCER_SHIFT 48
#define NUMBER_MASK    ((UINT64_C(1) << PRODUCER_SHIFT) - 1)

/* The first message, the rounds of the warm-up, and what is timed. */
#define PASSES_MAX (WARMUP_ROUNDS_MAX + 2)

/* What one consumer saw of one producer. */
struct view {
	uint64_t count;
	/* One more than the highest number seen. */
	uint64_t next;
	uint64_t mixed;
};

/* In memory that the parent and all members share. Consumers write here only
 * after their last message: while they count, nothing is shared but the queue.
 */
struct book {
	/* Producers that have not sent all: of the first message, of each round
	 * of the warm-up, of the timed pass. */
	_Alignas(64) _Atomic uint32_t sending[PASSES_MAX];
	_Alignas(64) struct view view[TEAM_MEMBERS_MAX][TEAM_MEMBERS_MAX];
	/* Verification only: producers of consumer 0, of consumer 1 ... */
	struct tally tally[];
};

struct crowd {
	struct ipcm_queue *queue;
	struct book *book;
};

/* A process of the crowd. */
struct worker {
	struct post *post;
	const struct task *task;
	const struct crowd *crowd;
	struct line line;
	unsigned char *message;
	/* Number among the producers, or among the consumers. */
	unsigned self;
};

static size_t book_bytes(const struct axes *axes)
{
	return sizeof(struct book) +
	       (size_t)axes->producers * axes->consumers * sizeof(struct tally);
}

static struct tally *book_tally(const struct task *task, struct book *book,
				unsigned consumer, unsigned producer)
{
	return &book->tally[consumer * task->axes->producers + producer];
}

/* Which numbers of one producer are among the first `of` messages of all. */
static uint64_t share_of(const struct task *task, uint64_t of,
			 unsigned producer)
{
	return fair_part(of, task->axes->producers, producer);
}

/* Where the timed pass of a producer begins and ends; warm is how many
 * messages of all came before it. */
static uint64_t share_end(const struct task *task, uint64_t warm,
			  unsigned producer)
{
	return share_of(task, warm, producer) +
	       share_of(task, task->iterations, producer);
}

static struct worker worker_begin(struct post *post, void *arg, unsigned self)
{
	const struct stage *stage = arg;
	const struct crowd *crowd = stage->object;

	return (struct worker){
		.post = post,
		.task = stage->task,
		.crowd = crowd,
		.line = {.queue = crowd->queue},
		.message = post_buffer(post, stage->task->axes->size_bytes),
		.self = self,
	};
}

static void put(struct worker *worker, uint64_t seq)
{
	const char *failed = wire_put(&worker->line, worker->message,
				      worker->task->axes->size_bytes);

	if (__builtin_expect(failed != NULL, 0))
		stream_call_failed(worker->post, "put", seq & NUMBER_MASK,
				   failed);
}

/* The last producer to be done ends the pass for all consumers. */
static void end_pass(struct worker *worker, unsigned pass)
{
	const struct task *task = worker->task;

	/* acq_rel: only an order among the producers is wanted */
	if (atomic_fetch_sub_explicit(&worker->crowd->book->sending[pass], 1,
				      memory_order_acq_rel) != 1)
		return;
	for (unsigned i = 0; i < task->axes->consumers; i++) {
		payload_mark(worker->message, task->axes->size_bytes, SEQ_STOP);
		put(worker, SEQ_STOP);
	}
}

static void send_share(struct worker *worker, uint64_t from, uint64_t to)
{
	const struct task *task = worker->task;
	size_t bytes = task->axes->size_bytes;
	uint64_t who = (uint64_t)worker->self << PRODUCER_SHIFT;

	for (uint64_t number = from; number < to; number++) {
		if (task->verify)
			payload_fill(worker->message, bytes, task->seed,
				     who | number);
		else
			payload_mark(worker->message, bytes, who | number);
		put(worker, who | number);
		post_progress(worker->post, number + 1);
	}
}

/* The share of a round of the warm-up, and its marks. */
static void send_round(struct worker *worker, const struct warmup *warm)
{
	send_share(worker, share_of(worker->task, warm->from, worker->self),
		   share_of(worker->task, warm->to, worker->self));
	end_pass(worker, warm->rounds);
}

static void produce(struct worker *worker)
{
	struct post *post = worker->post;
	struct warmup warm = warmup_begin(post, worker->task);
	uint64_t begin, end;

	send_round(worker, &warm);
	while (warmup_goes_on(post, &warm))
		send_round(worker, &warm);
	begin = share_of(worker->task, warm.to, worker->self);
	end = share_end(worker->task, warm.to, worker->self);
	post_start(post);
	send_share(worker, begin, end);
	post->self->end_ns = clock_now();
	end_pass(worker, warm.rounds + 1);
	post_stop(post, end - begin);
	post_finish(post);
}

static void producer(struct post *post, void *arg)
{
	struct worker worker = worker_begin(post, arg, post->index);

	if (worker.task->verify) {
		send_share(&worker, 0, share_end(worker.task, 0, worker.self));
		end_pass(&worker, 0);
	} else {
		produce(&worker);
	}
	ipcm_queue_free(worker.crowd->queue);
}

/* @return the number with its producer, or SEQ_STOP */
static uint64_t get(struct worker *worker, uint64_t done)
{
	const char *failed = wire_get(&worker->line, worker->message,
				      worker->task->axes->size_bytes);

	if (__builtin_expect(failed != NULL, 0))
		stream_call_failed(worker->post, "get", done, failed);
	return payload_seq(worker->message);
}

_Noreturn static void bad_message(struct worker *worker, uint64_t seq,
				  const struct view *view)
{
	size_t bytes = worker->task->axes->size_bytes;

	if (!view || !payload_closed(worker->message, bytes))
		post_fail(worker->post, OUTCOME_VOID,
			  "a damaged message arrived");
	post_fail(worker->post, OUTCOME_VOID,
		  "message %llu of producer %u came after number %llu: it was "
		  "doubled or came late",
		  (unsigned long long)(seq & NUMBER_MASK),
		  (unsigned)(seq >> PRODUCER_SHIFT) + 1,
		  (unsigned long long)view->next - 1);
}

/* Take and check until the mark comes. @return how many */
static uint64_t take_all(struct worker *worker, struct view *view)
{
	const struct axes *axes = worker->task->axes;
	uint64_t done = 0, seq;

	while ((seq = get(worker, done)) != SEQ_STOP) {
		uint64_t number = seq & NUMBER_MASK;
		uint64_t who = seq >> PRODUCER_SHIFT;

		if (__builtin_expect(who >= axes->producers, 0))
			bad_message(worker, seq, NULL);
		if (__builtin_expect(number < view[who].next ||
					     !payload_closed(worker->message,
							     axes->size_bytes),
				     0))
			bad_message(worker, seq, &view[who]);
		view[who].next = number + 1;
		view[who].count++;
		view[who].mixed += fair_mix(number);
		post_progress(worker->post, ++done);
	}
	return done;
}

/* The same with every byte; faults are counted, not fatal. */
static void verify_all(struct worker *worker)
{
	const struct task *task = worker->task;
	size_t bytes = task->axes->size_bytes;
	uint64_t done = 0, seq;

	for (unsigned i = 0; i < task->axes->producers; i++)
		tally_begin(
			book_tally(task, worker->crowd->book, worker->self, i),
			share_end(task, 0, i));
	while ((seq = get(worker, done)) != SEQ_STOP) {
		uint64_t who = seq >> PRODUCER_SHIFT;
		bool known = who < task->axes->producers;
		struct tally *tally =
			book_tally(task, worker->crowd->book, worker->self,
				   known ? (unsigned)who : 0);

		tally_note(tally, known ? seq & NUMBER_MASK : SEQ_STOP,
			   payload_intact(worker->message, bytes, task->seed));
		post_progress(worker->post, ++done);
	}
}

static void consume(struct worker *worker)
{
	struct post *post = worker->post;
	struct view view[TEAM_MEMBERS_MAX] = {0}, early[TEAM_MEMBERS_MAX] = {0};
	struct warmup warm = warmup_begin(post, worker->task);
	uint64_t taken;

	take_all(worker, early);
	while (warmup_goes_on(post, &warm))
		take_all(worker, early);
	post_start(post);
	taken = take_all(worker, view);
	post->self->end_ns = clock_now();
	/* one of them; which one was last is seen afterwards */
	if (worker->self == 0)
		post->team->end_ns = post->self->end_ns;
	post_stop(post, taken);
	memcpy(worker->crowd->book->view[worker->self], view, sizeof(view));
	post_finish(post);
}

static void consumer(struct post *post, void *arg)
{
	struct worker worker =
		worker_begin(post, arg, post->index - post->team->firsts);

	if (worker.task->verify)
		verify_all(&worker);
	else
		consume(&worker);
	ipcm_queue_free(worker.crowd->queue);
}

/* Lay the tallies of all consumers over each other. */
static void merge_tallies(const struct task *task, struct book *book,
			  unsigned who, struct tally *ret_all)
{
	tally_begin(ret_all, share_end(task, 0, who));
	for (unsigned c = 0; c < task->axes->consumers; c++)
		tally_merge(ret_all, book_tally(task, book, c, who));
}

static void judge_verified(const struct task *task, struct book *book,
			   struct verdict *verdict)
{
	struct tally all;

	for (unsigned who = 0; who < task->axes->producers; who++) {
		merge_tallies(task, book, who, &all);
		if (tally_clean(&all))
			continue;
		verdict_set(verdict, OUTCOME_VOID,
			    "of %llu messages of producer %u %llu never "
			    "arrived, %llu were doubled, %llu out of order, "
			    "%llu damaged",
			    (unsigned long long)all.expected, who + 1,
			    (unsigned long long)tally_lost(&all),
			    (unsigned long long)all.doubled,
			    (unsigned long long)all.overtaken,
			    (unsigned long long)all.damaged);
		return;
	}
}

/* All consumers together must have seen what each producer sent. */
static void judge_timed(const struct task *task, const struct book *book,
			struct verdict *verdict)
{
	for (unsigned who = 0; who < task->axes->producers; who++) {
		uint64_t warm = task->team->warmup.operations;
		uint64_t from = share_of(task, warm, who);
		uint64_t to = share_end(task, warm, who), count = 0, mixed = 0;

		for (unsigned c = 0; c < task->axes->consumers; c++) {
			count += book->view[c][who].count;
			mixed += book->view[c][who].mixed;
		}
		if (count == to - from && mixed == fair_sum(from, to))
			continue;
		verdict_set(verdict, OUTCOME_VOID,
			    "producer %u sent %llu messages, the consumers "
			    "have %llu of it%s",
			    who + 1, (unsigned long long)(to - from),
			    (unsigned long long)count,
			    count == to - from ? ", but not the same ones"
					       : "");
		return;
	}
}

static void crowd_numbers(const struct task *task, struct sample *sample)
{
	const struct team *team = task->team;
	double taken[TEAM_MEMBERS_MAX], rate[TEAM_MEMBERS_MAX];
	int64_t end_ns = 0;

	for (unsigned i = 0; i < team->count; i++) {
		const struct member *member = &team->member[i];
		int64_t spent = member->end_ns - team->start_ns;

		if (member->end_ns > end_ns)
			end_ns = member->end_ns;
		if (i >= team->firsts)
			taken[i - team->firsts] = (double)member->operations;
		else
			rate[i] = (double)member->operations /
				  (double)(spent > 0 ? spent : 1);
	}
	sample->elapsed_ns = end_ns - team->start_ns;
	stream_rates(task, sample);
	sample->value[METRIC_CONSUMER_FAIRNESS] =
		fair_index(taken, team->count - team->firsts);
	sample->value[METRIC_PRODUCER_FAIRNESS] =
		fair_index(rate, team->firsts);
}

static void crowd_run(const struct task *task, struct crowd *crowd,
		      struct sample *sample)
{
	const struct axes *axes = task->axes;
	struct stage stage = {task, crowd};
	struct crew crew = {producer, consumer, axes->producers,
			    axes->consumers};

	for (int pass = 0; pass < PASSES_MAX; pass++)
		atomic_init(&crowd->book->sending[pass], axes->producers);
	stage_run_crew(&stage, &crew, sample);
	if (sample->verdict.outcome != OUTCOME_OK)
		return;
	if (task->verify) {
		judge_verified(task, crowd->book, &sample->verdict);
		return;
	}
	judge_timed(task, crowd->book, &sample->verdict);
	crowd_numbers(task, sample);
	sample->value[METRIC_SPILLED] = (double)object_spilled(crowd->queue);
}

static void many_queue(const struct task *task, struct sample *ret_sample)
{
	size_t bytes = book_bytes(task->axes);
	struct crowd crowd = {object_queue(task, &ret_sample->verdict), NULL};
	void *memory;

	if (!crowd.queue)
		return;
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		verdict_set(&ret_sample->verdict, OUTCOME_HOST_LIMIT,
			    "no shared memory for the tallies of %zu B", bytes);
	} else {
		crowd.book = memory;
		crowd_run(task, &crowd, ret_sample);
		munmap(memory, bytes);
	}
	ipcm_queue_free(crowd.queue);
}

static const struct scenario scenarios[] = {
	{"queue", NULL, "many", "N producers to M consumers, throughput",
	 NEEDS_QUEUE | HAS_SIZES | ONLY_64B | HAS_DEPTH, 1, 1, many_queue},
};

const struct scenario_table scenarios_many = {
	scenarios, sizeof(scenarios) / sizeof(scenarios[0])};
