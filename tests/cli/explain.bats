# callgate explain: what does a profile do with a call, and which rule decides?
load helper

setup() {
	P=$BATS_TEST_TMPDIR/p.json
	cat >"$P" <<'JSON'
{
	"defaultAction": "SCMP_ACT_ERRNO",
	"architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
	"syscalls": [
		{"names": ["read", "execve", "exit_group"], "action": "SCMP_ACT_ALLOW"},
		{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
		{"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 21505, "op": "SCMP_CMP_EQ"}]},
		{"names": ["ioctl"], "action": "SCMP_ACT_KILL_PROCESS", "args": [{"index": 0, "value": 5, "op": "SCMP_CMP_GT"}]},
		{"names": ["read"], "action": "SCMP_ACT_TRAP", "args": [{"index": 0, "value": 3, "op": "SCMP_CMP_EQ"}]}
	]
}
JSON
	A="--arch x86_64 --arch x86 --arch x32"
}

@test "an allowed call: the answer on each architecture, the rule and its line" {
	try callgate explain "$P" 'socket(AF_UNIX, SOCK_STREAM, 0)' $A --json
	status_is 0
	is_true '[.answers[] | select(.answer == "ALLOW" and .permitted and .line == 6)] | length == 3'
	is_true '[.answers[].arch] == ["x86_64", "x86", "x32"]'
	is_true '.rules | length == 1 and .[0].outcome == "decides" and .[0].condition == "domain == AF_UNIX (whole register)"'
	try callgate explain "$P" 'socket(AF_UNIX, SOCK_STREAM, 0)' $A
	out_has "$P:6: when domain == AF_UNIX (whole register)"
}

@test "a refused call: the default, and the rule that does not match" {
	try callgate explain "$P" 'socket(AF_INET, SOCK_STREAM, 0)' $A
	status_is 0
	out_has 'ERRNO(EPERM)'
	out_has "$P:2: the default, as no rule matches"
	out_has 'does not match'
}

@test "the rules that it beat" {
	try callgate explain "$P" 'read(3)' --arch x86_64 --json
	is_true '.answers[0].answer == "ALLOW" and .answers[0].line == 5'
	is_true '.rules[] | select(.line == 9) | .holds and (.outcome | startswith("beaten: a rule without conditions"))'
	try callgate explain "$P" 'ioctl(6, TCGETS)' --arch x86_64 --json
	is_true '.answers[0].answer == "KILL_PROCESS"'
	is_true '.rules[] | select(.line == 7) | .holds and (.outcome | startswith("beaten: a more restrictive"))'
}

@test "where engines leave undefined which rule decides, that is said" {
	try callgate explain "$P" 'ioctl(6, TCGETS)' --arch x86_64 --engine crun
	out_has 'crun leaves undefined'
	try callgate explain "$P" 'ioctl(1, TCGETS)' --arch x86_64 --engine crun
	out_lacks 'undefined'
}

@test "the path ends with the answer" {
	for call in 'read(0)' 'socket(AF_INET)' 'socket(AF_UNIX)' 'ioctl(6, TCGETS)' 'mount("a")'; do
		try callgate explain "$P" "$call" $A --path --json
		status_is 0
		is_true '[.paths[] | .instructions | length >= 3 and (.[0] | startswith("L0:")) and (.[-1] | contains("ret #"))] | all'
		is_true '[.paths[].instructions[-1] | split("; ")[1]] == [.answers[].answer]'
	done
}

@test "the path is a path of the listing" {
	callgate compile "$P" --arch x86_64 --format asm -o "$BATS_TEST_TMPDIR/listing"
	try callgate explain "$P" 'socket(AF_INET)' --arch x86_64 --path --json
	json '.paths[0].instructions[]' | while IFS= read -r line; do
		grep -q -x -F -- "$line" "$BATS_TEST_TMPDIR/listing" || show "not in the listing: $line"
	done
}

@test "calls of one architecture, numbers, and architectures outside" {
	try callgate explain "$P" 'waitpid(1)' $A
	status_is 0
	out_has 'x86_64 has no such call'
	try callgate explain "$P" 'x86:waitpid(1)' $A --json
	is_true '.answers | length == 1 and .[0].arch == "x86"'
	try callgate explain "$P" 'aarch64:read(1)' $A --json
	is_true '.answers[0].answer == "KILL_THREAD" and .answers[0].because == "the profile does not have this architecture"'
	try callgate explain "$P" '9999(1)' --arch x86_64 --json
	is_true '.answers[0].number == 9999 and .answers[0].answer == "ERRNO(EPERM)"'
}

@test "a call that does not exist suggests the nearest" {
	try callgate explain "$P" 'sokcet(AF_INET)'
	status_is 2
	err_has 'did you mean socket?'
	try callgate explain "$P" 'socket(AF_INETT)'
	status_is 2
	err_has 'did you mean AF_INET'
	try callgate explain "$P" 'socket('
	status_is 2
}

@test "without a call: the profile in plain words" {
	try callgate explain "$P" $A
	status_is 0
	out_has 'What is not listed below: ERRNO(EPERM)'
	out_has 'ALLOW: 5 calls'
	grep -q -E '^  file I/O +read$' <<<"$output" || show
	out_has 'socket'
	out_has 'domain == AF_UNIX'
	out_has 'cmd == TCGETS'
	try callgate explain "$P" $A --json
	is_true '.calls[] | select(.name == "read") | .answer == "ALLOW" and .when == null and (.architectures | length == 3)'
	is_true '[.calls[] | select(.name == "ioctl") | .answer] | index("KILL_PROCESS") != null'
}

@test "every bundled profile can be told in plain words, and agrees with the answers to single calls" {
	for profile in @container-default @workspace @strict; do
		try callgate explain $profile --arch x86_64 --json
		status_is 0
		plain=$(json '.calls[] | select(.when == null) | "\(.name) \(.answer)"' | head -n 20)
		while read -r name answer; do
			try callgate explain $profile "$name()" --arch x86_64 --json
			is_true ".answers[0].answer == \"$answer\""
		done <<<"$plain"
	done
}

@test "the profile may come from the environment" {
	CALLGATE_PROFILE=$P try callgate explain 'read(0)' --arch x86_64
	status_is 0
	out_has "$P:5"
}

@test "what cannot be explained" {
	try callgate explain
	status_is 2
	try callgate explain "$P" --path
	status_is 2
	echo '{}' >"$P"
	try callgate explain "$P" 'read(0)' --engine docker
	status_is 3
	err_has 'applies no seccomp at all'
}

@test "a policy text is explained by its lines, and masks are told as they are" {
	cat >"$BATS_TEST_TMPDIR/p.policy" <<-'TEXT'
		default ERRNO(EPERM)
		allow read
		allow socket when domain == AF_UNIX
	TEXT
	try callgate explain "$BATS_TEST_TMPDIR/p.policy" 'socket(AF_UNIX)' --arch x86_64
	status_is 0
	out_has 'p.policy:3: when domain == AF_UNIX'
	out_lacks 'whole register'
	try callgate explain "$BATS_TEST_TMPDIR/p.policy" 'read(0)' --arch x86_64
	out_has 'p.policy:2'
}

# ---- filters and processes, which have no rules

@test "a raw filter answers as the profile that it was compiled from, and its instruction is named" {
	callgate compile "$P" $A -o "$BATS_TEST_TMPDIR/p.bpf"
	for call in 'read(0)' 'socket(AF_INET)' 'socket(AF_UNIX)' 'ioctl(6, TCGETS)' 'mount("a")'; do
		try callgate explain "$P" "$call" $A --json
		wanted=$(json '[.answers[] | {arch, number, answer, permitted}] | sort_by(.arch)')
		try callgate explain "$BATS_TEST_TMPDIR/p.bpf" "$call" --path --json
		status_is 0
		[ "$(json '[.answers[] | {arch, number, answer, permitted}] | sort_by(.arch)')" = "$wanted" ] || show "$call"
		is_true '.rules == [] and ([.answers[].line] | all(. == null))'
		is_true '[.paths[].instructions[-1] | split("; ")[1]] == [.answers[].answer]'
		is_true '[.paths[].instructions[-1] | split(":")[0]] == [.answers[].because | capture("(?<l>L[0-9]+)").l]'
	done
	try callgate explain "$BATS_TEST_TMPDIR/p.bpf" 'x86:waitpid(1)' --json
	is_true '.answers | length == 1 and .[0].arch == "x86"'
	try callgate explain "$BATS_TEST_TMPDIR/p.bpf" 'aarch64:read(1)'
	out_has KILL_THREAD
	try callgate explain "$BATS_TEST_TMPDIR/p.bpf" 'sokcet(1)'
	status_is 2
	err_has 'did you mean socket?'
}

@test "a call of one architecture is answered by a raw filter once" {
	callgate compile @container-default -o "$BATS_TEST_TMPDIR/f.bpf"
	for arch in x86_64 x86 x32 aarch64; do
		try callgate explain "$BATS_TEST_TMPDIR/f.bpf" "$arch:getpid()" --json
		status_is 0
		is_true "[.answers[].arch] == [\"$arch\"]"
	done
}

@test "a raw filter in plain words: the same calls as those of its profile" {
	for profile in "$P" @container-default @strict; do
		callgate compile $profile --arch x86_64 --arch x86 -o "$BATS_TEST_TMPDIR/p.bpf"
		try callgate explain $profile --arch x86_64 --arch x86 --json
		wanted=$(json '[.default, .other_architectures, (.calls | map(.architectures |= sort))]')
		try callgate explain "$BATS_TEST_TMPDIR/p.bpf" --json
		status_is 0
		[ "$(json '[.default, .other_architectures, (.calls | map(.architectures |= sort))]')" = "$wanted" ] || show $profile
		is_true '.engine == null'
		try callgate explain "$BATS_TEST_TMPDIR/p.bpf"
		out_has ', a filter of '
	done
}

# listing TEXT: a raw filter from a listing.
listing() {
	printf '%s\n' .little-endian "$@" >"$BATS_TEST_TMPDIR/f.asm"
	callgate compile "$BATS_TEST_TMPDIR/f.asm" -o "$BATS_TEST_TMPDIR/f.bpf"
}

@test "filters that do not look at the architecture, or give one of them a single answer" {
	listing 'ld [0]' 'jeq #0x29, L2, L3' 'L2: ret #0x50001' 'L3: ret #0x7fff0000'
	try callgate explain "$BATS_TEST_TMPDIR/f.bpf" --arch x86_64
	status_is 0
	out_has 'What is not listed below: ALLOW'
	out_has 'Other architectures are not told apart'
	out_has 'ERRNO(EPERM): 1 call'
	try callgate explain "$BATS_TEST_TMPDIR/f.bpf" 'socket()' --arch x86_64
	out_has 'ERRNO(EPERM)'
	out_has 'are not told apart'
	listing 'ld [4]' 'jeq #0xc00000b7, L2, L3' 'L2: ret #0x7fff0000' 'L3: jeq #0xc000003e, L4, L7' \
		'L4: ld [0]' 'jeq #0x29, L6, L7' 'L6: ret #0x50001' 'L7: ret #0x80000000'
	try callgate explain "$BATS_TEST_TMPDIR/f.bpf"
	out_has 'What is not listed below: KILL_PROCESS; calls of aarch64: ALLOW; calls of other architectures: KILL_PROCESS.'
	listing 'ret #0x30000'
	try callgate explain "$BATS_TEST_TMPDIR/f.bpf"
	status_is 0
	out_has 'What is not listed below: TRAP; calls of other architectures: TRAP.'
}

@test "a live process is explained by its filters" {
	[ "$(id -u)" -eq 0 ] || skip "taking filters out of a process needs CAP_SYS_ADMIN"
	jq '.defaultAction = "SCMP_ACT_ALLOW" | .syscalls = [{"names": ["socket"], "action": "SCMP_ACT_ERRNO"}]' "$P" \
		>"$BATS_TEST_TMPDIR/q.json"
	callgate run --tell none --profile "$BATS_TEST_TMPDIR/q.json" -- sleep 30 &
	local pid=$!
	for _ in $(seq 50); do
		[ "$(cat /proc/$pid/comm)" = sleep ] && break
		sleep 0.1
	done
	try callgate explain pid:$pid 'socket(AF_INET)' --path
	out_has 'ERRNO(EPERM)'
	out_has 'through the filter on x86_64'
	try callgate explain pid:$pid
	out_has "pid:$pid, a process with"
	out_has 'What is not listed below: ALLOW'
	try callgate explain pid:$$ 'socket(AF_INET)' --arch x86_64
	status_is 0
	kill $pid
	try callgate explain pid:999999999 'read(0)'
	status_is 3
	err_has 'pid:999999999'
}

@test "a recording answers nothing, and no filter is no filter" {
	echo '{"callgate": "recording", "version": 1, "runs": []}' >"$P"
	try callgate explain "$P" 'read(0)'
	status_is 3
	one_error_at "$P is a recording"
	head -c 4096 /bin/ls >"$P"
	try callgate explain "$P"
	status_is 3
	one_error_at "$P"
}

# The figures of a picture, as its description says them: python3 reads the XML, jq the same from explain's lists.
@test "explain --format svg draws how calls are decided, with the figures of the lists" {
	cd "$BATS_TEST_TMPDIR"
	callgate explain @container-default --format svg --arch x86_64 >flow.svg
	callgate explain @container-default --json --arch x86_64 >flow.json
	python3 - flow.svg <<-'END' >description
		import sys, xml.etree.ElementTree as tree
		root = tree.parse(sys.argv[1]).getroot()
		name = "{http://www.w3.org/2000/svg}"
		assert root.tag == name + "svg" and root.get("role") == "img"
		assert not root.findall(".//" + name + "script") and root.get("onload") is None
		print(root.find(name + "desc").text)
	END
	conditional=$(jq '[.calls[] | select(.when != null and (.architectures | index("x86_64"))) | .name] | unique | length' flow.json)
	allowed=$(jq '[.calls[] | select(.answer == "ALLOW" and .when == null and (.architectures | index("x86_64"))) | .name] |
		unique | length' flow.json)
	grep -q "x86_64 has [0-9]* calls with a name. Decided by their number: ALLOW $allowed, " description
	grep -q "By their arguments: $conditional, " description
	[ "$conditional" -gt 0 ]
	# Of a filter too, and in Japanese; nothing is asked for from outside.
	callgate compile @container-default --arch x86_64 -o flow.bpf
	callgate explain flow.bpf --format svg --lang ja >filter.svg
	grep -q 'xml:lang="ja"' filter.svg
	grep -q "ALLOW $allowed、" filter.svg
	[ "$(grep -o 'https\?://[^"]*' flow.svg filter.svg | sort -u | sed 's/.*:http/http/' | sort -u)" = http://www.w3.org/2000/svg ]
}

@test "explain --format: what does not go together is told" {
	for words in "--format png" "--json --format svg" "--lang ja" "--format svg --lang eo" "--format svg read(0)"; do
		try callgate explain @strict $words
		status_is 2
		[ -z "$output" ]
	done
	try callgate explain @strict --format json
	status_is 0
	is_true '.calls'
}
