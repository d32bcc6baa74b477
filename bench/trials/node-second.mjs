// Other work than node-first.mjs, under the profile made of that: larger, more at once, other calls of the library.
import test from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import http from 'node:http';
import zlib from 'node:zlib';
import crypto from 'node:crypto';
import os from 'node:os';
import readline from 'node:readline';
import { once } from 'node:events';
import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

test('many files', async () => {
	fs.mkdirSync('many');
	await Promise.all(Array.from({ length: 300 }, (_, i) => fs.promises.writeFile(`many/${i}`, crypto.randomBytes(i * 20))));
	const stats = await Promise.all(Array.from({ length: 300 }, (_, i) => fs.promises.stat(`many/${i}`)));
	assert.equal(stats.reduce((sum, stat) => sum + stat.size, 0), 897000);
	for (const entry of fs.readdirSync('many', { withFileTypes: true })) assert(entry.isFile());
	fs.appendFileSync('many/1', 'x');
	fs.accessSync('many/1', fs.constants.R_OK);
	fs.writeFileSync('lines', 'a\nb\nc\n');
	let n = 0;
	for await (const line of readline.createInterface({ input: fs.createReadStream('lines') })) n += line.length;
	assert.equal(n, 3);
	const handle = await fs.promises.open('lines', 'r+');
	await handle.write('z', 0);
	await handle.close();
	assert.equal(fs.realpathSync('.'), process.cwd());
	await fs.promises.rm('many', { recursive: true });
});

test('shell and workers', async () => {
	const { stdout } = await promisify(exec)('echo $((6 * 7)); ls | wc -l');
	assert.match(stdout, /^42\n/);
	const answers = await Promise.all(Array.from({ length: 6 }, async (_, i) => {
		const worker = new Worker('const { parentPort, workerData } = require("worker_threads");' +
			'let n = 0; for (let i = 0; i < 3e6; i++) n += i % workerData; parentPort.postMessage(n)', { eval: true, workerData: i + 1 });
		const [message] = await once(worker, 'message');
		return message;
	}));
	assert.equal(answers.length, 6);
	assert(os.cpus().length > 0 && os.hostname() && os.userInfo().uid >= 0);
});

test('servers at once', async () => {
	const echo = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
	const server = http.createServer((_, response) => response.end(zlib.gzipSync('text'.repeat(5000)))).listen(0, '127.0.0.1');
	await Promise.all([once(echo, 'listening'), once(server, 'listening')]);
	await Promise.all(Array.from({ length: 50 }, async () => {
		const socket = net.connect(echo.address().port, '127.0.0.1');
		socket.write('ping');
		assert.equal((await once(socket, 'data'))[0].toString(), 'ping');
		socket.end();
		await once(socket, 'close');
	}));
	const answers = await Promise.all(Array.from({ length: 100 }, () => fetch(`http://localhost:${server.address().port}/`).then((a) => a.arrayBuffer())));
	for (const answer of answers) assert.equal(zlib.gunzipSync(Buffer.from(answer)).length, 20000);
	echo.close();
	server.closeAllConnections();
	server.close();
});

test('memory', () => {
	const buffers = Array.from({ length: 60 }, (_, i) => Buffer.alloc(1 << 20, i));
	assert.equal(buffers.length, 60);
	crypto.scryptSync('a', 'b', 64);
	crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
});
