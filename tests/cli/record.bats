# callgate record, as people use it.
load helper

setup() {
	REC=$BATS_TEST_TMPDIR/rec.json
}

# total NAME [FILE]: how often a call was made, over all runs and arches.
total() {
	jq --arg name "$1" '[.runs[].calls[] | select(.name == $name) | .count] | add // 0' "${2:-$REC}"
}

@test "a command is recorded" {
	try callgate record -o "$REC" -- true
	status_is 0
	is_true '.callgate == "recording" and .version == 1' "$REC"
	is_true '.runs | length == 1' "$REC"
	is_true '.runs[0].command == ["true"]' "$REC"
	[ "$(total execve)" -eq 1 ]
	[ "$(total exit_group)" -eq 1 ]
}

@test "without -- the command begins at the first word that is no option" {
	callgate record -o "$REC" sh -c 'exit 0'
	is_true '.runs[0].command == ["sh", "-c", "exit 0"]' "$REC"
}

@test "the command's input, output and errors are its own" {
	try bash -c "echo in | callgate record -o '$REC' -- sh -c 'cat; echo err >&2'"
	status_is 0
	[ "$output" = in ]
	err_has err
}

@test "the exit status is the command's own" {
	try callgate record -o "$REC" -- sh -c 'exit 7'
	status_is 7
	try callgate record -o "$REC" -- sh -c 'kill -TERM $$'
	status_is 143
	try callgate record -o "$REC" -- sh -c 'kill -KILL $$'
	status_is 137
	is_true '.runs[0].calls | length > 5' "$REC"
}

@test "126 and 127 as a shell has them, 125 when callgate fails before the command starts" {
	try callgate record -o "$REC" -- /no/such/program
	status_is 127
	try callgate record -o "$REC" -- no-such-program-on-the-path
	status_is 127
	err_has no-such-program-on-the-path
	try callgate record -o "$REC" -- /etc/passwd
	status_is 126
	try callgate record --no-such-option -- true
	status_is 125
}

@test "calls are counted exactly, over processes" {
	try callgate record -o "$REC" -- sh -c "'$CALLS' 1000 >/dev/null & '$CALLS' 500 >/dev/null; wait"
	status_is 0
	# And one by the shell itself, which asks who its parent is.
	shell=$(jq '[.runs[].calls[] | select(.name == "getppid") | .programs | to_entries[] |
		select(.key | test("bench-calls") | not) | .value] | add // 0' "$REC")
	[ $(($(total getppid) - shell)) -eq 1650 ]
}

@test "which program made a call is kept, through execs" {
	callgate record -o "$REC" -- sh -c "exec '$CALLS' 10" >/dev/null
	is_true '[.runs[].calls[] | select(.name == "getppid") | .programs | to_entries[] |
		select(.key | endswith("bench-calls")) | .value] == [11]' "$REC"
}

@test "errors are counted with the call" {
	callgate record -o "$REC" -- cat /no/such/file 2>/dev/null || true
	is_true '[.runs[].calls[] | select(.name == "openat" or .name == "open") | .errors | tostring |
		test("ENOENT")] | any' "$REC"
}

@test "argument values are kept as few, and marked when there were too many" {
	callgate record -o "$REC" -- bash -c 'for i in $(seq 100); do ulimit -n $((200 + i)) 2>/dev/null; umask $i 2>/dev/null; done; :'
	is_true '[.runs[].calls[] | select(.name == "umask")] | length == 1' "$REC"
	# 64 octal numbers below 100 are valid: more than are kept.
	is_true '.runs[0].calls[] | select(.name == "umask") | tostring | test("overflow")' "$REC"
}

@test "SIGINT: what was recorded so far is written whole" {
	try timeout --foreground -s INT 1 callgate record -o "$REC" -- sleep 30
	is_true '.runs[0].calls | length > 5' "$REC"
	is_true '[.runs[0].calls[].name] | any(. == "clock_nanosleep" or . == "nanosleep")' "$REC"
}

@test "SIGTERM: what was recorded so far is written whole" {
	try timeout --foreground -s TERM 1 callgate record -o "$REC" -- sleep 30
	is_true '.runs[0].calls | length > 5' "$REC"
}

@test "signals reach the command, which may handle them" {
	try callgate record -o "$REC" -- sh -c 'trap "echo handled; exit 5" USR1; kill -USR1 $$; sleep 5'
	status_is 5
	[ "$output" = handled ]
}

