# callgate report: the document that a reviewer signs. Its numbers are computed again here, by other commands and by jq.
load helper

CHECKS=$BATS_TEST_DIRNAME/report-checks.py

setup() {
	D=$BATS_TEST_TMPDIR
	cd "$D"
	P=p.json
	cat >"$P" <<'JSON'
{
	"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
	"architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
	"syscalls": [
		{"names": ["read", "write", "openat", "close", "execve", "exit_group", "mmap", "mount"], "action": "SCMP_ACT_ALLOW"},
		{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
		{"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 21505, "op": "SCMP_CMP_EQ"}]},
		{"names": ["ptrace"], "action": "SCMP_ACT_KILL_PROCESS"},
		{"names": ["sync"], "action": "SCMP_ACT_LOG"}
	]
}
JSON
	A="--arch x86_64 --arch x86"
	export SOURCE_DATE_EPOCH=1795305600
}

# recording FILE ID CALLS [PROGRAM]: one run, in which each of the numbers was called three times.
recording() {
	jq -n --arg id "$2" --argjson calls "$3" --arg program "${4:-/usr/bin/app}" '{callgate: "recording", version: 1, runs: [{
		id: $id, backend: "ptrace", started: "2026-11-22T06:00:0\($id[0:1])Z", milliseconds: 1500, command: [$program, "-x"],
		kernel: "6.1.0", machine: "x86_64", calls: [$calls[] | {arch: "x86_64", nr: ., count: 3,
			programs: {($program): 3}}]}]}' >"$1"
}

# checks QUESTION FILE…: of report-checks.py.
checks() {
	try python3 "$CHECKS" "$@"
	status_is 0
}

# same FILTER-A FILE-A FILTER-B FILE-B: two ways to one value.
same() {
	local a b
	a=$(jq -c -S "$1" "$2") && b=$(jq -c -S "$3" "$4") || return 1
	[ -n "$a" ] && [ "$a" = "$b" ] || show "$1 of $2 is ${a:0:300}" "$3 of $4 is ${b:0:300}"
}

@test "Markdown by default, the form by the name of the file, or by --format" {
	try callgate report "$P" $A
	status_is 0
	[ "${lines[0]}" = "# Seccomp profile report: p.json" ]
	callgate report "$P" $A -o r.html
	head -c 15 r.html | grep -q '^<!DOCTYPE html>$'
	callgate report "$P" $A -o r.json
	is_true '.callgate == "report" and .version == 1' r.json
	callgate report "$P" $A -o r.txt --format json
	cmp r.txt r.json
	callgate report "$P" $A -o r.anything
	[ "$(head -n 1 r.anything)" = "# Seccomp profile report: p.json" ]
	try callgate report "$P" $A --lang ja
	[ "${lines[0]}" = "# seccomp プロファイル報告書: p.json" ]
	folder_has_only . .stderr p.json r.html r.json r.txt r.anything
}

@test "what is asked wrongly, and what is no input" {
	try callgate report
	status_is 2
	try callgate report "$P" "$P"
	status_is 2
	try callgate report "$P" --format pdf
	status_is 2
	err_has "md, html or json"
	try callgate report "$P" --lang de
	status_is 2
	try callgate report nothing.json
	status_is 3
	one_error_at nothing.json
	recording r.json 0123456789abcdef0123456789abcdef '[0]'
	try callgate report r.json
	status_is 3
	one_error_at r.json
	for option in --recording --suite --history --rollout --against; do
		try callgate report "$P" $option missing.json
		status_is 3
		one_error_at missing
		echo '{"a":' >broken.json
		cp broken.json broken.state.json
		try callgate report "$P" $option broken.json
		status_is 3
		one_error_at broken
	done
	echo '{}' >empty.json
	try callgate report empty.json --engine docker
	status_is 3
	err_has "no seccomp at all"
	try callgate report "$P" -o /dev/full
	status_is 4
	try callgate report "$P" -o $D/nowhere/r.md
	[ "$status" -ge 3 ]
	err_has nowhere
}

