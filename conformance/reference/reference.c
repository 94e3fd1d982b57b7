/* SPDX-License-Identifier: MIT */
/*
 * Runs reference/ (one text, compiled in) with python3, one rule a process in
 * a process group of its own, a few at a time since most of them wait. They are
 * forks of one interpreter (interpreter.h).
 */
#include "reference.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/harness/check.h"
#include "conformance/harness/process.h"
#include "conformance/reference/interpreter.h"
#include "conformance/runner/runner.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"
#include "reports/cliutil/progress.h"
#include "reports/result/result.h"
#include "reference_text.h"

enum { AT_ONCE = 3, LIMIT_S = 30, ANSWER_BYTES = 4096 };

/* A rule while it runs; pid 0: a free place. */
struct running {
	pid_t pid;
	int answer_fd;
	int64_t begun_ns;
	struct reference_case *result;
};

/* How much longer than on an idle machine all takes; runner.h. */
static int64_t machine_factor = 1;

/* A message that the answer's file would still have is of an earlier rule. */
static bool start(struct interpreter *interpreter,
		  struct reference_case *result, struct running *run)
{
	pid_t pid;

	if (ftruncate(run->answer_fd, 0) ||
	    lseek(run->answer_fd, 0, SEEK_SET) != 0)
		return false;
	pid = interpreter_fork(interpreter, result->clause->id, run->answer_fd);
	if (pid < 0) {
		result->verdict = VERDICT_CRASH;
		return false;
	}
	(void)setpgid(pid, pid);
	*run = (struct running){pid, run->answer_fd, now_ns(), result};
	return true;
}

static void copy(char *to, const json_t *answer, const char *key)
{
	const char *text = json_string_value(json_object_get(answer, key));
	size_t i = 0;

	for (; text && text[i] && i < CELL_TEXT_BYTES - 1; i++)
		to[i] = text[i] < ' ' || text[i] > '~' ? '?' : text[i];
	to[i] = '\0';
}

/* What the script said; a rule that said nothing crashed. */
static void read_answer(const struct running *run, struct reference *reference)
{
	struct reference_case *result = run->result;
	char text[ANSWER_BYTES];
	ssize_t got = pread(run->answer_fd, text, sizeof(text) - 1, 0);
	json_t *answer;
	const char *word;

	text[got > 0 ? got : 0] = '\0';
	answer = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
	word = json_string_value(json_object_get(answer, "verdict"));
	result->verdict = VERDICT_CRASH;
	if (word && strcmp(word, "pass") == 0)
		result->verdict = VERDICT_PASS;
	else if (word && strcmp(word, "fail") == 0)
		result->verdict = VERDICT_FAIL;
	else if (word && strcmp(word, "unsupported") == 0)
		result->verdict = VERDICT_UNSUPPORTED;
	copy(result->expected, answer, "expected");
	copy(result->observed, answer, "observed");
	copy(result->reason, answer, "reason");
	if (answer && !reference->name[0])
		(void)snprintf(
			reference->name, sizeof(reference->name), "CPython %s",
			json_string_value(json_object_get(answer, "version")));
	json_decref(answer);
}

/* Did it end, one way or another? Then its place is free. */
static bool finish(struct running *run, struct reference *reference)
{
	bool late = now_ns() - run->begun_ns > LIMIT_S * S * machine_factor ||
		    interrupt_requested;

	if (waitpid(run->pid, NULL, WNOHANG) == 0 && !late)
		return false;
	run->result->duration_ns = now_ns() - run->begun_ns;
	/* the rule's own peers, too */
	(void)kill(-run->pid, SIGKILL);
	(void)waitpid(run->pid, NULL, 0);
	(void)process_group_left(run->pid, 100);
	if (interrupt_requested) {
		run->result->verdict = VERDICT_NOT_RUN;
	} else if (late) {
		run->result->verdict = VERDICT_TIMEOUT;
		(void)snprintf(run->result->observed, CELL_TEXT_BYTES,
			       "still at it after %d s",
			       LIMIT_S * (int)machine_factor);
	} else {
		read_answer(run, reference);
	}
	run->pid = 0;
	return true;
}

static const char *deviation_of(const char *id)
{
	const struct reference_deviation *row = reference_deviations;

	while (row->id && strcmp(row->id, id) != 0)
		row++;
	return row->why;
}

/* Keep AT_ONCE rules running until all are through. */
static void run_rules(struct interpreter *interpreter, struct running *runs,
		      struct reference *reference)
{
	size_t next = 0, busy = 0;

	do {
		for (int i = 0; i < AT_ONCE; i++) {
			struct running *run = &runs[i];

			if (run->pid && finish(run, reference)) {
				busy--;
				progress_step(run->result->clause->id,
					      reference_letter(run->result));
			}
			if (!run->pid && next < reference->count &&
			    !interrupt_requested)
				busy += start(interpreter,
					      &reference->cases[next++], run);
		}
		pause_ns(5 * MS);
	} while (busy || (next < reference->count && !interrupt_requested));
}

