# callgate doctor: what this kernel and this user can do, each found by trying.
load helper

@test "doctor says what can be done, for people and for programs" {
	try callgate doctor
	status_is 0
	out_has 'strict'
	out_has 'filter'
	try callgate doctor --json
	status_is 0
	is_true 'type == "object"'
}

@test "each action and flag of seccomp is named" {
	try callgate doctor
	for word in KILL_PROCESS KILL_THREAD TRAP ERRNO USER_NOTIF TRACE LOG ALLOW TSYNC; do
		grep -qiE "${word/_/.}" <<<"$output" || show "doctor does not name $word"
	done
}

@test "strict mode and filters work here, or this machine cannot run callgate at all" {
	try callgate doctor
	grep -iE '^.*strict' <<<"$output" | grep -qE '\byes\b|works|ok' || show
}

@test "as nobody: it works, and what needs root is said not to" {
	a_nobody
	try as_nobody callgate doctor
	status_is 0
	[ -n "$output" ]
	[ "$(callgate doctor)" != "$output" ] || show "root and nobody can do the same?"
}

@test "doctor leaves no trace of its trying" {
	before=$(grep -E '^(Seccomp|NoNewPrivs)' /proc/self/status)
	callgate doctor >/dev/null
	[ "$(grep -E '^(Seccomp|NoNewPrivs)' /proc/self/status)" = "$before" ]
	[ -z "$(pgrep -x callgate -P $$ || true)" ]
}
