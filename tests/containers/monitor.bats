# Violations in containers, told with the container's name: by what its engine wrote down, within a second, and also
# where process and container are gone by then.
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

setup() {
	containers_needed
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
	# Calls that no runtime makes.
	cat >p.json <<-'END'
		{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["swapoff"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13},
			{"names": ["acct"], "action": "SCMP_ACT_LOG"},
			{"names": ["swapon"], "action": "SCMP_ACT_KILL_PROCESS"}]}
	END
	BREAK=$'import ctypes, sys, time\nc = ctypes.CDLL(None)\ngetattr(c, sys.argv[1])(b"/none", 0)'
}

teardown() {
	[ ! -e monitor.pid ] || kill "$(cat monitor.pid)" 2>/dev/null || true
	[ -z "${DOCKER_HOST:-}" ] || docker ps -aq 2>/dev/null | xargs -r docker rm -f >/dev/null 2>&1 || true
	[ ! -x bin/podman ] || podman rm -a -f -t 0 >/dev/null 2>&1 || true
	unmount_all
}

docker_needed() {
	[ ! -e "$BATS_FILE_TMPDIR/why" ] || skip "$(cat "$BATS_FILE_TMPDIR/why")"
}

# watch OPTIONS…: a monitor that has begun, its lines in seen.
watch() {
	callgate monitor --json --all "$@" >seen 2>told 3>&- &
	echo $! >monitor.pid
	for i in $(seq 300); do
		! grep -q '"event":"start"' seen || return 0
		kill -0 "$(cat monitor.pid)" 2>/dev/null || skip "nothing can be watched here: $(cat told)"
		sleep 0.1
	done
	show "the monitor did not begin: $(cat told)"
}

# wait_seen JQ: until a line is so; $LINE.
wait_seen() {
	for i in $(seq 300); do
		LINE=$(jq -c "select(.event == \"violation\") | select($1)" seen | head -n 1)
		[ -z "$LINE" ] || return 0
		sleep 0.1
	done
	show "nothing was seen of which $1" "$(tail -n 5 seen)" "$(cat told)"
}

end_watch() {
	kill -TERM "$(cat monitor.pid)"
	wait "$(cat monitor.pid)" || show "the monitor failed: $(cat told)"
	rm monitor.pid
}

# in_docker NAME CALL / in_podman NAME CALL: a container that makes the call, and is removed. Where a podman with a --root
# of its own keeps its files is only known while it runs.
in_docker() {
	docker run --rm --network none --name "$1" --security-opt "seccomp=$PWD/p.json" callgate:1 \
		python3 -c "$BREAK" "$2" >out 2>err || [ "$2" = swapon ] || skip "docker cannot start a container here: $(tail -n 1 err)"
}

in_podman() {
	[ -x bin/podman ] || skip "podman is not installed (tools/setup containers)"
	podman run --rm --network none --name "$1" --security-opt "seccomp=$PWD/p.json" --rootfs "$ROOTFS" \
		python3 -c "$BREAK"$'\ntime.sleep(1)' "$2" >out 2>err || [ "$2" = swapon ] || skip "podman cannot start a container here: $(tail -n 1 err)"
}

# named CALL ENGINE NAME: it was told with engine, id and name.
named() {
	wait_seen ".syscall == \"$1\" and .container_id != null"
	jq -e --arg engine "$2" --arg name "$3" '.engine == $engine and .container == $name and
		(.container_id | length == 64) and (.ns_pid == null or .ns_pid < 100) and (.exe | test("python3"))' <<<"$LINE" >/dev/null ||
		show "not as it should be: $LINE"
}

@test "docker: what is refused, logged and killed is told with the container's name" {
	docker_needed
	watch
	in_docker callgate-web swapoff
	in_docker callgate-web acct
	in_docker callgate-web swapon
	named swapoff docker callgate-web
	jq -e '.image == "callgate:1"' <<<"$LINE" >/dev/null || show "$LINE"
	named acct docker callgate-web
	named swapon docker callgate-web
	end_watch
}

@test "podman: what is refused and logged is told with the container's name" {
	watch
	in_podman callgate-pod swapoff
	in_podman callgate-pod acct
	named swapoff podman callgate-pod
	named acct podman callgate-pod
	end_watch
}

@test "audit alone: a process that lives is placed" {
	docker_needed
	watch --source audit
	ID=$(docker run -d --network none --name callgate-one --security-opt "seccomp=$PWD/p.json" callgate:1 \
		python3 -c "$BREAK"$'\ntime.sleep(60)' acct 2>err) || skip "docker cannot start a container here: $(tail -n 1 err)"
	named acct docker callgate-one
	jq -e --arg id "$ID" '.container_id == $id and .seen_by == ["audit"]' <<<"$LINE" >/dev/null || show "$LINE"
	end_watch
}

@test "--container: only what is of it, by name and by the beginning of its id" {
	docker_needed
	run_long=("$BREAK"$'\nwhile True:\n\ttime.sleep(0.2)\n\tgetattr(c, sys.argv[1])(b"/none", 0)')
	for name in callgate-one callgate-two; do
		docker run -d --network none --name $name --security-opt "seccomp=$PWD/p.json" callgate:1 \
			python3 -c "${run_long[0]}" acct >$name 2>err || skip "docker cannot start a container here: $(tail -n 1 err)"
	done
	watch --container callgate-two
	wait_seen '.container == "callgate-two"'
	end_watch
	[ "$(jq -r 'select(.event == "violation") | .container' seen | sort -u)" = callgate-two ] || show "$(cat seen)"
	watch --container "$(head -c 12 callgate-one)"
	wait_seen '.container == "callgate-one"'
	end_watch
	[ "$(jq -r 'select(.event == "violation") | .container' seen | sort -u)" = callgate-one ] || show "$(cat seen)"
}

@test "the monitor under its own filter finds the names as well" {
	docker_needed
	watch --textfile "$PWD/metrics"
	grep -q '^Seccomp:.2$' "/proc/$(cat monitor.pid)/status" || skip "this build loads no filter into the monitor"
	in_docker callgate-web swapoff
	named swapoff docker callgate-web
	in_podman callgate-pod acct
	named acct podman callgate-pod
	end_watch
}
