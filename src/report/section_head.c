/*
 * Title, summary, purpose, and how it was found out: what a reader sees first.
 */
#include "profile/target.h"
#include "report/sections.h"

#include <string.h>

/* ---- title and summary */

static void summarise_cves(struct cg_document *document)
{
	const struct cg_fact_cves *cves = &document->facts->cves;
	const struct cg_cve_findings *ours = &cves->columns[CG_FACT_CVES_PROFILE];
	const struct cg_cve_findings *theirs = &cves->columns[CG_FACT_CVES_DEFAULT];

	if (!cves->is_judged)
		return;
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("Of %1 known kernel vulnerabilities it closes **%2** wholly and %3 partly; the container "
				 "default closes %4 and %5.",
				 "既知のカーネル脆弱性 %1 件のうち **%2** 件を完全に、%3 件を部分的に塞ぐ。コンテナの既定プロファイルで"
				 "はそれぞれ %4 件、%5 件である。"),
			CG_VALUES(CG_NUMBER(ours->n_items), CG_NUMBER(ours->n[CG_CVE_CLOSED]),
				  CG_NUMBER(ours->n[CG_CVE_PARTLY]), CG_NUMBER(theirs->n[CG_CVE_CLOSED]),
				  CG_NUMBER(theirs->n[CG_CVE_PARTLY])));
}

static void summarise_evidence(struct cg_document *document)
{
	const struct cg_facts *facts = document->facts;

	if (facts->is_linted)
		cg_document_say(document, CG_BLOCK_PARAGRAPH,
				CG_WORDS("`callgate check` finds %1 {1:error|errors}, %2 {2:warning|warnings} and %3 "
					 "{3:note|notes}.",
					 "`callgate check` の指摘は、エラー %1 件、警告 %2 件、注記 %3 件である。"),
				CG_VALUES(CG_NUMBER(facts->n_findings[CG_SEVERITY_ERROR]),
					  CG_NUMBER(facts->n_findings[CG_SEVERITY_WARNING]),
					  CG_NUMBER(facts->n_findings[CG_SEVERITY_NOTE])));
	if (facts->recordings.recording)
		cg_document_say(document, CG_BLOCK_PARAGRAPH,
				CG_WORDS("It rests on %1 recorded {1:run|runs}, in which %2 different {2:call was|calls were} "
					 "seen.",
					 "根拠は %1 回分の実行の記録であり、%2 種類のシステムコールが観測された。"),
				CG_VALUES(CG_NUMBER(facts->recordings.coverage.n_runs),
					  CG_NUMBER(facts->recordings.coverage.n_calls)));
}

static void summarise_tests(struct cg_document *document)
{
	const struct cg_facts *facts = document->facts;
	uint64_t n_passed = 0, n_failed = 0, n_skipped = 0;

	for (size_t i = 0; i < facts->suites.n_items; i++) {
		n_passed += facts->suites.items[i].n_passed;
		n_failed += facts->suites.items[i].n_failed;
		n_skipped += facts->suites.items[i].n_skipped;
	}
	if (facts->suites.n_items)
		cg_document_say(document, CG_BLOCK_PARAGRAPH,
				CG_WORDS("Of its tests %1 passed, %2 failed and %3 {3:was|were} skipped.",
					 "試験は合格 %1 件、不合格 %2 件、未実施 %3 件である。"),
				CG_VALUES(CG_NUMBER(n_passed), CG_NUMBER(n_failed), CG_NUMBER(n_skipped)));
}

