# A rollout on several hosts, each a network namespace on this machine, and a real Prometheus that asks each of them:
# from audit through part of the hosts to all, with a violation that holds the gate, a fix, and a rollback.
load helper

HOSTS=(a b c)

setup() {
	local command
	cd "$BATS_TEST_TMPDIR"
	# Names and addresses of its own: two test runs may share a machine.
	TAG=cg$$
	NET=10.$((20 + RANDOM % 200)).$((RANDOM % 256))
	PIDS=()
	for command in prometheus ip python3 curl; do
		command -v $command >/dev/null || skip "there is no $command"
	done
	[ "$(id -u)" -eq 0 ] || skip "only root can make network namespaces"
	export no_proxy='*'
	good_profile >p.json
}

teardown() {
	for pid in "${PIDS[@]}"; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
	done
	for host in "${HOSTS[@]}"; do
		ip netns delete $TAG-$host 2>/dev/null || true
	done
	ip link delete $TAG 2>/dev/null || true
}

# One namespace a host, .1 to .3, on a bridge that is .254: there Prometheus is.
make_hosts() {
	local n=0
	ip link add $TAG type bridge 2>/dev/null && ip address add $NET.254/24 dev $TAG && ip link set $TAG up ||
		skip "this machine makes no bridges"
	for host in "${HOSTS[@]}"; do
		n=$((n + 1))
		ip netns add $TAG-$host 2>/dev/null || skip "this machine makes no network namespaces"
		ip -n $TAG-$host link show >/dev/null 2>why || skip "no network namespace can be entered here: $(tail -n 1 why)"
		ip link add $TAG$host type veth peer name eth0 netns $TAG-$host || skip "this machine makes no veth devices"
		ip link set $TAG$host master $TAG up
		ip -n $TAG-$host address add $NET.$n/24 dev eth0
		ip -n $TAG-$host link set eth0 up
		ip -n $TAG-$host link set lo up
		if [ -n "${OWN:-}" ]; then start_callgate $host $n; else start_monitor $host $n; fi
	done
}

# What a monitor serves, as a file that a test changes.
start_monitor() {
	[ -s $1.metrics ] || printf 'seccomp_monitor_source_info{source="%s"} 1\n' ebpf audit >$1.metrics
	ip netns exec $TAG-$1 python3 "$BATS_TEST_DIRNAME/rollout_server.py" $NET.$2:9464 $1.metrics >$1.served 2>&1 3>&- &
	PIDS+=($!)
	MONITOR[$2]=$!
}

start_prometheus() {
	{
		echo 'global: {scrape_interval: 1s, scrape_timeout: 1s}'
		echo 'scrape_configs:'
		echo '  - job_name: callgate'
		echo '    static_configs:'
		local n=0
		for host in "${HOSTS[@]}"; do
			n=$((n + 1))
			echo "      - {targets: ['$NET.$n:9464'], labels: {node: $host}}"
		done
	} >prometheus.yml
	prometheus --config.file=prometheus.yml --storage.tsdb.path=tsdb --web.listen-address=$NET.254:9090 --log.level=error \
		>prometheus.log 2>&1 3>&- &
	PIDS+=($!)
}

# violation HOST CALL ACTION COUNT: the counter as it stands now.
violation() {
	local line="seccomp_violations_total{profile=\"web\",container=\"\",syscall=\"$2\",arch=\"x86_64\",action=\"$3\"}"
	{
		grep -v -F "$line " $1.metrics
		echo "$line $4"
	} >$1.new
	mv $1.new $1.metrics
}

a_rollout() {
	cat >r.json <<-JSON
		{"callgate": "rollout", "version": 1, "name": "web", "profile": "p.json", "audit": "p.audit.json",
		 "hosts": ["a", "b", "c"], "cohorts": [{"name": "first", "hosts": ["a"]}],
		 "phases": [{"name": "audit", "enforce": "none", "minimum": "3s", "gate": {"new_violations": 0, "tiers":
		              ["critical"], "lost": 0, "hosts": "all", "watched": "30%"}},
		            {"name": "partial", "enforce": ["first"], "minimum": "3s",
		             "gate": {"violations": 0, "lost": 0, "hosts": "all", "watched": "30%"}},
		            {"name": "full", "enforce": "all"}],
		 "source": {"prometheus": "http://$NET.254:9090", "host_label": "node", "match": {"profile": "web"}}}
	JSON
	callgate rollout init r.json
}

