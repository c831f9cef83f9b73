/* smtp_answer_fuzz.c: a mail server says what it likes, line by line. What is kept is short,
 * printable and ASCII, and no words make a message that failed one that was delivered. */
#include <assert.h>

#include "proc/smtp_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct smtp_answers a = {0};
    struct str rest = {(const char *)p, n};
    struct str line;
    bool said;
    size_t all = 0;
    while (str_cut(&rest, '\n', &line)) {
        all += line.n;
        const bool goes_on = smtp_answer_take(&a, line);
        assert(goes_on == (all <= SMTP_ANSWERS_MAX));
        if (!goes_on) {
            break;
        }
        const size_t kept = strnlen(a.last, sizeof a.last);
        assert(kept < sizeof a.last);
        for (size_t i = 0; i < kept; i++) {
            assert(a.last[i] >= 0x20 && a.last[i] < 0x7f);
        }
        const int code = smtp_answer_code(&a);
        assert(code == 0 || (code >= 200 && code <= 599));
        for (long status = 0; status < 600; status += 50) {
            assert(smtp_answer_judge(&a, status, true, &said) ==
                   (status >= 500 ? RC_INVALID : RC_IO));
            assert(said == (status >= 400 && a.refusal[0] != '\0'));
            assert(smtp_answer_judge(&a, status, false, &said) == RC_IO);
        }
    }
    return 0;
}
