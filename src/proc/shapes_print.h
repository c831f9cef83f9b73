/* shapes_print.h: the shapes of all routes as C, for the edge. */
#ifndef PROC_SHAPES_PRINT_H
#define PROC_SHAPES_PRINT_H

/* Prints the table `edge_routes` (see edge.h) of the agency's office and of the console: method,
 * pattern, body limit, slow. No handler, no right. Run by the build. Exit status. */
int shapes_print(void);

#endif