void cg_section_title(struct cg_document *document)
{
	const struct cg_facts *facts = document->facts;

	cg_document_say(document, CG_BLOCK_TITLE, CG_WORDS("Seccomp profile report: %1", "seccomp プロファイル報告書: %1"),
			CG_VALUES(CG_TEXT(facts->profile)));
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("Written by callgate %1 on %2.", "callgate %1 により %2 に作成した。"),
			CG_VALUES(CG_TEXT(facts->callgate), CG_TEXT(facts->made)));
	if (facts->arches.n_items)
		cg_document_say(document, CG_BLOCK_PARAGRAPH,
				CG_WORDS("Of the %1 system calls that %2 has, the profile allows **%3** whatever their "
					 "arguments and **%4** for some arguments; it refuses **%5** and leaves %6 to "
					 "another process.",
					 "%2 にある %1 個のシステムコールのうち、引数によらず許可するものが **%3** 個、引数により"
					 "許可するものが **%4** 個、拒否するものが **%5** 個、別プロセスの判断に委ねるものが "
					 "%6 個である。"),
				CG_VALUES(CG_NUMBER(facts->arches.items[0].n_calls),
					  CG_TEXT(facts->arches.items[0].arch->name),
					  CG_NUMBER(cg_facts_count(facts, CG_ACCESS_OPEN)),
					  CG_NUMBER(cg_facts_count(facts, CG_ACCESS_CONDITIONAL)),
					  CG_NUMBER(cg_facts_count(facts, CG_ACCESS_REFUSED)),
					  CG_NUMBER(cg_facts_count(facts, CG_ACCESS_ASKED))));
	summarise_cves(document);
	summarise_evidence(document);
	summarise_tests(document);
}

/* ---- purpose */

void cg_section_purpose(struct cg_document *document)
{
	const struct cg_facts *facts = document->facts;

	cg_document_section(document, "purpose", CG_WORDS("Purpose and scope", "目的と範囲"));
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("A program asks the kernel for everything by system calls. A seccomp profile says which of "
				 "them it may make, so that a program that was taken over can do no more than it was meant "
				 "to. This document says what the profile `%1` does, what it rests on and what it leaves "
				 "open, so that somebody can answer for putting it in force.",
				 "プログラムはあらゆる処理をシステムコールでカーネルに依頼する。seccomp プロファイルはそのうち"
				 "どれを許可するかを定め、乗っ取られたプログラムにも本来の仕事以上のことをさせない。本書は、"
				 "プロファイル `%1` が何をするか、何を根拠とするか、何を許したままにするかを述べ、適用の可否を"
				 "判断できるようにするものである。"),
			CG_VALUES(CG_TEXT(facts->profile)));
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("A seccomp filter sees the number of a call and the values in its registers. It sees no "
				 "paths, no contents of memory, and nothing of what is done through files and sockets that "
				 "are open already. File permissions, network policy, capabilities and updates of the "
				 "kernel stay necessary beside it.",
				 "seccomp フィルタに見えるのはシステムコールの番号とレジスタの値だけである。パスやメモリの中身、"
				 "すでに開かれたファイルやソケットを通じた操作は見えない。ファイルの権限、ネットワークポリシー、"
				 "ケーパビリティ、カーネルの更新は、これとは別に引き続き必要である。"),
			NULL);
}

/* ---- environment and method */

static void add_fact(struct cg_document *document, struct cg_words name, const char *value)
{
	cg_cell_say(document, name, NULL);
	cg_cell_text(document, value);
}

static const char *target_of(struct cg_document *document)
{
	const struct cg_facts *facts = document->facts;

	if (strcmp(facts->engine, "oci") == 0)
		return cg_words_of(document, CG_WORDS("the document as it is written (oci)", "文書の記述どおり（oci）"));
	return cg_document_format(document, "%s%s%s", facts->engine, *facts->engine_version ? " " : "",
				  facts->engine_version);
}

/* Not the compiler's own, which is a function of its library where the processor has no instruction for it. */
static unsigned int count_bits(uint64_t bits)
{
	unsigned int n = 0;

	for (; bits; bits &= bits - 1)
		n++;
	return n;
}