@test "a stopped child is stopped, and goes on" {
	try timeout 20 callgate record -o "$REC" -- bash -c \
		'sleep 0.3 & kill -STOP $!; sleep 0.1; grep State /proc/$!/status; kill -CONT $!; wait $!; echo "$?"'
	status_is 0
	[[ ${output} =~ 'T ('(stopped|'tracing stop')')' || $output == *'t (tracing stop)'* ]] || show
	[ "${lines[-1]}" = 0 ]
}

@test "set-uid programs keep their privilege for root" {
	[ "$(id -u)" -eq 0 ] || skip "only root keeps it"
	callgate record -o "$REC" -- grep NoNewPrivs /proc/self/status >"$BATS_TEST_TMPDIR/out"
	[ "$(awk '{ print $2 }' "$BATS_TEST_TMPDIR/out")" = 0 ]
}

@test "as nobody: it records the same, and says where a set-uid program lost its privilege" {
	a_nobody
	try as_nobody callgate record -o rec.json -- sh -c './bench-calls 100 >/dev/null; exit 3'
	status_is 3
	is_true '[.runs[].calls[] | select(.name == "getppid") | .programs | to_entries[] |
		select(.key | endswith("bench-calls")) | .value] == [110]' "$NOBODY/rec.json"
	install -m 4755 -o root /usr/bin/id "$NOBODY/id-as-root"
	[ "$(as_nobody ./id-as-root -u)" = 0 ] || skip "set-uid programs have no effect in ${TMPDIR:-/tmp}"
	try as_nobody callgate record -o rec.json -- ./id-as-root -u
	status_is 0
	[ "$output" = 65534 ]
	err_has id-as-root
	is_true '.runs[0].remarks | tostring | test("id-as-root")' "$NOBODY/rec.json"
}

@test "a workload that traces by itself is said" {
	command -v strace >/dev/null || skip "strace is not installed"
	try callgate record --backend ptrace -o "$REC" -- strace -o /dev/null true
	is_true '.runs[0].remarks | length >= 1' "$REC"
	err_has trace
}

@test "two recordings of one program differ in nothing but time" {
	callgate record -o "$REC" -- cat /dev/null
	callgate record -o "$REC.2" -- cat /dev/null
	counts='[.runs[0].calls[] | {name, count}]'
	[ "$(jq -S "$counts" "$REC")" = "$(jq -S "$counts" "$REC.2")" ]
	is_true "$(jq '.runs[0].id' "$REC") != .runs[0].id" "$REC.2"
}

@test "--append adds to the recording that is there" {
	callgate record --append -o "$REC" -- true
	callgate record --append -o "$REC" -- cat /dev/null
	is_true '.runs | length == 2' "$REC"
	is_true '[.runs[].command[0]] | sort == ["cat", "true"]' "$REC"
	echo nonsense >"$REC"
	try callgate record --append -o "$REC" -- touch "$BATS_TEST_TMPDIR/started"
	status_is 125
	[ "$(cat "$REC")" = nonsense ]
	[ ! -e "$BATS_TEST_TMPDIR/started" ]
}

@test "several at once may append to one recording" {
	for i in 1 2 3 4 5 6; do
		callgate record --append -o "$REC" -- sleep 0.1 &
	done
	wait
	is_true '.runs | length == 6' "$REC"
}

@test "without -o a table is shown on standard error" {
	try callgate record -- echo hello
	status_is 0
	[ "$output" = hello ]
	grep -qE '^ +1 .* write' <<<"$stderr" || show
	grep -qE '[0-9]+ calls, [0-9]+ different ones' <<<"$stderr" || show
}

@test "--duration ends the command" {
	try timeout 20 callgate record --duration 300ms -o "$REC" -- sleep 15
	[ "$status" -ne 124 ]
	is_true '.runs[0].partial == true' "$REC"
}

@test "an empty name is no command" {
	for command in 'record' 'run --profile @container-default'; do
		try callgate $command -- ''
		status_is 127
		one_error_at 'the name of the command is empty'
	done
}

# can_ebpf: skips the test where the kernel or the user cannot.
can_ebpf() {
	callgate doctor 'record --backend ebpf' | grep -qw yes || skip "$(callgate doctor 'record --backend ebpf' | tail -n 1)"
}

@test "ebpf: it counts what ptrace counts, with arguments, errors and programs" {
	can_ebpf
	callgate record --backend ebpf -o "$REC" -- cat /dev/null /no/such/file || true
	callgate record --backend ptrace -o "$REC.2" -- cat /dev/null /no/such/file || true
	is_true '.runs[0].backend == "ebpf"' "$REC"
	diff <(jq -S '.runs[0].calls' "$REC") <(jq -S '.runs[0].calls' "$REC.2") >&2
}

