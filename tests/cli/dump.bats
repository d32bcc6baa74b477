# callgate dump: the filters of live processes; what is missing where they cannot be had.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# Ends $PID, and takes its status, so that no shell speaks of it.
stop_it() {
	[ -n "${PID:-}" ] || return 0
	kill -KILL "$PID" 2>/dev/null || true
	wait "$PID" 2>/dev/null || true
}

teardown() {
	stop_it
	[ -z "${NOBODY:-}" ] || rm -rf "$NOBODY"
}

need_root() {
	[ "$(id -u)" -eq 0 ] || skip "the kernel gives filters to root only"
	[ "$(awk '/^Seccomp:/ { print $2 }' /proc/self/status)" = 0 ] || skip "under a filter the kernel gives none out"
}

# sleeps PROFILE: a process under it that waits; $PID.
sleeps() {
	callgate run --tell none --profile "$1" -- sleep 100 3>&- &
	PID=$!
	for i in $(seq 100); do
		[ "$(cat /proc/$PID/comm)" = sleep ] && return
		sleep 0.05
	done
	show "sleep did not start"
}

@test "what comes out is what was loaded" {
	need_root
	callgate compile @container-default -o want.bpf
	sleeps @container-default
	try callgate dump $PID -o filters
	status_is 0
	folder_has_only filters 0.bpf
	cmp filters/0.bpf want.bpf
	try callgate dump $PID --format raw
	status_is 0
	callgate dump $PID --format raw | cmp - want.bpf
	try callgate dump $PID --format asm
	status_is 0
	out_has "; thread $PID, filter 0"
	diff <(callgate disasm want.bpf) <(tail -n +2 <<<"$output")
	try callgate dump $PID -o filters --format asm
	folder_has_only filters 0.asm 0.bpf
}

@test "the table says how long they are and what they allow together" {
	need_root
	sleeps @container-default
	try callgate dump $PID
	status_is 0
	[[ $output =~ $PID\ +1\ +0\ +[0-9]+ ]] || show
	[[ $output =~ x86_64\ +ALLOW\ +[0-9]{3} ]] || show
	out_has 'newest first'
	try callgate dump pid:$PID --json
	status_is 0
	is_true '.threads == 1 and .stacks == 1 and (.filters | length) == 1 and .filters[0].filter == 0'
	is_true '[.together[] | select(.architecture == "x86_64") | .calls] | add == '$(callgate syscalls --arch x86_64 --json | jq '[.. | objects | select(has("number") or has("nr"))] | length')
}

@test "several filters: newest first, each in a file of its own" {
	need_root
	callgate run --tell none --profile @container-default -- "$CALLGATE" run --tell none --profile @workspace -- sleep 100 3>&- &
	PID=$!
	for i in $(seq 100); do
		[ "$(cat /proc/$PID/comm)" = sleep ] && break
		sleep 0.05
	done
	try callgate dump $PID --json
	status_is 0
	is_true '[.filters[].filter] == [1, 0]'
	try callgate dump $PID -o filters
	callgate compile @container-default -o - | cmp - filters/0.bpf
	callgate compile @workspace -o - | cmp - filters/1.bpf
	try callgate dump $PID --format raw
	status_is 2
	# Together they allow no more than either.
	try callgate diff --subset pid:$PID @container-default
	status_is 0
	try callgate diff --subset pid:$PID @workspace
	status_is 0
}

@test "a process without filters, and none at all" {
	need_root
	sleep 100 3>&- &
	PID=$!
	try callgate dump $PID
	status_is 0
	out_has 'have no filter'
	try callgate dump $PID -o filters
	status_is 1
	[ ! -e filters ]
	try callgate dump 4194000
	status_is 3
	one_error_at 4194000
	try callgate dump abc
	status_is 2
	try callgate dump $PID --format elf
	status_is 2
}

@test "the process goes on: stopped ones stay stopped, sleeping ones sleep" {
	need_root
	sleeps @container-default
	kill -STOP $PID
	callgate dump $PID >/dev/null
	for i in $(seq 40); do
		[ "$(awk '/^State:/ { print $2 }' /proc/$PID/status)" = T ] && break
		sleep 0.05
	done
	[ "$(awk '/^State:/ { print $2 }' /proc/$PID/status)" = T ]
	kill -CONT $PID
	# callgate killed at any moment of it
	for i in $(seq 20); do
		callgate dump $PID >/dev/null 3>&- &
		dump=$!
		sleep 0.00$((i % 7))
		kill -KILL $dump 2>/dev/null || true
		wait $dump 2>/dev/null || true
	done
	for i in $(seq 40); do
		[ "$(awk '/^State:/ { print $2 }' /proc/$PID/status)" = S ] && break
		sleep 0.05
	done
	[ "$(awk '/^State:/ { print $2 }' /proc/$PID/status)" = S ]
	[ "$(awk '/^TracerPid:/ { print $2 }' /proc/$PID/status)" = 0 ]
	[ "$(cat /proc/$PID/comm)" = sleep ]
}

