/* time_web.c: the routes of times, timers and categories, and whose they are. */
#include "app/time/time_in.h"

/* --- scopes ---------------------------------------------------------------------------------- */

static enum rc
entry_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    struct time_owner_row e;
    bool found;
    TRY(time_owner(tx, &(struct time_owner_in){.id = {id}}, &e, &found));
    bool own = found && e.user_id.n == who->user.n;
    if (!found || (!own && !may(who, RIGHT_TIME_READ_ALL))) {
        return RC_MISSING;
    }
    return own || !write || may(who, RIGHT_TIME_WRITE_ALL) ? OK : RC_DENIED;
}

/* Nobody sees another one's timer, administrators neither. */
static enum rc
timer_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    struct timer_owner_row t;
    bool found;
    (void)write;
    TRY(timer_owner(tx, &(struct timer_owner_in){.id = {id}}, &t, &found));
    return found && t.user_id.n == who->user.n ? OK : RC_MISSING;
}

static enum rc
category_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    struct category_find_row k;
    (void)who;
    (void)write;
    return category_find(tx, &(struct category_find_in){.id = {id}}, &k);
}

static const struct scope scopes[] = {
    {.name = "time_entry", .check = entry_scope   },
    {.name = "timer",      .check = timer_scope   },
    {.name = "category",   .check = category_scope},
};

/* --- routes ---------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route routes[] = {
    GET ("/",                                        SELF,       time_get_start, .prepare = time_prepare_start),
    GET ("/zeiten",                                  TIME_WRITE, time_get_today),
    POST("/zeiten",                                  TIME_WRITE, TIME_ADDED,    time_form,  time_post_add, .again = time_again_day, .check = time_check_new),
    GET ("/zeiten/{day}",                            TIME_WRITE, time_get_day),
    GET ("/zeiten/woche/{day}",                      TIME_WRITE, time_get_week),
    POST("/zeiten/woche",                            TIME_WRITE, TIME_CHANGED,  time_week_form, time_post_week, .again = time_again_week),
    GET ("/zeiten/eintrag/{time_entry}",             TIME_WRITE, time_get_entry),
    POST("/zeiten/eintrag/{time_entry}",             TIME_WRITE, TIME_CHANGED,  time_form,  time_post_change, .again = time_get_entry, .check = time_check_change),
    POST("/zeiten/eintrag/{time_entry}/loeschen",    TIME_WRITE, TIME_REMOVED,  time_remove_form, time_post_remove, .again = time_get_entry),
    POST("/zeiten/uhren",                            TIME_WRITE, TIMER_STARTED, timer_form, timer_post_start, .again = time_again_day),
    GET ("/zeiten/uhren/{timer}",                    TIME_WRITE, timer_get),
    POST("/zeiten/uhren/{timer}/pause",              TIME_WRITE, TIMER_STOPPED, no_form,    timer_post_pause),
    POST("/zeiten/uhren/{timer}/weiter",             TIME_WRITE, TIMER_STARTED, no_form,    timer_post_resume),
    POST("/zeiten/uhren/{timer}/stopp",              TIME_WRITE, TIME_ADDED,    no_form,    timer_post_stop),
    POST("/zeiten/uhren/{timer}/buchen",             TIME_WRITE, TIME_ADDED,    time_form,  timer_post_book, .again = timer_get, .check = time_check_new),
    POST("/zeiten/uhren/{timer}/verwerfen",          TIME_WRITE, TIMER_DROPPED, no_form,    timer_post_drop),
    GET ("/projekte/{project}/zeiten",               TIME_WRITE, time_get_project),
    GET ("/projekte/{project}/zeiten/nachweis",      TIME_WRITE, time_get_statement),
    GET ("/projekte/{project}/zeiten/tabelle",       TIME_WRITE, time_get_csv),
    GET ("/einstellungen/kategorien",                CATEGORY_WRITE, category_get_list),
    GET ("/einstellungen/kategorien/neu",            CATEGORY_WRITE, category_get_new),
    POST("/einstellungen/kategorien",                CATEGORY_WRITE, CATEGORY_ADDED,   category_form, category_post_add, .again = category_get_new),
    GET ("/einstellungen/kategorien/{category}",     CATEGORY_WRITE, category_get),
    POST("/einstellungen/kategorien/{category}",     CATEGORY_WRITE, CATEGORY_CHANGED, category_form, category_post_change, .again = category_get),
};
/* clang-format on */

const struct domain time_domain = {
    .name = "time",
    .routes = routes,
    .n_routes = COUNT(routes),
    .scopes = scopes,
    .n_scopes = COUNT(scopes),
};
