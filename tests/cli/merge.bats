# callgate merge: several profiles as one, exactly.
load helper

setup() {
	T=$BATS_TEST_TMPDIR
	A=$T/a.json
	B=$T/b.json
}

# profile DEFAULT RULES…: for x86_64 and its relatives; each rule is JSON.
profile() {
	local default=$1
	shift
	printf '{"defaultAction": "SCMP_ACT_%s", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
		"syscalls": [%s]}\n' "$default" "$(IFS=,; echo "$*")"
}

# allow NAMES [CONDITION…]; a condition is INDEX OP VALUE
rule() {
	local action=$1 names=$2 args=
	shift 2
	while [ $# -ge 3 ]; do
		args="$args${args:+,}{\"index\": $1, \"op\": \"SCMP_CMP_$2\", \"value\": $3}"
		shift 3
	done
	printf '{"names": ["%s"], "action": "SCMP_ACT_%s", "args": [%s]}' "${names// /\", \"}" "$action" "$args"
}

# answer PROFILE CALL: on x86_64
answer() {
	callgate explain "$1" "$2" --arch x86_64 --json | jq -r '.answers[0].answer'
}

answers() {
	local got
	got=$(answer "$1" "$2")
	[ "$got" = "$3" ] || show "$2 is $got, and should be $3"
}

@test "the union allows what either allows" {
	profile ERRNO "$(rule ALLOW 'read write')" "$(rule ALLOW socket 0 EQ 1)" >"$A"
	profile ERRNO "$(rule ALLOW 'read close')" "$(rule ALLOW socket 0 EQ 2)" >"$B"
	try callgate merge --union "$A" "$B" -o "$T/u.json"
	status_is 0
	[ -z "$output" ] || show
	for call in 'read(0)' 'write(0)' 'close(0)' 'socket(1)' 'socket(2)'; do
		answers "$T/u.json" "$call" ALLOW
	done
	answers "$T/u.json" 'socket(3)' 'ERRNO(EPERM)'
	answers "$T/u.json" 'mount("a")' 'ERRNO(EPERM)'
}

@test "the intersection allows what both allow, conditions included" {
	profile ERRNO "$(rule ALLOW 'read write')" "$(rule ALLOW socket 0 EQ 1)" "$(rule ALLOW socket 0 EQ 2)" >"$A"
	profile KILL_PROCESS "$(rule ALLOW 'read close')" "$(rule ALLOW socket 0 EQ 2)" "$(rule ALLOW lseek 2 LT 3)" >"$B"
	try callgate merge --intersect "$A" "$B" -o "$T/i.json"
	status_is 0
	answers "$T/i.json" 'read(0)' ALLOW
	answers "$T/i.json" 'socket(2)' ALLOW
	answers "$T/i.json" 'socket(1)' KILL_PROCESS
	answers "$T/i.json" 'write(0)' KILL_PROCESS
	answers "$T/i.json" 'close(0)' 'ERRNO(EPERM)'
	answers "$T/i.json" 'lseek(0, 0, 2)' 'ERRNO(EPERM)'
	answers "$T/i.json" 'lseek(0, 0, 3)' KILL_PROCESS
}

@test "a list of refusals and a list of permissions" {
	profile ALLOW "$(rule ERRNO 'mount ptrace')" "$(rule KILL_PROCESS clone 0 EQ 268435456)" >"$A"
	profile ERRNO "$(rule ALLOW 'read mount clone')" >"$B"
	try callgate merge --intersect "$A" "$B" -o "$T/i.json"
	status_is 0
	answers "$T/i.json" 'read(0)' ALLOW
	answers "$T/i.json" 'mount("a")' 'ERRNO(EPERM)'
	answers "$T/i.json" 'clone(268435456)' KILL_PROCESS
	answers "$T/i.json" 'clone(17)' ALLOW
	answers "$T/i.json" 'close(0)' 'ERRNO(EPERM)'
	try callgate merge --union "$A" "$B" -o "$T/u.json"
	status_is 0
	answers "$T/u.json" 'ptrace(0)' 'ERRNO(EPERM)'
	answers "$T/u.json" 'mount("a")' ALLOW
	answers "$T/u.json" 'clone(268435456)' ALLOW
}

@test "of equal actions the last named decides in a stack, the first in a union" {
	profile ALLOW '{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}' >"$A"
	profile ALLOW '{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}' >"$B"
	callgate merge --intersect "$A" "$B" -o "$T/i.json"
	answers "$T/i.json" 'mkdir("a")' 'ERRNO(ENOSYS)'
	callgate merge --union "$A" "$B" -o "$T/u.json"
	answers "$T/u.json" 'mkdir("a")' 'ERRNO(EACCES)'
}

@test "what is merged with itself, or with more, stays what it is" {
	for kind in --union --intersect; do
		try callgate merge $kind @container-default @container-default -o "$T/same.json"
		status_is 0
		try callgate merge $kind @container-default "$T/same.json" "$T/same.json" -o "$T/again.json"
		status_is 0
		cmp "$T/same.json" "$T/again.json" || show "$kind"
		callgate compile @container-default -o "$T/one.bpf"
		callgate compile "$T/same.json" -o "$T/two.bpf"
		cmp "$T/one.bpf" "$T/two.bpf" || show "$kind: another filter"
	done
}

@test "bundled profiles merge, and several at once" {
	for kind in --union --intersect; do
		try callgate merge $kind @container-default @workspace @strict -o "$T/all.json"
		[ "$status" -eq 0 ] || [ "$status" -eq 4 ] || show "$kind"
		[ "$status" -eq 4 ] || { try callgate check "$T/all.json" && status_is 0; }
	done
}

@test "what OCI's JSON cannot say names the call, and nothing is written" {
	profile ERRNO "$(rule ALLOW read)" >"$A"
	sed 's/, "SCMP_ARCH_X86", "SCMP_ARCH_X32"//; s/ERRNO/LOG/' "$A" >"$B"
	try callgate merge --union "$A" "$B" --arch x86_64 -o "$T/u.json"
	status_is 0
	profile ALLOW "$(rule KILL_PROCESS read)" | sed 's/, "SCMP_ARCH_X86", "SCMP_ARCH_X32"//' >"$B"
	try callgate merge --union "$A" "$B" -o "$T/none.json"
	status_is 4
	err_has 'x86'
	[ ! -e "$T/none.json" ]
}

@test "as a policy text" {
	profile ERRNO "$(rule ALLOW 'read write')" "$(rule ALLOW socket 0 EQ 1)" >"$A"
	profile ERRNO "$(rule ALLOW 'read')" >"$B"
	try callgate merge --union "$A" "$B" -o "$T/u.policy" --format policy
	status_is 0
	answers "$T/u.policy" 'socket(1)' ALLOW
	answers "$T/u.policy" 'write(1)' ALLOW
	answers "$T/u.policy" 'socket(2)' 'ERRNO(EPERM)'
}

@test "bad usage and bad input" {
	profile ERRNO "$(rule ALLOW read)" >"$A"
	try callgate merge "$A" "$A" -o "$T/x.json"
	status_is 2
	try callgate merge --union --intersect "$A" "$A" -o "$T/x.json"
	status_is 2
	try callgate merge --union "$A" -o "$T/x.json"
	status_is 2
	try callgate merge --union "$A" "$A"
	status_is 2
	try callgate merge --union "$A" "$T/missing.json" -o "$T/x.json"
	status_is 3
	one_error_at missing.json
	echo '{}' >"$B"
	try callgate merge --union "$A" "$B" -o "$T/x.json" --engine docker
	status_is 3
	[ ! -e "$T/x.json" ]
}

@test "filters and processes are merged too" {
	profile ERRNO "$(rule ALLOW 'read write')" "$(rule ALLOW socket 0 EQ 1)" >"$A"
	profile ERRNO "$(rule ALLOW 'read close')" "$(rule ALLOW socket 0 EQ 2)" >"$B"
	callgate compile "$A" -o "$T/a.bpf"
	callgate compile "$B" -o "$T/b.bpf"
	for kind in union intersect; do
		callgate merge --$kind "$A" "$B" -o "$T/want.json"
		for pair in 'a.bpf b.bpf' 'a.json b.bpf' 'a.bpf b.json'; do
			set -- $pair
			try callgate merge --$kind "$T/$1" "$T/$2" -o "$T/got.json"
			status_is 0
			try callgate diff "$T/want.json" "$T/got.json"
			status_is 0
		done
	done
	# By the address of the caller: no profile says that, and the call is named.
	printf '%s\n' .little-endian 'ld [4]' 'jeq #0xc000003e, L1, L2' 'L1: ld [0]' 'jeq #0, L3, L2' 'L3: ld [8]' \
		'jgt #4096, L4, L2' 'L4: ret #0x7fff0000' 'L2: ret #0x80000000' >"$T/ip.asm"
	callgate compile "$T/ip.asm" -o "$T/ip.bpf"
	try callgate merge --intersect "$A" "$T/ip.bpf" -o "$T/none.json"
	status_is 4
	err_has 'read on x86_64 depends on the instruction pointer'
	[ ! -e "$T/none.json" ]
	echo '{"callgate": "recording", "version": 1}' >"$T/rec.json"
	try callgate merge --union "$A" "$T/rec.json" -o "$T/none.json"
	status_is 3
	err_has 'rec.json: this is a recording'
}

@test "the stack of a process becomes one profile, and one filter" {
	[ "$(id -u)" -eq 0 ] || skip "the kernel gives filters to root only"
	[ "$(awk '/^Seccomp:/ { print $2 }' /proc/self/status)" = 0 ] || skip "under a filter the kernel gives none out"
	callgate run --tell none --profile @container-default -- "$CALLGATE" run --tell none --profile @workspace -- sleep 100 3>&- &
	pid=$!
	for i in $(seq 100); do
		[ "$(cat /proc/$pid/comm)" = sleep ] && break
		sleep 0.05
	done
	try callgate compile pid:$pid -o "$T/one.bpf"
	status_is 0
	try callgate diff pid:$pid "$T/one.bpf"
	status_is 0
	try callgate merge --intersect pid:$pid @container-default --format policy -o "$T/one.policy"
	[ "$status" -eq 0 ] || [ "$status" -eq 4 ] || show
	try callgate merge --intersect pid:$$ @container-default -o "$T/none.json"
	status_is 0
	try callgate diff "$T/none.json" @container-default
	kill -KILL $pid
	wait $pid || true
	status_is 0
}
