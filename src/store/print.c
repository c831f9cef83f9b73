/* print.c: every table as text, as of one read transaction (store.h). */
#include "store/sqlite.h"

enum { KEY_MAX = 100, ROWS_A_LOOK = 64 };

static enum rc
print_rows(struct store *s, const struct print_sink *sink, sqlite3_stmt *h, enum print_kind kind,
           struct err *err)
{
    int code;
    print_begin(sink->to, h, kind);
    for (int64_t n = 0; (code = sqlite3_step(h)) == SQLITE_ROW; n++) {
        print_row(sink->to, h, kind, n == 0);
        if (n % ROWS_A_LOOK == 0 && ftello(sink->to) > sink->most) {
            return fail(err, RC_LIMIT, E_EXPORT_SIZE, "more than %lld bytes",
                        (long long)sink->most);
        }
    }
    print_end(sink->to, kind);
    return code == SQLITE_DONE ? OK : store_fail(s, err, code, "print");
}

static enum rc
print_table(struct store *s, const struct print_sink *sink, const char *name, enum print_kind kind,
            struct err *err)
{
    char text[STORE_ORDER_BYTES];
    int key[KEY_MAX];
    int n_key;
    sqlite3_stmt *h = NULL;
    TRY(store_order_by_key(s, err, name, text, key, &n_key));
    const int code = sqlite3_prepare_v2(s->db, text, -1, &h, NULL);
    if (code != SQLITE_OK) {
        return store_fail(s, err, code, text); /* uncovered: store_order_by_key prepared the same */
    }
    enum rc rc = sink->begin(sink->arg, name, kind, err);
    rc = rc == OK ? print_rows(s, sink, h, kind, err) : rc;
    sqlite3_finalize(h);
    return rc == OK ? sink->end(sink->arg, err) : rc;
}

static enum rc
print_all(struct store *s, const struct print_sink *sink, struct err *err)
{
    static const enum print_kind kinds[] = {PRINT_CSV, PRINT_JSON};
    for (size_t i = 0; i < s->def->n_tables; i++) {
        for (size_t k = 0; k < 2 && !s->def->tables[i].secret; k++) {
            TRY(print_table(s, sink, s->def->tables[i].name, kinds[k], err));
        }
    }
    return OK;
}

enum rc
store_print(struct store *s, const struct print_sink *sink, struct err *err)
{
    static const struct actor nobody = {.reason = "print"};
    AUTO_ARENA struct arena *mem = arena_new(1 << 16);
    struct rtx *tx;
    TRY(rtx_begin(s, mem, (struct instant){1}, &nobody, err, &tx));
    s->owner = NULL;
    s->deadline_us = 0;
    const enum rc rc = print_all(s, sink, err);
    rtx_end(tx);
    return rc == OK ? store_need_sound(s, err) : rc;
}
