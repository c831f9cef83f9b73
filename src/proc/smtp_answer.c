/* smtp_answer.c: see smtp_answer.h. */
#include "proc/smtp_answer.h"

bool
smtp_answer_take(struct smtp_answers *a, struct str line)
{
    size_t k = 0;
    if (line.n > SMTP_ANSWERS_MAX - a->n) {
        a->n = SMTP_ANSWERS_MAX;
        return false;
    }
    a->n += line.n;
    line = str_trim(line);
    for (size_t i = 0; i < line.n && k + 1 < sizeof a->last; i++) {
        const unsigned char c = (unsigned char)line.p[i];
        a->last[k++] = c < 0x20 ? ' ' : c > 0x7e ? '?' : (char)c;
    }
    a->last[k] = '\0';
    if (smtp_answer_code(a) >= 400) {
        memcpy(a->refusal, a->last, sizeof a->refusal);
    }
    return true;
}

int
smtp_answer_code(const struct smtp_answers *a)
{
    int64_t code = 0;
    const struct str last = str_of(a->last);
    const bool ends = last.n == 3 || (last.n > 3 && (last.p[3] == ' ' || last.p[3] == '-'));
    if (!ends || str_to_i64(str_sub(last, 0, 3), &code) != OK || code < 200 || code > 599) {
        return 0;
    }
    return (int)code;
}

enum rc
smtp_answer_judge(const struct smtp_answers *a, long status, bool at_message, bool *ret_said)
{
    *ret_said = status >= 400 && a->refusal[0] != '\0';
    return status >= 500 && at_message ? RC_INVALID : RC_IO;
}
