# What a recorded call costs: getppid, which does next to nothing itself.
recorded=20000
variant 'bare' "$calls" 1000000
variant 'asked about, and let through by a listener that does nothing else' "$build/bench/bench-floor-notify" "$calls" 100000
variant 'callgate record --backend notify' callgate record --backend notify -o "$work/call.json" -- "$calls" 100000
variant 'callgate record --backend ptrace' callgate record --backend ptrace -o "$work/call.json" -- "$calls" $recorded
variant 'strace -f -c' strace -f -c -o "$work/call.txt" "$calls" $recorded
variant 'strace -f' strace -f -o "$work/call.txt" "$calls" $recorded
compare 'one call, recorded' ns
