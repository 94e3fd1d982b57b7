/* SPDX-License-Identifier: MIT */
/* The feeder of a handle. Read feeder_shared.h first. */
#ifndef IPCMARK_IMPLS_OBJECTS_QUEUE_FEEDER_H
#define IPCMARK_IMPLS_OBJECTS_QUEUE_FEEDER_H

#include "queue_internal.h"

/** Give a handle a feeder. */
enum ipcm_status queue_feeder_open(struct ipcm_queue *queue);
/** put_many of a handle with a feeder. */
enum ipcm_status queue_feeder_put(struct ipcm_queue *queue,
				  const struct ipcm_item *items, size_t count,
				  int64_t deadline_ns, size_t *ret_done);
/** put_many of a handle without a feeder when other handles have one. */
enum ipcm_status queue_feeder_put_through(struct ipcm_queue *queue,
					  const struct ipcm_item *items,
					  size_t count, int64_t deadline_ns,
					  size_t *ret_done);
/** The handle was closed: the thread ends when all is handed over. */
void queue_feeder_close(struct ipcm_queue *queue);
/** Wait for that, unless cancelled: IPCM_OK, IPCM_INTR. */
enum ipcm_status queue_feeder_join(struct ipcm_queue *queue);
void queue_feeder_cancel(struct ipcm_queue *queue);
/** As close and join; cancelled: drop the rest. Nothing without a feeder. */
void queue_feeder_free(struct ipcm_queue *queue);

#endif
