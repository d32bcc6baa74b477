# callgate run: a command under a profile, enforced or audited, its denials told.
load helper

setup() {
	P=$BATS_TEST_TMPDIR/p.json
	DENY='[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]'
}

@test "a denied call fails with the profile's errno, an allowed one works" {
	all_but "$DENY" >"$P"
	try callgate run --profile "$P" -- mkdir "$BATS_TEST_TMPDIR/new"
	[ "$status" -ne 0 ]
	err_has 'Permission denied'
	[ ! -e "$BATS_TEST_TMPDIR/new" ]
	callgate run --profile "$P" -- touch "$BATS_TEST_TMPDIR/file"
	[ -e "$BATS_TEST_TMPDIR/file" ]
}

@test "the exit status is the command's own" {
	all_but '[]' >"$P"
	try callgate run --profile "$P" -- sh -c 'exit 7'
	status_is 7
	try callgate run --profile "$P" -- sh -c 'kill -TERM $$'
	status_is 143
	try callgate run --profile "$P" -- sh -c 'kill -KILL $$'
	status_is 137
	try callgate run --profile "$P" -- /no/such/program
	status_is 127
	try callgate run --profile "$P" -- no-such-program-on-the-path
	status_is 127
	try callgate run --profile "$P" -- /etc/passwd
	status_is 126
	try callgate run --profile /no/such/profile -- true
	status_is 125
	try callgate run -- true
	status_is 125
}

@test "KILL_PROCESS is SIGSYS: 128 + 31" {
	all_but '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_KILL_PROCESS"}]' >"$P"
	try callgate run --profile "$P" -- mkdir "$BATS_TEST_TMPDIR/new"
	status_is 159
	[ ! -e "$BATS_TEST_TMPDIR/new" ]
}

@test "the command's input, output and errors are its own" {
	all_but '[]' >"$P"
	try bash -c "echo in | callgate run --profile '$P' -- sh -c 'cat; echo err >&2'"
	status_is 0
	[ "$output" = in ]
	[ "$stderr" = err ]
}

@test "a denial is told once, with its decoded arguments, and counted at the end" {
	all_but "$DENY" >"$P"
	try callgate run --profile "$P" --tell notify -- sh -c \
		"for i in 1 2 3; do mkdir -m 700 '$BATS_TEST_TMPDIR/a'; done 2>/dev/null; true"
	status_is 0
	[ "$(grep -c "denied mkdir(\"$BATS_TEST_TMPDIR/a\", 0700) -> ERRNO(EACCES)  by mkdir\[[0-9]*\]" <<<"$stderr")" -eq 1 ] ||
		show "told once"
	err_has '3 calls of 1 kind'
	grep -qE '^ +3  denied +mkdir\(\.\.\., 0700\)' <<<"$stderr" || show "counted at the end"
}

@test "--tell none tells nothing; nothing denied is nothing told" {
	all_but "$DENY" >"$P"
	try callgate run --profile "$P" --tell none -- sh -c "mkdir '$BATS_TEST_TMPDIR/a' 2>/dev/null; true"
	status_is 0
	[ -z "$stderr" ] || show
	try callgate run --profile "$P" -- true
	[ -z "$stderr" ] || show
}

@test "--mode audit lets through and tells" {
	all_but "$DENY" >"$P"
	try callgate run --profile "$P" --mode audit -- mkdir "$BATS_TEST_TMPDIR/new"
	status_is 0
	[ -d "$BATS_TEST_TMPDIR/new" ]
	err_has mkdir
}

@test "--mode audit still denies what is critical" {
	jq -n '{defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
		syscalls: [{names: ["execve"], action: "SCMP_ACT_ALLOW"}]}' >"$P"
	try callgate run --profile "$P" --mode audit -- \
		python3 -c 'import ctypes, os; print(ctypes.CDLL(None, use_errno=True).syscall(165, 0, 0, 0, 0, 0), ctypes.get_errno())'
	status_is 0
	[ "$output" = '-1 1' ] || show "mount with a null target gives EFAULT (14) where it is let through"
}

@test "a profile that denies execve still starts its command: only the launcher's own execve is admitted" {
	all_but '[{"names": ["execve", "execveat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]' >"$P"
	try callgate run --tell none --profile "$P" -- sh -c 'echo started; /bin/true; echo "then $?"'
	status_is 0
	[ "${lines[0]}" = started ] || show
	[ "${lines[1]}" = 'then 126' ] || show
}

@test "--allow builds a policy from groups and calls" {
	try callgate run --allow @stdio,@file-read,@process,@memory -- cat /dev/null
	status_is 0
	try callgate run --tell none --allow @stdio,@file-read,@process,@memory -- \
		/usr/bin/python3 -c 'import socket; socket.socket(socket.AF_INET)'
	status_is 1
	try callgate run --allow @nonsense -- true
	status_is 125
	try callgate run --allow @sdtio -- true
	status_is 125
	err_has 'did you mean @stdio'
}

