# callgate why: what was denied last, from logs, a history, or by watching; and the edit that would allow it.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	cat >p.json <<'END'
{
	"defaultAction": "SCMP_ACT_ERRNO",
	// what it needs
	"syscalls": [
		{
			"names": [
				"close",
				"read"
			],
			"action": "SCMP_ACT_ALLOW"
		},
		{
			"names": ["socket"],
			"action": "SCMP_ACT_ALLOW",
			"args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }]
		},
		{
			"names": ["bpf", "mount"],
			"action": "SCMP_ACT_KILL_PROCESS"
		}
	]
}
END
}

teardown() {
	[ -z "${PID:-}" ] || kill -KILL "$PID" 2>/dev/null || true
	[ -z "${PID:-}" ] || wait "$PID" 2>/dev/null || true
}

# record SECONDS PID NR CODE [COMM [EXE]]: a record of the kernel's log.
record() {
	local comm='"web"' exe='"/usr/bin/web"'
	printf '[%d.000000] audit: type=1326 audit(%d.438:%d): auid=4294967295 uid=1000 gid=1000 ses=4294967295 pid=%d comm=%s exe=%s sig=0 arch=c000003e syscall=%d compat=0 ip=0x7f2228bc0829 code=%s\n' \
		"$(($1 % 100000))" "$1" "$1" "$2" "${5:-$comm}" "${6:-$exe}" "$3" "$4"
}

# The same as auditd has it.
audit_record() {
	record "$@" | sed 's/^.*type=1326 audit(\([^)]*\)):/type=SECCOMP msg=audit(\1):/; s/$/\x1dARCH=x86_64 SYSCALL=wrong AUID="unset" UID="web"/'
}

@test "a call that no rule names: who made it, the line, the risk, the edit" {
	record 1795315661 4711 83 0x50000 >log
	try callgate why --log log --profile p.json
	status_is 0
	out_has '2026-11-22T'
	out_has '  mkdir (its arguments were not seen) was denied: ERRNO (which number was not seen)'
	out_has 'by web (/usr/bin/web), pid 4711, uid 1000; seen by kmsg'
	out_has 'p.json:2 refuses it by the default, as no rule names it; to allow it, add "mkdir" to the names at p.json:5'
	out_has 'that would open a call of no risk by itself (file I/O)'
	out_has 'cannot be loosened'
	# Nothing but the diff, as patch reads it.
	command -v patch >/dev/null || skip "there is no patch(1)"
	callgate why --log log --profile p.json --json | jq -r '.violations[0].edit' >edit
	cp p.json new.json
	patch -s new.json edit
	diff p.json new.json | grep '^>' | grep -q '"mkdir",' || show "$(cat edit)"
	callgate explain new.json mkdir | grep -q 'ALLOW' || show "the edit does not allow it"
	grep -q 'what it needs' new.json
}

@test "a rule that refuses: it loses the name, and the call goes where others are allowed" {
	record 1795315661 4711 321 0x80000000 >log
	try callgate why --log log --profile p.json
	status_is 0
	out_has 'bpf (its arguments were not seen) was denied: KILL_PROCESS'
	out_has 'p.json:18 refuses it by a rule'
	out_has 'of high risk'
	out_has 'known vulnerabilities that no call reaches now, and one would: CVE-'
	out_has '-			"names": ["bpf", "mount"],'
	out_has '+			"names": ["mount"],'
	out_has '+				"bpf",'
}

