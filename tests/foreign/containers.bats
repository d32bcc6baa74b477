# Live containers of docker, podman, runc and crun: each runs, by proof, under exactly the profile that it was started
# with as our row for that engine reads it, whatever the runtime and its library add; and its filter is decided.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	need_root
	[ -x /bin/busybox ] && ! ldd /bin/busybox >/dev/null 2>&1 || skip "no static busybox to run in a container (busybox-static)"
	mkdir -p rootfs/{bin,proc,sys,dev,tmp,etc}
	cp /bin/busybox rootfs/bin
	for applet in sh sleep; do ln -s busybox "rootfs/bin/$applet"; done
	ours container-default
	ours workspace
}

teardown() {
	[ -z "${CONTAINER:-}" ] || { runc delete -f "$CONTAINER" || true; } >/dev/null 2>&1
	dockerd_end "$BATS_TEST_TMPDIR"
	[ -z "${PODMAN:-}" ] || pod rm -f -t 0 callgate >/dev/null 2>&1 || true
	# podman cleans up behind a container that has ended, in a process of its own, and mounts its storage for that.
	for i in $(seq 50); do
		pgrep -f -- "$BATS_TEST_TMPDIR/A" >/dev/null || break
		sleep 0.1
	done
	# What they leave mounted under their folders.
	awk -v under="$BATS_TEST_TMPDIR/" 'index($5, under) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		xargs -r -n 1 umount -l 2>/dev/null || true
}

# ours NAME: a bundled profile as NAME.json, strict JSON, which is all that engines read.
ours() {
	callgate merge --union "@$1" "@$1" -o "$1.json"
}

# verified PID PROFILE WORDS…
verified() {
	try callgate verify "pid:$1" "${@:2}"
	status_is 0
	out_has 'runs under exactly'
}

# ---- docker

dockerd_starts() {
	dockerd_begin "$PWD/rootfs"
	[ ! -e why ] || skip "$(cat why)"
}

# docker_runs WORDS…: a container; $PID.
docker_runs() {
	local container
	container=$(docker run -d --network none "$@" callgate:1 sleep 100 2>err) || {
		docker run --rm --network none --security-opt seccomp=unconfined callgate:1 sh -c : 2>err2 ||
			skip "docker cannot start a container here: $(tail -n 1 err2)"
		show "docker run $*: $(cat err)"
	}
	PID=$(docker inspect -f '{{.State.Pid}}' "$container")
}

@test "docker: its own default, and ours" {
	dockerd_starts
	docker_runs
	# Docker keeps its default within; what it made of it stands in the bundle.
	find exec -name config.json | head -n 1 | xargs jq .linux.seccomp >resolved.json
	verified "$PID" resolved.json --engine runc
	decided "docker, its default" "$PID"
	for profile in container-default workspace; do
		docker_runs --security-opt seccomp="$profile.json"
		verified "$PID" "$profile.json" --engine docker
	done
	decided "docker, @workspace (ours)" "$PID"
	# Capabilities decide which rules apply.
	docker_runs --security-opt seccomp=container-default.json --cap-add SYS_ADMIN
	verified "$PID" container-default.json --engine docker --caps default,SYS_ADMIN
	docker_runs --security-opt seccomp=container-default.json --cap-drop ALL --security-opt no-new-privileges
	verified "$PID" container-default.json --engine docker --caps none
	try callgate verify "pid:$PID" workspace.json --engine docker
	status_is 1
}

@test "docker: conditions on capabilities, and published profiles" {
	default=${CALLGATE_SHARED:-$TOP/../shared}/profiles/real/moby-default.json
	[ -f "$default" ] || skip "there are no published profiles beside the source"
	dockerd_starts
	docker_runs --security-opt seccomp="$default"
	verified "$PID" "$default" --engine docker
	docker_runs --security-opt seccomp="$default" --cap-add SYS_ADMIN
	verified "$PID" "$default" --engine docker --caps default,SYS_ADMIN
	try callgate verify "pid:$PID" "$default" --engine docker --caps default
	status_is 1
	docker_runs --security-opt seccomp="$default" --cap-drop ALL
	verified "$PID" "$default" --engine docker --caps none
}

# ---- podman

pod() {
	CONTAINERS_CONF=$BATS_TEST_TMPDIR/containers.conf podman --root "$BATS_TEST_TMPDIR/A" --runroot "$BATS_TEST_TMPDIR/B" \
		--cgroup-manager=cgroupfs --events-backend=none --runtime runc "$@"
}

podman_runs() {
	pod rm -f -t 0 callgate >/dev/null 2>&1 || true
	pod run -d --name callgate --network none "$@" --rootfs "$PWD/rootfs" sleep 100 >out 2>err || {
		pod run --rm --network none --security-opt seccomp=unconfined --rootfs "$PWD/rootfs" sh -c : 2>err2 ||
			skip "podman cannot start a container here: $(tail -n 1 err2)"
		show "podman run $*: $(cat err)"
	}
	PID=$(pod inspect -f '{{.State.Pid}}' callgate)
}

