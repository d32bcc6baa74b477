# Recording what runs already: a process, a cgroup of either version, a unit, a container.
load helper

setup() {
	REC=$BATS_TEST_TMPDIR/rec.json
	cd "$BATS_TEST_TMPDIR"
	callgate doctor 'record --backend ebpf' | grep -qw yes || skip "$(callgate doctor 'record --backend ebpf' | tail -n 1)"
	cat >work.py <<'PYTHON'
import os, threading, time
def ask():
    while True:
        os.getppid()
        time.sleep(0.01)
threading.Thread(target=ask, daemon=True).start()
if os.fork() == 0:
    while os.getppid() != 1:
        os.getuid()
        time.sleep(0.01)
    os._exit(0)
open("ready", "w").write("x")
while not os.path.exists("end"):
    time.sleep(0.02)
os._exit(0)
PYTHON
}

teardown() {
	touch end
	[ -z "${BOX:-}" ] || runc delete -f "$BOX" >/dev/null 2>&1 || true
	[ -z "${WORK:-}" ] || kill -KILL "$WORK" 2>/dev/null || true
	for folder in ${WORKERS:-}; do kill -KILL "$folder" 2>/dev/null || true; done
	wait
	local folder
	for folder in ${CGROUPS:-}; do
		for i in $(seq 50); do ! rmdir "$folder" 2>/dev/null || break; sleep 0.05; done
	done
}

starts_work() {
	python3 work.py 3>&- &
	WORK=$!
	for i in $(seq 400); do [ ! -s ready ] || break; sleep 0.05; done
	[ -s ready ]
}

# makes_cgroup TYPE OPTION: a cgroup of ours in the hierarchy of that kind; $CGROUP.
makes_cgroup() {
	local point
	point=$(awk -v type="$1" -v option="$2" '{ split($0, half, " - "); split(half[2], after, " ")
		if (after[1] == type && ("," after[3] ",") ~ ("," option ",")) { print $5; exit } }' /proc/self/mountinfo)
	[ -n "$point" ] || skip "no hierarchy of type $1 with $2 is mounted here"
	CGROUP=$point/callgate-test-$$-$BATS_TEST_NUMBER
	mkdir "$CGROUP" 2>/dev/null || skip "no cgroup can be made in $point"
	CGROUPS="$CGROUP ${CGROUPS:-}"
}

# count NAME
count() {
	jq "[.runs[0].calls[] | select(.name == \"$1\") | .count] | add // 0" "$REC"
}

# attached RECORDER: until its programs are attached and it has nothing to do but wait.
attached() {
	local i n=0
	for i in $(seq 600); do
		grep -qs '^link_type' "/proc/$1/fdinfo/"* && grep -q '^State:.S' "/proc/$1/status" && n=$((n + 1)) || n=0
		[ $n -lt 4 ] || return 0
		sleep 0.05
	done
	return 1
}

@test "--pid: its threads and its children, from now on; it runs on" {
	starts_work
	try callgate record --pid $WORK --duration 2s -o "$REC"
	status_is 0
	[ "$(count getppid)" -ge 10 ]
	[ "$(count getuid)" -ge 5 ]
	is_true '.runs[0].partial == true' "$REC"
	is_true '.runs[0].remarks | any(test("while it ran"))' "$REC"
	is_true '.runs[0].calls[] | select(.name == "getuid") | .programs | keys[0] | test("python")' "$REC"
	kill -0 $WORK
}

@test "--pid: what it starts later is recorded, and its end is ours" {
	starts_work
	callgate record --pid $WORK -o "$REC" 3>&- &
	recorder=$!
	attached $recorder
	touch end
	wait $recorder
	[ "$(count exit_group)" -eq 2 ]
	is_true '.runs[0].partial != true' "$REC"
}

