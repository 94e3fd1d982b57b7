/* SPDX-License-Identifier: MIT */
/*
 * Progress on stderr: one line that redraws itself on a terminal, a line a
 * finished step anywhere else, so that a log shows what was done and where a
 * run hangs. Data never goes here, progress never to stdout.
 */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BAR_CELLS 20

static struct {
	enum progress_style how;
	unsigned total;
	unsigned done;
	struct timespec begun;
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

void progress_begin(enum progress_style how, unsigned total)
{
	const char *term = getenv("TERM");
	bool terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb");

	if (how == PROGRESS_AUTO)
		how = terminal ? PROGRESS_BAR : PROGRESS_PLAIN;
	progress.how = how;
	progress.total = total;
	progress.done = 0;
	progress.left = -1;
	clock_gettime(CLOCK_MONOTONIC, &progress.begun);
}

/* Seconds to go if the rest is like what was done; negative: cannot tell. */
static double seconds_left(void)
{
	struct timespec now;
	double spent;

	if (progress.left >= 0)
		return progress.left;
	if (progress.done < 2 || progress.done >= progress.total)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	spent = (double)(now.tv_sec - progress.begun.tv_sec) +
		(double)(now.tv_nsec - progress.begun.tv_nsec) / 1e9;
	return spent / progress.done * (progress.total - progress.done);
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

static void draw_bar(const char *label)
{
	char bar[BAR_CELLS + 1], left[40], line[512];
	unsigned filled =
		progress.total ? BAR_CELLS * progress.done / progress.total : 0;

	if (filled > BAR_CELLS)
		filled = BAR_CELLS;
	memset(bar, '.', BAR_CELLS);
	memset(bar, '#', filled);
	bar[BAR_CELLS] = '\0';
	format_left(left, sizeof(left));
	snprintf(line, sizeof(line), "[%s] %u/%u%s  %s", bar, progress.done,
		 progress.total, left, label);
	/* A line wider than the terminal would wrap and never be redrawn. */
	fprintf(stderr, "\r\033[K%.*s", (int)(terminal_columns() - 1), line);
	fflush(stderr);
}

void progress_left(double seconds)
{
	progress.left = seconds;
}

/* A log says how long it takes only where the caller knows. */
static void print_line(const char *label, const char *result)
{
	char left[40] = "";

	if (progress.left >= 0)
		format_left(left, sizeof(left));
	fprintf(stderr, "[%u/%u] %s: %s%s\n", progress.done, progress.total,
		label, result, left);
}

void progress_step(const char *label, const char *result)
{
	if (result)
		progress.done++;
	if (progress.how == PROGRESS_BAR)
		draw_bar(label);
	else if (progress.how == PROGRESS_PLAIN && result)
		print_line(label, result);
}

void progress_end(void)
{
	if (progress.how == PROGRESS_BAR) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	progress.how = PROGRESS_NONE;
}
