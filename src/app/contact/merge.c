/* merge.c: two records of one company or person become one. Everything happens through the verbs of
 * the things concerned, so that their rules and their audit rows hold here as well. */
#include "app/contact/merge.h"

#include "app/project/project.h"
#include "app/time/time.h"
#include "app/workspace/workspace.h"
#include "base/text.h"
#include "guard/audit.h"

#include "contact.sql.h"
#include "merge.sql.h"

enum { TAGS_MAX = 500, TAG_COUNT_MAX = 20, COMMENTS_MAX = 20000, COMMENTS_BYTES = 128 * 1024 };

/* clang-format off */
static const struct field merge_fields[] = {
    FIELD(struct contact_merge_form, drop, T_contact_merge_other, .required = true, .min = 1, .max = INT64_MAX),
    FIELD(struct contact_merge_form, version, T_general_version, .required = true, .min = 0, .max = INT32_MAX),
    FIELD(struct contact_merge_form, other_version, T_general_version, .required = true, .min = 0, .max = INT32_MAX),
};
/* clang-format on */
const struct form_def contact_merge_form_def = FORM_DEF(contact_merge_form, merge_fields);

/* --- two forms become one -------------------------------------------------------------------- */

static bool
has_tag(struct arena *mem, struct str tags, struct str wanted)
{
    struct str rest = tags, tag;

    while (rest.n > 0 && str_cut(&rest, ',', &tag)) {
        if (str_eq(contact_tag_key(mem, tag), wanted)) {
            return true;
        }
    }
    return false;
}

/* The tags of both, as many as there may be. */
static struct str
join_tags(struct arena *mem, struct str keep, struct str drop)
{
    struct str rest = drop, tag, all = keep;
    size_t n = 1;

    for (size_t i = 0; i < keep.n; i++) {
        n += keep.p[i] == ',' ? 1 : 0;
    }
    while (rest.n > 0 && n < TAG_COUNT_MAX && str_cut(&rest, ',', &tag)) {
        tag = str_trim(tag);
        if (tag.n > 0 && all.n + tag.n + 2 <= TAGS_MAX &&
            !has_tag(mem, all, contact_tag_key(mem, tag))) {
            all = arena_fmt(mem, "%.*s%s%.*s", STR_FMT(all), all.n > 0 ? ", " : "", STR_FMT(tag));
            n++;
        }
    }
    return all;
}

/* Fields that are decided otherwise, or are none of the record's own. */
static bool
is_apart(const struct field *f)
{
    return strcmp(f->name, "version") == 0 || strcmp(f->name, "address_id") == 0 ||
           strcmp(f->name, "manager_user_id") == 0 || strcmp(f->name, "status") == 0;
}

/* Fills the gaps of `keep` from `drop`. What they say differently is put behind the comments, which
 * like the tags are members of `keep`. tags: NULL for people, who have none. */
static void
join_forms(struct arena *mem, const struct form_def *def, enum lang lang, void *keep,
           const void *drop, struct str *tags, struct str *comments)
{
    struct out lost = out_new(mem, COMMENTS_BYTES);

    for (size_t i = 0; i < def->n; i++) {
        const struct field *f = &def->fields[i];
        struct str a = field_print(mem, f, keep), b = field_print(mem, f, drop);
        bool is_comment = strcmp(f->name, "comments") == 0;

        if (tags != NULL && strcmp(f->name, "tags") == 0) {
            *tags = join_tags(mem, a, b);
        } else if (b.n == 0 || is_apart(f) || field_same(f, keep, drop)) {
            continue;
        } else if (a.n == 0) {
            field_copy(f, keep, drop);
        } else if (is_comment) {
            out_fmt(&lost, "\n%.*s", STR_FMT(b));
        } else {
            out_fmt(&lost, "\n%.*s: %.*s", STR_FMT(text_get(f->label, lang)), STR_FMT(b));
        }
    }
    if (out_view(&lost).n > 0) {
        struct str all = arena_fmt(mem, "%.*s%.*s", STR_FMT(*comments), STR_FMT(out_view(&lost)));

        *comments = contact_cut(str_trim(all), COMMENTS_MAX);
    }
}

