/* SPDX-License-Identifier: MIT */
/*
 * What the soak and its clients share.
 */
#ifndef IPCMARK_CONFORMANCE_STRESS_SOAK_INTERNAL_H
#define IPCMARK_CONFORMANCE_STRESS_SOAK_INTERNAL_H

#include "worker_pool.h"

enum { SOAK_CLIENTS = 64, SOAK_QUEUE_ITEMS = 64 };

/** A client's place: a process, replaced by a new one after each kill. */
struct soak_client {
	struct soak *soak;
	struct ipcm_process *process;
	unsigned index;
	/** How many processes have had this place before. */
	unsigned life;
	/** Turns since this process began. */
	_Atomic uint64_t turns;
	/** It was refused: the host has no more queues or descriptors. */
	_Atomic bool refused;
};

struct soak {
	/** First; the stop flag ends the clients. */
	struct shared_state shared;
	struct ipcm_manager *manager;
	struct ipcm_proxy *dict, *queue, *lock;
	uint64_t seed;
	pid_t parent;
	struct soak_client clients[SOAK_CLIENTS];
	_Atomic uint64_t requests;
	/** Of locks whose holder was killed. */
	_Atomic uint64_t recovered;
	/** What the clients have added up under the lock. Each writes it before
	 * and after: a killed one leaves them different. */
	_Atomic uint64_t before, after;
};

/** Of a client's process; the argument is its struct soak_client. */
int soak_client_run(void *client);

#endif
