/* search_web.c: the search of the top bar: projects, companies and persons that this person may
 * see. */
#include "app/contact/contact.h"
#include "app/project/project.h"
#include "app/workspace/inner.h"
#include "http/reply.h"

enum { QUERY_MAX = 100 };

struct search_page {
    struct str q;
    struct project *projects;
    size_t n_projects;
    const struct contact_hit *contacts;
    size_t n_contacts;
    bool is_empty; /* something was asked and nothing found */
};
#include "search.tmpl.h"

enum rc
search_get(struct req *rq, struct rtx *tx)
{
    const struct principal *who = req_who(rq);
    const struct str q = req_query(rq, "q");
    struct page *pg = req_page(rq);
    struct search_page d = {.q = STR("")};

    if (q.p != NULL && str_points(q) <= QUERY_MAX) {
        d.q = str_trim(q);
    }
    if (may(who, RIGHT_PROJECT_READ)) {
        TRY(project_find_text(tx, who, d.q, &d.projects, &d.n_projects));
    }
    if (may(who, RIGHT_CONTACT_READ)) {
        TRY(contact_search(tx, d.q, &d.contacts, &d.n_contacts));
    }
    d.is_empty = d.q.n > 0 && d.n_projects == 0 && d.n_contacts == 0;
    pg->title = page_text(pg, T_search_title, STR_NONE);
    return reply_page(rq, search_html, &d);
}
