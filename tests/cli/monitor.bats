# callgate monitor: violations out of logs, and as they happen.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	# A program that nobody else on the machine runs: other tests are stopped at the same time.
	cp "$CALLS" mine
	MINE=$PWD/mine
	printf 'default ALLOW\nLOG getppid\n' >log.policy
	printf 'default ALLOW\nkill_process getppid\n' >kill.policy
}

teardown() {
	local pid
	for pid in $(cat pids 2>/dev/null); do
		kill -CONT "$pid" 2>/dev/null || true
		kill -KILL "$pid" 2>/dev/null || true
	done
}

# record SERIAL NR CODE [COMM]: the fields of a record of the kernel's audit.
record() {
	echo "audit(1795315661.438:$1): auid=1000 uid=33 gid=34 ses=3 pid=77 comm=\"${4:-web}\" exe=\"/usr/bin/${4:-web}\"" \
		"sig=0 arch=c000003e syscall=$2 compat=0 ip=0x7f2228bc0829 code=$3"
}

# watch OPTIONS…: a monitor that has begun; its lines in seen.
watch() {
	callgate monitor --json "$@" >seen 2>told </dev/null 3>&- &
	MONITOR=$!
	echo $MONITOR >>pids
	wait_for '.event == "start"' || skip "nothing can be watched so here: $(cat told)"
}

# wait_for JQ: until a line is so; $LINE.
wait_for() {
	local i
	for i in $(seq 300); do
		LINE=$(jq -c "select($1)" seen 2>/dev/null | head -n 1)
		[ -z "$LINE" ] || return 0
		kill -0 "$MONITOR" 2>/dev/null || [ "$i" = 300 ] || return 1
		sleep 0.1
	done
	return 1
}

seen_so() {
	wait_for "$1" || show "a line should be so: $1" "$(tail -n 5 seen)" "$(cat told)"
}

# has JQ: some line is so.
has() {
	[ -n "$(jq -c "select($1)" seen)" ] || show "a line should be so: $1" "$(tail -n 5 seen)"
}

end_watch() {
	kill -"${1:-TERM}" "$MONITOR"
	status=0
	wait "$MONITOR" || status=$?
	[ "$status" -eq 0 ] || show "the monitor failed" "$(cat told)"
}

# sum_of JQ: how many violations of $MINE, over first ones and sums.
sum_of() {
	jq -s --arg exe "$MINE" '[.[] | select(.event == "violation" or .event == "repeated") | select(.exe == $exe) | select('"$1"') | .n] | add // 0' seen
}

run_under() {
	callgate run --profile "$1" --tell none -- "$MINE" "$2" >/dev/null 2>err ||
		[ "$1" = kill.policy ] || show "the program did not run: $(cat err)"
}

@test "auditd's log: each kind once, what came again with its count" {
	for i in 1 2 3; do echo "type=SECCOMP msg=$(record $i 41 0x50000)"; done >audit.log
	echo "type=SECCOMP msg=$(record 4 165 0x80000000)" >>audit.log
	try callgate monitor --source audit.log
	status_is 0
	[ "${#lines[@]}" -eq 3 ] || show "three lines were wanted"
	[[ ${lines[0]} == "2026-11-22T02:47:41.438Z  ERRNO         socket(…)  by /usr/bin/web[77] uid 33" ]] || show "${lines[0]}"
	[[ ${lines[1]} == *"KILL_PROCESS  mount(…)"* ]] || show "${lines[1]}"
	[[ ${lines[2]} == *"socket(…)"*"again 2 times, 3 in all" ]] || show "${lines[2]}"
	err_has "it does not see"
	err_has "4 violations of 2 kinds; nothing is known to be lost"
}

@test "--json: JSON Lines with start and end; --all: every one" {
	for i in 1 2 3; do echo "type=SECCOMP msg=$(record $i 41 0x50000)"; done >audit.log
	callgate monitor --source audit.log --json >seen
	[ "$(jq -r .event seen | tr '\n' ' ')" = "start violation repeated end " ] || show "$(cat seen)"
	has '(.event == "repeated") and (.n == 2 and .total == 3)'
	has '(.event == "end") and (.violations == 3 and .kinds == 1 and .lost == [])'
	has '(.event == "start") and (.sources[0] | .runs and (.misses | length > 0))'
	callgate monitor --source audit.log --json --all >seen
	[ "$(jq -r .event seen | tr '\n' ' ')" = "start violation violation violation end " ] || show "$(cat seen)"
	has '(.event == "violation") and (.syscall == "socket" and .action == "ERRNO" and .seen_by == ["audit"])'
}