@test "CALLGATE_PROFILE and SECCOMP_PROFILE_PATH name a profile; empty means none" {
	all_but "$DENY" >"$P"
	for variable in CALLGATE_PROFILE SECCOMP_PROFILE_PATH; do
		run env $variable="$P" callgate run --tell none -- mkdir "$BATS_TEST_TMPDIR/new"
		[ "$status" -eq 1 ] || show "$variable"
		run env $variable= callgate run -- true
		[ "$status" -eq 125 ] || show "$variable empty"
	done
}

@test "the filter is inherited by everything the command starts, and no_new_privs is set" {
	all_but "$DENY" >"$P"
	try callgate run --tell none --profile "$P" -- sh -c "sh -c 'sh -c \"mkdir $BATS_TEST_TMPDIR/deep\"'; grep -E 'NoNewPrivs|Seccomp:' /proc/self/status"
	[ ! -e "$BATS_TEST_TMPDIR/deep" ]
	grep -qE 'NoNewPrivs:.*1' <<<"$output" || show
	grep -qE 'Seccomp:.*2' <<<"$output" || show
}

@test "--keep-privs leaves no_new_privs off for root" {
	[ "$(id -u)" -eq 0 ] || skip "only root may load a filter without it"
	all_but "$DENY" >"$P"
	try callgate run --keep-privs --tell none --profile "$P" -- grep -E 'NoNewPrivs|Seccomp:' /proc/self/status
	status_is 0
	grep -qE 'NoNewPrivs:.*0' <<<"$output" || show
	grep -qE 'Seccomp:.*2' <<<"$output" || show
}

@test "as nobody: enforced, told, with no root anywhere" {
	a_nobody
	all_but "$DENY" >"$NOBODY/p.json"
	try as_nobody callgate run --profile p.json -- sh -c 'mkdir a 2>/dev/null; ls p.json; exit 4'
	status_is 4
	out_has p.json
	err_has mkdir
	[ ! -e "$NOBODY/a" ]
	try as_nobody callgate run --keep-privs --profile p.json -- true
	status_is 125
}

@test "as nobody: that a set-uid program loses its privilege is said once" {
	a_nobody
	all_but '[]' >"$NOBODY/p.json"
	install -m 4755 -o root /usr/bin/id "$NOBODY/id-as-root"
	[ "$(as_nobody ./id-as-root -u)" = 0 ] || skip "set-uid programs have no effect in ${TMPDIR:-/tmp}"
	try as_nobody callgate run --profile p.json -- ./id-as-root -u
	status_is 0
	[ "$output" = 65534 ]
	[ "$(grep -c id-as-root <<<"$stderr")" -eq 1 ] || show
}

@test "calls of the other ABIs of the profile's machine are filtered too" {
	[ "$(uname -m)" = x86_64 ] || skip "this is no x86_64"
	echo 'int main(void) { int r; __asm__ volatile("int $0x80" : "=a"(r) : "a"(64)); return r == -1 ? 0 : 1; }' \
		>"$BATS_TEST_TMPDIR/t.c" # 64 is getppid of i386
	gcc -o "$BATS_TEST_TMPDIR/t" "$BATS_TEST_TMPDIR/t.c"
	all_but '[{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]' >"$P"
	try "$BATS_TEST_TMPDIR/t"
	[ "$status" -eq 1 ] || skip "this kernel has no 32-bit calls"
	try callgate run --profile "$P" -- "$BATS_TEST_TMPDIR/t"
	status_is 0
	err_has getppid
}

@test "record works under run: what the filter lets through is recorded" {
	all_but "$DENY" >"$P"
	try callgate run --tell none --profile "$P" -- callgate record -o "$BATS_TEST_TMPDIR/rec.json" -- \
		mkdir "$BATS_TEST_TMPDIR/new"
	status_is 1
	is_true '[.runs[].calls[] | select(.name == "execve" or .name == "exit_group") | .count] == [1, 1]' \
		"$BATS_TEST_TMPDIR/rec.json"
}

@test "a command that is stopped and goes on, and one that is interrupted" {
	all_but "$DENY" >"$P"
	try timeout 20 callgate run --profile "$P" -- sh -c 'sleep 0.2 & kill -STOP $!; kill -CONT $!; wait $!'
	status_is 0
	try timeout --foreground -s INT 1 callgate run --profile "$P" -- sleep 30
	status_is 124 || true
	[ -z "$(pgrep -f 'sleep 30' -P $$ || true)" ]
}

@test "one run under another: both filters hold" {
	all_but "$DENY" >"$P"
	all_but '[{"names": ["rmdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]' >"$P.2"
	mkdir "$BATS_TEST_TMPDIR/there"
	try callgate run --tell none --profile "$P" -- callgate run --tell none --profile "$P.2" -- \
		sh -c "mkdir '$BATS_TEST_TMPDIR/a'; rmdir '$BATS_TEST_TMPDIR/there'; echo done"
	status_is 0
	out_has done
	[ ! -e "$BATS_TEST_TMPDIR/a" ]
	[ -d "$BATS_TEST_TMPDIR/there" ]
}

