/*
 * Running out of memory at every place on the way from facts to the document and to JSON: it is said, and nothing is
 * lost (the sanitizers' part).
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "base/test-memory.h"
#include "report/test-facts.h"

#include "base/cleanup.h"

static int gather(void *context)
{
	CG_CLEANUP(cg_facts_done) struct cg_facts facts = { 0 };

	if (test_facts_fill(&facts) < 0)
		return -ENOMEM;
	if (cg_facts_add_recording(&facts, context, NULL) < 0)
		return -ENOMEM;
	return test_facts_add_all(&facts);
}

struct form {
	const struct cg_facts *facts;
	enum cg_language language;
	enum cg_report_form form;
};

static int write_document(void *context)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const struct form *form = context;

	return cg_report_write(form->facts, form->language, form->form, &text, NULL);
}

static int write_json(void *context)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	cg_facts_write_json(context, &text);
	return text.has_failed ? -ENOMEM : 0;
}

static void test_facts(void **state)
{
	struct cg_recording *recording = hostile_recording();

	assert_true(fail_each(gather, recording) > 10);
	cg_recording_free(recording);
}

static void test_documents(void **state)
{
	struct cg_recording *recording = hostile_recording();
	struct cg_facts facts = { 0 };
	struct form forms[] = { { &facts, CG_LANGUAGE_EN, CG_REPORT_MARKDOWN }, { &facts, CG_LANGUAGE_JA, CG_REPORT_HTML } };

	assert_int_equal(test_facts_fill(&facts), 0);
	assert_int_equal(cg_facts_add_recording(&facts, recording, NULL), 0);
	assert_int_equal(test_facts_add_all(&facts), 0);
	for (size_t i = 0; i < CG_N_ITEMS(forms); i++)
		assert_true(fail_each(write_document, &forms[i]) > 10);
	assert_true(fail_each(write_json, &facts) > 2);
	cg_facts_done(&facts);
	cg_recording_free(recording);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
