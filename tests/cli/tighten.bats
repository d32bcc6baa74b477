#!/usr/bin/env bats
# callgate tighten: what nobody calls is logged for a round, then refused; what is called comes back.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	seen read write close openat exit_group execve >seen.json
	wide >p.json
}

number_of() {
	callgate syscalls "$1" --arch x86_64 --json | jq '.syscalls[0].number'
}

# seen CALL…: a recording of them that begins now. CALL may be NAME=ARG: 0=VALUE of its first argument.
seen() {
	local calls= call args
	sleep 0.002 # its time is told in milliseconds
	for call; do
		args='[]'
		[[ $call != *=* ]] || args="[{\"index\": 0, \"values\": [${call#*=}]}]"
		calls+="{\"arch\": \"x86_64\", \"nr\": $(number_of "${call%=*}"), \"name\": \"${call%=*}\", \"count\": 1, \"args\": $args}"$'\n'
	done
	jq -n --argjson calls "$(jq -s 'sort_by(.nr)' <<<"$calls")" --arg id "$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')" \
		--arg started "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" '{callgate: "recording", version: 1, runs: [{id: $id,
		backend: "ptrace", started: $started, duration_ms: 1, command: ["x"], kernel: "6.1", machine: "x86_64",
		calls: $calls}]}'
}

