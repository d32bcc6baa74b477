# callgate digest: the same if and only if the same calls get the same answers.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	good_profile >p.json
}

@test "a digest is one line: the form and 64 hexadecimal digits" {
	try callgate digest p.json
	status_is 0
	[[ $output =~ ^diagram-1-sha256:[0-9a-f]{64}$ ]] || show
	plain=$output
	try callgate digest p.json --json
	status_is 0
	[ "$(json .digest)" = "$plain" ]
	is_true '.reference == "p.json"'
}

@test "order, names twice and comments leave no trace" {
	jq '.syscalls |= reverse | .syscalls[1].names |= (reverse + ["read"])' p.json >q.json
	sed -i '1s,^,// a comment\n,' q.json
	[ "$(callgate digest p.json)" = "$(callgate digest q.json)" ]
	jq '.syscalls[1].errnoRet = 2' p.json >r.json
	[ "$(callgate digest p.json)" != "$(callgate digest r.json)" ]
}

@test "a profile and its filter have one digest, proven or not" {
	for profile in p.json @container-default @workspace @strict; do
		callgate compile $profile -o f.bpf
		[ "$(callgate digest $profile)" = "$(callgate digest f.bpf)" ] || show "$profile"
	done
	callgate compile @strict --arch s390x -o f.bpf
	[ "$(callgate digest @strict --arch s390x)" = "$(callgate digest --arch s390x f.bpf)" ]
}

@test "standard input is read, whatever it holds" {
	[ "$(callgate digest - <p.json)" = "$(callgate digest p.json)" ]
	[ "$(callgate compile p.json -o - | callgate digest -)" = "$(callgate digest p.json)" ]
}

@test "a runtime's stub is in the meaning under engines that stand on runc" {
	# A default of ENOSYS needs no stub.
	[ "$(callgate digest p.json)" = "$(callgate digest p.json --engine runc@1.2)" ]
	jq '.defaultErrnoRet = 1' p.json >q.json
	[ "$(callgate digest q.json)" != "$(callgate digest q.json --engine runc@1.2)" ]
	[ "$(callgate digest q.json)" = "$(callgate digest q.json --engine crun)" ]
}

@test "what has no meaning is refused with one error" {
	try callgate digest
	status_is 2
	try callgate digest missing.json
	status_is 3
	one_error_at missing.json
	printf '\x00\x01\x02\x03\x04\x05\x06\x07' >bad.bpf
	try callgate digest bad.bpf
	status_is 3
	one_error_at bad.bpf
	err_has 'instruction 0'
	printf '{"callgate": "recording", "version": 1}' >rec.json
	try callgate digest rec.json
	status_is 3
	one_error_at rec.json
	err_has recording
	try callgate digest pid:x
	status_is 3
	one_error_at pid:x
}

@test "bad input gets one clear error" {
	bad_inputs bad
	for file in empty blank binary huge deep cut-off no-object folder; do
		try timeout 10 callgate digest bad/$file
		[ "$status" -eq 3 ] || show "$file"
		one_error_at bad/$file
	done
}
