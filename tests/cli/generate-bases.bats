# callgate generate --minus and --ceiling: what other profiles take away, proven.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	REC=rec.json
	P=p.json
	event() { printf '%s\n' 'read(0, "", 1) = 0' 'unshare(CLONE_NEWNS) = 0' 'socket(AF_VSOCK, SOCK_STREAM, 0) = 3' \
		'socket(AF_UNIX, SOCK_STREAM, 0) = 3' 'personality(PER_LINUX) = 0' '+++ exited with 0 +++'; }
	event >log
	callgate import --from strace log -o "$REC" 2>/dev/null
}

@test "a ceiling: nothing that it denies, each such call told; --allow exempts" {
	for args in none safe strict; do
		try callgate generate "$REC" --args $args --ceiling @container-default -o "$P"
		status_is 0
		err_has 'unshare (seen 1 time) is left out: @container-default denies it'
		try callgate diff --subset "$P" @container-default
		[ "$status" -eq 0 ] || show "--args $args"
	done
	callgate generate "$REC" --ceiling @container-default --allow unshare,read -o "$P"
	try callgate diff --subset "$P" @container-default
	status_is 1
	out_has unshare
	try callgate generate "$REC" --ceiling @container-default --allow unshair -o "$P"
	status_is 3
	err_has 'did you mean unshare?'
	try callgate generate "$REC" --allow unshare -o "$P"
	status_is 2
	try callgate generate "$REC" --ceiling @no-such-thing -o "$P"
	status_is 3
}

@test "what is left of a profile without a base, and the base, are together at least the profile" {
	for base in runc @container-default; do
		callgate generate "$REC" --args safe -o full.json
		callgate generate "$REC" --args safe --minus $base -o rest.json
		[ "$(jq '[.syscalls[].action] | unique' -c rest.json)" = '["SCMP_ACT_ALLOW"]' ]
		[ "$(jq '[.syscalls[].names[]] | length' rest.json)" -lt "$(jq '[.syscalls[].names[]] | length' full.json)" ]
	done
	callgate merge --union @container-default rest.json --format policy -o union.policy
	try callgate diff --subset full.json union.policy
	status_is 0
}