# Allows more than anybody calls; with keys that nobody here knows, and conditions.
wide() {
	cat <<'JSON'
{
	"x-owner": {"team": "storage"},
	"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
	"architectures": ["SCMP_ARCH_X86_64"],
	"syscalls": [
		{"names": ["read", "write", "close", "openat", "exit_group", "execve", "rt_sigreturn", "getppid", "mount",
			"io_uring_setup"], "action": "SCMP_ACT_ALLOW", "comment": "ours", "x-note": 7},
		{"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}},
		{"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 16, "op": "SCMP_CMP_EQ"}]}
	]
}
JSON
}

# The answer of p.json to a call.
answer() {
	callgate explain "${2:-p.json}" "$1" --json | jq -r '.answers[0].answer'
}

answer_is() {
	[ "$(answer "$1" "${3:-p.json}")" = "$2" ] || show "$1 should get $2, and gets $(answer "$1" "${3:-p.json}")"
}

# violation CALL ACTION: a line of callgate-violations(5), as of now.
violation() {
	jq -nc --arg call "$1" --argjson nr "$(number_of "$1")" --arg action "$2" --argjson ns "$(date +%s%N)" '{time_ns: $ns, n: 1,
		exe: "/usr/bin/it", container: "web", arch: "x86_64", nr: $nr, syscall: $call, action: $action, seen_by: ["audit"]}'
}

round() {
	try callgate tighten p.json seen.json "$@"
}

@test "the riskiest unused calls are logged, then closed, each with its reason" {
	round --step 3
	status_is 0
	out_has "round 1"
	out_has "critical risk: Attaches file systems"
	out_has "4 known vulnerabilities are reached through it"
	out_has "allowed at line 6, in none of 1 run"
	out_has "proven: the new profile allows nothing that the old one denied"
	answer_is mount LOG
	answer_is "ptrace(16)" LOG
	answer_is "ptrace(17)" "ERRNO(ENOSYS)"
	answer_is getppid ALLOW
	seen read >new.json
	round new.json --step 3
	status_is 0
	out_has "round 1 is over: as told by what was recorded since"
	out_has "logged since round 1, and nobody called it"
	answer_is mount "ERRNO(ENOSYS)"
	answer_is "ptrace(16)" "ERRNO(ENOSYS)"
	answer_is io_uring_setup "ERRNO(ENOSYS)"
	answer_is getppid ALLOW
	answer_is read ALLOW
}

@test "--json tells the same, and -n writes nothing" {
	round --step 1 --json -n
	status_is 0
	is_true '.round == 1 and .is_over and .proven and (.changes | length == 1)'
	is_true '.changes[0] | .to == "LOG" and .call == "mount" and .what == "call" and .risk == "critical" and .vulnerabilities == 4'
	is_true '.profile == null'
	[ ! -e p.json.tighten.json ]
	wide | cmp - p.json
}

@test "the profile keeps what nobody here knows, and rules that do not apply here" {
	round --step 9
	status_is 0
	is_true '.["x-owner"].team == "storage"' p.json
	is_true '.syscalls[0]["x-note"] == 7' p.json
	is_true '[.syscalls[] | select(.names == ["bpf"] and .includes.caps == ["CAP_BPF"] and .action == "SCMP_ACT_ALLOW")] | length == 1' p.json
	is_true '[.syscalls[] | select((.comment // "") | startswith("tighten: logged")) | .names[]] | contains(["mount", "ptrace"])' p.json
}

@test "what starts and ends a program is closed only when asked" {
	round --step 100
	status_is 0
	answer_is rt_sigreturn ALLOW
	answer_is execve ALLOW
	[ -z "$(jq -r '.calls[].call' p.json.tighten.json | grep -x rt_sigreturn)" ]
	seen read >new.json
	round new.json --close rt_sigreturn --step 1
	status_is 0
	answer_is rt_sigreturn LOG
	try callgate tighten p.json seen.json --close mountt
	status_is 2
	err_has "did you mean mount?"
}

@test "what a runtime calls itself is kept, unless --base none" {
	jq '.syscalls[0].names += ["capset"]' p.json >q.json
	try callgate tighten q.json seen.json --step 100 -o out.json
	status_is 0
	answer_is capset ALLOW out.json
	try callgate tighten q.json seen.json --step 100 -o out2.json --base none
	status_is 0
	answer_is capset LOG out2.json
}

@test "a round of which nothing is known is not over" {
	round --step 1
	cp p.json before.json
	round --step 1
	status_is 1
	out_has "round 1 is not over: nothing tells what happened since it began"
	cmp p.json before.json
}

@test "a logged call that is recorded comes back, and is not proposed again" {
	round --step 1
	answer_is mount LOG
	seen mount >new.json
	round new.json --step 1
	status_is 0
	out_has "recorded since"
	answer_is mount ALLOW
	is_true '.calls[] | select(.call == "mount") | .stage == "kept"' p.json.tighten.json
	for i in 1 2 3; do
		seen read >new$i.json
		round new$i.json --step 100
	done
	answer_is mount ALLOW
	seen read >new4.json
	round new4.json --close mount --step 1
	answer_is mount LOG
}

@test "violations that are told bring back what was logged, and what was closed" {
	round --step 1
	violation mount LOG >log.jsonl
	violation reboot ERRNO >>log.jsonl
	round --log log.jsonl --step 1
	status_is 0
	out_has "called 1 time since it was logged, last by /usr/bin/it in container web"
	answer_is mount ALLOW
	: >quiet.jsonl
	round --log quiet.jsonl --step 1
	round --log quiet.jsonl --step 1
	answer_is "ptrace(16)" "ERRNO(ENOSYS)"
	violation ptrace "ERRNO(ENOSYS)" >log2.jsonl
	round --log log2.jsonl --step 1
	out_has "called 1 time since it was closed"
	out_has "but for what came back"
	answer_is "ptrace(16)" ALLOW
	answer_is "ptrace(17)" "ERRNO(ENOSYS)"
}

@test "a refusal says nothing of a call that is only logged, and a log of the past nothing at all" {
	violation mount LOG >old.jsonl
	round --step 1
	violation mount "ERRNO(EPERM)" >>old.jsonl
	round --log old.jsonl --step 1
	status_is 0
	answer_is mount "ERRNO(ENOSYS)"
}

@test "auditd's log is read, too" {
	round --step 1
	printf 'type=SECCOMP msg=audit(%s.123:1): auid=0 uid=0 gid=0 ses=1 pid=7 comm="it" exe="/usr/bin/it" sig=0 arch=c000003e syscall=165 compat=0 ip=0x1 code=0x7ffc0000\n' "$(date +%s)" >audit.log
	round --log audit.log --step 1
	status_is 0
	out_has "called 1 time since it was logged, last in audit.log"
	answer_is mount ALLOW
}

@test "undo gives the same bytes, round by round" {
	round --step 1
	cp p.json one.json
	cp p.json.tighten.json one-state.json
	round --log /dev/null --step 1
	! cmp -s p.json one.json
	try callgate tighten --undo p.json
	status_is 0
	err_has "as it was before round 2"
	cmp p.json one.json
	diff <(jq 'del(.undo)' p.json.tighten.json) <(jq 'del(.undo)' one-state.json)
	try callgate tighten --undo p.json
	wide | cmp - p.json
	try callgate tighten --undo p.json
	status_is 3
	one_error_at p.json.tighten.json
}

@test "what somebody else changed is not undone, unless by force" {
	round --step 1
	jq '.syscalls[0].names += ["getpid"]' p.json >q && mv q p.json
	try callgate tighten --undo p.json
	status_is 3
	err_has "--force"
	round --log /dev/null --step 1
	status_is 0
	err_has "has been changed since round 1"
	try callgate tighten --undo p.json --force
	status_is 0
}

@test "arguments: what was never given is closed, what was stays" {
	jq '.syscalls[0].names += ["socket"]' p.json >q && mv q p.json
	seen read write close openat exit_group execve socket=1 getppid >seen.json
	round --step 100
	status_is 0
	out_has "with other values of domain than the 1 that are kept"
	answer_is "socket(AF_UNIX, 1, 0)" ALLOW
	answer_is "socket(AF_INET, 1, 0)" LOG
	answer_is "socket(AF_NETLINK, 1, 0)" LOG
	round --log /dev/null --step 100
	status_is 0
	answer_is "socket(AF_UNIX, 1, 0)" ALLOW
	answer_is "socket(AF_INET, 1, 0)" "ERRNO(ENOSYS)"
	is_true '[.syscalls[] | select(.names == ["socket"])] | length == 1' p.json
	violation socket "ERRNO(ENOSYS)" >log.jsonl
	round --log log.jsonl --step 1
	answer_is "socket(AF_INET, 1, 0)" ALLOW
}

@test "conditions that no recorded call met are closed one by one" {
	jq '.syscalls += [{names: ["personality"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 0, op: "SCMP_CMP_EQ"}]},
		{names: ["personality"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 8, op: "SCMP_CMP_EQ"}]}]' p.json >q && mv q p.json
	seen read write close openat exit_group execve personality=0 >seen.json
	round --step 100
	answer_is "personality(0)" ALLOW
	answer_is "personality(8)" LOG
	round --log /dev/null --step 100
	answer_is "personality(0)" ALLOW
	answer_is "personality(8)" "ERRNO(ENOSYS)"
}

