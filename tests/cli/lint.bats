# Real profiles get the findings that a person would agree with, and few others: tests/lint/NAME.findings has them, read
# critically, one a line: place, severity, rule. The profiles are other people's and not part of the source. What two of
# the rules find in them is for their authors first, and not written down.
load helper

@test "real profiles get the findings that are written down" {
	folder=${CALLGATE_SHARED:-$TOP/../shared}
	[ -d "$folder/profiles/real" ] || skip "the profiles are not beside the source (CALLGATE_SHARED names their folder)"
	[ "$(uname -m)" = x86_64 ] || skip "the findings are those for an x86_64 machine"
	for golden in "$TOP"/tests/lint/*.findings; do
		name=$(basename "$golden" .findings)
		profile=$folder/profiles/real/$name.json
		[ -e "$profile" ] || profile=$folder/workspace/$name.json
		[ -e "$profile" ] || show "there is no $name.json"
		try callgate check --json --kernel 6.18 "$profile"
		[ "$status" -le 1 ] || show "$name"
		diff <(sed '/^#/d' "$golden") <(json '.profiles[0].findings[] |
			select(.rule | IN("wide-comparison", "multiplexer-open") | not) | "\(.line):\(.column) \(.severity) \(.rule)"') >&2 ||
			show "$name"
	done
}

@test "each rule of lint that checks real profiles is in the manual" {
	for rule in $(sed -n 's/^\t{ "\([a-z0-9-]*\)", CG_SEVERITY.*/\1/p' "$TOP/src/lint/rules.c"); do
		grep -q -w -- "$rule" "$TOP/man/callgate-check.1.scd" || show "$rule is not in the manual"
	done
}

# Each warning of a bundled profile stands here with its reason; there are no others.
@test "the bundled profiles: no warning without a reason" {
	# socketcall: 32-bit programs of older C libraries have no other way to a socket; as in Docker's profile.
	output=$(callgate check @container-default | grep -o '\(warning\|error\): .*\[.*\]' | sed 's/.*\[//')
	[ "$output" = 'multiplexer-open]' ] || show
	# A workspace has no such programs, and socket is held to AF_UNIX there: nothing goes around that.
	output=$(callgate check @workspace | grep -o '\(warning\|error\): .*\[.*\]' | sed 's/.*\[//')
	[ "$output" = '' ] || show
	# strict is what prctl(PR_SET_SECCOMP) gives: nothing can be executed in it.
	output=$(callgate check @strict | grep -o '\(warning\|error\): .*\[.*\]' | sed 's/.*\[//')
	[ "$output" = 'no-exec]' ] || show
}
