# What the proof costs at most. Once is enough: it is the worst of many programs, by the processor's own clock.
rounds=1
variant 'decide 4,096 random instructions, or give up (worst of 200)' "$build/bench/bench-prove" random 4096
compare 'proving what nobody would write' us
