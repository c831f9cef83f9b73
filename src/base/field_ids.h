/* field_ids.h: FIELD_KIND_IDS, one _Generic branch for each line of ids.def (same order). */
#ifndef BASE_FIELD_IDS_H
#define BASE_FIELD_IDS_H
/* clang-format off */
#define FIELD_KIND_IDS \
    struct address_id : FIELD_ID, \
    struct approval_id : FIELD_ID, \
    struct audit_id : FIELD_ID, \
    struct category_id : FIELD_ID, \
    struct category_group_id : FIELD_ID, \
    struct company_id : FIELD_ID, \
    struct contact_id : FIELD_ID, \
    struct device_id : FIELD_ID, \
    struct event_id : FIELD_ID, \
    struct factor_id : FIELD_ID, \
    struct group_id : FIELD_ID, \
    struct import_id : FIELD_ID, \
    struct link_id : FIELD_ID, \
    struct link_wish_id : FIELD_ID, \
    struct mail_id : FIELD_ID, \
    struct notice_id : FIELD_ID, \
    struct passkey_id : FIELD_ID, \
    struct person_id : FIELD_ID, \
    struct project_id : FIELD_ID, \
    struct project_group_id : FIELD_ID, \
    struct recovery_id : FIELD_ID, \
    struct saved_filter_id : FIELD_ID, \
    struct session_id : FIELD_ID, \
    struct target_id : FIELD_ID, \
    struct time_entry_id : FIELD_ID, \
    struct timer_id : FIELD_ID, \
    struct user_id : FIELD_ID, \
    struct workspace_id : FIELD_ID
/* clang-format on */
#endif
