/* rules.c: what can be said about a project without the store: traffic light, way of work, tags,
 * links and the texts by which it is found. */
#include "app/project/inner.h"

#include "base/out.h"
#include "base/text.h"
#include "http/html.h"

enum { SEARCH_POINTS = 1600, TAG_KEY_POINTS = 120, URL_POINTS = 1000, HUNDRED_PERCENT = 10000 };

/* --- traffic light -----------------------------------------------------------------------------
 */

enum budget_light
project_light(struct minutes planned, struct minutes needed, struct percent warn)
{
    if (planned.n <= 0) {
        return BUDGET_NONE;
    }
    if (needed.n > planned.n) {
        return BUDGET_OVER;
    }
    if ((int64_t)needed.n * HUNDRED_PERCENT >= (int64_t)planned.n * warn.n) {
        return BUDGET_WARN;
    }
    return BUDGET_OK;
}

int64_t
project_used_percent(struct minutes planned, struct minutes needed)
{
    const int64_t rounded = round_half_up((int64_t)needed.n * 100, planned.n);

    if (needed.n > planned.n) {
        return rounded > 100 ? rounded : 101;
    }
    return rounded;
}

/* --- way of work -------------------------------------------------------------------------------
 */

/* Place on the way of work; a cancelled project left it, so coming back from there goes back. */
static int
step_of(enum project_status status)
{
    switch (status) {
    case PROJECT_OPEN:
        return 0;
    case PROJECT_READY:
        return 1;
    case PROJECT_INVOICING:
        return 2;
    case PROJECT_COMPLETED:
        return 3;
    case PROJECT_CANCELLED:
    case PROJECT_STATUS_COUNT:
        break;
    }
    return 4;
}

bool
project_goes_back(enum project_status from, enum project_status to)
{
    return step_of(to) < step_of(from);
}

/* --- tags --------------------------------------------------------------------------------------
 */

struct str
cut_points(struct str s, size_t max)
{
    size_t points = 0;

    for (size_t i = 0; i < s.n; i++) {
        points += ((unsigned char)s.p[i] & 0xC0u) != 0x80u ? 1 : 0;
        if (points > max) {
            return str_sub(s, 0, i);
        }
    }
    return s;
}

static bool
has_tag(const struct project_tag *v, size_t n, struct str key)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(v[i].key, key)) {
            return true;
        }
    }
    return false;
}

enum rc
project_parse_tags(struct arena *mem, struct str text,
                   struct project_tag ret_v[static PROJECT_TAGS_MAX], size_t *ret_n)
{
    struct str rest = text;
    struct str part;
    size_t n = 0;

    while (str_cut(&rest, ',', &part)) {
        const struct str tag = str_trim(part);
        const struct str key = cut_points(text_fold(mem, tag), TAG_KEY_POINTS);

        if (key.n == 0 || has_tag(ret_v, n, key)) {
            continue;
        }
        if (n == PROJECT_TAGS_MAX || str_points(tag) > PROJECT_TAG_POINTS) {
            return RC_INVALID;
        }
        ret_v[n++] = (struct project_tag){.text = tag, .key = key};
    }
    *ret_n = n;
    return OK;
}

/* --- links -------------------------------------------------------------------------------------
 */

void
project_form_links(const struct project_form *f, struct project_link ret_v[static PROJECT_LINKS])
{
    const struct project_link v[PROJECT_LINKS] = {
        {f->link1_name, f->link1_url, "link1_name", "link1_url"},
        {f->link2_name, f->link2_url, "link2_name", "link2_url"},
        {f->link3_name, f->link3_url, "link3_name", "link3_url"},
        {f->link4_name, f->link4_url, "link4_name", "link4_url"},
        {f->link5_name, f->link5_url, "link5_name", "link5_url"},
    };

    memcpy(ret_v, v, sizeof(v));
}

bool
project_link_is_good(struct str url)
{
    struct outside checked;

    return str_points(url) <= URL_POINTS && outside_parse(url, &checked) == OK;
}

/* --- search ------------------------------------------------------------------------------------
 */

struct str
project_search_text(struct arena *mem, const struct project_form *f)
{
    const struct str all = arena_fmt(mem, "%.*s %.*s %.*s %.*s %.*s", STR_FMT(f->project_no),
                                     STR_FMT(f->project_no_addition), STR_FMT(f->name),
                                     STR_FMT(f->quick_info), STR_FMT(f->tags));

    return cut_points(text_fold(mem, all), SEARCH_POINTS);
}

struct str
project_pattern(struct arena *mem, struct str query)
{
    const struct str folded = text_fold(mem, query);

    return folded.n == 0 ? STR_NONE : text_like(mem, folded);
}
