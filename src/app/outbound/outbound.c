/* outbound.c: see outbound.h. The only file that reads or writes the table target. */
#include "app/outbound/inner.h"
#include "base/mime.h"
#include "base/net.h"
#include "guard/audit.h"
#include "guard/keys.h"
#include "guard/mail.h"
#include "outbound.sql.h"

enum { SMTPS = 465, SUBMISSION = 587, PASSWORD_MAX_CHARS = 200, SINCE_S = 30 * 24 * 60 * 60 };

static struct outbound_setup setup = {STR(""), false};

void
outbound_init(const struct outbound_setup *s)
{
    setup = *s;
}

const struct outbound_setup *
outbound_setup(void)
{
    return &setup;
}

/* --- forms ----------------------------------------------------------------------------------- */

/* clang-format off */
static const struct field mail_server_fields[] = {
    FIELD(struct mail_server_form, host, T_outbound_host, .required = true, .max = NET_NAME_MAX, .token = "off"),
    FIELD(struct mail_server_form, port, T_outbound_port, .required = true, .min = 1, .max = 65535),
    FIELD(struct mail_server_form, target_login, T_outbound_login, .required = true, .max = 100, .token = "off"),
    FIELD(struct mail_server_form, password, T_outbound_password, .max = PASSWORD_MAX_CHARS, .secret = true, .raw = true, .token = "new-password"),
    FIELD(struct mail_server_form, sender, T_outbound_sender, .required = true, .max = 254, .token = "off", .mode = "email"),
    FIELD(struct mail_server_form, provider, T_outbound_provider, .required = true, .max = 120, .token = "off"),
    FIELD(struct mail_server_form, country, T_outbound_country, .required = true, .max = 60, .token = "country-name"),
    FIELD(struct mail_server_form, contract_state, T_outbound_contract, .required = true, .min = CONTRACT_PRESENT, .max = CONTRACT_NOT_NEEDED),
    FIELD(struct mail_server_form, version, T_NONE),
};
static const struct field mail_server_on_fields[] = {
    FIELD(struct mail_server_on_form, confirmed, T_outbound_confirmed),
    FIELD(struct mail_server_on_form, version, T_NONE),
};
/* What the audit keeps of an attempt that was not made. */
struct denied_form {
    struct str target, why;
};
static const struct field denied_fields[] = {
    FIELD(struct denied_form, target, T_outbound_target),
    FIELD(struct denied_form, why, T_outbound_why),
};
/* clang-format on */
const struct form_def mail_server_form_def = FORM_DEF(mail_server_form, mail_server_fields);
const struct form_def mail_server_on_form_def =
    FORM_DEF(mail_server_on_form, mail_server_on_fields);
static const struct form_def denied_form_def = FORM_DEF(denied_form, denied_fields);

/* --- reading --------------------------------------------------------------------------------- */

struct str
target_name(struct arena *mem, struct str host, int64_t port)
{
    const bool bracket = str_find(host, STR(":"), 0) != SIZE_MAX;
    return arena_fmt(mem, bracket ? "[%.*s]:%lld" : "%.*s:%lld", STR_FMT(host), (long long)port);
}

enum rc
mail_server_get(struct rtx *tx, struct mail_server *ret_s)
{
    struct target_of_kind_row row;
    bool found;

    TRY(target_of_kind(tx, &(struct target_of_kind_in){TARGET_MAIL}, &row, &found));
    if (!found) {
        *ret_s = (struct mail_server){
            .form = {.host = STR(""),
                     .port = SMTPS,
                     .target_login = STR(""),
                     .password = STR(""),
                     .sender = STR(""),
                     .provider = STR(""),
                     .country = STR(""),
                     .contract_state = CONTRACT_MISSING}
        };
        return OK;
    }
    *ret_s = (struct mail_server){
        .id = row.id,
        .form = {.host = row.host,
                 .port = row.port,
                 .target_login = row.target_login,
                 .password = STR(""),
                 .sender = row.sender,
                 .provider = row.provider,
                 .country = row.country,
                 .contract_state = row.contract_state,
                 .version = row.version},
        .sealed = row.secret_sealed,
        .is_on = row.is_on,
        .switched_at = row.switched_at,
        .switched_user = row.switched_user_id,
    };
    return OK;
}

enum rc
own_server_find(struct rtx *tx, struct own_server *ret_s, bool *ret_found)
{
    struct mail_server s;

    *ret_found = false;
    if (!setup.own_allowed) {
        return OK;
    }
    TRY(mail_server_get(tx, &s));
    *ret_found = s.is_on;
    *ret_s = (struct own_server){.id = s.id,
                                 .host = s.form.host,
                                 .login = s.form.target_login,
                                 .sender = s.form.sender,
                                 .port = s.form.port,
                                 .sealed = s.sealed};
    return OK;
}