/* --- what both have -------------------------------------------------------------------------- */

struct merging {
    struct wtx *tx;
    struct company_id keep, drop;
    enum lang lang;
};

static bool
same_text(struct arena *mem, struct str a, struct str b)
{
    return str_eq(text_fold(mem, a), text_fold(mem, b));
}

static bool
same_place(struct arena *mem, const struct address_of_company_row *a,
           const struct address_of_company_row *b)
{
    return same_text(mem, a->street, b->street) && same_text(mem, a->street_no, b->street_no) &&
           same_text(mem, a->postal_code, b->postal_code) && same_text(mem, a->city, b->city) &&
           same_text(mem, a->address_name, b->address_name);
}

static enum rc
fold_address(struct merging *m, struct address_id keep, struct address_id drop)
{
    struct address_form a, b;
    struct contact_stamp stamp;
    struct company_id company;
    int64_t moved;

    TRY(address_form_find(wtx_read(m->tx), keep, &a, &company, &stamp));
    TRY(address_form_find(wtx_read(m->tx), drop, &b, &company, &stamp));
    join_forms(wtx_mem(m->tx), &address_form_def, m->lang, &a, &b, &a.tags, &a.comments);
    TRY(address_change(m->tx, keep, &a));
    TRY(person_rehouse(m->tx, &(struct person_rehouse_in){keep, drop}, &moved));
    return address_delete(m->tx, &(struct address_delete_in){drop});
}

/* Each address of the one that goes, which the other has as well. */
static enum rc
fold_addresses(struct merging *m)
{
    struct address_of_company_row *a, *b;
    struct rtx *tx = wtx_read(m->tx);
    size_t n_a, n_b;

    TRY(address_of_company(tx, &(struct address_of_company_in){m->keep}, &a, &n_a));
    TRY(address_of_company(tx, &(struct address_of_company_in){m->drop}, &b, &n_b));
    for (size_t i = 0; i < n_b; i++) {
        for (size_t k = 0; k < n_a; k++) {
            if (same_place(wtx_mem(m->tx), &a[k], &b[i])) {
                TRY(fold_address(m, a[k].address_id, b[i].address_id));
                break;
            }
        }
    }
    return OK;
}

static enum rc
move_projects(struct wtx *tx, struct company_id from, struct company_id to,
              struct person_id old_person, struct person_id new_person)
{
    struct merge_projects_row *rows;
    struct project_form f;
    size_t n;

