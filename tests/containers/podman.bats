# Podman with our hooks.d: record → start again under the profile, as other users, read-only, and with exec.
load helper

setup_file() {
	containers_begin
}

setup() {
	containers_needed podman runc
	WITHIN=()
	printf '[containers]\ndefault_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]\n' >containers.conf
	hooks_folder
}

teardown() {
	pod rm -a -f -t 0 >/dev/null 2>&1 || true
	unmount_all
}

# crun wants the unified hierarchy; a mount namespace of its own shows it one.
UNIFIED=(unshare -m sh -c 'umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup && exec "$0" "$@"')

pod() {
	CONTAINERS_CONF=$BATS_TEST_TMPDIR/containers.conf "${WITHIN[@]}" podman --root "$BATS_TEST_TMPDIR/A" --runroot "$BATS_TEST_TMPDIR/B" \
		--storage-driver vfs --cgroup-manager=cgroupfs --events-backend=none --runtime "${RUNTIME:-runc}" --hooks-dir "$BATS_TEST_TMPDIR/hooks.d" "$@"
}

# container OPTIONS… -- WORDS…
container() {
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	pod run --rm --network none --tmpfs /tmp -e HOME=/tmp "${options[@]}" --rootfs "$ROOTFS" "$@" >out 2>err </dev/null ||
		show "podman run ${options[*]}: $(cat err)"
}

can_run() {
	pod run --rm --network none --rootfs "$ROOTFS" true >out 2>err || skip "podman cannot start a container here: $(tail -n 1 err)"
}

@test "podman: recorded with --rm, and started again under the profile" {
	can_run
	container --annotation "$ANNOTATION=of:$PWD/a.json;args:safe" -- sh /work/all 3
	container --annotation "$ANNOTATION=of:$PWD/b.json;args:safe" --user 1000:1000 -- sh /work/all 3
	wait_for a.json
	wait_for b.json
	callgate generate a.recording.json b.recording.json --base runc --args safe -o p.json
	good_profile p.json podman
	container --security-opt seccomp=p.json -- sh /work/all
	same_work out err
	container --security-opt seccomp=p.json --read-only -- sh /work/all
	same_work out err
	container --security-opt seccomp=p.json --user 1000:1000 -- sh /work/all
	same_work out err
	container --security-opt seccomp=p.json --security-opt no-new-privileges --cap-drop ALL -- sh /work/all
	same_work out err
	container --security-opt seccomp=p.json -- python3 /work/refused.py
	only_unix out

	pod run -d --name callgate --network none --tmpfs /tmp --security-opt seccomp=p.json --rootfs "$ROOTFS" \
		sh -c 'while :; do sleep 1; done' >out 2>err || show "$(cat err)"
	pod exec -e HOME=/tmp callgate sh /work/all >out 2>err || show "podman exec: $(cat err)"
	same_work out err
	pod exec -e HOME=/tmp --user 1000 callgate python3 /work/refused.py >out 2>err || show "podman exec: $(cat err)"
	only_unix out
}

@test "podman: the profile that the hook has written starts the container" {
	can_run
	container --annotation "$ANNOTATION=of:$PWD/p.json" -- sh /work/all 3
	wait_for p.json
	container --security-opt seccomp=p.json -- sh /work/all
	same_work out err
}

@test "podman: the older hook's annotation, and a profile to build on" {
	can_run
	echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["swapon"], "action": "SCMP_ACT_ALLOW"}]}' >base.json
	container --annotation "io.containers.trace-syscall=of:$PWD/p.json;if:$PWD/base.json" -- true
	wait_for p.json
	is_true '[.syscalls[].names[]] | contains(["swapon"])' p.json
}

@test "podman: with crun" {
	need crun
	RUNTIME=crun WITHIN=("${UNIFIED[@]}")
	pod run --rm --network none --cgroups=disabled --rootfs "$ROOTFS" true >out 2>err || skip "podman cannot use crun here: $(tail -n 1 err)"
	container --cgroups=disabled --annotation "$ANNOTATION=of:$PWD/p.json;args:safe" -- sh /work/all 3
	wait_for p.json
	container --cgroups=disabled --security-opt seccomp=p.json -- sh /work/all
	same_work out err
	container --cgroups=disabled --security-opt seccomp=p.json --read-only -- sh /work/all
	same_work out err
	container --cgroups=disabled --security-opt seccomp=p.json --user 1000:1000 -- sh /work/all
	same_work out err
	container --cgroups=disabled --security-opt seccomp=p.json -- python3 /work/refused.py
	only_unix out
	callgate generate p.recording.json --base crun-nnp --args safe -o nnp.json
	container --cgroups=disabled --security-opt seccomp=nnp.json --security-opt no-new-privileges -- sh /work/all
	same_work out err
	pod run -d --name callgate --network none --cgroups=disabled --tmpfs /tmp --security-opt seccomp=p.json \
		--rootfs "$ROOTFS" sh -c 'while :; do sleep 1; done' >out 2>err || show "$(cat err)"
	pod exec -e HOME=/tmp callgate sh /work/all >out 2>err || show "podman exec: $(cat err)"
	same_work out err
}

@test "podman: a container that asks for what cannot be does not start" {
	can_run
	try pod run --rm --network none --annotation "$ANNOTATION=of:p.json" --rootfs "$ROOTFS" true
	[ "$status" -ne 0 ] || show "it started"
	err_has "must be an absolute path"
}
