# What `run` costs a call: the same call, getppid, allowed as such, allowed by its argument, and denied.
#
# The profile allows every call that has no risk tier (as long as a container's profile is), in front of a default of
# ERRNO; getppid is named apart, by the verdict that is measured.
filtered_profile() { # VERDICT-OF-GETPPID-AS-JSON
	callgate syscalls --json | jq --argjson rule "$1" '{
		defaultAction: "SCMP_ACT_ERRNO",
		architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
		syscalls: [{names: [.syscalls[] | select(.tier == "none" and .name != "getppid") | .name] | unique,
			    action: "SCMP_ACT_ALLOW"}, $rule]}'
}
filtered_profile '{"names": ["getppid"], "action": "SCMP_ACT_ALLOW"}' >"$work/plain.json"
filtered_profile '{"names": ["getppid"], "action": "SCMP_ACT_ALLOW",
	"args": [{"index": 0, "value": 7, "op": "SCMP_CMP_EQ"}]}' >"$work/checked.json"
filtered_profile '{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}' >"$work/denied.json"

printf '\x06\x00\x00\x00\x00\x00\xff\x7f' >"$work/allow.bpf" # RET ALLOW

under=(callgate run --tell none --profile)
variant 'no filter' "$calls" 1000000
variant 'the smallest filter: RET ALLOW' "$build/bench/bench-load" "$work/allow.bpf" "$calls" 1000000
variant 'run: allowed' "${under[@]}" "$work/plain.json" -- "$calls" 1000000
variant 'run: allowed by its argument' "${under[@]}" "$work/checked.json" -- "$calls" 1000000 7
variant 'run: denied' "${under[@]}" "$work/denied.json" -- "$calls" 1000000
variant 'run: denied, and told (--tell notify)' \
	callgate run --tell notify --profile "$work/denied.json" -- "$calls" 20000
compare 'one call under a filter' ns
