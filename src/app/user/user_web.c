/* user_web.c: the routes of signing in, the own account and the people; and whose things they are.
 */
#include "commands.h"
#include "http/shell.h"
#include "people.h"

/* --- scopes ---------------------------------------------------------------------------------- */
/* People stand in every list; that a page of theirs needs user.admin says its route. */
static enum rc
user_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    struct user_find_row u;

    (void)who;
    (void)write;
    return user_find(tx, &(struct user_find_in){{id}}, &u);
}

/* One's own, and nobody else's. */
static enum rc
session_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    (void)write;
    return session_need(tx, who->user, (struct session_id){id});
}

static enum rc
factor_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    (void)write;
    return factor_need(tx, who->user, (struct factor_id){id});
}

static const struct scope scopes[] = {
    {.name = "user",    .check = user_scope   },
    {.name = "session", .check = session_scope},
    {.name = "factor",  .check = factor_scope },
};

/* --- routes ---------------------------------------------------------------------------------- */
/* clang-format off */
static const struct route routes[] = {
    GET ("/anmelden",                               PUBLIC, sign_in_get),
    POST("/anmelden",                               PUBLIC, SIGNED_IN, sign_in_form, sign_in_post, .again = sign_in_get, .prepare = sign_in_prepare, .no_once = true, .throttled = true),
    GET ("/anmelden/browser",                       PUBLIC, device_ask_get),
    POST("/anmelden/browser",                       PUBLIC, DEVICE_LINK_ASKED, ask_form, device_ask_post, .again = device_ask_get, .no_once = true, .throttled = true),
    GET ("/anmelden/browser/{token}",               PUBLIC, device_get),
    POST("/anmelden/browser/{token}",               PUBLIC, DEVICE_LINKED, no_form, device_post, .again = device_get, .no_once = true, .throttled = true),
    GET ("/anmelden/code",                          TICKET, code_get),
    POST("/anmelden/code",                          TICKET, SIGNED_IN, code_form, code_post, .again = code_get, .no_once = true),
    GET ("/anmelden/passwort",                      PUBLIC, reset_ask_get),
    POST("/anmelden/passwort",                      PUBLIC, RESET_ASKED, ask_form, reset_ask_post, .again = reset_ask_get, .no_once = true, .throttled = true),
    GET ("/anmelden/passwort/{token}",              PUBLIC, reset_get),
    POST("/anmelden/passwort/{token}",              PUBLIC, PASSWORD_RESET, reset_form, reset_post, .again = reset_get, .prepare = reset_prepare, .no_once = true, .throttled = true),
    GET ("/anmelden/wiederherstellung",             TICKET, recovery_get),
    POST("/anmelden/wiederherstellung",             TICKET, RECOVERY_USED, recovery_form, recovery_post, .again = recovery_get, .prepare = recovery_prepare, .no_once = true),
    GET ("/einladung/{token}",                      PUBLIC, invitation_get),
    POST("/einladung/{token}",                      PUBLIC, INVITATION_TAKEN, take_form, invitation_post, .again = invitation_get, .prepare = invitation_prepare, .no_once = true, .throttled = true),
    POST("/abmelden",                               SELF, SIGNED_OUT, no_form, sign_out_post, .no_once = true, .enrol = true),

    GET ("/konto",                                  SELF, account_get),
    POST("/konto",                                  SELF, ACCOUNT_CHANGED, account_form, account_post, .again = account_get),
    GET ("/konto/adresse",                          SELF, address_get),
    POST("/konto/adresse",                          SELF, ADDRESS_ASKED, second_form, address_post, .again = address_get, .step_up = true),
    POST("/konto/adresse/entfernen",                SELF, EMAIL_CHANGED, no_form, address_post_remove, .again = address_get, .step_up = true),
    GET ("/adresse/{token}",                        PUBLIC, address_link_get),
    POST("/adresse/{token}",                        PUBLIC, EMAIL_CHANGED, no_form, address_link_post, .again = address_link_get, .no_once = true, .throttled = true),
    POST("/konto/darstellung",                      SELF, ACCOUNT_CHANGED, theme_form, theme_post, .no_once = true, .enrol = true),
    GET ("/konto/hinweise",                         SELF, notices_get, .enrol = true),
    POST("/konto/hinweise",                         SELF, NOTICES_SEEN, no_form, notices_post, .again = notices_get, .no_once = true, .enrol = true),
    GET ("/konto/nachweis",                         SELF, proof_get, .enrol = true),
    POST("/konto/nachweis",                         SELF, STEPPED_UP, proof_form, proof_post, .again = proof_get, .prepare = proof_prepare, .no_once = true, .enrol = true),
    GET ("/konto/passwort",                         SELF, password_get, .enrol = true),
    POST("/konto/passwort",                         SELF, PASSWORD_CHANGED, password_form, password_post, .again = password_get, .prepare = password_prepare, .no_once = true, .enrol = true),
    GET ("/konto/sicherheit",                       SELF, security_get, .enrol = true),
    POST("/konto/sitzungen/beenden",                SELF, SESSION_ENDED, no_form, sessions_post_end, .again = security_get),
    POST("/konto/sitzungen/{session}/beenden",      SELF, SESSION_ENDED, no_form, session_post_end, .again = security_get),
    GET ("/konto/wiederherstellungscodes",          SELF, codes_get, .enrol = true),
    POST("/konto/wiederherstellungscodes",          SELF, RECOVERY_ISSUED, no_form, codes_post, .again = codes_get, .prepare = codes_prepare, .no_once = true, .enrol = true, .step_up = true),
    GET ("/konto/zwei-faktor",                      SELF, factors_get, .enrol = true),
    POST("/konto/zwei-faktor",                      SELF, FACTOR_BEGUN, device_form, factor_post_begin, .again = factors_get, .enrol = true, .step_up = true),
    GET ("/konto/zwei-faktor/{factor}",             SELF, factor_get, .enrol = true),
    POST("/konto/zwei-faktor/{factor}",             SELF, FACTOR_ADDED, code_form, factor_post_confirm, .again = factor_get, .enrol = true),
    GET ("/konto/zwei-faktor/{factor}/qr.png",      SELF, factor_qr_get, .prepare = factor_qr_prepare, .enrol = true),
    POST("/konto/zwei-faktor/{factor}/entfernen",   SELF, FACTOR_REMOVED, no_form, factor_post_remove, .again = factors_get, .step_up = true),

    GET ("/.well-known/change-password",            PUBLIC, change_password_get),
    GET ("/.well-known/security.txt",               PUBLIC, security_txt_get),
    GET ("/hilfe",                                  PUBLIC, help_get),
    GET ("/hilfe/homebanking",                      PUBLIC, compare_get),
    GET ("/mehr",                                   SELF, more_get),

    GET ("/gruppen",                                USER_ADMIN, groups_get),
    GET ("/personen",                               USER_ADMIN, people_get),
    POST("/personen",                               USER_ADMIN, USER_ADDED, user_form, user_post_add, .again = user_get_new),
    GET ("/personen/neu",                           USER_ADMIN, user_get_new),
    GET ("/personen/{user}",                        USER_ADMIN, user_get),
    POST("/personen/{user}",                        USER_ADMIN, USER_CHANGED, user_form, user_post_change, .again = user_get),
    POST("/personen/{user}/abmelden",               USER_ADMIN, SESSION_ENDED, no_form, user_post_sign_out, .again = user_get),
    POST("/personen/{user}/einladung",              USER_ADMIN, INVITED, no_form, user_post_invite, .again = user_get),
    POST("/personen/{user}/entsperren",             USER_ADMIN, USER_UNLOCKED, state_form, user_post_unlock, .again = user_get),
    POST("/personen/{user}/gruppe",                 USER_ADMIN, RIGHTS_CHANGED, group_form, user_post_group, .again = user_get),
    POST("/personen/{user}/passwort",               USER_ADMIN, RESET_STARTED, no_form, user_post_reset, .again = user_get, .step_up = true),
    POST("/personen/{user}/rechte",                 USER_ADMIN, RIGHTS_CHANGED, rights_form, user_post_rights, .again = user_get),
    POST("/personen/{user}/sperren",                USER_ADMIN, USER_LOCKED, state_form, user_post_lock, .again = user_get),
};
/* clang-format on */

const struct domain user_domain = {.name = "user",
                                   .routes = routes,
                                   .n_routes = COUNT(routes),
                                   .scopes = scopes,
                                   .n_scopes = COUNT(scopes),
                                   .commands = user_commands,
                                   .n_commands = USER_COMMANDS};

const struct domain operator_domain = {.name = "user",
                                       .routes = routes,
                                       .n_routes = COUNT(routes),
                                       .scopes = scopes,
                                       .n_scopes = COUNT(scopes),
                                       .commands = operator_commands,
                                       .n_commands = USER_COMMANDS};
