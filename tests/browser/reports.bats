# Reports and pictures as a browser shows them: nothing is cut off, too pale or too small, nobody is asked for anything,
# and a checker of HTML has no word against them.
#
# With CALLGATE_SCREENSHOTS in the environment, pictures of all sizes are left in that folder, to be looked at.
load ../cli/helper

setup_file() {
	export BROWSER_TESTS=$CALLGATE_SOURCE/tests/browser
	cd "$BATS_FILE_TMPDIR" || return
	callgate report --help >/dev/null 2>&1 || return 0
	for i in 1 2 3; do
		callgate record --time --append -o app.rec -- sh -c "ls / >/dev/null; [ $i -lt 3 ] || cat /etc/passwd >/dev/null" \
			2>>record.log || break
	done
	[ -s app.rec ] || callgate record --append -o app.rec -- ls / >/dev/null 2>>record.log || true
	local recording=()
	[ ! -s app.rec ] || recording=(--recording app.rec)
	callgate report @workspace "${recording[@]}" --against @container-default --lang ja -o workspace.ja.html
	callgate report @container-default -o container-default.html
	# A profile whose name is markup.
	callgate generate "${recording[0]:+app.rec}" -o '<img src=x onerror=alert(1)>.json' 2>/dev/null || true
	[ ! -e '<img src=x onerror=alert(1)>.json' ] ||
		callgate report '<img src=x onerror=alert(1)>.json' "${recording[@]}" -o hostile.html
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

need_browser() {
	local program
	for program in chromium node; do
		command -v "$program" >/dev/null || skip "$program is not installed (tools/setup foreign)"
	done
}

# looks_well FILE: no problem in any size.
looks_well() {
	[ -e "$1" ] || skip "there is no $1: $(tail -n 1 record.log)"
	try timeout 150 node "$BROWSER_TESTS/look.mjs" "$1" ${CALLGATE_SCREENSHOTS:+"$CALLGATE_SCREENSHOTS"}
	[ "$status" -ne 2 ] || skip "Chromium does not start here: $(head -n 1 <<<"$stderr")"
	[ "$status" -eq 0 ] || { printf "%s\n" "$output" "$stderr" >&2; return 1; }
}

# The checker, once for all runs, in the user's cache: what is installed is what the lock file's hashes say.
checker() {
	local folder=${XDG_CACHE_HOME:-$HOME/.cache}/callgate/html-validate-$(sha256sum <"$BROWSER_TESTS/package-lock.json" | head -c 12)
	if [ ! -x "$folder/node_modules/.bin/html-validate" ]; then
		command -v npm >/dev/null || skip "npm is not installed, which brings the checker of HTML"
		mkdir -p "$folder"
		cp "$BROWSER_TESTS"/package*.json "$folder"
		(cd "$folder" && timeout 120 npm ci --ignore-scripts --no-audit --no-fund) >npm.log 2>&1 ||
			{ rm -rf "$folder"; skip "the checker of HTML cannot be installed: $(tail -n 1 npm.log)"; }
	fi
	CHECKER=$folder/node_modules/.bin/html-validate
}

@test "what is wrong with a page is found" {
	need_browser
	cat >broken.html <<-'END'
		<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>x</title>
		<meta name="viewport" content="width=device-width"></head><body>
		<p style="color: #999">pale words</p><p style="font-size: 8px">small words</p>
		<main><p style="width: 3000px">wide words</p></main><img src="absent.png" alt="">
		<svg class="picture wide" style="--page: #fff" viewBox="0 0 100 100" width="50" aria-labelledby="a"><title id="a">t</title>
		<text x="90" y="20" font-size="12">leaves</text><text x="10" y="50" font-size="12">one</text>
		<text x="12" y="50" font-size="12">two</text><rect class="edge-open" stroke="#ccc" width="5" height="5"/></svg>
		<script>console.log("said")</script></body></html>
	END
	try timeout 150 node "$BROWSER_TESTS/look.mjs" broken.html
	[ "$status" -ne 2 ] || skip "Chromium does not start here: $(head -n 1 <<<"$stderr")"
	status_is 1
	for what in 'contrast 2.85 of text: pale' 'letters of 8px: small' 'the page is 30.. wide' 'request: file:.*absent' \
		'text leaves its picture: leaves' 'text lies on “one”: two' 'contrast 1.61 of a shape' 'console: said' \
		'letters of 6.0 px in a picture'; do
		grep -q "^360: $what" <<<"$output" || { echo "not found: $what" >&2; printf "%s\n" "$output" "$stderr" >&2; return 1; }
	done
}

@test "a report in Japanese, with recordings and a comparison" {
	need_browser
	looks_well workspace.ja.html
}

@test "a report of the container default" {
	need_browser
	looks_well container-default.html
}

@test "a report of what has a hostile name" {
	need_browser
	looks_well hostile.html
}

@test "the picture that explain draws" {
	need_browser
	callgate explain @container-default --format svg >flow.svg
	looks_well flow.svg
	callgate explain @workspace --format svg --lang ja >flow.ja.svg
	looks_well flow.ja.svg
}

# They are there to be looked at by people who have nothing of ours yet.
@test "the reports that are kept in examples/ are whole, and name no folder of who made them" {
	local file
	for file in "$CALLGATE_SOURCE"/examples/reports/*.html; do
		grep -q '^</html>$' "$file"
		grep -q "default-src 'none'" "$file"
		! grep -q -E '<script|<link|/home/|/root/|https?://' "$file"
		grep -q -F "$(basename "$file")" "$CALLGATE_SOURCE/examples/reports/README.md"
	done
	! grep -q -E '/home/|/root/' "$CALLGATE_SOURCE"/examples/reports/*.md
}

@test "a checker of HTML has no word against reports" {
	command -v node >/dev/null || skip "node is not installed"
	[ -e container-default.html ] || skip "there is no report"
	checker
	echo '<p><div></p>' >wrong.html
	try node "$CHECKER" --config "$BROWSER_TESTS/html-validate.json" wrong.html
	status_is 1
	local files=(workspace.ja.html container-default.html)
	[ ! -e hostile.html ] || files+=(hostile.html)
	files+=("$CALLGATE_SOURCE"/examples/reports/*.html)
	try node "$CHECKER" --config "$BROWSER_TESTS/html-validate.json" "${files[@]}"
	[ "$status" -eq 0 ] || { printf "%s\n" "$output" "$stderr" >&2; return 1; }
}
