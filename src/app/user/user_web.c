/* user_web.c: the routes of signing in, the own account and the people; and whose things they are.
 */
#include "commands.h"
#include "http/proof.h"
#include "http/shell.h"
#include "ladder_pages.h"
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

/* An order that is about a person, whom every administrator looks after. */
static enum rc
approval_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    struct approval a;

    (void)who;
    (void)write;
    TRY(approval_find(tx, (struct approval_id){id}, &a));
    return a.kind == APPROVAL_FACTOR_RESET || a.kind == APPROVAL_FACTOR_RESET_LAST ? OK
                                                                                   : RC_MISSING;
}

static enum rc
passkey_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    (void)write;
    return passkey_need(tx, who->user, (struct passkey_id){id});
}

static const struct scope scopes[] = {
    {.name = "approval", .check = approval_scope},
    {.name = "user",     .check = user_scope    },
    {.name = "session",  .check = session_scope },
    {.name = "factor",   .check = factor_scope  },
    {.name = "passkey",  .check = passkey_scope },
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
    POST("/anmelden/code/passkey",                  TICKET, SIGNED_IN, passkey_form, passkey_post_factor, .again = code_get, .no_once = true),
    GET ("/anmelden/hilfe",                         TICKET, lost_get),
    POST("/anmelden/hilfe",                         TICKET, FACTOR_RESET_ORDERED, lost_form, lost_post, .again = lost_get),
    POST("/anmelden/hilfe/abbrechen",               TICKET, FACTOR_RESET_CANCELLED, no_form, lost_post_cancel, .again = lost_get),
    GET ("/anmelden/zusammen",                      PUBLIC, sign_in_get),
    POST("/anmelden/zusammen",                      PUBLIC, SIGNED_IN, together_form, together_post, .again = sign_in_get, .prepare = together_prepare, .no_once = true, .throttled = true),
    POST("/anmelden/passkey",                       PUBLIC, SIGNED_IN, passkey_form, passkey_post_sign_in, .again = sign_in_get, .no_once = true, .throttled = true),
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
    POST("/konto/nachweis",                         SELF, STEPPED_UP, proof_form, proof_post, .again = proof_get, .prepare = proof_prepare, .no_once = true, .enrol = true, .body_max = PROOF_BODY_MAX),
    POST("/konto/nachweis/passkey",                 SELF, STEPPED_UP, passkey_form, passkey_post_proof, .again = proof_get, .no_once = true, .enrol = true, .body_max = PROOF_BODY_MAX),
    GET ("/konto/notfall",                          SELF, rehearsal_get, .enrol = true),
    POST("/konto/notfall",                          SELF, REHEARSED, rehearsal_form, rehearsal_post, .again = rehearsal_get, .prepare = rehearsal_prepare),
    POST("/konto/passkeys",                         SELF, PASSKEY_ADDED, passkey_add_form, passkey_post_add, .again = passkey_get_new, .no_once = true, .enrol = true, .step_up = true),
    GET ("/konto/passkeys/neu",                     SELF, passkey_get_new, .enrol = true, .step_up = true),
    POST("/konto/passkeys/{passkey}/entfernen",     SELF, PASSKEY_REMOVED, no_form, passkey_post_remove, .again = factors_get, .step_up = true),
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
    POST("/konto/zwei-faktor/{factor}",             SELF, FACTOR_ADDED, code_form, factor_post_confirm, .again = factor_get, .enrol = true, .step_up = true),
    GET ("/konto/zwei-faktor/{factor}/qr.png",      SELF, factor_qr_get, .prepare = factor_qr_prepare, .enrol = true),
    POST("/konto/zwei-faktor/{factor}/entfernen",   SELF, FACTOR_REMOVED, no_form, factor_post_remove, .again = factors_get, .step_up = true),

    POST("/konto/zugang/abbrechen",                 SELF, FACTOR_RESET_CANCELLED, no_form, reset_post_cancel, .again = security_get, .enrol = true),

    GET ("/.well-known/change-password",            PUBLIC, change_password_get),
    GET ("/.well-known/security.txt",               PUBLIC, security_txt_get),
    GET ("/hilfe",                                  PUBLIC, help_get),
    GET ("/hilfe/homebanking",                      PUBLIC, compare_get),
    GET ("/mehr",                                   SELF, more_get),

    GET ("/gruppen",                                USER_ADMIN, groups_get),
    GET ("/personen",                               USER_ADMIN, people_get),
    POST("/personen",                               USER_ADMIN, USER_ADDED, user_form, user_post_add, .again = user_get_new, .step_up = true),
    GET ("/personen/neu",                           USER_ADMIN, user_get_new),
    GET ("/personen/{user}",                        USER_ADMIN, user_get),
    POST("/personen/{user}",                        USER_ADMIN, USER_CHANGED, user_form, user_post_change, .again = user_get, .step_up_if = user_wants_proof),
    POST("/personen/{user}/abmelden",               USER_ADMIN, SESSION_ENDED, no_form, user_post_sign_out, .again = user_get),
    POST("/personen/{user}/einladung",              USER_ADMIN, INVITED, no_form, user_post_invite, .again = user_get, .step_up = true),
    POST("/personen/{user}/entsperren",             USER_ADMIN, USER_UNLOCKED, state_form, user_post_unlock, .again = user_get, .step_up = true),
    POST("/personen/{user}/gruppe",                 USER_ADMIN, RIGHTS_CHANGED, group_form, user_post_group, .again = user_get, .step_up = true),
    POST("/personen/{user}/passwort",               USER_ADMIN, RESET_STARTED, no_form, user_post_reset, .again = user_get, .step_up = true),
    POST("/personen/{user}/rechte",                 USER_ADMIN, RIGHTS_CHANGED, rights_form, user_post_rights, .again = user_get, .step_up = true),
    GET ("/personen/{user}/zugang",                 USER_ADMIN, access_get),
    POST("/personen/{user}/zugang",                 USER_ADMIN, FACTOR_RESET_ORDERED, lost_form, access_post_order, .again = access_get, .step_up = true),
    POST("/personen/zugang/{approval}/abbrechen",   USER_ADMIN, FACTOR_RESET_CANCELLED, no_form, access_post_cancel, .again = access_get_again, .step_up = true),
    POST("/personen/zugang/{approval}/ablehnen",    USER_ADMIN, FACTOR_RESET_REFUSED, no_form, access_post_refuse, .again = access_get_again, .step_up = true),
    POST("/personen/zugang/{approval}/freigeben",   USER_ADMIN, FACTOR_RESET_APPROVED, no_form, access_post_approve, .again = access_get_again, .step_up = true),
    POST("/personen/{user}/sperren",                USER_ADMIN, USER_LOCKED, state_form, user_post_lock, .again = user_get, .step_up = true),
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
