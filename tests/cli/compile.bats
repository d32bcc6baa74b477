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
	status_is 3
	one_error_at "$OUT: no filter that the kernel would take, if it is one at all: at byte 0, instruction 0: the jump leaves"
	out_has 'L1:'
	# What is no filter, but of a length that could be one's.
	head -c 4096 /bin/ls >"$OUT"
	try callgate disasm "$OUT"
	status_is 3
	one_error_at "$OUT: no filter that the kernel would take, if it is one at all: at byte 0"
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
	bwrap --ro-bind / / true || skip "bwrap cannot start anything here"
	callgate compile @container-default -o "$OUT"
	run bwrap --ro-bind / / --seccomp 9 true 9<"$OUT"
	[ "$status" -eq 0 ] || [[ $output == *namespace* ]] || show
}

@test "a listing becomes the same filter again" {
	for profile in container-default workspace strict; do
		callgate compile "@$profile" -o "$OUT"
		callgate compile "@$profile" --format asm -o "$OUT.asm"
		callgate compile "$OUT.asm" -o - | cmp - "$OUT"
		callgate compile "$OUT" --format asm -o - | cmp - "$OUT.asm"
	done
	callgate compile @strict --arch s390x -o "$OUT"
	callgate compile @strict --arch s390x --format asm -o "$OUT.asm"
	callgate compile "$OUT.asm" -o - | cmp - "$OUT"
	# Once more as standard input, which has no name to go by.
	callgate compile - -o - <"$OUT.asm" | cmp - "$OUT"
}

@test "an edited listing is checked by the kernel's rules" {
	printf 'ld [4]\nret a\n' >"$OUT.asm"
	try callgate compile "$OUT.asm" -o "$OUT"
	status_is 0
	printf 'ld [4]\n' >"$OUT.asm"
	try callgate compile "$OUT.asm" -o "$OUT.2"
	status_is 3
	[ ! -e "$OUT.2" ]
	printf 'ld [4\n' >"$OUT.asm"
	try callgate compile "$OUT.asm" -o "$OUT.2"
	status_is 3
	one_error_at "$OUT.asm:1:6"
}

@test "C that compiles, and holds the same instructions" {
	command -v cc >/dev/null || skip "there is no C compiler"
	callgate compile "$BATS_TEST_TMPDIR/p.json" -o "$OUT"
	callgate compile "$BATS_TEST_TMPDIR/p.json" --format c --name my_gate -o "$OUT.h"
	cat >"$OUT.c" <<'C'
#include "out.bpf.h"
#include <stdio.h>
int main(void)
{
	return fwrite(my_gate, sizeof(my_gate[0]), my_gate_length, stdout) != my_gate_length;
}
C
	cc -Wall -Wextra -Werror -o "$OUT.prog" "$OUT.c"
	"$OUT.prog" | cmp - "$OUT"
	# And the kernel takes them: getppid is refused, and write goes on.
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77}]}' >"$OUT.json"
	callgate compile "$OUT.json" --format c -o "$OUT.load.h"
	cat >"$OUT.load.c" <<'C'
#include "out.bpf.load.h"
#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void)
{
	struct sock_fprog program = { (unsigned short)filter_length, (struct sock_filter *)filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return 1;
	return syscall(SYS_getppid) == -1 && errno == 77 ? 0 : 2;
}
C
	cc -Wall -Wextra -Werror -o "$OUT.load" "$OUT.load.c"
	try "$OUT.load"
	status_is 0
	try callgate compile "$BATS_TEST_TMPDIR/p.json" --format c --name 'no-name' -o -
	status_is 2
	err_has "identifier of C"
}

@test "pseudo filter code has a block an architecture and a call" {
	try callgate compile "$BATS_TEST_TMPDIR/p.json" --format pfc -o -
	status_is 0
	[ "$(grep -c '^# filter for arch' <<<"$output")" -eq 3 ] || show
	out_has '  # filter for syscall "getppid" (110)'
	out_has '  action ERRNO(38);'
	callgate compile "$BATS_TEST_TMPDIR/p.json" -o "$OUT"
	try callgate compile "$OUT" --format pfc -o -
	status_is 0
	out_has '  # filter for syscall "getppid" (110)'
}

@test "--stats says what the kernel's cache holds" {
	printf 'default allow\n' >"$BATS_TEST_TMPDIR/p.policy"
	try callgate compile "$BATS_TEST_TMPDIR/p.policy" --arch x86_64 --arch x86 -o "$OUT" --stats
	status_is 0
	[[ $stderr =~ ([0-9]+)" of "([0-9]+)" numbers of x86_64 and x86" ]] || show
	[ "${BASH_REMATCH[1]}" -eq "${BASH_REMATCH[2]}" ] || show
	err_has 'to load: '
	# A filter is judged without its policy.
	try callgate compile "$OUT" --format asm -o /dev/null --stats
	status_is 0
	err_has "${BASH_REMATCH[1]} of ${BASH_REMATCH[2]} numbers"
}