@test "dmesg and journal on standard input" {
	try callgate monitor --source - <<<"[   12.345678] audit: type=1326 $(record 1 41 0x7ffc0000)"
	status_is 0
	out_has "LOG           socket(…)"
	try callgate monitor --source - <<<"Nov 22 02:47:41 host kernel: audit: type=1326 $(record 1 41 0)"
	out_has "KILL_THREAD   socket(…)"
}

@test "garbage is counted as lost, and what stands around it is told" {
	{
		echo "type=SECCOMP msg=$(record 1 41 0x50000)"
		head -c 100000 /dev/urandom | tr '\n' x
		echo
		echo "type=SECCOMP msg=audit(1795315661.438:9): arch=c000003e sysc"
		head -c 2000000 /dev/zero | tr '\0' y
		echo
		echo "type=SECCOMP msg=$(record 2 41 0x50000 other)"
	} >audit.log
	try callgate monitor --source audit.log
	status_is 0
	[ "${#lines[@]}" -eq 2 ] || show "two lines were wanted"
	err_has "lost in all: file, unreadable: 3"
	err_lacks "nothing is known to be lost"
}

@test "a name steers no terminal" {
	echo "type=SECCOMP msg=audit(1795315661.438:9): pid=7 comm=1B5B324A exe=2F1B5B324A0A78 arch=c000003e syscall=41 code=0x50000" >audit.log
	try callgate monitor --source audit.log
	status_is 0
	[[ $output != *$'\e'* ]] || show "an escape went through"
	[ "${#lines[@]}" -eq 1 ]
}

@test "a file that is no log is refused; one that is empty, or has no violation, is not" {
	echo hello >text
	try callgate monitor --source text
	status_is 3
	err_has "no line of it is of auditd's log"
	: >empty
	try callgate monitor --source ./empty
	status_is 0
	echo "type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=1 success=yes exit=0 pid=1" >none.log
	try callgate monitor --source none.log
	status_is 0
	err_has "0 violations"
	try callgate monitor --source no/such/file
	status_is 3
	err_has "no/such/file"
	try callgate monitor --source .
	status_is 3
}

@test "a log is followed across rotation, truncation and its making" {
	watch --source audit.log --follow --all
	for i in 1 2 3; do echo "type=SECCOMP msg=$(record $i 41 0x50000)" >>audit.log; done
	seen_so '.event == "violation"'
	echo "type=SECCOMP msg=$(record 4 42 0x50000)" >>audit.log
	mv audit.log audit.log.1
	echo "type=SECCOMP msg=$(record 5 43 0x50000)" >>audit.log.1
	echo "type=SECCOMP msg=$(record 6 44 0x50000)" >audit.log
	seen_so '.syscall == "sendto"'
	: >audit.log
	seen_so '.event == "loss" and .reason == "truncated"'
	echo "type=SECCOMP msg=$(record 7 46 0x50000)" >>audit.log
	seen_so '.syscall == "sendmsg"'
	end_watch
	[ "$(jq -r 'select(.event == "violation") | .syscall' seen | sort | uniq -c | tr -s ' \n' ' ')" = " 1 accept 1 connect 1 sendmsg 1 sendto 3 socket " ] ||
		show "$(cat seen)"
	has '(.event == "end") and (.lost | any(.reason == "truncated" and .n == null))'
}

@test "--new: what is in the log already is not told" {
	echo "type=SECCOMP msg=$(record 1 41 0x50000)" >audit.log
	watch --source audit.log --new --all
	echo "type=SECCOMP msg=$(record 2 42 0x50000)" >>audit.log
	seen_so '.syscall == "connect"'
	end_watch
	[ "$(jq -r 'select(.event == "violation") | .syscall' seen)" = connect ] || show "$(cat seen)"
}

@test "--pid: only of it; a place that nobody knows is not taken for another" {
	{
		echo "type=SECCOMP msg=$(record 1 41 0x50000)"
		echo "type=SECCOMP msg=$(record 2 42 0x50000)" | sed 's/pid=77/pid=78/'
	} >audit.log
	try callgate monitor --source audit.log --pid 78
	out_has connect
	out_lacks socket
	try callgate monitor --source audit.log --container web
	status_is 0
	[ -z "$output" ]
	err_has "left out: 2 of processes that were gone"
}

