# Containers that run: recorded by name, by the beginnings of names and ids, and all at once; and what they run under.
load helper

setup_file() {
	containers_begin
	[ ! -e "$CONTAINERS/why" ] || return 0
	cd "$BATS_FILE_TMPDIR"
	dockerd_begin "$ROOTFS"
}

teardown_file() {
	dockerd_end "$BATS_FILE_TMPDIR"
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR unmount_all
}

# callgate asks `docker` and `podman`: here those that talk to the engines of this file.
setup() {
	containers_needed
	[ ! -e "$BATS_FILE_TMPDIR/why" ] || skip "$(cat "$BATS_FILE_TMPDIR/why")"
	mkdir bin
	if command -v podman >/dev/null; then
		cat >bin/podman <<-END
			#!/bin/sh
			exec $(command -v podman) --root "$PWD/A" --runroot "$PWD/B" --storage-driver vfs --cgroup-manager=cgroupfs \
				--events-backend=none --runtime runc "\$@"
		END
		chmod +x bin/podman
		printf '[containers]\ndefault_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]\n' >containers.conf
		export CONTAINERS_CONF=$PWD/containers.conf
	fi
	PATH=$PWD/bin:$PATH
	WORK=(sh -c 'while :; do sleep 0.1; done')
}

teardown() {
	[ -z "${DOCKER_HOST:-}" ] || docker ps -aq 2>/dev/null | xargs -r docker rm -f >/dev/null 2>&1 || true
	[ ! -x bin/podman ] || podman rm -a -f -t 0 >/dev/null 2>&1 || true
	unmount_all
}

# by_docker NAME / by_podman NAME: starts one; $ID.
by_docker() {
	ID=$(docker run -d --network none --name "$1" "${@:2}" callgate:1 "${WORK[@]}" 2>err) ||
		skip "docker cannot start a container here: $(tail -n 1 err)"
}

by_podman() {
	[ -x bin/podman ] || skip "podman is not installed (tools/setup containers)"
	ID=$(podman run -d --network none --name "$1" "${@:2}" --rootfs "$ROOTFS" "${WORK[@]}" 2>err) ||
		skip "podman cannot start a container here: $(tail -n 1 err)"
}

# recorded REFERENCE: it is, and its own calls and files are what is there.
recorded() {
	try callgate record --container "$1" --duration 600ms -o rec.json
	status_is 0
	is_true '.runs[0].calls | any(.name == "clock_nanosleep" and .count > 0)' rec.json
	is_true '[.runs[0].files[].path] | any(test("/(sleep|dash|coreutils)$"))' rec.json
}

@test "docker: by name, its beginning, id, its beginning; two that begin alike are listed" {
	by_docker callgate-one
	recorded callgate-one
	recorded callgate-o
	recorded "$ID"
	recorded "${ID:0:12}"
	by_docker callgate-two
	try callgate record --container callgate- --duration 100ms -o rec.json
	status_is 125
	err_has 'callgate-one (docker)'
	err_has 'callgate-two (docker)'
	recorded callgate-two
}

@test "podman: by name, its beginning, id, its beginning" {
	by_podman callgate-pod
	recorded callgate-pod
	recorded callgate-p
	recorded "$ID"
	recorded "${ID:0:12}"
}

@test "verify container:ID: under exactly the profile that it was started with, and no other" {
	jq '(.syscalls[0].names) -= ["swapon"]' >p.json <<-'END'
		{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["swapoff", "swapon"], "action": "SCMP_ACT_ERRNO"}]}
	END
	sed s/swapoff/reboot/ p.json >other.json
	by_docker callgate-verified --security-opt "seccomp=$PWD/p.json"
	for name in callgate-verified callgate-ver "$ID" "${ID:0:8}"; do
		try callgate verify "container:$name" p.json --engine docker
		status_is 0
		try callgate verify "container:$name" other.json --engine docker
		status_is 1
	done
	by_podman callgate-pod --security-opt "seccomp=$PWD/p.json"
	try callgate verify container:callgate-pod p.json --engine podman
	status_is 0
	try callgate verify "container:${ID:0:8}" other.json --engine podman
	status_is 1
}

@test "--all-containers: of both engines, and one that begins meanwhile and ends before" {
	by_docker callgate-first
	first=$ID
	callgate record --all-containers -o all 2>told 3>&- &
	recorder=$!
	sleep 1
	by_podman callgate-pod
	pod=$ID
	by_docker callgate-late
	late=$ID
	sleep 2
	docker rm -f callgate-late >/dev/null
	wait_for "all/docker-$late.json"
	kill -TERM $recorder
	wait $recorder || show "$(cat told)"
	for rec in "all/docker-$first.json" "all/docker-$late.json" "all/podman-$pod.json"; do
		is_true '.runs[0].calls | any(.name == "clock_nanosleep" and .count > 0)' "$rec"
		is_true '[.runs[0].files[].path] | any(test("runc")) | not' "$rec"
	done
	is_true '.runs[0].partial != true' "all/docker-$late.json"
	is_true '.runs[0].partial == true' "all/docker-$first.json"
}
