# The standard library, as programs use it.
import hashlib, json, multiprocessing, os, socket, sqlite3, subprocess, tempfile, threading


def serve(path):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(path)
    server.listen()

    def answer():
        peer, _ = server.accept()
        with peer:
            peer.sendall(peer.recv(100).upper())

    thread = threading.Thread(target=answer)
    thread.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(path)
        client.sendall(b"over a socket")
        print("python:", client.recv(100).decode())
    thread.join()
    server.close()


def square(n):
    return n * n


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.json")
        with open(path, "w") as file:
            json.dump({"a": [1, 2, 3]}, file)
        os.rename(path, path + "2")
        print("python:", hashlib.sha256(open(path + "2", "rb").read()).hexdigest()[:16], sorted(os.listdir(folder)))
        serve(os.path.join(folder, "s"))
        db = sqlite3.connect(os.path.join(folder, "db"))
        db.execute("create table t (a)")
        db.executemany("insert into t values (?)", [(n,) for n in range(100)])
        db.commit()
        print("python:", db.execute("select sum(a) from t").fetchone())
        db.close()
    print("python:", subprocess.run(["sort"], input=b"b\na\n", capture_output=True, check=True).stdout)
    with multiprocessing.Pool(2) as pool:
        print("python:", pool.map(square, range(5)))
        pool.close()
        pool.join()


main()