@test "where the default kills, what is closed gets EPERM" {
	jq '.defaultAction = "SCMP_ACT_KILL_PROCESS" | del(.defaultErrnoRet)' p.json >q && mv q p.json
	round --step 1
	round --log /dev/null --step 1
	answer_is mount "ERRNO(EPERM)"
	answer_is getuid KILL_PROCESS
}

@test "a list of what is refused is tightened, too" {
	all_but '[{"names": ["bpf"], "action": "SCMP_ACT_ERRNO"}, {"names": ["ptrace"], "action": "SCMP_ACT_ERRNO",
		"args": [{"index": 0, "value": 16, "op": "SCMP_CMP_EQ"}]}]' >p.json
	round --step 10
	status_is 0
	answer_is mount LOG
	answer_is "ptrace(16)" "ERRNO(EPERM)"
	answer_is "ptrace(17)" ALLOW # cannot be logged and stay exact
	out_has "in a form that cannot be logged exactly"
	round --log /dev/null --step 10
	answer_is mount "ERRNO(EPERM)"
	answer_is read ALLOW
}

@test "from a profile that logs everything to one that allows what was seen" {
	rm p.json
	try callgate tighten p.json seen.json --from-log-all --step 400
	status_is 0
	answer_is mount LOG
	answer_is read ALLOW
	answer_is execve ALLOW
	try callgate tighten p.json seen.json --from-log-all
	status_is 3
	one_error_at p.json
	violation sysinfo LOG >log.jsonl
	round --log log.jsonl --step 400
	answer_is sysinfo ALLOW
	answer_is mount "ERRNO(EPERM)"
	is_true '.defaultAction == "SCMP_ACT_LOG"' p.json
	round --log /dev/null --step 400
	out_has "(default)"
	is_true '.defaultAction == "SCMP_ACT_ERRNO" and .defaultErrnoRet == 38' p.json
	answer_is read ALLOW
	answer_is sysinfo ALLOW
	round --log /dev/null
	out_has "nothing to be closed"
}

