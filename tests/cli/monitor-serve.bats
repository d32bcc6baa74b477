#!/usr/bin/env bats
# The monitor's keeper: history, metrics and HTTP of a process without rights, and that nothing acknowledged is lost.
#
# What is watched is a log that the tests write: so nothing here needs audit, eBPF or root, but where a test says so.
bats_require_minimum_version 1.5.0
load helper

setup() {
	WORK=$BATS_TEST_TMPDIR
	chmod 755 "$WORK" "$BATS_RUN_TMPDIR" 2>/dev/null || :
	LOG=$WORK/audit.log
	: >"$LOG"
	mkdir -m 777 "$WORK/kept"
	DB=$WORK/kept/history.db
	SERIAL=0
	MONITOR=
}

teardown() {
	[ -z "$MONITOR" ] || kill -9 "$MONITOR" 2>/dev/null || :
	[ -z "${PROMETHEUS:-}" ] || kill "$PROMETHEUS" 2>/dev/null || :
	[ -z "${DISK:-}" ] || umount -l "$DISK" || :
	wait 2>/dev/null || :
}

# feed N [SYSCALL] [CODE] [SECOND] [PID]: so many lines of audit, one process each unless told.
feed() {
	local i second=${4:-$(date +%s)}
	for ((i = 0; i < $1; i++)); do
		SERIAL=$((SERIAL + 1))
		printf 'type=SECCOMP msg=audit(%d.%03d:%d): auid=4294967295 uid=1000 gid=1000 ses=4294967295 pid=%d comm="t" exe="/usr/bin/t" sig=0 arch=c000003e syscall=%d compat=0 ip=0x7f2228bc0829 code=%s\n' \
			"$second" $((i % 1000)) "$SERIAL" "${5:-$((1000 + SERIAL))}" "${2:-165}" "${3:-0x7ffc0000}"
	done >>"$LOG"
}

# Until the words that follow succeed, 30 s at most.
until_true() {
	local i
	for ((i = 0; i < 300; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	echo "never: $*" >&2
	cat "$WORK/err" >&2 2>/dev/null
	return 1
}

# start OPTION…: the monitor on the log; $URL is where it serves.
start() {
	callgate monitor --source "$LOG" --follow --listen 127.0.0.1:0 "$@" >"$WORK/out" 2>"$WORK/err" 3>&- &
	MONITOR=$!
	until_true grep -q "serving http" "$WORK/err"
	until_true healthy
}
url() {
	grep -o 'http://127[0-9.:]*' "$WORK/err" | tail -n 1
}
healthy() {
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$(url)/healthz")" = 200 ]
}
stop() {
	local status=0
	kill -TERM "$MONITOR"
	wait "$MONITOR" || status=$?
	MONITOR=
	return $status
}
keeper() {
	pgrep -P "$MONITOR" -x callgate-keeper
}
has_metric() {
	curl -s "$(url)/metrics" | grep -F -- "$1"
}
n_kept() { # all violations in the history
	callgate monitor --query --json --history "$DB" | tail -n 1 | jq .sum.violations
}
holds() {
	[ "$(n_kept)" -eq "$1" ]
}

@test "metrics, health and violations are served" {
	start --history "$DB" --profile p.json
	feed 3
	until_true has_metric 'seccomp_violations_total{profile="p.json",container="",syscall="mount",arch="x86_64",action="LOG"} 3'
	has_metric 'seccomp_monitor_source_info{source="file"} 1'
	has_metric 'seccomp_events_lost_total{source="file",reason="truncated"} 0'
	has_metric 'seccomp_events_lost_total{source="history",reason="not written"} 0'
	curl -s -D "$WORK/head" -o "$WORK/plain" "$(url)/metrics"
	grep -i '^content-type: text/plain; version=0.0.4' "$WORK/head"
	curl -s -D "$WORK/head" -o "$WORK/open" -H 'Accept: application/openmetrics-text; version=1.0.0' "$(url)/metrics"
	grep -i '^content-type: application/openmetrics-text; version=1.0.0' "$WORK/head"
	[ "$(tail -n 1 "$WORK/open")" = "# EOF" ]
	if command -v promtool; then promtool check metrics <"$WORK/plain"; fi
	until_true holds 3
	try curl -s "$(url)/api/violations?call=mount&limit=2&since=1d"
	is_true '.violations | length == 2'
	is_true '.violations[0].exe == "/usr/bin/t" and .sum.violations == 3'
	try curl -s "$(url)/api/violations?unique=1&container=web"
	is_true '.violations == [] and .sum.violations == 0'
	stop
	try callgate monitor --query --history "$DB"
	status_is 0
	[ "$(grep -c mount <<<"$output")" -eq 3 ]
	err_has "3 violations"
}

@test "names begin with a prefix, a textfile is written, a rollout's phase is told" {
	jq -n '{callgate: "rollout-state", version: 1, rollout: "web", phase: "partial", since_ms: 1, serial: 2,
		profile_sha256: ("0" * 64), audit_sha256: ("0" * 64)}' >"$WORK/state.json"
	chmod 644 "$WORK/state.json"
	start --metric-prefix workspace --textfile "$WORK/kept/seccomp.prom" --rollout "$WORK/state.json"
	until_true has_metric 'workspace_seccomp_rollout_phase{rollout="web",phase="partial"} 1'
	feed 2
	until_true has_metric 'workspace_seccomp_violations_total{profile="",container="",syscall="mount",arch="x86_64",action="LOG"} 2'
	! curl -s "$(url)/metrics" | grep '^seccomp' || false
	try curl -s "$(url)/api/violations"
	is_true '.error | contains("--history")'
	stop
	grep -q '^workspace_seccomp_violations_total.* 2$' "$WORK/kept/seccomp.prom"
	[ "$(stat -c %a "$WORK/kept/seccomp.prom")" = 644 ]
	folder_has_only "$WORK/kept" seccomp.prom
}

