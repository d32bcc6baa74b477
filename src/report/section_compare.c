/*
 * The profile beside others: what it opens and closes, and which known vulnerabilities it leaves within reach.
 */
#include "abi/call_text.h"
#include "base/cleanup.h"
#include "report/sections.h"

#include <inttypes.h>
#include <string.h>

/* ---- against another profile */

static const struct cg_words change_titles[] = {
	[CG_FACT_CLOSED] = { { "Closed here, open there", "本プロファイルでのみ閉じているもの" } },
	[CG_FACT_OPENED] = { { "Open here, closed there", "本プロファイルでのみ開いているもの" } },
	[CG_FACT_CHANGED] = { { "Equally open in both, answered differently", "可否は同じで結果が異なるもの" } },
};

/* How many calls, by risk: a row a change. */
static void say_counts(struct cg_document *document)
{
	static const struct cg_words headings[] = { { { "Calls with a name", "名前のあるシステムコール" } },
						    { { "critical", "重大" } },
						    { { "high", "高" } },
						    { { "medium", "中" } },
						    { { "no particular risk", "特になし" } },
						    { { "Together", "計" } } };
	const struct cg_fact_against *against = &document->facts->against;

	cg_document_table(document, headings, 6);
	for (enum cg_fact_change change = 0; change <= CG_FACT_CHANGED; change++) {
		size_t n_all = 0;

		cg_cell_say(document, change_titles[change], NULL);
		for (int tier = CG_TIER_CRITICAL; tier >= CG_TIER_NONE; tier--) {
			cg_cell_number(document, against->n_calls[change][tier]);
			n_all += against->n_calls[change][tier];
		}
		cg_cell_number(document, n_all);
	}
}

/* Such architectures stand in a row each, and not in the counts. */
static void say_arches(struct cg_document *document)
{
	const struct cg_fact_against *against = &document->facts->against;
	bool is_first = true;

	for (size_t i = 0; i < against->differences.n_items; i++) {
		const struct cg_fact_difference *row = &against->differences.items[i];

		if (row->subject != CG_FACT_ARCH)
			continue;
		if (is_first)
			cg_document_say(document, CG_BLOCK_PARAGRAPH,
					CG_WORDS("Not counted above: architectures on which one of the two gives every call the "
						 "same answer. ",
						 "一方がすべての呼び出しに同じ結果を返すアーキテクチャは、この表に含めない。"),
					NULL);
		cg_more_say(document, CG_WORDS("On %1, %2 {2:call is|calls are} answered differently. ",
					       "%1 では %2 個のシステムコールの結果が異なる。"),
			    CG_VALUES(CG_TEXT(row->arch->name), CG_NUMBER(row->n_calls)));
		is_first = false;
	}
}

static void add_subject(struct cg_document *document, const struct cg_fact_difference *row)
{
	switch (row->subject) {
	case CG_FACT_CALL:
		cg_cell_code(document, row->call->name);
		return;
	case CG_FACT_ARCH:
		cg_cell_say(document, CG_WORDS("%2 {2:call|calls} of %1", "%1 のシステムコール %2 個"),
			    CG_VALUES(CG_TEXT(row->arch->name), CG_NUMBER(row->n_calls)));
		return;
	case CG_FACT_NUMBERS:
		cg_cell_say(document, CG_WORDS("numbers without a name, %1 to %2", "名前のない番号 %1 〜 %2"),
			    CG_VALUES(CG_TEXT(cg_document_format(document, "%" PRIu32, row->nr_first)),
				      CG_TEXT(cg_document_format(document, "%" PRIu32, row->nr_last))));
		return;
	case CG_FACT_OUTSIDE:
		cg_cell_say(document, CG_WORDS("architectures without a name", "名前のないアーキテクチャ"), NULL);
	}
}

/* "socket(AF_ALG, 0, 0): here ERRNO(EPERM), there ALLOW". */
static void add_difference(struct cg_document *document, const struct cg_fact_difference *row)
{
	add_subject(document, row);
	cg_cell_tier(document, row->call ? row->call->tier : CG_TIER_NONE);
	cg_cell_text(document, row->arches);
	cg_cell_code(document, row->when);
	if (row->n_further)
		cg_more_say(document, CG_WORDS(" and %1 further {1:condition|conditions}", " ほか %1 条件"),
			    CG_VALUES(CG_NUMBER(row->n_further)));
	cg_cell_say(document, CG_WORDS("`%1` gets `%2` here and `%3` there", "`%1` はこちらでは `%2`、比較対象では `%3` となる"),
		    CG_VALUES(CG_TEXT(row->example), CG_TEXT(cg_document_action(document, row->ours)),
			      CG_TEXT(cg_document_action(document, row->theirs))));
}

