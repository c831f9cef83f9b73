/* whose.c: whose times a page shows: one's own, or with TIME_WRITE_ALL another person's. */
#include "app/time/time_in.h"

enum rc
time_people_options(struct rtx *tx, struct user_id chosen, struct option **ret_v, size_t *ret_n)
{
    struct time_people_row *u;
    struct arena *mem = rtx_mem(tx);
    TRY(time_people(tx, &u, ret_n));
    struct option *v = ARENA_ARRAY(mem, struct option, *ret_n);
    for (size_t i = 0; i < *ret_n; i++) {
        v[i] = (struct option){
            .value = arena_fmt(mem, "%lld", (long long)u[i].user_id.n),
            .label = arena_fmt(mem, "%.*s %.*s", STR_FMT(u[i].first_name), STR_FMT(u[i].last_name)),
            .selected = u[i].user_id.n == chosen.n};
    }
    *ret_v = v;
    return OK;
}

/* The number that the form was sent with, else the one of the link; 0: nobody, oneself, or no
 * number at all. */
static struct user_id
asked_for(struct req *rq)
{
    struct str sent = req_raw(rq, STR("user_id")), linked = req_query(rq, "person");
    struct str s = sent.p != NULL ? sent : linked.p != NULL ? linked : STR("");
    struct user_id id = {0};
    if (str_to_i64(s, &id.n) != OK || id.n < 0 || id.n == req_who(rq)->user.n) {
        id.n = 0;
    }
    return id;
}

enum rc
time_whose_fill(struct req *rq, struct rtx *tx, struct time_whose *ret)
{
    const struct principal *who = req_who(rq);
    struct user_id asked = asked_for(rq);
    struct time_person_row row;
    bool found = false;
    *ret = (struct time_whose){.user = who->user};
    if (may(who, RIGHT_TIME_WRITE_ALL) && asked.n != 0) {
        TRY(time_person(tx, &(struct time_person_in){.user_id = asked}, &row, &found));
    }
    if (found) {
        ret->user = ret->other = asked;
        ret->name =
            arena_fmt(rtx_mem(tx), "%.*s %.*s", STR_FMT(row.first_name), STR_FMT(row.last_name));
    } else {
        TRY(time_person(tx, &(struct time_person_in){.user_id = who->user}, &row, &found));
    }
    ret->week = found ? row.week_minutes : (struct minutes){0};
    return may(who, RIGHT_TIME_WRITE_ALL)
               ? time_people_options(tx, ret->user, &ret->people, &ret->n_people)
               : OK;
}
