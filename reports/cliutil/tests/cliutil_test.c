/* SPDX-License-Identifier: MIT */
/*
 * Values of options. A value that is refused ends the program, so each is
 * tried in a child whose messages are read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/testkit/check.h"
#include "reports/cliutil/cli.h"
#include "reports/cliutil/cli_backends.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/filters.h"

static char message[1024];

/* Run it in a child. @return its exit status; its messages are in `message` */
static int status_of(void (*body)(void))
{
	int ends[2], status = -1;
	size_t used = 0;
	ssize_t got;
	pid_t child;

	if (!CHECK(pipe(ends) == 0))
		exit(1);
	child = fork(); /* this program has nothing of the library */
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		body();
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], message + used,
			   sizeof(message) - 1 - used)) > 0)
		used += (size_t)got;
	message[used] = '\0';
	close(ends[0]);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Refused with one line, which says the text. */
#define CHECK_REFUSED(body, text)                                              \
	do {                                                                   \
		CHECK(status_of(body) == EXIT_USAGE);                          \
		CHECK(strchr(message, '\n') == message + strlen(message) - 1); \
		if (!CHECK(strstr(message, text)))                             \
			fprintf(stderr, "    said: %s", message);              \
	} while (0)

static void times_have_units(void)
{
	static const struct {
		const char *text;
		double seconds;
	} good[] = {{"90", 90},	  {"90s", 90},	{"5m", 300},
		    {"2h", 7200}, {"1.5m", 90}, {"0.5", 0.5}};
	static const char *const bad[] = {"",	 "s",	"5 m", "5d",
					  "5ms", "-1",	"0",   "1h30m",
					  "nan", "inf", " 5",  "5m "};
	double seconds;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		seconds = 0;
		check_subject(NULL, good[i].text);
		CHECK(time_parse(good[i].text, &seconds) &&
		      seconds == good[i].seconds);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		check_subject(NULL, bad[i]);
		CHECK(!time_parse(bad[i], &seconds));
	}
}

static void long_time(void)
{
	(void)cli_seconds("timeout", "2h", 3600);
}

static void numbers_are_decimal_or_hexadecimal(void)
{
	CHECK(cli_number("seed", "010", 0, 100) == 10);
	CHECK(cli_number("seed", "0x1F", 0, 100) == 31);
	CHECK(cli_number("seed", "18446744073709551615", 0, UINT64_MAX) ==
	      UINT64_MAX);
}

static void negative_number(void)
{
	(void)cli_number("jobs", "-1", 1, 64);
}

static void number_over_the_limit(void)
{
	(void)cli_number("jobs", "65", 1, 64);
}

static void number_with_a_tail(void)
{
	(void)cli_number("jobs", "6x", 1, 64);
}

static void words_have_positions(void)
{
	CHECK(cli_progress("auto") == PROGRESS_AUTO);
	CHECK(cli_progress("none") == PROGRESS_NONE);
	CHECK(cli_colour("auto") == -1);
	CHECK(cli_colour("never") == 0);
	CHECK(cli_colour("always") == 1);
}

static void bar_of_two_steps_and_one_more(void)
{
	progress_begin(PROGRESS_BAR, 2);
	for (int i = 0; i < 3; i++)
		progress_step("queue/shm_ring/oneway/size=65536/"
			      "placement=2cpu/wait=spin/batch=512",
			      "done");
}

static void steps_of_a_moment_in_a_log(void)
{
	progress_begin(PROGRESS_AUTO, 2);
	progress_step("one", "done");
	progress_step("two", "done");
	progress_end();
}

static void the_counter_ends_and_no_word_is_cut(void)
{
	const char *last;

	CHECK(status_of(bar_of_two_steps_and_one_more) == 0);
	CHECK(strstr(message, " 2/2 ") && !strstr(message, " 3/2 "));
	last = strrchr(message, '\r');
	CHECK(last && strlen(last) <= strlen("\r\033[K") + 79);
	/* 80 columns end in the middle of "wait=spin" */
	CHECK(last && strstr(last, "/placement=2cpu..."));
	CHECK(status_of(steps_of_a_moment_in_a_log) == 0);
	CHECK(message[0] == '\0');
}

static void unknown_word(void)
{
	(void)cli_colour("red");
}

static void broken_filter(void)
{
	struct filters filters = {0};

	filters_add(&filters, "-[");
}

