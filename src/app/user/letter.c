/* letter.c: a mail to one person in her language, line by line. Plain text; it names no customer
 * and no amount, and says what to do. */
#include "user_in.h"

#include "app/workspace/workspace.h"
#include "base/time.h"

/* --- where mail comes from ------------------------------------------------------------------- */
static struct mail_setting setting;

void
user_set_mail(const struct mail_setting *s)
{
    setting = *s;
    limit_links_on(s->is_on);
}

bool
user_mail_is_on(void)
{
    return setting.is_on;
}

struct str
user_origin(void)
{
    return setting.origin;
}

enum rc
user_agency(struct rtx *tx, const struct user_find_row *u, struct str *ret_name)
{
    struct settings s = {.agency_name = STR("")};

    if (u->group_no != GROUP_OPERATOR) { /* the console has no settings */
        TRY(settings_get(tx, &s));
    }
    *ret_name = s.agency_name.n > 0  ? s.agency_name
                : setting.name.n > 0 ? setting.name
                                     : STR("Kontor");
    return OK;
}

size_t
user_addresses(const struct user_find_row *u, struct str ret_v[static ADDRESSES_MAX])
{
    size_t n = 0;

    if (mail_address_is_valid(u->email)) {
        ret_v[n++] = u->email;
    }
    if (mail_address_is_valid(u->second_email) && !str_eq(u->second_email, u->email)) {
        ret_v[n++] = u->second_email;
    }
    return n;
}

struct str
user_addresses_said(struct arena *mem, const struct user_find_row *u)
{
    struct str to[ADDRESSES_MAX];
    const size_t n = user_addresses(u, to);

    return n == 0   ? STR("")
           : n == 1 ? to[0]
                    : arena_fmt(mem, "%.*s, %.*s", STR_FMT(to[0]), STR_FMT(to[1]));
}

/* --- the letter ------------------------------------------------------------------------------ */
void
letter_begin(struct letter *l, struct wtx *tx, const struct user_find_row *u, struct str agency)
{
    *l = (struct letter){
        .tx = tx,
        .user = u->id,
        .pg = {.mem = wtx_mem(tx), .lang = u->lang == LANG_EN ? LANG_EN : LANG_DE},
        .agency = agency,
        .body = out_new(wtx_mem(tx), MAIL_BODY_MAX)
    };
    letter_text(
        l, T_notice_mail_hello,
        str_trim(arena_fmt(l->pg.mem, "%.*s %.*s", STR_FMT(u->first_name), STR_FMT(u->last_name))));
    letter_line(l, STR(""));
}

void
letter_line(struct letter *l, struct str line)
{
    out_str(&l->body, line);
    out_char(&l->body, '\n');
}

void
letter_text(struct letter *l, enum text t, struct str arg)
{
    letter_line(l, page_text(&l->pg, t, arg));
}

struct str
letter_when(const struct letter *l, struct instant at)
{
    const struct civil c = day_civil(instant_day(at));
    char clock[8];
    const struct str time = clock_print(instant_clock(at), clock);

    return l->pg.lang == LANG_EN
               ? arena_fmt(l->pg.mem, "%04d-%02d-%02d, %.*s", c.year, c.month, c.dom, STR_FMT(time))
               : arena_fmt(l->pg.mem, "%02d.%02d.%04d, %.*s", c.dom, c.month, c.year,
                           STR_FMT(time));
}

enum rc
letter_send(const struct letter *l, enum mail_kind kind, enum text subject, struct str to)
{
    return mail_queue(l->tx, &(struct mail){.kind = kind,
                                            .user = l->user,
                                            .recipient = to,
                                            .subject = page_text(&l->pg, subject, l->agency),
                                            .body = out_view(&l->body)});
}