@test "on a terminal: ^Z, fg, bg and ^C are the command's" {
	all_but "$DENY" >"$P"
	# What is wanted is never spelt so in what is sent: the echo of a command is not its output.
	cat >"$BATS_TEST_TMPDIR/loop" <<-'PERL'
		$| = 1;
		$SIG{CONT} = sub { print "going-on\n" };
		print "up-", 1 + 1, "\n";
		sleep 1 while 1;
	PERL
	"$BATS_TEST_DIRNAME/terminal.py" \
		"send callgate run --profile '$P' -- perl '$BATS_TEST_TMPDIR/loop'\n" 'want up-2' \
		'send \x1a' 'want Stopped' 'want ready> ' \
		'send fg\n' 'want going-on' 'send \x1a' 'want Stopped' 'want ready> ' \
		'send fg\n' 'want going-on' 'send \x1a' 'want Stopped' 'want ready> ' \
		'send fg\n' 'want going-on' 'send \x1a' 'want Stopped' 'want ready> ' \
		'send fg\n' 'want going-on' 'send \x1a' 'want Stopped' 'want ready> ' \
		'send bg\n' 'want going-on' 'send jobs\n' 'want Running' 'want ready> ' \
		'send kill -STOP %1; sleep 1; fg\n' 'want going-on' \
		'send \x03' 'want ready> ' \
		'send echo status-$?\n' 'want status-130'
}

@test "on a terminal: what the command reads from it, and its end of file" {
	all_but "$DENY" >"$P"
	"$BATS_TEST_DIRNAME/terminal.py" \
		"send callgate run --profile '$P' -- sh -c 'read line; echo got-\$line; cat >/dev/null; exit 9'\n" \
		'send word\n' 'want got-word' 'send \x04' 'want ready> ' 'send echo status-$?\n' 'want status-9'
}

@test "on a terminal: a job in the background that wants to read stops, and is stopped for the shell" {
	all_but "$DENY" >"$P"
	"$BATS_TEST_DIRNAME/terminal.py" "send callgate run --profile '$P' -- cat &\n" 'want ready> ' \
		'send sleep 1; jobs\n' 'want Stopped' 'want ready> ' 'send kill %1; sleep 1; jobs\n' 'want Exit 143'
}

@test "one run under another that listens: it falls back to the log, and says so" {
	all_but "$DENY" >"$P"
	try callgate run --profile "$P" -- callgate run --profile "$P" -- sh -c "mkdir '$BATS_TEST_TMPDIR/a' 2>/dev/null; exit 5"
	status_is 5
	err_has 'listener'
	err_has 'dmesg'
	[ ! -e "$BATS_TEST_TMPDIR/a" ]
	try callgate run --profile "$P" -- callgate run --tell notify --profile "$P" -- true
	status_is 125
}

@test "--tell log leaves records in the kernel's log" {
	[ -r /dev/kmsg ] && dmesg >/dev/null 2>&1 || skip "the kernel's log cannot be read here"
	all_but "$DENY" >"$P"
	try callgate run --tell log --profile "$P" -- sh -c 'echo $$; exec mkdir '"'$BATS_TEST_TMPDIR/a'"
	status_is 1
	err_has 'dmesg'
	dmesg | grep 'type=1326' | grep -q " pid=${lines[0]} .* code=0x50000" ||
		skip "no record came: the kernel limits their rate, or auditd takes them"
}

@test "audit without a listener: let through, the critical stopped" {
	all_but '[{"names": ["mkdir", "mkdirat", "mount"], "action": "SCMP_ACT_KILL_PROCESS"}]' >"$P"
	for how in log none; do
		try callgate run --mode audit --tell $how --profile "$P" -- mkdir "$BATS_TEST_TMPDIR/new-$how"
		status_is 0
		[ -d "$BATS_TEST_TMPDIR/new-$how" ]
		try callgate run --mode audit --tell $how --profile "$P" -- \
			/usr/bin/python3 -c 'import ctypes; ctypes.CDLL(None).syscall(165, 0, 0, 0, 0, 0)'
		status_is 159
	done
}

@test "@strict starts a program, which then has nothing" {
	try callgate run --profile @strict -- true
	[ "$status" -ge 126 ] || [ "$status" -eq 0 ] || show
	[ "$status" -ne 126 ] || show "the launcher's own execve is admitted"
}

@test "usage errors are 125, as the command never started" {
	for words in '--mode audti --profile x -- true' '--tell loud --profile x -- true' '--profile' '--nonsense' \
		'--profile @strict' '--engine nonsense --profile @strict -- true'; do
		# shellcheck disable=SC2086
		try callgate run $words
		status_is 125
	done
	try callgate run --mode audti --profile x -- true
	err_has 'did you mean audit'
}

@test "a profile that applies nothing is not run under" {
	echo '{}' >"$P"
	try callgate run --engine docker --profile "$P" -- true
	status_is 125
}
