# A scrape of the monitor with 10,000 series: what a Prometheus server waits for (goal: 10 ms).
#
# The series are violations in a log, all calls of five architectures with all answers of a filter; more than fit, so
# that there are exactly as many as there can be. Times are curl's, from the request to the last byte.
command -v curl >/dev/null && [ -x "$build/src/callgate-keeper" ] || { echo "bench: curl or callgate-keeper is missing; no scrape" >&2; return 0; }

python3 - >"$work/audit.log" <<'END'
n = 0
for arch in (0xc000003e, 0x40000003, 0xc00000b7, 0x40000028, 0xc0000015):
    for nr in range(450):
        for code in (0x80000000, 0, 0x30000, 0x50000, 0x7fc00000, 0x7ff00000, 0x7ffc0000):
            n += 1
            print(f'type=SECCOMP msg=audit(1795315661.438:{n}): auid=1 uid=1 gid=1 ses=1 pid=1 comm="t" exe="/t" sig=0 '
                  f'arch={arch:x} syscall={nr} compat=0 ip=0x1 code={code:#x}')
END
chmod 755 "$work"
callgate monitor --source "$work/audit.log" --follow --listen 127.0.0.1:0 >/dev/null 2>"$work/monitor" &
scraped=$!
trap 'kill $scraped; wait $scraped || :' EXIT
url() {
	grep -o 'http://[0-9.:]*' "$work/monitor"
}
for _ in $(seq 300); do
	n_series=$(curl -s "$(url)/metrics" 2>/dev/null | grep -c '^seccomp_violations_total') || :
	[ "${n_series:-0}" -ge 10001 ] && break
	sleep 0.1
done

scrape_ms() { # PATH [HEADER]
	curl -s -o /dev/null -w '%{time_total}' -H "${2:-X: y}" "$(url)$1" | awk '{ printf "%.2f", $1 * 1000 }'
}

variant "/healthz: the floor" scrape_ms /healthz
variant "/metrics, $n_series series, Prometheus' text" scrape_ms /metrics
variant "/metrics, $n_series series, OpenMetrics" scrape_ms /metrics 'Accept: application/openmetrics-text'
compare "One scrape" ms