@test "every profile that comes with callgate, a filter and a process" {
	for profile in @container-default @workspace @strict; do
		callgate report "$profile" -o r.html
		checks page r.html
		callgate report "$profile" -o $D/r.md
		checks tables $D/r.md
	done
	callgate compile "$P" --arch x86_64 -o f.bpf
	callgate report f.bpf -o f.json
	is_true '.kind == "filter" and .findings == null and .proof == ""' f.json
	callgate report f.bpf | grep -q 'Only profiles are checked'
	callgate report f.bpf --lang ja -o f.html
	checks page f.html
	try callgate report pid:$$
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || [ "$status" -eq 4 ]
}

@test "numbers of calls: as explain has them" {
	for profile in "$P $A" @container-default @workspace; do
		callgate report $profile --format json >r.json
		callgate explain $profile --json >e.json
		# On the first architecture: of explain's rows those that speak of it; what no row speaks of is the default's.
		same '[.calls[] | select(.architecture == "x86_64" and .access == "open" and .otherwise[0:5] == "ERRNO") | .name]' r.json \
			'[.calls[] | select(.architectures | index("x86_64")) | select(.when == null and .further == 0 and
			(.answer == "ALLOW" or .answer == "LOG")) | .name] | sort' e.json
		same '[.calls[] | select(.architecture == "x86_64" and .access == "conditional") | .name]' r.json \
			'[.calls[] | select(.architectures | index("x86_64")) | select(.when != null or .further > 0) |
			select(.answer == "ALLOW" or .answer == "LOG") | .name] | unique' e.json
		is_true '([.counts[]] | add) == .architectures[0].calls' r.json
		is_true '.counts == (reduce (.categories[][] | to_entries[]) as $e ({}; .[$e.key] += $e.value))' r.json
		is_true '.counts.open == ([.calls[] | select(.architecture == "x86_64" and .access == "open")] | length)' r.json
		same '.architectures[0].calls' r.json '.n' <(callgate syscalls --arch x86_64 --json |
			jq '{n: ([.. | objects | select(has("number"))] | length)}')
		# Counted by the picture's own way from the diagram.
		is_true '.architectures[] | .calls == ([.answers[].calls] | add) + .by_arguments' r.json
		is_true '[.architectures[0].answers[] | select(.action == "ALLOW" or .action == "LOG") | .calls] | add' r.json
		is_true '.counts.open >= ([.architectures[0].answers[] | select(.action == "ALLOW" or .action == "LOG") | .calls] | add)' r.json
	done
}

@test "digest, findings and proof: as digest and check have them" {
	callgate report "$P" $A --format json >r.json
	[ "$(jq -r .digest r.json)" = "$(callgate digest "$P" $A)" ]
	callgate check "$P" $A --json >c.json || true
	callgate report "$P" $A >$D/r.md
	for severity in error warning note; do
		n=$(jq --arg s $severity '[.. | objects | .findings? // [] | .[] | select(.severity == $s)] | length' c.json)
		grep -q -E "(^|, )$n ${severity}s?[,;]" $D/r.md || show "there should be $n ${severity}s" "$(grep 'Risk score' $D/r.md)"
	done
	is_true '.proof == "proven" and .rules > 5 and .instructions > 5' r.json
	[ "$(jq .risk_points r.json)" = "$(jq '[.. | objects | .points? // empty | numbers] | add' c.json)" ] ||
		[ "$(jq .risk_points r.json)" = "$(jq '[.. | objects | .risk? // empty | .points? // . | numbers] | first' c.json)" ]
	[ "$(jq -r '.inputs[0].sha256' r.json)" = "$(sha256sum "$P" | cut -d ' ' -f 1)" ]
}

@test "differences: as diff has them" {
	callgate report "$P" $A --format json >r.json
	callgate diff "$P" @container-default $A --json >d.json || true
	is_true '.against.name == "@container-default" and (.against.same | not)' r.json
	same '[.against.differences[] | select(.subject == "call") | [.call, .architectures, .ours, .theirs, .when, .example]] | sort' r.json \
		'[.differences[] | select(.kind == "call") | [.call, .architectures, .a, .b,
		(if .when == "" then null else .when end), .example]] | sort' d.json
	# By change and tier, each call once.
	for change in closed opened changed; do
		is_true "(.against.$change | add) == ([.against.differences[] | select(.change == \"$change\" and .call != null) | .call] |
			unique | length)" r.json
	done
	callgate report "$P" $A --against "$P" --format json >same.json
	is_true '.against.same and .against.differences == []' same.json
	callgate report "$P" $A --against "$P" | grep -q 'answers every call exactly as this profile does'
}

