import sys

from greeting import greet


def main():
    print(greet(*sys.argv[1:2]))


if __name__ == "__main__":
    main()