@test "ebpf: the files that ran are named with their build-ids" {
	can_ebpf
	callgate record --backend ebpf -o "$REC" -- cat /dev/null
	is_true '[.runs[0].files[] | select(.path | endswith("/cat")) | .build_id | length >= 16] == [true]' "$REC"
	is_true '[.runs[0].files[].path | test("libc")] | any' "$REC"
}

@test "ebpf: where the recorder has a root folder of its own, paths are as it would open them" {
	can_ebpf
	unshare --mount true || skip "no mounts can be made here"
	mkdir "$BATS_TEST_TMPDIR/root"
	unshare --mount sh -c 'mount --rbind / "$0" && exec chroot "$0" "$@"' "$BATS_TEST_TMPDIR/root" \
		"$(command -v callgate)" record --backend ebpf -o - -- /usr/bin/cat /dev/null >"$REC"
	is_true '[.runs[0].files[].path | startswith("/usr/")] | length > 1 and all' "$REC"
	is_true '[.runs[0].calls[].programs | select(.) | keys[]] | unique == ["/usr/bin/cat"]' "$REC"
}

# without_btf CMD…: on a kernel that does not describe itself, as far as CMD can see.
without_btf() {
	unshare --mount sh -c 'mount --bind /dev/null /sys/kernel/btf/vmlinux && exec "$@"' sh "$@"
}

counts() {
	jq -S '[.runs[0].calls[] | select(.name != "futex") | del(.args)]' "$1"
}

@test "ebpf: without BTF it counts the same" {
	can_ebpf
	without_btf true 2>/dev/null || skip "no mounts can be made here"
	[ -r /sys/kernel/tracing/events/sched/sched_process_fork/format ] || skip "tracefs is not mounted"
	local workload=$CALLGATE_BUILD/tests/live/workload
	for words in 'threads 8 6250' 'processes 999' 'crowd 200' int80 vsyscall own-filter 'values 100'; do
		callgate record --backend ebpf -o "$REC" -- "$workload" $words >/dev/null
		without_btf "$CALLGATE" record --backend ebpf -o "$REC.2" -- "$workload" $words >/dev/null
		# Threads that are joined wait or do not; ids are others each time.
		diff <(counts "$REC") <(counts "$REC.2") >&2 || show "$words"
		is_true '.runs[0].remarks | tostring | test("no BTF")' "$REC.2"
		is_true "[.runs[0].files[].path] == [\"$(realpath "$workload")\"]" "$REC.2"
	done
	# An execve in a thread goes on under the process's id.
	without_btf "$CALLGATE" record --backend ebpf -o "$REC" -- "$workload" exec-thread >/dev/null
	[ "$(total execve)" -eq 2 ] && [ "$(total getpgid)" -eq 1 ] && [ "$(total exit_group)" -eq 1 ]
	without_btf "$CALLGATE" record --backend ebpf --time -o "$REC" -- sleep 0.1
	is_true '[.runs[0].calls[] | select(.name == "clock_nanosleep") | .time.max_ns >= 100000000] == [true]' "$REC"
}

@test "ebpf: without BTF what runs already is refused, clearly" {
	can_ebpf
	without_btf true 2>/dev/null || skip "no mounts can be made here"
	try without_btf "$CALLGATE" record --backend ebpf --pid $$ --duration 1s -o "$REC"
	[ "$status" -ne 0 ]
	one_error_at 'BTF'
	try without_btf "$CALLGATE" record --all-containers --duration 1s -o "$BATS_TEST_TMPDIR/all"
	status_is 125
	one_error_at 'BTF'
	[ ! -e "$BATS_TEST_TMPDIR/all" ]
}

@test "ebpf: --time tells latencies, in the recording and in the table" {
	can_ebpf
	callgate record --time -o "$REC" -- sleep 0.1
	is_true '[.runs[0].calls[] | select(.name == "clock_nanosleep") | .time | .calls == 1 and .max_ns >= 100000000 and
		(.log2_ns | add) == 1] == [true]' "$REC"
	try callgate record --time -- sleep 0.1
	err_has 'TOTAL us'
	err_has '(ebpf)'
	try callgate record --time --backend ptrace -o "$REC" -- touch "$BATS_TEST_TMPDIR/started"
	status_is 125
	err_has '--backend ebpf'
	[ ! -e "$BATS_TEST_TMPDIR/started" ]
}

