/* range.h: which part of a file is asked for (RFC 9110, section 14): one part, in bytes. */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include "base/str.h"

enum range_kind {
    RANGE_WHOLE = 1, /* not asked for a part, or in a way that may be passed over: several parts,
                        another unit, no range at all */
    RANGE_PART,
    RANGE_OUTSIDE /* behind the file's end: 416 */
};
struct range {
    int64_t at, n;
};

/* `text`: the value of Range, STR_NONE when there is none. *ret lies within the file of `size`
 * bytes, whatever the kind: RANGE_WHOLE all of it, RANGE_OUTSIDE nothing. */
enum range_kind range_parse(struct str text, int64_t size, struct range *ret);

#endif
