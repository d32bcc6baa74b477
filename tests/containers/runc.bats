# runc and crun by themselves, with the hook in config.json, as CRI-O and others put it there.
load helper

setup_file() {
	containers_begin
}

setup() {
	containers_needed runc
	CONTAINER=callgate-$$-$BATS_TEST_NUMBER
	bundle . true
	runc run "$CONTAINER" >out 2>err </dev/null 3>&- || skip "runc cannot start a container here: $(head -c 300 err)"
}

teardown() {
	runc delete -f "$CONTAINER" >/dev/null 2>&1 || true
}

# bundle JQ WORDS…: config.json for a container of Debian that runs WORDS; JQ changes it.
bundle() {
	local change=$1
	shift
	[ -f spec.json ] || { runc spec && mv config.json spec.json; }
	jq --arg rootfs "$ROOTFS" --argjson words "$(printf '%s\n' "$@" | jq -R . | jq -s .)" '.root = {path: $rootfs, readonly: true} | .process.terminal = false |
		.process.args = $words | .process.noNewPrivileges = false |
		.process.env += ["HOME=/tmp"] |
		.mounts |= map(select(.type != "cgroup")) + [{destination: "/tmp", type: "tmpfs", source: "tmpfs"}] | '"$change" \
		spec.json >config.json
}

# recorded ANNOTATION: the change that has a container recorded.
recorded() {
	jq -n -r --arg hook "$HOOK" --arg wish "$1" --arg name "$ANNOTATION" \
		'".annotations[\($name | tojson)] = \($wish | tojson) | .hooks.createRuntime = [{path: \($hook | tojson)}]"'
}

under() {
	echo ".linux.seccomp = $(jq -c 'del(.syscalls[].comment)' "$1")"
}

container() {
	runc run "$CONTAINER" >out 2>err </dev/null 3>&- || show "runc run: $(cat err)"
}

@test "runc: recorded, and started again under the profile" {
	bundle "$(recorded "of:$PWD/p.json;args:safe")" sh /work/all 3
	container
	wait_for p.json
	callgate generate p.recording.json --base runc --args safe --format oci -o oci.json
	good_profile oci.json runc
	bundle "$(under oci.json)" sh /work/all
	container
	same_work out err
	bundle "$(under oci.json)" python3 /work/refused.py
	container
	only_unix out
}

@test "runc: what the runtime calls by itself is left out, unless asked for" {
	bundle "$(recorded "of:$PWD/p.json")" true
	container
	wait_for p.json
	# The first call of the program is its execve, and no other program than it was seen.
	is_true '.runs[0].calls | map(select(.name == "execve")) | .[0].count == 1' p.recording.json
	is_true '[.runs[0].calls[].programs // {} | keys[]] | unique == ["/usr/bin/true"]' p.recording.json
	is_true '[.runs[0].calls[].name] | contains(["capset"]) | not' p.recording.json
	bundle "$(recorded "of:$PWD/q.json;startup:yes")" true
	container
	wait_for q.json
	is_true '[.runs[0].calls[].name] | contains(["capset"])' q.recording.json
}

@test "runc: a container that lives for a few milliseconds, and no_new_privileges" {
	bundle "$(recorded "of:$PWD/p.json") | .process.noNewPrivileges = true" true
	container
	wait_for p.json
	callgate generate p.recording.json --base runc-nnp --format oci -o oci.json
	! jq -e '[.syscalls[].names[]] | contains(["capset"])' oci.json >/dev/null
	bundle "$(under oci.json) | .process.noNewPrivileges = true" true
	container
}

@test "runc: the profile of the hook itself starts the container, and exec works in it" {
	bundle "$(recorded "of:$PWD/p.json")" sh -c 'sh /work/all 3; sleep 0'
	container
	wait_for p.json
	callgate compile p.json -o /dev/null
	callgate merge --union p.json p.json -o p.json 2>/dev/null
	bundle "$(under p.json)" sh -c 'sleep 100 & wait'
	runc run -d "$CONTAINER" >out 2>err </dev/null 3>&- || show "$(cat err)"
	try runc exec "$CONTAINER" sh /work/all
	status_is 0
	echo "$output" >out
	echo "$stderr" >err
	same_work out err
}

