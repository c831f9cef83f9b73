/* edge_route.c: which routes there are. The table is made from the workers' own tables
 * (shapes_print.c); a parameter matches any one segment here, its meaning is the worker's business.
 */
#include "proc/edge.h"

/* Cuts the first segment off "/a/b"; false at the end. */
static bool
next_segment(struct str *path, struct str *ret_segment)
{
    if (path->n == 0) {
        return false;
    }
    size_t end = str_find(*path, STR("/"), 1);
    end = end == SIZE_MAX ? path->n : end;
    *ret_segment = str_sub(*path, 1, end - 1);
    *path = str_sub(*path, end, path->n);
    return true;
}

static bool
matches(struct str pattern, struct str path)
{
    struct str want, have;

    while (next_segment(&pattern, &want)) {
        if (!next_segment(&path, &have)) {
            return false;
        }
        bool is_param = want.n > 0 && want.p[0] == '{';
        if (is_param ? have.n == 0 : !str_eq(want, have)) {
            return false;
        }
    }
    return path.n == 0;
}

const char *
edge_route_allows(struct str path)
{
    bool post = false;
    bool get = false;

    for (size_t i = 0; i < n_edge_routes; i++) {
        if (matches(str_of(edge_routes[i].pattern), path)) {
            post |= edge_routes[i].method == HEAD_POST;
            get |= edge_routes[i].method == HEAD_GET;
        }
    }
    return !post ? "GET, HEAD" : get ? "GET, HEAD, POST" : "POST";
}

int
edge_route_find(enum head_method method, struct str path, const struct edge_route **ret_route)
{
    int status = 404;

    if (method == HEAD_HEAD) {
        method = HEAD_GET;
    }
    for (size_t i = 0; i < n_edge_routes; i++) {
        if (matches(str_of(edge_routes[i].pattern), path)) {
            if (edge_routes[i].method == method) {
                *ret_route = &edge_routes[i];
                return 200;
            }
            status = 405;
        }
    }
    return status;
}
