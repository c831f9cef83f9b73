/* import_web.c: the pages of an import: file, columns, dry run, result. */
#include "app/contact/import_pages.h"

#include "import.tmpl.h"

enum { CHECK_ROWS = 50, SAMPLES = 3, SAMPLE_POINTS = 40, FAULTS_BYTES_MAX = 8 * 1024 * 1024 };

static const struct field upload_fields[] = {
    FIELD(struct import_upload_form, unused, T_import_file),
};
static const struct field map_fields[] = {
    FIELD(struct import_map_form, version, T_NONE),
};
static const struct field apply_fields[] = {
    FIELD(struct import_apply_form, version, T_NONE),
    FIELD(struct import_apply_form, leave_out, T_import_leave_out),
    FIELD(struct import_apply_form, n_faulty, T_import_faulty_rows, .min = 0, .max = CSV_ROWS_MAX),
};
const struct form_def import_upload_form_def = FORM_DEF(import_upload_form, upload_fields);
const struct form_def import_map_form_def = {.name = "import_map_form",
                                             .fields = map_fields,
                                             .n = COUNT(map_fields),
                                             .size = sizeof(struct import_map_form),
                                             .open = true};
const struct form_def import_apply_form_def = FORM_DEF(import_apply_form, apply_fields);

static struct url
import_url(struct req *rq, struct import_id id, const char *tail)
{
    return url_fmt(req_mem(rq), "/kontakte/import/%lld%s", (long long)id.n, tail);
}

/* --- the file -------------------------------------------------------------------------------- */

enum rc
import_get_start(struct req *rq, struct rtx *tx)
{
    struct import_start_page d = {.fault = STR("")};
    struct import_drafts_row *drafts;
    struct instant since = {req_now(rq).us - IMPORT_KEEP_H * 3600LL * 1000000};

    TRY(import_drafts(tx, &(struct import_drafts_in){rtx_user(tx), since}, &drafts, &d.n_drafts));
    d.drafts = drafts;
    contact_page(rq, T_import_title, STR_NONE);
    return reply_page(rq, import_start_html, &d);
}

enum rc
import_post_upload(struct req *rq, struct wtx *tx)
{
    struct import_id id;
    struct bytes file;
    struct str name;

    if (req_file(rq, &file, &name) != OK || file.n == 0) {
        return fail_field(req_err(rq), "file", RC_INVALID, E_IMPORT_NO_FILE, "");
    }
    TRY(import_add(tx, file, name, &id));
    return reply_done(rq, import_url(rq, id, ""), T_NONE);
}

/* Header and one example in the page's language; every header is one that import_guess() knows. */
enum rc
import_get_template(struct req *rq, struct rtx *tx)
{
    static const struct {
        const char *key, *example;
    } columns[] = {
        {"company.name",          "Weingut Steillage"          },
        {"company.status",        NULL                         },
        {"company.tags",          "Wein, Süden"               }, /* lint: text, because it is a sample row */
        {"address.street",        "Am Rebhang"                 },
        {"address.street_no",     "12"                         },
        {"address.postal_code",   "76829"                      },
        {"address.city",          "Rebental"                   },
        {"address.country",       ""                           },
        {"address.company_email", "info@steillage.example"     },
        {"address.company_phone", "06341 000 10"               },
        {"address.tax_no",        ""                           },
        {"person.title",          "Frau"                       },
        {"person.first_name",     "Änne"                      }, /* lint: text, because it is a sample row */
        {"person.last_name",      "Großmann"                  }, /* lint: text, because it is a sample row */
        {"person.position",       "Vertrieb"                   },
        {"person.email",          "grossmann@steillage.example"},
        {"person.phone",          "06341 000 12"               },
        {"person.mobile",         ""                           },
    };
    const struct page *pg = req_page(rq);
    struct out o = out_new(req_mem(rq), 8192);
    int16_t t;

    (void)tx;
    out_str(&o, CSV_BOM);
    for (size_t i = 0; i < COUNT(columns); i++) {
        TRY(import_target_find(str_of(columns[i].key), &t));
        csv_put(&o, page_text(pg, import_targets[t].label, STR_NONE), i + 1 == COUNT(columns));
    }
    for (size_t i = 0; i < COUNT(columns); i++) {
        csv_put(&o,
                columns[i].example != NULL ? str_of(columns[i].example)
                                           : page_text(pg, T_contact_status_customer, STR_NONE),
                i + 1 == COUNT(columns));
    }
    return reply_bytes(rq, "text/csv; charset=utf-8",
                       page_text(pg, T_import_template_name, STR_NONE),
                       (struct bytes){(const uint8_t *)o.p, o.n});
}

