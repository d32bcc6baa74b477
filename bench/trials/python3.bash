# Debian's Python on its own test suite: some of its tests while it is recorded, mostly others under the profile. Both talk
# HTTP and make files: tests of what the first ones never touch ask for calls that nobody recorded.
needs=(/usr/bin/python3)
version="python $(/usr/bin/python3 -c 'import platform; print(platform.python_version())')"

work() {
	local tests
	export HOME=$PWD TMPDIR=$PWD PYTHONDONTWRITEBYTECODE=1
	if [ "$1" = first ]; then
		tests=(test_tempfile test_shutil test_httpservers test_popen test_logging)
	else
		tests=(test_urllib2_localnet test_tempfile test_glob test_fileio test_http_cookiejar test_csv test_queue)
	fi
	"${under[@]}" /usr/bin/python3 -m test "${tests[@]}"
}
