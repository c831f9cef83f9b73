/* import_cell.c: see import_cell.h. */
#include "app/contact/import_cell.h"

#include "base/out.h"

/* Words for the kind of company, as our own pages and others write them. */
static bool
status_of(struct arena *mem, struct str cell, int64_t *ret_status)
{
    static const struct {
        const char *word;
        enum company_status status;
    } words[] = {
        {"kunde",         COMPANY_CUSTOMER   },
        {"kundin",        COMPANY_CUSTOMER   },
        {"customer",      COMPANY_CUSTOMER   },
        {"client",        COMPANY_CUSTOMER   },
        {"lieferant",     COMPANY_SUPPLIER   },
        {"supplier",      COMPANY_SUPPLIER   },
        {"dienstleister", COMPANY_SUPPLIER   },
        {"vendor",        COMPANY_SUPPLIER   },
        {"interessent",   COMPANY_PROSPECT   },
        {"prospect",      COMPANY_PROSPECT   },
        {"lead",          COMPANY_PROSPECT   },
        {"akquise",       COMPANY_ACQUISITION},
        {"acquisition",   COMPANY_ACQUISITION},
        {"pr",            COMPANY_PRESS      },
        {"presse",        COMPANY_PRESS      },
        {"press",         COMPANY_PRESS      },
        {"prpresse",      COMPANY_PRESS      },
        {"prpress",       COMPANY_PRESS      },
        {"inaktiv",       COMPANY_INACTIVE   },
        {"inactive",      COMPANY_INACTIVE   },
        {"gekuendigt",    COMPANY_INACTIVE   },
        {"sonstige",      COMPANY_OTHER      },
        {"sonstiges",     COMPANY_OTHER      },
        {"other",         COMPANY_OTHER      },
    };
    struct str key = header_key(mem, cell);

    for (size_t i = 0; i < COUNT(words); i++) {
        if (str_eq(key, str_of(words[i].word))) {
            *ret_status = words[i].status;
            return true;
        }
    }
    return false;
}

/* A flag as spreadsheets and our own export write it. */
static bool
flag_of(struct arena *mem, struct str cell, bool *ret_flag)
{
    static const char *const yes[] = {"ja", "j", "yes", "y", "x", "1", "wahr", "true"};
    static const char *const no[] = {"nein", "n", "no", "0", "falsch", "false"};
    struct str key = header_key(mem, cell);

    for (size_t i = 0; i < COUNT(yes); i++) {
        if (str_eq(key, str_of(yes[i]))) {
            *ret_flag = true;
            return true;
        }
    }
    for (size_t i = 0; i < COUNT(no); i++) {
        if (str_eq(key, str_of(no[i]))) {
            *ret_flag = false;
            return true;
        }
    }
    return false;
}

/* "95,00 €", "5 %", "14 Tage": a number with its unit. */
static struct str
without_unit(struct str cell)
{
    static const char *const units[] = {"€", "EUR", "%", "Tage", "Tag", "days", "day"};

    for (size_t i = 0; i < COUNT(units); i++) {
        if (str_ends(cell, str_of(units[i]))) {
            return str_trim(str_sub(cell, 0, cell.n - strlen(units[i])));
        }
    }
    return cell;
}

/* Our own exports put an apostrophe before a cell that a spreadsheet would run as a formula. */
static struct str
without_guard(struct str cell)
{
    return cell.n > 1 && cell.p[0] == '\'' && strchr("=+-@'", cell.p[1]) != NULL
               ? str_sub(cell, 1, cell.n)
               : cell;
}

/* Outlook writes "0.0.00" where there is no day. */
static bool
is_no_day(struct str cell)
{
    for (size_t i = 0; i < cell.n; i++) {
        if (strchr("0.-/", cell.p[i]) == NULL) {
            return false;
        }
    }
    return true;
}

/* Outlook's "Nord;Kultur" and Google's "* myContacts ::: Nord" as "Nord, Kultur". */
static struct str
tags_of(struct arena *mem, struct str cell)
{
    struct out o = out_new(mem, cell.n * 2 + 2);
    struct str rest = cell, tag;
    size_t at;

    while ((at = str_find(rest, STR(":::"), 0)) != SIZE_MAX) {
        out_str(&o, str_sub(rest, 0, at));
        out_char(&o, ',');
        rest = str_sub(rest, at + 3, rest.n);
    }
    out_str(&o, rest);
    for (size_t i = 0; i < o.n; i++) {
        o.p[i] = o.p[i] == ';' ? ',' : o.p[i];
    }
    rest = out_view(&o);
    o = out_new(mem, cell.n * 2 + 2);
    while (rest.n > 0 && str_cut(&rest, ',', &tag)) {
        tag = str_trim(tag);
        tag = str_starts(tag, STR("* ")) ? STR("") : tag;
        out_str(&o, o.n > 0 && tag.n > 0 ? STR(", ") : STR(""));
        out_str(&o, tag);
    }
    return o.n > 0 ? out_view(&o) : STR("");
}

/* "1.2.80" is 1980 in a spreadsheet, where two digits from 30 on belong to the last century. */
static void
mend_century(struct str cell, struct day *day)
{
    struct civil c = day_civil(*day);

    if (cell.n > 3 && cell.p[cell.n - 3] == '.' && c.year >= 2030 && c.year < 2100) {
        (void)!day_of(c.year - 100, c.month, c.dom, day);
    }
}

struct str
import_cell_clean(struct arena *mem, const struct field *f, struct str raw)
{
    struct str cell = without_guard(csv_clean(mem, raw, f->area));

    if (f->kind == FIELD_DAY && is_no_day(cell)) {
        return STR("");
    }
    return strcmp(f->name, "tags") == 0 ? tags_of(mem, cell) : cell;
}

enum rc
import_cell_parse(struct arena *mem, const struct field *f, struct str cell, void *form,
                  struct field_fault *ret_fault)
{
    void *member = (char *)form + f->off;

    if (f->kind == FIELD_INT && strcmp(f->name, "status") == 0) {
        if (status_of(mem, cell, member) || field_parse(mem, f, cell, form, ret_fault) == OK) {
            return OK;
        }
        *ret_fault = (struct field_fault){f->name, E_IMPORT_STATUS, cell};
        return RC_INVALID;
    }
    if (f->kind == FIELD_FLAG) {
        if (flag_of(mem, cell, member)) {
            return OK;
        }
        *ret_fault = (struct field_fault){f->name, E_IMPORT_FLAG, cell};
        return RC_INVALID;
    }
    if (f->kind == FIELD_MONEY || f->kind == FIELD_PERCENT || f->kind == FIELD_INT) {
        cell = without_unit(cell);
    }
    TRY(field_parse(mem, f, cell, form, ret_fault));
    if (f->kind == FIELD_DAY) {
        mend_century(cell, member);
    }
    return OK;
}
