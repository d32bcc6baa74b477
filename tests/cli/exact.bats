#!/usr/bin/env bats
# Every recorder counts the same, exactly, whatever kind of program it is: without a dynamic linker, with a set-uid bit,
# making 32-bit calls.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	WORKLOAD=$CALLGATE_BUILD/tests/live/workload
}

# backends: those that work here, found by trying, one a word.
backends() {
	local backend
	for backend in ebpf notify ptrace; do
		! callgate record --backend "$backend" -o try.json -- true 2>/dev/null || printf '%s ' "$backend"
	done
}

# count CALL [ARCH]
count() {
	jq --arg call "$1" --arg arch "${2:-x86_64}" '[.runs[0].calls[] | select(.name == $call and .arch == $arch) | .count] | add // 0' rec.json
}

# all_agree COMMAND…: what all backends recorded but for whether threads had to wait, and what cannot be equal (ids).
all_agree() {
	local backend
	rm -f first.json
	for backend in $(backends); do
		try callgate record --backend "$backend" -o rec.json -- "$@"
		status_is 0
		is_true ".runs[0].backend == \"$backend\"" rec.json
		jq -S '[.runs[0].calls[] | select(.name != "futex") | [.arch, .nr, .name, .count]]' rec.json >now.json
		[ -e first.json ] || cp now.json first.json
		diff first.json now.json >&2 || show "$backend: $*"
		"${HOLDS:-true}" || show "$backend: $*"
	done
	[ -e first.json ] || skip "no recorder works here"
}

counts_threads() {
	[ "$(count getppid)" -eq 4000 ] && [ "$(count getpgid)" -eq 4000 ]
}

@test "threads and processes, in all three" {
	[ -x "$WORKLOAD" ] || skip "the workload was not built"
	HOLDS=counts_threads all_agree "$WORKLOAD" threads 4 1000
	all_agree "$WORKLOAD" processes 99
}

@test "a static program, from its first instruction to its last" {
	[ -x "$WORKLOAD-static" ] || skip "there is no static libc here"
	HOLDS=counts_threads all_agree "$WORKLOAD-static" threads 4 1000
	all_agree "$WORKLOAD-static" processes 99
	is_true '[.runs[0].calls[].name] | all(. != "openat")' rec.json # no library was looked for
	is_true '.runs[0].files | length == 1' rec.json
}

@test "a set-uid program that somebody else runs" {
	[ "$(id -u)" -eq 0 ] || skip "only root makes one"
	a_nobody
	install -m 4755 -o root "$WORKLOAD" "$NOBODY/set-uid"
	install -m 4755 -o root /usr/bin/id "$NOBODY/id-as-root"
	[ "$(as_nobody ./id-as-root -u)" = 0 ] || skip "set-uid programs have no effect in ${TMPDIR:-/tmp}"
	HOLDS=counts_threads all_agree setpriv --reuid=65534 --regid=65534 --clear-groups "$NOBODY/set-uid" threads 4 1000
	# And it is still one: for a recorder of root's, it keeps what its bit gives it.
	for backend in $(backends); do
		[ "$(callgate record --backend "$backend" -o rec.json -- setpriv --reuid=65534 --regid=65534 --clear-groups \
			"$NOBODY/id-as-root" -u)" = 0 ] || show "$backend"
	done
}

@test "32-bit calls of a 64-bit program are counted apart" {
	[ -x "$WORKLOAD" ] || skip "the workload was not built"
	"$WORKLOAD" int80 >/dev/null 2>&1 || skip "this kernel has no 32-bit calls"
	all_agree "$WORKLOAD" int80
	is_true '[.runs[0].calls[] | select(.arch == "x86")] | length > 0' rec.json
}
