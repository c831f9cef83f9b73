/* import.c: see import.h. */
#include "app/contact/import.h"

#include <assert.h>

#include "app/contact/contact_own.h"
#include "app/contact/import_book.h"

#include "import.sql.h"

enum { ROW_BYTES_MAX = 8 * 1024 * 1024 };
#define HOUR_US (3600LL * 1000 * 1000)

enum text
import_verdict_text(enum import_verdict v)
{
    static const enum text texts[IMPORT_VERDICTS] = {
        [IMPORT_ALL] = T_import_verdict_all,
        [IMPORT_NEW_COMPANY] = T_import_verdict_new_company,
        [IMPORT_NEW_ADDRESS] = T_import_verdict_new_address,
        [IMPORT_NEW_PERSON] = T_import_verdict_new_person,
        [IMPORT_KNOWN] = T_import_verdict_known,
        [IMPORT_DIFFERENT] = T_import_verdict_different,
        [IMPORT_FAULT] = T_import_verdict_fault,
    };

    return texts[v];
}

/* --- one walk over the rows ------------------------------------------------------------------ */

struct walk {
    struct rtx *tx;
    struct wtx *wtx;       /* NULL: dry */
    struct arena *scratch; /* of one row */
    struct import_columns columns;
    struct book book;
    struct import_counts counts;
    const struct import_view *view;
    struct import_line *lines, *faulty; /* of the view; faulty when it wants faults first */
    size_t n_lines, n_faulty;
    struct import_difference differences[IMPORT_DIFFERENCES_MAX]; /* of the row */
    size_t n_differences;
};

/* What a row means beside what is there. */
struct plan {
    struct book_company *company; /* NULL: new */
    struct book_address *address; /* NULL: new, or none */
    struct book_person *person;   /* NULL: new, or none */
    bool new_address, new_person;
};

static void
plan_row(struct walk *w, struct import_row *row, struct plan *ret_plan)
{
    struct plan p = {0};
    bool ambiguous;

    p.company = book_find_company(&w->book, w->scratch, row, &ambiguous);
    if (ambiguous) {
        import_row_fault(row, &w->columns, LEVEL_COMPANY, "name", E_IMPORT_AMBIGUOUS, STR(""));
    }
    if (p.company != NULL) {
        p.address = book_find_address(p.company, w->scratch, row);
        p.person = row->has_person ? book_find_person(p.company, w->scratch, row) : NULL;
    }
    p.new_address = row->has_address && p.address == NULL;
    p.new_person = row->has_person && p.person == NULL;
    if (p.new_person && p.address == NULL && !p.new_address) {
        import_row_fault(row, &w->columns, LEVEL_ADDRESS, "city", E_IMPORT_NO_ADDRESS, STR(""));
    }
    *ret_plan = p;
}

/* What the file says otherwise than the stored rows; only a page asks. */
static enum rc
compare(struct walk *w, const struct import_row *row, const struct plan *p)
{
    const struct import_known known = {
        .company = p->company != NULL ? p->company->id : (struct company_id){0},
        .address = p->address != NULL ? p->address->id : (struct address_id){0},
        .person = p->person != NULL ? p->person->id : (struct person_id){0},
    };

    w->n_differences = 0;
    return w->view == NULL || row->n_faults > 0
               ? OK
               : import_compare(w->tx, row, &known, w->differences, &w->n_differences);
}

static enum import_verdict
verdict_of(const struct walk *w, const struct import_row *row, const struct plan *p)
{
    if (row->n_faults > 0) {
        return IMPORT_FAULT;
    }
    if (p->company == NULL) {
        return IMPORT_NEW_COMPANY;
    }
    if (p->new_address) {
        return IMPORT_NEW_ADDRESS;
    }
    if (p->new_person) {
        return IMPORT_NEW_PERSON;
    }
    return w->n_differences > 0 ? IMPORT_DIFFERENT : IMPORT_KNOWN;
}

/* The three pieces of a plan: written (unless dry), and put into the book. */
static enum rc
follow_company(struct walk *w, struct import_row *row, struct plan *p)
{
    struct company_id id = {0};

    if (w->wtx != NULL) {
        TRY(company_put_new(w->wtx, &row->company, &id));
    }
    p->company = book_add_company(&w->book, id, row->company.name, row->company.code);
    w->counts.new_companies++;
    return OK;
}

static enum rc
follow_address(struct walk *w, struct import_row *row, struct plan *p)
{
    const struct address_form *a = &row->address;
    struct address_id id = {0};

    if (w->wtx != NULL) {
        TRY(address_put_new(w->wtx, p->company->id, &row->address, &id));
    }
    p->address = book_add_address(&w->book, p->company, id, a->postal_code, a->city, a->street,
                                  a->street_no);
    w->counts.new_addresses++;
    return OK;
}

