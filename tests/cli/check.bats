# callgate check: is the profile valid, does it resolve and compile, and is it wise?
load helper

setup() {
	P=$BATS_TEST_TMPDIR/p.json
}

@test "a bundled profile is right" {
	for name in @container-default @workspace @strict; do
		try callgate check $name
		status_is 0
	done
}

@test "a profile on standard input" {
	try bash -c "callgate check - <<<'$(good_profile)'"
	[ "$status" -le 1 ] || show
}

@test "a call that does not exist is found, with the nearest name and its place" {
	good_profile | sed 's/"close"/"clsoe"/' >"$P"
	try callgate check "$P"
	[[ $output$stderr == *clsoe* ]] || show
	[[ $output$stderr == *'close'* ]] || show "no suggestion"
	[[ $output$stderr == *"$P:6:"* ]] || show "no place"
}

@test "an action that does not exist is refused, with the nearest and its place" {
	good_profile | sed 's/SCMP_ACT_ALLOW/SCMP_ACT_ALOW/' >"$P"
	try callgate check "$P"
	status_is 3
	one_error_at "$P:7:"
	err_has 'did you mean SCMP_ACT_ALLOW?'
}

@test "a profile under which nothing can start or end is a finding" {
	jq -n '{defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64"],
		syscalls: [{names: ["read", "write"], action: "SCMP_ACT_ALLOW"}]}' >"$P"
	try callgate check "$P"
	[[ $output$stderr == *exec* ]] || show
	[[ $output$stderr == *exit* ]] || show
}

@test "a rule that never applies is a finding" {
	jq -n '{defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64"], syscalls: [
		{names: ["read", "execve", "exit", "exit_group", "rt_sigreturn", "personality"], action: "SCMP_ACT_ALLOW"},
		{names: ["personality"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 8, op: "SCMP_CMP_EQ"}]}]}' >"$P"
	try callgate check "$P"
	[[ $output$stderr == *personality* ]] || show
}

@test "missing sub-architectures are a finding" {
	good_profile | jq '.architectures = ["SCMP_ARCH_X86_64"]' >"$P"
	try callgate check "$P"
	[[ $output$stderr == *[xX]86* ]] || show
}

@test "--fail-on decides what makes the status 1" {
	good_profile | sed 's/"close"/"clsoe"/' >"$P"
	try callgate check "$P" --fail-on note
	status_is 1
	try callgate check "$P" --fail-on nonsense
	status_is 2
}

@test "--json gives every finding with rule, severity and place" {
	good_profile | sed 's/"close"/"clsoe"/' >"$P"
	try callgate check "$P" --json
	is_true '[.. | objects | select(.line? == 6)] | length >= 1'
	is_true '[.. | objects | .severity? | strings] | length >= 1'
}

@test "several profiles: each is judged, the worst decides" {
	good_profile >"$P"
	echo nonsense >"$P.bad"
	try callgate check "$P" "$P.bad"
	status_is 3
	[[ $output$stderr == *"$P.bad"* ]] || show
}

@test "the case's first profile: its typos none, its gaps found" {
	first=${CALLGATE_SHARED:-$TOP/../shared}/workspace/first-profile.json
	[ -e "$first" ] || skip "the case's first profile is not beside the source (CALLGATE_SHARED names its folder)"
	try callgate check "$first"
	[ "$status" -le 1 ] || show
}

@test "engines' own profiles are read" {
	folder=${CALLGATE_SHARED:-$TOP/../shared}/profiles/real
	[ -d "$folder" ] || skip "the engines' profiles are not beside the source (CALLGATE_SHARED names their folder)"
	for file in "$folder"/*.json; do
		jq -e '.defaultAction' "$file" >/dev/null 2>&1 || continue
		try callgate check --engine docker "$file"
		[ "$status" -le 1 ] || show "$file"
	done
}

@test "profiles that engines quarrel about are judged or refused, and never crash anything" {
	folder=${CALLGATE_SHARED:-$TOP/../shared}/profiles/edge
	[ -d "$folder" ] || skip "the odd profiles are not beside the source (CALLGATE_SHARED names their folder)"
	for file in "$folder"/*.json; do
		for engine in oci docker; do
			try callgate check --engine $engine "$file"
			case $status in
			0 | 1) ;;
			3) [[ $stderr == "callgate: $file"* ]] || show "$engine: no place" ;;
			*) show "$engine: $file" ;;
			esac
		done
	done
}

@test "a policy text is judged by its lines; engines do not read it" {
	printf 'default ERRNO(EPERM)\nallow execve, exit, exit_group, rt_sigreturn, mount\n' >"$BATS_TEST_TMPDIR/p.policy"
	try callgate check "$BATS_TEST_TMPDIR/p.policy" --arch x86_64 --json
	status_is 0
	is_true '.profiles[0].findings[] | select(.rule == "dangerous-call") | .line == 2'
	try callgate check "$BATS_TEST_TMPDIR/p.policy" --engine all
	status_is 3
	one_error_at p.policy
}

@test "--engine all tells what runc itself answers with ENOSYS" {
	cat >"$P" <<-'JSON'
		{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1, "architectures": ["SCMP_ARCH_X86_64"],
		 "syscalls": [{"names": ["read", "execve", "exit_group", "openat2"], "action": "SCMP_ACT_ALLOW"}]}
	JSON
	try callgate check --engine all "$P" --json
	enosys=$(json '.profiles[0].engines[] | select(.engine == "runc" and .version == "1.1") | .enosys')
	# Every call of x86_64 with a number above that of openat2.
	try callgate syscalls --arch x86_64 --json
	[ "$(json '[.syscalls[] | select(.number > 437)] | length')" = "$enosys" ] || show "$enosys"
	try callgate check --engine all "$P"
	out_has 'get ERRNO(ENOSYS) from runc itself, and not ERRNO(EPERM): on x86_64 '
	out_has '[engine-enosys]'
	! grep -q ' $' <<<"$output" || show "blanks at the end of a line"
	grep -q -E '^crun +1.8 +[a-z]+ +[0-9]+ +0( |$)' <<<"$output" || show
	# Where the default is ENOSYS already, runc changes nothing.
	sed -i 's/"defaultErrnoRet": 1/"defaultErrnoRet": 38/' "$P"
	try callgate check --engine all "$P" --json
	is_true '[.profiles[0].engines[] | select(.engine == "runc") | .enosys == 0] | all'
	# Docker 20.10 reads no defaultErrnoRet: its default stays EPERM.
	is_true '.profiles[0].engines[] | select(.engine == "docker" and .version == "20.10") | .enosys > 0'
}

@test "people are told once what holds of several places, programs each time" {
	good_profile | jq '.syscalls += [.syscalls[0]] | .syscalls[]._comment = "why"' >"$P"
	[ "$(jq '.syscalls | length' "$P")" -ge 2 ]
	try callgate check "$P"
	[ "$(grep -c 'unknown key "_comment"' <<<"$output")" -eq 1 ] || show
	[[ $output =~ \"_comment\"\ has\ no\ effect\ \(also\ on\ line ]] || show
	try callgate check "$P" --json --sarif "$BATS_TEST_TMPDIR/s"
	is_true '[.profiles[0].findings[] | select(.message | contains("_comment"))] | length >= 2'
	[ "$(jq '[.runs[0].results[] | select(.message.text | contains("_comment"))] | length' "$BATS_TEST_TMPDIR/s")" -ge 2 ] || show
}
