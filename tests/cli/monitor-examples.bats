#!/usr/bin/env bats
# The examples around the monitor: rules, dashboard, units and manifests are what they say, and use only what there is.
bats_require_minimum_version 1.5.0
load helper

EXAMPLES=$TOP/examples

# Names of metrics in a file.
metrics_in() {
	grep -o -h 'seccomp_[a-z_]*[a-z]' "$@" | sort -u
}

@test "alert rules are right, and fire when they should" {
	command -v promtool >/dev/null || skip "there is no promtool here"
	promtool check rules "$EXAMPLES/prometheus/callgate-rules.yml"
	cd "$EXAMPLES/prometheus"
	promtool test rules callgate-rules-test.yml
}

@test "rules, dashboard and manual name only metrics that are exported" {
	exported=$(sed -n 's/^seccomp_/&/p' "$TOP/src/monitor/metrics.c"
		grep -o '"\(violations\|events_lost\|events_lost_unknown\)"' "$TOP/src/monitor/metrics.c" | tr -d '"' |
			sed 's/.*/seccomp_&_total/' | sort -u
		grep -o '"monitor_[a-z_]*"' "$TOP/src/monitor/metrics.c" | tr -d '"' | sed 's/.*/seccomp_&/'
		echo seccomp_monitor_source_info seccomp_monitor_build_info seccomp_rollout_phase | tr ' ' '\n')
	[ "$(wc -l <<<"$exported")" -ge 8 ]
	for file in prometheus/callgate-rules.yml grafana/callgate.json; do
		for name in $(metrics_in "$EXAMPLES/$file"); do
			grep -qx "$name" <<<"$exported" || show "$file: $name is exported by nobody"
		done
	done
	for name in $(metrics_in "$TOP/man/callgate-keeper.8.scd"); do
		grep -qx "$name" <<<"$exported" || show "callgate-keeper(8): $name is exported by nobody"
	done
}

@test "the dashboard is JSON, each panel with a query of its own place" {
	is_true '.title and .uid and (.panels | length) >= 8' "$EXAMPLES/grafana/callgate.json"
	is_true '[.panels[] | .targets[] | .expr | length > 0] | all' "$EXAMPLES/grafana/callgate.json"
	is_true '(.panels | map(.id) | unique | length) == (.panels | length)' "$EXAMPLES/grafana/callgate.json"
	is_true '[.panels[].gridPos | .x + .w <= 24] | all' "$EXAMPLES/grafana/callgate.json"
}

@test "the manifests are YAML, and what they name is there" {
	python3 -c 'import yaml' 2>/dev/null || skip "python3 has no yaml module here"
	python3 - "$EXAMPLES/kubernetes/monitor.yaml" <<'END'
import sys, yaml
documents = list(yaml.safe_load_all(open(sys.argv[1])))
kinds = {d["kind"]: d for d in documents}
assert set(kinds) == {"Namespace", "ServiceAccount", "Role", "RoleBinding", "DaemonSet", "Service", "NetworkPolicy",
                      "ServiceMonitor"}, kinds.keys()
pod = kinds["DaemonSet"]["spec"]["template"]["spec"]
volumes = {v["name"] for v in pod["volumes"]}
for container in pod["containers"] + pod["initContainers"]:
    assert {m["name"] for m in container["volumeMounts"]} <= volumes
labels = kinds["DaemonSet"]["spec"]["template"]["metadata"]["labels"]
assert kinds["Service"]["spec"]["selector"].items() <= labels.items()
assert kinds["DaemonSet"]["spec"]["selector"]["matchLabels"].items() <= labels.items()
assert kinds["Role"]["rules"] == []
for argument in pod["containers"][0]["args"]:
    print(argument.split("=")[0])
END
}

@test "units and manifests use options that there are" {
	help=$(callgate monitor --help)
	for option in $(grep -o -h -E -- '^(ExecStart=.*|.*--[a-z-]+ .*\\?|	--.*|            - --.*)$' "$EXAMPLES/systemd/callgate-monitor.service" \
		"$EXAMPLES/kubernetes/monitor.yaml" | grep -o -E -- '--[a-z-]+' | sort -u); do
		grep -q -- " $option" <<<"$help" || show "$option is no option of callgate monitor"
	done
	if command -v systemd-analyze >/dev/null; then
		sed "s,/usr/local/bin/callgate,$CALLGATE," "$EXAMPLES/systemd/callgate-monitor.service" >"$BATS_TEST_TMPDIR/callgate-monitor.service"
		systemd-analyze verify --man=no "$BATS_TEST_TMPDIR/callgate-monitor.service"
	fi
}
