# callgate verify: does a live process run under exactly this profile?
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	[ "$(id -u)" -eq 0 ] || skip "the kernel gives filters to root only"
	[ "$(awk '/^Seccomp:/ { print $2 }' /proc/self/status)" = 0 ] || skip "under a filter the kernel gives none out"
}

# Ends $PID, and takes its status, so that no shell speaks of it.
stop_it() {
	[ -n "${PID:-}" ] || return 0
	kill -KILL "$PID" 2>/dev/null || true
	wait "$PID" 2>/dev/null || true
}

teardown() {
	stop_it
}

sleeps() {
	callgate run --tell none --profile "$1" -- sleep 100 3>&- &
	PID=$!
	for i in $(seq 100); do
		[ "$(cat /proc/$PID/comm)" = sleep ] && return
		sleep 0.05
	done
	show "sleep did not start"
}

@test "what callgate run started runs under exactly its profile" {
	for profile in @container-default @workspace; do
		sleeps $profile
		try callgate verify pid:$PID $profile
		status_is 0
		out_has "runs under exactly $profile"
		out_lacks 'but for'
		stop_it
	done
}

@test "where callgate run answers denials itself, the way to verify is named" {
	callgate run --tell notify --profile @container-default -- sleep 98.$$ 3>&- 2>err &
	runner=$!
	for i in $(seq 100); do
		PID=$(pgrep -f -x "sleep 98.$$") && break
		kill -0 $runner 2>/dev/null || skip "no listener can be had here: $(cat err)"
		sleep 0.05
	done
	[ -n "$PID" ] || show "sleep did not start"
	try callgate verify pid:$PID @container-default
	kill -KILL "$PID" 2>/dev/null
	wait $runner 2>/dev/null || true
	PID=
	status_is 1
	out_has 'the thread says NOTIFY'
	out_has '--tell none'
}

@test "another profile is refuted with a call" {
	sleeps @container-default
	try callgate verify pid:$PID @workspace
	status_is 1
	out_has "thread $PID: "
	out_has "callgate diff pid:$PID @workspace"
	try callgate verify pid:$PID @workspace --json
	status_is 1
	is_true '.verified == false and .witness.call and .witness.a != .witness.b'
	# One errno of one call is enough.
	all_but '[{"names": ["mount"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]' >p.json
	all_but '[{"names": ["mount"], "action": "SCMP_ACT_ERRNO", "errnoRet": 2}]' >q.json
	stop_it
	sleeps p.json
	try callgate verify pid:$PID p.json
	status_is 0
	try callgate verify pid:$PID q.json
	status_is 1
	out_has 'ERRNO(EPERM)'
	out_has 'ERRNO(ENOENT)'
}

@test "the launcher's admission is recognised" {
	all_but '[{"names": ["execve"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]' >p.json
	sleeps p.json
	try callgate verify pid:$PID p.json
	status_is 0
	out_has 'but for the execve'
	try callgate verify pid:$PID p.json --json
	is_true '.verified and .admission'
	all_but '[]' >q.json
	try callgate verify pid:$PID q.json
	status_is 1
}

@test "no filter is not the profile" {
	sleep 100 3>&- &
	PID=$!
	try callgate verify $PID @strict
	status_is 1
	out_has 'has no filter'
}

@test "a container of runc, with what runc and libseccomp add" {
	[ -x /bin/busybox ] && ! ldd /bin/busybox >/dev/null 2>&1 || skip "no static busybox to run in a container (busybox-static)"
	command -v runc >/dev/null || skip "runc is not installed"
	mkdir -p rootfs/{bin,proc,sys,dev}
	cp /bin/busybox rootfs/bin
	ln -s busybox rootfs/bin/sleep
	runc spec
	mv config.json spec.json
	# A default that refuses, so that the stub shows; sockets with a condition, which x86 loses; and nothing that is
	# newer than the library of any runc.
	names='["read", "write", "close", "exit", "exit_group", "rt_sigreturn", "restart_syscall", "execve", "brk", "nanosleep",
		"clock_nanosleep", "futex", "mmap", "munmap", "mprotect", "openat", "open", "fstat", "stat", "lstat", "newfstatat",
		"arch_prctl", "set_tid_address", "set_robust_list", "prlimit64", "getrandom", "readlink", "getuid", "setuid",
		"setgid", "setgroups", "capset", "capget", "prctl", "chdir", "fchdir", "getdents64", "rt_sigaction",
		"rt_sigprocmask", "sigaltstack", "clone", "gettid", "getpid", "getppid", "kill", "tgkill", "epoll_ctl",
		"epoll_pwait", "epoll_create1", "eventfd2", "fcntl", "ioctl", "faccessat", "dup3", "sched_getaffinity", "madvise",
		"fchown", "getcwd", "writev", "access", "poll", "ppoll", "sendto", "recvfrom", "statfs", "fstatfs", "accept"]'
	jq -n --argjson names "$names" '{defaultAction: "SCMP_ACT_ERRNO", syscalls: [
		{names: $names, action: "SCMP_ACT_ALLOW"},
		{names: ["personality"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 8, op: "SCMP_CMP_EQ"}]},
		{names: ["socket"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 1, op: "SCMP_CMP_EQ"}]}]}' >base.json
	for arches in '["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"]' '["SCMP_ARCH_X86_64"]' '["SCMP_ARCH_X86_64","SCMP_ARCH_X86"]'; do
		jq --argjson arches "$arches" '.architectures = $arches' base.json >p.json
		jq --slurpfile seccomp p.json '.process.terminal = false | .process.args = ["/bin/sleep", "100"] |
			.mounts |= map(select(.type != "cgroup")) | .linux.seccomp = $seccomp[0]' spec.json >config.json
		id=callgate-verify-$$-$BATS_TEST_NUMBER
		runc run "$id" >/dev/null 2>err </dev/null 3>&- &
		for i in $(seq 100); do
			PID=$(runc state "$id" 2>/dev/null | jq -r 'select(.status == "running") | .pid')
			[ -n "$PID" ] && [ "$(cat /proc/$PID/comm)" = sleep ] && break
			sleep 0.05
		done
		[ -n "$PID" ] || skip "runc cannot start a container here: $(head -c 300 err)"
		try callgate verify pid:$PID p.json --engine runc
		runc kill "$id" KILL
		status_is 0
		runc delete -f "$id" 2>/dev/null || true
	done
}

@test "mistakes of the command line" {
	sleep 100 3>&- &
	PID=$!
	try callgate verify process:abc @strict
	status_is 2
	err_has 'pid:PID'
	try callgate verify container:no-such-container @strict
	status_is 3
	err_has 'no-such-container'
	try callgate verify unit:no-such-unit @strict
	status_is 3
	err_has 'no-such-unit.service'
	try callgate verify pid:$PID
	status_is 2
	try callgate verify pid:$PID missing.json
	status_is 3
	one_error_at missing.json
	try callgate verify pid:$PID pid:$PID
	status_is 3
	err_has 'callgate diff'
	try callgate verify pid:4194000 @strict
	status_is 3
}
