# Node.js on its own test runner: files, processes, workers, servers, streams; other work under the profile.
needs=(node)
version="node $(node --version)"

work() {
	export HOME=$PWD
	"${under[@]}" node "$here/node-$1.mjs"
}
