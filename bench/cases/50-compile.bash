# The compiler: the bundled container profile, for its three architectures, read, compiled, proved and written.
variant 'callgate --version' "$stopwatch" callgate --version
variant 'callgate compile @container-default' "$stopwatch" callgate compile @container-default -o "$work/a.bpf"
variant 'callgate compile --no-prove' "$stopwatch" callgate compile --no-prove @container-default -o "$work/b.bpf"
compare 'compiling, from start to end' us
if [ -s "$work/a.bpf" ]; then
	printf '\n@container-default: %d instructions\n' $(($(wc -c <"$work/a.bpf") / 8))
fi
