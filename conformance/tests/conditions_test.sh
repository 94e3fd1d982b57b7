#!/bin/sh
# SPDX-License-Identifier: MIT
# A short conformance run of one back-end each where the usual signs of life
# are missing or wrong: as an ordinary user, with a /proc that hides others, in
# a time namespace, in a PID namespace that shares all names with the host, and
# without memfd_create(2); of two where memory is short, under small limits, and
# with all of it locked: shm_ring, and one at random of those whose items go
# through the kernel, or with IPCMARK_TEST_ALL set all of them. A condition that
# this host forbids is not run, and the test says why (77).
# conditions_test.sh IPCMARK_CHECK WITHOUT_MEMFD [LOCK_MEMORY]
# LOCK_MEMORY: a library to be preloaded; none: the memory of a sanitizer fits
# under no limit
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

# an ordinary user may not enter the folder of the build
cp "$1" "$folder/check" && chmod 755 "$folder" "$folder/check" || exit 1

# locks and their owners, names, deaths; a few seconds a back-end
clauses='^(Q-PUT-0[12]|Q-GET-0[12]|L-0[147]|L-1|RL-0[23]|B-07|X-NAM-0[245]|X-KIL-01)'
# with small items; queues with and without a bound
small='^(Q-NEW-0[13]|Q-PUT-0[12]|Q-GET-0[12]|Q-SIZ-02|JQ-(JN|EX-01)|SQ-02|P-SND-0[1-5]|L-0|S-0[12]|C-0[1-4]|B-0[1-4]|X-KIL-01)'
user='setpriv --reuid=65534 --regid=65534 --clear-groups'
spaces=unshare
if [ "$(id -u)" != 0 ]; then
	user=
	spaces='unshare --user --map-root-user'
fi
short_of_memory="$(shuf -n 1 -e pipe socketpair sysv_msg posix_mq) shm_ring"
[ -z "${IPCMARK_TEST_ALL-}" ] ||
	short_of_memory='pipe socketpair sysv_msg posix_mq shm_ring'
failed=0
forbidden=0

# run NAME BACKEND COMMAND...: the command runs the program in the condition
run() {
	name=$1
	backend=$2
	shift 2
	if ! "$@" true 2>"$folder/why"; then
		echo "$name: not run: $(head -n 1 "$folder/why")"
		forbidden=1
		return
	fi
	if "$@" "$folder/check" --backend "$backend" --filter "$clauses" \
		--quiet --progress none >"$folder/log" 2>&1; then
		echo "$name: $backend holds"
	else
		echo "$name: $backend does not hold:"
		cat "$folder/log"
		failed=1
	fi
}

# shellcheck disable=SC2086 # options
{
	run 'an ordinary user' pipe $user env HOME=/
	# shellcheck disable=SC2016 # "$@" is of that shell
	run 'a /proc that hides others' shm_ring $spaces --mount sh -c '
		mount --make-rprivate / &&
		mount -t proc -o hidepid=2 proc /proc && exec "$@"' sh $user env
	run 'a time namespace' sysv_msg $spaces --time --boottime 86400 --fork
	run 'a PID namespace' posix_mq $spaces --pid --fork --mount-proc
	run 'no memfd_create' shm_ring "$2"
	for backend in ${3:+$short_of_memory}; do
		run 'locked memory' $backend env LD_PRELOAD="$3"
	done
	clauses=$small
	for backend in ${3:+$short_of_memory}; do
		# 256 MiB of addresses, files of 1 MiB
		# shellcheck disable=SC2016 # "$@" is of that shell
		run 'small limits' $backend sh -c \
			'ulimit -v 262144 && ulimit -f 2048 && exec "$@"' sh
	done
}
[ $failed = 0 ] || exit 1
[ $forbidden = 0 ] || exit 77
