# Writes programs made to blow up, as raw filters, into the folder given.
import struct, sys, random

LD, IMM, MEM, ST, LDX, RET, TAX = 0x20, 0x00, 0x60, 0x02, 0x61, 0x06, 0x07
ADD, SUB, MUL, DIV, OR, AND, XOR, LSH, RSH = 0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0xa4, 0x64, 0x74
JEQ, JGT, JGE, JSET, X = 0x15, 0x25, 0x35, 0x45, 0x08
ALLOW, ERRNO = 0x7fff0000, 0x50001


def arg(n, high=0):
    return (LD, 0, 0, 16 + 8 * n + 4 * high)


def end(op, k):
    return [(op, 0, 1, k), (RET, 0, 0, ALLOW), (RET, 0, 0, ERRNO)]


def products():
    return [arg(0), (TAX, 0, 0, 0), arg(1)] + [(MUL | X, 0, 0, 0), (ADD, 0, 0, 7)] * 2040 + end(JEQ, 5)


def quotients():
    return [arg(0), (TAX, 0, 0, 0), arg(1), (MUL | X, 0, 0, 0), (ADD, 0, 0, 3), (ST, 0, 0, 0), arg(2), (MUL | X, 0, 0, 0),
            (LDX, 0, 0, 0)] + [(DIV | X, 0, 0, 0), (XOR, 0, 0, 0x5a5a5a5a)] * 1000 + end(JGT, 77)


def memory():
    code = []
    for i in range(16):
        code += [arg(i % 6, i % 2), (ST, 0, 0, i)]
    for i in range(800):
        code += [(MEM, 0, 0, i % 16), (LDX, 0, 0, (i * 7 + 3) % 16), (ADD | X, 0, 0, 0), (MUL | X, 0, 0, 0), (ST, 0, 0, (i * 5 + 1) % 16)]
    return code + [(MEM, 0, 0, 3)] + end(JGT, 77)


def mixing():
    code = [arg(0), (ST, 0, 0, 0)]
    for i in range(600):
        code += [arg(i % 6, i // 6 % 2), (LDX, 0, 0, 0), ([XOR, ADD, SUB][i % 3] | X, 0, 0, 0), ([LSH, RSH][i % 2], 0, 0, 1 + i % 5),
                 (XOR | X, 0, 0, 0), (ST, 0, 0, 0)]
    return code + end(JSET, 0x80000000)


def ladder():
    random.seed(3)
    code = []
    for i in range(1365):
        code += [arg(random.randrange(6), random.randrange(2)), (JEQ, 0, 1, random.getrandbits(32)), (RET, 0, 0, 0x50000 | i)]
    return code + [(RET, 0, 0, 0)]


def equal_pairs():
    code = [arg(0), (TAX, 0, 0, 0), arg(1), (JEQ | X, 0, 6, 0), arg(2), (TAX, 0, 0, 0), arg(3), (JEQ | X, 0, 2, 0)]
    return code + [(RET, 0, 0, ALLOW), (RET, 0, 0, ALLOW), (RET, 0, 0, ERRNO)]


for program in (products, quotients, memory, mixing, ladder, equal_pairs):
    insns = program()
    assert len(insns) <= 4096
    with open(f"{sys.argv[1]}/{program.__name__}.bpf", "wb") as file:
        for insn in insns:
            file.write(struct.pack("=HBBI", *insn))
