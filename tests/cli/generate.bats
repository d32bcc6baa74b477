# callgate generate: recordings, or a command at once, become a profile under which the command runs.
load helper

setup() {
	REC=$BATS_TEST_TMPDIR/rec.json
	P=$BATS_TEST_TMPDIR/p.json
}

# action_of NAME [FILE]: the actions of the rules that name a call.
actions_of() {
	jq -r --arg name "$1" '[.syscalls[] | select(.names | index($name)) | .action] | unique | join(" ")' "$P"
}

@test "a profile from a recording; the command runs under it" {
	callgate record -o "$REC" -- cat /dev/null
	try callgate generate "$REC" -o "$P"
	status_is 0
	is_true '.defaultAction == "SCMP_ACT_ERRNO" and .defaultErrnoRet == 38' "$P"
	[ "$(actions_of read)" = SCMP_ACT_ALLOW ]
	callgate run --profile "$P" -- cat /dev/null
}

@test "a profile at once from a command" {
	try callgate generate -o "$P" -- sh -c 'echo hello; exit 0'
	status_is 0
	out_has hello
	callgate run --profile "$P" -- sh -c 'echo hello'
}

@test "of attached runs alone a program does not start, and that is said" {
	callgate record -o "$REC" -- cat /dev/null
	try callgate generate "$REC" -o "$P"
	err_lacks 'attached'
	jq '.runs[].command = [] | .runs[].backend = "ebpf" | .runs[].id = "0123456789abcdef0123456789abcdef"' "$REC" >"$REC.attached"
	try callgate generate "$REC.attached" -o "$P"
	status_is 0
	err_has 'warning: every run was attached to while the program ran'
	err_has 'callgate record -- CMD'
	try callgate generate "$REC.attached" "$REC" -o "$P"
	err_lacks 'attached'
}

@test "on standard output, strict JSON" {
	callgate record -o "$REC" -- true
	try bash -c "callgate generate '$REC' | jq -e .defaultAction"
	status_is 0
	out_has SCMP_ACT_ERRNO
}

@test "several recordings: what either needs is allowed" {
	callgate record -o "$REC" -- "$CALLS" 1 >/dev/null
	callgate record -o "$REC.2" -- sync
	callgate generate "$REC" "$REC.2" -o "$P"
	[ "$(actions_of getppid)" = SCMP_ACT_ALLOW ]
	[ "$(actions_of sync)" = SCMP_ACT_ALLOW ]
	callgate generate "$REC.2" "$REC" -o "$P.turned"
	cmp "$P" "$P.turned"
}

@test "what every process needs is there, dangerous calls are refused with EPERM" {
	callgate record -o "$REC" -- true
	callgate generate "$REC" -o "$P"
	for name in exit exit_group rt_sigreturn restart_syscall execve rseq faccessat2 statx; do
		[ "$(actions_of $name)" = SCMP_ACT_ALLOW ] || show "$name: $(actions_of $name)"
	done
	for name in mount ptrace bpf unshare kexec_load init_module userfaultfd; do
		[ "$(actions_of $name)" = SCMP_ACT_ERRNO ] || show "$name: $(actions_of $name)"
	done
	is_true '[.syscalls[] | select(.names | index("mount")) | .errnoRet] == [1]' "$P"
}

@test "--args safe allows the values that were seen, and no others" {
	callgate record -o "$REC" -- python3 -c 'import socket; socket.socket(socket.AF_UNIX).close(); print()'
	callgate generate "$REC" --args safe -o "$P"
	ask='import socket, sys
for family in socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK:
    try:
        socket.socket(family, socket.SOCK_DGRAM if family == socket.AF_NETLINK else socket.SOCK_STREAM).close()
        print(int(family), "yes")
    except OSError:
        print(int(family), "no")'
	try callgate run --tell none --profile "$P" -- python3 -c "$ask"
	status_is 0
	[ "$(tr '\n' ',' <<<"$output")" = '1 yes,2 no,10 no,16 no,' ] || show
	callgate generate "$REC" --args none -o "$P"
	try callgate run --tell none --profile "$P" -- python3 -c "$ask"
	[ "$(tr '\n' ',' <<<"$output")" = '1 yes,2 yes,10 yes,16 yes,' ] || show
}

