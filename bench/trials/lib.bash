# One trial from recording to table row; sourced by bench/trials/run.
#
# In: PROGRAM.bash, which sets `version` and `needs` (commands), and defines work(): first or second, in an empty folder
# of its own, the program itself started as "${under[@]}" PROGRAM…; any command that fails fails the work. Out: a row.

under=()

free_port() {
	local port
	for port in $(shuf -i 20000-32000 -n 20); do
		(: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
	done
	return 1
}

# wait_for COMMAND…: until it succeeds, for half a minute at most.
wait_for() {
	local i
	for i in $(seq 300); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.1
	done
	echo "it did not come up: $*" >&2
	return 1
}

# do_work WHICH FOLDER: the work in a process group of its own, which is ended with it, whatever it left behind.
do_work() {
	local which=$1 pid status=0
	local -x folder=$2
	mkdir "$folder"
	chmod 755 "$folder"
	set -m
	# A shell of its own: in one whose status is asked, bash forgets set -e.
	bash -euo pipefail -c 'here=$1 program=$2 which=$3; shift 3; cd "$folder"
		. "$here/lib.bash"; under=("$@"); . "$here/$program.bash"; work "$which"' \
		work "$here" "$program" "$which" "${under[@]}" >"$folder.out" 2>&1 </dev/null &
	pid=$!
	set +m
	( exec >/dev/null 2>&1; sleep "$limit"; kill -KILL -- "-$pid" ) &
	local alarm=$!
	wait "$pid" || status=$?
	kill "$alarm" 2>/dev/null || true
	kill -KILL -- "-$pid" 2>/dev/null || true
	wait "$alarm" 2>/dev/null || true
	return "$status"
}

# How many calls of x86_64 it lets through, by arguments or without.
allowed='[.calls[] | select((.architectures | index("x86_64")) and (.answer == "ALLOW" or .when != null))]'
count_allowed() {
	callgate explain "$1" --json | jq "$allowed | length"
}

tiers() {
	callgate explain "$1" --json |
		jq -r "$allowed | \"\(map(select(.tier == \"critical\")) | length)c \(map(select(.tier == \"high\")) | length)h \(map(select(.tier == \"medium\")) | length)m\""
}

# What people write by hand: what strace -f -c listed, EPERM for the rest. It counts no call that does not return.
strace_list() {
	jq -n '{ defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64"], syscalls: [{ action: "SCMP_ACT_ALLOW",
		names: ([inputs | split("\n")[] | select(test("^ *[0-9.]+ +[0-9.]+ ")) | split(" ")[-1] |
			select(. != "total")] + ["exit", "exit_group"] | unique) }] }' --raw-input "$@"
}

# under_profile LABEL PROFILE: the second run under it; prints what a person wants to know first.
under_profile() {
	local label=$1 profile=$2 folder=$top/$program.$1 verdict=works
	under=(callgate run --tell notify --profile "$profile" --)
	do_work second "$folder" || verdict="**breaks** ($?)"
	under=()
	{ grep -hE '^ +[0-9]+  denied ' "$folder.out" "$folder"/*.log 2>/dev/null || true; } |
		sed "s/  */ /g;s/^ /- $program, $label: /" | sort -u >>"$top/denied"
	echo "$verdict"
	[ "$verdict" = works ] || { echo "trials: $program under $label:"; tail -n 15 "$folder.out"; } >&2
}

try_program() {
	local program=$1 recording=$top/$1.rec how needs=() version verdicts=() strace_profile=$top/$1.strace.json
	. "$here/$program.bash"
	for how in "${needs[@]}"; do
		command -v "$how" >/dev/null || { echo "trials: $program left out: there is no $how" >&2; return 0; }
	done
	under=()
	do_work first "$top/$program.bare1" && do_work second "$top/$program.bare2" ||
		{ echo "trials: $program fails by itself:" >&2; tail -n 15 "$top/$program".bare?.out >&2; return 1; }
	under=(callgate record --append -o "$recording" --)
	do_work first "$top/$program.recorded" ||
		{ echo "trials: $program fails while recorded:" >&2; tail -n 15 "$top/$program.recorded.out" >&2; return 1; }
	# One summary an invocation.
	mkdir "$top/$program.summaries"
	under=("$here/under-strace" "$top/$program.summaries")
	do_work first "$top/$program.straced" || echo "trials: $program fails under strace -f -c" >&2
	strace_list "$top/$program.summaries"/* >"$strace_profile"
	for how in none safe strict; do
		callgate generate --format oci --args "$how" "$recording" -o "$top/$program.$how.json" 2>/dev/null
		verdicts+=("$(under_profile "$how" "$top/$program.$how.json")")
	done
	verdicts+=("$(under_profile strace "$strace_profile")")
	echo "| $version | $(jq '[.runs[].calls[].name] | unique | length' "$recording") |" \
		"$(count_allowed "$top/$program.none.json") | $(count_allowed "$top/$program.safe.json") |" \
		"$(count_allowed "$top/$program.strict.json") | $(count_allowed "$strace_profile") |" \
		"$(tiers "$top/$program.none.json") | $(tiers "$top/$program.strict.json") |" \
		"${verdicts[0]} | ${verdicts[1]} | ${verdicts[2]} | ${verdicts[3]} |"
	[[ "${verdicts[*]:0:3}" != *breaks* ]]
}
