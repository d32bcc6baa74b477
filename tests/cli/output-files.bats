# -o FILE writes all of it or nothing: a write that fails leaves the old file and says so, and leaves no litter.
load helper

setup() {
	FOLDER=$BATS_TEST_TMPDIR/folder
	mkdir "$FOLDER"
	good_profile >"$BATS_TEST_TMPDIR/p.json"
}

@test "a file is replaced as a whole, with its mode, and nothing else is left" {
	echo old >"$FOLDER/out"
	chmod 640 "$FOLDER/out"
	callgate compile "$BATS_TEST_TMPDIR/p.json" -o "$FOLDER/out"
	[ $(($(stat -c %s "$FOLDER/out") % 8)) -eq 0 ]
	[ "$(stat -c %a "$FOLDER/out")" = 640 ]
	folder_has_only "$FOLDER" out
}

@test "a new file gets the mode that the umask leaves" {
	(umask 027 && callgate compile "$BATS_TEST_TMPDIR/p.json" -o "$FOLDER/out")
	[ "$(stat -c %a "$FOLDER/out")" = 640 ]
}

@test "through a symbolic link the file behind it is replaced, not the link" {
	echo old >"$FOLDER/real"
	ln -s real "$FOLDER/link"
	callgate compile "$BATS_TEST_TMPDIR/p.json" -o "$FOLDER/link"
	[ -L "$FOLDER/link" ]
	[ "$(cat "$FOLDER/real")" != old ]
	folder_has_only "$FOLDER" link real
}

@test "a folder that is not there is named" {
	try callgate compile "$BATS_TEST_TMPDIR/p.json" -o "$FOLDER/no/such/out"
	status_is 4
	one_error_at "$FOLDER/no/such/out"
	err_has 'No such file or directory'
}

@test "on a full disk the old file stays, and it is said" {
	[ "$(id -u)" -eq 0 ] || skip "only root can make a small disk"
	unshare --mount true || skip "this root may not have mounts of its own"
	mkdir "$BATS_TEST_TMPDIR/disk"
	cat >"$BATS_TEST_TMPDIR/on-a-small-disk" <<-'SCRIPT'
		mount -t tmpfs -o size=64k none "$1/disk" || exit 99
		cd "$1/disk"
		echo old >out.bpf; echo old >rec.json; echo old >p.json
		head -c 1M /dev/zero >filler 2>/dev/null
		callgate record -o "$1/rec.json" -- true
		callgate compile "$1/p.json" -o out.bpf; echo "compile $?"
		callgate record -o rec.json -- true; echo "record $?"
		callgate generate "$1/rec.json" -o p.json; echo "generate $?"
		cat out.bpf rec.json p.json
		ls -A
	SCRIPT
	try unshare --mount sh "$BATS_TEST_TMPDIR/on-a-small-disk" "$BATS_TEST_TMPDIR"
	[ "$status" -ne 99 ] || skip "no file system can be mounted here"
	out_has 'compile 4'
	out_has 'generate 4'
	out_lacks 'record 0'
	[ "$(grep -c '^old$' <<<"$output")" -eq 3 ] || show "an old file is gone"
	[ "$(tail -n 4 <<<"$output" | tr '\n' ' ')" = 'filler out.bpf p.json rec.json ' ] || show "litter"
	[ "$(grep -c 'No space left on device' <<<"$stderr")" -eq 3 ] || show "each failure should be said"
	[ "$(grep -c 'the old file is unchanged' <<<"$stderr")" -eq 3 ] || show "that the old file stayed should be said"
}

@test "a file larger than allowed leaves the old file, and it is said" {
	echo old >"$FOLDER/out"
	try bash -c "(trap '' XFSZ; ulimit -f 0; exec callgate compile '$BATS_TEST_TMPDIR/p.json' -o '$FOLDER/out') 2>&1 | cat >&2"
	err_has 'cannot write'
	err_has 'the old file is unchanged'
	[ "$(cat "$FOLDER/out")" = old ]
	folder_has_only "$FOLDER" out
}

@test "as nobody, a folder that cannot be written is said, and the old file stays" {
	a_nobody
	good_profile >"$NOBODY/p.json"
	mkdir "$NOBODY/closed"
	echo old >"$NOBODY/closed/out"
	chmod 755 "$NOBODY/closed" # root's own
	chmod 644 "$NOBODY/closed/out"
	for command in "compile p.json -o" "record -o closed/out -- true"; do
		case $command in
		record*) try as_nobody callgate $command ;;
		*) try as_nobody callgate $command closed/out ;;
		esac
		[ "$status" -ne 0 ] || show "$command"
		err_has closed/out
		err_has 'Permission denied'
		[ "$(cat "$NOBODY/closed/out")" = old ]
		folder_has_only "$NOBODY/closed" out
	done
	try as_nobody callgate compile p.json -o closed/new
	status_is 4
	err_has 'Permission denied'
	folder_has_only "$NOBODY/closed" out
}

@test "as nobody, a file marked read-only is not replaced" {
	a_nobody
	good_profile >"$NOBODY/p.json"
	as_nobody sh -c 'echo old >out && chmod 444 out'
	try as_nobody callgate compile p.json -o out
	status_is 4
	err_has 'Permission denied; the old file is unchanged'
	[ "$(cat "$NOBODY/out")" = old ]
}

@test "killed in the middle, the old file stays whole" {
	echo old >"$FOLDER/out.json"
	# What is recorded may live on; it must not hold what bats reads from.
	callgate record -o "$FOLDER/out.json" -- sleep 5 >/dev/null 2>&1 3>&- &
	pid=$!
	sleep 0.5
	kill -KILL $pid
	wait $pid || true
	[ "$(cat "$FOLDER/out.json")" = old ]
}

@test "where the result goes to standard output, what the command prints does not" {
	callgate generate -- echo not-json >"$BATS_TEST_TMPDIR/p.json" 2>"$BATS_TEST_TMPDIR/err"
	jq -e .defaultAction "$BATS_TEST_TMPDIR/p.json" >/dev/null
	grep -q not-json "$BATS_TEST_TMPDIR/err"
	callgate record --json -- echo not-json >"$BATS_TEST_TMPDIR/r.json" 2>"$BATS_TEST_TMPDIR/err"
	jq -e '.callgate == "recording"' "$BATS_TEST_TMPDIR/r.json" >/dev/null
	grep -q not-json "$BATS_TEST_TMPDIR/err"
}

@test "names do not steer the terminal" {
	try callgate check "$(printf 'a\033[31mb\nc')"
	status_is 3
	[ "$(wc -l <<<"$stderr")" -eq 1 ] || show "one line was expected"
	[[ $stderr != *$'\033'* ]] || show "an escape came through"
}
