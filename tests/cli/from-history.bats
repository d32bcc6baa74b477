# callgate generate --from-history: the change to a profile that stops what a monitor has seen, as a diff.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	cat >p.json <<'END'
{
	"defaultAction": "SCMP_ACT_ERRNO",
	"syscalls": [
		{
			// what it needs
			"names": [
				"close",
				"read"
			],
			"action": "SCMP_ACT_ALLOW"
		}
	]
}
END
	{
		violation 1795315661 socket 41 0x28 0x1 web
		violation 1795315662 socket 41 0x28 0x2 web
		violation 1795315663 ioctl 16 0x0 0x5412 web
		violation 1795315664 mkdir 83 0x7fff0000 0x1ff other
		violation 1795315665 mount 165 0x0 0x0 web
		violation 1795315666 "" 9999 0x0 0x0 web
	} | "$CALLGATE_BUILD/tests/make-history" h.db
}

# violation SECONDS NAME NUMBER A0 A1 CONTAINER
violation() {
	printf '{"time_ns":%d438000000,"n":1,"engine":"docker","container":"%s","pid":4711,"comm":"web","exe":"/usr/bin/web","uid":0,"arch":"x86_64","nr":%d,"ip":"0x0","args":["%s","%s","0x0","0x0","0x0","0x0"],"action":"ERRNO(EPERM)","seen_by":["ebpf"]}\n' \
		"$1" "$6" "$3" "$4" "$5"
}

@test "a diff, with the risk of each of its lines; nothing is applied" {
	cp p.json before.json
	try callgate generate --from-history=h.db --base p.json
	status_is 0
	out_has '2x      medium    socket when domain == AF_VSOCK: AF_VSOCK: it leads out of a virtual machine'
	out_has '1x      high      ioctl when cmd == TIOCSTI: TIOCSTI: '
	out_has '1x      none      mkdir'
	out_has '--- p.json'
	out_has '+++ p.json (proposed)'
	out_has '+				"mkdir",'
	cmp p.json before.json
	# The riskiest first.
	[[ ${output%%AF_VSOCK*} == *TIOCSTI* ]] || show "TIOCSTI comes before AF_VSOCK"
	printf '%s\n' "$output" >diff
	command -v patch >/dev/null || skip "there is no patch(1)"
	patch -s p.json diff
	for call in 'socket(AF_VSOCK, SOCK_DGRAM, 0)' 'ioctl(0, TIOCSTI)' mkdir; do
		callgate explain p.json "$call" | grep -q ' ALLOW ' || show "$call is not allowed"
	done
	for call in 'socket(AF_INET, SOCK_DGRAM, 0)' 'ioctl(0, TCGETS)' mount; do
		callgate explain p.json "$call" | grep -q ' ERRNO(EPERM) ' || show "$call is allowed"
	done
	grep -q 'what it needs' p.json
}

@test "of critical risk only by name" {
	try callgate generate --from-history=h.db --base p.json --call mount
	status_is 1
	out_has 'left out:'
	out_has 'mount: of critical risk: only --allow mount takes it in'
	out_lacks '+++'
	try callgate generate --from-history=h.db --base p.json --call mount --allow bpf,mount
	status_is 0
	out_has '1x      critical  mount: Attaches file systems'
	out_has '+				"mount",'
}

@test "vulnerabilities that the change would bring within reach are named" {
	violation 1795315661 bpf 321 0x5 0x0 web | "$CALLGATE_BUILD/tests/make-history" bpf.db
	try callgate generate --from-history=bpf.db --base p.json
	status_is 0
	out_has 'high      bpf when cmd == BPF_PROG_LOAD'
	out_has 'known vulnerabilities that no call reaches now, and one would: CVE-'
}

@test "-o writes the new profile elsewhere, and what it opens is the proposal and no more" {
	try callgate generate --from-history=h.db --base p.json --container web -o new.json
	status_is 0
	out_lacks 'mkdir'
	try callgate diff p.json new.json --json
	json '[.differences[].call] | unique == ["ioctl", "socket"]'
	# The profile itself where it is to be read by the next in the pipe.
	callgate generate --from-history=h.db --base p.json -o - 2>err | callgate check - >/dev/null
	grep -q 'AF_VSOCK' err
}

