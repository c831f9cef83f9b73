/* registry.c: adding and listing workspaces. The number of a workspace is the name of its folder
 * and is never given twice; its slug neither, as links in mails and bookmarks live on. */
#include "app/registry/registry.h"

#include "app/registry/registry_in.h"

#include "base/wire.h"
#include "guard/audit.h"

/* What the audit trail keeps of a change. */
struct registry_form {
    struct str slug;
    struct str workspace_name;
    int64_t workspace_state;
};

static const struct field registry_fields[] = {
    FIELD(struct registry_form, slug, T_registry_slug, .required = true, .max = 63),
    FIELD(struct registry_form, workspace_name, T_registry_name, .required = true, .max = 120),
    FIELD(struct registry_form, workspace_state, T_registry_state, .min = WH_ACTIVE,
          .max = WH_LOCKED),
};
static const struct form_def registry_form_def = FORM_DEF(registry_form, registry_fields);

static const char *
state_name(int64_t state)
{
    static const char *const names[] = {
        [WH_ACTIVE] = "active", [WH_NEW] = "new", [WH_LOCKED] = "locked", [WH_ENDED] = "ended"};
    return names[state];
}

enum rc
registry_slug_check(struct str slug, enum code *ret_code)
{
    static const char *const reserved[] = {"www", "mail", "localhost", "system", "api",
                                           "ns",  "smtp", "konsole",   "admin"};
    bool ok = slug.n >= 1 && slug.n <= 63 && slug.p[0] != '-' && slug.p[slug.n - 1] != '-';
    for (size_t i = 0; ok && i < slug.n; i++) {
        char c = slug.p[i];
        ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }
    int64_t number;
    /* A slug of digits would be taken for a workspace's number on the command line. */
    if (!ok || str_to_i64(slug, &number) == OK || str_starts(slug, STR("xn--"))) {
        *ret_code = E_SLUG_FORM;
        return RC_INVALID;
    }
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (str_eq(slug, str_of(reserved[i]))) {
            *ret_code = E_SLUG_RESERVED;
            return RC_INVALID;
        }
    }
    return OK;
}

/* --- parameters and results ------------------------------------------------------------------ */

struct str
registry_text(const json_t *in, const char *key)
{
    const json_t *v = json_object_get(in, key);
    if (!json_is_string(v)) {
        return STR_NONE;
    }
    return (struct str){json_string_value(v), json_string_length(v)};
}

enum rc
registry_put(json_t *to, int64_t workspace, struct str slug, struct str name, int64_t state)
{
    int bad = json_object_set_new(to, "workspace", json_integer(workspace));
    bad |= json_object_set_new(to, "slug", json_stringn(slug.p, slug.n));
    bad |= json_object_set_new(to, "name", json_stringn(name.p, name.n));
    bad |= json_object_set_new(to, "state", json_string(state_name(state)));
    return bad == 0 ? OK : RC_BROKEN;
}

enum rc
registry_need(struct wtx *tx, const json_t *in, struct registry_find_row *ret_row)
{
    bool found = false;
    struct str slug = registry_text(in, "slug");
    if (slug.p != NULL) {
        TRY(registry_find(wtx_read(tx), &(struct registry_find_in){slug}, ret_row, &found));
    }
    return found ? OK : fail(wtx_err(tx), RC_MISSING, E_MISSING, "no such workspace");
}

/* --- commands -------------------------------------------------------------------------------- */

static enum rc
insert(struct wtx *tx, struct str slug, struct str name, json_t *out)
{
    int64_t id;
    struct registry_form after = {slug, name, WH_NEW};
    TRY(wtx_new_id(tx, "workspace", &id));
    TRY(registry_add(tx, &(struct registry_add_in){.workspace_id = {id},
                                                   .slug = slug,
                                                   .workspace_name = name,
                                                   .workspace_state = WH_NEW,
                                                   .created_at = wtx_now(tx)}));
    TRY(touch(tx, EVENT_WORKSPACE_ADDED, SUBJECT(workspace, (struct workspace_id){id}),
              &registry_form_def, NULL, &after));
    return registry_put(out, id, slug, name, WH_NEW);
}

static enum rc
run_add(struct wtx *tx, json_t *in, json_t *out)
{
    enum code code = E_NONE;
    bool found = false;
    struct registry_find_row row;
    struct str slug = registry_text(in, "slug");
    struct str name = str_trim(registry_text(in, "name"));
    if (slug.p == NULL || registry_slug_check(slug, &code) != OK) {
        return fail_field(wtx_err(tx), "slug", RC_INVALID, code != E_NONE ? code : E_SLUG_FORM,
                          NULL);
    }
    if (name.n == 0 || str_points(name) > 120) {
        return fail_field(wtx_err(tx), "name", RC_INVALID,
                          name.n == 0 ? E_FIELD_REQUIRED : E_FIELD_TOO_LONG, NULL);
    }
    TRY(registry_find(wtx_read(tx), &(struct registry_find_in){slug}, &row, &found));
    if (!found) {
        return insert(tx, slug, name, out);
    }
    if (row.workspace_state != WH_NEW) {
        return fail_field(wtx_err(tx), "slug", RC_CONFLICT, E_SLUG_TAKEN, NULL);
    }
    return registry_put(out, row.workspace_id.n, row.slug, row.workspace_name, row.workspace_state);
}

