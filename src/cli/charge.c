/* charge.c: `kontor charge list|billed|waive`: what was ordered, for who writes the invoices. */
#include "cli/cli.h"

static const char *const columns[] = {"charge",   "order",       "slug",      "item",   "version",
                                      "net",      "vatRate",     "vat",       "total",  "currency",
                                      "reason",   "login",       "orderedAt", "doneAt", "billedAt",
                                      "waivedAt", "waiveReason", "status"};

/* --- reading ---------------------------------------------------------------------------------- */

/* The workspace's number, when one was named. */
static enum rc
take_filter(struct cli *c, json_t *in)
{
    const char *workspace = cli_option(c, "--workspace");
    const char *status = cli_option(c, "--status");
    json_t *row = NULL;
    if (workspace != NULL) {
        TRY(cli_call(c, "system", "workspace.show", json_pack("{s:s}", "slug", workspace), &row));
        (void)json_object_set(in, "workspace", json_object_get(row, "workspace"));
        json_decref(row);
    }
    return status == NULL || json_object_set_new(in, "status", json_string(status)) == 0
               ? OK
               : RC_INVALID;
}

/* All of them, page by page, into `rows`. */
static enum rc
fetch(struct cli *c, json_t *in, json_t *rows)
{
    size_t got = 1;
    TRY(take_filter(c, in));
    while (got > 0) {
        json_t *page = NULL;
        TRY(cli_call(c, "system", "charge.list", json_deep_copy(in), &page));
        const json_t *more = json_object_get(page, "rows");
        got = json_array_size(more);
        (void)json_array_extend(rows, json_object_get(page, "rows"));
        const json_t *last = json_array_get(more, got > 0 ? got - 1 : 0);
        (void)json_object_set(in, "after", json_object_get(last, "charge"));
        json_decref(page);
    }
    return OK;
}

/* --- printing --------------------------------------------------------------------------------- */

/* A text in quotes; one that a table program would take for a formula begins with an apostrophe. */
static void
print_field(const char *s)
{
    (void)putchar('"');
    if (s[0] != '\0' && strchr("=+-@\t\r", s[0]) != NULL) {
        (void)putchar('\'');
    }
    for (; *s != '\0'; s++) {
        if (*s == '"') {
            (void)putchar('"');
        }
        (void)putchar(*s);
    }
    (void)putchar('"');
}

/* RFC 4180, with a head line; amounts in cents. */
static void
print_csv(const json_t *rows)
{
    size_t i;
    const json_t *row;
    enum { N = sizeof columns / sizeof columns[0] };
    for (size_t k = 0; k < N; k++) {
        (void)printf("%s%s", columns[k], k + 1 < N ? "," : "\r\n");
    }
    json_array_foreach(rows, i, row)
    {
        for (size_t k = 0; k < N; k++) {
            const json_t *v = json_object_get(row, columns[k]);
            if (json_is_integer(v)) {
                (void)printf("%lld", (long long)json_integer_value(v));
            } else if (json_is_string(v)) {
                print_field(json_string_value(v));
            }
            (void)fputs(k + 1 < N ? "," : "\r\n", stdout);
        }
    }
}

static void
print_rows(const json_t *rows)
{
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row)
    {
        const int64_t total = json_integer_value(json_object_get(row, "total"));
        (void)printf("%6lld  %-20s  %-16s  %-16s %6lld.%02lld %s  %-8s %s\n",
                     (long long)json_integer_value(json_object_get(row, "charge")),
                     cli_text(row, "orderedAt"), cli_text(row, "slug"), cli_text(row, "item"),
                     (long long)(total / 100), (long long)(total % 100), cli_text(row, "currency"),
                     cli_text(row, "status"), cli_text(row, "reason"));
    }
}

static enum rc
list(struct cli *c)
{
    json_t *in = json_object();
    json_t *rows = json_array();
    const enum rc rc = fetch(c, in, rows);
    json_decref(in);
    if (rc == OK && cli_option(c, "--csv") != NULL) {
        print_csv(rows);
    } else if (rc == OK && c->json) {
        cli_print_json(json_incref(rows));
    } else if (rc == OK) {
        print_rows(rows);
    }
    json_decref(rows);
    return rc;
}

/* --- settling --------------------------------------------------------------------------------- */

static enum rc
need_charge(struct cli *c, json_t *in)
{
    const char *text = c->arg;
    int64_t n = 0;
    if (text == NULL) {
        TRY(cli_need(c, "--charge", &text));
    }
    if (str_to_i64(str_of(text), &n) != OK || n < 1) {
        return cli_fail(c, RC_INVALID, "field.id", text);
    }
    return json_object_set_new(in, "charge", json_integer(n)) == 0 ? OK : RC_BROKEN;
}

/* in is stolen. */
static enum rc
settle(struct cli *c, const char *command, json_t *in, json_t **ret_row)
{
    const enum rc rc = need_charge(c, in);
    if (rc != OK) {
        json_decref(in);
        return rc;
    }
    TRY(cli_call(c, "system", command, in, ret_row));
    if (c->json) {
        cli_print_json(json_incref(*ret_row));
    }
    return OK;
}

static enum rc
billed(struct cli *c)
{
    json_t *row = NULL;
    char n[CLI_NUMBER];
    char total[40];
    TRY(settle(c, "charge.billed", json_object(), &row));
    const int64_t cents = json_integer_value(json_object_get(row, "total"));
    (void)snprintf(total, sizeof total, "%lld%c%02lld", (long long)(cents / 100),
                   c->lang == LANG_DE ? ',' : '.', (long long)(cents % 100));
    if (!c->json) {
        SAY(c, T_cli_charge_billed, cli_number(row, "charge", n), cli_text(row, "slug"), total,
            cli_text(row, "currency"));
    }
    json_decref(row);
    return OK;
}

static enum rc
waive(struct cli *c)
{
    const char *reason;
    json_t *row = NULL;
    char n[CLI_NUMBER];
    TRY(cli_need(c, "--reason", &reason));
    json_t *in = json_pack("{s:s}", "reason", reason);
    if (in == NULL) {
        return cli_fail(c, RC_INVALID, "field.encoding", "");
    }
    TRY(settle(c, "charge.waive", in, &row));
    if (!c->json) {
        SAY(c, T_cli_charge_waived, cli_number(row, "charge", n), cli_text(row, "slug"));
    }
    json_decref(row);
    return OK;
}

const struct cli_verb charge_verbs[] = {
    {"charge list",   "--workspace= --status= --csv", false, T_cli_help_charge_list,   list  },
    {"charge billed", "--charge=",                    true,  T_cli_help_charge_billed, billed},
    {"charge waive",  "--charge= --reason=",          true,  T_cli_help_charge_waive,  waive },
    {NULL,            "",                             false, T_NONE,                   NULL  },
};
