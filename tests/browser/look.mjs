// Opens a page in Chromium, in several sizes, light and dark and on paper, and says what is wrong with it.
//
// In: FILE [FOLDER]. Out: one problem a line on standard output, status 1 where there is any; status 2 where Chromium
// does not start, with its words. With a FOLDER, pictures of each size are left there: NAME-360-1.png …, NAME.pdf.
// Spoken to by its own protocol through pipes, as JSON with a NUL behind each message: no port, no package.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe"];
const LIMIT_MS = 120000;
const PIECE = 4000; // pixels
const SIZES = [
	{ name: "360", width: 360, height: 780, scheme: "light" },
	{ name: "360-dark", width: 360, height: 780, scheme: "dark" },
	{ name: "768", width: 768, height: 1024, scheme: "light" },
	{ name: "1280", width: 1280, height: 900, scheme: "light" },
	{ name: "1280-dark", width: 1280, height: 900, scheme: "dark" },
	{ name: "1280-grey", width: 1280, height: 900, scheme: "light", deficiency: "achromatopsia" },
	{ name: "print", width: 700, height: 990, scheme: "dark", media: "print" }, // on paper there is no dark
];

class Browser {
	constructor(profile) {
		this.next = 1;
		this.waiting = new Map();
		this.rest = Buffer.alloc(0);
		this.heard = [];
		this.words = "";
		this.process = spawn(process.env.CHROMIUM ?? "chromium", [...FLAGS, `--user-data-dir=${profile}`, "about:blank"],
			{ stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] });
		this.process.stderr.on("data", (bytes) => { this.words = (this.words + bytes).slice(-4000); });
		this.process.stdio[4].on("data", (bytes) => this.read(bytes));
		this.process.stdio[3].on("error", () => {});
		this.ended = new Promise((done) => {
			this.process.on("error", (error) => { this.words += error.message; done(); });
			this.process.on("close", done);
		});
		this.ended.then(() => this.waiting.forEach(({ fail }) => fail(new Error(this.words || "Chromium ended"))));
	}

	read(bytes) {
		this.rest = Buffer.concat([this.rest, bytes]);
		for (let end; (end = this.rest.indexOf(0)) >= 0; this.rest = this.rest.subarray(end + 1)) {
			const message = JSON.parse(this.rest.subarray(0, end).toString());
			const waiter = this.waiting.get(message.id);

			if (!waiter) {
				this.heard.push(message);
				this.heed?.(message);
			} else {
				this.waiting.delete(message.id);
				message.error ? waiter.fail(new Error(message.error.message)) : waiter.done(message.result);
			}
		}
	}

	ask(method, params = {}) {
		const id = this.next++;

		this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId: this.session }) + "\0");
		return new Promise((done, fail) => this.waiting.set(id, { done, fail }));
	}

	// The page's next event of this name.
	event(method) {
		return new Promise((done) => {
			this.heed = (message) => message.method === method && done(message.params);
		});
	}

	async attach() {
		const { targetInfos } = await this.ask("Target.getTargets");
		const page = targetInfos.find((target) => target.type === "page") ??
			await this.ask("Target.createTarget", { url: "about:blank" });

		this.session = (await this.ask("Target.attachToTarget", { targetId: page.targetId, flatten: true })).sessionId;
		for (const part of ["Page", "Runtime", "Log", "Network"])
			await this.ask(`${part}.enable`);
	}

	async open(url) {
		const loaded = this.event("Page.loadEventFired");

		await this.ask("Page.navigate", { url });
		await loaded;
	}

	async evaluate(expression) {
		const { result, exceptionDetails } = await this.ask("Runtime.evaluate",
			{ expression, returnByValue: true, awaitPromise: true });

		if (exceptionDetails)
			throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
		return result.value;
	}
}

// What the page said by itself, and whom it asked for anything. (The filter that makes it grey is Chromium's own.)
function complaints(heard, url) {
	const found = [];

	for (const { method, params } of heard) {
		if (method === "Runtime.consoleAPICalled")
			found.push(`console: ${params.args.map((arg) => arg.value ?? arg.description).join(" ")}`);
		else if (method === "Runtime.exceptionThrown")
			found.push(`exception: ${params.exceptionDetails.text}`);
		else if (method === "Log.entryAdded")
			found.push(`log: ${params.entry.text}`);
		else if (method === "Network.requestWillBeSent" && params.request.url.split("#")[0] !== url &&
				params.request.url !== "about:blank" && !params.request.url.includes("<feColorMatrix"))
			found.push(`request: ${params.request.url}`);
	}
	return found;
}

async function show(browser, url, size) {
	await browser.ask("Emulation.setDeviceMetricsOverride",
		{ width: size.width, height: size.height, deviceScaleFactor: 1, mobile: size.width < 500 });
	await browser.ask("Emulation.setEmulatedMedia",
		{ media: size.media ?? "", features: [{ name: "prefers-color-scheme", value: size.scheme }] });
	await browser.ask("Emulation.setEmulatedVisionDeficiency", { type: size.deficiency ?? "none" });
	browser.heard.length = 0;
	await browser.open(url);
}

// All of the page, in pieces: Chromium draws no picture of any height.
async function leave(browser, path) {
	const { cssContentSize: { width, height } } = await browser.ask("Page.getLayoutMetrics");

	for (let y = 0, n = 1; y < height; y += PIECE, n++) {
		const clip = { x: 0, y, width, height: Math.min(height - y, PIECE), scale: 1 };
		const { data } = await browser.ask("Page.captureScreenshot", { format: "png", captureBeyondViewport: true, clip });

		writeFileSync(`${path}-${n}.png`, Buffer.from(data, "base64"));
	}
}

async function look(browser, file, folder) {
	const url = pathToFileURL(resolve(file)).href;
	const name = basename(file).replace(/\.\w+$/, "");
	const checks = readFileSync(new URL("checks.js", import.meta.url), "utf8");
	const problems = [];

	await browser.attach();
	for (const size of SIZES) {
		if (size.deficiency && !folder)
			continue; // to be looked at, not measured
		await show(browser, url, size);
		for (const problem of [...await browser.evaluate(checks), ...complaints(browser.heard, url)])
			problems.push(`${size.name}: ${problem}`);
		if (folder)
			await leave(browser, join(folder, `${name}-${size.name}`));
	}
	await browser.ask("Emulation.setEmulatedMedia", { media: "", features: [] });
	const { data } = await browser.ask("Page.printToPDF", { paperWidth: 8.27, paperHeight: 11.69, preferCSSPageSize: true });
	const pdf = Buffer.from(data, "base64");

	if (pdf.subarray(0, 5).toString() !== "%PDF-" || pdf.length < 2000)
		problems.push("print: no PDF comes out");
	if (folder)
		writeFileSync(join(folder, `${name}.pdf`), pdf);
	return problems;
}

async function main([file, folder]) {
	const profile = mkdtempSync(join(tmpdir(), "callgate-browser-"));
	const browser = new Browser(profile);
	const alarm = setTimeout(() => browser.process.kill("SIGKILL"), LIMIT_MS);
	let status = 0;

	try {
		const problems = await look(browser, file, folder);

		problems.forEach((problem) => console.log(problem));
		status = problems.length ? 1 : 0;
		await browser.ask("Browser.close").catch(() => {});
	} catch (error) {
		console.error(error.message);
		status = browser.session ? 1 : 2;
		browser.process.kill("SIGKILL");
	}
	await browser.ended;
	clearTimeout(alarm);
	rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
	process.exitCode = status;
}

await main(process.argv.slice(2));
