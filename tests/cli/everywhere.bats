# What holds for every command: help, version, misspellings, exit statuses, JSON, completion.
load helper

commands() {
	callgate --help | awk '/^  [a-z]/ { print $1 }'
}

@test "all commands are listed by --help, by group" {
	try callgate --help
	status_is 0
	for command in record import generate check run doctor compile disasm syscalls; do
		grep -q "^  $command " <<<"$output" || show "no $command"
	done
	out_has 'Learn what a program needs'
	out_has 'Judge a profile'
	out_has 'Use a profile'
	[ -z "$stderr" ]
}

@test "help, --help and -h say the same; callgate alone says it on standard error and fails" {
	[ "$(callgate help)" = "$(callgate --help)" ]
	[ "$(callgate -h)" = "$(callgate --help)" ]
	try callgate
	status_is 2
	[ -z "$output" ]
	err_has 'usage: callgate'
}

@test "--version" {
	try callgate --version
	status_is 0
	[[ $output =~ ^callgate\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || show
}

@test "every command's --help fits on a screen and shows an example" {
	for command in $(commands); do
		try callgate "$command" --help
		status_is 0
		[ "$(wc -l <<<"$output")" -le 40 ] || show "$command: too long"
		[ "$(wc -L <<<"$output")" -le 140 ] || show "$command: too wide"
		grep -A 9 '^example:' <<<"$output" | grep -q "^  .*callgate $command" || show "$command: no example"
		[ "$(callgate "$command" -h)" = "$output" ]
	done
}

@test "callgate help COMMAND opens the manual, or says what --help says where none is installed" {
	mkdir -p "$BATS_TEST_TMPDIR/man/man1"
	cp "$CALLGATE_BUILD"/man/callgate*.1 "$BATS_TEST_TMPDIR/man/man1"
	for command in $(commands); do
		if command -v man >/dev/null; then
			MANPATH=$BATS_TEST_TMPDIR/man MANPAGER=cat PAGER=cat try callgate help "$command"
			status_is 0
			out_has SYNOPSIS
		fi
		MANPATH=$BATS_TEST_TMPDIR/nothing try callgate help "$command"
		status_is 0
		[ "$output" = "$(callgate "$command" --help)" ] || show "$command"
	done
}

@test "a misspelt command suggests the nearest" {
	for pair in recrod:record generat:generate chek:check runn:run docter:doctor compil:compile dissasm:disasm \
		syscall:syscalls imprt:import; do
		try callgate "${pair%:*}"
		status_is 2
		err_has "did you mean '${pair#*:}'"
		[ -z "$output" ]
	done
}

@test "a word that is like no command gets no suggestion" {
	try callgate xylophone
	status_is 2
	err_has "there is no command 'xylophone'"
	err_lacks 'did you mean'
}

@test "a misspelt option suggests the nearest, in every command" {
	for command in $(commands); do
		# The longest option, without its last letter.
		option=$(callgate "$command" --help | grep -o '^ *\(-., \)\?--[a-z][a-z-]*' | grep -o -- '--.*' |
			awk '{ print length, $1 }' | sort -n | tail -n 1 | cut -d ' ' -f 2)
		[ ${#option} -gt 5 ] || continue
		try callgate "$command" "${option%?}"
		case $command in record | run | shim) status_is 125 ;; *) status_is 2 ;; esac
		err_has "did you mean $option?"
		err_has "callgate $command"
		[ -z "$output" ]
	done
}

@test "an option without its value is told so" {
	try callgate compile @container-default -o
	status_is 2
	err_has 'needs a value: FILE'
	try callgate syscalls --json=yes
	status_is 2
	err_has 'takes no value'
}

@test "commands that need something to work on say what" {
	for command in import generate check compile disasm; do
		try callgate "$command" </dev/null
		status_is 2
		err_has "see callgate $command --help"
	done
	for command in record run; do
		try callgate "$command"
		status_is 125
		err_has "see callgate $command --help"
	done
}

@test "what prints facts prints one JSON document with --json" {
	good_profile >"$BATS_TEST_TMPDIR/p.json"
	for line in "doctor" "syscalls" "syscalls read" "syscalls @" "syscalls --arch list" "check $BATS_TEST_TMPDIR/p.json"; do
		try callgate $line --json
		[ "$status" -le 1 ] || show "$line"
		jq -s -e 'length == 1 and (.[0] | type) == "object"' <<<"$output" >/dev/null || show "$line: not one object"
	done
}

@test "no colour where there is no terminal, nor with NO_COLOR" {
	good_profile >"$BATS_TEST_TMPDIR/p.json"
	for line in doctor "syscalls read" "check $BATS_TEST_TMPDIR/p.json" --help; do
		[[ $(callgate $line 2>&1) != *$'\e['* ]] || show "$line: colour in a pipe"
		[[ $(NO_COLOR=1 script -qec "callgate $line" /dev/null </dev/null) != *$'\e['* ]] ||
			show "$line: colour with NO_COLOR"
	done
}

@test "output that cannot be written is an error" {
	[ -w /dev/full ] || skip "there is no /dev/full"
	good_profile >"$BATS_TEST_TMPDIR/p.json"
	for line in "syscalls" "doctor" "check --json $BATS_TEST_TMPDIR/p.json" "compile @container-default -o -" \
		"compile @container-default -o /dev/full"; do
		run bash -c "callgate $line 2>&1 >/dev/full"
		[ "$status" -eq 4 ] || show "$line: status"
		[[ $output == *'No space left on device'* ]] || show "$line: message"
	done
}

@test "a reader that goes away early is no reason for a message" {
	run bash -c "set -o pipefail; callgate syscalls --arch all | head -n 1"
	[ "$(wc -l <<<"$output")" -eq 1 ] || show
}

@test "the bash completion is valid and completes" {
	callgate --completion bash >"$BATS_TEST_TMPDIR/completion"
	bash -n "$BATS_TEST_TMPDIR/completion"
	run bash -c ". '$BATS_TEST_TMPDIR/completion'
		COMP_WORDS=(callgate rec); COMP_CWORD=1; _callgate; echo \"\${COMPREPLY[*]}\"
		COMP_WORDS=(callgate compile --form); COMP_CWORD=2; _callgate; echo \"\${COMPREPLY[*]}\""
	[ "${lines[0]}" = record ] || show
	[ "${lines[1]}" = --format ] || show
}

@test "the bash completion knows what options take, and bundled profiles" {
	callgate --completion bash >"$BATS_TEST_TMPDIR/completion"
	# As bash calls it: the second argument is the word, which COMP_WORDS has cut at = and @.
	run bash -c ". '$BATS_TEST_TMPDIR/completion'
		complete_word() { _callgate callgate \"\$1\"; echo \"\${COMPREPLY[*]}\"; }
		COMP_WORDS=(callgate run --tell ''); COMP_CWORD=3; complete_word ''
		COMP_WORDS=(callgate run --tell = no); COMP_CWORD=4; complete_word no
		COMP_WORDS=(callgate run --profile @ con); COMP_CWORD=4; complete_word @con
		COMP_WORDS=(callgate check @); COMP_CWORD=2; complete_word @
		COMP_WORDS=(callgate run --profile =@ st); COMP_CWORD=4; complete_word @st
		COMP_WORDS=(callgate check --arch x8); COMP_CWORD=3; complete_word x8"
	[ "${lines[0]}" = 'auto notify log none' ] || show
	[ "${lines[1]}" = 'notify none' ] || [ "${lines[1]}" = 'none notify' ] || show
	[ "${lines[2]}" = @container-default ] || show
	[ "${lines[3]}" = '@container-default @monitor-keeper @monitor @strict @workspace' ] || show
	[ "${lines[4]}" = @strict ] || show
	[ "${lines[5]}" = 'x86_64 x86' ] || show
}

@test "help is aligned where a synopsis has characters of several bytes" {
	for command in $(commands); do
		try callgate $command --help
		# Every option that stands on the line of its help: at column 31.
		while IFS= read -r line; do
			[[ $line =~ ^\ \ (-[a-z],|\ \ \ )\ --[a-z-]+(\ [^\ ]+)?\ \ +[^\ ] ]] || continue
			[ "${#BASH_REMATCH[0]}" -eq 31 ] || show "$command: $line"
		done <<<"$output"
	done
}

@test "the zsh completion is valid" {
	callgate --completion zsh >"$BATS_TEST_TMPDIR/_callgate"
	head -n 1 "$BATS_TEST_TMPDIR/_callgate" | grep -qx '#compdef callgate'
	command -v zsh >/dev/null || skip "zsh is not installed"
	zsh -n "$BATS_TEST_TMPDIR/_callgate"
}

@test "an unknown shell has no completion" {
	try callgate --completion fish
	status_is 2
	err_has 'bash or zsh'
}

@test "what a command knows is in its manual page and in the bash completion" {
	callgate --completion bash >"$BATS_TEST_TMPDIR/completion"
	for command in $(commands); do
		grep -q "^[[:space:]]*$command) " "$BATS_TEST_TMPDIR/completion" || show "$command: not completed"
		[ -e "$TOP/man/callgate-$command.1.scd" ] || show "$command: no manual page"
	done
}

@test "help that cannot be written is no success" {
	for words in --help --version 'help run' 'run --help' '--completion bash'; do
		stderr=$(MANPATH=$BATS_TEST_TMPDIR/nothing callgate $words 2>&1 >/dev/full) && status=0 || status=$?
		status_is 4
		err_has 'standard output: cannot write: No space left on device'
	done
}

@test "where no bundled profile has a name like the one asked for, all are named" {
	try callgate check @no-such-thing
	status_is 3
	err_has '@container-default, @monitor-keeper, @monitor, @strict, @workspace'
}