/* --- columns --------------------------------------------------------------------------------- */

static enum text
encoding_text(enum csv_encoding e)
{
    return e == CSV_UTF8    ? T_import_encoding_utf8
           : e == CSV_UTF16 ? T_import_encoding_utf16
                            : T_import_encoding_cp1252;
}

static enum text
separator_text(char sep)
{
    return sep == ';'   ? T_import_separator_semicolon
           : sep == ',' ? T_import_separator_comma
                        : T_import_separator_tab;
}

static struct str
shorten(struct arena *mem, struct str s)
{
    size_t n = 0, i = 0;

    for (; i < s.n; i++) {
        if (((unsigned char)s.p[i] & 0xc0) != 0x80 && n++ == SAMPLE_POINTS) {
            return arena_fmt(mem, "%.*s…", (int)i, s.p);
        }
    }
    return arena_copy(mem, s);
}

/* The first values that are not empty, of each column. */
static void
find_samples(struct arena *mem, const struct import_draft *draft, struct import_column *columns)
{
    struct csv_reader rd;

    csv_start(&rd, mem, &draft->csv);
    (void)csv_next(&rd);
    for (int row = 0; row < 20 && csv_next(&rd); row++) {
        for (size_t i = 0; i < draft->map.n; i++) {
            struct str *samples = ARENA_ARRAY(mem, struct str, SAMPLES);
            struct str cell = csv_clean(mem, csv_cell(&rd, i), false);

            if (cell.n == 0 || columns[i].n_samples == SAMPLES) {
                continue;
            }
            for (size_t k = 0; k < columns[i].n_samples; k++) {
                samples[k] = columns[i].samples[k];
            }
            samples[columns[i].n_samples++] = shorten(mem, cell);
            columns[i].samples = samples;
        }
    }
}

static struct import_group
group_of(struct req *rq, enum import_level level, enum text label, int16_t selected)
{
    struct import_choice *c = ARENA_ARRAY(req_mem(rq), struct import_choice, n_import_targets);
    struct import_group g = {.label = label, .choices = c};

    for (size_t i = 0; i < n_import_targets; i++) {
        if (import_targets[i].level == level) {
            c[g.n_choices++] = (struct import_choice){
                .key = str_of(import_targets[i].key),
                .label = page_text(req_page(rq), import_targets[i].label, STR_NONE),
                .selected = (int16_t)i == selected,
            };
        }
    }
    return g;
}

/* The sentence about the form field of this name, "" without one. */
static struct str
fault_text(struct req *rq, struct str field)
{
    const struct page *pg = req_page(rq);

    for (size_t i = 0; i < pg->n_faults; i++) {
        if (str_eq(str_of(pg->faults[i].field), field)) {
            return page_error(pg, pg->faults[i].code, pg->faults[i].arg);
        }
    }
    return STR("");
}

