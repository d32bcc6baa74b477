# What no workload of these tests has done must be refused, and a socket of the UNIX domain must not.
import socket

socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).close()
print("unix: works")
for name in "AF_INET", "AF_INET6":
    try:
        socket.socket(getattr(socket, name), socket.SOCK_STREAM)
        print(name + ": works")
    except OSError as error:
        print(name + ": refused")
