/* export_web.c: the page of the whole export: what is in it, an order, how far it is, the file. */
#include "app/transfer/pages.h"

#include <string.h>
#include <unistd.h>

#include "app/transfer/export_file.h"
#include "base/time.h"
#include "http/reply.h"

#include "export.sql.h"

static const struct field export_fields[] = {
    FIELD(struct export_form, recipient, T_export_recipient, .max = EXPORT_KEY_MAX, .token = "off",
          .area = true),
};
const struct form_def export_form_def = FORM_DEF(export_form, export_fields);

struct export_view {
    struct export_file_id id;
    struct str name; /* who ordered it */
    struct instant ordered_at, until;
    int64_t state, size;
    struct str hash;
    bool is_mine, is_own_key, is_readable;
    enum text why; /* it failed */
};
struct export_page {
    struct str fault; /* of a button that was refused */
    bool is_running;
    int64_t a_day, keep_days;
    struct export_form form;
    struct export_view *rows;
    size_t n_rows;
};
/* Shown once. */
struct export_key_page {
    struct export_file_id id;
    struct str secret;
};

#include "export.tmpl.h"

static struct export_view
view_of(struct req *rq, const struct export_list_row *e)
{
    const int64_t days = e->is_readable ? TABLES_KEEP_DAYS : EXPORT_KEEP_DAYS;
    const struct str full = str_trim(
        arena_fmt(req_mem(rq), "%.*s %.*s", STR_FMT(e->first_name), STR_FMT(e->last_name)));
    return (struct export_view){
        .id = e->id,
        .name = full.n > 0 ? full : e->login,
        .ordered_at = e->ordered_at,
        .until = {e->ended_at.us + days * 24 * 3600 * INT64_C(1000000)},
        .is_readable = e->is_readable,
        .state = e->export_state,
        .size = e->file_size,
        .hash = e->hash_text,
        .is_mine = e->user_id.n == req_who(rq)->user.n,
        .is_own_key = e->is_own_key,
        .why = e->export_state == EXPORT_FAILED
                   ? text_find(arena_fmt(req_mem(rq), "err.%.*s", STR_FMT(e->code_text)))
                   : T_NONE,
    };
}

enum rc
export_get(struct req *rq, struct rtx *tx)
{
    struct export_list_row *rows;
    struct page *pg = req_page(rq);
    struct export_page d = {.fault = STR(""),
                            .a_day = EXPORT_A_DAY,
                            .keep_days = EXPORT_KEEP_DAYS,
                            .form = {.recipient = STR("")}};
    TRY(export_list(tx, &rows, &d.n_rows));
    d.rows = ARENA_ARRAY(req_mem(rq), struct export_view, d.n_rows + 1);
    for (size_t i = 0; i < d.n_rows; i++) {
        d.rows[i] = view_of(rq, &rows[i]);
        d.is_running = d.is_running || rows[i].export_state == EXPORT_WANTED;
    }
    if (pg->n_faults > 0 && pg->faults[0].field == NULL) {
        d.fault = page_error(pg, pg->faults[0].code, pg->faults[0].arg);
    }
    if (d.is_running) { /* without script, too */
        reply_look_again(rq);
    }
    pg->nav = NAV_EXPORT;
    pg->title = page_text(pg, T_export_title, STR_NONE);
    return reply_page(rq, export_html, &d);
}

/* Answered with the page itself when a key was made: it stands nowhere else. */
enum rc
export_post(struct req *rq, struct wtx *tx)
{
    char secret[ARCHIVE_KEY_LINE + 1];
    struct export_key_page d;
    const struct export_form *f = req_form(rq, struct export_form);
    TRY(export_order(tx, str_trim(f->recipient), secret, &d.id));
    if (secret[0] == '\0') {
        return reply_done(rq, URL("/gesamtexport"), T_notice_export_ordered);
    }
    d.secret = arena_copy(req_mem(rq), str_trim(str_of(secret)));
    explicit_bzero(secret, sizeof(secret));
    struct page *pg = req_page(rq);
    pg->lang = req_who(rq)->lang == LANG_EN ? LANG_EN : LANG_DE;
    pg->theme = (enum theme)req_who(rq)->theme;
    pg->title = page_text(pg, T_export_key_title, STR_NONE);
    return reply_page_in(rq, export_key_html, &d, SHELL_PRINT);
}

enum rc
export_get_archive(struct req *rq, struct rtx *tx)
{
    int fd;
    char day[16];
    struct export_row_row e;
    bool found = false;
    TRY(export_row(tx, &(struct export_row_in){PATH_ID(rq, export_file)}, &e, &found));
    if (!found || e.is_readable || e.export_state != EXPORT_THERE) {
        return fail(req_err(rq), RC_MISSING, E_MISSING, "no file");
    }
    TRY(export_file_open(e.id.n, e.file_size, req_err(rq), &fd));
    (void)day_print(instant_day(e.ended_at), day);
    return reply_file(rq, "application/octet-stream",
                      arena_fmt(req_mem(rq), "gesamtexport-%s-%lld.kontor", day, (long long)e.id.n),
                      fd, e.hash_text);
}

enum rc
export_post_remove(struct req *rq, struct wtx *tx)
{
    TRY(export_remove(tx, PATH_ID(rq, export_file)));
    return reply_done(rq, URL("/gesamtexport"), T_notice_export_removed);
}

/* --- readable --------------------------------------------------------------------------------- */

enum rc
export_post_tables(struct req *rq, struct wtx *tx)
{
    struct export_file_id id;
    TRY(export_order_tables(tx, &id));
    return reply_done(rq, URL("/gesamtexport"), T_notice_export_tables);
}

static enum rc
open_tables(struct req *rq, struct rtx *tx, struct sealed_file *ret_file, struct str *ret_version)
{
    return export_open_tables(tx, PATH_ID(rq, export_file), ret_file, ret_version);
}

/* It leaves in plain, so whoever begins to fetch it proves who it is. Who goes on names what was
 * begun, which nobody else knows: a line that breaks asks for no password. */
enum rc
export_wants_proof(struct req *rq, struct rtx *tx, bool *ret_wanted)
{
    struct sealed_file f;
    struct str version;
    const struct str tied = req_header(rq, "if-range");
    *ret_wanted = true;
    if (tied.p == NULL || open_tables(rq, tx, &f, &version) != OK) {
        *req_err(rq) = (struct err){0};
        return OK;
    }
    (void)close(f.fd);
    explicit_bzero(f.key, sizeof(f.key));
    *ret_wanted = !str_eq(tied, arena_fmt(req_mem(rq), "\"%.*s\"", STR_FMT(version)));
    return OK;
}

enum rc
export_get_tables(struct req *rq, struct rtx *tx)
{
    char day[16];
    struct sealed_file f;
    struct str version;
    TRY(open_tables(rq, tx, &f, &version));
    (void)day_print(req_today(rq), day);
    return reply_sealed(rq, "application/x-tar",
                        arena_fmt(req_mem(rq), "gesamtexport-%s-%lld.tar", day,
                                  (long long)PATH_ID(rq, export_file).n),
                        &f, version);
}
