/*
 * Makes one cheap call, getppid, over and over, and says what one of them took.
 *
 * In: how many; optionally what to put into the first argument register (getppid ignores it, a filter may not). Out:
 * nanoseconds a call, by the monotonic clock, which is read in user space (vdso(7)) and so costs no call itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char **argv)
{
	long n_calls = argc > 1 ? atol(argv[1]) : 0;
	long argument = argc > 2 ? atol(argv[2]) : 0;
	double start;

	if (n_calls <= 0) {
		fprintf(stderr, "usage: %s CALLS [ARGUMENT]\n", argv[0]);
		return 2;
	}
	for (long i = 0; i < n_calls / 10; i++) /* warms caches and the clock of the processor */
		syscall(SYS_getppid, argument);
	start = now();
	for (long i = 0; i < n_calls; i++)
		syscall(SYS_getppid, argument);
	printf("%.1f\n", (now() - start) / (double)n_calls);
	return 0;
}
