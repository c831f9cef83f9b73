/* print.c: every table as text, as of one read transaction (store.h). */
#include "store/sqlite.h"

enum { KEY_MAX = 100 };

static enum rc
print_rows(struct store *s, FILE *to, sqlite3_stmt *h, enum print_kind kind, struct err *err)
{
    int code;
    print_begin(to, h, kind);
    for (bool first = true; (code = sqlite3_step(h)) == SQLITE_ROW; first = false) {
        print_row(to, h, kind, first);
    }
    print_end(to, kind);
    (void)sqlite3_reset(h);
    return code == SQLITE_DONE ? OK : store_fail(s, err, code, "print");
}

static enum rc
print_table(struct store *s, const struct print_sink *sink, const char *name, enum print_kind kind,
            struct err *err)
{
    char text[STORE_ORDER_BYTES];
    int key[KEY_MAX];
    int n_key;
    bool again = true;
    sqlite3_stmt *h = NULL;
    TRY(store_order_by_key(s, err, name, text, key, &n_key));
    const int code = sqlite3_prepare_v2(s->db, text, -1, &h, NULL);
    if (code != SQLITE_OK) {
        return store_fail(s, err, code, text); /* uncovered: store_order_by_key prepared the same */
    }
    enum rc rc = OK;
    while (rc == OK && again) {
        again = false;
        rc = sink->begin(sink->arg, name, kind, err);
        rc = rc == OK ? print_rows(s, sink->to, h, kind, err) : rc;
        rc = rc == OK ? sink->end(sink->arg, err, &again) : rc;
    }
    sqlite3_finalize(h);
    return rc;
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
