# Programs that were built for libseccomp, run on ours with LD_LIBRARY_PATH: their filters are loaded, and they work.
#
# Each test looks at three things: that the process loaded our library, that it put a filter in force, that it works.
load ../cli/helper

setup() {
	LIBRARY=$CALLGATE_BUILD/src/libseccomp.so.2
	[ -e "$LIBRARY" ] || skip "this build has no libseccomp.so.2"
	readelf -Ws "$LIBRARY" 2>/dev/null | grep -q __asan && skip "a sanitizer's library cannot be preloaded into others"
	OURS=$BATS_TEST_TMPDIR/lib
	mkdir -p "$OURS"
	cp "$LIBRARY" "$OURS/libseccomp.so.2"
	chmod 755 "$BATS_TEST_TMPDIR" "$OURS"
}

needs() {
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "there is no $program here"
	done
}

# on_ours CMD…: runs it under strace with our library; what it loaded and opened is in $TRACE.
on_ours() {
	TRACE=$BATS_TEST_TMPDIR/trace
	try timeout 120 strace -f -qq -o "$TRACE" -e trace=seccomp,prctl,openat -E "LD_LIBRARY_PATH=$OURS" "$@"
}

ours_was_loaded() {
	grep -q "openat.*\"$OURS/libseccomp.so.2\".* = [0-9]" "$TRACE" || show "our library was not opened"
}

# `= 0`, on the same line or where the call is resumed.
a_filter_was_put_in_force() {
	grep -E -q 'SECCOMP_SET_MODE_FILTER|PR_SET_SECCOMP' "$TRACE" || show "no filter was loaded" "$(tail -n 20 "$TRACE")"
	! grep -E 'SECCOMP_SET_MODE_FILTER|PR_SET_SECCOMP' "$TRACE" | grep -v -e '= 0$' -e 'unfinished' -e '= [0-9]*$' |
		grep -v 'EFAULT' || show "the kernel refused a filter"
}

@test "man ls" {
	needs man strace
	man -w ls >/dev/null 2>&1 || skip "there is no manual page of ls here"
	MANPAGER=cat on_ours man ls
	status_is 0
	out_has "list directory contents"
	ours_was_loaded
	a_filter_was_put_in_force
}

@test "apt-get update in its sandbox" {
	needs apt-get strace
	local root=$BATS_TEST_TMPDIR/apt
	mkdir -p "$root"/{state/lists/partial,cache/archives/partial,etc/{apt.conf.d,preferences.d,sources.list.d},repo}
	: >"$root/repo/Packages"
	printf 'deb [trusted=yes] file:%s/repo ./\n' "$root" >"$root/etc/sources.list"
	: >"$root/state/status"
	chmod -R a+rX "$BATS_TEST_TMPDIR"
	on_ours apt-get -o APT::Sandbox::Seccomp=true -o APT::Sandbox::User=root -o Dir::Etc="$root/etc" \
		-o Dir::State="$root/state" -o Dir::State::status="$root/state/status" -o Dir::Cache="$root/cache" update
	status_is 0
	grep -q libseccomp "$TRACE" || skip "this apt is not built with libseccomp"
	ours_was_loaded
	a_filter_was_put_in_force
}

@test "runc with a seccomp section" {
	needs runc strace busybox jq
	[ "$(id -u)" -eq 0 ] || skip "runc needs root here"
	ldd "$(command -v runc)" | grep -q libseccomp || skip "this runc has libseccomp inside"
	local bundle=$BATS_TEST_TMPDIR/bundle
	mkdir -p "$bundle"/rootfs/{bin,proc,sys,dev,tmp,etc}
	cp "$(command -v busybox)" "$bundle/rootfs/bin/busybox"
	(cd "$bundle" && runc spec)
	# mkdirat and mkdir fail with errno 95, and getpriority where its first argument is 1, with 7.
	jq '.root.path = "rootfs" | .process.terminal = false
		| .process.args = ["/bin/busybox", "sh", "-c",
			"/bin/busybox grep Seccomp: /proc/self/status; /bin/busybox mkdir /tmp/x"]
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
			architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
			syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95},
				{names: ["getpriority"], action: "SCMP_ACT_ERRNO", errnoRet: 7,
					args: [{index: 0, value: 1, op: "SCMP_CMP_EQ"}]}]}' \
		"$bundle/config.json" >"$bundle/new.json"
	mv "$bundle/new.json" "$bundle/config.json"
	LD_LIBRARY_PATH=$OURS try timeout 60 runc --root "$BATS_TEST_TMPDIR/state" run -b "$bundle" "callgate-compat-$$"
	[[ $output == *Seccomp:* || $stderr == *Operation\ not\ supported* ]] ||
		skip "runc cannot run a container here: $(head -n 1 <<<"$stderr")"
	[[ $output == *Seccomp:*2* ]] || show "the container should be under a filter"
	err_has "Operation not supported"
	LD_LIBRARY_PATH=$OURS ldd "$(command -v runc)" | grep -q "$OURS/libseccomp.so.2"
}