static void run_all(enum progress_style how, struct reference *reference)
{
	struct running runs[AT_ONCE] = {{0}};
	struct interpreter interpreter = {0, -1};
	int answers[AT_ONCE];
	bool ready = true;

	machine_factor = runner_machine_factor();
	for (int i = 0; i < AT_ONCE; i++) {
		answers[i] = memfd_create("answer", MFD_CLOEXEC);
		runs[i].answer_fd = answers[i];
		ready = ready && answers[i] >= 0;
	}
	progress_begin(how, (unsigned)reference->count);
	if (ready && interpreter_open((int)machine_factor, answers, AT_ONCE,
				      &interpreter))
		run_rules(&interpreter, runs, reference);
	else
		(void)snprintf(reference->why_not, sizeof(reference->why_not),
			       "no memory");
	if (interpreter_close(&interpreter) == 127)
		(void)snprintf(reference->why_not, sizeof(reference->why_not),
			       "there is no python3 (apt install python3)");
	for (int i = 0; i < AT_ONCE; i++)
		(void)close(answers[i]);
	progress_end();
}

static size_t cases_bytes(size_t count)
{
	return (count ? count : 1) * sizeof(struct reference_case);
}

/* The cases, none of them run. */
static bool prepare(const struct clause *const *clauses, size_t count,
		    struct reference *reference)
{
	*reference = (struct reference){.count = count};
	reference->cases = process_share(cases_bytes(count));
	if (!reference->cases) {
		(void)snprintf(reference->why_not, sizeof(reference->why_not),
			       "no memory");
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		reference->cases[i].clause = clauses[i];
		reference->cases[i].verdict = VERDICT_NOT_RUN;
		reference->cases[i].deviation = deviation_of(clauses[i]->id);
	}
	return true;
}

static void reference_free(struct reference *reference)
{
	if (reference->cases)
		(void)munmap(reference->cases, cases_bytes(reference->count));
	reference->cases = NULL;
	reference->count = 0;
}

/* The same as reference_start and reference_await, with progress shown. */
static void reference_run(const struct clause *const *clauses, size_t count,
			  enum progress_style how,
			  struct reference *ret_reference)
{
	if (prepare(clauses, count, ret_reference))
		run_all(how, ret_reference);
	if (ret_reference->why_not[0])
		reference_free(ret_reference);
}

/* What a process beside ours hands over; the cases are shared as they are. */
struct hand_over {
	char name[64];
	char why_not[160];
};

static struct hand_over *hand_over;

static _Noreturn void beside_main(struct reference *reference)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setpgid(0, 0);
	process_adopt_orphans();
	run_all(PROGRESS_NONE, reference);
	memcpy(hand_over->name, reference->name, sizeof(hand_over->name));
	memcpy(hand_over->why_not, reference->why_not,
	       sizeof(hand_over->why_not));
	_exit(0);
}

void reference_start(const struct clause *const *clauses, size_t count,
		     struct reference *ret_reference)
{
	struct reference *reference = ret_reference;

	if (!prepare(clauses, count, reference))
		return;
	hand_over = process_share(sizeof(*hand_over));
	(void)fflush(NULL);
	/* not a Process: it adopts what its children leave, and reaps them all
	 */
	reference->pid = hand_over ? fork() : -1;
	if (reference->pid == 0)
		beside_main(reference);
}

void reference_await(struct reference *reference)
{
	if (reference->pid <= 0)
		return;
	while (waitpid(reference->pid, NULL, WNOHANG) == 0) {
		/* its children are in groups of their own: it must end them */
		if (interrupt_requested)
			(void)kill(reference->pid, SIGTERM);
		pause_ns(10 * MS);
	}
	reference->pid = 0;
	memcpy(reference->name, hand_over->name, sizeof(reference->name));
	memcpy(reference->why_not, hand_over->why_not,
	       sizeof(reference->why_not));
	(void)munmap(hand_over, sizeof(*hand_over));
	if (reference->why_not[0])
		reference_free(reference);
}

/*
 * Does the column agree with the clauses? Prints each disagreement that is not
 * listed, and each listed one that is none any more.
 */
static unsigned reference_disagreements(const struct reference *reference,
					FILE *to)
{
	unsigned count = 0;

	for (size_t i = 0; i < reference->count; i++) {
		const struct reference_case *one = &reference->cases[i];
		bool differs = verdict_is_red(one->verdict);

		if (differs && !one->deviation &&
		    one->clause->level != LEVEL_BEYOND)
			(void)fprintf(to,
				      "%s: CPython differs: expected %s, "
				      "observed %s\n",
				      one->clause->id, one->expected,
				      one->observed);
		else if (!differs && one->deviation &&
			 one->verdict != VERDICT_NOT_RUN)
			(void)fprintf(to,
				      "%s: listed as a deviation (%s), but "
				      "CPython does as we do\n",
				      one->clause->id, one->deviation);
		else
			continue;
		count++;
	}
	return count;
}

int reference_selftest(void)
{
	size_t count = clause_count();
	const struct clause **list = calloc(count, sizeof(*list));
	struct reference reference;
	unsigned wrong;

	if (!list)
		return EXIT_INTERNAL;
	for (size_t i = 0; i < count; i++)
		list[i] = clause_at(i);
	interrupt_catch();
	process_adopt_orphans();
	reference_run(list, count, PROGRESS_AUTO, &reference);
	free(list);
	if (interrupt_requested)
		return EXIT_INTERRUPTED;
	if (reference.why_not[0]) {
		(void)fprintf(stderr, "ipcmark selftest: %s\n",
			      reference.why_not);
		return EXIT_UNAVAILABLE;
	}
	wrong = reference_disagreements(&reference, stdout);
	(void)printf("%s: %zu rules, %u disagreements that are not listed\n",
		     reference.name, reference.count, wrong);
	reference_free(&reference);
	return wrong ? EXIT_VERDICT : EXIT_PASS;
}