    TRY(merge_projects(wtx_read(tx), &(struct merge_projects_in){from, old_person}, &rows, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(project_form_of(wtx_read(tx), rows[i].project_id, &f));
        f.company_id = from.n != 0 ? to : f.company_id;
        f.person_id = old_person.n != 0 ? new_person : f.person_id;
        TRY(project_change(tx, rows[i].project_id, &f));
    }
    return OK;
}

static enum rc
fold_person(struct wtx *tx, enum lang lang, struct person_id keep, struct person_id drop)
{
    struct person_form a, b;
    struct contact_stamp stamp;
    struct company_id company;

    TRY(person_form_find(wtx_read(tx), keep, &a, &company, &stamp));
    TRY(person_form_find(wtx_read(tx), drop, &b, &company, &stamp));
    a.manager_user_id = a.manager_user_id.n != 0 ? a.manager_user_id : b.manager_user_id;
    join_forms(wtx_mem(tx), &person_form_def, lang, &a, &b, NULL, &a.comments);
    TRY(person_change(tx, keep, &a));
    TRY(move_projects(tx, (struct company_id){0}, (struct company_id){0}, drop, keep));
    TRY(person_delete(tx, &(struct person_delete_in){drop}));
    return touch(tx, EVENT_PERSON_MERGED, SUBJECT(person, keep), &person_form_def, &b, NULL);
}

static bool
same_person(struct arena *mem, const struct person_of_company_row *a,
            const struct person_of_company_row *b)
{
    return same_text(mem, a->last_name, b->last_name) &&
           same_text(mem, a->first_name, b->first_name) &&
           (a->email.n == 0 || b->email.n == 0 || same_text(mem, a->email, b->email));
}

/* The persons were read before they moved. */
static enum rc
fold_persons(struct merging *m, const struct person_of_company_row *a, size_t n_a,
             const struct person_of_company_row *b, size_t n_b)
{
    for (size_t i = 0; i < n_b; i++) {
        for (size_t k = 0; k < n_a; k++) {
            if (same_person(wtx_mem(m->tx), &a[k], &b[i])) {
                TRY(fold_person(m->tx, m->lang, a[k].person_id, b[i].person_id));
                break;
            }
        }
    }
    return OK;
}

/* --- the verbs ------------------------------------------------------------------------------- */

static enum rc
need_versions(struct wtx *tx, int64_t a, int64_t form_a, int64_t b, int64_t form_b)
{
    if (a == form_a && b == form_b) {
        return OK;
    }
    return fail(wtx_err(tx), RC_CONFLICT, E_STALE, "versions %lld and %lld", (long long)a,
                (long long)b);
}

static enum rc
move_all(struct merging *m)
{
    struct person_of_company_row *a, *b;
    struct rtx *tx = wtx_read(m->tx);
    size_t n_a, n_b;
    int64_t moved;

    TRY(person_of_company(tx, &(struct person_of_company_in){m->keep}, &a, &n_a));
    TRY(person_of_company(tx, &(struct person_of_company_in){m->drop}, &b, &n_b));
    TRY(fold_addresses(m));
    TRY(address_move(m->tx, &(struct address_move_in){m->keep, m->drop}, &moved));
    TRY(person_move(m->tx, &(struct person_move_in){m->keep, m->drop}, &moved));
    TRY(move_projects(m->tx, m->drop, m->keep, (struct person_id){0}, (struct person_id){0}));
    TRY(category_move(m->tx, m->drop, m->keep));
    return fold_persons(m, a, n_a, b, n_b);
}

enum rc
company_merge(struct wtx *tx, struct company_id keep, const struct contact_merge_form *f)
{
    struct merging m = {.tx = tx, .keep = keep, .drop = {f->drop}};
    struct company_form a, b;
    struct contact_stamp stamp;
    struct settings s;
    int64_t removed;

    if (keep.n == f->drop) {
        return fail_field(wtx_err(tx), "drop", RC_INVALID, E_FIELD_ID, "");
    }
    TRY(company_form_find(wtx_read(tx), keep, &a, &stamp));
    TRY(company_form_find(wtx_read(tx), m.drop, &b, &stamp));
    TRY(need_versions(tx, a.version, f->version, b.version, f->other_version));
    TRY(settings_get(wtx_read(tx), &s));
    m.lang = (enum lang)s.lang;
    TRY(move_all(&m));
    join_forms(wtx_mem(tx), &company_form_def, m.lang, &a, &b, &a.tags, &a.comments);
    TRY(company_change(tx, keep, &a));
    TRY(tag_clear(tx, &(struct tag_clear_in){m.drop}, &removed));
    TRY(company_delete(tx, &(struct company_delete_in){m.drop}));
    return touch(tx, EVENT_COMPANY_MERGED, SUBJECT(company, keep), &company_form_def, &b, NULL);
}

enum rc
person_merge(struct wtx *tx, struct person_id keep, const struct contact_merge_form *f)
{
    struct person_form a, b;
    struct person_id drop = {f->drop};
    struct company_id company, other;
    struct contact_stamp stamp;
    struct settings s;

    TRY(person_form_find(wtx_read(tx), keep, &a, &company, &stamp));
    TRY(person_form_find(wtx_read(tx), drop, &b, &other, &stamp));
    if (keep.n == drop.n || company.n != other.n) {
        return fail_field(wtx_err(tx), "drop", RC_INVALID, E_FIELD_ID, "");
    }
    TRY(need_versions(tx, a.version, f->version, b.version, f->other_version));
    TRY(settings_get(wtx_read(tx), &s));
    return fold_person(tx, (enum lang)s.lang, keep, drop);
}
