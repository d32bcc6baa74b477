/*
 * The decision flow: a call comes from the top and is asked for its architecture, its number, its arguments; to the
 * right stand the answers, each with how many calls get it there, the line as thick as they are many.
 *
 * In: struct cg_flow. Out: SVG. The first architecture is drawn large; the others have a box with a bar each.
 */
#include "report/picture_draw.h"
#include "report/picture_flow.h"

#include "base/cleanup.h"

#include <string.h>

#define STRIPE 10      /* of an answer's paint */
#define BOX_GAP 8
#define STAGE_GAP 44
#define OTHERS_LIMIT 5 /* architectures with a box of their own */
#define PADDING 9

static enum cg_paint paint_of(uint32_t action)
{
	switch (cg_action_row(action)->value) {
	case CG_ACTION_ALLOW:
		return CG_PAINT_OPEN;
	case CG_ACTION_LOG:
		return CG_PAINT_LOG;
	case CG_ACTION_NOTIFY:
	case CG_ACTION_TRACE:
		return CG_PAINT_ASKED;
	case CG_ACTION_ERRNO:
	case CG_ACTION_TRAP:
		return CG_PAINT_REFUSED;
	default:
		return CG_PAINT_KILL;
	}
}

/* ---- the columns: questions, lines, answers */

struct columns {
	int question_width, answer_x, answer_width;
};

static struct columns columns_of(const struct cg_pen *pen)
{
	if (pen->is_narrow)
		return (struct columns){ .question_width = 122, .answer_x = 160, .answer_width = pen->width - 161 };
	return (struct columns){ .question_width = 170, .answer_x = 268, .answer_width = pen->width - 269 };
}

static int text_width(const struct columns *columns)
{
	return columns->answer_width - STRIPE - 2 * PADDING;
}

/* One answer to the right; what it says is in lines. */
struct branch {
	const char *title;
	const char *words; /* "" or further lines, in small */
	size_t n_calls, n_of; /* for the line to it; n_of 0: calls are not counted here */
	const struct cg_flow_arch *arch; /* a bar of its fates instead of a stripe, or NULL */
	uint32_t action;
};

static int branch_lines(const struct cg_pen *pen)
{
	return pen->is_narrow ? 4 : 2;
}

static int title_lines(const struct cg_pen *pen, const struct branch *branch)
{
	struct columns columns = columns_of(pen);

	return cg_pen_count_lines(pen, text_width(&columns), 2, "b", branch->title);
}

static int branch_height(const struct cg_pen *pen, const struct branch *branch)
{
	struct columns columns = columns_of(pen);
	int n = cg_pen_count_lines(pen, text_width(&columns), branch_lines(pen), "m", branch->words);

	return (title_lines(pen, branch) + n) * pen->leading + 2 * PADDING - 3 + (branch->arch ? 14 : 0);
}

/* Its fates side by side, all of them as long as the box is wide. */
static void draw_bar(struct cg_pen *pen, int x, int y, int width, const struct cg_flow_arch *arch)
{
	static const enum cg_paint paints[] = { CG_PAINT_OPEN, CG_PAINT_CONDITIONAL, CG_PAINT_ASKED, CG_PAINT_REFUSED };
	size_t before = 0;

	for (enum cg_flow_fate fate = 0; fate < CG_N_FLOW_FATES && arch->n_calls; fate++) {
		size_t after = before + cg_flow_count(arch, fate);
		int from = (int)(before * (size_t)width / arch->n_calls);

		cg_pen_paint(pen, x + from, y, (int)(after * (size_t)width / arch->n_calls) - from, 9, paints[fate]);
		before = after;
	}
}

static void draw_line(struct cg_pen *pen, int x1, int x2, int y, const struct branch *branch)
{
	CG_CLEANUP(cg_text_done) struct cg_text count = { 0 };
	int thickness = branch->n_of ? 15 + (int)(110 * branch->n_calls / branch->n_of) : 15;

	cg_pen_arrow(pen, x1, y, x2 - 1, y, thickness);
	if (!branch->n_of)
		return;
	cg_pen_add_number(&count, branch->n_calls);
	cg_pen_text(pen, (x1 + x2) / 2 - 3, y - thickness / 20 - 4, "b", CG_PEN_MIDDLE, cg_text_get(&count));
	pen->body.has_failed |= count.has_failed;
}

