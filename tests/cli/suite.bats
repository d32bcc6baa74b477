# callgate test: suites of expectations, commands run under the profile and calls asked by proof.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	all_but '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]' >p.json
}

# suite TEST…: a suite of these tests, in s.json.
suite() {
	printf '%s\n' "$@" | jq -s '{profile: "p.json", tests: .}' >s.json
}

@test "what is expected and happens passes; nothing is left behind" {
	suite '{"name": "a directory", "run": ["mkdir", "x"], "expect": {"exit": 1, "stderr": {"contains": "denied"}, "denied": "mkdir"}}' \
		'{"name": "a file", "run": ["sh", "-c", "echo text >f; cat f; pwd >&2"], "expect": {"stdout": "text", "stderr": {"matches": "/2$"}, "denied": []}}' \
		'{"name": "input", "run": ["cat"], "stdin": "in", "expect": {"stdout": "in"}}' \
		'{"name": "variables", "run": ["sh", "-c", "echo $A $HOME; cd $SUITE_FOLDER && ls p.json"], "environment": {"A": "b"}, "expect": {"stdout": {"matches": "^b /.*/4$", "contains": "p.json"}}}' \
		'{"name": "policy", "call": "mkdir", "expect": "ERRNO(EACCES)"}' \
		'{"name": "others", "call": ["read", "socket"], "expect": "allowed"}'
	try callgate test s.json
	status_is 0
	out_has "6 passed, 0 failed, 0 skipped"
	[ "$(ls -A "$TMPDIR")" = "" ] || show "left behind: $(ls -A "$TMPDIR")"
}

