/*
 * See document.h: the order of the sections, and words that many of them need.
 */
#include "report/document.h"

#include "base/cleanup.h"
#include "report/japanese.h"
#include "report/sections.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const char *const languages[CG_N_LANGUAGES] = { "en", "ja" };

bool cg_language_find(const char *word, enum cg_language *ret_language)
{
	for (enum cg_language language = 0; language < CG_N_LANGUAGES; language++) {
		if (strcmp(word, languages[language]) == 0) {
			*ret_language = language;
			return true;
		}
	}
	return false;
}

const char *cg_language_name(enum cg_language language)
{
	return languages[language];
}

/* ---- words */

struct cg_words cg_words_of_tier(enum cg_tier tier)
{
	static const struct cg_words words[] = {
		[CG_TIER_NONE] = { { "–", "–" } },
		[CG_TIER_MEDIUM] = { { "medium", "中" } },
		[CG_TIER_HIGH] = { { "high", "高" } },
		[CG_TIER_CRITICAL] = { { "critical", "重大" } },
	};

	return words[tier];
}

struct cg_words cg_words_of_category(enum cg_category category)
{
	static const struct cg_words words[CG_N_CATEGORIES] = {
		[CG_CATEGORY_FILE] = { { "File I/O", "ファイル入出力" } },
		[CG_CATEGORY_PROCESS] = { { "Processes", "プロセス" } },
		[CG_CATEGORY_MEMORY] = { { "Memory", "メモリ" } },
		[CG_CATEGORY_NETWORK] = { { "Network", "ネットワーク" } },
		[CG_CATEGORY_TIME] = { { "Time", "時刻" } },
		[CG_CATEGORY_SIGNALS] = { { "Signals", "シグナル" } },
		[CG_CATEGORY_MULTIPLEXING] = { { "Waiting for several files", "入出力の多重化" } },
		[CG_CATEGORY_OTHER] = { { "Other", "その他" } },
	};

	return words[category];
}

struct cg_words cg_words_of_access(enum cg_access access)
{
	static const struct cg_words words[CG_N_ACCESSES] = {
		[CG_ACCESS_OPEN] = { { "allowed", "許可" } },
		[CG_ACCESS_CONDITIONAL] = { { "allowed for some arguments", "引数により許可" } },
		[CG_ACCESS_ASKED] = { { "left to another process", "別プロセスが判断" } },
		[CG_ACCESS_REFUSED] = { { "refused", "拒否" } },
	};

	return words[access];
}

void cg_cell_tier(struct cg_document *document, enum cg_tier tier)
{
	static const char *const marks[] = { "tier-none", "tier-medium", "tier-high", "tier-critical" };

	cg_cell_marked(document, marks[tier], cg_words_of(document, cg_words_of_tier(tier)));
}

const char *cg_document_action(struct cg_document *document, uint32_t action)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	cg_action_format(&text, action);
	document->has_failed |= text.has_failed;
	return cg_document_format(document, "%s", cg_text_get(&text));
}

void cg_cell_action(struct cg_document *document, uint32_t action)
{
	cg_cell_code(document, cg_document_action(document, action));
}

const char *cg_document_sentence(const struct cg_document *document, const char *english)
{
	const char *japanese = document->language == CG_LANGUAGE_JA ? cg_japanese_sentence(english) : NULL;

	return japanese ? japanese : english;
}

const char *cg_document_duration(struct cg_document *document, uint64_t ms)
{
	static const struct {
		uint64_t ms;
		struct cg_words word;
	} units[] = { { 86400000, { { "d", "日" } } },
		      { 3600000, { { "h", "時間" } } },
		      { 60000, { { "min", "分" } } } };

	if (ms < 1000)
		return cg_document_format(document, "%" PRIu64 " %s", ms,
					  cg_words_of(document, CG_WORDS("ms", "ミリ秒")));
	if (ms < 60000)
		return cg_document_format(document, "%" PRIu64 ".%" PRIu64 " %s", ms / 1000, ms % 1000 / 100,
					  cg_words_of(document, CG_WORDS("s", "秒")));
	for (size_t i = 0; i < CG_N_ITEMS(units); i++) {
		uint64_t below = i + 1 < CG_N_ITEMS(units) ? units[i + 1].ms : 1000;

		if (ms < units[i].ms)
			continue;
		return cg_document_format(document, "%" PRIu64 " %s %" PRIu64 " %s", ms / units[i].ms,
					  cg_words_of(document, units[i].word), ms % units[i].ms / below,
					  i + 1 < CG_N_ITEMS(units) ? cg_words_of(document, units[i + 1].word) :
								      cg_words_of(document, CG_WORDS("s", "秒")));
	}
	return "";
}

const char *cg_document_instant(struct cg_document *document, const char *text)
{
	static const char form[] = "0000-00-00T00:00:00";
	size_t n = 0;

	while (text[n] && form[n] && (form[n] == '0' ? text[n] >= '0' && text[n] <= '9' : text[n] == form[n]))
		n++;
	if (form[n] || text[n + strspn(text + n, ".0123456789")] != 'Z')
		return text;
	return cg_document_format(document, "%.10s %.8s UTC", text, text + 11);
}

void cg_document_left_out(struct cg_document *document, size_t n_all, size_t n_shown)
{
	if (n_all <= n_shown)
		return;
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("… and %1 more {1:row|rows}, which this table leaves out; `--format json` has all %2.",
				 "…ほか %1 行は省略した。全 %2 行は `--format json` で得られる。"),
			CG_VALUES(CG_NUMBER(n_all - n_shown), CG_NUMBER(n_all)));
}

/* ---- the whole */

static void say_all(struct cg_document *document)
{
	static void (*const sections[])(struct cg_document *document) = {
		cg_section_title,	cg_section_purpose,    cg_section_method,	   cg_section_decision,
		cg_section_required,	cg_section_blocked,    cg_section_conditions,	   cg_section_findings,
		cg_section_coverage,	cg_section_comparison, cg_section_vulnerabilities, cg_section_tests,
		cg_section_rollout,	cg_section_open,       cg_section_revision,	   cg_section_identity,
	};

	for (size_t i = 0; i < CG_N_ITEMS(sections); i++)
		sections[i](document);
}

int cg_report_write(const struct cg_facts *facts, enum cg_language language, enum cg_report_form form,
		    struct cg_text *text, struct cg_err *err)
{
	CG_CLEANUP(cg_document_done) struct cg_document document = { .facts = facts, .language = language };

	say_all(&document);
	if (document.has_failed)
		return cg_err_memory(err);
	if (form == CG_REPORT_HTML)
		cg_document_write_html(&document, text);
	else
		cg_document_write_markdown(&document, text);
	return text->has_failed ? cg_err_memory(err) : 0;
}