@test "the profile does what it says: a live program runs under it" {
	callgate record -o live.json -- /bin/ls / >/dev/null || skip "nothing can be recorded here"
	try callgate tighten @container-default live.json --step 200 -o t.json
	status_is 0
	try callgate tighten t.json live.json --log /dev/null --step 200
	status_is 0
	try callgate run -p t.json -- /bin/ls /
	status_is 0
	try callgate check t.json --recording live.json
	status_is 0
	try callgate diff t.json @container-default --subset
	status_is 0
}

@test "nothing is written when the suite fails" {
	cat >suite.json <<'JSON'
{"tests": [{"name": "mounts are let through", "call": "mount", "expect": "ALLOW"}]}
JSON
	round --step 1 --suite suite.json
	status_is 1
	err_has "the suite fails under the new profile: nothing is written"
	err_has "mounts are let through"
	wide | cmp - p.json
	[ ! -e p.json.tighten.json ]
	sed -i 's/"ALLOW"/"LOG"/' suite.json
	round --step 1 --suite suite.json
	status_is 0
	answer_is mount LOG
	err_has "1 passed"
}

@test "a history: the round must have been watched for long enough, and without losses" {
	round --step 1
	round --history none.db
	status_is 3
	one_error_at none.db
	round --watched 1h
	status_is 2

	# What eBPF alone has watched is not watched: it sees no call that is only logged.
	answer_is mount LOG
	violation getppid ERRNO >seen.jsonl
	jq '.began_ns -= 3600000000000' p.json.tighten.json >q && mv q p.json.tighten.json
	for sources in ebpf audit; do
		"$CALLGATE_BUILD/tests/make-history" $sources.db $sources <seen.jsonl
	done
	round --history ebpf.db --watched 30s
	status_is 1
	out_has "watched for 0 of 30 s"
	out_has "audit or kmsg"
	answer_is mount LOG
	round --history audit.db --watched 24h
	status_is 1
	out_has "of 86400 s"
	round --history audit.db --watched 30s
	status_is 0
	answer_is mount "ERRNO(ENOSYS)"
}

@test "no call is forgotten behind a flood of others" {
	round --step 1
	answer_is mount LOG
	violation getppid LOG >one.json
	violation mount LOG >last.json
	# Each with arguments of its own: more than are told apart.
	jq -r 'del(.syscall) | .args = ["0x0", "0x0", "0x0", "0x0", "0x0", "ARG"] | tojson' one.json |
		awk '{ for (i = 0; i < 70000; i++) { line = $0; sub("ARG", sprintf("0x%x", i), line); print line } }' >flood.jsonl
	cat flood.jsonl last.json >made.jsonl
	round --log made.jsonl
	status_is 0
	answer_is mount ALLOW
	out_has "called 1 time since it was logged"
}

@test "a clock that was set back closes nothing" {
	round --step 1
	answer_is mount LOG
	violation mount LOG >made.jsonl # after the round, as nobody knows any more
	jq '.began_ns += 3600000000000 | .calls[].since_ns += 3600000000000' p.json.tighten.json >q && mv q p.json.tighten.json
	round --log made.jsonl
	status_is 1
	out_has "the clock stands before its beginning"
	answer_is mount LOG
}