static void draw_branch(struct cg_pen *pen, int y, const struct branch *branch)
{
	struct columns columns = columns_of(pen);
	int height = branch_height(pen, branch), text_x = columns.answer_x + STRIPE + PADDING, n_title;
	int text_y = y + PADDING + pen->size - 2;

	draw_line(pen, columns.question_width, columns.answer_x, y + height / 2, branch);
	cg_pen_box(pen, columns.answer_x, y, columns.answer_width, height, "box");
	if (branch->arch)
		draw_bar(pen, text_x - STRIPE, y + height - 9 - PADDING, columns.answer_width - 2 * PADDING, branch->arch);
	else
		cg_pen_paint(pen, columns.answer_x, y, STRIPE, height, paint_of(branch->action));
	text_x -= branch->arch ? STRIPE : 0;
	n_title = cg_pen_paragraph(pen, text_x, text_y, text_width(&columns), 2, "b", branch->title);
	cg_pen_paragraph(pen, text_x, text_y + n_title * pen->leading, text_width(&columns), branch_lines(pen), "m",
			 branch->words);
}

/* ---- a question and its answers */

#define BRANCHES_LIMIT (2 * CG_FLOW_ANSWERS_LIMIT + 3)

struct stage {
	const char *question, *words;
	struct branch branches[BRANCHES_LIMIT];
	size_t n_branches;
	struct cg_text texts[2 * BRANCHES_LIMIT]; /* what the branches say */
	size_t n_texts;
};

static void stage_done(struct cg_pen *pen, struct stage *stage)
{
	for (size_t i = 0; i < stage->n_texts; i++) {
		pen->body.has_failed |= stage->texts[i].has_failed;
		cg_text_done(&stage->texts[i]);
	}
}

/* A text that lives as long as the stage. */
static struct cg_text *stage_text(struct stage *stage)
{
	return &stage->texts[stage->n_texts++];
}

/* Returns where it ends. */
static int draw_stage(struct cg_pen *pen, int y, const struct stage *stage)
{
	struct columns columns = columns_of(pen);
	int inner = columns.question_width - 2 * PADDING, bottom = y, n, height;
	int question = cg_pen_count_lines(pen, inner, 3, "b", stage->question);
	int words = cg_pen_count_lines(pen, inner, 8, "m", stage->words);

	height = (question + words) * pen->leading + 2 * PADDING;
	for (size_t i = 0; i < stage->n_branches; i++)
		bottom += branch_height(pen, &stage->branches[i]) + (i ? BOX_GAP : 0);
	bottom = bottom - y > height ? bottom : y + height;
	cg_pen_box(pen, 1, y, columns.question_width - 1, bottom - y, "question");
	n = cg_pen_paragraph(pen, PADDING + 1, y + PADDING + pen->size - 1, inner, 3, "b", stage->question);
	cg_pen_paragraph(pen, PADDING + 1, y + PADDING + pen->size - 1 + n * pen->leading, inner, 8, "m", stage->words);
	for (size_t i = 0; i < stage->n_branches; i++) {
		draw_branch(pen, y, &stage->branches[i]);
		y += branch_height(pen, &stage->branches[i]) + BOX_GAP;
	}
	return bottom;
}

/* The way down to the next question, and how many calls take it; returns where that begins. */
static int draw_way(struct cg_pen *pen, int y, size_t n_calls, size_t n_of, const char *words)
{
	struct columns columns = columns_of(pen);
	int x = columns.question_width / 2, thickness = n_of ? 15 + (int)(110 * n_calls / n_of) : 20;

	cg_pen_arrow(pen, x, y, x, y + STAGE_GAP - 1, thickness);
	cg_pen_paragraph(pen, x + thickness / 20 + 10, y + STAGE_GAP / 2 + (pen->is_narrow ? -3 : 1),
			 pen->width - x - thickness / 20 - 10, 2, "t", words);
	return y + STAGE_GAP;
}

