// Files, processes, threads, and HTTP over a socket of the UNIX domain.
const fs = require('fs'), http = require('http'), os = require('os'), path = require('path');
const { execFileSync } = require('child_process');
const { Worker } = require('worker_threads');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'node-'));

fs.writeFileSync(folder + '/a', 'x'.repeat(100000));
console.log('node:', require('crypto').createHash('sha256').update(fs.readFileSync(folder + '/a')).digest('hex').slice(0, 16));
console.log('node:', execFileSync('sort', { input: 'b\na\n' }).toString().trim().replace('\n', ' '));
console.log('node:', require('zlib').gzipSync('hello'.repeat(1000)).length > 10);
new Worker('require("worker_threads").parentPort.postMessage(6 * 7)', { eval: true }).on('message', (answer) => {
	console.log('node:', answer);
	const server = http.createServer((request, response) => response.end('from ' + request.url));
	server.listen(folder + '/s', () => http.get({ socketPath: folder + '/s', path: '/there' }, (response) => {
		response.on('data', (data) => console.log('node:', data.toString()));
		response.on('end', () => {
			server.close();
			fs.rmSync(folder, { recursive: true });
		});
	}));
});