/* A call of no particular risk, and no condition: there are hundreds, of which names say enough. */
static bool is_plain(const struct cg_fact_difference *row)
{
	return row->call && row->call->tier == CG_TIER_NONE && !*row->when && row->n_further == 0;
}

static bool is_alike(const struct cg_fact_difference *a, const struct cg_fact_difference *b)
{
	return is_plain(b) && a->change == b->change && a->ours == b->ours && a->theirs == b->theirs &&
	       strcmp(a->arches, b->arches) == 0;
}

/* All plain rows that say the same as row i, which is the first of them; with one example. */
static void list_alike(struct cg_document *document, size_t i)
{
	const struct cg_fact_against *against = &document->facts->against;
	const struct cg_fact_difference *first = &against->differences.items[i];
	size_t n = 0;

	for (size_t k = i; k < against->differences.n_items; k++)
		n += is_alike(first, &against->differences.items[k]);
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("On %1, %2 {2:call|calls} of no particular risk, as `%3`, {2:gets|get} `%4` here and `%5` "
				 "there: ",
				 "%1 では、特段のリスクのないシステムコール %2 個（例: `%3`）がこちらでは `%4`、比較対象では `%5` "
				 "となる: "),
			CG_VALUES(CG_TEXT(first->arches), CG_NUMBER(n), CG_TEXT(first->example),
				  CG_TEXT(cg_document_action(document, first->ours)),
				  CG_TEXT(cg_document_action(document, first->theirs))));
	n = 0;
	for (size_t k = i; k < against->differences.n_items; k++) {
		if (!is_alike(first, &against->differences.items[k]))
			continue;
		cg_more_text(document, n++ ? ", " : "");
		cg_more_code(document, against->differences.items[k].call->name);
	}
}

static void list_plain(struct cg_document *document, enum cg_fact_change change)
{
	const struct cg_fact_against *against = &document->facts->against;

	for (size_t i = 0; i < against->differences.n_items; i++) {
		const struct cg_fact_difference *row = &against->differences.items[i];
		bool is_told = row->change != change || !is_plain(row);

		for (size_t k = 0; k < i && !is_told; k++)
			is_told = is_plain(&against->differences.items[k]) && is_alike(&against->differences.items[k], row);
		if (!is_told)
			list_alike(document, i);
	}
}

static void list_change(struct cg_document *document, enum cg_fact_change change)
{
	static const struct cg_words headings[] = { { { "Call", "システムコール" } },
						    { { "Risk", "リスク" } },
						    { { "Architectures", "アーキテクチャ" } },
						    { { "When", "条件" } },
						    { { "For example", "例" } } };
	const struct cg_fact_against *against = &document->facts->against;
	size_t n = 0, n_rows = 0;

	for (size_t i = 0; i < against->differences.n_items; i++) {
		const struct cg_fact_difference *row = &against->differences.items[i];

		if (row->change != change)
			continue;
		if (n++ == 0)
			cg_document_say(document, CG_BLOCK_HEADING, change_titles[change], NULL);
		if (is_plain(row))
			continue;
		if (n_rows == 0)
			cg_document_table(document, headings, 5);
		if (n_rows++ < CG_FACT_ROWS_LIMIT)
			add_difference(document, row);
	}
	cg_document_left_out(document, n_rows, CG_FACT_ROWS_LIMIT);
	list_plain(document, change);
}

void cg_section_comparison(struct cg_document *document)
{
	const struct cg_fact_against *against = &document->facts->against;

	cg_document_section(document, "comparison", CG_WORDS("Compared with another profile", "他のプロファイルとの比較"));
	if (!against->name)
		return;
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			against->is_same ?
				CG_WORDS("Proven: `%1` answers every call exactly as this profile does.",
					 "証明済み: `%1` は、あらゆるシステムコールに本プロファイルと同じ結果を返す。") :
				CG_WORDS("“Here” is this profile, “there” is `%1`. The list is complete: what is not in it is "
					 "answered alike, by proof.",
					 "「こちら」は本プロファイル、「比較対象」は `%1` を指す。一覧は網羅的であり、載っていない呼び出し"
					 "への結果が同じであることは証明されている。"),
			CG_VALUES(CG_TEXT(against->name)));
	if (against->is_same)
		return;
	if (against->is_undecided) {
		cg_document_say(document, CG_BLOCK_NOTE,
				CG_WORDS("They differ in more ways than can be listed. One of them: `%1`.",
					 "相違が多すぎて列挙できない。その一つは `%1` である。"),
				CG_VALUES(CG_TEXT(against->witness)));
		return;
	}
	say_counts(document);
	say_arches(document);
	for (enum cg_fact_change change = 0; change <= CG_FACT_CHANGED; change++)
		list_change(document, change);
}