@test "callgate does not record itself, below the process or in the cgroup that it is attached to" {
	try bash -c 'callgate record --pid $$ --duration 300ms -o "$1" -- sleep 0.1; true' - "$REC"
	status_is 0
	[ "$(count bpf)" -eq 0 ]
	[ "$(count clock_nanosleep)" -eq 0 ]
	makes_cgroup cgroup pids
	try bash -c 'echo $$ >"$2/cgroup.procs"; callgate record --cgroup "$2" --duration 300ms -o "$1"; true' - "$REC" "$CGROUP"
	status_is 0
	[ "$(count bpf)" -eq 0 ]
	[ "$(count clock_nanosleep)" -eq 0 ]
}

@test "a command beside it is not recorded, and ends the recording with its status" {
	starts_work
	try timeout 20 callgate record --pid $WORK -o "$REC" -- sh -c 'sleep 1; exit 5'
	status_is 5
	[ "$(count execve)" -eq 0 ]
	[ "$(count getppid)" -ge 5 ]
	kill -0 $WORK
	try timeout 20 callgate record --pid $WORK -o "$REC" -- /no/such/command
	status_is 127
}

@test "^C ends the recording, and nothing else" {
	starts_work
	callgate record --pid $WORK -o "$REC" 3>&- &
	recorder=$!
	attached $recorder
	sleep 1
	kill -TERM $recorder
	wait $recorder
	[ "$(count getppid)" -ge 5 ]
	kill -0 $WORK
}

in_cgroup() {
	starts_work
	echo $WORK >"$CGROUP/cgroup.procs"
	try callgate record --cgroup "$CGROUP" --duration 2s -o "$REC"
	status_is 0
	[ "$(count getppid)" -ge 5 ]
	# The child was not moved with its parent.
	[ "$(count getuid)" -eq 0 ]
	try callgate record --cgroup "/${CGROUP##*/}" --duration 200ms -o "$REC"
	status_is 0
	[ "$(count getppid)" -ge 2 ]
}

@test "--cgroup of version 1, as a folder and as a path of its hierarchy" {
	makes_cgroup cgroup pids
	in_cgroup
}

@test "--cgroup of version 2" {
	makes_cgroup cgroup2 'r[ow]'
	in_cgroup
}

@test "--cgroup: who is moved into it or made below it is recorded with all threads, until it is removed" {
	makes_cgroup cgroup pids
	starts_work
	mkdir "$CGROUP/below"
	callgate record --cgroup "$CGROUP" -o "$REC" 3>&- &
	recorder=$!
	sleep 0.5
	echo $WORK >"$CGROUP/below/cgroup.procs"
	sleep 0.5
	touch end
	wait $WORK || true
	kill -0 $recorder
	rmdir "$CGROUP/below" "$CGROUP"
	wait $recorder
	[ "$(count getppid)" -ge 5 ]
	[ "$(count exit_group)" -eq 1 ]
	is_true '.runs[0].partial != true' "$REC"
}

@test "--unit, and unit:NAME: the cgroup of that name" {
	makes_cgroup cgroup pids
	mkdir "$CGROUP/callgate-test-$$.service"
	CGROUPS="$CGROUP/callgate-test-$$.service $CGROUPS"
	starts_work
	echo $WORK >"$CGROUP/callgate-test-$$.service/cgroup.procs"
	try callgate record --unit callgate-test-$$ --duration 300ms -o "$REC"
	status_is 0
	[ "$(count getppid)" -ge 2 ]
	is_true ".runs[0].remarks | any(test(\"unit callgate-test-$$\"))" "$REC"
	try callgate dump unit:callgate-test-$$ --json
	status_is 0
}

