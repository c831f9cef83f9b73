/* answer.h: what an answer says: whether it is none, and single members of what the registrar
 * gives, which is JSON of our own making, for master, which has no parser of it. */
#ifndef PROC_ANSWER_H
#define PROC_ANSWER_H

#include "base/str.h"

/* The text of the first member of that name, cut to cap - 1; "" when there is none. None of those
 * that master asks for has anything escaped in it. */
void answer_text(struct str json, const char *name, char *ret, size_t cap);
/* 0 when there is none. */
int64_t answer_number(struct str json, const char *name);
/* Somebody else was at work there, or the server ends: that says nothing of what was ordered. */
bool answer_is_busy(int64_t rc, struct str code);

#endif
