# memcached and a small client of its text protocol; the server's own command ends it.
needs=(memcached python3)
version="memcached $(memcached -V | cut -d ' ' -f 2)"

serve() {
	local port server
	port=$(free_port)
	"${under[@]}" memcached -u nobody -l 127.0.0.1 -p "$port" -m 16 -t 4 -A >server.log 2>&1 &
	server=$!
	wait_for bash -c ": </dev/tcp/127.0.0.1/$port"
	/usr/bin/python3 "$here/memcached-client" "$port" "$1" "$2"
	wait "$server"
}

# Its two commands to end send it two signals: whoever records one of them may not expect the other under --args strict.
work() {
	[ "$1" = second ] || serve "$1" 'shutdown graceful'
	serve "$1" shutdown
}
