/*
 * Separated privileges, as sshd does it: what a stranger sends is parsed by a child that can do nothing, and a parent
 * that may do everything answers two questions about the result.     cc privsep.c $(pkg-config --cflags --libs libseccomp)
 *
 * In: lines "USER PASSWORD" on standard input, as from the network. Out: "USER is in" or "USER stays out" for each.
 *
 * The child reads the stranger's bytes, and no secret is within its reach: it gave up its user, its root directory and,
 * with the filter, all calls but a few before it read the first of them. Taken over, it can lie about one name and one
 * password; the parent decides what follows from them. A line "!CALL" is where this one plays that it was: the child
 * then makes that call, and one sees what the filter says.
 */
#include <errno.h>
#include <grp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534
#define WORD_SIZE 32

struct question {
	char user[WORD_SIZE];
	char password[WORD_SIZE];
};

/* A rule a row; where `n_args` is not 0 it holds under a condition only. */
struct rule {
	uint32_t action;
	int call;
	unsigned int n_args;
	struct scmp_arg_cmp arg;
};

static const struct rule rules[] = {
	{ SCMP_ACT_ALLOW, SCMP_SYS(read), 0, { 0 } },
	{ SCMP_ACT_ALLOW, SCMP_SYS(write), 0, { 0 } },
	{ SCMP_ACT_ALLOW, SCMP_SYS(exit_group), 0, { 0 } },
	{ SCMP_ACT_ALLOW, SCMP_SYS(rt_sigreturn), 0, { 0 } },
	{ SCMP_ACT_ALLOW, SCMP_SYS(clock_gettime), 0, { 0 } },
	{ SCMP_ACT_ALLOW, SCMP_SYS(brk), 0, { 0 } },
	{ SCMP_ACT_ALLOW, SCMP_SYS(munmap), 0, { 0 } },
	/* Memory, but none that can be executed. */
	{ SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } },
	/* What libraries try in passing is refused politely; everything else is the end. */
	{ SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0, { 0 } },
	{ SCMP_ACT_ERRNO(EACCES), SCMP_SYS(open), 0, { 0 } },
	{ SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 0, { 0 } },
};

static int drop_calls(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r = ctx ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < sizeof(rules) / sizeof(rules[0]); i++)
		r = seccomp_rule_add_array(ctx, rules[i].action, rules[i].call, rules[i].n_args, &rules[i].arg);
	if (r == 0)
		r = seccomp_load(ctx);
	/* ctx is kept: letting go of it could need calls that are gone now. */
	return r;
}

/* A directory that has been removed is empty, and nobody can put anything into it. */
static bool drop_files(void)
{
	char empty[] = "/tmp/privsep-XXXXXX";

	return mkdtemp(empty) && chdir(empty) == 0 && rmdir(empty) == 0 && chroot(".") == 0;
}

/* User and root directory only a privileged parent can take away; the filter anybody can. */
static bool drop_everything(void)
{
	if (geteuid() == 0 && (!drop_files() || setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
			       setresuid(NOBODY, NOBODY, NOBODY) < 0))
		return false;
	return drop_calls() == 0;
}

static void play_taken_over(const char *call)
{
	char text[80];
	long r = -1;
	int length;

	errno = 0;
	if (strcmp(call, "open") == 0)
		r = syscall(SCMP_SYS(openat), -100, "/etc/shadow", 0);
	else if (strcmp(call, "exec-memory") == 0)
		r = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
	else if (strcmp(call, "fork") == 0)
		r = fork();
	length = snprintf(text, sizeof(text), "%s: %s\n", call, r < 0 ? strerror(errno) : "it was done");
	if (write(STDOUT_FILENO, text, (size_t)length) < 0)
		_exit(1);
}

/* One line; false at the end of input. */
static bool read_line(char *line, size_t size)
{
	size_t length = 0;
	char c;

	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		if (length < size - 1)
			line[length++] = c;
	line[length] = '\0';
	return length > 0;
}

static int be_the_child(int socket)
{
	struct question question;
	char line[2 * WORD_SIZE];

	if (!drop_everything())
		return 2;
	while (read_line(line, sizeof(line))) {
		memset(&question, 0, sizeof(question));
		if (line[0] == '!')
			play_taken_over(line + 1);
		else if (sscanf(line, "%31s %31s", question.user, question.password) == 2 &&
			 write(socket, &question, sizeof(question)) != sizeof(question))
			return 1;
	}
	return 0;
}

/* All that a stranger's bytes ever reach of the privileged side: two words of known size. */
static bool is_right(const struct question *question)
{
	return strncmp(question->user, "alice", WORD_SIZE) == 0 && strncmp(question->password, "wonder", WORD_SIZE) == 0;
}

int main(void)
{
	struct question question;
	int sockets[2];
	int status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return perror("privsep"), 1;
	pid = fork();
	if (pid == 0) {
		close(sockets[0]);
		_exit(be_the_child(sockets[1]));
	}
	close(sockets[1]);
	while (read(sockets[0], &question, sizeof(question)) == sizeof(question)) {
		question.user[WORD_SIZE - 1] = '\0';
		printf("%s %s\n", question.user, is_right(&question) ? "is in" : "stays out");
	}
	if (waitpid(pid, &status, 0) != pid)
		return 1;
	if (WIFSIGNALED(status))
		printf("the child was ended by signal %d\n", WTERMSIG(status));
	return status == 0 ? 0 : 1;
}
