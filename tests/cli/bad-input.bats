# Bad input of any kind gets one clear error and status 3 (run: 125, as it never started), and never a crash.
load helper

setup_file() {
	export BAD=$BATS_FILE_TMPDIR/bad
	bad_inputs "$BAD"
	printf '{"callgate": "recording", "version": 1, "runs": []} and more' >"$BAD/trailing-recording"
	{ good_profile && echo 'and more'; } >"$BAD/trailing-profile"
	good_profile | sed 's/"errnoRet": 1/"errnoRet": 18446744073709551616/' >"$BAD/2-to-the-64-profile"
	good_profile | sed 's/"errnoRet": 1/"errnoRet": -1/' >"$BAD/negative-profile"
	good_profile | sed 's/SCMP_ACT_ALLOW/SCMP_ACT_DENY/' >"$BAD/action-profile"
	printf '{"callgate": "recording", "version": 18446744073709551616, "runs": []}' >"$BAD/2-to-the-64-recording"
	printf '{"callgate": "recording", "version": 2, "runs": []}' >"$BAD/newer-recording"
	good_profile >"$BAD/profile-as-recording"
}

# each_is_refused STATUS PATTERN… -- COMMAND… (FILE stands for the input)
each_is_refused() {
	local wanted=$1 file patterns=()
	shift
	while [ "$1" != -- ]; do
		patterns+=("$BAD/$1")
		shift
	done
	shift
	for file in "${patterns[@]}"; do
		[ -e "$file" ] || [[ $file == */missing ]] || show "the test itself lacks $file"
		try timeout 20 "${@/FILE/$file}"
		[ "$status" -eq "$wanted" ] || show "${file##*/}: status should be $wanted"
		[ -z "$output" ] || show "${file##*/}: nothing belongs on standard output"
		one_error_at "$file"
	done
}

common=(empty blank binary huge deep deep-objects cut-off no-object folder missing)
profiles=("${common[@]}" trailing-profile 2-to-the-64-profile negative-profile action-profile)

@test "check refuses what is no profile" {
	each_is_refused 3 "${profiles[@]}" -- callgate check FILE
}

@test "compile refuses what is no profile, and writes nothing" {
	each_is_refused 3 "${profiles[@]}" -- callgate compile FILE -o "$BATS_TEST_TMPDIR/out.bpf"
	[ ! -e "$BATS_TEST_TMPDIR/out.bpf" ]
}

@test "run refuses what is no profile, and starts nothing" {
	each_is_refused 125 "${profiles[@]}" -- callgate run --profile FILE -- touch "$BATS_TEST_TMPDIR/started"
	[ ! -e "$BATS_TEST_TMPDIR/started" ]
}

@test "generate refuses what is no recording, and writes nothing" {
	each_is_refused 3 "${common[@]}" trailing-recording 2-to-the-64-recording newer-recording profile-as-recording \
		-- callgate generate FILE -o "$BATS_TEST_TMPDIR/out.json"
	[ ! -e "$BATS_TEST_TMPDIR/out.json" ]
}

@test "disasm refuses what is no filter" {
	printf '1234567' >"$BAD/seven-bytes"
	printf '{"a": 1}\n' >"$BAD/nine-bytes"
	head -c $((4097 * 8)) /dev/zero >"$BAD/too-long"
	each_is_refused 3 empty seven-bytes nine-bytes huge too-long folder missing -- callgate disasm FILE
}

@test "import refuses what holds no system call, and says how many lines it could not read" {
	each_is_refused 3 huge folder missing -- callgate import FILE -o "$BATS_TEST_TMPDIR/out.json"
	for file in empty blank binary; do
		try timeout 20 callgate import "$BAD/$file" -o "$BATS_TEST_TMPDIR/out.json"
		status_is 3
		err_has "$BAD/$file"
	done
	[ ! -e "$BATS_TEST_TMPDIR/out.json" ]
}

@test "the error names line and column" {
	try callgate check "$BAD/action-profile"
	err_has "$BAD/action-profile:7:14: "
	err_has 'SCMP_ACT_DENY'
	err_has 'did you mean'
	try callgate check "$BAD/2-to-the-64-profile"
	err_has "$BAD/2-to-the-64-profile:8:"
	try callgate check "$BAD/trailing-profile"
	err_has "$BAD/trailing-profile:11:1: "
}

@test "errors on standard input have a place too" {
	try bash -c 'echo nonsense | callgate check -'
	status_is 3
	err_has ':1:1: '
	# And the same name everywhere.
	for command in 'check -' 'explain -' 'digest -' 'diff - @strict' 'merge --union - @strict -o /dev/null' 'import -' \
		'compile - -o /dev/null' 'run --profile - -- true' 'generate -' 'disasm -'; do
		try bash -c "echo '{nonsense' | callgate $command"
		one_error_at 'standard input:'
	done
}

@test "bad bytes of the input do not reach the terminal" {
	printf '{"defaultAction": "\\u001b[31mred"}' >"$BAD/escape"
	try callgate check "$BAD/escape"
	status_is 3
	[[ $stderr != *$'\e'* ]] || show "an escape sequence in the message"
}

@test "random damage to a profile never crashes it" {
	good_profile >"$BATS_TEST_TMPDIR/good"
	size=$(wc -c <"$BATS_TEST_TMPDIR/good")
	for seed in $(seq 60); do
		cp "$BATS_TEST_TMPDIR/good" "$BATS_TEST_TMPDIR/damaged"
		printf "\\x$(printf %02x $((seed * 37 % 256)))" |
			dd of="$BATS_TEST_TMPDIR/damaged" bs=1 seek=$((seed * 7919 % size)) conv=notrunc status=none
		try callgate check "$BATS_TEST_TMPDIR/damaged"
		[ "$status" -le 3 ] || show "seed $seed"
	done
}
