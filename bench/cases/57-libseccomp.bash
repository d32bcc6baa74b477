# The two libseccomps beside each other, through the same API: what rules, export and a load cost a program.
real=${CALLGATE_SHARED:-$top/../shared}/profiles/real
default=@container-default
[ ! -d "$real" ] || default=$real/moby-default.json
theirs=$(ldconfig -p 2>/dev/null | sed -n 's/.*libseccomp\.so\.2 .*=> //p' | grep -v callgate | head -n 1)

api_row() {
	local name=$1 figures
	shift
	if figures=$(timeout 60 "$build/bench/bench-api" "$@" 2>"$work/error"); then
		read -r rules export load insns <<<"$figures"
		printf '| %s | %s | %s | %s | %d |\n' "$name" "$rules" "$export" "$load" "$insns"
	else
		printf '| %s | %s ||||\n' "$name" "$(tail -n 1 "$work/error" | grep . || echo 'more than 60 s')"
	fi
}

api_on() {
	local title=$1
	shift
	printf '\n| %s, by the API | rules ms | export ms | load ms | instructions |\n|---|---:|---:|---:|---:|\n' "$title"
	api_row "callgate's libseccomp (proven)" "$build/src/libseccomp.so.2" "$@"
	[ -z "$theirs" ] || api_row "the system's libseccomp" "$theirs" "$@"
}

api_on 'container default, x86_64 + x86 + x32' profile "$default"
api_on '10 calls, x86_64' calls 10
api_on '330 calls, x86_64 + x86 + x32' everywhere 330
for n in 500 1000 2000 4000; do
	api_on "$n ioctl requests" requests "$n"
done