enum rc
own_server_state(struct rtx *tx, struct own_state *ret_s)
{
    struct mail_server s;

    TRY(mail_server_get(tx, &s));
    *ret_s = (struct own_state){.named = s.id.n != 0,
                                .is_on = s.is_on,
                                .name = target_name(rtx_mem(tx), s.form.host, s.form.port),
                                .switched_at = s.switched_at};
    return OK;
}

/* --- rules ----------------------------------------------------------------------------------- */

/* Names are written in any case and kept in one; longer ones are none. */
static struct str
lower(char buf[static NET_NAME_MAX], struct str s)
{
    const size_t n = s.n <= NET_NAME_MAX ? s.n : 0;

    for (size_t i = 0; i < n; i++) {
        buf[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + ('a' - 'A')) : s.p[i];
    }
    return (struct str){buf, n};
}

static bool
is_outside(struct str host)
{
    struct net_addr a;

    return net_addr_parse(host, &a) == OK ? net_addr_is_public(&a) : net_name_is_public(host);
}

/* The sealed password is bound to these; another server must be told it anew. */
static bool
is_same_server(const struct mail_server_form *f, const struct mail_server *stored)
{
    return stored->id.n != 0 && str_eq_ascii_ci(f->host, stored->form.host) &&
           f->port == stored->form.port && str_eq(f->target_login, stored->form.target_login);
}

struct outbound_fault
mail_server_check(const struct mail_server_form *f, const struct mail_server *stored)
{
    char name[NET_NAME_MAX];

    if (f->host.n > 0 && !is_outside(lower(name, f->host))) {
        return (struct outbound_fault){"host", E_TARGET_HOST};
    }
    if (f->port != 0 && f->port != SMTPS && f->port != SUBMISSION) {
        return (struct outbound_fault){"port", E_FIELD_CHOICE};
    }
    if (f->sender.n > 0 && !mail_address_is_valid(f->sender)) {
        return (struct outbound_fault){"sender", E_MAIL_ADDRESS};
    }
    if (f->password.n == 0 && f->host.n > 0 && f->port != 0 && !is_same_server(f, stored)) {
        return (struct outbound_fault){"password", E_TARGET_PASSWORD};
    }
    return (struct outbound_fault){NULL, E_NONE};
}

/* --- verbs ----------------------------------------------------------------------------------- */

static enum rc
seal(struct wtx *tx, struct target_id id, const struct mail_server_form *f,
     struct bytes *ret_sealed)
{
    char ad[NET_TARGET_AD_MAX];

    return keys_seal(wtx_mem(tx), wtx_err(tx), KP_TARGET,
                     net_target_ad(ad, id.n, f->host, f->port, f->target_login),
                     (struct bytes){(const uint8_t *)f->password.p, f->password.n}, ret_sealed);
}

static enum rc
insert(struct wtx *tx, const struct mail_server_form *f)
{
    int64_t n;
    struct bytes sealed;

    TRY(wtx_new_id(tx, "target", &n));
    TRY(seal(tx, (struct target_id){n}, f, &sealed));
    TRY(target_insert(tx, &(struct target_insert_in){.id = {n},
                                                     .target_kind = TARGET_MAIL,
                                                     .host = f->host,
                                                     .port = f->port,
                                                     .target_login = f->target_login,
                                                     .secret_sealed = sealed,
                                                     .sender = f->sender,
                                                     .provider = f->provider,
                                                     .country = f->country,
                                                     .contract_state = f->contract_state}));
    return touch(tx, EVENT_TARGET_SAVED, SUBJECT(target, ((struct target_id){n})),
                 &mail_server_form_def, NULL, f);
}

static enum rc
need_allowed(struct wtx *tx)
{
    return setup.own_allowed ? OK
                             : fail(wtx_err(tx), RC_DENIED, E_TARGET_CLOSED, "workspace_mail = 0");
}

enum rc
mail_server_save(struct wtx *tx, const struct mail_server_form *form)
{
    struct mail_server_form f = *form;
    struct mail_server s;
    char name[NET_NAME_MAX];

    TRY(need_allowed(tx));
    f.host = lower(name, f.host);
    TRY(mail_server_get(wtx_read(tx), &s));
    if (s.form.version != f.version) {
        return fail(wtx_err(tx), RC_CONFLICT, E_STALE, "target %lld", (long long)s.id.n);
    }
    const struct outbound_fault fault = mail_server_check(&f, &s);
    if (fault.field != NULL) {
        return fail_field(wtx_err(tx), fault.field, RC_INVALID, fault.code, "");
    }
    if (s.id.n == 0) {
        return insert(tx, &f);
    }
    struct bytes sealed = s.sealed;
    if (f.password.n > 0) {
        TRY(seal(tx, s.id, &f, &sealed));
    }
    TRY(target_update(tx, &(struct target_update_in){.host = f.host,
                                                     .port = f.port,
                                                     .target_login = f.target_login,
                                                     .secret_sealed = sealed,
                                                     .sender = f.sender,
                                                     .provider = f.provider,
                                                     .country = f.country,
                                                     .contract_state = f.contract_state,
                                                     .id = s.id,
                                                     .version = f.version}));
    mail_wake();
    return touch(tx, EVENT_TARGET_SAVED, SUBJECT(target, s.id), &mail_server_form_def, &s.form, &f);
}

