# The bundled profile @workspace lets the workspace example's programs do their work, and refuses what it says it does.
load helper

setup() {
	export WORKSPACE=$BATS_TEST_TMPDIR/workspace HOME=$BATS_TEST_TMPDIR PATH=$(dirname "$CALLGATE"):/usr/local/bin:/usr/bin:/bin
	mkdir "$WORKSPACE"
	WORKLOADS=$TOP/examples/workspace/workloads
}

# The same line and status under the profile as without.
works() {
	local free
	free=$("$WORKLOADS/$1" </dev/null)
	try timeout 60 callgate run --profile @workspace -- "$WORKLOADS/$1" </dev/null
	status_is 0
	[ "$output" = "$free" ] || show "without the profile: $free"
}

@test "python works under @workspace" {
	works python
}

@test "node works under @workspace" {
	command -v node >/dev/null || skip "Node.js is not installed (tools/setup run installs it)"
	works node
}

@test "git works under @workspace" {
	works git
}

@test "pip works under @workspace" {
	python3 -m pip --version >/dev/null 2>&1 || skip "pip is not installed (tools/setup run installs it)"
	works pip
}

@test "the agent works under @workspace" {
	works agent
}

@test "what a workspace must not have is refused under @workspace" {
	try callgate run --tell none --profile @workspace -- "$CALLGATE_BUILD/examples/workspace/workspace-probe"
	status_is 0
	[ "$(awk '$2 == "ok" { print $1 }' <<<"$output")" = 'socket(AF_UNIX)' ] || show
	[ "$(wc -l <<<"$output")" -eq 7 ]
}