static void
fill_columns(struct req *rq, const struct import_draft *draft, struct import_map_page *d)
{
    struct arena *mem = req_mem(rq);
    struct import_column *columns = ARENA_ARRAY(mem, struct import_column, draft->map.n);

    for (size_t i = 0; i < draft->map.n; i++) {
        struct import_group *groups = ARENA_ARRAY(mem, struct import_group, 3);
        struct str name = arena_fmt(mem, "c%zu", i), sent = req_raw(rq, name);
        int16_t target = draft->map.target[i];

        if (sent.p != NULL && import_target_find(sent, &target) != OK) {
            target = IMPORT_SKIP;
        }
        groups[0] = group_of(rq, LEVEL_COMPANY, T_import_group_company, target);
        groups[1] = group_of(rq, LEVEL_ADDRESS, T_import_group_address, target);
        groups[2] = group_of(rq, LEVEL_PERSON, T_import_group_person, target);
        columns[i] = (struct import_column){
            .no = i,
            .header = draft->header[i],
            .groups = groups,
            .n_groups = 3,
            .fault = fault_text(rq, name),
        };
    }
    find_samples(mem, draft, columns);
    d->columns = columns;
    d->n_columns = draft->map.n;
}

enum rc
import_get_map(struct req *rq, struct rtx *tx)
{
    struct import_map_page d = {.id = PATH_ID(rq, import)};
    struct import_draft draft;

    TRY(import_find(tx, d.id, &draft));
    if (draft.done) {
        return reply_redirect(rq, import_url(rq, d.id, "/ergebnis"));
    }
    d.file_name = draft.file_name;
    d.rows = (int64_t)draft.csv.n_rows;
    d.version = draft.version;
    d.encoding = encoding_text(draft.csv.encoding);
    d.separator = separator_text(draft.csv.sep);
    fill_columns(rq, &draft, &d);
    contact_page(rq, T_import_map_title, STR_NONE);
    return reply_page(rq, import_map_html, &d);
}

enum rc
import_post_map(struct req *rq, struct wtx *tx)
{
    struct import_id id = PATH_ID(rq, import);
    struct import_draft draft;
    struct import_map map;
    size_t column = 0;

    TRY(import_find(wtx_read(tx), id, &draft));
    if (draft.done) {
        return fail(req_err(rq), RC_CONFLICT, E_IMPORT_DONE, "import");
    }
    map = draft.map;
    for (size_t i = 0; i < map.n; i++) {
        struct str name = arena_fmt(req_mem(rq), "c%zu", i), key = req_raw(rq, name);

        if (key.p != NULL && import_target_find(key, &map.target[i]) != OK) {
            req_fault(rq, name.p, E_FIELD_CHOICE, STR(""));
        }
    }
    enum code code = import_map_check(&map, &column);
    if (code != E_NONE) {
        req_fault(rq, arena_fmt(req_mem(rq), "c%zu", column).p, code, STR(""));
    }
    if (req_has_faults(rq)) {
        return OK;
    }
    TRY(import_change_map(tx, id, &map, req_form(rq, struct import_map_form)->version));
    return reply_done(rq, import_url(rq, id, "/pruefung"), T_NONE);
}

/* --- the dry run ----------------------------------------------------------------------------- */

static struct str
verdict_class(enum import_verdict v)
{
    switch (v) {
    case IMPORT_NEW_COMPANY:
    case IMPORT_NEW_ADDRESS:
    case IMPORT_NEW_PERSON:
        return STR("ok");
    case IMPORT_DIFFERENT:
        return STR("warn");
    case IMPORT_FAULT:
        return STR("bad");
    case IMPORT_ALL:
    case IMPORT_KNOWN:
    case IMPORT_VERDICTS:
        break;
    }
    return STR("idle");
}

static const struct import_line_fault *
fault_items(struct req *rq, const struct import_line *line)
{
    const struct page *pg = req_page(rq);
    struct import_line_fault *items =
        ARENA_ARRAY(req_mem(rq), struct import_line_fault, line->n_faults);

    for (size_t i = 0; i < line->n_faults; i++) {
        const struct import_fault *f = &line->faults[i];

        items[i] = (struct import_line_fault){
            .column = f->column.n > 0 || f->label == T_NONE ? f->column
                                                            : page_text(pg, f->label, STR_NONE),
            .text = page_error(pg, f->code, f->arg),
        };
    }
    return items;
}