static enum rc
follow_person(struct walk *w, struct import_row *row, const struct plan *p)
{
    struct person_id id = {0};

    if (w->wtx != NULL) {
        assert(p->address != NULL); /* plan_row: a new person without an address is a fault */
        row->person.address_id = p->address->id;
        TRY(person_put_new(w->wtx, p->company->id, &row->person, &id));
    }
    (void)book_add_person(&w->book, p->company, id, row->person.first_name, row->person.last_name,
                          row->person.email);
    w->counts.new_persons++;
    return OK;
}

static enum rc
follow(struct walk *w, struct import_row *row, struct plan *p)
{
    if (p->company == NULL) {
        TRY(follow_company(w, row, p));
    }
    if (p->new_address) {
        TRY(follow_address(w, row, p));
    }
    return p->new_person ? follow_person(w, row, p) : OK;
}

/* Copies the row for the page. */
static struct import_line
line_of(struct walk *w, const struct import_row *row, enum import_verdict verdict)
{
    struct arena *mem = rtx_mem(w->tx);
    struct import_fault *faults = ARENA_ARRAY(mem, struct import_fault, row->n_faults);
    struct import_difference *differences =
        ARENA_ARRAY(mem, struct import_difference, w->n_differences);

    for (size_t i = 0; i < row->n_faults; i++) {
        faults[i] = row->faults[i];
        faults[i].column = arena_copy(mem, faults[i].column);
        faults[i].arg = arena_copy(mem, faults[i].arg);
    }
    for (size_t i = 0; i < w->n_differences; i++) {
        differences[i] = w->differences[i];
        differences[i].there = arena_copy(mem, differences[i].there);
        differences[i].here = arena_copy(mem, differences[i].here);
    }
    return (struct import_line){
        .line = row->line,
        .verdict = verdict,
        .company = arena_copy(mem, row->company.name),
        .person =
            arena_fmt(mem, "%.*s%s%.*s", STR_FMT(row->person.first_name),
                      row->person.first_name.n > 0 ? " " : "", STR_FMT(row->person.last_name)),
        .city = arena_copy(mem, row->address.city),
        .faults = faults,
        .n_faults = row->n_faults,
        .differences = differences,
        .n_differences = w->n_differences,
    };
}

/* Keeps the row when it is one of those that were asked for; false when it is not. */
static bool
show(struct walk *w, const struct import_row *row, enum import_verdict verdict)
{
    const struct import_view *v = w->view;
    struct import_line line;
    int64_t before;
    bool wanted, fault;

    if (v == NULL) {
        return false;
    }
    before = w->counts.verdict[v->only];
    wanted = (v->only == IMPORT_ALL || v->only == verdict) && before >= v->from &&
             before < v->from + v->max;
    fault = w->faulty != NULL && verdict == IMPORT_FAULT && (int64_t)w->n_faulty < v->max;
    if (!wanted && !fault) {
        return false;
    }
    line = line_of(w, row, verdict);
    if (wanted) {
        w->lines[w->n_lines++] = line;
    }
    if (fault) {
        w->faulty[w->n_faulty++] = line;
    }
    return true;
}

static enum rc
take_row(struct walk *w, const struct csv_reader *rd, bool *ret_shown)
{
    enum import_verdict verdict;
    struct import_row row;
    struct plan plan;

    if (book_is_full(&w->book)) {
        return fail(rtx_err(w->tx), RC_LIMIT, E_LIMIT, "the book is full at line %zu", rd->line);
    }
    import_row_read(w->scratch, rd, &w->columns, &row);
    plan_row(w, &row, &plan);
    TRY(compare(w, &row, &plan));
    verdict = verdict_of(w, &row, &plan);
    *ret_shown = show(w, &row, verdict);
    w->counts.rows++;
    w->counts.verdict[IMPORT_ALL]++;
    w->counts.verdict[verdict]++;
    return verdict == IMPORT_FAULT ? OK : follow(w, &row, &plan);
}

static struct import_result
result_of(const struct walk *w)
{
    if (w->n_faulty > 0) {
        return (struct import_result){w->counts, IMPORT_FAULT, w->faulty, w->n_faulty};
    }
    return (struct import_result){w->counts, w->view == NULL ? IMPORT_ALL : w->view->only, w->lines,
                                  w->n_lines};
}

static struct import_line *
lines_for(struct rtx *tx, const struct import_view *view, bool wanted)
{
    return view == NULL || !wanted
               ? NULL
               : ARENA_ARRAY(rtx_mem(tx), struct import_line, (size_t)view->max);
}

