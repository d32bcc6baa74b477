#!/usr/bin/env bats
# The examples for C programmers, built with this build: examples/native, examples/privsep, examples/server. And the
# way to build them with what `make install` puts down, and to take that away again.

load helper

EXAMPLES=$CALLGATE_BUILD/examples

setup() {
	if readelf -d "$EXAMPLES/privsep" | grep -q 'libasan'; then
		skip "a sanitizer's run-time makes calls that these filters refuse"
	fi
	[ "$(uname -m)" = x86_64 ] || [ "$(uname -m)" = aarch64 ] || skip "nobody has tried these filters on this machine"
	export LD_LIBRARY_PATH=$CALLGATE_BUILD/src
}

teardown() {
	[ -z "${SERVER:-}" ] || kill "$SERVER" 2>/dev/null || true
	[ -z "${KEPT_LOG:-}" ] || cp "$BATS_TEST_TMPDIR/log" "$KEPT_LOG"
}

@test "native: a filter in thirty lines, and the report on what it trapped" {
	printf 'a\nb\nc\n' >"$BATS_TEST_TMPDIR/lines"
	try "$EXAMPLES/count" <"$BATS_TEST_TMPDIR/lines"
	status_is 0
	[ "$output" = "3 lines" ] || show
	[ -z "$stderr" ] || show

	try "$EXAMPLES/count" /etc/passwd <"$BATS_TEST_TMPDIR/lines"
	status_is 0
	[ "$output" = "not opened, 3 lines" ] || show
	[[ $stderr =~ ^"callgate: refused openat(AT_FDCWD, 0x"[0-9a-f]+", ".*") at /"[^\ ]*"libc"[^\ ]*"+0x"[0-9a-f]+" [thread "[0-9]+"]"$ ]] ||
		show "this is not the line of the report"
}

@test "native: the offset that is reported is where libc makes the call" {
	try "$EXAMPLES/count" /etc/passwd </dev/null
	offset=$(sed -n 's/.*+0x\([0-9a-f]*\) \[.*/\1/p' <<<"$stderr")
	file=$(sed -n 's/.* at \(.*\)+0x.*/\1/p' <<<"$stderr")
	at=$((0x$offset))
	# What stands before the place that the kernel tells is the instruction that calls it.
	case $(uname -m) in
	x86_64) [ "$(od -An -tx1 -j $((at - 2)) -N 2 "$file" | tr -d ' ')" = 0f05 ] || show "no syscall instruction there" ;;
	aarch64) [ "$(od -An -tx4 -j $((at - 4)) -N 4 "$file" | tr -d ' ')" = d4000001 ] || show "no svc instruction there" ;;
	esac
}

privsep() {
	printf "$1" >"$BATS_TEST_TMPDIR/input"
	try "${@:2}" "$EXAMPLES/privsep" <"$BATS_TEST_TMPDIR/input"
}

@test "privsep: the parent answers what the child has parsed" {
	privsep 'alice wonder\nbob wonder\nalice x\n'
	status_is 0
	[ "$output" = $'alice is in\nbob stays out\nalice stays out' ] || show
}

@test "privsep: a child that is taken over opens nothing, runs nothing, starts nothing" {
	privsep '!open\nalice wonder\n'
	status_is 0
	out_has "open: Permission denied"
	out_has "alice is in"
	for what in exec-memory fork; do
		privsep "!$what\nalice wonder\n"
		status_is 1
		out_has "the child was ended by signal 31"
		out_lacks "is in"
		out_lacks "it was done"
	done
}

@test "privsep: as nobody" {
	[ "$(id -u)" -eq 0 ] || skip "only root can become nobody"
	cp "$EXAMPLES/privsep" "$CALLGATE_BUILD"/src/libseccomp.so.2 "$BATS_TEST_TMPDIR"
	chmod 755 "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
	printf '!open\nalice wonder\n' >"$BATS_TEST_TMPDIR/input"
	try setpriv --reuid 65534 --regid 65534 --clear-groups env LD_LIBRARY_PATH="$BATS_TEST_TMPDIR" \
		"$BATS_TEST_TMPDIR/privsep" <"$BATS_TEST_TMPDIR/input"
	status_is 0
	out_has "Permission denied"
	out_has "alice is in"
}

start_server() {
	echo "the content" >"$BATS_TEST_TMPDIR/content"
	timeout 60 "$EXAMPLES/server" "$BATS_TEST_TMPDIR/content" >"$BATS_TEST_TMPDIR/log" 3>&- 4>&- &
	SERVER=$!
	for _ in $(seq 50); do
		grep -q '^port' "$BATS_TEST_TMPDIR/log" && break
		sleep 0.1
	done
	PORT=$(awk '/^port/ { print $2 }' "$BATS_TEST_TMPDIR/log")
	[ -n "$PORT" ]
}

ask() {
	timeout 10 bash -c 'exec 5<>/dev/tcp/127.0.0.1/"$0"; echo "$1" >&5; cat <&5' "$PORT" "$1" || true
}

@test "server: a worker serves under its filter, and opens nothing more" {
	start_server
	[ "$(ask get)" = "the content" ]
	[ "$(ask more)" = "Permission denied" ]
	[ "$(ask get)" = "the content" ]
	worker=$(pgrep -P "$(pgrep -P "$SERVER")")
	grep -q '^Seccomp:.*2' "/proc/$worker/status"
	grep -q "$CALLGATE_BUILD/src/libseccomp.so.2" "/proc/$worker/maps"
}