# until_status FILTER: waits until jq says so of the status.
until_status() {
	for _ in $(seq 240); do
		try callgate rollout status --json r.json
		status_is 0
		[ "$(jq "$1" <<<"$output")" != true ] || return 0
		sleep 0.25
	done
	show "in a minute this did not come true: $1"
}

# until_seen QUERY: waits until Prometheus has a series for it.
until_seen() {
	for _ in $(seq 120); do
		curl -s -G --data-urlencode "query=$1" http://$NET.254:9090/api/v1/query | jq -e '.data.result | length > 0' \
			>/dev/null && return 0
		sleep 0.5
	done
	show "Prometheus has never seen $1"
}

condition() {
	echo ".gate.conditions[] | select(.name == \"$1\") | .holds == \"$2\" and (.says | contains(\"${3:-}\"))"
}

apply_everywhere() {
	for host in "${HOSTS[@]}"; do
		mkdir -p $host
		callgate rollout apply --host $host --output $host/seccomp.json r.json
	done
}

@test "from audit to all hosts: a violation holds the gate, a fix, a rollback" {
	declare -A MONITOR
	echo 'seccomp_monitor_source_info{source="ebpf"} 1' >a.metrics
	make_hosts
	violation b getppid LOG 3 # known before the rollout began
	start_prometheus
	a_rollout
	# eBPF sees no call that is only logged: in an audit it is no report.
	until_status "$(condition hosts no "a is to log")"
	echo 'seccomp_monitor_source_info{source="audit"} 1' >>a.metrics
	until_status "$(condition hosts yes "3 of 3")"

	# A: everything is logged; on b something is called that nobody had thought of.
	apply_everywhere
	cmp c/seccomp.json p.audit.json
	violation b openat LOG 1
	until_status "$(condition new_violations no "openat (LOG) on b")"
	until_status "$(condition time yes)"
	try callgate rollout advance r.json
	status_is 1
	err_has "openat"

	# The fix: the profile allows it, and the phase begins again. What was seen before is not new.
	jq '.syscalls[0].names += ["openat"]' p.json >q.json && mv q.json p.json
	try callgate rollout advance r.json
	err_has "the profile has changed"
	callgate rollout rollback --to audit --reason 'openat is needed' r.json
	apply_everywhere
	until_status .gate.open
	try callgate rollout advance r.json
	status_is 0

	# B: enforced on the first host alone.
	apply_everywhere
	cmp a/seccomp.json p.json
	cmp b/seccomp.json p.audit.json
	# c stops reporting: the gate waits for it.
	kill ${MONITOR[3]}
	wait ${MONITOR[3]} || true
	until_status "$(condition hosts no "c does not report")"
	start_monitor c 3
	until_status "$(condition hosts yes "3 of 3")"
	# A monitor that answers and watches nothing reports nothing; lost events are no zero either.
	cp c.metrics c.whole
	sed -i /source_info/d c.metrics
	until_status "$(condition hosts no "c does not report")"
	cp c.whole c.metrics
	echo 'seccomp_events_lost_total{source="audit",reason="enobufs"} 5' >>a.metrics
	until_status "$(condition lost no "5 events lost")"
	try callgate rollout advance r.json
	status_is 1
	callgate rollout rollback --to partial --reason 'the buffer is larger now' r.json
	until_status .gate.open
	callgate rollout advance r.json

	# C: everywhere. It goes wrong on c, and one command brings audit back to all.
	apply_everywhere
	cmp c/seccomp.json p.json
	violation c ptrace ERRNO 40
	until_status '.violations[] | select(.call == "ptrace") | .host == "c" and .tier == "high"'
	callgate rollout rollback --to audit --reason 'ptrace on c' r.json
	apply_everywhere
	for host in "${HOSTS[@]}"; do
		cmp $host/seccomp.json p.audit.json
	done
	[ "$(jq -s -r 'map(.change + " " + .phase) | join(", ")' r.journal.jsonl)" = \
		"init audit, rollback audit, advance partial, rollback partial, advance full, rollback audit" ] ||
		show "$(cat r.journal.jsonl)"
}

