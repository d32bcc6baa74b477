# callgate generate --format systemd and k8s: written, read back with the same meaning, and taken by systemd itself.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	REC=rec.json
	callgate record -o "$REC" -- sh -c 'cat /dev/null; exit 0'
}

@test "a unit's drop-in says the same as the profile, by proof" {
	for default in enosys eperm kill; do
		callgate generate "$REC" --default $default --without clone-namespaces -o p.json
		try callgate generate "$REC" --default $default --without clone-namespaces --format systemd -o p.conf
		status_is 0
		try callgate diff p.json p.conf
		[ "$status" -eq 0 ] || show "--default $default"
		callgate check p.conf
		callgate run --profile p.conf -- sh -c 'cat /dev/null; exit 0'
	done
	try callgate generate "$REC" --default log --format systemd -o p.conf
	status_is 3
}

@test "what systemd cannot say is told, and named in the unit" {
	callgate record -o "$REC" -- python3 -c 'import socket; socket.socket(socket.AF_UNIX)' ||
		skip "no python3 to open a socket with"
	try callgate generate "$REC" --args safe --format systemd -o p.conf
	status_is 0
	err_has 'systemd does not filter by arguments'
	output=$(cat p.conf)
	out_has 'RestrictAddressFamilies=AF_UNIX'
	out_has '# open here, allowed by their arguments in the profile:'
	callgate generate "$REC" --args safe -o p.json
	callgate diff --subset p.json p.conf
}

@test "systemd takes the drop-in without a complaint" {
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze to ask"
	mkdir -p app.service.d
	printf '[Unit]\nDescription=app\n[Service]\nExecStart=/bin/true\n' >app.service
	callgate generate "$REC" --args safe --format systemd -o app.service.d/calls.conf
	cat app.service.d/calls.conf >>app.service
	try systemd-analyze verify ./app.service
	[[ $stderr$output != *SystemCall* && $stderr$output != *Restrict* ]] || show
}

@test "the set that systemd adds is the one that is reckoned with" {
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze to ask"
	systemd-analyze --version | grep -q '^systemd 252' || skip "systemd-analyze is not 252, whose set it is"
	systemd-analyze syscall-filter @default | sed -n 's/^ *\([a-z0-9_]*\)$/\1/p' >theirs
	printf 'SystemCallFilter=@default\nSystemCallErrorNumber=EPERM\n' >d.conf
	sed 's/.*/SystemCallFilter=&/' theirs >e.conf
	echo 'SystemCallErrorNumber=EPERM' >>e.conf
	try callgate diff d.conf e.conf
	status_is 0
}

@test "sets of systemd are refused, with the way to write them out" {
	printf '[Service]\nSystemCallFilter=@system-service\n' >u.conf
	try callgate check u.conf
	status_is 3
	err_has 'u.conf:2'
	err_has 'systemd-analyze syscall-filter @system-service'
}

@test "a SeccompProfile of the security-profiles-operator says the same, but for the error of the default" {
	callgate generate "$REC" --args safe --default eperm -o p.json
	try callgate generate "$REC" --args safe --default eperm --format k8s -o My_App.json
	status_is 0
	is_true '.kind == "SeccompProfile" and .apiVersion == "security-profiles-operator.x-k8s.io/v1beta1" and
		.metadata.name == "my-app" and (.spec | has("defaultErrnoRet") | not)' My_App.json
	is_true '[.spec.syscalls[] | select(has("errnoRet")) | .errnoRet | type] | unique == ["string"]' My_App.json
	try callgate diff p.json My_App.json
	status_is 0
	try callgate generate "$REC" --format k8s -o e.json
	err_has 'it is EPERM'
	jq '.spec.baseProfileName = "other"' My_App.json >b.json
	try callgate check b.json
	status_is 3
	err_has 'merge --union'
	jq 'del(.spec)' My_App.json >n.json
	try callgate check n.json
	status_is 3
}
