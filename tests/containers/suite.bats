# callgate test in containers of podman, docker and runc: the profile is put in force by them, and a suite judges it.
load helper

setup_file() {
	mkdir -p "$CONTAINERS"
	rm -f "$CONTAINERS/why"
	if [ "$(id -u)" -ne 0 ]; then
		echo "only root can make a Debian root file system and start containers" >"$CONTAINERS/why"
	elif ! command -v debootstrap >/dev/null; then
		echo "debootstrap is not installed (tools/setup containers)" >"$CONTAINERS/why"
	elif ! "$TOP/tests/containers/debian-root" "$CONTAINERS" 2>"$CONTAINERS/err"; then
		echo "no Debian root file system could be made: $(tail -n 1 "$CONTAINERS/err")" >"$CONTAINERS/why"
	fi
}

setup() {
	containers_needed
	cat >s.json <<-'END'
		{"profile": "@workspace", "setup": {"run": ["sh", "-c", "echo set up >file"]}, "tests": [
		 {"name": "a filter is there", "run": ["sh", "-c", "cat $SUITE_SETUP/file; pwd; grep ^Seccomp: /proc/self/status; echo >mine"],
		  "expect": {"stdout": {"exact": "set up\n/tmp/callgate-suite/1\nSeccomp:\t2"}}},
		 {"name": "sockets", "run": ["python3", "-c", "import socket; socket.socket(socket.AF_UNIX); socket.socket(socket.AF_INET)"],
		  "expect": {"exit": 1, "stderr": {"matches": "^(OS|Permission)Error"}}},
		 {"name": "nothing denied", "run": ["true"], "expect": {"denied": []}},
		 {"name": "denied", "run": ["python3", "-c", "import socket, os\ntry: socket.socket(socket.AF_INET)\nexcept OSError: os._exit(3)"],
		  "expect": {"exit": 3, "denied": ["socket"]}},
		 {"name": "denied but not so", "run": ["unshare", "-m", "true"], "expect": {"exit": 1, "denied": ["mount"]}},
		 {"name": "lacks", "run": ["no-such-command"], "needs": "no-such-command"},
		 {"name": "input", "run": ["cat"], "stdin": "in", "expect": {"stdout": "in"}},
		 {"name": "slow", "run": ["sleep", "300"], "timeout": "10s", "expect": {"exit": 137}},
		 {"name": "policy", "call": "socket(AF_INET)", "expect": "denied"}]}
	END
}

teardown() {
	[ ! -e pod ] || ./pod/podman rm -a -f -t 0 >/dev/null 2>&1 || true
	unmount_all
}

# All but "slow", which its time limit ends, and what must fail for what was denied.
as_expected() {
	status_is 1
	out_has "FAILED  slow"
	out_has "did not end within 10.000 s"
	if callgate doctor 'monitor --source ebpf' | grep -qw yes; then
		out_has "FAILED  denied but not so"
		out_has "unshare(CLONE_NEWNS)"
		out_has "6 passed, 2 failed, 1 skipped"
	else
		out_has "what is denied in containers is told by eBPF, which cannot be used here"
		out_has "4 passed, 1 failed, 4 skipped"
	fi
}

# What a machine without cgroups says is no fault of the suite's.
started_or_skip() {
	[[ ! $stderr =~ cannot\ start\ a\ container\ here|no\ cgroup\ mount\ found ]] || skip "$(tail -n 1 <<<"$stderr")"
}

@test "suite: in runc" {
	need runc
	try callgate test s.json --in runc --image "$ROOTFS"
	started_or_skip
	as_expected
	! runc list -q | grep -q "^callgate-suite-" || show "a container was left: $(runc list)"
}

@test "suite: in podman" {
	need podman runc
	mkdir pod
	printf '[containers]\ndefault_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]\n' >containers.conf
	export CONTAINERS_CONF=$PWD/containers.conf
	cat >pod/podman <<-END
		#!/bin/sh
		exec $(command -v podman) --root "$PWD/A" --runroot "$PWD/B" --storage-driver vfs --cgroup-manager=cgroupfs \
			--events-backend=none --runtime runc "\$@"
	END
	chmod +x pod/podman
	PATH=$PWD/pod:$PATH try callgate test s.json --in podman --image "$ROOTFS"
	started_or_skip
	as_expected
	[ "$(./pod/podman ps -aq)" = "" ] || show "a container was left"
}

@test "suite: in docker" {
	dockerd_begin "$ROOTFS"
	[ -e why ] || try callgate test s.json --in docker --image callgate:1
	docker ps -aq >left 2>&1 || echo "docker ps failed" >>left
	dockerd_end "$PWD"
	[ ! -e why ] || skip "$(cat why)"
	started_or_skip
	as_expected
	[ ! -s left ] || show "a container was left: $(cat left)"
}

@test "suite: an engine that cannot start anything is no test's fault" {
	mkdir pod
	printf '#!/bin/sh\necho "no such image" >&2\nexit 125\n' >pod/podman
	chmod +x pod/podman
	PATH=$PWD/pod:$PATH try callgate test @workspace --in podman --image nothing
	status_is 4
	err_has "no such image"
	try callgate test s.json --in runc --image debian:12
	status_is 3
	err_has "runc knows no images"
}
