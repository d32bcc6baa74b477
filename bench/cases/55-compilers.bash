# The compiler beside the system's libseccomp: what the filters are worth, and what making them costs.
compilers=$build/bench/bench-compile
real=${CALLGATE_SHARED:-$top/../shared}/profiles/real

# row NAME COMPILER… -- POLICY…: one compiler on one policy; twenty seconds are enough.
row() {
	local name=$1 figures
	shift
	if figures=$(timeout 20 "$compilers" "$@" 2>"$work/error"); then
		read -r insns mean most constant cached steps load make memory <<<"$figures"
		printf '| %s | %d | %s / %d | %d of %d | %d | %.0f | %.2f | %d |\n' "$name" "$insns" "$mean" "$most" \
			"$cached" "$constant" "$steps" "$load" "$make" "$memory"
	else
		printf '| %s | %s |||||||\n' "$name" "$(tail -n 1 "$work/error" | grep . || echo 'more than 20 s')"
	fi
}

compilers_on() {
	local title=$1 peer bound
	shift
	printf '\n| %s | instructions | executed, mean / max | cacheable | steps at load | seccomp(2) us | rules + export ms | KiB |\n' \
		"$title"
	printf '|---|---:|---:|---:|---:|---:|---:|---:|\n'
	row 'callgate, no proof' ours "$@"
	row 'callgate, proven' proven "$@"
	if bound=$("$compilers" bound "$@" 2>/dev/null); then
		printf '| bound: numbers alone, instructions without JSET | %d | | | %d | | | |\n' $bound
	fi
	peer=$("$compilers" peer) || return 0
	row "$peer, optimise 1" libseccomp 1 "$@"
	row "$peer, optimise 2" libseccomp 2 "$@"
}

default=@container-default
[ ! -d "$real" ] || default=$real/moby-default.json
compilers_on 'container default, x86_64 + x86 + x32' profile "$default" x86_64
compilers_on 'container default, x86_64 alone' profile "$default" native
compilers_on 'container default, aarch64 + arm' profile "$default" aarch64
compilers_on '@workspace' profile @workspace x86_64
compilers_on '1,000 ioctl requests' requests 1000
compilers_on '2,000 ioctl requests' requests 2000
compilers_on '4,000 ioctl requests' requests 4000
compilers_on '50 ranges on two arguments' ranges 50
compilers_on '500 ranges on two arguments' ranges 500
