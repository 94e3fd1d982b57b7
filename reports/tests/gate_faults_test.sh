#!/bin/sh
# SPDX-License-Identifier: MIT
# Faults put into one side of a real gate run are found by the part meant for
# them: a system call, an allocation, a copy, an object left behind by counts.
# (What is only slower is for the times: gate_live.sh slower.)
# gate_faults_test.sh GATE BUILD [--repeat N] [FAULT...]
# The tests run it without FAULT: all that counts find at once, in one gate run.
# With --repeat and no FAULT each fault has N gate runs of its own, which takes
# about ten seconds each.
set -u
gate=$1
build=$2
shift 2
rounds=1
single='getpid malloc copy leak leak-sem leak-segment leak-mq leak-file leak-fd'
faults=counted
if [ "${1-}" = --repeat ]; then
	rounds=$2
	faults=$single
	shift 2
fi
[ $# -gt 0 ] && faults=$*
failed=0
folder=$(mktemp -d)
row='^queue/pipe/self_loop/size=64/placement=1cpu$'

trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

# side FAULT: a folder that bench is called in with that fault in each send;
# bench removes what a leak has left when it ends
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
	grep -q 'REGRESSED by counts' "$folder/out" || return 1
	case $1 in
	getpid) grep -qF 'getpid (send) 0 -> 1' "$folder/out" ;;
	malloc) grep -qF 'allocations 0 -> 1' "$folder/out" ;;
	copy) grep -q 'user instructions [0-9.]* -> [0-9.]*' "$folder/out" ;;
	leak*) grep -qF 'leaked objects 0 -> 1' "$folder/out" ;;
	counted)
		is_found getpid && is_found malloc && is_found copy &&
			grep -qF 'leaked objects 0 -> 1' "$folder/out"
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
for fault in $faults; do
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
	echo "$fault: caught $found of $rounds"
	[ "$found" -eq "$rounds" ] || failed=1
done
exit "$failed"