/* ---- vulnerabilities */

static void draw_cves(const struct cg_facts *facts, const struct cg_picture_page *page, struct cg_text *text)
{
	const char *labels[][2] = {
		{ "this profile", "本プロファイル" },
		{ "@container-default", "@container-default" },
		{ "no profile", "プロファイルなし" },
	};
	bool is_japanese = strcmp(page->language, "ja") == 0;
	struct cg_picture_cve_row rows[CG_N_FACT_CVES];

	for (size_t i = 0; i < CG_N_FACT_CVES; i++) {
		const size_t *n = facts->cves.columns[i].n;

		rows[i] = (struct cg_picture_cve_row){
			labels[i][is_japanese], n[CG_CVE_CLOSED], n[CG_CVE_PARTLY], n[CG_CVE_OPEN]
		};
	}
	cg_picture_cves(rows, CG_N_FACT_CVES, page, text);
}

static struct cg_words verdict_words(enum cg_cve_verdict verdict)
{
	static const struct cg_words words[] = {
		[CG_CVE_CLOSED] = { { "closed", "閉" } },
		[CG_CVE_PARTLY] = { { "partly", "一部" } },
		[CG_CVE_OPEN] = { { "open", "開" } },
		[CG_CVE_ABSENT] = { { "not on this machine", "対象外" } },
	};

	return words[verdict];
}

static void add_verdict(struct cg_document *document, enum cg_cve_verdict verdict)
{
	static const char *const marks[] = { "closed", "partly", "open", "tier-none" };

	cg_cell_marked(document, marks[verdict], cg_words_of(document, verdict_words(verdict)));
}

/* The same figures as draw_cves(). */
static void say_cve_counts(struct cg_document *document)
{
	static const struct cg_words headings[] = { { { "Under", "適用対象" } },
						    { { "Closed", "閉じる" } },
						    { { "Partly", "一部閉じる" } },
						    { { "Open", "開いたまま" } },
						    { { "Not on this machine", "対象外" } } };
	static const struct cg_words rows[] = { { { "this profile", "本プロファイル" } },
						{ { "the container default", "コンテナの既定プロファイル" } },
						{ { "no profile", "プロファイルなし" } } };
	const struct cg_fact_cves *cves = &document->facts->cves;

	cg_document_table(document, headings, 5);
	for (size_t i = 0; i < CG_N_FACT_CVES; i++) {
		cg_cell_say(document, rows[i], NULL);
		for (enum cg_cve_verdict verdict = 0; verdict < CG_N_CVE_VERDICTS; verdict++)
			cg_cell_number(document, cves->columns[i].n[verdict]);
	}
}

/* Why it is but partly closed, or which call still reaches it. */
static void add_cve_remark(struct cg_document *document, const struct cg_cve_finding *finding)
{
	CG_CLEANUP(cg_text_done) struct cg_text call = { 0 };
	const struct cg_cve *cve = finding->cve;
	bool is_japanese = document->language == CG_LANGUAGE_JA;

	switch (finding->verdict) {
	case CG_CVE_OPEN:
		cg_call_format(&call, &finding->example);
		document->has_failed |= call.has_failed;
		cg_cell_say(document,
			    finding->is_by_socketcall ?
				    CG_WORDS("reached by `%1`, and by no other call", "`%1` でのみ到達できる") :
				    CG_WORDS("reached by `%1`", "`%1` で到達できる"),
			    CG_VALUES(CG_TEXT(cg_text_get(&call))));
		return;
	case CG_CVE_PARTLY:
		if (finding->reason == CG_CVE_BY_CAPABILITY)
			cg_cell_say(document, CG_WORDS("only for one that is given `%1`", "`%1` を与えられた者のみ到達できる"),
				    CG_VALUES(CG_TEXT(cve->capability)));
		else if (finding->reason == CG_CVE_BY_LISTENER)
			cg_cell_say(document, CG_WORDS("another process decides", "別プロセスの判断による"), NULL);
		else
			cg_cell_text(document, is_japanese && cve->why_ja ? cve->why_ja : cve->why ? cve->why : "");
		return;
	default:
		cg_cell_text(document, "");
	}
}

