/* SPDX-License-Identifier: MIT */
/*
 * Progress on stderr: one line that redraws itself on a terminal, a line a
 * minute anywhere else, so that a log shows what was done and where a run
 * hangs. Data never goes here, progress never to stdout.
 */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BAR_CELLS	20
#define LINE_INTERVAL_S 60

static struct {
	enum progress_style how;
	unsigned total;
	unsigned done;
	struct timespec begun;
	/* When the last line was printed; of all phases of a program. */
	struct timespec said;
	/* What the caller said; negative: nothing. */
	double left;
} progress = {.how = PROGRESS_NONE, .left = -1};

bool terminal_colour(int fd)
{
	const char *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (none && *none)
		return false;
	return isatty(fd) && term && strcmp(term, "dumb");
}

bool progress_on_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

void progress_begin(enum progress_style how, unsigned total)
{
	if (how == PROGRESS_AUTO)
		how = progress_on_terminal() ? PROGRESS_BAR : PROGRESS_MINUTES;
	progress.how = how;
	progress.total = total;
	progress.done = 0;
	progress.left = -1;
	clock_gettime(CLOCK_MONOTONIC, &progress.begun);
	if (progress.said.tv_sec == 0)
		progress.said = progress.begun;
}

static double seconds_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - then->tv_sec) +
	       (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

/* Seconds to go if the rest is like what was done; negative: cannot tell. */
static double seconds_left(void)
{
	if (progress.left >= 0)
		return progress.left;
	if (progress.done < 2 || progress.done >= progress.total)
		return -1;
	return seconds_since(&progress.begun) / progress.done *
	       (progress.total - progress.done);
}

static void format_left(char *ret_text, size_t bytes)
{
	double left = seconds_left();
	int seconds = (int)(left + 0.5);

	if (left < 0 || seconds == 0)
		ret_text[0] = '\0';
	else if (seconds < 60)
		snprintf(ret_text, bytes, "  %d s left", seconds);
	else if (seconds < 3600)
		snprintf(ret_text, bytes, "  %d min %d s left", seconds / 60,
			 seconds % 60);
	else
		snprintf(ret_text, bytes, "  %d h %d min left", seconds / 3600,
			 seconds / 60 % 60);
}

static size_t terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col < 20)
		return 80;
	return size.ws_col;
}

/* A line wider than the terminal would wrap and never be redrawn: cut it behind
 * a word, and say so. */
static void fit_terminal(char *line)
{
	static const char cut[] = "...";
	size_t room = terminal_columns() - 1, end;

	if (strlen(line) <= room)
		return;
	end = room - (sizeof(cut) - 1);
	while (end > 0 && !strchr(" /", line[end]))
		end--;
	strcpy(line + end, cut);
}

static void draw_bar(const char *label)
{
	char bar[BAR_CELLS + 1], left[40], line[512];
	unsigned filled =
		progress.total ? BAR_CELLS * progress.done / progress.total : 0;

	memset(bar, '.', BAR_CELLS);
	memset(bar, '#', filled);
	bar[BAR_CELLS] = '\0';
	format_left(left, sizeof(left));
	snprintf(line, sizeof(line), "[%s] %u/%u%s  %s", bar, progress.done,
		 progress.total, left, label);
	fit_terminal(line);
	fprintf(stderr, "\r\033[K%s", line);
	fflush(stderr);
}

void progress_left(double seconds)
{
	progress.left = seconds;
}

/* Line by line a log says how long it takes only where the caller knows. */
static void print_line(const char *label, const char *result)
{
	char left[40] = "";

	if (progress.left >= 0 || progress.how == PROGRESS_MINUTES)
		format_left(left, sizeof(left));
	fprintf(stderr, "[%u/%u] %s: %s%s\n", progress.done, progress.total,
		label, result, left);
}

void progress_step(const char *label, const char *result)
{
	if (result && progress.done < progress.total)
		progress.done++;
	if (progress.how == PROGRESS_BAR)
		draw_bar(label);
	else if (progress.how == PROGRESS_PLAIN && result)
		print_line(label, result);
	else if (progress.how == PROGRESS_MINUTES && result &&
		 seconds_since(&progress.said) >= LINE_INTERVAL_S) {
		print_line(label, result);
		clock_gettime(CLOCK_MONOTONIC, &progress.said);
	}
}

void progress_end(void)
{
	if (progress.how == PROGRESS_BAR) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	progress.how = PROGRESS_NONE;
}
