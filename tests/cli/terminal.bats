# On a terminal, record and run behave as if they were not there: ^C, ^\, ^Z and fg, and the terminal itself.
load helper

setup() {
	REC=$BATS_TEST_TMPDIR/rec.json
	all_but '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]' >"$BATS_TEST_TMPDIR/p.json"
	RECORD=(callgate record -o "$REC" --)
	RUN=(callgate run --profile "$BATS_TEST_TMPDIR/p.json" --)
	ON="$BATS_TEST_DIRNAME/on-a-terminal"
}

last() {
	printf '%s\n' "${lines[-1]}"
}

@test "the command has the terminal" {
	try "$ON" - "${RECORD[@]}" sh -c 'test -t 0 && test -t 1 && test -t 2 && echo ready'
	[ "$(last)" = 'status 0' ] || show
	out_has ready
	try "$ON" - "${RUN[@]}" sh -c 'test -t 0 && test -t 1 && test -t 2 && echo ready'
	[ "$(last)" = 'status 0' ] || show
	out_has ready
}

@test "^C ends the command, and the recording is written whole" {
	try "$ON" c "${RECORD[@]}" sh -c 'echo ready; exec sleep 30'
	[ "$(last)" = 'status 130' ] || show
	is_true '[.runs[].calls[].name] | any(. == "clock_nanosleep" or . == "nanosleep")' "$REC"
	try "$ON" c "${RUN[@]}" sh -c 'echo ready; exec sleep 30'
	[ "$(last)" = 'status 130' ] || show
}

@test "a command that handles ^C decides what happens" {
	for way in RECORD RUN; do
		declare -n prefix=$way
		try "$ON" c "${prefix[@]}" sh -c 'trap "echo handled; exit 5" INT; echo ready; sleep 10 & wait'
		[ "$(last)" = 'status 5' ] || show "$way"
		out_has handled
	done
}

@test "^\\ ends the command with SIGQUIT" {
	for way in RECORD RUN; do
		declare -n prefix=$way
		try "$ON" q "${prefix[@]}" sh -c 'ulimit -c 0; echo ready; exec sleep 30'
		[ "$(last)" = 'status 131' ] || show "$way"
	done
}

@test "^Z stops the job, fg lets it go on" {
	for way in RECORD RUN; do
		declare -n prefix=$way
		try "$ON" z "${prefix[@]}" sh -c 'echo ready; sleep 1; echo on it goes; exit 3'
		out_has stopped
		out_has 'on it goes'
		[ "$(last)" = 'status 3' ] || show "$way"
	done
	is_true '.runs[0].exit == 3' "$REC"
}

@test "an interactive shell has job control of its own" {
	for way in RECORD RUN; do
		declare -n prefix=$way
		try "$ON" - "${prefix[@]}" bash --norc -ic 'sleep 0.1 & wait $!; echo "ready $?"; jobs; exit 6'
		[ "$(last)" = 'status 6' ] || show "$way"
		out_has 'ready 0'
		out_lacks 'no job control'
	done
}