@test "as JSON" {
	try callgate generate --from-history=h.db --base p.json --json
	status_is 0
	json '[.changes[].allow] == ["ioctl when cmd == TIOCSTI", "socket when domain == AF_VSOCK", "mkdir"]'
	json '[.changes[].tier] == ["high", "medium", "none"]'
	json '[.changes[].count] == [1, 2, 1]'
	json '[.left_out[].call] == ["mount", null]'
	json '.diff | startswith("--- p.json\n")'
}

@test "which violations are meant" {
	try callgate generate --from-history=h.db --base p.json --container other
	status_is 0
	out_has mkdir
	out_lacks AF_VSOCK
	try callgate generate --from-history=h.db --base p.json --call mkdir --call socket
	status_is 0
	out_has mkdir
	out_has AF_VSOCK
	out_lacks TIOCSTI
	try callgate generate --from-history=h.db --base p.json --since 1s
	status_is 1
	out_has 'nothing to change in p.json'
	err_has 'nobody was watching in this time'
	try callgate generate --from-history=h.db --base p.json --container nobody
	status_is 1
}

@test "what the profile allows already is said" {
	printf 'default errno(EPERM)\nallow mkdir\n' >p.policy
	try callgate generate --from-history=h.db --base p.policy --call mkdir
	status_is 1
	out_has 'the profile allows it already: another was in force'
	try callgate generate --from-history=h.db --base p.policy --call socket
	status_is 0
	out_has '+allow socket when domain == AF_VSOCK'
}

@test "more kinds of calls than one proposal has: how many are left out is said" {
	seq 20000 21100 | awk '{ printf "{\"time_ns\":1795315661438000000,\"n\":1,\"pid\":1,\"comm\":\"w\",\"exe\":\"/w\",\"arch\":\"x86_64\",\"nr\":%d,\"ip\":\"0x0\",\"action\":\"ERRNO(EPERM)\",\"seen_by\":[\"ebpf\"]}\n", $1 }' |
		"$CALLGATE_BUILD/tests/make-history" many.db
	try callgate generate --from-history=many.db --base p.json
	status_is 1
	out_has '# 101 violations of further calls were left out'
}

@test "a history in whose time nobody watched is no reason to be calm" {
	violation 1795315661 mkdir 83 0x0 0x0 web | "$CALLGATE_BUILD/tests/make-history" alone.db ""
	try callgate generate --from-history=alone.db --base p.json
	status_is 0
	err_has 'nobody was watching'
}

@test "bad input is told in one line" {
	try callgate generate --from-history=nosuch.db --base p.json
	status_is 3
	one_error_at nosuch.db
	echo garbage >garbage.db
	try callgate generate --from-history=garbage.db --base p.json
	status_is 3
	one_error_at garbage.db
	try callgate generate --from-history=h.db --base nosuch.json
	status_is 3
	one_error_at nosuch.json
	try callgate generate --from-history=h.db
	status_is 2
	err_has '--base'
	try callgate generate --from-history=h.db --base p.json -- true
	status_is 2
	try callgate generate --from-history h.db --base p.json
	status_is 2
	err_has '--from-history=DB'
	try callgate generate --from-history=h.db --base p.json --call sockett
	status_is 2
	err_has 'did you mean socket'
	try callgate generate --container web -- true
	status_is 2
	err_has '--from-history'
}

@test "why reads the same history" {
	try callgate why --history h.db --profile p.json container:web
	status_is 0
	out_has 'mount(NULL, NULL, NULL, 0, NULL) was denied: ERRNO(EPERM)'
	out_has 'in container web of docker'
	out_has 'history h.db: 5 found'
	out_lacks mkdir
	# A log of the kernel saw one of them too: told once.
	printf '[1.0] audit: type=1326 audit(1795315665.440:1): auid=1 uid=0 gid=0 ses=1 pid=4711 comm="web" exe="/usr/bin/web" sig=0 arch=c000003e syscall=165 compat=0 ip=0x0 code=0x50000\n' >log
	try callgate why --history h.db --log log --json
	json '[.violations[] | select(.newest.nr == 165)] | length == 1 and .[0].count == 1'
	json '.violations[] | select(.newest.nr == 165) | .newest.seen_by == ["ebpf", "kmsg"] and .newest.container == "web"'
}
