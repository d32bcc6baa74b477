# Profiles in YAML: as Kubernetes keeps them.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	cat >p.yaml <<-'END'
		# ours
		---
		apiVersion: security-profiles-operator.x-k8s.io/v1beta1
		kind: SeccompProfile
		metadata:
		  name: "p"
		spec:
		  defaultAction: SCMP_ACT_ERRNO
		  architectures: [SCMP_ARCH_X86_64]
		  syscalls:
		  - action: SCMP_ACT_ALLOW
		    names:
		    - read
		    - 'write'
		  - action: SCMP_ACT_ERRNO
		    errnoRet: "38"
		    names: [clone3]
		  - names:
		      - socket
		    action: SCMP_ACT_ALLOW
		    args:
		      - index: 0
		        value: 0x10
		        valueTwo: 0
		        op: SCMP_CMP_EQ
	END
	cat >p.json <<-'END'
		{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [
		  {"action": "SCMP_ACT_ALLOW", "names": ["read", "write"]},
		  {"action": "SCMP_ACT_ERRNO", "errnoRet": 38, "names": ["clone3"]},
		  {"action": "SCMP_ACT_ALLOW", "names": ["socket"], "args": [{"index": 0, "value": 16, "op": "SCMP_CMP_EQ"}]}]}
	END
}

@test "a SeccompProfile in YAML means what it means in JSON" {
	try callgate diff p.yaml p.json
	status_is 0
	[ "$(callgate digest p.yaml | cut -d' ' -f1)" = "$(callgate digest p.json | cut -d' ' -f1)" ]
	try callgate compile -o p.bpf p.yaml
	status_is 0
	try callgate explain p.yaml 'socket(16)'
	status_is 0
}

@test "a profile that is no resource is read in YAML too" {
	printf 'defaultAction: SCMP_ACT_ALLOW\nsyscalls:\n- {names: [reboot], action: SCMP_ACT_ERRNO}\n' >r.yaml
	try callgate explain r.yaml 'reboot()'
	status_is 0
	[[ $output == *EPERM* ]]
}

@test "errors name the line, and where it can be the column" {
	sed 's/SCMP_CMP_EQ/SCMP_CMP_EX/' p.yaml >bad.yaml
	try callgate check bad.yaml
	status_is 3
	err_has 'bad.yaml:25:14'
	err_has SCMP_CMP_EQ
	sed "s/- 'write'/- 'write/" p.yaml >bad.yaml
	try callgate check bad.yaml
	status_is 3
	err_has 'bad.yaml:'
	err_has 'this is no YAML'
	printf -- 'defaultAction: SCMP_ACT_ERRNO\n\tx: 1\n' >bad.yaml
	try callgate check bad.yaml
	status_is 3
	err_has 'bad.yaml:2:'
}

@test "what JSON has not is refused, with its place" {
	refused() {
		printf '%b' "$1" >bad.yaml
		try callgate check bad.yaml
		status_is 3
		err_has "bad.yaml:$2: "
		err_has "$3"
	}
	refused 'a: &x 1\nb: *x\n' 2:4 aliases
	refused 'a: !!str 1\n' 1:4 tags
	refused 'a: !mine {}\n' 1:4 tags
	refused '---\na: 1\n---\nb: 1\n' 4:1 'second document'
	refused 'a: {[b]: 1}\n' 1:5 'no word'
	refused "a: $(printf '[%.0s' {1..70})" 1:67 '64 levels'
	refused 'a: "\\0"\n' 1:4 NUL
}

@test "the real one of security-profiles-operator is read" {
	real=${CALLGATE_SHARED:-}/profiles/real/spo-baseprofile-runc.yaml
	[ -e "$real" ] || skip "the folder of real profiles is not here"
	try callgate check "$real"
	[ "$status" -lt 2 ]
	python3 - "$real" >real.json <<-'END' || skip "python3 has no yaml"
		import json, sys
		import yaml
		json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)
	END
	try callgate diff "$real" real.json
	status_is 0
}
