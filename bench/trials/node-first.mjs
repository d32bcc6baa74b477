// What a small service does, while it is recorded: node's own test runner, failing by its status.
import test from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import zlib from 'node:zlib';
import crypto from 'node:crypto';
import dns from 'node:dns/promises';
import { once } from 'node:events';
import { execFileSync, fork, spawn } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { pipeline } from 'node:stream/promises';

test('files', async () => {
	await fs.promises.mkdir('a/b', { recursive: true });
	await fs.promises.writeFile('a/b/c.txt', 'text'.repeat(1000));
	await fs.promises.copyFile('a/b/c.txt', 'a/d.txt');
	await fs.promises.rename('a/d.txt', 'a/e.txt');
	fs.symlinkSync('e.txt', 'a/link');
	assert.equal(fs.readFileSync('a/link', 'utf8').length, 4000);
	fs.chmodSync('a/e.txt', 0o600);
	fs.utimesSync('a/e.txt', 1, 2);
	assert.deepEqual(fs.readdirSync('a').sort(), ['b', 'e.txt', 'link']);
	await pipeline(fs.createReadStream('a/e.txt'), zlib.createGzip(), fs.createWriteStream('a/e.gz'));
	fs.appendFileSync('a/e.txt', 'more');
	const descriptor = fs.openSync('a/e.txt', 'r+');
	fs.writeSync(descriptor, 'at a place', 100);
	fs.closeSync(descriptor);
	const watcher = fs.watch('a');
	fs.truncateSync('a/e.txt', 10);
	watcher.close();
	fs.rmSync('a', { recursive: true });
});

test('processes and workers', async () => {
	assert.equal(execFileSync('/bin/echo', ['x']).toString(), 'x\n');
	const child = spawn('/bin/cat', { stdio: 'pipe' });
	child.stdin.end('y');
	assert.equal((await once(child.stdout, 'data'))[0].toString(), 'y');
	await once(child, 'close');
	const worker = new Worker('require("worker_threads").parentPort.postMessage(6 * 7)', { eval: true });
	assert.equal((await once(worker, 'message'))[0], 42);
	await worker.terminate();
	fs.writeFileSync('child.cjs', 'process.on("message", (m) => { process.send(m + 1); process.disconnect(); })');
	const other = fork('./child.cjs');
	other.send(1);
	assert.equal((await once(other, 'message'))[0], 2);
});

test('network', async () => {
	const server = http.createServer((request, response) => request.pipe(response)).listen(0, '127.0.0.1');
	await once(server, 'listening');
	for (let i = 0; i < 200; i++) {
		const answer = await fetch(`http://127.0.0.1:${server.address().port}/`, { method: 'POST', body: 'b'.repeat(i * 50) });
		assert.equal((await answer.text()).length, i * 50);
	}
	server.closeAllConnections();
	server.close();
	await dns.lookup('localhost');
});

test('computing', async () => {
	crypto.pbkdf2Sync('a', 'b', 1000, 32, 'sha256');
	await new Promise((done) => crypto.randomBytes(1000, done));
	const kept = [];
	for (let i = 0; i < 200000; i++) kept.push({ i, s: `${i}` });
	assert.equal(kept.length, 200000);
	await new Promise((done) => setTimeout(done, 20));
});
