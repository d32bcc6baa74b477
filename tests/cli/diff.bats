# callgate diff: every call on which two things differ, with conditions, examples and counts.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	good_profile >p.json
}

@test "the same is said in one sentence, and is status 0" {
	try callgate diff p.json p.json
	status_is 0
	[ "$output" = "p.json and p.json answer every call alike" ] || show
	callgate compile p.json -o f.bpf
	try callgate diff f.bpf p.json
	status_is 0
	try callgate diff --json p.json - <p.json
	status_is 0
	is_true '.same and .differences == [] and .left_out == 0'
}

@test "a call stands with both answers, its architectures and an example" {
	jq '.syscalls[0].names += ["mount"]' p.json >q.json
	try callgate diff p.json q.json
	status_is 1
	out_has 'mount  x86_64 x86 x32  ERRNO(ENOSYS)  ALLOW  mount(NULL, NULL, NULL, 0, NULL)'
	out_has '1 call on x86_64, 1 call on x86, 1 call on x32'
	[ "${#lines[@]}" -eq 7 ] || show
}

@test "conditions are told in the field's words" {
	jq '.syscalls += [{"names": ["socket"], "action": "SCMP_ACT_ALLOW",
		"args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]' p.json >q.json
	try callgate diff p.json q.json
	status_is 1
	out_has 'socket(AF_UNIX, 0, 0)'
	out_has 'domain == AF_UNIX'
	try callgate diff p.json q.json --json
	# All 64 bits are compared, of which the kernel reads 32; on x86 and x32 there is nothing to say of that.
	is_true '.differences | length == 1 and .[0].when == "domain == AF_UNIX (whole register)" and
		.[0].a == "ERRNO(ENOSYS)" and .[0].b == "ALLOW"'
	is_true '.calls == {"x86_64": 1, "x86": 1, "x32": 1} and .numbers == {} and .outside == false'
}

# What a name stands for in a policy text it stands for here.
@test "a condition of a policy text is told in the words of the text" {
	printf 'default errno(ENOSYS)\nallow read\n' >p.policy
	for condition in 'domain == AF_UNIX' 'type != SOCK_RAW'; do
		printf 'default errno(ENOSYS)\nallow read\nallow socket when %s\n' "$condition" >q.policy
		try callgate diff --arch x86_64 p.policy q.policy --json
		status_is 1
		is_true "[.differences[].when] == [\"$condition\"]"
		try callgate explain q.policy --arch x86_64
		out_has "socket when $condition"
		out_lacks 'whole register'
	done
	printf 'default errno(ENOSYS)\nallow read\nallow socket when a0 == AF_UNIX\n' >q.policy
	try callgate diff --arch x86_64 p.policy q.policy --json
	is_true '[.differences[].when] == ["domain == AF_UNIX (whole register)"]'
	try callgate explain q.policy 'socket(AF_UNIX)' --arch x86_64
	out_has 'when domain == AF_UNIX (whole register)'
}

@test "nothing is left out: numbers without a name, architectures outside" {
	jq '.defaultErrnoRet = 1' p.json >q.json
	try callgate diff p.json q.json --json
	status_is 1
	is_true '[.differences[] | select(.kind == "numbers") | .number_last - .number_first + 1] | add > 3000000000'
	callgate compile p.json -o f.bpf
	# RET ALLOW: whatever the architecture.
	printf '\x06\x00\x00\x00\x00\x00\xff\x7f' >g.bpf
	try callgate diff f.bpf g.bpf
	status_is 1
	[[ $output =~ architectures\ outside\ +0x0-0x40000002\ +KILL_THREAD\ +ALLOW ]] || show
}

@test "a filter that was cut short is told so, and not read as a profile" {
	callgate compile p.json -o f.bpf
	head -c 100 f.bpf >cut.bpf
	head -c 5 f.bpf >short.bpf
	for line in "diff cut.bpf p.json" "explain cut.bpf" "digest cut.bpf" "diff p.json short.bpf"; do
		try callgate $line
		status_is 3
		err_has 'not a whole number of 8-byte instructions'
	done
}

@test "an architecture that one side lacks is one row, with the count of its calls" {
	jq '.architectures = ["SCMP_ARCH_X86_64"] | .syscalls[0].names += ["mount"]' p.json >q.json
	try callgate diff p.json q.json
	status_is 1
	out_has 'mount  '
	[[ $output =~ mount\ +x86_64\ +ERRNO\(ENOSYS\)\ +ALLOW ]] || show
	[ "$(grep -c -E '^[0-9]+ calls, and numbers +(x86|x32) .*KILL_THREAD .*one answer to every call of x(86|32) from B' \
		<<<"$output")" -eq 2 ] || show
	[ "${#lines[@]}" -le 12 ] || show
	n_x86=$(sed -n 's/^\([0-9]*\) calls, and numbers *x86 .*/\1/p' <<<"$output")
	# Call by call on request, nothing left out.
	try callgate diff p.json q.json --json
	is_true ".left_out == 0 and .calls.x86 == $n_x86 and (.differences | length) > 300"
	is_true "[.differences[] | select(.kind == \"call\" and (.architectures | test(\"x86\\\\b\")))] | length == $n_x86"
	try callgate diff p.json q.json --max 100000
	[ "${#lines[@]}" -gt 300 ] || show
	out_lacks 'one answer'
}