# A profile under which getppid is asked for its argument each time: no cache can hold it.
getppid_profile() {
	callgate syscalls --json --arch x86_64 | jq '{defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64"],
		syscalls: [{names: [.. | .name? | strings | select(. != "getppid")], action: "SCMP_ACT_ALLOW"},
			{names: ["getppid"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 77, op: "SCMP_CMP_NE"}]}]}'
}

@test "--weights asks first for what was called most, and --stats says what that gained" {
	[ "$(uname -m)" = x86_64 ] || skip "the calls are x86_64's"
	callgate record -o "$BATS_TEST_TMPDIR/rec.json" -- "$CALLS" 1000 >/dev/null
	getppid_profile >"$BATS_TEST_TMPDIR/many.json"
	try callgate compile "$BATS_TEST_TMPDIR/many.json" --arch x86_64 --weights "$BATS_TEST_TMPDIR/rec.json" --stats -o "$OUT"
	status_is 0
	[[ $stderr =~ 'execute '([0-9.]+)' instructions each, without --weights '([0-9.]+) ]] || show "no figures"
	awk "BEGIN { exit !(${BASH_REMATCH[1]} < ${BASH_REMATCH[2]}) }" || show "nothing gained"
	try callgate diff "$BATS_TEST_TMPDIR/many.json" "$OUT" --arch x86_64
	status_is 0
	# Without it, other bytes of the same meaning.
	callgate compile "$BATS_TEST_TMPDIR/many.json" --arch x86_64 -o "$OUT.2"
	! cmp -s "$OUT" "$OUT.2"
}

@test "--weights: what is no recording, or tells of other architectures, is refused with its place" {
	echo '{}' >"$BATS_TEST_TMPDIR/none.json"
	try callgate compile "$BATS_TEST_TMPDIR/p.json" --weights "$BATS_TEST_TMPDIR/none.json" -o "$OUT"
	status_is 3
	one_error_at "$BATS_TEST_TMPDIR/none.json"
	[ ! -e "$OUT" ]
	callgate record -o "$BATS_TEST_TMPDIR/rec.json" -- true
	try callgate compile @strict --arch s390x --weights "$BATS_TEST_TMPDIR/rec.json" -o "$OUT"
	status_is 3
	one_error_at "$BATS_TEST_TMPDIR/rec.json"
	err_has 'no call was recorded on any architecture'
	callgate compile "$BATS_TEST_TMPDIR/p.json" -o "$OUT"
	try callgate compile "$OUT" --weights "$BATS_TEST_TMPDIR/rec.json" -o "$OUT.2"
	status_is 2
}

@test "for runc, calls newer than the profile get ENOSYS; for others the default" {
	echo '{"defaultAction":"SCMP_ACT_KILL_PROCESS","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"],
		"syscalls":[{"names":["read","write","exit_group","openat"],"action":"SCMP_ACT_ALLOW"}]}' >"$BATS_TEST_TMPDIR/few.json"
	callgate compile "$BATS_TEST_TMPDIR/few.json" --engine runc -o "$OUT"
	try callgate diff "$BATS_TEST_TMPDIR/few.json" "$OUT" --engine runc
	status_is 0
	callgate compile "$BATS_TEST_TMPDIR/few.json" --engine runc --format asm -o - | grep -q 'ERRNO(ENOSYS)'
	for engine in oci crun docker; do
		callgate compile "$BATS_TEST_TMPDIR/few.json" --engine $engine --format asm -o - >"$OUT.asm"
		! grep -q ENOSYS "$OUT.asm"
	done
	callgate compile "$BATS_TEST_TMPDIR/few.json" --engine runc --format policy -o - >"$OUT.policy"
	! grep -q ENOSYS "$OUT.policy"
}

@test "for runc, the filter and what runc adds are one, whatever is listed" {
	cd "$BATS_TEST_TMPDIR"
	echo '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read","write","exit_group","openat"],"action":"SCMP_ACT_ALLOW"}]}' >none.json
	jq '.architectures = ["SCMP_ARCH_X86_64"]' none.json >native.json
	jq '.architectures = ["SCMP_ARCH_X86"]' none.json >other.json
	jq '.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]' none.json >both.json
	jq '.defaultErrnoRet = 38' native.json >enosys.json
	for profile in none.json native.json other.json both.json enosys.json; do
		for arch in '' '--arch x86_64' '--arch x32' '--arch x86_64 --arch x86 --arch x32' '--arch s390x' '--arch arm'; do
			callgate compile $profile --engine runc $arch -o "$OUT"
			try callgate diff $profile "$OUT" --engine runc $arch
			[ "$status" -eq 0 ] || show "$profile $arch"
		done
	done
	# The native architecture has a filter without being listed, and then no answer of runc's own.
	callgate compile none.json --engine runc -o "$OUT"
	callgate compile none.json -o "$OUT.oci"
	cmp "$OUT" "$OUT.oci"
	try callgate explain native.json 'x86_64:500()' --engine runc --arch x86_64
	callgate compile native.json --engine runc -o "$OUT"
	try callgate explain "$OUT" 'x86_64:500()'
	out_has 'ENOSYS'
}