@test "--container, and container:NAME: one of runc, until its end; its files are its own" {
	command -v runc >/dev/null || skip "runc is not installed"
	[ -x /bin/busybox ] || skip "there is no /bin/busybox to run in a container"
	mkdir -p rootfs/bin rootfs/proc rootfs/dev rootfs/sys
	cp /bin/busybox rootfs/bin/box
	for applet in sh sleep; do ln -s box rootfs/bin/$applet; done
	runc spec
	jq '.process.terminal = false | .process.args = ["sh", "-c", "while sleep 0.05; do :; done"]' config.json >config
	mv config config.json
	BOX=callgate-test-$$
	runc run "$BOX" >log 2>&1 3>&- </dev/null &
	for i in $(seq 100); do runc state "$BOX" 2>/dev/null | grep -q running && break; sleep 0.05; done
	runc state "$BOX" 2>/dev/null | grep -q running || skip "runc cannot start a container here: $(tail -n 1 log)"
	try callgate record --container "$BOX" --duration 400ms -o "$REC"
	status_is 0
	is_true '[.runs[0].files[].path] == ["/bin/box"]' "$REC"
	is_true '[.runs[0].files[].package | select(.)] == []' "$REC"
	try callgate dump "container:$BOX" --json
	status_is 0
	try callgate explain "container:$BOX" 'getpid()'
	status_is 0
	callgate record --container "$BOX" -o "$REC" 3>&- &
	recorder=$!
	sleep 0.5
	runc kill "$BOX" KILL
	wait $recorder
	[ "$(count clock_nanosleep)" -ge 1 ]
}

# container_folder NAME: a cgroup named as an engine would; the work is put into it.
container_folder() {
	mkdir "$CGROUP/$1"
	CGROUPS="$CGROUP/$1 $CGROUPS"
	rm -f ready
	python3 work.py 3>&- &
	WORKERS="$! ${WORKERS:-}"
	for i in $(seq 400); do [ ! -s ready ] || break; sleep 0.05; done
	echo $! >"$CGROUP/$1/cgroup.procs"
}

A=aaaa111111111111111111111111111111111111111111111111111111111111
B=aaaa222222222222222222222222222222222222222222222222222222222222

@test "--all-containers: a file for each, also for one that begins or ends meanwhile; again adds a run" {
	makes_cgroup cgroup pids
	container_folder "docker-$A.scope"
	first=${WORKERS%% *}
	callgate record --all-containers -o all 2>err 3>&- &
	recorder=$!
	sleep 1.5
	container_folder "libpod-$B"
	mkdir "$CGROUP/empty-$A" "$CGROUP/libpod-conmon-$A"
	CGROUPS="$CGROUP/empty-$A $CGROUP/libpod-conmon-$A $CGROUPS"
	sleep 1.5
	[ ! -e "all/docker-$A.json" ]
	kill -KILL "$first"
	for i in $(seq 200); do [ ! -e "all/docker-$A.json" ] || break; sleep 0.05; done
	is_true '.runs[0].partial != true' "all/docker-$A.json"
	[ ! -e "all/podman-$B.json" ]
	kill -INT $recorder || true
	kill -TERM $recorder || true
	wait $recorder || show "$(cat err)"
	# The machine may have containers of its own.
	grep -q "$(ls all | wc -l) recordings" err || show "$(cat err)"
	for REC in "all/docker-$A.json" "all/podman-$B.json"; do [ "$(count getppid)" -ge 5 ] || show "$REC"; done
	is_true '.runs[0].partial == true' "all/podman-$B.json"
	is_true ".runs[0].remarks | any(test(\"container $B\"))" "all/podman-$B.json"
	try callgate record --all-containers -o all --duration 1s
	status_is 0
	is_true '.runs | length == 2' "all/podman-$B.json"
	is_true '.runs | length == 1' "all/docker-$A.json"
	kill -0 "${WORKERS%% *}"
}

@test "--all-containers, killed: what it has is kept, and nothing stays attached" {
	makes_cgroup cgroup pids
	container_folder "docker-$A.scope"
	callgate record --all-containers -o all 3>&- &
	recorder=$!
	sleep 1.5
	kill -KILL $recorder
	wait $recorder || true
	for i in $(seq 200); do [ ! -e "all/docker-$A.json" ] || break; sleep 0.05; done
	REC=all/docker-$A.json
	[ "$(count getppid)" -ge 2 ]
	kill -0 "${WORKERS%% *}"
}

