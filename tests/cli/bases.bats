# A generated profile must start its container: what runc and crun call between loading the filter and starting the
# program stands in data/bases, and these tests ask the runtimes themselves.
load helper

setup() {
	BUNDLE=$BATS_TEST_TMPDIR/bundle
	ID=callgate-$$-$BATS_TEST_NUMBER
	[ "$(id -u)" -eq 0 ] || skip "only root starts containers here"
	[ -x /bin/busybox ] && ! ldd /bin/busybox >/dev/null 2>&1 || skip "no static busybox to run in a container (busybox-static)"
	command -v runc >/dev/null || skip "runc, which writes the container's configuration, is not installed"
	mkdir -p "$BUNDLE"/rootfs/{bin,proc,sys,dev,tmp,etc}
	cp /bin/busybox "$BUNDLE/rootfs/bin"
	for applet in sh id grep; do ln -s busybox "$BUNDLE/rootfs/bin/$applet"; done
	callgate record -o "$BUNDLE/rec.json" -- /bin/busybox sh -c 'busybox id; busybox grep Seccomp: /proc/self/status' >/dev/null
	cp "$BUNDLE/rec.json" "$BATS_TEST_TMPDIR/rec.json"
}

# bundle BASE ARGS NO_NEW_PRIVILEGES USER: a bundle whose profile is generated with this base.
bundle() {
	callgate generate "$BATS_TEST_TMPDIR/rec.json" --base "$1" --args "$2" -o "$BUNDLE/p.json" 2>/dev/null
	rm -f "$BUNDLE/config.json"
	runc spec -b "$BUNDLE"
	jq --slurpfile seccomp "$BUNDLE/p.json" --argjson nnp "$3" --argjson user "$4" '
		.process.terminal = false | .process.noNewPrivileges = $nnp |
		.process.user = {uid: $user, gid: $user, additionalGids: [5, 6]} |
		.process.args = ["/bin/sh", "-c", "id; grep Seccomp: /proc/self/status"] |
		.mounts |= map(select(.type != "cgroup")) | .linux.seccomp = $seccomp[0]' \
		"$BUNDLE/config.json" >"$BUNDLE/new.json"
	mv "$BUNDLE/new.json" "$BUNDLE/config.json"
}

# starts COMMAND…: a container must be able to start at all here before a failure says anything of the profile.
starts() {
	bundle "$1" none false 0
	jq 'del(.linux.seccomp)' "$BUNDLE/config.json" >"$BUNDLE/new.json"
	mv "$BUNDLE/new.json" "$BUNDLE/config.json"
	shift
	timeout 60 "$@" -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 || skip "$1 cannot start a container on this machine"
}

each_way() {
	local base=$1 args nnp user
	shift
	starts "$base" "$@"
	for args in none safe strict; do
		for nnp in true false; do
			[ "$base" = "${base%-nnp}" ] || [ $nnp = true ] || continue
			for user in 0 1000; do
				bundle "$base" $args $nnp $user
				try timeout 60 "$@" -b "$BUNDLE" "$ID" </dev/null
				[ "$status" -eq 0 ] || show "$base, --args $args, no_new_privileges $nnp, uid $user"
				out_has "uid=$user"
				out_has $'Seccomp:\t2'
			done
		done
	done
}

@test "runc starts under a profile with the base runc" {
	each_way runc runc run
}

@test "runc with no_new_privileges starts with the base runc-nnp" {
	each_way runc-nnp runc run
}

# crun wants the unified hierarchy; a mount namespace of its own shows it one.
crun_here() {
	unshare -m sh -c 'umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup &&
		exec crun --cgroup-manager=disabled "$@"' crun "$@"
}

@test "crun starts under a profile with the base crun" {
	command -v crun >/dev/null || skip "crun is not installed"
	export -f crun_here
	each_way crun bash -c 'crun_here run "$@"' crun
}

# As Podman and others do it: between the two, the process waits under its filter.
@test "crun create and crun start work under a profile with the base crun" {
	command -v crun >/dev/null || skip "crun is not installed"
	export -f crun_here
	each_way crun bash -c 'id=${!#} r=0
		crun_here create "$@" && crun_here start "$id" || r=$?
		while crun_here state "$id" 2>/dev/null | grep -q "\"running\""; do sleep 0.05; done
		crun_here delete -f "$id"
		exit $r' crun
}

@test "crun with no_new_privileges starts with the base crun-nnp" {
	command -v crun >/dev/null || skip "crun is not installed"
	export -f crun_here
	each_way crun-nnp bash -c 'crun_here run "$@"' crun
}

@test "@workspace starts a container" {
	starts runc runc run
	bundle runc none false 1000
	sed '/^\/\//d' "$TOP/data/profiles/workspace.json" >"$BUNDLE/p.json"
	jq --slurpfile seccomp "$BUNDLE/p.json" '.linux.seccomp = $seccomp[0]' "$BUNDLE/config.json" >"$BUNDLE/new.json"
	mv "$BUNDLE/new.json" "$BUNDLE/config.json"
	try timeout 60 runc run -b "$BUNDLE" "$ID" </dev/null
	status_is 0
	out_has uid=1000
}
