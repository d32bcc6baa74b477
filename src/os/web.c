/*
 * See web.h. libcurl.so.4 is opened with dlopen(3) and never closed: the TLS library behind it does not like that.
 */
#include "os/web.h"

#include "base/cleanup.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#define LIBRARY "libcurl.so.4"
#define PACKAGE "libcurl4"

/* Its functions. */
struct library {
	CURLcode (*start)(long flags);
	void (*end)(void);
	CURL *(*easy_new)(void);
	void (*easy_free)(CURL *easy);
	CURLcode (*set)(CURL *easy, CURLoption option, ...);
	CURLcode (*perform)(CURL *easy);
	CURLcode (*get)(CURL *easy, CURLINFO info, ...);
	const char *(*say)(CURLcode code);
};

struct body {
	struct cg_text *text;
	size_t n_left;
	bool is_too_large;
};

static int load(struct library *library, struct cg_err *err)
{
	const struct {
		const char *name;
		void *function; /* a pointer to a member of *library */
	} symbols[] = { { "curl_global_init", &library->start },    { "curl_global_cleanup", &library->end },
			{ "curl_easy_init", &library->easy_new },   { "curl_easy_cleanup", &library->easy_free },
			{ "curl_easy_setopt", &library->set },      { "curl_easy_perform", &library->perform },
			{ "curl_easy_getinfo", &library->get },     { "curl_easy_strerror", &library->say } };
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return cg_err_set(err, -ENOPKG, NULL, "%s is needed to ask a server and is not there: install the package %s",
				  LIBRARY, PACKAGE);
	for (size_t i = 0; i < CG_N_ITEMS(symbols); i++) {
		void *function = dlsym(handle, symbols[i].name);

		if (!function)
			return cg_err_set(err, -ENOPKG, NULL, "%s lacks %s: install the package %s again", LIBRARY,
					  symbols[i].name, PACKAGE);
		memcpy(symbols[i].function, &function, sizeof(function));
	}
	return 0;
}

/* Scheme and host, without what stands before an @, which may be a password. */
static void name_server(const char *url, char *ret_place, size_t size)
{
	const char *host = strstr(url, "://"), *at;
	size_t n_scheme, n_host;

	host = host ? host + 3 : url;
	n_scheme = (size_t)(host - url);
	n_host = strcspn(host, "/?#");
	at = memrchr(host, '@', n_host);
	if (at) {
		n_host -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	if (n_scheme + n_host >= size)
		n_host = n_scheme < size ? size - 1 - n_scheme : 0;
	memcpy(ret_place, url, n_scheme);
	memcpy(ret_place + n_scheme, host, n_host);
	ret_place[n_scheme + n_host] = '\0';
}

static size_t take(char *bytes, size_t size, size_t n, void *context)
{
	struct body *body = context;

	if (size * n > body->n_left) {
		body->is_too_large = true;
		return 0;
	}
	body->n_left -= size * n;
	cg_text_add_bytes(body->text, bytes, size * n);
	return body->text->has_failed ? 0 : size * n;
}

static int code_of(CURLcode code)
{
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return -ETIMEDOUT;
	case CURLE_COULDNT_CONNECT:
		return -ECONNREFUSED;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return -EHOSTUNREACH;
	case CURLE_OUT_OF_MEMORY:
		return -ENOMEM;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		return -EINVAL;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_HTTP2:
	case CURLE_GOT_NOTHING:
		return -EPROTO;
	default:
		return -EIO;
	}
}

static bool set_up(const struct library *library, CURL *easy, const char *url, const struct cg_web_limits *limits,
		   struct body *body)
{
	return library->set(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       library->set(easy, CURLOPT_URL, url) == CURLE_OK &&
	       library->set(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       library->set(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       library->set(easy, CURLOPT_TIMEOUT_MS, (long)limits->timeout_ms) == CURLE_OK &&
	       library->set(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)limits->timeout_ms) == CURLE_OK &&
	       library->set(easy, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
	       library->set(easy, CURLOPT_WRITEDATA, body) == CURLE_OK &&
	       library->set(easy, CURLOPT_USERAGENT, "callgate") == CURLE_OK;
}

static int get(const struct library *library, const char *url, const struct cg_web_limits *limits, struct cg_text *text,
	       unsigned int *ret_status, struct cg_err *err)
{
	struct body body = { .text = text, .n_left = limits->bytes };
	CURL *easy = library->easy_new();
	char place[CG_ERR_PLACE_SIZE];
	CURLcode code;
	long status = 0;

	if (!easy)
		return cg_err_memory(err);
	name_server(url, place, sizeof(place));
	code = set_up(library, easy, url, limits, &body) ? library->perform(easy) : CURLE_FAILED_INIT;
	if (code == CURLE_OK)
		code = library->get(easy, CURLINFO_RESPONSE_CODE, &status);
	library->easy_free(easy);
	if (text->has_failed)
		return cg_err_memory(err);
	if (body.is_too_large)
		return cg_err_set(err, -EFBIG, place, "the answer has more than %zu bytes", limits->bytes);
	if (code != CURLE_OK)
		return cg_err_set(err, code_of(code), place, "no answer: %s", library->say(code));
	*ret_status = (unsigned int)status;
	return 0;
}

int cg_web_get(const char *url, const struct cg_web_limits *limits, struct cg_text *text, unsigned int *ret_status,
	       struct cg_err *err)
{
	struct library library;
	int r;

	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return cg_err_set(err, -EINVAL, NULL, "only http:// and https:// can be asked");
	r = load(&library, err);
	if (r < 0)
		return r;
	if (library.start(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return cg_err_set(err, -EIO, NULL, "%s does not start", LIBRARY);
	r = get(&library, url, limits, text, ret_status, err);
	library.end();
	return r;
}