@test "--max leaves rows out, and says how many" {
	jq '.defaultErrnoRet = 1' p.json >q.json
	try callgate diff p.json q.json --max 3
	status_is 1
	out_has 'more rows (--max)'
	try callgate diff p.json q.json --max 3 --json
	is_true '(.differences | length) == 3 and .left_out > 100'
	try callgate diff p.json q.json --max 0
	status_is 2
}

@test "--summary counts the changes" {
	jq '.syscalls[0].names += ["mount"] | .syscalls[1].errnoRet = 2' p.json >q.json
	try callgate diff p.json q.json --summary --json
	status_is 1
	is_true '.summary | length == 2'
	is_true '.summary[] | select(.a == "ERRNO(ENOSYS)" and .b == "ALLOW") | .calls == 3'
	is_true '.summary[] | select(.a == "ERRNO(EPERM)" and .b == "ERRNO(ENOENT)") | .calls == 3'
}

@test "--subset decides, with a witness" {
	jq '.syscalls[0].names += ["mount"]' p.json >q.json
	try callgate diff --subset p.json q.json
	status_is 0
	out_has 'allows nothing that'
	try callgate diff --subset q.json p.json
	status_is 1
	out_has 'mount('
	try callgate diff --subset q.json p.json --json
	status_is 1
	is_true '.subset == false and .witness.a == "ALLOW"'
	try callgate diff --subset @strict @container-default
	status_is 0
}

@test "a register of which half is compared is told from one of which all is" {
	rule='[{"names": ["personality"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": %s, "valueTwo": %s, "op": "%s"}]}]'
	all_but "$(printf "$rule" 8 0 SCMP_CMP_EQ)" >p.json
	all_but "$(printf "$rule" 4294967295 8 SCMP_CMP_MASKED_EQ)" >q.json
	try callgate diff p.json q.json
	status_is 1
	out_has 'personality >> 32 != 0 and personality == '
	out_lacks 'x86 '
}

@test "two recordings: what came and went" {
	event() { printf 'read(0, "", 1) = 0\n%s\n+++ exited with 0 +++\n' "$1"; }
	event 'getppid() = 1' >a.log
	event 'mount("a", "b", "c", 0, NULL) = 0' >b.log
	callgate import --from strace a.log -o a.json 2>/dev/null
	callgate import --from strace b.log -o b.json 2>/dev/null
	try callgate diff a.json b.json
	status_is 1
	[[ $output =~ getppid\ +x86_64\ +went\ +1\ +0 ]] || show
	[[ $output =~ mount\ +x86_64\ +came\ +0\ +1 ]] || show
	out_has '1 call came, 1 went, 1 in both'
	try callgate diff a.json b.json --json
	is_true '.came == 1 and .went == 1 and (.differences | length) == 2'
	try callgate diff a.json a.json
	status_is 0
	try callgate diff a.json p.json
	status_is 3
	try callgate diff --subset a.json b.json
	status_is 2
}

@test "a filter that cannot be decided is not guessed" {
	# RET A: every errno of 2^32 is another answer.
	printf '\x20\x00\x00\x00\x10\x00\x00\x00\x16\x00\x00\x00\x00\x00\x00\x00' >f.bpf
	try timeout 120 callgate diff f.bpf p.json
	status_is 4
	[ -z "$output" ] || show
	one_error_at f.bpf
}

@test "mistakes of the command line" {
	try callgate diff p.json
	status_is 2
	try callgate diff - -
	status_is 2
	try callgate diff p.json container:abc
	status_is 3
	try callgate diff p.json p.json --engine dokcer
	status_is 2
	err_has 'did you mean docker?'
}

@test "more differences than can be listed: one of them, and that it is one" {
	# Odd numbers are allowed, even ones refused: 2^31 ranges.
	printf '\x20\x00\x00\x00\x00\x00\x00\x00\x54\x00\x00\x00\x01\x00\x00\x00\x15\x00\x00\x01\x01\x00\x00\x00' >odd.bpf
	printf '\x06\x00\x00\x00\x00\x00\xff\x7f\x06\x00\x00\x00\x01\x00\x05\x00' >>odd.bpf
	printf '\x06\x00\x00\x00\x00\x00\xff\x7f' >all.bpf
	try callgate diff odd.bpf all.bpf
	status_is 1
	out_has 'x86_64 read('
	err_has 'more ways than can be listed'
	try callgate diff --subset odd.bpf all.bpf
	status_is 0
	try callgate diff --subset all.bpf odd.bpf
	status_is 1
}
