/* mime.h: writes one plain-text e-mail as SMTP carries it (RFC 5322, 2045, 2047): ASCII only, lines
 * of at most 76 characters, ended by CR LF. Nothing in subject, names or text can become a header,
 * a second recipient or a command: line breaks in headers are refused, the text is quoted-printable
 * (a dot at the start of a line is doubled by whoever speaks SMTP). */
#ifndef BASE_MIME_H
#define BASE_MIME_H

#include "base/out.h"
#include "base/types.h"

enum { MAIL_ADDRESS_MAX = 254 }; /* RFC 5321 §4.5.3.1.3 */
/* Is this an address that we mail to: local part of dot-atoms (RFC 5322 §3.2.3), a domain of
 * letters, digits and hyphens with a dot in it, 254 bytes at most? No quoting, no comments, no
 * literals: nothing that could end a line or a command. */
bool mail_address_is_valid(struct str s);

struct mime_mail {
    struct str from_name; /* shown beside the address; may be "" */
    struct str from, to;  /* bare addresses */
    struct str subject;   /* UTF-8 without line breaks */
    struct str body;      /* UTF-8, lines ended by LF or CR LF */
    struct str id;        /* left part of the Message-ID: letters, digits, '.', '-' */
    struct str domain;    /* right part of it */
    struct instant at;    /* Date */
};

/* RC_INVALID when a header holds a control character or an address is none. */
MUST enum rc mime_print(struct out *o, const struct mime_mail *m);

#endif
