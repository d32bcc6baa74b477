# callgate shim: programs on our libseccomp.so.2, and what is said of what they load.
load helper

setup() {
	LIBRARY=$CALLGATE_BUILD/src/libseccomp.so.2
	[ -e "$LIBRARY" ] || skip "this build has no libseccomp.so.2"
	readelf -Ws "$LIBRARY" 2>/dev/null | grep -q __asan && skip "a sanitizer's library cannot be preloaded into others"
	PRIVSEP=$CALLGATE_BUILD/examples/privsep
}

# compiles STDIN against our header and library: a_program NAME [OPTIONS…]
a_program() {
	cc -D_GNU_SOURCE -x c - -I"$TOP/include/libseccomp" -o "$BATS_TEST_TMPDIR/$1" -x none "${@:2}" "$LIBRARY"
	PROGRAM=$BATS_TEST_TMPDIR/$1
}

@test "man ls: what it loads, said once it has ended; its output and status are its own" {
	command -v man >/dev/null && man -w ls >/dev/null 2>&1 || skip "there is no manual page of ls here"
	MANPAGER=cat try callgate shim -- man ls
	status_is 0
	out_has "list directory contents"
	out_lacks "callgate:"
	[[ $stderr =~ "callgate: man (process "[0-9]+") loaded a filter at "[0-9.]+" s: "[0-9]+" instructions; " ]] || show
	err_has "calls of $(uname -m | sed s/arm64/aarch64/) allowed"
	err_has "a call that no rule names gets"
	err_has "; proven"
}

@test "the command's exit status and its end by a signal are passed on" {
	try callgate shim -- sh -c 'exit 3'
	status_is 3
	try callgate shim -- sh -c 'kill -9 $$'
	status_is 137
	try callgate shim -- /nowhere/at-all
	status_is 127
	try callgate shim -- /etc/passwd
	status_is 126
	try callgate shim
	status_is 125
	try callgate shim --library "$BATS_TEST_TMPDIR" -- true
	status_is 0
}

@test "JSON, to a file" {
	try callgate shim --json -o "$BATS_TEST_TMPDIR/report" -- "$PRIVSEP" <<<"alice wonder"
	status_is 0
	[ "$output" = "alice is in" ] || show
	[ -z "$stderr" ] || show
	report=$BATS_TEST_TMPDIR/report
	is_true '.filters | length == 1' "$report"
	is_true '.filters[0] | .program == "privsep" and .result == "loaded" and .proof == "proven" and .flags == []' "$report"
	is_true '.filters[0] | .default == "KILL_PROCESS" and .allowed > 0 and .instructions > .allowed and .pid > 1' "$report"
	is_true '.processes == 1 and .lost == 0 and .obstacle == null' "$report"
}

@test "an existing LD_LIBRARY_PATH is kept, behind ours" {
	LD_LIBRARY_PATH=/one:/two try callgate shim -- sh -c 'echo "$LD_LIBRARY_PATH"'
	[[ $output == /*:/one:/two ]] || show
	try env -u LD_LIBRARY_PATH callgate shim -- sh -c 'echo "$LD_LIBRARY_PATH"'
	[[ $output == /* && $output != *: ]] || show
}

@test "a program without libseccomp loads nothing" {
	try callgate shim -- python3 -c 'print("hello")'
	status_is 0
	[ "$output" = hello ] || show
	err_has "loaded nothing: no program that ran here uses libseccomp.so.2"
}

@test "a program that has the library and loads nothing" {
	a_program idle <<<'#include <seccomp.h>
	int main(void) { return seccomp_api_get() ? 0 : 1; }'
	try callgate shim -- "$PROGRAM"
	status_is 0
	err_has "took up the library and loaded no filter"
}

@test "statically linked: said" {
	echo 'int main(void) { return 0; }' | cc -static -x c - -o "$BATS_TEST_TMPDIR/static" || skip "no static libc here"
	try callgate shim -- "$BATS_TEST_TMPDIR/static"
	status_is 0
	err_has "statically linked"
	try callgate shim --json -- "$BATS_TEST_TMPDIR/static"
	[[ $(jq -r .obstacle <<<"$stderr") == *"statically linked"* ]] || show
}

@test "set-uid: said" {
	a_nobody
	cp "$CALLGATE_BUILD/src/libseccomp.so.2" "$NOBODY"
	cp /bin/true "$NOBODY/privileged"
	chown 0:0 "$NOBODY/privileged"
	chmod 4755 "$NOBODY/privileged"
	try as_nobody callgate shim -- ./privileged
	status_is 0
	err_has "is set-uid, and such programs ignore LD_LIBRARY_PATH"
}

@test "children, a closed descriptor table, a second filter under one that forbids nearly all, a refused load" {
	a_program harsh <<'C'
#include <seccomp.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
/* Nothing but what a load itself needs, and the end. */
static int harsh(void)
{
	scmp_filter_ctx first = seccomp_init(SCMP_ACT_KILL_PROCESS), second = seccomp_init(SCMP_ACT_KILL_PROCESS);
	const int calls[] = { SCMP_SYS(seccomp), SCMP_SYS(prctl), SCMP_SYS(exit_group) };
	for (int i = 0; i < 3; i++) {
		seccomp_rule_add(first, SCMP_ACT_ALLOW, calls[i], 0);
		seccomp_rule_add(second, SCMP_ACT_ALLOW, calls[i], 0);
	}
	if (seccomp_precompute(first) || seccomp_precompute(second) || seccomp_load(first) || seccomp_load(second))
		return 1;
	syscall(SYS_exit_group, 7);
	return 2;
}
int main(void)
{
	int status;
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	if (fork() == 0)
		_exit(harsh());
	wait(&status);
	return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : 1;
}
C
	try callgate shim --json -- "$PROGRAM"
	status_is 0
	output=$stderr
	is_true '.filters | length == 2'
	is_true '[.filters[].result] == ["loaded", "loaded"]'
	is_true '.filters[0].pid > 1 and .filters[1].pid == null and .filters[1].milliseconds == null'
}

@test "a variable that names something else does no harm" {
	head -c $((8 << 20)) /dev/zero >"$BATS_TEST_TMPDIR/file"
	for value in "$BATS_TEST_TMPDIR/file" /dev/zero /nowhere "" /proc/self/mem; do
		CALLGATE_SHIM=$value LD_LIBRARY_PATH=$CALLGATE_BUILD/src try "$PRIVSEP" <<<"alice wonder"
		status_is 0
		[ "$output" = "alice is in" ] || show
	done
	[ "$(tr -d '\0' <"$BATS_TEST_TMPDIR/file" | wc -c)" -eq 0 ]
}
