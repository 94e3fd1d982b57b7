#!/bin/sh
# SPDX-License-Identifier: MIT
# Faults put into one side of a real gate run are found by the part meant for
# them: a system call, an allocation, a copy, an object left behind by counts.
# gate_faults_test.sh GATE BUILD [ROUNDS [FAULT...]]; one fault at a time, or
# counted: all together
set -u
gate=$1
build=$2
rounds=${3:-1}
[ $# -gt 3 ] && shift 3 || set -- counted
failed=0
folder=$(mktemp -d)
row='^queue/pipe/self_loop/size=64/placement=1cpu$'

# Message queues that a fault left behind: no key, one message of 13 bytes. No
# look at the sender: its process id may be another process's by now.
clean() {
	for id in $(ipcs -q 2>/dev/null | awk '$1 == "0x00000000" &&
			$4 == 600 && $5 == 13 && $6 == 1 { print $2 }'); do
		ipcrm -q "$id"
	done
	rm -rf "$folder"
}
trap clean EXIT

# side FAULT: a folder that bench is called in with that fault in each send
side() {
	mkdir -p "$folder/$1"
	cat >"$folder/$1/ipcmark" <<END
#!/bin/sh
exec "$build/ipcmark" "\$@" --inject=$1
END
	echo "$1" >"$folder/$1/ipcmark-bench"
	chmod +x "$folder/$1/ipcmark" "$folder/$1/ipcmark-bench"
}

# is_found FAULT: has the count risen that has to?
is_found() {
	case $1 in
	getpid) grep -qF 'getpid (send) 0 -> 1' "$folder/out" ;;
	malloc) grep -qF 'allocations 0 -> 1' "$folder/out" ;;
	copy) grep -q 'user instructions [0-9.]* -> [0-9.]*' "$folder/out" ;;
	leak) grep -qF 'leaked objects 0 -> 1' "$folder/out" ;;
	counted)
		is_found getpid && is_found malloc && is_found copy &&
			is_found leak
		;;
	esac
}

# a host without ptrace cannot count calls, and the test tells nothing
"$build/ipcmark" bench --quick --repeat=1 --timeout=5m --counts=all --filter "$row" \
	--filter=-^raw/ --quiet --report "json=$folder/r.json" >/dev/null 2>&1
grep -q '"write"' "$folder/r.json" || {
	echo 'system calls cannot be counted here'
	exit 77
}

side nothing
for fault in "$@"; do
	side "$fault"
	found=0
	for _ in $(seq "$rounds"); do
		rm -rf "$folder/o"
		"$gate" --base "$folder/nothing" --head "$folder/$fault" \
			--parts counts --filter "$row" --out "$folder/o" \
			--quiet >"$folder/out" 2>"$folder/err"
		if [ $? -eq 1 ] && is_found "$fault"; then
			found=$((found + 1))
		else
			cat "$folder/out" "$folder/err"
		fi
	done
	echo "$fault: found in $found of $rounds"
	[ "$found" -eq "$rounds" ] || failed=1
done
exit "$failed"
