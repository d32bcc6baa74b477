/*
 * What a profile lets through after all: under which conditions, what is open and why, what nobody was seen to use.
 *
 * In: facts. Out: tables, bounded; the rows that a reviewer has to decide about.
 */
#include "learn/generalise.h"
#include "report/sections.h"

/* ---- conditions */

static bool has_conditions(const struct cg_fact_call *call)
{
	for (size_t i = 0; i < call->n_answers; i++)
		if (*call->answers[i].when || call->answers[i].n_further)
			return true;
	return false;
}

static void add_condition(struct cg_document *document, const struct cg_fact_call *call,
			  const struct cg_fact_answer *answer)
{
	const struct cg_selector *selector = cg_selector_find(call->call->name);
	const char *why;

	cg_cell_call(document, call);
	cg_cell_code(document, answer->when);
	if (answer->n_further)
		cg_more_say(document, CG_WORDS(" and %1 further {1:condition|conditions}", " ほか %1 条件"),
			    CG_VALUES(CG_NUMBER(answer->n_further)));
	cg_cell_action(document, answer->action);
	cg_cell_action(document, call->otherwise);
	why = selector ? selector->why : call->call->reason;
	cg_cell_text(document, why ? cg_document_sentence(document, why) : "");
}

void cg_section_conditions(struct cg_document *document)
{
	static const struct cg_words headings[] = { { { "Call", "システムコール" } },
						    { { "When", "条件" } },
						    { { "Answer", "結果" } },
						    { { "Where nothing applies", "どれにも該当しないとき" } },
						    { { "What the argument decides", "引数の意味" } } };
	const struct cg_facts *facts = document->facts;
	size_t n = 0;

	cg_document_section(document, "conditions", CG_WORDS("Rules with conditions, in words", "引数条件のある規則"));
	for (size_t i = 0; i < facts->calls.n_items; i++) {
		const struct cg_fact_call *call = &facts->calls.items[i];

		for (size_t k = 0; has_conditions(call) && k < call->n_answers; k++) {
			if (n == 0)
				cg_document_table(document, headings, 5);
			if (n++ < CG_FACT_ROWS_LIMIT)
				add_condition(document, call, &call->answers[k]);
		}
	}
	cg_document_left_out(document, n, CG_FACT_ROWS_LIMIT);
	if (n == 0)
		cg_document_say(document, CG_BLOCK_PARAGRAPH,
				CG_WORDS("There are none: the number alone decides every call.",
					 "該当なし。すべて番号だけで決まる。"),
				NULL);
}

/* ---- what is left open */

static void list_risks(struct cg_document *document)
{
	static const struct cg_words headings[] = { { { "Call", "システムコール" } },
						    { { "Risk", "リスク" } },
						    { { "Allowed", "許可の範囲" } },
						    { { "What it opens", "可能になること" } },
						    { { "Why it is open", "許可している理由" } } };
	const struct cg_facts *facts = document->facts;
	size_t n = 0;

	for (enum cg_tier tier = CG_TIER_CRITICAL; tier > CG_TIER_NONE; tier--) {
		for (size_t i = 0; i < facts->calls.n_items; i++) {
			const struct cg_fact_call *call = &facts->calls.items[i];

			if (call->call->tier != tier || !cg_fact_call_is_made(call))
				continue;
			if (n++ == 0)
				cg_document_table(document, headings, 5);
			cg_cell_call(document, call);
			cg_cell_tier(document, tier);
			cg_cell_say(document, cg_words_of_access(call->access), NULL);
			cg_cell_text(document, cg_document_sentence(document, call->call->reason));
			if (facts->recordings.recording)
				cg_cell_why(document, call);
			else
				cg_cell_say(document, CG_WORDS("unknown: no recording was given", "不明（記録なし）"), NULL);
		}
	}
	if (n == 0)
		cg_document_say(document, CG_BLOCK_PARAGRAPH,
				CG_WORDS("No call of medium, high or critical risk is allowed.",
					 "リスクが中以上のシステムコールは一つも許可していない。"),
				NULL);
}

/* Allowed, and no run made it. */
static void list_unseen(struct cg_document *document)
{
	const struct cg_facts *facts = document->facts;
	size_t n = 0;

	for (size_t i = 0; i < facts->calls.n_items; i++)
		n += cg_fact_call_is_made(&facts->calls.items[i]) && !facts->calls.items[i].count;
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("%1 allowed {1:call was|calls were} not seen in any recording: candidates for "
				 "`callgate tighten`, or paths that the recorded runs did not take",
				 "許可しているが、どの記録でも観測されなかったシステムコールが %1 個ある。`callgate tighten` で閉じる候補か、"
				 "記録時に通らなかった経路である"),
			CG_VALUES(CG_NUMBER(n)));
	cg_more_say(document, n ? CG_WORDS(": ", ": ") : CG_WORDS(".", "。"), NULL);
	n = 0;
	for (size_t i = 0; i < facts->calls.n_items; i++) {
		const struct cg_fact_call *call = &facts->calls.items[i];

		if (!cg_fact_call_is_made(call) || call->count)
			continue;
		cg_more_text(document, n++ ? ", " : "");
		cg_more_code(document, call->call->name);
	}
}

void cg_section_open(struct cg_document *document)
{
	const struct cg_facts *facts = document->facts;

	cg_document_section(document, "open", CG_WORDS("What is left open, and why", "許可したままのものとその理由"));
	list_risks(document);
	if (facts->recordings.recording)
		list_unseen(document);
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("Whatever the profile says: files and sockets that are open when it is loaded stay open, "
				 "and what another process does on request is bound by that process's rights, not by this "
				 "profile.",
				 "プロファイルの内容によらず、ロード時に開いていたファイルやソケットは開いたままであり、依頼を受けた"
				 "別のプロセスが行うことは、そのプロセスの権限による。"),
			NULL);
}