@test "more kinds than are told apart are counted as others" {
	seq 4200 | sed "s|.*|type=SECCOMP msg=$(record 1 41 0x50000 'p&')|" >audit.log
	callgate monitor --source audit.log --json >seen
	[ "$(jq -r 'select(.event == "violation") | .exe' seen | wc -l)" -eq 4097 ]
	has '(.event == "others") and (.n == 103 and .total == 104)' || show "$(tail -n 3 seen)"
	has '(.event == "end") and (.violations == 4200)'
}

@test "usage" {
	local bad
	try callgate monitor --source adit
	status_is 2
	err_has "did you mean audit?"
	try callgate monitor audit.log
	status_is 2
	err_has "--source audit.log"
	try callgate monitor --pid x
	status_is 2
	try callgate monitor --duration 0
	status_is 2
	for bad in source cgroup container unit history textfile; do
		try callgate monitor --$bad "" --duration 1s
		status_is 2
		err_has "--$bad is empty"
	done
}

@test "options that would do nothing are refused" {
	local bad
	for bad in --since=1h --until=1h --call=mount --action=LOG --unique --limit=3; do
		try callgate monitor --source audit --duration 1s "$bad"
		status_is 2
		err_has "${bad%=*} is a question to the history: add --query"
	done
	for bad in --cgroup=/ --source=audit --listen=127.0.0.1:0 --duration=1s --keep-for=1d; do
		try callgate monitor --query --history h.db "$bad"
		status_is 2
		err_has "${bad%=*} is for watching"
	done
	for bad in --metric-prefix=a --rollout=r.json --keep-for=1d --keep-bytes=64M --user=nobody; do
		try callgate monitor --source audit --duration 1s "$bad"
		status_is 2
		err_has "${bad%=*} does nothing without --"
	done
	try callgate monitor --pid 4194305 --duration 1s
	[ "$status" -ne 0 ]
	err_has "there is no process 4194305"
}

@test "--pid: a process that runs is watched alone" {
	mkfifo go
	printf 'default ALLOW\nERRNO(EPERM) getppid\n' >errno.policy
	callgate run --profile errno.policy --tell none -- bash -c "read -r <go; exec '$MINE' 10" >/dev/null 2>err 3>&- &
	echo $! >>pids
	# A shell that waits in open(2): whatever called run is not it.
	for i in $(seq 300); do
		PID=$(pgrep -f "exec '$MINE' 10" | while read -r pid; do
			[ "$(cat /proc/$pid/comm)" != bash ] || echo "$pid"
		done | head -n 1)
		[ -z "$PID" ] || break
		sleep 0.1
	done
	watch --pid "$PID"
	echo >go
	seen_so ".pid == $PID and .syscall == \"getppid\""
	run_under errno.policy 10
	end_watch
	jq -se --argjson pid "$PID" 'map(select(.event == "violation")) | length > 0 and all(.pid == $pid)' seen
}

@test "where nothing can be watched, each source says why" {
	[ "$(id -u)" -eq 0 ] || skip "only root can be somebody else"
	a_nobody
	try as_nobody callgate monitor --duration 1s
	status_is 4
	err_has "audit: "
	err_has "ebpf: "
}

@test "audit: what is logged is seen while it happens, exactly as often, or its loss is told" {
	watch --source audit --interval 1s
	run_under log.policy 100000
	seen_so ".exe == \"$MINE\""
	# bench-calls makes a tenth more, and a shell's work for it comes before the exec.
	for i in $(seq 100); do
		[ "$(sum_of true)" -lt 110000 ] || break
		sleep 0.1
	done
	end_watch
	[ "$(sum_of true)" -eq 110000 ] || has '(.event == "end") and (.lost | length > 0)' ||
		show "$(sum_of true) of 110000 were told, and nothing of a loss" "$(tail -n 5 seen)"
	jq -e 'select(.event == "violation") | .action == "LOG" and .seen_by == ["audit"]' <<<"$LINE"
}