static const struct import_line_item *
line_items(struct req *rq, const struct import_result *r)
{
    struct import_line_item *items = ARENA_ARRAY(req_mem(rq), struct import_line_item, r->n_lines);

    for (size_t i = 0; i < r->n_lines; i++) {
        const struct import_line *l = &r->lines[i];

        items[i] = (struct import_line_item){
            .line = (int64_t)l->line,
            .verdict = import_verdict_text(l->verdict),
            .verdict_class = verdict_class(l->verdict),
            .company = l->company,
            .person = l->person,
            .city = l->city,
            .faults = fault_items(rq, l),
            .n_faults = l->n_faults,
            .differences = l->differences,
            .n_differences = l->n_differences,
        };
    }
    return items;
}

/* One tab for each verdict that occurs, faults first. */
static void
fill_tabs(struct req *rq, struct import_check_page *d, enum import_verdict only)
{
    static const enum import_verdict order[] = {
        IMPORT_ALL,        IMPORT_FAULT,     IMPORT_NEW_COMPANY, IMPORT_NEW_ADDRESS,
        IMPORT_NEW_PERSON, IMPORT_DIFFERENT, IMPORT_KNOWN};
    struct import_tab *tabs = ARENA_ARRAY(req_mem(rq), struct import_tab, COUNT(order));

    for (size_t i = 0; i < COUNT(order); i++) {
        enum import_verdict v = order[i];

        if (v == IMPORT_ALL || d->counts.verdict[v] > 0) {
            tabs[d->n_tabs++] = (struct import_tab){
                .label = import_verdict_text(v),
                .n = d->counts.verdict[v],
                .to = url_fmt(req_mem(rq), "/kontakte/import/%lld/pruefung?zeige=%d",
                              (long long)d->id.n, (int)v),
                .current = v == only,
            };
        }
    }
    d->tabs = tabs;
}

/* ?zeige= is a verdict; without it a file with faults opens with them. */
static struct import_view
wanted(struct req *rq)
{
    struct str s = req_query(rq, "zeige");
    struct import_view view = {
        .only = IMPORT_ALL, .from = (req_page_no(rq) - 1) * CHECK_ROWS, .max = CHECK_ROWS};
    int64_t n;

    if (s.p != NULL && str_to_i64(s, &n) == OK && n >= 0 && n < IMPORT_VERDICTS) {
        view.only = (enum import_verdict)n;
    } else {
        view.from = 0;
        view.faults_first = true;
    }
    return view;
}

static void
fill_check(struct req *rq, const struct import_result *r, struct import_check_page *d)
{
    const struct page *pg = req_page(rq);

    d->counts = r->counts;
    d->n_faulty = r->counts.verdict[IMPORT_FAULT];
    d->n_known = r->counts.verdict[IMPORT_KNOWN] + r->counts.verdict[IMPORT_DIFFERENT];
    d->can_apply = d->n_faulty + d->n_known < r->counts.rows;
    d->rows = line_items(rq, r);
    d->n_rows = r->n_lines;
    fill_tabs(rq, d, r->only);
    d->foot = list_foot(rq,
                        url_fmt(req_mem(rq), "/kontakte/import/%lld/pruefung?zeige=%d&",
                                (long long)d->id.n, (int)r->only),
                        d->n_rows, r->counts.verdict[r->only]);
    if (pg->n_faults > 0) {
        d->fault = page_error(pg, pg->faults[0].code, pg->faults[0].arg);
    }
}

enum rc
import_get_check(struct req *rq, struct rtx *tx)
{
    struct import_check_page d = {.id = PATH_ID(rq, import), .fault = STR("")};
    const struct import_view view = wanted(rq);
    struct import_draft draft;
    struct import_result r;

    TRY(import_find(tx, d.id, &draft));
    if (draft.done) {
        return reply_redirect(rq, import_url(rq, d.id, "/ergebnis"));
    }
    TRY(import_check(tx, &draft, &view, &r));
    d.file_name = draft.file_name;
    d.version = draft.version;
    fill_check(rq, &r, &d);
    contact_page(rq, T_import_check_title, STR_NONE);
    return reply_page(rq, import_check_html, &d);
}

