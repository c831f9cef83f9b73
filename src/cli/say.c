/* say.c: sentences, JSON and small readings. */
#include <errno.h>

#include "cli/cli.h"

void
cli_say(const struct cli *c, FILE *to, enum text t, const char *const *args)
{
    struct str s = text_get(t, c->lang);
    size_t n_args = 0;
    while (args[n_args] != NULL) {
        n_args++;
    }
    for (size_t i = 0; i < s.n; i++) {
        bool slot = i + 2 < s.n && s.p[i] == '{' && s.p[i + 2] == '}' && s.p[i + 1] >= '0' &&
                    s.p[i + 1] <= '9';
        size_t k = slot ? (size_t)(s.p[i + 1] - '0') : 0;
        if (slot && k < n_args) {
            (void)fputs(args[k], to);
            i += 2;
        } else {
            (void)fputc(s.p[i], to);
        }
    }
    (void)fputc('\n', to);
}

enum rc
cli_fail(struct cli *c, enum rc rc, const char *code, const char *detail)
{
    char key[96];
    if (c->quiet) {
        (void)snprintf(c->code, sizeof c->code, "%s", code);
        return rc;
    }
    /* What is said beside a form in the browser does not always fit the command line. */
    (void)snprintf(key, sizeof key, "cli.err.%s", code);
    enum text t = text_find(str_of(key));
    if (t == T_NONE) {
        (void)snprintf(key, sizeof key, "err.%s", code);
        t = text_find(str_of(key));
    }
    struct str sentence = text_get(t, c->lang);
    if (c->json) {
        json_t *j = json_pack("{s:{s:s, s:s%, s:s}}", "error", "code", code, "text", sentence.p,
                              sentence.n, "detail", detail);
        char *text = j != NULL ? json_dumps(j, 0) : NULL;
        (void)fprintf(stderr, "%s\n", text != NULL ? text : "{}");
        free(text);
        json_decref(j);
        return rc;
    }
    if (t != T_NONE) {
        cli_say(c, stderr, t, (const char *const[]){NULL});
    }
    if (detail[0] != '\0' || t == T_NONE) {
        (void)fprintf(stderr, "  (%s%s%s)\n", code, detail[0] != '\0' ? ": " : "", detail);
    }
    return rc;
}

void
cli_print_json(json_t *j)
{
    char *text = json_dumps(j, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);
    (void)fprintf(stdout, "%s\n", text != NULL ? text : "null");
    free(text);
    json_decref(j);
}

const char *
cli_text(const json_t *row, const char *key)
{
    const char *s = json_string_value(json_object_get(row, key));
    return s != NULL ? s : "";
}

const char *
cli_number(const json_t *row, const char *key, char text[static CLI_NUMBER])
{
    (void)snprintf(text, CLI_NUMBER, "%lld",
                   (long long)json_integer_value(json_object_get(row, key)));
    return text;
}

const char *
cli_option(const struct cli *c, const char *name)
{
    for (size_t i = 0; i < c->n_options; i++) {
        if (strcmp(c->options[i].name, name) == 0) {
            return c->options[i].value;
        }
    }
    return NULL;
}

enum rc
cli_need(struct cli *c, const char *name, const char **ret_value)
{
    const char *v = cli_option(c, name);
    if (v == NULL || v[0] == '\0') {
        cli_say(c, stderr, T_cli_missing_option, (const char *const[]){name, NULL});
        return RC_INVALID;
    }
    *ret_value = v;
    return OK;
}

enum rc
cli_read_secret(struct cli *c, char *buf, size_t cap)
{
    size_t n = 0;
    while (n < cap) {
        ssize_t got = read(STDIN_FILENO, buf + n, cap - n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        n += (size_t)got;
    }
    while (n > 0 && (buf[n - 1] == '\n' || buf[n - 1] == '\r')) {
        n--;
    }
    if (n == 0 || n >= cap || memchr(buf, '\n', n) != NULL) {
        explicit_bzero(buf, cap);
        cli_say(c, stderr, T_cli_stdin, (const char *const[]){NULL});
        return RC_INVALID;
    }
    buf[n] = '\0';
    return OK;
}

enum rc
cli_conf(struct cli *c, struct conf *ret_conf)
{
    char path[CLI_PATH_MAX + 16];
    char line[24];
    struct config_fault f;
    (void)snprintf(path, sizeof path, "%s/kontor.conf", c->dir);
    enum rc rc = conf_load(path, ret_conf, &f);
    if (rc == OK) {
        return OK;
    }
    if (rc == RC_MISSING) {
        cli_say(c, stderr, T_cli_no_installation, (const char *const[]){c->dir, NULL});
        return rc;
    }
    (void)snprintf(line, sizeof line, "%d", f.line);
    cli_say(c, stderr, T_cli_conf_fault, (const char *const[]){path, line, f.key, f.what, NULL});
    return rc;
}
