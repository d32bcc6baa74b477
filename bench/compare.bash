# Measures variants of one thing against each other; sourced by bench/run.
#
# In: `variant NAME COMMAND…` for each, the first being what the others are held against; a COMMAND prints one number.
# Then `compare TITLE UNIT`. Out: a Markdown table with the median of each variant and its ratio to the first.
# The variants take turns, round after round, so that a machine that grows slower in between wrongs none of them.

variants=()
numbers=()
has_failures=no

is_compared_with_failures() {
	[ $has_failures = yes ]
}

variant() {
	local name=$1
	shift
	variants+=("$name")
	# The words of the command, quoted for eval: bash has no arrays of arrays.
	commands[${#variants[@]} - 1]=$(printf '%q ' "$@")
}

median() {
	tr ' ' '\n' | grep . | sort -n | awk '{ all[NR] = $1 }
		END { if (NR) print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'
}

take_round() {
	local i number
	for i in "${!variants[@]}"; do
		[ "${numbers[i]:-}" != failed ] || continue
		if number=$(eval "${commands[i]}" 2>"$work/error") && [[ $number =~ ^[0-9.]+$ ]]; then
			numbers[i]="${numbers[i]:-} $number"
		else
			numbers[i]=failed
			echo "bench: '${variants[i]}' failed: $(tail -n 1 "$work/error")" >&2
		fi
	done
}

compare() {
	local title=$1 unit=$2 i value first=
	for i in $(seq "$rounds"); do
		take_round
	done
	printf '\n| %s | %s | ratio |\n|---|---:|---:|\n' "$title" "$unit"
	for i in "${!variants[@]}"; do
		if [ "${numbers[i]}" = failed ]; then
			printf '| %s | failed | |\n' "${variants[i]}"
			has_failures=yes
			continue
		fi
		value=$(median <<<"${numbers[i]}")
		first=${first:-$value}
		awk -v name="${variants[i]}" -v value="$value" -v first="$first" \
			'BEGIN { printf "| %s | %.*f | %.2f |\n", name, value < 100 ? 1 : 0, value, value / first }'
	done
}