@test "an architecture of which the other has one answer is one row" {
	callgate report "$P" --arch x86_64 --against "$P" --format json >r.json
	is_true '.against.same' r.json
	callgate report @workspace -o $D/r.md
	callgate report @workspace -o r.json
	n=$(jq '[.against.differences[] | select(.subject == "architecture")] | length' r.json)
	[ "$n" -ge 1 ]
	callgate diff @workspace @container-default --json >d.json || true
	for arch in $(jq -r '.against.differences[] | select(.subject == "architecture") | .architectures' r.json); do
		same "[.against.differences[] | select(.subject == \"architecture\" and .architectures == \"$arch\") | .calls][0]" r.json \
			".calls.$arch" d.json
	done
}

@test "vulnerabilities: the counts are those of the rows, and rows are reached by what explain lets through" {
	callgate report @workspace --format json >r.json
	for column in verdict:profile container_default:container_default no_profile:no_profile; do
		for verdict in closed partly open absent; do
			is_true ".vulnerabilities.${column#*:}.$verdict ==
				([.vulnerabilities.list[] | select(.${column%:*} == \"$verdict\")] | length)" r.json
		done
	done
	is_true '[.vulnerabilities.list[] | select(.verdict == "open")] | length > 0' r.json
	while IFS= read -r call; do
		try callgate explain @workspace "$call" --json
		is_true '[.answers[] | select(.answer == "ALLOW" or .answer == "LOG")] | length > 0'
	done < <(jq -r '.vulnerabilities.list[] | select(.verdict == "open" and (.example | startswith("arch") | not)) | .example' r.json | head -n 20)
	is_true '.vulnerabilities.no_profile.closed == 0' r.json
}

@test "what is open through socketcall alone: closed by a profile that differs in nothing else" {
	sed 's/"socketcall"/"read"/' "$TOP/data/profiles/container-default.json" >without.json
	callgate report @container-default -o with.json
	callgate report without.json -o without.report.json
	is_true '.vulnerabilities.profile.open_by_socketcall_alone > 0' with.json
	is_true '.vulnerabilities.profile.open_by_socketcall_alone == ([.vulnerabilities.list[] | select(.by_socketcall_alone)] | length)' with.json
	same '[.vulnerabilities.list[] | select(.by_socketcall_alone) | .id]' with.json \
		'[.vulnerabilities.list[] | select(.container_default == "open" and .verdict != "open") | .id]' without.report.json
	is_true '.vulnerabilities.profile.open_by_socketcall_alone == 0 and .vulnerabilities.container_default.open_by_socketcall_alone > 0' \
		without.report.json
}

@test "recordings: counts, coverage and reasons, as jq and generate have them" {
	recording a.json 0123456789abcdef0123456789abcdef '[0, 1, 3, 257]'
	recording b.json 1123456789abcdef0123456789abcdef '[0, 1, 41, 87]' /usr/bin/other
	callgate report "$P" $A --recording a.json --recording b.json -o r.json
	is_true '.recordings.events == 24 and (.recordings.runs | length) == 2' r.json
	is_true '.calls[] | select(.name == "read") | .count == 6 and .runs == 2 and
		.programs == [{path: "/usr/bin/app", count: 3}, {path: "/usr/bin/other", count: 3}]' r.json
	is_true '.calls[] | select(.name == "unlink") | .count == 3 and .access == "refused"' r.json
	is_true '[.calls[].count] | add == 24' r.json
	callgate generate a.json b.json --explain --json -o g.profile >g.json
	same .recordings.coverage r.json .coverage g.json
	is_true '[.calls[] | select(.count > 0) | .reasons[0].kind == "seen"] | all' r.json
	is_true '[.findings[] | select(.rule == "recorded-refused")] | length == 1' r.json
	[ "$(jq -r '.inputs | map(select(.kind == "recording")) | map(.sha256) | sort | join(" ")' r.json)" = \
		"$(sha256sum a.json b.json | cut -d ' ' -f 1 | sort | paste -s -d ' ')" ]
	callgate report "$P" $A --recording a.json --recording b.json -o $D/r.md
	grep -q '| `read` | allowed | `app`, `other` | seen 6 times in 2 of 2 runs |' $D/r.md
	grep -q '2 runs made 6 different calls: 4 were seen in one run only, 2 in two' $D/r.md
	grep -q 'These 2 runs are of 2 different command lines' $D/r.md
}

@test "both languages and all forms have the same numbers" {
	recording a.json 0123456789abcdef0123456789abcdef '[0, 1, 3, 257, 9]'
	recording b.json 1123456789abcdef0123456789abcdef '[0, 1, 41, 87]'
	result >result.json
	for language in en ja; do
		for form in md html; do
			callgate report "$P" $A --recording a.json --recording b.json --suite result.json --lang $language -o $language.$form
		done
	done
	callgate report "$P" $A --lang ja -o ja.json
	callgate report "$P" $A --lang en -o en.json
	cmp en.json ja.json
	checks page en.html ja.html
	checks tables {en,ja}.md
	checks same-cells {en,ja}.md
	checks same-cells en.{md,html}
	checks same-cells ja.{md,html}
	checks same-sentences {en,ja}.md
}

@test "sentences: both languages use the same values; every finding has its Japanese" {
	checks sentences "$TOP"/src/report/section_*.c "$TOP/src/report/document.c"
	callgate check @workspace --sarif - >s.sarif || true
	for rule in $(jq -r '.runs[0].tool.driver.rules[].id' s.sarif); do
		grep -q -F "{ \"$rule\", \"" "$TOP/src/report/japanese.c" || show "japanese.c does not know $rule"
	done
	while IFS= read -r remedy; do
		grep -q -F "{ \"$remedy\"," "$TOP/src/report/japanese.c" || show "japanese.c does not know: $remedy"
	done < <(jq -r '.runs[0].tool.driver.rules[].help.text' s.sarif)
}

# What callgate test --json writes.
result() {
	jq -n --arg name "${1:-a test}" '{suite: "s.json", profile: "p.json", in: "none", passed: 9, failed: 9, skipped: 9, milliseconds: 2500,
		tests: [{name: $name, line: 1, result: "passed", milliseconds: 1},
			{name: "b", line: 2, result: "failed", milliseconds: 1, reasons: "socket was refused\nsee p.json:7"},
			{name: "c", line: 3, result: "skipped", milliseconds: 0, reasons: "no git"}]}'
}

@test "suites: a result is counted test by test; a suite is no result" {
	result >result.json
	callgate report "$P" $A --suite result.json -o r.json
	is_true '.suites[0] | .passed == 1 and .failed == 1 and .skipped == 1 and .name == "s.json"' r.json
	callgate report "$P" $A --suite result.json -o $D/r.md
	grep -q '1 passed, 1 failed, 1 skipped, in 2.5 s' $D/r.md
	grep -q '| b | \*\*failed\*\* | socket was refused see p.json:7 |' $D/r.md
	grep -q 'Now: tests fail' $D/r.md
	echo '{"profile": "p.json", "tests": [{"name": "x", "call": "read", "expect": "ALLOW"}]}' >suite.json
	try callgate report "$P" $A --suite suite.json
	status_is 3
	err_has "callgate test suite.json"
	callgate test suite.json --profile "$P" --json >real.json
	callgate report "$P" $A --suite real.json -o r.json
	is_true '.suites[0].passed == 1 and .suites[0].tests[0].name == "x"' r.json
	echo '[]' >list.json
	try callgate report "$P" $A --suite list.json
	status_is 3
}

@test "recorded and refused: it may be intended, and the suite may expect it" {
	recording a.json 0123456789abcdef0123456789abcdef '[0, 87]'
	row() {
		callgate report "$P" $A --recording a.json "$@" --lang "${lang:-en}" | grep '`recorded-refused`'
	}
	row | grep -q 'unlink was recorded 3 times.*The refusal may be intended: to be decided by the reviewer |'
	lang=ja row | grep -q '確認者の判断を要する。 / unlink was recorded 3 times'
	echo '{"tests": [{"name": "x", "call": ["reboot", "unlink"], "expect": "denied"},
		{"name": "y", "call": "socket(AF_INET6)", "expect": "ERRNO(ENOSYS)"}, {"name": "z", "call": "read", "expect": "allowed"}]}' >suite.json
	callgate test suite.json --profile "$P" --json >result.json
	is_true '[.tests[] | [.calls, .expect]] == [[["reboot", "unlink"], "denied"], [["socket(AF_INET6)"], "ERRNO(ENOSYS)"],
		[["read"], "allowed"]]' result.json
	row --suite result.json | grep -q 'The suite expects it: a test that passed asks for `unlink` to be refused |'
	lang=ja row --suite result.json | grep -q '`unlink` の拒否を確かめる試験が合格している。 / unlink was'
	# A test that failed proves nothing, nor does one of a call whose name begins alike, or of another argument.
	jq '.tests[0].result = "failed"' result.json >failed.json
	row --suite failed.json | grep -q 'to be decided by the reviewer |'
	jq '.tests[0].calls = ["unlinkat", "un"]' result.json >other.json
	row --suite other.json | grep -q 'to be decided by the reviewer |'
	jq 'del(.tests[0].calls) | .tests[0].denied = [{call: "unlink(\"x\")", action: "ERRNO(ENOSYS)"}, 7, {call: 3}]' result.json >without.json
	row --suite without.json | grep -q 'A test of the suite passed although `unlink("x")` was refused |'
	jq '.runs[0].calls[1] |= (.nr = 41 | .args = [{index: 0, name: "domain", values: [10]}])' a.json >b.json
	callgate report "$P" $A --recording b.json --suite result.json >"$D/b.md"
	grep -q 'socket with domain AF\\_INET6.*asks for `socket(AF_INET6)` to be refused |' "$D/b.md" || show "$(grep recorded-ref "$D/b.md")"
	jq '.tests[1].calls = ["socket(AF_INET)", "socket"]' result.json >inet.json
	# How often a value was there is not kept: what is counted is all calls, and that is said.
	grep -q 'socket with domain AF\\_INET6 was recorded, among 3 calls by /usr/bin/app, and is refused' "$D/b.md"
	callgate report "$P" $A --recording b.json --suite inet.json >"$D/b.md"
	grep -q 'socket with domain AF\\_INET6.*to be decided by the reviewer |' "$D/b.md"
}

