/* SPDX-License-Identifier: MIT */
/* See output_file.h. */
#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

enum { FIFO_WAIT_MS = 10000, FIFO_LOOK_MS = 50 };

static bool is_stdout(const char *path)
{
	return strcmp(path, "-") == 0;
}

void output_file_complain(const char *path)
{
	(void)fprintf(stderr,
		      "%s: cannot write %s (%s); name a file in a folder you "
		      "can write to\n",
		      cli_program(), is_stdout(path) ? "standard output" : path,
		      errno == ENXIO ? "no program reads it" : strerror(errno));
}

bool output_file_is_own(const char *path)
{
	struct stat status;

	if (lstat(path, &status))
		return errno == ENOENT;
	return S_ISREG(status.st_mode) && status.st_nlink == 1 &&
	       status.st_uid == geteuid();
}

/* ---- before the run ---- */

static int check_folder(const char *path)
{
	char *copy = strdup(path), *slash;
	int failed;

	if (!copy)
		return -1;
	slash = strrchr(copy, '/');
	if (slash)
		slash[slash == copy] = '\0';
	failed = access(slash ? copy : ".", W_OK | X_OK);
	free(copy);
	return failed;
}

static int check(const char *path)
{
	struct stat status;

	if (!stat(path, &status)) {
		if (S_ISDIR(status.st_mode))
			errno = EISDIR;
		return S_ISDIR(status.st_mode) ? -1 : access(path, W_OK);
	}
	return errno == ENOENT ? check_folder(path) : -1;
}

int output_file_check(const char *path)
{
	if (is_stdout(path) || !check(path))
		return 0;
	output_file_complain(path);
	return -1;
}

/* ---- after it ---- */

/* A file of before keeps its permissions. */
static void keep_mode(int fd, const char *path)
{
	struct stat status;

	if (!lstat(path, &status))
		(void)fchmod(fd, status.st_mode & 07777);
}

/* @return the stream; NULL if it has to be written into */
static FILE *open_partial(struct output_file *file)
{
	FILE *stream;
	int fd;

	if (asprintf(&file->partial, "%s.partial", file->path) < 0) {
		file->partial = NULL;
		return NULL;
	}
	/* of a run that was killed */
	(void)unlink(file->partial);
	fd = open(file->partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	stream = fd < 0 ? NULL : fdopen(fd, "w");
	if (stream) {
		keep_mode(fd, file->path);
		return stream;
	}
	if (fd >= 0)
		(void)close(fd);
	free(file->partial);
	file->partial = NULL;
	return NULL;
}

/* A FIFO without a reader must not keep a run from its end. */
static FILE *open_fifo(const char *path)
{
	static const struct timespec pause = {0, FIFO_LOOK_MS * 1000000L};
	int fd = -1;

	for (int ms = 0; fd < 0 && ms < FIFO_WAIT_MS; ms += FIFO_LOOK_MS) {
		fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0 && errno != ENXIO)
			return NULL;
		if (fd < 0)
			(void)nanosleep(&pause, NULL);
	}
	if (fd < 0) {
		errno = ENXIO;
		return NULL;
	}
	(void)fcntl(fd, F_SETFL, O_WRONLY);
	return fdopen(fd, "w");
}

static FILE *open_existing(const char *path)
{
	struct stat status;

	if (!stat(path, &status) && S_ISFIFO(status.st_mode))
		return open_fifo(path);
	return fopen(path, "we");
}

int output_file_open(struct output_file *file, const char *path)
{
	*file = (struct output_file){.path = path};
	if (is_stdout(path)) {
		file->stream = stdout;
		return 0;
	}
	if (output_file_is_own(path))
		file->stream = open_partial(file);
	if (!file->stream)
		file->stream = open_existing(path);
	if (file->stream)
		return 0;
	output_file_complain(path);
	return -1;
}

/* errno tells why. */
static bool write_out(FILE *stream)
{
	bool failed = ferror(stream);

	errno = EIO; /* what an earlier write met is not known any more */
	failed |= fflush(stream) != 0;
	if (stream == stdout)
		return !failed;
	return fclose(stream) == 0 && !failed;
}

int output_file_close(struct output_file *file)
{
	bool written = write_out(file->stream);

	if (written && file->partial)
		written = !rename(file->partial, file->path);
	if (!written) {
		output_file_complain(file->path);
		if (file->partial)
			(void)unlink(file->partial);
	}
	free(file->partial);
	*file = (struct output_file){.path = file->path};
	return written ? 0 : -1;
}
