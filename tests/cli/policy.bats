# callgate-policy(5): policies as text, wherever a profile is read.
load helper

setup() {
	P=$BATS_TEST_TMPDIR/app.policy
	OUT=$BATS_TEST_TMPDIR/out
}

# What a profile says of a call, by explain: "ALLOW".
answer() {
	callgate explain "$1" "$2" 2>/dev/null | head -n 1
}

a_policy() {
	cat >"$P" <<'TEXT'
# a small program
default ERRNO(ENOSYS)
arch x86_64, x86, x32
allow @stdio, @exit, execve
allow socket when domain == AF_UNIX
deny ioctl when request in {TIOCSTI, TIOCLINUX}   # why
TEXT
}

@test "compile reads policy text, by its name and by its looks" {
	a_policy
	try callgate compile "$P" -o "$OUT"
	status_is 0
	cp "$P" "$BATS_TEST_TMPDIR/p.txt"
	callgate compile "$BATS_TEST_TMPDIR/p.txt" -o - | cmp - "$OUT"
	callgate compile - -o - <"$P" | cmp - "$OUT"
	# What looks like something else is policy text all the same where its name says so.
	printf '{}' >"$P"
	try callgate compile "$P" -o "$OUT"
	status_is 3
	one_error_at app.policy:1:1
}

@test "check, with places" {
	a_policy
	try callgate check "$P"
	[[ $output != *wide-comparison* ]] || show
	# A name means what the kernel reads, a number the whole register.
	sed -i 's/request in/a1 in/' "$P"
	try callgate check "$P"
	[ "$status" -le 1 ] || show
	out_has 'x86_64 x86 x32: a filter of'
	out_has "$P:4:7: warning:"
	out_has wide-comparison
}

@test "an error names file, line and column, and what was meant" {
	a_policy
	echo 'deny mout' >>"$P"
	for command in "compile -o $OUT" check explain; do
		# shellcheck disable=SC2086
		try callgate $command "$P"
		status_is 3
		one_error_at "$P:7:6: unknown call 'mout'; did you mean mount?"
	done
	try callgate run --profile "$P" -- true
	status_is 125
	err_has "$P:7:6: unknown call 'mout'"
	[ ! -e "$OUT" ]
}

@test "the last statement that holds decides" {
	cat >"$P" <<'TEXT'
default allow
deny getppid
allow getppid
deny getuid when a0 == 0
TEXT
	try callgate run --profile "$P" -- "$CALLS" 1
	status_is 0
	try callgate compile "$P" -o "$OUT" --format policy
	status_is 0
	[ "$(cat "$OUT")" = "$(printf 'default allow\narch x86_64\n\ndeny getuid when a0 == 0')" ] || show "$(cat "$OUT")"
}

@test "a refusal in the wrong order is a warning" {
	printf 'default errno(ENOSYS)\ndeny ioctl when request == TIOCSTI\nallow @stdio\n' >"$P"
	try callgate compile "$P" -o "$OUT"
	status_is 0
	err_has "$P:2:1: warning: for ioctl this statement has no effect: line 3"
	try callgate check --fail-on warning "$P"
	status_is 1
	out_has '[undone]'
}

@test "run enforces a policy text" {
	cat >"$P" <<'TEXT'
include @container-default
errno(EXDEV) getppid
TEXT
	cat >"$BATS_TEST_TMPDIR/ask.py" <<'PY'
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print(libc.syscall(110), ctypes.get_errno())
PY
	try callgate run --profile "$P" --tell none -- python3 "$BATS_TEST_TMPDIR/ask.py"
	status_is 0
	[ "$output" = '-1 18' ] || show
}

@test "files include files, beside the one that says so" {
	mkdir "$BATS_TEST_TMPDIR/sub"
	printf 'default kill_process\nallow read\ninclude more.json\n' >"$BATS_TEST_TMPDIR/sub/base.policy"
	good_profile >"$BATS_TEST_TMPDIR/sub/more.json"
	printf 'include sub/base.policy\ninclude "sub/more.json"\ndefault kill_process\nlog write\n' >"$P"
	cd /
	try callgate compile "$P" --format policy -o -
	status_is 0
	out_has 'default kill_process'
	out_has 'arch x86_64, x86, x32'
	out_has 'log write'
	printf 'include sub/none.policy\n' >"$P"
	try callgate compile "$P" -o "$OUT"
	status_is 3
	one_error_at sub/none.policy
	printf 'default allow; include app.policy' >"$P"
	try callgate compile "$P" -o "$OUT"
	status_is 3
	one_error_at 'does one of them include itself?'
}

@test "as JSON and back the meaning is the same" {
	a_policy
	callgate compile "$P" -o "$OUT.bpf"
	callgate compile "$P" --format oci -o "$OUT.json"
	is_true '.defaultAction == "SCMP_ACT_ERRNO" and .defaultErrnoRet == 38 and (.architectures | length) == 3' "$OUT.json"
	callgate compile "$OUT.json" --format policy -o "$OUT.policy"
	callgate compile "$OUT.policy" -o - | cmp - "$OUT.bpf"
	for profile in container-default workspace strict; do
		callgate compile "@$profile" --format policy -o "$OUT.policy"
		callgate compile "$OUT.policy" --format oci -o "$OUT.json"
		callgate compile "$OUT.json" -o "$OUT.bpf"
		callgate compile "@$profile" -o - | cmp - "$OUT.bpf"
	done
}

@test "what JSON cannot say is told with its call, and nothing is written" {
	printf 'default errno(ENOSYS)\narch x86\nallow x86:open, read\n' >"$P"
	try callgate compile "$P" --format oci -o "$OUT"
	status_is 4
	err_has 'open: the OCI form cannot say'
	[ ! -e "$OUT" ]
}

@test "bad input of every kind gets one error" {
	bad_inputs "$BATS_TEST_TMPDIR/bad"
	for file in "$BATS_TEST_TMPDIR"/bad/*; do
		[ -f "$file" ] || continue
		mv "$file" "$file.policy"
		try callgate compile "$file.policy" -o "$OUT"
		[ "$status" -eq 3 ] || show "$file"
		one_error_at "${file##*/}.policy"
	done
}

@test "what is remarked about an included profile is told, with both places" {
	cat >"$BATS_TEST_TMPDIR/inner.json" <<-'JSON'
		{"defaultAction": "SCMP_ACT_ERRNO",
		 "syscalls": [{"names": ["read", "exit_group",
		               "opennat"], "action": "SCMP_ACT_ALLOW"}]}
	JSON
	printf 'include "inner.json"\nallow write\n' >"$P"
	for command in "compile $P -o /dev/null" "explain $P" "diff $P @strict"; do
		try callgate $command
		err_has "$P:1:9: warning: $BATS_TEST_TMPDIR/inner.json:3:16: "
		err_has opennat
	done
	try callgate check "$P" --json
	is_true '[.profiles[0].findings[] | select(.line == 1 and (.message | contains("inner.json:3:16")))] | length == 1'
	# Through a text between, at the outermost include.
	printf '# a text\n\ninclude "p.policy"\n' >"$BATS_TEST_TMPDIR/outer.policy"
	[ "$P" = "$BATS_TEST_TMPDIR/p.policy" ] || cp "$P" "$BATS_TEST_TMPDIR/p.policy"
	try callgate explain "$BATS_TEST_TMPDIR/outer.policy"
	err_has "outer.policy:3: warning: $BATS_TEST_TMPDIR/inner.json:3:16: "
}
