/* mime.c: see mime.h. */
#include "base/mime.h"

#include "base/time.h"

enum {
    LINE_COLUMNS = 76,   /* RFC 2045 §6.7: the soft line break counts */
    LOCAL_PART_MAX = 64, /* RFC 5321 §4.5.3.1.1 */
    WORD_BYTES = 39      /* of text in one encoded word: 64 columns, "Subject: " before it */
};

static bool
has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

/* --- addresses ------------------------------------------------------------------------------- */

static bool
is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* atext of RFC 5322, ASCII only. */
static bool
is_atext(char c)
{
    return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
is_atom(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_atext(s.p[i])) {
            return false;
        }
    }
    return s.n > 0;
}

static bool
is_label(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_alnum(s.p[i]) && s.p[i] != '-') {
            return false;
        }
    }
    return s.n > 0 && s.n <= 63 && s.p[0] != '-' && s.p[s.n - 1] != '-';
}

bool
mail_address_is_valid(struct str s)
{
    struct str local = STR_NONE;
    struct str domain = s;
    struct str part;
    size_t labels = 0;

    if (s.n > MAIL_ADDRESS_MAX || !str_cut(&domain, '@', &local) || domain.p == NULL ||
        local.n > LOCAL_PART_MAX) {
        return false;
    }
    while (str_cut(&local, '.', &part)) {
        if (!is_atom(part)) {
            return false;
        }
    }
    while (str_cut(&domain, '.', &part)) {
        if (!is_label(part)) {
            return false;
        }
        labels++;
    }
    return labels >= 2;
}

/* --- headers --------------------------------------------------------------------------------- */

static void
put_base64(struct out *o, struct str s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = (const unsigned char *)s.p;

    for (size_t i = 0; i < s.n; i += 3) {
        const size_t left = s.n - i;
        const unsigned v = (unsigned)p[i] << 16 | (left > 1 ? (unsigned)p[i + 1] << 8 : 0U) |
                           (left > 2 ? (unsigned)p[i + 2] : 0U);
        out_char(o, digits[v >> 18 & 63U]);
        out_char(o, digits[v >> 12 & 63U]);
        out_char(o, left > 1 ? digits[v >> 6 & 63U] : '=');
        out_char(o, left > 2 ? digits[v & 63U] : '=');
    }
}

static bool
is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] >= 0x7f) {
            return false;
        }
    }
    /* Short enough for one line, and not to be taken for an encoded word. */
    return s.n <= 60 && str_find(s, STR("=?"), 0) == SIZE_MAX;
}

/* Unstructured text: as it is, or in encoded words that each end with a whole character. */
static void
put_words(struct out *o, struct str s)
{
    while (s.n > 0) {
        size_t n = s.n > WORD_BYTES ? WORD_BYTES : s.n;
        while (n > 1 && n < s.n && ((unsigned char)s.p[n] & 0xc0U) == 0x80U) {
            n--;
        }
        out_str(o, STR("=?UTF-8?B?"));
        put_base64(o, str_sub(s, 0, n));
        out_str(o, STR("?="));
        s = str_sub(s, n, s.n - n);
        out_str(o, s.n > 0 ? STR("\r\n ") : STR(""));
    }
}

static void
put_text_header(struct out *o, const char *name, struct str s)
{
    out_fmt(o, "%s: ", name);
    if (is_plain(s)) {
        out_str(o, s);
    } else {
        put_words(o, s);
    }
    out_str(o, STR("\r\n"));
}

/* A display name in words of its own, so that no character needs quoting. */
static void
put_from(struct out *o, struct str name, struct str address)
{
    out_str(o, STR("From: "));
    if (name.n > 0) {
        put_words(o, name);
        out_str(o, STR("\r\n "));
    }
    out_fmt(o, "<%.*s>\r\n", STR_FMT(address));
}

static void
put_date(struct out *o, struct instant at)
{
    static const char days[] = "MonTueWedThuFriSatSun";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const int64_t s = at.us / 1000000;
    const struct day d = {(int32_t)(s / 86400)};
    const struct civil c = day_civil(d);

    out_fmt(o, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d +0000\r\n",
            days + (size_t)(day_weekday(d) - 1) * 3, c.dom, months + (size_t)(c.month - 1) * 3,
            c.year, (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60));
}

/* --- text ------------------------------------------------------------------------------------ */

/* One line of text in quoted-printable (RFC 2045 §6.7). */
static void
put_line(struct out *o, struct str s)
{
    size_t column = 0;

    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];
        const bool last = i + 1 == s.n;
        const bool as_is = (c > 0x20 && c < 0x7f && c != '=') || (c == ' ' && !last);
        const size_t need = as_is ? 1 : 3;

        if (column + need > LINE_COLUMNS - (last ? 0U : 1U)) {
            out_str(o, STR("=\r\n"));
            column = 0;
        }
        if (as_is) {
            out_char(o, (char)c);
        } else {
            out_fmt(o, "=%02X", c);
        }
        column += need;
    }
    out_str(o, STR("\r\n"));
}

enum rc
mime_print(struct out *o, const struct mime_mail *m)
{
    struct str rest = m->body;
    struct str line;

    if (has_control(m->from_name) || has_control(m->subject) || !mail_address_is_valid(m->from) ||
        !mail_address_is_valid(m->to) || has_control(m->id) || has_control(m->domain)) {
        return RC_INVALID;
    }
    put_date(o, m->at);
    put_from(o, m->from_name, m->from);
    out_fmt(o, "To: <%.*s>\r\n", STR_FMT(m->to));
    put_text_header(o, "Subject", m->subject);
    out_fmt(o, "Message-ID: <%.*s@%.*s>\r\n", STR_FMT(m->id), STR_FMT(m->domain));
    out_str(o, STR("Auto-Submitted: auto-generated\r\n" /* RFC 3834: no answering machines */
                   "MIME-Version: 1.0\r\n"
                   "Content-Type: text/plain; charset=utf-8\r\n"
                   "Content-Transfer-Encoding: quoted-printable\r\n\r\n"));
    while (str_cut(&rest, '\n', &line)) {
        if (line.n > 0 && line.p[line.n - 1] == '\r') {
            line.n--;
        }
        if (rest.p != NULL || line.n > 0) { /* the text's last line break ends a line, no more */
            put_line(o, line);
        }
    }
    return o->full ? RC_LIMIT : OK;
}