/* The sentences about a row, as one cell. */
static struct str
fault_cell(struct req *rq, const struct import_line *line)
{
    const struct import_line_fault *items = fault_items(rq, line);
    struct out o = out_new(req_mem(rq), 16 * 1024);

    for (size_t i = 0; i < line->n_faults; i++) {
        out_str(&o, i > 0 ? STR(" ") : STR(""));
        if (items[i].column.n > 0) {
            out_str(&o, items[i].column);
            out_str(&o, STR(": "));
        }
        out_str(&o, items[i].text);
    }
    return out_view(&o);
}

/* The rows with faults as the file has them, and what is wrong with each behind its cells; to be
 * corrected and uploaded again. */
enum rc
import_get_faults(struct req *rq, struct rtx *tx)
{
    const struct import_view view = {.only = IMPORT_FAULT, .max = CSV_ROWS_MAX};
    struct out o = out_new(req_mem(rq), FAULTS_BYTES_MAX);
    struct import_draft draft;
    struct import_result r;
    struct csv_reader rd;

    TRY(import_find(tx, PATH_ID(rq, import), &draft));
    if (draft.done) {
        return reply_redirect(rq, import_url(rq, PATH_ID(rq, import), "/ergebnis"));
    }
    TRY(import_check(tx, &draft, &view, &r));
    out_str(&o, CSV_BOM);
    csv_start(&rd, req_mem(rq), &draft.csv);
    (void)csv_next(&rd);
    for (size_t i = 0; i < draft.map.n; i++) {
        csv_put(&o, draft.header[i], false);
    }
    csv_put(&o, page_text(req_page(rq), T_import_fault, STR_NONE), true);
    for (size_t i = 0; i < r.n_lines && csv_next(&rd);) {
        if (rd.line == r.lines[i].line) {
            for (size_t k = 0; k < draft.map.n; k++) {
                csv_put(&o, csv_cell(&rd, k), false);
            }
            csv_put(&o, fault_cell(rq, &r.lines[i++]), true);
        }
    }
    if (!out_ok(&o)) {
        return fail(req_err(rq), RC_LIMIT, E_LIMIT, "rows with faults of %zu bytes", o.n);
    }
    return reply_bytes(rq, "text/csv; charset=utf-8",
                       page_text(req_page(rq), T_import_faults_name, STR_NONE),
                       (struct bytes){(const uint8_t *)o.p, o.n});
}

enum rc
import_post_apply(struct req *rq, struct wtx *tx)
{
    const struct import_apply_form *f = req_form(rq, struct import_apply_form);
    struct import_id id = PATH_ID(rq, import);

    TRY(import_apply(tx, id, f->version, f->leave_out ? f->n_faulty : 0));
    return reply_done(rq, import_url(rq, id, "/ergebnis"), T_NONE);
}

enum rc
import_post_drop(struct req *rq, struct wtx *tx)
{
    TRY(import_drop(tx, PATH_ID(rq, import)));
    return reply_done(rq, URL("/kontakte/import"), T_notice_contact_import_dropped);
}

enum rc
import_get_result(struct req *rq, struct rtx *tx)
{
    struct import_id id = PATH_ID(rq, import);
    struct import_result_page d;
    struct import_draft draft;

    TRY(import_find(tx, id, &draft));
    if (!draft.done) {
        return reply_redirect(rq, import_url(rq, id, "/pruefung"));
    }
    d = (struct import_result_page){draft.file_name, draft.counts,
                                    draft.counts.verdict[IMPORT_KNOWN],
                                    draft.counts.verdict[IMPORT_FAULT]};
    contact_page(rq, T_import_result_title, STR_NONE);
    return reply_page(rq, import_result_html, &d);
}
