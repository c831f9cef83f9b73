/* common.c: see common.h. */
#include "guard/common.h"

#include "base/text.h"

static const char words[] =
#include "guard/common_words.inc"
    ;

enum {
    LETTERS_MAX = 128,
    WORD_MIN = 2,
    /* A short word (up to 3 letters) costs 1, a longer one 2: two words and a filler are refused,
     * three words are a beginning. */
    COST_MAX = 5,
    COST_NONE = 1000
};

/* --- keyboard walks and repetitions ---------------------------------------------------------- */
struct key_place {
    int row, column;
};

static bool
find_key(char c, const char *const rows[static 4], struct key_place *ret)
{
    for (int row = 0; row < 4; row++) {
        const char *at = c != '\0' ? strchr(rows[row], c) : NULL;
        if (at != NULL) {
            *ret = (struct key_place){row, (int)(at - rows[row])};
            return true;
        }
    }
    return false;
}

static bool
is_step(char a, char b)
{
    /* German and English; with the digits, and with the marks above them. */
    static const char *const keyboards[][4] = {
        {"1234567890",  "qwertzuiop", "asdfghjkl", "yxcvbnm"},
        {"1234567890",  "qwertyuiop", "asdfghjkl", "zxcvbnm"},
        {"!\"#$%&/()=", "qwertzuiop", "asdfghjkl", "yxcvbnm"},
        {"!@#$%^&*()",  "qwertyuiop", "asdfghjkl", "zxcvbnm"},
    };
    struct key_place p, q;

    if (a == b || a - b == 1 || b - a == 1) {
        return true;
    }
    for (size_t i = 0; i < sizeof(keyboards) / sizeof(keyboards[0]); i++) {
        const char *const *rows = keyboards[i];
        if (find_key(a, rows, &p) && find_key(b, rows, &q) && abs(p.row - q.row) <= 1 &&
            abs(p.column - q.column) <= 1) {
            return true;
        }
    }
    return false;
}

/* Nearly every character is a neighbour of the one before it, on a keyboard or in the alphabet. */
static bool
is_walk(struct str s)
{
    size_t jumps = 0;

    for (size_t i = 1; i < s.n; i++) {
        jumps += is_step(s.p[i - 1], s.p[i]) ? 0 : 1;
    }
    return s.n > 0 && jumps <= s.n / 6;
}

/* The same piece again and again: at least three times, or a piece of up to four characters twice.
 */
static bool
is_repeat(struct str s)
{
    for (size_t period = 1; period <= s.n / 2; period++) {
        bool same = true;
        for (size_t i = period; i < s.n && same; i++) {
            same = s.p[i] == s.p[i - period];
        }
        if (same && (period <= 4 || s.n >= period * 3)) {
            return true;
        }
    }
    return false;
}

/* --- words ----------------------------------------------------------------------------------- */
static bool
is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

/* The letters of a folded password; digits and marks that stand for letters are read as them when
 * `one` (what '1' stands for) is not 0. */
static struct str
letters_of(struct arena *mem, struct str folded, char one)
{
    static const char from[] = "0345789@$!|";
    static const char to[] = "oeastbgasil";
    char *p = ARENA_ARRAY(mem, char, folded.n + 1);
    struct str out = {p, 0};

    for (size_t i = 0; i < folded.n; i++) {
        char c = folded.p[i];
        const char *leet = one != 0 && c != '\0' ? strchr(from, c) : NULL;
        if (one != 0 && c == '1') {
            c = one;
        } else if (leet != NULL) {
            c = to[leet - from];
        }
        if (is_letter(c)) {
            p[out.n++] = c;
        }
    }
    return out;
}

static bool
is_word(struct str s)
{
    char needle[LETTERS_MAX + 3];

    if (s.n < WORD_MIN || s.n > LETTERS_MAX) {
        return false;
    }
    needle[0] = ' ';
    memcpy(needle + 1, s.p, s.n);
    needle[s.n + 1] = ' ';
    return str_find((struct str){words, sizeof(words) - 1}, (struct str){needle, s.n + 2}, 0) !=
           SIZE_MAX;
}

static bool
is_context(struct str s, const struct str *context, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(s, context[i])) {
            return true;
        }
    }
    return false;
}

/* The least cost of writing the letters as words; *ret_context when a context word is in the best
 * way. */
static int
words_cost(struct str s, const struct str *context, size_t n_context, bool *ret_context)
{
    int cost[LETTERS_MAX + 1];
    bool with_context[LETTERS_MAX + 1] = {false};

    if (s.n > LETTERS_MAX) {
        return COST_NONE;
    }
    cost[0] = 0;
    for (size_t end = 1; end <= s.n; end++) {
        cost[end] = COST_NONE;
        for (size_t from = 0; from < end; from++) {
            const struct str part = str_sub(s, from, end - from);
            const int more = cost[from] + (part.n <= 3 ? 1 : 2);
            if (more >= cost[end] || more > COST_MAX) {
                continue;
            }
            const bool special = is_context(part, context, n_context);
            if (special || is_word(part)) {
                cost[end] = more;
                with_context[end] = special || with_context[from];
            }
        }
    }
    *ret_context = with_context[s.n];
    return cost[s.n];
}

/* Without the digits and marks round it: "P4ssw0rt!" ends in a mark, not in an i. */
static struct str
core_of(struct str s)
{
    while (s.n > 0 && !is_letter(s.p[0])) {
        s = str_sub(s, 1, s.n);
    }
    while (s.n > 0 && !is_letter(s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}

/* Two words at most, in one reading of it. */
static bool
is_few_words(struct arena *mem, struct str text, char one, size_t whole, const struct str *context,
             size_t n, bool *ret_context)
{
    const struct str letters = letters_of(mem, text, one);

    /* A few letters in front of many random digits are not what makes the password. */
    return letters.n > 0 && letters.n * 3 >= whole &&
           words_cost(letters, context, n, ret_context) <= COST_MAX;
}

enum common_why
common_password(struct arena *mem, struct str password, const struct str *context, size_t n)
{
    static const char ones[] = {0, 'i', 'l'};
    const struct str folded = text_fold(mem, password);
    const struct str core = core_of(folded);
    struct str *folded_context = ARENA_ARRAY(mem, struct str, n);

    for (size_t i = 0; i < n; i++) {
        folded_context[i] = letters_of(mem, text_fold(mem, context[i]), 0);
    }
    if (is_repeat(folded)) {
        return COMMON_REPEAT;
    }
    if (is_walk(folded)) {
        return COMMON_WALK;
    }
    for (size_t i = 0; i < sizeof(ones); i++) {
        bool special = false;
        if (is_few_words(mem, folded, ones[i], folded.n, folded_context, n, &special) ||
            is_few_words(mem, core, ones[i], folded.n, folded_context, n, &special)) {
            return special ? COMMON_CONTEXT : COMMON_WORDS;
        }
    }
    return COMMON_NOT;
}