@test "a failure says which call was denied, where to allow it, and what that would open" {
	cat >q.json <<-'END'
		{"defaultAction": "SCMP_ACT_ALLOW",
		 "syscalls": [
		  {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]}
	END
	suite '{"name": "a directory", "run": ["mkdir", "x"], "expect": {"exit": 0, "denied": []}}'
	try callgate test s.json --profile q.json
	status_is 1
	out_has "FAILED  a directory"
	out_has "exit status 1, expected 0"
	out_has 'denied: mkdir("x", 0777) -> ERRNO(EACCES), to mkdir'
	out_has "q.json:3 refuses it by a rule"
	out_has "that would open a call of no risk by itself (file I/O)"
	out_has "0 passed, 1 failed"
	suite '{"name": "unshare", "run": ["unshare", "-U", "true"]}'
	try callgate test s.json --profile @workspace
	status_is 1
	out_has "a call of high risk"
	out_has 'known kernel vulnerabilit'
	good_profile >q.json
	suite '{"name": "chroot", "call": "chroot", "expect": "allowed"}'
	try callgate test s.json --profile q.json
	status_is 1
	out_has 'FAILED  chroot'
	out_has 'gets ERRNO(ENOSYS), expected allowed'
	out_has 'q.json:2 refuses it by the default, as no rule names it; to allow it, add "chroot" to the names at q.json:6'
}

@test "calls are asked by proof: arguments that are left out may be anything" {
	all_but '[{"names": ["ioctl"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "args": [{"index": 1, "value": 21522, "op": "SCMP_CMP_EQ"}]}]' >p.json
	suite '{"name": "any", "call": "ioctl", "expect": "allowed"}' '{"name": "one", "call": "ioctl(0, TCGETS)", "expect": "ALLOW"}' \
		'{"name": "that", "call": "ioctl(0, TIOCSTI)", "expect": "denied"}'
	try callgate test s.json
	status_is 1
	out_has "FAILED  any"
	out_has "TIOCSTI"
	out_has "2 passed, 1 failed"
}

@test "the time limit kills all of it" {
	suite '{"name": "slow", "run": ["sh", "-c", "sleep 100 & sleep 100"], "timeout": "300ms"}'
	start=$SECONDS
	try callgate test s.json
	status_is 1
	out_has "did not end within 0.300 s"
	[ $((SECONDS - start)) -lt 20 ]
}

@test "commands run side by side, and are told in order" {
	suite '{"name": "slow", "run": ["sleep", "1"]}' '{"name": "b", "run": ["sleep", "1"]}' '{"name": "c", "run": ["sleep", "1"]}' \
		'{"name": "d", "run": ["sleep", "1"]}' '{"name": "quick", "run": ["true"]}'
	try callgate test s.json --jobs 5
	status_is 0
	[[ ${lines[0]} == "ok      slow"* && ${lines[4]} == "ok      quick"* ]] || show
	[ "$(sed -n 's/.*skipped, \([0-9]*\)\..*/\1/p' <<<"$output")" -lt 4 ] || show "it took too long"
}

@test "KILL is status 159; a call that is only logged is not denied" {
	all_but '[{"names": ["mkdir"], "action": "SCMP_ACT_KILL_PROCESS"}, {"names": ["rmdir"], "action": "SCMP_ACT_LOG"}]' >p.json
	suite '{"name": "killed", "run": ["mkdir", "x"], "expect": {"exit": 159, "denied": ["mkdir"]}}' \
		'{"name": "logged", "run": ["rmdir", "x"], "expect": {"exit": 1, "denied": []}}'
	try callgate test s.json
	status_is 0
}

@test "set-up runs first, under no profile; what is not there skips a test" {
	cat >s.json <<-'END'
		{"profile": "p.json", "setup": {"run": ["mkdir", "made"]},
		 "tests": [{"name": "seen", "run": ["sh", "-c", "test -d $SUITE_SETUP/made"]},
		           {"name": "lacks", "needs": "no-such-command", "run": ["false"]}]}
	END
	try callgate test s.json
	status_is 0
	out_has "skip    lacks"
	out_has "it needs no-such-command, which is not here"
	out_has "1 passed, 0 failed, 1 skipped"
	sed -i 's/"mkdir", "made"/"sh", "-c", "echo no wheel >\&2; exit 3"/' s.json
	try callgate test s.json
	status_is 4
	one_error_at "set-up failed: no wheel"
	[ "$(ls -A "$TMPDIR")" = "" ]
}

@test "TAP, JUnit and JSON" {
	suite '{"name": "<a> # & \"b\"", "run": ["true"]}' '{"name": "two", "run": ["sh", "-c", "printf \"\\001<]]>\" >&2; exit 1"]}' \
		'{"name": "three", "needs": "no-such-command", "run": ["true"]}' '{"name": "four", "call": "mkdir", "expect": "denied"}'
	try callgate test s.json --junit r.xml --tap r.tap --json
	status_is 1
	is_true '.passed == 2 and .failed == 1 and .skipped == 1 and .tests[1].result == "failed" and .tests[0].denied == []'
	diff - r.tap <<-'END'
		TAP version 13
		1..4
		ok 1 - <a> \# & "b"
		not ok 2 - two
		# exit status 1, expected 0
		# standard error: "\x01<]]>"
		ok 3 - three # SKIP it needs no-such-command, which is not here
		ok 4 - four
	END
	python3 - r.xml <<-'END'
		import sys, xml.etree.ElementTree as ET
		root = ET.parse(sys.argv[1]).getroot()
		assert root.tag == "testsuites" and root.get("tests") == "4" and root.get("failures") == "1"
		cases = root.findall("./testsuite/testcase")
		assert [c.get("name") for c in cases] == ['<a> # & "b"', "two", "three", "four"]
		assert [[k.tag for k in c] for c in cases] == [[], ["failure"], ["skipped"], []]
		float(root.get("time"))
	END
	try callgate test s.json --tap -
	[ "${lines[0]}" = "TAP version 13" ]
	out_lacks "passed"
	try callgate test s.json --tap - --json
	status_is 2
}

@test "the profile: --profile, the suite's, the environment's" {
	suite '{"name": "c", "call": "mkdir", "expect": "denied"}'
	(cd / && callgate test "$BATS_TEST_TMPDIR/s.json")
	jq 'del(.profile)' s.json >t.json
	try callgate test t.json
	status_is 2
	err_has "which profile"
	CALLGATE_PROFILE=p.json callgate test t.json
	try callgate test t.json --profile no-such-file
	status_is 3
	one_error_at no-such-file
	try callgate test --profile p.json - <s.json
	status_is 0
}

@test "a suite that is none" {
	echo '{"profile": "p.json", "tests": [{"name": "a", "run": ["true"], "expect": {"exot": 0}}]}' >s.json
	try callgate test s.json
	status_is 3
	one_error_at 's.json:1:83: there is no "exot" here; did you mean "exit"?'
	bad_inputs bad
	for file in bad/*; do
		try callgate test "$file" --profile p.json
		status_is 3
		one_error_at "$file"
	done
	try callgate test @workspac
	status_is 3
	err_has "did you mean @workspace"
	try callgate test
	status_is 2
	try callgate test s.json --in lxc
	status_is 2
	try callgate test s.json --jobs 0
	status_is 2
}

@test "a command that is not there fails its test alone" {
	suite '{"name": "a", "run": ["no-such-command"]}' '{"name": "b", "run": ["true"]}'
	try callgate test s.json
	status_is 1
	out_has "it was not started: command not found"
	out_has "1 passed, 1 failed"
}

@test "an interrupt ends what runs, and leaves nothing" {
	suite '{"name": "slow", "run": ["sh", "-c", "echo $$ >$SUITE_FOLDER/pid; exec sleep 100"]}'
	callgate test s.json >out 2>err &
	for i in $(seq 100); do [ -s pid ] && break; sleep 0.1; done
	kill -TERM $!
	status=0
	wait $! || status=$?
	[ "$status" -eq 4 ] || show "status should be 4" "$(cat err)"
	grep -q interrupted err
	for i in $(seq 50); do [ -e "/proc/$(cat pid)" ] || break; sleep 0.1; done
	! grep -q '^State:.[^Z]' "/proc/$(cat pid)/status"
	[ "$(ls -A "$TMPDIR")" = "" ]
}

@test "under a listener that is there already, denials are not known, and that is said" {
	suite '{"name": "a", "run": ["true"], "expect": {"denied": []}}' '{"name": "b", "run": ["true"]}'
	all_but '[]' >free.json
	try callgate run --profile free.json -- callgate test s.json
	status_is 0
	out_has "which calls were denied is not known"
	out_has "1 passed, 0 failed, 1 skipped"
}

@test "as nobody" {
	a_nobody
	suite '{"name": "a", "run": ["mkdir", "x"], "expect": {"exit": 1, "denied": "mkdir"}}' '{"name": "b", "run": ["id", "-u"], "expect": {"stdout": "65534"}}'
	cp s.json p.json "$NOBODY"
	unset TMPDIR
	try as_nobody callgate test s.json
	status_is 0
}

@test "the bundled suite passes under @workspace, and fails where sockets are open" {
	command -v python3 >/dev/null || skip "there is no python3"
	export PATH=$(dirname "$CALLGATE"):/usr/local/bin:/usr/bin:/bin
	try callgate test @workspace
	status_is 0
	out_has " 0 failed"
	all_but '[]' >open.json
	try callgate test @workspace --profile open.json
	status_is 1
	out_has "FAILED  AF_INET is refused"
	out_has "FAILED  an AF_INET socket is refused to a program"
}

@test "the examples for CI: their commands, as they stand there" {
	command -v python3 >/dev/null || skip "there is no python3"
	for file in "$TOP"/examples/ci/gitlab-ci.yml "$TOP"/examples/ci/github-workflow.yml; do
		grep -E '^ *(- |run: |- run: )?callgate (check|test|diff) ' "$file" | sed -E 's/^ *(- )?(run: )?//' >commands
		[ -s commands ]
		cp "$TOP/data/profiles/workspace.json" seccomp.json
		PATH=$(dirname "$CALLGATE"):/usr/local/bin:/usr/bin:/bin bash -e commands >out 2>err || show "$(cat commands out err)"
		python3 -c 'import xml.etree.ElementTree as E; assert E.parse("seccomp-tests.xml").getroot().get("failures") == "0"'
	done
}
