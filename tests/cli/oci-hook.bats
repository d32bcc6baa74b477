# callgate-oci-hook without a container runtime: a shell stands for the runtime's process, which becomes the program.
load helper

HOOK=$(dirname "$CALLGATE")/callgate-oci-hook

setup() {
	cd "$BATS_TEST_TMPDIR"
	[ -x "$HOOK" ] || skip "this build has no callgate-oci-hook"
	mkfifo go
}

teardown() {
	[ -z "${LAUNCHER:-}" ] || kill -KILL "$LAUNCHER" 2>/dev/null || true
}

can_record() {
	[ "$(id -u)" -eq 0 ] || skip "only root can record by eBPF"
	callgate record --backend ebpf -o /dev/null -- true 2>err || skip "eBPF programs cannot record here: $(tail -n 1 err)"
}

# launcher WORDS…: a process that calls much and then, told to, executes WORDS; $LAUNCHER.
launcher() {
	bash -c 'mkdir -p bundle; read -r line <go; umask 022; ulimit -S -c 0; exec "$@"' launcher "$@" >out 2>&1 3>&- &
	LAUNCHER=$!
	echo '{"process": {"args": ["/bin/true"]}}' >config.json
}

# hook WISH OPTIONS…: as a runtime calls it.
hook() {
	jq -n --arg wish "$1" --arg bundle "$PWD" --argjson pid "${LAUNCHER:-1}" '{ociVersion: "1.0.2", id: "test-1",
		status: "creating", pid: $pid, bundle: $bundle, annotations: {"io.callgate.record": $wish}}' >state
	try "$HOOK" "${@:2}" <state
}

wait_for() {
	local i
	for i in $(seq 200); do [ -e "$1" ] && return 0; sleep 0.05; done
	show "$1 was not written"
}

@test "what is recorded begins with the program, and the rest is left out" {
	can_record
	launcher /bin/cat /proc/self/comm
	hook "of:$PWD/p.json;args:safe"
	status_is 0
	echo >go
	wait_for p.json
	[ "$(cat out)" = cat ]
	is_true '.runs[0].calls | map(select(.name == "execve"))[0].count == 1' p.recording.json
	is_true '[.runs[0].calls[].name] | contains(["umask"]) | not' p.recording.json
	is_true '.runs[0].command == ["/bin/true"]' p.recording.json
	is_true '.runs[0].files | map(.path) | contains(["/usr/bin/cat"])' p.recording.json
	try callgate check p.json
	status_is 0
	folder_has_only . config.json bundle err go out p.json p.recording.json state .stderr
}

@test "the launcher's own calls, when they are asked for" {
	can_record
	launcher /bin/true
	hook "of:$PWD/p.json;startup:yes"
	status_is 0
	echo >go
	wait_for p.json
	is_true '[.runs[0].calls[].name] | contains(["umask"])' p.recording.json
}

@test "told to end, it writes what there is" {
	can_record
	launcher sleep 100
	hook "of:$PWD/p.json"
	status_is 0
	echo >go
	sleep 0.3
	pkill -TERM -f "^$HOOK\$"
	wait_for p.json
	is_true '.runs[0].partial' p.recording.json
	kill -0 "$LAUNCHER"
}

@test "every container, into a folder" {
	can_record
	mkdir to
	launcher /bin/true
	jq -n --arg bundle "$PWD" --argjson pid "$LAUNCHER" '{id: "test-1", status: "created", pid: $pid, bundle: $bundle}' >state
	try "$HOOK" --to "$PWD/to" <state
	status_is 0
	echo >go
	wait_for to/test-1.json
	folder_has_only to test-1.json test-1.recording.json
}

@test "nothing is asked for, or the container has ended: nothing is done" {
	echo '{}' >config.json
	jq -n --arg bundle "$PWD" '{id: "test-1", status: "creating", pid: 1, bundle: $bundle}' >state
	try "$HOOK" <state
	status_is 0
	jq '.status = "stopped" | .annotations["io.callgate.record"] = "nonsense"' state >stopped
	try "$HOOK" <stopped
	status_is 0
	[ -z "$stderr" ]
}

# refused WORDS: one line, and status 1.
refused() {
	status_is 1
	[ "$(grep -c . <<<"$stderr")" -eq 1 ] || show "one line of error was wanted"
	err_has "callgate-oci-hook: "
	err_has "$1"
}

@test "what annotations may name" {
	echo '{}' >config.json
	mkdir good other
	hook "of:$PWD/other/p.json" --under "$PWD/good"
	refused "must lie under $PWD/good"
	hook "of:$PWD/good/../other/p.json" --under "$PWD/good"
	refused "leads out of where it must lie"
	hook "of:$PWD/good/p.json;if:/etc/hostname" --under "$PWD/good"
	refused "must lie under"
	hook "of:$PWD/good/p.json;if:@nothing"
	refused "there is no such base"
	hook "if:$PWD/x"
	refused "does not say where the profile goes"
	hook "of:$PWD/good/p.json;colour:red"
	refused "'colour:red' is not understood"
	echo precious >good/p.json
	hook "of:$PWD/good/p.json"
	refused "is no profile, and is not replaced"
	echo precious >good/q.recording.json
	hook "of:$PWD/good/q.json"
	refused "q.recording.json beside it is no recording"
	folder_has_only good p.json q.recording.json
}

@test "input that is no state" {
	for text in '' '{' '[]' '{"id": "../x"}' '{"id": "a", "pid": -1}' '{"id": "a"}'; do
		try "$HOOK" <<<"$text"
		refused ""
	done
	head -c 2000000 /dev/zero | tr '\0' ' ' >huge
	try "$HOOK" <huge
	refused "1048576 bytes"
	echo '{"process": 1' >config.json
	hook "of:$PWD/p.json"
	refused "config.json:2:1"
	for words in --nothing "--to" "--under relative"; do
		try "$HOOK" $words </dev/null
		status_is 2
	done
}

@test "without the right to record, the container is told why it does not start" {
	a_nobody
	cp "$HOOK" "$NOBODY"
	echo '{}' >"$NOBODY/config.json"
	jq -n --arg bundle "$NOBODY" --argjson pid $$ --arg wish "of:$NOBODY/p.json" '{id: "test-1", status: "creating", pid: $pid,
		bundle: $bundle, annotations: {"io.callgate.record": $wish}}' >"$NOBODY/state"
	try as_nobody sh -c './callgate-oci-hook <state'
	refused "container test-1 cannot be recorded: eBPF programs cannot be loaded: it needs root"
	[ ! -e "$NOBODY/p.json" ]
}

@test "the manual and --help name the same options, and hooks.d names the hook" {
	for option in $("$HOOK" --help | grep -o -E -- ' --[a-z]+ ' | sort -u); do
		grep -q -F -- "*$option*" "$TOP/man/callgate-oci-hook.1.scd" || show "$option is not in the manual"
	done
	is_true '.hook.path | endswith("/callgate-oci-hook")' "$(dirname "$HOOK")/callgate-oci-hook.json"
}
