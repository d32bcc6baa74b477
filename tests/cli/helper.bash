# Set-up that all command-line tests share. Load it with `load helper`.
#
# `callgate` is on PATH, and $CALLGATE names it; without tests/run around them, the tests look in build/.
bats_require_minimum_version 1.5.0

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
CALLGATE_BUILD=${CALLGATE_BUILD:-$TOP/build}
CALLGATE=${CALLGATE:-$CALLGATE_BUILD/src/callgate}
export PATH=$(dirname "$CALLGATE"):$PATH
[ -x "$CALLGATE" ] || { echo "there is no $CALLGATE" >&2; exit 1; }
unset CALLGATE_PROFILE SECCOMP_PROFILE_PATH NO_COLOR

# A loop of getppid: bench-calls N makes N + N/10 of them.
CALLS=$CALLGATE_BUILD/bench/bench-calls

# try CMD…: fills $output (standard output), $lines, $stderr and $status. bats' own run warns about status 127, which is
# what we ask for.
try() {
	status=0
	output=$("$@" 2>"$BATS_TEST_TMPDIR/.stderr") || status=$?
	stderr=$(cat "$BATS_TEST_TMPDIR/.stderr")
	mapfile -t lines <<<"$output"
}

show() {
	printf 'status: %s\nstdout: %s\nstderr: %s\n' "$status" "$output" "$stderr" | head -c 4000 >&2
	printf '%s\n' "$@" >&2
	return 1
}

status_is() {
	[ "$status" -eq "$1" ] || show "status should be $1"
}

out_has() {
	[[ $output == *"$1"* ]] || show "standard output should have: $1"
}

out_lacks() {
	[[ $output != *"$1"* ]] || show "standard output should not have: $1"
}

err_has() {
	[[ $stderr == *"$1"* ]] || show "standard error should have: $1"
}

err_lacks() {
	[[ $stderr != *"$1"* ]] || show "standard error should not have: $1"
}

# The one clear error that bad input gets: a single line, "callgate: …", that names the place.
one_error_at() {
	[ "$(grep -c . <<<"$stderr")" -eq 1 ] || show "one line of error was wanted"
	[[ $stderr == "callgate: "*"$1"* ]] || show "the error should begin with callgate: and name $1"
	[ "${#stderr}" -lt 1000 ] || show "the error is too long to be read"
}

# json FILTER [FILE]: what jq -r makes of it; fails where FILTER gives null or false, or FILE is no JSON.
json() {
	# jq 1.6 calls no document at all a success.
	[ -n "$(head -c 1 "${2:-/dev/stdin}" <<<"${output:-}")" ] || return 1
	if [ $# -eq 2 ]; then jq -e -r "$1" "$2"; else jq -e -r "$1" <<<"$output"; fi
}

is_true() {
	json "$@" >/dev/null || show "this should hold of the JSON: $1" "$([ $# -eq 1 ] || head -c 2000 "$2")"
}

# Leaves no temporary file behind: only these names may be in the folder.
folder_has_only() {
	local folder=$1
	shift
	[ "$(ls -A "$folder" | sort | tr '\n' ' ')" = "$(printf '%s\n' "$@" | sort | tr '\n' ' ')" ] ||
		show "$folder should hold only: $*" "$(ls -lA "$folder")"
}

# a_nobody: makes $NOBODY, a folder that everybody can enter, owned by nobody, with callgate in it. Nobody cannot read
# the build: it may stand in somebody's home. Call a_nobody in a test, and as_nobody CMD… after it.
a_nobody() {
	[ "$(id -u)" -eq 0 ] || skip "only root can become nobody"
	NOBODY=$(mktemp -d "${TMPDIR:-/tmp}/callgate-nobody.XXXXXX")
	chmod 755 "$NOBODY"
	cp "$CALLGATE" "$CALLS" "$NOBODY"
	chown -R 65534:65534 "$NOBODY"
}

as_nobody() {
	(
		cd "$NOBODY" &&
			exec env PATH="$NOBODY:/usr/local/bin:/usr/bin:/bin" HOME="$NOBODY" setpriv --reuid=65534 --regid=65534 \
				--clear-groups "$@"
	)
}

teardown() {
	[ -z "${NOBODY:-}" ] || rm -rf "$NOBODY"
}

# A small profile that is right in every respect.
good_profile() {
	cat <<'JSON'
{
	"defaultAction": "SCMP_ACT_ERRNO",
	"defaultErrnoRet": 38,
	"architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
	"syscalls": [
		{"names": ["read", "write", "close", "exit", "exit_group", "rt_sigreturn", "execve"],
		 "action": "SCMP_ACT_ALLOW"},
		{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}
	]
}
JSON
}

# A profile that lets everything pass but what jq's argument (an array of rules) says.
all_but() {
	jq -n --argjson rules "$1" '{defaultAction: "SCMP_ACT_ALLOW",
		architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], syscalls: $rules}'
}

# bad_inputs FOLDER: what nobody should feed to a parser of JSON; one file each.
bad_inputs() {
	local folder=$1
	mkdir -p "$folder"
	: >"$folder/empty"
	printf '   \n\t\n' >"$folder/blank"
	head -c 100000 /bin/ls >"$folder/binary"
	head -c $((100 * 1024 * 1024)) /dev/zero | tr '\0' ' ' >"$folder/huge"
	printf '[%.0s' $(seq 10000) >"$folder/deep"
	printf ']%.0s' $(seq 10000) >>"$folder/deep"
	printf '{"a":%.0s' $(seq 10000) >"$folder/deep-objects"
	printf '{"defaultAction": "SCMP_ACT_ALLOW", "callgate": "recording", "version": 1' >"$folder/cut-off"
	printf '"a text"' >"$folder/no-object"
	mkdir "$folder/folder"
}
