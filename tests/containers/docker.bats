# Docker knows no hooks: a runtime of three lines beside runc puts ours into each bundle, and every container is recorded.
load helper

setup_file() {
	containers_begin
	[ ! -e "$CONTAINERS/why" ] || return 0
	cd "$BATS_FILE_TMPDIR"
	mkdir recordings
	sed -e "s|@HOOK@|$HOOK|" -e "s|@FOLDER@|$PWD/recordings|" "$TOP/docs/howto/runc-recorded" >runc-recorded
	chmod +x runc-recorded
	command -v dockerd >/dev/null && command -v docker >/dev/null || {
		echo "docker is not installed (tools/setup containers)" >why
		return 0
	}
	dockerd --iptables=false --ip6tables=false --bridge=none --data-root "$PWD/data" --exec-root "$PWD/exec" \
		--add-runtime recorded="$PWD/runc-recorded" --pidfile "$PWD/pid" -H "unix://$PWD/socket" >log 2>&1 3>&- &
	echo $! >started
	for i in $(seq 300); do
		docker -H "unix://$PWD/socket" version >/dev/null 2>&1 && break
		kill -0 "$(cat started)" 2>/dev/null || { echo "dockerd cannot run here: $(tail -n 1 log)" >why; return 0; }
		sleep 0.1
	done
	tar -C "$ROOTFS" -c . | docker -H "unix://$PWD/socket" import - callgate:1 >/dev/null 2>import ||
		echo "dockerd cannot keep an image here: $(tail -n 1 import)" >why
}

teardown_file() {
	[ ! -e "$BATS_FILE_TMPDIR/started" ] || {
		dock ps -aq 2>/dev/null | xargs -r docker -H "unix://$BATS_FILE_TMPDIR/socket" rm -f >/dev/null 2>&1 || true
		kill "$(cat "$BATS_FILE_TMPDIR/started")" 2>/dev/null || true
		for i in $(seq 100); do kill -0 "$(cat "$BATS_FILE_TMPDIR/started")" 2>/dev/null || break; sleep 0.1; done
	}
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR unmount_all
}

setup() {
	containers_needed
	[ ! -e "$BATS_FILE_TMPDIR/why" ] || skip "$(cat "$BATS_FILE_TMPDIR/why")"
}

dock() {
	docker -H "unix://$BATS_FILE_TMPDIR/socket" "$@"
}

# container OPTIONS… -- WORDS…
container() {
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	dock run --network none --tmpfs /tmp -e HOME=/tmp "${options[@]}" callgate:1 "$@" >out 2>err </dev/null ||
		show "docker run ${options[*]}: $(cat err)"
}

@test "docker: recorded, and started again under the profile" {
	dock run --rm --network none callgate:1 true >out 2>err || skip "docker cannot start a container here: $(tail -n 1 err)"
	local n=0 options profiles=()
	for options in "" "--user 1000:1000"; do
		rm -f id
		container --runtime recorded --cidfile id --rm $options -- sh /work/all 3
		wait_for "$BATS_FILE_TMPDIR/recordings/$(cat id).json"
		profiles+=("$BATS_FILE_TMPDIR/recordings/$(cat id).recording.json")
	done
	callgate generate "${profiles[@]}" --base runc --args safe -o p.json
	good_profile p.json docker
	for options in "" "--read-only" "--user 1000:1000" "--security-opt no-new-privileges --cap-drop ALL"; do
		container --rm --security-opt seccomp=p.json $options -- sh /work/all
		same_work out err
	done
	container --rm --security-opt seccomp=p.json -- python3 /work/refused.py
	only_unix out

	dock run -d --name callgate --network none --tmpfs /tmp --security-opt seccomp=p.json callgate:1 \
		sh -c 'while :; do sleep 1; done' >out 2>err || show "$(cat err)"
	dock exec -e HOME=/tmp callgate sh /work/all >out 2>err || show "docker exec: $(cat err)"
	same_work out err
	dock exec -e HOME=/tmp --user 1000 callgate python3 /work/refused.py >out 2>err || show "docker exec: $(cat err)"
	only_unix out
	dock rm -f callgate >/dev/null
}