static void list_cves(struct cg_document *document)
{
	static const struct cg_words headings[] = { { { "Vulnerability", "脆弱性" } },
						    { { "What goes wrong", "内容" } },
						    { { "Reached through", "到達経路" } },
						    { { "Here", "本プロファイル" } },
						    { { "Container default", "既定" } },
						    { { "Remark", "備考" } },
						    { { "Source", "出典" } } };
	const struct cg_fact_cves *cves = &document->facts->cves;
	const struct cg_cve_findings *ours = &cves->columns[CG_FACT_CVES_PROFILE];

	cg_document_table(document, headings, 7);
	for (size_t i = 0; i < ours->n_items; i++) {
		const struct cg_cve *cve = ours->items[i].cve;

		cg_cell_text(document, cve->id);
		cg_cell_text(document, document->language == CG_LANGUAGE_JA && cve->title_ja ? cve->title_ja : cve->title);
		cg_cell_code(document, cve->entry);
		if (cve->also)
			cg_more_say(document, CG_WORDS(", together with `%1`", "、加えて `%1`"), CG_VALUES(CG_TEXT(cve->also)));
		add_verdict(document, ours->items[i].verdict);
		add_verdict(document, cves->columns[CG_FACT_CVES_DEFAULT].items[i].verdict);
		add_cve_remark(document, &ours->items[i]);
		cg_cell_text(document, cve->source);
	}
}

/* A rule on socket(2) does not hold where this call is let through: worth a sentence of its own. */
static void say_socketcall(struct cg_document *document)
{
	const struct cg_fact_cves *cves = &document->facts->cves;
	size_t n_here = cves->columns[CG_FACT_CVES_PROFILE].n_by_socketcall;
	size_t n_default = cves->columns[CG_FACT_CVES_DEFAULT].n_by_socketcall;

	if (n_here == 0 && n_default == 0)
		return;
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("Of the %3 that the container default leaves open, %4 are so through `socketcall` alone; of the "
				 "%1 that this profile leaves open, %2. 32-bit x86 programs make their socket calls by it, "
				 "with arguments in memory, where no filter sees them. Proven by asking again with "
				 "`socketcall` refused.",
				 "開いたままのもののうち、本プロファイルでは %1 件中 %2 件、コンテナの既定プロファイルでは %3 件中 %4 件が "
				 "`socketcall` のみを経由する。これは 32 ビット x86 プログラムがソケット操作に使うシステムコールで、"
				 "引数がメモリ上にあるためフィルタからは見えない。`socketcall` を拒否した場合について改めて判定し、"
				 "証明した。"),
			CG_VALUES(CG_NUMBER(cves->columns[CG_FACT_CVES_PROFILE].n[CG_CVE_OPEN]), CG_NUMBER(n_here),
				  CG_NUMBER(cves->columns[CG_FACT_CVES_DEFAULT].n[CG_CVE_OPEN]), CG_NUMBER(n_default)));
}

void cg_section_vulnerabilities(struct cg_document *document)
{
	const struct cg_fact_cves *cves = &document->facts->cves;

	cg_document_section(document, "vulnerabilities", CG_WORDS("What it would have stopped", "既知の脆弱性に対する効果"));
	if (!cves->is_judged) {
		cg_document_say(document, CG_BLOCK_NOTE,
				CG_WORDS("Not decided: the question did not end within its budget.",
					 "判定できなかった（計算量の上限に達した）。"),
				NULL);
		return;
	}
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("The kernel has had these %1 vulnerabilities, each reached through system calls. For each it is "
				 "proven, on %2, whether any call that reaches it is let through. “Closed” means that none is, "
				 "whatever its arguments. A kernel in which they are mended has none of them; the question is "
				 "what would have helped before. The list is a selection, and says nothing of holes that "
				 "nobody knows.",
				 "以下は、システムコール経由で到達できたカーネルの脆弱性 %1 件である。それぞれについて、到達する呼び出しを"
				 "プロファイルが通すかどうかを %2 上で証明により判定した。「閉」は、引数によらず、到達する呼び出しを一つも"
				 "通さないことを意味する。修正済みのカーネルにはいずれも存在しない。ここで問うのは、修正前に何が役立ったか"
				 "である。一覧は抜粋であり、未知の脆弱性については何も示さない。"),
			CG_VALUES(CG_NUMBER(cves->columns[CG_FACT_CVES_PROFILE].n_items), CG_TEXT(cves->machine->name)));
	cg_document_picture(document, "cves",
			    CG_WORDS("Vulnerabilities closed, closed partly, and open.", "脆弱性の件数（閉・一部・開）。"), draw_cves);
	say_cve_counts(document);
	say_socketcall(document);
	list_cves(document);
}
