# redis-server under redis-benchmark, with both kinds of persistence, and shut down by its own command.
needs=(redis-server redis-cli redis-benchmark)
version="redis $(redis-server --version | sed 's/.* v=\([0-9.]*\).*/\1/')"

work() {
	local port server
	port=$(free_port)
	cli=(redis-cli -p "$port")
	"${under[@]}" redis-server --port "$port" --bind 127.0.0.1 --dir "$PWD" --appendonly yes --save 3600 1 >server.log 2>&1 &
	server=$!
	wait_for "${cli[@]}" ping
	if [ "$1" = first ]; then
		redis-benchmark -p "$port" -q -n 5000 -c 30 >benchmark.log
		"${cli[@]}" eval 'return redis.call("SET", KEYS[1], "x")' 1 lua
		"${cli[@]}" bgsave
		"${cli[@]}" bgrewriteaof
		sleep 2
	else
		redis-benchmark -p "$port" -q -n 8000 -c 60 -P 16 -t set,get,incr,lpush,zadd,spop -d 4000 -r 3000 >benchmark.log
		"${cli[@]}" config set appendfsync always
		redis-benchmark -p "$port" -q -n 400 -c 5 -t mset,lrange_300 >>benchmark.log
		"${cli[@]}" config set maxmemory 200mb
		for i in $(seq 200); do echo "XADD log * n $i"; echo "EXPIRE key:$i 1"; done | "${cli[@]}" >/dev/null
		"${cli[@]}" info everything | grep -c used_memory >&2
		"${cli[@]}" save
		"${cli[@]}" bgrewriteaof
		"${cli[@]}" flushall async
		sleep 2
		"${cli[@]}" client list | grep -c addr=127 >&2
		"${cli[@]}" config get save
	fi
	"${cli[@]}" ping | grep -cx PONG >&2
	"${cli[@]}" shutdown
	wait "$server"
}