@test "--args safe never constrains pointers, descriptors or sizes" {
	callgate record -o "$REC" -- cat /etc/passwd >/dev/null
	callgate generate "$REC" --args safe -o "$P"
	is_true '[.syscalls[] | select(.names | any(. == "read" or . == "write" or . == "openat" or . == "mmap" or
		. == "close")) | .args // [] | length] | all(. == 0)' "$P"
}

@test "--default chooses what happens to the rest" {
	callgate record -o "$REC" -- true
	for pair in enosys:SCMP_ACT_ERRNO eperm:SCMP_ACT_ERRNO kill:SCMP_ACT_KILL_PROCESS log:SCMP_ACT_LOG; do
		callgate generate "$REC" --default "${pair%:*}" -o "$P"
		[ "$(jq -r .defaultAction "$P")" = "${pair#*:}" ] || show "$pair"
	done
	try callgate generate "$REC" --default nonsense -o "$P"
	status_is 2
}

@test "--base adds what a runtime needs" {
	callgate record -o "$REC" -- true
	callgate generate "$REC" -o "$P"
	without=$(jq '[.syscalls[] | select(.action == "SCMP_ACT_ALLOW") | .names[]] | unique | length' "$P")
	for base in runc crun @container-default; do
		try callgate generate "$REC" --base $base -o "$P"
		[ "$status" -eq 0 ] || show "$base"
		with=$(jq '[.syscalls[] | select(.action == "SCMP_ACT_ALLOW") | .names[]] | unique | length' "$P")
		[ "$with" -gt "$without" ] || show "$base: $with calls, $without without it"
	done
	try callgate generate "$REC" --base rnuc -o "$P"
	status_is 3
	err_has runc
}

@test "--explain says why each call is there" {
	callgate record -o "$REC" -- true
	try callgate generate "$REC" --explain -o "$P"
	status_is 0
	[[ $output$stderr == *exit_group* ]] || show
	[[ $output$stderr == *seen* ]] || show
}

@test "as nobody, from record to run" {
	a_nobody
	as_nobody callgate record -o rec.json -- ./bench-calls 10 >/dev/null
	as_nobody callgate generate rec.json --args safe -o p.json
	as_nobody callgate check p.json
	try as_nobody callgate run --profile p.json -- ./bench-calls 10
	status_is 0
}

@test "what is generated passes check, and compiles" {
	callgate record -o "$REC" -- sh -c 'ls / >/dev/null; cat /dev/null'
	for args in none safe strict; do
		callgate generate "$REC" --args $args -o "$P"
		try callgate check "$P"
		[ "$status" -eq 0 ] || show "--args $args"
		callgate compile "$P" -o "$P.bpf"
	done
}

@test "a place that cannot be written is status 4, from recordings and from a command alike" {
	callgate record -o "$REC" -- true
	try callgate generate "$REC" -o /no/such/folder/p.json
	status_is 4
	try callgate generate -o /no/such/folder/p.json -- true
	status_is 4
}

@test "as policy text, with the reason of each call, and as C" {
	callgate record -o "$REC" -- "$CALLS" 1 >/dev/null
	for default in enosys eperm kill log; do
		callgate generate "$REC" --args safe --default "$default" -o "$P"
		try callgate generate "$REC" --args safe --default "$default" --format policy -o "$P.policy"
		status_is 0
		callgate diff "$P" "$P.policy"
		try callgate generate "$REC" --args safe --default "$default" --format c -o "$P.h"
		status_is 0
		callgate compile "$P" --format c -o - | cmp - "$P.h"
	done
	output=$(cat "$P.policy")
	out_has '# seen 1 time'
	out_has 'default log'
	callgate run --profile "$P.policy" -- "$CALLS" 1
	echo 'int main(void) { return filter_length == 0; }' | cat "$P.h" - >"$P.c"
	cc -Wall -Werror -o "$P.bin" "$P.c"
	try callgate generate "$REC" --format yaml
	status_is 2
	err_has 'docker, oci, systemd, k8s, policy or c'
	# What completion offers is what is read.
	words=$(callgate --completion bash | sed -n '/generate) words=/,/esac ;;/p' |
		sed -n "s/.*--format) choices='\\(.*\\)'.*/\\1/p" | head -n 1)
	[ "$words" = "$(sed -n 's/.*--format takes \(.*\), not .*/\1/p' <<<"$stderr" | sed 's/, / /g; s/ or / /')" ]
}
