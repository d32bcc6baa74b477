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

@test "stacks of them: not decided, or joined without a proof" {
	not_decided callgate compile products.bpf mixing.bpf -o out.bpf
	not_decided callgate compile @container-default ladder.bpf -o out.bpf
	[ ! -e out.bpf ]
	not_decided callgate merge --intersect products.bpf @container-default -o out.json
	[ ! -e out.json ]
	# Two ladders of 4,096 instructions have no room in one filter; a small one on top of one may have.
	try timeout 120 bash -c "ulimit -v $memory; callgate compile --no-prove ladder.bpf ladder.bpf ladder.bpf -o out.bpf"
	[ "$status" -eq 0 ] || [ "$status" -ge 3 ] || show
	[ "$status" -lt 5 ] || show
}

@test "a filter cut off at any byte, or with any byte changed: a clear answer" {
	callgate compile @strict --arch x86_64 -o whole.bpf
	size=$(stat -c %s whole.bpf)
	for ((n = 0; n < size; n++)); do
		head -c $n whole.bpf >cut.bpf
		try callgate diff whole.bpf cut.bpf
		[ "$status" -eq 3 ] || [ $((n % 8)) -eq 0 ] || show "$n bytes"
		[ "$status" -ne 3 ] || one_error_at cut.bpf
		[ "$status" -le 4 ] || show "$n bytes"
		try callgate compile cut.bpf whole.bpf -o out.bpf
		[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || show "$n bytes"
		{ head -c $n whole.bpf && printf '\377' && tail -c +$((n + 2)) whole.bpf; } >changed.bpf
		try callgate explain changed.bpf
		[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || [ "$status" -eq 4 ] || show "byte $n changed"
	done
}

# As cat and git do: whoever names a FIFO has somebody who writes into it.
@test "a FIFO is waited for, and read" {
	mkfifo fifo
	callgate compile @strict -o whole.bpf
	(
		sleep 0.3
		cat whole.bpf >fifo
	) 3>&- &
	try timeout 20 callgate diff fifo whole.bpf
	wait
	status_is 0
	try timeout 0.5 callgate diff fifo whole.bpf
	status_is 124 # and ends at the first signal
}
