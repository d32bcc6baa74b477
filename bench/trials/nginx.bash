# nginx with two workers as www-data: static files, a proxy to itself, gzip, ranges, errors, a reload; ab and curl.
needs=(nginx curl ab)
version="nginx $(nginx -v 2>&1 | sed 's/.*nginx.//')"

write_configuration() {
	mkdir -p docs/sub temp
	seq 20000 >docs/large.txt
	echo '<h1>index</h1>' >docs/index.html
	head -c 300000 /dev/urandom >docs/binary
	ln -sf large.txt docs/sub/link.txt
	chmod -R a+rX .
	cat >nginx.conf <<-END
		daemon off; user www-data; worker_processes 2; pid $PWD/nginx.pid; error_log $PWD/error.txt;
		events { worker_connections 512; }
		http {
			include /etc/nginx/mime.types; access_log $PWD/access.txt; sendfile on; gzip on; gzip_types text/plain;
			client_body_temp_path $PWD/temp/body; proxy_temp_path $PWD/temp/proxy; fastcgi_temp_path $PWD/temp/f;
			uwsgi_temp_path $PWD/temp/u; scgi_temp_path $PWD/temp/s;
			proxy_cache_path $PWD/temp/cache keys_zone=kept:1m;
			server {
				listen 127.0.0.1:$1; root $PWD/docs;
				location /list/ { alias $PWD/docs/; index none; autoindex on; }
				location /proxied/ { proxy_pass http://127.0.0.1:$1/; proxy_cache kept; proxy_cache_valid 1m; }
				location /put/ { client_max_body_size 10m; proxy_pass http://127.0.0.1:$1/index.html; }
			}
		}
	END
}

work() {
	local port server url
	port=$(free_port)
	url=http://127.0.0.1:$port
	write_configuration "$port"
	"${under[@]}" nginx -c "$PWD/nginx.conf" >server.log 2>&1 &
	server=$!
	wait_for curl -sf "$url/"
	if [ "$1" = first ]; then
		ab -q -n 3000 -c 20 "$url/" >ab.txt
		ab -q -k -n 1000 -c 20 "$url/large.txt" >>ab.txt
		curl -sf "$url/proxied/large.txt" | cmp - docs/large.txt
		curl -sf "$url/list/" | grep -c binary >&2
		curl -sf -r 100-200 "$url/binary" -o part
		curl -sf --compressed "$url/large.txt" | cmp - docs/large.txt
		curl -s -o /dev/null -w '%{http_code}' "$url/absent" | grep -cx 404 >&2
		curl -s -o /dev/null -X POST --data-binary @docs/binary "$url/put/x"
		kill -HUP "$(cat nginx.pid)"
		sleep 1
		curl -sf "$url/" >/dev/null
	else
		ab -q -k -n 4000 -c 60 "$url/binary" >ab.txt
		ab -q -n 500 -c 5 -H 'Accept-Encoding: gzip' "$url/sub/link.txt" >>ab.txt
		ab -q -n 500 -c 25 "$url/proxied/binary" >>ab.txt
		curl -sf -I "$url/large.txt" | grep -c '^Accept-Ranges' >&2
		curl -sf -r 5-9,100-2000 "$url/large.txt" -o parts
		curl -sf -H 'If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT' "$url/binary" | cmp - docs/binary
		for i in 1 2 3 4; do curl -sf "$url/list/sub/" "$url/proxied/sub/link.txt" "$url/sub/" -o /dev/null || true; done
		curl -s -o /dev/null -w '%{http_code}' "$url/%2e%2e/nginx.conf" | grep -cE '40[04]' >&2
		curl -s -o /dev/null -X POST -H 'Transfer-Encoding: chunked' --data-binary @docs/large.txt "$url/put/y"
		curl -sf --limit-rate 200k "$url/binary" | cmp - docs/binary
		kill -HUP "$(cat nginx.pid)"
		sleep 1
		ab -q -n 200 -c 10 "$url/" >>ab.txt
	fi
	grep -c 'Failed requests: *0$' ab.txt
	if grep 'Failed requests: *[1-9]' ab.txt || grep -E '\[(alert|emerg|crit)\]' error.txt; then
		return 1
	fi
	kill -QUIT "$(cat nginx.pid)"
	wait "$server"
}
