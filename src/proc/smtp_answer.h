/* smtp_answer.h: what we make of a mail server's words. libcurl reads the protocol; what is kept of
 * a line, shown to people and judged, is kept here. */
#ifndef PROC_SMTP_ANSWER_H
#define PROC_SMTP_ANSWER_H

#include "base/str.h"

enum {
    SMTP_ANSWER_MAX = 200,        /* bytes kept of a line, with the NUL */
    SMTP_ANSWERS_MAX = 64 * 1024, /* bytes that a server may say in one delivery */
};

struct smtp_answers {
    char last[SMTP_ANSWER_MAX];    /* printable ASCII; all else has become '?' or a blank */
    char refusal[SMTP_ANSWER_MAX]; /* the last one that said no: a "221 bye" may follow it */
    size_t n;                      /* bytes said so far */
};

/* One line came. False: the server has said more than SMTP_ANSWERS_MAX, the delivery ends. */
bool smtp_answer_take(struct smtp_answers *a, struct str line);
/* The code of the last line: 200 … 599, 0 when it has none. */
int smtp_answer_code(const struct smtp_answers *a);
/* What a delivery that failed means. status: the code that libcurl saw last. at_message: it failed
 * at the recipient or the message; a 5xx there is for ever (RC_INVALID). A 5xx to greeting or
 * log-in is the installation's fault and not the message's: RC_IO, as all else. *ret_said: the last
 * line is the reason. */
MUST enum rc smtp_answer_judge(const struct smtp_answers *a, long status, bool at_message,
                               bool *ret_said);

#endif
