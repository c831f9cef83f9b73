/* edge_routes.c: the routes of the echo worker (edge_rig.h), for an edge that is otherwise the real
 * one. */
#include "proc/edge.h"

enum { SMALL = 64 * 1024, LARGE = 32 * 1024 * 1024 };

const struct edge_route edge_routes[] = {
    {HEAD_GET,  "/",            SMALL, false},
    {HEAD_GET,  "/echo",        SMALL, false},
    {HEAD_POST, "/echo",        SMALL, false},
    {HEAD_GET,  "/echo/{text}", SMALL, false},
    {HEAD_POST, "/small",       100,   false},
    {HEAD_POST, "/size",        LARGE, false},
    {HEAD_GET,  "/big",         SMALL, false},
    {HEAD_GET,  "/unsealed",    SMALL, false},
    {HEAD_GET,  "/file/{text}", SMALL, false},
    {HEAD_GET,  "/headers",     SMALL, false},
    {HEAD_GET,  "/silent",      SMALL, false},
    {HEAD_GET,  "/slow/{text}", SMALL, true },
    {HEAD_GET,  "/die-got",     SMALL, false},
    {HEAD_GET,  "/die-once",    SMALL, false},
    {HEAD_GET,  "/die-always",  SMALL, false},
};
const size_t n_edge_routes = sizeof edge_routes / sizeof edge_routes[0];
