# callgate import: logs of others become recordings.
load helper

setup() {
	REC=$BATS_TEST_TMPDIR/rec.json
	LOG=$BATS_TEST_TMPDIR/log
}

total() {
	jq --arg name "$1" '[.runs[].calls[] | select(.name == $name) | .count] | add // 0' "$REC"
}

@test "a log of strace -f" {
	command -v strace >/dev/null || skip "strace is not installed"
	strace -f -o "$LOG" sh -c "'$CALLS' 100 >/dev/null; cat /no/such/file" 2>/dev/null || true
	try callgate import "$LOG" -o "$REC"
	status_is 0
	is_true '.callgate == "recording" and (.runs | length == 1)' "$REC"
	[ "$(total getppid)" -ge 110 ]
	[ "$(total execve)" -ge 2 ]
	is_true '[.runs[].calls[] | select(.name == "openat") | .errors | tostring | test("ENOENT")] | any' "$REC"
}

@test "a log of strace -f has the counts that record has" {
	command -v strace >/dev/null || skip "strace is not installed"
	strace -f -o "$LOG" cat /dev/null
	callgate import "$LOG" -o "$REC"
	callgate record -o "$REC.own" -- cat /dev/null
	counts='[.runs[0].calls[] | {name, count}] | sort_by(.name)'
	diff <(jq -S "$counts" "$REC") <(jq -S "$counts" "$REC.own")
}

@test "a summary of strace -c" {
	command -v strace >/dev/null || skip "strace is not installed"
	strace -f -c -o "$LOG" "$CALLS" 100 >/dev/null
	try callgate import "$LOG" -o "$REC"
	status_is 0
	[ "$(total getppid)" -eq 110 ]
	[ "$(total execve)" -eq 1 ]
}

@test "lines that cannot be read are counted and shown" {
	printf '%s\n' '100 execve("/bin/true", ["true"], 0x7ffe /* 1 var */) = 0' 'what is this?' \
		'100 getpid()                      = 100' '<<<<>>>>' '100 exit_group(0)                 = ?' \
		'100 +++ exited with 0 +++' >"$LOG"
	try callgate import "$LOG" -o "$REC"
	status_is 0
	[ "$(total getpid)" -eq 1 ]
	err_has "$LOG:2"
	err_has 'what is this?'
	err_has "$LOG:4"
	err_has '2 '
}

@test "several logs become one recording, a run each, in any order the same" {
	printf '%s\n' '1 getpid() = 1' >"$LOG.1"
	printf '%s\n' '1 getuid() = 0' >"$LOG.2"
	callgate import "$LOG.1" "$LOG.2" -o "$REC"
	callgate import "$LOG.2" "$LOG.1" -o "$REC.turned"
	is_true '.runs | length == 2' "$REC"
	cmp "$REC" "$REC.turned"
}

@test "the same log twice is one run" {
	printf '%s\n' '1 getpid() = 1' >"$LOG"
	callgate import "$LOG" "$LOG" -o "$REC"
	is_true '.runs | length == 1' "$REC"
	[ "$(total getpid)" -eq 1 ]
}

@test "standard input, standard output" {
	try bash -c "echo '1 getpid() = 1' | callgate import - "
	status_is 0
	is_true '[.runs[].calls[].name] == ["getpid"]'
}

@test "recordings are united, in any order to the same bytes, twice as once" {
	callgate record -o "$REC.1" -- cat /dev/null
	callgate record -o "$REC.2" -- true
	callgate import "$REC.1" "$REC.2" -o "$REC"
	callgate import "$REC.2" "$REC.1" "$REC.2" -o "$REC.turned"
	is_true '.runs | length == 2' "$REC"
	cmp "$REC" "$REC.turned"
}

# A record of the kernel's audit, as KERNEL's log and auditd have it: fields NR CODE.
fields() {
	printf 'auid=4294967295 uid=0 gid=0 ses=4294967295 pid=7 comm="t" exe="/usr/bin/t" sig=0 arch=c000003e '
	printf 'syscall=%s compat=0 ip=0x7f2228bc0829 code=%s\n' "$1" "$2"
}

counts() {
	jq -S '[.runs[].calls[] | {name, count}] | sort_by(.name)' "$1"
}