# refused WORDS: the container does not start, and the message has these words.
refused() {
	if runc run "$CONTAINER" >out 2>err </dev/null 3>&-; then show "the container should not have started"; fi
	grep -q -F -- "$1" err || show "the message should have: $1" "$(cat err)"
	runc delete -f "$CONTAINER" >/dev/null 2>&1 || true
}

@test "runc: a wish that cannot be fulfilled stops the container, and says why" {
	bundle "$(recorded "$PWD/p.json")" true
	refused "of:FILE.json"
	bundle "$(recorded "of:p.json")" true
	refused "absolute path"
	bundle "$(recorded "of:$PWD/there/p.json")" true
	refused "No such file"
	bundle "$(recorded "of:$PWD/p.txt")" true
	refused "must end with .json"
	bundle "$(recorded "of:$PWD/p.json;if:$PWD/none.json")" true
	refused "none.json"
	echo '[1, 2]' >precious.json
	bundle "$(recorded "of:$PWD/precious.json")" true
	refused "is no profile, and is not replaced"
	[ "$(cat precious.json)" = '[1, 2]' ]
	ln -s precious.json link.json
	bundle "$(recorded "of:$PWD/link.json")" true
	refused "symbolic link"
	mkdir open && chmod 777 open
	bundle "$(recorded "of:$PWD/open/p.json")" true
	refused "others can write"
	ln -s . here
	bundle "$(recorded "of:$PWD/here/p.json")" true
	refused "symbolic link"
}

@test "runc: the older stage, prestart, and what a killed recorder leaves" {
	bundle "$(recorded "of:$PWD/p.json" | sed s/createRuntime/prestart/)" true
	container
	wait_for p.json

	bundle "$(recorded "of:$PWD/q.json")" sh -c 'sleep 2; echo went on'
	runc run "$CONTAINER" >out 2>err </dev/null 3>&- &
	for i in $(seq 100); do
		[ "$(runc state "$CONTAINER" 2>/dev/null | jq -r .status)" = running ] && break
		sleep 0.05
	done
	pgrep -f "^$HOOK\$" >pids
	[ "$(wc -l <pids)" -eq 1 ] || show "there should be one recorder" "$(cat pids)"
	kill -KILL "$(cat pids)"
	wait
	[ "$(cat out)" = "went on" ] || show "the container should have gone on" "$(cat out err)"
	[ ! -e q.json ] && [ ! -e q.failed ]
	folder_has_only . config.json err out p.json p.recording.json pids spec.json
}

# crun wants the unified hierarchy; a mount namespace of its own shows it one.
with_crun() {
	unshare -m sh -c 'umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup &&
		exec crun --cgroup-manager=disabled run "$0"' "$CONTAINER" >out 2>err </dev/null 3>&- || show "crun run: $(cat err)"
}

@test "crun: recorded, and started again under the profile" {
	need crun unshare
	bundle . true
	unshare -m sh -c 'umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup &&
		exec crun --cgroup-manager=disabled run "$0"' "$CONTAINER" >out 2>err </dev/null 3>&- ||
		skip "crun cannot start a container here: $(head -c 300 err)"
	bundle "$(recorded "of:$PWD/p.json;args:safe")" sh /work/all 3
	with_crun
	wait_for p.json
	is_true '[.runs[0].calls[].name] | contains(["capset"]) | not' p.recording.json
	callgate generate p.recording.json --base crun --args safe --format oci -o oci.json
	good_profile oci.json crun
	for profile in oci.json p.json; do
		bundle "$(under "$profile")" sh /work/all
		with_crun
		same_work out err
		bundle "$(under "$profile")" python3 /work/refused.py
		with_crun
		only_unix out
	done
}
