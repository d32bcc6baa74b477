# callgate import: logs of others become recordings.
load helper

setup() {
	REC=$BATS_TEST_TMPDIR/rec.json
	LOG=$BATS_TEST_TMPDIR/log
}

total() {
	jq --arg name "$1" '[.runs[].calls[] | select(.name == $name) | .count] | add // 0' "$REC"
}

@test "a log of strace -f" {
	command -v strace >/dev/null || skip "strace is not installed"
	strace -f -o "$LOG" sh -c "'$CALLS' 100 >/dev/null; cat /no/such/file" 2>/dev/null || true
	try callgate import "$LOG" -o "$REC"
	status_is 0
	is_true '.callgate == "recording" and (.runs | length == 1)' "$REC"
	[ "$(total getppid)" -ge 110 ]
	[ "$(total execve)" -ge 2 ]
	is_true '[.runs[].calls[] | select(.name == "openat") | .errors | tostring | test("ENOENT")] | any' "$REC"
}

@test "a log of strace -f has the counts that record has" {
	command -v strace >/dev/null || skip "strace is not installed"
	strace -f -o "$LOG" cat /dev/null
	callgate import "$LOG" -o "$REC"
	callgate record -o "$REC.own" -- cat /dev/null
	counts='[.runs[0].calls[] | {name, count}] | sort_by(.name)'
	diff <(jq -S "$counts" "$REC") <(jq -S "$counts" "$REC.own")
}

@test "a summary of strace -c" {
	command -v strace >/dev/null || skip "strace is not installed"
	strace -f -c -o "$LOG" "$CALLS" 100 >/dev/null
	try callgate import "$LOG" -o "$REC"
	status_is 0
	[ "$(total getppid)" -eq 110 ]
	[ "$(total execve)" -eq 1 ]
}

@test "lines that cannot be read are counted and shown" {
	printf '%s\n' '100 execve("/bin/true", ["true"], 0x7ffe /* 1 var */) = 0' 'what is this?' \
		'100 getpid()                      = 100' '<<<<>>>>' '100 exit_group(0)                 = ?' \
		'100 +++ exited with 0 +++' >"$LOG"
	try callgate import "$LOG" -o "$REC"
	status_is 0
	[ "$(total getpid)" -eq 1 ]
	err_has "$LOG:2"
	err_has 'what is this?'
	err_has "$LOG:4"
	err_has '2 '
}

@test "several logs become one recording, a run each, in any order the same" {
	printf '%s\n' '1 getpid() = 1' >"$LOG.1"
	printf '%s\n' '1 getuid() = 0' >"$LOG.2"
	callgate import "$LOG.1" "$LOG.2" -o "$REC"
	callgate import "$LOG.2" "$LOG.1" -o "$REC.turned"
	is_true '.runs | length == 2' "$REC"
	cmp "$REC" "$REC.turned"
}

@test "the same log twice is one run" {
	printf '%s\n' '1 getpid() = 1' >"$LOG"
	callgate import "$LOG" "$LOG" -o "$REC"
	is_true '.runs | length == 1' "$REC"
	[ "$(total getpid)" -eq 1 ]
}

@test "standard input, standard output" {
	try bash -c "echo '1 getpid() = 1' | callgate import - "
	status_is 0
	is_true '[.runs[].calls[].name] == ["getpid"]'
}

@test "recordings are united, in any order to the same bytes, twice as once" {
	callgate record -o "$REC.1" -- cat /dev/null
	callgate record -o "$REC.2" -- true
	callgate import "$REC.1" "$REC.2" -o "$REC"
	callgate import "$REC.2" "$REC.1" "$REC.2" -o "$REC.turned"
	is_true '.runs | length == 2' "$REC"
	cmp "$REC" "$REC.turned"
}