@test "what strace -ff wrote is one run, given as a prefix or as its files" {
	command -v strace >/dev/null || skip "strace is not installed"
	strace -ff -o "$LOG" sh -c 'cat /dev/null; cat /dev/null; true'
	[ "$(ls "$LOG".* | wc -l)" -eq 3 ]
	callgate import "$LOG" -o "$REC"
	is_true '.runs | length == 1' "$REC"
	callgate import "$LOG".* -o "$REC.list"
	cmp "$REC" "$REC.list"
	[ "$(total execve)" -eq 3 ]
	# Every call has its program, those of a child before its execve too.
	is_true '[.runs[].calls[] | select(.name == "close") | .programs | length == 2] == [true]' "$REC"
	callgate record -o "$REC.own" -- sh -c 'cat /dev/null; cat /dev/null; true'
	diff <(counts "$REC") <(counts "$REC.own")
}

@test "logs by number that say whose their lines are stay logs of their own" {
	printf '1 getpid() = 1\n' >"$LOG.1"
	printf '2 getpid() = 2\n' >"$LOG.2"
	printf 'getuid() = 2\n' >"$LOG.3"
	callgate import "$LOG" -o "$REC"
	is_true '.runs | length == 3' "$REC"
}

@test "no log, and none by number" {
	try callgate import "$LOG"
	status_is 3
	one_error_at "$LOG"
}

@test "options of strace make no difference to the counts" {
	command -v strace >/dev/null || skip "strace is not installed"
	callgate record -o "$REC.own" -- "$CALLS" 100 >/dev/null
	for options in -y -yy -Y '-X raw' '-X verbose' -t -tt -ttt -r -T -i -n '-s 0' -v '-e abbrev=none' -k; do
		strace -f $options -o "$LOG" "$CALLS" 100 >/dev/null 2>&1 || continue
		try callgate import "$LOG" -o "$REC"
		status_is 0
		[ -z "$stderr" ] || show "strace $options"
		diff <(counts "$REC") <(counts "$REC.own") || show "strace $options"
	done
}

@test "auditd's log" {
	{
		echo "type=SECCOMP msg=audit(1795315661.438:7): $(fields 83 0x7ffc0000)"
		printf 'type=SECCOMP msg=audit(1795315661.439:8): %s' "$(fields 165 0x50000)"
		printf '\035ARCH=x86_64 SYSCALL=open\n'
		echo "type=CWD msg=audit(1795315661.439:8): cwd=\"/\""
		printf 'type=SYSCALL msg=audit(1795315661.440:9): arch=c000003e syscall=41 success=yes exit=3 '
		printf 'a0=2 a1=1 a2=0 exe="/x"\n'
	} >"$LOG"
	try callgate import "$LOG" -o "$REC"
	status_is 0
	[ -z "$stderr" ]
	is_true '.runs[0].backend == "import-audit"' "$REC"
	[ "$(total mkdir)" -eq 1 ]
	is_true '[.runs[].calls[] | select(.name == "mount") | .denied] == [1]' "$REC"
	is_true '[.runs[].calls[] | select(.name == "socket") | .args[0].values] == [[2]]' "$REC"
}

@test "the kernel's log, and what it says it lacks" {
	{
		echo "[    1.000000] Linux version 6"
		echo "[   14.641577] audit: type=1326 audit(1795315661.438:7): $(fields 83 0x50000)"
		echo "[   15.000000] kauditd_printk_skb: 14 callbacks suppressed"
	} >"$LOG"
	try callgate import "$LOG" -o "$REC"
	status_is 0
	err_has '14 events are not in the log'
	is_true '.runs[0].remarks | tostring | test("14")' "$REC"
	is_true '.runs[0].backend == "import-kmsg"' "$REC"
}

@test "a journal as json is a log, though it begins with a brace" {
	printf '{"__REALTIME_TIMESTAMP":"1","_TRANSPORT":"kernel","MESSAGE":"audit: type=1326 audit(1.000:7): %s"}\n' \
		"$(fields 83 0x50000 | sed 's/"/\\"/g')" >"$LOG"
	try callgate import "$LOG" -o "$REC"
	status_is 0
	is_true '[.runs[].calls[] | .name] == ["mkdir"]' "$REC"
}

