/* SPDX-License-Identifier: MIT */
/*
 * Processes of the library for clauses, made and ended with everything that
 * must work checked.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_FIXTURES_PROCESS_H
#define IPCMARK_CONFORMANCE_HARNESS_FIXTURES_PROCESS_H

#include "check.h"
#include "peer.h"

/** A process, or several, that run until they are let go; in shared memory. */
struct held {
	/** How many have begun, and how many have seen go. */
	_Atomic int begun, ended;
	/** Set to 1 by the clause. */
	_Atomic int go;
	/** Of the last one that began. */
	_Atomic pid_t pid;
	/** For the clause. */
	struct ipcm_process *process;
};
/** The target of such a process: argument is a struct held. */
int held_run(void *argument);

/** Created, not started. */
struct ipcm_process *process_make(int (*target)(void *argument),
				  void *argument);
struct ipcm_process *process_started(int (*target)(void *argument),
				     void *argument);
struct ipcm_process *daemon_started(int (*target)(void *argument),
				    void *argument);
pid_t process_pid(struct ipcm_process *process);
bool process_is_alive(struct ipcm_process *process);
int process_sentinel_fd(struct ipcm_process *process);
/** Soon it has ended with this exit code; then its handle is freed. */
void process_expect(struct ipcm_process *process, int code);
/** How many children active_children says there are. */
size_t process_children(void);

/** Does poll(2) say that a descriptor is readable? */
bool descriptor_is_ready(int fd);
/** Wait until no process has this id, or it is a zombie of another one's. */
void pid_await_end(pid_t pid);
/** Does it run, stopped or not? */
bool pid_runs(pid_t pid);

/**
 * Call it, first in a process in which pidfd_open(2) does not exist, then in
 * this one.
 */
void with_and_without_pidfds(void (*run)(void *argument), void *argument);

#endif
