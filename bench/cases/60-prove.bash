# The proof that a compiled filter is the policy, alone: no reading, no writing, no start of a program.
prove=$build/bench/bench-prove
real=${CALLGATE_SHARED:-$top/../shared}/profiles/real
variant 'compile @container-default (three architectures)' "$prove" compile @container-default
variant 'prove it' "$prove" prove @container-default
if [ -d "$real" ]; then
	variant 'prove the largest real profile' "$prove" prove "$real/containers-common-seccomp.json"
	variant 'prove another engine'\''s default' "$prove" prove "$real/moby-default.json"
fi
compare 'proving' us