@test "the keeper has no rights, and both are under filters" {
	[ "$(id -u)" -eq 0 ] || skip "only root has rights to give up"
	nm -a "$CALLGATE" | grep -q __asan_init && skip "a build with sanitizers loads no filter into itself"
	start --history "$DB"
	local status=/proc/$(keeper)/status
	grep -q '^Uid:.65534.65534.65534.65534' "$status"
	grep -q '^Groups:.*$' "$status"
	for set in CapInh CapPrm CapEff CapAmb; do grep -q "^$set:.0000000000000000" "$status"; done
	grep -q '^NoNewPrivs:.1' "$status"
	grep -q '^Seccomp:.2' "$status"
	grep -q '^Seccomp:.2' "/proc/$MONITOR/status"
	# CAP_SYS_ADMIN (21) and CAP_NET_ADMIN (12) are not among what the reader keeps.
	local effective=$((16#$(sed -n 's/^CapEff:.//p' "/proc/$MONITOR/status")))
	[ $((effective & (1 << 21))) -eq 0 ]
	[ $((effective & (1 << 12))) -eq 0 ]
	# Nothing of the reader's is open in the keeper but socket and standard streams: the rest is the keeper's own.
	! ls -l "/proc/$(keeper)/fd" | grep audit.log || false
	feed 3
	until_true holds 3
	stop
}

@test "requests that are wrong get one answer each, and the next is served" {
	start --history "$DB"
	code() { curl -s -o "$WORK/body" -w '%{http_code}' --max-time 30 "$@"; }
	[ "$(code -X POST -d x "$(url)/metrics")" = 405 ]
	[ "$(code -X DELETE "$(url)/metrics")" = 405 ]
	[ "$(code -I "$(url)/metrics")" = 200 ]
	[ "$(code "$(url)/nothing")" = 404 ]
	[ "$(code "$(url)/../../etc/passwd" --path-as-is)" = 404 ]
	[ "$(code -H 'Host: evil.example' "$(url)/api/violations")" = 403 ]
	[ "$(code -H 'Host: localhost:1' "$(url)/metrics")" = 200 ]
	for bad in since=never limit=0 limit=x call=nothing action=NOTHING unknown=1 unique=maybe pid=-1; do
		[ "$(code "$(url)/api/violations?$bad")" = 400 ] || show "$bad"
		jq -e .error "$WORK/body"
	done
	[ "$(code "$(url)/api/violations?$(printf 'host=a&%.0s' $(seq 50))")" = 400 ]
	local answer
	answer=$(code -H "X: $(head -c 40000 /dev/zero | tr '\0' x)" "$(url)/metrics") || :
	[ "$answer" = 431 ] || [ "$answer" = 000 ] || [ "$answer" = 413 ] || show "$answer"
	for garbage in 'GET' '\0\0\0\0' 'GET / HTTP/9.9\r\n\r\n' ' \r\n\r\n' 'GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n' \
		'GET /metrics HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n'; do
		(
			exec 9<>"/dev/tcp/127.0.0.1/$(url | sed 's/.*://')"
			printf "$garbage" >&9
			timeout 0.2 cat <&9 || :
		) >/dev/null 2>&1 || :
	done
	[ "$(code "$(url)/metrics")" = 200 ]
	[ "$(keeper | wc -l)" -eq 1 ]
	stop
}

@test "clients that stall, and too many at once, hold up nobody for long" {
	start --history "$DB"
	local port=$(url | sed 's/.*://') stalled=() i
	for ((i = 0; i < 80; i++)); do
		( exec 9<>"/dev/tcp/127.0.0.1/$port"; printf 'GET /met' >&9; exec sleep 60 ) 3>&- 2>/dev/null &
		stalled+=($!)
	done
	feed 5
	until_true holds 5 # the history does not wait for them
	# Those that stall are ended; the next come in.
	curl -s --max-time 60 "$(url)/metrics" >"$WORK/metrics"
	kill "${stalled[@]}" 2>/dev/null || :
	grep -q 'syscall="mount",arch="x86_64",action="LOG"} 5' "$WORK/metrics"
	stop
}

@test "a keeper that is killed is started anew, and what it had not kept is told again, once" {
	start --history "$DB" --keep-bytes 64M --keep-for 30d # it is started with the same words
	local round
	for round in 1 2 3; do
		feed 300
		kill -9 "$(keeper)"
		feed 300
		until_true holds $((round * 600))
		until_true healthy
	done
	has_metric 'seccomp_monitor_keeper_restarts 3'
	stop
	[ "$(n_kept)" -eq 1800 ]
	grep -q "started anew 3 times" "$WORK/err"
}

@test "what was acknowledged is there after both were killed" {
	start --history "$DB"
	local before kept
	feed 400
	until_true holds 400
	feed 2000
	before=$(curl -s "$(url)/api/violations?limit=1" | jq .sum.violations)
	[ "$before" -ge 400 ]
	local child=$(keeper)
	kill -9 "$MONITOR" "$child"
	wait "$MONITOR" 2>/dev/null || :
	kept=$(n_kept)
	[ "$kept" -ge "$before" ]
	start --history "$DB" --new
	feed 10
	until_true holds $((kept + 10))
	stop
}

@test "a keeper that cannot live is given up" {
	start
	local i
	for ((i = 0; i < 200; i++)); do
		kill -9 "$(keeper)" 2>/dev/null || :
		kill -0 "$MONITOR" 2>/dev/null || break
		sleep 0.1
	done
	local status=0
	wait "$MONITOR" || status=$?
	MONITOR=
	[ "$status" -eq 4 ] || [ "$status" -eq 3 ] || show "$status"
	grep -q "callgate-keeper: ended 5 times" "$WORK/err"
}

@test "times in the past, and a clock that was set back, are kept as they are" {
	start --history "$DB"
	feed 5 165 0x7ffc0000 1700000000
	feed 5
	feed 5 321 0x7ffc0000 1600000000
	until_true holds 15
	try callgate monitor --query --json --history "$DB" --until 2021-01-01
	is_true 'select(.sum) | .sum.violations == 5'
	try callgate monitor --query --json --history "$DB" --since 2023-11-14 --until 2023-11-15 --call mount
	[ "$(tail -n 1 <<<"$output" | jq .sum.violations)" -eq 5 ]
	stop
}

@test "a full disk stops nothing: what is not kept is counted, and it goes on when there is room" {
	[ "$(id -u)" -eq 0 ] || skip "only root can mount a small disk"
	mkdir "$WORK/disk"
	mount -t tmpfs -o size=4m,mode=777 tmpfs "$WORK/disk" 2>"$WORK/mount" || skip "no disk can be mounted here: $(cat "$WORK/mount")"
	DISK=$WORK/disk
	DB=$DISK/history.db
	start --history "$DB"
	feed 5
	until_true holds 5
	dd if=/dev/zero of="$DISK/fill" bs=4k 2>/dev/null || :
	local i
	for ((i = 0; i < 100; i++)); do
		feed 100
		has_metric 'seccomp_monitor_history_writable 0' && break
		sleep 0.2
	done
	has_metric 'seccomp_monitor_history_writable 0'
	[ "$(curl -s -o "$WORK/health" -w '%{http_code}' "$(url)/healthz")" = 503 ]
	grep -q full "$WORK/health"
	rm "$DISK/fill"
	feed 5 321
	until_true has_metric 'seccomp_monitor_history_writable 1'
	until_true healthy
	local status=0
	stop || status=$?
	[ "$status" -eq 4 ]
	grep -q "could not be kept" "$WORK/err"
	# Kept and lost together are all that there were.
	try callgate monitor --query --json --history "$DB"
	[ "$(tail -n 1 <<<"$output" | jq '.sum | .violations + .lost')" -eq "$SERIAL" ]
}

@test "a damaged history is moved aside, also while it is used" {
	head -c 20000 /dev/urandom >"$DB"
	start --history "$DB"
	grep -q "was damaged, and is now $DB.damaged-1" "$WORK/err"
	feed 3
	until_true holds 3
	stop
	[ -f "$DB.damaged-1" ]
	try callgate monitor --query --history "$WORK/err"
	status_is 3
	one_error_at "$WORK/err"
}

@test "one history has one writer, and one that cannot be used is told at the start" {
	start --history "$DB"
	try callgate monitor --source "$LOG" --history "$DB"
	status_is 4
	err_has "another process is writing"
	stop
	try callgate monitor --source "$LOG" --history "$WORK/none/there/history.db"
	[ "$status" -ne 0 ]
	err_has "none/there"
	try callgate monitor --source "$LOG" --listen 127.0.0.1:http
	[ "$status" -ne 0 ]
	err_has "127.0.0.1:9464"
	try callgate monitor --source "$LOG" --listen 192.0.2.1:0
	[ "$status" -ne 0 ]
	err_has "192.0.2.1:0: cannot listen there"
}

@test "a history in root's own folder: who keeps it, and what helps, is said" {
	[ "$(id -u)" -eq 0 ] || skip "only root's folders are not the keeper's"
	mkdir -m 755 "$WORK/roots"
	try callgate monitor --source "$LOG" --history "$WORK/roots/h.db"
	[ "$status" -ne 0 ]
	err_has "roots/h.db.lock: cannot open: Permission denied"
	err_has "as user nobody"
	err_has "--user"
	mkdir -m 700 "$WORK/closed"
	try callgate monitor --source "$LOG" --history "$WORK/closed/h.db"
	[ "$status" -ne 0 ]
	err_has "as user nobody"
	try callgate monitor --source "$LOG" --history "$WORK/roots/new/h.db"
	status_is 0
	[ "$(stat -c %U:%a "$WORK/roots/new")" = nobody:750 ]
	try callgate monitor --source "$LOG" --history "$WORK/closed/new/h.db" --user root
	status_is 0
}

@test "options are checked before anything is started" {
	local bad
	for bad in '--metric-prefix=1x' '--user=nobody-of-this-name' '--keep-for=x' '--keep-bytes=5' '--keep-bytes=1T'; do
		try callgate monitor --source "$LOG" --history "$DB" "$bad"
		status_is 2
		err_has "${bad%=*}"
	done
	for bad in --since=never --until=x --call=nothing --action=x --limit=0 --pid=x; do
		try callgate monitor --query --history "$DB" "$bad"
		status_is 2
	done
	try callgate monitor --query --history "$DB" --since 1h --until 2h
	status_is 2
	err_has "the first must be earlier"
	try callgate monitor --query --history "$DB"
	status_is 3
	one_error_at "$DB"
}

@test "the history stays within its bounds" {
	start --history "$DB" --keep-bytes 1M
	local i
	for ((i = 0; i < 10; i++)); do feed 500; done
	until_true has_metric "action=\"LOG\"} $SERIAL"
	stop
	[ "$(cat "$DB" "$DB-wal" | wc -c)" -le $((2 * 1024 * 1024)) ]
	try callgate monitor --query --json --history "$DB"
	[ "$(tail -n 1 <<<"$output" | jq '.sum | .violations + .lost')" -eq "$SERIAL" ]
}

@test "a Prometheus scrapes it and evaluates the rules" {
	command -v prometheus >/dev/null || skip "there is no prometheus here"
	local port answer
	start --history "$DB" --profile p.json
	feed 3
	until_true has_metric 'action="LOG"} 3'
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	sed -e 's/for: .*/for: 1s/' "$TOP/examples/prometheus/callgate-rules.yml" >"$WORK/rules.yml"
	cat >"$WORK/prometheus.yml" <<END
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [ rules.yml ]
scrape_configs: [ { job_name: callgate, static_configs: [ { targets: [ "$(url | sed 's,http://,,')" ] } ] } ]
END
	prometheus --config.file="$WORK/prometheus.yml" --storage.tsdb.path="$WORK/tsdb" --web.listen-address="127.0.0.1:$port" \
		>"$WORK/prometheus.log" 2>&1 3>&- &
	PROMETHEUS=$!
	query() { curl -s --get --data-urlencode "query=$1" "http://127.0.0.1:$port/api/v1/query" | jq -e -r "${2:-.data.result[0].value[1]}"; }
	is_3() { [ "$(query 'sum(seccomp_violations_total{syscall="mount"})')" = 3 ]; }
	until_true is_3
	[ "$(query 'up{job="callgate"}')" = 1 ]
	firing() { curl -s "http://127.0.0.1:$port/api/v1/alerts" | jq -e --arg name "$1" '.data.alerts[] | select(.labels.alertname == $name)'; }
	feed 1 165 0x80000000
	until_true firing SeccompViolation
	stop
	until_true firing CallgateMonitorDown
}
