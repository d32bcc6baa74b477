/*
 * What becomes of calls: the way through the profile, what is required and by whom, what is blocked and why.
 *
 * In: facts. Out: tables, bounded; calls are those of the first architecture unless a row says otherwise.
 */
#include "report/sections.h"

#include <string.h>

/* ---- the way of a call */

static void draw_flow(const struct cg_facts *facts, const struct cg_picture_page *page, struct cg_text *text)
{
	cg_picture_flow(facts->flow, page, text);
}

static void draw_calls(const struct cg_facts *facts, const struct cg_picture_page *page, struct cg_text *text)
{
	cg_picture_calls(&facts->flow->arches[0], page, text);
}

static void say_otherwise(struct cg_document *document)
{
	const struct cg_facts *facts = document->facts;

	if (facts->is_blind)
		cg_document_say(document, CG_BLOCK_NOTE,
				CG_WORDS("The filter does not look at the architecture of a call: a number is answered alike "
					 "whatever it means there.",
					 "このフィルタはアーキテクチャを確認しない。番号の意味が何であれ、同じ番号には同じ答えを返す。"),
				NULL);
	else
		cg_document_say(document, CG_BLOCK_PARAGRAPH,
				CG_WORDS("What no rule speaks of gets `%1`, a call of any other architecture `%2`.",
					 "どの規則にも当てはまらない呼び出しは `%1`、その他のアーキテクチャの呼び出しは `%2` となる。"),
				CG_VALUES(CG_TEXT(cg_document_action(document, facts->default_action)),
					  CG_TEXT(cg_document_action(document, facts->bad_arch_action))));
}

static void say_arch(struct cg_document *document, const struct cg_fact_arch *arch, const struct cg_flow_arch *flow)
{
	for (size_t i = 0; flow && i < flow->by_number.n_items; i++) {
		cg_cell_text(document, arch->arch->name);
		cg_cell_say(document, CG_WORDS("from the number alone", "番号だけで決まる"), NULL);
		cg_cell_action(document, flow->by_number.items[i].action);
		cg_cell_number(document, flow->by_number.items[i].n_calls);
	}
	if (flow && flow->n_by_arguments) {
		cg_cell_text(document, arch->arch->name);
		cg_cell_say(document, CG_WORDS("from arguments", "引数で決まる"), NULL);
		cg_cell_say(document, CG_WORDS("by condition", "条件による"), NULL);
		cg_cell_number(document, flow->n_by_arguments);
	}
	if (arch->is_whole) {
		cg_cell_text(document, arch->arch->name);
		cg_cell_say(document, CG_WORDS("from the architecture alone", "アーキテクチャだけで決まる"), NULL);
		cg_cell_action(document, arch->whole);
		cg_cell_number(document, arch->n_calls);
	}
}

static void say_answers(struct cg_document *document)
{
	static const struct cg_words headings[] = { { { "Architecture", "アーキテクチャ" } },
						    { { "Decided", "判断の材料" } },
						    { { "Answer", "結果" } },
						    { { "Calls", "システムコール数" } } };
	const struct cg_facts *facts = document->facts;

	cg_document_table(document, headings, 4);
	for (size_t i = 0; i < facts->arches.n_items; i++)
		say_arch(document, &facts->arches.items[i], i < facts->flow->n_arches ? &facts->flow->arches[i] : NULL);
}

