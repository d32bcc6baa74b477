/*
 * The words of the decision flow: what an answer does, how many calls share a fate, and the whole of it as a text, for
 * those who do not see the picture.
 *
 * In: struct cg_flow. Out: text in the page's language.
 */
#include "report/picture_flow.h"

static const struct {
	const char *english, *japanese;
} fates[] = {
	[CG_FLOW_OPEN] = { "allowed", "許可" },
	[CG_FLOW_CONDITIONAL] = { "for some arguments", "引数により許可" },
	[CG_FLOW_ASKED] = { "left to another process", "別プロセスが判断" },
	[CG_FLOW_CLOSED] = { "refused", "拒否" },
};

/* What an answer does, for those who do not know its name. */
const char *cg_flow_word_of(const struct cg_picture_page *page, uint32_t action)
{
	switch (cg_action_row(action)->value) {
	case CG_ACTION_ALLOW:
		return cg_pen_word(page, "the call is made", "実行する");
	case CG_ACTION_LOG:
		return cg_pen_word(page, "the call is made, and logged", "記録して実行する");
	case CG_ACTION_NOTIFY:
		return cg_pen_word(page, "a supervisor decides", "監視プロセスが判断する");
	case CG_ACTION_TRACE:
		return cg_pen_word(page, "a tracer decides", "トレーサが判断する");
	case CG_ACTION_ERRNO:
		return cg_pen_word(page, "the call fails", "エラーを返す");
	case CG_ACTION_TRAP:
		return cg_pen_word(page, "the thread gets SIGSYS", "SIGSYS を送る");
	case CG_ACTION_KILL_THREAD:
		return cg_pen_word(page, "the thread ends", "スレッドを終了する");
	default:
		return cg_pen_word(page, "the process ends", "プロセスを終了する");
	}
}

size_t cg_flow_count(const struct cg_flow_arch *arch, enum cg_flow_fate fate)
{
	size_t n = 0;

	for (size_t i = 0; i < CG_N_CATEGORIES; i++)
		for (size_t k = 0; k <= CG_TIER_CRITICAL; k++)
			n += arch->n[i][k][fate];
	return n;
}

void cg_flow_say_names(struct cg_text *text, const struct cg_flow_answer *answer)
{
	for (size_t i = 0; i < answer->n_names; i++)
		cg_text_addf(text, "%s%s", i ? ", " : "", answer->names[i]);
	if (answer->n_names < answer->n_calls)
		cg_text_add(text, ", …");
}

void cg_flow_say_fates(struct cg_text *text, const struct cg_picture_page *page, const struct cg_flow_arch *arch)
{
	bool is_first = true;

	for (enum cg_flow_fate fate = 0; fate < CG_N_FLOW_FATES; fate++) {
		size_t n = cg_flow_count(arch, fate);

		if (n == 0)
			continue;
		cg_text_add(text, is_first ? "" : cg_pen_word(page, ", ", "、"));
		is_first = false;
		if (*cg_pen_word(page, "", "j"))
			cg_text_addf(text, "%s %zu", fates[fate].japanese, n);
		else
			cg_text_addf(text, "%zu %s", n, fates[fate].english);
	}
}

static void describe_answers(struct cg_text *text, const struct cg_picture_page *page,
			     const struct cg_flow_answers *answers)
{
	for (size_t i = 0; i < answers->n_items; i++) {
		cg_text_add(text, i ? cg_pen_word(page, ", ", "、") : "");
		cg_action_format(text, answers->items[i].action);
		cg_text_addf(text, " %zu", answers->items[i].n_calls);
	}
	if (answers->n_further)
		cg_text_addf(text, cg_pen_word(page, ", others %zu", "、その他 %zu"), answers->n_further);
}

void cg_flow_describe(struct cg_text *text, const struct cg_picture_page *page, const struct cg_flow *flow)
{
	for (size_t i = 0; i < flow->n_arches; i++) {
		const struct cg_flow_arch *arch = &flow->arches[i];

		cg_text_addf(text, cg_pen_word(page, "%s has %zu calls with a name. Decided by their number: ",
					       "%s の名前のある呼び出しは %zu 種。番号で決まるもの: "),
			     arch->arch->name, arch->n_calls);
		describe_answers(text, page, &arch->by_number);
		cg_text_addf(text, cg_pen_word(page, ". By their arguments: %zu", "。引数で決まるもの: %zu"),
			     arch->n_by_arguments);
		if (arch->n_by_arguments) {
			cg_text_add(text, cg_pen_word(page, ", which can get ", "。その答え: "));
			describe_answers(text, page, &arch->by_arguments);
		}
		cg_text_add(text, cg_pen_word(page, ". ", "。"));
	}
	for (size_t i = 0; i < flow->n_whole; i++) {
		cg_text_addf(text, cg_pen_word(page, "Every call of %s: ", "%s のすべての呼び出し: "), flow->whole[i].arch->name);
		cg_action_format(text, flow->whole[i].action);
		cg_text_add(text, cg_pen_word(page, ". ", "。"));
	}
	if (flow->is_blind)
		return;
	cg_text_add(text, cg_pen_word(page, "Any other architecture: ", "その他のアーキテクチャ: "));
	cg_action_format(text, flow->bad_arch_action);
	cg_text_add(text, cg_pen_word(page, ".", "。"));
}
