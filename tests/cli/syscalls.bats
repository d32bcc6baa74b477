# callgate syscalls: numbers, names, arguments, groups.
load helper

@test "a name, a number, a group" {
	try callgate syscalls --arch x86_64 socket 0 @critical
	status_is 0
	grep -qE '^x86_64 +41 +socket ' <<<"$output" || show
	grep -qE '^x86_64 +0 +read ' <<<"$output" || show
	grep -qE '^x86_64 +165 +mount .* critical ' <<<"$output" || show
	out_has ', int type, int protocol'
}

@test "the same name on every architecture" {
	try callgate syscalls --arch all --json clone3
	status_is 0
	[ "$(json '.syscalls | map(.number % 1000) | unique | tostring')" = '[435]' ]
	is_true '.syscalls | length >= 15'
}

@test "x32 numbers are shown without their bit" {
	try callgate syscalls --arch x32 --json read
	is_true '.syscalls[0] | .arch == "x32" and .number == 0'
}

@test "the keys of the JSON" {
	try callgate syscalls --arch x86_64 --json ptrace
	status_is 0
	is_true '.syscalls[0] | .number == 101 and .tier == "high" and (.reason | length > 20) and .category != null'
}

@test "architectures go by any name of the field" {
	for name in x86_64 amd64 x86-64 SCMP_ARCH_X86_64; do
		try callgate syscalls --arch "$name" --json read
		[ "$(json '.syscalls[0].arch')" = x86_64 ] || show "$name"
	done
}

@test "what does not exist is status 1, with the nearest name" {
	try callgate syscalls opnat
	status_is 1
	err_has 'did you mean openat?'
	try callgate syscalls 99999
	status_is 1
	try callgate syscalls @critcal
	status_is 1
	err_has 'did you mean @critical?'
	try callgate syscalls @nonsense
	status_is 1
	err_has 'no group of calls'
	err_has 'callgate syscalls @ lists'
	try callgate syscalls read nonsense
	status_is 1
	out_has ' read '
}

@test "an unknown architecture is a mistake of the command line" {
	try callgate syscalls --arch pdp11 read
	status_is 2
	err_has pdp11
}

@test "the groups are listed, and each has calls" {
	try callgate syscalls @ --json
	status_is 0
	is_true '.groups | length > 10 and all(.calls > 0) and any(.group == "@stdio")'
	for group in $(json '.groups[].group'); do
		callgate syscalls --arch all "$group" >/dev/null
	done
}

@test "this machine's headers know the same numbers" {
	header=$(echo '#include <asm/unistd.h>' | gcc -E -dM - | awk '$2 ~ /^__NR_/ { print substr($2, 6), $3 }' | sort)
	[ "$(wc -l <<<"$header")" -gt 300 ] || skip "there are no kernel headers"
	callgate syscalls --json | jq -r '.syscalls[] | "\(.name) \(.number)"' | sort >"$BATS_TEST_TMPDIR/ours"
	missing=$(comm -23 <(printf '%s\n' "$header") "$BATS_TEST_TMPDIR/ours")
	[ -z "$missing" ] || show "missing: $missing"
}

@test "how many known vulnerabilities a call was the way to" {
	local call pattern

	while read -r call pattern; do
		try callgate syscalls --arch x86_64 --json "$call"
		is_true ".syscalls[0].vulnerabilities == $(grep -cE "$pattern" "$CALLGATE_SOURCE/data/cves.csv")"
	done <<-'EOF'
		bpf [,"]bpf.when
		io_uring_setup [,;] ?io_uring_setup,
		perf_event_open ,perf_event_open,
		getpid ,getpid,
	EOF
}
