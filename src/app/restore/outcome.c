/* outcome.c: a preview or a report, as JSON of counts by table, in words. */
#include <jansson.h>

#include "app/restore/pages.h"
#include "app/restore/values.h"
#include "base/out.h"

enum { TEXT_MAX = 1000 };

static int64_t
count_in(const json_t *t, const char *key)
{
    return json_integer_value(json_object_get(t, key));
}

/* What a kind of record is called; T_NONE: nothing that people know. */
static enum text
name_of(struct req *rq, const json_t *t)
{
    const char *table = json_string_value(json_object_get(t, "table"));
    return table != NULL ? text_find(arena_fmt(req_mem(rq), "table.%s", table)) : T_NONE;
}

static struct str
text_in(struct req *rq, const json_t *in, const char *key)
{
    const json_t *v = json_object_get(in, key);
    return json_is_string(v)
               ? arena_copy(req_mem(rq), (struct str){json_string_value(v), json_string_length(v)})
               : STR("");
}

struct str
outcome_kind_of(struct req *rq, struct str name)
{
    struct str rest = name;
    struct str table = STR("");
    (void)str_cut(&rest, ':', &table);
    const enum text t = text_find(arena_fmt(req_mem(rq), "kind.%.*s", STR_FMT(table)));
    return t != T_NONE ? page_text(req_page(rq), t, STR_NONE) : STR("");
}

/* --- one record --------------------------------------------------------------------------------
 */

/* The record of the agency is many things to people; they know which by what differs. */
static const struct {
    const char *columns;
    enum text name;
} agency_parts[] = {
    {" agency_name street postal_code city country agency_phone agency_email ",
     T_kind_agency_address                                                                               },
    {" project_scheme project_scope ",                                          T_kind_agency_numbers    },
    {" department_0 department_1 department_2 department_3 department_4 department_5 department_6 "
     "department_7 department_8 department_9 ",                            T_kind_agency_departments},
    {" budget_warn ",                                                           T_kind_agency_warn       },
    {" raster_minutes week_minutes ",                                           T_kind_agency_times      },
    {" zone lang ",                                                             T_kind_agency_zone       },
};

static bool
has_one_of(const json_t *changes, const char *columns)
{
    size_t i;
    const json_t *c;
    json_array_foreach(changes, i, c)
    {
        char word[80];
        const char *column = json_string_value(json_object_get(c, "column"));
        (void)snprintf(word, sizeof(word), " %s ", column != NULL ? column : "");
        if (strstr(columns, word) != NULL) {
            return true;
        }
    }
    return false;
}

/* "Anschrift der Agentur, Abteilungen"; "" when nothing is said to differ. */
static struct str
agency_title(struct req *rq, const json_t *changes)
{
    struct out o = out_new(req_mem(rq), TEXT_MAX);
    for (size_t i = 0; i < COUNT(agency_parts); i++) {
        if (has_one_of(changes, agency_parts[i].columns)) {
            out_str(&o, o.n > 0 ? STR(", ") : STR(""));
            out_str(&o, page_text(req_page(rq), agency_parts[i].name, STR_NONE));
        }
    }
    return out_view(&o);
}

/* What people call it. `name` is "company:5"; `changes` may be NULL. */
static struct str
title_of(struct req *rq, struct str name, struct str label, const json_t *changes)
{
    if (str_starts(name, STR("agency:"))) {
        const struct str parts = agency_title(rq, changes);
        return parts.n > 0 ? parts : outcome_kind_of(rq, name);
    }
    return label.n > 0 ? label : outcome_subject_of(rq, name);
}

/* Of all numbers that records have inside, people know one: a company's. */
static struct str
number_of(struct req *rq, struct str name)
{
    struct str no = name;
    struct str table;
    const bool is_company = str_cut(&no, ':', &table) && str_eq(table, STR("company"));
    return is_company ? page_text(req_page(rq), T_restore_customer_no, no) : STR("");
}