@test "arguments that were seen narrow the edit, and say which errno it was" {
	cat >log <<-'END'
		{"time_ns":1795315661438000000,"n":3,"engine":"docker","container_id":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","container":"web","pid":4711,"comm":"web","exe":"/usr/bin/web","uid":0,"arch":"x86_64","nr":41,"syscall":"socket","ip":"0x0","args":["0x28","0x1","0x0","0x0","0x0","0x0"],"action":"ERRNO(EPERM)","seen_by":["ebpf"]}
	END
	try callgate why --log log --profile p.json
	status_is 0
	out_has 'the last of 3'
	out_has 'socket(AF_VSOCK, SOCK_STREAM, 0) was denied: ERRNO(EPERM)'
	out_has 'in container web of docker'
	out_has 'as the conditions at p.json:13 do not hold;'
	out_has 'the edit allows socket when domain == AF_VSOCK'
	out_has '"valueTwo": 40, "op": "SCMP_CMP_MASKED_EQ"'
	# By its container, and by nothing else.
	try callgate why container:web --log log
	status_is 0
	try callgate why container:0123456789ab --log log
	status_is 0
	try callgate why container:other --log log
	status_is 1
}

@test "what two logs saw is told once, what came again with a count" {
	record 1795315661 4711 83 0x50000 >kernel
	record 1795315662 4711 83 0x50000 >>kernel
	record 1795315663 4712 83 0x50000 >>kernel
	audit_record 1795315661 4711 83 0x50000 >audit.log
	audit_record 1795315662 4711 83 0x50000 >>audit.log
	audit_record 1795315664 4713 83 0x50000 >>audit.log
	callgate why --log kernel --log audit.log --json >answer
	json '.kinds == 1' answer
	json '.violations[0].count == 4' answer
	json '.violations[0].newest.pid == 4713' answer
	json '.violations[0].first == "2026-11-22T02:47:41.438Z"' answer
	json '.violations[0].newest.seen_by == ["audit", "kmsg"]' answer
	json '.sources | map(.found) == [3, 3]' answer
}

@test "the newest comes first, and no more than asked for" {
	for nr in 80 81 82 83 84; do record $((1795315600 + nr)) 4711 $nr 0x80000000; done >log
	try callgate why --log log --max 2
	status_is 0
	out_has 'rmdir'
	out_has 'mkdir'
	out_lacks 'rename'
	out_has 'and 3 more kinds, older than these: --max 5 shows them'
	[[ ${output%%mkdir*} == *rmdir* ]] || show "rmdir is newer than mkdir"
}

@test "--since, and pid:" {
	record 1000000000 4711 83 0x80000000 >log
	record "$(date +%s)" 4712 84 0x80000000 >>log
	try callgate why --log log --since 1h
	status_is 0
	out_has rmdir
	out_lacks mkdir
	try callgate why --log log pid:4711
	status_is 0
	out_has mkdir
	out_lacks rmdir
	try callgate why --log log pid:4711 --since 1h
	status_is 1
	out_has 'nothing was found of pid:4711'
}

@test "a log that names no container: what is known of it is said" {
	record 1795315661 999999999 83 0x80000000 >log
	try callgate why --log log container:nosuchcontainer
	status_is 1
	out_has '1 further violations in logs that name no container, of processes that are gone'
	out_has 'container:nosuchcontainer'
}

@test "nothing found: where was looked, and what that cannot show" {
	: >empty
	try callgate why --log empty
	status_is 1
	out_has 'nothing was found'
	out_has 'looked at:'
	out_has 'log empty: 0 found'
	record 1795315661 1 83 0x7ffc0000 | sed 's/type=1326/type=1300/; s/code=.*/success=yes exit=0 a0=0 a1=0 a2=0 a3=0/' >other
	try callgate why --log other
	status_is 1
	out_has 'loaded without the LOG flag'
}

@test "what a log says it lacks is told" {
	{
		record 1795315661 4711 83 0x80000000
		echo '[ 1002.000002] kauditd_printk_skb: 14 callbacks suppressed'
	} >log
	try callgate why --log log
	status_is 0
	out_has 'it lacks 14 events, by its own account'
	try callgate why --log log --json
	json '.sources[0].lost == 14'
}

@test "names that hold anything are shown as text" {
	record 1795315661 4711 83 0x80000000 1B5B326A0A22 2F746D702F0A612022271B >log
	try callgate why --log log
	status_is 0
	[[ $output != *$'\033'* ]] || show "an escape went through"
	[ "$(grep -c '; seen by' <<<"$output")" -eq 1 ] || show "a newline went through"
	callgate why --log log --json >answer
	json '.violations[0].newest.comm == "\u001b[2j\n\""' answer
	json '.violations[0].newest.exe == "/tmp/\na \"'"'"'\u001b"' answer
}

@test "a log is read from standard input; garbage is passed over" {
	{
		head -c 100000 /dev/urandom
		echo
		record 1795315661 4711 83 0x80000000
		head -c 1000 /dev/urandom
	} >log
	try callgate why --log - <log
	status_is 0
	out_has mkdir
	out_has 'log standard input: 1 found'
}

@test "numbers without a name, other architectures" {
	record 1795315661 4711 9999 0x80000000 >log
	record 1795315662 4711 9999 0x80000000 | sed 's/c000003e/deadbeef/' >>log
	record 1795315663 4711 39 0x80000000 | sed 's/c000003e/40000003/' >>log
	try callgate why --log log --profile p.json
	status_is 0
	out_has 'x86_64:9999'
	out_has 'the number has no name: no edit is proposed'
	out_has '0xdeadbeef:9999'
	out_has 'x86 mkdir'
	out_has 'whether it should is a question of its own'
	try callgate why --log log --profile p.json --json
	json '.violations | length == 3'
}

@test "policy texts and units are edited too, YAML is not" {
	record 1795315661 4711 83 0x50000 >log
	printf 'default errno(EPERM)\nallow read\n' >p.policy
	try callgate why --log log --profile p.policy
	status_is 0
	out_has '+allow mkdir'
	printf '[Service]\nSystemCallFilter=read write\nSystemCallErrorNumber=EPERM\n' >x.conf
	try callgate why --log log --profile x.conf
	status_is 0
	out_has '+SystemCallFilter=mkdir'
	printf 'defaultAction: SCMP_ACT_ERRNO\nsyscalls:\n- names: [read]\n  action: SCMP_ACT_ALLOW\n' >p.yaml
	try callgate why --log log --profile p.yaml
	status_is 0
	out_has 'p.yaml:1 refuses it by the default'
	out_has 'no edit is proposed: the profile is YAML'
}

@test "another profile than the one in force is found out" {
	record 1795315661 4711 0 0x50000 >log
	record 1795315662 4711 83 0x80000000 >>log
	try callgate why --log log --profile p.json
	status_is 0
	out_has 'p.json:8 lets it through: what answered is another filter'
	out_has 'the profile answers ERRNO(EPERM): another one, or another version of it, was in force'
}

@test "bad input is told in one line" {
	try callgate why --log nosuchfile
	status_is 3
	one_error_at nosuchfile
	try callgate why --history nosuchfile
	status_is 3
	one_error_at nosuchfile
	echo 'this is no database at all' >garbage
	try callgate why --history garbage
	status_is 3
	one_error_at garbage
	: >log
	try callgate why --log log --profile nosuchprofile
	status_is 3
	one_error_at nosuchprofile
	try callgate why --since yesterday
	status_is 2
	try callgate why 4711
	status_is 2
	err_has 'pid:PID'
	try callgate why --max 0
	status_is 2
}

@test "what this machine keeps by itself is looked at" {
	try callgate why
	[ "$status" -eq 0 ] || [ "$status" -eq 1 ] || [ "$status" -eq 4 ] || show "0, 1 or 4"
	out_has 'history /var/lib/callgate/history.db'
	out_has 'audit.log /var/log/audit/audit.log'
	out_has 'journal journalctl'
	out_has 'kmsg /dev/kmsg'
	callgate why --json >answer || true
	json '.sources | map(.kind) == ["history", "audit.log", "journal", "kmsg"]' answer
}

@test "live: a process that breaks its filter is found in the kernel's log" {
	[ "$(id -u)" -eq 0 ] || skip "reading the kernel's log takes root here"
	cp "$(command -v mkdir)" why-$$
	# Others fill the log as well: some dozen lines a second are printed, so it is tried until one of ours is.
	for i in $(seq 30); do
		callgate run --tell none --profile <(printf 'default allow\nkill_process mkdir, mkdirat\n') -- ./why-$$ x || true
		try callgate why --since 10m --max 10000
		[[ $output == *"by why-$$ "* ]] && break
		sleep 1
	done
	if [[ $output != *"by why-$$ "* ]]; then
		skip "no kernel log here has it: $(grep -A5 'looked at' <<<"$output" | tr '\n' ' ')"
	fi
	out_has 'was denied: KILL_PROCESS'
}

@test "live: what is denied while it watches, arguments and all" {
	callgate why --live 60s --json --max 10000 >answer 2>err &
	PID=$!
	for i in $(seq 600); do
		grep -q 'watching for' err && break
		kill -0 $PID 2>/dev/null || break
		sleep 0.1
	done
	if ! kill -0 $PID 2>/dev/null; then
		PID=
		skip "nothing can be watched here: $(jq -r '.sources[0].reason' answer)"
	fi
	grep -q ebpf err || skip "eBPF cannot be used here: $(cat err)"
	cp "$(command -v mkdir)" live-$$
	callgate run --tell none --profile <(printf 'default allow\nerrno(EACCES) mkdir, mkdirat\n') -- ./live-$$ -m 0751 x || true
	# A signal ends it early, and what was seen is told.
	kill -TERM $PID
	wait $PID
	PID=
	json '[.violations[] | select(.newest.comm == "live-'$$'")] | length == 1' answer
	json '.violations[] | select(.newest.comm == "live-'$$'") | .newest | .action == "ERRNO(EACCES)" and .args != null' answer
}

# many FIRST LAST FORMAT-OF-COMM: records, a second apart, of as many processes.
many() {
	seq "$1" "$2" | awk -v comm="$3" '{ printf "[1.0] audit: type=1326 audit(%d.000:%d): auid=1 uid=0 gid=0 ses=1 pid=%d comm=\"" comm "\" exe=\"/w\" sig=0 arch=c000003e syscall=83 compat=0 ip=0x0 code=0x0\n", 1000000000 + $1, $1, $1, $1 }'
}

@test "a flood hides nothing: what there is too much of is counted by its kind" {
	record 999999999 4711 84 0x80000000 >log
	many 1 150000 w >>log
	try callgate why --log log
	status_is 0
	out_has rmdir
	try callgate why --log log --json
	json '[.violations[].count] == [150000, 1]'
	json '.violations[0].first == "2001-09-09T01:46:41.000Z"'
	json '.older == 0'
}

@test "more kinds than are told apart are counted" {
	many 1 5000 w | sed 's/exe="\/w"\(.*\)pid=/&/; s/pid=\([0-9]*\) comm="w" exe="\/w"/pid=\1 comm="w" exe="\/w\1"/' >log
	try callgate why --log log --json
	json '.kinds == 4096 and .older == 904'
	try callgate why --log log
	out_has '904 more, of kinds beyond 4096, were only counted'
}

@test "as a user who may read nothing" {
	[ "$(id -u)" -eq 0 ] || skip "changing the user takes root"
	mkdir -m 755 shared
	cp "$CALLGATE" shared/callgate
	chmod 755 shared/callgate
	record 1795315661 4711 83 0x80000000 >shared/log
	chmod 600 shared/log
	cd shared
	status=0
	setpriv --reuid=65534 --regid=65534 --clear-groups ./callgate why --json >out 2>err || status=$?
	# Nothing that could be looked at is no answer of "nothing".
	if json '[.sources[] | select(.state == "read")] | length == 0' out; then
		[ "$status" -eq 4 ] || show "4 where nothing can be looked at"
	else
		[ "$status" -le 1 ] || show "0 or 1 where something can"
	fi
	run setpriv --reuid=65534 --regid=65534 --clear-groups ./callgate why --log log
	[ "$status" -ge 3 ]
	[[ $output == *"log"* ]]
}