@test "ebpf: two at once do not see each other" {
	can_ebpf
	callgate record --backend ebpf -o "$REC" -- "$CALLS" 100000 >/dev/null &
	callgate record --backend ebpf -o "$REC.2" -- "$CALLS" 50000 >/dev/null
	wait
	[ "$(total getppid)" -eq 110000 ]
	[ "$(total getppid "$REC.2")" -eq 55000 ]
}

# can_notify: skips the test where the kernel or the user cannot.
can_notify() {
	callgate doctor 'answer CONTINUE' | grep -qw yes || skip "$(callgate doctor 'answer CONTINUE' | tail -n 1)"
}

@test "notify: it counts what ptrace counts, and says what it does not see" {
	can_notify
	callgate record --backend notify -o "$REC" -- cat /dev/null /no/such/file || true
	callgate record --backend ptrace -o "$REC.2" -- cat /dev/null /no/such/file || true
	is_true '.runs[0].backend == "notify"' "$REC"
	counts='[.runs[0].calls[] | [.arch, .nr, .count, .args, .programs]]'
	diff <(jq -S "$counts" "$REC") <(jq -S "$counts" "$REC.2") >&2
	is_true '[.runs[0].calls[].errors | select(.)] == []' "$REC"
	is_true '.runs[0].remarks | any(test("failed is not known"))' "$REC"
	diff <(jq '.runs[0].files' "$REC") <(jq '.runs[0].files' "$REC.2") >&2
}

@test "notify: statuses are the command's, as are what cannot be executed and an end in time" {
	can_notify
	try callgate record --backend notify -o "$REC" -- sh -c 'exit 7'
	status_is 7
	try callgate record --backend notify -o "$REC" -- sh -c 'kill -KILL $$'
	status_is 137
	printf '#!/no/such/interpreter\n' >"$BATS_TEST_TMPDIR/bad"
	chmod +x "$BATS_TEST_TMPDIR/bad"
	try callgate record --backend notify -o "$REC" -- "$BATS_TEST_TMPDIR/bad"
	status_is 127
	try callgate record --backend notify --duration 200ms -o "$REC" -- sleep 60
	status_is 143
	is_true '.runs[0].partial == true' "$REC"
}

@test "notify: when callgate is killed, the command goes on to its end, and nobody stays" {
	can_notify
	cat >"$BATS_TEST_TMPDIR/steps" <<'SH'
echo $$ >pid
for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1 || exit; cat /dev/null || exit; done
echo whole >end
SH
	cd "$BATS_TEST_TMPDIR"
	callgate record --backend notify -o "$REC" -- sh steps 3>&- &
	recorder=$!
	for i in $(seq 100); do [ ! -s pid ] || break; sleep 0.02; done
	sleep 0.3
	warden=$(pgrep -P $recorder -x callgate-warden | head -n 1)
	[ -n "$warden" ]
	kill -KILL $recorder
	wait $recorder || true
	for i in $(seq 200); do [ ! -s end ] || break; sleep 0.05; done
	[ "$(cat end)" = whole ]
	for i in $(seq 100); do [ -e "/proc/$warden" ] && ! grep -q '^State:.Z' "/proc/$warden/status" || break; sleep 0.05; done
	[ ! -e "/proc/$warden" ] || grep -q '^State:.Z' "/proc/$warden/status"
}

@test "as nobody: auto takes the next that works, and says why not the first" {
	a_nobody
	can_notify
	try as_nobody callgate record -o rec.json -- true
	status_is 0
	err_has 'recorded by notify; ebpf: '
	is_true '.runs[0].backend == "notify"' "$NOBODY/rec.json"
	try as_nobody callgate record --backend ebpf -o rec.json -- true
	status_is 125
}

@test "a filter that was there before is remarked: what it refuses was not recorded" {
	cat >"$BATS_TEST_TMPDIR/outer.policy" <<'TEXT'
default allow
errno(ENOSYS) getpgrp
TEXT
	# No leak detection: it traces, which no_new_privs and a filter need not let it.
	try env ASAN_OPTIONS=detect_leaks=0 callgate run --profile "$BATS_TEST_TMPDIR/outer.policy" --tell none -- \
		callgate record -o "$BATS_TEST_TMPDIR/inner.json" -- true
	status_is 0
	err_has 'recorded under a seccomp filter that was there before'
	is_true '[.runs[].remarks[]? | select(test("seccomp filter that was there before"))] | length == 1' "$BATS_TEST_TMPDIR/inner.json"
	try callgate record -o "$BATS_TEST_TMPDIR/free.json" -- true
	is_true '[.runs[].remarks[]?] | length == 0' "$BATS_TEST_TMPDIR/free.json"
}
