# callgate check: SARIF, all engines, recordings, and the risk score.
load helper

setup() {
	P=$BATS_TEST_TMPDIR/p.json
	S=$BATS_TEST_TMPDIR/findings.sarif
}

# What SARIF 2.1.0 requires of what we write (OASIS, sections 3.13, 3.14, 3.19, 3.27, 3.28, 3.49).
is_sarif() {
	is_true '.version == "2.1.0" and (.runs | type == "array" and length == 1)' "$1"
	is_true '.runs[0].tool.driver | (.name | type == "string") and (.rules | length > 30)' "$1"
	is_true '[.runs[0].tool.driver.rules[] | (.id | test("^[a-z0-9-]+$")) and (.shortDescription.text | length > 10) and
		(.help.text | length > 5) and (.defaultConfiguration.level | IN("error", "warning", "note"))] | all' "$1"
	is_true '.runs[0].tool.driver.rules | map(.id) | length == (unique | length)' "$1"
	is_true '.runs[0] as $run | [.runs[0].results[] | (.message.text | length > 10) and
		(.level | IN("error", "warning", "note")) and $run.tool.driver.rules[.ruleIndex].id == .ruleId] | all' "$1"
	is_true '[.runs[0].results[].locations[0].physicalLocation | (.artifactLocation.uri | type == "string") and
		(.region == null or (.region.startLine >= 1 and .region.startColumn >= 1))] | all' "$1"
	is_true '.runs[0].invocations[0].executionSuccessful | type == "boolean"' "$1"
}

@test "SARIF: the tool, its rules with help, results with a region" {
	good_profile | sed 's/"close"/"clsoe"/' >"$P"
	try callgate check "$P" --sarif "$S"
	status_is 0
	out_has clsoe
	is_sarif "$S"
	is_true '.runs[0].results[] | select(.ruleId == "unknown-call") | .level == "warning" and
		.locations[0].physicalLocation.region.startLine == 6 and (.message.text | contains("clsoe"))' "$S"
	is_true ".runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri == \"file://$P\"" "$S"
	is_true '.runs[0].invocations[0].executionSuccessful' "$S"
}

@test "SARIF and JSON tell the same findings" {
	for profile in @container-default @workspace @strict; do
		try callgate check $profile --sarif "$S" --json
		is_sarif "$S"
		[ "$(jq -c '[.runs[0].results[] | [.ruleId, .level, .locations[0].physicalLocation.region.startLine // 0]]' "$S")" = \
			"$(jq -c '[.profiles[0].findings[] | [.rule, .severity, .line]]' <<<"$output")" ] || show $profile
	done
}

@test "SARIF on standard output, of several profiles, one of which cannot be read" {
	good_profile >"$P"
	echo '{"defaultAction"' >"$BATS_TEST_TMPDIR/bad file.json"
	try callgate check "$P" "$BATS_TEST_TMPDIR/bad file.json" --sarif -
	status_is 3
	printf '%s' "$output" >"$S"
	is_sarif "$S"
	is_true '.runs[0].invocations[0].executionSuccessful == false' "$S"
	is_true '.runs[0].invocations[0].toolExecutionNotifications[0] | .level == "error" and
		(.locations[0].physicalLocation.artifactLocation.uri | endswith("bad%20file.json"))' "$S"
}

@test "SARIF that cannot be written is an error" {
	good_profile >"$P"
	try callgate check "$P" --sarif "$BATS_TEST_TMPDIR/no/such/folder.sarif"
	[ "$status" -eq 3 ] || status_is 4
	err_has folder.sarif
}

@test "all engines: same, different with a call, rejected, unconfined" {
	good_profile | sed 's/,$/,/' >"$P"
	try callgate check "$P" --engine all --json
	is_true '.profiles[0].engines | length >= 8'
	is_true '[.profiles[0].engines[] | select(.engine == "podman" or .engine == "crun") | .outcome == "same"] | all'
	# docker 20.10 drops defaultErrnoRet
	is_true '.profiles[0].engines[] | select(.engine == "docker" and .version == "20.10") |
		.outcome == "differs" and .answer == "ERRNO(EPERM)" and .as_written == "ERRNO(ENOSYS)"'
	is_true '[.profiles[0].findings[] | select(.rule == "engine-differs")] | length == 1'

	jq -n '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{name: "mkdir", action: "SCMP_ACT_ERRNO"}]}' >"$P"
	try callgate check "$P" --engine all --json
	status_is 1
	is_true '[.profiles[0].engines[] | select(.engine == "crun") | .outcome] == ["rejects"]'
	is_true '.profiles[0].engines[] | select(.engine == "containerd") | .outcome == "differs" and (.call | startswith("mkdir"))'
	is_true '[.profiles[0].engines[] | select(.engine == "docker") | .outcome] == ["same", "same"]'
	is_true '.profiles[0].findings[] | select(.rule == "engine-rejects") | .severity == "error" and .line > 1'
	try callgate check "$P" --engine all
	out_has 'READS IT'
	out_has 'rejected'
}