static void
read_values(struct req *rq, const json_t *row, struct outcome_record *r)
{
    const struct page *pg = req_page(rq);
    const json_t *changes = json_object_get(row, "changes");
    const struct str table = text_in(rq, row, "table");
    size_t i;
    const json_t *c;
    r->n_hidden = count_in(row, "hidden");
    r->values = ARENA_ARRAY(req_mem(rq), struct outcome_value, json_array_size(changes) + 1);
    json_array_foreach(changes, i, c)
    {
        const struct str column = text_in(rq, c, "column");
        const enum text name = text_find(arena_fmt(req_mem(rq), "column.%.*s", STR_FMT(column)));
        if (name != T_NONE) {
            r->values[r->n_values++] = (struct outcome_value){
                .name = page_text(pg, name, STR_NONE),
                .then = values_html(pg, table, column, text_in(rq, c, "then")),
                .now = values_html(pg, table, column, text_in(rq, c, "now"))};
        } else if (!str_eq(column, STR("version"))) {
            r->n_hidden++;
        }
    }
}

void
outcome_read_record(struct req *rq, const json_t *row, struct outcome_record *r)
{
    const struct str what = text_in(rq, row, "what");
    *r = (struct outcome_record){.mark = str_eq(what, STR("came"))   ? OUTCOME_CAME
                                         : str_eq(what, STR("went")) ? OUTCOME_WENT
                                                                     : OUTCOME_CHANGED,
                                 .key = text_in(rq, row, "key"),
                                 .label = text_in(rq, row, "label"),
                                 .note = text_in(rq, row, "note"),
                                 .day = DAY_NONE};
    const struct str name =
        arena_fmt(req_mem(rq), "%.*s:%.*s", STR_FMT(text_in(rq, row, "table")), STR_FMT(r->key));
    struct day day;
    r->title = title_of(rq, name, r->label, json_object_get(row, "changes"));
    r->number = number_of(rq, name);
    if (day_parse(text_in(rq, row, "day"), &day) == OK) {
        r->day = day;
    }
    read_values(rq, row, r);
}

static void
read_records(struct req *rq, const json_t *rows, struct str table, struct outcome_line *l)
{
    size_t i;
    const json_t *row;
    l->records = ARENA_ARRAY(req_mem(rq), struct outcome_record, json_array_size(rows) + 1);
    json_array_foreach(rows, i, row)
    {
        if (str_eq(text_in(rq, row, "table"), table)) {
            outcome_read_record(rq, row, &l->records[l->n_records++]);
        }
    }
    l->further = l->came + l->went + l->changed - (int64_t)l->n_records;
}

/* --- the whole ---------------------------------------------------------------------------------
 */

static void
add_line(struct req *rq, const json_t *rows, const json_t *t, struct outcome *ret)
{
    const enum text name = name_of(rq, t);
    const struct str table = text_in(rq, t, "table");
    struct outcome_line *l = &ret->lines[ret->n_lines++];
    *l = (struct outcome_line){.name =
                                   name != T_NONE ? page_text(req_page(rq), name, STR_NONE) : table,
                               .then = count_in(t, "state"),
                               .now = count_in(t, "present"),
                               .came = count_in(t, "came"),
                               .went = count_in(t, "went"),
                               .changed = count_in(t, "changed")};
    read_records(rq, rows, table, l);
    ret->has_records |= l->n_records > 0;
}

