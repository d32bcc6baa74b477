# Must a profile be revised? What a recording knows of the files that ran, and what check and diff make of it.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	REC=rec.json
	cc=$(command -v cc) || skip "no C compiler to make programs of two builds with"
}

# build NUMBER: a program whose build-id depends on the number.
build() {
	echo "const char build[] = \"build $1\"; int main(void) { return build[0] == 0; }" >app.c
	"$cc" -Wl,--build-id=sha1 -o app.new app.c
	mv app.new app
}

# backends: those that can record here.
backends() {
	for backend in ptrace ebpf; do
		callgate record --backend $backend -o probe.json -- true 2>/dev/null && echo $backend
	done
}

@test "each backend tells programs, libraries and the loader, with build-id, package and version" {
	for backend in $(backends); do
		callgate record --backend $backend -o "$REC" -- sh -c 'cat /dev/null; exit 0'
		for part in /cat /libc.so /ld-linux; do
			jq -e --arg part $part '[.runs[0].files[] | select(.path | contains($part))] | length >= 1 and
				all(.path | startswith("/")) and all(.build_id | length >= 16)' "$REC" ||
				show "$backend: $part" "$(jq -c '.runs[0].files' "$REC")"
		done
		[ -d /var/lib/dpkg/info ] || continue
		libc=$(jq -r '.runs[0].files[] | select(.path | contains("/libc.so")) | .package + " " + .version' "$REC")
		[ "$libc" = "libc6 $(dpkg-query -W -f '${Version}' libc6:"$(dpkg --print-architecture)")" ] ||
			show "$backend: $libc"
	done
}

@test "a library that is loaded later is told as well" {
	callgate record --backend ptrace -o "$REC" -- python3 -c 'import ctypes' ||
		skip "no python3 to load a library with"
	is_true '[.runs[0].files[].path | select(contains("ffi"))] | length >= 1' "$REC"
}

@test "check names the program that has changed, until it is recorded again" {
	build 1
	callgate record -o "$REC" -- ./app
	callgate generate "$REC" -o p.json
	try callgate check --recording "$REC" --json p.json
	is_true '[.profiles[0].findings[] | select(.rule == "recorded-changed")] == []' <<<"$output"

	build 2
	try callgate check --recording "$REC" --json --fail-on warning p.json
	is_true '[.profiles[0].findings[] | select(.rule == "recorded-changed")] | length == 1 and
		(.[0].severity == "warning") and (.[0].message | contains("/app has changed since it was recorded"))' <<<"$output"
	status_is 1

	callgate record --append -o "$REC" -- ./app
	try callgate check --recording "$REC" --json p.json
	is_true '[.profiles[0].findings[] | select(.rule == "recorded-changed")] == []' <<<"$output"

	rm app
	try callgate check --recording "$REC" --json p.json
	is_true '[.profiles[0].findings[] | select(.rule == "recorded-changed")] | length == 1 and
		.[0].severity == "note" and (.[0].message | contains("cannot be found"))' <<<"$output"
}

@test "a run that is appended says what it added, and how complete the recording is" {
	callgate record --append -o "$REC" -- true
	try callgate record --append -o "$REC" -- sync
	status_is 0
	err_has 'different calls in 2 runs'
	err_has 'Chao2'
	try callgate record -o "$REC" -- true
	[ -z "$stderr" ] || [[ $stderr != *Chao2* ]] || show
}

@test "diff says which calls came and went, and which programs" {
	build 1
	callgate record -o a.json -- ./app
	cp a.json b.json
	callgate record --append -o b.json -- sync
	try callgate diff a.json b.json
	status_is 1
	out_has sync
	out_has came
	out_has '/sync'
	try callgate diff a.json b.json --json
	is_true '.files | map(select(.change == "came" and (.path | endswith("/sync")))) | length == 1' <<<"$output"
	build 2
	callgate record -o c.json -- ./app
	try callgate diff a.json c.json --json
	is_true '.files | map(select(.change == "changed" and (.path | endswith("/app")))) | length == 1' <<<"$output"
	try callgate diff a.json a.json
	status_is 0
}

@test "a path of another mount namespace never takes the build-id or package of our file of that name" {
	[ "$(id -u)" -eq 0 ] || skip "mount namespaces need root here"
	other=$(readlink -f "$(command -v nologin || echo /usr/sbin/nologin)")
	true=$(readlink -f "$(type -P true)")
	unshare -m mount --bind "$other" "$true" 2>/dev/null || skip "no mounts can be made here"
	for backend in ebpf notify ptrace; do
		rm -f "$REC"
		try callgate record --backend $backend -o "$REC" -- unshare -m sh -c "mount --bind '$other' '$true' && exec '$true'"
		[ "$status" -eq 125 ] && continue
		is_true ".runs[0].files | any(.path == \"$true\")" "$REC"
		is_true ".runs[0].files | map(select(.path == \"$true\")) | all((has(\"build_id\") or has(\"package\")) | not)" "$REC"
		# Ours are known as ever.
		is_true '.runs[0].files | any((.path | endswith("/unshare")) and has("build_id"))' "$REC"
	done
}