/* ---- what each stage says */

static struct branch *add_branch(struct stage *stage, const struct cg_picture_page *page, uint32_t action)
{
	struct branch *branch = &stage->branches[stage->n_branches++];
	struct cg_text *title = stage_text(stage);

	cg_action_format(title, action);
	cg_text_addf(title, "%s%s", cg_pen_word(page, ": ", "："), cg_flow_word_of(page, action));
	*branch = (struct branch){ .title = cg_text_get(title), .words = "", .action = action };
	return branch;
}

static void add_answers(struct stage *stage, const struct cg_picture_page *page, const struct cg_flow_answers *answers,
			const struct cg_flow_answers *unnamed, size_t n_of)
{
	for (size_t i = 0; i < answers->n_items; i++) {
		const struct cg_flow_answer *answer = &answers->items[i];
		struct branch *branch = add_branch(stage, page, answer->action);
		struct cg_text *words = stage_text(stage);

		for (size_t k = 0; unnamed && k < unnamed->n_items; k++)
			if (unnamed->items[k].action == answer->action)
				cg_text_add(words, cg_pen_word(page, "numbers without a name, and ", "名前のない番号、および "));
		cg_flow_say_names(words, answer);
		branch->words = cg_text_get(words);
		branch->n_calls = answer->n_calls;
		branch->n_of = n_of;
	}
}

/* What numbers without a name get and no call with one does. */
static void add_unnamed(struct stage *stage, const struct cg_picture_page *page, const struct cg_flow_arch *arch)
{
	for (size_t i = 0; i < arch->unnamed.n_items; i++) {
		uint32_t action = arch->unnamed.items[i].action;
		size_t k = 0;

		while (k < arch->by_number.n_items && arch->by_number.items[k].action != action)
			k++;
		if (k == arch->by_number.n_items)
			add_branch(stage, page, action)->words = cg_pen_word(page, "numbers without a name", "名前のない番号");
	}
}

static int draw_arches(struct cg_pen *pen, int y, const struct cg_flow *flow)
{
	const struct cg_picture_page *page = pen->page;
	struct stage stage = { .question = cg_pen_word(page, "Architecture?", "アーキテクチャは？"), .words = "" };
	size_t n_others = flow->n_arches ? flow->n_arches - 1 : 0;
	struct cg_text *words;

	for (size_t i = 1; i <= n_others && i <= OTHERS_LIMIT; i++) {
		words = stage_text(&stage);
		cg_flow_say_fates(words, page, &flow->arches[i]);
		stage.branches[stage.n_branches++] = (struct branch){ .title = flow->arches[i].arch->name,
								      .words = cg_text_get(words),
								      .arch = &flow->arches[i] };
	}
	for (size_t i = 0; i < flow->n_whole && i < OTHERS_LIMIT; i++)
		add_branch(&stage, page, flow->whole[i].action)->words = flow->whole[i].arch->name;
	words = stage_text(&stage);
	if (flow->is_blind) {
		stage.words = cg_pen_word(page, "Others are not told apart", "他は区別しない");
	} else {
		cg_text_add(words, cg_pen_word(page, "any other architecture", "その他のアーキテクチャ"));
		if (n_others > OTHERS_LIMIT)
			cg_text_addf(words, cg_pen_word(page, "; not drawn: %zu more that are decided call by call",
							"。個別に判定する残り %zu 種は省略"), n_others - OTHERS_LIMIT);
		add_branch(&stage, page, flow->bad_arch_action)->words = cg_text_get(words);
	}
	y = draw_stage(pen, y, &stage);
	stage_done(pen, &stage);
	return y;
}