/* The figures of draw_calls(). */
static void say_categories(struct cg_document *document)
{
	static const struct cg_words headings[] = { { { "Category", "分類" } },
						    { { "Allowed", "許可" } },
						    { { "For some arguments", "引数により許可" } },
						    { { "Left to another process", "別プロセスが判断" } },
						    { { "Refused", "拒否" } } };
	const struct cg_facts *facts = document->facts;

	cg_document_table(document, headings, 5);
	for (enum cg_category category = 0; category < CG_N_CATEGORIES; category++) {
		cg_cell_say(document, cg_words_of_category(category), NULL);
		for (enum cg_access access = 0; access < CG_N_ACCESSES; access++)
			cg_cell_number(document, cg_facts_count_category(facts, access, category));
	}
	for (enum cg_tier tier = CG_TIER_CRITICAL; tier > CG_TIER_NONE; tier--) {
		cg_cell_say(document, CG_WORDS("Risk: %1", "リスク: %1"),
			    CG_VALUES(CG_TEXT(cg_words_of(document, cg_words_of_tier(tier)))));
		for (enum cg_access access = 0; access < CG_N_ACCESSES; access++)
			cg_cell_number(document, cg_facts_count_tier(facts, access, tier));
	}
}

void cg_section_decision(struct cg_document *document)
{
	const struct cg_facts *facts = document->facts;

	cg_document_section(document, "decision", CG_WORDS("How a call is decided", "システムコールの判定"));
	cg_document_picture(document, "flow",
			    CG_WORDS("The way of a call through the profile: architecture, number, arguments, answer.",
				     "プロファイルによる判定の流れ: アーキテクチャ、番号、引数、結果。"),
			    draw_flow);
	say_answers(document);
	say_otherwise(document);
	if (facts->flow->n_arches == 0)
		return;
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("The same on %1, by category and by risk:", "%1 での内訳（分類別・リスク別）は次のとおりである。"),
			CG_VALUES(CG_TEXT(facts->arches.items[0].arch->name)));
	cg_document_picture(document, "calls",
			    CG_WORDS("Calls by category and by risk.", "分類別・リスク別のシステムコール数。"), draw_calls);
	say_categories(document);
}

/* ---- why a call is needed */

static void add_seen(struct cg_document *document, const struct cg_fact_call *call)
{
	cg_more_say(document,
		    CG_WORDS("seen %1 {1:time|times} in %2 of %3 {3:run|runs}", "%3 回の実行中 %2 回で、計 %1 回観測"),
		    CG_VALUES(CG_NUMBER(call->count), CG_NUMBER(call->n_runs),
			      CG_NUMBER(document->facts->recordings.coverage.n_runs)));
}

static void add_reason(struct cg_document *document, const struct cg_fact_call *call, const struct cg_reason *reason)
{
	if (reason->kind == CG_REASON_SEEN)
		add_seen(document, call);
	else if (reason->kind == CG_REASON_SUCCESSOR)
		cg_more_say(document, CG_WORDS("newer form of `%1`", "`%1` の新しい形"), CG_VALUES(CG_TEXT(reason->name)));
	else
		cg_more_text(document, cg_document_sentence(document, reason->text));
}

void cg_cell_why(struct cg_document *document, const struct cg_fact_call *call)
{
	cg_cell_text(document, "");
	for (size_t i = 0; i < call->n_reasons; i++) {
		enum cg_reason_kind kind = call->reasons[i].kind;

		if (kind == CG_REASON_DANGER || kind == CG_REASON_GUARD)
			continue;
		add_reason(document, call, &call->reasons[i]);
		return;
	}
	if (call->count)
		add_seen(document, call);
	else
		cg_more_say(document, CG_WORDS("not seen", "観測なし"), NULL);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* Two programs of one name in two folders are one word. */
static bool is_named_before(const struct cg_fact_call *call, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(base_name(call->programs[k].path), base_name(call->programs[i].path)) == 0)
			return true;
	return false;
}

static void add_users(struct cg_document *document, const struct cg_fact_call *call)
{
	size_t n = 0;

	cg_cell_text(document, "");
	for (size_t i = 0; i < call->n_programs; i++) {
		if (is_named_before(call, i) || n++ >= CG_FACT_NAMES_LIMIT)
			continue;
		cg_more_text(document, n > 1 ? ", " : "");
		cg_more_code(document, base_name(call->programs[i].path));
	}
	if (n > CG_FACT_NAMES_LIMIT)
		cg_more_say(document, CG_WORDS(" and %1 more", " ほか %1"), CG_VALUES(CG_NUMBER(n - CG_FACT_NAMES_LIMIT)));
	if (call->has_more_programs)
		cg_more_say(document, CG_WORDS(" and others that were not kept", " ほか（記録上限超過）"), NULL);
}

