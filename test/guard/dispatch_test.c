/* The one way into a handler, until it is reached: the order of the checks, what each of them
 * answers, and that a refusal changes nothing. */
#include "gate.h"
#include "guard/csrf.h"
#include "guard/refusal.h"

/* --- who may --------------------------------------------------------------------------------- */
static void
test_no_route(void **state)
{
    struct desk *d = *state;
    struct req rq = ask(d, METHOD_GET, "/nirgends", cookie);
    REFUSED(d, &rq, RC_MISSING, E_MISSING, "");
    rq = ask(d, METHOD_GET, "/ohne", cookie);
    REFUSED(d, &rq, RC_DENIED, E_METHOD, "");
    rq = ask(d, METHOD_POST, "/heikel", cookie);
    REFUSED(d, &rq, RC_DENIED, E_METHOD, "");
}

static void
test_public(void **state)
{
    struct desk *d = *state;
    char ticket[COOKIE];
    struct req rq = ask(d, METHOD_GET, "/offen", NULL);
    SERVED(d, &rq, "mG");
    assert_int_equal(rq.call.who.user.n, 0);
    assert_int_equal(rq.call.new_pre.n, CSRF_TOKEN_CHARS); /* the secret of its form tokens */
    rq = ask(d, METHOD_GET, "/offen", cookie);
    SERVED(d, &rq, "mG");
    assert_int_equal(rq.call.who.user.n, piet.n);
    assert_null(rq.call.new_pre.p);
    sign_in(d, piet, true, ticket);
    rq = ask(d, METHOD_GET, "/offen", ticket);
    SERVED(d, &rq, "mG");
    assert_int_equal(rq.call.actor.user.n, 0); /* who shows a ticket does nothing in one's name */
}

static void
test_not_signed_in(void **state)
{
    struct desk *d = *state;
    char ticket[COOKIE];
    struct req rq = ask(d, METHOD_GET, "/zeiten", NULL);
    REFUSED(d, &rq, RC_DENIED, E_SIGN_IN, "");
    rq = ask(d, METHOD_POST, "/zeiten", "AAAA");
    REFUSED(d, &rq, RC_DENIED, E_SIGN_IN, ""); /* not even its body is read */
    rq = ask(d, METHOD_GET, "/karte", NULL);
    REFUSED(d, &rq, RC_DENIED, E_SIGN_IN, "");
    sign_in(d, piet, true, ticket);
    rq = ask(d, METHOD_GET, "/karte", ticket);
    SERVED(d, &rq, "mG");
    rq = ask(d, METHOD_GET, "/zeiten", ticket);
    REFUSED(d, &rq, RC_DENIED, E_SECOND_FACTOR, "");
    rq = ask(d, METHOD_GET, "/karte", cookie);
    REFUSED(d, &rq, RC_DENIED, E_SIGNED_IN, "");
}

static void
test_rights(void **state)
{
    struct desk *d = *state;
    char other[COOKIE];
    struct req rq = ask(d, METHOD_GET, "/zeiten", cookie);
    SERVED(d, &rq, "mG");
    rq = ask(d, METHOD_GET, "/leute", cookie);
    REFUSED(d, &rq, RC_DENIED, E_DENIED, "");
    /* An administrator without a second factor reaches what sets it up, and nothing else. */
    sign_in(d, mara, false, other);
    rq = ask(d, METHOD_GET, "/leute", other);
    REFUSED(d, &rq, RC_DENIED, E_ENROL, "");
    rq = ask(d, METHOD_GET, "/selbst", other);
    SERVED(d, &rq, "mG");
    rq = ask(d, METHOD_GET, "/heikel", cookie);
    SERVED(d, &rq, "mG");
    desk_wait(d, SESSION_STEP_UP_S + 1);
    rq = ask(d, METHOD_GET, "/heikel", cookie);
    REFUSED(d, &rq, RC_DENIED, E_STEP_UP, "u");
}

static void
test_path_scopes(void **state)
{
    struct desk *d = *state;
    struct req rq = ask(d, METHOD_GET, "/leute/7", cookie);
    SERVED(d, &rq, "mG");
    assert_int_equal(plan.scope_id, 7);
    assert_false(plan.scope_write);
    rq = form(d, "/leute/8");
    SERVED(d, &rq, "bfP");
    assert_int_equal(plan.scope_id, 8);
    assert_true(plan.scope_write);
    rq = form(d, "/leute/9/gelesen");
    SERVED(d, &rq, "bfP");
    assert_false(plan.scope_write);
    plan.scope_rc = RC_MISSING;
    rq = ask(d, METHOD_GET, "/leute/7", cookie);
    REFUSED(d, &rq, RC_MISSING, E_MISSING, "");
    rq = form(d, "/leute/7");
    REFUSED(d, &rq, RC_MISSING, E_MISSING, ""); /* before the body */
    plan.scope_rc = RC_DENIED;
    rq = form(d, "/leute/7");
    REFUSED(d, &rq, RC_DENIED, E_DENIED, "");
    plan.scope_rc = RC_IO;
    rq = form(d, "/leute/7");
    REFUSED(d, &rq, RC_IO, E_NONE, "");
}

