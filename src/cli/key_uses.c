/* key_uses.c: `kontor key log`: what keymgr unwrapped data keys for, line by line from its own
 * record (key_log.h). It can be read when nothing runs; the registrar is asked for names only. */
#include <errno.h>

#include "base/time.h"
#include "cli/key.h"
#include "proc/key_log.h"

enum { LINES = 200, LINES_MAX = 1000000 };

/* The latest lines that fit, as a ring. */
struct tail {
    struct key_log_line *rows;
    size_t cap, n;     /* n: all that were seen */
    int64_t workspace; /* -1: of all */
};

static enum rc
read_file(struct cli *c, const char *name, struct tail *t)
{
    char path[CLI_PATH_MAX + 32];
    char text[KEY_LOG_LINE + 2];
    struct key_log_line l;
    (void)snprintf(path, sizeof path, "%s/keys/%s", c->dir, name);
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        return errno == ENOENT ? OK : cli_fail(c, RC_IO, "io", strerrorname_np(errno));
    }
    while (fgets(text, sizeof text, f) != NULL) {
        text[strcspn(text, "\n")] = '\0';
        if (key_log_parse(str_of(text), &l) == OK &&
            (t->workspace < 0 || t->workspace == l.workspace)) {
            t->rows[t->n++ % t->cap] = l;
        }
    }
    (void)fclose(f);
    return OK;
}

/* --- what it says ---------------------------------------------------------------------------- */

static json_t *
json_of(const struct key_log_line *l, const char *slug)
{
    char stamp[32];
    struct str at = instant_print((struct instant){l->at_us}, stamp);
    json_t *row = json_pack("{s:s%, s:I, s:s, s:s, s:I}", "at", at.p, at.n, "workspace",
                            (json_int_t)l->workspace, "slug", slug, "role", l->role, "unwraps",
                            (json_int_t)l->uses.unwraps);
    for (size_t i = 0; row != NULL && i < KEY_USE_COUNT; i++) {
        if (l->uses.n[i] > 0) {
            (void)json_object_set_new(row, key_use_name((enum key_use)i),
                                      json_integer((json_int_t)l->uses.n[i]));
        }
    }
    return row;
}

static void
print_uses(const struct cli *c, const struct key_uses *u)
{
    static const enum text texts[KEY_USE_COUNT] = {
        [KEY_USE_PAGE] = T_cli_key_use_page,         [KEY_USE_TARGET] = T_cli_key_use_target,
        [KEY_USE_SECRET] = T_cli_key_use_secret,     [KEY_USE_OPEN] = T_cli_key_use_open,
        [KEY_USE_SIGN] = T_cli_key_use_sign,         [KEY_USE_ARCHIVE] = T_cli_key_use_archive,
        [KEY_USE_PASSWORD] = T_cli_key_use_password, [KEY_USE_RECOVERY] = T_cli_key_use_recovery,
        [KEY_USE_CODE] = T_cli_key_use_code,         [KEY_USE_MAC] = T_cli_key_use_mac,
        [KEY_USE_SEAL] = T_cli_key_use_seal};
    const char *gap = "";
    for (size_t i = 0; i < KEY_USE_COUNT; i++) {
        if (u->n[i] > 0) {
            struct str s = text_get(texts[i], c->lang);
            (void)printf("%s%.*s", gap, STR_FMT(s));
            if (u->n[i] > 1) {
                (void)printf(" (%llu ×)", (unsigned long long)u->n[i]);
            }
            gap = ", ";
        }
    }
    (void)printf("\n");
}

/* The agency's short name; its number when it is gone, or nobody can be asked. */
static const char *
slug_of(const json_t *workspaces, int64_t workspace, char number[static 24])
{
    size_t i;
    json_t *row;
    if (workspace == 0) {
        return "system";
    }
    json_array_foreach(json_object_get(workspaces, "rows"), i, row)
    {
        if (json_integer_value(json_object_get(row, "workspace")) == workspace) {
            return json_string_value(json_object_get(row, "slug"));
        }
    }
    (void)snprintf(number, 24, "%lld", (long long)workspace);
    return number;
}

static void
print(struct cli *c, const struct tail *t, const json_t *workspaces)
{
    json_t *list = json_array();
    char number[24];
    char stamp[32];
    for (size_t i = t->n > t->cap ? t->n - t->cap : 0; i < t->n; i++) {
        const struct key_log_line *l = &t->rows[i % t->cap];
        const char *slug = slug_of(workspaces, l->workspace, number);
        if (c->json) {
            (void)json_array_append_new(list, json_of(l, slug));
            continue;
        }
        struct str at = instant_print((struct instant){l->at_us}, stamp);
        (void)printf("%.*s  %-20s %-8s ", STR_FMT(at), slug, l->role);
        print_uses(c, &l->uses);
    }
    if (c->json) {
        cli_print_json(json_pack("{s:o, s:b}", "rows", list, "more", t->n > t->cap));
        return;
    }
    json_decref(list);
    if (t->n == 0) {
        SAY(c, T_cli_key_log_empty);
    }
}

/* --- the verb -------------------------------------------------------------------------------- */

static enum rc
take_options(struct cli *c, const json_t *workspaces, struct tail *t)
{
    const char *last = cli_option(c, "--last");
    const char *slug = cli_option(c, "--workspace");
    int64_t n = LINES;
    size_t i;
    json_t *row;
    if (last != NULL && (str_to_i64(str_of(last), &n) != OK || n < 1 || n > LINES_MAX)) {
        return cli_fail(c, RC_INVALID, "field.range", "--last");
    }
    *t = (struct tail){.cap = (size_t)n, .workspace = slug == NULL ? -1 : -2};
    if (slug == NULL) {
        return OK;
    }
    if (str_to_i64(str_of(slug), &t->workspace) == OK && t->workspace >= 0) {
        return OK; /* also of one that is gone */
    }
    t->workspace = strcmp(slug, "system") == 0 ? 0 : -2;
    json_array_foreach(json_object_get(workspaces, "rows"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "slug")), slug) == 0) {
            t->workspace = json_integer_value(json_object_get(row, "workspace"));
        }
    }
    return t->workspace >= 0 ? OK : cli_fail(c, RC_MISSING, "missing", slug);
}

/* Both files, the older first. */
static enum rc
show(struct cli *c, struct tail *t, const json_t *workspaces)
{
    t->rows = calloc(t->cap, sizeof *t->rows);
    if (t->rows == NULL) {
        return cli_fail(c, RC_IO, "io", "memory");
    }
    enum rc rc = read_file(c, KEY_LOG_OLD, t);
    rc = rc == OK ? read_file(c, KEY_LOG_NOW, t) : rc;
    if (rc == OK) {
        print(c, t, workspaces);
    }
    free(t->rows);
    return rc;
}

enum rc
key_log_show(struct cli *c)
{
    json_t *workspaces = NULL;
    const char *why = "";
    struct tail t;
    if (cli_is_running(c) || cli_option(c, "--workspace") != NULL) {
        (void)!cli_try(c, "0", "workspace.list", &workspaces, &why);
    }
    enum rc rc = take_options(c, workspaces, &t);
    rc = rc == OK ? show(c, &t, workspaces) : rc;
    json_decref(workspaces);
    return rc;
}
