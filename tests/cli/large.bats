# Rules by the hundred megabytes, and the largest texts that are taken: one clear answer, in bounded time and memory.
load helper

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	# Where a line must fit in whole, `head` cuts behind it.
	yes 'allow ioctl when request == 0x5401 and fd in {1, 2, 3}' | head -c 104857600 | sed '$d' >lines
	{ echo 'default deny' && cat lines; } >hundred.policy
	{ echo 'default deny' && head -c 1000000 lines | sed '$d'; } >largest.policy
	{ echo 'default deny' && yes 'allow read' | head -n 70000; } >statements.policy
	rm lines
	profile '{"names":["ioctl"],"action":"SCMP_ACT_ALLOW","args":[{"index":1,"value":%d,"op":"SCMP_CMP_EQ"}]}' 1100000 >hundred.json
	profile '{"names":["ioctl"],"action":"SCMP_ACT_ALLOW","args":[{"index":1,"value":%d,"op":"SCMP_CMP_EQ"}]}' 150000 >rules.json
	profile '[]%.0s' 4200000 >values.json
	{ printf '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"action":"SCMP_ACT_ALLOW","names":["read"' &&
		yes ',"a"' | head -n 2000000 | tr -d '\n' && printf ']}]}'; } >names.json
	{ printf '{"callgate": "recording", "version": 1, "runs": [{}' &&
		yes ',{}' | head -n 34000000 | tr -d '\n' && printf ']}'; } >recording.json
}

# profile RULE N: a profile of N rules; RULE is a format of awk's printf(), given the rule's number
profile() {
	awk -v rule="$1" -v n="$2" 'BEGIN {
		printf "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
		for (i = 0; i < n; i++) { if (i) printf ","; printf rule, i * 7 }
		printf "]}\n"
	}'
}

setup() {
	cd "$BATS_FILE_TMPDIR"
}

# within MEGABYTES COMMAND…
within() {
	local memory=$(($1 * 1024))
	shift
	# AddressSanitizer reserves terabytes.
	! grep -q __asan_init "$CALLGATE" || memory=unlimited
	try timeout 100 bash -c "ulimit -v $memory; exec \"\$@\"" bash "$@"
}

@test "a hundred megabytes of rules, as text, as JSON, as a recording" {
	[ "$(stat -c %s hundred.policy)" -gt 100000000 ] && [ "$(stat -c %s hundred.json)" -gt 100000000 ]
	for file in hundred.policy hundred.json; do
		for command in check explain digest 'compile -o out.bpf'; do
			within 100 callgate $command $file
			status_is 3
			one_error_at "$file"
			err_has 'larger than 16777216 bytes'
		done
		within 100 callgate run --profile $file -- true
		status_is 125
		within 100 callgate check - <$file
		status_is 3
	done
	within 200 callgate generate recording.json -o out.json
	status_is 3
	err_has 'larger than 67108864 bytes'
	[ ! -e out.bpf ] && [ ! -e out.json ]
}

@test "the largest that are read" {
	within 400 callgate compile largest.policy -o out.bpf
	status_is 0
	within 400 callgate compile statements.policy -o out.bpf
	status_is 3
	one_error_at statements.policy:65538
	within 700 callgate compile rules.json -o out.bpf
	status_is 3
	err_has 'ioctl on x86_64 (150000 rules)'
	within 700 callgate compile values.json -o out.bpf
	status_is 3
	one_error_at values.json:1:
	err_has 'more than 4194304 values'
}

@test "two million names are not told one by one" {
	within 1000 callgate check names.json
	status_is 0
	[ "${#output}" -lt 300000 ] || show "${#output} bytes"
	out_has 'more of these are not told one by one'
}