/* --- a fresh proof (AUTH-18) ------------------------------------------------------------------ */
static void
test_fresh_proof(void **state)
{
    struct desk *d = *state;
    struct req rq = form(d, "/heikel/aendern");
    SERVED(d, &rq, "bfP");
    rq = form(d, "/heikel/teils");
    SERVED(d, &rq, "bfwP");
    plan.prepare_rc = RC_MISSING; /* the question itself fails */
    rq = form(d, "/heikel/teils");
    assert_int_equal(go(d, &rq), RC_MISSING);
    plan.prepare_rc = OK;

    desk_wait(d, SESSION_STEP_UP_S + 1);
    rq = form(d, "/heikel/aendern"); /* read, so that it can be kept; not done */
    REFUSED(d, &rq, RC_DENIED, E_STEP_UP, "bfu");
    rq = form(d, "/heikel/aendern"); /* a foreign form is never kept */
    rq.csrf = STR_NONE;
    REFUSED(d, &rq, RC_DENIED, E_CSRF, "b");
    rq = form(d, "/heikel/aendern"); /* faults are told first */
    rq.form_faults = true;
    rq.faults = true;
    SERVED(d, &rq, "bfmA");
    rq = form(d, "/heikel/teils"); /* changes nothing that wants one */
    rq.once = STR_NONE;            /* another submission than the one above */
    SERVED(d, &rq, "bfwP");
    plan.proof = true;
    rq = form(d, "/heikel/teils");
    REFUSED(d, &rq, RC_DENIED, E_STEP_UP, "bfwu");
}

/* --- where a form came from ------------------------------------------------------------------ */
static void
test_foreign_forms(void **state)
{
    struct desk *d = *state;
    char token[64];
    struct req rq = form(d, "/zeiten");
    rq.call.fetch_site = STR("same-origin");
    rq.call.origin = STR("https://nord.localhost:8443");
    SERVED(d, &rq, "bfP");
    static const char *const sites[] = {"cross-site", "same-site", "none", ""};
    for (size_t i = 0; i < COUNT(sites); i++) {
        rq = form(d, "/zeiten");
        rq.call.fetch_site = str_of(sites[i]);
        REFUSED(d, &rq, RC_DENIED, E_CSRF, "b");
    }
    static const char *const origins[] = {"https://boese.example", "null", "",
                                          "https://nord.localhost:8443.boese.example"};
    for (size_t i = 0; i < COUNT(origins); i++) {
        rq = form(d, "/zeiten");
        rq.call.origin = str_of(origins[i]);
        REFUSED(d, &rq, RC_DENIED, E_CSRF, "b");
    }
    rq = form(d, "/zeiten");
    rq.csrf = STR_NONE;
    REFUSED(d, &rq, RC_DENIED, E_CSRF, "b");
    rq = form(d, "/zeiten"); /* the token of another form */
    rq.csrf = str_of(desk_keep(csrf_token(d->mem, secret, "ids_form"), token, sizeof(token)));
    REFUSED(d, &rq, RC_DENIED, E_CSRF, "b");
    rq = form(d, "/zeiten"); /* of another session */
    uint8_t other[32];
    memset(other, 1, sizeof(other));
    rq.csrf = str_of(desk_keep(csrf_token(d->mem, other, "no_form"), token, sizeof(token)));
    REFUSED(d, &rq, RC_DENIED, E_CSRF, "b");
}

/* Before anybody is signed in, the token hangs on the pre cookie. */
static void
test_forms_of_nobody(void **state)
{
    struct desk *d = *state;
    char pre[64], token[64];
    uint8_t s[32];
    desk_keep(csrf_pre_new(d->mem), pre, sizeof(pre));
    assert_int_equal(csrf_pre_secret(str_of(pre), s), OK);
    desk_keep(csrf_token(d->mem, s, "no_form"), token, sizeof(token));
    struct req rq = ask(d, METHOD_POST, "/offen", NULL);
    rq.call.pre = str_of(pre);
    rq.csrf = str_of(token);
    SERVED(d, &rq, "bfP");
    assert_null(rq.call.new_pre.p);
    rq = ask(d, METHOD_POST, "/offen", NULL); /* without the cookie: a new one, and no entry */
    rq.csrf = str_of(token);
    REFUSED(d, &rq, RC_DENIED, E_CSRF, "b");
    assert_int_equal(rq.call.new_pre.n, CSRF_TOKEN_CHARS);
}

