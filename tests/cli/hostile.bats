# Filters made to blow up: "not decided" and status 4, in bounded time and memory, never a guess and never a crash.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	command -v python3 >/dev/null || skip "no python3 to write the programs"
	python3 "$BATS_TEST_DIRNAME/hostile.py" .
	memory=unlimited
	# AddressSanitizer reserves terabytes.
	grep -q __asan_init "$CALLGATE" || memory=400000
}

not_decided() {
	try timeout 120 bash -c "ulimit -v $memory; exec \"\$@\"" bash "$@"
	[ "$status" -eq 4 ] || show "$* should end with 4"
	[ -z "$output" ]
	one_error_at "not decided"
}

@test "products, quotients, memory, mixed arguments, ladders" {
	for program in products quotients memory mixing ladder equal_pairs; do
		not_decided callgate digest $program.bpf
		err_has $program.bpf
	done
}

@test "whatever is asked of them" {
	for program in products mixing; do
		not_decided callgate diff $program.bpf @container-default
		not_decided callgate diff @container-default $program.bpf --summary
		not_decided callgate diff --subset $program.bpf @container-default
		not_decided callgate explain $program.bpf
		# What needs no proof is still answered.
		try callgate disasm $program.bpf
		status_is 0
		try callgate explain $program.bpf 'read(0, NULL, 0)'
		status_is 0
	done
}
