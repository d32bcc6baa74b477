# What a denial costs while somebody watches, what those pay who are not denied anything, and how many of a million
# denials on a busy machine each source tells.
#
# The filter answers getppid with EPERM. The audit source sees that only with SECCOMP_FILTER_FLAG_LOG; the eBPF source
# always. "nothing at both tracepoints" is the floor of all who watch by eBPF.
"$build/bench/bench-watch" -n ebpf true >/dev/null 2>"$work/error" || {
	echo "bench: denials left out: $(tail -n 1 "$work/error")" >&2
	return 0
}
floor=$build/bench/bench-floor watch=$build/bench/bench-watch load=$build/bench/bench-load
# ld [nr]; jeq getppid: RET ERRNO(1), else RET ALLOW
printf '\x20\0\0\0\0\0\0\0\x15\0\0\1\x6e\0\0\0\6\0\0\0\1\0\5\0\6\0\0\0\0\0\xff\x7f' >"$work/deny.bpf"
printf '\6\0\0\0\0\0\xff\x7f' >"$work/allow.bpf"
deny=("$load" "$work/deny.bpf" "$calls" -c)
has_audit=no
"$watch" -n audit true >/dev/null 2>&1 && has_audit=yes

variant 'nobody watches' "${deny[@]}" 300000
variant 'nothing at both tracepoints' "$floor" "${deny[@]}" 300000
variant 'eBPF: those alike are summed' "$watch" ebpf "${deny[@]}" 300000
variant 'eBPF: each by itself' "$watch" -a ebpf "${deny[@]}" 300000
variant 'nobody watches, with the LOG flag' "$load" -l "$work/deny.bpf" "$calls" -c 20000
[ $has_audit = no ] || variant 'audit' "$watch" audit "$load" -l "$work/deny.bpf" "$calls" -c 20000
compare "one denial: the processor's time" ns

variants=() numbers=() commands=()
variant 'no filter, nobody watches' "$calls" -c 300000
variant 'no filter, nothing at both tracepoints' "$floor" "$calls" -c 300000
variant 'no filter, eBPF watches' "$watch" ebpf "$calls" -c 300000
variant 'a filter allows it, nobody watches' "$load" "$work/allow.bpf" "$calls" -c 300000
variant 'a filter allows it, nothing at both tracepoints' "$floor" "$load" "$work/allow.bpf" "$calls" -c 300000
variant 'a filter allows it, eBPF watches' "$watch" ebpf "$load" "$work/allow.bpf" "$calls" -c 300000
compare "one call that is not denied: the processor's time" ns

# Four processes at once, with as many that only burn time. bench-calls makes a tenth more, to warm up: 250,000 each.
cat >"$work/flood" <<END
#!/bin/sh
for i in 1 2 3 4; do (while :; do :; done) & burners="\$burners \$!"; done
for i in 1 2 3 4; do "$load" \$1 "$work/deny.bpf" "$calls" \227273 & deniers="\$deniers \$!"; done
wait \$deniers
kill \$burners
END
chmod +x "$work/flood"
tell_flood() { # NAME ARGUMENT… of bench-watch
	local name=$1 n pieces bare lost
	shift
	if read -r n pieces bare lost < <("$watch" -n -o 110 "$@"); then
		printf '| %s | %s | %s | %s | %s |\n' "$name" "$n" "$pieces" "$bare" "$lost"
	fi
}
printf '\n| 1,000,000 denials by 4 processes, 4 others burning | told | in pieces | without arguments | lost, as it says |\n'
printf '|---|---:|---:|---:|---:|\n'
tell_flood 'eBPF' -p ebpf "$work/flood"
tell_flood 'eBPF: each by itself' -a -p ebpf "$work/flood"
[ $has_audit = no ] || tell_flood 'audit (with the LOG flag)' audit "$work/flood" -l
