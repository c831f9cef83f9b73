/* health_web.c: the console's page of what doctor found last, the worst first. */
#include "app/health/health_in.h"
#include "http/reply.h"

#include "health.sql.h"

struct health_row {
    struct str key, text;
    bool is_bad, is_warn;
    struct instant since_at;
};
struct health_page {
    struct health_row *rows;
    size_t n_rows;
    int64_t n_bad, n_warn;
    struct instant seen_at; /* the last look */
    bool is_old;            /* there should have been another since */
};

#include "health.tmpl.h"

static const int64_t LATE_US = 3LL * 3600 * 1000000; /* two looks missed */

enum rc
health_get(struct req *rq, struct rtx *tx)
{
    struct page *pg = req_page(rq);
    struct health_list_row *rows;
    struct health_page d = {0};
    TRY(health_list(tx, &rows, &d.n_rows));
    d.rows = ARENA_ARRAY(req_mem(rq), struct health_row, d.n_rows + 1);
    for (size_t i = 0; i < d.n_rows; i++) {
        const int64_t state = rows[i].finding_state;
        d.rows[i] = (struct health_row){
            .key = rows[i].finding_key,
            .text = pg->lang == LANG_EN ? rows[i].english_text : rows[i].german_text,
            .is_bad = state == HEALTH_BAD,
            .is_warn = state == HEALTH_WARN,
            .since_at = rows[i].since_at,
        };
        d.n_bad += state == HEALTH_BAD;
        d.n_warn += state == HEALTH_WARN;
        d.seen_at.us = d.seen_at.us > rows[i].seen_at.us ? d.seen_at.us : rows[i].seen_at.us;
    }
    d.is_old = d.n_rows > 0 && pg->now.us - d.seen_at.us > LATE_US;
    pg->nav = NAV_HEALTH;
    pg->title = page_text(pg, T_health_title, STR_NONE);
    return reply_page(rq, health_html, &d);
}
