# callgate record --phase and generate --phase: start-up and serving, told apart.
load helper

setup() {
	REC=$BATS_TEST_TMPDIR/rec.json
	# Two rare calls tell the phases: umask before, sync_file_range's like after. A shell and tools can make both.
	SERVER=$BATS_TEST_TMPDIR/server.py
	cat >"$SERVER" <<-'END'
		import os, signal, socket, sys, time
		how = sys.argv[1]
		os.getpriority(os.PRIO_PROCESS, 0)
		s = socket.socket()
		s.bind(("127.0.0.1", 0))
		if how == "listen":
		    s.listen(5)
		    c = socket.create_connection(s.getsockname())
		    a, _ = s.accept()
		elif how == "signal":
		    os.kill(os.getppid(), signal.SIGUSR1)
		elif how == "output":
		    print("starting", flush=True)
		    print("ready to serve 12", file=sys.stderr, flush=True)
		time.sleep(0.5)
		os.getpgid(0)
	END
}

can() {
	callgate record --backend "$1" -o /dev/null -- true 2>/dev/null || skip "$1 cannot record here"
}

# serving_has NAME: does the profile for serving allow it?
has() {
	callgate generate --phase "$1" --without libc,successors,dangerous "$REC" 2>/dev/null |
		jq -e --arg name "$2" 'any(.syscalls[]; .action == "SCMP_ACT_ALLOW" and any(.names[]; . == $name))' >/dev/null
}

tells_apart() {
	is_true ".runs[0].phase.by == \"$1\"" "$REC"
	has startup getpriority
	has startup bind
	! has startup getpgid
	has serving getpgid
	! has serving getpriority
	! has serving bind
	has both getpgid
	has both bind
}

@test "listen marks the end of start-up, and says why (ebpf)" {
	can ebpf
	try callgate record --backend ebpf --phase listen -o "$REC" -- python3 "$SERVER" listen
	status_is 0
	err_has "start-up ended after"
	err_has "called accept4, which waits for others"
	tells_apart listen
	# From the very call on: exact, however fast the client is.
	has serving accept4
	! has startup accept4
	! has serving listen
}

@test "listen marks the end of start-up (ptrace)" {
	can ptrace
	try callgate record --backend ptrace --phase listen -o "$REC" -- python3 "$SERVER" listen
	status_is 0
	tells_apart listen
	has serving accept4
	! has startup accept4
}

@test "a line of the output marks it, and all output is passed on unchanged" {
	for backend in ebpf ptrace; do
		rm -f "$REC"
		try callgate record --backend "$backend" --phase 'output:^ready to serve [0-9]+$' -o "$REC" -- python3 "$SERVER" output
		[ "$status" -eq 125 ] && continue
		status_is 0
		[ "$output" = starting ]
		err_has "ready to serve 12"
		err_has "the command printed: ready to serve 12"
		tells_apart output
	done
}

@test "much output, without a match, comes through whole, and it is said that nothing matched" {
	try bash -c "callgate record --phase output:nothing -o '$REC' -- sh -c 'seq 1 200000; printf end' | sha256sum"
	[ "$output" = "$( (seq 1 200000; printf end) | sha256sum)" ]
	err_has "no line of its output matched"
	is_true '.runs[0] | has("phase") | not' "$REC"
}

@test "a reader that goes away ends the command as without callgate" {
	try bash -c "callgate record --phase output:x -o '$REC' -- yes | head -1"
	[ "$output" = y ]
	is_true '.runs[0].signal == 13 or .runs[0].exit == 1' "$REC"
}

@test "SIGUSR1 to callgate marks it, and does not reach the command" {
	for backend in ebpf ptrace; do
		rm -f "$REC"
		try callgate record --backend "$backend" --phase signal -o "$REC" -- python3 "$SERVER" signal
		[ "$status" -eq 125 ] && continue
		status_is 0
		tells_apart signal
	done
}

@test "a duration marks it" {
	for backend in ebpf ptrace; do
		rm -f "$REC"
		try callgate record --backend "$backend" --phase after:300ms -o "$REC" -- sh -c 'getconf PAGE_SIZE >/dev/null; sleep 1; cd /; exec setsid true'
		[ "$status" -eq 125 ] && continue
		status_is 0
		is_true '.runs[0].phase.by == "after" and .runs[0].phase.at_ms >= 300' "$REC"
		has serving setsid
		! has startup setsid
	done
}

@test "counts of the phases add up to the call's" {
	callgate record --phase after:1ms -o "$REC" -- sh -c 'sleep 0.2; true'
	is_true '[.runs[0].calls[] | select((.startup // 0) > .count + (.restarts // 0) + (.unfinished // 0) + (.denied // 0))] == []' "$REC"
}

@test "--explain says in which phase" {
	callgate record --phase listen -o "$REC" -- python3 "$SERVER" listen
	try callgate generate --explain -o "$BATS_TEST_TMPDIR/p.json" "$REC"
	status_is 0
	grep -E '^getpgid .*serving only' <<<"$output"
	grep -E '^bind .*at start-up only' <<<"$output"
	grep -E '^mmap .*at start-up' <<<"$output"
}

@test "without a mark there is no profile of one phase; runs without one count for both" {
	callgate record -o "$REC" -- true
	try callgate generate --phase serving "$REC"
	status_is 3
	err_has "record with --phase"
	callgate record --append --phase listen -o "$REC" -- python3 "$SERVER" listen
	try callgate generate --phase serving "$REC"
	status_is 0
	err_has "1 of 2 runs do not say where start-up ends"
}

@test "wrong words are told" {
	for bad in now after:soon 'output:(' output: after:0s; do
		try callgate record --phase "$bad" -- true
		status_is 125
		err_has callgate
	done
	try callgate record --phase output:x --pid 1
	status_is 125
	try callgate generate --phase later "$REC"
	status_is 2
	try callgate generate --phase serving -- true
	status_is 2
}

@test "a backend that cannot tell phases says so" {
	try callgate record --backend notify --phase listen -o "$REC" -- true
	status_is 125
	err_has "start-up"
}
