# Who judges the judge: a library held against itself has no difference, one with faults has the ones that it has.
load ../cli/helper

setup() {
	DIFFERENTIAL=$CALLGATE_BUILD/tests/compat/compat-differential
	OURS=$CALLGATE_BUILD/src/libseccomp.so.2
	BROKEN=$CALLGATE_BUILD/tests/compat/libcompat-broken.so
	[ -x "$DIFFERENTIAL" ] && [ -e "$OURS" ] && [ -e "$BROKEN" ] || skip "this build has no libseccomp.so.2"
	printf '# no rows\n' >"$BATS_TEST_TMPDIR/table"
	SCRIPTS=("$TOP"/tests/compat/*.script)
	export CALLGATE_COMPAT_SEEDS=1:100
}

@test "a library does as itself does" {
	CALLGATE_COMPAT_THEIRS=$OURS try "$DIFFERENTIAL" "$OURS" "$BATS_TEST_TMPDIR/table" "${SCRIPTS[@]}"
	status_is 0
	out_lacks "not ok"
}

@test "a library with faults is found out, by its answers and by what its filters mean" {
	CALLGATE_COMPAT_THEIRS= try "$DIFFERENTIAL" "$BROKEN" "$BATS_TEST_TMPDIR/table" "${SCRIPTS[@]}"
	status_is 1
	out_has "ours: arch_exist A x86: 0, not EEXIST"
	out_has "the filter says ERRNO(EPERM), the rules ALLOW, not the same"
	[[ $output =~ not\ ok\ [0-9]+\ -\ 100\ random\ scripts ]] || show "random scripts should find it too"
}

@test "the other library's faults need a row" {
	CALLGATE_COMPAT_THEIRS=$BROKEN try "$DIFFERENTIAL" "$OURS" "$BATS_TEST_TMPDIR/table" "${SCRIPTS[@]}"
	status_is 1
	out_has "theirs: arch_exist A x86: 0, not EEXIST"
	out_has "the filter says ERRNO(EPERM), the rules ALLOW, not the same, and no row says why"
	out_lacks "# ours:"
}

@test "a row that explains nothing fails" {
	echo 'answer | rule A ALLOW nothing | EPERM | 0 | nowhere' >>"$BATS_TEST_TMPDIR/table"
	CALLGATE_COMPAT_THEIRS=$OURS try "$DIFFERENTIAL" "$OURS" "$BATS_TEST_TMPDIR/table" "${SCRIPTS[@]}"
	status_is 1
	out_has "no such difference any more: answer | rule A ALLOW nothing"
}