static void say_environment(struct cg_document *document)
{
	static const struct cg_words headings[] = { { { "What", "項目" } }, { { "Value", "値" } } };
	const struct cg_facts *facts = document->facts;
	bool is_first = true;

	cg_document_table(document, headings, 2);
	add_fact(document, CG_WORDS("Profile", "プロファイル"), facts->profile);
	add_fact(document, CG_WORDS("Read by", "読み取りの基準"), target_of(document));
	cg_cell_say(document, CG_WORDS("Architectures", "アーキテクチャ"), NULL);
	cg_cell_text(document, "");
	for (size_t i = 0; i < facts->arches.n_items; i++) {
		if (facts->arches.items[i].is_whole)
			continue;
		cg_more_text(document, is_first ? "" : ", ");
		cg_more_text(document, facts->arches.items[i].arch->name);
		is_first = false;
	}
	cg_cell_say(document, CG_WORDS("Kernel that conditions are decided for", "条件の判定に用いるカーネル"), NULL);
	cg_cell_text(document, cg_document_format(document, "%u.%u", facts->kernel[0], facts->kernel[1]));
	cg_cell_say(document, CG_WORDS("Capabilities of the process", "プロセスのケーパビリティ"), NULL);
	cg_cell_say(document, CG_WORDS("%1 of %2", "%2 個中 %1 個"),
		    CG_VALUES(CG_NUMBER(count_bits(facts->capabilities)), CG_NUMBER(count_bits(cg_caps_all()))));
	if (*facts->machine)
		add_fact(document, CG_WORDS("Machine that wrote this report", "本書を作成したマシン"), facts->machine);
	add_fact(document, CG_WORDS("Tool", "ツール"), cg_document_format(document, "callgate %s", facts->callgate));
}

static struct cg_words kind_of(enum cg_fact_input_kind kind)
{
	static const struct cg_words words[] = {
		[CG_FACT_PROFILE] = { { "profile", "プロファイル" } },
		[CG_FACT_RECORDING] = { { "recording", "記録" } },
		[CG_FACT_AGAINST] = { { "compared with", "比較対象" } },
		[CG_FACT_SUITE] = { { "test result", "試験結果" } },
		[CG_FACT_HISTORY] = { { "history of violations", "違反の履歴" } },
		[CG_FACT_ROLLOUT] = { { "rollout", "段階的導入" } },
	};

	return words[kind];
}

static void say_inputs(struct cg_document *document)
{
	static const struct cg_words headings[] = {
		{ { "Input", "入力" } }, { { "Name", "名前" } }, { { "SHA-256 of its bytes", "内容の SHA-256" } }
	};
	const struct cg_facts *facts = document->facts;
	size_t n = facts->inputs.n_items;

	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("Every number in this document is computed from these inputs and from nothing else:",
				 "本書の数値はすべて次の入力のみから計算した。"),
			NULL);
	cg_document_table(document, headings, 3);
	for (size_t i = 0; i < n && i < CG_FACT_ROWS_LIMIT; i++) {
		cg_cell_say(document, kind_of(facts->inputs.items[i].kind), NULL);
		cg_cell_code(document, facts->inputs.items[i].name);
		cg_cell_code(document, facts->inputs.items[i].sha256);
	}
	cg_document_left_out(document, n, CG_FACT_ROWS_LIMIT);
}

/* What a user would type; cut, as some command lines have no end. */
static const char *command_of(struct cg_document *document, const struct cg_run *run)
{
	struct cg_text text = { 0 };
	const char *copy;

	for (size_t i = 0; i < run->command.n_items && text.length < 120; i++) {
		cg_text_add(&text, i ? " " : "");
		cg_text_add(&text, run->command.items[i]);
	}
	copy = cg_document_format(document, "%.160s%s", cg_text_get(&text), text.length > 160 ? "…" : "");
	document->has_failed |= text.has_failed;
	cg_text_done(&text);
	return copy;
}

/* Runs are sorted by their random ids; in the curve they stand in the order of time. */
static const struct cg_run *find_run(const struct cg_recording *recording, const char *id)
{
	size_t i = 0;

	while (i + 1 < recording->runs.n_items && strcmp(recording->runs.items[i]->id, id) != 0)
		i++;
	return recording->runs.items[i];
}

static void say_runs(struct cg_document *document)
{
	static const struct cg_words headings[] = {
		{ { "Command", "コマンド" } }, { { "Began", "開始" } }, { { "Took", "所要時間" } },
		{ { "Recorded by", "記録方法" } }, { { "Machine", "マシン" } }
	};
	const struct cg_fact_recordings *recordings = &document->facts->recordings;
	size_t n = recordings->coverage.curve.n_items;

	cg_document_table(document, headings, 5);
	for (size_t i = 0; i < n && i < CG_FACT_ROWS_LIMIT; i++) {
		const struct cg_run *run = find_run(recordings->recording, recordings->coverage.curve.items[i].id);

		cg_cell_code(document, command_of(document, run));
		cg_cell_text(document, cg_document_instant(document, run->started));
		cg_cell_text(document, cg_document_duration(document, run->duration_ms));
		cg_cell_text(document, run->backend);
		cg_cell_text(document, cg_document_format(document, "%s%s%s", run->kernel ? run->kernel : "",
							  run->kernel && *run->kernel ? " " : "",
							  run->machine ? run->machine : ""));
		if (run->is_partial)
			cg_more_say(document, CG_WORDS(" (cut short)", "（途中まで）"), NULL);
	}
	cg_document_left_out(document, n, CG_FACT_ROWS_LIMIT);
}