@test "all engines agree with the verdicts that were seen when they were run" {
	folder=${CALLGATE_SHARED:-$TOP/../shared}/profiles/edge
	[ -e "$folder/VERDICTS.tsv" ] || skip "the odd profiles are not beside the source (CALLGATE_SHARED names their folder)"
	n=0
	for file in "$folder"/*.json; do
		try callgate check "$file" --engine all --json
		[ "$status" -le 3 ] || show "$file"
		[ "$status" -eq 3 ] && continue
		# Whoever rejects when asked alone rejects when all are asked.
		for engine in docker podman runc crun; do
			alone=0
			callgate check "$file" --engine $engine >/dev/null 2>&1 || alone=$?
			outcome=$(json "[.profiles[0].engines[] | select(.engine == \"$engine\")][0].outcome")
			[ $((alone == 3)) -eq "$([ "$outcome" = rejects ] && echo 1 || echo 0)" ] || show "$file $engine"
			n=$((n + 1))
		done
	done
	[ "$n" -gt 40 ] || show "only $n were compared"
}


@test "what was recorded and is refused is a finding, by call and by value" {
	good_profile | jq '.syscalls += [{names: ["fcntl", "openat", "close", "fstat", "mmap", "brk", "mprotect", "munmap", "prctl"],
		action: "SCMP_ACT_ALLOW"}]' >"$P"
	callgate record -o "$BATS_TEST_TMPDIR/rec.json" -- sh -c 'cd /; kill -0 $$' >/dev/null 2>&1 ||
		skip "nothing can be recorded here"
	try callgate check "$P" --recording "$BATS_TEST_TMPDIR/rec.json" --json
	status_is 1
	is_true '[.profiles[0].findings[] | select(.rule == "recorded-refused" and .severity == "error") | .message] |
		any(startswith("chdir was recorded"))'
	is_true '[.profiles[0].findings[] | select(.rule == "recorded-refused") | .message] | any(startswith("read was")) | not'
	callgate generate "$BATS_TEST_TMPDIR/rec.json" -o "$P" 2>/dev/null
	try callgate check "$P" --recording "$BATS_TEST_TMPDIR/rec.json" --json
	is_true '[.profiles[0].findings[] | select(.rule == "recorded-refused" and .severity == "error")] | length == 0'
}

@test "a recording that cannot be read" {
	good_profile >"$P"
	echo nonsense >"$BATS_TEST_TMPDIR/rec.json"
	try callgate check "$P" --recording "$BATS_TEST_TMPDIR/rec.json"
	status_is 3
	one_error_at rec.json
}

@test "the risk score is the sum of its lines" {
	for profile in @container-default @workspace @strict; do
		try callgate check $profile --json
		is_true '.profiles[0] | .risk == ([.risk_lines[].points] | add // 0)'
		is_true '[.profiles[0].risk_lines[] | .reason | length > 10] | all'
	done
	good_profile | jq '.syscalls += [{names: ["mount"], action: "SCMP_ACT_ALLOW"}, {names: ["ptrace"], action: "SCMP_ACT_ALLOW",
		args: [{index: 0, value: 0, op: "SCMP_CMP_EQ"}]}]' >"$P"
	try callgate check "$P" --json
	is_true '.profiles[0].risk == 13'
	is_true '.profiles[0].risk_lines[1] | .call == "ptrace" and .points == 3 and .conditional'
	try callgate check "$P" --risk
	grep -q -E '^ +10 +mount ' <<<"$output" || show
	out_has 'risk 13'
}

@test "every kind of finding is in the manual" {
	try callgate check @strict --sarif "$S"
	for rule in $(jq -r '.runs[0].tool.driver.rules[].id' "$S"); do
		grep -q -w -- "$rule" "$TOP/man/callgate-check.1.scd" || show "$rule is not in the manual"
	done
}

@test "what was recorded of clone3 and gets ENOSYS is no error: clone is called then" {
	callgate record -o "$BATS_TEST_TMPDIR/rec.json" -- python3 -c 'import threading; threading.Thread(target=print).start()' \
		>/dev/null 2>&1 || skip "nothing can be recorded here"
	is_true '[.runs[0].calls[].name] | any(. == "clone3")' "$BATS_TEST_TMPDIR/rec.json" || skip "this C library calls no clone3"
	callgate generate "$BATS_TEST_TMPDIR/rec.json" -o "$P" 2>/dev/null
	try callgate check "$P" --recording "$BATS_TEST_TMPDIR/rec.json" --json
	is_true '[.profiles[0].findings[] | select(.rule == "recorded-refused") | .severity + " " + .message] |
		length == 1 and (.[0] | test("^note clone3 was recorded .*ENOSYS.*then clone is called"))'
	jq '(.syscalls[] | select(.names == ["clone3"])) |= (.errnoRet = 1)' "$P" >"$P.2"
	try callgate check "$P.2" --recording "$BATS_TEST_TMPDIR/rec.json" --json
	is_true '[.profiles[0].findings[] | select(.rule == "recorded-refused") | .severity] == ["error"]'
}