void
outcome_read(struct req *rq, struct str json, struct outcome *ret)
{
    json_error_t why;
    size_t i;
    const json_t *t;
    json_t *in = json_loadb(json.p != NULL ? json.p : "", json.n, 0, &why);
    const json_t *tables = json_object_get(in, "tables");
    const json_t *rows = json_object_get(in, "rows");
    struct out stays = out_new(req_mem(rq), TEXT_MAX);
    bool keeps = false;
    *ret = (struct outcome){0};
    ret->lines = ARENA_ARRAY(req_mem(rq), struct outcome_line, json_array_size(tables) + 1);
    json_array_foreach(tables, i, t)
    {
        const char *class = json_string_value(json_object_get(t, "class"));
        const bool travels =
            class != NULL && (strcmp(class, "content") == 0 || strcmp(class, "access") == 0);
        const bool differs = count_in(t, "came") + count_in(t, "went") + count_in(t, "changed") > 0;
        keeps = keeps || count_in(t, "kept") > 0;
        if (travels && differs) {
            add_line(rq, rows, t, ret);
        } else if (differs && name_of(rq, t) != T_NONE) {
            out_str(&stays, out_view(&stays).n > 0 ? STR(", ") : STR(""));
            out_str(&stays, page_text(req_page(rq), name_of(rq, t), STR_NONE));
        }
    }
    if (keeps) {
        out_str(&stays, out_view(&stays).n > 0 ? STR(", ") : STR(""));
        out_str(&stays, page_text(req_page(rq), T_restore_stays_access, STR_NONE));
    }
    ret->stays = out_view(&stays);
    ret->is_same = ret->n_lines == 0;
    json_decref(in);
}

/* --- single records ----------------------------------------------------------------------------
 */

struct str
outcome_subject_of(struct req *rq, struct str name)
{
    struct str key = name;
    struct str table = STR("");
    int64_t n;
    const struct str kind = outcome_kind_of(rq, name);
    const bool is_one = str_cut(&key, ':', &table) && str_to_i64(key, &n) == OK;
    if (kind.n == 0 || !is_one || str_eq(table, STR("agency"))) {
        return kind;
    }
    const struct str no = page_text(req_page(rq), T_restore_number, key);
    return arena_fmt(req_mem(rq), "%.*s %.*s", STR_FMT(kind), STR_FMT(no));
}

static enum taken_what
what_of(struct str what)
{
    return str_eq(what, STR("came"))      ? TAKEN_CAME
           : str_eq(what, STR("changed")) ? TAKEN_CHANGED
           : str_eq(what, STR("same"))    ? TAKEN_SAME
           : str_eq(what, STR("stayed"))  ? TAKEN_STAYED
                                          : TAKEN_LEFT;
}

static void
read_taken(struct req *rq, const json_t *row, struct taken_row *r)
{
    const struct str name = text_in(rq, row, "record");
    struct day day;
    *r = (struct taken_row){.kind = outcome_kind_of(rq, name),
                            .title = title_of(rq, name, text_in(rq, row, "label"), NULL),
                            .number = number_of(rq, name),
                            .note = text_in(rq, row, "note"),
                            .day = DAY_NONE,
                            .what = what_of(text_in(rq, row, "what"))};
    if (day_parse(text_in(rq, row, "day"), &day) == OK) {
        r->day = day;
    }
}

void
outcome_read_taken(struct req *rq, struct str json, struct taken *ret)
{
    json_error_t why;
    size_t i;
    const json_t *row;
    json_t *in = json_loadb(json.p != NULL ? json.p : "", json.n, 0, &why);
    const json_t *rows = json_object_get(in, "rows");
    *ret = (struct taken){.came = count_in(in, "came"),
                          .changed = count_in(in, "changed"),
                          .same = count_in(in, "same"),
                          .stayed = count_in(in, "stayed"),
                          .loosened = count_in(in, "loosened"),
                          .left = count_in(in, "left"),
                          .subject = outcome_subject_of(rq, text_in(rq, in, "subject")),
                          .is_faded = json.n == 0};
    ret->rows = ARENA_ARRAY(req_mem(rq), struct taken_row, json_array_size(rows) + 1);
    json_array_foreach(rows, i, row)
    {
        read_taken(rq, row, &ret->rows[ret->n_rows++]);
    }
    json_decref(in);
}
