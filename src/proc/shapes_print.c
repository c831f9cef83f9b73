/* shapes_print.c: kontor-worker --shapes, called while building: what the edge may know of the
 * routes, so that a path nobody has costs no worker anything. */
#include "proc/shapes_print.h"

#include <stdio.h>

#include "app/app.h"

enum { BODY_DEFAULT = 64 * 1024 };

/* What is prepared waits in a queue of bounded length, behind everybody else's: 64 passwords of
 * 0.17 s on two processors are 5.4 s, and nobody's sign-in should end as a failure because of it.
 */
static bool
is_slow(const struct route *r)
{
    return r->slow || r->prepare != NULL;
}

static void
print_domains(const struct domain *const *domains, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < domains[i]->n_routes; k++) {
            const struct route *r = &domains[i]->routes[k];
            (void)printf("    {%s, \"%s\", %zu, %s},\n",
                         r->method == METHOD_GET ? "HEAD_GET" : "HEAD_POST", r->path,
                         r->body_max > 0 ? r->body_max : BODY_DEFAULT,
                         is_slow(r) ? "true" : "false");
        }
    }
}

int
shapes_print(void)
{
    (void)printf("/* Made by kontor-worker --shapes from the route tables. */\n"
                 "#include \"proc/edge.h\"\n\nconst struct edge_route edge_routes[] = {\n");
    print_domains(app_domains, n_app_domains);
    print_domains(console_domains, n_console_domains);
    (void)printf("};\nconst size_t n_edge_routes = sizeof edge_routes / sizeof edge_routes[0];\n");
    return fflush(stdout) == 0 ? 0 : rc_exit(RC_IO);
}
