/* SPDX-License-Identifier: MIT */
/*
 * No call of the library is a cancellation point, pthreads(7): a thread that
 * was cancelled in the middle would leave locks, counts of users and
 * descriptors behind.
 *
 * CMake includes this file first into every source of the library. It gives the
 * C library's functions that are cancellation points another symbol, of a
 * function in no_cancel.c that does the same with cancellation disabled. So no
 * source needs to know, and a call that is added later is covered too; the test
 * library.no_cancellation_points asks nm for one that is missing here.
 */
#ifndef IPCMARK_IMPLS_CORE_NO_CANCEL_H
#define IPCMARK_IMPLS_CORE_NO_CANCEL_H

/* fortified functions are inline, and name the symbols themselves */
#undef _FORTIFY_SOURCE

#ifndef IPCMARK_REAL_CALLS
#pragma redefine_extname accept4 no_cancel_accept4
#pragma redefine_extname clock_nanosleep no_cancel_clock_nanosleep
#pragma redefine_extname close no_cancel_close
#pragma redefine_extname closedir no_cancel_closedir
#pragma redefine_extname connect no_cancel_connect
#pragma redefine_extname epoll_wait no_cancel_epoll_wait
#pragma redefine_extname eventfd_read no_cancel_eventfd_read
#pragma redefine_extname eventfd_write no_cancel_eventfd_write
#pragma redefine_extname fallocate no_cancel_fallocate
#pragma redefine_extname fflush no_cancel_fflush
#pragma redefine_extname getrandom no_cancel_getrandom
#pragma redefine_extname mq_receive no_cancel_mq_receive
#pragma redefine_extname mq_send no_cancel_mq_send
#pragma redefine_extname msgrcv no_cancel_msgrcv
#pragma redefine_extname msgsnd no_cancel_msgsnd
#pragma redefine_extname nanosleep no_cancel_nanosleep
#pragma redefine_extname open no_cancel_open
#pragma redefine_extname openat no_cancel_openat
#pragma redefine_extname opendir no_cancel_opendir
#pragma redefine_extname poll no_cancel_poll
#pragma redefine_extname posix_fallocate no_cancel_posix_fallocate
#pragma redefine_extname ppoll no_cancel_ppoll
#pragma redefine_extname pread no_cancel_pread
#pragma redefine_extname pthread_join no_cancel_pthread_join
#pragma redefine_extname randombytes_buf no_cancel_randombytes_buf
#pragma redefine_extname read no_cancel_read
#pragma redefine_extname recv no_cancel_recv
#pragma redefine_extname recvmsg no_cancel_recvmsg
#pragma redefine_extname send no_cancel_send
#pragma redefine_extname sendmsg no_cancel_sendmsg
#pragma redefine_extname sigtimedwait no_cancel_sigtimedwait
#pragma redefine_extname usleep no_cancel_usleep
#pragma redefine_extname waitid no_cancel_waitid
#pragma redefine_extname waitpid no_cancel_waitpid
#pragma redefine_extname write no_cancel_write
#endif

/**
 * Around a callback of the program inside a call: it may use cancellation
 * points. @return for cancel_restore
 */
int cancel_disable(void);
void cancel_restore(int before);

#endif