# start_callgate HOST N: a real monitor in the host's namespace, which follows the host's own audit log.
start_callgate() {
	touch $1.log
	mkdir -p $1.kept
	ip netns exec $TAG-$1 "$CALLGATE" monitor --source $1.log --follow --user root --history "$PWD/$1.kept/history.db" \
		--listen $NET.$2:9464 --metric-prefix workspace --rollout "$PWD/r.state.json" >$1.monitored 2>&1 3>&- &
	PIDS+=($!)
	for _ in $(seq 300); do
		! ip netns exec $TAG-$1 curl -s -o served http://$NET.$2:9464/metrics || return 0
		kill -0 ${PIDS[-1]} 2>/dev/null || break
		sleep 0.1
	done
	show "the monitor of $1 does not serve" "$(cat $1.monitored)"
}

# denied HOST NR CODE: as the kernel logs it there.
denied() {
	echo "type=SECCOMP msg=audit($(date +%s.%3N):$RANDOM): auid=0 uid=0 gid=0 ses=1 pid=4242 comm=\"t\"" \
		"exe=\"/usr/bin/t\" sig=0 arch=c000003e syscall=$2 compat=0 ip=0x7f2228bc0829 code=$3" >>$1.log
}

@test "with callgate's own monitors: a violation, a fix, enforcement, a rollback" {
	a_rollout
	jq --arg url "http://$NET.254:9090" '.source = {prometheus: $url, host_label: "node", prefix: "workspace"}' r.json >q.json
	mv q.json r.json
	OWN=1 make_hosts
	start_prometheus
	until_status "$(condition hosts yes "3 of 3")"
	until_seen 'workspace_seccomp_rollout_phase{rollout="web",phase="audit"} == 1'
	apply_everywhere
	denied b 257 0x7ffc0000
	until_status "$(condition new_violations no "openat (LOG) on b")"
	jq '.syscalls[0].names += ["openat"]' p.json >q.json && mv q.json p.json
	callgate rollout rollback --to audit r.json
	until_status .gate.open
	callgate rollout advance r.json
	apply_everywhere
	cmp a/seccomp.json p.json
	cmp b/seccomp.json p.audit.json
	denied a 101 0x50000
	until_status "$(condition violations no "ptrace (high, ERRNO) on a")"
	until_seen 'workspace_seccomp_rollout_phase{rollout="web",phase="partial"} == 1'
	callgate rollout rollback --reason 'ptrace on a' r.json
	apply_everywhere
	cmp a/seccomp.json p.audit.json
}

@test "a Prometheus that stops answering shuts the gate" {
	declare -A MONITOR
	make_hosts
	start_prometheus
	a_rollout
	until_status .gate.open
	kill ${PIDS[-1]}
	wait ${PIDS[-1]} || true
	unset "PIDS[-1]"
	try callgate rollout advance r.json
	status_is 1
	err_has "no answer"
}

@test "counters that are set back, and begin within the phase, are counted" {
	declare -A MONITOR
	make_hosts
	violation a getppid LOG 100
	start_prometheus
	a_rollout
	jq '.phases[0].gate.violations = 0' r.json >q.json && mv q.json r.json
	until_status "$(condition hosts yes)"
	# Seen at 100 before the phase begins anew: that is no violation of this phase.
	until_seen 'seccomp_violations_total{node="a"} == 100'
	callgate rollout rollback --to audit r.json
	until_status "$(condition time yes)"
	until_status "$(condition violations yes "0 violations")"
	violation a getppid LOG 2 # the monitor was started again, and has seen two
	until_status "$(condition violations no "2 violations")"
	violation a getppid LOG 3
	violation b getppid LOG 1
	until_status "$(condition violations no "4 violations")"
}
