# Set-up for tests that ask other people's programs, started for it, for the filters that they have put on themselves.
# Nothing of what is dumped is kept: the filters are theirs.
#
# Each process is decided (`decided`), and its line of the table goes to $CALLGATE_BUILD/foreign.md.
load ../cli/helper

need_root() {
	[ "$(id -u)" -eq 0 ] || skip "the kernel gives filters to root only"
	[ "$(awk '/^Seccomp:/ { print $2 }' /proc/self/status)" = 0 ] || skip "under a filter the kernel gives none out"
}

need() {
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "$program is not installed (tools/setup foreign)"
	done
}

# descendants PID: it, and all that it has started.
descendants() {
	ps -eo pid=,ppid= | awk -v root="$1" '{ parent[$1] = $2 } END {
		for (pid in parent) {
			for (at = pid; at in parent && at != root; at = parent[at]);
			if (at == root) print pid
		}
	}' | sort -n
}

# filtered PID: of these, those that have a filter.
filtered() {
	local pid
	for pid in $(descendants "$1"); do
		[ "$(awk '/^Seccomp_filters:/ { print $2 }' "/proc/$pid/status" 2>/dev/null || echo 0)" = 0 ] || echo "$pid"
	done
}

# wait_filtered PID COUNT: until so many of them have one; $PIDS.
wait_filtered() {
	local i
	for i in $(seq 200); do
		PIDS=$(filtered "$1")
		[ "$(wc -w <<<"$PIDS")" -ge "$2" ] && return 0
		kill -0 "$1" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

# decided NAME PID: every question that the commands can ask of a process is answered, within two seconds each, and the
# simulator agrees with the diagram.
decided() {
	local name=$1 pid=$2 newest
	rm -rf filters
	callgate dump "$pid" -o filters 2>/dev/null
	try timeout 2 callgate digest "pid:$pid"
	status_is 0
	try timeout 2 callgate explain "pid:$pid"
	status_is 0
	[ -n "$output" ]
	try timeout 2 callgate diff "pid:$pid" @container-default --summary
	[ "$status" -le 1 ] || show "$name was not compared"
	try timeout 2 callgate diff "pid:$pid" "pid:$pid"
	status_is 0
	newest=$(ls filters/*.bpf | sort -t/ -k2 -n -r)
	try "$CALLGATE_BUILD/tests/foreign-decide" "$name" $newest
	status_is 0
	echo "# $output" >&3
	echo "$output" >>"$CALLGATE_BUILD/foreign.md"
}

# Ends what the test has started: a process and all below it.
end_all() {
	local pid
	for pid in $(descendants "$1"); do kill -KILL "$pid" 2>/dev/null || true; done
	wait "$1" 2>/dev/null || true
}

a_port() {
	echo $((20000 + (RANDOM * 32768 + RANDOM) % 40000))
}

# dockerd_begin ROOT OPTIONS…: a docker of this folder's own, with ROOT as the image callgate:1; DOCKER_HOST names it.
# Where it cannot be had, ./why says why. Ended by dockerd_end FOLDER.
dockerd_begin() {
	local root=$1
	shift
	export DOCKER_HOST=unix://$PWD/socket
	command -v dockerd >/dev/null && command -v docker >/dev/null || {
		echo "docker is not installed (tools/setup containers)" >why
		return 0
	}
	dockerd --iptables=false --ip6tables=false --bridge=none --data-root "$PWD/data" --exec-root "$PWD/exec" \
		--pidfile "$PWD/pid" -H "$DOCKER_HOST" "$@" >dockerd.log 2>&1 3>&- &
	echo $! >started
	for i in $(seq 300); do
		docker version >/dev/null 2>&1 && break
		kill -0 "$(cat started)" 2>/dev/null || { echo "dockerd cannot run here: $(tail -n 1 dockerd.log)" >why; return 0; }
		sleep 0.1
	done
	tar -C "$root" -c . | docker import - callgate:1 >/dev/null 2>import ||
		echo "dockerd cannot keep an image here: $(tail -n 1 import)" >why
}

dockerd_end() {
	[ -e "$1/started" ] || return 0
	docker ps -aq 2>/dev/null | xargs -r docker rm -f >/dev/null 2>&1 || true
	kill "$(cat "$1/started")" 2>/dev/null || true
	wait "$(cat "$1/started")" 2>/dev/null || true
	for i in $(seq 100); do kill -0 "$(cat "$1/started")" 2>/dev/null || break; sleep 0.1; done
}