/* All rows. Verbs and reads allocate from the transaction's arena; it is taken back after each row
 * that is not shown. */
static enum rc
walk_rows(struct rtx *tx, struct wtx *wtx, const struct import_draft *draft,
          const struct import_view *view, struct import_result *ret_result)
{
    AUTO_ARENA struct arena *book_mem = arena_new(BOOK_BYTES_MAX);
    AUTO_ARENA struct arena *scratch = arena_new(ROW_BYTES_MAX);
    AUTO_ARENA struct arena *fold = arena_new(ROW_BYTES_MAX);
    struct walk w = {
        .tx = tx,
        .wtx = wtx,
        .scratch = scratch,
        .columns = {&draft->map, draft->header},
        .view = view,
        .lines = lines_for(tx, view, true),
        .faulty = lines_for(tx, view, view != NULL && view->faults_first),
    };
    struct csv_reader rd;

    TRY(book_load(&w.book, book_mem, fold, tx));
    csv_start(&rd, rtx_mem(tx), &draft->csv);
    (void)csv_next(&rd); /* the header */
    while (csv_next(&rd)) {
        struct arena_mark mark = arena_mark(rtx_mem(tx));
        bool shown = false;

        TRY(take_row(&w, &rd, &shown));
        arena_reset(scratch);
        if (!shown) {
            arena_back(rtx_mem(tx), mark);
        }
    }
    *ret_result = result_of(&w);
    return OK;
}

enum rc
import_check(struct rtx *tx, const struct import_draft *draft, const struct import_view *view,
             struct import_result *ret_result)
{
    return walk_rows(tx, NULL, draft, view, ret_result);
}

/* --- drafts ---------------------------------------------------------------------------------- */

static struct instant
oldest(struct instant now)
{
    return (struct instant){now.us - IMPORT_KEEP_H * HOUR_US};
}

enum rc
contact_import_expire(struct wtx *tx, int64_t *ret_removed)
{
    struct instant until = oldest(wtx_now(tx));
    int64_t files;

    wtx_allow_untouched(tx, "drafts of imports expire");
    TRY(import_file_expire(tx, &(struct import_file_expire_in){until}, &files));
    return import_expire(tx, &(struct import_expire_in){until}, ret_removed);
}

static enum rc
remove_draft(struct wtx *tx, struct import_id id)
{
    int64_t n;

    TRY(import_file_remove(tx, &(struct import_file_remove_in){id}, &n));
    return import_remove(tx, &(struct import_remove_in){id}, &n);
}

static enum rc
make_room(struct wtx *tx)
{
    struct import_drafts_row *drafts;
    int64_t removed;
    size_t n;

    TRY(contact_import_expire(tx, &removed));
    TRY(import_drafts(wtx_read(tx), &(struct import_drafts_in){wtx_user(tx), oldest(wtx_now(tx))},
                      &drafts, &n));
    for (size_t i = IMPORT_DRAFTS_MAX - 1; i < n; i++) {
        TRY(remove_draft(tx, drafts[i].import_id));
    }
    return OK;
}

static const struct str *
read_header(struct arena *mem, const struct csv *csv)
{
    struct str *header = ARENA_ARRAY(mem, struct str, csv->n_columns);
    struct csv_reader rd;

    csv_start(&rd, mem, csv);
    (void)csv_next(&rd);
    for (size_t i = 0; i < csv->n_columns; i++) {
        header[i] = arena_copy(mem, csv_clean(mem, csv_cell(&rd, i), false));
    }
    return header;
}

enum rc
import_add(struct wtx *tx, struct bytes file, struct str name, struct import_id *ret_id)
{
    struct arena *mem = wtx_mem(tx);
    struct import_map map;
    struct import_id id;
    struct csv csv;

    TRY(csv_open(mem, file, wtx_err(tx), &csv));
    import_guess(mem, read_header(mem, &csv), csv.n_columns, &map);
    TRY(make_room(tx));
    TRY(wtx_new_id(tx, "import", &id.n));
    TRY(import_insert(tx, &(struct import_insert_in){
                              .import_id = id,
                              .file_name = contact_cut(csv_clean(mem, name, false), 255),
                              .mapping = import_map_print(mem, &map),
                              .created_user_id = wtx_user(tx),
                              .created_at = wtx_now(tx),
                          }));
    TRY(import_file_insert(tx, &(struct import_file_insert_in){id, file}));
    TRY(touch(tx, EVENT_IMPORT_UPLOADED, SUBJECT(import, id), NULL, NULL, NULL));
    *ret_id = id;
    return OK;
}

