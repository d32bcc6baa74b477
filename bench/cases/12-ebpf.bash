# What a call costs that programs in the kernel count, what it costs those that are not recorded, and how soon it begins.
#
# "nothing at both tracepoints" is the floor of every recorder that sees entries and exits: two empty programs; at one of
# them, of a recorder that sees no more than that.
callgate doctor 'record --backend ebpf' | grep -qw yes || {
	echo "bench: ebpf left out: $(callgate doctor 'record --backend ebpf' | tail -n 1)" >&2
	return 0
}
floor=$build/bench/bench-floor
record=(callgate record --backend ebpf -o "$work/call.json")

# beside RECORDER… -- COMMAND…: the command is measured while another process is recorded.
beside() {
	callgate record --backend ebpf -o "$work/other.json" -- sh -c "touch '$work/ready'; sleep 60" &
	local recorder=$!
	while [ ! -e "$work/ready" ]; do sleep 0.01; done
	"$@"
	kill "$recorder"
	wait "$recorder" || true
	rm -f "$work/ready"
}

many=300000
variant 'bare' "$calls" -c $many
variant 'nothing at sys_enter' "$floor" -n "$calls" -c $many
variant 'nothing at sys_exit' "$floor" -x "$calls" -c $many
variant 'nothing at both tracepoints' "$floor" "$calls" -c $many
variant 'not recorded, beside a recorder' beside "$calls" -c $many
variant 'callgate record --no-args' "${record[@]}" --no-args -- "$calls" -c $many
variant 'callgate record' "${record[@]}" -- "$calls" -c $many
variant 'callgate record --time' "${record[@]}" --time -- "$calls" -c $many
compare "one call, recorded by eBPF: the processor's time" ns

variants=() numbers=() commands=()
variant 'bare' "$calls" $many
variant 'nothing at both tracepoints' "$floor" "$calls" $many
variant 'callgate record' "${record[@]}" -- "$calls" $many
variant 'callgate record --backend ptrace' callgate record --backend ptrace -o "$work/call.json" -- "$calls" 20000
variant 'strace -f -c' strace -f -c -o "$work/call.txt" "$calls" 20000
command -v perf >/dev/null && variant 'perf trace -s' perf trace -s -o "$work/call.txt" "$calls" 50000
compare 'one call, recorded by eBPF or otherwise: by the clock on the wall' ns

variants=() numbers=() commands=()
variant 'true' "$build/bench/bench-stopwatch" true
variant 'callgate record --backend ebpf -- true' "$build/bench/bench-stopwatch" "${record[@]}" -- true
variant 'callgate record --backend ptrace -- true' \
	"$build/bench/bench-stopwatch" callgate record --backend ptrace -o "$work/call.json" -- true
variant 'perf trace -s true' "$build/bench/bench-stopwatch" perf trace -s -o "$work/call.txt" true
compare 'the shortest command, from start to end' us
