/* field.h: a form's fields as data. FIELD() derives the kind from the C type of the struct member,
 * so a kind that disagrees with the struct cannot be written and an unknown type does not compile.
 * From a table come: strict parsing with all errors at once, HTML inputs with limits, audit of
 * changes. */
#ifndef BASE_FIELD_H
#define BASE_FIELD_H

#include "base/arena.h"
#include "base/types.h"
#include "texts.gen.h" /* enum text: T_time_title for the key "time.title" of po/ */

enum field_kind {
    FIELD_TEXT = 1, /* struct str */
    FIELD_FLAG,     /* bool: present and "1"/"on"/"true" is true, absent is false */
    FIELD_INT,      /* int64_t */
    FIELD_MONEY,    /* struct money */
    FIELD_PERCENT,  /* struct percent: "19", "7,5" */
    FIELD_MINUTES,  /* struct minutes: all forms of minutes_parse */
    FIELD_DAY,      /* struct day */
    FIELD_CLOCK,    /* struct clock_time */
    FIELD_ID,       /* any struct x_id (same layout, checked) */
    FIELD_LIST      /* struct str_list: a repeated field, in order */
};

/* A repeated form field ("user=3&user=5"); owned by the request arena. */
struct str_list {
    const struct str *p;
    size_t n;
};

#define FIELD_LIST_MAX 500

struct field {
    const char *name;
    enum field_kind kind;
    size_t off;
    enum text label;
    bool required;    /* empty (after trimming) is E_FIELD_REQUIRED */
    bool depends;     /* may be needed, a rule decides: not called optional */
    int64_t min, max; /* numbers: bounds when max > min; text: max code points (default 255) */
    bool secret;      /* never echoed, never audited by value (passwords, codes) */
    bool raw;         /* text is not trimmed */
    bool area;        /* text may hold line breaks; a <textarea> */
    bool hours; /* minutes are a plan of hours: hours_parse, beyond 24 (weekly targets, budgets) */
    bool personal;     /* personal data: audited by name only, no value */
    const char *token; /* HTML autocomplete token */
    const char *mode;  /* HTML inputmode */
};

/* clang-format off */
#define FIELD_KIND(x) _Generic((x),                                                                \
    struct str: FIELD_TEXT, bool: FIELD_FLAG, int64_t: FIELD_INT, struct money: FIELD_MONEY,       \
    struct percent: FIELD_PERCENT, struct minutes: FIELD_MINUTES, struct day: FIELD_DAY,           \
    struct clock_time: FIELD_CLOCK, struct str_list: FIELD_LIST,                                   \
    FIELD_KIND_IDS)
/* clang-format on */
#include "base/field_ids.h"

/* FIELD(struct time_form, minutes, T_time_duration, .required = true, .max = 1440) */
#define FIELD(type, member, label_text, ...)                                                       \
    {                                                                                              \
        .name = #member, .kind = FIELD_KIND(((type *)0)->member), .off = offsetof(type, member),   \
        .label = (label_text), __VA_ARGS__                                                         \
    }

/* One form: its table, its struct's size and its name ("time_form"). FORM_OF(time_form, fields). */
struct form_def {
    const char *name;
    const struct field *fields;
    size_t n;
    size_t size;
    bool open; /* further fields with generated names are let through (req_raw) */
};
#define FORM_DEF(sname, table)                                                                     \
    {                                                                                              \
        .name = #sname, .fields = (table), .n = sizeof(table) / sizeof((table)[0]),                \
        .size = sizeof(struct sname)                                                               \
    }

/* One fault of one field, as shown beside it. */
struct field_fault {
    const char *field;
    enum code code;
    struct str arg; /* for {0} in the sentence */
};

/* The parser of one value; also used by CSV import. On failure the struct is untouched and
 * *ret_fault holds code and argument. `data` points at the form struct. */
MUST enum rc field_parse(struct arena *mem, const struct field *f, struct str value, void *data,
                         struct field_fault *ret_fault);
/* The value as the form shows it again (German notation: 1.234,56; 24.11.2026 is given as ISO for
 * <input type=date>; 1:30). None gives "". */
struct str field_print(struct arena *mem, const struct field *f, const void *data);
/* True when both structs hold the same value in this field. */
bool field_same(const struct field *f, const void *a, const void *b);
/* The value of this field from one struct into another of the same kind; text is not copied. */
void field_copy(const struct field *f, void *to, const void *from);

#endif