@test "hostile names are shown as text" {
	name='<script>alert(1)</script>|`*_[x](http:y)&"'\'' '$'\e[31m\n# x'
	recording a.json 0123456789abcdef0123456789abcdef '[0, 1]' "$name"
	result "$name" >result.json
	hostile='<b>&p|`*.json'
	cp "$P" "$hostile"
	for language in en ja; do
		callgate report "$hostile" $A --recording a.json --suite result.json --lang $language -o r.html
		checks page r.html
		! grep -q -i '<script\|<b>' r.html
		grep -q '&lt;script&gt;alert(1)&lt;/script&gt;' r.html
		callgate report "$hostile" $A --recording a.json --suite result.json --lang $language -o $D/r.md
		checks tables $D/r.md
		! grep -q $'\e' r.html $D/r.md
		! grep -q '^# x' $D/r.md
		[ "$(head -n 1 $D/r.md | grep -c '\\<b\\>\\&p\\|\\`\\\*.json$')" -eq 1 ] || show "$(head -n 1 $D/r.md)"
	done
	callgate report "$hostile" $A --recording a.json --suite result.json -o r.json
	[ "$(jq -r '.suites[0].tests[0].name' r.json)" = "$name" ]
	[ "$(jq -r .profile r.json)" = "$hostile" ]
}

@test "the same bytes each time, with a fixed day" {
	for form in md html json; do
		callgate report "$P" $A --format $form >one
		callgate report "$P" $A --format $form >two
		cmp one two
		grep -q 2026-11-22 one
	done
	SOURCE_DATE_EPOCH=nonsense callgate report "$P" | grep -q "on 20[0-9][0-9]-"
}

@test "nothing recorded, and no history: said, not counted as zero" {
	echo '{"callgate": "recording", "version": 1, "runs": []}' >none.json
	for language in en ja; do
		callgate report "$P" $A --recording none.json --lang $language -o r.html
		checks page r.html
	done
	callgate report "$P" $A --recording none.json -o $D/r.md
	grep -q 'The recording is empty' $D/r.md
	grep -q 'Nothing was recorded, so nothing can be said of it' $D/r.md
	callgate report "$P" $A -o r.json
	is_true '.recordings == null and .suites == null and .history == null and .rollout == null' r.json
	recording one.json 0123456789abcdef0123456789abcdef '[0]'
	callgate report "$P" $A --recording one.json | grep -q 'fewer than two runs nothing can be estimated'
}

@test "2,000 rules, and hundreds of runs: tables stay bounded and say what they leave out" {
	jq -n '{defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64"],
		syscalls: [range(2000) | {names: ["ioctl"], action: "SCMP_ACT_ALLOW", args: [{index: 1, value: (. * 3), op: "SCMP_CMP_EQ"}]}]}' >big.json
	callgate report big.json -o big.html
	checks page big.html
	[ "$(stat -c %s big.html)" -lt 1000000 ]
	jq -n '{callgate: "recording", version: 1, runs: [range(300) as $i | {id: ("0" * 29 + ("00\($i)" | .[-3:])), backend: "ptrace",
		started: "2026-11-22T06:00:00Z", milliseconds: 10, command: ["x\($i)"], kernel: "6", machine: "x86_64",
		calls: [range(300) | {arch: "x86_64", nr: ., count: 1, programs: {"/bin/p\($i)": 1}}]}]}' >runs.json
	callgate report "$P" $A --recording runs.json -o $D/r.md
	grep -q 'and 100 more rows, which this table leaves out; `--format json` has all 300' $D/r.md
	[ "$(wc -c <$D/r.md)" -lt 1000000 ]
	callgate report "$P" $A --recording runs.json -o r.json
	is_true '(.recordings.runs | length) == 300' r.json
}