@test "bad states are told with their place" {
	round --step 1
	cp p.json.tighten.json good.json
	jq '.version = 2' good.json >p.json.tighten.json
	round --log /dev/null
	status_is 3
	one_error_at "version 2 is newer than this callgate"
	for edit in '.callgate = "recording"' '.calls[0].stage = "burnt"' '.calls[0].call = "no_such_call"' 'del(.round)' '.calls = 1' \
		'.undo = 7' '.calls[0].was = 1' '.round = -1'; do
		jq "$edit" good.json >p.json.tighten.json
		round --log /dev/null
		status_is 3
		one_error_at p.json.tighten.json
	done
	bad_inputs bad
	for file in bad/*; do
		rm -rf p.json.tighten.json
		cp -r "$file" p.json.tighten.json
		round --log /dev/null
		status_is 3
		one_error_at p.json.tighten.json
		rm -rf p.json.tighten.json
	done
	jq '.["x-ticket"] = "A-1" | .calls[0]["x-by"] = "me"' good.json >p.json.tighten.json
	round --log /dev/null --step 1
	status_is 0
	is_true '.["x-ticket"] == "A-1" and ([.calls[] | select(.["x-by"] == "me")] | length == 1)' p.json.tighten.json
}

@test "bad usage, and profiles in other forms" {
	try callgate tighten
	status_is 2
	try callgate tighten p.json
	status_is 2
	err_has "recordings are needed"
	try callgate tighten @container-default seen.json
	status_is 2
	err_has "-o FILE is needed"
	try callgate tighten p.json seen.json --step 0
	status_is 2
	printf 'default errno(ENOSYS)\nallow read\n' >x.policy
	try callgate tighten x.policy seen.json
	status_is 3
	one_error_at x.policy
	err_has "callgate merge --union"
	printf '{"defaultAction": "SCMP_ACT_ERRNO", "SYSCALLS": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}' >upper.json
	try callgate tighten upper.json seen.json --engine docker
	status_is 3
	one_error_at upper.json
	jq -n '{callgate: "recording", version: 1, runs: []}' >empty.json
	try callgate tighten p.json empty.json
	status_is 3
	err_has "no call was recorded"
	echo '{"n": 1}' >bad.jsonl
	round --log bad.jsonl
	status_is 3
	one_error_at bad.jsonl:1
}

@test "-o - shows the profile, and keeps nothing" {
	round --step 1 -o -
	status_is 0
	is_true '.defaultAction == "SCMP_ACT_ERRNO"'
	err_has "round 1"
	[ ! -e p.json.tighten.json ] && [ ! -e ./-.tighten.json ]
	wide | cmp - p.json
}

@test "every engine reads what is written, in every round" {
	jq '.syscalls[0].names += ["socket"]' p.json >q && mv q p.json
	seen read write close openat exit_group execve socket=1 >seen.json
	for i in 1 2 3; do
		round --log /dev/null --step 2
		status_is 0
		try callgate check --engine all --json p.json
		is_true '[.profiles[0].findings[] | select(.rule == "engine-rejects" or .rule == "rule-is-default")] == []'
	done
	rm p.json p.json.tighten.json
	try callgate tighten p.json seen.json --from-log-all --step 400
	for i in 1 2 3 4 5; do
		try callgate check --engine all --json p.json
		is_true '[.profiles[0].findings[] | select(.rule == "engine-rejects")] == []'
		# No rule that says what the default says, which Podman's own check refuses.
		is_true '.defaultAction as $default | [.syscalls[] | select(.action == $default and $default == "SCMP_ACT_LOG")] == []' p.json
		round --log /dev/null --step 400
		status_is 0
	done
	answer_is "socket(AF_UNIX, 1, 0)" ALLOW
	answer_is "socket(AF_INET, 1, 0)" "ERRNO(ENOSYS)"
}