@test "audit: a reader that is stopped loses nothing, or says so" {
	watch --source audit
	kill -STOP "$MONITOR"
	run_under log.policy 100000
	kill -CONT "$MONITOR"
	seen_so ".exe == \"$MINE\""
	end_watch
	[ "$(sum_of true)" -eq 110000 ] || has '(.event == "end") and (.lost | any(.reason == "enobufs" and .n == null))' ||
		show "$(sum_of true) of 110000 were told, and nothing of a loss" "$(tail -n 5 seen)"
}

@test "audit: while auditd holds the socket, the monitor sees the same" {
	mkfifo stop
	sleep 100 >stop 3>&- &
	echo $! >>pids
	stopper=$!
	"$BATS_TEST_DIRNAME/auditd.py" <stop >auditd 3>&- &
	auditd=$!
	echo $auditd >>pids
	for i in $(seq 100); do [ ! -s auditd ] || break; sleep 0.1; done
	grep -qx held auditd || skip "the audit socket $(cat auditd)"
	watch --source audit
	run_under log.policy 100
	seen_so ".exe == \"$MINE\""
	for i in $(seq 100); do [ "$(sum_of true)" -lt 110 ] || break; sleep 0.1; done
	end_watch
	[ "$(sum_of true)" -eq 110 ] || show "$(sum_of true) of 110 were told" "$(tail -n 5 seen)"
	kill $stopper
	wait $auditd || show "$(cat auditd)"
	# What other programs do on this machine came to it too.
	[ "$(awk '/given back/ { print $1 }' auditd)" -ge 110 ] || show "$(cat auditd)"
}

@test "kmsg: few of many are seen, and that is said" {
	watch --source kmsg
	# The kernel prints for others too, and then not for us for a while.
	for i in 1 2 3 4 5 6; do
		run_under log.policy 10
		sleep 1
		[ "$(sum_of true)" -eq 0 ] || break
	done
	end_watch
	[ "$(sum_of true)" -gt 0 ] || skip "the kernel prints no audit messages here, or none of ours among those of others"
	grep -q '"misses":"[^"]*all but about ten of many' seen
}

@test "auto: what two sources see is told once, with the marks of both" {
	watch --all
	has '(.event == "start") and ([.sources[] | select(.runs) | .name] | contains(["ebpf", "audit"]))' ||
		skip "eBPF and audit do not both work here"
	run_under kill.policy 10
	seen_so ".exe == \"$MINE\" and .action == \"KILL_PROCESS\""
	end_watch
	[ "$(sum_of '.action == "KILL_PROCESS"')" -eq 1 ] || show "$(grep "$MINE" seen)"
	jq -e '.seen_by == ["ebpf", "audit"] and .signal == 31 and (.args | length == 6)' <<<"$LINE" || show "$LINE"
}

@test "auto: a flood that is logged too is counted once, however far the log lags behind" {
	local i
	watch --interval 1s
	has '(.event == "start") and ([.sources[] | select(.runs) | .name] | contains(["ebpf", "audit"]))' ||
		skip "eBPF and audit do not both work here"
	printf 'default ALLOW\nERRNO(EPERM) getppid\n' >errno.policy
	callgate run --profile errno.policy --tell log -- "$MINE" 100000 >/dev/null 2>err || show "the program did not run: $(cat err)"
	for i in $(seq 300); do
		[ "$(sum_of '.syscall == "getppid"')" -lt 110000 ] || break
		sleep 0.1
	done
	end_watch
	[ "$(sum_of '.syscall == "getppid"')" -eq 110000 ] || show "$(grep "$MINE" seen)"
	jq -se --arg exe "$MINE" 'map(select(.exe == $exe)) | any(.seen_by == ["ebpf", "audit"])' seen ||
		show "the log saw none of them: $(grep "$MINE" seen)"
}

@test "it ends by a signal, by time, and when nobody reads any more" {
	watch --source audit
	end_watch HUP # a shell's background has SIGINT ignored
	has '.event == "end"'
	try callgate monitor --source audit --duration 300ms --json
	status_is 0
	out_has '"event":"end"'
	run_under log.policy 1
	try bash -c "for i in 1 2 3; do echo 'type=SECCOMP msg=$(record 1 41 0x50000)'; done >a.log
		set -o pipefail; callgate monitor --source a.log --json --all | head -n 1"
	# 141: SIGPIPE, as any program in a pipe.
	[ "$status" -eq 0 ] || [ "$status" -eq 141 ] || show "the pipe's end is no failure"
}