/* --- what a form says ------------------------------------------------------------------------ */
static void
test_form_faults(void **state)
{
    struct desk *d = *state;
    struct req rq = form(d, "/zeiten");
    rq.form_faults = true;
    rq.faults = true;
    SERVED(d, &rq, "bfmA");
    assert_int_equal(rq.why, RC_INVALID);
    assert_int_equal(changes(d), 0);
    rq = form(d, "/ohne");
    rq.form_faults = true;
    rq.faults = true;
    REFUSED(d, &rq, RC_INVALID, E_NONE, "bfm");
    rq = form(d, "/geprueft"); /* what else is wrong is found at once */
    rq.form_faults = true;
    rq.faults = true;
    SERVED(d, &rq, "bfmcA");
    assert_int_equal(changes(d), 0);
    plan.rc = RC_IO;
    plan.code = E_IO;
    rq = form(d, "/geprueft");
    rq.form_faults = true;
    rq.faults = true;
    REFUSED(d, &rq, RC_IO, E_IO, "bfmc");
    plan.rc = OK;
    rq = form(d, "/geprueft"); /* a form without faults meets its rules in the handler */
    SERVED(d, &rq, "bfP");
}

static void
test_form_scopes(void **state)
{
    struct desk *d = *state;
    struct ids_form in = {.responsible_user_id = {5}};
    struct req rq = form(d, "/ziele");
    rq.data = &in;
    SERVED(d, &rq, "bfP");
    assert_string_equal(plan.scope, "user");
    assert_int_equal(plan.scope_id, 5);
    assert_false(plan.scope_write);
    assert_int_equal(plan.scopes, 1); /* what was left empty points at nothing */
    in = (struct ids_form){.project_id = {6}};
    rq = form(d, "/ziele");
    rq.data = &in;
    plan.scope_rc = RC_MISSING;
    REFUSED(d, &rq, RC_MISSING, E_MISSING, "bf");
    assert_string_equal(plan.scope, "project");
    plan.scope_rc = OK;
    in = (struct ids_form){.category_id = {7}}; /* a table that forgot its scope */
    rq = form(d, "/ziele");
    rq.data = &in;
    REFUSED(d, &rq, RC_BROKEN, E_BROKEN, "bf");
    in = (struct ids_form){.owner = {8}};
    rq = form(d, "/ziele");
    rq.data = &in;
    REFUSED(d, &rq, RC_BROKEN, E_BROKEN, "bf");
}

/* --- what is refused is in the audit ---------------------------------------------------------- */
static int64_t
told(struct desk *d)
{
    return desk_events(d, "user.access_refused");
}

static int64_t
told_with(struct desk *d, const char *fields)
{
    char sql[400];
    snprintf(sql, sizeof(sql),
             "SELECT count(*) AS n_count FROM audit WHERE event_text = 'user.access_refused' AND "
             "instr(fields_text, '%s') > 0",
             fields);
    return desk_number(d, "guard", sql);
}

/* One row at once, then at most one a minute for a session, with the number. */
static void
test_refusals_are_told(void **state)
{
    struct desk *d = *state;
    struct req rq = ask(d, METHOD_GET, "/leute", cookie);
    REFUSED(d, &rq, RC_DENIED, E_DENIED, "");
    assert_int_equal(told(d), 1);
    assert_int_equal(told_with(d, "tries\t\t1"), 1);
    assert_int_equal(told_with(d, "path\t\t/leute"), 1);
    for (int i = 0; i < 5; i++) {
        rq = ask(d, METHOD_GET, "/leute", cookie);
        REFUSED(d, &rq, RC_DENIED, E_DENIED, "");
    }
    plan.scope_rc = RC_MISSING;
    rq = ask(d, METHOD_GET, "/leute/7", cookie);
    REFUSED(d, &rq, RC_MISSING, E_MISSING, "");
    plan.scope_rc = OK;
    desk_wait(d, REFUSAL_REST_S - 1);
    rq = ask(d, METHOD_GET, "/zeiten", cookie);
    SERVED(d, &rq, "mG");
    assert_int_equal(told(d), 1);
    desk_wait(d, 1);
    rq = ask(d, METHOD_GET, "/zeiten", cookie);
    SERVED(d, &rq, "mG");
    assert_int_equal(told(d), 2);
    assert_int_equal(told_with(d, "tries\t\t6"), 1);
    assert_int_equal(desk_number(d, "guard",
                                 "SELECT count(*) AS n_count FROM audit WHERE event_text = "
                                 "'user.access_refused' AND actor_user_id = subject_number AND "
                                 "network_text = '192.0.2.0/24'"),
                     2);
}