@test "server: a worker that would start a shell is ended, and another takes its place" {
	start_server
	[ -z "$(ask exec)" ]
	[ "$(ask get)" = "the content" ]
	grep -q 'ended by signal 31' "$BATS_TEST_TMPDIR/log"
}

@test "install: everything is put down, found by pkg-config, and taken away again" {
	command -v pkg-config >/dev/null || skip "there is no pkg-config"
	tree=$BATS_TEST_TMPDIR/tree
	log=$CALLGATE_BUILD/meson-logs/install-log.txt
	option() { meson introspect --buildoptions "$CALLGATE_BUILD" | jq -r ".[] | select(.name == \"$1\").value"; }
	prefix=$(option prefix)
	libdir=$prefix/$(option libdir)
	# The log says what the user's own `make install` has put where.
	KEPT_LOG=
	[ ! -f "$log" ] || { cp "$log" "$BATS_TEST_TMPDIR/log" && KEPT_LOG=$log; }
	DESTDIR=$tree meson install -C "$CALLGATE_BUILD" --no-rebuild --quiet
	[ "$(readlink -f "$tree$libdir/callgate/libseccomp.so.2")" = "$tree$libdir/callgate/libseccomp.so.2.6.1" ]
	[ ! -e "$tree$libdir/libseccomp.so.2" ]
	[ -f "$tree$prefix/include/callgate/libseccomp/seccomp.h" ]

	export PKG_CONFIG_SYSROOT_DIR=$tree PKG_CONFIG_PATH=$tree$libdir/callgate/pkgconfig:$tree$libdir/pkgconfig
	[ "$(pkg-config --modversion libseccomp)" = 2.6.1 ]
	# shellcheck disable=SC2046 # words on purpose
	cc -D_GNU_SOURCE -o "$BATS_TEST_TMPDIR/privsep" "$TOP/examples/privsep/privsep.c" $(pkg-config --cflags --libs libseccomp)
	cc -D_GNU_SOURCE -static -o "$BATS_TEST_TMPDIR/privsep-static" "$TOP/examples/privsep/privsep.c" \
		$(pkg-config --cflags --libs libseccomp)
	cc -D_GNU_SOURCE -o "$BATS_TEST_TMPDIR/count" "$TOP/examples/native/count.c" $(pkg-config --cflags --libs callgate)
	for program in privsep privsep-static; do
		try env LD_LIBRARY_PATH="$tree$libdir/callgate" "$BATS_TEST_TMPDIR/$program" <<<"alice wonder"
		status_is 0
		[ "$output" = "alice is in" ] || show
	done
	try "$BATS_TEST_TMPDIR/count" <<<"one"
	[ "$output" = "1 lines" ] || show

	# From C++ too; and a static program may have names that our core has.
	if command -v c++ >/dev/null; then
		printf '#include <callgate.h>\n#include <seccomp.h>\n%s\n' 'int main() { return cg_policy_free(cg_policy_new(0)) ? 1 : 0; }' |
			c++ -Wall -Wextra -pedantic -Werror -x c++ -o "$BATS_TEST_TMPDIR/cplusplus" - -x none \
				$(pkg-config --cflags --libs callgate) "-I$tree$prefix/include/callgate/libseccomp"
		"$BATS_TEST_TMPDIR/cplusplus"
	fi
	printf '#include <seccomp.h>\n%s\n%s\n' 'int cg_policy_new(void); int cg_policy_new(void) { return 7; }' \
		'int main(void) { seccomp_release(seccomp_init(SCMP_ACT_ALLOW)); return cg_policy_new(); }' |
		cc -static -x c -o "$BATS_TEST_TMPDIR/own-names" - -x none $(pkg-config --cflags --libs libseccomp)
	try "$BATS_TEST_TMPDIR/own-names"
	status_is 7

	make -s -C "$TOP" uninstall BUILD="$CALLGATE_BUILD"
	[ -z "$(find "$tree" -type f -o -type l -o -path '*callgate*')" ] || show "$(find "$tree")"
}

@test "install: the way to use it for the machine, and back, as the manual says" {
	[ "$(id -u)" -eq 0 ] || skip "only root may"
	unshare -m true 2>/dev/null || skip "no mount namespace to be had"
	unset LD_LIBRARY_PATH
	export LIBRARIES=$BATS_TEST_TMPDIR/callgate ETC=$BATS_TEST_TMPDIR/etc PROGRAM=$EXAMPLES/privsep
	mkdir "$LIBRARIES"
	cp -a "$CALLGATE_BUILD"/src/libseccomp.so.2 "$CALLGATE_BUILD"/src/libseccomp.so.2.6.1 "$LIBRARIES"
	cp -r /etc "$ETC"
	# Without the path that a build puts into its programs.
	cc -D_GNU_SOURCE -I"$TOP/include/libseccomp" -o "$BATS_TEST_TMPDIR/privsep" "$TOP/examples/privsep/privsep.c" \
		-L"$LIBRARIES" -l:libseccomp.so.2
	export PROGRAM=$BATS_TEST_TMPDIR/privsep
	try unshare -m bash -ec 'mount --bind "$ETC" /etc
		echo "$LIBRARIES" >/etc/ld.so.conf.d/00-callgate.conf && ldconfig
		ldd "$PROGRAM"
		rm /etc/ld.so.conf.d/00-callgate.conf && ldconfig
		ldd "$PROGRAM" | sed s/^/after/'
	out_has "libseccomp.so.2 => $LIBRARIES/libseccomp.so.2"
	! grep -q "^after.*$LIBRARIES" <<<"$output" || show "it is still in use"
}
