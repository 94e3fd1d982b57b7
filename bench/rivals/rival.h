/* SPDX-License-Identifier: MIT */
/*
 * What a rival library must offer to be measured with our messages, our proofs
 * and our clock: four functions with C linkage. driver.c is the program around
 * them; it prints one sample as a line of JSON and is started by ipcmark-bench,
 * so that a rival's libraries never enter our own processes.
 */
#ifndef IPCMARK_BENCH_RIVAL_H
#define IPCMARK_BENCH_RIVAL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Make a queue of `depth` messages of `bytes`, usable by children of fork(),
 * leaving no name behind.
 * @return NULL on failure, with a text in ret_why
 */
void *rival_create(size_t bytes, unsigned depth, const char **ret_why);

/** Send or receive one message, blocking. @return NULL or a text */
const char *rival_send(void *queue, const void *message, size_t bytes);
const char *rival_receive(void *queue, void *buffer, size_t bytes);

void rival_destroy(void *queue);

#ifdef __cplusplus
}
#endif

#endif