@test "podman: its own default, and ours" {
	need podman runc
	printf '[containers]\ndefault_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]\n' >containers.conf
	PODMAN=yes
	default=/usr/share/containers/seccomp.json
	podman_runs
	if [ -f "$default" ]; then
		verified "$PID" "$default" --engine podman
		decided "podman, its default" "$PID"
		podman_runs --cap-drop ALL
		verified "$PID" "$default" --engine podman --caps none
	fi
	for profile in container-default workspace; do
		podman_runs --security-opt seccomp="$PWD/$profile.json"
		verified "$PID" "$profile.json" --engine podman
	done
}

# ---- runc and crun

# A profile small enough to see through; what a container needs to start and to sleep. changed FILTER: it, changed.
changed() {
	local names='"read", "write", "close", "exit", "exit_group", "rt_sigreturn", "restart_syscall", "execve", "brk",
		"nanosleep", "clock_nanosleep", "futex", "mmap", "munmap", "mprotect", "openat", "open", "fstat", "stat", "lstat",
		"newfstatat", "arch_prctl", "set_tid_address", "set_robust_list", "prlimit64", "getrandom", "readlink", "getuid",
		"setuid", "setgid", "setgroups", "capset", "capget", "prctl", "chdir", "fchdir", "getdents64", "rt_sigaction",
		"rt_sigprocmask", "sigaltstack", "clone", "gettid", "getpid", "getppid", "kill", "tgkill", "epoll_ctl",
		"epoll_pwait", "epoll_create1", "eventfd2", "fcntl", "ioctl", "faccessat", "dup3", "sched_getaffinity", "madvise",
		"fchown", "getcwd", "writev", "access", "poll", "ppoll", "sendto", "recvfrom", "statfs", "fstatfs", "accept"'
	jq -n "{defaultAction: \"SCMP_ACT_ERRNO\", syscalls: [{names: [$names], action: \"SCMP_ACT_ALLOW\"}]} | $1" >p.json
}

bundle() {
	[ -f spec.json ] || { runc spec && mv config.json spec.json; }
	jq --slurpfile seccomp p.json '.process.terminal = false | .process.args = ["/bin/sleep", "100"] |
		.mounts |= map(select(.type != "cgroup")) | .linux.seccomp = $seccomp[0]' spec.json >config.json
}

# What a runtime and libseccomp do by themselves hangs on these: listed architectures, names that the library does not
# know, calls behind socketcall and ipc, arguments.
changes=(
	'.'
	'.architectures = ["SCMP_ARCH_X86"]'
	'.architectures = ["SCMP_ARCH_X32"]'
	'.architectures = ["SCMP_ARCH_X32", "SCMP_ARCH_X86"]'
	'.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_ARM"]'
	'.architectures = ["SCMP_ARCH_X86_64"] | .syscalls[0].names += ["cachestat", "statmount"]'
	'.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"] | .syscalls[0].names += ["uretprobe", "lsm_list_modules"]'
	'.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"] | .syscalls[0].names += ["send", "shmget", "socket", "map_shadow_stack"]'
	'.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"] | .defaultErrnoRet = 38 | .syscalls += [{names: ["socket", "semop"],
		action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 1, op: "SCMP_CMP_EQ"}, {index: 1, value: 2, op: "SCMP_CMP_NE"}]}]'
)

@test "runc: what it and its library add, profile by profile" {
	need runc
	CONTAINER=callgate-$$-$BATS_TEST_NUMBER
	for change in "${changes[@]}"; do
		changed "$change"
		bundle
		runc run "$CONTAINER" >/dev/null 2>err </dev/null 3>&- &
		for i in $(seq 100); do
			PID=$(runc state "$CONTAINER" 2>/dev/null | jq -r 'select(.status == "running") | .pid')
			[ -n "$PID" ] && [ "$(cat "/proc/$PID/comm")" = sleep ] && break
			sleep 0.05
		done
		[ -n "$PID" ] || skip "runc cannot start a container here: $(head -c 300 err)"
		echo "$change"
		verified "$PID" p.json --engine runc
		runc kill "$CONTAINER" KILL
		wait
		runc delete -f "$CONTAINER" >/dev/null 2>&1 || true
	done
}

@test "crun: the same, without a stub" {
	need crun runc unshare
	local n=0 id
	for change in "${changes[@]}"; do
		changed "$change"
		bundle
		id=callgate-$$-$((n++))
		# crun wants the unified hierarchy; a mount namespace of its own shows it one.
		unshare -m sh -c 'umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup &&
			exec crun --cgroup-manager=disabled run "$0"' "$id" >/dev/null 2>err </dev/null 3>&- &
		started=$!
		PID=
		for i in $(seq 100); do
			PID=$(filtered "$started" | tail -n 1)
			[ -n "$PID" ] && [ "$(cat "/proc/$PID/comm")" = sleep ] && break
			sleep 0.05
		done
		[ -n "$PID" ] || { end_all "$started"; skip "crun cannot start a container here: $(head -c 300 err)"; }
		echo "$change"
		try callgate verify "pid:$PID" p.json --engine crun
		end_all "$started"
		crun delete -f "$id" 2>/dev/null || true
		status_is 0
	done
}