static enum rc
run_activate(struct wtx *tx, json_t *in, json_t *out)
{
    struct registry_find_row row;
    TRY(registry_need(tx, in, &row));
    if (row.workspace_state == WH_NEW) {
        struct registry_form before = {row.slug, row.workspace_name, row.workspace_state};
        struct registry_form after = {row.slug, row.workspace_name, WH_ACTIVE};
        TRY(registry_set_state(tx, &(struct registry_set_state_in){.workspace_state = WH_ACTIVE,
                                                                   .workspace_id = row.workspace_id,
                                                                   .version = row.version}));
        TRY(touch(tx, EVENT_WORKSPACE_CHANGED, SUBJECT(workspace, row.workspace_id),
                  &registry_form_def, &before, &after));
        row.workspace_state = WH_ACTIVE;
    }
    return registry_put(out, row.workspace_id.n, row.slug, row.workspace_name, row.workspace_state);
}

static enum rc
run_show(struct wtx *tx, json_t *in, json_t *out)
{
    struct registry_find_row row;
    TRY(registry_need(tx, in, &row));
    return registry_put(out, row.workspace_id.n, row.slug, row.workspace_name, row.workspace_state);
}

static enum rc
run_list(struct wtx *tx, json_t *in, json_t *out)
{
    struct registry_list_row *rows;
    size_t n;
    (void)in;
    TRY(registry_list(wtx_read(tx), &rows, &n));
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_object();
        TRY(registry_put(row, rows[i].workspace_id.n, rows[i].slug, rows[i].workspace_name,
                         rows[i].workspace_state));
        if (json_array_append_new(list, row) != 0) {
            return RC_BROKEN;
        }
    }
    return json_object_set_new(out, "rows", list) == 0 ? OK : RC_BROKEN;
}

/* --- for master ------------------------------------------------------------------------------ */

enum rc
registry_hosts(struct rtx *tx, struct registry_host **ret_hosts, size_t *ret_n)
{
    struct registry_list_row *own;
    struct registry_host_list_row *more;
    size_t n_own;
    size_t n_more;
    TRY(registry_list(tx, &own, &n_own));
    TRY(registry_host_list(tx, &more, &n_more));
    struct registry_host *hosts =
        ARENA_ARRAY(rtx_mem(tx), struct registry_host, n_own + n_more + 1);
    for (size_t i = 0; i < n_own; i++) {
        hosts[i] = (struct registry_host){STR_NONE, own[i].slug, own[i].workspace_name,
                                          own[i].workspace_id, own[i].workspace_state};
    }
    for (size_t i = 0; i < n_more; i++) {
        hosts[n_own + i] =
            (struct registry_host){more[i].host_name, more[i].slug, more[i].workspace_name,
                                   more[i].workspace_id, more[i].workspace_state};
    }
    *ret_hosts = hosts;
    *ret_n = n_own + n_more;
    return OK;
}

static const struct command commands[] = {
    {"workspace.activate", EVENT_WORKSPACE_CHANGED,     run_activate      },
    {"workspace.add",      EVENT_WORKSPACE_ADDED,       run_add           },
    {"workspace.end",      EVENT_WORKSPACE_END_ORDERED, closing_run_end   },
    {"workspace.ended",    EVENT_WORKSPACE_ENDED,       closing_run_ended },
    {"workspace.list",     EVENT_NOTHING,               run_list          },
    {"workspace.lock",     EVENT_WORKSPACE_LOCKED,      closing_run_lock  },
    {"workspace.show",     EVENT_NOTHING,               run_show          },
    {"workspace.unlock",   EVENT_WORKSPACE_UNLOCKED,    closing_run_unlock},
};

bool
registry_may_change(struct str command)
{
    for (size_t i = 0; i < COUNT(commands); i++) {
        if (str_eq(command, str_of(commands[i].name))) {
            return commands[i].event != EVENT_NOTHING;
        }
    }
    return false;
}

static const struct route routes[] = {
    GET("/", OPERATOR, console_get),
};

static enum rc
workspace_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    struct registry_there_row row;
    bool found;
    (void)write;
    TRY(registry_there(tx, &(struct registry_there_in){{id}}, &row, &found));
    return found && may(who, RIGHT_OPERATOR)
               ? OK
               : fail(rtx_err(tx), RC_MISSING, E_MISSING, "workspace %lld", (long long)id);
}

static const struct scope scopes[] = {
    {.name = "workspace", .check = workspace_scope},
};

const struct domain registry_domain = {
    .name = "registry",
    .scopes = scopes,
    .n_scopes = COUNT(scopes),
    .routes = routes,
    .n_routes = COUNT(routes),
    .commands = commands,
    .n_commands = COUNT(commands),
};
