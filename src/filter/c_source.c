/*
 * A filter as C. In: a filter and a name. Out: text that any C compiler takes, which needs <linux/filter.h> alone:
 *
 *     static const struct sock_filter NAME[] = {
 *             { 0x0020, 0x00, 0x00, 0x00000004 }, (* L0: ld [4]  ; arch *)
 *     };
 *     static const unsigned short NAME_length = sizeof(NAME) / sizeof(NAME[0]);
 *
 * The comments are the lines of the disassembler.
 */
#include "filter/filter.h"

#include <errno.h>
#include <string.h>

#define NAME_MAX_LENGTH 63 /* significant characters that C promises, ISO C11 5.2.4.1 */
#define COMMENT_COLUMN 40

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_keyword(const char *name)
{
	static const char words[] =
		" auto break case char const continue default do double else enum extern float for goto if "
		"inline int long register restrict return short signed sizeof static struct switch "
		"typedef union unsigned void volatile while asm ";
	const char *found = strstr(words, name);
	size_t length = strlen(name);

	return found && found[-1] == ' ' && found[length] == ' ';
}

bool cg_filter_is_c_name(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length > NAME_MAX_LENGTH || !is_letter(name[0]) || is_keyword(name))
		return false;
	for (size_t i = 1; i < length; i++) {
		if (!is_letter(name[i]) && !(name[i] >= '0' && name[i] <= '9'))
			return false;
	}
	return true;
}

static void add_instruction(struct cg_text *text, const struct sock_filter *insn, const char *line, size_t length)
{
	size_t line_start = text->length;

	cg_text_addf(text, "\t{ 0x%02x, %u, %u, 0x%08x },", insn->code, insn->jt, insn->jf, insn->k);
	cg_text_pad(text, line_start, COMMENT_COLUMN);
	cg_text_add(text, "/* ");
	cg_text_add_bytes(text, line, length);
	cg_text_add(text, " */\n");
}

void cg_filter_write_c(const struct cg_filter *filter, const char *name, struct cg_text *text)
{
	struct cg_text listing = { 0 };
	const char *line;

	cg_filter_disasm(filter, &listing);
	cg_text_addf(text,
		     "/* A seccomp filter of %zu instructions, for %s-endian machines. Written by callgate. */\n"
		     "#include <linux/filter.h>\n\nstatic const struct sock_filter %s[] = {\n",
		     filter->n_insns, filter->is_big_endian ? "big" : "little", name);
	/* Line 1 says the byte order; then each instruction has one. */
	line = strchr(cg_text_get(&listing), '\n');
	for (size_t i = 0; line && i < filter->n_insns; i++) {
		line++;
		add_instruction(text, &filter->insns[i], line, strcspn(line, "\n"));
		line = strchr(line, '\n');
	}
	cg_text_addf(text, "};\n\nstatic const unsigned short %s_length = sizeof(%s) / sizeof(%s[0]);\n", name, name,
		     name);
	text->has_failed |= listing.has_failed;
	cg_text_done(&listing);
}
