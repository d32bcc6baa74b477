# Debian's Python on its own test suite: some of its tests while it is recorded, others under the profile.
needs=(/usr/bin/python3)
version="python $(/usr/bin/python3 -c 'import platform; print(platform.python_version())')"

work() {
	local tests
	export HOME=$PWD TMPDIR=$PWD PYTHONDONTWRITEBYTECODE=1
	if [ "$1" = first ]; then
		tests=(test_json test_tempfile test_shutil test_glob test_httpservers test_queue test_popen)
	else
		tests=(test_pathlib test_zipfile test_fileio test_logging test_urllib2_localnet test_http_cookiejar test_csv)
	fi
	"${under[@]}" /usr/bin/python3 -m test "${tests[@]}"
}