/* ---- what is required */

static size_t count_made(const struct cg_facts *facts, enum cg_category category)
{
	size_t n = 0;

	for (size_t i = 0; i < facts->calls.n_items; i++)
		n += facts->calls.items[i].call->category == category && cg_fact_call_is_made(&facts->calls.items[i]);
	return n;
}

void cg_cell_call(struct cg_document *document, const struct cg_fact_call *call)
{
	cg_cell_code(document, call->call->name);
	if (call->arch != document->facts->arches.items[0].arch)
		cg_more_text(document, cg_document_format(document, " (%s)", call->arch->name));
	if (call->differs)
		cg_more_say(document, CG_WORDS(" (differs by architecture)", "（アーキテクチャにより異なる）"), NULL);
}

static void list_category_with_users(struct cg_document *document, enum cg_category category, size_t n_all)
{
	static const struct cg_words headings[] = { { { "Call", "システムコール" } },
						    { { "Answer", "結果" } },
						    { { "Used by", "利用プログラム" } },
						    { { "Why", "理由" } },
						    { { "Risk", "リスク" } } };
	const struct cg_facts *facts = document->facts;
	size_t n = 0;

	cg_document_table(document, headings, 5);
	for (size_t i = 0; i < facts->calls.n_items && n < CG_FACT_ROWS_LIMIT; i++) {
		const struct cg_fact_call *call = &facts->calls.items[i];

		if (call->call->category != category || !cg_fact_call_is_made(call))
			continue;
		n++;
		cg_cell_call(document, call);
		cg_cell_say(document, cg_words_of_access(call->access), NULL);
		add_users(document, call);
		cg_cell_why(document, call);
		cg_cell_tier(document, call->call->tier);
	}
	cg_document_left_out(document, n_all, n);
}

/* Nobody knows who uses them: names are enough. */
static void list_category(struct cg_document *document, enum cg_category category)
{
	const struct cg_facts *facts = document->facts;
	bool is_first = true;

	cg_document_say(document, CG_BLOCK_PARAGRAPH, CG_WORDS("", ""), NULL);
	for (size_t i = 0; i < facts->calls.n_items; i++) {
		const struct cg_fact_call *call = &facts->calls.items[i];

		if (call->call->category != category || !cg_fact_call_is_made(call))
			continue;
		cg_more_text(document, is_first ? "" : ", ");
		cg_more_code(document, call->call->name);
		cg_more_text(document, call->access == CG_ACCESS_CONDITIONAL ? "*" : "");
		is_first = false;
	}
}

void cg_section_required(struct cg_document *document)
{
	const struct cg_facts *facts = document->facts;
	bool has_users = facts->recordings.recording != NULL;

	cg_document_section(document, "required", CG_WORDS("What it allows, by category", "許可するシステムコール（分類別）"));
	if (has_users)
		cg_document_say(document, CG_BLOCK_PARAGRAPH,
				CG_WORDS("Beside each call stand the programs that were seen to make it, and the reason for which "
					 "`callgate generate` would allow it today. “Not seen” does not prove that nobody "
					 "needs it.",
					 "各システムコールについて、発行が観測されたプログラムと、`callgate generate` を今実行した場合に許可の根拠と"
					 "なる理由を示す。「観測なし」は、不要であることの証明にはならない。"),
				NULL);
	else
		cg_document_say(document, CG_BLOCK_PARAGRAPH,
				CG_WORDS("Calls with a * are allowed for some arguments only.",
					 "* の付いたものは、一部の引数についてのみ許可する。"),
				NULL);
	for (enum cg_category category = 0; category < CG_N_CATEGORIES; category++) {
		size_t n = count_made(facts, category);

		if (n == 0)
			continue;
		cg_document_say(document, CG_BLOCK_HEADING, CG_WORDS("%1 (%2)", "%1（%2）"),
				CG_VALUES(CG_TEXT(cg_words_of(document, cg_words_of_category(category))), CG_NUMBER(n)));
		if (has_users)
			list_category_with_users(document, category, n);
		else
			list_category(document, category);
	}
}

