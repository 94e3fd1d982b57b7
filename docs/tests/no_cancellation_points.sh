#!/bin/sh
# SPDX-License-Identifier: MIT
# No object of the library refers to a function that is a cancellation point
# (pthreads(7), POSIX.1 2.9.5), but for the one that disables cancellation first:
# impls/core/no_cancel.h.
# no_cancellation_points.sh NM ARCHIVE_OF_OBJECTS
set -eu
nm=$1
archive=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
points='accept|accept4|aio_suspend|clock_nanosleep|close|closedir|connect|copy_file_range|creat|dprintf|epoll_pwait|
epoll_wait|eventfd_read|eventfd_write|fallocate|fclose|fdatasync|fdopen|fflush|fgetc|fgets|fopen|fprintf|fputs|fread|freopen|
fscanf|fseek|fsync|fwrite|getc|getchar|getdelim|getline|getrandom|getentropy|lockf|mq_receive|mq_send|mq_timedreceive|
mq_timedsend|msgrcv|msgsnd|msync|nanosleep|open|openat|opendir|pause|pclose|perror|poll|popen|posix_fallocate|ppoll|pread|preadv|
printf|pselect|pthread_cond_timedwait|pthread_cond_wait|pthread_join|pthread_testcancel|pthread_timedjoin_np|putc|puts|pwrite|
pwritev|randombytes_buf|read|readv|recv|recvfrom|recvmmsg|recvmsg|select|sem_timedwait|sem_wait|send|sendfile|sendmmsg|sendmsg|
sendto|sigpause|sigsuspend|sigtimedwait|sigwait|sigwaitinfo|sleep|splice|syslog|system|tcdrain|tee|usleep|vfprintf|vmsplice|
vprintf|wait|wait3|wait4|waitid|waitpid|write|writev'
points=$(echo "$points" | tr -d '\n')

# also as fortified calls name them, and for large files
"$nm" -A -u "$archive" |
	sed 's/@.*//; s/ __isoc[0-9]*_/ /; s/ __\([a-z0-9_]*\)_chk$/ \1/; s/ __\(open\|openat\)\(64\)\{0,1\}_2$/ \1/; s/64$//' |
	awk '{ print $1, $NF }' >"$folder/undefined"
if ! grep -q 'no_cancel\.c.* close$' "$folder/undefined"; then
	echo "nm's output was not understood, or no_cancel.c is missing"
	exit 1
fi
if grep -v 'no_cancel\.c' "$folder/undefined" |
	grep -E " ($points)\$"; then
	echo 'cancellation points that core/no_cancel.h does not rename'
	exit 1
fi
