/* price.c: `kontor price show|set`: what a restore costs. The table is the console's. */
#include "base/types.h"
#include "cli/cli.h"

enum { AMOUNT = 40, VAT_WHOLE = 10000, CENTS = 100 };

/* 1234 -> "12,34" */
static void
print_amount(const struct cli *c, int64_t cents, char text[static AMOUNT])
{
    (void)snprintf(text, AMOUNT, "%lld%c%02lld", (long long)(cents / CENTS),
                   c->lang == LANG_DE ? ',' : '.', (long long)(cents % CENTS));
}

static void
print_item(const struct cli *c, const json_t *row, enum text label, const char *key)
{
    char net[AMOUNT];
    char total[AMOUNT];
    char rate[AMOUNT];
    const int64_t cents = json_integer_value(json_object_get(row, key));
    const int64_t vat = json_integer_value(json_object_get(row, "vatRate"));
    const struct str name = text_get(label, c->lang);
    (void)printf("%.*s: ", STR_FMT(name));
    if (cents == 0) {
        SAY(c, T_cli_price_free);
        return;
    }
    print_amount(c, cents, net);
    print_amount(c, cents + round_half_up(cents * vat, VAT_WHOLE), total);
    print_amount(c, vat, rate);
    SAY(c, T_cli_price_sum, net, rate, total, cli_text(row, "currency"));
}

static enum rc
show(struct cli *c)
{
    json_t *got = NULL;
    size_t i;
    json_t *row;
    TRY(cli_call(c, "system", "price.list", NULL, &got));
    json_t *rows = json_object_get(got, "rows");
    if (c->json) {
        cli_print_json(json_incref(rows));
    } else {
        json_array_foreach(rows, i, row)
        {
            if (json_is_true(json_object_get(row, "current"))) {
                print_item(c, row, T_price_whole, "restoreWhole");
                print_item(c, row, T_price_records, "restoreRecords");
                if (json_is_true(json_object_get(row, "preset"))) {
                    SAY(c, T_cli_price_preset);
                }
            }
        }
    }
    json_decref(got);
    return OK;
}

/* An amount in cents or a rate in hundredths of a percent, when the option is there. */
static enum rc
take_amount(const struct cli *c, const char *option, bool is_rate, const char *key, json_t *in)
{
    const char *text = cli_option(c, option);
    struct money m = {0};
    struct percent p = {0};
    if (text == NULL) {
        return OK;
    }
    const enum rc rc = is_rate ? percent_parse(str_of(text), &p) : money_parse(str_of(text), &m);
    if (rc != OK) {
        cli_say(c, stderr, T_cli_wrong_amount, (const char *const[]){option, text, NULL});
        return RC_INVALID;
    }
    return json_object_set_new(in, key, json_integer(is_rate ? p.n : m.minor)) == 0 ? OK
                                                                                    : RC_BROKEN;
}

static enum rc
take_prices(const struct cli *c, json_t *in)
{
    const char *from = cli_option(c, "--from");
    TRY(take_amount(c, "--restore-whole", false, "restoreWhole", in));
    TRY(take_amount(c, "--restore-records", false, "restoreRecords", in));
    TRY(take_amount(c, "--vat", true, "vatRate", in));
    if (json_object_size(in) == 0) {
        cli_say(c, stderr, T_cli_missing_option, (const char *const[]){"--restore-whole", NULL});
        return RC_INVALID;
    }
    return from == NULL || json_object_set_new(in, "from", json_string(from)) == 0 ? OK
                                                                                   : RC_INVALID;
}

static enum rc
set(struct cli *c)
{
    json_t *row = NULL;
    json_t *in = json_object();
    char version[CLI_NUMBER];
    const enum rc rc = take_prices(c, in);
    if (rc != OK) {
        json_decref(in);
        return rc;
    }
    TRY(cli_call(c, "system", "price.set", in, &row));
    if (c->json) {
        cli_print_json(row);
        return OK;
    }
    SAY(c, T_cli_price_set, cli_number(row, "version", version), cli_text(row, "validFrom"));
    json_decref(row);
    return OK;
}

const struct cli_verb price_verbs[] = {
    {"price show", "",                                                   false, T_cli_help_price_show, show},
    {"price set",  "--restore-whole= --restore-records= --vat= --from=", false, T_cli_help_price_set,
     set                                                                                                   },
    {NULL,         "",                                                   false, T_NONE,                NULL},
};