/* ---- what is blocked */

static void add_answers(struct cg_document *document, const struct cg_fact_call *call)
{
	bool is_always = call->n_answers == 1 && !*call->answers[0].when && !call->answers[0].n_further;

	if (call->n_answers == 0 || is_always)
		cg_cell_action(document, call->n_answers ? call->answers[0].action : call->otherwise);
	else
		cg_cell_say(document, cg_words_of_access(call->access), NULL);
}

static void list_blocked(struct cg_document *document, enum cg_tier tier)
{
	static const struct cg_words headings[] = { { { "Call", "システムコール" } },
						    { { "Category", "分類" } },
						    { { "Answer", "結果" } },
						    { { "Why it is dangerous", "危険な理由" } } };
	const struct cg_facts *facts = document->facts;
	size_t n = 0;

	for (size_t i = 0; i < facts->calls.n_items; i++) {
		const struct cg_fact_call *call = &facts->calls.items[i];

		if (call->call->tier != tier || cg_fact_call_is_made(call))
			continue;
		if (n++ == 0) {
			cg_document_say(document, CG_BLOCK_HEADING, CG_WORDS("Risk: %1", "リスク: %1"),
					CG_VALUES(CG_TEXT(cg_words_of(document, cg_words_of_tier(tier)))));
			cg_document_table(document, headings, 4);
		}
		cg_cell_call(document, call);
		cg_cell_say(document, cg_words_of_category(call->call->category), NULL);
		add_answers(document, call);
		cg_cell_text(document, cg_document_sentence(document, call->call->reason));
	}
}

/* Those of no particular risk are refused because nobody asked for them: names will do. */
static void list_other_blocked(struct cg_document *document)
{
	const struct cg_facts *facts = document->facts;
	size_t n = 0;

	for (size_t i = 0; i < facts->calls.n_items; i++) {
		const struct cg_fact_call *call = &facts->calls.items[i];

		if (call->call->tier != CG_TIER_NONE || cg_fact_call_is_made(call))
			continue;
		if (n++ == 0) {
			cg_document_say(document, CG_BLOCK_HEADING,
					CG_WORDS("Of no particular risk", "特段のリスクのないもの"), NULL);
			cg_document_say(document, CG_BLOCK_PARAGRAPH,
					CG_WORDS("No rule lets them through. What is refused is kernel code that cannot be "
						 "reached: ",
						 "許可する規則がないもの。拒否した分だけ、到達できるカーネルコードが減る: "),
					NULL);
		}
		cg_more_text(document, n > 1 ? ", " : "");
		cg_more_code(document, call->call->name);
	}
}

void cg_section_blocked(struct cg_document *document)
{
	const struct cg_facts *facts = document->facts;
	size_t n = 0;

	for (size_t i = 0; i < facts->calls.n_items; i++)
		n += !cg_fact_call_is_made(&facts->calls.items[i]);
	cg_document_section(document, "blocked", CG_WORDS("What it blocks, by risk", "拒否するシステムコール（リスク別）"));
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("%1 {1:call is|calls are} never made, whatever the arguments, on all architectures of the "
				 "profile together.",
				 "プロファイルの全アーキテクチャを合わせ、引数によらず決して実行されないシステムコールは %1 個である。"),
			CG_VALUES(CG_NUMBER(n)));
	for (enum cg_tier tier = CG_TIER_CRITICAL; tier > CG_TIER_NONE; tier--)
		list_blocked(document, tier);
	list_other_blocked(document);
}