@test "ctags in its sandbox" {
	needs ctags strace
	[[ $(ctags --list-features 2>/dev/null) == *sandbox* ]] || skip "this ctags has no sandbox"
	local source='int answer(void) { return 42; }' request
	request=$(printf '{"command": "generate-tags", "filename": "answer.c", "size": %d}' "${#source}")
	on_ours ctags --_interactive=sandbox <<<"$request"$'\n'"$source"
	status_is 0
	out_has '"name": "answer"'
	ours_was_loaded
	a_filter_was_put_in_force
}

@test "crun with a seccomp section" {
	needs crun strace busybox jq
	[ "$(id -u)" -eq 0 ] || skip "crun needs root here"
	ldd "$(command -v crun)" | grep -q libseccomp || skip "this crun has libseccomp inside"
	local bundle=$BATS_TEST_TMPDIR/bundle
	mkdir -p "$bundle"/rootfs/{bin,proc,sys,dev,tmp,etc}
	cp "$(command -v busybox)" "$bundle/rootfs/bin/busybox"
	(cd "$bundle" && crun spec 2>spec.err) || skip "crun cannot work here: $(head -n 1 "$bundle/spec.err")"
	jq '.root.path = "rootfs" | .process.terminal = false
		| .process.args = ["/bin/busybox", "sh", "-c",
			"/bin/busybox grep Seccomp: /proc/self/status; /bin/busybox mkdir /tmp/x"]
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
			syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}' \
		"$bundle/config.json" >"$bundle/new.json"
	mv "$bundle/new.json" "$bundle/config.json"
	LD_LIBRARY_PATH=$OURS try timeout 60 crun --cgroup-manager=disabled --root "$BATS_TEST_TMPDIR/state" run -b "$bundle" "callgate-crun-$$"
	[[ $output == *Seccomp:* || $stderr == *Operation\ not\ supported* ]] ||
		skip "crun cannot run a container here: $(head -n 1 <<<"$stderr")"
	[[ $output == *Seccomp:*2* ]] || show "the container should be under a filter"
	err_has "Operation not supported"
}

@test "Python's seccomp module" {
	local python=/usr/bin/python3
	[ -x "$python" ] || skip "there is no $python here"
	"$python" -c 'import seccomp' 2>/dev/null || skip "python3-seccomp is not installed"
	ldd "$("$python" -c 'import seccomp; print(seccomp.__file__)')" | grep -q libseccomp ||
		skip "this python3-seccomp has a libseccomp inside (Debian's has): nothing can take its place"
	OURS=$OURS LD_LIBRARY_PATH=$OURS try "$python" - <<'PYTHON'
import errno, os, seccomp, sys
from seccomp import ALLOW, ERRNO, EQ, MASKED_EQ, Arg, SyscallFilter

filter = SyscallFilter(defaction=ALLOW)
filter.add_arch(seccomp.Arch.X86) if seccomp.Arch() == seccomp.Arch.X86_64 else None
filter.add_rule(ERRNO(errno.EXDEV), "getppid")
filter.add_rule(ERRNO(errno.EDOM), "dup2", Arg(0, EQ, 1))
filter.add_rule_exactly(ERRNO(errno.EL2HLT), "umask", Arg(0, MASKED_EQ, 0o700, 0o700))
filter.set_attr(seccomp.Attr.CTL_NNP, 1)
filter.syscall_priority("getppid", 9)
with open(os.environ["BATS_TEST_TMPDIR"] + "/filter.bpf", "wb") as file:
    filter.export_bpf(file)
maps = open("/proc/self/maps").read()
filter.load()
print("ours" if os.environ["OURS"] + "/libseccomp.so.2" in maps else "not ours")
print([line.split()[1] for line in open("/proc/self/status") if line.startswith("Seccomp:")])
try:
    os.dup2(1, 9)
except OSError as error:
    print(errno.errorcode[error.errno])
os.dup2(2, 9)
print(os.umask(0o22) >= 0)
PYTHON
	status_is 0
	[ "$output" = $'ours\n[\'2\']\nEDOM\nTrue' ] || show "this was wanted: ours, ['2'], EDOM, True"
	[ "$(($(stat -c %s "$BATS_TEST_TMPDIR/filter.bpf") % 8))" -eq 0 ]
}

@test "Python, by ctypes" {
	needs python3
	OURS=$OURS LD_LIBRARY_PATH=$OURS try python3 - <<'PYTHON'
import ctypes, errno, os

library = ctypes.CDLL("libseccomp.so.2")
library.seccomp_init.restype = ctypes.c_void_p
library.seccomp_init.argtypes = [ctypes.c_uint32]
library.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_char_p]
library.seccomp_load.argtypes = [ctypes.c_void_p]
context = library.seccomp_init(0x7fff0000)
number = library.seccomp_syscall_resolve_name(b"getpriority")
print(library.seccomp_rule_add_array(context, 0x00050000 | errno.EDOM, number, 0, None))
maps = open("/proc/self/maps").read()
print(library.seccomp_load(context), os.environ["OURS"] + "/libseccomp.so.2" in maps)
try:
    os.getpriority(os.PRIO_PROCESS, 0)
except OSError as error:
    print(errno.errorcode[error.errno])
PYTHON
	status_is 0
	[ "$output" = $'0\n0 True\nEDOM' ] || show "this was wanted: 0, 0 True, EDOM"
}
