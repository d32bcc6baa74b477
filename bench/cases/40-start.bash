# What it costs to start a program under callgate: the shortest there is, from fork to wait.
variant 'bare' "$stopwatch" true
variant 'callgate run --profile @container-default' \
	"$stopwatch" callgate run --tell none --profile @container-default -- true
variant 'callgate run, telling denials' "$stopwatch" callgate run --profile @container-default -- true
variant 'callgate record' "$stopwatch" callgate record -o "$work/true.json" -- true
variant 'strace -f -c' "$stopwatch" strace -f -c -o "$work/true.txt" true
compare 'true, from start to end' us
