# The filters that daemons, browsers and launchers put on themselves: decided within the budget, simulator agreeing.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	need_root
}

teardown() {
	[ -z "${STARTED:-}" ] || end_all "$STARTED"
	[ -z "${CLIENT:-}" ] || end_all "$CLIENT"
	[ -z "${NOBODY:-}" ] || rm -rf "$NOBODY"
}

@test "OpenSSH's child before authentication" {
	need sshd ssh-keygen ps
	ssh-keygen -q -t ed25519 -N '' -f key
	mkdir -p /run/sshd
	port=$(a_port)
	/usr/sbin/sshd -D -f /dev/null -h "$PWD/key" -o "Port=$port" -o ListenAddress=127.0.0.1 -o "PidFile=$PWD/pid" -o UsePAM=no \
		>log 2>&1 3>&- &
	STARTED=$!
	for i in $(seq 50); do
		(exec 4<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
		sleep 0.1
	done
	# It is sandboxed once both sides have said their versions.
	bash -c "exec 4<>/dev/tcp/127.0.0.1/$port; printf 'SSH-2.0-callgate\r\n' >&4; sleep 30" 3>&- &
	CLIENT=$!
	wait_filtered "$STARTED" 1 || skip "this sshd sandboxes no child by seccomp: $(head -n 1 log)"
	decided "OpenSSH, before authentication" $(head -n 1 <<<"$PIDS")
}

@test "vsftpd, before login" {
	need vsftpd ps
	mkdir empty
	port=$(a_port)
	printf '%s\n' listen=YES listen_address=127.0.0.1 "listen_port=$port" anonymous_enable=YES seccomp_sandbox=YES \
		background=NO "secure_chroot_dir=$PWD/empty" >vsftpd.conf
	chown root vsftpd.conf
	vsftpd "$PWD/vsftpd.conf" >log 2>&1 3>&- &
	STARTED=$!
	bash -c "for i in \$(seq 50); do exec 4<>/dev/tcp/127.0.0.1/$port && break; sleep 0.1; done; sleep 30" 2>/dev/null 3>&- &
	CLIENT=$!
	wait_filtered "$STARTED" 1 || skip "vsftpd does not sandbox itself here: $(head -n 1 log)"
	decided "vsftpd, before login" $(head -n 1 <<<"$PIDS")
}

@test "bubblewrap with two filters" {
	need bwrap ps
	callgate compile @container-default -o a.bpf
	callgate compile @workspace -o b.bpf
	bwrap --ro-bind / / --proc /proc --add-seccomp-fd 8 --add-seccomp-fd 9 sleep 100 8<a.bpf 9<b.bpf >log 2>&1 3>&- &
	STARTED=$!
	wait_filtered "$STARTED" 1 || skip "bwrap cannot start anything here: $(head -n 1 log)"
	pid=$(tail -n 1 <<<"$PIDS")
	decided "bubblewrap, two filters (ours)" "$pid"
	callgate merge --intersect @container-default @workspace -o both.json
	try callgate diff pid:"$pid" both.json
	status_is 0
}

@test "Chromium's processes" {
	need chromium ps setpriv
	a_nobody
	(
		cd "$NOBODY"
		exec env HOME="$NOBODY" setpriv --reuid=65534 --regid=65534 --clear-groups chromium --headless \
			--user-data-dir="$NOBODY/data" --remote-debugging-port=0 about:blank >"$BATS_TEST_TMPDIR/log" 2>&1 3>&-
	) &
	STARTED=$!
	wait_filtered "$STARTED" 2 || skip "Chromium starts no sandbox here: $(grep -m 1 -i sandbox log)"
	sleep 1
	seen=
	for pid in $(filtered "$STARTED"); do
		kind=$(tr '\0 ' '\n\n' <"/proc/$pid/cmdline" | sed -n 's/^--type=//p; s/^--utility-sub-type=/, /p' | tr -d '\n')
		# Of renderers there are several, and alike.
		[[ $seen == *"<$kind>"* ]] && continue
		seen+="<$kind>"
		decided "Chromium, $kind" "$pid"
	done
	[ -n "$seen" ]
}

@test "systemd's sandboxing of a service, a filter for each option" {
	need unshare ps
	[ -x /lib/systemd/systemd ] || skip "systemd is not installed (tools/setup foreign)"
	unshare --pid --mount --cgroup --uts --fork --kill-child=KILL bash "$BATS_TEST_DIRNAME/boot-systemd" "$PWD" >log 2>&1 3>&- &
	STARTED=$!
	wait_filtered "$STARTED" 1 || skip "systemd cannot be the first process of a container here: $(tail -n 1 log)"
	for i in $(seq 100); do
		pid=$(filtered "$STARTED" | tail -n 1)
		[ "$(cat "/proc/$pid/comm")" = sleep ] && break
		sleep 0.1
	done
	[ "$(cat "/proc/$pid/comm")" = sleep ] || show "the service did not start: $(tail -n 3 log)"
	decided "systemd, a service with 13 options" "$pid"
	[ "$(ls filters | wc -l)" -gt 10 ]
}
