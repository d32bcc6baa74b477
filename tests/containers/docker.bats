# Docker knows no hooks: a runtime of three lines beside runc puts ours into each bundle, and every container is recorded.
load helper

setup_file() {
	containers_begin
	[ ! -e "$CONTAINERS/why" ] || return 0
	cd "$BATS_FILE_TMPDIR"
	mkdir recordings
	sed -e "s|@HOOK@|$HOOK|" -e "s|@FOLDER@|$PWD/recordings|" "$TOP/docs/howto/runc-recorded" >runc-recorded
	chmod +x runc-recorded
	dockerd_begin "$ROOTFS" --add-runtime recorded="$PWD/runc-recorded"
}

teardown_file() {
	dockerd_end "$BATS_FILE_TMPDIR"
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR unmount_all
}

setup() {
	containers_needed
	[ ! -e "$BATS_FILE_TMPDIR/why" ] || skip "$(cat "$BATS_FILE_TMPDIR/why")"
}

# container OPTIONS… -- WORDS…
container() {
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	docker run --network none --tmpfs /tmp -e HOME=/tmp "${options[@]}" callgate:1 "$@" >out 2>err </dev/null ||
		show "docker run ${options[*]}: $(cat err)"
}

@test "docker: recorded, and started again under the profile" {
	docker run --rm --network none callgate:1 true >out 2>err || skip "docker cannot start a container here: $(tail -n 1 err)"
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

	docker run -d --name callgate --network none --tmpfs /tmp --security-opt seccomp=p.json callgate:1 \
		sh -c 'while :; do sleep 1; done' >out 2>err || show "$(cat err)"
	docker exec -e HOME=/tmp callgate sh /work/all >out 2>err || show "docker exec: $(cat err)"
	same_work out err
	docker exec -e HOME=/tmp --user 1000 callgate python3 /work/refused.py >out 2>err || show "docker exec: $(cat err)"
	only_unix out
	docker rm -f callgate >/dev/null
}