/* A foreign id, a form of another page, what a handler refuses; strangers count as one. */
static void
test_kinds_of_refusals(void **state)
{
    static const enum code own[] = {E_APPROVAL_RIGHT, E_APPROVAL_OWN, E_APPROVAL_TWICE,
                                    E_APPROVAL_OFTEN};
    struct desk *d = *state;
    plan.scope_rc = RC_MISSING;
    struct req rq = ask(d, METHOD_GET, "/leute/7", cookie);
    REFUSED(d, &rq, RC_MISSING, E_MISSING, "");
    plan.scope_rc = OK;
    assert_int_equal(told_with(d, "what\t\tuser 7"), 1);
    desk_wait(d, REFUSAL_REST_S);
    rq = form(d, "/oft");
    rq.call.origin = STR("https://boese.example");
    REFUSED(d, &rq, RC_DENIED, E_CSRF, "b");
    assert_int_equal(told_with(d, "what\t\torigin"), 1);
    for (size_t i = 0; i < COUNT(own); i++) {
        desk_wait(d, REFUSAL_REST_S);
        plan.rc = RC_CONFLICT;
        plan.code = own[i];
        rq = form(d, "/zeiten"); /* the page comes again; the refusal is told of all the same */
        SERVED(d, &rq, "bfPmA");
        assert_int_equal(told_with(d, code_name(own[i])), 1);
    }
    plan = (struct plan){0};
    for (int i = 0; i < 2; i++) {
        rq = form(d, "/offen");
        rq.call.sid = STR_NONE;
        REFUSED(d, &rq, RC_DENIED, E_CSRF, "b");
    }
    assert_int_equal(told(d), 7);
    assert_int_equal(desk_number(d, "guard",
                                 "SELECT count(*) AS n_count FROM audit WHERE event_text = "
                                 "'user.access_refused' AND subject_number IS NULL"),
                     1);
}

/* Who is asked for something first, or sent something that no longer fits, was refused nothing. */
static void
test_no_refusals(void **state)
{
    struct desk *d = *state;
    struct req rq = ask(d, METHOD_GET, "/zeiten", NULL);
    REFUSED(d, &rq, RC_DENIED, E_SIGN_IN, "");
    rq = ask(d, METHOD_GET, "/nirgends", cookie);
    REFUSED(d, &rq, RC_MISSING, E_MISSING, "");
    plan.rc = RC_CONFLICT;
    plan.code = E_APPROVAL_ENDED;
    rq = form(d, "/zeiten");
    SERVED(d, &rq, "bfPmA");
    plan = (struct plan){.rc = RC_MISSING, .code = E_MISSING}; /* a link that nobody has */
    rq = ask(d, METHOD_GET, "/offen", NULL);
    REFUSED(d, &rq, RC_MISSING, E_MISSING, "mG");
    desk_wait(d, SESSION_STEP_UP_S + 1);
    rq = ask(d, METHOD_GET, "/heikel", cookie);
    REFUSED(d, &rq, RC_DENIED, E_STEP_UP, "u");
    assert_int_equal(told(d), 0);
    assert_false(refusal_due(d->now));
}

/* What cannot be written changes no answer and stays due. */
static void
test_refusals_wait(void **state)
{
    struct desk *d = *state;
    reopen(d, true);
    struct req rq = ask(d, METHOD_GET, "/leute", cookie);
    REFUSED(d, &rq, RC_DENIED, E_DENIED, "");
    assert_true(refusal_due(d->now));
    reopen(d, false);
    rq = ask(d, METHOD_GET, "/zeiten", cookie);
    SERVED(d, &rq, "mG");
    assert_false(refusal_due(d->now));
    assert_int_equal(told(d), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gate_setup, desk_teardown)
int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_no_route),          TEST(test_public),
        TEST(test_not_signed_in),     TEST(test_rights),
        TEST(test_path_scopes),       TEST(test_fresh_proof),
        TEST(test_foreign_forms),     TEST(test_forms_of_nobody),
        TEST(test_form_faults),       TEST(test_form_scopes),
        TEST(test_refusals_are_told), TEST(test_kinds_of_refusals),
        TEST(test_no_refusals),       TEST(test_refusals_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
