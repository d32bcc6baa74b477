# Set-up for tests with whole containers: Debian with Python, Node.js and git, recorded from the first instruction on by
# the hook, and started again under the profile that came of it.
#
# Folders stand in the build directory: the root file system is made once. What a test starts it ends by its pid.
load ../foreign/helper

CONTAINERS=$CALLGATE_BUILD/containers
ROOTFS=$CONTAINERS/rootfs
HOOK=$(dirname "$CALLGATE")/callgate-oci-hook
ANNOTATION=io.callgate.record

# For setup_file: what all tests of a file need. Where it cannot be had, $CONTAINERS/why says why.
containers_begin() {
	mkdir -p "$CONTAINERS"
	rm -f "$CONTAINERS/why"
	if [ "$(id -u)" -ne 0 ]; then
		echo "only root can make a Debian root file system and start containers" >"$CONTAINERS/why"
	elif [ ! -x "$HOOK" ]; then
		echo "this build has no callgate-oci-hook" >"$CONTAINERS/why"
	elif ! command -v debootstrap >/dev/null; then
		echo "debootstrap is not installed (tools/setup containers)" >"$CONTAINERS/why"
	elif ! "$TOP/tests/containers/debian-root" "$CONTAINERS" 2>"$CONTAINERS/err"; then
		echo "no Debian root file system could be made: $(tail -n 1 "$CONTAINERS/err")" >"$CONTAINERS/why"
	elif ! callgate record --backend ebpf -o /dev/null -- true 2>"$CONTAINERS/err"; then
		echo "eBPF programs cannot record here: $(tail -n 1 "$CONTAINERS/err")" >"$CONTAINERS/why"
	fi
}

# For setup.
containers_needed() {
	cd "$BATS_TEST_TMPDIR"
	[ ! -e "$CONTAINERS/why" ] || skip "$(cat "$CONTAINERS/why")"
	need jq "$@"
}

# hooks_folder: hooks.d with our hook, as it is installed but for the path.
hooks_folder() {
	mkdir -p hooks.d
	jq --arg hook "$HOOK" '.hook.path = $hook' "$TOP/data/hooks/callgate-oci-hook.json" >hooks.d/callgate.json
}

# wait_for FILE: the recorder writes its profile once the container has ended, which the engine does not wait for.
wait_for() {
	local i
	for i in $(seq 200); do
		[ -e "$1" ] && return 0
		[ ! -e "${1%.json}.failed" ] || break
		sleep 0.05
	done
	show "$1 was not written" "$(cat "${1%.json}.failed" 2>/dev/null)"
}

# expected: what the work prints where no filter is. Once a build.
expected() {
	local out=$CONTAINERS/expected
	[ -s "$out" ] || unshare -m -p -f --mount-proc="$ROOTFS/proc" chroot "$ROOTFS" \
		env -i PATH=/usr/bin:/bin HOME=/ sh /work/all >"$out" 2>"$CONTAINERS/err" ||
		show "the work itself fails: $(cat "$CONTAINERS/err")"
	cat "$out"
}

# same_work OUT ERR: what a container wrote is that, under a filter.
same_work() {
	expected | diff - "$1" || show "the container did not do its work" "$(cat "$2")"
	grep -q '^Seccomp:.2$' "$2" || show "there was no filter" "$(cat "$2")"
}

# only_unix OUT: of tests/containers/work/refused.py.
only_unix() {
	diff "$1" - <<-'END' || show "sockets should be of the UNIX domain only"
		unix: works
		AF_INET: refused
		AF_INET6: refused
	END
}

# good_profile PROFILE ENGINE: tidy, sound, and smaller than the default of any engine.
good_profile() {
	try callgate check --engine "$2" "$1"
	status_is 0
	callgate diff "$1" @container-default --engine "$2" --subset --summary >/dev/null 2>subset ||
		echo "# beyond the container default: $(head -c 300 subset)" >&3
	jq -e '[.syscalls[] | select(.action == "SCMP_ACT_ALLOW") | .names[]] | any(IN("bpf", "mount", "ptrace", "unshare",
		"setns", "init_module", "keyctl", "perf_event_open", "pivot_root", "umount2")) | not' "$1" >/dev/null ||
		show "the profile has what only the runtime calls"
}

# What containers leave mounted under a test's folder.
unmount_all() {
	awk -v under="$BATS_TEST_TMPDIR/" 'index($5, under) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		xargs -r -n 1 umount -l 2>/dev/null || true
}
