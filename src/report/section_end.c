/*
 * When the profile must be looked at again, and by what it is known: the end of the document.
 */
#include "report/sections.h"

#include <string.h>

/* ---- revision */

static void say_item(struct cg_document *document, struct cg_words words)
{
	cg_document_say(document, CG_BLOCK_ITEM, words, NULL);
}

/* Packages that were recorded, once each, with their versions: a change of one of them is a reason. */
static void say_packages(struct cg_document *document)
{
	const struct cg_fact_recordings *recordings = &document->facts->recordings;
	size_t n = 0;

	if (!recordings->files.n_items)
		return;
	say_item(document, CG_WORDS("A program or library that was recorded has another version: ",
				    "記録したプログラムやライブラリのバージョンが変わったとき: "));
	for (size_t i = 0; i < recordings->files.n_items; i++) {
		const struct cg_fact_file *file = &recordings->files.items[i];
		bool is_known = !*file->package;

		for (size_t k = 0; k < i && !is_known; k++)
			is_known = strcmp(recordings->files.items[k].package, file->package) == 0 &&
				   strcmp(recordings->files.items[k].version, file->version) == 0;
		if (is_known)
			continue;
		if (n++ == 3 * CG_FACT_NAMES_LIMIT) {
			cg_more_say(document, CG_WORDS(", …", "、…"), NULL);
			return;
		}
		cg_more_text(document, n > 1 ? ", " : "");
		cg_more_text(document, file->package);
		cg_more_text(document, " ");
		cg_more_text(document, file->version);
	}
	if (n == 0)
		cg_more_say(document, CG_WORDS("see the table of programs above", "前出の表を参照"), NULL);
}

void cg_section_revision(struct cg_document *document)
{
	const struct cg_facts *facts = document->facts;

	cg_document_section(document, "revision", CG_WORDS("When it must be revised", "見直しが必要になるとき"));
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("This document holds for the inputs that it names. Look at the profile again when one of "
				 "these happens:",
				 "本書は、記載した入力についてのみ有効である。次のいずれかが起きたときはプロファイルを見直すこと。"),
			NULL);
	say_packages(document);
	say_item(document, CG_WORDS("The image, the C library or a language runtime changes, or a package is added.",
				    "イメージ、C ライブラリ、言語処理系が変わったとき。またはパッケージを追加したとき。"));
	say_item(document, CG_WORDS("The work changes: a new feature, another way of deploying, other data.",
				    "用途が変わったとき（新機能、配備方法の変更、扱うデータの変更）。"));
	say_item(document, CG_WORDS("The container engine, its runtime or libseccomp gets a new version "
				    "(`callgate check --engine all`).",
				    "コンテナエンジン、ランタイム、libseccomp のバージョンが変わったとき（`callgate check --engine all`）。"));
	say_item(document, CG_WORDS("The kernel is older or newer than the one named above: newer calls come, and libraries "
				    "use them.",
				    "カーネルが前記と異なるバージョンになったとき（システムコールが増え、ライブラリが使い始める）。"));
	say_item(document, CG_WORDS("A violation is seen that nobody expected (`callgate monitor`, `callgate why`).",
				    "想定外の違反が観測されたとき（`callgate monitor`、`callgate why`）。"));
	if (facts->n_findings[CG_SEVERITY_ERROR])
		say_item(document, CG_WORDS("Now: `callgate check` finds errors.", "今すぐ: `callgate check` がエラーを報告している。"));
	for (size_t i = 0; i < facts->suites.n_items; i++)
		if (facts->suites.items[i].n_failed) {
			say_item(document, CG_WORDS("Now: tests fail.", "今すぐ: 不合格の試験がある。"));
			break;
		}
}

/* ---- identity */

static struct cg_words proof_words(const char *proof)
{
	if (strcmp(proof, "proven") == 0)
		return CG_WORDS("proven: the compiled filter answers every call there is as the profile says",
				"証明済み: コンパイルしたフィルタは、あらゆる呼び出しにプロファイルどおりの結果を返す");
	if (strcmp(proof, "simulated") == 0)
		return CG_WORDS("not proven within its budget; the filter was asked at every boundary, and agrees",
				"計算量の上限内では証明できなかった。すべての境界値で照合し、一致した");
	return CG_WORDS("not needed: this is the filter itself, read instruction by instruction",
			"不要: 対象がフィルタそのものであり、命令単位で読み取った");
}

static void say_identity(struct cg_document *document)
{
	static const struct cg_words headings[] = { { { "What", "項目" } }, { { "Value", "値" } } };
	const struct cg_facts *facts = document->facts;

	cg_document_table(document, headings, 2);
	cg_cell_say(document, CG_WORDS("Digest of the meaning", "意味のダイジェスト"), NULL);
	cg_cell_code(document, facts->digest);
	cg_cell_say(document, CG_WORDS("Proof", "証明"), NULL);
	cg_cell_say(document, proof_words(facts->proof), NULL);
	if (facts->n_rules) {
		cg_cell_say(document, CG_WORDS("Rules, once resolved", "解決後の規則数"), NULL);
		cg_cell_number(document, facts->n_rules);
	}
	if (facts->n_instructions) {
		cg_cell_say(document, CG_WORDS("Instructions of the filter", "フィルタの命令数"), NULL);
		cg_cell_number(document, facts->n_instructions);
	}
	cg_cell_say(document, CG_WORDS("Tool", "ツール"), NULL);
	cg_cell_text(document, cg_document_format(document, "callgate %s", facts->callgate));
	cg_cell_say(document, CG_WORDS("Written on", "作成日"), NULL);
	cg_cell_text(document, facts->made);
	cg_cell_say(document, CG_WORDS("Recorded runs", "記録した実行の回数"), NULL);
	cg_cell_number(document, facts->recordings.recording ? facts->recordings.recording->runs.n_items : 0);
}

static void say_signatures(struct cg_document *document)
{
	static const struct cg_words headings[] = {
		{ { "Role", "役割" } }, { { "Name", "氏名" } }, { { "Decision", "判断" } }, { { "Date", "日付" } }
	};
	static const struct cg_words roles[] = { { { "Author", "作成者" } },
						 { { "Security review", "セキュリティ確認者" } },
						 { { "Operations", "運用責任者" } } };

	cg_document_say(document, CG_BLOCK_HEADING, CG_WORDS("Decision", "承認"), NULL);
	cg_document_table(document, headings, 4);
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		cg_cell_say(document, roles[i], NULL);
		for (size_t k = 0; k < 3; k++)
			cg_cell_text(document, "");
	}
}

void cg_section_identity(struct cg_document *document)
{
	const struct cg_facts *facts = document->facts;

	cg_document_section(document, "identity", CG_WORDS("Identity, and the decision", "識別情報と承認"));
	say_identity(document);
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("The digest is the same for two profiles if and only if they answer every call alike. The first "
				 "command shows whether a profile is the one of this report, the second whether a running "
				 "process is under it:",
				 "ダイジェストは、あらゆる呼び出しへの結果が同じときに限り一致する。手元のプロファイルが本書の対象と同じかは"
				 "一つ目のコマンドで、稼働中のプロセスに適用されているかは二つ目のコマンドで確かめられる。"),
			NULL);
	cg_document_say(document, CG_BLOCK_CODE, CG_WORDS("callgate digest %1", "callgate digest %1"),
			CG_VALUES(CG_TEXT(facts->profile)));
	cg_document_say(document, CG_BLOCK_CODE, CG_WORDS("callgate verify pid:PID %1", "callgate verify pid:PID %1"),
			CG_VALUES(CG_TEXT(facts->profile)));
	say_signatures(document);
}