@test "what the kernel logs of a filter, live" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to read /dev/kmsg"
	[ -r /dev/kmsg ] && dmesg >/dev/null 2>&1 || skip "the kernel's log cannot be read here"
	echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_LOG"}]}' \
		>"$BATS_TEST_TMPDIR/p.json"
	callgate run --tell none --profile "$BATS_TEST_TMPDIR/p.json" -- mkdir "$BATS_TEST_TMPDIR/made here" ||
		skip "run does not work here"
	dmesg | tail -50 | grep "$(basename "$(command -v mkdir)")" >"$LOG" || skip "the kernel left the record out"
	for form in '' -T -x -r -e '--time-format iso'; do
		dmesg $form | tail -100 >"$LOG"
		grep -q 'comm="mkdir"' "$LOG" || skip "the kernel's log went on"
		try callgate import "$LOG" -o "$REC"
		status_is 0
		[ "$(( $(total mkdir) + $(total mkdirat) ))" -ge 1 ] || show "dmesg $form"
	done
}

@test "perf trace has the counts that record has" {
	command -v perf >/dev/null || skip "perf is not installed"
	perf trace -o "$LOG" "$CALLS" 100 >/dev/null 2>&1 || skip "perf trace does not work here"
	grep -q getppid "$LOG" || skip "perf trace sees no calls here"
	try callgate import "$LOG" -o "$REC"
	status_is 0
	[ "$(total getppid)" -eq 110 ] || show "getppid $(total getppid) times; in perf's log $(grep -c getppid "$LOG") times:" \
		"$(grep -v 'getppid() *= ' "$LOG" | head -20)"
	[ "$(total execve)" -eq 1 ]
	perf trace -s -o "$LOG" "$CALLS" 100 >/dev/null 2>&1
	try callgate import "$LOG" -o "$REC"
	status_is 0
	[ "$(total getppid)" -eq 110 ]
	is_true '.runs[0].remarks | tostring | test("exit_group")' "$REC"
}

@test "another log in the midst of one is told" {
	{
		echo '1 getpid() = 1'
		echo "type=SECCOMP msg=audit(1795315661.438:7): $(fields 83 0x50000)"
		echo "what?"
	} >"$LOG"
	try callgate import "$LOG" -o "$REC"
	status_is 0
	err_has '2 of 3 lines'
	err_has '1 of these lines look like another log'
	err_has '--from audit'
}

@test "hostile logs: NULs, CRLF, a line too long, noise" {
	{
		head -c 3000000 /dev/zero | tr '\0' a
		printf '\n1 getpid() = 1\r\n\0\0\n'
		head -c 200000 /dev/urandom
	} >"$LOG"
	for format in strace audit kmsg perf strace-summary; do
		try callgate import --from $format "$LOG" -o "$REC"
		[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || show "$format"
		[ "${#stderr}" -lt 3000 ]
	done
	callgate import "$LOG" -o "$REC" 2>/dev/null
	[ "$(total getpid)" -ge 1 ]
}

@test "a million lines" {
	yes "[   14.641577] audit: type=1326 audit(1795315661.438:7): $(fields 83 0x50000)" | head -n 1000000 >"$LOG"
	callgate import "$LOG" -o "$REC"
	is_true '[.runs[].calls[] | .denied] == [1000000]' "$REC"
	# Threads that come and go, and a line without a name behind each: no walk over all of them.
	python3 - >"$LOG" <<-'EOF'
		for i in range(1, 60001):
		    print(i, "getpid() = 1")
		    print(i, "+++ exited with 0 +++")
		for i in range(300000):
		    print("getpid() = 1\n+++ exited with 0 +++")
	EOF
	timeout 60 callgate import "$LOG" -o "$REC"
	[ "$(total getpid)" -eq 360000 ]
}

@test "a line of half a million brackets that never close takes no longer than another" {
	python3 - >"$LOG" <<-'EOF'
		for prefix in "1 read(", " 0.5 ( 0.03 ms): a/3 read(":
		    for piece in "<a", "/*", "(", '\\"', "a|", "- ->":
		        print(prefix + piece * 250000 + ") = 1")
		print("1 getpid() = 1")
	EOF
	timeout 30 callgate import "$LOG" -o "$REC"
	timeout 30 callgate import --from perf "$LOG" -o "$REC" || [ $? -eq 3 ]
}

@test "more files by number than are read" {
	mkdir "$LOG.d"
	(cd "$LOG.d" && seq -f 'log.%.0f' 1 65537 | xargs touch)
	try callgate import "$LOG.d/log"
	status_is 3
	one_error_at "$LOG.d/log"
	err_has 65536
}