static enum rc
flip(struct wtx *tx, const struct mail_server *s, bool is_on, enum event e)
{
    const struct actor *who = rtx_actor(wtx_read(tx));

    TRY(target_switch(tx, &(struct target_switch_in){.is_on = is_on,
                                                     .switched_at = wtx_now(tx),
                                                     .switched_user_id = who->user,
                                                     .id = s->id,
                                                     .version = s->form.version}));
    mail_wake();
    return touch(tx, e, SUBJECT(target, s->id), NULL, NULL, NULL);
}

static enum rc
need_named(struct wtx *tx, struct mail_server *ret_s)
{
    TRY(mail_server_get(wtx_read(tx), ret_s));
    return ret_s->id.n != 0 ? OK : fail(wtx_err(tx), RC_MISSING, E_MISSING, "no mail server");
}

enum rc
mail_server_on(struct wtx *tx, int64_t version)
{
    struct mail_server s;

    TRY(need_named(tx, &s));
    TRY(need_allowed(tx));
    if (s.form.version != version) {
        return fail(wtx_err(tx), RC_CONFLICT, E_STALE, "target %lld", (long long)s.id.n);
    }
    return flip(tx, &s, true, EVENT_TARGET_ON);
}

/* Nothing may stand in the way of this one: no proof, no version. */
enum rc
mail_server_off(struct wtx *tx)
{
    struct mail_server s;

    TRY(need_named(tx, &s));
    return flip(tx, &s, false, EVENT_TARGET_OFF);
}

enum rc
mail_server_remove(struct wtx *tx)
{
    struct mail_server s;

    TRY(need_named(tx, &s));
    TRY(target_drop(tx, &(struct target_drop_in){s.id}));
    mail_wake();
    return touch(tx, EVENT_TARGET_REMOVED, SUBJECT(target, s.id), &mail_server_form_def, &s.form,
                 NULL);
}

enum rc
outbound_test(struct wtx *tx, struct user_id user)
{
    struct outbound_person_row u;

    TRY(outbound_person(wtx_read(tx), &(struct outbound_person_in){user}, &u));
    const struct page pg = {.mem = wtx_mem(tx), .lang = u.lang == LANG_EN ? LANG_EN : LANG_DE};
    TRY(mail_queue(tx, &(struct mail){.kind = MAIL_TEST,
                                      .user = user,
                                      .recipient = u.email,
                                      .subject = page_text(&pg, T_outbound_test_subject, STR_NONE),
                                      .body = page_text(&pg, T_outbound_test_body, STR_NONE)}));
    return touch(tx, EVENT_MAIL_TESTED, SUBJECT(user, user), NULL, NULL, NULL);
}

/* --- what was not let out -------------------------------------------------------------------- */

enum rc
own_server_denied(struct wtx *tx, const struct own_server *s, struct str why)
{
    const struct denied_form f = {target_name(wtx_mem(tx), s->host, s->port), why};

    return touch(tx, EVENT_TARGET_DENIED, SUBJECT(target, s->id), &denied_form_def, NULL, &f);
}

enum rc
denied_list(struct rtx *tx, struct denied **ret_v, size_t *ret_n)
{
    struct mail_server s;
    struct audit_entry *all = NULL;
    size_t n = 0;
    size_t k = 0;

    TRY(mail_server_get(tx, &s));
    if (s.id.n != 0) {
        TRY(audit_history(tx, SUBJECT(target, s.id), AUDIT_HISTORY_MAX, &all, &n));
    }
    struct denied *v = ARENA_ARRAY(rtx_mem(tx), struct denied, n);
    for (size_t i = 0; i < n; i++) {
        if (!str_eq(all[i].event, str_of(event_name(EVENT_TARGET_DENIED))) ||
            all[i].at.us < rtx_now(tx).us - (int64_t)SINCE_S * 1000000) {
            continue;
        }
        v[k] = (struct denied){.at = all[i].at, .target = STR(""), .why = STR("")};
        for (size_t c = 0; c < all[i].n_changes; c++) {
            const struct audit_change *x = &all[i].changes[c];
            struct str *to = str_eq(x->field, STR("target")) ? &v[k].target : &v[k].why;
            *to = x->after;
        }
        k++;
    }
    *ret_v = v;
    *ret_n = k;
    return OK;
}