static void each_filter_adds_and_a_minus_takes_away(void)
{
	static const char *const both[] = {"fault", "clause", NULL};
	struct filters filters = {0};
	char *text;

	CHECK(filters_take(&filters, "x") && !filters_exclude(&filters, "x"));
	filters_add(&filters, "-^b");
	CHECK(filters_take(&filters, "ab") && !filters_take(&filters, "ba"));
	CHECK(filters_exclude(&filters, "ba"));
	filters_add(&filters, "^a$");
	filters_add(&filters, "c|^b");
	CHECK(filters_take(&filters, "a") && filters_take(&filters, "ac"));
	CHECK(!filters_take(&filters, "ab") && !filters_take(&filters, "bc"));
	CHECK(filters_take_any(&filters, both));
	filters_add(&filters, "-fault");
	CHECK(!filters_take_any(&filters, both));
	text = filters_text(&filters);
	CHECK(strcmp(text, "\"-^b\" \"^a$\" \"c|^b\" \"-fault\"") == 0);
	free(text);
	filters_free(&filters);
}

static void too_many_filters(void)
{
	struct filters filters = {0};

	for (int i = 0; i <= FILTERS_MOST; i++)
		filters_add(&filters, "x");
}

static void report_without_file(void)
{
	static const char *const kinds[] = {"json", "csv", NULL};
	struct cli_reports reports = {0};

	cli_report(&reports, "json=", kinds);
}

static void report_of_unknown_kind(void)
{
	static const char *const kinds[] = {"json", "csv", NULL};
	struct cli_reports reports = {0};

	cli_report(&reports, "xml=file", kinds);
}

static void two_reports_into_one_file(void)
{
	static const char *const kinds[] = {"json", "csv", NULL};
	struct cli_reports reports = {0};

	cli_report(&reports, "json=-", kinds);
	cli_report(&reports, "csv=-", kinds);
	cli_report(&reports, "json=file", kinds);
	cli_report(&reports, "csv=file", kinds);
}

static void report_whose_path_ends_in_a_line_break(void)
{
	static const char *const kinds[] = {"json", NULL};
	struct cli_reports reports = {0};

	cli_report(&reports, "json=a\nb", kinds);
	cli_report(&reports, "json=file\n", kinds);
}

static void old_name(void)
{
	cli_renamed("old", "new");
}

static void back_ends_are_in_the_registrys_order_once(void)
{
	struct cli_backends backends = {0};

	cli_backends_add(&backends, "shm_ring,null");
	cli_backends_add(&backends, "pipe,shm_ring");
	cli_backends_finish(&backends);
	CHECK(backends.count == 3);
	CHECK(strcmp(backends.list[0].name, "pipe") == 0);
	CHECK(strcmp(backends.list[1].name, "shm_ring") == 0);
	CHECK(strcmp(backends.list[2].name, "null") == 0);
}

static void without_a_name_all_but_the_fakes_are_taken(void)
{
	struct cli_backends backends = {0};
	size_t registered;

	(void)ipcm_registry(&registered);
	cli_backends_finish(&backends);
	CHECK(backends.count == registered - 1);
	for (size_t i = 0; i < backends.count; i++)
		CHECK(strcmp(backends.list[i].name, "null") != 0);
}

static void unknown_back_end(void)
{
	struct cli_backends backends = {0};

	cli_backends_add(&backends, "pipe,,shm_ring");
}

static void missing_shared_object(void)
{
	struct cli_backends backends = {0};

	cli_backends_add(&backends, "./nowhere.so");
}

int main(void)
{
	cli_start("ipcmark test");
	times_have_units();
	numbers_are_decimal_or_hexadecimal();
	words_have_positions();
	each_filter_adds_and_a_minus_takes_away();
	the_counter_ends_and_no_word_is_cut();
	back_ends_are_in_the_registrys_order_once();
	without_a_name_all_but_the_fakes_are_taken();
	CHECK_REFUSED(long_time, "ipcmark test: --timeout wants a time");
	CHECK_REFUSED(long_time, "at most 3600 seconds, not \"2h\"");
	CHECK_REFUSED(negative_number, "--jobs wants a whole number from 1");
	CHECK_REFUSED(number_over_the_limit, "to 64, not \"65\"");
	CHECK_REFUSED(number_with_a_tail, "not \"6x\"");
	CHECK_REFUSED(unknown_word, "auto, never or always, not \"red\"");
	CHECK_REFUSED(broken_filter, "not an extended regular expression");
	CHECK_REFUSED(too_many_filters, "more than 32 filters; join them");
	CHECK_REFUSED(report_without_file, "written KIND=FILE");
	CHECK_REFUSED(report_of_unknown_kind, "json or csv, not \"xml\"");
	CHECK_REFUSED(two_reports_into_one_file, "two reports go to file");
	CHECK_REFUSED(report_whose_path_ends_in_a_line_break,
		      "--report: a path must not end in a line break");
	CHECK_REFUSED(unknown_back_end, "no back-end is called \"\"; there");
	CHECK_REFUSED(missing_shared_object, "there is no such file");
	CHECK(status_of(old_name) == 0);
	CHECK(strcmp(message,
		     "ipcmark test: \"old\" is now called \"new\"; "
		     "the next version will not know the old name\n") == 0);
	return check_failures() ? 1 : 0;
}