@test "the rules of a filter are found again, in every form" {
	for profile in strict container-default; do
		callgate compile @$profile -o "$OUT"
		for format in policy pfc; do
			try callgate compile "$OUT" --format $format -o "$OUT.$format"
			status_is 0
			[ -s "$OUT.$format" ] || show
		done
		try callgate diff "$OUT.policy" "$OUT"
		status_is 0
	done
	callgate compile "$BATS_TEST_TMPDIR/p.json" -o "$OUT"
	try callgate compile "$OUT" --format oci -o "$OUT.json"
	status_is 0
	try callgate diff "$OUT.json" "$BATS_TEST_TMPDIR/p.json"
	status_is 0
}

@test "what no rules can say is named" {
	# Lets read through from one address only.
	cat >"$OUT.asm" <<-'ASM'
		.little-endian
		ld [4]
		jeq #0xc000003e, L1, L2
		L1: ld [0]
		jeq #0, L3, L2
		L3: ld [8]
		jgt #0x1000, L4, L2
		L4: ret #0x7fff0000
		L2: ret #0x80000000
	ASM
	try callgate compile "$OUT.asm" --format oci -o "$OUT.json"
	status_is 4
	one_error_at 'read on x86_64 depends on the instruction pointer'
	[ ! -e "$OUT.json" ]
	# As a stack it is one filter all the same.
	try callgate compile "$BATS_TEST_TMPDIR/p.json" "$OUT.asm" -o "$OUT"
	status_is 0
	try callgate explain "$OUT" 'read(0)'
	status_is 0
	out_has 'KILL_PROCESS'
}

@test "a stack becomes one filter, whatever it is made of" {
	cd "$BATS_TEST_TMPDIR"
	callgate compile p.json -o p.bpf
	callgate compile @container-default -o d.bpf
	callgate compile p.json --format asm -o p.asm
	for stack in 'p.json @container-default' 'p.bpf d.bpf' 'p.asm @container-default' 'p.json d.bpf' 'p.bpf d.bpf d.bpf p.bpf d.bpf'; do
		try callgate compile $stack -o both.bpf
		status_is 0
		callgate merge --intersect p.json @container-default --format policy -o both.policy
		try callgate diff both.bpf both.policy
		status_is 0
	done
	# Without a proof all is copied that could be needed: longer, and the same.
	callgate compile p.bpf d.bpf -o proven.bpf
	try callgate compile --no-prove p.bpf d.bpf -o joined.bpf
	status_is 0
	[ $(stat -c %s joined.bpf) -gt $(stat -c %s proven.bpf) ]
	try callgate diff joined.bpf proven.bpf
	status_is 0
	# What only one allows, none does; of two errors the one named last.
	try callgate explain proven.bpf 'getppid()' --arch x86_64
	out_has 'ERRNO(EPERM)'
	try callgate compile d.bpf p.bpf @nothing -o none.bpf
	status_is 3
	[ ! -e none.bpf ]
}

@test "what is no stack" {
	cd "$BATS_TEST_TMPDIR"
	callgate compile p.json -o p.bpf
	try callgate compile p.bpf p.bpf --weights p.json -o out.bpf
	status_is 2
	err_has '--weights is for compiling a profile'
	callgate compile @strict --arch s390x -o s390x.bpf
	try callgate compile p.json s390x.bpf -o out.bpf
	[ "$status" -ne 0 ] || show
	[ ! -e out.bpf ]
}

@test "the filter of a process" {
	[ "$(id -u)" -eq 0 ] || skip "the kernel gives filters to root only"
	callgate compile @container-default -o "$OUT"
	callgate run --tell none --profile @container-default -- sleep 100 3>&- &
	local pid=$!
	until [ "$(cat /proc/$pid/comm)" = sleep ]; do sleep 0.05; done
	try callgate compile pid:$pid -o "$OUT.live"
	kill -KILL $pid
	status_is 0
	cmp "$OUT" "$OUT.live"
	try callgate compile pid:$$ -o "$OUT"
	status_is 3
	one_error_at "pid:$$: has no filter"
}