static enum rc
import_row_of(struct rtx *tx, struct import_id id, struct import_get_row *ret_row)
{
    bool found;

    TRY(import_get(tx, &(struct import_get_in){id, oldest(rtx_now(tx))}, ret_row, &found));
    return found ? OK : fail(rtx_err(tx), RC_MISSING, E_MISSING, "import");
}

enum rc
import_find(struct rtx *tx, struct import_id id, struct import_draft *ret_draft)
{
    struct arena *mem = rtx_mem(tx);
    struct import_file_get_row file;
    struct import_get_row r;
    struct import_draft d = {0};

    TRY(import_row_of(tx, id, &r));
    d.file_name = r.file_name;
    d.done = r.done;
    d.version = r.version;
    d.counts.new_companies = r.new_companies;
    d.counts.new_addresses = r.new_addresses;
    d.counts.new_persons = r.new_persons;
    d.counts.verdict[IMPORT_KNOWN] = r.known_rows;
    d.counts.verdict[IMPORT_FAULT] = r.left_rows;
    if (!d.done) {
        TRY(import_file_get(tx, &(struct import_file_get_in){id}, &file));
        TRY(csv_open(mem, file.file_bytes, rtx_err(tx), &d.csv));
        d.header = read_header(mem, &d.csv);
        if (import_map_parse(r.mapping, d.csv.n_columns, &d.map) != OK) {
            /* A newer program may know other fields: guess anew. */
            import_guess(mem, d.header, d.csv.n_columns, &d.map);
        }
    }
    *ret_draft = d;
    return OK;
}

enum rc
import_change_map(struct wtx *tx, struct import_id id, const struct import_map *map,
                  int64_t version)
{
    struct str mapping = import_map_print(wtx_mem(tx), map);

    TRY(import_set_mapping(tx, &(struct import_set_mapping_in){mapping, id, version}));
    return touch(tx, EVENT_IMPORT_MAPPED, SUBJECT(import, id), NULL, NULL, NULL);
}

enum rc
import_drop(struct wtx *tx, struct import_id id)
{
    TRY(remove_draft(tx, id));
    return touch(tx, EVENT_IMPORT_DROPPED, SUBJECT(import, id), NULL, NULL, NULL);
}

enum rc
import_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    struct import_get_row r;

    (void)write;
    TRY(import_row_of(tx, (struct import_id){id}, &r));
    return r.created_user_id.n == who->user.n
               ? OK
               : fail(rtx_err(tx), RC_MISSING, E_MISSING, "somebody else's import");
}

/* --- writing --------------------------------------------------------------------------------- */

/* What the audit keeps of an import: how much, not whom. */
struct import_audit {
    int64_t new_companies, new_addresses, new_persons, known_rows, left_rows;
};
static const struct field import_audit_fields[] = {
    FIELD(struct import_audit, new_companies, T_import_new_companies),
    FIELD(struct import_audit, new_addresses, T_import_new_addresses),
    FIELD(struct import_audit, new_persons, T_import_new_persons),
    FIELD(struct import_audit, known_rows, T_import_known_rows),
    FIELD(struct import_audit, left_rows, T_import_left_rows),
};
static const struct form_def import_audit_def = FORM_DEF(import_audit, import_audit_fields);

enum rc
import_apply(struct wtx *tx, struct import_id id, int64_t version, int64_t left_out)
{
    struct import_draft draft;
    struct import_result r;
    struct import_audit a;
    int64_t files;

    TRY(import_find(wtx_read(tx), id, &draft));
    if (draft.done || draft.version != version) {
        return fail(wtx_err(tx), RC_CONFLICT, draft.done ? E_IMPORT_DONE : E_STALE, "import");
    }
    TRY(walk_rows(wtx_read(tx), NULL, &draft, NULL, &r));
    if (r.counts.verdict[IMPORT_FAULT] != left_out) {
        return fail(wtx_err(tx), RC_CONFLICT, E_IMPORT_FAULTS, "%lld rows",
                    (long long)r.counts.verdict[IMPORT_FAULT]);
    }
    TRY(walk_rows(wtx_read(tx), tx, &draft, NULL, &r));
    a = (struct import_audit){r.counts.new_companies, r.counts.new_addresses, r.counts.new_persons,
                              r.counts.verdict[IMPORT_KNOWN], r.counts.verdict[IMPORT_FAULT]};
    TRY(import_set_done(tx, &(struct import_set_done_in){a.new_companies, a.new_addresses,
                                                         a.new_persons, a.known_rows, a.left_rows,
                                                         id, version}));
    TRY(import_file_remove(tx, &(struct import_file_remove_in){id}, &files));
    return touch(tx, EVENT_CONTACTS_IMPORTED, SUBJECT(import, id), &import_audit_def, NULL, &a);
}