@test "what is missing is said" {
	sleep 100 3>&- &
	PID=$!
	a_nobody
	try as_nobody callgate dump $PID
	status_is 4
	err_has 'CAP_SYS_ADMIN'
	need_root
	# Under that profile nobody may trace, which LeakSanitizer wants to.
	try env ASAN_OPTIONS=detect_leaks=0 callgate run --tell none --profile @container-default -- "$CALLGATE" dump $PID
	status_is 4
	err_has 'seccomp filter itself'
	strace -o /dev/null -p $PID 2>/dev/null 3>&- &
	tracer=$!
	for i in $(seq 40); do
		[ "$(awk '/^TracerPid:/ { print $2 }' /proc/$PID/status)" != 0 ] && break
		sleep 0.05
	done
	try callgate dump $PID
	kill $tracer
	status_is 4
	err_has "process $tracer traces it"
}

@test "a 32-bit process" {
	need_root
	echo 'void _start(void) { for (;;) __asm__ volatile("int $0x80" : : "a"(29)); }' >pause.c
	"${CC:-cc}" -m32 -nostdlib -static -ffreestanding -fno-pie -no-pie -fno-stack-protector pause.c -o pause 2>/dev/null ||
		skip "no compiler for 32 bits"
	callgate run --tell none --profile @container-default -- ./pause 3>&- &
	PID=$!
	for i in $(seq 100); do
		[ "$(cat /proc/$PID/comm)" = pause ] && break
		sleep 0.05
	done
	callgate compile @container-default -o want.bpf
	try callgate dump $PID --format raw -o filters
	status_is 0
	cmp filters/0.bpf want.bpf
	try callgate verify pid:$PID @container-default
	status_is 0
	try callgate verify pid:$PID @workspace
	status_is 1
	[ "$(cat /proc/$PID/comm)" = pause ]
}

@test "threads with other filters each are told apart, and what is said is said of one" {
	need_root
	command -v python3 >/dev/null || skip "no python3 to start threads"
	callgate compile @container-default -o a.bpf
	callgate compile @workspace -o b.bpf
	cat >threads.py <<-'PY'
		import ctypes, threading, time
		libc = ctypes.CDLL(None, use_errno=True)
		class Prog(ctypes.Structure):
		    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
		def load(names):
		    for name in names:
		        code = open(name, "rb").read()
		        buffer = ctypes.create_string_buffer(code, len(code))
		        prog = Prog(len(code) // 8, ctypes.addressof(buffer))
		        assert libc.prctl(22, 2, ctypes.byref(prog), 0, 0) == 0
		    ready.release()
		    time.sleep(100)
		ready = threading.Semaphore(0)
		libc.prctl(38, 1, 0, 0, 0)
		for names in (["a.bpf"], ["b.bpf"], ["a.bpf"], ["a.bpf", "b.bpf"]):
		    threading.Thread(target=load, args=(names,), daemon=True).start()
		for i in range(4):
		    ready.acquire()
		print("ready", flush=True)
		time.sleep(100)
	PY
	python3 threads.py >out 3>&- &
	PID=$!
	for i in $(seq 100); do
		grep -q ready out && break
		sleep 0.05
	done
	try callgate dump $PID
	status_is 0
	out_has '1 of 5 threads have no filter'
	out_has 'its 5 threads have 4 different stacks'
	try callgate verify pid:$PID @container-default
	status_is 1
	out_has "thread $PID has no filter"
	# One that has a filter stands for itself.
	tid=$(ls /proc/$PID/task | sed -n 5p)
	try callgate compile pid:$tid -o both.bpf
	status_is 0
	callgate compile a.bpf b.bpf -o want.bpf
	try callgate diff both.bpf want.bpf
	status_is 0
	try callgate dump $PID -o filters
	status_is 0
	[ $(ls filters | wc -l) -eq 4 ] || show "$(ls filters)"
}
