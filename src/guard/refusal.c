/* refusal.c: see refusal.h. */
#include "guard/refusal.h"

#define REST_US ((int64_t)REFUSAL_REST_S * 1000000)
enum { TEXT = 64 };

/* Of one session; the texts are those of the first refusal that no row tells of yet. */
struct refusals {
    struct session_id session; /* {0}: of nobody */
    struct user_id user, actor;
    int64_t tries; /* that no row tells of yet */
    struct instant last_at, written_at;
    const char *path; /* pattern of the route */
    const char *why;  /* name of the code */
    char what[TEXT], network[TEXT];
};
static struct refusals sessions[REFUSAL_SESSIONS];

static bool
is_told(const struct call *c)
{
    /* The right to have it is missing, or it is not to be had (any more) as it was shown. */
    static const enum code told[] = {E_DENIED,        E_MISSING,        E_APPROVAL_RIGHT,
                                     E_APPROVAL_OWN,  E_APPROVAL_TWICE, E_APPROVAL_OFTEN,
                                     E_RESTORE_TWICE, E_PRICE_CHANGED,  E_RESTORE_CHANGED};

    for (size_t i = 0; i < COUNT(told) && c->who.user.n != 0; i++) {
        if (c->err.code == told[i]) {
            return true;
        }
    }
    return c->err.code == E_CSRF;
}

static struct refusals *
of_session(struct session_id id)
{
    struct refusals *oldest = &sessions[0];

    for (size_t i = 0; i < REFUSAL_SESSIONS; i++) {
        struct refusals *s = &sessions[i];
        if (s->last_at.us != 0 && s->session.n == id.n) {
            return s;
        }
        oldest = s->last_at.us < oldest->last_at.us ? s : oldest;
    }
    *oldest = (struct refusals){.session = id};
    return oldest;
}

void
refusal_note(const struct call *c)
{
    if (!is_told(c)) {
        return;
    }
    struct refusals *s = of_session(c->who.session);
    if (s->tries++ == 0) {
        s->user = c->who.user;
        s->actor = c->actor.user;
        s->path = c->route->path;
        s->why = code_name(c->err.code);
        snprintf(s->what, sizeof(s->what), "%.*s", TEXT - 1, c->err.detail);
        snprintf(s->network, sizeof(s->network), "%.*s", STR_FMT(c->network));
    }
    s->last_at = c->now;
}

static bool
is_due(const struct refusals *s, struct instant now)
{
    return s->tries > 0 && now.us >= s->written_at.us + REST_US;
}

bool
refusal_due(struct instant now)
{
    for (size_t i = 0; i < REFUSAL_SESSIONS; i++) {
        if (is_due(&sessions[i], now)) {
            return true;
        }
    }
    return false;
}

/* What the row says. */
struct refused {
    int64_t tries;
    struct str why, what, path;
};
static const struct field refused_fields[] = {
    FIELD(struct refused, tries, T_NONE), FIELD(struct refused, why, T_NONE),
    FIELD(struct refused, what, T_NONE), FIELD(struct refused, path, T_NONE)};
static const struct form_def refused_def = FORM_DEF(refused, refused_fields);

static enum rc
write_row(struct wtx *tx, const struct refusals *s)
{
    const struct refused said = {s->tries, str_of(s->why), str_of(s->what), str_of(s->path)};
    const struct subject whom =
        s->user.n != 0 ? SUBJECT(user, s->user) : (struct subject){.kind = NULL};

    wtx_allow_untouched(tx, "a refusal changes nothing");
    return touch(tx, EVENT_ACCESS_REFUSED, whom, &refused_def, NULL, &said);
}

enum rc
refusal_flush(struct store *store, struct arena *mem, struct instant now, struct err *err)
{
    for (size_t i = 0; i < REFUSAL_SESSIONS; i++) {
        struct refusals *s = &sessions[i];
        const struct actor who = {.user = s->actor, .network = str_of(s->network)};
        struct wtx *tx;
        if (!is_due(s, now)) {
            continue;
        }
        TRY(wtx_begin(store, mem, now, &who, err, &tx));
        enum rc rc = write_row(tx, s);
        rc = rc == OK ? wtx_commit(tx) : rc;
        wtx_rollback(tx); /* of nothing, when it was committed */
        TRY(rc);
        s->tries = 0;
        s->written_at = now;
    }
    return OK;
}

void
refusal_reset(void)
{
    memset(sessions, 0, sizeof(sessions));
}