static void say_files(struct cg_document *document)
{
	static const struct cg_words headings[] = {
		{ { "Program or library", "プログラム・ライブラリ" } }, { { "Package", "パッケージ" } },
		{ { "Version", "バージョン" } }, { { "Build ID", "ビルド ID" } }, { { "Runs", "実行数" } }
	};
	const struct cg_fact_recordings *recordings = &document->facts->recordings;

	if (!recordings->files.n_items)
		return;
	cg_document_say(document, CG_BLOCK_HEADING, CG_WORDS("Programs and libraries that ran", "実行されたプログラムとライブラリ"),
			NULL);
	cg_document_table(document, headings, 5);
	for (size_t i = 0; i < recordings->files.n_items && i < CG_FACT_ROWS_LIMIT; i++) {
		const struct cg_fact_file *file = &recordings->files.items[i];

		cg_cell_code(document, file->path);
		cg_cell_text(document, file->package);
		cg_cell_text(document, file->version);
		cg_cell_code(document, file->build_id);
		cg_cell_number(document, file->n_runs);
	}
	cg_document_left_out(document, recordings->files.n_items, CG_FACT_ROWS_LIMIT);
}

void cg_section_method(struct cg_document *document)
{
	const struct cg_fact_recordings *recordings = &document->facts->recordings;

	cg_document_section(document, "method", CG_WORDS("Environment and method", "環境と方法"));
	say_environment(document);
	say_inputs(document);
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("What the profile does was not tried on samples: it was computed for every architecture, number "
				 "and argument there is, and the filter compiled from it was compared with the result.",
				 "プロファイルの動作は抜き取りで試したものではない。あらゆるアーキテクチャ・番号・引数について計算し、"
				 "コンパイルしたフィルタをその結果と突き合わせた。"),
			NULL);
	if (!recordings->recording) {
		cg_document_say(document, CG_BLOCK_NOTE,
				CG_WORDS("No recording was given. This report says what the profile does, and not who needs "
					 "it.",
					 "記録は与えられていない。本書が述べるのはプロファイルの動作であり、何がそれを必要とするかは"
					 "分からない。"),
				NULL);
		return;
	}
	cg_document_say(document, CG_BLOCK_HEADING, CG_WORDS("What was recorded", "記録の内容"), NULL);
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("%1 {1:run|runs}, together %2, with %3 {3:call|calls} made.",
				 "実行は %1 回、合計時間は %2、発行されたシステムコールは延べ %3 回である。"),
			CG_VALUES(CG_NUMBER(recordings->recording->runs.n_items),
				  CG_TEXT(cg_document_duration(document, recordings->duration_ms)),
				  CG_NUMBER(recordings->n_events)));
	if (recordings->recording->runs.n_items == 0)
		cg_document_say(document, CG_BLOCK_NOTE,
				CG_WORDS("The recording is empty: nothing in this report says that a call is needed.",
					 "記録は空である。必要なシステムコールについて本書は何も示さない。"),
				NULL);
	else
		say_runs(document);
	if (recordings->n_foreign || recordings->n_unnamed)
		cg_document_say(document, CG_BLOCK_NOTE,
				CG_WORDS("Recorded besides: %1 {1:call|calls} on architectures outside the profile, and %2 by "
					 "numbers without a name.",
					 "このほか、プロファイル外のアーキテクチャの呼び出し %1 種類と、名前のない番号の呼び出し "
					 "%2 種類が記録されている。"),
				CG_VALUES(CG_NUMBER(recordings->n_foreign), CG_NUMBER(recordings->n_unnamed)));
	say_files(document);
}
