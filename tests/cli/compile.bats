# callgate compile and disasm: a profile to a filter, and back to text.
load helper

setup() {
	OUT=$BATS_TEST_TMPDIR/out.bpf
	good_profile >"$BATS_TEST_TMPDIR/p.json"
}

@test "compile writes whole instructions, and --stats says how many" {
	try callgate compile "$BATS_TEST_TMPDIR/p.json" -o "$OUT" --stats
	status_is 0
	[ -z "$output" ]
	n=$(($(stat -c %s "$OUT") / 8))
	[ $((n * 8)) -eq "$(stat -c %s "$OUT")" ]
	[ $n -ge 8 ]
	err_has "$n instructions"
}

@test "the same profile gives the same bytes, on standard output too" {
	callgate compile "$BATS_TEST_TMPDIR/p.json" -o "$OUT"
	callgate compile "$BATS_TEST_TMPDIR/p.json" -o - | cmp - "$OUT"
	callgate compile --no-prove "$BATS_TEST_TMPDIR/p.json" -o - | cmp - "$OUT"
	callgate compile - -o - <"$BATS_TEST_TMPDIR/p.json" | cmp - "$OUT"
}

@test "a listing has one line an instruction" {
	callgate compile "$BATS_TEST_TMPDIR/p.json" -o "$OUT"
	try callgate compile "$BATS_TEST_TMPDIR/p.json" --format asm -o -
	status_is 0
	[ "$(grep -c '^L[0-9]*:' <<<"$output")" -eq $(($(stat -c %s "$OUT") / 8)) ] || show
	out_has 'ERRNO'
	[ "$output" = "$(callgate disasm "$OUT")" ]
}

@test "disasm reads standard input" {
	try bash -c "callgate compile '$BATS_TEST_TMPDIR/p.json' -o - | callgate disasm -"
	status_is 0
	out_has 'ALLOW'
}

@test "disasm lists a filter that no kernel takes, and says so" {
	# RET A is fine; a jump behind the end is not.
	printf '\x05\x00\x00\x00\xff\x00\x00\x00\x06\x00\x00\x00\x00\x00\xff\x7f' >"$OUT"
	try callgate disasm "$OUT"
	status_is 0
	err_has 'would not take this filter'
}

@test "every bundled profile compiles for every kind of machine" {
	for profile in container-default workspace strict; do
		for arch in x86_64 x86 x32 aarch64 arm riscv64 ppc64le; do
			try callgate compile "@$profile" --arch $arch -o "$OUT"
			[ "$status" -eq 0 ] || show "@$profile for $arch"
		done
		try callgate compile "@$profile" --arch s390x -o "$OUT"
		status_is 0
		try callgate disasm --big-endian "$OUT"
		status_is 0
	done
}

@test "architectures of two byte orders do not fit into one filter" {
	try callgate compile @strict --arch x86_64 --arch s390x -o "$OUT"
	status_is 3
	err_has 'byte order'
	[ ! -e "$OUT" ]
}

@test "an unknown bundled profile suggests the nearest" {
	try callgate compile @contaner-default -o "$OUT"
	status_is 3
	err_has 'did you mean @container-default?'
}

@test "an unknown format is a mistake of the command line" {
	try callgate compile @strict --format elf -o "$OUT"
	status_is 2
	err_has elf
}

@test "the kernel takes what bwrap is given" {
	command -v bwrap >/dev/null || skip "bwrap is not installed"
	callgate compile @container-default -o "$OUT"
	run bwrap --ro-bind / / --seccomp 9 true 9<"$OUT"
	[ "$status" -eq 0 ] || [[ $output == *namespace* ]] || show
}
