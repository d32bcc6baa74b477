/*
 * What runtimes hand to a hook, as runc and crun write it, and what nobody should.
 */
#include "hook/state.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_state(void **state_of_test)
{
	static const char text[] = "{\"ociVersion\":\"1.0.2-dev\",\"id\":\"a-1\",\"status\":\"creating\",\"pid\":77,"
				   "\"bundle\":\"/b\",\"annotations\":{\"io.containers.trace-syscall\":\"of:/old.json\","
				   "\"io.callgate.record\":\"of:/new.json\"}}";
	struct cg_arena arena = { 0 };
	struct cg_container_state state;
	struct cg_err err = { 0 };

	assert_int_equal(cg_container_state_read(text, strlen(text), &arena, &state, &err), 0);
	assert_string_equal(state.id, "a-1");
	assert_string_equal(state.status, "creating");
	assert_string_equal(state.bundle, "/b");
	assert_int_equal(state.pid, 77);
	assert_string_equal(state.annotation_name, CG_ANNOTATION);
	assert_string_equal(state.annotation, "of:/new.json");
	cg_arena_done(&arena);
}

static void test_bad_states(void **state_of_test)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{}",
		"{\"id\": 5}",
		"{\"id\": \"\"}",
		"{\"id\": \"../x\"}",
		"{\"id\": \"a/b\"}",
		"{\"id\": \"a\", \"pid\": -4}",
		"{\"id\": \"a\", \"pid\": 4294967297}",
		"{\"id\": \"a\", \"pid\": \"1\"}",
	};
	struct cg_arena arena = { 0 };
	struct cg_container_state state = { .pid = -1 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct cg_err err = { 0 };

		assert_int_equal(cg_container_state_read(texts[i], strlen(texts[i]), &arena, &state, &err), -EBADMSG);
		assert_true(err.message[0]);
	}
	assert_int_equal(state.pid, -1);
	cg_arena_done(&arena);
}

static void test_relative_bundle_is_none(void **state_of_test)
{
	static const char text[] = "{\"id\": \"a\", \"bundle\": \"b\", \"annotations\": [1]}";
	struct cg_arena arena = { 0 };
	struct cg_container_state state;
	struct cg_err err = { 0 };

	assert_int_equal(cg_container_state_read(text, strlen(text), &arena, &state, &err), 0);
	assert_null(state.bundle);
	assert_null(state.annotation);
	assert_int_equal(state.pid, 0);
	cg_arena_done(&arena);
}

static void test_config(void **state_of_test)
{
	static const char text[] = "{\"process\": {\"args\": [\"sh\", 5, \"-c\"], \"noNewPrivileges\": true},"
				   "\"annotations\": {\"io.callgate.record\": \"of:/c.json\"}}";
	struct cg_arena arena = { 0 };
	struct cg_container_state state = { .id = "a" };
	struct cg_container_config config;
	struct cg_err err = { 0 };

	assert_int_equal(cg_container_config_read("c", text, strlen(text), &arena, &state, &config, &err), 0);
	assert_true(config.has_no_new_privileges);
	assert_string_equal(config.words[0], "sh");
	assert_string_equal(config.words[1], "-c");
	assert_null(config.words[2]);
	assert_string_equal(state.annotation, "of:/c.json");

	assert_int_equal(cg_container_config_read("c", "{}", 2, &arena, &state, &config, &err), 0);
	assert_false(config.has_no_new_privileges);
	assert_null(config.words[0]);
	cg_arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_bad_states),
		cmocka_unit_test(test_relative_bundle_is_none),
		cmocka_unit_test(test_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
