# callgate generate --args: what it holds arguments to is proven, not only tried.
load helper

setup() {
	REC=$BATS_TEST_TMPDIR/rec.json
}

# profiles RECORDING…: none.json, safe.json, strict.json of the same recordings.
profiles() {
	for args in none safe strict; do
		callgate generate "$@" --args $args -o "$BATS_TEST_TMPDIR/$args.json"
	done
	cd "$BATS_TEST_TMPDIR" || return
}

@test "none allows what safe allows, and safe what strict allows, by proof; each allows what was seen" {
	ask='import socket, os, signal, fcntl, stat
a, b = socket.socketpair()
for option in socket.SO_RCVBUF, socket.SO_KEEPALIVE:
    a.setsockopt(socket.SOL_SOCKET, option, 1)
fcntl.fcntl(a, fcntl.F_GETFL)
os.kill(os.getpid(), 0)
os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
os.pipe2(os.O_NONBLOCK)'
	callgate record -o "$REC" -- python3 -c "$ask"
	profiles "$REC"
	try callgate diff --subset strict.json safe.json
	status_is 0
	try callgate diff --subset safe.json none.json
	status_is 0
	try callgate diff --subset safe.json strict.json
	status_is 1
	for args in none safe strict; do
		try callgate check --recording "$REC" "$args.json"
		[ "$status" -eq 0 ] || show "--args $args"
	done
	callgate run --profile strict.json -- python3 -c "$ask"
}

@test "every engine reads the conditions alike" {
	callgate record -o "$REC" -- python3 -c 'import socket; socket.socket(socket.AF_UNIX).setsockopt(1, 9, 1)'
	# With ENOSYS as the default Docker up to 20.10 reads another default, which is another matter.
	for args in safe strict; do
		callgate generate "$REC" --args $args --default eperm -o "$BATS_TEST_TMPDIR/$args.json"
		cd "$BATS_TEST_TMPDIR"
		try callgate check --engine all --json "$args.json"
		is_true '[.profiles[0].findings[] | select(.rule == "engine-differs" or .rule == "engine-rejects")] == []' \
			<<<"$output"
		# One comparison for each argument in a rule: a second one would be read as "or".
		is_true '[.syscalls[] | (.args // []) | length == (map(.index) | unique | length)] | all' "$args.json"
	done
}

@test "--explain and the comments name the evidence" {
	callgate record -o "$REC" -- python3 -c 'import socket; socket.socket(socket.AF_UNIX).close()'
	try callgate generate "$REC" --args strict --explain -o "$BATS_TEST_TMPDIR/p.json"
	status_is 0
	out_has 'domain held to the values seen: AF_UNIX'
	out_has 'type held to the bits seen: SOCK_STREAM|SOCK_CLOEXEC'
	output=$(cat "$BATS_TEST_TMPDIR/p.json")
	out_has 'goes along with what was: --without companions'
	day=$(jq -r '.runs[0].started[:10]' "$REC")
	try callgate generate "$REC" --explain -o "$BATS_TEST_TMPDIR/p.json"
	out_has "time in 1 of 1 runs on $day" || out_has "on $day, by"
}

@test "how complete the recordings are is told: a curve, and estimates" {
	for i in 1 2 3; do callgate record --append -o "$REC" -- true; done
	callgate record --append -o "$REC" -- sync
	try callgate generate "$REC" --explain -o "$BATS_TEST_TMPDIR/p.json"
	out_has 'in 4 runs'
	out_has 'Chao2'
	out_has 'calls by run, in order of time: '
	try callgate generate "$REC" --explain --json -o "$BATS_TEST_TMPDIR/p.json"
	is_true '.coverage | .runs == 4 and (.curve | length == 4 and .[3].new > 0 and .[1].new == 0) and
		.estimated_calls >= .calls and .estimated_coverage_per_mille < 1000' <<<"$output"
	try callgate generate -o "$BATS_TEST_TMPDIR/p.json" --explain -- true
	out_has 'one run does not tell what another would add'
}

@test "strict does not refuse a second run for flags that open nothing" {
	callgate record -o "$REC" -- python3 -c 'import os
os.open("/dev/null", os.O_RDWR)
os.stat("/dev/null")'
	profiles "$REC"
	try callgate run --profile strict.json -- python3 -c 'import os
os.open("/dev/null", os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK)
os.stat("/dev/null", follow_symlinks=False)'
	status_is 0
	try callgate run --profile strict.json -- python3 -c 'import os
os.open("/tmp", os.O_RDWR | os.O_TMPFILE)'
	[ "$status" -ne 0 ] || show "a file was made, which no run had done"
	callgate generate "$REC" --args strict --without companions -o plain.json
	try callgate diff --subset plain.json strict.json
	status_is 0
	try callgate explain plain.json 'openat(AT_FDCWD, "x", O_RDONLY|O_APPEND)'
	out_has 'ERRNO(ENOSYS)'
}
