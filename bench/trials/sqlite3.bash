# The shell of sqlite3: tables, indices, transactions, both kinds of journal, import, backup, and a reader beside.
needs=(sqlite3)
version="sqlite3 $(sqlite3 --version | cut -d ' ' -f 1)"

work() {
	if [ "$1" = first ]; then
		seq 2000 | sed 's/.*/&,name &/' >rows.csv
		"${under[@]}" sqlite3 one.db \
			'CREATE TABLE a(id INTEGER PRIMARY KEY, name TEXT);' \
			'BEGIN;' 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO a SELECT i, hex(randomblob(40)) FROM n;' 'COMMIT;' \
			'CREATE INDEX a_name ON a(name);' 'DELETE FROM a WHERE id % 3 = 0;' 'VACUUM;' \
			'.backup two.db' 'SELECT count(*) FROM a ORDER BY name;'
		"${under[@]}" sqlite3 two.db 'PRAGMA journal_mode = WAL;' 'CREATE TABLE b(id, name);' '.mode csv' '.import rows.csv b' \
			'UPDATE b SET name = upper(name);' 'PRAGMA wal_checkpoint(TRUNCATE);'
		"${under[@]}" sqlite3 two.db 'SELECT count(*) FROM b;' | grep -cx 2000 >&2
		return
	fi
	# From standard input, with a rolled-back transaction, a temporary table, attached files, and two at once.
	{
		echo 'PRAGMA journal_mode = WAL; PRAGMA cache_size = 20;'
		echo 'CREATE TABLE orders(id INTEGER PRIMARY KEY, customer INT, total REAL, note TEXT);'
		for i in $(seq 300); do echo "INSERT INTO orders(customer, total, note) VALUES($((i % 17)), $i.5, hex(randomblob(400)));"; done
		echo 'BEGIN; DELETE FROM orders; ROLLBACK;'
		echo "ATTACH 'other.db' AS other; CREATE TABLE other.sums AS SELECT customer, sum(total) s FROM orders GROUP BY customer;"
		echo 'CREATE TEMP TABLE t AS SELECT * FROM orders ORDER BY note; SELECT count(*) FROM t;'
		echo '.backup saved.db'
	} | "${under[@]}" sqlite3 orders.db >out.log
	grep -qx 300 out.log
	"${under[@]}" sqlite3 orders.db "UPDATE orders SET total = total + 1; SELECT sum(total) FROM orders;" >one.log &
	local other=$!
	"${under[@]}" sqlite3 -readonly saved.db 'SELECT customer, max(total) FROM orders GROUP BY 1 ORDER BY 2 DESC;' >two.log
	wait "$other"
	grep -qE '^[0-9]+(\.[0-9]+)?$' one.log
	[ "$(grep -c '|' two.log)" = 17 ]
	"${under[@]}" sqlite3 orders.db .dump | "${under[@]}" sqlite3 again.db
	"${under[@]}" sqlite3 again.db 'PRAGMA integrity_check;' | grep -cx ok >&2
}
