/* rights_print.c: kontor-worker --rights. Sorted by path, so that a change of access is a short and
 * readable difference in review. */
#include "proc/rights_print.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"

enum { ROUTES_MAX = 1000 };

struct line {
    const struct route *route;
    const char *domain;
};

static int
by_path(const void *a, const void *b)
{
    const struct line *x = a;
    const struct line *y = b;
    int order = strcmp(x->route->path, y->route->path);
    return order != 0 ? order : (int)x->route->method - (int)y->route->method;
}

static size_t
collect(const struct domain *const *domains, size_t n, struct line *lines)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < domains[i]->n_routes && k < ROUTES_MAX; j++) {
            lines[k++] = (struct line){&domains[i]->routes[j], domains[i]->name};
        }
    }
    qsort(lines, k, sizeof *lines, by_path);
    return k;
}

static bool
holds(enum group g, enum right r)
{
    return r == RIGHT_PUBLIC || (group_rights(g) >> (unsigned)r & 1) != 0;
}

static void
conditions(const struct route *r, char *buf, size_t cap)
{
    (void)snprintf(buf, cap, "%s%s%s%s%s%s", r->step_up ? " step-up" : "",
                   r->step_up_if != NULL ? " step-up-if" : "", r->enrol ? " enrol" : "",
                   r->throttled ? " throttled" : "", r->upload ? " upload" : "",
                   r->slow ? " slow" : "");
}

/* --- text ------------------------------------------------------------------------------------ */

static void
print_groups(void)
{
    (void)printf("## Rights of the user groups\n\n%-24s", "right");
    for (int g = 1; g < GROUP_COUNT; g++) {
        (void)printf(" %s", group_code((enum group)g));
    }
    (void)printf("\n");
    for (int r = RIGHT_TICKET + 1; r < RIGHT_COUNT; r++) {
        (void)printf("%-24s", right_name((enum right)r));
        for (int g = 1; g < GROUP_COUNT; g++) {
            int width = g + 1 < GROUP_COUNT ? (int)strlen(group_code((enum group)g)) : 1;
            (void)printf(" %-*s", width, holds((enum group)g, (enum right)r) ? "x" : "-");
        }
        (void)printf("\n");
    }
}

static void
print_routes(const char *title, const struct domain *const *domains, size_t n)
{
    static struct line lines[ROUTES_MAX];
    size_t k = collect(domains, n, lines);
    size_t n_public = 0;
    for (size_t i = 0; i < k; i++) {
        n_public += lines[i].route->right == RIGHT_PUBLIC;
    }
    (void)printf("\n## %s: %zu routes, %zu of them public\n\n", title, k, n_public);
    for (size_t i = 0; i < k; i++) {
        const struct route *r = lines[i].route;
        char more[64];
        conditions(r, more, sizeof more);
        (void)printf("%-4s %-44s %-20s %s%s\n", r->method == METHOD_GET ? "GET" : "POST", r->path,
                     right_name(r->right), r->method == METHOD_POST ? event_name(r->event) : "-",
                     more);
    }
}

static void
print_text(void)
{
    (void)printf(
        "# Who may do what\n\n"
        "Written by `./dev rights` from the tables that decide it; never edited. A change of\n"
        "access is a difference in this file.\n\n");
    print_groups();
    print_routes("The agency's office", app_domains, n_app_domains);
    print_routes("The operator console", console_domains, n_console_domains);
}

/* --- JSON ------------------------------------------------------------------------------------ */

static json_t *
groups_json(void)
{
    json_t *list = json_array();
    for (int g = 1; g < GROUP_COUNT; g++) {
        json_t *held = json_array();
        for (int r = RIGHT_TICKET + 1; r < RIGHT_COUNT; r++) {
            if (holds((enum group)g, (enum right)r)) {
                (void)json_array_append_new(held, json_string(right_name((enum right)r)));
            }
        }
        (void)json_array_append_new(
            list, json_pack("{s:s, s:o}", "group", group_code((enum group)g), "rights", held));
    }
    return list;
}

static json_t *
routes_json(const struct domain *const *domains, size_t n)
{
    static struct line lines[ROUTES_MAX];
    json_t *list = json_array();
    size_t k = collect(domains, n, lines);
    for (size_t i = 0; i < k; i++) {
        const struct route *r = lines[i].route;
        bool post = r->method == METHOD_POST;
        (void)json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:s, s:s?, s:b, s:b, s:b, s:b}", "method",
                      post ? "POST" : "GET", "path", r->path, "domain", lines[i].domain, "right",
                      right_name(r->right), "event", post ? event_name(r->event) : NULL, "stepUp",
                      r->step_up || r->step_up_if != NULL, "enrol", r->enrol, "throttled",
                      r->throttled, "upload", r->upload));
    }
    return list;
}

static int
print_json(void)
{
    json_t *all = json_pack("{s:o, s:o, s:o}", "groups", groups_json(), "agency",
                            routes_json(app_domains, n_app_domains), "console",
                            routes_json(console_domains, n_console_domains));
    char *text = all != NULL ? json_dumps(all, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
    (void)printf("%s\n", text != NULL ? text : "{}");
    free(text);
    json_decref(all);
    return all != NULL ? 0 : rc_exit(RC_BROKEN);
}

int
rights_print(bool as_json)
{
    int status = 0;
    if (as_json) {
        status = print_json();
    } else {
        print_text();
    }
    return fflush(stdout) == 0 ? status : rc_exit(RC_IO);
}