@test "a history: its sums, and each kind of violation once" {
	callgate monitor --help >/dev/null 2>&1 || skip "this build has no monitor"
	cat >audit.log <<'LOG'
type=SECCOMP msg=audit(1795305600.100:11): auid=0 uid=0 gid=0 ses=1 subj=unconfined pid=501 comm="app" exe="/usr/bin/app" sig=0 arch=c000003e syscall=41 compat=0 ip=0x7f0000000001 code=0x7ffc0000
type=SECCOMP msg=audit(1795305601.100:12): auid=0 uid=0 gid=0 ses=1 subj=unconfined pid=501 comm="app" exe="/usr/bin/app" sig=0 arch=c000003e syscall=41 compat=0 ip=0x7f0000000001 code=0x7ffc0000
type=SECCOMP msg=audit(1795305602.100:13): auid=0 uid=0 gid=0 ses=1 subj=unconfined pid=502 comm="app" exe="/usr/bin/app" sig=0 arch=c000003e syscall=101 compat=0 ip=0x7f0000000001 code=0x7ffc0000
LOG
	try callgate monitor --source audit.log --history h.db --user "$(id -un)" --unconfined
	[ "$status" -eq 0 ] && [ -s h.db ] || skip "no history was written here: $stderr"
	callgate report "$P" $A --history h.db -o r.json
	is_true '.history.violations == 3 and .history.unique == 2' r.json
	same '[.history.list[] | [.call, .count]] | sort' r.json '[["ptrace", 1], ["socket", 2]]' r.json
	callgate monitor --query --history h.db --json >q.json
	[ "$(wc -l <q.json)" -eq 3 ]
	for language in en ja; do
		callgate report "$P" $A --history h.db --lang $language -o $language.md
		checks tables $language.md
	done
	checks same-cells {en,ja}.md
	checks same-sentences {en,ja}.md
	grep -q '3 violations of 2 kinds' $D/en.md
	is_true '.inputs[] | select(.kind == "history") | .name == "h.db"' r.json
}

@test "a rollout" {
	cat >r.state.json <<'JSON'
{}
JSON
	try callgate report "$P" --rollout r.state.json
	status_is 3
	callgate rollout --help >/dev/null 2>&1 || skip "this build has no rollout"
	try callgate rollout init rollout.json --profile "$P"
	[ -e rollout.state.json ] || skip "rollout init began no rollout: $stderr"
	callgate report "$P" --rollout rollout.json -o r.json
	is_true '.rollout.phase == "audit"' r.json
	same .rollout.name r.json .rollout rollout.state.json
	callgate report "$P" --rollout rollout.state.json -o s.json
	same .rollout r.json .rollout s.json
}
