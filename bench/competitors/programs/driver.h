/* SPDX-License-Identifier: MIT */
/*
 * What the program of a competitor is made of: driver.c has main, takes the
 * orders of ../competitor.c and prints the sample as JSON; another file has
 * these two. channel_loops.c has them for libraries that move messages
 * (channel.h), cpython.c for the interpreter.
 */
#ifndef IPCMARK_BENCH_COMPETITORS_PROGRAMS_DRIVER_H
#define IPCMARK_BENCH_COMPETITORS_PROGRAMS_DRIVER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct task;
struct sample;

/** Name and version of the library that is loaded, such as "ZeroMQ 4.3.4". */
void competitor_version(char *ret_text, size_t bytes);

/** Take one sample of task->axes: `backend` is the name of the competitor
 * there. */
void competitor_sample(const struct task *task, struct sample *ret_sample);

#ifdef __cplusplus
}
#endif

#endif