static int draw_numbers(struct cg_pen *pen, int y, const struct cg_flow_arch *arch)
{
	const struct cg_picture_page *page = pen->page;
	struct stage stage = { .question = cg_pen_word(page, "Number?", "番号は？"), .words = "" };

	add_answers(&stage, page, &arch->by_number, &arch->unnamed, arch->n_calls);
	add_unnamed(&stage, page, arch);
	y = draw_stage(pen, y, &stage);
	stage_done(pen, &stage);
	return y;
}

static int draw_arguments(struct cg_pen *pen, int y, const struct cg_flow_arch *arch)
{
	const struct cg_picture_page *page = pen->page;
	struct stage stage = {
		.question = cg_pen_word(page, "Arguments?", "引数は？"),
		.words = cg_pen_word(page, "A call is counted at each answer it can get", "呼び出しは、ありうる答えごとに数える"),
	};

	add_answers(&stage, page, &arch->by_arguments, NULL, arch->n_calls);
	y = draw_stage(pen, y, &stage);
	stage_done(pen, &stage);
	return y;
}

static int draw_start(struct cg_pen *pen, const struct cg_flow *flow)
{
	CG_CLEANUP(cg_text_done) struct cg_text words = { 0 };
	const struct cg_picture_page *page = pen->page;
	struct columns columns = columns_of(pen);
	int height = 2 * PADDING + pen->leading * (pen->is_narrow ? 2 : 1), n;

	cg_pen_box(pen, 1, 1, columns.question_width - 1, height, "question");
	cg_pen_paragraph(pen, PADDING + 1, PADDING + pen->size + 1, columns.question_width - 2 * PADDING, 2, "b",
			 cg_pen_word(page, "A system call", "システムコール"));
	cg_text_add(&words, cg_pen_word(page, "of a process under this profile", "このプロファイルが適用されたプロセスの呼び出し"));
	if (flow->n_instructions)
		cg_text_addf(&words, cg_pen_word(page, "; the kernel runs a filter of %zu instructions",
						 "。フィルタは %zu 命令"), flow->n_instructions);
	n = cg_pen_count_lines(pen, pen->width - columns.question_width - 14, 3, "m", cg_text_get(&words));
	cg_pen_paragraph(pen, columns.question_width + 14,
			 1 + height / 2 + pen->size / 2 - 2 - (n - 1) * pen->leading / 2,
			 pen->width - columns.question_width - 14, 3, "m", cg_text_get(&words));
	pen->body.has_failed |= words.has_failed;
	return height + 1;
}

static int draw(struct cg_pen *pen, const void *facts)
{
	CG_CLEANUP(cg_text_done) struct cg_text way = { 0 };
	const struct cg_flow *flow = facts;
	const struct cg_flow_arch *arch = flow->arches;
	int y = draw_way(pen, draw_start(pen, flow), 0, 0, "");

	y = draw_arches(pen, y, flow);
	if (flow->n_arches) {
		cg_text_addf(&way, cg_pen_word(pen->page, "%s: %zu calls have a name", "%s：名前のある呼び出しは %zu 種"),
			     arch->arch->name, arch->n_calls);
		y = draw_way(pen, y, arch->n_calls, arch->n_calls, cg_text_get(&way));
		y = draw_numbers(pen, y, arch);
	}
	if (flow->n_arches && arch->n_by_arguments) {
		cg_text_clear(&way);
		cg_text_addf(&way, cg_pen_word(pen->page, "%zu are not decided by their number", "番号だけでは決まらないもの %zu 種"),
			     arch->n_by_arguments);
		y = draw_way(pen, y, arch->n_by_arguments, arch->n_calls, cg_text_get(&way));
		y = draw_arguments(pen, y, arch);
	}
	pen->body.has_failed |= way.has_failed;
	return y + 2;
}

void cg_picture_flow(const struct cg_flow *flow, const struct cg_picture_page *page, struct cg_text *text)
{
	CG_CLEANUP(cg_text_done) struct cg_text description = { 0 };

	cg_flow_describe(&description, page, flow);
	cg_pen_picture(page, draw, flow,
		       cg_pen_word(page, "How the profile decides a call", "呼び出しがどのように判定されるか"), &description,
		       text);
}