@test "--all-containers: what cannot be asked for" {
	try callgate record --all-containers
	status_is 125
	err_has '-o FOLDER'
	try callgate record --all-containers -o all -- true
	status_is 125
	err_has 'not run beside'
	try callgate record --all-containers --pid 1 -o all
	status_is 125
	err_has 'one target'
	try callgate record --all-containers --backend ptrace -o all
	status_is 125
	err_has '--backend ebpf'
	touch file
	try callgate record --all-containers -o file --duration 100ms
	status_is 125
	one_error_at file
}

@test "--container: digits that several ids begin with name all of them" {
	makes_cgroup cgroup pids
	container_folder "docker-$A.scope"
	container_folder "libpod-$B"
	try callgate record --container aaaa --duration 100ms -o "$REC"
	status_is 125
	err_has "$A (docker)"
	err_has "$B (podman)"
	try callgate record --container aaaa2 --duration 300ms -o "$REC"
	status_is 0
	[ "$(count getppid)" -ge 2 ]
}

@test "--container: names and their beginnings, as engines tell them" {
	makes_cgroup cgroup pids
	container_folder "docker-$A.scope"
	container_folder "libpod-$B"
	mkdir bin
	printf '#!/bin/sh\n[ "$1" = ps ] && echo "%s web-one" && echo "%s web"\n' $A $B >bin/docker
	printf '#!/bin/sh\n[ "$1" = ps ] && echo "%s other,alias"\n' $A >bin/podman
	chmod +x bin/*
	PATH=$PWD/bin:$PATH
	for name in web-o oth web; do
		try callgate record --container $name --duration 300ms -o "$REC"
		status_is 0
		[ "$(count getppid)" -ge 2 ]
	done
	try callgate record --container we -o "$REC"
	status_is 125
	err_has 'web-one (docker), web (docker)'
	try callgate record --container alias -o "$REC"
	status_is 125
}

@test "killed in the middle, it leaves what it watched as it was, and nothing attached" {
	starts_work
	callgate record --pid $WORK -o "$REC" 3>&- &
	recorder=$!
	sleep 0.5
	kill -KILL $recorder
	wait $recorder || true
	sleep 0.2
	kill -0 $WORK
	[ ! -e "$REC" ]
	callgate record --pid $WORK --duration 200ms -o "$REC"
	[ "$(count getppid)" -ge 2 ]
}

@test "what is not there, and what cannot be" {
	try callgate record --pid 4194000 -o "$REC"
	status_is 125
	one_error_at 'there is no process 4194000'
	try callgate record --cgroup /no/such/cgroup -o "$REC"
	status_is 125
	has_cgroups() { grep -qE ' cgroup2? ' /proc/mounts; }
	if has_cgroups; then one_error_at '/no/such/cgroup: there is no such cgroup'; else one_error_at 'no cgroups here'; fi
	err_lacks 'No such file'
	try callgate record --cgroup /tmp -o "$REC"
	status_is 125
	if has_cgroups; then one_error_at 'is no cgroup'; else one_error_at 'no cgroups here'; fi
	try callgate record --unit no-such-unit -o "$REC"
	status_is 125
	one_error_at no-such-unit
	try callgate record --container no-such-container -o "$REC"
	status_is 125
	one_error_at no-such-container
	try callgate record --container ../../etc -o "$REC"
	status_is 125
	one_error_at ../../etc
	for option in --container --unit --cgroup; do
		try timeout 20 callgate record $option '' -o "$REC"
		status_is 125
		one_error_at "''"
	done
	try callgate record --pid 1 --unit x -o "$REC"
	status_is 125
	err_has 'one target'
	try callgate record --pid abc -o "$REC"
	status_is 125
	err_has abc
	try callgate record --backend notify --pid $$ -o "$REC"
	status_is 125
	err_has '--backend ebpf'
}
