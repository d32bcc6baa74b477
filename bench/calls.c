/*
 * Makes one cheap call, getppid, over and over, and says what one of them took.
 *
 * In: how many; optionally what to put into the first argument register (getppid ignores it, a filter may not). Out:
 * nanoseconds a call, by the monotonic clock, which is read in user space (vdso(7)) and so costs no call itself. With -c
 * in front, by the processor's time that this process had: steadier on a busy machine, and blind to what a tracer does
 * in a process of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char **argv)
{
	int at = argc > 1 && strcmp(argv[1], "-c") == 0 ? 2 : 1;
	clockid_t clock = at == 2 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
	long n_calls = argc > at ? atol(argv[at]) : 0;
	long argument = argc > at + 1 ? atol(argv[at + 1]) : 0;
	double start;

	if (n_calls <= 0) {
		fprintf(stderr, "usage: %s [-c] CALLS [ARGUMENT]\n", argv[0]);
		return 2;
	}
	for (long i = 0; i < n_calls / 10; i++) /* warms caches and the clock of the processor */
		syscall(SYS_getppid, argument);
	start = now(clock);
	for (long i = 0; i < n_calls; i++)
		syscall(SYS_getppid, argument);
	printf("%.1f\n", (now(clock) - start) / (double)n_calls);
	return 0;
}
